/*
 * feed.c - what the running feed says of its own session.
 */
#include "schedule/schedule_internal.h"

#include "helpers/utf8.h"

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* News of the source that tells the session: weather forecasts of another source are no sign that the feed lives. */
static int64_t news_ns(const struct f1p_state *st)
{
	uint32_t who = st->origins[F1P_DATA_SESSION].source_id;
	int64_t t = F1P_UNKNOWN_NS;

	for (uint32_t k = 1; who && k < F1P_DATA_KINDS; k++)
		if (st->origins[k].source_id == who && st->origins[k].t_ns > t)
			t = st->origins[k].t_ns;
	return t != F1P_UNKNOWN_NS ? t : st->t_event_ns;
}

static bool is_started(uint8_t status)
{
	return status == F1P_STATUS_STARTED || status == F1P_STATUS_ABORTED;
}

static bool is_over(uint8_t status)
{
	return status == F1P_STATUS_FINALISED || status == F1P_STATUS_ENDS;
}

#define COPY(to, from) f1p_utf8_copy(to, sizeof(to), from, strnlen(from, sizeof(from)))

/* False if the state tells of no session that could be placed in time. */
static bool plan_of(const struct f1p_state *st, int64_t now_ns, struct heard *h)
{
	struct f1p_session_plan *p = &h->plan;
	char why[128];

	if ((st->flags & F1P_EVF_SIMULATED) || st->type < F1P_SESSION_UNKNOWN || st->type > F1P_SESSION_RACE)
		return false;
	h->start_told = st->t_start_ns != F1P_UNKNOWN_NS;
	if (!h->start_told && !is_started(st->status))
		return false;
	plan_init(p);
	p->session_key = st->session_key;
	p->meeting_key = st->meeting_key;
	p->circuit_key = st->circuit_key;
	p->type = st->type;
	p->number = st->number <= 9 ? st->number : 0;
	p->gmt_offset_s = st->gmt_offset_s;
	p->t_start_ns = h->start_told ? st->t_start_ns : now_ns;
	p->year = st->year ? st->year : plan_year_of(p->t_start_ns);
	if (st->t_end_ns > p->t_start_ns && st->t_end_ns - p->t_start_ns <= DAY_NS)
		p->t_end_ns = st->t_end_ns;
	COPY(p->name, st->name);
	COPY(p->meeting, st->meeting);
	COPY(p->circuit, st->circuit);
	COPY(p->location, st->location);
	COPY(p->country, st->country);
	COPY(p->path, st->path);
	return plan_check(p, why, sizeof(why));
}

static uint32_t slot_of(const struct heard heard[MAX_HEARD], const struct f1p_session_plan *p)
{
	for (uint32_t i = 0; i < MAX_HEARD; i++)
		if (heard[i].plan.size && plan_same(&heard[i].plan, p))
			return i;
	return NONE;
}

static uint32_t free_slot(const struct heard heard[MAX_HEARD])
{
	uint32_t oldest = 0;

	for (uint32_t i = 0; i < MAX_HEARD; i++) {
		if (!heard[i].plan.size)
			return i;
		if (heard[i].t_seen_ns < heard[oldest].t_seen_ns)
			oldest = i;
	}
	return oldest;
}

/* The feed has gone on to this session: those before it are over, said or not. */
static void end_former(struct heard heard[MAX_HEARD], const struct f1p_session_plan *p, int64_t now_ns)
{
	for (uint32_t i = 0; i < MAX_HEARD; i++) {
		struct heard *h = &heard[i];
		if (h->plan.size && h->plan.t_start_ns < p->t_start_ns && h->plan.t_start_ns <= now_ns &&
			h->t_over_ns == F1P_UNKNOWN_NS)
			h->t_over_ns = h->t_seen_ns;
	}
}

/* Between the parts of a qualifying the feed says "finished", too. */
static bool is_last_part(const struct f1p_state *st)
{
	bool parts = st->type == F1P_SESSION_QUALIFYING || st->type == F1P_SESSION_SPRINT_QUALIFYING;

	return !parts || st->part == 3;
}

/* t_ns: when it became so. */
static void hear_status(struct heard *h, const struct f1p_state *st, int64_t t_ns)
{
	h->status = st->status;
	if (!is_over(st->status) && st->status != F1P_STATUS_UNKNOWN)
		h->t_over_ns = F1P_UNKNOWN_NS;
	if (is_started(st->status)) {
		h->t_finished_ns = F1P_UNKNOWN_NS;
		if (h->t_started_ns == F1P_UNKNOWN_NS)
			h->t_started_ns = t_ns;
	} else if (st->status == F1P_STATUS_FINISHED && is_last_part(st) && h->t_finished_ns == F1P_UNKNOWN_NS) {
		h->t_finished_ns = t_ns;
	} else if (is_over(st->status) && h->t_over_ns == F1P_UNKNOWN_NS) {
		h->t_over_ns = t_ns;
	}
}

/* A session heard of for the first time may be long over: a feed goes on showing the last one, and so does a journal. */
static void begin(struct heard *h, const struct f1p_state *st, int64_t now_ns)
{
	h->t_news_ns = news_ns(st);
	h->t_seen_ns = h->t_news_ns == F1P_UNKNOWN_NS ? now_ns : earlier(now_ns, h->t_news_ns);
	h->t_started_ns = h->t_finished_ns = h->t_over_ns = F1P_UNKNOWN_NS;
	hear_status(h, st, is_over(st->status) ? earlier(h->t_seen_ns, plan_limit_ns(&h->plan)) : h->t_seen_ns);
}

enum hearing feed_hear(struct heard heard[MAX_HEARD], const struct f1p_state *st, int64_t now_ns, uint32_t *slot)
{
	struct heard is = {0};
	enum hearing what = HEARD_NOTHING;

	*slot = NONE;
	if (!plan_of(st, now_ns, &is))
		return HEARD_NOTHING;
	*slot = slot_of(heard, &is.plan);
	if (*slot == NONE) {
		*slot = free_slot(heard);
		begin(&is, st, now_ns);
		end_former(heard, &is.plan, now_ns);
		heard[*slot] = is;
		return HEARD_NEWS;
	}
	struct heard *h = &heard[*slot];
	int64_t t_news = news_ns(st);
	if (t_news != h->t_news_ns && now_ns - h->t_seen_ns >= SEC_NS) {
		h->t_seen_ns = now_ns;
		h->t_news_ns = t_news;
		what = HEARD_ALIVE;
	}
	struct heard before = *h;
	if (is.start_told || !h->start_told) {
		int64_t t_first = h->plan.t_start_ns;
		h->plan = is.plan;
		h->start_told = is.start_told;
		if (!is.start_told)
			h->plan.t_start_ns = t_first;
	}
	hear_status(h, st, now_ns);
	return memcmp(&before, h, sizeof(before)) != 0 ? HEARD_NEWS : what;
}

void feed_clock_back(struct heard heard[MAX_HEARD], int64_t now_ns)
{
	for (uint32_t i = 0; i < MAX_HEARD; i++) {
		heard[i].t_seen_ns = earlier(heard[i].t_seen_ns, now_ns);
		heard[i].t_started_ns = earlier(heard[i].t_started_ns, now_ns);
		heard[i].t_finished_ns = earlier(heard[i].t_finished_ns, now_ns);
		heard[i].t_over_ns = earlier(heard[i].t_over_ns, now_ns);
	}
}

/*
 * modes.c - from sessions and their times to the mode at any time: a pure function, so clocks may jump as they like.
 */
#include "schedule/schedule_internal.h"

#define LEAD_RACE_NS HOUR_NS
#define LEAD_NS (15 * MIN_NS)
#define DELAY_NS (6 * HOUR_NS)	 /* a start put off by more is another day: no reason to stay connected */
#define ALIVE_NS (10 * MIN_NS)	 /* news mean that it runs for so long */
#define OVERRUN_NS (8 * HOUR_NS) /* no session lasts longer, whatever comes */
#define FLAG_NS (30 * MIN_NS)	 /* from the chequered flag to final timing, at most */
#define AFTER_NS (30 * MIN_NS)

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t over_ns(const struct entry *e, const struct heard *h)
{
	int64_t limit = plan_limit_ns(&e->plan), most = e->plan.t_start_ns + OVERRUN_NS;

	if (!h)
		return limit;
	if (h->t_over_ns != F1P_UNKNOWN_NS)
		return h->t_over_ns;
	int64_t told = h->t_finished_ns != F1P_UNKNOWN_NS ? h->t_finished_ns + FLAG_NS : later(h->t_seen_ns + ALIVE_NS, limit);
	return told < most ? told : later(most, limit);
}

void entry_times(struct entry *e, const struct heard *h)
{
	int64_t start = e->plan.t_start_ns, planned = e->t_calendar_start_ns;
	bool delayed = e->calendar != NONE && start > planned && start - planned <= DELAY_NS;

	e->out = e->plan.cancelled == F1P_YES && !(h && h->t_started_ns != F1P_UNKNOWN_NS);
	e->t_live_ns = h && h->t_started_ns != F1P_UNKNOWN_NS && h->t_started_ns < start ? h->t_started_ns : start;
	e->t_before_ns = (delayed ? planned : start) - (plan_is_race(&e->plan) ? LEAD_RACE_NS : LEAD_NS);
	if (e->t_before_ns > e->t_live_ns)
		e->t_before_ns = e->t_live_ns;
	e->t_end_ns = plan_end_ns(&e->plan);
	e->t_over_ns = over_ns(e, h);
	e->t_done_ns = e->t_over_ns + AFTER_NS;
	bool open = h && h->t_over_ns == F1P_UNKNOWN_NS && h->t_finished_ns == F1P_UNKNOWN_NS;
	e->t_running_ns = open ? h->t_seen_ns + ALIVE_NS : INT64_MIN;
}

/* What a session is at a time; of several, the greatest counts. */
enum claim { CLAIM_NONE, CLAIM_NEXT, CLAIM_AFTER, CLAIM_OVERRUN, CLAIM_BEFORE, CLAIM_SCHEDULED, CLAIM_RUNNING };

static enum claim claim_at(const struct entry *e, int64_t t)
{
	if (e->out || t >= e->t_done_ns)
		return CLAIM_NONE;
	if (t >= e->t_over_ns)
		return CLAIM_AFTER;
	if (t < e->t_before_ns)
		return CLAIM_NEXT;
	if (t < e->t_live_ns)
		return CLAIM_BEFORE;
	if (t < e->t_running_ns)
		return CLAIM_RUNNING;
	return t < e->t_end_ns ? CLAIM_SCHEDULED : CLAIM_OVERRUN;
}

static bool beats(const struct entry *e, const struct entry *best, enum claim claim)
{
	if (claim == CLAIM_AFTER)
		return e->t_over_ns >= best->t_over_ns;
	/* In order of start: of those that run, the one that began last; of those to come, the first. */
	return claim != CLAIM_NEXT && claim != CLAIM_BEFORE;
}

struct choice season_choose(const struct season *s, int64_t now_ns)
{
	static const uint8_t modes[] = {[CLAIM_NONE] = F1P_SEASON_IDLE,
		[CLAIM_NEXT] = F1P_SEASON_IDLE,
		[CLAIM_AFTER] = F1P_SEASON_AFTER,
		[CLAIM_OVERRUN] = F1P_SEASON_LIVE,
		[CLAIM_BEFORE] = F1P_SEASON_BEFORE,
		[CLAIM_SCHEDULED] = F1P_SEASON_LIVE,
		[CLAIM_RUNNING] = F1P_SEASON_LIVE};
	enum claim most = CLAIM_NONE;
	uint32_t best = NONE;

	for (uint32_t i = 0; i < s->n; i++) {
		enum claim claim = claim_at(&s->list[i], now_ns);
		if (claim > most || (claim == most && best != NONE && beats(&s->list[i], &s->list[best], claim))) {
			most = claim;
			best = i;
		}
	}
	return (struct choice){modes[most], best};
}

static int64_t next_boundary(const struct season *s, int64_t t)
{
	int64_t next = F1P_NEVER_NS;

	for (uint32_t i = 0; i < s->n; i++) {
		const struct entry *e = &s->list[i];
		const int64_t at[] = {e->t_before_ns, e->t_live_ns, e->t_running_ns, e->t_end_ns, e->t_over_ns, e->t_done_ns};
		for (size_t k = 0; !e->out && k < sizeof(at) / sizeof(at[0]); k++)
			if (at[k] > t && at[k] < next)
				next = at[k];
	}
	return next;
}

int64_t season_next_change(const struct season *s, int64_t now_ns)
{
	struct choice is = season_choose(s, now_ns);

	for (int64_t t = next_boundary(s, now_ns); t != F1P_NEVER_NS; t = next_boundary(s, t)) {
		struct choice then = season_choose(s, t);
		if (then.mode != is.mode || then.index != is.index)
			return t;
	}
	return F1P_NEVER_NS;
}

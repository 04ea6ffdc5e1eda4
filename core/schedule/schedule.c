#include "schedule/schedule.h"

#include "base/log.h"
#include "helpers/utf8.h"
#include "schedule/schedule_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STALE_NS (2 * DAY_NS)
#define MAX_RANK 1000
#define MAX_STRIDE 65536

struct shown { /* what tick and observe have told */
	uint32_t mode;
	bool has;
	struct f1p_session_plan plan;
};

struct schedule {
	char *cache_path;
	struct calendars calendars;
	struct heard heard[MAX_HEARD];
	struct season season;
	struct choice now;
	int64_t now_ns; /* F1P_UNKNOWN_NS before the first call that tells */
	int64_t next_ns;
	struct shown told;
};

struct schedule *schedule_create(const char *cache_path)
{
	struct schedule *s = calloc(1, sizeof(*s));
	char why[256];

	if (!s)
		return NULL;
	s->now_ns = F1P_UNKNOWN_NS;
	s->next_ns = F1P_NEVER_NS;
	s->now = (struct choice){F1P_SEASON_IDLE, NONE};
	s->told.mode = F1P_SEASON_IDLE;
	if (!cache_path)
		return s;
	s->cache_path = strdup(cache_path);
	if (!s->cache_path) {
		schedule_destroy(s);
		return NULL;
	}
	if (!calendar_file_load(cache_path, &s->calendars, why, sizeof(why)))
		log_line(
			F1P_LOG_WARN, "schedule", "%s: %s: the kept calendar is left out until a new one comes", cache_path, why);
	season_merge(&s->season, &s->calendars, s->heard);
	return s;
}

void schedule_destroy(struct schedule *s)
{
	if (!s)
		return;
	calendars_finish(&s->calendars);
	free(s->season.list);
	free(s->cache_path);
	free(s);
}

/* ---- what it is now ---- */

static void look(struct schedule *s)
{
	if (s->now_ns == F1P_UNKNOWN_NS)
		return;
	s->now = season_choose(&s->season, s->now_ns);
	s->next_ns = season_next_change(&s->season, s->now_ns);
}

static void merge(struct schedule *s)
{
	if (!season_merge(&s->season, &s->calendars, s->heard))
		log_line(F1P_LOG_ERROR, "schedule", "no memory for the calendar: the former one stays");
	look(s);
}

static void set_now(struct schedule *s, int64_t now_ns)
{
	int64_t was_ns = s->now_ns;

	s->now_ns = now_ns;
	if (was_ns != F1P_UNKNOWN_NS && now_ns < was_ns) {
		feed_clock_back(s->heard, now_ns);
		merge(s);
	} else if (was_ns == F1P_UNKNOWN_NS || now_ns >= s->next_ns) {
		look(s);
	}
}

static const struct entry *current(const struct schedule *s)
{
	return s->now.index == NONE ? NULL : &s->season.list[s->now.index];
}

/* True once after each change. */
static bool tell(struct schedule *s)
{
	const struct entry *e = current(s);

	if (s->told.mode == s->now.mode && s->told.has == (e != NULL) &&
		(!e || memcmp(&s->told.plan, &e->plan, sizeof(e->plan)) == 0))
		return false;
	s->told.mode = s->now.mode;
	s->told.has = e != NULL;
	if (e)
		s->told.plan = e->plan;
	return true;
}

bool schedule_tick(struct schedule *s, int64_t now_ns)
{
	if (now_ns == F1P_UNKNOWN_NS)
		return false;
	set_now(s, now_ns);
	return tell(s);
}

bool schedule_observe(struct schedule *s, const struct f1p_state *st, int64_t now_ns)
{
	uint32_t slot;

	if (now_ns == F1P_UNKNOWN_NS)
		return false;
	set_now(s, now_ns);
	switch (feed_hear(s->heard, st, now_ns, &slot)) {
	case HEARD_NEWS:
		merge(s);
		break;
	case HEARD_ALIVE:
		for (uint32_t i = 0; i < s->season.n; i++)
			if (s->season.list[i].heard == slot)
				entry_times(&s->season.list[i], &s->heard[slot]);
		look(s);
		break;
	default:
		break;
	}
	return tell(s);
}

/* ---- calendars ---- */

/* Takes the plans over into *c if all are well. */
static f1p_status take(struct calendar *c, const struct f1p_session_plan *plans, uint32_t n, char *why, size_t why_size)
{
	char fault[160];

	c->plans = malloc(n * sizeof(*c->plans));
	if (!c->plans) {
		snprintf(why, why_size, "no memory for %u sessions", n);
		return F1P_ENOMEM;
	}
	for (uint32_t i = 0; i < n; i++) {
		const struct f1p_session_plan *p = (const void *)((const char *)plans + (size_t)i * plans->size);
		if (!plan_check(p, fault, sizeof(fault))) {
			snprintf(why, why_size, "session %u of %u: %s", i + 1, n, fault);
			return F1P_EINVAL;
		}
		plan_copy(&c->plans[i], p);
	}
	c->n = n;
	return F1P_OK;
}

static bool call_is_sane(uint32_t rank, const struct f1p_session_plan *plans, uint32_t n, char *why, size_t why_size)
{
	if (rank < 1 || rank > MAX_RANK)
		snprintf(why, why_size, "rank %u is not 1 to %d", rank, MAX_RANK);
	else if (!plans || n == 0)
		snprintf(why, why_size, "a calendar without a session tells nothing: the former one stays");
	else if (n > SCHEDULE_MAX_SESSIONS)
		snprintf(why, why_size, "%u sessions are more than %u", n, SCHEDULE_MAX_SESSIONS);
	else if (plans->size < sizeof(*plans) || plans->size > MAX_STRIDE || plans->size % _Alignof(struct f1p_session_plan))
		snprintf(why, why_size, "size = %u is not that of a struct f1p_session_plan (%zu)", plans->size, sizeof(*plans));
	else
		return true;
	return false;
}

static void keep(const struct schedule *s)
{
	char why[256];

	if (s->cache_path && !calendar_file_save(s->cache_path, &s->calendars, why, sizeof(why)))
		log_line(F1P_LOG_WARN, "schedule", "%s: %s: after a restart without network there is no calendar", s->cache_path,
			why);
}

f1p_status schedule_publish(struct schedule *s, uint32_t source_id, const char *instance, uint32_t rank,
	const struct f1p_session_plan *plans, uint32_t n, int64_t now_ns, char *why, size_t why_size)
{
	struct calendar c = {.source_id = source_id, .rank = rank, .t_fetched_ns = now_ns};
	f1p_status status;

	f1p_utf8_copy(c.instance, sizeof(c.instance), instance, strlen(instance));
	if (!call_is_sane(rank, plans, n, why, why_size))
		return F1P_EINVAL;
	if (now_ns == F1P_UNKNOWN_NS) {
		snprintf(why, why_size, "the clock is not set yet");
		return F1P_AGAIN;
	}
	status = take(&c, plans, n, why, why_size);
	if (status == F1P_OK && (status = calendars_put(&s->calendars, &c)) != F1P_OK)
		snprintf(why, why_size, "there are %u calendars already", SCHEDULE_MAX_CALENDARS);
	if (status != F1P_OK) {
		calendar_finish(&c);
		return status;
	}
	set_now(s, now_ns);
	merge(s);
	keep(s);
	return F1P_OK;
}

void schedule_forget(struct schedule *s, uint32_t source_id)
{
	calendars_forget(&s->calendars, source_id);
	merge(s);
}

/* ---- answers ---- */

static const struct calendar *calendar_of(const struct schedule *s, const struct entry *e)
{
	if (e && e->calendar != NONE)
		return &s->calendars.list[e->calendar];
	return s->calendars.n ? &s->calendars.list[0] : NULL;
}

/* A calendar of the future was fetched when the clock was wrong. */
static bool is_old(const struct schedule *s, const struct calendar *c)
{
	if (!c->kept || s->now_ns == F1P_UNKNOWN_NS)
		return false;
	int64_t age = s->now_ns - c->t_fetched_ns;

	return age > STALE_NS || age < -STALE_NS;
}

void schedule_now(const struct schedule *s, struct f1p_schedule_now *out)
{
	const struct entry *e = current(s);
	const struct calendar *c = calendar_of(s, e);
	uint32_t size = out->size < sizeof(*out) ? out->size : (uint32_t)sizeof(*out);
	struct f1p_schedule_now now = {.size = out->size,
		.mode = s->now.mode,
		.t_change_ns = s->next_ns,
		.t_calendar_ns = c ? c->t_fetched_ns : F1P_UNKNOWN_NS,
		.has_session = e ? F1P_YES : F1P_NO};

	now.stale = c && is_old(s, c) ? F1P_YES : F1P_NO;
	now.moved = e && e->moved ? F1P_YES : F1P_NO;
	if (e && e->calendar == NONE)
		snprintf(now.calendar, sizeof(now.calendar), "feed");
	else if (c)
		snprintf(now.calendar, sizeof(now.calendar), "%s", c->kept ? "cache" : c->instance);
	if (e)
		now.session = e->plan;
	else
		plan_init(&now.session);
	memcpy(out, &now, size);
}

uint32_t schedule_list(const struct schedule *s, struct f1p_session_plan *out, uint32_t n)
{
	for (uint32_t i = 0; i < n && i < s->season.n; i++)
		out[i] = s->season.list[i].plan;
	return s->season.n;
}

int64_t schedule_next_change_ns(const struct schedule *s)
{
	return s->next_ns;
}

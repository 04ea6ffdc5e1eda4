/*
 * season_fixture.h - for tests: a week on a clock of its own, calendars in one line per session, a feed that says what it is
 * told, and a diary of what the schedule said when.
 */
#ifndef SEASON_FIXTURE_H
#define SEASON_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "schedule/schedule.h"
#include "schedule/schedule_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MONDAY_NS (INT64_C(1941148800) * SEC_NS) /* 2031-07-07T00:00:00Z */
enum { MON, TUE, WED, THU, FRI, SAT, SUN };

static inline int64_t at(int day, int hour, int minute)
{
	return MONDAY_NS + day * DAY_NS + hour * HOUR_NS + minute * MIN_NS;
}

static inline struct f1p_session_plan session(const char *name, uint8_t type, uint8_t number, int64_t start, int minutes)
{
	struct f1p_session_plan p;

	plan_init(&p);
	p.year = 2031;
	p.type = type;
	p.number = number;
	p.t_start_ns = start;
	p.t_end_ns = minutes ? start + minutes * MIN_NS : F1P_UNKNOWN_NS;
	snprintf(p.name, sizeof(p.name), "%s", name);
	return p;
}

#define PRACTICE(n, start) session("Practice " #n, F1P_SESSION_PRACTICE, n, start, 60)
#define QUALIFYING(start) session("Qualifying", F1P_SESSION_QUALIFYING, 0, start, 60)
#define SPRINT_QUALIFYING(start) session("Sprint Qualifying", F1P_SESSION_SPRINT_QUALIFYING, 0, start, 45)
#define SPRINT(start) session("Sprint", F1P_SESSION_SPRINT, 0, start, 60)
#define RACE(start) session("Race", F1P_SESSION_RACE, 0, start, 120)

struct week {
	struct schedule *s;
	int64_t now;
	struct f1p_state *feed; /* type 0: silent */
	char diary[4096];	/* "Fri 11:15 BEFORE Practice 1\n" */
	struct f1p_schedule_now said;
};

static inline void week_begin(struct week *w, const char *cache_path, int64_t now)
{
	memset(w, 0, sizeof(*w));
	w->s = schedule_create(cache_path);
	w->feed = calloc(1, sizeof(*w->feed));
	assert_non_null(w->s);
	assert_non_null(w->feed);
	w->now = now;
}

static inline void week_end(struct week *w)
{
	schedule_destroy(w->s);
	free(w->feed);
}

static inline void publish(
	struct week *w, uint32_t source_id, const char *instance, uint32_t rank, const struct f1p_session_plan *plans, size_t n)
{
	char why[200] = "";

	if (schedule_publish(w->s, source_id, instance, rank, plans, (uint32_t)n, w->now, why, sizeof(why)) != F1P_OK)
		fail_msg("publish: %s", why);
}

#define PUBLISH(w, id, instance, rank, ...)                                                                                      \
	do {                                                                                                                     \
		const struct f1p_session_plan plans_[] = {__VA_ARGS__};                                                          \
		publish(w, id, instance, rank, plans_, sizeof(plans_) / sizeof(plans_[0]));                                      \
	} while (0)

/* The feed speaks of this session from now on. */
static inline void feed_on(struct week *w, struct f1p_session_plan p, uint8_t status)
{
	memset(w->feed, 0, sizeof(*w->feed));
	w->feed->size = sizeof(*w->feed);
	w->feed->session_key = p.session_key;
	w->feed->type = p.type;
	w->feed->number = p.number;
	w->feed->year = p.year;
	w->feed->t_start_ns = p.t_start_ns;
	w->feed->t_end_ns = p.t_end_ns;
	w->feed->gmt_offset_s = F1P_UNKNOWN;
	w->feed->status = status;
	snprintf(w->feed->name, sizeof(w->feed->name), "%s", p.name);
}

static inline struct f1p_schedule_now said(const struct week *w)
{
	struct f1p_schedule_now now = {.size = sizeof(now)};

	schedule_now(w->s, &now);
	return now;
}

static inline const char *mode_name(uint32_t mode)
{
	static const char *const names[] = {"?", "IDLE", "BEFORE", "LIVE", "AFTER"};

	return names[mode <= F1P_SEASON_AFTER ? mode : 0];
}

/* A line if mode or session is not what it was; in IDLE the session to come does not matter. */
static inline void diary_note(struct week *w)
{
	static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
	struct f1p_schedule_now now = said(w);
	const char *name = now.mode == F1P_SEASON_IDLE ? "" : now.session.name;
	const char *former = w->said.mode == F1P_SEASON_IDLE ? "" : w->said.session.name;
	size_t used = strlen(w->diary);
	int64_t t = w->now - MONDAY_NS;

	if (w->said.mode != now.mode || strcmp(name, former) != 0)
		snprintf(w->diary + used, sizeof(w->diary) - used, "%s %02d:%02d %s%s%s\n", days[t / DAY_NS % 7],
			(int)(t % DAY_NS / HOUR_NS), (int)(t % HOUR_NS / MIN_NS), mode_name(now.mode), *name ? " " : "", name);
	w->said = now;
}

/* Minute by minute; a feed that is not silent says something every minute. */
static inline void run_until(struct week *w, int64_t t)
{
	for (; w->now <= t; w->now += MIN_NS) {
		if (w->feed->type) {
			w->feed->t_event_ns = w->now;
			schedule_observe(w->s, w->feed, w->now);
		}
		schedule_tick(w->s, w->now);
		diary_note(w);
	}
	w->now = t;
}

static inline void feed_status(struct week *w, int64_t t, uint8_t status)
{
	run_until(w, t);
	w->feed->status = status;
}

static inline void feed_silent(struct week *w)
{
	w->feed->type = 0;
}

#endif

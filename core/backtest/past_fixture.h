/*
 * past_fixture.h - for tests: a small past made row by row.
 */
#ifndef PAST_FIXTURE_H
#define PAST_FIXTURE_H

#include "backtest/past.h"
#include "history/history_rows.h"

#include <f1pd/event.h>

#include <stdio.h>
#include <string.h>

#define PAST_T0_NS INT64_C(1900000000000000000)

struct past_maker {
	struct history *store;
};

static inline void past_begin(struct past_maker *m)
{
	char err[256];

	m->store = history_open(":memory:", err, sizeof(err));
	assert_non_null(m->store);
}

static inline void past_put(struct past_maker *m, const struct f1p_history_row *row)
{
	char why[256];

	if (history_put(m->store, row, 1, why, sizeof(why)) != F1P_OK)
		fail_msg("%s", why);
}

/* The store is gone then. */
static inline struct past *past_end(struct past_maker *m)
{
	char err[256];

	assert_int_equal(history_flush(m->store, err, sizeof(err)), F1P_OK);
	struct past *p = past_of(m->store, err, sizeof(err));
	history_close(m->store);
	assert_non_null(p);
	return p;
}

static inline void past_text(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from);
}

static inline void past_add_race(struct past_maker *m, int32_t race_id, int32_t laps, bool sprint)
{
	struct f1p_hist_race r;

	history_row_blank(F1P_HIST_RACE, &r);
	r.row.race_id = race_id;
	r.t_start_ns = PAST_T0_NS + race_id % 10000 * INT64_C(86400000000000);
	r.laps = laps;
	r.scheduled_laps = laps;
	r.sprint = sprint ? F1P_YES : F1P_NO;
	r.wet = F1P_NO;
	past_text(r.circuit_id, sizeof(r.circuit_id), "ring");
	past_text(r.layout_id, sizeof(r.layout_id), "ring-1");
	past_text(r.name, sizeof(r.name), "Example Grand Prix");
	past_put(m, &r.row);
}

static inline void past_add_name(struct past_maker *m, uint32_t type, const char *id, const char *code, const char *name)
{
	struct f1p_hist_name n;

	history_row_blank(type, &n);
	past_text(n.id, sizeof(n.id), id);
	past_text(n.code, sizeof(n.code), code);
	past_text(n.name, sizeof(n.name), name);
	past_put(m, &n.row);
}

/* laps, time_ms: F1P_UNKNOWN = not told */
static inline void past_add_timed_result_of(
	struct past_maker *m, int32_t race_id, uint8_t session, const char *driver, int32_t number, int32_t grid, int32_t position,
	uint8_t dnf, int32_t laps, int32_t time_ms)
{
	struct f1p_hist_result r;

	history_row_blank(F1P_HIST_RESULT, &r);
	r.row.race_id = race_id;
	r.session = session;
	r.number = number;
	r.grid = grid;
	r.position = position;
	r.dnf = dnf;
	r.classified = dnf == F1P_DNF_NONE ? F1P_YES : F1P_NO;
	r.laps = laps;
	r.time_ms = time_ms;
	past_text(r.driver_id, sizeof(r.driver_id), driver);
	snprintf(r.constructor_id, sizeof(r.constructor_id), "team_%d", number / 2);
	past_put(m, &r.row);
}

static inline void past_add_result_of(
	struct past_maker *m, int32_t race_id, uint8_t session, const char *driver, int32_t number, int32_t grid, int32_t position,
	uint8_t dnf)
{
	past_add_timed_result_of(m, race_id, session, driver, number, grid, position, dnf, F1P_UNKNOWN, F1P_UNKNOWN);
}

static inline void past_add_result(
	struct past_maker *m, int32_t race_id, const char *driver, int32_t number, int32_t grid, int32_t position, uint8_t dnf)
{
	past_add_result_of(m, race_id, F1P_HIST_MAIN, driver, number, grid, position, dnf);
}

static inline void past_add_qualifying(struct past_maker *m, int32_t race_id, uint32_t session, const char *driver, int32_t position)
{
	struct f1p_hist_qualifying q;

	history_row_blank(F1P_HIST_QUALIFYING, &q);
	q.row.race_id = race_id;
	q.session = session;
	q.position = position;
	q.q_ms[0] = 80000 + position;
	q.grid_penalty = 0;
	past_text(q.driver_id, sizeof(q.driver_id), driver);
	past_text(q.constructor_id, sizeof(q.constructor_id), "team_1");
	past_put(m, &q.row);
}

static inline void past_add_practice(struct past_maker *m, int32_t race_id, uint32_t number, const char *driver)
{
	struct f1p_hist_practice p;

	history_row_blank(F1P_HIST_PRACTICE, &p);
	p.row.race_id = race_id;
	p.number = number;
	p.best_ms = 81000;
	past_text(p.driver_id, sizeof(p.driver_id), driver);
	past_text(p.constructor_id, sizeof(p.constructor_id), "team_1");
	past_put(m, &p.row);
}

/* flags: F1P_HISTL_* */
static inline void past_add_lap(
	struct past_maker *m, int32_t race_id, const char *driver, int32_t lap, int32_t time_ms, int32_t elapsed_ms, uint32_t flags)
{
	struct f1p_hist_lap l;

	history_row_blank(F1P_HIST_LAP, &l);
	l.row.race_id = race_id;
	l.row.flags = flags;
	l.lap = lap;
	l.time_ms = time_ms;
	l.elapsed_ms = elapsed_ms;
	past_text(l.driver_id, sizeof(l.driver_id), driver);
	past_put(m, &l.row);
}

/* Laps first..last of equal length, from where the race clock stands. Returns the clock at the end. */
static inline int32_t past_add_laps(
	struct past_maker *m, int32_t race_id, const char *driver, int32_t first, int32_t last, int32_t lap_ms, int32_t elapsed_ms)
{
	for (int32_t lap = first; lap <= last; lap++)
		past_add_lap(m, race_id, driver, lap, lap_ms, elapsed_ms += lap_ms, 0);
	return elapsed_ms;
}

static inline void past_add_stint(
	struct past_maker *m, int32_t race_id, const char *driver, int32_t stint, int32_t first_lap, uint32_t compound, int32_t age)
{
	struct f1p_hist_stint s;

	history_row_blank(F1P_HIST_STINT, &s);
	s.row.race_id = race_id;
	s.stint = stint;
	s.first_lap = first_lap;
	s.age_at_start = age;
	s.compound = compound;
	past_text(s.driver_id, sizeof(s.driver_id), driver);
	past_put(m, &s.row);
}

static inline void past_add_neutral(struct past_maker *m, int32_t race_id, uint32_t kind, int32_t t_start_ms, int32_t t_end_ms)
{
	struct f1p_hist_neutralisation n;

	history_row_blank(F1P_HIST_NEUTRALISATION, &n);
	n.row.race_id = race_id;
	n.kind = kind;
	n.t_start_ms = t_start_ms;
	n.t_end_ms = t_end_ms;
	past_put(m, &n.row);
}

#endif

/*
 * freshness_test.c - what is marked as stale, and the one thing that is estimated meanwhile.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/freshness.h"

#include <f1pd/season.h>
#include <stdlib.h>

#define S INT64_C(1000000000)
#define T0 (INT64_C(1900000000) * S)
#define TIMING (1u << F1P_DATA_TIMING)

static void stale_is_a_session_without_anybody_who_tells_how_the_cars_run(void **state)
{
	struct engine_source_view v[2] = {{.alive = true, .active_kinds = TIMING | 1u << F1P_DATA_LAPS}, {.alive = true}};

	(void)state;
	assert_false(freshness_is_stale(F1P_SEASON_LIVE, v, 2));
	v[0].alive = false;
	assert_true(freshness_is_stale(F1P_SEASON_LIVE, v, 2)); /* the other one gives the weather */
	v[1].active_kinds = TIMING;
	assert_false(freshness_is_stale(F1P_SEASON_LIVE, v, 2)); /* it has taken over */
	v[1].alive = false;
	assert_true(freshness_is_stale(F1P_SEASON_LIVE, v, 2));
	assert_true(freshness_is_stale(F1P_SEASON_LIVE, v, 0));
	for (uint32_t mode = F1P_SEASON_IDLE; mode <= F1P_SEASON_AFTER; mode++)
		assert_int_equal(freshness_is_stale(mode, v, 2), mode == F1P_SEASON_LIVE); /* between sessions silence is in order */
}

static void each_kind_is_as_fresh_as_its_source_or_its_clock(void **state)
{
	(void)state;
	assert_false(freshness_kind_is_stale(F1P_SEASON_LIVE, F1P_DATA_TYRES, true, 1200 * S)); /* nobody stopped */
	assert_true(freshness_kind_is_stale(F1P_SEASON_LIVE, F1P_DATA_TYRES, false, 1 * S));
	assert_true(freshness_kind_is_stale(F1P_SEASON_LIVE, F1P_DATA_TIMING, false, 6 * S));
	assert_false(freshness_kind_is_stale(F1P_SEASON_LIVE, F1P_DATA_WEATHER, true, 90 * S));
	assert_true(freshness_kind_is_stale(F1P_SEASON_LIVE, F1P_DATA_WEATHER, true, 301 * S)); /* each minute */
	assert_false(freshness_kind_is_stale(F1P_SEASON_LIVE, F1P_DATA_OUTLOOK, false, 1800 * S)); /* asked for now and then */
	assert_true(freshness_kind_is_stale(F1P_SEASON_LIVE, F1P_DATA_OUTLOOK, false, 3601 * S));
	assert_false(freshness_kind_is_stale(F1P_SEASON_AFTER, F1P_DATA_TIMING, false, 600 * S));
}

/* The leader began lap 21 at T0, of 50, with laps of 90 s. */
static struct f1p_state *race(void)
{
	struct f1p_state *st = calloc(1, sizeof(*st));

	assert_non_null(st);
	st->type = F1P_SESSION_RACE;
	st->status = F1P_STATUS_STARTED;
	st->track = F1P_TRACK_CLEAR;
	st->neutralised = F1P_NO;
	st->lap = 21;
	st->total_laps = 50;
	st->n_cars = 2;
	st->order[0] = 1; /* the second in the list leads */
	st->order[1] = 0;
	st->cars[1] = (struct f1p_car){.number = 4, .retired = F1P_NO, .laps = 20, .t_line_ns = T0, .pace_ms = 90000, .last_ms = 91000};
	return st;
}

static void the_leaders_lap_goes_on_at_its_pace(void **state)
{
	struct f1p_state *st = race();

	(void)state;
	assert_int_equal(freshness_leader_lap(st, T0), 21);
	assert_int_equal(freshness_leader_lap(st, T0 + 89 * S), 21);
	assert_int_equal(freshness_leader_lap(st, T0 + 90 * S), 22);
	assert_int_equal(freshness_leader_lap(st, T0 + 450 * S), 26);
	assert_int_equal(freshness_leader_lap(st, T0 + 10000 * S), 50); /* the race is over then */
	st->neutralised = F1P_YES;
	st->cars[1].last_ms = 150000; /* behind the safety car */
	assert_int_equal(freshness_leader_lap(st, T0 + 450 * S), 24);
	st->cars[1].pace_ms = F1P_UNKNOWN;
	st->neutralised = F1P_NO;
	assert_int_equal(freshness_leader_lap(st, T0 + 450 * S), 24);
	free(st);
}

static void where_nothing_is_known_nothing_is_invented(void **state)
{
	struct f1p_state *good = race();
	struct f1p_state *st = race();

	(void)state;
#define WITHOUT(change)                                                                                                          \
	do {                                                                                                                     \
		*st = *good;                                                                                                     \
		change;                                                                                                          \
		assert_int_equal(freshness_leader_lap(st, T0 + 450 * S), F1P_UNKNOWN);                                           \
	} while (0)
	WITHOUT(st->type = F1P_SESSION_QUALIFYING);
	WITHOUT(st->status = F1P_STATUS_ABORTED);
	WITHOUT(st->status = F1P_STATUS_FINISHED);
	WITHOUT(st->track = F1P_TRACK_RED);
	WITHOUT(st->n_cars = 0);
	WITHOUT(st->cars[1].retired = F1P_YES);
	WITHOUT(st->cars[1].laps = F1P_UNKNOWN);
	WITHOUT(st->cars[1].t_line_ns = F1P_UNKNOWN_NS);
	WITHOUT(st->cars[1].t_line_ns = T0 + 451 * S);
	WITHOUT(st->cars[1].t_line_ns = T0 - 4 * 3600 * S);
	WITHOUT(st->cars[1].pace_ms = st->cars[1].last_ms = F1P_UNKNOWN);
	WITHOUT(st->cars[1].pace_ms = 1);
	free(good);
	free(st);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stale_is_a_session_without_anybody_who_tells_how_the_cars_run),
		cmocka_unit_test(each_kind_is_as_fresh_as_its_source_or_its_clock),
		cmocka_unit_test(the_leaders_lap_goes_on_at_its_pace),
		cmocka_unit_test(where_nothing_is_known_nothing_is_invented),
	};

	return cmocka_run_group_tests_name("freshness", tests, NULL, NULL);
}

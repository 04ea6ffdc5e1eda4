/*
 * arbiter_several_test.c - two sources that tell the same session in words of their own: nothing is told twice, nothing goes back,
 * and the ledger says what is true.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "race/arbiter_fixture.h"
#include "race/race_internal.h"

static void beat(struct arig *r, bool a, bool b, double from_s, double to_s)
{
	for (double s = from_s; s <= to_s; s += 1) {
		arig_until(r, s);
		if (a) {
			arig_heartbeat(r, RIG_A);
		}
		if (b) {
			arig_heartbeat(r, RIG_B);
		}
	}
}

static void two_started(struct arig *r)
{
	arig_start(r, RIG_A, 2);
	arig_start(r, RIG_B, 2);
	beat(r, true, true, 1, 12);
}

/* The numbers in the state are those of the order, none stands twice. */
static void assert_messages(struct arig *r, const char *const *texts, size_t n)
{
	const struct f1p_state *st = race_state(r->race);

	assert_int_equal(st->n_messages, n);
	assert_int_equal(st->messages_total, n);
	assert_int_equal(arig_count(r, F1P_EV_RACE_CONTROL), n);
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(st->messages[i].text, texts[i]);
		for (size_t k = 0; k < i; k++) {
			assert_int_not_equal(st->messages[k].index, st->messages[i].index);
		}
	}
}

/* ---- messages ---- */

static void a_message_that_both_tell_is_told_once_whatever_its_number_and_moment(void **state)
{
	struct arig *r = *state;
	static const char *const texts[] = {"GREEN", "YELLOW", "YELLOW", "CLEAR", "GREEN"};

	two_started(r);
	arig_text_of(r, RIG_A, 7, 12, "GREEN");
	arig_text_of(r, RIG_A, 8, 13, "YELLOW");
	arig_text_of(r, RIG_A, 9, 17, "YELLOW"); /* the same words at another time: another message */
	arig_link(r, RIG_A, F1P_LINK_DOWN);
	beat(r, false, true, 13, 20);
	arig_text_of(r, RIG_B, 0, 12.9, "GREEN"); /* polled late, counted from 0, its times cut to seconds */
	assert_int_equal(arig_active(r, F1P_DATA_MESSAGES), RIG_B);
	arig_text_of(r, RIG_B, 1, 13, "YELLOW");
	arig_text_of(r, RIG_B, 2, 16, "YELLOW");
	arig_text_of(r, RIG_B, 3, 19, "CLEAR");
	beat(r, true, true, 21, 40);
	assert_int_equal(arig_active(r, F1P_DATA_MESSAGES), RIG_A);
	arig_text_of(r, RIG_A, 10, 19, "CLEAR");
	arig_text_of(r, RIG_A, 11, 40, "GREEN");
	assert_messages(r, texts, 5);
	assert_int_equal(race_state(r->race)->messages[4].index, 11);
	assert_int_equal(arig_gaps(r).lost, 0);
}

/* B knows one that A never told, and lacks another: its numbers run beside ours, and never on top of them. */
static void feeds_that_count_differently_overwrite_nothing_and_lose_nothing(void **state)
{
	struct arig *r = *state;
	static const char *const texts[] = {"ONE", "TWO", "THREE", "ONLY B", "FOUR", "FIVE", "SIX"};

	two_started(r);
	arig_text_of(r, RIG_A, 5, 10, "ONE");
	arig_text_of(r, RIG_A, 6, 11, "TWO");
	arig_text_of(r, RIG_A, 7, 12, "THREE");
	arig_text_of(r, RIG_B, 0, 10, "ONE");
	arig_link(r, RIG_A, F1P_LINK_DOWN);
	beat(r, false, true, 13, 20);
	arig_text_of(r, RIG_B, 1, 10.5, "ONLY B"); /* would have the number of TWO */
	arig_text_of(r, RIG_B, 2, 12, "THREE");
	arig_text_of(r, RIG_B, 3, 20, "FOUR");
	arig_text_of(r, RIG_B, 4, 20.5, "FIVE");
	beat(r, true, true, 21, 40);
	arig_text_of(r, RIG_A, 8, 20, "FOUR");
	arig_text_of(r, RIG_A, 9, 20, "FIVE");
	arig_text_of(r, RIG_A, 10, 40, "SIX");
	assert_messages(r, texts, 7);
	assert_int_equal(arig_gaps(r).lost, 0);
}

/* What B skips in its own numbers is a gap of B. */
static void a_message_that_the_present_source_skipped_stands_in_the_ledger(void **state)
{
	struct arig *r = *state;

	two_started(r);
	arig_text_of(r, RIG_A, 5, 10, "ONE");
	arig_text_of(r, RIG_B, 0, 10, "ONE");
	arig_link(r, RIG_A, F1P_LINK_DOWN);
	beat(r, false, true, 13, 20);
	arig_text_of(r, RIG_B, 1, 20, "TWO");
	arig_text_of(r, RIG_B, 3, 21, "FOUR");
	assert_int_equal(arig_gaps(r).lost, 1);
	assert_int_equal(arig_gaps(r).last.source_id, RIG_B);
	assert_int_equal(arig_gaps(r).last.first_lap, 7);
	assert_int_equal(arig_gaps(r).last.last_lap, 7);
	arig_text_of(r, RIG_B, 2, 20.5, "THREE");
	assert_int_equal(arig_gaps(r).lost, 0);
}

static void a_status_told_again_by_the_next_source_is_nothing_new(void **state)
{
	struct arig *r = *state;
	size_t told;

	two_started(r);
	arig_value(r, RIG_A, F1P_EV_TRACK_STATUS, F1P_TRACK_SC);
	arig_link(r, RIG_A, F1P_LINK_DOWN);
	beat(r, false, true, 13, 20);
	told = arig_count(r, F1P_EV_TRACK_STATUS) + arig_count(r, F1P_EV_SESSION_STATUS);
	arig_value(r, RIG_B, F1P_EV_TRACK_STATUS, F1P_TRACK_SC);
	arig_value(r, RIG_B, F1P_EV_SESSION_STATUS, F1P_STATUS_STARTED);
	assert_int_equal(arig_count(r, F1P_EV_TRACK_STATUS) + arig_count(r, F1P_EV_SESSION_STATUS), told);
	arig_value(r, RIG_B, F1P_EV_TRACK_STATUS, F1P_TRACK_CLEAR);
	assert_int_equal(race_state(r->race)->track, F1P_TRACK_CLEAR);
	assert_int_equal(race_state(r->race)->n_sc, 1);
}

/* ---- laps ---- */

static void the_lap_of_the_race_goes_on_although_who_counted_is_gone(void **state)
{
	struct arig *r = *state;
	struct f1p_ev_lap_count e = {.mask = F1P_LAPS_CURRENT | F1P_LAPS_TOTAL, .current = 1, .total = 4};

	two_started(r);
	ARIG_SAY(r, RIG_A, F1P_EV_LAP_COUNT, e, 0);
	assert_int_equal(race_state(r->race)->lap, 1);
	arig_link(r, RIG_A, F1P_LINK_DOWN);
	for (int lap = 1; lap <= 4; lap++) {
		static const int32_t expected[] = {0, 2, 3, 4, 4};

		beat(r, false, true, 90 * lap - 5, 90 * lap);
		arig_lap(r, RIG_B, 1, lap, 90000);
		arig_lap(r, RIG_B, 2, lap - 1, 90000); /* lapped */
		assert_int_equal(race_state(r->race)->lap, expected[lap]);
	}
}

/* B tells the laps, A the timing; A counts the lap on which car 1 retired in the pits, B does not. */
static void a_retired_car_keeps_its_laps_when_the_worse_source_counts_fewer(void **state)
{
	struct arig *r = *state;
	struct f1p_ev_car_status out = {.mask = F1P_CAR_RETIRED, .car = 1, .retired = F1P_YES};
	struct f1p_ev_car_lap behind = {.mask = F1P_LAP_NUMBER | F1P_LAP_LAST | F1P_LAP_BEST, .car = 1, .laps = 1, .last_ms = 90001,
					.best_ms = 89000};

	two_started(r);
	for (int lap = 1; lap <= 2; lap++) {
		beat(r, true, true, 90 * lap - 5, 90 * lap);
		arig_lap(r, RIG_A, 1, lap, 90000 + lap);
		arig_lap(r, RIG_A, 2, lap, 90000 + lap);
		arig_lap(r, RIG_B, 2, lap, 90000 + lap);
	}
	ARIG_SAY(r, RIG_A, F1P_EV_CAR_STATUS, out, 0);
	for (int k = 0; k < 4; k++) { /* they take turns */
		arig_link(r, RIG_A, F1P_LINK_DOWN);
		beat(r, false, true, 200 + 60 * k, 210 + 60 * k);
		assert_int_equal(arig_active(r, F1P_DATA_LAPS), RIG_B);
		ARIG_SAY(r, RIG_B, F1P_EV_CAR_LAP, behind, 0);
		assert_int_equal(arig_car(r, 1)->laps, 2);
		assert_int_equal(arig_car(r, 1)->last_ms, 90002);
		beat(r, true, true, 211 + 60 * k, 230 + 60 * k);
		assert_int_equal(arig_active(r, F1P_DATA_LAPS), RIG_A);
		arig_lap(r, RIG_A, 1, 2, 90002);
	}
	assert_int_equal(arig_car(r, 1)->laps, 2);
	assert_int_equal(arig_car(r, 1)->best_ms, 89000); /* the rest of it is heard */
	assert_int_equal(arig_count(r, F1P_EV_REVISION), 0);
	arig_lap(r, RIG_A, 1, 1, 0); /* who told it may take it back */
	assert_int_equal(arig_car(r, 1)->laps, 1);
}

/* B has counted the lap, but tells its time a little later, and A falls silent in between. */
static void a_count_that_came_before_its_time_takes_no_older_time_along(void **state)
{
	struct arig *r = *state;

	two_started(r);
	for (int lap = 1; lap <= 3; lap++) {
		beat(r, true, true, 90 * lap - 5, 90 * lap);
		arig_lap(r, RIG_A, 1, lap, 90000 + 100 * lap);
		arig_lap(r, RIG_B, 1, lap, lap < 3 ? 90000 + 100 * lap : F1P_UNKNOWN);
		arig_lap(r, RIG_A, 2, lap < 3 ? lap : 2, 90500 + 100 * (lap < 3 ? lap : 2)); /* A never tells its third lap */
		arig_lap(r, RIG_B, 2, lap, lap < 3 ? 90500 + 100 * lap : F1P_UNKNOWN);
	}
	arig_link(r, RIG_A, F1P_LINK_DOWN);
	beat(r, false, true, 271, 275);
	assert_int_equal(arig_active(r, F1P_DATA_LAPS), RIG_B);
	assert_int_equal(arig_car(r, 1)->laps, 3);
	assert_int_equal(arig_car(r, 1)->last_ms, 90300);
	assert_int_equal(arig_car(r, 1)->history[2].time_ms, 90300);
	assert_int_equal(arig_car(r, 2)->laps, 3);
	for (size_t i = 0; i < r->n; i++) { /* nor does anybody hear that the third lap took as long as the second */
		assert_false(r->notes[i].laps == 3 && (r->notes[i].last_ms == 90200 || r->notes[i].last_ms == 90700));
	}
	arig_lap(r, RIG_B, 1, 3, 90300);
	arig_lap(r, RIG_B, 2, 3, 90800);
	assert_int_equal(arig_car(r, 2)->last_ms, 90800);
	assert_int_equal(arig_car(r, 2)->history[2].time_ms, 90800);
	beat(r, false, true, 280, 281);
	arig_lap(r, RIG_B, 2, 4, F1P_UNKNOWN); /* crosses the line soon: the time told before is not that of this lap */
	assert_int_not_equal(arig_car(r, 2)->history[3].time_ms, 90800);
}

/* B is polled, so its laps come late, with the time of its newest row: later than the last word of A. */
static void a_lap_that_both_tell_crosses_the_line_once(void **state)
{
	struct arig *r = *state;
	struct f1p_ev_car_lap better = {.mask = F1P_LAP_NUMBER | F1P_LAP_LAST | F1P_LAP_BEST, .car = 1, .laps = 1, .last_ms = 90004,
					.best_ms = 90001};
	struct f1p_ev_lap_record sectors = {.mask = F1P_RECORD_TIME | F1P_RECORD_SECTORS, .car = 1, .lap = 1, .time_ms = 90004,
					    .out_lap = F1P_TRI_UNKNOWN, .sector_ms = {30000, 30002, 30002}, .t_lap_start_ns = F1P_UNKNOWN_NS};
	int told = 0;

	two_started(r);
	beat(r, true, true, 85, 90);
	arig_lap(r, RIG_A, 1, 1, 90001);
	arig_link(r, RIG_A, F1P_LINK_DOWN);
	beat(r, false, true, 91, 92);
	assert_int_equal(arig_active(r, F1P_DATA_LAPS), RIG_B);
	ARIG_SAY(r, RIG_B, F1P_EV_CAR_LAP, better, 0);
	arig_lap(r, RIG_B, 1, 1, F1P_UNKNOWN);
	arig_lap(r, RIG_B, 2, 1, 90500);
	ARIG_SAY(r, RIG_B, F1P_EV_LAP_RECORD, sectors, 0);
	for (size_t i = 0; i < r->n; i++) {
		told += r->notes[i].laps == 1 || r->notes[i].last_ms > 0;
		assert_int_not_equal(r->notes[i].h.type, F1P_EV_LAP_RECORD); /* all of it is known */
	}
	assert_int_equal(told, 2); /* one of each car */
	assert_int_equal(arig_car(r, 1)->last_ms, 90001);
	assert_int_equal(arig_car(r, 1)->best_ms, 90001); /* the rest of it is heard */
}

static void stop(struct arig *r, uint32_t id, uint16_t type, uint16_t car, int32_t lap, int32_t lane_ms, int32_t stationary_ms)
{
	struct f1p_ev_pit e = {.car = car, .lap = lap, .lane_ms = lane_ms, .stationary_ms = stationary_ms};

	ARIG_SAY(r, id, type, e, 0);
}

/* B has counted the lap but does not know its time when A, which does, comes back. */
static void the_time_that_the_next_source_knows_is_told_once(void **state)
{
	struct arig *r = *state;
	int told = 0;

	two_started(r);
	arig_link(r, RIG_A, F1P_LINK_DOWN);
	beat(r, false, true, 13, 100);
	arig_lap(r, RIG_B, 1, 1, F1P_UNKNOWN);
	assert_true(arig_car(r, 1)->history[0].flags & F1P_LAPF_INFERRED);
	r->lag_ns = RIG_S;
	arig_lap(r, RIG_A, 1, 1, 90001);
	r->lag_ns = 0;
	beat(r, true, true, 101, 120);
	assert_int_equal(arig_active(r, F1P_DATA_LAPS), RIG_A);
	assert_int_equal(arig_car(r, 1)->history[0].time_ms, 90001);
	assert_int_equal(arig_car(r, 1)->history[0].flags, 0);
	for (size_t i = 0; i < r->n; i++) {
		told += r->notes[i].last_ms == 90001 || r->notes[i].h.type == F1P_EV_LAP_RECORD;
	}
	assert_int_equal(told, 1);
}

/* Without a token A knows no times in the box, so B is to tell of the stops; but A is the first to tell one. */
static void each_stop_is_told_once_and_none_is_lost_when_the_better_one_speaks_second(void **state)
{
	struct arig *r = *state;
	struct arbiter_prefs p = arbiter_default_prefs;

	p.by_kind[F1P_DATA_PIT] = 99;
	arbiter_add(r->arbiter, RIG_B, "source-b", &p);
	two_started(r);
	beat(r, true, true, 13, 30);
	stop(r, RIG_A, F1P_EV_PIT_LANE_TIME, 1, 1, 6200, F1P_UNKNOWN);
	arig_until(r, 30.5);
	arig_heartbeat(r, RIG_A);
	r->lag_ns = RIG_S; /* B tells both stops as they were, a little late */
	stop(r, RIG_B, F1P_EV_PIT_LANE_TIME, 2, 1, 6470, F1P_UNKNOWN);
	stop(r, RIG_B, F1P_EV_PIT_STOP, 2, 1, 6470, 2600);
	stop(r, RIG_B, F1P_EV_PIT_LANE_TIME, 1, 1, 6170, F1P_UNKNOWN);
	stop(r, RIG_B, F1P_EV_PIT_STOP, 1, 1, 6170, 2900);
	r->lag_ns = 0;
	assert_int_equal(arig_active(r, F1P_DATA_PIT), RIG_B);
	beat(r, true, true, 31, 40);
	assert_int_equal(arig_count(r, F1P_EV_PIT_LANE_TIME), 2);
	assert_int_equal(arig_count(r, F1P_EV_PIT_STOP), 2);
	arig_link(r, RIG_B, F1P_LINK_DOWN);
	beat(r, true, false, 41, 50);
	stop(r, RIG_A, F1P_EV_PIT_LANE_TIME, 2, 1, 6500, F1P_UNKNOWN); /* the feed shows it again */
	stop(r, RIG_A, F1P_EV_PIT_LANE_TIME, 2, 2, 6600, F1P_UNKNOWN);
	stop(r, RIG_A, F1P_EV_PIT_LANE_TIME, 1, 2, F1P_UNKNOWN, F1P_UNKNOWN); /* it has driven in, no more */
	assert_int_equal(arig_active(r, F1P_DATA_PIT), RIG_A);
	assert_int_equal(arig_count(r, F1P_EV_PIT_LANE_TIME), 4);
	assert_int_equal(arig_count(r, F1P_EV_PIT_STOP), 2);
	assert_int_equal(arig_car(r, 2)->last_pit_lane_ms, 6600);
	beat(r, true, true, 51, 70);
	assert_int_equal(arig_active(r, F1P_DATA_PIT), RIG_B);
	stop(r, RIG_B, F1P_EV_PIT_LANE_TIME, 1, 2, 6700, F1P_UNKNOWN);
	assert_int_equal(arig_car(r, 1)->last_pit_lane_ms, 6700);
}

static void laps_of_one_source_are_not_touched_by_the_timing_of_another(void **state)
{
	struct arig *r = *state;
	struct arbiter_prefs p = arbiter_default_prefs;
	struct f1p_ev_car_status out = {.mask = F1P_CAR_RETIRED | F1P_CAR_IN_PIT, .car = 1, .retired = F1P_YES, .in_pit = F1P_YES};

	p.by_kind[F1P_DATA_LAPS] = 99;
	arbiter_add(r->arbiter, RIG_B, "source-b", &p);
	two_started(r);
	for (int lap = 1; lap <= 3; lap++) {
		beat(r, true, true, 90 * lap - 5, 90 * lap);
		arig_lap(r, RIG_A, 1, lap, 90000);
		arig_lap(r, RIG_B, 1, lap < 3 ? lap : 2, 90000); /* the last lap was not completed, says the better one */
		ARIG_SAY(r, RIG_A, F1P_EV_CAR_STATUS, out, 0);
	}
	assert_int_equal(arig_active(r, F1P_DATA_TIMING), RIG_A);
	assert_int_equal(arig_active(r, F1P_DATA_LAPS), RIG_B);
	assert_int_equal(arig_car(r, 1)->laps, 2);
	assert_int_equal(arig_car(r, 1)->retired, F1P_YES);
	for (size_t i = 0; i < r->n; i++) {
		assert_true(r->notes[i].h.type != F1P_EV_REVISION);
		assert_true(r->notes[i].h.type != F1P_EV_CAR_LAP || r->notes[i].h.source_id == RIG_B || r->notes[i].h.t_event_ns <= feed_ns(12));
	}
}

/* ---- after the end ---- */

static void after_the_end_nobody_takes_over(void **state)
{
	struct arig *r = *state;
	size_t before;

	two_started(r);
	arig_text_of(r, RIG_A, 0, 4, "GREEN");
	arig_text_of(r, RIG_B, 0, 5, "ONLY B KNOWS");
	arig_value(r, RIG_A, F1P_EV_SESSION_STATUS, F1P_STATUS_FINISHED);
	arig_value(r, RIG_A, F1P_EV_SESSION_STATUS, F1P_STATUS_FINALISED);
	arig_value(r, RIG_A, F1P_EV_SESSION_STATUS, F1P_STATUS_ENDS);
	before = arig_count(r, F1P_EV_SOURCE_CHOICE);
	beat(r, false, true, 13, 300);
	arig_link(r, RIG_A, F1P_LINK_DOWN);
	beat(r, false, true, 301, 400);
	arig_value(r, RIG_B, F1P_EV_SESSION_STATUS, F1P_STATUS_FINISHED);
	assert_int_equal(arig_count(r, F1P_EV_SOURCE_CHOICE), before);
	assert_int_equal(race_state(r->race)->status, F1P_STATUS_ENDS);
	assert_int_equal(race_state(r->race)->n_messages, 1);
	assert_int_equal(arig_gaps(r).lines, 0);
	assert_int_equal(arig_active(r, F1P_DATA_TIMING), RIG_A);
	arig_session(r, RIG_B, 78, 0); /* but the next session may begin with the other one */
	arig_value(r, RIG_B, F1P_EV_SESSION_STATUS, F1P_STATUS_STARTED);
	arig_car_value(r, RIG_B, F1P_EV_CAR_POSITION, 1, 1);
	assert_int_equal(race_state(r->race)->session_key, 78);
	assert_int_equal(arig_active(r, F1P_DATA_TIMING), RIG_B);
}

/* ---- the ledger ---- */

static void check_header(void *arg, const struct f1p_ev_gap *line)
{
	int *n = arg;

	(*n)++;
	assert_int_equal(line->h.type, F1P_EV_GAP);
	assert_int_equal(line->h.space, F1P_SPACE_CORE);
	assert_int_equal(line->h.size, sizeof(*line));
	assert_true(line->h.t_event_ns > 0);
}

static void lines_of_the_ledger_are_events_with_a_header(void **state)
{
	struct arig *r = *state;
	struct f1p_ev_gap torn = {.h = {.size = sizeof(torn), .type = F1P_EV_GAP, .t_event_ns = T0_NS}, .id = 9, .how = F1P_GAP_LOST};
	int n = 0;

	two_started(r);
	arig_text(r, RIG_A, 1, "ONE");
	arig_text(r, RIG_A, 4, "FOUR");
	arig_link(r, RIG_A, F1P_LINK_DOWN);
	beat(r, false, true, 13, 20);
	gaps_visit(arbiter_gaps(r->arbiter), check_header, &n);
	assert_int_equal(n, 2);
	gaps_restore(arbiter_gaps(r->arbiter), &torn);
	assert_int_equal(arig_gaps(r).lines, 3);
	assert_int_equal(arig_gaps(r).last.id, 9);
	assert_int_equal(arig_gaps(r).last.h.type, F1P_EV_GAP);
}

static void a_full_ledger_goes_on_counting(void **state)
{
	struct arig *r = *state;
	struct f1p_ev_gap next = {.h = {.size = sizeof(next), .type = F1P_EV_GAP}, .how = F1P_GAP_LOST};
	uint32_t skips = GAP_LINES_MAX + 10;

	two_started(r);
	for (uint32_t i = 0; i <= skips; i++) { /* every second one is missing */
		arig_text_of(r, RIG_A, (uint16_t)(2 * i), i, "X");
	}
	assert_int_equal(arig_gaps(r).lines, GAP_LINES_MAX);
	assert_int_equal(race_state(r->race)->gaps_total, skips);
	assert_int_equal(arig_count(r, F1P_EV_GAP), skips);
	next.id = skips + 1; /* a recovered run goes on with the count */
	gaps_restore(arbiter_gaps(r->arbiter), &next);
	race_apply(r->race, &next.h);
	arig_text_of(r, RIG_A, (uint16_t)(2 * skips + 2), skips, "X");
	assert_int_equal(race_state(r->race)->gaps_total, skips + 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARIG_TEST(a_message_that_both_tell_is_told_once_whatever_its_number_and_moment),
		ARIG_TEST(feeds_that_count_differently_overwrite_nothing_and_lose_nothing),
		ARIG_TEST(a_message_that_the_present_source_skipped_stands_in_the_ledger),
		ARIG_TEST(a_status_told_again_by_the_next_source_is_nothing_new),
		ARIG_TEST(the_lap_of_the_race_goes_on_although_who_counted_is_gone),
		ARIG_TEST(a_retired_car_keeps_its_laps_when_the_worse_source_counts_fewer),
		ARIG_TEST(a_count_that_came_before_its_time_takes_no_older_time_along),
		ARIG_TEST(a_lap_that_both_tell_crosses_the_line_once),
		ARIG_TEST(the_time_that_the_next_source_knows_is_told_once),
		ARIG_TEST(each_stop_is_told_once_and_none_is_lost_when_the_better_one_speaks_second),
		ARIG_TEST(laps_of_one_source_are_not_touched_by_the_timing_of_another),
		ARIG_TEST(after_the_end_nobody_takes_over),
		ARIG_TEST(lines_of_the_ledger_are_events_with_a_header),
		ARIG_TEST(a_full_ledger_goes_on_counting),
	};

	return cmocka_run_group_tests_name("arbiter_several", tests, NULL, NULL);
}

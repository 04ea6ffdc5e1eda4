/*
 * race_outage_test.c - pit stops that fell into an outage: what the snapshot afterwards shows of them is put together.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "race/race_fixture.h"

static void tell_count(struct feed *f, uint16_t car, int32_t pit_stops, uint32_t flags)
{
	struct f1p_ev_car_status e = {.mask = F1P_CAR_IN_PIT | F1P_CAR_PIT_STOPS, .car = car, .in_pit = F1P_NO, .pit_stops = pit_stops};

	f->flags = flags;
	feed_put(f, &e, F1P_EV_CAR_STATUS, sizeof(e));
	f->flags = 0;
}

static void tell_lane_time(struct feed *f, uint16_t car, int32_t lap)
{
	struct f1p_ev_pit e = {.car = car, .lap = lap, .lane_ms = 20000, .stationary_ms = F1P_UNKNOWN};

	feed_put(f, &e, F1P_EV_PIT_LANE_TIME, sizeof(e));
}

/* A race of which laps 4 and 5 are not seen; then the snapshot at second 470. */
static void lose_laps_4_and_5(struct feed *f)
{
	feed_start(f, 2);
	for (uint16_t car = 1; car <= 2; car++) {
		feed_stint(f, car, 0, F1P_TYRE_MEDIUM, 0, 0);
		tell_count(f, car, 0, 0);
	}
	feed_laps(f, 2, 1, 3);
	feed_at(f, 470);
	f->flags = F1P_EVF_SNAPSHOT;
	feed_lap(f, 1, 5, 0);
	feed_lap(f, 2, 5, 0);
	f->flags = 0;
}

static uint16_t confidence(struct feed *f)
{
	return (uint16_t)race_state(f->race)->car_origins[0][F1P_CAR_PIT].confidence;
}

static void the_feeds_own_count_shows_a_stop_that_nobody_saw(void **state)
{
	struct feed *f = *state;

	lose_laps_4_and_5(f);
	race_take_changes(f->race);
	tell_count(f, 1, 1, F1P_EVF_SNAPSHOT);
	assert_int_equal(feed_car(f, 1)->stops, 1);
	assert_int_equal(feed_car(f, 2)->stops, 0);
	assert_true(race_take_changes(f->race) & RACE_CHANGED_PIT);
	assert_true(confidence(f) > 0 && confidence(f) < 1000); /* marked as concluded */
	tell_count(f, 1, 1, F1P_EVF_SNAPSHOT); /* told again */
	feed_at(f, 480);
	tell_lane_time(f, 1, 5); /* its time in the lane comes late */
	feed_at(f, 490);
	feed_stint(f, 1, 1, F1P_TYRE_HARD, 0, 0); /* and its tyres */
	assert_int_equal(feed_car(f, 1)->stops, 1);
	assert_int_equal(feed_car(f, 1)->last_pit_lap, 5);
	feed_at(f, 720);
	feed_pit(f, 1, true); /* the next one is seen */
	feed_at(f, 740);
	feed_pit(f, 1, false);
	assert_int_equal(feed_car(f, 1)->stops, 2);
}

/* The time in the lane began before the outage was over: no red flag, although crossings are waited for from then on only. */
static void tyres_in_the_snapshot_show_a_stop_whose_lane_time_comes_after_it(void **state)
{
	struct feed *f = *state;

	lose_laps_4_and_5(f);
	f->flags = F1P_EVF_SNAPSHOT;
	feed_stint(f, 1, 0, F1P_TYRE_MEDIUM, 5, 0);
	feed_stint(f, 1, 1, F1P_TYRE_HARD, 0, 0);
	f->flags = 0;
	tell_count(f, 1, 1, F1P_EVF_SNAPSHOT);
	assert_int_equal(feed_car(f, 1)->stops, 1);
	feed_at(f, 475);
	tell_lane_time(f, 1, 5);
	assert_int_equal(feed_car(f, 1)->stops, 1);
	assert_int_equal(feed_car(f, 1)->stints[1].first_lap, 6);
}

static void a_stop_that_was_counted_is_not_counted_again_by_the_snapshot(void **state)
{
	struct feed *f = *state;

	lose_laps_4_and_5(f);
	feed_at(f, 475);
	tell_lane_time(f, 1, 5); /* another source had the time in the lane */
	assert_int_equal(feed_car(f, 1)->stops, 1);
	tell_count(f, 1, 1, F1P_EVF_SNAPSHOT);
	assert_int_equal(feed_car(f, 1)->stops, 1);
}

/* Visits of the pit lane that are no stops stay none. */
static void what_the_feed_counted_under_a_red_flag_is_taken_off(void **state)
{
	struct feed *f = *state;

	feed_start(f, 2);
	tell_count(f, 1, 0, 0);
	feed_laps(f, 2, 1, 2);
	feed_at(f, 200);
	feed_track(f, F1P_TRACK_RED);
	feed_at(f, 210);
	feed_pit(f, 1, true);
	tell_count(f, 1, 1, 0);
	feed_at(f, 400);
	feed_track(f, F1P_TRACK_CLEAR);
	feed_at(f, 410);
	feed_last(f, 1, 90000);
	tell_count(f, 1, 1, 0);
	assert_int_equal(feed_car(f, 1)->stops, 0);
	feed_at(f, 700);
	tell_count(f, 1, 2, F1P_EVF_SNAPSHOT);
	assert_int_equal(feed_car(f, 1)->stops, 1);
}

static void a_count_that_grew_while_the_race_stands_is_no_stop(void **state)
{
	struct feed *f = *state;

	lose_laps_4_and_5(f);
	feed_track(f, F1P_TRACK_RED);
	tell_count(f, 1, 1, F1P_EVF_SNAPSHOT);
	assert_int_equal(feed_car(f, 1)->stops, 0);
	tell_count(f, 2, F1P_UNKNOWN, F1P_EVF_SNAPSHOT);
	assert_int_equal(feed_car(f, 2)->stops, 0);
}

static void the_first_count_of_all_tells_of_no_outage(void **state)
{
	struct feed *f = *state;

	feed_start(f, 2);
	feed_laps(f, 2, 1, 3);
	tell_count(f, 1, 2, F1P_EVF_SNAPSHOT); /* we came late: the stints tell */
	assert_int_equal(feed_car(f, 1)->stops, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FEED_TEST(the_feeds_own_count_shows_a_stop_that_nobody_saw),
		FEED_TEST(tyres_in_the_snapshot_show_a_stop_whose_lane_time_comes_after_it),
		FEED_TEST(a_stop_that_was_counted_is_not_counted_again_by_the_snapshot),
		FEED_TEST(what_the_feed_counted_under_a_red_flag_is_taken_off),
		FEED_TEST(a_count_that_grew_while_the_race_stands_is_no_stop),
		FEED_TEST(the_first_count_of_all_tells_of_no_outage),
	};

	return cmocka_run_group_tests_name("race_outage", tests, NULL, NULL);
}

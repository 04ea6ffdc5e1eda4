/*
 * race_stops_test.c - pit stops, tyres, penalties and retirements of the race state on constructed feeds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "race/race_fixture.h"

/* Car 1 stops at the end of lap n (laps of 90 s), new tyres are told 40 s later. */
static void stop_at_end_of(struct feed *f, int lap, uint8_t stint, uint8_t compound)
{
	feed_at(f, 90.0 * lap - 3);
	feed_pit(f, 1, true);
	feed_at(f, 90.0 * lap + 1);
	feed_lap(f, 1, lap, 92000);
	feed_at(f, 90.0 * lap + 22);
	feed_pit(f, 1, false);
	feed_at(f, 90.0 * lap + 60);
	feed_stint(f, 1, stint, compound, 0, 0);
}

static void a_stop_marks_laps_tyres_and_counts(void **state)
{
	struct feed *f = *state;
	const struct f1p_car *car;

	feed_start(f, 1);
	feed_stint(f, 1, 0, F1P_TYRE_MEDIUM, 3, 3);
	feed_laps(f, 1, 1, 4);
	race_take_changes(f->race);
	stop_at_end_of(f, 5, 1, F1P_TYRE_HARD);
	assert_true(race_take_changes(f->race) & RACE_CHANGED_PIT);
	feed_laps(f, 1, 6, 8);
	car = feed_car(f, 1);
	assert_int_equal(car->stops, 1);
	assert_int_equal(car->last_pit_lap, 5);
	assert_true(car->t_pit_in_ns == feed_ns(447));
	assert_int_equal(car->stints[0].first_lap, 1);
	assert_int_equal(car->stints[1].first_lap, 6);
	assert_int_equal(car->stint_laps, 3);
	assert_int_equal(car->compound, F1P_TYRE_HARD);
	assert_int_equal(car->tyre_new, F1P_YES);
	assert_int_equal(car->tyre_age, 3);
	assert_int_equal(feed_history(f, 1, 4)->tyre_age, 7);
	assert_int_equal(feed_history(f, 1, 5)->compound, F1P_TYRE_MEDIUM);
	assert_int_equal(feed_history(f, 1, 5)->tyre_age, 8);
	assert_int_equal(feed_history(f, 1, 5)->flags, F1P_LAPF_IN);
	assert_int_equal(feed_history(f, 1, 6)->flags, F1P_LAPF_OUT);
	assert_int_equal(feed_history(f, 1, 6)->compound, F1P_TYRE_HARD);
	assert_int_equal(feed_history(f, 1, 6)->tyre_age, 1);
	assert_int_equal(feed_history(f, 1, 7)->flags, 0);
}

static void stint_told_a_lap_late_stamps_the_laps_before(void **state)
{
	struct feed *f = *state;

	feed_start(f, 1);
	feed_stint(f, 1, 0, F1P_TYRE_SOFT, 0, 0);
	feed_laps(f, 1, 1, 4);
	feed_at(f, 447);
	feed_pit(f, 1, true);
	feed_at(f, 451);
	feed_lap(f, 1, 5, 91000);
	feed_at(f, 470);
	feed_pit(f, 1, false);
	feed_laps(f, 1, 6, 7);
	feed_stint(f, 1, 1, F1P_TYRE_UNKNOWN, 2, 0);
	assert_int_equal(feed_car(f, 1)->stints[1].first_lap, 6);
	assert_int_equal(feed_history(f, 1, 6)->compound, F1P_TYRE_UNKNOWN);
	feed_stint(f, 1, 1, F1P_TYRE_INTERMEDIATE, 2, 0); /* corrected later */
	assert_int_equal(feed_history(f, 1, 5)->compound, F1P_TYRE_SOFT);
	assert_int_equal(feed_history(f, 1, 6)->compound, F1P_TYRE_INTERMEDIATE);
	assert_int_equal(feed_history(f, 1, 7)->tyre_age, 2);
	assert_int_equal(feed_car(f, 1)->stops, 1);
}

static void an_entry_used_again_begins_a_new_stint(void **state)
{
	struct feed *f = *state;

	feed_start(f, 1);
	feed_stint(f, 1, 0, F1P_TYRE_ULTRASOFT, 3, 3);
	feed_stint(f, 1, 1, F1P_TYRE_SOFT, 0, 0);
	feed_laps(f, 1, 1, 9);
	feed_stint_total(f, 1, 1, 9);
	feed_at(f, 897);
	feed_pit(f, 1, true);
	feed_at(f, 901);
	feed_lap(f, 1, 10, 92000);
	feed_at(f, 920);
	feed_pit(f, 1, false);
	feed_stint(f, 1, 1, F1P_TYRE_HYPERSOFT, 0, 0);
	assert_int_equal(feed_car(f, 1)->stints[1].first_lap, 11);
	assert_int_equal(feed_car(f, 1)->stint_laps, 0);
	assert_int_equal(feed_car(f, 1)->stops, 1);
}

static void an_entry_appended_too_early_begins_at_the_stop(void **state)
{
	struct feed *f = *state;

	feed_start(f, 1);
	feed_stint(f, 1, 0, F1P_TYRE_MEDIUM, 0, 0);
	feed_laps(f, 1, 1, 3);
	feed_stint(f, 1, 1, F1P_TYRE_HARD, 0, 0); /* no stop: the feed erred */
	feed_laps(f, 1, 4, 9);
	feed_at(f, 897);
	feed_pit(f, 1, true);
	feed_at(f, 901);
	feed_lap(f, 1, 10, 92000);
	feed_at(f, 920);
	feed_pit(f, 1, false);
	feed_laps(f, 1, 11, 11);
	feed_stint_total(f, 1, 1, 1);
	assert_int_equal(feed_car(f, 1)->stints[1].first_lap, 11);
	assert_int_equal(feed_history(f, 1, 10)->compound, F1P_TYRE_MEDIUM);
	assert_int_equal(feed_history(f, 1, 11)->compound, F1P_TYRE_HARD);
	assert_int_equal(feed_history(f, 1, 11)->tyre_age, 1);
}

static void tyres_fitted_after_the_flag_are_no_stop(void **state)
{
	struct feed *f = *state;

	feed_start(f, 1);
	feed_lap_count(f, 1, 3);
	feed_stint(f, 1, 0, F1P_TYRE_MEDIUM, 0, 0);
	feed_laps(f, 1, 1, 3);
	feed_status(f, F1P_STATUS_FINISHED);
	feed_stint(f, 1, 1, F1P_TYRE_HARD, 0, 0);
	assert_int_equal(feed_car(f, 1)->stops, 0);
	assert_int_equal(feed_history(f, 1, 3)->compound, F1P_TYRE_MEDIUM);
}

static void the_feeds_own_age_beats_ours(void **state)
{
	struct feed *f = *state;

	feed_start(f, 1);
	feed_stint(f, 1, 0, F1P_TYRE_SOFT, 2, 2);
	feed_laps(f, 1, 1, 3);
	assert_int_equal(feed_history(f, 1, 3)->tyre_age, 5);
	feed_at(f, 276);
	feed_stint_total(f, 1, 0, 6);
	assert_int_equal(feed_history(f, 1, 3)->tyre_age, 6);
	assert_int_equal(feed_car(f, 1)->tyre_age, 6);
}

static void stints_sent_anew_keep_their_first_laps(void **state)
{
	struct feed *f = *state;

	feed_start(f, 1);
	feed_stint(f, 1, 0, F1P_TYRE_MEDIUM, 0, 0);
	feed_laps(f, 1, 1, 4);
	stop_at_end_of(f, 5, 1, F1P_TYRE_HARD);
	feed_laps(f, 1, 6, 20);
	feed_car_value(f, F1P_EV_STINTS_RESET, 1, 0);
	assert_int_equal(feed_car(f, 1)->n_stints, 0);
	feed_stint(f, 1, 0, F1P_TYRE_MEDIUM, 5, 0);
	feed_stint(f, 1, 1, F1P_TYRE_HARD, 15, 0);
	assert_int_equal(feed_car(f, 1)->stints[1].first_lap, 6);
	assert_int_equal(feed_car(f, 1)->stops, 1);
}

static void tyres_of_a_car_joined_in_mid_race(void **state)
{
	struct feed *f = *state;

	f->flags = F1P_EVF_SNAPSHOT;
	feed_session(f, 5, F1P_SESSION_RACE);
	feed_status(f, F1P_STATUS_STARTED);
	feed_lap(f, 1, 30, 91000);
	feed_stint(f, 1, 0, F1P_TYRE_SOFT, 14, 2);
	feed_stint(f, 1, 1, F1P_TYRE_HARD, 10, 0);
	feed_stint(f, 1, 2, F1P_TYRE_MEDIUM, 8, 0);
	feed_pit(f, 1, false);
	f->flags = 0;
	assert_int_equal(feed_car(f, 1)->stints[1].first_lap, 13);
	assert_int_equal(feed_car(f, 1)->stints[2].first_lap, 23);
	assert_int_equal(feed_car(f, 1)->stops, 2);
	assert_int_equal(feed_car(f, 1)->n_laps, 30);
	feed_at(f, 80);
	feed_pit(f, 1, true);
	assert_int_equal(feed_car(f, 1)->stops, 3); /* before the new stint is told */
	feed_at(f, 85);
	feed_lap(f, 1, 31, 93000);
	feed_pit(f, 1, false);
	feed_at(f, 120);
	feed_stint(f, 1, 3, F1P_TYRE_SOFT, 0, 0);
	assert_int_equal(feed_car(f, 1)->stops, 3);
	assert_int_equal(feed_car(f, 1)->stints[3].first_lap, 32);
}

static void current_tyres_fill_in_for_stints(void **state)
{
	struct feed *f = *state;
	struct f1p_ev_stint e = {.mask = F1P_STINT_COMPOUND | F1P_STINT_NEW, .car = 7, .index = 255,
				 .compound = F1P_TYRE_WET, .is_new = F1P_YES};

	feed_put(f, &e, F1P_EV_TYRE, sizeof(e));
	assert_int_equal(feed_car(f, 7)->compound, F1P_TYRE_WET);
	feed_stint(f, 7, 0, F1P_TYRE_UNKNOWN, 0, 0);
	assert_int_equal(feed_car(f, 7)->compound, F1P_TYRE_WET);
	feed_stint(f, 7, 0, F1P_TYRE_SOFT, 0, 0);
	assert_int_equal(feed_car(f, 7)->compound, F1P_TYRE_SOFT);
}

static void drive_through_is_a_stop_without_tyres(void **state)
{
	struct feed *f = *state;

	feed_start(f, 1);
	feed_stint(f, 1, 0, F1P_TYRE_SOFT, 0, 0);
	feed_laps(f, 1, 1, 3);
	feed_at(f, 350);
	feed_pit(f, 1, true);
	feed_at(f, 370);
	feed_pit(f, 1, false);
	assert_int_equal(feed_car(f, 1)->stops, 1);
	assert_int_equal(feed_car(f, 1)->n_stints, 1);
}

static void pits_before_the_start_and_after_the_flag_are_no_stops(void **state)
{
	struct feed *f = *state;

	feed_session(f, 5, F1P_SESSION_RACE);
	feed_status(f, F1P_STATUS_INACTIVE);
	feed_pit(f, 1, true);
	feed_pit(f, 1, false);
	feed_pit(f, 1, true);
	feed_lap_count(f, 1, 3);
	feed_status(f, F1P_STATUS_STARTED);
	feed_at(f, 5);
	feed_pit(f, 1, false);
	feed_laps(f, 1, 1, 3);
	assert_int_equal(feed_history(f, 1, 1)->flags & F1P_LAPF_OUT, F1P_LAPF_OUT); /* began in the pit lane */
	feed_status(f, F1P_STATUS_FINISHED);
	feed_at(f, 400);
	feed_pit(f, 1, true);
	assert_int_equal(feed_car(f, 1)->stops, 0);
}

static void red_flag_changes_are_no_stops(void **state)
{
	struct feed *f = *state;

	feed_start(f, 1);
	feed_stint(f, 1, 0, F1P_TYRE_SOFT, 0, 0);
	feed_laps(f, 1, 1, 3);
	feed_at(f, 300);
	feed_status(f, F1P_STATUS_ABORTED);
	feed_track(f, F1P_TRACK_RED);
	feed_at(f, 350);
	feed_pit(f, 1, true);
	feed_at(f, 1500);
	feed_track(f, F1P_TRACK_CLEAR);
	feed_status(f, F1P_STATUS_STARTED);
	feed_at(f, 1505);
	feed_lap(f, 1, 4, 0);
	feed_at(f, 1510);
	feed_pit(f, 1, false);
	feed_at(f, 1515);
	feed_stint(f, 1, 1, F1P_TYRE_HARD, 0, 0);
	assert_int_equal(feed_car(f, 1)->stops, 0);
	assert_int_equal(feed_car(f, 1)->stints[1].first_lap, 5);
	assert_true(feed_history(f, 1, 4)->flags & F1P_LAPF_NEUTRAL);
	feed_at(f, 1590);
	feed_pit(f, 1, true);
	assert_int_equal(feed_car(f, 1)->stops, 1);
}

static void field_led_through_the_pit_lane_does_not_stop(void **state)
{
	struct feed *f = *state;

	feed_start(f, 2);
	feed_stint(f, 1, 0, F1P_TYRE_SOFT, 0, 0);
	feed_stint(f, 2, 0, F1P_TYRE_SOFT, 0, 0);
	feed_laps(f, 2, 1, 3);
	feed_track(f, F1P_TRACK_SC);
	feed_text(f, 0, "SAFETY CAR THROUGH THE PIT LANE");
	feed_at(f, 350);
	feed_pit(f, 1, true);
	feed_pit(f, 2, true);
	feed_at(f, 370);
	feed_pit(f, 1, false);
	feed_pit(f, 2, false);
	feed_stint(f, 2, 1, F1P_TYRE_HARD, 0, 0);
	assert_int_equal(feed_car(f, 1)->stops, 0);
	assert_int_equal(feed_car(f, 2)->stops, 1);
}

static void late_pit_entry_belongs_to_the_lap_just_done(void **state)
{
	struct feed *f = *state;

	feed_start(f, 1);
	feed_laps(f, 1, 1, 3);
	feed_at(f, 271.5);
	feed_pit(f, 1, true);
	assert_int_equal(feed_car(f, 1)->last_pit_lap, 3);
	assert_true(feed_history(f, 1, 3)->flags & F1P_LAPF_IN);
}

static void penalty_is_open_until_the_next_stop(void **state)
{
	struct feed *f = *state;

	feed_start(f, 2);
	feed_laps(f, 2, 1, 2);
	feed_text(f, 0, "FIA STEWARDS: 5 SECOND TIME PENALTY FOR CAR 1 (AAA) - CAUSING A COLLISION");
	feed_text(f, 0, "FIA STEWARDS: 5 SECOND TIME PENALTY FOR CAR 1 (AAA) - CAUSING A COLLISION");
	feed_text(f, 1, "FIA STEWARDS: LAP 1 TURN 1 INCIDENT 10 SECOND TIME PENALTY FOR CAR 2 (BBB) - SPEEDING");
	feed_text(f, 2, "FIA STEWARDS: 10 SECOND STOP/GO PENALTY FOR CAR 2 (BBB) - UNSAFE RELEASE");
	feed_text(f, 3, "FIA STEWARDS: 5 SECOND TIME PENALTY FOR CAR 99 (ZZZ) - NOT HERE");
	assert_int_equal(feed_car(f, 1)->penalty_ms, 5000);
	assert_int_equal(feed_car(f, 2)->penalty_ms, 10000);
	feed_at(f, 260);
	feed_pit(f, 1, true);
	assert_int_equal(feed_car(f, 1)->penalty_ms, 5000);
	feed_text(f, 4, "FIA STEWARDS: 5 SECOND TIME PENALTY FOR CAR 1 (AAA) - SPEEDING IN THE PIT LANE");
	feed_at(f, 261);
	feed_text(f, 5, "FIA STEWARDS: 10 SECOND TIME PENALTY FOR CAR 1 (AAA) - UNSAFE RELEASE");
	feed_at(f, 285);
	feed_pit(f, 1, false);
	assert_int_equal(feed_car(f, 1)->penalty_ms, 10000); /* the one announced in the lane is still to serve */
}

static void penalty_texts_about_serving(void **state)
{
	struct feed *f = *state;

	feed_start(f, 1);
	feed_text(f, 0, "5 SECOND TIME PENALTY FOR CAR 1 (AAA) - TRACK LIMITS");
	feed_text(f, 1, "10 SECOND TIME PENALTY FOR CAR 1 (AAA) - TRACK LIMITS");
	feed_text(f, 2, "INCIDENT INVOLVING CAR 1 (AAA) NOTED - PENALTY NOT SERVED CORRECTLY");
	assert_int_equal(feed_car(f, 1)->penalty_ms, 15000);
	feed_text(f, 3, "CAR 1 (AAA) - PENALTY SERVED");
	assert_int_equal(feed_car(f, 1)->penalty_ms, 10000);
}

static void retired_flag_comes_and_goes(void **state)
{
	struct feed *f = *state;

	feed_start(f, 2);
	feed_car_flag(f, 2, F1P_CAR_RETIRED, true);
	assert_int_equal(feed_car(f, 2)->retired, F1P_YES);
	assert_int_equal(feed_car(f, 2)->retired_how, F1P_RETIRED_FLAG);
	assert_true(race_take_changes(f->race) & RACE_CHANGED_RETIREMENT);
	feed_car_flag(f, 2, F1P_CAR_RETIRED, false);
	assert_int_equal(feed_car(f, 2)->retired, F1P_NO);
	assert_true(race_take_changes(f->race) & RACE_CHANGED_RETIREMENT);
}

static void stopped_by_message_until_a_new_lap(void **state)
{
	struct feed *f = *state;

	feed_start(f, 3);
	feed_laps(f, 3, 1, 2);
	race_take_changes(f->race);
	feed_text(f, 0, "CAR 1 (AAA) OFF TRACK AND CONTINUED AT TURN 13");
	feed_text(f, 1, "INCIDENT INVOLVING CAR 1 (AAA) NOTED - PIT STOP INFRINGEMENT");
	assert_int_equal(feed_car(f, 1)->retired, F1P_NO);
	feed_text(f, 2, "CARS 1 (AAA) AND 2 (BBB) STOPPED AT TURN 3");
	assert_int_equal(feed_car(f, 1)->retired_how, F1P_RETIRED_MESSAGE);
	assert_int_equal(feed_car(f, 2)->retired_how, F1P_RETIRED_MESSAGE);
	assert_int_equal(feed_car(f, 3)->retired, F1P_NO);
	assert_true(race_take_changes(f->race) & RACE_CHANGED_RETIREMENT);
	feed_at(f, 280);
	feed_lap(f, 1, 3, 97000);
	assert_int_equal(feed_car(f, 1)->retired, F1P_NO);
	assert_true(race_take_changes(f->race) & RACE_CHANGED_RETIREMENT);
}

/* Cars 1..4 go on from lap `from` to `to`; car 5 has stopped. */
static void go_on_without_car_5(struct feed *f, int from, int to)
{
	feed_laps(f, 4, from, to);
}

static void silent_car_is_out_and_comes_back(void **state)
{
	struct feed *f = *state;

	feed_start(f, 5);
	feed_laps(f, 5, 1, 4);
	race_take_changes(f->race);
	go_on_without_car_5(f, 5, 6); /* 90 x 6 + 4 = 544: 179 s after its crossing at 365 */
	assert_int_equal(feed_car(f, 5)->retired, F1P_NO);
	go_on_without_car_5(f, 7, 7); /* 2.5 x 90 = 225 s are over */
	assert_int_equal(feed_car(f, 5)->retired, F1P_YES);
	assert_int_equal(feed_car(f, 5)->retired_how, F1P_RETIRED_SILENCE);
	assert_true(race_take_changes(f->race) & RACE_CHANGED_RETIREMENT);
	feed_at(f, 700);
	feed_lap(f, 5, 5, 0);
	assert_int_equal(feed_car(f, 5)->retired, F1P_NO);
}

static void car_that_never_started_is_out(void **state)
{
	struct feed *f = *state;

	feed_start(f, 5);
	go_on_without_car_5(f, 1, 4);
	assert_int_equal(feed_car(f, 5)->retired_how, F1P_RETIRED_SILENCE);
}

static void car_under_repair_gets_longer(void **state)
{
	struct feed *f = *state;

	feed_start(f, 5);
	feed_laps(f, 5, 1, 4);
	feed_pit(f, 5, true);
	go_on_without_car_5(f, 5, 12);
	assert_int_equal(feed_car(f, 5)->retired, F1P_NO);
	go_on_without_car_5(f, 13, 16); /* 4 x 225 s = ten laps */
	assert_int_equal(feed_car(f, 5)->retired_how, F1P_RETIRED_SILENCE);
	assert_int_equal(feed_car(f, 5)->stops, 0); /* it did not stop, it ended there */
}

static void who_stays_in_the_pits_to_the_end_is_out(void **state)
{
	struct feed *f = *state;

	feed_start(f, 5);
	feed_lap_count(f, 1, 8);
	feed_laps(f, 5, 1, 4);
	feed_pit(f, 5, true);
	go_on_without_car_5(f, 5, 8);
	assert_int_equal(feed_car(f, 5)->retired, F1P_NO); /* may still come out */
	feed_status(f, F1P_STATUS_FINISHED);
	assert_int_equal(feed_car(f, 5)->retired, F1P_YES);
	assert_int_equal(feed_car(f, 4)->retired, F1P_NO);
}

static void nobody_retires_under_a_red_flag(void **state)
{
	struct feed *f = *state;

	feed_start(f, 5);
	feed_laps(f, 5, 1, 4);
	feed_status(f, F1P_STATUS_ABORTED);
	feed_at(f, 3000);
	feed_status(f, F1P_STATUS_STARTED);
	for (uint16_t car = 1; car <= 4; car++) {
		feed_at(f, 3100 + car);
		feed_lap(f, car, 5, 0);
	}
	assert_int_equal(feed_car(f, 5)->retired, F1P_NO);
}

static void slow_laps_behind_the_safety_car_are_allowed_for(void **state)
{
	struct feed *f = *state;

	feed_start(f, 5);
	feed_laps(f, 5, 1, 4);
	for (int lap = 5; lap <= 6; lap++) { /* 170 s a lap */
		for (uint16_t car = 1; car <= 4; car++) {
			feed_at(f, 360 + 170 * (lap - 4) + car);
			feed_lap(f, car, lap, 170000);
		}
	}
	assert_int_equal(feed_car(f, 5)->retired, F1P_NO); /* 340 s of silence, but 2.5 x 170 = 425 */
}

static void stopped_flag_counts_when_it_stays(void **state)
{
	struct feed *f = *state;

	feed_start(f, 3);
	feed_laps(f, 3, 1, 2);
	feed_at(f, 200);
	feed_car_flag(f, 3, F1P_CAR_STOPPED, true);
	assert_int_equal(feed_car(f, 3)->retired, F1P_NO); /* may be a spin */
	feed_laps(f, 2, 3, 3);
	assert_int_equal(feed_car(f, 3)->retired, F1P_YES);
	feed_car_flag(f, 3, F1P_CAR_STOPPED, false);
	assert_int_equal(feed_car(f, 3)->retired, F1P_NO);
}

static void who_took_the_flag_is_not_retired(void **state)
{
	struct feed *f = *state;

	feed_start(f, 2);
	feed_lap_count(f, 1, 3);
	feed_laps(f, 2, 1, 3);
	feed_status(f, F1P_STATUS_FINISHED);
	feed_text(f, 0, "CAR 1 (AAA) STOPPED AT PIT EXIT");
	feed_car_flag(f, 2, F1P_CAR_RETIRED, true);
	assert_int_equal(feed_car(f, 1)->retired, F1P_NO);
	assert_int_equal(feed_car(f, 2)->retired, F1P_NO);
}

static void pit_changes_are_news_only_while_the_race_runs(void **state)
{
	struct feed *f = *state;

	feed_start(f, 1);
	feed_pit(f, 1, true);
	assert_true(race_take_changes(f->race) & RACE_CHANGED_PIT);
	feed_pit(f, 1, true);
	assert_false(race_take_changes(f->race) & RACE_CHANGED_PIT);
	feed_status(f, F1P_STATUS_FINISHED);
	feed_pit(f, 1, false);
	assert_false(race_take_changes(f->race) & RACE_CHANGED_PIT);
}

/* ---- sources that tell a passage when it is over, and know its lap ---- */

static void pit_time(struct feed *f, uint16_t car, int32_t lap, int32_t lane_ms)
{
	struct f1p_ev_pit e = {.car = car, .lap = lap, .lane_ms = lane_ms, .stationary_ms = F1P_UNKNOWN};

	feed_put(f, &e, F1P_EV_PIT_LANE_TIME, sizeof(e));
}

static void stint_from(struct feed *f, uint16_t car, uint8_t index, int32_t first_lap)
{
	struct f1p_ev_stint e = {.mask = F1P_STINT_COMPOUND | F1P_STINT_START | F1P_STINT_FIRST, .car = car, .index = index,
				 .compound = F1P_TYRE_HARD, .start_laps = 0, .first_lap = first_lap};

	feed_put(f, &e, F1P_EV_STINT, sizeof(e));
}

static void a_stop_told_late_is_counted_on_its_own_lap(void **state)
{
	struct feed *f = *state;
	const struct f1p_car *car;

	for (int stint_first = 0; stint_first <= 1; stint_first++) {
		feed_destroy(state);
		feed_create(state);
		f = *state;
		feed_start(f, 1);
		stint_from(f, 1, 0, 1);
		feed_laps(f, 1, 1, 5);
		feed_at(f, 475);
		race_take_changes(f->race);
		if (stint_first)
			stint_from(f, 1, 1, 6);
		pit_time(f, 1, 5, 22000);
		assert_true(race_take_changes(f->race) & RACE_CHANGED_PIT);
		if (!stint_first)
			stint_from(f, 1, 1, 6);
		pit_time(f, 1, 5, 22000); /* told again */
		feed_laps(f, 1, 6, 8);
		car = feed_car(f, 1);
		assert_int_equal(car->stops, 1);
		assert_int_equal(car->last_pit_lap, 5);
		assert_int_equal(car->stints[1].first_lap, 6);
		assert_true(feed_history(f, 1, 5)->flags & F1P_LAPF_IN);
		assert_true(feed_history(f, 1, 6)->flags & F1P_LAPF_OUT);
		assert_false(feed_history(f, 1, 7)->flags & (F1P_LAPF_IN | F1P_LAPF_OUT));
	}
}

static void a_time_in_the_lane_adds_nothing_to_a_passage_that_was_seen(void **state)
{
	struct feed *f = *state;

	feed_start(f, 1);
	feed_laps(f, 1, 1, 4);
	stop_at_end_of(f, 5, 1, F1P_TYRE_HARD);
	pit_time(f, 1, 5, 22000);
	pit_time(f, 1, 6, 22000); /* another count of laps */
	assert_int_equal(feed_car(f, 1)->stops, 1);
	assert_int_equal(feed_car(f, 1)->last_pit_lap, 5);
}

static void a_wait_under_the_red_flag_told_late_is_no_stop(void **state)
{
	struct feed *f = *state;

	feed_start(f, 1);
	stint_from(f, 1, 0, 1);
	feed_laps(f, 1, 1, 3);
	feed_at(f, 300);
	feed_track(f, F1P_TRACK_RED);
	feed_status(f, F1P_STATUS_ABORTED);
	feed_at(f, 1500);
	feed_track(f, F1P_TRACK_CLEAR);
	feed_status(f, F1P_STATUS_STARTED);
	feed_at(f, 1520);
	pit_time(f, 1, 3, 1200000);
	stint_from(f, 1, 1, 4);
	assert_int_equal(feed_car(f, 1)->stops, 0);
}

static void a_corrected_first_lap_moves_the_stint(void **state)
{
	struct feed *f = *state;

	feed_start(f, 1);
	stint_from(f, 1, 0, 1);
	feed_laps(f, 1, 1, 10);
	stint_from(f, 1, 1, 9);
	assert_int_equal(feed_car(f, 1)->stint_laps, 2);
	stint_from(f, 1, 1, 6);
	assert_int_equal(feed_car(f, 1)->stints[1].first_lap, 6);
	assert_int_equal(feed_history(f, 1, 6)->tyre_age, 1);
	assert_int_equal(feed_car(f, 1)->stint_laps, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FEED_TEST(a_stop_marks_laps_tyres_and_counts),
		FEED_TEST(stint_told_a_lap_late_stamps_the_laps_before),
		FEED_TEST(an_entry_used_again_begins_a_new_stint),
		FEED_TEST(an_entry_appended_too_early_begins_at_the_stop),
		FEED_TEST(tyres_fitted_after_the_flag_are_no_stop),
		FEED_TEST(the_feeds_own_age_beats_ours),
		FEED_TEST(stints_sent_anew_keep_their_first_laps),
		FEED_TEST(tyres_of_a_car_joined_in_mid_race),
		FEED_TEST(current_tyres_fill_in_for_stints),
		FEED_TEST(drive_through_is_a_stop_without_tyres),
		FEED_TEST(pits_before_the_start_and_after_the_flag_are_no_stops),
		FEED_TEST(red_flag_changes_are_no_stops),
		FEED_TEST(field_led_through_the_pit_lane_does_not_stop),
		FEED_TEST(late_pit_entry_belongs_to_the_lap_just_done),
		FEED_TEST(penalty_is_open_until_the_next_stop),
		FEED_TEST(penalty_texts_about_serving),
		FEED_TEST(retired_flag_comes_and_goes),
		FEED_TEST(stopped_by_message_until_a_new_lap),
		FEED_TEST(silent_car_is_out_and_comes_back),
		FEED_TEST(car_that_never_started_is_out),
		FEED_TEST(car_under_repair_gets_longer),
		FEED_TEST(who_stays_in_the_pits_to_the_end_is_out),
		FEED_TEST(nobody_retires_under_a_red_flag),
		FEED_TEST(slow_laps_behind_the_safety_car_are_allowed_for),
		FEED_TEST(stopped_flag_counts_when_it_stays),
		FEED_TEST(who_took_the_flag_is_not_retired),
		FEED_TEST(pit_changes_are_news_only_while_the_race_runs),
		FEED_TEST(a_stop_told_late_is_counted_on_its_own_lap),
		FEED_TEST(a_time_in_the_lane_adds_nothing_to_a_passage_that_was_seen),
		FEED_TEST(a_wait_under_the_red_flag_told_late_is_no_stop),
		FEED_TEST(a_corrected_first_lap_moves_the_stint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

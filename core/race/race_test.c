/*
 * race_test.c - session, cars, laps and derived fields of the race state on constructed feeds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "race/race_fixture.h"

static void empty_state_is_unknown_everywhere(void **state)
{
	struct feed *f = *state;
	const struct f1p_state *st = race_state(f->race);

	assert_int_equal(st->size, sizeof(*st));
	assert_int_equal(st->n_cars, 0);
	assert_int_equal(st->status, F1P_STATUS_UNKNOWN);
	assert_int_equal(st->track, F1P_TRACK_UNKNOWN);
	assert_int_equal(st->neutralised, F1P_TRI_UNKNOWN);
	assert_int_equal(st->lap, F1P_UNKNOWN);
	assert_int_equal(st->weather.track_temp_dc, F1P_UNKNOWN);
	assert_true(st->t_green_ns == F1P_UNKNOWN_NS);
	feed_position(f, 44, 3);
	assert_int_equal(feed_car(f, 44)->laps, F1P_UNKNOWN);
	assert_int_equal(feed_car(f, 44)->compound, F1P_TYRE_UNKNOWN);
	assert_int_equal(feed_car(f, 44)->in_pit, F1P_TRI_UNKNOWN);
	assert_int_equal(feed_car(f, 44)->history[0].time_ms, F1P_UNKNOWN);
}

static void cars_keep_their_order_of_appearance(void **state)
{
	struct feed *f = *state;

	feed_position(f, 44, 2);
	feed_position(f, 1, 1);
	feed_position(f, 16, 3);
	feed_position(f, 44, 1);
	feed_position(f, 1, 2);
	assert_int_equal(race_state(f->race)->cars[0].number, 44);
	assert_int_equal(race_state(f->race)->cars[1].number, 1);
	assert_int_equal(race_state(f->race)->cars[2].number, 16);
	assert_int_equal(race_state(f->race)->order[0], 0);
	assert_int_equal(race_state(f->race)->order[1], 1);
}

static void cars_beyond_the_limit_are_ignored(void **state)
{
	struct feed *f = *state;

	for (uint16_t car = 1; car <= F1P_MAX_CARS + 5; car++) {
		feed_car_value(f, F1P_EV_CAR_POSITION, car, 1);
	}
	feed_position(f, 0, 1);
	feed_position(f, 1000, 1);
	assert_int_equal(race_state(f->race)->n_cars, F1P_MAX_CARS);
}

static void order_puts_unknown_positions_last_by_grid(void **state)
{
	struct feed *f = *state;
	const struct f1p_state *st;

	feed_car_value(f, F1P_EV_CAR_GRID, 10, 0); /* pit lane */
	feed_car_value(f, F1P_EV_CAR_GRID, 20, 5);
	feed_car_value(f, F1P_EV_CAR_GRID, 30, 2);
	feed_position(f, 40, 7);
	st = race_state(f->race);
	assert_int_equal(st->cars[st->order[0]].number, 40);
	assert_int_equal(st->cars[st->order[1]].number, 30);
	assert_int_equal(st->cars[st->order[2]].number, 20);
	assert_int_equal(st->cars[st->order[3]].number, 10);
}

static void lap_time_with_the_crossing(void **state)
{
	struct feed *f = *state;

	feed_start(f, 2);
	feed_at(f, 95.0);
	feed_lap(f, 1, 1, 94800);
	assert_int_equal(feed_car(f, 1)->n_laps, 1);
	assert_int_equal(feed_history(f, 1, 1)->time_ms, 94800);
	assert_int_equal(feed_history(f, 1, 1)->elapsed_ms, 95000);
	assert_int_equal(feed_history(f, 1, 1)->position, 1);
	assert_int_equal(feed_history(f, 1, 1)->flags, 0);
	assert_true(feed_car(f, 1)->t_line_ns == feed_ns(95.0));
}

static void lap_time_after_the_crossing_patches_the_entry(void **state)
{
	struct feed *f = *state;

	feed_start(f, 1);
	feed_at(f, 95.0);
	feed_lap(f, 1, 1, 0);
	assert_int_equal(feed_history(f, 1, 1)->time_ms, 95000);
	assert_true(feed_history(f, 1, 1)->flags & F1P_LAPF_INFERRED);
	feed_at(f, 99.0);
	feed_last(f, 1, 94700);
	assert_int_equal(feed_history(f, 1, 1)->time_ms, 94700);
	assert_false(feed_history(f, 1, 1)->flags & F1P_LAPF_INFERRED);
}

static void lap_time_before_the_crossing_is_kept_for_it(void **state)
{
	struct feed *f = *state;

	feed_start(f, 1);
	feed_laps(f, 1, 1, 1);
	feed_at(f, 180.0);
	feed_last(f, 1, 88888);
	feed_at(f, 181.0);
	feed_lap(f, 1, 2, 0);
	assert_int_equal(feed_history(f, 1, 1)->time_ms, 90000);
	assert_int_equal(feed_history(f, 1, 2)->time_ms, 88888);
	assert_int_equal(feed_history(f, 1, 2)->flags, 0);
}

static void equal_lap_time_is_not_told_again(void **state)
{
	struct feed *f = *state;

	feed_start(f, 1);
	feed_laps(f, 1, 1, 1);
	feed_at(f, 181.3);
	feed_lap(f, 1, 2, 0); /* 90.3 s after the first crossing: agrees with 90.000 */
	assert_int_equal(feed_history(f, 1, 2)->time_ms, 90000);
	assert_false(feed_history(f, 1, 2)->flags & F1P_LAPF_INFERRED);
	feed_at(f, 273.0);
	feed_lap(f, 1, 3, 0); /* 91.7 s: does not agree */
	assert_int_equal(feed_history(f, 1, 3)->time_ms, 91700);
	assert_true(feed_history(f, 1, 3)->flags & F1P_LAPF_INFERRED);
}

/* A source that counts a lap before it knows its time says so: that is no silence from which equality follows. */
static void a_lap_whose_time_is_to_come_does_not_take_the_one_before(void **state)
{
	struct feed *f = *state;

	feed_start(f, 1);
	feed_laps(f, 1, 1, 1);
	feed_at(f, 181.3);
	feed_lap(f, 1, 2, F1P_UNKNOWN);
	assert_int_equal(feed_car(f, 1)->last_ms, F1P_UNKNOWN);
	assert_true(feed_history(f, 1, 2)->flags & F1P_LAPF_INFERRED);
	feed_at(f, 215); /* long after the crossing: the number tells which lap it is of */
	feed_lap(f, 1, 2, 90200);
	assert_int_equal(feed_history(f, 1, 2)->time_ms, 90200);
	assert_int_equal(feed_history(f, 1, 2)->flags, 0);
	feed_at(f, 222);
	feed_lap(f, 1, 3, F1P_UNKNOWN);
	assert_int_not_equal(feed_history(f, 1, 3)->time_ms, 90200);
}

static void step_of_several_laps_leaves_unknown_laps(void **state)
{
	struct feed *f = *state;

	feed_start(f, 1);
	feed_laps(f, 1, 1, 1);
	feed_at(f, 361.0);
	feed_lap(f, 1, 4, 89000);
	assert_int_equal(feed_car(f, 1)->n_laps, 4);
	assert_int_equal(feed_history(f, 1, 2)->time_ms, F1P_UNKNOWN);
	assert_int_equal(feed_history(f, 1, 2)->tyre_age, 0xffff);
	assert_int_equal(feed_history(f, 1, 3)->elapsed_ms, F1P_UNKNOWN);
	assert_int_equal(feed_history(f, 1, 4)->time_ms, 89000);
	assert_int_equal(feed_history(f, 1, 4)->elapsed_ms, 361000);
}

static void step_back_cuts_and_the_lap_comes_again(void **state)
{
	struct feed *f = *state;

	feed_start(f, 1);
	feed_laps(f, 1, 1, 3);
	feed_at(f, 272.0);
	feed_lap(f, 1, 2, 0);
	assert_int_equal(feed_car(f, 1)->n_laps, 2);
	assert_true(feed_car(f, 1)->t_line_ns == feed_ns(181.0));
	feed_at(f, 273.0);
	feed_lap(f, 1, 3, 0);
	assert_int_equal(feed_car(f, 1)->n_laps, 3);
	assert_int_equal(feed_history(f, 1, 3)->time_ms, 90000);
	assert_int_equal(feed_history(f, 1, 3)->elapsed_ms, 271000);
	assert_true(feed_car(f, 1)->t_line_ns == feed_ns(271.0));
}

static void laps_beyond_the_history_are_counted_only(void **state)
{
	struct feed *f = *state;

	feed_start(f, 1);
	feed_laps(f, 1, 1, (int)F1P_MAX_LAPS + 10);
	assert_int_equal(feed_car(f, 1)->laps, F1P_MAX_LAPS + 10);
	assert_int_equal(feed_car(f, 1)->n_laps, F1P_MAX_LAPS);
	feed_lap(f, 1, 501, 0);
	feed_lap(f, 1, -1, 0);
	assert_int_equal(feed_car(f, 1)->laps, F1P_MAX_LAPS + 10);
}

static void gap_at_the_line_before_or_after_the_crossing(void **state)
{
	struct feed *f = *state;

	feed_start(f, 2);
	feed_at(f, 92.0);
	feed_gap(f, 2, 1500, 1500);
	feed_at(f, 92.5);
	feed_lap(f, 2, 1, 92000);
	assert_int_equal(feed_history(f, 2, 1)->gap_ms, 1500);
	feed_at(f, 94.0);
	feed_gap(f, 2, 1700, 1650);
	assert_int_equal(feed_history(f, 2, 1)->gap_ms, 1700);
	assert_int_equal(feed_history(f, 2, 1)->interval_ms, 1650);
	feed_at(f, 95.0);
	feed_gap(f, 2, 9000, 9000); /* too late: that is the next lap */
	assert_int_equal(feed_history(f, 2, 1)->gap_ms, 1700);
	assert_int_equal(feed_car(f, 2)->gap_ms, 9000);
}

/* The four facts of one crossing, told within a second in the order of the digits. */
static struct f1p_lap crossing_in_order(const char *order)
{
	struct feed f = {.race = race_create()};
	struct f1p_lap lap;

	feed_start(&f, 2);
	feed_laps(&f, 2, 1, 1);
	feed_at(&f, 150);
	feed_gap(&f, 2, 5000, 5000);
	feed_position(&f, 2, 1);
	for (int i = 0; order[i]; i++) {
		feed_at(&f, 182.0 + (order[i] == '0' ? 0 : 0.3 * (i - (int)strcspn(order, "0"))));
		switch (order[i]) {
		case '0':
			feed_lap(&f, 2, 2, 0);
			break;
		case '1':
			feed_last(&f, 2, 89500);
			break;
		case '2':
			feed_gap(&f, 2, 1200, 1200);
			break;
		default:
			feed_position(&f, 2, 2);
		}
	}
	lap = *feed_history(&f, 2, 2);
	race_destroy(f.race);
	return lap;
}

static void a_crossing_is_the_same_in_any_order(void **state)
{
	static const char *const orders[] = {"0123", "0132", "0213", "0231", "0312", "0321", "1023", "1032",
					     "1203", "1230", "1302", "1320", "2013", "2031", "2103", "2130",
					     "2301", "2310", "3012", "3021", "3102", "3120", "3201", "3210"};
	struct f1p_lap first = crossing_in_order(orders[0]);

	(void)state;
	assert_int_equal(first.time_ms, 89500);
	assert_int_equal(first.gap_ms, 1200);
	assert_int_equal(first.position, 2);
	assert_int_equal(first.elapsed_ms, 182000);
	for (size_t i = 1; i < sizeof(orders) / sizeof(orders[0]); i++) {
		struct f1p_lap other = crossing_in_order(orders[i]);

		assert_memory_equal(&first, &other, sizeof(first));
	}
}

static void laps_know_what_happened_in_them(void **state)
{
	struct feed *f = *state;

	feed_start(f, 1);
	feed_at(f, 20.0);
	feed_track(f, F1P_TRACK_YELLOW);
	feed_at(f, 30.0);
	feed_track(f, F1P_TRACK_CLEAR);
	feed_at(f, 90.0);
	feed_lap(f, 1, 1, 90000);
	feed_at(f, 120.0);
	feed_track(f, F1P_TRACK_SC);
	feed_at(f, 200.0);
	feed_lap(f, 1, 2, 110000);
	feed_at(f, 210.0);
	feed_track(f, F1P_TRACK_CLEAR);
	feed_at(f, 300.0);
	feed_lap(f, 1, 3, 100000);
	feed_at(f, 390.0);
	feed_lap(f, 1, 4, 90000);
	assert_int_equal(feed_history(f, 1, 1)->flags, F1P_LAPF_YELLOW);
	assert_int_equal(feed_history(f, 1, 2)->flags, F1P_LAPF_NEUTRAL);
	assert_int_equal(feed_history(f, 1, 3)->flags, F1P_LAPF_NEUTRAL);
	assert_int_equal(feed_history(f, 1, 4)->flags, 0);
}

static void pace_is_the_mean_of_clean_laps(void **state)
{
	struct feed *f = *state;
	static const int32_t times[] = {99000, 91000, 90000, 92000, 120000, 90500, 91500};
	double at = 0;

	feed_start(f, 1);
	for (int lap = 1; lap <= 7; lap++) {
		at += times[lap - 1] / 1000.0;
		feed_at(f, at);
		feed_lap(f, 1, lap, times[lap - 1]);
	}
	/* the last five are 90000 92000 120000 90500 91500; 120 s is no clean lap; lap 1 never counts */
	assert_int_equal(feed_car(f, 1)->pace_ms, (90000 + 92000 + 90500 + 91500) / 4);
}

static void leader_lap_from_lap_count_or_from_the_cars(void **state)
{
	struct feed *f = *state;

	feed_session(f, 5, F1P_SESSION_RACE);
	feed_status(f, F1P_STATUS_STARTED);
	race_take_changes(f->race);
	feed_at(f, 90);
	feed_lap(f, 1, 1, 90000);
	assert_int_equal(race_state(f->race)->lap, 2);
	assert_true(race_take_changes(f->race) & RACE_CHANGED_LAP);
	feed_at(f, 91);
	feed_lap(f, 2, 1, 91000);
	assert_int_equal(race_state(f->race)->lap, 2);
	assert_false(race_take_changes(f->race) & RACE_CHANGED_LAP);
	feed_lap_count(f, 3, 50);
	assert_int_equal(race_state(f->race)->lap, 3);
	assert_int_equal(race_state(f->race)->total_laps, 50);
	assert_true(race_take_changes(f->race) & RACE_CHANGED_LAP);
	feed_at(f, 180);
	feed_lap(f, 1, 5, 90000);
	assert_int_equal(race_state(f->race)->lap, 6); /* who counted may be gone */
	feed_lap_count(f, 5, 50);
	assert_int_equal(race_state(f->race)->lap, 5); /* LapCount is the better word */
	feed_at(f, 270);
	feed_lap(f, 1, 50, 90000);
	assert_int_equal(race_state(f->race)->lap, 50);
}

static void neutralisations_are_counted_from_the_start_to_the_flag(void **state)
{
	struct feed *f = *state;

	feed_session(f, 5, F1P_SESSION_RACE);
	feed_status(f, F1P_STATUS_INACTIVE);
	feed_track(f, F1P_TRACK_RED); /* a support race */
	feed_track(f, F1P_TRACK_CLEAR);
	feed_status(f, F1P_STATUS_STARTED);
	feed_lap_count(f, 4, 50);
	feed_track(f, F1P_TRACK_VSC);
	feed_track(f, F1P_TRACK_VSC_ENDING);
	assert_int_equal(race_state(f->race)->neutralised, F1P_YES);
	assert_int_equal(race_state(f->race)->lap_neutral_start, 4);
	feed_track(f, F1P_TRACK_CLEAR);
	assert_int_equal(race_state(f->race)->neutralised, F1P_NO);
	feed_lap_count(f, 9, 50);
	feed_track(f, F1P_TRACK_SC);
	feed_lap_count(f, 10, 50);
	feed_track(f, F1P_TRACK_RED);
	feed_status(f, F1P_STATUS_ABORTED);
	feed_track(f, F1P_TRACK_CLEAR);
	assert_int_equal(race_state(f->race)->neutralised, F1P_YES); /* still stopped */
	feed_status(f, F1P_STATUS_STARTED);
	feed_status(f, F1P_STATUS_FINISHED);
	feed_track(f, F1P_TRACK_RED);
	assert_int_equal(race_state(f->race)->n_vsc, 1);
	assert_int_equal(race_state(f->race)->n_sc, 1);
	assert_int_equal(race_state(f->race)->n_red, 1);
	assert_int_equal(race_state(f->race)->lap_neutral_start, 9);
}

static void green_is_the_first_start_only(void **state)
{
	struct feed *f = *state;

	feed_start(f, 1);
	feed_at(f, 500);
	feed_status(f, F1P_STATUS_ABORTED);
	feed_at(f, 900);
	feed_status(f, F1P_STATUS_STARTED);
	assert_true(race_state(f->race)->t_green_ns == feed_ns(0));
}

static void weather_trend_needs_ten_minutes(void **state)
{
	struct feed *f = *state;

	for (int minute = 0; minute < 10; minute++) {
		feed_at(f, minute * 60);
		feed_weather(f, 400 - minute * 5, false);
		assert_int_equal(race_state(f->race)->weather.track_trend_dc, F1P_UNKNOWN);
	}
	feed_at(f, 600);
	feed_weather(f, 350, false);
	assert_int_equal(race_state(f->race)->weather.track_trend_dc, -50);
	for (int minute = 11; minute < 100; minute++) {
		feed_at(f, minute * 60);
		feed_weather(f, 350 + minute, false);
	}
	assert_int_equal(race_state(f->race)->weather.track_trend_dc, 10);
}

static void rain_changes_are_news_but_its_first_report_is_not(void **state)
{
	struct feed *f = *state;

	feed_weather(f, 300, false);
	assert_false(race_take_changes(f->race) & RACE_CHANGED_RAIN);
	assert_true(race_state(f->race)->weather.t_rain_changed_ns == F1P_UNKNOWN_NS);
	feed_at(f, 60);
	feed_weather(f, 300, true);
	assert_true(race_take_changes(f->race) & RACE_CHANGED_RAIN);
	assert_true(race_state(f->race)->weather.t_rain_changed_ns == feed_ns(60));
	feed_at(f, 120);
	feed_weather(f, 300, true);
	assert_false(race_take_changes(f->race) & RACE_CHANGED_RAIN);
}

static void fastest_lap_of_the_session(void **state)
{
	struct feed *f = *state;

	feed_start(f, 2);
	feed_best(f, 1, 88000);
	feed_best(f, 2, 87500);
	assert_int_equal(race_state(f->race)->best_ms, 87500);
	assert_int_equal(race_state(f->race)->best_car, 2);
	feed_best(f, 2, 89000); /* deleted: an older best is sent again */
	assert_int_equal(race_state(f->race)->best_ms, 88000);
	assert_int_equal(race_state(f->race)->best_car, 1);
}

static void messages_keep_the_newest(void **state)
{
	struct feed *f = *state;
	const struct f1p_state *st;
	char text[32];

	for (uint16_t i = 0; i < F1P_MAX_MESSAGES + 6; i++) {
		snprintf(text, sizeof(text), "MESSAGE %u", i);
		feed_text(f, i, text);
	}
	feed_text(f, F1P_MAX_MESSAGES + 5, "MESSAGE 69 CORRECTED");
	st = race_state(f->race);
	assert_int_equal(st->n_messages, F1P_MAX_MESSAGES);
	assert_int_equal(st->messages_total, F1P_MAX_MESSAGES + 6);
	assert_string_equal(st->messages[0].text, "MESSAGE 6");
	assert_string_equal(st->messages[F1P_MAX_MESSAGES - 1].text, "MESSAGE 69 CORRECTED");
}

static void another_session_clears_all(void **state)
{
	struct feed *f = *state;

	feed_start(f, 3);
	feed_laps(f, 3, 1, 2);
	feed_session(f, 77, F1P_SESSION_RACE);
	assert_int_equal(race_state(f->race)->n_cars, 3);
	feed_session(f, 78, F1P_SESSION_QUALIFYING);
	assert_int_equal(race_state(f->race)->n_cars, 0);
	assert_int_equal(race_state(f->race)->session_key, 78);
	assert_true(race_state(f->race)->t_green_ns == F1P_UNKNOWN_NS);
	assert_true(race_state(f->race)->seq == f->seq);
}

static void rewound_recording_forgets_all(void **state)
{
	struct feed *f = *state;
	struct race *fresh = race_create();
	struct f1p_state *expected = malloc(sizeof(*expected));

	feed_start(f, 3);
	feed_laps(f, 3, 1, 2);
	feed_reset(f);
	memcpy(expected, race_state(fresh), sizeof(*expected));
	expected->seq = f->seq;
	expected->t_event_ns = feed_ns(f->at_s);
	assert_memory_equal(race_state(f->race), expected, sizeof(*expected));
	feed_session(f, 77, F1P_SESSION_RACE);
	assert_int_equal(race_state(f->race)->n_cars, 0);
	free(expected);
	race_destroy(fresh);
}

static void reconnect_keeps_what_a_snapshot_cannot_tell(void **state)
{
	struct feed *f = *state;

	feed_start(f, 2);
	feed_stint(f, 1, 0, F1P_TYRE_SOFT, 0, 0);
	feed_laps(f, 2, 1, 4);
	feed_track(f, F1P_TRACK_SC);
	feed_at(f, 420);
	feed_pit(f, 1, true);
	feed_at(f, 440);
	feed_pit(f, 1, false);
	feed_stint(f, 1, 1, F1P_TYRE_HARD, 0, 0);
	feed_at(f, 500);
	f->flags = F1P_EVF_SNAPSHOT;
	feed_reset(f);
	assert_int_equal(race_state(f->race)->n_cars, 0);
	feed_session(f, 77, F1P_SESSION_RACE);
	feed_status(f, F1P_STATUS_STARTED);
	feed_track(f, F1P_TRACK_SC);
	feed_lap_count(f, 7, 50);
	feed_lap(f, 1, 6, 90000);
	feed_stint(f, 1, 0, F1P_TYRE_SOFT, 5, 0);
	feed_stint(f, 1, 1, F1P_TYRE_HARD, 1, 0);
	f->flags = 0;
	assert_int_equal(feed_car(f, 1)->n_laps, 6);
	assert_int_equal(feed_history(f, 1, 4)->time_ms, 90000);
	assert_int_equal(feed_history(f, 1, 5)->time_ms, F1P_UNKNOWN);
	assert_int_equal(feed_car(f, 1)->stints[1].first_lap, 6);
	assert_int_equal(feed_car(f, 1)->stops, 1);
	assert_int_equal(race_state(f->race)->n_sc, 1);
	assert_true(race_state(f->race)->t_green_ns == feed_ns(0));
}

static void reconnect_into_another_session_keeps_nothing(void **state)
{
	struct feed *f = *state;

	feed_start(f, 2);
	feed_laps(f, 2, 1, 4);
	f->flags = F1P_EVF_SNAPSHOT;
	feed_reset(f);
	feed_session(f, 99, F1P_SESSION_RACE);
	f->flags = 0;
	assert_int_equal(race_state(f->race)->n_cars, 0);
	feed_session(f, 77, F1P_SESSION_RACE);
	assert_int_equal(race_state(f->race)->n_cars, 0);
}

static void scores_of_the_members_stand_until_another_session(void **state)
{
	struct feed *f = *state;
	struct f1p_ev_member_scores e = {.h = {.size = sizeof(e), .type = F1P_EV_MEMBER_SCORES}, .n = 1,
		.scores = {{.name = "midrace", .races = {2, 3}, .excess_e6 = {{1, 2, 3}, {-4, -5, -6}}}}};

	feed_start(f, 2);
	int64_t t_ns = race_state(f->race)->t_event_ns;
	race_apply(f->race, &e.h);
	assert_int_equal(race_state(f->race)->n_member_scores, 1);
	assert_int_equal(race_state(f->race)->member_scores[0].excess_e6[F1P_SCORE_RACE][F1P_SCORE_WIN], -4);
	assert_true(race_state(f->race)->t_event_ns == t_ns);
	e.n = 4000; /* more than there is room for */
	memset(e.scores[1].name, 'x', sizeof(e.scores[1].name));
	race_apply(f->race, &e.h);
	assert_int_equal(strlen(race_state(f->race)->member_scores[1].name), sizeof(e.scores[1].name) - 1);
	assert_int_equal(race_state(f->race)->n_member_scores, F1P_MEMBER_SCORES);
	feed_session(f, 78, F1P_SESSION_RACE);
	assert_int_equal(race_state(f->race)->n_member_scores, 0);
}

static void unknown_and_short_events_are_ignored(void **state)
{
	struct feed *f = *state;
	struct f1p_ev_car_gap e = {.h = {.size = 48, .type = F1P_EV_CAR_GAP, .seq = 9}, .car = 1};

	race_apply(f->race, &e.h); /* shorter than its type */
	e.h.size = sizeof(e);
	e.h.space = 2000;
	race_apply(f->race, &e.h);
	e.h.space = 0;
	e.h.type = 60;
	race_apply(f->race, &e.h);
	assert_int_equal(race_state(f->race)->n_cars, 0);
	assert_int_equal(race_state(f->race)->seq, 9);
}

static void looking_often_changes_nothing(void **state)
{
	struct feed *f = *state;
	struct feed often = {.race = race_create()};
	char a[65];
	char b[65];

	feed_start(f, 5);
	feed_start(&often, 5);
	for (int lap = 1; lap <= 12; lap++) {
		feed_laps(f, 5, lap, lap);
		feed_laps(&often, 5, lap, lap);
		race_hash(often.race, b);
	}
	race_hash(f->race, a);
	race_hash(often.race, b);
	assert_string_equal(a, b);
	assert_int_equal(strlen(a), 64);
	feed_gap(f, 3, 1, 1);
	race_hash(f->race, a);
	assert_string_not_equal(a, b);
	race_destroy(often.race);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FEED_TEST(empty_state_is_unknown_everywhere),
		FEED_TEST(cars_keep_their_order_of_appearance),
		FEED_TEST(cars_beyond_the_limit_are_ignored),
		FEED_TEST(order_puts_unknown_positions_last_by_grid),
		FEED_TEST(lap_time_with_the_crossing),
		FEED_TEST(lap_time_after_the_crossing_patches_the_entry),
		FEED_TEST(lap_time_before_the_crossing_is_kept_for_it),
		FEED_TEST(equal_lap_time_is_not_told_again),
		FEED_TEST(a_lap_whose_time_is_to_come_does_not_take_the_one_before),
		FEED_TEST(step_of_several_laps_leaves_unknown_laps),
		FEED_TEST(step_back_cuts_and_the_lap_comes_again),
		FEED_TEST(laps_beyond_the_history_are_counted_only),
		FEED_TEST(gap_at_the_line_before_or_after_the_crossing),
		cmocka_unit_test(a_crossing_is_the_same_in_any_order),
		FEED_TEST(laps_know_what_happened_in_them),
		FEED_TEST(pace_is_the_mean_of_clean_laps),
		FEED_TEST(leader_lap_from_lap_count_or_from_the_cars),
		FEED_TEST(neutralisations_are_counted_from_the_start_to_the_flag),
		FEED_TEST(green_is_the_first_start_only),
		FEED_TEST(weather_trend_needs_ten_minutes),
		FEED_TEST(rain_changes_are_news_but_its_first_report_is_not),
		FEED_TEST(fastest_lap_of_the_session),
		FEED_TEST(messages_keep_the_newest),
		FEED_TEST(another_session_clears_all),
		FEED_TEST(rewound_recording_forgets_all),
		FEED_TEST(reconnect_keeps_what_a_snapshot_cannot_tell),
		FEED_TEST(reconnect_into_another_session_keeps_nothing),
		FEED_TEST(scores_of_the_members_stand_until_another_session),
		FEED_TEST(unknown_and_short_events_are_ignored),
		FEED_TEST(looking_often_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

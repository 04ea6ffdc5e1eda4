/* lap_fold_test.c - a race of the past is told as it happened, and never earlier. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "backtest/lap_fold.h"
#include "backtest/past_fixture.h"
#include "helpers/rng.h"

#include <stdlib.h>

#define RACE 203105
#define LAP 90000

struct setup {
	struct past_maker maker;
	struct past *past;
	struct entry_list entries;
	struct lap_fold *fold;
	struct race *race;
};

static void begin(struct setup *t, int32_t laps)
{
	past_begin(&t->maker);
	past_add_race(&t->maker, RACE, laps, false);
	past_add_name(&t->maker, F1P_HIST_DRIVER, "ann", "ANN", "Ann Example");
	past_add_name(&t->maker, F1P_HIST_CONSTRUCTOR, "team_5", "", "Five Racing");
}

static void fold(struct setup *t, enum lap_fold_stage stage)
{
	t->past = past_end(&t->maker);
	entry_list_read(&t->entries, t->past, RACE);
	t->fold = lap_fold_create(t->past, past_race(t->past, RACE), &t->entries);
	t->race = race_create();
	assert_non_null(t->fold);
	lap_fold_begin(t->fold, t->race, stage);
}

static void finish(struct setup *t)
{
	lap_fold_destroy(t->fold);
	race_destroy(t->race);
	past_destroy(t->past);
}

static const struct f1p_car *car(struct setup *t, uint16_t number)
{
	const struct f1p_state *s = race_state(t->race);

	for (size_t i = 0; i < s->n_cars; i++)
		if (s->cars[i].number == number)
			return &s->cars[i];
	return NULL;
}

static void run_to(struct setup *t, int32_t lap)
{
	for (int32_t at = 0; at < lap;) {
		at = lap_fold_next(t->fold, t->race);
		assert_true(at > 0 && at <= lap);
	}
}

/* ann leads by one second, ben is third by 4 s, cid is slow and will be lapped. */
static void add_three(struct setup *t, int32_t laps)
{
	past_add_result(&t->maker, RACE, "ann", 10, 2, 1, F1P_DNF_NONE);
	past_add_result(&t->maker, RACE, "ben", 5, 1, 2, F1P_DNF_NONE);
	past_add_result(&t->maker, RACE, "cid", 77, 3, 3, F1P_DNF_NONE);
	past_add_laps(&t->maker, RACE, "ann", 1, laps, LAP, 0);
	past_add_laps(&t->maker, RACE, "ben", 1, laps, LAP + 1000, 0);
	past_add_laps(&t->maker, RACE, "cid", 1, laps * LAP / (2 * LAP), 2 * LAP, 0);
}

static void test_before_the_start_the_grid_stands(void **state)
{
	struct setup t;

	(void)state;
	begin(&t, 6);
	add_three(&t, 6);
	past_add_result(&t.maker, RACE, "dns", 8, 4, 4, F1P_DNF_DNS);
	past_add_result(&t.maker, RACE, "pit", 3, 0, 5, F1P_DNF_NONE);
	past_add_stint(&t.maker, RACE, "ann", 1, 1, F1P_TYRE_SOFT, 3);
	past_add_stint(&t.maker, RACE, "ann", 2, 4, F1P_TYRE_HARD, 0);
	fold(&t, LAP_FOLD_BEFORE_RACE);
	const struct f1p_state *s = race_state(t.race);
	assert_int_equal(s->type, F1P_SESSION_RACE);
	assert_int_equal(s->status, F1P_STATUS_INACTIVE);
	assert_int_equal(s->year, 2031);
	assert_int_equal(s->total_laps, 6);
	assert_string_equal(s->circuit, "ring");
	assert_int_equal(s->n_cars, 4);
	assert_null(car(&t, 8)); /* it never started */
	assert_int_equal(car(&t, 5)->grid, 1);
	assert_int_equal(car(&t, 5)->position, 1);
	assert_int_equal(car(&t, 3)->grid, 0);
	assert_int_equal(car(&t, 3)->position, 4); /* the pit lane is behind the grid */
	assert_string_equal(car(&t, 10)->code, "ANN");
	assert_string_equal(car(&t, 10)->team, "Five Racing");
	assert_int_equal(car(&t, 10)->n_stints, 1);
	assert_int_equal(car(&t, 10)->compound, F1P_TYRE_SOFT);
	assert_int_equal(car(&t, 10)->stints[0].start_laps, 3);
	finish(&t);
}

static void test_a_sprint_is_a_third_of_a_race_on_its_own_grid(void **state)
{
	struct setup t;

	(void)state;
	begin(&t, 61);
	past_add_result(&t.maker, RACE, "ann", 5, 1, 1, F1P_DNF_NONE);
	past_add_result(&t.maker, RACE, "ben", 6, 2, 2, F1P_DNF_NONE);
	past_add_result_of(&t.maker, RACE, F1P_HIST_SPRINT, "ann", 5, 2, 1, F1P_DNF_NONE);
	past_add_result_of(&t.maker, RACE, F1P_HIST_SPRINT, "ben", 6, 1, 2, F1P_DNF_NONE);
	past_add_laps(&t.maker, RACE, "ann", 1, 61, LAP, 0);
	past_add_stint(&t.maker, RACE, "ann", 1, 1, F1P_TYRE_SOFT, 0);
	t.past = past_end(&t.maker);
	entry_list_read_sprint(&t.entries, t.past, RACE);
	t.fold = lap_fold_create(t.past, past_race(t.past, RACE), &t.entries);
	t.race = race_create();
	lap_fold_begin(t.fold, t.race, LAP_FOLD_BEFORE_SPRINT);
	const struct f1p_state *s = race_state(t.race);
	assert_int_equal(s->type, F1P_SESSION_SPRINT);
	assert_int_equal(s->total_laps, 20); /* 100 of 305 km */
	assert_int_equal(car(&t, 5)->grid, 2);
	assert_int_equal(car(&t, 6)->position, 1);
	assert_int_equal(car(&t, 5)->compound, F1P_TYRE_UNKNOWN); /* the race's tyres are not the sprint's */
	finish(&t);
}

static void test_before_qualifying_neither_grid_nor_tyres_are_told(void **state)
{
	struct setup t;

	(void)state;
	begin(&t, 6);
	add_three(&t, 6);
	past_add_stint(&t.maker, RACE, "ann", 1, 1, F1P_TYRE_SOFT, 3);
	fold(&t, LAP_FOLD_BEFORE_QUALIFYING);
	const struct f1p_state *s = race_state(t.race);
	assert_int_equal(s->n_cars, 3);
	assert_int_equal(s->total_laps, 6);
	for (size_t i = 0; i < s->n_cars; i++) {
		assert_int_equal(s->cars[i].grid, F1P_UNKNOWN);
		assert_int_equal(s->cars[i].position, F1P_UNKNOWN);
		assert_int_equal(s->cars[i].n_stints, 0);
	}
	assert_int_equal(s->cars[0].number, 5); /* by number: the order says nothing of the result */
	finish(&t);
}

static void test_a_lap_has_ended_when_the_cars_on_it_have_ended_it(void **state)
{
	struct setup t;

	(void)state;
	begin(&t, 6);
	add_three(&t, 6);
	fold(&t, LAP_FOLD_BEFORE_RACE);
	run_to(&t, 3);
	assert_int_equal(car(&t, 77)->laps, 1); /* half as fast: nobody waits for it */
	assert_int_equal(lap_fold_next(t.fold, t.race), 4);
	const struct f1p_state *s = race_state(t.race);
	assert_int_equal(s->t_event_ns, s->t_start_ns + INT64_C(1000000) * 4 * (LAP + 1000)); /* ben's line, 4 s after ann's */
	assert_int_equal(s->lap, 5);
	assert_int_equal(car(&t, 10)->laps, 4);
	assert_int_equal(car(&t, 10)->position, 1);
	assert_int_equal(car(&t, 10)->gap_ms, 0);
	assert_int_equal(car(&t, 5)->laps, 4);
	assert_int_equal(car(&t, 5)->position, 2);
	assert_int_equal(car(&t, 5)->gap_ms, 4000);
	assert_int_equal(car(&t, 5)->interval_ms, 4000);
	assert_int_equal(car(&t, 5)->history[2].elapsed_ms, 3 * (LAP + 1000));
	assert_int_equal(car(&t, 77)->laps, 2);
	assert_int_equal(car(&t, 77)->gap_laps, 2);
	assert_int_equal(car(&t, 77)->position, 3);
	assert_int_equal(lap_fold_next(t.fold, t.race), 5);
	assert_int_equal(lap_fold_next(t.fold, t.race), 6);
	assert_int_equal(lap_fold_next(t.fold, t.race), 0);
	assert_int_equal(race_state(t.race)->status, F1P_STATUS_FINISHED);
	assert_int_equal(car(&t, 77)->retired, F1P_NO); /* a lapped car that saw the flag */
	finish(&t);
}

/* Behind the leader by nearly a lap, then overtaken: the lap does not wait until he ends the next. */
static void test_the_end_of_a_lap_never_waits_for_the_next(void **state)
{
	struct setup t;

	(void)state;
	begin(&t, 4);
	past_add_result(&t.maker, RACE, "ann", 10, 1, 1, F1P_DNF_NONE);
	past_add_result(&t.maker, RACE, "ben", 5, 2, 2, F1P_DNF_NONE);
	past_add_laps(&t.maker, RACE, "ann", 1, 4, LAP, 0);
	past_add_laps(&t.maker, RACE, "ben", 1, 2, LAP + 60000, 0);
	fold(&t, LAP_FOLD_BEFORE_RACE);
	run_to(&t, 2);
	const struct f1p_state *s = race_state(t.race);
	assert_true(s->t_event_ns < s->t_start_ns + INT64_C(1000000) * 3 * LAP);
	assert_int_equal(car(&t, 10)->laps, 2);
	assert_int_equal(car(&t, 5)->laps, 1);
	finish(&t);
}

static void test_an_overtake_is_seen_when_the_line_is_crossed(void **state)
{
	struct setup t;

	(void)state;
	begin(&t, 4);
	past_add_result(&t.maker, RACE, "ann", 10, 2, 1, F1P_DNF_NONE);
	past_add_result(&t.maker, RACE, "ben", 5, 1, 2, F1P_DNF_NONE);
	past_add_laps(&t.maker, RACE, "ben", 1, 4, LAP, 0);
	int32_t clock = past_add_laps(&t.maker, RACE, "ann", 1, 2, LAP + 1000, 0);
	past_add_laps(&t.maker, RACE, "ann", 3, 4, LAP - 3000, clock); /* past ben in lap 3 */
	fold(&t, LAP_FOLD_BEFORE_RACE);
	run_to(&t, 2);
	assert_int_equal(car(&t, 5)->position, 1);
	assert_int_equal(car(&t, 10)->position, 2);
	assert_int_equal(lap_fold_next(t.fold, t.race), 3);
	assert_int_equal(car(&t, 10)->position, 1);
	assert_int_equal(car(&t, 5)->position, 2);
	assert_int_equal(race_state(t.race)->order[0], car(&t, 10) - race_state(t.race)->cars);
	finish(&t);
}

static void test_a_stop_shows_at_the_line_and_the_new_tyres_at_the_exit(void **state)
{
	struct setup t;

	(void)state;
	begin(&t, 6);
	past_add_result(&t.maker, RACE, "ann", 10, 1, 1, F1P_DNF_NONE);
	past_add_result(&t.maker, RACE, "ben", 5, 2, 2, F1P_DNF_NONE);
	past_add_laps(&t.maker, RACE, "ann", 1, 6, LAP, 0);
	past_add_laps(&t.maker, RACE, "ben", 1, 2, LAP - 3000, 0);
	past_add_lap(&t.maker, RACE, "ben", 3, LAP - 6000 + 6000, 3 * LAP - 6000, F1P_HISTL_IN);
	past_add_laps(&t.maker, RACE, "ben", 4, 6, LAP + 8000, 3 * LAP - 6000);
	past_add_stint(&t.maker, RACE, "ben", 1, 1, F1P_TYRE_SOFT, 0);
	past_add_stint(&t.maker, RACE, "ben", 2, 4, F1P_TYRE_HARD, 2);
	fold(&t, LAP_FOLD_BEFORE_RACE);
	run_to(&t, 2);
	assert_int_equal(car(&t, 5)->stops, 0);
	assert_int_equal(car(&t, 5)->compound, F1P_TYRE_SOFT);
	assert_int_equal(lap_fold_next(t.fold, t.race), 3); /* ben leads and enters the pit lane */
	assert_int_equal(car(&t, 5)->in_pit, F1P_YES); /* ann is 6 s behind */
	assert_int_equal(car(&t, 5)->compound, F1P_TYRE_SOFT);
	assert_int_equal(car(&t, 5)->last_pit_lap, 3);
	assert_int_equal(lap_fold_next(t.fold, t.race), 4);
	assert_int_equal(car(&t, 5)->in_pit, F1P_NO);
	assert_int_equal(car(&t, 5)->compound, F1P_TYRE_HARD);
	assert_int_equal(car(&t, 5)->stops, 1);
	assert_int_equal(car(&t, 5)->laps, 4);
	assert_int_equal(car(&t, 5)->history[2].flags & F1P_LAPF_IN, F1P_LAPF_IN);
	assert_int_equal(car(&t, 5)->history[3].flags & F1P_LAPF_OUT, F1P_LAPF_OUT);
	assert_int_equal(car(&t, 5)->tyre_age, 3); /* two before, one lap run */
	finish(&t);
}

static void test_a_car_is_out_only_when_it_should_have_come_round(void **state)
{
	struct setup t;

	(void)state;
	begin(&t, 6);
	past_add_result(&t.maker, RACE, "ann", 10, 1, 1, F1P_DNF_NONE);
	past_add_result(&t.maker, RACE, "ben", 5, 2, 2, F1P_DNF_ACCIDENT);
	past_add_laps(&t.maker, RACE, "ann", 1, 6, LAP, 0);
	past_add_laps(&t.maker, RACE, "ben", 1, 2, LAP + 1000, 0);
	fold(&t, LAP_FOLD_BEFORE_RACE);
	run_to(&t, 2);
	assert_int_equal(car(&t, 5)->retired, F1P_NO);
	assert_true(lap_fold_runs_on(t.fold, 5, 2));
	assert_false(lap_fold_runs_on(t.fold, 5, 3));
	assert_int_equal(lap_fold_next(t.fold, t.race), 3);
	const struct f1p_state *s = race_state(t.race);
	assert_int_equal(car(&t, 5)->retired, F1P_YES);
	assert_int_equal(s->t_event_ns, s->t_start_ns + INT64_C(1000000) * (3 * LAP + 2000 + 10000)); /* it was two seconds behind */
	finish(&t);
}

static void test_neutralisations_come_and_go_in_time(void **state)
{
	struct setup t;

	(void)state;
	begin(&t, 8);
	past_add_result(&t.maker, RACE, "ann", 10, 1, 1, F1P_DNF_NONE);
	past_add_laps(&t.maker, RACE, "ann", 1, 8, LAP, 0);
	past_add_neutral(&t.maker, RACE, F1P_TRACK_SC, LAP + 10000, 4 * LAP + 10000);
	past_add_neutral(&t.maker, RACE, F1P_TRACK_RED, 2 * LAP + 10000, 3 * LAP + 10000);
	fold(&t, LAP_FOLD_BEFORE_RACE);
	static const struct {
		int32_t lap;
		uint8_t track, status;
	} expected[] = {{1, F1P_TRACK_CLEAR, F1P_STATUS_STARTED}, {2, F1P_TRACK_SC, F1P_STATUS_STARTED},
		{3, F1P_TRACK_RED, F1P_STATUS_ABORTED}, {4, F1P_TRACK_SC, F1P_STATUS_STARTED}, {5, F1P_TRACK_CLEAR, F1P_STATUS_STARTED}};
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		assert_int_equal(lap_fold_next(t.fold, t.race), expected[i].lap);
		assert_int_equal(race_state(t.race)->track, expected[i].track);
		assert_int_equal(race_state(t.race)->status, expected[i].status);
	}
	assert_int_equal(race_state(t.race)->n_red, 1);
	finish(&t);
}

/* What is told of a lap is the same whatever comes later. */
static void test_the_future_changes_no_snapshot(void **state)
{
	static struct f1p_state before;
	struct setup t;

	(void)state;
	for (int other = 0; other <= 1; other++) {
		begin(&t, 8);
		past_add_result(&t.maker, RACE, "ann", 10, 1, other ? 2 : 1, F1P_DNF_NONE);
		past_add_result(&t.maker, RACE, "ben", 5, 2, other ? 1 : 2, other ? F1P_DNF_NONE : F1P_DNF_MECHANICAL);
		past_add_laps(&t.maker, RACE, "ann", 1, 4, LAP, 0);
		past_add_laps(&t.maker, RACE, "ben", 1, 4, LAP + 500, 0);
		past_add_laps(&t.maker, RACE, "ann", 5, 8, other ? LAP + 9000 : LAP, 4 * LAP);
		past_add_laps(&t.maker, RACE, "ben", 5, other ? 8 : 6, LAP, 4 * (LAP + 500));
		past_add_stint(&t.maker, RACE, "ann", 1, 1, F1P_TYRE_SOFT, 0);
		past_add_stint(&t.maker, RACE, "ann", 2, 6, other ? F1P_TYRE_HARD : F1P_TYRE_MEDIUM, 0);
		past_add_neutral(&t.maker, RACE, F1P_TRACK_SC, 5 * LAP, 6 * LAP + other * LAP);
		fold(&t, LAP_FOLD_BEFORE_RACE);
		run_to(&t, 4);
		if (!other)
			before = *race_state(t.race);
		else
			assert_memory_equal(&before, race_state(t.race), sizeof(before));
		finish(&t);
	}
}

static void add_nonsense(struct setup *t, struct f1p_rng *rng)
{
	static const char *const drivers[] = {"ann", "ben", "cid", "dan", "nobody"};
	static const uint32_t kinds[] = {F1P_TRACK_SC, F1P_TRACK_VSC, F1P_TRACK_RED};

	for (int32_t i = 0; i < 4; i++)
		past_add_result(&t->maker, RACE, drivers[i], i + 1, (int32_t)f1p_rng_below(rng, 5), i + 1, F1P_DNF_NONE);
	for (int k = 0; k < 120; k++) {
		const char *driver = drivers[f1p_rng_below(rng, 5)];
		int32_t lap = 1 + (int32_t)f1p_rng_below(rng, k % 9 ? 12 : 399);
		past_add_lap(&t->maker, RACE, driver, lap, (int32_t)f1p_rng_below(rng, 200000), (int32_t)f1p_rng_below(rng, 86400000),
			f1p_rng_below(rng, 32));
		if (k % 4 == 0)
			past_add_stint(&t->maker, RACE, driver, 1 + (int32_t)f1p_rng_below(rng, 99), (int32_t)f1p_rng_below(rng, 400),
				F1P_TYRE_SOFT, (int32_t)f1p_rng_below(rng, 60));
		if (k % 20 == 0)
			past_add_neutral(&t->maker, RACE, kinds[f1p_rng_below(rng, 3)], (int32_t)f1p_rng_below(rng, 86400000) - 1000,
				(int32_t)f1p_rng_below(rng, 86400000));
	}
}

static void test_rows_that_cannot_be_do_no_harm(void **state)
{
	struct f1p_rng rng;
	struct setup t;

	(void)state;
	f1p_rng_seed(&rng, 3, 0);
	for (int round = 0; round < 20; round++) {
		begin(&t, 1 + round * 5);
		add_nonsense(&t, &rng);
		fold(&t, LAP_FOLD_BEFORE_RACE);
		int32_t before = 0, laps = 0;
		for (int32_t lap; (lap = lap_fold_next(t.fold, t.race)) > 0; before = lap, laps++) {
			uint32_t places = 0;
			assert_true(lap > before);
			for (uint16_t number = 1; number <= 4; number++)
				places |= 1u << car(&t, number)->position;
			assert_int_equal(places, 0x1e); /* each of 1..4 once */
		}
		assert_true(laps <= lap_fold_laps(t.fold));
		finish(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_before_the_start_the_grid_stands),
		cmocka_unit_test(test_a_sprint_is_a_third_of_a_race_on_its_own_grid),
		cmocka_unit_test(test_before_qualifying_neither_grid_nor_tyres_are_told),
		cmocka_unit_test(test_a_lap_has_ended_when_the_cars_on_it_have_ended_it),
		cmocka_unit_test(test_the_end_of_a_lap_never_waits_for_the_next),
		cmocka_unit_test(test_an_overtake_is_seen_when_the_line_is_crossed),
		cmocka_unit_test(test_a_stop_shows_at_the_line_and_the_new_tyres_at_the_exit),
		cmocka_unit_test(test_a_car_is_out_only_when_it_should_have_come_round),
		cmocka_unit_test(test_neutralisations_come_and_go_in_time),
		cmocka_unit_test(test_the_future_changes_no_snapshot),
		cmocka_unit_test(test_rows_that_cannot_be_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

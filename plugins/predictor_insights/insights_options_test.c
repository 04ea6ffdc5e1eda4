/* insights_options_test.c - what stops would change, in races whose answer is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "options.h"
#include "race_builder.h"

#include <math.h>

#define RUNS 300 /* where a chance is asserted */
#define FEW 40   /* where it does not matter how large it is */

static struct simulation sim;
static struct f1p_insights out;

static int set_up(void **state)
{
	(void)state;
	mc_tables_init(&sim.tables);
	midrace_model_init(&sim.model);
	sim.cfg = midrace_cfg_usual();
	sim.cfg.sc_per_lap = sim.cfg.vsc_per_lap = sim.cfg.red_per_lap = 0;
	sim.run = mc_run_best();
	sim.runs = RUNS;
	return 0;
}

static int set_up_few(void **state)
{
	set_up(state);
	sim.runs = FEW;
	return 0;
}

static f1p_status ask(const struct f1p_state *s, bool (*cancel)(void *))
{
	memset(&out, 0, sizeof(out));
	out.size = sizeof(out);
	out.n_cars = s->n_cars;
	return options_say(&out, s, &sim, 7, cancel, NULL);
}

static void tell(const struct f1p_state *s)
{
	assert_int_equal(ask(s, NULL), F1P_OK);
}

static const struct f1p_option *option_of(uint32_t car, uint8_t kind)
{
	for (uint32_t k = 0; k < out.cars[car].n_options; k++) {
		if (out.cars[car].options[k].kind == kind) {
			return &out.cars[car].options[k];
		}
	}
	return NULL;
}

/* The car is on its first set, and has used one compound only. */
static void owes_a_stop(struct f1p_state *s, uint32_t i, uint8_t compound)
{
	struct f1p_car *car = &s->cars[i];

	race_owes_stop(car, compound, car->laps);
	for (uint32_t k = 0; k < car->n_laps; k++) {
		car->history[k].compound = compound;
	}
}

/* Nobody ever stops by himself. */
static void no_stops_by_themselves(void)
{
	memset(sim.model.stop_green, 0, sizeof(sim.model.stop_green));
	memset(sim.model.stop_neutral, 0, sizeof(sim.model.stop_neutral));
	for (uint32_t k = 0; k < 7; k++) { /* by age, whether a compound is owed or not */
		sim.model.stop_green[k] = sim.model.stop_green[22 + k] = sim.model.stop_neutral[k] = -49;
	}
}

/* ---- what is legal ---- */

static void test_a_car_that_owes_a_compound_must_stop(void **state)
{
	struct f1p_state *s = race_new(10, 25, 57);

	(void)state;
	owes_a_stop(s, 4, F1P_TYRE_HARD);
	tell(s);
	assert_null(option_of(4, F1P_OPTION_NO_STOP));
	assert_non_null(option_of(4, F1P_OPTION_PIT_NOW));
	assert_non_null(option_of(5, F1P_OPTION_NO_STOP));
	for (uint32_t k = 0; k < out.cars[4].n_options; k++) { /* a second hard would not pay what is owed */
		assert_int_not_equal(out.cars[4].options[k].compound, F1P_TYRE_HARD);
	}
	assert_true(out.cars[4].stops_left >= 0.9);
	free(s);
}

static void test_options_stand_in_order_and_in_range(void **state)
{
	struct f1p_state *s = race_new(22, 20, 57);

	(void)state;
	tell(s);
	assert_int_equal(out.runs, FEW);
	for (uint32_t i = 0; i < 22; i++) {
		assert_in_range(out.cars[i].n_options, 5, F1P_MAX_OPTIONS);
		assert_int_equal(out.cars[i].options[0].kind, F1P_OPTION_PIT_NOW);
		assert_int_equal(out.cars[i].options[0].laps, 0);
		assert_int_equal(out.cars[i].options[1].laps, 5);
		assert_int_equal(out.cars[i].options[2].laps, 10);
		for (uint32_t k = 0; k < out.cars[i].n_options; k++) {
			const struct f1p_option *o = &out.cars[i].options[k];
			assert_true(fabs(o->position_change) < 22 && fabs(o->p_win_change) <= 1 && fabs(o->p_podium_change) <= 1);
			assert_in_range(o->compound, F1P_TYRE_SOFT, F1P_TYRE_HARD);
		}
	}
	free(s);
}

static void test_who_cannot_choose(void **state)
{
	struct f1p_state *s = race_new(6, 20, 57);

	(void)state;
	s->cars[1].retired = F1P_YES;
	s->cars[2].in_pit = F1P_YES;
	s->cars[3].stopped = F1P_YES;
	tell(s);
	assert_int_not_equal(out.cars[0].n_options, 0);
	assert_int_equal(out.cars[1].n_options, 0);
	assert_true(out.cars[1].stops_left == 0);
	assert_int_equal(out.cars[2].n_options, 0);
	assert_int_equal(out.cars[3].n_options, 0);
	free(s);
}

static void nobody_has_options(const struct f1p_state *s)
{
	tell(s);
	for (uint32_t i = 0; i < s->n_cars; i++) {
		assert_int_equal(out.cars[i].n_options, 0);
	}
}

static void test_when_there_is_nothing_to_choose(void **state)
{
	struct f1p_state *s = race_new(4, 56, 57);

	(void)state;
	nobody_has_options(s); /* the last lap is in progress */
	free(s);
	s = race_grid(4, 57);
	nobody_has_options(s);
	free(s);
	s = race_new(4, 20, 57);
	s->track = F1P_TRACK_RED;
	nobody_has_options(s);
	s->track = F1P_TRACK_CLEAR;
	s->type = F1P_SESSION_SPRINT;
	nobody_has_options(s);
	s->type = F1P_SESSION_RACE;
	s->status = F1P_STATUS_FINISHED;
	nobody_has_options(s);
	s->status = F1P_STATUS_STARTED;
	sim.runs = 0;
	nobody_has_options(s);
	free(s);
}

static void test_later_is_not_after_the_flag(void **state)
{
	struct f1p_state *s = race_new(4, 49, 57); /* lap 50 is in progress: lap 55 can still end with a stop, lap 60 not */

	(void)state;
	tell(s);
	assert_int_equal(out.cars[0].options[1].kind, F1P_OPTION_PIT_LATER);
	assert_int_equal(out.cars[0].options[1].laps, 5);
	assert_int_not_equal(out.cars[0].options[2].kind, F1P_OPTION_PIT_LATER);
	free(s);
}

static void test_no_stop_under_a_safety_car_that_is_out_already(void **state)
{
	struct f1p_state *s = race_new(4, 20, 57);

	(void)state;
	s->track = F1P_TRACK_SC;
	s->neutralised = F1P_YES;
	s->lap_neutral_start = 21;
	tell(s);
	assert_null(option_of(0, F1P_OPTION_PIT_UNDER_SC));
	assert_non_null(option_of(0, F1P_OPTION_PIT_NOW));
	free(s);
}

static void test_in_the_wet_it_is_intermediates(void **state)
{
	struct f1p_state *s = race_new(6, 20, 57);

	(void)state;
	for (uint32_t i = 0; i < 6; i++) {
		race_stint(&s->cars[i], F1P_TYRE_INTERMEDIATE, 5);
	}
	tell(s);
	assert_int_equal(option_of(0, F1P_OPTION_PIT_NOW)->compound, F1P_TYRE_INTERMEDIATE);
	assert_null(option_of(0, F1P_OPTION_OTHER_COMPOUND)); /* not modelled */
	free(s);
}

/* ---- what they change ---- */

static void test_an_option_that_is_the_plan_changes_nothing_at_all(void **state)
{
	struct f1p_state *s = race_new(12, 55, 57);

	(void)state;
	sim.runs = 100;
	owes_a_stop(s, 3, F1P_TYRE_MEDIUM); /* and this is the last lap but one: it stops at its end, come what may */
	tell(s);
	const struct f1p_option *now = option_of(3, F1P_OPTION_PIT_NOW);
	assert_true(now->position_change == 0 && now->p_win_change == 0 && now->p_podium_change == 0);
	assert_true(out.cars[3].stops_left > 0.98 && out.cars[3].stops_left <= 1);
	free(s);
	s = race_new(12, 20, 57);
	no_stops_by_themselves();
	tell(s);
	for (uint32_t i = 0; i < 12; i++) {
		const struct f1p_option *none = option_of(i, F1P_OPTION_NO_STOP);
		assert_true(none->position_change == 0 && none->p_win_change == 0);
		assert_true(out.cars[i].stops_left == 0);
		assert_null(option_of(i, F1P_OPTION_OTHER_COMPOUND)); /* there is no stop to fit it at */
	}
	free(s);
}

static void test_a_needless_stop_costs_its_pit_loss(void **state)
{
	struct f1p_state *s = race_new(10, 40, 57);

	(void)state;
	no_stops_by_themselves();
	sim.cfg.retire_per_lap = 0;
	for (uint32_t k = 0; k < TYRE_CLASSES; k++) {
		sim.model.tyre_off[k] = sim.model.tyre_slope[k] = 0; /* nothing is gained by new tyres */
	}
	race_spread(s, 10000);
	tell(s);
	const struct f1p_option *now = option_of(4, F1P_OPTION_PIT_NOW); /* 22 s: behind the two who are 10 and 20 s behind */
	assert_true(now->position_change > 1.4 && now->position_change < 2.6);
	assert_true(option_of(0, F1P_OPTION_PIT_NOW)->p_win_change < -0.4);
	assert_true(fabs(option_of(9, F1P_OPTION_PIT_NOW)->position_change) < 0.3); /* the last has none to lose */
	free(s);
}

static void test_a_lead_of_a_minute_bears_a_stop(void **state)
{
	struct f1p_state *s = race_new(10, 50, 57);

	(void)state;
	for (uint32_t i = 1; i < 10; i++) {
		s->cars[i].gap_ms = 60000 + (int32_t)i * 2000;
	}
	tell(s);
	assert_non_null(option_of(0, F1P_OPTION_PIT_NOW));
	for (uint32_t k = 0; k < out.cars[0].n_options; k++) {
		const struct f1p_option *o = &out.cars[0].options[k];
		if (o->kind != F1P_OPTION_PIT_UNDER_SC) { /* behind a safety car the minute is gone */
			assert_true(fabs(o->p_win_change) < 0.02 && fabs(o->position_change) < 0.05);
		}
	}
	free(s);
}

static void test_owed_stop_now_or_later_is_much_the_same(void **state)
{
	struct f1p_state *s = race_new(8, 25, 57);

	(void)state;
	for (uint32_t i = 0; i < 8; i++) {
		owes_a_stop(s, i, F1P_TYRE_MEDIUM);
	}
	race_spread(s, 3000);
	tell(s);
	for (uint32_t i = 0; i < 8; i++) {
		assert_true(fabs(option_of(i, F1P_OPTION_PIT_NOW)->position_change) < 1.5);
		assert_true(fabs(option_of(i, F1P_OPTION_PIT_LATER)->position_change) < 1.5);
	}
	free(s);
}

static void test_under_a_safety_car_an_owed_stop_is_cheap(void **state)
{
	struct f1p_state *s = race_new(12, 40, 57);
	double sum = 0;

	(void)state;
	for (uint32_t i = 0; i < 12; i++) {
		owes_a_stop(s, i, F1P_TYRE_MEDIUM);
	}
	race_spread(s, 3000);
	tell(s);
	for (uint32_t i = 0; i < 12; i++) {
		sum += option_of(i, F1P_OPTION_PIT_UNDER_SC)->position_change / 12;
	}
	assert_true(sum < -0.5); /* against those who stay out and stop under green */
	assert_true(option_of(0, F1P_OPTION_PIT_UNDER_SC)->p_win_change > 0.02);
	free(s);
}

/* Later means after the safety car that is out now: the cheap stop is missed. */
static void test_later_is_not_under_the_safety_car_of_now(void **state)
{
	struct f1p_state *s = race_new(12, 30, 57);
	double now = 0, later = 0;

	(void)state;
	for (uint32_t i = 0; i < 12; i++) {
		owes_a_stop(s, i, F1P_TYRE_MEDIUM);
	}
	race_spread(s, 3000);
	s->track = F1P_TRACK_SC;
	s->neutralised = F1P_YES;
	s->lap_neutral_start = 30;
	tell(s);
	for (uint32_t i = 0; i < 12; i++) {
		now += option_of(i, F1P_OPTION_PIT_NOW)->position_change / 12;
		later += option_of(i, F1P_OPTION_PIT_LATER)->position_change / 12;
	}
	assert_true(now < -0.3);
	assert_true(later > 0.5);
	free(s);
}

/* Nor may a car that is last and two laps down win or lose anything by what it does. */
static void test_a_lapped_car_at_the_end_has_nothing_to_lose(void **state)
{
	struct f1p_state *s = race_new(8, 40, 57);

	(void)state;
	sim.cfg.retire_per_lap = 0; /* a car that stops brings a safety car out */
	race_spread(s, 3000);
	s->cars[7].gap_laps = 2;
	tell(s);
	assert_non_null(option_of(7, F1P_OPTION_PIT_NOW));
	for (uint32_t k = 0; k < out.cars[7].n_options; k++) {
		const struct f1p_option *o = &out.cars[7].options[k];
		if (o->kind != F1P_OPTION_PIT_UNDER_SC) { /* behind it a lap can be won back */
			assert_true(o->p_win_change == 0 && o->p_podium_change == 0 && fabs(o->position_change) < 0.1);
		}
	}
	free(s);
}

static void test_worn_out_tyres_want_to_come_off(void **state)
{
	struct f1p_state *s = race_new(12, 30, 57);

	(void)state;
	race_spread(s, 4000);
	s->cars[5].n_stints--;
	race_stint(&s->cars[5], F1P_TYRE_SOFT, 40);
	sim.model.tyre_slope[TYRE_SOFT] = 0.12;
	sim.model.tyre_slope[TYRE_MEDIUM] = sim.model.tyre_slope[TYRE_HARD] = 0.02;
	tell(s);
	assert_true(option_of(5, F1P_OPTION_NO_STOP)->position_change > 0.5);
	assert_true(option_of(5, F1P_OPTION_PIT_NOW)->position_change < option_of(5, F1P_OPTION_PIT_LATER)->position_change);
	assert_true(option_of(6, F1P_OPTION_PIT_NOW)->position_change > 0); /* its neighbour on fresh ones would only lose */
	free(s);
}

static void test_the_other_compound_costs_what_it_wears(void **state)
{
	struct f1p_state *s = race_new(12, 20, 57);

	(void)state;
	for (uint32_t i = 0; i < 12; i++) { /* nobody has shown yet what the medium does */
		owes_a_stop(s, i, F1P_TYRE_SOFT);
	}
	sim.model.tyre_slope[TYRE_MEDIUM] = 0.3;
	tell(s);
	const struct f1p_option *o = option_of(5, F1P_OPTION_OTHER_COMPOUND);
	assert_int_equal(o->compound, F1P_TYRE_MEDIUM); /* the model fits hard */
	assert_true(o->position_change > 0.5);
	free(s);
}

/* ---- soundness ---- */

static void test_sizes_of_fields(void **state)
{
	static const uint32_t sizes[] = {1, 2, 22, 32};

	(void)state;
	for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
		struct f1p_state *s = race_new(sizes[k], 20, 57);
		tell(s);
		for (uint32_t i = 0; i < sizes[k]; i++) {
			assert_int_not_equal(out.cars[i].n_options, 0);
		}
		if (sizes[k] == 1) {
			assert_true(option_of(0, F1P_OPTION_PIT_NOW)->position_change == 0);
			assert_true(option_of(0, F1P_OPTION_PIT_NOW)->p_win_change == 0);
		}
		free(s);
	}
}

static void test_the_same_twice_and_whatever_the_order_of_the_list(void **state)
{
	struct f1p_state *s = race_new(8, 20, 57);
	struct f1p_insights first;

	(void)state;
	tell(s);
	first = out;
	tell(s);
	assert_memory_equal(&first, &out, sizeof(out));
	struct f1p_car swap = s->cars[2];
	s->cars[2] = s->cars[6];
	s->cars[6] = swap;
	s->order[2] = 6;
	s->order[6] = 2;
	tell(s);
	assert_memory_equal(first.cars[2].options, out.cars[6].options, sizeof(out.cars[2].options));
	assert_memory_equal(first.cars[6].options, out.cars[2].options, sizeof(out.cars[2].options));
	assert_memory_equal(first.cars[4].options, out.cars[4].options, sizeof(out.cars[4].options));
	free(s);
}

static int asked;

static bool soon(void *arg)
{
	(void)arg;
	return ++asked > 30;
}

static void test_cancelled_in_the_middle(void **state)
{
	struct f1p_state *s = race_new(20, 20, 57);

	(void)state;
	asked = 0;
	assert_int_equal(ask(s, soon), F1P_ECANCELLED);
	assert_int_equal(asked, 31); /* and nothing was begun after it */
	free(s);
}

#define T(name) cmocka_unit_test_setup(name, set_up)
#define F(name) cmocka_unit_test_setup(name, set_up_few)

int main(void)
{
	const struct CMUnitTest tests[] = {
		F(test_a_car_that_owes_a_compound_must_stop),
		F(test_options_stand_in_order_and_in_range),
		F(test_who_cannot_choose),
		F(test_when_there_is_nothing_to_choose),
		F(test_later_is_not_after_the_flag),
		F(test_no_stop_under_a_safety_car_that_is_out_already),
		F(test_in_the_wet_it_is_intermediates),
		T(test_an_option_that_is_the_plan_changes_nothing_at_all),
		T(test_a_needless_stop_costs_its_pit_loss),
		T(test_a_lead_of_a_minute_bears_a_stop),
		T(test_owed_stop_now_or_later_is_much_the_same),
		T(test_under_a_safety_car_an_owed_stop_is_cheap),
		T(test_later_is_not_under_the_safety_car_of_now),
		T(test_a_lapped_car_at_the_end_has_nothing_to_lose),
		T(test_worn_out_tyres_want_to_come_off),
		T(test_the_other_compound_costs_what_it_wears),
		F(test_sizes_of_fields),
		F(test_the_same_twice_and_whatever_the_order_of_the_list),
		T(test_cancelled_in_the_middle),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

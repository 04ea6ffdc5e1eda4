/*
 * prerace_test.c - predictor_prerace on starts whose answer is known.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <cmocka.h>

#include <f1pd/plugin.h>

#include "race_builder.h"

struct prerace_cfg {
	double record_young;
};

extern const struct f1p_entry f1p_entry_v1;

static f1p_status try_predict(const struct f1p_state *s, struct f1p_forecast *out)
{
	static const struct prerace_cfg cfg = { 0.3 };
	struct f1p_plugin *p = f1p_entry_v1.create(NULL, "predictor_prerace");
	assert_non_null(p);
	assert_int_equal(p->init(p), F1P_OK);
	assert_int_equal(p->configure(p, &cfg), F1P_OK);
	assert_int_equal(p->start(p), F1P_OK);
	const struct f1p_predictor *predictor = p->get_extension(p, F1P_EXT_PREDICTOR);
	memset(out, 0, sizeof(*out));
	out->size = sizeof(*out);
	f1p_status status = predictor->predict(p, s, 1, NULL, NULL, out);
	p->stop(p);
	p->destroy(p);
	return status;
}

static void predict(const struct f1p_state *s, struct f1p_forecast *out)
{
	assert_int_equal(try_predict(s, out), F1P_OK);
	assert_int_equal(out->n_cars, s->n_cars);
	for (uint32_t i = 0; i < out->n_cars; i++) {
		double row = 0, column = 0;
		for (uint32_t k = 0; k < out->n_cars; k++) {
			assert_true(out->cars[i].p_position[k] >= 0.0);
			row += out->cars[i].p_position[k];
			column += out->cars[k].p_position[i];
		}
		assert_true(fabs(row - 1.0) < 1e-9 && fabs(column - 1.0) < 1e-9);
		assert_true(out->cars[i].p_retire > 0.0 && out->cars[i].p_retire <= 1.0);
	}
}

/* A start with priors: everything unknown but what a test sets. */
static struct f1p_state *start(uint32_t cars)
{
	struct f1p_state *s = race_grid(cars, 57);
	s->outlook.t_ns = F1P_UNKNOWN_NS;
	for (uint32_t k = 0; k < F1P_PRIORS; k++) {
		s->prior[k] = F1P_UNKNOWN;
		for (uint32_t i = 0; i < F1P_MAX_CARS; i++) {
			s->car_prior[i][k] = F1P_UNKNOWN;
		}
	}
	return s;
}

static void set_all(struct f1p_state *s, int prior, int32_t value)
{
	for (uint32_t i = 0; i < s->n_cars; i++) {
		s->car_prior[i][prior] = value;
	}
}

static void equal_cars(struct f1p_state *s)
{
	static const int priors[] = { F1P_PRIOR_RACE_PACE, F1P_PRIOR_QUALIFYING_PACE, F1P_PRIOR_DRIVER_FORM, F1P_PRIOR_TEAM_FORM };
	for (uint32_t k = 0; k < sizeof(priors) / sizeof(priors[0]); k++) {
		set_all(s, priors[k], k < 2 ? 0 : 10000);
	}
	set_all(s, F1P_PRIOR_RETIREMENT, 100000);
}

static void no_grid(struct f1p_state *s)
{
	for (uint32_t i = 0; i < s->n_cars; i++) {
		s->cars[i].grid = s->cars[i].position = F1P_UNKNOWN;
	}
}

static void test_config_table_matches_the_test(void **state)
{
	(void)state;
	const struct f1p_descriptor *d = f1p_entry_v1.descriptor(0);
	assert_int_equal(d->config_size, sizeof(struct prerace_cfg));
	assert_string_equal(d->id, "predictor_prerace");
}

static void test_equal_cars_without_a_grid_are_equal(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = start(20);
	equal_cars(s);
	no_grid(s);
	predict(s, &f);
	for (uint32_t i = 0; i < 20; i++) {
		assert_true(fabs(f.cars[i].p_win - 0.05) < 1e-6);
		assert_true(fabs(f.cars[i].p_position[19] - 0.05) < 1e-6);
	}
	assert_true(f.missing & F1P_MISSING_GRID);
	free(s);
}

static void test_equal_cars_finish_by_the_grid(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = start(20);
	equal_cars(s);
	predict(s, &f);
	for (uint32_t i = 1; i < 20; i++) {
		assert_true(f.cars[i].p_win < f.cars[i - 1].p_win);
		assert_true(f.cars[i].expected_position > f.cars[i - 1].expected_position);
	}
	assert_int_equal(f.missing, 0);
	assert_true(f.cars[0].p_win > 0.15 && f.cars[0].p_win < 0.7);
	free(s);
}

static void test_a_much_faster_car_wins_from_anywhere_in_front(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = start(20);
	equal_cars(s);
	predict(s, &f);
	double before = f.cars[4].p_win;
	s->car_prior[4][F1P_PRIOR_RACE_PACE] = -2000;
	predict(s, &f);
	assert_true(f.cars[4].p_win > 2.0 * before);
	for (uint32_t i = 1; i < 20; i++) {
		assert_true(i == 4 || f.cars[4].p_win > f.cars[i].p_win);
	}
	free(s);
}

static void test_pace_matters_before_qualifying(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = start(20);
	equal_cars(s);
	no_grid(s);
	s->car_prior[7][F1P_PRIOR_RACE_PACE] = s->car_prior[7][F1P_PRIOR_QUALIFYING_PACE] = -1000;
	s->car_prior[8][F1P_PRIOR_RACE_PACE] = s->car_prior[8][F1P_PRIOR_QUALIFYING_PACE] = 1500;
	predict(s, &f);
	assert_true(f.cars[7].p_win > 0.3);
	assert_true(f.cars[8].p_points < 0.25 && f.cars[8].p_points < f.cars[9].p_points);
	free(s);
}

static void test_a_known_penalty_costs_before_the_grid_is_known(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = start(20);
	equal_cars(s);
	no_grid(s);
	predict(s, &f);
	double before = f.cars[3].p_win;
	s->car_prior[3][F1P_PRIOR_GRID_PENALTY] = 10;
	predict(s, &f);
	assert_true(f.cars[3].p_win < 0.7 * before);
	assert_true(f.cars[4].p_win > before);
	s->car_prior[3][F1P_PRIOR_GRID_PENALTY] = 99;
	predict(s, &f);
	assert_true(f.cars[3].p_win < 0.4 * before);
	free(s);
}

static void test_qualifying_is_as_good_as_the_grid(void **state)
{
	(void)state;
	static struct f1p_forecast with, without;
	struct f1p_state *s = start(20);
	equal_cars(s);
	predict(s, &with);
	no_grid(s);
	for (uint32_t i = 0; i < 20; i++) {
		s->car_prior[i][F1P_PRIOR_QUALIFYING_GAP] = -500 + (int32_t)i * 40; /* 30 ms apart */
	}
	predict(s, &without);
	for (uint32_t i = 0; i < 20; i++) { /* as after qualifying, but for the doubt about the way to the grid */
		assert_true(fabs(with.cars[i].expected_position - without.cars[i].expected_position) < 0.7);
	}
	assert_true(without.cars[0].p_win > 1.2 * without.cars[1].p_win);
	free(s);
}

static void test_the_pit_lane_is_the_worst_slot(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = start(20);
	equal_cars(s);
	s->cars[5].grid = 0;
	predict(s, &f);
	for (uint32_t i = 0; i < 20; i++) {
		assert_true(i == 5 || f.cars[i].expected_position < f.cars[5].expected_position);
	}
	free(s);
}

static void test_a_car_likely_to_retire_is_likely_last(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = start(20);
	equal_cars(s);
	s->car_prior[0][F1P_PRIOR_RETIREMENT] = 500000;
	predict(s, &f);
	assert_true(fabs(f.cars[0].p_retire - 0.5) < 1e-9);
	assert_true(f.cars[0].p_position[19] + f.cars[0].p_position[18] + f.cars[0].p_position[17] + f.cars[0].p_position[16] > 0.45);
	assert_true(f.cars[0].p_points < 0.52);
	free(s);
}

static void test_hard_to_pass_favours_the_grid(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = start(20);
	equal_cars(s);
	s->prior[F1P_PRIOR_OVERTAKING] = 300;
	predict(s, &f);
	double easy = f.cars[0].p_win;
	s->prior[F1P_PRIOR_OVERTAKING] = -600;
	predict(s, &f);
	assert_true(f.cars[0].p_win > easy + 0.03);
	free(s);
}

static void test_wet_tyres_and_rain_to_come_level_the_field(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = start(20);
	equal_cars(s);
	predict(s, &f);
	double dry = f.cars[0].p_win;
	for (uint32_t i = 0; i < 20; i++) {
		s->cars[i].stints[0].compound = F1P_TYRE_INTERMEDIATE;
	}
	predict(s, &f);
	double wet = f.cars[0].p_win;
	assert_true(wet < dry);
	for (uint32_t i = 0; i < 20; i++) { /* tyres not known yet, but rain is */
		s->cars[i].n_stints = 0;
		s->cars[i].compound = F1P_TYRE_UNKNOWN;
	}
	s->t_start_ns = RACE_T0_NS;
	s->outlook.t_ns = RACE_T0_NS - INT64_C(3600000000000);
	s->outlook.n_steps = 1;
	s->outlook.steps[0] = (struct f1p_outlook_step){ .t_ns = RACE_T0_NS + INT64_C(900000000000), .step_s = 900,
		.mask = F1P_OUTLOOK_RAIN_PROBABILITY, .rain_probability_pct = 100 };
	predict(s, &f);
	assert_true(f.cars[0].p_win < dry && f.cars[0].p_win > wet);
	double fresh = f.cars[0].p_win;
	s->outlook.t_ns -= INT64_C(172800000000000); /* two days older */
	predict(s, &f);
	assert_true(f.cars[0].p_win > fresh);
	free(s);
}

static void test_permuting_cars_permutes_the_result(void **state)
{
	(void)state;
	static struct f1p_forecast f, g;
	struct f1p_state *s = start(20);
	for (uint32_t i = 0; i < 20; i++) {
		s->car_prior[i][F1P_PRIOR_RACE_PACE] = (int32_t)(i * 37 % 11) * 100 - 500;
		s->car_prior[i][F1P_PRIOR_RETIREMENT] = 50000 + (int32_t)i * 5000;
	}
	predict(s, &f);
	for (uint32_t i = 0; i < 10; i++) {
		struct f1p_car car = s->cars[i];
		s->cars[i] = s->cars[19 - i];
		s->cars[19 - i] = car;
		for (uint32_t k = 0; k < F1P_PRIORS; k++) {
			int32_t prior = s->car_prior[i][k];
			s->car_prior[i][k] = s->car_prior[19 - i][k];
			s->car_prior[19 - i][k] = prior;
		}
	}
	predict(s, &g);
	for (uint32_t i = 0; i < 20; i++) {
		assert_int_equal(f.cars[i].car, g.cars[19 - i].car);
		assert_memory_equal(f.cars[i].p_position, g.cars[19 - i].p_position, sizeof(f.cars[i].p_position));
	}
	free(s);
}

static void test_any_number_of_cars(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	for (uint32_t cars = 1; cars <= 32; cars++) {
		struct f1p_state *s = start(cars);
		predict(s, &f);
		no_grid(s);
		predict(s, &f);
		assert_true(cars > 1 || fabs(f.cars[0].p_win - 1.0) < 1e-9);
		free(s);
	}
}

static void test_a_car_that_does_not_start_is_last(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = start(20);
	s->cars[0].retired = F1P_YES;
	predict(s, &f);
	assert_true(f.cars[0].p_position[19] == 1.0 && f.cars[0].p_retire == 1.0 && f.cars[0].p_win == 0.0);
	assert_true(f.cars[1].p_win > f.cars[2].p_win);
	free(s);
}

static void test_hostile_priors_do_no_harm(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = start(20);
	for (uint32_t k = 0; k < F1P_PRIORS; k++) {
		s->prior[k] = k % 2 ? INT32_MAX : INT32_MIN + 1;
		for (uint32_t i = 0; i < 20; i++) {
			s->car_prior[i][k] = (i + k) % 3 ? INT32_MAX : (i + k) % 2 ? INT32_MIN + 1 : 0;
		}
	}
	predict(s, &f);
	no_grid(s);
	predict(s, &f);
	free(s);
}

static void test_silent_once_a_lap_is_done(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = start(20);
	s->type = F1P_SESSION_QUALIFYING;
	assert_int_equal(try_predict(s, &f), F1P_EUNSUPPORTED);
	s->type = F1P_SESSION_SPRINT;
	assert_int_equal(try_predict(s, &f), F1P_OK);
	s->lap = 2;
	assert_int_equal(try_predict(s, &f), F1P_EUNSUPPORTED);
	s->lap = 1;
	s->n_cars = 0;
	assert_int_equal(try_predict(s, &f), F1P_EUNSUPPORTED);
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_config_table_matches_the_test),
		cmocka_unit_test(test_equal_cars_without_a_grid_are_equal),
		cmocka_unit_test(test_equal_cars_finish_by_the_grid),
		cmocka_unit_test(test_a_much_faster_car_wins_from_anywhere_in_front),
		cmocka_unit_test(test_pace_matters_before_qualifying),
		cmocka_unit_test(test_a_known_penalty_costs_before_the_grid_is_known),
		cmocka_unit_test(test_qualifying_is_as_good_as_the_grid),
		cmocka_unit_test(test_the_pit_lane_is_the_worst_slot),
		cmocka_unit_test(test_a_car_likely_to_retire_is_likely_last),
		cmocka_unit_test(test_hard_to_pass_favours_the_grid),
		cmocka_unit_test(test_wet_tyres_and_rain_to_come_level_the_field),
		cmocka_unit_test(test_permuting_cars_permutes_the_result),
		cmocka_unit_test(test_any_number_of_cars),
		cmocka_unit_test(test_a_car_that_does_not_start_is_last),
		cmocka_unit_test(test_hostile_priors_do_no_harm),
		cmocka_unit_test(test_silent_once_a_lap_is_done),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

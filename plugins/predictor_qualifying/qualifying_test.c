/*
 * qualifying_test.c - predictor_qualifying before the session, and what it learns from past ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <cmocka.h>

#include <f1pd/model.h>

#include "helpers/rng.h"
#include "quali_builder.h"
#include "session.h"

static void test_config_table_matches_the_test(void **state)
{
	(void)state;
	const struct f1p_descriptor *d = f1p_entry_v1.descriptor(0);
	assert_int_equal(d->config_size, sizeof(struct qualifying_cfg));
	assert_string_equal(d->id, "predictor_qualifying");
}

static void test_cuts_follow_the_number_of_cars(void **state)
{
	(void)state;
	static const uint32_t want[][3] = { { 20, 15, 10 }, { 22, 16, 10 }, { 24, 17, 10 }, { 18, 14, 10 }, { 19, 14, 10 }, { 10, 10, 10 },
		{ 8, 8, 8 }, { 1, 1, 1 } };
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		assert_int_equal(session_cut(want[i][0], 1), want[i][1]);
		assert_int_equal(session_cut(want[i][0], 2), want[i][2]);
	}
}

static void test_equal_cars_are_equal(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = quali_new(20);
	quali_predict(s, &f);
	for (uint32_t i = 0; i < 20; i++) {
		assert_true(fabs(f.cars[i].p_win - 0.05) < 0.015);
		assert_true(fabs(quali_first(&f.cars[i], 10) - 0.5) < 0.03);
		assert_true(fabs(f.cars[i].p_points - 0.5) < 0.03);
	}
	free(s);
}

static void test_a_car_a_second_faster_is_on_pole(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = quali_new(20);
	s->car_prior[6][F1P_PRIOR_QUALIFYING_PACE] = -1250; /* of an 80 s lap */
	quali_predict(s, &f);
	assert_true(f.cars[6].p_win > 0.85);
	assert_true(quali_first(&f.cars[6], 10) > 0.9);
	s->car_prior[6][F1P_PRIOR_QUALIFYING_PACE] = 1250;
	quali_predict(s, &f);
	assert_true(f.cars[6].p_win < 0.01 && quali_first(&f.cars[6], 15) < 0.2);
	free(s);
}

static void test_a_wider_prior_gives_wider_odds(void **state)
{
	(void)state;
	static struct f1p_forecast narrow, wide;
	struct f1p_state *s = quali_new(20);
	s->car_prior[0][F1P_PRIOR_QUALIFYING_PACE] = -400;
	quali_predict(s, &narrow);
	for (uint32_t i = 0; i < 20; i++) {
		s->car_prior[i][F1P_PRIOR_QUALIFYING_PACE_SD] = 1200;
	}
	quali_predict(s, &wide);
	assert_true(wide.cars[0].p_win < narrow.cars[0].p_win - 0.1);
	free(s);
}

static void test_permuting_cars_permutes_the_result(void **state)
{
	(void)state;
	static struct f1p_forecast f, g;
	struct f1p_state *s = quali_new(20);
	for (uint32_t i = 0; i < 20; i++) {
		s->car_prior[i][F1P_PRIOR_QUALIFYING_PACE] = (int32_t)(i * 7 % 20) * 50;
	}
	quali_running(s, 1, 500000);
	for (uint32_t i = 0; i < 20; i++) {
		s->cars[i].part_best_ms[0] = 80000 + (int32_t)(i * 11 % 20) * 41;
	}
	quali_rank(s, 1);
	quali_predict(s, &f);
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
	quali_predict(s, &g);
	for (uint32_t i = 0; i < 20; i++) {
		assert_int_equal(f.cars[i].car, g.cars[19 - i].car);
		assert_memory_equal(f.cars[i].p_position, g.cars[19 - i].p_position, sizeof(f.cars[i].p_position));
	}
	free(s);
}

static void test_the_seed_alone_is_the_luck(void **state)
{
	(void)state;
	static struct f1p_forecast f, g;
	struct f1p_state *s = quali_new(20);
	assert_int_equal(quali_try(s, 7, &f), F1P_OK);
	assert_int_equal(quali_try(s, 7, &g), F1P_OK);
	assert_memory_equal(&f, &g, sizeof(f));
	assert_int_equal(quali_try(s, 8, &g), F1P_OK);
	assert_true(memcmp(&f, &g, sizeof(f)) != 0);
	free(s);
}

static void test_any_number_of_cars(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	for (uint32_t cars = 1; cars <= 32; cars++) {
		struct f1p_state *s = quali_new(cars);
		quali_predict(s, &f);
		assert_true(cars > 1 || f.cars[0].p_win == 1.0);
		free(s);
	}
}

static void test_sessions_that_are_not_qualifying(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = quali_new(20);
	s->type = F1P_SESSION_SPRINT_QUALIFYING;
	assert_int_equal(quali_try(s, 1, &f), F1P_OK);
	s->type = F1P_SESSION_RACE;
	assert_int_equal(quali_try(s, 1, &f), F1P_EUNSUPPORTED);
	s->type = F1P_SESSION_PRACTICE;
	assert_int_equal(quali_try(s, 1, &f), F1P_EUNSUPPORTED);
	s->type = F1P_SESSION_QUALIFYING;
	s->n_cars = 0;
	assert_int_equal(quali_try(s, 1, &f), F1P_EUNSUPPORTED);
	free(s);
}

static void test_hostile_values_do_no_harm(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = quali_new(20);
	for (uint32_t i = 0; i < 20; i++) {
		for (uint32_t k = 0; k < F1P_PRIORS; k++) {
			s->car_prior[i][k] = (i + k) % 3 ? INT32_MAX : (i + k) % 2 ? INT32_MIN + 1 : 0;
		}
		s->cars[i].part_best_ms[0] = i % 2 ? INT32_MAX : -5;
		s->cars[i].part_best_ms[1] = i % 3 ? 0 : 70000;
		s->cars[i].position = i % 5 ? -3 : INT32_MAX;
	}
	quali_running(s, 2, INT32_MAX);
	s->clock_running = F1P_YES;
	s->t_clock_ns = 1;
	quali_predict(s, &f);
	s->part = 200;
	s->clock_remaining_ms = -7;
	quali_predict(s, &f);
	free(s);
}

static void count_bytes(void *arg, const void *bytes, size_t n)
{
	(void)bytes;
	*(size_t *)arg += n;
}

/* Sessions whose order strays from the priors by so much, taught to the plugin: returns the odds of the favourite then. */
static double favourite_after(double stray)
{
	static const struct qualifying_cfg cfg = { 2500 };
	static struct f1p_forecast f;
	struct f1p_plugin *p = f1p_entry_v1.create(NULL, "predictor_qualifying");
	struct f1p_rng rng;
	size_t bytes = 0;
	assert_int_equal(p->init(p), F1P_OK);
	assert_int_equal(p->configure(p, &cfg), F1P_OK);
	const struct f1p_trainable *trainable = p->get_extension(p, F1P_EXT_TRAINABLE);
	const struct f1p_predictor *predictor = p->get_extension(p, F1P_EXT_PREDICTOR);
	struct f1p_state *s = quali_new(20);
	for (uint32_t i = 0; i < 20; i++) {
		s->car_prior[i][F1P_PRIOR_QUALIFYING_PACE] = (int32_t)i * 150;
	}
	assert_int_equal(trainable->begin(p), F1P_OK);
	assert_int_equal(trainable->fit(p, 201401), F1P_AGAIN);
	f1p_rng_seed(&rng, 3, 0);
	for (int32_t e = 0; e < 30; e++) {
		struct f1p_outcome outcome[20];
		double result[20];
		for (uint32_t i = 0; i < 20; i++) {
			result[i] = 0.15 * i + stray * f1p_rng_normal(&rng);
		}
		for (uint32_t i = 0; i < 20; i++) {
			outcome[i] = (struct f1p_outcome){ .car = s->cars[i].number, .position = 1 };
			for (uint32_t j = 0; j < 20; j++) {
				outcome[i].position += result[j] < result[i];
			}
		}
		struct f1p_example x = { .size = sizeof(x), .phase = F1P_PHASE_NONE, .race_id = 201401 + e, .state = s, .outcome = outcome };
		assert_int_equal(trainable->example(p, &x), F1P_OK);
	}
	assert_int_equal(trainable->fit(p, 201501), F1P_OK);
	assert_int_equal(trainable->save(p, count_bytes, &bytes), F1P_OK);
	assert_true(bytes > 20);
	memset(&f, 0, sizeof(f));
	f.size = sizeof(f);
	assert_int_equal(predictor->predict(p, s, 1, NULL, NULL, &f), F1P_OK);
	free(s);
	p->destroy(p);
	return f.cars[0].p_win;
}

static void test_it_learns_how_far_cars_stray(void **state)
{
	(void)state;
	double calm = favourite_after(0.1), wild = favourite_after(1.0);
	assert_true(calm > 0.5);
	assert_true(wild < 0.35 && wild > 0.05);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_config_table_matches_the_test),
		cmocka_unit_test(test_cuts_follow_the_number_of_cars),
		cmocka_unit_test(test_equal_cars_are_equal),
		cmocka_unit_test(test_a_car_a_second_faster_is_on_pole),
		cmocka_unit_test(test_a_wider_prior_gives_wider_odds),
		cmocka_unit_test(test_permuting_cars_permutes_the_result),
		cmocka_unit_test(test_the_seed_alone_is_the_luck),
		cmocka_unit_test(test_any_number_of_cars),
		cmocka_unit_test(test_sessions_that_are_not_qualifying),
		cmocka_unit_test(test_hostile_values_do_no_harm),
		cmocka_unit_test(test_it_learns_how_far_cars_stray),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

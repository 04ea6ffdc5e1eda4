/*
 * qualifying_live_test.c - predictor_qualifying while the session runs: times set, time left, knock-outs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <cmocka.h>

#include "helpers/rng.h"
#include "quali_builder.h"

static void set_times(struct f1p_state *s, uint32_t part, int32_t first_ms, int32_t step_ms)
{
	for (uint32_t i = 0; i < s->n_cars; i++) {
		if (s->cars[i].knocked_out != F1P_YES) {
			s->cars[i].part_best_ms[part - 1] = first_ms + (int32_t)i * step_ms;
		}
	}
	quali_rank(s, part);
}

static void test_a_part_that_is_over_is_certain(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = quali_new(20);
	quali_running(s, 1, 0);
	set_times(s, 1, 80000, 30);
	s->status = F1P_STATUS_FINISHED;
	quali_predict(s, &f);
	for (uint32_t i = 0; i < 20; i++) { /* the last five are out, in their order; the others are open */
		assert_true(fabs(quali_first(&f.cars[i], 15) - (i < 15 ? 1.0 : 0.0)) < 1e-9);
		assert_true(i < 15 || f.cars[i].p_position[i] == 1.0);
	}
	assert_true(f.cars[0].p_win > 0.05 && f.cars[0].p_win < 0.6);
	free(s);
}

static void test_the_result_is_certain(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = quali_new(22);
	set_times(s, 1, 80000, 30);
	for (uint32_t i = 16; i < 22; i++) {
		s->cars[i].knocked_out = F1P_YES;
	}
	set_times(s, 2, 79500, 30);
	for (uint32_t i = 10; i < 16; i++) {
		s->cars[i].knocked_out = F1P_YES;
	}
	set_times(s, 3, 79000, 30);
	quali_running(s, 3, 0);
	s->status = F1P_STATUS_FINISHED;
	quali_predict(s, &f);
	for (uint32_t i = 0; i < 22; i++) {
		assert_true(f.cars[i].p_position[i] == 1.0);
	}
	assert_true(f.confidence > 0.999);
	free(s);
}

static void test_knocked_out_cars_keep_their_places(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = quali_new(22);
	set_times(s, 1, 80000, 30);
	for (uint32_t i = 16; i < 22; i++) {
		s->cars[i].knocked_out = F1P_YES;
	}
	quali_running(s, 2, 900000);
	quali_predict(s, &f);
	for (uint32_t i = 0; i < 22; i++) {
		assert_true(fabs(quali_first(&f.cars[i], 16) - (i < 16 ? 1.0 : 0.0)) < 1e-9);
		assert_true(i < 16 || f.cars[i].p_position[i] == 1.0);
	}
	/* the same without the flags: the screen and the part tell it */
	for (uint32_t i = 16; i < 22; i++) {
		s->cars[i].knocked_out = F1P_TRI_UNKNOWN;
	}
	quali_predict(s, &f);
	assert_true(f.cars[21].p_position[21] == 1.0);
	free(s);
}

static void test_no_time_left_in_the_garage_is_no_hope(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = quali_new(20);
	quali_running(s, 1, 5000);
	set_times(s, 1, 80000, 40);
	quali_predict(s, &f);
	double in_garage = quali_first(&f.cars[16], 15);
	assert_true(in_garage < 0.05);
	s->cars[16].in_pit = F1P_NO; /* on a lap that still counts */
	quali_predict(s, &f);
	assert_true(quali_first(&f.cars[16], 15) > in_garage + 0.1);
	s->cars[16].stopped = F1P_YES;
	quali_predict(s, &f);
	assert_true(quali_first(&f.cars[16], 15) < 0.05);
	free(s);
}

static void test_a_car_without_a_time_needs_one(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = quali_new(20);
	set_times(s, 1, 80000, 10);
	s->cars[3].part_best_ms[0] = F1P_UNKNOWN;
	quali_rank(s, 1);
	quali_running(s, 1, 600000);
	quali_predict(s, &f);
	double early = quali_first(&f.cars[3], 15);
	quali_running(s, 1, 60000);
	quali_predict(s, &f);
	assert_true(early > 0.5);
	assert_true(quali_first(&f.cars[3], 15) < 0.35);
	free(s);
}

static void test_what_was_shown_in_a_part_tells_of_the_next(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = quali_new(20);
	set_times(s, 1, 80000, 40); /* .05 % apart */
	for (uint32_t i = 15; i < 20; i++) {
		s->cars[i].knocked_out = F1P_YES;
	}
	quali_running(s, 2, 900000);
	quali_predict(s, &f);
	assert_true(f.cars[0].p_win > 2.0 * f.cars[10].p_win);
	assert_true(quali_first(&f.cars[0], 10) > quali_first(&f.cars[12], 10) + 0.1);
	free(s);
}

static void test_the_clock_runs_on_between_messages(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = quali_new(20);
	set_times(s, 1, 80000, 60);
	quali_running(s, 1, 300000);
	quali_predict(s, &f);
	double before = quali_first(&f.cars[16], 15);
	s->clock_running = F1P_YES;
	s->t_event_ns += INT64_C(295000000000); /* no news of the clock for almost five minutes */
	quali_predict(s, &f);
	assert_true(quali_first(&f.cars[16], 15) < 0.5 * before);
	free(s);
}

static void test_in_the_wet_a_time_says_less(void **state)
{
	(void)state;
	static struct f1p_forecast dry, wet;
	struct f1p_state *s = quali_new(20);
	for (uint32_t i = 0; i < 20; i++) {
		s->cars[i].part_best_ms[0] = 80000 + 60 * (int32_t)i;
	}
	quali_running(s, 1, 500000);
	quali_rank(s, 1);
	quali_predict(s, &dry);
	s->weather.rain = F1P_YES;
	quali_predict(s, &wet);
	assert_true(quali_first(&dry.cars[0], 15) > quali_first(&wet.cars[0], 15));
	assert_true(quali_first(&dry.cars[17], 15) < quali_first(&wet.cars[17], 15) - 0.05);
	free(s);
}

static double log_loss(double p, bool happened)
{
	p = happened ? p : 1.0 - p;
	return -log(p < 1e-3 ? 1e-3 : p);
}

/* First parts drawn at random: two attempts a car, at random times. The forecast looks in at fixed times left. */
static void test_knock_out_odds_sharpen_as_time_runs_out(void **state)
{
	(void)state;
	enum { SESSIONS = 30, LOOKS = 5 };
	static const int32_t left_ms[LOOKS] = { 1080000, 600000, 300000, 100000, 5000 };
	static struct f1p_forecast f;
	double loss[LOOKS] = { 0 };
	struct f1p_rng rng;
	f1p_rng_seed(&rng, 11, 0);
	for (int e = 0; e < SESSIONS; e++) {
		int32_t at_ms[20][2], time_ms[20][2], final_ms[20];
		struct f1p_state *s = quali_new(20);
		for (uint32_t i = 0; i < 20; i++) {
			double pace = 0.3 * f1p_rng_normal(&rng) + 0.05 * i;
			s->car_prior[i][F1P_PRIOR_QUALIFYING_PACE] = (int32_t)i * 50;
			for (int k = 0; k < 2; k++) {
				at_ms[i][k] = (int32_t)(f1p_rng_uniform(&rng) * 300000.0) + (k == 0 ? 650000 : 10000);
				double x = pace + 0.22 * f1p_rng_normal(&rng) + (f1p_rng_chance(&rng, 0.15) ? 0.7 : 0.0) - (k ? 0.25 : 0.0);
				time_ms[i][k] = (int32_t)(80000.0 * exp(x / 100.0));
			}
			final_ms[i] = time_ms[i][0] < time_ms[i][1] ? time_ms[i][0] : time_ms[i][1];
		}
		for (int look = 0; look < LOOKS; look++) {
			quali_running(s, 1, left_ms[look]);
			for (uint32_t i = 0; i < 20; i++) {
				struct f1p_car *car = &s->cars[i];
				for (int k = 0; k < 2; k++) {
					bool set = at_ms[i][k] >= left_ms[look];
					bool best = set && (car->part_best_ms[0] == F1P_UNKNOWN || time_ms[i][k] < car->part_best_ms[0]);
					car->part_best_ms[0] = best ? time_ms[i][k] : car->part_best_ms[0];
				}
				bool timed_lap = at_ms[i][1] < left_ms[look] && at_ms[i][1] + 100000 > left_ms[look];
				car->in_pit = timed_lap ? F1P_NO : F1P_YES;
			}
			quali_rank(s, 1);
			quali_predict(s, &f);
			for (uint32_t i = 0; i < 20; i++) {
				uint32_t ahead = 0;
				for (uint32_t j = 0; j < 20; j++) {
					ahead += final_ms[j] < final_ms[i];
				}
				loss[look] += log_loss(quali_first(&f.cars[i], 15), ahead < 15) / (20.0 * SESSIONS);
			}
		}
		free(s);
	}
	for (int look = 1; look < LOOKS; look++) {
		if (!(loss[look] < loss[look - 1])) {
			fail_msg("with %d s left %.4f, before that %.4f", left_ms[look] / 1000, loss[look], loss[look - 1]);
		}
	}
	assert_true(loss[0] < 0.5623); /* knows more than that five of twenty go */
	assert_true(loss[LOOKS - 1] < 0.12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_part_that_is_over_is_certain),
		cmocka_unit_test(test_the_result_is_certain),
		cmocka_unit_test(test_knocked_out_cars_keep_their_places),
		cmocka_unit_test(test_no_time_left_in_the_garage_is_no_hope),
		cmocka_unit_test(test_a_car_without_a_time_needs_one),
		cmocka_unit_test(test_what_was_shown_in_a_part_tells_of_the_next),
		cmocka_unit_test(test_the_clock_runs_on_between_messages),
		cmocka_unit_test(test_in_the_wet_a_time_says_less),
		cmocka_unit_test(test_knock_out_odds_sharpen_as_time_runs_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

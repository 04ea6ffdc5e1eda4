/*
 * learnt_ranks_test.c - places of independent cars, and the inputs of pairs, on fields whose answer can be worked out by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <string.h>
#include <cmocka.h>

#include "pairs.h"
#include "ranks.h"

static double within[F1P_MAX_CARS][F1P_MAX_CARS];

static void field(struct ranks_car *car, uint32_t n, double apart, double spread, double out)
{
	for (uint32_t i = 0; i < n; i++) {
		car[i] = (struct ranks_car){ apart * i, spread, out };
	}
}

/* However many ends are averaged, each place of equal cars is as likely as any other. */
static void test_equal_cars_share_the_places(void **state)
{
	(void)state;
	struct ranks_car car[F1P_MAX_CARS];
	field(car, 4, 0.0, 1.0, 0.0);
	ranks_within(car, 4, within);
	for (uint32_t i = 0; i < 4; i++) {
		for (uint32_t k = 0; k < 4; k++) {
			assert_true(fabs(within[i][k] - (k + 1) / 4.0) < 0.01);
		}
	}
}

static void test_far_apart_is_certain(void **state)
{
	(void)state;
	struct ranks_car car[F1P_MAX_CARS];
	field(car, 22, 100.0, 1.0, 0.0);
	ranks_within(car, 22, within);
	for (uint32_t i = 0; i < 22; i++) {
		assert_true(within[i][i] > 1.0 - 1e-12);
		assert_true(i == 0 || within[i][i - 1] < 1e-12);
	}
}

/* The second wins exactly when the first drops out. */
static void test_who_drops_out_gives_way(void **state)
{
	(void)state;
	struct ranks_car car[F1P_MAX_CARS];
	field(car, 3, 100.0, 1.0, 0.0);
	car[0].out = 0.25;
	ranks_within(car, 3, within);
	assert_true(fabs(within[1][0] - 0.25) < 1e-9);
	assert_true(fabs(within[2][1] - 0.25) < 1e-9);
}

/* Two cars: ends d apart, logistic around both. The chance is the mean of logistic(d + e) over e, here by a fine sum. */
static void test_two_cars_meet_the_integral(void **state)
{
	(void)state;
	struct ranks_car car[F1P_MAX_CARS];
	field(car, 2, 1.5, 1.0, 0.0);
	double sum = 0.0;
	for (int i = 0; i < 10000; i++) {
		double u = (i + 0.5) / 10000.0;
		sum += 1.0 / (1.0 + exp(-(1.5 - log(u / (1.0 - u))))) / 10000.0;
	}
	ranks_within(car, 2, within);
	assert_true(fabs(within[0][0] - sum) < 0.01);
	assert_true(fabs(within[0][0] + within[1][0] - 1.0) < 0.01);
}

static void test_chances_grow_with_the_places_and_with_the_lead(void **state)
{
	(void)state;
	struct ranks_car car[F1P_MAX_CARS];
	field(car, F1P_MAX_CARS, 0.7, 2.0, 0.1);
	ranks_within(car, F1P_MAX_CARS, within);
	for (uint32_t i = 0; i < F1P_MAX_CARS; i++) {
		for (uint32_t k = 0; k < F1P_MAX_CARS; k++) {
			assert_true(isfinite(within[i][k]));
			assert_true(k == 0 || within[i][k] >= within[i][k - 1]);
			assert_true(i == 0 || within[i][k] <= within[i - 1][k] + 1e-12);
		}
		assert_true(fabs(within[i][F1P_MAX_CARS - 1] - 1.0) < 1e-9);
	}
}

static void test_one_car_and_none(void **state)
{
	(void)state;
	struct ranks_car car = { 1e300, 1.0, 0.0 };
	ranks_within(&car, 1, within);
	assert_true(fabs(within[0][0] - 1.0) < 1e-12);
	ranks_within(&car, 0, within);
}

/* Three cars a lap's worth of seconds apart: the middle one must stop twice, the last is faster. */
static void test_inputs_count_the_stops_that_are_owed(void **state)
{
	(void)state;
	struct live_race race = { .done = 0.5f, .laps_left = 25.0f, .laps = 50.0f, .lap_s = 90.0f, .pit_loss_s = 20.0f, .points_places = 10,
		.n = 3 };
	struct live_car car[3] = { { .place = 1.0f, .grid = 1.0f }, { .place = 2.0f, .gap_s = 10.0f, .grid = 2.0f },
		{ .place = 3.0f, .gap_s = 30.0f, .grid = 8.0f, .pace = -0.8f } };
	const double owed[3] = { 1.0, 2.0, 1.0 };
	struct standing s;
	double x[F1P_MAX_CARS][PAIR_INPUTS];
	inputs_standing(&s, &race, car, owed);
	pairs_inputs(&race, car, &s, owed, x);
	const double scale = 2.5 + 1.6 * 5.0;
	assert_true(fabs(x[1][PAIR_GAP] - 10.0 / scale) < 1e-9);
	assert_true(fabs(x[1][PAIR_VIRTUAL_GAP] - x[0][PAIR_VIRTUAL_GAP] - 30.0 / scale) < 1e-9);
	/* 0.8 % of 90 s on 25 laps, of which 0.7 last: 12.6 s of the 30 s are made up; it ends ahead of the second */
	assert_true(fabs(x[2][PAIR_DRIFTED_GAP] - x[0][PAIR_DRIFTED_GAP] - 17.4 / scale) < 1e-6);
	assert_true(x[2][PAIR_DRIFTED_PLACE] == 2.0 && x[1][PAIR_DRIFTED_PLACE] == 3.0);
	assert_true(fabs(x[2][PAIR_LN_GRID] - log(8.0)) < 1e-9);
	assert_true(x[1][PAIR_GAP_NEUTRAL] == 0.0 && x[1][PAIR_GAP_WET] == 0.0);
	race.neutral = race.wet = 1;
	pairs_inputs(&race, car, &s, owed, x);
	assert_true(x[1][PAIR_GAP_NEUTRAL] == x[1][PAIR_GAP] && x[1][PAIR_GAP_WET] == x[1][PAIR_GAP]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal_cars_share_the_places),
		cmocka_unit_test(test_far_apart_is_certain),
		cmocka_unit_test(test_who_drops_out_gives_way),
		cmocka_unit_test(test_two_cars_meet_the_integral),
		cmocka_unit_test(test_chances_grow_with_the_places_and_with_the_lead),
		cmocka_unit_test(test_one_car_and_none),
		cmocka_unit_test(test_inputs_count_the_stops_that_are_owed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

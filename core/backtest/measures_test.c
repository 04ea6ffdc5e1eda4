/* measures_test.c - measures of forecasts whose worth is known: perfect, ignorant, wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "backtest/measures.h"

#include <math.h>
#include <string.h>

#define CARS 10u
#define assert_near(a, b, tolerance) assert_true(fabs((a) - (b)) <= (tolerance))

/* p of the car's own place, the rest spread evenly. Car 1 is first, 2 second ... */
static void make(struct f1p_forecast *f, double own)
{
	memset(f, 0, sizeof(*f));
	f->n_cars = CARS;
	for (uint32_t i = 0; i < CARS; i++) {
		struct f1p_car_forecast *c = &f->cars[i];
		c->car = (uint16_t)(i + 1);
		for (uint32_t k = 0; k < CARS; k++) {
			c->p_position[k] = k == i ? own : (1 - own) / (CARS - 1);
			c->expected_position += c->p_position[k] * (k + 1);
			c->p_win += k == 0 ? c->p_position[k] : 0;
			c->p_podium += k < 3 ? c->p_position[k] : 0;
		}
		c->p_points = 1;
		c->q05 = c->q25 = c->q75 = c->q95 = (uint8_t)(i + 1);
	}
}

static void result(struct score_result *r, bool reversed)
{
	*r = (struct score_result){.n = CARS};
	for (uint16_t i = 0; i < CARS; i++)
		r->cars[i] = (struct score_car){.car = (uint16_t)(i + 1), .position = (uint16_t)(reversed ? (int)CARS - i : i + 1)};
}

static void test_order_right_and_reversed(void **state)
{
	struct f1p_forecast f;
	struct score_result r;
	struct measures m;

	(void)state;
	make(&f, 0.9);
	result(&r, false);
	assert_true(measures_race(&m, NULL, &f, &r));
	assert_near(m.v[MEASURE_SPEARMAN], 1, 1e-9);
	assert_near(m.v[MEASURE_TOP3_HIT], 1, 1e-9);
	assert_near(m.v[MEASURE_WINNER_LOGLOSS], -log(.9), 1e-9);
	assert_near(m.v[MEASURE_COVER50], 1, 1e-9);
	result(&r, true);
	assert_true(measures_race(&m, NULL, &f, &r));
	assert_near(m.v[MEASURE_SPEARMAN], -1, 1e-9);
	assert_near(m.v[MEASURE_TOP3_HIT], 0, 1e-9);
	assert_near(m.v[MEASURE_WINNER_HIT], 0, 1e-9);
}

static void test_gaps_are_covered_or_unknown(void **state)
{
	struct f1p_forecast f;
	struct score_result r;
	struct measures m;

	(void)state;
	make(&f, 0.9);
	result(&r, false);
	for (uint32_t i = 0; i < CARS; i++) { /* four of ten lie within 50 %, seven within 90 % */
		f.cars[i].gap_given = 1;
		for (int level = 0; level < F1P_GAP_LEVELS; level++)
			f.cars[i].gap_ms[level] = 1000 * level;
		r.cars[i].gap_known = true;
		r.cars[i].gap_ms = i < 4 ? 2000 : i < 7 ? 3500 : F1P_UNKNOWN;
	}
	assert_true(measures_race(&m, NULL, &f, &r));
	assert_near(m.v[MEASURE_GAP_COVER50], .4, 1e-9);
	assert_near(m.v[MEASURE_GAP_COVER90], .7, 1e-9);
	assert_string_equal(measure_name(MEASURE_GAP_COVER50), "gap_cover50");
	assert_string_equal(measure_name(MEASURE_GAP_COVER90), "gap_cover90");
	assert_string_equal(measure_name(MEASURES - 1), "knockout_logloss");
	assert_true(measures_qualifying(&m, &f, &r));
	assert_true(isnan(m.v[MEASURE_GAP_COVER50]) && isnan(m.v[MEASURE_GAP_COVER90]));
	for (uint32_t i = 0; i < CARS; i++)
		f.cars[i].gap_given = 0;
	assert_true(measures_race(&m, NULL, &f, &r));
	assert_true(isnan(m.v[MEASURE_GAP_COVER50]) && isnan(m.v[MEASURE_GAP_COVER90]) && !isnan(m.v[MEASURE_COVER50]));
}

static void test_equal_expectations_have_no_rank(void **state)
{
	struct f1p_forecast f;
	struct score_result r;
	struct measures m;

	(void)state;
	make(&f, 1.0 / CARS);
	for (uint32_t i = 0; i < CARS; i++)
		f.cars[i].expected_position = 5.5;
	result(&r, false);
	assert_true(measures_race(&m, NULL, &f, &r));
	assert_true(isnan(m.v[MEASURE_SPEARMAN]));
	assert_near(m.v[MEASURE_WINNER_LOGLOSS], log(CARS), 1e-9);
}

static void test_only_cars_of_the_result_count(void **state)
{
	struct f1p_forecast f;
	struct score_result r = {0};
	struct measures m;

	(void)state;
	make(&f, 0.5);
	assert_false(measures_race(&m, NULL, &f, &r));
	r.cars[r.n++] = (struct score_car){.car = 7, .position = 1}; /* the others stopped long ago */
	assert_true(measures_race(&m, NULL, &f, &r));
	assert_near(m.v[MEASURE_WIN_LOGLOSS], -log(.5 / 9), 1e-9);
	assert_true(isnan(m.v[MEASURE_SPEARMAN]));
}

static void test_qualifying_has_names_of_its_own(void **state)
{
	struct f1p_forecast f;
	struct score_result r;
	struct measures m;

	(void)state;
	make(&f, 0.9);
	result(&r, false);
	assert_true(measures_qualifying(&m, &f, &r));
	assert_near(m.v[MEASURE_POLE_HIT], 1, 1e-9);
	assert_true(m.v[MEASURE_POLE_LOGLOSS] < .2);
	assert_true(isnan(m.v[MEASURE_WIN_LOGLOSS]) && isnan(m.v[MEASURE_RPS]));
}

static void test_eight_score_in_a_sprint(void **state)
{
	struct f1p_forecast f;
	struct score_result r;
	struct measures ten, eight;

	(void)state;
	make(&f, 0.9);
	for (uint32_t i = 0; i < CARS; i++)
		f.cars[i].p_points = i < 8 ? 0.99 : 0.01;
	result(&r, false);
	assert_true(measures_race(&ten, NULL, &f, &r));
	r.points_places = SCORE_SPRINT_PLACES;
	assert_true(measures_race(&eight, NULL, &f, &r));
	assert_near(eight.v[MEASURE_POINTS_LOGLOSS], -log(.99), 1e-9);
	assert_true(ten.v[MEASURE_POINTS_LOGLOSS] > 0.5);
}

static void test_cuts_of_qualifying(void **state)
{
	static const struct {
		uint32_t cars, cut[3];
	} known[] = {{20, {15, 10, 1}}, {22, {16, 10, 1}}, {19, {14, 10, 1}}, {8, {8, 8, 1}}};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		for (uint32_t part = 0; part < 3; part++)
			assert_int_equal(measures_cut(known[i].cars, part), known[i].cut[part]);
}

static void test_who_goes_on_is_scored_among_those_still_in(void **state)
{
	struct f1p_forecast f;
	struct score_result r;
	struct measures m;

	(void)state;
	make(&f, 0.91); /* and 1 % of each other place */
	result(&r, false);
	r.n = 4; /* the others are out already */
	assert_true(measures_part(&m, &f, &r, 2, CARS));
	assert_near(m.v[MEASURE_KNOCKOUT_LOGLOSS], (-log(.91) - 3 * log(.99)) / 4, 1e-9); /* pole */
	assert_true(measures_part(&m, &f, &r, 1, 14));
	assert_near(m.v[MEASURE_KNOCKOUT_LOGLOSS], -log(1 - 5e-4), 1e-9); /* all ten places of the table go on */
	r.cars[0].position = 12;
	assert_true(measures_part(&m, &f, &r, 1, 14));
	assert_true(m.v[MEASURE_KNOCKOUT_LOGLOSS] > 1);
}

static void test_calibration_error_is_the_distance_of_said_and_seen(void **state)
{
	struct calibration c[TARGETS] = {0};
	struct f1p_forecast f;
	struct score_result r;
	struct measures m;

	(void)state;
	make(&f, 1.0 / CARS); /* says .1 for all ten: one of ten wins */
	result(&r, false);
	assert_true(measures_race(&m, c, &f, &r));
	assert_near(calibration_error(&c[TARGET_WIN]), 0, 1e-9);
	assert_near(calibration_error(&c[TARGET_PODIUM]), 0, 1e-9);
	memset(c, 0, sizeof(c));
	for (uint32_t i = 0; i < CARS; i++)
		f.cars[i].p_win = .4;
	assert_true(measures_race(&m, c, &f, &r));
	assert_near(calibration_error(&c[TARGET_WIN]), .3, 1e-9);
	memset(c, 0, sizeof(c));
	assert_true(isnan(calibration_error(&c[TARGET_WIN])));
}

static void test_differences_have_honest_intervals(void **state)
{
	double same[40], mixed[40];
	struct difference d;

	(void)state;
	for (int i = 0; i < 40; i++) {
		same[i] = .25;
		mixed[i] = i % 2 ? 1 : -1;
	}
	d = paired_difference(same, 40);
	assert_true(d.mean > .2499 && d.low > .2499 && d.high < .2501);
	d = paired_difference(mixed, 40);
	assert_near(d.mean, 0, 1e-9);
	assert_true(d.low < -.2 && d.low > -.4 && d.high > .2 && d.high < .4); /* 1.96 / sqrt(40) = .31 */
	struct difference again = paired_difference(mixed, 40);
	assert_memory_equal(&d, &again, sizeof(d));
	assert_int_equal(paired_difference(mixed, 0).n, 0);
	assert_true(isnan(paired_difference(mixed, 0).mean));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_right_and_reversed),
		cmocka_unit_test(test_gaps_are_covered_or_unknown),
		cmocka_unit_test(test_equal_expectations_have_no_rank),
		cmocka_unit_test(test_only_cars_of_the_result_count),
		cmocka_unit_test(test_qualifying_has_names_of_its_own),
		cmocka_unit_test(test_eight_score_in_a_sprint),
		cmocka_unit_test(test_cuts_of_qualifying),
		cmocka_unit_test(test_who_goes_on_is_scored_among_those_still_in),
		cmocka_unit_test(test_calibration_error_is_the_distance_of_said_and_seen),
		cmocka_unit_test(test_differences_have_honest_intervals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

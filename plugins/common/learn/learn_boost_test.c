/* learn_boost_test.c - boosted trees on problems whose answer is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "boost.h"
#include "helpers/fmath.h"
#include "helpers/rng.h"
#include "logistic.h"

#include <math.h>
#include <stdlib.h>

#define ROWS 4000

static const struct boost_options options = {BOOST_LOGISTIC, 60, 3, 0.2, 1.0, 5.0};
static float x[ROWS * 3], y[ROWS];

/* Neither input alone says anything: y follows whether the signs differ. The third is noise. */
static void make_crossed(uint64_t seed)
{
	struct f1p_rng r;

	f1p_rng_seed(&r, seed, 1);
	for (size_t i = 0; i < ROWS; i++) {
		for (size_t c = 0; c < 3; c++) {
			x[3 * i + c] = (float)(2.0 * f1p_rng_uniform(&r) - 1.0);
		}
		bool differ = (x[3 * i] > 0) != (x[3 * i + 1] > 0);
		y[i] = f1p_rng_chance(&r, differ ? 0.8 : 0.1);
	}
}

static double chance(const struct boost *b, float u, float v)
{
	const float row[3] = {u, v, 0.1f};

	return logistic(boost_margin(b, row));
}

static void test_finds_what_no_line_can(void **state)
{
	(void)state;
	make_crossed(5);
	struct boost *b = boost_fit(x, y, NULL, NULL, ROWS, 3, &options);
	assert_non_null(b);
	assert_true(fabs(chance(b, 0.5f, -0.5f) - 0.8) < 0.06);
	assert_true(fabs(chance(b, -0.5f, 0.5f) - 0.8) < 0.06);
	assert_true(fabs(chance(b, 0.5f, 0.5f) - 0.1) < 0.06);
	assert_true(fabs(chance(b, -0.5f, -0.5f) - 0.1) < 0.06);
	boost_destroy(b);
}

static void test_the_same_rows_give_the_same_trees_and_survive_the_file(void **state)
{
	struct params *p = params_create();

	(void)state;
	make_crossed(6);
	struct boost *a = boost_fit(x, y, NULL, NULL, ROWS, 3, &options), *b = boost_fit(x, y, NULL, NULL, ROWS, 3, &options);
	assert_true(boost_save(a, p, "stop"));
	struct boost *c = boost_load(p, "stop", 3);
	assert_non_null(c);
	for (size_t i = 0; i < 200; i++) {
		assert_true(boost_margin(a, x + 3 * i) == boost_margin(b, x + 3 * i));
		assert_true(boost_margin(a, x + 3 * i) == boost_margin(c, x + 3 * i));
	}
	assert_null(boost_load(p, "stop", 4));
	assert_null(boost_load(p, "other", 3));
	boost_destroy(a);
	boost_destroy(b);
	boost_destroy(c);
	params_destroy(p);
}

static void test_counts_get_their_mean(void **state)
{
	struct boost_options o = options;
	struct f1p_rng r;

	(void)state;
	o.loss = BOOST_POISSON;
	f1p_rng_seed(&r, 9, 1);
	for (size_t i = 0; i < ROWS; i++) {
		x[i] = (float)f1p_rng_uniform(&r);
		y[i] = (x[i] > 0.5f ? 2.0f : 0.5f) + (f1p_rng_chance(&r, 0.5) ? 0.5f : -0.5f);
	}
	struct boost *b = boost_fit(x, y, NULL, NULL, ROWS, 1, &o);
	const float low = 0.2f, high = 0.9f;
	assert_true(fabs(f1p_exp(boost_margin(b, &low)) - 0.5) < 0.08);
	assert_true(fabs(f1p_exp(boost_margin(b, &high)) - 2.0) < 0.15);
	boost_destroy(b);
}

static void test_an_offset_that_explains_all_leaves_nothing(void **state)
{
	static float offset[ROWS];

	(void)state;
	make_crossed(7);
	for (size_t i = 0; i < ROWS; i++) {
		offset[i] = (float)((x[3 * i] > 0) != (x[3 * i + 1] > 0) ? logit(0.8) : logit(0.1));
	}
	struct boost *b = boost_fit(x, y, NULL, offset, ROWS, 3, &options);
	double sum = 0;
	for (size_t i = 0; i < 500; i++) {
		sum += fabs(boost_margin(b, x + 3 * i)) / 500;
	}
	assert_true(sum < 0.35);
	boost_destroy(b);
}

static void test_bad_input_is_refused(void **state)
{
	struct boost_options o = options;

	(void)state;
	make_crossed(8);
	o.depth = 9;
	assert_null(boost_fit(x, y, NULL, NULL, ROWS, 3, &o));
	assert_null(boost_fit(x, y, NULL, NULL, 0, 3, &options));
	x[5] = NAN;
	x[2] = INFINITY;
	assert_null(boost_fit(x, y, NULL, NULL, 2, 3, &options));
	struct params *p = params_create();
	const double shape[4] = {3, 2, 1, 0}, column[2] = {7, 0}, cut[2] = {0}, leaf[4] = {0};
	params_set(p, "a.shape", shape, 4);
	params_set(p, "a.column", column, 2);
	params_set(p, "a.cut", cut, 2);
	params_set(p, "a.leaf", leaf, 4);
	assert_null(boost_load(p, "a", 3)); /* a column that it has not */
	params_destroy(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_finds_what_no_line_can),
		cmocka_unit_test(test_the_same_rows_give_the_same_trees_and_survive_the_file),
		cmocka_unit_test(test_counts_get_their_mean),
		cmocka_unit_test(test_an_offset_that_explains_all_leaves_nothing),
		cmocka_unit_test(test_bad_input_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

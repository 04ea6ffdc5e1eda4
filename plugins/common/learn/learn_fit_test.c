/*
 * learn_fit_test.c - the fits on problems whose answer is known.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <string.h>
#include <cmocka.h>

#include "helpers/rng.h"
#include "lbfgs.h"
#include "linear.h"
#include "logistic.h"
#include "scale.h"

#define ROWS 2000u

static void assert_near(double a, double b, double tolerance)
{
	if (!(fabs(a - b) <= tolerance)) {
		fail_msg("%.12g is not %.12g", a, b);
	}
}

static void test_cholesky_solves(void **state)
{
	(void)state;
	double a[] = { 4, 99, 99, 2, 5, 99, 2, 3, 6 }, b[] = { 14, 21, 26 }; /* the upper triangle is not read */
	assert_true(linear_solve(a, b, 3));
	assert_near(b[0], 1, 1e-12);
	assert_near(b[1], 2, 1e-12);
	assert_near(b[2], 3, 1e-12);
	double flat[] = { 1, 1, 1, 1 }, c[] = { 1, 1 };
	assert_false(linear_solve(flat, c, 2));
}

static void test_ridge_in_closed_form(void **state)
{
	(void)state;
	/* one column: beta = sum wxy / (sum wxx + alpha) */
	const double x[] = { 1, 2, 3 }, y[] = { 2, 3, 7 }, w[] = { 1, 2, 1 };
	double alpha = 3, beta;
	assert_true(ridge_fit(x, y, w, 3, 1, &alpha, &beta));
	assert_near(beta, (2.0 + 12.0 + 21.0) / (1.0 + 8.0 + 9.0 + 3.0), 1e-12);
	assert_true(ridge_fit(x, y, NULL, 3, 1, &alpha, &beta));
	assert_near(beta, (2.0 + 6.0 + 21.0) / (14.0 + 3.0), 1e-12);
	assert_false(ridge_fit(x, y, NULL, 3, 0, &alpha, &beta));
}

static void test_robust_ridge_ignores_outliers(void **state)
{
	(void)state;
	static double x[ROWS * 2], y[ROWS];
	struct f1p_rng rng;
	f1p_rng_seed(&rng, 1, 0);
	for (size_t r = 0; r < ROWS; r++) {
		x[2 * r] = 1.0;
		x[2 * r + 1] = f1p_rng_normal(&rng);
		y[r] = 3.0 + 2.0 * x[2 * r + 1] + 0.1 * f1p_rng_normal(&rng) + (r % 10 == 0 ? 50.0 : 0.0);
	}
	const double alpha[] = { 1e-6, 1e-6 };
	double plain[2], robust[2];
	assert_true(ridge_fit(x, y, NULL, ROWS, 2, alpha, plain));
	assert_true(ridge_fit_robust(x, y, NULL, ROWS, 2, alpha, 0.15, 30, robust));
	assert_true(fabs(plain[0] - 3.0) > 4.0);
	assert_near(robust[0], 3.0, 0.05);
	assert_near(robust[1], 2.0, 0.05);
}

static void test_logistic_finds_the_odds_of_a_table(void **state)
{
	(void)state;
	/* 30 of 40 without the mark, 10 of 40 with it: intercept ln 3, mark -2 ln 3 */
	const double x[] = { 1, 0, 1, 0, 1, 1, 1, 1 }, y[] = { 1, 0, 1, 0 }, w[] = { 30, 10, 10, 30 };
	const double l2[] = { 1e-9, 1e-9 };
	double beta[2] = { 0 };
	assert_true(logistic_fit(x, y, w, 4, 2, l2, NULL, beta));
	assert_near(beta[0], log(3.0), 1e-4);
	assert_near(beta[1], -2.0 * log(3.0), 1e-4);
	/* fractional y says the same in half the rows */
	const double fx[] = { 1, 0, 1, 1 }, fy[] = { 0.75, 0.25 }, fw[] = { 40, 40 };
	double other[2] = { 5, -5 };
	assert_true(logistic_fit(fx, fy, fw, 2, 2, l2, NULL, other));
	assert_near(other[0], beta[0], 1e-4);
	assert_near(other[1], beta[1], 1e-4);
}

static void test_logistic_shrinks_to_the_centre(void **state)
{
	(void)state;
	const double x[] = { 1, 1 }, y[] = { 1, 0 }, strong = 1e6, centre = 0.7;
	double beta = 0;
	assert_true(logistic_fit(x, y, NULL, 2, 1, &strong, &centre, &beta));
	assert_near(beta, 0.7, 1e-4);
	/* separable data stay finite with any penalty */
	const double sx[] = { -1, 1 }, sy[] = { 0, 1 }, weak = 1e-3;
	beta = 0;
	assert_true(logistic_fit(sx, sy, NULL, 2, 1, &weak, NULL, &beta));
	assert_true(beta > 3.0 && beta < 20.0);
}

static void test_logit_and_logistic(void **state)
{
	(void)state;
	assert_near(logistic(logit(0.3)), 0.3, 1e-12);
	assert_near(logistic(0), 0.5, 0);
	assert_true(logit(0.0) < -20 && logit(1.0) > 20 && isfinite(logit(0.0)) && isfinite(logit(1.0)));
}

static void test_losses_of_forecasts(void **state)
{
	(void)state;
	assert_near(log_loss(0.25, true), log(4.0), 1e-12);
	assert_near(log_loss(0.25, false), log(4.0 / 3.0), 1e-12);
	assert_near(log_loss(0.0, true), log(2000.0), 1e-9);
	const double sure[] = { 0, 1, 0 }, even[] = { 1.0 / 3, 1.0 / 3, 1.0 / 3 };
	assert_near(ranked_loss(sure, 3, 2), 0, 1e-12);
	assert_near(ranked_loss(sure, 3, 1), 0.5, 1e-12);
	assert_near(ranked_loss(even, 3, 1), (4.0 / 9 + 1.0 / 9) / 2, 1e-12);
	assert_near(ranked_loss(sure, 1, 1), 0, 0);
}

static double rosenbrock(void *arg, const double *x, double *g)
{
	(void)arg;
	double a = 1.0 - x[0], b = x[1] - x[0] * x[0];
	g[0] = -2.0 * a - 400.0 * x[0] * b;
	g[1] = 200.0 * b;
	return a * a + 100.0 * b * b;
}

static double bowl(void *arg, const double *x, double *g)
{
	double sum = 0.0;
	for (size_t i = 0; i < 50; i++) {
		double e = x[i] - (double)i, scale = 1.0 + (double)i;
		g[i] = 2.0 * scale * e;
		sum += scale * e * e;
	}
	++*(unsigned *)arg;
	return sum;
}

static void test_lbfgs_finds_the_bottom(void **state)
{
	(void)state;
	const struct lbfgs_options options = { .iterations = 500, .memory = 8, .tolerance = 1e-15 };
	double x[2] = { -1.2, 1.0 }, many[50] = { 0 };
	assert_true(lbfgs_minimise(rosenbrock, NULL, x, 2, &options) < 1e-12);
	assert_near(x[0], 1, 1e-5);
	assert_near(x[1], 1, 1e-5);
	unsigned calls = 0;
	assert_true(lbfgs_minimise(bowl, &calls, many, 50, &options) < 1e-8);
	assert_true(calls < 200);
	for (size_t i = 0; i < 50; i++) {
		assert_near(many[i], (double)i, 1e-4);
	}
}

static double no_number(void *arg, const double *x, double *g)
{
	(void)arg;
	g[0] = x[0];
	return NAN;
}

static void test_lbfgs_says_when_it_cannot(void **state)
{
	(void)state;
	const struct lbfgs_options options = { .iterations = 5, .memory = 3, .tolerance = 1e-9 };
	double x = 1;
	assert_true(isnan(lbfgs_minimise(no_number, NULL, &x, 1, &options)));
	assert_true(isnan(lbfgs_minimise(no_number, NULL, &x, 0, &options)));
}

static void test_scale_by_columns(void **state)
{
	(void)state;
	const double x[] = { 1, 5, 3, 5, 5, 5 }, w[] = { 1, 1, 0 };
	double mean[2], sd[2];
	scale_fit(x, NULL, 3, 2, mean, sd);
	assert_near(mean[0], 3, 1e-12);
	assert_near(sd[0], sqrt(8.0 / 3.0), 1e-12);
	assert_true(mean[1] == 5 && sd[1] == 1);
	scale_fit(x, w, 3, 2, mean, sd);
	assert_near(mean[0], 2, 1e-12);
	assert_near(sd[0], 1, 1e-12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cholesky_solves),
		cmocka_unit_test(test_ridge_in_closed_form),
		cmocka_unit_test(test_robust_ridge_ignores_outliers),
		cmocka_unit_test(test_logistic_finds_the_odds_of_a_table),
		cmocka_unit_test(test_logistic_shrinks_to_the_centre),
		cmocka_unit_test(test_logit_and_logistic),
		cmocka_unit_test(test_losses_of_forecasts),
		cmocka_unit_test(test_lbfgs_finds_the_bottom),
		cmocka_unit_test(test_lbfgs_says_when_it_cannot),
		cmocka_unit_test(test_scale_by_columns),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

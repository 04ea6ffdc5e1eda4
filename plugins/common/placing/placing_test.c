/*
 * placing_test.c - places of independent results against closed forms.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <string.h>
#include <cmocka.h>

#include "placing.h"

static void assert_near(double a, double b, double tolerance)
{
	if (!(fabs(a - b) <= tolerance)) {
		fail_msg("%.12g is not %.12g", a, b);
	}
}

/* ln of exponential times with rates e^score: the order is Plackett-Luce. */
static void set_race(struct placing *p, const double *score, uint32_t n)
{
	memset(p, 0, sizeof(*p));
	p->n = n;
	placing_edges(p, -16, 8, 120);
	for (uint32_t e = 0; e < p->edges; e++) {
		for (uint32_t i = 0; i < n; i++) {
			p->cdf[e][i] = 1.0 - exp(-exp(p->edge[e] + score[i]));
		}
	}
}

static void test_exponential_races_are_plackett_luce(void **state)
{
	(void)state;
	const double score[] = { 2.0, 1.0, 0.5, -1.0 };
	static struct placing p;
	struct positions_matrix m;
	double sum = 0.0, second = 0.0;
	set_race(&p, score, 4);
	placing_matrix(&p, &m);
	for (uint32_t i = 0; i < 4; i++) {
		sum += exp(score[i]);
	}
	for (uint32_t i = 0; i < 4; i++) {
		assert_near(m.m[i][0], exp(score[i]) / sum, 2e-3);
	}
	for (uint32_t i = 1; i < 4; i++) { /* the first car is second behind car i */
		second += exp(score[i]) / sum * exp(score[0]) / (sum - exp(score[i]));
	}
	assert_near(m.m[0][1], second, 2e-3);
	assert_true(positions_error(&m, 4) < 1e-9);
}

static void test_equal_cars_share_evenly(void **state)
{
	(void)state;
	double score[22] = { 0 };
	static struct placing p;
	struct positions_matrix m;
	set_race(&p, score, 22);
	for (uint32_t i = 0; i < 22; i++) {
		p.out[i] = 0.15;
	}
	placing_matrix(&p, &m);
	for (uint32_t i = 0; i < 22; i++) {
		for (uint32_t k = 0; k < 22; k++) {
			assert_near(m.m[i][k], 1.0 / 22.0, 1e-9);
		}
	}
}

static void test_cars_that_are_out_come_last(void **state)
{
	(void)state;
	const double score[] = { 5.0, 0.0, 0.0 };
	static struct placing p;
	struct positions_matrix m;
	set_race(&p, score, 3);
	p.out[0] = 1.0;
	placing_matrix(&p, &m);
	assert_near(m.m[0][2], 1.0, 1e-9);
	assert_near(m.m[1][0], 0.5, 1e-9);
	p.out[1] = 1.0; /* two are out: they share the last two places */
	placing_matrix(&p, &m);
	assert_near(m.m[0][1], 0.5, 1e-9);
	assert_near(m.m[2][0], 1.0, 1e-9);
}

static void test_certain_results_are_certain(void **state)
{
	(void)state;
	static struct placing p;
	struct positions_matrix m;
	memset(&p, 0, sizeof(p));
	p.n = 3;
	placing_edges(&p, 0, 10, 11);
	for (uint32_t e = 0; e < p.edges; e++) {
		p.cdf[e][0] = p.edge[e] >= 7.0;
		p.cdf[e][1] = p.edge[e] >= 2.0;
		p.cdf[e][2] = p.edge[e] >= 9.0;
	}
	placing_matrix(&p, &m);
	assert_true(m.m[1][0] == 1.0 && m.m[0][1] == 1.0 && m.m[2][2] == 1.0);
}

static void test_normal_and_delayed(void **state)
{
	(void)state;
	for (double x = -6; x <= 6; x += 0.1) {
		assert_near(placing_normal(x), 0.5 * erfc(-x / sqrt(2.0)), 1e-7);
	}
	double mean = 0.0, before = 0.0; /* by the area above the curve: 1 + .25 * 2 */
	for (double x = -9; x < 40; x += 0.01) {
		double f = placing_delayed(x, 1.0, 0.5, 0.25, 2.0);
		assert_true(f >= before - 1e-7 && f <= 1.0);
		mean += ((x > 0 ? 1.0 : 0.0) - f) * 0.01;
		before = f;
	}
	assert_near(mean, 1.5, 0.01);
	assert_near(placing_delayed(0.3, 0.3, 2.0, 0.0, 1.0), 0.5, 1e-7);
}

static void test_one_car(void **state)
{
	(void)state;
	const double score = 0.0;
	static struct placing p;
	struct positions_matrix m;
	set_race(&p, &score, 1);
	p.out[0] = 0.3;
	placing_matrix(&p, &m);
	assert_near(m.m[0][0], 1.0, 1e-12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exponential_races_are_plackett_luce),
		cmocka_unit_test(test_equal_cars_share_evenly),
		cmocka_unit_test(test_cars_that_are_out_come_last),
		cmocka_unit_test(test_certain_results_are_certain),
		cmocka_unit_test(test_normal_and_delayed),
		cmocka_unit_test(test_one_car),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

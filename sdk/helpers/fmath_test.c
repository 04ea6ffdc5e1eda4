/*
 * fmath_test.c - exp, log, logistic and the normal quantile against libm, and some exact bits that must never change.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <cmocka.h>

#include "helpers/fmath.h"

static double ulps(double got, double want)
{
	if (got == want) {
		return 0.0;
	}
	return fabs(got - want) / (nextafter(fabs(want), INFINITY) - fabs(want));
}

static void test_exp_is_accurate(void **state)
{
	(void)state;
	double worst = 0.0;
	for (double x = -700.0; x < 709.0; x += 0.0137) {
		worst = fmax(worst, ulps(f1p_exp(x), exp(x)));
	}
	assert_true(worst <= 2.0);
}

static void test_exp_near_zero(void **state)
{
	(void)state;
	for (double x = -1.0; x <= 1.0; x += 0.00037) {
		assert_true(ulps(f1p_exp(x), exp(x)) <= 2.0);
	}
	assert_true(f1p_exp(0.0) == 1.0);
}

static void test_exp_at_the_ends(void **state)
{
	(void)state;
	assert_true(isinf(f1p_exp(710.0)));
	assert_true(isfinite(f1p_exp(709.78)));
	assert_true(f1p_exp(-800.0) == 0.0);
	assert_true(f1p_exp(-INFINITY) == 0.0);
	assert_true(isinf(f1p_exp(INFINITY)));
	assert_true(isnan(f1p_exp(NAN)));
}

static void test_log_is_accurate(void **state)
{
	(void)state;
	double worst = 0.0;
	for (double x = 1e-300; x < 1e300; x *= 1.37) {
		worst = fmax(worst, ulps(f1p_log(x), log(x)));
	}
	for (double x = 0.3; x < 3.0; x += 0.00013) {
		worst = fmax(worst, ulps(f1p_log(x), log(x)));
	}
	assert_true(worst <= 2.0);
	assert_true(f1p_log(1.0) == 0.0);
}

static void test_log_at_the_ends(void **state)
{
	(void)state;
	assert_true(isinf(f1p_log(0.0)) && f1p_log(0.0) < 0.0);
	assert_true(isnan(f1p_log(-1.0)));
	assert_true(isinf(f1p_log(INFINITY)));
	assert_true(fabs(f1p_log(5e-324) - log(5e-324)) < 1e-12);
}

static void test_log_undoes_exp(void **state)
{
	(void)state;
	for (double x = -50.0; x < 50.0; x += 0.171) {
		assert_true(fabs(f1p_log(f1p_exp(x)) - x) < 1e-13);
	}
}

static void test_logistic(void **state)
{
	(void)state;
	assert_true(f1p_logistic(0.0) == 0.5);
	assert_true(f1p_logistic(800.0) == 1.0);
	assert_true(f1p_logistic(-800.0) == 0.0);
	for (double x = -30.0; x < 30.0; x += 0.1) {
		assert_true(fabs(f1p_logistic(x) + f1p_logistic(-x) - 1.0) < 1e-15);
		assert_true(fabs(f1p_logit(f1p_logistic(x / 2)) - x / 2) < 1e-9);
	}
}

static void test_normal_quantile_inverts_the_distribution(void **state)
{
	(void)state;
	for (double z = -8.0; z <= 5.0; z += 0.03) {
		double p = 0.5 * erfc(-z * 0.70710678118654752);
		assert_true(fabs(f1p_normal_quantile(p) - z) < 1e-9);
	}
	assert_true(f1p_normal_quantile(0.5) == 0.0);
	assert_true(fabs(f1p_normal_quantile(0.975) - 1.959963984540054) < 1e-14);
	assert_true(isnan(f1p_normal_quantile(1.5)));
}

/* The bits, not the values: whoever changes the arithmetic changes every forecast, and must know it. */
static void test_bits_never_change(void **state)
{
	(void)state;
	assert_int_equal(f1p_bits_of(f1p_exp(1.0)), UINT64_C(0x4005bf0a8b14576a));
	assert_int_equal(f1p_bits_of(f1p_log(10.0)), UINT64_C(0x40026bb1bbb55516));
	assert_int_equal(f1p_bits_of(f1p_sqrt(2.0)), UINT64_C(0x3ff6a09e667f3bcd));
	uint64_t h = 0;
	for (int i = -2000; i < 2000; i++) {
		double x = (double)i * 0.0173;
		h = (h ^ f1p_bits_of(f1p_exp(x))) * UINT64_C(0x100000001b3);
		h = (h ^ f1p_bits_of(f1p_log(x + 40.0))) * UINT64_C(0x100000001b3);
		h = (h ^ f1p_bits_of(f1p_normal_quantile((i + 2000.5) / 4000.0))) * UINT64_C(0x100000001b3);
	}
	assert_int_equal(h, UINT64_C(0x0aa2b895dd56805a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exp_is_accurate),
		cmocka_unit_test(test_exp_near_zero),
		cmocka_unit_test(test_exp_at_the_ends),
		cmocka_unit_test(test_log_is_accurate),
		cmocka_unit_test(test_log_at_the_ends),
		cmocka_unit_test(test_log_undoes_exp),
		cmocka_unit_test(test_logistic),
		cmocka_unit_test(test_normal_quantile_inverts_the_distribution),
		cmocka_unit_test(test_bits_never_change),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

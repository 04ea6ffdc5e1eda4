/*
 * rng_test.c - the random numbers: known vectors, independence of streams, shape of the distributions.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <cmocka.h>

#include "helpers/rng.h"

static void test_splitmix64_known_vector(void **state)
{
	(void)state;
	uint64_t s = UINT64_C(1234567); /* reference implementation by Vigna */
	assert_int_equal(f1p_splitmix64(&s), UINT64_C(6457827717110365317));
	assert_int_equal(f1p_splitmix64(&s), UINT64_C(3203168211198807973));
	assert_int_equal(f1p_splitmix64(&s), UINT64_C(9817491932198370423));
}

static void test_xoshiro_known_vector(void **state)
{
	(void)state;
	struct f1p_rng r = { { 1, 2, 3, 4 } }; /* reference implementation by Blackman and Vigna */
	assert_int_equal(f1p_rng_u64(&r), UINT64_C(11520));
	assert_int_equal(f1p_rng_u64(&r), UINT64_C(0));
	assert_int_equal(f1p_rng_u64(&r), UINT64_C(1509978240));
	assert_int_equal(f1p_rng_u64(&r), UINT64_C(1215971899390074240));
}

static void test_same_seed_same_numbers(void **state)
{
	(void)state;
	struct f1p_rng a, b;
	f1p_rng_seed(&a, 42, 7);
	f1p_rng_seed(&b, 42, 7);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(f1p_rng_u64(&a), f1p_rng_u64(&b));
	}
}

static void test_streams_differ(void **state)
{
	(void)state;
	struct f1p_rng a, b, c;
	f1p_rng_seed(&a, 42, 0);
	f1p_rng_seed(&b, 42, 1);
	f1p_rng_seed(&c, 43, 0);
	double ab = 0.0, ac = 0.0;
	for (int i = 0; i < 20000; i++) {
		double x = f1p_rng_uniform(&a) - 0.5;
		ab += x * (f1p_rng_uniform(&b) - 0.5);
		ac += x * (f1p_rng_uniform(&c) - 0.5);
	}
	assert_true(fabs(ab / 20000 * 12) < 0.03); /* correlation; its standard error is 0.007 */
	assert_true(fabs(ac / 20000 * 12) < 0.03);
}

static void test_seed_zero_is_fine(void **state)
{
	(void)state;
	struct f1p_rng r;
	f1p_rng_seed(&r, 0, 0);
	uint64_t x = 0;
	for (int i = 0; i < 100; i++) {
		x |= f1p_rng_u64(&r);
	}
	assert_int_equal(x, UINT64_MAX);
}

static void test_uniform_moments(void **state)
{
	(void)state;
	struct f1p_rng r;
	f1p_rng_seed(&r, 1, 1);
	double sum = 0, sq = 0;
	for (int i = 0; i < 100000; i++) {
		double u = f1p_rng_uniform(&r);
		assert_true(u >= 0.0 && u < 1.0);
		sum += u;
		sq += u * u;
	}
	assert_true(fabs(sum / 100000 - 0.5) < 0.005);
	assert_true(fabs(sq / 100000 - 1.0 / 3) < 0.005);
}

static void test_normal_moments(void **state)
{
	(void)state;
	struct f1p_rng r;
	f1p_rng_seed(&r, 2, 1);
	double s1 = 0, s2 = 0, s4 = 0;
	for (int i = 0; i < 200000; i++) {
		double z = f1p_rng_normal(&r);
		s1 += z;
		s2 += z * z;
		s4 += z * z * z * z;
	}
	assert_true(fabs(s1 / 200000) < 0.012);
	assert_true(fabs(s2 / 200000 - 1.0) < 0.02);
	assert_true(fabs(s4 / 200000 - 3.0) < 0.15);
}

static void test_exponential_moments(void **state)
{
	(void)state;
	struct f1p_rng r;
	f1p_rng_seed(&r, 3, 1);
	double s1 = 0, s2 = 0;
	for (int i = 0; i < 200000; i++) {
		double x = f1p_rng_exponential(&r);
		assert_true(x >= 0.0);
		s1 += x;
		s2 += x * x;
	}
	assert_true(fabs(s1 / 200000 - 1.0) < 0.012);
	assert_true(fabs(s2 / 200000 - 2.0) < 0.06);
}

static void test_below_is_fair(void **state)
{
	(void)state;
	struct f1p_rng r;
	f1p_rng_seed(&r, 4, 1);
	int seen[7] = { 0 };
	for (int i = 0; i < 70000; i++) {
		uint32_t k = f1p_rng_below(&r, 7);
		assert_true(k < 7);
		seen[k]++;
	}
	for (int k = 0; k < 7; k++) {
		assert_in_range(seen[k], 9500, 10500);
	}
	assert_int_equal(f1p_rng_below(&r, 1), 0);
	assert_int_equal(f1p_rng_below(&r, 0), 0);
}

static void test_chance(void **state)
{
	(void)state;
	struct f1p_rng r;
	f1p_rng_seed(&r, 5, 1);
	int hits = 0;
	for (int i = 0; i < 10000; i++) {
		hits += f1p_rng_chance(&r, 0.3);
		assert_false(f1p_rng_chance(&r, 0.0));
		assert_true(f1p_rng_chance(&r, 1.0));
	}
	assert_in_range(hits, 2800, 3200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_splitmix64_known_vector),
		cmocka_unit_test(test_xoshiro_known_vector),
		cmocka_unit_test(test_same_seed_same_numbers),
		cmocka_unit_test(test_streams_differ),
		cmocka_unit_test(test_seed_zero_is_fine),
		cmocka_unit_test(test_uniform_moments),
		cmocka_unit_test(test_normal_moments),
		cmocka_unit_test(test_exponential_moments),
		cmocka_unit_test(test_below_is_fair),
		cmocka_unit_test(test_chance),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

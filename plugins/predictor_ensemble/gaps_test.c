/* gaps_test.c - scores of gaps by hand, and scales that make ranges hold what they promise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "gaps.h"

#define CARS 20u
#define RACES 60u
#define UNKNOWN F1P_UNKNOWN

static struct voices voices;
static struct f1p_forecast silent = { .n_cars = 1, .cars = { { .car = 4 } } }, said = { .n_cars = 1, .cars = { { .car = 4, .gap_given = 1 } } };

static void say(int32_t q05, int32_t q25, int32_t q50, int32_t q75, int32_t q95)
{
	const int32_t q[F1P_GAP_LEVELS] = { q05, q25, q50, q75, q95 };
	memcpy(said.cars[0].gap_ms, q, sizeof(q));
	voices.n = 2;
	voices.member[0].forecast = &silent;
	voices.member[1].forecast = &said;
}

static struct gap_score score(int32_t gap_ms, int32_t laps, uint8_t retired)
{
	const struct f1p_outcome o = { .car = 4, .gap_ms = gap_ms, .laps = laps, .retired = retired };
	return gaps_score(&voices, &o, 57);
}

static bool near(float a, double b)
{
	return fabs((double)a - b) < 1e-6;
}

static void test_a_result_is_as_far_off_as_it_lies(void **state)
{
	(void)state;
	say(10000, 18000, 20000, 24000, 40000);
	assert_true(near(score(20000, 57, F1P_NO).half, 0) && near(score(20000, 57, F1P_NO).most, 0));
	assert_true(near(score(24000, 57, F1P_NO).half, 1) && near(score(24000, 57, F1P_NO).most, 0.2));
	assert_true(near(score(15000, 57, F1P_NO).half, 2.5) && near(score(15000, 57, F1P_NO).most, 0.5));
	assert_true(isinf(score(UNKNOWN, 56, F1P_NO).half) && isinf(score(UNKNOWN, 40, F1P_YES).most));
	assert_true(score(UNKNOWN, 57, F1P_NO).half < 0 && score(UNKNOWN, 57, F1P_NO).most < 0); /* nobody told it */
	say(10000, 18000, 20000, 24000, UNKNOWN);
	assert_true(near(score(24000, 57, F1P_NO).half, 1) && score(24000, 57, F1P_NO).most < 0);
	say(0, 0, 0, 0, 5000);
	assert_true(near(score(0, 57, F1P_NO).half, 0) && isinf(score(100, 57, F1P_NO).half));
	voices.n = 1;
	assert_true(score(0, 57, F1P_NO).half < 0);
}

/* Results that lie up to four units off by the inner range and up to two by the outer one, evenly. */
static void test_scales_make_the_range_hold_its_share(void **state)
{
	(void)state;
	struct record_item items[RACES];
	struct record record = { .items = items, .n = RACES };
	double weight[RACES];
	static struct stack stack;
	memset(items, 0, sizeof(items));
	uint32_t stride;
	for (uint32_t race = 0; race < RACES; race++) {
		items[race] = (struct record_item){ .cars = CARS, .n = 1, .place = { .knot = 4 } };
		weight[race] = 1.0;
	}
	stride = record_stride(&items[0]);
	record.numbers = calloc((size_t)RACES * CARS * stride, sizeof(*record.numbers));
	for (uint32_t i = 0; i < RACES * CARS; i++) {
		float *rest = record.numbers + (size_t)i * stride + (STACK_TARGETS + 2), u = ((float)i + 0.5f) / (float)(RACES * CARS);
		items[i / CARS].at = (size_t)(i / CARS) * CARS * stride;
		rest[1] = 1.0f;
		rest[3] = 4.0f * u;
		rest[4] = i % 10 == 0 ? -1.0f : 2.0f * u; /* some say nothing */
	}
	assert_true(gaps_fit(&stack, &record, weight));
	assert_true(fabs(stack.gap50[4] - 2.0) < 0.02 && fabs(stack.gap90[4] - 1.8) < 0.02);
	assert_true(fabs(stack.gap50[7] - 1.0) < 1e-12); /* where nothing was seen */
	free(record.numbers);
}

static const int32_t *told(double half, double most)
{
	static struct f1p_forecast out;
	static struct stack stack;
	const struct stack_place place = { .knot = 2 };
	stack = (struct stack){ .races = 9, .gap50 = { [2] = half }, .gap90 = { [2] = most } };
	out = (struct f1p_forecast){ .n_cars = 1, .cars = { { .car = 4 } } };
	gaps_tell(&out, &voices, &stack, &place);
	assert_int_equal(out.cars[0].gap_given, 1);
	return out.cars[0].gap_ms;
}

static void test_ranges_are_widened_and_stay_in_order(void **state)
{
	(void)state;
	say(10000, 18000, 20000, 24000, 40000);
	const int32_t *q = told(2.0, 1.5);
	assert_true(q[0] == 5000 && q[1] == 16000 && q[2] == 20000 && q[3] == 28000 && q[4] == 50000);
	q = told(1.0, 3.0);
	assert_true(q[0] == 0 && q[4] == 80000);
	q = told(4.0, 0.25); /* the inner range ends where the outer one does */
	assert_true(q[0] == 17500 && q[1] == 17500 && q[3] == 25000 && q[4] == 25000);
	say(10000, 18000, 20000, UNKNOWN, UNKNOWN);
	q = told(2.0, 2.0);
	assert_true(q[0] == 0 && q[1] == 16000 && q[3] == UNKNOWN && q[4] == UNKNOWN);
	say(10000, 18000, UNKNOWN, UNKNOWN, UNKNOWN);
	q = told(2.0, 2.0);
	assert_true(q[0] == 10000 && q[1] == 18000 && q[2] == UNKNOWN);
}

static void test_who_hears_nothing_says_nothing(void **state)
{
	(void)state;
	static struct f1p_forecast out = { .n_cars = 1, .cars = { { .car = 4 } } };
	static const struct stack stack;
	const struct stack_place place = { .knot = 2 };
	voices.n = 1;
	voices.member[0].forecast = &silent;
	gaps_tell(&out, &voices, &stack, &place);
	assert_int_equal(out.cars[0].gap_given, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_result_is_as_far_off_as_it_lies),
		cmocka_unit_test(test_scales_make_the_range_hold_its_share),
		cmocka_unit_test(test_ranges_are_widened_and_stay_in_order),
		cmocka_unit_test(test_who_hears_nothing_says_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

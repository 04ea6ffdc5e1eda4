/*
 * gaps_test.c - quantiles of a gap that was counted in classes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "gaps.h"

#define RUNS 100u

static struct mc_counts counts;
static int32_t gap_ms[F1P_GAP_LEVELS];

static int begin(void **state)
{
	(void)state;
	memset(&counts, 0, sizeof(counts));
	return 0;
}

static void test_a_lane_that_wins_follows_and_falls_out(void **state)
{
	(void)state;
	counts.place[2][0] = 30;
	counts.gap[2][4] = 30;		/* 1 to 1.25 s */
	counts.gap[2][96 + 40] = 20;	/* 40 to 41 s; 20 more are out */
	mc_gap_quantiles(gap_ms, &counts, 2, RUNS, 90.0);
	assert_int_equal(gap_ms[F1P_GAP_Q05], 0);
	assert_int_equal(gap_ms[F1P_GAP_Q25], 0);
	assert_int_equal(gap_ms[F1P_GAP_Q50], 1167); /* two thirds of the class */
	assert_int_equal(gap_ms[F1P_GAP_Q75], 40750);
	assert_int_equal(gap_ms[F1P_GAP_Q95], F1P_UNKNOWN);
}

static void test_a_lap_behind_is_no_gap(void **state)
{
	(void)state;
	counts.gap[0][96 + 89] = 50; /* 89 to 90 s */
	counts.gap[0][96 + 90] = 50;
	mc_gap_quantiles(gap_ms, &counts, 0, RUNS, 90.0);
	assert_int_equal(gap_ms[F1P_GAP_Q25], 89500);
	assert_int_equal(gap_ms[F1P_GAP_Q75], F1P_UNKNOWN);
}

static void test_who_always_wins_and_who_never_arrives(void **state)
{
	(void)state;
	counts.place[0][0] = RUNS;
	mc_gap_quantiles(gap_ms, &counts, 0, RUNS, 90.0);
	assert_int_equal(gap_ms[F1P_GAP_Q95], 0);
	mc_gap_quantiles(gap_ms, &counts, 1, RUNS, 90.0);
	assert_int_equal(gap_ms[F1P_GAP_Q05], F1P_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_a_lane_that_wins_follows_and_falls_out, begin),
		cmocka_unit_test_setup(test_a_lap_behind_is_no_gap, begin),
		cmocka_unit_test_setup(test_who_always_wins_and_who_never_arrives, begin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

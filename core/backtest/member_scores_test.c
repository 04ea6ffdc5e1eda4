/* member_scores_test.c - who was better than the others this season, from the scores of its races. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "backtest/member_scores.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { KEEN, DULL, TABLE }; /* two members and a baseline */

static struct walk_score scores[32];
static struct walk_result result = {.names = {"keen", "dull", "grid_table"}, .n_models = 3, .first_baseline = 2, .scores = scores};

static void score(int32_t race_id, int phase, int model, double win, double podium, double points)
{
	struct walk_score *s = &scores[result.n_scores++];

	*s = (struct walk_score){.race_id = race_id, .phase = (uint8_t)phase, .model = (uint8_t)model};
	s->measures.v[MEASURE_WIN_LOGLOSS] = win;
	s->measures.v[MEASURE_PODIUM_LOGLOSS] = podium;
	s->measures.v[MEASURE_POINTS_LOGLOSS] = points;
}

static int begin(void **state)
{
	(void)state;
	result.n_scores = 0;
	return 0;
}

static void test_the_difference_to_the_mean_member_by_stage(void **state)
{
	struct f1p_member_score out[F1P_MEMBER_SCORES];

	(void)state;
	score(203101, F1P_PHASE_LIGHTS_OUT, KEEN, 0.10, 0.20, 0.30);
	score(203101, F1P_PHASE_LIGHTS_OUT, DULL, 0.20, 0.20, 0.50);
	score(203101, F1P_PHASE_LIGHTS_OUT, TABLE, 9, 9, 9);
	score(203101, F1P_PHASE_D50, KEEN, 0.10, 0.10, 0.10);
	score(203101, F1P_PHASE_D50, DULL, 0.10, 0.10, 0.10);
	score(203102, F1P_PHASE_D10, KEEN, 0.10, 0.10, 0.10);
	score(203102, F1P_PHASE_D10, DULL, 0.14, 0.10, 0.10);
	score(203102, F1P_PHASE_D90, KEEN, 0.10, 0.10, 0.10);
	score(203102, F1P_PHASE_D90, DULL, 0.18, 0.10, 0.10);
	assert_int_equal(member_scores_of(&result, 2031, out), 2);
	assert_string_equal(out[KEEN].name, "keen");
	assert_int_equal(out[KEEN].races[F1P_SCORE_START], 1);
	assert_int_equal(out[KEEN].races[F1P_SCORE_RACE], 2);
	assert_int_equal(out[KEEN].excess_e6[F1P_SCORE_START][F1P_SCORE_WIN], -50000);
	assert_int_equal(out[KEEN].excess_e6[F1P_SCORE_START][F1P_SCORE_PODIUM], 0);
	assert_int_equal(out[KEEN].excess_e6[F1P_SCORE_START][F1P_SCORE_POINTS], -100000);
	assert_int_equal(out[KEEN].excess_e6[F1P_SCORE_RACE][F1P_SCORE_WIN], -20000); /* of three snapshots */
	assert_int_equal(out[DULL].excess_e6[F1P_SCORE_RACE][F1P_SCORE_WIN], 20000);
	assert_int_equal(out[2].races[F1P_SCORE_START], 0);
}

static void test_other_seasons_and_moments_do_not_count(void **state)
{
	struct f1p_member_score out[F1P_MEMBER_SCORES];

	(void)state;
	score(203001, F1P_PHASE_D50, KEEN, 0.1, 0.1, 0.1);
	score(203101, F1P_PHASE_PRE_QUALIFYING, KEEN, 0.1, 0.1, 0.1);
	score(203101, WALK_SPRINT, KEEN, 0.1, 0.1, 0.1);
	score(203101, F1P_PHASE_D50, KEEN, NAN, 0.1, 0.1);
	assert_int_equal(member_scores_of(&result, 2031, out), 0);
	assert_int_equal(member_scores_of(&result, 2030, out), 1);
	assert_int_equal(out[0].races[F1P_SCORE_RACE], 1);
}

/* Who came later is compared on the races that he was in. */
static void test_a_member_that_came_later(void **state)
{
	struct f1p_member_score out[F1P_MEMBER_SCORES];

	(void)state;
	score(203101, F1P_PHASE_D50, KEEN, 0.9, 0.1, 0.1);
	score(203102, F1P_PHASE_D50, KEEN, 0.1, 0.1, 0.1);
	score(203102, F1P_PHASE_D50, DULL, 0.3, 0.1, 0.1);
	assert_int_equal(member_scores_of(&result, 2031, out), 2);
	assert_int_equal(out[DULL].races[F1P_SCORE_RACE], 1);
	assert_int_equal(out[DULL].excess_e6[F1P_SCORE_RACE][F1P_SCORE_WIN], 100000);
	assert_int_equal(out[KEEN].excess_e6[F1P_SCORE_RACE][F1P_SCORE_WIN], -50000); /* 0 and -0.1 */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_the_difference_to_the_mean_member_by_stage, begin),
		cmocka_unit_test_setup(test_other_seasons_and_moments_do_not_count, begin),
		cmocka_unit_test_setup(test_a_member_that_came_later, begin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

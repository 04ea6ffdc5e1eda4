/* season_test.c - who was worth more this season gets more, within bounds, and nothing becomes sharper by it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <cmocka.h>

#include "race_builder.h"
#include "season.h"

static struct voices voices;
static struct stack stack; /* knows nobody unless a test says so */
static const struct f1p_forecast said = { .model = "order" };

static struct f1p_state *season(int32_t laps, int32_t first_e6, int32_t second_e6)
{
	struct f1p_state *s = race_new(20, laps, 57);
	voices.n = 3;
	voices.member[0] = (struct f1p_member){ .size = sizeof(struct f1p_member), .instance = "predictor-midrace", .forecast = &said };
	voices.member[1] = (struct f1p_member){ .size = sizeof(struct f1p_member), .forecast = &said }; /* named by its model */
	voices.member[2] = (struct f1p_member){ .size = sizeof(struct f1p_member), .instance = "predictor-new", .forecast = &said };
	s->n_member_scores = 2;
	s->member_scores[0] = (struct f1p_member_score){ .name = "midrace", .races = { 5, 5 }, .excess_e6 = { { 0 }, { first_e6, 2 * first_e6, 0 } } };
	s->member_scores[1] = (struct f1p_member_score){ .name = "order", .races = { 5, 5 }, .excess_e6 = { { 0 }, { second_e6, 2 * second_e6, 0 } } };
	return s;
}

static void test_weights_follow_by_the_formula(void **state)
{
	(void)state;
	struct f1p_state *s = season(30, -1000, 1000);
	double w[3] = { 0.5, 0.4, 0.3 };
	season_tilt(w, &voices, &stack, s, 0.5);
	/* 5 races of 20 cars at 0.001: 0.1 of log-loss, times 0.5 */
	double a = 0.5 * exp(0.05), b = 0.4 * exp(-0.05), scale = 1.2 / (a + b + 0.3);
	assert_true(fabs(w[0] - a * scale) < 1e-9 && fabs(w[1] - b * scale) < 1e-9 && fabs(w[2] - 0.3 * scale) < 1e-9);
	free(s);
}

/* What the weights hold already does not move them again. */
static void test_who_is_as_good_as_usual_keeps_his_weight(void **state)
{
	(void)state;
	static const struct stack knows = { .n = 1, .member = { { .name = "order", .usual = { 0.0, 0.001 } } } };
	struct f1p_state *s = season(30, 0, 1000);
	double w[3] = { 0.5, 0.4, 0.3 };
	voices.member[0].forecast = voices.member[2].forecast = &(const struct f1p_forecast){ .model = "other" };
	season_tilt(w, &voices, &knows, s, 0.5);
	assert_true(fabs(w[0] - 0.5) < 1e-9 && fabs(w[1] - 0.4) < 1e-9 && fabs(w[2] - 0.3) < 1e-9);
	free(s);
}

static void test_the_start_has_its_own_scores(void **state)
{
	(void)state;
	struct f1p_state *grid = season(0, -30000, 30000), *s = season(30, -30000, 30000);
	double start[3] = { 1, 1, 1 }, off[3] = { 1, 1, 1 };
	season_tilt(start, &voices, &stack, grid, 0.1);
	season_tilt(off, &voices, &stack, s, 0.0);
	assert_true(fabs(start[0] - 1.0) < 1e-12 && fabs(off[0] - 1.0) < 1e-12);
	free(s);
	free(grid);
}

static void test_one_race_of_madness_moves_it_no_further_than_the_bound(void **state)
{
	(void)state;
	struct f1p_state *s = season(30, -7000000, 7000000);
	double w[3] = { 0.5, 0.4, 0.0 };
	season_tilt(w, &voices, &stack, s, 5.0);
	assert_true(fabs(w[0] + w[1] - 0.9) < 1e-12 && w[2] <= 0.0);
	assert_true(fabs(w[0] / w[1] - 1.25 * exp(1.4)) < 1e-9);
	free(s);
}

static void test_a_season_without_races_changes_nothing(void **state)
{
	(void)state;
	struct f1p_state *s = season(30, -1000, 1000);
	double w[3] = { 0.5, 0.4, 0.3 };
	s->n_member_scores = 0;
	season_tilt(w, &voices, &stack, s, 0.5);
	assert_true(fabs(w[0] - 0.5) < 1e-15 && fabs(w[1] - 0.4) < 1e-15);
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_weights_follow_by_the_formula),
		cmocka_unit_test(test_who_is_as_good_as_usual_keeps_his_weight),
		cmocka_unit_test(test_the_start_has_its_own_scores),
		cmocka_unit_test(test_one_race_of_madness_moves_it_no_further_than_the_bound),
		cmocka_unit_test(test_a_season_without_races_changes_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

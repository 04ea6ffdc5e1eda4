/* score_test.c - scores of constructed forecasts whose value can be worked out by hand. */
#include "forecast/score.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct f1p_forecast *forecast_of(uint32_t n)
{
	struct f1p_forecast *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->n_cars = n;
	for (uint32_t i = 0; i < n; i++)
		f->cars[i].car = (uint16_t)(i + 10);
	return f;
}

/* Car i ends at place i + 1 for certain. */
static struct f1p_forecast *certain(uint32_t n)
{
	struct f1p_forecast *f = forecast_of(n);

	for (uint32_t i = 0; i < n; i++) {
		struct f1p_car_forecast *c = &f->cars[i];
		c->p_position[i] = 1;
		c->p_win = i < 1;
		c->p_podium = i < 3;
		c->p_points = i < 10;
		c->expected_position = i + 1;
		c->q05 = c->q25 = c->q50 = c->q75 = c->q95 = (uint8_t)(i + 1);
	}
	return f;
}

static struct f1p_forecast *uniform(uint32_t n)
{
	struct f1p_forecast *f = forecast_of(n);

	for (uint32_t i = 0; i < n; i++) {
		struct f1p_car_forecast *c = &f->cars[i];
		for (uint32_t k = 0; k < n; k++)
			c->p_position[k] = 1.0 / n;
		c->p_win = 1.0 / n;
		c->p_podium = 3.0 / n;
		c->p_points = 10.0 / n;
		c->expected_position = (n + 1) / 2.0;
		c->q05 = 1;
		c->q25 = (uint8_t)(n / 4 + 1);
		c->q75 = (uint8_t)(3 * n / 4);
		c->q95 = (uint8_t)n;
	}
	return f;
}

/* Cars in the order of their numbers, moved on by `shift` places. */
static struct score_result in_order(uint32_t n, uint32_t shift)
{
	struct score_result r = {.n = n};

	for (uint32_t i = 0; i < n; i++)
		r.cars[i] = (struct score_car){.car = (uint16_t)(i + 10), .position = (uint16_t)((i + shift) % n + 1)};
	return r;
}

static void a_perfect_forecast_costs_next_to_nothing(void **arg)
{
	struct f1p_forecast *f = certain(20);
	struct score_result r = in_order(20, 0);
	struct score s;

	(void)arg;
	assert_true(score_forecast(&s, f, &r));
	assert_int_equal(s.cars, 20);
	assert_true(s.top3_hit == 1 && s.winner_hit == 1 && s.rps == 0 && s.mae == 0 && s.podium_brier == 0);
	assert_true(s.win_logloss < 1e-3 && s.cover50 == 1 && s.cover90 == 1);
	free(f);
}

static void a_certain_and_wrong_forecast_costs_the_clip_and_not_infinity(void **arg)
{
	struct f1p_forecast *f = certain(20);
	struct score_result r = in_order(20, 10);
	struct score s;

	(void)arg;
	assert_true(score_forecast(&s, f, &r));
	assert_true(s.top3_hit == 0 && s.winner_hit == 0 && s.cover90 == 0 && s.mae == 10);
	assert_true(fabs(s.winner_logloss + log(5e-4)) < 1e-12);
	/* Two of twenty are wrong about the win: the one who should have, the one who did. */
	assert_true(fabs(s.win_logloss - (2 * -log(5e-4) + 18 * -log(1 - 5e-4)) / 20) < 1e-12);
	assert_true(s.points_brier == 1); /* everyone is on the wrong side of tenth place */
	free(f);
}

static void knowing_nothing_has_the_textbook_scores(void **arg)
{
	struct f1p_forecast *f = uniform(20);
	struct score_result r = in_order(20, 0);
	struct score s;

	(void)arg;
	assert_true(score_forecast(&s, f, &r));
	assert_true(fabs(s.winner_logloss - log(20)) < 1e-12);
	assert_true(fabs(s.win_logloss - (log(20) + 19 * log(20 / 19.0)) / 20) < 1e-12);
	assert_true(fabs(s.win_brier - (0.95 * 0.95 + 19 * 0.05 * 0.05) / 20) < 1e-12);
	assert_true(fabs(s.mae - 5) < 1e-12);
	/* mean over places y of sum over k < n of (k/n - [y <= k])^2 / (n - 1) = (n + 1) / (6 n) */
	assert_true(fabs(s.rps - 21.0 / 120) < 1e-12);
	assert_true(fabs(s.cover50 - 0.5) < 1e-12 && s.cover90 == 1);
	free(f);
}

static void cars_that_only_one_side_knows_are_left_out(void **arg)
{
	struct f1p_forecast *f = certain(4);
	struct score_result r = in_order(4, 0);
	struct score s;

	(void)arg;
	r.cars[3].car = 99;
	assert_true(score_forecast(&s, f, &r));
	assert_int_equal(s.cars, 3);
	r.n = 0;
	assert_false(score_forecast(&s, f, &r));
	free(f);
}

static void the_result_is_the_running_order_of_the_state(void **arg)
{
	struct f1p_state *st = calloc(1, sizeof(*st));
	struct score_result r;

	(void)arg;
	assert_non_null(st);
	st->n_cars = 3;
	for (uint16_t i = 0; i < 3; i++) {
		st->cars[i].number = (uint16_t)(i + 1);
		st->order[i] = (uint16_t)(2 - i);
	}
	st->cars[0].retired = F1P_YES;
	score_result_of(&r, st);
	assert_int_equal(r.n, 3);
	assert_true(r.cars[0].car == 3 && r.cars[0].position == 1);
	assert_true(r.cars[2].car == 1 && r.cars[2].position == 3 && r.cars[2].retired);
	free(st);
}

#define FAR F1P_UNKNOWN /* laps behind, or out */
#define NO_END (-1)

static bool is_share(uint32_t cars, double share, int wanted)
{
	return wanted == NO_END ? cars == 0 && isnan(share) : cars == 1 && share == wanted;
}

static void say_gap(struct f1p_car_forecast *c, const int32_t gap_ms[F1P_GAP_LEVELS])
{
	c->gap_given = 1;
	memcpy(c->gap_ms, gap_ms, sizeof(c->gap_ms));
}

static void a_gap_counts_where_its_range_has_an_end(void **arg)
{
	static const struct {
		int32_t said[F1P_GAP_LEVELS], came;
		int in50, in90;
	} cases[] = {
		{{1000, 2000, 3000, 4000, 5000}, 999, 0, 0}, {{1000, 2000, 3000, 4000, 5000}, 1000, 0, 1},
		{{1000, 2000, 3000, 4000, 5000}, 1999, 0, 1}, {{1000, 2000, 3000, 4000, 5000}, 2000, 1, 1},
		{{1000, 2000, 3000, 4000, 5000}, 4000, 1, 1}, {{1000, 2000, 3000, 4000, 5000}, 4001, 0, 1},
		{{1000, 2000, 3000, 4000, 5000}, 5001, 0, 0}, {{1000, 2000, 3000, 4000, 5000}, FAR, 0, 0},
		{{1000, 2000, 3000, 4000, FAR}, 900000, 0, NO_END}, {{1000, 2000, 3000, 4000, FAR}, 3000, 1, NO_END},
		{{1000, 2000, FAR, FAR, FAR}, 3000, NO_END, NO_END}, {{FAR, FAR, FAR, FAR, FAR}, FAR, NO_END, NO_END},
		{{0, 0, 0, 0, 0}, 0, 1, 1}};
	struct f1p_forecast *f = certain(1);
	struct score_result r = in_order(1, 0);
	struct score s;

	(void)arg;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		say_gap(&f->cars[0], cases[i].said);
		r.cars[0].gap_known = true;
		r.cars[0].gap_ms = cases[i].came;
		assert_true(score_forecast(&s, f, &r));
		assert_true(is_share(s.gap_cars50, s.gap_cover50, cases[i].in50) && is_share(s.gap_cars90, s.gap_cover90, cases[i].in90));
	}
	free(f);
}

static void only_gaps_that_are_said_and_known_count(void **arg)
{
	static const int32_t said[F1P_GAP_LEVELS] = {1000, 2000, 3000, 4000, 5000}, unsaid[F1P_GAP_LEVELS] = {0};
	struct f1p_forecast *f = certain(5);
	struct score_result r = in_order(5, 0);
	struct score s;

	(void)arg;
	for (uint32_t i = 0; i < 5; i++) {
		say_gap(&f->cars[i], said);
		r.cars[i].gap_known = true;
		r.cars[i].gap_ms = i == 0 ? 3000 : i == 1 ? 4500 : FAR;
	}
	r.cars[3].gap_known = false;
	say_gap(&f->cars[4], unsaid);
	f->cars[4].gap_given = 0;
	assert_true(score_forecast(&s, f, &r));
	assert_true(s.gap_cars50 == 3 && s.gap_cars90 == 3);
	assert_true(fabs(s.gap_cover50 - 1 / 3.0) < 1e-12 && fabs(s.gap_cover90 - 2 / 3.0) < 1e-12);
	for (uint32_t i = 0; i < 3; i++)
		r.cars[i].gap_known = false;
	assert_true(score_forecast(&s, f, &r));
	assert_int_equal(s.cars, 5);
	assert_true(s.gap_cars50 == 0 && isnan(s.gap_cover50) && isnan(s.gap_cover90));
	free(f);
}

static void gaps_of_the_result_are_those_that_the_state_has_at_the_end(void **arg)
{
	enum { WINNER, BEHIND, PUNISHED, UNTOLD, LAPPED, PUNISHED_AND_LAPPED, OUT, CARS };
	static const int32_t known[CARS] = {[WINNER] = 0, [BEHIND] = 8123, [LAPPED] = FAR, [PUNISHED_AND_LAPPED] = FAR, [OUT] = FAR};
	struct f1p_state *st = calloc(1, sizeof(*st));
	struct score_result r;

	(void)arg;
	assert_non_null(st);
	st->n_cars = CARS;
	for (uint16_t i = 0; i < CARS; i++) {
		st->cars[i].number = (uint16_t)(i + 1);
		st->cars[i].gap_ms = i == BEHIND ? 8123 : i == PUNISHED || i == OUT ? 9000 : F1P_UNKNOWN;
		st->order[i] = i;
	}
	st->cars[LAPPED].gap_laps = st->cars[PUNISHED_AND_LAPPED].gap_laps = 1;
	st->cars[PUNISHED].penalty_ms = st->cars[PUNISHED_AND_LAPPED].penalty_ms = 5000;
	st->cars[OUT].retired = F1P_YES;
	score_result_of(&r, st);
	for (uint16_t i = 0; i < CARS; i++) {
		assert_int_equal(r.cars[i].gap_known, i != PUNISHED && i != UNTOLD);
		if (r.cars[i].gap_known)
			assert_int_equal(r.cars[i].gap_ms, known[i]);
	}
	/* The classification will have another winner, or other gaps to him; who is laps behind stays so. */
	st->cars[WINNER].penalty_ms = 5000;
	score_result_of(&r, st);
	for (uint16_t i = 0; i < CARS; i++)
		assert_int_equal(r.cars[i].gap_known, i >= LAPPED);
	free(st);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_perfect_forecast_costs_next_to_nothing),
		cmocka_unit_test(a_certain_and_wrong_forecast_costs_the_clip_and_not_infinity),
		cmocka_unit_test(knowing_nothing_has_the_textbook_scores),
		cmocka_unit_test(cars_that_only_one_side_knows_are_left_out),
		cmocka_unit_test(the_result_is_the_running_order_of_the_state),
		cmocka_unit_test(a_gap_counts_where_its_range_has_an_end),
		cmocka_unit_test(only_gaps_that_are_said_and_known_count),
		cmocka_unit_test(gaps_of_the_result_are_those_that_the_state_has_at_the_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

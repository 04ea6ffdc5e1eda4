/*
 * blocks_test.c - matrices bent to the chances of win, podium and points: exact sums, impossible targets, empty rows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <cmocka.h>

#include "blocks.h"
#include "race_builder.h"

static double upto(const struct positions_matrix *m, uint32_t row, uint32_t places)
{
	double sum = 0.0;
	for (uint32_t k = 0; k < places; k++) {
		sum += m->m[row][k];
	}
	return sum;
}

static void assert_fitted(const struct positions_matrix *m, const struct positions_field *f, const struct blocks_targets *t)
{
	assert_true(positions_error(m, f->n) < 1e-9);
	for (uint32_t row = 0; row < f->n; row++) {
		if (f->running[row]) {
			assert_true(fabs(m->m[row][0] - t->win[row]) < 1e-9);
			assert_true(fabs(upto(m, row, 3) - t->podium[row]) < 1e-9);
			assert_true(fabs(upto(m, row, 10) - t->points[row]) < 1e-9);
		}
	}
}

/* Targets that fall with the row; `sharp` is how much from one row to the next, in log-odds. */
static void falling(struct blocks_targets *t, uint32_t n, double sharp)
{
	double z[F1P_MAX_CARS];
	for (uint32_t i = 0; i < n; i++) {
		z[i] = -sharp * (double)i;
	}
	blocks_normalise(z, NULL, NULL, n, 1.0, 0.0, t->win);
	blocks_normalise(z, t->win, NULL, n, 3.0, 0.0, t->podium);
	blocks_normalise(z, t->podium, NULL, n, 10.0, 0.0, t->points);
}

static void test_normalise_reaches_the_sum(void **state)
{
	(void)state;
	double z[5] = { 0, 0, 0, 0, 0 }, p[5], sum = 0.0;
	blocks_normalise(z, NULL, NULL, 5, 3.0, 0.0, p);
	for (int i = 0; i < 5; i++) {
		assert_true(fabs(p[i] - 0.6) < 1e-12);
	}
	const double wild[5] = { 50, -50, 3, 2.5, -700 };
	blocks_normalise(wild, NULL, NULL, 5, 3.0, 0.0, p);
	for (int i = 0; i < 5; i++) {
		assert_true(p[i] >= 0.0 && p[i] <= 1.0);
		sum += p[i];
	}
	assert_true(fabs(sum - 3.0) < 1e-11 && p[0] > 0.999 && p[4] < 1e-9);
}

static void test_normalise_keeps_the_least(void **state)
{
	(void)state;
	const double z[4] = { 2, 1, 0, -9 }, least[4] = { 0.1, 0.2, 0.0, 0.7 };
	double p[4];
	blocks_normalise(z, least, NULL, 4, 2.0, 0.0, p);
	assert_true(p[3] == 0.7);
	assert_true(fabs(p[0] + p[1] + p[2] - 1.3) < 1e-11 && p[0] > p[1] && p[1] > p[2]);
}

static void test_normalise_stays_below_the_most(void **state)
{
	(void)state;
	const double z[4] = { 30, 1, 1, -2 }, most[4] = { 0.6, 1.0, 0.5, 0.9 };
	double p[4];
	blocks_normalise(z, NULL, most, 4, 2.0, 0.0, p);
	assert_true(fabs(p[0] - 0.6) < 1e-9 && p[2] < 0.5 && p[3] < 0.9);
	assert_true(fabs(p[0] + p[1] + p[2] + p[3] - 2.0) < 1e-11);
	assert_true(fabs(p[2] / p[1] - 0.5) < 1e-12); /* the same log-odds of what each can have */
}

static void test_more_places_than_cars_are_certain(void **state)
{
	(void)state;
	const double z[3] = { 1, -4, 0 };
	double p[3];
	blocks_normalise(z, NULL, NULL, 3, 10.0, 0.0, p);
	assert_true(p[0] == 1.0 && p[1] == 1.0 && p[2] == 1.0);
}

static void test_sums_are_exact_for_any_field(void **state)
{
	(void)state;
	static const double sharps[] = { 0.0, 0.3, 2.0, 12.0 };
	for (uint32_t cars = 1; cars <= 32; cars++) {
		struct f1p_state *s = race_new(cars, 20, 57);
		struct positions_field f;
		positions_field_init(&f, s);
		for (uint32_t k = 0; k < 4; k++) {
			struct blocks_targets t;
			struct positions_matrix m;
			falling(&t, cars, sharps[k]);
			positions_broad(&m, &f);
			assert_true(blocks_fit(&m, &f, &t, 10));
			assert_fitted(&m, &f, &t);
		}
		free(s);
	}
}

static void test_inner_odds_are_kept(void **state)
{
	(void)state;
	struct f1p_state *s = race_new(6, 20, 57);
	struct positions_field f;
	struct positions_matrix m, certain;
	struct blocks_targets t;
	positions_field_init(&f, s);
	positions_broad(&m, &f);
	positions_certain(&certain, &f);
	positions_mix(&m, &certain, 0.5, f.n);
	const struct positions_matrix before = m;
	falling(&t, 6, 0.2);
	assert_true(blocks_fit(&m, &f, &t, 10));
	double was = before.m[1][1] * before.m[2][2] / (before.m[1][2] * before.m[2][1]);
	double is = m.m[1][1] * m.m[2][2] / (m.m[1][2] * m.m[2][1]);
	assert_true(fabs(is / was - 1.0) < 1e-6);
	free(s);
}

static void test_an_empty_row_is_filled(void **state)
{
	(void)state;
	struct f1p_state *s = race_new(20, 20, 57);
	struct positions_field f;
	struct positions_matrix m;
	struct blocks_targets t;
	positions_field_init(&f, s);
	positions_certain(&m, &f); /* the last car is called impossible on the podium, the targets say otherwise */
	falling(&t, 20, 0.1);
	assert_true(blocks_fit(&m, &f, &t, 10));
	assert_fitted(&m, &f, &t);
	free(s);
}

static void test_retired_cars_are_left_alone(void **state)
{
	(void)state;
	struct f1p_state *s = race_new(20, 20, 57);
	struct positions_field f;
	struct positions_matrix m;
	struct blocks_targets t = { .win = { 0 } };
	double z[F1P_MAX_CARS] = { 0 }, p[3][F1P_MAX_CARS];
	s->cars[4].retired = s->cars[9].retired = F1P_YES;
	positions_field_init(&f, s);
	positions_broad(&m, &f);
	for (uint32_t i = 0; i < 18; i++) {
		z[i] = -0.2 * (double)i;
	}
	blocks_normalise(z, NULL, NULL, 18, 1.0, 0.0, p[0]);
	blocks_normalise(z, p[0], NULL, 18, 3.0, 0.0, p[1]);
	blocks_normalise(z, p[1], NULL, 18, 10.0, 0.0, p[2]);
	for (uint32_t row = 0, i = 0; row < 20; row++) {
		if (f.running[row]) {
			t.win[row] = p[0][i];
			t.podium[row] = p[1][i];
			t.points[row] = p[2][i++];
		}
	}
	assert_true(blocks_fit(&m, &f, &t, 10));
	assert_fitted(&m, &f, &t);
	assert_true(m.m[4][18] + m.m[4][19] == 1.0 && m.m[9][0] == 0.0);
	free(s);
}

static void test_impossible_targets_change_nothing(void **state)
{
	(void)state;
	struct f1p_state *s = race_new(20, 20, 57);
	struct positions_field f;
	struct positions_matrix m, before;
	struct blocks_targets t;
	positions_field_init(&f, s);
	positions_broad(&m, &f);
	before = m;
	falling(&t, 20, 0.3);
	t.podium[0] = t.win[0] - 0.1; /* less than the win */
	assert_false(blocks_fit(&m, &f, &t, 10));
	falling(&t, 20, 0.3);
	t.win[19] += 0.2; /* more than one winner */
	assert_false(blocks_fit(&m, &f, &t, 10));
	falling(&t, 20, 0.3);
	t.points[3] = NAN;
	assert_false(blocks_fit(&m, &f, &t, 10));
	assert_memory_equal(&m, &before, sizeof(m));
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_normalise_reaches_the_sum),
		cmocka_unit_test(test_normalise_keeps_the_least),
		cmocka_unit_test(test_normalise_stays_below_the_most),
		cmocka_unit_test(test_more_places_than_cars_are_certain),
		cmocka_unit_test(test_sums_are_exact_for_any_field),
		cmocka_unit_test(test_inner_odds_are_kept),
		cmocka_unit_test(test_an_empty_row_is_filled),
		cmocka_unit_test(test_retired_cars_are_left_alone),
		cmocka_unit_test(test_impossible_targets_change_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

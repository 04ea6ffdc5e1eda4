/*
 * positions_test.c - matrices of finishing positions: order of the cars, sums of one, figures shown.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <cmocka.h>

#include "positions.h"
#include "race_builder.h"

static void test_rows_go_by_car_number(void **state)
{
	(void)state;
	struct positions_field f;
	struct f1p_state *s = race_new(4, 10, 57);
	s->cars[0].number = 44;
	s->cars[1].number = 1;
	s->cars[2].number = 81;
	s->cars[3].number = 16;
	positions_field_init(&f, s);
	assert_int_equal(f.car[0], 1);
	assert_int_equal(f.car[1], 3);
	assert_int_equal(f.car[2], 0);
	assert_int_equal(f.car[3], 2);
	assert_int_equal(f.order[0], 2); /* position 1 is car 44, the third row */
	free(s);
}

static void test_retired_cars_stand_last_by_laps(void **state)
{
	(void)state;
	struct positions_field f;
	struct f1p_state *s = race_new(4, 10, 57);
	s->cars[0].retired = F1P_YES;
	s->cars[0].laps = 3;
	s->cars[1].retired = F1P_YES;
	s->cars[1].laps = 8;
	positions_field_init(&f, s);
	assert_int_equal(f.n_running, 2);
	assert_int_equal(f.order[0], 2);
	assert_int_equal(f.order[1], 3);
	assert_int_equal(f.order[2], 1);
	assert_int_equal(f.order[3], 0);
	free(s);
}

static void test_unknown_positions_go_by_grid(void **state)
{
	(void)state;
	struct positions_field f;
	struct f1p_state *s = race_grid(3, 57);
	s->cars[0].position = s->cars[1].position = s->cars[2].position = F1P_UNKNOWN;
	s->cars[0].grid = 0; /* pit lane */
	s->cars[1].grid = 2;
	s->cars[2].grid = 1;
	positions_field_init(&f, s);
	assert_int_equal(f.order[0], 2);
	assert_int_equal(f.order[1], 1);
	assert_int_equal(f.order[2], 0);
	free(s);
}

static void test_balance_reaches_sums_of_one(void **state)
{
	(void)state;
	struct positions_matrix m;
	for (uint32_t i = 0; i < 20; i++) {
		for (uint32_t k = 0; k < 20; k++) {
			m.m[i][k] = exp(-fabs((double)i - (double)k) * 0.7) * (1.0 + 0.3 * (double)((i * 7 + k * 3) % 5));
		}
	}
	m.m[3][4] = 0.0;
	assert_true(positions_balance(&m, 20));
	assert_true(positions_error(&m, 20) < 1e-10);
	assert_true(m.m[3][4] == 0.0);
}

static void test_balance_refuses_the_impossible(void **state)
{
	(void)state;
	struct positions_matrix m = { { { 0 } } };
	m.m[0][0] = m.m[1][0] = m.m[2][0] = 1.0; /* three cars, one place */
	assert_false(positions_balance(&m, 3));
}

static void test_balance_of_nearly_certain_tables(void **state)
{
	(void)state;
	struct positions_matrix m;
	for (uint32_t i = 0; i < 22; i++) {
		for (uint32_t k = 0; k < 22; k++) {
			m.m[i][k] = i == k ? 0.999 : 1e-5 * (double)(1 + (i + 2 * k) % 4);
		}
	}
	m.m[5][6] += 2e-3;
	assert_true(positions_balance(&m, 22));
	assert_true(positions_error(&m, 22) < 1e-10);
	assert_true(m.m[0][0] > 0.99 && m.m[5][6] > m.m[6][5]);
}

static void test_broad_keeps_the_retired_in_place(void **state)
{
	(void)state;
	struct positions_field f;
	struct positions_matrix m;
	struct f1p_state *s = race_new(5, 10, 57);
	s->cars[2].retired = F1P_YES;
	positions_field_init(&f, s);
	positions_broad(&m, &f);
	assert_true(positions_error(&m, 5) < 1e-15);
	assert_true(m.m[2][4] == 1.0);
	assert_true(m.m[0][3] == 0.25 && m.m[0][4] == 0.0);
	free(s);
}

static void test_restrict_clears_what_cannot_be(void **state)
{
	(void)state;
	struct positions_field f;
	struct positions_matrix m;
	struct f1p_state *s = race_new(3, 10, 57);
	s->cars[1].retired = F1P_YES;
	positions_field_init(&f, s);
	for (uint32_t i = 0; i < 3; i++) {
		for (uint32_t k = 0; k < 3; k++) {
			m.m[i][k] = 1.0 / 3.0;
		}
	}
	positions_restrict(&m, &f);
	assert_true(m.m[1][0] == 0.0 && m.m[1][1] == 0.0 && m.m[1][2] > 0.0);
	assert_true(m.m[0][2] == 0.0);
	assert_true(positions_balance(&m, 3));
	free(s);
}

static void test_fill_shows_the_right_figures(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct positions_field field;
	struct positions_matrix m;
	static const double none[F1P_MAX_CARS];
	struct f1p_state *s = race_new(4, 10, 57);
	positions_field_init(&field, s);
	positions_broad(&m, &field);
	positions_fill(&f, s, &field, &m, none);
	assert_int_equal(f.n_cars, 4);
	assert_true(fabs(f.cars[0].expected_position - 2.5) < 1e-12);
	assert_true(fabs(f.cars[0].p_podium - 0.75) < 1e-12);
	assert_int_equal(f.cars[0].q05, 1);
	assert_int_equal(f.cars[0].q50, 2);
	assert_int_equal(f.cars[0].q95, 4);
	assert_true(f.confidence < 1e-12);
	positions_certain(&m, &field);
	positions_fill(&f, s, &field, &m, none);
	assert_true(f.confidence == 1.0);
	free(s);
}

static void test_take_undoes_fill(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct positions_field field;
	struct positions_matrix m, back;
	double retire[F1P_MAX_CARS] = { 0.1, 0.2, 0.3 }, retire_back[F1P_MAX_CARS];
	struct f1p_state *s = race_new(3, 10, 57);
	positions_field_init(&field, s);
	positions_broad(&m, &field);
	m.m[0][0] += 0.1;
	m.m[0][1] -= 0.1;
	positions_fill(&f, s, &field, &m, retire);
	assert_true(positions_take(&back, retire_back, &f, s, &field));
	for (uint32_t i = 0; i < 3; i++) {
		assert_memory_equal(back.m[i], m.m[i], 3 * sizeof(double));
		assert_true(retire_back[i] == retire[i]);
	}
	s->cars[1].number = 99; /* a car that the forecast does not know */
	positions_field_init(&field, s);
	assert_false(positions_take(&back, retire_back, &f, s, &field));
	free(s);
}

static void test_laps_done(void **state)
{
	(void)state;
	struct f1p_state *s = race_new(3, 10, 57);
	assert_int_equal(positions_laps_done(s), 10);
	s->lap = F1P_UNKNOWN;
	assert_int_equal(positions_laps_done(s), 10);
	s->cars[0].laps = 12;
	s->cars[0].retired = F1P_YES;
	assert_int_equal(positions_laps_done(s), 10);
	free(s);
	s = race_grid(3, 57);
	assert_int_equal(positions_laps_done(s), 0);
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_go_by_car_number),
		cmocka_unit_test(test_retired_cars_stand_last_by_laps),
		cmocka_unit_test(test_unknown_positions_go_by_grid),
		cmocka_unit_test(test_balance_reaches_sums_of_one),
		cmocka_unit_test(test_balance_refuses_the_impossible),
		cmocka_unit_test(test_balance_of_nearly_certain_tables),
		cmocka_unit_test(test_broad_keeps_the_retired_in_place),
		cmocka_unit_test(test_restrict_clears_what_cannot_be),
		cmocka_unit_test(test_fill_shows_the_right_figures),
		cmocka_unit_test(test_take_undoes_fill),
		cmocka_unit_test(test_laps_done),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* baselines_test.c - the plain forecasts say what has been seen, sum to one, and know nothing before anything was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "backtest/baselines.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CARS 20u
#define assert_near(a, b, tolerance) assert_true(fabs((a) - (b)) <= (tolerance))

struct world {
	struct baselines *b;
	struct entry_list entries;
	struct f1p_state *state;
	struct f1p_forecast f;
};

/* Cars 1..20 start and lie in the order of their numbers; the first `swapped` of them finish in the reverse order. */
static void make(struct world *w, uint16_t swapped)
{
	memset(&w->entries, 0, sizeof(w->entries));
	memset(w->state, 0, sizeof(*w->state));
	w->entries.n = w->entries.n_started = w->state->n_cars = CARS;
	for (uint16_t i = 0; i < CARS; i++) {
		w->entries.cars[i] = (struct entry){.car = (uint16_t)(i + 1), .start = (uint16_t)(i + 1), .grid = i + 1,
			.finish = (uint16_t)(i < swapped ? swapped - i : i + 1)};
		w->state->cars[i].number = (uint16_t)(i + 1);
		w->state->cars[i].retired = F1P_NO;
		w->state->order[i] = i;
	}
}

static void open_world(struct world *w)
{
	w->b = baselines_create();
	w->state = calloc(1, sizeof(*w->state));
	assert_true(w->b && w->state);
	make(w, 0);
}

static void close_world(struct world *w)
{
	baselines_destroy(w->b);
	free(w->state);
}

static void check_sums(const struct f1p_forecast *f, double tolerance)
{
	double win = 0, podium = 0;

	for (uint32_t k = 0; k < f->n_cars; k++) {
		double row = 0, column = 0;
		for (uint32_t i = 0; i < f->n_cars; i++) {
			row += f->cars[k].p_position[i];
			column += f->cars[i].p_position[k];
		}
		assert_near(row, 1, 1e-9);
		assert_near(column, 1, 1e-9);
		win += f->cars[k].p_win;
		podium += f->cars[k].p_podium;
	}
	assert_near(win, 1, tolerance);
	assert_near(podium, 3, 3 * tolerance);
}

static void test_all_sum_to_one_even_before_anything_was_seen(void **state)
{
	struct world w;

	(void)state;
	open_world(&w);
	for (int b = 0; b < BASELINES; b++) {
		baselines_forecast(w.b, (enum baseline)b, F1P_PHASE_D50, w.state, &w.entries, &w.f);
		if (b != BASELINE_ORDER_TABLE) /* its odds are said as they were counted */
			check_sums(&w.f, 1e-9);
		for (uint32_t i = 0; i < CARS; i++)
			assert_true(w.f.cars[i].p_retire > 0 && w.f.cars[i].p_retire < 1);
	}
	baselines_forecast(w.b, BASELINE_GRID_TABLE, F1P_PHASE_LIGHTS_OUT, w.state, &w.entries, &w.f);
	assert_near(w.f.cars[0].p_win, 1.0 / CARS, 1e-9);
	close_world(&w);
}

static void test_a_plain_order_names_its_first(void **state)
{
	struct world w;

	(void)state;
	open_world(&w);
	w.state->order[0] = 4; /* car 5 leads */
	w.state->order[4] = 0;
	baselines_forecast(w.b, BASELINE_CURRENT_ORDER, F1P_PHASE_D50, w.state, &w.entries, &w.f);
	assert_near(w.f.cars[4].p_win, .5 + .5 / CARS, 1e-9);
	assert_int_equal(w.f.cars[4].q50, 1);
	baselines_forecast(w.b, BASELINE_GRID, F1P_PHASE_D50, w.state, &w.entries, &w.f);
	assert_near(w.f.cars[0].p_win, .5 + .5 / CARS, 1e-9);
	baselines_forecast(w.b, BASELINE_CURRENT_ORDER, F1P_PHASE_LIGHTS_OUT, w.state, &w.entries, &w.f);
	assert_int_equal(w.f.cars[0].q50, 1); /* nobody has moved yet */
	close_world(&w);
}

static void test_tables_learn_what_came(void **state)
{
	struct world w;

	(void)state;
	open_world(&w);
	for (int race = 0; race < 100; race++) {
		make(&w, race % 4 ? 0 : 2); /* in one of four the second wins */
		baselines_learn_grid(w.b, &w.entries);
		baselines_learn(w.b, F1P_PHASE_D50, w.state, &w.entries);
	}
	baselines_forecast(w.b, BASELINE_GRID_TABLE, F1P_PHASE_LIGHTS_OUT, w.state, &w.entries, &w.f);
	check_sums(&w.f, 1e-9);
	assert_near(w.f.cars[0].p_win, .75, .07);
	assert_near(w.f.cars[1].p_win, .25, .07);
	baselines_forecast(w.b, BASELINE_ORDER_TABLE, F1P_PHASE_D50, w.state, &w.entries, &w.f);
	assert_near(w.f.cars[0].p_win, 75.2 / 101, 1e-9);
	assert_near(w.f.cars[1].p_win, 25.2 / 101, 1e-9);
	assert_near(w.f.cars[2].p_podium, 100.2 / 101, 1e-9);
	baselines_forecast(w.b, BASELINE_ORDER_TABLE, F1P_PHASE_D90, w.state, &w.entries, &w.f);
	assert_near(w.f.cars[0].p_win, .2, 1e-9); /* nothing was seen there */
	close_world(&w);
}

static void test_who_is_out_stays_where_he_is(void **state)
{
	struct world w;

	(void)state;
	open_world(&w);
	w.state->cars[0].retired = F1P_YES; /* it still leads by the feed's order */
	for (int b = BASELINE_CURRENT_ORDER; b <= BASELINE_ORDER_TABLE; b++) {
		baselines_forecast(w.b, (enum baseline)b, F1P_PHASE_D50, w.state, &w.entries, &w.f);
		assert_near(w.f.cars[0].p_win + w.f.cars[0].p_podium, 0, 1e-9);
		assert_near(w.f.cars[0].p_retire, 1, 1e-9);
		assert_near(w.f.cars[0].p_position[CARS - 1], 1, 1e-9);
		assert_true(w.f.cars[1].p_win >= w.f.cars[2].p_win);
	}
	close_world(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_sum_to_one_even_before_anything_was_seen),
		cmocka_unit_test(test_a_plain_order_names_its_first),
		cmocka_unit_test(test_tables_learn_what_came),
		cmocka_unit_test(test_who_is_out_stays_where_he_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* baselines_file_test.c - a table that went through the model file says the same, and broken text is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "backtest/baselines.h"

#include <stdlib.h>
#include <string.h>

#define CARS 6u

static struct entry_list entries;
static struct f1p_state *state;
static struct f1p_forecast before, after;

static int set_up(void **arg)
{
	(void)arg;
	state = calloc(1, sizeof(*state));
	if (!state)
		return -1;
	memset(&entries, 0, sizeof(entries));
	entries.n = entries.n_started = state->n_cars = CARS;
	for (uint16_t i = 0; i < CARS; i++) {
		entries.cars[i] = (struct entry){.car = (uint16_t)(i + 1), .start = (uint16_t)(i + 1), .grid = i + 1,
			.finish = (uint16_t)(CARS - i), .retired = i == 0};
		state->cars[i].number = (uint16_t)(i + 1);
		state->cars[i].retired = F1P_NO;
		state->order[i] = i;
	}
	return 0;
}

static int tear_down(void **arg)
{
	(void)arg;
	free(state);
	return 0;
}

static char *text_of(const struct baselines *b, size_t *n)
{
	struct f1p_json j;

	f1p_json_init(&j);
	baselines_save(b, &j);
	const char *text = f1p_json_text(&j, n);
	assert_non_null(text);
	char *copy = strdup(text);
	f1p_json_finish(&j);
	return copy;
}

static void test_the_same_forecasts_come_back(void **arg)
{
	struct baselines *b = baselines_create();
	size_t n, again_n;

	(void)arg;
	for (int race = 0; race < 130; race++) { /* more than are kept */
		entries.cars[2].finish = race % 2 ? 4 : 3;
		entries.cars[3].finish = race % 2 ? 3 : 4;
		baselines_learn_grid(b, &entries);
		baselines_learn(b, F1P_PHASE_LIGHTS_OUT, state, &entries);
		baselines_learn(b, F1P_PHASE_D50, state, &entries);
	}
	char *text = text_of(b, &n);
	struct baselines *loaded = baselines_load(text, n);
	assert_non_null(loaded);
	char *again = text_of(loaded, &again_n);
	assert_string_equal(text, again);
	for (int which = 0; which < BASELINES; which++)
		for (int phase = F1P_PHASE_LIGHTS_OUT; phase <= F1P_PHASE_D50; phase++) {
			baselines_forecast(b, (enum baseline)which, (enum f1p_phase)phase, state, &entries, &before);
			baselines_forecast(loaded, (enum baseline)which, (enum f1p_phase)phase, state, &entries, &after);
			assert_memory_equal(&before, &after, sizeof(before));
		}
	free(text);
	free(again);
	baselines_destroy(b);
	baselines_destroy(loaded);
}

static void test_broken_text_is_refused(void **arg)
{
	static const char *const bad[] = {"", "[]", "{\"grids\":[[33]]}", "{\"grids\":[[1,-2]]}", "{\"grids\":[[1", "{\"orders\":[]}",
		"{\"orders\":[{},{},{},{},{},{},{},{},{},{},{}]}", "{\"starters\":[1,2,3]}", "{\"starters\":[1e99]}"};

	(void)arg;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_null(baselines_load(bad[i], strlen(bad[i])));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_the_same_forecasts_come_back, set_up, tear_down),
		cmocka_unit_test(test_broken_text_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

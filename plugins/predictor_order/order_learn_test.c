/*
 * order_learn_test.c - predictor_order learns its table from races that it is shown, keeps it in the model file, and reads it back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <cmocka.h>

#include <f1pd/model.h>

#include "race_builder.h"

struct order_cfg {
	double retire_per_lap;
	int64_t default_laps;
};

extern const struct f1p_entry f1p_entry_v1;

#define CARS 20u
#define LAPS 50

/* ---- a host that has a model file ---- */

static char fragment_text[1 << 20];
static size_t fragment_bytes;
static int warnings;

static const char *fragment(const struct f1p_host *host, const char *id, size_t *n)
{
	(void)host;
	*n = fragment_bytes;
	return fragment_bytes && strcmp(id, "predictor_order") == 0 ? fragment_text : NULL;
}

static const void *get_extension(const struct f1p_host *host, const char *id)
{
	static const struct f1p_model model = { .size = sizeof(model), .fragment = fragment };
	(void)host;
	return strcmp(id, F1P_EXT_MODEL) == 0 ? &model : NULL;
}

static void count_warning(const struct f1p_host *host, int level, const char *fmt, ...)
{
	(void)host;
	(void)fmt;
	warnings += level == F1P_LOG_WARN;
}

static const struct f1p_host host = { .size = sizeof(host), .log = count_warning, .get_extension = get_extension };

static void keep(void *arg, const void *bytes, size_t n)
{
	(void)arg;
	assert_true(fragment_bytes + n < sizeof(fragment_text));
	memcpy(fragment_text + fragment_bytes, bytes, n);
	fragment_bytes += n;
}

static int setup(void **state)
{
	(void)state;
	fragment_bytes = 0;
	warnings = 0;
	return 0;
}

static struct f1p_plugin *plugin_new(void)
{
	static const struct order_cfg cfg = { 0.0017, 57 };
	struct f1p_plugin *p = f1p_entry_v1.create(&host, "predictor_order");
	assert_non_null(p);
	assert_int_equal(p->init(p), F1P_OK);
	assert_int_equal(p->configure(p, &cfg), F1P_OK);
	assert_int_equal(p->start(p), F1P_OK);
	return p;
}

static const struct f1p_trainable *trainable(struct f1p_plugin *p)
{
	const struct f1p_trainable *t = p->get_extension(p, F1P_EXT_TRAINABLE);
	assert_non_null(t);
	return t;
}

static struct f1p_state *snapshot(int32_t lap)
{
	return lap > 0 ? race_new(CARS, lap, LAPS) : race_grid(CARS, LAPS);
}

/* Shows a whole race in which place o of the start (from 0) ends at place end[o] (from 1), retired if beyond `finishers`. */
static void show_race(struct f1p_plugin *p, int32_t race_id, const int32_t *end, int32_t finishers, int32_t step)
{
	for (int32_t lap = 0; lap < LAPS; lap += step) {
		struct f1p_state *s = snapshot(lap);
		struct f1p_outcome outcome[CARS];
		for (uint32_t i = 0; i < CARS; i++) {
			uint8_t retired = end[i] > finishers ? F1P_YES : F1P_NO;
			outcome[i] = (struct f1p_outcome){ .car = s->cars[i].number, .position = end[i], .retired = retired,
				.classified = F1P_YES, .laps = LAPS };
		}
		struct f1p_example e = { .size = sizeof(e), .phase = lap ? F1P_PHASE_NONE : F1P_PHASE_LIGHTS_OUT, .race_id = race_id,
			.lap = lap, .laps = LAPS, .state = s, .outcome = outcome };
		assert_int_equal(trainable(p)->example(p, &e), F1P_OK);
		free(s);
	}
}

static void forecast(struct f1p_plugin *p, int32_t lap, struct f1p_forecast *out)
{
	const struct f1p_predictor *predictor = p->get_extension(p, F1P_EXT_PREDICTOR);
	struct f1p_state *s = snapshot(lap);
	memset(out, 0, sizeof(*out));
	out->size = sizeof(*out);
	assert_int_equal(predictor->predict(p, s, 1, NULL, NULL, out), F1P_OK);
	free(s);
}

/* The second always wins, the others keep their places. */
static void swapped(int32_t *end)
{
	for (uint32_t i = 0; i < CARS; i++) {
		end[i] = (int32_t)i + 1;
	}
	end[0] = 2;
	end[1] = 1;
}

static void test_it_learns_what_it_is_shown(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	int32_t end[CARS];
	struct f1p_plugin *p = plugin_new();
	assert_int_equal(trainable(p)->begin(p), F1P_OK);
	swapped(end);
	for (int32_t race = 0; race < 60; race++) {
		show_race(p, 202001 + race, end, (int32_t)CARS, 2);
	}
	assert_int_equal(trainable(p)->fit(p, 202101), F1P_OK);
	for (int32_t lap = 0; lap < 45; lap += 15) {
		forecast(p, lap, &f);
		assert_true(f.cars[1].p_win > 0.6 && f.cars[0].p_win < 0.3);
		assert_true(f.cars[19].p_position[19] > 0.8);
		assert_true(f.cars[5].p_retire < 0.01);
	}
	p->destroy(p);
}

static void test_retirements_are_counted(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	int32_t end[CARS];
	struct f1p_plugin *p = plugin_new();
	assert_int_equal(trainable(p)->begin(p), F1P_OK);
	swapped(end);
	for (int32_t race = 0; race < 40; race++) {
		show_race(p, 202001 + race, end, 16, 2); /* four of twenty retire, whoever it is */
	}
	assert_int_equal(trainable(p)->fit(p, 202101), F1P_OK);
	forecast(p, 20, &f);
	assert_true(fabs(f.cars[3].p_retire - 0.2) < 0.01);
	p->destroy(p);
}

static void test_too_few_races_change_nothing(void **state)
{
	(void)state;
	static struct f1p_forecast before, after;
	int32_t end[CARS];
	struct f1p_plugin *p = plugin_new();
	forecast(p, 20, &before);
	assert_int_equal(trainable(p)->begin(p), F1P_OK);
	swapped(end);
	show_race(p, 202001, end, (int32_t)CARS, 2);
	assert_int_equal(trainable(p)->fit(p, 202101), F1P_AGAIN);
	forecast(p, 20, &after);
	assert_memory_equal(&before, &after, sizeof(before));
	p->destroy(p);
}

static void test_a_race_counts_once_however_often_it_is_seen(void **state)
{
	(void)state;
	static struct f1p_forecast few, many;
	int32_t end[CARS];
	for (int32_t step = 1; step <= 2; step++) {
		struct f1p_plugin *p = plugin_new();
		assert_int_equal(trainable(p)->begin(p), F1P_OK);
		swapped(end);
		for (int32_t race = 0; race < 20; race++) {
			show_race(p, 202001 + race, end, (int32_t)CARS, step);
		}
		assert_int_equal(trainable(p)->fit(p, 202101), F1P_OK);
		forecast(p, 20, step == 1 ? &many : &few);
		p->destroy(p);
	}
	assert_true(fabs(few.cars[1].p_win - many.cars[1].p_win) < 1e-12);
}

static void test_what_was_learnt_comes_back_from_the_file(void **state)
{
	(void)state;
	static struct f1p_forecast learnt, read;
	int32_t end[CARS];
	struct f1p_plugin *p = plugin_new();
	assert_int_equal(trainable(p)->begin(p), F1P_OK);
	swapped(end);
	for (int32_t race = 0; race < 20; race++) {
		show_race(p, 202001 + race, end, 18, 2);
	}
	assert_int_equal(trainable(p)->fit(p, 202101), F1P_OK);
	forecast(p, 20, &learnt);
	assert_int_equal(trainable(p)->save(p, keep, NULL), F1P_OK);
	p->destroy(p);
	p = plugin_new();
	forecast(p, 20, &read);
	p->destroy(p);
	for (uint32_t i = 0; i < CARS; i++) {
		assert_true(fabs(read.cars[i].p_win - learnt.cars[i].p_win) < 1e-7);
		assert_true(fabs(read.cars[i].p_retire - learnt.cars[i].p_retire) < 1e-7);
	}
	assert_int_equal(warnings, 0);
}

static void test_a_file_of_nonsense_leaves_the_built_in_table(void **state)
{
	(void)state;
	static struct f1p_forecast built_in, now;
	static const char *const bad[] = { "{\"table\":[1,2,3]}", "not json", "{}", "{\"races\":[1e300],\"table\":[]}" };
	struct f1p_plugin *p = plugin_new();
	forecast(p, 20, &built_in);
	p->destroy(p);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		fragment_bytes = strlen(bad[i]);
		memcpy(fragment_text, bad[i], fragment_bytes + 1);
		warnings = 0;
		p = plugin_new();
		forecast(p, 20, &now);
		p->destroy(p);
		assert_memory_equal(&built_in, &now, sizeof(now));
		assert_int_equal(warnings, 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_it_learns_what_it_is_shown, setup),
		cmocka_unit_test_setup(test_retirements_are_counted, setup),
		cmocka_unit_test_setup(test_too_few_races_change_nothing, setup),
		cmocka_unit_test_setup(test_a_race_counts_once_however_often_it_is_seen, setup),
		cmocka_unit_test_setup(test_what_was_learnt_comes_back_from_the_file, setup),
		cmocka_unit_test_setup(test_a_file_of_nonsense_leaves_the_built_in_table, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

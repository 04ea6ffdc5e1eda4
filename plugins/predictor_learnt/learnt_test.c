/*
 * learnt_test.c - predictor_learnt learns a world whose rules are known: constant paces, one stop of 22 s each, the clock decides.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <cmocka.h>

#include <f1pd/model.h>

#include "helpers/rng.h"
#include "race_builder.h"

extern const struct f1p_entry f1p_entry_v1;

#define CARS 20u
#define LAPS 50
#define STOP_S 22.0

/* ---- a host that has a model file ---- */

static char fragment_text[1 << 18];
static size_t fragment_bytes;
static int warnings;

static const char *fragment(const struct f1p_host *host, const char *id, size_t *n)
{
	(void)host;
	*n = fragment_bytes;
	return fragment_bytes && strcmp(id, "predictor_learnt") == 0 ? fragment_text : NULL;
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

static struct f1p_plugin *plugin_new(void)
{
	struct f1p_plugin *p = f1p_entry_v1.create(&host, "predictor_learnt");
	assert_non_null(p);
	assert_int_equal(p->init(p), F1P_OK);
	assert_int_equal(p->configure(p, NULL), F1P_OK);
	assert_int_equal(p->start(p), F1P_OK);
	return p;
}

static const struct f1p_trainable *trainable(struct f1p_plugin *p)
{
	const struct f1p_trainable *t = p->get_extension(p, F1P_EXT_TRAINABLE);
	assert_non_null(t);
	return t;
}

/* ---- the world ---- */

struct racer {
	double pace_s;    /* added to each lap */
	double start_s;   /* gap at the start */
	int32_t stop_lap;
};

static double clock_of(const struct racer *r, int32_t lap)
{
	return r->start_s + lap * (90.0 + r->pace_s) + (lap >= r->stop_lap ? STOP_S : 0.0);
}

static uint32_t rank_of(const struct racer *racers, uint32_t n, uint32_t i, int32_t lap)
{
	uint32_t rank = 1;
	for (uint32_t k = 0; k < n; k++) {
		double mine = clock_of(&racers[i], lap), other = clock_of(&racers[k], lap);
		rank += other < mine || (other == mine && k < i);
	}
	return rank;
}

static struct f1p_state *snapshot(const struct racer *racers, uint32_t n, int32_t lap)
{
	struct f1p_state *s = race_new(n, lap, LAPS);
	double leader = 1e9;
	for (uint32_t i = 0; i < n; i++) {
		leader = fmin(leader, clock_of(&racers[i], lap));
	}
	for (uint32_t i = 0; i < n; i++) {
		struct f1p_car *car = &s->cars[i];
		bool stopped = lap >= racers[i].stop_lap;
		car->position = (int32_t)rank_of(racers, n, i, lap);
		car->gap_ms = (int32_t)((clock_of(&racers[i], lap) - leader) * 1000.0);
		car->n_stints = 0;
		race_stint(car, F1P_TYRE_MEDIUM, stopped ? racers[i].stop_lap : lap);
		if (stopped) {
			race_stint(car, F1P_TYRE_HARD, lap - racers[i].stop_lap);
		}
		car->stops = stopped;
		for (uint32_t k = 0; k < car->n_laps; k++) {
			struct f1p_lap *l = &car->history[k];
			bool in = (int32_t)k + 1 == racers[i].stop_lap;
			l->time_ms = (int32_t)((90.0 + racers[i].pace_s + (in ? STOP_S : 0.0)) * 1000.0);
			l->flags = in ? F1P_LAPF_IN : 0;
			l->compound = F1P_TYRE_MEDIUM; /* these tyres do not wear */
			l->tyre_age = 5;
		}
		for (uint32_t k = 0; k < F1P_PRIORS; k++) {
			s->car_prior[i][k] = F1P_UNKNOWN;
		}
	}
	for (uint32_t k = 0; k < F1P_PRIORS; k++) {
		s->prior[k] = F1P_UNKNOWN;
	}
	return s;
}

static void draw_field(struct f1p_rng *rng, struct racer *racers)
{
	for (uint32_t i = 0; i < CARS; i++) {
		racers[i] = (struct racer){ 0.12 * f1p_rng_normal(rng), 0.4 * i, 15 + (int32_t)f1p_rng_below(rng, 21) };
	}
}

static void show_race(struct f1p_plugin *p, int32_t race_id, const struct racer *racers)
{
	struct f1p_outcome outcome[CARS];
	for (uint32_t i = 0; i < CARS; i++) {
		outcome[i] = (struct f1p_outcome){ .car = (uint16_t)(3 + 3 * i), .position = (int32_t)rank_of(racers, CARS, i, LAPS),
			.classified = F1P_YES, .retired = F1P_NO, .laps = LAPS };
	}
	for (int32_t lap = 1; lap < LAPS; lap += 2) {
		struct f1p_state *s = snapshot(racers, CARS, lap);
		struct f1p_example e = { .size = sizeof(e), .phase = F1P_PHASE_NONE, .race_id = race_id, .lap = lap, .laps = LAPS,
			.state = s, .outcome = outcome };
		assert_int_equal(trainable(p)->example(p, &e), F1P_OK);
		free(s);
	}
}

static void train(struct f1p_plugin *p, int32_t races)
{
	struct racer racers[CARS];
	struct f1p_rng rng;
	f1p_rng_seed(&rng, 11, 1);
	assert_int_equal(trainable(p)->begin(p), F1P_OK);
	for (int32_t race = 0; race < races; race++) {
		draw_field(&rng, racers);
		show_race(p, 202000 + race + 1, racers);
	}
}

static f1p_status predict(struct f1p_plugin *p, const struct f1p_state *s, struct f1p_forecast *out)
{
	const struct f1p_predictor *predictor = p->get_extension(p, F1P_EXT_PREDICTOR);
	memset(out, 0, sizeof(*out));
	out->size = sizeof(*out);
	f1p_status status = predictor->predict(p, s, 1, NULL, NULL, out);
	for (uint32_t i = 0; status == F1P_OK && i < out->n_cars; i++) {
		double row = 0, column = 0;
		for (uint32_t k = 0; k < out->n_cars; k++) {
			row += out->cars[i].p_position[k];
			column += out->cars[k].p_position[i];
		}
		assert_true(fabs(row - 1.0) < 1e-9 && fabs(column - 1.0) < 1e-9);
	}
	return status;
}

/* One plugin that has learnt, for all tests. */
static struct f1p_plugin *taught;

static int teach(void **state)
{
	(void)state;
	taught = plugin_new();
	train(taught, 40);
	assert_int_equal(trainable(taught)->fit(taught, 202101), F1P_OK);
	assert_int_equal(trainable(taught)->save(taught, keep, NULL), F1P_OK);
	return 0;
}

static int dismiss(void **state)
{
	(void)state;
	taught->destroy(taught);
	return 0;
}

static void even_field(struct racer *racers, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		racers[i] = (struct racer){ 0.0, 2.0 * i, 20 };
	}
}

static void test_nothing_learnt_nothing_said(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct racer racers[CARS];
	size_t bytes = fragment_bytes;
	fragment_bytes = 0;
	even_field(racers, CARS);
	struct f1p_plugin *p = plugin_new();
	struct f1p_state *s = snapshot(racers, CARS, 25);
	assert_int_equal(predict(p, s, &f), F1P_EUNSUPPORTED);
	train(p, 5);
	assert_int_equal(trainable(p)->fit(p, 202101), F1P_AGAIN);
	assert_int_equal(predict(p, s, &f), F1P_EUNSUPPORTED);
	free(s);
	p->destroy(p);
	fragment_bytes = bytes;
}

static void test_a_big_lead_late_is_nearly_certain(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct racer racers[CARS];
	even_field(racers, CARS);
	racers[0].start_s = -60.0;
	struct f1p_state *s = snapshot(racers, CARS, LAPS - 1);
	assert_int_equal(predict(taught, s, &f), F1P_OK);
	assert_true(f.cars[0].p_win > 0.97 && f.cars[0].p_podium > 0.99);
	assert_true(f.cars[19].p_points < 0.02);
	free(s);
}

static void test_who_must_still_stop_is_behind_already(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct racer racers[CARS];
	even_field(racers, CARS);
	racers[5].stop_lap = 45; /* leads on the road at lap 35, 10 s behind the first in truth */
	struct f1p_state *s = snapshot(racers, CARS, 35);
	assert_int_equal(s->cars[5].position, 1);
	assert_int_equal(predict(taught, s, &f), F1P_OK);
	assert_true(f.cars[5].p_win < 0.1 && f.cars[0].p_win > 0.5);
	free(s);
}

static void test_the_faster_car_catches_up(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct racer racers[CARS];
	even_field(racers, CARS);
	racers[3].pace_s = -0.4; /* fourth, 6 s behind at the start; 4 s ahead of all at the flag */
	struct f1p_state *s = snapshot(racers, CARS, 10);
	assert_int_equal(predict(taught, s, &f), F1P_OK);
	assert_true(f.cars[3].p_win > f.cars[0].p_win && f.cars[3].p_win > 0.4);
	free(s);
}

static void test_chances_grow_sharper_with_the_distance(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct racer racers[CARS];
	double before = 0.0;
	even_field(racers, CARS);
	for (uint32_t i = 0; i < CARS; i++) {
		racers[i].start_s = 1.0 * i; /* near enough for what is not known of the paces to matter */
	}
	for (int32_t lap = 5; lap < LAPS; lap += 11) {
		struct f1p_state *s = snapshot(racers, CARS, lap);
		assert_int_equal(predict(taught, s, &f), F1P_OK);
		assert_true(f.cars[0].p_win > before);
		assert_true(f.cars[0].p_win > f.cars[1].p_win && f.cars[1].p_podium > f.cars[4].p_podium);
		before = f.cars[0].p_win;
		free(s);
	}
}

static void test_order_of_the_cars_changes_nothing(void **state)
{
	(void)state;
	static struct f1p_forecast f, g;
	struct racer racers[CARS];
	struct f1p_rng rng;
	f1p_rng_seed(&rng, 3, 3);
	draw_field(&rng, racers);
	struct f1p_state *s = snapshot(racers, CARS, 25), *t = snapshot(racers, CARS, 25);
	for (uint32_t i = 0; i < CARS; i++) {
		t->cars[i] = s->cars[CARS - 1 - i];
		memcpy(t->car_prior[i], s->car_prior[CARS - 1 - i], sizeof(t->car_prior[i]));
	}
	assert_int_equal(predict(taught, s, &f), F1P_OK);
	assert_int_equal(predict(taught, t, &g), F1P_OK);
	for (uint32_t i = 0; i < CARS; i++) {
		assert_memory_equal(f.cars[i].p_position, g.cars[CARS - 1 - i].p_position, sizeof(f.cars[i].p_position));
	}
	free(s);
	free(t);
}

static void test_any_number_of_cars(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct racer racers[F1P_MAX_CARS];
	even_field(racers, F1P_MAX_CARS);
	for (uint32_t n = 1; n <= F1P_MAX_CARS; n++) {
		struct f1p_state *s = snapshot(racers, n, 25);
		if (n > 5) {
			s->cars[2].retired = F1P_YES;
		}
		assert_int_equal(predict(taught, s, &f), F1P_OK);
		assert_true(n <= 5 || (f.cars[2].p_win == 0.0 && f.cars[2].p_retire == 1.0 && f.cars[2].p_position[n - 1] == 1.0));
		free(s);
	}
}

static void test_wild_values_do_no_harm(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct racer racers[CARS];
	static const int32_t wild[] = { INT32_MIN, INT32_MAX, -1, 0, 1000000000 };
	even_field(racers, CARS);
	for (uint32_t k = 0; k < 5; k++) {
		struct f1p_state *s = snapshot(racers, CARS, 25);
		for (uint32_t i = 0; i < CARS; i += 3) {
			struct f1p_car *c = &s->cars[i];
			c->gap_ms = c->gap_laps = c->interval_ms = c->stops = c->tyre_age = c->stint_laps = c->penalty_ms = c->grid = wild[k];
			c->compound = 255;
			c->history[20].time_ms = wild[k];
			for (uint32_t j = 0; j < F1P_PRIORS; j++) {
				s->car_prior[i][j] = wild[k];
				s->prior[j] = wild[k];
			}
		}
		assert_int_equal(predict(taught, s, &f), F1P_OK);
		free(s);
	}
}

static void test_silent_before_the_first_lap_and_after_the_flag(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct racer racers[CARS];
	struct f1p_state *grid = race_grid(CARS, LAPS);
	assert_int_equal(predict(taught, grid, &f), F1P_EUNSUPPORTED);
	even_field(racers, CARS);
	struct f1p_state *s = snapshot(racers, CARS, 25);
	s->status = F1P_STATUS_FINISHED;
	assert_int_equal(predict(taught, s, &f), F1P_EUNSUPPORTED);
	s->status = F1P_STATUS_STARTED;
	s->type = F1P_SESSION_QUALIFYING;
	assert_int_equal(predict(taught, s, &f), F1P_EUNSUPPORTED);
	free(grid);
	free(s);
}

static void test_the_model_file_brings_it_back(void **state)
{
	(void)state;
	static struct f1p_forecast learnt, read;
	struct racer racers[CARS];
	even_field(racers, CARS);
	struct f1p_state *s = snapshot(racers, CARS, 25);
	struct f1p_plugin *p = plugin_new();
	assert_int_equal(predict(taught, s, &learnt), F1P_OK);
	assert_int_equal(predict(p, s, &read), F1P_OK);
	for (uint32_t i = 0; i < CARS; i++) {
		assert_true(fabs(learnt.cars[i].p_win - read.cars[i].p_win) < 1e-5);
		assert_true(fabs(learnt.cars[i].p_points - read.cars[i].p_points) < 1e-5);
	}
	assert_int_equal(warnings, 0);
	p->destroy(p);
	free(s);
}

static void test_a_file_of_nonsense_is_refused(void **state)
{
	(void)state;
	static const char *const bad[] = { "{}", "{\"races\":[30]}", "x" };
	static char good[sizeof(fragment_text)];
	static struct f1p_forecast f;
	struct racer racers[CARS];
	size_t bytes = fragment_bytes;
	even_field(racers, CARS);
	struct f1p_state *s = snapshot(racers, CARS, 25);
	memcpy(good, fragment_text, bytes);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		fragment_bytes = strlen(bad[i]);
		memcpy(fragment_text, bad[i], fragment_bytes + 1);
		warnings = 0;
		struct f1p_plugin *p = plugin_new();
		assert_int_equal(predict(p, s, &f), F1P_EUNSUPPORTED);
		assert_int_equal(warnings, 1);
		p->destroy(p);
	}
	memcpy(fragment_text, good, bytes);
	fragment_bytes = bytes;
	warnings = 0;
	free(s);
}

/* Cuts "pairs":[...], out of the text of the file and puts another in its place. */
static size_t replace_pairs(char *out, const char *other)
{
	const char *at = strstr(fragment_text, "\"pairs\":["), *end;
	assert_non_null(at);
	end = strstr(at, "],");
	assert_non_null(end);
	size_t n = (size_t)(at - fragment_text);
	memcpy(out, fragment_text, n);
	memcpy(out + n, other, strlen(other));
	size_t rest = fragment_bytes - (size_t)(end + 2 - fragment_text);
	memcpy(out + n + strlen(other), end + 2, rest);
	return n + strlen(other) + rest;
}

static void test_a_file_from_before_the_pairs_still_serves(void **state)
{
	(void)state;
	static char kept[sizeof(fragment_text)], other[sizeof(fragment_text)];
	static const char *const pairs[] = { "", "\"pairs\":[1,2]," };
	static struct f1p_forecast f;
	struct racer racers[CARS];
	size_t bytes = fragment_bytes;
	even_field(racers, CARS);
	struct f1p_state *s = snapshot(racers, CARS, LAPS - 1);
	memcpy(kept, fragment_text, bytes);
	for (int damaged = 0; damaged < 2; damaged++) {
		fragment_bytes = replace_pairs(other, pairs[damaged]);
		memcpy(fragment_text, other, fragment_bytes);
		warnings = 0;
		struct f1p_plugin *p = plugin_new();
		assert_int_equal(warnings, damaged);
		assert_int_equal(predict(p, s, &f), damaged ? F1P_EUNSUPPORTED : F1P_OK);
		assert_true(damaged || (f.cars[0].p_win > 0.8 && f.cars[0].expected_position < 2.0));
		p->destroy(p);
		memcpy(fragment_text, kept, bytes);
		fragment_bytes = bytes;
	}
	warnings = 0;
	free(s);
}

/* The places inside a group follow the order, and nobody is far from where the clock puts him. */
static void test_places_follow_the_clock(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct racer racers[CARS];
	even_field(racers, CARS);
	struct f1p_state *s = snapshot(racers, CARS, LAPS - 5);
	assert_int_equal(predict(taught, s, &f), F1P_OK);
	for (uint32_t i = 0; i < CARS; i++) {
		assert_true(i == 0 || f.cars[i].expected_position > f.cars[i - 1].expected_position);
		assert_true(fabs(f.cars[i].expected_position - (i + 1.0)) < 1.5);
		assert_true(f.cars[i].p_position[i] > 0.5);
	}
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_learnt_nothing_said),
		cmocka_unit_test(test_a_big_lead_late_is_nearly_certain),
		cmocka_unit_test(test_who_must_still_stop_is_behind_already),
		cmocka_unit_test(test_the_faster_car_catches_up),
		cmocka_unit_test(test_chances_grow_sharper_with_the_distance),
		cmocka_unit_test(test_order_of_the_cars_changes_nothing),
		cmocka_unit_test(test_any_number_of_cars),
		cmocka_unit_test(test_wild_values_do_no_harm),
		cmocka_unit_test(test_silent_before_the_first_lap_and_after_the_flag),
		cmocka_unit_test(test_the_model_file_brings_it_back),
		cmocka_unit_test(test_a_file_of_nonsense_is_refused),
		cmocka_unit_test(test_a_file_from_before_the_pairs_still_serves),
		cmocka_unit_test(test_places_follow_the_clock),
	};
	return cmocka_run_group_tests(tests, teach, dismiss);
}

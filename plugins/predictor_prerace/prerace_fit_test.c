/*
 * prerace_fit_test.c - what predictor_prerace learns from constructed pasts, and what its text in the model file brings back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <cmocka.h>

#include <f1pd/model.h>

#include "helpers/rng.h"
#include "plackett.h"
#include "race_builder.h"
#include "slots.h"

struct prerace_cfg {
	double record_young;
};

extern const struct f1p_entry f1p_entry_v1;

#define CARS 12u

static void test_plackett_finds_the_weights(void **state)
{
	(void)state;
	enum { RACES = 400 };
	static double input[RACES][CARS][STARTER_INPUTS];
	static struct plackett_race races[RACES];
	struct f1p_rng rng;
	double weight[STARTER_INPUTS];
	f1p_rng_seed(&rng, 5, 0);
	for (uint32_t r = 0; r < RACES; r++) {
		double result[CARS];
		for (uint32_t i = 0; i < CARS; i++) {
			double a = f1p_rng_normal(&rng), b = f1p_rng_normal(&rng);
			double time = f1p_log(f1p_rng_exponential(&rng)) - (1.0 * a + 0.5 * b);
			uint32_t at = i;
			for (; at > 0 && result[at - 1] > time; at--) {
				result[at] = result[at - 1];
				memcpy(input[r][at], input[r][at - 1], sizeof(input[r][at]));
			}
			result[at] = time;
			memset(input[r][at], 0, sizeof(input[r][at]));
			input[r][at][0] = a;
			input[r][at][3] = b;
		}
		races[r] = (struct plackett_race){ CARS, 1.0, input[r] };
	}
	assert_true(plackett_fit(races, RACES, 1.0, weight));
	assert_true(fabs(weight[0] - 1.0) < 0.12 && fabs(weight[3] - 0.5) < 0.12);
	assert_true(fabs(weight[1]) < 1e-6);
}

static void test_record_of_a_grid_that_never_changes(void **state)
{
	(void)state;
	struct slots_count count;
	struct slots_table table;
	struct positions_matrix m;
	memset(&count, 0, sizeof(count));
	for (uint32_t race = 0; race < 100; race++) {
		for (uint32_t g = 1; g <= 22; g++) {
			slots_add(&count, 22, g, g);
		}
	}
	slots_smooth(&table, &count);
	for (uint32_t n = 1; n <= 24; n++) { /* read for fields of other sizes too */
		slots_for_field(&m, &table, n);
		assert_true(positions_error(&m, n) < 1e-9);
		for (uint32_t g = 0; g < n; g++) {
			double near = 0.0;
			for (uint32_t k = 0; k < n; k++) {
				near += k + 6 >= g && k <= g + 6 ? m.m[g][k] : 0.0;
			}
			assert_true(near > 0.9);
		}
		assert_true(m.m[0][0] > 0.9);
	}
}

struct text {
	char bytes[65536];
	size_t n;
};

static void append(void *arg, const void *bytes, size_t n)
{
	struct text *t = arg;
	assert_true(t->n + n < sizeof(t->bytes));
	memcpy(t->bytes + t->n, bytes, n);
	t->n += n;
}

static struct text kept;

static const char *fragment(const struct f1p_host *host, const char *id, size_t *n)
{
	(void)host;
	*n = kept.n;
	return kept.n && strcmp(id, "predictor_prerace") == 0 ? kept.bytes : NULL;
}

static const char *version(const struct f1p_host *host)
{
	(void)host;
	return "0123456789ab";
}

static const void *extension(const struct f1p_host *host, const char *id)
{
	static const struct f1p_model model = { .size = sizeof(model), .fragment = fragment, .version = version };
	(void)host;
	return strcmp(id, F1P_EXT_MODEL) == 0 ? &model : NULL;
}

static struct f1p_plugin *start_plugin(void)
{
	static const struct prerace_cfg cfg = { 0.3 };
	static const struct f1p_host host = { .size = sizeof(host), .get_extension = extension };
	struct f1p_plugin *p = f1p_entry_v1.create(&host, "predictor_prerace");
	assert_non_null(p);
	assert_int_equal(p->init(p), F1P_OK);
	assert_int_equal(p->configure(p, &cfg), F1P_OK);
	assert_int_equal(p->start(p), F1P_OK);
	return p;
}

static double win_of_pole(struct f1p_plugin *p, const struct f1p_state *s, struct f1p_forecast *f)
{
	const struct f1p_predictor *predictor = p->get_extension(p, F1P_EXT_PREDICTOR);
	memset(f, 0, sizeof(*f));
	f->size = sizeof(*f);
	assert_int_equal(predictor->predict(p, s, 1, NULL, NULL, f), F1P_OK);
	return f->cars[0].p_win;
}

/* One race: the order at the flag is the grid, shaken by `noise` places. */
static void teach(struct f1p_plugin *p, int32_t race_id, double noise, struct f1p_rng *rng)
{
	const struct f1p_trainable *trainable = p->get_extension(p, F1P_EXT_TRAINABLE);
	struct f1p_state *s = race_grid(CARS, 57);
	struct f1p_outcome outcome[CARS];
	double result[CARS];
	for (uint32_t k = 0; k < F1P_PRIORS; k++) {
		s->prior[k] = F1P_UNKNOWN;
		for (uint32_t i = 0; i < F1P_MAX_CARS; i++) {
			s->car_prior[i][k] = F1P_UNKNOWN;
		}
	}
	for (uint32_t i = 0; i < CARS; i++) {
		result[i] = (double)i + noise * f1p_rng_normal(rng);
	}
	for (uint32_t i = 0; i < CARS; i++) {
		int32_t place = 1;
		for (uint32_t j = 0; j < CARS; j++) {
			place += result[j] < result[i];
		}
		outcome[i] = (struct f1p_outcome){ .car = s->cars[i].number, .classified = F1P_YES, .retired = F1P_NO, .position = place };
	}
	struct f1p_example x = { .size = sizeof(x), .phase = F1P_PHASE_LIGHTS_OUT, .race_id = race_id, .laps = 57, .state = s,
		.outcome = outcome };
	assert_int_equal(trainable->example(p, &x), F1P_OK);
	for (uint32_t i = 0; i < CARS; i++) { /* the same before qualifying, and a lap in the race, which is passed over */
		s->cars[i].grid = F1P_UNKNOWN;
	}
	x.phase = F1P_PHASE_PRE_QUALIFYING;
	assert_int_equal(trainable->example(p, &x), F1P_OK);
	x.phase = F1P_PHASE_D50;
	assert_int_equal(trainable->example(p, &x), F1P_OK);
	free(s);
}

static double pole_after(double noise, struct text *saved)
{
	static struct f1p_forecast f;
	kept.n = 0;
	struct f1p_plugin *p = start_plugin();
	const struct f1p_trainable *trainable = p->get_extension(p, F1P_EXT_TRAINABLE);
	struct f1p_state *s = race_grid(CARS, 57);
	struct f1p_rng rng;
	f1p_rng_seed(&rng, 9, 0);
	for (uint32_t k = 0; k < F1P_PRIORS; k++) {
		s->prior[k] = F1P_UNKNOWN;
		for (uint32_t i = 0; i < F1P_MAX_CARS; i++) {
			s->car_prior[i][k] = F1P_UNKNOWN;
		}
	}
	assert_int_equal(trainable->begin(p), F1P_OK);
	assert_int_equal(trainable->fit(p, 201401), F1P_AGAIN); /* nothing to learn from */
	for (int32_t season = 2014; season < 2016; season++) {
		for (int32_t round = 1; round <= 20; round++) {
			teach(p, season * 100 + round, noise, &rng);
		}
		assert_int_equal(trainable->fit(p, (season + 1) * 100 + 1), F1P_OK);
	}
	double win = win_of_pole(p, s, &f);
	assert_string_equal(f.version, "1.0.0");
	saved->n = 0;
	assert_int_equal(trainable->save(p, append, saved), F1P_OK);
	free(s);
	p->destroy(p);
	return win;
}

static void test_it_learns_how_much_the_grid_means(void **state)
{
	(void)state;
	static struct text saved;
	double calm = pole_after(0.7, &saved), wild = pole_after(8.0, &saved);
	assert_true(calm > 0.5);
	assert_true(wild < 0.3 && wild > 1.0 / CARS);
}

static void test_the_same_past_gives_the_same_text_and_the_text_gives_the_same_forecast(void **state)
{
	(void)state;
	static struct text a, b;
	static struct f1p_forecast f;
	double win = pole_after(2.0, &a);
	pole_after(2.0, &b);
	assert_int_equal(a.n, b.n);
	assert_memory_equal(a.bytes, b.bytes, a.n);
	kept = a;
	struct f1p_plugin *p = start_plugin();
	struct f1p_state *s = race_grid(CARS, 57);
	for (uint32_t k = 0; k < F1P_PRIORS; k++) {
		s->prior[k] = F1P_UNKNOWN;
		for (uint32_t i = 0; i < F1P_MAX_CARS; i++) {
			s->car_prior[i][k] = F1P_UNKNOWN;
		}
	}
	assert_true(fabs(win_of_pole(p, s, &f) - win) < 1e-6);
	assert_string_equal(f.version, "1.0.0+0123456789ab");
	kept.n = 0;
	free(s);
	p->destroy(p);
}

static void test_a_broken_fragment_leaves_what_is_built_in(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = race_grid(CARS, 57);
	kept.n = 0;
	struct f1p_plugin *p = start_plugin();
	double built_in = win_of_pole(p, s, &f);
	p->destroy(p);
	static const char *const bad[] = { "{", "{\"weight\":[1]}", "{\"temperature\":[-5],\"record\":[7]}" };
	for (size_t i = 0; i < 3; i++) {
		kept.n = strlen(bad[i]);
		memcpy(kept.bytes, bad[i], kept.n);
		p = start_plugin();
		assert_true(win_of_pole(p, s, &f) == built_in);
		p->destroy(p);
	}
	kept.n = 0;
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plackett_finds_the_weights),
		cmocka_unit_test(test_record_of_a_grid_that_never_changes),
		cmocka_unit_test(test_it_learns_how_much_the_grid_means),
		cmocka_unit_test(test_the_same_past_gives_the_same_text_and_the_text_gives_the_same_forecast),
		cmocka_unit_test(test_a_broken_fragment_leaves_what_is_built_in),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * ensemble_learn_test.c - predictor_ensemble learns whom to believe, and how much, from simulated races whose true chances are known.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <cmocka.h>

#include <f1pd/model.h>

#include "helpers/rng.h"
#include "positions.h"
#include "race_builder.h"

struct ensemble_cfg {
	const char *weights;
	const char *weights_neutral;
	const char *weights_start;
	double widen_per_event;
	double season_rate;
	bool learnt;
};

extern const struct f1p_entry f1p_entry_v1;

#define CARS 20u
#define DRAWS 200u
#define LAPS 50

/* ---- a host that has a model file ---- */

static char fragment_text[1 << 18];
static size_t fragment_bytes;
static int warnings;

static const char *fragment(const struct f1p_host *host, const char *id, size_t *n)
{
	(void)host;
	*n = fragment_bytes;
	return fragment_bytes && strcmp(id, "predictor_ensemble") == 0 ? fragment_text : NULL;
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

static struct f1p_rng gap_luck;

static int setup(void **state)
{
	(void)state;
	fragment_bytes = 0;
	warnings = 0;
	return 0;
}

static struct f1p_plugin *plugin_new(bool learnt)
{
	struct ensemble_cfg cfg = { "a 0.5, b 0.5", "a 0.5, b 0.5", "prerace 1", 0.05, 0.5, learnt };
	struct f1p_plugin *p = f1p_entry_v1.create(&host, "predictor_ensemble");
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

/* ---- races: each car has a skill, the order is that of skill plus noise ---- */

static void draw_order(struct f1p_rng *rng, const double *skill, uint32_t *place)
{
	double score[CARS];
	for (uint32_t i = 0; i < CARS; i++) {
		score[i] = skill[i] - log(f1p_rng_exponential(rng)); /* Gumbel */
	}
	for (uint32_t i = 0; i < CARS; i++) {
		place[i] = 0;
		for (uint32_t k = 0; k < CARS; k++) {
			place[i] += score[k] > score[i];
		}
	}
}

/* The forecast of somebody who believes that skill times `loud` decides. */
static void believe(struct f1p_rng *rng, const struct f1p_state *s, const double *skill, double loud, const char *model,
		    struct f1p_forecast *f)
{
	struct positions_field field;
	struct positions_matrix m = { .m = { { 0 } } };
	double retire[F1P_MAX_CARS] = { 0 }, louder[CARS];
	for (uint32_t i = 0; i < CARS; i++) {
		louder[i] = loud * skill[i];
	}
	for (uint32_t d = 0; d < DRAWS; d++) {
		uint32_t place[CARS];
		draw_order(rng, louder, place);
		for (uint32_t i = 0; i < CARS; i++) {
			m.m[i][place[i]] += 1.0 / DRAWS;
		}
	}
	memset(f, 0, sizeof(*f));
	f->size = sizeof(*f);
	positions_field_init(&field, s);
	positions_fill(f, s, &field, &m, retire);
	snprintf(f->model, sizeof(f->model), "%s", model);
}

struct scene {
	struct f1p_state *s;
	struct f1p_outcome outcome[CARS];
	uint32_t place[CARS]; /* from 0 */
	struct f1p_forecast forecast[2];
	struct f1p_member member[2];
	struct f1p_forecast truth;
};

/* Member a knows the gap, but takes itself to be twice as sure of it as it is: the quantiles are those of half the spread. */
static void guess_gap(struct f1p_car_forecast *c, struct f1p_outcome *o, uint32_t place)
{
	const int32_t mid = 20000 + 2000 * (int32_t)place, quantile[F1P_GAP_LEVELS] = { -3290, -1349, 0, 1349, 3290 };
	c->gap_given = 1;
	for (uint32_t i = 0; i < F1P_GAP_LEVELS; i++) {
		c->gap_ms[i] = mid + quantile[i];
	}
	o->gap_ms = mid + (int32_t)(4000.0 * f1p_rng_normal(&gap_luck));
}

/* Member a believes in the true skill times loud_a, member b in skills that have nothing to do with it. */
static void scene_init(struct scene *x, struct f1p_rng *rng, int32_t lap, double loud_a)
{
	double skill[CARS], wrong[CARS];
	x->s = lap > 0 ? race_new(CARS, lap, LAPS) : race_grid(CARS, LAPS);
	for (uint32_t i = 0; i < CARS; i++) {
		skill[i] = 1.2 * f1p_rng_normal(rng);
		wrong[i] = 1.2 * f1p_rng_normal(rng);
	}
	believe(rng, x->s, skill, loud_a, "a", &x->forecast[0]);
	believe(rng, x->s, wrong, 1.0, "b", &x->forecast[1]);
	believe(rng, x->s, skill, 1.0, "truth", &x->truth);
	draw_order(rng, skill, x->place);
	for (uint32_t i = 0; i < CARS; i++) {
		x->outcome[i] = (struct f1p_outcome){ .car = x->s->cars[i].number, .position = (int32_t)x->place[i] + 1,
			.classified = F1P_YES, .retired = F1P_NO, .laps = LAPS };
		guess_gap(&x->forecast[0].cars[i], &x->outcome[i], x->place[i]);
	}
	for (uint32_t k = 0; k < 2; k++) {
		x->member[k] = (struct f1p_member){ .size = sizeof(x->member[k]), .instance = k ? "second" : "first",
			.forecast = &x->forecast[k] };
	}
}

static void show(struct f1p_plugin *p, const struct scene *x, int32_t race_id, int32_t lap, uint32_t n_members)
{
	struct f1p_example e = { .size = sizeof(e), .phase = lap ? F1P_PHASE_D50 : F1P_PHASE_LIGHTS_OUT, .race_id = race_id, .lap = lap,
		.laps = LAPS, .n_members = n_members, .state = x->s, .outcome = x->outcome, .members = x->member };
	assert_int_equal(trainable(p)->example(p, &e), F1P_OK);
}

static void train(struct f1p_plugin *p, uint64_t seed, int32_t races, double loud_a, uint32_t n_members)
{
	static const int32_t laps[] = { 0, 10, 25, 45 };
	static struct scene x;
	struct f1p_rng rng;
	f1p_rng_seed(&rng, seed, 1);
	f1p_rng_seed(&gap_luck, seed, 2);
	assert_int_equal(trainable(p)->begin(p), F1P_OK);
	for (int32_t race = 0; race < races; race++) {
		for (uint32_t k = 0; k < 4; k++) {
			scene_init(&x, &rng, laps[k], loud_a);
			show(p, &x, 202001 + race, laps[k], n_members);
			free(x.s);
		}
	}
}

static f1p_status combine(struct f1p_plugin *p, const struct scene *x, uint32_t n, struct f1p_forecast *out)
{
	const struct f1p_ensemble *e = p->get_extension(p, F1P_EXT_ENSEMBLE);
	memset(out, 0, sizeof(*out));
	out->size = sizeof(*out);
	f1p_status status = e->combine(p, x->s, x->member, n, out);
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

/* Means over fresh races: distance of the podium chances from the true ones, win log-loss, coverage. */
struct verdict {
	double distance, win_logloss, cover50, cover90, gap50, gap90;
};

static struct verdict judge(struct f1p_plugin *p, double loud_a, uint32_t n_members)
{
	static struct scene x;
	static struct f1p_forecast out;
	struct f1p_rng rng;
	struct verdict v = { 0 };
	const uint32_t races = 40;
	f1p_rng_seed(&rng, 77, 2);
	f1p_rng_seed(&gap_luck, 77, 3);
	for (uint32_t race = 0; race < races; race++) {
		scene_init(&x, &rng, 25, loud_a);
		assert_int_equal(combine(p, &x, n_members, &out), F1P_OK);
		for (uint32_t i = 0; i < CARS; i++) {
			const struct f1p_car_forecast *c = &out.cars[i];
			uint32_t place = x.place[i] + 1;
			double win = place == 1 ? c->p_win : 1.0 - c->p_win;
			assert_true(c->q05 <= c->q25 && c->q25 <= c->q50 && c->q50 <= c->q75 && c->q75 <= c->q95);
			v.distance += fabs(c->p_podium - x.truth.cars[i].p_podium) / (CARS * races);
			v.win_logloss -= log(win > 5e-4 ? win : 5e-4) / (CARS * races);
			v.cover50 += (c->q25 <= place && place <= c->q75) / (double)(CARS * races);
			v.cover90 += (c->q05 <= place && place <= c->q95) / (double)(CARS * races);
			int32_t gap = x.outcome[i].gap_ms;
			v.gap50 += (c->gap_ms[F1P_GAP_Q25] <= gap && gap <= c->gap_ms[F1P_GAP_Q75]) / (double)(CARS * races);
			v.gap90 += (c->gap_ms[F1P_GAP_Q05] <= gap && gap <= c->gap_ms[F1P_GAP_Q95]) / (double)(CARS * races);
		}
		free(x.s);
	}
	return v;
}

static void test_the_one_who_knows_is_heard(void **state)
{
	(void)state;
	struct f1p_plugin *p = plugin_new(true);
	struct verdict before = judge(p, 1.0, 2);
	train(p, 5, 40, 1.0, 2);
	assert_int_equal(trainable(p)->fit(p, 202201), F1P_OK);
	struct verdict after = judge(p, 1.0, 2);
	assert_true(after.distance < 0.45 * before.distance);
	assert_true(after.win_logloss < before.win_logloss - 0.01);
	p->destroy(p);
}

static void test_overconfidence_is_cured(void **state)
{
	(void)state;
	struct f1p_plugin *p = plugin_new(true);
	struct verdict before = judge(p, 3.0, 1);
	train(p, 6, 40, 3.0, 1);
	assert_int_equal(trainable(p)->fit(p, 202201), F1P_OK);
	struct verdict after = judge(p, 3.0, 1);
	assert_true(after.win_logloss < before.win_logloss - 0.01);
	assert_true(after.distance < 0.6 * before.distance);
	p->destroy(p);
}

/* Members that are too timid are sharpened; but who may well retire cannot be sure of points, however fast he is. */
static void test_no_points_beyond_the_chance_to_finish(void **state)
{
	(void)state;
	static struct scene x;
	static struct f1p_forecast out;
	struct f1p_rng rng;
	struct f1p_plugin *p = plugin_new(true);
	uint32_t best = 0;
	train(p, 8, 40, 0.4, 1);
	assert_int_equal(trainable(p)->fit(p, 202201), F1P_OK);
	f1p_rng_seed(&rng, 4, 4);
	scene_init(&x, &rng, 25, 0.4);
	for (uint32_t i = 0; i < CARS; i++) {
		best = x.forecast[0].cars[i].p_points > x.forecast[0].cars[best].p_points ? i : best;
	}
	assert_int_equal(combine(p, &x, 1, &out), F1P_OK);
	double sound = out.cars[best].p_points;
	assert_true(sound > x.forecast[0].cars[best].p_points + 0.1); /* sharpened */
	x.forecast[0].cars[best].p_retire = 0.3;
	assert_int_equal(combine(p, &x, 1, &out), F1P_OK);
	assert_true(out.cars[best].p_points < 1.0 - 0.9 * 0.3 + 0.02 && out.cars[best].p_points < sound - 0.1);
	free(x.s);
	p->destroy(p);
}

static void test_intervals_learn_to_cover(void **state)
{
	(void)state;
	struct f1p_plugin *p = plugin_new(true);
	struct verdict before = judge(p, 3.0, 1);
	assert_true(before.cover90 < 0.80 && before.cover50 < 0.45);
	train(p, 7, 60, 3.0, 1);
	assert_int_equal(trainable(p)->fit(p, 202201), F1P_OK);
	struct verdict after = judge(p, 3.0, 1);
	assert_true(after.cover90 > 0.86 && after.cover90 < 0.95);
	assert_true(after.cover50 > 0.45 && after.cover50 < 0.60);
	assert_true(before.gap50 < 0.32 && before.gap90 < 0.65); /* .26 and .59 by the normal distribution */
	assert_true(after.gap50 > 0.46 && after.gap50 < 0.54);
	assert_true(after.gap90 > 0.87 && after.gap90 < 0.93);
	p->destroy(p);
}

static void test_few_races_change_nothing(void **state)
{
	(void)state;
	struct f1p_plugin *p = plugin_new(true);
	struct verdict before = judge(p, 1.0, 2);
	train(p, 5, 5, 1.0, 2);
	assert_int_equal(trainable(p)->fit(p, 202201), F1P_AGAIN);
	struct verdict after = judge(p, 1.0, 2);
	assert_memory_equal(&before, &after, sizeof(before));
	p->destroy(p);
}

static void test_training_twice_gives_the_same_bytes(void **state)
{
	(void)state;
	static char first[sizeof(fragment_text)];
	size_t n = 0;
	for (uint32_t round = 0; round < 2; round++) {
		struct f1p_plugin *p = plugin_new(true);
		train(p, 5, 20, 1.0, 2);
		assert_int_equal(trainable(p)->fit(p, 202201), F1P_OK);
		fragment_bytes = 0;
		assert_int_equal(trainable(p)->save(p, keep, NULL), F1P_OK);
		p->destroy(p);
		if (round == 0) {
			n = fragment_bytes;
			memcpy(first, fragment_text, n);
		}
		fragment_text[fragment_bytes] = '\0';
	}
	assert_int_equal(n, fragment_bytes);
	assert_memory_equal(first, fragment_text, n);
}

static void test_the_model_file_brings_it_back_unless_refused(void **state)
{
	(void)state;
	struct f1p_plugin *p = plugin_new(true);
	struct verdict plain = judge(p, 1.0, 2);
	train(p, 5, 40, 1.0, 2);
	assert_int_equal(trainable(p)->fit(p, 202201), F1P_OK);
	struct verdict learnt = judge(p, 1.0, 2);
	assert_int_equal(trainable(p)->save(p, keep, NULL), F1P_OK);
	p->destroy(p);
	p = plugin_new(true);
	struct verdict read = judge(p, 1.0, 2);
	p->destroy(p);
	assert_true(fabs(read.distance - learnt.distance) < 1e-6 && fabs(read.win_logloss - learnt.win_logloss) < 1e-6);
	p = plugin_new(false); /* learnt = no */
	struct verdict refused = judge(p, 1.0, 2);
	p->destroy(p);
	assert_true(refused.distance == plain.distance);
	assert_int_equal(warnings, 0);
}

static void test_nonsense_in_the_file_leaves_the_shares(void **state)
{
	(void)state;
	static const char *const bad[] = { "[]", "{}", "{\"all.races\":[1]}", "{\"all.races\":[20],\"all.tail50\":[9,9,9,9,9,9,9,9,9]}" };
	struct f1p_plugin *p = plugin_new(true);
	struct verdict plain = judge(p, 1.0, 2);
	p->destroy(p);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		fragment_bytes = strlen(bad[i]);
		memcpy(fragment_text, bad[i], fragment_bytes + 1);
		warnings = 0;
		p = plugin_new(true);
		struct verdict now = judge(p, 1.0, 2);
		p->destroy(p);
		assert_true(now.distance == plain.distance && now.cover90 == plain.cover90);
		assert_int_equal(warnings, 1);
	}
}

static void test_a_known_member_that_is_missing_is_replaced(void **state)
{
	(void)state;
	static struct scene x;
	static struct f1p_forecast both, one;
	struct f1p_rng rng;
	struct f1p_plugin *p = plugin_new(true);
	train(p, 5, 40, 1.0, 2);
	assert_int_equal(trainable(p)->fit(p, 202201), F1P_OK);
	f1p_rng_seed(&rng, 9, 9);
	scene_init(&x, &rng, 25, 1.0);
	assert_int_equal(combine(p, &x, 2, &both), F1P_OK);
	assert_int_equal(combine(p, &x, 1, &one), F1P_OK); /* b is gone: a speaks for both */
	double most = 0.0;
	for (uint32_t i = 0; i < CARS; i++) {
		most = fmax(most, fabs(one.cars[i].p_win - both.cars[i].p_win));
	}
	assert_true(most < 0.1);
	x.member[0].forecast = &x.truth; /* somebody whom it has never heard, alone */
	assert_int_equal(combine(p, &x, 1, &one), F1P_OK);
	assert_true(fabs(one.cars[3].p_podium - x.truth.cars[3].p_podium) < 1e-9);
	x.member[1].forecast = &x.forecast[0]; /* beside one it knows: only configured shares would count, and there are none */
	assert_int_equal(combine(p, &x, 2, &both), F1P_OK);
	assert_true(both.cars[0].p_win > 0.0);
	free(x.s);
	p->destroy(p);
}

static void test_retired_cars_stay_retired(void **state)
{
	(void)state;
	static struct scene x;
	static struct f1p_forecast out;
	struct f1p_rng rng;
	struct f1p_plugin *p = plugin_new(true);
	train(p, 5, 30, 1.0, 2);
	assert_int_equal(trainable(p)->fit(p, 202201), F1P_OK);
	f1p_rng_seed(&rng, 9, 9);
	scene_init(&x, &rng, 25, 1.0);
	x.s->cars[7].retired = F1P_YES;
	for (uint32_t k = 0; k < 2; k++) { /* as members that know of it: widened old ones */
		x.member[k].age_events = 1;
	}
	assert_int_equal(combine(p, &x, 2, &out), F1P_OK);
	assert_true(out.cars[7].p_win == 0.0 && out.cars[7].p_position[CARS - 1] == 1.0 && out.cars[7].p_retire == 1.0);
	assert_true(out.missing & F1P_MISSING_MEMBER);
	free(x.s);
	p->destroy(p);
}

static void test_qualifying_is_passed_on(void **state)
{
	(void)state;
	static struct scene x;
	static struct f1p_forecast out;
	struct f1p_rng rng;
	struct f1p_plugin *p = plugin_new(true);
	f1p_rng_seed(&rng, 9, 9);
	scene_init(&x, &rng, 0, 1.0);
	x.s->type = F1P_SESSION_QUALIFYING;
	x.member[0].age_events = 3;
	assert_int_equal(combine(p, &x, 2, &out), F1P_OK); /* the fresh one */
	assert_string_equal(out.model, "ensemble");
	assert_int_equal(out.missing, 0);
	for (uint32_t i = 0; i < CARS; i++) {
		assert_memory_equal(out.cars[i].p_position, x.forecast[1].cars[i].p_position, sizeof(out.cars[i].p_position));
	}
	assert_int_equal(combine(p, &x, 1, &out), F1P_OK); /* nothing but the old one */
	assert_true(out.missing & F1P_MISSING_MEMBER);
	assert_true(out.confidence < x.forecast[0].confidence);
	x.forecast[0].cars[3].p_position[2] = NAN;
	assert_int_equal(combine(p, &x, 1, &out), F1P_EUNSUPPORTED);
	x.s->n_cars--;
	assert_int_equal(combine(p, &x, 2, &out), F1P_EUNSUPPORTED);
	free(x.s);
	p->destroy(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_the_one_who_knows_is_heard, setup),
		cmocka_unit_test_setup(test_overconfidence_is_cured, setup),
		cmocka_unit_test_setup(test_no_points_beyond_the_chance_to_finish, setup),
		cmocka_unit_test_setup(test_intervals_learn_to_cover, setup),
		cmocka_unit_test_setup(test_few_races_change_nothing, setup),
		cmocka_unit_test_setup(test_training_twice_gives_the_same_bytes, setup),
		cmocka_unit_test_setup(test_the_model_file_brings_it_back_unless_refused, setup),
		cmocka_unit_test_setup(test_nonsense_in_the_file_leaves_the_shares, setup),
		cmocka_unit_test_setup(test_a_known_member_that_is_missing_is_replaced, setup),
		cmocka_unit_test_setup(test_retired_cars_stay_retired, setup),
		cmocka_unit_test_setup(test_qualifying_is_passed_on, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

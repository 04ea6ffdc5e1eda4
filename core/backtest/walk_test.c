/* walk_test.c - a walk shows nobody the future, shows results in their order, and scores what was said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "backtest/past_fixture.h"
#include "backtest/tally.h"
#include "backtest/walk.h"
#include "backtest/walk_internal.h"
#include "backtest/walk_report.h"
#include "base/log.h"
#include "plugin/instance_fixture.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define LAPS 20
#define LAP 90000
#define NOTES 2000

enum call { CALL_PRIORS = 1, CALL_PREDICT, CALL_EXAMPLE, CALL_FIT };
struct note {
	enum call call;
	int32_t race_id, lap;
	uint8_t type, status;
	uint64_t digest; /* of all that could be seen, now and in examples before */
};

/* A predictor that looks at everything it can get hold of, and asks for what it must not see. */
struct spy {
	struct f1p_plugin plugin;
	struct f1p_predictor predictor;
	struct f1p_priors priors;
	struct f1p_trainable trainable;
	struct instance *in;
	struct note notes[NOTES];
	size_t n;
	uint64_t learnt;
	int forbidden; /* rows of the race in hand or later that came to light */
	pid_t home;
	atomic_bool *died; /* seen by all processes */
	bool sprint_to_come; /* its result is of the future as well */
	bool knows;    /* it says the order of the car numbers, which is the result */
	bool says_gaps;   /* car 1 wins, a second before each next one, to 4 ms */
	int32_t gap_shown[5]; /* with the result of a race, by car number */
	int other_gaps_shown; /* with that of qualifying */
};

static uint64_t mix(uint64_t h, const void *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ ((const uint8_t *)bytes)[i]) * 1099511628211ULL;
	return h;
}

struct looking {
	struct spy *spy;
	uint64_t digest;
	int32_t race_id;
};

static bool look_at(void *arg, const struct f1p_history_row *row)
{
	struct looking *l = arg;
	bool day_itself = row->type == F1P_HIST_LAP || row->type == F1P_HIST_STINT || row->type == F1P_HIST_NEUTRALISATION;

	if (row->type == F1P_HIST_RESULT)
		day_itself = l->spy->sprint_to_come || ((const struct f1p_hist_result *)(const void *)row)->session == F1P_HIST_MAIN;
	l->spy->forbidden += row->race_id > l->race_id || (row->race_id == l->race_id && day_itself);
	l->digest = mix(l->digest, row, row->size);
	return true;
}

static uint64_t look_around(struct spy *spy, int32_t race_id)
{
	const struct f1p_history *h = spy->in->host->get_extension(spy->in->host, F1P_EXT_HISTORY);
	struct looking l = {spy, spy->learnt, race_id};

	assert_non_null(h);
	for (uint32_t type = 1; type < F1P_HIST_TYPES; type++) {
		struct f1p_history_query all = {.size = sizeof(all), .type = type};
		struct f1p_history_query own = {.size = sizeof(own), .type = type, .race_from = race_id, .race_to = 299999};
		assert_int_equal(h->each(spy->in->host, &all, look_at, &l), F1P_OK);
		assert_int_equal(h->each(spy->in->host, &own, look_at, &l), F1P_OK);
	}
	return l.digest;
}

static void take_note(struct spy *spy, enum call call, int32_t race_id, int32_t lap, const struct f1p_state *s, uint64_t digest)
{
	assert_true(spy->n < NOTES);
	spy->notes[spy->n++] = (struct note){
		.call = call, .race_id = race_id, .lap = lap, .type = s ? s->type : 0, .status = s ? s->status : 0, .digest = digest};
}

static int32_t laps_led(const struct f1p_state *s)
{
	int32_t laps = 0;

	for (size_t i = 0; i < s->n_cars; i++)
		laps = s->cars[i].laps > laps ? s->cars[i].laps : laps;
	return laps;
}

static f1p_status spy_predict(struct f1p_plugin *p, const struct f1p_state *s, uint64_t seed, bool (*cancel)(void *), void *arg,
	struct f1p_forecast *out)
{
	struct spy *spy = p->impl;
	int32_t race_id = (int32_t)s->meeting_key;

	(void)cancel, (void)arg;
	spy->sprint_to_come = s->type == F1P_SESSION_SPRINT;
	uint64_t digest = mix(look_around(spy, race_id), s, sizeof(*s));
	take_note(spy, CALL_PREDICT, race_id, laps_led(s), s, mix(digest, &seed, sizeof(seed)));
	out->n_cars = s->n_cars;
	out->confidence = 0.5;
	for (size_t i = 0; i < s->n_cars; i++) {
		struct f1p_car_forecast *c = &out->cars[i];
		c->car = s->cars[i].number;
		for (size_t k = 0; k < s->n_cars; k++)
			c->p_position[k] = spy->knows ? i == k : 1.0 / s->n_cars;
		c->p_win = c->p_position[0];
		c->p_podium = spy->knows ? i < 3 : 3.0 / s->n_cars;
		c->p_points = s->n_cars <= 10 ? 1 : 10.0 / s->n_cars;
		c->expected_position = spy->knows ? (double)i + 1 : (s->n_cars + 1) / 2.0;
		c->q05 = c->q25 = spy->knows ? (uint8_t)(i + 1) : 1;
		c->q75 = c->q95 = spy->knows ? (uint8_t)(i + 1) : (uint8_t)s->n_cars;
		c->gap_given = spy->says_gaps;
		for (int level = 0; level < F1P_GAP_LEVELS; level++)
			c->gap_ms[level] = (c->car - 1) * 1000 + level - F1P_GAP_Q50;
	}
	return F1P_OK;
}

static f1p_status spy_priors(struct f1p_plugin *p, const struct f1p_state *s, struct f1p_ev_prior *out, uint32_t max, uint32_t *n)
{
	struct spy *spy = p->impl;
	spy->sprint_to_come = s->type == F1P_SESSION_SPRINT;
	uint64_t digest = look_around(spy, (int32_t)s->meeting_key);

	assert_true(max > s->n_cars);
	take_note(spy, CALL_PRIORS, (int32_t)s->meeting_key, 0, s, digest);
	for (uint32_t i = 0; i < s->n_cars; i++)
		out[(*n)++] = (struct f1p_ev_prior){.car = s->cars[i].number, .n = 1, .value = {(int32_t)(digest % 1000)}};
	return F1P_OK;
}

static f1p_status spy_begin(struct f1p_plugin *p)
{
	((struct spy *)p->impl)->learnt = 7;
	return F1P_OK;
}

static f1p_status spy_example(struct f1p_plugin *p, const struct f1p_example *e)
{
	struct spy *spy = p->impl;

	take_note(spy, CALL_EXAMPLE, e->race_id, e->lap, e->state, 0);
	assert_int_equal(e->outcome[0].car, e->state->cars[0].number);
	for (size_t i = 0; i < e->state->n_cars; i++)
		if (e->state->type != F1P_SESSION_RACE)
			spy->other_gaps_shown += e->outcome[i].gap_ms != F1P_UNKNOWN;
		else if (e->outcome[i].car < sizeof(spy->gap_shown) / sizeof(spy->gap_shown[0]))
			spy->gap_shown[e->outcome[i].car] = e->outcome[i].gap_ms;
	spy->learnt = mix(mix(spy->learnt, e->state, sizeof(*e->state)), e->outcome, e->state->n_cars * sizeof(*e->outcome));
	return F1P_OK;
}

static f1p_status spy_fit(struct f1p_plugin *p, int32_t next_race_id)
{
	take_note(p->impl, CALL_FIT, next_race_id, 0, NULL, look_around(p->impl, next_race_id));
	return F1P_OK;
}

static f1p_status spy_save(struct f1p_plugin *p, void (*write)(void *, const void *, size_t), void *arg)
{
	(void)p;
	write(arg, "{}", 2);
	return F1P_OK;
}

static struct members *with_spy(struct spy *spy, const struct past *past)
{
	struct members *m = members_create_empty(past, NULL);

	assert_non_null(m);
	spy->plugin = (struct f1p_plugin){.impl = spy};
	spy->predictor = (struct f1p_predictor){sizeof(spy->predictor), 0, spy_predict};
	spy->priors = (struct f1p_priors){sizeof(spy->priors), 0, spy_priors};
	spy->trainable = (struct f1p_trainable){sizeof(spy->trainable), 0, spy_begin, spy_example, spy_fit, spy_save};
	spy->in = fixture_instance(m->services, 1, F1P_KIND_PREDICTOR, "predictor-spy", &spy->plugin);
	spy->in->predictor = &spy->predictor;
	spy->in->priors = &spy->priors;
	spy->in->trainable = &spy->trainable;
	assert_true(members_add(m, spy->in));
	return m;
}

static void without_spy(struct members *m, struct spy *spy)
{
	m->n = 0;
	fixture_instance_free(spy->in);
	members_destroy(m);
}

/* ---- a past of two seasons; `change` alters what comes behind lap 12 of race 203102 ---- */

static void add_race(struct past_maker *m, int32_t race_id, bool change, int32_t change_lap)
{
	static const char *const drivers[] = {"ann", "ben", "cid", "dan"};

	past_add_race(m, race_id, LAPS, false);
	for (int32_t i = 0; i < 4; i++) {
		bool stops = change && i == 0;
		past_add_result(m, race_id, drivers[i], i + 1, 4 - i, change ? 4 - i : i + 1, stops ? F1P_DNF_ACCIDENT : F1P_DNF_NONE);
		past_add_qualifying(m, race_id, F1P_HIST_MAIN, drivers[i], 4 - i);
		past_add_practice(m, race_id, 1, drivers[i]);
		int32_t clock = past_add_laps(m, race_id, drivers[i], 1, change_lap, LAP + 700 * i, 0);
		past_add_laps(m, race_id, drivers[i], change_lap + 1, stops ? change_lap + 2 : LAPS, LAP + (change ? 900 * (4 - i) : 700 * i),
			clock);
		past_add_stint(m, race_id, drivers[i], 1, 1, F1P_TYRE_SOFT, 0);
		past_add_stint(m, race_id, drivers[i], 2, change_lap + 2, change ? F1P_TYRE_HARD : F1P_TYRE_MEDIUM, 0);
	}
	past_add_neutral(m, race_id, F1P_TRACK_SC, (change_lap + 1) * LAP, (change_lap + 2 + change) * LAP);
}

static struct past *two_seasons(bool change)
{
	struct past_maker m;

	past_begin(&m);
	add_race(&m, 203001, false, 12);
	add_race(&m, 203002, false, 12);
	add_race(&m, 203101, false, 12);
	add_race(&m, 203102, change, 12);
	if (!change)
		add_race(&m, 203103, false, 12);
	past_add_name(&m, F1P_HIST_DRIVER, "ann", "ANN", "Ann Example");
	past_add_race(&m, 203104, LAPS, false); /* not yet held */
	return past_end(&m);
}

/* What other processes saw, the spy here would not know. */
static void walk_with(struct spy *spy, const struct past *past, struct walk_result *r)
{
	struct walk_options o = {.from = 2030, .burn_in = 2030, .workers = 1, .learn = true};
	struct members *m = with_spy(spy, past);

	assert_true(walk(past, m, &o, r));
	without_spy(m, spy);
}

static void test_no_forecast_changes_with_the_future(void **state)
{
	struct spy *spies = calloc(2, sizeof(*spies));
	struct walk_result *r = calloc(1, sizeof(*r));
	size_t compared = 0, behind = 0;

	(void)state;
	for (int change = 0; change <= 1; change++) {
		struct past *past = two_seasons(change);
		walk_with(&spies[change], past, r);
		assert_int_equal(spies[change].forbidden, 0);
		walk_result_finish(r);
		past_destroy(past);
	}
	for (size_t i = 0; i < spies[0].n && i < spies[1].n; i++) {
		const struct note *a = &spies[0].notes[i], *b = &spies[1].notes[i];
		if (a->race_id > 203102 || a->call == CALL_EXAMPLE)
			continue;
		bool later = a->race_id == 203102 && a->lap > 12;
		assert_int_equal(a->call, b->call);
		assert_int_equal(a->race_id, b->race_id);
		assert_int_equal(a->lap, b->lap);
		if (!later)
			assert_true(a->digest == b->digest);
		behind += later && a->digest != b->digest;
		compared += !later;
	}
	assert_true(compared > 80);
	assert_true(behind > 0); /* what did change was seen once it had happened */
	free(spies);
	free(r);
}

static void test_results_are_shown_when_all_forecasts_are_made(void **state)
{
	struct spy *spy = calloc(1, sizeof(*spy));
	struct walk_result *r = calloc(1, sizeof(*r));
	struct past *past = two_seasons(false);
	int32_t shown = 0, fits = 0, priors = 0;

	(void)state;
	walk_with(spy, past, r);
	for (size_t i = 0; i < spy->n; i++) {
		const struct note *n = &spy->notes[i];
		if (n->call == CALL_EXAMPLE)
			shown = n->race_id;
		else
			assert_true(n->race_id > shown);
		fits += n->call == CALL_FIT;
		priors += n->call == CALL_PRIORS;
		if (n->call == CALL_FIT && fits == 1)
			assert_int_equal(n->race_id, 203101); /* the first race of the next season */
	}
	assert_int_equal(fits, 2);       /* and once more in the end */
	assert_int_equal(priors, 5 * 3); /* before qualifying, of qualifying, of the race */
	assert_int_equal(r->last_race, 203103);
	walk_result_finish(r);
	past_destroy(past);
	free(spy);
	free(r);
}

static void test_who_says_the_result_is_scored_so(void **state)
{
	struct spy *spy = calloc(1, sizeof(*spy));
	struct walk_result *r = calloc(1, sizeof(*r));
	struct past *past = two_seasons(false);
	struct measures m;

	(void)state;
	spy->knows = true;
	walk_with(spy, past, r);
	for (int phase = F1P_PHASE_PRE_QUALIFYING; phase < (int)F1P_PHASES; phase++) {
		struct tally_filter f = {.phase = phase};
		assert_int_equal(tally_mean(r, &f, 0, &m), 5);
		assert_true(m.v[MEASURE_TOP3_HIT] > 0.999 && m.v[MEASURE_SPEARMAN] > 0.999 && m.v[MEASURE_RPS] < 1e-9);
		assert_true(m.v[MEASURE_COVER50] > 0.999 && m.v[MEASURE_PODIUM_LOGLOSS] < 1e-3);
		assert_true(isnan(m.v[MEASURE_POLE_HIT]));
	}
	/* They start in the reverse order of the result, and are in it from the first line on. */
	struct tally_filter start = {.phase = F1P_PHASE_LIGHTS_OUT}, later = {.phase = F1P_PHASE_D50};
	tally_mean(r, &start, tally_model(r, "grid"), &m);
	assert_true(m.v[MEASURE_SPEARMAN] < -0.999 && m.v[MEASURE_WINNER_HIT] < 0.001);
	tally_mean(r, &later, tally_model(r, "current_order"), &m);
	assert_true(m.v[MEASURE_SPEARMAN] > 0.999 && m.v[MEASURE_WINNER_HIT] > 0.999);
	struct difference d = tally_difference(r, &start, 0, tally_model(r, "grid"), MEASURE_WINNER_HIT);
	assert_int_equal(d.n, 5);
	assert_true(d.mean > 0.999 && d.low > 0.999 && d.high < 1.001);
	struct tally_filter season = {.phase = F1P_PHASE_D50, .season = 2030};
	assert_int_equal(tally_mean(r, &season, 0, &m), 2);
	struct tally_filter q = {.phase = WALK_QUALIFYING};
	assert_int_equal(tally_mean(r, &q, 0, &m), 5);
	assert_true(m.v[MEASURE_SPEARMAN] < -0.999 && m.v[MEASURE_POLE_HIT] < 0.001);
	walk_result_finish(r);
	past_destroy(past);
	free(spy);
	free(r);
}

static void test_a_sprint_is_forecast_and_scored_apart(void **state)
{
	static const char *const drivers[] = {"ann", "ben", "cid", "dan"};
	struct spy *spies = calloc(2, sizeof(*spies));
	struct walk_result *r = calloc(1, sizeof(*r));
	struct measures m, main_race[2];

	(void)state;
	for (int with = 0; with <= 1; with++) {
		struct past_maker maker;
		past_begin(&maker);
		add_race(&maker, 203001, false, 12);
		add_race(&maker, 203101, false, 12);
		for (int32_t i = 0; with && i < 4; i++) /* car by car in the order of the grid, which is not that of the numbers */
			past_add_result_of(&maker, 203101, F1P_HIST_SPRINT, drivers[i], i + 1, 4 - i, 4 - i, F1P_DNF_NONE);
		struct past *past = past_end(&maker);
		spies[with].knows = true;
		walk_with(&spies[with], past, r);
		assert_int_equal(spies[with].forbidden, 0);
		assert_int_equal(tally_mean(r, &(struct tally_filter){.phase = F1P_PHASE_D50}, 0, &main_race[with]), 2);
		assert_int_equal(tally_mean(r, &(struct tally_filter){.phase = WALK_SPRINT}, 0, &m), with);
		if (with) {
			assert_true(m.v[MEASURE_SPEARMAN] < -0.999);
			tally_mean(r, &(struct tally_filter){.phase = WALK_SPRINT}, tally_model(r, "grid"), &m);
			assert_true(m.v[MEASURE_SPEARMAN] > 0.999 && m.v[MEASURE_WINNER_HIT] > 0.999);
		}
		walk_result_finish(r);
		past_destroy(past);
	}
	assert_true(main_race[0].v[MEASURE_RPS] <= main_race[1].v[MEASURE_RPS] && main_race[0].v[MEASURE_RPS] >= main_race[1].v[MEASURE_RPS]);
	for (size_t i = 0; i < spies[1].n; i++)
		assert_true(spies[1].notes[i].call != CALL_EXAMPLE || spies[1].notes[i].type != F1P_SESSION_SPRINT);
	free(spies);
	free(r);
}

static char *report_of(const struct walk_result *r, bool json)
{
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	assert_non_null(out);
	assert_true(json ? walk_report_json(r, 2030, 2030, out) : walk_report_text(r, out));
	fclose(out);
	return text;
}

static size_t count(const char *text, const char *word)
{
	size_t n = 0;

	while ((text = strstr(text, word)) != NULL) {
		text += strlen(word);
		n++;
	}
	return n;
}

static void test_gaps_at_the_flag_are_shown_and_scored(void **state)
{
	static const char *const drivers[] = {"ann", "ben", "cid", "dan"};
	static const int32_t gaps[] = {0, 1001, 2002, F1P_UNKNOWN}; /* within 50 %, within 50 %, within 90 %, lapped */
	struct spy *spy = calloc(1, sizeof(*spy));
	struct walk_result *r = calloc(1, sizeof(*r));
	struct past_maker maker;
	struct measures m;

	(void)state;
	past_begin(&maker);
	add_race(&maker, 203001, false, 12);
	for (int32_t i = 0; i < 4; i++)
		past_add_timed_result_of(&maker, 203001, F1P_HIST_MAIN, drivers[i], i + 1, 4 - i, i + 1, F1P_DNF_NONE,
			i < 3 ? LAPS : LAPS - 1, LAPS * LAP + (i < 3 ? gaps[i] : 3000));
	struct past *past = past_end(&maker);
	spy->knows = spy->says_gaps = true;
	walk_with(spy, past, r);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(spy->gap_shown[i + 1], gaps[i]);
	assert_int_equal(spy->other_gaps_shown, 0);
	for (int phase = F1P_PHASE_PRE_QUALIFYING; phase < (int)F1P_PHASES; phase++) {
		assert_int_equal(tally_mean(r, &(struct tally_filter){.phase = phase}, 0, &m), 1);
		assert_true(fabs(m.v[MEASURE_GAP_COVER50] - .5) < 1e-9 && fabs(m.v[MEASURE_GAP_COVER90] - .75) < 1e-9);
		assert_int_equal(tally_mean(r, &(struct tally_filter){.phase = phase}, tally_model(r, "order_table"), &m), 1);
		assert_true(isnan(m.v[MEASURE_GAP_COVER50]) && isnan(m.v[MEASURE_GAP_COVER90]));
	}
	assert_false(tally_has_measure(r, WALK_QUALIFYING, MEASURE_GAP_COVER50));
	char *json = report_of(r, true), *text = report_of(r, false);
	size_t phases = F1P_PHASES - F1P_PHASE_PRE_QUALIFYING;
	assert_int_equal(count(text, " gap50  gap90"), phases);
	assert_int_equal(count(text, "pole"), 2); /* of qualifying, two columns */
	assert_int_equal(count(text, " 0.5000 0.7500  0.000/"), phases); /* nothing between them and the calibration */
	assert_int_equal(count(json, "\"gap_cover50\":0.500000,\"gap_cover90\":0.750000"), count(json, "gap_cover50"));
	assert_true(count(json, "gap_cover50") >= 2 * phases); /* of the phase, and of the race in it */
	assert_null(strstr(json, "null"));
	free(json);
	free(text);
	walk_result_finish(r);
	past_destroy(past);
	free(spy);
	free(r);
}

static void test_what_is_not_asked_for_is_not_done(void **state)
{
	struct spy *spy = calloc(1, sizeof(*spy));
	struct walk_result *r = calloc(1, sizeof(*r));
	struct past *past = two_seasons(false);
	struct walk_options o = {.from = 2031, .to = 2031, .burn_in = 2031, .workers = 1, .phases = 1u << F1P_PHASE_LIGHTS_OUT};
	struct members *m = with_spy(spy, past);

	(void)state;
	assert_true(walk(past, m, &o, r));
	without_spy(m, spy);
	for (size_t i = 0; i < spy->n; i++) {
		assert_true(spy->notes[i].call == CALL_PRIORS || spy->notes[i].call == CALL_PREDICT);
		assert_true(spy->notes[i].call == CALL_PRIORS || (spy->notes[i].race_id > 203100 && spy->notes[i].lap == 0));
	}
	assert_int_equal(r->n_forecasts, 3);
	assert_int_equal(r->n_scores, 3 * (1 + BASELINES));
	walk_result_finish(r);
	past_destroy(past);
	free(spy);
	free(r);
}

static void test_half_a_lap_goes_to_the_even_one(void **state)
{
	(void)state;
	assert_int_equal(phase_of_lap(28, 57), F1P_PHASE_D50);
	assert_int_equal(phase_of_lap(29, 57), F1P_PHASE_NONE);
	assert_int_equal(phase_of_lap(28, 55), F1P_PHASE_D50);
	assert_int_equal(phase_of_lap(26, 53), F1P_PHASE_D50);
	assert_int_equal(phase_of_lap(14, 57), F1P_PHASE_D25); /* 14.25 */
	assert_int_equal(phase_of_lap(51, 57), F1P_PHASE_D90); /* 51.3 */
}

/* Only the result of it has come yet. */
static void test_a_race_without_laps_is_forecast_before_the_start(void **state)
{
	struct spy *spy = calloc(1, sizeof(*spy));
	struct walk_result *r = calloc(1, sizeof(*r));
	struct past_maker m;
	struct measures mean;

	(void)state;
	past_begin(&m);
	past_add_race(&m, 203001, LAPS, false);
	past_add_result(&m, 203001, "ann", 1, 1, 1, F1P_DNF_NONE);
	past_add_result(&m, 203001, "ben", 2, 2, 2, F1P_DNF_NONE);
	past_add_neutral(&m, 203001, F1P_TRACK_SC, 1000, 2000);
	struct past *past = past_end(&m);
	walk_with(spy, past, r);
	assert_int_equal(tally_mean(r, &(struct tally_filter){.phase = F1P_PHASE_LIGHTS_OUT}, 0, &mean), 1);
	assert_int_equal(tally_mean(r, &(struct tally_filter){.phase = F1P_PHASE_D50}, 0, &mean), 0);
	assert_int_equal(tally_mean(r, &(struct tally_filter){.phase = WALK_QUALIFYING}, 0, &mean), 0); /* nobody is known to have qualified */
	walk_result_finish(r);
	past_destroy(past);
	free(spy);
	free(r);
}

static void test_any_number_of_workers_says_the_same(void **state)
{
	struct spy *spy = calloc(2, sizeof(*spy));
	struct walk_result *r = calloc(2, sizeof(*r));
	struct past *past = two_seasons(false);

	(void)state;
	for (unsigned k = 0; k < 2; k++) {
		struct walk_options o = {.from = 2030, .burn_in = 2030, .workers = 1 + 2 * k, .learn = true};
		struct members *m = with_spy(&spy[k], past);
		assert_true(walk(past, m, &o, &r[k]));
		without_spy(m, &spy[k]);
	}
	assert_int_equal(r[0].n_forecasts, r[1].n_forecasts);
	assert_int_equal(r[0].n_scores, r[1].n_scores);
	assert_memory_equal(r[0].scores, r[1].scores, r[0].n_scores * sizeof(r[0].scores[0]));
	assert_memory_equal(r[0].calibration, r[1].calibration, sizeof(r[0].calibration));
	walk_result_finish(&r[0]);
	walk_result_finish(&r[1]);
	past_destroy(past);
	free(spy);
	free(r);
}

static f1p_status spy_dies(struct f1p_plugin *p, const struct f1p_state *s, uint64_t seed, bool (*cancel)(void *), void *arg,
	struct f1p_forecast *out)
{
	struct spy *spy = p->impl;

	(void)s, (void)seed, (void)cancel, (void)arg, (void)out;
	if (getpid() != spy->home) {
		atomic_store(spy->died, true);
		_exit(3);
	}
	for (int i = 0; i < 30000 && !atomic_load(spy->died); i++)
		usleep(1000); /* until the other one has had its turn */
	return F1P_EUNSUPPORTED;
}

static void note_line(void *arg, int level, const char *line)
{
	if (level == F1P_LOG_ERROR)
		snprintf(arg, 200, "%s", line);
}

static void test_a_process_that_dies_is_an_error(void **state)
{
	struct spy *spy = calloc(1, sizeof(*spy));
	struct walk_result *r = calloc(1, sizeof(*r));
	struct past *past = two_seasons(false);
	struct walk_options o = {.from = 2030, .burn_in = 2030, .workers = 2};
	struct members *m = with_spy(spy, past);
	char line[200] = "";

	(void)state;
	spy->home = getpid();
	spy->died = mmap(NULL, sizeof(*spy->died), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(spy->died, MAP_FAILED);
	spy->predictor.predict = spy_dies;
	log_set_writer(note_line, line);
	assert_false(walk(past, m, &o, r));
	log_set_writer(NULL, NULL);
	assert_non_null(strstr(line, "ended with code 3"));
	munmap(spy->died, sizeof(*spy->died));
	without_spy(m, spy);
	walk_result_finish(r);
	past_destroy(past);
	free(spy);
	free(r);
}

static void test_a_washout_is_left_out(void **state)
{
	struct spy *spy = calloc(1, sizeof(*spy));
	struct walk_result *r = calloc(1, sizeof(*r));
	struct past_maker m;

	(void)state;
	past_begin(&m);
	add_race(&m, 203001, false, 12);
	struct f1p_hist_race row;
	history_row_blank(F1P_HIST_RACE, &row);
	row.row.race_id = 203001;
	row.laps = 2;
	row.scheduled_laps = LAPS;
	past_put(&m, &row.row);
	add_race(&m, 203002, false, 12);
	struct past *past = past_end(&m);
	walk_with(spy, past, r);
	assert_int_equal(r->n_excluded, 1);
	assert_int_equal(r->excluded[0], 203001);
	for (size_t i = 0; i < spy->n; i++)
		assert_true(spy->notes[i].race_id >= 203002);
	walk_result_finish(r);
	past_destroy(past);
	free(spy);
	free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_forecast_changes_with_the_future),
		cmocka_unit_test(test_results_are_shown_when_all_forecasts_are_made),
		cmocka_unit_test(test_who_says_the_result_is_scored_so),
		cmocka_unit_test(test_a_sprint_is_forecast_and_scored_apart),
		cmocka_unit_test(test_gaps_at_the_flag_are_shown_and_scored),
		cmocka_unit_test(test_what_is_not_asked_for_is_not_done),
		cmocka_unit_test(test_half_a_lap_goes_to_the_even_one),
		cmocka_unit_test(test_a_race_without_laps_is_forecast_before_the_start),
		cmocka_unit_test(test_any_number_of_workers_says_the_same),
		cmocka_unit_test(test_a_process_that_dies_is_an_error),
		cmocka_unit_test(test_a_washout_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "forecast/scorer.h"

#include "backtest/baselines.h"
#include "backtest/measures.h"
#include "helpers/encode_keys.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INSTANCES 16

struct kept {
	uint32_t instance_id; /* 0 = free */
	struct f1p_ev_forecast *forecast[SCORE_PHASES];
};

/* The baselines on the snapshot of a phase's published forecast, and what the race was like then. */
struct beside {
	struct f1p_forecast *forecast[BASELINES]; /* NULL: none */
	bool wet, neutralised;
};

struct scorer {
	struct scorer_ops ops;
	const struct baselines *baselines; /* NULL: none */
	struct kept kept[INSTANCES];
	struct beside beside[SCORE_PHASES];
	bool scored; /* this session is done */
};

const char *score_phase_name(int phase)
{
	static const char *const names[] = {"?", "lights_out", "d10", "d25", "d50", "d75", "d90"};

	return names[phase >= SCORE_LIGHTS_OUT && phase < SCORE_PHASES ? phase : 0];
}

struct scorer *scorer_create(const struct scorer_ops *ops)
{
	struct scorer *s = calloc(1, sizeof(*s));

	if (s)
		s->ops = *ops;
	return s;
}

void scorer_set_baselines(struct scorer *s, const struct baselines *b)
{
	s->baselines = b;
}

static void forget(struct scorer *s)
{
	for (size_t i = 0; i < INSTANCES; i++)
		for (int p = 0; p < SCORE_PHASES; p++)
			free(s->kept[i].forecast[p]);
	for (int p = 0; p < SCORE_PHASES; p++)
		for (int b = 0; b < BASELINES; b++)
			free(s->beside[p].forecast[b]);
	memset(s->kept, 0, sizeof(s->kept));
	memset(s->beside, 0, sizeof(s->beside));
	s->scored = false;
}

void scorer_destroy(struct scorer *s)
{
	if (!s)
		return;
	forget(s);
	free(s);
}

/* The furthest phase that has begun; 0 = none, because the distance is not known. Who joined during the race does not know when
 * the lights went out. */
static int phase_of(const struct f1p_ev_forecast *f, const struct f1p_state *st)
{
	static const int percent[] = {0, 0, 10, 25, 50, 75, 90};

	if (st->t_green_ns != F1P_UNKNOWN_NS ? f->h.t_event_ns <= st->t_green_ns : st->status == F1P_STATUS_INACTIVE)
		return SCORE_LIGHTS_OUT;
	if (st->total_laps <= 0 || f->lap < 2)
		return 0;
	int done = (f->lap - 1) * 100, phase = 0; /* completed laps of the leader, in hundredths of the distance */
	for (int p = SCORE_D10; p < SCORE_PHASES; p++)
		if (done >= percent[p] * st->total_laps)
			phase = p;
	return phase;
}

static struct kept *kept_of(struct scorer *s, uint32_t id)
{
	for (size_t i = 0; i < INSTANCES; i++)
		if (s->kept[i].instance_id == id)
			return &s->kept[i];
	for (size_t i = 0; i < INSTANCES; i++)
		if (!s->kept[i].instance_id) {
			s->kept[i].instance_id = id;
			return &s->kept[i];
		}
	return NULL;
}

static void keep_beside(struct scorer *s, int phase, const struct f1p_state *st)
{
	static const enum f1p_phase phases[SCORE_PHASES] = {F1P_PHASE_NONE, F1P_PHASE_LIGHTS_OUT, F1P_PHASE_D10, F1P_PHASE_D25,
		F1P_PHASE_D50, F1P_PHASE_D75, F1P_PHASE_D90};
	struct beside *b = &s->beside[phase];
	struct entry_list entries;

	b->wet = score_is_wet(st);
	b->neutralised = st->neutralised == F1P_YES;
	if (!s->baselines)
		return;
	entry_list_of_state(&entries, st);
	for (int k = 0; k < BASELINES; k++) {
		if (!b->forecast[k])
			b->forecast[k] = malloc(sizeof(*b->forecast[k]));
		if (b->forecast[k])
			baselines_forecast(s->baselines, (enum baseline)k, phases[phase], st, &entries, b->forecast[k]);
	}
}

static void keep(struct scorer *s, const struct f1p_ev_forecast *f, const struct f1p_state *st)
{
	int phase = f1p_forecast_event_valid(f) ? phase_of(f, st) : 0;
	struct kept *k = phase ? kept_of(s, f->instance_id) : NULL;

	if (!k || (k->forecast[phase] && phase != SCORE_LIGHTS_OUT))
		return;
	struct f1p_ev_forecast *copy = calloc(1, sizeof(*copy));
	if (!copy)
		return;
	memcpy(copy, f, f->h.size < sizeof(*copy) ? f->h.size : sizeof(*copy));
	free(k->forecast[phase]);
	k->forecast[phase] = copy;
	if (f->published == 1)
		keep_beside(s, phase, st);
}

/* [[bin, n, sum of what was said, how often it happened], ...] */
static void write_calibration(struct f1p_json *j, const struct calibration c[TARGETS])
{
	f1p_json_key(j, "calibration");
	f1p_json_object(j);
	for (int t = 0; t < TARGETS; t++) {
		f1p_json_key(j, target_name(t));
		f1p_json_array(j);
		for (unsigned b = 0; b < CALIBRATION_BINS; b++) {
			if (!(c[t].n[b] > 0))
				continue;
			f1p_json_array(j);
			f1p_json_uint(j, b);
			f1p_json_num(j, c[t].n[b], 0);
			f1p_json_num(j, c[t].p[b], 6);
			f1p_json_num(j, c[t].y[b], 0);
			f1p_json_end(j);
		}
		f1p_json_end(j);
	}
	f1p_json_end(j);
}

static void write_measures(struct f1p_json *j, const struct measures *m)
{
	for (int k = 0; k < MEASURES; k++) {
		if (isnan(m->v[k]))
			continue;
		f1p_json_key(j, measure_name(k));
		f1p_json_num(j, m->v[k], 6);
	}
}

/* Who said it: a member's instance with its model, seed and snapshot; a baseline has but its name. */
static void write_origin(struct f1p_json *j, const struct f1p_ev_forecast *f, const char *instance)
{
	static const char prefix[] = "predictor-";
	char seed[24];

	f1p_json_key(j, "name");
	f1p_json_str(j, strncmp(instance, prefix, sizeof(prefix) - 1) == 0 ? instance + sizeof(prefix) - 1 : instance);
	key_bool(j, "baseline", !f);
	if (!f)
		return;
	key_name(j, "instance", instance);
	KEY_TEXT(j, "model", f->forecast.model);
	KEY_TEXT(j, "version", f->forecast.version);
	key_bool(j, "published", f->published == 1);
	key_count(j, "snapshot_seq", f->forecast.snapshot_seq);
	snprintf(seed, sizeof(seed), "%llu", (unsigned long long)f->forecast.seed);
	key_name(j, "seed", seed);
	key_count(j, "lap", f->lap);
}

/* f: NULL for a baseline. False: the forecast and the result have no car in common. */
static bool write_line(struct scorer *s, int phase, const char *name, const struct f1p_ev_forecast *f,
	const struct f1p_forecast *forecast, const struct score_result *result, const struct f1p_state *st, struct measures *m)
{
	struct calibration bins[TARGETS] = {0};
	struct f1p_json j;
	size_t n = 0;

	if (!measures_race(m, bins, forecast, result))
		return false;
	f1p_json_init(&j);
	f1p_json_object(&j);
	f1p_json_key(&j, "session");
	f1p_encode_session(&j, st);
	key_name(&j, "phase", score_phase_name(phase));
	write_origin(&j, f, name);
	key_bool(&j, "wet", s->beside[phase].wet);
	key_bool(&j, "neutralised", s->beside[phase].neutralised);
	key_count(&j, "cars", forecast->n_cars);
	write_measures(&j, m);
	write_calibration(&j, bins);
	f1p_json_end(&j);
	const char *text = f1p_json_text(&j, &n);
	if (text && s->ops.write)
		s->ops.write(s->ops.arg, text, n);
	f1p_json_finish(&j);
	return true;
}

static void tell(struct scorer *s, int phase, const struct measures *m)
{
	char line[200];

	if (!s->ops.tell)
		return;
	snprintf(line, sizeof(line), "%s: podium %d of 3, winner %s, win log-loss %.3f, podium log-loss %.3f, mean error %.1f places",
		score_phase_name(phase), (int)(m->v[MEASURE_TOP3_HIT] * 3 + 0.5), m->v[MEASURE_WINNER_HIT] > 0 ? "right" : "wrong",
		m->v[MEASURE_WIN_LOGLOSS], m->v[MEASURE_PODIUM_LOGLOSS], m->v[MEASURE_MAE]);
	s->ops.tell(s->ops.arg, line);
}

static void score_members(struct scorer *s, int phase, const struct score_result *result, const struct f1p_state *st)
{
	struct measures m;
	char number[16];

	for (size_t i = 0; i < INSTANCES; i++) {
		const struct f1p_ev_forecast *f = s->kept[i].forecast[phase];
		const char *name = f && s->ops.name ? s->ops.name(s->ops.arg, f->instance_id) : NULL;
		if (!f)
			continue;
		snprintf(number, sizeof(number), "%u", (unsigned)f->instance_id);
		if (write_line(s, phase, name ? name : number, f, &f->forecast, result, st, &m) && f->published == 1)
			tell(s, phase, &m);
	}
}

static void score_all(struct scorer *s, const struct f1p_state *st)
{
	struct score_result result;
	struct measures m;

	score_result_of(&result, st);
	for (int phase = SCORE_LIGHTS_OUT; phase < SCORE_PHASES; phase++) {
		score_members(s, phase, &result, st);
		for (int b = 0; b < BASELINES; b++)
			if (s->beside[phase].forecast[b])
				write_line(s, phase, baseline_name(b), NULL, s->beside[phase].forecast[b], &result, st, &m);
	}
}

static bool is_final(const struct f1p_state *st)
{
	return (st->type == F1P_SESSION_RACE || st->type == F1P_SESSION_SPRINT) && (st->status == F1P_STATUS_FINALISED ||
		st->status == F1P_STATUS_ENDS);
}

void scorer_take(struct scorer *s, const struct f1p_event *ev, const struct f1p_state *st)
{
	if (ev->space != F1P_SPACE_CORE)
		return;
	if (ev->type == F1P_EV_FEED_RESET && !(ev->flags & F1P_EVF_SNAPSHOT)) {
		forget(s);
	} else if (ev->type == F1P_EV_FORECAST && !s->scored) {
		keep(s, (const struct f1p_ev_forecast *)ev, st);
	} else if (ev->type == F1P_EV_SESSION_STATUS && !s->scored && is_final(st)) {
		score_all(s, st);
		s->scored = true;
	}
}

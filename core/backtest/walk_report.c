/* walk_report.c - the scores of a walk as JSON. */
#include "backtest/walk_report.h"

#include "backtest/tally.h"
#include "helpers/json_writer.h"

#include <math.h>

#define DECIMALS 6

static bool is_baseline(const struct walk_result *r, size_t model)
{
	return model >= r->first_baseline;
}

static void put_number(struct f1p_json *j, const char *key, double v)
{
	if (isnan(v))
		return;
	f1p_json_key(j, key);
	f1p_json_num(j, v, DECIMALS);
}

/* [[mean of what was said, how often it happened, how many], ...], bins with nothing in them left out */
static void put_reliability(struct f1p_json *j, const struct calibration *c)
{
	f1p_json_object(j);
	for (int t = 0; t < TARGETS; t++) {
		f1p_json_key(j, target_name(t));
		f1p_json_array(j);
		for (int b = 0; b < CALIBRATION_BINS; b++) {
			if (!(c[t].n[b] > 0))
				continue;
			f1p_json_array(j);
			f1p_json_num(j, c[t].p[b] / c[t].n[b], DECIMALS);
			f1p_json_num(j, c[t].y[b] / c[t].n[b], DECIMALS);
			f1p_json_num(j, c[t].n[b], 0);
			f1p_json_end(j);
		}
		f1p_json_end(j);
	}
	f1p_json_end(j);
}

/* Beside the metrics, which are plain numbers. */
static void put_all_reliability(struct f1p_json *j, const struct walk_result *r, int phase)
{
	f1p_json_key(j, "reliability");
	f1p_json_object(j);
	for (size_t k = 0; k < r->n_models; k++) {
		double n = 0;
		for (int b = 0; b < CALIBRATION_BINS; b++)
			n += r->calibration[phase][k][TARGET_WIN].n[b];
		if (!(n > 0))
			continue;
		f1p_json_key(j, r->names[k]);
		put_reliability(j, r->calibration[phase][k]);
	}
	f1p_json_end(j);
}

static void put_metrics(struct f1p_json *j, const struct measures *m, const struct calibration *c, size_t races)
{
	f1p_json_object(j);
	if (races) {
		f1p_json_key(j, "races");
		f1p_json_uint(j, races);
	}
	for (int k = 0; k < MEASURES; k++)
		put_number(j, measure_name(k), m->v[k]);
	for (int t = 0; c && t < TARGETS; t++) {
		char key[32];
		snprintf(key, sizeof(key), "ece_%s", target_name(t));
		put_number(j, key, calibration_error(&c[t]));
	}
	f1p_json_end(j);
}

static void put_models(struct f1p_json *j, const struct walk_result *r, const struct tally_filter *f, bool baselines, bool pooled)
{
	f1p_json_key(j, baselines ? "baselines" : "models");
	f1p_json_object(j);
	for (size_t k = 0; k < r->n_models; k++) {
		struct measures m;
		size_t races = is_baseline(r, k) == baselines ? tally_mean(r, f, k, &m) : 0;
		if (!races)
			continue;
		f1p_json_key(j, r->names[k]);
		put_metrics(j, &m, pooled && !walk_is_qualifying(f->phase) ? r->calibration[f->phase][k] : NULL, pooled ? races : 0);
	}
	f1p_json_end(j);
}

static void put_paired(struct f1p_json *j, const struct walk_result *r, const struct tally_filter *f, size_t model)
{
	for (size_t k = 0; k < TALLY_COMPARED; k++) {
		enum baseline b = tally_baseline(f->phase, tally_compared[k]);
		struct difference d = tally_difference(r, f, model, r->first_baseline + b, tally_compared[k]);
		if (!d.n)
			continue;
		f1p_json_object(j);
		if (f->season) {
			f1p_json_key(j, "season");
			f1p_json_int(j, f->season);
		}
		f1p_json_key(j, "metric");
		f1p_json_str(j, measure_name(tally_compared[k]));
		f1p_json_key(j, "against");
		f1p_json_str(j, baseline_name((int)b));
		f1p_json_key(j, "races");
		f1p_json_uint(j, d.n);
		put_number(j, "mean", d.mean);
		put_number(j, "low", d.low);
		put_number(j, "high", d.high);
		f1p_json_end(j);
	}
}

static void put_all_paired(struct f1p_json *j, const struct walk_result *r, int phase)
{
	size_t model = tally_model(r, "ensemble");
	int32_t first, last;

	tally_seasons(r, &first, &last);
	f1p_json_key(j, "paired");
	f1p_json_array(j);
	if (model < r->n_models) {
		put_paired(j, r, &(struct tally_filter){.phase = phase}, model);
		for (int32_t season = first; season && season <= last; season++)
			put_paired(j, r, &(struct tally_filter){.phase = phase, .season = season}, model);
	}
	f1p_json_end(j);
}

static void put_splits(struct f1p_json *j, const struct walk_result *r, int phase)
{
	f1p_json_key(j, "splits");
	f1p_json_object(j);
	for (size_t k = 0; k < TALLY_SPLITS; k++) {
		struct tally_filter f = {.phase = phase, .weather = tally_splits[k].weather};
		struct measures m;
		if (!tally_mean(r, &f, r->first_baseline, &m))
			continue;
		f1p_json_key(j, tally_splits[k].name);
		f1p_json_object(j);
		put_models(j, r, &f, false, false);
		put_models(j, r, &f, true, false);
		f1p_json_key(j, "paired");
		f1p_json_array(j);
		if (tally_model(r, "ensemble") < r->n_models)
			put_paired(j, r, &f, tally_model(r, "ensemble"));
		f1p_json_end(j);
		f1p_json_end(j);
	}
	f1p_json_end(j);
}

static void put_phase(struct f1p_json *j, const struct walk_result *r, int phase)
{
	struct tally_filter f = {.phase = phase};

	f1p_json_object(j);
	f1p_json_key(j, "phase");
	f1p_json_str(j, walk_phase_name(phase));
	f1p_json_key(j, "races");
	f1p_json_uint(j, tally_races(r, phase));
	put_models(j, r, &f, false, true);
	if (!walk_is_qualifying(phase)) {
		put_models(j, r, &f, true, true);
		put_all_paired(j, r, phase);
		put_all_reliability(j, r, phase);
		put_splits(j, r, phase);
	}
	f1p_json_end(j);
}

static void put_qualifying_live(struct f1p_json *j, const struct walk_result *r)
{
	bool any = false;

	for (int phase = WALK_LIVE_QUALIFYING; phase < WALK_PHASES; phase++)
		any |= tally_has_phase(r, phase);
	if (!any)
		return;
	f1p_json_key(j, "qualifying_live");
	f1p_json_array(j);
	for (int phase = WALK_LIVE_QUALIFYING; phase < WALK_PHASES; phase++)
		if (tally_has_phase(r, phase))
			put_phase(j, r, phase);
	f1p_json_end(j);
}

static const struct walk_score *score_of(const struct walk_result *r, int32_t race_id, int phase)
{
	for (size_t i = 0; i < r->n_scores; i++)
		if (r->scores[i].race_id == race_id && r->scores[i].phase == phase)
			return &r->scores[i];
	return NULL;
}

static void put_race(struct f1p_json *j, const struct walk_result *r, int32_t race_id)
{
	f1p_json_object(j);
	f1p_json_key(j, "race_id");
	f1p_json_int(j, race_id);
	f1p_json_key(j, "phases");
	f1p_json_array(j);
	for (int phase = 1; phase < WALK_PHASES; phase++) {
		const struct walk_score *s = score_of(r, race_id, phase);
		struct tally_filter f = {.phase = phase, .race_id = race_id};
		if (!s)
			continue;
		f1p_json_object(j);
		f1p_json_key(j, "phase");
		f1p_json_str(j, walk_phase_name(phase));
		f1p_json_key(j, "lap");
		f1p_json_int(j, s->lap);
		f1p_json_key(j, "wet");
		f1p_json_bool(j, s->wet);
		f1p_json_key(j, "neutralised");
		f1p_json_bool(j, s->neutralised);
		put_models(j, r, &f, false, false);
		put_models(j, r, &f, true, false);
		f1p_json_end(j);
	}
	f1p_json_end(j);
	f1p_json_end(j);
}

static void put_races(struct f1p_json *j, const struct walk_result *r)
{
	int32_t before = 0;

	f1p_json_key(j, "races");
	f1p_json_array(j);
	for (size_t i = 0; i < r->n_scores; i++)
		if (r->scores[i].race_id != before) {
			before = r->scores[i].race_id;
			put_race(j, r, before);
		}
	f1p_json_end(j);
	f1p_json_key(j, "excluded"); /* stopped before a quarter of the distance */
	f1p_json_array(j);
	for (size_t i = 0; i < r->n_excluded; i++)
		f1p_json_int(j, r->excluded[i]);
	f1p_json_end(j);
}

static bool write_json(const struct walk_result *r, int32_t from, int32_t to, bool races, FILE *out)
{
	struct f1p_json j;
	size_t n;

	f1p_json_init(&j);
	f1p_json_object(&j);
	f1p_json_key(&j, "from");
	f1p_json_int(&j, from);
	f1p_json_key(&j, "to");
	f1p_json_int(&j, to);
	f1p_json_key(&j, "phases");
	f1p_json_array(&j);
	for (int phase = F1P_PHASE_PRE_QUALIFYING; phase < (int)F1P_PHASES; phase++)
		if (tally_has_phase(r, phase))
			put_phase(&j, r, phase);
	f1p_json_end(&j);
	if (tally_has_phase(r, WALK_QUALIFYING)) {
		f1p_json_key(&j, "qualifying");
		put_phase(&j, r, WALK_QUALIFYING);
	}
	put_qualifying_live(&j, r);
	if (tally_has_phase(r, WALK_SPRINT)) {
		f1p_json_key(&j, "sprint");
		put_phase(&j, r, WALK_SPRINT);
	}
	if (races)
		put_races(&j, r);
	f1p_json_end(&j);
	const char *text = f1p_json_text(&j, &n);
	bool ok = text && fwrite(text, 1, n, out) == n && fputc('\n', out) != EOF;
	f1p_json_finish(&j);
	return ok;
}

bool walk_report_json(const struct walk_result *r, int32_t from, int32_t to, FILE *out)
{
	return write_json(r, from, to, true, out);
}

bool walk_report_card(const struct walk_result *r, int32_t from, int32_t to, FILE *out)
{
	return write_json(r, from, to, false, out);
}

#include "backtest/walk_report.h"

#include "backtest/tally.h"
#include "helpers/json_writer.h"

#include <math.h>
#include <string.h>

#define DECIMALS 6
#define PAIRED_MAX 8

/* What is compared with what at a phase, and in which measures. */
static const int paired_measures[] = {
	MEASURE_TOP3_HIT, MEASURE_WIN_LOGLOSS, MEASURE_PODIUM_LOGLOSS, MEASURE_POINTS_LOGLOSS, MEASURE_RPS, MEASURE_WINNER_HIT};
#define N_PAIRED (sizeof(paired_measures) / sizeof(paired_measures[0]))

static const struct {
	const char *name;
	enum tally_weather weather;
} splits[] = {{"dry_green", TALLY_DRY_GREEN}, {"wet", TALLY_WET}, {"neutralised", TALLY_NEUTRALISED}};

static bool is_lap_phase(int phase)
{
	return phase >= F1P_PHASE_D10 && phase <= F1P_PHASE_D90;
}

/* The baselines that a forecast of this phase is measured against: hits by the order, odds by the table. */
static enum baseline baseline_for(int phase, int measure)
{
	bool of_order = measure_is_of_order(measure);

	if (is_lap_phase(phase))
		return of_order ? BASELINE_CURRENT_ORDER : BASELINE_ORDER_TABLE;
	return of_order ? BASELINE_GRID : BASELINE_GRID_TABLE;
}

static bool is_baseline(const struct walk_result *r, size_t model)
{
	return model >= r->first_baseline;
}

static bool has_phase(const struct walk_result *r, int phase)
{
	for (size_t i = 0; i < r->n_scores; i++)
		if (r->scores[i].phase == phase)
			return true;
	return false;
}

/* ---- JSON ---- */

static void put_number(struct f1p_json *j, const char *key, double v)
{
	if (isnan(v))
		return;
	f1p_json_key(j, key);
	f1p_json_num(j, v, DECIMALS);
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
		put_metrics(j, &m, pooled && f->phase != WALK_QUALIFYING ? r->calibration[f->phase][k] : NULL, pooled ? races : 0);
	}
	f1p_json_end(j);
}

static void put_paired(struct f1p_json *j, const struct walk_result *r, const struct tally_filter *f, size_t model)
{
	for (size_t k = 0; k < N_PAIRED; k++) {
		enum baseline b = baseline_for(f->phase, paired_measures[k]);
		struct difference d = tally_difference(r, f, model, r->first_baseline + b, paired_measures[k]);
		if (!d.n)
			continue;
		f1p_json_object(j);
		if (f->season) {
			f1p_json_key(j, "season");
			f1p_json_int(j, f->season);
		}
		f1p_json_key(j, "metric");
		f1p_json_str(j, measure_name(paired_measures[k]));
		f1p_json_key(j, "against");
		f1p_json_str(j, baseline_name(b));
		f1p_json_key(j, "races");
		f1p_json_uint(j, d.n);
		put_number(j, "mean", d.mean);
		put_number(j, "low", d.low);
		put_number(j, "high", d.high);
		f1p_json_end(j);
	}
}

static void seasons_of(const struct walk_result *r, int32_t *first, int32_t *last)
{
	*first = *last = 0;
	for (size_t i = 0; i < r->n_scores; i++) {
		int32_t season = r->scores[i].race_id / 100;
		*first = !*first || season < *first ? season : *first;
		*last = season > *last ? season : *last;
	}
}

static void put_all_paired(struct f1p_json *j, const struct walk_result *r, int phase)
{
	size_t model = tally_model(r, "ensemble");
	int32_t first, last;

	seasons_of(r, &first, &last);
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
	for (size_t k = 0; k < sizeof(splits) / sizeof(splits[0]); k++) {
		struct tally_filter f = {.phase = phase, .weather = splits[k].weather};
		struct measures m;
		if (!tally_mean(r, &f, r->first_baseline, &m))
			continue;
		f1p_json_key(j, splits[k].name);
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

static size_t races_of(const struct walk_result *r, int phase)
{
	struct measures m;
	struct tally_filter f = {.phase = phase};
	size_t most = 0;

	for (size_t k = 0; k < r->n_models; k++) {
		size_t n = tally_mean(r, &f, k, &m);
		most = n > most ? n : most;
	}
	return most;
}

static void put_phase(struct f1p_json *j, const struct walk_result *r, int phase)
{
	struct tally_filter f = {.phase = phase};

	f1p_json_object(j);
	f1p_json_key(j, "phase");
	f1p_json_str(j, walk_phase_name(phase));
	f1p_json_key(j, "races");
	f1p_json_uint(j, races_of(r, phase));
	put_models(j, r, &f, false, true);
	if (phase != WALK_QUALIFYING) {
		put_models(j, r, &f, true, true);
		put_all_paired(j, r, phase);
		put_splits(j, r, phase);
	}
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

bool walk_report_json(const struct walk_result *r, int32_t from, int32_t to, FILE *out)
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
		if (has_phase(r, phase))
			put_phase(&j, r, phase);
	f1p_json_end(&j);
	if (has_phase(r, WALK_QUALIFYING)) {
		f1p_json_key(&j, "qualifying");
		put_phase(&j, r, WALK_QUALIFYING);
	}
	put_races(&j, r);
	f1p_json_end(&j);
	const char *text = f1p_json_text(&j, &n);
	bool ok = text && fwrite(text, 1, n, out) == n && fputc('\n', out) != EOF;
	f1p_json_finish(&j);
	return ok;
}

/* ---- text ---- */

static const struct {
	int measure;
	const char *head;
} columns[] = {{MEASURE_TOP3_HIT, "top3"}, {MEASURE_WINNER_HIT, "winner"}, {MEASURE_WIN_LOGLOSS, "win LL"},
	{MEASURE_PODIUM_LOGLOSS, "podium"}, {MEASURE_POINTS_LOGLOSS, "points"}, {MEASURE_DNF_LOGLOSS, "dnf"},
	{MEASURE_WINNER_LOGLOSS, "mcw"}, {MEASURE_RPS, "rps"}, {MEASURE_MAE, "mae"}, {MEASURE_SPEARMAN, "spear"},
	{MEASURE_COVER50, "c50"}, {MEASURE_COVER90, "c90"}, {MEASURE_POLE_LOGLOSS, "poleLL"}, {MEASURE_POLE_HIT, "pole"},
	{MEASURE_Q3_LOGLOSS, "q3 LL"}};
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

static void print_head(const struct walk_result *r, int phase, FILE *out)
{
	fprintf(out, "\n%s (%zu races)\n%-16s %5s", walk_phase_name(phase), races_of(r, phase), "", "races");
	for (size_t c = 0; c < COLUMNS; c++)
		fprintf(out, " %6s", columns[c].head);
	if (phase != WALK_QUALIFYING)
		fprintf(out, " %20s", "ece win/podium/points");
	fputc('\n', out);
}

static void print_model(const struct walk_result *r, const struct tally_filter *f, size_t k, const char *name, bool ece, FILE *out)
{
	struct measures m;
	size_t races = tally_mean(r, f, k, &m);

	if (!races)
		return;
	fprintf(out, "%-16.16s %5zu", name, races);
	for (size_t c = 0; c < COLUMNS; c++) {
		double v = m.v[columns[c].measure];
		if (isnan(v))
			fprintf(out, " %6s", "-");
		else
			fprintf(out, " %6.*f", v >= 10 ? 2 : 4, v);
	}
	for (int t = 0; ece && t < TARGETS; t++)
		fprintf(out, "%s%.3f", t ? "/" : "  ", calibration_error(&r->calibration[f->phase][k][t]));
	fputc('\n', out);
}

static void print_paired(const struct walk_result *r, int phase, size_t model, FILE *out)
{
	for (size_t k = 0; k < N_PAIRED; k++) {
		enum baseline b = baseline_for(phase, paired_measures[k]);
		struct tally_filter f = {.phase = phase};
		struct difference d = tally_difference(r, &f, model, r->first_baseline + b, paired_measures[k]);
		struct measures base;
		if (!d.n || !tally_mean(r, &f, r->first_baseline + b, &base))
			continue;
		fprintf(out, "  %-16s - %-13s %+.4f [%+.4f, %+.4f] %+5.1f %%\n", measure_name(paired_measures[k]), baseline_name(b),
			d.mean, d.low, d.high, 100 * d.mean / base.v[paired_measures[k]]);
	}
}

/* How far the published forecast lies from the baselines where the filter lets through. */
static void print_split(const struct walk_result *r, const struct tally_filter *f, size_t model, const char *name, FILE *out)
{
	static const int shown[] = {MEASURE_TOP3_HIT, MEASURE_WIN_LOGLOSS, MEASURE_PODIUM_LOGLOSS, MEASURE_POINTS_LOGLOSS, MEASURE_RPS};
	struct measures m;
	size_t n = tally_mean(r, f, model, &m);

	if (!n)
		return;
	fprintf(out, "  %-12s %3zu", name, n);
	for (size_t k = 0; k < sizeof(shown) / sizeof(shown[0]); k++) {
		enum baseline b = baseline_for(f->phase, shown[k]);
		struct difference d = tally_difference(r, f, model, r->first_baseline + b, shown[k]);
		fprintf(out, "  %s %+.4f", measure_name(shown[k]), d.mean);
	}
	fputc('\n', out);
}

static void print_splits(const struct walk_result *r, int phase, size_t model, FILE *out)
{
	int32_t first, last;

	for (size_t k = 0; k < sizeof(splits) / sizeof(splits[0]); k++)
		print_split(r, &(struct tally_filter){.phase = phase, .weather = splits[k].weather}, model, splits[k].name, out);
	seasons_of(r, &first, &last);
	for (int32_t season = first; season <= last; season++) {
		char name[16];
		snprintf(name, sizeof(name), "%d", season);
		print_split(r, &(struct tally_filter){.phase = phase, .season = season}, model, name, out);
	}
}

bool walk_report_text(const struct walk_result *r, FILE *out)
{
	size_t ensemble = tally_model(r, "ensemble");

	for (int phase = WALK_QUALIFYING; phase > 0; phase = phase == WALK_QUALIFYING ? 1 : phase < (int)F1P_PHASE_D90 ? phase + 1 : 0) {
		struct tally_filter f = {.phase = phase};
		if (!has_phase(r, phase))
			continue;
		print_head(r, phase, out);
		for (size_t k = 0; k < r->n_models; k++)
			print_model(r, &f, k, r->names[k], phase != WALK_QUALIFYING, out);
		if (phase == WALK_QUALIFYING || ensemble == r->n_models)
			continue;
		fprintf(out, "ensemble, race by race:\n");
		print_paired(r, phase, ensemble, out);
		print_splits(r, phase, ensemble, out);
	}
	for (size_t i = 0; i < r->n_excluded; i++)
		fprintf(out, "%sexcluded: race %d was stopped before a quarter of its distance\n", i ? "" : "\n", r->excluded[i]);
	return fflush(out) == 0;
}

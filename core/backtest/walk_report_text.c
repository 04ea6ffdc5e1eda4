/* walk_report_text.c - the scores of a walk for people. */
#include "backtest/tally.h"
#include "backtest/walk_report.h"

#include <math.h>

static const struct {
	int measure;
	const char *head;
} columns[] = {{MEASURE_TOP3_HIT, "top3"}, {MEASURE_WINNER_HIT, "winner"}, {MEASURE_WIN_LOGLOSS, "win LL"},
	{MEASURE_PODIUM_LOGLOSS, "podium"}, {MEASURE_POINTS_LOGLOSS, "points"}, {MEASURE_DNF_LOGLOSS, "dnf"},
	{MEASURE_WINNER_LOGLOSS, "mcw"}, {MEASURE_RPS, "rps"}, {MEASURE_MAE, "mae"}, {MEASURE_SPEARMAN, "spear"},
	{MEASURE_COVER50, "c50"}, {MEASURE_COVER90, "c90"}, {MEASURE_GAP_COVER50, "gap50"}, {MEASURE_GAP_COVER90, "gap90"},
	{MEASURE_POLE_LOGLOSS, "poleLL"}, {MEASURE_POLE_HIT, "pole"}, {MEASURE_Q3_LOGLOSS, "q3 LL"},
	{MEASURE_KNOCKOUT_LOGLOSS, "out LL"}};
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

static void print_head(const struct walk_result *r, int phase, FILE *out)
{
	fprintf(out, "\n%s (%zu races)\n%-16s %5s", walk_phase_name(phase), tally_races(r, phase), "", "races");
	for (size_t c = 0; c < COLUMNS; c++)
		if (tally_has_measure(r, phase, columns[c].measure))
			fprintf(out, " %6s", columns[c].head);
	if (!walk_is_qualifying(phase))
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
		if (!tally_has_measure(r, f->phase, columns[c].measure))
			continue;
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
	for (size_t k = 0; k < TALLY_COMPARED; k++) {
		enum baseline b = tally_baseline(phase, tally_compared[k]);
		struct tally_filter f = {.phase = phase};
		struct difference d = tally_difference(r, &f, model, r->first_baseline + b, tally_compared[k]);
		struct measures base;
		if (!d.n || !tally_mean(r, &f, r->first_baseline + b, &base))
			continue;
		fprintf(out, "  %-16s - %-13s %+.4f [%+.4f, %+.4f] %+5.1f %%\n", measure_name(tally_compared[k]), baseline_name((int)b),
			d.mean, d.low, d.high, 100 * d.mean / base.v[tally_compared[k]]);
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
		enum baseline b = tally_baseline(f->phase, shown[k]);
		struct difference d = tally_difference(r, f, model, r->first_baseline + b, shown[k]);
		fprintf(out, "  %s %+.4f", measure_name(shown[k]), d.mean);
	}
	fputc('\n', out);
}

static void print_splits(const struct walk_result *r, int phase, size_t model, FILE *out)
{
	int32_t first, last;

	for (size_t k = 0; k < TALLY_SPLITS; k++)
		print_split(r, &(struct tally_filter){.phase = phase, .weather = tally_splits[k].weather}, model, tally_splits[k].name, out);
	tally_seasons(r, &first, &last);
	for (int32_t season = first; season <= last; season++) {
		char name[16];
		snprintf(name, sizeof(name), "%d", season);
		print_split(r, &(struct tally_filter){.phase = phase, .season = season}, model, name, out);
	}
}

/* Qualifying, its parts and the sprint before the race. 0: none. */
static int in_order_of_weekend(int i)
{
	const int before = WALK_PHASES - WALK_QUALIFYING;

	if (i >= before)
		return i - before;
	return i == 0 ? WALK_QUALIFYING : i + 1 < before ? WALK_LIVE_QUALIFYING + i - 1 : WALK_SPRINT;
}

bool walk_report_text(const struct walk_result *r, FILE *out)
{
	size_t ensemble = tally_model(r, "ensemble");

	for (int i = 0; i < WALK_PHASES; i++) {
		int phase = in_order_of_weekend(i);
		struct tally_filter f = {.phase = phase};
		if (!tally_has_phase(r, phase))
			continue;
		print_head(r, phase, out);
		for (size_t k = 0; k < r->n_models; k++)
			print_model(r, &f, k, r->names[k], !walk_is_qualifying(phase), out);
		if (walk_is_qualifying(phase) || ensemble == r->n_models)
			continue;
		fprintf(out, "ensemble, race by race:\n");
		print_paired(r, phase, ensemble, out);
		print_splits(r, phase, ensemble, out);
	}
	for (size_t i = 0; i < r->n_excluded; i++)
		fprintf(out, "%sexcluded: race %d was stopped before a quarter of its distance\n", i ? "" : "\n", r->excluded[i]);
	return fflush(out) == 0;
}

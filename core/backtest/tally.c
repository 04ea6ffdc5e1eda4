#include "backtest/tally.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool passes(const struct walk_score *s, const struct tally_filter *f)
{
	if (s->phase != f->phase || (f->season && s->race_id / 100 != f->season) || (f->race_id && s->race_id != f->race_id))
		return false;
	switch (f->weather) {
	case TALLY_DRY_GREEN:
		return !s->wet && !s->neutralised;
	case TALLY_WET:
		return s->wet;
	case TALLY_NEUTRALISED:
		return s->neutralised;
	default:
		return true;
	}
}

size_t tally_mean(const struct walk_result *r, const struct tally_filter *f, size_t model, struct measures *out)
{
	double sum[MEASURES] = {0}, n[MEASURES] = {0};
	size_t races = 0;

	for (size_t i = 0; i < r->n_scores; i++) {
		const struct walk_score *s = &r->scores[i];
		if (s->model != model || !passes(s, f))
			continue;
		races++;
		for (int m = 0; m < MEASURES; m++)
			if (!isnan(s->measures.v[m])) {
				sum[m] += s->measures.v[m];
				n[m] += 1;
			}
	}
	for (int m = 0; m < MEASURES; m++)
		out->v[m] = n[m] > 0 ? sum[m] / n[m] : NAN;
	return races;
}

static const struct walk_score *same_race(const struct walk_result *r, const struct walk_score *s, size_t model)
{
	for (size_t i = 0; i < r->n_scores; i++)
		if (r->scores[i].model == model && r->scores[i].race_id == s->race_id && r->scores[i].phase == s->phase)
			return &r->scores[i];
	return NULL;
}

struct difference tally_difference(const struct walk_result *r, const struct tally_filter *f, size_t model, size_t other, int measure)
{
	struct difference none = {NAN, NAN, NAN, 0};
	double *d = malloc((r->n_scores + 1) * sizeof(*d));
	size_t n = 0;

	for (size_t i = 0; d && i < r->n_scores; i++) {
		const struct walk_score *s = &r->scores[i], *o;
		if (s->model != model || !passes(s, f) || !(o = same_race(r, s, other)))
			continue;
		double x = s->measures.v[measure] - o->measures.v[measure];
		if (!isnan(x))
			d[n++] = x;
	}
	struct difference out = d ? paired_difference(d, n) : none;
	free(d);
	return out;
}

size_t tally_model(const struct walk_result *r, const char *name)
{
	for (size_t i = 0; i < r->n_models; i++)
		if (strcmp(r->names[i], name) == 0)
			return i;
	return r->n_models;
}

void tally_seasons(const struct walk_result *r, int32_t *first, int32_t *last)
{
	*first = *last = 0;
	for (size_t i = 0; i < r->n_scores; i++) {
		int32_t season = r->scores[i].race_id / 100;
		*first = !*first || season < *first ? season : *first;
		*last = season > *last ? season : *last;
	}
}

size_t tally_races(const struct walk_result *r, int phase)
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

bool tally_has_phase(const struct walk_result *r, int phase)
{
	for (size_t i = 0; i < r->n_scores; i++)
		if (r->scores[i].phase == phase)
			return true;
	return false;
}

bool tally_has_measure(const struct walk_result *r, int phase, int measure)
{
	for (size_t i = 0; i < r->n_scores; i++)
		if (r->scores[i].phase == phase && !isnan(r->scores[i].measures.v[measure]))
			return true;
	return false;
}

/* ---- what is compared ---- */

const int tally_compared[TALLY_COMPARED] = {
	MEASURE_TOP3_HIT, MEASURE_WIN_LOGLOSS, MEASURE_PODIUM_LOGLOSS, MEASURE_POINTS_LOGLOSS, MEASURE_RPS, MEASURE_WINNER_HIT};
const struct tally_split tally_splits[TALLY_SPLITS] = {
	{"dry_green", TALLY_DRY_GREEN}, {"wet", TALLY_WET}, {"neutralised", TALLY_NEUTRALISED}};

static bool is_lap_phase(int phase)
{
	return phase >= F1P_PHASE_D10 && phase <= F1P_PHASE_D90;
}

enum baseline tally_baseline(int phase, int measure)
{
	bool of_order = measure_is_of_order(measure);

	if (is_lap_phase(phase))
		return of_order ? BASELINE_CURRENT_ORDER : BASELINE_ORDER_TABLE;
	return of_order ? BASELINE_GRID : BASELINE_GRID_TABLE;
}

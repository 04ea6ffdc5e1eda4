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

#include "backtest/member_scores.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 100 /* of a season: race_id % 100 */

static const int measure_of[F1P_SCORE_TARGETS] = {MEASURE_WIN_LOGLOSS, MEASURE_PODIUM_LOGLOSS, MEASURE_POINTS_LOGLOSS};

struct sum {
	double loss[F1P_SCORE_TARGETS];
	uint32_t n;
};
struct work {
	struct sum all[ROUNDS][F1P_PHASES]; /* of all predictors on a snapshot */
	struct sum excess[WALK_MODELS_MAX][F1P_SCORE_STAGES];
	bool seen[WALK_MODELS_MAX][F1P_SCORE_STAGES][ROUNDS];
};

static bool counts(const struct walk_result *r, const struct walk_score *s, int32_t season)
{
	bool known = s->race_id / ROUNDS == season && s->model < r->first_baseline && s->phase >= F1P_PHASE_LIGHTS_OUT &&
		     s->phase <= F1P_PHASE_D90;

	for (int t = 0; known && t < F1P_SCORE_TARGETS; t++)
		known = isfinite(s->measures.v[measure_of[t]]);
	return known;
}

static void add(struct sum *sum, const struct walk_score *s, const struct sum *mean)
{
	for (int t = 0; t < F1P_SCORE_TARGETS; t++)
		sum->loss[t] += s->measures.v[measure_of[t]] - (mean ? mean->loss[t] / mean->n : 0);
	sum->n++;
}

static struct sum *all_on(struct work *w, const struct walk_score *s)
{
	return &w->all[s->race_id % ROUNDS][s->phase];
}

static void gather(struct work *w, const struct walk_result *r, int32_t season)
{
	for (size_t i = 0; i < r->n_scores; i++)
		if (counts(r, &r->scores[i], season))
			add(all_on(w, &r->scores[i]), &r->scores[i], NULL);
	for (size_t i = 0; i < r->n_scores; i++) {
		const struct walk_score *s = &r->scores[i];
		int stage = s->phase == F1P_PHASE_LIGHTS_OUT ? F1P_SCORE_START : F1P_SCORE_RACE;
		if (!counts(r, s, season))
			continue;
		add(&w->excess[s->model][stage], s, all_on(w, s));
		w->seen[s->model][stage][s->race_id % ROUNDS] = true;
	}
}

static void put_stage(struct f1p_member_score *out, const struct work *w, size_t model, int stage)
{
	const struct sum *sum = &w->excess[model][stage];

	for (int round = 0; round < ROUNDS; round++)
		out->races[stage] += w->seen[model][stage][round];
	for (int t = 0; sum->n && t < F1P_SCORE_TARGETS; t++)
		out->excess_e6[stage][t] = (int32_t)lround(1e6 * sum->loss[t] / sum->n);
}

uint32_t member_scores_of(const struct walk_result *r, int32_t season, struct f1p_member_score out[F1P_MEMBER_SCORES])
{
	struct work *w = calloc(1, sizeof(*w));
	uint32_t n = 0;

	memset(out, 0, F1P_MEMBER_SCORES * sizeof(*out));
	if (!w)
		return 0;
	gather(w, r, season);
	for (size_t model = 0; model < r->first_baseline && n < F1P_MEMBER_SCORES; model++) {
		if (!w->excess[model][F1P_SCORE_START].n && !w->excess[model][F1P_SCORE_RACE].n)
			continue;
		snprintf(out[n].name, sizeof(out[n].name), "%s", r->names[model]);
		put_stage(&out[n], w, model, F1P_SCORE_START);
		put_stage(&out[n++], w, model, F1P_SCORE_RACE);
	}
	free(w);
	return n;
}

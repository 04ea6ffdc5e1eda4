/* season.c - see season.h. */
#include "season.h"

#include <string.h>

#include "helpers/fmath.h"
#include "positions.h"

#define CARS 20.0
#define MOST 0.7 /* of the logarithm: a factor of two either way */

static const struct f1p_member_score *score_of(const struct f1p_state *state, const struct f1p_member *member)
{
	const char *dash = member->instance ? strchr(member->instance, '-') : NULL;
	const char *name = dash ? dash + 1 : member->instance ? member->instance : member->forecast->model;
	for (uint32_t i = 0; i < state->n_member_scores && i < F1P_MEMBER_SCORES; i++) {
		if (strcmp(state->member_scores[i].name, name) == 0) {
			return &state->member_scores[i];
		}
	}
	return NULL;
}

/* Log-loss of the season so far beyond the mean member's, and beyond the usual. */
static double excess(const struct f1p_member_score *score, enum f1p_score_stage stage, double usual)
{
	double mean = 0.0;
	for (uint32_t t = 0; t < F1P_SCORE_TARGETS; t++) {
		mean += 1e-6 * score->excess_e6[stage][t] / F1P_SCORE_TARGETS;
	}
	return (mean - usual) * CARS * (double)score->races[stage];
}

void season_tilt(double *weight, const struct voices *v, const struct stack *stack, const struct f1p_state *state, double rate)
{
	enum f1p_score_stage stage = positions_laps_done(state) == 0 ? F1P_SCORE_START : F1P_SCORE_RACE;
	double before = 0.0, after = 0.0;
	if (state->n_member_scores == 0 || rate <= 0.0) {
		return;
	}
	for (uint32_t i = 0; i < v->n; i++) {
		const struct f1p_member_score *score = score_of(state, &v->member[i]);
		int32_t known = stack_find(stack, v->member[i].forecast->model);
		double usual = known >= 0 ? stack->member[known].usual[stage] : 0.0;
		double z = score ? -rate * excess(score, stage, usual) : 0.0;
		before += weight[i];
		weight[i] *= f1p_exp(z > MOST ? MOST : z < -MOST ? -MOST : z);
		after += weight[i];
	}
	for (uint32_t i = 0; i < v->n && after > 0.0; i++) {
		weight[i] *= before / after;
	}
}

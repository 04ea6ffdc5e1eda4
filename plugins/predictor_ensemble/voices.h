/*
 * voices.h - the members that can be used with a state, and what they say of it.
 */
#ifndef ENSEMBLE_VOICES_H
#define ENSEMBLE_VOICES_H

#include <f1pd/plugin.h>

#include "positions.h"

#define VOICES_MAX 16u

struct voices {
	uint32_t n;
	struct f1p_member member[VOICES_MAX];
	double share[VOICES_MAX];
	double freshness[VOICES_MAX]; /* 1 = made of this snapshot */
	double p_retire[VOICES_MAX][F1P_MAX_CARS];
	struct positions_matrix m[VOICES_MAX]; /* balanced */
};

/* Takes the member in, widened by its age. False if it does not fit the state. */
bool voices_add(struct voices *, const struct f1p_member *, const struct f1p_state *, const struct positions_field *,
		double widen_per_event);

/* The log-odds of every place, averaged with the shares, brought back to sums of one. */
void voices_blend(const struct voices *, struct positions_matrix *m, uint32_t n_cars);

/* Chances to retire, by the shares, of the cars that run: in their order, without the others. */
void voices_retire_all(const struct voices *, const struct positions_field *, double *p_retire);

/* p_retire by the shares; adds runs, mc_error and what is missing. */
void voices_rest(const struct voices *, const struct positions_field *, struct f1p_forecast *out, double *p_retire);

/* 1 = all were made of this snapshot. */
double voices_freshness(const struct voices *);

#endif

/*
 * inputs.h - the inputs of the local models: of the stops still to come, and of win, podium and points.
 */
#ifndef LEARNT_INPUTS_H
#define LEARNT_INPUTS_H

#include "live.h"

enum owed_input {
	OWED_ONE = 0, OWED_OWES, OWED_AGE, OWED_AGE_SQUARE, OWED_SOFT, OWED_HARD, OWED_STOPS_FEWER, OWED_AGE_FIELD, OWED_USUAL, OWED_OWES_AGE,
	OWED_NEUTRAL, OWED_WET, OWED_IN_PIT,
	OWED_INPUTS
};
/* For the number of tyre changes still to come. */
void inputs_owed(const struct live_race *, const struct live_car *car, uint32_t i, double x[OWED_INPUTS]);

/* Steps: which side of the cut, whatever the distance from it; they leave room for what can happen to the safest car. */
enum learnt_input {
	IN_ONE = 0, IN_LN_PLACE, IN_PLACE_STEP, IN_GAP_STEP, IN_VIRTUAL_STEP, IN_DRIFTED_STEP, IN_GAP, IN_VIRTUAL_GAP, IN_DRIFTED_GAP,
	IN_PACE, IN_PACE_MARGIN, IN_PRIOR, IN_RECENT, IN_QUALI, IN_LN_GRID, IN_DRIVER_FORM, IN_TEAM_FORM, IN_OWED, IN_OWES,
	IN_TYRE_AGE, IN_SOFTNESS, IN_IN_PIT, IN_PENALTY, IN_GAP_NEUTRAL, IN_VIRTUAL_NEUTRAL, IN_GAP_WET, IN_RETIREMENT, IN_PLACE_EASE,
	IN_DRIFTED_EASE, IN_PLACE, IN_VIRTUAL_PLACE, IN_DRIFTED_PLACE, IN_VIRTUAL_PLACE_STEP, IN_DRIFTED_PLACE_STEP,
	LEARNT_INPUTS
};

/* How far each car is on the right side of a cut, in the end: virtual is the order once all have made the stops that they owe, drifted
 * the one to which the paces lead from there. */
struct standing {
	double gap[F1P_MAX_CARS], virtual_gap[F1P_MAX_CARS], drifted_gap[F1P_MAX_CARS]; /* seconds behind the leader's now */
	uint32_t virtual_place[F1P_MAX_CARS], drifted_place[F1P_MAX_CARS]; /* from 1 */
};
/* owed: expected tyre changes still to come, by car. */
void inputs_standing(struct standing *, const struct live_race *, const struct live_car *, const double *owed);

/* s: what a gap usually moves by until the end. */
double inputs_gap_scale(const struct live_race *);

/* For the chance to end within the first `cut` places. */
void inputs_target(const struct live_race *, const struct live_car *, const struct standing *, const double *owed, uint32_t cut,
		     double x[F1P_MAX_CARS][LEARNT_INPUTS]);

#endif

/*
 * pairs.h - inputs of the model of pairs: which of two cars that both finish ends ahead.
 *
 * The log-odds that one ends ahead of the other are the difference of their scores, which are linear in these inputs (Bradley & Terry
 * 1952). All pairs of the field teach it, not only those around the first, third or last points place.
 */
#ifndef LEARNT_PAIRS_H
#define LEARNT_PAIRS_H

#include "inputs.h"

enum pair_input {
	PAIR_GAP = 0, PAIR_VIRTUAL_GAP, PAIR_DRIFTED_GAP, PAIR_PACE, PAIR_PRIOR, PAIR_RECENT, PAIR_QUALI, PAIR_LN_GRID, PAIR_DRIVER_FORM,
	PAIR_TEAM_FORM, PAIR_OWED, PAIR_OWES, PAIR_TYRE_AGE, PAIR_SOFTNESS, PAIR_IN_PIT, PAIR_PENALTY, PAIR_LN_PLACE, PAIR_PLACE,
	PAIR_VIRTUAL_PLACE, PAIR_DRIFTED_PLACE, PAIR_GAP_NEUTRAL, PAIR_VIRTUAL_NEUTRAL, PAIR_GAP_WET, PAIR_PLACE_EASE,
	PAIR_INPUTS
};

/* By car, as live_read() gives them. owed: expected tyre changes still to come. */
void pairs_inputs(const struct live_race *, const struct live_car *, const struct standing *, const double *owed,
		  double x[F1P_MAX_CARS][PAIR_INPUTS]);

#endif

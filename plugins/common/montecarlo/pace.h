/*
 * pace.h - how fast each car is and what tyres cost in this race: what the past says, corrected by this race's clean laps.
 *
 * One Bayesian regression. Lap time against the field's median on the same lap = the car's pace + its tyre (an offset for each
 * compound, a slope with age) + what all cars share on that lap (fuel, track, weather: left free). Older laps count less. Priors:
 * the pace from the state's priors, or from the grid slot; tyres from the model. Pace is a percentage of a lap slower than the
 * field.
 */
#ifndef MONTECARLO_PACE_H
#define MONTECARLO_PACE_H

#include <f1pd/state.h>

#include "model.h"
#include "positions.h"
#include "race_laps.h"

struct pace_car {
	double mean; /* % */
	double sd;   /* %, of the laps to come */
};

struct pace_tyres {
	double off[TYRE_CLASSES], slope[TYRE_CLASSES]; /* as in struct midrace_model */
};

/* Fills pace of every row of `cars`, and the tyres of this race. Returns how many clean laps there were. */
uint32_t pace_fit(struct pace_car pace[F1P_MAX_CARS], struct pace_tyres *tyres, const struct race_laps *laps,
	const struct midrace_model *model, const struct f1p_state *state, const struct positions_field *cars);

#endif

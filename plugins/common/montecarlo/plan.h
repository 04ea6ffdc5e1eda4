/*
 * plan.h - the kernel's tables of stops still to come: when each stint ends, who stops under SC, what is fitted then.
 */
#ifndef MONTECARLO_PLAN_H
#define MONTECARLO_PLAN_H

#include <f1pd/state.h>

#include "kernel.h"
#include "model.h"
#include "positions.h"

#define STOPS_USUAL 1.7 /* per car of a dry race, where the circuit is not known */

struct plan_setting {
	double on_wet; /* share of the running cars on wet tyres */
	bool wet, red, start;
};

/* Median of the stops that the first ten have made; of fewer if there are not so many. */
int32_t plan_field_stops(const struct f1p_state *state, const struct positions_field *cars);

/* Fills the tables of stops; f has its laps and what is on the cars. lane_of: row -> lane. */
void plan_stops(struct mc_field *f, const struct f1p_state *state, const struct positions_field *cars,
	const uint32_t lane_of[F1P_MAX_CARS], const struct midrace_model *model, const struct plan_setting *setting);

#endif

/*
 * race_laps.h - which laps of this race tell pace, the field's median lap, and what a stop costs here.
 */
#ifndef MONTECARLO_RACE_LAPS_H
#define MONTECARLO_RACE_LAPS_H

#include <f1pd/state.h>

#include <stdbool.h>

#include "positions.h"

struct race_laps {
	double median_ms[F1P_MAX_LAPS]; /* of the field's free laps; 0 = fewer than 4 of them */
	double lap_ms;			/* a clean lap now */
	double pit_loss_s;		/* measured in this race, shrunk to the prior */
};

void race_laps_init(struct race_laps *laps, const struct f1p_state *state, const struct positions_field *cars, double pit_loss_s);

/* Not the first, not through the pit lane, not neutralised, not far from the median of the field. index: lap - 1. */
bool race_laps_clean(const struct race_laps *laps, const struct f1p_car *car, uint32_t index);

#endif

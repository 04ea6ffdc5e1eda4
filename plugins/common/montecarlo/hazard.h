/*
 * hazard.h - who is about to retire: a car that stands, is silent, slow, or does not leave the pits.
 */
#ifndef MONTECARLO_HAZARD_H
#define MONTECARLO_HAZARD_H

#include <f1pd/state.h>

#include "race_laps.h"

/* Chance of retiring on each of the next two laps. usual: of this car on any lap; red: the race is suspended; start: the first
 * lap is to come or in progress. */
double hazard_now(const struct f1p_state *state, const struct f1p_car *car, const struct race_laps *laps, double usual, bool red,
	bool start);

#endif

/*
 * race_pace.h - how fast each car was in a race, freed of fuel, tyres, traffic, stops and neutralisations as far as laps can tell.
 */
#ifndef RATINGS_RACE_PACE_H
#define RATINGS_RACE_PACE_H

#include "laps.h"

/* pace: % of a lap, relative to the median car; NaN: fewer than five laps to go by. n_laps: laps it was measured on.
 * Dry: robust ridge regression of 100 ln(lap time) on car, distance and its square, and per compound a constant, age and its square;
 * laps within 1.6 s of a car ahead weigh a quarter, slow residuals less than fast ones.
 * Wet: median residual to the median of the same lap on the same sort of tyre. */
void race_pace_measure(const struct race_laps *, bool wet, double pace[F1P_MAX_CARS], double n_laps[F1P_MAX_CARS]);

#endif

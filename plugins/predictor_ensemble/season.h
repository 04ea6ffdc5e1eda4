/*
 * season.h - weights that follow the season: who did better than the others in its races so far gets more.
 *
 * Exponential weights: a weight is multiplied by exp(-rate * log-loss beyond that of the mean member and beyond what is usual for this one),
 * within bounds; then all are scaled back to the sum that they had, so that the blend becomes no sharper by it. The log-loss is the mean of
 * win, podium and points (one target alone is mostly chance in so few races), summed over the races and 20 cars; at the start and in the race
 * apart.
 */
#ifndef ENSEMBLE_SEASON_H
#define ENSEMBLE_SEASON_H

#include <f1pd/state.h>

#include "stack.h"
#include "voices.h"

/* weight: by voice, scaled in place. Of members that the stack does not know nothing is usual. */
void season_tilt(double *weight, const struct voices *, const struct stack *, const struct f1p_state *, double rate);

#endif

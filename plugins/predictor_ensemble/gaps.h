/*
 * gaps.h - the range of the gap to the winner: a member's quantiles, widened until they enclosed as many past results as they promise.
 *
 * Conformal: how far a result lay from the median, in units of the distance from there to the quantile (CQR's score, Romano, Patterson and
 * Candes 2019, on quotients); the scale of a level is the score that the promised share of the cars stays within.
 */
#ifndef ENSEMBLE_GAPS_H
#define ENSEMBLE_GAPS_H

#include "record.h"
#include "stack.h"
#include "voices.h"

/* By the first voice that speaks of the car's gap. */
struct gap_score gaps_score(const struct voices *, const struct f1p_outcome *, int32_t winner_laps);

/* Sets gap50 and gap90; 1 where few cars were seen. False: no memory. */
bool gaps_fit(struct stack *, const struct record *, const double *item_weight);

/* What the first voice that speaks of gaps says, by the scales; nothing if none does. */
void gaps_tell(struct f1p_forecast *out, const struct voices *, const struct stack *, const struct stack_place *);

#endif

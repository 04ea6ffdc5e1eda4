/*
 * tails.h - which quantiles of a forecast enclose half, and nine tenths, of the results.
 *
 * Conformal: for every car of the record, the largest q for which its places between the quantiles q and 1 - q enclose the place that came
 * true; the level for 90 % is then the q that nine tenths of the cars reach. So it counts every error that the forecasts make, and that
 * places are whole numbers, whatever the cause. The members' forecasts are those of their time; they are combined as the stack does now.
 */
#ifndef ENSEMBLE_TAILS_H
#define ENSEMBLE_TAILS_H

#include "record.h"
#include "stack.h"

/* Sets tail50 and tail90 of a stack whose weights and mixture are fitted; 0.25 and 0.05 where few cars were seen. False: no memory. */
bool tails_fit(struct stack *, const struct record *, const double *item_weight);

#endif

/*
 * stack_fit.h - learns the stack from the record.
 *
 * Weights: penalised log-loss of the normalised chances, all knots at once, by L-BFGS. The penalty pulls the logarithm of each weight to
 * that of a built-in share and to those of the knots beside it, so few races change little. Mixture: the share of each member in the chance
 * of the place that came true (expectation maximisation). Tails: see tails.h.
 */
#ifndef ENSEMBLE_STACK_FIT_H
#define ENSEMBLE_STACK_FIT_H

#include "record.h"
#include "stack.h"
#include "weights.h"

#define STACK_LEAST_RACES 12u

/* Fits for forecasts from next_race_id on. green, neutral: the configured shares. F1P_AGAIN: too few races; F1P_ENOMEM. */
f1p_status stack_fit(struct stack *, const struct record *, int32_t next_race_id, const struct weights *green,
		     const struct weights *neutral);

#endif

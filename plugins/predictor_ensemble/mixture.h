/*
 * mixture.h - the plain mixture of the members: whose chance of the place that came true was how large.
 */
#ifndef ENSEMBLE_MIXTURE_H
#define ENSEMBLE_MIXTURE_H

#include "record.h"
#include "stack.h"

#define MIXTURE_LEAST 0.1 /* built-in weight of members that nobody names */

/* What is believed of a member before anything is learnt, at a knot: sums to 1 over those that were heard there; 0 if it was not. */
double mixture_built_in(const struct stack *, uint32_t member, uint32_t knot, enum stack_target target);

/* Sets mix of the members of a stack whose names and heard are set. */
void mixture_fit(struct stack *, const struct record *, const double *item_weight);

/* Parts of the mixture by item and present member: STACK_MEMBERS for each item. */
void mixture_parts(double *part, const struct stack *, const struct record *);

#endif

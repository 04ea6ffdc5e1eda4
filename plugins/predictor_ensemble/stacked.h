/*
 * stacked.h - the published matrix, by what the stack has learnt.
 */
#ifndef ENSEMBLE_STACKED_H
#define ENSEMBLE_STACKED_H

#include "stack.h"
#include "voices.h"

/* Also sets the voices' shares to their parts of the mixture of places. False, and nothing changed: the stack has learnt nothing, or knows none
 * of the voices. */
bool stacked_blend(const struct stack *, struct voices *, const struct f1p_state *, const struct positions_field *,
		   const struct stack_place *, double season_rate, struct positions_matrix *m);

#endif

/* usual.h - what each member is worth beside the others in the long run: the weights hold it already, only a season that differs moves them. */
#ifndef ENSEMBLE_USUAL_H
#define ENSEMBLE_USUAL_H

#include "record.h"
#include "stack.h"

/* Sets usual of the members of a stack whose names are set. */
void usual_fit(struct stack *, const struct record *, const double *item_weight);

#endif

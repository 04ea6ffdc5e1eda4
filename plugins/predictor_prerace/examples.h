/*
 * examples.h - past starts and how they ended: what the model is fitted on.
 */
#ifndef PRERACE_EXAMPLES_H
#define PRERACE_EXAMPLES_H

#include <f1pd/model.h>

#include "outcome.h"

#define EXAMPLES_MAX 4096u

struct example {
	int32_t race_id;
	bool honest;  /* `weight` was fitted on earlier races only, and so can tell how sure the model may be */
	double weight[STARTER_INPUTS]; /* the model's when the race was forecast */
	struct starters starters;
	uint8_t place[F1P_MAX_CARS];     /* by starter; 0 = not known */
	bool classified[F1P_MAX_CARS];
};

struct examples {
	struct example *list;
	uint32_t n, cap;
};

void examples_clear(struct examples *);

/* Keeps what the model needs of a race that is about to start; other snapshots are passed over. False: no memory, or too many. */
bool examples_add(struct examples *, const struct f1p_example *, const struct outcome_model *now, bool honest);

/* Fits what there is to fit: weights, record by slot, temperature, share of the record. False: too few examples, or no
 * memory; the model
 * is then unchanged. */
bool examples_fit(const struct examples *, struct outcome_model *);

#endif

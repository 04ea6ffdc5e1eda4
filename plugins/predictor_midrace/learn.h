/*
 * learn.h - fits the model's numbers on races that are over.
 */
#ifndef MIDRACE_LEARN_H
#define MIDRACE_LEARN_H

#include <f1pd/model.h>

#include "model.h"

struct learn;

struct learn *learn_create(void);   /* NULL: no memory */
void learn_destroy(struct learn *); /* NULL is fine */
/* Examples of one race come in order of laps, races in order of time. False: no memory. */
bool learn_example(struct learn *, const struct f1p_example *);
/* F1P_AGAIN: too few, the model stays as it is. */
f1p_status learn_fit(struct learn *, int32_t next_race_id, struct midrace_model *);

#endif

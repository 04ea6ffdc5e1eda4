/*
 * slots.h - where the cars of each slot of the grid finished in past races, smoothed: the plain record.
 */
#ifndef PRERACE_SLOTS_H
#define PRERACE_SLOTS_H

#include <stdint.h>

#include "positions.h"

#define SLOTS 20u /* of the table; fields of other sizes are scaled to it behind the tenth place */

struct slots_table {
	double m[SLOTS][SLOTS]; /* [slot - 1][place - 1]; rows and columns sum to 1 */
};

struct slots_count {
	double m[SLOTS][SLOTS];
};

/* One starter of a field of n: slot and place from 1. */
void slots_add(struct slots_count *, uint32_t n, double slot, double place);

/* Smooths over slots (Gaussian, sd .25 + .12 slot), over places behind the sixth, with a trace everywhere, and balances. */
void slots_smooth(struct slots_table *, const struct slots_count *);

/* The table for a field of n: m[g][k] for slot g + 1; balanced. */
void slots_for_field(struct positions_matrix *m, const struct slots_table *, uint32_t n);

#endif

/*
 * ranks.h - the places in which independent cars end up.
 */
#ifndef LEARNT_RANKS_H
#define LEARNT_RANKS_H

#include <f1pd/state.h>

struct ranks_car {
	double at;     /* where it is expected to end; less is better; any unit, finite */
	double spread; /* of a logistic distribution around it, same unit, > 0 */
	double out;    /* chance to drop out and end behind all that do not: 0..1 */
};

/* within[i][k - 1]: chance that car i ends within the first k places, given that it does not drop out itself.
 * k = 1..n, n <= F1P_MAX_CARS. */
void ranks_within(const struct ranks_car *, uint32_t n, double within[F1P_MAX_CARS][F1P_MAX_CARS]);

#endif

/* local_internal.h - shared by local.c and local_fit.c. */
#ifndef LEARNT_LOCAL_INTERNAL_H
#define LEARNT_LOCAL_INTERNAL_H

#include "local.h"

extern const double local_knot[LOCAL_KNOTS];

/* The knot before, and the part of the next one. */
uint32_t local_between(double done, double *part_of_next);

#endif

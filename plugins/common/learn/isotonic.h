/*
 * isotonic.h - the best rising step function (pool adjacent violators), read between its steps by straight lines.
 */
#ifndef LEARN_ISOTONIC_H
#define LEARN_ISOTONIC_H

#include <stddef.h>

/* Fits y (any finite numbers) to p by weighted least squares; w NULL = 1. at and value: room for n each; one knot for each
 * pool: its mean p
 * and mean y, both rising. Returns the number of knots; 0: n is 0, or no memory. */
size_t isotonic_fit(const double *p, const double *y, const double *w, size_t n, double *at, double *value);

/* Between two knots a straight line, outside the nearest knot's value. knots >= 1. */
double isotonic_at(const double *at, const double *value, size_t knots, double p);

#endif

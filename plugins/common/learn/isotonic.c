/*
 * isotonic.c - pool adjacent violators.
 */
#include "isotonic.h"

#include <stdlib.h>

struct point {
	double p, y, w;
	size_t n; /* its row: ties are ordered by it, so that every sort gives the same */
};

static int by_p(const void *a, const void *b)
{
	const struct point *x = a, *y = b;
	if (x->p != y->p) {
		return x->p < y->p ? -1 : 1;
	}
	return x->n < y->n ? -1 : x->n > y->n;
}

static void pool(struct point *into, const struct point *from)
{
	double w = into->w + from->w;
	into->p = (into->p * into->w + from->p * from->w) / w;
	into->y = (into->y * into->w + from->y * from->w) / w;
	into->w = w;
}

size_t isotonic_fit(const double *p, const double *y, const double *w, size_t n, double *at, double *value)
{
	struct point *points = n ? calloc(n, sizeof(*points)) : NULL;
	size_t given = 0, knots = 0;
	if (!points) {
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		if (!w || w[i] > 0.0) {
			points[given++] = (struct point){ p[i], y[i], w ? w[i] : 1.0, i };
		}
	}
	qsort(points, given, sizeof(*points), by_p);
	for (size_t i = 0; i < given; i++) {
		points[knots++] = points[i];
		while (knots > 1 && (points[knots - 2].y >= points[knots - 1].y || points[knots - 2].p >= points[knots - 1].p)) {
			pool(&points[knots - 2], &points[knots - 1]);
			knots--;
		}
	}
	for (size_t i = 0; i < knots; i++) {
		at[i] = points[i].p;
		value[i] = points[i].y;
	}
	free(points);
	return knots;
}

double isotonic_at(const double *at, const double *value, size_t knots, double p)
{
	size_t i = 0;
	if (!(p > at[0])) {
		return value[0];
	}
	while (i + 1 < knots && at[i + 1] < p) {
		i++;
	}
	if (i + 1 == knots) {
		return value[i];
	}
	double share = (p - at[i]) / (at[i + 1] - at[i]);
	return value[i] + share * (value[i + 1] - value[i]);
}

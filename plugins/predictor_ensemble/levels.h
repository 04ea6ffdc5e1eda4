/* levels.h - what a share of the weight stays below: the quantiles that both conformal fits need. */
#ifndef ENSEMBLE_LEVELS_H
#define ENSEMBLE_LEVELS_H

#include <stdlib.h>

struct level {
	double level, weight;
};

static inline int level_compare(const void *a, const void *b)
{
	const struct level *x = a, *y = b;
	return x->level < y->level ? -1 : x->level > y->level;
}

/* Sorts them. The level that more than `share` of the total weight does not exceed; the largest if there is none. */
static inline double level_of(struct level *levels, size_t n, double total, double share)
{
	double below = 0.0;
	qsort(levels, n, sizeof(*levels), level_compare);
	for (size_t i = 0; i < n; i++) {
		below += levels[i].weight;
		if (below > share * total) {
			return levels[i].level;
		}
	}
	return n ? levels[n - 1].level : 0.0;
}

#endif

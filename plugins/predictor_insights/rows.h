/* rows.h - examples as rows of floats, kept until there are enough to fit on. */
#ifndef INSIGHTS_ROWS_H
#define INSIGHTS_ROWS_H

#include <stdbool.h>
#include <stddef.h>

struct rows {
	float *x, *y;
	size_t n, room, cols;
};

void rows_init(struct rows *, size_t cols);
void rows_finish(struct rows *);
/* False: no memory, or more than 4 million of them. */
bool rows_add(struct rows *, const float *x, float y);

/* Area under the ROC curve of scores against 0/1: 0.5 = no skill. NaN if one of the two is missing, or no memory. */
double rows_auc(const float *score, const float *y, size_t n);

#endif

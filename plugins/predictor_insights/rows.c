#include "rows.h"

#include <stdlib.h>
#include <string.h>

#include "helpers/fmath.h"

#define ROWS_MAX 4000000u

void rows_init(struct rows *r, size_t cols)
{
	*r = (struct rows){.cols = cols};
}

void rows_finish(struct rows *r)
{
	free(r->x);
	free(r->y);
	rows_init(r, r->cols);
}

static bool grow(struct rows *r)
{
	size_t room = r->room ? 2 * r->room : 1024;
	float *x = room <= ROWS_MAX ? realloc(r->x, room * r->cols * sizeof(*x)) : NULL;

	if (!x) {
		return false;
	}
	r->x = x;
	float *y = realloc(r->y, room * sizeof(*y));
	if (!y) {
		return false;
	}
	r->y = y;
	r->room = room;
	return true;
}

bool rows_add(struct rows *r, const float *x, float y)
{
	if (r->n == r->room && !grow(r)) {
		return false;
	}
	if (r->cols) {
		memcpy(r->x + r->n * r->cols, x, r->cols * sizeof(*x));
	}
	r->y[r->n++] = y;
	return true;
}

struct ranked {
	float score, y;
};

static int by_score(const void *a, const void *b)
{
	float x = ((const struct ranked *)a)->score, y = ((const struct ranked *)b)->score;

	return (x > y) - (x < y);
}

double rows_auc(const float *score, const float *y, size_t n)
{
	struct ranked *v = malloc((n ? n : 1) * sizeof(*v));
	double rank_sum = 0, ones = 0;

	if (!v) {
		return f1p_nan();
	}
	for (size_t i = 0; i < n; i++) {
		v[i] = (struct ranked){score[i], y[i]};
	}
	qsort(v, n, sizeof(*v), by_score);
	for (size_t i = 0, j; i < n; i = j) {
		for (j = i; j < n && v[j].score == v[i].score; j++) {
		}
		for (size_t k = i; k < j; k++) { /* ties share their mean rank */
			rank_sum += (double)v[k].y * ((double)(i + j + 1) / 2.0);
			ones += (double)v[k].y;
		}
	}
	free(v);
	double zeros = (double)n - ones;
	return ones > 0 && zeros > 0 ? (rank_sum - ones * (ones + 1) / 2) / (ones * zeros) : f1p_nan();
}

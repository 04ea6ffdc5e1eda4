/* weekend_fit.c - the weights of weekend.h from the races of the book. */
#include "weekend.h"

#include <stdlib.h>
#include <string.h>

#include "gaps.h"
#include "helpers/fmath.h"
#include "linear.h"

#define MIN_RACES 10u
#define HUBER .5
#define ITERATIONS 8u
#define RIDGE 4.0
#define MEMORY_SEASONS 6.0    /* a race loses a factor e of its weight in so many seasons */
#define CLIP 2.5              /* of the target, % */
#define SPREAD_CLIP .9       /* of an error when its variance is fitted */
#define FRONT_FROM (-1.2)     /* qualifying: who is slower than this weighs less */
#define FRONT_SCALE 4.0

struct table {
	struct weekend_model builtin;
	double *x, *y, *w, *var;
	size_t n, capacity;
};

static void table_finish(struct table *t)
{
	free(t->x);
	free(t->y);
	free(t->w);
	free(t->var);
}

static bool table_init(struct table *t, const struct book *book, uint32_t n_races)
{
	size_t n = 1;

	for (uint32_t r = 0; r < n_races; r++)
		n += book->race[r].n;
	*t = (struct table){.capacity = n};
	weekend_defaults(&t->builtin);
	t->x = calloc(n * BOOK_FEATURES, sizeof(double));
	t->y = calloc(n, sizeof(double));
	t->w = calloc(n, sizeof(double));
	t->var = calloc(n, sizeof(double));
	return t->x && t->y && t->w && t->var;
}

static double clip(double x, double limit)
{
	return x > limit ? limit : x < -limit ? -limit : x;
}

static double age_weight(const struct book *book, uint32_t n_races, uint32_t r)
{
	double age = (double)(book->race[n_races - 1].race_id / 100 - book->race[r].race_id / 100);

	return f1p_exp(-age / MEMORY_SEASONS);
}

/* What the built-in weights leave of y: the fit is of the difference to them, so that what was never seen keeps them. */
static double beyond(const struct weekend_model *builtin, enum weekend_target target, const double *x, double y)
{
	for (uint32_t k = 0; k < BOOK_FEATURES; k++)
		y -= builtin->beta[target][k] * x[k];
	return y;
}

static void add_row(struct table *t, enum weekend_target target, const struct book_entry *e, double age)
{
	bool qualifying = target == WEEKEND_QUALIFYING;
	double y = qualifying ? e->qualifying_gap : e->race_pace;
	const float *x = qualifying ? e->qualifying_x : e->race_x;

	if (!e->in_field || !is_known(y) || t->n >= t->capacity)
		return;
	for (uint32_t k = 0; k < BOOK_FEATURES; k++)
		t->x[t->n * BOOK_FEATURES + k] = weekend_feature_counts(target, k) ? (double)x[k] : 0.0;
	t->y[t->n] = beyond(&t->builtin, target, &t->x[t->n * BOOK_FEATURES], clip(y, CLIP));
	t->w[t->n] = age / e->race_noise;
	if (qualifying) {
		double behind = y - FRONT_FROM;
		t->w[t->n] = age * f1p_exp(-(behind > 0.0 ? behind : 0.0) / FRONT_SCALE);
	}
	t->var[t->n++] = (double)(qualifying ? e->qualifying_spread : e->race_spread);
}

static void fill_table(struct table *t, const struct book *book, uint32_t n_races, enum weekend_target target)
{
	for (uint32_t r = 0; r < n_races; r++) {
		const struct book_race *race = &book->race[r];
		bool wet = target == WEEKEND_QUALIFYING ? race->qualifying_wet : race->wet;
		for (uint32_t i = 0; i < race->n && race->features && !wet; i++)
			add_row(t, target, &race->entry[i], age_weight(book, n_races, r));
	}
}

/* Log-likelihood of the errors in t->y if their variance is scale (floor + var); scale: the best one. */
static double likelihood(const struct table *t, double floor, double *scale)
{
	double sum = 0.0, logs = 0.0, weight = 0.0;

	for (size_t i = 0; i < t->n; i++) {
		double v = floor + t->var[i], e = clip(t->y[i], SPREAD_CLIP);
		sum += t->w[i] * e * e / v;
		logs += t->w[i] * f1p_log(v);
		weight += t->w[i];
	}
	*scale = sum / weight;
	return -(weight * f1p_log(*scale) + logs);
}

static void fit_spread(const struct table *t, double spread[2])
{
	double best = 0.0, scale;
	bool found = false;

	for (double floor = .02; floor < 3.0; floor *= 1.25) {
		double l = likelihood(t, floor, &scale);
		if (!found || l > best) {
			best = l;
			found = true;
			spread[0] = scale * floor;
			spread[1] = scale;
		}
	}
}

static bool fit_target(struct weekend_model *m, const struct book *book, uint32_t n_races, enum weekend_target target)
{
	struct table t;
	double alpha[BOOK_FEATURES], beta[BOOK_FEATURES];
	bool fine = table_init(&t, book, n_races);

	for (uint32_t k = 0; k < BOOK_FEATURES; k++)
		alpha[k] = RIDGE;
	if (fine)
		fill_table(&t, book, n_races, target);
	fine = fine && t.n >= 100 && ridge_fit_robust(t.x, t.y, t.w, t.n, BOOK_FEATURES, alpha, HUBER, ITERATIONS, beta);
	if (fine) {
		for (size_t i = 0; i < t.n; i++) {
			for (uint32_t k = 0; k < BOOK_FEATURES; k++)
				t.y[i] -= beta[k] * t.x[i * BOOK_FEATURES + k];
		}
		for (uint32_t k = 0; k < BOOK_FEATURES; k++)
			m->beta[target][k] = t.builtin.beta[target][k] + beta[k];
		fit_spread(&t, m->spread[target]);
	}
	table_finish(&t);
	return fine;
}

bool weekend_fit(struct weekend_model *m, const struct book *book, uint32_t n_races)
{
	struct weekend_model fitted = *m;

	if (n_races < MIN_RACES || n_races > book->n_races)
		return false;
	for (int target = 0; target < WEEKEND_TARGETS; target++) {
		if (!fit_target(&fitted, book, n_races, (enum weekend_target)target))
			return false;
	}
	*m = fitted;
	return true;
}

/*
 * local_fit.c - fits the local models: weights fall with the distance from the knot and with the age of the race.
 */
#include "local.h"

#include <stdlib.h>
#include <string.h>

#include "helpers/fmath.h"
#include "linear.h"
#include "local_internal.h"
#include "logistic.h"
#include "scale.h"

#define KERNEL_SD 0.10        /* in the share of the distance */
#define KERNEL_END 2.2        /* standard deviations from the knot that still count */
#define HALF_LIFE_YEARS 10.0
#define PENALTY 12.0         /* of each standardised input; a race counts about five, by its snapshots */
#define PENALTY_ONE 0.1
#define SD_LEAST 1e-4         /* an input that spreads less is the same for all */
#define OWED_PENALTY 5.0
#define RETIRE_PRIOR 0.05     /* one car of twenty, as two races more */
#define RETIRE_PRIOR_CARS 200.0
#define PAIR_REACH 5           /* places apart: those further tell little of who beats whom */
#define PAIR_WEIGHT 0.25       /* a car is in up to ten pairs, which are not independent */
#define PAIR_PENALTY 8.0

/* The snapshots near a knot, and what they weigh. */
struct near {
	size_t n, rows; /* snapshots, cars in them */
	size_t *index;
	double *weight;
};

static double years_of(const struct memory_snapshot *snapshot, int32_t next_race_id)
{
	int32_t years = next_race_id / 100 - snapshot->race_id / 100;
	return years > 0 ? years : 0;
}

static void find_near(struct near *near, const struct memory *m, uint32_t knot, int32_t next_race_id)
{
	near->n = near->rows = 0;
	for (size_t i = 0; i < m->n; i++) {
		double z = ((double)m->snapshots[i].race.done - local_knot[knot]) / KERNEL_SD;
		if (f1p_abs(z) > KERNEL_END) {
			continue;
		}
		double memory = f1p_exp(-0.69314718055994531 * years_of(&m->snapshots[i], next_race_id) / HALF_LIFE_YEARS);
		near->index[near->n] = i;
		near->weight[near->n++] = f1p_exp(-0.5 * z * z) * memory;
		near->rows += m->snapshots[i].race.n;
	}
}

/* Room for the largest regression. */
struct bench {
	double *x, *y, *w;
	struct near near;
	struct live_car live[F1P_MAX_CARS];
};

static void bench_finish(struct bench *b)
{
	free(b->x);
	free(b->y);
	free(b->w);
	free(b->near.index);
	free(b->near.weight);
	memset(b, 0, sizeof(*b));
}

static bool bench_init(struct bench *b, const struct memory *m)
{
	memset(b, 0, sizeof(*b));
	b->x = malloc((m->n_cars + 1) * LEARNT_INPUTS * sizeof(*b->x));
	b->y = malloc((m->n_cars + 1) * sizeof(*b->y));
	b->w = malloc((m->n_cars + 1) * sizeof(*b->w));
	b->near.index = malloc((m->n + 1) * sizeof(*b->near.index));
	b->near.weight = malloc((m->n + 1) * sizeof(*b->near.weight));
	if (!b->x || !b->y || !b->w || !b->near.index || !b->near.weight) {
		bench_finish(b);
		return false;
	}
	return true;
}

static const struct memory_car *load(struct bench *b, const struct memory *m, const struct memory_snapshot *snapshot)
{
	const struct memory_car *cars = &m->cars[snapshot->at];
	for (uint32_t i = 0; i < snapshot->race.n; i++) {
		b->live[i] = cars[i].live;
	}
	return cars;
}

static bool fit_owed(struct local_model *model, struct bench *b, const struct memory *m, uint32_t knot)
{
	double alpha[OWED_INPUTS];
	size_t rows = 0;
	for (size_t k = 0; k < b->near.n; k++) {
		const struct memory_snapshot *snapshot = &m->snapshots[b->near.index[k]];
		const struct memory_car *cars = load(b, m, snapshot);
		for (uint32_t i = 0; i < snapshot->race.n; i++) {
			if (cars[i].known_stops) {
				inputs_owed(&snapshot->race, b->live, i, b->x + rows * OWED_INPUTS);
				b->y[rows] = (double)cars[i].stops_left;
				b->w[rows++] = b->near.weight[k];
			}
		}
	}
	for (uint32_t i = 0; i < OWED_INPUTS; i++) {
		alpha[i] = OWED_PENALTY;
	}
	return ridge_fit(b->x, b->y, b->w, rows, OWED_INPUTS, alpha, model->owed[knot]);
}

/* Inputs of one target at one knot; returns the rows. */
static size_t fill_target(const struct local_model *model, struct bench *b, const struct memory *m, uint32_t target)
{
	size_t rows = 0;
	for (size_t k = 0; k < b->near.n; k++) {
		const struct memory_snapshot *snapshot = &m->snapshots[b->near.index[k]];
		const struct memory_car *cars = load(b, m, snapshot);
		const uint32_t cut[LOCAL_TARGETS] = { 1, 3, snapshot->race.points_places };
		double owed[F1P_MAX_CARS];
		struct standing standing;
		local_owed(model, &snapshot->race, b->live, owed);
		inputs_standing(&standing, &snapshot->race, b->live, owed);
		inputs_target(&snapshot->race, b->live, &standing, owed, cut[target],
			(double(*)[LEARNT_INPUTS])(void *)(b->x + rows * LEARNT_INPUTS));
		for (uint32_t i = 0; i < snapshot->race.n; i++) {
			b->y[rows] = cars[i].place >= 1 && cars[i].place <= cut[target] ? 1.0 : 0.0;
			b->w[rows++] = b->near.weight[k];
		}
	}
	return rows;
}

/* Standardises the inputs in place, fits from `start` on, and gives the weights of the inputs as they were. */
static bool fit_logistic(struct bench *b, size_t rows, const double *start, double *beta)
{
	double mean[LEARNT_INPUTS], sd[LEARNT_INPUTS], l2[LEARNT_INPUTS], fitted[LEARNT_INPUTS];
	scale_fit(b->x, b->w, rows, LEARNT_INPUTS, mean, sd);
	mean[IN_ONE] = 0.0;
	sd[IN_ONE] = 1.0;
	for (uint32_t i = 0; i < LEARNT_INPUTS; i++) {
		sd[i] = sd[i] > SD_LEAST ? sd[i] : 1.0;
		l2[i] = i == IN_ONE ? PENALTY_ONE : PENALTY;
		fitted[i] = start ? start[i] * sd[i] : 0.0;
		fitted[IN_ONE] += start && i != IN_ONE ? start[i] * mean[i] : 0.0;
	}
	for (size_t row = 0; row < rows; row++) {
		for (uint32_t i = 0; i < LEARNT_INPUTS; i++) {
			double *x = &b->x[row * LEARNT_INPUTS + i];
			*x = (*x - mean[i]) / sd[i];
		}
	}
	if (!logistic_fit(b->x, b->y, b->w, rows, LEARNT_INPUTS, l2, NULL, fitted)) {
		return false;
	}
	beta[IN_ONE] = fitted[IN_ONE];
	for (uint32_t i = IN_ONE + 1; i < LEARNT_INPUTS; i++) {
		beta[i] = fitted[i] / sd[i];
		beta[IN_ONE] -= beta[i] * mean[i];
	}
	return true;
}

/* The pairs of one snapshot in which both cars finished, the one that is ahead now first. Returns how many. */
static size_t add_pairs(const struct local_model *model, struct bench *b, const struct memory *m, const struct memory_snapshot *snapshot,
			double *x, double *y)
{
	const struct memory_car *cars = load(b, m, snapshot);
	double owed[F1P_MAX_CARS], inputs[F1P_MAX_CARS][PAIR_INPUTS];
	struct standing standing;
	size_t rows = 0;
	local_owed(model, &snapshot->race, b->live, owed);
	inputs_standing(&standing, &snapshot->race, b->live, owed);
	pairs_inputs(&snapshot->race, b->live, &standing, owed, inputs);
	for (uint32_t i = 0; i < snapshot->race.n; i++) {
		for (uint32_t k = 0; k < snapshot->race.n; k++) {
			float apart = cars[k].live.place - cars[i].live.place;
			if (apart < 1.0f || apart > PAIR_REACH || cars[i].retired || cars[k].retired || !cars[i].place || !cars[k].place) {
				continue;
			}
			for (uint32_t c = 0; c < PAIR_INPUTS; c++) {
				x[rows * PAIR_INPUTS + c] = inputs[k][c] - inputs[i][c];
			}
			y[rows++] = cars[i].place < cars[k].place ? 1.0 : 0.0;
		}
	}
	return rows;
}

/* A higher score is a place further back: x are the second's inputs minus the first's, y whether the first ends ahead. */
static bool solve_pairs(double *x, const double *y, const double *w, size_t rows, double *pair)
{
	double size[PAIR_INPUTS] = { 0 }, l2[PAIR_INPUTS], total = 0.0;
	for (size_t r = 0; r < rows; r++) {
		total += w[r];
		for (uint32_t c = 0; c < PAIR_INPUTS; c++) {
			size[c] += w[r] * x[r * PAIR_INPUTS + c] * x[r * PAIR_INPUTS + c];
		}
	}
	for (uint32_t c = 0; c < PAIR_INPUTS; c++) {
		size[c] = total > 0.0 ? f1p_sqrt(size[c] / total) : 1.0;
		size[c] = size[c] > SD_LEAST ? size[c] : 1.0;
		l2[c] = PAIR_PENALTY;
		pair[c] *= size[c];
	}
	for (size_t at = 0; at < rows * PAIR_INPUTS; at++) {
		x[at] /= size[at % PAIR_INPUTS];
	}
	bool ok = logistic_fit(x, y, w, rows, PAIR_INPUTS, l2, NULL, pair);
	for (uint32_t c = 0; c < PAIR_INPUTS; c++) {
		pair[c] /= size[c];
	}
	return ok;
}

static bool fit_pairs(struct local_model *model, struct bench *b, const struct memory *m, uint32_t knot)
{
	size_t most = b->near.rows * PAIR_REACH + 1, rows = 0;
	double *x = malloc(most * PAIR_INPUTS * sizeof(*x)), *y = malloc(2 * most * sizeof(*y)), *w = y ? y + most : NULL;
	bool ok = x && y;
	for (size_t k = 0; ok && k < b->near.n; k++) {
		size_t n = add_pairs(model, b, m, &m->snapshots[b->near.index[k]], x + rows * PAIR_INPUTS, y + rows);
		for (size_t end = rows + n; rows < end; rows++) {
			w[rows] = PAIR_WEIGHT * b->near.weight[k];
		}
	}
	if (knot > 0) {
		memcpy(model->pair[knot], model->pair[knot - 1], sizeof(model->pair[knot]));
	}
	ok = ok && solve_pairs(x, y, w, rows, model->pair[knot]);
	free(x);
	free(y);
	return ok;
}

static void fit_spread(struct local_model *model, struct bench *b, const struct memory *m, uint32_t knot)
{
	double sum = 2.0, weight = 1.0, retired = RETIRE_PRIOR * RETIRE_PRIOR_CARS, cars_seen = RETIRE_PRIOR_CARS;
	for (size_t k = 0; k < b->near.n; k++) {
		const struct memory_snapshot *snapshot = &m->snapshots[b->near.index[k]];
		const struct memory_car *cars = load(b, m, snapshot);
		double owed[F1P_MAX_CARS];
		struct standing standing;
		local_owed(model, &snapshot->race, b->live, owed);
		inputs_standing(&standing, &snapshot->race, b->live, owed);
		for (uint32_t i = 0; i < snapshot->race.n; i++) {
			double off = cars[i].rank ? (double)cars[i].rank - (double)standing.drifted_place[i] : 0.0;
			sum += b->near.weight[k] * f1p_abs(off);
			weight += cars[i].rank ? b->near.weight[k] : 0.0;
			retired += b->near.weight[k] * cars[i].retired;
			cars_seen += b->near.weight[k];
		}
	}
	model->spread[knot] = sum / weight;
	model->retire[knot] = retired / cars_seen;
}

static uint32_t count_races(const struct memory *m)
{
	uint32_t races = 0;
	for (size_t i = 0; i < m->n; i++) {
		races += i == 0 || m->snapshots[i].race_id != m->snapshots[i - 1].race_id;
	}
	return races;
}

f1p_status local_fit(struct local_model *model, const struct memory *m, int32_t next_race_id)
{
	struct local_model fitted = { .races = count_races(m), .has_pairs = true };
	struct bench b;
	if (fitted.races < LOCAL_LEAST_RACES) {
		return F1P_AGAIN;
	}
	if (!bench_init(&b, m)) {
		return F1P_ENOMEM;
	}
	bool ok = true;
	for (uint32_t knot = 0; ok && knot < LOCAL_KNOTS; knot++) {
		find_near(&b.near, m, knot, next_race_id);
		ok = b.near.rows >= LEARNT_INPUTS && fit_owed(&fitted, &b, m, knot);
	}
	for (uint32_t knot = 0; ok && knot < LOCAL_KNOTS; knot++) {
		find_near(&b.near, m, knot, next_race_id);
		fit_spread(&fitted, &b, m, knot);
		ok = fit_pairs(&fitted, &b, m, knot);
		for (uint32_t t = 0; ok && t < LOCAL_TARGETS; t++) {
			const double *start = knot > 0 ? fitted.beta[t][knot - 1] : model->races > 0 ? model->beta[t][knot] : NULL;
			ok = fit_logistic(&b, fill_target(&fitted, &b, m, t), start, fitted.beta[t][knot]);
		}
	}
	bench_finish(&b);
	if (!ok) {
		return F1P_AGAIN;
	}
	*model = fitted;
	return F1P_OK;
}

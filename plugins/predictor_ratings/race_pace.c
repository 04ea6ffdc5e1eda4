#include "race_pace.h"

#include <stdlib.h>
#include <string.h>

#include "gaps.h"
#include "helpers/fmath.h"
#include "linear.h"

#define MIN_LAPS 5u
#define SLOW_LAP 1.12         /* times the fastest twentieth: not driven in earnest */
#define FREE_GAP_MS 1600
#define TRAFFIC_WEIGHT .25
#define ITERATIONS 6
#define SLOW_SD 1.5           /* residuals beyond so many sd lose weight */
#define FAST_SD 3.0
#define RIDGE_CAR .02
#define RIDGE_TYRE .05
#define RIDGE_DISTANCE .01
#define COMPOUNDS (F1P_TYRE_SUPERHARD + 1u)
#define COL_DISTANCE F1P_MAX_CARS
#define COL_TYRE (F1P_MAX_CARS + 2u)
#define COLS (COL_TYRE + 3u * COMPOUNDS)
#define TERMS 6u

struct sample {
	double y, weight;
	double value[TERMS];
	uint16_t col[TERMS];
	uint16_t car;
};

struct work {
	size_t n;
	struct sample sample[F1P_MAX_CARS * RACE_LAPS_MAX];
	double a[COLS * COLS], b[COLS];
	double residual[F1P_MAX_CARS * RACE_LAPS_MAX];
	double scratch[F1P_MAX_CARS * RACE_LAPS_MAX];
};

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Sorts v. */
static double quantile_sorting(double *v, size_t n, double share)
{
	qsort(v, n, sizeof(*v), by_value);
	return n ? v[(size_t)(share * (double)(n - 1))] : 0.0;
}

static double slowest_in_earnest(const struct race_laps *r, struct work *w)
{
	size_t n = 0;

	for (uint32_t car = 0; car < r->n_cars; car++) {
		for (uint32_t lap = 2; lap <= r->n_laps; lap++) {
			if (lap_is_free(r, car, lap))
				w->scratch[n++] = (double)r->lap[car][lap].time_ms;
		}
	}
	return SLOW_LAP * quantile_sorting(w->scratch, n, .05);
}

/* Whether another car crossed the line shortly before this one began the lap. */
static bool in_traffic(const struct race_laps *r, uint32_t car, uint32_t lap)
{
	int32_t start = r->lap[car][lap - 1].elapsed_ms;

	for (uint32_t other = 0; other < r->n_cars && start != F1P_UNKNOWN; other++) {
		const struct race_lap *l = &r->lap[other][lap - 1];
		if (other != car && l->driven && l->elapsed_ms != F1P_UNKNOWN && l->elapsed_ms < start &&
			start - l->elapsed_ms <= FREE_GAP_MS)
			return true;
	}
	return false;
}

static void fill_sample(struct sample *s, const struct race_laps *r, uint32_t car, uint32_t lap)
{
	const struct race_lap *l = &r->lap[car][lap];
	double f = (double)lap / (double)r->n_laps, age = l->tyre_laps >= 0 ? (double)l->tyre_laps / 20.0 : 0.0;
	uint32_t tyre = COL_TYRE + 3u * (l->compound < COMPOUNDS ? l->compound : 0u);
	const uint32_t col[TERMS] = {car, COL_DISTANCE, COL_DISTANCE + 1u, tyre, tyre + 1u, tyre + 2u};
	const double value[TERMS] = {1.0, f, f * f, 1.0, age, age * age};

	s->y = 100.0 * f1p_log((double)l->time_ms / 1000.0);
	s->weight = in_traffic(r, car, lap) ? TRAFFIC_WEIGHT : 1.0;
	s->car = (uint16_t)car;
	memcpy(s->value, value, sizeof(value));
	for (uint32_t i = 0; i < TERMS; i++)
		s->col[i] = (uint16_t)col[i];
}

static void collect(struct work *w, const struct race_laps *r)
{
	double limit = slowest_in_earnest(r, w);

	for (uint32_t car = 0; car < r->n_cars; car++) {
		for (uint32_t lap = 2; lap <= r->n_laps; lap++) {
			if (lap_is_free(r, car, lap) && (double)r->lap[car][lap].time_ms <= limit)
				fill_sample(&w->sample[w->n++], r, car, lap);
		}
	}
	for (size_t i = 0; i < w->n; i++)
		w->scratch[i] = w->sample[i].y;
	double middle = quantile_sorting(w->scratch, w->n, .5);
	for (size_t i = 0; i < w->n; i++)
		w->sample[i].y -= middle;
}

static double robust_weight(double z)
{
	double share = z > 0.0 ? z / SLOW_SD : z / FAST_SD;

	return 1.0 / (1.0 + share * share);
}

static bool solve(struct work *w, double sd)
{
	memset(w->a, 0, sizeof(w->a));
	memset(w->b, 0, sizeof(w->b));
	for (uint32_t i = 0; i < COLS; i++)
		w->a[i * COLS + i] = i < COL_DISTANCE ? RIDGE_CAR : i < COL_TYRE ? RIDGE_DISTANCE : RIDGE_TYRE;
	for (size_t k = 0; k < w->n; k++) {
		const struct sample *s = &w->sample[k];
		double weight = s->weight * (sd > 0.0 ? robust_weight(w->residual[k] / sd) : 1.0);
		for (uint32_t i = 0; i < TERMS; i++) {
			w->b[s->col[i]] += weight * s->value[i] * s->y;
			for (uint32_t j = 0; j < TERMS; j++)
				w->a[s->col[i] * COLS + s->col[j]] += weight * s->value[i] * s->value[j];
		}
	}
	return linear_solve(w->a, w->b, COLS);
}

/* Residuals of the present solution; returns their robust standard deviation. */
static double take_residuals(struct work *w)
{
	for (size_t k = 0; k < w->n; k++) {
		const struct sample *s = &w->sample[k];
		w->residual[k] = s->y;
		for (uint32_t i = 0; i < TERMS; i++)
			w->residual[k] -= w->b[s->col[i]] * s->value[i];
		w->scratch[k] = f1p_abs(w->residual[k]);
	}
	double sd = 1.4826 * quantile_sorting(w->scratch, w->n, .5);
	return sd > .02 ? sd : .02;
}

static void measure_dry(struct work *w, const struct race_laps *r, double *pace, double *n_laps)
{
	double sd = 0.0;

	collect(w, r);
	for (size_t k = 0; k < w->n; k++)
		n_laps[w->sample[k].car] += 1.0;
	for (int i = 0; i < ITERATIONS && w->n > 0; i++) {
		if (!solve(w, sd))
			return;
		sd = take_residuals(w);
	}
	for (uint32_t car = 0; car < r->n_cars; car++)
		pace[car] = n_laps[car] >= MIN_LAPS ? w->b[car] : f1p_nan();
}

/* Median time of the free laps with this number on this sort of tyre, 100 ln s; NaN: fewer than four. */
static double lap_median(const struct race_laps *r, uint32_t lap, bool wet_tyre)
{
	double time[F1P_MAX_CARS];
	uint32_t n = 0;

	for (uint32_t car = 0; car < r->n_cars; car++) {
		if (lap_is_free(r, car, lap) && tyre_is_wet(r->lap[car][lap].compound) == wet_tyre)
			time[n++] = 100.0 * f1p_log((double)r->lap[car][lap].time_ms / 1000.0);
	}
	return n >= 4 ? median_of(time, n) : f1p_nan();
}

static void measure_wet(const struct race_laps *r, double *pace, double *n_laps)
{
	double middle[RACE_LAPS_MAX + 1][2], residual[RACE_LAPS_MAX];

	for (uint32_t lap = 2; lap <= r->n_laps; lap++) {
		middle[lap][0] = lap_median(r, lap, false);
		middle[lap][1] = lap_median(r, lap, true);
	}
	for (uint32_t car = 0; car < r->n_cars; car++) {
		uint32_t n = 0;
		for (uint32_t lap = 2; lap <= r->n_laps; lap++) {
			double m = middle[lap][tyre_is_wet(r->lap[car][lap].compound)];
			if (lap_is_free(r, car, lap) && is_known(m))
				residual[n++] = 100.0 * f1p_log((double)r->lap[car][lap].time_ms / 1000.0) - m;
		}
		n_laps[car] = (double)n;
		pace[car] = n >= MIN_LAPS ? median_of(residual, n) : f1p_nan();
	}
}

void race_pace_measure(const struct race_laps *r, bool wet, double pace[F1P_MAX_CARS], double n_laps[F1P_MAX_CARS])
{
	struct work *w = wet ? NULL : calloc(1, sizeof(*w));

	for (uint32_t car = 0; car < F1P_MAX_CARS; car++) {
		pace[car] = f1p_nan();
		n_laps[car] = 0.0;
	}
	if (wet)
		measure_wet(r, pace, n_laps);
	else if (w)
		measure_dry(w, r, pace, n_laps);
	double middle = median_of(pace, r->n_cars);
	for (uint32_t car = 0; car < r->n_cars; car++)
		pace[car] -= middle;
	free(w);
}

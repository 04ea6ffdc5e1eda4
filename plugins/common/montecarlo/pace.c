/*
 * pace.c - the regression of pace.h: normal equations over cars and tyre terms, solved twice (outliers weigh less the second
 * time).
 */
#include "pace.h"

#include <stdlib.h>
#include <string.h>

#include "helpers/fmath.h"
#include "linear.h"
#include "priors.h"
#include "tyres.h"

#define AT_POLE (-1.40)	    /* prior by grid slot, dry races 2018-24: 2070 starts, residual 0.56 % */
#define PER_FRONT_SLOT 0.20 /* up to the seventh */
#define PER_BACK_SLOT 0.085
#define SLOT_SD 0.56
#define PRIOR_STRETCH 1.1 /* estimates of pace shrink to the mean; races are more spread than them */
#define LAP_VARIANCE 0.7  /* %^2; one lap's own is half of it, the rest because errors of following laps are alike */
#define DECAY 0.96	  /* weight of a lap against that of the next */
#define WET_WEIGHT 0.5
#define OFFSET_SD 0.2	    /* %, of a compound's offset from race to race */
#define SLOPE_SD 0.02	    /* % per lap of age */
#define DRIFT_VARIANCE 0.06 /* %^2: pace of the laps to come against pace so far */
#define WET_DRIFT_VARIANCE 0.25
#define FRONT_PACE 1.2 /* %, ahead of the mean of the field */
#define FRONT_CERTAINTY 0.25
#define HUBER 1.5     /* % */
#define OLDEST 45.0   /* laps; from there on age costs no more */
#define TYRE_TERMS 5u /* offsets of medium and hard; slopes of soft, medium, hard */
#define TERMS (F1P_MAX_CARS + TYRE_TERMS)
#define LEAST_CARS 4u

struct fit {
	uint32_t cars, n;
	double a[TERMS * TERMS], b[TERMS], theta[TERMS];
	double left[TERMS * TERMS], right[TERMS]; /* work space: solving destroys */
};

struct lap_terms {
	uint32_t row;
	uint8_t class;
	double age, weight, y;
};

static uint32_t terms_of(const struct fit *fit, const struct lap_terms *t, uint32_t at[3], double x[3])
{
	uint32_t n = 0;
	at[n] = t->row;
	x[n++] = 1.0;
	if (t->class == TYRE_MEDIUM || t->class == TYRE_HARD) {
		at[n] = fit->cars + t->class - TYRE_MEDIUM;
		x[n++] = 1.0;
	}
	if (t->class < TYRE_CLASSES) {
		at[n] = fit->cars + 2 + t->class;
		x[n++] = t->age;
	}
	return n;
}

/* Adds what one lap tells of the differences between the cars on it. */
static void add_lap(struct fit *fit, const struct lap_terms *t, uint32_t count)
{
	double sum[TERMS] = {0}, weights = 0.0, sum_y = 0.0;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t at[3], n;
		double x[3];
		n = terms_of(fit, &t[i], at, x);
		for (uint32_t j = 0; j < n; j++) {
			sum[at[j]] += t[i].weight * x[j];
			fit->b[at[j]] += t[i].weight * t[i].y * x[j];
			for (uint32_t k = 0; k <= j; k++) { /* at[] rises, so this is the lower triangle */
				fit->a[at[j] * fit->n + at[k]] += t[i].weight * x[j] * x[k];
			}
		}
		weights += t[i].weight;
		sum_y += t[i].weight * t[i].y;
	}
	for (uint32_t j = 0; j < fit->n; j++) {
		fit->b[j] -= sum[j] * sum_y / weights;
		for (uint32_t k = 0; k <= j && sum[j] != 0.0; k++) {
			fit->a[j * fit->n + k] -= sum[j] * sum[k] / weights;
		}
	}
}

static double air_weight(const struct f1p_lap *lap)
{
	if (lap->position == 1 || (lap->interval_ms != F1P_UNKNOWN && lap->interval_ms > 2000)) {
		return 1.0;
	}
	return lap->interval_ms == F1P_UNKNOWN ? 0.85 : 0.7;
}

static double residual(const struct fit *fit, const struct lap_terms *t)
{
	uint32_t at[3], n;
	double x[3], r = t->y;
	n = terms_of(fit, t, at, x);
	for (uint32_t j = 0; j < n; j++) {
		r -= x[j] * fit->theta[at[j]];
	}
	return r;
}

/* The clean laps of one lap number. */
static uint32_t collect(struct lap_terms t[F1P_MAX_CARS], const struct fit *fit, const struct race_laps *laps,
	const struct f1p_state *state, const struct positions_field *cars, uint32_t index, double weight)
{
	double r[F1P_MAX_CARS], mean = 0.0;
	uint32_t n = 0;
	for (uint32_t row = 0; row < cars->n; row++) {
		const struct f1p_car *car = &state->cars[cars->car[row]];
		if (race_laps_clean(laps, car, index)) {
			const struct f1p_lap *lap = &car->history[index];
			t[n].row = row;
			t[n].class = tyre_class(lap->compound);
			t[n].age = lap->tyre_age == 0xffff ? 10.0 : lap->tyre_age < OLDEST ? lap->tyre_age : OLDEST;
			t[n].weight = weight * air_weight(lap) / LAP_VARIANCE * (tyre_is_wet(lap->compound) ? WET_WEIGHT : 1.0);
			t[n].y = (lap->time_ms / laps->median_ms[index] - 1.0) * 100.0;
			r[n] = residual(fit, &t[n]);
			mean += r[n++];
		}
	}
	for (uint32_t i = 0; i < n; i++) {
		double off = f1p_abs(r[i] - mean / n);
		t[i].weight *= off > HUBER ? HUBER / off : 1.0;
	}
	return n;
}

static uint32_t add_laps(
	struct fit *fit, const struct race_laps *laps, const struct f1p_state *state, const struct positions_field *cars)
{
	uint32_t clean = 0;
	double weight = 1.0;
	for (uint32_t k = F1P_MAX_LAPS; k-- > 0;) {
		struct lap_terms t[F1P_MAX_CARS];
		if (laps->median_ms[k] > 0.0) {
			uint32_t n = collect(t, fit, laps, state, cars, k, weight);
			if (n >= LEAST_CARS) {
				add_lap(fit, t, n);
				clean += n;
			}
		}
		weight *= clean > 0 ? DECAY : 1.0;
	}
	return clean;
}

static double slot_pace(const struct f1p_car *car, uint32_t n_cars)
{
	int32_t slot = car->grid == 0 ? (int32_t)n_cars : car->grid;
	if (slot < 1 || slot > 100) {
		return 0.0;
	}
	slot = slot < 22 ? slot : 22;
	return AT_POLE + PER_FRONT_SLOT * ((slot < 7 ? slot : 7) - 1) + PER_BACK_SLOT * (slot > 7 ? slot - 7 : 0);
}

/* Mean and sd of every term before this race's laps; the mean of the running cars is 0. */
static void set_priors(double mean[TERMS], double sd[TERMS], const struct fit *fit, const struct midrace_model *model,
	const struct f1p_state *state, const struct positions_field *cars)
{
	double common = 0.0;
	for (uint32_t row = 0; row < cars->n; row++) {
		if (priors_pace(state, cars->car[row], &mean[row], &sd[row])) {
			mean[row] *= PRIOR_STRETCH;
		} else {
			mean[row] = slot_pace(&state->cars[cars->car[row]], cars->n);
			sd[row] = SLOT_SD;
		}
		common += cars->running[row] ? mean[row] / cars->n_running : 0.0;
	}
	for (uint32_t row = 0; row < cars->n; row++) {
		mean[row] -= common;
	}
	for (uint32_t k = 0; k < TYRE_TERMS; k++) {
		mean[fit->cars + k] = k < 2 ? model->tyre_off[TYRE_MEDIUM + k] : model->tyre_slope[k - 2];
		sd[fit->cars + k] = k < 2 ? OFFSET_SD : SLOPE_SD;
	}
}

static bool solve(struct fit *fit)
{
	memcpy(fit->left, fit->a, sizeof(fit->a));
	memcpy(fit->right, fit->b, sizeof(fit->b));
	if (!linear_solve(fit->left, fit->right, fit->n)) {
		return false;
	}
	memcpy(fit->theta, fit->right, sizeof(fit->theta));
	return true;
}

/* Variance of a term, once the equations stand. */
static double variance(struct fit *fit, uint32_t term, double unknown)
{
	memcpy(fit->left, fit->a, sizeof(fit->a));
	memset(fit->right, 0, sizeof(fit->right));
	fit->right[term] = 1.0;
	return linear_solve(fit->left, fit->right, fit->n) ? fit->right[term] : unknown;
}

static uint32_t run_fit(struct fit *fit, const double mean[TERMS], const double sd[TERMS], const struct race_laps *laps,
	const struct f1p_state *state, const struct positions_field *cars)
{
	uint32_t clean = 0;
	memcpy(fit->theta, mean, sizeof(fit->theta));
	for (int pass = 0; pass < 2; pass++) {
		memset(fit->a, 0, sizeof(fit->a));
		memset(fit->b, 0, sizeof(fit->b));
		clean = add_laps(fit, laps, state, cars);
		for (uint32_t j = 0; j < fit->n; j++) {
			fit->a[j * fit->n + j] += 1.0 / (sd[j] * sd[j]);
			fit->b[j] += mean[j] / (sd[j] * sd[j]);
		}
		if (!solve(fit)) {
			break;
		}
	}
	return clean;
}

/* The fastest cars keep their pace better than the others. */
static double front_share(double mean)
{
	double front = mean < 0.0 ? -mean / FRONT_PACE : 0.0;
	return 1.0 - FRONT_CERTAINTY * (front < 1.0 ? front : 1.0);
}

uint32_t pace_fit(struct pace_car pace[F1P_MAX_CARS], struct pace_tyres *tyres, const struct race_laps *laps,
	const struct midrace_model *model, const struct f1p_state *state, const struct positions_field *cars)
{
	double mean[TERMS] = {0}, sd[TERMS] = {0};
	bool wet = tyre_race_is_wet(state);
	double drift = wet ? WET_DRIFT_VARIANCE : DRIFT_VARIANCE;
	struct fit fit = {.cars = cars->n, .n = cars->n + TYRE_TERMS};
	set_priors(mean, sd, &fit, model, state, cars);
	uint32_t clean = run_fit(&fit, mean, sd, laps, state, cars);
	for (uint32_t row = 0; row < cars->n; row++) {
		pace[row].mean = fit.theta[row];
		pace[row].sd =
			f1p_sqrt(drift + variance(&fit, row, sd[row] * sd[row])) * (wet ? 1.0 : front_share(pace[row].mean));
	}
	for (uint32_t k = 0; k < TYRE_CLASSES; k++) {
		double slope = fit.theta[fit.cars + 2 + k];
		tyres->off[k] = k == TYRE_SOFT ? 0.0 : fit.theta[fit.cars + k - TYRE_MEDIUM];
		tyres->slope[k] = slope > 0.0 ? slope : 0.0;
	}
	return clean;
}

/*
 * local.c - what the local models say of a snapshot, and their place in the model file.
 */
#include "local.h"

#include <string.h>

#include "local_internal.h"

#define LOG_ODDS_MOST 30.0

const double local_knot[LOCAL_KNOTS] = { 0.03, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.97 };

static const char *const beta_name[LOCAL_TARGETS] = { "win", "podium", "points" };

uint32_t local_between(double done, double *part_of_next)
{
	uint32_t at = 0;
	while (at + 2 < LOCAL_KNOTS && done >= local_knot[at + 1]) {
		at++;
	}
	double u = (done - local_knot[at]) / (local_knot[at + 1] - local_knot[at]);
	*part_of_next = u < 0.0 ? 0.0 : u > 1.0 ? 1.0 : u;
	return at;
}

static double dot(const double *a, const double *x, size_t n)
{
	double sum = 0.0;
	for (size_t i = 0; i < n; i++) {
		sum += a[i] * x[i];
	}
	return sum;
}

void local_owed(const struct local_model *model, const struct live_race *race, const struct live_car *car, double owed[F1P_MAX_CARS])
{
	double u;
	uint32_t at = local_between((double)race->done, &u);
	for (uint32_t i = 0; i < race->n; i++) {
		double x[OWED_INPUTS];
		inputs_owed(race, car, i, x);
		double v = (1.0 - u) * dot(model->owed[at], x, OWED_INPUTS) + u * dot(model->owed[at + 1], x, OWED_INPUTS);
		double least = car[i].owes > 0.5f && race->laps_left >= 1.0f ? 1.0 : 0.0;
		owed[i] = race->laps_left < 1.0f ? 0.0 : v < least ? least : v > 4.0 ? 4.0 : v;
	}
}

void local_answer(const struct local_model *model, const struct live_race *race, const struct live_car *car, struct local_answer *answer)
{
	const uint32_t cut[LOCAL_TARGETS] = { 1, 3, race->points_places };
	struct standing standing;
	double owed[F1P_MAX_CARS], x[F1P_MAX_CARS][LEARNT_INPUTS], u;
	uint32_t at = local_between((double)race->done, &u);
	local_owed(model, race, car, owed);
	inputs_standing(&standing, race, car, owed);
	for (uint32_t t = 0; t < LOCAL_TARGETS; t++) {
		inputs_target(race, car, &standing, owed, cut[t], x);
		for (uint32_t i = 0; i < race->n; i++) {
			double z = (1.0 - u) * dot(model->beta[t][at], x[i], LEARNT_INPUTS) +
				   u * dot(model->beta[t][at + 1], x[i], LEARNT_INPUTS);
			answer->log_odds[t][i] = z < -LOG_ODDS_MOST ? -LOG_ODDS_MOST : z > LOG_ODDS_MOST ? LOG_ODDS_MOST : z;
		}
	}
	memcpy(answer->middle, standing.drifted_place, sizeof(answer->middle));
	answer->spread = (1.0 - u) * model->spread[at] + u * model->spread[at + 1];
	answer->retire = (1.0 - u) * model->retire[at] + u * model->retire[at + 1];
}

/* ---- model file ---- */

static bool read_checked(double *out, const struct params *params, const char *name, size_t n, double least, double most)
{
	const double *v = params_get(params, name, n);
	for (size_t i = 0; v && i < n; i++) {
		if (!(v[i] >= least && v[i] <= most)) {
			return false;
		}
		out[i] = v[i];
	}
	return v != NULL;
}

bool local_read(struct local_model *model, const struct params *params)
{
	double races;
	bool ok = read_checked(&races, params, "races", 1, 1.0, 1e6) &&
		  read_checked(&model->owed[0][0], params, "owed", LOCAL_KNOTS * OWED_INPUTS, -1e3, 1e3) &&
		  read_checked(model->spread, params, "spread", LOCAL_KNOTS, 0.05, 32.0) &&
		  read_checked(model->retire, params, "retire", LOCAL_KNOTS, 0.0, 1.0);
	for (uint32_t t = 0; ok && t < LOCAL_TARGETS; t++) {
		ok = read_checked(&model->beta[t][0][0], params, beta_name[t], LOCAL_KNOTS * LEARNT_INPUTS, -1e4, 1e4);
	}
	model->races = ok ? (uint32_t)races : 0;
	return ok;
}

bool local_write(const struct local_model *model, struct params *params)
{
	double races = model->races;
	if (model->races == 0) {
		return true;
	}
	bool ok = params_set(params, "races", &races, 1) && params_set(params, "owed", &model->owed[0][0], LOCAL_KNOTS * OWED_INPUTS) &&
		  params_set(params, "spread", model->spread, LOCAL_KNOTS) && params_set(params, "retire", model->retire, LOCAL_KNOTS);
	for (uint32_t t = 0; ok && t < LOCAL_TARGETS; t++) {
		ok = params_set(params, beta_name[t], &model->beta[t][0][0], LOCAL_KNOTS * LEARNT_INPUTS);
	}
	return ok;
}

/*
 * local.c - what the local models say of a snapshot, and their place in the model file.
 */
#include "local.h"

#include <string.h>

#include "helpers/fmath.h"
#include "local_internal.h"
#include "ranks.h"

#define LOG_ODDS_MOST 30.0
#define PAIR_SPREAD 0.5   /* of a car's own end; less than the pairs alone would say (0.7), for what slows one slows others too */
#define LEAST_CHANCE 1e-3 /* of a place, a group */

const double local_knot[LOCAL_KNOTS] = { 0.03, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.97 };

/* What the pairs count beside the models of the groups. Who scores is settled among many like cars, of which the pairs have seen more. */
static const double pair_share[LOCAL_TARGETS] = { 0.5, 0.5, 0.8 };

/* In the last third who is on the podium now tells more and more of it, and the steps of the groups' models say that better. */
static double share_of_pairs(uint32_t target, double done)
{
	double rest = 3.0 * (1.0 - done);
	return target == 1 && rest < 1.0 ? pair_share[target] * (rest > 0.0 ? rest : 0.0) : pair_share[target];
}

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

/* The evenly falling places of a model that knows no pairs. */
static void places_around(const struct live_race *race, const struct standing *s, double spread, struct local_answer *answer)
{
	for (uint32_t i = 0; i < race->n; i++) {
		for (uint32_t k = 0; k < race->n; k++) {
			double off = f1p_abs((double)k + 1.0 - (double)s->drifted_place[i]);
			answer->places[i][k] = f1p_exp(-off / spread) + LEAST_CHANCE;
		}
	}
}

/* Chances of the places, whoever drops out being as likely in each of the last places as there are to be dropouts. */
static void places_of(const struct live_race *race, double within[F1P_MAX_CARS][F1P_MAX_CARS], struct local_answer *answer)
{
	double out = answer->retire, tail = out * (double)race->n;
	uint32_t last = tail < 1.0 ? 1 : (uint32_t)tail;
	for (uint32_t i = 0; i < race->n; i++) {
		for (uint32_t k = 0; k < race->n; k++) {
			double chance = within[i][k] - (k > 0 ? within[i][k - 1] : 0.0);
			answer->places[i][k] = (1.0 - out) * chance + (k + last >= race->n ? out / last : 0.0) + LEAST_CHANCE / race->n;
		}
	}
}

static double log_odds(double p)
{
	return f1p_log((p + LEAST_CHANCE) / (1.0 - p + LEAST_CHANCE));
}

/* Blends the groups' log-odds with what the pairs say, and takes the places from these. */
static void add_pairs(const struct local_model *model, const struct live_race *race, const struct live_car *car, const struct standing *s,
		      const double *owed, const uint32_t *cut, struct local_answer *answer)
{
	struct ranks_car end[F1P_MAX_CARS];
	double x[F1P_MAX_CARS][PAIR_INPUTS], within[F1P_MAX_CARS][F1P_MAX_CARS], u;
	uint32_t at = local_between((double)race->done, &u);
	pairs_inputs(race, car, s, owed, x);
	for (uint32_t i = 0; i < race->n; i++) {
		end[i].at = (1.0 - u) * dot(model->pair[at], x[i], PAIR_INPUTS) + u * dot(model->pair[at + 1], x[i], PAIR_INPUTS);
		end[i].spread = PAIR_SPREAD;
		end[i].out = answer->retire;
	}
	ranks_within(end, race->n, within);
	for (uint32_t t = 0; t < LOCAL_TARGETS; t++) {
		double share = share_of_pairs(t, (double)race->done);
		for (uint32_t i = 0; i < race->n && cut[t] < race->n; i++) {
			double z = log_odds((1.0 - answer->retire) * within[i][cut[t] - 1]);
			answer->log_odds[t][i] = (1.0 - share) * answer->log_odds[t][i] + share * z;
		}
	}
	places_of(race, within, answer);
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
	answer->retire = (1.0 - u) * model->retire[at] + u * model->retire[at + 1];
	if (model->has_pairs) {
		add_pairs(model, race, car, &standing, owed, cut, answer);
	} else {
		places_around(race, &standing, (1.0 - u) * model->spread[at] + u * model->spread[at + 1], answer);
	}
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
	model->has_pairs = params_length(params, "pairs") > 0;
	ok = ok && (!model->has_pairs || read_checked(&model->pair[0][0], params, "pairs", LOCAL_KNOTS * PAIR_INPUTS, -1e4, 1e4));
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
	ok = ok && (!model->has_pairs || params_set(params, "pairs", &model->pair[0][0], LOCAL_KNOTS * PAIR_INPUTS));
	for (uint32_t t = 0; ok && t < LOCAL_TARGETS; t++) {
		ok = params_set(params, beta_name[t], &model->beta[t][0][0], LOCAL_KNOTS * LEARNT_INPUTS);
	}
	return ok;
}

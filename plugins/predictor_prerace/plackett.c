/*
 * plackett.c - Plackett-Luce likelihood of the first places, and its maximum.
 */
#include "plackett.h"

#include "helpers/fmath.h"
#include "lbfgs.h"

static const double stage_weight[PLACKETT_TOP] = { 1.0, 1.0, 1.0, 0.4, 0.4, 0.4 };

struct problem {
	const struct plackett_race *races;
	uint32_t n_races;
	double l2;
	double spread[STARTER_INPUTS];
};

/* The winner of each stage is drawn from those behind him, by e^score. Subtracts from the loss's gradient. */
static double race_loss(const struct plackett_race *race, const double *weight, double *gradient)
{
	double e[F1P_MAX_CARS], most = -1e300, loss = 0.0, score[F1P_MAX_CARS];
	for (uint32_t i = 0; i < race->n; i++) {
		score[i] = 0.0;
		for (uint32_t f = 0; f < STARTER_INPUTS; f++) {
			score[i] += weight[f] * race->input[i][f];
		}
		most = score[i] > most ? score[i] : most;
	}
	for (uint32_t i = 0; i < race->n; i++) {
		e[i] = f1p_exp(score[i] - most);
	}
	for (uint32_t stage = 0; stage < PLACKETT_TOP && stage + 1 < race->n; stage++) {
		double sum = 1e-300, w = race->weight * stage_weight[stage];
		for (uint32_t i = stage; i < race->n; i++) {
			sum += e[i];
		}
		loss += w * (f1p_log(sum) + most - score[stage]);
		for (uint32_t f = 0; f < STARTER_INPUTS; f++) {
			gradient[f] -= w * race->input[stage][f];
			for (uint32_t i = stage; i < race->n; i++) {
				gradient[f] += w * e[i] / sum * race->input[i][f];
			}
		}
	}
	return loss;
}

/* x: weights of the scaled inputs. */
static double loss(void *arg, const double *x, double *gradient)
{
	const struct problem *p = arg;
	double weight[STARTER_INPUTS], raw[STARTER_INPUTS] = { 0 }, sum = 0.0;
	for (uint32_t f = 0; f < STARTER_INPUTS; f++) {
		weight[f] = x[f] / p->spread[f];
	}
	for (uint32_t r = 0; r < p->n_races; r++) {
		sum += race_loss(&p->races[r], weight, raw);
	}
	for (uint32_t f = 0; f < STARTER_INPUTS; f++) {
		gradient[f] = raw[f] / p->spread[f] + p->l2 * x[f];
		sum += 0.5 * p->l2 * x[f] * x[f];
	}
	return sum;
}

/* Only differences within a race matter, so the spread is taken within races. */
static void set_spread(struct problem *p)
{
	for (uint32_t f = 0; f < STARTER_INPUTS; f++) {
		double sum = 0.0;
		uint32_t n = 0;
		for (uint32_t r = 0; r < p->n_races; r++) {
			const struct plackett_race *race = &p->races[r];
			double mean = 0.0;
			for (uint32_t i = 0; i < race->n; i++) {
				mean += race->input[i][f] / (double)race->n;
			}
			for (uint32_t i = 0; i < race->n; i++) {
				sum += (race->input[i][f] - mean) * (race->input[i][f] - mean);
			}
			n += race->n;
		}
		p->spread[f] = n > 0 && sum > 1e-6 ? f1p_sqrt(sum / (double)n) : 1.0;
	}
}

bool plackett_fit(const struct plackett_race *races, uint32_t n_races, double l2, double weight[STARTER_INPUTS])
{
	static const struct lbfgs_options options = { .iterations = 120, .memory = 10, .tolerance = 1e-9 };
	struct problem p = { .races = races, .n_races = n_races, .l2 = l2 };
	double x[STARTER_INPUTS] = { 0 };
	set_spread(&p);
	double least = lbfgs_minimise(loss, &p, x, STARTER_INPUTS, &options);
	if (!(f1p_abs(least) < f1p_infinity())) {
		return false;
	}
	for (uint32_t f = 0; f < STARTER_INPUTS; f++) {
		weight[f] = x[f] / p.spread[f];
	}
	return true;
}

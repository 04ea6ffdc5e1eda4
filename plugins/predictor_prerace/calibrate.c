/*
 * calibrate.c - temperature and the share of the record, by search on past forecasts.
 */
#include "calibrate.h"

#include <string.h>

#include "helpers/fmath.h"
#include "logistic.h"

#define LEAST_RACES 15u
#define MOST_RACES 120u
#define CELLS 40u
#define SHARES 8u
#define PRIOR_RACES 20.0 /* what is usual counts like so many races */

double calibrate_loss(const struct positions_matrix *m, const struct example *x)
{
	double sum = 0.0;
	uint32_t n = x->starters.n, cars = 0;
	for (uint32_t i = 0; i < n; i++) {
		double below = 0.0;
		uint32_t place = x->place[i];
		for (uint32_t k = 1; place > 0 && k <= n; k++) {
			double weight = k == 1 || k == 3 ? 1.0 : k == 10 ? 0.5 : 0.0;
			below += m->m[i][k - 1];
			sum += weight > 0.0 ? weight * log_loss(below, place <= k) : 0.0;
		}
		sum += place > 0 ? ranked_loss(m->m[i], n, place) : 0.0;
		cars += place > 0;
	}
	return cars ? sum / (double)cars : 0.0;
}

static double share_of(uint32_t k)
{
	static const double shares[SHARES] = { 0.0, 0.04, 0.08, 0.12, 0.16, 0.2, 0.25, 0.3 };
	return shares[k];
}

/* The newest honest examples with a grid: returns how many. */
static uint32_t newest(const struct examples *e, const struct example **out)
{
	uint32_t n = 0;
	for (uint32_t k = e->n; k-- > 0 && n < MOST_RACES;) {
		if (e->list[k].honest) {
			out[n++] = &e->list[k];
		}
	}
	return n;
}

/* What it costs to leave the usual temperature, so that few races do not move it far. */
static double caution(double log_t)
{
	double away = log_t - f1p_log(OUTCOME_TEMPERATURE);
	return 0.1 * PRIOR_RACES * away * away;
}

/* Loss by share of the record, at this temperature. */
static void losses(const struct outcome_model *m, const struct example **x, uint32_t n, double temperature, double loss[SHARES])
{
	struct positions_matrix by_score, record, mixed;
	struct outcome_model then = *m;
	double score[F1P_MAX_CARS];
	then.temperature = temperature;
	memset(loss, 0, SHARES * sizeof(*loss));
	for (uint32_t r = 0; r < n; r++) {
		memcpy(then.weight, x[r]->weight, sizeof(then.weight));
		outcome_scores(&then, &x[r]->starters, score);
		outcome_by_scores(&then, &x[r]->starters, score, CELLS, &by_score);
		outcome_record(&then, &x[r]->starters, &record);
		for (uint32_t k = 0; k < SHARES; k++) {
			mixed = by_score;
			positions_mix(&mixed, &record, share_of(k), x[r]->starters.n);
			loss[k] += calibrate_loss(&mixed, x[r]);
		}
	}
}

static void calibrate_grid(struct outcome_model *m, const struct example **x, uint32_t n)
{
	double best = 1e300, loss[SHARES];
	for (double log_t = -0.42; log_t < 0.19; log_t += 0.06) {
		losses(m, x, n, f1p_exp(log_t), loss);
		for (uint32_t k = 0; k < SHARES; k++) {
			double e = share_of(k) - OUTCOME_RECORD, sum = loss[k] + caution(log_t) + PRIOR_RACES * e * e;
			if (sum < best) {
				best = sum;
				m->temperature = f1p_exp(log_t);
				m->record = share_of(k);
			}
		}
	}
}

void calibrate(const struct examples *e, struct outcome_model *m)
{
	const struct example *x[MOST_RACES];
	uint32_t n = newest(e, x);
	if (n >= LEAST_RACES) {
		calibrate_grid(m, x, n);
	}
}

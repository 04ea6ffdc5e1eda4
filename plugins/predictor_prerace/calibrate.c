/*
 * calibrate.c - temperatures and the share of the record, by search on past forecasts.
 */
#include "calibrate.h"

#include <string.h>

#include "helpers/fmath.h"

#define LEAST_RACES 15u
#define MOST_RACES 120u
#define MOST_EARLY 50u
#define CELLS 40u
#define LEAST_CHANCE 5e-4
#define SHARES 8u
#define PRIOR_RACES 20.0 /* what is usual counts like so many races */

static double log_loss(double p, bool happened)
{
	p = happened ? p : 1.0 - p;
	return -f1p_log(p < LEAST_CHANCE ? LEAST_CHANCE : p);
}

double calibrate_loss(const struct positions_matrix *m, const struct example *x)
{
	double sum = 0.0;
	uint32_t n = x->starters.n, cars = 0;
	for (uint32_t i = 0; i < n; i++) {
		double below = 0.0, squares = 0.0;
		uint32_t place = x->place[i];
		if (place == 0) {
			continue;
		}
		cars++;
		for (uint32_t k = 1; k <= n; k++) {
			below += m->m[i][k - 1];
			double e = below - (place <= k ? 1.0 : 0.0);
			squares += k < n ? e * e : 0.0;
			double weight = k == 1 || k == 3 ? 1.0 : k == 10 ? 0.5 : 0.0;
			sum += weight > 0.0 ? weight * log_loss(below, place <= k) : 0.0;
		}
		sum += n > 1 ? squares / (double)(n - 1) : 0.0;
	}
	return cars ? sum / (double)cars : 0.0;
}

static double share_of(uint32_t k)
{
	static const double shares[SHARES] = { 0.0, 0.04, 0.08, 0.12, 0.16, 0.2, 0.25, 0.3 };
	return shares[k];
}

/* Newest honest examples of a kind: returns how many, at most `most`. */
static uint32_t newest(const struct examples *e, bool early, uint32_t most, const struct example **out)
{
	uint32_t n = 0;
	for (uint32_t k = e->n; k-- > 0 && n < most;) {
		if (e->list[k].honest && e->list[k].early == early) {
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

static double early_loss(const struct outcome_model *m, const struct example **x, uint32_t n, double temperature)
{
	struct positions_matrix places;
	struct outcome_model then = *m;
	double sum = 0.0;
	then.temperature_early = temperature;
	for (uint32_t r = 0; r < n; r++) {
		memcpy(then.weight, x[r]->weight, sizeof(then.weight));
		outcome_places(&then, &x[r]->starters, CELLS, &places);
		sum += calibrate_loss(&places, x[r]);
	}
	return sum;
}

static void calibrate_early(struct outcome_model *m, const struct example **x, uint32_t n)
{
	double best = 1e300;
	for (double log_t = -0.2; log_t < 0.45; log_t += 0.1) {
		double sum = early_loss(m, x, n, f1p_exp(log_t)) + caution(log_t);
		if (sum < best) {
			best = sum;
			m->temperature_early = f1p_exp(log_t);
		}
	}
}

void calibrate(const struct examples *e, struct outcome_model *m)
{
	const struct example *x[MOST_RACES];
	uint32_t n = newest(e, false, MOST_RACES, x);
	if (n >= LEAST_RACES) {
		calibrate_grid(m, x, n);
	}
	n = newest(e, true, MOST_EARLY, x);
	if (n >= LEAST_RACES) {
		calibrate_early(m, x, n);
	}
}

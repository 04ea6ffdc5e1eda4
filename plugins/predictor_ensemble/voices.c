/*
 * voices.c - takes the members' matrices, widens old ones, averages.
 */
#include "voices.h"

#include <string.h>

#include "helpers/fmath.h"

#define LEAST_CHANCE 1e-5 /* what a member calls impossible, another may not */

bool voices_add(struct voices *v, const struct f1p_member *member, const struct f1p_state *state, const struct positions_field *cars,
		double widen_per_event)
{
	if (v->n == VOICES_MAX || !positions_take(&v->m[v->n], v->p_retire[v->n], member->forecast, state, cars)) {
		return false;
	}
	struct positions_matrix *m = &v->m[v->n], broad;
	double widen = widen_per_event * (double)member->age_events;
	widen = widen < 0.5 ? widen : 0.5;
	positions_broad(&broad, cars);
	positions_mix(m, &broad, widen, cars->n);
	if (member->age_events > 0) { /* a car may have retired since */
		positions_restrict(m, cars);
	}
	if (!positions_balance(m, cars->n)) {
		return false;
	}
	v->freshness[v->n] = 1.0 - widen;
	v->member[v->n] = *member;
	v->n++;
	return true;
}

static double clip(double p)
{
	return p < LEAST_CHANCE ? LEAST_CHANCE : p > 1.0 - LEAST_CHANCE ? 1.0 - LEAST_CHANCE : p;
}

static double blend_cell(const struct voices *v, uint32_t row, uint32_t k)
{
	double logit = 0.0, largest = 0.0, least = 1.0;
	for (uint32_t i = 0; i < v->n; i++) {
		if (v->share[i] > 0.0) {
			double p = v->m[i].m[row][k];
			largest = p > largest ? p : largest;
			least = p < least ? p : least;
			logit += v->share[i] * f1p_logit(clip(p));
		}
	}
	if (largest <= 0.0) {
		return 0.0;
	}
	return least >= 1.0 ? 1.0 : f1p_logistic(logit);
}

void voices_blend(const struct voices *v, struct positions_matrix *m, uint32_t n)
{
	memset(m, 0, sizeof(*m));
	for (uint32_t row = 0; row < n; row++) {
		for (uint32_t k = 0; k < n; k++) {
			m->m[row][k] = blend_cell(v, row, k);
		}
	}
	if (positions_balance(m, n)) {
		return;
	}
	/* A plain average of balanced tables is balanced, whatever their zeros. */
	memset(m, 0, sizeof(*m));
	for (uint32_t i = 0; i < v->n; i++) {
		for (uint32_t row = 0; row < n; row++) {
			for (uint32_t k = 0; k < n; k++) {
				m->m[row][k] += v->share[i] * v->m[i].m[row][k];
			}
		}
	}
}

static double chance_to_retire(const struct voices *v, uint32_t row)
{
	double sum = 0.0;
	for (uint32_t i = 0; i < v->n; i++) {
		sum += v->share[i] * v->p_retire[i][row];
	}
	return sum > 1.0 ? 1.0 : sum;
}

void voices_retire_all(const struct voices *v, const struct positions_field *cars, double *p_retire)
{
	for (uint32_t row = 0, n = 0; row < cars->n; row++) {
		if (cars->running[row]) {
			p_retire[n++] = chance_to_retire(v, row);
		}
	}
}

void voices_rest(const struct voices *v, const struct positions_field *cars, struct f1p_forecast *out, double *p_retire)
{
	for (uint32_t row = 0; row < cars->n; row++) {
		p_retire[row] = cars->running[row] ? chance_to_retire(v, row) : 1.0;
	}
	for (uint32_t i = 0; i < v->n; i++) {
		const struct f1p_forecast *f = v->member[i].forecast;
		out->missing |= v->share[i] > 0.0 ? f->missing : 0;
		out->missing |= v->member[i].age_events > 0 ? F1P_MISSING_MEMBER : 0;
		out->runs = f->runs > out->runs ? f->runs : out->runs;
		out->mc_error += v->share[i] * f->mc_error;
	}
}

double voices_freshness(const struct voices *v)
{
	double sum = 0.0;
	for (uint32_t i = 0; i < v->n; i++) {
		sum += v->share[i] * v->freshness[i];
	}
	return sum > 1.0 ? 1.0 : sum;
}

/*
 * stops.c - inputs of the regressions of stops.h.
 */
#include "stops.h"

#include <string.h>

static const double age_knots[] = {0.0, 0.06, 0.12, 0.20, 0.30, 0.42, 0.60};
static const double left_knots[] = {0.0, 0.035, 0.08, 0.14, 0.22, 0.32, 0.45, 0.60, 0.75, 0.90};
static const double stint_knots[] = {0.30, 0.45, 0.60, 0.75, 0.90};
static const double mismatch_knots[] = {0.0, 0.2, 0.5, 0.9};
#define COUNT(a) ((uint32_t)(sizeof(a) / sizeof((a)[0])))

/* Weights of x between the knots, added to out[0..n). */
static uint32_t hats(const double *knots, uint32_t n, double x, double *out)
{
	uint32_t k = 0;
	memset(out, 0, n * sizeof(*out));
	if (x >= knots[n - 1]) {
		out[n - 1] = 1.0;
		return n;
	}
	while (k + 2 < n && x >= knots[k + 1]) {
		k++;
	}
	double u = x <= knots[k] ? 0.0 : (x - knots[k]) / (knots[k + 1] - knots[k]);
	out[k] = 1.0 - u;
	out[k + 1] = u;
	return n;
}

static double clipped(double x, double low, double high)
{
	return x < low ? low : x > high ? high : x;
}

void stops_green_inputs(const struct stop_case *c, double x[STOP_GREEN_INPUTS])
{
	const uint32_t block = COUNT(age_knots) + COUNT(left_knots) + COUNT(stint_knots);
	double age = c->age / c->total, left = c->left / c->total, stint = c->stint / c->total, rel = clipped(c->rel, -2.0, 2.0);
	uint32_t k = 0;
	memset(x, 0, STOP_GREEN_INPUTS * sizeof(*x));
	double *b = x + (c->owes ? block : 0);
	k = hats(age_knots, COUNT(age_knots), age, b);
	k += hats(left_knots, COUNT(left_knots), left, b + k);
	hats(stint_knots, COUNT(stint_knots), stint, b + k);
	k = 2 * block;
	x[k++] = 1.0;
	x[k++] = c->owes;
	x[k++] = c->tyre == TYRE_SOFT;
	x[k++] = c->tyre == TYRE_HARD;
	x[k++] = c->tyre == TYRE_SOFT ? 4.0 * age : 0.0;
	x[k++] = c->tyre == TYRE_HARD ? 4.0 * age : 0.0;
	double more = clipped(c->stops_prior - 1.7, -1.0, 1.5);
	x[k++] = c->owes ? 0.0 : more;
	x[k++] = c->owes ? more : 0.0;
	x[k++] = c->owes ? 0.0 : more * 4.0 * (left - 0.3);
	x[k++] = c->owes ? more * 4.0 * (left - 0.6) : 0.0;
	x[k++] = c->owes ? 0.0 : rel;
	x[k++] = c->owes ? rel : 0.0;
	x[k++] = c->owes ? 0.0 : rel < 0.0 ? rel * 3.0 * left : 0.0;
	x[k++] = c->owes ? 0.0 : rel > 0.0 ? 1.0 : 0.0;
	x[k++] = c->place <= 3 ? 1.0 : 0.0;
	x[k++] = c->place > 10 ? 1.0 : 0.0;
}

void stops_neutral_inputs(const struct stop_case *c, double x[STOP_NEUTRAL_INPUTS])
{
	double age = c->age / c->total, left = c->left / c->total, stint = c->stint / c->total;
	uint32_t k = 0;
	memset(x, 0, STOP_NEUTRAL_INPUTS * sizeof(*x));
	k += hats(age_knots, COUNT(age_knots), age, x + k);
	k += hats(left_knots, COUNT(left_knots), left, x + k);
	x[k++] = 1.0;
	x[k++] = c->vsc;
	x[k++] = c->since == 1;
	x[k++] = c->since >= 2;
	x[k++] = c->vsc && c->since > 0;
	x[k++] = c->vsc ? 4.0 * age : 0.0;
	x[k++] = c->owes;
	x[k++] = c->owes ? 1.0 - left : 0.0;
	x[k++] = c->place == 1;
	x[k++] = c->place <= 3;
	x[k++] = c->place <= 10;
	x[k++] = clipped(c->rel, -2.0, 2.0);
	x[k++] = c->tyre == TYRE_SOFT;
	x[k++] = c->tyre == TYRE_HARD;
	x[k++] = c->since >= 3;
	x[k++] = clipped(c->stops_prior - 1.7, -1.0, 1.5);
	x[k++] = stint > 0.5 ? stint - 0.5 : 0.0;
	x[k++] = c->wet;
	x[k++] = c->on_wet;
}

void stops_wet_inputs(const struct stop_case *c, double x[STOP_WET_INPUTS])
{
	uint32_t k = 0;
	memset(x, 0, STOP_WET_INPUTS * sizeof(*x));
	hats(mismatch_knots, COUNT(mismatch_knots), c->mismatch, x + (c->on_wet ? COUNT(mismatch_knots) : 0));
	k = 2 * COUNT(mismatch_knots);
	x[k++] = 1.0;
	x[k++] = c->on_wet;
	x[k++] = 4.0 * clipped(c->age / c->total, 0.0, 0.6);
	x[k++] = clipped(c->left / c->total, 0.0, 1.0);
	x[k++] = c->left < 0.06 * c->total;
	x[k++] = clipped(c->rel, -1.0, 2.0);
}

static double dot(const double *a, const double *b, uint32_t n)
{
	double sum = 0.0;
	for (uint32_t i = 0; i < n; i++) {
		sum += a[i] * b[i];
	}
	return sum;
}

double stops_logit_green(const struct midrace_model *m, const struct stop_case *c)
{
	double x[STOP_GREEN_INPUTS];
	if (c->wet) {
		stops_wet_inputs(c, x);
		return dot(m->stop_wet, x, STOP_WET_INPUTS);
	}
	stops_green_inputs(c, x);
	return dot(m->stop_green, x, STOP_GREEN_INPUTS);
}

double stops_logit_neutral(const struct midrace_model *m, const struct stop_case *c)
{
	double x[STOP_NEUTRAL_INPUTS];
	stops_neutral_inputs(c, x);
	return dot(m->stop_neutral, x, STOP_NEUTRAL_INPUTS);
}

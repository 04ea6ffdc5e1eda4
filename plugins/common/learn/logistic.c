/*
 * logistic.c - logistic regression by Newton's method.
 */
#include "logistic.h"

#include <stdlib.h>
#include <string.h>

#include "helpers/fmath.h"
#include "linear.h"

#define MAX_STEPS 50
#define MAX_HALVINGS 30
#define MAX_COLUMNS 4096u
#define LEAST_CHANCE 5e-4

double logistic(double z)
{
	return f1p_logistic(z);
}

double logit(double p)
{
	p = p < 1e-12 ? 1e-12 : p > 1.0 - 1e-12 ? 1.0 - 1e-12 : p;
	return f1p_logit(p);
}

double log_loss(double p, bool happened)
{
	p = happened ? p : 1.0 - p;
	return -f1p_log(p < LEAST_CHANCE ? LEAST_CHANCE : p);
}

double ranked_loss(const double *p, size_t n, size_t place)
{
	double below = 0.0, squares = 0.0;
	for (size_t k = 1; k < n; k++) {
		below += p[k - 1];
		double e = below - (place <= k ? 1.0 : 0.0);
		squares += e * e;
	}
	return n > 1 ? squares / (double)(n - 1) : 0.0;
}

struct problem {
	const double *x, *y, *w, *l2, *centre;
	size_t rows, cols;
};

static double score_of(const struct problem *p, size_t r, const double *beta)
{
	double z = 0.0;
	for (size_t i = 0; i < p->cols; i++) {
		z += p->x[r * p->cols + i] * beta[i];
	}
	return z;
}

static double off_centre(const struct problem *p, const double *beta, size_t i)
{
	return beta[i] - (p->centre ? p->centre[i] : 0.0);
}

static double loss(const struct problem *p, const double *beta)
{
	double sum = 0.0;
	for (size_t r = 0; r < p->rows; r++) {
		double z = score_of(p, r, beta);
		/* ln(1 + e^z) - y z, without overflow */
		double big = z > 0.0 ? z : 0.0;
		sum += (p->w ? p->w[r] : 1.0) * (big + f1p_log(1.0 + f1p_exp(-f1p_abs(z))) - p->y[r] * z);
	}
	for (size_t i = 0; i < p->cols; i++) {
		sum += 0.5 * p->l2[i] * off_centre(p, beta, i) * off_centre(p, beta, i);
	}
	return sum;
}

/* Hessian and downhill gradient at beta. */
static void derive(const struct problem *p, const double *beta, double *hessian, double *down)
{
	memset(hessian, 0, p->cols * p->cols * sizeof(*hessian));
	for (size_t i = 0; i < p->cols; i++) {
		down[i] = -p->l2[i] * off_centre(p, beta, i);
		hessian[i * p->cols + i] = p->l2[i];
	}
	for (size_t r = 0; r < p->rows; r++) {
		const double *row = p->x + r * p->cols;
		double w = p->w ? p->w[r] : 1.0, q = f1p_logistic(score_of(p, r, beta)), v = w * q * (1.0 - q);
		for (size_t i = 0; i < p->cols; i++) {
			down[i] += w * (p->y[r] - q) * row[i];
			for (size_t j = 0; j <= i && row[i] != 0.0; j++) {
				hessian[i * p->cols + j] += v * row[i] * row[j];
			}
		}
	}
}

/* One step downhill. False when there is none worth making. */
static bool step_down(const struct problem *p, double *beta, double *trial, const double *step, double *now)
{
	double share = 1.0;
	for (int half = 0; half < MAX_HALVINGS; half++, share *= 0.5) {
		for (size_t i = 0; i < p->cols; i++) {
			trial[i] = beta[i] + share * step[i];
		}
		double then = loss(p, trial);
		if (then < *now) {
			bool worth = *now - then > 1e-10 * (1.0 + f1p_abs(*now));
			memcpy(beta, trial, p->cols * sizeof(*beta));
			*now = then;
			return worth;
		}
	}
	return false;
}

bool logistic_fit(const double *x, const double *y, const double *w, size_t rows, size_t cols, const double *l2,
		  const double *centre, double *beta)
{
	struct problem p = { x, y, w, l2, centre, rows, cols };
	if (cols == 0 || cols > MAX_COLUMNS) {
		return false;
	}
	double *hessian = malloc(cols * cols * sizeof(*hessian)), *step = malloc(2 * cols * sizeof(*step));
	bool good = hessian && step;
	double now = good ? loss(&p, beta) : 0.0;
	for (int i = 0; i < MAX_STEPS && good; i++) {
		derive(&p, beta, hessian, step);
		good = linear_solve(hessian, step, cols);
		if (good && !step_down(&p, beta, step + cols, step, &now)) {
			break;
		}
	}
	free(hessian);
	free(step);
	return good && now < f1p_infinity();
}

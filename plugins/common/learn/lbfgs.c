/*
 * lbfgs.c - L-BFGS with a line search for the weak Wolfe conditions by bisection.
 */
#include "lbfgs.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "helpers/fmath.h"

#define MAX_MEMORY 32u
#define MAX_TRIALS 40

struct search {
	double (*f)(void *arg, const double *x, double *gradient);
	void *arg;
	size_t n;
	double *x, *g, *x_new, *g_new, *d; /* n each */
	double *s, *y;                     /* memory x n: steps and changes of the gradient */
	double rho[MAX_MEMORY];
	unsigned memory, kept, next;
};

static double dot(const double *a, const double *b, size_t n)
{
	double sum = 0.0;
	for (size_t i = 0; i < n; i++) {
		sum += a[i] * b[i];
	}
	return sum;
}

static void add(double *a, double share, const double *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		a[i] += share * b[i];
	}
}

/* d = -H g by the two loops over the pairs kept, newest first and back. */
static void set_direction(struct search *s)
{
	double alpha[MAX_MEMORY];
	for (size_t i = 0; i < s->n; i++) {
		s->d[i] = -s->g[i];
	}
	for (unsigned k = 0; k < s->kept; k++) {
		unsigned at = (s->next + s->memory - 1 - k) % s->memory;
		alpha[k] = s->rho[at] * dot(s->s + at * s->n, s->d, s->n);
		add(s->d, -alpha[k], s->y + at * s->n, s->n);
	}
	if (s->kept) {
		unsigned at = (s->next + s->memory - 1) % s->memory;
		const double *y = s->y + at * s->n;
		double scale = 1.0 / (s->rho[at] * dot(y, y, s->n));
		for (size_t i = 0; i < s->n; i++) {
			s->d[i] *= scale;
		}
	}
	for (unsigned k = s->kept; k-- > 0;) {
		unsigned at = (s->next + s->memory - 1 - k) % s->memory;
		double beta = s->rho[at] * dot(s->y + at * s->n, s->d, s->n);
		add(s->d, alpha[k] - beta, s->s + at * s->n, s->n);
	}
}

/* Finds a step along d: x_new, g_new and *value are filled. False: none lowers f. */
static bool search_line(struct search *s, double now, double slope, double first, double *value)
{
	double low = 0.0, high = 0.0, step = first;
	bool lowered = false;
	for (int i = 0; i < MAX_TRIALS; i++) {
		memcpy(s->x_new, s->x, s->n * sizeof(*s->x));
		add(s->x_new, step, s->d, s->n);
		*value = s->f(s->arg, s->x_new, s->g_new);
		if (!(*value <= now + 1e-4 * step * slope)) {
			high = step;
		} else if (dot(s->g_new, s->d, s->n) < 0.9 * slope) {
			low = step;
			lowered = true;
		} else {
			return true;
		}
		step = high > 0.0 ? 0.5 * (low + high) : 2.0 * step;
	}
	return lowered && *value < now;
}

static void keep_pair(struct search *s)
{
	double *step = s->s + s->next * s->n, *change = s->y + s->next * s->n;
	for (size_t i = 0; i < s->n; i++) {
		step[i] = s->x_new[i] - s->x[i];
		change[i] = s->g_new[i] - s->g[i];
	}
	double curvature = dot(step, change, s->n);
	if (curvature > 1e-14 * dot(change, change, s->n)) {
		s->rho[s->next] = 1.0 / curvature;
		s->next = (s->next + 1) % s->memory;
		s->kept += s->kept < s->memory;
	}
}

static double minimise(struct search *s, const struct lbfgs_options *options)
{
	double now = s->f(s->arg, s->x, s->g), value = now;
	if (!(f1p_abs(now) < f1p_infinity())) {
		return f1p_nan();
	}
	for (unsigned i = 0; i < options->iterations; i++) {
		set_direction(s);
		double slope = dot(s->g, s->d, s->n), steepness = dot(s->g, s->g, s->n);
		double first = s->kept ? 1.0 : 1.0 / (1.0 + f1p_sqrt(steepness));
		if (!(slope < 0.0) || !search_line(s, now, slope, first, &value)) {
			break;
		}
		keep_pair(s);
		memcpy(s->x, s->x_new, s->n * sizeof(*s->x));
		memcpy(s->g, s->g_new, s->n * sizeof(*s->g));
		double gain = now - value;
		now = value;
		if (gain < options->tolerance * (1.0 + f1p_abs(now))) {
			break;
		}
	}
	return now;
}

double lbfgs_minimise(double (*f)(void *arg, const double *x, double *gradient), void *arg, double *x, size_t n,
		      const struct lbfgs_options *options)
{
	unsigned memory = options->memory < 1 ? 1 : options->memory > MAX_MEMORY ? MAX_MEMORY : options->memory;
	double *room = n > 0 && n < SIZE_MAX / 1024 ? calloc((4 + 2 * (size_t)memory) * n, sizeof(*room)) : NULL;
	if (!room) {
		return f1p_nan();
	}
	struct search s = { .f = f, .arg = arg, .n = n, .x = x, .g = room, .x_new = room + n, .g_new = room + 2 * n,
		.d = room + 3 * n, .s = room + 4 * n, .y = room + (4 + memory) * n, .memory = memory };
	double least = minimise(&s, options);
	free(room);
	return least;
}

/*
 * placing.c - places of independent results by cells and Poisson-binomial sums.
 */
#include "placing.h"

#include <string.h>

#include "helpers/fmath.h"

#define NEGLIGIBLE 1e-10 /* of a car's chance: cells with less add nothing to see */

double placing_normal(double x)
{
	double t = 1.0 / (1.0 + 0.2316419 * f1p_abs(x)), tail = 0.3989422804014327 * f1p_exp(-0.5 * x * x) * t *
		(0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
	return x < 0.0 ? tail : 1.0 - tail;
}

double placing_delayed(double x, double mean, double sd, double share, double delay)
{
	double z = (x - mean) / sd, r = sd / delay, plain = placing_normal(z);
	if (share <= 0.0) {
		return plain;
	}
	/* normal plus exponential; far on the left both terms vanish alike */
	double late = z < -30.0 || r * (0.5 * r - z) > 600.0 ? 0.0 : plain - f1p_exp(r * (0.5 * r - z)) * placing_normal(z - r);
	late = late < 0.0 ? 0.0 : late > plain ? plain : late;
	return (1.0 - share) * plain + share * late;
}

void placing_edges(struct placing *p, double low, double high, uint32_t edges)
{
	p->edges = edges < 2 ? 2 : edges > PLACING_EDGES ? PLACING_EDGES : edges;
	for (uint32_t e = 0; e < p->edges; e++) {
		p->edge[e] = low + (high - low) * (double)e / (double)(p->edges - 1);
	}
}

/* chance[k]: that k of the others say yes. */
static void count_others(double *chance, const double *yes, uint32_t n, uint32_t self)
{
	uint32_t seen = 0;
	chance[0] = 1.0;
	for (uint32_t j = 0; j < n; j++) {
		if (j == self) {
			continue;
		}
		double p = yes[j], q = 1.0 - p;
		chance[seen + 1] = chance[seen] * p;
		for (uint32_t k = seen; k > 0; k--) {
			chance[k] = chance[k] * q + chance[k - 1] * p;
		}
		chance[0] *= q;
		seen++;
	}
}

static void add_cell(const struct placing *p, const double *low, const double *high, struct positions_matrix *m)
{
	double ahead[F1P_MAX_CARS], chance[F1P_MAX_CARS + 1];
	for (uint32_t j = 0; j < p->n; j++) {
		ahead[j] = (1.0 - p->out[j]) * 0.5 * (low[j] + high[j]);
	}
	for (uint32_t i = 0; i < p->n; i++) {
		double here = (1.0 - p->out[i]) * (high[i] - low[i]);
		if (here > NEGLIGIBLE) {
			count_others(chance, ahead, p->n, i);
			for (uint32_t k = 0; k < p->n; k++) {
				m->m[i][k] += here * chance[k];
			}
		}
	}
}

/* A car that is out shares the last places with the others that are. */
static void add_out(const struct placing *p, struct positions_matrix *m)
{
	double chance[F1P_MAX_CARS + 1];
	for (uint32_t i = 0; i < p->n; i++) {
		count_others(chance, p->out, p->n, i);
		for (uint32_t others = 0; others < p->n; others++) {
			double each = p->out[i] * chance[others] / (double)(others + 1);
			for (uint32_t k = p->n - 1 - others; k < p->n; k++) {
				m->m[i][k] += each;
			}
		}
	}
}

void placing_matrix(const struct placing *p, struct positions_matrix *m)
{
	static const double none[F1P_MAX_CARS];
	double all[F1P_MAX_CARS];
	memset(m, 0, sizeof(*m));
	for (uint32_t i = 0; i < p->n; i++) {
		all[i] = 1.0;
	}
	for (uint32_t e = 0; e <= p->edges; e++) {
		add_cell(p, e > 0 ? p->cdf[e - 1] : none, e < p->edges ? p->cdf[e] : all, m);
	}
	add_out(p, m);
	if (!positions_balance(m, p->n)) { /* cannot be: the rows are sums of chances, the columns nearly so */
		for (uint32_t i = 0; i < p->n; i++) {
			for (uint32_t k = 0; k < p->n; k++) {
				m->m[i][k] = 1.0 / (double)p->n;
			}
		}
	}
}

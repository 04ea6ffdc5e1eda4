#include "rejoin.h"

#include <string.h>

#include "helpers/fmath.h"

#define LOSSES 24         /* quantiles of the loss */
#define SLOW_SHARE 0.10   /* of stops go wrong */
#define SLOW_MEAN_S 5.0   /* by so much more */

/* P(standard normal < x), by the logistic approximation of Bowling et al. 2009: within 0.0002. */
static double below(double x)
{
	return 1.0 / (1.0 + f1p_exp(-(0.07056 * x * x * x + 1.5976 * x)));
}

/* The k-th of the evenly likely losses; the last tenth of them has gone wrong. */
static double loss_at(const struct rejoin_case *c, int k)
{
	double u = (k + 0.5) / LOSSES, slow = 0;

	if (u > 1 - SLOW_SHARE) {
		double v = (u - (1 - SLOW_SHARE)) / SLOW_SHARE;
		slow = -SLOW_MEAN_S * f1p_log(1.0 - v * 0.98);
		u = 0.5 * v + 0.25;
	} else {
		u /= 1 - SLOW_SHARE;
	}
	return c->loss_s + c->loss_sd_s * f1p_normal_quantile(u) + slow;
}

static double p_ahead(const struct rejoin_case *c, const struct rejoin_rival *r, double loss_s)
{
	double margin = r->ahead_s + r->gain_s + loss_s, sd = c->noise_s > 0.05 ? c->noise_s : 0.05;
	double staying = below(margin / sd), stopping = below((margin - c->rival_loss_s) / (sd + c->loss_sd_s));

	return (1 - r->p_stop) * staying + r->p_stop * stopping;
}

void rejoin_distribution(const struct rejoin_case *c, double p[F1P_MAX_CARS + 1])
{
	memset(p, 0, (F1P_MAX_CARS + 1) * sizeof(*p));
	for (int k = 0; k < LOSSES; k++) {
		double loss_s = loss_at(c, k), q[F1P_MAX_CARS + 1] = {1};
		for (uint32_t i = 0; i < c->n; i++) {
			double a = p_ahead(c, &c->rivals[i], loss_s);
			for (uint32_t m = i + 1; m > 0; m--) {
				q[m] = q[m] * (1 - a) + q[m - 1] * a;
			}
			q[0] *= 1 - a;
		}
		for (uint32_t m = 0; m <= c->n; m++) {
			p[m] += q[m] / LOSSES;
		}
	}
}

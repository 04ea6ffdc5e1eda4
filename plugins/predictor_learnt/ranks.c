/*
 * ranks.c - given where a car itself ends, the others are ahead of it independently of each other: a count of unlike coins
 * (Poisson-binomial), averaged over equally likely ends of the car.
 */
#include "ranks.h"

#include "helpers/fmath.h"

#define ENDS 9

/* The middles of nine equally likely parts of the standard logistic distribution: ln((2k - 1) / (19 - 2k)). */
static const double end_of[ENDS] = { -2.8332133440562162, -1.6094379124341003, -0.95551144502743635, -0.45198512374305727, 0.0,
	0.45198512374305727, 0.95551144502743635, 1.6094379124341003, 2.8332133440562162 };

/* Adds, for each k, the chance that at most k - 1 others are ahead of car i, which ends at x. */
static void add_end(const struct ranks_car *car, uint32_t n, uint32_t i, double x, double *within)
{
	double count[F1P_MAX_CARS] = { 1.0 }, sum = 0.0;
	for (uint32_t j = 0; j < n; j++) {
		if (j == i) {
			continue;
		}
		double ahead = (1.0 - car[j].out) * f1p_logistic((x - car[j].at) / car[j].spread);
		for (uint32_t k = n; k-- > 1;) {
			count[k] = count[k] * (1.0 - ahead) + count[k - 1] * ahead;
		}
		count[0] *= 1.0 - ahead;
	}
	for (uint32_t k = 0; k < n; k++) {
		sum += count[k];
		within[k] += sum / ENDS;
	}
}

void ranks_within(const struct ranks_car *car, uint32_t n, double within[F1P_MAX_CARS][F1P_MAX_CARS])
{
	for (uint32_t i = 0; i < n; i++) {
		for (uint32_t k = 0; k < n; k++) {
			within[i][k] = 0.0;
		}
		for (uint32_t end = 0; end < ENDS; end++) {
			add_end(car, n, i, car[i].at + car[i].spread * end_of[end], within[i]);
		}
	}
}

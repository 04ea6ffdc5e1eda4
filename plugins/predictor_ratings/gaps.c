#include "gaps.h"

#include <f1pd/base.h>

#include "helpers/fmath.h"

#define MAX_VALUES 1024u
#define LAST_PART_WEIGHT .55
/* A part that is so much slower or faster than the one before it was driven in other weather, %. */
#define WET_SLOWER 1.0
#define WET_FASTER (-3.0)
#define WET_SPREAD 3.0 /* between the quartiles of one part */

static uint32_t sorted_known(const double *v, uint32_t n, double *out)
{
	uint32_t m = 0;

	for (uint32_t i = 0; i < n && m < MAX_VALUES; i++) {
		if (!is_known(v[i]))
			continue;
		uint32_t k = m++;
		while (k > 0 && out[k - 1] > v[i]) {
			out[k] = out[k - 1];
			k--;
		}
		out[k] = v[i];
	}
	return m;
}

double quantile_of(const double *v, uint32_t n, double share)
{
	double sorted[MAX_VALUES];
	uint32_t m = sorted_known(v, n, sorted);

	if (m == 0)
		return f1p_nan();
	double at = share * (double)(m - 1);
	uint32_t below = (uint32_t)at;
	if (below + 1 >= m)
		return sorted[m - 1];
	return sorted[below] + (at - (double)below) * (sorted[below + 1] - sorted[below]);
}

double median_of(const double *v, uint32_t n)
{
	return quantile_of(v, n, .5);
}

static double log_time(int32_t ms)
{
	return ms > 0 ? 100.0 * f1p_log((double)ms / 1000.0) : f1p_nan();
}

static void centre(double *gap, uint32_t n)
{
	uint32_t known = 0;
	double middle = median_of(gap, n);

	for (uint32_t i = 0; i < n; i++)
		known += is_known(gap[i]);
	for (uint32_t i = 0; i < n; i++) {
		double g = gap[i] - middle;
		gap[i] = known < 4 ? f1p_nan() : g < GAP_FASTEST ? GAP_FASTEST : g > GAP_SLOWEST ? GAP_SLOWEST : g;
	}
}

void gaps_session(const int32_t *best_ms, uint32_t n, double *gap)
{
	for (uint32_t i = 0; i < n; i++)
		gap[i] = log_time(best_ms[i]);
	centre(gap, n);
}

/* How much slower part k was for the cars that drove in both; 0 where too few did. */
static double part_change(const int32_t (*q_ms)[3], uint32_t n, uint32_t k)
{
	double change[F1P_MAX_CARS];
	uint32_t m = 0;

	for (uint32_t i = 0; i < n && m < F1P_MAX_CARS; i++) {
		if (q_ms[i][k - 1] > 0 && q_ms[i][k] > 0)
			change[m++] = log_time(q_ms[i][k]) - log_time(q_ms[i][k - 1]);
	}
	return m >= 3 ? median_of(change, m) : 0.0;
}

static bool part_is_spread(const int32_t (*q_ms)[3], uint32_t n, uint32_t k)
{
	double time[F1P_MAX_CARS];
	uint32_t m = 0;

	for (uint32_t i = 0; i < n && m < F1P_MAX_CARS; i++) {
		if (q_ms[i][k] > 0)
			time[m++] = log_time(q_ms[i][k]);
	}
	return m >= 6 && quantile_of(time, m, .75) - quantile_of(time, m, .25) > WET_SPREAD;
}

static double car_gap(const int32_t q_ms[3], const double offset[3])
{
	double last = f1p_nan(), before = 0.0;
	uint32_t n_before = 0;

	for (uint32_t k = 0; k < 3; k++) {
		if (q_ms[k] <= 0)
			continue;
		if (is_known(last)) {
			before += last;
			n_before++;
		}
		last = log_time(q_ms[k]) - offset[k];
	}
	return n_before == 0 ? last : LAST_PART_WEIGHT * last + (1.0 - LAST_PART_WEIGHT) * before / (double)n_before;
}

bool gaps_qualifying(const int32_t (*q_ms)[3], uint32_t n, double *gap)
{
	double offset[3] = {0.0, 0.0, 0.0};
	bool wet = part_is_spread(q_ms, n, 0);

	for (uint32_t k = 1; k < 3; k++) {
		double change = part_change(q_ms, n, k);
		wet = wet || change > WET_SLOWER || change < WET_FASTER || part_is_spread(q_ms, n, k);
		offset[k] = offset[k - 1] + change;
	}
	for (uint32_t i = 0; i < n; i++)
		gap[i] = car_gap(q_ms[i], offset);
	centre(gap, n);
	return wet;
}

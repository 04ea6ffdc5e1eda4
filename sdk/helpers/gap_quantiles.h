/* gap_quantiles.h - one place that knows which quantiles of a gap can be. */
#ifndef F1P_HELPERS_GAP_QUANTILES_H
#define F1P_HELPERS_GAP_QUANTILES_H

#include <f1pd/forecast.h>

#include <stdbool.h>

/* Rising from the winner's 0; who may be a lap down or out at one level may be at those above it. */
static inline bool f1p_gaps_rise(const struct f1p_car_forecast *car)
{
	int32_t below = 0;

	for (int i = 0; i < F1P_GAP_LEVELS; i++) {
		if (car->gap_ms[i] != F1P_UNKNOWN && (below == F1P_UNKNOWN || car->gap_ms[i] < below)) {
			return false;
		}
		below = car->gap_ms[i];
	}
	return true;
}

#endif

/*
 * lap_times.h - which laps of a car's history tell its pace, and the median.
 */
#ifndef LAP_TIMES_H
#define LAP_TIMES_H

#include <f1pd/state.h>

#include <stdbool.h>
#include <stdint.h>

/* What a lap of any circuit can take. */
static inline bool lap_time_possible(int32_t time_ms)
{
	return time_ms >= 20000 && time_ms <= 400000;
}

/* Not the first, not through the pit lane, not neutralised, with a time. index: lap - 1. */
static inline bool lap_is_free(const struct f1p_car *car, uint32_t index)
{
	if (index == 0 || index >= car->n_laps || index >= F1P_MAX_LAPS) {
		return false;
	}
	const struct f1p_lap *lap = &car->history[index];
	return !(lap->flags & (F1P_LAPF_IN | F1P_LAPF_OUT | F1P_LAPF_NEUTRAL)) && lap_time_possible(lap->time_ms);
}

/* Sorts v; 0 of none. */
static inline double median_sorting(double *v, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++) {
		double x = v[i];
		uint32_t at = i;
		for (; at > 0 && v[at - 1] > x; at--) {
			v[at] = v[at - 1];
		}
		v[at] = x;
	}
	return n == 0 ? 0.0 : n % 2 ? v[n / 2] : 0.5 * (v[n / 2 - 1] + v[n / 2]);
}

#endif

/*
 * race_laps.c - clean laps, the field's median per lap, pit loss of this race.
 */
#include "race_laps.h"

#include <string.h>

#include "lap_times.h"

#define MAX_STOPS_SEEN 64u

static uint32_t laps_kept(const struct f1p_car *car)
{
	return car->n_laps < F1P_MAX_LAPS ? car->n_laps : F1P_MAX_LAPS;
}

static double lap_median(const struct f1p_state *state, uint32_t index)
{
	double v[F1P_MAX_CARS];
	uint32_t n = 0;
	for (uint32_t i = 0; i < state->n_cars && i < F1P_MAX_CARS; i++) {
		if (lap_is_free(&state->cars[i], index)) {
			v[n++] = state->cars[i].history[index].time_ms;
		}
	}
	return n >= 4 ? median_sorting(v, n) : 0.0;
}

bool race_laps_clean(const struct race_laps *laps, const struct f1p_car *car, uint32_t index)
{
	if (!lap_is_free(car, index) || laps->median_ms[index] <= 0.0) {
		return false;
	}
	double ratio = car->history[index].time_ms / laps->median_ms[index];
	return ratio >= 0.95 && ratio <= 1.06;
}

/* In-lap and out-lap against two clean ones, for one stop; 0 if it cannot be told. */
static double stop_cost_s(const struct race_laps *laps, const struct f1p_car *car, uint32_t index)
{
	if (index + 1 >= laps_kept(car)) {
		return 0.0;
	}
	const struct f1p_lap *in = &car->history[index], *out = in + 1;
	if (!(in->flags & F1P_LAPF_IN) || !(out->flags & F1P_LAPF_OUT) || ((in->flags | out->flags) & F1P_LAPF_NEUTRAL) ||
		!lap_time_possible(in->time_ms) || !lap_time_possible(out->time_ms) ||
		laps->median_ms[index] <= 0.0 || laps->median_ms[index + 1] <= 0.0) {
		return 0.0;
	}
	double cost = (in->time_ms + out->time_ms - laps->median_ms[index] - laps->median_ms[index + 1]) / 1000.0;
	return cost >= 8.0 && cost <= 45.0 ? cost : 0.0;
}

static double measured_pit_loss(
	const struct race_laps *laps, const struct f1p_state *state, const struct positions_field *cars, double prior)
{
	double v[MAX_STOPS_SEEN];
	uint32_t n = 0;
	for (uint32_t row = 0; row < cars->n; row++) {
		for (uint32_t k = 1; k < F1P_MAX_LAPS && n < MAX_STOPS_SEEN; k++) {
			double cost = stop_cost_s(laps, &state->cars[cars->car[row]], k);
			if (cost > 0.0) {
				v[n++] = cost;
			}
		}
	}
	return n ? ((double)n * median_sorting(v, n) + prior) / ((double)n + 1.0) : prior;
}

void race_laps_init(struct race_laps *laps, const struct f1p_state *state, const struct positions_field *cars, double pit_loss_s)
{
	double recent[5];
	uint32_t n = 0;
	memset(laps, 0, sizeof(*laps));
	for (uint32_t k = 0; k < F1P_MAX_LAPS; k++) {
		laps->median_ms[k] = lap_median(state, k);
	}
	for (uint32_t k = F1P_MAX_LAPS; k-- > 0 && n < 5;) {
		if (laps->median_ms[k] > 0.0) {
			recent[n++] = laps->median_ms[k];
		}
	}
	laps->lap_ms = n ? median_sorting(recent, n) : lap_time_possible(state->best_ms) ? state->best_ms * 1.02 : 90000.0;
	laps->pit_loss_s = measured_pit_loss(laps, state, cars, pit_loss_s);
}

/*
 * hazard.c - symptoms of a retirement.
 */
#include "hazard.h"

#define LONGEST_LAP_MS 400000
#define TROUBLE 1.15 /* a lap so much slower than the field's */
#define LONG_STOP_NS INT64_C(60000000000)

static bool seen_in_trouble(const struct f1p_car *car, const struct race_laps *laps)
{
	uint32_t n = car->n_laps < F1P_MAX_LAPS ? car->n_laps : F1P_MAX_LAPS;
	if (n < 2 || laps->median_ms[n - 1] <= 0.0) {
		return false;
	}
	const struct f1p_lap *lap = &car->history[n - 1];
	return !(lap->flags & (F1P_LAPF_IN | F1P_LAPF_OUT | F1P_LAPF_NEUTRAL)) && lap->time_ms > 0 &&
	       lap->time_ms > TROUBLE * laps->median_ms[n - 1];
}

/* In the lane for much longer than a stop takes, while the others race. */
static bool stands_in_pits(const struct f1p_state *state, const struct f1p_car *car)
{
	return car->in_pit == F1P_YES && car->t_pit_in_ns > 0 && car->t_pit_in_ns < state->t_event_ns &&
	       state->t_event_ns - car->t_pit_in_ns > LONG_STOP_NS;
}

/* No news of the car for much longer than a lap takes now: behind a safety car laps are slow. A feed of lap times alone tells of
 * a car once a lap. */
static bool is_silent(const struct f1p_state *state, const struct f1p_car *car, const struct race_laps *laps)
{
	double lap_ms = laps->lap_ms;
	for (uint32_t i = 0; i < state->n_cars && i < F1P_MAX_CARS; i++) {
		int32_t last_ms = state->cars[i].last_ms;
		if (state->cars[i].retired != F1P_YES && state->cars[i].position == 1 && last_ms > lap_ms) {
			lap_ms = last_ms < LONGEST_LAP_MS ? last_ms : LONGEST_LAP_MS;
		}
	}
	return car->t_seen_ns > 0 && car->t_seen_ns < state->t_event_ns &&
	       (double)(state->t_event_ns - car->t_seen_ns) > 1.5e6 * lap_ms;
}

double hazard_now(const struct f1p_state *state, const struct f1p_car *car, const struct race_laps *laps, double usual, bool red,
	bool start)
{
	if (red) {
		return usual;
	}
	if (car->stopped == F1P_YES) {
		return 0.7;
	}
	if (start) {
		return 0.0105; /* 2.1 % of starters are out after the first lap */
	}
	if (stands_in_pits(state, car)) {
		return 0.5;
	}
	if (is_silent(state, car, laps)) {
		return 0.3;
	}
	double p = usual * (seen_in_trouble(car, laps) ? 10.0 : 1.0);
	return p < 0.5 ? p : 0.5;
}

/* insights_fixture.h - for tests: a race whose lap histories know when each lap ended. */
#ifndef INSIGHTS_FIXTURE_H
#define INSIGHTS_FIXTURE_H

#include "race_builder.h"

#define LAP_MS 90000

/* Car i ends every lap i * gap_ms behind the first; nothing is known of the past. */
static inline struct f1p_state *timed_race(uint32_t cars, int32_t done, int32_t total, int32_t gap_ms)
{
	struct f1p_state *s = race_new(cars, done, total);

	for (size_t k = 0; k < F1P_PRIORS; k++) {
		s->prior[k] = F1P_UNKNOWN;
		for (uint32_t i = 0; i < cars; i++) {
			s->car_prior[i][k] = F1P_UNKNOWN;
		}
	}
	for (uint32_t i = 0; i < cars; i++) {
		for (int32_t lap = 1; lap <= done; lap++) {
			s->cars[i].history[lap - 1].elapsed_ms = lap * LAP_MS + (int32_t)i * gap_ms;
		}
	}
	return s;
}

/* The car stopped at the end of the lap: its in-lap costs in_ms more, its out-lap out_ms, and all behind it is later. */
static inline void timed_stop(struct f1p_car *car, int32_t lap, int32_t in_ms, int32_t out_ms)
{
	car->history[lap - 1].flags |= F1P_LAPF_IN;
	car->history[lap - 1].time_ms += in_ms;
	for (int32_t k = lap; k <= car->n_laps; k++) {
		car->history[k - 1].elapsed_ms += k == lap ? in_ms : in_ms + out_ms;
		car->history[k - 1].tyre_age = (uint16_t)(k > lap ? k - lap : k);
	}
	if (lap < car->n_laps) {
		car->history[lap].flags |= F1P_LAPF_OUT;
		car->history[lap].time_ms += out_ms;
	}
}

#endif

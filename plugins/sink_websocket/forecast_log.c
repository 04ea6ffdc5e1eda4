/*
 * forecast_log.c - see forecast_log.h.
 */
#include "forecast_log.h"

#include <string.h>

void forecast_log_add(struct forecast_log *log, const struct f1p_ev_forecast *ev)
{
	if (ev->lap < 1 || ev->lap > F1P_MAX_LAPS || ev->forecast.n_cars > F1P_MAX_CARS) {
		return;
	}
	struct logged_lap *lap = &log->laps[ev->lap - 1];
	lap->seq = ev->h.seq;
	lap->t_event_ns = ev->h.t_event_ns;
	lap->confidence = (float)ev->forecast.confidence;
	lap->n_cars = (uint16_t)ev->forecast.n_cars;
	for (uint32_t i = 0; i < ev->forecast.n_cars; i++) {
		const struct f1p_car_forecast *c = &ev->forecast.cars[i];
		lap->cars[i] = (struct logged_car){.car = c->car,
			.q05 = c->q05,
			.q25 = c->q25,
			.q50 = c->q50,
			.q75 = c->q75,
			.q95 = c->q95,
			.expected = (float)c->expected_position,
			.win = (float)c->p_win,
			.podium = (float)c->p_podium,
			.points = (float)c->p_points,
			.retire = (float)c->p_retire};
	}
	log->n_laps = ev->lap > log->n_laps ? ev->lap : log->n_laps;
}

void forecast_log_clear(struct forecast_log *log)
{
	memset(log, 0, sizeof(*log));
}

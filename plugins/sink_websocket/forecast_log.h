/*
 * forecast_log.h - the published forecasts of the session, the last of each lap.
 *
 * [web] thread only. About 150 KB.
 */
#ifndef FORECAST_LOG_H
#define FORECAST_LOG_H

#include <f1pd/forecast.h>

struct forecast_log {
	uint16_t n_laps; /* lap l is at [l - 1] */
	struct logged_lap {
		uint64_t seq; /* 0 = there is none */
		int64_t t_event_ns;
		float confidence;
		uint16_t n_cars;
		struct logged_car {
			uint16_t car;
			uint8_t q05, q25, q50, q75, q95;
			float expected, win, podium, points, retire;
		} cars[F1P_MAX_CARS];
	} laps[F1P_MAX_LAPS];
};

void forecast_log_add(struct forecast_log *, const struct f1p_ev_forecast *);
void forecast_log_clear(struct forecast_log *);

#endif

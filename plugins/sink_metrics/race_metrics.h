/*
 * race_metrics.h - the race and the daemon's health as gauges. One series per car at most: never a label per lap or message.
 */
#ifndef SINK_METRICS_RACE_H
#define SINK_METRICS_RACE_H

#include <f1pd/forecast.h>
#include <f1pd/host.h>
#include <f1pd/state.h>

#include "exposition.h"

/* What is kept of the published forecast. */
struct race_forecast {
	uint32_t n_cars; /* 0 = none yet */
	double confidence, mc_error;
	struct {
		uint16_t car;
		double win, podium, expected;
	} cars[F1P_MAX_CARS];
};

/* Takes over a published forecast; other events, and forecasts cut short, leave it as it is. */
void race_forecast_take(struct race_forecast *, const struct f1p_event *);
void race_metrics_health(struct exposition *, const struct f1p_health *);
void race_metrics_state(struct exposition *, const struct f1p_state *);
void race_metrics_forecast(struct exposition *, const struct race_forecast *, const struct f1p_state *for_codes_or_null);
/* True if a family of that name is written here: the registry's is then left out, for each family may come once only. */
bool race_metrics_own(const char *family);

#endif

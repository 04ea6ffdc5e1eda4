/*
 * history.h - win probabilities by lap, for a chart.
 *
 * [web] thread only.
 */
#ifndef HISTORY_H
#define HISTORY_H

#include <f1pd/forecast.h>

#include "helpers/json_writer.h"

struct history {
	uint16_t n_laps; /* lap l is at [l - 1] */
	struct history_lap {
		uint16_t n;
		uint16_t car[F1P_MAX_CARS];
		int32_t win_e5[F1P_MAX_CARS]; /* as told, with five decimals */
	} laps[F1P_MAX_LAPS];
};

void history_add(struct history *, const struct f1p_ev_forecast *);
/* [{"lap": 9, "win": [[car, chance], ...]}, ...]; chances under 0.5 % are left out. */
void history_encode(struct f1p_json *, const struct history *);
/* The same of one forecast as it was told, as a single object; false: it is of no lap, nothing is written. */
bool history_of_forecast(struct f1p_json *, const char *forecast, size_t n);

#endif

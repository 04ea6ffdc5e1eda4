/*
 * history.c - the lap history of a car: grow and cut.
 */
#include "race/race_internal.h"
#include <string.h>

void lap_clear(struct f1p_lap *lap)
{
	memset(lap, 0, sizeof(*lap));
	lap->time_ms = F1P_UNKNOWN;
	lap->gap_ms = F1P_UNKNOWN;
	lap->interval_ms = F1P_UNKNOWN;
	lap->tyre_age = 0xffff;
	lap->compound = F1P_TYRE_UNKNOWN;
	lap->elapsed_ms = F1P_UNKNOWN;
}

void history_resize(struct f1p_car *car, int32_t laps)
{
	uint16_t n = laps <= 0 ? 0 : (uint16_t)(laps > (int32_t)F1P_MAX_LAPS ? (int32_t)F1P_MAX_LAPS : laps);

	for (uint16_t i = n; i < car->n_laps; i++) {
		lap_clear(&car->history[i]);
	}
	car->n_laps = n; /* entries beyond the old end are clear already */
}

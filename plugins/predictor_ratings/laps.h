/* laps.h - the laps of one race in memory while they are looked at. */
#ifndef RATINGS_LAPS_H
#define RATINGS_LAPS_H

#include <f1pd/base.h>
#include <f1pd/event.h>

#define RACE_LAPS_MAX 120u

struct race_lap {
	int32_t time_ms, elapsed_ms; /* F1P_UNKNOWN */
	int32_t position;
	int16_t tyre_laps;           /* -1 unknown */
	uint16_t neutral_permille;
	uint8_t compound;
	bool driven, in, out, red;
};

struct race_laps {
	uint32_t n_cars;
	uint32_t n_laps;                                       /* the longest any car drove */
	struct race_lap lap[F1P_MAX_CARS][RACE_LAPS_MAX + 1];  /* by lap number; [0] is never driven */
};

/* Neither the first lap, nor one with a pit stop or under neutralisation. */
static inline bool lap_is_free(const struct race_laps *r, uint32_t car, uint32_t lap)
{
	const struct race_lap *l = &r->lap[car][lap];

	return lap > 1 && l->driven && l->time_ms > 0 && !l->in && !l->out && l->neutral_permille == 0;
}

static inline bool tyre_is_wet(uint8_t compound)
{
	return compound == F1P_TYRE_INTERMEDIATE || compound == F1P_TYRE_WET;
}

#endif

/*
 * race_line.h - a race told in lines: "14:03:22 L12/57 VER pits (MEDIUM, 14 laps)".
 *
 * Follows the events itself (driver codes, tyres, laps) and tells the same from the same events; a snapshot serves only
 * a sink that starts in mid-race.
 */
#ifndef SINK_LOG_RACE_LINE_H
#define SINK_LOG_RACE_LINE_H

#include <f1pd/event.h>
#include <f1pd/forecast.h>
#include <f1pd/state.h>

struct race_line_car {
	uint16_t number;
	uint8_t in_pit, retired, stopped; /* enum f1p_tri */
	uint8_t compound;		  /* enum f1p_compound */
	uint8_t stint;
	int32_t stint_laps;
	char code[8];
};
struct race_line {
	struct race_line_car cars[F1P_MAX_CARS];
	uint32_t n_cars;
	int32_t lap, total_laps;
	uint8_t track, rain;
	uint16_t forecast_top[3]; /* of the last forecast that was told */
	double forecast_win;	  /* its favourite's */
};

#define RACE_LINE_MAX 512u

void race_line_init(struct race_line *);
/* What the events before the first one would have told. */
void race_line_adopt(struct race_line *, const struct f1p_state *);
/* Takes the event in. If it is news, writes its line (NUL-terminated, no control characters) and returns the length; else 0. */
size_t race_line_tell(struct race_line *, const struct f1p_event *, char out[RACE_LINE_MAX]);

#endif

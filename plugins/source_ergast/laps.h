/* laps.h - what a list of lap times tells beyond itself: race clock, gaps, in and out laps, stints. */
#ifndef ERGAST_LAPS_H
#define ERGAST_LAPS_H

#include "page.h"

struct stops { /* of one race, from the store */
	struct {
		char driver_id[32];
		int32_t lap;
	} all[400];
	size_t n;
};
/* For f1p_history.each with a struct stops *. */
bool stops_add(void *stops, const struct f1p_history_row *);

/* rows: lap rows of one race, those of a driver in order of lap. */
void laps_finish(struct rows *, const struct stops *);

#endif

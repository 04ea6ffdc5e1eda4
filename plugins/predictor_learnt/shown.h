/*
 * shown.h - the races that were shown: the cars of a snapshot at about every twentieth of the distance, and what became of them.
 */
#ifndef LEARNT_SHOWN_H
#define LEARNT_SHOWN_H

#include <f1pd/model.h>

#include "live.h"

struct memory_car {
	struct live_car live;
	uint16_t number;
	uint8_t place;      /* in the end; 0 = unknown */
	uint8_t rank;       /* in the end, among those that ran at the snapshot; 0 = unknown */
	uint8_t retired;
	uint8_t known_stops; /* stops_left is known */
	float stops_left;   /* tyre changes still made */
};
struct memory_snapshot {
	int32_t race_id;
	struct live_race race;
	size_t at; /* of its cars */
};
struct memory {
	struct memory_snapshot *snapshots;
	size_t n, cap;
	struct memory_car *cars;
	size_t n_cars, cap_cars;
	/* the race that is being shown */
	int32_t race_id;
	int32_t step;      /* twentieth of the distance that was kept last */
	size_t first;      /* its first snapshot */
	float stops[F1P_MAX_CAR_NUMBER + 1]; /* made so far, by car number; below 0 = not seen */
};

void memory_finish(struct memory *); /* frees; empty then */
/* Snapshots of one race together and in order of time. False: no memory. */
bool memory_add(struct memory *, const struct f1p_example *);
/* Fills in what only the end of the last race tells. Before a fit. */
void memory_close_race(struct memory *);

#endif

/*
 * positions.h - where the cars are on the circuit: the newest place of each.
 */
#ifndef POSITIONS_H
#define POSITIONS_H

#include <f1pd/event.h>
#include <f1pd/state.h>

#include "helpers/json_writer.h"

#define POSITIONS_STALE_NS                                                                                                       \
	(10 * INT64_C(1000000000)) /* so much older than the newest of all: where the car is now is not known */

struct positions {
	struct f1p_event h; /* of the newest event */
	uint32_t n;	    /* 0: nothing is known */
	struct position {
		uint16_t car;
		uint8_t on_track; /* enum f1p_tri */
		int32_t x_dm, y_dm, z_dm;
		int64_t t_event_ns;
	} cars[F1P_MAX_CARS]; /* in order of their first event */
};

/* False: the event tells no place or no time (a car without a signal is told at 0, 0, 0), or there are too many cars. */
bool positions_note(struct positions *, const struct f1p_ev_xyz *);
/* What is newer takes the place of what is there. */
void positions_merge(struct positions *, const struct positions *newer);
/* {"cars": [{"number", "x_dm", "y_dm", "z_dm", "on_track"}]}, without those that are stale. */
void positions_encode(struct f1p_json *, const struct positions *);

#endif

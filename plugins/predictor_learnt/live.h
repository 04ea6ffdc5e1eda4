/*
 * live.h - what a state tells of each running car, as plain numbers: the raw material of the inputs.
 *
 * Paces are % of a lap against the mean of the cars that run, below 0 = faster; times are seconds. What is not known is the field's mean.
 */
#ifndef LEARNT_LIVE_H
#define LEARNT_LIVE_H

#include <f1pd/state.h>

#include "positions.h"

#define LIVE_DEFAULT_LAPS 57 /* of a race whose lap count nobody tells */

struct live_car {
	float place;       /* 1.. among those that run */
	float gap_s;       /* to the leader, laps included */
	float pace;        /* prior and clean laps of this race, tyre's part taken out */
	float recent;      /* the last five clean laps alone */
	float prior;       /* expected before the race */
	float quali_gap;
	float grid;        /* 1.. */
	float driver_form, team_form; /* places */
	float stops;       /* made so far */
	float tyre_age;    /* laps */
	float softness;    /* of the tyre: 1 soft, 0 medium, -1 hard; wet tyres 0 */
	float owes;        /* 1: has not used two dry compounds yet, and must */
	float in_pit;      /* 1: in the pit lane now */
	float penalty_s;   /* announced, not served */
	float retirement;  /* chance not to finish, as before the race */
	float recent_stop; /* 1: on the first lap out of the pits */
};

struct live_race {
	float done;        /* share of the distance, 0..1 */
	float laps_left, laps;
	float lap_s, pit_loss_s;
	float usual_stops; /* of a dry race here */
	float ease;        /* of passing here: 0 = usual, below 0 = harder */
	uint8_t neutral, wet;
	uint8_t points_places;
	uint8_t n;         /* running cars */
};

/* Cars by row of the field, running ones only: car[i] is the i-th running row. False: no lap is done yet, nobody runs, or the distance is
 * not known. */
bool live_read(struct live_race *, struct live_car car[F1P_MAX_CARS], const struct f1p_state *, const struct positions_field *);

#endif

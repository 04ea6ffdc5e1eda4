/*
 * session.h - a qualifying session as it stands, in the terms of the simulation.
 *
 * Times are 100 x ln(lap time): differences are per cent of a lap. The rest of a session is: what is left of the part in
 * progress, for
 * the cars that are still in it, then the parts to come.
 */
#ifndef QUALIFYING_SESSION_H
#define QUALIFYING_SESSION_H

#include <f1pd/state.h>

#include <stdbool.h>
#include <stdint.h>

#include "positions.h"
#include "timeline.h"

#define SESSION_PARTS TIMELINE_PARTS
#define SESSION_RUNS 2u /* timed attempts that a car has in a part */

/* What a session is like: learnt, or built in. % of a lap. */
struct session_model {
	double pace_scale; /* of the spread that the priors give a car's pace */
	double lap_sd;     /* of one attempt in the dry */
	double slow;       /* share of attempts that are spoilt */
	double slow_cost;  /* mean loss of those */
	double gain;       /* how much faster attempts to come are than the times that stand */
	double evolution;  /* how much faster yet if a whole part is left: the track gets faster */
	double evolution_sd; /* uncertainty of that, the same for all cars */
};

struct session_car {
	double pace, pace_sd; /* after what has been seen; relative to the others */
	double best;          /* of this part, relative to `base`; SESSION_NO_TIME */
	double chance[SESSION_RUNS]; /* that it makes a first, a second attempt yet in this part */
	uint32_t key;         /* of its luck */
};
#define SESSION_NO_TIME 1e6

struct session {
	uint32_t n;      /* rows: all cars, by number */
	uint32_t n_in;   /* cars that can still improve their place */
	uint32_t part;   /* in progress, from 1 */
	bool part_over;  /* its times stand */
	bool over;       /* all stands */
	double left;     /* share of the part's time that is left, 0..1 */
	double lap_sd;   /* of one attempt: the model's, and more in the wet */
	uint16_t in[F1P_MAX_CARS];       /* rows of the cars still in */
	uint16_t fixed[F1P_MAX_CARS];    /* place - 1 -> row, for places n_in.. */
	struct session_car car[F1P_MAX_CARS]; /* by position in `in` */
};

/* Cars that go on from a part, 1 or 2, of a session with n cars: ten reach the last part; those who drop out before do so
 * in equal
 * numbers, the odd one in the first part. */
uint32_t session_cut(uint32_t n, uint32_t part);

void session_model_defaults(struct session_model *);

void session_read(struct session *, const struct session_model *, const struct f1p_state *, const struct positions_field *);

#endif

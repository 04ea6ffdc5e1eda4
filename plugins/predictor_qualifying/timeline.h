/*
 * timeline.h - which part of qualifying runs, how much of it is left, and who did what in which part.
 *
 * Feeds differ in what they tell of this. What the state does not hold is worked out: parts begin and end by race
 * control's lights and
 * chequered flags, and a lap belongs to the part in which it was completed.
 */
#ifndef QUALIFYING_TIMELINE_H
#define QUALIFYING_TIMELINE_H

#include <f1pd/state.h>

#include <stdbool.h>
#include <stdint.h>

#define TIMELINE_PARTS 3u

struct timeline {
	uint32_t part;     /* from 1; 1 if nothing tells it */
	bool timed;        /* somebody has a time in it */
	bool flag_fallen;  /* its chequered flag was shown */
	bool to_resume;    /* it is interrupted, and the clock or the lights say that some of it is left */
	double left_ms;    /* of it, until the flag */
	double share_left; /* the same, 0..1 */
	int64_t t_flag_ns; /* when the flag falls or fell; F1P_UNKNOWN_NS */
	int32_t best_ms[F1P_MAX_CARS][TIMELINE_PARTS]; /* by index into the state's cars; F1P_UNKNOWN */
};

void timeline_read(struct timeline *, const struct f1p_state *);

#endif

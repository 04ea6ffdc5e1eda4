/*
 * overtake.h - the chance that a car passes the one right ahead on the track within 1, 3 and 5 laps.
 *
 * A pair: two cars next to each other at the end of lap L, at most OVERTAKE_GAP_S apart. A pass: the later one ends one of the
 * next laps first, and neither has stopped or been neutralised until then. Boosted trees on what the lap histories tell.
 */
#ifndef INSIGHTS_OVERTAKE_H
#define INSIGHTS_OVERTAKE_H

#include "boost.h"
#include "field.h"
#include "rows.h"

#define OVERTAKE_INPUTS 22u
#define OVERTAKE_HORIZONS 3u
#define OVERTAKE_GAP_S 5.0 /* pairs that are farther apart are left alone */

struct overtake {
	struct boost *model[OVERTAKE_HORIZONS]; /* NULL: nothing learnt */
	struct rows rows[OVERTAKE_HORIZONS];
	struct rows seen; /* walk-forward: x = {score}, y, of pairs within 2 s and one lap: for the AUC */
};

void overtake_init(struct overtake *);
void overtake_finish(struct overtake *);
/* All pairs of a race that is over; those that the models did not know yet are scored first. False: no memory. */
bool overtake_learn(struct overtake *, const struct f1p_state *last);
/* Fits on what was learnt so far. False: too little, or no memory; the models stay. */
bool overtake_fit(struct overtake *);
bool overtake_save(const struct overtake *, struct params *);
void overtake_load(struct overtake *, const struct params *);

/* Chances for the car at `place` (from 1) of the field against the one ahead. */
void overtake_chances(const struct overtake *, const struct f1p_state *, const struct field *, uint32_t place,
		      double p[OVERTAKE_HORIZONS]);

#endif

/*
 * stop_hazard.h - the chance that a car stops at the end of the lap it is on.
 *
 * One row for each car and lap L of a race; asked at the end of lap L - 1, with the track status that rules during lap L as far as
 * it is known. Boosted trees on tyres, distance, the others' stops and the gaps.
 */
#ifndef INSIGHTS_STOP_HAZARD_H
#define INSIGHTS_STOP_HAZARD_H

#include "boost.h"
#include "field.h"
#include "rows.h"

#define STOP_INPUTS 26u

/* Track status by the leader's lap, as the snapshots of a race showed it: 0 = green. */
struct track_by_lap {
	uint8_t status[F1P_MAX_LAPS + 2]; /* enum f1p_track_status at the end of the leader's lap */
};

struct stop_hazard {
	struct boost *model; /* NULL: nothing learnt */
	struct rows rows, seen;
};

void stop_hazard_init(struct stop_hazard *);
void stop_hazard_finish(struct stop_hazard *);
bool stop_hazard_learn(struct stop_hazard *, const struct f1p_state *last, const struct track_by_lap *);
bool stop_hazard_fit(struct stop_hazard *);
bool stop_hazard_save(const struct stop_hazard *, struct params *);
void stop_hazard_load(struct stop_hazard *, const struct params *);

/* For the lap after `field->lap`. track: the status that rules now. pit_loss_s: what a stop costs. */
double stop_chance(const struct stop_hazard *, const struct f1p_state *, const struct field *, uint32_t place, uint8_t track,
		   uint8_t track_before, double pit_loss_s);
/* The same for every place of the field. */
void stop_chances(const struct stop_hazard *, const struct f1p_state *, const struct field *, uint8_t track, uint8_t track_before,
		  double pit_loss_s, double p[F1P_MAX_CARS]);

#endif

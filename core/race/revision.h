/*
 * revision.h - finds out whether an event corrects what was known: look before it is folded, and behind it.
 *
 * Values that become known for the first time are no corrections, nor are values that were only concluded.
 */
#ifndef RACE_REVISION_H
#define RACE_REVISION_H

#include "race/race.h"

#define REVISIONS_MAX 4u /* by one event */

struct revision_probe {
	uint16_t car;      /* 0: the event corrects nothing */
	uint8_t stint;     /* of the fields below; 0xff = none */
	uint8_t compound;
	int32_t start_laps;
	int32_t lap;       /* whose time is below; F1P_UNKNOWN = none that was told */
	int32_t time_ms;
	int32_t laps;      /* of a car that is out; F1P_UNKNOWN = it is not */
	int32_t lane_ms;   /* of the same stop; F1P_UNKNOWN */
};
void revision_before(struct race *, const struct f1p_event *, struct revision_probe *);
/* Returns how many events stand in out: payload, type and size are set. */
uint32_t revision_after(struct race *, const struct f1p_event *, const struct revision_probe *,
			struct f1p_ev_revision out[REVISIONS_MAX]);

#endif

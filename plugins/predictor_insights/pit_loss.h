/*
 * pit_loss.h - what a stop costs here, before and after the line: the circuit's prior and the stops of this race.
 *
 * (3 x prior + sum of the last 8) / (3 + n), over stops whose in- and out-lap stayed green.
 */
#ifndef INSIGHTS_PIT_LOSS_H
#define INSIGHTS_PIT_LOSS_H

#include "field.h"

struct pit_loss {
	double total_s;  /* in-lap and out-lap against two clean laps */
	double after_s;  /* of it, behind the line: on the out-lap */
	double sd_s;     /* from stop to stop */
	uint32_t stops;  /* of this race that entered */
};

/* With the laps up to `lap` only. */
void pit_loss_at(struct pit_loss *, const struct f1p_state *, int32_t lap);

#endif

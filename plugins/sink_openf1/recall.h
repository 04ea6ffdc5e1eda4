/*
 * recall.h - what the race state remembers, as events: for who begins in the midst of a session (a restart).
 *
 * The state holds the session, drivers, grid, places and gaps of now, laps with their times, stints, the newest messages and the
 * weather of now. Not sectors, speeds, former places and gaps, nor stops but the last one of each car.
 */
#ifndef RECALL_H
#define RECALL_H

#include "sessions.h"

/* Takes the state into the sessions as if it were told at the time of its last event. F1P_OK or F1P_ENOMEM. */
f1p_status recall_state(struct sessions *, const struct f1p_state *);

#endif

/*
 * noop.h - would an event change the race, or does it only tell again what is known?
 *
 * A snapshot after a reconnect, and a second source that takes over, mostly repeat. Who drops the repetitions raises no
 * false event.
 */
#ifndef RACE_NOOP_H
#define RACE_NOOP_H

#include "race/race.h"

/* False: folding the event leaves the race as it is, but for seq, event times, freshness, origins and the tyre stamps of laps.
 * Derived fields may be behind. A race-control message is known by race_same_message, whatever number another feed gives it. */
bool race_would_change(struct race *, const struct f1p_event *);
/* The same words at the same time (feeds round it differently; of the same lap, where a time is not known). */
bool race_same_message(const struct f1p_message *, const struct f1p_message *);
/* The described session is the one that the race is of: by key, or by year, type and name where one of them has no key. */
bool race_is_session(const struct f1p_state *, const struct f1p_ev_session *);
/* Nothing has been told yet. */
bool race_is_empty(const struct f1p_state *);

#endif

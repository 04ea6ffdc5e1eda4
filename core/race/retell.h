/*
 * retell.h - from a state back to the events that make it.
 */
#ifndef RACE_RETELL_H
#define RACE_RETELL_H

#include <f1pd/state.h>

/* Calls fn with the events that tell the kinds (bit k: enum f1p_data_kind) of the state to an empty race, in an order in which
 * they can be folded; car 0 = all. Each has F1P_EVF_SNAPSHOT and the time of the state; the other host fields are zero. Told
 * again are facts: what is derived from the way things happened (stops, gaps at the line, first laps of stints) is not in them. */
void race_retell(const struct f1p_state *, uint32_t kinds, uint16_t car, void (*fn)(void *arg, struct f1p_event *), void *arg);

#endif

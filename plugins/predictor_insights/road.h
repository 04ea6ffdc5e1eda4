/*
 * road.h - where a car would be now if it had only driven on, like those around it: for changes.h. All states are of one race, cars
 * are indices into cars[].
 */
#ifndef INSIGHTS_ROAD_H
#define INSIGHTS_ROAD_H

#include <f1pd/state.h>

#include <stdbool.h>

bool road_is_out(const struct f1p_car *);
bool road_has_changed_tyres(const struct f1p_car *before, const struct f1p_car *now);
/* Has stopped, or has come into the lane or out of it. */
bool road_has_stopped(const struct f1p_car *before, const struct f1p_car *now);
/* None of all that, and the feed tells its gap, in both. */
bool road_only_drove(const struct f1p_car *before, const struct f1p_car *now);

/* Seconds lost against the cars around it that only drove, as it did; below 0 = gained. */
double road_lost_s(uint32_t car, const struct f1p_state *before, const struct f1p_state *now);
/* Puts the car of `without`, a copy of now, between the neighbours that it had, at the same share of their distance, and makes places and
 * gaps of all fit. As it is where the feed did not tell its gap. */
void road_put_back(struct f1p_state *without, uint32_t car, const struct f1p_state *before, const struct f1p_state *now);

#endif

/*
 * freshness.h - which data is stale, and what may be said of the race all the same. Pure functions of what is given.
 *
 * Everything stands as it was told last, with its age: nothing is moved on. The one thing that is estimated is the leader's lap, and
 * it is shown beside the state, never in it.
 */
#ifndef DAEMON_FRESHNESS_H
#define DAEMON_FRESHNESS_H

#include "daemon/engine.h"

/* A session should be running (mode: enum f1p_season_mode), and of the live sources nobody who tells how the cars run is heard. */
bool freshness_is_stale(uint32_t mode, const struct engine_source_view *live, size_t n);
/* The same of one kind of data: its source is silent, or a measurement that comes by the clock is overdue. age_ns: of the newest news
 * of this kind. Kinds that are told only when something happens are as fresh as their source. */
bool freshness_kind_is_stale(uint32_t mode, uint32_t kind, bool source_alive, int64_t age_ns);
/* The lap on which the leader must be by now, at the pace told last; F1P_UNKNOWN: nothing can be said (no race, stopped, or no pace is
 * known). Never below the lap told last, never above the distance. */
int32_t freshness_leader_lap(const struct f1p_state *, int64_t now_ns);

#endif

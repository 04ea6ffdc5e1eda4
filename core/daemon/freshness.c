#include "daemon/freshness.h"

#include <f1pd/season.h>

#define S_NS INT64_C(1000000000)
#define WEATHER_NS (300 * S_NS)  /* the circuit reports every minute */
#define OUTLOOK_NS (3600 * S_NS)
#define LEAST_LAP_MS 10000
#define LONGEST_NS (3 * 3600 * S_NS) /* no race goes on for longer */

bool freshness_is_stale(uint32_t mode, const struct engine_source_view *live, size_t n)
{
	if (mode != F1P_SEASON_LIVE)
		return false;
	for (size_t i = 0; i < n; i++)
		if (live[i].alive && live[i].active_kinds & 1u << F1P_DATA_TIMING)
			return false;
	return true;
}

bool freshness_kind_is_stale(uint32_t mode, uint32_t kind, bool source_alive, int64_t age_ns)
{
	if (mode != F1P_SEASON_LIVE)
		return false;
	if (kind == F1P_DATA_WEATHER)
		return age_ns > WEATHER_NS;
	if (kind == F1P_DATA_OUTLOOK)
		return age_ns > OUTLOOK_NS;
	return !source_alive;
}

static bool goes_on(const struct f1p_state *st)
{
	return (st->type == F1P_SESSION_RACE || st->type == F1P_SESSION_SPRINT) && st->status == F1P_STATUS_STARTED &&
	       st->track != F1P_TRACK_RED && st->n_cars > 0 && st->order[0] < st->n_cars;
}

/* Behind the safety car as slowly as the newest lap. */
static int32_t lap_ms(const struct f1p_state *st, const struct f1p_car *leader)
{
	int32_t ms = st->neutralised == F1P_YES || leader->pace_ms == F1P_UNKNOWN ? leader->last_ms : leader->pace_ms;

	return ms >= LEAST_LAP_MS ? ms : F1P_UNKNOWN;
}

int32_t freshness_leader_lap(const struct f1p_state *st, int64_t now_ns)
{
	const struct f1p_car *leader = goes_on(st) ? &st->cars[st->order[0]] : NULL;
	int32_t ms = leader ? lap_ms(st, leader) : F1P_UNKNOWN;
	int64_t since_ns, lap;

	if (ms == F1P_UNKNOWN || leader->laps < 1 || leader->t_line_ns < 0 || now_ns < leader->t_line_ns ||
		leader->retired == F1P_YES)
		return F1P_UNKNOWN;
	since_ns = now_ns - leader->t_line_ns;
	if (since_ns > LONGEST_NS)
		return F1P_UNKNOWN;
	lap = leader->laps + 1 + since_ns / (ms * INT64_C(1000000));
	lap = st->total_laps > 0 && lap > st->total_laps ? st->total_laps : lap;
	return lap > st->lap ? (int32_t)lap : st->lap;
}

/* walk_plan.c - the moments of a race at which forecasts are made. */
#include "backtest/walk_internal.h"

#include <string.h>

#define STEP_SHARE 20 /* the ensemble's examples: one at every 1/20 of the distance */

static const struct {
	const char *name;
	int percent; /* of the distance; 0 = none */
} phases[WALK_PHASES] = {
	[F1P_PHASE_PRE_QUALIFYING] = {"pre_qualifying", 0},
	[F1P_PHASE_LIGHTS_OUT] = {"lights_out", 0},
	[F1P_PHASE_D10] = {"d10", 10},
	[F1P_PHASE_D25] = {"d25", 25},
	[F1P_PHASE_D50] = {"d50", 50},
	[F1P_PHASE_D75] = {"d75", 75},
	[F1P_PHASE_D90] = {"d90", 90},
	[WALK_QUALIFYING] = {"qualifying", 0},
	[WALK_SPRINT] = {"sprint", 0},
#define PART(q, name) \
	[WALK_LIVE_QUALIFYING + (q) * QUALIFYING_SHARES] = {name "_start", 0}, {name "_d25", 0}, {name "_d50", 0}, {name "_d75", 0}, {name "_d90", 0}
	PART(0, "q1"),
	PART(1, "q2"),
	PART(2, "q3"),
};

const char *walk_phase_name(int phase)
{
	return phase > 0 && phase < WALK_PHASES && phases[phase].name ? phases[phase].name : "?";
}

int walk_phase_of_name(const char *name, size_t n)
{
	for (int i = 1; i < WALK_PHASES; i++)
		if (phases[i].name && strlen(phases[i].name) == n && memcmp(phases[i].name, name, n) == 0)
			return i;
	return 0;
}

bool is_wanted(const struct walker *w, int phase)
{
	return w->o->phases == 0 || w->o->phases >> phase & 1;
}

bool any_wanted(const struct walker *w, int first, int last)
{
	for (int phase = first; phase <= last; phase++)
		if (is_wanted(w, phase))
			return true;
	return false;
}

bool in_forecast_seasons(const struct walker *w)
{
	return season_of(w) >= w->o->burn_in && (!w->o->to || season_of(w) <= w->o->to);
}

bool is_scored(const struct walker *w)
{
	return season_of(w) >= w->o->from && (!w->o->to || season_of(w) <= w->o->to);
}

static int32_t lap_at(int32_t laps, int percent)
{
	int32_t hundredths = laps * percent + 50, lap = hundredths / 100;

	lap -= hundredths % 100 == 0 && lap % 2; /* a tie goes to the even lap: always the later one would look further than asked */
	return lap > 0 ? lap : 1;
}

int phase_of_lap(int32_t lap, int32_t laps)
{
	for (int phase = F1P_PHASE_D10; phase <= F1P_PHASE_D90; phase++)
		if (lap == lap_at(laps, phases[phase].percent))
			return phase;
	return F1P_PHASE_NONE;
}

static bool is_step(int32_t lap, int32_t laps)
{
	for (int i = 1; i < STEP_SHARE; i++)
		if (lap == lap_at(laps, i * 100 / STEP_SHARE))
			return true;
	return false;
}

/* Who learns from the others' forecasts gets them all along the race. */
bool lap_is_forecast(const struct walker *w, int32_t lap, int32_t laps)
{
	int phase = phase_of_lap(lap, laps);

	if (!in_forecast_seasons(w) || !any_wanted(w, F1P_PHASE_D10, F1P_PHASE_D90))
		return false;
	return w->o->learn ? is_step(lap, laps) : phase != F1P_PHASE_NONE && is_wanted(w, phase);
}

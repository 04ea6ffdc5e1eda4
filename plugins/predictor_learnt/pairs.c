/*
 * pairs.c - gaps in units of how far they usually move until the end; pace, tyres and form as they are.
 */
#include "pairs.h"

#include "helpers/fmath.h"

#define GAP_MOST 40.0 /* units; ten minutes in mid-race */

static double in_units(double gap_s, double scale)
{
	double gap = gap_s / scale;
	return gap < -GAP_MOST ? -GAP_MOST : gap > GAP_MOST ? GAP_MOST : gap;
}

void pairs_inputs(const struct live_race *race, const struct live_car *car, const struct standing *s, const double *owed,
		  double x[F1P_MAX_CARS][PAIR_INPUTS])
{
	const double scale = inputs_gap_scale(race), laps = race->laps > 0.0f ? (double)race->laps : 1.0;
	for (uint32_t i = 0; i < race->n; i++) {
		const struct live_car *c = &car[i];
		x[i][PAIR_GAP] = in_units(s->gap[i], scale);
		x[i][PAIR_VIRTUAL_GAP] = in_units(s->virtual_gap[i], scale);
		x[i][PAIR_DRIFTED_GAP] = in_units(s->drifted_gap[i], scale);
		x[i][PAIR_PACE] = (double)c->pace;
		x[i][PAIR_PRIOR] = (double)c->prior;
		x[i][PAIR_RECENT] = (double)c->recent;
		x[i][PAIR_QUALI] = (double)c->quali_gap;
		x[i][PAIR_LN_GRID] = f1p_log((double)c->grid);
		x[i][PAIR_DRIVER_FORM] = (double)c->driver_form;
		x[i][PAIR_TEAM_FORM] = (double)c->team_form;
		x[i][PAIR_OWED] = owed[i];
		x[i][PAIR_OWES] = (double)c->owes;
		x[i][PAIR_TYRE_AGE] = (double)c->tyre_age / laps;
		x[i][PAIR_SOFTNESS] = (double)c->softness;
		x[i][PAIR_IN_PIT] = (double)c->in_pit;
		x[i][PAIR_PENALTY] = (double)c->penalty_s / scale;
		x[i][PAIR_LN_PLACE] = f1p_log((double)c->place);
		x[i][PAIR_PLACE] = (double)c->place;
		x[i][PAIR_VIRTUAL_PLACE] = s->virtual_place[i];
		x[i][PAIR_DRIFTED_PLACE] = s->drifted_place[i];
		x[i][PAIR_GAP_NEUTRAL] = race->neutral ? x[i][PAIR_GAP] : 0.0;
		x[i][PAIR_VIRTUAL_NEUTRAL] = race->neutral ? x[i][PAIR_VIRTUAL_GAP] : 0.0;
		x[i][PAIR_GAP_WET] = race->wet ? x[i][PAIR_GAP] : 0.0;
		x[i][PAIR_PLACE_EASE] = (double)race->ease * (double)c->place;
	}
}

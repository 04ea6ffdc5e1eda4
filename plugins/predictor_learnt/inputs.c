/*
 * inputs.c - margins to a cut by gap, virtual gap and drifted gap; pace, tyres and form beside them.
 */
#include "inputs.h"

#include "helpers/fmath.h"

#define DRIFT 0.7        /* part of a pace difference that is still there in the end */
#define IN_LANE 0.8      /* part of the pit loss that a car at the line in the pit lane has before it */
#define OUT_LAP 0.1      /* the same on its first lap out */
#define MARGIN_MOST 5.0
#define PLACES_MOST 6.0
#define MARGIN_FROM_S 2.5 /* spread of a gap to the end: so much plus 1.6 s for the root of each lap left */
#define MARGIN_LAP_S 1.6
#define STEEP 2.0

static double clip(double x, double most)
{
	return x < -most ? -most : x > most ? most : x;
}

/* From -1 to 1 (the hyperbolic tangent). */
static double step(double x)
{
	return 2.0 * f1p_logistic(2.0 * x) - 1.0;
}

double inputs_gap_scale(const struct live_race *race)
{
	return MARGIN_FROM_S + MARGIN_LAP_S * f1p_sqrt((double)race->laps_left);
}

static double mean_of(const struct live_car *car, uint32_t n, size_t offset)
{
	double sum = 0.0;
	for (uint32_t i = 0; i < n; i++) {
		sum += (double)*(const float *)(const void *)((const char *)&car[i] + offset);
	}
	return sum / (double)n;
}

void inputs_owed(const struct live_race *race, const struct live_car *car, uint32_t i, double x[OWED_INPUTS])
{
	const struct live_car *c = &car[i];
	double scale = race->laps > 0.0f ? (double)race->laps : 1.0, age = clip((double)c->tyre_age / scale, 1.0);
	x[OWED_ONE] = 1.0;
	x[OWED_OWES] = (double)c->owes;
	x[OWED_AGE] = age;
	x[OWED_AGE_SQUARE] = age * age;
	x[OWED_SOFT] = c->softness > 0.5f ? 1.0 : 0.0;
	x[OWED_HARD] = c->softness < -0.5f ? 1.0 : 0.0;
	x[OWED_STOPS_FEWER] = clip(mean_of(car, race->n, offsetof(struct live_car, stops)) - (double)c->stops, 3.0);
	x[OWED_AGE_FIELD] = mean_of(car, race->n, offsetof(struct live_car, tyre_age)) / scale;
	x[OWED_USUAL] = clip((double)race->usual_stops - (double)c->stops, 3.0);
	x[OWED_OWES_AGE] = age * (double)c->owes;
	x[OWED_NEUTRAL] = race->neutral;
	x[OWED_WET] = race->wet;
	x[OWED_IN_PIT] = (double)c->in_pit;
}

static uint32_t place_by(const double *gap, uint32_t n, uint32_t i)
{
	uint32_t place = 1;
	for (uint32_t k = 0; k < n; k++) {
		place += gap[k] < gap[i] || (gap[k] == gap[i] && k < i);
	}
	return place;
}

void inputs_standing(struct standing *s, const struct live_race *race, const struct live_car *car, const double *owed)
{
	for (uint32_t i = 0; i < race->n; i++) {
		double lane = car[i].in_pit > 0.5f ? IN_LANE : car[i].recent_stop > 0.5f ? OUT_LAP : 0.0;
		s->gap[i] = (double)car[i].gap_s;
		s->virtual_gap[i] = s->gap[i] + (double)race->pit_loss_s * (owed[i] + lane) + (double)car[i].penalty_s;
		s->drifted_gap[i] = s->virtual_gap[i] + DRIFT * (double)car[i].pace * (double)race->lap_s / 100.0 * (double)race->laps_left;
	}
	for (uint32_t i = 0; i < race->n; i++) {
		s->virtual_place[i] = place_by(s->virtual_gap, race->n, i);
		s->drifted_place[i] = place_by(s->drifted_gap, race->n, i);
	}
}

/* The two values that stand around the cut: the last within it and the first beyond. */
static void around(const double *v, uint32_t n, uint32_t cut, double *last, double *next)
{
	double sorted[F1P_MAX_CARS];
	for (uint32_t i = 0; i < n; i++) {
		uint32_t at = i;
		for (; at > 0 && sorted[at - 1] > v[i]; at--) {
			sorted[at] = sorted[at - 1];
		}
		sorted[at] = v[i];
	}
	*last = sorted[cut < n ? cut - 1 : n - 1];
	*next = cut < n ? sorted[cut] : sorted[n - 1];
}

/* Above 0 = on the right side by so much. Out of v, where less is better. */
static void margins(const double *v, uint32_t n, uint32_t cut, double scale, double *out)
{
	double last, next;
	around(v, n, cut, &last, &next);
	for (uint32_t i = 0; i < n; i++) {
		out[i] = clip(((v[i] <= last ? next : last) - v[i]) / scale, MARGIN_MOST);
	}
}

void inputs_target(const struct live_race *race, const struct live_car *car, const struct standing *s, const double *owed, uint32_t cut,
		     double x[F1P_MAX_CARS][LEARNT_INPUTS])
{
	double gap[F1P_MAX_CARS], virtual_gap[F1P_MAX_CARS], drifted[F1P_MAX_CARS], pace[F1P_MAX_CARS], by_pace[F1P_MAX_CARS];
	double scale = inputs_gap_scale(race), mean_owed = 0.0, laps = (double)race->laps;
	double mean_age = mean_of(car, race->n, offsetof(struct live_car, tyre_age)), n = race->n;
	double mean_owes = mean_of(car, race->n, offsetof(struct live_car, owes));
	for (uint32_t i = 0; i < race->n; i++) {
		pace[i] = (double)car[i].pace;
		mean_owed += owed[i] / n;
	}
	margins(s->gap, race->n, cut, scale, gap);
	margins(s->virtual_gap, race->n, cut, scale, virtual_gap);
	margins(s->drifted_gap, race->n, cut, scale, drifted);
	margins(pace, race->n, cut, 0.25, by_pace);
	for (uint32_t i = 0; i < race->n; i++) {
		const struct live_car *c = &car[i];
		x[i][IN_ONE] = 1.0;
		x[i][IN_LN_PLACE] = f1p_log((double)c->place);
		x[i][IN_PLACE_STEP] = step((double)cut + 0.5 - (double)c->place);
		x[i][IN_PLACE] = clip((double)cut + 0.5 - (double)c->place, PLACES_MOST);
		x[i][IN_VIRTUAL_PLACE] = clip((double)cut + 0.5 - (double)s->virtual_place[i], PLACES_MOST);
		x[i][IN_DRIFTED_PLACE] = clip((double)cut + 0.5 - (double)s->drifted_place[i], PLACES_MOST);
		x[i][IN_VIRTUAL_PLACE_STEP] = step(x[i][IN_VIRTUAL_PLACE]);
		x[i][IN_DRIFTED_PLACE_STEP] = step(x[i][IN_DRIFTED_PLACE]);
		x[i][IN_GAP_STEP] = step(STEEP * gap[i]);
		x[i][IN_VIRTUAL_STEP] = step(STEEP * virtual_gap[i]);
		x[i][IN_DRIFTED_STEP] = step(STEEP * drifted[i]);
		x[i][IN_GAP] = gap[i];
		x[i][IN_VIRTUAL_GAP] = virtual_gap[i];
		x[i][IN_DRIFTED_GAP] = drifted[i];
		x[i][IN_PACE] = clip(pace[i], 2.0);
		x[i][IN_PACE_MARGIN] = by_pace[i];
		x[i][IN_PRIOR] = clip((double)c->prior, 2.0);
		x[i][IN_RECENT] = clip((double)c->recent, 2.0);
		x[i][IN_QUALI] = (double)c->quali_gap;
		x[i][IN_LN_GRID] = f1p_log((double)c->grid);
		x[i][IN_DRIVER_FORM] = (double)c->driver_form;
		x[i][IN_TEAM_FORM] = (double)c->team_form;
		x[i][IN_OWED] = owed[i] - mean_owed;
		x[i][IN_OWES] = (double)c->owes - mean_owes;
		x[i][IN_TYRE_AGE] = ((double)c->tyre_age - mean_age) / (laps > 0.0 ? laps : 1.0);
		x[i][IN_SOFTNESS] = (double)c->softness;
		x[i][IN_IN_PIT] = (double)c->in_pit;
		x[i][IN_PENALTY] = clip((double)c->penalty_s, 20.0) / scale;
		x[i][IN_GAP_NEUTRAL] = race->neutral ? gap[i] : 0.0;
		x[i][IN_VIRTUAL_NEUTRAL] = race->neutral ? virtual_gap[i] : 0.0;
		x[i][IN_RETIREMENT] = (double)c->retirement * (1.0 - (double)race->done);
		x[i][IN_PLACE_EASE] = (double)race->ease * x[i][IN_PLACE_STEP];
		x[i][IN_DRIFTED_EASE] = (double)race->ease * drifted[i];
		x[i][IN_GAP_WET] = race->wet ? gap[i] : 0.0;
	}
}

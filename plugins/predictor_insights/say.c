#include "say.h"

#include <stdlib.h>
#include <string.h>

#include "helpers/fmath.h"
#include "measure.h"
#include "positions.h"

#define LAPS_AHEAD 5
#define SC_RATE 0.0100  /* per lap, 2018-24: 89 in 8922 */
#define VSC_RATE 0.0089
#define RED_RATE 0.0020

static double within(double rate)
{
	return 1.0 - f1p_exp(-rate * LAPS_AHEAD);
}

void say_race(struct f1p_insights *out, const struct f1p_state *s)
{
	bool sc = s->track == F1P_TRACK_SC, vsc = s->track == F1P_TRACK_VSC || s->track == F1P_TRACK_VSC_ENDING;
	bool red = s->track == F1P_TRACK_RED, over = positions_finished(s);

	out->n_cars = s->n_cars;
	for (uint32_t i = 0; i < s->n_cars; i++) {
		out->cars[i].car = s->cars[i].number;
	}
	if (over) {
		return;
	}
	out->p_sc_5 = sc ? 1.0 : within(field_race_prior(s, F1P_PRIOR_SC_RATE, 1e-6, SC_RATE));
	out->p_vsc_5 = vsc ? 1.0 : within(field_race_prior(s, F1P_PRIOR_VSC_RATE, 1e-6, VSC_RATE));
	out->p_red_5 = red ? 1.0 : within(field_race_prior(s, F1P_PRIOR_RED_RATE, 1e-6, RED_RATE));
}

void say_points(struct f1p_insights *out, const struct f1p_state *s, const struct f1p_forecast *f)
{
	static const double race[] = {25, 18, 15, 12, 10, 8, 6, 4, 2, 1}, sprint[] = {8, 7, 6, 5, 4, 3, 2, 1};
	bool is_sprint = s->type == F1P_SESSION_SPRINT;
	const double *points = is_sprint ? sprint : race;
	uint32_t n = is_sprint ? 8 : 10;

	for (uint32_t i = 0; i < f->n_cars && i < out->n_cars; i++) {
		for (uint32_t k = 0; k < n && k < f->n_cars; k++) {
			out->cars[i].expected_points += points[k] * f->cars[i].p_position[k];
		}
	}
}

/* The last lap that the car has completed, with its field then. False: none, or the car is out. */
static bool latest(struct field *f, uint32_t *place, const struct f1p_state *s, uint32_t car)
{
	if (s->cars[car].retired == F1P_YES || s->cars[car].n_laps < 2) {
		return false;
	}
	field_at(f, s, s->cars[car].n_laps);
	*place = field_place(f, car);
	if (*place == f->n && s->cars[car].n_laps > 2) { /* the end of the newest lap may still be unknown */
		field_at(f, s, s->cars[car].n_laps - 1);
		*place = field_place(f, car);
	}
	return *place < f->n;
}

static uint8_t track_before(const struct f1p_state *s, const struct field *f)
{
	bool began_before = s->lap_neutral_start > 0 && s->lap_neutral_start <= f->lap;

	return began_before ? s->track : F1P_TRACK_CLEAR;
}

static void say_rejoin(struct f1p_car_insight *out, const struct f1p_state *s, const struct field *f, uint32_t place,
		       const struct pit_loss *loss, const double p_stop[F1P_MAX_CARS])
{
	struct rejoin_case c;
	double p[F1P_MAX_CARS + 1];

	rejoin_case_before(&c, s, f, place, loss, p_stop);
	rejoin_distribution(&c, p);
	for (uint32_t k = 0; k <= c.n && k < F1P_MAX_CARS; k++) {
		out->rejoin[k] = (uint16_t)(p[k] * 1e4 + 0.5);
	}
	out->rejoin_known = 1;
}

static double stop_within(const struct stop_hazard *h, const struct f1p_state *s, const struct field *f, uint32_t place, double first,
			  double loss_s, int laps)
{
	double later = stop_chance(h, s, f, place, F1P_TRACK_CLEAR, F1P_TRACK_CLEAR, loss_s), none = 1 - first;

	for (int k = 1; k < laps; k++) {
		none *= 1 - later;
	}
	return 1 - none;
}

/* all: s with the laps that are still being driven. */
static void say_stop(struct f1p_car_insight *out, const struct f1p_state *s, const struct f1p_state *all, uint32_t car,
		     const struct models *m)
{
	struct field f;
	struct pit_loss loss;
	double p[F1P_MAX_CARS];
	uint32_t place;

	if (!latest(&f, &place, s, car)) {
		return;
	}
	field_at(&f, all, f.lap);
	place = field_place(&f, car);
	pit_loss_at(&loss, s, f.lap);
	stop_chances(&m->stop, all, &f, s->track, track_before(s, &f), loss.total_s, p);
	out->p_stop_1 = p[place];
	out->p_stop_5 = stop_within(&m->stop, all, &f, place, p[place], loss.total_s, LAPS_AHEAD);
	say_rejoin(out, all, &f, place, &loss, p);
}

f1p_status say_stops(struct f1p_insights *out, const struct f1p_state *s, const struct models *m)
{
	struct pit_loss loss;

	if (positions_finished(s)) {
		return F1P_OK;
	}
	struct f1p_state *all = malloc(sizeof(*all));
	if (!all) {
		return F1P_ENOMEM;
	}
	memcpy(all, s, sizeof(*all));
	pit_loss_at(&loss, s, (int32_t)F1P_MAX_LAPS);
	field_foresee(all, loss.total_s - loss.after_s, loss.after_s);
	for (uint32_t i = 0; i < s->n_cars; i++) {
		say_stop(&out->cars[i], s, all, i, m);
	}
	free(all);
	return F1P_OK;
}

static void keep_overtake(struct f1p_insights *out, const struct f1p_overtake *o)
{
	uint32_t at = out->n_overtakes < F1P_MAX_OVERTAKES ? out->n_overtakes++ : F1P_MAX_OVERTAKES - 1;

	if (out->overtakes[at].p_3 > o->p_3) {
		return; /* full, and this one is no likelier than the last */
	}
	for (; at > 0 && out->overtakes[at - 1].p_3 < o->p_3; at--) {
		out->overtakes[at] = out->overtakes[at - 1];
	}
	out->overtakes[at] = *o;
}

/* Next to each other on the road at the end of the attacker's newest lap, and both still there. */
void say_overtakes(struct f1p_insights *out, const struct f1p_state *s, const struct models *m)
{
	if (positions_finished(s) || s->neutralised == F1P_YES) {
		return;
	}
	for (uint32_t i = 0; i < s->n_cars; i++) {
		struct field f;
		uint32_t place;
		double p[OVERTAKE_HORIZONS];
		if (!latest(&f, &place, s, i) || place == 0 || f.end_s[place] - f.end_s[place - 1] > OVERTAKE_GAP_S) {
			continue;
		}
		const struct f1p_car *attacker = &s->cars[i], *defender = &s->cars[f.car[place - 1]];
		if (attacker->in_pit == F1P_YES || defender->in_pit == F1P_YES || defender->retired == F1P_YES ||
		    (attacker->position > 0 && defender->position > 0 && attacker->position < defender->position)) {
			continue;
		}
		overtake_chances(&m->overtake, s, &f, place, p);
		keep_overtake(out, &(struct f1p_overtake){attacker->number, defender->number, 0, p[0], p[1], p[2]});
	}
}

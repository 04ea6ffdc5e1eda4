/*
 * plan.c - from the regressions of stops.h to tables by lap.
 */
#include "plan.h"

#include <string.h>

#include "helpers/fmath.h"
#include "stops.h"
#include "tyres.h"

#define FRONT 10u

static int32_t stops_made(const struct f1p_car *car)
{
	return car->stops > 0 && car->stops < 20 ? car->stops : 0;
}

int32_t plan_field_stops(const struct f1p_state *state, const struct positions_field *cars)
{
	uint32_t with[21] = {0}, n = 0;
	for (; n < cars->n_running && n < FRONT; n++) {
		with[stops_made(&state->cars[cars->car[cars->order[n]]])]++;
	}
	int32_t median = 0;
	for (uint32_t seen = with[0]; 2 * seen < n; seen += with[median]) {
		median++;
	}
	return median;
}

static uint16_t chance16(double p)
{
	return p <= 0.0 ? 0 : p >= 1.0 ? MC_NEVER - 1 : (uint16_t)(p * (MC_NEVER - 1));
}

/* Chance by lap that a stint has ended. begun: laps on the tyre before lap first_lap + from. */
static void stint_ends(uint16_t end[MC_LAPS], const struct mc_field *f, const struct midrace_model *m, struct stop_case c,
	uint32_t from, double begun)
{
	double lasts = 1.0;
	for (uint32_t k = from; k < f->n_laps; k++) {
		c.left = (double)(f->total_laps - f->first_lap) - k;
		c.age = begun + (double)(k - from) + 1.0;
		c.stint = c.age + c.left;
		if (c.left >= 1.0) {
			lasts *= 1.0 - f1p_logistic(stops_logit_green(m, &c));
		}
		end[k] = c.owes && c.left <= 1.0 ? MC_NEVER : chance16(1.0 - lasts);
	}
}

/* What goes on the car: the shorter the run to the end, the softer. */
static void next_tyres(struct mc_field *f, const struct midrace_model *m, bool wet)
{
	f->next_is_wet = wet;
	for (uint8_t class = 0; class < TYRE_CLASSES; class++) {
		double off, slope;
		tyre_cost(m, tyre_of_class(class), &off, &slope);
		f->class_off[class] = (float)off;
		f->class_slope[class] = (float)slope;
	}
	for (uint32_t avoid = 0; avoid < MC_TYRES; avoid++) {
		for (uint32_t k = 0; k < f->n_laps; k++) {
			double off, slope, share = (double)(f->total_laps - f->first_lap - (int32_t)k) / (2.0 * f->total_laps);
			uint8_t class = share < 0.1 ? TYRE_SOFT : share < 0.2 ? TYRE_MEDIUM : TYRE_HARD;
			if (class == avoid) {
				class = avoid == TYRE_HARD ? TYRE_MEDIUM : TYRE_HARD;
			}
			tyre_cost(m, wet ? F1P_TYRE_INTERMEDIATE : tyre_of_class(class), &off, &slope);
			f->next_off[avoid][k] = (float)off;
			f->next_slope[avoid][k] = (float)slope;
			f->next_tyre[avoid][k] = class;
		}
	}
}

static void neutral_tables(struct mc_field *f, const struct midrace_model *m, struct stop_case base)
{
	struct stop_case c;
	base.age = base.left = base.stint = 0.0;
	base.rel = 0;
	base.place = (int32_t)MC_LANES;
	base.owes = false;
	base.tyre = TYRE_CLASSES;
#define AGAINST_BASE(field, value) (c = base, c.field = (value), (float)(stops_logit_neutral(m, &c) - zero))
	for (uint32_t vsc = 0; vsc < 2; vsc++) {
		base.vsc = vsc;
		base.since = 0;
		double zero = 0.0;
		for (uint32_t k = 0; k < MC_SINCE; k++) {
			f->neutral_since[vsc][k] = AGAINST_BASE(since, (int32_t)k);
		}
		zero = stops_logit_neutral(m, &base);
		for (uint32_t k = 0; k < MC_LAPS; k++) {
			f->neutral_age[vsc][k] = AGAINST_BASE(age, (double)k);
		}
	}
	double zero = stops_logit_neutral(m, &base);
	for (uint32_t k = 0; k < f->n_laps; k++) {
		double left = (double)(f->total_laps - f->first_lap) - k;
		f->neutral_left[k] = AGAINST_BASE(left, left);
		c.owes = true;
		f->neutral_owes[k] = (float)(stops_logit_neutral(m, &c) - zero) - f->neutral_left[k];
	}
	for (uint32_t k = 0; k < 2 * MC_LAPS; k++) {
		f->neutral_stint[k] = AGAINST_BASE(stint, (double)k);
	}
	for (uint32_t p = 0; p < MC_LANES; p++) {
		f->neutral_place[p] = AGAINST_BASE(place, (int32_t)p + 1);
	}
	for (uint32_t k = 0; k < MC_RELS; k++) {
		f->neutral_rel[k] = AGAINST_BASE(rel, (int32_t)k - 1);
	}
	for (uint8_t k = 0; k < MC_TYRES; k++) {
		f->neutral_tyre[k] = AGAINST_BASE(tyre, k);
	}
#undef AGAINST_BASE
}

static void plan_car(struct mc_field *f, uint32_t lane, const struct f1p_car *car, const struct midrace_model *m,
	const struct plan_setting *s, struct stop_case c, int32_t field_stops, int32_t reds)
{
	bool in_lane = car->in_pit == F1P_YES && !s->red && !s->start;
	uint32_t used = tyres_used_now(car);
	f->stops[lane] = true;
	f->tyre[lane] = tyre_class(tyre_now(car));
	c.on_wet = tyre_is_wet(tyre_now(car));
	c.mismatch = c.on_wet ? 1.0 - s->on_wet : s->on_wet;
	f->owes[lane] = !s->wet && !s->red && !in_lane && tyre_rule_open(used, car->stops);
	int32_t rel = reds > 0 ? 0 : stops_made(car) - field_stops; /* a red flag gave tyres to all */
	c.rel = rel < -1 ? -1 : rel > 2 ? 2 : rel;
	f->rel[lane] = (uint8_t)(c.rel + 1);
	c.owes = f->owes[lane];
	c.tyre = f->tyre[lane];
	if (in_lane) { /* what it gets is not known yet */
		c.on_wet = s->on_wet > 0.5;
		c.mismatch = c.on_wet ? 1.0 - s->on_wet : s->on_wet;
		bool owed = !s->wet && tyre_rule_open(used, car->stops - 1);
		uint32_t avoid = owed ? f->tyre[lane] : MC_TYRES - 1;
		f->off[lane] = f->next_off[avoid][0];
		f->slope[lane] = f->next_slope[avoid][0];
		f->tyre[lane] = c.tyre = f->next_tyre[avoid][0];
	}
	stint_ends(f->stint_end[lane], f, m, c, 0, (double)f->age[lane]);
}

void plan_stops(struct mc_field *f, const struct f1p_state *state, const struct positions_field *cars,
	const uint32_t lane_of[F1P_MAX_CARS], const struct midrace_model *m, const struct plan_setting *s)
{
	struct stop_case base = {.total = f->total_laps > 0 ? f->total_laps : 1, .place = 5, .tyre = TYRE_HARD};
	int32_t usual = state->prior[F1P_PRIOR_STOPS], field_stops = plan_field_stops(state, cars);
	base.stops_prior = usual > 0 && usual < 10000 ? usual / 1000.0 : STOPS_USUAL;
	bool mostly_wet = s->on_wet > 0.5;
	base.wet = s->wet;
	base.on_wet = mostly_wet; /* whoever stops fits what most have */
	base.mismatch = mostly_wet ? 1.0 - s->on_wet : s->on_wet;
	next_tyres(f, m, mostly_wet);
	if (state->type != F1P_SESSION_RACE) {
		return;
	}
	for (uint32_t rel = 0; rel < MC_RELS; rel++) {
		for (uint32_t j = 0; j + 1 < f->n_laps; j++) {
			struct stop_case c = base;
			c.rel = (int32_t)rel - 1;
			c.tyre = f->next_tyre[MC_TYRES - 1][j];
			stint_ends(f->next_end[rel][j], f, m, c, j + 1, 0.0);
		}
	}
	neutral_tables(f, m, base);
	for (uint32_t place = 0; place < cars->n_running; place++) {
		uint32_t row = cars->order[place];
		base.place = (int32_t)place + 1;
		plan_car(f, lane_of[row], &state->cars[cars->car[row]], m, s, base, field_stops, state->n_red);
	}
}

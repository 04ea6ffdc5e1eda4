/*
 * starters.c - from the state and its priors to the model's terms.
 */
#include "starters.h"

#include <string.h>

#include "helpers/fmath.h"

#define UNKNOWN_OUT 0.12      /* of a car of which nothing is known */
#define USUAL_WET 0.08        /* share of races that start on wet tyres */
#define OUTLOOK_HALF_H 24.0   /* a forecast of the weather half as old again counts half */
#define BEFORE_START_NS INT64_C(900000000000) /* rain that decides the tyres of the start */
#define AFTER_START_NS INT64_C(1800000000000)
#define UNKNOWN_SD 0.5

static bool known(int32_t v)
{
	return v != F1P_UNKNOWN;
}

/* 0.001 units, within +-limit. */
static double thousandths(int32_t v, double limit)
{
	double x = (double)v / 1000.0;
	return x < -limit ? -limit : x > limit ? limit : x;
}

static double first_known(const int32_t *prior, const int *which, int n, double limit, double otherwise)
{
	for (int i = 0; i < n; i++) {
		if (known(prior[which[i]])) {
			return thousandths(prior[which[i]], limit);
		}
	}
	return otherwise;
}

static bool is_wet(uint8_t compound)
{
	return compound == F1P_TYRE_INTERMEDIATE || compound == F1P_TYRE_WET;
}

/* Rain within the first half hour by the newest outlook, believed less as it ages. */
static double wet_by_outlook(const struct f1p_state *state)
{
	const struct f1p_outlook *outlook = &state->outlook;
	double most = -1.0;
	if (outlook->t_ns == F1P_UNKNOWN_NS || outlook->t_ns <= 0 || state->t_start_ns <= 0) {
		return USUAL_WET;
	}
	for (uint32_t i = 0; i < outlook->n_steps && i < F1P_OUTLOOK_STEPS; i++) {
		const struct f1p_outlook_step *step = &outlook->steps[i];
		int64_t end = step->t_ns, begin = end - (int64_t)step->step_s * INT64_C(1000000000);
		int32_t pct = (step->mask & F1P_OUTLOOK_RAIN_PROBABILITY) ? step->rain_probability_pct : -1;
		bool near = end > state->t_start_ns - BEFORE_START_NS && begin < state->t_start_ns + AFTER_START_NS;
		if (near && pct >= 0 && pct <= 100) {
			double p = pct / 100.0;
			most = p > most ? p : most;
		}
	}
	if (most < 0.0) {
		return USUAL_WET;
	}
	double age_h = state->t_event_ns > outlook->t_ns ? (double)(state->t_event_ns - outlook->t_ns) / 3.6e12 : 0.0;
	double belief = f1p_exp(-0.6931471805599453 * age_h / OUTLOOK_HALF_H);
	return belief * 0.6 * most + (1.0 - belief) * USUAL_WET; /* rain in a half hour is not yet a track for wet tyres */
}

static double wet_start(const struct f1p_state *state, const struct positions_field *cars)
{
	uint32_t told = 0, wet = 0;
	for (uint32_t row = 0; row < cars->n; row++) {
		const struct f1p_car *car = &state->cars[cars->car[row]];
		uint8_t compound = car->n_stints > 0 ? car->stints[0].compound : car->compound;
		told += cars->running[row] && compound > F1P_TYRE_UNKNOWN;
		wet += cars->running[row] && is_wet(compound);
	}
	if (2 * told > cars->n_running) {
		return 2 * wet > told ? 1.0 : 0.0;
	}
	return wet_by_outlook(state);
}

/* Places without holes among the running cars: the pit lane, then cars without a slot come last. */
static void set_grid(struct starters *s, const struct f1p_state *state, const struct positions_field *cars)
{
	int64_t slot[F1P_MAX_CARS];
	uint32_t told = 0;
	for (uint32_t i = 0; i < s->n; i++) {
		int32_t grid = state->cars[cars->car[s->row[i]]].grid;
		told += known(grid) && grid >= 0;
		slot[i] = grid >= 1 && grid < 1000 ? grid : grid == 0 ? 1000 : 2000;
	}
	s->grid_known = 2 * told > s->n;
	for (uint32_t i = 0; i < s->n && s->grid_known; i++) {
		s->car[i].grid = 1.0;
		for (uint32_t j = 0; j < s->n; j++) {
			s->car[i].grid += slot[j] < slot[i] || (slot[j] == slot[i] && j < i);
		}
	}
}

static void read_pace(struct starter *c, const int32_t *prior, double otherwise)
{
	static const int race[] = { F1P_PRIOR_RACE_PACE, F1P_PRIOR_RACE_RATING, F1P_PRIOR_QUALIFYING_GAP,
		F1P_PRIOR_QUALIFYING_RATING };
	static const int quali[] = { F1P_PRIOR_QUALIFYING_PACE, F1P_PRIOR_QUALIFYING_RATING, F1P_PRIOR_RACE_RATING };
	static const int quali_sd[] = { F1P_PRIOR_QUALIFYING_PACE_SD, F1P_PRIOR_QUALIFYING_RATING_SD };
	c->pace = first_known(prior, race, 4, 6.0, otherwise);
	c->quali = first_known(prior, quali, 3, 6.0, c->pace);
	c->quali_sd = first_known(prior, quali_sd, 2, 3.0, UNKNOWN_SD);
	if (known(prior[F1P_PRIOR_QUALIFYING_GAP])) {
		c->quali = thousandths(prior[F1P_PRIOR_QUALIFYING_GAP], 6.0);
		c->quali_sd = STARTER_LAP_DRIVEN_SD;
	}
	c->quali_sd = c->quali_sd > 0.0 ? c->quali_sd : UNKNOWN_SD;
}

static void read_car(struct starter *c, const int32_t *prior, uint32_t n, bool sprint)
{
	double from_grid = c->grid > 0.0 ? c->grid : 0.5 * (double)(n + 1);
	double centred = n > 1 ? (from_grid - 0.5 * (double)(n + 1)) / (double)(n - 1) : 0.0;
	static const int form[] = { F1P_PRIOR_DRIVER_FORM, F1P_PRIOR_TEAM_FORM };
	read_pace(c, prior, 1.2 * centred);
	c->form = first_known(prior, form, 2, 32.0, from_grid);
	c->penalty = known(prior[F1P_PRIOR_GRID_PENALTY]) ? (double)prior[F1P_PRIOR_GRID_PENALTY] : 0.0;
	c->penalty = c->penalty < -32.0 ? -32.0 : c->penalty > 99.0 ? 99.0 : c->penalty;
	c->out = known(prior[F1P_PRIOR_RETIREMENT]) ? (double)prior[F1P_PRIOR_RETIREMENT] / 1e6 : UNKNOWN_OUT;
	c->out *= sprint ? 0.4 : 1.0; /* a third of the distance, and the first lap */
	c->out = c->out < 0.005 ? 0.005 : c->out > 0.6 ? 0.6 : c->out;
}

void starters_read(struct starters *s, const struct f1p_state *state, const struct positions_field *cars)
{
	memset(s, 0, sizeof(*s));
	for (uint32_t row = 0; row < cars->n; row++) {
		if (cars->running[row]) {
			s->row[s->n++] = (uint16_t)row;
		}
	}
	s->sprint = state->type == F1P_SESSION_SPRINT;
	s->ease = known(state->prior[F1P_PRIOR_OVERTAKING]) ? thousandths(state->prior[F1P_PRIOR_OVERTAKING], 1.5) : 0.0;
	s->era_races = known(state->prior[F1P_PRIOR_ERA_RACES]) && state->prior[F1P_PRIOR_ERA_RACES] >= 0 ?
		(double)state->prior[F1P_PRIOR_ERA_RACES] : 99.0;
	s->wet = wet_start(state, cars);
	set_grid(s, state, cars);
	for (uint32_t i = 0; i < s->n; i++) {
		read_car(&s->car[i], state->car_prior[cars->car[s->row[i]]], s->n, s->sprint);
	}
}

void starters_inputs(const struct starters *s, uint32_t i, double grid, double input[STARTER_INPUTS])
{
	const struct starter *c = &s->car[i];
	double ln_grid = f1p_log(grid < 1.0 ? 1.0 : grid);
	input[INPUT_LN_GRID] = -ln_grid;
	input[INPUT_POLE] = grid < 1.5 ? 1.0 : 0.0;
	input[INPUT_GRID] = -grid / 10.0;
	input[INPUT_PACE] = -c->pace;
	input[INPUT_FORM] = -c->form / 5.0;
	input[INPUT_LN_GRID_EASE] = -ln_grid * s->ease;
	input[INPUT_LN_GRID_WET] = -ln_grid * s->wet;
	input[INPUT_PACE_WET] = -c->pace * s->wet;
}

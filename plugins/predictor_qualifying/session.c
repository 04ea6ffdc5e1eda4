/*
 * session.c - from the state to the terms of the simulation: who is in, how fast each car is, what it can still do.
 */
#include "session.h"

#include <string.h>

#include "helpers/fmath.h"
#include "helpers/rng.h"

#define UNKNOWN_SD 0.6
#define LONG_RUN_MS 420000.0   /* time for a second attempt: back to the garage, new tyres, out again */
#define LAST_OUT_MS 110000.0   /* a car that leaves the garage later sees the flag before its timed lap */
#define LEAST_TIMED 3u         /* times from which a part has a level */
#define EARLY_VARIANCE 0.16    /* %^2: an attempt in a part still running says less */

void session_model_defaults(struct session_model *m)
{
	*m = (struct session_model){ .pace_scale = 0.7, .lap_sd = 0.1, .slow = 0.25, .slow_cost = 2.0, .evolution = 0.3, .team_share = 0.0 };
}

uint32_t session_cut(uint32_t n, uint32_t part)
{
	uint32_t drop = n > 10 ? n - 10 : 0;
	return part == 1 ? n - (drop + 1) / 2 : part == 2 ? n - drop : n;
}

static bool stands(const struct f1p_state *state)
{
	return state->status == F1P_STATUS_FINISHED || state->status == F1P_STATUS_FINALISED || state->status == F1P_STATUS_ENDS;
}

static int32_t part_time(const struct f1p_car *car, uint32_t part)
{
	int32_t ms = car->part_best_ms[part - 1];
	if (ms == F1P_UNKNOWN && part == 1 && car->part_best_ms[1] == F1P_UNKNOWN) {
		ms = car->best_ms; /* a feed that does not tell parts */
	}
	return ms > 10000 && ms < 600000 ? ms : F1P_UNKNOWN;
}

static bool anyone_timed(const struct f1p_state *state, uint32_t part)
{
	for (uint32_t i = 0; i < state->n_cars && i < F1P_MAX_CARS; i++) {
		if (part_time(&state->cars[i], part) != F1P_UNKNOWN) {
			return true;
		}
	}
	return false;
}

static double share_left(const struct f1p_state *state, double *left_ms)
{
	static const double usual_ms[2][SESSION_PARTS] = { { 1080e3, 900e3, 720e3 }, { 720e3, 600e3, 480e3 } };
	uint32_t part = state->part >= 1 && state->part <= SESSION_PARTS ? state->part : 1;
	double whole = usual_ms[state->type == F1P_SESSION_SPRINT_QUALIFYING][part - 1];
	bool begun = anyone_timed(state, part);
	*left_ms = begun ? 0.5 * whole : whole;
	if (state->clock_remaining_ms != F1P_UNKNOWN && state->clock_remaining_ms >= 0 &&
	    (state->status == F1P_STATUS_STARTED || state->status == F1P_STATUS_ABORTED || begun)) {
		*left_ms = (double)state->clock_remaining_ms;
		if (state->clock_running == F1P_YES && state->t_clock_ns > 0 && state->t_event_ns > state->t_clock_ns) {
			*left_ms -= (double)(state->t_event_ns - state->t_clock_ns) / 1e6;
		}
	}
	*left_ms = *left_ms < 0.0 ? 0.0 : *left_ms > whole ? whole : *left_ms;
	return *left_ms / whole;
}

/* Order on the screen, with cars that have no place behind by number. */
static uint32_t screen_place(const struct f1p_car *car)
{
	return car->position >= 1 && car->position <= 1000 ? (uint32_t)car->position : 2000;
}

static bool is_out(const struct session *s, const struct f1p_car *car)
{
	if (s->part < 2) {
		return car->knocked_out == F1P_YES;
	}
	return part_time(car, s->part) == F1P_UNKNOWN &&
	       (car->knocked_out == F1P_YES || screen_place(car) > session_cut(s->n, s->part - 1));
}

static void sort_by_screen(uint16_t *rows, uint32_t n, const struct f1p_state *state, const struct positions_field *cars)
{
	for (uint32_t i = 1; i < n; i++) {
		uint16_t row = rows[i];
		uint32_t at = i, place = screen_place(&state->cars[cars->car[row]]);
		for (; at > 0 && screen_place(&state->cars[cars->car[rows[at - 1]]]) > place; at--) {
			rows[at] = rows[at - 1];
		}
		rows[at] = row;
	}
}

/* Who is still in, and the places of those who are not. */
static void split(struct session *s, const struct f1p_state *state, const struct positions_field *cars)
{
	uint16_t out[F1P_MAX_CARS], all[F1P_MAX_CARS];
	uint32_t n_out = 0;
	for (uint32_t row = 0; row < s->n; row++) {
		all[row] = (uint16_t)row;
	}
	sort_by_screen(all, s->n, state, cars);
	if (s->over) {
		memcpy(s->fixed, all, sizeof(all));
		return;
	}
	for (uint32_t k = 0; k < s->n; k++) {
		if (is_out(s, &state->cars[cars->car[all[k]]])) {
			out[n_out++] = all[k];
		} else {
			s->in[s->n_in++] = all[k];
		}
	}
	memcpy(s->fixed + s->n_in, out, n_out * sizeof(out[0]));
}

static double prior_or(const int32_t *prior, int a, int b, int c, double otherwise)
{
	int32_t v = prior[a] != F1P_UNKNOWN ? prior[a] : prior[b] != F1P_UNKNOWN ? prior[b] : prior[c];
	double x = v != F1P_UNKNOWN ? (double)v / 1000.0 : otherwise;
	return x < -8.0 ? -8.0 : x > 8.0 ? 8.0 : x;
}

static double median(double *v, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++) {
		double x = v[i];
		uint32_t at = i;
		for (; at > 0 && v[at - 1] > x; at--) {
			v[at] = v[at - 1];
		}
		v[at] = x;
	}
	return n == 0 ? 0.0 : n % 2 ? v[n / 2] : 0.5 * (v[n / 2 - 1] + v[n / 2]);
}

static double log_time(int32_t ms)
{
	return 100.0 * f1p_log((double)ms);
}

/* The level of a part: what a car of pace 0 has done in it. False if too few have a time. pace: by row. */
static bool level_of(const struct f1p_state *state, const struct positions_field *cars, const double *pace, uint32_t part, double *level)
{
	double v[F1P_MAX_CARS];
	uint32_t n = 0;
	for (uint32_t row = 0; row < cars->n; row++) {
		int32_t ms = part_time(&state->cars[cars->car[row]], part);
		if (ms != F1P_UNKNOWN) {
			v[n++] = log_time(ms) - pace[row];
		}
	}
	*level = median(v, n);
	return n >= LEAST_TIMED || (n > 0 && n == cars->n);
}

/* One step of a Kalman filter for a number; a value far on the slow side was an attempt that failed and says little. */
static void learn(double *mean, double *variance, double seen, double noise)
{
	double e = seen - *mean, spread = f1p_sqrt(*variance + noise);
	if (e > 1.5 * spread) {
		noise *= (e / (1.5 * spread)) * (e / (1.5 * spread)) * 2.0;
	}
	double gain = *variance / (*variance + noise);
	*mean += gain * e;
	*variance *= 1.0 - gain;
}

static void read_pace(double pace[F1P_MAX_CARS], double sd[F1P_MAX_CARS], const struct session_model *m, const struct f1p_state *state,
		      const struct positions_field *cars)
{
	for (uint32_t row = 0; row < cars->n; row++) {
		const int32_t *prior = state->car_prior[cars->car[row]];
		pace[row] = prior_or(prior, F1P_PRIOR_QUALIFYING_PACE, F1P_PRIOR_QUALIFYING_RATING, F1P_PRIOR_RACE_RATING, 0.0);
		sd[row] = prior_or(prior, F1P_PRIOR_QUALIFYING_PACE_SD, F1P_PRIOR_QUALIFYING_RATING_SD, F1P_PRIOR_RACE_RATING_SD, UNKNOWN_SD);
		sd[row] = m->pace_scale * (sd[row] < 0.02 ? 0.02 : sd[row] > 3.0 ? 3.0 : sd[row]);
	}
}

static void set_attempts(struct session_car *c, const struct f1p_car *car, const struct session *s, double left_ms, bool started)
{
	bool gone = car->retired == F1P_YES || car->stopped == F1P_YES, on_track = car->in_pit == F1P_NO;
	c->chance[0] = c->chance[1] = 0.0;
	if (s->part_over || gone) {
		return;
	}
	if (left_ms >= LAST_OUT_MS) {
		double more = (left_ms - LAST_OUT_MS) / LONG_RUN_MS;
		c->chance[0] = 0.97;
		c->chance[1] = more > 1.0 ? 0.9 : 0.9 * more;
	} else if (on_track && started) { /* a lap begun before the flag counts */
		c->chance[0] = left_ms > 0.0 ? 0.7 : 0.4;
	} else {
		c->chance[0] = 0.3 * left_ms / LAST_OUT_MS; /* a short lap, a car about to leave */
	}
}

static void set_team(struct session *s, const struct f1p_state *state, const struct positions_field *cars)
{
	for (uint32_t i = 0; i < s->n_in; i++) {
		int32_t team = state->car_prior[cars->car[s->in[i]]][F1P_PRIOR_TEAM];
		s->car[i].team_key = team != F1P_UNKNOWN && team > 0 ? (uint32_t)f1p_mix64((uint64_t)team + 1000u) | 1u : 0u;
	}
}

/* What the times of the parts so far say of each car: pace and sd are brought up to date. Returns the level of the part in progress. */
static double learn_from_parts(double pace[F1P_MAX_CARS], double sd[F1P_MAX_CARS], const struct session *s,
			       const struct session_model *m, const struct f1p_state *state, const struct positions_field *cars)
{
	double level = 0.0;
	for (uint32_t part = 1; part <= s->part; part++) {
		bool running = part == s->part && !s->part_over;
		double noise = m->lap_sd * m->lap_sd + (running ? EARLY_VARIANCE : 0.0);
		bool enough = level_of(state, cars, pace, part, &level);
		for (uint32_t row = 0; row < s->n && enough; row++) {
			int32_t ms = part_time(&state->cars[cars->car[row]], part);
			double variance = sd[row] * sd[row];
			if (ms != F1P_UNKNOWN) {
				learn(&pace[row], &variance, log_time(ms) - level, noise);
				sd[row] = f1p_sqrt(variance);
			}
		}
	}
	return level;
}

void session_read(struct session *s, const struct session_model *m, const struct f1p_state *state, const struct positions_field *cars)
{
	double pace[F1P_MAX_CARS], sd[F1P_MAX_CARS], left_ms;
	memset(s, 0, sizeof(*s));
	s->n = cars->n;
	s->part = state->part >= 1 && state->part <= SESSION_PARTS ? state->part : 1;
	s->part_over = anyone_timed(state, s->part) && (stands(state) || state->status == F1P_STATUS_INACTIVE);
	s->over = state->status == F1P_STATUS_FINALISED || state->status == F1P_STATUS_ENDS || (s->part == SESSION_PARTS && s->part_over);
	s->left = share_left(state, &left_ms);
	split(s, state, cars);
	set_team(s, state, cars);
	read_pace(pace, sd, m, state, cars);
	double level = learn_from_parts(pace, sd, s, m, state, cars);
	for (uint32_t i = 0; i < s->n_in; i++) {
		const struct f1p_car *car = &state->cars[cars->car[s->in[i]]];
		int32_t ms = part_time(car, s->part);
		s->car[i].pace = pace[s->in[i]];
		s->car[i].pace_sd = sd[s->in[i]];
		s->car[i].best = ms == F1P_UNKNOWN ? SESSION_NO_TIME : log_time(ms) - level;
		s->car[i].key = (uint32_t)f1p_mix64((uint64_t)car->number);
		set_attempts(&s->car[i], car, s, left_ms, state->status == F1P_STATUS_STARTED);
	}
}

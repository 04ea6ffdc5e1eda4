/*
 * session.c - from the state to the terms of the simulation: who is in, how fast each car is, what it can still do.
 */
#include "session.h"

#include <string.h>

#include "helpers/fmath.h"
#include "helpers/rng.h"
#include "lap_times.h"

#define UNKNOWN_SD 0.6
#define LONG_RUN_MS 420000.0   /* time for a second attempt: back to the garage, new tyres, out again */
#define LAST_OUT_MS 110000.0   /* a car that leaves the garage later sees the flag before its timed lap */
#define LONGEST_LAP_NS INT64_C(150000000000)
#define LEAST_TIMED 3u         /* times from which a part has a level */
#define NO_ATTEMPT 2.0            /* % off the best, pace considered */
#define WET_SPREAD 2.5         /* laps in the wet vary so many times as much: chosen on six wet sessions of 2021-2023 */
#define EARLY_VARIANCE 0.06    /* %^2: an attempt in a part still running says less */

void session_model_defaults(struct session_model *m)
{
	*m = (struct session_model){ .pace_scale = 0.6, .lap_sd = 0.25, .slow = 0.25, .slow_cost = 2.0, .gain = 0.3,
		.evolution = 0.3, .evolution_sd = 0.3 };
}

uint32_t session_cut(uint32_t n, uint32_t part)
{
	uint32_t drop = n > 10 ? n - 10 : 0;
	return part == 1 ? n - (drop + 1) / 2 : part == 2 ? n - drop : n;
}

/* Order on the screen, with cars that have no place behind by number. */
static uint32_t screen_place(const struct f1p_car *car)
{
	return car->position >= 1 && car->position <= 1000 ? (uint32_t)car->position : 2000;
}

static bool is_out(const struct session *s, const struct f1p_car *car, bool timed)
{
	if (s->part < 2) {
		return car->knocked_out == F1P_YES;
	}
	return !timed && (car->knocked_out == F1P_YES || screen_place(car) > session_cut(s->n, s->part - 1));
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
static void split(struct session *s, const struct timeline *t, const struct f1p_state *state, const struct positions_field *cars)
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
		uint32_t at = cars->car[all[k]];
		if (is_out(s, &state->cars[at], t->best_ms[at][s->part - 1] != F1P_UNKNOWN)) {
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

static double log_time(int32_t ms)
{
	return 100.0 * f1p_log((double)ms);
}

/* The level of a part: what a car of pace 0 has done in it so far. Laps far off the best are no attempts (warm-up,
 * traffic, rain that has
 * gone). False if too few have a time. pace: by row. */
static bool level_of(const struct timeline *t, const struct positions_field *cars, const double *pace, uint32_t part, double *level)
{
	double v[F1P_MAX_CARS], least = 1e9;
	uint32_t n = 0, kept = 0;
	for (uint32_t row = 0; row < cars->n; row++) {
		int32_t ms = t->best_ms[cars->car[row]][part - 1];
		if (ms != F1P_UNKNOWN) {
			v[n] = log_time(ms) - pace[row];
			least = v[n] < least ? v[n] : least;
			n++;
		}
	}
	for (uint32_t i = 0; i < n; i++) {
		if (v[i] < least + NO_ATTEMPT) {
			v[kept++] = v[i];
		}
	}
	*level = median_sorting(v, kept);
	return kept >= LEAST_TIMED || (kept > 0 && kept == cars->n);
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

/* Chance that a car on the track, too late for another start, is on a lap that counts. */
static double chance_on_track(const struct f1p_car *car, int32_t best_ms, int64_t t_flag, int64_t t_now)
{
	if (t_flag != F1P_UNKNOWN_NS && car->t_line_ns > t_flag) {
		return 0.0; /* has seen the flag */
	}
	if (t_flag != F1P_UNKNOWN_NS && t_now > t_flag + LONGEST_LAP_NS) {
		return 0.0;
	}
	bool just_flew = best_ms != F1P_UNKNOWN && car->last_ms > 0 && (double)car->last_ms < 1.03 * (double)best_ms;
	return just_flew ? 0.2 : 0.8; /* two fast laps in a row are rare */
}

static void set_attempts(struct session_car *c, const struct session *s, const struct timeline *t, const struct f1p_state *state,
			 uint32_t at)
{
	const struct f1p_car *car = &state->cars[at];
	bool gone = car->retired == F1P_YES || car->stopped == F1P_YES;
	c->chance[0] = c->chance[1] = 0.0;
	if (s->part_over || gone) {
		return;
	}
	if (t->left_ms >= LAST_OUT_MS) {
		double more = (t->left_ms - LAST_OUT_MS) / LONG_RUN_MS;
		c->chance[0] = 0.97;
		c->chance[1] = more > 1.0 ? 0.9 : 0.9 * more;
	} else if (car->in_pit == F1P_NO && state->status != F1P_STATUS_ABORTED) {
		c->chance[0] = chance_on_track(car, t->best_ms[at][s->part - 1], t->t_flag_ns, state->t_event_ns);
	} else if (!t->flag_fallen) {
		c->chance[0] = 0.3 * t->left_ms / LAST_OUT_MS; /* a short lap, a car about to leave */
	}
}

/* What the times of the parts so far say of each car: pace and sd are brought up to date. Returns the level of the part in
 * progress. */
static double learn_from_parts(double pace[F1P_MAX_CARS], double sd[F1P_MAX_CARS], const struct session *s,
			       const struct timeline *t, const struct positions_field *cars)
{
	double level = 0.0;
	for (uint32_t part = 1; part <= s->part; part++) {
		bool running = part == s->part && !s->part_over;
		double noise = s->lap_sd * s->lap_sd + (running ? EARLY_VARIANCE : 0.0);
		bool enough = level_of(t, cars, pace, part, &level);
		for (uint32_t row = 0; row < s->n && enough; row++) {
			int32_t ms = t->best_ms[cars->car[row]][part - 1];
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
	double pace[F1P_MAX_CARS], sd[F1P_MAX_CARS];
	struct timeline t;
	timeline_read(&t, state);
	memset(s, 0, sizeof(*s));
	s->n = cars->n;
	s->part = t.part;
	s->left = t.share_left;
	s->lap_sd = m->lap_sd * (positions_wet(state) ? WET_SPREAD : 1.0);
	/* The chequered flag ends no lap that has begun, and a red one leaves the rest of the part to come. */
	s->over = state->status == F1P_STATUS_FINALISED || state->status == F1P_STATUS_ENDS;
	s->part_over = s->over || (t.timed && state->status == F1P_STATUS_INACTIVE && !t.to_resume);
	s->over |= s->part_over && s->part == SESSION_PARTS;
	split(s, &t, state, cars);
	read_pace(pace, sd, m, state, cars);
	double level = learn_from_parts(pace, sd, s, &t, cars);
	for (uint32_t i = 0; i < s->n_in; i++) {
		uint32_t at = cars->car[s->in[i]];
		int32_t ms = t.best_ms[at][s->part - 1];
		s->car[i].pace = pace[s->in[i]];
		s->car[i].pace_sd = sd[s->in[i]];
		s->car[i].best = ms == F1P_UNKNOWN ? SESSION_NO_TIME : log_time(ms) - level;
		s->car[i].key = (uint32_t)f1p_mix64((uint64_t)state->cars[at].number);
		set_attempts(&s->car[i], s, &t, state, at);
	}
}

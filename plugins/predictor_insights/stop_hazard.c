#include "stop_hazard.h"

#include <stdlib.h>
#include <string.h>

#include "logistic.h"

#define LEAST_ROWS 3000u
#define KEEP_ONE_IN 3u /* of the laps without a stop: they are 97 in 100 */

static const struct boost_options options = {BOOST_LOGISTIC, 140, 4, 0.12, 5.0, 8.0};

void stop_hazard_init(struct stop_hazard *s)
{
	s->model = NULL;
	rows_init(&s->rows, STOP_INPUTS + 1); /* and the row's weight */
	rows_init(&s->seen, 1);
}

void stop_hazard_finish(struct stop_hazard *s)
{
	boost_destroy(s->model);
	rows_finish(&s->rows);
	rows_finish(&s->seen);
}

static bool is_neutral(uint8_t track)
{
	return track == F1P_TRACK_SC || track == F1P_TRACK_VSC || track == F1P_TRACK_VSC_ENDING || track == F1P_TRACK_RED;
}

/* What a car has done up to the end of a lap. */
struct run {
	int32_t stops;
	int32_t since; /* laps since the last stop, or the start */
	bool dry[3], wet;
};

static struct run run_of(const struct f1p_car *car, int32_t lap)
{
	struct run r = {.since = lap};

	for (int32_t k = 1; k <= lap; k++) {
		const struct f1p_lap *l = field_lap(car, k);
		if (!l) {
			continue;
		}
		if (field_is_wet_tyre(l->compound)) {
			r.wet = true;
		} else if (l->compound > F1P_TYRE_UNKNOWN) {
			r.dry[(int)field_hardness(l->compound)] = true;
		}
		if (l->flags & F1P_LAPF_IN && k < lap) { /* a stop at the end of `lap` is still to be told */
			r.stops++;
			r.since = lap - k;
		}
	}
	return r;
}

static bool stopped_lately(const struct f1p_car *car, int32_t lap, int32_t laps)
{
	for (int32_t k = lap; k > lap - laps; k--) {
		const struct f1p_lap *l = field_lap(car, k);
		if (l && l->flags & F1P_LAPF_IN) {
			return true;
		}
	}
	return false;
}

struct others {
	double age, stops, stopped, stopped_here, wet;
};

static struct others others_of(const struct f1p_state *s, const struct field *f)
{
	struct others o = {0};

	for (uint32_t i = 0; i < f->n; i++) {
		const struct f1p_car *car = &s->cars[f->car[i]];
		const struct f1p_lap *l = field_lap(car, f->lap);
		o.age += field_age(l);
		o.stops += run_of(car, f->lap).stops;
		o.stopped += stopped_lately(car, f->lap, 3);
		o.stopped_here += stopped_lately(car, f->lap, 1);
		o.wet += field_is_wet_tyre(l->compound);
	}
	double n = f->n ? f->n : 1;
	return (struct others){o.age / n, o.stops / n, o.stopped / n, o.stopped_here / n, o.wet / n};
}

/* Loss of the last lap against the best of the stint, per cent. */
static double loss_pct(const struct f1p_car *car, int32_t lap, int32_t since)
{
	double best = 0, now = 0;

	for (int32_t k = lap; k > lap - since && k > 1; k--) {
		const struct f1p_lap *l = field_lap(car, k);
		if (!l || l->flags & (F1P_LAPF_IN | F1P_LAPF_OUT | F1P_LAPF_NEUTRAL) || l->time_ms <= 0) {
			continue;
		}
		now = now > 0 ? now : l->time_ms;
		best = best > 0 && best < l->time_ms ? best : l->time_ms;
	}
	return best > 0 ? field_clip((now - best) / best * 100, 0, 8) : 0;
}

static const struct f1p_car *team_mate(const struct f1p_state *s, uint32_t car)
{
	for (uint32_t i = 0; i < s->n_cars; i++) {
		bool same = s->cars[car].team[0] && strncmp(s->cars[i].team, s->cars[car].team, sizeof(s->cars[i].team)) == 0;
		if (i != car && same) {
			return &s->cars[i];
		}
	}
	return NULL;
}

static void inputs(float x[STOP_INPUTS], const struct f1p_state *s, const struct field *f, const struct others *o, uint32_t place,
		   uint8_t track, uint8_t track_before, double pit_loss_s)
{
	uint32_t ci = f->car[place];
	const struct f1p_car *car = &s->cars[ci], *mate = team_mate(s, ci);
	const struct f1p_lap *l = field_lap(car, f->lap);
	struct run run = run_of(car, f->lap);
	int32_t total = s->total_laps > 0 ? s->total_laps : 60;
	double left = total - f->lap, age = field_age(l), expected = field_race_prior(s, F1P_PRIOR_STOPS, 1e-3, 1.6);
	bool wet_tyre = field_is_wet_tyre(l->compound);
	bool owes = !run.wet && run.dry[0] + run.dry[1] + run.dry[2] < 2;
	double behind = place + 1 < f->n ? f->end_s[place + 1] - f->end_s[place] : 40;
	double free_gap = 40;
	for (uint32_t k = place + 1; k < f->n; k++) { /* how far the first car lies behind the place where it would rejoin */
		double gap = f->end_s[k] - f->end_s[place] - pit_loss_s;
		if (gap > 0) {
			free_gap = gap < 40 ? gap : 40;
			break;
		}
	}
	const double v[STOP_INPUTS] = {
		age,
		age / total * 60,
		run.since,
		(double)f->lap / total,
		left,
		field_hardness(l->compound),
		wet_tyre,
		o->wet - wet_tyre,
		track == F1P_TRACK_SC,
		track == F1P_TRACK_VSC || track == F1P_TRACK_VSC_ENDING,
		track == F1P_TRACK_RED,
		is_neutral(track) && !is_neutral(track_before),
		run.stops,
		owes,
		expected - run.stops,
		age - total / (expected + 1),
		left - age,
		o->age - age,
		o->stops - run.stops,
		o->stopped,
		o->stopped_here,
		loss_pct(car, f->lap, run.since),
		place,
		behind < 40 ? behind : 40,
		free_gap,
		mate && stopped_lately(mate, f->lap, 2),
	};
	for (unsigned i = 0; i < STOP_INPUTS; i++) {
		x[i] = (float)v[i];
	}
}

static uint8_t track_on(const struct track_by_lap *t, int32_t lap, bool neutral)
{
	uint8_t at_end = t->status[lap], at_start = lap > 0 ? t->status[lap - 1] : 0;

	if (!neutral) {
		return F1P_TRACK_CLEAR;
	}
	return is_neutral(at_start) ? at_start : is_neutral(at_end) ? at_end : F1P_TRACK_VSC; /* began and ended within the lap */
}

static bool learn_car(struct stop_hazard *h, const struct f1p_state *s, const struct field *f, const struct others *o, uint32_t place,
		      const struct track_by_lap *t)
{
	const struct f1p_car *car = &s->cars[f->car[place]];
	const struct f1p_lap *now = field_lap(car, f->lap), *next = field_lap(car, f->lap + 1);
	float x[STOP_INPUTS + 1];

	if (!next || now->flags & F1P_LAPF_IN) {
		return true; /* it is in the lane: the lap to come is an out-lap of its own kind */
	}
	bool stops = next->flags & F1P_LAPF_IN;
	uint8_t track = track_on(t, f->lap + 1, next->flags & F1P_LAPF_NEUTRAL);
	uint8_t before = track_on(t, f->lap, now->flags & F1P_LAPF_NEUTRAL);
	bool kept = stops || is_neutral(track) || (uint32_t)(f->lap + car->number) % KEEP_ONE_IN == 0;
	if (!kept && !h->model) {
		return true;
	}
	inputs(x, s, f, o, place, track, before, field_race_prior(s, F1P_PRIOR_PIT_LOSS, 1e-3, 22));
	if (h->model) {
		float score = (float)boost_margin(h->model, x);
		if (!rows_add(&h->seen, &score, stops)) {
			return false;
		}
	}
	x[STOP_INPUTS] = stops || is_neutral(track) ? 1.0f : (float)KEEP_ONE_IN;
	return !kept || rows_add(&h->rows, x, stops);
}

bool stop_hazard_learn(struct stop_hazard *h, const struct f1p_state *s, const struct track_by_lap *t)
{
	struct field f;
	bool good = true;

	for (int32_t lap = 1; good && lap + 1 < (int32_t)F1P_MAX_LAPS; lap++) {
		field_at(&f, s, lap);
		if (f.n == 0) {
			break;
		}
		struct others o = others_of(s, &f);
		for (uint32_t place = 0; good && place < f.n; place++) {
			good = learn_car(h, s, &f, &o, place, t);
		}
	}
	return good;
}

/* The weight is the last column of the rows and no input. */
static bool split_weights(const struct rows *r, float **x, float **w)
{
	*x = malloc((r->n + 1) * STOP_INPUTS * sizeof(**x));
	*w = malloc((r->n + 1) * sizeof(**w));
	if (!*x || !*w) {
		return false;
	}
	for (size_t i = 0; i < r->n; i++) {
		memcpy(*x + i * STOP_INPUTS, r->x + i * r->cols, STOP_INPUTS * sizeof(**x));
		(*w)[i] = r->x[i * r->cols + STOP_INPUTS];
	}
	return true;
}

bool stop_hazard_fit(struct stop_hazard *h)
{
	float *x = NULL, *w = NULL;
	struct boost *fresh = NULL;

	if (h->rows.n >= LEAST_ROWS && split_weights(&h->rows, &x, &w)) {
		fresh = boost_fit(x, h->rows.y, w, NULL, h->rows.n, STOP_INPUTS, &options);
	}
	free(x);
	free(w);
	if (fresh) {
		boost_destroy(h->model);
		h->model = fresh;
	}
	return fresh != NULL;
}

bool stop_hazard_save(const struct stop_hazard *h, struct params *p)
{
	return !h->model || boost_save(h->model, p, "stop");
}

void stop_hazard_load(struct stop_hazard *h, const struct params *p)
{
	boost_destroy(h->model);
	h->model = boost_load(p, "stop", STOP_INPUTS);
}

/* Nothing learnt: three stops in a hundred laps, more on old tyres and under a neutralisation (first lap of it, 2018-24). */
static double plain_chance(const float x[STOP_INPUTS])
{
	double z = -4.0 + 0.05 * (double)x[1];

	return logistic(z + (x[8] > 0 ? 2.5 : x[9] > 0 ? 1.5 : 0.0));
}

static double chance_at(const struct stop_hazard *h, const struct f1p_state *s, const struct field *f, const struct others *o,
			uint32_t place, uint8_t track, uint8_t track_before, double pit_loss_s)
{
	float x[STOP_INPUTS];

	inputs(x, s, f, o, place, track, track_before, pit_loss_s);
	return h->model ? logistic(boost_margin(h->model, x)) : plain_chance(x);
}

double stop_chance(const struct stop_hazard *h, const struct f1p_state *s, const struct field *f, uint32_t place, uint8_t track,
		   uint8_t track_before, double pit_loss_s)
{
	struct others o = others_of(s, f);

	return chance_at(h, s, f, &o, place, track, track_before, pit_loss_s);
}

void stop_chances(const struct stop_hazard *h, const struct f1p_state *s, const struct field *f, uint8_t track, uint8_t track_before,
		  double pit_loss_s, double p[F1P_MAX_CARS])
{
	struct others o = others_of(s, f);

	for (uint32_t k = 0; k < f->n; k++) {
		p[k] = chance_at(h, s, f, &o, k, track, track_before, pit_loss_s);
	}
}

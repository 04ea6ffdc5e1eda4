#include "overtake.h"

#include <stdio.h>
#include <string.h>

#include "helpers/fmath.h"
#include "logistic.h"

#define LEAST_ROWS 3000u

static const int32_t horizon_laps[OVERTAKE_HORIZONS] = {1, 3, 5};
static const struct boost_options options = {BOOST_LOGISTIC, 120, 4, 0.1, 5.0, 8.0};

void overtake_init(struct overtake *o)
{
	memset(o, 0, sizeof(*o));
	for (unsigned h = 0; h < OVERTAKE_HORIZONS; h++) {
		rows_init(&o->rows[h], OVERTAKE_INPUTS);
	}
	rows_init(&o->seen, 1);
}

void overtake_finish(struct overtake *o)
{
	for (unsigned h = 0; h < OVERTAKE_HORIZONS; h++) {
		boost_destroy(o->model[h]);
		rows_finish(&o->rows[h]);
	}
	rows_finish(&o->seen);
}

static double gap_at(const struct f1p_car *attacker, const struct f1p_car *defender, int32_t lap, double unknown)
{
	const struct f1p_lap *a = field_lap(attacker, lap), *d = field_lap(defender, lap);

	return a && d ? (a->elapsed_ms - d->elapsed_ms) / 1000.0 : unknown;
}

/* How much faster the attacker was, per cent of a lap. */
static double faster_pct(double attacker_s, double defender_s)
{
	return attacker_s > 0 && defender_s > 0 ? field_clip((defender_s - attacker_s) / defender_s * 100.0, -6, 6) : 0.0;
}

static double laps_behind(const struct f1p_car *attacker, const struct f1p_car *defender, int32_t lap)
{
	int32_t n = 0;

	while (n < 10) {
		double gap = gap_at(attacker, defender, lap - n, 99);
		if (gap <= 0 || gap > 1.5) {
			break;
		}
		n++;
	}
	return n;
}

static void inputs(float x[OVERTAKE_INPUTS], const struct f1p_state *s, const struct field *f, uint32_t place)
{
	uint32_t ai = f->car[place], di = f->car[place - 1];
	const struct f1p_car *a = &s->cars[ai], *d = &s->cars[di];
	const struct f1p_lap *al = field_lap(a, f->lap), *dl = field_lap(d, f->lap);
	double gap = f->end_s[place] - f->end_s[place - 1], before = gap_at(a, d, f->lap - 1, gap);
	double earlier = gap_at(a, d, f->lap - 3, before);
	int32_t total = s->total_laps > 0 ? s->total_laps : 60;
	const double v[OVERTAKE_INPUTS] = {
		gap,
		1.0 / (gap + 0.3),
		field_clip(before - gap, -3, 3),
		field_clip((earlier - gap) / 3, -3, 3),
		faster_pct(al->time_ms / 1000.0, dl->time_ms / 1000.0),
		faster_pct(field_pace_s(a, f->lap), field_pace_s(d, f->lap)),
		field_clip(field_age(dl) - field_age(al), -45, 45),
		field_age(al),
		field_hardness(dl->compound) - field_hardness(al->compound),
		field_car_prior(s, di, F1P_PRIOR_RACE_PACE, 1e-3, 0) - field_car_prior(s, ai, F1P_PRIOR_RACE_PACE, 1e-3, 0),
		field_race_prior(s, F1P_PRIOR_OVERTAKING, 1e-3, 0),
		(al->flags & F1P_LAPF_OUT) != 0,
		(dl->flags & F1P_LAPF_OUT) != 0,
		place >= 2 ? field_clip(f->end_s[place - 1] - f->end_s[place - 2], 0, 10) : 10,
		place + 1 < f->n ? field_clip(f->end_s[place + 1] - f->end_s[place], 0, 10) : 10,
		(double)f->lap / total,
		f->lap < 10 ? f->lap : 10,
		(al->flags & F1P_LAPF_NEUTRAL) != 0,
		field_is_wet_tyre(al->compound) || field_is_wet_tyre(dl->compound),
		place,
		laps_behind(a, d, f->lap),
		field_car_prior(s, di, F1P_PRIOR_QUALIFYING_GAP, 1e-3, 0) - field_car_prior(s, ai, F1P_PRIOR_QUALIFYING_GAP, 1e-3, 0),
	};
	for (unsigned i = 0; i < OVERTAKE_INPUTS; i++) {
		x[i] = (float)v[i];
	}
}

/* 1 passed, 0 not, -1: cannot be told, or would be no pass on the track. */
static int outcome(const struct f1p_car *a, const struct f1p_car *d, int32_t lap, int32_t laps)
{
	for (int32_t k = lap; k <= lap + laps; k++) {
		const struct f1p_lap *al = field_lap(a, k), *dl = field_lap(d, k);
		if (!al || !dl || ((al->flags | dl->flags) & (F1P_LAPF_NEUTRAL))) {
			return -1;
		}
		if (k == lap) {
			if ((al->flags | dl->flags) & F1P_LAPF_IN) {
				return -1;
			}
			continue;
		}
		if ((al->flags | dl->flags) & (F1P_LAPF_IN | F1P_LAPF_OUT)) {
			return -1;
		}
		if (al->elapsed_ms < dl->elapsed_ms) {
			return 1;
		}
	}
	return 0;
}

static bool learn_pair(struct overtake *o, const struct f1p_state *s, const struct field *f, uint32_t place)
{
	const struct f1p_car *a = &s->cars[f->car[place]], *d = &s->cars[f->car[place - 1]];
	float x[OVERTAKE_INPUTS];
	bool good = true, made = false;

	for (unsigned h = 0; good && h < OVERTAKE_HORIZONS; h++) {
		int y = outcome(a, d, f->lap, horizon_laps[h]);
		if (y < 0) {
			continue;
		}
		if (!made) {
			inputs(x, s, f, place);
			made = true;
		}
		if (h == 0 && o->model[0] && x[0] <= 2.0f) {
			float score = (float)boost_margin(o->model[0], x);
			good = rows_add(&o->seen, &score, (float)y);
		}
		good = good && rows_add(&o->rows[h], x, (float)y);
	}
	return good;
}

bool overtake_learn(struct overtake *o, const struct f1p_state *s)
{
	struct field f;
	bool good = true;

	for (int32_t lap = 1; good && lap < (int32_t)F1P_MAX_LAPS; lap++) {
		field_at(&f, s, lap);
		if (f.n < 2) {
			break;
		}
		for (uint32_t place = 1; good && place < f.n; place++) {
			if (f.end_s[place] - f.end_s[place - 1] <= OVERTAKE_GAP_S) {
				good = learn_pair(o, s, &f, place);
			}
		}
	}
	return good;
}

bool overtake_fit(struct overtake *o)
{
	bool good = true;

	for (unsigned h = 0; h < OVERTAKE_HORIZONS; h++) {
		const struct rows *r = &o->rows[h];
		struct boost *fresh = r->n >= LEAST_ROWS
					      ? boost_fit(r->x, r->y, NULL, NULL, r->n, OVERTAKE_INPUTS, &options) : NULL;
		if (fresh) {
			boost_destroy(o->model[h]);
			o->model[h] = fresh;
		}
		good = good && fresh;
	}
	return good;
}

static void name_of(char out[16], unsigned h)
{
	snprintf(out, 16, "overtake%d", (int)horizon_laps[h]);
}

bool overtake_save(const struct overtake *o, struct params *p)
{
	bool good = true;

	for (unsigned h = 0; h < OVERTAKE_HORIZONS; h++) {
		char name[16];
		name_of(name, h);
		good = good && (!o->model[h] || boost_save(o->model[h], p, name));
	}
	return good;
}

void overtake_load(struct overtake *o, const struct params *p)
{
	for (unsigned h = 0; h < OVERTAKE_HORIZONS; h++) {
		char name[16];
		name_of(name, h);
		boost_destroy(o->model[h]);
		o->model[h] = boost_load(p, name, OVERTAKE_INPUTS);
	}
}

/* Nothing learnt: the study's logit of gap and pace (pairs within 1.5 s, 2022-24), carried over the laps. */
static double plain_chance(const float x[OVERTAKE_INPUTS])
{
	double z = -0.18 - 3.94 * (double)x[0] + 2.13 * field_clip((double)x[5], -2, 2) + (double)x[10];

	return logistic(z);
}

void overtake_chances(const struct overtake *o, const struct f1p_state *s, const struct field *f, uint32_t place,
		      double p[OVERTAKE_HORIZONS])
{
	float x[OVERTAKE_INPUTS];

	inputs(x, s, f, place);
	double plain = plain_chance(x), before = 0;
	for (unsigned h = 0; h < OVERTAKE_HORIZONS; h++) {
		double fail = 1;
		for (int32_t k = 0; k < horizon_laps[h]; k++) {
			fail *= 1 - plain;
		}
		p[h] = o->model[h] ? logistic(boost_margin(o->model[h], x)) : 1 - fail;
		p[h] = p[h] > before ? p[h] : before; /* more laps, no smaller chance */
		before = p[h];
	}
}

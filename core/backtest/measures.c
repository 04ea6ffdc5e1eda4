#include "backtest/measures.h"

#include "helpers/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DRAWS 2000
#define Q3_CARS 10

static const char *const names[MEASURES] = {"top3_hit", "winner_hit", "win_logloss", "podium_logloss", "points_logloss", "dnf_logloss",
	"winner_logloss", "win_brier", "podium_brier", "points_brier", "rps", "mae", "spearman", "cover50", "cover90", "gap_cover50",
	"gap_cover90", "pole_logloss", "pole_hit", "q3_logloss", "knockout_logloss"};

const char *measure_name(int m)
{
	return m >= 0 && m < MEASURES ? names[m] : "?";
}

bool measure_is_of_order(int m)
{
	return m == MEASURE_TOP3_HIT || m == MEASURE_WINNER_HIT || m == MEASURE_MAE || m == MEASURE_SPEARMAN;
}

const char *target_name(int t)
{
	static const char *const targets[TARGETS] = {"win", "podium", "points"};

	return t >= 0 && t < TARGETS ? targets[t] : "?";
}

static const struct score_car *find(const struct score_result *r, uint16_t car)
{
	for (uint32_t i = 0; i < r->n; i++)
		if (r->cars[i].car == car)
			return &r->cars[i];
	return NULL;
}

/* ---- ranks ---- */

/* 1.. by value, equal ones share the mean of their ranks */
static void rank(const double *value, double *ranks, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		double before = 0, equal = 0;
		for (size_t k = 0; k < n; k++) {
			before += value[k] < value[i];
			equal += value[k] <= value[i] && value[k] >= value[i];
		}
		ranks[i] = before + (equal + 1) / 2;
	}
}

static double correlation(const double *x, const double *y, size_t n)
{
	double mx = 0, my = 0, xx = 0, yy = 0, xy = 0;

	for (size_t i = 0; i < n; i++) {
		mx += x[i];
		my += y[i];
	}
	mx /= (double)n; /* exact for ranks: equal ones have no spread at all */
	my /= (double)n;
	for (size_t i = 0; i < n; i++) {
		xx += (x[i] - mx) * (x[i] - mx);
		yy += (y[i] - my) * (y[i] - my);
		xy += (x[i] - mx) * (y[i] - my);
	}
	return xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : NAN;
}

static double spearman(const struct f1p_forecast *f, const struct score_result *r)
{
	double said[F1P_MAX_CARS], seen[F1P_MAX_CARS], said_rank[F1P_MAX_CARS], seen_rank[F1P_MAX_CARS];
	size_t n = 0;

	for (uint32_t i = 0; i < f->n_cars; i++) {
		const struct score_car *a = find(r, f->cars[i].car);
		if (!a)
			continue;
		said[n] = f->cars[i].expected_position;
		seen[n++] = a->position;
	}
	rank(said, said_rank, n);
	rank(seen, seen_rank, n);
	return n > 1 ? correlation(said_rank, seen_rank, n) : NAN;
}

/* ---- one forecast ---- */

static void calibrate(struct calibration *c, double p, bool happened)
{
	int bin = (int)(p * CALIBRATION_BINS);

	bin = bin < 0 ? 0 : bin >= CALIBRATION_BINS ? CALIBRATION_BINS - 1 : bin;
	c->n[bin] += 1;
	c->p[bin] += p;
	c->y[bin] += happened;
}

static void add_calibration(struct calibration *c, const struct f1p_forecast *f, const struct score_result *r)
{
	for (uint32_t i = 0; i < f->n_cars; i++) {
		const struct score_car *a = find(r, f->cars[i].car);
		if (!a)
			continue;
		calibrate(&c[TARGET_WIN], f->cars[i].p_win, a->position == 1);
		calibrate(&c[TARGET_PODIUM], f->cars[i].p_podium, a->position <= 3);
		calibrate(&c[TARGET_POINTS], f->cars[i].p_points, a->position <= (r->points_places ? r->points_places : SCORE_POINTS_PLACES));
	}
}

static bool score(struct measures *m, const struct f1p_forecast *f, const struct score_result *r)
{
	struct score s;

	for (int i = 0; i < MEASURES; i++)
		m->v[i] = NAN;
	if (!score_forecast(&s, f, r))
		return false;
	const struct {
		int measure;
		double value;
	} known[] = {{MEASURE_TOP3_HIT, s.top3_hit}, {MEASURE_WINNER_HIT, s.winner_hit}, {MEASURE_WIN_LOGLOSS, s.win_logloss},
		{MEASURE_PODIUM_LOGLOSS, s.podium_logloss}, {MEASURE_POINTS_LOGLOSS, s.points_logloss},
		{MEASURE_DNF_LOGLOSS, s.retire_logloss}, {MEASURE_WINNER_LOGLOSS, s.winner_logloss}, {MEASURE_WIN_BRIER, s.win_brier},
		{MEASURE_PODIUM_BRIER, s.podium_brier}, {MEASURE_POINTS_BRIER, s.points_brier}, {MEASURE_RPS, s.rps},
		{MEASURE_MAE, s.mae}, {MEASURE_COVER50, s.cover50}, {MEASURE_COVER90, s.cover90},
		{MEASURE_GAP_COVER50, s.gap_cover50}, {MEASURE_GAP_COVER90, s.gap_cover90}};
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		m->v[known[i].measure] = known[i].value;
	m->v[MEASURE_SPEARMAN] = spearman(f, r);
	return true;
}

bool measures_race(struct measures *m, struct calibration *c, const struct f1p_forecast *f, const struct score_result *r)
{
	if (!score(m, f, r))
		return false;
	if (c)
		add_calibration(c, f, r);
	return true;
}

bool measures_qualifying(struct measures *m, const struct f1p_forecast *f, const struct score_result *r)
{
	struct measures all;

	for (int i = 0; i < MEASURES; i++)
		m->v[i] = NAN;
	if (!score(&all, f, r))
		return false;
	m->v[MEASURE_SPEARMAN] = all.v[MEASURE_SPEARMAN];
	m->v[MEASURE_TOP3_HIT] = all.v[MEASURE_TOP3_HIT];
	m->v[MEASURE_MAE] = all.v[MEASURE_MAE];
	m->v[MEASURE_POLE_LOGLOSS] = all.v[MEASURE_WIN_LOGLOSS];
	m->v[MEASURE_POLE_HIT] = all.v[MEASURE_WINNER_HIT];
	m->v[MEASURE_Q3_LOGLOSS] = all.v[MEASURE_POINTS_LOGLOSS];
	return true;
}

uint32_t measures_cut(uint32_t of, uint32_t part)
{
	uint32_t last = of < Q3_CARS ? of : Q3_CARS;

	return part == 0 ? last + (of - last) / 2 : part == 1 ? last : 1;
}

bool measures_part(struct measures *m, const struct f1p_forecast *f, const struct score_result *r, uint32_t part, uint32_t of)
{
	uint32_t goes_on = measures_cut(of, part), n = 0;
	double sum = 0;

	if (!measures_qualifying(m, f, r))
		return false;
	for (uint32_t i = 0; i < f->n_cars; i++) {
		const struct score_car *a = find(r, f->cars[i].car);
		double p = 0;
		for (uint32_t k = 0; k < goes_on; k++)
			p += f->cars[i].p_position[k];
		if (a)
			sum += score_logloss(p, a->position <= goes_on);
		n += a != NULL;
	}
	m->v[MEASURE_KNOCKOUT_LOGLOSS] = n ? sum / n : NAN;
	return true;
}

/* ---- many ---- */

double calibration_error(const struct calibration *c)
{
	double sum = 0, n = 0;

	for (int b = 0; b < CALIBRATION_BINS; b++) {
		sum += fabs(c->p[b] - c->y[b]);
		n += c->n[b];
	}
	return n > 0 ? sum / n : NAN;
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct difference paired_difference(const double *differences, size_t n)
{
	struct difference d = {NAN, NAN, NAN, n};
	double means[DRAWS], sum = 0;
	struct f1p_rng rng;

	if (!n)
		return d;
	f1p_rng_seed(&rng, 1, n);
	for (size_t i = 0; i < n; i++)
		sum += differences[i];
	for (size_t k = 0; k < DRAWS; k++) {
		double drawn = 0;
		for (size_t i = 0; i < n; i++)
			drawn += differences[(size_t)(f1p_rng_uniform(&rng) * (double)n)];
		means[k] = drawn / (double)n;
	}
	qsort(means, DRAWS, sizeof(means[0]), compare_doubles);
	return (struct difference){sum / (double)n, means[DRAWS / 40], means[DRAWS - 1 - DRAWS / 40], n};
}

#include "rating.h"

#include <f1pd/base.h>
#include <stdlib.h>
#include <string.h>

#include "gaps.h"
#include "helpers/fmath.h"
#include "linear.h"

#define PLACES_MAX 4096u
#define CARS_MAX 64u
#define LEVEL_VAR 25.0    /* of the level that a session leaves open */
#define SURPRISE_SD 2.5

const struct rating_constants rating_of_races = {.keep_season = .8, .keep_era = .5, .keep_driver = 1.0, .team_race = .004,
	.team_season = .2, .team_era = .25, .driver_race = .0012, .driver_season = .008, .new_team_mean = .6, .new_team_var = .5,
	.new_driver_mean = .3, .new_driver_var = .08, .noise = .14, .team_noise = .05};
const struct rating_constants rating_of_qualifying = {.keep_season = .8, .keep_era = .5, .keep_driver = .95, .team_race = .006,
	.team_season = .15, .team_era = .25, .driver_race = .0005, .driver_season = .004, .new_team_mean = .5, .new_team_var = .5,
	.new_driver_mean = .25, .new_driver_var = .05, .noise = .08, .team_noise = .08};

void rating_init(struct rating *r, const struct rating_constants *k)
{
	*r = (struct rating){.k = k};
}

void rating_finish(struct rating *r)
{
	free(r->mean);
	free(r->cov);
	free(r->is_team);
	rating_init(r, r->k);
}

static bool reserve(struct rating *r, uint32_t n)
{
	uint32_t capacity = r->capacity ? r->capacity : 32u;

	while (capacity < n)
		capacity *= 2u;
	if (capacity == r->capacity)
		return true;
	struct rating larger = {.k = r->k, .n = r->n, .capacity = capacity};
	larger.mean = calloc(capacity, sizeof(double));
	larger.cov = calloc((size_t)capacity * capacity, sizeof(double));
	larger.is_team = calloc(capacity, 1);
	if (!larger.mean || !larger.cov || !larger.is_team) {
		rating_finish(&larger);
		return false;
	}
	for (uint32_t i = 0; i < r->n; i++) {
		larger.mean[i] = r->mean[i];
		larger.is_team[i] = r->is_team[i];
		memcpy(&larger.cov[(size_t)i * capacity], &r->cov[(size_t)i * r->capacity], r->n * sizeof(double));
	}
	rating_finish(r);
	*r = larger;
	return true;
}

bool rating_copy(struct rating *to, const struct rating *from)
{
	to->n = 0;
	if (from->n > 0 && !reserve(to, from->n))
		return false;
	to->k = from->k;
	to->n = from->n;
	for (uint32_t i = 0; i < from->n; i++) {
		to->mean[i] = from->mean[i];
		to->is_team[i] = from->is_team[i];
		memcpy(&to->cov[(size_t)i * to->capacity], &from->cov[(size_t)i * from->capacity], from->n * sizeof(double));
	}
	return true;
}

uint32_t rating_add_at(struct rating *r, bool team, double mean, double var)
{
	if (r->n >= PLACES_MAX || !reserve(r, r->n + 1u))
		return RATING_NONE;
	uint32_t at = r->n++;
	r->mean[at] = mean;
	r->is_team[at] = team;
	for (uint32_t i = 0; i <= at; i++)
		r->cov[(size_t)i * r->capacity + at] = r->cov[(size_t)at * r->capacity + i] = 0.0;
	r->cov[(size_t)at * r->capacity + at] = var;
	return at;
}

uint32_t rating_add(struct rating *r, bool team)
{
	return team ? rating_add_at(r, true, r->k->new_team_mean, r->k->new_team_var)
		    : rating_add_at(r, false, r->k->new_driver_mean, r->k->new_driver_var);
}

void rating_next_race(struct rating *r)
{
	for (uint32_t i = 0; i < r->n; i++)
		r->cov[(size_t)i * r->capacity + i] += r->is_team[i] ? r->k->team_race : r->k->driver_race;
}

void rating_next_season(struct rating *r, bool new_era)
{
	double keep_team = new_era ? r->k->keep_era : r->k->keep_season;

	for (uint32_t i = 0; i < r->n; i++) {
		double keep_i = r->is_team[i] ? keep_team : r->k->keep_driver;
		r->mean[i] *= keep_i;
		for (uint32_t j = 0; j < r->n; j++)
			r->cov[(size_t)i * r->capacity + j] *= keep_i * (r->is_team[j] ? keep_team : r->k->keep_driver);
		double gained = !r->is_team[i] ? r->k->driver_season : new_era ? r->k->team_era : r->k->team_season;
		r->cov[(size_t)i * r->capacity + i] += gained;
	}
}

/* Covariance of the sums team + driver of two cars. */
static double pair_cov(const struct rating *r, const struct rating_observation *a, const struct rating_observation *b)
{
	const double *team = &r->cov[(size_t)a->team * r->capacity], *driver = &r->cov[(size_t)a->driver * r->capacity];

	return team[b->team] + team[b->driver] + driver[b->team] + driver[b->driver];
}

struct update {
	double s[F1P_MAX_CARS * F1P_MAX_CARS], work[F1P_MAX_CARS * F1P_MAX_CARS];
	double hp[F1P_MAX_CARS], gain[F1P_MAX_CARS];
	double innovation[F1P_MAX_CARS], noise[F1P_MAX_CARS], weighted[F1P_MAX_CARS];
};

/* Innovations around their median, and each observation's noise, larger for surprises. */
static void innovate(const struct rating *r, const struct rating_observation *o, uint32_t n, struct update *u)
{
	for (uint32_t i = 0; i < n; i++)
		u->innovation[i] = o[i].gap - r->mean[o[i].team] - r->mean[o[i].driver];
	double middle = median_of(u->innovation, n);
	for (uint32_t i = 0; i < n; i++) {
		double own = r->k->noise * o[i].noise, shared = r->k->team_noise * o[i].noise;
		double z = (u->innovation[i] - middle) / f1p_sqrt(pair_cov(r, &o[i], &o[i]) + own + shared);
		double excess = f1p_abs(z) / SURPRISE_SD;
		u->noise[i] = o[i].noise * (excess > 1.0 ? excess * excess : 1.0);
	}
}

static void fill_s(const struct rating *r, const struct rating_observation *o, uint32_t n, struct update *u)
{
	for (uint32_t i = 0; i < n; i++) {
		for (uint32_t j = 0; j < n; j++) {
			double v = pair_cov(r, &o[i], &o[j]) + LEVEL_VAR;
			if (o[i].team == o[j].team)
				v += r->k->team_noise * f1p_sqrt(u->noise[i] * u->noise[j]);
			u->s[i * n + j] = v + (i == j ? r->k->noise * u->noise[i] : 0.0);
		}
	}
}

/* S^-1 b, b in place. */
static bool solve_s(struct update *u, uint32_t n, double *b)
{
	memcpy(u->work, u->s, (size_t)n * n * sizeof(double));
	return linear_solve(u->work, b, n);
}

/* (H P) for one column of P, before it is changed. */
static void column_of(const struct rating *r, const double *old_cov, const struct rating_observation *o, uint32_t n, uint32_t col,
	double *out)
{
	for (uint32_t i = 0; i < n; i++)
		out[i] = old_cov[(size_t)o[i].team * r->capacity + col] + old_cov[(size_t)o[i].driver * r->capacity + col];
}

static bool apply(struct rating *r, const struct rating_observation *o, uint32_t n, struct update *u, const double *old_cov)
{
	memcpy(u->weighted, u->innovation, n * sizeof(double));
	if (!solve_s(u, n, u->weighted))
		return false;
	for (uint32_t col = 0; col < r->n; col++) {
		column_of(r, old_cov, o, n, col, u->gain);
		for (uint32_t i = 0; i < n; i++)
			r->mean[col] += u->gain[i] * u->weighted[i];
		if (!solve_s(u, n, u->gain))
			return false;
		for (uint32_t row = 0; row <= col; row++) {
			double less = 0.0;
			column_of(r, old_cov, o, n, row, u->hp);
			for (uint32_t i = 0; i < n; i++)
				less += u->hp[i] * u->gain[i];
			r->cov[(size_t)row * r->capacity + col] -= less;
			r->cov[(size_t)col * r->capacity + row] = r->cov[(size_t)row * r->capacity + col];
		}
	}
	return true;
}

void rating_observe(struct rating *r, const struct rating_observation *o, uint32_t n)
{
	size_t bytes = (size_t)r->capacity * r->capacity * sizeof(double);
	double *old_cov = n >= 2 ? malloc(bytes) : NULL;
	struct update *u = n >= 2 ? malloc(sizeof(*u)) : NULL;

	if (n >= 2 && n <= F1P_MAX_CARS && old_cov && u) {
		memcpy(old_cov, r->cov, bytes);
		innovate(r, o, n, u);
		fill_s(r, o, n, u);
		(void)apply(r, o, n, u, old_cov); /* S is positive definite by construction */
	}
	free(old_cov);
	free(u);
}

void rating_forecast(const struct rating *r, const struct rating_observation *o, uint32_t n, double *mean, double *var)
{
	double all = 0.0, with_all[CARS_MAX];

	n = n < CARS_MAX ? n : CARS_MAX;
	for (uint32_t i = 0; i < n; i++) {
		mean[i] = r->mean[o[i].team] + r->mean[o[i].driver];
		with_all[i] = 0.0;
		for (uint32_t j = 0; j < n; j++)
			with_all[i] += pair_cov(r, &o[i], &o[j]) / (double)n;
		all += with_all[i] / (double)n;
	}
	double middle = median_of(mean, n);
	for (uint32_t i = 0; i < n; i++) {
		mean[i] -= middle;
		var[i] = pair_cov(r, &o[i], &o[i]) - 2.0 * with_all[i] + all;
	}
}

#include "weekend.h"

#include <f1pd/base.h>
#include <string.h>

#include "gaps.h"
#include "helpers/fmath.h"

#define CARS_MAX 64u
#define PACE_CLIP 2.0        /* innovations are kept within, %: beyond it something else happened */
#define QUALIFYING_CLIP 1.5
#define WET_SHARE .4         /* of what a wet qualifying says */
#define YOUNG_VAR .1         /* variance of a rating that counts as one unit of youth, %^2 */
#define YOUNG_MAX 4.0

enum { X_RACE, X_QUALIFYING, X_INNOVATION, X_TEAM_INNOVATION, X_PRACTICE, X_FP2, X_TEAM_PRACTICE, X_SPRINT, X_YOUNG_INNOVATION,
	X_YOUNG_PRACTICE, X_YOUNG_TEAM_PRACTICE, X_SPRINT_QUALIFYING, X_DRIVER_HERE, X_TEAM_HERE };
enum { Q_RATING, Q_FP1, Q_FP2, Q_FP3, Q_SPRINT_QUALIFYING, Q_TEAM_FP1, Q_TEAM_FP2, Q_TEAM_FP3, Q_BEST, Q_YOUNG, Q_YOUNG_TEAM, Q_RACE,
	Q_TEAM_SPRINT_QUALIFYING, Q_YOUNG_BEST, Q_DRIVER_HERE, Q_TEAM_HERE };

void weekend_defaults(struct weekend_model *m)
{
	static const struct weekend_model study = {
		.beta = {{[X_RACE] = .59, [X_QUALIFYING] = .38, [X_INNOVATION] = .21, [X_TEAM_INNOVATION] = .04, [X_PRACTICE] = .07,
				 [X_FP2] = .04, [X_TEAM_PRACTICE] = .09, [X_SPRINT] = .21},
			{[X_RACE] = .59, [X_QUALIFYING] = .38, [X_PRACTICE] = .10, [X_FP2] = .06, [X_TEAM_PRACTICE] = .12, [X_SPRINT] = .21},
			{[Q_RATING] = .91, [Q_FP2] = .09, [Q_FP3] = .15, [Q_SPRINT_QUALIFYING] = .16, [Q_TEAM_FP1] = .07,
				[Q_TEAM_FP2] = .04, [Q_TEAM_FP3] = .09, [Q_BEST] = .09}},
		.spread = {{.13, .5}, {.14, .5}, {.12, .5}},
	};

	*m = study;
}

void weekend_mask(struct weekend_car *c, int32_t season, bool sprint, enum weekend_session when)
{
	bool early_qualifying = sprint && season <= 2023; /* it set the grid of the race, and ran before the sprint's day */

	if (when != BEFORE_RACE)
		c->sprint_gap = sprint && !early_qualifying && when == BEFORE_QUALIFYING ? c->sprint_gap : f1p_nan();
	if (when == BEFORE_QUALIFYING || when == BEFORE_SPRINT_QUALIFYING || (when == BEFORE_SPRINT && !early_qualifying))
		c->qualifying_gap = f1p_nan();
	if (when == BEFORE_SPRINT_QUALIFYING || (when == BEFORE_QUALIFYING && early_qualifying))
		c->sprint_qualifying_gap = f1p_nan();
	if (sprint && when != BEFORE_RACE && when != BEFORE_SPRINT)
		c->practice_gap[1] = c->practice_gap[2] = f1p_nan();
}

static double clipped(double x, double limit)
{
	return x > limit ? limit : x < -limit ? -limit : x;
}

/* What a session showed against the rating, 0 where it showed nothing. */
static double innovation(double gap, double rating, double limit)
{
	return is_known(gap) && is_known(rating) ? clipped(gap - rating, limit) : 0.0;
}

/* Mean of a feature over the other cars of the team, or over the whole team. */
static void team_means(const struct weekend_car *c, uint32_t n, float (*x)[BOOK_FEATURES], uint32_t from, uint32_t to, bool others)
{
	for (uint32_t i = 0; i < n; i++) {
		double sum = 0.0, cars = 0.0;
		for (uint32_t k = 0; k < n; k++) {
			if (c[k].team == c[i].team && c[i].team != BOOK_NONE && !(others && k == i)) {
				sum += (double)x[k][from];
				cars += 1.0;
			}
		}
		x[i][to] = cars > 0.0 ? (float)(sum / cars) : 0.0f;
	}
}

static double youth(double var)
{
	double y = is_known(var) ? var / YOUNG_VAR : 0.0;

	return y > YOUNG_MAX ? YOUNG_MAX : y;
}

static double practice_mean(const struct weekend_car *c, double limit)
{
	double sum = 0.0, n = 0.0;

	for (uint32_t k = 0; k < BOOK_PRACTICES; k++) {
		if (is_known(c->practice_gap[k]) && is_known(c->qualifying_rating)) {
			sum += clipped(c->practice_gap[k] - c->qualifying_rating, limit);
			n += 1.0;
		}
	}
	return n > 0.0 ? sum / n : 0.0;
}

void weekend_race_features(const struct weekend_car *c, uint32_t n, bool qualifying_wet, float (*x)[BOOK_FEATURES])
{
	for (uint32_t i = 0; i < n; i++) {
		memset(x[i], 0, sizeof(x[i]));
		if (!is_known(c[i].race_rating) || !is_known(c[i].qualifying_rating))
			continue;
		double inno = innovation(c[i].qualifying_gap, c[i].qualifying_rating, PACE_CLIP) * (qualifying_wet ? WET_SHARE : 1.0);
		x[i][X_RACE] = (float)c[i].race_rating;
		x[i][X_QUALIFYING] = (float)c[i].qualifying_rating;
		x[i][X_INNOVATION] = (float)inno;
		x[i][X_PRACTICE] = (float)practice_mean(&c[i], PACE_CLIP);
		x[i][X_FP2] = (float)innovation(c[i].practice_gap[1], c[i].qualifying_rating, PACE_CLIP);
		x[i][X_DRIVER_HERE] = (float)c[i].driver_here[VISIT_RACE];
		x[i][X_TEAM_HERE] = (float)c[i].team_here[VISIT_RACE];
		x[i][X_SPRINT] = (float)innovation(c[i].sprint_gap, c[i].race_rating, PACE_CLIP);
		x[i][X_SPRINT_QUALIFYING] = (float)innovation(c[i].sprint_qualifying_gap, c[i].qualifying_rating, PACE_CLIP);
	}
	team_means(c, n, x, X_INNOVATION, X_TEAM_INNOVATION, true);
	team_means(c, n, x, X_PRACTICE, X_TEAM_PRACTICE, false);
	for (uint32_t i = 0; i < n; i++) {
		float y = (float)youth(c[i].race_var);
		x[i][X_YOUNG_INNOVATION] = y * x[i][X_INNOVATION];
		x[i][X_YOUNG_PRACTICE] = y * x[i][X_PRACTICE];
		x[i][X_YOUNG_TEAM_PRACTICE] = y * x[i][X_TEAM_PRACTICE];
	}
}

/* The best that the car has shown in any session against its rating. */
static double best_innovation(const struct weekend_car *c)
{
	double best = f1p_nan();

	for (uint32_t k = 0; k <= BOOK_PRACTICES; k++) {
		double gap = k < BOOK_PRACTICES ? c->practice_gap[k] : c->sprint_qualifying_gap;
		double inno = gap - c->qualifying_rating;
		if (is_known(inno) && !(best <= inno))
			best = inno;
	}
	return is_known(best) ? clipped(best, QUALIFYING_CLIP) : 0.0;
}

void weekend_qualifying_features(const struct weekend_car *c, uint32_t n, float (*x)[BOOK_FEATURES])
{
	for (uint32_t i = 0; i < n; i++) {
		double rating = c[i].qualifying_rating;
		memset(x[i], 0, sizeof(x[i]));
		if (!is_known(c[i].race_rating) || !is_known(rating))
			continue;
		x[i][Q_RATING] = (float)rating;
		for (uint32_t k = 0; k < BOOK_PRACTICES; k++)
			x[i][Q_FP1 + k] = (float)innovation(c[i].practice_gap[k], rating, QUALIFYING_CLIP);
		x[i][Q_SPRINT_QUALIFYING] = (float)innovation(c[i].sprint_qualifying_gap, rating, QUALIFYING_CLIP);
		x[i][Q_DRIVER_HERE] = (float)c[i].driver_here[VISIT_QUALIFYING];
		x[i][Q_TEAM_HERE] = (float)c[i].team_here[VISIT_QUALIFYING];
		x[i][Q_BEST] = (float)best_innovation(&c[i]);
		x[i][Q_RACE] = (float)(c[i].race_rating - rating);
		x[i][Q_YOUNG] = (float)(youth(c[i].qualifying_var) * practice_mean(&c[i], QUALIFYING_CLIP));
		x[i][Q_YOUNG_BEST] = (float)(youth(c[i].qualifying_var) * best_innovation(&c[i]));
	}
	for (uint32_t k = 0; k < BOOK_PRACTICES; k++)
		team_means(c, n, x, Q_FP1 + k, Q_TEAM_FP1 + k, false);
	team_means(c, n, x, Q_YOUNG, Q_YOUNG_TEAM, false);
	team_means(c, n, x, Q_SPRINT_QUALIFYING, Q_TEAM_SPRINT_QUALIFYING, false);
}

bool weekend_feature_counts(enum weekend_target target, uint32_t feature)
{
	return target != WEEKEND_RACE_EARLY || (feature != X_INNOVATION && feature != X_TEAM_INNOVATION &&
		feature != X_YOUNG_INNOVATION);
}

void weekend_forecast(const struct weekend_model *m, enum weekend_target target, const float (*x)[BOOK_FEATURES],
	const double *rating_var, uint32_t n, double *pace, double *sd)
{
	n = n < CARS_MAX ? n : CARS_MAX;
	for (uint32_t i = 0; i < n; i++) {
		double sum = is_known(rating_var[i]) ? 0.0 : f1p_nan();
		for (uint32_t k = 0; k < BOOK_FEATURES; k++)
			sum += m->beta[target][k] * (double)x[i][k];
		pace[i] = sum;
		sd[i] = f1p_sqrt(m->spread[target][0] + m->spread[target][1] * rating_var[i]);
	}
	double middle = median_of(pace, n);
	for (uint32_t i = 0; i < n; i++)
		pace[i] -= middle;
}

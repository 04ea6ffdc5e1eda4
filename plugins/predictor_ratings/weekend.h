/*
 * weekend.h - from ratings and what this weekend has shown to the pace that is expected in qualifying and in the race.
 *
 * Two linear forecasts, % of a lap relative to the median of the field. Their weights are fitted on the races of the past, each with
 * what was known before it; as long as nothing has been fitted, those of a study of 2014-2024 serve.
 */
#ifndef RATINGS_WEEKEND_H
#define RATINGS_WEEKEND_H

#include "book.h"
#include "visits.h"

/* One car before its session; NaN = not known. */
struct weekend_car {
	uint32_t team;                 /* equal for team-mates */
	double race_rating, race_var, qualifying_rating, qualifying_var;
	double qualifying_gap, sprint_qualifying_gap, sprint_gap;
	double practice_gap[BOOK_PRACTICES];
	double driver_here[VISIT_SESSIONS], team_here[VISIT_SESSIONS]; /* against the ratings on earlier visits; 0 = never */
};

enum weekend_target { WEEKEND_RACE, WEEKEND_RACE_EARLY, WEEKEND_QUALIFYING, WEEKEND_TARGETS }; /* EARLY: before qualifying */

struct weekend_model {
	double beta[WEEKEND_TARGETS][BOOK_FEATURES];
	double spread[WEEKEND_TARGETS][2]; /* variance of the error = [0] + [1] x variance of the rating, %^2 */
};

/* Sessions that are over before another one begins, as the rules of the season have it. */
enum weekend_session { BEFORE_QUALIFYING = 1, BEFORE_SPRINT_QUALIFYING, BEFORE_SPRINT, BEFORE_RACE };
/* Takes out of the entry's gaps what comes later than `when`. */
void weekend_mask(struct weekend_car *, int32_t season, bool sprint, enum weekend_session when);

void weekend_defaults(struct weekend_model *);
/* Features of all n cars (at most 64) of the field. */
void weekend_race_features(const struct weekend_car *, uint32_t n, bool qualifying_wet, float (*x)[BOOK_FEATURES]);
void weekend_qualifying_features(const struct weekend_car *, uint32_t n, float (*x)[BOOK_FEATURES]);
/* Forecast of n cars, relative to their median, and its standard deviation. spread_var: variance of the rating. */
void weekend_forecast(const struct weekend_model *, enum weekend_target, const float (*x)[BOOK_FEATURES], const double *rating_var,
	uint32_t n, double *pace, double *sd);
/* Whether a forecast may look at the feature: the early one of the race at nothing of qualifying. */
bool weekend_feature_counts(enum weekend_target, uint32_t feature);
/* Fits all three on the first n_races of the book whose features are filled in. False: too few (fewer than ten races); the
 * model is as it was. */
bool weekend_fit(struct weekend_model *, const struct book *, uint32_t n_races);

#endif

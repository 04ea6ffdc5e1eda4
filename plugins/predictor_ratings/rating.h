/*
 * rating.h - how fast drivers and teams are: a Kalman filter over one number per team and one per driver, % of a lap, below 0 = fast.
 *
 * A car's pace is team + driver, up to a level that no race tells. An observation is one session: gaps of all cars to each other,
 * with noise of their own, noise that team-mates share, and a free level. Between races both drift; between seasons teams fall back
 * towards the middle and grow uncertain, more so when the technical rules change.
 */
#ifndef RATINGS_RATING_H
#define RATINGS_RATING_H

#include <stdbool.h>
#include <stdint.h>

/* Variances in %^2. */
struct rating_constants {
	double keep_season, keep_era, keep_driver;       /* share of the mean that outlives the winter */
	double team_race, team_season, team_era;         /* variance gained */
	double driver_race, driver_season;
	double new_team_mean, new_team_var, new_driver_mean, new_driver_var;
	double noise, team_noise;                        /* of an observation: own; shared with the team-mate */
};
extern const struct rating_constants rating_of_races, rating_of_qualifying;

struct rating {
	const struct rating_constants *k;
	uint32_t n, capacity;
	double *mean;
	double *cov;         /* capacity x capacity */
	uint8_t *is_team;
};

#define RATING_NONE UINT32_MAX

struct rating_observation {
	uint32_t team, driver; /* places in the filter */
	double gap;            /* %; not NaN */
	double noise;          /* factor on the noise, 1 = ordinary */
};

void rating_init(struct rating *, const struct rating_constants *);
void rating_finish(struct rating *);
bool rating_copy(struct rating *to, const struct rating *from); /* to: initialised */

/* A newcomer's place in the filter; RATING_NONE: no memory, or 4096 already. */
uint32_t rating_add(struct rating *, bool team);
/* As rating_add with a mean and variance of its own. */
uint32_t rating_add_at(struct rating *, bool team, double mean, double var);

/* Time passes: to the next race, and before it the winter. */
void rating_next_race(struct rating *);
void rating_next_season(struct rating *, bool new_era);

/* One session, at most F1P_MAX_CARS cars. Surprises beyond 2.5 sd count less. */
void rating_observe(struct rating *, const struct rating_observation *, uint32_t n);

/* Forecast of n cars (at most 64), relative to the median of the field: mean[] and variance[] of the difference to the field's mean. */
void rating_forecast(const struct rating *, const struct rating_observation *, uint32_t n, double *mean, double *var);

#endif

/*
 * moments.h - the moments of one race at which forecasts are made, and the making of them by several processes.
 *
 * A predictor answers one call at a time, so a second process with a copy of all predictors, made by fork, takes part of the
 * moments: a forecast is a pure function of what both have, so it does not matter which of them made it.
 */
#ifndef BACKTEST_MOMENTS_H
#define BACKTEST_MOMENTS_H

#include "backtest/members.h"

#define MOMENTS_FORECAST_MAX 64 /* of one race */
#define MOMENTS_WORKERS_MAX 16u

struct moment {
	struct f1p_state *state;
	int32_t lap;                /* that the leader has ended */
	int phase;                  /* the owner's */
	enum past_moment seen;      /* how much of its weekend the members may see */
	bool forecast;              /* wanted */
	struct f1p_forecast *made;  /* MEMBERS_MAX entries, n_cars = 0: nothing was said; NULL unless wanted */
};
struct moments_shared;
struct moments {
	struct moment *all;
	size_t n, capacity, n_forecast;
	unsigned workers;
	struct moments_shared *shared;
};

/* False when memory is short. workers 0: one for each core. */
bool moments_init(struct moments *, unsigned workers);
void moments_finish(struct moments *);
void moments_cut(struct moments *, size_t n); /* keeps the first n */
/* A copy of the state. False when memory is short. */
bool moments_add(struct moments *, const struct f1p_state *, int phase, int32_t lap, bool forecast);
/* All that are wanted. False after a line in the log: a process failed. *n counts the forecasts of single members. */
bool moments_forecast(struct moments *, struct members *, int32_t race_id, size_t *n);
/* What the members but the ensemble said; list has MEMBERS_MAX entries. */
uint32_t moments_list(const struct moment *, const struct members *, struct f1p_member *list);

#endif

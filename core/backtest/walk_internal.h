/* walk_internal.h - what the parts of a walk share; for core/backtest/walk*.c only. */
#ifndef BACKTEST_WALK_INTERNAL_H
#define BACKTEST_WALK_INTERNAL_H

#include "backtest/lap_fold.h"
#include "backtest/moments.h"
#include "backtest/walk.h"

struct walker {
	const struct past *past;
	struct members *members;
	const struct walk_options *o;
	struct walk_result *result;
	struct baselines *baselines;
	struct race *race;
	struct moments moments;
	struct entry_list entries, sprint; /* sprint.n_started = 0: there is none */
	struct lap_fold *fold;
	const struct f1p_hist_race *row;
	int32_t season;    /* of the race before */
	int32_t laps_seen; /* in the recording that plays */
	bool failed, short_of_memory, has_examples;
};

static inline int32_t season_of(const struct walker *w)
{
	return w->row->row.race_id / 100;
}

/* walk_plan.c: which moments there are, and which are forecast. laps: that the winner ran */
bool is_wanted(const struct walker *, int phase);
bool any_wanted(const struct walker *, int first, int last); /* of these phases */
bool in_forecast_seasons(const struct walker *);
bool is_scored(const struct walker *);
int phase_of_lap(int32_t lap, int32_t laps); /* F1P_PHASE_NONE: none */
bool lap_is_forecast(const struct walker *, int32_t lap, int32_t laps);

/* walk_view.c */
int32_t laps_of(const struct walker *); /* that the winner ran */
/* All moments of the race in hand into w->moments, with the priors that were known at each. */
void keep_moments(struct walker *);

/* walk_score.c: forecasts against the result. */
void score_moments(struct walker *);

/* walk_learn.c: the result for those who learn. */
bool begin_training(struct walker *);
void show_race(struct walker *);
void fit_all(struct walker *, int32_t next_race_id);

#endif

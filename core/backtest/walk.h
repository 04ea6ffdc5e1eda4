/*
 * walk.h - race by race through the past: priors, forecasts, results, training. The one path of `f1pd train` and `f1pd backtest`.
 *
 * For each race, with a view of the past that ends where the forecast is made:
 *	qualifying         its session before it begins: priors, forecasts
 *	pre_qualifying     the race without a grid: priors, forecasts
 *	lights_out         grid and tyres stand: priors, forecasts
 *	d10 .. d90         ends of the leader's lap at these shares of the winner's distance; the ensemble's examples every 5 %
 *	sprint             the sprint before it begins, where the weekend has one
 *	q1_start .. q3_d90 qualifying at these shares of the time of its parts, where there is a recording of it
 * then, with the result, example() for each of these snapshots but the last two kinds and for every other lap, and at the start of each season
 * fit(). A plugin is shown the result of a race only when all forecasts of it are made.
 */
#ifndef BACKTEST_WALK_H
#define BACKTEST_WALK_H

#include "backtest/baselines.h"
#include "backtest/measures.h"
#include "backtest/members.h"
#include "backtest/qualifying_fold.h"
#include "backtest/recordings.h"

#define WALK_MODELS_MAX (MEMBERS_MAX + BASELINES)
#define WALK_QUALIFYING F1P_PHASES              /* beside the phases of the race */
#define WALK_SPRINT (WALK_QUALIFYING + 1)
#define WALK_LIVE_QUALIFYING (WALK_SPRINT + 1)  /* the first moment of its first part */
#define WALK_PHASES (WALK_LIVE_QUALIFYING + QUALIFYING_MOMENTS)
#define WALK_NAME_MAX 48

const char *walk_phase_name(int phase);      /* "pre_qualifying", "d10", "qualifying"; "?" */
int walk_phase_of_name(const char *, size_t n); /* 0 = none */
static inline bool walk_is_qualifying(int phase)
{
	return phase == WALK_QUALIFYING || phase >= WALK_LIVE_QUALIFYING;
}

/* One forecast that was scored. */
struct walk_score {
	int32_t race_id, lap;
	uint8_t phase; /* enum f1p_phase, WALK_QUALIFYING, WALK_SPRINT or from WALK_LIVE_QUALIFYING on */
	uint8_t model; /* index into walk_result.names */
	bool wet, neutralised; /* at the snapshot: rain or rain tyres on a car; safety car, virtual one, red flag */
	struct measures measures;
};
struct walk_result {
	char names[WALK_MODELS_MAX][WALK_NAME_MAX]; /* members in instance order, then the baselines */
	size_t n_models, first_baseline;
	struct walk_score *scores;
	size_t n_scores, capacity;
	struct calibration calibration[WALK_PHASES][WALK_MODELS_MAX][TARGETS];
	int32_t *excluded; /* races that were stopped before a quarter of their distance */
	size_t n_excluded, n_races, n_forecasts;
	size_t n_recorded; /* races that were taken from a recording, the others from their laps */
	int32_t last_race; /* the last one that was held; 0 = none */
};
void walk_result_finish(struct walk_result *);

struct walk_options {
	int32_t from, to;      /* seasons that are scored; to = 0: to the end */
	int32_t burn_in;       /* first season of which the members' forecasts are made, for those who learn from them */
	int32_t until;         /* last race; 0 = all */
	uint32_t phases;       /* bit per phase that is forecast and scored; 0 = all */
	unsigned workers;      /* processes that make forecasts, 0 = one for each core; the result is the same with any number */
	struct baselines *baselines;   /* that learn on the way, from nothing; NULL: the walk's own */
	struct recordings *recordings; /* the live view of a race where there is one; NULL: none */
	/* Every forecast of the seasons that are scored, in order; phase 0: some other lap. NULL: not wanted */
	void (*forecast)(void *arg, int32_t race_id, int phase, const char *model, int32_t lap, const struct f1p_state *,
		const struct f1p_forecast *);
	bool learn;            /* else: nobody is shown a result */
	void (*progress)(void *arg, const char *line); /* NULL: silence */
	void *arg; /* of both */
};

/* False after an error was logged (memory). */
bool walk(const struct past *, struct members *, const struct walk_options *, struct walk_result *);

#endif

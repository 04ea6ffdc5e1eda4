/*
 * lap_fold.h - a race of the past as the live feed would have told it: the rows of the history become ordinary events in the order
 * of time, folded by core/race.
 *
 * What the rows tell only once per lap (places, gaps, tyres, entry into the pit lane) is told when the car crosses the line. A lap
 * counts as ended when the cars on the leader's lap have ended it too: at most two minutes after him, and before he ends the next.
 * Where a live feed knows gaps at any time, rows do not: so they are as fresh as they get. Nothing of a later time enters: a car that
 * stops is marked as out when it should have come round again and the leader has.
 */
#ifndef BACKTEST_LAP_FOLD_H
#define BACKTEST_LAP_FOLD_H

#include "backtest/entries.h"
#include "race/race.h"

struct lap_fold;

enum lap_fold_stage {
	LAP_FOLD_QUALIFYING = 1,     /* the qualifying session, before it begins: who takes part */
	LAP_FOLD_BEFORE_QUALIFYING,  /* the race, while neither grid nor tyres are known */
	LAP_FOLD_BEFORE_RACE,        /* the race, lights still on: grid, tyres, weather */
	LAP_FOLD_BEFORE_SPRINT       /* the sprint, with its own entries: its grid, nothing else; it has no laps */
};

/* NULL when memory is short. The entries are lent. */
struct lap_fold *lap_fold_create(const struct past *, const struct f1p_hist_race *, const struct entry_list *);
void lap_fold_destroy(struct lap_fold *); /* accepts NULL */
/* Folds what is known at the stage into a fresh race. */
void lap_fold_begin(struct lap_fold *, struct race *, enum lap_fold_stage);
/* After LAP_FOLD_BEFORE_RACE: folds on until the leader's next lap has ended. Returns its number; 0: there is none any more, all is
 * told, the flag too. */
int32_t lap_fold_next(struct lap_fold *, struct race *);
/* Laps that the winner ran; 0: no laps are known. */
int32_t lap_fold_laps(const struct lap_fold *);
/* Whether the car still crosses the line when the leader has done so at the end of the lap, or later. It looks ahead: for choosing
 * whom to score, never for a forecast. */
bool lap_fold_runs_on(const struct lap_fold *, uint16_t car, int32_t lap);

#endif

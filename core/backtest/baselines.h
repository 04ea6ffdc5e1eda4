/*
 * baselines.h - what anybody can say without a model, learnt from the races before: the measure of all forecasts.
 *
 *   grid           the starting order is the result
 *   grid_table     where cars of each slot ended in the last 100 races, smoothed over slots and places, doubly stochastic
 *   current_order  the running order is the result
 *   order_table    where cars ended that lay so at this share of the distance; win, podium and points odds are (seen + .2)/(n + 1),
 *                  orders from 12 (points: 20) on in one
 *
 * A plain order is no distribution: for the scores that need one, half of the weight is on its place and half on all alike.
 */
#ifndef BACKTEST_BASELINES_H
#define BACKTEST_BASELINES_H

#include "backtest/entries.h"

#include <helpers/json_writer.h>

#include <f1pd/model.h>

enum baseline { BASELINE_GRID, BASELINE_GRID_TABLE, BASELINE_CURRENT_ORDER, BASELINE_ORDER_TABLE, BASELINES };
const char *baseline_name(int);

struct baselines;

struct baselines *baselines_create(void); /* NULL when memory is short */
void baselines_destroy(struct baselines *); /* accepts NULL */
/* phase: enum f1p_phase, none other than the seven. */
void baselines_forecast(const struct baselines *, enum baseline, enum f1p_phase, const struct f1p_state *, const struct entry_list *,
	struct f1p_forecast *out);
/* A race is over: one snapshot at each phase that it had. */
void baselines_learn(struct baselines *, enum f1p_phase, const struct f1p_state *, const struct entry_list *);
void baselines_learn_grid(struct baselines *, const struct entry_list *);

/* What was learnt, as one JSON object for the model file, and back. NULL: it is not such an object, or memory is short. */
void baselines_save(const struct baselines *, struct f1p_json *);
struct baselines *baselines_load(const char *text, size_t n);

#endif

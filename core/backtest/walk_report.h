/*
 * walk_report.h - the scores of a walk for people and for programs.
 *
 * JSON: {"from", "to", "phases": [{"phase", "races", "models": {NAME: metrics}, "baselines": {NAME: metrics}, "paired": [...],
 * "splits": [...]}], "qualifying": {...}, "races": [{"race_id", "phases": [{"phase", "lap", "models", "baselines"}]}], "excluded"}.
 * metrics: {"races", "top3_hit", ...}; those of a phase also ece_win, ece_podium, ece_points.
 * A phase has "reliability" too: {NAME: {win|podium|points: [[said, happened, how many], ...]}}. Where a value is unknown the key is missing.
 * The baselines of pre_qualifying know the grid, which the forecasts of that phase do not: what qualifying is worth.
 * paired: the published forecast minus a baseline, race by race: mean and 95 % interval, over all and by season.
 */
#ifndef BACKTEST_WALK_REPORT_H
#define BACKTEST_WALK_REPORT_H

#include "backtest/walk.h"

#include <stdio.h>

/* False if it could not be written. */
bool walk_report_json(const struct walk_result *, int32_t from, int32_t to, FILE *);
/* Without the single races: what a model file carries. */
bool walk_report_card(const struct walk_result *, int32_t from, int32_t to, FILE *);
bool walk_report_text(const struct walk_result *, FILE *);

#endif

/*
 * backtest_command.h - `f1pd backtest`: forecasts of past races, made with what was known then, scored against what came; and
 * `f1pd train`: the same walk, for what the predictors learn on it.
 */
#ifndef BACKTEST_BACKTEST_COMMAND_H
#define BACKTEST_BACKTEST_COMMAND_H

#include <f1pd/base.h>

struct backtest_options {
	const char *history_dir;
	const char *recordings_dir; /* NULL: none */
	const char *from, *to; /* seasons that are scored; NULL: the first, the last */
	const char *burn_in;   /* first season of which members are asked, for those who learn from them; NULL: some before from */
	const char *until;     /* the last race; NULL: all */
	const char *model;     /* file that was trained before; NULL: none */
	const char *out;       /* train: where to write it */
	const char *forecasts; /* file for every forecast, a line of JSON each; NULL: none */
	const char *only;      /* phases, with commas; NULL: all */
	unsigned workers;      /* 0 = one for each core */
	bool walk_forward, json;
	const char *const *set; /* INSTANCE.OPTION=VALUE */
	size_t n_set;
	const char *config_dir, *plugin_dir;
};
/* Scores to stdout, progress to stderr. Both return the exit code: 0; 1: failed; 2: bad options. */
int backtest_command(const struct backtest_options *);
int train_command(const struct backtest_options *);

#endif

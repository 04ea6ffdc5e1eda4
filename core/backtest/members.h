/*
 * members.h - the predictors of a configuration, set up for a walk through the past: they see the history through a view, a model
 * file if there is one, and nothing else.
 */
#ifndef BACKTEST_MEMBERS_H
#define BACKTEST_MEMBERS_H

#include "backtest/past_view.h"
#include "config/config.h"
#include "forecast/model_file.h"
#include "plugin/instance.h"

#define MEMBERS_MAX 16

struct members_options {
	const char *config_dir, *plugin_dir;
	const char *const *set; /* INSTANCE.OPTION=VALUE; INSTANCE.enabled=yes|no */
	size_t n_set;
	const struct model_file *model; /* lent; NULL: none */
};

struct members {
	struct past_view view; /* what the plugins see; the walk moves it on, only while none of them runs */
	const struct model_file *model;
	struct config *config;
	struct services *services;
	struct instance *all[MEMBERS_MAX]; /* in instance order */
	size_t n;
	struct instance *ensemble, *priors; /* NULL: none */
};

/* Enabled predictors; those that cannot be loaded are reported in the log and left out. NULL when nothing is left, after an error
 * was logged. */
struct members *members_create(const struct members_options *, const struct past *);
/* The same without anybody; for tests, which add instances of their own. */
struct members *members_create_empty(const struct past *, const struct model_file *);
/* Takes the instance, which runs. False: there are MEMBERS_MAX already. */
bool members_add(struct members *, struct instance *);
void members_destroy(struct members *); /* accepts NULL */

/* One forecast of this snapshot. False: it has nothing to say, or failed (logged once per instance); then out->n_cars is 0. */
bool members_predict(struct instance *, const struct f1p_state *, uint64_t seed, struct f1p_forecast *out);
bool members_combine(struct instance *, const struct f1p_state *, uint64_t seed, const struct f1p_member *, uint32_t n,
	struct f1p_forecast *out);
/* "midrace" of "predictor-midrace": how results name the forecasts of an instance. */
const char *members_name(const struct instance *);

#endif

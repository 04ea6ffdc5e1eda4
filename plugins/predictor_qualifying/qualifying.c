/*
 * qualifying.c - predictor_qualifying: order, pole and knock-outs of qualifying, before and during the session.
 */
#include <f1pd/model.h>
#include <f1pd/plugin.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "draw.h"
#include "helpers/fmath.h"
#include "helpers/one_plugin.h"
#include "model_params.h"
#include "tune.h"

#define MODEL_VERSION "1.1.0"
#define BATCH_RUNS 256u
#define TRACE 0.01 /* the model is not the world */

struct qualifying_cfg {
	int64_t runs;
};

struct qualifying {
	struct f1p_plugin plugin;
	const struct f1p_host *host;
	struct qualifying_cfg cfg;
	struct session_model model;
	struct draw_tables tables;
	struct tune past;
	bool from_file;
};

static const struct f1p_cfg_item options[] = {
	F1P_OPT(struct qualifying_cfg, runs, F1P_CFG_INT, 0, "20000", "100", "200000", NULL, "Simulated sessions per forecast."),
};

static const struct f1p_descriptor descriptor = {
	.size = sizeof(descriptor),
	.kinds = F1P_KIND_PREDICTOR,
	.id = "predictor_qualifying",
	.version = MODEL_VERSION,
	.license = "MIT",
	.description = "Forecasts the order of qualifying, pole and knock-outs, before and during the session.",
	.config = options,
	.config_count = sizeof(options) / sizeof(options[0]),
	.config_size = sizeof(struct qualifying_cfg),
};

struct named {
	const char *name;
	size_t offset;
	double least, most;
};
static const struct named learnt[] = {
	{ "pace_scale", offsetof(struct session_model, pace_scale), 0.05, 10.0 },
	{ "lap_sd", offsetof(struct session_model, lap_sd), 0.01, 5.0 },
	{ "slow", offsetof(struct session_model, slow), 0.0, 0.9 },
	{ "slow_cost", offsetof(struct session_model, slow_cost), 0.01, 10.0 },
};
#define LEARNT (sizeof(learnt) / sizeof(learnt[0]))

static f1p_status qualifying_init(struct f1p_plugin *plugin)
{
	struct qualifying *self = plugin->impl;
	session_model_defaults(&self->model);
	draw_tables_init(&self->tables);
	return F1P_OK;
}

static f1p_status qualifying_configure(struct f1p_plugin *plugin, const void *cfg)
{
	struct qualifying *self = plugin->impl;
	self->cfg = *(const struct qualifying_cfg *)cfg;
	session_model_defaults(&self->model);
	struct params *p = params_of_model(self->host, descriptor.id);
	self->from_file = p != NULL;
	for (size_t i = 0; p && i < LEARNT; i++) {
		const double *v = params_get(p, learnt[i].name, 1);
		if (v && *v >= learnt[i].least && *v <= learnt[i].most) {
			memcpy((char *)&self->model + learnt[i].offset, v, sizeof(*v));
		}
	}
	params_destroy(p);
	return F1P_OK;
}

static f1p_status qualifying_start(struct f1p_plugin *plugin)
{
	(void)plugin;
	return F1P_OK;
}

static void qualifying_stop(struct f1p_plugin *plugin)
{
	(void)plugin;
}

static void qualifying_destroy(struct f1p_plugin *plugin)
{
	if (plugin) {
		tune_clear(&((struct qualifying *)plugin->impl)->past);
		free(plugin->impl);
	}
}

static bool supported(const struct f1p_state *state)
{
	return (state->type == F1P_SESSION_QUALIFYING || state->type == F1P_SESSION_SPRINT_QUALIFYING) && state->n_cars > 0 &&
	       state->n_cars <= F1P_MAX_CARS;
}

static f1p_status simulate(const struct qualifying *self, const struct session *s, uint64_t seed, bool (*cancel)(void *),
			   void *cancel_arg, struct draw_counts *counts)
{
	uint32_t runs = (uint32_t)self->cfg.runs;
	memset(counts, 0, sizeof(*counts));
	for (uint32_t run = 0; run < runs; run += BATCH_RUNS) {
		if (cancel && cancel(cancel_arg)) {
			return F1P_ECANCELLED;
		}
		draw_run(s, &self->model, &self->tables, seed, run, runs - run < BATCH_RUNS ? runs - run : BATCH_RUNS, counts);
	}
	return F1P_OK;
}

static double largest_error(const struct positions_matrix *p, uint32_t n, uint32_t runs)
{
	double worst = 0.0;
	for (uint32_t row = 0; row < n; row++) {
		double v = p->m[row][0] * (1.0 - p->m[row][0]);
		worst = v > worst ? v : worst;
	}
	return worst > 0.0 ? f1p_sqrt(worst / (double)runs) : 0.0;
}

static bool no_priors(const struct f1p_state *state)
{
	uint32_t known = 0;
	for (uint32_t i = 0; i < state->n_cars; i++) {
		known += state->car_prior[i][F1P_PRIOR_QUALIFYING_PACE] != F1P_UNKNOWN;
	}
	return 2 * known < state->n_cars;
}

static f1p_status qualifying_predict(struct f1p_plugin *plugin, const struct f1p_state *state, uint64_t seed,
				     bool (*cancel)(void *), void *cancel_arg, struct f1p_forecast *out)
{
	const struct qualifying *self = plugin->impl;
	struct positions_field cars;
	struct positions_matrix places;
	struct session session;
	struct draw_counts counts;
	double none[F1P_MAX_CARS] = { 0 }; /* nobody retires from qualifying: a car that stops keeps its time */
	if (!supported(state)) {
		return F1P_EUNSUPPORTED;
	}
	positions_field_init(&cars, state);
	session_read(&session, &self->model, state, &cars);
	f1p_status status = simulate(self, &session, seed, cancel, cancel_arg, &counts);
	if (status != F1P_OK) {
		return status;
	}
	draw_matrix(&session, &counts, (uint32_t)self->cfg.runs, TRACE, &places);
	cars.n_running = cars.n;
	positions_fill(out, state, &cars, &places, none);
	out->runs = (uint32_t)self->cfg.runs;
	out->mc_error = largest_error(&places, cars.n, out->runs);
	out->missing = no_priors(state) && session.n_in > 0 ? F1P_MISSING_PACE : 0;
	snprintf(out->model, sizeof(out->model), "qualifying");
	params_version(self->host, MODEL_VERSION, self->from_file, out->version, sizeof(out->version));
	return F1P_OK;
}

static f1p_status qualifying_begin(struct f1p_plugin *plugin)
{
	struct qualifying *self = plugin->impl;
	tune_clear(&self->past);
	session_model_defaults(&self->model);
	self->from_file = false;
	return F1P_OK;
}

static f1p_status qualifying_example(struct f1p_plugin *plugin, const struct f1p_example *example)
{
	struct qualifying *self = plugin->impl;
	return tune_add(&self->past, example) ? F1P_OK : F1P_ENOMEM;
}

static f1p_status qualifying_fit(struct f1p_plugin *plugin, int32_t next_race_id)
{
	struct qualifying *self = plugin->impl;
	(void)next_race_id;
	return tune_fit(&self->past, &self->tables, &self->model) ? F1P_OK : F1P_AGAIN;
}

static f1p_status qualifying_save(struct f1p_plugin *plugin, void (*write)(void *arg, const void *bytes, size_t n), void *arg)
{
	const struct qualifying *self = plugin->impl;
	struct params *p = params_create();
	bool good = p != NULL;
	for (size_t i = 0; good && i < LEARNT; i++) {
		double v;
		memcpy(&v, (const char *)&self->model + learnt[i].offset, sizeof(v));
		good = params_set(p, learnt[i].name, &v, 1);
	}
	if (good) {
		params_write(p, write, arg);
	}
	params_destroy(p);
	return good ? F1P_OK : F1P_ENOMEM;
}

static const void *qualifying_get_extension(struct f1p_plugin *plugin, const char *id)
{
	static const struct f1p_predictor predictor = { .size = sizeof(predictor), .predict = qualifying_predict };
	static const struct f1p_trainable trainable = { .size = sizeof(trainable), .begin = qualifying_begin,
		.example = qualifying_example, .fit = qualifying_fit, .save = qualifying_save };
	(void)plugin;
	if (strcmp(id, F1P_EXT_TRAINABLE) == 0) {
		return &trainable;
	}
	return strcmp(id, F1P_EXT_PREDICTOR) == 0 ? &predictor : NULL;
}

F1P_ONE_PLUGIN(descriptor, struct qualifying, qualifying_init, qualifying_configure, qualifying_start, qualifying_stop,
	qualifying_destroy, qualifying_get_extension);

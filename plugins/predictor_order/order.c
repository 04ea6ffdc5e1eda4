/*
 * order.c - predictor_order: where the car at each place finished in past races, by share of the distance done.
 *
 * No simulation and no pace: the plain record of how races turn out from here. Alone it is the base line that a model has to
 * beat; in the ensemble it keeps the simulation honest, above all while the race is neutralised.
 */
#include <f1pd/model.h>
#include <f1pd/plugin.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpers/one_plugin.h"
#include "helpers/fmath.h"
#include "model_params.h"
#include "positions.h"
#include "table.h"

#define MODEL_VERSION "1.1.0"

struct order_cfg {
	double retire_per_lap;
	int64_t default_laps;
};

struct order {
	struct f1p_plugin plugin;
	const struct f1p_host *host;
	struct order_cfg cfg;
	struct order_model model;
	bool from_file;              /* the model is */
	struct order_counts *counts; /* while it is being trained, else NULL */
};

static const struct f1p_cfg_item options[] = {
	F1P_OPT(struct order_cfg, retire_per_lap, F1P_CFG_DOUBLE, 0, "0.0017", "0", "0.1", NULL,
		"Chance that a car retires on a lap, where no model file tells it."),
	F1P_OPT(struct order_cfg, default_laps, F1P_CFG_INT, 0, "57", "1", "120", NULL,
		"Distance of a race whose lap count is not known; a sprint takes a third."),
};

static const struct f1p_descriptor descriptor = {
	.size = sizeof(descriptor),
	.kinds = F1P_KIND_PREDICTOR,
	.id = "predictor_order",
	.version = MODEL_VERSION,
	.license = "MIT",
	.description = "Tells where the car at each place finished in past races, by share of the distance done.",
	.config = options,
	.config_count = sizeof(options) / sizeof(options[0]),
	.config_size = sizeof(struct order_cfg),
};

static f1p_status order_init(struct f1p_plugin *plugin)
{
	(void)plugin;
	return F1P_OK;
}

static f1p_status order_configure(struct f1p_plugin *plugin, const void *cfg)
{
	struct order *order = plugin->impl;
	struct params *params = params_of_model(order->host, descriptor.id);
	order->cfg = *(const struct order_cfg *)cfg;
	order_model_built_in(&order->model);
	order->from_file = params && order_model_read(&order->model, params);
	if (params && !order->from_file && order->host->log) {
		order->host->log(order->host, F1P_LOG_WARN, "model file: its table of running order has not the expected size or values: the "
				 "built-in one is used; train it anew");
	}
	params_destroy(params);
	return F1P_OK;
}

static f1p_status order_start(struct f1p_plugin *plugin)
{
	(void)plugin;
	return F1P_OK;
}

static void order_stop(struct f1p_plugin *plugin)
{
	(void)plugin;
}

static void order_destroy(struct f1p_plugin *plugin)
{
	if (plugin) {
		struct order *order = plugin->impl;
		free(order->counts);
		free(order);
	}
}

static double chance_to_retire(const struct order *order, double done, int32_t laps_left)
{
	if (laps_left == 0) {
		return 0.0;
	}
	return order->model.races > 0 ? order_model_retire(&order->model, done)
				      : 1.0 - f1p_exp(-order->cfg.retire_per_lap * laps_left);
}

/* Before qualifying there is no order to speak of. */
static bool order_known(const struct f1p_state *state)
{
	for (uint32_t i = 0; i < state->n_cars; i++) {
		if (state->cars[i].position > 0 || state->cars[i].grid >= 0) {
			return true;
		}
	}
	return false;
}

static f1p_status order_predict(struct f1p_plugin *plugin, const struct f1p_state *state, uint64_t seed, bool (*cancel)(void *),
				void *cancel_arg, struct f1p_forecast *out)
{
	const struct order *order = plugin->impl;
	struct positions_field cars;
	struct positions_matrix p;
	double p_retire[F1P_MAX_CARS];
	int32_t laps_left = 0;
	bool known;
	(void)seed;
	if (!positions_supported(state) || !order_known(state)) {
		return F1P_EUNSUPPORTED;
	}
	if (cancel && cancel(cancel_arg)) {
		return F1P_ECANCELLED;
	}
	positions_field_init(&cars, state);
	positions_certain(&p, &cars);
	double done = positions_share_done(state, (int32_t)order->cfg.default_laps, &laps_left, &known);
	out->missing |= known ? 0 : F1P_MISSING_LAPS;
	if (!positions_finished(state) && cars.n_running > 0) {
		for (uint32_t o = 0; o < cars.n_running; o++) {
			for (uint32_t k = 0; k < cars.n_running; k++) {
				p.m[cars.order[o]][k] = order_model_chance(&order->model, done, o, k);
			}
		}
		if (!positions_balance(&p, cars.n)) {
			return F1P_EUNSUPPORTED;
		}
		if (laps_left == 0) { /* the leader has finished; the others are on their last metres */
			struct positions_matrix now;
			positions_certain(&now, &cars);
			positions_mix(&p, &now, 0.9, cars.n);
		}
	} else {
		laps_left = 0;
	}
	for (uint32_t row = 0; row < cars.n; row++) {
		p_retire[row] = cars.running[row] ? chance_to_retire(order, done, laps_left) : 1.0;
	}
	positions_fill(out, state, &cars, &p, p_retire);
	snprintf(out->model, sizeof(out->model), "order");
	params_version(order->host, MODEL_VERSION, order->from_file, out->version, sizeof(out->version));
	return F1P_OK;
}

static f1p_status order_begin(struct f1p_plugin *plugin)
{
	struct order *order = plugin->impl;
	free(order->counts);
	order->counts = calloc(1, sizeof(*order->counts));
	order_model_built_in(&order->model);
	order->from_file = false;
	return order->counts ? F1P_OK : F1P_ENOMEM;
}

static f1p_status order_example(struct f1p_plugin *plugin, const struct f1p_example *example)
{
	struct order *order = plugin->impl;
	int32_t laps_left;
	bool known;
	if (!order->counts) {
		return F1P_EINVAL;
	}
	if (example->state->type != F1P_SESSION_RACE || example->phase == F1P_PHASE_PRE_QUALIFYING) {
		return F1P_OK;
	}
	order_counts_add(order->counts, example,
		positions_share_done(example->state, (int32_t)order->cfg.default_laps, &laps_left, &known));
	return F1P_OK;
}

static f1p_status order_fit(struct f1p_plugin *plugin, int32_t next_race_id)
{
	struct order *order = plugin->impl;
	(void)next_race_id;
	return order->counts ? order_counts_fit(order->counts, &order->model) : F1P_EINVAL;
}

static f1p_status order_save(struct f1p_plugin *plugin, void (*write)(void *arg, const void *bytes, size_t n), void *arg)
{
	const struct order *order = plugin->impl;
	struct params *params = params_create();
	if (!params || !order_model_write(&order->model, params)) {
		params_destroy(params);
		return F1P_ENOMEM;
	}
	params_write(params, write, arg);
	params_destroy(params);
	return F1P_OK;
}

static const void *order_get_extension(struct f1p_plugin *plugin, const char *id)
{
	static const struct f1p_predictor predictor = { .size = sizeof(predictor), .predict = order_predict };
	static const struct f1p_trainable trainable = { .size = sizeof(trainable), .begin = order_begin, .example = order_example,
		.fit = order_fit, .save = order_save };
	(void)plugin;
	if (strcmp(id, F1P_EXT_TRAINABLE) == 0) {
		return &trainable;
	}
	return strcmp(id, F1P_EXT_PREDICTOR) == 0 ? &predictor : NULL;
}

F1P_ONE_PLUGIN(descriptor, struct order, order_init, order_configure, order_start, order_stop, order_destroy,
	order_get_extension);

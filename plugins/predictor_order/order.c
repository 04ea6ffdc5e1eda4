/*
 * order.c - predictor_order: where the car at each place finished in past races, by share of the distance done.
 *
 * No simulation and no pace: the plain record of how races turn out from here. Alone it is the base line that a model has to
 * beat; in the ensemble it keeps the simulation honest, above all while the race is neutralised.
 */
#include <f1pd/plugin.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpers/one_plugin.h"
#include "helpers/fmath.h"
#include "order_table.h"
#include "positions.h"

#define MODEL_VERSION "1.0.0"

struct order_cfg {
	double retire_per_lap;
	int64_t default_laps;
};

struct order {
	struct f1p_plugin plugin;
	const struct f1p_host *host;
	struct order_cfg cfg;
};

static const struct f1p_cfg_item options[] = {
	F1P_OPT(struct order_cfg, retire_per_lap, F1P_CFG_DOUBLE, 0, "0.0017", "0", "0.1", NULL,
		"Chance that a car retires on a lap."),
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
	((struct order *)plugin->impl)->cfg = *(const struct order_cfg *)cfg;
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
		free(plugin->impl);
	}
}

/* Chance of final place k from place o (both from 0), between the two phases around `done`. Fields longer than the table
 * continue it along the diagonal. */
static double table_chance(double done, uint32_t o, uint32_t k)
{
	uint32_t beyond = o > k ? o : k;
	beyond = beyond >= ORDER_PLACES ? beyond - (ORDER_PLACES - 1) : 0;
	if (beyond > o || beyond > k) {
		return 1e-4;
	}
	uint32_t phase = 0;
	while (phase + 2 < ORDER_PHASES && done >= order_phase[phase + 1]) {
		phase++;
	}
	double u = (done - order_phase[phase]) / (order_phase[phase + 1] - order_phase[phase]);
	u = u < 0.0 ? 0.0 : u > 1.0 ? 1.0 : u;
	double before = order_table[phase][o - beyond][k - beyond], after = order_table[phase + 1][o - beyond][k - beyond];
	return ((1.0 - u) * before + u * after) / 1e4;
}

static double share_done(const struct order *order, const struct f1p_state *state, int32_t *laps_left, uint32_t *missing)
{
	int32_t done = positions_laps_done(state), total = state->total_laps;
	if (total < 1 || total > 200) {
		*missing |= F1P_MISSING_LAPS;
		total = (int32_t)order->cfg.default_laps;
		total = state->type == F1P_SESSION_SPRINT ? (total + 2) / 3 : total;
	}
	done = done < total ? done : total;
	*laps_left = total - done;
	return (double)done / (double)total;
}

static f1p_status order_predict(struct f1p_plugin *plugin, const struct f1p_state *state, uint64_t seed, bool (*cancel)(void *),
				void *cancel_arg, struct f1p_forecast *out)
{
	const struct order *order = plugin->impl;
	struct positions_field cars;
	struct positions_matrix p;
	double p_retire[F1P_MAX_CARS];
	int32_t laps_left = 0;
	(void)seed;
	if (!positions_supported(state)) {
		return F1P_EUNSUPPORTED;
	}
	if (cancel && cancel(cancel_arg)) {
		return F1P_ECANCELLED;
	}
	positions_field_init(&cars, state);
	positions_certain(&p, &cars);
	double done = share_done(order, state, &laps_left, &out->missing);
	if (!positions_finished(state) && cars.n_running > 0) {
		for (uint32_t o = 0; o < cars.n_running; o++) {
			for (uint32_t k = 0; k < cars.n_running; k++) {
				p.m[cars.order[o]][k] = table_chance(done, o, k);
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
		p_retire[row] = cars.running[row] ? 1.0 - f1p_exp(-order->cfg.retire_per_lap * laps_left) : 1.0;
	}
	positions_fill(out, state, &cars, &p, p_retire);
	snprintf(out->model, sizeof(out->model), "order");
	snprintf(out->version, sizeof(out->version), "%s", MODEL_VERSION);
	return F1P_OK;
}

static const void *order_get_extension(struct f1p_plugin *plugin, const char *id)
{
	static const struct f1p_predictor predictor = { .size = sizeof(predictor), .predict = order_predict };
	(void)plugin;
	return strcmp(id, F1P_EXT_PREDICTOR) == 0 ? &predictor : NULL;
}

F1P_ONE_PLUGIN(descriptor, struct order, order_init, order_configure, order_start, order_stop, order_destroy,
	order_get_extension);

/*
 * midrace.c - predictor_midrace: simulates the rest of a race many times from where it stands.
 */
#include <f1pd/model.h>
#include <f1pd/plugin.h>

#include <stdio.h>

#include <stdlib.h>
#include <string.h>

#include "helpers/one_plugin.h"
#include "gaps.h"
#include "helpers/fmath.h"
#include "learn.h"
#include "model_params.h"
#include "prepare.h"
#include "simulate.h"

#define MODEL_VERSION "2.1.0"

struct midrace {
	struct f1p_plugin plugin;
	const struct f1p_host *host;
	struct midrace_cfg cfg;
	struct mc_tables tables;
	struct midrace_model model;
	bool from_file;	     /* the model is that of the model file */
	struct learn *learn; /* NULL: not in training */
	mc_run_fn run;
};

static const struct f1p_cfg_item options[] = {
	F1P_OPT(struct midrace_cfg, runs, F1P_CFG_INT, 0, "10000", "100", "200000", NULL, "Simulated races per forecast."),
	F1P_OPT(struct midrace_cfg, pit_loss_s, F1P_CFG_DOUBLE, 0, "22", "5", "60", NULL,
		"Time lost by a stop, seconds, where the past does not tell it and until stops of this race do."),
	F1P_OPT(struct midrace_cfg, overtaking, F1P_CFG_DOUBLE, 0, "0", "-5", "5", NULL,
		"Added to the log-odds of a pass, beside what the past says of the circuit: below 0 = rarer."),
	F1P_OPT(struct midrace_cfg, retire_per_lap, F1P_CFG_DOUBLE, 0, "0.0017", "0", "0.1", NULL,
		"Chance that a car retires on a lap, where the past does not tell it."),
	F1P_OPT(struct midrace_cfg, sc_per_lap, F1P_CFG_DOUBLE, 0, "0.001", "0", "0.5", NULL,
		"Chance of a safety car on a lap, beyond those that follow a retirement, where the past does not tell it."),
	F1P_OPT(struct midrace_cfg, vsc_per_lap, F1P_CFG_DOUBLE, 0, "0.004", "0", "0.5", NULL,
		"Chance of a virtual safety car on a lap, beyond those that follow a retirement, where the past does not tell "
		"it."),
	F1P_OPT(struct midrace_cfg, red_per_lap, F1P_CFG_DOUBLE, 0, "0.002", "0", "0.5", NULL,
		"Chance of a red flag on a lap, where the past does not tell it."),
	F1P_OPT(struct midrace_cfg, default_laps, F1P_CFG_INT, 0, "57", "1", "120", NULL,
		"Distance of a race whose lap count is not known; a sprint takes a third."),
};

static const struct f1p_descriptor descriptor = {
	.size = sizeof(descriptor),
	.kinds = F1P_KIND_PREDICTOR,
	.id = "predictor_midrace",
	.version = MODEL_VERSION,
	.license = "MIT",
	.description = "Simulates the rest of a race many times and counts who finishes where.",
	.config = options,
	.config_count = sizeof(options) / sizeof(options[0]),
	.config_size = sizeof(struct midrace_cfg),
};

static f1p_status midrace_init(struct f1p_plugin *plugin)
{
	struct midrace *m = plugin->impl;
	m->run = mc_run_best();
	mc_tables_init(&m->tables);
	midrace_model_init(&m->model);
	return F1P_OK;
}

static f1p_status midrace_configure(struct f1p_plugin *plugin, const void *cfg)
{
	struct midrace *m = plugin->impl;
	struct params *params = params_of_model(m->host, descriptor.id);
	m->cfg = *(const struct midrace_cfg *)cfg;
	midrace_model_init(&m->model);
	m->from_file = params != NULL;
	if (params) {
		midrace_model_load(&m->model, params);
	}
	params_destroy(params);
	return F1P_OK;
}

static f1p_status midrace_start(struct f1p_plugin *plugin)
{
	(void)plugin;
	return F1P_OK;
}

static void midrace_stop(struct f1p_plugin *plugin)
{
	(void)plugin;
}

static void midrace_destroy(struct f1p_plugin *plugin)
{
	if (plugin) {
		learn_destroy(((struct midrace *)plugin->impl)->learn);
		free(plugin->impl);
	}
}

/* Counts of the running cars become chances; the retired hold the places behind them. */
static void counts_to_matrix(struct positions_matrix *p, double *p_retire, const struct mc_counts *counts, const uint16_t *rows,
	const struct positions_field *cars, uint32_t runs)
{
	positions_certain(p, cars);
	for (uint32_t row = 0; row < cars->n; row++) {
		p_retire[row] = cars->running[row] ? 0.0 : 1.0;
	}
	for (uint32_t lane = 0; lane < cars->n_running; lane++) {
		for (uint32_t k = 0; k < cars->n_running; k++) {
			p->m[rows[lane]][k] = (double)counts->place[lane][k] / (double)runs;
		}
		p_retire[rows[lane]] = (double)counts->retired[lane] / (double)runs;
	}
}

static void tell_gaps(struct f1p_forecast *out, const struct positions_field *cars, const struct mc_field *field,
	const struct mc_counts *counts, const uint16_t *rows, uint32_t runs)
{
	for (uint32_t row = 0; row < cars->n; row++) {
		struct f1p_car_forecast *car = &out->cars[cars->car[row]];
		car->gap_given = 1;
		for (uint32_t i = 0; i < F1P_GAP_LEVELS; i++) { /* the retired keep these */
			car->gap_ms[i] = F1P_UNKNOWN;
		}
	}
	for (uint32_t lane = 0; lane < field->n; lane++) {
		mc_gap_quantiles(out->cars[cars->car[rows[lane]]].gap_ms, counts, lane, runs, (double)field->lap_s);
	}
}

/* One step of a random walk over the running places; doubly stochastic, so sums stay as they are. */
static void blur(struct positions_matrix *p, const struct positions_field *cars)
{
	uint32_t n = cars->n_running;
	for (uint32_t row = 0; row < cars->n; row++) {
		if (!cars->running[row]) {
			continue;
		}
		double old[F1P_MAX_CARS];
		memcpy(old, p->m[row], sizeof(old));
		for (uint32_t k = 0; k < n; k++) {
			double before = k > 0 ? old[k - 1] : old[k], after = k + 1 < n ? old[k + 1] : old[k];
			p->m[row][k] = 0.5 * old[k] + 0.25 * (before + after);
		}
	}
}

/* The model is not the world: a little chance goes to neighbouring places and a trace to all that are possible. */
static void smooth(struct positions_matrix *p, const struct positions_field *cars, bool laps_left)
{
	struct positions_matrix wide = *p, broad;
	double scale = laps_left ? 1.0 : 0.1;
	for (int i = 0; i < 4; i++) {
		blur(&wide, cars);
	}
	positions_broad(&broad, cars);
	positions_mix(p, &wide, 0.004 * scale, cars->n);
	positions_mix(p, &broad, 0.001 * scale, cars->n);
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

static void sign(const struct midrace *m, struct f1p_forecast *out)
{
	snprintf(out->model, sizeof(out->model), "midrace");
	params_version(m->host, MODEL_VERSION, m->from_file, out->version, sizeof(out->version));
}

static f1p_status midrace_predict(struct f1p_plugin *plugin, const struct f1p_state *state, uint64_t seed, bool (*cancel)(void *),
	void *cancel_arg, struct f1p_forecast *out)
{
	const struct midrace *m = plugin->impl;
	struct positions_field cars;
	struct positions_matrix p;
	double p_retire[F1P_MAX_CARS];
	if (!positions_supported(state)) {
		return F1P_EUNSUPPORTED;
	}
	positions_field_init(&cars, state);
	sign(m, out);
	if (positions_finished(state) || cars.n_running == 0) {
		positions_certain(&p, &cars);
		for (uint32_t row = 0; row < cars.n; row++) {
			p_retire[row] = cars.running[row] ? 0.0 : 1.0;
		}
		positions_fill(out, state, &cars, &p, p_retire);
		return F1P_OK;
	}
	struct mc_field field;
	struct mc_counts counts;
	uint16_t rows[MC_LANES];
	uint32_t runs = (uint32_t)m->cfg.runs;
	out->missing = mc_field_init(&field, rows, state, &cars, &m->cfg, &m->model, seed);
	f1p_status status = mc_simulate(&(struct mc_runner){&m->tables, m->run, cancel, cancel_arg}, &field, 0, runs, &counts);
	if (status != F1P_OK) {
		return status;
	}
	counts_to_matrix(&p, p_retire, &counts, rows, &cars, runs);
	smooth(&p, &cars, field.first_lap <= field.total_laps);
	positions_fill(out, state, &cars, &p, p_retire);
	tell_gaps(out, &cars, &field, &counts, rows, runs);
	out->runs = runs;
	out->mc_error = largest_error(&p, cars.n, runs);
	return F1P_OK;
}

static f1p_status midrace_begin(struct f1p_plugin *plugin)
{
	struct midrace *m = plugin->impl;
	learn_destroy(m->learn);
	midrace_model_init(&m->model);
	m->from_file = false;
	m->learn = learn_create();
	return m->learn ? F1P_OK : F1P_ENOMEM;
}

static f1p_status midrace_example(struct f1p_plugin *plugin, const struct f1p_example *example)
{
	struct midrace *m = plugin->impl;
	return m->learn && learn_example(m->learn, example) ? F1P_OK : F1P_ENOMEM;
}

static f1p_status midrace_fit(struct f1p_plugin *plugin, int32_t next_race_id)
{
	struct midrace *m = plugin->impl;
	return m->learn ? learn_fit(m->learn, next_race_id, &m->model) : F1P_AGAIN;
}

static f1p_status midrace_save(struct f1p_plugin *plugin, void (*write)(void *arg, const void *bytes, size_t n), void *arg)
{
	const struct midrace *m = plugin->impl;
	struct params *params = params_create();
	if (!params || !midrace_model_save(&m->model, params)) {
		params_destroy(params);
		return F1P_ENOMEM;
	}
	params_write(params, write, arg);
	params_destroy(params);
	return F1P_OK;
}

static const void *midrace_get_extension(struct f1p_plugin *plugin, const char *id)
{
	static const struct f1p_predictor predictor = {.size = sizeof(predictor), .predict = midrace_predict};
	static const struct f1p_trainable trainable = {.size = sizeof(trainable),
		.begin = midrace_begin,
		.example = midrace_example,
		.fit = midrace_fit,
		.save = midrace_save};
	(void)plugin;
	return strcmp(id, F1P_EXT_PREDICTOR) == 0   ? (const void *)&predictor
	       : strcmp(id, F1P_EXT_TRAINABLE) == 0 ? (const void *)&trainable
						    : NULL;
}

F1P_ONE_PLUGIN(descriptor, struct midrace, midrace_init, midrace_configure, midrace_start, midrace_stop, midrace_destroy,
	midrace_get_extension);

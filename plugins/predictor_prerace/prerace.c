/*
 * prerace.c - predictor_prerace: the finishing order before the start, from ratings, form and the grid.
 */
#include <f1pd/model.h>
#include <f1pd/plugin.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "examples.h"
#include "helpers/fmath.h"
#include "helpers/one_plugin.h"
#include "model_params.h"
#include "outcome.h"

#define MODEL_VERSION "1.0.0"
#define CELLS 100u

struct prerace_cfg {
	double record_young;
};

struct prerace {
	struct f1p_plugin plugin;
	const struct f1p_host *host;
	struct prerace_cfg cfg;
	struct outcome_model model;
	struct examples examples;
	bool from_file; /* the model came from the host's model file */
	bool fitted;    /* or from examples */
};

static const struct f1p_cfg_item options[] = {
	F1P_OPT(struct prerace_cfg, record_young, F1P_CFG_DOUBLE, 0, "0.3", "0", "0.9", NULL,
		"Share added to the plain record by grid slot in the first race under new rules; falls to 0 over six races."),
};

static const struct f1p_descriptor descriptor = {
	.size = sizeof(descriptor),
	.kinds = F1P_KIND_PREDICTOR,
	.id = "predictor_prerace",
	.version = MODEL_VERSION,
	.license = "MIT",
	.description = "Forecasts the finishing order before the start from ratings, form, circuit and the grid.",
	.config = options,
	.config_count = sizeof(options) / sizeof(options[0]),
	.config_size = sizeof(struct prerace_cfg),
};

static void read_one(const struct params *p, const char *name, double least, double most, double *value)
{
	const double *v = params_get(p, name, 1);
	if (v && *v >= least && *v <= most) {
		*value = *v;
	}
}

static void read_model(struct outcome_model *m, const struct params *p)
{
	const double *weight = params_get(p, "weight", STARTER_INPUTS), *slots = params_get(p, "slots", (size_t)SLOTS * SLOTS);
	if (!weight) {
		return;
	}
	memcpy(m->weight, weight, sizeof(m->weight));
	read_one(p, "temperature", 0.2, 5.0, &m->temperature);
	read_one(p, "record", 0.0, 0.9, &m->record);
	m->have_record = slots != NULL;
	for (uint32_t i = 0; slots && i < SLOTS * SLOTS; i++) {
		double v = slots[i];
		m->slots.m[i / SLOTS][i % SLOTS] = v < 1e-6 ? 1e-6 : v > 1.0 ? 1.0 : v;
	}
}

static bool fill_params(const struct outcome_model *m, struct params *p)
{
	return params_set(p, "weight", m->weight, STARTER_INPUTS) && params_set(p, "temperature", &m->temperature, 1) &&
	       params_set(p, "record", &m->record, 1) &&
	       (!m->have_record || params_set(p, "slots", &m->slots.m[0][0], (size_t)SLOTS * SLOTS));
}

static f1p_status prerace_init(struct f1p_plugin *plugin)
{
	outcome_defaults(&((struct prerace *)plugin->impl)->model);
	return F1P_OK;
}

static f1p_status prerace_configure(struct f1p_plugin *plugin, const void *cfg)
{
	struct prerace *self = plugin->impl;
	self->cfg = *(const struct prerace_cfg *)cfg;
	outcome_defaults(&self->model);
	self->model.record_young = self->cfg.record_young;
	struct params *p = params_of_model(self->host, descriptor.id);
	self->from_file = p != NULL;
	self->fitted = false;
	if (p) {
		read_model(&self->model, p);
	}
	params_destroy(p);
	return F1P_OK;
}

static f1p_status prerace_start(struct f1p_plugin *plugin)
{
	(void)plugin;
	return F1P_OK;
}

static void prerace_stop(struct f1p_plugin *plugin)
{
	(void)plugin;
}

static void prerace_destroy(struct f1p_plugin *plugin)
{
	if (plugin) {
		examples_clear(&((struct prerace *)plugin->impl)->examples);
		free(plugin->impl);
	}
}

/* From the first completed lap on others know more. */
static bool before_first_lap(const struct f1p_state *state)
{
	return positions_supported(state) && !positions_finished(state) && positions_laps_done(state) == 0;
}

static f1p_status prerace_predict(struct f1p_plugin *plugin, const struct f1p_state *state, uint64_t seed, bool (*cancel)(void *),
				  void *cancel_arg, struct f1p_forecast *out)
{
	const struct prerace *self = plugin->impl;
	struct positions_field cars;
	struct positions_matrix places, all;
	struct starters starters;
	double p_retire[F1P_MAX_CARS];
	(void)seed; /* computed, not simulated */
	if (!before_first_lap(state)) {
		return F1P_EUNSUPPORTED;
	}
	if (cancel && cancel(cancel_arg)) {
		return F1P_ECANCELLED;
	}
	positions_field_init(&cars, state);
	positions_certain(&all, &cars);
	starters_read(&starters, state, &cars);
	for (uint32_t row = 0; row < cars.n; row++) {
		p_retire[row] = 1.0;
	}
	if (starters.n > 0) {
		outcome_places(&self->model, &starters, CELLS, &places);
	}
	for (uint32_t i = 0; i < starters.n; i++) {
		memcpy(all.m[starters.row[i]], places.m[i], sizeof(all.m[0]));
		p_retire[starters.row[i]] = starters.car[i].out;
	}
	positions_fill(out, state, &cars, &all, p_retire);
	out->missing = starters.grid_known ? 0 : F1P_MISSING_GRID;
	snprintf(out->model, sizeof(out->model), "prerace");
	params_version(self->host, MODEL_VERSION, self->from_file, out->version, sizeof(out->version));
	return F1P_OK;
}

static f1p_status prerace_begin(struct f1p_plugin *plugin)
{
	struct prerace *self = plugin->impl;
	examples_clear(&self->examples);
	outcome_defaults(&self->model);
	self->model.record_young = self->cfg.record_young;
	self->from_file = self->fitted = false;
	return F1P_OK;
}

static f1p_status prerace_example(struct f1p_plugin *plugin, const struct f1p_example *example)
{
	struct prerace *self = plugin->impl;
	return examples_add(&self->examples, example, &self->model, self->fitted) ? F1P_OK : F1P_ENOMEM;
}

static f1p_status prerace_fit(struct f1p_plugin *plugin, int32_t next_race_id)
{
	struct prerace *self = plugin->impl;
	(void)next_race_id;
	if (!examples_fit(&self->examples, &self->model)) {
		return F1P_AGAIN;
	}
	self->fitted = true;
	return F1P_OK;
}

static f1p_status prerace_save(struct f1p_plugin *plugin, void (*write)(void *arg, const void *bytes, size_t n), void *arg)
{
	const struct prerace *self = plugin->impl;
	struct params *p = params_create();
	bool good = p && fill_params(&self->model, p);
	if (good) {
		params_write(p, write, arg);
	}
	params_destroy(p);
	return good ? F1P_OK : F1P_ENOMEM;
}

static const void *prerace_get_extension(struct f1p_plugin *plugin, const char *id)
{
	static const struct f1p_predictor predictor = { .size = sizeof(predictor), .predict = prerace_predict };
	static const struct f1p_trainable trainable = { .size = sizeof(trainable), .begin = prerace_begin,
		.example = prerace_example, .fit = prerace_fit, .save = prerace_save };
	(void)plugin;
	if (strcmp(id, F1P_EXT_TRAINABLE) == 0) {
		return &trainable;
	}
	return strcmp(id, F1P_EXT_PREDICTOR) == 0 ? &predictor : NULL;
}

F1P_ONE_PLUGIN(descriptor, struct prerace, prerace_init, prerace_configure, prerace_start, prerace_stop, prerace_destroy,
	prerace_get_extension);

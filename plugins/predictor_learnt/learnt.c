/*
 * learnt.c - predictor_learnt: logistic models of win, podium and points on what the race shows, learnt from past races.
 *
 * No simulation. Where it and the simulation differ, one of them misses something: together they are better than each. Without a model file
 * it has learnt nothing and says nothing; before the first lap is done neither.
 */
#include <f1pd/model.h>
#include <f1pd/plugin.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpers/one_plugin.h"
#include "blocks.h"
#include "local.h"
#include "shown.h"
#include "model_params.h"

#define MODEL_VERSION "1.1.0"

struct learnt {
	struct f1p_plugin plugin;
	const struct f1p_host *host;
	struct local_model model;
	bool from_file;        /* the model is */
	struct memory *memory; /* while it is being trained, else NULL */
};

static const struct f1p_descriptor descriptor = {
	.size = sizeof(descriptor),
	.kinds = F1P_KIND_PREDICTOR,
	.id = "predictor_learnt",
	.version = MODEL_VERSION,
	.license = "MIT",
	.description = "Forecasts win, podium and points from gaps, pace, tyres and form by logistic models learnt from past races.",
	.config = NULL,
	.config_count = 0,
	.config_size = 0,
};

static f1p_status learnt_init(struct f1p_plugin *plugin)
{
	(void)plugin;
	return F1P_OK;
}

static f1p_status learnt_configure(struct f1p_plugin *plugin, const void *cfg)
{
	struct learnt *l = plugin->impl;
	struct params *params = params_of_model(l->host, descriptor.id);
	(void)cfg;
	memset(&l->model, 0, sizeof(l->model));
	l->from_file = params && local_read(&l->model, params);
	if (params && !l->from_file) {
		memset(&l->model, 0, sizeof(l->model));
		if (l->host->log) {
			l->host->log(l->host, F1P_LOG_WARN, "model file: its logistic models have not the expected names or values: they are not "
				     "used; train it anew");
		}
	}
	params_destroy(params);
	return F1P_OK;
}

static f1p_status learnt_start(struct f1p_plugin *plugin)
{
	(void)plugin;
	return F1P_OK;
}

static void learnt_stop(struct f1p_plugin *plugin)
{
	(void)plugin;
}

static void forget(struct learnt *l)
{
	if (l->memory) {
		memory_finish(l->memory);
		free(l->memory);
		l->memory = NULL;
	}
}

static void learnt_destroy(struct f1p_plugin *plugin)
{
	if (plugin) {
		struct learnt *l = plugin->impl;
		forget(l);
		free(l);
	}
}

/* What is left to say inside win, podium and points. */
static void seed_matrix(struct positions_matrix *m, const struct positions_field *cars, const struct local_answer *answer)
{
	positions_certain(m, cars);
	for (uint32_t row = 0, i = 0; row < cars->n; row++) {
		if (!cars->running[row]) {
			continue;
		}
		for (uint32_t k = 0; k < cars->n_running; k++) {
			m->m[row][k] = answer->places[i][k];
		}
		i++;
	}
}

static void set_targets(struct blocks_targets *t, const struct positions_field *cars, const struct local_answer *answer,
			uint32_t points_places)
{
	double p[LOCAL_TARGETS][F1P_MAX_CARS];
	const uint32_t n = cars->n_running;
	blocks_normalise(answer->log_odds[0], NULL, NULL, n, 1.0, 0.0, p[0]);
	blocks_normalise(answer->log_odds[1], p[0], NULL, n, 3.0, 0.0, p[1]);
	blocks_normalise(answer->log_odds[2], p[1], NULL, n, (double)points_places, 0.0, p[2]);
	memset(t, 0, sizeof(*t));
	for (uint32_t row = 0, i = 0; row < cars->n; row++) {
		if (cars->running[row]) {
			t->win[row] = p[0][i];
			t->podium[row] = p[1][i];
			t->points[row] = p[2][i++];
		}
	}
}

static f1p_status learnt_predict(struct f1p_plugin *plugin, const struct f1p_state *state, uint64_t seed, bool (*cancel)(void *),
				 void *cancel_arg, struct f1p_forecast *out)
{
	const struct learnt *l = plugin->impl;
	struct positions_field cars;
	struct positions_matrix m;
	struct live_car car[F1P_MAX_CARS];
	struct live_race race;
	struct local_answer answer;
	struct blocks_targets targets;
	double p_retire[F1P_MAX_CARS];
	(void)seed;
	if (l->model.races == 0 || !positions_supported(state) || positions_finished(state)) {
		return F1P_EUNSUPPORTED;
	}
	if (cancel && cancel(cancel_arg)) {
		return F1P_ECANCELLED;
	}
	positions_field_init(&cars, state);
	if (!live_read(&race, car, state, &cars)) {
		return F1P_EUNSUPPORTED;
	}
	local_answer(&l->model, &race, car, &answer);
	seed_matrix(&m, &cars, &answer);
	set_targets(&targets, &cars, &answer, race.points_places);
	if (!positions_balance(&m, cars.n) || !blocks_fit(&m, &cars, &targets, race.points_places)) {
		return F1P_EUNSUPPORTED;
	}
	for (uint32_t row = 0; row < cars.n; row++) {
		p_retire[row] = cars.running[row] ? answer.retire : 1.0;
	}
	positions_fill(out, state, &cars, &m, p_retire);
	snprintf(out->model, sizeof(out->model), "learnt");
	params_version(l->host, MODEL_VERSION, l->from_file, out->version, sizeof(out->version));
	return F1P_OK;
}

/* ---- training ---- */

static f1p_status learnt_begin(struct f1p_plugin *plugin)
{
	struct learnt *l = plugin->impl;
	forget(l);
	memset(&l->model, 0, sizeof(l->model));
	l->from_file = false;
	l->memory = calloc(1, sizeof(*l->memory));
	return l->memory ? F1P_OK : F1P_ENOMEM;
}

static f1p_status learnt_example(struct f1p_plugin *plugin, const struct f1p_example *example)
{
	struct learnt *l = plugin->impl;
	if (!l->memory) {
		return F1P_EINVAL;
	}
	if (example->state->type != F1P_SESSION_RACE || !positions_supported(example->state)) {
		return F1P_OK;
	}
	return memory_add(l->memory, example) ? F1P_OK : F1P_ENOMEM;
}

static f1p_status learnt_fit(struct f1p_plugin *plugin, int32_t next_race_id)
{
	struct learnt *l = plugin->impl;
	if (!l->memory) {
		return F1P_EINVAL;
	}
	memory_close_race(l->memory);
	return local_fit(&l->model, l->memory, next_race_id);
}

static f1p_status learnt_save(struct f1p_plugin *plugin, void (*write)(void *arg, const void *bytes, size_t n), void *arg)
{
	const struct learnt *l = plugin->impl;
	struct params *params = params_create();
	if (!params || !local_write(&l->model, params)) {
		params_destroy(params);
		return F1P_ENOMEM;
	}
	params_write(params, write, arg);
	params_destroy(params);
	return F1P_OK;
}

static const void *learnt_get_extension(struct f1p_plugin *plugin, const char *id)
{
	static const struct f1p_predictor predictor = { .size = sizeof(predictor), .predict = learnt_predict };
	static const struct f1p_trainable trainable = { .size = sizeof(trainable), .begin = learnt_begin, .example = learnt_example,
		.fit = learnt_fit, .save = learnt_save };
	(void)plugin;
	if (strcmp(id, F1P_EXT_TRAINABLE) == 0) {
		return &trainable;
	}
	return strcmp(id, F1P_EXT_PREDICTOR) == 0 ? &predictor : NULL;
}

F1P_ONE_PLUGIN(descriptor, struct learnt, learnt_init, learnt_configure, learnt_start, learnt_stop, learnt_destroy,
	learnt_get_extension);

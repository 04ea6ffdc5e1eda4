/*
 * @ID@.c - a predictor: the race ends as it stands now, with some doubt.
 *
 * A forecast is a function of (state, seed, options) alone: no clock, no files, no rand(). Replace fill_car().
 */
#include <f1pd/f1pd.h>

#include <stdlib.h>
#include <string.h>

struct @ID@_config {
	double doubt;
};

struct @ID@ {
	struct f1p_plugin base;
	const struct f1p_host *host;
	struct @ID@_config config;
};

/* ---- the forecast */

/* The least position at which the probability adds up to share or more. */
static uint8_t quantile(const double *p_position, uint32_t n, double share)
{
	double sum = 0;

	for (uint32_t k = 0; k < n; k++) {
		sum += p_position[k];
		if (sum >= share) {
			return (uint8_t)(k + 1);
		}
	}
	return (uint8_t)n;
}

/* A car that runs at `place` (0 = first) of n. */
static void fill_car(struct f1p_car_forecast *car, uint32_t place, uint32_t n, double doubt)
{
	for (uint32_t k = 0; k < n; k++) {
		double p = doubt / n + (k == place ? 1 - doubt : 0);

		car->p_position[k] = p;
		car->expected_position += p * (k + 1);
		car->p_win += k < 1 ? p : 0;
		car->p_podium += k < 3 ? p : 0;
		car->p_points += k < 10 ? p : 0;
	}
	car->q05 = quantile(car->p_position, n, 0.05);
	car->q25 = quantile(car->p_position, n, 0.25);
	car->q50 = quantile(car->p_position, n, 0.50);
	car->q75 = quantile(car->p_position, n, 0.75);
	car->q95 = quantile(car->p_position, n, 0.95);
}

/* [worker] */
static f1p_status predict(struct f1p_plugin *plugin, const struct f1p_state *state, uint64_t seed, bool (*cancel)(void *),
			  void *cancel_arg, struct f1p_forecast *out)
{
	const struct @ID@ *self = plugin->impl;

	(void)seed; /* nothing is drawn at random here */
	if (state->n_cars == 0) {
		return F1P_EUNSUPPORTED; /* nothing to say yet: no fault */
	}
	if (cancel(cancel_arg)) {
		return F1P_ECANCELLED;
	}
	out->n_cars = state->n_cars;
	for (uint32_t place = 0; place < state->n_cars; place++) {
		uint16_t index = state->order[place];

		out->cars[index].car = state->cars[index].number;
		fill_car(&out->cars[index], place, state->n_cars, self->config.doubt);
	}
	out->confidence = 1 - self->config.doubt;
	strcpy(out->model, "@NAME@");
	strcpy(out->version, "0.1.0");
	return F1P_OK;
}

/* ---- life cycle: create, init, configure, start, ..., stop, destroy */

static f1p_status plugin_init(struct f1p_plugin *plugin)
{
	(void)plugin;
	return F1P_OK;
}

static f1p_status plugin_configure(struct f1p_plugin *plugin, const void *config)
{
	struct @ID@ *self = plugin->impl;

	self->config = *(const struct @ID@_config *)config;
	return F1P_OK;
}

static f1p_status plugin_start(struct f1p_plugin *plugin)
{
	(void)plugin;
	return F1P_OK;
}

static void plugin_stop(struct f1p_plugin *plugin)
{
	(void)plugin; /* nothing of ours goes on by itself: no thread, no open file */
}

static void plugin_destroy(struct f1p_plugin *plugin)
{
	free(plugin->impl);
}

/* Capabilities by id. The host asks for the one of the kind, and for optional ones; unknown ids get NULL. */
static const void *plugin_extension(struct f1p_plugin *plugin, const char *id)
{
	static const struct f1p_predictor predictor = { .size = sizeof(predictor), .predict = predict };

	(void)plugin;
	return strcmp(id, F1P_EXT_PREDICTOR) == 0 ? &predictor : NULL;
}

/* ---- what the host reads before it creates anything */

static const struct f1p_cfg_item options[] = {
	F1P_OPT(struct @ID@_config, doubt, F1P_CFG_DOUBLE, 0, "0.1", "0", "1", NULL,
		"Share of the probability that is spread over all positions"),
};

static const struct f1p_descriptor *descriptor(uint32_t index)
{
	static const struct f1p_descriptor d = {
		.size = sizeof(d),
		.kinds = F1P_KIND_PREDICTOR,
		.id = "@ID@",
		.version = "0.1.0",
		.license = "MIT",
		.description = "Says that the race ends as it stands, with some doubt",
		.config = options,
		.config_count = sizeof(options) / sizeof(options[0]),
		.config_size = sizeof(struct @ID@_config),
	};

	return index == 0 ? &d : NULL;
}

static struct f1p_plugin *create(const struct f1p_host *host, const char *id)
{
	struct @ID@ *self;

	if (strcmp(id, "@ID@") != 0 || !(self = calloc(1, sizeof(*self)))) {
		return NULL;
	}
	self->host = host;
	self->base = (struct f1p_plugin){
		.size = sizeof(self->base),
		.impl = self,
		.init = plugin_init,
		.configure = plugin_configure,
		.start = plugin_start,
		.stop = plugin_stop,
		.destroy = plugin_destroy,
		.get_extension = plugin_extension,
	};
	return &self->base;
}

F1P_PLUGIN_ENTRY(descriptor, create, 1);

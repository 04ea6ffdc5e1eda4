/*
 * ensemble.c - predictor_ensemble: one forecast from those of the members.
 *
 * Log-odds of every place are averaged with the members' shares, then the table is brought back to sums of one. An old
 * forecast of a member that failed is widened first, and its age lowers the confidence that is published.
 */
#include <f1pd/plugin.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpers/one_plugin.h"
#include "helpers/fmath.h"
#include "positions.h"
#include "weights.h"

#define MODEL_VERSION "1.0.0"
#define MAX_MEMBERS 16u
#define LEAST_CHANCE 1e-5 /* what a member calls impossible, another may not */

struct ensemble_cfg {
	const char *weights;
	const char *weights_neutral;
	double widen_per_event;
};

struct ensemble {
	struct f1p_plugin plugin;
	const struct f1p_host *host;
	struct weights green, neutral;
	double widen_per_event;
};

static const struct f1p_cfg_item options[] = {
	F1P_OPT(struct ensemble_cfg, weights, F1P_CFG_STR, 0, "midrace 0.7, order 0.3", NULL, NULL, NULL,
		"Shares of the members by model or instance; members that are not named share evenly what is left of 1."),
	F1P_OPT(struct ensemble_cfg, weights_neutral, F1P_CFG_STR, 0, "midrace 0.4, order 0.6", NULL, NULL, NULL,
		"The same while a safety car, a virtual safety car or a red flag rules."),
	F1P_OPT(struct ensemble_cfg, widen_per_event, F1P_CFG_DOUBLE, 0, "0.05", "0", "1", NULL,
		"Share of an even spread that the old forecast of a failed member gets for each event since; at most one half."),
};

static const struct f1p_descriptor descriptor = {
	.size = sizeof(descriptor),
	.kinds = F1P_KIND_PREDICTOR,
	.id = "predictor_ensemble",
	.version = MODEL_VERSION,
	.license = "MIT",
	.description = "Blends the forecasts of all other predictors into the one that is published.",
	.config = options,
	.config_count = sizeof(options) / sizeof(options[0]),
	.config_size = sizeof(struct ensemble_cfg),
};

static f1p_status ensemble_init(struct f1p_plugin *plugin)
{
	(void)plugin;
	return F1P_OK;
}

static f1p_status refuse(const struct ensemble *e, const char *option, const char *reason)
{
	if (!e->host) {
		return F1P_ECONFIG;
	}
	return e->host->fail(e->host, F1P_ECONFIG, "option %s: %s; write it like \"midrace 0.7, order 0.3\"", option, reason);
}

static f1p_status ensemble_configure(struct f1p_plugin *plugin, const void *cfg)
{
	struct ensemble *e = plugin->impl;
	const struct ensemble_cfg *c = cfg;
	char err[120];
	if (!weights_parse(&e->green, c->weights, err, sizeof(err))) {
		return refuse(e, "weights", err);
	}
	if (!weights_parse(&e->neutral, c->weights_neutral, err, sizeof(err))) {
		return refuse(e, "weights_neutral", err);
	}
	e->widen_per_event = c->widen_per_event;
	return F1P_OK;
}

static f1p_status ensemble_start(struct f1p_plugin *plugin)
{
	(void)plugin;
	return F1P_OK;
}

static void ensemble_stop(struct f1p_plugin *plugin)
{
	(void)plugin;
}

static void ensemble_destroy(struct f1p_plugin *plugin)
{
	if (plugin) {
		free(plugin->impl);
	}
}

/* The members that can be used with this state: what they say of it, as balanced matrices. */
struct voices {
	uint32_t n;
	struct f1p_member member[MAX_MEMBERS];
	double share[MAX_MEMBERS];
	double freshness[MAX_MEMBERS]; /* 1 = made of this snapshot */
	double p_retire[MAX_MEMBERS][F1P_MAX_CARS];
	struct positions_matrix m[MAX_MEMBERS];
};

static bool add_voice(struct voices *v, const struct ensemble *e, const struct f1p_member *member, const struct f1p_state *state,
		      const struct positions_field *cars)
{
	struct positions_matrix *m = &v->m[v->n], broad;
	if (v->n == MAX_MEMBERS || !positions_take(m, v->p_retire[v->n], member->forecast, state, cars)) {
		return false;
	}
	double widen = e->widen_per_event * (double)member->age_events;
	widen = widen < 0.5 ? widen : 0.5;
	positions_broad(&broad, cars);
	positions_mix(m, &broad, widen, cars->n);
	if (member->age_events > 0) { /* a car may have retired since */
		positions_restrict(m, cars);
	}
	if (!positions_balance(m, cars->n)) {
		return false;
	}
	v->freshness[v->n] = 1.0 - widen;
	v->member[v->n] = *member;
	v->n++;
	return true;
}

static double clip(double p)
{
	return p < LEAST_CHANCE ? LEAST_CHANCE : p > 1.0 - LEAST_CHANCE ? 1.0 - LEAST_CHANCE : p;
}

static double blend_cell(const struct voices *v, uint32_t row, uint32_t k)
{
	double logit = 0.0, largest = 0.0, least = 1.0;
	for (uint32_t i = 0; i < v->n; i++) {
		if (v->share[i] > 0.0) {
			double p = v->m[i].m[row][k];
			largest = p > largest ? p : largest;
			least = p < least ? p : least;
			logit += v->share[i] * f1p_logit(clip(p));
		}
	}
	if (largest <= 0.0) {
		return 0.0;
	}
	return least >= 1.0 ? 1.0 : f1p_logistic(logit);
}

static void blend(struct positions_matrix *m, const struct voices *v, uint32_t n)
{
	memset(m, 0, sizeof(*m));
	for (uint32_t row = 0; row < n; row++) {
		for (uint32_t k = 0; k < n; k++) {
			m->m[row][k] = blend_cell(v, row, k);
		}
	}
	if (positions_balance(m, n)) {
		return;
	}
	/* A plain average of balanced tables is balanced, whatever their zeros. */
	memset(m, 0, sizeof(*m));
	for (uint32_t i = 0; i < v->n; i++) {
		for (uint32_t row = 0; row < n; row++) {
			for (uint32_t k = 0; k < n; k++) {
				m->m[row][k] += v->share[i] * v->m[i].m[row][k];
			}
		}
	}
}

static void blend_rest(struct f1p_forecast *out, const struct voices *v, const struct positions_field *cars, double *p_retire)
{
	for (uint32_t row = 0; row < cars->n; row++) {
		p_retire[row] = 0.0;
		for (uint32_t i = 0; i < v->n; i++) {
			p_retire[row] += v->share[i] * v->p_retire[i][row];
		}
		p_retire[row] = !cars->running[row] || p_retire[row] > 1.0 ? 1.0 : p_retire[row];
	}
	for (uint32_t i = 0; i < v->n; i++) {
		const struct f1p_forecast *f = v->member[i].forecast;
		out->missing |= v->share[i] > 0.0 ? f->missing : 0;
		out->missing |= v->member[i].age_events > 0 ? F1P_MISSING_MEMBER : 0;
		out->runs = f->runs > out->runs ? f->runs : out->runs;
		out->mc_error += v->share[i] * f->mc_error;
	}
}

static double freshness(const struct voices *v)
{
	double sum = 0.0;
	for (uint32_t i = 0; i < v->n; i++) {
		sum += v->share[i] * v->freshness[i];
	}
	return sum > 1.0 ? 1.0 : sum;
}

static void collect(struct voices *v, const struct ensemble *e, const struct f1p_state *state, const struct f1p_member *members,
		    uint32_t n, const struct positions_field *cars, struct f1p_forecast *out)
{
	const struct f1p_member *member = members;
	for (uint32_t i = 0; i < n; i++) {
		if (!add_voice(v, e, member, state, cars)) {
			out->missing |= F1P_MISSING_MEMBER;
		}
		member = (const struct f1p_member *)(const void *)((const char *)member + members->size);
	}
	weights_of(state->neutralised == F1P_YES ? &e->neutral : &e->green, v->member, v->n, v->share);
}

static f1p_status ensemble_combine(struct f1p_plugin *plugin, const struct f1p_state *state, const struct f1p_member *members,
				   uint32_t n, struct f1p_forecast *out)
{
	const struct ensemble *e = plugin->impl;
	struct positions_field cars;
	struct positions_matrix m;
	double p_retire[F1P_MAX_CARS], fresh = 1.0;
	if (!positions_supported(state) || n == 0) {
		return F1P_EUNSUPPORTED;
	}
	struct voices *v = calloc(1, sizeof(*v));
	if (!v) {
		return F1P_ENOMEM;
	}
	positions_field_init(&cars, state);
	collect(v, e, state, members, n, &cars, out);
	blend_rest(out, v, &cars, p_retire);
	if (positions_finished(state)) { /* no blend: the result stands */
		positions_certain(&m, &cars);
		for (uint32_t row = 0; row < cars.n; row++) {
			p_retire[row] = cars.running[row] ? 0.0 : 1.0;
		}
	} else if (v->n > 0) {
		blend(&m, v, cars.n);
		fresh = freshness(v);
	} else {
		free(v);
		return F1P_EUNSUPPORTED;
	}
	free(v);
	positions_fill(out, state, &cars, &m, p_retire);
	out->confidence *= fresh;
	snprintf(out->model, sizeof(out->model), "ensemble");
	snprintf(out->version, sizeof(out->version), "%s", MODEL_VERSION);
	return F1P_OK;
}

/* On its own it has nothing to say. */
static f1p_status ensemble_predict(struct f1p_plugin *plugin, const struct f1p_state *state, uint64_t seed,
				   bool (*cancel)(void *), void *cancel_arg, struct f1p_forecast *out)
{
	(void)plugin;
	(void)state;
	(void)seed;
	(void)cancel;
	(void)cancel_arg;
	(void)out;
	return F1P_EUNSUPPORTED;
}

static const void *ensemble_get_extension(struct f1p_plugin *plugin, const char *id)
{
	static const struct f1p_predictor predictor = { .size = sizeof(predictor), .predict = ensemble_predict };
	static const struct f1p_ensemble combiner = { .size = sizeof(combiner), .combine = ensemble_combine };
	(void)plugin;
	if (strcmp(id, F1P_EXT_ENSEMBLE) == 0) {
		return &combiner;
	}
	return strcmp(id, F1P_EXT_PREDICTOR) == 0 ? &predictor : NULL;
}

F1P_ONE_PLUGIN(descriptor, struct ensemble, ensemble_init, ensemble_configure, ensemble_start, ensemble_stop, ensemble_destroy,
	ensemble_get_extension);

/*
 * ensemble.c - predictor_ensemble: one forecast from those of the members.
 *
 * With a model file, by the learnt stack (stack.h). Without one, log-odds of every place are averaged with the configured shares and the
 * table is brought back to sums of one. An old forecast of a member that failed is widened first, and its age lowers the confidence that
 * is published. The forecast of a qualifying session is passed through.
 */
#include <f1pd/model.h>
#include <f1pd/plugin.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gaps.h"
#include "helpers/one_plugin.h"
#include "model_params.h"
#include "positions.h"
#include "record.h"
#include "season.h"
#include "stack.h"
#include "stack_fit.h"
#include "stacked.h"
#include "voices.h"
#include "weights.h"

#define MODEL_VERSION "1.3.0"
#define DEFAULT_LAPS 57 /* of a race whose lap count nobody tells */

struct ensemble_cfg {
	const char *weights;
	const char *weights_neutral;
	const char *weights_start;
	double widen_per_event;
	double season_rate;
	bool learnt;
};

struct ensemble {
	struct f1p_plugin plugin;
	const struct f1p_host *host;
	struct weights green, neutral, start;
	double widen_per_event, season_rate;
	struct stack stack;     /* races = 0: nothing learnt, or not to be used */
	bool from_file;         /* the stack is */
	struct record *record;  /* while it is being trained, else NULL */
};

static const struct f1p_cfg_item options[] = {
	F1P_OPT(struct ensemble_cfg, weights, F1P_CFG_STR, 0, "midrace 0.7, order 0.3", NULL, NULL, NULL,
		"Shares of the members by model or instance; members that are not named share evenly what is left of 1."),
	F1P_OPT(struct ensemble_cfg, weights_neutral, F1P_CFG_STR, 0, "midrace 0.4, order 0.6", NULL, NULL, NULL,
		"The same while a safety car, a virtual safety car or a red flag rules."),
	F1P_OPT(struct ensemble_cfg, weights_start, F1P_CFG_STR, 0, "prerace 1", NULL, NULL, NULL,
		"The same until the first lap is done, as long as one of these members speaks."),
	F1P_OPT(struct ensemble_cfg, widen_per_event, F1P_CFG_DOUBLE, 0, "0.05", "0", "1", NULL,
		"Share of an even spread that the old forecast of a failed member gets for each event since; at most one half."),
	F1P_OPT(struct ensemble_cfg, season_rate, F1P_CFG_DOUBLE, 0, "0.1", "0", "5", NULL,
		"How fast the weights follow what the members were worth in the season's races so far; 0: they do not."),
	F1P_OPT(struct ensemble_cfg, learnt, F1P_CFG_BOOL, 0, "yes", NULL, NULL, NULL,
		"Weigh the members as the model file says, by share of the distance done; no: always by the shares above."),
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

static void read_model(struct ensemble *e, bool wanted)
{
	struct params *params = wanted ? params_of_model(e->host, descriptor.id) : NULL;
	memset(&e->stack, 0, sizeof(e->stack));
	e->from_file = params && stack_read(&e->stack, params);
	if (params && !e->from_file) {
		memset(&e->stack, 0, sizeof(e->stack));
		if (e->host->log) {
			e->host->log(e->host, F1P_LOG_WARN, "model file: its weights of the members have not the expected names or values: "
				     "the configured shares are used; train it anew");
		}
	}
	params_destroy(params);
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
	if (!weights_parse(&e->start, c->weights_start, err, sizeof(err))) {
		return refuse(e, "weights_start", err);
	}
	e->widen_per_event = c->widen_per_event;
	e->season_rate = c->season_rate;
	read_model(e, c->learnt);
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

static void forget(struct ensemble *e)
{
	if (e->record) {
		record_finish(e->record);
		free(e->record);
		e->record = NULL;
	}
}

static void ensemble_destroy(struct f1p_plugin *plugin)
{
	if (plugin) {
		struct ensemble *e = plugin->impl;
		forget(e);
		free(e);
	}
}

/* Members from first on, each `size` bytes long as the host's ABI has it. */
static const struct f1p_member *nth_member(const struct f1p_member *first, uint32_t i)
{
	return (const struct f1p_member *)(const void *)((const char *)first + (size_t)i * first->size);
}

static void collect(struct voices *v, const struct ensemble *e, const struct f1p_state *state, const struct f1p_member *members,
		    uint32_t n, const struct positions_field *cars, uint32_t *missing)
{
	for (uint32_t i = 0; i < n; i++) {
		if (!voices_add(v, nth_member(members, i), state, cars, e->widen_per_event)) {
			*missing |= F1P_MISSING_MEMBER;
		}
	}
	const struct weights *w = state->neutralised == F1P_YES ? &e->neutral : &e->green;
	bool start = positions_laps_done(state) == 0 && weights_name_one(&e->start, v->member, v->n);
	weights_of(start ? &e->start : w, v->member, v->n, v->share);
}

static void set_intervals(struct f1p_forecast *out, const struct stack *stack, const struct stack_place *place)
{
	double tail50 = stack_between(stack->tail50, place), tail90 = stack_between(stack->tail90, place);
	for (uint32_t i = 0; i < out->n_cars; i++) {
		struct f1p_car_forecast *car = &out->cars[i];
		car->q05 = positions_quantile(car->p_position, out->n_cars, tail90);
		car->q25 = positions_quantile(car->p_position, out->n_cars, tail50);
		car->q75 = positions_quantile(car->p_position, out->n_cars, 1.0 - tail50);
		car->q95 = positions_quantile(car->p_position, out->n_cars, 1.0 - tail90);
	}
}

static void name_it(struct f1p_forecast *out, const struct ensemble *e)
{
	snprintf(out->model, sizeof(out->model), "ensemble");
	params_version(e->host, MODEL_VERSION, e->from_file, out->version, sizeof(out->version));
}

static void result_stands(struct f1p_forecast *out, const struct f1p_state *state, const struct positions_field *cars)
{
	struct positions_matrix m;
	double p_retire[F1P_MAX_CARS];
	positions_certain(&m, cars);
	for (uint32_t row = 0; row < cars->n; row++) {
		p_retire[row] = cars->running[row] ? 0.0 : 1.0;
	}
	positions_fill(out, state, cars, &m, p_retire);
}

static void publish(struct f1p_forecast *out, const struct ensemble *e, struct voices *v, const struct f1p_state *state,
		    const struct positions_field *cars)
{
	struct positions_matrix m;
	struct stack_place place;
	double p_retire[F1P_MAX_CARS];
	stack_place_of(&place, state, DEFAULT_LAPS);
	bool learnt = stacked_blend(&e->stack, v, state, cars, &place, e->season_rate, &m);
	if (!learnt) {
		season_tilt(v->share, v, &e->stack, state, e->season_rate);
		voices_blend(v, &m, cars->n);
	}
	voices_rest(v, cars, out, p_retire);
	positions_fill(out, state, cars, &m, p_retire);
	if (learnt) {
		set_intervals(out, &e->stack, &place);
	}
	gaps_tell(out, v, &e->stack, &place);
	out->confidence *= voices_freshness(v);
}

static bool all_chances(const struct f1p_forecast *f)
{
	for (uint32_t i = 0; i < f->n_cars; i++) {
		for (uint32_t k = 0; k < f->n_cars; k++) {
			if (!(f->cars[i].p_position[k] >= 0.0 && f->cars[i].p_position[k] <= 1.0 + 1e-9)) {
				return false;
			}
		}
	}
	return true;
}

/* Qualifying: nothing to blend; the freshest member that speaks of all cars is passed on. */
static f1p_status pass_on(const struct ensemble *e, const struct f1p_state *state, const struct f1p_member *members, uint32_t n, struct f1p_forecast *out)
{
	const struct f1p_member *best = NULL;
	for (uint32_t i = 0; i < n; i++) {
		const struct f1p_member *member = nth_member(members, i);
		if (member->forecast->n_cars == state->n_cars && all_chances(member->forecast) &&
		    (!best || member->age_events < best->age_events)) {
			best = member;
		}
	}
	if (!best) {
		return F1P_EUNSUPPORTED;
	}
	size_t n_bytes = offsetof(struct f1p_forecast, cars) + (size_t)state->n_cars * sizeof(out->cars[0]);
	uint32_t size = out->size;
	memcpy(out, best->forecast, n_bytes);
	out->size = size;
	if (best->age_events > 0) {
		out->missing |= F1P_MISSING_MEMBER;
		out->confidence /= 1.0 + (double)best->age_events;
	}
	name_it(out, e);
	return F1P_OK;
}

static bool is_qualifying(const struct f1p_state *state)
{
	return state->n_cars > 0 && state->n_cars <= F1P_MAX_CARS &&
	       (state->type == F1P_SESSION_QUALIFYING || state->type == F1P_SESSION_SPRINT_QUALIFYING);
}

static f1p_status ensemble_combine(struct f1p_plugin *plugin, const struct f1p_state *state, const struct f1p_member *members,
				   uint32_t n, struct f1p_forecast *out)
{
	const struct ensemble *e = plugin->impl;
	struct positions_field cars;
	if (n > 0 && is_qualifying(state)) {
		return pass_on(e, state, members, n, out);
	}
	if (!positions_supported(state) || n == 0) {
		return F1P_EUNSUPPORTED;
	}
	struct voices *v = calloc(1, sizeof(*v));
	if (!v) {
		return F1P_ENOMEM;
	}
	positions_field_init(&cars, state);
	collect(v, e, state, members, n, &cars, &out->missing);
	bool heard = v->n > 0, finished = positions_finished(state);
	if (finished) { /* no blend */
		double unused[F1P_MAX_CARS];
		voices_rest(v, &cars, out, unused);
		result_stands(out, state, &cars);
	} else if (heard) {
		publish(out, e, v, state, &cars);
	}
	free(v);
	if (!heard && !finished) {
		return F1P_EUNSUPPORTED;
	}
	name_it(out, e);
	return F1P_OK;
}

/* ---- training ---- */

static f1p_status ensemble_begin(struct f1p_plugin *plugin)
{
	struct ensemble *e = plugin->impl;
	forget(e);
	memset(&e->stack, 0, sizeof(e->stack));
	e->from_file = false;
	e->record = calloc(1, sizeof(*e->record));
	return e->record ? F1P_OK : F1P_ENOMEM;
}

static f1p_status ensemble_example(struct f1p_plugin *plugin, const struct f1p_example *example)
{
	struct ensemble *e = plugin->impl;
	const struct f1p_state *state = example->state;
	struct positions_field cars;
	uint32_t missing = 0;
	bool ok = true;
	if (!e->record) {
		return F1P_EINVAL;
	}
	if (example->n_members == 0 || state->type != F1P_SESSION_RACE || !positions_supported(state) || positions_finished(state)) {
		return F1P_OK;
	}
	struct voices *v = calloc(1, sizeof(*v));
	if (!v) {
		return F1P_ENOMEM;
	}
	positions_field_init(&cars, state);
	collect(v, e, state, example->members, example->n_members, &cars, &missing);
	if (v->n > 0) {
		ok = record_add(e->record, example, v, &cars, DEFAULT_LAPS);
	}
	free(v);
	return ok ? F1P_OK : F1P_ENOMEM;
}

static f1p_status ensemble_fit(struct f1p_plugin *plugin, int32_t next_race_id)
{
	struct ensemble *e = plugin->impl;
	return e->record ? stack_fit(&e->stack, e->record, next_race_id, &e->green, &e->neutral) : F1P_EINVAL;
}

static f1p_status ensemble_save(struct f1p_plugin *plugin, void (*write)(void *arg, const void *bytes, size_t n), void *arg)
{
	const struct ensemble *e = plugin->impl;
	struct params *params = params_create();
	if (!params || !stack_write(&e->stack, params)) {
		params_destroy(params);
		return F1P_ENOMEM;
	}
	params_write(params, write, arg);
	params_destroy(params);
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
	static const struct f1p_trainable trainable = { .size = sizeof(trainable), .begin = ensemble_begin, .example = ensemble_example,
		.fit = ensemble_fit, .save = ensemble_save };
	(void)plugin;
	if (strcmp(id, F1P_EXT_ENSEMBLE) == 0) {
		return &combiner;
	}
	if (strcmp(id, F1P_EXT_TRAINABLE) == 0) {
		return &trainable;
	}
	return strcmp(id, F1P_EXT_PREDICTOR) == 0 ? &predictor : NULL;
}

F1P_ONE_PLUGIN(descriptor, struct ensemble, ensemble_init, ensemble_configure, ensemble_start, ensemble_stop, ensemble_destroy,
	ensemble_get_extension);

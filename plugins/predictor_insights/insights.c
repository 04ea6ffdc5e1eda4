/*
 * insights.c - predictor_insights: what else can be said of a race: passes, stops, rejoin places, neutralisations.
 */
#include <f1pd/insight.h>
#include <f1pd/model.h>
#include <f1pd/plugin.h>

#include <stdio.h>
#include <string.h>

#include "helpers/fmath.h"
#include "helpers/one_plugin.h"
#include "measure.h"
#include "model_params.h"
#include "moves.h"
#include "options.h"
#include "overtake.h"
#include "positions.h"
#include "say.h"

#define PLUGIN_VERSION "1.0.0"

struct insights {
	struct f1p_plugin plugin;
	const struct f1p_host *host;
	struct models models;
	struct simulation sim;
	struct track_by_lap track; /* of the race that is being learnt */
	struct rejoin_score rejoin;
};

struct insights_cfg {
	int64_t runs, move_runs;
};

static const struct f1p_cfg_item options[] = {
	F1P_OPT(struct insights_cfg, runs, F1P_CFG_INT, 0, "200", "0", "10000", NULL,
		"Simulated races for each strategy option of each car; 0 = no options."),
	F1P_OPT(struct insights_cfg, move_runs, F1P_CFG_INT, 0, "1000", "0", "50000", NULL,
		"Simulated races for each possible reason why a chance to win moved; 0 = no reasons."),
};

static const struct f1p_descriptor descriptor = {
	.size = sizeof(descriptor),
	.kinds = F1P_KIND_PREDICTOR,
	.id = "predictor_insights",
	.version = PLUGIN_VERSION,
	.license = "MIT",
	.description = "Tells what else a race holds: passes to come, stops and what they change, rejoin places, why chances moved.",
	.config = options,
	.config_count = sizeof(options) / sizeof(options[0]),
	.config_size = sizeof(struct insights_cfg),
};

static f1p_status insights_init(struct f1p_plugin *plugin)
{
	struct insights *in = plugin->impl;

	overtake_init(&in->models.overtake);
	stop_hazard_init(&in->models.stop);
	mc_tables_init(&in->sim.tables);
	in->sim.cfg = midrace_cfg_usual();
	in->sim.run = mc_run_best();
	return F1P_OK;
}

/* The race is simulated with what the forecast by simulation has learnt. */
static void configure_simulation(struct insights *in, const struct insights_cfg *cfg)
{
	struct params *p = params_of_model(in->host, "predictor_midrace");

	midrace_model_init(&in->sim.model);
	if (p) {
		midrace_model_load(&in->sim.model, p);
	}
	params_destroy(p);
	in->sim.runs = (uint32_t)cfg->runs;
	in->sim.move_runs = (uint32_t)cfg->move_runs;
}

static f1p_status insights_configure(struct f1p_plugin *plugin, const void *cfg)
{
	struct insights *in = plugin->impl;
	struct params *p = params_of_model(in->host, descriptor.id);

	if (p) {
		overtake_load(&in->models.overtake, p);
		stop_hazard_load(&in->models.stop, p);
	}
	params_destroy(p);
	configure_simulation(in, cfg);
	return F1P_OK;
}

static f1p_status insights_start(struct f1p_plugin *plugin)
{
	(void)plugin;
	return F1P_OK;
}

static void insights_stop(struct f1p_plugin *plugin)
{
	(void)plugin;
}

static void insights_destroy(struct f1p_plugin *plugin)
{
	if (plugin) {
		struct insights *in = plugin->impl;
		overtake_finish(&in->models.overtake);
		stop_hazard_finish(&in->models.stop);
		free(in);
	}
}

/* It says nothing about who finishes where. */
static f1p_status insights_predict(struct f1p_plugin *plugin, const struct f1p_state *state, uint64_t seed,
				   bool (*cancel)(void *), void *cancel_arg, struct f1p_forecast *out)
{
	(void)plugin, (void)state, (void)seed, (void)cancel, (void)cancel_arg, (void)out;
	return F1P_EUNSUPPORTED;
}

static f1p_status insights_tell(struct f1p_plugin *plugin, const struct f1p_state *now, const struct f1p_state *before,
				const struct f1p_forecast *published, uint64_t seed, bool (*cancel)(void *), void *cancel_arg,
				struct f1p_insights *out)
{
	const struct insights *in = plugin->impl;

	if (!positions_supported(now)) {
		return F1P_EUNSUPPORTED;
	}
	if (cancel(cancel_arg)) {
		return F1P_ECANCELLED;
	}
	say_race(out, now);
	say_points(out, now, published);
	say_overtakes(out, now, &in->models);
	f1p_status status = say_stops(out, now, &in->models);
	if (status == F1P_OK) {
		status = options_say(out, now, &in->sim, seed, cancel, cancel_arg);
	}
	return status == F1P_OK ? moves_say(out, now, before, published, &in->sim, seed, cancel, cancel_arg) : status;
}

/* ---- training ---- */

static f1p_status insights_begin(struct f1p_plugin *plugin)
{
	struct insights *in = plugin->impl;

	overtake_finish(&in->models.overtake);
	stop_hazard_finish(&in->models.stop);
	in->rejoin = (struct rejoin_score){0};
	return insights_init(plugin);
}

static f1p_status insights_example(struct f1p_plugin *plugin, const struct f1p_example *e)
{
	struct insights *in = plugin->impl;

	if (e->state->type != F1P_SESSION_RACE || e->lap < 0 || e->lap > (int32_t)F1P_MAX_LAPS) {
		return F1P_OK;
	}
	if (e->lap == 0) {
		memset(&in->track, 0, sizeof(in->track));
	}
	in->track.status[e->lap] = e->state->track;
	if (e->lap == 0 || e->lap + 1 < e->laps) {
		return F1P_OK;
	}
	if (in->models.stop.model) {
		rejoin_measure(&in->rejoin, e->state, &in->models.stop);
	}
	bool good = overtake_learn(&in->models.overtake, e->state);
	good = stop_hazard_learn(&in->models.stop, e->state, &in->track) && good;
	return good ? F1P_OK : in->host->fail(in->host, F1P_ENOMEM, "no memory for the laps of race %d", (int)e->race_id);
}

static double auc_of(const struct rows *seen)
{
	return rows_auc(seen->x, seen->y, seen->n);
}

static f1p_status insights_fit(struct f1p_plugin *plugin, int32_t next_race_id)
{
	struct insights *in = plugin->impl;
	const struct rejoin_score *r = &in->rejoin;

	if (in->models.overtake.seen.n) {
		in->host->log(in->host, F1P_LOG_INFO, "until race %d, walk-forward: pass in the next lap, pairs within 2 s: AUC %.3f (%zu); "
			"stop on this lap: AUC %.3f (%zu); rejoin within one place: %.3f the lap before, %.3f at the line (%u)",
			(int)next_race_id, auc_of(&in->models.overtake.seen), in->models.overtake.seen.n, auc_of(&in->models.stop.seen),
			in->models.stop.seen.n, r->stops ? (double)r->before_within_1 / r->stops : 0.0,
			r->stops ? (double)r->line_within_1 / r->stops : 0.0, (unsigned)r->stops);
	}
	bool passes = overtake_fit(&in->models.overtake), stops = stop_hazard_fit(&in->models.stop);
	return passes && stops ? F1P_OK : F1P_AGAIN;
}

static f1p_status insights_save(struct f1p_plugin *plugin, void (*write)(void *arg, const void *bytes, size_t n), void *arg)
{
	struct insights *in = plugin->impl;
	struct params *p = params_create();
	bool good = p && overtake_save(&in->models.overtake, p) && stop_hazard_save(&in->models.stop, p);

	if (good) {
		params_write(p, write, arg);
	}
	params_destroy(p);
	return good ? F1P_OK : in->host->fail(in->host, F1P_ENOMEM, "no memory for what was learnt");
}

static const void *insights_get_extension(struct f1p_plugin *plugin, const char *id)
{
	static const struct f1p_predictor predictor = {.size = sizeof(predictor), .predict = insights_predict};
	static const struct f1p_insight_maker maker = {.size = sizeof(maker), .insights = insights_tell};
	static const struct f1p_trainable trainable = {sizeof(trainable), 0, insights_begin, insights_example, insights_fit,
		insights_save};

	(void)plugin;
	if (strcmp(id, F1P_EXT_PREDICTOR) == 0) {
		return &predictor;
	}
	if (strcmp(id, F1P_EXT_INSIGHTS) == 0) {
		return &maker;
	}
	return strcmp(id, F1P_EXT_TRAINABLE) == 0 ? &trainable : NULL;
}

F1P_ONE_PLUGIN(descriptor, struct insights, insights_init, insights_configure, insights_start, insights_stop, insights_destroy,
	insights_get_extension);

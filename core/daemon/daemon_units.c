#include "daemon/daemon_internal.h"

#include "base/log.h"

#include <stdio.h>
#include <string.h>

void daemon_report_plugin(struct daemon *d, uint16_t type, const struct instance *inst, uint32_t condition, const char *reason)
{
	struct f1p_ev_plugin_status e = {.instance_id = inst->id, .condition = condition};

	e.h.size = sizeof(e);
	e.h.type = type;
	snprintf(e.instance, sizeof(e.instance), "%s", inst->file->name);
	snprintf(e.reason, sizeof(e.reason), "%s", reason);
	engine_host_event(d->engine, &e.h);
}

static uint32_t condition_of(const struct instance *inst)
{
	return inst->state == INSTANCE_QUARANTINED ? F1P_PLUGIN_QUARANTINED : F1P_PLUGIN_RESTARTING;
}

void daemon_fail(struct daemon *d, struct instance *inst, f1p_status status, const char *reason)
{
	if (reason)
		instance_fail_because(inst, status, reason, vclock_mono_ns());
	else /* the call was made on the loop */
		instance_fail(inst, status, vclock_mono_ns());
	daemon_report_plugin(d, F1P_EV_PLUGIN_STATUS, inst, condition_of(inst), inst->reason);
}

void daemon_break(struct daemon *d, const struct instance *inst)
{
	if (!d->broken)
		snprintf(d->broken_why, sizeof(d->broken_why), "%s", inst->reason);
	d->broken = d->stopping = true;
}

static void on_sink_failed(void *arg)
{
	uv_async_send(&((struct daemon *)arg)->async);
}

void daemon_deliver(void *arg, const struct f1p_event *first, uint32_t count, size_t bytes)
{
	struct daemon *d = arg;

	daemon_take_scores(d, first, count);
	daemon_take_insights(d, first, count);
	for (size_t i = 0; i < d->n_units; i++)
		if (d->units[i].runner)
			sink_runner_push(d->units[i].runner, first, count, bytes);
}

bool daemon_held(void *arg)
{
	struct daemon *d = arg;

	if (d->reload_wanted) /* it waits until no forecast runs, which under load might be never */
		return true;
	for (size_t i = 0; i < d->n_units; i++)
		if (d->units[i].runner && sink_runner_blocks(d->units[i].runner))
			return true;
	return false;
}

static void prefer(struct daemon *d, const struct instance *inst)
{
	const struct config_file *f = inst->file;
	struct arbiter_prefs prefs = {.priority = (int32_t)f->priority,
		.silence_ns = f->silence_ms * 1000000,
		.settle_ns = f->settle_ms * 1000000};

	memcpy(prefs.by_kind, f->priorities, sizeof(prefs.by_kind));
	engine_prefer(d->engine, inst->id, f->name, &prefs);
}

bool daemon_start_unit(struct daemon *d, struct unit *u)
{
	struct instance *inst = u->inst;

	if (instance_start(inst, vclock_mono_ns()) != F1P_OK) {
		daemon_report_plugin(d, F1P_EV_PLUGIN_STATUS, inst, condition_of(inst), inst->reason);
		if (inst->once)
			daemon_break(d, inst);
		return false;
	}
	if (inst->source) {
		engine_add_source(d->engine, inst->id, inst->source->flags);
		prefer(d, inst);
		pump_add(d->pump, inst);
	} else if (inst->sink) {
		u->runner = sink_runner_create(inst, d->metrics, d->core, on_sink_failed, d);
		if (!u->runner)
			daemon_fail(d, inst, F1P_ENOMEM, NULL);
	}
	return true;
}

void daemon_drop_unit(struct daemon *d, size_t i)
{
	struct unit *u = &d->units[i];

	if (u->inst->source) {
		pump_remove(d->pump, u->inst);
		engine_remove_source(d->engine, u->inst->id);
	}
	sink_runner_destroy(u->runner);
	instance_destroy(u->inst);
	d->n_units--;
	memmove(u, u + 1, (d->n_units - i) * sizeof(*u));
}

const char *daemon_plugin_dir(const struct daemon *d)
{
	return d->opt.plugin_dir ? d->opt.plugin_dir : d->config->core.plugin_dir;
}

struct unit *daemon_create_unit(struct daemon *d, const struct config_file *file, struct config_errors *errors)
{
	if (d->n_units == MAX_INSTANCES || d->next_id >= ENGINE_MAX_SOURCES) {
		log_line(F1P_LOG_ERROR, "config", "%s: more than %d instances; restart the daemon", file->path, MAX_INSTANCES);
		return NULL;
	}
	struct instance *inst = instance_create(d->services, file, d->config->dir ? d->config->dir : ".", daemon_plugin_dir(d), d->next_id,
		errors);
	if (!inst)
		return NULL;
	if (d->opt.headless && inst->sink && !d->opt.sinks) {
		instance_destroy(inst);
		return NULL;
	}
	inst->once = d->opt.headless && (inst->source || d->opt.sinks);
	d->next_id++;
	struct unit *u = &d->units[d->n_units++];
	*u = (struct unit){.inst = inst};
	return u;
}

/* Sources first: their ids, which the journal keeps, do not depend on what else is configured. */
void daemon_create_units(struct daemon *d, struct config_errors *errors)
{
	static const char *const prefix[] = {"source_", "", NULL};

	for (int pass = 0; prefix[pass]; pass++)
		for (size_t i = 0; i < d->config->n_files; i++) {
			const struct config_file *f = &d->config->files[i];
			bool source = strncmp(f->plugin_id, "source_", 7) == 0;
			if (f->enabled && source == (pass == 0))
				daemon_create_unit(d, f, errors);
		}
}

/* The forecaster knows all predictors; those that are not running simply have no answer. */
void daemon_update_members(struct daemon *d)
{
	struct instance *list[MAX_INSTANCES];
	size_t n = 0;

	for (size_t i = 0; i < d->n_units; i++)
		if (d->units[i].inst->predictor || d->units[i].inst->ensemble)
			list[n++] = d->units[i].inst;
	forecaster_set_members(engine_forecaster(d->engine), list, n);
}

bool daemon_all_paced(const struct daemon *d)
{
	for (size_t i = 0; i < d->n_units; i++)
		if (d->units[i].inst->source && !(d->units[i].inst->source->flags & F1P_SOURCE_PACED))
			return false;
	return true;
}

void daemon_settle_sinks(struct daemon *d)
{
	for (size_t i = 0; i < d->n_units; i++) {
		struct unit *u = &d->units[i];
		char reason[160];
		f1p_status status = u->runner ? sink_runner_failure(u->runner, reason, sizeof(reason)) : F1P_OK;
		if (status == F1P_OK)
			continue;
		sink_runner_destroy(u->runner);
		u->runner = NULL;
		daemon_fail(d, u->inst, status, reason);
		if (d->opt.headless)
			daemon_break(d, u->inst);
	}
}

bool daemon_sinks_idle(const struct daemon *d)
{
	for (size_t i = 0; i < d->n_units; i++)
		if (d->units[i].runner && !sink_runner_idle(d->units[i].runner))
			return false;
	return true;
}

void daemon_restart_due(struct daemon *d)
{
	for (size_t i = 0; i < d->n_units; i++) {
		struct unit *u = &d->units[i];
		if (!instance_due(u->inst, vclock_mono_ns()))
			continue;
		/* A predictor is not touched while a worker may be in it. */
		if ((u->inst->predictor || u->inst->ensemble) && forecaster_busy(engine_forecaster(d->engine)))
			continue;
		if (daemon_start_unit(d, u)) {
			log_line(F1P_LOG_INFO, u->inst->file->name, "running again");
			daemon_report_plugin(d, F1P_EV_PLUGIN_STATUS, u->inst, F1P_PLUGIN_RUNNING, "restarted");
		}
	}
}

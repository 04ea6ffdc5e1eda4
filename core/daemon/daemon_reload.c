#include "daemon/daemon_internal.h"

#include "base/log.h"
#include "daemon/trial.h"

#include <string.h>

static const struct config_file *find_file(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->n_files; i++)
		if (c->files[i].enabled && strcmp(c->files[i].name, name) == 0)
			return &c->files[i];
	return NULL;
}

static bool has_unit(const struct daemon *d, const char *name)
{
	for (size_t i = 0; i < d->n_units; i++)
		if (strcmp(d->units[i].inst->file->name, name) == 0)
			return true;
	return false;
}

/* The instance that a reload leaves alone: its file is unchanged, and it was not given up. */
static const struct instance *goes_on(void *arg, const struct config_file *f)
{
	const struct daemon *d = arg;

	for (size_t i = 0; i < d->n_units; i++) {
		const struct instance *inst = d->units[i].inst;
		if (config_file_equal(f, inst->file))
			return inst->state == INSTANCE_QUARANTINED ? NULL : inst;
	}
	return NULL;
}

static bool has_source(const struct daemon *d)
{
	for (size_t i = 0; i < d->n_units; i++)
		if (d->units[i].inst->source)
			return true;
	return false;
}

/* What a running daemon cannot change under its own feet is said, not swallowed. */
static void tell_what_waits(const struct config_core *was, const struct config_core *is)
{
	const struct {
		const char *name;
		bool changed;
	} options[] = {
		{"journal_dir", strcmp(was->journal_dir, is->journal_dir) != 0},
		{"data_dir", strcmp(was->data_dir, is->data_dir) != 0},
		{"model", strcmp(was->model, is->model) != 0},
		{"ca_file", strcmp(was->ca_file, is->ca_file) != 0},
		{"proxy", strcmp(was->proxy, is->proxy) != 0},
		{"proxy_login", strcmp(was->proxy_login, is->proxy_login) != 0},
		{"clock_start", strcmp(was->clock_start, is->clock_start) != 0},
		{"log_level", strcmp(was->log_level, is->log_level) != 0},
		{"workers", was->workers != is->workers},
		{"forecast_every_ms", was->forecast_every_ms != is->forecast_every_ms},
		{"forecast_timeout_ms", was->forecast_timeout_ms != is->forecast_timeout_ms},
		{"publish_every_ms", was->publish_every_ms != is->publish_every_ms},
		{"seed", was->seed != is->seed},
	};
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (options[i].changed)
			log_line(F1P_LOG_WARN, "config", "00-f1pd.ini: %s: takes effect at the next start of the daemon", options[i].name);
}

static void apply_config(struct daemon *d, struct config *fresh)
{
	struct config_errors errors = {.fn = daemon_log_error};
	struct config *old = d->config;
	unsigned gone = 0, added = 0;

	d->config = fresh;
	/* A source may emit while it stops, and that may ask for a forecast: not of predictors that are gone. */
	forecaster_set_members(engine_forecaster(d->engine), NULL, 0);
	for (size_t i = d->n_units; i-- > 0;) {
		const struct config_file *f = find_file(fresh, d->units[i].inst->file->name);
		if (!f || !goes_on(d, f)) {
			daemon_drop_unit(d, i);
			gone++;
		}
	}
	if (gone && !has_source(d)) /* another recording, another time */
		vclock_set(&d->clock, F1P_UNKNOWN_NS);
	for (size_t i = 0; i < fresh->n_files; i++) {
		if (!fresh->files[i].enabled || has_unit(d, fresh->files[i].name))
			continue;
		struct unit *u = daemon_create_unit(d, &fresh->files[i], &errors);
		if (u && daemon_start_unit(d, u))
			added++;
	}
	vclock_set_speed(&d->clock, fresh->core.speed);
	tell_what_waits(&old->core, &fresh->core);
	engine_set_wait(d->engine, daemon_all_paced(d));
	daemon_update_members(d);
	config_free(old);
	log_line(F1P_LOG_INFO, "core", "configuration reloaded: %u stopped, %u started, %zu running in all", gone, added, d->n_units);
	pump_kick(d->pump);
}

/* A folder with errors changes nothing: the running configuration stays. */
void daemon_reload(struct daemon *d)
{
	struct config_errors errors = {.fn = daemon_log_error};

	d->reload_wanted = false;
	struct config *fresh = config_load(d->opt.config_dir, &errors);
	if (fresh)
		trial_run(d->services, fresh, d->opt.plugin_dir ? d->opt.plugin_dir : fresh->core.plugin_dir, goes_on, d, &errors);
	if (!fresh || errors.count) {
		log_line(F1P_LOG_ERROR, "core", "reload: %d error%s; the running configuration stays", errors.count,
			errors.count == 1 ? "" : "s");
		config_free(fresh);
		return;
	}
	apply_config(d, fresh);
}

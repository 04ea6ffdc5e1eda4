#include "daemon/replay_command.h"

#include "base/log.h"
#include "daemon/command_config.h"
#include "daemon/daemon.h"
#include "daemon/report.h"
#include "loop/vclock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Instance and plugin. */
static const char *const default_predictors[][2] = {
	{"predictor-midrace", "predictor_midrace"},
	{"predictor-order", "predictor_order"},
	{"predictor-ensemble", "predictor_ensemble"},
};

static bool add_source(struct config *c, const struct replay_options *o)
{
	struct config_file *f = command_config_add(c, "source-replay", o->source);
	bool ok = f && (!o->path || command_config_option(f, "path", 4, o->path));
	bool start_given = false;

	for (size_t i = 0; ok && i < o->n_set; i++) {
		const char *eq = strchr(o->set[i], '=');
		if (!eq || eq == o->set[i]) {
			log_line(F1P_LOG_ERROR, "replay", "--set %s: write KEY=VALUE", o->set[i]);
			return false;
		}
		start_given |= strncmp(o->set[i], "start=", 6) == 0;
		ok = command_config_option(f, o->set[i], (size_t)(eq - o->set[i]), eq + 1);
	}
	/* Headless, nothing is waited for: the whole recording counts. */
	if (ok && o->path && !start_given)
		ok = command_config_option(f, "start", 5, "beginning");
	return ok;
}

/* The predictors of the configuration, or the bundled ones; its sources and sinks stay out. */
static struct config *make_config(const struct replay_options *o)
{
	struct config *c = command_config_load(o->config_dir);

	if (!c)
		return NULL;
	for (size_t i = 0; i < c->n_files; i++)
		if (strncmp(c->files[i].plugin_id, "predictor_", 10) != 0)
			c->files[i].enabled = false;
	bool ok = true;
	for (size_t i = 0; !o->config_dir && ok && i < sizeof(default_predictors) / sizeof(default_predictors[0]); i++)
		ok = command_config_add(c, default_predictors[i][0], default_predictors[i][1]) != NULL;
	if (!ok || !add_source(c, o)) {
		config_free(c);
		return NULL;
	}
	c->core.speed = o->speed;
	if (o->workers)
		c->core.workers = o->workers;
	return c;
}

int replay_command(const struct replay_options *o)
{
	struct config *c = make_config(o);

	if (!c)
		return 1;
	struct daemon_options opt = {
		.plugin_dir = o->plugin_dir, .journal_path = o->journal, .headless = true, .forecasts = !o->no_forecasts};
	struct daemon *d = daemon_create(c, &opt);
	if (!d)
		return 1;
	int64_t begin = vclock_mono_ns();
	int code = daemon_run(d);
	double wall_s = (double)(vclock_mono_ns() - begin) / 1e9;
	if (!report_write(d, wall_s, o->json, stdout))
		code = 1;
	daemon_destroy(d);
	return code;
}

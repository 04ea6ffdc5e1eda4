/*
 * daemon_fixture.h - for tests: a whole daemon on the simulator of this build, configured in memory.
 */
#ifndef DAEMON_FIXTURE_H
#define DAEMON_FIXTURE_H

#include "daemon/daemon.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where the modules of this build are; the test is skipped where nobody says. */
static inline const char *fixture_plugins(void)
{
	static char dir[4096];
	const char *build = getenv("F1PD_BUILD");

	if (!build) {
		print_message("SKIPPED: F1PD_BUILD is not set, so the plugins of this build are not known\n");
		skip();
	}
	snprintf(dir, sizeof(dir), "%s/lib/f1pd/plugins", build);
	return dir;
}

static inline void fixture_error(void *arg, const char *line)
{
	(void)arg;
	print_message("%s\n", line);
}

/* A configuration without any file: core options at their defaults, as fast as possible. */
static inline struct config *fixture_config(int64_t workers)
{
	struct config_errors errors = {.fn = fixture_error};
	struct config_file none = {.path = "(test)", .name = "f1pd", .plugin_id = "f1pd", .enabled = true};
	struct config *c = calloc(1, sizeof(*c));

	assert_non_null(c);
	assert_true(config_fill(config_core_items, config_core_count, sizeof(c->core), &none, ".", &c->core_block, &errors));
	memcpy(&c->core, c->core_block, sizeof(c->core));
	c->core.speed = 0;
	c->core.workers = workers;
	return c;
}

/* name: "source-demo"; options: lines "key = value\n". */
static inline void fixture_add(struct config *c, const char *name, const char *plugin_id, const char *options)
{
	struct config_errors errors = {.fn = fixture_error};
	char path[80], text[1000];
	struct config_file *f;

	snprintf(path, sizeof(path), "%zu-%s.ini", 10 + c->n_files, name);
	snprintf(text, sizeof(text), "[plugin]\nid = %s\n[options]\n%s", plugin_id, options);
	f = config_file_parse(path, text, strlen(text), &errors);
	assert_non_null(f);
	c->files = realloc(c->files, (c->n_files + 1) * sizeof(*c->files));
	assert_non_null(c->files);
	c->files[c->n_files++] = *f;
	free(f);
}

/* A short race with the bundled predictors that need no simulation. */
static inline struct config *fixture_race(int64_t workers, const char *options)
{
	struct config *c = fixture_config(workers);

	fixture_add(c, "source-demo", "source_simulator", options);
	fixture_add(c, "predictor-order", "predictor_order", "");
	fixture_add(c, "predictor-ensemble", "predictor_ensemble", "");
	return c;
}

#endif

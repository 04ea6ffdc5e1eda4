/*
 * instance_fixture.h - for tests: instances without a module behind them, running from the start.
 */
#ifndef INSTANCE_FIXTURE_H
#define INSTANCE_FIXTURE_H

#include "plugin/inert_ops.h"
#include "plugin/instance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline void fixture_log(void *arg, int level, const char *instance, const char *line)
{
	(void)arg, (void)level, (void)instance, (void)line;
}

static inline struct services *fixture_services(void)
{
	struct host_ops ops = inert_ops(fixture_log, NULL);

	return services_create(&ops);
}

static inline void fixture_stop(struct f1p_plugin *p)
{
	(void)p;
}

/* plugin is the caller's; its impl is left alone. */
static inline struct instance *fixture_instance(struct services *s, uint32_t id, uint32_t kind, const char *name,
	struct f1p_plugin *plugin)
{
	struct instance *in = calloc(1, sizeof(*in));
	struct config_file *file = calloc(1, sizeof(*file));

	if (!in || !file)
		abort();
	file->path = strdup("(test)");
	file->name = strdup(name);
	file->plugin_id = strdup("fixture");
	file->enabled = true;
	file->queue_policy = CONFIG_QUEUE_COALESCE;
	file->queue_size = 1024;
	in->id = id;
	in->kind = kind;
	in->state = INSTANCE_RUNNING;
	in->file = file;
	in->host = services_host_create(s, id, name);
	in->plugin = plugin;
	plugin->size = sizeof(*plugin);
	plugin->stop = fixture_stop;
	if (!in->host || !file->path || !file->name || !file->plugin_id)
		abort();
	return in;
}

static inline void fixture_instance_free(struct instance *in)
{
	services_host_destroy(in->host);
	config_file_free(in->file);
	free(in);
}

#endif

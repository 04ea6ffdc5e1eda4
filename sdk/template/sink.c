/*
 * @ID@.c - a sink: it counts the events and writes a line per lap of the leader.
 *
 * Events lie one behind the other, each as long as its size says. Look at (space, type), check the size, cast; skip the rest.
 */
#include <f1pd/f1pd.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct @ID@_config {
	int64_t every;
};

struct @ID@ {
	struct f1p_plugin base;
	const struct f1p_host *host;
	struct @ID@_config config;
	uint64_t events;
	int32_t lap;
};

/* ---- events */

static void take_lap_count(struct @ID@ *self, const struct f1p_ev_lap_count *ev)
{
	if (!(ev->mask & F1P_LAPS_CURRENT) || ev->current == self->lap) {
		return;
	}
	self->lap = ev->current;
	if (self->lap % self->config.every == 0) {
		self->host->log(self->host, F1P_LOG_INFO, "lap %" PRId32 ": %" PRIu64 " events so far", self->lap, self->events);
	}
}

static void take(struct @ID@ *self, const struct f1p_event *ev)
{
	self->events++;
	if (ev->space == F1P_SPACE_CORE && ev->type == F1P_EV_LAP_COUNT && ev->size >= sizeof(struct f1p_ev_lap_count)) {
		take_lap_count(self, (const struct f1p_ev_lap_count *)(const void *)ev);
	}
}

/* [sink] The batch is lent until we return. F1P_AGAIN would keep it for later, F1P_EPERMANENT drop it. */
static f1p_status write_events(struct f1p_plugin *plugin, const struct f1p_event *first, uint32_t count, size_t bytes)
{
	const char *at = (const char *)first;

	(void)bytes;
	for (uint32_t i = 0; i < count; i++) {
		const struct f1p_event *ev = (const struct f1p_event *)(const void *)at;

		take(plugin->impl, ev);
		at += ev->size;
	}
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
	static const struct f1p_sink sink = { .size = sizeof(sink), .write = write_events };

	(void)plugin;
	return strcmp(id, F1P_EXT_SINK) == 0 ? &sink : NULL;
}

/* ---- what the host reads before it creates anything */

static const struct f1p_cfg_item options[] = {
	F1P_OPT(struct @ID@_config, every, F1P_CFG_INT, 0, "1", "1", "100", NULL, "Write a line every so many laps"),
};

static const struct f1p_descriptor *descriptor(uint32_t index)
{
	static const struct f1p_descriptor d = {
		.size = sizeof(d),
		.kinds = F1P_KIND_SINK,
		.id = "@ID@",
		.version = "0.1.0",
		.license = "MIT",
		.description = "Counts events and writes a line per lap",
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

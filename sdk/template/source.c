/*
 * @ID@.c - a source: it emits a session and then one lap after the other.
 *
 * It is paced: the host owns the clock and asks for what is due. Replace begin_session() and the lap count by what you read.
 */
#include <f1pd/f1pd.h>

#include <stdlib.h>
#include <string.h>

#define FIRST_LAP_NS INT64_C(1735689600000000000) /* 2025-01-01T00:00:00Z */

struct @ID@_config {
	int64_t laps;
	int64_t lap_time;
};

struct @ID@ {
	struct f1p_plugin base;
	const struct f1p_host *host;
	const struct f1p_bus *bus;
	struct @ID@_config config;
	int64_t lap; /* the next to emit; 0 = the session itself */
};

/* ---- events */

static struct f1p_event head(size_t size, uint16_t type, int64_t t_ns)
{
	return (struct f1p_event){ .size = (uint32_t)size, .space = F1P_SPACE_CORE, .type = type, .t_event_ns = t_ns };
}

static f1p_status begin_session(struct @ID@ *self, int64_t t_ns)
{
	struct f1p_ev_session ev = {
		.h = head(sizeof(ev), F1P_EV_SESSION, t_ns),
		.type = F1P_SESSION_RACE,
		.year = 2025,
		.t_start_ns = t_ns,
		.t_end_ns = F1P_UNKNOWN_NS,
		.gmt_offset_s = 0,
		.name = "Race",
		.meeting = "@ID@",
	};

	return self->bus->emit(self->host, &ev.h);
}

static f1p_status begin_lap(struct @ID@ *self, int64_t t_ns)
{
	struct f1p_ev_lap_count ev = {
		.h = head(sizeof(ev), F1P_EV_LAP_COUNT, t_ns),
		.mask = F1P_LAPS_CURRENT | F1P_LAPS_TOTAL,
		.current = (int32_t)self->lap,
		.total = (int32_t)self->config.laps,
	};

	return self->bus->emit(self->host, &ev.h);
}

/* When the next event is due: the session and lap 1 together, then a lap every lap_time. */
static int64_t due(const struct @ID@ *self)
{
	return FIRST_LAP_NS + (self->lap > 1 ? self->lap - 1 : 0) * self->config.lap_time * 1000000;
}

/* [loop] Emits what is due at now_ns and tells when there is more. F1P_UNKNOWN_NS (the first call) is before everything. */
static f1p_status poll_laps(struct f1p_plugin *plugin, int64_t now_ns, uint32_t max_events, int64_t *next_due_ns)
{
	struct @ID@ *self = plugin->impl;

	for (uint32_t n = 0; n < max_events && now_ns >= due(self); n++) {
		f1p_status status;

		if (self->lap > self->config.laps) {
			return F1P_END;
		}
		status = self->lap == 0 ? begin_session(self, due(self)) : begin_lap(self, due(self));
		if (status != F1P_OK) {
			return status;
		}
		self->lap++;
	}
	*next_due_ns = due(self);
	return F1P_OK;
}

/* ---- life cycle: create, init, configure, start, ..., stop, destroy */

static f1p_status plugin_init(struct f1p_plugin *plugin)
{
	struct @ID@ *self = plugin->impl;

	self->bus = self->host->get_extension(self->host, F1P_EXT_BUS);
	if (!self->bus) {
		return self->host->fail(self->host, F1P_EUNSUPPORTED, "this host takes no events");
	}
	return F1P_OK;
}

static f1p_status plugin_configure(struct f1p_plugin *plugin, const void *config)
{
	struct @ID@ *self = plugin->impl;

	self->config = *(const struct @ID@_config *)config;
	return F1P_OK;
}

/* A restart begins again: deterministic sources emit the same events every time. */
static f1p_status plugin_start(struct f1p_plugin *plugin)
{
	struct @ID@ *self = plugin->impl;

	self->lap = 0;
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
	static const struct f1p_source source = {
		.size = sizeof(source),
		.flags = F1P_SOURCE_PACED | F1P_SOURCE_DETERMINISTIC | F1P_SOURCE_SIMULATED,
		.poll = poll_laps,
	};

	(void)plugin;
	return strcmp(id, F1P_EXT_SOURCE) == 0 ? &source : NULL;
}

/* ---- what the host reads before it creates anything */

static const struct f1p_cfg_item options[] = {
	F1P_OPT(struct @ID@_config, laps, F1P_CFG_INT, 0, "57", "1", "100", NULL, "Laps of the session"),
	F1P_OPT(struct @ID@_config, lap_time, F1P_CFG_DURATION_MS, 0, "90s", "1s", "10m", NULL, "Time of one lap"),
};

static const struct f1p_descriptor *descriptor(uint32_t index)
{
	static const struct f1p_descriptor d = {
		.size = sizeof(d),
		.kinds = F1P_KIND_SOURCE,
		.id = "@ID@",
		.version = "0.1.0",
		.license = "MIT",
		.description = "Counts the laps of a session that nobody drives",
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

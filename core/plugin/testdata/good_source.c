/*
 * A source that tells each call to the log and fails when it is configured to: what instance_test and check_command need.
 */
#include "test_plugin.h"

#include <string.h>

struct cfg {
	const char *greeting;
	int64_t fail_starts;
	double speed;
	bool refuse;
	const char *path;
};
static const struct f1p_cfg_item items[] = {
	F1P_OPT(struct cfg, greeting, F1P_CFG_STR, F1P_CFG_REQUIRED, NULL, NULL, NULL, NULL, "What it says"),
	F1P_OPT(struct cfg, fail_starts, F1P_CFG_INT, 0, "0", "0", "1000", NULL, "So many starts fail"),
	F1P_OPT(struct cfg, speed, F1P_CFG_DOUBLE, 0, "1", "0", "1000", NULL, "How fast"),
	F1P_OPT(struct cfg, refuse, F1P_CFG_BOOL, 0, "no", NULL, NULL, NULL, "configure() fails"),
	F1P_OPT(struct cfg, path, F1P_CFG_PATH, 0, "", NULL, NULL, NULL, "A file"),
};
static const struct f1p_descriptor the_descriptor = {sizeof(the_descriptor), F1P_KIND_SOURCE, "good_source", "1.2.3", "MIT",
	"A source for tests.", items, sizeof(items) / sizeof(items[0]), sizeof(struct cfg)};

struct impl {
	struct f1p_plugin plugin;
	const struct f1p_host *host;
	const struct cfg *cfg;
	int64_t starts;
};

static f1p_status init(struct f1p_plugin *p)
{
	struct impl *i = p->impl;

	i->host->log(i->host, F1P_LOG_INFO, "init");
	if (!i->host->get_extension(i->host, F1P_EXT_BUS)) {
		return i->host->fail(i->host, F1P_EUNSUPPORTED, "the host offers no bus");
	}
	return F1P_OK;
}

static f1p_status configure(struct f1p_plugin *p, const void *cfg)
{
	struct impl *i = p->impl;

	i->cfg = cfg;
	i->host->log(i->host, F1P_LOG_INFO, "configure %s %s", i->cfg->greeting, i->cfg->path);
	return i->cfg->refuse ? i->host->fail(i->host, F1P_ECONFIG, "will not work with %s", i->cfg->greeting) : F1P_OK;
}

static f1p_status start(struct f1p_plugin *p)
{
	struct impl *i = p->impl;

	i->host->log(i->host, F1P_LOG_INFO, "start");
	if (i->starts++ < i->cfg->fail_starts) {
		return i->host->fail(i->host, F1P_EIO, "the feed cannot be reached");
	}
	return F1P_OK;
}

static void stop(struct f1p_plugin *p)
{
	struct impl *i = p->impl;

	i->host->log(i->host, F1P_LOG_INFO, "stop");
}

static void destroy(struct f1p_plugin *p)
{
	struct impl *i = p->impl;

	i->host->log(i->host, F1P_LOG_INFO, "destroy");
	free(i);
}

static f1p_status poll(struct f1p_plugin *p, int64_t now_ns, uint32_t max_events, int64_t *next_due_ns)
{
	struct impl *i = p->impl;
	const struct f1p_bus *bus = i->host->get_extension(i->host, F1P_EXT_BUS);
	const struct f1p_event beat = {.size = sizeof(beat), .type = F1P_EV_HEARTBEAT, .t_event_ns = now_ns};

	(void)max_events;
	*next_due_ns = now_ns + 1;
	return bus ? bus->emit(i->host, &beat) : F1P_EUNSUPPORTED;
}

static const void *get_extension(struct f1p_plugin *p, const char *id)
{
	static const struct f1p_source source = {sizeof(source), F1P_SOURCE_PACED, poll};

	(void)p;
	return strcmp(id, F1P_EXT_SOURCE) == 0 ? &source : NULL;
}

static const struct f1p_descriptor *descriptor(uint32_t i)
{
	return i == 0 ? &the_descriptor : NULL;
}

static struct f1p_plugin *create(const struct f1p_host *host, const char *id)
{
	struct impl *i = strcmp(id, the_descriptor.id) == 0 ? calloc(1, sizeof(*i)) : NULL;

	if (!i) {
		return NULL;
	}
	i->plugin = (struct f1p_plugin){sizeof(i->plugin), 0, i, init, configure, start, stop, destroy, get_extension};
	i->host = host;
	return &i->plugin;
}

F1P_PLUGIN_ENTRY(descriptor, create, 1);

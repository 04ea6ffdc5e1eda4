/*
 * source_livetiming.c - the plugin: F1's live timing over SignalR Core as a live source.
 *
 * Extensions: f1p.source/1 (live), f1p.source-feed/1 (the WebSocket text of one connection).
 */
#include "supervisor.h"

#include <f1pd/f1pd.h>

#include <stdlib.h>
#include <string.h>

#include "helpers/one_plugin.h"

struct config {
	const char *base_url, *token, *token_file, *topics, *connect;
	int64_t connections, renew_after, silence, retry_min, retry_max, max_message;
};

struct livetiming {
	struct f1p_plugin plugin;
	const struct f1p_host *host;
	const struct f1p_bus *bus;
	struct slt_options options;
	struct slt_supervisor supervisor;
	bool configured;
};

static const struct f1p_cfg_item items[] = {
	F1P_OPT(struct config, base_url, F1P_CFG_STR, 0, "https://livetiming.formula1.com", NULL, NULL, NULL,
		"Server; /signalrcore is added"),
	F1P_OPT(struct config, token, F1P_CFG_SECRET, 0, "", NULL, NULL, NULL,
		"F1TV bearer token for the topics that are not public; given here it changes only with a reload"),
	F1P_OPT(struct config, token_file, F1P_CFG_PATH, 0, "", NULL, NULL, NULL,
		"File with that token instead; it is read again whenever it changes"),
	F1P_OPT(struct config, topics, F1P_CFG_STR, 0, "all", NULL, NULL, NULL,
		"What to subscribe to, with commas between; all: every topic that is made use of"),
	F1P_OPT(struct config, connections, F1P_CFG_INT, 0, "2", "1", "2", NULL,
		"2: two overlapping connections, so that nothing is lost when one breaks"),
	F1P_OPT(struct config, connect, F1P_CFG_ENUM, 0, "auto", NULL, NULL, "auto|always",
		"auto: only around sessions, by the calendar; always: from start to stop"),
	F1P_OPT(struct config, renew_after, F1P_CFG_DURATION_MS, 0, "110m", "10s", "24h", NULL,
		"Age at which a connection is replaced by a new one; the server cuts at two hours"),
	F1P_OPT(struct config, silence, F1P_CFG_DURATION_MS, 0, "20s", "1s", "10m", NULL,
		"A connection that brings nothing for so long is replaced; before a session, three times as long; between sessions, never"),
	F1P_OPT(struct config, retry_min, F1P_CFG_DURATION_MS, 0, "2s", "100ms", "5m", NULL,
		"Longest wait after a first failure; it doubles with each further one"),
	F1P_OPT(struct config, retry_max, F1P_CFG_DURATION_MS, 0, "60s", "100ms", "1h", NULL, "Longest wait of all"),
	F1P_OPT(struct config, max_message, F1P_CFG_SIZE, 0, "10M", "64k", "10M", NULL, "Longest message taken, unpacked"),
};

static const struct f1p_descriptor descriptor = {
	.size = sizeof(descriptor),
	.kinds = F1P_KIND_SOURCE,
	.id = "source_livetiming",
	.version = "0.1.0",
	.license = "MIT",
	.description = "F1's live timing as it happens, over one or two SignalR Core connections.",
	.config = items,
	.config_count = sizeof(items) / sizeof(items[0]),
	.config_size = sizeof(struct config),
};

static struct livetiming *self(struct f1p_plugin *plugin)
{
	return plugin->impl;
}

static f1p_status livetiming_init(struct f1p_plugin *plugin)
{
	struct livetiming *l = self(plugin);

	l->bus = l->host->get_extension(l->host, F1P_EXT_BUS);
	if (l->bus == NULL) {
		return l->host->fail(l->host, F1P_EUNSUPPORTED, "the host offers no %s", F1P_EXT_BUS);
	}
	return F1P_OK;
}

static f1p_status check(const struct livetiming *l, const struct config *c)
{
	const struct f1p_host *host = l->host;
	const char *why = "";

	if (!slt_base_url_ok(c->base_url, &why)) {
		return host->fail(host, F1P_ECONFIG, "base_url: %s", why);
	}
	if (c->token[0] != '\0' && c->token_file[0] != '\0') {
		return host->fail(host, F1P_ECONFIG, "token and token_file: give one of them");
	}
	if ((c->token[0] != '\0' || c->token_file[0] != '\0') && slt_base_url_is_open(c->base_url)) {
		return host->fail(host, F1P_ECONFIG, "base_url: a token is not sent to another machine over plain http: use https://");
	}
	if (c->retry_min > c->retry_max) {
		return host->fail(host, F1P_ECONFIG, "retry_min is greater than retry_max");
	}
	return F1P_OK;
}

static f1p_status livetiming_configure(struct f1p_plugin *plugin, const void *cfg)
{
	struct livetiming *l = self(plugin);
	const struct config *c = cfg;
	char why[120] = "";
	f1p_status status = check(l, c);

	if (status != F1P_OK) {
		return status;
	}
	if (!slt_topics_parse(c->topics, &l->options.topics, why, sizeof(why))) {
		return l->host->fail(l->host, F1P_ECONFIG, "topics: %s", why);
	}
	l->options.base_url = c->base_url;
	l->options.token = c->token;
	l->options.token_file = c->token_file;
	l->options.connections = (uint32_t)c->connections;
	l->options.always = strcmp(c->connect, "always") == 0;
	l->options.renew_ns = c->renew_after * SLT_NS_PER_MS;
	l->options.silence_ns = c->silence * SLT_NS_PER_MS;
	l->options.retry_min_ns = c->retry_min * SLT_NS_PER_MS;
	l->options.retry_max_ns = c->retry_max * SLT_NS_PER_MS;
	l->options.max_message = (size_t)c->max_message;
	l->configured = true;
	return F1P_OK;
}

static f1p_status livetiming_start(struct f1p_plugin *plugin)
{
	struct livetiming *l = self(plugin);

	if (!l->configured) {
		return l->host->fail(l->host, F1P_ECONFIG, "not configured");
	}
	slt_supervisor_stop(&l->supervisor);
	return slt_supervisor_start(&l->supervisor, l->host, l->bus, &l->options);
}

static void livetiming_stop(struct f1p_plugin *plugin)
{
	slt_supervisor_stop(&self(plugin)->supervisor);
}

static void livetiming_destroy(struct f1p_plugin *plugin)
{
	struct livetiming *l = self(plugin);

	slt_supervisor_stop(&l->supervisor);
	free(l);
}

static f1p_status livetiming_poll(struct f1p_plugin *plugin, int64_t now_ns, uint32_t max_events, int64_t *next_due_ns)
{
	(void)now_ns; /* the host's clock says the same */
	(void)max_events;
	*next_due_ns = slt_supervisor_poll(&self(plugin)->supervisor);
	return F1P_OK;
}

static f1p_status livetiming_feed(struct f1p_plugin *plugin, const void *bytes, size_t n)
{
	return slt_supervisor_feed(&self(plugin)->supervisor, bytes, n);
}

static const struct f1p_source source = {sizeof(source), 0, livetiming_poll};
static const struct f1p_source_feed feed = {sizeof(feed), 0, livetiming_feed};

static const void *livetiming_extension(struct f1p_plugin *plugin, const char *id)
{
	(void)plugin;
	if (strcmp(id, F1P_EXT_SOURCE) == 0) {
		return &source;
	}
	return strcmp(id, F1P_EXT_SOURCE_FEED) == 0 ? &feed : NULL;
}

F1P_ONE_PLUGIN(descriptor, struct livetiming, livetiming_init, livetiming_configure, livetiming_start, livetiming_stop, livetiming_destroy,
	livetiming_extension);

/*
 * sink_websocket.c - the plugin: HTTP, WebSocket and the page.
 *
 * Messages, documents and addresses are described in README.md of this folder.
 */
#include "sink_websocket.h"

#include <stdlib.h>
#include <string.h>

#include "helpers/one_plugin.h"

#define REEL_ROOM (16u << 20) /* bytes, where no configuration says */

static const struct f1p_cfg_item options[] = {
	F1P_OPT(struct sink_config, bind, F1P_CFG_STR, 0, "127.0.0.1", NULL, NULL, NULL,
		"Numeric address to listen on; 0.0.0.0 or :: for every interface"),
	F1P_OPT(struct sink_config, port, F1P_CFG_INT, 0, "8031", "0", "65535", NULL, "TCP port; 0 takes a free one and logs it"),
	F1P_OPT(struct sink_config, page_dir, F1P_CFG_PATH, 0, "", NULL, NULL, NULL,
		"Folder of the page; empty finds the one that came with the program"),
	F1P_OPT(struct sink_config, chart_js, F1P_CFG_PATH, 0, "/usr/share/javascript/chart.js/chart.min.js", NULL, NULL, NULL,
		"Chart.js 3, served at /vendor/chart.js; empty leaves the chart out"),
	F1P_OPT(struct sink_config, max_clients, F1P_CFG_INT, 0, "10000", "1", "100000", NULL, "WebSocket clients at once"),
	F1P_OPT(struct sink_config, stale_after, F1P_CFG_DURATION_MS, 0, "30s", "1s", "1h", NULL,
		"Age of the newest data at which /readyz says no"),
	F1P_OPT(struct sink_config, update_every, F1P_CFG_DURATION_MS, 0, "250ms", "20ms", "10s", NULL,
		"Least time between two updates to the clients"),
	F1P_OPT(struct sink_config, slow_client, F1P_CFG_DURATION_MS, 0, "30s", "1s", "10m", NULL,
		"How long a client's socket may take nothing before the client is dropped"),
	F1P_OPT(struct sink_config, compress, F1P_CFG_BOOL, 0, "yes", NULL, NULL, NULL,
		"Whether sockets may be compressed (permessage-deflate); each message is compressed once for all"),
	F1P_OPT(struct sink_config, rewind, F1P_CFG_DURATION_MS, 0, "3h", "1m", "24h", NULL,
		"How long messages are kept for clients that come back, have a delay or go back"),
	F1P_OPT(struct sink_config, rewind_bytes, F1P_CFG_SIZE, 0, "256M", "1M", "16G", NULL,
		"How many bytes of messages are kept at most; the oldest go first"),
	F1P_OPT(struct sink_config, reel_dir, F1P_CFG_PATH, 0, "/tmp", NULL, NULL, NULL,
		"Folder on whose disk the messages are kept, in a file without a name; empty keeps them in memory, at most rewind_bytes"),
	F1P_OPT(struct sink_config, replay_control, F1P_CFG_BOOL, 0, "yes", NULL, NULL, NULL,
		"Whether POST /api/v1/replay may steer a recording or simulation, for those who may control"),
	F1P_OPT(struct sink_config, tokens, F1P_CFG_SECRET, 0, "", NULL, NULL, NULL,
		"${file:PATH} of the tokens that are let in, a line each: TOKEN read, or TOKEN control; needed where others can connect"),
	F1P_OPT(struct sink_config, allow_anonymous, F1P_CFG_BOOL, 0, "no", NULL, NULL, NULL,
		"Whether everybody who can connect may read without a token; nobody may control without one then"),
	F1P_OPT(struct sink_config, origins, F1P_CFG_STR, 0, "", NULL, NULL, NULL,
		"Web pages of other servers that may read, open sockets and POST: https://a.example https://b.example:8443; * lets all read"),
	F1P_OPT(struct sink_config, hosts, F1P_CFG_STR, 0, "", NULL, NULL, NULL,
		"Further names of this server, without port; behind a proxy its public name. On loopback localhost is known already"),
	F1P_OPT(struct sink_config, tls_certificate, F1P_CFG_PATH, 0, "", NULL, NULL, NULL,
		"Certificate with its chain, PEM; set, only https and wss are spoken, TLS 1.2 or newer"),
	F1P_OPT(struct sink_config, tls_key, F1P_CFG_PATH, 0, "", NULL, NULL, NULL, "Private key of the certificate, PEM"),
	F1P_OPT(struct sink_config, connections_per_address, F1P_CFG_INT, 0, "100", "0", "100000", NULL,
		"Connections that one address may have open (IPv6: one /64); 0 = any; never limited on loopback"),
	F1P_OPT(struct sink_config, requests_per_second, F1P_CFG_INT, 0, "50", "0", "1000000", NULL,
		"Requests of one address, four seconds' worth at once; 0 = any; never limited on loopback"),
	F1P_OPT(struct sink_config, request_timeout, F1P_CFG_DURATION_MS, 0, "10s", "1s", "5m", NULL,
		"How long a client may take to send its request"),
};

static const struct f1p_descriptor descriptor = {
	.size = sizeof(descriptor),
	.kinds = F1P_KIND_SINK,
	.id = "sink_websocket",
	.version = "0.1.0",
	.license = "MIT",
	.description = "Serves the page, the HTTP interface and the WebSocket stream of states and forecasts.",
	.config = options,
	.config_count = sizeof(options) / sizeof(options[0]),
	.config_size = sizeof(struct sink_config),
};

static struct sink *sink_of(struct f1p_plugin *p)
{
	return p->impl;
}

static void init_metrics(struct sink *s)
{
	static const char *const classes[] = {"2xx", "3xx", "4xx", "5xx"};
	struct sink_metrics *m = &s->metrics;
	m->api = s->host->get_extension(s->host, F1P_EXT_METRICS);
	if (!m->api) {
		return;
	}
	m->clients = m->api->get(s->host, F1P_METRIC_GAUGE, "f1pd_ws_clients", "WebSocket clients connected.", NULL, NULL);
	m->sent = m->api->get(
		s->host, F1P_METRIC_COUNTER, "f1pd_ws_sent_total", "Messages written to WebSocket clients.", NULL, NULL);
	m->dropped = m->api->get(s->host, F1P_METRIC_COUNTER, "f1pd_ws_dropped_total",
		"WebSocket clients refused or dropped because they were too many or too slow.", NULL, NULL);
	m->lag = m->api->get(
		s->host, F1P_METRIC_GAUGE, "f1pd_ws_lag_frames", "Messages by which the slowest client is behind.", NULL, NULL);
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		m->requests[i] = m->api->get(
			s->host, F1P_METRIC_COUNTER, "f1pd_http_requests_total", "HTTP requests answered.", "class", classes[i]);
	}
}

static f1p_status plugin_init(struct f1p_plugin *p)
{
	struct sink *s = sink_of(p);
	s->bus = s->host->get_extension(s->host, F1P_EXT_BUS);
	s->threads = s->host->get_extension(s->host, F1P_EXT_THREAD);
	s->routes = s->host->get_extension(s->host, F1P_EXT_ROUTES);
	s->health = s->host->get_extension(s->host, F1P_EXT_HEALTH);
	s->schedule = s->host->get_extension(s->host, F1P_EXT_SCHEDULE);
	s->replay = s->host->get_extension(s->host, F1P_EXT_REPLAY);
	init_metrics(s);
	if (!s->threads) {
		return s->host->fail(
			s->host, F1P_EUNSUPPORTED, "the host offers no threads (" F1P_EXT_THREAD "), which this sink needs");
	}
	return F1P_OK;
}

static f1p_status plugin_configure(struct f1p_plugin *p, const void *cfg)
{
	sink_of(p)->config = *(const struct sink_config *)cfg;
	return F1P_OK;
}

static f1p_status find_page(struct sink *s)
{
	if (files_find_page(s->config.page_dir, s->page_dir, sizeof(s->page_dir))) {
		return F1P_OK;
	}
	if (s->config.page_dir[0]) {
		return s->host->fail(s->host, F1P_ECONFIG, "page_dir = %s: no readable index.html there", s->config.page_dir);
	}
	s->host->log(s->host, F1P_LOG_WARN, "the page was not found; set page_dir. The interface works without it");
	return F1P_OK;
}

static void drop_documents(struct sink *s)
{
	variants_finish(&s->variants);
	frame_unref(s->session_cache.body);
	s->session_cache = (struct session_cache){0};
	viewers_finish(&s->viewers, &s->lanes);
	stream_finish(&s->stream);
	free(s->forecasts);
	s->forecasts = NULL;
}

static bool open_stream(struct sink *s)
{
	const struct sink_config *c = &s->config;
	const struct stream_options o = {.folder = c->reel_dir ? c->reel_dir : "",
		.room = c->rewind_bytes > 0 ? (uint64_t)c->rewind_bytes : REEL_ROOM,
		.keep_ns = c->rewind > 0 ? c->rewind * 1000000 : INT64_MAX,
		.epoch = (uint64_t)s->host->now_mono_ns(s->host) / 1000};
	int failed = 0;
	bool fine = stream_init(&s->stream, &s->inbox, &o, &failed);
	if (fine && failed) {
		s->host->log(s->host, F1P_LOG_WARN, "reel_dir = %s: %s; few messages are kept, in memory, for delays and for clients that come back",
			o.folder, strerror(failed));
	}
	return fine;
}

static f1p_status plugin_start(struct f1p_plugin *p)
{
	struct sink *s = sink_of(p);
	f1p_status status = find_page(s);
	if (status != F1P_OK) {
		return status;
	}
	status = inbox_init(&s->inbox, s->host, s->bus);
	if (status != F1P_OK) {
		return s->host->fail(s->host, status, "no memory");
	}
	s->forecasts = calloc(1, sizeof(*s->forecasts));
	if (!s->forecasts) {
		inbox_finish(&s->inbox);
		return s->host->fail(s->host, F1P_ENOMEM, "no memory");
	}
	if (!open_stream(s)) {
		inbox_finish(&s->inbox);
		return s->host->fail(s->host, F1P_ENOMEM, "no memory");
	}
	s->stream.log = s->forecasts;
	s->ticked_us = s->news_us = 0;
	s->clients = NULL;
	s->lanes = (struct lanes){0};
	s->lanes_moving = false;
	s->n_clients = 0;
	if (s->bus) { /* the race as it stands, for clients that come before anything happens */
		s->inbox.content.state = s->bus->state_acquire(s->host);
		stream_tick(&s->stream);
	}
	status = server_start(s);
	if (status != F1P_OK) {
		drop_documents(s);
		inbox_finish(&s->inbox);
		return status;
	}
	s->host->log(s->host, F1P_LOG_INFO, "serving %s://%s%s%s:%d/", server_has_tls(s) ? "https" : "http", strchr(s->config.bind, ':') ? "[" : "", s->config.bind,
		strchr(s->config.bind, ':') ? "]" : "", s->port);
	return F1P_OK;
}

static void plugin_stop(struct f1p_plugin *p)
{
	struct sink *s = sink_of(p);
	if (!s->thread) {
		return;
	}
	server_stop(s);
	drop_documents(s);
	subscriptions_finish(&s->subscriptions);
	inbox_finish(&s->inbox);
}

static void plugin_destroy(struct f1p_plugin *p)
{
	if (p) {
		plugin_stop(p);
		free(sink_of(p));
	}
}

static f1p_status sink_write(struct f1p_plugin *p, const struct f1p_event *first, uint32_t count, size_t bytes)
{
	struct sink *s = sink_of(p);
	if (!s->thread) {
		return F1P_EINVAL;
	}
	f1p_status status = inbox_put(&s->inbox, first, count, bytes);
	if (status == F1P_AGAIN) {
		return F1P_AGAIN;
	}
	if (status == F1P_OK) {
		server_wake(s);
	}
	return F1P_OK;
}

static f1p_status sink_flush(struct f1p_plugin *p)
{
	struct sink *s = sink_of(p);
	if (s->thread && inbox_flush(&s->inbox)) {
		server_wake(s);
	}
	return F1P_OK;
}

static const void *plugin_extension(struct f1p_plugin *p, const char *id)
{
	static const struct f1p_sink sink = {.size = sizeof(sink), .write = sink_write, .flush = sink_flush};
	(void)p;
	return strcmp(id, F1P_EXT_SINK) == 0 ? &sink : NULL;
}

F1P_ONE_PLUGIN(descriptor, struct sink, plugin_init, plugin_configure, plugin_start, plugin_stop, plugin_destroy,
	plugin_extension);

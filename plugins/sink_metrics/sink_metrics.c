/*
 * sink_metrics.c - metrics of the daemon and the race for Prometheus, at a route of the web server and as a text file.
 *
 * The answer is made when it is asked for: the host's registry, its health, the newest snapshot, the ages of the topics and the
 * last published forecast. These two come on the sink's thread and are read on the web server's: that is what the mutex is for.
 */
#include <f1pd/f1pd.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exposition.h"
#include "race_metrics.h"
#include "topic_metrics.h"

#include "helpers/one_plugin.h"

struct sink_metrics_config {
	const char *route;
	const char *textfile;
};

static const struct f1p_cfg_item options[] = {
	F1P_OPT(struct sink_metrics_config, route, F1P_CFG_STR, 0, "/metrics", NULL, NULL, NULL,
		"Path of the web server at which the metrics are; empty: none"),
	F1P_OPT(struct sink_metrics_config, textfile, F1P_CFG_PATH, 0, "", NULL, NULL, NULL,
		"File that is replaced about every second with the same text, for node_exporter; empty: none"),
};

struct sink_metrics {
	struct f1p_plugin plugin;
	const struct f1p_host *host;
	char *route, *textfile;
	bool route_added, file_failed;
	const struct f1p_metrics *metrics;
	const struct f1p_health_check *health;
	const struct f1p_bus *bus;
	const struct f1p_routes *routes;
	pthread_mutex_t lock;
	struct race_forecast forecast; /* under lock */
	struct topic_metrics topics;   /* under lock */
};

static struct sink_metrics *of(struct f1p_plugin *plugin)
{
	return plugin->impl;
}

/* ---- the text */

static void visit(void *arg, const struct f1p_metric_view *view)
{
	if (!race_metrics_own(view->name) && !topic_metrics_own(view->name)) {
		exposition_series(arg, view);
	}
}

static void write_text(struct sink_metrics *s, struct exposition *e)
{
	struct race_forecast forecast;
	struct topic_metrics topics;
	const struct f1p_state *state = s->bus ? s->bus->state_acquire(s->host) : NULL;

	pthread_mutex_lock(&s->lock);
	forecast = s->forecast;
	topics = s->topics;
	pthread_mutex_unlock(&s->lock);
	exposition_gauge(e, "f1pd_up", "1 while the daemon answers", 1);
	if (s->health) {
		struct f1p_health health = {.size = sizeof(health)};

		s->health->get(s->host, &health);
		race_metrics_health(e, &health);
	}
	if (state) {
		race_metrics_state(e, state);
	}
	race_metrics_forecast(e, &forecast, state);
	topic_metrics_write(e, &topics, s->host->now_mono_ns(s->host));
	if (state) {
		s->bus->state_release(s->host, state);
	}
	if (s->metrics) {
		s->metrics->visit(s->host, visit, e);
	}
}

/* [any] */
static void answer(void *arg, struct f1p_response *response)
{
	struct exposition e;

	exposition_init(&e);
	write_text(arg, &e);
	response->content_type = EXPOSITION_CONTENT_TYPE;
	if (e.failed || response->append(response, e.text, e.used) != F1P_OK) {
		response->status = 500;
	}
	exposition_finish(&e);
}

/* 0 or an errno value. A reader sees the old file or the new one, never a part. */
static int replace_file(const char *path, const struct exposition *e)
{
	char *fresh;
	int error = 0, fd;
	size_t done = 0;

	if (asprintf(&fresh, "%s.tmp", path) < 0) {
		return ENOMEM;
	}
	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0) {
		error = errno;
		goto out;
	}
	while (error == 0 && done < e->used) {
		ssize_t n = write(fd, e->text + done, e->used - done);

		if (n < 0 && errno != EINTR) {
			error = errno;
		}
		done += n > 0 ? (size_t)n : 0;
	}
	if (close(fd) != 0 && error == 0) {
		error = errno;
	}
	if (error == 0 && rename(fresh, path) != 0) {
		error = errno;
	}
	if (error) {
		unlink(fresh);
	}
out:
	free(fresh);
	return error;
}

/* ---- the kind's calls */

static f1p_status sink_metrics_write(struct f1p_plugin *plugin, const struct f1p_event *first, uint32_t count, size_t bytes)
{
	struct sink_metrics *s = of(plugin);
	const uint8_t *at = (const uint8_t *)first, *end = at + bytes;
	int64_t now_ns = s->host->now_mono_ns(s->host);

	for (uint32_t i = 0; i < count; i++) {
		const struct f1p_event *ev = (const struct f1p_event *)(const void *)at;

		if ((size_t)(end - at) < sizeof(*ev) || ev->size < sizeof(*ev) || ev->size > (size_t)(end - at)) {
			return s->host->fail(
				s->host, F1P_EPERMANENT, "event %u of a batch of %u has an impossible size", i + 1, count);
		}
		pthread_mutex_lock(&s->lock);
		race_forecast_take(&s->forecast, ev);
		topic_metrics_take(&s->topics, ev, now_ns);
		pthread_mutex_unlock(&s->lock);
		at += ev->size;
	}
	return F1P_OK;
}

static f1p_status sink_metrics_flush(struct f1p_plugin *plugin)
{
	struct sink_metrics *s = of(plugin);
	struct exposition e;
	int error;

	if (!s->textfile) {
		return F1P_OK;
	}
	exposition_init(&e);
	write_text(s, &e);
	error = e.failed ? ENOMEM : replace_file(s->textfile, &e);
	exposition_finish(&e);
	if (error && !s->file_failed) { /* said once, not every second */
		s->host->log(s->host, F1P_LOG_WARN, "%s: cannot be replaced: %s; trying on", s->textfile, strerror(error));
	}
	s->file_failed = error != 0;
	return F1P_OK;
}

/* ---- life */

static f1p_status sink_metrics_init(struct f1p_plugin *plugin)
{
	struct sink_metrics *s = of(plugin);

	pthread_mutex_init(&s->lock, NULL);
	s->metrics = s->host->get_extension(s->host, F1P_EXT_METRICS);
	s->health = s->host->get_extension(s->host, F1P_EXT_HEALTH);
	s->bus = s->host->get_extension(s->host, F1P_EXT_BUS);
	s->routes = s->host->get_extension(s->host, F1P_EXT_ROUTES);
	return F1P_OK;
}

static f1p_status sink_metrics_configure(struct f1p_plugin *plugin, const void *config)
{
	struct sink_metrics *s = of(plugin);
	const struct sink_metrics_config *cfg = config;

	free(s->route);
	free(s->textfile);
	s->route = cfg->route[0] ? strdup(cfg->route) : NULL;
	s->textfile = cfg->textfile[0] ? strdup(cfg->textfile) : NULL;
	if ((cfg->route[0] && !s->route) || (cfg->textfile[0] && !s->textfile)) {
		return s->host->fail(s->host, F1P_ENOMEM, "no memory for the options");
	}
	if (s->route && s->route[0] != '/') {
		return s->host->fail(s->host, F1P_ECONFIG, "route: \"%s\" must begin with /", s->route);
	}
	if (!s->route && !s->textfile) {
		return s->host->fail(s->host, F1P_ECONFIG, "route and textfile are both empty: set one, or disable this sink");
	}
	return F1P_OK;
}

static f1p_status sink_metrics_start(struct f1p_plugin *plugin)
{
	struct sink_metrics *s = of(plugin);
	f1p_status status;

	if (!s->route || s->route_added) {
		return F1P_OK;
	}
	if (!s->routes) {
		return s->textfile ? F1P_OK : s->host->fail(s->host, F1P_EUNSUPPORTED, "this host has no routes: set textfile");
	}
	status = s->routes->add(s->host, s->route, answer, s);
	if (status != F1P_OK) {
		return s->host->fail(s->host, status, "route %s cannot be added: another plugin may have it", s->route);
	}
	s->route_added = true;
	return F1P_OK;
}

static void sink_metrics_stop(struct f1p_plugin *plugin)
{
	struct sink_metrics *s = of(plugin);

	if (s->route_added) {
		s->routes->remove(s->host, s->route);
	}
	s->route_added = false;
}

static void sink_metrics_destroy(struct f1p_plugin *plugin)
{
	struct sink_metrics *s = of(plugin);

	pthread_mutex_destroy(&s->lock);
	free(s->route);
	free(s->textfile);
	free(s);
}

static const void *sink_metrics_extension(struct f1p_plugin *plugin, const char *id)
{
	static const struct f1p_sink sink = {.size = sizeof(sink), .write = sink_metrics_write, .flush = sink_metrics_flush};

	(void)plugin;
	return strcmp(id, F1P_EXT_SINK) == 0 ? &sink : NULL;
}

static const struct f1p_descriptor descriptor = {
	.size = sizeof(descriptor),
	.kinds = F1P_KIND_SINK,
	.id = "sink_metrics",
	.version = "0.1.0",
	.license = "MIT",
	.description = "Metrics of the daemon and the race for Prometheus",
	.config = options,
	.config_count = sizeof(options) / sizeof(options[0]),
	.config_size = sizeof(struct sink_metrics_config),
};

F1P_ONE_PLUGIN(descriptor, struct sink_metrics, sink_metrics_init, sink_metrics_configure, sink_metrics_start, sink_metrics_stop, sink_metrics_destroy,
	sink_metrics_extension);

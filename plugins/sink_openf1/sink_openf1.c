/*
 * sink_openf1.c - an API that answers as OpenF1 does, out of what this daemon has seen: live, and free.
 *
 * Rows come about on the sink's thread and are read on the web server's: that is what the lock is for.
 */
#include <f1pd/f1pd.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "recall.h"

#include "helpers/one_plugin.h"

struct sink_openf1_config {
	const char *route;
	int64_t sessions;
	bool telemetry;
};

static const struct f1p_cfg_item options[] = {
	F1P_OPT(struct sink_openf1_config, route, F1P_CFG_STR, 0, "/v1", NULL, NULL, NULL,
		"Path of the web server below which the collections are"),
	F1P_OPT(struct sink_openf1_config, sessions, F1P_CFG_INT, 0, "4", "1", "16", NULL,
		"How many sessions are kept, the one that runs included; about 4 MB each"),
	F1P_OPT(struct sink_openf1_config, telemetry, F1P_CFG_BOOL, 0, "no", NULL, NULL, NULL,
		"Also car_data and location, where a source tells them: some 100 MB for a race"),
};

struct sink_openf1 {
	struct f1p_plugin plugin;
	const struct f1p_host *host;
	const struct f1p_routes *routes;
	const struct f1p_schedule *schedule;
	const struct f1p_bus *bus;
	char *route;
	uint32_t keep;
	bool telemetry, added, told_lost;
	bool begun;	       /* the first event has come */
	uint64_t recalled_seq; /* up to here the state has told it; 0 = nothing */
	pthread_rwlock_t lock;
	struct sessions sessions; /* under lock */
};

static struct sink_openf1 *of(struct f1p_plugin *plugin)
{
	return plugin->impl;
}

/* [any] */
static void answer(void *arg, const struct f1p_request *request, struct f1p_response *response)
{
	struct sink_openf1 *s = arg;
	struct answer_from from = {.sessions = &s->sessions, .host = s->host, .schedule = s->schedule};

	pthread_rwlock_rdlock(&s->lock);
	answer_request(&from, s->route, request, response);
	pthread_rwlock_unlock(&s->lock);
}

/* ---- life */

/* Whoever asks without pause does not keep the race from being told. */
static int lock_init(pthread_rwlock_t *lock)
{
	pthread_rwlockattr_t attr;
	int error = pthread_rwlockattr_init(&attr);

	if (error == 0) {
		pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
		error = pthread_rwlock_init(lock, &attr);
		pthread_rwlockattr_destroy(&attr);
	}
	return error;
}

static f1p_status openf1_init(struct f1p_plugin *plugin)
{
	struct sink_openf1 *s = of(plugin);

	s->routes = s->host->get_extension(s->host, F1P_EXT_ROUTES);
	s->schedule = s->host->get_extension(s->host, F1P_EXT_SCHEDULE);
	s->bus = s->host->get_extension(s->host, F1P_EXT_BUS);
	return lock_init(&s->lock) == 0 ? F1P_OK : s->host->fail(s->host, F1P_ENOMEM, "no memory for a lock");
}

static f1p_status openf1_configure(struct f1p_plugin *plugin, const void *config)
{
	struct sink_openf1 *s = of(plugin);
	const struct sink_openf1_config *cfg = config;
	char *route = strdup(cfg->route);
	size_t n = route != NULL ? strlen(route) : 0;

	if (route == NULL) {
		return s->host->fail(s->host, F1P_ENOMEM, "no memory for the route");
	}
	free(s->route);
	s->route = route;
	s->keep = (uint32_t)cfg->sessions;
	s->telemetry = cfg->telemetry;
	if (n < 2 || route[0] != '/' || route[n - 1] == '/') {
		return s->host->fail(s->host, F1P_ECONFIG, "route: \"%s\" must begin with / and not end with it", s->route);
	}
	return F1P_OK;
}

static f1p_status openf1_start(struct f1p_plugin *plugin)
{
	struct sink_openf1 *s = of(plugin);
	f1p_status status = F1P_OK;

	if (s->added) {
		return F1P_OK;
	}
	if (s->routes == NULL || !F1P_HAS(s->routes, struct f1p_routes, add_tree)) {
		return s->host->fail(s->host, F1P_EUNSUPPORTED, "this host has no routes: disable this sink");
	}
	s->told_lost = s->begun = false;
	s->recalled_seq = 0;
	if (s->sessions.n == 0) {
		status = sessions_init(&s->sessions, s->keep, s->telemetry);
	}
	if (status != F1P_OK) {
		return s->host->fail(s->host, status, "no memory for the collections");
	}
	status = s->routes->add_tree(s->host, s->route, answer, s);
	if (status != F1P_OK) {
		return s->host->fail(s->host, status, "route %s cannot be added: another plugin may have it", s->route);
	}
	s->added = true;
	return F1P_OK;
}

static void openf1_stop(struct f1p_plugin *plugin)
{
	struct sink_openf1 *s = of(plugin);

	if (s->added) {
		s->routes->remove(s->host, s->route);
	}
	s->added = false;
	sessions_finish(&s->sessions);
}

static void openf1_destroy(struct f1p_plugin *plugin)
{
	struct sink_openf1 *s = of(plugin);

	sessions_finish(&s->sessions);
	pthread_rwlock_destroy(&s->lock);
	free(s->route);
	free(s);
}

/* ---- events */

/* What came before the first event that came here: the daemon was restarted, or this sink was. */
static f1p_status recall(struct sink_openf1 *s, const struct f1p_event *first)
{
	const struct f1p_state *state = s->bus != NULL && first->seq > 1 ? s->bus->state_acquire(s->host) : NULL;
	f1p_status status = F1P_OK;

	s->begun = true;
	if (state != NULL) {
		status = recall_state(&s->sessions, state);
		s->recalled_seq = state->seq;
		s->bus->state_release(s->host, state);
	}
	return status;
}

static void take(struct sink_openf1 *s, const struct f1p_event *ev)
{
	f1p_status status = s->begun ? F1P_OK : recall(s, ev), taken = F1P_OK;

	if (ev->seq > s->recalled_seq || ev->seq == 0) {
		taken = sessions_take(&s->sessions, ev);
	}
	status = status != F1P_OK ? status : taken;

	if ((status != F1P_OK || sessions_lost(&s->sessions) > 0) && !s->told_lost) { /* said once */
		s->told_lost = true;
		s->host->log(s->host, F1P_LOG_WARN, "%s: rows find no room any more and are missing in the answers",
			status != F1P_OK ? "memory is short" : "a collection is full");
	}
}

static f1p_status openf1_write(struct f1p_plugin *plugin, const struct f1p_event *first, uint32_t count, size_t bytes)
{
	struct sink_openf1 *s = of(plugin);
	const uint8_t *at = (const uint8_t *)first, *end = at + bytes;
	uint32_t i = 0;

	pthread_rwlock_wrlock(&s->lock);
	for (; i < count; i++) {
		const struct f1p_event *ev = (const struct f1p_event *)(const void *)at;

		if ((size_t)(end - at) < sizeof(*ev) || ev->size < sizeof(*ev) || ev->size > (size_t)(end - at)) {
			break;
		}
		take(s, ev);
		at += ev->size;
	}
	pthread_rwlock_unlock(&s->lock);
	return i == count
		       ? F1P_OK
		       : s->host->fail(s->host, F1P_EPERMANENT, "event %u of a batch of %u has an impossible size", i + 1, count);
}

static const void *openf1_extension(struct f1p_plugin *plugin, const char *id)
{
	static const struct f1p_sink sink = {.size = sizeof(sink), .write = openf1_write};

	(void)plugin;
	return strcmp(id, F1P_EXT_SINK) == 0 ? &sink : NULL;
}

static const struct f1p_descriptor descriptor = {
	.size = sizeof(descriptor),
	.kinds = F1P_KIND_SINK,
	.id = "sink_openf1",
	.version = "0.1.0",
	.license = "MIT",
	.description = "Answers as the OpenF1 API does, out of what was seen here",
	.config = options,
	.config_count = sizeof(options) / sizeof(options[0]),
	.config_size = sizeof(struct sink_openf1_config),
};

F1P_ONE_PLUGIN(descriptor, struct sink_openf1, openf1_init, openf1_configure, openf1_start, openf1_stop, openf1_destroy,
	openf1_extension);

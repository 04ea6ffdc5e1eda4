/*
 * host_services.c - the fake host's extensions: bus, metrics, threads, thread check, health, replay control, routes.
 */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const host_ext_ids[HOST_EXTS] = {
	F1P_EXT_BUS, F1P_EXT_METRICS, F1P_EXT_THREAD, F1P_EXT_THREAD_CHECK, F1P_EXT_HEALTH, F1P_EXT_REPLAY, F1P_EXT_ROUTES};

/* ---- bus */

static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;

	for (size_t i = 0; i < n; i++) {
		hash = (hash ^ p[i]) * UINT64_C(1099511628211);
	}
	return hash;
}

static void record(struct fake_host *h, const struct f1p_event *ev)
{
	struct f1p_event head = *ev;

	head.source_id = 0;
	head.seq = head.source_seq = 0;
	head.t_recv_ns = 0;
	if (h->hash_limit == 0 || h->emitted < h->hash_limit) {
		h->hash = hash_bytes(h->hash, &head, sizeof(head));
		h->hash = hash_bytes(h->hash, ev + 1, ev->size - sizeof(head));
	}
	if (ev->space == F1P_SPACE_CORE && ev->type == F1P_EV_FEED_RESET) {
		h->resets++;
		h->last_t_ns = INT64_MIN;
	}
	h->backwards += ev->t_event_ns < h->last_t_ns;
	h->last_t_ns = ev->t_event_ns;
	h->last_flags = ev->flags;
	h->last_type = ev->type;
	h->emitted++;
}

static f1p_status bus_emit(const struct f1p_host *host, const struct f1p_event *ev)
{
	struct fake_host *h = fake_of(host);
	char err[200];
	f1p_status answer;

	host_called(h, "emit");
	pthread_mutex_lock(&h->lock);
	answer = h->emit_answer;
	if (!event_check(ev, err, sizeof(err))) {
		if (h->bad_event[0] == '\0') {
			snprintf(h->bad_event, sizeof(h->bad_event), "event %llu: %s", (unsigned long long)h->emitted + 1, err);
		}
		h->refused++;
		answer = F1P_EINVAL;
	} else if (answer == F1P_OK) {
		record(h, ev);
	}
	pthread_mutex_unlock(&h->lock);
	return answer;
}

static const struct f1p_state *bus_acquire(const struct f1p_host *host)
{
	struct fake_host *h = fake_of(host);
	const struct f1p_state *state;

	host_called(h, "state_acquire");
	pthread_mutex_lock(&h->lock);
	state = h->state;
	h->states_out += state != NULL;
	pthread_mutex_unlock(&h->lock);
	return state;
}

static void bus_release(const struct f1p_host *host, const struct f1p_state *state)
{
	struct fake_host *h = fake_of(host);

	pthread_mutex_lock(&h->lock);
	h->states_out -= state != NULL;
	pthread_mutex_unlock(&h->lock);
}

/* ---- metrics: a series is an index; handles are never freed */

static struct f1p_metric *metric_get(const struct f1p_host *host, uint32_t kind, const char *name, const char *help,
	const char *label, const char *label_value)
{
	struct fake_host *h = fake_of(host);
	char key[256];
	void *found = NULL;

	(void)help;
	snprintf(key, sizeof(key), "%s %s=%s", name, label ? label : "", label_value ? label_value : "");
	pthread_mutex_lock(&h->lock);
	for (uint32_t i = 0; i < h->n_metrics && !found; i++) {
		if (strcmp(h->metrics[i].key, key) == 0) {
			found = &h->metrics[i];
		}
	}
	if (!found && h->n_metrics < sizeof(h->metrics) / sizeof(h->metrics[0])) {
		found = &h->metrics[h->n_metrics];
		memcpy(h->metrics[h->n_metrics].key, key, sizeof(key));
		h->metrics[h->n_metrics++].kind = kind;
	}
	pthread_mutex_unlock(&h->lock);
	return found;
}

static void metric_put(struct f1p_metric *metric, double v)
{
	(void)metric;
	(void)v;
}

static void metric_visit(const struct f1p_host *host, void (*fn)(void *, const struct f1p_metric_view *), void *arg)
{
	static const double bounds[] = {0.001, 0.1};
	static const uint64_t cumulative[] = {1, 2};
	struct f1p_metric_view views[] = {
		{.size = sizeof(views[0]),
			.kind = F1P_METRIC_COUNTER,
			.name = "f1pd_check_events_total",
			.help = "Events",
			.labels = "",
			.value = 3},
		{.size = sizeof(views[0]),
			.kind = F1P_METRIC_HISTOGRAM,
			.name = "f1pd_check_seconds",
			.help = "Time",
			.labels = "call=\"poll\"",
			.count = 3,
			.sum = 1.5,
			.n_buckets = 2,
			.bounds = bounds,
			.cumulative = cumulative},
	};

	(void)host;
	for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++) {
		fn(arg, &views[i]);
	}
}

/* ---- threads */

struct f1p_thread {
	pthread_t id;
	void (*fn)(void *);
	void *arg;
};

static void *thread_main(void *arg)
{
	struct f1p_thread *t = arg;

	t->fn(t->arg);
	return NULL;
}

static struct f1p_thread *thread_start(const struct f1p_host *host, const char *name, void (*fn)(void *), void *arg)
{
	struct fake_host *h = fake_of(host);
	struct f1p_thread *t = calloc(1, sizeof(*t));

	(void)name;
	if (!t) {
		return NULL;
	}
	t->fn = fn;
	t->arg = arg;
	if (pthread_create(&t->id, NULL, thread_main, t) != 0) {
		free(t);
		return NULL;
	}
	pthread_mutex_lock(&h->lock);
	h->threads_out++;
	pthread_mutex_unlock(&h->lock);
	return t;
}

static void thread_join(const struct f1p_host *host, struct f1p_thread *t)
{
	struct fake_host *h = fake_of(host);

	pthread_join(t->id, NULL);
	free(t);
	pthread_mutex_lock(&h->lock);
	h->threads_out--;
	pthread_mutex_unlock(&h->lock);
}

static bool check_is_loop(const struct f1p_host *host)
{
	return pthread_equal(pthread_self(), fake_of(host)->loop);
}

static bool check_is_worker(const struct f1p_host *host)
{
	return !check_is_loop(host);
}

/* ---- health, replay control, routes */

static void health_get(const struct f1p_host *host, struct f1p_health *out)
{
	struct f1p_health health = {.size = out->size,
		.sources_running = 1,
		.sources_total = 1,
		.data_age_ms = 120,
		.seq = 7,
		.source_ended = F1P_NO,
		.simulated = F1P_YES,
		.paused = F1P_NO,
		.speed = 1,
		.uptime_ms = 1000};
	size_t n = out->size < sizeof(health) ? out->size : sizeof(health);

	(void)host;
	memcpy(out, &health, n);
}

static f1p_status replay_speed(const struct f1p_host *host, double speed)
{
	(void)host;
	return speed < 0.0 || (speed > 0.0 && speed < 0.1) || speed > 1000.0 ? F1P_EINVAL : F1P_OK;
}

static f1p_status replay_paused(const struct f1p_host *host, bool paused)
{
	(void)host;
	(void)paused;
	return F1P_OK;
}

static f1p_status replay_seek(const struct f1p_host *host, int32_t lap, int64_t t_ns)
{
	(void)host;
	(void)lap;
	(void)t_ns;
	return F1P_EUNSUPPORTED;
}

static bool route_taken(const struct fake_host *h, size_t i)
{
	return h->routes[i].fn || h->routes[i].tree_fn;
}

/* Its number; as many as there are places if nobody has it. */
static size_t route_find(const struct fake_host *h, const char *path)
{
	size_t i = 0, n = sizeof(h->routes) / sizeof(h->routes[0]);

	while (i < n && (!route_taken(h, i) || strcmp(h->routes[i].path, path) != 0)) {
		i++;
	}
	return i;
}

static f1p_status route_take(const struct f1p_host *host, const char *path, f1p_route_fn fn, f1p_tree_fn tree_fn, void *arg)
{
	struct fake_host *h = fake_of(host);
	f1p_status status = F1P_EINVAL;
	size_t n = sizeof(h->routes) / sizeof(h->routes[0]), at = 0;

	pthread_mutex_lock(&h->lock);
	while (at < n && route_taken(h, at)) {
		at++;
	}
	if (at < n && path[0] == '/' && route_find(h, path) == n) {
		snprintf(h->routes[at].path, sizeof(h->routes[at].path), "%s", path);
		h->routes[at].fn = fn;
		h->routes[at].tree_fn = tree_fn;
		h->routes[at].arg = arg;
		status = F1P_OK;
	}
	pthread_mutex_unlock(&h->lock);
	return status;
}

static f1p_status route_add(const struct f1p_host *host, const char *path, f1p_route_fn fn, void *arg)
{
	return route_take(host, path, fn, NULL, arg);
}

static f1p_status route_add_tree(const struct f1p_host *host, const char *path, f1p_tree_fn fn, void *arg)
{
	return route_take(host, path, NULL, fn, arg);
}

static void route_remove(const struct f1p_host *host, const char *path)
{
	struct fake_host *h = fake_of(host);
	size_t i = 0;

	pthread_mutex_lock(&h->lock);
	i = route_find(h, path);
	if (i < sizeof(h->routes) / sizeof(h->routes[0])) {
		h->routes[i].fn = NULL;
		h->routes[i].tree_fn = NULL;
	}
	pthread_mutex_unlock(&h->lock);
}

static bool route_serve(const struct f1p_host *host, const char *path, struct f1p_response *response)
{
	struct fake_host *h = fake_of(host);
	size_t i = route_find(h, path);

	if (i == sizeof(h->routes) / sizeof(h->routes[0]) || !h->routes[i].fn) {
		return false;
	}
	h->routes[i].fn(h->routes[i].arg, response);
	return true;
}

/* The check asks for the paths as they were added; what lies below is the plugin's own tests' business. */
static bool route_handle(const struct f1p_host *host, const struct f1p_request *request, struct f1p_response *response)
{
	struct fake_host *h = fake_of(host);
	size_t i = route_find(h, request->path);

	if (i == sizeof(h->routes) / sizeof(h->routes[0])) {
		return false;
	}
	if (h->routes[i].fn) {
		h->routes[i].fn(h->routes[i].arg, response);
	} else {
		h->routes[i].tree_fn(h->routes[i].arg, request, response);
	}
	return true;
}

void fake_host_services(struct fake_host *h, uint32_t grow)
{
	struct f1p_bus bus = {(uint32_t)sizeof(bus) + grow, 0, bus_emit, bus_acquire, bus_release};
	struct f1p_metrics metrics = {(uint32_t)sizeof(metrics) + grow, 0, metric_get, metric_put, metric_visit};
	struct f1p_threads threads = {(uint32_t)sizeof(threads) + grow, 0, thread_start, thread_join};
	struct f1p_thread_check check = {(uint32_t)sizeof(check) + grow, 0, check_is_loop, check_is_worker};
	struct f1p_health_check health = {(uint32_t)sizeof(health) + grow, 0, health_get};
	struct f1p_replay_control replay = {(uint32_t)sizeof(replay) + grow, 0, replay_speed, replay_paused, replay_seek};
	struct f1p_routes routes = {(uint32_t)sizeof(routes) + grow, 0, route_add, route_remove, route_serve, route_add_tree,
		route_handle};

	h->ext[HOST_BUS] = guarded_copy(&bus, sizeof(bus), grow);
	h->ext[HOST_METRICS] = guarded_copy(&metrics, sizeof(metrics), grow);
	h->ext[HOST_THREAD] = guarded_copy(&threads, sizeof(threads), grow);
	h->ext[HOST_THREAD_CHECK] = guarded_copy(&check, sizeof(check), grow);
	h->ext[HOST_HEALTH] = guarded_copy(&health, sizeof(health), grow);
	h->ext[HOST_REPLAY] = guarded_copy(&replay, sizeof(replay), grow);
	h->ext[HOST_ROUTES] = guarded_copy(&routes, sizeof(routes), grow);
}

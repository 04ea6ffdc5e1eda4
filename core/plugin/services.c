/* services.c - one f1p_host per instance and the extensions that only forward to the daemon; see services.h. */
#include "plugin/services_impl.h"

#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define REASON_MAX 160
#define HOST_LINE_MAX 1000

/* The last fail() of each thread. The host takes it right after the call that returned, so one per thread is enough. */
static _Thread_local struct {
	const struct f1p_host *host;
	char text[REASON_MAX];
} last_fail;

/* ---- the host struct ---- */

static void host_log(const struct f1p_host *host, int level, const char *fmt, ...)
{
	const struct host_ops *ops = &host_impl(host)->services->ops;
	char line[HOST_LINE_MAX];
	va_list ap;

	va_start(ap, fmt);
	if (ops->log) {
		vsnprintf(line, sizeof(line), fmt, ap);
		ops->log(ops->arg, level, host->instance, line);
	} else {
		log_vline(level, host->instance, fmt, ap);
	}
	va_end(ap);
}

static f1p_status host_fail(const struct f1p_host *host, f1p_status status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(last_fail.text, sizeof(last_fail.text), fmt, ap);
	va_end(ap);
	last_fail.host = host;
	return status;
}

void services_take_reason(const struct f1p_host *host, char *out, size_t out_size)
{
	bool mine = last_fail.host == host;

	snprintf(out, out_size, "%s", mine ? last_fail.text : "");
	if (mine) {
		last_fail.host = NULL;
	}
}

static int64_t host_now_utc_ns(const struct f1p_host *host)
{
	const struct host_ops *ops = &host_impl(host)->services->ops;

	return ops->now_utc_ns ? ops->now_utc_ns(ops->arg) : F1P_UNKNOWN_NS;
}

static int64_t host_now_mono_ns(const struct f1p_host *host)
{
	struct timespec now;

	(void)host;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- bus ---- */

static f1p_status bus_emit(const struct f1p_host *host, const struct f1p_event *event)
{
	const struct host_ops *ops = &host_impl(host)->services->ops;

	if (!event || event->size < sizeof(*event) || event->size > F1P_EVENT_MAX) {
		return host_fail(host, F1P_EINVAL, "an event of %u bytes; %zu to %u are allowed", event ? event->size : 0,
			sizeof(*event), F1P_EVENT_MAX);
	}
	return ops->emit ? ops->emit(ops->arg, host->instance_id, event) : F1P_EUNSUPPORTED;
}

static const struct f1p_state *bus_state_acquire(const struct f1p_host *host)
{
	const struct host_ops *ops = &host_impl(host)->services->ops;

	return ops->state_acquire ? ops->state_acquire(ops->arg) : NULL;
}

static void bus_state_release(const struct f1p_host *host, const struct f1p_state *state)
{
	const struct host_ops *ops = &host_impl(host)->services->ops;

	if (state && ops->state_release) {
		ops->state_release(ops->arg, state);
	}
}

static const struct f1p_bus bus = {sizeof(bus), 0, bus_emit, bus_state_acquire, bus_state_release};

/* ---- thread check, health, replay ---- */

static bool check_is_loop(const struct f1p_host *host)
{
	const struct host_ops *ops = &host_impl(host)->services->ops;

	return ops->is_loop(ops->arg);
}

static bool check_is_worker(const struct f1p_host *host)
{
	const struct host_ops *ops = &host_impl(host)->services->ops;

	return ops->is_worker(ops->arg);
}

static const struct f1p_thread_check thread_check = {sizeof(thread_check), 0, check_is_loop, check_is_worker};

static void health_get(const struct f1p_host *host, struct f1p_health *out)
{
	const struct host_ops *ops = &host_impl(host)->services->ops;
	struct f1p_health full = {0};
	uint32_t size = out->size < sizeof(full) ? out->size : (uint32_t)sizeof(full);

	if (size < sizeof(full.size)) {
		return;
	}
	full.size = sizeof(full);
	ops->health(ops->arg, &full);
	full.size = size;
	memcpy(out, &full, size);
}

static const struct f1p_health_check health = {sizeof(health), 0, health_get};

static f1p_status replay_set_speed(const struct f1p_host *host, double speed)
{
	const struct host_ops *ops = &host_impl(host)->services->ops;

	if (!(speed == 0 || (speed >= 0.1 && speed <= 1000))) { /* this form refuses NaN too */
		return host_fail(host, F1P_EINVAL, "speed %g is not 0 or 0.1 to 1000", speed);
	}
	return ops->set_speed(ops->arg, speed);
}

static f1p_status replay_set_paused(const struct f1p_host *host, bool paused)
{
	const struct host_ops *ops = &host_impl(host)->services->ops;

	return ops->set_paused(ops->arg, paused);
}

static f1p_status replay_seek(const struct f1p_host *host, int32_t lap, int64_t t_ns)
{
	const struct host_ops *ops = &host_impl(host)->services->ops;

	if (lap < 0) {
		return host_fail(host, F1P_EINVAL, "lap %d does not exist", lap);
	}
	return ops->seek(ops->arg, lap, t_ns);
}

static const struct f1p_replay_control replay = {sizeof(replay), 0, replay_set_speed, replay_set_paused, replay_seek};

/* ---- look-up: what the daemon did not inject is not offered ---- */

static const void *host_get_extension(const struct f1p_host *host, const char *id)
{
	const struct host_ops *ops = &host_impl(host)->services->ops;
	const struct {
		const char *id;
		const void *ext;
		bool offered;
	} table[] = {
		{F1P_EXT_BUS, &bus, ops->emit || ops->state_acquire},
		{F1P_EXT_METRICS, services_metrics(), true},
		{F1P_EXT_THREAD, &services_threads_ext, true},
		{F1P_EXT_THREAD_CHECK, &thread_check, ops->is_loop && ops->is_worker},
		{F1P_EXT_HEALTH, &health, ops->health},
		{F1P_EXT_REPLAY, &replay, ops->set_speed && ops->set_paused && ops->seek},
		{F1P_EXT_ROUTES, services_routes(), true},
	};

	for (size_t i = 0; id && i < sizeof(table) / sizeof(table[0]); i++) {
		if (strcmp(id, table[i].id) == 0) {
			return table[i].offered ? table[i].ext : NULL;
		}
	}
	return id && ops->extension ? ops->extension(ops->arg, host, id) : NULL;
}

void services_stopped(const struct f1p_host *host)
{
	const struct host_ops *ops = &host_impl(host)->services->ops;

	if (ops->stopped) {
		ops->stopped(ops->arg, host->instance_id);
	}
}

void *services_arg(const struct f1p_host *host)
{
	return host_impl(host)->services->ops.arg;
}

/* ---- life ---- */

struct services *services_create(const struct host_ops *ops)
{
	struct services *s = calloc(1, sizeof(*s));

	if (!s) {
		return NULL;
	}
	s->ops = *ops;
	s->metrics = metrics_create();
	s->routes = routes_create();
	s->modules = module_pool_create();
	if (!s->metrics || !s->routes || !s->modules) {
		services_destroy(s);
		return NULL;
	}
	return s;
}

void services_destroy(struct services *s)
{
	if (!s) {
		return;
	}
	module_pool_destroy(s->modules);
	routes_destroy(s->routes);
	metrics_destroy(s->metrics);
	free(s);
}

struct f1p_host *services_host_create(struct services *s, uint32_t instance_id, const char *name)
{
	struct host_impl *h = calloc(1, sizeof(*h));

	if (!h) {
		return NULL;
	}
	h->services = s;
	snprintf(h->name, sizeof(h->name), "%s", name);
	h->host = (struct f1p_host){
		.size = sizeof(h->host),
		.abi_major = F1P_ABI_MAJOR,
		.abi_minor = F1P_ABI_MINOR,
		.instance_id = instance_id,
		.impl = h,
		.instance = h->name,
		.log = host_log,
		.fail = host_fail,
		.get_extension = host_get_extension,
		.now_utc_ns = host_now_utc_ns,
		.now_mono_ns = host_now_mono_ns,
	};
	return &h->host;
}

void services_host_destroy(struct f1p_host *host)
{
	if (!host) {
		return;
	}
	routes_forget(host_impl(host)->services->routes, host);
	if (last_fail.host == host) {
		last_fail.host = NULL;
	}
	free(host_impl(host));
}

uint32_t services_threads(const struct f1p_host *host)
{
	return host_impl(host)->threads;
}

bool services_is_loop(const struct f1p_host *host)
{
	const struct host_ops *ops = &host_impl(host)->services->ops;

	return !ops->is_loop || ops->is_loop(ops->arg);
}

/*
 * services.h - the host side of include/f1pd/host.h: one f1p_host per instance, extensions by id.
 *
 * The daemon injects what only it knows (clock, bus, snapshots, health, replay control) through host_ops; metrics, routes,
 * threads and error text live here. Tests and f1p-check inject their own ops.
 */
#ifndef SERVICES_H
#define SERVICES_H

#include <f1pd/host.h>

struct host_ops {
	void *arg;
	f1p_status (*emit)(void *arg, uint32_t instance_id, const struct f1p_event *);
	const struct f1p_state *(*state_acquire)(void *arg);
	void (*state_release)(void *arg, const struct f1p_state *);
	int64_t (*now_utc_ns)(void *arg);
	bool (*is_loop)(void *arg);
	bool (*is_worker)(void *arg);
	void (*health)(void *arg, struct f1p_health *out); /* out zeroed, full size */
	f1p_status (*set_speed)(void *arg, double speed);
	f1p_status (*set_paused)(void *arg, bool paused);
	f1p_status (*seek)(void *arg, int32_t lap, int64_t t_ns);
	void (*log)(void *arg, int level, const char *instance, const char *line); /* NULL: base/log.h */
	/* Further extensions (network, schedule, history): the interface for the id, or NULL. NULL: there are none */
	const void *(*extension)(void *arg, const struct f1p_host *, const char *id);
	/* The instance's stop() has returned: nothing may be called back any more. NULL: nothing to do */
	void (*stopped)(void *arg, uint32_t instance_id);
};

struct services;
struct services *services_create(const struct host_ops *); /* ops are copied */
void services_destroy(struct services *);
/* A host for one instance; freed by services_host_destroy after the instance's destroy. name is copied. */
struct f1p_host *services_host_create(struct services *, uint32_t instance_id, const char *name);
void services_host_destroy(struct f1p_host *);
/* The text of the last fail() on the calling thread for this host, "" if none; cleared by the call that takes it. */
void services_take_reason(const struct f1p_host *, char *out, size_t out_size);
/* The daemon's own metrics go through the same registry: a host named "core" with id 0. */
const struct f1p_metrics *services_metrics(void);
const struct f1p_routes *services_routes(void);
/* [any] arg of the ops: how an extension's function finds the daemon of its host. */
void *services_arg(const struct f1p_host *);
/* [any] True on the loop thread, and where the ops do not tell. */
bool services_is_loop(const struct f1p_host *);
/* Tells the ops that the instance's stop() has returned. */
void services_stopped(const struct f1p_host *);
/* Threads that the plugin started and has not joined. */
uint32_t services_threads(const struct f1p_host *);

#endif

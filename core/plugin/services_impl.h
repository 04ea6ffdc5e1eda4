/*
 * services_impl.h - what services.c, metrics.c, routes.c, threads.c and module_pool.c share. For core/plugin only.
 */
#ifndef SERVICES_IMPL_H
#define SERVICES_IMPL_H

#include "plugin/module.h"
#include "plugin/services.h"

struct metrics_registry;
struct routes_registry;
struct module_pool;

struct services {
	struct host_ops ops;
	struct metrics_registry *metrics;
	struct routes_registry *routes;
	struct module_pool *modules;
};

/* One per instance; host.impl points to it. */
struct host_impl {
	struct f1p_host host;
	struct services *services;
	_Atomic uint32_t threads; /* started and not joined */
	char name[64];
};
static inline struct host_impl *host_impl(const struct f1p_host *host)
{
	return host->impl;
}

struct metrics_registry *metrics_create(void);
void metrics_destroy(struct metrics_registry *); /* accepts NULL, like those below */
struct routes_registry *routes_create(void);
void routes_destroy(struct routes_registry *);
/* Removes all routes of the host: nothing of a destroyed instance may be called. */
void routes_forget(struct routes_registry *, const struct f1p_host *);
extern const struct f1p_threads services_threads_ext;

#endif

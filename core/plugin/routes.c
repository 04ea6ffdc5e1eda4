/*
 * routes.c - paths that plugins serve through whichever HTTP server is loaded.
 *
 * A served route holds the read lock during its call, so that remove() returns only when no call of it runs any more.
 */
#include "plugin/services_impl.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define ROUTES_MAX 256
#define PATH_BYTES_MAX 127

struct route {
	char path[PATH_BYTES_MAX + 1]; /* "" = free */
	const struct f1p_host *owner;
	f1p_route_fn fn;     /* of an exact path, or NULL */
	f1p_tree_fn tree_fn; /* of a tree, or NULL */
	void *arg;
};
struct routes_registry {
	pthread_rwlock_t lock;
	struct route routes[ROUTES_MAX];
};

struct routes_registry *routes_create(void)
{
	struct routes_registry *r = calloc(1, sizeof(*r));

	if (r && pthread_rwlock_init(&r->lock, NULL) != 0) {
		free(r);
		return NULL;
	}
	return r;
}

void routes_destroy(struct routes_registry *r)
{
	if (r) {
		pthread_rwlock_destroy(&r->lock);
		free(r);
	}
}

static struct routes_registry *registry(const struct f1p_host *host)
{
	return host_impl(host)->services->routes;
}

static bool path_ok(const char *path)
{
	size_t len = path ? strlen(path) : 0;

	if (len == 0 || len > PATH_BYTES_MAX || path[0] != '/') {
		return false;
	}
	for (size_t i = 0; i < len; i++) {
		if (path[i] <= ' ' || path[i] >= 0x7f || path[i] == '?' || path[i] == '#') {
			return false;
		}
	}
	return true;
}

/* path "" finds a free place. */
static struct route *find(struct routes_registry *r, const char *path)
{
	for (size_t i = 0; i < ROUTES_MAX; i++) {
		if (strcmp(r->routes[i].path, path) == 0) {
			return &r->routes[i];
		}
	}
	return NULL;
}

static f1p_status take_place(const struct f1p_host *host, const char *path, const struct route *wanted)
{
	struct routes_registry *r = registry(host);
	struct route *taken;
	struct route *place;

	if ((!wanted->fn && !wanted->tree_fn) || !path_ok(path)) {
		return host->fail(host, F1P_EINVAL, "\"%.60s\" is no path for a route", path ? path : "");
	}
	pthread_rwlock_wrlock(&r->lock);
	taken = find(r, path);
	place = taken ? NULL : find(r, "");
	if (place) {
		*place = *wanted;
		memcpy(place->path, path, strlen(path) + 1);
	}
	pthread_rwlock_unlock(&r->lock);
	if (taken) {
		return host->fail(host, F1P_EINVAL, "the route %s is taken", path);
	}
	return place ? F1P_OK : host->fail(host, F1P_ENOMEM, "more than %d routes", ROUTES_MAX);
}

static f1p_status routes_add(const struct f1p_host *host, const char *path, f1p_route_fn fn, void *arg)
{
	return take_place(host, path, &(struct route){.owner = host, .fn = fn, .arg = arg});
}

static f1p_status routes_add_tree(const struct f1p_host *host, const char *path, f1p_tree_fn fn, void *arg)
{
	return take_place(host, path, &(struct route){.owner = host, .tree_fn = fn, .arg = arg});
}

static void routes_remove(const struct f1p_host *host, const char *path)
{
	struct routes_registry *r = registry(host);
	struct route *route;

	if (!path_ok(path)) {
		return;
	}
	pthread_rwlock_wrlock(&r->lock);
	route = find(r, path);
	if (route && route->owner == host) {
		memset(route, 0, sizeof(*route));
	}
	pthread_rwlock_unlock(&r->lock);
}

void routes_forget(struct routes_registry *r, const struct f1p_host *host)
{
	pthread_rwlock_wrlock(&r->lock);
	for (size_t i = 0; i < ROUTES_MAX; i++) {
		if (r->routes[i].owner == host) {
			memset(&r->routes[i], 0, sizeof(r->routes[i]));
		}
	}
	pthread_rwlock_unlock(&r->lock);
}

static bool routes_serve(const struct f1p_host *host, const char *path, struct f1p_response *response)
{
	struct routes_registry *r = registry(host);
	struct route *route;
	bool served;

	if (!path_ok(path)) {
		return false;
	}
	pthread_rwlock_rdlock(&r->lock);
	route = find(r, path);
	served = route && route->fn;
	if (served) {
		route->fn(route->arg, response);
	}
	pthread_rwlock_unlock(&r->lock);
	return served;
}

/* The tree with the longest path that path is, or lies below. */
static const struct route *find_tree(const struct routes_registry *r, const char *path)
{
	const struct route *best = NULL;
	size_t best_n = 0;

	for (size_t i = 0; i < ROUTES_MAX; i++) {
		const struct route *route = &r->routes[i];
		size_t n = strlen(route->path);

		if (route->tree_fn && n > best_n && strncmp(path, route->path, n) == 0 && (path[n] == '\0' || path[n] == '/')) {
			best = route;
			best_n = n;
		}
	}
	return best;
}

static bool routes_handle(const struct f1p_host *host, const struct f1p_request *request, struct f1p_response *response)
{
	struct routes_registry *r = registry(host);
	const struct route *tree;

	if (!request->path || (request->method == F1P_GET && routes_serve(host, request->path, response))) {
		return request->path != NULL;
	}
	pthread_rwlock_rdlock(&r->lock);
	tree = find_tree(r, request->path);
	if (tree) {
		tree->tree_fn(tree->arg, request, response);
	}
	pthread_rwlock_unlock(&r->lock);
	return tree != NULL;
}

const struct f1p_routes *services_routes(void)
{
	static const struct f1p_routes routes = {
		sizeof(routes), 0, routes_add, routes_remove, routes_serve, routes_add_tree, routes_handle};

	return &routes;
}

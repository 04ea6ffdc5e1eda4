/*
 * api.c - from the address to whoever answers it: our own tables, the routes of other plugins, the page's files.
 */
#include "api.h"

#include <stdio.h>
#include <string.h>

#include "sink_websocket.h"

static void get_prediction(struct sink *s, const struct request *r, struct answer *a)
{
	struct frame *f = NULL;
	if (r->until_ns == F1P_UNKNOWN_NS) {
		f = stream_forecast_document(&s->stream);
		f = f ? frame_ref(f) : NULL;
	} else {
		f = stream_document_at(&s->stream, STREAM_DOC_FORECAST, r->position);
		if (!f) {
			answer_problem(a, 404, "Not found", "nothing was known at that time, or it is kept no more");
			return;
		}
	}
	*a = (struct answer){.status = 200, .content_type = "application/json", .body = f};
}

static void get_socket(struct sink *s, const struct request *r, struct answer *a)
{
	(void)s;
	(void)r;
	answer_problem(a, 426, "Upgrade required", "this address speaks WebSocket");
}

static const struct own_route live_items[] = {
	{.method = F1P_GET, .scope = F1P_SCOPE_READ, .path = "/api/v1/prediction/live", .answer = get_prediction},
	{.method = F1P_POST, .scope = F1P_SCOPE_READ, .path = "/api/v1/prediction/subscribe", .answer = api_subscribe},
	{.method = F1P_POST, .scope = F1P_SCOPE_CONTROL, .path = "/api/v1/replay", .answer = api_replay},
	{.method = F1P_GET, .scope = F1P_SCOPE_READ, .path = WS_PATH, .answer = get_socket},
};

static struct own_routes live_routes(void)
{
	return OWN_ROUTES(live_items);
}

static struct own_routes (*const tables[])(void) = {
	viewer_routes, session_routes, rows_routes, forecast_routes, core_routes, live_routes, health_routes, file_routes};

/* {} of the pattern stands for one part that is not empty. */
static bool fits(const char *pattern, const char *path)
{
	for (; *pattern; pattern++) {
		if (pattern[0] == '{' && pattern[1] == '}') {
			size_t n = strcspn(path, "/");
			if (n == 0) {
				return false;
			}
			path += n;
			pattern++;
		} else if (*pattern != *path++) {
			return false;
		}
	}
	return *path == '\0';
}

static const struct own_route *next_route(const char *path, size_t *at)
{
	size_t i = 0;
	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++) {
		struct own_routes routes = tables[t]();
		for (size_t k = 0; k < routes.n; k++, i++) {
			if (i >= *at && fits(routes.items[k].path, path)) {
				*at = i + 1;
				return &routes.items[k];
			}
		}
	}
	return NULL;
}

const struct own_route *api_route(uint32_t method, const char *path)
{
	const struct own_route *route;
	for (size_t at = 0; (route = next_route(path, &at)) != NULL;) {
		if (route->method == method) {
			return route;
		}
	}
	return NULL;
}

/* "GET, HEAD, POST" for an own address; "" if it is none. */
static void allowed(const char *path, char *out, size_t size)
{
	static const char *const names[] = {[F1P_GET] = "GET, HEAD",
		[F1P_POST] = "POST",
		[F1P_PUT] = "PUT",
		[F1P_PATCH] = "PATCH",
		[F1P_DELETE] = "DELETE"};
	const struct own_route *route;
	size_t n = 0;
	out[0] = '\0';
	for (size_t at = 0; (route = next_route(path, &at)) != NULL;) {
		n += (size_t)snprintf(out + n, size - n, "%s%s", n ? ", " : "", names[route->method]);
	}
}

static void method_not_allowed(struct answer *a, const char *allow)
{
	char detail[128];
	snprintf(detail, sizeof(detail), "this address knows %s", allow);
	answer_problem(a, 405, "Method not allowed", detail);
	answer_header(a, "allow", allow);
}

/* Something other than reading, of an address that nobody has said to serve that way. */
static void refuse_method(struct sink *s, const struct request *r, struct answer *a)
{
	struct request get = *r;
	get.method = F1P_GET;
	get.body = "";
	get.body_n = 0;
	if (files_get(s, r->path, a) || answer_from_routes(s->host, s->routes, &get, r->path, a) == F1P_OK) {
		method_not_allowed(a, "GET, HEAD");
		return;
	}
	answer_problem(a, 404, "Not found", "nothing is served at this address");
}

uint32_t api_scope(struct sink *s, const struct request *r)
{
	const struct own_route *route = api_route(r->method, r->path);
	if (route) {
		return route->scope;
	}
	return r->method == F1P_GET && files_is_page(s, r->path) ? 0 : F1P_SCOPE_READ;
}

void api_answer(struct sink *s, const struct request *r, struct answer *a)
{
	const struct own_route *route = api_route(r->method, r->path);
	char allow[64];
	if (route) {
		route->answer(s, r, a);
		return;
	}
	allowed(r->path, allow, sizeof(allow));
	if (allow[0] || !r->method) {
		method_not_allowed(a, allow[0] ? allow : "GET, HEAD, POST, PUT, PATCH, DELETE");
	} else if (answer_from_routes(s->host, s->routes, r, r->path, a) == F1P_OK) {
		rest_hold_back(r, a);
	} else if (r->method != F1P_GET) {
		refuse_method(s, r, a);
	} else if (!files_get(s, r->path, a)) {
		answer_problem(a, 404, "Not found", "nothing is served at this address");
	}
}

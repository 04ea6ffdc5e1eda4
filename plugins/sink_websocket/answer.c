/*
 * answer.c - see answer.h.
 */
#include "answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BODY_MAX ((size_t)16 << 20) /* of another plugin's answer */

void answer_finish(struct answer *a)
{
	free(a->headers);
	a->headers = NULL;
	a->n_headers = 0;
}

void answer_json(struct answer *a, struct f1p_json *j)
{
	a->body = frame_of_json(0, j);
}

void answer_problem(struct answer *a, uint32_t status, const char *title, const char *detail)
{
	struct f1p_json j;
	answer_finish(a);
	frame_unref(a->body);
	*a = (struct answer){.status = status, .content_type = "application/problem+json"};
	f1p_json_init(&j);
	f1p_json_problem(&j, status, title, detail);
	answer_json(a, &j);
}

/* lws_return_http_status() would answer in HTTP/1.0, which WebSocket clients do not take. */
int answer_refuse(struct lws *wsi, const char *status, const char *detail, const char *headers)
{
	unsigned char buffer[LWS_PRE + 2048];
	struct answer a = {0};
	answer_problem(&a, (uint32_t)strtoul(status, NULL, 10), status + strcspn(status, " ") + 1, detail);
	if (a.body) {
		int n = snprintf((char *)buffer + LWS_PRE, sizeof(buffer) - LWS_PRE,
			"HTTP/1.1 %s\r\ncontent-type: %s\r\ncontent-length: %zu\r\n%sconnection: close\r\n\r\n%.*s", status, a.content_type,
			a.body->length, headers, (int)a.body->length, frame_text(a.body));
		if (n > 0 && (size_t)n < sizeof(buffer) - LWS_PRE) {
			lws_write(wsi, buffer + LWS_PRE, (size_t)n, LWS_WRITE_HTTP_HEADERS);
		}
		frame_unref(a.body);
	}
	return -1;
}

static bool printable(const char *text)
{
	for (; *text; text++) {
		if (*text < ' ' || *text > '~') {
			return false;
		}
	}
	return true;
}

/* What the server says itself, for every answer alike. */
static bool ruled_by_server(const char *name)
{
	static const char *const names[] = {"content-length", "content-type", "content-encoding", "transfer-encoding", "connection",
		"content-security-policy", "x-content-type-options", "referrer-policy", "etag", "server", "date", "set-cookie",
		"strict-transport-security", "upgrade", "keep-alive"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]) == 0) {
			return true;
		}
	}
	return strncmp(name, "access-control-", 15) == 0;
}

f1p_status answer_header(struct answer *a, const char *name, const char *value)
{
	size_t n = name ? strlen(name) : 0;
	if (n == 0 || n + 2 > sizeof(a->headers->name) || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != n || !value ||
		strlen(value) >= sizeof(a->headers->value) || !printable(value)) {
		return F1P_EINVAL;
	}
	if (!a->headers) {
		a->headers = calloc(ANSWER_HEADERS, sizeof(*a->headers));
	}
	if (!a->headers || a->n_headers == ANSWER_HEADERS) {
		return a->headers ? F1P_EINVAL : F1P_ENOMEM;
	}
	struct answer_header *h = &a->headers[a->n_headers++];
	memcpy(h->name, name, n);
	memcpy(h->name + n, ":", 2);
	strcpy(h->value, value);
	return F1P_OK;
}

/* --------------------------------------------- routes of other plugins */

struct collected {
	struct answer *answer;
	char *text;
	size_t n, cap;
};

static f1p_status collect(struct f1p_response *r, const void *bytes, size_t n)
{
	struct collected *c = r->impl;
	if (n > BODY_MAX - c->n) {
		return F1P_ENOMEM;
	}
	if (c->n + n > c->cap) {
		size_t cap = c->cap ? c->cap * 2 : 16384;
		while (cap < c->n + n) {
			cap *= 2;
		}
		char *text = realloc(c->text, cap);
		if (!text) {
			return F1P_ENOMEM;
		}
		c->text = text;
		c->cap = cap;
	}
	if (n) {
		memcpy(c->text + c->n, bytes, n);
		c->n += n;
	}
	return F1P_OK;
}

static f1p_status collect_header(struct f1p_response *r, const char *name, const char *value)
{
	struct answer *a = ((struct collected *)r->impl)->answer;
	return name && ruled_by_server(name) ? F1P_OK : answer_header(a, name, value);
}

static bool call(const struct f1p_host *host, const struct f1p_routes *routes, const struct request *r, const char *path,
	struct f1p_response *response)
{
	char query[REQUEST_QUERY];
	request_without(r->query, "delay", query); /* that was for this server: until_ns is what came of it */
	const struct f1p_request request = {.size = sizeof(request),
		.method = r->method,
		.path = path,
		.query = query,
		.content_type = r->content_type,
		.body = r->body,
		.body_n = r->body_n,
		.scopes = r->scopes,
		.until_ns = r->until_ns};
	if (F1P_HAS(routes, struct f1p_routes, handle) && routes->handle) {
		return routes->handle(host, &request, response);
	}
	return r->method == F1P_GET && routes->serve(host, path, response);
}

f1p_status answer_from_routes(const struct f1p_host *host, const struct f1p_routes *routes, const struct request *r,
	const char *path, struct answer *a)
{
	struct collected c = {.answer = a};
	struct f1p_response response = {.size = sizeof(response),
		.status = 200,
		.content_type = "text/plain; charset=utf-8",
		.append = collect,
		.impl = &c,
		.header = collect_header};
	*a = (struct answer){0};
	if (!routes || !r->method || !call(host, routes, r, path, &response)) {
		answer_finish(a);
		free(c.text);
		return F1P_END;
	}
	a->status = response.status >= 200 && response.status <= 599 ? response.status : 500;
	a->content_type = response.content_type;
	if (a->status >= 400 && c.n == 0) {
		answer_problem(a, a->status, a->status == 503 ? "Service unavailable" : "The request was refused",
			a->status == 503 ? "nothing is known yet; ask again soon" : "no reason was given");
	} else {
		a->body = frame_create(0, c.text ? c.text : "", c.n);
	}
	free(c.text);
	return F1P_OK;
}

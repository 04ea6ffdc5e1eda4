/* fake_net.c - HTTP and WebSockets that answer what the test says. */
#include "fake_host_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void copy_headers(char *out, size_t size, const struct f1p_header *h, uint32_t n)
{
	size_t at = 0;

	out[0] = '\0';
	for (uint32_t i = 0; i < n && at < size; i++)
		at += (size_t)snprintf(out + at, size - at, "%s: %s\n", h[i].name, h[i].value);
}

/* -- HTTP -- */

static uint64_t request(const struct f1p_host *host, const struct f1p_http_request *r, f1p_http_fn fn, void *arg)
{
	struct fake_host *f = fake_of(host);

	if (f->n_requests == FAKE_MAX) { /* the oldest answered ones make room */
		size_t kept = 0;
		for (size_t i = 0; i < f->n_requests; i++)
			if (!f->requests[i].done && !f->requests[i].cancelled)
				f->requests[kept++] = f->requests[i];
		f->n_requests = kept;
	}
	if (!r->url || f->n_requests == FAKE_MAX) {
		host->fail(host, F1P_AGAIN, "256 requests wait");
		return 0;
	}
	struct fake_request *q = &f->requests[f->n_requests++];
	*q = (struct fake_request){.id = ++f->last_request, .method = r->method, .flags = r->flags, .priority = r->priority, .fn = fn,
		.arg = arg};
	snprintf(q->url, sizeof(q->url), "%s", r->url);
	copy_headers(q->headers, sizeof(q->headers), r->headers, r->n_headers);
	snprintf(q->body, sizeof(q->body), "%.*s", (int)r->body_bytes, r->body ? (const char *)r->body : "");
	snprintf(q->save_path, sizeof(q->save_path), "%s", r->save_path ? r->save_path : "");
	return q->id;
}

static void cancel(const struct f1p_host *host, uint64_t id)
{
	struct fake_host *f = fake_of(host);

	for (size_t i = 0; i < f->n_requests; i++)
		if (f->requests[i].id == id)
			f->requests[i].cancelled = true;
}

static f1p_status limit(const struct f1p_host *host, const char *authority, const struct f1p_http_window *w, uint32_t n)
{
	struct fake_host *f = fake_of(host);

	if (!authority || n > 4)
		return host->fail(host, F1P_EINVAL, "at most 4 windows");
	snprintf(f->limited, sizeof(f->limited), "%s", authority);
	memcpy(f->windows, w, n * sizeof(*w));
	f->n_windows = n;
	return F1P_OK;
}

static bool is_proxied(const struct f1p_host *host, const char *authority)
{
	return authority[0] && fake_of(host)->has_proxy;
}

const struct f1p_http fake_http_ext = {sizeof(fake_http_ext), 0, request, cancel, limit, is_proxied};

struct fake_request *fake_pending(struct fake_host *f, const char *part)
{
	for (size_t i = 0; i < f->n_requests; i++) {
		struct fake_request *q = &f->requests[i];
		if (!q->done && !q->cancelled && strstr(q->url, part))
			return q;
	}
	return NULL;
}

static void answer(struct fake_request *q, const struct f1p_http_answer *a)
{
	f1p_http_fn fn = q->fn;
	void *arg = q->arg;

	q->done = true; /* fn may make room in the list: q is not touched after it */
	fn(arg, a);
}

/* "name: value\n"... into pairs that point into text. */
static uint32_t split_headers(char *text, struct f1p_header *out, uint32_t max)
{
	uint32_t n = 0;

	for (char *line = strtok(text, "\n"); line && n < max; line = strtok(NULL, "\n")) {
		char *colon = strstr(line, ": ");
		if (!colon)
			continue;
		*colon = '\0';
		out[n++] = (struct f1p_header){line, colon + 2};
	}
	return n;
}

static int64_t retry_after(const struct f1p_header *h, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (strcmp(h[i].name, "retry-after") == 0)
			return atoll(h[i].value) * 1000;
	return F1P_UNKNOWN_NS;
}

static const char *content_type(const struct f1p_header *h, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (strcmp(h[i].name, "content-type") == 0)
			return h[i].value;
	return "";
}

void fake_answer_bytes(struct fake_host *f, struct fake_request *q, uint32_t status, const char *headers, const void *body, size_t n)
{
	char text[2048] = "";
	struct f1p_header pairs[32];
	char *copy = malloc(n + 1);

	if (!copy)
		abort();
	memcpy(copy, body, n);
	copy[n] = '\0';
	snprintf(text, sizeof(text), "%s", headers ? headers : "");
	uint32_t count = split_headers(text, pairs, 32);
	struct f1p_http_answer a = {.size = sizeof(a),
		.error = F1P_OK,
		.status = status,
		.retry_after_ms = retry_after(pairs, count),
		.reason = "",
		.content_type = content_type(pairs, count),
		.body = copy,
		.body_bytes = n,
		.t_server_ns = f->now_ns,
		.headers = pairs,
		.n_headers = count,
		.attempts = 1};
	answer(q, &a);
	free(copy);
}

void fake_answer(struct fake_host *f, struct fake_request *q, uint32_t status, const char *headers, const char *body)
{
	fake_answer_bytes(f, q, status, headers, body, strlen(body));
}

void fake_answer_error(struct fake_host *f, struct fake_request *q, f1p_status error, const char *reason)
{
	struct f1p_http_answer a = {.size = sizeof(a), .error = error, .retry_after_ms = F1P_UNKNOWN_NS, .reason = reason,
		.content_type = "", .body = "", .t_server_ns = F1P_UNKNOWN_NS, .attempts = 1};

	(void)f;
	answer(q, &a);
}

/* -- WebSockets: a handle is the fake socket -- */

static struct f1p_websocket *open_socket(const struct f1p_host *host, const struct f1p_websocket_request *r,
	const struct f1p_websocket_events *events, void *arg)
{
	struct fake_host *f = fake_of(host);
	struct fake_socket *s = calloc(1, sizeof(*s));

	if (!s || f->n_sockets == FAKE_MAX) {
		free(s);
		host->fail(host, F1P_AGAIN, "256 sockets were opened");
		return NULL;
	}
	snprintf(s->url, sizeof(s->url), "%s", r->url);
	copy_headers(s->headers, sizeof(s->headers), r->headers, r->n_headers);
	snprintf(s->protocol, sizeof(s->protocol), "%s", r->protocol ? r->protocol : "");
	s->events = *events;
	s->arg = arg;
	f->sockets[f->n_sockets++] = s;
	return (struct f1p_websocket *)s;
}

static f1p_status send_text(struct f1p_websocket *w, const void *bytes, size_t n, bool binary)
{
	struct fake_socket *s = (struct fake_socket *)w;
	char **grown = realloc(s->sent, (s->n_sent + 1) * sizeof(*grown));

	(void)binary;
	if (!grown)
		return F1P_ENOMEM;
	s->sent = grown;
	s->sent[s->n_sent] = strndup(bytes, n);
	s->n_sent++;
	return F1P_OK;
}

static void close_socket(struct f1p_websocket *w)
{
	if (w)
		((struct fake_socket *)w)->closed = true;
}

const struct f1p_websocket_client fake_websocket_ext = {sizeof(fake_websocket_ext), 0, open_socket, send_text, close_socket};

struct fake_socket *fake_open_socket(struct fake_host *f)
{
	for (size_t i = f->n_sockets; i-- > 0;)
		if (!f->sockets[i]->closed)
			return f->sockets[i];
	return NULL;
}

void fake_socket_opened(struct fake_socket *s)
{
	s->events.opened(s->arg);
}

void fake_socket_message(struct fake_socket *s, const char *text)
{
	if (!s->closed)
		s->events.message(s->arg, text, strlen(text), false);
}

void fake_socket_lose(struct fake_socket *s, uint32_t http_status, const char *reason)
{
	if (s->closed)
		return;
	s->closed = true;
	s->events.closed(s->arg, http_status, reason);
}

void fake_net_finish(struct fake_host *f)
{
	for (size_t i = 0; i < f->n_sockets; i++) {
		for (size_t k = 0; k < f->sockets[i]->n_sent; k++)
			free(f->sockets[i]->sent[k]);
		free(f->sockets[i]->sent);
		free(f->sockets[i]);
	}
}

/*
 * http.c - one HTTP request: method, body within its cap, answer in pieces.
 */
#include "sink_websocket.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "frame.h"

#define BODY_MAX 16384u		   /* of a request; more is read away and refused */
#define BODY_READ_AWAY (16u << 20) /* more is not even read */
#define CHUNK 16384u
#define HEAD_MAX 2048u
#define ANSWER_TIMEOUT_S 30

enum method { METHOD_GET = 1, METHOD_HEAD, METHOD_POST, METHOD_OTHER };

struct exchange {
	enum method method;
	bool too_large;
	bool is_json; /* says its Content-Type */
	bool close; /* after the answer */
	char path[256];
	char *body;
	size_t body_n;
	struct frame *out;
	size_t sent;
};

void http_drop(struct exchange **e)
{
	if (*e) {
		frame_unref((*e)->out);
		free((*e)->body);
		free(*e);
		*e = NULL;
	}
}

static enum method method_of(struct lws *wsi)
{
	if (lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) > 0) {
		return METHOD_GET;
	}
	if (lws_hdr_total_length(wsi, WSI_TOKEN_HEAD_URI) > 0) {
		return METHOD_HEAD;
	}
	if (lws_hdr_total_length(wsi, WSI_TOKEN_POST_URI) > 0) {
		return METHOD_POST;
	}
	return METHOD_OTHER;
}

static int add_header(struct lws *wsi, const char *name, const char *value, unsigned char **p, unsigned char *end)
{
	return lws_add_http_header_by_name(
		wsi, (const unsigned char *)name, (const unsigned char *)value, (int)strlen(value), p, end);
}

static int add_headers(struct lws *wsi, const struct answer *a, unsigned char **p, unsigned char *end)
{
	static const char csp[] = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
				  "form-action 'none'; frame-ancestors 'none'";
	if (lws_add_http_common_headers(wsi, a->status, a->content_type, a->body->length, p, end) ||
		add_header(wsi, "content-security-policy:", csp, p, end) ||
		add_header(wsi, "x-content-type-options:", "nosniff", p, end) ||
		add_header(wsi, "referrer-policy:", "no-referrer", p, end) ||
		add_header(wsi, "cache-control:", a->cache ? a->cache : "no-store", p, end)) {
		return -1;
	}
	return a->allow ? add_header(wsi, "allow:", a->allow, p, end) : 0;
}

/* Sends the head and arranges for the body. Takes the reference of a->body. */
static int answer(struct sink *s, struct lws *wsi, struct exchange **e, struct answer *a)
{
	unsigned char buffer[LWS_PRE + HEAD_MAX], *start = buffer + LWS_PRE, *p = start, *end = buffer + sizeof(buffer) - 1;
	if (!a->body) {
		http_drop(e);
		return -1;
	}
	sink_count(s, s->metrics.requests[a->status < 300 ? 0 : a->status < 400 ? 1 : a->status < 500 ? 2 : 3], 1);
	(*e)->out = a->body;
	if (add_headers(wsi, a, &p, end) || lws_finalize_write_http_header(wsi, start, &p, end)) {
		http_drop(e);
		return -1;
	}
	if ((*e)->method == METHOD_HEAD || (*e)->out->length == 0) {
		bool close = (*e)->close;
		http_drop(e);
		return close || lws_http_transaction_completed(wsi) ? -1 : 0;
	}
	lws_set_timeout(wsi, PENDING_TIMEOUT_HTTP_CONTENT, ANSWER_TIMEOUT_S);
	lws_callback_on_writable(wsi);
	return 0;
}

static int answer_problem(struct sink *s, struct lws *wsi, struct exchange **e, uint32_t status, const char *title,
	const char *detail, const char *allow)
{
	struct answer a = {0};
	api_problem(&a, status, title, detail);
	a.allow = allow;
	return answer(s, wsi, e, &a);
}

static int begin_post(struct sink *s, struct lws *wsi, struct exchange **e)
{
	char length[24], type[64];
	(*e)->close = true;
	if (lws_hdr_copy(wsi, length, sizeof(length), WSI_TOKEN_HTTP_CONTENT_LENGTH) <= 0) {
		return answer_problem(s, wsi, e, 411, "Length required", "send the body with a Content-Length", NULL);
	}
	unsigned long long n = strtoull(length, NULL, 10);
	if (length[0] == '-' || n > BODY_READ_AWAY) {
		return answer_problem(s, wsi, e, 413, "Content too large", "a request body may have 16 KiB", NULL);
	}
	(*e)->close = false;
	(*e)->too_large = n > BODY_MAX;
	if (lws_hdr_copy(wsi, type, sizeof(type), WSI_TOKEN_HTTP_CONTENT_TYPE) > 0) {
		(*e)->is_json = strncasecmp(type, "application/json", 16) == 0 && (type[16] == '\0' || strchr("; ", type[16]));
	}
	return 0;
}

int http_begin(struct sink *s, struct lws *wsi, struct exchange **e, const char *path)
{
	struct answer a = {0};
	http_drop(e);
	*e = calloc(1, sizeof(**e));
	if (!*e) {
		return -1;
	}
	(*e)->method = method_of(wsi);
	if (strlen(path) >= sizeof((*e)->path)) {
		(*e)->close = true;
		return answer_problem(s, wsi, e, 414, "URI too long", "a path may have 255 bytes", NULL);
	}
	strcpy((*e)->path, path);
	if ((*e)->method == METHOD_POST) {
		return begin_post(s, wsi, e);
	}
	if ((*e)->method == METHOD_OTHER) {
		(*e)->close = true;
		return answer_problem(s, wsi, e, 405, "Method not allowed", "GET, HEAD and POST are known", "GET, HEAD, POST");
	}
	if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) > 0) {
		(*e)->close = true; /* a body that nobody will read */
	}
	api_get(s, path, &a);
	return answer(s, wsi, e, &a);
}

int http_body(struct exchange *e, const void *bytes, size_t n)
{
	if (!e || e->out || e->too_large || n == 0) {
		return 0;
	}
	if (n > BODY_MAX - e->body_n) {
		e->too_large = true;
		return 0;
	}
	char *body = realloc(e->body, e->body_n + n + 1);
	if (!body) {
		return -1;
	}
	memcpy(body + e->body_n, bytes, n);
	e->body = body;
	e->body_n += n;
	return 0;
}

int http_body_end(struct sink *s, struct lws *wsi, struct exchange **e)
{
	struct answer a = {0};
	if (!*e || (*e)->out) {
		return 0;
	}
	if ((*e)->too_large) {
		(*e)->close = true;
		return answer_problem(s, wsi, e, 413, "Content too large", "a request body may have 16 KiB", NULL);
	}
	const char *body = (*e)->body ? (*e)->body : "";
	if (strcmp((*e)->path, "/api/v1/prediction/subscribe") == 0) {
		api_subscribe(s, body, (*e)->body_n, &a);
	} else if (strcmp((*e)->path, "/api/v1/replay") == 0) {
		api_replay(s, (*e)->is_json, body, (*e)->body_n, &a);
	} else {
		return answer_problem(s, wsi, e, 405, "Method not allowed",
			"POST goes to /api/v1/prediction/subscribe or /api/v1/replay", "GET, HEAD");
	}
	return answer(s, wsi, e, &a);
}

/* Through a buffer of its own: lws writes in front of what it is given, and the body is shared. */
int http_writable(struct sink *s, struct lws *wsi, struct exchange **e)
{
	unsigned char buffer[LWS_PRE + CHUNK];
	(void)s;
	if (!*e || !(*e)->out) {
		return 0;
	}
	struct frame *out = (*e)->out;
	size_t left = out->length - (*e)->sent;
	size_t n = left < CHUNK ? left : CHUNK;
	memcpy(buffer + LWS_PRE, frame_text(out) + (*e)->sent, n);
	int sent = lws_write(wsi, buffer + LWS_PRE, n, n == left ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP);
	if (sent < (int)n) {
		http_drop(e);
		return -1;
	}
	(*e)->sent += n;
	if (n < left) {
		lws_set_timeout(wsi, PENDING_TIMEOUT_HTTP_CONTENT, ANSWER_TIMEOUT_S);
		lws_callback_on_writable(wsi);
		return 0;
	}
	bool close = (*e)->close;
	http_drop(e);
	return close || lws_http_transaction_completed(wsi) ? -1 : 0;
}

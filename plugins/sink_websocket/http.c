/*
 * http.c - one HTTP request: its head, its body within the cap, the answer in pieces.
 */
#include "sink_websocket.h"

#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "gate.h"
#include "head.h"

#define BODY_READ_AWAY (16u << 20) /* a longer body than may be is read away and refused; more than this is not even read */
#define CHUNK 32768u
#define ANSWER_TIMEOUT_S 30
#define ANSWERING_MAX (64u << 20) /* bytes that may wait for those who asked, together */

struct exchange {
	struct request request;
	bool too_large;
	bool close; /* after the answer */
	char *body;
	size_t body_n;
	struct frame *out;
	size_t sent;
	int64_t deadline_us; /* of the body */
	size_t *answering;   /* where `out` is counted; NULL: nowhere */
};

void http_drop(struct exchange **e)
{
	if (*e) {
		if ((*e)->answering) {
			*(*e)->answering -= (*e)->out->length;
		}
		frame_unref((*e)->out);
		free((*e)->body);
		free(*e);
		*e = NULL;
	}
}

/* ----------------------------------------------------------------- answer */

static void busy(struct exchange *e, struct answer *a)
{
	answer_problem(a, 503, "Busy", "large answers to others are still on their way; ask again soon, or for less");
	answer_header(a, "retry-after", "5");
	e->close = true;
}

/* Large answers that nobody fetches may not fill the memory. Small ones, the state among them, go out at once and are always given. */
static void bound(struct sink *s, struct exchange *e, struct answer *a)
{
	if (a->body && a->body->length > CHUNK && s->answering + a->body->length > ANSWERING_MAX) {
		busy(e, a);
	}
}

/* Sends the head and arranges for the body. Takes all that the answer holds. */
static int answer(struct sink *s, struct lws *wsi, struct exchange **e, struct answer *a)
{
	int rc = -1;
	bound(s, *e, a);
	if (a->body) {
		a->close = (*e)->close;
		rc = head_write(s, wsi, &(*e)->request, a);
		sink_count(s, s->metrics.requests[a->status < 300 ? 0 : a->status < 400 ? 1 : a->status < 500 ? 2 : 3], 1);
	}
	(*e)->out = a->body;
	answer_finish(a);
	if (rc != 0) {
		http_drop(e);
		return -1;
	}
	if ((*e)->request.head || (*e)->out->length == 0 || a->status == 304) {
		bool close = (*e)->close;
		http_drop(e);
		return close || lws_http_transaction_completed(wsi) ? -1 : 0;
	}
	if ((*e)->out->length <= CHUNK) {
		return http_writable(s, wsi, e); /* at once: while bytes wait behind a body, the library asks for nothing */
	}
	(*e)->answering = &s->answering;
	s->answering += (*e)->out->length;
	limits_charge(&s->limits, lws_get_opaque_user_data(lws_get_network_wsi(wsi)), (*e)->out->length);
	lws_set_timeout(wsi, PENDING_TIMEOUT_HTTP_CONTENT, ANSWER_TIMEOUT_S);
	lws_callback_on_writable(wsi);
	return 0;
}

static int refuse(struct sink *s, struct lws *wsi, struct exchange **e, uint32_t status, const char *title, const char *detail)
{
	struct answer a = {0};
	answer_problem(&a, status, title, detail);
	return answer(s, wsi, e, &a);
}

/* ---------------------------------------------------------------- request */

static int refuse_fault(struct sink *s, struct lws *wsi, struct exchange **e, enum request_fault fault)
{
	(*e)->close = true;
	if (fault == REQUEST_HEADER_TOO_LONG) {
		return refuse(s, wsi, e, 431, "Request header fields too large", "a header may have 255 bytes here");
	}
	return refuse(s, wsi, e, 414, "URI too long",
		fault == REQUEST_PATH_TOO_LONG ? "a path may have 255 bytes" : "a query may have 2,047 bytes");
}

/* Through the table, or by whoever takes the connection over. */
static int go(struct sink *s, struct lws *wsi, struct exchange **e)
{
	struct request *r = &(*e)->request;
	struct answer a = {0};
	const struct own_route *route = api_route(r->method, r->path);
	if (route && route->take) {
		struct request copy = *r;
		http_drop(e);
		copy.body = "";
		copy.body_n = 0;
		return route->take(s, wsi, &copy);
	}
	api_answer(s, r, &a);
	return answer(s, wsi, e, &a);
}

/* Answers what has no body, or none that can be read; else the body comes. */
static int begin_body(struct sink *s, struct lws *wsi, struct exchange **e)
{
	char length[24];
	if (lws_hdr_copy(wsi, length, sizeof(length), WSI_TOKEN_HTTP_CONTENT_LENGTH) <= 0) {
		(*e)->close = true;
		return refuse(s, wsi, e, 411, "Length required", "send the body with a Content-Length");
	}
	unsigned long long n = strtoull(length, NULL, 10);
	if (strspn(length, "0123456789") != strlen(length) || n > BODY_READ_AWAY) {
		(*e)->close = true;
		return refuse(s, wsi, e, 413, "Content too large", "a request body may have 16 KiB");
	}
	(*e)->too_large = n > REQUEST_BODY_MAX;
	return n == 0 ? go(s, wsi, e) : 0;
}

int http_begin(struct sink *s, struct lws *wsi, struct exchange **e, const char *path)
{
	http_drop(e);
	*e = calloc(1, sizeof(**e));
	if (!*e) {
		return -1;
	}
	struct request *r = &(*e)->request;
	enum request_fault fault = request_read(r, wsi, path);
	if (fault != REQUEST_FINE) {
		return refuse_fault(s, wsi, e, fault);
	}
	bool has_length = lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) > 0;
	struct answer a = {0};
	if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0) { /* its chunks would be read as requests */
		(*e)->close = true;
		return refuse(s, wsi, e, 411, "Length required", "send the body with a Content-Length, not in chunks");
	}
	(*e)->deadline_us = lws_now_usecs() + sink_request_timeout_ms(s) * 1000;
	(*e)->close = has_length; /* behind a body the library looks for the next request at the wrong place */
	if (!gate_request(s, wsi, r, &a)) {
		(*e)->close = true;
		return answer(s, wsi, e, &a);
	}
	if (!viewer_rule(s, r)) {
		return refuse(s, wsi, e, 400, "Bad request", "delay is 0 to 600 seconds");
	}
	if (r->method == F1P_POST || r->method == F1P_PUT || r->method == F1P_PATCH || (r->method == F1P_DELETE && has_length)) {
		return begin_body(s, wsi, e);
	}
	if (r->options) {
		a = (struct answer){.status = 204, .content_type = "text/plain", .body = frame_create(0, "", 0)};
		return answer(s, wsi, e, &a);
	}
	if (s->answering > ANSWERING_MAX / 2 && !api_route(r->method, r->path) && !files_is_page(s, r->path)) { /* what others serve is not even made */
		busy(*e, &a);
		return answer(s, wsi, e, &a);
	}
	return go(s, wsi, e);
}

int http_body(struct exchange *e, const void *bytes, size_t n)
{
	if (e && lws_now_usecs() > e->deadline_us) {
		return -1; /* drop by drop it never ends */
	}
	if (!e || e->out || e->too_large || n == 0) {
		return 0;
	}
	if (n > REQUEST_BODY_MAX - e->body_n) {
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
	body[e->body_n] = '\0';
	return 0;
}

int http_body_end(struct sink *s, struct lws *wsi, struct exchange **e)
{
	if (!*e) {
		return 0;
	}
	if ((*e)->out) {
		return -1; /* called again, as it would be without end */
	}
	if ((*e)->too_large) {
		(*e)->close = true;
		return refuse(s, wsi, e, 413, "Content too large", "a request body may have 16 KiB");
	}
	(*e)->request.body = (*e)->body ? (*e)->body : "";
	(*e)->request.body_n = (*e)->body_n;
	return go(s, wsi, e);
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

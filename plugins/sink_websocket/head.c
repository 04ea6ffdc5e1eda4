/*
 * head.c - see head.h.
 */
#include "head.h"

#include <string.h>

#include "gate.h"
#include "sink_websocket.h"

#define HEAD_MAX 8192u

struct head { /* being written */
	struct lws *wsi;
	unsigned char *p, *end;
	bool failed;
};

static void add(struct head *h, const char *name, const char *value)
{
	h->failed = h->failed || lws_add_http_header_by_name(h->wsi, (const unsigned char *)name, (const unsigned char *)value,
					 (int)strlen(value), &h->p, h->end) != 0;
}

static void add_security(struct head *h)
{
	add(h, "content-security-policy:",
		"default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'; "
		"frame-ancestors 'none'");
	add(h, "x-content-type-options:", "nosniff");
	add(h, "referrer-policy:", "no-referrer");
	add(h, "cross-origin-opener-policy:", "same-origin");
	add(h, "permissions-policy:", "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
}

/* A page of another server may read the answer, if the configuration says so. */
static void add_cors(struct sink *s, const struct request *r, struct head *h)
{
	if (!gate_cors(s, r)) {
		return;
	}
	add(h, "access-control-allow-origin:", r->origin);
	add(h, "access-control-expose-headers:", "etag, link, location, retry-after");
	if (r->options) {
		add(h, "access-control-allow-methods:", "GET, HEAD, POST, PUT, PATCH, DELETE");
		add(h, "access-control-allow-headers:", "authorization, content-type, if-none-match");
		add(h, "access-control-max-age:", "600");
	}
}

/* The body in the coding that the client takes; 304 when it has it already. */
static void choose_variant(struct sink *s, const struct request *r, struct answer *a, struct head *h)
{
	char etag[ETAG_TEXT];
	if (a->status != 200 || r->method != F1P_GET) {
		return;
	}
	variants_etag(&s->variants, a, etag);
	add(h, "etag:", etag);
	add(h, "vary:", "accept-encoding, origin");
	if (variants_match(r->if_none_match, etag)) {
		a->status = 304;
		return;
	}
	struct frame *gzip = r->gzip ? variants_gzip(&s->variants, a->body, a->content_type) : NULL;
	if (gzip) {
		frame_unref(a->body);
		a->body = gzip;
		add(h, "content-encoding:", "gzip");
	}
}

/* The status line must come first, and what is sent is known last: the other headers wait in a buffer of their own. */
int head_write(struct sink *s, struct lws *wsi, const struct request *r, struct answer *a)
{
	unsigned char buffer[LWS_PRE + HEAD_MAX], rest[HEAD_MAX];
	unsigned char *start = buffer + LWS_PRE, *p = start, *end = buffer + sizeof(buffer) - 1;
	struct head h = {.wsi = wsi, .p = rest, .end = rest + sizeof(rest) - 1};
	const char *fallback = a->status == 200 && r->method == F1P_GET ? "private, no-cache" : "no-store";

	add_security(&h);
	if (server_has_tls(s)) {
		add(&h, "strict-transport-security:", "max-age=31536000");
	}
	add_cors(s, r, &h);
	if (a->close) {
		add(&h, "connection:", "close");
	}
	add(&h, "cache-control:", a->cache ? a->cache : fallback);
	for (uint32_t i = 0; i < a->n_headers; i++) {
		add(&h, a->headers[i].name, a->headers[i].value);
	}
	choose_variant(s, r, a, &h);
	if (h.failed || (a->status == 304
				    ? lws_add_http_header_status(wsi, 304, &p, end) /* a length would be that of another body */
				    : lws_add_http_common_headers(wsi, a->status, a->content_type, a->body->length, &p, end))) {
		return -1;
	}
	size_t n = (size_t)(h.p - rest);
	if (n + 2 > (size_t)(end - p)) {
		return -1;
	}
	memcpy(p, rest, n);
	p += n;
	return lws_finalize_write_http_header(wsi, start, &p, end);
}

/*
 * sse.c - GET /api/v1/stream: the same stream as Server-Sent Events.
 *
 * The answer has no length and ends with the connection; a comment goes out when nothing else does.
 */
#include "sink_websocket.h"

#include <stdio.h>
#include <string.h>

#include "api.h"
#include "gate.h"
#include "viewer.h"

#define HEAD_MAX 2048u
#define LAST_ID "last-event-id:"

static int write_whole(struct lws *wsi, const char *head, const char *body)
{
	unsigned char buffer[LWS_PRE + HEAD_MAX];
	int n = snprintf((char *)buffer + LWS_PRE, HEAD_MAX, "%s%s", head, body);
	return lws_write(wsi, buffer + LWS_PRE, (size_t)n, LWS_WRITE_HTTP_HEADERS) < n ? -1 : 0;
}

/* What the browser says when it connects again goes before what the page once wrote into the address. */
static void read_last_id(struct lws *wsi, struct client_wish *w)
{
	char id[STREAM_ID];
	int n = lws_hdr_custom_copy(wsi, id, sizeof(id), LAST_ID, sizeof(LAST_ID) - 1);
	if (n > 0 && (size_t)n < sizeof(id)) {
		memcpy(w->from, id, sizeof(id));
	}
}

int sse_begin(struct sink *s, struct lws *wsi, const struct request *r)
{
	static const char head[] =
		"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ncache-control: no-store\r\n"
		"x-content-type-options: nosniff\r\nx-accel-buffering: no\r\nconnection: close\r\n";
	struct connection *c = lws_wsi_user(wsi);
	struct client_wish w;
	char cors[320] = "\r\n";
	int refused = client_let_in(s, wsi, r, &w);
	if (refused) {
		return refused;
	}
	if (w.msgpack) {
		return answer_refuse(wsi, "400 Bad Request", "format=msgpack: events are text; use the socket", "");
	}
	read_last_id(wsi, &w);
	if (gate_cors(s, r)) {
		snprintf(cors, sizeof(cors), "access-control-allow-origin: %s\r\n\r\n", r->origin);
	}
	if (write_whole(wsi, head, cors) != 0) {
		return -1;
	}
	sink_count(s, s->metrics.requests[0], 1);
	if (r->head) {
		return -1;
	}
	lws_http_headers_detach(wsi);
	lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0);
	c->client = (struct client){.transport = CLIENT_EVENTS, .form = FORM_SSE};
	client_begin(s, &c->client, wsi, r, &w);
	return 0;
}

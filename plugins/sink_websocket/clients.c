/*
 * clients.c - the WebSocket clients: each reads the shared stream at its own pace.
 *
 * One frame per writable callback. A client that falls CLIENT_LAG frames behind continues with a snapshot; one whose socket
 * takes nothing for `slow_client` is dropped.
 */
#include "sink_websocket.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpers/encode.h"

#define CLIENT_LAG 32u
#define RX_PER_MINUTE 65536u
#define CLOSE_WITHIN_S 2

static bool wants(const struct client *c, const struct frame *f)
{
	return !c->filter || f->topic == 0 || (c->filter->topics & f->topic) != 0;
}

static uint32_t topics_of(const struct client *c)
{
	return c->filter ? c->filter->topics : TOPIC_ALL;
}

/* Copies the value of a query argument; false if it is absent or too long. */
static bool query(struct lws *wsi, const char *name, char *out, size_t out_size)
{
	char argument[160];
	size_t name_n = strlen(name);
	for (int i = 0; lws_hdr_copy_fragment(wsi, argument, sizeof(argument), WSI_TOKEN_HTTP_URI_ARGS, i) > 0; i++) {
		if (strncmp(argument, name, name_n) == 0 && argument[name_n] == '=' && strlen(argument + name_n + 1) < out_size) {
			strcpy(out, argument + name_n + 1);
			return true;
		}
	}
	return false;
}

static bool subscription_known(struct sink *s, const char *id)
{
	struct subscription *sub = subscriptions_acquire(&s->subscriptions, id, lws_now_usecs());
	subscription_release(sub, lws_now_usecs());
	return sub != NULL;
}

/* By hand: at this point lws_return_http_status() would answer in HTTP/1.0, which WebSocket clients do not take. */
static int refuse(struct lws *wsi, const char *status, const char *why)
{
	unsigned char buffer[LWS_PRE + 512];
	int n = snprintf((char *)buffer + LWS_PRE, sizeof(buffer) - LWS_PRE,
		"HTTP/1.1 %s\r\ncontent-type: text/plain\r\ncontent-length: %zu\r\nconnection: close\r\n\r\n%s", status, strlen(why), why);
	lws_write(wsi, buffer + LWS_PRE, (size_t)n, LWS_WRITE_HTTP_HEADERS);
	return -1;
}

int client_admit(struct sink *s, struct lws *wsi)
{
	char path[64], id[SUBSCRIPTION_ID];
	if (lws_hdr_copy(wsi, path, sizeof(path), WSI_TOKEN_GET_URI) <= 0 || strcmp(path, WS_PATH) != 0) {
		return refuse(wsi, "404 Not Found", "WebSocket is served at " WS_PATH " only");
	}
	if (s->n_clients >= (uint64_t)s->config.max_clients) {
		sink_count(s, s->metrics.dropped, 1);
		return refuse(wsi, "503 Service Unavailable", "too many clients; see max_clients");
	}
	if (query(wsi, "subscription", id, sizeof(id)) && !subscription_known(s, id)) {
		return refuse(wsi, "404 Not Found", "no such subscription; it may have expired");
	}
	return 0;
}

int client_open(struct sink *s, struct client *c, struct lws *wsi)
{
	char id[SUBSCRIPTION_ID];
	*c = (struct client){.wsi = wsi, .snapshot_due = true, .next_frame = s->stream.head, .next = s->clients};
	if (query(wsi, "subscription", id, sizeof(id))) {
		c->subscription = subscriptions_acquire(&s->subscriptions, id, lws_now_usecs());
		if (c->subscription) {
			c->filter = &c->subscription->filter;
		}
	}
	if (s->clients) {
		s->clients->prev = c;
	}
	s->clients = c;
	s->n_clients++;
	sink_count(s, s->metrics.clients, s->n_clients);
	c->blocked_us = lws_now_usecs();
	lws_callback_on_writable(wsi);
	return 0;
}

void client_close(struct sink *s, struct client *c)
{
	if (!c->wsi) {
		return;
	}
	if (c->prev) {
		c->prev->next = c->next;
	} else {
		s->clients = c->next;
	}
	if (c->next) {
		c->next->prev = c->prev;
	}
	subscription_release(c->subscription, lws_now_usecs());
	s->n_clients--;
	sink_count(s, s->metrics.clients, s->n_clients);
	memset(c, 0, sizeof(*c));
}

/* The next frame for the client, and moves on; NULL: it has everything. */
static struct frame *next_frame(struct sink *s, struct client *c)
{
	if (!c->snapshot_due && s->stream.head - c->next_frame > CLIENT_LAG) {
		c->snapshot_due = true;
	}
	while (!c->snapshot_due && c->next_frame < s->stream.head) {
		struct frame *f = stream_frame(&s->stream, c->next_frame);
		if (!f || (f->topic == 0 && topics_of(c) != TOPIC_ALL)) {
			c->snapshot_due = true; /* gone, or a snapshot that holds more than this client wants */
			break;
		}
		c->next_frame++;
		if (wants(c, f)) {
			return f;
		}
	}
	if (!c->snapshot_due) {
		return NULL;
	}
	c->snapshot_due = false;
	c->next_frame = s->stream.head;
	return stream_snapshot(&s->stream, topics_of(c));
}

static int send_frame(struct sink *s, struct client *c, struct frame *f)
{
	struct frame *own = NULL;
	if (c->filter && c->filter->n_drivers && f->n_cars) {
		own = frame_for_drivers(f, c->filter->drivers, c->filter->n_drivers);
		if (!own) {
			return -1;
		}
		f = own;
	}
	int sent = lws_write(c->wsi, f->bytes + LWS_PRE, f->length, LWS_WRITE_TEXT);
	bool whole = sent >= (int)f->length;
	frame_unref(own);
	if (!whole) {
		return -1;
	}
	sink_count(s, s->metrics.sent, 1);
	return 0;
}

int client_writable(struct sink *s, struct client *c)
{
	if (c->close_reason) {
		lws_close_reason(c->wsi, LWS_CLOSE_STATUS_POLICY_VIOLATION, (unsigned char *)(uintptr_t)c->close_reason,
			strlen(c->close_reason));
		return -1;
	}
	struct frame *f = next_frame(s, c);
	c->blocked_us = 0;
	if (!f) {
		return 0;
	}
	if (send_frame(s, c, f) != 0) {
		return -1;
	}
	if (c->next_frame < s->stream.head || c->snapshot_due) {
		c->blocked_us = lws_now_usecs();
		lws_callback_on_writable(c->wsi);
	}
	return 0;
}

/* Clients have nothing to say: a little is ignored, a flood is cut. Not by what the callback for received bytes returns: what follows
 * them would then be parsed on top of an end that is under way. */
void client_received(struct client *c, size_t n)
{
	if (c->close_reason) {
		return;
	}
	c->rx_bytes += (uint32_t)(n < RX_PER_MINUTE ? n : RX_PER_MINUTE);
	if (c->rx_bytes > RX_PER_MINUTE) {
		c->close_reason = "too much data from the client";
		lws_set_timeout(c->wsi, PENDING_TIMEOUT_LAGGING, CLOSE_WITHIN_S); /* it may read nothing */
		lws_callback_on_writable(c->wsi);
	}
}

void clients_wake(struct sink *s)
{
	int64_t now = lws_now_usecs();
	for (struct client *c = s->clients; c; c = c->next) {
		if (!c->blocked_us) {
			c->blocked_us = now;
		}
		lws_callback_on_writable(c->wsi);
	}
}

void clients_check(struct sink *s)
{
	int64_t now = lws_now_usecs();
	uint64_t lag = 0;
	for (struct client *c = s->clients, *next; c; c = next) {
		next = c->next;
		c->rx_bytes -= c->rx_bytes < RX_PER_MINUTE / 60 ? c->rx_bytes : RX_PER_MINUTE / 60;
		if (s->stream.head - c->next_frame > lag) {
			lag = s->stream.head - c->next_frame;
		}
		if (!c->close_reason && c->blocked_us && now - c->blocked_us > s->config.slow_client * 1000) {
			/* its socket is full: the reason can only reach it if it reads before the system gives up */
			c->close_reason = "the client does not read";
			c->blocked_us = now;
			sink_count(s, s->metrics.dropped, 1);
			lws_set_timeout(c->wsi, PENDING_TIMEOUT_LAGGING, 1);
		}
	}
	sink_count(s, s->metrics.lag, (double)lag);
}

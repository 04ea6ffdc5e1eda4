/*
 * clients.c - see clients.h.
 *
 * One write per writable callback. A client that falls CLIENT_LAG messages behind is told race control and session messages one
 * by one and then a snapshot; one whose socket takes nothing for `slow_client` is dropped.
 */
#include "sink_websocket.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "forms.h"
#include "viewer.h"

#define CLIENT_LAG 32u
#define RESUME_WHOLE 2048u /* so many are told one by one to whoever comes back */
#define LANES_MOVE_US 50000
#define HEARTBEAT_US (15 * 1000000)
#define OFFERS_MAX 512
#define BATCH 32768u /* bytes of one write */

/* ------------------------------------------------------------ coming, going */

int client_let_in(struct sink *s, struct lws *wsi, const struct request *r, struct client_wish *w)
{
	char err[200];
	if (s->n_clients >= (uint64_t)s->config.max_clients) {
		sink_count(s, s->metrics.dropped, 1);
		return answer_refuse(wsi, "503 Service Unavailable", "too many clients; see max_clients", "");
	}
	if (!wish_read(s, r, w, err, sizeof(err))) {
		return answer_refuse(wsi, w->gone ? "404 Not Found" : "400 Bad Request", err, "");
	}
	return 0;
}

int client_admit(struct sink *s, struct lws *wsi)
{
	char path[64];
	struct request r;
	struct client_wish w;
	if (lws_hdr_copy(wsi, path, sizeof(path), WSI_TOKEN_GET_URI) <= 0 || strcmp(path, WS_PATH) != 0) {
		return answer_refuse(wsi, "404 Not Found", "WebSocket is served at " WS_PATH " only", "");
	}
	if (request_read(&r, wsi, path) != REQUEST_FINE) {
		return -1; /* gate_socket() has read it */
	}
	return client_let_in(s, wsi, &r, &w);
}

static void set_filter(struct sink *s, struct client *c, const struct client_wish *w)
{
	if (w->subscription[0] && !w->rule) {
		c->subscription = subscriptions_acquire(&s->subscriptions, w->subscription, lws_now_usecs());
		c->filter = c->subscription ? &c->subscription->filter : NULL;
	}
	if (w->filtered && (c->own_filter = malloc(sizeof(*c->own_filter))) != NULL) {
		*c->own_filter = w->filter;
		c->filter = c->own_filter;
	}
}

static void set_lane(struct sink *s, struct client *c, const struct request *r, const struct client_wish *w)
{
	struct viewer *v = r->viewer[0] ? viewer_of(s, r->viewer) : NULL;
	if (v) {
		c->viewer = v;
		v->sockets++;
		c->lane = lane_ref(v->lane);
	} else if (w->delay_s > 0) {
		c->lane = lane_create(&s->lanes, &s->stream, w->delay_s);
	}
	if (!c->lane && (w->delay_s > 0 || r->viewer[0])) {
		c->close_reason = "the delay cannot be kept: memory is short or there are too many viewers";
	}
	clients_keep_lanes_moving(s);
}

static uint32_t topics_of(const struct client *c)
{
	return c->filter ? c->filter->topics : TOPIC_ALL;
}

static uint64_t limit_of(const struct sink *s, const struct client *c)
{
	return c->lane ? c->lane->position : stream_head(&s->stream);
}

static void resume(struct sink *s, struct client *c, const char *id)
{
	char whole[STREAM_ID];
	uint64_t limit = limit_of(s, c), from = 0;
	size_t n = strlen(id);
	bool partly = n > 0 && id[n - 1] == STREAM_PARTLY;
	snprintf(whole, sizeof(whole), "%.*s", (int)(n - partly), id);
	c->why = stream_find(&s->stream, whole, &from);
	if (!c->why && from > limit) {
		c->why = "that id is newer than the delay allows";
	}
	if (c->why) {
		return;
	}
	c->resumed_due = true;
	c->snapshot_due = false;
	c->conflating = partly;
	c->at = from;
	if (stream_count(&s->stream, from, limit, topics_of(c), RESUME_WHOLE + 1) <= RESUME_WHOLE) {
		c->whole_until = limit;
	}
}

static void set_begin(struct sink *s, struct client *c, const struct client_wish *w)
{
	c->snapshot_due = true;
	c->at = limit_of(s, c);
	if (w->from[0]) {
		resume(s, c, w->from);
	}
	if (w->whole) {
		c->whole_until = UINT64_MAX;
	}
}

void client_begin(struct sink *s, struct client *c, struct lws *wsi, const struct request *r, const struct client_wish *w)
{
	c->wsi = wsi;
	c->next = s->clients;
	lanes_move(&s->lanes, &s->stream);
	set_filter(s, c, w);
	set_lane(s, c, r, w);
	set_begin(s, c, w);
	if (w->rule && !(c->ticket = alert_ticket_create(s, w->subscription, limit_of(s, c)))) {
		c->close_reason = "memory is short";
	}
	if (s->clients) {
		s->clients->prev = c;
	}
	s->clients = c;
	s->n_clients++;
	sink_count(s, s->metrics.clients, s->n_clients);
	c->blocked_us = c->sent_us = lws_now_usecs();
	lws_callback_on_writable(wsi);
}

/* Where compression was agreed on. Not where the client wants a smaller window than ours. */
static enum frame_form form_for(struct lws *wsi, bool msgpack)
{
	char offers[OFFERS_MAX];
	if (lws_set_extension_option(wsi, "permessage-deflate", "compression_level", "1") != 0) {
		return msgpack ? FORM_MSGPACK : FORM_TEXT;
	}
	int n = lws_hdr_copy(wsi, offers, sizeof(offers), WSI_TOKEN_EXTENSIONS);
	const char *bits = n > 0 ? strstr(offers, "server_max_window_bits=") : NULL;
	if (n <= 0 || (bits && atoi(bits + strlen("server_max_window_bits=")) < FORMS_WINDOW)) {
		return msgpack ? FORM_MSGPACK : FORM_TEXT;
	}
	return msgpack ? FORM_MSGPACK_DEFLATED : FORM_TEXT_DEFLATED;
}

int client_open(struct sink *s, struct client *c, struct lws *wsi)
{
	char path[64], err[200];
	struct request r;
	struct client_wish w = {0};
	*c = (struct client){.transport = CLIENT_SOCKET};
	if (lws_hdr_copy(wsi, path, sizeof(path), WSI_TOKEN_GET_URI) <= 0 || request_read(&r, wsi, path) != REQUEST_FINE ||
		!wish_read(s, &r, &w, err, sizeof(err))) {
		return -1; /* what was admitted is gone */
	}
	c->form = form_for(wsi, w.msgpack);
	client_begin(s, c, wsi, &r, &w);
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
	lane_unref(&s->lanes, c->lane);
	if (c->viewer) {
		c->viewer->sockets--;
		c->viewer->used_us = lws_now_usecs();
	}
	frame_unref(c->held);
	frame_unref(c->note);
	alert_ticket_destroy(c->ticket);
	free(c->own_filter);
	free(c->rx);
	s->n_clients--;
	sink_count(s, s->metrics.clients, s->n_clients);
	memset(c, 0, sizeof(*c));
}

/* ------------------------------------------------------------ what is next */

/* The next message up to the limit, in whole or only what must not be dropped; NULL: none, or a snapshot is due instead. */
static struct frame *next_message(struct sink *s, struct client *c, uint64_t limit)
{
	while (c->at < limit) {
		const struct reel_entry *e = reel_entry(&s->stream.reel, c->at);
		if (!e) {
			c->snapshot_due = true;
			c->why = "what follows is not kept any more";
			return NULL;
		}
		if (e->topic == 0 && (topics_of(c) & TOPIC_ALL) != TOPIC_ALL) {
			c->conflating = true; /* it holds more than this client wants: it gets one of its own */
		}
		uint32_t wanted = topics_of(c) & (c->conflating ? TOPICS_KEPT : UINT32_MAX);
		bool tell = e->topic == 0 ? !c->conflating : (e->topic & wanted) != 0;
		c->at++;
		if (!tell) {
			continue;
		}
		struct frame *f = reel_frame(&s->stream.reel, c->at - 1);
		if (f) {
			return f;
		}
		c->conflating = true; /* it could not be kept */
	}
	if (c->conflating) {
		c->snapshot_due = true;
	}
	return NULL;
}

/* A client's own copy of a shared frame, with more put in behind what stands there. Takes the reference. */
static struct frame *with(struct frame *f, const char *behind, const char *more)
{
	const char *text = frame_text(f), *at = memmem(text, f->length, behind, strlen(behind));
	size_t head = at ? (size_t)(at - text) + strlen(behind) : 0, n = strlen(more);
	struct frame *own = at ? frame_alloc(f->topic, f->length + n) : NULL;
	if (!own) {
		return f;
	}
	memcpy(mempcpy(mempcpy(frame_room(own), text, head), more, n), text + head, f->length - head);
	frame_unref(f);
	return own;
}

/* Whoever is cut off behind it has not everything up to its id. */
static struct frame *marked(const struct sink *s, const struct client *c, struct frame *f)
{
	static const char mark[] = {STREAM_PARTLY, '\0'};
	char id[STREAM_ID];
	stream_id(&s->stream, c->at, id);
	return with(f, id, mark);
}

static struct frame *next_snapshot(struct sink *s, struct client *c, uint64_t limit)
{
	char reason[160];
	struct frame *f = stream_snapshot(&s->stream, limit, topics_of(c));
	if (!f) {
		c->close_reason = "the moment of the delay is not kept any more";
		lws_set_timeout(c->wsi, PENDING_TIMEOUT_LAGGING, CLIENT_CLOSE_WITHIN_S);
		lws_callback_on_writable(c->wsi);
		return NULL;
	}
	if (c->why) {
		snprintf(reason, sizeof(reason), ",\"reason\":\"%s\"", c->why);
		f = with(f, "\"resumed\":false", reason);
		c->why = NULL;
	}
	c->snapshot_due = c->conflating = false;
	c->at = limit;
	return f;
}

/* What is for this client alone. */
static struct frame *next_note(struct sink *s, struct client *c, uint64_t limit)
{
	struct frame *f = c->note;
	c->note = NULL;
	if (!f && c->look_due) {
		c->look_due = false;
		f = alert_ticket_look(s, c->ticket, limit, c->at);
	}
	return f;
}

static struct frame *choose(struct sink *s, struct client *c, uint64_t limit)
{
	struct frame *f = NULL;
	if (c->resumed_due) {
		c->resumed_due = false;
		return stream_resumed(&s->stream, c->at, stream_count(&s->stream, c->at, limit, topics_of(c), UINT64_MAX));
	}
	if (!c->snapshot_due && (f = next_note(s, c, limit)) != NULL) {
		return f;
	}
	if (limit < c->at) {
		c->snapshot_due = true; /* the lane went back */
	}
	if (!c->snapshot_due) {
		if (c->at >= c->whole_until && stream_count(&s->stream, c->at, limit, topics_of(c), CLIENT_LAG + 1) > CLIENT_LAG) {
			c->conflating = true;
		}
		f = next_message(s, c, limit);
	}
	return c->snapshot_due ? next_snapshot(s, c, limit) : f;
}

/* A reference to the next frame for the client, and moves on; NULL: it has everything. */
static struct frame *next_frame(struct sink *s, struct client *c)
{
	struct frame *f = c->held;
	c->held = NULL;
	if (f) {
		return f;
	}
	f = choose(s, c, limit_of(s, c));
	return f && c->conflating ? marked(s, c, f) : f;
}

static bool has_more(const struct sink *s, const struct client *c)
{
	return c->at != limit_of(s, c) || c->snapshot_due || c->resumed_due || c->look_due || c->held || c->note || c->conflating;
}

/* ---------------------------------------------------------------- sending */

/* Sockets get whole frames of our own making, made once for all: the library would write a head, and compress, for each client
 * anew. */
static int write_bytes(struct sink *s, struct client *c, const uint8_t *bytes, size_t n, uint32_t messages)
{
	enum lws_write_protocol how = c->transport == CLIENT_EVENTS ? LWS_WRITE_HTTP : LWS_WRITE_RAW;
	if (lws_write(c->wsi, (unsigned char *)(uintptr_t)bytes, n, how) < (int)n) {
		return -1;
	}
	c->sent_us = lws_now_usecs();
	sink_count(s, s->metrics.sent, messages);
	return 0;
}

/* What the client is sent of it. A reference. */
static struct frame *filtered(struct client *c, struct frame *f)
{
	return c->filter && c->filter->n_drivers ? frame_for_drivers(f, c->filter->drivers, c->filter->n_drivers) : frame_ref(f);
}

/* Who has to catch up gets many messages in one write. */
static int send_batch(struct sink *s, struct client *c, struct frame *f)
{
	uint8_t batch[LWS_PRE + BATCH];
	size_t n = 0;
	uint32_t messages = 0;
	for (; f; f = next_frame(s, c)) {
		struct frame *own = filtered(c, f);
		size_t length = 0;
		const uint8_t *bytes = own ? frame_to_send(own, c->form, &length) : NULL;
		int rc = bytes ? 0 : -1;
		if (bytes && n + length <= BATCH) {
			memcpy(batch + LWS_PRE + n, bytes, length);
			n += length;
			messages++;
		} else if (bytes && n == 0) {
			rc = write_bytes(s, c, bytes, length, 1);
		} else {
			c->held = bytes ? frame_ref(f) : NULL;
		}
		bool full = rc != 0 || c->held || n == 0;
		frame_unref(own);
		frame_unref(f);
		if (rc != 0) {
			return -1;
		}
		if (full) {
			break;
		}
	}
	return n ? write_bytes(s, c, batch + LWS_PRE, n, messages) : 0;
}

static int send_one(struct sink *s, struct client *c, struct frame *f)
{
	struct frame *own = filtered(c, f);
	size_t n = 0;
	const uint8_t *bytes = own ? frame_to_send(own, c->form, &n) : NULL;
	int rc = bytes ? write_bytes(s, c, bytes, n, 1) : -1;
	frame_unref(own);
	frame_unref(f);
	return rc;
}

static int send_heartbeat(struct client *c)
{
	unsigned char buffer[LWS_PRE + 4];
	c->heartbeat_due = false;
	c->sent_us = lws_now_usecs();
	memcpy(buffer + LWS_PRE, ": \n\n", 4);
	return lws_write(c->wsi, buffer + LWS_PRE, 4, LWS_WRITE_HTTP) < 4 ? -1 : 0;
}

static int say_goodbye(struct client *c)
{
	if (c->transport == CLIENT_SOCKET) {
		lws_close_reason(c->wsi, LWS_CLOSE_STATUS_POLICY_VIOLATION, (unsigned char *)(uintptr_t)c->close_reason,
			strlen(c->close_reason));
	}
	return -1;
}

int client_writable(struct sink *s, struct client *c)
{
	if (c->close_reason) {
		return say_goodbye(c);
	}
	struct frame *f = next_frame(s, c);
	bool sent = f != NULL;
	c->blocked_us = 0;
	int rc = !f ? (c->heartbeat_due ? send_heartbeat(c) : 0) : has_more(s, c) ? send_batch(s, c, f) : send_one(s, c, f);
	if (rc == 0 && sent && has_more(s, c)) {
		c->blocked_us = lws_now_usecs();
		lws_callback_on_writable(c->wsi);
	}
	return rc;
}

/* ------------------------------------------------------------------ clock */

static void wake(struct client *c, int64_t now_us)
{
	if (!c->blocked_us) {
		c->blocked_us = now_us;
	}
	lws_callback_on_writable(c->wsi);
}

void clients_wake(struct sink *s)
{
	int64_t now = lws_now_usecs();
	lanes_move(&s->lanes, &s->stream);
	for (struct client *c = s->clients; c; c = c->next) {
		if (has_more(s, c)) {
			wake(c, now);
		}
	}
}

void clients_wake_lane(struct sink *s, const struct lane *lane)
{
	for (struct client *c = s->clients; c; c = c->next) {
		if (c->lane == lane) {
			wake(c, lws_now_usecs());
		}
	}
}

static void on_lanes(lws_sorted_usec_list_t *sul)
{
	struct sink *s = lws_container_of(sul, struct sink, lane_timer);
	int64_t now = lws_now_usecs();
	lanes_move(&s->lanes, &s->stream);
	for (struct client *c = s->clients; c; c = c->next) {
		if (c->lane && has_more(s, c)) {
			wake(c, now);
		}
	}
	s->lanes_moving = false;
	clients_keep_lanes_moving(s);
}

void clients_keep_lanes_moving(struct sink *s)
{
	if (s->lanes.n && !s->lanes_moving) {
		s->lanes_moving = true;
		lws_sul_schedule(s->context, 0, &s->lane_timer, on_lanes, LANES_MOVE_US);
	}
}

/* The library does not look at what comes in while an answer goes out: not even at the end of the connection. */
static void check_events(struct client *c, int64_t now)
{
	char byte;
	if (recv(lws_get_socket_fd(c->wsi), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0) {
		lws_set_timeout(c->wsi, PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_ASYNC);
	} else if (now - c->sent_us > HEARTBEAT_US) {
		c->heartbeat_due = true;
		wake(c, now);
	}
}

static void check_one(struct sink *s, struct client *c, int64_t now)
{
	if (c->ticket) {
		c->look_due = true;
		wake(c, now);
	}
	c->rx_bytes -= c->rx_bytes < CLIENT_RX_PER_MINUTE / 60 ? c->rx_bytes : CLIENT_RX_PER_MINUTE / 60;
	if (c->transport == CLIENT_EVENTS) {
		check_events(c, now);
	}
	if (!c->close_reason && c->blocked_us && now - c->blocked_us > s->config.slow_client * 1000) {
		/* its socket is full: the reason can only reach it if it reads before the system gives up */
		c->close_reason = "the client does not read";
		c->blocked_us = now;
		sink_count(s, s->metrics.dropped, 1);
		lws_set_timeout(c->wsi, PENDING_TIMEOUT_LAGGING, 1);
	}
}

void clients_check(struct sink *s)
{
	int64_t now = lws_now_usecs();
	uint64_t lag = 0;
	for (struct client *c = s->clients, *next; c; c = next) {
		next = c->next;
		uint64_t limit = limit_of(s, c);
		if (limit > c->at && limit - c->at > lag) {
			lag = limit - c->at;
		}
		check_one(s, c, now);
	}
	sink_count(s, s->metrics.lag, (double)lag);
	if (s->stream.reel.failed && !s->reel_told) {
		s->host->log(s->host, F1P_LOG_WARN,
			"reel_dir = %s: cannot be written to; clients that come back and delays will miss messages; make room "
			"there",
			s->config.reel_dir);
	}
	s->reel_told = s->stream.reel.failed;
}

/*
 * client_talk.c - what clients say: they steer their lane.
 */
#include "sink_websocket.h"

#include <stdlib.h>
#include <string.h>

#include "viewer.h"

static void give_note(struct client *c, struct f1p_json *j)
{
	frame_unref(c->note);
	c->note = frame_of_json(0, j);
	lws_callback_on_writable(c->wsi);
}

static void say_error(struct sink *s, struct client *c, const char *detail)
{
	struct f1p_json j;
	f1p_json_init(&j);
	stream_begin(&j, &s->stream, "error", c->at);
	f1p_json_key(&j, "detail");
	f1p_json_str(&j, detail);
	f1p_json_end(&j);
	give_note(c, &j);
}

static void say_lane(struct sink *s, struct client *c)
{
	struct f1p_json j;
	f1p_json_init(&j);
	stream_begin(&j, &s->stream, "lane", c->at);
	lane_encode(&j, c->lane, &s->stream);
	f1p_json_end(&j);
	give_note(c, &j);
}

static void obey(struct sink *s, struct client *c)
{
	struct lane_change change;
	char err[200];
	lanes_move(&s->lanes, &s->stream);
	if (!lane_change_read(&change, c->rx, c->rx_n, err, sizeof(err))) {
		say_error(s, c, err);
		return;
	}
	if (change.has_no_spoiler) {
		say_error(s, c, "no_spoiler is a matter of POST /api/v1/viewer");
		return;
	}
	if (c->viewer && c->viewer->no_spoiler && lane_change_nears(c->lane, &s->stream, &change)) {
		say_error(s, c, "no-spoiler mode: this would show something newer; end it with POST /api/v1/viewer");
		return;
	}
	if (!c->lane && !(c->lane = lane_create(&s->lanes, &s->stream, 0))) {
		say_error(s, c, "memory is short");
		return;
	}
	lane_apply(c->lane, &s->stream, &change);
	clients_keep_lanes_moving(s);
	say_lane(s, c);
	clients_wake_lane(s, c->lane);
}

/* A flood is cut, and not by what the callback for received bytes returns: what follows them would then be parsed on top of an
 * end that is under way. */
void client_received(struct sink *s, struct client *c, const char *bytes, size_t n, bool last)
{
	if (c->close_reason) {
		return;
	}
	c->rx_bytes += (uint32_t)(n < CLIENT_RX_PER_MINUTE ? n : CLIENT_RX_PER_MINUTE);
	if (c->rx_bytes > CLIENT_RX_PER_MINUTE) {
		c->close_reason = "too much data from the client";
		lws_set_timeout(c->wsi, PENDING_TIMEOUT_LAGGING, CLIENT_CLOSE_WITHIN_S); /* it may read nothing */
		lws_callback_on_writable(c->wsi);
		return;
	}
	if (!c->rx && !(c->rx = malloc(CLIENT_RX_MAX))) {
		return;
	}
	size_t fits = CLIENT_RX_MAX - c->rx_n;
	memcpy(c->rx + c->rx_n, bytes, n < fits ? n : fits);
	bool too_long = n > fits;
	c->rx_n = too_long ? CLIENT_RX_MAX : c->rx_n + (uint32_t)n;
	if (!last) {
		return;
	}
	if (too_long) {
		say_error(s, c, "a message to the server may have 512 bytes");
	} else {
		obey(s, c);
	}
	free(c->rx);
	c->rx = NULL;
	c->rx_n = 0;
}

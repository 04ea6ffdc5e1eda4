/*
 * viewer.c - see viewer.h.
 */
#include "viewer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sink_websocket.h"

#define ID_CHARS 32u

void viewers_finish(struct viewers *v, struct lanes *lanes)
{
	for (size_t i = 0; i < v->n; i++) {
		lane_unref(lanes, v->items[i]->lane);
		free(v->items[i]);
	}
	free(v->items);
	*v = (struct viewers){0};
}

/* Who was away longest makes room: his cookie brings him back as he was, but for a pause. */
static void make_room(struct viewers *v, struct lanes *lanes)
{
	size_t oldest = v->n;
	for (size_t i = 0; i < v->n; i++) {
		if (v->items[i]->sockets == 0 && (oldest == v->n || v->items[i]->used_us < v->items[oldest]->used_us)) {
			oldest = i;
		}
	}
	if (oldest < v->n) {
		lane_unref(lanes, v->items[oldest]->lane);
		free(v->items[oldest]);
		v->items[oldest] = v->items[--v->n];
	}
}

static struct viewer *add(struct sink *s, const char *id, double delay_s)
{
	struct viewers *v = &s->viewers;
	if (v->n == VIEWERS_MAX) {
		make_room(v, &s->lanes);
	}
	if (v->n == v->cap) {
		size_t cap = v->cap ? v->cap * 2 : 16;
		struct viewer **items = v->n < VIEWERS_MAX ? realloc(v->items, cap * sizeof(*items)) : NULL;
		if (!items) {
			return NULL;
		}
		v->items = items;
		v->cap = cap;
	}
	struct viewer *made = calloc(1, sizeof(*made));
	if (!made) {
		return NULL;
	}
	made->lane = lane_create(&s->lanes, &s->stream, delay_s);
	if (!made->lane) {
		free(made);
		return NULL;
	}
	memcpy(made->id, id, ID_CHARS);
	made->used_us = lws_now_usecs();
	v->items[v->n++] = made;
	clients_keep_lanes_moving(s);
	return made;
}

/* ID-DELAY-NOSPOILER. Unknown and no-spoiler: shown is what is oldest, until the viewer says otherwise; better that than too
 * much. */
struct viewer *viewer_of(struct sink *s, const char *cookie)
{
	unsigned delay_s = 0, no_spoiler = 0;
	char end;
	if (strspn(cookie, "0123456789abcdef") != ID_CHARS ||
		sscanf(cookie + ID_CHARS, "-%3u-%1u%c", &delay_s, &no_spoiler, &end) != 2 || delay_s > LANE_DELAY_MAX_S) {
		return NULL;
	}
	for (size_t i = 0; i < s->viewers.n; i++) {
		if (memcmp(s->viewers.items[i]->id, cookie, ID_CHARS) == 0) {
			s->viewers.items[i]->used_us = lws_now_usecs();
			return s->viewers.items[i];
		}
	}
	struct viewer *made = add(s, cookie, delay_s);
	if (made && no_spoiler) {
		const struct lane_change back = {
			.has_rewind = true, .rewind_s = LANE_REWIND_MAX_S, .has_pause = true, .pause = true};
		made->no_spoiler = true;
		lane_apply(made->lane, &s->stream, &back);
	}
	return made;
}

bool viewer_rule(struct sink *s, struct request *r)
{
	struct viewer *v = r->viewer[0] ? viewer_of(s, r->viewer) : NULL;
	double delay_s = 0;
	if (request_seconds(r->query, "delay", LANE_DELAY_MAX_S, &delay_s) < 0) {
		return false; /* who mistypes must not be shown what is newest */
	}
	uint64_t begin = reel_begin(&s->stream.reel), head = stream_head(&s->stream);
	lanes_move(&s->lanes, &s->stream);
	r->position = v ? v->lane->position : r->viewer[0] ? begin : head; /* a viewer that cannot be kept is shown the oldest */
	if (delay_s > 0) {
		uint64_t then = reel_position(&s->stream.reel, s->stream.clock_ns - (int64_t)(delay_s * 1e9), 0);
		then = then < begin ? begin : then;
		r->position = then < r->position ? then : r->position;
	}
	r->until_ns = stream_seen_until(&s->stream, r->position);
	return true;
}

/* --------------------------------------------------------- /api/v1/viewer */

static void tell(struct sink *s, const struct viewer *v, struct answer *a)
{
	struct f1p_json j;
	*a = (struct answer){.status = 200, .content_type = "application/json", .cache = "no-store"};
	f1p_json_init(&j);
	f1p_json_object(&j);
	f1p_json_key(&j, "viewer");
	f1p_json_bool(&j, v != NULL);
	f1p_json_key(&j, "no_spoiler");
	f1p_json_bool(&j, v && v->no_spoiler);
	if (v) {
		lane_encode(&j, v->lane, &s->stream);
	} else {
		const struct lane live = {.speed = 1, .at_ns = s->stream.clock_ns};
		lane_encode(&j, &live, &s->stream);
	}
	f1p_json_end(&j);
	answer_json(a, &j);
}

static void get(struct sink *s, const struct request *r, struct answer *a)
{
	lanes_move(&s->lanes, &s->stream);
	tell(s, r->viewer[0] ? viewer_of(s, r->viewer) : NULL, a);
}

static void set_cookie(struct sink *s, const struct viewer *v, struct answer *a)
{
	char value[160];
	double delay_s = (double)v->lane->delay_ns / 1e9;
	snprintf(value, sizeof(value), "f1pd_viewer=%s-%u-%d; Path=/; Max-Age=86400; HttpOnly; SameSite=Strict%s", v->id,
		(unsigned)(delay_s + 0.999), v->no_spoiler, server_has_tls(s) ? "; Secure" : "");
	answer_header(a, "set-cookie", value);
}

static struct viewer *new_viewer(struct sink *s)
{
	uint8_t random[ID_CHARS / 2];
	char id[ID_CHARS + 1];
	if (lws_get_random(s->context, random, sizeof(random)) != sizeof(random)) {
		return NULL;
	}
	for (size_t i = 0; i < sizeof(random); i++) {
		snprintf(id + 2 * i, 3, "%02x", random[i]);
	}
	return add(s, id, 0);
}

/* In no-spoiler mode only what goes back, or holds, is done; taking the mode back and coming nearer may stand in one request. */
static void post(struct sink *s, const struct request *r, struct answer *a)
{
	struct lane_change change;
	char err[200];
	if (!r->json || !lane_change_read(&change, r->body, r->body_n, err, sizeof(err))) {
		answer_problem(a, 400, "Bad request", r->json ? err : "send JSON with Content-Type: application/json");
		return;
	}
	struct viewer *v = r->viewer[0] ? viewer_of(s, r->viewer) : NULL;
	if (!v && !(v = new_viewer(s))) {
		answer_problem(a, 503, "Too many viewers", "try again later");
		return;
	}
	lanes_move(&s->lanes, &s->stream);
	bool ends = change.has_no_spoiler && !change.no_spoiler;
	if (v->no_spoiler && !ends && lane_change_nears(v->lane, &s->stream, &change)) {
		answer_problem(a, 409, "No-spoiler mode",
			"this would show something newer; end the mode with \"no_spoiler\": false first");
		return;
	}
	if (change.has_no_spoiler) {
		v->no_spoiler = change.no_spoiler;
	}
	lane_apply(v->lane, &s->stream, &change);
	clients_wake_lane(s, v->lane);
	tell(s, v, a);
	set_cookie(s, v, a);
}

static const struct own_route items[] = {
	{.method = F1P_GET, .scope = F1P_SCOPE_READ, .path = "/api/v1/viewer", .answer = get},
	{.method = F1P_POST, .scope = F1P_SCOPE_READ, .path = "/api/v1/viewer", .answer = post},
	{.method = F1P_GET, .scope = F1P_SCOPE_READ, .path = "/api/v1/stream", .take = sse_begin},
};

struct own_routes viewer_routes(void)
{
	return OWN_ROUTES(items);
}

/*
 * api.c - what each address answers.
 */
#include "sink_websocket.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpers/encode.h"
#include "slug.h"

#define JSON_TYPE "application/json"
#define ROUTE_BODY_MAX ((size_t)16 << 20)

static void finish(struct answer *a, struct f1p_json *j)
{
	size_t n = 0;
	const char *text = f1p_json_text(j, &n);
	a->body = text ? frame_create(0, text, n) : NULL;
	f1p_json_finish(j);
}

void api_problem(struct answer *a, uint32_t status, const char *title, const char *detail)
{
	struct f1p_json j;
	*a = (struct answer){.status = status, .content_type = "application/problem+json"};
	f1p_json_init(&j);
	f1p_json_object(&j);
	f1p_json_key(&j, "type");
	f1p_json_str(&j, "about:blank");
	f1p_json_key(&j, "title");
	f1p_json_str(&j, title);
	f1p_json_key(&j, "status");
	f1p_json_uint(&j, status);
	f1p_json_key(&j, "detail");
	f1p_json_str(&j, detail);
	f1p_json_end(&j);
	finish(a, &j);
}

static void shared(struct answer *a, struct frame *f)
{
	*a = (struct answer){.status = 200, .content_type = JSON_TYPE, .body = f ? frame_ref(f) : NULL};
}

static void get_health(const struct sink *s, struct f1p_health *h)
{
	memset(h, 0, sizeof(*h));
	h->size = sizeof(*h);
	if (s->health) {
		s->health->get(s->host, h);
		return;
	}
	h->data_age_ms = s->news_us ? (lws_now_usecs() - s->news_us) / 1000 : F1P_UNKNOWN_NS;
	h->seq = s->stream.seq;
	h->source_ended = h->paused = F1P_TRI_UNKNOWN;
	h->simulated = s->stream.simulated ? F1P_YES : F1P_NO;
	h->uptime_ms = F1P_UNKNOWN_NS;
	h->speed = 1;
}

static const char *not_ready_because(const struct sink *s, const struct f1p_health *h)
{
	if (h->live == F1P_YES) { /* between sessions silence is in order */
		return h->stale == F1P_YES ? "a session should be running and no live source has data" : NULL;
	}
	if (!stream_has_session(&s->stream)) {
		return "no session is known yet";
	}
	if (h->source_ended == F1P_YES) {
		return NULL;
	}
	if (h->data_age_ms == F1P_UNKNOWN_NS) {
		return "no data has come yet";
	}
	return h->data_age_ms > s->config.stale_after ? "the data is stale" : NULL;
}

static void key_long(struct f1p_json *j, const char *key, int64_t v)
{
	f1p_json_key(j, key);
	if (v == F1P_UNKNOWN_NS) {
		f1p_json_null(j);
	} else {
		f1p_json_int(j, v);
	}
}

static void key_tri(struct f1p_json *j, const char *key, uint32_t v)
{
	f1p_json_key(j, key);
	f1p_encode_tri(j, v);
}

/* ---------------------------------------------------------- the session */

static int64_t age_ms(int64_t t_ns, int64_t now_ns)
{
	return t_ns == F1P_UNKNOWN_NS || now_ns == F1P_UNKNOWN_NS ? F1P_UNKNOWN_NS : now_ns > t_ns ? (now_ns - t_ns) / 1000000 : 0;
}

/* How far its values can be trusted as of now: all are as they were told last. */
static void freshness(const struct sink *s, struct f1p_json *j)
{
	const struct f1p_state *st = s->stream.state;
	struct f1p_health h;

	get_health(s, &h);
	f1p_json_object(j);
	f1p_json_key(j, "stale");
	f1p_json_bool(j, h.paused != F1P_YES && not_ready_because(s, &h) != NULL);
	f1p_json_key(j, "ages_ms");
	f1p_json_object(j);
	for (int kind = 1; kind < F1P_DATA_KINDS && F1P_HAS(st, struct f1p_state, origins); kind++) {
		if (st->origins[kind].t_ns != F1P_UNKNOWN_NS) {
			key_long(j, f1p_data_kind_name(kind), age_ms(st->origins[kind].t_ns, s->host->now_utc_ns(s->host)));
		}
	}
	f1p_json_end(j);
	f1p_json_end(j);
}

/* The document is made once for each state; what changes by itself is put behind it each time. */
static void session_document(struct sink *s, struct answer *a)
{
	struct frame *doc = stream_session_document(&s->stream);
	struct f1p_json j;
	size_t n = 0;
	const char *tail = NULL;
	char *text = NULL;

	*a = (struct answer){.status = 200, .content_type = JSON_TYPE};
	f1p_json_init(&j);
	freshness(s, &j);
	tail = f1p_json_text(&j, &n);
	if (doc && tail && (text = malloc(doc->length + n))) {
		memcpy(text, frame_text(doc), doc->length);
		text[doc->length - 1] = ','; /* was the closing brace */
		memcpy(text + doc->length, tail + 1, n - 1);
		a->body = frame_create(0, text, doc->length + n - 1);
	}
	free(text);
	f1p_json_finish(&j);
}

static void session_current(struct sink *s, struct answer *a)
{
	if (!stream_has_session(&s->stream)) {
		api_problem(a, 404, "No session", "no session is known yet");
		return;
	}
	session_document(s, a);
}

/* /api/v1/session/{circuit}/live; false: the path has another form. */
static bool session_live(struct sink *s, const char *path, struct answer *a)
{
	static const char before[] = "/api/v1/session/", after[] = "/live";
	size_t n = strlen(path), head = sizeof(before) - 1, tail = sizeof(after) - 1;
	char asked[SLUG_MAX], circuit[SLUG_MAX], location[SLUG_MAX], detail[160];
	if (strncmp(path, before, head) != 0 || n <= head + tail || strcmp(path + n - tail, after) != 0 ||
		memchr(path + head, '/', n - head - tail)) {
		return false;
	}
	slug(path + head, n - head - tail, asked);
	if (stream_has_session(&s->stream)) {
		const struct f1p_state *st = s->stream.state;
		slug(st->circuit, strnlen(st->circuit, sizeof(st->circuit)), circuit);
		slug(st->location, strnlen(st->location, sizeof(st->location)), location);
		if (asked[0] && (strcmp(asked, circuit) == 0 || strcmp(asked, location) == 0)) {
			session_document(s, a);
			return true;
		}
		snprintf(detail, sizeof(detail), "no live session at \"%.40s\"; the current one is at \"%.40s\"", asked, circuit);
	} else {
		snprintf(detail, sizeof(detail), "no live session at \"%.40s\"; none is known yet", asked);
	}
	api_problem(a, 404, "No such session", detail);
	return true;
}

/* --------------------------------------------------------------- health */

static char *route_text(const struct sink *, const char *path, struct f1p_response *, size_t *n);

/* What the core says of its live sources, as it stands at its own address; absent without it. */
static void live_member(const struct sink *s, struct f1p_json *j)
{
	struct f1p_response r;
	size_t n = 0;
	char *text = route_text(s, "/api/v1/sources", &r, &n);

	if (text && r.status == 200) {
		f1p_json_key(j, "live");
		f1p_json_raw(j, text, n);
	}
	free(text);
}

static void healthz(const struct sink *s, struct answer *a)
{
	struct f1p_health h;
	struct f1p_json j;
	*a = (struct answer){.status = 200, .content_type = JSON_TYPE};
	get_health(s, &h);
	const char *why = not_ready_because(s, &h);
	f1p_json_init(&j);
	f1p_json_object(&j);
	f1p_json_key(&j, "status");
	f1p_json_str(&j, why || h.plugins_quarantined ? "degraded" : "ok");
	f1p_json_key(&j, "reason");
	f1p_json_str(&j, why ? why : h.plugins_quarantined ? "a plugin is quarantined" : NULL);
	key_long(&j, "uptime_ms", h.uptime_ms);
	f1p_json_key(&j, "seq");
	f1p_json_uint(&j, h.seq);
	key_long(&j, "data_age_ms", h.data_age_ms);
	f1p_json_key(&j, "quarantined");
	f1p_json_uint(&j, h.plugins_quarantined);
	f1p_json_key(&j, "sources_running");
	f1p_json_uint(&j, h.sources_running);
	f1p_json_key(&j, "sources_total");
	f1p_json_uint(&j, h.sources_total);
	key_tri(&j, "source_ended", h.source_ended);
	key_tri(&j, "simulated", h.simulated);
	key_tri(&j, "paused", h.paused);
	f1p_json_key(&j, "speed");
	f1p_json_num(&j, h.speed, 3);
	f1p_json_key(&j, "clients");
	f1p_json_uint(&j, s->n_clients);
	live_member(s, &j);
	f1p_json_end(&j);
	finish(a, &j);
}

static void readyz(const struct sink *s, struct answer *a)
{
	struct f1p_health h;
	struct f1p_json j;
	get_health(s, &h);
	const char *why = not_ready_because(s, &h);
	*a = (struct answer){.status = why ? 503 : 200, .content_type = JSON_TYPE};
	f1p_json_init(&j);
	f1p_json_object(&j);
	f1p_json_key(&j, "ready");
	f1p_json_bool(&j, !why);
	f1p_json_key(&j, "reason");
	f1p_json_str(&j, why);
	key_long(&j, "data_age_ms", h.data_age_ms);
	key_tri(&j, "simulated", h.simulated);
	f1p_json_end(&j);
	finish(a, &j);
}

/* --------------------------------------------- routes of other plugins */

struct route_body {
	char *text;
	size_t n, cap;
};

static f1p_status route_append(struct f1p_response *r, const void *bytes, size_t n)
{
	struct route_body *b = r->impl;
	if (n > ROUTE_BODY_MAX - b->n) {
		return F1P_ENOMEM;
	}
	if (b->n + n > b->cap) {
		size_t cap = b->cap ? b->cap * 2 : 16384;
		while (cap < b->n + n) {
			cap *= 2;
		}
		char *text = realloc(b->text, cap);
		if (!text) {
			return F1P_ENOMEM;
		}
		b->text = text;
		b->cap = cap;
	}
	if (n) {
		memcpy(b->text + b->n, bytes, n);
		b->n += n;
	}
	return F1P_OK;
}

/* The route's body, to be freed; NULL if nobody serves the path, or memory is short. */
static char *route_text(const struct sink *s, const char *path, struct f1p_response *r, size_t *n)
{
	struct route_body body = {0};
	*r = (struct f1p_response){.size = sizeof(*r),
		.status = 200,
		.content_type = "text/plain; charset=utf-8",
		.append = route_append,
		.impl = &body};
	bool served = s->routes && s->routes->serve(s->host, path, r);
	r->impl = NULL;
	if (!served) {
		free(body.text);
		return NULL;
	}
	*n = body.n;
	return body.text ? body.text : calloc(1, 1);
}

static bool route(const struct sink *s, const char *path, struct answer *a)
{
	struct f1p_response r;
	size_t n = 0;
	char *text = route_text(s, path, &r, &n);
	if (!text) {
		return false;
	}
	*a = (struct answer){.status = r.status, .content_type = r.content_type};
	a->body = frame_create(0, text, n);
	free(text);
	return true;
}

void api_get(struct sink *s, const char *path, struct answer *a)
{
	if (strcmp(path, "/api/v1/session/current") == 0) {
		session_current(s, a);
	} else if (strcmp(path, "/api/v1/prediction/live") == 0) {
		shared(a, stream_forecast_document(&s->stream));
	} else if (strcmp(path, "/healthz") == 0) {
		healthz(s, a);
	} else if (strcmp(path, "/readyz") == 0) {
		readyz(s, a);
	} else if (strcmp(path, "/api/v1/prediction/subscribe") == 0) {
		api_problem(a, 405, "Method not allowed", "POST a JSON object with topics and drivers");
		a->allow = "POST";
	} else if (strcmp(path, "/api/v1/replay") == 0) {
		api_problem(a, 405, "Method not allowed", "POST a JSON object with speed, paused, lap or time_ms");
		a->allow = "POST";
	} else if (strcmp(path, WS_PATH) == 0) {
		api_problem(a, 426, "Upgrade required", "this address speaks WebSocket");
	} else if (!session_live(s, path, a) && !route(s, path, a) && !files_get(s, path, a)) {
		api_problem(a, 404, "Not found", "nothing is served at this address");
	}
}

/* ---------------------------------------------------------- subscriptions */

void api_subscribe(struct sink *s, const char *body, size_t n, struct answer *a)
{
	struct filter filter;
	struct f1p_json j;
	char err[200], ws[96];
	if (!filter_read(&filter, body, n, s->stream.state, err, sizeof(err))) {
		api_problem(a, 400, "Bad request", err);
		return;
	}
	struct subscription *sub = subscriptions_add(&s->subscriptions, &filter, lws_now_usecs());
	if (!sub) {
		api_problem(a, 503, "Too many subscriptions", "try again when others have expired (10 minutes unused)");
		return;
	}
	snprintf(ws, sizeof(ws), WS_PATH "?subscription=%s", sub->id);
	*a = (struct answer){.status = 201, .content_type = JSON_TYPE};
	f1p_json_init(&j);
	f1p_json_object(&j);
	f1p_json_key(&j, "subscription");
	f1p_json_str(&j, sub->id);
	f1p_json_key(&j, "ws");
	f1p_json_str(&j, ws);
	f1p_json_key(&j, "expires_unused_s");
	f1p_json_uint(&j, SUBSCRIPTION_UNUSED_US / 1000000);
	f1p_json_key(&j, "simulated");
	f1p_json_bool(&j, s->stream.simulated);
	f1p_json_end(&j);
	finish(a, &j);
}

/*
 * rest_session.c - the session that is on: whole, and by the name of its circuit.
 */
#include "api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cut.h"
#include "helpers/encode_keys.h"
#include "sink_websocket.h"
#include "slug.h"

#define JSON_TYPE "application/json"
#define REMADE_AFTER_US 100000 /* the ages in the document may be off by that much */

static int64_t age_ms(int64_t t_ns, int64_t now_ns)
{
	return now_ns == F1P_UNKNOWN_NS ? F1P_UNKNOWN_NS : now_ns > t_ns ? (now_ns - t_ns) / 1000000 : 0;
}

static bool is_stale(const struct sink *s)
{
	struct f1p_health h;
	health_get(s, &h);
	return h.paused != F1P_YES && health_not_ready_because(s, &h) != NULL;
}

/* How far its values can be trusted as of now: all are as they were told last. */
static void freshness(const struct sink *s, struct f1p_json *j, bool stale)
{
	const struct f1p_state *st = s->stream.state;
	int64_t now_ns = s->host->now_utc_ns(s->host);

	f1p_json_object(j);
	f1p_json_key(j, "stale");
	f1p_json_bool(j, stale);
	f1p_json_key(j, "ages_ms");
	f1p_json_object(j);
	for (int kind = 1; kind < F1P_DATA_KINDS && F1P_HAS(st, struct f1p_state, origins); kind++) {
		if (st->origins[kind].t_ns != F1P_UNKNOWN_NS) {
			key_int64(j, f1p_data_kind_name(kind), age_ms(st->origins[kind].t_ns, now_ns));
		}
	}
	f1p_json_end(j);
	f1p_json_end(j);
}

/* The state's document is made once for each state; what changes by itself is put behind it. */
static struct frame *make_document(struct sink *s, bool stale)
{
	struct frame *doc = stream_session_document(&s->stream), *whole = NULL;
	struct f1p_json j;
	size_t n = 0;
	char *text = NULL;

	f1p_json_init(&j);
	freshness(s, &j, stale);
	const char *tail = f1p_json_text(&j, &n);
	if (doc && tail && (text = malloc(doc->length + n))) {
		memcpy(text, frame_text(doc), doc->length);
		text[doc->length - 1] = ','; /* was the closing brace */
		memcpy(text + doc->length, tail + 1, n - 1);
		whole = frame_create(0, text, doc->length + n - 1);
	}
	free(text);
	f1p_json_finish(&j);
	return whole;
}

/* Of all that it says but the ages, which follow from it and the clock. */
static uint64_t version_of(const struct f1p_state *st, bool stale)
{
	uint64_t v = st->seq * UINT64_C(0x9e3779b97f4a7c15);
	v ^= (uint64_t)st->t_event_ns + (v >> 29);
	v *= UINT64_C(0xbf58476d1ce4e5b9);
	v ^= st->session_key + (v >> 31);
	return (v << 1 | stale) | (v == 0);
}

struct frame *rest_state_document(struct sink *s, const struct request *r, struct answer *a)
{
	struct frame *doc = NULL;
	if (r->until_ns != F1P_UNKNOWN_NS) {
		doc = stream_document_at(&s->stream, STREAM_DOC_STATE, r->position);
	} else if (stream_has_session(&s->stream)) {
		doc = stream_session_document(&s->stream);
		doc = doc ? frame_ref(doc) : NULL;
	}
	if (!doc) {
		answer_problem(a, 404, "No session",
			r->until_ns == F1P_UNKNOWN_NS ? "no session is known yet" : "no session was known at that time, or it is kept no more");
	}
	return doc;
}

static void session_document(struct sink *s, struct answer *a)
{
	struct session_cache *c = &s->session_cache;
	bool stale = is_stale(s);
	uint64_t version = version_of(s->stream.state, stale);
	int64_t now_us = lws_now_usecs();

	if (!c->body || c->version != version || now_us - c->made_us > REMADE_AFTER_US) {
		frame_unref(c->body);
		*c = (struct session_cache){.body = make_document(s, stale), .version = version, .made_us = now_us};
	}
	*a = (struct answer){.status = 200, .content_type = JSON_TYPE, .version = version};
	a->body = c->body ? frame_ref(c->body) : NULL;
}

/* As of an earlier time nothing is said of freshness: the document is as old as was asked for. */
static void answer_session(struct sink *s, const struct request *r, struct answer *a)
{
	if (r->until_ns == F1P_UNKNOWN_NS && stream_has_session(&s->stream)) {
		session_document(s, a);
		return;
	}
	struct frame *doc = rest_state_document(s, r, a);
	if (doc) {
		*a = (struct answer){.status = 200, .content_type = JSON_TYPE, .body = doc};
	}
}

/* The slug of session.circuit or session.location in a state's document. */
static void place(const struct frame *doc, const char *name, char out[SLUG_MAX])
{
	struct f1p_json_slice session = {NULL, 0}, text = {"\"\"", 2};
	cut_member(cut_whole(doc), "session", &session);
	cut_member(session, name, &text);
	slug(text.text + 1, text.n >= 2 && text.text[0] == '"' ? text.n - 2 : 0, out);
}

/* /api/v1/session/{circuit}/live */
static void at_circuit(struct sink *s, const struct request *r, struct answer *a)
{
	const char *name = r->path + strlen("/api/v1/session/");
	char asked[SLUG_MAX], circuit[SLUG_MAX], location[SLUG_MAX], detail[160];
	struct frame *doc = rest_state_document(s, r, a);

	slug(name, strcspn(name, "/"), asked);
	if (!doc) {
		snprintf(detail, sizeof(detail), "no live session at \"%.40s\"; none is known yet", asked);
		answer_problem(a, 404, "No such session", detail);
		return;
	}
	place(doc, "circuit", circuit);
	place(doc, "location", location);
	frame_unref(doc);
	if (asked[0] && (strcmp(asked, circuit) == 0 || strcmp(asked, location) == 0)) {
		answer_session(s, r, a);
		return;
	}
	snprintf(detail, sizeof(detail), "no live session at \"%.40s\"; the current one is at \"%.40s\"", asked, circuit);
	answer_problem(a, 404, "No such session", detail);
}

static const struct own_route items[] = {
	{.method = F1P_GET, .scope = F1P_SCOPE_READ, .path = "/api/v1/session/current", .answer = answer_session},
	{.method = F1P_GET, .scope = F1P_SCOPE_READ, .path = "/api/v1/session/{}/live", .answer = at_circuit},
};

struct own_routes session_routes(void)
{
	return OWN_ROUTES(items);
}

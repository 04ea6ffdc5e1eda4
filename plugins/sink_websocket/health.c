/*
 * health.c - /healthz and /readyz: whether it lives, and whether what it says is worth anything.
 */
#include "api.h"

#include <string.h>

#include "helpers/encode_keys.h"
#include "sink_websocket.h"

#define JSON_TYPE "application/json"

void health_get(const struct sink *s, struct f1p_health *h)
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

const char *health_not_ready_because(const struct sink *s, const struct f1p_health *h)
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

/* Live sources that no calendar has ever reached know of no session that they should look for. */
static bool knows_no_session(const struct sink *s, const struct f1p_health *h)
{
	struct f1p_schedule_now now = {.size = sizeof(now)};
	if (h->live != F1P_YES || !s->schedule) {
		return false;
	}
	s->schedule->now(s->host, &now);
	return now.t_calendar_ns == F1P_UNKNOWN_NS && now.has_session != F1P_YES;
}

/* What the core says of its live sources, as it stands at its own address; absent without it. */
static void live_member(struct sink *s, int64_t until_ns, struct f1p_json *j)
{
	const struct request r = {
		.method = F1P_GET, .scopes = F1P_SCOPE_READ, .until_ns = until_ns, .body = "", .path = "/api/v1/sources"};
	struct answer a = {0};
	rest_sources(s, &r, &a);
	if (a.status == 200 && a.body) {
		f1p_json_key(j, "live");
		f1p_json_raw(j, frame_text(a.body), a.body->length);
	}
	frame_unref(a.body);
	answer_finish(&a);
}

static void healthz(struct sink *s, const struct request *r, struct answer *a)
{
	struct f1p_health h;
	struct f1p_json j;
	*a = (struct answer){.status = 200, .content_type = JSON_TYPE};
	health_get(s, &h);
	const char *why = health_not_ready_because(s, &h);
	if (!why && knows_no_session(s, &h)) {
		why = "no calendar has come yet: when sessions are is not known";
	}
	f1p_json_init(&j);
	f1p_json_object(&j);
	key_name(&j, "status", why || h.plugins_quarantined ? "degraded" : "ok");
	key_name(&j, "reason", why ? why : h.plugins_quarantined ? "a plugin is quarantined" : NULL);
	key_int64(&j, "uptime_ms", h.uptime_ms);
	key_count(&j, "seq", h.seq);
	key_int64(&j, "data_age_ms", h.data_age_ms);
	key_count(&j, "quarantined", h.plugins_quarantined);
	key_count(&j, "sources_running", h.sources_running);
	key_count(&j, "sources_total", h.sources_total);
	key_tri(&j, "source_ended", h.source_ended);
	key_tri(&j, "simulated", h.simulated);
	key_tri(&j, "paused", h.paused);
	f1p_json_key(&j, "speed");
	f1p_json_num(&j, h.speed, 3);
	key_count(&j, "clients", s->n_clients);
	live_member(s, r->until_ns, &j);
	f1p_json_end(&j);
	answer_json(a, &j);
}

static void readyz(struct sink *s, const struct request *r, struct answer *a)
{
	struct f1p_health h;
	struct f1p_json j;
	(void)r;
	health_get(s, &h);
	const char *why = health_not_ready_because(s, &h);
	*a = (struct answer){.status = why ? 503 : 200, .content_type = JSON_TYPE};
	f1p_json_init(&j);
	f1p_json_object(&j);
	f1p_json_key(&j, "ready");
	f1p_json_bool(&j, !why);
	key_name(&j, "reason", why);
	key_int64(&j, "data_age_ms", h.data_age_ms);
	key_tri(&j, "simulated", h.simulated);
	f1p_json_end(&j);
	answer_json(a, &j);
}

static const struct own_route items[] = {
	{.method = F1P_GET, .scope = F1P_SCOPE_READ, .path = "/healthz", .answer = healthz},
	{.method = F1P_GET, .scope = 0, .path = "/readyz", .answer = readyz}, /* for whoever watches from outside: it tells nothing */
};

struct own_routes health_routes(void)
{
	return OWN_ROUTES(items);
}

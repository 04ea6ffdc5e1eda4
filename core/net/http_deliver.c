/*
 * http_deliver.c - answers: from the last attempt, from the cache, or the reason why there is none.
 */
#include "net/http_internal.h"

#include "net/retry.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define REASON_MAX 900

/* Calls back and frees the call: what the answer lends must live in the caller or in the call. */
static void deliver(struct http_client *c, struct http_call *call, struct f1p_http_answer *a)
{
	int64_t took_ns = call->attempts > 0 ? call->last.took_ns : 0;

	a->size = sizeof(*a);
	a->attempts = call->attempts;
	http_unlink(c, call);
	if (c->o.measured)
		c->o.measured(c->o.arg, call->server->authority, a->status, took_ns, a->body_bytes, call->attempts);
	call->fn(call->arg, a);
	http_call_destroy(call);
	http_pump_soon(c);
}

static void take_headers(struct http_client *c, struct f1p_http_answer *a, const struct http_headers *h,
	struct f1p_header list[HTTP_HEADERS_MAX])
{
	const char *type = http_headers_get(h, "content-type");

	a->headers = list;
	a->n_headers = http_headers_list(h, list);
	a->content_type = type ? type : "";
	a->t_server_ns = retry_http_date_ns(http_headers_get(h, "date"));
	a->retry_after_ms = retry_after_ms(http_headers_get(h, "retry-after"), c->o.utc_ns(c->o.arg));
}

/* "GET https://host/path?...: what; tried 4 times" */
static void reason_text(const struct http_call *call, const char *what, char out[REASON_MAX])
{
	static const char *const methods[] = {"?", "GET", "POST", "OPTIONS"};
	char url[300], tried[40] = "";

	url_for_log(call->url, url, sizeof(url));
	if (call->attempts > 1)
		snprintf(tried, sizeof(tried), "; tried %" PRIu32 " times", call->attempts);
	snprintf(out, REASON_MAX, "%s %s: %s%s", methods[call->method], url, what, tried);
}

static void what_failed(const struct http_call *call, char *out, size_t size)
{
	if (call->last.fault != HTTP_FAULT_NONE)
		snprintf(out, size, "%s", call->last.why);
	else if (call->last.status >= 400)
		snprintf(out, size, "the server said %" PRIu32, call->last.status);
	else
		out[0] = '\0';
}

/* Whether an old answer would be better than what came. */
static bool poor(const struct http_outcome *o)
{
	return o->fault != HTTP_FAULT_NONE || retry_status(o->status);
}

void http_deliver_outcome(struct http_client *c, struct http_call *call)
{
	const struct http_outcome *o = &call->last;
	struct f1p_header list[HTTP_HEADERS_MAX];
	struct f1p_http_answer a = {.error = o->error, .status = o->status, .content_type = "", .body = "",
		.retry_after_ms = F1P_UNKNOWN_NS, .t_server_ns = F1P_UNKNOWN_NS};
	char what[300], reason[REASON_MAX] = "";

	what_failed(call, what, sizeof(what));
	if (what[0])
		reason_text(call, what, reason);
	if ((call->flags & F1P_HTTPF_STALE_IF_ERROR) && poor(o) && http_deliver_kept(c, call, reason))
		return;
	a.reason = reason;
	if (o->fault == HTTP_FAULT_NONE) {
		take_headers(c, &a, http_transfer_headers(call->transfer), list);
		a.body = http_transfer_body(call->transfer, &a.body_bytes);
	} else
		a.status = 0;
	deliver(c, call, &a);
}

void http_deliver_breaker_open(struct http_client *c, struct http_call *call)
{
	struct http_server *s = call->server;
	struct f1p_http_answer a = {.error = F1P_AGAIN, .content_type = "", .body = "", .retry_after_ms = F1P_UNKNOWN_NS,
		.t_server_ns = F1P_UNKNOWN_NS};
	int64_t left_ns = s->breaker.state == BREAKER_OPEN ? s->breaker.probe_at_ns - http_now_ns(c) : 0;
	char what[500], reason[REASON_MAX];

	snprintf(what, sizeof(what), "not asked, because the server fails (last: %s); it is tried again in %" PRId64 " s",
		s->last_error, (left_ns + 999999999) / 1000000000);
	reason_text(call, what, reason);
	if ((call->flags & F1P_HTTPF_STALE_IF_ERROR) && http_deliver_kept(c, call, reason))
		return;
	a.reason = reason;
	deliver(c, call, &a);
}

static void deliver_entry(struct http_client *c, struct http_call *call, const struct http_cache_entry *e, const char *why_stale)
{
	struct f1p_header list[HTTP_HEADERS_MAX];
	struct f1p_http_answer a = {.status = e->status, .flags = F1P_HTTPA_CACHED, .reason = why_stale ? why_stale : "",
		.body = e->body, .body_bytes = e->body_bytes};
	int64_t age_ms = (c->o.utc_ns(c->o.arg) - e->t_utc_ns) / 1000000;

	take_headers(c, &a, &e->headers, list);
	a.flags |= why_stale ? F1P_HTTPA_STALE : 0;
	a.age_ms = age_ms > 0 ? age_ms : 0;
	deliver(c, call, &a);
}

bool http_deliver_kept(struct http_client *c, struct http_call *call, const char *why_stale)
{
	struct http_cache_entry e;

	/* an answer that was kept under a larger limit is over-long for this one */
	if (!call->has_kept || !http_cache_load(c->cache, call->url, &e))
		return false;
	if (e.body_bytes > call->max_bytes) {
		http_cache_entry_finish(&e);
		return false;
	}
	deliver_entry(c, call, &e, why_stale);
	http_cache_entry_finish(&e);
	return true;
}

static void store(struct http_client *c, struct http_call *call, const struct http_cache_entry *e)
{
	char err[4600];

	if (http_cache_store(c->cache, call->url, e, err, sizeof(err)) != F1P_EIO) {
		c->cache_complained = false;
		return;
	}
	if (!c->cache_complained)
		http_log(c, F1P_LOG_WARN, "answers are not kept: %.400s", err);
	c->cache_complained = true;
}

/* The headers that we keep: all but those that are somebody's. */
static bool copy_headers(const struct http_headers *from, struct http_headers *to)
{
	struct f1p_header list[HTTP_HEADERS_MAX];
	uint32_t n = http_headers_list(from, list);

	for (uint32_t i = 0; i < n; i++)
		if (strcmp(list[i].name, "set-cookie") != 0 &&
			!http_headers_put(to, list[i].name, strlen(list[i].name), list[i].value, strlen(list[i].value)))
			return false;
	return true;
}

void http_keep(struct http_client *c, struct http_call *call)
{
	struct http_cache_entry e = {.status = 200};
	struct http_lifetime life;

	if (!call->cached || call->own_condition || call->last.fault != HTTP_FAULT_NONE || call->last.status != 200)
		return;
	life = http_headers_lifetime(http_transfer_headers(call->transfer));
	if (!life.keep)
		return;
	e.t_utc_ns = c->o.utc_ns(c->o.arg) - life.age_ms * 1000000;
	e.max_age_ms = life.max_age_ms;
	/* lent, not copied */
	e.body = (uint8_t *)(uintptr_t)http_transfer_body(call->transfer, &e.body_bytes);
	if (copy_headers(http_transfer_headers(call->transfer), &e.headers))
		store(c, call, &e);
	http_headers_finish(&e.headers);
}

bool http_deliver_confirmed(struct http_client *c, struct http_call *call)
{
	struct http_headers newer = {0};
	struct http_lifetime life;
	struct http_cache_entry e;

	if (!http_cache_load(c->cache, call->url, &e))
		return false;
	if (e.body_bytes > call->max_bytes || !copy_headers(http_transfer_headers(call->transfer), &newer) ||
		!http_headers_update(&e.headers, &newer)) {
		http_headers_finish(&newer);
		http_cache_entry_finish(&e);
		return false;
	}
	http_headers_finish(&newer);
	life = http_headers_lifetime(&e.headers);
	e.t_utc_ns = c->o.utc_ns(c->o.arg) - life.age_ms * 1000000;
	e.max_age_ms = life.max_age_ms;
	store(c, call, &e);
	deliver_entry(c, call, &e, NULL);
	http_cache_entry_finish(&e);
	return true;
}

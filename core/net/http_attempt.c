/*
 * http_attempt.c - one attempt of a call and what follows from it: answer, redirect, another attempt.
 */
#include "net/http_internal.h"

#include "net/retry.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECT_TIMEOUT_MS 10000
#define STALL_S 30
#define MS 1000000LL

/* ------------------------------------------------------------------ out */

static bool append(struct curl_slist **list, const char *name, const char *value)
{
	struct curl_slist *longer = NULL;
	char *line = NULL;

	if (asprintf(&line, "%s%s", name, value) >= 0) {
		longer = curl_slist_append(*list, line);
		free(line);
	}
	if (longer)
		*list = longer;
	return longer != NULL;
}

static bool make_headers(struct http_call *call)
{
	bool ok = true;

	curl_slist_free_all(call->sent);
	call->sent = NULL;
	for (const struct curl_slist *h = call->headers; ok && h; h = h->next)
		ok = append(&call->sent, "", h->data);
	if (ok && call->etag)
		ok = append(&call->sent, "If-None-Match: ", call->etag);
	if (ok && call->changed)
		ok = append(&call->sent, "If-Modified-Since: ", call->changed);
	return ok;
}

static struct http_transfer *make_transfer(struct http_client *c, struct http_call *call, char *why, size_t why_size)
{
	struct http_transfer_wish w = {.method = call->method, .url = call->at ? call->at : call->url, .body = call->body,
		.body_bytes = call->body_bytes, .max_bytes = call->max_bytes, .timeout_ms = call->timeout_ms,
		.connect_timeout_ms = call->timeout_ms < CONNECT_TIMEOUT_MS ? call->timeout_ms : CONNECT_TIMEOUT_MS,
		.stall_s = c->o.stall_s ? c->o.stall_s : STALL_S, .save_path = call->save_path, .id = call->id,
		.user_agent = c->user_agent, .ca_file = c->ca_file, .verify_tls = c->o.verify_tls,
		.public_only = (call->flags & F1P_HTTPF_PUBLIC_ONLY) != 0, .owner = call};

	if (proxy_serves(&c->proxy, call->server->authority)) {
		w.proxy = &c->proxy;
		w.proxy_headers = c->proxy_headers;
	}
	if (!make_headers(call)) {
		snprintf(why, why_size, "no memory");
		return NULL;
	}
	w.headers = call->sent;
	return http_transfer_create(&w, why, why_size);
}

void http_attempt_start(struct http_client *c, struct http_call *call)
{
	struct http_server *s = call->server;

	http_transfer_destroy(call->transfer);
	call->last = (struct http_outcome){.fault = HTTP_FAULT_LOCAL, .error = F1P_ENOMEM, .why = "no memory for a transfer"};
	call->transfer = make_transfer(c, call, call->last.why, sizeof(call->last.why));
	if (!call->transfer || !http_loop_add(c->loop, http_transfer_handle(call->transfer))) {
		http_deliver_outcome(c, call);
		return;
	}
	rate_take(&s->rate, http_now_ns(c));
	http_rates_changed(c);
	call->probe = breaker_begin(&s->breaker);
	call->state = CALL_RUNNING;
	call->attempts++;
	s->running++;
	s->requests++;
	c->n_running++;
}

static void leave(struct http_client *c, struct http_call *call)
{
	call->state = CALL_WAITING;
	call->server->running--;
	c->n_running--;
}

void http_attempt_stop(struct http_client *c, struct http_call *call)
{
	http_loop_remove(c->loop, http_transfer_handle(call->transfer));
	leave(c, call);
	if (call->probe)
		breaker_abandon(&call->server->breaker, http_now_ns(c));
}

/* ------------------------------------------------------------------ back */

static bool server_failed(const struct http_outcome *o)
{
	return o->fault == HTTP_FAULT_CONNECT || o->fault == HTTP_FAULT_BROKEN || o->fault == HTTP_FAULT_UNSAFE ||
	       o->fault == HTTP_FAULT_PROXY || o->status >= 500;
}

static void judge_server(struct http_client *c, struct http_call *call)
{
	struct http_server *s = call->server;
	const struct http_outcome *o = &call->last;

	if (o->fault == HTTP_FAULT_LOCAL) {
		if (call->probe)
			breaker_abandon(&s->breaker, http_now_ns(c));
	} else if (server_failed(o)) {
		s->failures++;
		if (!s->silent_since_ns)
			s->silent_since_ns = http_now_ns(c);
		if (breaker_failure(&s->breaker, http_now_ns(c)))
			http_log(c, F1P_LOG_WARN, "%s failed %u times in a row, last: %s; it is left alone for %lld s",
				s->authority, s->breaker.failures, s->last_error, s->breaker.wait_ns / (1000 * MS));
	} else {
		s->silent_since_ns = 0;
		if (breaker_success(&s->breaker))
			http_log(c, F1P_LOG_INFO, "%s answers again", s->authority);
	}
	call->probe = false;
}

static void remember_error(struct http_call *call)
{
	struct http_server *s = call->server;

	if (call->last.fault != HTTP_FAULT_NONE)
		snprintf(s->last_error, sizeof(s->last_error), "%s", call->last.why);
	else if (call->last.status >= 400)
		snprintf(s->last_error, sizeof(s->last_error), "status %" PRIu32, call->last.status);
}

/* How long the server wants to be left alone, 0 if it does not say. */
static int64_t heed_retry_after(struct http_client *c, struct http_call *call)
{
	const char *text = http_headers_get(http_transfer_headers(call->transfer), "retry-after");
	int64_t ms;

	if (call->last.fault != HTTP_FAULT_NONE || !retry_status(call->last.status) || !text)
		return 0;
	ms = retry_after_ms(text, c->o.utc_ns(c->o.arg));
	if (ms == F1P_UNKNOWN_NS || ms <= 0)
		return 0;
	ms = ms < RETRY_AFTER_CAP_MS ? ms : RETRY_AFTER_CAP_MS;
	rate_pause(&call->server->rate, http_now_ns(c) + ms * MS);
	http_log(c, F1P_LOG_WARN, "%s said %" PRIu32 " and wants to be left alone for %" PRId64 " s", call->server->authority,
		call->last.status, (ms + 999) / 1000);
	return ms * MS;
}

static bool worth_another(const struct http_call *call)
{
	const struct http_outcome *o = &call->last;

	if (call->attempts >= RETRY_ATTEMPTS || (call->flags & F1P_HTTPF_NO_RETRY))
		return false;
	if (o->fault == HTTP_FAULT_CONNECT)
		return true;
	return call->method == F1P_HTTP_GET &&
	       (o->fault == HTTP_FAULT_BROKEN || (o->fault == HTTP_FAULT_NONE && retry_status(o->status)));
}

static void try_again(struct http_client *c, struct http_call *call, int64_t asked_ns)
{
	int64_t wait_ns = retry_wait_ns(call->attempts, c->o.random(c->o.arg));
	bool rather_stale = call->has_kept && (call->flags & F1P_HTTPF_STALE_IF_ERROR);

	/* who takes an old answer need not wait minutes for a new one */
	if (asked_ns > RETRY_CAP_NS && rather_stale) {
		http_deliver_outcome(c, call);
		return;
	}
	free(call->at);
	call->at = NULL;
	call->redirects = 0;
	call->not_before_ns = http_now_ns(c) + (wait_ns > asked_ns ? wait_ns : asked_ns);
}

/* The answer leads elsewhere and is followed. False: it does not, or is an error now. */
static bool redirected(struct http_call *call)
{
	const char *location = http_headers_get(http_transfer_headers(call->transfer), "location");
	struct http_outcome *o = &call->last;
	uint32_t status = o->status;
	char to[URL_MAX + 1];

	if (o->fault != HTTP_FAULT_NONE || !location || (call->flags & F1P_HTTPF_NO_REDIRECT) ||
		!(status == 307 || status == 308 ||
			((status == 301 || status == 302 || status == 303) && call->method == F1P_HTTP_GET)))
		return false;
	if (call->redirects >= HTTP_REDIRECTS_MAX)
		snprintf(o->why, sizeof(o->why), "more than %u redirects", HTTP_REDIRECTS_MAX);
	else if (url_redirect(call->at ? call->at : call->url, location, to, o->why, sizeof(o->why))) {
		char *at = strdup(to);
		if (at) {
			free(call->at);
			call->at = at;
			call->redirects++;
			call->attempts--; /* it goes on, it does not begin anew */
			call->not_before_ns = 0;
			return true;
		}
		snprintf(o->why, sizeof(o->why), "no memory");
	}
	o->fault = HTTP_FAULT_REFUSED;
	o->error = F1P_EINVAL;
	return false;
}

static void forget_kept(struct http_call *call)
{
	free(call->etag);
	free(call->changed);
	call->etag = call->changed = NULL;
	call->has_kept = false;
}

void http_attempt_done(void *arg, CURL *easy, CURLcode code)
{
	struct http_client *c = arg;
	struct http_call *call = http_transfer_owner(easy);
	int64_t asked_ns;
	bool moved;

	http_transfer_end(call->transfer, code, &call->last);
	leave(c, call);
	moved = redirected(call);
	remember_error(call);
	judge_server(c, call);
	asked_ns = heed_retry_after(c, call);
	http_pump_soon(c);
	if (moved)
		return;
	if (call->last.fault == HTTP_FAULT_NONE && call->last.status == 304 && (call->etag || call->changed)) {
		if (http_deliver_confirmed(c, call))
			return;
		/* it was pushed out of the cache meanwhile: ask for all of it */
		forget_kept(call);
		return;
	}
	if (worth_another(call)) {
		try_again(c, call, asked_ns);
		return;
	}
	http_keep(c, call);
	http_deliver_outcome(c, call);
}

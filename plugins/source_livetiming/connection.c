/*
 * connection.c - see connection.h.
 */
#include "connection.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HTTP_MS 15000
#define HTTP_BYTES 65536u
#define STEP_NS (20 * SLT_NS_PER_S)	 /* longest stay in a step of the way in */
#define SUBSCRIBE_NS (30 * SLT_NS_PER_S) /* longest wait for the snapshot */
#define PING_NS (15 * SLT_NS_PER_S)
#define PING_MS 15000
#define EARLY_BYTES (1u << 20) /* of messages that overtake the snapshot */
#define BROKEN_MAX 10u	       /* broken records in a row: this is not our feed */

void slt_connection_init(struct slt_connection *c, uint32_t index, const struct slt_endpoint *to,
	const struct slt_connection_events *events, void *arg)
{
	*c = (struct slt_connection){
		.to = to, .events = events, .arg = arg, .index = index, .step = SLT_CLOSED, .deadline_ns = F1P_NEVER_NS};
	slt_framer_init(&c->framer, to->max_message);
}

static void drop_early(struct slt_connection *c)
{
	free(c->early);
	c->early = NULL;
	c->early_n = 0;
}

void slt_connection_close(struct slt_connection *c)
{
	if (c->step == SLT_CLOSED) {
		return;
	}
	c->step = SLT_CLOSED;
	c->epoch++;
	if (c->request != 0) {
		c->to->http->cancel(c->to->host, c->request);
		c->request = 0;
	}
	if (c->socket != NULL) {
		c->to->websocket->close(c->socket);
		c->socket = NULL;
	}
	slt_framer_reset(&c->framer);
	drop_early(c);
	explicit_bzero(c->bearer, sizeof(c->bearer));
	explicit_bzero(&c->cookies, sizeof(c->cookies));
	explicit_bzero(c->id, sizeof(c->id));
}

void slt_connection_finish(struct slt_connection *c)
{
	slt_connection_close(c);
	slt_framer_finish(&c->framer);
}

static void F1P_PRINTF(3, 4) lose(struct slt_connection *c, uint32_t http_status, const char *fmt, ...)
{
	char reason[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	slt_connection_close(c);
	c->events->lost(c->arg, c, http_status, reason);
}

static void enter(struct slt_connection *c, uint32_t step, int64_t stay_ns)
{
	c->step = step;
	c->deadline_ns = slt_clock_real(c->to->clock) + stay_ns;
}

/* ---- HTTP ---- */

static uint32_t fill_headers(const struct slt_connection *c, struct f1p_header headers[2])
{
	uint32_t n = 0;

	if (c->cookies.text[0] != '\0') {
		headers[n++] = (struct f1p_header){"Cookie", c->cookies.text};
	}
	if (c->bearer[0] != '\0') {
		headers[n++] = (struct f1p_header){"Authorization", c->bearer};
	}
	return n;
}

static void ask(struct slt_connection *c, uint32_t method, f1p_http_fn fn)
{
	struct f1p_header headers[2];
	char url[SLT_URL_MAX + 1];
	struct f1p_http_request r = {
		.size = sizeof(r),
		.flags = F1P_HTTPF_NO_RETRY | F1P_HTTPF_NO_STORE,
		.method = method,
		.priority = F1P_HTTP_URGENT,
		.url = url,
		.headers = headers,
		.n_headers = fill_headers(c, headers),
		.body = "",
		.max_bytes = HTTP_BYTES,
		.timeout_ms = HTTP_MS,
	};

	if (slt_negotiate_url(c->to->base_url, method == F1P_HTTP_POST, url)) {
		c->request = c->to->http->request(c->to->host, &r, fn, c);
	}
	if (c->request == 0) {
		lose(c, 0, "negotiate: the request is not accepted");
	}
}

/* True: go on with the answer. */
static bool is_useful(struct slt_connection *c, const struct f1p_http_answer *a, bool must_succeed)
{
	c->request = 0;
	c->not_asked = a->error == F1P_AGAIN;
	if (a->error != F1P_OK) {
		lose(c, 0, "negotiate: %s", a->reason[0] != '\0' ? a->reason : "no answer");
		return false;
	}
	if (a->status == 401 || a->status == 403) {
		lose(c, a->status, "negotiate: HTTP %u: not let in %s", a->status,
			c->bearer[0] != '\0' ? "with this token" : "without a token");
		return false;
	}
	if (a->status >= 500 || (must_succeed && a->status != 200)) {
		lose(c, a->status, "negotiate: HTTP %u", a->status);
		return false;
	}
	return true;
}

static void on_closed(void *arg, uint32_t http_status, const char *reason);
static void on_opened(void *arg);
static void on_message(void *arg, const void *bytes, size_t n, bool binary);

static void open_socket(struct slt_connection *c)
{
	static const struct f1p_websocket_events events = {sizeof(events), 0, on_opened, on_message, on_closed};
	struct f1p_header headers[2];
	char url[SLT_URL_MAX + 1];
	struct f1p_websocket_request r = {
		.size = sizeof(r),
		.n_headers = fill_headers(c, headers),
		.url = url,
		.headers = headers,
		.max_bytes = c->to->max_message,
		.ping_ms = PING_MS,
	};

	if (slt_socket_url(c->to->base_url, c->id, url)) {
		c->socket = c->to->websocket->open(c->to->host, &r, &events, c);
	}
	if (c->socket == NULL) {
		lose(c, 0, "WebSocket: the request is not accepted");
		return;
	}
	enter(c, SLT_SOCKET, STEP_NS);
}

static void on_negotiated(void *arg, const struct f1p_http_answer *a)
{
	struct slt_connection *c = arg;
	char why[224] = "";

	if (!is_useful(c, a, true)) {
		return;
	}
	slt_cookies_take(&c->cookies, a->headers, a->n_headers);
	if (!slt_negotiate_parse(a->body, a->body_bytes, c->id, why, sizeof(why))) {
		lose(c, 0, "%s", why);
		return;
	}
	open_socket(c);
}

/* Its only use is the cookie that keeps us on one server: without one it goes on as well. */
static void on_cookie(void *arg, const struct f1p_http_answer *a)
{
	struct slt_connection *c = arg;

	if (is_useful(c, a, false)) {
		slt_cookies_take(&c->cookies, a->headers, a->n_headers);
		enter(c, SLT_NEGOTIATE, STEP_NS);
		ask(c, F1P_HTTP_POST, on_negotiated);
	}
}

void slt_connection_open(struct slt_connection *c, const char *token, uint32_t token_generation)
{
	c->epoch++;
	c->has_token = token[0] != '\0';
	c->token_generation = token_generation;
	if (c->has_token) {
		snprintf(c->bearer, sizeof(c->bearer), "Bearer %s", token);
	}
	enter(c, SLT_COOKIE, STEP_NS);
	c->opened_ns = c->heard_ns = c->news_ns = slt_clock_now(c->to->clock);
	c->fed_ns = F1P_NEVER_NS;
	c->not_asked = false;
	c->broken_records = 0;
	ask(c, F1P_HTTP_OPTIONS, on_cookie);
}

/* ---- WebSocket ---- */

static void say(struct slt_connection *c, const char *text, size_t n)
{
	c->next_ping_ns = slt_clock_real(c->to->clock) + PING_NS;
	if (c->to->websocket->send(c->socket, text, n, false) != F1P_OK) {
		lose(c, 0, "WebSocket: what is sent does not get through");
	}
}

static void on_opened(void *arg)
{
	struct slt_connection *c = arg;

	if (c->step == SLT_SOCKET) {
		enter(c, SLT_SHAKE, STEP_NS);
		say(c, SLT_HANDSHAKE, sizeof(SLT_HANDSHAKE) - 1);
	}
}

static void on_closed(void *arg, uint32_t http_status, const char *reason)
{
	struct slt_connection *c = arg;

	c->socket = NULL; /* the host has freed it */
	if (http_status == 401 || http_status == 403) {
		lose(c, http_status, "WebSocket: HTTP %u: not let in %s", http_status,
			c->bearer[0] != '\0' ? "with this token" : "without a token");
	} else if (http_status != 0) {
		lose(c, http_status, "WebSocket: HTTP %u: %s", http_status, reason);
	} else {
		lose(c, 0, "WebSocket: %s", reason);
	}
}

/* ---- records ---- */

static void shake(struct slt_connection *c, const struct slt_record *r)
{
	if (r->kind == SLT_EMPTY) {
		enter(c, SLT_SUBSCRIBED, SUBSCRIBE_NS);
		say(c, c->to->subscribe, c->to->subscribe_n);
	} else if (r->kind == SLT_REFUSAL) {
		lose(c, 0, "handshake refused: %s", r->error);
	} else {
		lose(c, 0, "handshake: the answer is none");
	}
}

static bool on_early(void *arg, const char *text, size_t n)
{
	struct slt_connection *c = arg;
	uint32_t epoch = c->epoch;
	struct slt_record r;
	const char *why = "";

	if (slt_record_parse(text, n, &r, &why)) {
		c->events->message(c->arg, c, &r);
	}
	return c->epoch == epoch;
}

/* Messages that overtook the snapshot may be in it or not: told again they change nothing, left out they could be missing. */
static void tell_early(struct slt_connection *c)
{
	struct slt_framer again;
	char *bytes = c->early;
	size_t n = c->early_n;

	c->early = NULL;
	c->early_n = 0;
	if (n > 0) {
		slt_framer_init(&again, n);
		slt_framer_put(&again, bytes, n, on_early, c);
		slt_framer_finish(&again);
	}
	free(bytes);
}

static void keep_early(struct slt_connection *c, const char *text, size_t n)
{
	char *grown = c->early_n + n < EARLY_BYTES ? realloc(c->early, c->early_n + n + 1) : NULL;

	if (grown == NULL) {
		lose(c, 0, "Subscribe: too many messages before the snapshot");
		return;
	}
	memcpy(grown + c->early_n, text, n);
	grown[c->early_n + n] = SLT_RECORD_END;
	c->early = grown;
	c->early_n += n + 1;
}

static void take_result(struct slt_connection *c, const struct slt_record *r)
{
	uint32_t epoch = c->epoch;

	if (!f1p_json_slice_is(r->id, SLT_SUBSCRIBE_ID)) {
		return;
	}
	if (r->error[0] != '\0') {
		lose(c, 0, "Subscribe refused: %s", r->error);
	} else if (r->result.n == 0 || r->result.text[0] != '{') {
		lose(c, 0, "Subscribe: the answer holds no snapshot");
	} else {
		c->step = SLT_FEEDING;
		c->deadline_ns = F1P_NEVER_NS;
		c->fed_ns = c->news_ns = slt_clock_now(c->to->clock);
		c->events->snapshot(c->arg, c, r->result.text, r->result.n);
		if (c->epoch == epoch) {
			tell_early(c);
		}
	}
}

static void take_feed(struct slt_connection *c, const struct slt_record *r, const char *text, size_t n)
{
	c->news_ns = c->heard_ns;
	if (c->step == SLT_FEEDING) {
		c->events->message(c->arg, c, r);
	} else {
		keep_early(c, text, n);
	}
}

static void take_record(struct slt_connection *c, const struct slt_record *r, const char *text, size_t n)
{
	c->broken_records = 0;
	switch (r->kind) {
	case SLT_FEED:
		take_feed(c, r, text, n);
		break;
	case SLT_RESULT:
		if (c->step == SLT_SUBSCRIBED) {
			take_result(c, r);
		}
		break;
	case SLT_CLOSE:
		lose(c, 0, "the server closes%s%s%s", r->error[0] != '\0' ? ": " : "", r->error,
			r->allow_reconnect ? " (and lets us come back)" : "");
		break;
	default:
		break;
	}
}

/* A broken record among good ones is passed over: frames are cut at their ends, so the next one is whole again. */
static void refuse(struct slt_connection *c, const char *why)
{
	c->broken_records++;
	if (c->step < SLT_FEEDING || c->broken_records == BROKEN_MAX) {
		lose(c, 0, "what comes is no SignalR record: %s", why);
	} else {
		c->events->broken(c->arg, c, why);
	}
}

static bool on_record(void *arg, const char *text, size_t n)
{
	struct slt_connection *c = arg;
	uint32_t epoch = c->epoch;
	struct slt_record r;
	const char *why = "";

	c->heard_ns = slt_clock_now(c->to->clock);
	if (!slt_record_parse(text, n, &r, &why)) {
		refuse(c, why);
	} else if (c->step == SLT_SHAKE) {
		shake(c, &r);
	} else {
		take_record(c, &r, text, n);
	}
	return c->epoch == epoch;
}

static void on_message(void *arg, const void *bytes, size_t n, bool binary)
{
	struct slt_connection *c = arg;
	f1p_status status = F1P_OK;

	(void)binary;
	if (c->step < SLT_SHAKE) {
		return;
	}
	status = slt_framer_put(&c->framer, bytes, n, on_record, c);
	if (status == F1P_EINVAL) {
		lose(c, 0, "a record is longer than max_message");
	} else if (status == F1P_ENOMEM) {
		lose(c, 0, "no memory for a record");
	}
}

/* ---- time ---- */

void slt_connection_tick(struct slt_connection *c)
{
	int64_t real_ns = slt_clock_real(c->to->clock);
	static const char *const waited_for[] = {
		[SLT_COOKIE] = "negotiate: no answer",
		[SLT_NEGOTIATE] = "negotiate: no answer",
		[SLT_SOCKET] = "WebSocket: it does not open",
		[SLT_SHAKE] = "handshake: no answer",
		[SLT_SUBSCRIBED] = "Subscribe: no snapshot came",
	};

	if (c->step == SLT_CLOSED) {
		return;
	}
	if (c->step < SLT_FEEDING && real_ns >= c->deadline_ns) {
		lose(c, 0, "%s in time", waited_for[c->step]);
	} else if (c->step >= SLT_SUBSCRIBED && real_ns >= c->next_ping_ns) {
		say(c, SLT_PING, sizeof(SLT_PING) - 1);
	}
}

int64_t slt_connection_wait(const struct slt_connection *c)
{
	int64_t due_ns = F1P_NEVER_NS, real_ns = slt_clock_real(c->to->clock);

	if (c->step == SLT_CLOSED) {
		return F1P_NEVER_NS;
	}
	if (c->step < SLT_FEEDING) {
		due_ns = c->deadline_ns;
	}
	if (c->step >= SLT_SUBSCRIBED) {
		due_ns = slt_sooner(due_ns, c->next_ping_ns);
	}
	return due_ns > real_ns ? due_ns - real_ns : 0;
}

/* Everything here runs on the client's thread. */
#include "net/websocket_internal.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <openssl/x509_vfy.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define CLOSE_WITHIN_US (2 * LWS_US_PER_SEC)
#define LEAST_ATTEMPT_US LWS_US_PER_SEC
#define PROXIED_AUTHORITY_MAX 105u /* libwebsockets cuts its CONNECT request at 255 bytes, which hold this twice */

static void on_timer(lws_sorted_usec_list_t *);

static void schedule(struct f1p_websocket *s, lws_usec_t in_us)
{
	lws_sul_schedule(s->pool->context, 0, &s->timer, on_timer, in_us > 0 ? in_us : 1);
}

/* ---- the end ---- */

static void detach(struct f1p_websocket *s)
{
	if (s->wsi)
		lws_set_opaque_user_data(s->wsi, NULL);
	s->wsi = NULL;
}

void ws_connection_end(struct f1p_websocket *s, uint32_t http_status, const char *fmt, ...)
{
	struct ws_event *e = s->closed_event;
	size_t n = (size_t)snprintf((char *)e->bytes, e->room, "%s: ", s->request.authority);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf((char *)e->bytes + n, e->room - n, fmt, ap);
	va_end(ap);
	e->http_status = http_status;
	lws_sul_cancel(&s->timer);
	ws_lookup_abandon(s->lookup);
	s->lookup = NULL;
	detach(s);
	*s->thread_link = s->thread_next;
	if (s->thread_next)
		s->thread_next->thread_link = s->thread_link;
	s->closed_event = NULL;
	ws_post(s->pool, e);
}

void ws_connection_kill(struct f1p_websocket *s, const char *reason)
{
	struct lws *wsi = s->wsi;

	ws_connection_end(s, 0, "%s", reason);
	if (wsi)
		lws_set_timeout(wsi, 1, LWS_TO_KILL_SYNC);
}

/* ---- connecting ---- */

static bool is_numeric(const char *host)
{
	unsigned char binary[16];

	return inet_pton(AF_INET, host, binary) == 1 || inet_pton(AF_INET6, host, binary) == 1;
}

static void on_looked_up(void *arg)
{
	struct ws_pool *p = arg;

	pthread_mutex_lock(&p->lock);
	ws_wake(p);
	pthread_mutex_unlock(&p->lock);
}

static bool point_to_proxy(struct ws_pool *p, const char *address)
{
	bool v6 = strchr(address, ':') != NULL;
	char text[sizeof(p->proxy.login) + 96];
	int error;

	snprintf(text, sizeof(text), "%s%s%s%.64s%s:%u", p->proxy.login, p->proxy.login[0] ? "@" : "", v6 ? "[" : "", address,
		v6 ? "]" : "", p->proxy.port);
	error = lws_set_proxy(p->proxied, text);
	explicit_bzero(text, sizeof(text));
	return error == 0;
}

/* The proxy looks the server up: it gets the name. */
static bool go_through_proxy(struct f1p_websocket *s, const char *address, char *name, size_t size,
	struct lws_client_connect_info *info)
{
	bool v6 = strchr(s->request.host, ':') != NULL;

	snprintf(name, size, v6 ? "[%s]" : "%s", s->request.host);
	info->vhost = s->pool->proxied;
	info->address = name;
	return point_to_proxy(s->pool, address);
}

static void connect_to(struct f1p_websocket *s, const char *address)
{
	char name[WS_MAX_HOST + 3];
	struct lws_client_connect_info info = {0};
	struct lws *wsi;

	info.context = s->pool->context;
	info.address = address;
	info.port = s->request.port;
	info.path = s->request.path;
	info.host = s->request.host_header;
	info.protocol = s->request.protocol;
	info.local_protocol_name = ws_protocols[0].name;
	info.alpn = "http/1.1";
	info.ssl_connection = LCCSCF_HTTP_NO_FOLLOW_REDIRECT | (s->request.tls ? LCCSCF_USE_SSL : 0);
	info.opaque_user_data = s;
	s->attempt_failed = s->proxied && !go_through_proxy(s, address, name, sizeof(name), &info);
	s->handshake_sent = false;
	s->within_connect = true; /* callbacks come from within */
	wsi = s->attempt_failed ? NULL : lws_client_connect_via_info(&info);
	s->within_connect = false;
	s->attempt_failed |= wsi == NULL;
	s->wsi = s->attempt_failed ? NULL : wsi;
}

static void end_unreached(struct f1p_websocket *s)
{
	if (s->cert_error)
		ws_connection_end(s, 0, "the server's certificate is refused: %s", X509_verify_cert_error_string(s->cert_error));
	else
		ws_connection_end(s, 0, "cannot connect%s%s: %s", s->proxied ? " through the proxy " : "",
			s->proxied ? s->pool->proxy.name : "", s->failure[0] ? s->failure : "refused, or there is no route");
}

/* Goes through the addresses until one neither fails at once nor is the last. */
static void try_next(struct f1p_websocket *s)
{
	while (s->next_address < s->addresses.n) {
		lws_usec_t left_us = s->deadline_us - lws_now_usecs();
		lws_usec_t share_us = left_us / (lws_usec_t)(s->addresses.n - s->next_address);

		share_us = share_us < LEAST_ATTEMPT_US ? LEAST_ATTEMPT_US : share_us;
		schedule(s, share_us < left_us ? share_us : left_us);
		connect_to(s, s->addresses.text[s->next_address++]);
		if (!s->attempt_failed)
			return;
	}
	end_unreached(s);
}

static void begin(struct f1p_websocket *s)
{
	lws_usec_t limit_us = s->request.connect_timeout_ms * LWS_US_PER_MS;
	const char *host;

	s->proxied = proxy_serves(&s->pool->proxy, s->request.authority);
	if (s->proxied && strlen(s->request.authority) > PROXIED_AUTHORITY_MAX) {
		ws_connection_end(s, 0, "the host name is too long to be reached through a proxy");
		return;
	}
	host = s->proxied ? s->pool->proxy.host : s->request.host;
	s->deadline_us = lws_now_usecs() + limit_us;
	if (is_numeric(host)) {
		s->addresses.n = 1;
		snprintf(s->addresses.text[0], sizeof(s->addresses.text[0]), "%.63s", host);
		s->state = WS_CONNECTING;
		try_next(s);
		return;
	}
	s->state = WS_LOOKING_UP;
	schedule(s, limit_us);
	s->lookup = ws_lookup_start(s->pool->resolver, host, on_looked_up, s->pool);
	if (!s->lookup)
		ws_connection_end(s, 0, "too many name look-ups hang; check the name server");
}

static void take_lookup(struct f1p_websocket *s)
{
	int error = 0;

	if (!ws_lookup_result(s->lookup, &s->addresses, &error))
		return;
	ws_lookup_abandon(s->lookup);
	s->lookup = NULL;
	if (error != 0) {
		ws_connection_end(s, 0, "no address for %s%s: %s; check the network and the name server",
			s->proxied ? "the proxy " : "this name", s->proxied ? s->pool->proxy.name : "", gai_strerror(error));
		return;
	}
	s->state = WS_CONNECTING;
	try_next(s);
}

static void give_up_attempt(struct f1p_websocket *s)
{
	struct lws *wsi = s->wsi;

	detach(s);
	if (wsi)
		lws_set_timeout(wsi, 1, LWS_TO_KILL_SYNC);
	snprintf(s->failure, sizeof(s->failure), "no answer");
	try_next(s);
}

/* ---- time ---- */

static void on_connect_timer(struct f1p_websocket *s)
{
	const char *doing = s->state == WS_LOOKING_UP ? "looking up the name"
			    : s->handshake_sent	      ? "waiting for the answer to the upgrade"
						      : "connecting";
	char reason[WS_REASON_SIZE];

	if (s->deadline_us - lws_now_usecs() > LWS_US_PER_MS && !s->handshake_sent && s->next_address < s->addresses.n) {
		give_up_attempt(s);
		return;
	}
	if (s->deadline_us - lws_now_usecs() > LWS_US_PER_MS) { /* this address talks: it may use all the time */
		schedule(s, s->deadline_us - lws_now_usecs());
		return;
	}
	snprintf(reason, sizeof(reason), "not connected after %lld ms: time-out while %s%s%.120s",
		(long long)s->request.connect_timeout_ms, doing, s->proxied ? " through the proxy " : "",
		s->proxied ? s->pool->proxy.name : "");
	ws_connection_kill(s, reason);
}

void ws_connection_heard(struct f1p_websocket *s)
{
	s->heard_us = lws_now_usecs();
	s->ping_sent = false;
}

static void on_silence_timer(struct f1p_websocket *s)
{
	lws_usec_t limit_us = s->request.ping_ms * LWS_US_PER_MS, silent_us = lws_now_usecs() - s->heard_us;
	char reason[96];

	if (s->flow_stopped) { /* the silence is ours */
		ws_connection_heard(s);
		schedule(s, limit_us);
	} else if (silent_us < limit_us) {
		schedule(s, limit_us - silent_us);
	} else if (!s->ping_sent) {
		s->ping_sent = s->ping_due = true;
		lws_callback_on_writable(s->wsi);
		schedule(s, limit_us);
	} else {
		snprintf(reason, sizeof(reason), "connection lost: silent, and no answer to a ping within %lld ms",
			(long long)s->request.ping_ms);
		ws_connection_kill(s, reason);
	}
}

static void on_timer(lws_sorted_usec_list_t *timer)
{
	struct f1p_websocket *s = lws_container_of(timer, struct f1p_websocket, timer);

	if (s->closing)
		ws_connection_kill(s, s->failure);
	else if (s->state == WS_UP)
		on_silence_timer(s);
	else
		on_connect_timer(s);
}

/* ---- what the loop wants ---- */

void ws_connection_close(struct f1p_websocket *s, enum lws_close_status code, const char *reason)
{
	s->closing = true;
	s->close_code = code;
	snprintf(s->failure, sizeof(s->failure), "%s", reason);
	schedule(s, CLOSE_WITHIN_US);
	lws_callback_on_writable(s->wsi);
}

static void step_up(struct f1p_websocket *s, bool close_wanted, bool has_out, bool choked)
{
	if (s->flow_stopped && !choked) {
		s->flow_stopped = false;
		ws_connection_heard(s);
		lws_rx_flow_control(s->wsi, 1);
	}
	if (close_wanted && !s->closing)
		ws_connection_close(s, LWS_CLOSE_STATUS_NORMAL, "closed");
	if (has_out || s->closing)
		lws_callback_on_writable(s->wsi);
}

void ws_connection_step(struct f1p_websocket *s, bool close_wanted, bool has_out, bool choked)
{
	if (s->state == WS_UP)
		step_up(s, close_wanted, has_out, choked);
	else if (close_wanted)
		ws_connection_kill(s, "closed");
	else if (s->state == WS_NEW)
		begin(s);
	else if (s->state == WS_LOOKING_UP)
		take_lookup(s);
	else if (s->attempt_failed)
		try_next(s);
}

/* ---- how it went, as libwebsockets tells ---- */

void ws_connection_failed(struct f1p_websocket *s, const char *text, size_t n)
{
	char plain[sizeof(s->failure)];

	snprintf(plain, sizeof(plain), "%.*s", text ? (int)strnlen(text, n) : 0, text ? text : "");
	detach(s);
	if (s->handshake_sent && !s->within_connect) {
		ws_connection_end(s, 0, "no valid answer to the upgrade: %s", plain[0] ? plain : "connection closed");
		return;
	}
	if (s->proxied && strncmp(plain, "proxy ", 6) == 0) /* all that the library tells */
		snprintf(plain, sizeof(plain), "it did not open the way: refused, or %s login is wanted (proxy_login in 00-f1pd.ini)",
			s->pool->proxy.login[0] ? "another" : "a");
	if (strcmp(plain, "Unable to connect") != 0) /* which says less than our own words */
		memcpy(s->failure, plain, sizeof(plain));
	s->attempt_failed = true; /* the step after this callback tries the next address */
}

void ws_connection_gone(struct f1p_websocket *s)
{
	static const char closed[] = "connection closed";

	if (s->closing)
		ws_connection_end(s, 0, "%s", s->failure);
	else if (s->state == WS_UP)
		ws_connection_end(s, 0, "connection lost: it ended without a close frame, or with a broken frame");
	else
		ws_connection_failed(s, closed, sizeof(closed));
}

void ws_connection_up(struct f1p_websocket *s)
{
	s->state = WS_UP;
	ws_connection_heard(s);
	schedule(s, s->request.ping_ms * LWS_US_PER_MS);
	ws_post(s->pool, s->opened_event);
	s->opened_event = NULL;
}

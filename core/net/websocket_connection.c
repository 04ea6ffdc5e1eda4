/* Everything here runs on the client's thread. */
#include "net/websocket_internal.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <openssl/x509_vfy.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLOSE_WITHIN_US (2 * LWS_US_PER_SEC)
#define LEAST_ATTEMPT_US LWS_US_PER_SEC
#define FIRST_PARTIAL_BYTES 1024u

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

static void connect_to(struct f1p_websocket *s, const char *address)
{
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
	s->attempt_failed = false;
	s->handshake_sent = false;
	s->within_connect = true; /* callbacks come from within */
	wsi = lws_client_connect_via_info(&info);
	s->within_connect = false;
	s->attempt_failed |= wsi == NULL;
	s->wsi = s->attempt_failed ? NULL : wsi;
}

static const char *why_unreached(const struct f1p_websocket *s)
{
	if (s->cert_error)
		return X509_verify_cert_error_string(s->cert_error);
	return s->failure[0] ? s->failure : "Unable to connect";
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
	if (s->cert_error)
		ws_connection_end(s, 0, "the server's certificate is refused: %s", why_unreached(s));
	else
		ws_connection_end(s, 0, "cannot connect: %s", why_unreached(s));
}

static void begin(struct f1p_websocket *s)
{
	lws_usec_t limit_us = s->request.connect_timeout_ms * LWS_US_PER_MS;

	s->deadline_us = lws_now_usecs() + limit_us;
	if (is_numeric(s->request.host)) {
		s->addresses.n = 1;
		strcpy(s->addresses.text[0], s->request.host);
		s->state = WS_CONNECTING;
		try_next(s);
		return;
	}
	s->state = WS_LOOKING_UP;
	schedule(s, limit_us);
	s->lookup = ws_lookup_start(s->pool->resolver, s->request.host, on_looked_up, s->pool);
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
		ws_connection_end(s, 0, "no address for this name: %s; check the network and the name server", gai_strerror(error));
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
	char reason[128];

	if (s->deadline_us - lws_now_usecs() > LWS_US_PER_MS && !s->handshake_sent && s->next_address < s->addresses.n) {
		give_up_attempt(s);
		return;
	}
	if (s->deadline_us - lws_now_usecs() > LWS_US_PER_MS) { /* this address talks: it may use all the time */
		schedule(s, s->deadline_us - lws_now_usecs());
		return;
	}
	snprintf(reason, sizeof(reason), "not connected after %lld ms: time-out while %s",
		(long long)s->request.connect_timeout_ms, doing);
	ws_connection_kill(s, reason);
}

static void on_silence_timer(struct f1p_websocket *s)
{
	lws_usec_t limit_us = s->request.ping_ms * LWS_US_PER_MS, silent_us = lws_now_usecs() - s->heard_us;
	char reason[96];

	if (s->flow_stopped) { /* the silence is ours */
		s->heard_us = lws_now_usecs();
		schedule(s, limit_us);
	} else if (silent_us < limit_us) {
		s->ping_sent = false;
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

/* The rest happens when the connection can be written, or in two seconds. Never by a callback's answer to received bytes:
 * libwebsockets 4.1.6 then goes on to write what follows behind the end of its buffer. */
static void begin_close(struct f1p_websocket *s, enum lws_close_status code, const char *reason)
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
		s->heard_us = lws_now_usecs();
		lws_rx_flow_control(s->wsi, 1);
	}
	if (close_wanted && !s->closing)
		begin_close(s, LWS_CLOSE_STATUS_NORMAL, "closed");
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

/* ---- what libwebsockets tells ---- */

static int append_headers(const struct f1p_websocket *s, unsigned char **at, size_t room)
{
	if (s->request.headers_bytes > room)
		return -1;
	memcpy(*at, s->request.headers, s->request.headers_bytes);
	*at += s->request.headers_bytes;
	return 0;
}

static int on_answer(struct f1p_websocket *s, struct lws *wsi)
{
	unsigned status = lws_http_client_http_response(wsi);

	if (status == 101)
		return 0;
	if (status < 100 || status > 999)
		ws_connection_end(s, 0, "no valid answer to the upgrade: no HTTP status");
	else if (status >= 300 && status < 400)
		ws_connection_end(s, status, "the server redirects (HTTP %u), which is not followed; check the URL", status);
	else
		ws_connection_end(s, status, "the server refused the upgrade with HTTP %u", status);
	return -1;
}

static void on_connection_error(struct f1p_websocket *s, const char *text, size_t n)
{
	char plain[sizeof(s->failure)];

	snprintf(plain, sizeof(plain), "%.*s", text ? (int)strnlen(text, n) : 0, text ? text : "");
	detach(s);
	if (s->handshake_sent && !s->within_connect) {
		ws_connection_end(s, 0, "no valid answer to the upgrade: %s", plain[0] ? plain : "connection closed");
		return;
	}
	memcpy(s->failure, plain, sizeof(plain));
	s->attempt_failed = true; /* the step after this callback tries the next address */
}

static void on_gone(struct f1p_websocket *s)
{
	static const char closed[] = "connection closed";

	if (s->state == WS_UP)
		ws_connection_end(s, 0, "connection lost: it ended without a close frame, or with a broken frame");
	else
		on_connection_error(s, closed, sizeof(closed));
}

static void on_established(struct f1p_websocket *s)
{
	s->state = WS_UP;
	s->heard_us = lws_now_usecs();
	schedule(s, s->request.ping_ms * LWS_US_PER_MS);
	ws_post(s->pool, s->opened_event);
	s->opened_event = NULL;
}

/* false: out of memory */
static bool keep(struct f1p_websocket *s, const void *bytes, size_t n)
{
	struct ws_event *e = s->partial;
	size_t have = e ? e->n : 0, room = e ? e->room : 0;

	if (!e || have + n > room) {
		room = room * 2 > have + n ? room * 2 : have + n;
		room = room > FIRST_PARTIAL_BYTES ? room : FIRST_PARTIAL_BYTES;
		e = realloc(e, sizeof(*e) + room);
		if (!e)
			return false;
		if (!s->partial)
			*e = (struct ws_event){.socket = s, .kind = WS_MESSAGE};
		e->room = room;
		s->partial = e;
	}
	memcpy(e->bytes + have, bytes, n);
	e->n += n;
	return true;
}

static bool is_choked(struct ws_pool *p)
{
	bool choked;

	pthread_mutex_lock(&p->lock);
	choked = p->choked;
	pthread_mutex_unlock(&p->lock);
	return choked;
}

static void on_receive(struct f1p_websocket *s, struct lws *wsi, const void *bytes, size_t n)
{
	size_t have = s->partial ? s->partial->n : 0, to_come = lws_remaining_packet_payload(wsi);
	char reason[sizeof(s->failure)];

	s->heard_us = lws_now_usecs();
	if (s->closing)
		return;
	if (n > s->request.max_bytes - have || to_come > s->request.max_bytes - have - n) {
		snprintf(reason, sizeof(reason), "a message of more than %zu bytes: closed with 1009", s->request.max_bytes);
		begin_close(s, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, reason);
		return;
	}
	if (!keep(s, bytes, n)) {
		begin_close(s, LWS_CLOSE_STATUS_UNEXPECTED_CONDITION, "no memory for a message");
		return;
	}
	if (to_come > 0 || !lws_is_final_fragment(wsi))
		return;
	s->partial->binary = lws_frame_is_binary(wsi) != 0;
	ws_post(s->pool, s->partial);
	s->partial = NULL;
	if (is_choked(s->pool)) {
		s->flow_stopped = true;
		lws_rx_flow_control(wsi, 0);
	}
}

static struct ws_out *take_out(struct f1p_websocket *s, bool *more)
{
	struct ws_out *m;

	pthread_mutex_lock(&s->pool->lock);
	m = s->out;
	if (m) {
		s->out = m->next;
		if (!s->out)
			s->out_end = &s->out;
		s->out_bytes -= m->n + sizeof(*m);
	}
	*more = s->out != NULL;
	pthread_mutex_unlock(&s->pool->lock);
	return m;
}

/* One lws_write() per call: that is libwebsockets' rule. */
static int on_writable(struct f1p_websocket *s, struct lws *wsi)
{
	unsigned char ping[LWS_PRE + 4] = {0};
	struct ws_out *m;
	bool more = false;
	int wrote;

	if (s->ping_due) {
		s->ping_due = false;
		lws_callback_on_writable(wsi);
		return lws_write(wsi, ping + LWS_PRE, 4, LWS_WRITE_PING) < 0 ? -1 : 0;
	}
	m = s->closing && s->close_code != LWS_CLOSE_STATUS_NORMAL ? NULL : take_out(s, &more);
	if (!m && !s->closing)
		return 0;
	if (!m) {
		lws_close_reason(wsi, s->close_code, NULL, 0);
		ws_connection_end(s, 0, "%s", s->failure);
		return -1;
	}
	wrote = lws_write(wsi, m->bytes + LWS_PRE, m->n, m->binary ? LWS_WRITE_BINARY : LWS_WRITE_TEXT);
	free(m);
	if (more || s->closing)
		lws_callback_on_writable(wsi);
	return wrote < 0 ? -1 : 0;
}

static const char *close_code_name(unsigned code)
{
	switch (code) {
	case 1000:
		return "normal";
	case 1001:
		return "going away";
	case 1002: /* libwebsockets shows this for every reserved code, 1012 and 1013 too */
		return "protocol error, service restart or try again later";
	case 1003:
		return "unsupported data";
	case 1007:
		return "invalid payload";
	case 1008:
		return "policy violation";
	case 1009:
		return "message too big";
	case 1010:
		return "extension needed";
	case 1011:
		return "server error";
	default:
		return "code of the application";
	}
}

static void on_peer_close(struct f1p_websocket *s, const unsigned char *bytes, size_t n)
{
	char text[81];
	size_t len = 0;
	unsigned code = n >= 2 ? (unsigned)bytes[0] << 8 | bytes[1] : 0;

	for (size_t i = 2; i < n && len + 1 < sizeof(text); i++)
		text[len++] = bytes[i] >= ' ' && bytes[i] < 0x7f ? (char)bytes[i] : '?';
	text[len] = '\0';
	if (code == 0)
		ws_connection_end(s, 0, "the server closed the connection without a code");
	else
		ws_connection_end(s, 0, "the server closed the connection: %u (%s)%s%s", code, close_code_name(code),
			len > 0 ? ": " : "", text);
}

/* The reasons of one connection; those of the library itself come with a wsi that is none. */
static int on_socket(struct f1p_websocket *s, struct lws *wsi, enum lws_callback_reasons reason, void *in, size_t len)
{
	switch (reason) {
	case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
		s->handshake_sent = true;
		return append_headers(s, in, len);
	case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP:
		return on_answer(s, wsi);
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
		on_connection_error(s, in, len);
		return 0;
	case LWS_CALLBACK_CLIENT_ESTABLISHED:
		on_established(s);
		return 0;
	case LWS_CALLBACK_CLIENT_RECEIVE:
		on_receive(s, wsi, in, len);
		return 0;
	case LWS_CALLBACK_CLIENT_RECEIVE_PONG:
		s->heard_us = lws_now_usecs();
		return 0;
	case LWS_CALLBACK_CLIENT_WRITEABLE:
		return on_writable(s, wsi);
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
		on_peer_close(s, in, len);
		return 0;
	default:
		on_gone(s);
		return 0;
	}
}

static int on_lws(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct f1p_websocket *s;

	(void)user;
	switch (reason) {
	case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
	case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP:
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
	case LWS_CALLBACK_CLIENT_ESTABLISHED:
	case LWS_CALLBACK_CLIENT_RECEIVE:
	case LWS_CALLBACK_CLIENT_RECEIVE_PONG:
	case LWS_CALLBACK_CLIENT_WRITEABLE:
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
	case LWS_CALLBACK_CLIENT_CLOSED: /* three ways to end, by how far it came */
	case LWS_CALLBACK_CLOSED_CLIENT_HTTP:
	case LWS_CALLBACK_WSI_DESTROY:
		s = lws_get_opaque_user_data(wsi);
		if (!s)
			return 0;
		s->wsi = wsi;
		return on_socket(s, wsi, reason, in, len);
	case LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION:
		s = lws_get_opaque_user_data(wsi);
		if (s && !len) /* len: what OpenSSL thinks of it */
			s->cert_error = X509_STORE_CTX_get_error(user);
		return 0;
	default:
		return 0;
	}
}

const struct lws_protocols ws_protocols[] = {
	{.name = "f1pd-client", .callback = on_lws, .rx_buffer_size = WS_IO_BYTES / 2},
	{0},
};

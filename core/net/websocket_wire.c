/* What libwebsockets tells of a connection. Everything here runs on the client's thread. */
#include "net/websocket_internal.h"

#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_PARTIAL_BYTES 1024u

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

	ws_connection_heard(s);
	if (s->closing)
		return;
	if (n > s->request.max_bytes - have || to_come > s->request.max_bytes - have - n) {
		snprintf(reason, sizeof(reason), "a message of more than %zu bytes: closed with 1009", s->request.max_bytes);
		ws_connection_close(s, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, reason);
		return;
	}
	if (!keep(s, bytes, n)) {
		ws_connection_close(s, LWS_CLOSE_STATUS_UNEXPECTED_CONDITION, "no memory for a message");
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
		ws_connection_failed(s, in, len);
		return 0;
	case LWS_CALLBACK_CLIENT_ESTABLISHED:
		ws_connection_up(s);
		return 0;
	case LWS_CALLBACK_CLIENT_RECEIVE:
		on_receive(s, wsi, in, len);
		return 0;
	case LWS_CALLBACK_CLIENT_RECEIVE_PONG:
		ws_connection_heard(s);
		return 0;
	case LWS_CALLBACK_CLIENT_WRITEABLE:
		return on_writable(s, wsi);
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
		on_peer_close(s, in, len);
		return 0;
	default:
		ws_connection_gone(s);
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

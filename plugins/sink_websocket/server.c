/*
 * server.c - libwebsockets: its context, its thread, its callbacks.
 *
 * Only lws_cancel_service() is called from other threads. LWS_CALLBACK_HTTP_CONFIRM_UPGRADE always answers 0: the library's version of
 * Debian 12 reads freed memory after a refusal.
 */
#include "sink_websocket.h"

#include "gate.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include <openssl/ssl.h>
#include <unistd.h>

#define IDLE_TIMEOUT_S 15
#define HEADERS_MAX 8192 /* of one request, together */
#define LOG_PER_THREAD 20

/* The library's log function gets no context: the thread that runs the library lends it one. */
static _Thread_local const struct f1p_host *log_host;
static _Thread_local unsigned log_lines;

static void on_log(int level, const char *line)
{
	size_t n = strcspn(line, "\n");
	if (log_host && log_lines < LOG_PER_THREAD) { /* strangers can cause these lines: not without end */
		log_lines++;
		log_host->log(log_host, level == LLL_ERR ? F1P_LOG_WARN : F1P_LOG_DEBUG, "libwebsockets: %.*s", (int)n, line);
	}
}

/* ------------------------------------------------------------------ ticks */

static void make_messages(struct sink *s)
{
	s->ticked_us = lws_now_usecs();
	if (stream_tick(&s->stream) > 0) {
		s->news_us = s->ticked_us;
		clients_wake(s);
	}
}

static void on_tick(lws_sorted_usec_list_t *sul)
{
	make_messages(lws_container_of(sul, struct sink, tick_timer));
}

static void on_second(lws_sorted_usec_list_t *sul)
{
	struct sink *s = lws_container_of(sul, struct sink, second_timer);
	clients_check(s);
	lws_sul_schedule(s->context, 0, sul, on_second, LWS_US_PER_SEC);
}

/* News: at once if the last are old enough, else when they are. */
static void on_news(struct sink *s)
{
	int64_t wait = s->ticked_us + s->config.update_every * 1000 - lws_now_usecs();
	if (s->ticked_us == 0 || wait <= 0) {
		make_messages(s);
	} else {
		lws_sul_schedule(s->context, 0, &s->tick_timer, on_tick, wait);
	}
}

/* -------------------------------------------------------------- callbacks */

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct sink *s = lws_context_user(lws_get_context(wsi));
	struct connection *c = user;
	switch ((int)reason) {
	case LWS_CALLBACK_FILTER_NETWORK_CONNECTION:
		return gate_full(s, ((const struct lws_filter_network_conn_args *)user)->accept_fd);
	case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED:
		gate_connect(s, wsi);
		return 0;
	case LWS_CALLBACK_WSI_DESTROY:
		gate_disconnect(wsi);
		return 0;
	case LWS_CALLBACK_RAW_ADOPT: /* CONNECT: the library makes a bare socket of it, which would stay for ever */
	case LWS_CALLBACK_RAW_RX:
		return -1;
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE: /* HTTP/2 without TLS is no more heard of when its name is gone: a plain request is left */
		if (strcasecmp(in, "websocket") != 0) {
			*(char *)in = 'x';
		}
		return 0;
	case LWS_CALLBACK_HTTP:
		return http_begin(s, wsi, &c->exchange, in);
	case LWS_CALLBACK_HTTP_BODY:
		return http_body(c->exchange, in, len);
	case LWS_CALLBACK_HTTP_BODY_COMPLETION:
		return http_body_end(s, wsi, &c->exchange);
	case LWS_CALLBACK_HTTP_WRITEABLE:
		return c->client.wsi ? client_writable(s, &c->client) : http_writable(s, wsi, &c->exchange);
	case LWS_CALLBACK_CLOSED_HTTP:
	case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
		if (c) {
			http_drop(&c->exchange);
			client_close(s, &c->client);
		}
		return 0;
	case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
		return gate_socket(s, wsi) || client_admit(s, wsi);
	case LWS_CALLBACK_ESTABLISHED:
		http_drop(&c->exchange);
		return client_open(s, &c->client, wsi);
	case LWS_CALLBACK_SERVER_WRITEABLE: /* a ping behind our close frame causes one when the client is gone already */
		return c->client.wsi ? client_writable(s, &c->client) : 0;
	case LWS_CALLBACK_RECEIVE:
		if (c->client.wsi) {
			client_received(s, &c->client, in, len, lws_is_final_fragment(wsi) && !lws_remaining_packet_payload(wsi));
		}
		return 0;
	case LWS_CALLBACK_CLOSED:
	case LWS_CALLBACK_WS_SERVER_DROP_PROTOCOL:
		client_close(s, &c->client);
		return 0;
	case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
		if (s && !s->stopping) {
			on_news(s);
		}
		return 0;
	default:
		return lws_callback_http_dummy(wsi, reason, user, in, len);
	}
}

static const struct lws_protocols protocols[] = {
	{.name = WS_PROTOCOL,
		.callback = callback,
		.per_session_data_size = sizeof(struct connection),
		.rx_buffer_size = 512,
		.tx_packet_size = 1 << 20},
	{0},
};

/* Agreed on by the library, which so understands what clients send compressed; what is sent compressed is made by forms.c. */
static const struct lws_extension extensions[] = {
	{"permessage-deflate", lws_extension_callback_pm_deflate, "permessage-deflate; client_no_context_takeover; server_no_context_takeover"},
	{0},
};

/* A client that is silent is asked after 20 s and given up after 50 s. */
static const lws_retry_bo_t idle_policy = {.secs_since_valid_ping = 20, .secs_since_valid_hangup = 50};

/* ------------------------------------------------------------ start, stop */

struct address {
	struct sockaddr_storage sa;
	socklen_t size;
	bool any, ipv6, loopback;
};

static bool parse_address(const char *text, int port, struct address *a)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&a->sa;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&a->sa;
	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)port);
		a->size = sizeof(*v4);
		a->any = v4->sin_addr.s_addr == INADDR_ANY;
		a->loopback = ntohl(v4->sin_addr.s_addr) >> 24 == 127;
		return true;
	}
	if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)port);
		a->size = sizeof(*v6);
		a->any = IN6_IS_ADDR_UNSPECIFIED(&v6->sin6_addr);
		a->ipv6 = true;
		a->loopback = IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
		return true;
	}
	return false;
}

/* The library says only that something failed; a plain bind says what. */
static f1p_status probe(struct sink *s, const struct address *a)
{
	const struct sink_config *cfg = &s->config;
	int on = 1;
	int fd = socket(a->sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		return s->host->fail(s->host, F1P_EIO, "%s: no socket: %s", cfg->bind, strerror(errno));
	}
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	int rc = bind(fd, (const struct sockaddr *)&a->sa, a->size);
	if (rc == 0) {
		rc = listen(fd, 1);
	}
	int err = errno;
	close(fd);
	if (rc == 0) {
		return F1P_OK;
	}
	if (err == EADDRINUSE) {
		return s->host->fail(s->host, F1P_EIO,
			"%s:%d: address in use; change port in the configuration or stop the other program", cfg->bind,
			(int)cfg->port);
	}
	return s->host->fail(
		s->host, F1P_EIO, "%s:%d: cannot listen: %s; check bind and port", cfg->bind, (int)cfg->port, strerror(err));
}

static f1p_status create_context(struct sink *s, const struct address *a)
{
	struct lws_context_creation_info info;
	memset(&info, 0, sizeof(info));
	info.port = (int)s->config.port;
	info.iface = a->any ? NULL : s->config.bind;
	info.protocols = protocols;
	info.gid = -1;
	info.uid = -1;
	info.user = s;
	info.extensions = s->config.compress ? extensions : NULL;
	info.options = LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND | LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME |
		       (a->ipv6 ? 0 : LWS_SERVER_OPTION_DISABLE_IPV6);
	info.server_string = "f1pd";
	info.max_http_header_data = HEADERS_MAX;
	info.timeout_secs = (unsigned int)(sink_request_timeout_ms(s) / 1000);
	info.timeout_secs_ah_idle = info.timeout_secs;
	if (server_has_tls(s)) {
		info.ssl_cert_filepath = s->config.tls_certificate;
		info.ssl_private_key_filepath = s->config.tls_key;
		info.ssl_options_set = SSL_OP_NO_SSLv3 | SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 | SSL_OP_NO_RENEGOTIATION;
		info.alpn = "http/1.1"; /* sockets and limits are made for that alone */
		info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
	}
	info.keepalive_timeout = IDLE_TIMEOUT_S;
	info.retry_and_idle_policy = &idle_policy;
	s->context = lws_create_context(&info);
	if (!s->context) {
		return s->host->fail(s->host, F1P_EIO, "%s:%d: libwebsockets could not start; see the lines above",
			s->config.bind, (int)s->config.port);
	}
	struct lws_vhost *vhost = lws_get_vhost_by_name(s->context, "default");
	s->port = vhost ? lws_get_vhost_listen_port(vhost) : (int)s->config.port;
	return F1P_OK;
}

static void run(void *arg)
{
	struct sink *s = arg;
	log_host = s->host;
	lws_sul_schedule(s->context, 0, &s->second_timer, on_second, LWS_US_PER_SEC);
	while (!s->stopping && lws_service(s->context, 0) >= 0) {
	}
	lws_sul_cancel(&s->tick_timer);
	lws_sul_cancel(&s->second_timer);
	lws_sul_cancel(&s->lane_timer);
	log_host = NULL;
}

f1p_status server_start(struct sink *s)
{
	struct address address;
	if (!parse_address(s->config.bind, (int)s->config.port, &address)) {
		return s->host->fail(s->host, F1P_ECONFIG, "bind = %s: not a numeric address such as 127.0.0.1, 0.0.0.0 or ::1",
			s->config.bind);
	}
	f1p_status status = gate_init(s, address.loopback);
	if (status == F1P_OK) {
		status = server_check_tls(s);
	}
	if (status == F1P_OK) {
		status = probe(s, &address);
	}
	if (status != F1P_OK) {
		gate_finish(s);
		return status;
	}
	log_host = s->host;
	log_lines = 0;
	lws_set_log_level(LLL_ERR, on_log);
	status = create_context(s, &address);
	log_host = NULL;
	if (status != F1P_OK) {
		gate_finish(s);
		return status;
	}
	s->stopping = false;
	s->thread = s->threads->start(s->host, "f1pd-web", run, s);
	if (!s->thread) {
		lws_context_destroy(s->context);
		s->context = NULL;
		gate_finish(s);
		return s->host->fail(s->host, F1P_ENOMEM, "no thread for the web server");
	}
	return F1P_OK;
}

void server_stop(struct sink *s)
{
	if (!s->thread) {
		return;
	}
	s->stopping = true;
	lws_cancel_service(s->context);
	s->threads->join(s->host, s->thread);
	s->thread = NULL;
	lws_context_destroy(s->context); /* closes every connection; not on the thread: lws_cancel_service() needs the context */
	s->context = NULL;
	gate_finish(s);
}

void server_wake(struct sink *s)
{
	lws_cancel_service(s->context);
}

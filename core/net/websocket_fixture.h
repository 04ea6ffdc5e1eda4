/*
 * websocket_fixture.h - a WebSocket server for tests, in threads, that does byte by byte what a test's handler says; and what a
 * test watches of the client's callbacks.
 */
#ifndef WEBSOCKET_FIXTURE_H
#define WEBSOCKET_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/websocket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_MS 20000
#define MAX_PEERS 64

enum { OP_CONTINUE = 0, OP_TEXT = 1, OP_BINARY = 2, OP_CLOSE = 8, OP_PING = 9, OP_PONG = 10, FIN = 0x80 };

/* ---- the server ---- */

struct server;

struct peer {
	struct server *server;
	int index; /* 0 = the first that connected */
	int fd;
	SSL *ssl;
	char request[16384]; /* head of the upgrade request */
	pthread_t thread;
};

struct server {
	int listener;
	int port;
	SSL_CTX *tls;
	void (*handler)(struct peer *);
	void *arg;
	pthread_t thread;
	pthread_mutex_t lock;
	struct peer *peers[MAX_PEERS];
	int n_peers;
	atomic_bool stopping;
	atomic_int goes; /* counts what handlers did; for tests to wait on */
};

static inline int64_t real_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static inline bool peer_write(struct peer *p, const void *bytes, size_t n)
{
	const char *at = bytes;

	while (n > 0) {
		ssize_t sent = p->ssl ? SSL_write(p->ssl, at, (int)(n > 16384 ? 16384 : n)) : send(p->fd, at, n, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		at += sent;
		n -= (size_t)sent;
	}
	return true;
}

static inline bool peer_read(struct peer *p, void *bytes, size_t n)
{
	char *at = bytes;

	while (n > 0) {
		struct pollfd pfd = {.fd = p->fd, .events = POLLIN};
		ssize_t got;

		if ((!p->ssl || SSL_pending(p->ssl) == 0) && poll(&pfd, 1, PATIENCE_MS) <= 0)
			return false;
		got = p->ssl ? SSL_read(p->ssl, at, (int)(n > 16384 ? 16384 : n)) : recv(p->fd, at, n, 0);
		if (got <= 0)
			return false;
		at += got;
		n -= (size_t)got;
	}
	return true;
}

static inline bool peer_read_request(struct peer *p)
{
	size_t n = 0;

	while (n + 1 < sizeof(p->request) && peer_read(p, p->request + n, 1)) {
		p->request[++n] = '\0';
		if (n >= 4 && memcmp(p->request + n - 4, "\r\n\r\n", 4) == 0)
			return true;
	}
	return false;
}

/* The value of a header of the request; false if it is not there. */
static inline bool peer_header(const struct peer *p, const char *name, char *out, size_t size)
{
	for (const char *line = strstr(p->request, "\r\n"); line; line = strstr(line, "\r\n")) {
		line += 2;
		if (strncasecmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':') {
			line += strlen(name) + 1 + strspn(line + strlen(name) + 1, " ");
			snprintf(out, size, "%.*s", (int)strcspn(line, "\r"), line);
			return true;
		}
	}
	return false;
}

static inline void accept_key(const struct peer *p, char out[32])
{
	char key[128] = "", text[256];
	unsigned char digest[SHA_DIGEST_LENGTH];

	peer_header(p, "Sec-WebSocket-Key", key, sizeof(key));
	snprintf(text, sizeof(text), "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
	SHA1((unsigned char *)text, strlen(text), digest);
	EVP_EncodeBlock((unsigned char *)out, digest, sizeof(digest));
}

/* Answers the upgrade; more: further header lines, or "" */
static inline bool peer_switch(struct peer *p, const char *more)
{
	char key[32], answer[4096];
	int n;

	accept_key(p, key);
	n = snprintf(answer, sizeof(answer),
		"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Accept: %s\r\n%s\r\n",
		key, more);
	return peer_write(p, answer, (size_t)n);
}

static inline bool peer_upgrade(struct peer *p)
{
	return peer_read_request(p) && peer_switch(p, "");
}

static inline bool peer_head(struct peer *p, unsigned first, uint64_t n)
{
	unsigned char head[10] = {(unsigned char)first, (unsigned char)n};
	size_t len = 2;

	if (n > 65535) {
		head[1] = 127;
		for (int i = 0; i < 8; i++)
			head[2 + i] = (unsigned char)(n >> (56 - 8 * i));
		len = 10;
	} else if (n > 125) {
		head[1] = 126;
		head[2] = (unsigned char)(n >> 8);
		head[3] = (unsigned char)n;
		len = 4;
	}
	return peer_write(p, head, len);
}

static inline bool peer_frame(struct peer *p, unsigned first, const void *bytes, size_t n)
{
	return peer_head(p, first, n) && peer_write(p, bytes, n);
}

static inline bool peer_text(struct peer *p, const char *text)
{
	return peer_frame(p, FIN | OP_TEXT, text, strlen(text));
}

/* Reads one whole frame; its opcode with FIN, or -1. Payload unmasked, *n in: room, out: length. */
static inline int peer_read_frame(struct peer *p, void *out, size_t *n)
{
	unsigned char head[2], more[8], mask[4] = {0};
	uint64_t len;
	int extra;

	if (!peer_read(p, head, 2))
		return -1;
	extra = (head[1] & 127) == 127 ? 8 : (head[1] & 127) == 126 ? 2 : 0;
	if (!peer_read(p, more, (size_t)extra) || !(head[1] & 128) || !peer_read(p, mask, 4))
		return -1; /* a client must mask */
	len = head[1] & 127;
	for (int i = 0; i < extra; i++)
		len = (i == 0 ? 0 : len << 8) | more[i];
	if (len > *n || !peer_read(p, out, (size_t)len))
		return -1;
	for (uint64_t i = 0; i < len; i++)
		((unsigned char *)out)[i] ^= mask[i & 3];
	*n = (size_t)len;
	return head[0];
}

/* The close code that the client sends; -1 if the connection ends without. Skips other frames. */
static inline int peer_read_close(struct peer *p)
{
	static _Thread_local unsigned char payload[1 << 20];

	for (;;) {
		size_t n = sizeof(payload);
		int op = peer_read_frame(p, payload, &n);

		if (op < 0)
			return -1;
		if (op == (FIN | OP_CLOSE))
			return n >= 2 ? payload[0] << 8 | payload[1] : 0;
	}
}

/* The next end of the connection is a reset. */
static inline void peer_reset(struct peer *p)
{
	struct linger hard = {.l_onoff = 1, .l_linger = 0};

	setsockopt(p->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
}

/* Until the client has gone, or the test is over. */
static inline void peer_wait_gone(struct peer *p)
{
	char c;

	while (peer_read(p, &c, 1)) {
	}
}

static inline void *peer_main(void *arg)
{
	struct peer *p = arg;
	int fd = p->fd;

	if (p->server->tls) {
		p->ssl = SSL_new(p->server->tls);
		SSL_set_fd(p->ssl, fd);
		if (SSL_accept(p->ssl) == 1)
			p->server->handler(p);
		SSL_free(p->ssl);
	} else {
		p->server->handler(p);
	}
	pthread_mutex_lock(&p->server->lock);
	p->fd = -1;
	pthread_mutex_unlock(&p->server->lock);
	close(fd);
	return NULL;
}

static inline void *server_main(void *arg)
{
	struct server *s = arg;

	for (;;) {
		int fd = accept(s->listener, NULL, NULL);
		struct peer *p;

		if (fd < 0 || s->stopping || s->n_peers == MAX_PEERS) {
			if (fd >= 0)
				close(fd);
			if (s->stopping)
				return NULL;
			continue;
		}
		p = calloc(1, sizeof(*p));
		*p = (struct peer){.server = s, .fd = fd, .index = s->n_peers};
		pthread_mutex_lock(&s->lock);
		s->peers[s->n_peers++] = p;
		pthread_create(&p->thread, NULL, peer_main, p);
		pthread_mutex_unlock(&s->lock);
	}
}

static inline void server_listen(struct server *s, int backlog)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(sa);

	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(s->listener >= 0);
	assert_int_equal(bind(s->listener, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(s->listener, backlog), 0);
	assert_int_equal(getsockname(s->listener, (struct sockaddr *)&sa, &len), 0);
	s->port = ntohs(sa.sin_port);
}

static inline struct server *server_start(void (*handler)(struct peer *), SSL_CTX *tls, void *arg)
{
	struct server *s = calloc(1, sizeof(*s));

	s->handler = handler;
	s->tls = tls;
	s->arg = arg;
	pthread_mutex_init(&s->lock, NULL);
	server_listen(s, 128);
	assert_int_equal(pthread_create(&s->thread, NULL, server_main, s), 0);
	return s;
}

static inline void server_stop(struct server *s)
{
	s->stopping = true;
	shutdown(s->listener, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->listener);
	pthread_mutex_lock(&s->lock);
	for (int i = 0; i < s->n_peers; i++) {
		if (s->peers[i]->fd >= 0)
			shutdown(s->peers[i]->fd, SHUT_RDWR);
	}
	pthread_mutex_unlock(&s->lock);
	for (int i = 0; i < s->n_peers; i++) {
		pthread_join(s->peers[i]->thread, NULL);
		free(s->peers[i]);
	}
	pthread_mutex_destroy(&s->lock);
	free(s);
}

/* ---- the client ---- */

struct watch {
	struct f1p_websocket *socket;
	int opened, messages, binaries, closed, out_of_order;
	size_t bytes;
	char last[256], all[2048]; /* the last message; all, with '|' behind each, as far as there is room */
	uint32_t http_status;
	char reason[512];
	/* the test's own, called last */
	void (*on_opened)(struct watch *);
	void (*on_message)(struct watch *, const void *, size_t);
	void (*on_closed)(struct watch *);
	void *arg;
};

struct client {
	uv_loop_t loop;
	uv_timer_t tick; /* so that the loop wakes to look at the time */
	struct ws_pool *pool;
	char why[256];
};

static inline void watch_opened(void *arg)
{
	struct watch *w = arg;

	w->out_of_order += w->opened > 0 || w->messages > 0 || w->closed > 0;
	w->opened++;
	if (w->on_opened)
		w->on_opened(w);
}

static inline void watch_message(void *arg, const void *bytes, size_t n, bool binary)
{
	struct watch *w = arg;
	size_t used = strlen(w->all);

	w->out_of_order += w->opened != 1 || w->closed > 0;
	w->messages++;
	w->binaries += binary;
	w->bytes += n;
	snprintf(w->last, sizeof(w->last), "%.*s", (int)(n < 255 ? n : 255), (const char *)bytes);
	snprintf(w->all + used, sizeof(w->all) - used, "%s|", w->last);
	if (w->on_message)
		w->on_message(w, bytes, n);
}

static inline void watch_closed(void *arg, uint32_t http_status, const char *reason)
{
	struct watch *w = arg;

	w->closed++;
	w->http_status = http_status;
	snprintf(w->reason, sizeof(w->reason), "%s", reason);
	if (w->on_closed)
		w->on_closed(w);
	w->socket = NULL;
}

static inline void on_tick(uv_timer_t *t)
{
	(void)t;
}

static inline void client_start(struct client *c, struct ws_options o)
{
	assert_int_equal(uv_loop_init(&c->loop), 0);
	uv_timer_init(&c->loop, &c->tick);
	uv_timer_start(&c->tick, on_tick, 5, 5);
	c->pool = ws_pool_create(&c->loop, &o, c->why, sizeof(c->why));
	assert_non_null(c->pool);
}

static inline void client_stop(struct client *c)
{
	ws_pool_destroy(c->pool);
	uv_close((uv_handle_t *)&c->tick, NULL);
	uv_run(&c->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&c->loop), 0);
}

static inline struct f1p_websocket *client_open_request(
	struct client *c, struct watch *w, struct f1p_websocket_request r, uint32_t owner)
{
	const struct f1p_websocket_events events = {
		.size = sizeof(events), .opened = watch_opened, .message = watch_message, .closed = watch_closed};

	r.size = sizeof(r);
	w->socket = ws_open(c->pool, owner, &r, &events, w, c->why, sizeof(c->why));
	return w->socket;
}

/* Opens a connection to the server; limits in r, without the URL. */
static inline void client_open(struct client *c, struct watch *w, const struct server *s, struct f1p_websocket_request r)
{
	char url[64];

	snprintf(url, sizeof(url), "ws://127.0.0.1:%d/live", s->port);
	r.url = url;
	assert_non_null(client_open_request(c, w, r, 1));
}

static inline bool run_until(struct client *c, const int *what, int least)
{
	int64_t end_ms = real_ms() + PATIENCE_MS;

	while (*what < least && real_ms() < end_ms)
		uv_run(&c->loop, UV_RUN_ONCE);
	return *what >= least;
}

static inline void run_for(struct client *c, int64_t ms)
{
	int64_t end_ms = real_ms() + ms;

	while (real_ms() < end_ms)
		uv_run(&c->loop, UV_RUN_ONCE);
}

/* Waits, with the loop running, until handlers have counted so far. */
static inline bool run_until_goes(struct client *c, struct server *s, int least)
{
	int64_t end_ms = real_ms() + PATIENCE_MS;

	while (s->goes < least && real_ms() < end_ms)
		uv_run(&c->loop, UV_RUN_ONCE);
	return s->goes >= least;
}

#endif

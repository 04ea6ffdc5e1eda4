/*
 * http_test_server.h - for tests: a small HTTP server on 127.0.0.1 that misbehaves by path. See answer() for the paths.
 */
#ifndef NET_HTTP_TEST_SERVER_H
#define NET_HTTP_TEST_SERVER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#define TEST_SERVER_THREADS 64
#define TEST_SERVER_PATHS 512

struct test_server {
	int fd, stop[2];
	uint16_t port;
	pthread_t accepter, workers[TEST_SERVER_THREADS];
	int n_workers;
	pthread_mutex_t lock; /* of what follows */
	char paths[TEST_SERVER_PATHS][200];
	unsigned hits[TEST_SERVER_PATHS];
	unsigned connections;
	char location[300];   /* of /moved */
	char order[2000];     /* last characters of the paths, in the order of arrival */
	char head[8192];      /* of the last request */
};

struct test_connection {
	struct test_server *s;
	int fd;
	char request[65536];
	size_t n;
};

static inline unsigned test_server_hit(struct test_server *s, const char *path, unsigned add)
{
	unsigned hits = 0;

	pthread_mutex_lock(&s->lock);
	for (int i = 0; i < TEST_SERVER_PATHS; i++) {
		if (!s->paths[i][0] && add)
			snprintf(s->paths[i], sizeof(s->paths[i]), "%s", path);
		if (strcmp(s->paths[i], path) == 0) {
			s->hits[i] += add;
			hits = s->hits[i];
			break;
		}
	}
	pthread_mutex_unlock(&s->lock);
	return hits;
}

/* How often a path (without query) was asked for. */
static inline unsigned test_server_hits(struct test_server *s, const char *path)
{
	return test_server_hit(s, path, 0);
}

/* True when the server stops; waits for it as long as told. */
static inline bool test_server_wait(struct test_server *s, int ms)
{
	struct pollfd p = {.fd = s->stop[0], .events = POLLIN};

	return poll(&p, 1, ms) > 0;
}

static inline void test_put(struct test_connection *c, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t done = send(c->fd, bytes, n, MSG_NOSIGNAL);
		if (done <= 0)
			return;
		bytes += done;
		n -= (size_t)done;
	}
}

static inline void test_print(struct test_connection *c, const char *text)
{
	test_put(c, text, strlen(text));
}

/* extra: further header lines, each with CRLF */
static inline void test_reply(struct test_connection *c, const char *status, const char *extra, const void *body, size_t n)
{
	char head[2048];

	snprintf(head, sizeof(head), "HTTP/1.1 %s\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: %zu\r\n%s\r\n",
		status, n, extra);
	test_print(c, head);
	test_put(c, body, n);
}

static inline size_t test_gzip(const void *bytes, size_t n, size_t times, uint8_t *out, size_t size)
{
	z_stream z = {0};
	size_t used;

	deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY);
	z.next_out = out;
	z.avail_out = (uInt)size;
	for (size_t i = 0; i <= times; i++) {
		z.next_in = (Bytef *)(uintptr_t)bytes;
		z.avail_in = i < times ? (uInt)n : 0;
		deflate(&z, i < times ? Z_NO_FLUSH : Z_FINISH);
	}
	used = size - z.avail_out;
	deflateEnd(&z);
	return used;
}

static inline void test_reply_gzip(struct test_connection *c, size_t n, size_t times, size_t cut)
{
	size_t size = 1u << 20, packed_n;
	uint8_t *packed = malloc(size), *raw = malloc(n);

	memset(raw, 'z', n);
	packed_n = test_gzip(raw, n, times, packed, size);
	test_reply(c, "200 OK", "Connection: close\r\nContent-Encoding: gzip\r\n", packed, packed_n - cut);
	free(packed);
	free(raw);
}

static inline const char *test_header(const struct test_connection *c, const char *name)
{
	const char *at = strcasestr(c->request, name);

	return at ? at + strlen(name) : NULL;
}

static inline void test_reply_echo(struct test_connection *c)
{
	const char *length = test_header(c, "\r\nContent-Length: "), *end = strstr(c->request, "\r\n\r\n");
	size_t want = (size_t)(end - c->request) + 4 + (length ? strtoul(length, NULL, 10) : 0);

	while (c->n < want && c->n < sizeof(c->request) - 1) {
		ssize_t got = recv(c->fd, c->request + c->n, sizeof(c->request) - 1 - c->n, 0);
		if (got <= 0)
			break;
		c->n += (size_t)got;
	}
	test_reply(c, "200 OK", "Connection: close\r\nContent-Type: text/plain\r\n", c->request, c->n);
}

/* /fail/STATUS/N...?after=TEXT: N times that status (with Retry-After; '+' is a blank), then 200 "recovered" */
static inline void test_reply_fail(struct test_connection *c, const char *path, const char *query, unsigned hits)
{
	unsigned status = 0, times = 0;
	char line[40], extra[200] = "Connection: close\r\n";

	sscanf(path, "/fail/%u/%u", &status, &times);
	if (hits > times) {
		test_reply(c, "200 OK", extra, "recovered", 9);
		return;
	}
	snprintf(line, sizeof(line), "%u Sorry", status);
	if (strncmp(query, "after=", 6) == 0)
		snprintf(extra, sizeof(extra), "Connection: close\r\nRetry-After: %.100s\r\n", query + 6);
	for (char *at = extra; *at; at++)
		*at = *at == '+' ? ' ' : *at;
	test_reply(c, line, extra, "sorry", 5);
}

/* /broken/HOW/N...: N times broken, then 200 "whole" */
static inline void test_reply_broken(struct test_connection *c, const char *path, unsigned hits)
{
	struct linger now = {.l_onoff = 1};
	char how[20] = "";
	unsigned times = 0;

	sscanf(path, "/broken/%19[^/]/%u", how, &times);
	if (hits > times)
		test_reply(c, "200 OK", "Connection: close\r\n", "whole", 5);
	else if (strcmp(how, "short") == 0)
		test_print(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
	else if (strcmp(how, "chunk") == 0)
		test_print(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nonly this");
	else if (strcmp(how, "garbage") == 0)
		test_print(c, "SSH-2.0-OpenSSH_9.2\r\nwho are you?\r\n\r\n");
	else if (strcmp(how, "head") == 0)
		test_print(c, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Len");
	else if (strcmp(how, "nothing") == 0)
		;
	else if (strcmp(how, "gzip") == 0)
		test_print(c, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 8\r\n\r\nnot gzip");
	else if (strcmp(how, "gzcut") == 0)
		test_reply_gzip(c, 5000, 1, 12);
	else if (strcmp(how, "reset") == 0) {
		test_print(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly");
		test_server_wait(c->s, 50);
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	}
}

static inline void test_reply_etag(struct test_connection *c, const char *cache_control)
{
	const char *known = test_header(c, "\r\nIf-None-Match: ");
	char extra[300];

	snprintf(extra, sizeof(extra),
		"Connection: close\r\nETag: \"v1\"\r\nCache-Control: %s\r\nContent-Type: text/plain\r\nSet-Cookie: secret=1\r\n",
		cache_control);
	if (known && strncmp(known, "\"v1\"", 4) == 0)
		test_print(c, "HTTP/1.1 304 Not Modified\r\nConnection: close\r\nETag: \"v1\"\r\nX-Again: yes\r\n\r\n");
	else
		test_reply(c, "200 OK", extra, "tagged", 6);
}

static inline void test_reply_forever(struct test_connection *c, const char *head, size_t chunk, int every_ms)
{
	char *bytes = malloc(chunk);

	memset(bytes, 'x', chunk);
	test_print(c, head);
	for (int i = 0; i < 2000 && !test_server_wait(c->s, every_ms); i++) {
		if (send(c->fd, bytes, chunk, MSG_NOSIGNAL) <= 0)
			break;
	}
	free(bytes);
}

static inline void test_reply_many_headers(struct test_connection *c)
{
	char line[64];

	test_print(c, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n");
	for (int i = 0; i < 1000; i++) {
		snprintf(line, sizeof(line), "X-Header-%d: value\r\n", i);
		test_print(c, line);
	}
	test_print(c, "\r\nok");
}

static inline void test_reply_moved(struct test_connection *c)
{
	char extra[400];

	pthread_mutex_lock(&c->s->lock);
	snprintf(extra, sizeof(extra), "Connection: close\r\nLocation: %s\r\n", c->s->location);
	pthread_mutex_unlock(&c->s->lock);
	test_reply(c, "302 Found", extra, "moved", 5);
}

/* True: the connection stays. */
static inline bool test_answer(struct test_connection *c, const char *path, const char *query, unsigned hits)
{
	if (strncmp(path, "/keep", 5) == 0) {
		test_reply(c, "200 OK", "", "kept", 4);
		return true;
	}
	if (strncmp(path, "/ok", 3) == 0)
		test_reply(c, "200 OK", "Connection: close\r\nContent-Type: text/plain\r\n", "hello", 5);
	else if (strncmp(path, "/fail/", 6) == 0)
		test_reply_fail(c, path, query, hits);
	else if (strncmp(path, "/broken/", 8) == 0)
		test_reply_broken(c, path, hits);
	else if (strncmp(path, "/echo", 5) == 0)
		test_reply_echo(c);
	else if (strncmp(path, "/etag", 5) == 0)
		test_reply_etag(c, "max-age=60");
	else if (strncmp(path, "/nostore", 8) == 0)
		test_reply_etag(c, "private, no-store");
	else if (strncmp(path, "/gzip", 5) == 0)
		test_reply_gzip(c, 100000, 1, 0);
	else if (strncmp(path, "/bomb", 5) == 0)
		test_reply_gzip(c, 1u << 20, 128, 0);
	else if (strncmp(path, "/brotli", 7) == 0)
		test_reply(c, "200 OK", "Connection: close\r\nContent-Encoding: br\r\n", "\x8b\x02\x80hello\x03", 9);
	else if (strcmp(path, "/flip") == 0 && hits == 1)
		test_reply(c, "200 OK", "Connection: close\r\n", "good", 4);
	else if (strncmp(path, "/flip", 5) == 0)
		test_reply_fail(c, "/fail/503/999", query, 1);
	else if (strncmp(path, "/longer", 7) == 0)
		test_print(c, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and much more than was announced");
	else if (strncmp(path, "/huge", 5) == 0)
		test_reply_forever(c, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", 65536, 0);
	else if (strncmp(path, "/claims", 7) == 0)
		test_print(c, "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nx");
	else if (strncmp(path, "/drip", 5) == 0)
		test_reply_forever(c, "HTTP/1.1 200 OK\r\nX-Slow: ", 1, 20);
	else if (strncmp(path, "/bigheader", 10) == 0)
		test_reply_forever(c, "HTTP/1.1 200 OK\r\nX-Big: ", 65536, 0);
	else if (strncmp(path, "/manyheaders", 12) == 0)
		test_reply_many_headers(c);
	else if (strncmp(path, "/moved", 6) == 0)
		test_reply_moved(c);
	else if (strncmp(path, "/silent", 7) == 0)
		test_server_wait(c->s, 20000);
	else if (strncmp(path, "/empty", 6) == 0)
		test_reply(c, "200 OK", "Connection: close\r\n", "", 0);
	else
		test_reply(c, "404 Not Found", "Connection: close\r\n", "nothing here", 12);
	return false;
}

/* Reads a request head; false when the connection ends. */
static inline bool test_read(struct test_connection *c)
{
	struct pollfd p[2] = {{.fd = c->fd, .events = POLLIN}, {.fd = c->s->stop[0], .events = POLLIN}};

	c->n = 0;
	c->request[0] = '\0';
	while (!strstr(c->request, "\r\n\r\n")) {
		ssize_t got;
		if (poll(p, 2, 20000) <= 0 || p[1].revents)
			return false;
		got = recv(c->fd, c->request + c->n, sizeof(c->request) - 1 - c->n, 0);
		if (got <= 0)
			return false;
		c->n += (size_t)got;
		c->request[c->n] = '\0';
	}
	return true;
}

static inline void *test_serve(void *arg)
{
	struct test_connection *c = arg;
	struct test_server *s = c->s;
	bool stays = true;

	while (stays && test_read(c)) {
		char method[16], path[200] = "", *query;
		sscanf(c->request, "%15s %199s", method, path);
		query = strchr(path, '?');
		if (query)
			*query++ = '\0';
		pthread_mutex_lock(&s->lock);
		snprintf(s->head, sizeof(s->head), "%.8000s", c->request);
		if (path[0] && strlen(s->order) + 2 < sizeof(s->order))
			strncat(s->order, path + strlen(path) - 1, 1);
		pthread_mutex_unlock(&s->lock);
		stays = test_answer(c, path, query ? query : "", test_server_hit(s, path, 1));
	}
	close(c->fd);
	free(c);
	return NULL;
}

static inline void *test_accept(void *arg)
{
	struct test_server *s = arg;
	struct pollfd p[2] = {{.fd = s->fd, .events = POLLIN}, {.fd = s->stop[0], .events = POLLIN}};

	while (poll(p, 2, -1) > 0 && !p[1].revents) {
		struct test_connection *c = calloc(1, sizeof(*c));
		c->s = s;
		c->fd = accept(s->fd, NULL, NULL);
		pthread_mutex_lock(&s->lock);
		s->connections++;
		pthread_mutex_unlock(&s->lock);
		if (c->fd < 0 || s->n_workers == TEST_SERVER_THREADS ||
			pthread_create(&s->workers[s->n_workers], NULL, test_serve, c)) {
			close(c->fd);
			free(c);
			continue;
		}
		s->n_workers++;
	}
	return NULL;
}

static inline struct test_server *test_server_start(void)
{
	struct test_server *s = calloc(1, sizeof(*s));
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(a);

	pthread_mutex_init(&s->lock, NULL);
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s->fd < 0 || bind(s->fd, (struct sockaddr *)&a, sizeof(a)) || listen(s->fd, 64) ||
		getsockname(s->fd, (struct sockaddr *)&a, &n) || pipe(s->stop) ||
		pthread_create(&s->accepter, NULL, test_accept, s))
		abort();
	s->port = ntohs(a.sin_port);
	return s;
}

static inline void test_server_stop(struct test_server *s)
{
	ssize_t unused = write(s->stop[1], "x", 1);

	(void)unused;
	pthread_join(s->accepter, NULL);
	for (int i = 0; i < s->n_workers; i++)
		pthread_join(s->workers[i], NULL);
	close(s->fd);
	close(s->stop[0]);
	close(s->stop[1]);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

#endif

/*
 * proxy_fixture.h - for tests: a small HTTP proxy on 127.0.0.1. Whatever name it is asked for, it leads to one port of this machine, so
 * that tests may use names that nobody but the proxy can look up.
 */
#ifndef NET_PROXY_FIXTURE_H
#define NET_PROXY_FIXTURE_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define PROXY_THREADS 64

enum proxy_mood { PROXY_OPEN = 1, PROXY_FORBIDS, PROXY_HAS_NO_WAY, PROXY_HANGS, PROXY_TALKS_NONSENSE, PROXY_HANGS_UP };

struct test_proxy {
	int fd, stop[2];
	uint16_t port, target; /* of 127.0.0.1 */
	pthread_t accepter, workers[PROXY_THREADS];
	int n_workers;
	_Atomic int mood;	   /* enum proxy_mood */
	const char *_Atomic login; /* NULL = none is wanted */
	_Atomic size_t cut_after;  /* bytes from the server, then the tunnel ends; 0 = never */
	pthread_mutex_t lock; /* of what follows */
	unsigned asked, opened; /* requests; those that got through */
	char head[4096];	/* of the last request */
};

struct proxy_visit {
	struct test_proxy *p;
	int fd;
	char head[4096];
};

static inline bool proxy_send(int fd, const void *bytes, size_t n)
{
	const char *at = bytes;

	while (n > 0) {
		ssize_t done = send(fd, at, n, MSG_NOSIGNAL);

		if (done <= 0)
			return false;
		at += done;
		n -= (size_t)done;
	}
	return true;
}

static inline bool proxy_say(int fd, const char *text)
{
	return proxy_send(fd, text, strlen(text));
}

/* Waits for either side; false when the test is over. */
static inline bool proxy_poll(const struct test_proxy *p, struct pollfd *sides, nfds_t n)
{
	sides[n] = (struct pollfd){.fd = p->stop[0], .events = POLLIN};
	return poll(sides, n + 1, 20000) > 0 && !sides[n].revents;
}

static inline bool proxy_read_head(struct proxy_visit *v)
{
	size_t n = 0;

	while (!strstr(v->head, "\r\n\r\n")) {
		struct pollfd sides[2] = {{.fd = v->fd, .events = POLLIN}};
		ssize_t got;

		if (n + 1 >= sizeof(v->head) || !proxy_poll(v->p, sides, 1))
			return false;
		got = recv(v->fd, v->head + n, sizeof(v->head) - 1 - n, 0);
		if (got <= 0)
			return false;
		n += (size_t)got;
	}
	return true;
}

static inline bool proxy_knows(const struct proxy_visit *v)
{
	const char *login = v->p->login;
	char coded[200];
	const char *line = strcasestr(v->head, "\r\nProxy-Authorization: basic ");

	if (!login)
		return true;
	EVP_EncodeBlock((unsigned char *)coded, (const unsigned char *)login, (int)strlen(login));
	return line && strncmp(line + 29, coded, strlen(coded)) == 0 && line[29 + strlen(coded)] == '\r';
}

static inline void proxy_relay(struct proxy_visit *v, int server)
{
	struct pollfd sides[3] = {{.fd = v->fd, .events = POLLIN}, {.fd = server, .events = POLLIN}};
	size_t left = v->p->cut_after;
	char bytes[16384];

	while (proxy_poll(v->p, sides, 2)) {
		for (int i = 0; i < 2; i++) {
			ssize_t n = sides[i].revents ? recv(sides[i].fd, bytes, sizeof(bytes), 0) : 0;

			if (!sides[i].revents)
				continue;
			if (n <= 0 || !proxy_send(sides[1 - i].fd, bytes, i == 1 && left && left < (size_t)n ? left : (size_t)n))
				return;
			if (i == 1 && left && left <= (size_t)n)
				return;
			left -= i == 1 && left ? (size_t)n : 0;
		}
	}
}

static inline int proxy_connect(const struct test_proxy *p)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(p->target), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Leads on: CONNECT as a tunnel, all else with its head in origin form. */
static inline void proxy_lead(struct proxy_visit *v)
{
	bool tunnel = strncmp(v->head, "CONNECT ", 8) == 0;
	char *url = strstr(v->head, " http://"), *path = url ? strchr(url + 8, '/') : NULL;
	int server = proxy_connect(v->p);

	if (server < 0 || (!tunnel && !path)) {
		proxy_say(v->fd, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
	} else if (tunnel ? proxy_say(v->fd, "HTTP/1.1 200 Connection established\r\nVia: 1.1 test\r\n\r\n")
			  : proxy_send(server, v->head, (size_t)(url + 1 - v->head)) && proxy_say(server, path)) {
		pthread_mutex_lock(&v->p->lock);
		v->p->opened++;
		pthread_mutex_unlock(&v->p->lock);
		proxy_relay(v, server);
	}
	if (server >= 0)
		close(server);
}

static inline void proxy_answer(struct proxy_visit *v)
{
	struct pollfd nothing[1];
	int mood = v->p->mood;

	if (mood == PROXY_HANGS)
		while (proxy_poll(v->p, nothing, 0)) {
		}
	else if (mood == PROXY_TALKS_NONSENSE)
		proxy_say(v->fd, "220 mail.example ESMTP\r\n\r\n");
	else if (mood == PROXY_HANGS_UP)
		return;
	else if (!proxy_knows(v))
		proxy_say(v->fd, "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\n"
				 "Content-Length: 5\r\nConnection: close\r\n\r\nlogin");
	else if (mood == PROXY_FORBIDS)
		proxy_say(v->fd, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
	else if (mood == PROXY_HAS_NO_WAY)
		proxy_say(v->fd, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
	else
		proxy_lead(v);
}

static inline void *proxy_serve(void *arg)
{
	struct proxy_visit *v = arg;

	if (proxy_read_head(v)) {
		pthread_mutex_lock(&v->p->lock);
		v->p->asked++;
		memcpy(v->p->head, v->head, sizeof(v->p->head));
		pthread_mutex_unlock(&v->p->lock);
		proxy_answer(v);
	}
	close(v->fd);
	free(v);
	return NULL;
}

static inline void *proxy_accept(void *arg)
{
	struct test_proxy *p = arg;
	struct pollfd sides[2] = {{.fd = p->fd, .events = POLLIN}, {.fd = p->stop[0], .events = POLLIN}};

	while (poll(sides, 2, -1) > 0 && !sides[1].revents) {
		struct proxy_visit *v = calloc(1, sizeof(*v));

		v->p = p;
		v->fd = accept(p->fd, NULL, NULL);
		if (v->fd >= 0 && p->n_workers < PROXY_THREADS &&
			pthread_create(&p->workers[p->n_workers], NULL, proxy_serve, v) == 0) {
			p->n_workers++;
			continue;
		}
		if (v->fd >= 0)
			close(v->fd);
		free(v);
	}
	return NULL;
}

static inline struct test_proxy *test_proxy_start(uint16_t target)
{
	struct test_proxy *p = calloc(1, sizeof(*p));
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(a);

	p->target = target;
	p->mood = PROXY_OPEN;
	pthread_mutex_init(&p->lock, NULL);
	p->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (p->fd < 0 || bind(p->fd, (struct sockaddr *)&a, sizeof(a)) || listen(p->fd, 64) ||
		getsockname(p->fd, (struct sockaddr *)&a, &n) || pipe(p->stop) ||
		pthread_create(&p->accepter, NULL, proxy_accept, p))
		abort();
	p->port = ntohs(a.sin_port);
	return p;
}

static inline void test_proxy_stop(struct test_proxy *p)
{
	ssize_t unused = write(p->stop[1], "x", 1);

	(void)unused;
	pthread_join(p->accepter, NULL);
	for (int i = 0; i < p->n_workers; i++)
		pthread_join(p->workers[i], NULL);
	close(p->fd);
	close(p->stop[0]);
	close(p->stop[1]);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

static inline unsigned test_proxy_asked(struct test_proxy *p, unsigned *opened)
{
	unsigned asked;

	pthread_mutex_lock(&p->lock);
	asked = p->asked;
	*opened = p->opened;
	pthread_mutex_unlock(&p->lock);
	return asked;
}

static inline void test_proxy_head(struct test_proxy *p, char out[4096])
{
	pthread_mutex_lock(&p->lock);
	memcpy(out, p->head, sizeof(p->head));
	pthread_mutex_unlock(&p->lock);
}

#endif

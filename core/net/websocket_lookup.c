#include "net/websocket_lookup.h"

#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define MAX_RUNNING 16u
#define MAX_PER_FAMILY (WS_MAX_ADDRESSES / 2)

struct ws_resolver {
	pthread_mutex_t lock; /* of all its look-ups too */
	unsigned refs;
	unsigned running;
	int (*look_up)(void *arg, const char *host, struct ws_addresses *);
	void *arg;
};

struct ws_lookup {
	struct ws_resolver *resolver;
	bool finished, abandoned;
	int error;
	struct ws_addresses addresses;
	void (*done)(void *);
	void *arg;
	char host[256];
};

/* At most two of each family: where one family leads nowhere, the other gets its turn. */
static void collect(const struct addrinfo *list, struct ws_addresses *out)
{
	unsigned n4 = 0, n6 = 0;

	for (const struct addrinfo *a = list; a && out->n < WS_MAX_ADDRESSES; a = a->ai_next) {
		unsigned *n = a->ai_family == AF_INET ? &n4 : a->ai_family == AF_INET6 ? &n6 : NULL;

		if (n && *n < MAX_PER_FAMILY &&
			getnameinfo(a->ai_addr, a->ai_addrlen, out->text[out->n], sizeof(out->text[0]), NULL, 0,
				NI_NUMERICHOST) == 0) {
			(*n)++;
			out->n++;
		}
	}
}

static int system_look_up(void *arg, const char *host, struct ws_addresses *out)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
	struct addrinfo *list = NULL;
	int error = getaddrinfo(host, NULL, &hints, &list);

	(void)arg;
	if (error != 0)
		return error;
	collect(list, out);
	freeaddrinfo(list);
	return out->n > 0 ? 0 : EAI_NONAME;
}

struct ws_resolver *ws_resolver_create(int (*look_up)(void *arg, const char *host, struct ws_addresses *), void *arg)
{
	struct ws_resolver *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	pthread_mutex_init(&r->lock, NULL);
	r->refs = 1;
	r->look_up = look_up ? look_up : system_look_up;
	r->arg = arg;
	return r;
}

/* With the lock held, which it gives up. */
static void unlock_and_drop(struct ws_resolver *r)
{
	bool last = --r->refs == 0;

	pthread_mutex_unlock(&r->lock);
	if (last) {
		pthread_mutex_destroy(&r->lock);
		free(r);
	}
}

void ws_resolver_release(struct ws_resolver *r)
{
	if (!r)
		return;
	pthread_mutex_lock(&r->lock);
	unlock_and_drop(r);
}

static void *lookup_main(void *arg)
{
	struct ws_lookup *l = arg;
	struct ws_resolver *r = l->resolver;
	struct ws_addresses found = {0};
	int error = r->look_up(r->arg, l->host, &found);

	pthread_mutex_lock(&r->lock);
	r->running--;
	if (l->abandoned) {
		free(l);
	} else {
		l->addresses = found;
		l->error = error;
		l->finished = true;
		l->done(l->arg);
	}
	unlock_and_drop(r);
	return NULL;
}

static bool spawn(struct ws_lookup *l)
{
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all, old;
	int rc;

	if (pthread_attr_init(&attr) != 0)
		return false;
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&thread, &attr, lookup_main, l);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	return rc == 0;
}

struct ws_lookup *ws_lookup_start(struct ws_resolver *r, const char *host, void (*done)(void *), void *arg)
{
	struct ws_lookup *l = strlen(host) < sizeof(l->host) ? calloc(1, sizeof(*l)) : NULL;
	bool room;

	if (!l)
		return NULL;
	l->resolver = r;
	l->done = done;
	l->arg = arg;
	strcpy(l->host, host);
	pthread_mutex_lock(&r->lock);
	room = r->running < MAX_RUNNING && spawn(l);
	r->running += room;
	r->refs += room;
	pthread_mutex_unlock(&r->lock);
	if (room)
		return l;
	free(l);
	return NULL;
}

bool ws_lookup_result(struct ws_lookup *l, struct ws_addresses *out, int *error)
{
	struct ws_resolver *r = l->resolver;
	bool finished;

	pthread_mutex_lock(&r->lock);
	finished = l->finished;
	if (finished) {
		*out = l->addresses;
		*error = l->error;
	}
	pthread_mutex_unlock(&r->lock);
	return finished;
}

void ws_lookup_abandon(struct ws_lookup *l)
{
	struct ws_resolver *r;
	bool finished;

	if (!l)
		return;
	r = l->resolver;
	pthread_mutex_lock(&r->lock);
	l->abandoned = true;
	finished = l->finished;
	pthread_mutex_unlock(&r->lock);
	if (finished)
		free(l);
}

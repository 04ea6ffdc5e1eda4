/* threads.c - threads that plugins start through the host: named, signals blocked, counted per instance. */
#include "plugin/services_impl.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

struct f1p_thread {
	pthread_t id;
	void (*fn)(void *);
	void *arg;
	char name[16];
};

static void *run(void *arg)
{
	struct f1p_thread *t = arg;

	pthread_setname_np(pthread_self(), t->name);
	t->fn(t->arg);
	return NULL;
}

static struct f1p_thread *thread_start(const struct f1p_host *host, const char *name, void (*fn)(void *), void *arg)
{
	struct f1p_thread *t = fn ? calloc(1, sizeof(*t)) : NULL;
	sigset_t all, before;
	int rc;

	if (!t) {
		return NULL;
	}
	t->fn = fn;
	t->arg = arg;
	snprintf(t->name, sizeof(t->name), "%s", name ? name : host->instance);
	sigfillset(&all); /* the loop handles the signals of the process */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&t->id, NULL, run, t);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc != 0) {
		free(t);
		return NULL;
	}
	host_impl(host)->threads++;
	return t;
}

static void thread_join(const struct f1p_host *host, struct f1p_thread *t)
{
	if (!t) {
		return;
	}
	pthread_join(t->id, NULL);
	host_impl(host)->threads--;
	free(t);
}

const struct f1p_threads services_threads_ext = {sizeof(services_threads_ext), 0, thread_start, thread_join};

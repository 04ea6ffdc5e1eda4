#include "loop/workers.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define WORKER_NICE 5

struct list {
	struct task *head, **tail;
};

struct workers {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct list todo, finished;
	bool stop;
	unsigned n;
	uv_async_t async;
	pthread_t threads[];
};

static _Thread_local bool on_worker;

bool workers_is_worker(void)
{
	return on_worker;
}

static void list_init(struct list *l)
{
	l->head = NULL;
	l->tail = &l->head;
}

static void list_push(struct list *l, struct task *t)
{
	t->next = NULL;
	*l->tail = t;
	l->tail = &t->next;
}

static struct task *list_pop(struct list *l)
{
	struct task *t = l->head;

	if (t && !(l->head = t->next))
		l->tail = &l->head;
	return t;
}

static void *worker_main(void *arg)
{
	struct workers *w = arg;

	on_worker = true;
	sched_setscheduler(0, SCHED_BATCH, &(struct sched_param){0});
	setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), WORKER_NICE);
	pthread_mutex_lock(&w->lock);
	while (!w->stop) {
		struct task *t = list_pop(&w->todo);
		if (!t) {
			pthread_cond_wait(&w->wake, &w->lock);
			continue;
		}
		pthread_mutex_unlock(&w->lock);
		t->work(t);
		pthread_mutex_lock(&w->lock);
		list_push(&w->finished, t);
		uv_async_send(&w->async);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

static void on_async(uv_async_t *a)
{
	struct workers *w = a->data;

	for (;;) {
		pthread_mutex_lock(&w->lock);
		struct task *t = list_pop(&w->finished);
		pthread_mutex_unlock(&w->lock);
		if (!t)
			return;
		t->done(t);
	}
}

static void join_all(struct workers *w)
{
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_broadcast(&w->wake);
	pthread_mutex_unlock(&w->lock);
	for (unsigned i = 0; i < w->n; i++)
		pthread_join(w->threads[i], NULL);
}

static void on_closed(uv_handle_t *h)
{
	struct workers *w = h->data;

	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->wake);
	free(w);
}

/* Signals belong to the loop thread. */
static bool spawn(struct workers *w, unsigned n)
{
	sigset_t all, old;
	int rc = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	while (w->n < n && rc == 0) {
		rc = pthread_create(&w->threads[w->n], NULL, worker_main, w);
		w->n += rc == 0;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return rc == 0;
}

struct workers *workers_create(uv_loop_t *loop, unsigned n)
{
	struct workers *w = calloc(1, sizeof(*w) + n * sizeof(w->threads[0]));

	if (!w)
		return NULL;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->wake, NULL);
	list_init(&w->todo);
	list_init(&w->finished);
	w->async.data = w;
	if (uv_async_init(loop, &w->async, on_async) != 0) {
		free(w);
		return NULL;
	}
	if (!spawn(w, n)) {
		join_all(w);
		uv_close((uv_handle_t *)&w->async, on_closed);
		return NULL;
	}
	return w;
}

void workers_submit(struct workers *w, struct task *t)
{
	pthread_mutex_lock(&w->lock);
	list_push(&w->todo, t);
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
}

void workers_destroy(struct workers *w)
{
	struct task *t;

	if (!w)
		return;
	join_all(w);
	while ((t = list_pop(&w->finished)))
		t->done(t);
	while ((t = list_pop(&w->todo)))
		t->done(t);
	uv_close((uv_handle_t *)&w->async, on_closed);
}

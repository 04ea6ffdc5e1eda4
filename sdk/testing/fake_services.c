/* fake_services.c - metrics that forget nothing but names, and real threads. */
#include "fake_host_impl.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- metrics -- */

static struct f1p_metric *metric(const struct f1p_host *host, uint32_t kind, const char *name, const char *help, const char *label,
	const char *label_value)
{
	struct fake_host *f = fake_of(host);
	char key[128];

	(void)help;
	if (label)
		snprintf(key, sizeof(key), "%s{%s=%s}", name, label, label_value);
	else
		snprintf(key, sizeof(key), "%s", name);
	for (size_t i = 0; i < f->n_metrics; i++)
		if (strcmp(f->metrics[i].key, key) == 0)
			return (struct f1p_metric *)&f->metrics[i];
	if (f->n_metrics == FAKE_MAX)
		return NULL;
	struct fake_metric *m = &f->metrics[f->n_metrics++];
	snprintf(m->key, sizeof(m->key), "%s", key);
	m->kind = kind;
	return (struct f1p_metric *)m;
}

static void put(struct f1p_metric *handle, double v)
{
	struct fake_metric *m = (struct fake_metric *)handle;

	if (m)
		m->value = m->kind == F1P_METRIC_COUNTER ? m->value + v : v;
}

static void visit(const struct f1p_host *host, void (*fn)(void *, const struct f1p_metric_view *), void *arg)
{
	(void)host;
	(void)fn;
	(void)arg;
}

const struct f1p_metrics fake_metrics_ext = {sizeof(fake_metrics_ext), 0, metric, put, visit};

double fake_metric(const struct fake_host *f, const char *key)
{
	for (size_t i = 0; i < f->n_metrics; i++)
		if (strcmp(f->metrics[i].key, key) == 0)
			return f->metrics[i].value;
	return -1;
}

/* -- threads -- */

struct f1p_thread {
	pthread_t id;
	void (*fn)(void *);
	void *arg;
};

static void *run(void *arg)
{
	struct f1p_thread *t = arg;

	t->fn(t->arg);
	return NULL;
}

static struct f1p_thread *start_thread(const struct f1p_host *host, const char *name, void (*fn)(void *), void *arg)
{
	struct f1p_thread *t = calloc(1, sizeof(*t));

	(void)host;
	(void)name;
	if (!t)
		return NULL;
	t->fn = fn;
	t->arg = arg;
	if (pthread_create(&t->id, NULL, run, t) == 0)
		return t;
	free(t);
	return NULL;
}

static void join_thread(const struct f1p_host *host, struct f1p_thread *t)
{
	(void)host;
	pthread_join(t->id, NULL);
	free(t);
}

const struct f1p_threads fake_threads_ext = {sizeof(fake_threads_ext), 0, start_thread, join_thread};

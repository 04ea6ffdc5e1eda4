/*
 * metrics.c - the registry of named numbers, one per struct services.
 *
 * get() takes a lock and is meant for start and for labels that appear; put() is a few atomic operations. Series are never
 * removed: a restarted instance goes on counting in the same ones.
 */
#include "plugin/services_impl.h"

#include <helpers/utf8.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SERIES_MAX 4096
#define TABLE_SIZE 8192 /* open addressing, at most half full */
#define LABEL_VALUE_MAX 120

static const double bounds[] = {
	1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 0.1, 0.2, 0.5, 1, 2, 5, 10};
#define N_BOUNDS (sizeof(bounds) / sizeof(bounds[0]))

struct f1p_metric {
	uint32_t kind;
	uint32_t order; /* of creation */
	char *name, *help, *labels;
	_Atomic uint64_t value;	   /* bits of a double: counter, gauge; histogram: sum */
	_Atomic uint64_t *buckets; /* histogram: N_BOUNDS + 1 */
};
struct metrics_registry {
	pthread_mutex_t lock;
	struct f1p_metric *table[TABLE_SIZE];
	uint32_t n;
};

static uint64_t bits(double v)
{
	uint64_t u;

	memcpy(&u, &v, sizeof(u));
	return u;
}

static double number(uint64_t u)
{
	double v;

	memcpy(&v, &u, sizeof(v));
	return v;
}

/* ---- making ---- */

struct metrics_registry *metrics_create(void)
{
	struct metrics_registry *r = calloc(1, sizeof(*r));

	if (r && pthread_mutex_init(&r->lock, NULL) != 0) {
		free(r);
		return NULL;
	}
	return r;
}

static void metric_free(struct f1p_metric *m)
{
	if (!m) {
		return;
	}
	free(m->name);
	free(m->help);
	free(m->labels);
	free(m->buckets);
	free(m);
}

void metrics_destroy(struct metrics_registry *r)
{
	if (!r) {
		return;
	}
	for (size_t i = 0; i < TABLE_SIZE; i++) {
		metric_free(r->table[i]);
	}
	pthread_mutex_destroy(&r->lock);
	free(r);
}

static bool name_ok(const char *name)
{
	size_t len = name ? strlen(name) : 0;

	return len > 5 && len <= 100 && strncmp(name, "f1pd_", 5) == 0 &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == len;
}

static bool label_ok(const char *label)
{
	return label[0] != '\0' && !(label[0] >= '0' && label[0] <= '9') && strlen(label) <= 40 &&
	       strcmp(label, "instance") != 0 && strspn(label, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(label);
}

/* Appends `label="value"` as the Prometheus text format escapes it; long values are cut. */
static size_t append_label(char *out, size_t used, const char *label, const char *value)
{
	char text[LABEL_VALUE_MAX + 1];
	char *at = out + used;

	f1p_utf8_copy(text, sizeof(text), value, strlen(value));
	at += sprintf(at, "%s%s=\"", used > 0 ? "," : "", label);
	for (const char *p = text; *p; p++) {
		if (*p == '\\' || *p == '"' || *p == '\n') {
			*at++ = '\\';
		}
		*at++ = *p == '\n' ? 'n' : *p;
	}
	*at++ = '"';
	*at = '\0';
	return (size_t)(at - out);
}

static uint32_t hash_of(const char *name, const char *labels)
{
	uint32_t h = 2166136261u;

	for (const char *p = name; *p; p++) {
		h = (h ^ (unsigned char)*p) * 16777619u;
	}
	for (const char *p = labels; *p; p++) {
		h = (h ^ (unsigned char)*p) * 16777619u;
	}
	return h;
}

static struct f1p_metric *metric_create(uint32_t kind, const char *name, const char *help, const char *labels)
{
	struct f1p_metric *m = calloc(1, sizeof(*m));

	if (!m) {
		return NULL;
	}
	m->kind = kind;
	m->name = strdup(name);
	m->help = strdup(help ? help : "");
	m->labels = strdup(labels);
	if (kind == F1P_METRIC_HISTOGRAM) {
		m->buckets = calloc(N_BOUNDS + 1, sizeof(*m->buckets));
	}
	if (!m->name || !m->help || !m->labels || (kind == F1P_METRIC_HISTOGRAM && !m->buckets)) {
		metric_free(m);
		return NULL;
	}
	return m;
}

/* The place of the series in the table: holds it, or is empty. */
static struct f1p_metric **place_of(struct metrics_registry *r, const char *name, const char *labels)
{
	uint32_t i = hash_of(name, labels) % TABLE_SIZE;

	while (r->table[i] && (strcmp(r->table[i]->name, name) != 0 || strcmp(r->table[i]->labels, labels) != 0)) {
		i = (i + 1) % TABLE_SIZE;
	}
	return &r->table[i];
}

static struct f1p_metric *metrics_get(const struct f1p_host *host, uint32_t kind, const char *name, const char *help,
	const char *label, const char *label_value)
{
	struct metrics_registry *r = host_impl(host)->services->metrics;
	char labels[2 * (40 + 4 + 2 * LABEL_VALUE_MAX) + 1] = "";
	bool core = host->instance_id == 0 && strcmp(host->instance, "core") == 0;
	struct f1p_metric **place;
	struct f1p_metric *m;
	size_t used = 0;

	if (!name_ok(name) || kind < F1P_METRIC_COUNTER || kind > F1P_METRIC_HISTOGRAM || (label && !label_ok(label))) {
		host->log(host, F1P_LOG_WARN, "metric \"%.60s\": bad name, kind or label; it is not counted", name ? name : "");
		return NULL;
	}
	if (!core) {
		used = append_label(labels, used, "instance", host->instance);
	}
	if (label) {
		append_label(labels, used, label, label_value ? label_value : "");
	}
	pthread_mutex_lock(&r->lock);
	place = place_of(r, name, labels);
	if (!*place && r->n < SERIES_MAX) {
		*place = metric_create(kind, name, help, labels);
		if (*place) {
			(*place)->order = r->n++;
		}
	}
	m = *place;
	pthread_mutex_unlock(&r->lock);
	return m && m->kind == kind ? m : NULL;
}

/* ---- counting ---- */

static void add(_Atomic uint64_t *sum, double v)
{
	uint64_t old = atomic_load_explicit(sum, memory_order_relaxed);

	while (!atomic_compare_exchange_weak_explicit(
		sum, &old, bits(number(old) + v), memory_order_relaxed, memory_order_relaxed)) {
	}
}

static void metrics_put(struct f1p_metric *m, double v)
{
	size_t i = 0;

	if (!m || !isfinite(v) || (v < 0 && m->kind != F1P_METRIC_GAUGE)) {
		return;
	}
	if (m->kind == F1P_METRIC_GAUGE) {
		atomic_store_explicit(&m->value, bits(v), memory_order_relaxed);
		return;
	}
	if (m->kind == F1P_METRIC_HISTOGRAM) {
		while (i < N_BOUNDS && v > bounds[i]) {
			i++;
		}
		atomic_fetch_add_explicit(&m->buckets[i], 1, memory_order_relaxed);
	}
	add(&m->value, v);
}

/* ---- showing ---- */

static int by_name_then_order(const void *a, const void *b)
{
	const struct f1p_metric *x = *(struct f1p_metric *const *)a;
	const struct f1p_metric *y = *(struct f1p_metric *const *)b;
	int c = strcmp(x->name, y->name);

	return c != 0 ? c : (x->order > y->order) - (x->order < y->order);
}

static void show(struct f1p_metric *m, void (*fn)(void *arg, const struct f1p_metric_view *), void *arg)
{
	uint64_t cumulative[N_BOUNDS];
	struct f1p_metric_view view = {
		.size = sizeof(view), .kind = m->kind, .name = m->name, .help = m->help, .labels = m->labels};

	if (m->kind != F1P_METRIC_HISTOGRAM) {
		view.value = number(m->value);
		fn(arg, &view);
		return;
	}
	view.sum = number(m->value);
	for (size_t i = 0; i < N_BOUNDS; i++) {
		view.count += m->buckets[i];
		cumulative[i] = view.count;
	}
	view.count += m->buckets[N_BOUNDS];
	view.n_buckets = N_BOUNDS;
	view.bounds = bounds;
	view.cumulative = cumulative;
	fn(arg, &view);
}

static void metrics_visit(const struct f1p_host *host, void (*fn)(void *arg, const struct f1p_metric_view *), void *arg)
{
	struct metrics_registry *r = host_impl(host)->services->metrics;
	struct f1p_metric **list = calloc(SERIES_MAX, sizeof(struct f1p_metric *));
	size_t n = 0;

	if (!list) {
		return;
	}
	pthread_mutex_lock(&r->lock);
	for (size_t i = 0; i < TABLE_SIZE; i++) {
		if (r->table[i]) {
			list[n++] = r->table[i];
		}
	}
	pthread_mutex_unlock(&r->lock);
	qsort(list, n, sizeof(struct f1p_metric *), by_name_then_order);
	for (size_t i = 0; i < n; i++) {
		show(list[i], fn, arg);
	}
	free(list);
}

const struct f1p_metrics *services_metrics(void)
{
	static const struct f1p_metrics metrics = {sizeof(metrics), 0, metrics_get, metrics_put, metrics_visit};

	return &metrics;
}

/* services_test.c - what a plugin gets from its host: log, reasons, bus, metrics, routes, threads, health, replay control. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* host->fail */

#include "base/log.h"
#include "plugin/services.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct world {
	struct services *services;
	struct f1p_host *a, *b, *core;
	char log[1200];
	uint32_t emitted_by;
	double speed;
	int32_t lap;
	int states_lent;
};

static f1p_status emit(void *arg, uint32_t id, const struct f1p_event *event)
{
	((struct world *)arg)->emitted_by = id;
	return event->type == F1P_EV_HEARTBEAT ? F1P_OK : F1P_EINVAL;
}

static const struct f1p_state *acquire(void *arg)
{
	static struct f1p_state state;

	((struct world *)arg)->states_lent++;
	return &state;
}

static void release(void *arg, const struct f1p_state *state)
{
	assert_non_null(state);
	((struct world *)arg)->states_lent--;
}

static int64_t now_utc(void *arg)
{
	(void)arg;
	return 1234;
}

static bool yes(void *arg)
{
	(void)arg;
	return true;
}

static bool no(void *arg)
{
	(void)arg;
	return false;
}

static void health(void *arg, struct f1p_health *out)
{
	(void)arg;
	assert_int_equal(out->size, sizeof(*out));
	out->sources_running = 2;
	out->data_age_ms = 77;
	out->uptime_ms = 99;
}

static f1p_status set_speed(void *arg, double speed)
{
	((struct world *)arg)->speed = speed;
	return F1P_OK;
}

static f1p_status set_paused(void *arg, bool paused)
{
	(void)arg;
	return paused ? F1P_OK : F1P_EUNSUPPORTED;
}

static f1p_status seek(void *arg, int32_t lap, int64_t t_ns)
{
	(void)t_ns;
	((struct world *)arg)->lap = lap;
	return F1P_OK;
}

static void keep_log(void *arg, int level, const char *instance, const char *line)
{
	struct world *w = arg;

	snprintf(w->log, sizeof(w->log), "%d %s %s", level, instance, line);
}

static struct world world;

static int set_up(void **state)
{
	const struct host_ops ops = {
		&world, emit, acquire, release, now_utc, yes, no, health, set_speed, set_paused, seek, keep_log, NULL, NULL};

	memset(&world, 0, sizeof(world));
	world.services = services_create(&ops);
	world.a = services_host_create(world.services, 1, "source-demo");
	world.b = services_host_create(world.services, 2, "sink-log");
	world.core = services_host_create(world.services, 0, "core");
	*state = &world;
	return world.services && world.a && world.b && world.core ? 0 : -1;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	services_host_destroy(w->a);
	services_host_destroy(w->b);
	services_host_destroy(w->core);
	services_destroy(w->services);
	return 0;
}

static void test_host_struct(void **state)
{
	struct world *w = *state;
	int64_t t = w->a->now_mono_ns(w->a);

	assert_int_equal(w->a->size, sizeof(struct f1p_host));
	assert_int_equal(w->a->abi_major, 1);
	assert_int_equal(w->a->instance_id, 1);
	assert_string_equal(w->a->instance, "source-demo");
	assert_int_equal(w->a->now_utc_ns(w->a), 1234);
	assert_true(w->a->now_mono_ns(w->a) >= t);
}

static void test_unknown_extensions(void **state)
{
	struct world *w = *state;

	assert_null(w->a->get_extension(w->a, "f1p.nothing/1"));
	assert_null(w->a->get_extension(w->a, F1P_EXT_BUS "x"));
	assert_null(w->a->get_extension(w->a, "f1p.bus/"));
	assert_null(w->a->get_extension(w->a, ""));
	assert_null(w->a->get_extension(w->a, NULL));
	assert_non_null(w->a->get_extension(w->a, F1P_EXT_BUS));
}

static void test_bare_host_offers_less(void **state)
{
	const struct host_ops none = {0};
	struct services *s = services_create(&none);
	struct f1p_host *h = services_host_create(s, 1, "x");

	(void)state;
	assert_null(h->get_extension(h, F1P_EXT_BUS));
	assert_null(h->get_extension(h, F1P_EXT_HEALTH));
	assert_null(h->get_extension(h, F1P_EXT_REPLAY));
	assert_null(h->get_extension(h, F1P_EXT_THREAD_CHECK));
	assert_non_null(h->get_extension(h, F1P_EXT_METRICS));
	assert_true(h->now_utc_ns(h) == F1P_UNKNOWN_NS);
	services_host_destroy(h);
	services_destroy(s);
	services_host_destroy(NULL);
	services_destroy(NULL);
}

static void test_log_is_forwarded(void **state)
{
	struct world *w = *state;

	w->a->log(w->a, F1P_LOG_WARN, "car %d is late", 44);
	assert_string_equal(w->log, "2 source-demo car 44 is late");
}

static void *fail_elsewhere(void *arg)
{
	struct world *w = arg;
	char text[160];

	services_take_reason(w->a, text, sizeof(text));
	assert_string_equal(text, ""); /* the reason of the main thread is not seen here */
	w->a->fail(w->a, F1P_EIO, "of the other thread");
	services_take_reason(w->a, text, sizeof(text));
	assert_string_equal(text, "of the other thread");
	return NULL;
}

static void test_reason_per_thread_and_host(void **state)
{
	struct world *w = *state;
	char text[160];
	pthread_t thread;

	assert_int_equal(w->a->fail(w->a, F1P_EIO, "disk %s is full", "x"), F1P_EIO);
	assert_int_equal(pthread_create(&thread, NULL, fail_elsewhere, w), 0);
	pthread_join(thread, NULL);
	services_take_reason(w->b, text, sizeof(text));
	assert_string_equal(text, ""); /* another instance's */
	services_take_reason(w->a, text, sizeof(text));
	assert_string_equal(text, "disk x is full");
	services_take_reason(w->a, text, sizeof(text));
	assert_string_equal(text, ""); /* taken */
}

static void test_long_reason_is_cut(void **state)
{
	struct world *w = *state;
	char text[160];

	w->a->fail(w->a, F1P_EIO, "%0500d", 1);
	services_take_reason(w->a, text, sizeof(text));
	assert_int_equal(strlen(text), 159);
}

static void test_bus(void **state)
{
	struct world *w = *state;
	const struct f1p_bus *bus = w->b->get_extension(w->b, F1P_EXT_BUS);
	struct f1p_event event = {.size = sizeof(event), .type = F1P_EV_HEARTBEAT};
	const struct f1p_state *s;

	assert_int_equal(bus->emit(w->b, &event), F1P_OK);
	assert_int_equal(w->emitted_by, 2);
	event.type = 9;
	assert_int_equal(bus->emit(w->b, &event), F1P_EINVAL);
	event.size = 7;
	assert_int_equal(bus->emit(w->b, &event), F1P_EINVAL);
	event.size = F1P_EVENT_MAX + 8;
	assert_int_equal(bus->emit(w->b, &event), F1P_EINVAL);
	assert_int_equal(bus->emit(w->b, NULL), F1P_EINVAL);
	s = bus->state_acquire(w->b);
	assert_non_null(s);
	assert_int_equal(w->states_lent, 1);
	bus->state_release(w->b, s);
	bus->state_release(w->b, NULL);
	assert_int_equal(w->states_lent, 0);
}

static void test_health_by_size(void **state)
{
	struct world *w = *state;
	const struct f1p_health_check *check = w->a->get_extension(w->a, F1P_EXT_HEALTH);
	struct f1p_health h = {.size = sizeof(h)};
	struct f1p_health small = {.size = offsetof(struct f1p_health, seq), .uptime_ms = 5};
	struct {
		struct f1p_health h;
		uint64_t later;
	} large = {{.size = sizeof(large)}, 42};

	check->get(w->a, &h);
	assert_int_equal(h.sources_running, 2);
	assert_int_equal(h.uptime_ms, 99);
	check->get(w->a, &small);
	assert_int_equal(small.data_age_ms, 77);
	assert_int_equal(small.uptime_ms, 5); /* beyond the caller's size: untouched */
	assert_int_equal(small.size, offsetof(struct f1p_health, seq));
	check->get(w->a, &large.h);
	assert_int_equal(large.h.size, sizeof(struct f1p_health)); /* what the host really filled */
	assert_int_equal(large.later, 42);
}

static void test_replay_control(void **state)
{
	struct world *w = *state;
	const struct f1p_replay_control *replay = w->a->get_extension(w->a, F1P_EXT_REPLAY);

	assert_int_equal(replay->set_speed(w->a, 50), F1P_OK);
	assert_true(w->speed == 50);
	assert_int_equal(replay->set_speed(w->a, 0), F1P_OK);
	assert_int_equal(replay->set_speed(w->a, 0.05), F1P_EINVAL);
	assert_int_equal(replay->set_speed(w->a, 1001), F1P_EINVAL);
	assert_int_equal(replay->set_speed(w->a, -1), F1P_EINVAL);
	assert_int_equal(replay->set_speed(w->a, NAN), F1P_EINVAL);
	assert_true(w->speed == 0);
	assert_int_equal(replay->set_paused(w->a, true), F1P_OK);
	assert_int_equal(replay->seek(w->a, 12, 0), F1P_OK);
	assert_int_equal(w->lap, 12);
	assert_int_equal(replay->seek(w->a, -1, 0), F1P_EINVAL);
}

/* ---- metrics ---- */

struct seen {
	char text[6000]; /* "name{labels} value\n" in the order of visit() */
	struct f1p_metric_view last_histogram;
	uint64_t cumulative[32];
	double bounds[32];
};

static void see(void *arg, const struct f1p_metric_view *v)
{
	struct seen *s = arg;
	size_t used = strlen(s->text);

	if (v->kind == F1P_METRIC_HISTOGRAM) {
		s->last_histogram = *v;
		memcpy(s->cumulative, v->cumulative, v->n_buckets * sizeof(*v->cumulative));
		memcpy(s->bounds, v->bounds, v->n_buckets * sizeof(*v->bounds));
		snprintf(s->text + used, sizeof(s->text) - used, "%s{%s} n=%llu\n", v->name, v->labels,
			(unsigned long long)v->count);
	} else {
		snprintf(s->text + used, sizeof(s->text) - used, "%s{%s} %g\n", v->name, v->labels, v->value);
	}
}

static void visit(struct world *w, struct seen *s)
{
	memset(s, 0, sizeof(*s));
	services_metrics()->visit(w->b, see, s);
}

static void test_counter_and_gauge(void **state)
{
	struct world *w = *state;
	const struct f1p_metrics *m = w->a->get_extension(w->a, F1P_EXT_METRICS);
	struct f1p_metric *events = m->get(w->a, F1P_METRIC_COUNTER, "f1pd_x_events_total", "Events.", "topic", "TimingData");
	struct f1p_metric *age = m->get(w->core, F1P_METRIC_GAUGE, "f1pd_x_age_seconds", "Age.", NULL, NULL);
	struct seen s;

	m->put(events, 2);
	m->put(events, 0.5);
	m->put(events, -1);	  /* a counter never falls */
	m->put(events, INFINITY); /* nor becomes infinite */
	m->put(age, 7);
	m->put(age, -3);
	m->put(NULL, 1);
	assert_ptr_equal(m->get(w->a, F1P_METRIC_COUNTER, "f1pd_x_events_total", "Events.", "topic", "TimingData"), events);
	visit(w, &s);
	assert_string_equal(s.text, "f1pd_x_age_seconds{} -3\n"
				    "f1pd_x_events_total{instance=\"source-demo\",topic=\"TimingData\"} 2.5\n");
}

static void test_visit_groups_by_name(void **state)
{
	struct world *w = *state;
	const struct f1p_metrics *m = services_metrics();
	struct seen s;

	m->get(w->a, F1P_METRIC_COUNTER, "f1pd_b_total", "B.", "t", "2");
	m->get(w->a, F1P_METRIC_COUNTER, "f1pd_a_total", "A.", NULL, NULL);
	m->get(w->a, F1P_METRIC_COUNTER, "f1pd_b_total", "B.", "t", "1");
	m->get(w->b, F1P_METRIC_COUNTER, "f1pd_a_total", "A.", NULL, NULL);
	visit(w, &s);
	assert_string_equal(s.text, "f1pd_a_total{instance=\"source-demo\"} 0\n"
				    "f1pd_a_total{instance=\"sink-log\"} 0\n"
				    "f1pd_b_total{instance=\"source-demo\",t=\"2\"} 0\n"
				    "f1pd_b_total{instance=\"source-demo\",t=\"1\"} 0\n");
}

static void test_labels_are_escaped(void **state)
{
	struct world *w = *state;
	const struct f1p_metrics *m = services_metrics();
	struct seen s;

	m->get(w->core, F1P_METRIC_COUNTER, "f1pd_a_total", "A.", "t", "a\"b\\c\nd\xff");
	visit(w, &s);
	assert_string_equal(s.text, "f1pd_a_total{t=\"a\\\"b\\\\c\\nd\xef\xbf\xbd\"} 0\n");
}

static void test_bad_metrics_are_refused(void **state)
{
	struct world *w = *state;
	const struct f1p_metrics *m = services_metrics();
	char value[5000];
	struct f1p_metric *long_one;

	assert_null(m->get(w->a, F1P_METRIC_COUNTER, "events_total", "No prefix.", NULL, NULL));
	assert_non_null(strstr(w->log, "\"events_total\": bad name"));
	assert_null(m->get(w->a, F1P_METRIC_COUNTER, "f1pd_Events", "Capitals.", NULL, NULL));
	assert_null(m->get(w->a, F1P_METRIC_COUNTER, "f1pd_a b", "Space.", NULL, NULL));
	assert_null(m->get(w->a, F1P_METRIC_COUNTER, NULL, "None.", NULL, NULL));
	assert_null(m->get(w->a, 0, "f1pd_a", "No kind.", NULL, NULL));
	assert_null(m->get(w->a, 4, "f1pd_a", "No kind.", NULL, NULL));
	assert_null(m->get(w->a, F1P_METRIC_COUNTER, "f1pd_a", "Taken label.", "instance", "x"));
	assert_null(m->get(w->a, F1P_METRIC_COUNTER, "f1pd_a", "Bad label.", "1x", "x"));
	assert_non_null(m->get(w->a, F1P_METRIC_COUNTER, "f1pd_a", "Good.", NULL, NULL));
	assert_null(m->get(w->a, F1P_METRIC_GAUGE, "f1pd_a", "Another kind.", NULL, NULL));
	memset(value, '"', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	long_one = m->get(w->a, F1P_METRIC_COUNTER, "f1pd_long", "Long value.", "v", value);
	assert_non_null(long_one); /* cut, not overflown */
}

static void test_series_are_limited(void **state)
{
	struct world *w = *state;
	const struct f1p_metrics *m = services_metrics();
	int made = 0;
	char value[20];

	for (int i = 0; i < 5000; i++) {
		snprintf(value, sizeof(value), "%d", i);
		made += m->get(w->a, F1P_METRIC_COUNTER, "f1pd_many_total", "Many.", "v", value) != NULL;
	}
	assert_int_equal(made, 4096);
	assert_non_null(
		m->get(w->a, F1P_METRIC_COUNTER, "f1pd_many_total", "Many.", "v", "17")); /* the old ones are still there */
}

static void test_histogram(void **state)
{
	struct world *w = *state;
	const struct f1p_metrics *m = services_metrics();
	struct f1p_metric *h = m->get(w->a, F1P_METRIC_HISTOGRAM, "f1pd_call_seconds", "Calls.", NULL, NULL);
	struct seen s;

	m->put(h, 0.000001); /* below the first bound */
	m->put(h, 0.00001);  /* on it */
	m->put(h, 0.003);
	m->put(h, 10);
	m->put(h, 11); /* above the last */
	m->put(h, -1); /* nonsense */
	visit(w, &s);
	assert_int_equal(s.last_histogram.n_buckets, 19);
	assert_true(s.bounds[0] == 1e-5 && s.bounds[1] == 2e-5 && s.bounds[2] == 5e-5 && s.bounds[18] == 10);
	assert_int_equal(s.last_histogram.count, 5);
	assert_true(s.last_histogram.sum > 21.0030 && s.last_histogram.sum < 21.0031);
	assert_int_equal(s.cumulative[0], 2);
	assert_int_equal(s.cumulative[7], 2);  /* 2 ms */
	assert_int_equal(s.cumulative[8], 3);  /* 5 ms */
	assert_int_equal(s.cumulative[18], 4); /* 10 s; the fifth is in +Inf */
}

#define PUTS 20000

static void *put_many(void *arg)
{
	struct world *w = arg;
	const struct f1p_metrics *m = services_metrics();
	struct f1p_metric *c = m->get(w->a, F1P_METRIC_COUNTER, "f1pd_c_total", "C.", NULL, NULL);
	struct f1p_metric *h = m->get(w->a, F1P_METRIC_HISTOGRAM, "f1pd_h_seconds", "H.", NULL, NULL);

	for (int i = 0; i < PUTS; i++) {
		m->put(c, 1);
		m->put(h, 0.5);
	}
	return NULL;
}

static void test_metrics_under_threads(void **state)
{
	struct world *w = *state;
	pthread_t threads[4];
	struct seen s;
	char expected[200];

	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, put_many, w), 0);
	}
	visit(w, &s); /* in the middle of it */
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
	}
	visit(w, &s);
	snprintf(expected, sizeof(expected),
		"f1pd_c_total{instance=\"source-demo\"} %d\nf1pd_h_seconds{instance=\"source-demo\"} n=%d\n", 4 * PUTS, 4 * PUTS);
	assert_string_equal(s.text, expected);
	assert_true(s.last_histogram.sum == 0.5 * 4 * PUTS);
}

/* ---- routes ---- */

struct body {
	struct f1p_response response;
	char text[100];
};

static f1p_status append(struct f1p_response *response, const void *bytes, size_t n)
{
	struct body *b = response->impl;
	size_t used = strlen(b->text);

	snprintf(b->text + used, sizeof(b->text) - used, "%.*s", (int)n, (const char *)bytes);
	return F1P_OK;
}

static void answer(void *arg, struct f1p_response *response)
{
	response->append(response, arg, strlen(arg));
}

static bool serve(const struct f1p_host *host, const char *path, struct body *b)
{
	memset(b, 0, sizeof(*b));
	b->response = (struct f1p_response){.size = sizeof(b->response), .status = 200, .append = append, .impl = b};
	return services_routes()->serve(host, path, &b->response);
}

static void test_routes(void **state)
{
	struct world *w = *state;
	const struct f1p_routes *r = services_routes();
	char text[160];
	struct body b;

	assert_false(serve(w->b, "/metrics", &b));
	assert_int_equal(r->add(w->a, "/metrics", answer, "numbers"), F1P_OK);
	assert_int_equal(r->add(w->b, "/metrics", answer, "others"), F1P_EINVAL);
	services_take_reason(w->b, text, sizeof(text));
	assert_string_equal(text, "the route /metrics is taken");
	assert_true(serve(w->b, "/metrics", &b));
	assert_string_equal(b.text, "numbers");
	assert_false(serve(w->b, "/metrics/", &b));
	r->remove(w->b, "/metrics"); /* not its own */
	assert_true(serve(w->b, "/metrics", &b));
	r->remove(w->a, "/metrics");
	assert_false(serve(w->b, "/metrics", &b));
	assert_int_equal(r->add(w->b, "/metrics", answer, "others"), F1P_OK);
	assert_true(serve(w->a, "/metrics", &b));
	assert_string_equal(b.text, "others");
}

static void answer_tree(void *arg, const struct f1p_request *request, struct f1p_response *response)
{
	response->append(response, arg, strlen(arg));
	response->append(response, request->path, strlen(request->path));
	response->append(response, "?", 1);
	response->append(response, request->query, strlen(request->query));
	response->append(response, request->body, request->body_n);
}

static bool handle(const struct f1p_host *host, uint32_t method, const char *path, const char *body_text, struct body *b)
{
	const struct f1p_request request = {.size = sizeof(request),
		.method = method,
		.path = path,
		.query = "x=1",
		.content_type = "",
		.body = body_text,
		.body_n = strlen(body_text),
		.scopes = F1P_SCOPE_READ,
		.until_ns = F1P_UNKNOWN_NS};

	memset(b, 0, sizeof(*b));
	b->response = (struct f1p_response){.size = sizeof(b->response), .status = 200, .append = append, .impl = b};
	return services_routes()->handle(host, &request, &b->response);
}

static void test_trees(void **state)
{
	struct world *w = *state;
	const struct f1p_routes *r = services_routes();
	struct body b;

	assert_int_equal(r->add_tree(w->a, "/v1", answer_tree, "a:"), F1P_OK);
	assert_int_equal(r->add_tree(w->b, "/v1/laps", answer_tree, "b:"), F1P_OK);
	assert_int_equal(r->add(w->b, "/v1/exact", answer, "exact"), F1P_OK);
	assert_int_equal(r->add_tree(w->b, "/v1", answer_tree, ""), F1P_EINVAL);
	assert_int_equal(r->add_tree(w->b, "/v2", NULL, ""), F1P_EINVAL);

	assert_true(handle(w->b, F1P_GET, "/v1", "", &b));
	assert_string_equal(b.text, "a:/v1?x=1");
	assert_true(handle(w->b, F1P_POST, "/v1/pit/7", "{}", &b));
	assert_string_equal(b.text, "a:/v1/pit/7?x=1{}");
	assert_true(handle(w->b, F1P_GET, "/v1/laps/44", "", &b));
	assert_string_equal(b.text, "b:/v1/laps/44?x=1");
	assert_true(handle(w->b, F1P_GET, "/v1/exact", "", &b));
	assert_string_equal(b.text, "exact");
	assert_true(handle(w->b, F1P_DELETE, "/v1/exact", "", &b)); /* exact paths know GET alone */
	assert_string_equal(b.text, "a:/v1/exact?x=1");
	assert_false(handle(w->b, F1P_GET, "/v10", "", &b));
	assert_false(handle(w->b, F1P_GET, "/", "", &b));
	assert_false(serve(w->b, "/v1", &b)); /* a server of the older kind */

	r->remove(w->b, "/v1/laps");
	assert_true(handle(w->b, F1P_GET, "/v1/laps", "", &b));
	assert_string_equal(b.text, "a:/v1/laps?x=1");
}

static void test_bad_routes(void **state)
{
	struct world *w = *state;
	const struct f1p_routes *r = services_routes();
	static const char *const bad[] = {"", "metrics", "/a b", "/a?b", "/a#b", "/a\n", "/\xc3\xa3"};
	char text[200];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(r->add(w->a, bad[i], answer, ""), F1P_EINVAL);
	}
	assert_int_equal(r->add(w->a, NULL, answer, ""), F1P_EINVAL);
	assert_int_equal(r->add(w->a, "/x", NULL, ""), F1P_EINVAL);
	memset(text, 'x', sizeof(text));
	text[0] = '/';
	text[128] = '\0';
	assert_int_equal(r->add(w->a, text, answer, ""), F1P_EINVAL);
	for (int i = 0; i < 256; i++) {
		snprintf(text, sizeof(text), "/%d", i);
		assert_int_equal(r->add(w->a, text, answer, ""), F1P_OK);
	}
	assert_int_equal(r->add(w->a, "/one-too-many", answer, ""), F1P_ENOMEM);
}

static void test_destroyed_host_serves_nothing(void **state)
{
	struct world *w = *state;
	struct f1p_host *short_lived = services_host_create(w->services, 9, "sink-short");
	struct body b;

	assert_int_equal(services_routes()->add(short_lived, "/left", answer, "behind"), F1P_OK);
	assert_true(serve(w->a, "/left", &b));
	services_host_destroy(short_lived);
	assert_false(serve(w->a, "/left", &b));
}

static void *serve_for_a_while(void *arg)
{
	struct world *w = arg;
	struct body b;

	for (int i = 0; i < 20000; i++) {
		if (serve(w->b, "/busy", &b)) {
			assert_string_equal(b.text, "alive");
		}
	}
	return NULL;
}

static void test_routes_under_threads(void **state)
{
	struct world *w = *state;
	const struct f1p_routes *r = services_routes();
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, serve_for_a_while, w), 0);
	for (int i = 0; i < 500; i++) {
		char *text = strdup("alive");

		assert_non_null(text);
		assert_int_equal(r->add(w->a, "/busy", answer, text), F1P_OK);
		r->remove(w->a, "/busy");
		memset(text, 'x', 5); /* after remove() nobody may read it */
		free(text);
	}
	pthread_join(thread, NULL);
}

/* ---- threads ---- */

struct named {
	char name[16];
	int term_blocked;
	int release[2];
};

static void own_thread(void *arg)
{
	struct named *n = arg;
	sigset_t blocked;
	char c;

	pthread_getname_np(pthread_self(), n->name, sizeof(n->name));
	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	n->term_blocked = sigismember(&blocked, SIGTERM);
	assert_int_equal(read(n->release[0], &c, 1), 1);
}

static void test_threads_are_named_and_counted(void **state)
{
	struct world *w = *state;
	const struct f1p_threads *threads = w->a->get_extension(w->a, F1P_EXT_THREAD);
	struct named n = {.name = ""};
	struct f1p_thread *t;
	sigset_t mine;

	assert_int_equal(pipe(n.release), 0);
	assert_null(threads->start(w->a, "x", NULL, NULL));
	t = threads->start(w->a, "a-name-that-is-too-long", own_thread, &n);
	assert_non_null(t);
	assert_int_equal(services_threads(w->a), 1);
	assert_int_equal(services_threads(w->b), 0);
	assert_int_equal(write(n.release[1], "x", 1), 1);
	threads->join(w->a, t);
	threads->join(w->a, NULL);
	assert_int_equal(services_threads(w->a), 0);
	assert_string_equal(n.name, "a-name-that-is-");
	assert_int_equal(n.term_blocked, 1);
	pthread_sigmask(SIG_SETMASK, NULL, &mine);
	assert_int_equal(sigismember(&mine, SIGTERM), 0); /* ours is as before */
	close(n.release[0]);
	close(n.release[1]);
}

/* ---- base/log ---- */

struct log_lines {
	char text[6000];
};

static void keep_line(void *arg, int level, const char *line)
{
	struct log_lines *l = arg;
	size_t used = strlen(l->text);

	snprintf(l->text + used, sizeof(l->text) - used, "%d %s\n", level, line);
}

static void test_log_escapes_and_cuts(void **state)
{
	struct log_lines l = {""};

	(void)state;
	log_set_writer(keep_line, &l);
	log_line(F1P_LOG_ERROR, "core", "two\nlines\x1b[31m and \xff S\xc3\xa3o");
	log_line(F1P_LOG_DEBUG, "core", "not at this level");
	assert_string_equal(l.text, "1 core: two\\x0alines\\x1b[31m and \\xff S\xc3\xa3o\n");
	l.text[0] = '\0';
	log_line(F1P_LOG_INFO, "core", "%05000d", 0);
	assert_in_range(strlen(l.text), 990, 1005);
	assert_string_equal(l.text + strlen(l.text) - 5, "0...\n");
	log_set_writer(NULL, NULL);
}

static void test_log_counts_repeated_lines(void **state)
{
	struct log_lines l = {""};

	(void)state;
	log_set_writer(keep_line, &l);
	for (int i = 0; i < 5; i++) {
		log_line(F1P_LOG_WARN, "sink-x", "the same");
	}
	log_line(F1P_LOG_WARN, "sink-x", "another");
	assert_string_equal(l.text, "2 sink-x: the same\n2 log: the last line came 4 times more\n2 sink-x: another\n");
	log_set_writer(NULL, NULL);
}

static void test_log_levels(void **state)
{
	struct log_lines l = {""};

	(void)state;
	assert_int_equal(log_level_from_name("debug"), F1P_LOG_DEBUG);
	assert_int_equal(log_level_from_name("error"), F1P_LOG_ERROR);
	assert_int_equal(log_level_from_name("loud"), 0);
	log_set_writer(keep_line, &l);
	log_set_level(F1P_LOG_ERROR);
	log_line(F1P_LOG_WARN, "core", "hidden");
	log_line(F1P_LOG_ERROR, "core", "shown");
	log_set_level(F1P_LOG_INFO);
	log_set_writer(NULL, NULL);
	assert_string_equal(l.text, "1 core: shown\n");
}

#define WORLD_TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_host_struct),
		WORLD_TEST(test_unknown_extensions),
		cmocka_unit_test(test_bare_host_offers_less),
		WORLD_TEST(test_log_is_forwarded),
		WORLD_TEST(test_reason_per_thread_and_host),
		WORLD_TEST(test_long_reason_is_cut),
		WORLD_TEST(test_bus),
		WORLD_TEST(test_health_by_size),
		WORLD_TEST(test_replay_control),
		WORLD_TEST(test_counter_and_gauge),
		WORLD_TEST(test_visit_groups_by_name),
		WORLD_TEST(test_labels_are_escaped),
		WORLD_TEST(test_bad_metrics_are_refused),
		WORLD_TEST(test_series_are_limited),
		WORLD_TEST(test_histogram),
		WORLD_TEST(test_metrics_under_threads),
		WORLD_TEST(test_routes),
		WORLD_TEST(test_trees),
		WORLD_TEST(test_bad_routes),
		WORLD_TEST(test_destroyed_host_serves_nothing),
		WORLD_TEST(test_routes_under_threads),
		WORLD_TEST(test_threads_are_named_and_counted),
		cmocka_unit_test(test_log_escapes_and_cuts),
		cmocka_unit_test(test_log_counts_repeated_lines),
		cmocka_unit_test(test_log_levels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

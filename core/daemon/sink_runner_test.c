/* sink_runner_test.c - one thread and one queue per sink: order, back-off, full queues, failures, the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/sink_runner.h"
#include "loop/vclock.h"
#include "plugin/instance_fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#define MAX_SEEN 100000
#define MAX_CALLS 4096
#define MS 1000000LL

struct call {
	uint64_t first_seq;
	uint32_t n;
	int64_t at_ns;
	f1p_status answer;
};

struct sink {
	struct f1p_plugin plugin;
	struct f1p_sink api;
	struct services *services;
	struct f1p_host *core;
	struct instance *inst;
	struct sink_runner *runner;
	/* told before the runner starts, or through the atomics */
	f1p_status answers[16]; /* of the first calls; then F1P_OK */
	int n_answers;
	atomic_int always; /* f1p_status of every call after those */
	unsigned sleep_us;
	atomic_bool gate; /* write() waits while it is true */
	/* seen on the sink's thread; read under the lock */
	pthread_mutex_t lock;
	uint64_t seen[MAX_SEEN];
	uint16_t types[MAX_SEEN];
	size_t n_seen;
	struct call calls[MAX_CALLS];
	int n_calls, flushes, flushes_at_last_write;
	bool bad_batch;
	pthread_t thread;
	atomic_int failed;
	uint64_t pushed;
};

static bool walk(struct sink *k, const struct f1p_event *first, uint32_t count, size_t bytes, bool keep)
{
	const uint8_t *at = (const uint8_t *)first;
	size_t used = 0;

	for (uint32_t i = 0; i < count; i++) {
		const struct f1p_event *ev = (const struct f1p_event *)(at + used);
		if (keep && k->n_seen < MAX_SEEN) {
			k->types[k->n_seen] = ev->type;
			k->seen[k->n_seen++] = ev->seq;
		}
		used += ev->size;
	}
	return used == bytes;
}

static f1p_status on_write(struct f1p_plugin *p, const struct f1p_event *first, uint32_t count, size_t bytes)
{
	struct sink *k = p->impl;

	while (atomic_load(&k->gate))
		usleep(500);
	if (k->sleep_us)
		usleep(k->sleep_us);
	pthread_mutex_lock(&k->lock);
	f1p_status rc = k->n_calls < k->n_answers ? k->answers[k->n_calls] : atomic_load(&k->always);
	if (k->n_calls < MAX_CALLS)
		k->calls[k->n_calls] = (struct call){first->seq, count, vclock_mono_ns(), rc};
	k->n_calls++;
	k->bad_batch |= count == 0 || count > 512 || !walk(k, first, count, bytes, rc == F1P_OK);
	k->flushes_at_last_write = k->flushes;
	k->thread = pthread_self();
	pthread_mutex_unlock(&k->lock);
	if (rc == F1P_EIO)
		return (k->inst->host->fail)(k->inst->host, rc, "the disk is full");
	return rc;
}

static f1p_status on_flush(struct f1p_plugin *p)
{
	struct sink *k = p->impl;

	pthread_mutex_lock(&k->lock);
	k->flushes++;
	pthread_mutex_unlock(&k->lock);
	return F1P_OK;
}

static void on_failed(void *arg)
{
	atomic_fetch_add(&((struct sink *)arg)->failed, 1);
}

static struct sink *open_sink(int policy, int64_t queue)
{
	struct sink *k = calloc(1, sizeof(*k));

	assert_non_null(k);
	pthread_mutex_init(&k->lock, NULL);
	k->services = fixture_services();
	k->core = services_host_create(k->services, 0, "core");
	k->plugin.impl = k;
	k->api = (struct f1p_sink){sizeof(k->api), 0, on_write, on_flush};
	k->inst = fixture_instance(k->services, 9, F1P_KIND_SINK, "sink-test", &k->plugin);
	k->inst->sink = &k->api;
	k->inst->file->queue_policy = policy;
	k->inst->file->queue_size = queue;
	return k;
}

static void begin(struct sink *k)
{
	k->runner = sink_runner_create(k->inst, services_metrics(), k->core, on_failed, k);
	assert_non_null(k->runner);
}

static int64_t end(struct sink *k)
{
	int64_t before = vclock_mono_ns();

	sink_runner_destroy(k->runner);
	k->runner = NULL;
	return vclock_mono_ns() - before;
}

static void close_sink(struct sink *k)
{
	assert_false(k->bad_batch);
	sink_runner_destroy(k->runner);
	fixture_instance_free(k->inst);
	services_host_destroy(k->core);
	services_destroy(k->services);
	pthread_mutex_destroy(&k->lock);
	free(k);
}

static void push_type(struct sink *k, uint16_t type)
{
	struct f1p_ev_value e = {.h = {.size = sizeof(e), .type = type}};

	if (type == F1P_EV_STATE || type == F1P_EV_HEARTBEAT)
		e.h.size = sizeof(e.h);
	e.h.seq = ++k->pushed;
	sink_runner_push(k->runner, &e.h, 1, e.h.size);
}

static void push_many(struct sink *k, uint16_t type, int n)
{
	while (n-- > 0)
		push_type(k, type);
}

static size_t seen(struct sink *k)
{
	pthread_mutex_lock(&k->lock);
	size_t n = k->n_seen;
	pthread_mutex_unlock(&k->lock);
	return n;
}

static int flushes(struct sink *k)
{
	pthread_mutex_lock(&k->lock);
	int n = k->flushes;
	pthread_mutex_unlock(&k->lock);
	return n;
}

static int calls(struct sink *k)
{
	pthread_mutex_lock(&k->lock);
	int n = k->n_calls;
	pthread_mutex_unlock(&k->lock);
	return n;
}

#define WAIT_FOR(condition)                                                     \
	do {                                                                    \
		int64_t limit_ns_ = vclock_mono_ns() + 20000 * MS;              \
		while (!(condition)) {                                          \
			assert_true(vclock_mono_ns() < limit_ns_);              \
			usleep(500);                                            \
		}                                                               \
	} while (0)

struct wanted {
	const char *name;
	double value;
};

static void find_metric(void *arg, const struct f1p_metric_view *v)
{
	struct wanted *w = arg;

	if (strcmp(v->name, w->name) == 0 && strstr(v->labels, "sink=\"sink-test\""))
		w->value = v->value;
}

static double metric(struct sink *k, const char *name)
{
	struct wanted w = {name, -1};

	services_metrics()->visit(k->core, find_metric, &w);
	return w.value;
}

static double dropped(struct sink *k)
{
	return metric(k, "f1pd_sink_dropped_total");
}

static void assert_rising(const struct sink *k)
{
	for (size_t i = 1; i < k->n_seen; i++)
		assert_true(k->seen[i] > k->seen[i - 1]);
}

/* ---- the ordinary way ---- */

static void test_all_events_arrive_in_order_on_a_thread_of_their_own(void **state)
{
	struct sink *k = open_sink(CONFIG_QUEUE_BLOCK, 100);

	(void)state;
	begin(k);
	for (int i = 0; i < 300; i++) { /* batches of several sizes of event */
		push_many(k, F1P_EV_TRACK_STATUS, 5);
		push_many(k, F1P_EV_HEARTBEAT, 5);
	}
	WAIT_FOR(seen(k) == 3000);
	end(k);
	for (uint64_t i = 0; i < 3000; i++)
		assert_int_equal(k->seen[i], i + 1);
	assert_false(pthread_equal(k->thread, pthread_self()));
	assert_true(dropped(k) == 0);
	assert_int_equal(atomic_load(&k->failed), 0);
	close_sink(k);
}

static void test_what_is_queued_is_written_and_flushed_at_the_end(void **state)
{
	struct sink *k = open_sink(CONFIG_QUEUE_COALESCE, 10000);

	(void)state;
	atomic_store(&k->gate, true);
	begin(k);
	push_many(k, F1P_EV_RACE_CONTROL, 2000);
	atomic_store(&k->gate, false);
	end(k);
	assert_int_equal(k->n_seen, 2000);
	assert_true(k->flushes > k->flushes_at_last_write);
	close_sink(k);
}

static void test_it_is_flushed_about_every_second(void **state)
{
	struct sink *k = open_sink(CONFIG_QUEUE_COALESCE, 100);

	(void)state;
	begin(k);
	int64_t before = vclock_mono_ns();
	while (flushes(k) < 2) {
		assert_true(vclock_mono_ns() - before < 20000 * MS);
		push_type(k, F1P_EV_HEARTBEAT);
		usleep(5000);
	}
	assert_true(vclock_mono_ns() - before >= 1900 * MS);
	close_sink(k);
}

/* ---- not now, never, broken ---- */

static void test_again_keeps_the_batch_and_backs_off(void **state)
{
	struct sink *k = open_sink(CONFIG_QUEUE_BLOCK, 1000);

	(void)state;
	for (k->n_answers = 0; k->n_answers < 4; k->n_answers++)
		k->answers[k->n_answers] = F1P_AGAIN;
	begin(k);
	push_many(k, F1P_EV_RACE_CONTROL, 3);
	while (calls(k) < 5) { /* news does not make it impatient */
		push_type(k, F1P_EV_RACE_CONTROL);
		usleep(1000);
	}
	WAIT_FOR(seen(k) == k->pushed);
	end(k);
	for (int i = 1; i < 5; i++) {
		assert_int_equal(k->calls[i].first_seq, k->calls[0].first_seq);
		assert_int_equal(k->calls[i].n, k->calls[0].n);
		assert_true(k->calls[i].at_ns - k->calls[i - 1].at_ns >= (10LL << (i - 1)) * MS);
	}
	assert_int_equal(k->n_seen, k->pushed);
	assert_int_equal(k->seen[0], 1);
	assert_rising(k);
	assert_true(dropped(k) == 0);
	close_sink(k);
}

static void test_permanent_drops_the_batch_and_counts_it(void **state)
{
	struct sink *k = open_sink(CONFIG_QUEUE_BLOCK, 1000);

	(void)state;
	k->answers[0] = F1P_EPERMANENT;
	k->n_answers = 1;
	atomic_store(&k->gate, true);
	begin(k);
	struct f1p_event three[3] = {{.size = sizeof(three[0]), .type = F1P_EV_HEARTBEAT, .seq = 1},
		{.size = sizeof(three[0]), .type = F1P_EV_HEARTBEAT, .seq = 2},
		{.size = sizeof(three[0]), .type = F1P_EV_HEARTBEAT, .seq = 3}};
	sink_runner_push(k->runner, three, 3, sizeof(three));
	atomic_store(&k->gate, false);
	WAIT_FOR(calls(k) == 1);
	k->pushed = 3;
	push_type(k, F1P_EV_RACE_CONTROL);
	WAIT_FOR(seen(k) == 1);
	assert_int_equal(k->seen[0], 4);
	assert_true(dropped(k) == 3);
	assert_int_equal(atomic_load(&k->failed), 0);
	close_sink(k);
}

static void test_a_failure_is_told_once_with_its_reason(void **state)
{
	struct sink *k = open_sink(CONFIG_QUEUE_COALESCE, 100);
	char reason[160] = "?";

	(void)state;
	atomic_store(&k->always, F1P_EIO);
	begin(k);
	assert_int_equal(sink_runner_failure(k->runner, reason, sizeof(reason)), F1P_OK);
	push_type(k, F1P_EV_RACE_CONTROL);
	WAIT_FOR(atomic_load(&k->failed) == 1);
	assert_int_equal(sink_runner_failure(k->runner, reason, sizeof(reason)), F1P_EIO);
	assert_string_equal(reason, "the disk is full");
	push_many(k, F1P_EV_RACE_CONTROL, 1000); /* nobody takes them, and nobody minds */
	usleep(30000);
	assert_int_equal(calls(k), 1);
	assert_true(end(k) < 500 * MS);
	assert_int_equal(atomic_load(&k->failed), 1);
	close_sink(k);
}

/* ---- the end comes in time ---- */

static void test_a_stuck_sink_is_left_after_a_second(void **state)
{
	struct sink *k = open_sink(CONFIG_QUEUE_COALESCE, 100);

	(void)state;
	atomic_store(&k->always, F1P_AGAIN);
	begin(k);
	push_type(k, F1P_EV_RACE_CONTROL);
	WAIT_FOR(calls(k) >= 6); /* the back-off is long by now */
	int64_t took = end(k);
	assert_true(took > 700 * MS); /* it had its chance */
	assert_true(took < 1900 * MS);
	close_sink(k);
}

static void test_a_sink_that_recovers_while_stopping_gets_the_rest(void **state)
{
	struct sink *k = open_sink(CONFIG_QUEUE_COALESCE, 100);

	(void)state;
	atomic_store(&k->always, F1P_AGAIN);
	begin(k);
	push_type(k, F1P_EV_RACE_CONTROL);
	WAIT_FOR(calls(k) >= 6);
	atomic_store(&k->always, F1P_OK);
	assert_true(end(k) < 900 * MS);
	assert_int_equal(k->n_seen, 1);
	close_sink(k);
}

static void test_a_slow_sink_with_a_long_queue_is_left_after_a_second(void **state)
{
	struct sink *k = open_sink(CONFIG_QUEUE_BLOCK, 100);

	(void)state;
	k->sleep_us = 200000;
	begin(k);
	push_many(k, F1P_EV_RACE_CONTROL, 512 * 20); /* four seconds of work */
	assert_true(end(k) < 2200 * MS);
	assert_true(k->n_seen > 0 && k->n_seen < 512 * 20);
	close_sink(k);
}

/* ---- full queues ---- */

/* Fills the thread's hands with one batch, so that all that follows waits in the queue. */
static void occupy(struct sink *k)
{
	k->answers[0] = F1P_AGAIN;
	k->n_answers = 1;
	begin(k);
	push_type(k, F1P_EV_SESSION_STATUS);
	WAIT_FOR(calls(k) == 1);
	atomic_store(&k->gate, true);
	usleep(15000); /* it comes again and stands before the gate */
}

static void test_a_slow_sink_never_blocks_the_loop(void **state)
{
	struct sink *k = open_sink(CONFIG_QUEUE_COALESCE, 500);

	(void)state;
	occupy(k);
	int64_t before = vclock_mono_ns();
	push_many(k, F1P_EV_CAR_LAP, 20000);
	assert_true(vclock_mono_ns() - before < 2000 * MS);
	assert_true(metric(k, "f1pd_sink_queue_events") <= 500);
	assert_false(sink_runner_blocks(k->runner));
	atomic_store(&k->gate, false);
	WAIT_FOR(seen(k) + (size_t)dropped(k) == k->pushed);
	end(k);
	assert_rising(k);
	assert_int_equal(k->seen[k->n_seen - 1], k->pushed); /* the newest is there */
	close_sink(k);
}

static void test_coalescing_gives_up_passing_events_first(void **state)
{
	struct sink *k = open_sink(CONFIG_QUEUE_COALESCE, 100);
	size_t messages = 0, forecasts = 0, passing = 0;

	(void)state;
	occupy(k);
	for (int i = 0; i < 80; i++) {
		static const uint16_t fleeting[] = {F1P_EV_STATE, F1P_EV_CAR_GAP, F1P_EV_CAR_SEGMENT, F1P_EV_CAR_SECTOR, F1P_EV_CAR_SPEED,
			F1P_EV_TELEMETRY, F1P_EV_XYZ, F1P_EV_HEARTBEAT};
		push_type(k, i % 2 ? F1P_EV_RACE_CONTROL : F1P_EV_FORECAST);
		for (size_t j = 0; j < sizeof(fleeting) / sizeof(fleeting[0]); j++)
			push_type(k, fleeting[j]);
	}
	atomic_store(&k->gate, false);
	WAIT_FOR(seen(k) + (size_t)dropped(k) == k->pushed);
	end(k);
	for (size_t i = 0; i < k->n_seen; i++) {
		messages += k->types[i] == F1P_EV_RACE_CONTROL;
		forecasts += k->types[i] == F1P_EV_FORECAST;
		passing += k->types[i] == F1P_EV_CAR_GAP;
	}
	assert_int_equal(messages, 40);
	assert_int_equal(forecasts, 40);
	assert_true(passing < 80);
	assert_rising(k);
	close_sink(k);
}

/* A stranger's event may have the number of a passing one. */
static void test_coalescing_knows_only_its_own_types(void **state)
{
	struct sink *k = open_sink(CONFIG_QUEUE_COALESCE, 100);
	size_t strangers = 0;

	(void)state;
	occupy(k);
	for (int i = 0; i < 40; i++) {
		struct f1p_event e = {.size = sizeof(e), .space = 1024, .type = F1P_EV_CAR_GAP, .seq = ++k->pushed};
		sink_runner_push(k->runner, &e, 1, e.size);
		push_many(k, F1P_EV_CAR_GAP, 5);
	}
	atomic_store(&k->gate, false);
	WAIT_FOR(seen(k) + (size_t)dropped(k) == k->pushed);
	assert_true(dropped(k) > 0);
	for (size_t i = 0; i < k->n_seen; i++)
		strangers += k->seen[i] > 1 && (k->seen[i] - 2) % 6 == 0;
	assert_int_equal(strangers, 40);
	close_sink(k);
}

static void test_drop_oldest_keeps_the_newest(void **state)
{
	struct sink *k = open_sink(CONFIG_QUEUE_DROP_OLDEST, 100);

	(void)state;
	occupy(k);
	push_many(k, F1P_EV_RACE_CONTROL, 1000);
	push_many(k, F1P_EV_CAR_GAP, 30); /* kind does not matter here */
	assert_true(metric(k, "f1pd_sink_queue_events") <= 100);
	atomic_store(&k->gate, false);
	WAIT_FOR(seen(k) + (size_t)dropped(k) == k->pushed);
	end(k);
	assert_true(k->n_seen >= 50);
	for (size_t i = 0; i < 50; i++)
		assert_int_equal(k->seen[k->n_seen - 1 - i], k->pushed - i);
	close_sink(k);
}

static void test_block_loses_nothing_and_says_when_it_is_full(void **state)
{
	struct sink *k = open_sink(CONFIG_QUEUE_BLOCK, 100);

	(void)state;
	occupy(k);
	assert_false(sink_runner_blocks(k->runner));
	push_many(k, F1P_EV_CAR_GAP, 50);
	assert_false(sink_runner_blocks(k->runner));
	push_type(k, F1P_EV_CAR_GAP);
	assert_true(sink_runner_blocks(k->runner));
	push_many(k, F1P_EV_CAR_GAP, 400); /* who does not listen is served all the same */
	assert_true(dropped(k) == 0);
	atomic_store(&k->gate, false);
	WAIT_FOR(seen(k) == k->pushed);
	assert_false(sink_runner_blocks(k->runner));
	assert_rising(k);
	close_sink(k);
}

static void test_nothing_to_destroy(void **state)
{
	(void)state;
	sink_runner_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_events_arrive_in_order_on_a_thread_of_their_own),
		cmocka_unit_test(test_what_is_queued_is_written_and_flushed_at_the_end),
		cmocka_unit_test(test_it_is_flushed_about_every_second),
		cmocka_unit_test(test_again_keeps_the_batch_and_backs_off),
		cmocka_unit_test(test_permanent_drops_the_batch_and_counts_it),
		cmocka_unit_test(test_a_failure_is_told_once_with_its_reason),
		cmocka_unit_test(test_a_stuck_sink_is_left_after_a_second),
		cmocka_unit_test(test_a_sink_that_recovers_while_stopping_gets_the_rest),
		cmocka_unit_test(test_a_slow_sink_with_a_long_queue_is_left_after_a_second),
		cmocka_unit_test(test_a_slow_sink_never_blocks_the_loop),
		cmocka_unit_test(test_coalescing_gives_up_passing_events_first),
		cmocka_unit_test(test_coalescing_knows_only_its_own_types),
		cmocka_unit_test(test_drop_oldest_keeps_the_newest),
		cmocka_unit_test(test_block_loses_nothing_and_says_when_it_is_full),
		cmocka_unit_test(test_nothing_to_destroy),
	};
	return cmocka_run_group_tests_name("sink_runner", tests, NULL, NULL);
}

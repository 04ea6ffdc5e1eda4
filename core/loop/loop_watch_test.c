#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "loop/loop_watch.h"

#include <math.h>
#include <string.h>

#define WORK_MS 30
#define SLEEP_MS 80

struct f1p_metric { /* the test's own: what was put */
	double longest_s, total_s;
	int turns;
};

static struct f1p_metric block, cpu;

static struct f1p_metric *get(const struct f1p_host *host, uint32_t kind, const char *name, const char *help, const char *label,
	const char *value)
{
	(void)host, (void)help, (void)label, (void)value;
	assert_int_equal(kind, F1P_METRIC_HISTOGRAM);
	return strcmp(name, "f1pd_loop_block_seconds") == 0 ? &block : strcmp(name, "f1pd_loop_cpu_seconds") == 0 ? &cpu : NULL;
}

static void put(struct f1p_metric *m, double v)
{
	assert_non_null(m);
	assert_true(v >= 0);
	m->longest_s = fmax(m->longest_s, v);
	m->total_s += v;
	m->turns++;
}

static const struct f1p_metrics metrics = {.size = sizeof(metrics), .get = get, .put = put};

static void work(void)
{
	uint64_t until = uv_hrtime() + WORK_MS * 1000000u;

	while (uv_hrtime() < until) {
	}
}

static void on_timer(uv_timer_t *t)
{
	if (t->data)
		work();
}

static void on_async(uv_async_t *a)
{
	work();
	uv_close((uv_handle_t *)a, NULL);
}

/* One timer that works or not after SLEEP_MS, and perhaps an I/O callback that works at once. */
static void run(bool timer_works, bool async_works)
{
	uv_loop_t loop;
	uv_timer_t timer, after;
	uv_async_t async;
	struct loop_watch w;

	block = cpu = (struct f1p_metric){0};
	assert_int_equal(uv_loop_init(&loop), 0);
	loop_watch_start(&w, &loop, &metrics, NULL);
	uv_timer_init(&loop, &timer);
	uv_timer_init(&loop, &after);
	timer.data = timer_works ? &timer : NULL;
	after.data = NULL;
	uv_timer_start(&timer, on_timer, SLEEP_MS, 0);
	uv_timer_start(&after, on_timer, 2 * SLEEP_MS + WORK_MS, 0); /* a turn that comes to its end after the work */
	if (async_works) {
		uv_async_init(&loop, &async, on_async);
		uv_async_send(&async);
	}
	uv_run(&loop, UV_RUN_DEFAULT);
	loop_watch_close(&w);
	uv_close((uv_handle_t *)&timer, NULL);
	uv_close((uv_handle_t *)&after, NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
}

static void sleeping_is_not_counted(void **state)
{
	(void)state;
	run(false, false);
	assert_true(block.turns >= 1);
	assert_int_equal(cpu.turns, block.turns);
	assert_true(block.total_s < SLEEP_MS / 1e3);
	assert_true(cpu.total_s < SLEEP_MS / 1e3);
}

static void work_of_a_timer_is_counted(void **state)
{
	(void)state;
	run(true, false);
	assert_true(block.longest_s >= WORK_MS / 1e3);
	assert_true(cpu.longest_s > 0);
	assert_true(cpu.longest_s <= block.longest_s + 1e-3);
}

static void work_of_an_io_callback_is_counted(void **state)
{
	(void)state;
	run(false, true);
	assert_true(block.longest_s >= WORK_MS / 1e3);
	assert_true(cpu.longest_s > 0);
	assert_true(cpu.longest_s <= block.longest_s + 1e-3);
}

static void a_watch_never_started_closes(void **state)
{
	struct loop_watch w = {0};

	(void)state;
	loop_watch_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sleeping_is_not_counted),
		cmocka_unit_test(work_of_a_timer_is_counted),
		cmocka_unit_test(work_of_an_io_callback_is_counted),
		cmocka_unit_test(a_watch_never_started_closes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

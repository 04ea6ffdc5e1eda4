#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "loop/workers.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

struct job {
	struct task task; /* first */
	atomic_int *worked;
	int *done;
	bool on_worker;
};

static void work(struct task *t)
{
	struct job *j = (struct job *)t;

	j->on_worker = workers_is_worker();
	atomic_fetch_add(j->worked, 1);
}

static void done(struct task *t)
{
	struct job *j = (struct job *)t;

	assert_false(workers_is_worker());
	++*j->done;
}

static void run_jobs(unsigned threads, int n)
{
	uv_loop_t loop;
	atomic_int worked = 0;
	int finished = 0;
	struct job *jobs = calloc((size_t)n, sizeof(*jobs));

	assert_non_null(jobs);
	uv_loop_init(&loop);
	struct workers *w = workers_create(&loop, threads);
	assert_non_null(w);
	for (int i = 0; i < n; i++) {
		jobs[i] = (struct job){.task = {.work = work, .done = done}, .worked = &worked, .done = &finished};
		workers_submit(w, &jobs[i].task);
	}
	while (finished < n) {
		uv_run(&loop, UV_RUN_NOWAIT);
		usleep(100);
	}
	assert_int_equal(atomic_load(&worked), n);
	for (int i = 0; i < n; i++)
		assert_true(jobs[i].on_worker);
	workers_destroy(w);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	free(jobs);
}

static void test_one_thread_does_all(void **state)
{
	(void)state;
	run_jobs(1, 500);
}

static void test_many_threads_do_all_once(void **state)
{
	(void)state;
	run_jobs(4, 2000);
}

static void test_destroy_returns_every_task(void **state)
{
	uv_loop_t loop;
	atomic_int worked = 0;
	int finished = 0;
	struct job jobs[64];
	(void)state;

	uv_loop_init(&loop);
	struct workers *w = workers_create(&loop, 2);
	for (int i = 0; i < 64; i++) {
		jobs[i] = (struct job){.task = {.work = work, .done = done}, .worked = &worked, .done = &finished};
		workers_submit(w, &jobs[i].task);
	}
	workers_destroy(w);
	assert_int_equal(finished, 64);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_thread_does_all),
		cmocka_unit_test(test_many_threads_do_all_once),
		cmocka_unit_test(test_destroy_returns_every_task),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* forecaster_live_test.c - what is skipped, cut off or cancelled, and how a forecaster comes back from the journal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "forecast/forecaster_fixture.h"

/* ---- live: the newest wins ---- */

static void test_live_the_newest_waits_and_the_older_is_skipped(void **state)
{
	static struct bench t;

	(void)state;
	open_bench(&t, 2, false, NO_LIMIT_MS, 0);
	cast(&t, "ae");
	atomic_store(&t.a.gate, true);
	ask(&t, 1);
	wait_for_call(&t, &t.a, 1);
	ask(&t, 2);
	assert_int_equal(t.n, 0);
	ask(&t, 3);
	assert_int_equal(t.n, 1);
	assert_int_equal(t.notes[0].type, F1P_EV_FORECAST_SKIPPED);
	assert_int_equal(t.notes[0].trigger_seq, 2);
	assert_int_equal(t.notes[0].flags, F1P_EVF_SIMULATED);
	ask(&t, 4);
	assert_int_equal(t.n, 2);
	assert_int_equal(t.notes[1].trigger_seq, 3);
	atomic_store(&t.a.gate, false);
	settle(&t);
	assert_int_equal(t.n, 6);
	assert_int_equal(t.notes[3].trigger_seq, 1);
	assert_int_equal(t.notes[3].published, 1);
	assert_int_equal(t.notes[5].trigger_seq, 4);
	assert_int_equal(t.notes[5].snapshot_seq, 4);
	assert_int_equal(t.idle, 1); /* only when nothing waits */
	close_bench(&t);
}

static void wait_until_given_up(struct bench *t)
{
	int64_t limit = vclock_mono_ns() + 30000000000LL;

	while (forecaster_busy(t->f)) {
		assert_true(vclock_mono_ns() < limit);
		forecaster_tick(t->f);
		uv_run(&t->loop, UV_RUN_NOWAIT);
		usleep(500);
	}
}

static void test_live_a_job_over_the_limit_is_skipped(void **state)
{
	static struct bench t;

	(void)state;
	open_bench(&t, 2, false, 30, 0);
	cast(&t, "abe");
	t.a.until_cancelled = true;
	int64_t begin = vclock_mono_ns();
	ask(&t, 1);
	wait_until_given_up(&t);
	assert_true(vclock_mono_ns() - begin >= 30000000);
	assert_int_equal(t.n, 1);
	assert_int_equal(t.notes[0].type, F1P_EV_FORECAST_SKIPPED);
	assert_int_equal(t.notes[0].trigger_seq, 1);
	assert_int_equal(t.failures, 0);
	t.a.until_cancelled = false;
	serve(&t, 2); /* and the next one is as good as ever */
	assert_int_equal(last_note(&t)->published, 1);
	assert_int_equal(last_note(&t)->trigger_seq, 2);
	close_bench(&t);
}

static void test_paced_a_hung_predictor_is_cut_off_and_said(void **state)
{
	static struct bench t;

	(void)state;
	open_bench(&t, 1, true, 4, 0);
	cast(&t, "ae");
	t.a.until_cancelled = true;
	int64_t begin = vclock_mono_ns();
	ask(&t, 1);
	wait_until_given_up(&t);
	assert_true(vclock_mono_ns() - begin >= 15 * 4000000LL); /* much more patient than live */
	assert_int_equal(t.n, 1);
	assert_int_equal(t.notes[0].type, F1P_EV_FORECAST_SKIPPED);
	close_bench(&t);
}

static void test_live_a_slow_job_within_the_limit_is_not_cancelled(void **state)
{
	static struct bench t;

	(void)state;
	open_bench(&t, 1, false, NO_LIMIT_MS, 0);
	cast(&t, "a");
	t.a.sleep_us = 20000;
	ask(&t, 1);
	ask(&t, 2);
	settle(&t);
	assert_int_equal(t.n, 2);
	assert_int_equal(t.notes[0].trigger_seq, 1);
	assert_int_equal(t.notes[1].trigger_seq, 2);
	close_bench(&t);
}

/* ---- the end, and coming back ---- */

static void test_cancel_while_paced_leaves_no_trace(void **state)
{
	struct bench *t = open_waiting(1);

	(void)state;
	cast(t, "abe");
	t->a.until_cancelled = true;
	ask(t, 1);
	wait_for_call(t, &t->a, 1);
	forecaster_cancel(t->f);
	settle(t);
	assert_int_equal(t->n, 0);
	assert_int_equal(t->idle, 1);
	close_bench(t);
}

static void test_cancel_while_live_says_what_was_skipped(void **state)
{
	static struct bench t;

	(void)state;
	open_bench(&t, 1, false, NO_LIMIT_MS, 0);
	cast(&t, "ae");
	t.a.until_cancelled = true;
	ask(&t, 1);
	wait_for_call(&t, &t.a, 1);
	ask(&t, 2);
	forecaster_cancel(t.f);
	settle(&t);
	assert_int_equal(t.n, 1);
	assert_int_equal(t.notes[0].type, F1P_EV_FORECAST_SKIPPED);
	assert_int_equal(t.notes[0].trigger_seq, 1);
	close_bench(&t);
}

/* One worker: the second member has not begun, the ensemble never will. */
static void test_the_pool_may_end_in_the_middle_of_a_job(void **state)
{
	struct bench *t = open_waiting(1);

	(void)state;
	cast(t, "abce");
	serve(t, 1);
	assert_int_equal(t->n, 4);
	t->a.sleep_us = 30000;
	ask(t, 2);
	wait_for_call(t, &t->a, 2);
	forecaster_cancel(t->f);
	workers_destroy(t->workers);
	t->workers = NULL;
	assert_false(forecaster_busy(t->f));
	assert_int_equal(t->n, 4); /* nothing half-made, nothing stale */
	assert_int_equal(t->failures, 0);
	close_bench(t);
}

static void *give_up_the_pool(void *arg)
{
	struct bench *t = arg;

	forecaster_cancel(t->f);
	workers_destroy(t->workers);
	t->workers = NULL;
	return NULL;
}

/* The members are done, the ensemble is queued behind nobody: the loop ends before it is taken. */
static void test_the_pool_may_end_before_the_ensemble_begins(void **state)
{
	struct bench *t = open_waiting(1);
	int n;

	(void)state;
	cast(t, "ae");
	serve(t, 1);
	n = (int)t->n;
	t->e.sleep_us = 20000;
	ask(t, 2);
	wait_for_call(t, &t->a, 2);
	while (t->n == (size_t)n) /* until the member's event is out and the ensemble submitted */
		uv_run(&t->loop, UV_RUN_NOWAIT);
	give_up_the_pool(t);
	assert_int_equal(t->failures, 0);
	for (size_t i = (size_t)n; i < t->n; i++)
		assert_int_equal(t->notes[i].missing & F1P_MISSING_FRESH, 0);
	close_bench(t);
}

static struct f1p_ev_forecast *make_event(const struct bench *t, uint32_t instance_id, bool published, uint64_t trigger_seq)
{
	struct f1p_ev_forecast *e = calloc(1, sizeof(*e));

	assert_non_null(e);
	brain_fill(&e->forecast, t->state, 0.6);
	e->forecast.snapshot_seq = trigger_seq;
	e->h.type = F1P_EV_FORECAST;
	e->forecast.size = (uint32_t)(offsetof(struct f1p_forecast, cars) + t->state->n_cars * sizeof(e->forecast.cars[0]));
	e->h.size = (uint32_t)(offsetof(struct f1p_ev_forecast, forecast) + e->forecast.size);
	e->instance_id = instance_id;
	e->published = published;
	e->trigger_seq = trigger_seq;
	return e;
}

static void restore(struct bench *t, uint32_t instance_id, bool published, uint64_t trigger_seq)
{
	struct f1p_ev_forecast *e = make_event(t, instance_id, published, trigger_seq);

	forecaster_restore(t->f, e, t->state);
	free(e);
}

static void test_restored_the_last_word_is_known(void **state)
{
	struct bench *t = open_waiting(1);

	(void)state;
	restore(t, 3, false, 50);
	restore(t, 6, true, 50);
	assert_int_equal(forecaster_count(t->f), 1);
	cast(t, "ae");
	t->a.status = F1P_EIO;
	serve(t, 51);
	assert_int_equal(t->n, 1);
	assert_true(t->notes[0].missing & F1P_MISSING_FRESH);
	assert_true(fabs(t->notes[0].confidence - 0.54) < 1e-9);
	assert_int_equal(t->notes[0].snapshot_seq, 50);
	assert_int_equal(t->notes[0].trend, F1P_TREND_FALLING); /* the trend goes on as well */
	close_bench(t);
}

static void test_restored_members_are_not_written_twice(void **state)
{
	struct bench *t = open_waiting(1);

	(void)state;
	restore(t, 6, true, 49);
	restore(t, 3, false, 50); /* the journal ended here */
	cast(t, "abe");
	serve(t, 50);
	assert_int_equal(t->n, 2);
	assert_int_equal(t->notes[0].instance_id, 4);
	assert_int_equal(t->notes[1].instance_id, 6);
	assert_int_equal(t->notes[1].published, 1);
	assert_int_equal(atomic_load(&t->a.calls), 1); /* it is made again, for the ensemble */
	serve(t, 51);
	assert_int_equal(t->n, 5);
	close_bench(t);
}

static void test_a_broken_forecast_of_the_journal_is_ignored(void **state)
{
	struct bench *t = open_waiting(1);
	struct f1p_ev_forecast *e = make_event(t, 6, true, 9);

	(void)state;
	e->forecast.n_cars = F1P_MAX_CARS + 1;
	forecaster_restore(t->f, e, t->state);
	e->forecast.n_cars = 4;
	e->h.size = 64; /* shorter than its own header */
	forecaster_restore(t->f, e, t->state);
	free(e);
	assert_int_equal(forecaster_count(t->f), 0);
	close_bench(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_live_the_newest_waits_and_the_older_is_skipped),
		cmocka_unit_test(test_live_a_job_over_the_limit_is_skipped),
		cmocka_unit_test(test_paced_a_hung_predictor_is_cut_off_and_said),
		cmocka_unit_test(test_live_a_slow_job_within_the_limit_is_not_cancelled),
		cmocka_unit_test(test_cancel_while_paced_leaves_no_trace),
		cmocka_unit_test(test_cancel_while_live_says_what_was_skipped),
		cmocka_unit_test(test_the_pool_may_end_in_the_middle_of_a_job),
		cmocka_unit_test(test_the_pool_may_end_before_the_ensemble_begins),
		cmocka_unit_test(test_restored_the_last_word_is_known),
		cmocka_unit_test(test_restored_members_are_not_written_twice),
		cmocka_unit_test(test_a_broken_forecast_of_the_journal_is_ignored),
	};
	return cmocka_run_group_tests_name("forecaster_live", tests, NULL, NULL);
}

/* forecaster_insight_test.c - insights come behind the published forecast, never instead of one, and never as nonsense. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "forecast/forecaster_fixture.h"

#include <f1pd/insight.h>

static struct {
	atomic_int calls;
	bool until_cancelled;
	double p_sc;
	uint64_t seq, before_seq, seed;
	double published_confidence;
} asked;

static f1p_status tell(struct f1p_plugin *p, const struct f1p_state *now, const struct f1p_state *before,
	const struct f1p_forecast *published, uint64_t seed, bool (*cancel)(void *), void *cancel_arg, struct f1p_insights *out)
{
	(void)p;
	asked.seq = now->seq;
	asked.before_seq = before ? before->seq : 0;
	asked.seed = seed;
	asked.published_confidence = published->confidence;
	atomic_fetch_add(&asked.calls, 1);
	while (asked.until_cancelled) {
		if (cancel(cancel_arg)) {
			return F1P_ECANCELLED;
		}
		usleep(500);
	}
	out->n_cars = now->n_cars;
	out->p_sc_5 = asked.p_sc;
	for (uint32_t i = 0; i < now->n_cars; i++) {
		out->cars[i].car = now->cars[i].number;
	}
	return F1P_OK;
}

static const struct f1p_insight_maker maker = {sizeof(maker), 0, tell};

static struct bench *open_with_insights(bool wait)
{
	static struct bench t;

	memset(&asked, 0, sizeof(asked));
	open_bench(&t, 2, wait, NO_LIMIT_MS, 77);
	t.b.inst->insights = &maker;
	cast(&t, "abe");
	return &t;
}

static void test_they_follow_the_published_forecast(void **state)
{
	struct bench *t = open_with_insights(true);

	(void)state;
	t->e.confidence = 0.75;
	serve(t, 1);
	assert_int_equal(t->n, 4);
	assert_int_equal(t->notes[2].published, 1);
	assert_int_equal(t->notes[3].type, F1P_EV_INSIGHTS);
	assert_int_equal(asked.seed, 77);
	assert_true(asked.published_confidence == 0.75);
	assert_int_equal(asked.before_seq, 0);
	serve(t, 5);
	assert_int_equal(asked.seq, 5);
	assert_int_equal(asked.before_seq, 1); /* what moved since the insights before */
	assert_int_equal(t->idle, 2);
	close_bench(t);
}

static void ask_for(struct bench *t, uint64_t seq, uint8_t trigger, int64_t later_s)
{
	t->state->seq = seq;
	t->state->t_event_ns += later_s * 1000000000;
	forecaster_request(t->f, &(struct forecast_request){.snapshot = snapshot_create(t->state), .trigger = trigger, .trigger_seq = seq});
	settle(t);
}

static void test_while_time_waits_a_stop_has_them_once_a_minute(void **state)
{
	struct bench *t = open_with_insights(true);

	(void)state;
	ask_for(t, 1, F1P_TRIGGER_PIT, 0);
	assert_int_equal(asked.seq, 1); /* there were none before */
	ask_for(t, 2, F1P_TRIGGER_PIT, 20);
	ask_for(t, 3, F1P_TRIGGER_TIMER, 20);
	assert_int_equal(atomic_load(&asked.calls), 1);
	assert_int_equal(last_note(t)->published, 1); /* the forecast was made all the same */
	ask_for(t, 4, F1P_TRIGGER_TRACK, 1);
	assert_int_equal(asked.seq, 4);
	ask_for(t, 5, F1P_TRIGGER_PIT, 61);
	assert_int_equal(asked.seq, 5);
	assert_int_equal(asked.before_seq, 4);
	close_bench(t);
}

static void test_no_forecast_no_insights(void **state)
{
	struct bench *t = open_with_insights(true);

	(void)state;
	t->a.status = t->b.status = F1P_EUNSUPPORTED;
	serve(t, 1);
	assert_int_equal(t->n, 0);
	assert_int_equal(atomic_load(&asked.calls), 0);
	close_bench(t);
}

static void test_nonsense_is_a_failure_and_is_not_told(void **state)
{
	struct bench *t = open_with_insights(true);

	(void)state;
	asked.p_sc = 1.5;
	serve(t, 1);
	assert_int_equal(t->n, 3);
	assert_int_equal(t->failures, 1);
	assert_non_null(strstr(t->reason, "make no sense"));
	close_bench(t);
}

static void test_a_newer_request_ends_them(void **state)
{
	struct bench *t = open_with_insights(false);
	int64_t limit = vclock_mono_ns() + 30000000000LL;

	(void)state;
	asked.until_cancelled = true;
	ask(t, 1);
	while (atomic_load(&asked.calls) < 1) {
		assert_true(vclock_mono_ns() < limit);
		uv_run(&t->loop, UV_RUN_NOWAIT);
	}
	assert_int_equal(t->n, 3); /* the forecast did not wait for them */
	ask(t, 2);
	while (atomic_load(&asked.calls) < 2) {
		assert_true(vclock_mono_ns() < limit);
		uv_run(&t->loop, UV_RUN_NOWAIT);
	}
	assert_int_equal(last_note(t)->published, 1);
	assert_int_equal(last_note(t)->trigger_seq, 2);
	forecaster_cancel(t->f);
	settle(t);
	assert_int_equal(t->failures, 0);
	close_bench(t);
}

static void test_of_a_recovered_forecast_only_the_insights_are_made(void **state)
{
	struct bench *t = open_with_insights(true);

	(void)state;
	t->state->seq = 9;
	forecaster_request(t->f, &(struct forecast_request){.snapshot = snapshot_create(t->state), .trigger = F1P_TRIGGER_LAP,
		.trigger_seq = 9, .published = true});
	settle(t);
	assert_int_equal(t->n, 1);
	assert_int_equal(t->notes[0].type, F1P_EV_INSIGHTS);
	close_bench(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_they_follow_the_published_forecast),
		cmocka_unit_test(test_while_time_waits_a_stop_has_them_once_a_minute),
		cmocka_unit_test(test_no_forecast_no_insights),
		cmocka_unit_test(test_nonsense_is_a_failure_and_is_not_told),
		cmocka_unit_test(test_a_newer_request_ends_them),
		cmocka_unit_test(test_of_a_recovered_forecast_only_the_insights_are_made),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* engine_test.c - the log pipeline: what is admitted, in what order, with which forecasts, and what threads may see of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/engine_fixture.h"

#include <pthread.h>

static struct rig rig;

static int set_up(void **state)
{
	rig_init(&rig);
	*state = &rig;
	return 0;
}

static int tear_down(void **state)
{
	rig_finish(*state);
	return 0;
}

/* Delivered notes but the marks of snapshots. */
static size_t journaled(const struct rig *r, const struct rig_note **out, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		if (r->notes[i].h.type != F1P_EV_STATE) {
			assert_true(n < max);
			out[n++] = &r->notes[i];
		}
	return n;
}

/* ---- what is admitted ---- */

static void test_the_host_fills_its_own_fields(void **state)
{
	struct rig *r = *state;
	struct f1p_ev_car_value e = {.h = {.size = sizeof(e), .type = F1P_EV_CAR_POSITION, .flags = ~0u, .source_id = 60, .seq = 999,
					     .source_seq = 999, .t_event_ns = T0_NS, .t_recv_ns = 5},
		.car = 44, .value = 1};

	assert_true(rig_start(r, F1P_SOURCE_PACED | F1P_SOURCE_SIMULATED));
	vclock_set(&r->clock, T0_NS + 7);
	assert_int_equal(engine_emit(r->engine, RIG_SOURCE, &e.h), F1P_OK);
	assert_int_equal(engine_emit(r->engine, RIG_SOURCE, &e.h), F1P_OK);
	engine_flush(r->engine, false);
	const struct f1p_event *h = &r->notes[1].h;
	assert_int_equal(h->seq, 2);
	assert_int_equal(h->source_seq, 2);
	assert_int_equal(h->source_id, RIG_SOURCE);
	assert_int_equal(h->flags, F1P_EVF_MORE | F1P_EVF_SNAPSHOT | F1P_EVF_CATCHUP | F1P_EVF_SIMULATED);
	assert_true(h->t_event_ns == T0_NS);
	assert_true(h->t_recv_ns == T0_NS + 7);
	struct engine_report report;
	engine_report(r->engine, &report, false);
	assert_true(report.simulated);
	assert_int_equal(report.seq, 2);
	assert_int_equal(report.events, 2);
}

static void test_only_known_sources_with_whole_events_are_heard(void **state)
{
	struct rig *r = *state;
	uint64_t block[F1P_EVENT_MAX / 8 + 2] = {0};
	struct f1p_event *e = (struct f1p_event *)block;
	static const uint32_t bad_sizes[] = {0, 40, 47, 52, F1P_EVENT_MAX + 8, UINT32_MAX};

	assert_true(rig_start(r, 0));
	*e = (struct f1p_event){.size = sizeof(*e), .type = F1P_EV_HEARTBEAT, .t_event_ns = T0_NS};
	assert_int_equal(engine_emit(r->engine, 0, e), F1P_EINVAL);
	assert_int_equal(engine_emit(r->engine, 2, e), F1P_EINVAL);
	assert_int_equal(engine_emit(r->engine, ENGINE_MAX_SOURCES, e), F1P_EINVAL);
	assert_int_equal(engine_emit(r->engine, UINT32_MAX, e), F1P_EINVAL);
	for (size_t i = 0; i < sizeof(bad_sizes) / sizeof(bad_sizes[0]); i++) {
		e->size = bad_sizes[i];
		assert_int_equal(engine_emit(r->engine, RIG_SOURCE, e), F1P_EINVAL);
	}
	e->size = sizeof(*e);
	assert_int_equal(engine_emit(r->engine, RIG_SOURCE, e), F1P_OK);
	engine_add_source(r->engine, ENGINE_MAX_SOURCES, 0); /* no such place; ignored */
	engine_add_source(r->engine, 0, 0);
	assert_int_equal(engine_emit(r->engine, 0, e), F1P_EINVAL);
}

static void test_a_source_cannot_speak_for_the_host(void **state)
{
	struct rig *r = *state;
	static const uint16_t types[] = {F1P_EV_FORECAST, F1P_EV_FORECAST_SKIPPED, F1P_EV_PLUGIN_STATUS, F1P_EV_STATE, F1P_EV_SOURCE_END,
		F1P_EV_INVALID, 63, 500};
	uint64_t block[2048] = {0};
	const size_t n = sizeof(types) / sizeof(types[0]);

	assert_true(rig_start(r, 0));
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(rig_emit(r, block, types[i], types[i] == F1P_EV_STATE ? 48 : 280, 0), F1P_EINVAL);
		assert_string_equal(r->verdict, "bad_shape");
		assert_true(r->why[0] != '\0');
	}
	assert_int_equal(r->rejected, n);
	engine_flush(r->engine, true);
	assert_int_equal(r->n, 0);
	struct engine_report report;
	engine_report(r->engine, &report, false);
	assert_int_equal(report.rejected, n);
	assert_int_equal(report.events, 0);
	assert_int_equal(report.seq, 0);
}

static void silent_for_days(struct rig *r, uint32_t source_flags, f1p_status expected)
{
	assert_true(rig_start(r, source_flags));
	assert_int_equal(rig_car(r, F1P_EV_CAR_POSITION, 1, 1, 0), F1P_OK);
	r->at_ns += 9 * 86400 * SECOND_NS;
	assert_int_equal(rig_car(r, F1P_EV_CAR_POSITION, 1, 2, 0), expected);
}

static void test_a_live_source_is_heard_again_after_days(void **state)
{
	silent_for_days(*state, 0, F1P_OK);
}

static void test_a_recording_may_not_jump_by_days(void **state)
{
	struct rig *r = *state;

	silent_for_days(r, F1P_SOURCE_PACED, F1P_EINVAL);
	assert_string_equal(r->verdict, "bad_time");
}

static void test_what_is_refused_is_counted_and_keeps_its_ordinal(void **state)
{
	struct rig *r = *state;

	assert_true(rig_start(r, 0));
	assert_int_equal(rig_car(r, F1P_EV_CAR_POSITION, 1, 1, 0), F1P_OK);
	assert_int_equal(rig_car(r, F1P_EV_CAR_POSITION, 1000, 1, 0), F1P_EINVAL);
	assert_string_equal(r->verdict, "bad_value");
	r->at_ns = -1;
	vclock_set(&r->clock, 1);
	assert_int_equal(rig_car(r, F1P_EV_CAR_POSITION, 2, 2, 0), F1P_EINVAL);
	assert_string_equal(r->verdict, "bad_time");
	r->at_ns = T0_NS + SECOND_NS;
	assert_int_equal(rig_car(r, F1P_EV_CAR_POSITION, 3, 3, 0), F1P_OK);
	engine_flush(r->engine, false);
	assert_int_equal(r->notes[1].h.seq, 2);
	assert_int_equal(r->notes[1].h.source_seq, 4);
	struct engine_report report;
	engine_report(r->engine, &report, false);
	assert_int_equal(report.rejected, 2);
	assert_int_equal(report.events, 2);
	assert_true(report.t_event_ns == T0_NS + SECOND_NS);
}

static void test_a_host_event_is_journaled_with_the_time_of_the_race(void **state)
{
	struct rig *r = *state;
	struct f1p_ev_plugin_status e = {.h = {.size = sizeof(e), .type = F1P_EV_PLUGIN_STATUS}, .condition = F1P_PLUGIN_RUNNING};

	assert_true(rig_start(r, F1P_SOURCE_SIMULATED));
	assert_int_equal(rig_car(r, F1P_EV_CAR_POSITION, 1, 1, 0), F1P_OK);
	engine_host_event(r->engine, &e.h);
	engine_flush(r->engine, false);
	assert_int_equal(r->notes[1].h.type, F1P_EV_PLUGIN_STATUS);
	assert_int_equal(r->notes[1].h.source_id, 0);
	assert_int_equal(r->notes[1].h.seq, 2);
	assert_int_equal(r->notes[1].h.flags, F1P_EVF_SIMULATED);
	assert_true(r->notes[1].h.t_event_ns == T0_NS);
}

/* ---- forecasts in the log ---- */

static void test_waiting_keeps_events_back_until_the_forecast_stands(void **state)
{
	struct rig *r = *state;
	const struct rig_note *log[64];

	r->a.sleep_us = 10000;
	assert_true(rig_start(r, 0));
	assert_false(engine_waiting(r->engine));
	rig_race(r);
	assert_true(engine_waiting(r->engine));
	rig_laps(r, 2, 3); /* eight events, two of them triggers */
	engine_flush(r->engine, false);
	assert_int_equal(journaled(r, log, 64), 7);
	assert_int_equal(r->resumed, 0);
	rig_settle(r);
	assert_int_equal(r->resumed, 1);
	size_t n = journaled(r, log, 64);
	assert_int_equal(n, 7 + 2 + 8 + 2 * 2);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(log[i]->h.seq, i + 1);
	static const size_t triggers[] = {6, 9, 15}; /* places of the lap counts */
	for (size_t i = 0; i < 3; i++) {
		const size_t at = triggers[i];
		assert_int_equal(log[at]->h.type, F1P_EV_LAP_COUNT);
		assert_int_equal(log[at + 1]->h.type, F1P_EV_FORECAST);
		assert_int_equal(log[at + 1]->published, 0);
		assert_int_equal(log[at + 1]->trigger_seq, at + 1);
		assert_int_equal(log[at + 2]->h.type, F1P_EV_FORECAST);
		assert_int_equal(log[at + 2]->published, 1);
		assert_int_equal(log[at + 2]->trigger_seq, at + 1);
		assert_true(log[at + 2]->h.t_event_ns == log[at]->h.t_event_ns);
		assert_int_equal(log[at + 2]->h.source_id, 0);
	}
	for (size_t i = 0, source_seq = 0; i < n; i++)
		if (log[i]->h.source_id)
			assert_int_equal(log[i]->h.source_seq, ++source_seq);
	struct engine_report report;
	engine_report(r->engine, &report, false);
	assert_int_equal(report.forecasts, 3);
}

static void run_story(bool wait, unsigned workers, unsigned sleep_us, struct engine_report *report)
{
	static struct rig r;

	rig_init(&r);
	r.opt.wait = wait;
	r.opt.workers = workers;
	r.a.sleep_us = sleep_us;
	assert_true(rig_start(&r, F1P_SOURCE_PACED));
	rig_race(&r);
	for (int lap = 2; lap <= 12; lap++) {
		rig_laps(&r, lap, lap);
		if (lap % 3 == 0 || !wait)
			rig_settle(&r);
	}
	rig_settle(&r);
	engine_report(r.engine, report, true);
	rig_finish(&r);
}

static void test_the_story_gives_the_same_hashes_at_any_pace(void **state)
{
	struct engine_report slow, fast, live;

	(void)state;
	run_story(true, 1, 4000, &slow);
	run_story(true, 4, 0, &fast);
	run_story(false, 2, 0, &live);
	assert_int_equal(slow.forecasts, 12);
	assert_int_equal(strlen(slow.state_sha256), 64);
	assert_int_equal(strlen(slow.forecast_sha256), 64);
	assert_string_equal(slow.state_sha256, fast.state_sha256);
	assert_string_equal(slow.forecast_sha256, fast.forecast_sha256);
	assert_int_equal(slow.seq, fast.seq);
	assert_int_equal(live.forecasts, 12);
	assert_string_not_equal(slow.forecast_sha256, live.forecast_sha256); /* there they stand where they were done */
}

static void test_live_never_holds_events_back(void **state)
{
	struct rig *r = *state;
	const struct rig_note *log[64];

	r->opt.wait = false;
	atomic_store(&r->a.gate, true);
	assert_true(rig_start(r, 0));
	rig_race(r);
	rig_laps(r, 2, 3);
	assert_false(engine_waiting(r->engine));
	engine_flush(r->engine, false);
	size_t n = journaled(r, log, 64);
	assert_int_equal(n, 7 + 8 + 1);
	assert_int_equal(log[11]->h.type, F1P_EV_LAP_COUNT); /* lap 3 waits, so lap 2 is skipped */
	assert_int_equal(log[12]->h.type, F1P_EV_FORECAST_SKIPPED);
	atomic_store(&r->a.gate, false);
	rig_settle(r);
	n = journaled(r, log, 64);
	assert_int_equal(n, 7 + 8 + 1 + 4);
	assert_int_equal(log[17]->trigger_seq, 7);
	assert_int_equal(log[19]->trigger_seq, 12);
}

static void test_without_forecasts_nothing_waits(void **state)
{
	struct rig *r = *state;

	r->opt.forecasts = false;
	assert_true(rig_start(r, 0));
	rig_race(r);
	assert_false(engine_waiting(r->engine));
	engine_flush(r->engine, false);
	assert_int_equal(atomic_load(&r->a.calls), 0);
}

static void test_the_mode_can_change_with_the_sources(void **state)
{
	struct rig *r = *state;

	assert_true(rig_start(r, 0));
	engine_set_wait(r->engine, false);
	atomic_store(&r->a.gate, true);
	rig_race(r);
	assert_false(engine_waiting(r->engine));
	atomic_store(&r->a.gate, false);
	rig_settle(r);
	engine_set_wait(r->engine, true);
	rig_laps(r, 2, 2);
	assert_true(engine_waiting(r->engine));
	rig_settle(r);
}

static void test_a_failed_predictor_is_told_with_its_reason(void **state)
{
	struct rig *r = *state;

	r->a.status = F1P_EIO;
	r->a.reason = "no model";
	assert_true(rig_start(r, 0));
	rig_race(r);
	rig_settle(r);
	assert_int_equal(r->failures, 1);
	assert_string_equal(r->reason, "no model");
}

/* ---- snapshots ---- */

static void test_a_snapshot_is_published_when_something_changed(void **state)
{
	struct rig *r = *state;

	r->opt.forecasts = false;
	assert_true(rig_start(r, F1P_SOURCE_SIMULATED));
	assert_null(engine_state_acquire(r->engine));
	rig_race(r);
	engine_flush(r->engine, false);
	assert_int_equal(r->n, 8);
	assert_int_equal(r->notes[7].h.type, F1P_EV_STATE);
	assert_int_equal(r->notes[7].h.seq, 7);
	assert_int_equal(r->notes[7].h.flags, F1P_EVF_SIMULATED);
	const struct f1p_state *s = engine_state_acquire(r->engine);
	assert_int_equal(s->seq, 7);
	assert_int_equal(s->n_cars, 4);
	engine_flush(r->engine, false);
	engine_flush(r->engine, true);
	assert_int_equal(r->n, 8);
	rig_laps(r, 2, 2);
	engine_flush(r->engine, false);
	assert_int_equal(s->lap, 1); /* what a reader holds does not change under it */
	engine_state_release(r->engine, s);
	s = engine_state_acquire(r->engine);
	assert_int_equal(s->lap, 2);
	assert_int_equal(s->seq, 11);
	engine_state_release(r->engine, s);
	engine_state_release(r->engine, NULL);
}

static void test_snapshots_keep_their_distance(void **state)
{
	struct rig *r = *state;
	int marks = 0;

	r->opt.forecasts = false;
	r->opt.publish_every_ms = 3600000;
	assert_true(rig_start(r, 0));
	rig_race(r);
	engine_flush(r->engine, true);
	for (int lap = 2; lap < 20; lap++) {
		rig_laps(r, lap, lap);
		engine_flush(r->engine, false);
	}
	for (size_t i = 0; i < r->n; i++)
		marks += r->notes[i].h.type == F1P_EV_STATE;
	assert_int_equal(marks, 1);
	assert_int_equal(r->n, 7 + 18 * 4 + 1); /* the events themselves are not held back */
	engine_flush(r->engine, true);
	assert_int_equal(r->notes[r->n - 1].h.type, F1P_EV_STATE);
}

struct reader {
	struct engine *engine;
	atomic_bool *stop;
	uint64_t reads;
	bool odd;
};

static void *read_states(void *arg)
{
	struct reader *d = arg;
	uint64_t last = 0;

	while (!atomic_load(d->stop)) {
		const struct f1p_state *s = engine_state_acquire(d->engine);
		if (!s)
			continue;
		/* lap N was made of 4 N + 3 events: a torn state would not agree with itself */
		d->odd |= s->seq < last || (s->lap > 1 && s->seq != (uint64_t)s->lap * 4 + 3) || s->n_cars != 4;
		last = s->seq;
		d->reads++;
		engine_state_release(d->engine, s);
	}
	return NULL;
}

static void test_threads_read_whole_states_while_new_ones_come(void **state)
{
	struct rig *r = *state;
	struct reader readers[3];
	pthread_t threads[3];
	atomic_bool stop = false;

	r->opt.forecasts = false;
	r->opt.deliver = NULL;
	assert_true(rig_start(r, 0));
	for (int i = 0; i < 3; i++) {
		readers[i] = (struct reader){r->engine, &stop, 0, false};
		assert_int_equal(pthread_create(&threads[i], NULL, read_states, &readers[i]), 0);
	}
	rig_race(r);
	for (int lap = 2; lap < 400; lap++) {
		rig_laps(r, lap, lap);
		engine_flush(r->engine, true);
		usleep(100);
	}
	atomic_store(&stop, true);
	for (int i = 0; i < 3; i++) {
		pthread_join(threads[i], NULL);
		assert_true(readers[i].reads > 0);
		assert_false(readers[i].odd);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_the_host_fills_its_own_fields),
		TEST(test_only_known_sources_with_whole_events_are_heard),
		TEST(test_a_source_cannot_speak_for_the_host),
		TEST(test_a_live_source_is_heard_again_after_days),
		TEST(test_a_recording_may_not_jump_by_days),
		TEST(test_what_is_refused_is_counted_and_keeps_its_ordinal),
		TEST(test_a_host_event_is_journaled_with_the_time_of_the_race),
		TEST(test_waiting_keeps_events_back_until_the_forecast_stands),
		cmocka_unit_test(test_the_story_gives_the_same_hashes_at_any_pace),
		TEST(test_live_never_holds_events_back),
		TEST(test_without_forecasts_nothing_waits),
		TEST(test_the_mode_can_change_with_the_sources),
		TEST(test_a_failed_predictor_is_told_with_its_reason),
		TEST(test_a_snapshot_is_published_when_something_changed),
		TEST(test_snapshots_keep_their_distance),
		TEST(test_threads_read_whole_states_while_new_ones_come),
	};
	return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}

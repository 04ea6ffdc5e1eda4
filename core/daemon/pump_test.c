/* pump_test.c - who is polled when: order of paced sources, the virtual clock, back-off, failures, pauses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/engine_fixture.h"
#include "daemon/pump.h"

#include <time.h>

#define MS INT64_C(1000000)
#define MAX_POLLS 4096
#define N_SOURCES 3

struct poll {
	int who;
	int64_t now_ns, mono_ns;
	uint64_t emitted; /* until then, by all */
};

struct stage;

struct script { /* a source that emits a heartbeat at each of its times */
	struct f1p_plugin plugin;
	struct f1p_source api;
	struct instance *inst;
	struct stage *stage;
	int who;
	const int64_t *times; /* ascending */
	int64_t few[4];
	size_t n, at;
	int again;         /* polls that answer F1P_AGAIN first */
	f1p_status broken; /* instead of the event at fails_at */
	size_t fails_at;
	bool lap_counts; /* emits laps of a race, not heartbeats */
	bool never;      /* after the last event: no more, but no end either */
	bool backlog;    /* claims that there is always more at once */
	bool broken_at_once;
	unsigned slow_us;
	int polls;
};

struct stage {
	struct rig rig;
	struct pump *pump;
	struct script s[N_SOURCES];
	struct poll polls[MAX_POLLS];
	int n_polls;
	uint64_t emitted;
	int64_t emit_times[MAX_POLLS];
	int emit_who[MAX_POLLS];
	bool held;
	bool all_ended[8]; /* what pump_all_ended said at each end */
	int ended[8], n_ended, failed, failed_who;
	f1p_status failed_status;
};

static f1p_status play(struct script *s, int64_t now_ns, uint32_t max)
{
	struct stage *t = s->stage;

	for (uint32_t i = 0; i < max && s->at < s->n && s->times[s->at] <= now_ns; i++, s->at++) {
		if (s->broken && s->at == s->fails_at)
			return s->broken;
		struct f1p_event beat = {.size = sizeof(beat), .type = F1P_EV_HEARTBEAT, .t_event_ns = s->times[s->at]};
		struct f1p_ev_lap_count lap = {.h = {.size = sizeof(lap), .type = F1P_EV_LAP_COUNT, .t_event_ns = s->times[s->at]},
			.mask = F1P_LAPS_CURRENT, .current = (int32_t)s->at + 2};
		assert_int_equal(engine_emit(t->rig.engine, s->inst->id, s->lap_counts ? &lap.h : &beat), F1P_OK);
		if (t->emitted < MAX_POLLS) {
			t->emit_times[t->emitted] = s->times[s->at];
			t->emit_who[t->emitted] = s->who;
		}
		t->emitted++;
	}
	return F1P_OK;
}

static f1p_status on_poll(struct f1p_plugin *p, int64_t now_ns, uint32_t max, int64_t *next_due_ns)
{
	struct script *s = p->impl;
	struct stage *t = s->stage;

	s->polls++;
	if (s->slow_us)
		usleep(s->slow_us);
	if (t->n_polls < MAX_POLLS)
		t->polls[t->n_polls++] = (struct poll){s->who, now_ns, vclock_mono_ns(), t->emitted};
	if (s->again > 0) {
		s->again--;
		return F1P_AGAIN;
	}
	if (s->broken_at_once)
		return F1P_ECONFIG;
	if (now_ns != F1P_UNKNOWN_NS) {
		f1p_status rc = play(s, now_ns, max);
		if (rc != F1P_OK)
			return rc;
	}
	if (s->at < s->n) {
		*next_due_ns = s->backlog ? 0 : s->times[s->at];
		return F1P_OK;
	}
	*next_due_ns = F1P_NEVER_NS;
	return s->never ? F1P_OK : F1P_END;
}

static bool on_held(void *arg)
{
	return ((struct stage *)arg)->held;
}

static int who_is(const struct stage *t, const struct instance *inst)
{
	for (int i = 0; i < N_SOURCES; i++)
		if (t->s[i].inst == inst)
			return i;
	return -1;
}

static void on_ended(void *arg, struct instance *inst)
{
	struct stage *t = arg;

	t->all_ended[t->n_ended] = pump_all_ended(t->pump);
	t->ended[t->n_ended++] = who_is(t, inst);
}

static void on_failed(void *arg, struct instance *inst, f1p_status status)
{
	struct stage *t = arg;

	t->failed++;
	t->failed_who = who_is(t, inst);
	t->failed_status = status;
	pump_remove(t->pump, inst);
}

static void on_resume(void *arg)
{
	struct stage *t = (struct stage *)(void *)((char *)arg - offsetof(struct stage, rig));

	t->rig.resumed++;
	pump_kick(t->pump);
}

static int set_up(void **state)
{
	struct stage *t = calloc(1, sizeof(*t));
	struct pump_ops ops = {t, on_held, on_ended, on_failed};
	static const char *const names[] = {"source-a", "source-b", "source-c"};

	assert_non_null(t);
	rig_init(&t->rig);
	t->rig.opt.resume = on_resume;
	t->rig.opt.deliver = NULL;
	assert_true(rig_start(&t->rig, 0));
	t->pump = pump_create(&t->rig.loop, t->rig.engine, &t->rig.clock, &ops);
	assert_non_null(t->pump);
	for (int i = 0; i < N_SOURCES; i++) {
		struct script *s = &t->s[i];
		s->stage = t;
		s->who = i;
		s->plugin.impl = s;
		s->api = (struct f1p_source){sizeof(s->api), F1P_SOURCE_PACED, on_poll};
		s->inst = fixture_instance(t->rig.services, 10 + (uint32_t)i, F1P_KIND_SOURCE, names[i], &s->plugin);
		s->inst->source = &s->api;
	}
	*state = t;
	return 0;
}

static int tear_down(void **state)
{
	struct stage *t = *state;

	pump_destroy(t->pump);
	uv_run(&t->rig.loop, UV_RUN_NOWAIT);
	for (int i = 0; i < N_SOURCES; i++)
		fixture_instance_free(t->s[i].inst);
	rig_finish(&t->rig);
	free(t);
	return 0;
}

static void add(struct stage *t, int who, const int64_t *times, size_t n)
{
	struct script *s = &t->s[who];

	s->times = times;
	if (n <= 4) { /* given in passing */
		memcpy(s->few, times, n * sizeof(*times));
		s->times = s->few;
	}
	s->n = n;
	engine_add_source(t->rig.engine, t->s[who].inst->id, t->s[who].api.flags);
	assert_true(pump_add(t->pump, t->s[who].inst));
}

#define ADD(t, who, ...) add(t, who, (const int64_t[]){__VA_ARGS__}, sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t))

static void turn_loop(struct stage *t)
{
	uv_run(&t->rig.loop, UV_RUN_NOWAIT);
	usleep(200);
}

#define RUN_UNTIL(t, condition)                                            \
	do {                                                               \
		int64_t limit_ns_ = vclock_mono_ns() + 20 * SECOND_NS;     \
		while (!(condition)) {                                     \
			assert_true(vclock_mono_ns() < limit_ns_);         \
			turn_loop(t);                                      \
		}                                                          \
	} while (0)

static void run_for(struct stage *t, int64_t ns)
{
	int64_t until = vclock_mono_ns() + ns;

	while (vclock_mono_ns() < until)
		turn_loop(t);
}

/* ---- paced sources ---- */

static void test_the_first_poll_of_a_paced_source_has_no_time(void **state)
{
	struct stage *t = *state;

	ADD(t, 0, T0_NS);
	ADD(t, 1, T0_NS - SECOND_NS);
	RUN_UNTIL(t, t->n_ended == 2);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(t->polls[i].who, i);
		assert_true(t->polls[i].now_ns == F1P_UNKNOWN_NS);
		assert_int_equal(t->polls[i].emitted, 0); /* the clock waits for all of them */
	}
	for (int i = 2; i < t->n_polls; i++)
		assert_true(t->polls[i].now_ns != F1P_UNKNOWN_NS);
	assert_int_equal(t->emit_who[0], 1); /* and starts with the earliest */
}

static void test_at_speed_zero_the_clock_jumps_from_event_to_event(void **state)
{
	struct stage *t = *state;
	const int64_t a[] = {T0_NS, T0_NS + 3600 * SECOND_NS, T0_NS + 7200 * SECOND_NS};
	const int64_t b[] = {T0_NS + 5 * SECOND_NS, T0_NS + 3599 * SECOND_NS, T0_NS + 7201 * SECOND_NS};
	static const int order[] = {0, 1, 1, 0, 0, 1};

	add(t, 0, a, 3);
	add(t, 1, b, 3);
	int64_t begin = vclock_mono_ns();
	RUN_UNTIL(t, t->n_ended == 2);
	assert_true(vclock_mono_ns() - begin < 5 * SECOND_NS);
	assert_int_equal(t->emitted, 6);
	for (int i = 0; i < 6; i++)
		assert_int_equal(t->emit_who[i], order[i]);
	for (int i = 1; i < 6; i++)
		assert_true(t->emit_times[i] >= t->emit_times[i - 1]);
	assert_true(vclock_now_ns(&t->rig.clock) == T0_NS + 7201 * SECOND_NS);
	assert_true(pump_all_ended(t->pump));
}

static void test_at_a_speed_events_come_when_they_are_due(void **state)
{
	struct stage *t = *state;
	const int64_t times[] = {T0_NS, T0_NS + 10 * SECOND_NS, T0_NS + 20 * SECOND_NS};

	vclock_set_speed(&t->rig.clock, 100); /* a tenth of a second apart */
	add(t, 0, times, 3);
	int64_t begin = vclock_mono_ns();
	RUN_UNTIL(t, t->emitted == 1);
	RUN_UNTIL(t, t->n_ended == 1);
	int64_t took = vclock_mono_ns() - begin;
	assert_true(took >= 195 * MS && took < 2 * SECOND_NS);
	for (int i = 1; i < t->n_polls; i++)
		assert_true(t->polls[i].now_ns >= times[t->polls[i].emitted]); /* never polled before it is due */
	assert_true(t->s[0].polls <= 5);                                      /* and not again and again */
}

static void test_many_events_at_once_do_not_hold_the_loop(void **state)
{
	struct stage *t = *state;
	static int64_t times[5000];

	for (size_t i = 0; i < 5000; i++)
		times[i] = T0_NS;
	t->s[0].slow_us = 1500; /* one poll is more than the millisecond that a turn may take */
	add(t, 0, times, 5000);
	while (t->n_ended == 0) {
		int before = t->n_polls;
		uv_run(&t->rig.loop, UV_RUN_NOWAIT);
		assert_true(t->n_polls - before <= 1);
	}
	assert_int_equal(t->emitted, 5000);
	assert_true(t->s[0].polls >= 5000 / 128);
}

static void test_end_is_told_once_and_the_source_rests(void **state)
{
	struct stage *t = *state;

	assert_false(pump_all_ended(t->pump)); /* nobody is there yet */
	ADD(t, 0, T0_NS);
	ADD(t, 1, T0_NS, T0_NS + SECOND_NS);
	RUN_UNTIL(t, t->n_ended == 2);
	assert_int_equal(t->ended[0], 0);
	assert_false(t->all_ended[0]);
	assert_int_equal(t->ended[1], 1);
	assert_true(t->all_ended[1]);
	int polls = t->n_polls;
	pump_kick(t->pump);
	run_for(t, 30 * MS);
	assert_int_equal(t->n_polls, polls);
	assert_int_equal(t->n_ended, 2);
}

static void test_a_source_without_an_end_rests_too(void **state)
{
	struct stage *t = *state;

	t->s[0].never = true;
	ADD(t, 0, T0_NS);
	ADD(t, 1, T0_NS + SECOND_NS, T0_NS + 2 * SECOND_NS);
	RUN_UNTIL(t, t->n_ended == 1);
	run_for(t, 30 * MS);
	assert_int_equal(t->emitted, 3);
	assert_true(t->s[0].polls <= 3);
	assert_true(vclock_now_ns(&t->rig.clock) == T0_NS + 2 * SECOND_NS); /* not the end of time */
}

static void test_after_a_seek_it_is_asked_anew(void **state)
{
	struct stage *t = *state;

	ADD(t, 0, T0_NS, T0_NS + SECOND_NS);
	RUN_UNTIL(t, t->n_ended == 1);
	int polls = t->n_polls;
	t->s[0].at = 1;
	vclock_set(&t->rig.clock, F1P_UNKNOWN_NS);
	pump_rewind(t->pump, t->s[0].inst);
	RUN_UNTIL(t, t->n_ended == 2);
	assert_true(t->polls[polls].now_ns == F1P_UNKNOWN_NS);
	assert_int_equal(t->emitted, 3);
}

/* ---- not now, broken ---- */

static void test_again_is_asked_later_and_later(void **state)
{
	struct stage *t = *state;

	t->s[0].again = 3;
	ADD(t, 0, T0_NS);
	ADD(t, 1, T0_NS);
	RUN_UNTIL(t, t->n_ended == 2);
	assert_int_equal(t->failed, 0);
	assert_int_equal(t->ended[0], 1); /* the other one did not wait for it */
	int64_t last = 0;
	int seen = 0;
	for (int i = 0; i < t->n_polls; i++) {
		if (t->polls[i].who != 0)
			continue;
		if (seen >= 1 && seen <= 3)
			assert_true(t->polls[i].mono_ns - last >= (100LL << (seen - 1)) * MS);
		last = t->polls[i].mono_ns;
		seen++;
	}
	assert_true(seen >= 4);
}

static void test_a_broken_source_is_told_and_removed(void **state)
{
	struct stage *t = *state;

	t->s[0].broken = F1P_EIO;
	t->s[0].fails_at = 1;
	ADD(t, 0, T0_NS, T0_NS + SECOND_NS, T0_NS + 2 * SECOND_NS);
	ADD(t, 1, T0_NS, T0_NS + 3 * SECOND_NS);
	ADD(t, 2, T0_NS, T0_NS + 4 * SECOND_NS);
	RUN_UNTIL(t, t->n_ended == 2);
	assert_int_equal(t->failed, 1);
	assert_int_equal(t->failed_who, 0);
	assert_int_equal(t->failed_status, F1P_EIO);
	assert_int_equal(t->emitted, 5);
	assert_true(pump_all_ended(t->pump)); /* it counts no more */
	t->s[0].broken = F1P_OK;
	t->s[0].at = 1;
	assert_true(pump_add(t->pump, t->s[0].inst)); /* restarted */
	RUN_UNTIL(t, t->n_ended == 3);
	assert_int_equal(t->emitted, 7);
}

static void test_a_source_may_end_or_break_at_its_first_poll(void **state)
{
	struct stage *t = *state;

	t->s[0].at = 1; /* an empty recording */
	t->s[1].broken_at_once = true;
	ADD(t, 0, T0_NS);
	ADD(t, 1, T0_NS);
	ADD(t, 2, T0_NS);
	RUN_UNTIL(t, t->n_ended == 2);
	assert_int_equal(t->ended[0], 0);
	assert_int_equal(t->failed, 1);
	assert_int_equal(t->failed_who, 1);
	assert_int_equal(t->emitted, 1);
}

/* ---- who must wait ---- */

static void test_held_sinks_pause_the_sources(void **state)
{
	struct stage *t = *state;

	t->held = true;
	ADD(t, 0, T0_NS, T0_NS + SECOND_NS);
	run_for(t, 30 * MS);
	assert_int_equal(t->n_polls, 0);
	t->held = false; /* nobody kicks: it looks by itself */
	RUN_UNTIL(t, t->n_ended == 1);
}

static void test_a_waiting_engine_pauses_the_sources(void **state)
{
	struct stage *t = *state;
	const int64_t times[] = {T0_NS + 100 * SECOND_NS, T0_NS + 200 * SECOND_NS, T0_NS + 300 * SECOND_NS};

	rig_race(&t->rig);
	rig_settle(&t->rig);
	atomic_store(&t->rig.a.gate, true);
	t->s[0].lap_counts = true;
	add(t, 0, times, 3);
	RUN_UNTIL(t, t->emitted == 1);
	assert_true(engine_waiting(t->rig.engine));
	int polls = t->n_polls;
	run_for(t, 30 * MS);
	assert_int_equal(t->n_polls, polls);
	assert_int_equal(t->emitted, 1);
	atomic_store(&t->rig.a.gate, false);
	RUN_UNTIL(t, t->n_ended == 1 && !engine_waiting(t->rig.engine));
	struct engine_report report;
	engine_report(t->rig.engine, &report, false);
	assert_int_equal(report.forecasts, 4);
	assert_true(t->rig.resumed >= 3);
}

static void test_a_paused_clock_stops_paced_sources(void **state)
{
	struct stage *t = *state;

	vclock_set_speed(&t->rig.clock, 1000);
	ADD(t, 0, T0_NS, T0_NS + 20 * SECOND_NS);
	RUN_UNTIL(t, t->emitted == 1);
	vclock_set_paused(&t->rig.clock, true);
	pump_kick(t->pump);
	run_for(t, 80 * MS);
	assert_int_equal(t->emitted, 1);
	vclock_set_paused(&t->rig.clock, false);
	pump_kick(t->pump);
	RUN_UNTIL(t, t->n_ended == 1);
}

/* ---- live sources ---- */

static void test_a_live_source_rules_by_real_time(void **state)
{
	struct stage *t = *state;
	struct timespec real;

	t->s[0].api.flags = 0;
	assert_false(pump_is_live(t->pump));
	int64_t begin = vclock_mono_ns(); /* before `now`: a busy machine may pause in between */
	clock_gettime(CLOCK_REALTIME, &real);
	const int64_t now = real.tv_sec * SECOND_NS + real.tv_nsec;
	add(t, 0, (const int64_t[]){now, now + 60 * MS}, 2);
	assert_true(pump_is_live(t->pump));
	assert_false(vclock_is_driven(&t->rig.clock));
	RUN_UNTIL(t, t->n_ended == 1);
	assert_true(vclock_mono_ns() - begin >= 55 * MS);
	for (int i = 0; i < t->n_polls; i++)
		assert_true(t->polls[i].now_ns >= now); /* it is never asked without a time */
}

static void test_a_backlog_does_not_starve_the_other_live_source(void **state)
{
	struct stage *t = *state;
	static int64_t many[50000];
	int64_t now;

	vclock_set_driven(&t->rig.clock, false);
	now = vclock_now_ns(&t->rig.clock);
	for (size_t i = 0; i < 50000; i++)
		many[i] = now - SECOND_NS;
	t->s[0].api.flags = t->s[1].api.flags = 0;
	t->s[0].backlog = true;
	add(t, 0, many, 50000);
	add(t, 1, many, 2000);
	RUN_UNTIL(t, t->n_ended == 2);
	assert_int_equal(t->ended[0], 1); /* the short one is not behind the long one */
}

static void test_no_more_than_its_places(void **state)
{
	struct stage *t = *state;
	struct instance more[33];

	for (int i = 0; i < 33; i++) {
		more[i] = *t->s[0].inst;
		assert_int_equal(pump_add(t->pump, &more[i]), i < 32);
	}
	assert_true(pump_add(t->pump, &more[3])); /* again: the same place */
	for (int i = 0; i < 33; i++)
		pump_remove(t->pump, &more[i]);
	assert_false(pump_all_ended(t->pump));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_the_first_poll_of_a_paced_source_has_no_time),
		TEST(test_at_speed_zero_the_clock_jumps_from_event_to_event),
		TEST(test_at_a_speed_events_come_when_they_are_due),
		TEST(test_many_events_at_once_do_not_hold_the_loop),
		TEST(test_end_is_told_once_and_the_source_rests),
		TEST(test_a_source_without_an_end_rests_too),
		TEST(test_after_a_seek_it_is_asked_anew),
		TEST(test_again_is_asked_later_and_later),
		TEST(test_a_broken_source_is_told_and_removed),
		TEST(test_a_source_may_end_or_break_at_its_first_poll),
		TEST(test_held_sinks_pause_the_sources),
		TEST(test_a_waiting_engine_pauses_the_sources),
		TEST(test_a_paused_clock_stops_paced_sources),
		TEST(test_a_live_source_rules_by_real_time),
		TEST(test_a_backlog_does_not_starve_the_other_live_source),
		TEST(test_no_more_than_its_places),
	};
	return cmocka_run_group_tests_name("pump", tests, NULL, NULL);
}

/*
 * engine_recovery_test.c - a journal that ends anywhere is taken up as if nothing had happened: the same bytes in the end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/temp_folder_fixture.h"
#include "daemon/engine_fixture.h"

#define LAPS 6
#define STORY (F1P_SOURCE_PACED | F1P_SOURCE_DETERMINISTIC)

static struct rig rig;
static char path[256];

static int make_folder(void **state)
{
	if (temp_folder_make(state) != 0)
		return -1;
	snprintf(path, sizeof(path), "%s/race.f1j", temp_folder);
	return 0;
}

static struct rig *open_rig(void)
{
	rig_init(&rig);
	rig.opt.journal_path = path;
	return &rig;
}

static uint8_t *read_journal(size_t *n)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = malloc(1 << 20);

	assert_true(f && data);
	*n = fread(data, 1, 1 << 20, f);
	fclose(f);
	return data;
}

static void tell(struct rig *r, int laps)
{
	r->at_ns = T0_NS;
	rig_race(r);
	rig_settle(r);
	for (int lap = 2; lap <= laps; lap++) {
		rig_laps(r, lap, lap);
		rig_settle(r);
	}
}

/* The whole story without a break: its bytes and hashes. */
static uint8_t *tell_all(size_t *n, struct engine_report *report)
{
	struct rig *r = open_rig();

	unlink(path);
	assert_true(rig_start(r, STORY));
	tell(r, LAPS);
	engine_report(r->engine, report, true);
	rig_finish(r);
	return read_journal(n);
}

static void assert_same_journal(const uint8_t *whole, size_t n)
{
	size_t m;
	uint8_t *now = read_journal(&m);

	assert_int_equal(m, n);
	assert_memory_equal(now, whole, n);
	free(now);
}

static void test_a_whole_journal_gives_state_and_forecasts_back(void **state)
{
	struct engine_report before, after;
	size_t n;
	uint8_t *whole = tell_all(&n, &before);

	(void)state;
	assert_int_equal(before.forecasts, LAPS);
	struct rig *r = open_rig();
	assert_true(rig_start(r, STORY));
	engine_report(r->engine, &after, true);
	assert_int_equal(after.seq, before.seq);
	assert_int_equal(after.events, before.events);
	assert_int_equal(after.forecasts, before.forecasts);
	assert_int_equal(after.journal_bytes, n);
	assert_int_equal(after.journal_cut_bytes, 0);
	assert_string_equal(after.state_sha256, before.state_sha256);
	assert_string_equal(after.forecast_sha256, before.forecast_sha256);
	assert_false(engine_waiting(r->engine));
	/* Who connects first sees the last word of each lap, as nothing that happens now, and the state. */
	engine_flush(r->engine, true);
	assert_true(r->n >= LAPS + 1);
	for (size_t i = 0; i < LAPS; i++) {
		assert_int_equal(r->notes[i].h.type, F1P_EV_FORECAST);
		assert_int_equal(r->notes[i].published, 1);
		assert_true(r->notes[i].h.flags & F1P_EVF_SNAPSHOT);
	}
	assert_int_equal(r->notes[LAPS - 1].trigger_seq, before.seq - 5);
	assert_int_equal(r->notes[r->n - 1].h.type, F1P_EV_STATE);
	const struct f1p_state *s = engine_state_acquire(r->engine);
	assert_int_equal(s->lap, LAPS);
	engine_state_release(r->engine, s);
	assert_true(vclock_now_ns(&r->clock) == s->t_event_ns);
	rig_finish(r);
	assert_same_journal(whole, n);
	free(whole);
}

static void test_what_a_deterministic_source_repeats_is_dropped(void **state)
{
	struct engine_report before, after;
	size_t n;
	uint8_t *whole = tell_all(&n, &before);

	(void)state;
	struct rig *r = open_rig();
	assert_true(rig_start(r, STORY));
	tell(r, LAPS);
	engine_report(r->engine, &after, true);
	assert_int_equal(after.seq, before.seq);
	assert_int_equal(after.rejected, 0);
	assert_int_equal(atomic_load(&r->a.calls), 0);
	assert_string_equal(after.forecast_sha256, before.forecast_sha256);
	rig_laps(r, LAPS + 1, LAPS + 1); /* the story goes on */
	rig_settle(r);
	engine_report(r->engine, &after, true);
	assert_int_equal(after.seq, before.seq + 4 + 2);
	assert_int_equal(r->notes[r->n - 2].h.source_seq, 7 + LAPS * 4);
	rig_finish(r);
	free(whole);
}

static void test_another_source_goes_on_counting(void **state)
{
	struct engine_report before, after;
	size_t n;
	uint8_t *whole = tell_all(&n, &before);

	(void)state;
	struct rig *r = open_rig();
	assert_true(rig_start(r, 0));
	r->at_ns = T0_NS + LAPS * 90 * SECOND_NS;
	assert_int_equal(rig_gap(r, 2, 1234), F1P_OK);
	rig_settle(r);
	engine_report(r->engine, &after, false);
	assert_int_equal(after.seq, before.seq + 1);
	assert_int_equal(r->notes[r->n - 2].h.source_seq, 7 + (LAPS - 1) * 4 + 1);
	rig_finish(r);
	free(whole);
}

/* kill -9 after each record, and in the middle of each: the end is the same, byte for byte. */
static void test_cut_anywhere_the_same_bytes_come_in_the_end(void **state)
{
	struct engine_report before, after;
	size_t n;
	uint8_t *whole = tell_all(&n, &before);
	int cuts = 0;

	(void)state;
	for (size_t at = 64; at < n;) {
		uint32_t length;
		memcpy(&length, whole + at, sizeof(length));
		for (int half = 0; half < 2; half++, cuts++) {
			FILE *f = fopen(path, "wb");
			assert_non_null(f);
			size_t keep = at + (half ? 8 + length / 2 : 0);
			assert_int_equal(fwrite(whole, 1, keep, f), keep);
			fclose(f);
			struct rig *r = open_rig();
			assert_true(rig_start(r, STORY));
			rig_settle(r);
			tell(r, LAPS);
			engine_report(r->engine, &after, true);
			assert_int_equal(after.journal_cut_bytes, half ? 8 + length / 2 : 0);
			rig_finish(r);
			assert_string_equal(after.state_sha256, before.state_sha256);
			assert_string_equal(after.forecast_sha256, before.forecast_sha256);
			assert_int_equal(after.forecasts, LAPS);
			assert_same_journal(whole, n);
		}
		at += 8 + length;
	}
	assert_int_equal(cuts, 2 * (int)before.seq);
	free(whole);
}

/* Stopped while a forecast is being made and more has been read: what is not in the journal comes again. */
static void test_stopped_during_a_forecast_nothing_false_is_written(void **state)
{
	struct engine_report before, after;
	size_t n;
	uint8_t *whole = tell_all(&n, &before);

	(void)state;
	for (int variant = 0; variant < 3; variant++) {
		unlink(path);
		struct rig *r = open_rig();
		r->opt.workers = 1;
		assert_true(rig_start(r, STORY));
		tell(r, 2);
		r->a.until_cancelled = variant == 0; /* heeds cancel */
		r->a.sleep_us = variant == 1 ? 20000 : 0; /* done all the same */
		r->e.sleep_us = variant == 2 ? 20000 : 0;
		rig_laps(r, 3, 5); /* lap 3 is being forecast, 4 and 5 wait with their triggers */
		if (variant == 2) /* the ensemble is at work */
			while (atomic_load(&r->e.calls) < 3)
				uv_run(&r->loop, UV_RUN_NOWAIT);
		else
			while (atomic_load(&r->a.calls) < 3)
				usleep(200);
		rig_finish(r);
		assert_int_equal(r->failures, 0);
		size_t m;
		uint8_t *part = read_journal(&m);
		assert_true(m < n);
		assert_memory_equal(part, whole, m);
		free(part);
		r = open_rig();
		assert_true(rig_start(r, STORY));
		rig_settle(r);
		tell(r, LAPS);
		engine_report(r->engine, &after, true);
		rig_finish(r);
		assert_string_equal(after.forecast_sha256, before.forecast_sha256);
		assert_same_journal(whole, n);
	}
	free(whole);
}

static void test_the_recovered_trigger_is_not_served_without_forecasts(void **state)
{
	struct engine_report report;
	size_t n;
	uint8_t *whole = tell_all(&n, &report);

	(void)state;
	uint64_t before = report.seq;
	assert_int_equal(truncate(path, (off_t)(n - 8)), 0);
	struct rig *r = open_rig();
	r->opt.forecasts = false;
	assert_true(rig_start(r, STORY));
	assert_false(forecaster_busy(engine_forecaster(r->engine)));
	engine_report(r->engine, &report, false);
	assert_int_equal(report.seq, before - 1);
	rig_finish(r);
	free(whole);
}

static void test_a_journal_of_another_run_is_refused(void **state)
{
	struct engine_report report;
	size_t n;
	uint8_t *whole = tell_all(&n, &report);

	(void)state;
	struct rig *r = open_rig();
	r->opt.identity++;
	assert_false(rig_start(r, STORY));
	assert_non_null(strstr(r->err, path));
	rig_finish(r);
	assert_same_journal(whole, n);
	free(whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_whole_journal_gives_state_and_forecasts_back),
		cmocka_unit_test(test_what_a_deterministic_source_repeats_is_dropped),
		cmocka_unit_test(test_another_source_goes_on_counting),
		cmocka_unit_test(test_cut_anywhere_the_same_bytes_come_in_the_end),
		cmocka_unit_test(test_stopped_during_a_forecast_nothing_false_is_written),
		cmocka_unit_test(test_the_recovered_trigger_is_not_served_without_forecasts),
		cmocka_unit_test(test_a_journal_of_another_run_is_refused),
	};
	return cmocka_run_group_tests_name("engine_recovery", tests, make_folder, temp_folder_remove);
}

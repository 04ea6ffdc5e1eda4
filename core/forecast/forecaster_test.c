/* forecaster_test.c - members and ensemble on worker threads: order, ages, staleness, refusals, sessions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "forecast/forecaster_fixture.h"

/* ---- the ordinary way ---- */

static void test_members_run_on_workers_and_the_ensemble_is_published(void **state)
{
	struct bench *t = open_waiting(2);

	(void)state;
	cast(t, "abe");
	serve(t, 41);
	assert_true(t->a.on_worker && t->b.on_worker && t->e.on_worker);
	assert_int_equal(t->n, 3);
	assert_int_equal(t->notes[0].published, 0);
	assert_int_equal(t->notes[1].published, 0);
	assert_int_equal(t->notes[2].published, 1);
	assert_int_equal(t->notes[2].instance_id, 6);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(t->notes[i].type, F1P_EV_FORECAST);
		assert_int_equal(t->notes[i].trigger_seq, 41);
		assert_int_equal(t->notes[i].snapshot_seq, 41);
		assert_int_equal(t->notes[i].trigger, F1P_TRIGGER_LAP);
		assert_int_equal(t->notes[i].lap, 7);
		assert_int_equal(t->notes[i].flags, F1P_EVF_SIMULATED);
	}
	assert_int_equal(t->idle, 1);
	assert_int_equal(t->failures, 0);
	assert_int_equal(forecaster_count(t->f), 1);
	close_bench(t);
}

static void test_events_stand_in_instance_order_whoever_finishes_first(void **state)
{
	struct bench *t = open_waiting(4);

	(void)state;
	t->a.sleep_us = 40000;
	t->b.sleep_us = 15000;
	cast(t, "abce");
	serve(t, 1);
	assert_int_equal(t->n, 4);
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(t->notes[i].instance_id, 3 + i);
	close_bench(t);
}

static uint64_t stream_digest(unsigned workers, unsigned long *events)
{
	struct bench *t = open_waiting(workers);

	cast(t, "abce");
	for (uint64_t seq = 1; seq <= 25; seq++) {
		t->a.sleep_us = (unsigned)(seq * 7919 % 5) * 700;
		t->b.sleep_us = (unsigned)(seq * 104729 % 7) * 500;
		t->c.status = seq % 6 == 0 ? F1P_EIO : F1P_OK;
		t->a.confidence = t->e.confidence = 0.3 + 0.02 * (double)seq;
		serve(t, seq);
	}
	uint64_t digest = t->digest;
	*events = t->n;
	close_bench(t);
	return digest;
}

static void test_same_bytes_with_one_and_with_four_workers(void **state)
{
	unsigned long n1, n4, again;
	uint64_t one = stream_digest(1, &n1);

	(void)state;
	assert_int_equal(n1, 25 * 4 - 4); /* c failed four times */
	assert_true(one == stream_digest(4, &n4));
	assert_int_equal(n1, n4);
	assert_true(one == stream_digest(4, &again));
}

static void test_the_ensemble_gets_the_members_in_order_and_not_itself(void **state)
{
	struct bench *t = open_waiting(2);

	(void)state;
	t->b.confidence = 0.25;
	cast(t, "aeb"); /* wherever it stands in the list */
	serve(t, 1);
	assert_int_equal(t->e.n_members, 2);
	assert_string_equal(t->e.members[0], "predictor-a");
	assert_string_equal(t->e.members[1], "predictor-b");
	assert_int_equal(t->e.ages[0], 0);
	assert_int_equal(t->e.ages[1], 0);
	assert_true(t->e.member_confidence[1] == 0.25);
	close_bench(t);
}

static void test_without_an_ensemble_the_first_member_speaks(void **state)
{
	struct bench *t = open_waiting(2);

	(void)state;
	cast(t, "ab");
	serve(t, 1);
	assert_int_equal(t->n, 1);
	assert_int_equal(t->notes[0].instance_id, 3);
	assert_int_equal(t->notes[0].published, 1);
	t->a.status = F1P_EIO;
	serve(t, 2);
	assert_int_equal(t->n, 2);
	assert_int_equal(t->notes[1].instance_id, 4);
	assert_int_equal(t->notes[1].missing & F1P_MISSING_FRESH, 0);
	close_bench(t);
}

static void test_without_any_predictor_a_request_ends_at_once(void **state)
{
	struct bench *t = open_waiting(1);

	(void)state;
	cast(t, "");
	ask(t, 1);
	assert_false(forecaster_busy(t->f));
	assert_int_equal(t->idle, 1);
	assert_int_equal(t->n, 0);
	cast(t, "e"); /* an ensemble alone has nothing to combine */
	serve(t, 2);
	assert_int_equal(t->n, 0);
	assert_int_equal(atomic_load(&t->e.calls), 0);
	close_bench(t);
}

static void test_the_seed_is_of_the_session_unless_given(void **state)
{
	struct bench *t = open_waiting(1);
	uint64_t first;

	(void)state;
	cast(t, "a");
	serve(t, 1);
	first = t->a.seed;
	assert_true(first != 0);
	serve(t, 2);
	assert_true(t->a.seed == first);
	assert_true(t->notes[1].seed == first);
	t->state->session_key++;
	serve(t, 3);
	assert_true(t->a.seed != first);
	close_bench(t);
	static struct bench given;
	open_bench(&given, 1, true, NO_LIMIT_MS, 77);
	cast(&given, "a");
	serve(&given, 1);
	assert_true(given.a.seed == 77);
	assert_true(given.notes[0].seed == 77);
	close_bench(&given);
}

/* ---- failures ---- */

static void test_a_failed_member_is_heard_with_its_last_word_and_its_age(void **state)
{
	struct bench *t = open_waiting(2);

	(void)state;
	t->stop_failed = true;
	t->b.confidence = 0.75;
	cast(t, "abe");
	serve(t, 1);
	t->b.status = F1P_EIO;
	t->b.reason = "the model file is gone";
	serve(t, 2);
	assert_int_equal(t->failures, 1);
	assert_int_equal(t->failed_id, 4);
	assert_int_equal(t->failed_status, F1P_EIO);
	assert_string_equal(t->reason, "the model file is gone");
	assert_int_equal(t->n, 3 + 2); /* nothing fresh of b is shown */
	assert_int_equal(t->e.n_members, 2);
	assert_string_equal(t->e.members[1], "predictor-b");
	assert_int_equal(t->e.ages[0], 0);
	assert_int_equal(t->e.ages[1], 1);
	assert_true(t->e.member_confidence[1] == 0.75);
	serve(t, 3); /* it waits for its restart: not called, not reported again */
	assert_int_equal(atomic_load(&t->b.calls), 2);
	assert_int_equal(t->failures, 1);
	assert_int_equal(t->e.ages[1], 2);
	t->b.inst->state = INSTANCE_RUNNING;
	t->b.status = F1P_OK;
	serve(t, 4);
	assert_int_equal(t->e.ages[1], 0);
	close_bench(t);
}

static void expect_stale(struct bench *t, uint32_t instance_id)
{
	double before = 0.8;

	t->a.status = F1P_EIO;
	t->b.status = F1P_ENOMEM;
	for (uint64_t seq = 2; seq <= 4; seq++) {
		size_t n = t->n;
		serve(t, seq);
		assert_int_equal(t->n, n + 1);
		assert_int_equal(last_note(t)->published, 1);
		assert_int_equal(last_note(t)->instance_id, instance_id);
		assert_int_equal(last_note(t)->trigger_seq, seq);
		assert_int_equal(last_note(t)->snapshot_seq, 1); /* what it was made of is not hidden */
		assert_true(last_note(t)->missing & F1P_MISSING_FRESH);
		assert_true(last_note(t)->confidence < before * 0.95);
		assert_true(last_note(t)->confidence > before * 0.5);
		before = last_note(t)->confidence;
	}
	assert_int_equal(t->failures, 6);
	t->a.status = F1P_OK;
	serve(t, 5);
	assert_int_equal(last_note(t)->missing & F1P_MISSING_FRESH, 0);
	assert_int_equal(last_note(t)->snapshot_seq, 5);
	assert_true(last_note(t)->confidence == 0.8);
}

static void test_when_all_fail_the_last_forecast_is_repeated_weaker(void **state)
{
	struct bench *t = open_waiting(2);

	(void)state;
	t->a.confidence = t->e.confidence = 0.8;
	cast(t, "abe");
	serve(t, 1);
	expect_stale(t, 6);
	assert_int_equal(atomic_load(&t->e.calls), 2); /* only for what was fresh */
	close_bench(t);
}

static void test_when_all_fail_without_an_ensemble_too(void **state)
{
	struct bench *t = open_waiting(2);

	(void)state;
	t->a.confidence = 0.8;
	cast(t, "ab");
	serve(t, 1);
	expect_stale(t, 3);
	close_bench(t);
}

static void test_failing_from_the_start_publishes_nothing(void **state)
{
	struct bench *t = open_waiting(1);

	(void)state;
	t->a.status = F1P_EIO;
	cast(t, "ae");
	serve(t, 1);
	cast(t, "a");
	serve(t, 2);
	assert_int_equal(t->n, 0);
	assert_int_equal(t->failures, 2);
	assert_string_equal(t->reason, ""); /* it gave none */
	assert_int_equal(forecaster_count(t->f), 0);
	close_bench(t);
}

static void test_an_unsupported_session_is_no_fault_and_no_forecast(void **state)
{
	struct bench *t = open_waiting(2);

	(void)state;
	cast(t, "abe");
	serve(t, 1);
	t->a.status = t->b.status = F1P_EUNSUPPORTED;
	serve(t, 2);
	assert_int_equal(t->n, 3);
	cast(t, "ab"); /* nor without an ensemble */
	serve(t, 3);
	assert_int_equal(t->n, 3);
	assert_int_equal(t->failures, 0);
	close_bench(t);
}

static void test_a_failing_ensemble_repeats_an_unwilling_one_is_silent(void **state)
{
	struct bench *t = open_waiting(2);

	(void)state;
	cast(t, "ae");
	serve(t, 1);
	t->e.status = F1P_EPERMANENT;
	t->e.reason = "lost its weights";
	serve(t, 2);
	assert_int_equal(t->n, 4);
	assert_int_equal(t->failures, 1);
	assert_int_equal(t->failed_id, 6);
	assert_string_equal(t->reason, "lost its weights");
	assert_true(last_note(t)->missing & F1P_MISSING_FRESH);
	t->e.status = F1P_EUNSUPPORTED;
	t->e.reason = NULL;
	serve(t, 3);
	assert_int_equal(t->n, 5);
	assert_int_equal(last_note(t)->published, 0);
	assert_int_equal(t->failures, 1);
	t->e.inst->state = INSTANCE_WAITING; /* not there: the member speaks for itself */
	serve(t, 4);
	assert_int_equal(t->n, 6);
	assert_int_equal(last_note(t)->instance_id, 3);
	assert_int_equal(last_note(t)->published, 1);
	close_bench(t);
}

static void spoil_row(struct f1p_forecast *f)
{
	f->cars[1].p_position[2] += 0.01;
}
static void spoil_column(struct f1p_forecast *f)
{
	f->cars[1].p_position[2] += 0.01;
	f->cars[1].p_position[3] -= 0.01;
}
static void spoil_nan(struct f1p_forecast *f)
{
	f->cars[0].p_position[0] = NAN;
}
static void spoil_negative(struct f1p_forecast *f)
{
	for (int i = 0; i < 2; i++) {
		f->cars[i].p_position[0] += i ? 1 : -1;
		f->cars[i].p_position[1] += i ? -1 : 1;
	}
}
static void spoil_win(struct f1p_forecast *f)
{
	f->cars[2].p_win = NAN;
}
static void spoil_retire(struct f1p_forecast *f)
{
	f->cars[2].p_retire = 1.5;
}
static void spoil_order(struct f1p_forecast *f)
{
	f->cars[0].car = 11;
	f->cars[1].car = 10;
}
static void spoil_few(struct f1p_forecast *f)
{
	f->n_cars = 3;
}
static void spoil_many(struct f1p_forecast *f)
{
	f->n_cars = 4000000;
}
static void spoil_none(struct f1p_forecast *f)
{
	f->n_cars = 0;
}
static void spoil_confidence(struct f1p_forecast *f)
{
	f->confidence = NAN;
}
static void spoil_expected(struct f1p_forecast *f)
{
	f->cars[3].expected_position = 4.5;
}

static void give_gaps(struct f1p_forecast *f, const int32_t gap_ms[F1P_GAP_LEVELS])
{
	f->cars[1].gap_given = 1;
	memcpy(f->cars[1].gap_ms, gap_ms, sizeof(f->cars[1].gap_ms));
}
static void spoil_gap_negative(struct f1p_forecast *f)
{
	give_gaps(f, (int32_t[]){-1, 0, 1000, 2000, 3000});
}
static void spoil_gap_falling(struct f1p_forecast *f)
{
	give_gaps(f, (int32_t[]){0, 1000, 2000, 1999, F1P_UNKNOWN});
}
static void spoil_gap_behind_unknown(struct f1p_forecast *f)
{
	give_gaps(f, (int32_t[]){0, 1000, F1P_UNKNOWN, 3000, F1P_UNKNOWN});
}
static void spoil_gap_given(struct f1p_forecast *f)
{
	give_gaps(f, (int32_t[]){0, 1000, 2000, 3000, 4000});
	f->cars[1].gap_given = 2;
}
static void give_sound_gaps(struct f1p_forecast *f)
{
	give_gaps(f, (int32_t[]){0, 0, 1000, INT32_MAX, F1P_UNKNOWN});
}
static void give_no_finite_gap(struct f1p_forecast *f)
{
	give_gaps(f, (int32_t[]){F1P_UNKNOWN, F1P_UNKNOWN, F1P_UNKNOWN, F1P_UNKNOWN, F1P_UNKNOWN});
}
static void leave_gaps_unsaid(struct f1p_forecast *f)
{
	spoil_gap_falling(f);
	f->cars[1].gap_given = 0;
}

static void test_nonsense_is_refused_as_a_failure(void **state)
{
	static void (*const spoilers[])(struct f1p_forecast *) = {spoil_row, spoil_column, spoil_nan, spoil_negative, spoil_win,
		spoil_retire, spoil_order, spoil_few, spoil_many, spoil_none, spoil_confidence, spoil_expected,
		spoil_gap_negative, spoil_gap_falling, spoil_gap_behind_unknown, spoil_gap_given};
	struct bench *t = open_waiting(2);
	const int n = sizeof(spoilers) / sizeof(spoilers[0]);

	(void)state;
	cast(t, "a");
	for (int i = 0; i < n; i++) {
		t->a.spoil = spoilers[i];
		serve(t, 1 + (uint64_t)i);
		if (t->failures != i + 1)
			fail_msg("spoiler %d was taken", i);
		assert_int_equal(t->failed_status, F1P_EPERMANENT);
		assert_non_null(strstr(t->reason, "do not add up"));
		assert_int_equal(t->n, 0);
	}
	t->a.spoil = NULL;
	cast(t, "ae");
	t->e.spoil = spoil_row;
	serve(t, 100);
	assert_int_equal(t->failed_id, 6);
	assert_int_equal(t->n, 1); /* the member's own */
	close_bench(t);
}

static void test_sound_gaps_are_taken(void **state)
{
	static void (*const givers[])(struct f1p_forecast *) = {give_sound_gaps, give_no_finite_gap, leave_gaps_unsaid};
	struct bench *t = open_waiting(2);

	(void)state;
	cast(t, "a");
	for (size_t i = 0; i < sizeof(givers) / sizeof(givers[0]); i++) {
		t->a.spoil = givers[i];
		serve(t, 1 + i);
		assert_int_equal(t->failures, 0);
		assert_int_equal(t->n, i + 1);
	}
	close_bench(t);
}

/* ---- sessions ---- */

static void test_another_session_starts_afresh(void **state)
{
	struct bench *t = open_waiting(1);

	(void)state;
	cast(t, "ae");
	serve(t, 1);
	serve(t, 2);
	assert_int_equal(last_note(t)->trend, F1P_TREND_STABLE);
	t->state->session_key = 9002;
	t->a.status = F1P_EIO;
	serve(t, 3); /* the last word was about another race */
	assert_int_equal(t->n, 4);
	t->a.status = F1P_OK;
	serve(t, 4);
	assert_int_equal(last_note(t)->published, 1);
	assert_int_equal(last_note(t)->trend, F1P_TREND_UNKNOWN);
	close_bench(t);
}

static void test_another_session_hears_no_old_word_of_a_failed_member(void **state)
{
	struct bench *t = open_waiting(1);

	(void)state;
	cast(t, "abe");
	serve(t, 1);
	assert_int_equal(t->e.n_members, 2);
	t->state->session_key = 9002;
	t->b.status = F1P_EIO;
	serve(t, 2);
	assert_int_equal(t->e.n_members, 1);
	assert_string_equal(t->e.members[0], "predictor-a");
	close_bench(t);
}

static void test_cars_in_another_order_do_not_get_the_old_numbers(void **state)
{
	struct bench *t = open_waiting(1);

	(void)state;
	cast(t, "abe");
	serve(t, 1);
	t->state->cars[0].number = 11;
	t->state->cars[1].number = 10;
	t->b.status = F1P_EIO;
	serve(t, 2);
	assert_int_equal(t->e.n_members, 1);
	t->state->cars[2].number = 99;
	t->a.status = F1P_EIO;
	size_t n = t->n;
	serve(t, 3);
	assert_int_equal(t->n, n);
	close_bench(t);
}

static void test_the_trend_follows_confidence(void **state)
{
	struct bench *t = open_waiting(1);

	(void)state;
	cast(t, "a");
	t->a.confidence = 0.5;
	serve(t, 1);
	assert_int_equal(last_note(t)->trend, F1P_TREND_UNKNOWN);
	serve(t, 2);
	assert_int_equal(last_note(t)->trend, F1P_TREND_STABLE);
	t->a.confidence = 0.6;
	serve(t, 3);
	assert_int_equal(last_note(t)->trend, F1P_TREND_RISING);
	t->a.confidence = 0.4;
	serve(t, 4);
	assert_int_equal(last_note(t)->trend, F1P_TREND_FALLING);
	for (uint64_t seq = 5; seq < 40; seq++)
		serve(t, seq);
	assert_int_equal(last_note(t)->trend, F1P_TREND_STABLE);
	close_bench(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_members_run_on_workers_and_the_ensemble_is_published),
		cmocka_unit_test(test_events_stand_in_instance_order_whoever_finishes_first),
		cmocka_unit_test(test_same_bytes_with_one_and_with_four_workers),
		cmocka_unit_test(test_the_ensemble_gets_the_members_in_order_and_not_itself),
		cmocka_unit_test(test_without_an_ensemble_the_first_member_speaks),
		cmocka_unit_test(test_without_any_predictor_a_request_ends_at_once),
		cmocka_unit_test(test_the_seed_is_of_the_session_unless_given),
		cmocka_unit_test(test_a_failed_member_is_heard_with_its_last_word_and_its_age),
		cmocka_unit_test(test_when_all_fail_the_last_forecast_is_repeated_weaker),
		cmocka_unit_test(test_when_all_fail_without_an_ensemble_too),
		cmocka_unit_test(test_failing_from_the_start_publishes_nothing),
		cmocka_unit_test(test_an_unsupported_session_is_no_fault_and_no_forecast),
		cmocka_unit_test(test_a_failing_ensemble_repeats_an_unwilling_one_is_silent),
		cmocka_unit_test(test_nonsense_is_refused_as_a_failure),
		cmocka_unit_test(test_sound_gaps_are_taken),
		cmocka_unit_test(test_another_session_starts_afresh),
		cmocka_unit_test(test_another_session_hears_no_old_word_of_a_failed_member),
		cmocka_unit_test(test_cars_in_another_order_do_not_get_the_old_numbers),
		cmocka_unit_test(test_the_trend_follows_confidence),
	};
	return cmocka_run_group_tests_name("forecaster", tests, NULL, NULL);
}

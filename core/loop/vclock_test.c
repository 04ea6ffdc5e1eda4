#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "loop/vclock.h"

#include <unistd.h>

#define S 1000000000LL

static void test_unset_until_driven_somewhere(void **state)
{
	struct vclock c;
	(void)state;
	vclock_init(&c, 0);
	vclock_set_driven(&c, true);
	assert_true(vclock_now_ns(&c) == F1P_UNKNOWN_NS);
	vclock_set(&c, 1000 * S);
	assert_true(vclock_now_ns(&c) == 1000 * S);
	vclock_finish(&c);
}

static void test_speed_zero_stands_still_and_never_waits(void **state)
{
	struct vclock c;
	(void)state;
	vclock_init(&c, 0);
	vclock_set_driven(&c, true);
	vclock_set(&c, 1000 * S);
	usleep(3000);
	assert_true(vclock_now_ns(&c) == 1000 * S);
	assert_true(vclock_real_until(&c, 5000 * S) == 0);
	vclock_finish(&c);
}

static void test_speed_scales_time(void **state)
{
	struct vclock c;
	(void)state;
	vclock_init(&c, 1000);
	vclock_set_driven(&c, true);
	vclock_set(&c, 0);
	int64_t wait = vclock_real_until(&c, 100 * S); /* a tenth of a second of real time */
	assert_true(wait > 50000000 && wait <= 100000001);
	usleep(20000);
	assert_true(vclock_now_ns(&c) >= 20 * S);
	vclock_finish(&c);
}

static void test_changing_speed_keeps_the_moment(void **state)
{
	struct vclock c;
	(void)state;
	vclock_init(&c, 100);
	vclock_set_driven(&c, true);
	vclock_set(&c, 50 * S);
	usleep(5000);
	vclock_set_speed(&c, 0);
	int64_t at = vclock_now_ns(&c);
	assert_true(at >= 50 * S + S / 2);
	usleep(2000);
	assert_true(vclock_now_ns(&c) == at);
	vclock_finish(&c);
}

static void test_pause_stops_and_resumes(void **state)
{
	struct vclock c;
	(void)state;
	vclock_init(&c, 1000);
	vclock_set_driven(&c, true);
	vclock_set(&c, 0);
	vclock_set_paused(&c, true);
	int64_t at = vclock_now_ns(&c);
	usleep(3000);
	assert_true(vclock_now_ns(&c) == at);
	assert_true(vclock_real_until(&c, at + S) == INT64_MAX);
	vclock_set_paused(&c, false);
	usleep(3000);
	assert_true(vclock_now_ns(&c) > at);
	vclock_finish(&c);
}

static void test_live_clock_is_real_time(void **state)
{
	struct vclock c;
	(void)state;
	vclock_init(&c, 50); /* speed means nothing to it */
	int64_t now = vclock_now_ns(&c);
	assert_true(now > 1600000000 * S);
	int64_t wait = vclock_real_until(&c, now + 10 * S);
	assert_true(wait > 9 * S && wait <= 10 * S + 1);
	vclock_finish(&c);
}

static void test_rehearsal_starts_where_it_is_told_and_runs_faster(void **state)
{
	struct vclock c;
	(void)state;
	vclock_init(&c, 0); /* the pace of replays means nothing to it */
	vclock_rehearse(&c, 5000 * S, 1000);
	int64_t before = vclock_mono_ns(), now = vclock_now_ns(&c);
	assert_true(now >= 5000 * S);
	int64_t wait = vclock_real_until(&c, now + 3600 * S); /* 3.6 s of real time */
	assert_true(wait <= 36 * S / 10 + 1);
	assert_true(wait > 36 * S / 10 - (vclock_mono_ns() - before) - 1000);
	assert_true(vclock_real_until(&c, now) == 0);
	usleep(5000);
	assert_true(vclock_now_ns(&c) - now >= 5 * S);
	vclock_finish(&c);
}

static void test_rehearsal_waits_are_kept(void **state)
{
	struct vclock c;
	(void)state;
	vclock_init(&c, 0);
	vclock_rehearse(&c, 0, 10000);
	int64_t due = 100 * S, wait = vclock_real_until(&c, due); /* ten milliseconds */
	usleep((useconds_t)(wait / 1000 + 1));
	assert_true(vclock_now_ns(&c) >= due);
	assert_true(vclock_real_until(&c, due) == 0);
	vclock_finish(&c);
}

static void test_a_driven_clock_does_not_rehearse(void **state)
{
	struct vclock c;
	(void)state;
	vclock_init(&c, 0);
	vclock_rehearse(&c, 5000 * S, 50);
	vclock_set_driven(&c, true);
	assert_true(vclock_now_ns(&c) == F1P_UNKNOWN_NS);
	vclock_set(&c, 1000 * S);
	assert_true(vclock_now_ns(&c) == 1000 * S);
	assert_true(vclock_real_until(&c, 2000 * S) == 0);
	vclock_set_driven(&c, false);
	assert_true(vclock_now_ns(&c) >= 5000 * S && vclock_now_ns(&c) < 6000000 * S);
	vclock_rehearse(&c, 0, 0);
	assert_true(vclock_now_ns(&c) > 1600000000 * S);
	vclock_finish(&c);
}

static void test_no_pace_and_no_due_time_overflows(void **state)
{
	struct vclock c;
	(void)state;
	vclock_init(&c, 0);
	vclock_rehearse(&c, INT64_MAX - S, 1e12);
	usleep(2000);
	assert_true(vclock_now_ns(&c) == INT64_MAX - 1);
	assert_true(vclock_real_until(&c, 0) == 0);
	vclock_rehearse(&c, INT64_MIN + 1, 1e-9);
	assert_true(vclock_real_until(&c, INT64_MAX) == INT64_MAX);
	vclock_finish(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unset_until_driven_somewhere),
		cmocka_unit_test(test_speed_zero_stands_still_and_never_waits),
		cmocka_unit_test(test_speed_scales_time),
		cmocka_unit_test(test_changing_speed_keeps_the_moment),
		cmocka_unit_test(test_pause_stops_and_resumes),
		cmocka_unit_test(test_live_clock_is_real_time),
		cmocka_unit_test(test_rehearsal_starts_where_it_is_told_and_runs_faster),
		cmocka_unit_test(test_rehearsal_waits_are_kept),
		cmocka_unit_test(test_a_driven_clock_does_not_rehearse),
		cmocka_unit_test(test_no_pace_and_no_due_time_overflows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

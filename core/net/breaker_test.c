#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/breaker.h"

#define S 1000000000LL

static struct breaker opened(int64_t now)
{
	struct breaker b;

	breaker_init(&b);
	for (int i = 0; i < 4; i++)
		assert_false(breaker_failure(&b, now));
	assert_true(breaker_allows(&b, now));
	assert_true(breaker_failure(&b, now));
	return b;
}

static void five_in_a_row_open_it(void **state)
{
	struct breaker b;

	(void)state;
	breaker_init(&b);
	for (int i = 0; i < 100; i++) {
		assert_false(breaker_failure(&b, 0));
		if (i % 4 == 3)
			assert_false(breaker_success(&b)); /* it was closed all the time */
	}
	assert_true(breaker_allows(&b, 0));
	b = opened(100);
	assert_false(breaker_allows(&b, 100 + 10 * S - 1));
	assert_true(breaker_allows(&b, 100 + 10 * S));
}

static void one_probe_at_a_time_and_twice_the_wait(void **state)
{
	static const int64_t waits_s[] = {20, 40, 80, 160, 300, 300, 300};
	struct breaker b = opened(0);
	int64_t now = 10 * S;

	(void)state;
	for (int i = 0; i < 7; i++) {
		assert_true(breaker_allows(&b, now));
		assert_true(breaker_begin(&b));
		assert_false(breaker_allows(&b, now + 1000 * S));
		assert_false(breaker_failure(&b, now));
		assert_false(breaker_allows(&b, now + waits_s[i] * S - 1));
		now += waits_s[i] * S;
	}
	assert_true(breaker_begin(&b));
	assert_true(breaker_success(&b));
	assert_true(breaker_allows(&b, now));
	assert_false(breaker_begin(&b));
	b = opened(now);
	assert_true(breaker_allows(&b, now + 10 * S)); /* 10 s again */
}

static void late_failures_change_nothing_late_success_closes(void **state)
{
	struct breaker b = opened(0);

	(void)state;
	for (int i = 0; i < 10; i++)
		assert_false(breaker_failure(&b, 9 * S));
	assert_true(breaker_allows(&b, 10 * S));
	assert_true(breaker_success(&b));
	assert_true(breaker_allows(&b, 0));
}

static void an_abandoned_probe_frees_the_place(void **state)
{
	struct breaker b = opened(0);

	(void)state;
	breaker_abandon(&b, 5 * S); /* none is out: nothing */
	assert_false(breaker_allows(&b, 9 * S));
	breaker_begin(&b);
	breaker_abandon(&b, 11 * S);
	assert_true(breaker_allows(&b, 11 * S));
	assert_string_equal(breaker_name(b.state), "open");
	assert_string_equal(breaker_name((enum breaker_state)77), "invalid");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(five_in_a_row_open_it),
		cmocka_unit_test(one_probe_at_a_time_and_twice_the_wait),
		cmocka_unit_test(late_failures_change_nothing_late_success_closes),
		cmocka_unit_test(an_abandoned_probe_frees_the_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

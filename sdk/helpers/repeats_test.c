#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "helpers/repeats.h"

#include <f1pd/host.h>

#include <stdio.h>

static void the_same_again_is_told_ever_more_seldom(void **state)
{
	struct f1p_repeats r = {0};
	int told = 0;

	(void)state;
	assert_int_equal(f1p_repeats_level(&r, "refused"), F1P_LOG_WARN);
	for (int i = 2; i <= 1000; i++) {
		int level = f1p_repeats_level(&r, "refused");

		assert_int_equal(level, i == 2 || i == 4 || i == 8 || i == 16 || i == 32 || i == 64 || i == 128 || i == 256 || i == 512
						? F1P_LOG_INFO
						: F1P_LOG_DEBUG);
		told += level == F1P_LOG_INFO;
	}
	assert_int_equal(told, 9);
}

static void another_reason_is_told_at_once(void **state)
{
	struct f1p_repeats r = {0};

	(void)state;
	assert_int_equal(f1p_repeats_level(&r, "the server said 500"), F1P_LOG_WARN);
	assert_int_equal(f1p_repeats_level(&r, "the server said 502"), F1P_LOG_WARN);
	assert_int_equal(f1p_repeats_level(&r, ""), F1P_LOG_WARN);
	assert_int_equal(f1p_repeats_level(&r, ""), F1P_LOG_INFO);
	assert_int_equal(f1p_repeats_level(&r, NULL), F1P_LOG_DEBUG); /* the third of them */
	r = (struct f1p_repeats){0};
	assert_int_equal(f1p_repeats_level(&r, ""), F1P_LOG_WARN);
}

static void amounts_make_no_other_reason(void **state)
{
	struct f1p_repeats r = {0};
	char text[80];

	(void)state;
	for (int i = 1; i <= 3; i++) {
		snprintf(text, sizeof(text), "port 80: no answer after %d ms; next try in %.1f s", i * 7, i * 1.5);
		assert_int_equal(f1p_repeats_level(&r, text), i == 1 ? F1P_LOG_WARN : i == 2 ? F1P_LOG_INFO : F1P_LOG_DEBUG);
	}
	assert_int_equal(f1p_repeats_level(&r, "port 81: no answer after 7 ms; next try in 1.5 s"), F1P_LOG_WARN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_again_is_told_ever_more_seldom),
		cmocka_unit_test(another_reason_is_told_at_once),
		cmocka_unit_test(amounts_make_no_other_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

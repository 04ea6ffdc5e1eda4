#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "helpers/rng.h"
#include "net/retry.h"

#define S 1000000000LL
#define UTC (1700000000LL * S) /* Tue, 14 Nov 2023 22:13:20 GMT */

static void full_jitter_within_a_doubling_cap(void **state)
{
	static const int64_t longest_s[] = {1, 2, 4, 8, 16, 32, 60, 60, 60};
	uint64_t x = 1;

	(void)state;
	for (uint32_t attempt = 1; attempt <= 9; attempt++) {
		int64_t longest = longest_s[attempt - 1] * S, low = INT64_MAX, high = 0;
		for (int i = 0; i < 2000; i++) {
			int64_t wait = retry_wait_ns(attempt, f1p_splitmix64(&x));
			low = wait < low ? wait : low;
			high = wait > high ? wait : high;
		}
		assert_true(low >= 0 && low < longest / 50);
		assert_true(high <= longest && high > longest - longest / 50);
	}
	assert_true(retry_wait_ns(4000000000u, UINT64_MAX) <= 60 * S);
}

static void which_status_may_pass(void **state)
{
	(void)state;
	for (uint32_t s = 0; s < 1000; s++)
		assert_int_equal(retry_status(s), s == 408 || s == 429 || (s >= 500 && s < 600));
}

static void retry_after_in_both_forms(void **state)
{
	(void)state;
	assert_true(retry_after_ms("0", UTC) == 0);
	assert_true(retry_after_ms("120", UTC) == 120000);
	assert_true(retry_after_ms("1.5", UTC) == 1000);
	assert_true(retry_after_ms("Tue, 14 Nov 2023 22:14:20 GMT", UTC) == 60000);
	assert_true(retry_after_ms("Tuesday, 14-Nov-23 22:14:20 GMT", UTC) == 60000);
	assert_true(retry_after_ms("Tue, 14 Nov 2023 22:00:00 GMT", UTC) == 0);
	assert_true(retry_after_ms("999999999999999999999999", UTC) == 365LL * 86400 * 1000);
	assert_true(retry_after_ms("Tue, 14 Nov 2222 22:14:20 GMT", UTC) == 365LL * 86400 * 1000);
}

static void what_is_neither(void **state)
{
	static const char *const texts[] = {NULL, "", "soon", "-5", "12 parsecs", "Tue, 99 Nov", "\x01\x02"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		assert_true(retry_after_ms(texts[i], UTC) == F1P_UNKNOWN_NS);
	assert_true(retry_after_ms("Tue, 14 Nov 2023 22:14:20 GMT", F1P_UNKNOWN_NS) == F1P_UNKNOWN_NS);
	assert_true(retry_http_date_ns("Sun, 06 Nov 1994 08:49:37 GMT") == 784111777 * S);
	assert_true(retry_http_date_ns("yesterday") == F1P_UNKNOWN_NS);
	assert_true(retry_http_date_ns(NULL) == F1P_UNKNOWN_NS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(full_jitter_within_a_doubling_cap),
		cmocka_unit_test(which_status_may_pass),
		cmocka_unit_test(retry_after_in_both_forms),
		cmocka_unit_test(what_is_neither),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * openf1_budget_test.c - the request budget and the texts of requests.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "budget.h"
#include "url.h"

#include <string.h>

#define S INT64_C(1000000000)

/* Takes whenever it may, for so long; the most in any window. */
static size_t most_in(struct budget *b, int64_t run_ns, int64_t window_ns)
{
	static int64_t at[100000];
	size_t n = 0;
	size_t most = 0;
	int64_t now = 1000 * S;
	int64_t end = now + run_ns;

	while (now < end && n < 100000) {
		int64_t ready = budget_ready_ns(b, now);

		if (ready > now) {
			now = ready;
			continue;
		}
		budget_take(b, now);
		at[n++] = now;
	}
	for (size_t i = 0, from = 0; i < n; i++) {
		while (at[i] - at[from] >= window_ns) {
			from++;
		}
		most = i - from + 1 > most ? i - from + 1 : most;
	}
	return most;
}

static void both_windows_hold_and_are_used_up(void **state)
{
	static const uint32_t limits[][2] = {{3, 30}, {6, 60}, {1, 1}, {1, 1000}, {100, 1000}, {5, 4}};

	(void)state;
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		uint32_t second = limits[i][0];
		uint32_t minute = limits[i][1];
		uint32_t per_minute = minute < second * 60 ? minute : second * 60;
		struct budget b;
		size_t most = 0;

		budget_init(&b, second, minute);
		assert_true(most_in(&b, 600 * S, S) <= second);
		budget_init(&b, second, minute);
		most = most_in(&b, 600 * S, 60 * S);
		assert_true(most <= minute);
		assert_true(most * 100 >= (size_t)per_minute * 95);
	}
}

static void periods_are_stretched_only_as_far_as_needed(void **state)
{
	struct budget b;

	(void)state;
	budget_init(&b, 3, 30);
	assert_true(budget_stretch(&b, 100) < 1.0001);
	assert_true(budget_stretch(&b, 3600) > 2 && budget_stretch(&b, 3600) < 3);
}

static void times_are_written_as_the_service_reads_them(void **state)
{
	char text[48];

	(void)state;
	url_time(INT64_C(1709391824545) * 1000000, text);
	assert_string_equal(text, "2024-03-02T15:03:44.545%2B00:00");
	url_time(INT64_C(1709251199999) * 1000000, text);
	assert_string_equal(text, "2024-02-29T23:59:59.999%2B00:00");
	url_time(0, text);
	assert_string_equal(text, "1970-01-01T00:00:00.000%2B00:00");
}

static void addresses_are_taken_apart(void **state)
{
	char text[64];

	(void)state;
	assert_true(url_authority("https://api.openf1.org/v1", text, sizeof(text)));
	assert_string_equal(text, "api.openf1.org");
	assert_true(url_authority("http://127.0.0.1:8000", text, sizeof(text)));
	assert_string_equal(text, "127.0.0.1:8000");
	assert_false(url_authority("https://user:pw@host/", text, sizeof(text)));
	assert_false(url_authority("ftp://host/", text, sizeof(text)));
	assert_false(url_authority("https://", text, sizeof(text)));
	assert_false(url_authority("https://host", text, 4));
	assert_true(url_encode("a b&c=\xc3\xb6", text, sizeof(text)));
	assert_string_equal(text, "a%20b%26c%3D%C3%B6");
	assert_false(url_encode("aaaaaaaa", text, 8));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_windows_hold_and_are_used_up),
		cmocka_unit_test(periods_are_stretched_only_as_far_as_needed),
		cmocka_unit_test(times_are_written_as_the_service_reads_them),
		cmocka_unit_test(addresses_are_taken_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/rate.h"

#include <string.h>

#define MS 1000000LL
#define UTC (1700000000000LL * MS)

static const struct f1p_http_window three_per_second[] = {{.requests = 3, .window_ms = 1000}};
static const struct f1p_http_window two_windows[] = {{.requests = 3, .window_ms = 1000}, {.requests = 5, .window_ms = 10000}};

static void limit(struct rate *r, uint32_t owner, const struct f1p_http_window *w, uint32_t n)
{
	char why[200] = "";

	assert_int_equal(rate_limit(r, owner, w, n, why, sizeof(why)), F1P_OK);
}

static void without_limits_everything_goes(void **state)
{
	struct rate r = {0};

	(void)state;
	for (int i = 0; i < 1000; i++) {
		assert_true(rate_ready_ns(&r, 5) == 5);
		rate_take(&r, 5);
	}
	rate_finish(&r);
}

/* As many requests as it lets through in two minutes: never more than N in any window. */
static void in_no_window_more_than_allowed(void **state)
{
	struct rate r = {0};
	int64_t taken[1000], now = 12345;
	int n = 0;

	(void)state;
	limit(&r, 1, two_windows, 2);
	while ((now = rate_ready_ns(&r, now)) < 12345 + 120000 * MS && n < 1000) {
		taken[n++] = now;
		rate_take(&r, now);
	}
	assert_int_equal(n, 60); /* and no fewer: 5 in each 10.2 s */
	for (int i = 3; i < n; i++)
		assert_true(taken[i] - taken[i - 3] >= 1100 * MS);
	for (int i = 5; i < n; i++)
		assert_true(taken[i] - taken[i - 5] >= 10200 * MS);
	rate_finish(&r);
}

/* A server that counts arrivals in exactly one window, and a way to it that takes 0 to 20 ms: still never one too many. */
static void jitter_on_the_way_does_no_harm(void **state)
{
	static const struct f1p_http_window windows[] = {{.requests = 3, .window_ms = 1000}, {.requests = 30, .window_ms = 60000}};
	struct rate r = {0};
	int64_t came[400], now = 0;
	int n = 0;

	(void)state;
	limit(&r, 1, windows, 2);
	while ((now = rate_ready_ns(&r, now)) < 600000 * MS && n < 400) {
		came[n] = now + (n % 3 == 2 ? 0 : 20 * MS); /* the slow ones first, the last one fast */
		n++;
		rate_take(&r, now);
	}
	assert_true(n >= 290);
	for (int i = 3; i < n; i++)
		assert_true(came[i] - came[i - 3] >= 1000 * MS);
	for (int i = 30; i < n; i++)
		assert_true(came[i] - came[i - 30] >= 60000 * MS);
	rate_finish(&r);
}

static void the_strictest_of_several_owners_wins_and_goes_with_him(void **state)
{
	struct rate r = {0};
	struct f1p_http_window one = {.requests = 1, .window_ms = 1000};

	(void)state;
	limit(&r, 1, three_per_second, 1);
	limit(&r, 2, &one, 1);
	rate_take(&r, 0);
	assert_true(rate_ready_ns(&r, 0) == 1100 * MS);
	limit(&r, 2, NULL, 0);
	assert_true(rate_ready_ns(&r, 0) == 0);
	limit(&r, 1, &one, 1); /* again, stricter: what was taken still counts */
	assert_true(rate_ready_ns(&r, 0) == 1100 * MS);
	rate_finish(&r);
}

static void requests_before_the_limit_count(void **state)
{
	struct rate r = {0};

	(void)state;
	for (int i = 0; i < 3; i++)
		rate_take(&r, i);
	limit(&r, 1, three_per_second, 1);
	assert_true(rate_ready_ns(&r, 3) == 1100 * MS);
	rate_finish(&r);
}

static void a_pause_holds_all(void **state)
{
	struct rate r = {0};

	(void)state;
	rate_pause(&r, 500);
	rate_pause(&r, 400);
	assert_true(rate_ready_ns(&r, 100) == 500);
	assert_true(rate_ready_ns(&r, 600) == 600);
	rate_finish(&r);
}

static void nonsense_is_refused_and_changes_nothing(void **state)
{
	struct rate r = {0};
	char why[200];
	struct f1p_http_window w[5] = {{.requests = 1, .window_ms = 1000}};

	(void)state;
	limit(&r, 1, three_per_second, 1);
	assert_int_equal(rate_limit(&r, 1, w, 5, why, sizeof(why)), F1P_EINVAL);
	assert_int_equal(rate_limit(&r, 1, w, 2, why, sizeof(why)), F1P_EINVAL); /* the second is all 0 */
	assert_non_null(strstr(why, "0 requests in 0 ms"));
	w[1] = (struct f1p_http_window){.requests = RATE_REQUESTS_MAX + 1, .window_ms = 1000};
	assert_int_equal(rate_limit(&r, 1, w, 2, why, sizeof(why)), F1P_EINVAL);
	w[1] = (struct f1p_http_window){.requests = 1, .window_ms = INT64_MAX};
	assert_int_equal(rate_limit(&r, 1, w, 2, why, sizeof(why)), F1P_EINVAL);
	for (uint32_t owner = 2; owner <= 32; owner++)
		limit(&r, owner, three_per_second, 1);
	assert_int_equal(rate_limit(&r, 33, three_per_second, 1, why, sizeof(why)), F1P_EINVAL);
	rate_take(&r, 0);
	rate_take(&r, 0);
	assert_true(rate_ready_ns(&r, 0) == 0);
	rate_take(&r, 0);
	assert_true(rate_ready_ns(&r, 0) == 1100 * MS);
	rate_finish(&r);
}

static void counts_go_from_one_process_to_the_next(void **state)
{
	struct rate before = {0}, after = {0};
	char text[RATE_TEXT_MAX(64)];
	int64_t t = 50000 * MS;

	(void)state;
	limit(&before, 1, two_windows, 2);
	for (int i = 0; i < 5; i++)
		rate_take(&before, t + i * 100 * MS);
	rate_pause(&before, t + 3000 * MS);
	assert_true(rate_save(&before, t + 1000 * MS, UTC, text, sizeof(text)) > 0);
	/* half a second later, on a clock that began anew */
	rate_restore(&after, text, 7 * MS, UTC + 500 * MS);
	limit(&after, 1, two_windows, 2);
	assert_true(rate_ready_ns(&after, 7 * MS) == 7 * MS + (10200 - 1500) * MS);
	limit(&after, 1, NULL, 0);
	assert_true(rate_ready_ns(&after, 7 * MS) == 7 * MS + 1500 * MS);
	rate_finish(&before);
	rate_finish(&after);
}

static void what_is_over_is_not_kept(void **state)
{
	struct rate r = {0};
	char text[RATE_TEXT_MAX(64)];

	(void)state;
	limit(&r, 1, three_per_second, 1);
	rate_take(&r, 0);
	assert_int_equal(rate_save(&r, 1100 * MS, UTC, text, sizeof(text)), 0);
	rate_finish(&r);
}

static void a_damaged_text_does_no_harm(void **state)
{
	static const char *const texts[] = {"", " ", "x", "0 x", " 99999999999999999999999 1", "-5 -6 -7",
		"0 9223372036854775807 1 2 3", "1800000000000 1800000000000"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct rate r = {0};
		rate_restore(&r, texts[i], 1000 * MS, UTC);
		limit(&r, 1, three_per_second, 1);
		assert_true(rate_ready_ns(&r, 1000 * MS) <= 2100 * MS); /* times ahead of us are taken as now, at most */
		rate_finish(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_limits_everything_goes),
		cmocka_unit_test(in_no_window_more_than_allowed),
		cmocka_unit_test(jitter_on_the_way_does_no_harm),
		cmocka_unit_test(the_strictest_of_several_owners_wins_and_goes_with_him),
		cmocka_unit_test(requests_before_the_limit_count),
		cmocka_unit_test(a_pause_holds_all),
		cmocka_unit_test(nonsense_is_refused_and_changes_nothing),
		cmocka_unit_test(counts_go_from_one_process_to_the_next),
		cmocka_unit_test(what_is_over_is_not_kept),
		cmocka_unit_test(a_damaged_text_does_no_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * query_test.c - filters of the OpenF1 API against one row, and queries that mean no good.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOMENT INT64_C(1709391600123000000) /* 2024-03-02T15:00:00.123Z */

static const uint16_t codes[] = {2049, 2051};
static const struct openf1_field row[] = {
	{.name = "compound", .kind = OPENF1_TEXT, .text = "SOFT"},
	{.name = "date", .kind = OPENF1_TIME, .value = MOMENT},
	{.name = "driver_number", .kind = OPENF1_INT, .value = 16},
	{.name = "flag", .kind = OPENF1_NULL},
	{.name = "gap_to_leader", .kind = OPENF1_DECIMAL, .value = 41019, .decimals = 3},
	{.name = "interval", .kind = OPENF1_TEXT, .text = "+1 LAP"},
	{.name = "is_pit_out_lap", .kind = OPENF1_BOOL, .value = 1},
	{.name = "segments_sector_1", .kind = OPENF1_CODES, .value = 2, .codes = codes},
	{.name = "session_key", .kind = OPENF1_INT, .value = 9472},
	{.name = "team_colour", .kind = OPENF1_TEXT, .text = "005000"},
};
#define ROW_N (sizeof(row) / sizeof(row[0]))

static bool passes(const char *text)
{
	struct query q;
	const char *why = NULL;

	if (!query_read(&q, text, &why)) {
		fail_msg("%s: %s", text, why);
	}
	query_set_latest(&q, "session_key", 9472);
	return query_passes(&q, row, ROW_N);
}

static void every(const char *const *texts, size_t n, bool expected)
{
	for (size_t i = 0; i < n; i++) {
		if (passes(texts[i]) != expected) {
			fail_msg("%s: the row should %s", texts[i], expected ? "pass" : "not pass");
		}
	}
}
#define ALL_PASS(...) every((const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *), true)
#define NONE_PASSES(...)                                                                                                         \
	every((const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *), false)

static void each_kind_of_field_compares_as_what_it_is(void **state)
{
	(void)state;
	ALL_PASS("", "driver_number=16", "driver_number=16.0", "driver_number>15", "driver_number>=16", "driver_number<17",
		"driver_number<=16", "gap_to_leader=41.019", "gap_to_leader>41.018", "gap_to_leader<=41.019", "compound=SOFT",
		"compound>HARD", "is_pit_out_lap=true", "is_pit_out_lap=True", "team_colour=005000", "interval=%2B1+LAP");
	NONE_PASSES("driver_number=1", "driver_number>16", "driver_number<16", "driver_number=SOFT",
		"driver_number=", "gap_to_leader=41.01", "gap_to_leader>41.019", "compound=soft",
		"compound=", "is_pit_out_lap=false", "is_pit_out_lap=1", "team_colour=5000");
}

static void nulls_lists_and_unknown_fields_meet_nothing(void **state)
{
	(void)state;
	NONE_PASSES("flag=", "flag=null", "flag>A", "flag<Z", "segments_sector_1=2049", "limit=5", "lap_number>=1");
}

static void a_number_is_not_compared_with_a_text(void **state)
{
	(void)state;
	NONE_PASSES("interval<0.5", "interval>0.5", "interval>=-1");
}

static void operators_may_be_encoded(void **state)
{
	(void)state;
	ALL_PASS("driver_number%3E=16", "driver_number%3e%3D16", "driver_number%3C17", "driver%5Fnumber=16",
		"&driver_number=16&&");
	NONE_PASSES("driver_number%3E=17", "driver_number%3C=15");
}

static void dates_are_moments_or_days(void **state)
{
	(void)state;
	ALL_PASS("date=2024-03-02T15:00:00.123", "date=2024-03-02T15:00:00.123000%2B00:00", "date=2024-03-02T15:00:00.123Z",
		"date=2024-03-02T16:00:00.123%2B01:00", "date=2024-03-02T16:00:00.123+01:00", "date=2024-03-02+15:00:00.123",
		"date>=2024-03-02T15:00", "date<2024-03-02T15:00:01", "date=2024-03-02", "date>=2024-03-02", "date<=2024-03-02",
		"date<2024-03-03", "date>2024-03-01");
	NONE_PASSES("date=2024-03-02T15:00:00", "date>2024-03-02T15:00:00.123", "date<2024-03-02T15:00:00.123", "date>2024-03-02",
		"date<2024-03-02", "date=2024-03-01", "date=yesterday", "date=2024-13-45", "date>2024", "date<99999999999999");
}

static void a_field_has_alternatives_and_ranges(void **state)
{
	(void)state;
	ALL_PASS("driver_number=1&driver_number=16", "driver_number>=10&driver_number<20", "driver_number<20&driver_number>=10",
		"driver_number>=30&driver_number>=10", "driver_number=1&driver_number>=10&driver_number<20",
		"driver_number>1&driver_number<3&driver_number>10&driver_number<20");
	NONE_PASSES("driver_number=1&driver_number=2", "driver_number>=10&driver_number<16", "driver_number>20&driver_number<30",
		"driver_number=16&compound=HARD", "driver_number>1&driver_number<3&driver_number>20&driver_number<30");
}

static void latest_is_a_key(void **state)
{
	struct query q;
	const char *why = NULL;

	(void)state;
	ALL_PASS("session_key=latest", "session_key=LATEST&driver_number=16");
	assert_true(query_read(&q, "session_key=latest", &why));
	query_set_latest(&q, "session_key", 0);
	assert_false(query_passes(&q, row, ROW_N));
}

static void settings_are_no_filters(void **state)
{
	struct query q;
	const char *why = NULL;

	(void)state;
	assert_true(query_read(&q, "csv=true&delay=30&token=x", &why));
	assert_true(q.csv && q.n == 0);
	assert_true(query_read(&q, "csv=false", &why));
	assert_false(q.csv);
}

/* ---- hostile */

static void refused(const char *text)
{
	struct query q;
	const char *why = NULL;

	if (query_read(&q, text, &why)) {
		fail_msg("taken: %s", text);
	}
	assert_true(strlen(why) > 10);
}

static void what_cannot_be_read_is_refused(void **state)
{
	char text[2048];

	(void)state;
	refused("driver_number");
	refused("=16");
	refused(">=16");
	refused("driver_number=%");
	refused("driver_number=%1");
	refused("driver_number=%zz");
	refused("driver_number=1%006");
	memset(text, 'a', sizeof(text));
	text[2047] = '\0';
	refused(text);
	text[60] = '='; /* a name that is too long */
	text[62] = '\0';
	refused(text);
	memset(text, '1', 200);
	memcpy(text, "date=", 5);
	text[200] = '\0';
	refused(text);
	text[0] = '\0';
	for (int i = 0; i < 33; i++) {
		strcat(text, "lap_number=1&");
	}
	refused(text);
}

static void values_at_the_edges_do_not_overflow(void **state)
{
	(void)state;
	NONE_PASSES("driver_number=9223372036854775807", "driver_number=-9223372036854775808", "driver_number>1e300",
		"driver_number=1e-300", "driver_number<-1e18", "driver_number=nan", "driver_number=inf",
		"date>9999-12-31T23:59:59", "date=0000-00-00", "date<1969-01-01");
	ALL_PASS("driver_number<1000000000", "driver_number>-1000000000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_of_field_compares_as_what_it_is),
		cmocka_unit_test(nulls_lists_and_unknown_fields_meet_nothing),
		cmocka_unit_test(a_number_is_not_compared_with_a_text),
		cmocka_unit_test(operators_may_be_encoded),
		cmocka_unit_test(dates_are_moments_or_days),
		cmocka_unit_test(a_field_has_alternatives_and_ranges),
		cmocka_unit_test(latest_is_a_key),
		cmocka_unit_test(settings_are_no_filters),
		cmocka_unit_test(what_cannot_be_read_is_refused),
		cmocka_unit_test(values_at_the_edges_do_not_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

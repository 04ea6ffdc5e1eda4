/* livetiming_values_test.c - every way in which the feed writes a number, a time or a gap. */
#include "testing.h"
#include "values.h"

static int32_t clock_ms(const char *text)
{
	int32_t ms = -1;

	return lt_parse_clock(text, strlen(text), &ms) ? ms : -1;
}

static void reads_lap_times(void **state)
{
	(void)state;
	assert_int_equal(clock_ms("1:32.608"), 92608);
	assert_int_equal(clock_ms("59.123"), 59123);
	assert_int_equal(clock_ms("12:34.567"), 754567);
	assert_int_equal(clock_ms("75.001"), 75001);
	assert_int_equal(clock_ms("23.3"), 23300);
	assert_int_equal(clock_ms("2.45"), 2450);
	assert_int_equal(clock_ms("23"), 23000);
	assert_int_equal(clock_ms("1:02:03"), 3723000);
	assert_int_equal(clock_ms("00:18:00"), 1080000);
}

static void refuses_what_is_no_time(void **state)
{
	static const char *const texts[] = {"", ":", "1:", "1:5.000", "1:60.000", "1:32.", "1:32.6081", "-1.0", "1:32,608",
		" 1.0", "1.0 ", "1e3", "1:2:3", "0x10", "999999.0", "25:00:00"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (clock_ms(texts[i]) != -1) {
			fail_msg("took \"%s\"", texts[i]);
		}
	}
}

static void expect_gap(const char *text, int32_t ms, int32_t laps, bool leader)
{
	struct lt_gap gap;

	if (!lt_parse_gap(text, strlen(text), &gap)) {
		fail_msg("refused \"%s\"", text);
	}
	assert_int_equal(gap.ms, ms);
	assert_int_equal(gap.laps, laps);
	assert_int_equal(gap.leader, leader);
}

static void reads_gaps(void **state)
{
	(void)state;
	expect_gap("+1.234", 1234, 0, false);
	expect_gap("+69.473", 69473, 0, false);
	expect_gap("+1:09.473", 69473, 0, false);
	expect_gap("0.404", 404, 0, false);
	expect_gap("+2105.120", 2105120, 0, false);
	expect_gap("", F1P_UNKNOWN, 0, false);
	expect_gap("LAP 5", 0, 0, true);
	expect_gap("LAP 57", 0, 0, true);
}

static void reads_laps_behind(void **state)
{
	(void)state;
	expect_gap("1L", F1P_UNKNOWN, 1, false);
	expect_gap("12L", F1P_UNKNOWN, 12, false);
	expect_gap("39L", F1P_UNKNOWN, 39, false);
	expect_gap("1 L", F1P_UNKNOWN, 1, false);
	expect_gap("+1 LAP", F1P_UNKNOWN, 1, false);
	expect_gap("+2 LAPS", F1P_UNKNOWN, 2, false);
}

static void refuses_what_is_no_gap(void **state)
{
	static const char *const texts[] = {
		"+", "L", "0L", "1LA", "LAP", "LAP ", "LAP x", "LAP -1", "1LAPSE", "+-1.0", "1.5L", "999L", "-1.0"};
	struct lt_gap gap;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (lt_parse_gap(texts[i], strlen(texts[i]), &gap)) {
			fail_msg("took \"%s\"", texts[i]);
		}
	}
}

static int64_t utc(const char *text)
{
	int64_t ns = -1;

	return lt_parse_utc(text, strlen(text), &ns) ? ns : -1;
}

static void reads_utc(void **state)
{
	(void)state;
	assert_int_equal(utc("1970-01-01T00:00:00Z"), 0);
	assert_int_equal(utc("1970-01-01T00:00:01"), 1000000000);
	assert_int_equal(utc("2025-10-26T20:30:35.01Z"), INT64_C(1761510635010000000));
	assert_int_equal(utc("2024-05-19T14:31:01.4524245Z"), INT64_C(1716129061452424500));
	assert_int_equal(utc("2024-02-29T23:59:59.999999999"), INT64_C(1709251199999999999));
	assert_int_equal(utc("2000-03-01T00:00:00Z"), INT64_C(951868800000000000));
	assert_int_equal(utc("1969-12-31T23:59:58Z"), -2000000000);
}

static void refuses_what_is_no_utc(void **state)
{
	static const char *const texts[] = {"", "2025-10-26", "2025-13-01T00:00:00Z", "2023-02-29T00:00:00Z",
		"2025-00-01T00:00:00Z", "2025-10-32T00:00:00Z", "2025-10-26T24:00:00Z", "2025-10-26T20:60:00Z",
		"2025-10-26T20:30:60Z", "2025-10-26 20:30:35Z", "2025-10-26T20:30:35.Z", "2025-10-26T20:30:35.1234567890Z",
		"2025-10-26T20:30:35ZZ", "0001-01-01T00:00:00"};
	int64_t ns = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (lt_parse_utc(texts[i], strlen(texts[i]), &ns)) {
			fail_msg("took \"%s\"", texts[i]);
		}
	}
}

static void reads_offsets(void **state)
{
	int32_t s = 0;

	(void)state;
	assert_true(lt_parse_offset("02:00:00", 8, &s));
	assert_int_equal(s, 7200);
	assert_true(lt_parse_offset("-06:30:00", 9, &s));
	assert_int_equal(s, -23400);
	assert_true(lt_parse_offset("+05:45:10", 9, &s));
	assert_int_equal(s, 20710);
	assert_false(lt_parse_offset("16:00:00", 8, &s));
	assert_false(lt_parse_offset("2:00:00", 7, &s));
	assert_false(lt_parse_offset("02:00", 5, &s));
	assert_false(lt_parse_offset("--2:00:00", 9, &s));
}

static void reads_tenths(void **state)
{
	int32_t v = 0;

	(void)state;
	assert_true(lt_parse_tenths("24.3", 4, &v));
	assert_int_equal(v, 243);
	assert_true(lt_parse_tenths("1008", 4, &v));
	assert_int_equal(v, 10080);
	assert_true(lt_parse_tenths("-3.4", 4, &v));
	assert_int_equal(v, -34);
	assert_true(lt_parse_tenths("0.25", 4, &v));
	assert_int_equal(v, 3);
	assert_false(lt_parse_tenths("", 0, &v));
	assert_false(lt_parse_tenths("1.", 2, &v));
	assert_false(lt_parse_tenths(".5", 2, &v));
	assert_false(lt_parse_tenths("9999999", 7, &v));
}

static void reads_integers(void **state)
{
	int64_t v = 0;

	(void)state;
	assert_true(lt_parse_int("32", 2, 1, 32, &v));
	assert_int_equal(v, 32);
	assert_true(lt_parse_int("-1", 2, -1, 3, &v));
	assert_int_equal(v, -1);
	assert_false(lt_parse_int("33", 2, 1, 32, &v));
	assert_false(lt_parse_int("", 0, 0, 9, &v));
	assert_false(lt_parse_int("1.0", 3, 0, 9, &v));
	assert_false(lt_parse_int("1e0", 3, 0, 9, &v));
	assert_false(lt_parse_int("99999999999999999999", 20, 0, INT64_MAX, &v));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_lap_times),
		cmocka_unit_test(refuses_what_is_no_time),
		cmocka_unit_test(reads_gaps),
		cmocka_unit_test(reads_laps_behind),
		cmocka_unit_test(refuses_what_is_no_gap),
		cmocka_unit_test(reads_utc),
		cmocka_unit_test(refuses_what_is_no_utc),
		cmocka_unit_test(reads_offsets),
		cmocka_unit_test(reads_tenths),
		cmocka_unit_test(reads_integers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

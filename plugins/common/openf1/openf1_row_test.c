/*
 * openf1_row_test.c - rows: tolerant of how a value is written, strict about what it may be.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct of1_row read_row(const char *text)
{
	struct of1_row row;

	assert_int_equal(of1_row_read(&row, text, strlen(text)), F1P_OK);
	return row;
}

static void numbers_come_in_every_spelling(void **state)
{
	struct of1_row row = read_row("{\"lap_number\": 8, \"lap_duration\": 91.743, \"duration_sector_1\": 26, \"duration_sector_2\": 3.8657e1,"
				      " \"duration_sector_3\": \"26.12\", \"i1_speed\": 307.0, \"humidity\": 58, \"air_temperature\": -1.25}");

	(void)state;
	assert_int_equal(row.lap, 8);
	assert_int_equal(row.lap_ms, 91743);
	assert_int_equal(row.sector_ms[0], 26000);
	assert_int_equal(row.sector_ms[1], 38657);
	assert_int_equal(row.sector_ms[2], 26120);
	assert_int_equal(row.speed_kmh[0], 307);
	assert_int_equal(row.humidity_dpct, 580);
	assert_int_equal(row.air_dc, -13);
	assert_int_equal(row.bad_values, 0);
}

static void null_is_not_there(void **state)
{
	struct of1_row row = read_row("{\"driver_number\": null, \"lap_duration\": null, \"gap_to_leader\": null, \"message\": null}");

	(void)state;
	assert_false(of1_has(&row, OF1_F_DRIVER));
	assert_false(of1_has(&row, OF1_F_LAP_TIME));
	assert_false(of1_has(&row, OF1_F_GAP));
	assert_false(of1_has(&row, OF1_F_MESSAGE));
	assert_int_equal(row.bad_values, 0);
}

static void impossible_values_are_counted_and_left_out(void **state)
{
	static const char *const bad[] = {"{\"driver_number\":0}", "{\"driver_number\":1000}", "{\"driver_number\":-1}", "{\"position\":0}",
		"{\"position\":99}", "{\"lap_duration\":-3.2}", "{\"lap_duration\":1e9}", "{\"lap_duration\":\"NaN\"}",
		"{\"gap_to_leader\":\"ages\"}", "{\"gap_to_leader\":true}", "{\"interval\":9e99}", "{\"date\":\"yesterday\"}",
		"{\"date\":\"2024-13-01T00:00:00\"}", "{\"date\":12}", "{\"stint_number\":25}", "{\"is_pit_out_lap\":\"yes\"}",
		"{\"wind_direction\":361}", "{\"gmt_offset\":\"soon\"}", "{\"speed\":501}", "{\"lap_number\":99999999999999999999}"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct of1_row row = read_row(bad[i]);

		if (row.bad_values != 1 || row.has[0] != 0 || row.has[1] != 0) {
			fail_msg("%s: %u bad values", bad[i], row.bad_values);
		}
	}
}

static void gaps_are_seconds_laps_or_the_leader(void **state)
{
	struct of1_row row = read_row("{\"gap_to_leader\": 41.019, \"interval\": 0.003}");

	(void)state;
	assert_int_equal(row.gap.ms, 41019);
	assert_int_equal(row.interval.ms, 3);
	row = read_row("{\"gap_to_leader\": \"+1 LAP\", \"interval\": \"+2 LAPS\"}");
	assert_int_equal(row.gap.laps, 1);
	assert_int_equal(row.gap.ms, F1P_UNKNOWN);
	assert_int_equal(row.interval.laps, 2);
	row = read_row("{\"gap_to_leader\": \"LAP 12\", \"interval\": 1e-05}");
	assert_true(row.gap.leader);
	assert_int_equal(row.interval.ms, 0);
}

static int64_t parse(const char *text)
{
	int64_t t = -1;

	return of1_parse_time(text, strlen(text), &t) ? t : -1;
}

static void times_are_utc_whatever_their_offset(void **state)
{
	const int64_t t = INT64_C(1694783299923) * 1000000;

	(void)state;
	assert_int_equal(parse("2023-09-15T13:08:19.923000+00:00"), t);
	assert_int_equal(parse("2023-09-15T13:08:19.923"), t);
	assert_int_equal(parse("2023-09-15T13:08:19.923Z"), t);
	assert_int_equal(parse("2023-09-15T15:08:19.923+02:00"), t);
	assert_int_equal(parse("2023-09-15T08:08:19.923-05:00"), t);
	assert_int_equal(parse("2023-09-15T13:08:19+00:00"), t - 923000000);
	assert_int_equal(parse("2023-09-15T13:08:19+0000"), -1);
	assert_int_equal(parse("2023-09-15"), -1);
	assert_int_equal(parse("1969-12-31T23:59:59+02:00"), -1);
	assert_int_equal(parse(""), -1);
}

static void offsets_may_lack_a_zero(void **state)
{
	(void)state;
	assert_int_equal(read_row("{\"gmt_offset\":\"3:00:00\"}").gmt_offset_s, 10800);
	assert_int_equal(read_row("{\"gmt_offset\":\"-05:30:00\"}").gmt_offset_s, -19800);
	assert_int_equal(read_row("{\"gmt_offset\":\"-6:00:00\"}").gmt_offset_s, -21600);
}

static void unknown_names_are_passed_over(void **state)
{
	struct of1_row row = read_row("{\"_key\":\"1744370476603_31\",\"_id\":1747235800206,\"_index\":3,\"new_field\":[1,{\"driver_number\":5}],"
				      "\"segments_sector_1\":[2049,null,2051],\"duration\":[1.5,null,2],\"driver_number\":31}");

	(void)state;
	assert_string_equal(row.key, "1744370476603_31");
	assert_int_equal(row.id, INT64_C(1747235800206));
	assert_int_equal(row.driver, 31);
	assert_int_equal(row.unknown_fields, 1); /* names with _ and lists we know are none */
	assert_int_equal(row.bad_values, 0);
}

static void text_is_cut_at_a_character_and_mended(void **state)
{
	struct of1_row row = read_row("{\"name_acronym\":\"\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f\xe2\x82\xac\",\"message\":\"a\\u0000b\"}");

	(void)state;
	assert_string_equal(row.acronym, "\xc3\xa4\xc3\xb6\xc3\xbc");
	assert_string_equal(row.message, "a\xef\xbf\xbd" "b");
}

static void what_is_no_row_is_refused(void **state)
{
	static const char *const bad[] = {"", "[]", "12", "null", "{", "{\"a\":}", "{\"a\":1}x", "[{\"a\":1}]", "<html>{}</html>"};
	struct of1_row row;
	char *long_row = malloc(OF1_ROW_MAX + 2);

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(of1_row_read(&row, bad[i], strlen(bad[i])), F1P_EINVAL);
	}
	assert_non_null(long_row);
	memset(long_row, ' ', OF1_ROW_MAX + 2);
	memcpy(long_row, "{}", 2);
	assert_int_equal(of1_row_read(&row, long_row, OF1_ROW_MAX + 1), F1P_EINVAL);
	memset(long_row, '[', OF1_ROW_MAX);
	memcpy(long_row, "{\"a\":", 5);
	assert_int_equal(of1_row_read(&row, long_row, OF1_ROW_MAX), F1P_EINVAL);
	free(long_row);
}

static void every_table_entry_is_found(void **state)
{
	static const char *const names[] = {"_id", "air_temperature", "wind_speed", "x", "year", "z", "lap_start", "team_colour", "i2_speed",
		"st_speed", "qualifying_phase", "tyre_age_at_start", "n_gear", "drs", "rainfall", "sector", "session_key", "meeting_key"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char text[80];
		struct of1_row row;

		snprintf(text, sizeof(text), "{\"%s\":%s}", names[i],
			strcmp(names[i], "year") == 0 ? "2024" : strcmp(names[i], "team_colour") == 0 ? "\"ffffff\"" : "1");
		row = read_row(text);
		if (row.has[0] == 0 && row.has[1] == 0) {
			fail_msg("%s is not known", names[i]);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_come_in_every_spelling),
		cmocka_unit_test(null_is_not_there),
		cmocka_unit_test(impossible_values_are_counted_and_left_out),
		cmocka_unit_test(gaps_are_seconds_laps_or_the_leader),
		cmocka_unit_test(times_are_utc_whatever_their_offset),
		cmocka_unit_test(offsets_may_lack_a_zero),
		cmocka_unit_test(unknown_names_are_passed_over),
		cmocka_unit_test(text_is_cut_at_a_character_and_mended),
		cmocka_unit_test(what_is_no_row_is_refused),
		cmocka_unit_test(every_table_entry_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

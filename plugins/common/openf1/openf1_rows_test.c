/*
 * openf1_rows_test.c - events as rows of OpenF1: which lap a time belongs to, how stints and stops come about, what is null; and
 * that the decoder of such rows finds nothing strange in them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define T0 INT64_C(1709391600000000000) /* 2024-03-02T15:00:00Z */
#define S INT64_C(1000000000)

struct table {
	struct openf1_rows *rows;
	struct f1p_json json;
	char text[65536]; /* rows of a collection, one per line */
};

static int setup(void **state)
{
	struct table *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	t->rows = openf1_rows_create();
	assert_non_null(t->rows);
	f1p_json_init(&t->json);
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	struct table *t = *state;

	openf1_rows_destroy(t->rows);
	f1p_json_finish(&t->json);
	free(t);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static void take(struct table *t, uint16_t type, void *event, size_t size, int64_t t_ns, uint32_t flags)
{
	*(struct f1p_event *)event = (struct f1p_event){
		.size = (uint32_t)size, .space = F1P_SPACE_CORE, .type = type, .flags = flags, .t_event_ns = t_ns};
	assert_int_equal(openf1_rows_take(t->rows, event), F1P_OK);
}
#define TAKE(t, type, at, ...) take((t), (type), &(__VA_ARGS__), sizeof(__VA_ARGS__), (at), 0)

static bool add_row(void *arg, const struct openf1_field *fields, size_t n)
{
	struct table *t = arg;
	const char *text = NULL;
	size_t used = strlen(t->text), len = 0;

	for (size_t i = 1; i < n; i++) {
		assert_true(strcmp(fields[i - 1].name, fields[i].name) < 0); /* CSV columns come so */
	}
	f1p_json_clear(&t->json);
	openf1_row_json(&t->json, fields, n);
	text = f1p_json_text(&t->json, &len);
	assert_non_null(text);
	assert_true(used + len + 2 < sizeof(t->text));
	memcpy(t->text + used, text, len);
	strcpy(t->text + used + len, "\n");
	return true;
}

static const char *rows_of(struct table *t, enum of1_collection c)
{
	t->text[0] = '\0';
	assert_true(openf1_rows_each(t->rows, c, add_row, t));
	return t->text;
}

static int count_lines(const char *text)
{
	int n = 0;

	for (; *text != '\0'; text++) {
		n += *text == '\n';
	}
	return n;
}

static void has(struct table *t, enum of1_collection c, const char *part)
{
	if (strstr(rows_of(t, c), part) == NULL) {
		fail_msg("no %s in %s", part, t->text);
	}
}

static void begin_race(struct table *t)
{
	TAKE(t, F1P_EV_SESSION, T0 - 600 * S,
		(struct f1p_ev_session){.session_key = 9472,
			.meeting_key = 1229,
			.circuit_key = 63,
			.year = 2024,
			.type = F1P_SESSION_RACE,
			.t_start_ns = T0,
			.t_end_ns = T0 + 7200 * S,
			.gmt_offset_s = -6 * 3600,
			.name = "Race",
			.meeting = "Example GP",
			.circuit = "Ring",
			.location = "Town",
			.country = "EXA"});
	TAKE(t, F1P_EV_SESSION_STATUS, T0, (struct f1p_ev_value){.value = F1P_STATUS_STARTED});
}

static void laps_done(struct table *t, uint16_t car, int32_t laps, int64_t at)
{
	TAKE(t, F1P_EV_CAR_LAP, at, (struct f1p_ev_car_lap){.mask = F1P_LAP_NUMBER, .car = car, .laps = laps});
}

static void lap_time(struct table *t, uint16_t car, int32_t ms, int64_t at)
{
	TAKE(t, F1P_EV_CAR_LAP, at, (struct f1p_ev_car_lap){.mask = F1P_LAP_LAST, .car = car, .last_ms = ms});
}

static void sector(struct table *t, uint16_t car, uint8_t n, int32_t ms, int64_t at)
{
	TAKE(t, F1P_EV_CAR_SECTOR, at,
		(struct f1p_ev_car_sector){.mask = F1P_SECTOR_TIME, .car = car, .sector = n, .time_ms = ms});
}

static void told_at(struct table *t, uint16_t car, int32_t position)
{
	TAKE(t, F1P_EV_CAR_POSITION, T0, (struct f1p_ev_car_value){.car = car, .value = position});
}

static void is_over(struct table *t, int64_t at)
{
	TAKE(t, F1P_EV_SESSION_STATUS, at, (struct f1p_ev_value){.value = F1P_STATUS_FINALISED});
}

/* ---- results ---- */

static void begin_session(struct table *t, uint8_t type)
{
	TAKE(t, F1P_EV_SESSION, T0,
		(struct f1p_ev_session){.session_key = 7782,
			.meeting_key = 1143,
			.type = type,
			.t_start_ns = T0,
			.t_end_ns = F1P_UNKNOWN_NS,
			.gmt_offset_s = F1P_UNKNOWN});
	TAKE(t, F1P_EV_SESSION_STATUS, T0, (struct f1p_ev_value){.value = F1P_STATUS_STARTED});
}

static void best(struct table *t, uint16_t car, uint8_t part, int32_t ms)
{
	TAKE(t, F1P_EV_CAR_BEST, T0 + 60 * S,
		(struct f1p_ev_car_best){.car = car, .part = part, .best_ms = ms, .lap = F1P_UNKNOWN});
}

static void a_qualifying_has_three_times_and_gaps(void **state)
{
	struct table *t = *state;

	begin_session(t, F1P_SESSION_QUALIFYING);
	told_at(t, 1, 1);
	told_at(t, 44, 2);
	best(t, 1, 1, 77565);
	best(t, 1, 2, 77000);
	best(t, 1, 3, 76500);
	best(t, 44, 1, 77400);
	laps_done(t, 1, 20, T0 + 3000 * S);
	laps_done(t, 44, 9, T0 + 1200 * S);
	assert_int_equal(count_lines(rows_of(t, OF1_SESSION_RESULT)), 0); /* not before it is over */
	is_over(t, T0 + 4000 * S);
	assert_string_equal(rows_of(t, OF1_SESSION_RESULT),
		"{\"dnf\":false,\"dns\":false,\"driver_number\":1,\"dsq\":false,\"duration\":[77.565,77.0,76.5],"
		"\"gap_to_leader\":[0.165,0.0,0.0],\"meeting_key\":1143,\"number_of_laps\":20,\"position\":1,\"session_key\":"
		"7782}\n"
		"{\"dnf\":false,\"dns\":false,\"driver_number\":44,\"dsq\":false,\"duration\":[77.4,null,null],"
		"\"gap_to_leader\":[0.0,null,null],\"meeting_key\":1143,\"number_of_laps\":9,\"position\":2,\"session_key\":7782}"
		"\n");
}

static void a_practice_has_the_best_lap(void **state)
{
	struct table *t = *state;

	begin_session(t, F1P_SESSION_PRACTICE);
	told_at(t, 44, 2);
	told_at(t, 1, 1);
	best(t, 1, 0, 77565);
	best(t, 44, 0, 77727);
	laps_done(t, 1, 20, T0 + 3000 * S);
	laps_done(t, 44, 9, T0 + 1200 * S);
	is_over(t, T0 + 4000 * S);
	has(t, OF1_SESSION_RESULT, "\"driver_number\":1,\"dsq\":false,\"duration\":77.565,\"gap_to_leader\":0.0,");
	has(t, OF1_SESSION_RESULT, "\"driver_number\":44,\"dsq\":false,\"duration\":77.727,\"gap_to_leader\":0.162,");
}

static void who_is_out_or_lapped_or_never_started(void **state)
{
	struct table *t = *state;

	begin_race(t);
	told_at(t, 1, 1);
	told_at(t, 44, 2);
	told_at(t, 4, 3);
	told_at(t, 16, 4);
	told_at(t, 77, 5);
	for (int32_t lap = 1; lap <= 10; lap++) {
		laps_done(t, 1, lap, T0 + lap * 90 * S);
		if (lap <= 9) {
			laps_done(t, 44, lap, T0 + lap * 101 * S);   /* crosses the line last at 909 s, a lap behind the winner */
			laps_done(t, 4, lap, T0 + lap * 90 * S + S); /* and never again */
		}
		if (lap <= 3) {
			laps_done(t, 16, lap, T0 + lap * 90 * S + 2 * S);
		}
	}
	TAKE(t, F1P_EV_CAR_GAP, T0 + 905 * S,
		(struct f1p_ev_car_gap){.mask = F1P_GAP_LEADER, .car = 44, .gap_ms = F1P_UNKNOWN, .gap_laps = 1});
	is_over(t, T0 + 2000 * S);
	has(t, OF1_SESSION_RESULT,
		"{\"dnf\":false,\"dns\":false,\"driver_number\":44,\"dsq\":false,\"duration\":null,\"gap_to_leader\":\"+1 LAP\"");
	has(t, OF1_SESSION_RESULT, "{\"dnf\":true,\"dns\":false,\"driver_number\":4,"); /* classified: nine laps of ten */
	has(t, OF1_SESSION_RESULT, "\"number_of_laps\":9,\"position\":3,");
	has(t, OF1_SESSION_RESULT, "\"number_of_laps\":3,\"position\":null,");
	has(t, OF1_SESSION_RESULT, "{\"dnf\":false,\"dns\":true,\"driver_number\":77,");
}

static void an_overtake_is_a_change_of_order_in_the_race(void **state)
{
	struct table *t = *state;

	begin_session(t, F1P_SESSION_RACE);
	for (uint16_t car = 1; car <= 4; car++) {
		told_at(t, car, car);
	}
	assert_int_equal(count_lines(rows_of(t, OF1_OVERTAKES)), 0);				   /* the first order is none */
	TAKE(t, F1P_EV_CAR_POSITION, T0 + 9 * S, (struct f1p_ev_car_value){.car = 3, .value = 1}); /* 3 passes 1 and 2 */
	TAKE(t, F1P_EV_CAR_POSITION, T0 + 9 * S, (struct f1p_ev_car_value){.car = 1, .value = 2});
	TAKE(t, F1P_EV_CAR_POSITION, T0 + 9 * S, (struct f1p_ev_car_value){.car = 2, .value = 3});
	assert_int_equal(count_lines(rows_of(t, OF1_OVERTAKES)), 2);
	has(t, OF1_OVERTAKES, "\"overtaken_driver_number\":1,\"overtaking_driver_number\":3,\"position\":1,");
	has(t, OF1_OVERTAKES, "\"overtaken_driver_number\":2,\"overtaking_driver_number\":3,\"position\":1,");
	openf1_rows_clear(t->rows);
	begin_session(t, F1P_SESSION_QUALIFYING);
	told_at(t, 1, 1);
	told_at(t, 2, 2);
	TAKE(t, F1P_EV_CAR_POSITION, T0 + 9 * S, (struct f1p_ev_car_value){.car = 2, .value = 1});
	TAKE(t, F1P_EV_CAR_POSITION, T0 + 9 * S, (struct f1p_ev_car_value){.car = 1, .value = 2});
	assert_int_equal(count_lines(rows_of(t, OF1_OVERTAKES)), 0);
}

/* ---- laps ---- */

static void times_behind_the_line_belong_to_the_lap_before(void **state)
{
	struct table *t = *state;

	begin_race(t);
	sector(t, 44, 0, 30000, T0 + 30 * S);
	laps_done(t, 44, 1, T0 + 95 * S);
	lap_time(t, 44, 95123, T0 + 96 * S);
	sector(t, 44, 2, 24010, T0 + 97 * S);
	TAKE(t, F1P_EV_CAR_SPEED, T0 + 97 * S, (struct f1p_ev_car_speed){.car = 44, .trap = F1P_TRAP_ST, .speed_kmh = 311});
	sector(t, 44, 0, 29000, T0 + 124 * S);
	has(t, OF1_LAPS,
		"{\"date_start\":null,\"driver_number\":44,\"duration_sector_1\":30.0,\"duration_sector_2\":null,"
		"\"duration_sector_3\":24.01,\"i1_speed\":null,\"i2_speed\":null,\"is_pit_out_lap\":false,"
		"\"lap_duration\":95.123,\"lap_number\":1,");
	has(t, OF1_LAPS, "{\"date_start\":\"2024-03-02T15:01:35+00:00\",\"driver_number\":44,\"duration_sector_1\":29.0,");
	has(t, OF1_LAPS,
		"\"lap_number\":2,\"meeting_key\":1229,\"segments_sector_1\":null,\"segments_sector_2\":null,"
		"\"segments_sector_3\":null,\"session_key\":9472,\"st_speed\":311}");
}

static void a_time_before_the_line_belongs_to_the_crossing_that_comes(void **state)
{
	struct table *t = *state;

	begin_race(t);
	laps_done(t, 44, 1, T0 + 95 * S);
	lap_time(t, 44, 90000, T0 + 184 * S);
	laps_done(t, 44, 2, T0 + 185 * S);
	has(t, OF1_LAPS, "\"lap_duration\":90.0,\"lap_number\":2,");
}

static void an_equal_time_is_the_sum_of_its_sectors(void **state)
{
	struct table *t = *state;

	begin_race(t);
	laps_done(t, 44, 1, T0 + 95 * S);
	sector(t, 44, 0, 29000, T0 + 124 * S);
	sector(t, 44, 1, 30000, T0 + 154 * S);
	laps_done(t, 44, 2, T0 + 185 * S);
	sector(t, 44, 2, 31500, T0 + 186 * S);
	laps_done(t, 44, 3, T0 + 275 * S);
	has(t, OF1_LAPS, "\"lap_duration\":90.5,\"lap_number\":2,");
}

static void a_late_record_corrects_its_lap(void **state)
{
	struct table *t = *state;

	begin_race(t);
	laps_done(t, 44, 1, T0 + 95 * S);
	TAKE(t, F1P_EV_LAP_RECORD, T0 + 500 * S,
		(struct f1p_ev_lap_record){.mask = F1P_RECORD_TIME | F1P_RECORD_OUT_LAP | F1P_RECORD_START,
			.car = 44,
			.lap = 1,
			.time_ms = 91234,
			.out_lap = F1P_YES,
			.t_lap_start_ns = T0 + S / 2});
	has(t, OF1_LAPS, "{\"date_start\":\"2024-03-02T15:00:00.500000+00:00\"");
	has(t, OF1_LAPS, "\"is_pit_out_lap\":true,\"lap_duration\":91.234,\"lap_number\":1");
}

static void segments_are_lists_of_codes(void **state)
{
	struct table *t = *state;

	begin_race(t);
	TAKE(t, F1P_EV_CAR_SEGMENT, T0 + S, (struct f1p_ev_car_segment){.car = 44, .sector = 0, .segment = 0, .status = 2049});
	TAKE(t, F1P_EV_CAR_SEGMENT, T0 + S, (struct f1p_ev_car_segment){.car = 44, .sector = 0, .segment = 2, .status = 2051});
	TAKE(t, F1P_EV_CAR_SEGMENT, T0 + 90 * S, (struct f1p_ev_car_segment){.car = 44, .sector = 0, .segment = 0, .status = 0});
	has(t, OF1_LAPS, "\"segments_sector_1\":[2049,0,2051]");
}

static void a_first_segment_soon_behind_the_line_is_of_the_new_lap(void **state)
{
	struct table *t = *state;

	begin_race(t);
	laps_done(t, 44, 1, T0 + 95 * S);
	TAKE(t, F1P_EV_CAR_SEGMENT, T0 + 96 * S,
		(struct f1p_ev_car_segment){.car = 44, .sector = 2, .segment = 0, .status = 2049});
	TAKE(t, F1P_EV_CAR_SEGMENT, T0 + 98 * S,
		(struct f1p_ev_car_segment){.car = 44, .sector = 0, .segment = 0, .status = 2051});
	has(t, OF1_LAPS,
		"\"lap_number\":1,\"meeting_key\":1229,\"segments_sector_1\":null,\"segments_sector_2\":null,"
		"\"segments_sector_3\":[2049],");
	has(t, OF1_LAPS, "\"lap_number\":2,\"meeting_key\":1229,\"segments_sector_1\":[2051],");
}

static void laps_beyond_all_limits_are_no_laps(void **state)
{
	struct table *t = *state;

	begin_race(t);
	laps_done(t, 44, F1P_MAX_LAPS, T0 + S);
	sector(t, 44, 0, 29000, T0 + 60 * S);
	laps_done(t, 44, F1P_MAX_LAPS + 1, T0 + 90 * S);
	laps_done(t, 44, 499, T0 + 180 * S);
	assert_int_equal(count_lines(rows_of(t, OF1_LAPS)), 1);
}

/* ---- stops and stints ---- */

static void in_pit(struct table *t, uint16_t car, uint8_t in, int64_t at)
{
	TAKE(t, F1P_EV_CAR_STATUS, at, (struct f1p_ev_car_status){.mask = F1P_CAR_IN_PIT, .car = car, .in_pit = in});
}

static void a_passage_is_reckoned_until_the_feed_tells_it(void **state)
{
	struct table *t = *state;

	TAKE(t, F1P_EV_SESSION_STATUS, T0 - 900 * S, (struct f1p_ev_value){.value = F1P_STATUS_INACTIVE});
	in_pit(t, 44, F1P_YES, T0 - 900 * S);
	in_pit(t, 44, F1P_NO, T0 - 800 * S); /* to the grid: no stop */
	begin_race(t);
	laps_done(t, 44, 8, T0 + 95 * S);
	in_pit(t, 44, F1P_YES, T0 + 180 * S);
	assert_int_equal(count_lines(rows_of(t, OF1_PIT)), 0);
	in_pit(t, 44, F1P_NO, T0 + 204 * S + S / 3);
	has(t, OF1_PIT,
		"{\"date\":\"2024-03-02T15:03:24.333333+00:00\",\"driver_number\":44,\"lane_duration\":24.3,\"lap_number\":9,"
		"\"meeting_key\":1229,\"pit_duration\":24.3,\"session_key\":9472,\"stop_duration\":null}\n");
	has(t, OF1_LAPS, "\"is_pit_out_lap\":true");
	TAKE(t, F1P_EV_PIT_STOP, T0 + 205 * S, (struct f1p_ev_pit){.car = 44, .lap = 9, .lane_ms = 24444, .stationary_ms = 2400});
	has(t, OF1_PIT, "\"lane_duration\":24.444,\"lap_number\":9,");
	has(t, OF1_PIT, "\"stop_duration\":2.4}");
	assert_int_equal(count_lines(rows_of(t, OF1_PIT)), 1);
}

static void stint(struct table *t, uint8_t index, uint8_t compound, int32_t start, int32_t total)
{
	TAKE(t, F1P_EV_STINT, T0,
		(struct f1p_ev_stint){.mask = F1P_STINT_COMPOUND | F1P_STINT_START | F1P_STINT_TOTAL,
			.car = 44,
			.index = index,
			.compound = compound,
			.start_laps = start,
			.total_laps = total});
}

static void stints_follow_one_another(void **state)
{
	struct table *t = *state;

	begin_race(t);
	stint(t, 0, F1P_TYRE_SOFT, 3, 20);
	stint(t, 1, F1P_TYRE_HARD, 0, 0);
	has(t, OF1_STINTS,
		"{\"compound\":\"SOFT\",\"driver_number\":44,\"lap_end\":17,\"lap_start\":1,\"meeting_key\":1229,"
		"\"session_key\":9472,\"stint_number\":1,\"tyre_age_at_start\":3}");
	has(t, OF1_STINTS, "{\"compound\":\"HARD\",\"driver_number\":44,\"lap_end\":18,\"lap_start\":18,"); /* just begun */
	stint(t, 1, F1P_TYRE_HARD, 0, 12);
	has(t, OF1_STINTS, "\"lap_end\":29,\"lap_start\":18,");
	stint(t, 2, F1P_TYRE_WET, 0, 0);
	stint(t, 3, F1P_TYRE_INTERMEDIATE, 0, 5); /* the wets never ran */
	assert_null(strstr(rows_of(t, OF1_STINTS), "WET"));
	has(t, OF1_STINTS, "\"lap_end\":34,\"lap_start\":30,");
	TAKE(t, F1P_EV_STINTS_RESET, T0, (struct f1p_ev_car_value){.car = 44});
	assert_string_equal(rows_of(t, OF1_STINTS), "");
}

/* ---- the rest ---- */

static void gaps_are_seconds_laps_or_null(void **state)
{
	struct table *t = *state;
	uint32_t both = F1P_GAP_LEADER | F1P_GAP_INTERVAL;

	begin_race(t);
	TAKE(t, F1P_EV_CAR_GAP, T0, (struct f1p_ev_car_gap){.mask = both, .car = 1, .gap_ms = 0, .interval_ms = F1P_UNKNOWN});
	TAKE(t, F1P_EV_CAR_GAP, T0, (struct f1p_ev_car_gap){.mask = F1P_GAP_INTERVAL, .car = 44, .interval_ms = 853});
	TAKE(t, F1P_EV_CAR_GAP, T0,
		(struct f1p_ev_car_gap){.mask = both,
			.car = 7,
			.gap_ms = F1P_UNKNOWN,
			.gap_laps = 2,
			.interval_ms = F1P_UNKNOWN,
			.interval_laps = 1});
	has(t, OF1_INTERVALS, "\"driver_number\":1,\"gap_to_leader\":0.0,\"interval\":0.0,");
	has(t, OF1_INTERVALS, "\"driver_number\":44,\"gap_to_leader\":null,\"interval\":0.853,");
	has(t, OF1_INTERVALS, "\"driver_number\":7,\"gap_to_leader\":\"+2 LAPS\",\"interval\":\"+1 LAP\",");
}

static void qualifying_has_no_intervals(void **state)
{
	struct table *t = *state;

	TAKE(t, F1P_EV_SESSION, T0,
		(struct f1p_ev_session){.session_key = 1, .type = F1P_SESSION_QUALIFYING, .name = "Qualifying"});
	TAKE(t, F1P_EV_CAR_GAP, T0, (struct f1p_ev_car_gap){.mask = F1P_GAP_LEADER, .car = 1, .gap_ms = 0});
	TAKE(t, F1P_EV_SESSION_PART, T0, (struct f1p_ev_value){.value = 2});
	TAKE(t, F1P_EV_RACE_CONTROL, T0,
		(struct f1p_ev_race_control){.car = 4,
			.lap = F1P_UNKNOWN,
			.t_utc_ns = T0 + S / 4,
			.category = F1P_RC_FLAG,
			.flag = F1P_FLAG_DOUBLE_YELLOW,
			.scope = F1P_SCOPE_SECTOR,
			.mode = F1P_MODE_NONE,
			.status = F1P_RCS_NONE,
			.sector = 5,
			.text = "DOUBLE YELLOW"});
	assert_string_equal(rows_of(t, OF1_INTERVALS), "");
	has(t, OF1_RACE_CONTROL,
		"{\"category\":\"Flag\",\"date\":\"2024-03-02T15:00:00.250000+00:00\",\"driver_number\":4,"
		"\"flag\":\"DOUBLE YELLOW\",\"lap_number\":null,\"meeting_key\":null,\"message\":\"DOUBLE YELLOW\","
		"\"qualifying_phase\":2,\"scope\":\"Sector\",\"sector\":5,\"session_key\":1}");
}

static void messages_of_a_snapshot_are_told_once(void **state)
{
	struct table *t = *state;
	struct f1p_ev_race_control m = {.lap = 1,
		.t_utc_ns = T0,
		.category = F1P_RC_OTHER,
		.flag = F1P_FLAG_NONE,
		.scope = F1P_SCOPE_NONE,
		.mode = F1P_MODE_NONE,
		.status = F1P_RCS_NONE,
		.text = "PIT EXIT OPEN"};
	struct f1p_event reset;

	take(t, F1P_EV_RACE_CONTROL, &m, sizeof(m), T0, 0);
	take(t, F1P_EV_FEED_RESET, &reset, sizeof(reset), T0 + S, F1P_EVF_SNAPSHOT);
	take(t, F1P_EV_RACE_CONTROL, &m, sizeof(m), T0 + S, F1P_EVF_SNAPSHOT);
	assert_int_equal(count_lines(rows_of(t, OF1_RACE_CONTROL)), 1);
	take(t, F1P_EV_FEED_RESET, &reset, sizeof(reset), T0, 0);
	assert_int_equal(count_lines(rows_of(t, OF1_RACE_CONTROL)), 0);
}

static void names_are_split_where_that_is_plain(void **state)
{
	static const char *const names[][2] = {
		{"Max VERSTAPPEN",
			"\"broadcast_name\":\"M VERSTAPPEN\",\"country_code\":null,\"driver_number\":1,\"first_name\":\"Max\","
			"\"full_name\":\"Max VERSTAPPEN\",\"headshot_url\":null,\"last_name\":\"Verstappen\""},
		{"Nyck DE VRIES", "\"last_name\":\"De Vries\""},
		{"ZHOU Guanyu", "\"broadcast_name\":\"G ZHOU\""},
		{"Ann Able", "\"first_name\":null,\"full_name\":\"Ann Able\",\"headshot_url\":null,\"last_name\":null"},
		{"X", "\"broadcast_name\":null"},
		{"", "\"full_name\":null"},
	};
	struct table *t = *state;

	begin_race(t);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct f1p_ev_driver d = {.mask = F1P_DRIVER_NAME | F1P_DRIVER_COLOUR, .car = 1, .colour_rgb = 0x0000aa};

		strcpy(d.name, names[i][0]);
		take(t, F1P_EV_DRIVER, &d, sizeof(d), T0, 0);
		has(t, OF1_DRIVERS, names[i][1]);
		has(t, OF1_DRIVERS, "\"team_colour\":\"0000AA\"");
	}
}

static void another_session_begins_empty(void **state)
{
	struct table *t = *state;

	begin_race(t);
	laps_done(t, 44, 1, T0 + 95 * S);
	TAKE(t, F1P_EV_SESSION, T0 + 9000 * S,
		(struct f1p_ev_session){.session_key = 9473, .type = F1P_SESSION_RACE, .name = "Race"});
	assert_string_equal(rows_of(t, OF1_LAPS), "");
	has(t, OF1_SESSIONS, "\"session_key\":9473");
}

static void more_cars_than_there_can_be_are_counted(void **state)
{
	struct table *t = *state;

	for (uint16_t car = 1; car <= F1P_MAX_CARS + 3; car++) {
		TAKE(t, F1P_EV_CAR_POSITION, T0, (struct f1p_ev_car_value){.car = car, .value = 1});
	}
	assert_int_equal(count_lines(rows_of(t, OF1_POSITION)), F1P_MAX_CARS);
	assert_int_equal(openf1_rows_lost(t->rows), 3);
}

static bool stop_at_once(void *arg, const struct openf1_field *fields, size_t n)
{
	(void)fields, (void)n;
	++*(int *)arg;
	return false;
}

static void a_reader_may_stop(void **state)
{
	struct table *t = *state;
	int calls = 0;

	for (uint16_t car = 1; car <= 5; car++) {
		laps_done(t, car, 3, T0 + S);
	}
	assert_false(openf1_rows_each(t->rows, OF1_LAPS, stop_at_once, &calls));
	assert_int_equal(calls, 1);
	assert_true(openf1_rows_each(t->rows, OF1_OVERTAKES, stop_at_once, &calls)); /* there is no such collection here */
}

/* ---- the decoder's view ---- */

static f1p_status count_event(void *arg, const struct f1p_event *ev)
{
	(void)ev;
	++*(int *)arg;
	return F1P_OK;
}

static void the_decoder_finds_nothing_strange(void **state)
{
	struct table *t = *state;
	int events = 0;
	struct of1_decoder *d = of1_create(count_event, &events);
	const struct of1_stats *stats = NULL;
	static const enum of1_collection all[] = {OF1_SESSIONS, OF1_DRIVERS, OF1_STARTING_GRID, OF1_RACE_CONTROL, OF1_POSITION,
		OF1_LAPS, OF1_STINTS, OF1_PIT, OF1_INTERVALS, OF1_WEATHER, OF1_CAR_DATA, OF1_LOCATION};

	assert_non_null(d);
	of1_set_session(d, 9472, 1229);
	times_behind_the_line_belong_to_the_lap_before(state);
	in_pit(t, 44, F1P_YES, T0 + 180 * S);
	in_pit(t, 44, F1P_NO, T0 + 204 * S);
	stint(t, 0, F1P_TYRE_SOFT, 3, 20);
	TAKE(t, F1P_EV_DRIVER, T0,
		(struct f1p_ev_driver){.mask = F1P_DRIVER_CODE | F1P_DRIVER_NAME, .car = 44, .code = "ABC", .name = "Ann ABLE"});
	TAKE(t, F1P_EV_CAR_GRID, T0, (struct f1p_ev_car_value){.car = 44, .value = 3});
	TAKE(t, F1P_EV_CAR_POSITION, T0, (struct f1p_ev_car_value){.car = 44, .value = 3});
	TAKE(t, F1P_EV_CAR_GAP, T0,
		(struct f1p_ev_car_gap){.mask = F1P_GAP_LEADER, .car = 44, .gap_ms = F1P_UNKNOWN, .gap_laps = 1});
	TAKE(t, F1P_EV_WEATHER, T0,
		(struct f1p_ev_weather){.mask = 127,
			.air_temp_dc = -15,
			.track_temp_dc = 200,
			.pressure_dhpa = 10132,
			.humidity_dpct = 500,
			.wind_speed_dms = 7,
			.wind_dir_deg = 90,
			.rain = F1P_YES});
	TAKE(t, F1P_EV_TELEMETRY, T0,
		(struct f1p_ev_telemetry){.car = 44, .rpm = 11000, .speed_kmh = 300, .gear = 8, .drs = 255});
	TAKE(t, F1P_EV_XYZ, T0, (struct f1p_ev_xyz){.car = 44, .on_track = F1P_YES, .x_dm = -5});
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		const char *at = rows_of(t, all[i]);

		assert_int_not_equal(at[0], '\0');
		for (; *at != '\0'; at = strchr(at, '\n') + 1) {
			assert_int_equal(of1_rows(d, all[i], at, (size_t)(strchr(at, '\n') - at), T0 + 900 * S), F1P_OK);
		}
	}
	of1_flush(d, T0 + 900 * S);
	stats = of1_get_stats(d);
	assert_int_equal(stats->bad_values + stats->incomplete + stats->broken + stats->other_session, 0);
	assert_true(events > 10);
	of1_destroy(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_qualifying_has_three_times_and_gaps),
		TEST(a_practice_has_the_best_lap),
		TEST(who_is_out_or_lapped_or_never_started),
		TEST(an_overtake_is_a_change_of_order_in_the_race),
		TEST(times_behind_the_line_belong_to_the_lap_before),
		TEST(a_time_before_the_line_belongs_to_the_crossing_that_comes),
		TEST(an_equal_time_is_the_sum_of_its_sectors),
		TEST(a_late_record_corrects_its_lap),
		TEST(segments_are_lists_of_codes),
		TEST(a_first_segment_soon_behind_the_line_is_of_the_new_lap),
		TEST(laps_beyond_all_limits_are_no_laps),
		TEST(a_passage_is_reckoned_until_the_feed_tells_it),
		TEST(stints_follow_one_another),
		TEST(gaps_are_seconds_laps_or_null),
		TEST(qualifying_has_no_intervals),
		TEST(messages_of_a_snapshot_are_told_once),
		TEST(names_are_split_where_that_is_plain),
		TEST(another_session_begins_empty),
		TEST(more_cars_than_there_can_be_are_counted),
		TEST(a_reader_may_stop),
		TEST(the_decoder_finds_nothing_strange),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

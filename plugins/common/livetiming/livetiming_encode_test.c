/*
 * livetiming_encode_test.c - events as messages of the feed, read again by the decoder: the same events in the same order.
 */
#include "testing.h"

#include "encode.h"

#include <helpers/rng.h>

#define MAX_EVENTS 4096

struct loop { /* encoder -> decoder */
	struct feed feed;
	struct lt_encoder *encoder;
	char topics[4096]; /* of the messages, one behind the other */
	char json[65536];  /* the newest message */
	size_t messages;
	int64_t t_ns;
	f1p_status answer;
	_Alignas(8) char sent[MAX_EVENTS][1024];
	size_t n_sent;
};

static f1p_status on_message(void *arg, const char *topic, const char *json, size_t n, int64_t t_ns)
{
	struct loop *l = arg;

	assert_true(t_ns >= l->t_ns);
	l->t_ns = t_ns;
	l->messages++;
	if (strlen(l->topics) + strlen(topic) + 2 < sizeof(l->topics)) {
		strcat(strcat(l->topics, topic), " ");
	}
	assert_true(n < sizeof(l->json));
	memcpy(l->json, json, n + 1);
	assert_int_equal(strlen(json), n);
	assert_int_equal(lt_message(l->feed.decoder, topic, strlen(topic), json, n, t_ns, 0), F1P_OK);
	return l->answer;
}

static int loop_setup(void **state)
{
	struct loop *l = calloc(1, sizeof(*l));

	assert_non_null(l);
	l->feed.decoder = lt_create(keep_event, keep_complaint, &l->feed);
	l->encoder = lt_encoder_create(on_message, l);
	assert_non_null(l->feed.decoder);
	assert_non_null(l->encoder);
	*state = l;
	return 0;
}

static int loop_teardown(void **state)
{
	struct loop *l = *state;

	lt_encoder_destroy(l->encoder);
	lt_destroy(l->feed.decoder);
	free(l->feed.events);
	free(l);
	return 0;
}

#define LOOP_TEST(f) cmocka_unit_test_setup_teardown(f, loop_setup, loop_teardown)

static void give_bytes(struct loop *l, uint16_t type, void *event, size_t size, int64_t t_ns, bool more)
{
	*(struct f1p_event *)event = (struct f1p_event){.size = (uint32_t)size,
		.space = F1P_SPACE_CORE,
		.type = type,
		.flags = more ? F1P_EVF_MORE : 0,
		.t_event_ns = t_ns};
	assert_true(l->n_sent < MAX_EVENTS && size <= sizeof(l->sent[0]));
	memcpy(l->sent[l->n_sent++], event, size);
	assert_int_equal(lt_encode(l->encoder, event), F1P_OK);
}
#define GIVE_AT(l, type, t, more, ...) give_bytes((l), (type), &(__VA_ARGS__), sizeof(__VA_ARGS__), (t), (more))
#define GIVE(l, type, ...) GIVE_AT(l, type, T0, false, __VA_ARGS__)
#define MORE(l, type, ...) GIVE_AT(l, type, T0, true, __VA_ARGS__)

/* All that was given has come back, byte for byte, but for how it was grouped. */
static void came_back(struct loop *l)
{
	assert_int_equal(lt_encode_flush(l->encoder), F1P_OK);
	assert_int_equal(l->feed.complaints, 0);
	assert_int_equal(stats(&l->feed)->merge_oddities, 0);
	for (size_t i = 0; i < l->n_sent && i < l->feed.n; i++) {
		struct f1p_event *want = (void *)l->sent[i], *got = &l->feed.events[i].ev.h;

		want->flags &= ~F1P_EVF_MORE;
		got->flags &= ~F1P_EVF_MORE;
		if (want->type != got->type || memcmp(want, got, want->size) != 0) {
			fail_msg("event %zu of type %u came back another one, of type %u; last message %s", i, want->type,
				got->type, l->json);
		}
	}
	assert_int_equal(l->feed.n, l->n_sent);
}

/* ---- each kind ---- */

static void the_session_comes_back(void **state)
{
	struct loop *l = *state;
	struct f1p_ev_session race = {.session_key = 9472,
		.meeting_key = 1229,
		.circuit_key = 63,
		.year = 2024,
		.type = F1P_SESSION_RACE,
		.t_start_ns = INT64_C(1709391600000000000),
		.t_end_ns = INT64_C(1709398800000000000),
		.gmt_offset_s = -5 * 3600 - 1800,
		.name = "Race",
		.meeting = "Exempl\xc3\xa9 Grand Prix",
		.circuit = "Ring",
		.location = "Town",
		.country = "EXA",
		.path = "2024/x/"};
	struct f1p_ev_session practice = race, shootout = race, sprint = race;

	practice.type = F1P_SESSION_PRACTICE;
	practice.number = 2;
	strcpy(practice.name, "Practice 2");
	shootout.type = F1P_SESSION_SPRINT_QUALIFYING;
	strcpy(shootout.name, "Sprint Shootout");
	sprint.type = F1P_SESSION_SPRINT;
	strcpy(sprint.name, "Sprint");
	GIVE(l, F1P_EV_SESSION, race);
	GIVE(l, F1P_EV_SESSION, practice);
	GIVE(l, F1P_EV_SESSION, shootout);
	GIVE(l, F1P_EV_SESSION, sprint);
	came_back(l);
	assert_string_equal(l->topics, "SessionInfo SessionInfo SessionInfo SessionInfo ");
}

static void every_status_comes_back(void **state)
{
	struct loop *l = *state;

	for (int32_t v = F1P_STATUS_INACTIVE; v <= F1P_STATUS_ENDS; v++) {
		GIVE(l, F1P_EV_SESSION_STATUS, (struct f1p_ev_value){.value = v});
	}
	for (int32_t v = F1P_TRACK_CLEAR; v <= F1P_TRACK_VSC_ENDING; v++) {
		GIVE(l, F1P_EV_TRACK_STATUS, (struct f1p_ev_value){.value = v});
	}
	for (int32_t v = 0; v <= 3; v++) {
		GIVE(l, F1P_EV_SESSION_PART, (struct f1p_ev_value){.value = v});
	}
	came_back(l);
}

static void clocks_laps_and_beats_come_back(void **state)
{
	struct loop *l = *state;

	GIVE(l, F1P_EV_LAP_COUNT,
		(struct f1p_ev_lap_count){.mask = F1P_LAPS_CURRENT | F1P_LAPS_TOTAL, .current = 1, .total = 57});
	GIVE(l, F1P_EV_LAP_COUNT, (struct f1p_ev_lap_count){.mask = F1P_LAPS_CURRENT, .current = 2});
	GIVE(l, F1P_EV_CLOCK,
		(struct f1p_ev_clock){.mask = F1P_CLOCK_REMAINING | F1P_CLOCK_RUNNING | F1P_CLOCK_AT,
			.remaining_ms = 7199000,
			.t_at_ns = T0 + 123456700,
			.running = F1P_YES});
	GIVE(l, F1P_EV_CLOCK, (struct f1p_ev_clock){.mask = F1P_CLOCK_REMAINING, .remaining_ms = 1234});
	GIVE(l, F1P_EV_HEARTBEAT, (struct f1p_event){0});
	came_back(l);
}

static void weather_comes_back_to_the_tenth(void **state)
{
	struct loop *l = *state;

	GIVE(l, F1P_EV_WEATHER,
		(struct f1p_ev_weather){.mask = 127,
			.air_temp_dc = -3,
			.track_temp_dc = 415,
			.humidity_dpct = 1000,
			.pressure_dhpa = 10132,
			.wind_speed_dms = 9,
			.wind_dir_deg = 360,
			.rain = F1P_YES});
	GIVE(l, F1P_EV_WEATHER, (struct f1p_ev_weather){.mask = F1P_WX_RAIN, .rain = F1P_NO});
	came_back(l);
	assert_string_equal(l->json, "{\"Rainfall\":\"0\"}");
}

static void people_come_back_in_their_order(void **state)
{
	struct loop *l = *state;
	uint32_t all =
		F1P_DRIVER_CODE | F1P_DRIVER_NAME | F1P_DRIVER_TEAM | F1P_DRIVER_COLOUR | F1P_DRIVER_LINE | F1P_DRIVER_COUNTRY;

	MORE(l, F1P_EV_DRIVER,
		(struct f1p_ev_driver){.mask = all,
			.car = 44,
			.line = 2,
			.colour_rgb = 0x00a1ff,
			.code = "ABC",
			.country = "EXA",
			.name = "Ann \"Quote\" O'Able",
			.team = "Red\\Blue"});
	GIVE(l, F1P_EV_DRIVER, (struct f1p_ev_driver){.mask = F1P_DRIVER_LINE, .car = 1, .line = 1});
	MORE(l, F1P_EV_TOP_THREE, (struct f1p_ev_car_value){.car = 44, .value = 1});
	GIVE(l, F1P_EV_TOP_THREE, (struct f1p_ev_car_value){.car = 1, .value = 3});
	GIVE(l, F1P_EV_TOP_THREE, (struct f1p_ev_car_value){.car = 7, .value = 2});
	came_back(l);
	assert_string_equal(l->topics, "DriverList TopThree TopThree ");
}

static void messages_come_back_by_their_number(void **state)
{
	struct loop *l = *state;
	struct f1p_ev_race_control flag = {.index = 2,
		.car = 22,
		.lap = 4,
		.t_utc_ns = T0,
		.category = F1P_RC_FLAG,
		.flag = F1P_FLAG_BLACK_AND_ORANGE,
		.scope = F1P_SCOPE_DRIVER,
		.mode = F1P_MODE_NONE,
		.status = F1P_RCS_NONE,
		.text = "IT'S \"22\" \xe2\x80\x93 NOTED"};
	struct f1p_ev_race_control vsc = {.index = 3,
		.lap = F1P_UNKNOWN,
		.t_utc_ns = T0 + 500000000,
		.category = F1P_RC_SAFETY_CAR,
		.flag = F1P_FLAG_NONE,
		.scope = F1P_SCOPE_SECTOR,
		.mode = F1P_MODE_VSC,
		.status = F1P_RCS_ENDING,
		.sector = 7,
		.text = "VSC ENDING"};

	MORE(l, F1P_EV_RACE_CONTROL, flag);
	GIVE(l, F1P_EV_RACE_CONTROL, vsc);
	GIVE(l, F1P_EV_RACE_CONTROL, flag); /* told again, corrected */
	came_back(l);
	assert_int_equal(l->messages, 2);
}

static void a_race_lap_is_one_message(void **state)
{
	struct loop *l = *state;

	MORE(l, F1P_EV_CAR_STATUS,
		(struct f1p_ev_car_status){.mask = F1P_CAR_IN_PIT | F1P_CAR_PIT_STOPS | F1P_CAR_RETIRED,
			.car = 1,
			.in_pit = F1P_YES,
			.retired = F1P_NO,
			.pit_stops = 2});
	MORE(l, F1P_EV_CAR_POSITION, (struct f1p_ev_car_value){.car = 1, .value = 1});
	MORE(l, F1P_EV_CAR_GAP,
		(struct f1p_ev_car_gap){
			.mask = F1P_GAP_LEADER | F1P_GAP_INTERVAL, .car = 1, .gap_ms = 0, .interval_ms = F1P_UNKNOWN});
	MORE(l, F1P_EV_CAR_GAP,
		(struct f1p_ev_car_gap){.mask = F1P_GAP_LEADER | F1P_GAP_INTERVAL | F1P_GAP_CATCHING,
			.car = 44,
			.catching = F1P_YES,
			.gap_ms = 69473,
			.interval_ms = 7});
	MORE(l, F1P_EV_CAR_GAP,
		(struct f1p_ev_car_gap){.mask = F1P_GAP_LEADER | F1P_GAP_INTERVAL,
			.car = 7,
			.gap_ms = F1P_UNKNOWN,
			.gap_laps = 12,
			.interval_ms = F1P_UNKNOWN});
	MORE(l, F1P_EV_CAR_SEGMENT, (struct f1p_ev_car_segment){.car = 1, .sector = 2, .segment = 5, .status = 2049});
	MORE(l, F1P_EV_CAR_SECTOR,
		(struct f1p_ev_car_sector){.mask = F1P_SECTOR_TIME | F1P_SECTOR_PERSONAL,
			.car = 1,
			.sector = 2,
			.time_ms = 61234,
			.personal = F1P_YES});
	MORE(l, F1P_EV_CAR_SPEED, (struct f1p_ev_car_speed){.car = 1, .trap = F1P_TRAP_FL, .speed_kmh = 300});
	MORE(l, F1P_EV_CAR_SPEED, (struct f1p_ev_car_speed){.car = 1, .trap = F1P_TRAP_ST, .speed_kmh = F1P_UNKNOWN});
	GIVE(l, F1P_EV_CAR_LAP,
		(struct f1p_ev_car_lap){
			.mask = F1P_LAP_NUMBER | F1P_LAP_LAST | F1P_LAP_BEST | F1P_LAP_BEST_LAP | F1P_LAP_LAST_OVERALL,
			.car = 1,
			.last_overall = F1P_YES,
			.laps = 9,
			.last_ms = 92608,
			.best_ms = 92608,
			.best_lap = F1P_UNKNOWN});
	came_back(l);
	assert_string_equal(l->topics, "TimingData ");
	assert_non_null(strstr(l->json, "\"GapToLeader\":\"LAP 1\""));
	assert_non_null(strstr(l->json, "\"GapToLeader\":\"12L\""));
	assert_non_null(strstr(l->json, "\"Value\":\"1:32.608\""));
}

static void qualifying_and_practice_have_their_own_gaps(void **state)
{
	struct loop *l = *state;
	struct f1p_ev_session s = {.type = F1P_SESSION_QUALIFYING,
		.name = "Qualifying",
		.t_start_ns = F1P_UNKNOWN_NS,
		.t_end_ns = F1P_UNKNOWN_NS,
		.gmt_offset_s = F1P_UNKNOWN};
	struct f1p_ev_car_gap gap = {.mask = F1P_GAP_LEADER | F1P_GAP_INTERVAL, .car = 4, .gap_ms = 250, .interval_ms = 0};

	GIVE(l, F1P_EV_SESSION, s);
	GIVE(l, F1P_EV_SESSION_PART, (struct f1p_ev_value){.value = 2});
	GIVE(l, F1P_EV_CAR_GAP, gap);
	assert_non_null(
		strstr(l->json, "\"Stats\":[{},{\"TimeDiffToFastest\":\"+0.250\",\"TimeDifftoPositionAhead\":\"+0.000\"},{}]"));
	GIVE(l, F1P_EV_CAR_BEST, (struct f1p_ev_car_best){.car = 4, .part = 2, .best_ms = 75586, .lap = 11});
	GIVE(l, F1P_EV_CAR_BEST, (struct f1p_ev_car_best){.car = 4, .part = 2, .best_ms = F1P_UNKNOWN, .lap = F1P_UNKNOWN});
	s.type = F1P_SESSION_PRACTICE;
	s.number = 1;
	strcpy(s.name, "Practice 1");
	GIVE(l, F1P_EV_SESSION, s);
	GIVE(l, F1P_EV_CAR_GAP, gap);
	assert_non_null(strstr(l->json, "\"TimeDiffToFastest\":\"+0.250\""));
	came_back(l);
}

static void tyres_come_back(void **state)
{
	struct loop *l = *state;
	struct f1p_ev_stint first = {
		.mask = F1P_STINT_COMPOUND | F1P_STINT_NEW | F1P_STINT_TOTAL | F1P_STINT_START | F1P_STINT_NOT_CHANGED,
		.car = 1,
		.index = 0,
		.compound = F1P_TYRE_INTERMEDIATE,
		.is_new = F1P_NO,
		.not_changed = F1P_YES,
		.total_laps = 12,
		.start_laps = 3};
	struct f1p_ev_stint second = first;
	struct f1p_ev_stint now = {
		.mask = F1P_STINT_COMPOUND | F1P_STINT_NEW, .car = 1, .index = 255, .compound = F1P_TYRE_SOFT, .is_new = F1P_YES};

	second.index = 1;
	MORE(l, F1P_EV_CAR_GRID, (struct f1p_ev_car_value){.car = 1, .value = 0});
	MORE(l, F1P_EV_STINT, first);
	GIVE(l, F1P_EV_STINT, second);
	GIVE(l, F1P_EV_STINT, (struct f1p_ev_stint){.mask = F1P_STINT_TOTAL, .car = 1, .index = 1, .total_laps = 13});
	MORE(l, F1P_EV_STINTS_RESET, (struct f1p_ev_car_value){.car = 1});
	MORE(l, F1P_EV_STINT, first);
	GIVE(l, F1P_EV_STINT, second);
	GIVE(l, F1P_EV_TYRE, now);
	came_back(l);
	assert_string_equal(l->topics, "TimingAppData TimingAppData TimingAppData CurrentTyres ");
}

static void stops_come_back(void **state)
{
	struct loop *l = *state;

	GIVE(l, F1P_EV_PIT_LANE_TIME,
		(struct f1p_ev_pit){.car = 1, .lap = 9, .lane_ms = F1P_UNKNOWN, .stationary_ms = F1P_UNKNOWN});
	GIVE(l, F1P_EV_PIT_LANE_TIME, (struct f1p_ev_pit){.car = 1, .lap = 9, .lane_ms = 23300, .stationary_ms = F1P_UNKNOWN});
	GIVE(l, F1P_EV_PIT_LANE_TIME,
		(struct f1p_ev_pit){.car = 1, .lap = F1P_UNKNOWN, .lane_ms = 931825, .stationary_ms = F1P_UNKNOWN});
	GIVE(l, F1P_EV_PIT_STOP, (struct f1p_ev_pit){.car = 1, .lap = 9, .lane_ms = F1P_UNKNOWN, .stationary_ms = 2400});
	GIVE(l, F1P_EV_PIT_STOP, (struct f1p_ev_pit){.car = 1, .lap = 9, .lane_ms = 23300, .stationary_ms = 2400});
	GIVE(l, F1P_EV_PIT_STOP, (struct f1p_ev_pit){.car = 1, .lap = 30, .lane_ms = 22000, .stationary_ms = F1P_UNKNOWN});
	came_back(l);
}

static void telemetry_comes_back_with_its_times(void **state)
{
	struct loop *l = *state;

	for (int i = 0; i < 4; i++) {
		GIVE_AT(l, F1P_EV_TELEMETRY, T0 + i / 2 * INT64_C(240000100), true,
			(struct f1p_ev_telemetry){.car = (uint16_t)(1 + i % 2),
				.rpm = 11141,
				.speed_kmh = 315,
				.gear = 8,
				.throttle_pct = i == 0 ? 255 : 99,
				.brake_pct = i == 0 ? 255 : 0,
				.drs = i == 3 ? 255 : 12});
	}
	GIVE_AT(l, F1P_EV_XYZ, T0 + INT64_C(480000000), true,
		(struct f1p_ev_xyz){.car = 1, .on_track = F1P_YES, .x_dm = -1234, .y_dm = 5, .z_dm = 0});
	GIVE_AT(l, F1P_EV_XYZ, T0 + INT64_C(700000000), false,
		(struct f1p_ev_xyz){.car = 1, .on_track = F1P_NO, .x_dm = 0, .y_dm = 0, .z_dm = 0});
	came_back(l);
	assert_string_equal(l->topics, "CarData.z Position.z ");
}

/* ---- order and groups ---- */

/* Whatever the order in which the events of a record stand, it stays: here cars and kinds are shuffled, and records cut at
 * random. */
static void no_order_is_lost(void **state)
{
	struct loop *l = *state;
	struct f1p_rng rng;

	f1p_rng_seed(&rng, 42, 1);
	for (int i = 0; i < 3000; i++) {
		uint16_t car = (uint16_t)(1 + f1p_rng_below(&rng, 4));
		int64_t t = T0 + i / 16 * INT64_C(1000000);
		bool more = f1p_rng_below(&rng, 8) != 0 && i + 1 < 3000;
		int32_t n = (int32_t)f1p_rng_below(&rng, 3);

		switch (f1p_rng_below(&rng, 9)) {
		case 0:
			GIVE_AT(l, F1P_EV_CAR_POSITION, t, more, (struct f1p_ev_car_value){.car = car, .value = n + 1});
			break;
		case 1:
			GIVE_AT(l, F1P_EV_CAR_GAP, t, more,
				(struct f1p_ev_car_gap){.mask = F1P_GAP_LEADER, .car = car, .gap_ms = n + 1});
			break;
		case 2:
			GIVE_AT(l, F1P_EV_CAR_LAP, t, more,
				(struct f1p_ev_car_lap){.mask = F1P_LAP_NUMBER, .car = car, .laps = n});
			break;
		case 3:
			GIVE_AT(l, F1P_EV_CAR_SECTOR, t, more,
				(struct f1p_ev_car_sector){
					.mask = F1P_SECTOR_TIME, .car = car, .sector = (uint8_t)n, .time_ms = 30000 + i});
			break;
		case 4:
			GIVE_AT(l, F1P_EV_CAR_SEGMENT, t, more,
				(struct f1p_ev_car_segment){
					.car = car, .sector = (uint8_t)n, .segment = (uint8_t)(i % 7), .status = 2048 + n});
			break;
		case 5:
			GIVE_AT(l, F1P_EV_CAR_SPEED, t, more,
				(struct f1p_ev_car_speed){.car = car, .trap = (uint8_t)(n + 1), .speed_kmh = 200 + n});
			break;
		case 6:
			GIVE_AT(l, F1P_EV_STINT, t, more,
				(struct f1p_ev_stint){.mask = F1P_STINT_TOTAL, .car = car, .index = (uint8_t)n, .total_laps = n});
			break;
		case 7:
			GIVE_AT(l, F1P_EV_CAR_GRID, t, more, (struct f1p_ev_car_value){.car = car, .value = n + 1});
			break;
		default:
			GIVE_AT(l, F1P_EV_CAR_STATUS, t, more,
				(struct f1p_ev_car_status){
					.mask = F1P_CAR_STOPPED, .car = car, .stopped = n > 1 ? F1P_YES : F1P_NO});
			break;
		}
	}
	came_back(l);
	assert_true(l->messages < 3000);
}

static void a_record_of_all_cars_is_one_message(void **state)
{
	struct loop *l = *state;

	for (uint16_t car = 1; car <= 20; car++) {
		MORE(l, F1P_EV_CAR_POSITION, (struct f1p_ev_car_value){.car = car, .value = car});
	}
	for (uint16_t car = 1; car <= 20; car++) {
		GIVE_AT(l, F1P_EV_CAR_LAP, T0, car < 20, (struct f1p_ev_car_lap){.mask = F1P_LAP_NUMBER, .car = car, .laps = 3});
	}
	came_back(l);
	assert_int_equal(l->messages, 1);
}

static void what_the_feed_cannot_say_is_counted(void **state)
{
	struct loop *l = *state;
	struct f1p_ev_lap_record record = {.mask = F1P_RECORD_TIME, .car = 1, .lap = 3, .time_ms = 90000};
	struct f1p_ev_car_speed trap = {.car = 1, .trap = 9, .speed_kmh = 300};

	GIVE(l, F1P_EV_LAP_RECORD, record);
	GIVE(l, F1P_EV_CAR_SPEED, trap);
	GIVE(l, F1P_EV_SESSION_STATUS, (struct f1p_ev_value){.value = F1P_STATUS_UNKNOWN});
	GIVE(l, 9999, (struct f1p_event){0});
	assert_int_equal(lt_encode_flush(l->encoder), F1P_OK);
	assert_int_equal(l->messages, 0);
	assert_int_equal(lt_encode_skipped(l->encoder), 4);
}

static void a_short_record_is_no_record(void **state)
{
	struct loop *l = *state;
	struct f1p_ev_car_gap gap = {
		.h = {.size = sizeof(struct f1p_event) + 8, .type = F1P_EV_CAR_GAP}, .mask = F1P_GAP_LEADER, .car = 1};

	assert_int_equal(lt_encode(l->encoder, &gap.h), F1P_OK);
	assert_int_equal(lt_encode_flush(l->encoder), F1P_OK);
	assert_int_equal(l->messages, 0);
}

static void a_receiver_that_fails_stops_it(void **state)
{
	struct loop *l = *state;
	struct f1p_ev_value v = {.h = {.size = sizeof(v), .type = F1P_EV_TRACK_STATUS, .t_event_ns = T0}, .value = F1P_TRACK_SC};

	l->answer = F1P_EIO;
	assert_int_equal(lt_encode(l->encoder, &v.h), F1P_EIO);
	l->answer = F1P_OK;
	assert_int_equal(lt_encode(l->encoder, &v.h), F1P_EIO);
	lt_encoder_reset(l->encoder);
	assert_int_equal(lt_encode(l->encoder, &v.h), F1P_OK);
	assert_int_equal(l->messages, 2);
}

static void times_have_the_digits_that_they_need(void **state)
{
	char text[LT_UTC_TEXT];

	(void)state;
	lt_utc_text(T0, text);
	assert_string_equal(text, "2023-11-14T22:13:20.000Z");
	lt_utc_text(T0 + 123456700, text);
	assert_string_equal(text, "2023-11-14T22:13:20.1234567Z");
	lt_utc_text(T0 + 1, text);
	assert_string_equal(text, "2023-11-14T22:13:20.000000001Z");
	lt_utc_text(F1P_UNKNOWN_NS, text);
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOOP_TEST(the_session_comes_back),
		LOOP_TEST(every_status_comes_back),
		LOOP_TEST(clocks_laps_and_beats_come_back),
		LOOP_TEST(weather_comes_back_to_the_tenth),
		LOOP_TEST(people_come_back_in_their_order),
		LOOP_TEST(messages_come_back_by_their_number),
		LOOP_TEST(a_race_lap_is_one_message),
		LOOP_TEST(qualifying_and_practice_have_their_own_gaps),
		LOOP_TEST(tyres_come_back),
		LOOP_TEST(stops_come_back),
		LOOP_TEST(telemetry_comes_back_with_its_times),
		LOOP_TEST(no_order_is_lost),
		LOOP_TEST(a_record_of_all_cars_is_one_message),
		LOOP_TEST(what_the_feed_cannot_say_is_counted),
		LOOP_TEST(a_short_record_is_no_record),
		LOOP_TEST(a_receiver_that_fails_stops_it),
		cmocka_unit_test(times_have_the_digits_that_they_need),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

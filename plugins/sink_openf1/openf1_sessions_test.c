/*
 * openf1_sessions_test.c - which sessions there are: those before, the calendar's, and after a restart; with telemetry or
 * without.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "openf1_fixture.h"

static void sessions_before_are_kept_up_to_a_number(void **state)
{
	(void)state;
	start("sessions=2\n");
	for (uint32_t i = 0; i < 4; i++) {
		tell_race(9000 + i, T0 + i * 86400 * S);
	}
	desk->fake->now_ns = T0 + 4 * 86400 * S;
	assert_int_equal(rows_in(get("/v1/sessions", "")), 2);
	assert_int_equal(rows_in(get("/v1/laps", "")), 12);
	assert_int_equal(rows_in(get("/v1/laps", "session_key=9002")), 6);
	assert_int_equal(request(F1P_GET, "/v1/laps", "session_key=9001", F1P_UNKNOWN_NS), 404);
	contains(get("/v1/sessions", "session_key=latest"), "\"session_key\":9003");
}

static void a_session_without_a_key_gets_one_of_its_own(void **state)
{
	char first[4096];

	(void)state;
	start(NULL);
	tell_session(0, T0);
	tell_position(1, 1, T0);
	contains(get("/v1/position", "session_key=latest"), "\"session_key\":1028489860"); /* minutes of T0 since 1970 */
	snprintf(first, sizeof(first), "%s", get("/v1/sessions", ""));
	TAKE(F1P_EV_FEED_RESET, T0, (struct f1p_event){0});
	tell_session(0, T0);
	assert_string_equal(get("/v1/sessions", ""), first); /* the same again */
	tell_session(0, T0 + 86400 * S);
	assert_int_equal(rows_in(get("/v1/sessions", "")), 2);
}

static void latest_changes_a_minute_before_the_start(void **state)
{
	(void)state;
	start(NULL);
	tell_race(9001, T0);
	tell_session(9002, T0 + 7200 * S);
	desk->fake->now_ns = T0 + 7139 * S;
	contains(get("/v1/sessions", "session_key=latest"), "\"session_key\":9001");
	desk->fake->now_ns = T0 + 7140 * S;
	contains(get("/v1/sessions", "session_key=latest"), "\"session_key\":9002");
	contains(as_of("/v1/sessions", "session_key=latest", T0 + 7000 * S), "\"session_key\":9001"); /* for who sees it later */
}

static void a_recording_that_begins_again_replaces_itself(void **state)
{
	(void)state;
	start(NULL);
	tell_race(9001, T0);
	tell_race(9002, T0 + 7200 * S);
	TAKE(F1P_EV_FEED_RESET, T0, (struct f1p_event){0});
	tell_session(9002, T0 + 7200 * S);
	assert_int_equal(rows_in(get("/v1/sessions", "")), 2);
	assert_int_equal(request(F1P_GET, "/v1/laps", "session_key=9002", F1P_UNKNOWN_NS), 404);
	assert_int_equal(rows_in(get("/v1/laps", "session_key=9001")), 6);
}

static void a_snapshot_forgets_nothing(void **state)
{
	(void)state;
	start(NULL);
	tell_race(9001, T0);
	take(F1P_EV_FEED_RESET, &(struct f1p_event){0}, sizeof(struct f1p_event), T0 + 250 * S, F1P_EVF_SNAPSHOT);
	tell_session(9001, T0);
	assert_int_equal(rows_in(get("/v1/laps", "")), 6);
}

static void the_calendar_lists_what_was_not_seen(void **state)
{
	struct f1p_session_plan *p = NULL;

	(void)state;
	start(NULL);
	p = desk->fake->plans;
	p[0] = (struct f1p_session_plan){.size = sizeof(*p),
		.session_key = 9472,
		.meeting_key = 1229,
		.year = 2024,
		.type = F1P_SESSION_RACE,
		.gmt_offset_s = F1P_UNKNOWN,
		.t_start_ns = T0,
		.t_end_ns = F1P_UNKNOWN_NS,
		.name = "Race",
		.country = "Bahrain"};
	p[1] = (struct f1p_session_plan){.size = sizeof(*p),
		.session_key = 9480,
		.meeting_key = 1230,
		.year = 2024,
		.type = F1P_SESSION_RACE,
		.cancelled = F1P_YES,
		.gmt_offset_s = -3600,
		.t_start_ns = T0 + 604800 * S,
		.t_end_ns = F1P_UNKNOWN_NS,
		.name = "Race",
		.meeting = "Saudi Arabian Grand Prix",
		.country = "Saudi Arabia"};
	p[2] = p[1];
	p[2].session_key = 0; /* one that cannot be asked for */
	desk->fake->n_plans = 3;
	tell_race(9472, T0);
	assert_int_equal(rows_in(get("/v1/sessions", "")), 2);
	contains(get("/v1/sessions", "country_code=KSA"), "\"gmt_offset\":\"-01:00:00\",\"is_cancelled\":true");
	contains(get("/v1/meetings", "year=2024"), "Saudi Arabian Grand Prix");
	assert_non_null(strstr(desk->body, "Bahrain Grand Prix"));
}

/* ---- a restart ---- */

static void after_a_restart_the_state_tells_what_was(void **state)
{
	struct f1p_state *st = calloc(1, sizeof(*st));
	struct f1p_ev_value mark = {.value = 0};

	(void)state;
	assert_non_null(st);
	*st = (struct f1p_state){.seq = 900,
		.t_event_ns = T0 + 190 * S,
		.session_key = 9472,
		.meeting_key = 1229,
		.year = 2024,
		.type = F1P_SESSION_RACE,
		.t_start_ns = T0,
		.t_end_ns = F1P_UNKNOWN_NS,
		.gmt_offset_s = F1P_UNKNOWN,
		.status = F1P_STATUS_STARTED,
		.t_green_ns = T0,
		.n_cars = 1,
		.n_messages = 1};
	st->weather.t_ns = F1P_UNKNOWN_NS;
	st->messages[0] = (struct f1p_message){.t_utc_ns = T0 + S, .lap = 1, .category = F1P_RC_OTHER, .text = "GO"};
	st->cars[0] = (struct f1p_car){.number = 16,
		.code = "LEC",
		.name = "Charles LECLERC",
		.n_laps = 2,
		.laps = 2,
		.position = 1,
		.grid = 2,
		.gap_ms = 0,
		.interval_ms = F1P_UNKNOWN,
		.best_ms = 89500,
		.best_lap = 2,
		.last_pit_lap = F1P_UNKNOWN,
		.last_pit_lane_ms = F1P_UNKNOWN,
		.n_stints = 1,
		.in_pit = F1P_NO,
		.retired = F1P_NO};
	st->cars[0].history[0] = (struct f1p_lap){.time_ms = 91200, .elapsed_ms = 91200, .flags = F1P_LAPF_INFERRED};
	st->cars[0].history[1] = (struct f1p_lap){.time_ms = 89500, .elapsed_ms = 180700};
	st->cars[0].stints[0] =
		(struct f1p_stint){.compound = F1P_TYRE_SOFT, .total_laps = 5, .start_laps = 3, .first_lap = F1P_UNKNOWN};
	desk->fake->state = st;
	start(NULL);
	mark.h = (struct f1p_event){.size = sizeof(mark), .type = F1P_EV_SESSION_PART, .seq = 900, .t_event_ns = T0 + 190 * S};
	assert_int_equal(desk->sink->write(desk->plugin, &mark.h, 1, sizeof(mark)), F1P_OK);
	contains(get("/v1/drivers", "session_key=latest"), "\"name_acronym\":\"LEC\"");
	contains(get("/v1/laps", "lap_number=2"), "\"date_start\":\"2024-03-02T15:01:31.200000+00:00\"");
	contains(desk->body, "\"lap_duration\":89.5");
	contains(get("/v1/laps", "lap_number=1"), "\"lap_duration\":null"); /* the feed told none */
	contains(get("/v1/stints", ""), "\"lap_end\":2,\"lap_start\":1");
	contains(get("/v1/race_control", ""), "\"message\":\"GO\"");
	contains(get("/v1/race_control", "category=SessionStatus"), "2024-03-02T15:00:00+00:00");
	assert_int_equal(request(F1P_GET, "/v1/laps", "", T0 + 180 * S), 404); /* nobody with a delay sees it early */
	tell_lap(16, 3, 88000, T0 + 268 * S);
	contains(get("/v1/laps", "lap_number=3"), "\"lap_duration\":88.0");
	fake_stop(desk->fake, desk->plugin);
	desk->plugin = NULL;
	free(st);
}

static void a_session_that_is_followed_from_its_beginning_recalls_nothing(void **state)
{
	struct f1p_state *st = calloc(1, sizeof(*st));
	struct f1p_ev_value first = {.value = 0};

	(void)state;
	assert_non_null(st);
	st->session_key = 9472;
	st->seq = 1;
	desk->fake->state = st;
	start(NULL);
	first.h = (struct f1p_event){.size = sizeof(first), .type = F1P_EV_SESSION_PART, .seq = 1, .t_event_ns = T0};
	assert_int_equal(desk->sink->write(desk->plugin, &first.h, 1, sizeof(first)), F1P_OK);
	assert_int_equal(request(F1P_GET, "/v1/sessions", "", F1P_UNKNOWN_NS), 404);
	fake_stop(desk->fake, desk->plugin);
	desk->plugin = NULL;
	free(st);
}

static void telemetry_is_kept_only_when_wanted(void **state)
{
	struct f1p_ev_telemetry ev = {
		.car = 1, .rpm = 11000, .speed_kmh = 315, .gear = 8, .throttle_pct = 99, .brake_pct = 0, .drs = 12};

	(void)state;
	start(NULL);
	tell_session(9472, T0);
	take(F1P_EV_TELEMETRY, &ev, sizeof(ev), T0, 0);
	assert_int_equal(request(F1P_GET, "/v1/car_data", "", F1P_UNKNOWN_NS), 404);
	assert_null(strstr(desk->fake->log, "no room")); /* that is no loss */
	fake_stop(desk->fake, desk->plugin);
	start("telemetry=yes\n");
	tell_session(9472, T0);
	take(F1P_EV_TELEMETRY, &ev, sizeof(ev), T0, 0);
	contains(get("/v1/car_data", "speed>=315"), "\"drs\":12");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sessions_before_are_kept_up_to_a_number),
		TEST(a_session_without_a_key_gets_one_of_its_own),
		TEST(latest_changes_a_minute_before_the_start),
		TEST(a_recording_that_begins_again_replaces_itself),
		TEST(a_snapshot_forgets_nothing),
		TEST(the_calendar_lists_what_was_not_seen),
		TEST(after_a_restart_the_state_tells_what_was),
		TEST(a_session_that_is_followed_from_its_beginning_recalls_nothing),
		TEST(telemetry_is_kept_only_when_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

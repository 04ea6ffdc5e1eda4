/*
 * sink_openf1_test.c - a constructed race goes in, answers come out as a client of OpenF1 expects them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>

#include "openf1_fixture.h"

static void collections_are_answered_as_json(void **state)
{
	(void)state;
	start(NULL);
	tell_race(9472, T0);
	assert_int_equal(rows_in(get("/v1/laps", "session_key=9472")), 6);
	assert_string_equal(desk->response.content_type, "application/json");
	assert_int_equal(desk->response.status, 200);
	assert_string_equal(get("/v1/laps", "driver_number=16&lap_number>=2&lap_number<3"),
		"[{\"date_start\":\"2024-03-02T15:01:31+00:00\",\"driver_number\":16,\"duration_sector_1\":30.123,"
		"\"duration_sector_2\":null,\"duration_sector_3\":null,\"i1_speed\":null,\"i2_speed\":null,\"is_pit_out_lap\":"
		"false,"
		"\"lap_duration\":89.5,\"lap_number\":2,\"meeting_key\":1229,\"segments_sector_1\":null,\"segments_sector_2\":"
		"null,"
		"\"segments_sector_3\":null,\"session_key\":9472,\"st_speed\":null}]");
	assert_string_equal(get("/v1/stints", "stint_number=2"), "[{\"compound\":\"HARD\",\"driver_number\":1,\"lap_end\":3,"
								 "\"lap_start\":3,\"meeting_key\":1229,\"session_key\":9472,"
								 "\"stint_number\":2,\"tyre_age_at_start\":0}]");
	assert_string_equal(get("/v1/pit", ""),
		"[{\"date\":\"2024-03-02T15:03:20+00:00\",\"driver_number\":1,\"lane_duration\":25.0,\"lap_number\":2,"
		"\"meeting_key\":1229,\"pit_duration\":25.0,\"session_key\":9472,\"stop_duration\":null}]");
	assert_int_equal(rows_in(get("/v1/position", "meeting_key=1229")), 4);
	assert_int_equal(rows_in(get("/v1/drivers", "name_acronym=LEC&name_acronym=VER")), 2);
}

static void rows_come_in_order_of_time(void **state)
{
	static const char *const numbers[] = {"\"lap_number\":1", "\"lap_number\":1", "\"lap_number\":2", "\"lap_number\":2",
		"\"lap_number\":3", "\"lap_number\":3"};
	const char *at = NULL;

	(void)state;
	start(NULL);
	tell_race(9472, T0);
	at = get("/v1/laps", "");
	for (size_t i = 0; i < 6; i++) {
		at = strstr(at, numbers[i]);
		assert_non_null(at);
		at++;
	}
	at = strstr(get("/v1/laps", "lap_number=2"), "\"driver_number\":1,"); /* who began it first */
	assert_non_null(at);
	contains(at, "\"driver_number\":16,");
}

static void the_session_is_described(void **state)
{
	(void)state;
	start(NULL);
	tell_race(9472, T0);
	assert_string_equal(get("/v1/sessions", "year=2024&country_name=Bahrain&session_name=Race"),
		"[{\"circuit_key\":63,\"circuit_short_name\":\"Sakhir\",\"country_code\":\"BRN\",\"country_key\":null,"
		"\"country_name\":\"Bahrain\",\"date_end\":\"2024-03-02T17:00:00+00:00\",\"date_start\":\"2024-03-02T15:00:00+00:"
		"00\","
		"\"gmt_offset\":\"03:00:00\",\"is_cancelled\":false,\"location\":\"Sakhir\",\"meeting_key\":1229,\"session_key\":"
		"9472,"
		"\"session_name\":\"Race\",\"session_type\":\"Race\",\"year\":2024}]");
	contains(get("/v1/meetings", "meeting_key=latest"), "\"meeting_name\":\"Bahrain Grand Prix\"");
}

static void who_passed_whom_and_the_result(void **state)
{
	(void)state;
	start(NULL);
	tell_race(9472, T0);
	assert_string_equal(get("/v1/overtakes", "session_key=latest"),
		"[{\"date\":\"2024-03-02T15:02:00+00:00\",\"meeting_key\":1229,\"overtaken_driver_number\":1,"
		"\"overtaking_driver_number\":16,\"position\":1,\"session_key\":9472}]");
	assert_string_equal(get("/v1/session_result", "position<=3"),
		"[{\"dnf\":false,\"dns\":false,\"driver_number\":16,\"dsq\":false,\"duration\":null,\"gap_to_leader\":0,"
		"\"meeting_key\":1229,\"number_of_laps\":3,\"position\":1,\"session_key\":9472},"
		"{\"dnf\":false,\"dns\":false,\"driver_number\":1,\"dsq\":false,\"duration\":null,\"gap_to_leader\":30.25,"
		"\"meeting_key\":1229,\"number_of_laps\":3,\"position\":2,\"session_key\":9472}]");
}

static void nothing_found_is_404(void **state)
{
	(void)state;
	start(NULL);
	assert_int_equal(request(F1P_GET, "/v1/laps", "", F1P_UNKNOWN_NS), 404);
	assert_string_equal(desk->body, "{\"detail\":\"No results found.\"}");
	tell_race(9472, T0);
	assert_int_equal(request(F1P_GET, "/v1/laps", "session_key=1", F1P_UNKNOWN_NS), 404);
	assert_int_equal(request(F1P_GET, "/v1/team_radio", "", F1P_UNKNOWN_NS), 404);
	assert_string_equal(desk->body, "{\"detail\":\"No results found.\"}");
	assert_int_equal(request(F1P_GET, "/v1/laps", "session_key=1&csv=true", F1P_UNKNOWN_NS), 404);
}

static void what_is_no_question_is_refused(void **state)
{
	static const char *const paths[] = {"/v1", "/v1/", "/v1/nonsense", "/v1/laps/1", "/v1/../laps", "/v1/la\x01ps",
		"/v1/championship_championship_championship_championship"};

	(void)state;
	start(NULL);
	tell_race(9472, T0);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		assert_int_equal(request(F1P_GET, paths[i], "", F1P_UNKNOWN_NS), 404);
		assert_string_equal(desk->body, "{\"detail\":\"Not Found\"}");
	}
	assert_int_equal(request(F1P_POST, "/v1/laps", "", F1P_UNKNOWN_NS), 405);
	assert_int_equal(request(F1P_GET, "/v1/laps", "driver_number=%zz", F1P_UNKNOWN_NS), 422);
	contains(desk->body, "{\"detail\":\"");
	assert_int_equal(request(F1P_GET, "/v1/Laps/", "", F1P_UNKNOWN_NS), 200);
}

static void csv_is_a_file(void **state)
{
	(void)state;
	start(NULL);
	tell_race(9472, T0);
	assert_string_equal(get("/v1/position", "csv=true&driver_number=16"),
		"date,driver_number,meeting_key,position,session_key\n"
		"2024-03-02T14:53:20+00:00,16,1229,2,9472\n"
		"2024-03-02T15:02:00+00:00,16,1229,1,9472\n");
	assert_string_equal(desk->response.content_type, "text/csv; charset=utf-8");
	assert_string_equal(desk->headers, "content-disposition: attachment; filename=position.csv\n");
}

static void lapped_cars_and_leaders_have_gaps_of_their_own(void **state)
{
	(void)state;
	start(NULL);
	tell_session(9472, T0);
	tell_gap(1, 0, 0, T0 + S);
	tell_gap(16, 1250, 0, T0 + 2 * S);
	tell_gap(44, 0, 2, T0 + 3 * S);
	contains(get("/v1/intervals", "driver_number=1"), "\"gap_to_leader\":0.0,\"interval\":0.0");
	contains(get("/v1/intervals", "gap_to_leader>1&gap_to_leader<2"), "\"driver_number\":16");
	contains(get("/v1/intervals", "gap_to_leader=%2B2%20LAPS"), "\"driver_number\":44");
}

/* ---- a viewer's delay ---- */

static void with_a_delay_nothing_is_told_early(void **state)
{
	(void)state;
	start(NULL);
	tell_race(9472, T0);
	lacks(as_of("/v1/laps", "driver_number=16", T0 + 100 * S), "\"lap_number\":3");
	lacks(as_of("/v1/laps", "driver_number=16", T0 + 130 * S), "89.5"); /* lap 2 runs, its first sector is done */
	contains(desk->body, "30.123");
	contains(as_of("/v1/laps", "driver_number=16", T0 + 181 * S), "89.5");
	assert_int_equal(rows_in(as_of("/v1/position", "", T0 + 119 * S)), 2);
	assert_int_equal(request(F1P_GET, "/v1/overtakes", "", T0 + 119 * S), 404);
	assert_int_equal(request(F1P_GET, "/v1/pit", "", T0 + 199 * S), 404);
	assert_int_equal(request(F1P_GET, "/v1/session_result", "", T0 + 399 * S), 404);
	assert_int_equal(rows_in(as_of("/v1/session_result", "", T0 + 400 * S)), 2);
	assert_int_equal(rows_in(as_of("/v1/stints", "", T0 + 100 * S)), 1);
	contains(desk->body, "\"lap_end\":1");
	assert_int_equal(rows_in(as_of("/v1/intervals", "", T0 + 200 * S)), 1);
	assert_int_equal(rows_in(as_of("/v1/race_control", "", T0 + 200 * S)), 1);
	contains(desk->body, "SESSION STARTED");
}

/* ---- limits ---- */

static void an_answer_that_is_too_large_says_how_to_ask_for_less(void **state)
{
	struct f1p_ev_telemetry ev = {
		.car = 1, .rpm = 11000, .speed_kmh = 315, .gear = 8, .throttle_pct = 99, .brake_pct = 0, .drs = 12};

	(void)state;
	start("telemetry=yes\n");
	tell_session(9472, T0);
	for (int i = 0; i < 110000; i++) {
		ev.car = (uint16_t)(1 + i % 20);
		take(F1P_EV_TELEMETRY, &ev, sizeof(ev), T0 + i * S / 100, 0);
	}
	assert_int_equal(request(F1P_GET, "/v1/car_data", "session_key=9472", F1P_UNKNOWN_NS), 422);
	contains(desk->body, "16 MiB");
	assert_int_equal(rows_in(get("/v1/car_data", "driver_number=7")), 5500);
}

static void a_bad_route_is_refused(void **state)
{
	static const char *const routes[] = {"route=v1\n", "route=/\n", "route=/v1/\n", "route=\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		assert_null(fake_start(desk->fake, &f1p_entry_v1, "sink_openf1", routes[i]));
		contains(desk->fake->reason, "route");
	}
	assert_int_equal(host_routes()->add_tree(&desk->fake->host, "/v1", NULL, NULL), F1P_OK);
	assert_null(fake_start(desk->fake, &f1p_entry_v1, "sink_openf1", NULL));
	contains(desk->fake->reason, "another plugin may have it");
}

/* ---- several at once ---- */

struct reader {
	pthread_t id;
	atomic_bool *stop;
	size_t last; /* bytes of its newest answer */
	bool wrong;
};

static f1p_status only_count(struct f1p_response *r, const void *bytes, size_t n)
{
	*(size_t *)r->impl += n;
	(void)bytes;
	return F1P_OK;
}

static void *read_on(void *arg)
{
	struct reader *me = arg;
	struct f1p_request q = {.size = sizeof(q),
		.method = F1P_GET,
		.path = "/v1/intervals",
		.query = "driver_number<=16",
		.content_type = "",
		.body = "",
		.until_ns = F1P_UNKNOWN_NS};
	bool over = false;

	while (!over) {
		size_t n = 0;
		struct f1p_response r = {.size = sizeof(r), .status = 200, .append = only_count, .impl = &n};

		over = atomic_load(me->stop); /* the last answer has all there is */
		host_routes()->handle(&desk->fake->host, &q, &r);
		me->wrong = me->wrong || (r.status == 200 && n < me->last); /* rows are never lost again */
		me->last = r.status == 200 ? n : me->last;
	}
	return NULL;
}

static void many_may_ask_while_the_race_runs(void **state)
{
	atomic_bool stop = false;
	struct reader readers[3];

	(void)state;
	start(NULL);
	tell_session(9472, T0);
	for (size_t i = 0; i < 3; i++) {
		readers[i] = (struct reader){.stop = &stop};
		assert_int_equal(pthread_create(&readers[i].id, NULL, read_on, &readers[i]), 0);
	}
	for (int i = 0; i < 600; i++) {
		tell_gap((uint16_t)(1 + i % 20), 1000 + i, 0, T0 + i * S);
	}
	atomic_store(&stop, true);
	for (size_t i = 0; i < 3; i++) {
		pthread_join(readers[i].id, NULL);
		assert_false(readers[i].wrong);
		assert_int_equal(readers[i].last, strlen(get("/v1/intervals", "driver_number<=16")));
	}
	assert_int_equal(rows_in(get("/v1/intervals", "")), 600);
}

static void broken_batches_are_refused(void **state)
{
	struct f1p_event ev = {.size = 8, .type = F1P_EV_CAR_LAP};

	(void)state;
	start(NULL);
	assert_int_equal(desk->sink->write(desk->plugin, &ev, 1, sizeof(ev)), F1P_EPERMANENT);
	ev.size = 4096;
	assert_int_equal(desk->sink->write(desk->plugin, &ev, 1, sizeof(ev)), F1P_EPERMANENT);
	ev.size = sizeof(ev); /* shorter than its type: passed over */
	assert_int_equal(desk->sink->write(desk->plugin, &ev, 1, sizeof(ev)), F1P_OK);
	assert_int_equal(request(F1P_GET, "/v1/laps", "", F1P_UNKNOWN_NS), 404);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(collections_are_answered_as_json),
		TEST(rows_come_in_order_of_time),
		TEST(the_session_is_described),
		TEST(who_passed_whom_and_the_result),
		TEST(nothing_found_is_404),
		TEST(what_is_no_question_is_refused),
		TEST(csv_is_a_file),
		TEST(lapped_cars_and_leaders_have_gaps_of_their_own),
		TEST(with_a_delay_nothing_is_told_early),
		TEST(an_answer_that_is_too_large_says_how_to_ask_for_less),
		TEST(a_bad_route_is_refused),
		TEST(many_may_ask_while_the_race_runs),
		TEST(broken_batches_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

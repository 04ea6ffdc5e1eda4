/*
 * sink_openf1_test.c - the plugin on a fake host: a constructed race goes in, answers come out as a client of OpenF1 expects
 * them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fake_host.h>
#include <rows.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define T0 INT64_C(1709391600000000000) /* 2024-03-02T15:00:00Z */
#define S INT64_C(1000000000)
#define BODY_MAX ((size_t)16 << 20)

extern const struct f1p_entry f1p_entry_v1;

struct desk {
	struct fake_host *fake;
	const void *(*other_extensions)(const struct f1p_host *, const char *);
	struct f1p_plugin *plugin;
	const struct f1p_sink *sink;
	f1p_tree_fn fn;
	void *arg;
	char path[64];
	bool taken;
	struct f1p_response response;
	char *body, headers[512];
	size_t body_n;
};
static struct desk *desk; /* the host's functions know nobody else */

/* ---- the host's routes ---- */

static f1p_status add_tree(const struct f1p_host *host, const char *path, f1p_tree_fn fn, void *arg)
{
	(void)host;
	if (desk->taken) {
		return F1P_EINVAL;
	}
	snprintf(desk->path, sizeof(desk->path), "%s", path);
	desk->fn = fn;
	desk->arg = arg;
	return F1P_OK;
}

static void remove_route(const struct f1p_host *host, const char *path)
{
	(void)host;
	assert_string_equal(path, desk->path);
	desk->fn = NULL;
}

static const void *extension(const struct f1p_host *host, const char *id)
{
	static const struct f1p_routes routes = {.size = sizeof(routes), .remove = remove_route, .add_tree = add_tree};

	return strcmp(id, F1P_EXT_ROUTES) == 0 ? &routes : desk->other_extensions(host, id);
}

static f1p_status append(struct f1p_response *r, const void *bytes, size_t n)
{
	struct desk *d = r->impl;

	if (d->body_n + n > BODY_MAX) {
		return F1P_ENOMEM;
	}
	d->body = realloc(d->body, d->body_n + n + 1);
	assert_non_null(d->body);
	memcpy(d->body + d->body_n, bytes, n);
	d->body_n += n;
	d->body[d->body_n] = '\0';
	return F1P_OK;
}

static f1p_status header(struct f1p_response *r, const char *name, const char *value)
{
	struct desk *d = r->impl;
	size_t n = strlen(d->headers);

	snprintf(d->headers + n, sizeof(d->headers) - n, "%s: %s\n", name, value);
	return F1P_OK;
}

static uint32_t request(uint32_t method, const char *path, const char *query, int64_t until_ns)
{
	struct f1p_request r = {.size = sizeof(r),
		.method = method,
		.path = path,
		.query = query,
		.content_type = "",
		.body = "",
		.scopes = F1P_SCOPE_READ,
		.until_ns = until_ns};

	free(desk->body);
	desk->body = NULL;
	desk->body_n = 0;
	desk->headers[0] = '\0';
	desk->response = (struct f1p_response){.size = sizeof(desk->response),
		.status = 200,
		.content_type = "text/plain; charset=utf-8",
		.append = append,
		.impl = desk,
		.header = header};
	assert_non_null(desk->fn);
	desk->fn(desk->arg, &r, &desk->response);
	assert_non_null(desk->body);
	return desk->response.status;
}

static const char *as_of(const char *path, const char *query, int64_t until_ns)
{
	request(F1P_GET, path, query, until_ns);
	return desk->body;
}

static const char *get(const char *path, const char *query)
{
	return as_of(path, query, F1P_UNKNOWN_NS);
}

static int rows_in(const char *json)
{
	int n = 0;

	for (const char *at = json; (at = strstr(at, "\"session_key\":")) != NULL; at++) {
		n++;
	}
	return n;
}

static void contains(const char *text, const char *part)
{
	if (strstr(text, part) == NULL) {
		fail_msg("no %s in %.2000s", part, text);
	}
}

static void lacks(const char *text, const char *part)
{
	if (strstr(text, part) != NULL) {
		fail_msg("%s in %.2000s", part, text);
	}
}

/* ---- life ---- */

static int setup(void **state)
{
	(void)state;
	desk = calloc(1, sizeof(*desk));
	assert_non_null(desk);
	desk->fake = fake_host_create("sink-openf1");
	desk->fake->now_ns = T0 + 600 * S;
	desk->other_extensions = desk->fake->host.get_extension;
	desk->fake->host.get_extension = extension;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	if (desk->plugin != NULL) {
		fake_stop(desk->fake, desk->plugin);
		assert_null(desk->fn);
	}
	fake_host_destroy(desk->fake);
	free(desk->body);
	free(desk);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static void start(const char *configured)
{
	desk->plugin = fake_start(desk->fake, &f1p_entry_v1, "sink_openf1", configured);
	if (desk->plugin == NULL) {
		fail_msg("%s", desk->fake->reason);
	}
	desk->sink = desk->plugin->get_extension(desk->plugin, F1P_EXT_SINK);
}

static void take(uint16_t type, void *event, size_t size, int64_t t_ns, uint32_t flags)
{
	*(struct f1p_event *)event = (struct f1p_event){
		.size = (uint32_t)size, .space = F1P_SPACE_CORE, .type = type, .flags = flags, .t_event_ns = t_ns};
	assert_int_equal(desk->sink->write(desk->plugin, event, 1, size), F1P_OK);
}
#define TAKE(type, at, ...) take((type), &(__VA_ARGS__), sizeof(__VA_ARGS__), (at), 0)

/* ---- a race ---- */

static void tell_session(uint32_t key, int64_t start_ns)
{
	TAKE(F1P_EV_SESSION, start_ns - 600 * S,
		(struct f1p_ev_session){.session_key = key,
			.meeting_key = 1229,
			.circuit_key = 63,
			.year = 2024,
			.type = F1P_SESSION_RACE,
			.t_start_ns = start_ns,
			.t_end_ns = start_ns + 7200 * S,
			.gmt_offset_s = 3 * 3600,
			.name = "Race",
			.meeting = "Bahrain Grand Prix",
			.circuit = "Sakhir",
			.location = "Sakhir",
			.country = "BRN"});
}

static void tell_driver(uint16_t car, const char *name, const char *code, int64_t at)
{
	struct f1p_ev_driver ev = {
		.mask = F1P_DRIVER_CODE | F1P_DRIVER_NAME | F1P_DRIVER_COLOUR, .car = car, .colour_rgb = 0x3671C6};

	snprintf(ev.name, sizeof(ev.name), "%s", name);
	snprintf(ev.code, sizeof(ev.code), "%s", code);
	take(F1P_EV_DRIVER, &ev, sizeof(ev), at, 0);
}

static void tell_position(uint16_t car, int32_t position, int64_t at)
{
	TAKE(F1P_EV_CAR_POSITION, at, (struct f1p_ev_car_value){.car = car, .value = position});
}

static void tell_lap(uint16_t car, int32_t lap, int32_t ms, int64_t at)
{
	TAKE(F1P_EV_CAR_LAP, at,
		(struct f1p_ev_car_lap){.mask = F1P_LAP_NUMBER | F1P_LAP_LAST, .car = car, .laps = lap, .last_ms = ms});
}

static void tell_gap(uint16_t car, int32_t gap_ms, int32_t laps, int64_t at)
{
	TAKE(F1P_EV_CAR_GAP, at,
		(struct f1p_ev_car_gap){.mask = F1P_GAP_LEADER | F1P_GAP_INTERVAL,
			.car = car,
			.gap_ms = laps > 0 ? F1P_UNKNOWN : gap_ms,
			.gap_laps = laps,
			.interval_ms = gap_ms == 0 ? F1P_UNKNOWN : gap_ms});
}

static void tell_status(int32_t value, int64_t at)
{
	TAKE(F1P_EV_SESSION_STATUS, at, (struct f1p_ev_value){.value = value});
}

/* Two cars, three laps of 90 s: 16 passes 1 on lap 2, 1 stops at the end of lap 2 and is 30 s behind. */
static void tell_race(uint32_t key, int64_t t0)
{
	tell_session(key, t0);
	tell_driver(1, "Max VERSTAPPEN", "VER", t0 - 500 * S);
	tell_driver(16, "Charles LECLERC", "LEC", t0 - 500 * S);
	tell_position(1, 1, t0 - 400 * S);
	tell_position(16, 2, t0 - 400 * S);
	TAKE(F1P_EV_STINT, t0 - 300 * S,
		(struct f1p_ev_stint){.mask = F1P_STINT_COMPOUND | F1P_STINT_START | F1P_STINT_TOTAL,
			.car = 1,
			.compound = F1P_TYRE_SOFT,
			.start_laps = 3,
			.total_laps = 5});
	tell_status(F1P_STATUS_STARTED, t0);
	tell_lap(1, 1, F1P_UNKNOWN, t0 + 90 * S);
	tell_lap(16, 1, F1P_UNKNOWN, t0 + 91 * S);
	tell_gap(16, 1000, 0, t0 + 91 * S);
	tell_position(16, 1, t0 + 120 * S);
	tell_position(1, 2, t0 + 120 * S);
	TAKE(F1P_EV_CAR_SECTOR, t0 + 125 * S,
		(struct f1p_ev_car_sector){.mask = F1P_SECTOR_TIME, .car = 16, .sector = 0, .time_ms = 30123});
	TAKE(F1P_EV_CAR_STATUS, t0 + 175 * S, (struct f1p_ev_car_status){.mask = F1P_CAR_IN_PIT, .car = 1, .in_pit = F1P_YES});
	tell_lap(16, 2, 89500, t0 + 180 * S + S / 2);
	tell_lap(1, 2, 91000, t0 + 181 * S);
	TAKE(F1P_EV_STINT, t0 + 190 * S,
		(struct f1p_ev_stint){.mask = F1P_STINT_COMPOUND | F1P_STINT_START | F1P_STINT_TOTAL,
			.car = 1,
			.index = 1,
			.compound = F1P_TYRE_HARD,
			.start_laps = 0,
			.total_laps = 1});
	TAKE(F1P_EV_CAR_STATUS, t0 + 200 * S, (struct f1p_ev_car_status){.mask = F1P_CAR_IN_PIT, .car = 1, .in_pit = F1P_NO});
	tell_gap(16, 0, 0, t0 + 270 * S);
	tell_lap(16, 3, 89500, t0 + 270 * S);
	tell_gap(1, 30250, 0, t0 + 300 * S);
	tell_lap(1, 3, 119250, t0 + 300 * S);
	tell_status(F1P_STATUS_FINISHED, t0 + 271 * S);
	tell_status(F1P_STATUS_FINALISED, t0 + 400 * S);
}

/* ---- tests ---- */

static void collections_are_answered_as_json(void **state)
{
	(void)state;
	start(NULL);
	assert_string_equal(desk->path, "/v1");
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

/* ---- sessions ---- */

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

/* ---- limits ---- */

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
	desk->taken = true;
	assert_null(fake_start(desk->fake, &f1p_entry_v1, "sink_openf1", NULL));
	contains(desk->fake->reason, "another plugin may have it");
}

/* ---- several at once ---- */

struct reader {
	pthread_t id;
	atomic_bool *stop;
	unsigned answers;
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
	size_t last = 0;

	while (!atomic_load(me->stop)) {
		size_t n = 0;
		struct f1p_response r = {.size = sizeof(r), .status = 200, .append = only_count, .impl = &n};

		desk->fn(desk->arg, &q, &r);
		me->wrong = me->wrong || (r.status == 200 && n < last); /* rows are never lost again */
		last = r.status == 200 ? n : last;
		me->answers++;
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
		TEST(sessions_before_are_kept_up_to_a_number),
		TEST(a_session_without_a_key_gets_one_of_its_own),
		TEST(latest_changes_a_minute_before_the_start),
		TEST(a_recording_that_begins_again_replaces_itself),
		TEST(a_snapshot_forgets_nothing),
		TEST(the_calendar_lists_what_was_not_seen),
		TEST(after_a_restart_the_state_tells_what_was),
		TEST(a_session_that_is_followed_from_its_beginning_recalls_nothing),
		TEST(telemetry_is_kept_only_when_wanted),
		TEST(an_answer_that_is_too_large_says_how_to_ask_for_less),
		TEST(a_bad_route_is_refused),
		TEST(many_may_ask_while_the_race_runs),
		TEST(broken_batches_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * openf1_fixture.h - for tests: the plugin on a fake host, a client that asks it, and a constructed race.
 */
#ifndef OPENF1_FIXTURE_H
#define OPENF1_FIXTURE_H

#include <fake_host.h>
#include <rows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define T0 INT64_C(1709391600000000000) /* 2024-03-02T15:00:00Z */
#define S INT64_C(1000000000)
#define BODY_MAX ((size_t)16 << 20)

extern const struct f1p_entry f1p_entry_v1;

struct desk {
	struct fake_host *fake;
	struct f1p_plugin *plugin;
	const struct f1p_sink *sink;
	struct f1p_response response;
	char *body, headers[512];
	size_t body_n;
};
static struct desk *desk; /* one for each test */

/* ---- a client ---- */

static inline const struct f1p_routes *host_routes(void)
{
	return desk->fake->host.get_extension(&desk->fake->host, F1P_EXT_ROUTES);
}

static inline f1p_status append(struct f1p_response *r, const void *bytes, size_t n)
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

static inline f1p_status header(struct f1p_response *r, const char *name, const char *value)
{
	struct desk *d = r->impl;
	size_t n = strlen(d->headers);

	snprintf(d->headers + n, sizeof(d->headers) - n, "%s: %s\n", name, value);
	return F1P_OK;
}

static inline uint32_t request(uint32_t method, const char *path, const char *query, int64_t until_ns)
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
	assert_true(host_routes()->handle(&desk->fake->host, &r, &desk->response));
	assert_non_null(desk->body);
	return desk->response.status;
}

static inline const char *as_of(const char *path, const char *query, int64_t until_ns)
{
	request(F1P_GET, path, query, until_ns);
	return desk->body;
}

static inline const char *get(const char *path, const char *query)
{
	return as_of(path, query, F1P_UNKNOWN_NS);
}

static inline int rows_in(const char *json)
{
	int n = 0;

	for (const char *at = json; (at = strstr(at, "\"session_key\":")) != NULL; at++) {
		n++;
	}
	return n;
}

static inline void contains(const char *text, const char *part)
{
	if (strstr(text, part) == NULL) {
		fail_msg("no %s in %.2000s", part, text);
	}
}

static inline void lacks(const char *text, const char *part)
{
	if (strstr(text, part) != NULL) {
		fail_msg("%s in %.2000s", part, text);
	}
}

/* ---- life ---- */

static inline int setup(void **state)
{
	(void)state;
	desk = calloc(1, sizeof(*desk));
	assert_non_null(desk);
	desk->fake = fake_host_create("sink-openf1");
	desk->fake->now_ns = T0 + 600 * S;
	return 0;
}

static inline int teardown(void **state)
{
	(void)state;
	if (desk->plugin != NULL) {
		fake_stop(desk->fake, desk->plugin);
		assert_false(host_routes()->handle(&desk->fake->host, &(struct f1p_request){.path = "/v1/laps"}, NULL));
	}
	fake_host_destroy(desk->fake);
	free(desk->body);
	free(desk);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static inline void start(const char *configured)
{
	desk->plugin = fake_start(desk->fake, &f1p_entry_v1, "sink_openf1", configured);
	if (desk->plugin == NULL) {
		fail_msg("%s", desk->fake->reason);
	}
	desk->sink = desk->plugin->get_extension(desk->plugin, F1P_EXT_SINK);
}

static inline void take(uint16_t type, void *event, size_t size, int64_t t_ns, uint32_t flags)
{
	*(struct f1p_event *)event = (struct f1p_event){
		.size = (uint32_t)size, .space = F1P_SPACE_CORE, .type = type, .flags = flags, .t_event_ns = t_ns};
	assert_int_equal(desk->sink->write(desk->plugin, event, 1, size), F1P_OK);
}
#define TAKE(type, at, ...) take((type), &(__VA_ARGS__), sizeof(__VA_ARGS__), (at), 0)

/* ---- a race ---- */

static inline void tell_session(uint32_t key, int64_t start_ns)
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

static inline void tell_driver(uint16_t car, const char *name, const char *code, int64_t at)
{
	struct f1p_ev_driver ev = {
		.mask = F1P_DRIVER_CODE | F1P_DRIVER_NAME | F1P_DRIVER_COLOUR, .car = car, .colour_rgb = 0x3671C6};

	snprintf(ev.name, sizeof(ev.name), "%s", name);
	snprintf(ev.code, sizeof(ev.code), "%s", code);
	take(F1P_EV_DRIVER, &ev, sizeof(ev), at, 0);
}

static inline void tell_position(uint16_t car, int32_t position, int64_t at)
{
	TAKE(F1P_EV_CAR_POSITION, at, (struct f1p_ev_car_value){.car = car, .value = position});
}

static inline void tell_lap(uint16_t car, int32_t lap, int32_t ms, int64_t at)
{
	TAKE(F1P_EV_CAR_LAP, at,
		(struct f1p_ev_car_lap){.mask = F1P_LAP_NUMBER | F1P_LAP_LAST, .car = car, .laps = lap, .last_ms = ms});
}

static inline void tell_gap(uint16_t car, int32_t gap_ms, int32_t laps, int64_t at)
{
	TAKE(F1P_EV_CAR_GAP, at,
		(struct f1p_ev_car_gap){.mask = F1P_GAP_LEADER | F1P_GAP_INTERVAL,
			.car = car,
			.gap_ms = laps > 0 ? F1P_UNKNOWN : gap_ms,
			.gap_laps = laps,
			.interval_ms = gap_ms == 0 ? F1P_UNKNOWN : gap_ms});
}

static inline void tell_status(int32_t value, int64_t at)
{
	TAKE(F1P_EV_SESSION_STATUS, at, (struct f1p_ev_value){.value = value});
}

/* Two cars, three laps of 90 s: 16 passes 1 on lap 2, 1 stops at the end of lap 2 and is 30 s behind. */
static inline void tell_race(uint32_t key, int64_t t0)
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

#endif

/*
 * websocket_rest_test.c - requests as plugins and clients meet them: methods, queries, bodies, codings, validators.
 */
#include "helpers/rng.h"
#include "sink_fixture.h"

#include <zlib.h>

static int ask(struct fixture *f, const char *method, const char *path, const char *headers, const char *body)
{
	char request[REQUEST_BODY_MAX + 4096];
	int n = snprintf(request, sizeof(request), "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s", method, path, headers);
	if (body) {
		n += snprintf(request + n, sizeof(request) - (size_t)n, "Content-Length: %zu\r\n", strlen(body));
	}
	n += snprintf(request + n, sizeof(request) - (size_t)n, "\r\n%s", body ? body : "");
	assert_true(n < (int)sizeof(request));
	return client_raw(f->port, request, (size_t)n, f->text, TEXT_MAX);
}

static void every_method_reaches_a_tree_with_query_and_body(void **arg)
{
	static const char *const methods[] = {"POST", "PUT", "PATCH", "DELETE"};
	struct fixture *f = *arg;
	char want[200];
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		assert_int_equal(ask(f, methods[i], "/echo/a?x=1&y", "Content-Type: text/csv\r\n", "hello"), 200);
		snprintf(want, sizeof(want), "%s /echo/a?x=1&y [text/csv] <hello> scopes=3", methods[i]);
		assert_string_equal(client_body(f->text), want);
		assert_int_equal(ask(f, methods[i], "/echo/a", "", ""), 200); /* Content-Length: 0 */
		snprintf(want, sizeof(want), "%s /echo/a? [] <> scopes=3", methods[i]);
		assert_string_equal(client_body(f->text), want);
	}
	assert_int_equal(ask(f, "GET", "/echo?b=2", "", NULL), 200);
	assert_string_equal(client_body(f->text), "GET /echo?b=2 [] <> scopes=3");
	assert_int_equal(ask(f, "DELETE", "/echo/7", "", NULL), 200);
	assert_string_equal(client_body(f->text), "DELETE /echo/7? [] <> scopes=3");
	assert_int_equal(ask(f, "HEAD", "/echo/7", "", NULL), 200);
	assert_string_equal(client_body(f->text), "");
	assert_int_equal(ask(f, "OPTIONS", "/echo", "", NULL), 204);
	assert_true(ask(f, "TRACE", "/echo", "", NULL) >= 400);
}

static void queries_arrive_as_they_were_sent(void **arg)
{
	static const char *const cases[] = {"lap_number>=5&lap_number<10", "date>2024-05-19T13:00:00", "a=b=c", "name=S%C3%A3o%20Paulo",
		"a=1%262&b=50%25", "text=%22x%09y%22", "path=../../x//y", "date=2024-05-19T13:00:00%2B02:00", "a", "a="};
	struct fixture *f = *arg;
	char path[200], want[300];
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(path, sizeof(path), "/echo?%s", cases[i]);
		ask(f, "GET", path, "", NULL);
		snprintf(want, sizeof(want), "GET /echo?%s [] <> scopes=3", cases[i]);
		assert_string_equal(client_body(f->text), want);
	}
}

static void long_queries_and_headers_are_refused(void **arg)
{
	struct fixture *f = *arg;
	char path[3000] = "/echo?q=", header[500] = "Origin: http://";
	memset(path + strlen(path), 'x', REQUEST_QUERY - 1 - strlen("q="));
	assert_int_equal(ask(f, "GET", path, "", NULL), 200);
	assert_has(f, path); /* the longest arrives whole */
	path[strlen(path)] = 'x';
	assert_int_equal(ask(f, "GET", path, "", NULL), 414);
	assert_has(f, "application/problem+json");
	memset(path, 0, sizeof(path));
	memset(path, 'p', 400);
	path[0] = '/';
	assert_int_equal(ask(f, "GET", path, "", NULL), 414);
	memset(header + strlen(header), 'o', 300);
	strcat(header, "\r\n");
	assert_int_equal(ask(f, "GET", "/echo", header, NULL), 431);
}

static void headers_of_a_route_are_sent(void **arg)
{
	struct fixture *f = *arg;
	assert_int_equal(ask(f, "POST", "/echo/headers", "", "x"), 201);
	assert_has(f, "location: /echo/7\r\n");
	assert_lacks(f, "x-split");
	assert_lacks(f, "content-length: 1\r\n");
}

static void bodies_up_to_the_cap_arrive_whole(void **arg)
{
	struct fixture *f = *arg;
	char body[REQUEST_BODY_MAX + 2];
	memset(body, 'b', sizeof(body));
	body[REQUEST_BODY_MAX] = '\0';
	assert_int_equal(ask(f, "PUT", "/echo", "", body), 200);
	body[REQUEST_BODY_MAX] = 'b';
	body[REQUEST_BODY_MAX + 1] = '\0';
	assert_int_equal(ask(f, "PUT", "/echo", "", body), 413);
	assert_int_equal(ask(f, "PUT", "/echo", "", NULL), 411);
}

static void rules_and_webhooks_go_to_whoever_serves_them(void **arg)
{
	static const char *const bodies[] = {"{\"rule\":\"safety car\"}", "{\"topics\":[\"state\"],\"webhook\":{\"url\":\"x\"}}"};
	struct fixture *f = *arg;
	for (size_t i = 0; i < 2; i++) {
		f->host.serves_rules = false;
		assert_int_equal(ask(f, "POST", "/api/v1/prediction/subscribe", "Content-Type: application/json\r\n", bodies[i]), 404);
		assert_has(f, "sink_alerts");
		f->host.serves_rules = true;
		assert_int_equal(ask(f, "POST", "/api/v1/prediction/subscribe", "Content-Type: application/json\r\n", bodies[i]), 200);
		assert_has(f, bodies[i]);
		assert_has(f, "POST /api/v1/subscriptions?");
	}
}

/* The body of the last answer, unpacked. */
static void unpack(struct fixture *f, char *out, size_t size)
{
	char *body = (char *)(uintptr_t)client_body(f->text);
	const char *length = strstr(f->text, "content-length: ");
	assert_non_null(length);
	z_stream z = {.next_in = (Bytef *)body, .avail_in = (uInt)strtoul(length + 16, NULL, 10), .next_out = (Bytef *)out,
		.avail_out = (uInt)size - 1};
	assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
	assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
	out[z.total_out] = '\0';
	inflateEnd(&z);
}

static void answers_are_compressed_for_those_who_take_it(void **arg)
{
	static const char *const takes[] = {"gzip", "deflate, gzip;q=0.5", "br, *", "GZIP , x"};
	static const char *const refuses[] = {"", "br", "gzip;q=0", "gzip;q=0.0, br", "xgzip"};
	struct fixture *f = *arg;
	char header[200], *plain = malloc(TEXT_MAX);
	assert_non_null(plain);
	for (size_t i = 0; i < sizeof(takes) / sizeof(takes[0]); i++) {
		snprintf(header, sizeof(header), "Accept-Encoding: %s\r\n", takes[i]);
		assert_int_equal(ask(f, "GET", "/metrics", header, NULL), 200);
		assert_has(f, "content-encoding: gzip");
		assert_has(f, "vary: accept-encoding");
		unpack(f, plain, TEXT_MAX);
		assert_int_equal(strlen(plain), FAKE_METRICS_BYTES);
	}
	for (size_t i = 0; i < sizeof(refuses) / sizeof(refuses[0]); i++) {
		snprintf(header, sizeof(header), "%s%s\r\n", refuses[i][0] ? "Accept-Encoding: " : "X-Other: 1", refuses[i]);
		assert_int_equal(ask(f, "GET", "/metrics", header, NULL), 200);
		assert_lacks(f, "content-encoding");
		assert_int_equal(strlen(client_body(f->text)), FAKE_METRICS_BYTES);
	}
	assert_int_equal(ask(f, "GET", "/app.js", "Accept-Encoding: gzip\r\n", NULL), 200); /* too small to be worth it */
	assert_lacks(f, "content-encoding");
	free(plain);
}

static void validator(struct fixture *f, char out[40])
{
	const char *etag = strstr(f->text, "\r\netag: ");
	assert_non_null(etag);
	assert_int_equal(sscanf(etag, "\r\netag: %39[^\r]", out), 1);
}

static void what_did_not_change_is_not_sent_again(void **arg)
{
	struct fixture *f = *arg;
	char first[40], second[40], header[200];
	publish(f);
	get_until(f, "/api/v1/session/current", "HTTP/1.1 200");
	validator(f, first);
	nap(150); /* the ages in it are others now: that is no news */
	snprintf(header, sizeof(header), "If-None-Match: \"x\", %s\r\n", first);
	assert_int_equal(ask(f, "GET", "/api/v1/session/current", header, NULL), 304);
	assert_string_equal(client_body(f->text), "");
	assert_true(fake_metric(&f->host, "f1pd_http_requests_total", "3xx") == 1);
	assert_has(f, first);
	assert_int_equal(ask(f, "GET", "/api/v1/session/current", "If-None-Match: W/\"0\"\r\n", NULL), 200);
	f->race->lap = 33;
	publish(f);
	get_until(f, "/api/v1/session/current", "\"lap\":33");
	validator(f, second);
	assert_string_not_equal(first, second);
	assert_int_equal(ask(f, "GET", "/api/v1/session/current", header, NULL), 200);
	assert_int_equal(ask(f, "GET", "/metrics", "", NULL), 200);
	validator(f, first);
	snprintf(header, sizeof(header), "If-None-Match: %s\r\n", first);
	assert_int_equal(ask(f, "GET", "/metrics", header, NULL), 304);
}

static void a_304_leaves_the_connection_open(void **arg)
{
	struct fixture *f = *arg;
	char etag[40], request[256];
	size_t n = 0;
	get(f, "/app.js");
	validator(f, etag);
	snprintf(request, sizeof(request), "GET /app.js HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: %s\r\n\r\n", etag);
	int fd = client_connect(f->port);
	for (int i = 0; i < 3; i++) {
		assert_true(client_send(fd, request, strlen(request)));
		n = 0;
		do {
			assert_true(client_read(fd, f->text + n, 1, CLIENT_WAIT_MS));
			f->text[++n] = '\0';
		} while (!strstr(f->text, "\r\n\r\n"));
		assert_has(f, "HTTP/1.1 304");
	}
	close(fd);
}

/* ------------------------------------------------------------------ lists */

/* Two cars with laps: the second has one less. */
static void publish_laps(struct fixture *f)
{
	for (uint16_t car = 0; car < 2; car++) {
		f->race->cars[car].n_laps = (uint16_t)(3 - car);
		for (int32_t lap = 0; lap < 3 - car; lap++) {
			f->race->cars[car].history[lap] = (struct f1p_lap){.time_ms = 80000 + 1000 * car + lap,
				.gap_ms = 10 * car,
				.interval_ms = F1P_UNKNOWN,
				.elapsed_ms = 81000 * (lap + 1),
				.tyre_age = 0xffff,
				.compound = F1P_TYRE_SOFT,
				.position = (uint8_t)(car + 1),
				.flags = lap == 1 ? F1P_LAPF_NEUTRAL | F1P_LAPF_OUT : 0};
		}
	}
	publish(f);
	get_until(f, "/api/v1/laps", "HTTP/1.1 200");
}

static int count(const char *text, const char *part)
{
	int n = 0;
	for (const char *p = text; (p = strstr(p, part)) != NULL; p += strlen(part)) {
		n++;
	}
	return n;
}

static void lists_hold_what_was_asked_for(void **arg)
{
	static const struct {
		const char *query;
		int rows, total;
	} cases[] = {{"", 5, 5}, {"?driver=1", 3, 3}, {"?driver=D02", 2, 2}, {"?car=2,D01", 5, 5}, {"?driver=9", 0, 0}, {"?from_lap=2", 3, 3},
		{"?from_lap=2&to_lap=2&driver=1", 1, 1}, {"?to_lap=1", 2, 2}, {"?limit=2", 2, 5}, {"?limit=2&offset=4", 1, 5}, {"?offset=5", 0, 5},
		{"?driver=%44%30%32", 2, 2}, {"?delay=0", 5, 5}};
	struct fixture *f = *arg;
	char path[100], total[32];
	publish_laps(f);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(path, sizeof(path), "/api/v1/laps%s", cases[i].query);
		assert_int_equal(get(f, path), 200);
		assert_json(client_body(f->text), strlen(client_body(f->text)));
		assert_int_equal(count(f->text, "\"time_ms\":"), cases[i].rows);
		snprintf(total, sizeof(total), "\"total\":%d,", cases[i].total);
		assert_has(f, total);
	}
	assert_int_equal(get(f, "/api/v1/laps?driver=2&from_lap=2&to_lap=2"), 200);
	assert_has(f, "{\"number\":2,\"code\":\"D02\",\"lap\":2,\"time_ms\":81001,\"gap_ms\":10,\"interval_ms\":null,\"elapsed_ms\":162000,"
		      "\"position\":2,\"compound\":\"soft\",\"tyre_age\":null,\"in_lap\":false,\"out_lap\":true,\"neutralised\":true,"
		      "\"yellow\":false,\"inferred\":false}");
	assert_int_equal(get(f, "/api/v1/laps?car=1&limit=1&offset=1"), 200);
	assert_has(f, "link: </api/v1/laps?car=1&limit=1&offset=2>; rel=\"next\", </api/v1/laps?car=1&limit=1&offset=0>; rel=\"prev\"\r\n");
}

static void other_lists_agree_with_the_state(void **arg)
{
	struct fixture *f = *arg;
	f->race->cars[0].n_stints = 2;
	f->race->cars[0].stints[1] = (struct f1p_stint){
		.compound = F1P_TYRE_HARD, .is_new = F1P_NO, .not_changed = F1P_NO, .total_laps = 7, .start_laps = 3, .first_lap = 10};
	publish(f);
	get_until(f, "/api/v1/stints?driver=1", "\"total\":2");
	assert_has(f, "{\"number\":1,\"code\":\"D01\",\"stint\":2,\"compound\":\"hard\",\"new\":false,\"first_lap\":10,\"laps\":4,\"tyre_age_at_start\":3}");
	assert_int_equal(get(f, "/api/v1/drivers?driver=D20"), 200);
	assert_has(f, "\"drivers\":[{\"number\":20,\"code\":\"D20\",\"name\":\"Driver 20\",\"team\":\"Team J\"");
	assert_has(f, "\"total\":1,");
	assert_int_equal(get(f, "/api/v1/weather"), 200);
	assert_has(f, "\"weather\":{\"air_temp_c\":24.5,");
	assert_has(f, "\"track\":{\"status\":\"clear\"");
}

static void messages_are_found_by_category_flag_and_driver(void **arg)
{
	static const struct {
		const char *query, *rows;
	} cases[] = {{"", "YELLOW SPUN "}, {"?category=flag", "YELLOW "}, {"?category=car_event", "SPUN "}, {"?category=drs", ""}, {"?flag=yellow", "YELLOW "},
		{"?flag=red", ""}, {"?category=car_event&flag=yellow", ""}, {"?driver=7", "SPUN "}, {"?driver=D08", ""}, {"?limit=1&offset=1", "SPUN "}};
	struct fixture *f = *arg;
	char path[100], rows[40];
	f->race->n_messages = 2;
	f->race->messages[0] = (struct f1p_message){.category = F1P_RC_FLAG, .flag = F1P_FLAG_YELLOW, .text = "YELLOW"};
	f->race->messages[1] = (struct f1p_message){.category = F1P_RC_CAR_EVENT, .car = 7, .text = "SPUN"};
	publish(f);
	get_until(f, "/api/v1/race_control", "HTTP/1.1 200");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(path, sizeof(path), "/api/v1/race_control%s", cases[i].query);
		assert_int_equal(get(f, path), 200);
		snprintf(rows, sizeof(rows), "%s%s", strstr(f->text, "\"YELLOW\"") ? "YELLOW " : "", strstr(f->text, "\"SPUN\"") ? "SPUN " : "");
		if (strcmp(rows, cases[i].rows) != 0) {
			fail_msg("%s: %s", path, client_body(f->text));
		}
	}
	assert_int_equal(get(f, "/api/v1/race_control?flag=red&flag=yellow"), 400);
	assert_has(f, "given once");
}

static void sessions_and_calendar_are_given_in_pages(void **arg)
{
	struct fixture *f = *arg;
	publish(f);
	get_until(f, "/api/v1/session/current", "HTTP/1.1 200");
	assert_int_equal(get(f, "/api/v1/sessions"), 200);
	assert_has(f, "{\"current\":{\"key\":4242,");
	assert_has(f, "\"sessions\":[],\"total\":0,\"limit\":1000,\"offset\":0}"); /* without a calendar */
	f->host.schedule = "{\"mode\":\"live\",\"sessions\":[{\"n\":1},{\"n\":2},{\"n\":3}],\"stale\":false}";
	assert_int_equal(get(f, "/api/v1/sessions?limit=1&offset=1"), 200);
	assert_has(f, "\"sessions\":[{\"n\":2}],\"total\":3,\"limit\":1,\"offset\":1}");
	assert_int_equal(get(f, "/api/v1/schedule"), 200);
	assert_string_equal(client_body(f->text), f->host.schedule);
	assert_int_equal(get(f, "/api/v1/schedule?offset=2"), 200);
	assert_string_equal(client_body(f->text), "{\"mode\":\"live\",\"sessions\":[{\"n\":3}],\"stale\":false}");
}

static void forecasts_are_kept_by_lap(void **arg)
{
	struct fixture *f = *arg;
	publish(f);
	publish_forecast(f, 10, 0.5);
	publish_forecast(f, 10, 0.625); /* the last of a lap counts */
	publish_forecast(f, 12, 0.75);
	get_until(f, "/api/v1/forecasts", "\"total\":2,");
	assert_has(f, "{\"lap\":10,");
	assert_has(f, "\"win\":0.6250");
	assert_lacks(f, "\"win\":0.5000");
	assert_int_equal(get(f, "/api/v1/forecasts?from_lap=11&driver=2"), 200);
	assert_has(f, "\"total\":1,");
	assert_has(f, "\"win\":0.2500");
	assert_lacks(f, "\"number\":1,");
	assert_int_equal(get(f, "/api/v1/strategy"), 404); /* nobody makes insights here */
}

static void wrong_arguments_are_said(void **arg)
{
	static const struct {
		const char *query, *says;
	} bad[] = {{"limit=0", "limit is a whole number from 1"}, {"limit=10001", "limit is"}, {"limit=-1", "limit is"}, {"limit=2x", "limit is"},
		{"limit=", "limit is"}, {"limit=1&limit=2", "limit is"}, {"limit=99999999999999999999", "limit is"}, {"offset=1e3", "offset is"},
		{"from_lap=0", "from_lap is"}, {"to_lap=121", "to_lap is"}, {"driver=XXX", "no driver of this session has the code: XXX"},
		{"driver=", "no driver of this session"}, {"driver=1,,2", "no driver of this session"}, {"driver=1000", "a car number is 1 to 999, not 1000"},
		{"driver=1&driver=2", "given once"}, {"driver=1&car=2", "given once"}, {"what=1", "unknown argument what; known here are limit, offset, driver"},
		{"Driver=1", "unknown argument Driver"}};
	struct fixture *f = *arg;
	char path[100];
	publish_laps(f);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(path, sizeof(path), "/api/v1/laps?%s", bad[i].query);
		if (get(f, path) != 400 || !strstr(f->text, bad[i].says)) {
			fail_msg("%s: %s", path, f->text);
		}
		assert_has(f, "content-type: application/problem+json");
	}
}

static void random_queries_do_no_harm(void **arg)
{
	static const char *const pieces[] = {"limit=", "offset=", "driver=", "&", "&&", "=", "?", "%", "%2", "%41", "%00", "%ff", "7", "D01", ",", "+", ";",
		"#x", "from_lap=", "-", "\"", "<", "delay=", "1e9", "nan", "token="};
	static const char *const paths[] = {"laps", "drivers", "stints", "race_control", "weather", "forecasts", "sessions", "gaps", "strategy"};
	struct fixture *f = *arg;
	struct f1p_rng rng;
	char path[400];
	publish_laps(f);
	f1p_rng_seed(&rng, 20261123, 0);
	for (int i = 0; i < 400; i++) {
		size_t n = (size_t)snprintf(path, sizeof(path), "/api/v1/%s?", paths[f1p_rng_u64(&rng) % (sizeof(paths) / sizeof(paths[0]))]);
		for (uint64_t k = f1p_rng_u64(&rng) % 12; k > 0; k--) {
			n += (size_t)snprintf(path + n, sizeof(path) - n, "%s", pieces[f1p_rng_u64(&rng) % (sizeof(pieces) / sizeof(pieces[0]))]);
		}
		int status = get(f, path);
		if (status != 0 && status != 200 && (status < 400 || status >= 500)) {
			fail_msg("%s: %s", path, f->text);
		}
		if (status == 200 || strstr(f->text, "application/problem+json")) {
			assert_json(client_body(f->text), strlen(client_body(f->text)));
		}
	}
	assert_int_equal(get(f, "/healthz"), 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUNNING(every_method_reaches_a_tree_with_query_and_body),
		RUNNING(queries_arrive_as_they_were_sent),
		RUNNING(long_queries_and_headers_are_refused),
		RUNNING(headers_of_a_route_are_sent),
		RUNNING(bodies_up_to_the_cap_arrive_whole),
		RUNNING(rules_and_webhooks_go_to_whoever_serves_them),
		RUNNING(answers_are_compressed_for_those_who_take_it),
		RUNNING(what_did_not_change_is_not_sent_again),
		RUNNING(a_304_leaves_the_connection_open),
		RUNNING(lists_hold_what_was_asked_for),
		RUNNING(other_lists_agree_with_the_state),
		RUNNING(messages_are_found_by_category_flag_and_driver),
		RUNNING(sessions_and_calendar_are_given_in_pages),
		RUNNING(forecasts_are_kept_by_lap),
		RUNNING(wrong_arguments_are_said),
		RUNNING(random_queries_do_no_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* websocket_request_test.c - which requests the WebSocket client accepts, and what it makes of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/websocket_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool try(struct ws_request *out, struct f1p_websocket_request r, char why[256])
{
	r.size = sizeof(r);
	snprintf(why, 256, "%s", "");
	return ws_request_init(out, &r, "agent/1", why, 256);
}

static void urls_are_taken_apart(void **state)
{
	static const struct {
		const char *url, *host, *host_header, *authority, *path;
		uint16_t port;
		bool tls;
	} cases[] = {
		{"ws://a.b", "a.b", "a.b", "a.b:80", "/", 80, false},
		{"wss://live.example.com/signalrcore?id=x%20y", "live.example.com", "live.example.com", "live.example.com:443",
			"/signalrcore?id=x%20y", 443, true},
		{"WSS://h:8443/", "h", "h:8443", "h:8443", "/", 8443, true},
		{"ws://h:443?q=/", "h", "h:443", "h:443", "/?q=/", 443, false},
		{"ws://[::1]:9000/x", "::1", "[::1]:9000", "[::1]:9000", "/x", 9000, false},
		{"ws://[fe80::1]", "fe80::1", "[fe80::1]", "[fe80::1]:80", "/", 80, false},
		{"ws://127.0.0.1:1/", "127.0.0.1", "127.0.0.1:1", "127.0.0.1:1", "/", 1, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ws_request r;
		char why[256];

		assert_true(try(&r, (struct f1p_websocket_request){.url = cases[i].url}, why));
		assert_string_equal(r.host, cases[i].host);
		assert_string_equal(r.host_header, cases[i].host_header);
		assert_string_equal(r.authority, cases[i].authority);
		assert_string_equal(r.path, cases[i].path);
		assert_int_equal(r.port, cases[i].port);
		assert_int_equal(r.tls, cases[i].tls);
		ws_request_finish(&r);
	}
}

static void bad_urls_are_refused_without_showing_them(void **state)
{
	static const char *const bad[] = {"", "http://h/s3cr3t", "s3cr3t", "ws:/h", "ws://", "ws:///s3cr3t", "ws://h:0/",
		"ws://h:65536/", "ws://h:/", "ws://h:12x/", "ws://h:-1/", "ws://user:s3cr3t@h/", "ws://h/a b",
		"ws://h/\r\nX: s3cr3t", "ws://h/#s3cr3t", "ws://h\\s3cr3t", "ws://h/\x80", "ws://[::1/", "ws://[::1]x/",
		"ws://[h]/", "wss://[::1]/", "ws://h*/", "ws://?s3cr3t",
		"ws://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct ws_request r;
		char why[256];

		assert_false(try(&r, (struct f1p_websocket_request){.url = bad[i]}, why));
		assert_true(strlen(why) > 10);
		assert_null(strstr(why, "s3cr3t"));
	}
}

static void over_long_parts_are_refused(void **state)
{
	struct ws_request r;
	char why[256], *big = malloc(20000), url[2100] = "ws://h/";
	struct f1p_header headers[17];

	(void)state;
	memset(big, 'x', 19999);
	big[19999] = '\0';
	memset(url + 7, 'p', 1993);
	assert_true(try(&r, (struct f1p_websocket_request){.url = url}, why)); /* 2000 bytes */
	ws_request_finish(&r);
	url[2000] = 'p';
	assert_false(try(&r, (struct f1p_websocket_request){.url = url}, why));
	for (int i = 0; i < 17; i++)
		headers[i] = (struct f1p_header){"X-A", "1"};
	assert_false(try(&r, (struct f1p_websocket_request){.url = "ws://h", .headers = headers, .n_headers = 17}, why));
	headers[0].value = big;
	assert_false(try(&r, (struct f1p_websocket_request){.url = "ws://h", .headers = headers, .n_headers = 1}, why));
	assert_false(try(&r, (struct f1p_websocket_request){.url = "ws://h", .protocol = big}, why));
	assert_false(try(&r, (struct f1p_websocket_request){.url = "ws://h", .headers = NULL, .n_headers = 1}, why));
	free(big);
}

static void headers_that_could_smuggle_are_refused(void **state)
{
	static const struct f1p_header bad[] = {{"Authorization", "Bearer s3cr3t\r\nHost: evil"}, {"Cookie", "a\nb"},
		{"A\r\nB", "x"}, {"", "x"}, {"A B", "x"}, {"A:", "x"}, {"Host", "evil"}, {"connection", "close"},
		{"UPGRADE", "h2c"}, {"Sec-WebSocket-Key", "x"}, {"sec-websocket-extensions", "permessage-deflate"},
		{"Content-Length", "5"}, {"Transfer-Encoding", "chunked"}, {NULL, "x"}, {"A", NULL}, {"A", "\x01"}};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct ws_request r;
		char why[256];

		assert_false(try(&r, (struct f1p_websocket_request){.url = "ws://h", .headers = &bad[i], .n_headers = 1}, why));
		assert_true(strlen(why) > 10);
		assert_null(strstr(why, "s3cr3t"));
	}
}

static void the_user_agent_can_be_replaced(void **state)
{
	const struct f1p_header own = {"user-agent", "other/2"}, cookie = {"Cookie", "a=\xc3\xa4\tb"};
	struct ws_request r;
	char why[256];

	(void)state;
	assert_true(try(&r, (struct f1p_websocket_request){.url = "ws://h", .headers = &cookie, .n_headers = 1}, why));
	assert_string_equal(r.headers, "Cookie: a=\xc3\xa4\tb\r\nUser-Agent: agent/1\r\n");
	assert_int_equal(r.headers_bytes, strlen(r.headers));
	ws_request_finish(&r);
	assert_true(try(&r, (struct f1p_websocket_request){.url = "ws://h", .headers = &own, .n_headers = 1}, why));
	assert_string_equal(r.headers, "user-agent: other/2\r\n");
	ws_request_finish(&r);
}

static void limits_have_defaults_and_bounds(void **state)
{
	struct ws_request r;
	char why[256];

	(void)state;
	assert_true(try(&r, (struct f1p_websocket_request){.url = "ws://h"}, why));
	assert_int_equal(r.max_bytes, 10 << 20);
	assert_int_equal(r.connect_timeout_ms, 15000);
	assert_int_equal(r.ping_ms, 15000);
	assert_null(r.protocol);
	ws_request_finish(&r);
	assert_false(try(&r, (struct f1p_websocket_request){.url = "ws://h", .max_bytes = (10 << 20) + 1}, why));
	assert_false(try(&r, (struct f1p_websocket_request){.url = "ws://h", .ping_ms = -1}, why));
	assert_false(try(&r, (struct f1p_websocket_request){.url = "ws://h", .connect_timeout_ms = INT64_MAX}, why));
	assert_false(try(&r, (struct f1p_websocket_request){.url = "ws://h", .protocol = "a, b"}, why));
	assert_false(try(&r, (struct f1p_websocket_request){.url = NULL}, why));
}

/* A plugin built against a shorter struct: what it does not know has its default. */
static void a_shorter_struct_is_read_as_far_as_it_goes(void **state)
{
	struct f1p_websocket_request from = {.url = "ws://h", .max_bytes = 1, .ping_ms = -1};
	struct ws_request r;
	char why[256];

	(void)state;
	from.size = offsetof(struct f1p_websocket_request, max_bytes);
	assert_true(ws_request_init(&r, &from, NULL, why, sizeof(why)));
	assert_int_equal(r.max_bytes, 10 << 20);
	assert_int_equal(r.ping_ms, 15000);
	assert_int_equal(r.headers_bytes, 0);
	ws_request_finish(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls_are_taken_apart),
		cmocka_unit_test(bad_urls_are_refused_without_showing_them),
		cmocka_unit_test(over_long_parts_are_refused),
		cmocka_unit_test(headers_that_could_smuggle_are_refused),
		cmocka_unit_test(the_user_agent_can_be_replaced),
		cmocka_unit_test(limits_have_defaults_and_bounds),
		cmocka_unit_test(a_shorter_struct_is_read_as_far_as_it_goes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

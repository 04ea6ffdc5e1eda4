/*
 * source_livetiming_signalr_test.c - the pure parts: framing, records, negotiate, cookies, addresses, topics, tokens.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "negotiate.h"
#include "signalr.h"
#include "token.h"
#include "topics.h"

#include <f1pd/event.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- framing ---- */

struct kept {
	char text[4096]; /* records, each behind a '|' */
	uint32_t n, stop_after;
};

static bool keep(void *arg, const char *record, size_t n)
{
	struct kept *k = arg;
	size_t used = strlen(k->text);

	snprintf(k->text + used, sizeof(k->text) - used, "|%.*s", (int)n, record);
	return ++k->n != k->stop_after;
}

static void records_are_found_wherever_the_bytes_are_cut(void **state)
{
	static const char bytes[] = "{}\x1e{\"type\":6}\x1e\x1e{\"type\":1,\"target\":\"feed\"}\x1e{\"rest";
	static const char expected[] = "|{}|{\"type\":6}||{\"type\":1,\"target\":\"feed\"}";
	size_t n = sizeof(bytes) - 1;

	(void)state;
	for (size_t a = 0; a <= n; a++) {
		for (size_t b = a; b <= n; b++) {
			struct slt_framer f;
			struct kept k = {.n = 0};

			slt_framer_init(&f, 64);
			assert_int_equal(slt_framer_put(&f, bytes, a, keep, &k), F1P_OK);
			assert_int_equal(slt_framer_put(&f, bytes + a, b - a, keep, &k), F1P_OK);
			assert_int_equal(slt_framer_put(&f, bytes + b, n - b, keep, &k), F1P_OK);
			assert_string_equal(k.text, expected);
			assert_int_equal(slt_framer_put(&f, "}\x1e", 2, keep, &k), F1P_OK); /* the kept part goes on */
			assert_string_equal(k.text + strlen(expected), "|{\"rest}");
			slt_framer_finish(&f);
		}
	}
}

static void records_have_a_longest_length(void **state)
{
	struct slt_framer f;
	struct kept k = {.n = 0};

	(void)state;
	slt_framer_init(&f, 8);
	assert_int_equal(slt_framer_put(&f, "12345678\x1e", 9, keep, &k), F1P_OK);
	assert_int_equal(slt_framer_put(&f, "123456789\x1e", 10, keep, &k), F1P_EINVAL);
	assert_int_equal(slt_framer_put(&f, "12345", 5, keep, &k), F1P_OK);
	assert_int_equal(slt_framer_put(&f, "6789", 4, keep, &k), F1P_EINVAL);
	assert_int_equal(slt_framer_put(&f, "ok\x1e", 3, keep, &k), F1P_OK); /* as after a reset */
	assert_string_equal(k.text, "|12345678|ok");
	slt_framer_finish(&f);
}

static void a_reader_may_stop_in_the_middle(void **state)
{
	struct slt_framer f;
	struct kept k = {.stop_after = 2};

	(void)state;
	slt_framer_init(&f, 64);
	assert_int_equal(slt_framer_put(&f, "a\x1e" "b\x1e" "c\x1e" "d", 7, keep, &k), F1P_ECANCELLED);
	assert_string_equal(k.text, "|a|b");
	assert_int_equal(slt_framer_put(&f, "e\x1e", 2, keep, &k), F1P_OK);
	assert_string_equal(k.text, "|a|b|e"); /* nothing of the rest was kept */
	slt_framer_finish(&f);
}

/* ---- records ---- */

static struct slt_record parse(const char *text)
{
	struct slt_record r;
	const char *why = "";

	if (!slt_record_parse(text, strlen(text), &r, &why)) {
		fail_msg("%s: %s", text, why);
	}
	return r;
}

static void is(struct f1p_json_slice s, const char *text)
{
	char copy[256];

	snprintf(copy, sizeof(copy), "%.*s", (int)s.n, s.text);
	assert_string_equal(copy, text);
}

static void records_are_told_apart(void **state)
{
	struct slt_record r = parse("{\"type\":1,\"target\":\"feed\",\"arguments\":[\"LapCount\",{\"CurrentLap\":3},"
				    "\"2030-05-05T13:00:00.1Z\"]}");

	(void)state;
	assert_int_equal(r.kind, SLT_FEED);
	is(r.topic, "LapCount");
	is(r.data, "{\"CurrentLap\":3}");
	is(r.time, "2030-05-05T13:00:00.1Z");
	r = parse("{ \"arguments\" : [ \"CarData.z\", \"abc\" ] , \"target\":\"feed\", \"type\" : 1 }");
	assert_int_equal(r.kind, SLT_FEED);
	is(r.data, "\"abc\"");
	is(r.time, "");
	assert_int_equal(parse("{}").kind, SLT_EMPTY);
	assert_int_equal(parse("{\"type\":6}").kind, SLT_PINGED);
	assert_int_equal(parse("{\"type\":1,\"target\":\"other\",\"arguments\":[]}").kind, SLT_OTHER);
	assert_int_equal(parse("{\"type\":99}").kind, SLT_OTHER);
	r = parse("{\"type\":3,\"invocationId\":\"0\",\"result\":{\"A\":1}}");
	assert_int_equal(r.kind, SLT_RESULT);
	is(r.id, "0");
	is(r.result, "{\"A\":1}");
}

static void errors_are_text_for_people(void **state)
{
	struct slt_record r = parse("{\"error\":\"don\\u0027t\\nknow \\u001b[1m\"}");

	(void)state;
	assert_int_equal(r.kind, SLT_REFUSAL);
	assert_string_equal(r.error, "don't?know ?[1m");
	r = parse("{\"type\":7,\"error\":\"bye\",\"allowReconnect\":true}");
	assert_int_equal(r.kind, SLT_CLOSE);
	assert_true(r.allow_reconnect);
	assert_string_equal(r.error, "bye");
	assert_false(parse("{\"type\":7}").allow_reconnect);
}

static void broken_records_are_refused(void **state)
{
	static const char *const broken[] = {"", "x", "[1]", "{\"type\":1", "<html></html>", "{\"type\":1,\"target\":\"feed\"}",
		"{\"type\":1,\"target\":\"feed\",\"arguments\":[]}", "{\"type\":1,\"target\":\"feed\",\"arguments\":[\"A\"]}",
		"{\"type\":1,\"target\":\"feed\",\"arguments\":[1,{}]}", "{\"type\":1,\"target\":\"feed\",\"arguments\":{}}",
		"{\"type\":1,\"target\":\"feed\",\"arguments\":[\"A\",{]}"};
	struct slt_record r;

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		const char *why = "";

		if (slt_record_parse(broken[i], strlen(broken[i]), &r, &why)) {
			fail_msg("taken: %s", broken[i]);
		}
		assert_string_not_equal(why, "");
	}
}

/* ---- negotiate ---- */

static void negotiated(const char *body, const char *id_or_why)
{
	char id[SLT_CONNECTION_ID_MAX] = "", why[200] = "";
	bool ok = slt_negotiate_parse(body, strlen(body), id, why, sizeof(why));

	if (strstr(ok ? id : why, id_or_why) == NULL || (ok && strcmp(id, id_or_why) != 0)) {
		fail_msg("%s -> %s, expected %s", body, ok ? id : why, id_or_why);
	}
}

static void negotiate_answers(void **state)
{
	char body[2048];

	(void)state;
	negotiated("{\"negotiateVersion\":1,\"connectionId\":\"I\",\"connectionToken\":\"a\\u002Bb\",\"availableTransports\":"
		   "[{\"transport\":\"WebSockets\",\"transferFormats\":[\"Text\",\"Binary\"]},{\"transport\":\"LongPolling\"}]}",
		"a+b");
	negotiated("{\"negotiateVersion\":0,\"connectionId\":\"I\"}", "I"); /* version 0 knows no token */
	negotiated("{\"error\":\"no\\nmore\"}", "refuses: no?more");
	negotiated("{\"url\":\"https://other.example/hub?access_token=SECRET\",\"accessToken\":\"SECRET\"}",
		"sends us on to https://other.example/hub, which");
	negotiated("{\"connectionToken\":\"T\",\"availableTransports\":[{\"transport\":\"LongPolling\"}]}", "no WebSockets");
	negotiated("{\"connectionToken\":5}", "no connectionToken");
	negotiated("<!doctype html><html>", "web page");
	negotiated("\r\n <html>", "web page");
	negotiated("[]", "no JSON object");
	negotiated("", "empty");
	negotiated("{\"connectionToken\":\"T\"", "broken JSON");
	snprintf(body, sizeof(body), "{\"connectionToken\":\"%0600d\"}", 7);
	negotiated(body, "longer than 511");
}

static void addresses(void **state)
{
	static const char *const bad[] = {"", "ftp://x", "livetiming.example", "https://", "https:///x", "http://:80",
		"https://u@x", "https://x?y", "https://x#y", "https://x y", "https://x\n", "https://\xc3\xa4.example"};
	char url[SLT_URL_MAX + 1];
	char why_buffer[8] = "";
	const char *why = why_buffer;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(slt_base_url_ok(bad[i], &why));
	}
	assert_true(slt_base_url_ok("https://livetiming.example:8443/x/", &why));
	assert_true(slt_negotiate_url("https://h.example/x//", true, url));
	assert_string_equal(url, "https://h.example/x/signalrcore/negotiate?negotiateVersion=1");
	assert_true(slt_socket_url("https://h.example", "a+/=&?%\"b-._~", url));
	assert_string_equal(url, "wss://h.example/signalrcore?id=a%2B%2F%3D%26%3F%25%22b-._~");
	assert_true(slt_socket_url("http://127.0.0.1:5000", "\xc3\xa4", url));
	assert_string_equal(url, "ws://127.0.0.1:5000/signalrcore?id=%C3%A4");
	assert_true(slt_base_url_is_open("http://h.example"));
	assert_true(slt_base_url_is_open("http://127.0.0.1.evil.example"));
	assert_false(slt_base_url_is_open("http://127.0.0.1:80"));
	assert_false(slt_base_url_is_open("https://h.example"));
}

static void cookies(void **state)
{
	struct slt_cookies c = {""};
	char large[2000];
	const struct f1p_header first[] = {{"set-cookie", "AWSALB=one; Path=/; Secure"}, {"content-type", "x=y"},
		{"set-cookie", "AWSALBCORS=two"}};
	const struct f1p_header second[] = {{"set-cookie", "AWSALB=three ; x"}, {"set-cookie", "no cookie"},
		{"set-cookie", "=x"}, {"set-cookie", "a=b\r\nEvil: 1"}, {"set-cookie", large}, {"set-cookie", "B=1"}};

	(void)state;
	memset(large, 'x', sizeof(large) - 1);
	large[1] = '=';
	large[sizeof(large) - 1] = '\0';
	slt_cookies_take(&c, first, 3);
	assert_string_equal(c.text, "AWSALB=one; AWSALBCORS=two");
	slt_cookies_take(&c, second, 4);
	assert_string_equal(c.text, "AWSALBCORS=two; AWSALB=three");
	slt_cookies_take(&c, second + 4, 1);
	slt_cookies_take(&c, second + 4, 1); /* replaced, not added */
	assert_int_equal(strlen(c.text), strlen("AWSALBCORS=two; AWSALB=three; ") + sizeof(large) - 1);
	large[0] = 'y';
	slt_cookies_take(&c, second + 4, 1); /* no room: left out */
	slt_cookies_take(&c, second + 5, 1);
	assert_non_null(strstr(c.text, "; B=1"));
	assert_null(strstr(c.text, "yxx"));
}

/* ---- topics ---- */

static void topics(void **state)
{
	struct slt_topics t;
	char text[2048], why[120];
	uint32_t kinds = 0;

	(void)state;
	assert_true(slt_topics_parse("LapCount, CarData.z,LapCount,", &t, why, sizeof(why)));
	assert_true(slt_topics_subscribe(&t, text, sizeof(text)) > 0);
	assert_string_equal(text, "{\"type\":1,\"invocationId\":\"0\",\"target\":\"Subscribe\",\"arguments\":[[\"LapCount\",\"CarData.z\","
				  "\"Heartbeat\",\"SessionInfo\"]]}\x1e");
	assert_int_equal(slt_topics_needing_token(&t, text, sizeof(text), &kinds), 1);
	assert_string_equal(text, "CarData.z");
	assert_int_equal(kinds, 1u << F1P_DATA_TELEMETRY);
	assert_true(slt_topics_parse("all", &t, why, sizeof(why)));
	assert_int_equal(slt_topics_needing_token(&t, text, sizeof(text), &kinds), 3);
	assert_string_equal(text, "CarData.z, Position.z, PitStopSeries");
	assert_false(slt_topics_parse(" , ", &t, why, sizeof(why)));
	assert_false(slt_topics_parse("a\"b", &t, why, sizeof(why)));
	assert_false(slt_topics_parse("ATopicNameThatIsLongerThanAnyTopicOfTheFeed", &t, why, sizeof(why)));
	assert_int_equal(slt_topics_subscribe(&t, text, 20), 0);
}

/* ---- token ---- */

static void expiry_is_read_from_the_token(void **state)
{
	/* {"alg":"none"} . {"exp":1900000000} . x, and the same in other clothes */
	static const char good[] = "eyJhbGciOiJub25lIn0.eyJleHAiOjE5MDAwMDAwMDB9.x";
	static const char nested[] = "h.eyJhIjp7ImV4cCI6MX0sImV4cCI6MTkwMDAwMDAwMC41LCJ6IjoiPz8_In0.x";
	static const char *const none[] = {"", "opaque", "a.b", "a.!!.c", "a..c", "a.e30.c" /* {} */,
		"a.eyJleHAiOi01fQ.c" /* -5 */, "a.eyJleHAiOjk5OTk5OTk5OTk5OTk5OTk5OTk5OTl9.c", "a.eyJleHAi.c"};

	(void)state;
	assert_int_equal(slt_token_expiry(good, sizeof(good) - 1), INT64_C(1900000000) * 1000000000);
	assert_int_equal(slt_token_expiry(nested, sizeof(nested) - 1), INT64_C(1900000000) * 1000000000);
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		assert_int_equal(slt_token_expiry(none[i], strlen(none[i])), F1P_UNKNOWN_NS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_are_found_wherever_the_bytes_are_cut),
		cmocka_unit_test(records_have_a_longest_length),
		cmocka_unit_test(a_reader_may_stop_in_the_middle),
		cmocka_unit_test(records_are_told_apart),
		cmocka_unit_test(errors_are_text_for_people),
		cmocka_unit_test(broken_records_are_refused),
		cmocka_unit_test(negotiate_answers),
		cmocka_unit_test(addresses),
		cmocka_unit_test(cookies),
		cmocka_unit_test(topics),
		cmocka_unit_test(expiry_is_read_from_the_token),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

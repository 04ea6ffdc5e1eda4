/*
 * source_livetiming_test.c - the plugin against a server that the test plays: what goes over the wire on the way in, what goes
 * wrong there, tokens, options.
 */
#include "rig.h"

#include <unistd.h>

#define LAP(n) "{\"CurrentLap\":" #n "}"

/* ---- the way in ---- */

static void the_way_in_is_as_the_server_wants_it(void **state)
{
	struct rig r = rig_start("connections=1\ntoken=abc.def\ntopics=Heartbeat,LapCount");
	struct fake_request *q = fake_pending(r.f, "negotiate");
	struct fake_socket *s = NULL;

	(void)state;
	assert_int_equal(q->method, F1P_HTTP_OPTIONS);
	assert_string_equal(q->url, "https://livetiming.formula1.com/signalrcore/negotiate");
	assert_string_equal(q->headers, "Authorization: Bearer abc.def\n");
	fake_answer(r.f, q, 200, "set-cookie: AWSALBCORS=xyz; Expires=never\n", "");
	q = fake_pending(r.f, "negotiate");
	assert_int_equal(q->method, F1P_HTTP_POST);
	assert_string_equal(q->url, "https://livetiming.formula1.com/signalrcore/negotiate?negotiateVersion=1");
	assert_string_equal(q->headers, "Cookie: AWSALBCORS=xyz\nAuthorization: Bearer abc.def\n");
	assert_string_equal(q->body, "");
	assert_true((q->flags & F1P_HTTPF_NO_STORE) != 0);
	fake_answer(r.f, q, 200, NULL, "{\"connectionToken\":\"a/b+c\"}");
	s = fake_open_socket(r.f);
	assert_string_equal(s->url, "wss://livetiming.formula1.com/signalrcore?id=a%2Fb%2Bc");
	assert_string_equal(s->headers, "Cookie: AWSALBCORS=xyz\nAuthorization: Bearer abc.def\n");
	assert_int_equal(s->n_sent, 0);
	fake_socket_opened(s);
	assert_int_equal(s->n_sent, 1);
	assert_string_equal(s->sent[0], "{\"protocol\":\"json\",\"version\":1}" END);
	fake_socket_message(s, "{}" END);
	assert_int_equal(s->n_sent, 2);
	assert_string_equal(s->sent[1], "{\"type\":1,\"invocationId\":\"0\",\"target\":\"Subscribe\",\"arguments\":[[\"Heartbeat\","
					"\"LapCount\",\"SessionInfo\"]]}" END);
	assert_string_equal(rig_link(&r), "connecting connecting");
	assert_false(rig_logged(&r, "abc.def"));
	rig_stop(&r);
}

static void a_snapshot_and_what_follows_become_events(void **state)
{
	struct rig r = rig_start("connections=1");
	struct fake_socket *s = rig_subscribe(&r, rig_snapshot);
	const struct f1p_event *ev = NULL;

	(void)state;
	assert_int_equal(fake_count(r.f, F1P_EV_FEED_RESET), 0); /* it waits for the feed's time */
	rig_feed(s, "LapCount", LAP(6), rig_stamp(&r, -5 * RIG_S));
	ev = fake_event(r.f, F1P_EV_FEED_RESET, 0);
	assert_non_null(ev);
	assert_true((ev->flags & F1P_EVF_SNAPSHOT) != 0);
	assert_int_equal(ev->t_event_ns, r.f->now_ns - 5 * RIG_S); /* the feed's clock, not ours */
	assert_int_equal(fake_count(r.f, F1P_EV_CAR_POSITION), 2);
	assert_int_equal(rig_lap(&r), 6);
	ev = rig_newest(&r, F1P_EV_LAP_COUNT);
	assert_int_equal(ev->flags, 0);
	assert_int_equal(ev->t_event_ns, r.f->now_ns - 5 * RIG_S);
	assert_string_equal(rig_link(&r), "up connected; without a token there is no CarData.z, Position.z, PitStopSeries");
	rig_poll(&r);
	assert_true(fake_metric(r.f, "f1pd_source_lag_seconds") == 5.0);
	assert_true(fake_metric(r.f, "f1pd_source_messages_total{topic=LapCount}") == 2);
	rig_stop(&r);
}

static void a_snapshot_alone_is_told_a_second_later_with_its_heartbeats_time(void **state)
{
	struct rig r = rig_start("connections=1");

	(void)state;
	rig_subscribe(&r, rig_snapshot);
	rig_pass(&r, 900 * RIG_MS);
	assert_int_equal(fake_count(r.f, F1P_EV_FEED_RESET), 0);
	rig_pass(&r, 200 * RIG_MS);
	assert_int_equal(fake_count(r.f, F1P_EV_FEED_RESET), 1);
	assert_int_equal(((const struct f1p_event *)rig_newest(&r, F1P_EV_SESSION))->t_event_ns, RIG_START_NS - 1500 * RIG_MS);
	rig_stop(&r);
}

/* Between sessions the heartbeat in the snapshot is that of the last one. */
static void a_snapshot_of_a_past_session_is_told_with_our_time(void **state)
{
	struct rig r = rig_start("connections=1");

	(void)state;
	r.f->now_ns += 12 * 86400 * RIG_S;
	rig_subscribe(&r, rig_snapshot);
	rig_pass(&r, 2 * RIG_S);
	assert_true(((const struct f1p_event *)rig_newest(&r, F1P_EV_SESSION))->t_event_ns > RIG_START_NS + 12 * 86400 * RIG_S);
	rig_stop(&r);
}

/* Handshake answer, snapshot and messages, cut anywhere between two WebSocket messages, give the same events. */
static void where_messages_are_cut_does_not_matter(void **state)
{
	struct rig whole = rig_start("connections=1");
	struct fake_socket *s = NULL;
	char bytes[2048], part[2048];
	size_t n = 0;

	(void)state;
	n = (size_t)snprintf(bytes, sizeof(bytes),
		"{\"type\":6}" END "{\"type\":3,\"invocationId\":\"0\",\"result\":%s}" END
		"{\"type\":1,\"target\":\"feed\",\"arguments\":[\"LapCount\"," LAP(6) ",\"%s\"]}" END
		"{\"type\":1,\"target\":\"feed\",\"arguments\":[\"LapCount\"," LAP(7) ",\"%s\"]}" END,
		rig_snapshot, rig_stamp(&whole, 0), rig_stamp(&whole, RIG_S));
	s = rig_connect(&whole);
	fake_socket_message(s, bytes);
	assert_int_equal(rig_lap(&whole), 7);
	for (size_t cut = 1; cut < n; cut++) {
		struct rig r = rig_start("connections=1");

		s = rig_connect(&r);
		snprintf(part, sizeof(part), "%.*s", (int)cut, bytes);
		fake_socket_message(s, part);
		fake_socket_message(s, bytes + cut);
		assert_int_equal(r.f->event_bytes, whole.f->event_bytes);
		assert_memory_equal(r.f->events, whole.f->events, r.f->event_bytes);
		rig_stop(&r);
	}
	rig_stop(&whole);
}

/* The answer to the handshake may share its message with what follows. */
static void everything_may_come_in_one_message(void **state)
{
	struct rig r = rig_start("connections=1");
	struct fake_request *q = fake_pending(r.f, "negotiate");
	struct fake_socket *s = NULL;

	(void)state;
	fake_answer(r.f, q, 404, NULL, ""); /* no cookie is no harm */
	fake_answer(r.f, fake_pending(r.f, "negotiate"), 200, NULL, "{\"negotiateVersion\":0,\"connectionId\":\"old\"}");
	s = fake_open_socket(r.f);
	assert_string_equal(s->url, "wss://livetiming.formula1.com/signalrcore?id=old");
	assert_string_equal(s->headers, "");
	fake_socket_opened(s);
	fake_socket_message(s, "{}" END "{\"type\":1,\"target\":\"feed\",\"arguments\":[\"LapCount\"," LAP(6) ",\"2030-03-17T17:46:40Z\"]}" END
			       "{\"type\":3,\"invocationId\":\"0\",\"result\":{\"LapCount\":{\"CurrentLap\":5,\"TotalLaps\":50}}}" END);
	assert_int_equal(fake_count(r.f, F1P_EV_LAP_COUNT), 2);
	assert_int_equal(rig_lap(&r), 6); /* what overtook the snapshot is not lost */
	rig_stop(&r);
}

static void it_pings_every_fifteen_seconds(void **state)
{
	struct rig r = rig_start("connections=1");
	struct fake_socket *s = rig_subscribe(&r, rig_snapshot);

	(void)state;
	for (int i = 1; i <= 4; i++) {
		rig_pass(&r, 15 * RIG_S);
		rig_feed(s, "Heartbeat", "{}", rig_stamp(&r, 0));
		assert_int_equal(s->n_sent, 2 + i);
		assert_string_equal(s->sent[1 + i], "{\"type\":6}" END);
	}
	assert_false(s->closed);
	rig_stop(&r);
}

/* ---- what goes wrong on the way in ---- */

/* Plays one attempt that fails; says how in words. */
static void expect_failure(struct rig *r, const char *words, const char *link)
{
	const struct f1p_ev_link *ev = NULL;

	if (!rig_logged(r, words)) {
		fail_msg("not in the log: %s\n%s", words, r->f->log);
	}
	assert_string_equal(rig_link(r), link);
	ev = rig_newest(r, F1P_EV_LINK);
	assert_int_equal(ev->h.size, sizeof(*ev));
	assert_null(fake_pending(r->f, "negotiate")); /* not at once */
	rig_await(r);
}

static void each_failure_has_its_reason(void **state)
{
	static const struct {
		uint32_t status;
		const char *body, *words, *link;
	} cases[] = {
		{200, "<html>maintenance", "web page, not JSON", "down negotiate: the answer is a web page, not JSON"},
		{200, "{\"url\":\"https://else.example\"}", "https://else.example, which is not followed",
			"down negotiate: the server sends us on to https://else.example, which is not followed: set base_url if it is right"},
		{200, "{\"availableTransports\":[]}", "no connectionToken", "down negotiate: the answer holds no connectionToken"},
		{200, "", "empty", "down negotiate: the answer is empty"},
		{503, "x", "HTTP 503", "down negotiate: HTTP 503"},
		{405, "x", "HTTP 405", "down negotiate: HTTP 405"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rig r = rig_start(NULL);

		fake_answer(r.f, fake_pending(r.f, "negotiate"), 200, NULL, "");
		fake_answer(r.f, fake_pending(r.f, "negotiate"), cases[i].status, NULL, cases[i].body);
		expect_failure(&r, cases[i].words, cases[i].link);
		rig_stop(&r);
	}
}

static void network_and_protocol_failures(void **state)
{
	static const char *const talks[] = {"{\"error\":\"version\"}" END, "{\"type\":6}" END, "garbage" END};
	static const char *const links[] = {
		"down handshake refused: version", "down handshake: the answer is none", "down what comes is no SignalR record: not a JSON object"};
	struct rig r = rig_start(NULL);

	(void)state;
	fake_answer_error(r.f, fake_pending(r.f, "negotiate"), F1P_EIO, "livetiming.formula1.com: connection refused");
	expect_failure(&r, "connection refused", "down negotiate: livetiming.formula1.com: connection refused");
	rig_stop(&r);
	for (int i = 0; i < 3; i++) {
		r = rig_start(NULL);
		fake_answer(r.f, fake_pending(r.f, "negotiate"), 200, NULL, "");
		fake_answer(r.f, fake_pending(r.f, "negotiate"), 200, NULL, "{\"connectionToken\":\"t\"}");
		fake_socket_opened(fake_open_socket(r.f));
		fake_socket_message(fake_open_socket(r.f), talks[i]);
		assert_null(fake_open_socket(r.f));
		expect_failure(&r, "first connection", links[i]);
		rig_stop(&r);
	}
	r = rig_start(NULL);
	fake_socket_message(rig_connect(&r), "{\"type\":3,\"invocationId\":\"0\",\"error\":\"no such topic\"}" END);
	expect_failure(&r, "no such topic", "down Subscribe refused: no such topic");
	rig_stop(&r);
	r = rig_start(NULL);
	fake_socket_message(rig_connect(&r), "{\"type\":3,\"invocationId\":\"0\",\"result\":null}" END);
	expect_failure(&r, "no snapshot", "down Subscribe: the answer holds no snapshot");
	rig_stop(&r);
}

static void every_step_has_its_time(void **state)
{
	struct rig r = rig_start("connections=1\nretry_min=100ms\nretry_max=100ms");
	struct fake_socket *s = NULL;

	(void)state;
	rig_pass(&r, 21 * RIG_S);
	assert_true(rig_logged(&r, "negotiate: no answer in time"));
	assert_true(r.f->requests[0].cancelled);
	fake_answer(r.f, fake_pending(r.f, "negotiate"), 200, NULL, "");
	fake_answer(r.f, fake_pending(r.f, "negotiate"), 200, NULL, "{\"connectionToken\":\"t\"}");
	rig_pass(&r, 21 * RIG_S);
	assert_true(rig_logged(&r, "WebSocket: it does not open in time"));
	fake_answer(r.f, fake_pending(r.f, "negotiate"), 200, NULL, "");
	fake_answer(r.f, fake_pending(r.f, "negotiate"), 200, NULL, "{\"connectionToken\":\"t\"}");
	fake_socket_opened(fake_open_socket(r.f));
	rig_pass(&r, 21 * RIG_S);
	assert_true(rig_logged(&r, "handshake: no answer in time"));
	s = rig_connect(&r);
	rig_pass(&r, 31 * RIG_S);
	assert_true(s->closed);
	assert_true(rig_logged(&r, "Subscribe: no snapshot came in time"));
	rig_stop(&r);
}

/* Failure after failure the waits grow, never beyond retry_max; a minute of health forgives. */
static void waits_grow_and_are_forgiven(void **state)
{
	struct rig r = rig_start("connections=1");
	int64_t longest_ns[2] = {0, 0};
	struct fake_socket *s = NULL;

	(void)state;
	for (int i = 0; i < 40; i++) {
		int64_t since_ns = r.f->now_ns;

		fake_answer_error(r.f, fake_pending(r.f, "negotiate"), F1P_ETIMEOUT, "slow");
		rig_await(&r);
		if (r.f->now_ns - since_ns > longest_ns[i >= 2]) {
			longest_ns[i >= 2] = r.f->now_ns - since_ns;
		}
	}
	assert_true(longest_ns[0] <= 4 * RIG_S + 100 * RIG_MS);
	assert_true(longest_ns[1] > 20 * RIG_S);
	s = rig_begin(&r);
	for (int i = 0; i < 7; i++) {
		rig_pass(&r, 10 * RIG_S);
		rig_feed(s, "Heartbeat", "{}", rig_stamp(&r, 0));
	}
	fake_socket_lose(s, 0, "reset");
	rig_pass(&r, 2100 * RIG_MS);
	assert_non_null(fake_pending(r.f, "negotiate"));
	rig_stop(&r);
}

/* ---- tokens ---- */

static void without_right_to_them_the_missing_topics_are_named(void **state)
{
	struct rig r = rig_start("connections=1\ntoken=secret-token");
	const struct f1p_ev_link *link = NULL;

	(void)state;
	fake_answer(r.f, fake_pending(r.f, "negotiate"), 401, NULL, "");
	link = rig_newest(&r, F1P_EV_LINK);
	assert_int_equal(link->condition, F1P_LINK_REFUSED);
	assert_int_equal(link->kinds, 1u << F1P_DATA_TELEMETRY | 1u << F1P_DATA_LOCATION);
	assert_string_equal(link->text, "token refused; missing: CarData.z, Position.z, PitStopSeries");
	assert_true(rig_logged(&r, "missing: CarData.z, Position.z, PitStopSeries"));
	rig_poll(&r); /* at once, without it */
	assert_string_equal(fake_pending(r.f, "negotiate")->headers, "");
	rig_begin(&r);
	assert_string_equal(rig_link(&r), "up connected; without a token there is no CarData.z, Position.z, PitStopSeries");
	assert_false(rig_logged(&r, "secret-token"));
	rig_stop(&r);
}

static void a_refused_upgrade_counts_as_well(void **state)
{
	struct rig r = rig_start("connections=1\ntoken=secret-token");

	(void)state;
	fake_answer(r.f, fake_pending(r.f, "negotiate"), 200, NULL, "");
	fake_answer(r.f, fake_pending(r.f, "negotiate"), 200, NULL, "{\"connectionToken\":\"t\"}");
	fake_socket_lose(fake_open_socket(r.f), 403, "Forbidden");
	assert_string_equal(rig_link(&r), "refused token refused; missing: CarData.z, Position.z, PitStopSeries");
	rig_poll(&r);
	assert_string_equal(fake_pending(r.f, "negotiate")->headers, "");
	rig_stop(&r);
}

static void refused_without_a_token_it_says_so_and_tries_again(void **state)
{
	struct rig r = rig_start("connections=1");

	(void)state;
	fake_answer(r.f, fake_pending(r.f, "negotiate"), 403, NULL, "");
	assert_string_equal(rig_link(&r), "refused negotiate: HTTP 403: not let in without a token");
	rig_poll(&r);
	assert_null(fake_pending(r.f, "negotiate"));
	rig_pass(&r, 3 * RIG_S);
	rig_begin(&r);
	assert_memory_equal(rig_link(&r), "up ", 3);
	rig_stop(&r);
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* {"exp":1900090000}: 25 h after the rig's start */
#define JWT_25H "h.eyJleHAiOjE5MDAwOTAwMDB9.s"
/* {"exp":1900500000} */
#define JWT_LATER "h.eyJleHAiOjE5MDA1MDAwMDB9.s"

static void a_token_file_is_followed(void **state)
{
	char path[] = "/tmp/f1pd-token-XXXXXX", options[128];
	int fd = mkstemp(path);
	struct rig r;
	struct fake_socket *s = NULL, *again = NULL;

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	write_file(path, JWT_25H "\n");
	snprintf(options, sizeof(options), "connections=1\nrenew_after=24h\ntoken_file=%s", path);
	r = rig_start(options);
	assert_string_equal(fake_pending(r.f, "negotiate")->headers, "Authorization: Bearer " JWT_25H "\n");
	s = rig_begin(&r);
	assert_string_equal(rig_link(&r), "up connected");
	assert_false(rig_logged(&r, "expires"));
	r.f->now_ns += 2 * 3600 * RIG_S;
	rig_feed(s, "Heartbeat", "{}", rig_stamp(&r, 0));
	rig_poll(&r);
	assert_true(rig_logged(&r, "W the token expires in 1"));
	fake_socket_lose(s, 0, "cut");
	r.f->now_ns += 24 * 3600 * RIG_S;
	rig_pass(&r, 30 * RIG_S);
	assert_true(rig_logged(&r, "W the token has expired: put a new one into token_file"));
	assert_string_equal(rig_await(&r)->headers, "");
	s = rig_begin(&r);
	write_file(path, "  " JWT_LATER "  \n");
	rig_pass(&r, 12 * RIG_S); /* it is put into use at once, without a break */
	assert_string_equal(fake_pending(r.f, "negotiate")->headers, "Authorization: Bearer " JWT_LATER "\n");
	again = rig_subscribe(&r, rig_snapshot);
	rig_feed(s, "Heartbeat", "{}", rig_stamp(&r, 0));
	rig_feed(again, "Heartbeat", "{}", rig_stamp(&r, 0));
	rig_poll(&r);
	assert_true(s->closed);
	assert_false(again->closed);
	assert_string_equal(rig_link(&r), "up connected");
	unlink(path);
	rig_stop(&r);
}

static void a_token_file_that_is_none_is_told_once(void **state)
{
	struct rig r = rig_start("token_file=/nonexistent/token");
	const char *at = NULL;

	(void)state;
	assert_true(rig_logged(&r, "W token_file /nonexistent/token: No such file")); /* at the start, also between sessions */
	rig_pass(&r, 60 * RIG_S);
	at = strstr(r.f->log, "token_file /nonexistent/token: No such file");
	assert_non_null(at);
	assert_null(strstr(at + 1, "token_file"));
	assert_string_equal(r.f->requests[0].headers, "");
	rig_stop(&r);
}

static void options_are_checked(void **state)
{
	static const char *const bad[] = {"base_url=ftp://x", "token=a\ntoken_file=/b", "token=a\nbase_url=http://other.example",
		"topics=a b\"c", "topics=,", "retry_min=5s\nretry_max=1s"};
	struct fake_host *f = fake_host_create("livetiming");

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		f->reason[0] = '\0';
		assert_null(fake_start(f, &f1p_entry_v1, "source_livetiming", bad[i]));
		assert_string_not_equal(f->reason, "");
	}
	fake_stop(f, fake_start(f, &f1p_entry_v1, "source_livetiming", "token=a\nbase_url=http://127.0.0.1:8000/"));
	fake_host_destroy(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_way_in_is_as_the_server_wants_it),
		cmocka_unit_test(a_snapshot_and_what_follows_become_events),
		cmocka_unit_test(a_snapshot_alone_is_told_a_second_later_with_its_heartbeats_time),
		cmocka_unit_test(a_snapshot_of_a_past_session_is_told_with_our_time),
		cmocka_unit_test(where_messages_are_cut_does_not_matter),
		cmocka_unit_test(everything_may_come_in_one_message),
		cmocka_unit_test(it_pings_every_fifteen_seconds),
		cmocka_unit_test(each_failure_has_its_reason),
		cmocka_unit_test(network_and_protocol_failures),
		cmocka_unit_test(every_step_has_its_time),
		cmocka_unit_test(waits_grow_and_are_forgiven),
		cmocka_unit_test(without_right_to_them_the_missing_topics_are_named),
		cmocka_unit_test(a_refused_upgrade_counts_as_well),
		cmocka_unit_test(refused_without_a_token_it_says_so_and_tries_again),
		cmocka_unit_test(a_token_file_is_followed),
		cmocka_unit_test(a_token_file_that_is_none_is_told_once),
		cmocka_unit_test(options_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

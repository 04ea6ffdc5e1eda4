/*
 * source_livetiming_test.c - the plugin against a server that the test plays: what goes over the wire, what becomes of it,
 * what the user is told.
 */
#include "rig.h"

#include <unistd.h>

#define LAP(n) "{\"CurrentLap\":" #n "}"

static const void *newest(const struct rig *r, uint16_t type)
{
	size_t n = fake_count(r->f, type);

	assert_true(n > 0);
	return fake_event(r->f, type, n - 1);
}

static int32_t current_lap(const struct rig *r)
{
	return ((const struct f1p_ev_lap_count *)newest(r, F1P_EV_LAP_COUNT))->current;
}

/* The snapshot is told with the time of the message behind it: give it one. */
static struct fake_socket *connect_and_feed(struct rig *r)
{
	struct fake_socket *s = rig_subscribe(r, rig_snapshot);

	rig_feed(s, "Heartbeat", "{\"Utc\":\"x\"}", rig_stamp(r, -200 * RIG_MS));
	return s;
}

/* Passes time until an attempt to connect is under way. */
static struct fake_request *await_attempt(struct rig *r)
{
	for (int i = 0; i < 610 && fake_pending(r->f, "negotiate") == NULL; i++) {
		rig_pass(r, 100 * RIG_MS);
	}
	assert_non_null(fake_pending(r->f, "negotiate"));
	return fake_pending(r->f, "negotiate");
}

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
	assert_int_equal(current_lap(&r), 6);
	ev = newest(&r, F1P_EV_LAP_COUNT);
	assert_int_equal(ev->flags, 0);
	assert_int_equal(ev->t_event_ns, r.f->now_ns - 5 * RIG_S);
	assert_string_equal(rig_link(&r), "up connected; without a token there is no CarData.z, Position.z, PitStopSeries");
	rig_poll(&r);
	assert_true(fake_metric(r.f, "f1pd_source_lag_seconds") == 5.0);
	assert_true(fake_metric(r.f, "f1pd_source_messages_total{topic=LapCount") == 2);
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
	assert_int_equal(((const struct f1p_event *)newest(&r, F1P_EV_SESSION))->t_event_ns, RIG_START_NS - 1500 * RIG_MS);
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
	assert_true(((const struct f1p_event *)newest(&r, F1P_EV_SESSION))->t_event_ns > RIG_START_NS + 12 * 86400 * RIG_S);
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
	assert_int_equal(current_lap(&whole), 7);
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
	assert_int_equal(current_lap(&r), 6); /* what overtook the snapshot is not lost */
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
	ev = newest(r, F1P_EV_LINK);
	assert_int_equal(ev->h.size, sizeof(*ev));
	assert_null(fake_pending(r->f, "negotiate")); /* not at once */
	await_attempt(r);
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
		await_attempt(&r);
		if (r.f->now_ns - since_ns > longest_ns[i >= 2]) {
			longest_ns[i >= 2] = r.f->now_ns - since_ns;
		}
	}
	assert_true(longest_ns[0] <= 4 * RIG_S + 100 * RIG_MS);
	assert_true(longest_ns[1] > 20 * RIG_S);
	s = connect_and_feed(&r);
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
	link = newest(&r, F1P_EV_LINK);
	assert_int_equal(link->condition, F1P_LINK_REFUSED);
	assert_int_equal(link->kinds, 1u << F1P_DATA_TELEMETRY | 1u << F1P_DATA_LOCATION);
	assert_string_equal(link->text, "token refused; missing: CarData.z, Position.z, PitStopSeries");
	assert_true(rig_logged(&r, "missing: CarData.z, Position.z, PitStopSeries"));
	rig_poll(&r); /* at once, without it */
	assert_string_equal(fake_pending(r.f, "negotiate")->headers, "");
	connect_and_feed(&r);
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
	connect_and_feed(&r);
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
	s = connect_and_feed(&r);
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
	assert_string_equal(await_attempt(&r)->headers, "");
	s = connect_and_feed(&r);
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

/* ---- the watch ---- */

static void a_silent_connection_is_replaced(void **state)
{
	struct rig r = rig_start("connections=1");
	struct fake_socket *s = connect_and_feed(&r);

	(void)state;
	rig_pass(&r, 19 * RIG_S);
	fake_socket_message(s, "{\"type\":6}" END); /* a server that only pings is no feed */
	rig_pass(&r, 900 * RIG_MS);
	assert_false(s->closed);
	rig_pass(&r, 200 * RIG_MS);
	assert_true(s->closed);
	assert_string_equal(rig_link(&r), "down no message for 20 s");
	assert_int_equal(((const struct f1p_event *)newest(&r, F1P_EV_LINK))->t_event_ns, RIG_START_NS - 200 * RIG_MS);
	rig_pass(&r, 2 * RIG_S);
	assert_non_null(fake_pending(r.f, "negotiate"));
	rig_stop(&r);
}

/* Before the session and after it the feed may be silent: a minute, if not even a ping comes. */
static void before_the_session_silence_is_borne(void **state)
{
	struct rig r = rig_start("connections=1");
	struct fake_socket *s = rig_subscribe(&r, "{\"SessionStatus\":{\"Status\":\"Inactive\"}}");

	(void)state;
	for (int i = 0; i < 6; i++) {
		rig_pass(&r, 59 * RIG_S);
		fake_socket_message(s, "{\"type\":6}" END);
	}
	assert_false(s->closed);
	rig_pass(&r, 61 * RIG_S);
	assert_true(s->closed);
	rig_stop(&r);
}

static void the_clock_may_jump(void **state)
{
	struct rig r = rig_start("connections=1");
	struct fake_socket *s = connect_and_feed(&r);

	(void)state;
	rig_pass(&r, 5 * RIG_S);
	r.f->now_ns -= 3600 * RIG_S;
	rig_pass(&r, 16 * RIG_S);
	assert_true(s->closed); /* 20 s of silence are 20 s */
	rig_stop(&r);
}

static void the_server_may_close(void **state)
{
	struct rig r = rig_start("connections=1");
	struct fake_socket *s = connect_and_feed(&r);

	(void)state;
	fake_socket_message(s, "{\"type\":7,\"error\":\"restart\",\"allowReconnect\":true}" END
			       "{\"type\":1,\"target\":\"feed\",\"arguments\":[\"LapCount\"," LAP(9) ",\"2030-03-17T17:46:41Z\"]}" END);
	assert_true(s->closed);
	assert_string_equal(rig_link(&r), "down the server closes: restart (and lets us come back)");
	assert_int_equal(current_lap(&r), 5); /* nothing is taken behind it */
	rig_stop(&r);
}

static void garbage_in_the_stream_is_passed_over(void **state)
{
	struct rig r = rig_start("connections=1");
	struct fake_socket *s = connect_and_feed(&r);

	(void)state;
	fake_socket_message(s, "garbage" END "{\"type\":1,\"target\":\"feed\",\"arguments\":[]}" END "\xff\x00" END);
	rig_feed(s, "LapCount", "{\"CurrentLap\":", rig_stamp(&r, 0));
	rig_feed(s, "LapCount", LAP(6), "not a time");
	rig_feed(s, "LapCount", LAP(7), "9999-12-31T23:59:59Z");
	rig_feed(s, "LapCount", LAP(8), rig_stamp(&r, 0));
	assert_false(s->closed);
	assert_int_equal(current_lap(&r), 8);
	for (size_t i = 0; i < fake_count(r.f, F1P_EV_LAP_COUNT); i++) {
		const struct f1p_event *ev = fake_event(r.f, F1P_EV_LAP_COUNT, i);

		assert_true(ev->t_event_ns >= RIG_START_NS - RIG_S && ev->t_event_ns <= RIG_START_NS);
	}
	rig_poll(&r);
	assert_true(fake_metric(r.f, "f1pd_source_rejected_total") >= 3);
	for (int i = 0; i < 10; i++) {
		fake_socket_message(s, "<html>" END);
	}
	assert_true(s->closed); /* this is not our feed */
	rig_stop(&r);
}

/* Late or wrong stamps cost no message: it is told at its place in the order. */
static void times_never_go_back(void **state)
{
	static const int64_t stamps_s[] = {0, -60, 5, -3000, 3600, 6, 10 * 86400};
	static const int64_t told_s[] = {0, 0, 5, 5, 5, 6, 6};
	struct rig r = rig_start("connections=1");
	struct fake_socket *s = connect_and_feed(&r);
	char json[32];

	(void)state;
	fake_forget_events(r.f);
	for (int i = 0; i < 7; i++) {
		snprintf(json, sizeof(json), "{\"CurrentLap\":%d}", 10 + i);
		rig_feed(s, "LapCount", json, rig_stamp(&r, stamps_s[i] * RIG_S));
		assert_int_equal(current_lap(&r), 10 + i);
		assert_int_equal(((const struct f1p_event *)newest(&r, F1P_EV_LAP_COUNT))->t_event_ns, RIG_START_NS + told_s[i] * RIG_S);
	}
	rig_stop(&r);
}

/* Our clock or the feed's may be wrong by days: if they stay so, the feed's is taken. */
static void a_feed_with_another_clock_is_followed(void **state)
{
	struct rig r = rig_start("connections=1");
	struct fake_socket *s = connect_and_feed(&r);
	char json[32];

	(void)state;
	for (int i = 0; i < 20; i++) {
		snprintf(json, sizeof(json), "{\"CurrentLap\":%d}", 10 + i);
		rig_feed(s, "LapCount", json, rig_stamp(&r, (3 * 86400 + i) * RIG_S));
	}
	assert_int_equal(((const struct f1p_event *)newest(&r, F1P_EV_LAP_COUNT))->t_event_ns, RIG_START_NS + (3 * 86400 + 19) * RIG_S);
	rig_stop(&r);
}

static void a_message_without_end_is_bounded(void **state)
{
	struct rig r = rig_start("connections=1\nmax_message=64k");
	struct fake_socket *s = connect_and_feed(&r);
	char part[1001];

	(void)state;
	memset(part, '[', 1000);
	part[1000] = '\0';
	for (int i = 0; i < 70 && !s->closed; i++) {
		fake_socket_message(s, part);
	}
	assert_true(s->closed);
	assert_string_equal(rig_link(&r), "down a record is longer than max_message");
	rig_stop(&r);
}

/* ---- renewal ---- */

/* Hours of a feed: each open socket gets the same heartbeats, whoever knocks is let in. Returns how many sockets there were. */
static size_t live_for(struct rig *r, int64_t ns, size_t least_open, int64_t longest_life_ns)
{
	int64_t opened_ns[FAKE_MAX] = {0};
	int64_t end_ns = r->f->now_ns + ns;
	char json[48];

	for (size_t seen = 0; r->f->now_ns < end_ns; seen = r->f->n_sockets) {
		size_t open = 0;

		if (fake_pending(r->f, "negotiate") != NULL) {
			rig_subscribe(r, rig_snapshot);
		}
		for (size_t i = seen; i < r->f->n_sockets; i++) {
			opened_ns[i] = r->f->now_ns;
		}
		rig_pass(r, 100 * RIG_MS);
		snprintf(json, sizeof(json), "{\"Utc\":\"%s\"}", rig_stamp(r, 0));
		for (size_t i = 0; i < r->f->n_sockets; i++) {
			if (!r->f->sockets[i]->closed) {
				open++;
				rig_feed(r->f->sockets[i], "Heartbeat", json, rig_stamp(r, 0));
				assert_true(r->f->now_ns - opened_ns[i] <= longest_life_ns);
			}
		}
		assert_true(open >= least_open && open <= 2);
		r->f->now_ns += 10 * RIG_S;
	}
	return r->f->n_sockets;
}

static size_t heartbeats(const struct rig *r)
{
	return fake_count(r->f, F1P_EV_HEARTBEAT);
}

/* In six hours both connections are renewed in turn; the stream never begins anew. */
static void two_connections_are_renewed_in_turn(void **state)
{
	struct rig r = rig_start("connections=2");
	size_t sockets = live_for(&r, 6 * 3600 * RIG_S, 1, (110 * 60 + 15) * RIG_S);

	(void)state;
	assert_true(sockets >= 8 && sockets <= 9);
	assert_int_equal(fake_count(r.f, F1P_EV_FEED_RESET), 1);
	assert_string_equal(rig_link(&r), "up connected; without a token there is no CarData.z, Position.z, PitStopSeries");
	assert_int_equal(fake_count(r.f, F1P_EV_LINK), 2); /* connecting, up */
	assert_true(fake_metric(r.f, "f1pd_livetiming_lost_connections_total") <= 0);
	rig_stop(&r);
}

/* A single connection is renewed by a second one that delivers before the first is closed. */
static void one_connection_is_renewed_without_a_break(void **state)
{
	struct rig r = rig_start("connections=1");
	size_t sockets = live_for(&r, 6 * 3600 * RIG_S, 1, (110 * 60 + 30) * RIG_S), told = 0;

	(void)state;
	assert_int_equal(sockets, 4);
	assert_int_equal(fake_count(r.f, F1P_EV_FEED_RESET), 1);
	assert_int_equal(fake_count(r.f, F1P_EV_LINK), 2);
	told = heartbeats(&r);
	assert_true(told >= 6 * 360 - 30); /* every one, and none twice: one each 10.1 s, and that of the snapshot */
	for (size_t i = 2; i < told; i++) {
		const struct f1p_event *a = fake_event(r.f, F1P_EV_HEARTBEAT, i - 1), *b = fake_event(r.f, F1P_EV_HEARTBEAT, i);

		assert_int_equal(b->t_event_ns - a->t_event_ns, 10100 * RIG_MS);
		i += 16; /* looking each one up takes long */
	}
	rig_stop(&r);
}

/* While the other one is down the old one stays, however old it is. */
static void without_a_partner_none_is_renewed(void **state)
{
	struct rig r = rig_start("connections=2\nrenew_after=60s");
	struct fake_socket *s = connect_and_feed(&r);

	(void)state;
	for (int i = 0; i < 60; i++) {
		rig_pass(&r, 10 * RIG_S);
		rig_feed(s, "Heartbeat", "{}", rig_stamp(&r, 0));
	}
	assert_false(s->closed);
	rig_stop(&r);
}

/* ---- sessions ---- */

#define OTHER_SESSION "{\"Key\":71,\"Type\":\"Race\",\"Name\":\"Race\",\"Path\":\"2030/B/\"}"

static void another_session_is_subscribed_anew(void **state)
{
	struct rig r = rig_start("connections=2");
	struct fake_socket *s = connect_and_feed(&r), *again = NULL;
	const struct f1p_ev_session *session = NULL;

	(void)state;
	rig_feed(s, "SessionInfo", "{\"Key\":70,\"Path\":\"2030/A/\",\"Name\":\"Race\"}", rig_stamp(&r, 0));
	assert_false(s->closed); /* the same one, told again */
	fake_forget_events(r.f);
	rig_feed(s, "SessionInfo", OTHER_SESSION, rig_stamp(&r, RIG_S));
	rig_feed(s, "LapCount", LAP(1), rig_stamp(&r, RIG_S));
	assert_true(s->closed);
	assert_int_equal(fake_count(r.f, F1P_EV_SESSION), 0);
	assert_int_equal(fake_count(r.f, F1P_EV_LAP_COUNT), 0);
	assert_string_equal(rig_link(&r), "connecting another session begins: subscribing anew");
	rig_poll(&r);
	again = rig_subscribe(&r, "{\"SessionInfo\":" OTHER_SESSION ",\"LapCount\":{\"CurrentLap\":1}}");
	rig_feed(again, "LapCount", LAP(2), rig_stamp(&r, 2 * RIG_S));
	session = newest(&r, F1P_EV_SESSION);
	assert_int_equal(session->session_key, 71);
	assert_int_equal(fake_count(r.f, F1P_EV_FEED_RESET), 1);
	assert_int_equal(current_lap(&r), 2);
	assert_memory_equal(rig_link(&r), "up ", 3);
	rig_stop(&r);
}

/* The second connection's server has gone over already. */
static void a_snapshot_of_another_session_switches_too(void **state)
{
	struct rig r = rig_start("connections=2");
	struct fake_socket *a = connect_and_feed(&r), *b = NULL;

	(void)state;
	rig_pass(&r, 6 * RIG_S);
	rig_feed(a, "Heartbeat", "{}", rig_stamp(&r, 0));
	b = rig_subscribe(&r, "{\"SessionInfo\":" OTHER_SESSION "}");
	assert_true(a->closed);
	assert_true(b->closed);
	rig_poll(&r);
	a = rig_subscribe(&r, "{\"SessionInfo\":" OTHER_SESSION "}");
	rig_feed(a, "LapCount", LAP(1), rig_stamp(&r, 0));
	assert_int_equal(((const struct f1p_ev_session *)newest(&r, F1P_EV_SESSION))->session_key, 71);
	/* and it must not jump to and fro */
	rig_pass(&r, 6 * RIG_S);
	b = rig_subscribe(&r, rig_snapshot);
	assert_true(b->closed);
	assert_false(a->closed);
	rig_stop(&r);
}

/* ---- seasons ---- */

static void it_connects_by_the_calendar(void **state)
{
	struct rig r = rig_start(NULL);
	struct fake_socket *s = connect_and_feed(&r);
	int64_t due_ns = 0;

	(void)state;
	r.f->schedule.mode = F1P_SEASON_AFTER;
	rig_poll(&r);
	assert_false(s->closed);
	r.f->schedule.mode = F1P_SEASON_IDLE;
	r.f->schedule.has_session = F1P_YES;
	r.f->schedule.t_change_ns = r.f->now_ns + 30 * RIG_S;
	snprintf(r.f->schedule.session.name, sizeof(r.f->schedule.session.name), "Practice 1");
	snprintf(r.f->schedule.session.meeting, sizeof(r.f->schedule.session.meeting), "Test Grand Prix");
	fake_poll(r.f, r.plugin, &due_ns);
	assert_true(s->closed);
	assert_string_equal(rig_link(&r), "closed no session now; next: Practice 1, Test Grand Prix");
	assert_int_equal(due_ns, r.f->now_ns + 30 * RIG_S);
	rig_pass(&r, 600 * RIG_S);
	assert_null(fake_pending(r.f, "negotiate"));
	r.f->schedule.mode = F1P_SEASON_BEFORE;
	rig_poll(&r);
	assert_non_null(fake_pending(r.f, "negotiate"));
	rig_stop(&r);
}

static void with_connect_always_the_calendar_does_not_matter(void **state)
{
	struct rig r = rig_start("connect=always");

	(void)state;
	r.f->schedule.mode = F1P_SEASON_IDLE;
	rig_poll(&r);
	assert_non_null(fake_pending(r.f, "negotiate"));
	rig_stop(&r);
}

/* No calendar at all: the feed itself is asked, after a minute of waiting for one. */
static void without_any_calendar_it_connects(void **state)
{
	struct fake_host *f = fake_host_create("livetiming");
	struct rig r = {.f = f};

	(void)state;
	f->now_ns = RIG_START_NS;
	r.plugin = fake_start(f, &f1p_entry_v1, "source_livetiming", NULL);
	assert_non_null(r.plugin);
	rig_pass(&r, 50 * RIG_S);
	assert_string_equal(rig_link(&r), "closed no session now");
	assert_null(fake_pending(f, "negotiate"));
	rig_pass(&r, 70 * RIG_S);
	assert_non_null(fake_pending(f, "negotiate"));
	rig_stop(&r);
}

static void without_a_network_it_says_so_and_waits(void **state)
{
	struct fake_host *f = fake_host_create("livetiming");
	struct f1p_plugin *plugin = NULL;
	int64_t due_ns = 0;

	(void)state;
	f->absent[0] = F1P_EXT_HTTP;
	plugin = fake_start(f, &f1p_entry_v1, "source_livetiming", NULL);
	assert_non_null(plugin);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(fake_poll(f, plugin, &due_ns), F1P_OK);
		assert_int_equal(due_ns, F1P_NEVER_NS);
	}
	assert_non_null(strstr(f->log, "no network"));
	assert_null(strstr(strstr(f->log, "no network") + 1, "no network"));
	assert_int_equal(f->n_events, 0);
	fake_stop(f, plugin);
	fake_host_destroy(f);
}

/* ---- f1p.source-feed/1 ---- */

static void fed_bytes_become_events(void **state)
{
	struct rig r = rig_start(NULL);
	const struct f1p_source_feed *feed = r.plugin->get_extension(r.plugin, F1P_EXT_SOURCE_FEED);
	static const char message[] = "{\"type\":1,\"target\":\"feed\",\"arguments\":[\"LapCount\"," LAP(6) ",\"2030-03-17T17:46:40Z\"]}" END;
	char result[2048];

	(void)state;
	assert_int_equal(feed->feed(r.plugin, message, 20), F1P_OK);
	assert_int_equal(feed->feed(r.plugin, message + 20, sizeof(message) - 21), F1P_OK);
	assert_int_equal(current_lap(&r), 6);
	snprintf(result, sizeof(result), "{\"type\":3,\"invocationId\":\"0\",\"result\":%s}" END, rig_snapshot);
	assert_int_equal(feed->feed(r.plugin, result, strlen(result)), F1P_OK);
	assert_int_equal(current_lap(&r), 5);
	assert_int_equal(feed->feed(r.plugin, "x" END, 2), F1P_EINVAL);
	assert_int_equal(feed->feed(r.plugin, message, sizeof(message) - 1), F1P_OK);
	assert_int_equal(current_lap(&r), 6);
	rig_stop(&r);
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
		cmocka_unit_test(a_silent_connection_is_replaced),
		cmocka_unit_test(before_the_session_silence_is_borne),
		cmocka_unit_test(the_clock_may_jump),
		cmocka_unit_test(the_server_may_close),
		cmocka_unit_test(garbage_in_the_stream_is_passed_over),
		cmocka_unit_test(times_never_go_back),
		cmocka_unit_test(a_feed_with_another_clock_is_followed),
		cmocka_unit_test(a_message_without_end_is_bounded),
		cmocka_unit_test(two_connections_are_renewed_in_turn),
		cmocka_unit_test(one_connection_is_renewed_without_a_break),
		cmocka_unit_test(without_a_partner_none_is_renewed),
		cmocka_unit_test(another_session_is_subscribed_anew),
		cmocka_unit_test(a_snapshot_of_another_session_switches_too),
		cmocka_unit_test(it_connects_by_the_calendar),
		cmocka_unit_test(with_connect_always_the_calendar_does_not_matter),
		cmocka_unit_test(without_any_calendar_it_connects),
		cmocka_unit_test(without_a_network_it_says_so_and_waits),
		cmocka_unit_test(fed_bytes_become_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

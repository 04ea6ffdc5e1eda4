/*
 * source_livetiming_watch_test.c - the plugin once it is connected: silence, odd times, garbage, renewal, sessions that change, the
 * calendar, fed bytes.
 */
#include "rig.h"

#define LAP(n) "{\"CurrentLap\":" #n "}"

/* ---- the watch ---- */

static void a_silent_connection_is_replaced(void **state)
{
	struct rig r = rig_start("connections=1");
	struct fake_socket *s = rig_begin(&r);

	(void)state;
	rig_pass(&r, 19 * RIG_S);
	fake_socket_message(s, "{\"type\":6}" END); /* a server that only pings is no feed */
	rig_pass(&r, 900 * RIG_MS);
	assert_false(s->closed);
	rig_pass(&r, 200 * RIG_MS);
	assert_true(s->closed);
	assert_string_equal(rig_link(&r), "down no message for 20 s");
	assert_int_equal(((const struct f1p_event *)rig_newest(&r, F1P_EV_LINK))->t_event_ns, RIG_START_NS - 200 * RIG_MS);
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
	struct fake_socket *s = rig_begin(&r);

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
	struct fake_socket *s = rig_begin(&r);

	(void)state;
	fake_socket_message(s, "{\"type\":7,\"error\":\"restart\",\"allowReconnect\":true}" END
			       "{\"type\":1,\"target\":\"feed\",\"arguments\":[\"LapCount\"," LAP(9) ",\"2030-03-17T17:46:41Z\"]}" END);
	assert_true(s->closed);
	assert_string_equal(rig_link(&r), "down the server closes: restart (and lets us come back)");
	assert_int_equal(rig_lap(&r), 5); /* nothing is taken behind it */
	rig_stop(&r);
}

static void garbage_in_the_stream_is_passed_over(void **state)
{
	struct rig r = rig_start("connections=1");
	struct fake_socket *s = rig_begin(&r);

	(void)state;
	fake_socket_message(s, "garbage" END "{\"type\":1,\"target\":\"feed\",\"arguments\":[]}" END "\xff\x00" END);
	rig_feed(s, "LapCount", "{\"CurrentLap\":", rig_stamp(&r, 0));
	rig_feed(s, "LapCount", LAP(6), "not a time");
	rig_feed(s, "LapCount", LAP(7), "9999-12-31T23:59:59Z");
	rig_feed(s, "LapCount", LAP(8), rig_stamp(&r, 0));
	assert_false(s->closed);
	assert_int_equal(rig_lap(&r), 8);
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
	struct fake_socket *s = rig_begin(&r);
	char json[32];

	(void)state;
	fake_forget_events(r.f);
	for (int i = 0; i < 7; i++) {
		snprintf(json, sizeof(json), "{\"CurrentLap\":%d}", 10 + i);
		rig_feed(s, "LapCount", json, rig_stamp(&r, stamps_s[i] * RIG_S));
		assert_int_equal(rig_lap(&r), 10 + i);
		assert_int_equal(((const struct f1p_event *)rig_newest(&r, F1P_EV_LAP_COUNT))->t_event_ns, RIG_START_NS + told_s[i] * RIG_S);
	}
	rig_stop(&r);
}

/* Our clock or the feed's may be wrong by days: if they stay so, the feed's is taken. */
static void a_feed_with_another_clock_is_followed(void **state)
{
	struct rig r = rig_start("connections=1");
	struct fake_socket *s = rig_begin(&r);
	char json[32];

	(void)state;
	for (int i = 0; i < 20; i++) {
		snprintf(json, sizeof(json), "{\"CurrentLap\":%d}", 10 + i);
		rig_feed(s, "LapCount", json, rig_stamp(&r, (3 * 86400 + i) * RIG_S));
	}
	assert_int_equal(((const struct f1p_event *)rig_newest(&r, F1P_EV_LAP_COUNT))->t_event_ns, RIG_START_NS + (3 * 86400 + 19) * RIG_S);
	rig_stop(&r);
}

static void a_message_without_end_is_bounded(void **state)
{
	struct rig r = rig_start("connections=1\nmax_message=64k");
	struct fake_socket *s = rig_begin(&r);
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
	struct fake_socket *s = rig_begin(&r);

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
	struct fake_socket *s = rig_begin(&r), *again = NULL;
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
	session = rig_newest(&r, F1P_EV_SESSION);
	assert_int_equal(session->session_key, 71);
	assert_int_equal(fake_count(r.f, F1P_EV_FEED_RESET), 1);
	assert_int_equal(rig_lap(&r), 2);
	assert_memory_equal(rig_link(&r), "up ", 3);
	rig_stop(&r);
}

/* The second connection's server has gone over already. */
static void a_snapshot_of_another_session_switches_too(void **state)
{
	struct rig r = rig_start("connections=2");
	struct fake_socket *a = rig_begin(&r), *b = NULL;

	(void)state;
	rig_pass(&r, 6 * RIG_S);
	rig_feed(a, "Heartbeat", "{}", rig_stamp(&r, 0));
	b = rig_subscribe(&r, "{\"SessionInfo\":" OTHER_SESSION "}");
	assert_true(a->closed);
	assert_true(b->closed);
	rig_poll(&r);
	a = rig_subscribe(&r, "{\"SessionInfo\":" OTHER_SESSION "}");
	rig_feed(a, "LapCount", LAP(1), rig_stamp(&r, 0));
	assert_int_equal(((const struct f1p_ev_session *)rig_newest(&r, F1P_EV_SESSION))->session_key, 71);
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
	struct fake_socket *s = rig_begin(&r);
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

/* Hours of silence between sessions are no fault of the connection; before the next session silence counts from then on. */
static void between_sessions_silence_replaces_nothing(void **state)
{
	struct rig r = rig_start("connect=always\nconnections=1");
	struct fake_socket *s = rig_subscribe(&r, "{\"SessionStatus\":{\"Status\":\"Finalised\"}}");

	(void)state;
	r.f->schedule.mode = F1P_SEASON_AFTER;
	rig_pass(&r, 1800 * RIG_S);
	r.f->schedule.mode = F1P_SEASON_IDLE;
	rig_pass(&r, 3600 * RIG_S);
	assert_false(s->closed);
	r.f->schedule.mode = F1P_SEASON_BEFORE;
	rig_pass(&r, 59 * RIG_S);
	assert_false(s->closed);
	rig_pass(&r, 2 * RIG_S);
	assert_true(s->closed);
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
	assert_int_equal(rig_lap(&r), 6);
	snprintf(result, sizeof(result), "{\"type\":3,\"invocationId\":\"0\",\"result\":%s}" END, rig_snapshot);
	assert_int_equal(feed->feed(r.plugin, result, strlen(result)), F1P_OK);
	assert_int_equal(rig_lap(&r), 5);
	assert_int_equal(feed->feed(r.plugin, "x" END, 2), F1P_EINVAL);
	assert_int_equal(feed->feed(r.plugin, message, sizeof(message) - 1), F1P_OK);
	assert_int_equal(rig_lap(&r), 6);
	rig_stop(&r);
}

/* Lines of the log that begin so and hold this. */
static size_t lines(const struct rig *r, char level, const char *part)
{
	size_t n = 0;

	for (const char *at = r->f->log; *at != '\0'; at += strcspn(at, "\n") + 1) {
		const char *found = strstr(at, part);

		n += at[0] == level && found != NULL && found < at + strcspn(at, "\n");
	}
	return n;
}

/* The server is down, and then the host's breaker keeps us from asking: a night of it is a few lines, and one link event. */
static void a_failure_that_repeats_itself_is_told_ever_more_seldom(void **state)
{
	struct rig r = rig_start("connections=1\nretry_min=1s\nretry_max=1s");
	char text[120];

	(void)state;
	for (int i = 0; i < 40; i++) {
		snprintf(text, sizeof(text), "not asked, because the server fails; it is tried again in %d s", 40 - i);
		fake_answer_error(r.f, rig_await(&r), i < 5 ? F1P_EIO : F1P_AGAIN, i < 5 ? "POST x: refused after 3 ms" : text);
	}
	assert_int_equal(lines(&r, 'W', "first connection: negotiate: POST x: refused"), 1);
	assert_int_equal(lines(&r, 'W', "first connection"), 1);
	assert_int_equal(lines(&r, 'I', "first connection"), 5); /* 2, 4, 8, 16, 32 */
	assert_string_equal(rig_link(&r), "down negotiate: POST x: refused after 3 ms");
	assert_int_equal(fake_count(r.f, F1P_EV_LINK), 2);
	fake_answer_error(r.f, rig_await(&r), F1P_EIO, "POST x: no such host");
	assert_int_equal(lines(&r, 'W', "no such host"), 1); /* another reason is news */
	rig_stop(&r);
}

/* A rehearsal's clock runs ahead; a server is not asked a thousand times a second for that, and has its time to answer. */
static void in_a_rehearsal_the_network_is_paced_by_real_time(void **state)
{
	struct rig r = rig_start("connections=1\nretry_min=60s\nretry_max=60s");
	int64_t real_ns = 0;

	(void)state;
	r.f->speed = 1000;
	rig_pass(&r, 3600 * RIG_S); /* 3.6 s for the answer to OPTIONS */
	fake_answer_error(r.f, rig_await(&r), F1P_EIO, "refused");
	real_ns = r.f->host.now_mono_ns(&r.f->host);
	for (int i = 0; i < 10; i++) {
		while (fake_pending(r.f, "negotiate") == NULL) {
			rig_pass(&r, 50 * RIG_S);
		}
		fake_answer_error(r.f, fake_pending(r.f, "negotiate"), F1P_EIO, "refused");
	}
	real_ns = r.f->host.now_mono_ns(&r.f->host) - real_ns;
	assert_true(real_ns > 100 * RIG_S && real_ns < 600 * RIG_S); /* ten waits of 0 to 60 s */
	rig_stop(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
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
		cmocka_unit_test(between_sessions_silence_replaces_nothing),
		cmocka_unit_test(without_any_calendar_it_connects),
		cmocka_unit_test(without_a_network_it_says_so_and_waits),
		cmocka_unit_test(fed_bytes_become_events),
		cmocka_unit_test(a_failure_that_repeats_itself_is_told_ever_more_seldom),
		cmocka_unit_test(in_a_rehearsal_the_network_is_paced_by_real_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * websocket_stream_test.c - the WebSocket stream over real sockets: snapshots, updates, filters, slow clients.
 */
#include "frame.h"
#include "sink_fixture.h"

/* -------------------------------------------------------------- WebSocket */

static void a_socket_begins_with_a_snapshot(void **arg)
{
	struct fixture *f = *arg;
	publish(f);
	publish_forecast(f, 9, 0.5);
	publish_forecast(f, 10, 0.75);
	get_until(f, "/api/v1/prediction/live", "0.75000");
	int fd = open_socket(f, WS_PATH);
	next_message(f, fd, "snapshot");
	assert_has(f, "\"resumed\":false");
	assert_has(f, "\"simulated\":true");
	assert_has(f, "\"session\":{\"key\":4242");
	assert_has(f, "\"win\":0.75000");
	assert_has(f, "\"forecast_history\":[{\"lap\":9,\"win\":[[1,0.5000],[2,0.5000]]},{\"lap\":10,\"win\":[[1,0.7500],[2,0."
		      "2500]]}]");
	close(fd);
}

static void a_socket_before_any_data_gets_an_empty_snapshot(void **arg)
{
	struct fixture *f = *arg;
	int fd = open_socket(f, WS_PATH);
	next_message(f, fd, "snapshot");
	assert_has(f, "\"seq\":0,");
	assert_has(f, "\"state\":null,\"forecast\":null,\"forecast_history\":[]");
	publish(f);
	next_message(f, fd, "snapshot"); /* now there is something to start from */
	assert_has(f, "\"lap\":10");
	close(fd);
}

static void updates_hold_only_changes_and_rise_in_seq(void **arg)
{
	struct fixture *f = *arg;
	publish(f);
	get_until(f, "/api/v1/session/current", "HTTP/1.1 200");
	int fd = open_socket(f, WS_PATH);
	next_message(f, fd, "snapshot");
	unsigned long long seq = seq_of(f->text);
	for (int i = 0; i < 5; i++) {
		f->race->cars[3].gap_ms += 10;
		publish(f);
		next_message(f, fd, "state");
		assert_true(seq_of(f->text) > seq);
		seq = seq_of(f->text);
		assert_has(f, "\"cars\":[{\"number\":4,\"gap_ms\":");
		assert_lacks(f, "\"number\":5");
	}
	publish_message(f, "DOUBLE YELLOW IN TRACK SECTOR 2");
	next_message(f, fd, "race_control");
	assert_true(seq_of(f->text) > seq);
	assert_has(f, "\"text\":\"DOUBLE YELLOW IN TRACK SECTOR 2\"");
	close(fd);
}

static void a_state_that_is_ahead_waits_for_its_events(void **arg)
{
	struct fixture *f = *arg;
	struct f1p_event e = {.size = sizeof(e), .type = F1P_EV_STATE, .seq = 1, .flags = F1P_EVF_SIMULATED};
	publish(f);
	get_until(f, "/api/v1/session/current", "HTTP/1.1 200");
	int fd = open_socket(f, WS_PATH);
	next_message(f, fd, "snapshot");
	/* the snapshot that can be acquired is folded two events further than what the sink has seen */
	uint64_t seen = f->race->seq;
	f->race->lap = 11;
	f->race->seq = seen + 2;
	fake_publish(&f->host, f->race);
	e.seq = seen;
	f->sink->write(f->plugin, &e, 1, sizeof(e));
	f->race->seq = seen;
	publish_message(f, "FIRST");
	size_t n = 0;
	assert_int_equal(client_frame(fd, f->text, TEXT_MAX, &n, CLIENT_WAIT_MS), 1);
	assert_has(f, "\"type\":\"race_control\"");
	f->sink->flush(f->plugin); /* the second event never comes: flush tells the state all the same */
	next_message(f, fd, "state");
	assert_has(f, "\"lap\":11");
	close(fd);
}

static void a_snapshot_holds_messages_that_its_state_does_not(void **arg)
{
	struct fixture *f = *arg;
	publish(f);
	get_until(f, "/api/v1/session/current", "HTTP/1.1 200");
	int early = open_socket(f, WS_PATH);
	next_message(f, early, "snapshot");
	publish_message(f, "RED FLAG");
	next_message(f, early, "race_control");
	/* no newer state has come: who connects now would never hear of it */
	int late = open_socket(f, WS_PATH);
	next_message(f, late, "snapshot");
	assert_has(f, "\"text\":\"RED FLAG\"");
	close(late);
	f->race->cars[3].gap_ms += 10;
	publish(f); /* a state of later than the message tells its own (here none) */
	next_message(f, early, "state");
	late = open_socket(f, WS_PATH);
	next_message(f, late, "snapshot");
	assert_lacks(f, "RED FLAG");
	close(late);
	close(early);
}

static void a_new_session_starts_everyone_afresh(void **arg)
{
	struct fixture *f = *arg;
	publish(f);
	publish_forecast(f, 10, 0.75);
	get_until(f, "/api/v1/prediction/live", "0.75000");
	int fd = open_socket(f, WS_PATH);
	next_message(f, fd, "snapshot");
	f->race->session_key = 4243;
	publish(f);
	next_message(f, fd, "snapshot");
	assert_has(f, "\"session\":{\"key\":4243");
	assert_has(f, "\"forecast\":null,\"forecast_history\":[]");
	close(fd);
}

static void a_feed_reset_starts_everyone_afresh(void **arg)
{
	struct fixture *f = *arg;
	publish(f);
	publish_forecast(f, 10, 0.75);
	get_until(f, "/api/v1/prediction/live", "0.75000");
	int fd = open_socket(f, WS_PATH);
	next_message(f, fd, "snapshot");
	struct f1p_event e = {.size = sizeof(e), .type = F1P_EV_FEED_RESET, .seq = ++f->race->seq};
	f->sink->write(f->plugin, &e, 1, sizeof(e));
	f->race->lap = 3;
	publish(f);
	next_message(f, fd, "snapshot");
	assert_has(f, "\"forecast_history\":[]");
	assert_has(f, "\"lap\":3");
	close(fd);
}

static void a_change_of_status_is_a_session_message(void **arg)
{
	struct fixture *f = *arg;
	publish(f);
	get_until(f, "/api/v1/session/current", "HTTP/1.1 200");
	int fd = open_socket(f, WS_PATH);
	next_message(f, fd, "snapshot");
	f->race->status = F1P_STATUS_FINISHED;
	publish(f);
	next_message(f, fd, "session");
	assert_has(f, "\"status\":\"finished\"");
	close(fd);
}

static void a_subscription_filters_topics_and_drivers(void **arg)
{
	struct fixture *f = *arg;
	publish(f);
	publish_forecast(f, 10, 0.75);
	get_until(f, "/api/v1/prediction/live", "0.75000");
	client_request(f->port, "POST", "/api/v1/prediction/subscribe",
		"{\"topics\":[\"state\",\"forecast\"],\"drivers\":[2,\"D05\"]}", f->text, TEXT_MAX);
	int fd = open_socket(f, WS_PATH "?subscription=s1");
	next_message(f, fd, "snapshot");
	assert_has(f, "\"cars\":[{\"number\":2,\"code\":\"D02\"");
	assert_has(f, "{\"number\":5,\"code\":\"D05\"");
	assert_lacks(f, "\"code\":\"D03\"");
	publish_message(f, "NOT FOR THIS CLIENT");
	f->race->cars[0].gap_ms = 7;
	f->race->cars[1].gap_ms = 8;
	f->race->cars[4].gap_ms = 9;
	publish(f);
	size_t n = 0;
	assert_int_equal(client_frame(fd, f->text, TEXT_MAX, &n, CLIENT_WAIT_MS), 1);
	assert_has(f, "\"type\":\"state\"");
	assert_has(f, "\"cars\":[{\"number\":2,\"gap_ms\":8},{\"number\":5,\"gap_ms\":9}]");
	close(fd);
}

static void a_subscription_to_race_control_has_no_state(void **arg)
{
	struct fixture *f = *arg;
	publish(f);
	get_until(f, "/api/v1/session/current", "HTTP/1.1 200");
	client_request(f->port, "POST", "/api/v1/prediction/subscribe", "{\"topics\":[\"race_control\"]}", f->text, TEXT_MAX);
	int fd = open_socket(f, WS_PATH "?subscription=s1");
	next_message(f, fd, "snapshot");
	assert_has(f, "\"state\":null");
	f->race->lap = 11;
	publish(f);
	publish_message(f, "FOR THIS CLIENT");
	size_t n = 0;
	assert_int_equal(client_frame(fd, f->text, TEXT_MAX, &n, CLIENT_WAIT_MS), 1);
	assert_has(f, "FOR THIS CLIENT");
	close(fd);
}

static void bad_upgrades_are_refused(void **arg)
{
	struct fixture *f = *arg;
	int status;
	assert_int_equal(client_upgrade(f->port, "/ws/elsewhere", "", &status), -1);
	assert_int_not_equal(status, 101);
	assert_int_equal(client_upgrade(f->port, WS_PATH "?subscription=none", "", &status), -1);
	assert_int_not_equal(status, 101);
	assert_int_equal(get(f, WS_PATH), 426);
}

static void the_subprotocol_may_be_named(void **arg)
{
	struct fixture *f = *arg;
	int status;
	int fd = client_upgrade(f->port, WS_PATH, "Sec-WebSocket-Protocol: f1pd.v1\r\n", &status);
	assert_true(fd >= 0);
	next_message(f, fd, "snapshot");
	close(fd);
}

static void clients_beyond_the_maximum_are_refused(void **arg)
{
	struct fixture *f = *arg;
	int fds[3], status;
	f->config.max_clients = 2;
	start(f);
	fds[0] = open_socket(f, WS_PATH);
	fds[1] = open_socket(f, WS_PATH);
	next_message(f, fds[0], "snapshot");
	next_message(f, fds[1], "snapshot");
	fds[2] = client_upgrade(f->port, WS_PATH, "", &status);
	assert_int_equal(fds[2], -1);
	close(fds[0]);
	close(fds[1]);
	for (int i = 0; i < 100 && fake_metric(&f->host, "f1pd_ws_clients", NULL) > 0; i++) {
		nap(20);
	}
	assert_true(fake_metric(&f->host, "f1pd_ws_clients", NULL) == 0);
}

static void a_flood_from_a_client_ends_the_connection(void **arg)
{
	struct fixture *f = *arg;
	static const uint8_t head[] = {0x82, 0xfe, 0x10, 0x00, 0, 0, 0, 0};
	static const uint8_t body[4096];
	int fd = open_socket(f, WS_PATH);
	next_message(f, fd, "snapshot");
	bool open = true;
	for (int i = 0; i < 1000 && open; i++) {
		open = client_send(fd, head, sizeof(head)) && client_send(fd, body, sizeof(body));
	}
	for (int i = 0; i < 50 && open; i++) {
		size_t n;
		open = client_frame(fd, f->text, TEXT_MAX, &n, 200) == 1;
	}
	assert_false(open);
	close(fd);
	assert_int_equal(get(f, "/healthz"), 200);
}

/* A client that never reads: the others get every message soon, and in the end it is dropped. */
static void a_client_that_never_reads_harms_no_one(void **arg)
{
	struct fixture *f = *arg;
	int small = 4096;
	f->config.slow_client = 1000;
	start(f);
	publish(f);
	get_until(f, "/api/v1/session/current", "HTTP/1.1 200");
	int slow = open_socket(f, WS_PATH), good = open_socket(f, WS_PATH);
	setsockopt(slow, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	next_message(f, good, "snapshot");
	int64_t worst = 0;
	for (int i = 0; i < 400 && fake_metric(&f->host, "f1pd_ws_dropped_total", NULL) == 0; i++) {
		for (int car = 0; car < 20; car++) { /* much news, so that the slow socket fills */
			f->race->cars[car].gap_ms++;
			snprintf(f->race->cars[car].name, sizeof(f->race->cars[car].name), "Name of forty ........ %06d", i);
			snprintf(f->race->cars[car].team, sizeof(f->race->cars[car].team), "Team of forty ....... %06d", i);
			f->race->cars[car].n_stints = (uint8_t)(1 + (i & 15));
		}
		int64_t before = fake_mono(&f->host.host);
		publish(f);
		next_message(f, good, "state");
		int64_t took = fake_mono(&f->host.host) - before;
		worst = took > worst ? took : worst;
		nap(20);
	}
	assert_true(fake_metric(&f->host, "f1pd_ws_dropped_total", NULL) >= 1);
	assert_true(worst < 2000000000); /* sanitizers are slow; the benchmark measures */
	close(slow);
	close(good);
}

/* One that reads late gets race control, a snapshot and then the newest, never a gap. */
static void a_late_reader_continues_with_a_snapshot(void **arg)
{
	struct fixture *f = *arg;
	size_t n = 0;
	int small = 4096, large = 1 << 20, status, messages = 0;
	f->config.update_every = 0;
	f->config.rewind_bytes = 64 << 20;
	f->config.slow_client = 600000; /* late, not dropped, however slow this machine */
	start(f);
	publish(f);
	get_until(f, "/api/v1/session/current", "HTTP/1.1 200");
	int fd = client_upgrade(f->port, WS_PATH, "", &status), good = open_socket(f, WS_PATH);
	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	next_message(f, good, "snapshot");
	for (int i = 0; i < 400; i++) { /* 12 MB: more than the system keeps for a socket */
		for (int car = 0; car < 20; car++) {
			snprintf(f->race->cars[car].name, sizeof(f->race->cars[car].name), "Name of forty ........ %06d", i);
			f->race->cars[car].n_stints = (uint8_t)(i % 2 ? F1P_MAX_STINTS : F1P_MAX_STINTS - 1);
		}
		publish(f);
		next_message(f, good, "state");
		if (i % 20 == 0) {
			publish_message(f, "X");
			next_message(f, good, "race_control");
		}
	}
	f->race->lap = 50;
	publish(f);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &large, sizeof(large));
	bool told = false, again = false;
	unsigned long long seq = 0;
	for (int i = 0; i < 3000 && !told; i++) {
		int opcode = client_frame(fd, f->text, TEXT_MAX, &n, CLIENT_WAIT_MS);
		if (opcode == 9) {
			continue; /* a slow machine: it was asked whether it lives */
		}
		if (opcode != 1) {
			break;
		}
		assert_true(seq_of(f->text) >= seq);
		seq = seq_of(f->text);
		messages += strstr(f->text, "\"type\":\"race_control\"") != NULL;
		again |= i > 0 && strstr(f->text, "\"type\":\"snapshot\"") != NULL;
		told = strstr(f->text, "\"lap\":50") != NULL;
	}
	assert_true(told);
	assert_true(again);
	assert_int_equal(messages, 20);
	close(fd);
	close(good);
}

static void frames_for_drivers_stay_well_formed(void **arg)
{
	static const char text[] =
		"{\"state\":{\"a\":1,\"cars\":[{\"number\":1,\"x\":[1,2]},{\"number\":22},{\"number\":3}],\"z\":0},"
		"\"forecast\":{\"cars\":[{\"number\":3},{\"number\":1}]},\"end\":true}";
	static const uint16_t one[] = {3}, none[] = {9};
	(void)arg;
	struct frame *f = frame_create(1, text, sizeof(text) - 1);
	struct frame *a = frame_for_drivers(f, one, 1), *b = frame_for_drivers(f, none, 1);
	static const char want_a[] =
		"{\"state\":{\"a\":1,\"cars\":[{\"number\":3}],\"z\":0},\"forecast\":{\"cars\":[{\"number\":3}]},\"end\":true}";
	static const char want_b[] = "{\"state\":{\"a\":1,\"cars\":[],\"z\":0},\"forecast\":{\"cars\":[]},\"end\":true}";
	assert_int_equal(a->length, sizeof(want_a) - 1);
	assert_memory_equal(frame_text(a), want_a, a->length);
	assert_int_equal(b->length, sizeof(want_b) - 1);
	assert_memory_equal(frame_text(b), want_b, b->length);
	frame_unref(a);
	frame_unref(b);
	frame_unref(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUNNING(a_socket_begins_with_a_snapshot),
		RUNNING(a_socket_before_any_data_gets_an_empty_snapshot),
		RUNNING(updates_hold_only_changes_and_rise_in_seq),
		RUNNING(a_state_that_is_ahead_waits_for_its_events),
		RUNNING(a_snapshot_holds_messages_that_its_state_does_not),
		RUNNING(a_new_session_starts_everyone_afresh),
		RUNNING(a_feed_reset_starts_everyone_afresh),
		RUNNING(a_change_of_status_is_a_session_message),
		RUNNING(a_subscription_filters_topics_and_drivers),
		RUNNING(a_subscription_to_race_control_has_no_state),
		RUNNING(bad_upgrades_are_refused),
		RUNNING(the_subprotocol_may_be_named),
		STOPPED(clients_beyond_the_maximum_are_refused),
		RUNNING(a_flood_from_a_client_ends_the_connection),
		STOPPED(a_client_that_never_reads_harms_no_one),
		STOPPED(a_late_reader_continues_with_a_snapshot),
		cmocka_unit_test(frames_for_drivers_stay_well_formed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * stream_positions_test.c - where the cars are: told to who asks for it, at most four times a second, at everyone's own time.
 *
 * Time is the test's: nothing here waits for a clock.
 */
#include <stdatomic.h>

#include "sink_fixture.h"

#define SECOND INT64_C(1000000000)

static _Atomic int64_t test_clock_ns = 1000 * SECOND;

static int64_t test_now(const struct f1p_host *h)
{
	(void)h;
	return test_clock_ns;
}

static int setup_timed(void **arg)
{
	setup_stopped(arg);
	struct fixture *f = *arg;
	f->host.host.now_utc_ns = f->host.host.now_mono_ns = test_now;
	f->config.update_every = 0;
	start(f);
	publish(f);
	get_until(f, "/api/v1/session/current", "HTTP/1.1 200");
	return 0;
}
#define TIMED(name) cmocka_unit_test_setup_teardown(name, setup_timed, teardown)

static struct f1p_ev_xyz at(struct fixture *f, uint16_t car, int32_t x_dm, int32_t y_dm, int32_t z_dm)
{
	return (struct f1p_ev_xyz){.h = {.size = sizeof(struct f1p_ev_xyz),
					   .type = F1P_EV_XYZ,
					   .seq = ++f->race->seq,
					   .flags = F1P_EVF_SIMULATED,
					   .t_event_ns = f->race->t_event_ns},
		.car = car,
		.on_track = F1P_YES,
		.x_dm = x_dm,
		.y_dm = y_dm,
		.z_dm = z_dm};
}

static void put(struct fixture *f, const struct f1p_ev_xyz *events, uint32_t n)
{
	assert_int_equal(f->sink->write(f->plugin, &events[0].h, n, n * sizeof(*events)), F1P_OK);
}

static void drive(struct fixture *f, uint16_t car, int32_t x_dm)
{
	const struct f1p_ev_xyz ev = at(f, car, x_dm, 20, 3);
	put(f, &ev, 1);
}

static void wait_a_second(struct fixture *f)
{
	test_clock_ns += SECOND;
	f->race->t_event_ns += SECOND;
}

static int open_with(struct fixture *f, const char *arguments)
{
	char path[160];
	snprintf(path, sizeof(path), WS_PATH "%s", arguments);
	int fd = open_socket(f, path);
	next_message(f, fd, "snapshot");
	assert_lacks(f, "\"positions\"");
	return fd;
}

/* The very next message: nothing was told before it. */
static void assert_next(struct fixture *f, int fd, const char *type)
{
	char want[48];
	size_t n = 0;
	snprintf(want, sizeof(want), "{\"type\":\"%s\"", type);
	assert_int_equal(client_frame(fd, f->text, TEXT_MAX, &n, CLIENT_WAIT_MS), 1);
	assert_json(f->text, n);
	assert_has(f, want);
}

static void the_newest_place_of_each_car_is_told_to_who_asks(void **arg)
{
	struct fixture *f = *arg;
	int asks = open_with(f, "?topics=race_control,positions"), other = open_with(f, "");
	const struct f1p_ev_xyz events[] = {at(f, 1, 10, 20, 30), at(f, 44, -12345, 678, -9), at(f, 1, 11, 21, 31)};
	put(f, events, 3);
	assert_next(f, asks, "positions");
	assert_has(f, "\"positions\":{\"cars\":[{\"number\":1,\"x_dm\":11,\"y_dm\":21,\"z_dm\":31,\"on_track\":true},"
		      "{\"number\":44,\"x_dm\":-12345,\"y_dm\":678,\"z_dm\":-9,\"on_track\":true}]}");
	assert_int_equal(seq_of(f->text), events[2].h.seq);
	publish_message(f, "BEHIND THEM");
	assert_next(f, asks, "race_control");
	assert_next(f, other, "race_control"); /* who asks for nothing gets no positions */
	close(asks);
	close(other);
}

static void four_times_a_second_at_most(void **arg)
{
	struct fixture *f = *arg;
	int fd = open_with(f, "?topics=race_control,positions");
	for (int32_t i = 1; i <= 20; i++) {
		drive(f, (uint16_t)(1 + i % 2), i);
	}
	publish_message(f, "FENCE");
	assert_next(f, fd, "positions");
	assert_next(f, fd, "race_control");
	test_clock_ns += SECOND / 4 - 1;
	drive(f, 1, 30);
	publish_message(f, "TOO EARLY");
	assert_next(f, fd, "race_control");
	test_clock_ns += 1;
	drive(f, 3, 40);
	assert_next(f, fd, "positions"); /* with what was not told before */
	assert_has(f, "{\"number\":1,\"x_dm\":30,");
	assert_has(f, "{\"number\":2,\"x_dm\":19,");
	assert_has(f, "{\"number\":3,\"x_dm\":40,");
	close(fd);
}

static void nothing_is_told_where_no_positions_come(void **arg)
{
	struct fixture *f = *arg;
	int fd = open_with(f, "?topics=positions,race_control");
	const struct f1p_ev_xyz no_signal = at(f, 1, 0, 0, 0);
	f->race->cars[3].gap_ms += 10;
	publish(f);
	f->sink->write(f->plugin, &no_signal.h, 1, sizeof(no_signal));
	publish_message(f, "FENCE");
	assert_next(f, fd, "race_control");
	close(fd);
}

static void a_car_of_which_nothing_comes_any_more_is_left_out(void **arg)
{
	struct fixture *f = *arg;
	int fd = open_with(f, "?topics=positions");
	drive(f, 1, 10);
	assert_next(f, fd, "positions");
	for (int i = 0; i < 10; i++) {
		wait_a_second(f);
		drive(f, 2, 100 + i);
		assert_next(f, fd, "positions");
		assert_has(f, "\"number\":1,");
	}
	wait_a_second(f);
	drive(f, 2, 200);
	assert_next(f, fd, "positions");
	assert_lacks(f, "\"number\":1,");
	close(fd);
}

static void a_delayed_viewer_sees_where_they_were(void **arg)
{
	struct fixture *f = *arg;
	char want[32];
	test_clock_ns += 10 * SECOND;
	int fd = open_with(f, "?topics=positions&delay=5"), live = open_with(f, "?topics=positions");
	for (int i = 0; i < 9; i++) {
		drive(f, 1, 1000 + i);
		assert_next(f, live, "positions");
		wait_a_second(f);
		if (i >= 4) {
			assert_next(f, fd, "positions");
			snprintf(want, sizeof(want), "\"x_dm\":%d,", 1000 + i - 4);
			assert_has(f, want);
		}
	}
	close(live);
	close(fd);
}

static void nothing_of_before_is_told_after_a_rewind(void **arg)
{
	struct fixture *f = *arg;
	int fd = open_with(f, "?topics=positions");
	drive(f, 1, 10);
	assert_next(f, fd, "positions");
	const struct f1p_event reset = {.size = sizeof(reset), .type = F1P_EV_FEED_RESET, .seq = ++f->race->seq};
	assert_int_equal(f->sink->write(f->plugin, &reset, 1, sizeof(reset)), F1P_OK);
	wait_a_second(f);
	drive(f, 2, 20);
	assert_next(f, fd, "positions");
	assert_has(f, "\"cars\":[{\"number\":2,");
	assert_lacks(f, "\"number\":1,");
	close(fd);
}

static void only_the_drivers_that_are_named(void **arg)
{
	struct fixture *f = *arg;
	int fd = open_with(f, "?topics=positions&drivers=44");
	const struct f1p_ev_xyz events[] = {at(f, 1, 10, 20, 30), at(f, 44, 1, 2, 3), at(f, 2, 4, 5, 6)};
	put(f, events, 3);
	assert_next(f, fd, "positions");
	assert_has(f, "\"cars\":[{\"number\":44,\"x_dm\":1,\"y_dm\":2,\"z_dm\":3,\"on_track\":true}]}");
	close(fd);
}

/* Positions between them neither push a client behind that has not asked for them, nor are they counted for it. */
static void who_does_not_ask_is_not_behind_for_them(void **arg)
{
	struct fixture *f = *arg;
	char path[160], id[STREAM_ID];
	int first = open_with(f, ""), asks = open_with(f, "?topics=positions");
	publish_message(f, "FIRST");
	assert_next(f, first, "race_control");
	const char *at_id = strstr(f->text, "\"id\":\"") + 6;
	snprintf(id, sizeof(id), "%.*s", (int)strcspn(at_id, "\""), at_id);
	for (int i = 1; i <= 50; i++) {
		wait_a_second(f);
		drive(f, 1, i);
		assert_next(f, asks, "positions");
	}
	publish_message(f, "LAST");
	assert_next(f, first, "race_control");
	snprintf(path, sizeof(path), WS_PATH "?from=%s", id);
	int again = open_socket(f, path);
	assert_next(f, again, "resumed");
	assert_has(f, "\"messages\":1}");
	assert_next(f, again, "race_control");
	close(first);
	close(asks);
	close(again);
}

/* The first message of a session holds all that is told by default: no reason to begin anew for who hears of positions too. */
static void all_topics_and_positions_go_on_behind_a_message(void **arg)
{
	struct fixture *f = *arg;
	char path[200], id[STREAM_ID];
	int fd = open_with(f, "");
	drive(f, 1, 10);
	publish_message(f, "LAST");
	assert_next(f, fd, "race_control");
	const char *at_id = strstr(f->text, "\"id\":\"") + 6;
	snprintf(id, sizeof(id), "%.*s", (int)strcspn(at_id, "\""), at_id);
	close(fd);
	wait_a_second(f);
	drive(f, 1, 20);
	snprintf(path, sizeof(path), WS_PATH "?topics=state,forecast,race_control,session,insights,positions&from=%s", id);
	fd = open_socket(f, path);
	assert_next(f, fd, "resumed");
	assert_has(f, "\"messages\":1}");
	assert_next(f, fd, "positions");
	assert_has(f, "\"x_dm\":20,");
	f->race->session_key++;
	publish(f);
	assert_next(f, fd, "snapshot");
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TIMED(the_newest_place_of_each_car_is_told_to_who_asks),
		TIMED(four_times_a_second_at_most),
		TIMED(nothing_is_told_where_no_positions_come),
		TIMED(a_car_of_which_nothing_comes_any_more_is_left_out),
		TIMED(a_delayed_viewer_sees_where_they_were),
		TIMED(nothing_of_before_is_told_after_a_rewind),
		TIMED(only_the_drivers_that_are_named),
		TIMED(who_does_not_ask_is_not_behind_for_them),
		TIMED(all_topics_and_positions_go_on_behind_a_message),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

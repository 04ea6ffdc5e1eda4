/* Pace, start, join, seek, loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "replay_fixture.h"

#include <stdio.h>
#include <string.h>

struct fixture {
	struct fake_host host;
	char dir[256], path[300];
	struct replay_options options;
	struct f1p_plugin *plugin;
	const struct f1p_source *source;
	const struct f1p_seek *seek;
};

static int set_up(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	fake_host_init(&f.host);
	make_dir(f.dir, sizeof(f.dir));
	race_write(TOLD_ARCHIVE, f.dir, true, f.path, sizeof(f.path));
	f.options = (struct replay_options){.path = f.path, .start = "beginning", .join = ""};
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	replay_end(f->plugin);
	fake_host_finish(&f->host);
	remove_dir(f->dir);
	return 0;
}

static void begin(struct fixture *f)
{
	f->plugin = replay_begin(&f->host, &f->options);
	if (f->plugin == NULL) {
		fail_msg("%s", f->host.reason);
	}
	f->source = f->plugin->get_extension(f->plugin, F1P_EXT_SOURCE);
	f->seek = f->plugin->get_extension(f->plugin, F1P_EXT_SEEK);
}

static int64_t poll_ok(struct fixture *f, int64_t now, uint32_t max)
{
	int64_t due = 0;

	assert_int_equal(f->source->poll(f->plugin, now, max, &due), F1P_OK);
	return due;
}

static int64_t at_ms(int64_t ms)
{
	return T0_NS + ms * MS_NS;
}

static uint32_t count_flag(const struct fake_host *h, uint32_t flag)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < h->count; i++) {
		n += (fake_event(h, i)->flags & flag) != 0 ? 1 : 0;
	}
	return n;
}

static int32_t last_lap(const struct fake_host *h)
{
	int32_t lap = 0;

	for (uint32_t i = 0; i < h->count; i++) {
		const struct f1p_event *ev = fake_event(h, i);

		lap = ev->type == F1P_EV_LAP_COUNT ? ((const struct f1p_ev_lap_count *)(const void *)ev)->current : lap;
	}
	return lap;
}

static void test_says_what_it_is(void **state)
{
	struct fixture *f = *state;

	begin(f);
	assert_int_equal(f->source->flags, F1P_SOURCE_PACED | F1P_SOURCE_DETERMINISTIC);
	assert_non_null(f->seek);
	assert_non_null(f->plugin->get_extension(f->plugin, F1P_EXT_SOURCE_FEED));
	assert_null(f->plugin->get_extension(f->plugin, "f1p.nothing/1"));
}

static void test_first_poll_only_tells_the_time(void **state)
{
	struct fixture *f = *state;

	begin(f);
	assert_int_equal(poll_ok(f, F1P_UNKNOWN_NS, 100), at_ms(0));
	assert_int_equal(f->host.count, 0);
}

static void test_emits_what_is_due_and_no_more(void **state)
{
	struct fixture *f = *state;

	begin(f);
	assert_int_equal(poll_ok(f, at_ms(0) - 1, 100), at_ms(0));
	assert_int_equal(f->host.count, 0);
	assert_int_equal(poll_ok(f, at_ms(2999), 1000), at_ms(3000));
	assert_int_equal(last_lap(&f->host), 0);
	assert_int_equal(poll_ok(f, at_ms(3000), 1000), at_ms(4000));
	assert_int_equal(last_lap(&f->host), 1);
	for (uint32_t i = 0; i < f->host.count; i++) {
		assert_true(fake_event(&f->host, i)->t_event_ns <= at_ms(3000));
	}
}

static void test_stops_after_about_max_events_at_a_record(void **state)
{
	struct fixture *f = *state;
	int64_t due = 0;

	begin(f);
	due = poll_ok(f, at_ms(400000), 1);
	assert_true(due <= at_ms(400000));
	assert_true(f->host.count >= 1 && f->host.count < 10);
	assert_false(fake_event(&f->host, f->host.count - 1)->flags & F1P_EVF_MORE);
	while (due <= at_ms(400000)) {
		due = poll_ok(f, at_ms(400000), 1);
	}
	assert_int_equal(due, at_ms(400200));
	assert_int_equal(last_lap(&f->host), 2);
}

static void test_end_is_said_again(void **state)
{
	struct fixture *f = *state;
	int64_t due = 0;

	begin(f);
	assert_int_equal(replay_run(f->plugin, 10, 10000), F1P_END);
	assert_int_equal(last_lap(&f->host), 4);
	assert_int_equal(f->source->poll(f->plugin, at_ms(999000), 10, &due), F1P_END);
	assert_int_equal(f->host.messages, race_n);
}

static void test_batch_size_changes_nothing(void **state)
{
	struct fixture *f = *state;
	static const uint32_t sizes[] = {1, 3, 1000};
	uint8_t first[16384];
	size_t n = 0;

	for (int i = 0; i < 3; i++) {
		f->plugin = NULL;
		begin(f);
		assert_int_equal(replay_run(f->plugin, sizes[i], 10000), F1P_END);
		if (i == 0) {
			n = f->host.n;
			assert_in_range(n, 1, sizeof(first));
			memcpy(first, f->host.events, n);
		}
		assert_int_equal(f->host.n, n);
		assert_memory_equal(first, f->host.events, n);
		replay_end(f->plugin);
		f->plugin = NULL;
		fake_host_clear(&f->host);
	}
}

static void test_start_at_a_lap(void **state)
{
	struct fixture *f = *state;

	f->options.start = "lap:3";
	begin(f);
	assert_int_equal(poll_ok(f, F1P_UNKNOWN_NS, 1000), at_ms(500100));
	/* all that is before is due at once and marked; the lap itself comes after */
	assert_int_equal(poll_ok(f, at_ms(500100), 1000), at_ms(500100));
	assert_int_equal(last_lap(&f->host), 2);
	assert_int_equal(count_flag(&f->host, F1P_EVF_CATCHUP), f->host.count);
	fake_host_clear(&f->host);
	assert_int_equal(poll_ok(f, at_ms(500100), 1000), at_ms(510000));
	assert_int_equal(last_lap(&f->host), 3);
	assert_int_equal(count_flag(&f->host, F1P_EVF_CATCHUP), 0);
}

static void test_catch_up_in_small_bites(void **state)
{
	struct fixture *f = *state;
	int64_t due = 0;
	uint32_t polls = 0;

	f->options.start = "lap:3";
	begin(f);
	due = poll_ok(f, F1P_UNKNOWN_NS, 1);
	do {
		due = poll_ok(f, at_ms(500100), 1);
		polls++;
	} while (last_lap(&f->host) < 3 && polls < 100);
	assert_true(polls > 5);
	assert_int_equal(due, at_ms(510000));
}

static void test_start_at_an_offset(void **state)
{
	struct fixture *f = *state;

	f->options.start = "00:06:40";
	begin(f);
	assert_int_equal(poll_ok(f, F1P_UNKNOWN_NS, 1000), at_ms(400000));
	assert_int_equal(poll_ok(f, at_ms(400000), 1000), at_ms(400000));
	assert_int_equal(last_lap(&f->host), 2);
}

static void test_auto_starts_a_minute_before_racing(void **state)
{
	struct fixture *f = *state;

	f->options.start = "auto";
	begin(f);
	assert_int_equal(poll_ok(f, F1P_UNKNOWN_NS, 1000), at_ms(240000));
	assert_int_equal(poll_ok(f, at_ms(240000), 1000), at_ms(300000));
	assert_true(f->host.count > 5);
	assert_int_equal(count_flag(&f->host, F1P_EVF_CATCHUP), f->host.count);
}

static void test_auto_passes_over_a_start_that_was_stopped(void **state)
{
	struct fixture *f = *state;

	write_text(f->dir, "SessionStatus.jsonStream",
		"00:00:10.000{\"Status\":\"Inactive\"}\n00:02:00.000{\"Status\":\"Started\"}\n"
		"00:02:40.000{\"Status\":\"Aborted\"}\n00:05:30.000{\"Status\":\"Started\"}\n00:11:00.000{\"Status\":"
		"\"Finished\"}\n");
	f->options.start = "auto";
	begin(f);
	assert_int_equal(poll_ok(f, F1P_UNKNOWN_NS, 1000), at_ms(270000));
}

static void test_auto_without_a_start_begins_a_lap_before_the_first_that_begins(void **state)
{
	struct fixture *f = *state;
	char path[600];

	snprintf(path, sizeof(path), "%s/SessionStatus.jsonStream.gz", f->dir);
	assert_int_equal(remove(path), 0);
	f->options.start = "auto";
	begin(f);
	assert_int_equal(poll_ok(f, F1P_UNKNOWN_NS, 1000), at_ms(210100)); /* lap 2 begins at 390100 */
}

static void test_join_drops_what_was_before(void **state)
{
	struct fixture *f = *state;

	f->options.join = "00:06:30";
	begin(f);
	assert_int_equal(poll_ok(f, F1P_UNKNOWN_NS, 1000), at_ms(390000));
	assert_int_equal(replay_run(f->plugin, 100, 1000), F1P_END);
	assert_int_equal(fake_count_type(&f->host, F1P_EV_SESSION), 0);
	assert_int_equal(fake_count_type(&f->host, F1P_EV_DRIVER), 0);
	assert_int_equal(fake_count_type(&f->host, F1P_EV_LAP_COUNT), 3);
	assert_int_equal(count_flag(&f->host, F1P_EVF_CATCHUP), 0);
}

static void test_options_are_checked(void **state)
{
	static const char *const bad_starts[] = {"lap:0", "lap:121", "lap:", "lap:3x", "noon", "1:2:3", "00:61:00"};
	struct fixture *f = *state;

	f->plugin = replay_create(&f->host);
	for (size_t i = 0; i < sizeof(bad_starts) / sizeof(bad_starts[0]); i++) {
		f->options.start = bad_starts[i];
		assert_int_equal(f->plugin->configure(f->plugin, &f->options), F1P_ECONFIG);
		assert_non_null(strstr(f->host.reason, bad_starts[i]));
	}
	f->options.start = "auto";
	f->options.join = "later";
	assert_int_equal(f->plugin->configure(f->plugin, &f->options), F1P_ECONFIG);
	assert_non_null(strstr(f->host.reason, "join = later"));
	f->options.join = "";
	f->options.path = "";
	assert_int_equal(f->plugin->configure(f->plugin, &f->options), F1P_ECONFIG);
}

static void test_a_lap_that_is_not_there(void **state)
{
	struct fixture *f = *state;

	f->options.start = "lap:9";
	assert_null(replay_begin(&f->host, &f->options));
	assert_non_null(strstr(f->host.reason, "lap 9 is not in the recording, which tells laps 1 to 4"));
}

static void test_join_after_the_end(void **state)
{
	struct fixture *f = *state;

	f->options.join = "05:00:00";
	assert_null(replay_begin(&f->host, &f->options));
	assert_non_null(strstr(f->host.reason, "after `join`"));
}

static void test_seek_back_to_a_lap(void **state)
{
	struct fixture *f = *state;

	begin(f);
	while (last_lap(&f->host) < 4) {
		poll_ok(f, at_ms(650000), 5);
	}
	fake_host_clear(&f->host);
	assert_int_equal(f->seek->seek(f->plugin, 2, 0), F1P_OK);
	assert_int_equal(poll_ok(f, F1P_UNKNOWN_NS, 1000), at_ms(390100));
	assert_int_equal(f->host.count, 0);
	assert_int_equal(poll_ok(f, at_ms(390100), 1000), at_ms(390100));
	assert_int_equal(fake_event(&f->host, 0)->type, F1P_EV_FEED_RESET);
	assert_int_equal(fake_count_type(&f->host, F1P_EV_FEED_RESET), 1);
	assert_int_equal(fake_count_type(&f->host, F1P_EV_SESSION), 1);
	assert_int_equal(count_flag(&f->host, F1P_EVF_CATCHUP), f->host.count);
	assert_int_equal(last_lap(&f->host), 1);
	poll_ok(f, at_ms(390100), 1000);
	assert_int_equal(last_lap(&f->host), 2);
}

/* Also without the call that asks for the time, and with a clock that is far ahead. */
static void test_seek_catches_up_at_once(void **state)
{
	struct fixture *f = *state;

	begin(f);
	poll_ok(f, at_ms(1000), 1000);
	fake_host_clear(&f->host);
	assert_int_equal(f->seek->seek(f->plugin, 0, at_ms(450000)), F1P_OK);
	assert_int_equal(poll_ok(f, at_ms(1000), 1000), at_ms(500000));
	assert_int_equal(last_lap(&f->host), 2);
	assert_int_equal(f->seek->seek(f->plugin, 0, at_ms(100000)), F1P_OK);
	fake_host_clear(&f->host);
	assert_int_equal(poll_ok(f, at_ms(690000), 1000), at_ms(300000));
	assert_int_equal(last_lap(&f->host), 1);
}

static void test_seek_after_the_end(void **state)
{
	struct fixture *f = *state;

	begin(f);
	assert_int_equal(replay_run(f->plugin, 100, 1000), F1P_END);
	assert_int_equal(f->seek->seek(f->plugin, 4, 0), F1P_OK);
	fake_host_clear(&f->host);
	assert_int_equal(replay_run(f->plugin, 100, 1000), F1P_END);
	assert_int_equal(last_lap(&f->host), 4);
	assert_int_equal(fake_event(&f->host, 0)->type, F1P_EV_FEED_RESET);
}

static void test_seek_to_what_is_not_there_changes_nothing(void **state)
{
	struct fixture *f = *state;

	begin(f);
	poll_ok(f, at_ms(100000), 1000);
	fake_host_clear(&f->host);
	assert_int_equal(f->seek->seek(f->plugin, 50, 0), F1P_EINVAL);
	assert_non_null(strstr(f->host.reason, "lap 50"));
	assert_int_equal(f->seek->seek(f->plugin, -3, 0), F1P_EINVAL);
	assert_int_equal(f->seek->seek(f->plugin, 0, at_ms(-1)), F1P_EINVAL);
	assert_int_equal(f->seek->seek(f->plugin, 0, at_ms(3600000)), F1P_EINVAL);
	assert_int_equal(f->seek->seek(f->plugin, 0, F1P_UNKNOWN_NS), F1P_EINVAL);
	assert_int_equal(poll_ok(f, at_ms(300000), 1000), at_ms(300500));
	assert_int_equal(fake_event(&f->host, 0)->type, F1P_EV_SESSION_STATUS);
	assert_int_equal(f->host.count, 1);
}

static void test_laps_without_a_lap_count(void **state)
{
	struct fixture *f = *state;
	char path[320];

	snprintf(path, sizeof(path), "%s/LapCount.jsonStream.gz", f->dir);
	assert_int_equal(remove(path), 0);
	f->options.start = "lap:3";
	begin(f);
	/* the leader completes lap 2 */
	assert_int_equal(poll_ok(f, F1P_UNKNOWN_NS, 1000), at_ms(500000));
}

static void test_loop_goes_on_in_time(void **state)
{
	struct fixture *f = *state;
	int64_t before = INT64_MIN;
	uint32_t resets = 0;

	f->options.loop = true;
	begin(f);
	assert_int_equal(replay_run(f->plugin, 10, 200), F1P_OK);
	for (uint32_t i = 0; i < f->host.count; i++) {
		const struct f1p_event *ev = fake_event(&f->host, i);

		assert_true(ev->t_event_ns >= before);
		before = ev->t_event_ns;
		resets += ev->type == F1P_EV_FEED_RESET ? 1 : 0;
	}
	assert_true(resets >= 2);
	assert_true(fake_count_type(&f->host, F1P_EV_SESSION) >= 3);
}

/* With start = auto the second round, too, begins a minute before racing and keeps nobody waiting. */
static void test_loop_catches_up_again(void **state)
{
	struct fixture *f = *state;
	int64_t due = 0, now = 0;
	int64_t before = INT64_MIN;

	f->options.loop = true;
	f->options.start = "auto";
	begin(f);
	due = poll_ok(f, F1P_UNKNOWN_NS, 1000);
	while (fake_count_type(&f->host, F1P_EV_FEED_RESET) == 0) {
		now = due;
		due = poll_ok(f, now, 1000);
	}
	assert_int_equal(now, at_ms(700500 + 1000));
	assert_int_equal(due, at_ms(700500 + 1000 + 60000));
	for (uint32_t i = 0; i < f->host.count; i++) {
		assert_true(fake_event(&f->host, i)->t_event_ns >= before);
		before = fake_event(&f->host, i)->t_event_ns;
	}
	/* times inside events move along: the message of race control */
	while (fake_count_type(&f->host, F1P_EV_RACE_CONTROL) < 2) {
		due = poll_ok(f, due, 1000);
	}
	for (uint32_t i = f->host.count - 1;; i--) {
		if (fake_event(&f->host, i)->type == F1P_EV_RACE_CONTROL) {
			const struct f1p_ev_race_control *rc = (const void *)fake_event(&f->host, i);

			assert_int_equal(rc->h.t_event_ns - rc->t_utc_ns, 200 * MS_NS);
			break;
		}
	}
}

static void test_stop_and_start_again(void **state)
{
	struct fixture *f = *state;
	uint32_t count = 0;

	begin(f);
	assert_int_equal(replay_run(f->plugin, 100, 1000), F1P_END);
	count = f->host.count;
	f->plugin->stop(f->plugin);
	f->plugin->stop(f->plugin);
	fake_host_clear(&f->host);
	assert_int_equal(f->plugin->start(f->plugin), F1P_OK);
	assert_int_equal(replay_run(f->plugin, 100, 1000), F1P_END);
	assert_int_equal(f->host.count, count);
	assert_int_equal(f->host.messages, race_n);
}

static void test_a_host_without_metrics(void **state)
{
	struct fixture *f = *state;

	f->host.no_metrics = true;
	begin(f);
	assert_int_equal(replay_run(f->plugin, 100, 1000), F1P_END);
	assert_int_equal(f->host.messages, 0);
	assert_int_equal(last_lap(&f->host), 4);
}

#define PLAY_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLAY_TEST(test_says_what_it_is),
		PLAY_TEST(test_first_poll_only_tells_the_time),
		PLAY_TEST(test_emits_what_is_due_and_no_more),
		PLAY_TEST(test_stops_after_about_max_events_at_a_record),
		PLAY_TEST(test_end_is_said_again),
		PLAY_TEST(test_batch_size_changes_nothing),
		PLAY_TEST(test_start_at_a_lap),
		PLAY_TEST(test_catch_up_in_small_bites),
		PLAY_TEST(test_start_at_an_offset),
		PLAY_TEST(test_auto_starts_a_minute_before_racing),
		PLAY_TEST(test_auto_passes_over_a_start_that_was_stopped),
		PLAY_TEST(test_auto_without_a_start_begins_a_lap_before_the_first_that_begins),
		PLAY_TEST(test_join_drops_what_was_before),
		PLAY_TEST(test_options_are_checked),
		PLAY_TEST(test_a_lap_that_is_not_there),
		PLAY_TEST(test_join_after_the_end),
		PLAY_TEST(test_seek_back_to_a_lap),
		PLAY_TEST(test_seek_catches_up_at_once),
		PLAY_TEST(test_seek_after_the_end),
		PLAY_TEST(test_seek_to_what_is_not_there_changes_nothing),
		PLAY_TEST(test_laps_without_a_lap_count),
		PLAY_TEST(test_loop_goes_on_in_time),
		PLAY_TEST(test_loop_catches_up_again),
		PLAY_TEST(test_stop_and_start_again),
		PLAY_TEST(test_a_host_without_metrics),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

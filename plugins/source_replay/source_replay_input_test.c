/* Bad input: each gets a clear line or is passed over and counted; what is good in it is played. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "replay_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct fixture {
	struct fake_host host;
	char dir[256], path[300];
};

static int set_up(void **state)
{
	static struct fixture f;

	fake_host_init(&f.host);
	make_dir(f.dir, sizeof(f.dir));
	snprintf(f.path, sizeof(f.path), "%s/x", f.dir);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	fake_host_finish(&f->host);
	remove_dir(f->dir);
	return 0;
}

static void assert_no_start(struct fixture *f, const char *path, const char *reason)
{
	const struct replay_options options = {.path = path, .start = "auto", .join = ""};

	assert_null(replay_begin(&f->host, &options));
	if (strstr(f->host.reason, reason) == NULL || strstr(f->host.reason, path) == NULL) {
		fail_msg("reason is: %s", f->host.reason);
	}
	assert_int_equal(f->host.count, 0);
}

static void assert_plays(struct fixture *f, const char *path, uint32_t events, double rejected)
{
	assert_int_equal(replay_all(&f->host, path, "beginning"), F1P_END);
	if (f->host.count != events || f->host.rejected < rejected || f->host.rejected > rejected) {
		fail_msg("%u events, %g rejected; log: %s", f->host.count, f->host.rejected, f->host.log);
	}
}

static void test_missing_path(void **state)
{
	struct fixture *f = *state;

	assert_no_start(f, f->path, "No such file");
}

static void test_empty_folder(void **state)
{
	struct fixture *f = *state;

	assert_no_start(f, f->dir, "no recording in this folder");
}

static void test_empty_file(void **state)
{
	struct fixture *f = *state;

	write_text(f->dir, "x", "");
	assert_no_start(f, f->path, "no recording");
}

static void test_other_texts(void **state)
{
	static const char *const texts[] = {"# Read me\n\nThis is {text}.\n", "{\"a\": 1}\n", "[1, 2, 3]\n", "[[]]",
		"[{\"session_key\": 9}]", "null\n", "{", "[", "['", "00:00:01.000", "00:00:01.000{\"Nothing\":1}\n",
		"key = value\n", "}\n", "\xef\xbb\xbf", "\x1e\x1e{}\x1e"};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		write_text(f->dir, "x", texts[i]);
		assert_no_start(f, f->path, "no recording");
	}
}

static void test_binary(void **state)
{
	struct fixture *f = *state;
	uint8_t bytes[20000];
	uint32_t seed = 7;

	for (size_t i = 0; i < sizeof(bytes); i++) {
		seed = seed * 1664525u + 1013904223u;
		bytes[i] = (uint8_t)(seed >> 24);
	}
	write_file(f->path, bytes, sizeof(bytes), false);
	assert_no_start(f, f->path, "no recording");
	write_file(f->path, bytes, sizeof(bytes), true);
	assert_no_start(f, f->path, "no recording");
}

static void test_journal_of_another_version(void **state)
{
	struct fixture *f = *state;
	uint8_t bytes[64] = "F1PDJRN1";

	bytes[12] = 99;
	write_file(f->path, bytes, sizeof(bytes), false);
	assert_no_start(f, f->path, "not one message");
	assert_non_null(strstr(f->host.log, "another version"));
}

static void test_a_fifo_does_not_hang(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mkfifo(f->path, 0600), 0);
	assert_no_start(f, f->path, "not a regular file");
}

static size_t slurp(const char *path, uint8_t *bytes, size_t room)
{
	FILE *file = fopen(path, "rb");
	size_t n = 0;

	assert_non_null(file);
	n = fread(bytes, 1, room, file);
	fclose(file);
	return n;
}

static void spill(const char *path, const uint8_t *bytes, size_t n)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, n, file), n);
	fclose(file);
}

static void test_truncated_gzip_plays_what_is_there(void **state)
{
	static uint8_t bytes[1u << 20];
	struct fixture *f = *state;
	char *text = malloc(400000);
	size_t n = 0;

	/* noise in the payload, so that half of the packed bytes is about half of the lines */
	for (unsigned i = 0; i < 2000; i++) {
		n += (size_t)snprintf(text + n, 400000 - n, "00:%02u:%02u.000{\"CurrentLap\":%u,\"x\":\"%08x%08x\"}\n", i / 60,
			i % 60, i % 70 + 1, i * 2654435761u, i * 40503u);
	}
	snprintf(f->path, sizeof(f->path), "%s/LapCount.jsonStream.gz", f->dir);
	write_file(f->path, text, n, true);
	free(text);
	n = slurp(f->path, bytes, sizeof(bytes));
	spill(f->path, bytes, n / 2);
	assert_int_equal(replay_all(&f->host, f->dir, "beginning"), F1P_END);
	assert_in_range(f->host.count, 400, 1900);
	assert_int_equal(f->host.rejected, 1);
	assert_non_null(strstr(f->host.log, "LapCount.jsonStream.gz: the gzip data is cut off"));
	/* damage in the middle */
	fake_host_clear(&f->host);
	memset(bytes + n / 2, 0xff, 64);
	spill(f->path, bytes, n);
	assert_int_equal(replay_all(&f->host, f->dir, "beginning"), F1P_END);
	assert_in_range(f->host.count, 100, 1900);
	assert_non_null(strstr(f->host.log, "the gzip data is damaged"));
}

static void test_gigantic_line(void **state)
{
	struct fixture *f = *state;
	size_t n = 20u << 20;
	char *text = malloc(n + 200);
	size_t at = (size_t)sprintf(text, "00:00:01.000{\"CurrentLap\":1}\n00:00:02.000{\"CurrentLap\":\"");

	memset(text + at, 'x', n);
	strcpy(text + at + n, "\"}\n00:00:03.000{\"CurrentLap\":2}\n");
	snprintf(f->path, sizeof(f->path), "%s/LapCount.jsonStream", f->dir);
	write_file(f->path, text, strlen(text), true);
	assert_plays(f, f->dir, 2, 1);
	assert_non_null(strstr(f->host.log, "LapCount.jsonStream:2: a line longer than 16 MB"));
	free(text);
}

static void test_gigantic_element(void **state)
{
	struct fixture *f = *state;
	size_t n = 20u << 20;
	char *text = malloc(n + 300);
	size_t at = (size_t)sprintf(text, "[{\"timestamp\":\"2024-03-02T15:00:00Z\",\"updates\":{\"LapCount\":{\"CurrentLap\":1}}"
					  "},{\"updates\":{\"LapCount\":\"");

	memset(text + at, 'x', n);
	strcpy(text + at + n, "\"}}]");
	write_file(f->path, text, strlen(text), false);
	assert_plays(f, f->path, 1, 1);
	free(text);
}

static void test_bad_lines_between_good_ones(void **state)
{
	struct fixture *f = *state;

	write_text(f->dir, "x",
		"{\"stream\":\"LapCount\",\"payload\":{\"CurrentLap\":1},\"timestamp\":\"2024-03-02T15:00:00Z\"}\n"
		"{\"stream\":\"LapCount\",\"payload\":{\"CurrentLap\":2\n"
		"{\"nothing\":\"known\"}\n"
		"ount\",\"payload\":{\"CurrentLap\":3}}\n"
		"reconnecting\n"
		"\n"
		"{\"stream\":\"LapCount\",\"payload\":{\"CurrentLap\":4},\"timestamp\":\"2024-03-02T15:00:09Z\"}");
	assert_plays(f, f->path, 2, 3);
	assert_non_null(strstr(f->host.log, "/x:2: broken JSON"));
	assert_non_null(strstr(f->host.log, "/x:3: JSON, but no live-timing record"));
	assert_non_null(strstr(f->host.log, "/x:4: "));
}

static void test_many_rejections_do_not_flood_the_log(void **state)
{
	struct fixture *f = *state;
	char text[16384];
	size_t n = (size_t)sprintf(text, "['LapCount', {'CurrentLap': 1}, '2024-03-02T15:00:00Z']\n");

	for (int i = 0; i < 200; i++) {
		n += (size_t)sprintf(text + n, "['LapCount', {'CurrentLap'}, '2024Z']\n");
	}
	write_text(f->dir, "x", text);
	assert_plays(f, f->path, 1, 200);
	assert_true(strlen(f->host.log) < 6000);
	assert_non_null(strstr(f->host.log, "no longer logged"));
}

static void test_wild_and_backward_times(void **state)
{
	struct fixture *f = *state;

	write_text(f->dir, "LapCount.jsonStream",
		"00:00:01.000{\"CurrentLap\":1}\n99:59:59.999{\"CurrentLap\":2}\n00:00:05.000{\"CurrentLap\":3}\n"
		"00:00:03.000{\"CurrentLap\":4}\n");
	write_text(f->dir, "Heartbeat.jsonStream", "00:00:10.000{\"Utc\":\"2024-03-02T15:00:10Z\"}\n");
	assert_plays(f, f->dir, 5, 0);
	assert_int_equal(fake_event(&f->host, 1)->t_event_ns, T0_NS + 1000 * MS_NS);
	assert_int_equal(fake_event(&f->host, 2)->t_event_ns, T0_NS + 5000 * MS_NS);
	assert_int_equal(fake_event(&f->host, 3)->t_event_ns, T0_NS + 5000 * MS_NS);
	assert_int_equal(fake_event(&f->host, 4)->type, F1P_EV_HEARTBEAT);
	assert_non_null(strstr(f->host.log, "1 odd times"));
}

static void test_a_new_time_that_lasts_is_believed(void **state)
{
	struct fixture *f = *state;
	char text[8192];
	size_t n = 0;

	for (int i = 0; i < 40; i++) {
		n += (size_t)sprintf(
			text + n, "['LapCount', {'CurrentLap': %d}, '2024-03-%02dT15:00:%02dZ']\n", i + 1, i < 5 ? 2 : 4, i);
	}
	write_text(f->dir, "x", text);
	assert_plays(f, f->path, 40, 0);
	assert_int_equal(fake_event(&f->host, 4)->t_event_ns, T0_NS + 4000 * MS_NS);
	assert_int_equal(fake_event(&f->host, 10)->t_event_ns, T0_NS + 4000 * MS_NS);
	assert_int_equal(fake_event(&f->host, 39)->t_event_ns, T0_NS + (2 * 86400 + 39) * 1000 * MS_NS);
}

static void test_session_and_drivers_come_first_at_equal_offsets(void **state)
{
	struct fixture *f = *state;

	write_text(f->dir, "LapCount.jsonStream", "00:00:01.000{\"CurrentLap\":1}\n00:00:01.000{\"CurrentLap\":2}\n");
	write_text(f->dir, "DriverList.jsonStream", "00:00:01.000{\"1\":{\"Tla\":\"ONE\"}}\n");
	write_text(f->dir, "SessionInfo.jsonStream", "00:00:01.000{\"Key\":5,\"Type\":\"Race\",\"Name\":\"Race\"}\n");
	assert_plays(f, f->dir, 4, 0);
	assert_int_equal(fake_event(&f->host, 0)->type, F1P_EV_SESSION);
	assert_int_equal(fake_event(&f->host, 1)->type, F1P_EV_DRIVER);
	assert_int_equal(((const struct f1p_ev_lap_count *)(const void *)fake_event(&f->host, 2))->current, 1);
	assert_int_equal(((const struct f1p_ev_lap_count *)(const void *)fake_event(&f->host, 3))->current, 2);
}

static int64_t first_time(struct fixture *f)
{
	fake_host_clear(&f->host);
	assert_int_equal(replay_all(&f->host, f->dir, "beginning"), F1P_END);
	return fake_event(&f->host, 0)->t_event_ns;
}

/* What tells the UTC of offset 0, from the weakest to the strongest: each one added wins. */
static void test_utc_of_offset_zero(void **state)
{
	struct fixture *f = *state;

	write_text(f->dir, "LapCount.jsonStream", "00:00:00.000{\"CurrentLap\":1}\n");
	assert_int_equal(first_time(f), 0);
	write_text(f->dir, "SessionInfo.jsonStream",
		"00:00:05.000{\"Key\":5,\"Type\":\"Race\",\"Name\":\"Race\",\"StartDate\":\"2024-03-02T18:00:00\",\"GmtOffset\":"
		"\"03:00:00\"}\n");
	assert_int_equal(first_time(f), T0_NS);
	write_text(f->dir, "SessionStatus.jsonStream",
		"00:00:01.000{\"Status\":\"Inactive\",\"Started\":\"Inactive\"}\n01:00:00.000{\"Status\":\"Started\",\"Started\":"
		"\"Started\"}\n");
	assert_int_equal(first_time(f), T0_NS - 3600 * 1000 * MS_NS);
	write_text(f->dir, "ExtrapolatedClock.jsonStream",
		"00:00:02.000{\"Utc\":\"2024-03-02T14:00:12Z\",\"Remaining\":\"02:00:00\",\"Extrapolating\":false}\n");
	assert_int_equal(first_time(f), T0_NS - 3590 * 1000 * MS_NS);
	write_text(f->dir, "RaceControlMessages.jsonStream",
		"00:10:00.000{\"Messages\":[{\"Utc\":\"2024-03-02T14:10:20\",\"Category\":\"Other\","
		"\"Message\":\"A\"}]}\n00:11:00.000{\"Messages\":{\"1\":{\"Utc\":\"2024-03-02T14:11:20\",\"Category\":\"Other\","
		"\"Message\":\"B\"}}}\n"
		"00:30:00.000{\"Messages\":{\"2\":{\"Utc\":\"2024-03-02T14:11:20\",\"Category\":\"Other\",\"Message\":\"LATE\"}}}"
		"\n");
	assert_int_equal(first_time(f), T0_NS - 3580 * 1000 * MS_NS);
	write_text(f->dir, "meta.json", "{\n \"session\": \"x\",\n \"t0_utc\": \"2024-03-02T14:00:30.000000Z\"\n}\n");
	assert_int_equal(first_time(f), T0_NS - 3570 * 1000 * MS_NS);
	write_text(f->dir, "Heartbeat.jsonStream",
		"00:00:15.000{\"Utc\":\"2024-03-02T14:00:55.5Z\"}\n00:00:30.000{\"Utc\":\"2024-03-02T14:01:10.5Z\"}\n");
	assert_int_equal(first_time(f), T0_NS - 3559500 * MS_NS);
}

static void test_one_stream_whose_name_tells_nothing(void **state)
{
	struct fixture *f = *state;

	write_text(f->dir, "x",
		"\xef\xbb\xbf"
		"00:00:01.000{\"CurrentLap\":1,\"TotalLaps\":5}\r\n00:00:02.000{\"CurrentLap\":2}\r\n");
	assert_plays(f, f->path, 2, 0);
	assert_int_equal(fake_event(&f->host, 1)->type, F1P_EV_LAP_COUNT);
}

static void test_the_same_topic_twice_is_played_once(void **state)
{
	struct fixture *f = *state;
	char path[320];

	write_text(f->dir, "LapCount.jsonStream", "00:00:01.000{\"CurrentLap\":1}\n");
	snprintf(path, sizeof(path), "%s/LapCount.jsonStream.gz", f->dir);
	write_file(path, "00:00:01.000{\"CurrentLap\":1}\n", 29, true);
	assert_plays(f, f->dir, 1, 0);
	assert_non_null(strstr(f->host.log, "this topic is there already"));
}

static void test_folder_in_a_folder(void **state)
{
	struct fixture *f = *state;
	char below[320];

	snprintf(below, sizeof(below), "%s/raw", f->dir);
	assert_int_equal(mkdir(below, 0700), 0);
	write_text(below, "LapCount.jsonStream", "00:00:01.000{\"CurrentLap\":1}\n");
	write_text(f->dir, "notes.txt", "just text\n");
	assert_plays(f, f->dir, 1, 0);
	snprintf(below, sizeof(below), "%s/second", f->dir);
	assert_int_equal(mkdir(below, 0700), 0);
	write_text(below, "LapCount.jsonStream", "00:00:01.000{\"CurrentLap\":1}\n");
	fake_host_clear(&f->host);
	assert_no_start(f, f->dir, "several recordings (raw, second, ...)");
}

static void test_what_is_no_recording_is_left_out_and_named(void **state)
{
	struct fixture *f = *state;

	write_text(f->dir, "LapCount.jsonStream", "00:00:01.000{\"CurrentLap\":1}\n");
	write_text(f->dir, "LapCount.json", "{\"CurrentLap\":57,\"TotalLaps\":57}\n");
	write_text(f->dir, "SessionInfo.json",
		"{\"Meeting\":{\"Name\":\"X\"},\"Type\":\"Race\",\"Name\":\"Race\",\"Path\":\"p\"}\n");
	write_text(f->dir, "README.md", "# notes\n");
	assert_plays(f, f->dir, 1, 0);
	assert_non_null(
		strstr(f->host.log, "3 files are no recordings and are left out (LapCount.json, README.md, SessionInfo.json)"));
}

/* ---- feed ---- */

static f1p_status feed(struct f1p_plugin *p, const void *bytes, size_t n)
{
	return ((const struct f1p_source_feed *)p->get_extension(p, F1P_EXT_SOURCE_FEED))->feed(p, bytes, n);
}

static void test_feed_plays_bytes(void **state)
{
	struct fixture *f = *state;
	struct f1p_plugin *p = replay_create(&f->host);
	const char *text =
		"{\"H\":\"Streaming\",\"M\":\"feed\",\"A\":[\"LapCount\",{\"CurrentLap\":8},\"2024-03-02T15:00:00Z\"]}\n";

	assert_int_equal(feed(p, text, strlen(text)), F1P_OK);
	assert_int_equal(f->host.count, 1);
	assert_int_equal(fake_event(&f->host, 0)->t_event_ns, T0_NS);
	assert_int_equal(feed(p, "", 0), F1P_EINVAL);
	assert_int_equal(feed(p, "hello", 5), F1P_EINVAL);
	assert_non_null(strstr(f->host.reason, "fed bytes: no recording"));
	replay_end(p);
}

/* Every format, cut at every byte near records' ends and with bytes changed: no crash, no hang, good status. */
static void test_feed_survives_damage(void **state)
{
	static uint8_t bytes[1u << 16], copy[1u << 16];
	struct fixture *f = *state;
	struct f1p_plugin *p = replay_create(&f->host);
	uint32_t seed = 99;

	for (int format = TOLD_HUB_LINES; format < TOLD_FORMATS; format++) {
		size_t n = 0;

		race_write((enum told_format)format, f->dir, format % 2 == 0, f->path, sizeof(f->path));
		n = slurp(f->path, bytes, sizeof(bytes));
		assert_true(n > 100 && n < sizeof(bytes));
		for (int round = 0; round < 150; round++) {
			size_t length = n;
			f1p_status status = F1P_OK;

			memcpy(copy, bytes, n);
			for (int i = 0; i < round % 5; i++) {
				seed = seed * 1664525u + 1013904223u;
				copy[(seed >> 8) % n] = (uint8_t)(seed >> 24);
			}
			seed = seed * 1664525u + 1013904223u;
			length = round % 2 == 0 ? n : (seed >> 8) % n;
			status = feed(p, copy, length);
			assert_true(status == F1P_OK || status == F1P_EINVAL);
			fake_host_clear(&f->host);
		}
	}
	replay_end(p);
}

#define INPUT_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		INPUT_TEST(test_missing_path),
		INPUT_TEST(test_empty_folder),
		INPUT_TEST(test_empty_file),
		INPUT_TEST(test_other_texts),
		INPUT_TEST(test_binary),
		INPUT_TEST(test_journal_of_another_version),
		INPUT_TEST(test_a_fifo_does_not_hang),
		INPUT_TEST(test_truncated_gzip_plays_what_is_there),
		INPUT_TEST(test_gigantic_line),
		INPUT_TEST(test_gigantic_element),
		INPUT_TEST(test_bad_lines_between_good_ones),
		INPUT_TEST(test_many_rejections_do_not_flood_the_log),
		INPUT_TEST(test_wild_and_backward_times),
		INPUT_TEST(test_a_new_time_that_lasts_is_believed),
		INPUT_TEST(test_session_and_drivers_come_first_at_equal_offsets),
		INPUT_TEST(test_utc_of_offset_zero),
		INPUT_TEST(test_one_stream_whose_name_tells_nothing),
		INPUT_TEST(test_the_same_topic_twice_is_played_once),
		INPUT_TEST(test_folder_in_a_folder),
		INPUT_TEST(test_what_is_no_recording_is_left_out_and_named),
		INPUT_TEST(test_feed_plays_bytes),
		INPUT_TEST(test_feed_survives_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

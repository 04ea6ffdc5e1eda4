/*
 * sink_export_test.c - the plugin on a fake host: what stands in the folder when it has stopped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fake_host.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "openf1_folder.h"
#include "out_file.h"
#include "python_line.h"

extern const struct f1p_entry f1p_entry_v1;

#define T0 INT64_C(1700000000000000000)

struct fixture {
	char dir[64];
	char out[128];
	struct fake_host *fake;
	struct f1p_plugin *plugin;
	char text[65536]; /* of the file read last */
};

static int setup(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));

	assert_non_null(x);
	strcpy(x->dir, "/tmp/f1pd-export-XXXXXX");
	assert_non_null(mkdtemp(x->dir));
	snprintf(x->out, sizeof(x->out), "%s/out", x->dir);
	x->fake = fake_host_create("sink-export");
	*state = x;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *x = *state;
	char part[140];

	if (x->plugin != NULL) {
		fake_stop(x->fake, x->plugin);
	}
	fake_host_destroy(x->fake);
	out_path_remove(x->out);
	snprintf(part, sizeof(part), "%s.part", x->out);
	assert_int_equal(access(part, F_OK), -1); /* nothing half-done is left behind */
	assert_int_equal(rmdir(x->dir), 0);
	free(x);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static bool start(struct fixture *x, const char *format, const char *more)
{
	char options[512];

	snprintf(options, sizeof(options), "path=%s\nformat=%s\n%s", x->out, format, more);
	x->plugin = fake_start(x->fake, &f1p_entry_v1, "sink_export", options);
	return x->plugin != NULL;
}

static void stop(struct fixture *x)
{
	fake_stop(x->fake, x->plugin);
	x->plugin = NULL;
}

static f1p_status write_event(struct fixture *x, uint16_t type, void *event, size_t size, uint32_t flags)
{
	const struct f1p_sink *sink = x->plugin->get_extension(x->plugin, F1P_EXT_SINK);

	*(struct f1p_event *)event = (struct f1p_event){
		.size = (uint32_t)size, .space = F1P_SPACE_CORE, .type = type, .flags = flags, .t_event_ns = T0};
	return sink->write(x->plugin, event, 1, size);
}
#define WRITE(x, type, ...) assert_int_equal(write_event((x), (type), &(__VA_ARGS__), sizeof(__VA_ARGS__), 0), F1P_OK)

static const char *read_file(struct fixture *x, const char *name)
{
	char path[200];

	snprintf(path, sizeof(path), "%s%s%s", x->out, name[0] != '\0' ? "/" : "", name);
	FILE *f = fopen(path, "rb");
	assert_non_null(f);
	size_t n = fread(x->text, 1, sizeof(x->text) - 1, f);
	fclose(f);
	x->text[n] = '\0';
	return x->text;
}

static void write_short_session(struct fixture *x)
{
	WRITE(x, F1P_EV_SESSION,
		(struct f1p_ev_session){.session_key = 7,
			.meeting_key = 3,
			.year = 2024,
			.type = F1P_SESSION_RACE,
			.t_start_ns = T0,
			.t_end_ns = F1P_UNKNOWN_NS,
			.gmt_offset_s = 3600,
			.name = "Race",
			.meeting = "Grand, \"Prix\"",
			.country = "EXA"});
	WRITE(x, F1P_EV_TRACK_STATUS, (struct f1p_ev_value){.value = F1P_TRACK_SC});
	WRITE(x, F1P_EV_CAR_POSITION, (struct f1p_ev_car_value){.car = 44, .value = 1});
	WRITE(x, F1P_EV_CAR_GAP,
		(struct f1p_ev_car_gap){
			.mask = F1P_GAP_LEADER | F1P_GAP_INTERVAL, .car = 44, .gap_ms = 0, .interval_ms = F1P_UNKNOWN});
}

static void lines_appear_when_it_stops(void **state)
{
	struct fixture *x = *state;

	assert_true(start(x, "fastf1", ""));
	write_short_session(x);
	assert_int_equal(access(x->out, F_OK), -1);
	stop(x);
	assert_non_null(strstr(
		read_file(x, ""), "\n['TrackStatus', {'Status': '4', 'Message': 'SCDeployed'}, '2023-11-14T22:13:20.000Z']\n"));
	assert_non_null(strstr(x->text, "'StartDate': '2023-11-14T23:13:20', 'GmtOffset': '01:00:00'"));
	assert_non_null(strstr(x->text, "'Grand, \\u0022Prix\\u0022'"));
}

static void collections_appear_as_files(void **state)
{
	struct fixture *x = *state;

	assert_true(start(x, "openf1-json", ""));
	write_short_session(x);
	stop(x);
	assert_string_equal(read_file(x, "position.json"), "[{\"date\":\"2023-11-14T22:13:20+00:00\",\"driver_number\":44,"
							   "\"meeting_key\":3,\"position\":1,\"session_key\":7}]\n");
	assert_non_null(strstr(read_file(x, "intervals.json"), "\"gap_to_leader\":0.0,\"interval\":0.0"));
	assert_non_null(strstr(read_file(x, "sessions.json"), "\"date_end\":null"));
}

static void cells_are_quoted_where_they_must_be(void **state)
{
	struct fixture *x = *state;

	assert_true(start(x, "openf1-csv", ""));
	write_short_session(x);
	stop(x);
	assert_string_equal(read_file(x, "position.csv"),
		"date,driver_number,meeting_key,position,session_key\n2023-11-14T22:13:20+00:00,44,3,1,7\n");
	assert_non_null(strstr(read_file(x, "meetings.csv"), ",3,\"Grand, \"\"Prix\"\"\",,2024\n"));
	assert_non_null(strstr(x->text, ",False,"));
}

static void what_stands_there_is_not_touched(void **state)
{
	struct fixture *x = *state;
	FILE *f = fopen(x->out, "w");

	fputs("mine", f);
	fclose(f);
	assert_false(start(x, "fastf1", ""));
	assert_non_null(strstr(x->fake->reason, "exists and is not empty"));
	assert_false(start(x, "openf1-json", ""));
	assert_string_equal(read_file(x, ""), "mine");
	assert_true(start(x, "fastf1", "overwrite=yes\n"));
	write_short_session(x);
	stop(x);
	assert_ptr_equal(strstr(read_file(x, ""), "['SessionInfo'"), x->text);
}

static void files_of_others_stay_in_a_folder(void **state)
{
	struct fixture *x = *state;
	char mine[160];

	snprintf(mine, sizeof(mine), "%s/notes.txt", x->out);
	assert_int_equal(mkdir(x->out, 0755), 0);
	assert_true(start(x, "openf1-json", "")); /* an empty folder is free */
	write_short_session(x);
	stop(x);
	FILE *f = fopen(mine, "w");
	fputs("mine", f);
	fclose(f);
	assert_false(start(x, "openf1-json", ""));
	assert_true(start(x, "openf1-json", "overwrite=yes\n"));
	WRITE(x, F1P_EV_CAR_POSITION, (struct f1p_ev_car_value){.car = 2, .value = 9});
	stop(x);
	assert_string_equal(read_file(x, "notes.txt"), "mine");
	assert_non_null(strstr(read_file(x, "position.json"), "\"driver_number\":2,"));
}

static void a_place_that_cannot_be_written_is_told_at_once(void **state)
{
	struct fixture *x = *state;
	char good[128];

	memcpy(good, x->out, sizeof(good));
	snprintf(x->out, sizeof(x->out), "%s/no/such/place", x->dir);
	assert_false(start(x, "fastf1", ""));
	assert_non_null(strstr(x->fake->reason, "No such file or directory"));
	assert_false(start(x, "openf1-csv", ""));
	assert_non_null(strstr(x->fake->reason, "nothing is exported"));
	memcpy(x->out, good, sizeof(good));
}

/* A limit on the size of files is a full disk to the program. */
static void a_full_disk_leaves_nothing(void **state)
{
	struct fixture *x = *state;
	struct rlimit before, small;
	f1p_status status = F1P_OK;

	signal(SIGXFSZ, SIG_IGN);
	assert_true(start(x, "fastf1", ""));
	write_short_session(x);
	getrlimit(RLIMIT_FSIZE, &before);
	small = before;
	small.rlim_cur = 4096;
	setrlimit(RLIMIT_FSIZE, &small);
	for (int i = 0; i < 2000 && status == F1P_OK; i++) {
		struct f1p_ev_value v = {.value = i % 2 == 0 ? F1P_TRACK_CLEAR : F1P_TRACK_YELLOW};

		status = write_event(x, F1P_EV_TRACK_STATUS, &v, sizeof(v), 0);
	}
	setrlimit(RLIMIT_FSIZE, &before);
	assert_int_equal(status, F1P_EIO);
	assert_non_null(strstr(x->fake->reason, "File too large"));
	stop(x);
	assert_int_equal(access(x->out, F_OK), -1);
}

static void a_full_disk_at_the_end_leaves_nothing(void **state)
{
	struct fixture *x = *state;
	struct rlimit before, small;

	signal(SIGXFSZ, SIG_IGN);
	assert_true(start(x, "openf1-json", ""));
	write_short_session(x);
	getrlimit(RLIMIT_FSIZE, &before);
	small = before;
	small.rlim_cur = 16;
	setrlimit(RLIMIT_FSIZE, &small);
	stop(x);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_int_equal(access(x->out, F_OK), -1);
	assert_non_null(strstr(x->fake->log, "File too large; nothing is exported"));
}

static void a_recording_that_begins_again_begins_the_export_again(void **state)
{
	static const char *const formats[] = {"fastf1", "openf1-json"};
	struct fixture *x = *state;

	for (int i = 0; i < 2; i++) {
		struct f1p_event reset;

		assert_true(start(x, formats[i], ""));
		write_short_session(x);
		WRITE(x, F1P_EV_FEED_RESET, reset);
		WRITE(x, F1P_EV_CAR_POSITION, (struct f1p_ev_car_value){.car = 2, .value = 9});
		stop(x);
		read_file(x, i == 0 ? "" : "position.json");
		assert_null(strstr(x->text, "44"));
		assert_non_null(strstr(x->text, i == 0 ? "'Line': 9" : "\"position\":9"));
		out_path_remove(x->out);
	}
}

static void a_new_subscription_does_not(void **state)
{
	struct fixture *x = *state;
	struct f1p_event reset;

	assert_true(start(x, "fastf1", ""));
	write_short_session(x);
	assert_int_equal(write_event(x, F1P_EV_FEED_RESET, &reset, sizeof(reset), F1P_EVF_SNAPSHOT), F1P_OK);
	WRITE(x, F1P_EV_CAR_POSITION, (struct f1p_ev_car_value){.car = 2, .value = 9});
	stop(x);
	assert_non_null(strstr(read_file(x, ""), "'44'"));
	assert_non_null(strstr(x->text, "'Line': 9"));
}

static void nothing_gives_nothing(void **state)
{
	struct fixture *x = *state;

	assert_true(start(x, "fastf1", ""));
	stop(x);
	assert_int_equal(access(x->out, F_OK), -1);
	assert_null(strstr(x->fake->log, "nothing is exported")); /* nothing was there to export */
	assert_true(start(x, "openf1-csv", ""));
	WRITE(x, F1P_EV_TRACK_STATUS, (struct f1p_ev_value){.value = F1P_TRACK_SC});
	stop(x);
	assert_int_equal(access(x->out, F_OK), -1);
	assert_non_null(strstr(x->fake->log, "E "));
	assert_non_null(strstr(x->fake->log, "nothing is exported"));
}

static void broken_batches_are_refused(void **state)
{
	struct fixture *x = *state;
	struct f1p_ev_value v = {.h = {.size = 4000, .type = F1P_EV_TRACK_STATUS}};
	const struct f1p_sink *sink = NULL;

	assert_true(start(x, "openf1-json", ""));
	sink = x->plugin->get_extension(x->plugin, F1P_EXT_SINK);
	assert_int_equal(sink->write(x->plugin, &v.h, 1, sizeof(v)), F1P_EPERMANENT);
	stop(x);
}

/* ---- lines ---- */

static void a_literal_is_json_in_pythons_words(void **state)
{
	static const char json[] = "{\"a\":[true,false,null,-1.5,{}],\"q\":\"it's \\\"so\\\" \\\\ \\/ \\u00e9\"}";
	struct fixture *x = *state;
	struct out_file f;

	assert_int_equal(out_file_open(&f, x->out), 0);
	python_line_write(&f, "Topic", json, strlen(json), "now");
	assert_int_equal(out_file_commit(&f), 0);
	out_file_finish(&f);
	assert_string_equal(read_file(x, ""),
		"['Topic', {'a': [True, False, None, -1.5, {}], 'q': 'it\\u0027s \\u0022so\\u0022 \\\\ / \\u00e9'}, 'now']\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lines_appear_when_it_stops),
		TEST(collections_appear_as_files),
		TEST(cells_are_quoted_where_they_must_be),
		TEST(what_stands_there_is_not_touched),
		TEST(files_of_others_stay_in_a_folder),
		TEST(a_place_that_cannot_be_written_is_told_at_once),
		TEST(a_full_disk_leaves_nothing),
		TEST(a_full_disk_at_the_end_leaves_nothing),
		TEST(a_recording_that_begins_again_begins_the_export_again),
		TEST(a_new_subscription_does_not),
		TEST(nothing_gives_nothing),
		TEST(broken_batches_are_refused),
		TEST(a_literal_is_json_in_pythons_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

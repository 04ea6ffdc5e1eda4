/* Real recordings, in place, from the folder that F1PD_SHARED names. Without it: skipped, loudly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "replay_fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct seen {
	uint32_t events, sessions, laps, resets;
	double messages, rejected;
	char log[4096];
	int64_t first_ns, last_ns;
};

static bool play(const char *below, struct seen *out)
{
	struct fake_host h;
	char path[600];

	snprintf(path, sizeof(path), "%s/%s", getenv("F1PD_SHARED"), below);
	fake_host_init(&h);
	*out = (struct seen){0};
	if (replay_all(&h, path, "auto") != F1P_END) {
		print_message("%s: %s\n", below, h.reason);
		fake_host_finish(&h);
		return false;
	}
	out->events = h.count;
	out->messages = h.messages;
	out->rejected = h.rejected;
	out->sessions = fake_count_type(&h, F1P_EV_SESSION);
	out->laps = fake_count_type(&h, F1P_EV_LAP_COUNT);
	out->resets = fake_count_type(&h, F1P_EV_FEED_RESET);
	out->first_ns = fake_event(&h, 0)->t_event_ns;
	out->last_ns = h.n > 0 ? fake_event(&h, h.count - 1)->t_event_ns : 0;
	snprintf(out->log, sizeof(out->log), "%.4000s", h.log);
	fake_host_finish(&h);
	return true;
}

static void each_folder(const char *below, uint32_t least_folders)
{
	char path[600];
	struct dirent **entries = NULL;
	uint32_t played = 0;
	int n = 0;

	snprintf(path, sizeof(path), "%s/%s", getenv("F1PD_SHARED"), below);
	n = scandir(path, &entries, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		struct seen s;

		if (entries[i]->d_name[0] != '.') {
			snprintf(path, sizeof(path), "%s/%s", below, entries[i]->d_name);
			assert_true(play(path, &s));
			print_message("%s: %.0f messages, %u events\n", path, s.messages, s.events);
			if (s.rejected > 0 || s.sessions == 0 || s.messages < 500 || s.events < 1000) {
				fail_msg("%s: %.0f messages, %.0f rejected, %u events, %u sessions: %s", path, s.messages,
					s.rejected, s.events, s.sessions, s.log);
			}
			/* a session takes between half an hour and eight hours */
			assert_in_range(s.last_ns - s.first_ns, INT64_C(1800) * 1000 * MS_NS, INT64_C(28800) * 1000 * MS_NS);
			played++;
		}
		free(entries[i]);
	}
	free(entries);
	assert_true(played >= least_folders);
}

static void test_raw(void **state)
{
	(void)state;
	each_folder("recordings/livetiming/raw", 5);
}

static void test_hybrid(void **state)
{
	(void)state;
	each_folder("recordings/livetiming/hybrid", 3);
}

static void test_rebuilt(void **state)
{
	(void)state;
	each_folder("recordings/livetiming/rebuilt", 50);
}

static void test_full_race_has_all_its_messages(void **state)
{
	struct seen s;

	(void)state;
	assert_true(play("recordings/livetiming/raw/2018_Azerbaijan_Race", &s));
	assert_int_equal(s.messages, 24237);
	assert_int_equal(s.laps, 51);
}

static void test_python_lines(void **state)
{
	struct seen s;

	(void)state;
	assert_true(play("recordings/livetiming/formats/fastf1-save_2025_Sao_Paulo_Sprint", &s));
	assert_int_equal(s.messages, 15757);
	assert_int_equal(s.rejected, 0);
	/* one line of this file is torn: its time is followed by a rest of another line */
	assert_true(play("recordings/livetiming/formats/classic-fragment_2023_Qatar_Sprint", &s));
	assert_int_equal(s.messages, 2241);
	assert_int_equal(s.rejected, 1);
	assert_non_null(strstr(s.log, ":884: no comma between two values"));
}

static void test_signalr_frames(void **state)
{
	struct seen s;

	(void)state;
	assert_true(play("recordings/livetiming/formats/signalr-frames_2023_Monaco_Practice_2", &s));
	assert_true(s.messages > 2300);
	assert_int_equal(s.rejected, 0);
	assert_int_equal(s.resets, 1);
	assert_int_equal(s.sessions, 1);
}

static void test_updates_array(void **state)
{
	struct seen s;

	(void)state;
	assert_true(play("recordings/livetiming/formats/updates-array_2026_Japan_Practice_1", &s));
	assert_int_equal(s.messages, 10059);
	assert_int_equal(s.rejected, 0);
	/* from the first Heartbeat inside to the last */
	assert_in_range(s.last_ns - s.first_ns, INT64_C(2200) * 1000 * MS_NS, INT64_C(2300) * 1000 * MS_NS);
}

static void test_snapshot_then_live_lines(void **state)
{
	struct seen s;

	(void)state;
	assert_true(play("reference/samples/livetiming/undercut/2024_Imola_Qualifying", &s));
	assert_int_equal(s.rejected, 0);
	assert_int_equal(s.resets, 1);
	assert_true(s.messages > 9991);
}

static void test_wrapper_lines(void **state)
{
	struct seen s;

	(void)state;
	assert_true(play("reference/samples/livetiming/undercut/2024_Silverstone_Practice_1", &s));
	assert_int_equal(s.rejected, 0);
	assert_true(s.messages > 11000);
}

static void test_archive_with_telemetry(void **state)
{
	struct seen s;

	(void)state;
	assert_true(play("reference/samples/livetiming/archive/2025_Mexico-City-Grand-Prix_Mexico-City_Qualifying", &s));
	assert_int_equal(s.rejected, 0);
	assert_int_equal(s.messages, 20552);
	assert_true(s.events > 500000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_raw),
		cmocka_unit_test(test_hybrid),
		cmocka_unit_test(test_rebuilt),
		cmocka_unit_test(test_full_race_has_all_its_messages),
		cmocka_unit_test(test_python_lines),
		cmocka_unit_test(test_signalr_frames),
		cmocka_unit_test(test_updates_array),
		cmocka_unit_test(test_snapshot_then_live_lines),
		cmocka_unit_test(test_wrapper_lines),
		cmocka_unit_test(test_archive_with_telemetry),
	};
	const char *shared = getenv("F1PD_SHARED");
	char probe[600] = "";
	DIR *dir = NULL;

	if (shared != NULL) {
		snprintf(probe, sizeof(probe), "%s/recordings/livetiming/raw", shared);
		dir = opendir(probe);
	}
	if (dir == NULL) {
		puts("SKIPPED: F1PD_SHARED names no folder with recordings: the real recordings are not played");
		return 77;
	}
	closedir(dir);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

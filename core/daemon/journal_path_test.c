/* journal_path_test.c - which journal a run goes on with, which ones are set aside, which ones go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/folder.h"
#include "base/log.h"
#include "base/temp_folder_fixture.h"
#include "daemon/journal_path.h"
#include "journal/journal.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RUN 4711
#define KEEP 5

static char dir[256];
static char out[4096], err[512];

static int set_up(void **state)
{
	if (temp_folder_make(state) != 0)
		return -1;
	snprintf(dir, sizeof(dir), "%s/a/b", temp_folder);
	out[0] = err[0] = '\0';
	return folder_make(dir, err, sizeof(err)) ? 0 : -1;
}

static bool choose(void)
{
	return journal_path_choose(NULL, dir, RUN, KEEP, out, sizeof(out), err, sizeof(err));
}

static const char *in_dir(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static bool exists(const char *name)
{
	return access(in_dir(name), F_OK) == 0;
}

static void ignore_event(void *arg, const struct f1p_event *ev)
{
	(void)arg, (void)ev;
}

/* A journal of one session with these statuses; 0 ends the list, -1 is a reset feed, -2 another session. */
static void write_journal(uint64_t identity, const int *statuses)
{
	struct journal *j;
	struct f1p_ev_session s = {.h = {.size = sizeof(s), .type = F1P_EV_SESSION, .source_id = 1}, .session_key = 1};

	assert_int_equal(journal_open(&j, out, identity, ignore_event, NULL, err, sizeof(err)), F1P_OK);
	assert_int_equal(journal_append(j, &s.h), F1P_OK);
	for (; *statuses; statuses++) {
		struct f1p_ev_value v = {.h = {.size = sizeof(v), .type = F1P_EV_SESSION_STATUS, .source_id = 1}, .value = *statuses};
		if (*statuses == -1) {
			v.h.size = sizeof(v.h);
			v.h.type = F1P_EV_FEED_RESET;
		}
		assert_int_equal(journal_append(j, *statuses == -2 ? &s.h : &v.h), F1P_OK);
	}
	journal_close(j);
}

#define WRITE(identity, ...) write_journal(identity, (const int[]){__VA_ARGS__, 0})

static void test_a_given_path_is_taken_as_it_is(void **state)
{
	(void)state;
	assert_true(journal_path_choose("somewhere/race.f1j", dir, RUN, KEEP, out, sizeof(out), err, sizeof(err)));
	assert_string_equal(out, "somewhere/race.f1j");
}

static void test_nothing_is_there_yet(void **state)
{
	(void)state;
	assert_true(choose());
	assert_string_equal(out, in_dir("current.f1j"));
	assert_false(exists("current.f1j"));
	assert_true(choose()); /* again */
}

static void test_a_race_in_progress_goes_on(void **state)
{
	(void)state;
	assert_true(choose());
	WRITE(RUN, F1P_STATUS_STARTED);
	assert_true(choose());
	assert_string_equal(out, in_dir("current.f1j"));
	assert_true(exists("current.f1j"));
	assert_false(exists("001.f1j"));
}

static void test_final_timing_is_not_the_end_yet(void **state)
{
	(void)state;
	assert_true(choose());
	WRITE(RUN, F1P_STATUS_STARTED, F1P_STATUS_FINISHED, F1P_STATUS_FINALISED);
	assert_true(choose());
	assert_true(exists("current.f1j"));
}

static void test_a_race_that_is_over_is_set_aside(void **state)
{
	(void)state;
	assert_true(choose());
	WRITE(RUN, F1P_STATUS_STARTED, F1P_STATUS_FINISHED, F1P_STATUS_ENDS);
	assert_true(choose());
	assert_string_equal(out, in_dir("current.f1j"));
	assert_false(exists("current.f1j"));
	assert_true(exists("001.f1j"));
	WRITE(RUN, F1P_STATUS_ENDS);
	assert_true(choose());
	assert_true(exists("001.f1j") && exists("002.f1j"));
}

static void test_what_follows_the_end_goes_on(void **state)
{
	(void)state;
	assert_true(choose());
	WRITE(RUN, F1P_STATUS_ENDS, -1);
	assert_true(choose());
	assert_true(exists("current.f1j"));
	WRITE(RUN, F1P_STATUS_ENDS, -2);
	assert_true(choose());
	assert_true(exists("current.f1j"));
}

static void test_another_run_is_set_aside(void **state)
{
	(void)state;
	assert_true(choose());
	WRITE(RUN + 1, F1P_STATUS_STARTED);
	assert_true(choose());
	assert_false(exists("current.f1j"));
	assert_true(exists("001.f1j"));
}

static void write_text(const char *name, const char *text)
{
	FILE *f = fopen(in_dir(name), "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void keep_line(void *arg, int level, const char *line)
{
	(void)level;
	snprintf(arg, 512, "%s", line);
}

static void test_what_is_no_journal_is_kept_aside_too(void **state)
{
	char said[512] = "";

	(void)state;
	assert_true(choose());
	write_text("current.f1j", "somebody's notes");
	log_set_writer(keep_line, said);
	assert_true(choose());
	log_set_writer(NULL, NULL);
	assert_non_null(strstr(said, "is no journal of this f1pd version: kept as "));
	assert_non_null(strstr(said, "001.f1j"));
	assert_false(exists("current.f1j"));
	assert_true(exists("001.f1j"));
	write_text("current.f1j", ""); /* nothing in it: used */
	assert_true(choose());
	assert_true(exists("current.f1j"));
}

static void test_a_torn_tail_is_no_reason_to_leave_it(void **state)
{
	FILE *f;

	(void)state;
	assert_true(choose());
	WRITE(RUN, F1P_STATUS_STARTED);
	f = fopen(out, "ab");
	assert_non_null(f);
	fwrite("\x40\0\0\0torn", 1, 8, f);
	fclose(f);
	assert_true(choose());
	assert_true(exists("current.f1j"));
	WRITE(RUN, F1P_STATUS_ENDS); /* opening cuts the tail */
	assert_true(choose());
	assert_true(exists("001.f1j"));
}

static void test_a_long_journal_is_read_to_its_end(void **state)
{
	static int many[60001];

	(void)state;
	assert_true(choose());
	for (int i = 0; i < 60000; i++)
		many[i] = F1P_STATUS_STARTED;
	many[59999] = F1P_STATUS_ENDS; /* several read-ahead blocks away */
	write_journal(RUN, many);
	assert_true(choose());
	assert_true(exists("001.f1j"));
}

static void test_the_oldest_go_the_newest_number_counts(void **state)
{
	(void)state;
	assert_true(choose());
	for (int i = 1; i <= 7; i++) {
		char name[16];
		snprintf(name, sizeof(name), "%03d.f1j", i);
		write_text(name, "old");
	}
	write_text("notes.txt", "mine");
	write_text("003.f1j.bak", "mine");
	write_text("3a.f1j", "mine");
	WRITE(RUN, F1P_STATUS_ENDS);
	assert_true(choose());
	assert_true(exists("008.f1j"));
	assert_true(exists("004.f1j") && exists("007.f1j"));
	assert_false(exists("003.f1j"));
	assert_false(exists("001.f1j"));
	assert_true(exists("notes.txt") && exists("003.f1j.bak") && exists("3a.f1j"));
	unlink(in_dir("005.f1j")); /* a gap is not filled: the order of numbers is that of time */
	WRITE(RUN, F1P_STATUS_ENDS);
	assert_true(choose());
	assert_true(exists("009.f1j"));
	assert_false(exists("005.f1j"));
}

static void test_what_cannot_be_used_is_said(void **state)
{
	static char longest[5000];

	(void)state;
	memset(longest, 'x', sizeof(longest) - 1);
	err[0] = '\0';
	assert_false(journal_path_choose(longest, dir, RUN, KEEP, out, sizeof(out), err, sizeof(err)));
	assert_non_null(strstr(err, "too long"));
	err[0] = '\0';
	assert_false(journal_path_aside("no/such/folder", KEEP, out, sizeof(out), err, sizeof(err)));
	assert_non_null(strstr(err, "no/such/folder"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, temp_folder_remove)

static void test_a_journal_that_another_daemon_writes_is_left_alone(void **state)
{
	struct journal *theirs;
	(void)state;

	assert_true(journal_path_choose(NULL, dir, RUN, KEEP, out, sizeof(out), err, sizeof(err)));
	assert_int_equal(journal_open(&theirs, out, RUN, ignore_event, NULL, err, sizeof(err)), F1P_OK);
	assert_false(journal_path_choose(NULL, dir, RUN + 1, KEEP, out, sizeof(out), err, sizeof(err)));
	assert_non_null(strstr(err, "another f1pd is writing it"));
	assert_false(journal_path_choose(NULL, dir, RUN, KEEP, out, sizeof(out), err, sizeof(err)));
	journal_close(theirs);
	assert_true(journal_path_choose(NULL, dir, RUN, KEEP, out, sizeof(out), err, sizeof(err)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_given_path_is_taken_as_it_is),
		TEST(test_nothing_is_there_yet),
		TEST(test_a_race_in_progress_goes_on),
		TEST(test_final_timing_is_not_the_end_yet),
		TEST(test_a_race_that_is_over_is_set_aside),
		TEST(test_what_follows_the_end_goes_on),
		TEST(test_another_run_is_set_aside),
		TEST(test_what_is_no_journal_is_kept_aside_too),
		TEST(test_a_torn_tail_is_no_reason_to_leave_it),
		TEST(test_a_long_journal_is_read_to_its_end),
		TEST(test_the_oldest_go_the_newest_number_counts),
		TEST(test_what_cannot_be_used_is_said),
		TEST(test_a_journal_that_another_daemon_writes_is_left_alone),
	};
	return cmocka_run_group_tests_name("journal_path", tests, NULL, NULL);
}

/*
 * history_faults_test.c - the store in trouble: damaged files, files of others, full disks, locks, and a death in mid-write.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "history/history_fixture.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define PUT 50 /* laps of one put */

static void put_race(struct fixture *f, int32_t race_id)
{
	struct f1p_hist_lap laps[PUT];

	for (int32_t i = 0; i < PUT; i++)
		laps[i] = fixture_lap(race_id, i + 1, "alpha");
	fixture_put(f, laps, PUT);
}

static int32_t nth_race(int n)
{
	return (1950 + n / 99) * 100 + n % 99 + 1;
}

/* Changes the file behind the store's back. */
static void run_sql(const char *path, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void overwrite(const char *path, long at, const void *bytes, size_t n)
{
	FILE *file = fopen(path, at ? "r+b" : "wb");

	assert_non_null(file);
	assert_int_equal(fseek(file, at, SEEK_SET), 0);
	assert_int_equal(fwrite(bytes, 1, n, file), n);
	assert_int_equal(fclose(file), 0);
}

static bool exists(const struct fixture *f, const char *suffix)
{
	char path[256];

	snprintf(path, sizeof(path), "%s%s", f->path, suffix);
	return access(path, F_OK) == 0;
}

static void refused(const struct fixture *f, const char *because)
{
	char err[512] = "";

	assert_null(history_open(f->path, err, sizeof(err)));
	if (!strstr(err, because))
		fail_msg("\"%s\" does not say \"%s\"", err, because);
	assert_non_null(strstr(err, f->path));
}

/* ---- damaged files ---- */

static void test_a_file_of_garbage_is_moved_aside(void **state)
{
	struct fixture f;
	char garbage[5000];

	(void)state;
	fixture_begin(&f);
	memset(garbage, 'x', sizeof(garbage));
	for (int n = 1; n <= 2; n++) {
		overwrite(f.path, 0, garbage, sizeof(garbage));
		f.log[0] = '\0';
		fixture_open(&f, f.path);
		assert_non_null(strstr(f.log, n == 1 ? "history.sqlite.corrupt-1;" : "history.sqlite.corrupt-2;"));
		assert_null(strchr(strchr(f.log, '\n') + 1, '\n')); /* one line */
		put_race(&f, 202401);
		fixture_flush(&f);
		assert_int_equal(fixture_count(&f, F1P_HIST_LAP, 0, 0), PUT);
		history_close(f.h);
		f.h = NULL;
	}
	assert_true(exists(&f, ".corrupt-1"));
	assert_true(exists(&f, ".corrupt-2"));
	fixture_end(&f);
}

static void damage_the_middle(const char *path)
{
	char garbage[4096];

	memset(garbage, 0xa5, sizeof(garbage));
	for (long page = 13; page < 40; page++)
		overwrite(path, page * 4096, garbage, sizeof(garbage));
}

static void fill_and_close(struct fixture *f)
{
	fixture_open(f, f->path);
	for (int i = 0; i < 40; i++)
		put_race(f, nth_race(i));
	history_close(f->h);
	f->h = NULL;
}

static void test_damage_met_while_reading_has_a_reason_and_is_put_aside_at_the_next_start(void **state)
{
	struct fixture f;
	struct f1p_history_query q = {.size = sizeof(q), .type = F1P_HIST_LAP};
	char why[512] = "";

	(void)state;
	fixture_begin(&f);
	fill_and_close(&f);
	fixture_open(&f, f.path);
	damage_the_middle(f.path);
	assert_int_equal(history_count(f.h, &q, why, sizeof(why)), -1);
	assert_non_null(strstr(why, "malformed"));
	assert_non_null(strstr(why, f.path));
	history_close(f.h);
	assert_string_equal(f.log, "");
	fixture_open(&f, f.path);
	assert_non_null(strstr(f.log, "corrupt-1"));
	assert_int_equal(fixture_count(&f, F1P_HIST_LAP, 0, 0), 0);
	assert_false(exists(&f, ".check"));
	fixture_end(&f);
}

static void test_after_a_crash_damage_is_looked_for(void **state)
{
	struct fixture f;

	(void)state;
	fixture_begin(&f);
	fill_and_close(&f);
	damage_the_middle(f.path);
	fixture_open(&f, f.path); /* closed well, so nobody looks */
	history_close(f.h);
	assert_string_equal(f.log, "");
	char wal[160];
	snprintf(wal, sizeof(wal), "%s-wal", f.path);
	fclose(fopen(wal, "wb")); /* as a writer that died leaves it */
	fixture_open(&f, f.path);
	assert_non_null(strstr(f.log, "corrupt-1"));
	fixture_end(&f);
}

static bool count_row(void *arg, const struct f1p_history_row *row)
{
	(void)row;
	++*(int32_t *)arg;
	return true;
}

static void test_values_that_cannot_be_are_passed_over(void **state)
{
	struct fixture f;
	struct f1p_history_query q = {.size = sizeof(q), .type = F1P_HIST_LAP};
	int32_t seen = 0;

	(void)state;
	fixture_begin(&f);
	fixture_open(&f, f.path);
	put_race(&f, 202401);
	fixture_flush(&f);
	run_sql(f.path,
		"UPDATE lap SET position = 4000000000 WHERE lap = 3; UPDATE lap SET driver_id = 'a''b' WHERE lap = 4;"
		"UPDATE lap SET driver_id = printf('%0100d', 1) WHERE lap = 5; UPDATE lap SET position = NULL WHERE lap = 6");
	assert_int_equal(history_each(f.h, &q, count_row, &seen, NULL, 0), F1P_OK);
	assert_int_equal(seen, PUT - 3);
	assert_non_null(strstr(f.log, "3 lap rows"));
	fixture_end(&f);
}

static void copy_file(const char *from, const char *to)
{
	char command[400];

	snprintf(command, sizeof(command), "cp '%s' '%s'", from, to);
	assert_int_equal(system(command), 0);
}

/* The log of what was written last, valid in itself, beside a file that is garbage. */
static void test_a_log_beside_a_damaged_file_is_not_read_into_the_new_one(void **state)
{
	struct fixture f;
	char wal[160], kept[160];

	(void)state;
	fixture_begin(&f);
	snprintf(wal, sizeof(wal), "%s-wal", f.path);
	snprintf(kept, sizeof(kept), "%s/kept", f.dir);
	fixture_open(&f, f.path);
	for (int i = 0; i < 40; i++)
		put_race(&f, nth_race(i));
	fixture_flush(&f);
	copy_file(wal, kept);
	history_close(f.h);
	damage_the_middle(f.path);
	copy_file(kept, wal);
	fixture_open(&f, f.path);
	int64_t n = fixture_count(&f, F1P_HIST_LAP, 0, 0);
	assert_true(strstr(f.log, "corrupt-1") ? n == 0 : n == 40 * PUT); /* set aside, or healed by the log */
	put_race(&f, nth_race(50));
	fixture_flush(&f);
	assert_int_equal(fixture_count(&f, F1P_HIST_LAP, 0, 0), n + PUT);
	fixture_end(&f);
}

/* ---- files that are not ours ---- */

static void test_a_file_of_a_newer_f1pd_is_refused_and_kept(void **state)
{
	struct fixture f;

	(void)state;
	fixture_begin(&f);
	fixture_open(&f, f.path);
	put_race(&f, 202401);
	history_close(f.h);
	f.h = NULL;
	run_sql(f.path, "PRAGMA user_version = 9");
	refused(&f, "newer f1pd (schema 9");
	run_sql(f.path, "PRAGMA user_version = 1");
	fixture_open(&f, f.path);
	assert_int_equal(fixture_count(&f, F1P_HIST_LAP, 0, 0), PUT);
	fixture_end(&f);
}

static void test_another_programs_database_is_not_touched(void **state)
{
	struct fixture f;

	(void)state;
	fixture_begin(&f);
	run_sql(f.path, "CREATE TABLE lap (mine TEXT); INSERT INTO lap VALUES ('precious')");
	refused(&f, "another program's database");
	run_sql(f.path, "INSERT INTO lap (mine) SELECT mine FROM lap");
	assert_false(exists(&f, ".corrupt-1"));
	fixture_end(&f);
}

static void test_a_table_of_another_shape_is_refused(void **state)
{
	struct fixture f;

	(void)state;
	fixture_begin(&f);
	fixture_open(&f, f.path);
	history_close(f.h);
	f.h = NULL;
	run_sql(f.path, "ALTER TABLE stop DROP COLUMN lane_ms");
	refused(&f, "table stop does not fit");
	fixture_end(&f);
}

static void test_a_folder_that_is_missing_is_named(void **state)
{
	struct fixture f;

	(void)state;
	fixture_begin(&f);
	assert_int_equal(rmdir(f.dir), 0);
	refused(&f, "unable to open");
	assert_int_equal(mkdir(f.dir, 0700), 0);
	assert_int_equal(mkdir(f.path, 0700), 0); /* a folder where the file should be */
	refused(&f, "unable to open");
	fixture_end(&f);
}

/* In a child without privileges: root may write everywhere. */
static void test_a_folder_that_cannot_be_written_is_named(void **state)
{
	struct fixture f;
	int status;

	(void)state;
	fixture_begin(&f);
	assert_int_equal(chmod(f.dir, 0555), 0);
	pid_t child = fork();
	if (child == 0) {
		char err[512] = "";
		if (geteuid() == 0 && setuid(65534) != 0)
			_exit(2);
		struct history *h = history_open(f.path, err, sizeof(err));
		_exit(h || !strstr(err, f.path));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	fixture_end(&f);
}

/* ---- writing in trouble ---- */

static void test_a_full_disk_loses_nothing(void **state)
{
	struct fixture f;
	struct rlimit old, small;
	char why[512] = "";

	(void)state;
	fixture_begin(&f);
	fixture_open(&f, f.path);
	put_race(&f, 202401);
	fixture_flush(&f);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = (struct rlimit){4096, old.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	put_race(&f, 202402);
	assert_int_equal(history_flush(f.h, why, sizeof(why)), F1P_EIO);
	assert_non_null(strstr(why, f.path));
	assert_int_equal(fixture_count(&f, F1P_HIST_LAP, 0, 0), PUT); /* the old ones can be read */
	put_race(&f, 202403);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	fixture_flush(&f);
	assert_int_equal(fixture_count(&f, F1P_HIST_LAP, 0, 0), 3 * PUT);
	assert_non_null(strstr(f.log, "is kept and tried again"));
	assert_non_null(strstr(f.log, "written again"));
	fixture_end(&f);
}

static void test_what_cannot_be_written_at_the_end_is_said(void **state)
{
	struct fixture f;
	struct rlimit old, small;

	(void)state;
	fixture_begin(&f);
	fixture_open(&f, f.path);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = (struct rlimit){0, old.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	put_race(&f, 202401);
	history_close(f.h);
	f.h = NULL;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_non_null(strstr(f.log, "50 rows could not be written and are lost"));
	fixture_end(&f);
}

static void test_the_queue_has_an_end_while_another_process_holds_the_file(void **state)
{
	struct fixture f;
	sqlite3 *other;
	uint32_t n = 60000;
	struct f1p_hist_lap *laps = calloc(n, sizeof(*laps));
	f1p_status status = F1P_OK;
	int puts = 0;

	(void)state;
	fixture_begin(&f);
	fixture_open(&f, f.path);
	assert_int_equal(sqlite3_open(f.path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	for (uint32_t i = 0; i < n; i++)
		laps[i] = fixture_lap(nth_race((int)i / 300), (int32_t)i % 300 + 1, "alpha");
	while (puts < 100 && (status = history_put(f.h, &laps[0].row, n, NULL, 0)) == F1P_OK)
		puts++;
	assert_int_equal(status, F1P_AGAIN);
	assert_in_range(puts, 10, (64u << 20) / (n * sizeof(*laps)));
	assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(other);
	fixture_flush(&f);
	assert_int_equal(fixture_count(&f, F1P_HIST_LAP, 0, 0), n);
	fixture_end(&f);
	free(laps);
}

/* ---- a death in mid-write ---- */

static void write_until_killed(const char *path)
{
	char err[512];
	struct history *h = history_open(path, err, sizeof(err));

	for (int i = 0; h && i < 2000; i++) {
		struct f1p_hist_lap laps[PUT];
		for (int32_t k = 0; k < PUT; k++)
			laps[k] = fixture_lap(nth_race(i), k + 1, "alpha");
		if (history_put(h, &laps[0].row, PUT, NULL, 0) != F1P_OK)
			break;
	}
	history_flush(h, NULL, 0);
	_exit(0);
}

static void test_after_a_kill_every_put_is_there_whole_or_not_at_all(void **state)
{
	struct fixture f;
	struct f1p_hist_lap one = fixture_lap(202401, 1, "alpha");
	int torn = 0, whole = 0, status;

	(void)state;
	fixture_begin(&f);
	for (unsigned round = 0; round < 6; round++) {
		pid_t child = fork();
		if (child == 0)
			write_until_killed(f.path);
		usleep(15000 + 20000 * round); /* any moment will do: what is asserted holds at all of them */
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, &status, 0), child);
		fixture_open(&f, f.path);
		for (int i = 0; i < 2000; i++) {
			int64_t n = fixture_count(&f, F1P_HIST_LAP, nth_race(i), nth_race(i));
			torn += n != 0 && n != PUT;
			whole += n == PUT;
		}
		one.lap = (int32_t)round + 1;
		fixture_put(&f, &one, 1);
		history_close(f.h);
		f.h = NULL;
	}
	assert_int_equal(torn, 0);
	assert_true(whole > 0);
	assert_string_equal(f.log, ""); /* nothing was found damaged */
	fixture_open(&f, f.path);
	assert_int_equal(fixture_count(&f, F1P_HIST_LAP, 202401, 202401), 6);
	fixture_end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		/* first: it forks, which wants a process with one thread */
		cmocka_unit_test(test_after_a_kill_every_put_is_there_whole_or_not_at_all),
		cmocka_unit_test(test_a_folder_that_cannot_be_written_is_named),
		cmocka_unit_test(test_a_file_of_garbage_is_moved_aside),
		cmocka_unit_test(test_damage_met_while_reading_has_a_reason_and_is_put_aside_at_the_next_start),
		cmocka_unit_test(test_after_a_crash_damage_is_looked_for),
		cmocka_unit_test(test_a_log_beside_a_damaged_file_is_not_read_into_the_new_one),
		cmocka_unit_test(test_values_that_cannot_be_are_passed_over),
		cmocka_unit_test(test_a_file_of_a_newer_f1pd_is_refused_and_kept),
		cmocka_unit_test(test_another_programs_database_is_not_touched),
		cmocka_unit_test(test_a_table_of_another_shape_is_refused),
		cmocka_unit_test(test_a_folder_that_is_missing_is_named),
		cmocka_unit_test(test_a_full_disk_loses_nothing),
		cmocka_unit_test(test_what_cannot_be_written_at_the_end_is_said),
		cmocka_unit_test(test_the_queue_has_an_end_while_another_process_holds_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

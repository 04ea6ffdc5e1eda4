/*
 * journal_test.c - append, recovery after every possible cut, kill -9, full disk, wrong and locked files.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "journal/journal.h"
#include <errno.h>
#include <fcntl.h>
#include <helpers/journal_format.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define IDENTITY UINT64_C(0xf1)

struct file {
	char dir[64];
	char path[96];
};

static int setup(void **state)
{
	struct file *f = calloc(1, sizeof(*f));
	const char *base = getenv("TMPDIR");

	snprintf(f->dir, sizeof(f->dir), "%.40s/f1pd-journal-XXXXXX", base ? base : "/tmp");
	if (!mkdtemp(f->dir)) {
		free(f);
		return -1;
	}
	snprintf(f->path, sizeof(f->path), "%s/journal", f->dir);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct file *f = *state;

	unlink(f->path);
	rmdir(f->dir);
	free(f);
	return 0;
}

/* Event n: sizes differ, contents tell the number. */
static struct f1p_event *event_of(uint64_t n)
{
	static union {
		struct f1p_event h;
		uint8_t bytes[F1P_EVENT_MAX];
	} e;
	uint32_t size = 48 + (uint32_t)(n % 7) * 8;

	memset(&e, 0, sizeof(e.h));
	memset(e.bytes + sizeof(e.h), (int)(n & 0xff), size - sizeof(e.h));
	e.h.size = size;
	e.h.type = F1P_EV_HEARTBEAT;
	e.h.source_id = 1;
	e.h.source_seq = n;
	e.h.t_event_ns = (int64_t)n * 1000;
	return &e.h;
}

struct folded {
	uint64_t count;
	bool wrong;
};

static void fold(void *arg, const struct f1p_event *ev)
{
	struct folded *f = arg;
	const struct f1p_event *want = event_of(++f->count);

	f->wrong = f->wrong || ev->seq != f->count || ev->source_seq != f->count || ev->size != want->size ||
		   memcmp(ev + 1, want + 1, ev->size - sizeof(*ev)) != 0;
}

static struct journal *open_good(const char *path, struct folded *folded)
{
	struct journal *j = NULL;
	char err[256] = "";
	f1p_status status = journal_open(&j, path, IDENTITY, fold, folded, err, sizeof(err));

	if (status != F1P_OK) {
		fail_msg("%s", err);
	}
	assert_false(folded->wrong);
	assert_int_equal(journal_seq(j), folded->count);
	return j;
}

static void append(struct journal *j, uint64_t from, uint64_t to)
{
	for (uint64_t n = from; n <= to; n++) {
		assert_int_equal(journal_append(j, event_of(n)), F1P_OK);
		assert_int_equal(journal_seq(j), n);
	}
}

static uint64_t size_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return (uint64_t)st.st_size;
}

static void write_journal(const char *path, uint64_t events)
{
	struct folded none = {0};
	struct journal *j = open_good(path, &none);

	append(j, 1, events);
	journal_close(j);
}

static uint8_t *slurp(const char *path, size_t *n)
{
	FILE *in = fopen(path, "rb");
	uint8_t *bytes;

	assert_non_null(in);
	*n = (size_t)size_of(path);
	bytes = malloc(*n);
	assert_int_equal(fread(bytes, 1, *n, in), *n);
	fclose(in);
	return bytes;
}

static void spill(const char *path, const uint8_t *bytes, size_t n)
{
	FILE *out = fopen(path, "wb");

	assert_non_null(out);
	assert_int_equal(fwrite(bytes, 1, n, out), n);
	assert_int_equal(fclose(out), 0);
}

static void events_come_back_in_order(void **state)
{
	struct file *f = *state;
	struct folded folded = {0};
	struct journal *j;

	write_journal(f->path, 20000); /* many blocks */
	j = open_good(f->path, &folded);
	assert_int_equal(folded.count, 20000);
	assert_int_equal(journal_cut_bytes(j), 0);
	assert_int_equal(journal_bytes(j), size_of(f->path));
	append(j, 20001, 20010);
	assert_int_equal(journal_flush(j), F1P_OK);
	assert_int_equal(journal_bytes(j), size_of(f->path));
	journal_close(j);
	folded = (struct folded){0};
	journal_close(open_good(f->path, &folded));
	assert_int_equal(folded.count, 20010);
}

static void flushed_events_survive_without_close(void **state)
{
	struct file *f = *state;
	struct folded none = {0};
	struct journal *j = open_good(f->path, &none);
	size_t n;
	uint8_t *bytes;
	char copy[128];
	struct folded folded = {0};

	append(j, 1, 10);
	assert_int_equal(size_of(f->path), F1P_JOURNAL_HEADER); /* still in the buffer */
	assert_int_equal(journal_flush(j), F1P_OK);
	bytes = slurp(f->path, &n);
	snprintf(copy, sizeof(copy), "%s.copy", f->path);
	spill(copy, bytes, n);
	journal_close(open_good(copy, &folded));
	assert_int_equal(folded.count, 10);
	unlink(copy);
	free(bytes);
	journal_close(j);
}

/* Offsets at which the records of the file end. */
static size_t record_ends(const uint8_t *bytes, size_t n, size_t *ends, size_t room)
{
	size_t at = F1P_JOURNAL_HEADER;
	size_t count = 0;

	while (at < n && count < room) {
		const uint8_t *event;
		size_t size;
		size_t used;

		assert_int_equal(f1p_journal_record_read(bytes + at, n - at, &event, &size, &used), F1P_OK);
		at += used;
		ends[count++] = at;
	}
	return count;
}

static void expect_recovery(const char *path, uint64_t events, uint64_t cut_bytes, uint64_t size)
{
	struct folded folded = {0};
	struct journal *j = open_good(path, &folded);

	assert_int_equal(folded.count, events);
	assert_int_equal(journal_cut_bytes(j), cut_bytes);
	assert_int_equal(size_of(path), size);
	journal_close(j);
}

static void cut_at_every_byte_keeps_all_whole_records(void **state)
{
	struct file *f = *state;
	size_t ends[16];
	size_t n;
	size_t count;
	uint8_t *bytes;

	write_journal(f->path, 9);
	bytes = slurp(f->path, &n);
	count = record_ends(bytes, n, ends, 16);
	assert_int_equal(count, 9);
	for (size_t cut = 0; cut <= n; cut++) {
		uint64_t whole = 0;
		size_t end = cut < F1P_JOURNAL_HEADER ? 0 : F1P_JOURNAL_HEADER;

		while (whole < count && ends[whole] <= cut) {
			end = ends[whole++];
		}
		spill(f->path, bytes, cut);
		expect_recovery(f->path, whole, cut - end, end ? end : F1P_JOURNAL_HEADER);
	}
	free(bytes);
}

static void any_flipped_byte_cuts_there_and_loses_nothing_before(void **state)
{
	struct file *f = *state;
	size_t ends[16];
	size_t n;
	size_t count;
	uint8_t *bytes;

	write_journal(f->path, 6);
	bytes = slurp(f->path, &n);
	count = record_ends(bytes, n, ends, 16);
	for (size_t at = F1P_JOURNAL_HEADER; at < n; at++) {
		uint64_t whole = 0;
		size_t end = F1P_JOURNAL_HEADER;

		while (whole < count && ends[whole] <= at) {
			end = ends[whole++];
		}
		bytes[at] ^= 0x20;
		spill(f->path, bytes, n);
		bytes[at] ^= 0x20;
		expect_recovery(f->path, whole, n - end, end);
	}
	free(bytes);
}

static void a_gap_in_the_numbers_ends_the_journal(void **state)
{
	struct file *f = *state;
	size_t ends[16];
	size_t n;
	uint8_t *bytes;

	write_journal(f->path, 5);
	bytes = slurp(f->path, &n);
	record_ends(bytes, n, ends, 16);
	memmove(bytes + ends[1], bytes + ends[2], n - ends[2]); /* event 3 is missing */
	spill(f->path, bytes, n - (ends[2] - ends[1]));
	expect_recovery(f->path, 2, n - ends[2], ends[1]);
	free(bytes);
}

static void appends_after_a_cut_continue_the_numbers(void **state)
{
	struct file *f = *state;
	struct folded folded = {0};
	struct journal *j;

	write_journal(f->path, 8);
	assert_int_equal(truncate(f->path, (off_t)size_of(f->path) - 3), 0);
	j = open_good(f->path, &folded);
	assert_int_equal(folded.count, 7);
	append(j, 8, 12);
	journal_close(j);
	folded = (struct folded){0};
	journal_close(open_good(f->path, &folded));
	assert_int_equal(folded.count, 12);
}

/* The file must be refused with a line that names it, and stay as it is. */
static void expect_refusal(const char *path, uint64_t identity, f1p_status status, const char *word)
{
	struct folded folded = {0};
	struct journal *j = NULL;
	char err[256] = "";

	assert_int_equal(journal_open(&j, path, identity, fold, &folded, err, sizeof(err)), status);
	assert_null(j);
	assert_non_null(strstr(err, path));
	assert_non_null(strstr(err, word));
	assert_null(strchr(err, '\n'));
	assert_int_equal(folded.count, 0);
}

static void foreign_files_are_refused_untouched(void **state)
{
	struct file *f = *state;
	size_t n;
	uint8_t *bytes;

	write_journal(f->path, 3);
	n = (size_t)size_of(f->path);
	expect_refusal(f->path, IDENTITY + 1, F1P_EINVAL, "other sources");
	assert_int_equal(size_of(f->path), n);
	spill(f->path, (const uint8_t *)"my shopping list", 16);
	expect_refusal(f->path, IDENTITY, F1P_EINVAL, "no journal");
	bytes = slurp(f->path, &n);
	assert_memory_equal(bytes, "my shopping list", 16);
	free(bytes);
	expect_refusal(f->dir, IDENTITY, F1P_EIO, "cannot open");
	expect_refusal("/dev/null", IDENTITY, F1P_EINVAL, "regular file");
	expect_refusal("/nonexistent/journal", IDENTITY, F1P_EIO, "No such file");
}

static void a_second_daemon_is_told(void **state)
{
	struct file *f = *state;
	struct folded folded = {0};
	struct journal *j = open_good(f->path, &folded);

	append(j, 1, 3);
	journal_flush(j);
	expect_refusal(f->path, IDENTITY, F1P_EIO, "another f1pd");
	journal_close(j);
	expect_recovery(f->path, 3, 0, size_of(f->path));
}

static void numbers_without_a_file(void **state)
{
	struct journal *j;

	(void)state;
	assert_int_equal(journal_open_null(&j), F1P_OK);
	append(j, 1, 1000);
	assert_true(journal_bytes(j) > 1000 * 56);
	assert_int_equal(journal_flush(j), F1P_OK);
	assert_string_equal(journal_error(j), "");
	journal_close(j);
	journal_close(NULL);
}

static void events_of_a_wrong_size_are_refused(void **state)
{
	struct journal *j;
	struct f1p_event e = {.size = 52};

	(void)state;
	assert_int_equal(journal_open_null(&j), F1P_OK);
	assert_int_equal(journal_append(j, &e), F1P_EINVAL);
	e.size = 0;
	assert_int_equal(journal_append(j, &e), F1P_EINVAL);
	assert_int_equal(journal_seq(j), 0);
	journal_close(j);
}

/* The file-size limit plays the full disk; the child keeps it to itself. */
static int run_on_full_disk(const char *path)
{
	struct rlimit limit = {100000, RLIM_INFINITY};
	struct folded folded = {0};
	struct journal *j = NULL;
	char err[256];
	uint64_t n = 0;

	signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &limit) != 0 || journal_open(&j, path, IDENTITY, fold, &folded, err, sizeof(err)) != F1P_OK) {
		return 1;
	}
	while (n < 20000) { /* about 1.6 MB */
		journal_append(j, event_of(++n));
		if (journal_seq(j) != n) {
			return 2;
		}
	}
	if (journal_flush(j) != F1P_EIO || !strstr(journal_error(j), path) || journal_append(j, event_of(++n)) != F1P_EIO) {
		return 3;
	}
	limit.rlim_cur = RLIM_INFINITY; /* room again */
	if (setrlimit(RLIMIT_FSIZE, &limit) != 0 || journal_flush(j) != F1P_OK || journal_error(j)[0]) {
		return 4;
	}
	if (journal_append(j, event_of(++n)) != F1P_OK) {
		return 5;
	}
	journal_close(j);
	return 0;
}

static void full_disk_loses_nothing_once_there_is_room(void **state)
{
	struct file *f = *state;
	struct folded folded = {0};
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		_exit(run_on_full_disk(f->path));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	journal_close(open_good(f->path, &folded));
	assert_int_equal(folded.count, 20002);
}

/* Nobody frees space: after 64 MiB the journal stops, and what it holds is whole. */
static int fill_memory(const char *path)
{
	struct rlimit limit = {100000, RLIM_INFINITY};
	struct folded folded = {0};
	struct journal *j = NULL;
	char err[256];
	uint64_t n = 0;

	signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &limit) != 0 || journal_open(&j, path, IDENTITY, fold, &folded, err, sizeof(err)) != F1P_OK) {
		return 1;
	}
	while (!strstr(journal_error(j), "not recorded")) {
		if (++n > 2000000) {
			return 2;
		}
		journal_append(j, event_of(n));
	}
	limit.rlim_cur = RLIM_INFINITY;
	setrlimit(RLIMIT_FSIZE, &limit);
	journal_append(j, event_of(++n));
	if (journal_seq(j) != n || journal_flush(j) != F1P_EIO || !strstr(journal_error(j), "not recorded")) {
		return 3;
	}
	journal_close(j);
	return 0;
}

static void journal_stops_whole_when_memory_is_full_too(void **state)
{
	struct file *f = *state;
	struct folded folded = {0};
	pid_t pid = fork();
	struct journal *j;
	int status;

	if (pid == 0) {
		_exit(fill_memory(f->path));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	j = open_good(f->path, &folded);
	assert_true(folded.count > 500000);
	assert_int_equal(journal_cut_bytes(j), 0);
	journal_close(j);
}

/* Appends for ever; after each flush tells the parent the last number that must survive. */
static void append_until_killed(const char *path, int report)
{
	struct folded folded = {0};
	struct journal *j = NULL;
	char err[256];
	uint64_t n;

	if (journal_open(&j, path, IDENTITY, fold, &folded, err, sizeof(err)) != F1P_OK || folded.wrong) {
		_exit(1);
	}
	for (n = folded.count + 1;; n++) {
		if (journal_append(j, event_of(n)) != F1P_OK) {
			_exit(2);
		}
		if (n % 37 == 0 && (journal_flush(j) != F1P_OK || write(report, &n, sizeof(n)) != (ssize_t)sizeof(n))) {
			_exit(3);
		}
	}
}

/* The last number reported before the child died. */
static uint64_t kill_after(const char *path, unsigned microseconds)
{
	int ends[2];
	uint64_t last = 0;
	uint64_t n;
	pid_t pid;
	int status;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		append_until_killed(path, ends[1]);
	}
	close(ends[1]);
	assert_int_equal(read(ends[0], &last, sizeof(last)), sizeof(last)); /* it runs */
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	usleep(microseconds);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	while (read(ends[0], &n, sizeof(n)) == (ssize_t)sizeof(n)) {
		last = n;
	}
	close(ends[0]);
	return last;
}

static void kill_at_any_moment_loses_no_flushed_event(void **state)
{
	struct file *f = *state;
	uint64_t before = 0;

	for (unsigned round = 0; round < 25; round++) {
		uint64_t told = kill_after(f->path, 200 + round * 331 % 5000);
		struct folded folded = {0};

		journal_close(open_good(f->path, &folded));
		assert_true(folded.count >= told);
		assert_true(folded.count >= before);
		before = folded.count;
	}
	assert_true(before > 25 * 37);
}

static void the_numbers_go_on_in_the_next_file(void **state)
{
	struct file *f = *state;
	struct folded first = {0}, second = {.count = 3}, none = {0};
	char aside[128], err[256] = "";
	struct journal *j = open_good(f->path, &none);

	snprintf(aside, sizeof(aside), "%s/001.f1j", f->dir);
	append(j, 1, 3);
	assert_int_equal(journal_rotate(j, aside, IDENTITY, err, sizeof(err)), F1P_OK);
	append(j, 4, 6);
	journal_close(j);
	journal_close(open_good(aside, &first));
	assert_int_equal(first.count, 3);
	j = open_good(f->path, &second);
	assert_int_equal(second.count, 6);
	append(j, 7, 8);
	journal_close(j);
	unlink(aside);
}

static void a_page_that_cannot_be_turned_goes_on(void **state)
{
	struct file *f = *state;
	struct folded none = {0}, all = {0};
	char aside[128], err[256] = "";
	struct journal *j = open_good(f->path, &none);

	snprintf(aside, sizeof(aside), "%s/missing/001.f1j", f->dir);
	append(j, 1, 3);
	assert_int_equal(journal_rotate(j, aside, IDENTITY, err, sizeof(err)), F1P_EIO);
	assert_non_null(strstr(err, "cannot become"));
	append(j, 4, 6);
	journal_close(j);
	journal_close(open_good(f->path, &all));
	assert_int_equal(all.count, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(events_come_back_in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(flushed_events_survive_without_close, setup, teardown),
		cmocka_unit_test_setup_teardown(cut_at_every_byte_keeps_all_whole_records, setup, teardown),
		cmocka_unit_test_setup_teardown(any_flipped_byte_cuts_there_and_loses_nothing_before, setup, teardown),
		cmocka_unit_test_setup_teardown(a_gap_in_the_numbers_ends_the_journal, setup, teardown),
		cmocka_unit_test_setup_teardown(appends_after_a_cut_continue_the_numbers, setup, teardown),
		cmocka_unit_test_setup_teardown(foreign_files_are_refused_untouched, setup, teardown),
		cmocka_unit_test_setup_teardown(a_second_daemon_is_told, setup, teardown),
		cmocka_unit_test_setup_teardown(the_numbers_go_on_in_the_next_file, setup, teardown),
		cmocka_unit_test_setup_teardown(a_page_that_cannot_be_turned_goes_on, setup, teardown),
		cmocka_unit_test_setup_teardown(numbers_without_a_file, setup, teardown),
		cmocka_unit_test_setup_teardown(events_of_a_wrong_size_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(full_disk_loses_nothing_once_there_is_room, setup, teardown),
		cmocka_unit_test_setup_teardown(journal_stops_whole_when_memory_is_full_too, setup, teardown),
		cmocka_unit_test_setup_teardown(kill_at_any_moment_loses_no_flushed_event, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

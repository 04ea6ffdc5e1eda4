/*
 * history_real_test.c - the whole CSV set of real seasons goes in without an error: as many rows as the files have lines.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "history/history_csv.h"
#include "history/history_fixture.h"

#include <f1pd/event.h>

static const char *set_dir(void)
{
	static char dir[4096];
	const char *shared = getenv("F1PD_SHARED");

	snprintf(dir, sizeof(dir), "%s/history", shared ? shared : "");
	return dir;
}

static unsigned long lines_behind_the_header(const char *name)
{
	char path[4200];
	unsigned long n = 0;
	int c;

	snprintf(path, sizeof(path), "%s/%s", set_dir(), name);
	FILE *f = fopen(path, "rb");
	if (!f)
		return 0;
	while ((c = getc(f)) != EOF)
		n += c == '\n';
	fclose(f);
	return n - 1;
}

static void show(void *arg, const char *line)
{
	(void)arg;
	print_message("%s\n", line);
}

struct sums {
	int64_t winners, wet;
};

static bool add_result(void *arg, const struct f1p_history_row *row)
{
	const struct f1p_hist_result *r = (const void *)row;

	((struct sums *)arg)->winners += r->session == F1P_HIST_MAIN && r->position == 1 && r->classified == F1P_YES;
	return true;
}

static bool add_race(void *arg, const struct f1p_history_row *row)
{
	((struct sums *)arg)->wet += ((const struct f1p_hist_race *)(const void *)row)->wet == F1P_YES;
	return true;
}

static void test_the_whole_set_goes_in(void **state)
{
	struct fixture f;
	struct history_csv_report report;
	struct sums sums = {0};
	char why[512] = "";
	unsigned long in_table[F1P_HIST_TYPES] = {0};

	(void)state;
	fixture_begin(&f);
	fixture_open(&f, f.path);
	if (history_csv_import(f.h, set_dir(), show, NULL, &report, why, sizeof(why)) != F1P_OK)
		fail_msg("%s", why);
	assert_int_equal(report.errors, 0);
	for (size_t i = 0; i < HISTORY_CSV_FILES; i++) {
		const struct history_csv_file *file = &report.files[i];
		if (file->rows + file->no_key != lines_behind_the_header(file->name))
			fail_msg("%s: %lu rows and %lu without a key of %lu lines", file->name, file->rows, file->no_key,
				lines_behind_the_header(file->name));
		if (file->type)
			in_table[file->type] += file->rows;
	}
	for (uint32_t type = 1; type < F1P_HIST_TYPES; type++)
		assert_int_equal(fixture_count(&f, type, 0, 0), in_table[type]);
	struct f1p_history_query q = {.size = sizeof(q), .type = F1P_HIST_RESULT};
	assert_int_equal(history_each(f.h, &q, add_result, &sums, NULL, 0), F1P_OK);
	q.type = F1P_HIST_RACE;
	assert_int_equal(history_each(f.h, &q, add_race, &sums, NULL, 0), F1P_OK);
	assert_true(sums.winners > 0 && sums.winners <= (int64_t)in_table[F1P_HIST_RACE]);
	assert_true(sums.wet > 0 && sums.wet < sums.winners);
	fixture_end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_the_whole_set_goes_in)};

	if (access(set_dir(), R_OK) != 0) {
		puts("SKIPPED: F1PD_SHARED names no folder with history");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}

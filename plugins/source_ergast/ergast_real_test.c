/*
 * ergast_real_test.c - real answers of the service, where they are at hand: every row is read, and the store would take it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *sample_path(const char *name)
{
	static char path[4096];
	const char *shared = getenv("F1PD_SHARED");

	snprintf(path, sizeof(path), "%s/reference/samples/jolpica/%s", shared ? shared : "", name);
	return path;
}

static void read_sample(const char *name, struct want want, struct page *page, struct rows *rows, struct calendar *calendar)
{
	char *body = malloc(1 << 20), why[300] = "";
	FILE *f = fopen(sample_path(name), "rb");

	assert_non_null(f);
	size_t n = fread(body, 1, 1 << 20, f);
	fclose(f);
	if (!page_read(&want, body, n, page, rows, calendar, why, sizeof(why)))
		fail_msg("%s: %s", name, why);
	free(body);
}

static unsigned rows_of(const struct rows *rows, uint32_t type)
{
	const unsigned char *at = rows->bytes;
	unsigned n = 0;

	for (uint32_t i = 0; i < rows->n; i++) {
		struct f1p_history_row head;
		memcpy(&head, at, sizeof(head));
		n += head.type == type;
		at += head.size;
	}
	return n;
}

static void test_rows(void **state)
{
	static const struct {
		const char *name;
		struct want want;
		uint32_t type;
		int32_t seen, total;
	} samples[] = {
		{"results_2023_9.json", {KIND_RESULTS, 2023, 9}, F1P_HIST_RESULT, 20, 20},
		{"qualifying_2023_13.json", {KIND_QUALIFYING, 2023, 13}, F1P_HIST_QUALIFYING, 20, 20},
		{"laps_2023_1_page1.json", {KIND_LAPS, 2023, 1}, F1P_HIST_LAP, 30, 1055},
		{"laps_2023_18_offset45.json", {KIND_LAPS, 2023, 18}, F1P_HIST_LAP, 30, 1014},
		{"pitstops_2023_1_offset30.json", {KIND_STOPS, 2023, 1}, F1P_HIST_STOP, 20, 50},
		{"driverstandings_2023_22.json", {KIND_DRIVER_STANDINGS, 2023, 22}, F1P_HIST_STANDING, 22, 22},
		{"constructorstandings_2023_22.json", {KIND_CONSTRUCTOR_STANDINGS, 2023, 22}, F1P_HIST_STANDING, 10, 10},
		{"sprint_empty_2023_3.json", {KIND_SPRINT, 2023, 3}, F1P_HIST_RESULT, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		struct rows rows = {0};
		struct page page;
		read_sample(samples[i].name, samples[i].want, &page, &rows, NULL);
		assert_int_equal(page.seen, samples[i].seen);
		assert_int_equal(page.total, samples[i].total);
		assert_int_equal(rows_of(&rows, samples[i].type), samples[i].seen);
		rows_clear(&rows);
	}
}

static void test_the_winner(void **state)
{
	struct rows rows = {0};
	struct page page;
	struct f1p_hist_result r;
	struct f1p_hist_name driver;

	(void)state;
	read_sample("results_2023_9.json", (struct want){KIND_RESULTS, 2023, 9}, &page, &rows, NULL);
	memcpy(&driver, rows.bytes, sizeof(driver));
	memcpy(&r, rows.bytes + 2 * sizeof(driver), sizeof(r));
	assert_string_equal(driver.name, "Max Verstappen");
	assert_string_equal(r.driver_id, "max_verstappen");
	assert_string_equal(r.constructor_id, "red_bull");
	assert_int_equal(r.time_ms, 5133607);
	assert_int_equal(r.best_ms, 67012);
	assert_int_equal(r.points_c, 2600);
	assert_int_equal(r.laps, 71);
	rows_clear(&rows);
}

static void test_the_calendar(void **state)
{
	struct calendar *c = calloc(1, sizeof(*c));
	struct page page;

	(void)state;
	read_sample("schedule_2023.json", (struct want){KIND_CALENDAR, 2023, 0}, &page, NULL, c);
	assert_int_equal(c->n, 22);
	assert_int_equal(page.total, 22);
	for (size_t i = 0; i < c->n; i++) {
		assert_int_equal(c->races[i].round, i + 1);
		assert_int_equal(c->races[i].n_plans, 5); /* three practices or a sprint weekend: five sessions either way */
		assert_true(c->races[i].row.circuit_id[0] && c->races[i].row.lat_e4 != F1P_UNKNOWN);
	}
	assert_int_equal(c->races[0].t_race_ns, INT64_C(1678028400000000000));
	free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_the_winner),
		cmocka_unit_test(test_the_calendar),
	};

	if (access(sample_path(""), R_OK) != 0) {
		puts("SKIPPED: F1PD_SHARED names no folder with samples of the service");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * lap_fold_real_test.c - every race of the real seasons, folded lap by lap, ends in the order of its last laps; on the way each place is
 * held once, and laps, stops and tyres are those of the rows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "backtest/lap_fold.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct sums {
	int races, cars, wrong_places, wrong_laps, laps, wrong_gaps, wrong_tyres, early;
};

static const char *set_dir(void)
{
	static char dir[4096];
	const char *shared = getenv("F1PD_SHARED");

	snprintf(dir, sizeof(dir), "%s/history", shared ? shared : "");
	return dir;
}

static void check_places(const struct f1p_state *s)
{
	bool taken[F1P_MAX_CARS + 1] = {false};

	for (size_t i = 0; i < s->n_cars; i++) {
		int32_t place = s->cars[i].position;
		assert_true(place >= 1 && place <= s->n_cars && !taken[place]);
		taken[place] = true;
	}
}

static const struct f1p_hist_lap *lap_row(const struct past *p, int32_t race_id, const char *driver_id, int32_t lap)
{
	size_t n;
	const struct f1p_hist_lap *l = past_rows(p, F1P_HIST_LAP, race_id, race_id, &n);

	for (size_t i = 0; i < n; i++)
		if (l[i].lap == lap && strcmp(l[i].driver_id, driver_id) == 0)
			return &l[i];
	return NULL;
}

static void check_end(
	struct sums *sums, const struct past *p, int32_t race_id, const struct f1p_state *s, const struct entry_list *entries)
{
	for (size_t i = 0; i < s->n_cars; i++) {
		const struct f1p_car *car = &s->cars[i];
		const struct entry *e = entry_of_car(entries, car->number);
		const struct f1p_hist_lap *row = car->laps > 0 ? lap_row(p, race_id, e->driver_id, car->laps) : NULL;
		if (!row)
			continue;
		const struct f1p_lap *lap = &car->history[car->laps - 1];
		sums->cars++;
		sums->wrong_laps += lap_row(p, race_id, e->driver_id, car->laps + 1) != NULL;
		sums->wrong_places += lap->position != row->position && row->position != F1P_UNKNOWN;
		sums->wrong_gaps += lap->gap_ms != F1P_UNKNOWN && abs(lap->gap_ms - row->gap_ms) > 1;
		sums->wrong_tyres += row->compound != F1P_TYRE_UNKNOWN && lap->compound != row->compound;
	}
}

/* Nobody has crossed the line later than now. */
static void check_snapshot(struct sums *sums, const struct f1p_state *s)
{
	check_places(s);
	sums->laps++;
	for (size_t i = 0; i < s->n_cars; i++)
		sums->early += s->cars[i].t_line_ns != F1P_UNKNOWN_NS && s->cars[i].t_line_ns > s->t_event_ns;
}

static void fold_race(struct sums *sums, const struct past *p, const struct f1p_hist_race *row)
{
	struct entry_list entries;

	entry_list_read(&entries, p, row->row.race_id);
	struct lap_fold *f = lap_fold_create(p, row, &entries);
	struct race *race = race_create();
	assert_non_null(f);
	assert_non_null(race);
	if (lap_fold_laps(f)) {
		lap_fold_begin(f, race, LAP_FOLD_BEFORE_RACE);
		assert_int_equal(race_state(race)->n_cars, entries.n_started);
		check_places(race_state(race));
		while (lap_fold_next(f, race))
			check_snapshot(sums, race_state(race));
		check_end(sums, p, row->row.race_id, race_state(race), &entries);
		sums->races++;
	}
	race_destroy(race);
	lap_fold_destroy(f);
}

static void test_all_races(void **state)
{
	struct sums sums = {0};
	char err[512] = "";
	size_t n;

	(void)state;
	struct past *p = past_load(set_dir(), NULL, NULL, err, sizeof(err));
	if (!p)
		fail_msg("%s", err);
	const struct f1p_hist_race *races = past_races(p, &n);
	for (size_t i = 0; i < n; i++)
		fold_race(&sums, p, &races[i]);
	print_message("%d races, %d laps, %d cars: %d wrong places, %d gaps, %d tyres, %d laps\n", sums.races, sums.laps, sums.cars,
		sums.wrong_places, sums.wrong_gaps, sums.wrong_tyres, sums.wrong_laps);
	assert_true(sums.races > 0);
	assert_int_equal(sums.early, 0);
	assert_int_equal(sums.wrong_laps, 0);
	assert_true(sums.wrong_places * 100 <= sums.cars); /* some rows count another way after a red flag */
	assert_true(sums.wrong_gaps * 100 <= sums.cars);
	assert_true(sums.wrong_tyres * 100 <= sums.cars);
	past_destroy(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_all_races)};

	if (access(set_dir(), R_OK) != 0) {
		puts("SKIPPED: F1PD_SHARED names no folder with history");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}

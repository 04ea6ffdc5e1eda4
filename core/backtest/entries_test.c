/* entries_test.c - who started where and what became of him. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "backtest/entries.h"
#include "backtest/past_fixture.h"

#define RACE 203105

static struct entry_list read_all(struct past_maker *m, struct past **past)
{
	struct entry_list l;

	*past = past_end(m);
	entry_list_read(&l, *past, RACE);
	return l;
}

static void test_places_are_of_those_who_started(void **state)
{
	struct past_maker m;
	struct past *past;

	(void)state;
	past_begin(&m);
	past_add_race(&m, RACE, 50, false);
	past_add_result(&m, RACE, "ann", 10, 1, 1, F1P_DNF_NONE);
	past_add_result(&m, RACE, "ben", 5, 2, 5, F1P_DNF_DNS); /* he had a place on the grid */
	past_add_result(&m, RACE, "cid", 77, 0, 3, F1P_DNF_MECHANICAL);
	past_add_result(&m, RACE, "dan", 3, 4, 4, F1P_DNF_DSQ);
	past_add_result(&m, RACE, "eve", 8, F1P_UNKNOWN, 6, F1P_DNF_DNS);
	past_add_result(&m, RACE, "fay", 9, 3, 2, F1P_DNF_NONE);
	past_add_qualifying(&m, RACE, F1P_HIST_MAIN, "ben", 1);
	past_add_qualifying(&m, RACE, F1P_HIST_MAIN, "ann", 3);
	past_add_qualifying(&m, RACE, F1P_HIST_SPRINT, "cid", 1);
	past_add_qualifying(&m, RACE, F1P_HIST_MAIN, "gus", 7); /* hurt: somebody else drove */
	struct entry_list l = read_all(&m, &past);
	assert_int_equal(l.n, 7);
	assert_int_equal(l.n_started, 4);
	assert_int_equal(l.n_qualified, 3);
	for (size_t i = 1; i < l.n; i++)
		assert_true(l.cars[i - 1].car < l.cars[i].car);
	static const struct {
		const char *driver;
		uint16_t start, finish, qualified;
		bool retired;
	} expected[] = {{"ann", 1, 1, 2, false}, {"fay", 2, 2, 0, false}, {"dan", 3, 4, 0, false}, {"cid", 4, 3, 0, true},
		{"ben", 0, 0, 1, true}, {"eve", 0, 0, 0, true}, {"gus", 0, 0, 3, false}};
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		const struct entry *e = entry_of_driver(&l, expected[i].driver);
		assert_non_null(e);
		assert_int_equal(e->start, expected[i].start);
		assert_int_equal(e->finish, expected[i].finish);
		assert_int_equal(e->qualified, expected[i].qualified);
		assert_int_equal(e->retired, expected[i].retired);
	}
	assert_int_equal(entry_of_driver(&l, "gus")->car, 900); /* no number is known */
	assert_ptr_equal(entry_of_car(&l, 77), entry_of_driver(&l, "cid"));
	assert_null(entry_of_car(&l, 78));
	past_destroy(past);
}

static void test_a_sprint_has_a_grid_and_a_result_of_its_own(void **state)
{
	struct past_maker m;
	struct entry_list race, sprint;

	(void)state;
	past_begin(&m);
	past_add_race(&m, RACE, 50, true);
	past_add_result(&m, RACE, "ann", 10, 1, 2, F1P_DNF_NONE);
	past_add_result(&m, RACE, "ben", 5, 2, 1, F1P_DNF_NONE);
	past_add_result_of(&m, RACE, F1P_HIST_SPRINT, "ann", 10, 2, 1, F1P_DNF_NONE);
	past_add_result_of(&m, RACE, F1P_HIST_SPRINT, "cid", 7, 1, 2, F1P_DNF_ACCIDENT);
	struct past *p = past_end(&m);
	entry_list_read(&race, p, RACE);
	entry_list_read_sprint(&sprint, p, RACE);
	assert_int_equal(race.n_started, 2);
	assert_int_equal(entry_of_driver(&race, "ann")->finish, 2);
	assert_null(entry_of_driver(&race, "cid"));
	assert_int_equal(sprint.n_started, 2);
	assert_int_equal(entry_of_driver(&sprint, "ann")->start, 2);
	assert_int_equal(entry_of_driver(&sprint, "ann")->finish, 1);
	assert_true(entry_of_driver(&sprint, "cid")->retired);
	past_destroy(p);
}

static void test_a_gap_is_of_those_on_the_lead_lap(void **state)
{
	static const struct {
		const char *driver;
		uint8_t dnf;
		int32_t laps, time_ms;
		bool known;
		int32_t gap_ms;
	} cars[] = {{"ann", F1P_DNF_NONE, 50, 5400000, true, 0}, {"ben", F1P_DNF_NONE, 50, 5408123, true, 8123},
		{"cid", F1P_DNF_NONE, 50, F1P_UNKNOWN, false, F1P_UNKNOWN}, /* nobody wrote it down */
		{"dan", F1P_DNF_NONE, F1P_UNKNOWN, 5420000, false, F1P_UNKNOWN}, {"eve", F1P_DNF_NONE, 50, 5399999, false, F1P_UNKNOWN},
		{"fay", F1P_DNF_NONE, 49, 5430000, true, F1P_UNKNOWN}, /* lapped, with a time */
		{"gus", F1P_DNF_NONE, 48, F1P_UNKNOWN, true, F1P_UNKNOWN}, {"hal", F1P_DNF_MECHANICAL, 50, 5490000, true, F1P_UNKNOWN},
		{"ian", F1P_DNF_ACCIDENT, F1P_UNKNOWN, F1P_UNKNOWN, true, F1P_UNKNOWN}, {"jon", F1P_DNF_DSQ, 50, 5402000, false, F1P_UNKNOWN},
		{"kim", F1P_DNF_DSQ, 20, F1P_UNKNOWN, false, F1P_UNKNOWN}, {"leo", F1P_DNF_DNS, 0, F1P_UNKNOWN, false, F1P_UNKNOWN}};

	(void)state;
	for (int32_t winner_ms = 5400000; winner_ms != F1P_UNKNOWN; winner_ms = winner_ms > 0 ? -1 : F1P_UNKNOWN) {
		struct past_maker m;
		struct past *past;
		past_begin(&m);
		past_add_race(&m, RACE, 50, false);
		for (int32_t i = 0; i < (int32_t)(sizeof(cars) / sizeof(cars[0])); i++)
			past_add_timed_result_of(&m, RACE, F1P_HIST_MAIN, cars[i].driver, i + 1, i + 1, i + 1, cars[i].dnf, cars[i].laps,
				i == 0 && winner_ms < 0 ? F1P_UNKNOWN : cars[i].time_ms);
		struct entry_list l = read_all(&m, &past);
		for (size_t i = 0; i < sizeof(cars) / sizeof(cars[0]); i++) {
			const struct entry *e = entry_of_driver(&l, cars[i].driver);
			bool timed = cars[i].gap_ms != F1P_UNKNOWN;
			assert_int_equal(e->gap_known, cars[i].known && !(timed && winner_ms < 0));
			assert_int_equal(e->gap_ms, winner_ms < 0 ? F1P_UNKNOWN : cars[i].gap_ms);
		}
		past_destroy(past);
	}
}

static void test_a_number_is_given_once(void **state)
{
	struct past_maker m;
	struct past *past;

	(void)state;
	past_begin(&m);
	past_add_race(&m, RACE, 50, false);
	past_add_result(&m, RACE, "ann", 10, 1, 1, F1P_DNF_NONE);
	past_add_result(&m, RACE, "ben", 10, 2, 2, F1P_DNF_NONE);
	past_add_result(&m, RACE, "cid", 0, 3, 3, F1P_DNF_NONE);
	past_add_result(&m, RACE, "dan", 999, 4, 4, F1P_DNF_NONE);
	struct entry_list l = read_all(&m, &past);
	assert_int_equal(l.n, 4);
	assert_int_equal(l.cars[0].car, 10);
	for (size_t i = 1; i < l.n; i++)
		assert_int_equal(l.cars[i].car, 900 + i - 1);
	past_destroy(past);
}

static void test_more_cars_than_there_is_room_for(void **state)
{
	struct past_maker m;
	struct past *past;

	(void)state;
	past_begin(&m);
	past_add_race(&m, RACE, 50, false);
	for (int32_t i = 0; i < 40; i++) {
		char name[8];
		snprintf(name, sizeof(name), "d%02d", i);
		past_add_result(&m, RACE, name, i + 1, i + 1, i + 1, F1P_DNF_NONE);
	}
	struct entry_list l = read_all(&m, &past);
	assert_int_equal(l.n, F1P_MAX_CARS);
	assert_int_equal(l.n_started, F1P_MAX_CARS);
	past_destroy(past);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places_are_of_those_who_started),
		cmocka_unit_test(test_a_sprint_has_a_grid_and_a_result_of_its_own),
		cmocka_unit_test(test_a_gap_is_of_those_on_the_lead_lap),
		cmocka_unit_test(test_a_number_is_given_once),
		cmocka_unit_test(test_more_cars_than_there_is_room_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

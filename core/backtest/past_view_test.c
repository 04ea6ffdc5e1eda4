/* past_view_test.c - what a plugin can see of a weekend, session by session; and never of the race itself or later ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "backtest/past_fixture.h"
#include "backtest/past_view.h"

static int32_t races[] = {0, 0, 0};

/* A race before, the one in hand, and one after: all of every kind. */
static struct past *make_past(int32_t season, bool sprint)
{
	struct past_maker m;

	past_begin(&m);
	for (int32_t i = 0; i < 3; i++) {
		int32_t id = races[i] = season * 100 + 4 + i;
		past_add_race(&m, id, 50, sprint);
		for (uint32_t number = 1; number <= 3; number++)
			past_add_practice(&m, id, number, "ann");
		past_add_qualifying(&m, id, F1P_HIST_MAIN, "ann", 1);
		past_add_qualifying(&m, id, F1P_HIST_SPRINT, "ann", 1);
		past_add_result(&m, id, "ann", 10, 1, 1, F1P_DNF_NONE);
		past_add_result_of(&m, id, F1P_HIST_SPRINT, "ann", 10, 1, 1, F1P_DNF_NONE);
		past_add_laps(&m, id, "ann", 1, 3, 90000, 0);
		past_add_stint(&m, id, "ann", 1, 1, F1P_TYRE_SOFT, 0);
		past_add_neutral(&m, id, F1P_TRACK_SC, 1000, 2000);
	}
	past_add_name(&m, F1P_HIST_DRIVER, "ann", "ANN", "Ann Example");
	past_add_name(&m, F1P_HIST_DRIVER, "zoe", "ZOE", "Zoe Later");
	past_add_practice(&m, races[2], 1, "zoe");
	return past_end(&m);
}

struct seen {
	int rows, of_race, sprint, main;
	uint32_t practices; /* bits */
	int32_t laps;
	uint8_t wet;
};

static bool note(void *arg, const struct f1p_history_row *row)
{
	struct seen *s = arg;

	s->rows++;
	assert_true(row->race_id <= races[1]);
	if (row->race_id != races[1])
		return true;
	s->of_race++;
	if (row->type == F1P_HIST_PRACTICE)
		s->practices |= 1u << ((const struct f1p_hist_practice *)(const void *)row)->number;
	if (row->type == F1P_HIST_QUALIFYING) {
		bool sprint = ((const struct f1p_hist_qualifying *)(const void *)row)->session == F1P_HIST_SPRINT;
		s->sprint += sprint;
		s->main += !sprint;
	}
	if (row->type == F1P_HIST_RESULT) {
		bool sprint = ((const struct f1p_hist_result *)(const void *)row)->session == F1P_HIST_SPRINT;
		s->sprint += sprint;
		s->main += !sprint;
	}
	if (row->type == F1P_HIST_RACE) {
		s->laps = ((const struct f1p_hist_race *)(const void *)row)->laps;
		s->wet = ((const struct f1p_hist_race *)(const void *)row)->wet;
	}
	return true;
}

static struct seen look(const struct past *p, enum past_moment moment, uint32_t type)
{
	struct past_view v = {.past = p, .race_id = races[1], .moment = moment};
	struct f1p_history_query q = {.size = sizeof(q), .type = type};
	struct seen s = {0};

	assert_int_equal(past_view_each(&v, &q, note, &s), F1P_OK);
	return s;
}

static void test_of_the_race_itself_nothing_is_seen(void **state)
{
	static const uint32_t hidden[] = {F1P_HIST_LAP, F1P_HIST_STINT, F1P_HIST_STOP, F1P_HIST_NEUTRALISATION, F1P_HIST_WEATHER,
		F1P_HIST_STANDING};
	struct past *p = make_past(2030, false);

	(void)state;
	for (int moment = PAST_BEFORE_QUALIFYING; moment <= PAST_BEFORE_RACE; moment++) {
		for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
			assert_int_equal(look(p, (enum past_moment)moment, hidden[i]).of_race, 0);
		assert_int_equal(look(p, (enum past_moment)moment, F1P_HIST_RESULT).main, 0);
		struct seen race = look(p, (enum past_moment)moment, F1P_HIST_RACE);
		assert_int_equal(race.of_race, 1); /* its place in the calendar, not how long or wet it was */
		assert_int_equal(race.laps, F1P_UNKNOWN);
		assert_int_equal(race.wet, F1P_TRI_UNKNOWN);
	}
	assert_int_equal(look(p, PAST_BEFORE_RACE, F1P_HIST_LAP).rows, 3); /* those of the race before */
	past_destroy(p);
}

static void test_qualifying_is_seen_when_it_is_over(void **state)
{
	struct past *p = make_past(2030, false);

	(void)state;
	assert_int_equal(look(p, PAST_BEFORE_QUALIFYING, F1P_HIST_QUALIFYING).main, 0);
	assert_int_equal(look(p, PAST_BEFORE_RACE, F1P_HIST_QUALIFYING).main, 1);
	assert_int_equal(look(p, PAST_BEFORE_QUALIFYING, F1P_HIST_PRACTICE).practices, 0xe);
	past_destroy(p);
}

static void test_the_order_of_sprint_weekends(void **state)
{
	static const struct {
		int32_t season;
		uint32_t practices; /* before qualifying */
		int sprints;        /* sprint results and sprint qualifyings before qualifying, each */
	} formats[] = {{2021, 0x2, 0}, {2022, 0x2, 0}, {2023, 0x2, 0}, {2024, 0xe, 1}, {2030, 0xe, 1}};

	(void)state;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct past *p = make_past(formats[i].season, true);
		assert_int_equal(look(p, PAST_BEFORE_QUALIFYING, F1P_HIST_PRACTICE).practices, formats[i].practices);
		assert_int_equal(look(p, PAST_BEFORE_QUALIFYING, F1P_HIST_RESULT).sprint, formats[i].sprints);
		assert_int_equal(look(p, PAST_BEFORE_QUALIFYING, F1P_HIST_QUALIFYING).sprint, formats[i].sprints);
		assert_int_equal(look(p, PAST_BEFORE_QUALIFYING, F1P_HIST_QUALIFYING).main, 0);
		assert_int_equal(look(p, PAST_BEFORE_RACE, F1P_HIST_PRACTICE).practices, 0xe);
		assert_int_equal(look(p, PAST_BEFORE_RACE, F1P_HIST_RESULT).sprint, 1);
		assert_int_equal(look(p, PAST_BEFORE_RACE, F1P_HIST_RESULT).main, 0);
		past_destroy(p);
	}
}

static void test_a_sprint_follows_its_own_qualifying(void **state)
{
	static const struct {
		int32_t season;
		int qualifyings; /* of the race, before the sprint */
	} formats[] = {{2021, 1}, {2023, 1}, {2024, 0}, {2030, 0}};

	(void)state;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct past *p = make_past(formats[i].season, true);
		assert_int_equal(look(p, PAST_BEFORE_SPRINT, F1P_HIST_QUALIFYING).main, formats[i].qualifyings);
		assert_int_equal(look(p, PAST_BEFORE_SPRINT, F1P_HIST_QUALIFYING).sprint, 1);
		assert_int_equal(look(p, PAST_BEFORE_SPRINT, F1P_HIST_RESULT).sprint, 0);
		assert_int_equal(look(p, PAST_BEFORE_SPRINT, F1P_HIST_RESULT).main, 0);
		past_destroy(p);
	}
}

static void test_who_has_not_come_yet_has_no_name(void **state)
{
	struct past *p = make_past(2030, false);
	struct past_view v = {.past = p, .race_id = races[1], .moment = PAST_BEFORE_RACE};
	struct f1p_history_query q = {.size = sizeof(q), .type = F1P_HIST_DRIVER};
	struct seen s = {0};

	(void)state;
	assert_int_equal(past_view_each(&v, &q, note, &s), F1P_OK);
	assert_int_equal(s.rows, 1);
	v.race_id = races[2];
	races[1] = races[2];
	s.rows = 0;
	assert_int_equal(past_view_each(&v, &q, note, &s), F1P_OK);
	assert_int_equal(s.rows, 2);
	past_destroy(p);
}

static void test_queries_choose_races_and_drivers(void **state)
{
	struct past *p = make_past(2030, false);
	struct past_view v = {.past = p, .race_id = races[1], .moment = PAST_BEFORE_RACE};
	struct f1p_history_query q = {.size = sizeof(q), .type = F1P_HIST_PRACTICE, .race_to = 299999, .driver_id = "zoe"};
	struct seen s = {0};

	(void)state;
	assert_int_equal(past_view_each(&v, &q, note, &s), F1P_OK);
	assert_int_equal(s.rows, 0);
	q.driver_id = "ann";
	q.race_from = races[1];
	assert_int_equal(past_view_each(&v, &q, note, &s), F1P_OK);
	assert_int_equal(s.rows, 3);
	q.type = F1P_HIST_TYPES;
	assert_int_equal(past_view_each(&v, &q, note, &s), F1P_EINVAL);
	past_destroy(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_of_the_race_itself_nothing_is_seen),
		cmocka_unit_test(test_qualifying_is_seen_when_it_is_over),
		cmocka_unit_test(test_the_order_of_sprint_weekends),
		cmocka_unit_test(test_a_sprint_follows_its_own_qualifying),
		cmocka_unit_test(test_who_has_not_come_yet_has_no_name),
		cmocka_unit_test(test_queries_choose_races_and_drivers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

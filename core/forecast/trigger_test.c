#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "forecast/trigger.h"
#include "race/race.h"

#include <string.h>

#define S 1000000000LL
#define EVERY (15 * S)

static struct f1p_state *running_race(void)
{
	static struct f1p_state s;

	memset(&s, 0, sizeof(s));
	s.n_cars = 20;
	s.type = F1P_SESSION_RACE;
	s.status = F1P_STATUS_STARTED;
	return &s;
}

static void test_reasons(void **state)
{
	static const struct {
		uint32_t changes;
		uint8_t want;
	} cases[] = {
		{RACE_CHANGED_LAP, F1P_TRIGGER_LAP},
		{RACE_CHANGED_PIT, F1P_TRIGGER_PIT},
		{RACE_CHANGED_TRACK | RACE_CHANGED_LAP, F1P_TRIGGER_TRACK},
		{RACE_CHANGED_RETIREMENT | RACE_CHANGED_PIT, F1P_TRIGGER_RETIREMENT},
		{RACE_CHANGED_RAIN, F1P_TRIGGER_WEATHER},
		{RACE_CHANGED_SESSION | RACE_CHANGED_TRACK, F1P_TRIGGER_SESSION},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct trigger t;
		trigger_init(&t, EVERY);
		assert_int_equal(trigger_record(&t, cases[i].changes, running_race(), 100 * S, 0), cases[i].want);
	}
}

static void test_other_news_wait_for_the_timer(void **state)
{
	struct trigger t;
	(void)state;
	trigger_init(&t, EVERY);
	assert_int_equal(trigger_record(&t, RACE_CHANGED_LAP, running_race(), 100 * S, 0), F1P_TRIGGER_LAP);
	assert_int_equal(trigger_record(&t, RACE_CHANGED_OTHER, running_race(), 114 * S, 0), 0);
	assert_int_equal(trigger_record(&t, RACE_CHANGED_OTHER, running_race(), 115 * S, 0), F1P_TRIGGER_TIMER);
	assert_int_equal(trigger_record(&t, RACE_CHANGED_OTHER, running_race(), 116 * S, 0), 0);
}

static void test_news_within_a_second_is_one_forecast_with_the_strongest_reason(void **state)
{
	struct trigger t;
	(void)state;
	trigger_init(&t, EVERY);
	assert_int_equal(trigger_record(&t, RACE_CHANGED_TRACK, running_race(), 100 * S, 0), F1P_TRIGGER_TRACK);
	assert_int_equal(trigger_record(&t, RACE_CHANGED_PIT, running_race(), 100 * S + 300000000, 0), 0);
	assert_int_equal(trigger_record(&t, RACE_CHANGED_LAP, running_race(), 100 * S + 600000000, 0), 0);
	assert_int_equal(trigger_record(&t, RACE_CHANGED_PIT, running_race(), 100 * S + 900000000, 0), 0);
	/* nothing new, but what was held back comes out */
	assert_int_equal(trigger_record(&t, 0, running_race(), 101 * S, 0), F1P_TRIGGER_LAP);
	assert_int_equal(trigger_record(&t, 0, running_race(), 103 * S, 0), 0);
}

static void test_stronger_news_does_not_wait_a_whole_second(void **state)
{
	struct trigger t;
	(void)state;
	trigger_init(&t, EVERY);
	assert_int_equal(trigger_record(&t, RACE_CHANGED_PIT, running_race(), 100 * S, 0), F1P_TRIGGER_PIT);
	assert_int_equal(trigger_record(&t, RACE_CHANGED_LAP, running_race(), 100 * S + 240000000, 0), 0);
	assert_int_equal(trigger_record(&t, 0, running_race(), 100 * S + 250000000, 0), F1P_TRIGGER_LAP);
	assert_int_equal(trigger_record(&t, RACE_CHANGED_PIT, running_race(), 100 * S + 600000000, 0), 0);
}

static void test_no_forecast_without_cars_or_in_practice(void **state)
{
	struct trigger t;
	struct f1p_state *s = running_race();
	(void)state;
	trigger_init(&t, EVERY);
	s->type = F1P_SESSION_PRACTICE;
	assert_int_equal(trigger_record(&t, RACE_CHANGED_LAP, s, 100 * S, 0), 0);
	s = running_race();
	s->n_cars = 0;
	assert_int_equal(trigger_record(&t, RACE_CHANGED_SESSION, s, 200 * S, 0), 0);
	/* what was pending then is served as soon as there are cars */
	assert_int_equal(trigger_record(&t, 0, running_race(), 202 * S, 0), F1P_TRIGGER_SESSION);
}

static void test_timer_only_while_the_race_runs(void **state)
{
	struct trigger t;
	struct f1p_state *s = running_race();
	(void)state;
	s->status = F1P_STATUS_INACTIVE;
	trigger_init(&t, EVERY);
	assert_int_equal(trigger_record(&t, 0, s, 100 * S, 0), 0);
	assert_int_equal(trigger_record(&t, 0, s, 500 * S, 0), 0);
	assert_int_equal(trigger_record(&t, RACE_CHANGED_SESSION, s, 501 * S, 0), F1P_TRIGGER_SESSION);
}

static void test_catch_up_is_silent_and_ends_with_one_forecast(void **state)
{
	struct trigger t;
	(void)state;
	trigger_init(&t, EVERY);
	for (int lap = 1; lap < 30; lap++)
		assert_int_equal(trigger_record(&t, RACE_CHANGED_LAP, running_race(), lap * 90 * S, F1P_EVF_CATCHUP), 0);
	assert_int_equal(trigger_record(&t, 0, running_race(), 30 * 90 * S, 0), F1P_TRIGGER_SESSION);
	assert_int_equal(trigger_record(&t, 0, running_race(), 30 * 90 * S + 2 * S, 0), 0);
}

static void test_rewound_time_does_not_silence(void **state)
{
	struct trigger t;
	(void)state;
	trigger_init(&t, EVERY);
	assert_int_equal(trigger_record(&t, RACE_CHANGED_LAP, running_race(), 5000 * S, 0), F1P_TRIGGER_LAP);
	assert_int_equal(trigger_record(&t, RACE_CHANGED_LAP, running_race(), 100 * S, 0), F1P_TRIGGER_LAP);
}

static void test_wants_agrees_with_record(void **state)
{
	struct trigger a, b;
	(void)state;
	trigger_init(&a, EVERY);
	trigger_init(&b, EVERY);
	uint32_t seed = 1;
	for (int i = 0; i < 20000; i++) {
		seed = seed * 1664525u + 1013904223u;
		uint32_t changes = (seed >> 24) < 20 ? 1u << (seed >> 8 & 7u) & 0x7fu : 0;
		uint32_t flags = (seed >> 16 & 255u) < 2 ? F1P_EVF_CATCHUP : 0;
		int64_t at = (int64_t)i * 400000000LL;
		bool wants = trigger_wants(&a, changes, at, flags);
		uint8_t r = trigger_record(&b, changes, running_race(), at, flags);
		if (r)
			assert_true(wants);
		a = b;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_other_news_wait_for_the_timer),
		cmocka_unit_test(test_news_within_a_second_is_one_forecast_with_the_strongest_reason),
		cmocka_unit_test(test_stronger_news_does_not_wait_a_whole_second),
		cmocka_unit_test(test_no_forecast_without_cars_or_in_practice),
		cmocka_unit_test(test_timer_only_while_the_race_runs),
		cmocka_unit_test(test_catch_up_is_silent_and_ends_with_one_forecast),
		cmocka_unit_test(test_rewound_time_does_not_silence),
		cmocka_unit_test(test_wants_agrees_with_record),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

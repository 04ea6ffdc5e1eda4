/* state_age_test.c - an old state lowers confidence with its age; silence that is in order does not. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "forecast/state_age.h"

#define NOW_NS INT64_C(1900000000000000000)
#define S_NS INT64_C(1000000000)

struct scene {
	struct f1p_state state;
	struct f1p_forecast forecast;
};

static double weakened(struct scene *t, int64_t timing_age_s, int64_t laps_age_s)
{
	t->state.origins[F1P_DATA_TIMING].t_ns = timing_age_s < 0 ? F1P_UNKNOWN_NS : NOW_NS - timing_age_s * S_NS;
	t->state.origins[F1P_DATA_LAPS].t_ns = laps_age_s < 0 ? F1P_UNKNOWN_NS : NOW_NS - laps_age_s * S_NS;
	t->forecast.confidence = 0.8;
	t->forecast.missing = 0;
	state_age_weaken(&t->forecast, &t->state);
	return t->forecast.confidence;
}

static int open_race(void **state)
{
	struct scene *t = calloc(1, sizeof(*t));

	if (!t)
		return -1;
	t->state.type = F1P_SESSION_RACE;
	t->state.status = F1P_STATUS_STARTED;
	t->state.track = F1P_TRACK_CLEAR;
	t->state.t_event_ns = NOW_NS;
	*state = t;
	return 0;
}

static int close_race(void **state)
{
	free(*state);
	return 0;
}

static void an_old_state_is_worth_less_the_older_it_is(void **state)
{
	struct scene *t = *state;
	double before = 0.8;

	assert_true(weakened(t, 0, 0) == 0.8 && t->forecast.missing == 0);
	assert_true(weakened(t, 29, 80) == 0.8 && t->forecast.missing == 0);
	assert_true(weakened(t, 31, 80) == 0.8 && t->forecast.missing == F1P_MISSING_NEWS); /* said before it weighs */
	for (int64_t age = 60; age <= 600; age += 30) {
		double now = weakened(t, age, age + 60);

		assert_true(fabs(now / before - 0.9) < 1e-12);
		before = now;
	}
	assert_true(weakened(t, 100000000, -1) > 0);
}

static void either_kind_of_news_is_news(void **state)
{
	struct scene *t = *state;

	assert_true(weakened(t, 600, 5) == 0.8);
	assert_true(weakened(t, -1, 5) == 0.8);
	assert_true(weakened(t, -1, -1) == 0.8); /* before the first there is nothing that could be old */
}

static void silence_that_is_in_order_weakens_nothing(void **state)
{
	struct scene *t = *state;

	t->state.track = F1P_TRACK_RED;
	assert_true(weakened(t, 600, 600) == 0.8);
	t->state.track = F1P_TRACK_CLEAR;
	t->state.status = F1P_STATUS_INACTIVE;
	assert_true(weakened(t, 600, 600) == 0.8);
	t->state.status = F1P_STATUS_STARTED;
	t->state.type = F1P_SESSION_PRACTICE;
	assert_true(weakened(t, 600, 600) == 0.8);
	t->state.type = F1P_SESSION_SPRINT;
	assert_true(weakened(t, 600, 600) < 0.2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_old_state_is_worth_less_the_older_it_is, open_race, close_race),
		cmocka_unit_test_setup_teardown(either_kind_of_news_is_news, open_race, close_race),
		cmocka_unit_test_setup_teardown(silence_that_is_in_order_weakens_nothing, open_race, close_race),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

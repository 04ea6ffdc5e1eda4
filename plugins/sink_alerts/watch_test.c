/*
 * watch_test.c - when a rule speaks: edges, hysteresis, cool-down, what is known already, who it is about.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpers/rng.h"
#include "watch.h"

#define S_NS INT64_C(1000000000)

struct rig {
	struct f1p_state state;
	struct f1p_forecast forecast;
	struct f1p_insights insights;
	struct watch w;
	struct finding found[F1P_MAX_CARS];
	int64_t t_s;
	bool quiet;
};

static int set_up(void **state)
{
	static const char *const codes[] = {"VER", "NOR", "HAM"};
	static const uint16_t numbers[] = {1, 4, 44};
	struct rig *r = calloc(1, sizeof(*r));

	r->t_s = 1000;
	r->state.type = F1P_SESSION_RACE;
	r->state.status = F1P_STATUS_STARTED;
	r->state.track = F1P_TRACK_CLEAR;
	r->state.weather.rain = F1P_NO;
	r->state.n_cars = 3;
	r->forecast.n_cars = 3;
	for (uint16_t i = 0; i < 3; i++) {
		snprintf(r->state.cars[i].code, 8, "%s", codes[i]);
		r->state.cars[i].number = r->forecast.cars[i].car = numbers[i];
		r->state.cars[i].position = i + 1;
		r->state.cars[i].in_pit = r->state.cars[i].retired = F1P_NO;
	}
	*state = r;
	return 0;
}

static int tear_down(void **state)
{
	free(*state);
	return 0;
}

static void rule(struct rig *r, const char *text)
{
	char err[200] = "";

	memset(&r->w, 0, sizeof(r->w));
	if (!rule_parse(&r->w.rule, text, strlen(text), err, sizeof(err))) {
		fail_msg("%s: %s", text, err);
	}
	r->w.hysteresis = 200;
	r->w.cooldown_ns = 60 * S_NS;
}

static uint32_t look(struct rig *r, enum news_kind kind)
{
	const struct news n = {.kind = kind,
		.quiet = r->quiet,
		.t_ns = r->t_s * S_NS,
		.state = &r->state,
		.forecast = &r->forecast,
		.insights = &r->insights};

	return watch_look(&r->w, &n, r->found, F1P_MAX_CARS);
}

/* One forecast later by so many seconds. */
static uint32_t win(struct rig *r, int64_t later_s, double percent)
{
	r->t_s += later_s;
	r->forecast.cars[0].p_win = percent / 100;
	return look(r, NEWS_FORECAST);
}

static uint32_t track(struct rig *r, int64_t later_s, uint8_t status)
{
	r->t_s += later_s;
	r->state.track = status;
	return look(r, NEWS_STATE);
}

static void a_level_speaks_once_when_it_is_crossed(void **state)
{
	struct rig *r = *state;

	rule(r, "win[VER] > 60 %");
	assert_int_equal(win(r, 0, 50), 0);
	assert_int_equal(win(r, 100, 60), 0); /* not above */
	assert_int_equal(win(r, 100, 60.01), 1);
	assert_int_equal(r->found[0].car, 1);
	assert_int_equal(r->found[0].value, 6001);
	assert_int_equal(win(r, 100, 80), 0);
	assert_int_equal(win(r, 100, 59), 0);
	assert_int_equal(win(r, 100, 61), 0); /* it had not left by two points */
	assert_int_equal(win(r, 100, 57.9), 0);
	assert_int_equal(win(r, 100, 61), 1);
}

static void what_is_so_at_the_first_look_is_no_news(void **state)
{
	struct rig *r = *state;

	rule(r, "win[VER] >= 60 %");
	assert_int_equal(win(r, 0, 80), 0);
	assert_int_equal(win(r, 100, 85), 0);
	rule(r, "safety car");
	assert_int_equal(track(r, 0, F1P_TRACK_SC), 0);
	assert_int_equal(track(r, 100, F1P_TRACK_SC), 0);
	assert_int_equal(track(r, 100, F1P_TRACK_CLEAR), 0);
	assert_int_equal(track(r, 100, F1P_TRACK_SC), 1);
}

static void what_is_caught_up_with_is_no_news_either(void **state)
{
	struct rig *r = *state;

	rule(r, "safety car");
	assert_int_equal(track(r, 0, F1P_TRACK_CLEAR), 0);
	r->quiet = true;
	assert_int_equal(track(r, 100, F1P_TRACK_SC), 0);
	r->quiet = false;
	assert_int_equal(track(r, 1, F1P_TRACK_SC), 0);
	assert_int_equal(track(r, 100, F1P_TRACK_CLEAR), 0);
	assert_int_equal(track(r, 100, F1P_TRACK_SC), 1);
}

static void an_edge_within_the_cool_down_is_told_at_its_end_if_it_holds(void **state)
{
	struct rig *r = *state;

	rule(r, "safety car");
	track(r, 0, F1P_TRACK_CLEAR);
	assert_int_equal(track(r, 10, F1P_TRACK_SC), 1);
	assert_int_equal(track(r, 10, F1P_TRACK_CLEAR), 0);
	assert_int_equal(track(r, 10, F1P_TRACK_SC), 0); /* 20 s after the word */
	assert_int_equal(track(r, 39, F1P_TRACK_SC), 0);
	assert_int_equal(track(r, 1, F1P_TRACK_SC), 1); /* 60 s */
	assert_int_equal(track(r, 100, F1P_TRACK_SC), 0);
}

static void below_is_the_mirror_of_above(void **state)
{
	struct rig *r = *state;

	rule(r, "win[1] < 10 %");
	assert_int_equal(win(r, 0, 10), 0);
	assert_int_equal(win(r, 100, 9.99), 1);
	assert_int_equal(win(r, 100, 11), 0);
	assert_int_equal(win(r, 100, 9), 0);
	assert_int_equal(win(r, 100, 12.01), 0);
	assert_int_equal(win(r, 100, 9), 1);
}

static void a_change_is_counted_from_the_last_word(void **state)
{
	struct rig *r = *state;

	rule(r, "win[VER] changes by >= 5 points");
	assert_int_equal(win(r, 0, 10), 0);
	assert_int_equal(win(r, 100, 14.99), 0);
	assert_int_equal(win(r, 100, 15), 1);
	assert_int_equal(r->found[0].before, 1000);
	assert_int_equal(r->found[0].value, 1500);
	assert_int_equal(win(r, 100, 19.99), 0);
	assert_int_equal(win(r, 100, 10), 1);
	assert_int_equal(win(r, 10, 30), 0); /* cools */
	assert_int_equal(win(r, 50, 30), 1);
	assert_int_equal(r->found[0].before, 1000);
}

static void a_rise_is_counted_from_the_lowest_value(void **state)
{
	struct rig *r = *state;

	rule(r, "win[VER] rises by 5 points");
	win(r, 0, 20);
	assert_int_equal(win(r, 100, 12), 0);
	assert_int_equal(win(r, 100, 16), 0);
	assert_int_equal(win(r, 100, 17), 1);
	rule(r, "win[VER] falls by 5 points");
	win(r, 100, 20);
	assert_int_equal(win(r, 100, 28), 0);
	assert_int_equal(win(r, 100, 23), 1);
	assert_int_equal(win(r, 100, 60), 0);
}

/* Whatever the chance does: between two words lie the cool-down, and for a level also a value beyond the hysteresis. */
static void it_never_flaps(void **state)
{
	struct rig *r = *state;
	struct f1p_rng rng;
	unsigned words = 0;

	f1p_rng_seed(&rng, 3, 1);
	for (int round = 0; round < 20; round++) {
		double p = 50, lowest = 100;
		int64_t told_s = INT64_MIN / 2;
		rule(r, "win[VER] > 50 %");
		for (int i = 0; i < 5000; i++) {
			p += f1p_rng_normal(&rng);
			p = p < 0 ? 0 : p > 100 ? 100 : p;
			lowest = p < lowest ? p : lowest;
			if (win(r, 5, p) == 0) {
				continue;
			}
			words++;
			assert_true(r->t_s - told_s >= 60);
			assert_true(p > 49.99);
			assert_true(told_s < 0 || lowest < 48.01);
			told_s = r->t_s;
			lowest = 100;
		}
	}
	assert_true(words > 50);
}

static void without_a_driver_it_is_about_its_drivers_or_any(void **state)
{
	struct rig *r = *state;

	rule(r, "podium > 50 %");
	look(r, NEWS_FORECAST);
	r->forecast.cars[1].p_podium = r->forecast.cars[2].p_podium = 0.9;
	assert_int_equal(look(r, NEWS_FORECAST), 2);
	rule(r, "podium > 50 %");
	r->w.n_drivers = 1;
	rule_driver_parse(&r->w.drivers[0], "HAM", 3);
	r->forecast.cars[1].p_podium = r->forecast.cars[2].p_podium = 0;
	look(r, NEWS_FORECAST);
	r->forecast.cars[1].p_podium = r->forecast.cars[2].p_podium = 0.9;
	assert_int_equal(look(r, NEWS_FORECAST), 1);
	assert_int_equal(r->found[0].car, 44);
}

static void an_unknown_driver_is_found_when_he_comes(void **state)
{
	struct rig *r = *state;

	rule(r, "win[COL] > 50 %");
	assert_int_equal(win(r, 0, 90), 0);
	assert_int_equal(r->w.n_edges, 0);
	snprintf(r->state.cars[0].code, 8, "COL");
	assert_int_equal(win(r, 100, 10), 0);
	assert_int_equal(win(r, 100, 90), 1);
}

static void overtakes_are_seen_pair_by_pair(void **state)
{
	struct rig *r = *state;

	rule(r, "overtake[NOR on VER] within 3 laps >= 60 %");
	assert_int_equal(look(r, NEWS_INSIGHTS), 0);
	r->insights.n_overtakes = 2;
	r->insights.overtakes[0] = (struct f1p_overtake){.attacker = 4, .defender = 44, .p_1 = 0.9, .p_3 = 0.9, .p_5 = 0.9};
	r->insights.overtakes[1] = (struct f1p_overtake){.attacker = 44, .defender = 1, .p_3 = 0.9};
	assert_int_equal(look(r, NEWS_INSIGHTS), 0); /* others' */
	r->insights.overtakes[1] = (struct f1p_overtake){.attacker = 4, .defender = 1, .p_1 = 0.1, .p_3 = 0.6, .p_5 = 0.9};
	assert_int_equal(look(r, NEWS_INSIGHTS), 1);
	assert_int_equal(r->found[0].car, 4);
	assert_int_equal(r->found[0].other, 1);
	rule(r, "overtake within 5 laps >= 60 %");
	r->insights.n_overtakes = 0;
	look(r, NEWS_INSIGHTS);
	r->insights.n_overtakes = 2;
	assert_int_equal(look(r, NEWS_INSIGHTS), 1);
	assert_int_equal(r->found[0].other, 44); /* of his passes the first of the likeliest */
}

static void a_stop_is_no_wait_before_the_start_or_behind_a_red_flag(void **state)
{
	struct rig *r = *state;
	struct f1p_car *ver = &r->state.cars[0];

	rule(r, "pits[VER]");
	r->state.status = F1P_STATUS_INACTIVE;
	look(r, NEWS_STATE);
	ver->in_pit = F1P_YES;
	assert_int_equal(look(r, NEWS_STATE), 0);
	r->state.status = F1P_STATUS_STARTED; /* from the pit lane */
	assert_int_equal(look(r, NEWS_STATE), 0);
	ver->in_pit = F1P_NO;
	look(r, NEWS_STATE);
	ver->in_pit = F1P_YES;
	assert_int_equal(look(r, NEWS_STATE), 1);
	ver->in_pit = F1P_NO;
	assert_int_equal(track(r, 600, F1P_TRACK_RED), 0);
	ver->in_pit = F1P_YES;
	assert_int_equal(track(r, 60, F1P_TRACK_RED), 0);
	assert_int_equal(track(r, 600, F1P_TRACK_CLEAR), 0);
}

static void each_happening_has_its_field(void **state)
{
	struct rig *r = *state;

	rule(r, "leads[NOR]");
	look(r, NEWS_STATE);
	r->state.cars[1].position = 1;
	assert_int_equal(look(r, NEWS_STATE), 1);
	rule(r, "position[HAM] <= 2");
	look(r, NEWS_STATE);
	r->state.cars[2].position = 2;
	assert_int_equal(look(r, NEWS_STATE), 1);
	assert_int_equal(r->found[0].value, 2);
	rule(r, "retires");
	look(r, NEWS_STATE);
	r->state.cars[2].retired = F1P_YES;
	assert_int_equal(look(r, NEWS_STATE), 1);
	rule(r, "rain");
	look(r, NEWS_STATE);
	r->state.weather.rain = F1P_YES;
	assert_int_equal(look(r, NEWS_STATE), 1);
	rule(r, "finishes");
	look(r, NEWS_STATE);
	r->state.status = F1P_STATUS_FINISHED;
	assert_int_equal(look(r, NEWS_STATE), 1);
	r->state.status = F1P_STATUS_FINALISED;
	assert_int_equal(look(r, NEWS_STATE), 0);
	rule(r, "starts");
	look(r, NEWS_STATE);
	r->state.status = F1P_STATUS_STARTED;
	assert_int_equal(look(r, NEWS_STATE), 1);
	rule(r, "vsc");
	track(r, 0, F1P_TRACK_CLEAR);
	assert_int_equal(track(r, 1, F1P_TRACK_VSC), 1);
	assert_int_equal(track(r, 100, F1P_TRACK_VSC_ENDING), 0);
	rule(r, "red flag");
	track(r, 0, F1P_TRACK_CLEAR);
	assert_int_equal(track(r, 1, F1P_TRACK_UNKNOWN), 0);
	assert_int_equal(track(r, 1, F1P_TRACK_RED), 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_level_speaks_once_when_it_is_crossed),
		TEST(what_is_so_at_the_first_look_is_no_news),
		TEST(what_is_caught_up_with_is_no_news_either),
		TEST(an_edge_within_the_cool_down_is_told_at_its_end_if_it_holds),
		TEST(below_is_the_mirror_of_above),
		TEST(a_change_is_counted_from_the_last_word),
		TEST(a_rise_is_counted_from_the_lowest_value),
		TEST(it_never_flaps),
		TEST(without_a_driver_it_is_about_its_drivers_or_any),
		TEST(an_unknown_driver_is_found_when_he_comes),
		TEST(overtakes_are_seen_pair_by_pair),
		TEST(a_stop_is_no_wait_before_the_start_or_behind_a_red_flag),
		TEST(each_happening_has_its_field),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

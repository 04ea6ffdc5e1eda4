/* ratings_test.c - priors on seasons that never were: who is fast is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>

#include "past_seasons.h"

#define CARS 10u
static const struct made_car field[CARS] = {{"anna_adams", "swift", -1.0, false}, {"bert_brown", "swift", -.9, false},
	{"carl_clark", "able", -.5, false}, {"dora_davis", "able", -.4, false}, {"emil_evans", "middling", 0.0, false},
	{"fred_foster", "middling", .1, false}, {"gina_green", "humble", .5, false}, {"hugo_hill", "humble", .6, false},
	{"ivan_irwin", "tail", 1.0, true}, {"jane_jones", "tail", 1.1, true}};

static int32_t of_car(const struct f1p_ev_prior *p, uint32_t i, enum f1p_car_prior what)
{
	return p[i + 1].value[what];
}

static const struct f1p_ev_prior *ask(struct past *p, uint8_t type, int32_t race_id, const struct made_car *car, uint32_t n)
{
	static struct f1p_state state;

	made_state(&state, type, race_id, car, n);
	return past_priors(p, &state);
}

static void two_seasons(struct past *p)
{
	past_begin(p, NULL);
	put_season(p, field, CARS, 2018, 8);
	put_season(p, field, CARS, 2019, 8);
}

/* Within 0.15 % of the truth, as 0.001 %. */
static void assert_pace(int32_t prior, double pace)
{
	if (prior == F1P_UNKNOWN || fabs(prior / 1000.0 - pace) > .15)
		fail_msg("%d is not %.2f %%", (int)prior, pace);
}

static void test_ratings_find_the_true_pace(void **state)
{
	struct past p;

	(void)state;
	two_seasons(&p);
	const struct f1p_ev_prior *prior = ask(&p, F1P_SESSION_RACE, 201909, field, CARS);
	for (uint32_t i = 0; i < CARS; i++) {
		assert_pace(of_car(prior, i, F1P_PRIOR_RACE_RATING), field[i].pace - .05); /* the median car has .05 */
		assert_pace(of_car(prior, i, F1P_PRIOR_RACE_PACE), field[i].pace - .05);
		assert_pace(of_car(prior, i, F1P_PRIOR_QUALIFYING_RATING), field[i].pace - .05);
		assert_int_equal(of_car(prior, i, F1P_PRIOR_RACES), 16);
		assert_int_equal(of_car(prior, i, F1P_PRIOR_TEAM), i / 2 + 1);
		assert_int_equal(prior[i + 1].car, i + 1);
	}
	assert_in_range(of_car(prior, 0, F1P_PRIOR_DRIVER_FORM), 1000, 3500); /* won all of them */
	past_end(&p);
}

static void test_a_rookie_is_at_the_level_of_his_team_and_less_certain(void **state)
{
	struct made_car cars[CARS];
	struct past p;

	(void)state;
	two_seasons(&p);
	memcpy(cars, field, sizeof(cars));
	cars[1].driver = "new_nobody";
	const struct f1p_ev_prior *prior = ask(&p, F1P_SESSION_RACE, 201909, cars, CARS);
	int32_t mate = of_car(prior, 0, F1P_PRIOR_RACE_RATING), rookie = of_car(prior, 1, F1P_PRIOR_RACE_RATING);
	assert_in_range(rookie - mate + 1000, 1000, 1600); /* a little slower */
	assert_true(rookie < of_car(prior, 4, F1P_PRIOR_RACE_RATING));
	assert_true(of_car(prior, 1, F1P_PRIOR_RACE_RATING_SD) > of_car(prior, 0, F1P_PRIOR_RACE_RATING_SD));
	assert_true(of_car(prior, 1, F1P_PRIOR_RACE_PACE_SD) > of_car(prior, 0, F1P_PRIOR_RACE_PACE_SD));
	assert_int_equal(of_car(prior, 1, F1P_PRIOR_RACES), 0);
	assert_int_equal(of_car(prior, 1, F1P_PRIOR_DRIVER_FORM), 12500);
	past_end(&p);
}

/* Mean rating sd of the field at the first race after the two seasons. */
static double doubt_after(int32_t season, int32_t *fastest)
{
	struct past p;
	double sum = 0.0;

	past_begin(&p, NULL);
	put_season(&p, field, CARS, season - 2, 6);
	put_season(&p, field, CARS, season - 1, 6);
	const struct f1p_ev_prior *prior = ask(&p, F1P_SESSION_RACE, season * 100 + 1, field, CARS);
	for (uint32_t i = 0; i < CARS; i++)
		sum += of_car(prior, i, F1P_PRIOR_RACE_RATING_SD);
	*fastest = of_car(prior, 0, F1P_PRIOR_RACE_RATING);
	if (season == 2022)
		assert_int_equal(prior[0].value[F1P_PRIOR_ERA_RACES], 0);
	else
		assert_int_equal(prior[0].value[F1P_PRIOR_ERA_RACES], 12);
	assert_int_equal(prior[0].value[F1P_PRIOR_SEASON_RACES], 0);
	past_end(&p);
	return sum / CARS;
}

static void test_new_rules_widen_and_draw_together(void **state)
{
	int32_t fastest_usual, fastest_reset;
	double usual = doubt_after(2020, &fastest_usual), reset = doubt_after(2022, &fastest_reset);

	(void)state;
	assert_true(reset > usual + 10.0); /* 0.01 % at the least */
	assert_true(fastest_reset > fastest_usual + 200); /* less of the lead is left */
}

static void assert_same_priors(const struct f1p_ev_prior *a, const struct f1p_ev_prior *b, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		assert_memory_equal(a[i].value, b[i].value, sizeof(a[i].value));
}

static void test_the_order_of_the_rows_does_not_matter(void **state)
{
	struct f1p_ev_prior first[CARS + 1];
	struct past p;

	(void)state;
	two_seasons(&p);
	memcpy(first, ask(&p, F1P_SESSION_RACE, 201909, field, CARS), sizeof(first));
	past_end(&p);
	two_seasons(&p);
	p.reversed = true;
	assert_same_priors(first, ask(&p, F1P_SESSION_RACE, 201909, field, CARS), CARS + 1);
	past_end(&p);
}

static void test_the_order_of_the_cars_permutes_the_priors(void **state)
{
	struct f1p_ev_prior first[CARS + 1];
	struct made_car back[CARS];
	struct past p;

	(void)state;
	two_seasons(&p);
	memcpy(first, ask(&p, F1P_SESSION_RACE, 201909, field, CARS), sizeof(first));
	for (uint32_t i = 0; i < CARS; i++)
		back[i] = field[CARS - 1 - i];
	const struct f1p_ev_prior *prior = ask(&p, F1P_SESSION_RACE, 201909, back, CARS);
	for (uint32_t i = 0; i < CARS; i++) {
		assert_int_equal(of_car(prior, CARS - 1 - i, F1P_PRIOR_RACE_PACE), of_car(first, i, F1P_PRIOR_RACE_PACE));
		assert_int_equal(of_car(prior, CARS - 1 - i, F1P_PRIOR_RETIREMENT), of_car(first, i, F1P_PRIOR_RETIREMENT));
	}
	past_end(&p);
}

static void test_the_future_in_the_store_changes_nothing(void **state)
{
	struct made_car upside_down[CARS];
	struct f1p_ev_prior before[CARS + 1], then[CARS + 1];
	struct past p;

	(void)state;
	two_seasons(&p);
	memcpy(before, ask(&p, F1P_SESSION_RACE, 201906, field, CARS), sizeof(before));
	for (uint32_t i = 0; i < CARS; i++) {
		upside_down[i] = field[i];
		upside_down[i].pace = -field[i].pace;
	}
	put_season(&p, upside_down, CARS, 2020, 8);
	const struct made_race again = {.race_id = 201908, .circuit = "track_8", .car = upside_down, .n = CARS, .pit_loss_ms = 40000.0};
	put_race(&p, &again);
	flush_rows(&p);
	memcpy(then, ask(&p, F1P_SESSION_RACE, 202009, field, CARS), sizeof(then)); /* the later past has been read */
	assert_true(of_car(then, 0, F1P_PRIOR_RACE_RATING) > of_car(before, 0, F1P_PRIOR_RACE_RATING) + 300);
	assert_same_priors(before, ask(&p, F1P_SESSION_RACE, 201906, field, CARS), CARS + 1);
	past_end(&p);
}

/* A store that knows the weekend as a whole, as when a race of the past is played again. */
static void test_a_session_does_not_see_itself_or_what_follows(void **state)
{
	struct made_race next = {.race_id = 201909, .circuit = "track_9", .car = field, .n = CARS, .practice_shift = 0.0};
	struct f1p_ev_prior qualifying[CARS + 1];
	struct past p;

	(void)state;
	two_seasons(&p);
	put_race(&p, &next);
	flush_rows(&p);
	memcpy(qualifying, ask(&p, F1P_SESSION_QUALIFYING, 201909, field, CARS), sizeof(qualifying));
	assert_int_equal(of_car(qualifying, 0, F1P_PRIOR_QUALIFYING_GAP), F1P_UNKNOWN);
	assert_int_not_equal(of_car(qualifying, 0, F1P_PRIOR_PRACTICE_GAP), F1P_UNKNOWN);
	const struct f1p_ev_prior *race = ask(&p, F1P_SESSION_RACE, 201909, field, CARS);
	assert_pace(of_car(race, 0, F1P_PRIOR_QUALIFYING_GAP), -1.05);
	assert_int_equal(of_car(race, 0, F1P_PRIOR_QUALIFYING_WET), 0);
	assert_int_equal(of_car(race, 0, F1P_PRIOR_RACES), 16); /* its own result does not count */
	assert_int_equal(of_car(race, 0, F1P_PRIOR_QUALIFYING_PACE), of_car(qualifying, 0, F1P_PRIOR_QUALIFYING_PACE));
	past_end(&p);
}

static void test_a_weekend_faster_than_usual_moves_the_pace(void **state)
{
	struct made_race usual = {.race_id = 201909, .circuit = "track_9", .car = field, .n = CARS, .not_held = true};
	struct made_race better = usual;
	int32_t expected[2], qualifying[2];

	(void)state;
	better.practice_shift = -.8;
	for (int k = 0; k < 2; k++) {
		struct past p;
		two_seasons(&p);
		put_race(&p, k ? &better : &usual);
		flush_rows(&p);
		expected[k] = of_car(ask(&p, F1P_SESSION_RACE, 201909, field, CARS), 0, F1P_PRIOR_RACE_PACE);
		qualifying[k] = of_car(ask(&p, F1P_SESSION_QUALIFYING, 201909, field, CARS), 0, F1P_PRIOR_QUALIFYING_PACE);
		past_end(&p);
	}
	assert_true(expected[1] < expected[0] - 80);
	assert_true(qualifying[1] < qualifying[0] - 80);
}

static void test_results_alone_have_to_do_where_no_laps_are_known(void **state)
{
	struct made_car cars[CARS];
	struct past p;

	(void)state;
	two_seasons(&p);
	memcpy(cars, field, sizeof(cars));
	cars[0].pace = cars[1].pace = .8; /* the best team has lost it; the first lap of the made races hides a part of it */
	int32_t before = of_car(ask(&p, F1P_SESSION_RACE, 201909, field, CARS), 0, F1P_PRIOR_RACE_RATING);
	for (int32_t k = 9; k <= 16; k++) {
		const struct made_race race = {.race_id = 201900 + k, .circuit = "track_1", .car = cars, .n = CARS, .no_laps = true};
		put_race(&p, &race);
	}
	flush_rows(&p);
	const struct f1p_ev_prior *prior = ask(&p, F1P_SESSION_RACE, 201917, cars, CARS);
	assert_true(of_car(prior, 0, F1P_PRIOR_RACE_RATING) > before + 400);
	assert_true(of_car(prior, 0, F1P_PRIOR_QUALIFYING_RATING) > of_car(prior, 2, F1P_PRIOR_QUALIFYING_RATING) + 400);
	assert_in_range(prior[0].value[F1P_PRIOR_PIT_LOSS], 21000, 23000);
	past_end(&p);
}

static void test_eleven_teams(void **state)
{
	static char names[22][2][16];
	struct made_car cars[22];
	struct past p;

	(void)state;
	for (uint32_t i = 0; i < 22; i++) {
		snprintf(names[i][0], sizeof(names[i][0]), "%c%c_driver%u", 'a' + (int)i, 'z' - (int)i, (unsigned)i);
		snprintf(names[i][1], sizeof(names[i][1]), "stable%u", (unsigned)(i / 2));
		cars[i] = (struct made_car){names[i][0], names[i][1], -1.0 + .1 * (double)i, false};
	}
	past_begin(&p, NULL);
	put_season(&p, cars, 22, 2026, 8);
	const struct f1p_ev_prior *prior = ask(&p, F1P_SESSION_RACE, 202609, cars, 22);
	for (uint32_t i = 1; i < 22; i++)
		assert_true(of_car(prior, i, F1P_PRIOR_RACE_RATING) > of_car(prior, i - 1, F1P_PRIOR_RACE_RATING) - 30);
	assert_int_equal(of_car(prior, 21, F1P_PRIOR_TEAM), 11);
	assert_int_equal(prior[0].value[F1P_PRIOR_ERA_RACES], 8);
	past_end(&p);
}

static void put_third_practice(struct past *p, int32_t first_ms)
{
	for (uint32_t i = 0; i < CARS; i++) {
		struct f1p_hist_practice fp = {.row = {sizeof(fp), F1P_HIST_PRACTICE, 201909, 0}, .number = 3, .position = F1P_UNKNOWN,
			.best_ms = first_ms == F1P_UNKNOWN ? first_ms : first_ms - 250 * (int32_t)i, .laps = 9};
		snprintf(fp.driver_id, sizeof(fp.driver_id), "%s", field[i].driver);
		snprintf(fp.constructor_id, sizeof(fp.constructor_id), "%s", field[i].team);
		put_row(p, &fp);
	}
	flush_rows(p);
}

/* Practice in the rain that turns the order round says as little as one that was cancelled. */
static void test_a_wet_practice_is_left_out(void **state)
{
	const struct made_race weekend = {.race_id = 201909, .circuit = "track_9", .car = field, .n = CARS, .not_held = true};
	struct f1p_ev_prior cancelled[CARS + 1];
	struct past p;

	(void)state;
	two_seasons(&p);
	put_race(&p, &weekend);
	put_third_practice(&p, F1P_UNKNOWN);
	memcpy(cancelled, ask(&p, F1P_SESSION_QUALIFYING, 201909, field, CARS), sizeof(cancelled));
	put_third_practice(&p, 99000);
	assert_same_priors(cancelled, ask(&p, F1P_SESSION_QUALIFYING, 201909, field, CARS), CARS + 1);
	put_third_practice(&p, 89500);
	const struct f1p_ev_prior *dry = ask(&p, F1P_SESSION_QUALIFYING, 201909, field, CARS);
	assert_true(of_car(dry, 0, F1P_PRIOR_QUALIFYING_PACE) > of_car(cancelled, 0, F1P_PRIOR_QUALIFYING_PACE) + 100);
	past_end(&p);
}

/* Somebody who has been better here than anywhere else is expected to be so again. */
static void test_a_circuit_that_suits_is_remembered(void **state)
{
	struct made_car special[CARS];
	struct past p;
	int32_t here, elsewhere;

	(void)state;
	past_begin(&p, NULL);
	memcpy(special, field, sizeof(special));
	special[6].pace = -.5;
	for (int32_t season = 2018; season <= 2021; season++) {
		put_season(&p, field, CARS, season, 6);
		const struct made_race race = {.race_id = season * 100 + 7, .circuit = "suits", .car = special, .n = CARS};
		put_race(&p, &race);
	}
	const struct made_race next = {.race_id = 202108, .circuit = "suits", .car = field, .n = CARS, .not_held = true};
	const struct made_race other = {.race_id = 202109, .circuit = "track_2", .car = field, .n = CARS, .not_held = true};
	put_race(&p, &next);
	put_race(&p, &other);
	flush_rows(&p);
	past_fit(&p, 202108);
	here = of_car(ask(&p, F1P_SESSION_RACE, 202108, field, CARS), 6, F1P_PRIOR_RACE_PACE);
	elsewhere = of_car(ask(&p, F1P_SESSION_RACE, 202109, field, CARS), 6, F1P_PRIOR_RACE_PACE);
	assert_true(here < elsewhere - 100);
	past_end(&p);
}

static void test_a_renamed_team_keeps_its_rating_and_a_new_one_has_none(void **state)
{
	struct made_car cars[CARS];
	struct past p;

	(void)state;
	past_begin(&p, NULL);
	put_season(&p, field, CARS, 2018, 8);
	put_season(&p, field, CARS - 2, 2019, 8); /* the tail has gone a season before */
	memcpy(cars, field, sizeof(cars));
	cars[0].team = cars[1].team = "lightning"; /* was swift */
	cars[8] = (struct made_car){"kurt_king", "newcomers", 0.0, false};
	cars[9] = (struct made_car){"lena_lang", "newcomers", 0.0, false};
	const struct f1p_ev_prior *prior = ask(&p, F1P_SESSION_RACE, 202001, cars, CARS);
	assert_true(of_car(prior, 0, F1P_PRIOR_RACE_RATING) < of_car(prior, 2, F1P_PRIOR_RACE_RATING) - 200);
	assert_true(of_car(prior, 8, F1P_PRIOR_RACE_RATING) > of_car(prior, 4, F1P_PRIOR_RACE_RATING));
	assert_true(of_car(prior, 8, F1P_PRIOR_RACE_RATING_SD) > of_car(prior, 0, F1P_PRIOR_RACE_RATING_SD) + 100);
	assert_int_equal(of_car(prior, 8, F1P_PRIOR_TEAM_FORM), 12500);
	assert_in_range(of_car(prior, 0, F1P_PRIOR_TEAM_FORM), 1000, 4500);
	past_end(&p);
}

static void test_names_are_found_however_they_are_written(void **state)
{
	static struct f1p_state st;
	struct past p;

	(void)state;
	two_seasons(&p);
	past_state(&st, F1P_SESSION_RACE, made_start_ns(201909), 2019);
	past_car(&st, 1, "ADA", "Anna ADAMS", "Swift Racing F1 Team");
	past_car(&st, 2, "BRO", "Bért BROWN", "Swift Racing F1 Team");
	past_car(&st, 3, "", "CLARK Carl", "Team Able");
	past_car(&st, 4, "DOR", "", "Team Able");                /* a code alone: she raced lately */
	past_car(&st, 5, "EMI", "Zoe Zimmer", "Middling");       /* the code of another */
	past_car(&st, 6, "FRE", "Fred Foster", "Sponsor Thing"); /* the drivers tell */
	past_car(&st, 7, "GIN", "Gina Green", "");
	const struct f1p_ev_prior *prior = past_priors(&p, &st);
	const int32_t races[7] = {16, 16, 16, 16, 0, 16, 16};
	for (uint32_t i = 0; i < 7; i++)
		assert_int_equal(of_car(prior, i, F1P_PRIOR_RACES), races[i]);
	assert_int_equal(of_car(prior, 0, F1P_PRIOR_TEAM), of_car(prior, 1, F1P_PRIOR_TEAM));
	assert_int_equal(of_car(prior, 2, F1P_PRIOR_TEAM), of_car(prior, 3, F1P_PRIOR_TEAM));
	assert_int_not_equal(of_car(prior, 4, F1P_PRIOR_TEAM), of_car(prior, 5, F1P_PRIOR_TEAM));
	assert_true(of_car(prior, 0, F1P_PRIOR_RACE_RATING) < of_car(prior, 2, F1P_PRIOR_RACE_RATING));
	assert_true(of_car(prior, 2, F1P_PRIOR_RACE_RATING) < of_car(prior, 6, F1P_PRIOR_RACE_RATING));
	past_end(&p);
}

static void test_who_breaks_down_is_expected_to(void **state)
{
	struct past p;

	(void)state;
	two_seasons(&p);
	const struct f1p_ev_prior *prior = ask(&p, F1P_SESSION_RACE, 201909, field, CARS);
	assert_true(of_car(prior, 8, F1P_PRIOR_RETIREMENT) > 2 * of_car(prior, 0, F1P_PRIOR_RETIREMENT));
	assert_in_range(of_car(prior, 0, F1P_PRIOR_RETIREMENT), 20000, 100000);
	assert_in_range(prior[0].value[F1P_PRIOR_RETIREMENT_RATE], 1000, 8000); /* 16 of 160 starts, 15 to 30 laps each: .0035 */
	int32_t whole = of_car(prior, 8, F1P_PRIOR_RETIREMENT);
	assert_in_range(of_car(ask(&p, F1P_SESSION_SPRINT, 201909, field, CARS), 8, F1P_PRIOR_RETIREMENT), whole / 3 - 1, whole / 3 + 1);
	past_end(&p);
}

static void test_a_circuit_is_remembered_and_an_unknown_one_is_usual(void **state)
{
	struct made_race race = {.race_id = 201901, .circuit = "long_lane", .car = field, .n = CARS, .pit_loss_ms = 30000.0};
	struct made_race next = {.race_id = 202003, .circuit = "long_lane", .car = field, .n = CARS, .not_held = true};
	struct past p;

	(void)state;
	past_begin(&p, NULL);
	put_season(&p, field, CARS, 2018, 8); /* 22 s everywhere */
	put_race(&p, &race);
	race.race_id = 202001;
	put_race(&p, &race);
	race = (struct made_race){.race_id = 202002, .circuit = "track_1", .car = field, .n = CARS, .pit_loss_ms = 22000.0};
	put_race(&p, &race);
	put_race(&p, &next);
	flush_rows(&p);
	const struct f1p_ev_prior *prior = ask(&p, F1P_SESSION_RACE, 202003, field, CARS);
	int32_t known = prior[0].value[F1P_PRIOR_PIT_LOSS], known_sd = prior[0].value[F1P_PRIOR_PIT_LOSS_SD];
	assert_in_range(known, 27000, 30500);
	assert_int_equal(prior[0].value[F1P_PRIOR_VISITS], 2);
	assert_int_equal(prior[0].value[F1P_PRIOR_LAPS], SEASON_LAPS);
	assert_int_equal(prior[0].value[F1P_PRIOR_STREET], 0);
	assert_in_range(prior[0].value[F1P_PRIOR_STOPS], 900, 1600); /* everybody stopped once */
	/* Rebuilt: little of it counts. */
	next.layout = "long_lane_2";
	put_race(&p, &next);
	flush_rows(&p);
	prior = ask(&p, F1P_SESSION_RACE, 202003, field, CARS);
	assert_true(prior[0].value[F1P_PRIOR_PIT_LOSS] < known - 2000);
	assert_int_equal(prior[0].value[F1P_PRIOR_VISITS], 0);
	/* Never seen, and not in the calendar either. */
	prior = ask(&p, F1P_SESSION_RACE, 202020, field, CARS);
	assert_in_range(prior[0].value[F1P_PRIOR_PIT_LOSS], 21500, 26500);
	assert_true(prior[0].value[F1P_PRIOR_PIT_LOSS_SD] > known_sd);
	assert_int_equal(prior[0].value[F1P_PRIOR_VISITS], 0);
	assert_int_equal(prior[0].value[F1P_PRIOR_LAPS], F1P_UNKNOWN);
	assert_int_equal(prior[0].value[F1P_PRIOR_STREET], F1P_UNKNOWN);
	past_end(&p);
}

static void test_rows_that_come_later_are_read(void **state)
{
	struct past p;

	(void)state;
	two_seasons(&p);
	int32_t before = of_car(ask(&p, F1P_SESSION_RACE, 201912, field, CARS), 0, F1P_PRIOR_RACES);
	const struct made_race late = {.race_id = 201909, .circuit = "track_1", .car = field, .n = CARS};
	put_race(&p, &late);
	flush_rows(&p);
	assert_int_equal(of_car(ask(&p, F1P_SESSION_RACE, 201912, field, CARS), 0, F1P_PRIOR_RACES), before + 1);
	past_end(&p);
}

static void test_nothing_is_said_where_nothing_is_known(void **state)
{
	static struct f1p_state st;
	struct past p;

	(void)state;
	past_begin(&p, NULL);
	const struct f1p_priors *ext = p.plugin->get_extension(p.plugin, F1P_EXT_PRIORS);
	made_state(&st, F1P_SESSION_RACE, 201909, field, CARS);
	assert_int_equal(ext->priors(p.plugin, &st, p.priors, F1P_MAX_CARS + 1, &p.n_priors), F1P_EUNSUPPORTED); /* empty store */
	assert_int_equal(p.n_priors, 0);
	put_season(&p, field, CARS, 2018, 3);
	assert_int_equal(ext->priors(p.plugin, &st, p.priors, CARS, &p.n_priors), F1P_EINVAL); /* no room */
	st.flags = F1P_EVF_SIMULATED;
	assert_int_equal(ext->priors(p.plugin, &st, p.priors, F1P_MAX_CARS + 1, &p.n_priors), F1P_EUNSUPPORTED);
	st.flags = 0;
	st.type = F1P_SESSION_PRACTICE;
	assert_int_equal(ext->priors(p.plugin, &st, p.priors, F1P_MAX_CARS + 1, &p.n_priors), F1P_EUNSUPPORTED);
	st.type = F1P_SESSION_RACE;
	st.n_cars = 0;
	assert_int_equal(ext->priors(p.plugin, &st, p.priors, F1P_MAX_CARS + 1, &p.n_priors), F1P_EUNSUPPORTED);
	st.n_cars = 1;
	memset(&st.cars[0].name, 0xff, sizeof(st.cars[0].name)); /* no text at all, and not ended */
	memset(&st.cars[0].team, 'x', sizeof(st.cars[0].team));
	assert_int_equal(ext->priors(p.plugin, &st, p.priors, F1P_MAX_CARS + 1, &p.n_priors), F1P_OK);
	past_end(&p);
}

static int32_t any_value(struct f1p_rng *rng)
{
	static const int32_t edge[] = {F1P_UNKNOWN, -1, 0, 1, 2, 3, 20, 99, 120, 121, 1000, 90000, 7200000, INT32_MAX};

	if (f1p_rng_chance(rng, .2))
		return edge[f1p_rng_below(rng, 14)];
	return (int32_t)f1p_rng_below(rng, f1p_rng_chance(rng, .5) ? 60 : 200000);
}

static union {
	struct f1p_history_row row;
	struct f1p_hist_result result;
	struct f1p_hist_qualifying qualifying;
	struct f1p_hist_practice practice;
	struct f1p_hist_lap lap;
	struct f1p_hist_neutralisation neutralisation;
} wild;

/* Whatever the store would take of a random row. */
static bool put_wild_row(struct past *p, struct f1p_rng *rng)
{
	static const uint32_t types[] = {F1P_HIST_RESULT, F1P_HIST_QUALIFYING, F1P_HIST_PRACTICE, F1P_HIST_LAP, F1P_HIST_NEUTRALISATION};
	const uint32_t type = types[f1p_rng_below(rng, 5)];
	int32_t v[16];
	char driver[32], team[32];

	for (int i = 0; i < 16; i++)
		v[i] = any_value(rng);
	snprintf(driver, sizeof(driver), "driver_%u", (unsigned)f1p_rng_below(rng, 80));
	snprintf(team, sizeof(team), "team_%u", (unsigned)f1p_rng_below(rng, 20));
	memset(&wild, 0, sizeof(wild));
	wild.row = (struct f1p_history_row){history_row_size(type), type, 201801 + (int32_t)f1p_rng_below(rng, 12), 0};
	if (type == F1P_HIST_RESULT) {
		wild.result = (struct f1p_hist_result){.row = wild.row, .session = (uint8_t)(1 + f1p_rng_below(rng, 2)),
			.classified = (uint8_t)(1 + f1p_rng_below(rng, 3)), .dnf = (uint8_t)(1 + f1p_rng_below(rng, 7)),
			.pit_lane_start = (uint8_t)(1 + f1p_rng_below(rng, 3)), .number = 1, .grid = v[0], .position = v[1], .laps = v[2],
			.points_c = 0, .time_ms = v[3], .penalty_ms = F1P_UNKNOWN, .best_ms = F1P_UNKNOWN};
		memcpy(wild.result.driver_id, driver, sizeof(driver));
		memcpy(wild.result.constructor_id, team, sizeof(team));
	} else if (type == F1P_HIST_QUALIFYING) {
		wild.qualifying = (struct f1p_hist_qualifying){.row = wild.row, .session = 1 + f1p_rng_below(rng, 2), .position = v[0],
			.q_ms = {v[1], v[2], v[3]}, .grid_penalty = v[4]};
		memcpy(wild.qualifying.driver_id, driver, sizeof(driver));
		memcpy(wild.qualifying.constructor_id, team, sizeof(team));
	} else if (type == F1P_HIST_PRACTICE) {
		wild.practice = (struct f1p_hist_practice){.row = wild.row, .number = 1 + f1p_rng_below(rng, 3), .position = v[0],
			.best_ms = v[1], .laps = v[2]};
		memcpy(wild.practice.driver_id, driver, sizeof(driver));
		memcpy(wild.practice.constructor_id, team, sizeof(team));
	} else if (type == F1P_HIST_LAP) {
		wild.lap = (struct f1p_hist_lap){.row = wild.row, .lap = (int32_t)f1p_rng_below(rng, 130), .position = v[0], .time_ms = v[1],
			.elapsed_ms = v[2], .gap_ms = v[3], .stint = 1, .tyre_laps = (int16_t)v[4],
			.compound = (uint8_t)(1 + f1p_rng_below(rng, 10)), .neutral_permille = (uint16_t)f1p_rng_below(rng, 1001)};
		wild.lap.row.flags = f1p_rng_below(rng, 32);
		memcpy(wild.lap.driver_id, driver, sizeof(driver));
	} else {
		wild.neutralisation = (struct f1p_hist_neutralisation){.row = wild.row, .kind = 4 + f1p_rng_below(rng, 3), .first_lap = v[0],
			.last_lap = v[1], .t_start_ms = v[2], .t_end_ms = v[3]};
	}
	return history_put(p->store, &wild.row, 1, NULL, 0) == F1P_OK;
}

static void test_wild_rows_do_no_harm(void **state)
{
	struct f1p_rng rng;
	struct past p;
	uint32_t taken = 0;

	(void)state;
	past_begin(&p, NULL);
	put_season(&p, field, CARS, 2018, 12);
	f1p_rng_seed(&rng, 5, 1);
	for (int i = 0; i < 8000; i++)
		taken += put_wild_row(&p, &rng);
	flush_rows(&p);
	assert_true(taken > 1000);
	const struct f1p_trainable *ext = p.plugin->get_extension(p.plugin, F1P_EXT_TRAINABLE);
	f1p_status status = ext->fit(p.plugin, 201813);
	assert_true(status == F1P_OK || status == F1P_AGAIN); /* every qualifying may look wet */
	const struct f1p_ev_prior *prior = ask(&p, F1P_SESSION_RACE, 201813, field, CARS);
	for (uint32_t i = 0; i < CARS; i++) {
		assert_in_range(of_car(prior, i, F1P_PRIOR_RETIREMENT), 20000, 500000);
		assert_true(of_car(prior, i, F1P_PRIOR_RACE_PACE_SD) > 0);
		assert_true(abs(of_car(prior, i, F1P_PRIOR_RACE_PACE)) < 20000);
		assert_true(of_car(prior, i, F1P_PRIOR_DRIVER_FORM) > 0);
	}
	past_end(&p);
}

/* ---- learning and the model file ---- */

static void grow_text(void *arg, const void *bytes, size_t n)
{
	char **text = arg;
	size_t had = *text ? strlen(*text) : 0;

	*text = realloc(*text, had + n + 1);
	assert_non_null(*text);
	memcpy(*text + had, bytes, n);
	(*text)[had + n] = '\0';
}

static char *trained(struct past *p, int32_t next_race_id)
{
	const struct f1p_trainable *ext = p->plugin->get_extension(p->plugin, F1P_EXT_TRAINABLE);
	char *text = NULL;

	assert_int_equal(ext->begin(p->plugin), F1P_OK);
	assert_int_equal(ext->fit(p->plugin, next_race_id), F1P_OK);
	assert_int_equal(ext->save(p->plugin, grow_text, &text), F1P_OK);
	return text;
}

static void test_the_model_file_replaces_the_history(void **state)
{
	struct f1p_ev_prior with_history[CARS + 1];
	struct past p, alone = {0};

	(void)state;
	two_seasons(&p);
	char *text = trained(&p, 201909);
	memcpy(with_history, ask(&p, F1P_SESSION_RACE, 201909, field, CARS), sizeof(with_history));
	char *again = trained(&p, 201909);
	assert_string_equal(text, again);
	past_end(&p);
	past_start(&alone, text);
	const struct f1p_ev_prior *prior = ask(&alone, F1P_SESSION_RACE, 201909, field, CARS);
	for (uint32_t i = 0; i < CARS; i++) {
		assert_in_range(of_car(prior, i, F1P_PRIOR_RACE_RATING) - of_car(with_history, i, F1P_PRIOR_RACE_RATING) + 100, 98, 102);
		assert_int_equal(of_car(prior, i, F1P_PRIOR_DRIVER_FORM), of_car(with_history, i, F1P_PRIOR_DRIVER_FORM));
		assert_int_equal(of_car(prior, i, F1P_PRIOR_RACES), 16);
	}
	/* A race from before the file was made: what it knows is of the future. */
	static struct f1p_state st;
	made_state(&st, F1P_SESSION_RACE, 201905, field, CARS);
	const struct f1p_priors *ext = alone.plugin->get_extension(alone.plugin, F1P_EXT_PRIORS);
	assert_int_equal(ext->priors(alone.plugin, &st, alone.priors, F1P_MAX_CARS + 1, &alone.n_priors), F1P_EUNSUPPORTED);
	past_end(&alone);
	free(text);
	free(again);
}

static void test_a_short_history_goes_on_from_the_model_file(void **state)
{
	struct past p, later;

	(void)state;
	two_seasons(&p);
	char *text = trained(&p, 201909);
	past_end(&p);
	past_begin(&later, text);
	put_season(&later, field, CARS, 2020, 2);
	const struct f1p_ev_prior *prior = ask(&later, F1P_SESSION_RACE, 202003, field, CARS);
	assert_int_equal(of_car(prior, 0, F1P_PRIOR_RACES), 18);
	assert_pace(of_car(prior, 0, F1P_PRIOR_RACE_RATING), -1.05);
	assert_int_equal(prior[0].value[F1P_PRIOR_SEASON_RACES], 2);
	past_end(&later);
	free(text);
}

static void test_a_broken_model_file_does_no_harm(void **state)
{
	static const char *const broken[] = {"{", "[]", "{}", "{\"state\":[1]}", "{\"weight.race\":[1,2,3]}",
		"{\"state\":[1,1e9,1e9,1e9,-5,1e30,0,0,0,0,0,0,-1,-1,-1],\"circuits.other\":[1],\"circuits.street\":[2]}"};
	struct past p;

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		past_begin(&p, broken[i]);
		put_season(&p, field, CARS, 2018, 3);
		assert_true(of_car(ask(&p, F1P_SESSION_RACE, 201804, field, CARS), 0, F1P_PRIOR_RACE_RATING) < 0);
		past_end(&p);
	}
}

static void test_fitting_needs_races(void **state)
{
	struct past p;

	(void)state;
	past_begin(&p, NULL);
	put_season(&p, field, CARS, 2018, 3);
	const struct f1p_trainable *ext = p.plugin->get_extension(p.plugin, F1P_EXT_TRAINABLE);
	assert_int_equal(ext->begin(p.plugin), F1P_OK);
	assert_int_equal(ext->fit(p.plugin, 201804), F1P_AGAIN);
	past_end(&p);
}

static void test_a_fit_makes_the_spread_honest(void **state)
{
	struct past p;

	(void)state;
	two_seasons(&p); /* fields without surprises */
	int32_t before = of_car(ask(&p, F1P_SESSION_RACE, 201909, field, CARS), 0, F1P_PRIOR_RACE_PACE_SD);
	past_fit(&p, 201909);
	int32_t after = of_car(ask(&p, F1P_SESSION_RACE, 201909, field, CARS), 0, F1P_PRIOR_RACE_PACE_SD);
	assert_in_range(before, 300, 600);
	assert_in_range(after, 10, 250);
	past_end(&p);
}

static void test_configuration_is_checked(void **state)
{
	static const struct past_cfg bad[] = {{"2014 x", ""}, {"1900", ""}, {"", "a>"}, {"", "swift"}, {"", ">b"}};
	struct past p;

	(void)state;
	past_begin(&p, NULL);
	p.plugin->stop(p.plugin);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		p.reason[0] = '\0';
		assert_int_equal(p.plugin->configure(p.plugin, &bad[i]), F1P_ECONFIG);
		assert_true(strlen(p.reason) > 10);
	}
	past_end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ratings_find_the_true_pace),
		cmocka_unit_test(test_a_rookie_is_at_the_level_of_his_team_and_less_certain),
		cmocka_unit_test(test_new_rules_widen_and_draw_together),
		cmocka_unit_test(test_the_order_of_the_rows_does_not_matter),
		cmocka_unit_test(test_the_order_of_the_cars_permutes_the_priors),
		cmocka_unit_test(test_the_future_in_the_store_changes_nothing),
		cmocka_unit_test(test_a_session_does_not_see_itself_or_what_follows),
		cmocka_unit_test(test_a_weekend_faster_than_usual_moves_the_pace),
		cmocka_unit_test(test_results_alone_have_to_do_where_no_laps_are_known),
		cmocka_unit_test(test_eleven_teams),
		cmocka_unit_test(test_a_wet_practice_is_left_out),
		cmocka_unit_test(test_a_circuit_that_suits_is_remembered),
		cmocka_unit_test(test_a_renamed_team_keeps_its_rating_and_a_new_one_has_none),
		cmocka_unit_test(test_names_are_found_however_they_are_written),
		cmocka_unit_test(test_who_breaks_down_is_expected_to),
		cmocka_unit_test(test_a_circuit_is_remembered_and_an_unknown_one_is_usual),
		cmocka_unit_test(test_rows_that_come_later_are_read),
		cmocka_unit_test(test_nothing_is_said_where_nothing_is_known),
		cmocka_unit_test(test_wild_rows_do_no_harm),
		cmocka_unit_test(test_the_model_file_replaces_the_history),
		cmocka_unit_test(test_a_short_history_goes_on_from_the_model_file),
		cmocka_unit_test(test_a_broken_model_file_does_no_harm),
		cmocka_unit_test(test_fitting_needs_races),
		cmocka_unit_test(test_a_fit_makes_the_spread_honest),
		cmocka_unit_test(test_configuration_is_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

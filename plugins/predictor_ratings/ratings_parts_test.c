/* ratings_parts_test.c - names, session gaps, race pace, circuit facts and the filter, each on cases with a known answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "circuit.h"
#include "gaps.h"
#include "helpers/rng.h"
#include "names.h"
#include "race_pace.h"
#include "rating.h"
#include "weekend.h"

static int person(const char *a, const char *b)
{
	struct name_tokens x, y;

	names_split(&x, a, strlen(a));
	names_split(&y, b, strlen(b));
	return names_person(&x, &y);
}

static double team(const char *a, const char *b)
{
	struct name_tokens x, y;

	names_split(&x, a, strlen(a));
	names_split(&y, b, strlen(b));
	return names_team(&x, &y);
}

static void test_names(void **state)
{
	(void)state;
	assert_int_equal(person("Max VERSTAPPEN", "max_verstappen"), 4);
	assert_int_equal(person("Max Verstappen", "Jos Verstappen"), 2);
	assert_int_equal(person("Sergio PEREZ", "Sergio Pérez"), 4);
	assert_int_equal(person("Nico HULKENBERG", "Nico Hülkenberg"), 4);
	assert_int_equal(person("ZHOU Guanyu", "Guanyu Zhou"), 4);
	assert_int_equal(person("Alex Albon", "Alexander Albon"), 3);
	assert_int_equal(person("Nyck DE VRIES", "de_vries"), 4);
	assert_int_equal(person("Max Verstappen", "Jean-Éric Vergne"), 0);
	assert_int_equal(person("", "Jean-Éric Vergne"), 0);
	assert_true(team("Red Bull Racing", "Red Bull") == 1.0);
	assert_true(team("Kick Sauber", "Sauber") == 1.0);
	assert_true(team("Racing Bulls", "Red Bull") == 0.0);
	assert_true(team("Haas F1 Team", "Lotus F1") == 0.0);
	assert_true(team("F1 Team", "Lotus F1") == 0.0);
	/* Bytes that are no text, without an end. */
	struct name_tokens x;
	char wild[64];
	for (int i = 0; i < 64; i++)
		wild[i] = (char)(0x80 + i);
	names_split(&x, wild, sizeof(wild));
	memset(wild, 'a', sizeof(wild));
	names_split(&x, wild, sizeof(wild));
	assert_int_equal(x.n, 1);
	assert_int_equal(strlen(x.token[0]), NAMES_TOKEN - 1);
}

#define NO F1P_UNKNOWN
static void test_parts_of_qualifying_are_brought_to_one_level(void **state)
{
	/* The track gains 1 % from part to part; who is out early must not look slow. */
	static const int32_t q_ms[6][3] = {{80000, 79204, 78416}, {80400, 79600, 78808}, {80800, 79996, 79200}, {81200, 80392, NO},
		{81600, 80788, NO}, {82000, NO, NO}};
	double gap[6];

	(void)state;
	assert_false(gaps_qualifying(q_ms, 6, gap));
	for (int i = 1; i < 6; i++)
		assert_true(fabs(gap[i] - gap[i - 1] - .495) < .03);
	assert_true(fabs(gap[2] + gap[3]) < .01);
}

static void test_a_wet_part_is_noticed(void **state)
{
	static const int32_t q_ms[5][3] = {{80000, 90000, NO}, {80400, 91000, NO}, {80800, 92000, NO}, {81200, NO, NO}, {81600, NO, NO}};
	static const int32_t few[4][3] = {{NO, NO, NO}, {80000, NO, NO}, {80100, NO, NO}, {80200, NO, NO}};
	double gap[5];

	(void)state;
	assert_true(gaps_qualifying(q_ms, 5, gap));
	assert_false(gaps_qualifying(few, 4, gap));
	for (int i = 0; i < 4; i++)
		assert_false(is_known(gap[i])); /* three times say little */
}

/* 12 cars, 40 laps; car i is i / 10 % slower; tyres wear, fuel burns, even cars stop. */
static void make_race(struct race_laps *r, uint64_t seed)
{
	struct f1p_rng rng;

	memset(r, 0, sizeof(*r));
	r->n_cars = 12;
	r->n_laps = 40;
	f1p_rng_seed(&rng, seed, 7);
	for (uint32_t car = 0; car < r->n_cars; car++) {
		int32_t elapsed = 0, stop = car % 2 ? 18 : 24;
		for (int32_t lap = 1; lap <= 40; lap++) {
			struct race_lap *l = &r->lap[car][lap];
			int32_t age = lap > stop ? lap - stop - 1 : lap - 1;
			double pct = .1 * car + .06 * age - .07 * lap + .1 * f1p_rng_normal(&rng) + (lap > stop ? .4 : 0.0);
			*l = (struct race_lap){.driven = true, .position = (int32_t)car + 1, .tyre_laps = (int16_t)age,
				.compound = lap > stop ? F1P_TYRE_HARD : F1P_TYRE_SOFT, .in = lap == stop, .out = lap == stop + 1};
			l->time_ms = (int32_t)(90000.0 * (1.0 + pct / 100.0)) + (lap == 1 ? 2000 * (int32_t)car : 0);
			l->time_ms += lap == stop ? 4000 : lap == stop + 1 ? 17000 : 0;
			if (lap == 10 && car == 3)
				l->time_ms += 9000; /* off the road */
			elapsed += l->time_ms;
			l->elapsed_ms = elapsed;
		}
	}
}

static void test_race_pace_is_freed_of_fuel_tyres_and_mishaps(void **state)
{
	static struct race_laps r;
	double pace[F1P_MAX_CARS], n[F1P_MAX_CARS];

	(void)state;
	make_race(&r, 1);
	race_pace_measure(&r, false, pace, n);
	for (uint32_t car = 0; car < 12; car++) {
		assert_true(fabs(pace[car] - (.1 * car - .55)) < .08);
		assert_true(n[car] >= 35.0);
	}
	assert_true(fabs(pace[3] - pace[2] - .1) < .08);
	r.n_laps = 5; /* too short a race */
	race_pace_measure(&r, false, pace, n);
	for (uint32_t car = 0; car < 12; car++)
		assert_false(is_known(pace[car]));
}

static void test_wet_race_pace_compares_like_with_like(void **state)
{
	static struct race_laps r;
	double pace[F1P_MAX_CARS], n[F1P_MAX_CARS];

	(void)state;
	make_race(&r, 2);
	for (uint32_t car = 0; car < 12; car++) { /* 10 s slower on intermediates, on which the odd ones stay longer */
		for (uint32_t lap = 1; lap <= (car % 2 ? 20u : 15u); lap++) {
			r.lap[car][lap].compound = F1P_TYRE_INTERMEDIATE;
			r.lap[car][lap].time_ms += 10000;
		}
	}
	race_pace_measure(&r, true, pace, n);
	for (uint32_t car = 2; car < 12; car++)
		assert_true(fabs(pace[car] - pace[car - 2] - .2) < .35);
	assert_true(pace[0] < pace[10] - .5 && pace[1] < pace[11] - .5);
}

static void test_track_facts(void **state)
{
	static struct race_laps r;
	struct track_facts f;

	(void)state;
	make_race(&r, 3);
	track_measure(&r, false, &f);
	assert_int_equal(f.pit_stops, 12);
	assert_true(fabs(f.pit_loss_ms - 21000.0) < 700.0);
	assert_true(f.stops_per_car == 1.0);
	track_measure(&r, true, &f);
	assert_false(is_known(f.pit_loss_ms)); /* a wet race does not tell it */
	/* Two cars side by side that swap once. */
	memset(&r, 0, sizeof(r));
	r.n_cars = 2;
	r.n_laps = 3;
	for (uint32_t car = 0; car < 2; car++) {
		for (uint32_t lap = 1; lap <= 3; lap++)
			r.lap[car][lap] = (struct race_lap){.driven = true, .time_ms = 90000, .position = (int32_t)(lap == 3 ? 2 - car : car + 1),
				.elapsed_ms = (int32_t)lap * 90000 + (lap == 3 ? (car ? 0 : 500) : 500 * (int32_t)car)};
	}
	track_measure(&r, false, &f);
	assert_true(f.close_laps == 2.0 && f.swaps == 1.0);
}

static void test_the_filter_shares_between_team_and_driver(void **state)
{
	struct rating r;
	struct rating_observation o[4];
	double mean[4], var[4], start;

	(void)state;
	rating_init(&r, &rating_of_races);
	uint32_t teams[2] = {rating_add(&r, true), rating_add(&r, true)};
	for (uint32_t i = 0; i < 4; i++)
		o[i] = (struct rating_observation){.team = teams[i / 2], .driver = rating_add(&r, false), .noise = 1.0};
	rating_forecast(&r, o, 4, mean, var);
	start = var[0];
	const double truth[4] = {-.6, -.4, .4, .6};
	for (int race = 0; race < 40; race++) {
		for (uint32_t i = 0; i < 4; i++)
			o[i].gap = truth[i] + 5.0; /* the level says nothing */
		rating_next_race(&r);
		rating_observe(&r, o, 4);
	}
	rating_forecast(&r, o, 4, mean, var);
	for (uint32_t i = 0; i < 4; i++) {
		assert_true(fabs(mean[i] - truth[i]) < .08);
		assert_true(var[i] < start / 3.0);
	}
	/* One race in trouble moves little; a newcomer counts as his team. */
	o[0].gap += 4.0;
	rating_observe(&r, o, 4);
	double after[4];
	rating_forecast(&r, o, 4, after, var);
	assert_true(fabs(after[0] - mean[0]) < .15);
	double before = var[0];
	rating_next_season(&r, false);
	rating_forecast(&r, o, 4, after, var);
	double usual = var[0];
	assert_true(usual > before);
	rating_next_season(&r, true);
	rating_forecast(&r, o, 4, after, var);
	assert_true(after[3] - after[0] < .75 * (mean[3] - mean[0]));
	rating_finish(&r);
}

static void test_circuits_are_drawn_towards_the_usual(void **state)
{
	struct circuits all = {0};
	struct circuit here = {0}, elsewhere = {0}, unseen = {0};
	struct book_race race = {.laps = 61, .scheduled_laps = 61, .neutralisations_known = true};
	struct circuit_outlook o, usual;

	(void)state;
	race.facts = (struct track_facts){.pit_loss_ms = 20000.0, .pit_stops = 20, .swaps = 20.0, .close_laps = 250.0, .stops_per_car = 1.5};
	for (int k = 0; k < 30; k++)
		circuit_race(&all, &elsewhere, &race);
	race.facts = (struct track_facts){.pit_loss_ms = 28000.0, .pit_stops = 20, .swaps = 1.0, .close_laps = 400.0, .stops_per_car = 1.0};
	race.n_sc = 2;
	for (int k = 0; k < 4; k++)
		circuit_race(&all, &here, &race);
	circuit_forecast(&all, &here, "", false, &o);
	circuit_forecast(&all, &unseen, "", false, &usual);
	assert_true(o.pit_loss_ms > 26500.0 && o.pit_loss_ms < 28000.0);
	assert_true(o.pit_loss_sd_ms < usual.pit_loss_sd_ms);
	assert_true(o.ease < -.5 && usual.ease > -.2 && usual.ease < .3);
	assert_true(o.stops < usual.stops);
	assert_true(o.sc_per_lap > usual.sc_per_lap && o.sc_per_lap < .5 * 8.0 / 240.0 + .5 * usual.sc_per_lap);
	circuit_forecast(&all, &unseen, "", true, &o);
	assert_true(o.ease < usual.ease && o.sc_per_lap > usual.sc_per_lap); /* a street circuit */
}

static void fill_weekend(struct weekend_car *c)
{
	*c = (struct weekend_car){.qualifying_gap = 1.0, .sprint_qualifying_gap = 2.0, .sprint_gap = 3.0, .practice_gap = {4.0, 5.0, 6.0}};
}

static void test_sessions_are_masked_by_the_rules_of_the_season(void **state)
{
	struct weekend_car c;

	(void)state;
	fill_weekend(&c);
	weekend_mask(&c, 2022, true, BEFORE_QUALIFYING); /* qualifying on Friday */
	assert_true(is_known(c.practice_gap[0]) && !is_known(c.practice_gap[1]) && !is_known(c.sprint_gap) && !is_known(c.qualifying_gap));
	fill_weekend(&c);
	weekend_mask(&c, 2023, true, BEFORE_SPRINT);
	assert_true(is_known(c.qualifying_gap) && is_known(c.sprint_qualifying_gap) && !is_known(c.sprint_gap));
	fill_weekend(&c);
	weekend_mask(&c, 2025, true, BEFORE_QUALIFYING);
	assert_true(is_known(c.sprint_gap) && is_known(c.sprint_qualifying_gap) && !is_known(c.qualifying_gap));
	fill_weekend(&c);
	weekend_mask(&c, 2025, true, BEFORE_SPRINT);
	assert_true(!is_known(c.sprint_gap) && is_known(c.sprint_qualifying_gap) && !is_known(c.qualifying_gap));
	fill_weekend(&c);
	weekend_mask(&c, 2025, false, BEFORE_QUALIFYING);
	assert_true(is_known(c.practice_gap[2]) && !is_known(c.qualifying_gap));
	fill_weekend(&c);
	weekend_mask(&c, 2025, false, BEFORE_RACE);
	assert_true(is_known(c.practice_gap[2]) && is_known(c.qualifying_gap));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_parts_of_qualifying_are_brought_to_one_level),
		cmocka_unit_test(test_a_wet_part_is_noticed),
		cmocka_unit_test(test_race_pace_is_freed_of_fuel_tyres_and_mishaps),
		cmocka_unit_test(test_wet_race_pace_compares_like_with_like),
		cmocka_unit_test(test_track_facts),
		cmocka_unit_test(test_the_filter_shares_between_team_and_driver),
		cmocka_unit_test(test_circuits_are_drawn_towards_the_usual),
		cmocka_unit_test(test_sessions_are_masked_by_the_rules_of_the_season),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

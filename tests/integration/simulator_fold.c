/*
 * simulator_fold.c - many simulated races through ingest and fold, against the truth that the simulator tells: who finished
 * where, after how many laps and stops, on which tyres, who retired, how often the race was neutralised.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "race/ingest.h"
#include "race/race.h"
#include "simulator.h"

#include <string.h>

#define SEEDS 40

struct tally { /* that the seeds have shown what they are there to show */
	int retired, stops, sc, vsc, red, wet, lapped;
};

static struct sim_config config(uint64_t seed)
{
	return (struct sim_config){.seed = seed,
		.cars = 20,
		.laps = 30 + (int)(seed * 7 % 40),
		.lap_time_s = 70 + (double)(seed % 5) * 8,
		.pit_loss_s = 16 + (double)(seed % 4) * 3,
		.rain = SIM_AUTO,
		.safety_car = SIM_AUTO,
		.red_flag = SIM_AUTO,
		.sprint = seed % 8 == 7,
		.rate = 1,
		.pre_start_s = 60,
		.start_ns = INT64_C(1893506400) * 1000000000};
}

/* Folds a whole race. Every event must pass the gate. */
static void fold(struct race *race, const struct sim_config *c, struct sim_result *truth)
{
	struct ingest *in = ingest_create();
	struct sim *sim = sim_create(c);
	const struct f1p_event *e;
	uint64_t block[F1P_EVENT_MAX / 8];
	struct f1p_event *ev = (struct f1p_event *)block;
	uint64_t seq = 0;

	assert_true(in && sim);
	while ((e = sim_next_event(sim))) {
		const char *why = "";
		memcpy(ev, e, e->size);
		ev->source_id = 1;
		ev->source_seq = ++seq;
		if (ingest_check(in, ev, &why) != INGEST_OK)
			fail_msg("seed %u: event %u of type %u refused: %s", (unsigned)c->seed, (unsigned)seq, e->type, why);
		ev->seq = seq;
		race_apply(race, ev);
	}
	assert_false(sim_failed(sim));
	sim_result(sim, truth);
	assert_true(truth->ended);
	sim_destroy(sim);
	ingest_destroy(in);
}

static void check_tyres(const struct f1p_car *car, const struct sim_car_result *t, const struct sim_config *c)
{
	int32_t laps = 0;

	if (car->n_stints != t->n_stints)
		fail_msg("seed %u car %d: %d stints, truth %d", (unsigned)c->seed, t->number, car->n_stints, t->n_stints);
	for (int i = 0; i < t->n_stints; i++) {
		if (car->stints[i].compound != t->compounds[i])
			fail_msg("seed %u car %d stint %d: compound %d, truth %d", (unsigned)c->seed, t->number, i + 1,
				car->stints[i].compound, t->compounds[i]);
		laps += car->stints[i].total_laps - car->stints[i].start_laps;
	}
	/* A retired car has been part of a lap on its last set. */
	if (laps < t->laps || laps > t->laps + (t->retired ? 1 : 0))
		fail_msg("seed %u car %d: %d laps on its tyres, truth %d", (unsigned)c->seed, t->number, laps, t->laps);
}

static void check_car(const struct f1p_car *car, const struct sim_car_result *t, int place, const struct sim_config *c)
{
	const unsigned seed = (unsigned)c->seed;

	if (car->number != t->number || car->position != place)
		fail_msg("seed %u place %d: car %d at %d, truth %d", seed, place, car->number, car->position, t->number);
	if (car->laps != t->laps)
		fail_msg("seed %u car %d: %d laps, truth %d", seed, t->number, car->laps, t->laps);
	if (car->stops != t->stops)
		fail_msg("seed %u car %d: %d stops, truth %d", seed, t->number, car->stops, t->stops);
	if ((car->retired == F1P_YES) != t->retired)
		fail_msg("seed %u car %d: retired %d, truth %d", seed, t->number, car->retired, t->retired);
	if (car->grid != t->grid)
		fail_msg("seed %u car %d: grid %d, truth %d", seed, t->number, car->grid, t->grid);
	if (t->best_ms > 0 && car->best_ms != t->best_ms)
		fail_msg("seed %u car %d: best lap %d ms, truth %d", seed, t->number, car->best_ms, t->best_ms);
	if (car->n_laps != t->laps)
		fail_msg("seed %u car %d: %d laps in its history, truth %d", seed, t->number, car->n_laps, t->laps);
	check_tyres(car, t, c);
}

static void check_race(const struct sim_config *c, struct tally *tally)
{
	struct race *race = race_create();
	struct sim_result truth;

	assert_non_null(race);
	fold(race, c, &truth);
	const struct f1p_state *s = race_state(race);
	assert_int_equal(s->n_cars, c->cars);
	assert_int_equal(s->total_laps, c->laps);
	assert_true(s->status >= F1P_STATUS_FINISHED);
	if (s->n_sc != truth.n_sc || s->n_vsc != truth.n_vsc || s->n_red != truth.n_red)
		fail_msg("seed %u: SC %d VSC %d red %d, truth %d %d %d", (unsigned)c->seed, s->n_sc, s->n_vsc, s->n_red, truth.n_sc,
			truth.n_vsc, truth.n_red);
	for (int i = 0; i < c->cars; i++) {
		const struct f1p_car *car = &s->cars[s->order[i]];
		check_car(car, &truth.order[i], i + 1, c);
		tally->retired += truth.order[i].retired;
		tally->stops += truth.order[i].stops;
		tally->lapped += !truth.order[i].retired && truth.order[i].laps < truth.order[0].laps;
	}
	tally->sc += truth.n_sc;
	tally->vsc += truth.n_vsc;
	tally->red += truth.n_red;
	tally->wet += truth.wet;
	race_destroy(race);
}

static void test_forty_seeds_fold_to_the_truth(void **state)
{
	struct tally tally = {0};

	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct sim_config c = config(seed);
		check_race(&c, &tally);
	}
	print_message("%d races: %d retired, %d stops, %d lapped, SC %d, VSC %d, red %d, wet %d\n", SEEDS, tally.retired, tally.stops,
		tally.lapped, tally.sc, tally.vsc, tally.red, tally.wet);
	assert_true(tally.retired >= 20 && tally.stops >= 400 && tally.lapped >= 20);
	assert_true(tally.sc >= 5 && tally.vsc >= 2 && tally.red >= 1 && tally.wet >= 1);
}

static void test_22_cars(void **state)
{
	struct tally tally = {0};

	(void)state;
	for (uint64_t seed = 101; seed <= 106; seed++) {
		struct sim_config c = config(seed);
		c.cars = 22;
		check_race(&c, &tally);
	}
	assert_true(tally.stops > 22);
}

static void test_rain_red_flags_and_safety_cars_for_sure(void **state)
{
	struct tally tally = {0};

	(void)state;
	for (uint64_t seed = 201; seed <= 208; seed++) {
		struct sim_config c = config(seed);
		c.rain = seed % 2 ? SIM_YES : SIM_NO;
		c.red_flag = SIM_YES;
		c.safety_car = SIM_YES;
		check_race(&c, &tally);
	}
	assert_true(tally.red >= 8 && tally.sc >= 8 && tally.wet >= 4);
}

static void test_the_smallest_and_the_largest_field(void **state)
{
	struct tally tally = {0};

	(void)state;
	struct sim_config c = config(301);
	c.cars = 2;
	c.laps = 3;
	check_race(&c, &tally);
	c = config(302);
	c.cars = 32;
	c.laps = SIM_MAX_LAPS;
	check_race(&c, &tally);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forty_seeds_fold_to_the_truth),
		cmocka_unit_test(test_22_cars),
		cmocka_unit_test(test_rain_red_flags_and_safety_cars_for_sure),
		cmocka_unit_test(test_the_smallest_and_the_largest_field),
	};
	return cmocka_run_group_tests_name("simulator_fold", tests, NULL, NULL);
}

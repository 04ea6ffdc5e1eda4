/*
 * midrace_property_test.c - predictor_midrace: what holds of any race, and which way a forecast moves when one thing changes.
 */
#include "midrace_fixture.h"

#include "helpers/rng.h"

/* Nothing but pace and what the cars owe. */
static struct midrace_cfg quiet(int64_t runs)
{
	struct midrace_cfg cfg = config(runs);
	cfg.retire_per_lap = cfg.sc_per_lap = cfg.vsc_per_lap = cfg.red_per_lap = 0;
	return cfg;
}

/* ---- common random numbers ---- */

static void test_irrelevant_change_moves_little(void **state)
{
	(void)state;
	static struct f1p_forecast a, b;
	struct f1p_state *s = race_new(20, 20, 57);
	predict(s, 4000, &a);
	s->cars[15].gap_ms += 40;
	predict(s, 4000, &b);
	for (uint32_t i = 0; i < 20; i++) {
		assert_true(fabs(a.cars[i].p_win - b.cars[i].p_win) < 0.01);
		assert_true(fabs(a.cars[i].p_podium - b.cars[i].p_podium) < 0.01);
	}
	free(s);
}

static void test_a_longer_lead_never_hurts(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = race_new(20, 30, 57);
	double last = 0.0;
	for (int step = 0; step < 8; step++) {
		predict(s, 4000, &f);
		assert_true(f.cars[0].p_win >= last - f.mc_error);
		last = f.cars[0].p_win;
		for (uint32_t i = 1; i < 20; i++) {
			s->cars[i].gap_ms += 5000;
		}
	}
	assert_true(last > 0.85);
	free(s);
}

static void test_quiet_lap_is_no_news(void **state)
{
	(void)state;
	static struct f1p_forecast a, b;
	struct f1p_state *s = race_new(20, 30, 57), *t = race_new(20, 31, 57);
	for (uint32_t i = 0; i < 20; i++) {
		s->cars[i].tyre_age = 10;
		t->cars[i].tyre_age = 11;
	}
	predict(s, 10000, &a);
	predict(t, 10000, &b);
	for (uint32_t i = 0; i < 20; i++) {
		assert_true(fabs(a.cars[i].p_win - b.cars[i].p_win) < 0.03);
	}
	free(s);
	free(t);
}

/* ---- any race ---- */

static struct f1p_state *any_race(struct f1p_rng *r)
{
	static const uint8_t tracks[] = {F1P_TRACK_CLEAR, F1P_TRACK_CLEAR, F1P_TRACK_YELLOW, F1P_TRACK_SC, F1P_TRACK_VSC,
		F1P_TRACK_RED};
	uint32_t cars = 1 + f1p_rng_below(r, F1P_MAX_CARS);
	int32_t total = 2 + (int32_t)f1p_rng_below(r, 90), done = (int32_t)f1p_rng_below(r, (uint32_t)total + 1);
	struct f1p_state *s = done ? race_new(cars, done, total) : race_grid(cars, total);
	int32_t gap_ms = 0;
	s->track = tracks[f1p_rng_below(r, sizeof(tracks))];
	s->type = f1p_rng_chance(r, 0.2) ? F1P_SESSION_SPRINT : F1P_SESSION_RACE;
	for (uint32_t i = 0; i < cars; i++) {
		struct f1p_car *car = &s->cars[i];
		gap_ms += (int32_t)f1p_rng_below(r, 9000);
		car->gap_ms = f1p_rng_chance(r, 0.1) ? F1P_UNKNOWN : gap_ms;
		car->gap_laps = f1p_rng_chance(r, 0.1);
		car->penalty_ms = f1p_rng_chance(r, 0.1) ? 10000 : 0;
		car->in_pit = f1p_rng_chance(r, 0.1) ? F1P_YES : F1P_NO;
		car->stopped = f1p_rng_chance(r, 0.05) ? F1P_YES : F1P_NO;
		car->retired = f1p_rng_chance(r, 0.1) ? F1P_YES : F1P_NO;
		if (f1p_rng_chance(r, 0.3)) {
			race_stint(car, (uint8_t)(F1P_TYRE_UNKNOWN + f1p_rng_below(r, 6)), (int32_t)f1p_rng_below(r, 40));
		}
	}
	return s;
}

static void test_any_race_adds_up(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_rng r;
	f1p_rng_seed(&r, 1, 0);
	for (int round = 0; round < 80; round++) {
		struct f1p_state *s = any_race(&r);
		double wins = 0, podiums = 0;
		uint32_t racing = 0;
		predict(s, 100, &f); /* rows, columns, quantiles */
		for (uint32_t i = 0; i < s->n_cars; i++) {
			bool out = s->cars[i].retired == F1P_YES;
			racing += !out;
			wins += f.cars[i].p_win;
			podiums += f.cars[i].p_podium;
		}
		for (uint32_t i = 0; i < s->n_cars && racing > 0; i++) {
			if (s->cars[i].retired == F1P_YES) {
				assert_true(f.cars[i].p_win == 0 && f.cars[i].p_retire == 1);
			}
		}
		assert_true(fabs(wins - 1) < 1e-9);
		assert_true(fabs(podiums - (s->n_cars < 3 ? s->n_cars : 3)) < 1e-9);
		free(s);
	}
}

/* ---- one thing changes ---- */

/* Whatever else happens happens in both: so not one of its chances to finish within the first k may rise. */
static void test_a_penalty_never_helps(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = race_new(20, 40, 57);
	double last[20];
	for (int32_t penalty_ms = 0; penalty_ms <= 40000; penalty_ms += 5000) {
		double within = 0;
		s->cars[3].penalty_ms = penalty_ms;
		predict(s, 1000, &f);
		for (uint32_t k = 0; k < 20; k++) {
			within += f.cars[3].p_position[k];
			assert_true(penalty_ms == 0 || within <= last[k] + 1e-9);
			last[k] = within;
		}
	}
	assert_true(last[2] < 0.02);
	free(s);
}

static void test_more_pace_never_hurts(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = race_new(20, 20, 57);
	double last = 21;
	for (int32_t faster_ms = -900; faster_ms <= 900; faster_ms += 300) {
		for (uint32_t k = 0; k < s->cars[9].n_laps; k++) {
			s->cars[9].history[k].time_ms = 90000 - faster_ms;
		}
		predict(s, 2000, &f);
		assert_true(f.cars[9].expected_position <= last + 0.05);
		last = f.cars[9].expected_position;
	}
	assert_true(last < 6); /* from 10th, a second behind the next */
	free(s);
}

static void test_equal_cars_are_expected_in_the_order_they_are_in(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = race_new(20, 40, 57);
	race_spread(s, 3000);
	predict(s, 4000, &f);
	for (uint32_t i = 1; i < 20; i++) {
		assert_true(f.cars[i].expected_position > f.cars[i - 1].expected_position);
		assert_true(f.cars[i].p_win <= f.cars[i - 1].p_win + f.mc_error);
	}
	free(s);
}

static void test_nobody_loses_by_the_retirement_of_another(void **state)
{
	(void)state;
	static struct f1p_forecast with, without;
	struct f1p_state *s = race_new(12, 30, 57);
	race_spread(s, 4000);
	predict(s, 4000, &with);
	s->cars[4].retired = F1P_YES;
	predict(s, 4000, &without);
	for (uint32_t i = 0; i < 12; i++) {
		if (i != 4) {
			assert_true(without.cars[i].expected_position < with.cars[i].expected_position + 0.05);
			assert_true(without.cars[i].p_podium > with.cars[i].p_podium - 0.02);
		}
	}
	assert_true(without.cars[5].expected_position < with.cars[5].expected_position - 0.5);
	free(s);
}

/* ---- what a stop that is owed is worth ---- */

/* Two cars, seven laps to go: he who must still stop needs just the pit loss as his lead. */
static void test_an_owed_stop_weighs_its_pit_loss(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct midrace_cfg cfg = quiet(2000);
	for (int32_t more_s = -8; more_s <= 8; more_s += 16) {
		struct f1p_state *s = race_new(2, 50, 57);
		s->cars[1].n_stints--;
		race_stint(&s->cars[1], F1P_TYRE_HARD, 1); /* so that tyres make no difference */
		s->cars[1].gap_ms = s->cars[1].interval_ms = (22 + more_s) * 1000;
		race_owes_stop(&s->cars[0], F1P_TYRE_MEDIUM, 1);
		predict_cfg(&cfg, s, &f);
		assert_true(more_s > 0 ? f.cars[0].p_win > 0.8 : f.cars[0].p_win < 0.2);
		free(s);
	}
}

static void test_a_dearer_stop_costs_more_who_owes_it(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = race_new(12, 45, 57);
	double last = 0;
	race_spread(s, 4000);
	race_owes_stop(&s->cars[0], F1P_TYRE_MEDIUM, s->cars[0].laps);
	for (double loss_s = 10; loss_s <= 34; loss_s += 8) {
		struct midrace_cfg cfg = quiet(1000);
		cfg.pit_loss_s = loss_s;
		predict_cfg(&cfg, s, &f);
		assert_true(f.cars[0].expected_position > last + 0.5); /* two places for eight seconds, at most */
		last = f.cars[0].expected_position;
	}
	free(s);
}

/* All but one have stopped and the red flag comes: he changes for nothing and keeps his place. */
static void test_the_red_flag_forgives_an_owed_stop(void **state)
{
	(void)state;
	static struct f1p_forecast green, red;
	struct midrace_cfg cfg = quiet(2000);
	struct f1p_state *s = race_new(10, 40, 57);
	race_spread(s, 2000);
	race_owes_stop(&s->cars[0], F1P_TYRE_MEDIUM, s->cars[0].laps);
	predict_cfg(&cfg, s, &green);
	s->track = F1P_TRACK_RED;
	predict_cfg(&cfg, s, &red);
	assert_true(green.cars[0].expected_position > 6);
	assert_true(red.cars[0].expected_position < green.cars[0].expected_position - 2);
	assert_true(red.cars[0].p_win > green.cars[0].p_win + 0.1);
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_irrelevant_change_moves_little),
		cmocka_unit_test(test_a_longer_lead_never_hurts),
		cmocka_unit_test(test_quiet_lap_is_no_news),
		cmocka_unit_test(test_any_race_adds_up),
		cmocka_unit_test(test_a_penalty_never_helps),
		cmocka_unit_test(test_more_pace_never_hurts),
		cmocka_unit_test(test_equal_cars_are_expected_in_the_order_they_are_in),
		cmocka_unit_test(test_nobody_loses_by_the_retirement_of_another),
		cmocka_unit_test(test_an_owed_stop_weighs_its_pit_loss),
		cmocka_unit_test(test_a_dearer_stop_costs_more_who_owes_it),
		cmocka_unit_test(test_the_red_flag_forgives_an_owed_stop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* insights_moves_test.c - why a chance moved, in races whose answer is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "changes.h"
#include "moves.h"
#include "positions.h"
#include "race_builder.h"

#include <math.h>

#define SEED 11

static struct simulation sim;
static struct f1p_insights out;
static struct f1p_forecast published;
static struct f1p_state *before, *now;

static int set_up(void **state)
{
	(void)state;
	mc_tables_init(&sim.tables);
	midrace_model_init(&sim.model);
	sim.cfg = midrace_cfg_usual();
	sim.run = mc_run_best();
	sim.move_runs = 1000;
	memset(&published, 0, sizeof(published));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(before);
	free(now);
	before = now = NULL;
	return 0;
}

/* A lap passes; the gaps stay. Car i is i * interval behind. */
static void a_lap(uint32_t cars, int32_t done, int32_t total, int32_t interval_ms)
{
	before = race_new(cars, done, total);
	now = race_new(cars, done + 1, total);
	race_spread(before, interval_ms);
	race_spread(now, interval_ms);
	for (uint32_t i = 0; i < cars; i++) {
		race_stint(&before->cars[i], F1P_TYRE_HARD, 10);
		race_stint(&now->cars[i], F1P_TYRE_HARD, 11);
	}
	now->seq = before->seq + 500;
}

static f1p_status ask(bool (*cancel)(void *))
{
	memset(&out, 0, sizeof(out));
	out.size = sizeof(out);
	out.n_cars = now->n_cars;
	return moves_say(&out, now, before, &published, &sim, SEED, cancel, NULL);
}

static void tell(void)
{
	assert_int_equal(ask(NULL), F1P_OK);
	for (uint32_t k = 0; k < out.n_moves; k++) {
		assert_true(fabs(out.moves[k].p_win_change) >= MOVES_LEAST && fabs(out.moves[k].p_win_change) <= 1);
		assert_true(k == 0 || fabs(out.moves[k].p_win_change) <= fabs(out.moves[k - 1].p_win_change));
	}
}

static double moved(uint32_t car, const char *text)
{
	for (uint32_t k = 0; k < out.n_moves; k++) {
		if (out.moves[k].car == now->cars[car].number && strcmp(out.moves[k].text, text) == 0) {
			return out.moves[k].p_win_change;
		}
	}
	return 0;
}

static double sum_of_moves(uint32_t car)
{
	double sum = 0;

	for (uint32_t k = 0; k < out.n_moves; k++) {
		sum += out.moves[k].car == now->cars[car].number ? out.moves[k].p_win_change : 0;
	}
	return sum;
}

static double chance_to_win(const struct f1p_state *s, uint32_t car)
{
	static struct mc_counts counts;
	static struct mc_field field;
	struct positions_field cars;
	uint16_t rows[MC_LANES];

	positions_field_init(&cars, s);
	mc_field_init(&field, rows, s, &cars, &sim.cfg, &sim.model, SEED);
	memset(&counts, 0, sizeof(counts));
	sim.run(&field, &sim.tables, 0, sim.move_runs, &counts);
	for (uint32_t lane = 0; lane < field.n; lane++) {
		if (cars.car[rows[lane]] == car) {
			return (double)counts.place[lane][0] / sim.move_runs;
		}
	}
	return 0;
}

static void claims_no_more_than_moved(void)
{
	for (uint32_t i = 0; i < now->n_cars; i++) {
		double sum = sum_of_moves(i), all = chance_to_win(now, i) - chance_to_win(before, i);
		assert_true(all >= 0 ? sum >= -MOVES_LEAST * F1P_MAX_MOVES && sum <= all + MOVES_LEAST * F1P_MAX_MOVES
				     : sum <= MOVES_LEAST * F1P_MAX_MOVES && sum >= all - MOVES_LEAST * F1P_MAX_MOVES);
	}
}

/* ---- nothing to say ---- */

static void test_nothing_before_nothing_moved(void **state)
{
	(void)state;
	a_lap(10, 30, 57, 3000);
	free(before);
	before = NULL;
	tell();
	assert_int_equal(out.n_moves, 0);
}

static void test_the_same_state_twice_moved_nothing(void **state)
{
	(void)state;
	a_lap(10, 30, 57, 3000);
	memcpy(now, before, sizeof(*now));
	tell();
	assert_int_equal(out.n_moves, 0);
}

static void test_the_last_cars_retirement_is_no_news(void **state)
{
	(void)state;
	a_lap(20, 40, 57, 4000);
	now->cars[19].retired = F1P_YES;
	tell();
	for (uint32_t k = 0; k < out.n_moves; k++) {
		assert_int_not_equal(out.moves[k].cause, now->cars[19].number);
	}
}

static void test_after_the_flag_and_for_others_cars(void **state)
{
	(void)state;
	a_lap(6, 40, 57, 4000);
	now->cars[0].retired = F1P_YES;
	before->cars[3].number = 99; /* another race altogether */
	tell();
	assert_int_equal(out.n_moves, 0);
	before->cars[3].number = now->cars[3].number;
	now->status = F1P_STATUS_FINISHED;
	tell();
	assert_int_equal(out.n_moves, 0);
	now->status = F1P_STATUS_STARTED;
	sim.move_runs = 0;
	tell();
	assert_int_equal(out.n_moves, 0);
}

/* ---- one thing ---- */

static void test_the_leaders_retirement_is_named(void **state)
{
	(void)state;
	a_lap(10, 45, 57, 8000);
	now->cars[0].retired = F1P_YES;
	tell();
	assert_true(moved(0, "C00 out") < -0.6);
	assert_true(moved(1, "C00 out") > 0.4);
	assert_int_equal(out.moves[0].car, now->cars[0].number);
	assert_int_equal(out.moves[0].cause, now->cars[0].number);
	assert_int_equal(out.moves[0].trigger, F1P_TRIGGER_RETIREMENT);
	claims_no_more_than_moved();
}

static void test_a_car_without_a_code_goes_by_its_number(void **state)
{
	(void)state;
	a_lap(10, 45, 57, 8000);
	now->cars[0].retired = F1P_YES;
	now->cars[0].code[0] = '\0';
	tell();
	assert_true(moved(1, "car 3 out") > 0.4);
}

static void test_a_safety_car_takes_a_lead(void **state)
{
	(void)state;
	a_lap(10, 45, 57, 8000);
	now->track = F1P_TRACK_SC;
	now->neutralised = F1P_YES;
	now->lap_neutral_start = 46;
	tell();
	assert_true(moved(0, "safety car") < -0.05);
	assert_int_equal(out.moves[0].cause, 0);
	assert_int_equal(out.moves[0].trigger, F1P_TRIGGER_TRACK);
	claims_no_more_than_moved();
}

static void test_a_needless_stop_of_the_leader(void **state)
{
	(void)state;
	a_lap(10, 50, 57, 5000);
	struct f1p_car *car = &now->cars[0];
	car->stops++;
	race_stint(car, F1P_TYRE_MEDIUM, 0);
	car->history[50].flags = F1P_LAPF_IN;
	for (uint32_t i = 1; i < 10; i++) { /* it comes back fifth */
		now->cars[i].gap_ms = (int32_t)(i - 1) * 5000;
		now->cars[i].position = (int32_t)i + (i >= 5);
	}
	car->gap_ms = 17000;
	car->position = 5;
	tell();
	assert_true(moved(0, "C00 pitted") < -0.4);
	assert_true(moved(1, "C00 pitted") > 0.3);
	assert_int_equal(out.moves[0].trigger, F1P_TRIGGER_PIT);
	claims_no_more_than_moved();
}

/* It was in the lane already, and expected back where it is not: the slow stop is what moved. */
static void test_a_slow_stop_is_told_when_the_car_is_back(void **state)
{
	(void)state;
	a_lap(10, 50, 57, 5000);
	for (uint32_t i = 1; i < 10; i++) { /* he leads by 35 s: a stop as usual would have kept it */
		before->cars[i].gap_ms += 30000;
	}
	before->cars[0].in_pit = F1P_YES;
	before->cars[0].stops++;
	struct f1p_car *car = &now->cars[0];
	car->stops++;
	race_stint(car, F1P_TYRE_MEDIUM, 0);
	car->history[50].flags = F1P_LAPF_OUT;
	for (uint32_t i = 1; i < 10; i++) { /* 49 s lost: fourth */
		now->cars[i].gap_ms = (int32_t)(i - 1) * 5000;
		now->cars[i].position = (int32_t)i + (i >= 4);
	}
	car->gap_ms = 14000;
	car->position = 4;
	tell();
	assert_true(moved(0, "C00 back from its stop") < -0.8);
	assert_true(moved(1, "C00 back from its stop") > 0.7);
	assert_int_equal(out.moves[0].trigger, F1P_TRIGGER_PIT);
	claims_no_more_than_moved();
}

static void test_a_penalty_costs_and_is_said(void **state)
{
	(void)state;
	a_lap(10, 52, 57, 3000);
	now->cars[0].penalty_ms = 10000;
	tell();
	assert_true(moved(0, "C00: penalty of 10 s") < -0.5);
	assert_true(moved(1, "C00: penalty of 10 s") > 0.3);
	claims_no_more_than_moved();
}

static void test_a_pass_for_the_lead(void **state)
{
	(void)state;
	a_lap(8, 53, 57, 700);
	now->cars[1].position = 1;
	now->cars[1].gap_ms = 0;
	now->cars[0].position = 2;
	now->cars[0].gap_ms = 700;
	tell();
	assert_true(moved(1, "C01 passed C00") > 0.1);
	assert_true(moved(0, "C01 passed C00") < -0.1);
	assert_int_equal(out.moves[0].trigger, F1P_TRIGGER_LAP);
	claims_no_more_than_moved();
}

static void test_time_lost_on_the_road(void **state)
{
	(void)state;
	a_lap(8, 50, 57, 3000);
	for (uint32_t i = 1; i < 8; i++) { /* the leader went wide: all behind are two and a half seconds nearer */
		now->cars[i].gap_ms -= 2500;
	}
	tell();
	assert_true(moved(0, "C00 lost 2.5 s") < -0.02);
	claims_no_more_than_moved();
}

static void test_the_start(void **state)
{
	(void)state;
	a_lap(10, 1, 57, 500);
	free(before);
	before = race_grid(10, 57);
	for (uint32_t i = 0; i < 10; i++) { /* the last shall be first */
		now->cars[i].grid = (int32_t)i + 1;
		now->cars[i].position = 10 - (int32_t)i;
		now->cars[i].gap_ms = (9 - (int32_t)i) * 500;
	}
	tell();
	assert_true(moved(0, "the start") < -0.02);
	claims_no_more_than_moved();
}

/* ---- more than one ---- */

static void test_two_things_at_once_do_not_count_twice(void **state)
{
	(void)state;
	a_lap(10, 45, 57, 8000);
	now->cars[0].retired = F1P_YES;
	now->track = F1P_TRACK_SC;
	now->neutralised = F1P_YES;
	now->lap_neutral_start = 46;
	tell();
	assert_true(moved(1, "C00 out") > 0);
	assert_true(moved(1, "safety car") < 0);
	claims_no_more_than_moved();
}

static void test_a_whole_field_of_news(void **state)
{
	(void)state;
	a_lap(22, 20, 57, 2000);
	for (uint32_t i = 0; i < 22; i += 2) {
		now->cars[i].retired = F1P_YES;
	}
	for (uint32_t i = 1; i < 22; i += 2) {
		now->cars[i].in_pit = F1P_YES;
		now->cars[i].penalty_ms = 5000;
	}
	tell();
	assert_in_range(out.n_moves, 1, F1P_MAX_MOVES);
	claims_no_more_than_moved();
}

static void test_one_car_wins_whatever_happens(void **state)
{
	(void)state;
	a_lap(1, 20, 57, 0);
	now->cars[0].in_pit = F1P_YES;
	tell();
	assert_int_equal(out.n_moves, 0);
}

static void test_more_than_the_published_chance_is_not_claimed(void **state)
{
	(void)state;
	a_lap(10, 45, 57, 8000);
	now->cars[0].retired = F1P_YES;
	published.n_cars = 10;
	published.cars[1].p_win = 0.2;
	tell();
	assert_true(moved(1, "C00 out") == 0.2);
}

static void test_the_same_twice(void **state)
{
	struct f1p_insights first;

	(void)state;
	a_lap(12, 45, 57, 4000);
	now->cars[0].retired = F1P_YES;
	now->cars[4].in_pit = F1P_YES;
	tell();
	first = out;
	tell();
	assert_memory_equal(&first, &out, sizeof(out));
}

static int asked;

static bool soon(void *arg)
{
	(void)arg;
	return ++asked > 30;
}

static void test_cancelled_in_the_middle(void **state)
{
	(void)state;
	a_lap(20, 45, 57, 4000);
	now->cars[0].retired = F1P_YES;
	asked = 0;
	assert_int_equal(ask(soon), F1P_ECANCELLED);
	assert_int_equal(asked, 31);
	assert_int_equal(out.n_moves, 0);
}

/* ---- thinking away ---- */

static const struct change *change_of(const struct change *list, uint32_t n, enum change_kind kind, uint32_t car)
{
	for (uint32_t k = 0; k < n; k++) {
		if (list[k].kind == kind && list[k].car == car) {
			return &list[k];
		}
	}
	fail();
	return NULL;
}

static void test_a_stop_thought_away_puts_the_car_back_among_its_neighbours(void **state)
{
	static struct f1p_state without;
	struct change list[CHANGES_MAX];

	(void)state;
	a_lap(6, 30, 57, 4000);
	struct f1p_car *car = &now->cars[2];
	car->stops = 2;
	race_stint(car, F1P_TYRE_SOFT, 1);
	car->gap_ms = 31000;
	car->position = 6;
	for (uint32_t i = 3; i < 6; i++) {
		now->cars[i].position--;
		now->cars[i].gap_ms -= 1000; /* they have closed up by a second meanwhile */
	}
	uint32_t n = changes_find(list, before, now);
	changes_undo(&without, change_of(list, n, CHANGE_STOP, 2), before, now);
	for (uint32_t i = 0; i < 6; i++) {
		assert_int_equal(without.cars[i].position, i + 1);
	}
	assert_in_range(without.cars[2].gap_ms, 7400, 7600); /* in the middle between 4 and 11 s */
	assert_int_equal(without.cars[2].compound, F1P_TYRE_HARD);
	assert_int_equal(without.cars[2].tyre_age, 11); /* a lap older than then */
	assert_int_equal(without.cars[2].stops, 1);
	assert_int_equal(without.cars[3].gap_ms, 11000);
}

static void test_a_leader_thought_back_leads_again(void **state)
{
	static struct f1p_state without;
	struct change list[CHANGES_MAX];

	(void)state;
	a_lap(4, 30, 57, 4000);
	now->cars[0].retired = F1P_YES;
	for (uint32_t i = 1; i < 4; i++) {
		now->cars[i].position--;
		now->cars[i].gap_ms -= 4000;
	}
	uint32_t n = changes_find(list, before, now);
	assert_int_equal(n, 1 + 3); /* he is out; three went on driving */
	changes_undo(&without, change_of(list, n, CHANGE_OUT, 0), before, now);
	assert_int_equal(without.cars[0].retired, F1P_NO);
	assert_int_equal(without.cars[0].laps, 31);
	for (uint32_t i = 0; i < 4; i++) {
		assert_int_equal(without.cars[i].position, i + 1);
		assert_int_equal(without.cars[i].gap_ms, i * 4000);
	}
}

static void test_a_passer_thought_back_is_behind_again(void **state)
{
	static struct f1p_state without;
	struct change list[CHANGES_MAX];

	(void)state;
	a_lap(4, 30, 57, 2000);
	now->cars[1].position = 1;
	now->cars[1].gap_ms = 0;
	now->cars[0].position = 2;
	now->cars[0].gap_ms = 1000;
	now->cars[2].gap_ms = 5000;
	now->cars[3].gap_ms = 7000;
	uint32_t n = changes_find(list, before, now);
	const struct change *c = change_of(list, n, CHANGE_ROAD, 1);
	assert_int_equal(c->passed, 0);
	changes_undo(&without, c, before, now);
	assert_int_equal(without.cars[0].position, 1);
	assert_int_equal(without.cars[0].gap_ms, 0);
	assert_int_equal(without.cars[1].position, 2);
	assert_in_range(without.cars[1].gap_ms, 1990, 2010);
	assert_int_equal(without.cars[3].gap_ms, 6000);
}

static void test_nobody_stops_while_the_race_is_stopped(void **state)
{
	struct change list[CHANGES_MAX];

	(void)state;
	a_lap(6, 30, 57, 2000);
	now->track = F1P_TRACK_RED;
	for (uint32_t i = 0; i < 6; i++) {
		now->cars[i].in_pit = F1P_YES;
	}
	now->cars[3].compound = F1P_TYRE_SOFT;
	uint32_t n = changes_find(list, before, now);
	assert_int_equal(n, 2);
	assert_int_equal(list[0].kind, CHANGE_TRACK);
	assert_int_equal(list[1].kind, CHANGE_STOP);
	assert_int_equal(list[1].car, 3);
	char text[48];
	changes_text(text, sizeof(text), &list[0], before, now);
	assert_string_equal(text, "red flag");
	changes_text(text, sizeof(text), &list[1], before, now);
	assert_string_equal(text, "C03 changed tyres");
	changes_text(text, sizeof(text), &list[0], now, before);
	assert_string_equal(text, "the race goes on");
}

static void test_mad_gaps_do_no_harm(void **state)
{
	(void)state;
	a_lap(20, 30, 57, 2000);
	for (uint32_t i = 0; i < 20; i++) {
		now->cars[i].gap_ms = i % 3 == 0 ? INT32_MAX : i % 3 == 1 ? INT32_MIN : -5;
		now->cars[i].position = i % 2 ? F1P_UNKNOWN : 7;
		now->cars[i].tyre_age = INT32_MAX;
		before->cars[i].tyre_age = INT32_MAX;
		before->cars[i].laps = INT32_MAX;
		now->cars[i].n_laps = UINT16_MAX;
		now->cars[i].penalty_ms = INT32_MIN;
		now->cars[i].in_pit = F1P_YES;
		now->cars[i].n_stints = 255;
		before->cars[i].n_stints = 255;
	}
	now->cars[4].retired = F1P_YES;
	tell();
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_nothing_before_nothing_moved),
		T(test_the_same_state_twice_moved_nothing),
		T(test_the_last_cars_retirement_is_no_news),
		T(test_after_the_flag_and_for_others_cars),
		T(test_the_leaders_retirement_is_named),
		T(test_a_car_without_a_code_goes_by_its_number),
		T(test_a_safety_car_takes_a_lead),
		T(test_a_needless_stop_of_the_leader),
		T(test_a_slow_stop_is_told_when_the_car_is_back),
		T(test_a_penalty_costs_and_is_said),
		T(test_a_pass_for_the_lead),
		T(test_time_lost_on_the_road),
		T(test_the_start),
		T(test_two_things_at_once_do_not_count_twice),
		T(test_a_whole_field_of_news),
		T(test_one_car_wins_whatever_happens),
		T(test_more_than_the_published_chance_is_not_claimed),
		T(test_the_same_twice),
		T(test_cancelled_in_the_middle),
		T(test_a_stop_thought_away_puts_the_car_back_among_its_neighbours),
		T(test_a_leader_thought_back_leads_again),
		T(test_a_passer_thought_back_is_behind_again),
		T(test_nobody_stops_while_the_race_is_stopped),
		T(test_mad_gaps_do_no_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

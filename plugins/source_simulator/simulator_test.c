/* simulator_test.c - the simulated race as a user sees it: its events folded, compared with the truth and with real races. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test_fold.h"

#define SEEDS 100

/* Sums over many seeds, made once. */
struct season {
	int ended, winner_laps_right, order_right, faults, gaps_unsorted, rule_broken, stint_laps_wrong, dry_races;
	int finishers, stops, starters, retired, with_sc, n_sc, n_vsc, n_red, penalties, lapped_shown, top3_right;
	int64_t sectors_match, sectors_differ;
	double lap_sum;
	int laps_n, gap_wrong, green_passes, neutral_passes, neutrals;
	uint64_t hash[SEEDS], events;
};

static struct fold *new_fold(void)
{
	struct fold *f = malloc(sizeof(*f));
	assert_non_null(f);
	return f;
}

static bool order_equals(struct fold *f, const struct sim_result *r)
{
	for (int i = 0; i < r->n_cars; i++) {
		struct fold_car *c = fold_car(f, r->order[i].number);
		if (!c || c->position != i + 1 || c->laps != r->order[i].laps || c->stops != r->order[i].stops ||
		    c->retired != r->order[i].retired || c->n_stints != r->order[i].n_stints) {
			return false;
		}
	}
	return true;
}

static bool obeys_rule(const struct fold_car *c)
{
	for (int i = 1; i < c->n_stints; i++) {
		if (c->compounds[i] != c->compounds[0]) {
			return true;
		}
	}
	return c->compounds[0] > F1P_TYRE_HARD;
}

static void add_car(struct season *all, struct fold *f, struct fold_car *c, bool wet, const struct sim_config *cfg)
{
	int laps = 0;
	for (int i = 0; i < c->n_stints; i++) {
		laps += c->stint_laps[i];
	}
	all->stint_laps_wrong += laps != c->laps;
	all->starters++;
	all->retired += c->retired;
	all->lapped_shown += c->was_lapped;
	all->sectors_match += c->sectors_match;
	all->sectors_differ += c->sectors_differ;
	if (c->retired) {
		return;
	}
	all->finishers++;
	all->stops += c->stops;
	all->rule_broken += !wet && !obeys_rule(c);
	const struct fold_car *winner = fold_place(f, 1);
	if (c->laps == cfg->laps) {
		int64_t gap = (c->t_line[cfg->laps] - winner->t_line[cfg->laps]) / 1000000;
		all->gap_wrong += gap != c->gap_ms;
	}
	for (int lap = 2; lap < c->laps && !wet; lap++) {
		if (c->lap_ms[lap] > 0 && !c->neutral[lap] && !c->in_lap[lap] && !c->in_lap[lap - 1]) {
			all->lap_sum += c->lap_ms[lap];
			all->laps_n++;
		}
	}
}

static void add_race(struct season *all, int i, struct fold *f, const struct sim_result *r, const struct sim_config *cfg)
{
	all->winner_laps_right += fold_place(f, 1)->laps == cfg->laps && f->lap == cfg->laps;
	all->order_right += order_equals(f, r);
	all->top3_right += f->top3[1] == r->order[0].number && f->top3[2] == r->order[1].number && f->top3[3] == r->order[2].number;
	all->faults += f->doubled + f->backwards + f->stint_jumps + f->bad_text + f->unknown_car;
	all->gaps_unsorted += f->unsorted;
	all->with_sc += f->n_sc > 0;
	all->n_sc += f->n_sc;
	all->n_vsc += f->n_vsc;
	all->n_red += f->n_red;
	all->penalties += f->penalties;
	all->green_passes += f->passes[F1P_TRACK_CLEAR] + f->passes[F1P_TRACK_YELLOW];
	all->neutral_passes += f->passes[F1P_TRACK_SC] + f->passes[F1P_TRACK_VSC] + f->passes[F1P_TRACK_RED];
	all->neutrals += f->n_sc + f->n_vsc + f->n_red;
	all->dry_races += !r->wet;
	all->hash[i] = f->hash;
	all->events += f->events;
	for (int k = 0; k < f->n_cars; k++) {
		add_car(all, f, &f->cars[k], r->wet, cfg);
	}
}

static int make_season(void **state)
{
	struct season *all = calloc(1, sizeof(*all));
	struct fold *f = malloc(sizeof(*f));
	if (!all || !f) {
		return -1;
	}
	for (int i = 0; i < SEEDS; i++) {
		struct sim_config cfg = fold_config((uint64_t)i + 1);
		struct sim_result r;
		if (fold_race(f, &cfg, &r)) {
			all->ended++;
			add_race(all, i, f, &r, &cfg);
		}
	}
	free(f);
	*state = all;
	return 0;
}

static int free_season(void **state)
{
	free(*state);
	return 0;
}

/* ------------------------------------------------------------ over many seeds */

static void every_race_ends(void **state)
{
	const struct season *all = *state;
	assert_int_equal(all->ended, SEEDS);
}

static void the_winner_drives_the_full_distance(void **state)
{
	const struct season *all = *state;
	assert_int_equal(all->winner_laps_right, SEEDS);
}

static void the_folded_order_is_the_simulated_order(void **state)
{
	const struct season *all = *state;
	assert_int_equal(all->order_right, SEEDS);
	assert_int_equal(all->top3_right, SEEDS);
}

static void no_record_leaves_a_contradiction(void **state)
{
	const struct season *all = *state;
	assert_int_equal(all->faults, 0);
}

static void gaps_grow_along_the_order_after_every_record(void **state)
{
	const struct season *all = *state;
	assert_int_equal(all->gaps_unsorted, 0);
}

static void the_final_gap_is_the_difference_at_the_line(void **state)
{
	const struct season *all = *state;
	assert_int_equal(all->gap_wrong, 0);
}

static void stints_add_up_to_the_laps_driven(void **state)
{
	const struct season *all = *state;
	assert_int_equal(all->stint_laps_wrong, 0);
}

static void dry_races_see_two_compounds_from_every_finisher(void **state)
{
	const struct season *all = *state;
	assert_true(all->dry_races > SEEDS / 2);
	assert_int_equal(all->rule_broken, 0);
}

static void stops_are_as_many_as_in_real_races(void **state)
{
	const struct season *all = *state;
	double mean = (double)all->stops / all->finishers;
	assert_true(mean > 1.2 && mean < 2.2); /* dry races by circuit: mostly 1.2 to 2.2; some of these are wet */
}

/* Study, 2018-24: 2.1 % on lap 1 and 0.0020 per lap, so about 13 % of starters. */
static void cars_retire_as_often_as_real_ones(void **state)
{
	const struct season *all = *state;
	double share = (double)all->retired / all->starters;
	assert_true(share > 0.09 && share < 0.17);
}

/* Study: a safety car in 57 % of races, 0.76 a race; 0.50 virtual ones; 0.11 red flags. */
static void neutralisations_are_as_frequent_as_real_ones(void **state)
{
	const struct season *all = *state;
	double any = (double)all->with_sc / SEEDS, sc = (double)all->n_sc / SEEDS, vsc = (double)all->n_vsc / SEEDS;
	assert_true(any > 0.46 && any < 0.68);
	assert_true(sc > 0.56 && sc < 0.96);
	assert_true(vsc > 0.32 && vsc < 0.68);
	assert_true(all->n_red > SEEDS / 50 && all->n_red < SEEDS / 4);
}

static void clean_laps_take_the_configured_time(void **state)
{
	const struct season *all = *state;
	double mean = all->lap_sum / all->laps_n;
	assert_true(all->laps_n > SEEDS * 500);
	assert_true(mean > 88000 * 0.985 && mean < 88000 * 1.025); /* tyres, fuel and traffic included */
}

static void sectors_add_up_to_the_lap(void **state)
{
	const struct season *all = *state;
	assert_true(all->sectors_match > SEEDS * 500);
	assert_int_equal(all->sectors_differ, 0);
}

static void lapped_cars_and_penalties_occur(void **state)
{
	const struct season *all = *state;
	assert_true(all->lapped_shown > SEEDS);
	assert_true(all->penalties > SEEDS / 10 && all->penalties < SEEDS * 3);
}

/* Those few were under way when the safety car came, or come from a car that rejoins. */
static void nobody_passes_while_the_race_is_neutralised(void **state)
{
	const struct season *all = *state;
	assert_true(all->green_passes > SEEDS * 20 && all->green_passes < SEEDS * 150);
	assert_true(all->neutral_passes * 5 < all->neutrals);
}

static void different_seeds_give_different_races(void **state)
{
	const struct season *all = *state;
	for (int i = 0; i < SEEDS; i++) {
		for (int k = 0; k < i; k++) {
			assert_true(all->hash[i] != all->hash[k]);
		}
	}
}

/* ------------------------------------------------------------ single races */

static void the_same_seed_gives_the_same_bytes(void **state)
{
	(void)state;
	struct sim_config cfg = fold_config(42);
	struct sim *a = sim_create(&cfg), *b = sim_create(&cfg);
	assert_non_null(a);
	assert_non_null(b);
	int n = 0;
	for (;; n++) {
		const struct f1p_event *x = sim_next_event(a), *y = sim_next_event(b);
		assert_true((x == NULL) == (y == NULL));
		if (!x) {
			break;
		}
		assert_int_equal(x->size, y->size);
		assert_memory_equal(x, y, x->size);
	}
	assert_true(n > 40000);
	sim_destroy(a);
	sim_destroy(b);
}

/* A changed model or event struct changes it on purpose; a changed compiler, flag or machine must not. */
static void seed_1_is_the_same_race_everywhere(void **state)
{
	(void)state;
	struct fold *f = new_fold();
	struct sim_result r;
	struct sim_config cfg = fold_config(1);
	assert_true(fold_race(f, &cfg, &r));
	assert_true(f->hash == UINT64_C(0x6b10614a18799af6));
	free(f);
}

static void session_statuses_come_in_order(void **state)
{
	(void)state;
	struct fold *f = new_fold();
	struct sim_result r;
	struct sim_config cfg = fold_config(3);
	cfg.red_flag = SIM_NO;
	assert_true(fold_race(f, &cfg, &r));
	const int expected[] = { F1P_STATUS_INACTIVE, F1P_STATUS_STARTED, F1P_STATUS_FINISHED, F1P_STATUS_FINALISED, F1P_STATUS_ENDS };
	assert_int_equal(f->n_statuses, 5);
	assert_memory_equal(f->statuses, expected, sizeof(expected));
	assert_int_equal(f->total, 57);
	assert_int_equal(f->session_type, F1P_SESSION_RACE);
	free(f);
}

static double pit_loss(double configured)
{
	struct fold *f = new_fold();
	double sum = 0;
	int n = 0;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct sim_result r;
		struct sim_config cfg = fold_config(seed);
		cfg.rain = cfg.safety_car = cfg.red_flag = SIM_NO;
		cfg.pit_loss_s = configured;
		assert_true(fold_race(f, &cfg, &r));
		for (int i = 0; i < f->n_cars; i++) {
			const struct fold_car *c = &f->cars[i];
			for (int lap = 6; lap + 5 < c->laps; lap++) {
				if (!c->in_lap[lap] || c->in_lap[lap - 2] || c->in_lap[lap + 2]) {
					continue;
				}
				double before = (c->lap_ms[lap - 1] + c->lap_ms[lap - 2]) / 2.0;
				double after = (c->lap_ms[lap + 2] + c->lap_ms[lap + 3]) / 2.0;
				sum += c->lap_ms[lap] + c->lap_ms[lap + 1] - before - after;
				n++;
			}
		}
	}
	free(f);
	assert_true(n > 200);
	return sum / n / 1000;
}

static void a_stop_costs_the_configured_pit_loss(void **state)
{
	(void)state;
	double loss = pit_loss(22);
	assert_true(loss > 20.8 && loss < 23.8);
	loss = pit_loss(30);
	assert_true(loss > 28.8 && loss < 31.8);
}

static void a_safety_car_bunches_the_field(void **state)
{
	(void)state;
	struct fold *f = new_fold();
	double sum = 0;
	int n = 0;
	for (uint64_t seed = 1; seed <= 12; seed++) {
		struct sim_result r;
		struct sim_config cfg = fold_config(seed);
		cfg.safety_car = SIM_YES;
		cfg.rain = SIM_NO;
		assert_true(fold_race(f, &cfg, &r));
		assert_true(f->n_sc >= 1);
		sum += f->bunch_sum;
		n += f->bunch_n;
	}
	free(f);
	assert_true(n >= 12);
	assert_true(sum / n > 0.4 && sum / n < 2.0); /* real: 0.62 s per place, 10 to 90 %: 0.40 to 2.6 */
}

static void safety_car_no_means_none(void **state)
{
	(void)state;
	struct fold *f = new_fold();
	for (uint64_t seed = 1; seed <= 12; seed++) {
		struct sim_result r;
		struct sim_config cfg = fold_config(seed);
		cfg.safety_car = cfg.red_flag = SIM_NO;
		assert_true(fold_race(f, &cfg, &r));
		assert_int_equal(f->n_sc + f->n_vsc + f->n_red, 0);
	}
	free(f);
}

static void a_red_flag_stops_the_laps_and_gives_new_tyres(void **state)
{
	(void)state;
	struct fold *f = new_fold();
	for (uint64_t seed = 1; seed <= 12; seed++) {
		struct sim_result r;
		struct sim_config cfg = fold_config(seed);
		cfg.red_flag = SIM_YES;
		assert_true(fold_race(f, &cfg, &r));
		assert_true(f->n_red >= 1);
		assert_int_equal(f->statuses[2], F1P_STATUS_ABORTED);
		assert_int_equal(f->statuses[3], F1P_STATUS_STARTED);
		assert_int_equal(f->laps_in_red, 0);
		assert_int_equal(f->unsorted + f->doubled, 0);
		for (int i = 0; i < f->n_cars; i++) {
			if (!f->cars[i].retired) {
				assert_true(f->cars[i].n_stints >= f->cars[i].stops + 2);
			}
		}
		assert_true(order_equals(f, &r));
	}
	free(f);
}

static void rain_brings_intermediates_and_no_rain_brings_none(void **state)
{
	(void)state;
	struct fold *f = new_fold();
	for (uint64_t seed = 1; seed <= 12; seed++) {
		struct sim_result r;
		struct sim_config cfg = fold_config(seed);
		cfg.rain = SIM_YES;
		assert_true(fold_race(f, &cfg, &r));
		assert_true(f->rain_seen > 0);
		assert_true(f->wet_tyres >= f->n_cars / 2);
		assert_true(order_equals(f, &r));
		cfg.rain = SIM_NO;
		assert_true(fold_race(f, &cfg, &r));
		assert_int_equal(f->rain_seen + f->wet_tyres, 0);
	}
	free(f);
}

static void wet_laps_are_slower(void **state)
{
	(void)state;
	struct fold *f = new_fold();
	struct sim_result wet, dry;
	for (uint64_t seed = 1; seed <= 10; seed++) {
		struct sim_config cfg = fold_config(seed);
		cfg.safety_car = cfg.red_flag = SIM_NO;
		cfg.rain = SIM_YES;
		assert_true(fold_race(f, &cfg, &wet));
		cfg.rain = SIM_NO;
		assert_true(fold_race(f, &cfg, &dry));
		assert_true(wet.end_ns > dry.end_ns + INT64_C(30000000000));
	}
	free(f);
}

static void field_sizes(void **state)
{
	(void)state;
	struct fold *f = new_fold();
	const int sizes[] = { 2, 3, 11, 22, 32 };
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (uint64_t seed = 1; seed <= 5; seed++) {
			struct sim_result r;
			struct sim_config cfg = fold_config(seed);
			cfg.cars = sizes[i];
			cfg.red_flag = seed == 2 ? SIM_YES : SIM_AUTO;
			cfg.rain = seed == 3 ? SIM_YES : SIM_AUTO;
			assert_true(fold_race(f, &cfg, &r));
			assert_int_equal(f->n_cars, sizes[i]);
			assert_true(order_equals(f, &r));
			assert_int_equal(f->unsorted + f->doubled + f->backwards, 0);
			assert_int_equal(r.order[0].laps, 57);
		}
	}
	free(f);
}

static void distances(void **state)
{
	(void)state;
	struct fold *f = new_fold();
	const int laps[] = { 3, 4, 10, 78 };
	for (size_t i = 0; i < sizeof(laps) / sizeof(laps[0]); i++) {
		for (uint64_t seed = 1; seed <= 5; seed++) {
			struct sim_result r;
			struct sim_config cfg = fold_config(seed);
			cfg.laps = laps[i];
			cfg.lap_time_s = laps[i] == 78 ? 75 : 88;
			cfg.pre_start_s = 0;
			assert_true(fold_race(f, &cfg, &r));
			assert_int_equal(r.order[0].laps, laps[i]);
			assert_int_equal(f->lap, laps[i]);
			assert_int_equal(f->unsorted + f->doubled + f->backwards, 0);
			for (int k = 0; k < f->n_cars && !r.wet; k++) {
				assert_true(f->cars[k].retired || obeys_rule(&f->cars[k]));
			}
		}
	}
	free(f);
}

static void a_sprint_needs_no_stop(void **state)
{
	(void)state;
	struct fold *f = new_fold();
	struct sim_result r;
	struct sim_config cfg = fold_config(5);
	cfg.sprint = true;
	cfg.laps = 19;
	cfg.rain = cfg.safety_car = cfg.red_flag = SIM_NO;
	assert_true(fold_race(f, &cfg, &r));
	assert_int_equal(f->session_type, F1P_SESSION_SPRINT);
	int stops = 0;
	for (int i = 0; i < f->n_cars; i++) {
		stops += f->cars[i].stops;
	}
	assert_true(stops <= 3);
	free(f);
}

static void the_rate_multiplies_gap_updates_and_nothing_else_breaks(void **state)
{
	(void)state;
	struct fold *f = new_fold();
	struct sim_result r;
	struct sim_config cfg = fold_config(7);
	cfg.laps = 12;
	assert_true(fold_race(f, &cfg, &r));
	uint64_t gaps = f->gaps;
	cfg.rate = 10;
	assert_true(fold_race(f, &cfg, &r));
	assert_true(f->gaps > gaps * 8 && f->gaps < gaps * 12);
	assert_int_equal(f->unsorted + f->doubled + f->backwards, 0);
	assert_true(order_equals(f, &r));
	free(f);
}

static void values_out_of_range_are_refused(void **state)
{
	(void)state;
	struct sim_config good = fold_config(1), bad[] = { good, good, good, good, good, good, good, good, good, good };
	bad[0].cars = 1;
	bad[1].cars = 33;
	bad[2].laps = 2;
	bad[3].laps = SIM_MAX_LAPS + 1;
	bad[4].lap_time_s = 0;
	bad[5].pit_loss_s = 1000;
	bad[6].rain = 0;
	bad[7].rate = 51;
	bad[8].pre_start_s = -1;
	bad[9].start_ns = INT64_MIN;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_null(sim_create(&bad[i]));
	}
	sim_destroy(NULL);
}

static void a_race_may_be_left_at_any_event(void **state)
{
	(void)state;
	struct sim_config cfg = fold_config(9);
	for (int stop = 0; stop < 3000; stop += 371) {
		struct sim *s = sim_create(&cfg);
		for (int i = 0; i < stop; i++) {
			int64_t t = sim_next_time(s);
			assert_true(sim_next_event(s)->t_event_ns == t);
		}
		struct sim_result r;
		sim_result(s, &r);
		assert_false(r.ended);
		sim_destroy(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_race_ends),
		cmocka_unit_test(the_winner_drives_the_full_distance),
		cmocka_unit_test(the_folded_order_is_the_simulated_order),
		cmocka_unit_test(no_record_leaves_a_contradiction),
		cmocka_unit_test(gaps_grow_along_the_order_after_every_record),
		cmocka_unit_test(the_final_gap_is_the_difference_at_the_line),
		cmocka_unit_test(stints_add_up_to_the_laps_driven),
		cmocka_unit_test(dry_races_see_two_compounds_from_every_finisher),
		cmocka_unit_test(stops_are_as_many_as_in_real_races),
		cmocka_unit_test(cars_retire_as_often_as_real_ones),
		cmocka_unit_test(neutralisations_are_as_frequent_as_real_ones),
		cmocka_unit_test(clean_laps_take_the_configured_time),
		cmocka_unit_test(sectors_add_up_to_the_lap),
		cmocka_unit_test(lapped_cars_and_penalties_occur),
		cmocka_unit_test(nobody_passes_while_the_race_is_neutralised),
		cmocka_unit_test(different_seeds_give_different_races),
		cmocka_unit_test(the_same_seed_gives_the_same_bytes),
		cmocka_unit_test(seed_1_is_the_same_race_everywhere),
		cmocka_unit_test(session_statuses_come_in_order),
		cmocka_unit_test(a_stop_costs_the_configured_pit_loss),
		cmocka_unit_test(a_safety_car_bunches_the_field),
		cmocka_unit_test(safety_car_no_means_none),
		cmocka_unit_test(a_red_flag_stops_the_laps_and_gives_new_tyres),
		cmocka_unit_test(rain_brings_intermediates_and_no_rain_brings_none),
		cmocka_unit_test(wet_laps_are_slower),
		cmocka_unit_test(field_sizes),
		cmocka_unit_test(distances),
		cmocka_unit_test(a_sprint_needs_no_stop),
		cmocka_unit_test(the_rate_multiplies_gap_updates_and_nothing_else_breaks),
		cmocka_unit_test(values_out_of_range_are_refused),
		cmocka_unit_test(a_race_may_be_left_at_any_event),
	};
	return cmocka_run_group_tests(tests, make_season, free_season);
}

/*
 * midrace_test.c - predictor_midrace on races built by hand, where the answer is known.
 */
#include "midrace_fixture.h"

#include <pthread.h>

/* ---- configuration ---- */

/* Insights are simulated with midrace_cfg_usual(): the same race as here, where nothing is configured. */
static void test_the_defaults_are_the_usual_figures(void **state)
{
	(void)state;
	struct midrace_cfg usual = midrace_cfg_usual();
	const struct f1p_descriptor *d = f1p_entry_v1.descriptor(0);
	assert_int_equal(d->config_size, sizeof(usual));
	for (uint32_t i = 0; i < d->config_count; i++) {
		const struct f1p_cfg_item *item = &d->config[i];
		const char *at = (const char *)&usual + item->offset;
		double value = item->type == F1P_CFG_INT ? (double)*(const int64_t *)at : *(const double *)at;
		assert_true(value == strtod(item->def, NULL));
	}
}

/* ---- what is supported ---- */

static void test_other_sessions_are_unsupported(void **state)
{
	(void)state;
	struct midrace_cfg cfg = config(100);
	struct f1p_plugin *p = plugin_new(&cfg);
	struct f1p_state *s = race_new(20, 10, 57);
	static struct f1p_forecast f;
	static const uint8_t types[] = {
		F1P_SESSION_UNKNOWN, F1P_SESSION_PRACTICE, F1P_SESSION_QUALIFYING, F1P_SESSION_SPRINT_QUALIFYING};
	for (size_t i = 0; i < sizeof(types); i++) {
		s->type = types[i];
		assert_int_equal(try_predict(p, s, SEED, &f), F1P_EUNSUPPORTED);
	}
	s->type = F1P_SESSION_SPRINT;
	assert_int_equal(try_predict(p, s, SEED, &f), F1P_OK);
	p->destroy(p);
	free(s);
}

static void test_no_cars_is_unsupported(void **state)
{
	(void)state;
	struct midrace_cfg cfg = config(100);
	struct f1p_plugin *p = plugin_new(&cfg);
	struct f1p_state *s = race_new(0, 0, 57);
	static struct f1p_forecast f;
	assert_int_equal(try_predict(p, s, SEED, &f), F1P_EUNSUPPORTED);
	p->destroy(p);
	free(s);
}

static void test_one_car_wins(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = race_new(1, 10, 57);
	predict(s, 200, &f);
	assert_true(f.cars[0].p_win == 1.0);
	assert_true(f.confidence == 1.0);
	free(s);
}

static void test_22_and_32_cars(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	static const uint32_t sizes[] = {2, 7, 8, 9, 22, 32};
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct f1p_state *s = race_new(sizes[i], 10, 57);
		predict(s, 500, &f);
		assert_int_equal(f.n_cars, sizes[i]);
		assert_string_equal(f.model, "midrace");
		assert_int_equal(f.runs, 500);
		free(s);
	}
}

static void test_all_retired(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = race_new(5, 10, 57);
	for (uint32_t i = 0; i < 5; i++) {
		s->cars[i].retired = F1P_YES;
		s->cars[i].laps = (int32_t)i;
	}
	predict(s, 200, &f);
	assert_true(f.cars[4].p_position[0] == 1.0); /* most laps */
	assert_true(f.cars[0].p_retire == 1.0);
	free(s);
}

static void test_unknown_distance(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = race_new(20, 10, F1P_UNKNOWN);
	predict(s, 200, &f);
	assert_true(f.missing & F1P_MISSING_LAPS);
	s->clock_remaining_ms = 90000;
	predict(s, 200, &f);
	assert_true(f.missing & F1P_MISSING_LAPS);
	free(s);
}

static void test_empty_hostile_state(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = race_new(20, 10, 57);
	for (uint32_t i = 0; i < 20; i++) { /* nothing but numbers, and nonsense where numbers are expected */
		struct f1p_car *car = &s->cars[i];
		uint16_t number = car->number;
		memset(car, 0xff, sizeof(*car));
		car->number = number;
		car->laps = INT32_MAX;
		car->gap_ms = INT32_MAX;
		car->penalty_ms = INT32_MAX;
		car->tyre_age = INT32_MAX;
		car->t_seen_ns = INT64_MIN;
	}
	s->lap = INT32_MAX;
	s->total_laps = INT32_MAX;
	predict(s, 200, &f);
	free(s);
}

/* ---- known answers ---- */

static void test_equal_cars_share_the_win(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = race_new(10, 0, 57);
	for (uint32_t i = 0; i < 10; i++) {
		s->cars[i].grid = 5;
		s->cars[i].position = F1P_UNKNOWN;
	}
	predict(s, 10000, &f);
	for (uint32_t i = 0; i < 10; i++) {
		assert_true(fabs(f.cars[i].p_win - 0.1) < 0.02);
		assert_true(fabs(f.cars[i].expected_position - 5.5) < 0.25);
	}
	assert_true(f.confidence < 0.02);
	free(s);
}

static void test_leader_60_s_ahead_one_lap_left(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = race_new(20, 56, 57);
	for (uint32_t i = 1; i < 20; i++) {
		s->cars[i].gap_ms += 60000;
	}
	predict(s, 10000, &f);
	assert_true(f.cars[0].p_win > 0.99);
	assert_true(f.cars[0].p_win < 1.0);
	assert_true(f.confidence > 0.95);
	assert_true(f.cars[0].gap_given && f.cars[0].gap_ms[F1P_GAP_Q95] == 0);
	assert_in_range(f.cars[1].gap_ms[F1P_GAP_Q05], 58000, 61000); /* 61 s behind, a lap to go */
	assert_in_range(f.cars[1].gap_ms[F1P_GAP_Q50], 60000, 62000);
	assert_in_range(f.cars[1].gap_ms[F1P_GAP_Q95], 61000, 65000);
	free(s);
}

static void test_pole_beats_the_back_of_the_grid(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = race_grid(20, 57);
	predict(s, 5000, &f);
	assert_true(f.cars[0].p_win > 0.25 && f.cars[0].p_win < 0.7);
	for (uint32_t i = 0; i + 3 < 20; i += 3) {
		assert_true(f.cars[i].expected_position < f.cars[i + 3].expected_position);
	}
	assert_true(f.missing & F1P_MISSING_PACE);
	assert_true(f.cars[19].p_win < 0.01 && f.cars[19].p_win > 0.0);
	free(s);
}

static void test_faster_car_gains(void **state)
{
	(void)state;
	static struct f1p_forecast slow, fast;
	struct f1p_state *s = race_new(10, 20, 57);
	predict(s, 2000, &slow);
	for (uint32_t k = 0; k < 20; k++) {
		s->cars[4].history[k].time_ms = 89100; /* 1 % */
	}
	predict(s, 2000, &fast);
	assert_true(fast.cars[4].p_win > slow.cars[4].p_win + 0.2);
	free(s);
}

static void test_stop_still_owed_costs_places(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = race_new(10, 50, 57);
	race_spread(s, 2000);
	struct f1p_car *leader = &s->cars[0]; /* one set of tyres since the start: the rule makes it stop */
	leader->n_stints = 1;
	leader->compound = F1P_TYRE_MEDIUM;
	leader->stops = 0;
	predict(s, 4000, &f);
	assert_true(f.cars[0].p_win < 0.1);
	assert_true(f.cars[1].p_win > 0.7);
	assert_true(f.cars[0].expected_position > 6.0); /* 22 s with 2 s between cars */
	free(s);
}

static void test_compound_rule_does_not_bind_in_the_wet(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = race_new(10, 50, 57);
	race_spread(s, 2000);
	s->cars[0].n_stints = 1;
	s->cars[0].compound = F1P_TYRE_MEDIUM;
	s->cars[0].stops = 0;
	s->cars[7].stints[0].compound = F1P_TYRE_INTERMEDIATE; /* somebody ran on wet tyres: it is a wet race */
	predict(s, 4000, &f);
	assert_true(f.cars[0].p_win > 0.6);
	free(s);
}

static void test_sprint_needs_no_stop(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = race_new(20, 17, 19);
	s->type = F1P_SESSION_SPRINT;
	race_spread(s, 3000);
	for (uint32_t i = 0; i < 20; i++) {
		s->cars[i].n_stints = 1;
		s->cars[i].stops = 0;
	}
	predict(s, 4000, &f);
	assert_true(f.cars[0].p_win > 0.95);
	assert_true(f.cars[8].p_points < 0.5); /* the ninth: only eight places score */
	assert_true(f.cars[7].p_points > 0.5);
	free(s);
}

static void test_points_places_of_a_race(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = race_new(20, 56, 57);
	race_spread(s, 5000);
	predict(s, 2000, &f);
	assert_true(f.cars[9].p_points > 0.9);
	assert_true(f.cars[10].p_points < 0.1);
	free(s);
}

static void test_safety_car_bunches_the_field(void **state)
{
	(void)state;
	static struct f1p_forecast green, sc;
	struct f1p_state *s = race_new(10, 45, 57);
	for (uint32_t i = 1; i < 10; i++) {
		s->cars[i].gap_ms += 15000;
	}
	predict(s, 4000, &green);
	s->track = F1P_TRACK_SC;
	s->neutralised = F1P_YES;
	s->lap_neutral_start = 45;
	predict(s, 4000, &sc);
	assert_true(green.cars[0].p_win > 0.8);
	assert_true(sc.cars[0].p_win < green.cars[0].p_win - 0.15);
	free(s);
}

static void test_red_flag_gives_a_free_change(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = race_new(10, 50, 57);
	race_spread(s, 2000);
	s->cars[0].n_stints = 1;
	s->cars[0].compound = F1P_TYRE_MEDIUM;
	s->cars[0].stops = 0;
	s->track = F1P_TRACK_RED;
	s->status = F1P_STATUS_ABORTED;
	s->neutralised = F1P_YES;
	for (uint32_t i = 0; i < 10; i++) {
		s->cars[i].in_pit = F1P_YES; /* all wait in the lane: nobody loses by it */
	}
	predict(s, 4000, &f);
	assert_true(f.cars[0].p_win > 0.2); /* against < 0.1 with the stop to make */
	assert_true(f.cars[0].p_win > f.cars[3].p_win);
	free(s);
}

static void test_car_in_the_pits_falls_back(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = race_new(10, 54, 57);
	s->cars[0].in_pit = F1P_YES;
	predict(s, 2000, &f);
	assert_true(f.cars[0].p_win < 0.05);
	assert_true(f.cars[0].expected_position > 7.0);
	free(s);
}

static void test_pending_penalty_counts_at_the_flag(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = race_new(10, 56, 57);
	race_spread(s, 2000);
	s->cars[0].penalty_ms = 5000;
	predict(s, 2000, &f);
	assert_true(f.cars[1].p_win > 0.9);
	assert_true(fabs(f.cars[0].expected_position - 3.0) < 0.5);
	free(s);
}

static void test_pit_loss_of_this_race_is_used(void **state)
{
	(void)state;
	struct positions_field cars;
	struct mc_field field;
	uint16_t rows[MC_LANES];
	struct midrace_cfg cfg = config(100);
	struct f1p_state *s = race_new(10, 30, 57);
	struct midrace_model model;
	midrace_model_init(&model);
	positions_field_init(&cars, s);
	mc_field_init(&field, rows, s, &cars, &cfg, &model, SEED);
	assert_true(fabs((double)field.pit_loss_s - 22.0) < 1e-3);
	for (uint32_t i = 0; i < 5; i++) {
		s->cars[i].history[11 + i].flags = F1P_LAPF_IN;
		s->cars[i].history[11 + i].time_ms = 95000;
		s->cars[i].history[12 + i].flags = F1P_LAPF_OUT;
		s->cars[i].history[12 + i].time_ms = 113000; /* 28 s in all */
	}
	mc_field_init(&field, rows, s, &cars, &cfg, &model, SEED);
	assert_true(fabs((double)field.pit_loss_s - 27.0) < 0.01); /* five of 28 and the prior of 22 */
	free(s);
}

static void test_lapped_car_stays_behind(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = race_new(10, 50, 57);
	s->cars[9].gap_ms = F1P_UNKNOWN;
	s->cars[9].gap_laps = 1;
	s->cars[9].interval_ms = F1P_UNKNOWN;
	predict(s, 2000, &f);
	assert_true(f.cars[9].expected_position > 9.0);
	assert_true(f.cars[9].p_win < 0.005);
	assert_int_equal(f.cars[9].gap_ms[F1P_GAP_Q50], F1P_UNKNOWN);
	assert_int_not_equal(f.cars[8].gap_ms[F1P_GAP_Q50], F1P_UNKNOWN);
	free(s);
}

/* ---- retirement ---- */

static void test_retired_car_cannot_win(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = race_new(10, 20, 57);
	s->cars[0].retired = F1P_YES;
	s->cars[0].laps = 12;
	s->cars[5].retired = F1P_YES;
	s->cars[5].laps = 15;
	predict(s, 2000, &f);
	assert_true(f.cars[0].p_win == 0.0 && f.cars[5].p_win == 0.0);
	assert_true(f.cars[0].p_position[9] == 1.0); /* fewest laps: last */
	assert_true(f.cars[5].p_position[8] == 1.0);
	assert_true(f.cars[0].p_retire == 1.0);
	assert_true(f.cars[0].gap_given && f.cars[0].gap_ms[F1P_GAP_Q05] == F1P_UNKNOWN);
	assert_true(f.cars[1].p_position[9] == 0.0);
	free(s);
}

static void test_stopped_car_will_retire(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = race_new(10, 20, 57);
	s->cars[0].stopped = F1P_YES;
	predict(s, 2000, &f);
	assert_true(f.cars[0].p_retire > 0.85);
	assert_true(f.cars[1].p_retire < 0.2);
	free(s);
}

static void test_silent_and_slow_cars_are_in_danger(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = race_new(10, 20, 57);
	s->cars[2].t_seen_ns = s->t_event_ns - INT64_C(200000000000);
	s->cars[3].history[19].time_ms = 120000;
	predict(s, 4000, &f);
	assert_true(f.cars[2].p_retire > 0.4);
	assert_true(f.cars[3].p_retire > f.cars[1].p_retire + 0.015);
	free(s);
}

static void test_hazard_follows_the_option(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct midrace_cfg cfg = config(4000);
	struct f1p_state *s = race_new(10, 37, 57);
	cfg.retire_per_lap = 0.01;
	predict_cfg(&cfg, s, &f);
	double want = 1.0 - pow(0.99, 20);
	for (uint32_t i = 0; i < 10; i++) {
		assert_true(fabs(f.cars[i].p_retire - want) < 0.03);
	}
	cfg.retire_per_lap = 0.0;
	predict_cfg(&cfg, s, &f);
	assert_true(f.cars[0].p_retire == 0.0);
	free(s);
}

/* ---- the flag ---- */

static void test_after_the_flag_the_result_is_certain(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	static const uint8_t ends[] = {F1P_STATUS_FINISHED, F1P_STATUS_FINALISED, F1P_STATUS_ENDS};
	struct f1p_state *s = race_new(10, 57, 57);
	s->cars[3].retired = F1P_YES;
	for (size_t i = 0; i < 3; i++) {
		s->status = ends[i];
		predict(s, 100, &f);
		assert_true(f.cars[0].p_win == 1.0);
		assert_true(f.cars[4].p_position[3] == 1.0);
		assert_true(f.cars[3].p_position[9] == 1.0);
		assert_true(f.confidence == 1.0);
		assert_int_equal(f.runs, 0);
	}
	free(s);
}

static void test_leader_over_the_line(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = race_new(10, 57, 57); /* the status has not followed yet */
	predict(s, 500, &f);
	assert_true(f.cars[0].p_win > 0.999);
	free(s);
}

/* ---- determinism ---- */

static void test_two_calls_give_the_same_bits(void **state)
{
	(void)state;
	static struct f1p_forecast a, b;
	struct f1p_state *s = race_new(20, 20, 57);
	predict(s, 1000, &a);
	predict(s, 1000, &b);
	assert_memory_equal(&a, &b, sizeof(a));
	free(s);
}

struct job {
	const struct f1p_state *state;
	struct f1p_forecast out;
};

static void *run_job(void *arg)
{
	struct job *job = arg;
	struct midrace_cfg cfg = config(1000);
	struct f1p_plugin *p = f1p_entry_v1.create(NULL, "predictor_midrace");
	p->init(p);
	p->configure(p, &cfg);
	try_predict(p, job->state, SEED, &job->out);
	p->destroy(p);
	return NULL;
}

static void test_threads_give_the_same_bits(void **state)
{
	(void)state;
	static struct job jobs[3];
	pthread_t threads[3];
	struct f1p_state *s = race_new(20, 20, 57);
	for (int i = 0; i < 3; i++) {
		jobs[i].state = s;
		assert_int_equal(pthread_create(&threads[i], NULL, run_job, &jobs[i]), 0);
	}
	for (int i = 0; i < 3; i++) {
		pthread_join(threads[i], NULL);
	}
	assert_int_equal(jobs[0].out.n_cars, 20);
	assert_memory_equal(&jobs[0].out, &jobs[1].out, sizeof(jobs[0].out));
	assert_memory_equal(&jobs[0].out, &jobs[2].out, sizeof(jobs[0].out));
	free(s);
}

static void test_another_seed_gives_other_noise(void **state)
{
	(void)state;
	static struct f1p_forecast a, b;
	struct midrace_cfg cfg = config(2000);
	struct f1p_plugin *p = plugin_new(&cfg);
	struct f1p_state *s = race_new(20, 20, 57);
	assert_int_equal(try_predict(p, s, 1, &a), F1P_OK);
	assert_int_equal(try_predict(p, s, 2, &b), F1P_OK);
	assert_memory_not_equal(&a.cars, &b.cars, sizeof(a.cars));
	for (uint32_t i = 0; i < 20; i++) {
		assert_true(fabs(a.cars[i].p_win - b.cars[i].p_win) < 5.0 * (a.mc_error + b.mc_error));
	}
	p->destroy(p);
	free(s);
}

static void test_permuted_cars_permute_the_result(void **state)
{
	(void)state;
	static struct f1p_forecast a, b;
	struct f1p_state *s = race_new(20, 20, 57), *t = race_new(20, 20, 57);
	s->cars[7].retired = F1P_YES;
	s->cars[4].history[3].time_ms = 89000;
	for (uint32_t i = 0; i < 20; i++) {
		t->cars[i] = s->cars[(i * 7 + 3) % 20];
	}
	predict(s, 1000, &a);
	predict(t, 1000, &b);
	for (uint32_t i = 0; i < 20; i++) {
		assert_memory_equal(&b.cars[i], &a.cars[(i * 7 + 3) % 20], sizeof(a.cars[0]));
	}
	assert_true(a.confidence == b.confidence && a.mc_error == b.mc_error);
	free(s);
	free(t);
}

/* ---- the rest of the contract ---- */

static bool cancel_at_third(void *arg)
{
	int *calls = arg;
	return ++*calls == 3;
}

static void test_cancel_is_honoured(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct midrace_cfg cfg = config(200000);
	struct f1p_plugin *p = plugin_new(&cfg);
	const struct f1p_predictor *predictor = p->get_extension(p, F1P_EXT_PREDICTOR);
	struct f1p_state *s = race_new(20, 1, 57);
	int calls = 0;
	f.size = sizeof(f);
	assert_int_equal(predictor->predict(p, s, SEED, cancel_at_third, &calls, &f), F1P_ECANCELLED);
	assert_int_equal(calls, 3);
	p->destroy(p);
	free(s);
}

static void test_mc_error_shrinks_with_runs(void **state)
{
	(void)state;
	static struct f1p_forecast a, b;
	struct f1p_state *s = race_new(20, 30, 57);
	predict(s, 500, &a);
	predict(s, 8000, &b);
	assert_true(a.mc_error > 0.0 && b.mc_error > 0.0);
	assert_true(fabs(a.mc_error / b.mc_error - 4.0) < 0.8);
	free(s);
}

static void test_missing_inputs_are_named(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = race_new(20, 10, 57);
	predict(s, 200, &f);
	assert_int_equal(f.missing, 0);
	for (uint32_t i = 0; i < 20; i++) {
		struct f1p_car *car = &s->cars[i];
		car->grid = car->gap_ms = car->interval_ms = F1P_UNKNOWN;
		car->compound = F1P_TYRE_UNKNOWN;
		car->n_stints = 0;
		car->n_laps = 0;
	}
	predict(s, 200, &f);
	assert_int_equal(f.missing, F1P_MISSING_GRID | F1P_MISSING_GAPS | F1P_MISSING_TYRES | F1P_MISSING_PACE);
	free(s);
}

static void test_unknown_extension_is_null(void **state)
{
	(void)state;
	struct midrace_cfg cfg = config(100);
	struct f1p_plugin *p = plugin_new(&cfg);
	assert_null(p->get_extension(p, "f1p.none/1"));
	assert_null(f1p_entry_v1.create(NULL, "predictor_other"));
	p->destroy(p);
	p = f1p_entry_v1.create(NULL, "predictor_midrace");
	p->destroy(p);
}

static void test_tight_traffic_is_hard_to_pass(void **state)
{
	(void)state;
	static struct f1p_forecast easy, hard;
	struct midrace_cfg cfg = config(4000);
	struct f1p_state *s = race_new(10, 47, 57);
	for (uint32_t k = 0; k < 47; k++) {
		s->cars[1].history[k].time_ms = 89300;
	}
	cfg.overtaking = 1.0;
	predict_cfg(&cfg, s, &easy);
	cfg.overtaking = -3.0;
	predict_cfg(&cfg, s, &hard);
	assert_true(win(&easy, s->cars[1].number) > win(&hard, s->cars[1].number) + 0.1);
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_defaults_are_the_usual_figures),
		cmocka_unit_test(test_other_sessions_are_unsupported),
		cmocka_unit_test(test_no_cars_is_unsupported),
		cmocka_unit_test(test_one_car_wins),
		cmocka_unit_test(test_22_and_32_cars),
		cmocka_unit_test(test_all_retired),
		cmocka_unit_test(test_unknown_distance),
		cmocka_unit_test(test_empty_hostile_state),
		cmocka_unit_test(test_equal_cars_share_the_win),
		cmocka_unit_test(test_leader_60_s_ahead_one_lap_left),
		cmocka_unit_test(test_pole_beats_the_back_of_the_grid),
		cmocka_unit_test(test_faster_car_gains),
		cmocka_unit_test(test_stop_still_owed_costs_places),
		cmocka_unit_test(test_compound_rule_does_not_bind_in_the_wet),
		cmocka_unit_test(test_sprint_needs_no_stop),
		cmocka_unit_test(test_points_places_of_a_race),
		cmocka_unit_test(test_safety_car_bunches_the_field),
		cmocka_unit_test(test_red_flag_gives_a_free_change),
		cmocka_unit_test(test_car_in_the_pits_falls_back),
		cmocka_unit_test(test_pending_penalty_counts_at_the_flag),
		cmocka_unit_test(test_pit_loss_of_this_race_is_used),
		cmocka_unit_test(test_lapped_car_stays_behind),
		cmocka_unit_test(test_retired_car_cannot_win),
		cmocka_unit_test(test_stopped_car_will_retire),
		cmocka_unit_test(test_silent_and_slow_cars_are_in_danger),
		cmocka_unit_test(test_hazard_follows_the_option),
		cmocka_unit_test(test_after_the_flag_the_result_is_certain),
		cmocka_unit_test(test_leader_over_the_line),
		cmocka_unit_test(test_two_calls_give_the_same_bits),
		cmocka_unit_test(test_threads_give_the_same_bits),
		cmocka_unit_test(test_another_seed_gives_other_noise),
		cmocka_unit_test(test_permuted_cars_permute_the_result),
		cmocka_unit_test(test_cancel_is_honoured),
		cmocka_unit_test(test_mc_error_shrinks_with_runs),
		cmocka_unit_test(test_missing_inputs_are_named),
		cmocka_unit_test(test_unknown_extension_is_null),
		cmocka_unit_test(test_tight_traffic_is_hard_to_pass),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

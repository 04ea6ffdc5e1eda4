/*
 * montecarlo_kernel_test.c - the Monte-Carlo kernel alone: counts, bits equal in both versions and on every machine.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <cmocka.h>

#include "prepare.h"
#include "race_builder.h"

static struct mc_tables tables;
static struct midrace_cfg config;

static void field_of(struct mc_field *field, const struct f1p_state *s, const struct midrace_cfg *cfg)
{
	struct positions_field cars;
	uint16_t rows[MC_LANES];
	positions_field_init(&cars, s);
	struct midrace_model model;
	midrace_model_init(&model);
	mc_tables_init(&tables);
	mc_field_init(field, rows, s, &cars, cfg, &model, 99);
}

static uint32_t hash_counts(const struct mc_counts *c)
{
	const unsigned char *bytes = (const unsigned char *)c;
	uint32_t h = 2166136261u;
	for (size_t i = 0; i < offsetof(struct mc_counts, stops); i++) {
		h = (h ^ bytes[i]) * 16777619u;
	}
	return h;
}

static void test_each_run_fills_each_place_once(void **state)
{
	(void)state;
	static struct mc_counts counts;
	struct mc_field field;
	struct f1p_state *s = race_grid(22, 57);
	field_of(&field, s, &config);
	mc_run_best()(&field, &tables, 0, 700, &counts);
	for (uint32_t i = 0; i < 22; i++) {
		uint32_t row = 0, column = 0;
		for (uint32_t k = 0; k < MC_LANES; k++) {
			row += counts.place[i][k];
			column += counts.place[k][i];
		}
		assert_int_equal(row, 700);
		assert_int_equal(column, 700);
	}
	for (uint32_t i = 22; i < MC_LANES; i++) {
		assert_int_equal(counts.place[i][0], 0);
	}
	free(s);
}

static void test_versions_give_the_same_bits(void **state)
{
	(void)state;
#ifdef MC_WITH_AVX2
	if (!mc_have_avx2()) {
		skip();
	}
	static struct mc_counts base, avx2;
	for (uint32_t cars = 1; cars <= 32; cars += cars < 18 ? 4 : 1) {
		for (int32_t done = 0; done < 57; done += 19) {
			struct mc_field field;
			struct f1p_state *s = race_new(cars, done, 57);
			s->cars[0].history[2].time_ms = 89500;
			s->track = done == 38 ? F1P_TRACK_SC : F1P_TRACK_CLEAR;
			field_of(&field, s, &config);
			memset(&base, 0, sizeof(base));
			memset(&avx2, 0, sizeof(avx2));
			mc_run_base(&field, &tables, 0, 400, &base);
			mc_run_avx2(&field, &tables, 0, 400, &avx2);
			assert_memory_equal(&base, &avx2, sizeof(base));
			free(s);
		}
	}
#else
	skip();
#endif
}

/* Whoever changes the model or its arithmetic changes this number, and must mean to. */
static void test_bits_never_change(void **state)
{
	(void)state;
	static struct mc_counts counts;
	struct mc_field field;
	struct f1p_state *s = race_new(20, 12, 57);
	field_of(&field, s, &config);
	memset(&counts, 0, sizeof(counts));
	mc_run_base(&field, &tables, 0, 1000, &counts);
	assert_int_equal(hash_counts(&counts), 0x69cdf82fu);
	free(s);
}

static void test_batches_add_up(void **state)
{
	(void)state;
	static struct mc_counts whole, parts;
	struct mc_field field;
	struct f1p_state *s = race_new(20, 12, 57);
	field_of(&field, s, &config);
	memset(&whole, 0, sizeof(whole));
	memset(&parts, 0, sizeof(parts));
	mc_run_best()(&field, &tables, 0, 500, &whole);
	for (uint32_t run = 0; run < 500; run += 7) {
		mc_run_best()(&field, &tables, run, 500 - run < 7 ? 500 - run : 7, &parts);
	}
	assert_memory_equal(&whole, &parts, sizeof(whole));
	free(s);
}

static void test_tables_have_the_intended_moments(void **state)
{
	(void)state;
	mc_tables_init(&tables);
	double mean = 0, normal2 = 0, pit = 0;
	for (uint32_t i = 0; i < MC_NOISE; i++) {
		mean += (double)tables.noise[i] / MC_NOISE;
		normal2 += (double)tables.normal[i] * (double)tables.normal[i] / MC_NORMAL;
	}
	for (uint32_t i = 0; i < MC_PIT; i++) {
		pit += (double)tables.pit[i] / MC_PIT;
	}
	assert_true(fabs(mean - 0.018) < 0.002); /* 1.2 % of laps lose 1.5 % on average */
	assert_true(fabs(normal2 - 1.0) < 0.005);
	assert_true(fabs(pit - 0.5) < 0.06); /* one stop in ten is 5 s longer on average */
	struct mc_field field;
	struct f1p_state *s = race_grid(2, 57);
	field_of(&field, s, &config);
	for (uint32_t i = 1; i < MC_PASS; i++) {
		assert_true(field.pass[i] >= field.pass[i - 1]);
	}
	free(s);
}

/* The share of races with a safety car follows from the hazards; compare the model's with the record (57 % of races). */
static void test_retirements_follow_the_hazard(void **state)
{
	(void)state;
	static struct mc_counts counts;
	struct mc_field field;
	struct f1p_state *s = race_new(20, 1, 57);
	field_of(&field, s, &config);
	memset(&counts, 0, sizeof(counts));
	mc_run_best()(&field, &tables, 0, 4000, &counts);
	double sum = 0;
	for (uint32_t i = 0; i < 20; i++) {
		sum += counts.retired[i];
	}
	assert_true(fabs(sum / (20 * 4000.0) - (1.0 - pow(1.0 - 0.0017, 56))) < 0.006);
	free(s);
}

static void test_no_laps_left_keeps_the_order(void **state)
{
	(void)state;
	static struct mc_counts counts;
	struct mc_field field;
	struct f1p_state *s = race_new(20, 57, 57);
	field_of(&field, s, &config);
	memset(&counts, 0, sizeof(counts));
	mc_run_best()(&field, &tables, 0, 50, &counts);
	for (uint32_t i = 0; i < 20; i++) {
		assert_int_equal(counts.place[i][i], 50);
	}
	free(s);
}

static void test_extreme_hazards_do_not_break(void **state)
{
	(void)state;
	static struct mc_counts counts;
	struct mc_field field;
	struct midrace_cfg cfg = config;
	cfg.retire_per_lap = 0.1;
	cfg.sc_per_lap = cfg.vsc_per_lap = cfg.red_per_lap = 0.5;
	struct f1p_state *s = race_new(32, 1, 120);
	field_of(&field, s, &cfg);
	memset(&counts, 0, sizeof(counts));
	mc_run_best()(&field, &tables, 0, 300, &counts);
	for (uint32_t i = 0; i < 32; i++) {
		uint32_t row = 0;
		for (uint32_t k = 0; k < 32; k++) {
			row += counts.place[i][k];
		}
		assert_int_equal(row, 300);
		assert_true(counts.retired[i] > 280);
	}
	free(s);
}

/* ---- what if ---- */

static void run_field(const struct mc_field *field, struct mc_counts *counts)
{
	memset(counts, 0, sizeof(*counts));
	mc_run_best()(field, &tables, 0, 400, counts);
}

static void test_a_car_stops_when_it_is_told_to(void **state)
{
	(void)state;
	static struct mc_counts counts;
	struct mc_field field;
	struct midrace_cfg cfg = config;
	cfg.retire_per_lap = cfg.sc_per_lap = cfg.vsc_per_lap = cfg.red_per_lap = 0;
	struct f1p_state *s = race_new(8, 50, 57);
	field_of(&field, s, &cfg);
	memset(field.stint_end, 0, sizeof(field.stint_end)); /* nobody stops by himself */
	memset(field.next_end, 0, sizeof(field.next_end));
	run_field(&field, &counts);
	for (uint32_t i = 0; i < 8; i++) {
		assert_int_equal(counts.stops[i], 0);
	}
	field.stop_at[3] = 53;
	run_field(&field, &counts);
	for (uint32_t i = 0; i < 8; i++) {
		assert_int_equal(counts.stops[i], i == 3 ? 400 : 0);
	}
	assert_true(counts.place[3][7] > 390); /* 22 s in a field of 7 s */
	free(s);
}

static void test_no_stop_is_none_whatever_was_owed(void **state)
{
	(void)state;
	static struct mc_counts counts;
	struct mc_field field;
	struct midrace_cfg cfg = config;
	cfg.sc_per_lap = cfg.red_per_lap = 0.05;
	struct f1p_state *s = race_new(8, 10, 57);
	for (uint32_t i = 0; i < 8; i++) {
		race_owes_stop(&s->cars[i], F1P_TYRE_MEDIUM, 10);
	}
	field_of(&field, s, &cfg);
	field.stop_at[2] = MC_NO_STOP;
	run_field(&field, &counts);
	assert_int_equal(counts.stops[2], 0);
	assert_true(counts.stops[3] > 200);
	free(s);
}

/* Behind the safety car of now all are tempted; one stays out, and stops like the others once it is in. */
static void test_staying_out_lasts_as_long_as_the_safety_car(void **state)
{
	(void)state;
	static struct mc_counts counts;
	static struct mc_field field, out;
	struct midrace_cfg cfg = config;
	cfg.retire_per_lap = cfg.sc_per_lap = cfg.vsc_per_lap = cfg.red_per_lap = 0;
	struct f1p_state *s = race_new(8, 28, 57);
	for (uint32_t i = 0; i < 8; i++) {
		race_owes_stop(&s->cars[i], F1P_TYRE_MEDIUM, 28);
	}
	s->track = F1P_TRACK_SC;
	s->lap_neutral_start = 29;
	field_of(&field, s, &cfg);
	out = field;
	out.stop_at[0] = MC_STAY_OUT;
	run_field(&out, &counts);
	assert_true(counts.stops[0] > 380); /* in the end it stops */
	memset(field.stint_end, 0, sizeof(field.stint_end)); /* and now of its own accord nobody would */
	memcpy(out.stint_end, field.stint_end, sizeof(out.stint_end));
	field.total_laps = out.total_laps = 30;
	run_field(&field, &counts);
	assert_true(counts.stops[0] > 100);
	run_field(&out, &counts);
	assert_int_equal(counts.stops[0], 0);
	assert_true(counts.stops[1] > 100);
	free(s);
}

static void test_told_to_do_as_planned_is_the_plan(void **state)
{
	(void)state;
	static struct mc_counts plan, told;
	struct mc_field field;
	struct f1p_state *s = race_new(12, 20, 57);
	field_of(&field, s, &config);
	field.stint_end[5][0] = MC_NEVER; /* it stops at the end of this lap, come what may */
	for (uint32_t k = 1; k < field.n_laps; k++) {
		field.stint_end[5][k] = MC_NEVER;
	}
	run_field(&field, &plan);
	field.stop_at[5] = field.first_lap;
	run_field(&field, &told);
	assert_memory_equal(&plan, &told, sizeof(plan));
	free(s);
}

static void test_the_tyre_that_is_asked_for_is_fitted(void **state)
{
	(void)state;
	static struct mc_counts slow, quick;
	struct mc_field field;
	struct midrace_cfg cfg = config;
	cfg.retire_per_lap = cfg.sc_per_lap = cfg.vsc_per_lap = cfg.red_per_lap = 0;
	struct f1p_state *s = race_new(8, 20, 57);
	field_of(&field, s, &cfg);
	memset(field.stint_end, 0, sizeof(field.stint_end));
	memset(field.next_end, 0, sizeof(field.next_end));
	field.class_off[0] = -6.0f;
	field.class_off[1] = 6.0f;
	field.class_slope[0] = field.class_slope[1] = 0.0f;
	field.stop_at[7] = 22;
	field.fit[7] = 1;
	run_field(&field, &quick);
	field.fit[7] = 2;
	run_field(&field, &slow);
	assert_true(quick.place[7][0] > 350);
	assert_int_equal(slow.place[7][7], 400);
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_run_fills_each_place_once),
		cmocka_unit_test(test_versions_give_the_same_bits),
		cmocka_unit_test(test_bits_never_change),
		cmocka_unit_test(test_batches_add_up),
		cmocka_unit_test(test_tables_have_the_intended_moments),
		cmocka_unit_test(test_retirements_follow_the_hazard),
		cmocka_unit_test(test_no_laps_left_keeps_the_order),
		cmocka_unit_test(test_extreme_hazards_do_not_break),
		cmocka_unit_test(test_a_car_stops_when_it_is_told_to),
		cmocka_unit_test(test_no_stop_is_none_whatever_was_owed),
		cmocka_unit_test(test_staying_out_lasts_as_long_as_the_safety_car),
		cmocka_unit_test(test_told_to_do_as_planned_is_the_plan),
		cmocka_unit_test(test_the_tyre_that_is_asked_for_is_fitted),
	};
	config = midrace_cfg_usual();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * order_test.c - predictor_order: the record by place and phase, for any number of cars.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <cmocka.h>

#include <f1pd/plugin.h>

#include "race_builder.h"

struct order_cfg {
	double retire_per_lap;
	int64_t default_laps;
};

extern const struct f1p_entry f1p_entry_v1;

static f1p_status try_predict(const struct f1p_state *s, struct f1p_forecast *out)
{
	static const struct order_cfg cfg = { 0.0017, 57 };
	struct f1p_plugin *p = f1p_entry_v1.create(NULL, "predictor_order");
	assert_non_null(p);
	assert_int_equal(p->init(p), F1P_OK);
	assert_int_equal(p->configure(p, &cfg), F1P_OK);
	assert_int_equal(p->start(p), F1P_OK);
	const struct f1p_predictor *predictor = p->get_extension(p, F1P_EXT_PREDICTOR);
	memset(out, 0, sizeof(*out));
	out->size = sizeof(*out);
	f1p_status status = predictor->predict(p, s, 1, NULL, NULL, out);
	p->stop(p);
	p->destroy(p);
	return status;
}

static void predict(const struct f1p_state *s, struct f1p_forecast *out)
{
	assert_int_equal(try_predict(s, out), F1P_OK);
	assert_int_equal(out->n_cars, s->n_cars);
	for (uint32_t i = 0; i < out->n_cars; i++) {
		double row = 0, column = 0;
		for (uint32_t k = 0; k < out->n_cars; k++) {
			row += out->cars[i].p_position[k];
			column += out->cars[k].p_position[i];
		}
		assert_true(fabs(row - 1.0) < 1e-9 && fabs(column - 1.0) < 1e-9);
	}
}

static void test_config_table_matches_the_test(void **state)
{
	(void)state;
	const struct f1p_descriptor *d = f1p_entry_v1.descriptor(0);
	assert_int_equal(d->config_size, sizeof(struct order_cfg));
	assert_string_equal(d->id, "predictor_order");
}

static void test_pole_wins_about_half_the_races(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = race_grid(20, 57);
	predict(s, &f);
	assert_true(f.cars[0].p_win > 0.42 && f.cars[0].p_win < 0.58);
	free(s);
}

static void test_the_leader_is_surer_as_the_race_goes_on(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	double last = 0.0;
	for (int32_t done = 6; done <= 57; done += 17) {
		struct f1p_state *s = race_new(20, done, 57);
		predict(s, &f);
		assert_true(f.cars[0].p_win > last);
		last = f.cars[0].p_win;
		free(s);
	}
	assert_true(last > 0.99);
}

static void test_front_beats_back_at_every_phase(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	for (int32_t done = 0; done < 57; done += 8) {
		struct f1p_state *s = race_new(20, done, 57);
		predict(s, &f);
		for (uint32_t i = 0; i + 2 < 20; i++) {
			assert_true(f.cars[i].expected_position < f.cars[i + 2].expected_position + 0.2);
		}
		free(s);
	}
}

static void test_any_number_of_cars(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	for (uint32_t cars = 1; cars <= 32; cars++) {
		struct f1p_state *s = race_new(cars, 20, 57);
		predict(s, &f);
		free(s);
	}
}

static void test_retired_cars_are_certain(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = race_new(20, 20, 57);
	s->cars[0].retired = F1P_YES;
	predict(s, &f);
	assert_true(f.cars[0].p_position[19] == 1.0 && f.cars[0].p_win == 0.0 && f.cars[0].p_retire == 1.0);
	assert_true(f.cars[1].p_win > 0.4); /* the second now leads */
	free(s);
}

static void test_the_result_is_certain(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = race_new(20, 57, 57);
	s->status = F1P_STATUS_FINISHED;
	predict(s, &f);
	assert_true(f.cars[0].p_win == 1.0);
	assert_true(f.cars[0].p_retire == 0.0);
	free(s);
}

static void test_unsupported_sessions(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = race_new(20, 10, 57);
	s->type = F1P_SESSION_QUALIFYING;
	assert_int_equal(try_predict(s, &f), F1P_EUNSUPPORTED);
	s->type = F1P_SESSION_RACE;
	s->n_cars = 0;
	assert_int_equal(try_predict(s, &f), F1P_EUNSUPPORTED);
	free(s);
}

static void test_no_order_before_qualifying(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = race_grid(20, 57);
	for (uint32_t i = 0; i < 20; i++) {
		s->cars[i].position = s->cars[i].grid = F1P_UNKNOWN;
	}
	assert_int_equal(try_predict(s, &f), F1P_EUNSUPPORTED);
	s->cars[3].grid = 0; /* a start from the pit lane is known */
	assert_int_equal(try_predict(s, &f), F1P_OK);
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_config_table_matches_the_test),
		cmocka_unit_test(test_pole_wins_about_half_the_races),
		cmocka_unit_test(test_the_leader_is_surer_as_the_race_goes_on),
		cmocka_unit_test(test_front_beats_back_at_every_phase),
		cmocka_unit_test(test_any_number_of_cars),
		cmocka_unit_test(test_retired_cars_are_certain),
		cmocka_unit_test(test_the_result_is_certain),
		cmocka_unit_test(test_unsupported_sessions),
		cmocka_unit_test(test_no_order_before_qualifying),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

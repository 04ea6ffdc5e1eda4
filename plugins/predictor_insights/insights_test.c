/* insights_test.c - predictor_insights as its host sees it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_host.h"
#include "insights_fixture.h"

#include <f1pd/insight.h>
#include <f1pd/model.h>
#include <math.h>

extern const struct f1p_entry f1p_entry_v1;

static struct fake_host *host;
static struct f1p_plugin *plugin;
static struct f1p_forecast forecast;
static struct f1p_insights out;

static int set_up(void **state)
{
	(void)state;
	host = fake_host_create("insights");
	plugin = fake_start(host, &f1p_entry_v1, "predictor_insights", NULL);
	return plugin ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	fake_stop(host, plugin);
	fake_host_destroy(host);
	return 0;
}

static bool never(void *arg)
{
	(void)arg;
	return false;
}

static bool at_once(void *arg)
{
	(void)arg;
	return true;
}

/* Everybody ends where he lies now, for certain. */
static f1p_status tell_since(const struct f1p_state *s, const struct f1p_state *before, bool (*cancel)(void *))
{
	const struct f1p_insight_maker *maker = plugin->get_extension(plugin, F1P_EXT_INSIGHTS);

	memset(&forecast, 0, sizeof(forecast));
	memset(&out, 0, sizeof(out));
	out.size = sizeof(out);
	forecast.n_cars = s->n_cars;
	for (uint32_t i = 0; i < s->n_cars; i++) {
		forecast.cars[i].car = s->cars[i].number;
		forecast.cars[i].p_position[i] = 1;
		forecast.cars[i].p_win = i == 0;
	}
	return maker->insights(plugin, s, before, &forecast, 7, cancel, NULL, &out);
}

static f1p_status tell(const struct f1p_state *s, bool (*cancel)(void *))
{
	return tell_since(s, NULL, cancel);
}

static void test_a_race_in_mid_flow(void **state)
{
	struct f1p_state *s = timed_race(12, 20, 50, 30000);

	(void)state;
	for (int32_t lap = 1; lap <= 20; lap++) { /* the fifth is on the fourth's tail */
		s->cars[4].history[lap - 1].elapsed_ms = s->cars[3].history[lap - 1].elapsed_ms + 500;
	}
	assert_int_equal(tell(s, never), F1P_OK);
	assert_int_equal(out.n_cars, 12);
	assert_true(out.cars[0].expected_points == 25);
	assert_true(out.cars[9].expected_points == 1);
	assert_true(out.cars[10].expected_points == 0);
	assert_int_equal(out.n_overtakes, 1);
	assert_int_equal(out.overtakes[0].attacker, s->cars[4].number);
	assert_int_equal(out.overtakes[0].defender, s->cars[3].number);
	assert_true(out.overtakes[0].p_1 > 0 && out.overtakes[0].p_1 <= out.overtakes[0].p_3 && out.overtakes[0].p_3 <= out.overtakes[0].p_5);
	assert_true(out.p_sc_5 > 0.01 && out.p_sc_5 < 0.2);
	for (uint32_t i = 0; i < 12; i++) {
		const struct f1p_car_insight *c = &out.cars[i];
		double sum = 0;
		assert_int_equal(c->rejoin_known, 1);
		for (uint32_t k = 0; k < F1P_MAX_CARS; k++) {
			sum += c->rejoin[k] / 1e4;
		}
		assert_true(fabs(sum - 1) < 0.002);
		assert_true(c->p_stop_1 > 0 && c->p_stop_1 <= c->p_stop_5 && c->p_stop_5 < 1);
	}
	assert_true(out.cars[2].rejoin[2] > 8000); /* half a minute to the next: it keeps its place */
	free(s);
}

/* The car has just ended its next lap, 90 s long; the others are still on it. */
static void cross_the_line(struct f1p_car *car)
{
	struct f1p_lap *l = &car->history[car->n_laps++];

	*l = l[-1];
	l->elapsed_ms += LAP_MS;
	l->tyre_age++;
	car->laps++;
}

static uint32_t median_place(const struct f1p_car_insight *c)
{
	uint32_t k = 0;

	for (uint32_t sum = c->rejoin[0]; sum < 5000 && k + 1 < F1P_MAX_CARS; sum += c->rejoin[k]) {
		k++;
	}
	return k + 1;
}

/* 22 s behind a field of cars 3 s apart lie seven of them, also while those are still on their way to the line. */
static void test_the_leader_is_first_over_the_line_not_after_a_stop(void **state)
{
	struct f1p_state *s = timed_race(16, 20, 50, 3000);
	uint32_t at_the_line[4];

	(void)state;
	assert_int_equal(tell(s, never), F1P_OK);
	for (uint32_t i = 0; i < 4; i++) {
		at_the_line[i] = median_place(&out.cars[i]);
		assert_in_range(at_the_line[i], i + 7, i + 9);
	}
	for (uint32_t i = 0; i < 4; i++) { /* one after the other comes round */
		cross_the_line(&s->cars[i]);
		assert_int_equal(tell(s, never), F1P_OK);
		assert_in_range(median_place(&out.cars[i]), at_the_line[i] - 1, at_the_line[i] + 1);
		assert_true(out.cars[i].rejoin[i] < 100);
		assert_in_range(median_place(&out.cars[0]), at_the_line[0] - 1, at_the_line[0] + 1);
		assert_true(out.cars[i].p_stop_1 > 0 && out.cars[i].p_stop_1 < 0.5);
	}
	free(s);
}

/* Nor does it win places by the cars that are in the lane, out of the race, or silent about their last lap. */
static void test_who_is_still_on_its_way_is_foreseen(void **state)
{
	struct f1p_state *s = timed_race(16, 20, 50, 3000);

	(void)state;
	cross_the_line(&s->cars[0]);
	timed_stop(&s->cars[1], 20, 4000, 18000); /* on its out-lap */
	s->cars[2].in_pit = F1P_YES;
	s->cars[3].retired = F1P_YES;
	s->cars[4].stopped = F1P_YES;
	cross_the_line(&s->cars[5]);
	s->cars[5].history[20].elapsed_ms = F1P_UNKNOWN;
	assert_int_equal(tell(s, never), F1P_OK);
	uint32_t place = median_place(&out.cars[0]);
	assert_in_range(place, 4, 7); /* of the seven that lie within his loss two are out, two lose it as well */
	assert_int_equal(out.cars[3].rejoin_known, 0);
	free(s);
}

static void test_options_and_reasons_stand_in_it(void **state)
{
	struct f1p_state *before = timed_race(6, 40, 50, 8000), *s = timed_race(6, 41, 50, 8000);

	(void)state;
	for (uint32_t i = 0; i < 6; i++) {
		before->cars[i].gap_ms = s->cars[i].gap_ms = (int32_t)i * 8000;
	}
	s->cars[1].retired = F1P_YES;
	s->cars[0].penalty_ms = 10000;
	assert_int_equal(tell_since(s, before, never), F1P_OK);
	assert_int_equal(out.runs, 200);
	assert_int_not_equal(out.cars[0].n_options, 0);
	assert_int_equal(out.cars[1].n_options, 0);
	assert_in_range(out.n_moves, 1, F1P_MAX_MOVES);
	bool named = false;
	for (uint32_t k = 0; k < out.n_moves; k++) {
		named |= out.moves[k].car == s->cars[1].number && strcmp(out.moves[k].text, "C01 out") == 0;
		assert_true(out.moves[k].p_win_change <= 0 || out.moves[k].car == s->cars[0].number); /* nobody else has a chance left */
	}
	assert_true(named);
	free(before);
	free(s);
}

static void test_runs_are_configured(void **state)
{
	struct f1p_state *s = timed_race(6, 41, 50, 8000);

	(void)state;
	fake_stop(host, plugin);
	plugin = fake_start(host, &f1p_entry_v1, "predictor_insights", "runs=0\nmove_runs=0");
	assert_non_null(plugin);
	assert_int_equal(tell(s, never), F1P_OK);
	assert_int_equal(out.runs, 0);
	assert_int_equal(out.cars[0].n_options, 0);
	free(s);
}

static void test_nobody_passes_behind_the_safety_car(void **state)
{
	struct f1p_state *s = timed_race(4, 20, 50, 500);

	(void)state;
	s->track = F1P_TRACK_SC;
	s->neutralised = F1P_YES;
	s->lap_neutral_start = 20;
	assert_int_equal(tell(s, never), F1P_OK);
	assert_int_equal(out.n_overtakes, 0);
	assert_true(out.p_sc_5 == 1);
	free(s);
}

static void test_the_retired_the_finished_and_other_sessions(void **state)
{
	struct f1p_state *s = timed_race(4, 20, 50, 500);

	(void)state;
	s->cars[1].retired = F1P_YES;
	assert_int_equal(tell(s, never), F1P_OK);
	assert_int_equal(out.cars[1].rejoin_known, 0);
	assert_true(out.cars[1].p_stop_5 == 0);
	for (uint32_t i = 0; i < out.n_overtakes; i++) {
		assert_int_not_equal(out.overtakes[i].attacker, s->cars[1].number);
		assert_int_not_equal(out.overtakes[i].defender, s->cars[1].number);
	}
	s->status = F1P_STATUS_FINISHED;
	assert_int_equal(tell(s, never), F1P_OK);
	assert_int_equal(out.n_overtakes, 0);
	assert_true(out.p_sc_5 == 0 && out.cars[0].p_stop_5 == 0);
	s->type = F1P_SESSION_QUALIFYING;
	assert_int_equal(tell(s, never), F1P_EUNSUPPORTED);
	s->type = F1P_SESSION_RACE;
	assert_int_equal(tell(s, at_once), F1P_ECANCELLED);
	free(s);
}

static void test_before_the_first_line_there_is_little_to_say(void **state)
{
	struct f1p_state *s = timed_race(20, 0, 50, 500);

	(void)state;
	assert_int_equal(tell(s, never), F1P_OK);
	assert_int_equal(out.n_overtakes, 0);
	assert_int_equal(out.cars[0].rejoin_known, 0);
	assert_true(out.cars[0].expected_points == 25);
	free(s);
}

static char text[1 << 20];
static size_t text_n;

static void keep(void *arg, const void *bytes, size_t n)
{
	(void)arg;
	assert_true(text_n + n < sizeof(text));
	memcpy(text + text_n, bytes, n);
	text_n += n;
	text[text_n] = '\0';
}

static void test_too_few_races_teach_nothing_and_save_an_empty_object(void **state)
{
	const struct f1p_trainable *t = plugin->get_extension(plugin, F1P_EXT_TRAINABLE);
	struct f1p_state *s = timed_race(4, 19, 20, 500);
	struct f1p_outcome outcome[4] = {{0}};
	struct f1p_example e = {.size = sizeof(e), .phase = F1P_PHASE_NONE, .race_id = 203101, .lap = 19, .laps = 20, .state = s,
		.outcome = outcome};

	(void)state;
	assert_int_equal(t->begin(plugin), F1P_OK);
	assert_int_equal(t->example(plugin, &e), F1P_OK);
	assert_int_equal(t->fit(plugin, 203102), F1P_AGAIN);
	text_n = 0;
	assert_int_equal(t->save(plugin, keep, NULL), F1P_OK);
	assert_string_equal(text, "{}");
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_race_in_mid_flow, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_the_leader_is_first_over_the_line_not_after_a_stop, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_who_is_still_on_its_way_is_foreseen, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_options_and_reasons_stand_in_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_runs_are_configured, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nobody_passes_behind_the_safety_car, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_the_retired_the_finished_and_other_sessions, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_before_the_first_line_there_is_little_to_say, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_too_few_races_teach_nothing_and_save_an_empty_object, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* scorer_test.c - which forecasts are kept, and when they are scored. */
#include "backtest/baselines.h"
#include "forecast/scorer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define GREEN INT64_C(1800000000000000000)

struct fixture {
	struct scorer *scorer;
	struct f1p_state *state;
	char lines[64][2048];
	size_t n_lines, told;
	bool says_gaps; /* 0, 5 and 10 s, and nothing else */
};

static void write_line(void *arg, const char *json, size_t n)
{
	struct fixture *f = arg;

	assert_true(f->n_lines < 64 && n < sizeof(f->lines[0]));
	memcpy(f->lines[f->n_lines++], json, n + 1);
}

static void tell(void *arg, const char *line)
{
	((struct fixture *)arg)->told += line[0] != '\0';
}

static const char *name(void *arg, uint32_t id)
{
	(void)arg;
	return id == 5 ? "predictor-ensemble" : "predictor-other";
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct scorer_ops ops = {f, write_line, tell, name};

	f->scorer = scorer_create(&ops);
	f->state = calloc(1, sizeof(*f->state));
	f->state->type = F1P_SESSION_RACE;
	f->state->status = F1P_STATUS_INACTIVE;
	f->state->t_green_ns = F1P_UNKNOWN_NS;
	f->state->total_laps = 50;
	f->state->n_cars = 3;
	for (uint16_t i = 0; i < 3; i++) {
		f->state->cars[i].number = (uint16_t)(i + 1);
		f->state->order[i] = i;
	}
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	scorer_destroy(f->scorer);
	free(f->state);
	free(f);
	return 0;
}

/* Car 1 wins with the given probability; seq tells the forecasts apart. */
static void forecast(struct fixture *f, uint32_t instance, int lap, int64_t t_ns, uint64_t seq, double p_win)
{
	struct f1p_ev_forecast *ev = calloc(1, sizeof(*ev));

	ev->h = (struct f1p_event){.size = sizeof(*ev), .type = F1P_EV_FORECAST, .t_event_ns = t_ns};
	ev->instance_id = instance;
	ev->published = instance == 5;
	ev->lap = (uint16_t)lap;
	ev->forecast.size = sizeof(ev->forecast);
	ev->forecast.n_cars = 3;
	ev->forecast.snapshot_seq = seq;
	for (uint16_t i = 0; i < 3; i++) {
		ev->forecast.cars[i].car = (uint16_t)(i + 1);
		ev->forecast.cars[i].p_win = i ? (1 - p_win) / 2 : p_win;
		ev->forecast.cars[i].gap_given = f->says_gaps;
		for (int level = 0; level < F1P_GAP_LEVELS; level++)
			ev->forecast.cars[i].gap_ms[level] = 5000 * i;
	}
	scorer_take(f->scorer, &ev->h, f->state);
	free(ev);
}

static void status(struct fixture *f, uint8_t value)
{
	struct f1p_ev_value ev = {.h = {.size = sizeof(ev), .type = F1P_EV_SESSION_STATUS}, .value = value};

	f->state->status = value;
	scorer_take(f->scorer, &ev.h, f->state);
}

static const char *line_of(const struct fixture *f, const char *phase)
{
	char want[64];

	snprintf(want, sizeof(want), "\"phase\":\"%s\"", phase);
	for (size_t i = 0; i < f->n_lines; i++)
		if (strstr(f->lines[i], want))
			return f->lines[i];
	return "";
}

static void each_phase_is_scored_by_its_first_forecast_and_lights_out_by_the_last_before(void **state)
{
	struct fixture *f = *state;

	forecast(f, 5, 1, GREEN - 60000, 1, 0.3);
	forecast(f, 5, 1, GREEN - 10000, 2, 0.5);
	f->state->t_green_ns = GREEN;
	forecast(f, 5, 1, GREEN + 1000, 3, 0.9); /* lap 1 runs: no phase yet */
	for (int lap = 2; lap <= 50; lap++)
		forecast(f, 5, lap, GREEN + lap * INT64_C(90000000000), (uint64_t)lap * 10, 0.8);
	status(f, F1P_STATUS_FINISHED);
	assert_int_equal(f->n_lines, 0); /* the chequered flag is not yet the result */
	status(f, F1P_STATUS_FINALISED);
	assert_int_equal(f->n_lines, 6);
	assert_int_equal(f->told, 6);
	assert_non_null(strstr(line_of(f, "lights_out"), "\"snapshot_seq\":2,"));
	assert_non_null(strstr(line_of(f, "d10"), "\"snapshot_seq\":60,"));  /* five laps of fifty done */
	assert_non_null(strstr(line_of(f, "d25"), "\"snapshot_seq\":140,")); /* 13 laps: the first full lap behind 12.5 */
	assert_non_null(strstr(line_of(f, "d50"), "\"snapshot_seq\":260,"));
	assert_non_null(strstr(line_of(f, "d90"), "\"snapshot_seq\":460,"));
	assert_non_null(strstr(line_of(f, "d50"), "\"instance\":\"predictor-ensemble\""));
	assert_non_null(strstr(line_of(f, "d50"), "\"winner_logloss\":0.223144")); /* -ln 0.8 */
	status(f, F1P_STATUS_ENDS);
	assert_int_equal(f->n_lines, 6); /* once */
}

static void who_joins_during_the_race_is_scored_from_there_on(void **state)
{
	struct fixture *f = *state;

	f->state->status = F1P_STATUS_STARTED;
	forecast(f, 5, 20, GREEN, 1, 0.5);
	forecast(f, 5, 30, GREEN, 2, 0.5);
	status(f, F1P_STATUS_FINALISED);
	assert_int_equal(f->n_lines, 2);
	assert_non_null(strstr(line_of(f, "d25"), "\"snapshot_seq\":1,"));
	assert_non_null(strstr(line_of(f, "d50"), "\"snapshot_seq\":2,"));
}

static void every_member_is_scored_and_only_the_published_one_told(void **state)
{
	struct fixture *f = *state;

	forecast(f, 5, 1, GREEN, 1, 0.5);
	forecast(f, 7, 1, GREEN, 1, 0.6);
	f->state->t_green_ns = GREEN + 1;
	status(f, F1P_STATUS_ENDS);
	assert_int_equal(f->n_lines, 2);
	assert_int_equal(f->told, 1);
}

static void a_race_that_begins_anew_starts_with_nothing(void **state)
{
	struct fixture *f = *state;
	struct f1p_event reset = {.size = sizeof(reset), .type = F1P_EV_FEED_RESET};

	forecast(f, 5, 1, GREEN, 1, 0.5);
	scorer_take(f->scorer, &reset, f->state);
	f->state->t_green_ns = GREEN + 1;
	status(f, F1P_STATUS_ENDS);
	assert_int_equal(f->n_lines, 0);
}

static void other_sessions_are_not_scored_as_races(void **state)
{
	struct fixture *f = *state;

	f->state->type = F1P_SESSION_QUALIFYING;
	forecast(f, 5, 1, GREEN, 1, 0.5);
	f->state->t_green_ns = GREEN + 1;
	status(f, F1P_STATUS_FINALISED);
	assert_int_equal(f->n_lines, 0);
}

static void gaps_are_scored_where_they_are_said(void **state)
{
	struct fixture *f = *state;

	f->state->cars[1].gap_ms = 5000;
	f->state->cars[2].gap_laps = 1;
	forecast(f, 7, 1, GREEN, 1, 0.5);
	f->says_gaps = true;
	forecast(f, 5, 1, GREEN, 1, 0.5);
	f->state->t_green_ns = GREEN + 1;
	status(f, F1P_STATUS_FINALISED);
	assert_int_equal(f->n_lines, 2);
	for (size_t i = 0; i < 2; i++) {
		bool said = strstr(f->lines[i], "\"instance\":\"predictor-ensemble\"") != NULL;
		assert_int_equal(strstr(f->lines[i], "\"gap_cover50\":0.666667,\"gap_cover90\":0.666667,") != NULL, said);
		assert_int_equal(strstr(f->lines[i], "gap_cover") != NULL, said);
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void the_baselines_are_scored_beside_the_members(void **state)
{
	struct fixture *f = *state;
	struct baselines *b = baselines_create();
	struct entry_list entries;
	const char *line = NULL;

	for (uint16_t i = 0; i < 3; i++)
		f->state->cars[i].grid = i + 1;
	f->state->weather.rain = F1P_YES;
	entry_list_of_state(&entries, f->state);
	for (int race = 0; race < 30; race++) { /* pole always wins */
		for (uint16_t i = 0; i < 3; i++)
			entries.cars[i].finish = (uint16_t)(i + 1);
		baselines_learn_grid(b, &entries);
	}
	scorer_set_baselines(f->scorer, b);
	forecast(f, 5, 1, GREEN - 60000, 1, 0.3);
	f->state->t_green_ns = GREEN;
	for (uint16_t i = 0; i < 3; i++)
		f->state->cars[i].position = i + 1;
	status(f, F1P_STATUS_FINALISED);
	assert_int_equal(f->n_lines, 1 + BASELINES);
	for (size_t i = 0; i < f->n_lines; i++)
		line = strstr(f->lines[i], "\"name\":\"grid_table\",\"baseline\":true") ? f->lines[i] : line;
	assert_non_null(line);
	assert_non_null(strstr(line, "\"top3_hit\":1"));
	assert_non_null(strstr(line, "\"winner_hit\":1"));
	assert_non_null(strstr(line, "\"wet\":true"));
	assert_non_null(strstr(line, "\"calibration\":{\"win\":[["));
	assert_non_null(strstr(f->lines[0], "\"name\":\"ensemble\",\"baseline\":false"));
	baselines_destroy(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(each_phase_is_scored_by_its_first_forecast_and_lights_out_by_the_last_before),
		T(who_joins_during_the_race_is_scored_from_there_on),
		T(every_member_is_scored_and_only_the_published_one_told),
		T(a_race_that_begins_anew_starts_with_nothing),
		T(other_sessions_are_not_scored_as_races),
		T(gaps_are_scored_where_they_are_said),
		T(the_baselines_are_scored_beside_the_members),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

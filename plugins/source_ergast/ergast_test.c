/*
 * ergast_test.c - the plugin against a small server: calendar, whole races over page boundaries, what is asked when, and the end
 * of an import.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "ergast_fixture.h"

static const char two_races[] = "base_url=http://127.0.0.1:1/f1\nseasons_back=0\n";

/* A finished round with everything there is. */
static void add_weekend(struct server *s, int round, int laps, int cars)
{
	char path[64];

	for (int i = 0; i < cars; i++) {
		char driver[] = "car_a";
		driver[4] = (char)('a' + i);
		snprintf(path, sizeof(path), "2030/%d/qualifying/", round);
		add_qualifying(s, path, i + 1, driver);
		snprintf(path, sizeof(path), "2030/%d/results/", round);
		add_result(s, path, i + 1, driver);
		snprintf(path, sizeof(path), "2030/%d/driverstandings/", round);
		add_standing(s, path, i + 1, driver);
	}
	snprintf(path, sizeof(path), "2030/%d/constructorstandings/", round);
	add_standing(s, path, 1, "car_a");
	snprintf(path, sizeof(path), "2030/%d/pitstops/", round);
	add_stop(s, path, "car_a", 1, 2);
	snprintf(path, sizeof(path), "2030/%d/laps/", round);
	add_laps(s, path, laps, cars);
}

static const struct f1p_hist_lap *lap_row(struct server *s, int32_t race_id, int32_t lap, const char *driver)
{
	const struct f1p_hist_lap *l;

	for (size_t i = 0; (l = fake_row(s->fake, F1P_HIST_LAP, i)) != NULL; i++)
		if (l->row.race_id == race_id && l->lap == lap && strcmp(l->driver_id, driver) == 0)
			return l;
	fail_msg("no lap %d of %s", lap, driver);
	return NULL;
}

/* ---- calendar ---- */

static void test_the_calendar_is_published_and_kept(void **state)
{
	struct server s;
	struct f1p_hist_race race;

	(void)state;
	server_begin(&s, two_races);
	s.fake->now_ns = RACE_1 - 10 * DAY;
	add_race(&s, 2030, 1, false);
	add_race(&s, 2030, 2, true);
	add_item(&s, "2030/races/", 0,
		"{\"season\":\"2030\",\"round\":\"3\",\"raceName\":\"To Be Told\",\"Circuit\":{},\"date\":\"2030-11-01\","
		"\"FirstPractice\":{\"date\":\"1969-10-30\",\"time\":\"10:00:00Z\"},"
		"\"Qualifying\":{\"date\":\"2003-10-31\",\"time\":\"10:00:00Z\"}}");
	assert_int_equal(serve_all(&s), 2); /* the running season and the next */
	assert_int_equal(s.fake->plan_rank, 1);
	assert_int_equal(s.fake->n_plans, 7); /* 2 + 5; the third race has no hour yet, and sessions of other times */
	const struct f1p_session_plan *p = s.fake->plans;
	assert_int_equal(p[0].type, F1P_SESSION_QUALIFYING);
	assert_int_equal(p[0].t_end_ns - p[0].t_start_ns, HOUR);
	assert_int_equal(p[1].type, F1P_SESSION_RACE);
	assert_int_equal(p[1].t_start_ns, RACE_1);
	assert_int_equal(p[1].t_end_ns - p[1].t_start_ns, 2 * HOUR);
	assert_string_equal(p[1].name, "Race");
	assert_string_equal(p[1].meeting, "Alpha 1 Grand Prix");
	assert_string_equal(p[1].circuit, "Alpha Ring");
	assert_string_equal(p[1].location, "Alphaville");
	assert_string_equal(p[1].country, "Alphaland");
	assert_int_equal(p[1].year, 2030);
	assert_int_equal(p[1].round, 1);
	assert_int_equal(p[1].lat_e4, -378497);
	assert_int_equal(p[1].lon_e4, 1449680);
	assert_int_equal(p[2].type, F1P_SESSION_PRACTICE);
	assert_int_equal(p[2].number, 1);
	assert_int_equal(p[3].type, F1P_SESSION_SPRINT_QUALIFYING);
	assert_int_equal(p[3].t_end_ns - p[3].t_start_ns, 45 * MINUTE);
	assert_int_equal(p[4].type, F1P_SESSION_SPRINT);
	assert_int_equal(fake_rows(s.fake, F1P_HIST_RACE), 3);
	memcpy(&race, fake_row(s.fake, F1P_HIST_RACE, 1), sizeof(race));
	assert_int_equal(race.row.race_id, 203002);
	assert_int_equal(race.sprint, F1P_YES);
	assert_string_equal(race.circuit_id, "alpha_2");
	assert_int_equal(race.laps, F1P_UNKNOWN);
	memcpy(&race, fake_row(s.fake, F1P_HIST_RACE, 2), sizeof(race));
	assert_int_equal(race.t_start_ns, F1P_UNKNOWN_NS);
	assert_int_equal(s.fake->n_events, 0);
	server_end(&s);
}

static void test_the_calendar_is_read_again_and_an_empty_one_is_not_believed(void **state)
{
	struct server s;

	(void)state;
	server_begin(&s, two_races);
	s.fake->now_ns = RACE_1 - 10 * DAY;
	add_race(&s, 2030, 1, false);
	serve_all(&s);
	assert_int_equal(s.due_ns, s.fake->now_ns + 6 * HOUR);
	s.fake->now_ns = s.due_ns - 1;
	assert_int_equal(serve_all(&s), 0);
	s.fake->now_ns += 1;
	resource_of(&s, "2030/races/")->n = 0;
	assert_int_equal(serve_all(&s), 2);
	assert_int_equal(s.fake->n_plans, 2);
	assert_int_equal(fake_rows(s.fake, F1P_HIST_RACE), 1);
	server_end(&s);
}

static void test_what_others_know_of_a_race_stays(void **state)
{
	struct server s;
	struct f1p_hist_race race = {.row = {sizeof(race), F1P_HIST_RACE, 203001, 0},
		.t_start_ns = 5,
		.laps = 57,
		.scheduled_laps = 58,
		.length_m = 5303,
		.lat_e4 = 1,
		.lon_e4 = 2,
		.sprint = F1P_NO,
		.street = F1P_YES,
		.wet = F1P_YES,
		.circuit_id = "old_ring",
		.layout_id = "old_ring-2",
		.name = "The Old Name"};
	const struct f1p_history *history;

	(void)state;
	server_begin(&s, two_races);
	s.fake->now_ns = RACE_1 - 10 * DAY;
	history = s.fake->host.get_extension(&s.fake->host, F1P_EXT_HISTORY);
	assert_int_equal(history->put(&s.fake->host, &race.row, 1), F1P_OK);
	add_race(&s, 2030, 1, false);
	serve_all(&s);
	assert_int_equal(fake_rows(s.fake, F1P_HIST_RACE), 2);
	memcpy(&race, fake_row(s.fake, F1P_HIST_RACE, 1), sizeof(race));
	assert_int_equal(race.t_start_ns, RACE_1);
	assert_string_equal(race.circuit_id, "alpha_1");
	assert_string_equal(race.name, "The Old Name");
	assert_string_equal(race.country, "Alphaland");
	assert_string_equal(race.layout_id, "old_ring-2");
	assert_int_equal(race.length_m, 5303);
	assert_int_equal(race.lat_e4, 1);
	assert_int_equal(race.wet, F1P_YES);
	s.fake->now_ns += 6 * HOUR; /* told the same again: nothing is written */
	assert_int_equal(serve_all(&s), 2);
	assert_int_equal(fake_rows(s.fake, F1P_HIST_RACE), 2);
	server_end(&s);
}

/* ---- races ---- */

static void test_a_race_comes_whole(void **state)
{
	struct server s;

	(void)state;
	server_begin(&s, two_races);
	add_race(&s, 2030, 1, true);
	add_weekend(&s, 1, 5, 3);
	add_result(&s, "2030/1/sprint/", 1, "car_c");
	add_stop(&s, "2030/1/pitstops/", "car_a", 2, 4);
	/* calendars, qualifying, sprint, results, stops, laps, two standings */
	assert_int_equal(serve_all(&s), 9);
	const struct f1p_hist_qualifying *q = fake_row(s.fake, F1P_HIST_QUALIFYING, 1);
	assert_string_equal(q->driver_id, "car_b");
	assert_string_equal(q->constructor_id, "team_car_b");
	assert_int_equal(q->row.race_id, 203001);
	assert_int_equal(q->q_ms[0], 91295);
	assert_int_equal(q->q_ms[1], F1P_UNKNOWN); /* "" */
	assert_int_equal(q->q_ms[2], F1P_UNKNOWN); /* missing */
	const struct f1p_hist_result *r = fake_row(s.fake, F1P_HIST_RESULT, 0);
	assert_int_equal(r->session, F1P_HIST_SPRINT);
	r = fake_row(s.fake, F1P_HIST_RESULT, 1);
	assert_int_equal(r->session, F1P_HIST_MAIN);
	assert_int_equal(r->number, 1);
	assert_int_equal(r->grid, 0);
	assert_int_equal(r->pit_lane_start, F1P_YES);
	assert_int_equal(r->points_c, 2550);
	assert_int_equal(r->time_ms, 5000001);
	assert_int_equal(r->best_ms, 91001);
	assert_int_equal(r->classified, F1P_YES);
	assert_int_equal(r->dnf, F1P_DNF_NONE);
	const struct f1p_hist_stop *stop = fake_row(s.fake, F1P_HIST_STOP, 1);
	assert_int_equal(stop->lane_ms, 2455302);
	assert_int_equal(stop->lap, 4);
	const struct f1p_hist_standing *st = fake_row(s.fake, F1P_HIST_STANDING, 0);
	assert_int_equal(st->points_c, 57550);
	assert_int_equal(st->wins, 19);
	assert_string_equal(st->id, "car_a");
	assert_string_equal(((const struct f1p_hist_name *)fake_row(s.fake, F1P_HIST_DRIVER, 0))->name, "Al Pha");
	struct f1p_hist_race race;
	memcpy(&race, fake_row(s.fake, F1P_HIST_RACE, 1), sizeof(race));
	assert_int_equal(race.laps, 57); /* the winner's */
	const struct f1p_hist_lap *l = lap_row(&s, 203001, 3, "car_b");
	assert_int_equal(l->time_ms, 90100);
	assert_int_equal(l->elapsed_ms, 3 * 90100);
	assert_int_equal(l->gap_ms, 300);
	assert_int_equal(l->row.flags, 0);
	assert_int_equal(l->stint, 1);
	l = lap_row(&s, 203001, 3, "car_a");
	assert_int_equal(l->row.flags, F1P_HISTL_OUT);
	assert_int_equal(l->stint, 2);
	assert_int_equal(lap_row(&s, 203001, 2, "car_a")->row.flags, F1P_HISTL_IN);
	assert_int_equal(lap_row(&s, 203001, 5, "car_a")->stint, 3);
	server_end(&s);
}

/* The same race by pages of every size that cuts laps, and in one piece. */
static void test_page_boundaries_change_nothing(void **state)
{
	static const int limits[] = {100, 99, 30, 7};
	struct server whole;

	(void)state;
	server_begin(&whole, two_races);
	add_race(&whole, 2030, 1, false);
	add_weekend(&whole, 1, 12, 20);
	whole.max_limit = 100;
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		struct server s;
		server_begin(&s, two_races);
		add_race(&s, 2030, 1, false);
		add_weekend(&s, 1, 12, 20);
		s.max_limit = limits[i];
		serve_all(&s);
		assert_int_equal(times_asked(&s, "/1/laps/"), (240 + limits[i] - 1) / limits[i]);
		if (i == 0)
			serve_all(&whole);
		assert_int_equal(fake_rows(s.fake, F1P_HIST_LAP), 240);
		assert_int_equal(s.fake->row_bytes, whole.fake->row_bytes);
		assert_memory_equal(s.fake->rows, whole.fake->rows, whole.fake->row_bytes);
		server_end(&s);
	}
	server_end(&whole);
}

static void test_what_is_there_is_not_asked_for_again(void **state)
{
	struct server s, again;
	const struct f1p_history *history;

	(void)state;
	server_begin(&s, two_races);
	add_race(&s, 2030, 1, false);
	add_race(&s, 2030, 2, false);
	add_weekend(&s, 1, 5, 3);
	add_weekend(&s, 2, 5, 3);
	serve_all(&s);
	assert_int_equal(serve_all(&s), 0);
	assert_int_equal(times_asked(&s, "/1/driverstandings/"), 0); /* those behind race 2 tell it all */
	assert_int_equal(times_asked(&s, "/2/driverstandings/"), 1);
	/* the next start, with the same store */
	server_begin(&again, two_races);
	history = again.fake->host.get_extension(&again.fake->host, F1P_EXT_HISTORY);
	for (size_t at = 0; at < s.fake->row_bytes;) {
		const struct f1p_history_row *row = (const void *)(s.fake->rows + at);
		if (row->race_id != 203001 || row->type != F1P_HIST_LAP)
			assert_int_equal(history->put(&again.fake->host, row, 1), F1P_OK);
		at += row->size;
	}
	add_race(&again, 2030, 1, false);
	add_race(&again, 2030, 2, false);
	add_weekend(&again, 1, 5, 3);
	assert_int_equal(serve_all(&again), 3);
	assert_int_equal(times_asked(&again, "/1/laps/"), 1); /* the rest are calendars */
	server_end(&again);
	server_end(&s);
}

static void test_laps_can_be_left_out(void **state)
{
	struct server s;

	(void)state;
	server_begin(&s, "base_url=http://127.0.0.1:1/f1/\nseasons_back=0\nlaps=no\n");
	add_race(&s, 2030, 1, false);
	add_weekend(&s, 1, 5, 3);
	serve_all(&s);
	assert_int_equal(times_asked(&s, "/laps/") + times_asked(&s, "/pitstops/"), 0);
	assert_int_equal(fake_rows(s.fake, F1P_HIST_RESULT), 3);
	assert_int_equal(times_asked(&s, "/f1//"), 0);
	server_end(&s);
}

static void test_seasons_before_the_running_one_come_too(void **state)
{
	struct server s;

	(void)state;
	server_begin(&s, "base_url=http://127.0.0.1:1/f1\nseasons_back=2\n");
	add_race(&s, 2029, 1, false);
	add_result(&s, "2029/1/results/", 1, "car_a");
	serve_all(&s);
	assert_int_equal(times_asked(&s, "/races/"), 4); /* 2030, 2031, 2029, 2028 */
	const struct f1p_hist_result *r = fake_row(s.fake, F1P_HIST_RESULT, 0);
	assert_non_null(r);
	assert_int_equal(r->row.race_id, 202901);
	assert_int_equal(s.fake->n_plans, 0); /* what is past needs no plan */
	server_end(&s);
}

/* ---- when ---- */

static void test_results_are_asked_for_until_they_come(void **state)
{
	struct server s;

	(void)state;
	server_begin(&s, two_races);
	add_race(&s, 2030, 1, false);
	s.fake->now_ns = RACE_1 - 6 * HOUR;
	serve_all(&s);
	assert_int_equal(s.due_ns, RACE_1 - 5 * HOUR + 90 * MINUTE); /* qualifying is over */
	s.fake->now_ns = s.due_ns;
	add_qualifying(&s, "2030/1/qualifying/", 1, "car_a");
	serve_all(&s);
	assert_int_equal(fake_rows(s.fake, F1P_HIST_QUALIFYING), 1);
	s.fake->now_ns = RACE_1 + 149 * MINUTE;
	serve_all(&s);
	assert_int_equal(times_asked(&s, "/1/results/"), 0);
	s.fake->now_ns = RACE_1 + 150 * MINUTE;
	for (int i = 1; i <= 4; i++) {
		serve_all(&s);
		assert_int_equal(times_asked(&s, "/1/results/"), i);
		s.fake->now_ns += 30 * MINUTE - 1;
		assert_int_equal(serve_all(&s), 0);
		s.fake->now_ns += 1;
	}
	assert_int_equal(times_asked(&s, "/1/laps/"), 0); /* without a result there are no laps */
	add_weekend(&s, 1, 5, 3);
	serve_all(&s);
	assert_int_equal(fake_rows(s.fake, F1P_HIST_RESULT), 3);
	assert_int_equal(fake_rows(s.fake, F1P_HIST_LAP), 15);
	assert_int_equal(fake_rows(s.fake, F1P_HIST_STANDING), 4);
	server_end(&s);
}

static void test_a_young_result_is_looked_at_again_an_old_one_never(void **state)
{
	struct server s;

	(void)state;
	server_begin(&s, two_races);
	add_race(&s, 2030, 1, false);
	add_weekend(&s, 1, 5, 3);
	s.fake->now_ns = RACE_1 + 3 * HOUR;
	serve_all(&s);
	for (int day = 1; day < 20; day++) {
		s.fake->now_ns += DAY;
		serve_all(&s);
	}
	assert_in_range(times_asked(&s, "/1/results/"), 7, 9);
	assert_int_equal(times_asked(&s, "/1/laps/"), 1);
	server_end(&s);
}

static void test_a_new_year_begins_by_itself(void **state)
{
	struct server s;

	(void)state;
	server_begin(&s, two_races);
	add_race(&s, 2031, 1, false);
	serve_all(&s);
	assert_int_equal(s.fake->n_plans, 2); /* the next season's, as soon as it is told */
	s.fake->now_ns += 365 * DAY;
	serve_all(&s);
	assert_int_equal(times_asked(&s, "/2032/races/"), 1);
	assert_int_equal(times_asked(&s, "/2031/1/results/"), 1);
	server_end(&s);
}

static void test_it_asks_politely(void **state)
{
	struct server s;
	struct fake_request *q;

	(void)state;
	server_begin(&s, "base_url=http://127.0.0.1:8080/f1\nlimits_per_second=2\nlimits_per_hour=150\nseasons_back=0\n");
	assert_string_equal(s.fake->limited, "127.0.0.1:8080");
	assert_int_equal(s.fake->n_windows, 2);
	assert_int_equal(s.fake->windows[0].requests, 2);
	assert_int_equal(s.fake->windows[0].window_ms, 1000);
	assert_int_equal(s.fake->windows[1].requests, 150);
	assert_int_equal(s.fake->windows[1].window_ms, 3600000);
	add_race(&s, 2030, 1, false);
	add_weekend(&s, 1, 5, 3);
	while ((q = next_request(&s)) != NULL) {
		int waiting = 0;
		fake_poll(s.fake, s.plugin, NULL); /* does not ask for more while one answer is awaited */
		for (size_t i = 0; i < s.fake->n_requests; i++)
			waiting += !s.fake->requests[i].done;
		assert_int_equal(waiting, 1);
		assert_int_equal(q->priority, strstr(q->url, "/races/") ? F1P_HTTP_NORMAL : F1P_HTTP_BACKGROUND);
		assert_non_null(strstr(q->url, "limit=100&"));
		serve(&s, q);
	}
	assert_true(s.asked > 5);
	server_end(&s);
}

/* ---- import ---- */

static void test_an_import_ends_when_the_season_is_there(void **state)
{
	struct server s;

	(void)state;
	server_begin(&s, "base_url=http://127.0.0.1:1/f1\nimport_season=2030\n");
	s.fake->now_ns = RACE_1 + 8 * DAY; /* of three races two are over, and one has no laps yet */
	add_race(&s, 2030, 1, false);
	add_race(&s, 2030, 2, false);
	add_race(&s, 2030, 3, false);
	add_weekend(&s, 1, 5, 3);
	add_result(&s, "2030/2/results/", 1, "car_a");
	serve_all(&s);
	assert_int_equal(s.status, F1P_END);
	assert_int_equal(times_asked(&s, "/races/"), 1);
	assert_int_equal(times_asked(&s, "/3/"), 0);
	assert_int_equal(fake_rows(s.fake, F1P_HIST_RESULT), 4);
	assert_int_equal(fake_rows(s.fake, F1P_HIST_LAP), 15);
	assert_int_equal(s.fake->n_plans, 0);
	server_end(&s);
}

static void test_an_import_that_gets_nowhere_says_why(void **state)
{
	struct server s;
	struct fake_request *q;
	int tries = 0;

	(void)state;
	server_begin(&s, "base_url=http://127.0.0.1:1/f1\nimport_season=2030\n");
	for (; tries < 20 && (q = next_request(&s)) != NULL; tries++) {
		fake_answer_error(s.fake, q, F1P_EIO, "127.0.0.1:1: connection refused");
		fake_poll(s.fake, s.plugin, &s.due_ns);
		s.fake->now_ns += 2 * HOUR;
	}
	assert_int_equal(tries, 5);
	assert_int_equal(s.status, F1P_EPERMANENT);
	assert_string_equal(s.fake->reason, "2030: the calendar: 127.0.0.1:1: connection refused");
	server_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_calendar_is_published_and_kept),
		cmocka_unit_test(test_the_calendar_is_read_again_and_an_empty_one_is_not_believed),
		cmocka_unit_test(test_what_others_know_of_a_race_stays),
		cmocka_unit_test(test_a_race_comes_whole),
		cmocka_unit_test(test_page_boundaries_change_nothing),
		cmocka_unit_test(test_what_is_there_is_not_asked_for_again),
		cmocka_unit_test(test_laps_can_be_left_out),
		cmocka_unit_test(test_seasons_before_the_running_one_come_too),
		cmocka_unit_test(test_results_are_asked_for_until_they_come),
		cmocka_unit_test(test_a_young_result_is_looked_at_again_an_old_one_never),
		cmocka_unit_test(test_a_new_year_begins_by_itself),
		cmocka_unit_test(test_it_asks_politely),
		cmocka_unit_test(test_an_import_ends_when_the_season_is_there),
		cmocka_unit_test(test_an_import_that_gets_nowhere_says_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * ergast_faults_test.c - answers that are late, throttled, torn, foreign or hostile, and hosts that lack something.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "ergast_fixture.h"
#include "page.h"

#include <helpers/rng.h>

static const char one_season[] = "base_url=http://127.0.0.1:1/f1\nseasons_back=0\n";

static void begin_with_a_race(struct server *s)
{
	server_begin(s, one_season);
	add_race(s, 2030, 1, false);
	for (int i = 0; i < 3; i++) {
		char driver[] = "car_a";
		driver[4] = (char)('a' + i);
		add_result(s, "2030/1/results/", i + 1, driver);
	}
	add_laps(s, "2030/1/laps/", 50, 3);
}

/* Answers until this path is asked for; that request is left open. */
static struct fake_request *serve_until(struct server *s, const char *part)
{
	struct fake_request *q;

	while ((q = next_request(s)) != NULL && !strstr(q->url, part))
		serve(s, q);
	assert_non_null(q);
	return q;
}

/* ---- the server has a bad day ---- */

static void test_too_many_requests_stop_everything_for_a_while(void **state)
{
	struct server s;

	(void)state;
	begin_with_a_race(&s);
	add_race(&s, 2030, 2, false); /* there would be more to ask for */
	fake_answer(s.fake, serve_until(&s, "/2/results/"), 429, "retry-after: 600\n", "Request was throttled.");
	assert_null(next_request(&s));
	assert_int_equal(s.due_ns, s.fake->now_ns + 600 * SECOND);
	assert_non_null(strstr(s.fake->log, "W 2030 round 2: the result: the server says: too many requests"));
	s.fake->now_ns = s.due_ns - 1;
	assert_null(next_request(&s));
	s.fake->now_ns += 1;
	fake_answer(s.fake, serve_until(&s, "/2/results/"), 429, NULL, ""); /* without a word of how long: minutes */
	assert_null(next_request(&s));
	assert_true(s.due_ns - s.fake->now_ns >= 5 * MINUTE);
	s.fake->now_ns = s.due_ns;
	serve_all(&s);
	assert_int_equal(fake_rows(s.fake, F1P_HIST_RESULT), 3);
	assert_int_equal(fake_rows(s.fake, F1P_HIST_LAP), 150);
	server_end(&s);
}

/* Other things come due meanwhile. */
static bool asks_for(struct server *s, const char *part)
{
	struct fake_request *q;

	while ((q = next_request(s)) != NULL && !strstr(q->url, part))
		serve(s, q);
	return q != NULL;
}

/* A rehearsal's clock runs faster, the server does not. */
static void test_a_pause_is_of_real_time_in_a_rehearsal(void **state)
{
	struct server s;
	int64_t then_ns;

	(void)state;
	begin_with_a_race(&s);
	s.fake->speed = 600;
	fake_answer(s.fake, serve_until(&s, "/1/results/"), 429, "retry-after: 30\n", "Request was throttled.");
	then_ns = s.fake->now_ns;
	assert_false(asks_for(&s, ""));
	s.fake->now_ns = then_ns + 29 * 600 * SECOND;
	assert_false(asks_for(&s, ""));
	assert_true(s.due_ns > s.fake->now_ns && s.due_ns <= s.fake->now_ns + 2 * SECOND); /* looked at again soon enough */
	s.fake->now_ns = then_ns + 59 * 600 * SECOND;
	assert_false(asks_for(&s, "/1/results/")); /* what failed waits a minute */
	s.fake->now_ns = then_ns + 61 * 600 * SECOND;
	assert_true(asks_for(&s, "/1/results/"));
	serve_all(&s);
	assert_int_equal(fake_rows(s.fake, F1P_HIST_RESULT), 3);
	server_end(&s);
}

static void test_failures_are_tried_again_with_growing_patience(void **state)
{
	struct server s;
	int64_t waited[10];
	struct fake_request *q;

	(void)state;
	begin_with_a_race(&s);
	serve_until(&s, "/1/results/");
	for (int i = 0; i < 10; i++) {
		while ((q = next_request(&s)) == NULL) /* other things come due meanwhile */
			s.fake->now_ns = s.due_ns;
		if (!strstr(q->url, "/1/results/")) {
			serve(&s, q);
			i--;
			continue;
		}
		int64_t t = s.fake->now_ns;
		fake_answer(s.fake, q, i % 2 ? 503 : 500, NULL, "<html>oops</html>");
		while (!fake_pending(s.fake, "/1/results/")) {
			if ((q = next_request(&s)) == NULL)
				s.fake->now_ns = s.due_ns;
			else if (!strstr(q->url, "/1/results/"))
				serve(&s, q);
		}
		waited[i] = s.fake->now_ns - t;
	}
	assert_int_equal(waited[0], MINUTE);
	assert_int_equal(waited[3], 8 * MINUTE);
	assert_int_equal(waited[9], HOUR);
	assert_int_equal(fake_rows(s.fake, F1P_HIST_RESULT), 0);
	size_t told = 0;
	for (const char *at = s.fake->log; (at = strstr(at, ": the server answers 50")) != NULL; at++)
		told++;
	assert_int_equal(told, 4); /* the 1st, 2nd, 4th and 8th time */
	serve_all(&s);
	assert_int_equal(fake_rows(s.fake, F1P_HIST_RESULT), 3);
	server_end(&s);
}

static void refuses(struct server *s, const char *body, const char *because)
{
	struct fake_request *q = serve_until(s, "/1/results/");

	s->fake->log[0] = '\0';
	s->fake->log_bytes = 0;
	fake_answer(s->fake, q, 200, NULL, body);
	assert_int_equal(fake_rows(s->fake, F1P_HIST_RESULT), 0);
	if (!strstr(s->fake->log, because))
		fail_msg("\"%s\" does not say \"%s\"", s->fake->log, because);
	s->fake->now_ns += 2 * HOUR;
}

#define ENVELOPE(season, round, total, rows)                                                                                     \
	"{\"MRData\":{\"limit\":\"100\",\"offset\":\"0\",\"total\":" total ",\"RaceTable\":{\"Races\":[{\"season\":\"" season    \
	"\",\"round\":\"" round "\",\"Results\":[" rows "]}]}}}"
#define ROW "{\"position\":\"1\",\"Driver\":{\"driverId\":\"car_a\"}}"

static void test_answers_that_are_none_are_not_taken(void **state)
{
	static const struct {
		const char *body, *because;
	} bad[] = {
		{"", "no JSON"},
		{"<html>Service Unavailable</html>", "no JSON"},
		{"{\"error\":\"ratelimited\"}", "not the shape"},
		{"[]", "not the shape"},
		{"{\"MRData\":{\"limit\":\"100\",\"offset\":\"0\",\"total\":\"1\",\"RaceTable\":{\"Races\":[{\"season\":\"20",
			"no JSON"},
		{ENVELOPE("2030", "2", "\"1\"", ROW), "another round"},
		{ENVELOPE("2029", "1", "\"1\"", ROW), "another season"},
		{ENVELOPE("2030", "1", "\"-1\"", ROW), "out of range"},
		{ENVELOPE("2030", "1", "\"99999999\"", ROW), "out of range"},
		{ENVELOPE("2030", "1", "null", ROW), "out of range"},
		{ENVELOPE("2030", "1", "\"3\"", ""), "has 0 rows"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct server s;
		begin_with_a_race(&s);
		refuses(&s, bad[i].body, bad[i].because);
		serve_all(&s);
		assert_int_equal(fake_rows(s.fake, F1P_HIST_RESULT), 3);
		server_end(&s);
	}
}

static void test_rows_that_come_between_two_pages_begin_the_resource_anew(void **state)
{
	struct server s;

	(void)state;
	begin_with_a_race(&s);
	s.max_limit = 60;
	serve(&s, serve_until(&s, "/1/laps/"));
	add_item(&s, "2030/1/laps/", 51, "{\"driverId\":\"car_a\",\"position\":\"1\",\"time\":\"1:30.0\"}");
	serve_all(&s);
	assert_int_equal(fake_rows(s.fake, F1P_HIST_LAP), 151);
	assert_int_equal(times_asked(&s, "/1/laps/?limit=100&offset=0"), 2);
	server_end(&s);
}

static void test_a_total_that_never_stands_still_is_given_up(void **state)
{
	struct server s;
	struct fake_request *q;
	int n = 0;

	(void)state;
	begin_with_a_race(&s);
	s.max_limit = 60;
	q = serve_until(&s, "/1/laps/");
	while (q && strstr(q->url, "/1/laps/") && n < 50) {
		add_item(&s, "2030/1/laps/", 51 + n, "{\"driverId\":\"car_a\",\"position\":\"1\",\"time\":\"1:30.0\"}");
		serve(&s, q);
		n++;
		q = next_request(&s);
	}
	assert_in_range(n, 4, 10);
	assert_int_equal(fake_rows(s.fake, F1P_HIST_LAP), 0);
	assert_non_null(strstr(s.fake->log, "changes from page to page"));
	server_end(&s);
}

static void test_nothing_there_is_no_fault(void **state)
{
	struct server s;

	(void)state;
	begin_with_a_race(&s);
	fake_answer(s.fake, serve_until(&s, "/1/results/"), 404, NULL, "{\"detail\":\"Not found.\"}");
	serve_all(&s);
	assert_null(strstr(s.fake->log, "W "));
	server_end(&s);
}

/* ---- what the host had kept ---- */

static void answer_kept(struct fake_request *q, const char *body, int64_t age_ms, uint32_t flags)
{
	struct f1p_http_answer a = {.size = sizeof(a),
		.status = 200,
		.flags = F1P_HTTPA_CACHED | flags,
		.age_ms = age_ms,
		.retry_after_ms = F1P_UNKNOWN_NS,
		.reason = "",
		.content_type = "",
		.body = body,
		.body_bytes = strlen(body)};

	q->done = true;
	q->fn(q->arg, &a);
}

static void test_a_bad_answer_that_was_kept_is_asked_for_anew(void **state)
{
	struct server s;
	struct fake_request *q;

	(void)state;
	begin_with_a_race(&s);
	q = serve_until(&s, "/1/results/");
	assert_int_equal(q->flags & F1P_HTTPF_REFRESH, 0);
	answer_kept(q, ENVELOPE("2030", "1", "\"3\"", ROW "]},{\"season\":\"2030\",\"round\":\"7\",\"Results\":[" ROW), 1000, 0);
	q = fake_pending(s.fake, "/1/results/"); /* at once, and past the cache */
	assert_non_null(q);
	assert_int_equal(q->flags & F1P_HTTPF_REFRESH, F1P_HTTPF_REFRESH);
	serve_all(&s);
	assert_int_equal(fake_rows(s.fake, F1P_HIST_RESULT), 3); /* none of the bad page */
	assert_string_equal(((const struct f1p_hist_result *)fake_row(s.fake, F1P_HIST_RESULT, 2))->driver_id, "car_c");
	assert_null(strstr(s.fake->log, "W "));
	server_end(&s);
}

/* Other calendars step in only if this one is not told as if it were new. */
static void test_an_old_calendar_is_not_told_as_a_new_one(void **state)
{
	static struct text body;
	struct server s;
	struct fake_request *q;

	(void)state;
	begin_with_a_race(&s);
	q = serve_until(&s, "/2030/races/");
	page_of(&body, resource_of(&s, "2030/races/"), 0, 100);
	answer_kept(q, body.at, 90000000, F1P_HTTPA_STALE);
	assert_int_equal(s.fake->n_plans, 0);
	assert_non_null(strstr(s.fake->log, "does not answer"));
	serve_all(&s);
	s.fake->now_ns += 2 * MINUTE; /* it is tried again soon */
	serve_all(&s);
	assert_true(s.fake->n_plans > 0);
	server_end(&s);
}

static void test_nothing_is_believed_for_a_week_only(void **state)
{
	static const char nothing[] =
		"{\"MRData\":{\"limit\":\"100\",\"offset\":\"0\",\"total\":\"0\",\"RaceTable\":{\"Races\":[]}}}";
	struct server s;

	(void)state;
	begin_with_a_race(&s);
	answer_kept(serve_until(&s, "/1/results/"), nothing, 8 * 86400 * 1000, 0);
	assert_non_null(fake_pending(s.fake, "/1/results/"));
	assert_int_equal(fake_pending(s.fake, "/1/results/")->flags & F1P_HTTPF_REFRESH, F1P_HTTPF_REFRESH);
	serve_all(&s);
	assert_int_equal(fake_rows(s.fake, F1P_HIST_RESULT), 3);
	server_end(&s);
	begin_with_a_race(&s);
	answer_kept(serve_until(&s, "/1/results/"), nothing, 6 * 86400 * 1000, 0);
	assert_null(fake_pending(s.fake, "/1/results/"));
	server_end(&s);
}

static void test_a_hole_in_the_laps_stops_the_race_clock_of_that_car(void **state)
{
	static const struct {
		int32_t lap;
		const char *driver, *time;
		int32_t elapsed_ms, gap_ms;
	} laps[] = {{1, "car_a", "1:30.0", 90000, 0}, {1, "car_b", "1:31.0", 91000, 1000}, {2, "car_a", "1:30.0", 180000, 0},
		{3, "car_a", "", F1P_UNKNOWN, F1P_UNKNOWN}, {3, "car_b", "1:31.0", F1P_UNKNOWN, F1P_UNKNOWN},
		{4, "car_a", "1:30.0", F1P_UNKNOWN, F1P_UNKNOWN}};
	struct server s;

	(void)state;
	server_begin(&s, one_season);
	add_race(&s, 2030, 1, false);
	add_result(&s, "2030/1/results/", 1, "car_a");
	for (size_t i = 0; i < sizeof(laps) / sizeof(laps[0]); i++)
		add_item(&s, "2030/1/laps/", laps[i].lap, "{\"driverId\":\"%s\",\"position\":\"1\",\"time\":\"%s\"}",
			laps[i].driver, laps[i].time);
	serve_all(&s);
	for (size_t i = 0; i < sizeof(laps) / sizeof(laps[0]); i++) {
		const struct f1p_hist_lap *l = fake_row(s.fake, F1P_HIST_LAP, i);
		assert_non_null(l);
		assert_int_equal(l->lap, laps[i].lap);
		assert_int_equal(l->elapsed_ms, laps[i].elapsed_ms);
		assert_int_equal(l->gap_ms, laps[i].gap_ms);
	}
	server_end(&s);
}

/* ---- hostile bytes ---- */

static void test_no_bytes_do_harm(void **state)
{
	static const struct want wants[] = {{KIND_CALENDAR, 2030, 0}, {KIND_RESULTS, 2030, 1}, {KIND_LAPS, 2030, 1},
		{KIND_STOPS, 2030, 1}, {KIND_DRIVER_STANDINGS, 2030, 1}, {KIND_QUALIFYING, 2030, 1}};
	struct server s;
	struct f1p_rng r;
	struct text *t = malloc(sizeof(*t));
	struct calendar *c = malloc(sizeof(*c));
	char why[300], path[64];
	int read = 0;

	(void)state;
	begin_with_a_race(&s);
	add_stop(&s, "2030/1/pitstops/", "car_a", 1, 3);
	add_standing(&s, "2030/1/driverstandings/", 1, "car_a");
	add_qualifying(&s, "2030/1/qualifying/", 1, "car_a");
	f1p_rng_seed(&r, 11, 1);
	for (size_t i = 0; i < sizeof(wants) / sizeof(wants[0]); i++) {
		want_path(&wants[i], path, sizeof(path));
		for (int round = 0; round < 1500; round++) {
			struct rows rows = {0};
			struct page page;
			page_of(t, resource_of(&s, path), 0, 20);
			size_t n = round < 500 ? f1p_rng_below(&r, (uint32_t)t->n) : t->n;
			for (int flips = round < 500 ? 0 : 1 + round % 4; flips > 0; flips--)
				t->at[f1p_rng_below(&r, (uint32_t)t->n)] =
					round % 2 ? (char)f1p_rng_u64(&r) : "\"{}[],:0-\\"[f1p_rng_below(&r, 10)];
			char *exact = malloc(n ? n : 1); /* so that a byte too far is seen */
			memcpy(exact, t->at, n);
			c->n = 0;
			read += page_read(&wants[i], exact, n, &page, &rows, c, why, sizeof(why));
			free(exact);
			rows_clear(&rows);
		}
	}
	assert_true(read > 100); /* a flipped letter in a name does not matter */
	free(c);
	free(t);
	server_end(&s);
}

static void test_deep_and_odd_values_are_unknown(void **state)
{
	static const struct want want = {KIND_RESULTS, 2030, 1};
	static const char body[] = ENVELOPE("2030", "1", "\"4\"",
		"{\"position\":{\"a\":[]},\"points\":\"1e9\",\"grid\":\"-1\",\"laps\":\"\",\"Time\":\"fast\",\"status\":null,"
		"\"FastestLap\":[],"
		"\"number\":\"1000000\",\"Driver\":{\"driverId\":\"a\\u0000b\",\"code\":\"LONGER THAN "
		"EIGHT\",\"givenName\":\"\\u00c9mile\","
		"\"familyName\":\"\\ud800\"}},"
		"{\"position\":\"2\",\"Driver\":{}},[],\"text\"");
	struct rows rows = {0};
	struct page page;
	struct f1p_hist_result r;
	struct f1p_hist_name name;
	char why[300];

	(void)state;
	if (!page_read(&want, body, sizeof(body) - 1, &page, &rows, NULL, why, sizeof(why)))
		fail_msg("%s", why);
	assert_int_equal(page.seen, 4);
	assert_int_equal(rows.n, 2); /* one driver's name, one result */
	memcpy(&name, rows.bytes, sizeof(name));
	memcpy(&r, rows.bytes + sizeof(name), sizeof(r));
	assert_string_equal(name.code, "LONGER ");
	assert_int_equal(r.position, F1P_UNKNOWN);
	assert_int_equal(r.grid, F1P_UNKNOWN);
	assert_int_equal(r.laps, F1P_UNKNOWN);
	assert_int_equal(r.points_c, F1P_UNKNOWN);
	assert_int_equal(r.time_ms, F1P_UNKNOWN);
	assert_int_equal(r.best_ms, F1P_UNKNOWN);
	assert_int_equal(r.number, F1P_UNKNOWN);
	assert_int_equal(r.dnf, F1P_DNF_UNKNOWN);
	assert_int_equal(r.classified, F1P_TRI_UNKNOWN);
	rows_clear(&rows);
}

static void test_how_a_race_ended(void **state)
{
	static const struct want want = {KIND_RESULTS, 2030, 1};
	static const struct {
		const char *status, *position;
		uint8_t dnf, classified;
	} ends[] = {{"Finished", "1", F1P_DNF_NONE, F1P_YES}, {"+1 Lap", "12", F1P_DNF_NONE, F1P_YES},
		{"Lapped", "13", F1P_DNF_NONE, F1P_YES}, {"Gearbox", "18", F1P_DNF_MECHANICAL, F1P_YES},
		{"Engine", "R", F1P_DNF_MECHANICAL, F1P_NO}, {"Collision damage", "R", F1P_DNF_ACCIDENT, F1P_NO},
		{"Spun off", "R", F1P_DNF_ACCIDENT, F1P_NO}, {"Retired", "R", F1P_DNF_UNKNOWN, F1P_NO},
		{"Illness", "R", F1P_DNF_OTHER, F1P_NO}, {"Disqualified", "D", F1P_DNF_DSQ, F1P_NO},
		{"Finished", "D", F1P_DNF_DSQ, F1P_NO}, {"Did not start", "W", F1P_DNF_DNS, F1P_NO},
		{"Withdrew", "W", F1P_DNF_DNS, F1P_NO}};

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		char body[600], why[300];
		struct rows rows = {0};
		struct page page;
		struct f1p_hist_result r;
		int n = snprintf(body, sizeof(body),
			ENVELOPE("2030", "1", "\"1\"",
				"{\"positionText\":\"%s\",\"status\":\"%s\",\"grid\":\"0\",\"Driver\":{\"driverId\":\"a\"}}"),
			ends[i].position, ends[i].status);
		assert_true(page_read(&want, body, (size_t)n, &page, &rows, NULL, why, sizeof(why)));
		memcpy(&r, rows.bytes + sizeof(struct f1p_hist_name), sizeof(r));
		assert_int_equal(r.dnf, ends[i].dnf);
		assert_int_equal(r.classified, ends[i].classified);
		assert_int_equal(r.grid, ends[i].dnf == F1P_DNF_DNS ? F1P_UNKNOWN : 0);
		rows_clear(&rows);
	}
}

/* ---- a history that does not take everything ---- */

static struct {
	const struct f1p_history *real;
	const void *(*get_extension)(const struct f1p_host *, const char *);
	f1p_status answer; /* F1P_OK: as the store would */
} picky;

static f1p_status picky_put(const struct f1p_host *host, const struct f1p_history_row *first, uint32_t count)
{
	const unsigned char *at = (const void *)first;

	for (uint32_t i = 0; i < count; i++) {
		struct f1p_hist_result r;
		memcpy(&r.row, at, sizeof(r.row));
		memcpy(&r, at, r.row.size < sizeof(r) ? r.row.size : sizeof(r));
		if (r.row.type == F1P_HIST_RESULT && strcmp(r.driver_id, "car_b") == 0)
			return (host->fail)(host, F1P_EINVAL, "row %u: not this one", i + 1);
		at += r.row.size;
	}
	return picky.answer == F1P_OK ? picky.real->put(host, first, count) : picky.answer;
}

static f1p_status picky_each(const struct f1p_host *host, const struct f1p_history_query *q,
	bool (*fn)(void *, const struct f1p_history_row *), void *arg)
{
	return picky.real->each(host, q, fn, arg);
}

static const void *picky_extension(const struct f1p_host *host, const char *id)
{
	static const struct f1p_history ext = {sizeof(ext), 0, picky_each, picky_put, NULL};

	return strcmp(id, F1P_EXT_HISTORY) == 0 ? &ext : picky.get_extension(host, id);
}

static void begin_with_a_picky_store(struct server *s)
{
	*s = (struct server){.fake = fake_host_create("source-ergast"), .max_limit = 100};
	picky.answer = F1P_OK;
	picky.get_extension = s->fake->host.get_extension;
	picky.real = picky.get_extension(&s->fake->host, F1P_EXT_HISTORY);
	s->fake->host.get_extension = picky_extension;
	s->fake->now_ns = RACE_1 + 30 * DAY;
	s->plugin = fake_start(s->fake, &f1p_entry_v1, "source_ergast", one_season);
	add_race(s, 2030, 1, false);
	add_result(s, "2030/1/results/", 1, "car_a");
	add_result(s, "2030/1/results/", 2, "car_b");
	add_result(s, "2030/1/results/", 3, "car_c");
}

static void test_a_row_that_is_refused_does_not_hold_up_the_others(void **state)
{
	struct server s;

	(void)state;
	begin_with_a_picky_store(&s);
	serve_all(&s);
	assert_int_equal(fake_rows(s.fake, F1P_HIST_RESULT), 2);
	assert_string_equal(((const struct f1p_hist_result *)fake_row(s.fake, F1P_HIST_RESULT, 1))->driver_id, "car_c");
	assert_non_null(strstr(s.fake->log, "W 2030 round 1: the result: 1 rows hold what cannot be"));
	server_end(&s);
}

static void test_a_history_that_is_full_is_tried_again(void **state)
{
	struct server s;

	(void)state;
	begin_with_a_picky_store(&s);
	serve_until(&s, "/1/results/");
	picky.answer = F1P_AGAIN;
	serve_all(&s);
	assert_int_equal(fake_rows(s.fake, F1P_HIST_RESULT), 0);
	assert_non_null(strstr(s.fake->log, "the history takes no rows"));
	picky.answer = F1P_OK;
	s.fake->now_ns += MINUTE;
	serve_all(&s);
	assert_int_equal(fake_rows(s.fake, F1P_HIST_RESULT), 2);
	server_end(&s);
}

/* ---- hosts that lack something ---- */

static struct f1p_plugin *start_without(struct fake_host *f, const char *a, const char *b)
{
	f->absent[0] = a;
	f->absent[1] = b;
	f->now_ns = RACE_1;
	return fake_start(f, &f1p_entry_v1, "source_ergast", one_season);
}

static void test_without_a_network_it_says_so_once(void **state)
{
	struct fake_host *f = fake_host_create("source-ergast");
	struct f1p_plugin *p = start_without(f, F1P_EXT_HTTP, NULL);
	int64_t due;

	(void)state;
	assert_non_null(p);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(fake_poll(f, p, &due), F1P_OK);
		assert_int_equal(due, F1P_NEVER_NS);
	}
	assert_string_equal(f->log, "W there is no network here: nothing is fetched\n");
	fake_stop(f, p);
	fake_host_destroy(f);
}

static void test_without_a_history_it_brings_the_calendar(void **state)
{
	struct server s = {.fake = fake_host_create("source-ergast"), .max_limit = 100};

	(void)state;
	s.plugin = start_without(s.fake, F1P_EXT_HISTORY, F1P_EXT_WAKE);
	add_race(&s, 2030, 1, false);
	s.fake->now_ns = RACE_1 + DAY;
	assert_int_equal(serve_all(&s), 2);
	assert_int_equal(s.fake->n_plans, 2);
	server_end(&s);
}

static void test_without_a_schedule_it_fills_the_history(void **state)
{
	struct server s = {.fake = fake_host_create("source-ergast"), .max_limit = 100};

	(void)state;
	s.plugin = start_without(s.fake, F1P_EXT_SCHEDULE, NULL);
	add_race(&s, 2030, 1, false);
	add_result(&s, "2030/1/results/", 1, "car_a");
	s.fake->now_ns = RACE_1 + DAY;
	serve_all(&s);
	assert_int_equal(s.fake->n_plans, 0);
	assert_int_equal(fake_rows(s.fake, F1P_HIST_RESULT), 1);
	server_end(&s);
}

static void test_an_address_that_is_none_is_refused(void **state)
{
	static const char *const bad[] = {"ftp://example.org/f1", "example.org", "https://", "https://user@example.org/f1",
		"https://example.org/f1?x=1", "https://exa mple.org/"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct fake_host *f = fake_host_create("source-ergast");
		char options[128];
		snprintf(options, sizeof(options), "base_url=%s\n", bad[i]);
		assert_null(fake_start(f, &f1p_entry_v1, "source_ergast", options));
		assert_non_null(strstr(f->reason, "base_url"));
		fake_host_destroy(f);
	}
}

static void test_stopping_forgets_what_is_under_way(void **state)
{
	struct server s;

	(void)state;
	begin_with_a_race(&s);
	s.max_limit = 60;
	serve(&s, serve_until(&s, "/1/laps/")); /* the first of three pages is in hand */
	assert_non_null(next_request(&s));
	server_end(&s); /* the sanitizers see what is left */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_too_many_requests_stop_everything_for_a_while),
		cmocka_unit_test(test_a_pause_is_of_real_time_in_a_rehearsal),
		cmocka_unit_test(test_failures_are_tried_again_with_growing_patience),
		cmocka_unit_test(test_answers_that_are_none_are_not_taken),
		cmocka_unit_test(test_rows_that_come_between_two_pages_begin_the_resource_anew),
		cmocka_unit_test(test_a_total_that_never_stands_still_is_given_up),
		cmocka_unit_test(test_nothing_there_is_no_fault),
		cmocka_unit_test(test_a_bad_answer_that_was_kept_is_asked_for_anew),
		cmocka_unit_test(test_an_old_calendar_is_not_told_as_a_new_one),
		cmocka_unit_test(test_nothing_is_believed_for_a_week_only),
		cmocka_unit_test(test_a_hole_in_the_laps_stops_the_race_clock_of_that_car),
		cmocka_unit_test(test_no_bytes_do_harm),
		cmocka_unit_test(test_deep_and_odd_values_are_unknown),
		cmocka_unit_test(test_how_a_race_ended),
		cmocka_unit_test(test_a_row_that_is_refused_does_not_hold_up_the_others),
		cmocka_unit_test(test_a_history_that_is_full_is_tried_again),
		cmocka_unit_test(test_without_a_network_it_says_so_once),
		cmocka_unit_test(test_without_a_history_it_brings_the_calendar),
		cmocka_unit_test(test_without_a_schedule_it_fills_the_history),
		cmocka_unit_test(test_an_address_that_is_none_is_refused),
		cmocka_unit_test(test_stopping_forgets_what_is_under_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * source_openf1_test.c - the source against a little OpenF1: joining, account, and every kind of bad answer.
 */
#include "openf1_fixture.h"

#define ACCOUNT "connect=always\nusername=user@example.org\npassword=p&ss wörd\n"

static bool log_has(const struct rig *r, const char *text)
{
	return strstr(r->fake->log, text) != NULL;
}

/* ---- joining ---- */

static void joins_a_running_session_with_one_snapshot(void **state)
{
	struct rig *r = rig_create(ALWAYS, IN_RACE_NS);
	const struct f1p_ev_session *session = NULL;
	size_t reset = 0;

	(void)state;
	rig_run(r, 60);
	session = fake_event(r->fake, F1P_EV_SESSION, 0);
	assert_non_null(session);
	assert_int_equal(session->session_key, 7001);
	assert_string_equal(session->meeting, "Example Grand Prix");
	assert_true(session->h.flags & F1P_EVF_SNAPSHOT);
	assert_int_equal(fake_count(r->fake, F1P_EV_FEED_RESET), 1);
	reset = (size_t)((const struct f1p_event *)fake_event(r->fake, F1P_EV_FEED_RESET, 0))->flags;
	assert_true(reset & F1P_EVF_SNAPSHOT && reset & F1P_EVF_MORE);
	assert_int_equal(fake_count(r->fake, F1P_EV_SESSION), 1);
	assert_true(fake_count(r->fake, F1P_EV_LAP_RECORD) >= 6); /* two laps of three cars */
	assert_int_equal(rig_last_link(r)->condition, F1P_LINK_UP);
	rig_destroy(r);
}

static void follows_the_race_lap_by_lap(void **state)
{
	struct rig *r = rig_create(ALWAYS "limits=paid\n", IN_RACE_NS);
	int32_t laps = 0;
	size_t news = 0;

	(void)state;
	rig_run(r, 600);
	for (size_t i = 0; i < fake_count(r->fake, F1P_EV_CAR_LAP); i++) {
		const struct f1p_ev_car_lap *ev = fake_event(r->fake, F1P_EV_CAR_LAP, i);

		if (ev->car == 11 && ev->mask & F1P_LAP_NUMBER) {
			assert_true(laps == 0 || ev->laps == laps + 1); /* none twice, none left out */
			laps = ev->laps;
			assert_int_equal(ev->last_ms, 90000);
			news++;
		}
	}
	assert_int_equal(laps, 8);
	assert_true(news >= 6);
	assert_int_equal(fake_count(r->fake, F1P_EV_DRIVER), 3);
	assert_true(fake_count(r->fake, F1P_EV_HEARTBEAT) > 0);
	rig_destroy(r);
}

static bool never_falls(const struct rig *r)
{
	const uint8_t *at = r->fake->events;
	int64_t before = 0;

	for (size_t i = 0; i < r->fake->n_events; i++) {
		const struct f1p_event *ev = (const void *)at;

		if (ev->t_event_ns < before) {
			return false;
		}
		before = ev->type == F1P_EV_LINK ? before : ev->t_event_ns;
		at += ev->size;
	}
	return true;
}

static void event_times_never_fall(void **state)
{
	struct rig *r = rig_create(ALWAYS, IN_RACE_NS);

	(void)state;
	rig_run(r, 300);
	assert_true(r->fake->n_events > 100);
	assert_true(never_falls(r));
	rig_destroy(r);
}

static bool asked_with_filter;
static bool watch_filters(struct rig *r, struct fake_request *q)
{
	(void)r;
	if (strstr(q->url, "/intervals?") != NULL && strstr(q->url, "&date%3E=2030-05-05T13:") != NULL &&
		strstr(q->url, "%2B00:00") != NULL) {
		asked_with_filter = true;
	}
	return false;
}

static void asks_only_for_what_is_new(void **state)
{
	struct rig *r = rig_create(ALWAYS, IN_RACE_NS);
	size_t gaps = 0;

	(void)state;
	asked_with_filter = false;
	r->answer = watch_filters;
	rig_run(r, 120);
	gaps = fake_count(r->fake, F1P_EV_CAR_GAP);
	assert_true(asked_with_filter);
	assert_true(gaps > 10 && gaps < 100); /* rows that come again tell nothing again */
	rig_destroy(r);
}

/* ---- how many laps ---- */

static void put_race(struct rig *r, int32_t race_id, int32_t lat_e4, int32_t laps, int32_t scheduled)
{
	const struct f1p_history *history = r->fake->host.get_extension(&r->fake->host, F1P_EXT_HISTORY);
	struct f1p_hist_race race = {.row = {.size = sizeof(race), .type = F1P_HIST_RACE, .race_id = race_id},
		.t_start_ns = RIG_START_NS - (2030 - race_id / 100) * 365 * 86400 * RIG_S,
		.laps = laps,
		.scheduled_laps = scheduled,
		.length_m = F1P_UNKNOWN,
		.lat_e4 = lat_e4,
		.lon_e4 = 100000};

	assert_int_equal(history->put(&r->fake->host, &race.row, 1), F1P_OK);
}

static struct rig *with_history(void)
{
	struct rig *r = rig_create(ALWAYS, IN_RACE_NS);

	put_race(r, 202705, 450000, 50, F1P_UNKNOWN);
	put_race(r, 202805, 450900, 53, F1P_UNKNOWN);
	put_race(r, 202806, 452000, 71, F1P_UNKNOWN); /* elsewhere */
	put_race(r, 203005, 450000, F1P_UNKNOWN, F1P_UNKNOWN); /* this one */
	r->fake->schedule.has_session = F1P_YES;
	r->fake->schedule.session = (struct f1p_session_plan){.size = sizeof(r->fake->schedule.session),
		.session_key = 7001,
		.year = 2030,
		.lat_e4 = 450001,
		.lon_e4 = 100999};
	return r;
}

static void the_last_race_here_tells_how_many_laps_it_has(void **state)
{
	struct rig *r = with_history();
	const struct f1p_ev_lap_count *ev = NULL;

	(void)state;
	rig_run(r, 60);
	assert_int_equal(fake_count(r->fake, F1P_EV_LAP_COUNT), 1);
	ev = fake_event(r->fake, F1P_EV_LAP_COUNT, 0);
	assert_int_equal(ev->mask, F1P_LAPS_TOTAL);
	assert_int_equal(ev->total, 53);
	assert_true(log_has(r, "53, as in the last race here"));
	rig_destroy(r);
}

static void an_estimate_never_stands_against_who_knows(void **state)
{
	struct rig *r = with_history();
	static struct f1p_state known = {.size = sizeof(known), .session_key = 7001, .total_laps = 57};

	(void)state;
	r->fake->state = &known;
	rig_run(r, 60);
	assert_int_equal(rig_last_link(r)->condition, F1P_LINK_UP);
	assert_int_equal(fake_count(r->fake, F1P_EV_LAP_COUNT), 0);
	rig_destroy(r);
}

static void without_a_place_the_number_of_laps_stays_unknown(void **state)
{
	struct rig *r = with_history();

	(void)state;
	r->fake->schedule.session.lat_e4 = F1P_UNKNOWN;
	rig_run(r, 60);
	assert_int_equal(rig_last_link(r)->condition, F1P_LINK_UP);
	assert_int_equal(fake_count(r->fake, F1P_EV_LAP_COUNT), 0);
	rig_destroy(r);
}

/* ---- account ---- */

static void the_token_is_renewed_early_and_used(void **state)
{
	struct rig *r = rig_create(ACCOUNT, IN_RACE_NS);
	struct fake_request *q = NULL;

	(void)state;
	fake_poll(r->fake, r->plugin, NULL);
	q = fake_pending(r->fake, "/token");
	assert_non_null(q);
	assert_int_equal(r->fake->n_requests, 1); /* nothing is asked without it */
	assert_string_equal(q->body, "username=user%40example.org&password=p%26ss%20w%C3%B6rd");
	rig_run(r, 3200);
	assert_int_equal(r->tokens, 1);
	rig_run(r, 150);
	assert_int_equal(r->tokens, 2);
	assert_true(strstr(r->fake->requests[r->fake->n_requests - 1].headers, "Authorization: Bearer tok2") != NULL);
	assert_false(log_has(r, "tok1"));
	assert_false(log_has(r, "p&ss"));
	assert_false(log_has(r, "user@example.org"));
	rig_destroy(r);
}

static bool token_server_fails(struct rig *r, struct fake_request *q)
{
	if (r->tokens >= 1 && strstr(q->url, "/token") != NULL) {
		fake_answer(r->fake, q, 502, "content-type: text/html\n", "<h1>Bad gateway</h1>");
		return true;
	}
	return false;
}

static void the_old_token_serves_while_renewing_fails(void **state)
{
	struct rig *r = rig_create(ACCOUNT, IN_RACE_NS);

	(void)state;
	r->answer = token_server_fails;
	rig_run(r, 3500);
	assert_true(strstr(r->fake->requests[r->fake->n_requests - 1].headers, "Bearer tok1") != NULL);
	assert_true(log_has(r, "the old one still serves"));
	assert_int_equal(rig_last_link(r)->condition, F1P_LINK_UP);
	rig_destroy(r);
}

static bool account_is_refused(struct rig *r, struct fake_request *q)
{
	if (strstr(q->url, "/token") != NULL) {
		r->tokens++;
		fake_answer(r->fake, q, 401, NULL, "{\"detail\":\"Invalid credentials\"}");
		return true;
	}
	return false;
}

static void a_wrong_password_is_told_and_not_repeated(void **state)
{
	struct rig *r = rig_create(ACCOUNT, IN_RACE_NS);

	(void)state;
	r->answer = account_is_refused;
	rig_run(r, 600);
	assert_int_equal(r->tokens, 1);
	assert_true(log_has(r, "check username and password"));
	rig_destroy(r);
}

static bool is_locked(struct rig *r, struct fake_request *q)
{
	if (r->mode == 1) {
		return false;
	}
	fake_answer(r->fake, q, 401, "content-type: application/json\n",
		"{\"detail\":\"Session in progress, access is restricted to authenticated users. Sign up here: https://example.org\"}");
	return true;
}

static void a_lock_during_sessions_is_explained_and_waited_for(void **state)
{
	struct rig *r = rig_create(ALWAYS, IN_RACE_NS);

	(void)state;
	r->answer = is_locked;
	rig_run(r, 600);
	assert_int_equal(rig_last_link(r)->condition, F1P_LINK_REFUSED);
	assert_non_null(strstr(rig_last_link(r)->text, "paid OpenF1 account"));
	assert_int_equal(rig_links(r, F1P_LINK_REFUSED), 1); /* once, not with every try */
	assert_true(r->n_asked <= 20);
	r->mode = 1;
	rig_run(r, 240);
	assert_int_equal(rig_last_link(r)->condition, F1P_LINK_UP);
	assert_int_equal(fake_count(r->fake, F1P_EV_SESSION), 1);
	rig_destroy(r);
}

/* ---- bad answers ---- */

struct fault {
	const char *name;
	uint32_t status;
	const char *body;
	f1p_status error;
};
static const struct fault faults[] = {
	{"500 as HTML", 500, "<h1>An error occurred</h1><pre>traceback", F1P_OK},
	{"502", 502, "upstream request timeout", F1P_OK},
	{"HTML with 200", 200, "<html>hello</html>", F1P_OK},
	{"plain text", 200, "Rate exceeded", F1P_OK},
	{"cut off", 200, "[{\"session_key\":7001,\"driver_number\":11,\"date\":\"2030-05-05T13:", F1P_OK},
	{"nothing", 200, "", F1P_OK},
	{"not rows", 200, "[1,2,[3],\"x\",null]", F1P_OK},
	{"an object", 200, "{\"detail\":\"x\"}", F1P_OK},
	{"deep", 200, "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", F1P_OK},
	{"no answer", 0, "", F1P_ETIMEOUT},
	{"reset", 0, "", F1P_EIO},
	{"too long", 0, "", F1P_EINVAL},
	{"429", 429, "slow down", F1P_OK},
	{"422", 422, "too much", F1P_OK},
};
static const struct fault *fault;

static bool rows_fail(struct rig *r, struct fake_request *q)
{
	bool rows = strstr(q->url, "session_key=7001") != NULL && strstr(q->url, "/sessions?") == NULL;

	if (r->mode == 0 || !rows) {
		return false;
	}
	if (fault->error != F1P_OK) {
		fake_answer_error(r->fake, q, fault->error, "no answer from the server");
	} else {
		fake_answer(r->fake, q, fault->status, NULL, fault->body);
	}
	return true;
}

static void survives_every_fault_and_tells_what_was_missed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		struct rig *r = rig_create(ALWAYS "limits=paid\n", IN_RACE_NS);
		const struct f1p_ev_car_lap *last = NULL;

		fault = &faults[i];
		r->answer = rows_fail;
		rig_run(r, 60);
		r->mode = 1;
		rig_run(r, 200);
		r->mode = 0;
		rig_run(r, 440);
		last = fake_event(r->fake, F1P_EV_CAR_LAP, fake_count(r->fake, F1P_EV_CAR_LAP) - 1);
		if (rig_last_link(r)->condition != F1P_LINK_UP || last->laps < 9 || !never_falls(r)) {
			fail_msg("after \"%s\": link %u, lap %d", fault->name, rig_last_link(r)->condition, last->laps);
		}
		rig_destroy(r);
	}
}

static void faults_while_loading_do_not_hold_up_the_session(void **state)
{
	(void)state;
	for (size_t i = 0; i < 12; i++) {
		struct rig *r = rig_create(ALWAYS "limits=paid\n", IN_RACE_NS);

		fault = &faults[i];
		r->answer = rows_fail;
		r->mode = 1;
		rig_run(r, 120);
		r->mode = 0;
		rig_run(r, 240);
		if (fake_count(r->fake, F1P_EV_SESSION) == 0 || fake_count(r->fake, F1P_EV_CAR_LAP) == 0) {
			fail_msg("after \"%s\" while loading: %zu sessions, %zu laps", fault->name, fake_count(r->fake, F1P_EV_SESSION),
				fake_count(r->fake, F1P_EV_CAR_LAP));
		}
		rig_destroy(r);
	}
}

static void a_lost_link_is_told_once_and_told_again_when_it_is_back(void **state)
{
	struct rig *r = rig_create(ALWAYS "limits=paid\n", IN_RACE_NS);

	(void)state;
	fault = &faults[9];
	r->answer = rows_fail;
	rig_run(r, 60);
	r->mode = 1;
	rig_run(r, 60);
	assert_int_equal(rig_links(r, F1P_LINK_DOWN), 1);
	r->mode = 0;
	rig_run(r, 120);
	assert_int_equal(rig_links(r, F1P_LINK_DOWN), 1);
	assert_int_equal(rig_links(r, F1P_LINK_UP), 2);
	assert_int_equal(fake_count(r->fake, F1P_EV_FEED_RESET), 1); /* what was missed came by filters, not by a new snapshot */
	rig_destroy(r);
}

static bool retry_after(struct rig *r, struct fake_request *q)
{
	if (r->mode != 1) {
		return false;
	}
	r->mode = 2;
	fake_answer(r->fake, q, 429, "retry-after: 40\n", "slow down");
	return true;
}

static void too_many_requests_pause_and_slow_down(void **state)
{
	struct rig *r = rig_create(ALWAYS "limits=paid\n", IN_RACE_NS);
	size_t before = 0;

	(void)state;
	r->answer = retry_after;
	rig_run(r, 60);
	r->mode = 1;
	rig_run(r, 5);
	assert_int_equal(r->mode, 2);
	before = r->n_asked;
	rig_run(r, 10);
	assert_true(r->n_asked <= before + 1); /* a pause, whatever its length */
	rig_run(r, 120);
	assert_true(r->n_asked > before + 20);
	assert_true(log_has(r, "too many requests"));
	rig_destroy(r);
}

static bool always_429(struct rig *r, struct fake_request *q)
{
	if (r->mode == 0) {
		return false;
	}
	fake_answer(r->fake, q, 429, NULL, "Rate exceeded");
	return true;
}

static void without_a_word_of_how_long_the_pauses_grow(void **state)
{
	struct rig *r = rig_create(ALWAYS "limits=paid\n", IN_RACE_NS);
	size_t before = 0;

	(void)state;
	r->answer = always_429;
	rig_run(r, 60);
	r->mode = 1;
	before = r->n_asked;
	rig_run(r, 60); /* 10, 20, 40 s */
	assert_true(r->n_asked - before >= 3 && r->n_asked - before <= 9);
	before = r->n_asked;
	rig_run(r, 3600); /* then every 5 min */
	assert_true(r->n_asked - before >= 8 && r->n_asked - before <= 45);
	r->mode = 0;
	rig_run(r, 310); /* the pause that is on */
	before = r->n_asked;
	rig_run(r, 60);
	assert_true(r->n_asked - before >= 4); /* slowly at first */
	rig_run(r, 900);
	before = r->n_asked;
	rig_run(r, 60);
	assert_true(r->n_asked - before >= 20);
	rig_destroy(r);
}

/* Whatever the server answers: requests stay within the limit, and the loop is not kept busy. */
static void nothing_makes_it_spin(void **state)
{
	(void)state;
	for (size_t i = 0; i <= sizeof(faults) / sizeof(faults[0]); i++) {
		struct rig *r = rig_create(ALWAYS "limits=paid\n", IN_RACE_NS);
		size_t polls = 0;

		if (i > 0) {
			fault = &faults[i - 1];
			r->answer = rows_fail;
		}
		rig_run(r, 60);
		r->mode = i > 0;
		polls = r->n_polls;
		rig_run(r, 600);
		polls = r->n_polls - polls;
		if (polls > 600 * 20 || rig_most_in(r, 60 * RIG_S) > 60) {
			fail_msg("%s: %zu polls in 600 s, %zu requests in the busiest minute", i > 0 ? fault->name : "no fault", polls,
				rig_most_in(r, 60 * RIG_S));
		}
		rig_destroy(r);
	}
}

/* ---- sessions ---- */

static void stays_away_when_no_session_is_due(void **state)
{
	struct rig *r = rig_create("", IN_RACE_NS);

	(void)state;
	r->fake->schedule.mode = F1P_SEASON_IDLE;
	rig_run(r, 600);
	assert_int_equal(r->n_asked, 2); /* the calendar and its names */
	assert_int_equal(r->fake->n_events, 0);
	r->fake->schedule.mode = F1P_SEASON_LIVE;
	rig_run(r, 120);
	assert_int_equal(rig_last_link(r)->condition, F1P_LINK_UP);
	r->fake->schedule.mode = F1P_SEASON_IDLE;
	rig_run(r, 60);
	assert_int_equal(rig_last_link(r)->condition, F1P_LINK_CLOSED);
	rig_destroy(r);
}

static void offers_the_calendar(void **state)
{
	struct rig *r = rig_create(ALWAYS, IN_RACE_NS);

	(void)state;
	rig_run(r, 60);
	assert_int_equal(r->fake->plan_rank, 2);
	assert_int_equal(r->fake->n_plans, 1);
	assert_int_equal(r->fake->plans[0].session_key, 7001);
	assert_int_equal(r->fake->plans[0].type, F1P_SESSION_RACE);
	assert_int_equal(r->fake->plans[0].t_start_ns, RIG_START_NS);
	assert_string_equal(r->fake->plans[0].meeting, "Example Grand Prix");
	rig_destroy(r);
}

/* Before the start `latest` is the session before: it must not be taken for the one that comes. */
static void an_old_session_is_not_taken_for_the_present_one(void **state)
{
	struct rig *r = rig_create(ALWAYS, RIG_START_NS + 86400 * RIG_S);

	(void)state;
	rig_run(r, 300);
	assert_int_equal(fake_count(r->fake, F1P_EV_SESSION), 0);
	assert_int_equal(rig_last_link(r)->condition, F1P_LINK_CONNECTING);
	rig_destroy(r);
	r = rig_create(ALWAYS "session=7001\n", RIG_START_NS + 86400 * RIG_S); /* but by its key it is */
	rig_run(r, 300);
	assert_int_equal(fake_count(r->fake, F1P_EV_SESSION), 1);
	rig_destroy(r);
}

static void an_empty_session_is_told_and_filled_as_it_begins(void **state)
{
	struct rig *r = rig_create(ALWAYS "limits=paid\n", RIG_START_NS - 1800 * RIG_S);

	(void)state;
	rig_run(r, 120);
	assert_int_equal(fake_count(r->fake, F1P_EV_SESSION), 1);
	assert_int_equal(fake_count(r->fake, F1P_EV_CAR_LAP), 0);
	r->fake->now_ns = RIG_START_NS + RIG_S;
	rig_run(r, 300);
	assert_int_equal(fake_count(r->fake, F1P_EV_FEED_RESET), 1);
	assert_true(fake_count(r->fake, F1P_EV_CAR_LAP) >= 6);
	assert_true(fake_count(r->fake, F1P_EV_SESSION_STATUS) >= 2); /* inactive, started */
	rig_destroy(r);
}

static bool other_session(struct rig *r, struct fake_request *q)
{
	if (r->mode == 0 || strstr(q->url, "/sessions?session_key=latest") == NULL) {
		return false;
	}
	fake_answer(r->fake, q, 200, NULL,
		"[{\"session_key\":7002,\"meeting_key\":1200,\"session_name\":\"Race\",\"session_type\":\"Race\",\"year\":2030,\"date_start\":"
		"\"2030-05-05T13:10:00+00:00\",\"date_end\":\"2030-05-05T15:10:00+00:00\"}]");
	return true;
}

static void a_new_session_replaces_the_old_one(void **state)
{
	struct rig *r = rig_create(ALWAYS "session=latest\nlimits=paid\n", IN_RACE_NS);
	const struct f1p_ev_session *session = NULL;

	(void)state;
	r->answer = other_session;
	rig_run(r, 120);
	r->mode = 1;
	rig_run(r, 180);
	assert_int_equal(fake_count(r->fake, F1P_EV_FEED_RESET), 2);
	session = fake_event(r->fake, F1P_EV_SESSION, 1);
	assert_int_equal(session->session_key, 7002);
	rig_destroy(r);
}

/* ---- the host ---- */

static void lives_without_a_network_and_says_so_once(void **state)
{
	struct fake_host *fake = fake_host_create("openf1");
	struct f1p_plugin *p = NULL;
	int64_t next = 0;

	(void)state;
	fake->absent[0] = F1P_EXT_HTTP;
	p = fake_start(fake, &f1p_entry_v1, "source_openf1", NULL);
	assert_non_null(p);
	for (int i = 0; i < 10; i++) {
		assert_int_equal(fake_poll(fake, p, &next), F1P_OK);
	}
	assert_int_equal(next, F1P_NEVER_NS);
	assert_non_null(strstr(fake->log, "no network"));
	assert_null(strstr(strstr(fake->log, "no network") + 1, "no network"));
	fake_stop(fake, p);
	fake_host_destroy(fake);
}

static void bad_options_are_named(void **state)
{
	static const char *const bad[] = {"base_url=ftp://x\n", "base_url=https://user:pw@host\n", "session=tomorrow\n", "session=12x\n",
		"username=only\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct fake_host *fake = fake_host_create("openf1");

		assert_null(fake_start(fake, &f1p_entry_v1, "source_openf1", bad[i]));
		assert_true(strlen(fake->reason) > 20);
		fake_host_destroy(fake);
	}
}

static void stops_with_requests_under_way(void **state)
{
	struct rig *r = rig_create(ACCOUNT, IN_RACE_NS);

	(void)state;
	fake_poll(r->fake, r->plugin, NULL);
	rig_answer_all(r);
	fake_poll(r->fake, r->plugin, NULL);
	assert_non_null(fake_pending(r->fake, ""));
	r->plugin->stop(r->plugin);
	assert_null(fake_pending(r->fake, ""));
	rig_destroy(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(joins_a_running_session_with_one_snapshot),
		cmocka_unit_test(follows_the_race_lap_by_lap),
		cmocka_unit_test(event_times_never_fall),
		cmocka_unit_test(asks_only_for_what_is_new),
		cmocka_unit_test(the_last_race_here_tells_how_many_laps_it_has),
		cmocka_unit_test(an_estimate_never_stands_against_who_knows),
		cmocka_unit_test(without_a_place_the_number_of_laps_stays_unknown),
		cmocka_unit_test(the_token_is_renewed_early_and_used),
		cmocka_unit_test(the_old_token_serves_while_renewing_fails),
		cmocka_unit_test(a_wrong_password_is_told_and_not_repeated),
		cmocka_unit_test(a_lock_during_sessions_is_explained_and_waited_for),
		cmocka_unit_test(survives_every_fault_and_tells_what_was_missed),
		cmocka_unit_test(faults_while_loading_do_not_hold_up_the_session),
		cmocka_unit_test(a_lost_link_is_told_once_and_told_again_when_it_is_back),
		cmocka_unit_test(too_many_requests_pause_and_slow_down),
		cmocka_unit_test(without_a_word_of_how_long_the_pauses_grow),
		cmocka_unit_test(nothing_makes_it_spin),
		cmocka_unit_test(stays_away_when_no_session_is_due),
		cmocka_unit_test(offers_the_calendar),
		cmocka_unit_test(an_old_session_is_not_taken_for_the_present_one),
		cmocka_unit_test(an_empty_session_is_told_and_filled_as_it_begins),
		cmocka_unit_test(a_new_session_replaces_the_old_one),
		cmocka_unit_test(lives_without_a_network_and_says_so_once),
		cmocka_unit_test(bad_options_are_named),
		cmocka_unit_test(stops_with_requests_under_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

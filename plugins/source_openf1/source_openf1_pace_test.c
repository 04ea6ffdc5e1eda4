/*
 * source_openf1_pace_test.c - how often the source asks and how much it tells at a time: slices, limits, rehearsals, a server that is
 * gone, a session that is long over.
 */
#include "openf1_fixture.h"

/* ---- slices ---- */

/* The loop has 2 ms for a call: whatever comes, no poll tells more than a slice, and what belongs together is not torn apart. */
static void no_poll_tells_more_than_a_slice(void **state)
{
	struct rig *r = rig_create(ALWAYS, IN_RACE_NS + 600 * RIG_S);
	size_t before = 0, most = 0, resets = 0;
	const uint8_t *at = NULL;
	bool open = false;

	(void)state;
	for (int i = 0; i < 4000; i++) {
		int64_t due_ns = 0;

		before = r->fake->n_events;
		fake_poll(r->fake, r->plugin, &due_ns);
		most = r->fake->n_events - before > most ? r->fake->n_events - before : most;
		rig_answer_all(r);
		r->fake->now_ns = due_ns > r->fake->now_ns ? due_ns : r->fake->now_ns + RIG_S / 1000;
	}
	assert_true(fake_count(r->fake, F1P_EV_LAP_RECORD) > 15);
	assert_in_range(most, 20, 80);
	at = r->fake->events;
	for (size_t i = 0; i < r->fake->n_events; i++) {
		const struct f1p_event *ev = (const void *)at;

		assert_true(!open || (ev->flags & F1P_EVF_SNAPSHOT)); /* nothing else in the midst of the snapshot */
		open = (ev->flags & F1P_EVF_SNAPSHOT) && (ev->flags & F1P_EVF_MORE);
		resets += ev->type == F1P_EV_FEED_RESET;
		at += ev->size;
	}
	assert_int_equal(resets, 1);
	rig_destroy(r);
}

/* ---- rehearsals, and a server that is gone ---- */

static bool gone(struct rig *r, struct fake_request *q)
{
	fake_answer_error(r->fake, q, r->n_asked <= 5 ? F1P_EIO : F1P_AGAIN,
		r->n_asked <= 5 ? "GET https://api.openf1.org/v1/x?...: refused after 3 ms"
				: "GET https://api.openf1.org/v1/x?...: not asked, because the server fails; it is tried again in 9 s");
	return true;
}

static size_t lines(const struct rig *r, const char *begin)
{
	size_t n = 0;

	for (const char *at = strstr(r->fake->log, begin); at != NULL; at = strstr(at + 1, begin)) {
		n++;
	}
	return n;
}

static void a_server_that_is_gone_is_told_ever_more_seldom(void **state)
{
	struct rig *r = rig_create(ALWAYS, IN_RACE_NS);

	(void)state;
	r->answer = gone;
	rig_run(r, 3600);
	assert_true(r->n_asked > 30);
	assert_int_equal(lines(r, "W OpenF1: "), 1); /* one for all that is asked for */
	assert_in_range(lines(r, "I OpenF1: "), 4, 12);
	r->answer = NULL;
	rig_run(r, 600);
	assert_int_equal(rig_last_link(r)->condition, F1P_LINK_UP);
	rig_destroy(r);
}

/* A rehearsal's clock runs a hundred times faster; the server's limits do not. */
static void limits_are_of_real_time_also_in_a_rehearsal(void **state)
{
	struct rig *r = rig_create(ALWAYS, IN_RACE_NS);

	(void)state;
	r->fake->speed = 100;
	rig_run(r, 7200); /* 72 s */
	assert_in_range(r->n_asked, 20, 70);
	assert_true(rig_most_in(r, 100 * RIG_S) <= 3);
	assert_true(rig_most_in(r, 6000 * RIG_S) <= 30);
	assert_int_equal(rig_last_link(r)->condition, F1P_LINK_UP);
	rig_destroy(r);
}

/* ---- limits ---- */

static void free_limits_hold_in_every_window_of_an_hour(void **state)
{
	struct rig *r = rig_create(ALWAYS "telemetry=yes\n", IN_RACE_NS);

	(void)state;
	rig_run(r, 3600);
	assert_true(rig_most_in(r, RIG_S) <= 3);
	assert_true(rig_most_in(r, 60 * RIG_S) <= 30);
	assert_true(r->n_asked > 1200); /* and are made use of */
	assert_string_equal(r->fake->limited, "api.openf1.org");
	rig_destroy(r);
}

static size_t count_asked(struct rig *r, const char *part)
{
	size_t n = 0;

	for (size_t i = 0; i < r->fake->n_requests; i++) {
		n += strstr(r->fake->requests[i].url, part) != NULL;
	}
	return n;
}

static void no_collection_starves_under_free_limits(void **state)
{
	static const char *const collections[] = {"/race_control?", "/position?", "/laps?", "/stints?", "/pit?", "/intervals?"};
	struct rig *r = rig_create(ALWAYS, IN_RACE_NS);

	(void)state;
	rig_run(r, 600);
	for (size_t i = 0; i < sizeof(collections) / sizeof(collections[0]); i++) {
		assert_true(count_asked(r, collections[i]) >= 20);
	}
	assert_true(fake_count(r->fake, F1P_EV_WEATHER) >= 5);
	rig_destroy(r);
}

static void custom_limits_are_obeyed(void **state)
{
	struct rig *r = rig_create(ALWAYS "limits=custom\nlimit_per_second=1\nlimit_per_minute=6\n", IN_RACE_NS);

	(void)state;
	rig_run(r, 1200);
	assert_true(rig_most_in(r, RIG_S) <= 1);
	assert_true(rig_most_in(r, 60 * RIG_S) <= 6);
	assert_int_equal(rig_last_link(r)->condition, F1P_LINK_UP);
	rig_destroy(r);
}

/* ---- a session that is long over ---- */

static bool chequered(struct rig *r, struct fake_request *q)
{
	if (strstr(q->url, "/race_control?") == NULL) {
		return false;
	}
	fake_answer(r->fake, q, 200, "content-type: application/json\n",
		"[{\"session_key\":7001,\"meeting_key\":1200,\"date\":\"2030-05-05T14:40:00+00:00\",\"category\":\"Flag\",\"flag\":"
		"\"CHEQUERED\",\"scope\":\"Track\",\"message\":\"CHEQUERED FLAG\"}]");
	return true;
}

/* Until an hour after the end corrections come; then it is looked at every five minutes. */
static void long_after_the_end_it_asks_seldom(void **state)
{
	struct rig *r = rig_create(ALWAYS, RIG_START_NS + (2 * 3600 + 1200) * RIG_S); /* 20 min after the end */
	size_t before = 0;

	(void)state;
	r->answer = chequered;
	rig_run(r, 600);
	assert_int_equal(rig_last_link(r)->condition, F1P_LINK_UP);
	assert_true(r->n_asked > 200);
	rig_run(r, 3000);
	before = r->n_asked;
	rig_run(r, 3600);
	assert_in_range(r->n_asked - before, 120, 240); /* once a minute: which session there is */
	assert_int_equal(rig_last_link(r)->condition, F1P_LINK_UP);
	rig_destroy(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_poll_tells_more_than_a_slice),
		cmocka_unit_test(a_server_that_is_gone_is_told_ever_more_seldom),
		cmocka_unit_test(limits_are_of_real_time_also_in_a_rehearsal),
		cmocka_unit_test(free_limits_hold_in_every_window_of_an_hour),
		cmocka_unit_test(no_collection_starves_under_free_limits),
		cmocka_unit_test(custom_limits_are_obeyed),
		cmocka_unit_test(long_after_the_end_it_asks_seldom),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

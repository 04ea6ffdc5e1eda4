/* schedule_merge_test.c - several calendars, the feed's own session, bad calls, clocks that jump. */
#include "schedule/season_fixture.h"

static struct f1p_session_plan find(const struct week *w, const char *name)
{
	struct f1p_session_plan list[64], none = {0};
	uint32_t n = schedule_list(w->s, list, 64);

	for (uint32_t i = 0; i < n && i < 64; i++)
		if (strcmp(list[i].name, name) == 0)
			return list[i];
	return none;
}

static void the_better_calendar_counts_and_the_next_fills_in(void **state)
{
	struct week w;
	struct f1p_session_plan a = RACE(at(SUN, 13, 0)), b = RACE(at(SUN, 14, 0));

	(void)state;
	a.t_end_ns = F1P_UNKNOWN_NS;
	a.round = 12;
	a.lat_e4 = 1234567 / 2;
	a.lon_e4 = -700000;
	b.session_key = 9001;
	b.circuit_key = 55;
	b.cancelled = F1P_NO;
	b.t_end_ns = at(SUN, 17, 0);
	snprintf(b.path, sizeof(b.path), "2031/somewhere/race");
	week_begin(&w, NULL, at(SUN, 9, 0));
	PUBLISH(&w, 2, "openf1", 2, b, QUALIFYING(at(SAT, 14, 0)));
	PUBLISH(&w, 1, "ergast", 1, a);
	schedule_tick(w.s, w.now);
	assert_int_equal(schedule_list(w.s, NULL, 0), 2);
	struct f1p_session_plan m = find(&w, "Race");
	assert_true(m.t_start_ns == at(SUN, 13, 0));
	assert_true(m.t_end_ns == at(SUN, 16, 0)); /* three hours long, as the other says */
	assert_int_equal(m.session_key, 9001);
	assert_int_equal(m.round, 12);
	assert_int_equal(m.cancelled, F1P_NO);
	assert_int_equal(m.lat_e4, a.lat_e4);
	assert_string_equal(m.path, "2031/somewhere/race");
	assert_string_equal(said(&w).calendar, "ergast");
	schedule_forget(w.s, 1);
	assert_true(find(&w, "Race").t_start_ns == at(SUN, 14, 0));
	assert_string_equal(said(&w).calendar, "openf1");
	week_end(&w);
}

static void what_is_the_same_session(void **state)
{
	struct f1p_session_plan a = PRACTICE(1, at(FRI, 10, 0)), b = a;

	(void)state;
	assert_true(plan_same(&a, &b));
	b.t_start_ns = a.t_start_ns + 35 * HOUR_NS;
	assert_true(plan_same(&a, &b));
	b.t_start_ns = a.t_start_ns + 36 * HOUR_NS;
	assert_false(plan_same(&a, &b));
	b = a;
	b.number = 2;
	assert_false(plan_same(&a, &b));
	b.number = 0;
	assert_true(plan_same(&a, &b));
	b.t_start_ns += 3 * HOUR_NS; /* the other practice of the day */
	assert_false(plan_same(&a, &b));
	b = a;
	b.type = F1P_SESSION_QUALIFYING;
	assert_false(plan_same(&a, &b));
	b = a;
	b.year = 2032;
	assert_false(plan_same(&a, &b));
	b = a;
	a.session_key = b.session_key = 7;
	b.t_start_ns += 7 * DAY_NS; /* put off by a week: the feed's number tells */
	assert_true(plan_same(&a, &b));
	b.session_key = 8;
	assert_false(plan_same(&a, &b));
}

/* A calendar knows its own sessions: those of two test days are two. */
static void one_calendar_is_not_merged_with_itself(void **state)
{
	struct week w;

	(void)state;
	week_begin(&w, NULL, at(MON, 0, 0));
	PUBLISH(&w, 1, "a", 1, PRACTICE(1, at(WED, 7, 0)), PRACTICE(1, at(THU, 7, 0)), PRACTICE(1, at(THU, 7, 0)));
	PUBLISH(&w, 2, "b", 2, PRACTICE(1, at(WED, 7, 1)), PRACTICE(1, at(THU, 7, 1)));
	assert_int_equal(schedule_list(w.s, NULL, 0), 2);
	week_end(&w);
}

static void a_new_list_replaces_the_old_one(void **state)
{
	struct week w;

	(void)state;
	week_begin(&w, NULL, at(MON, 0, 0));
	PUBLISH(&w, 1, "a", 1, PRACTICE(1, at(FRI, 7, 0)), RACE(at(SUN, 13, 0)));
	PUBLISH(&w, 1, "a", 1, RACE(at(SUN, 14, 0)));
	PUBLISH(&w, 9, "a", 1, RACE(at(SUN, 15, 0))); /* the instance was restarted: another number */
	assert_int_equal(schedule_list(w.s, NULL, 0), 1);
	assert_true(find(&w, "Race").t_start_ns == at(SUN, 15, 0));
	week_end(&w);
}

/* A calendar that knows where its circuit is helps the sessions of one that does not. */
static void places_are_lent(void **state)
{
	struct week w;
	struct f1p_session_plan a = PRACTICE(1, at(FRI, 7, 0)), b = RACE(at(SUN, 13, 0));

	(void)state;
	a.meeting_key = b.meeting_key = 1200;
	a.lat_e4 = 450000;
	a.lon_e4 = 90000;
	week_begin(&w, NULL, at(MON, 0, 0));
	PUBLISH(&w, 1, "a", 1, a, b);
	assert_int_equal(find(&w, "Race").lat_e4, 450000);
	assert_int_equal(find(&w, "Race").lon_e4, 90000);
	a.meeting_key = b.meeting_key = 0;
	snprintf(a.meeting, sizeof(a.meeting), "Example Grand Prix");
	snprintf(b.meeting, sizeof(b.meeting), "Other Grand Prix");
	PUBLISH(&w, 1, "a", 1, a, b);
	assert_int_equal(find(&w, "Race").lat_e4, F1P_UNKNOWN);
	snprintf(b.meeting, sizeof(b.meeting), "Example Grand Prix");
	PUBLISH(&w, 1, "a", 1, a, b);
	assert_int_equal(find(&w, "Race").lat_e4, 450000);
	week_end(&w);
}

static void without_calendar_the_feed_alone_counts(void **state)
{
	struct week w;
	struct f1p_session_plan race = RACE(at(SUN, 13, 0));

	(void)state;
	week_begin(&w, NULL, at(SUN, 11, 0));
	run_until(&w, at(SUN, 12, 30));
	assert_int_equal(said(&w).has_session, F1P_NO);
	assert_true(said(&w).t_change_ns == F1P_NEVER_NS);
	assert_true(said(&w).t_calendar_ns == F1P_UNKNOWN_NS);
	feed_on(&w, race, F1P_STATUS_INACTIVE);
	run_until(&w, at(SUN, 12, 40));
	assert_string_equal(said(&w).calendar, "feed");
	assert_int_equal(said(&w).moved, F1P_NO);
	feed_status(&w, at(SUN, 13, 3), F1P_STATUS_STARTED);
	feed_status(&w, at(SUN, 14, 30), F1P_STATUS_ENDS);
	run_until(&w, at(SUN, 16, 0));
	assert_string_equal(
		w.diary, "Sun 11:00 IDLE\nSun 12:30 BEFORE Race\nSun 13:00 LIVE Race\nSun 14:30 AFTER Race\nSun 15:00 IDLE\n");
	week_end(&w);
}

/* Joined in the middle, and the feed has not said what session it is. */
static void a_session_without_start_is_live_when_it_is_started(void **state)
{
	struct week w;
	struct f1p_session_plan p = PRACTICE(1, at(FRI, 10, 0));

	(void)state;
	week_begin(&w, NULL, at(FRI, 10, 30));
	p.t_start_ns = p.t_end_ns = F1P_UNKNOWN_NS;
	feed_on(&w, p, F1P_STATUS_INACTIVE);
	run_until(&w, at(FRI, 10, 35));
	assert_int_equal(said(&w).mode, F1P_SEASON_IDLE);
	feed_status(&w, at(FRI, 10, 36), F1P_STATUS_STARTED);
	run_until(&w, at(FRI, 10, 50));
	assert_int_equal(said(&w).mode, F1P_SEASON_LIVE);
	assert_true(said(&w).session.t_start_ns == at(FRI, 10, 36));
	week_end(&w);
}

/* Between sessions the feed shows the last one: no reason to call it just over. */
static void the_session_of_last_week_is_not_live(void **state)
{
	struct week w;

	(void)state;
	week_begin(&w, NULL, at(FRI, 10, 0));
	PUBLISH(&w, 1, "a", 1, PRACTICE(1, at(FRI, 11, 30)));
	feed_on(&w, RACE(at(SUN, 13, 0) - 7 * DAY_NS), F1P_STATUS_FINALISED);
	run_until(&w, at(FRI, 11, 0));
	assert_string_equal(w.diary, "Fri 10:00 IDLE\n");
	feed_on(&w, RACE(at(SUN, 13, 0) - 7 * DAY_NS), F1P_STATUS_STARTED); /* a feed that forgot to end it */
	run_until(&w, at(FRI, 11, 20));
	assert_string_equal(w.diary, "Fri 10:00 IDLE\nFri 11:15 BEFORE Practice 1\n");
	week_end(&w);
}

/* After a restart the state comes from the journal: its time tells when it was. */
static void a_journal_of_yesterday_is_no_live_session(void **state)
{
	struct week w;
	struct f1p_session_plan q = QUALIFYING(at(SAT, 14, 0));

	(void)state;
	week_begin(&w, NULL, at(SUN, 9, 0));
	PUBLISH(&w, 1, "a", 1, q, RACE(at(SUN, 13, 0)));
	feed_on(&w, q, F1P_STATUS_STARTED);
	w.feed->t_event_ns = at(SAT, 14, 40); /* where the daemon was killed */
	schedule_observe(w.s, w.feed, w.now);
	assert_int_equal(said(&w).mode, F1P_SEASON_IDLE);
	assert_string_equal(said(&w).session.name, "Race");
	week_end(&w);
}

/* Forecasts of the weather go on when the live feed is dead. */
static void news_of_other_sources_do_not_keep_it_live(void **state)
{
	struct week w;
	struct f1p_session_plan p = PRACTICE(1, at(FRI, 10, 0));

	(void)state;
	week_begin(&w, NULL, at(FRI, 9, 50));
	PUBLISH(&w, 1, "a", 1, p);
	feed_on(&w, p, F1P_STATUS_STARTED);
	w.feed->origins[F1P_DATA_SESSION] = (struct f1p_origin){.source_id = 3, .t_ns = at(FRI, 10, 0)};
	w.feed->origins[F1P_DATA_TIMING] = (struct f1p_origin){.source_id = 3, .t_ns = at(FRI, 10, 20)};
	w.feed->origins[F1P_DATA_OUTLOOK] = (struct f1p_origin){.source_id = 4};
	for (; w.now < at(FRI, 14, 0); w.now += MIN_NS) {
		w.feed->t_event_ns = w.feed->origins[F1P_DATA_OUTLOOK].t_ns = w.now;
		schedule_observe(w.s, w.feed, w.now);
		diary_note(&w);
	}
	assert_string_equal(w.diary, "Fri 09:50 LIVE Practice 1\nFri 11:45 AFTER Practice 1\nFri 12:15 IDLE\n");
	week_end(&w);
}

static void a_simulated_race_is_no_session(void **state)
{
	struct week w;

	(void)state;
	week_begin(&w, NULL, at(SUN, 13, 0));
	feed_on(&w, RACE(at(SUN, 13, 0)), F1P_STATUS_STARTED);
	w.feed->flags = F1P_EVF_SIMULATED;
	run_until(&w, at(SUN, 13, 10));
	assert_string_equal(w.diary, "Sun 13:00 IDLE\n");
	week_end(&w);
}

static void status_taken_back(void **state)
{
	struct week w;
	struct f1p_session_plan race = RACE(at(SUN, 13, 0));

	(void)state;
	week_begin(&w, NULL, at(SUN, 13, 0));
	PUBLISH(&w, 1, "a", 1, race);
	feed_on(&w, race, F1P_STATUS_STARTED);
	feed_status(&w, at(SUN, 13, 30), F1P_STATUS_FINALISED);
	feed_status(&w, at(SUN, 13, 32), F1P_STATUS_STARTED);
	run_until(&w, at(SUN, 14, 0));
	assert_string_equal(w.diary, "Sun 13:00 LIVE Race\nSun 13:30 AFTER Race\nSun 13:32 LIVE Race\n");
	week_end(&w);
}

static void clocks_jump(void **state)
{
	struct week w;
	struct f1p_session_plan q = QUALIFYING(at(SAT, 14, 0));

	(void)state;
	week_begin(&w, NULL, at(SAT, 13, 50));
	PUBLISH(&w, 1, "a", 1, q, RACE(at(SUN, 13, 0)));
	run_until(&w, at(SAT, 14, 10));
	w.now = at(SUN, 13, 10);
	assert_true(schedule_tick(w.s, w.now));
	assert_int_equal(said(&w).mode, F1P_SEASON_LIVE);
	assert_string_equal(said(&w).session.name, "Race");
	feed_on(&w, q, F1P_STATUS_STARTED);
	w.feed->t_event_ns = w.now;
	schedule_observe(w.s, w.feed, w.now);
	w.now = at(SAT, 14, 20); /* it was a mistake */
	assert_true(schedule_observe(w.s, w.feed, w.now));
	assert_int_equal(said(&w).mode, F1P_SEASON_LIVE);
	assert_string_equal(said(&w).session.name, "Qualifying");
	w.feed->status = F1P_STATUS_FINALISED;
	schedule_observe(w.s, w.feed, at(SAT, 15, 10));
	w.now = at(SAT, 15, 0); /* ten minutes back: over is over */
	schedule_tick(w.s, w.now);
	assert_int_equal(said(&w).mode, F1P_SEASON_AFTER);
	assert_true(said(&w).t_change_ns == at(SAT, 15, 30));
	week_end(&w);
}

static void bad_calls_are_refused_and_change_nothing(void **state)
{
	static const struct {
		const char *reason;
		size_t offset;
		uint8_t bytes[8];
		size_t n;
	} cases[] = {
		{"type", offsetof(struct f1p_session_plan, type), {0}, 1},
		{"type", offsetof(struct f1p_session_plan, type), {7}, 1},
		{"year", offsetof(struct f1p_session_plan, year), {0}, 2},
		{"round", offsetof(struct f1p_session_plan, round), {100}, 2},
		{"number", offsetof(struct f1p_session_plan, number), {10}, 1},
		{"cancelled", offsetof(struct f1p_session_plan, cancelled), {0}, 1},
		{"cancelled", offsetof(struct f1p_session_plan, cancelled), {4}, 1},
		{"gmt_offset_s", offsetof(struct f1p_session_plan, gmt_offset_s), {0xff, 0xff, 0xff, 0x7f}, 4},
		{"t_start_ns", offsetof(struct f1p_session_plan, t_start_ns), {0, 0, 0, 0, 0, 0, 0, 0x80}, 8},
		{"t_start_ns", offsetof(struct f1p_session_plan, t_start_ns), {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
			8},
		{"t_end_ns", offsetof(struct f1p_session_plan, t_end_ns), {1}, 8},
		{"lat_e4", offsetof(struct f1p_session_plan, lat_e4), {0xff, 0xff, 0xff, 0x7f}, 4},
		{"lon_e4", offsetof(struct f1p_session_plan, lon_e4), {1}, 4},
		{"name", offsetof(struct f1p_session_plan, name), {0xff, 'x', 0}, 3},
	};
	struct week w;
	char why[200];

	(void)state;
	week_begin(&w, NULL, at(MON, 0, 0));
	PUBLISH(&w, 1, "a", 1, RACE(at(SUN, 13, 0)));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct f1p_session_plan p[2] = {RACE(at(SUN, 14, 0)), RACE(at(SUN, 14, 0))};
		memcpy((char *)&p[1] + cases[i].offset, cases[i].bytes, cases[i].n);
		assert_int_equal(schedule_publish(w.s, 1, "a", 1, p, 2, w.now, why, sizeof(why)), F1P_EINVAL);
		assert_non_null(strstr(why, cases[i].reason));
		assert_non_null(strstr(why, "session 2 of 2"));
	}
	struct f1p_session_plan p = RACE(at(SUN, 14, 0));
	memset(p.path, 'x', sizeof(p.path));
	assert_int_equal(schedule_publish(w.s, 1, "a", 1, &p, 1, w.now, why, sizeof(why)), F1P_EINVAL);
	p = RACE(at(SUN, 14, 0));
	assert_int_equal(schedule_publish(w.s, 1, "a", 0, &p, 1, w.now, why, sizeof(why)), F1P_EINVAL);
	assert_int_equal(schedule_publish(w.s, 1, "a", 1, &p, 0, w.now, why, sizeof(why)), F1P_EINVAL);
	assert_int_equal(schedule_publish(w.s, 1, "a", 1, &p, 401, w.now, why, sizeof(why)), F1P_EINVAL);
	assert_int_equal(schedule_publish(w.s, 1, "a", 1, &p, 1, F1P_UNKNOWN_NS, why, sizeof(why)), F1P_AGAIN);
	p.size = 8;
	assert_int_equal(schedule_publish(w.s, 1, "a", 1, &p, 1, w.now, why, sizeof(why)), F1P_EINVAL);
	assert_true(find(&w, "Race").t_start_ns == at(SUN, 13, 0));
	week_end(&w);
}

/* A plugin of a later version has longer elements. */
static void longer_elements_are_stepped_over(void **state)
{
	struct {
		struct f1p_session_plan p;
		uint64_t later;
	} list[2] = {{RACE(at(SUN, 13, 0)), 1}, {QUALIFYING(at(SAT, 13, 0)), 2}};
	struct week w;

	(void)state;
	list[0].p.size = list[1].p.size = sizeof(list[0]);
	week_begin(&w, NULL, at(MON, 0, 0));
	publish(&w, 1, "a", 1, &list[0].p, 2);
	assert_true(find(&w, "Qualifying").t_start_ns == at(SAT, 13, 0));
	week_end(&w);
}

static void a_ninth_calendar_is_refused(void **state)
{
	struct week w;
	struct f1p_session_plan p = RACE(at(SUN, 13, 0));
	char why[200], name[8];

	(void)state;
	week_begin(&w, NULL, at(MON, 0, 0));
	for (uint32_t i = 1; i <= 8; i++) {
		snprintf(name, sizeof(name), "c%u", i);
		publish(&w, i, name, i, &p, 1);
	}
	assert_int_equal(schedule_publish(w.s, 9, "c9", 1, &p, 1, w.now, why, sizeof(why)), F1P_ENOMEM);
	schedule_forget(w.s, 3);
	publish(&w, 9, "c9", 1, &p, 1);
	week_end(&w);
}

static void the_callers_size_is_kept_to(void **state)
{
	struct week w;
	struct f1p_schedule_now now;

	(void)state;
	week_begin(&w, NULL, at(MON, 0, 0));
	PUBLISH(&w, 1, "a", 1, RACE(at(SUN, 13, 0)));
	schedule_tick(w.s, w.now);
	memset(&now, 0xee, sizeof(now));
	now.size = offsetof(struct f1p_schedule_now, t_calendar_ns);
	schedule_now(w.s, &now);
	assert_int_equal(now.mode, F1P_SEASON_IDLE);
	assert_int_equal(now.size, offsetof(struct f1p_schedule_now, t_calendar_ns));
	assert_int_equal(now.has_session, 0xee);
	week_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_better_calendar_counts_and_the_next_fills_in),
		cmocka_unit_test(what_is_the_same_session),
		cmocka_unit_test(one_calendar_is_not_merged_with_itself),
		cmocka_unit_test(a_new_list_replaces_the_old_one),
		cmocka_unit_test(places_are_lent),
		cmocka_unit_test(without_calendar_the_feed_alone_counts),
		cmocka_unit_test(a_session_without_start_is_live_when_it_is_started),
		cmocka_unit_test(the_session_of_last_week_is_not_live),
		cmocka_unit_test(a_journal_of_yesterday_is_no_live_session),
		cmocka_unit_test(news_of_other_sources_do_not_keep_it_live),
		cmocka_unit_test(a_simulated_race_is_no_session),
		cmocka_unit_test(status_taken_back),
		cmocka_unit_test(clocks_jump),
		cmocka_unit_test(bad_calls_are_refused_and_change_nothing),
		cmocka_unit_test(longer_elements_are_stepped_over),
		cmocka_unit_test(a_ninth_calendar_is_refused),
		cmocka_unit_test(the_callers_size_is_kept_to),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

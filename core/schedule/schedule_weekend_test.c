/* schedule_weekend_test.c - whole weekends on virtual time: when is which mode. */
#include "schedule/season_fixture.h"

static void a_weekend_without_feed(void **state)
{
	struct week w;

	(void)state;
	week_begin(&w, NULL, at(THU, 0, 0));
	PUBLISH(&w, 1, "ergast", 1, PRACTICE(1, at(FRI, 11, 30)), PRACTICE(2, at(FRI, 15, 0)), PRACTICE(3, at(SAT, 10, 30)),
		QUALIFYING(at(SAT, 14, 0)), RACE(at(SUN, 13, 0)));
	run_until(&w, at(SUN, 23, 0));
	assert_string_equal(w.diary,
		"Thu 00:00 IDLE\n"
		"Fri 11:15 BEFORE Practice 1\nFri 11:30 LIVE Practice 1\nFri 13:15 AFTER Practice 1\nFri 13:45 IDLE\n"
		"Fri 14:45 BEFORE Practice 2\nFri 15:00 LIVE Practice 2\nFri 16:45 AFTER Practice 2\nFri 17:15 IDLE\n"
		"Sat 10:15 BEFORE Practice 3\nSat 10:30 LIVE Practice 3\nSat 12:15 AFTER Practice 3\nSat 12:45 IDLE\n"
		"Sat 13:45 BEFORE Qualifying\nSat 14:00 LIVE Qualifying\nSat 15:45 AFTER Qualifying\nSat 16:15 IDLE\n"
		"Sun 12:00 BEFORE Race\nSun 13:00 LIVE Race\nSun 17:00 AFTER Race\nSun 17:30 IDLE\n");
	assert_int_equal(said(&w).has_session, F1P_NO);
	assert_true(said(&w).t_change_ns == F1P_NEVER_NS);
	week_end(&w);
}

/* In qualifying the feed says "finished" after every part. */
static void a_sprint_weekend_with_feed(void **state)
{
	struct week w;
	struct f1p_session_plan fp1 = PRACTICE(1, at(FRI, 12, 30)), sq = SPRINT_QUALIFYING(at(FRI, 16, 30)),
				sprint = SPRINT(at(SAT, 11, 0)), q = QUALIFYING(at(SAT, 15, 0)), race = RACE(at(SUN, 14, 0));

	(void)state;
	week_begin(&w, NULL, at(FRI, 0, 0));
	PUBLISH(&w, 1, "ergast", 1, fp1, sq, sprint, q, race);
	run_until(&w, at(FRI, 12, 16));
	feed_on(&w, fp1, F1P_STATUS_INACTIVE);
	feed_status(&w, at(FRI, 12, 30), F1P_STATUS_STARTED);
	feed_status(&w, at(FRI, 13, 32), F1P_STATUS_FINISHED);
	feed_status(&w, at(FRI, 13, 39), F1P_STATUS_FINALISED);
	run_until(&w, at(FRI, 16, 20));
	feed_on(&w, sq, F1P_STATUS_INACTIVE);
	for (uint8_t part = 1; part <= 3; part++) {
		int64_t t = at(FRI, 16, 15 + 15 * part);
		feed_status(&w, t, F1P_STATUS_STARTED);
		w.feed->part = part;
		feed_status(&w, t + 10 * MIN_NS, F1P_STATUS_FINISHED);
		if (part < 3)
			feed_status(&w, t + 12 * MIN_NS, F1P_STATUS_INACTIVE);
	}
	feed_status(&w, at(FRI, 17, 20), F1P_STATUS_ENDS);
	run_until(&w, at(SAT, 10, 10));
	feed_on(&w, sprint, F1P_STATUS_INACTIVE);
	feed_status(&w, at(SAT, 11, 3), F1P_STATUS_STARTED);
	feed_status(&w, at(SAT, 11, 33), F1P_STATUS_FINISHED);
	run_until(&w, at(SAT, 11, 34));
	feed_silent(&w); /* and never comes back: the chequered flag was enough */
	run_until(&w, at(SAT, 14, 50));
	feed_on(&w, q, F1P_STATUS_INACTIVE);
	feed_status(&w, at(SAT, 15, 0), F1P_STATUS_STARTED);
	feed_status(&w, at(SAT, 16, 5), F1P_STATUS_FINALISED);
	run_until(&w, at(SUN, 13, 5));
	feed_on(&w, race, F1P_STATUS_INACTIVE);
	feed_status(&w, at(SUN, 14, 3), F1P_STATUS_STARTED);
	feed_status(&w, at(SUN, 15, 35), F1P_STATUS_FINISHED);
	feed_status(&w, at(SUN, 15, 42), F1P_STATUS_FINALISED);
	feed_status(&w, at(SUN, 15, 43), F1P_STATUS_ENDS);
	run_until(&w, at(SUN, 23, 0));
	assert_string_equal(w.diary,
		"Fri 00:00 IDLE\n"
		"Fri 12:15 BEFORE Practice 1\nFri 12:30 LIVE Practice 1\nFri 13:39 AFTER Practice 1\nFri 14:09 IDLE\n"
		"Fri 16:15 BEFORE Sprint Qualifying\nFri 16:30 LIVE Sprint Qualifying\nFri 17:20 AFTER Sprint Qualifying\nFri "
		"17:50 IDLE\n"
		"Sat 10:00 BEFORE Sprint\nSat 11:00 LIVE Sprint\nSat 12:03 AFTER Sprint\nSat 12:33 IDLE\n"
		"Sat 14:45 BEFORE Qualifying\nSat 15:00 LIVE Qualifying\nSat 16:05 AFTER Qualifying\nSat 16:35 IDLE\n"
		"Sun 13:00 BEFORE Race\nSun 14:00 LIVE Race\nSun 15:42 AFTER Race\nSun 16:12 IDLE\n");
	week_end(&w);
}

static void a_start_moved_by_three_hours(void **state)
{
	struct week w;
	struct f1p_session_plan race = RACE(at(SUN, 13, 0)), later = RACE(at(SUN, 16, 0));

	(void)state;
	week_begin(&w, NULL, at(SUN, 9, 0));
	PUBLISH(&w, 1, "ergast", 1, race);
	run_until(&w, at(SUN, 12, 1));
	feed_on(&w, race, F1P_STATUS_INACTIVE);
	run_until(&w, at(SUN, 12, 20));
	assert_int_equal(said(&w).moved, F1P_NO);
	feed_on(&w, later, F1P_STATUS_INACTIVE);
	run_until(&w, at(SUN, 12, 30));
	assert_int_equal(said(&w).moved, F1P_YES);
	assert_true(said(&w).session.t_start_ns == at(SUN, 16, 0));
	assert_true(said(&w).session.t_end_ns == at(SUN, 18, 0));
	assert_true(said(&w).t_change_ns == at(SUN, 16, 0));
	assert_string_equal(said(&w).calendar, "ergast");
	feed_status(&w, at(SUN, 16, 2), F1P_STATUS_STARTED);
	feed_status(&w, at(SUN, 17, 50), F1P_STATUS_FINALISED);
	run_until(&w, at(SUN, 23, 0));
	assert_string_equal(
		w.diary, "Sun 09:00 IDLE\nSun 12:00 BEFORE Race\nSun 16:00 LIVE Race\nSun 17:50 AFTER Race\nSun 18:20 IDLE\n");
	week_end(&w);
}

static void a_start_moved_to_the_next_day_lets_go_in_between(void **state)
{
	struct week w;

	(void)state;
	week_begin(&w, NULL, at(SAT, 9, 0));
	PUBLISH(&w, 1, "ergast", 1, QUALIFYING(at(SAT, 14, 0)), RACE(at(SUN, 15, 0)));
	run_until(&w, at(SAT, 13, 50));
	feed_on(&w, QUALIFYING(at(SUN, 7, 30)), F1P_STATUS_INACTIVE);
	run_until(&w, at(SAT, 13, 55));
	feed_silent(&w);
	run_until(&w, at(SUN, 8, 0));
	assert_string_equal(w.diary, "Sat 09:00 IDLE\nSat 13:45 BEFORE Qualifying\nSat 13:50 IDLE\n"
				     "Sun 07:15 BEFORE Qualifying\nSun 07:30 LIVE Qualifying\n");
	week_end(&w);
}

static void a_start_brought_forward(void **state)
{
	struct week w;

	(void)state;
	week_begin(&w, NULL, at(SUN, 9, 0));
	PUBLISH(&w, 1, "ergast", 1, RACE(at(SUN, 15, 0)));
	run_until(&w, at(SUN, 10, 0));
	feed_on(&w, RACE(at(SUN, 13, 0)), F1P_STATUS_INACTIVE); /* connect = always */
	run_until(&w, at(SUN, 13, 10));
	assert_string_equal(w.diary, "Sun 09:00 IDLE\nSun 12:00 BEFORE Race\nSun 13:00 LIVE Race\n");
	week_end(&w);
}

/* Whatever the times say: when the feed has started, it is live. */
static void started_before_its_time(void **state)
{
	struct week w;
	struct f1p_session_plan race = RACE(at(SUN, 15, 0));

	(void)state;
	week_begin(&w, NULL, at(SUN, 13, 50));
	PUBLISH(&w, 1, "ergast", 1, race);
	feed_on(&w, race, F1P_STATUS_INACTIVE);
	feed_status(&w, at(SUN, 14, 20), F1P_STATUS_STARTED);
	run_until(&w, at(SUN, 14, 40));
	assert_string_equal(w.diary, "Sun 13:50 IDLE\nSun 14:00 BEFORE Race\nSun 14:20 LIVE Race\n");
	week_end(&w);
}

static void a_cancelled_session_is_passed_over(void **state)
{
	struct week w;
	struct f1p_session_plan fp3 = PRACTICE(3, at(SAT, 10, 30));

	(void)state;
	fp3.cancelled = F1P_YES;
	week_begin(&w, NULL, at(SAT, 8, 0));
	PUBLISH(&w, 1, "ergast", 1, fp3, QUALIFYING(at(SAT, 14, 0)));
	run_until(&w, at(SAT, 13, 30));
	assert_string_equal(w.diary, "Sat 08:00 IDLE\n");
	assert_string_equal(said(&w).session.name, "Qualifying");
	assert_int_equal(schedule_list(w.s, NULL, 0), 2);
	feed_on(&w, fp3, F1P_STATUS_STARTED); /* the calendar is wrong: it does run */
	run_until(&w, at(SAT, 13, 31));
	assert_int_equal(said(&w).mode, F1P_SEASON_LIVE);
	assert_string_equal(said(&w).session.name, "Practice 3");
	week_end(&w);
}

/* A red flag of hours: live as long as data comes, and ten minutes more. */
static void a_red_flag_delay_keeps_it_live(void **state)
{
	struct week w;
	struct f1p_session_plan race = RACE(at(SUN, 13, 0));

	(void)state;
	week_begin(&w, NULL, at(SUN, 11, 0));
	PUBLISH(&w, 1, "ergast", 1, race);
	run_until(&w, at(SUN, 12, 0));
	feed_on(&w, race, F1P_STATUS_INACTIVE);
	feed_status(&w, at(SUN, 13, 3), F1P_STATUS_STARTED);
	feed_status(&w, at(SUN, 13, 10), F1P_STATUS_ABORTED);
	run_until(&w, at(SUN, 18, 0));
	assert_int_equal(said(&w).mode, F1P_SEASON_LIVE);
	feed_silent(&w);
	run_until(&w, at(SUN, 19, 0));
	assert_string_equal(
		w.diary, "Sun 11:00 IDLE\nSun 12:00 BEFORE Race\nSun 13:00 LIVE Race\nSun 18:10 AFTER Race\nSun 18:40 IDLE\n");
	week_end(&w);
}

/* A feed that goes on for ever with a session that never began. */
static void no_session_lasts_longer_than_eight_hours(void **state)
{
	struct week w;
	struct f1p_session_plan race = RACE(at(SAT, 13, 0));

	(void)state;
	week_begin(&w, NULL, at(SAT, 12, 30));
	PUBLISH(&w, 1, "ergast", 1, race);
	feed_on(&w, race, F1P_STATUS_INACTIVE);
	run_until(&w, at(SUN, 9, 0));
	assert_string_equal(w.diary, "Sat 12:30 BEFORE Race\nSat 13:00 LIVE Race\nSat 21:00 AFTER Race\nSat 21:30 IDLE\n");
	week_end(&w);
}

static void back_to_back_sessions(void **state)
{
	struct week w;
	struct f1p_session_plan fp3 = PRACTICE(3, at(SAT, 10, 0));

	(void)state;
	week_begin(&w, NULL, at(SAT, 9, 50));
	PUBLISH(&w, 1, "ergast", 1, fp3, SPRINT_QUALIFYING(at(SAT, 11, 20)), SPRINT(at(SAT, 12, 40)));
	feed_on(&w, fp3, F1P_STATUS_STARTED);
	feed_status(&w, at(SAT, 11, 0), F1P_STATUS_FINALISED);
	run_until(&w, at(SAT, 11, 10));
	feed_silent(&w); /* the rest by the calendar alone: what overruns without data yields to what comes */
	run_until(&w, at(SAT, 13, 0));
	assert_string_equal(w.diary, "Sat 09:50 LIVE Practice 3\nSat 11:00 AFTER Practice 3\nSat 11:05 BEFORE Sprint Qualifying\n"
				     "Sat 11:20 LIVE Sprint Qualifying\nSat 12:05 BEFORE Sprint\nSat 12:40 LIVE Sprint\n");
	week_end(&w);
}

static void of_two_that_overlap_the_running_one_counts(void **state)
{
	struct week w;
	struct f1p_session_plan fp3 = PRACTICE(3, at(SAT, 10, 0)), q = QUALIFYING(at(SAT, 11, 30));

	(void)state;
	week_begin(&w, NULL, at(SAT, 9, 50));
	PUBLISH(&w, 1, "ergast", 1, fp3, q);
	feed_on(&w, fp3, F1P_STATUS_INACTIVE);
	feed_status(&w, at(SAT, 10, 0), F1P_STATUS_STARTED);
	feed_status(&w, at(SAT, 10, 30), F1P_STATUS_ABORTED);
	run_until(&w, at(SAT, 11, 50)); /* the red flag lasts into the time of the next */
	assert_string_equal(said(&w).session.name, "Practice 3");
	feed_on(&w, q, F1P_STATUS_INACTIVE); /* it is given up: the feed goes on to the next */
	run_until(&w, at(SAT, 11, 52));
	assert_int_equal(said(&w).mode, F1P_SEASON_LIVE);
	assert_string_equal(said(&w).session.name, "Qualifying");
	week_end(&w);
}

static void from_one_year_to_the_next(void **state)
{
	struct week w;
	struct f1p_session_plan last = RACE(at(SUN, 13, 0)), first = PRACTICE(1, at(SUN, 13, 0) + 200 * DAY_NS);

	(void)state;
	first.year = 2032;
	week_begin(&w, NULL, at(SUN, 17, 0));
	PUBLISH(&w, 1, "ergast", 1, last, first);
	run_until(&w, at(SUN, 18, 0));
	assert_int_equal(said(&w).session.year, 2032);
	assert_true(said(&w).t_change_ns == first.t_start_ns - 15 * MIN_NS);
	w.now = first.t_start_ns; /* the machine slept */
	assert_true(schedule_tick(w.s, w.now));
	assert_int_equal(said(&w).mode, F1P_SEASON_LIVE);
	week_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_weekend_without_feed),
		cmocka_unit_test(a_sprint_weekend_with_feed),
		cmocka_unit_test(a_start_moved_by_three_hours),
		cmocka_unit_test(a_start_moved_to_the_next_day_lets_go_in_between),
		cmocka_unit_test(a_start_brought_forward),
		cmocka_unit_test(started_before_its_time),
		cmocka_unit_test(a_cancelled_session_is_passed_over),
		cmocka_unit_test(a_red_flag_delay_keeps_it_live),
		cmocka_unit_test(no_session_lasts_longer_than_eight_hours),
		cmocka_unit_test(back_to_back_sessions),
		cmocka_unit_test(of_two_that_overlap_the_running_one_counts),
		cmocka_unit_test(from_one_year_to_the_next),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

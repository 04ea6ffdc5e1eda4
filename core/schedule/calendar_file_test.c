/* calendar_file_test.c - the calendar over a restart: whole, torn, foreign, old. */
#include "schedule/season_fixture.h"

#include "base/log.h"

#include <sys/stat.h>
#include <unistd.h>

static char dir[64], path[128], logged[4096];

static void on_log(void *arg, int level, const char *line)
{
	(void)arg;
	(void)level;
	snprintf(logged + strlen(logged), sizeof(logged) - strlen(logged), "%s\n", line);
}

static int setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/f1pd-calendar-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/calendar.json", dir);
	logged[0] = '\0';
	log_set_writer(on_log, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	log_set_writer(NULL, NULL);
	unlink(path);
	return rmdir(dir);
}

static void write_file(const char *text, size_t n)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	fclose(f);
}

static char *read_file(size_t *n)
{
	FILE *f = fopen(path, "r");
	char *text = calloc(1, 1 << 20);

	assert_non_null(f);
	*n = fread(text, 1, (1 << 20) - 1, f);
	fclose(f);
	return text;
}

static struct f1p_session_plan full_race(void)
{
	struct f1p_session_plan p = RACE(at(SUN, 13, 0));

	p.session_key = 4000000000u;
	p.meeting_key = 12;
	p.circuit_key = 13;
	p.round = 14;
	p.cancelled = F1P_NO;
	p.gmt_offset_s = -3 * 3600;
	p.lat_e4 = -237036;
	p.lon_e4 = -466997;
	snprintf(p.meeting, sizeof(p.meeting), "Grand Prix \"de l'Été\" \\ 1");
	snprintf(p.circuit, sizeof(p.circuit), "Testring");
	snprintf(p.location, sizeof(p.location), "Münster");
	snprintf(p.country, sizeof(p.country), "Ländle");
	snprintf(p.path, sizeof(p.path), "2031/2031-07-13_Test/");
	return p;
}

static void all_fields_survive_a_restart(void **state)
{
	struct week w;
	struct f1p_session_plan p = full_race(), got;

	(void)state;
	week_begin(&w, path, at(SUN, 9, 0));
	PUBLISH(&w, 1, "ergast", 1, p, PRACTICE(1, at(FRI, 10, 0)));
	week_end(&w);
	week_begin(&w, path, at(SUN, 12, 30));
	assert_int_equal(said(&w).stale, F1P_NO); /* asked before there is a time */
	run_until(&w, at(SUN, 13, 10));
	assert_string_equal(w.diary, "Sun 12:30 BEFORE Race\nSun 13:00 LIVE Race\n");
	got = said(&w).session;
	assert_memory_equal(&got, &p, sizeof(p));
	assert_string_equal(said(&w).calendar, "cache");
	assert_int_equal(said(&w).stale, F1P_NO);
	assert_true(said(&w).t_calendar_ns == at(SUN, 9, 0));
	assert_string_equal(logged, "");
	week_end(&w);
}

/* The daemon hears the feed before it ticks, and there is no feed yet. */
static void the_first_call_may_be_of_a_silent_feed(void **state)
{
	struct week w;

	(void)state;
	week_begin(&w, path, at(SUN, 9, 0));
	PUBLISH(&w, 1, "ergast", 1, full_race());
	week_end(&w);
	week_begin(&w, path, at(SUN, 12, 30));
	w.feed->type = F1P_SESSION_UNKNOWN;
	w.feed->t_start_ns = F1P_UNKNOWN_NS;
	assert_true(schedule_observe(w.s, w.feed, w.now));
	assert_int_equal(said(&w).mode, F1P_SEASON_BEFORE);
	assert_true(schedule_next_change_ns(w.s) == at(SUN, 13, 0));
	assert_false(schedule_observe(w.s, w.feed, at(SUN, 12, 59)));
	assert_true(schedule_observe(w.s, w.feed, at(SUN, 13, 0)));
	assert_int_equal(said(&w).mode, F1P_SEASON_LIVE);
	week_end(&w);
}

static void a_kept_calendar_grows_stale_and_is_replaced(void **state)
{
	struct week w;

	(void)state;
	week_begin(&w, path, at(MON, 9, 0));
	PUBLISH(&w, 1, "ergast", 1, PRACTICE(1, at(FRI, 10, 0)), RACE(at(SUN, 13, 0)));
	PUBLISH(&w, 2, "openf1", 2, RACE(at(SUN, 14, 0)));
	week_end(&w);
	week_begin(&w, path, at(WED, 9, 0));
	schedule_tick(w.s, w.now);
	assert_int_equal(said(&w).stale, F1P_NO);
	schedule_tick(w.s, at(WED, 9, 1));
	assert_int_equal(said(&w).stale, F1P_YES);
	w.now = at(THU, 9, 0);
	PUBLISH(&w, 7, "openf1", 2, RACE(at(SUN, 15, 0))); /* fresh: before the kept one of better rank */
	run_until(&w, at(SUN, 12, 0));
	assert_true(said(&w).session.t_start_ns == at(SUN, 15, 0));
	assert_string_equal(said(&w).calendar, "openf1");
	assert_int_equal(said(&w).stale, F1P_NO);
	PUBLISH(&w, 8, "ergast", 1, RACE(at(SUN, 13, 0))); /* the practice is no more */
	assert_int_equal(schedule_list(w.s, NULL, 0), 1);
	week_end(&w);
}

/* A reload that takes the last calendar source away, or the end of the daemon. */
static void the_last_calendar_is_not_forgotten(void **state)
{
	struct week w;

	(void)state;
	week_begin(&w, path, at(MON, 9, 0));
	PUBLISH(&w, 1, "ergast", 1, RACE(at(SUN, 13, 0)));
	PUBLISH(&w, 2, "openf1", 2, RACE(at(SUN, 14, 0)));
	schedule_forget(w.s, 1);
	schedule_forget(w.s, 2);
	schedule_forget(w.s, 99);
	schedule_tick(w.s, w.now);
	assert_true(said(&w).session.t_start_ns == at(SUN, 14, 0));
	assert_string_equal(said(&w).calendar, "cache");
	week_end(&w);
	week_begin(&w, path, at(MON, 10, 0)); /* the file has both */
	schedule_tick(w.s, w.now);
	assert_true(said(&w).session.t_start_ns == at(SUN, 13, 0));
	week_end(&w);
}

/* Cut at any byte: no crash, the daemon starts, the log says so; and the next calendar is kept again. */
static void a_torn_file_is_left_out(void **state)
{
	struct week w;
	size_t n;

	(void)state;
	week_begin(&w, path, at(MON, 9, 0));
	PUBLISH(&w, 1, "ergast", 1, full_race());
	week_end(&w);
	char *text = read_file(&n);
	for (size_t cut = 0; cut < n; cut++) {
		struct calendars cs = {.n = 0};
		char why[200] = "";
		write_file(text, cut);
		assert_false(calendar_file_load(path, &cs, why, sizeof(why)));
		assert_string_not_equal(why, "");
		assert_int_equal(cs.n, 0);
	}
	week_begin(&w, path, at(MON, 9, 0));
	assert_int_equal(schedule_list(w.s, NULL, 0), 0);
	assert_non_null(strstr(logged, path));
	week_end(&w);
	week_begin(&w, path, at(MON, 9, 0));
	PUBLISH(&w, 1, "ergast", 1, full_race());
	week_end(&w);
	week_begin(&w, path, at(MON, 9, 0));
	assert_int_equal(schedule_list(w.s, NULL, 0), 1);
	week_end(&w);
	free(text);
}

static void altered_bytes_do_no_harm(void **state)
{
	struct week w;
	struct f1p_session_plan list[8];
	char why[200];
	size_t n;

	(void)state;
	week_begin(&w, path, at(MON, 9, 0));
	PUBLISH(&w, 1, "ergast", 1, full_race());
	week_end(&w);
	char *text = read_file(&n);
	for (size_t i = 0; i < n; i++) {
		static const char bytes[] = {'\0', '"', '{', ']', '9', '-', (char)0xff};
		char was = text[i];
		text[i] = bytes[i % sizeof(bytes)];
		write_file(text, n);
		week_begin(&w, path, at(MON, 9, 0));
		uint32_t m = schedule_list(w.s, list, 8);
		for (uint32_t k = 0; k < m; k++)
			assert_true(plan_check(&list[k], why, sizeof(why)));
		week_end(&w);
		text[i] = was;
	}
	free(text);
}

static void foreign_files_are_refused_with_a_reason(void **state)
{
	static const struct {
		const char *text, *reason;
	} cases[] = {
		{"{\"version\":2,\"calendars\":[]}", "version 2"},
		{"{}", "version 0"},
		{"[1,2]", "not a calendar"},
		{"{\"version\":1,\"calendars\":[{\"sessions\":[[]]}]}", "not a calendar"},
		{"{\"version\":1,\"calendars\":[{\"rank\":1.5}]}", "not whole"},
		{"hello", ""},
	};
	struct calendars cs = {.n = 0};
	char why[200];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		write_file(cases[i].text, strlen(cases[i].text));
		assert_false(calendar_file_load(path, &cs, why, sizeof(why)));
		assert_non_null(strstr(why, cases[i].reason));
		assert_int_equal(cs.n, 0);
	}
}

static void good_sessions_of_a_file_with_bad_ones_count(void **state)
{
	static const char text[] =
		"{\"version\":1,\"calendars\":[{\"instance\":\"x\",\"rank\":3,\"fetched_ns\":1941148800000000000,"
		"\"sessions\":[{\"year\":2031,\"type\":6,\"t_start_ns\":1941300000000000000,\"name\":\"Race\",\"later\":true},"
		"{\"year\":2031,\"type\":99,\"t_start_ns\":1941300000000000000},{}]},"
		"{\"instance\":\"gone\",\"rank\":1,\"fetched_ns\":1900000000000000000,"
		"\"sessions\":[{\"year\":2030,\"type\":6,\"t_start_ns\":1900000000000000000}]}]}";
	struct week w;

	(void)state;
	write_file(text, sizeof(text) - 1);
	week_begin(&w, path, at(MON, 9, 0));
	assert_int_equal(schedule_list(w.s, NULL, 0), 1);
	week_end(&w);
}

static void a_folder_that_cannot_be_written_is_said_and_survived(void **state)
{
	struct week w;

	(void)state;
	week_begin(&w, "/proc/nowhere/calendar.json", at(MON, 9, 0));
	PUBLISH(&w, 1, "ergast", 1, RACE(at(SUN, 13, 0)));
	assert_int_equal(schedule_list(w.s, NULL, 0), 1);
	assert_non_null(strstr(logged, "/proc/nowhere/calendar.json"));
	week_end(&w);
}

static void the_largest_calendars_fit(void **state)
{
	struct f1p_session_plan *list = calloc(SCHEDULE_MAX_SESSIONS, sizeof(*list));
	struct week w;
	char name[8];

	(void)state;
	week_begin(&w, path, at(MON, 9, 0));
	for (uint32_t i = 0; i < SCHEDULE_MAX_SESSIONS; i++) {
		list[i] = full_race();
		list[i].session_key = 0;
		list[i].t_start_ns += i * 2 * DAY_NS;
		list[i].t_end_ns += i * 2 * DAY_NS;
		list[i].year = plan_year_of(list[i].t_start_ns);
		memset(list[i].path, 1, sizeof(list[i].path) - 1); /* six bytes each in the file */
		memset(list[i].meeting, 1, sizeof(list[i].meeting) - 1);
	}
	for (uint32_t i = 0; i < SCHEDULE_MAX_CALENDARS; i++) {
		snprintf(name, sizeof(name), "c%u", i);
		publish(&w, i + 1, name, 1, list, SCHEDULE_MAX_SESSIONS);
	}
	week_end(&w);
	week_begin(&w, path, at(MON, 9, 0));
	assert_string_equal(logged, "");
	assert_int_equal(schedule_list(w.s, NULL, 0), SCHEDULE_MAX_SESSIONS);
	week_end(&w);
	free(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(all_fields_survive_a_restart, setup, teardown),
		cmocka_unit_test_setup_teardown(the_first_call_may_be_of_a_silent_feed, setup, teardown),
		cmocka_unit_test_setup_teardown(a_kept_calendar_grows_stale_and_is_replaced, setup, teardown),
		cmocka_unit_test_setup_teardown(the_last_calendar_is_not_forgotten, setup, teardown),
		cmocka_unit_test_setup_teardown(a_torn_file_is_left_out, setup, teardown),
		cmocka_unit_test_setup_teardown(altered_bytes_do_no_harm, setup, teardown),
		cmocka_unit_test_setup_teardown(foreign_files_are_refused_with_a_reason, setup, teardown),
		cmocka_unit_test_setup_teardown(good_sessions_of_a_file_with_bad_ones_count, setup, teardown),
		cmocka_unit_test_setup_teardown(a_folder_that_cannot_be_written_is_said_and_survived, setup, teardown),
		cmocka_unit_test_setup_teardown(the_largest_calendars_fit, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * archive_test.c - the plugin as a whole: sessions are found and fetched, broken off and gone on with; the calendar is told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "archive_fixture.h"

#define SESSION_OPTION "session=" RACE "\n"

static const char year_2030[] = YEAR(MEETING("1", "Alpha Grand Prix", "Alphaville", "Alphaland", "ALP",
	SESSION("1", "Qualifying", "Qualifying", "2030-03-16",
		PATH("2030/2030-03-17_Alpha_Grand_Prix/2030-03-16_Qualifying/")) "," SESSION("2", "Race", "Race", "2030-03-17",
		PATH(RACE))) "," MEETING("2", "Beta Grand Prix", "Betatown", "Betaland", "BET",
	SESSION("3", "Race", "Race", "2030-04-07", "")));

/* ---- fetching ---- */

static void test_a_session_is_fetched_whole(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r, SESSION_OPTION);
	struct fake_request *q = asked(&r, "Index.json");
	assert_string_equal(q->url, "http://127.0.0.1:1/static/" RACE "Index.json");
	assert_int_equal(pending(&r), 1);
	fake_answer(r.fake, q, 200, NULL, SESSION_INDEX);
	rig_poll(&r);
	assert_int_equal(pending(&r), 8); /* the host lets a few run at a time */
	assert_int_equal(serve_files(&r), 8);
	assert_int_equal(r.status, F1P_END);
	assert_true(there(&r, "TimingData.jsonStream"));
	assert_true(fake_metric(r.fake, "f1pd_archive_session{path=" RACE "}") > 0);
	says(&r, "is complete: 8 files, 0 missing");
	assert_int_equal(r.fake->n_events, 0);
	rig_end(&r);
}

static void test_streams_that_the_archive_refuses_are_missing(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r, SESSION_OPTION);
	answer(&r, "Index.json", 200, "{\"Feeds\":{" ESSENTIALS "," FEED("TeamRadio") "," FEED("Position.z") "}}");
	answer(&r, "TeamRadio", 403, "<Error/>");
	answer(&r, "Position.z", 404, "<Error/>");
	assert_int_equal(serve_files(&r), 8);
	assert_int_equal(r.status, F1P_END);
	assert_true(fake_metric(r.fake, "f1pd_archive_missing{topic=TeamRadio}") > 0);
	assert_true(fake_metric(r.fake, "f1pd_archive_missing{topic=Position.z}") > 0);
	says(&r, "8 files, 2 missing");
	rig_end(&r);
}

static void test_essential_streams_that_the_index_does_not_name_are_missing(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r, SESSION_OPTION);
	answer(&r, "Index.json", 200, "{\"Feeds\":{" FEED("SessionInfo") "," FEED("WeatherData") "}}");
	assert_int_equal(serve_files(&r), 2);
	assert_int_equal(r.status, F1P_END);
	assert_true(fake_metric(r.fake, "f1pd_archive_missing{topic=TimingData}") > 0);
	says(&r, "TimingData: the index of the session does not name it");
	rig_end(&r);
}

static void test_only_the_wanted_topics_are_fetched(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r, SESSION_OPTION "topics=TimingData, DriverList,LapCount\n");
	answer(&r, "Index.json", 200, SESSION_INDEX);
	assert_int_equal(serve_files(&r), 2);
	assert_int_equal(r.status, F1P_END);
	assert_false(there(&r, "Heartbeat.jsonStream"));
	assert_true(fake_metric(r.fake, "f1pd_archive_missing{topic=LapCount}") > 0);
	rig_end(&r);
}

static void test_the_mirror_gives_what_the_server_does_not(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r, SESSION_OPTION "mirror_url=http://127.0.0.2:2/\n");
	answer(&r, "127.0.0.1:1/static/" RACE "Index", 500, "");
	answer(&r, "127.0.0.2:2/static/" RACE "Index", 200, SESSION_INDEX);
	answer(&r, "127.0.0.1:1/static/" RACE "Heartbeat", 403, "");
	answer(&r, "127.0.0.2:2/static/" RACE "Heartbeat", 200, STREAM);
	fake_answer_error(r.fake, asked(&r, "127.0.0.1:1/static/" RACE "DriverList"), F1P_ETIMEOUT, "too slow");
	answer(&r, "127.0.0.2:2/static/" RACE "DriverList", 404, ""); /* the first did not say that it has none */
	assert_int_equal(serve_files(&r), 6);
	assert_int_equal(r.status, F1P_OK);
	r.fake->now_ns = r.due_ns;
	assert_int_equal(serve_files(&r), 1);
	assert_int_equal(r.status, F1P_END);
	rig_end(&r);
}

/* ---- failures ---- */

static void test_failed_files_are_tried_again_after_a_pause(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r, SESSION_OPTION);
	answer(&r, "Index.json", 200, SESSION_INDEX);
	fake_answer_error(r.fake, asked(&r, "TimingData"), F1P_EIO, "the connection broke; tried 4 times");
	answer(&r, "Heartbeat", 500, "");
	assert_int_equal(serve_files(&r), 6);
	assert_int_equal(r.status, F1P_OK);
	assert_int_equal(pending(&r), 0);
	assert_true(r.due_ns > r.fake->now_ns + 10 * SECOND); /* a server that fails is left alone for 10 s */
	assert_true(r.due_ns < r.fake->now_ns + MINUTE);
	r.fake->now_ns = r.due_ns;
	assert_int_equal(serve_files(&r), 2);
	assert_int_equal(r.status, F1P_END);
	says(&r, "8 files, 0 missing");
	rig_end(&r);
}

static void test_files_that_never_come_end_it_and_the_rest_is_kept(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r, SESSION_OPTION);
	answer(&r, "Index.json", 200, SESSION_INDEX);
	for (int round = 0; round < 3; round++) {
		answer(&r, "TimingData", 503, "");
		assert_int_equal(serve_files(&r), round ? 0 : 7);
		r.fake->now_ns = r.due_ns;
	}
	assert_int_equal(r.status, F1P_END);
	says(&r, "TimingData.jsonStream: the server answers 503");
	says(&r, "1 of 8 files did not come whole");
	assert_true(fake_metric(r.fake, "f1pd_archive_session{path=" RACE "}") < 0);
	r.fake->now_ns = NOW + MINUTE;
	rig_again(&r, SESSION_OPTION);
	answer(&r, "Index.json", 200, SESSION_INDEX);
	assert_int_equal(serve_files(&r), 1);
	assert_int_equal(r.status, F1P_END);
	says(&r, "7 of 8 files are here already");
	says(&r, "8 files, 0 missing");
	rig_end(&r);
}

static void refused_file(const char *body, const char *because)
{
	struct rig r;

	rig_begin(&r, SESSION_OPTION);
	answer(&r, "Index.json", 200, SESSION_INDEX);
	for (int round = 0; round < 3; round++) {
		answer(&r, "TimingData", 200, body);
		assert_false(there(&r, "TimingData.jsonStream"));
		serve_files(&r);
		r.fake->now_ns = r.due_ns;
	}
	assert_int_equal(r.status, F1P_END);
	says(&r, because);
	says(&r, "1 of 8 files did not come whole");
	rig_end(&r);
}

static void test_files_that_are_no_whole_streams_are_not_kept(void **state)
{
	(void)state;
	refused_file("<!doctype html><title>Sign in</title>", "no stream of the archive");
	refused_file("00:00:00.000", "no stream of the archive");
	refused_file("{\"a\":1}\r\n", "no stream of the archive");
	refused_file("00:00:00.100{\"a\":1}\r\n00:00:01.000{\"b\":", "ends in the middle");
	refused_file("00:00:00.100{\"a\":1}\r\n00:00:01.0", "ends in the middle");
}

static void test_a_topic_that_said_nothing_is_no_fault(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r, SESSION_OPTION);
	answer(&r, "Index.json", 200, SESSION_INDEX);
	answer(&r, "TrackStatus", 200, "\xef\xbb\xbf");
	answer(&r, "Heartbeat", 200, "");
	serve_files(&r);
	assert_int_equal(r.status, F1P_END);
	says(&r, "8 files, 0 missing");
	rig_end(&r);
}

static void test_no_room_for_the_files_ends_it_at_once(void **state)
{
	struct rig r;
	char reason[700];

	(void)state;
	rig_begin(&r, SESSION_OPTION "mirror_url=http://127.0.0.2:2\n");
	answer(&r, "Index.json", 200, SESSION_INDEX);
	struct fake_request *q = asked(&r, "TimingData");
	snprintf(reason, sizeof(reason), "GET http://127.0.0.1:1/x: %s: cannot write: No space left on device", q->save_path);
	fake_answer_error(r.fake, q, F1P_EIO, reason);
	rig_poll(&r);
	assert_int_equal(r.status, F1P_END);
	says(&r, "No space left on device");
	assert_null(fake_pending(r.fake, "127.0.0.2")); /* another server would not help */
	rig_end(&r);
}

static void test_a_folder_that_takes_nothing_is_said_before_anything_is_fetched(void **state)
{
	struct rig r;
	char path[100];

	(void)state;
	rig_begin(&r, SESSION_OPTION);
	snprintf(path, sizeof(path), "%s/2030", r.folder);
	fclose(fopen(path, "w")); /* a file where a folder should be */
	answer(&r, "Index.json", 200, SESSION_INDEX);
	rig_poll(&r);
	assert_int_equal(r.status, F1P_END);
	assert_int_equal(pending(&r), 0);
	says(&r, "cannot be made");
	rig_end(&r);
}

static void ends_without(const char *options, uint32_t status, const char *body, const char *because)
{
	struct rig r;

	rig_begin(&r, options);
	answer(&r, "Index.json", status, body);
	assert_int_equal(rig_poll(&r), F1P_END);
	assert_int_equal(pending(&r), 0);
	says(&r, because);
	rig_end(&r);
}

static void test_an_index_that_is_none_ends_it(void **state)
{
	(void)state;
	ends_without(SESSION_OPTION, 404, "", "there is no session " RACE);
	ends_without(SESSION_OPTION, 403, "", "there is no session " RACE);
	ends_without(SESSION_OPTION, 500, "", "the server answers 500");
	ends_without(SESSION_OPTION, 200, "<html>", "no index of a session");
	ends_without(SESSION_OPTION, 200, "{\"Feeds\":{}}", "names no stream");
	ends_without("session=2030 alpha race\n", 500, "", "the server answers 500");
	ends_without("session=2030 alpha race\n", 200, "[]", "no index of a year");
}

/* ---- going on where it was ---- */

static void test_what_a_killed_process_left_is_cleared_away(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r, SESSION_OPTION);
	answer(&r, "Index.json", 200, SESSION_INDEX);
	answer(&r, "Heartbeat", 200, STREAM);
	put_file(&r, "TimingData.jsonStream.77-9.part", "00:00:00.100{\"half");
	put_file(&r, "DriverList.jsonStream", "00:00:00.100{\"a\":1}\r\n"); /* whole or not: nobody knows */
	rig_again(&r, SESSION_OPTION);
	answer(&r, "Index.json", 200, SESSION_INDEX);
	rig_poll(&r);
	assert_false(there(&r, "TimingData.jsonStream.77-9.part"));
	assert_null(fake_pending(r.fake, "Heartbeat"));
	assert_int_equal(serve_files(&r), 7);
	assert_int_equal(r.status, F1P_END);
	rig_end(&r);
}

static void test_a_file_of_another_size_than_the_manifest_says_is_fetched_again(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r, SESSION_OPTION);
	answer(&r, "Index.json", 200, SESSION_INDEX);
	serve_files(&r);
	put_file(&r, "TimingData.jsonStream", "00:00:00.100{\"a\":1}\r\n");
	rig_again(&r, SESSION_OPTION);
	answer(&r, "Index.json", 200, SESSION_INDEX);
	assert_int_equal(serve_files(&r), 1);
	assert_int_equal(r.status, F1P_END);
	rig_end(&r);
}

static void test_a_manifest_of_garbage_is_worth_nothing(void **state)
{
	struct rig r;
	char path[256];

	(void)state;
	rig_begin(&r, SESSION_OPTION);
	answer(&r, "Index.json", 200, SESSION_INDEX);
	serve_files(&r);
	file_path(&r, "", path, sizeof(path));
	strcpy(path + strlen(path) - 1, ".manifest");
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	for (int i = 0; i < 2000; i++)
		fprintf(f, "99999999999999999999999999 x ../../%d\n7 7 ../../etc/passwd\n\n", i);
	fclose(f);
	rig_again(&r, SESSION_OPTION);
	answer(&r, "Index.json", 200, SESSION_INDEX);
	assert_int_equal(serve_files(&r), 8);
	assert_int_equal(r.status, F1P_END);
	rig_end(&r);
}

/* The archive still grows in the days around the session. */
static void test_files_that_came_early_are_fetched_again_later(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r, SESSION_OPTION);
	r.fake->now_ns = INT64_C(1899990000) * SECOND; /* on the day of the race */
	answer(&r, "Index.json", 200, SESSION_INDEX);
	assert_int_equal(serve_files(&r), 8);
	r.fake->now_ns += 10 * MINUTE; /* going on after a break */
	rig_again(&r, SESSION_OPTION);
	answer(&r, "Index.json", 200, SESSION_INDEX);
	assert_int_equal(serve_files(&r), 0);
	r.fake->now_ns += HOUR;
	rig_again(&r, SESSION_OPTION);
	answer(&r, "Index.json", 200, SESSION_INDEX);
	assert_int_equal(serve_files(&r), 8);
	r.fake->now_ns += 3 * DAY;
	rig_again(&r, SESSION_OPTION);
	answer(&r, "Index.json", 200, SESSION_INDEX);
	assert_int_equal(serve_files(&r), 8);
	r.fake->now_ns += 300 * DAY; /* what came then is final */
	rig_again(&r, SESSION_OPTION);
	answer(&r, "Index.json", 200, SESSION_INDEX);
	assert_int_equal(serve_files(&r), 0);
	assert_int_equal(r.status, F1P_END);
	rig_end(&r);
}

static void test_stop_calls_everything_back(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r, SESSION_OPTION "calendar=yes\n");
	answer(&r, RACE "Index.json", 200, SESSION_INDEX);
	rig_poll(&r);
	assert_int_equal(pending(&r), 9);
	fake_stop(r.fake, r.plugin);
	r.plugin = NULL;
	assert_int_equal(pending(&r), 0);
	rig_end(&r);
}

/* ---- finding ---- */

static void test_words_lead_to_the_session(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r, "session=2030 alpha RACE\n");
	answer(&r, "static/2030/Index.json", 200, year_2030);
	answer(&r, RACE "Index.json", 200, SESSION_INDEX);
	assert_int_equal(serve_files(&r), 8);
	assert_int_equal(r.status, F1P_END);
	rig_end(&r);
}

static void test_several_sessions_are_listed(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r, "session=2030 alpha\n");
	answer(&r, "2030/Index.json", 200, year_2030);
	assert_int_equal(rig_poll(&r), F1P_END);
	says(&r, "\"2030 alpha\": several sessions are called so");
	says(&r, RACE "  2030 Alpha Grand Prix, Race");
	says(&r, "2030-03-16_Qualifying/  2030 Alpha Grand Prix, Qualifying");
	assert_int_equal(pending(&r), 0);
	rig_end(&r);
}

static void test_a_session_that_was_not_held_yet(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r, "session=2030 beta race\n");
	answer(&r, "2030/Index.json", 200, year_2030);
	assert_int_equal(rig_poll(&r), F1P_END);
	says(&r, "was not held yet");
	says(&r, "2030 Beta Grand Prix, Race (not in the archive)");
	rig_end(&r);
}

static void test_without_a_year_the_newest_that_has_one(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r, "session=gamma race\n");
	answer(&r, "2030/Index.json", 200, year_2030);
	answer(&r, "2029/Index.json", 404, "");
	answer(&r, "2028/Index.json", 200,
		YEAR(MEETING(
			"1", "Gamma Grand Prix", "G", "G", "G", SESSION("1", "Race", "Race", "2028-03-17", PATH("2028/g/r/")))));
	assert_non_null(strstr(asked(&r, "Index.json")->url, "2028/g/r/Index.json"));
	rig_end(&r);
	rig_begin(&r, "session=nowhere race\n");
	for (int year = 2030; year >= 2018; year--) {
		char path[40];
		snprintf(path, sizeof(path), "%d/Index.json", year);
		answer(&r, path, 200, year_2030);
	}
	assert_int_equal(rig_poll(&r), F1P_END);
	says(&r, "no session is called so");
	rig_end(&r);
}

static void test_the_latest_may_be_of_last_year(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r, "session=latest\n");
	answer(&r, "2030/Index.json", 200,
		YEAR(MEETING("1", "Alpha Grand Prix", "A", "A", "A", SESSION("1", "Race", "Race", "2030-04-17", ""))));
	answer(&r, "2029/Index.json", 200,
		YEAR(MEETING("1", "Omega Grand Prix", "O", "O", "O",
			SESSION("1", "Race", "Race", "2029-12-08", PATH("2029/o/r/")) "," SESSION(
				"1", "Qualifying", "Qualifying", "2029-12-07", PATH("2029/o/q/")))));
	assert_non_null(strstr(asked(&r, "Index.json")->url, "2029/o/r/Index.json"));
	rig_end(&r);
}

static void test_a_url_names_the_server_too(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r, "session=http://127.0.0.9:9/static/" RACE "TimingData.jsonStream\n");
	answer(&r, "Index.json", 404, "");
	assert_int_equal(rig_poll(&r), F1P_END);
	assert_string_equal(r.fake->requests[0].url, "http://127.0.0.9:9/static/" RACE "Index.json");
	rig_end(&r);
}

/* ---- the calendar ---- */

static void test_the_calendar_is_told_every_six_hours(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r, "calendar=yes\n");
	answer(&r, "2030/Index.json", 200, year_2030);
	answer(&r, "2031/Index.json", 404, "");
	rig_poll(&r);
	assert_int_equal(r.status, F1P_OK);
	assert_int_equal(r.fake->plan_rank, 3);
	assert_int_equal(r.fake->n_plans, 3);
	assert_int_equal(r.fake->plans[2].t_start_ns, INT64_C(1901822400) * SECOND); /* 2030-04-07T20:00:00Z */
	assert_string_equal(r.fake->plans[1].path, RACE);
	assert_int_equal(r.due_ns, NOW + 6 * HOUR);
	assert_int_equal(pending(&r), 0);
	r.fake->now_ns = r.due_ns;
	answer(&r, "2030/Index.json", 200, "{\"Meetings\":[]}");
	assert_int_equal(r.fake->n_plans, 3); /* an empty list tells nothing */
	answer(&r, "2031/Index.json", 200, year_2030);
	assert_int_equal(r.fake->n_plans, 3);
	assert_int_equal(r.fake->plans[0].year, 2031);
	rig_end(&r);
}

static void test_no_calendar_is_said_once_and_tried_again(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r, "calendar=yes\n");
	answer(&r, "2030/Index.json", 404, "");
	rig_poll(&r);
	assert_int_equal(r.due_ns, NOW + 15 * MINUTE);
	says(&r, "W no calendar");
	r.fake->now_ns = r.due_ns;
	r.fake->log[0] = '\0';
	r.fake->log_bytes = 0;
	answer(&r, "2030/Index.json", 200, "{\"Meetings\":[");
	rig_poll(&r);
	assert_string_equal(r.fake->log, "");
	assert_int_equal(r.fake->n_plans, 0);
	r.fake->now_ns = r.due_ns;
	answer(&r, "2030/Index.json", 200, year_2030);
	assert_int_equal(r.fake->n_plans, 3);
	answer(&r, "2031/Index.json", 500, "");
	rig_poll(&r);
	assert_int_equal(r.due_ns, r.fake->now_ns + 15 * MINUTE);
	rig_end(&r);
}

static void test_the_year_turns(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r, "calendar=yes\n");
	r.fake->now_ns = INT64_C(1924991000) * SECOND; /* 2030-12-31, 17 minutes before midnight */
	answer(&r, "2030/Index.json", 200, year_2030);
	answer(&r, "2031/Index.json", 404, "");
	rig_poll(&r);
	r.fake->now_ns = r.due_ns;
	answer(&r, "2031/Index.json", 200, year_2030);
	answer(&r, "2032/Index.json", 404, "");
	assert_int_equal(r.fake->n_plans, 3);
	assert_int_equal(r.fake->plans[0].year, 2031);
	rig_end(&r);
}

/* ---- hosts and configurations ---- */

static void test_without_a_network_it_says_so_and_rests(void **state)
{
	struct rig r = {.fake = fake_host_create("source-archive"), .folder = "/tmp/f1pd-archive-XXXXXX"};

	(void)state;
	assert_non_null(mkdtemp(r.folder));
	r.fake->absent[0] = F1P_EXT_HTTP;
	r.fake->now_ns = NOW;
	rig_start(&r, SESSION_OPTION "calendar=yes\n");
	assert_non_null(r.plugin);
	assert_int_equal(rig_poll(&r), F1P_OK);
	assert_true(r.due_ns == F1P_NEVER_NS);
	says(&r, "no network");
	rig_end(&r);
}

static void test_a_host_that_cannot_be_woken_is_asked_to_come_again(void **state)
{
	struct rig r = {.fake = fake_host_create("source-archive"), .folder = "/tmp/f1pd-archive-XXXXXX"};

	(void)state;
	assert_non_null(mkdtemp(r.folder));
	r.fake->absent[0] = F1P_EXT_WAKE;
	r.fake->now_ns = NOW;
	rig_start(&r, SESSION_OPTION);
	rig_poll(&r);
	assert_true(r.due_ns > NOW && r.due_ns <= NOW + MINUTE);
	rig_end(&r);
}

static void refuses(const char *options, const char *because)
{
	struct fake_host *fake = fake_host_create("source-archive");

	struct f1p_plugin *p = fake_start(fake, &f1p_entry_v1, "source_archive", options);
	assert_null(p);
	if (!strstr(fake->reason, because))
		fail_msg("\"%s\" does not say \"%s\"", fake->reason, because);
	fake_host_destroy(fake);
}

static void test_configurations_that_cannot_work(void **state)
{
	(void)state;
	refuses("base_url=\n", "is no address");
	refuses("base_url=ftp://x\n", "is no address");
	refuses("base_url=https://user@x\n", "is no address");
	refuses("mirror_url=x\n", "mirror_url");
	refuses("topics=\n", "topics");
	refuses("topics=../x\n", "topics");
	refuses("session=latest\n", "needs a folder");
	refuses("folder=/tmp\nsession=2030/../x\n", "is no path in the archive");
	refuses("folder=/tmp\nsession=/etc/passwd\n", "is no path in the archive");
	refuses("folder=/tmp\nsession=https://x/2030/a/b\n", "is no address of a session");
	refuses("folder=/tmp\nsession=!?\n", "names nothing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_session_is_fetched_whole),
		cmocka_unit_test(test_streams_that_the_archive_refuses_are_missing),
		cmocka_unit_test(test_essential_streams_that_the_index_does_not_name_are_missing),
		cmocka_unit_test(test_only_the_wanted_topics_are_fetched),
		cmocka_unit_test(test_the_mirror_gives_what_the_server_does_not),
		cmocka_unit_test(test_failed_files_are_tried_again_after_a_pause),
		cmocka_unit_test(test_files_that_never_come_end_it_and_the_rest_is_kept),
		cmocka_unit_test(test_files_that_are_no_whole_streams_are_not_kept),
		cmocka_unit_test(test_a_topic_that_said_nothing_is_no_fault),
		cmocka_unit_test(test_no_room_for_the_files_ends_it_at_once),
		cmocka_unit_test(test_a_folder_that_takes_nothing_is_said_before_anything_is_fetched),
		cmocka_unit_test(test_an_index_that_is_none_ends_it),
		cmocka_unit_test(test_what_a_killed_process_left_is_cleared_away),
		cmocka_unit_test(test_a_file_of_another_size_than_the_manifest_says_is_fetched_again),
		cmocka_unit_test(test_a_manifest_of_garbage_is_worth_nothing),
		cmocka_unit_test(test_files_that_came_early_are_fetched_again_later),
		cmocka_unit_test(test_stop_calls_everything_back),
		cmocka_unit_test(test_words_lead_to_the_session),
		cmocka_unit_test(test_several_sessions_are_listed),
		cmocka_unit_test(test_a_session_that_was_not_held_yet),
		cmocka_unit_test(test_without_a_year_the_newest_that_has_one),
		cmocka_unit_test(test_the_latest_may_be_of_last_year),
		cmocka_unit_test(test_a_url_names_the_server_too),
		cmocka_unit_test(test_the_calendar_is_told_every_six_hours),
		cmocka_unit_test(test_no_calendar_is_said_once_and_tried_again),
		cmocka_unit_test(test_the_year_turns),
		cmocka_unit_test(test_without_a_network_it_says_so_and_rests),
		cmocka_unit_test(test_a_host_that_cannot_be_woken_is_asked_to_come_again),
		cmocka_unit_test(test_configurations_that_cannot_work),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

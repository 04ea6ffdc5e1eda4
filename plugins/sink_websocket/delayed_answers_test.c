/*
 * delayed_answers_test.c - what the documents of others may tell whoever looks at an earlier time, and how that is asked for; and what
 * /healthz makes of the core's schedule.
 *
 * Time is the test's: nothing here waits for a clock.
 */
#include <stdatomic.h>

#include "sink_fixture.h"

#define SECOND INT64_C(1000000000)

static _Atomic int64_t test_clock_ns = 1000 * SECOND;

static int64_t test_now(const struct f1p_host *h)
{
	(void)h;
	return test_clock_ns;
}

/* The race at 13:00:10, :20 and :30, laps 11, 12 and 13; it is 13:00:30. */
static int setup_race(void **arg)
{
	setup_stopped(arg);
	struct fixture *f = *arg;
	char lap[16];
	f->host.host.now_utc_ns = test_now;
	f->config.update_every = 0;
	start(f);
	for (int i = 1; i <= 3; i++) {
		test_clock_ns += 10 * SECOND;
		f->race->t_event_ns += 9 * SECOND; /* and one more in publish() */
		f->race->lap = (uint16_t)(10 + i);
		publish(f);
		snprintf(lap, sizeof(lap), "\"lap\":%d,", 10 + i);
		get_until(f, "/api/v1/session/current", lap);
	}
	return 0;
}
#define RACE(name) cmocka_unit_test_setup_teardown(name, setup_race, teardown)

static void of_the_gaps_those_that_were_over_are_told(void **arg)
{
	struct fixture *f = *arg;
	f->host.gaps = "{\"total\":4,\"open\":2,\"dropped\":0,\"revisions\":7,\"gaps\":["
		       "{\"id\":1,\"from\":\"2024-05-19T13:00:02.000Z\",\"to\":\"2024-05-19T13:00:05.000Z\",\"how\":\"snapshot\"},"
		       "{\"id\":2,\"from\":\"2024-05-19T13:00:03.000Z\",\"to\":\"2024-05-19T13:00:10.000Z\",\"how\":\"lost\"},"
		       "{\"id\":3,\"from\":\"2024-05-19T13:00:04.000Z\",\"to\":\"2024-05-19T13:00:25.000Z\",\"how\":\"lost\"},"
		       "{\"id\":4,\"from\":\"2024-05-19T13:00:06.000Z\",\"to\":null,\"how\":\"open\"}]}";
	assert_int_equal(get(f, "/api/v1/gaps"), 200);
	assert_string_equal(client_body(f->text), f->host.gaps);
	assert_int_equal(get(f, "/api/v1/gaps?offset=1&limit=1"), 200);
	assert_has(f, "{\"total\":4,\"open\":2,\"dropped\":0,\"revisions\":7,\"gaps\":[{\"id\":2,");
	assert_lacks(f, "\"id\":3");
	assert_has(f, "link: </api/v1/gaps?limit=1&offset=2>; rel=\"next\", </api/v1/gaps?limit=1&offset=0>; rel=\"prev\"\r\n");
	assert_int_equal(get(f, "/api/v1/gaps?delay=15"), 200);
	assert_has(f, "\"gaps\":[{\"id\":1,");
	assert_has(f, "{\"id\":2,");
	assert_has(f, "\"total\":2,\"open\":1,\"dropped\":0,\"revisions\":null}");
	assert_int_equal(get(f, "/api/v1/gaps?delay=15&offset=1"), 200);
	assert_has(f, "\"gaps\":[{\"id\":2,");
	assert_has(f, "\"total\":2,");
	assert_int_equal(get(f, "/api/v1/gaps?delay=600"), 200); /* nothing was known */
	assert_has(f, "\"gaps\":[],\"total\":0,");
}

static void the_leaders_lap_of_now_is_left_out(void **arg)
{
	static const char *const paths[] = {"/api/v1/sources", "/healthz"};
	struct fixture *f = *arg;
	char path[64];
	f->host.sources = "{\"mode\":\"live\",\"estimate\":{\"lap\":31},\"servers\":[]}";
	for (int i = 0; i < 2; i++) {
		assert_int_equal(get(f, paths[i]), 200);
		assert_has(f, f->host.sources);
		snprintf(path, sizeof(path), "%s?delay=15", paths[i]);
		assert_int_equal(get(f, path), 200);
		assert_has(f, "{\"mode\":\"live\",\"estimate\":null,\"servers\":[]}");
	}
}

static void of_the_metrics_those_of_the_machine_are_told(void **arg)
{
	struct fixture *f = *arg;
	assert_int_equal(get(f, "/metrics"), 200);
	assert_has(f, "f1pd_example_total 1");
	assert_has(f, "\nf1pd_car_position{car=\"1\"} 3\n");
	assert_int_equal(get(f, "/metrics?delay=15"), 200);
	assert_has(f, "f1pd_example_total 1");
	assert_lacks(f, "f1pd_car_position");
}

static void a_delay_that_is_no_number_is_refused_everywhere(void **arg)
{
	static const char *const bad[] = {"nan", "-5", "3O", "0x10", "1e400", "601", "", "1.2.3", "5&delay=6"};
	static const char *const paths[] = {"/api/v1/session/current", "/echo", "/app.js", "/api/v1/stream", "/metrics"};
	struct fixture *f = *arg;
	char path[100];
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		for (size_t k = 0; k < sizeof(paths) / sizeof(paths[0]); k++) {
			snprintf(path, sizeof(path), "%s?delay=%s", paths[k], bad[i]);
			if (get(f, path) != 400) {
				fail_msg("%s: %.200s", path, f->text);
			}
		}
	}
	assert_int_equal(get(f, "/api/v1/session/current?delay=15.5"), 200);
	assert_has(f, "\"lap\":11,");
}

static void the_delay_is_the_servers_own_argument(void **arg)
{
	static const char *const cases[][2] = {{"/echo?a=1&delay=15&b=2", "GET /echo?a=1&b=2 "}, {"/echo?delay=15", "GET /echo? "},
		{"/echo?delays=1&delay=15", "GET /echo?delays=1 "}, {"/echo?&a=1", "GET /echo?a=1 "}, {"/echo?a&&b=", "GET /echo?a&b= "}, {"/echo?a=1&", "GET /echo?a=1 "}};
	struct fixture *f = *arg;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (get(f, cases[i][0]) != 200 || !strstr(f->text, cases[i][1])) {
			fail_msg("%s: %.600s", cases[i][0], f->text);
		}
	}
	assert_int_equal(get(f, "/api/v1/laps?&limit=0"), 400); /* an empty argument hides none behind it */
	assert_int_equal(get(f, "/api/v1/laps?limit"), 400);
	if (get(f, "/api/v1/laps?&") != 200) {
		fail_msg("%.600s", client_body(f->text));
	}
}

/* Live sources that cannot know when to look are not well, however quiet they are. */
static void without_a_calendar_it_is_not_well(void **arg)
{
	struct fixture *f = *arg;
	f->host.t_calendar_ns = F1P_UNKNOWN_NS;
	start(f);
	f->host.health.live = F1P_YES;
	assert_int_equal(get(f, "/healthz"), 200);
	assert_has(f, "\"status\":\"degraded\",\"reason\":\"no calendar has come yet");
	f->host.t_calendar_ns = 1000 * SECOND;
	assert_int_equal(get(f, "/healthz"), 200);
	assert_has(f, "\"status\":\"ok\",\"reason\":null");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RACE(of_the_gaps_those_that_were_over_are_told),
		RACE(the_leaders_lap_of_now_is_left_out),
		RACE(of_the_metrics_those_of_the_machine_are_told),
		RACE(a_delay_that_is_no_number_is_refused_everywhere),
		RACE(the_delay_is_the_servers_own_argument),
		STOPPED(without_a_calendar_it_is_not_well),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

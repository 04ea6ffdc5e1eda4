/* daemon_test.c - the assembly, on the simulator of this build: headless runs, equal runs, signals, calls from other threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/temp_folder_fixture.h"
#include "daemon/daemon_fixture.h"
#include "loop/vclock.h"

#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>

#define SHORT "seed = 7\nlaps = 5\n"

static struct daemon *create(struct config *c, bool headless, const char *journal)
{
	struct daemon_options opt = {
		.plugin_dir = fixture_plugins(), .headless = headless, .forecasts = true, .journal_path = journal};

	return daemon_create(c, &opt);
}

static void run_headless(int64_t workers, struct engine_report *report)
{
	struct daemon *d = create(fixture_race(workers, SHORT), true, NULL);

	assert_non_null(d);
	assert_int_equal(daemon_run(d), 0);
	engine_report(daemon_engine(d), report, true);
	const struct f1p_state *s = engine_state(daemon_engine(d));
	assert_int_equal(s->n_cars, 20);
	assert_int_equal(s->total_laps, 5);
	assert_int_equal(s->cars[s->order[0]].laps, 5);
	daemon_destroy(d);
}

static void test_a_headless_race_runs_to_its_end(void **state)
{
	struct engine_report r;

	(void)state;
	run_headless(1, &r);
	assert_true(r.simulated);
	assert_true(r.forecasts >= 5);
	assert_int_equal(r.rejected, 0);
	assert_true(r.events > 1000);
	assert_int_equal(r.events, r.seq);
}

static void test_two_runs_are_equal_whatever_the_workers(void **state)
{
	struct engine_report one, two, again;

	(void)state;
	run_headless(1, &one);
	run_headless(2, &two);
	run_headless(2, &again);
	assert_string_equal(one.state_sha256, two.state_sha256);
	assert_string_equal(one.forecast_sha256, two.forecast_sha256);
	assert_string_equal(two.forecast_sha256, again.forecast_sha256);
	assert_int_equal(one.forecasts, two.forecasts);
}

static void keep_lines(void *arg, int level, const char *line)
{
	size_t n = strlen(arg);

	if (level <= F1P_LOG_WARN)
		snprintf((char *)arg + n, 4000 - n, "%s\n", line);
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0 && fclose(f) == 0);
}

/* Starts with these folders, and ends; what was said of importance is in lines. */
static void start_with(const char *data_dir, const char *journal_dir, char lines[static 4000])
{
	struct config *c = fixture_race(1, SHORT);
	struct daemon *d;

	c->core.data_dir = data_dir;
	c->core.journal_dir = journal_dir;
	lines[0] = '\0';
	log_set_writer(keep_lines, lines);
	d = create(c, false, NULL);
	log_set_writer(NULL, NULL);
	assert_non_null(d);
	daemon_destroy(d);
}

static unsigned count_of(const char *text, const char *what)
{
	unsigned n = 0;

	for (const char *at = strstr(text, what); at; at = strstr(at + 1, what))
		n++;
	return n;
}

/* A file lies where the folder of the HTTP cache should be. */
static void test_without_a_cache_folder_it_starts_with_a_warning(void **state)
{
	char lines[4000];

	(void)state;
	write_file(in_temp_folder("cache"), "");
	start_with(temp_folder, "", lines);
	assert_non_null(strstr(lines, in_temp_folder("cache")));
	assert_non_null(strstr(lines, "answers are kept in memory only"));
}

static void test_without_a_history_file_it_starts_with_a_warning(void **state)
{
	char lines[4000];
	sqlite3 *theirs;

	(void)state;
	assert_int_equal(sqlite3_open(in_temp_folder("history.sqlite"), &theirs), SQLITE_OK);
	assert_int_equal(sqlite3_exec(theirs, "CREATE TABLE theirs (x)", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(theirs), SQLITE_OK);
	start_with(temp_folder, "", lines);
	assert_non_null(strstr(lines, in_temp_folder("history.sqlite")));
	assert_non_null(strstr(lines, "kept in memory only"));
	assert_int_equal(count_of(lines, "\n"), 1);
}

static void test_folders_are_made_to_the_last(void **state)
{
	char lines[4000];

	(void)state;
	start_with(in_temp_folder("var/lib/f1pd"), in_temp_folder("var/lib/f1pd/journal"), lines);
	assert_string_equal(lines, "");
	assert_int_equal(access(in_temp_folder("var/lib/f1pd/history.sqlite"), F_OK), 0);
	assert_int_equal(access(in_temp_folder("var/lib/f1pd/journal/current.f1j"), F_OK), 0);
}

/* Each is said once, with what it means; the race runs. */
static void test_without_a_place_to_keep_things_it_runs_on(void **state)
{
	char lines[4000];

	(void)state;
	write_file(in_temp_folder("var"), "");
	start_with(in_temp_folder("var/lib/f1pd"), in_temp_folder("var/lib/f1pd/journal"), lines);
	assert_int_equal(count_of(lines, "\n"), 2);
	assert_int_equal(count_of(lines, in_temp_folder("var: Not a directory")), 2);
	assert_non_null(strstr(lines, "data_dir: "));
	assert_non_null(strstr(lines, "scores are not kept"));
	assert_non_null(strstr(lines, "journal_dir: "));
	assert_non_null(strstr(lines, "no journal is kept"));
}

/* The configuration's own checks are passed by: so it shows that the network gets the proxy and its login. */
static void test_a_login_that_is_none_ends_the_start(void **state)
{
	struct config *c = fixture_race(1, SHORT);
	char lines[4000] = "";

	(void)state;
	c->core.proxy = "http://proxy.example:3128";
	c->core.proxy_login = "n0c0l0n";
	log_set_writer(keep_lines, lines);
	assert_null(create(c, false, NULL));
	log_set_writer(NULL, NULL);
	assert_non_null(strstr(lines, "proxy: is not of the form user:password"));
	assert_null(strstr(lines, "n0c0l0n"));
}

static void test_what_cannot_be_loaded_ends_a_headless_run(void **state)
{
	struct config *c = fixture_config(1);

	(void)state;
	fixture_add(c, "source-none", "source_that_is_not_there", "");
	assert_null(create(c, true, NULL));
	c = fixture_config(1);
	fixture_add(c, "source-demo", "source_simulator", "laps = 1000\n");
	assert_null(create(c, true, NULL));
}

static void test_a_bad_plugin_does_not_keep_the_rest_from_running(void **state)
{
	struct config *c = fixture_race(1, SHORT);
	struct daemon *d;

	(void)state;
	fixture_add(c, "sink-gone", "sink_that_is_not_there", "");
	d = create(c, false, NULL);
	assert_non_null(d);
	daemon_destroy(d); /* created, never run */
}

struct caller { /* a plugin's own thread, as the host sees it */
	struct daemon *d;
	struct f1p_host *host;
	atomic_bool stop;
	unsigned long states, emitted, heard, healths;
	bool odd;
};

static void *call_the_host(void *arg)
{
	struct caller *c = arg;
	const struct f1p_bus *bus = c->host->get_extension(c->host, F1P_EXT_BUS);
	const struct f1p_health_check *health = c->host->get_extension(c->host, F1P_EXT_HEALTH);
	const struct f1p_replay_control *replay = c->host->get_extension(c->host, F1P_EXT_REPLAY);
	const struct f1p_thread_check *threads = c->host->get_extension(c->host, F1P_EXT_THREAD_CHECK);

	for (unsigned i = 0; !atomic_load(&c->stop); i++) {
		struct f1p_health h = {.size = sizeof(h)};
		health->get(c->host, &h);
		c->healths += h.seq > 0;
		const struct f1p_state *s = bus->state_acquire(c->host);
		if (s) {
			struct f1p_ev_driver e = {.h = {.size = sizeof(e), .type = F1P_EV_DRIVER, .t_event_ns = s->t_event_ns},
				.mask = F1P_DRIVER_COUNTRY, .car = 1, .country = "TST"};
			e.car = s->n_cars ? s->cars[0].number : 1;
			c->odd |= s->n_cars > F1P_MAX_CARS;
			c->states++;
			c->heard += s->n_cars && strcmp(s->cars[0].country, "TST") == 0;
			c->emitted += bus->emit(c->host, &e.h) == F1P_OK;
			bus->state_release(c->host, s);
		}
		c->odd |= threads->is_loop(c->host) || threads->is_worker(c->host);
		c->odd |= replay->set_speed(c->host, i % 2 ? 0 : 1000) != F1P_OK;
		c->odd |= replay->set_speed(c->host, 5000) != F1P_EINVAL;
		c->odd |= replay->set_paused(c->host, i % 3 == 0) != F1P_OK;
		if (i % 50 == 49)
			c->odd |= replay->seek(c->host, 2, 0) != F1P_EUNSUPPORTED; /* a simulation */
		usleep(1000);
	}
	replay->set_paused(c->host, false);
	return NULL;
}

static void *terminate_soon(void *arg)
{
	int64_t *at_ns = arg;

	usleep(1500000);
	*at_ns = vclock_mono_ns();
	kill(getpid(), SIGTERM);
	return NULL;
}

static void test_other_threads_may_call_while_it_runs_and_it_stops_on_sigterm(void **state)
{
	struct daemon *d = create(fixture_race(2, "seed = 3\nloop = yes\n"), false, NULL);
	struct caller c = {.d = d};
	pthread_t caller, killer;
	int64_t killed_ns = 0;

	(void)state;
	assert_non_null(d);
	c.host = services_host_create(daemon_services(d), 1, "source-demo"); /* in the name of the first source */
	assert_non_null(c.host);
	assert_int_equal(pthread_create(&caller, NULL, call_the_host, &c), 0);
	assert_int_equal(pthread_create(&killer, NULL, terminate_soon, &killed_ns), 0);
	assert_int_equal(daemon_run(d), 0);
	pthread_join(killer, NULL);
	assert_true(vclock_mono_ns() - killed_ns < INT64_C(3000000000));
	atomic_store(&c.stop, true);
	pthread_join(caller, NULL);
	assert_false(c.odd);
	assert_true(c.states > 0 && c.healths > 0 && c.emitted > 0);
	assert_true(c.heard > 0); /* what it emitted is in the race */
	services_host_destroy(c.host);
	daemon_destroy(d);
}

static void *terminate_after(void *arg)
{
	usleep(*(unsigned *)arg);
	kill(getpid(), SIGTERM);
	return NULL;
}

static uint64_t run_until_term(const char *journal, unsigned us, struct engine_report *begin)
{
	struct daemon *d = create(fixture_race(1, "seed = 9\nlaps = 70\nrate = 5\n"), false, journal);
	struct engine_report end;
	pthread_t killer;

	assert_non_null(d);
	engine_report(daemon_engine(d), begin, true);
	assert_int_equal(pthread_create(&killer, NULL, terminate_after, &us), 0);
	assert_int_equal(daemon_run(d), 0);
	pthread_join(killer, NULL);
	engine_report(daemon_engine(d), &end, false);
	daemon_destroy(d);
	return end.seq;
}

static void test_after_sigterm_it_goes_on_where_it_was(void **state)
{
	const char *path = in_temp_folder("race.f1j");
	struct engine_report first, second;

	(void)state;
	uint64_t stopped = run_until_term(path, 300000, &first);
	assert_int_equal(first.seq, 0);
	assert_true(stopped > 100);
	uint64_t later = run_until_term(path, 2000000, &second);
	assert_true(second.seq >= stopped); /* what was said while stopping is in it too */
	assert_int_equal(second.journal_cut_bytes, 0);
	assert_int_equal(second.events, second.seq);
	assert_true(later > second.seq);
}

#define IN_FOLDER(name) cmocka_unit_test_setup_teardown(name, temp_folder_make, temp_folder_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_headless_race_runs_to_its_end),
		cmocka_unit_test(test_two_runs_are_equal_whatever_the_workers),
		IN_FOLDER(test_without_a_cache_folder_it_starts_with_a_warning),
		IN_FOLDER(test_without_a_history_file_it_starts_with_a_warning),
		IN_FOLDER(test_folders_are_made_to_the_last),
		IN_FOLDER(test_without_a_place_to_keep_things_it_runs_on),
		cmocka_unit_test(test_a_login_that_is_none_ends_the_start),
		cmocka_unit_test(test_what_cannot_be_loaded_ends_a_headless_run),
		cmocka_unit_test(test_a_bad_plugin_does_not_keep_the_rest_from_running),
		cmocka_unit_test(test_other_threads_may_call_while_it_runs_and_it_stops_on_sigterm),
		IN_FOLDER(test_after_sigterm_it_goes_on_where_it_was),
	};
	return cmocka_run_group_tests_name("daemon", tests, NULL, NULL);
}

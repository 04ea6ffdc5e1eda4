/* instance_test.c - the life cycle of one instance with injected time: restarts, doubling delay, quarantine, recovery. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plugin/instance.h"

#include <stdio.h>
#include <string.h>

#define SECOND INT64_C(1000000000)

struct world {
	struct services *services;
	struct config_errors errors;
	char log[4000]; /* what the instance logged: "init;configure ...;" */
	char report[2000];
	bool on_loop;
	uint32_t emitted_by;
};

static void keep_log(void *arg, int level, const char *instance, const char *line)
{
	struct world *w = arg;
	size_t used = strlen(w->log);

	assert_string_equal(instance, "source-demo");
	(void)level;
	snprintf(w->log + used, sizeof(w->log) - used, "%s;", line);
}

static void keep_error(void *arg, const char *line)
{
	struct world *w = arg;
	size_t used = strlen(w->report);

	snprintf(w->report + used, sizeof(w->report) - used, "%s\n", line);
}

static bool is_loop(void *arg)
{
	return ((struct world *)arg)->on_loop;
}

static f1p_status emit(void *arg, uint32_t id, const struct f1p_event *event)
{
	((struct world *)arg)->emitted_by = id;
	return event->type == F1P_EV_HEARTBEAT ? F1P_OK : F1P_EINVAL;
}

static struct world world;

static int set_up(void **state)
{
	const struct host_ops ops = {.arg = &world, .emit = emit, .log = keep_log, .is_loop = is_loop, .is_worker = is_loop};

	memset(&world, 0, sizeof(world));
	world.on_loop = true;
	world.errors = (struct config_errors){.fn = keep_error, .arg = &world};
	world.services = services_create(&ops);
	*state = &world;
	return world.services ? 0 : -1;
}

static int tear_down(void **state)
{
	services_destroy(((struct world *)*state)->services);
	return 0;
}

static struct instance *create_named(struct world *w, const char *path, const char *text)
{
	struct config_file *file = config_file_parse(path, text, strlen(text), &w->errors);
	struct instance *in;

	assert_non_null(file);
	in = instance_create(w->services, file, "conf.d", TESTPLUGIN_DIR, 7, &w->errors);
	config_file_free(file);
	return in;
}

static struct instance *create(struct world *w, const char *options)
{
	char text[600];

	snprintf(text, sizeof(text), "[plugin]\nid = good_source\n[options]\n%s", options);
	return create_named(w, "conf.d/10-source-demo.ini", text);
}

static void test_order_of_calls(void **state)
{
	struct world *w = *state;
	struct instance *in = create(w, "greeting = hello\npath = a.txt\n");
	int64_t due = 0;

	assert_non_null(in);
	assert_int_equal(in->state, INSTANCE_CREATED);
	assert_int_equal(in->kind, F1P_KIND_SOURCE);
	assert_int_equal(in->host->instance_id, 7);
	assert_int_equal(instance_start(in, 5 * SECOND), F1P_OK);
	assert_int_equal(in->state, INSTANCE_RUNNING);
	assert_int_equal(in->source->poll(in->plugin, 100, 1, &due), F1P_OK);
	assert_int_equal(due, 101);
	assert_int_equal(w->emitted_by, 7);
	instance_stop(in);
	assert_int_equal(in->state, INSTANCE_STOPPED);
	instance_stop(in);
	assert_int_equal(instance_start(in, 6 * SECOND), F1P_EINVAL); /* stopped is final */
	instance_destroy(in);
	assert_string_equal(w->log, "init;configure hello conf.d/a.txt;start;stop;destroy;");
}

static void test_never_started_is_stopped_too(void **state)
{
	struct world *w = *state;

	instance_destroy(create(w, "greeting = x\n"));
	assert_string_equal(w->log, "init;configure x ;stop;destroy;");
	instance_destroy(NULL);
}

static void test_configure_refuses(void **state)
{
	struct world *w = *state;

	assert_null(create(w, "greeting = x\nrefuse = yes\n"));
	assert_string_equal(w->report, "conf.d/10-source-demo.ini: good_source: will not work with x\n");
	assert_string_equal(w->log, "init;configure x ;destroy;");
}

static void test_bad_options(void **state)
{
	struct world *w = *state;

	assert_null(create(w, "sped = 5\nspeed = 2000\n"));
	assert_string_equal(w->report, "conf.d/10-source-demo.ini: greeting: must be given (What it says)\n"
				       "conf.d/10-source-demo.ini:5: speed: 2000 is above the maximum 1000\n"
				       "conf.d/10-source-demo.ini:4: sped: unknown option; did you mean \"speed\"?\n");
	assert_string_equal(w->log, ""); /* not even created */
}

static void test_no_such_plugin(void **state)
{
	struct world *w = *state;

	assert_null(create_named(w, "conf.d/10-source-demo.ini", "[plugin]\nid = source_nothing\n"));
	assert_string_equal(w->report, "conf.d/10-source-demo.ini:2: id: no plugin \"source_nothing\": " TESTPLUGIN_DIR
				       "/source_nothing.so does not exist\n");
}

static void test_wrong_kind(void **state)
{
	struct world *w = *state;

	assert_null(create_named(w, "conf.d/30-sink-demo.ini", "[plugin]\nid = good_source\n[options]\ngreeting = x\n"));
	assert_string_equal(
		w->report, "conf.d/30-sink-demo.ini:2: id: good_source is a source; rename the file to NN-source-NAME.ini\n");
}

static void test_crashing_plugin(void **state)
{
	struct world *w = *state;

	assert_null(create_named(w, "conf.d/30-sink-demo.ini", "[plugin]\nid = bad_crash_in_init\n"));
	assert_string_equal(
		w->report, TESTPLUGIN_DIR "/bad_crash_in_init.so: crashed while it was probed (signal 11); not loaded\n");
}

static void test_plugin_without_interface(void **state)
{
	struct world *w = *state;

	assert_null(create_named(w, "conf.d/30-sink-demo.ini", "[plugin]\nid = good_newer_minor\n"));
	assert_string_equal(
		w->report, "conf.d/30-sink-demo.ini: " TESTPLUGIN_DIR "/good_newer_minor.so has not the interface of a sink\n");
}

static void test_small_sink(void **state)
{
	struct world *w = *state;
	struct instance *in = create_named(w, "conf.d/30-sink-demo.ini", "[plugin]\nid = good_small_sink\n");
	const struct f1p_event event = {.size = sizeof(event)};

	assert_non_null(in);
	assert_null(in->sink->flush); /* what lies behind the plugin's struct is not taken for it */
	assert_int_equal(in->sink->write(in->plugin, &event, 1, sizeof(event)), F1P_OK);
	assert_int_equal(in->sink->write(in->plugin, &event, 0, 0), F1P_EINVAL);
	assert_null(in->source);
	assert_null(in->predictor);
	instance_destroy(in);
}

static void test_delay_doubles_then_quarantine(void **state)
{
	static const int64_t delays_s[] = {1, 2, 4, 8, 16, 32, 60};
	struct world *w = *state;
	struct instance *in = create(w, "greeting = x\nfail_starts = 1000\n");
	int64_t now = 100 * SECOND;

	assert_non_null(in);
	assert_false(instance_due(in, now)); /* not failed yet */
	for (int i = 0; i < 7; i++) {
		assert_int_equal(instance_start(in, now), F1P_EIO);
		assert_int_equal(in->state, INSTANCE_WAITING);
		assert_int_equal(in->failures, i + 1);
		assert_string_equal(in->reason, "the feed cannot be reached");
		assert_false(instance_due(in, now + delays_s[i] * SECOND - 1));
		now += delays_s[i] * SECOND;
		assert_true(instance_due(in, now));
	}
	assert_int_equal(instance_start(in, now), F1P_EIO);
	assert_int_equal(in->state, INSTANCE_QUARANTINED);
	assert_false(instance_due(in, now + 1000000 * SECOND));
	assert_int_equal(instance_start(in, now), F1P_EINVAL);
	assert_non_null(strstr(w->log, "the feed cannot be reached (input or output failed); trying again in 60 s;"));
	assert_non_null(
		strstr(w->log, "the feed cannot be reached; quarantined after 8 failures: repair it and reload (SIGHUP);"));
	instance_destroy(in);
}

static void test_recovery_after_failed_starts(void **state)
{
	struct world *w = *state;
	struct instance *in = create(w, "greeting = x\nfail_starts = 2\n");

	assert_non_null(in);
	assert_int_equal(instance_start(in, 0), F1P_EIO);
	assert_int_equal(instance_start(in, SECOND), F1P_EIO);
	assert_int_equal(instance_start(in, 3 * SECOND), F1P_OK);
	assert_int_equal(in->state, INSTANCE_RUNNING);
	assert_int_equal(in->failures, 2);
	assert_int_equal(in->started_mono_ns, 3 * SECOND);
	instance_destroy(in);
}

static void test_long_run_forgets_failures(void **state)
{
	struct world *w = *state;
	struct instance *in = create(w, "greeting = x\n");
	int64_t now = 0;

	assert_non_null(in);
	for (int i = 0; i < 50; i++) { /* each time it ran for a minute: never quarantined, always 1 s */
		assert_int_equal(instance_start(in, now), F1P_OK);
		now += 60 * SECOND;
		instance_fail(in, F1P_EIO, now);
		assert_int_equal(in->state, INSTANCE_WAITING);
		assert_int_equal(in->failures, 1);
		assert_true(in->retry_mono_ns == now + SECOND);
		now = in->retry_mono_ns;
	}
	instance_destroy(in);
}

static void test_short_runs_end_in_quarantine(void **state)
{
	struct world *w = *state;
	struct instance *in = create(w, "greeting = x\n");
	int64_t now = 0;
	int starts = 0;

	assert_non_null(in);
	while (in->state != INSTANCE_QUARANTINED && starts < 100) {
		assert_int_equal(instance_start(in, now), F1P_OK);
		starts++;
		now += 60 * SECOND - 1;
		instance_fail(in, F1P_EIO, now);
		now = in->retry_mono_ns;
	}
	assert_int_equal(starts, 8);
	instance_destroy(in);
}

static void test_reason_of_a_failed_call(void **state)
{
	struct world *w = *state;
	struct instance *in = create(w, "greeting = x\n");

	assert_non_null(in);
	instance_start(in, 0);
	(in->host->fail)(in->host, F1P_EIO, "record %d is torn", 17);
	instance_fail(in, F1P_EIO, SECOND);
	assert_string_equal(in->reason, "record 17 is torn");
	instance_fail(in, F1P_EIO, SECOND); /* not running: nothing happens */
	assert_int_equal(in->failures, 1);
	instance_start(in, 2 * SECOND);
	instance_fail(in, F1P_ETIMEOUT, 3 * SECOND);
	assert_string_equal(in->reason, "took too long");
	instance_start(in, 9 * SECOND);
	instance_fail_because(in, F1P_EIO, "said by another thread", 10 * SECOND);
	assert_string_equal(in->reason, "said by another thread");
	instance_destroy(in);
}

static void find_calls(void *arg, const struct f1p_metric_view *view)
{
	struct f1p_metric_view *found = arg;

	if (strcmp(view->name, "f1pd_plugin_call_seconds") == 0) {
		assert_string_equal(view->labels, "instance=\"source-demo\"");
		*found = *view;
	}
}

static void test_measured_calls(void **state)
{
	struct world *w = *state;
	struct instance *in = create(w, "greeting = x\n");
	struct f1p_metric_view view = {0};

	assert_non_null(in);
	w->log[0] = '\0';
	instance_measure(in, "poll", 0, 1000000);
	instance_measure(in, "poll", 0, 50000000);
	assert_string_equal(w->log, ""); /* 50 ms are not over 50 ms */
	instance_measure(in, "poll", 0, 51000000);
	assert_string_equal(w->log, "poll took 51 ms on the loop, 2 ms are allowed (1 slow calls so far);");
	w->log[0] = '\0';
	w->on_loop = false;
	instance_measure(in, "predict", 0, 900000000); /* allowed on a worker */
	assert_string_equal(w->log, "");
	services_metrics()->visit(in->host, find_calls, &view);
	assert_int_equal(view.count, 4);
	assert_true(view.sum > 1.0019 && view.sum < 1.0021);
	instance_destroy(in);
}

static void test_state_names(void **state)
{
	(void)state;
	assert_string_equal(instance_state_name(INSTANCE_CREATED), "created");
	assert_string_equal(instance_state_name(INSTANCE_QUARANTINED), "quarantined");
	assert_string_equal(instance_state_name((enum instance_state)99), "?");
	assert_string_equal(instance_status_name(F1P_END), "ended");
	assert_string_equal(instance_status_name(-77), "unknown status");
	assert_string_equal(instance_status_name(3), "unknown status");
}

#define WORLD_TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_order_of_calls),
		WORLD_TEST(test_never_started_is_stopped_too),
		WORLD_TEST(test_configure_refuses),
		WORLD_TEST(test_bad_options),
		WORLD_TEST(test_no_such_plugin),
		WORLD_TEST(test_wrong_kind),
		WORLD_TEST(test_crashing_plugin),
		WORLD_TEST(test_plugin_without_interface),
		WORLD_TEST(test_small_sink),
		WORLD_TEST(test_delay_doubles_then_quarantine),
		WORLD_TEST(test_recovery_after_failed_starts),
		WORLD_TEST(test_long_run_forgets_failures),
		WORLD_TEST(test_short_runs_end_in_quarantine),
		WORLD_TEST(test_reason_of_a_failed_call),
		WORLD_TEST(test_measured_calls),
		cmocka_unit_test(test_state_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

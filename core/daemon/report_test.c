/* report_test.c - the document and the table at the end of a headless run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/daemon_fixture.h"
#include "daemon/report.h"
#include "helpers/json_reader.h"

static struct daemon *d;
static char document[262144], table[65536];

static void write_to(char *out, size_t size, bool json)
{
	FILE *f = tmpfile();

	assert_non_null(f);
	assert_true(report_write(d, 2.0, json, f));
	rewind(f);
	size_t n = fread(out, 1, size - 1, f);
	assert_true(n < size - 1);
	out[n] = '\0';
	fclose(f);
}

/* The simulator fits new sets only: the winner's first one had three laps before. */
static void add_used_tyres(void)
{
	struct engine *e = daemon_engine(d);
	const struct f1p_state *s = engine_state(e);
	struct f1p_ev_stint stint = {.h = {.size = sizeof(stint), .type = F1P_EV_STINT, .t_event_ns = s->t_event_ns},
		.mask = F1P_STINT_TOTAL | F1P_STINT_START,
		.car = s->cars[s->order[0]].number,
		.total_laps = s->cars[s->order[0]].stints[0].total_laps + 3,
		.start_laps = 3};

	engine_add_source(e, 60, F1P_SOURCE_SIMULATED);
	assert_int_equal(engine_emit(e, 60, &stint.h), F1P_OK);
}

static int run_race(void **state)
{
	struct daemon_options opt = {.headless = true, .forecasts = true};
	const char *build = getenv("F1PD_BUILD");
	static char dir[4096];

	(void)state;
	if (!build) {
		print_message("SKIPPED: F1PD_BUILD is not set, so the plugins of this build are not known\n");
		return 0;
	}
	snprintf(dir, sizeof(dir), "%s/lib/f1pd/plugins", build);
	opt.plugin_dir = dir;
	d = daemon_create(fixture_race(1, "seed = 7\nlaps = 6\n"), &opt);
	if (!d || daemon_run(d) != 0)
		return -1;
	add_used_tyres();
	write_to(document, sizeof(document), true);
	write_to(table, sizeof(table), false);
	return 0;
}

static int end_race(void **state)
{
	(void)state;
	daemon_destroy(d);
	return 0;
}

static void need_race(void)
{
	if (!d)
		skip();
}

/* The value of a key as raw text; fails the test if it is not there. */
static struct f1p_json_slice member(struct f1p_json_slice object, const char *key)
{
	struct f1p_json_cutter c;
	struct f1p_json_slice name, value;

	assert_true(f1p_json_cut_begin(&c, object.text, object.n));
	while (f1p_json_cut_next(&c, &name, &value) == F1P_OK)
		if (f1p_json_slice_is(name, key))
			return value;
	fail_msg("no \"%s\"", key);
	return value;
}

static struct f1p_json_slice whole(void)
{
	return (struct f1p_json_slice){document, strlen(document)};
}

static long number(struct f1p_json_slice object, const char *key)
{
	struct f1p_json_slice v = member(object, key);
	char text[32], *end;

	assert_true(v.n < sizeof(text));
	memcpy(text, v.text, v.n);
	text[v.n] = '\0';
	long n = strtol(text, &end, 10);
	assert_true(end > text);
	return n;
}

static struct f1p_json_slice element(struct f1p_json_slice array, int i)
{
	struct f1p_json_cutter c;
	struct f1p_json_slice value = {0};

	assert_true(f1p_json_cut_begin(&c, array.text, array.n));
	for (; i >= 0; i--)
		assert_int_equal(f1p_json_cut_next(&c, NULL, &value), F1P_OK);
	return value;
}

static int count(struct f1p_json_slice array)
{
	struct f1p_json_cutter c;
	struct f1p_json_slice value;
	int n = 0;

	assert_true(f1p_json_cut_begin(&c, array.text, array.n));
	while (f1p_json_cut_next(&c, NULL, &value) == F1P_OK)
		n++;
	return n;
}

static void test_it_is_one_json_document_on_one_line(void **state)
{
	const struct f1p_json_handler none = {0};
	char err[200];
	size_t n = strlen(document);

	(void)state;
	need_race();
	assert_int_equal(document[n - 1], '\n');
	assert_ptr_equal(strchr(document, '\n'), document + n - 1);
	assert_int_equal(f1p_json_read(&none, NULL, document, n - 1, err, sizeof(err)), F1P_OK);
}

static void test_session_and_distance(void **state)
{
	(void)state;
	need_race();
	struct f1p_json_slice session = member(whole(), "session");
	assert_true(f1p_json_slice_is(member(session, "type"), "\"race\""));
	assert_true(member(session, "name").n > 2);
	assert_true(member(session, "circuit").n > 2);
	assert_int_equal(number(session, "year"), 2030);
	assert_true(f1p_json_slice_is(member(whole(), "simulated"), "true"));
	assert_int_equal(number(whole(), "laps"), 6);
	assert_int_equal(number(whole(), "total_laps"), 6);
}

static void test_the_order_is_that_of_the_state(void **state)
{
	(void)state;
	need_race();
	const struct f1p_state *s = engine_state(daemon_engine(d));
	struct f1p_json_slice order = member(whole(), "order");
	assert_int_equal(count(order), 20);
	assert_int_equal(s->cars[s->order[0]].stints[0].start_laps, 3);
	for (int i = 0; i < 20; i++) {
		const struct f1p_car *car = &s->cars[s->order[i]];
		struct f1p_json_slice o = element(order, i);
		assert_int_equal(number(o, "position"), i + 1);
		assert_int_equal(number(o, "number"), car->number);
		assert_int_equal(number(o, "laps"), car->laps);
		assert_int_equal(number(o, "stops"), car->stops);
		assert_true(f1p_json_slice_is(member(o, "retired"), car->retired == F1P_YES ? "true" : "false"));
		assert_true(member(o, "code").n == 5); /* three letters in quotes */
		assert_true(member(o, "team").n > 2);
		assert_int_equal(count(member(o, "stints")), car->n_stints);
		struct f1p_json_slice stint = element(member(o, "stints"), 0);
		assert_true(member(stint, "compound").text[0] == '"');
		assert_int_equal(number(stint, "age"), car->stints[0].total_laps);
		assert_int_equal(number(stint, "age_at_start"), car->stints[0].start_laps);
		assert_int_equal(number(stint, "laps"), car->stints[0].total_laps - car->stints[0].start_laps);
	}
	assert_true(f1p_json_slice_is(member(element(order, 0), "gap_s"), "0.000"));
}

static void test_the_counts_are_those_of_the_run(void **state)
{
	struct engine_report r;
	char quoted[80];

	(void)state;
	need_race();
	engine_report(daemon_engine(d), &r, true);
	assert_int_equal(number(whole(), "events"), r.events);
	assert_int_equal(number(whole(), "seq"), r.seq);
	assert_int_equal(number(whole(), "forecasts"), r.forecasts);
	assert_int_equal(number(whole(), "rejected_events"), 0);
	assert_int_equal(number(whole(), "rejected"), 0);
	assert_int_equal(number(whole(), "merge_oddities"), 0);
	assert_true(number(whole(), "race_control_messages") > 0);
	assert_int_equal(count(member(whole(), "neutralisations")), 3);
	assert_true(f1p_json_slice_is(member(whole(), "wall_s"), "2.000"));
	assert_int_equal(number(whole(), "messages_per_s"), number(whole(), "messages") / 2);
	assert_true(member(whole(), "topics").text[0] == '{');
	snprintf(quoted, sizeof(quoted), "\"%s\"", r.state_sha256);
	assert_true(f1p_json_slice_is(member(whole(), "state_sha256"), quoted));
	snprintf(quoted, sizeof(quoted), "\"%s\"", r.forecast_sha256);
	assert_true(f1p_json_slice_is(member(whole(), "forecast_sha256"), quoted));
}

static void test_the_table_is_for_people(void **state)
{
	(void)state;
	need_race();
	const struct f1p_state *s = engine_state(daemon_engine(d));
	const char *line = table;
	int lines = 0;
	assert_non_null(strstr(table, "SIMULATED"));
	for (; (line = strchr(line, '\n')); line++)
		lines++;
	assert_true(lines >= 1 + 20 + 3);
	for (int i = 0; i < 20; i++)
		assert_non_null(strstr(table, s->cars[i].team));
}

static void test_a_full_disk_is_an_error(void **state)
{
	FILE *f = fopen("/dev/full", "w");

	(void)state;
	need_race();
	if (!f)
		skip();
	assert_false(report_write(d, 1, true, f));
	fclose(f);
}

static void test_nothing_replayed_is_an_error(void **state)
{
	struct daemon_options opt = {.headless = true};
	struct daemon *empty = daemon_create(fixture_config(1), &opt);
	FILE *f = tmpfile();

	(void)state;
	assert_true(empty && f);
	assert_false(report_write(empty, 0, true, f));
	assert_false(report_write(empty, 0, false, f));
	assert_int_equal(ftell(f), 0); /* and nothing that looks like a result */
	fclose(f);
	daemon_destroy(empty);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_is_one_json_document_on_one_line),
		cmocka_unit_test(test_session_and_distance),
		cmocka_unit_test(test_the_order_is_that_of_the_state),
		cmocka_unit_test(test_the_counts_are_those_of_the_run),
		cmocka_unit_test(test_the_table_is_for_people),
		cmocka_unit_test(test_a_full_disk_is_an_error),
		cmocka_unit_test(test_nothing_replayed_is_an_error),
	};
	return cmocka_run_group_tests_name("report", tests, run_race, end_race);
}

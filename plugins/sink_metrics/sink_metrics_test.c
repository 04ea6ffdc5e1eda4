/*
 * sink_metrics_test.c - what a Prometheus server would read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <f1pd/f1pd.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exposition.h"
#include "race_metrics.h"

extern const struct f1p_entry f1p_entry_v1;

/* ---- a host with routes, registry, health and one snapshot */

static struct {
	char path[64];
	f1p_route_fn fn;
	void *arg;
	bool taken;
	char log[512], failure[512];
	int warnings, states_out;
	int64_t mono_ns;
	struct f1p_state state;
	bool bare;
} fake;

static void host_log(const struct f1p_host *host, int level, const char *fmt, ...)
{
	va_list ap;

	(void)host;
	(void)level;
	va_start(ap, fmt);
	vsnprintf(fake.log, sizeof(fake.log), fmt, ap);
	va_end(ap);
	fake.warnings++;
}

static f1p_status host_fail(const struct f1p_host *host, f1p_status status, const char *fmt, ...)
{
	va_list ap;

	(void)host;
	va_start(ap, fmt);
	vsnprintf(fake.failure, sizeof(fake.failure), fmt, ap);
	va_end(ap);
	return status;
}

static f1p_status route_add(const struct f1p_host *host, const char *path, f1p_route_fn fn, void *arg)
{
	(void)host;
	if (fake.taken) {
		return F1P_EINVAL;
	}
	snprintf(fake.path, sizeof(fake.path), "%s", path);
	fake.fn = fn;
	fake.arg = arg;
	return F1P_OK;
}

static void route_remove(const struct f1p_host *host, const char *path)
{
	(void)host;
	assert_string_equal(path, fake.path);
	fake.fn = NULL;
}

static void health_get(const struct f1p_host *host, struct f1p_health *out)
{
	(void)host;
	*out = (struct f1p_health){.size = sizeof(*out),
		.sources_running = 1,
		.sources_total = 2,
		.data_age_ms = 1500,
		.seq = 4711,
		.source_ended = F1P_NO,
		.simulated = F1P_YES,
		.paused = F1P_TRI_UNKNOWN,
		.speed = 60,
		.uptime_ms = 2500};
}

static void visit(const struct f1p_host *host, void (*fn)(void *, const struct f1p_metric_view *), void *arg)
{
	static const double bounds[] = {0.00001, 0.1};
	static const uint64_t cumulative[] = {2, 5};
	const struct f1p_metric_view views[] = {
		{.kind = F1P_METRIC_COUNTER,
			.name = "f1pd_events_total",
			.help = "Events\nby \\ instance",
			.labels = "instance=\"a\"",
			.value = 12},
		{.kind = F1P_METRIC_COUNTER,
			.name = "f1pd_events_total",
			.help = "Events\nby \\ instance",
			.labels = "instance=\"b\"",
			.value = 0.5},
		{.kind = F1P_METRIC_HISTOGRAM,
			.name = "f1pd_plugin_call_seconds",
			.help = "Calls",
			.labels = "call=\"poll\"",
			.count = 7,
			.sum = 3.25,
			.n_buckets = 2,
			.bounds = bounds,
			.cumulative = cumulative},
		{.kind = F1P_METRIC_GAUGE, .name = "f1pd_up", .help = "Somebody else's", .labels = "", .value = 0},
		{.kind = F1P_METRIC_GAUGE, .name = "bad name", .help = "No", .labels = "", .value = 0},
	};

	(void)host;
	for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++) {
		fn(arg, &views[i]);
	}
}

static const struct f1p_state *state_acquire(const struct f1p_host *host)
{
	(void)host;
	fake.states_out++;
	return &fake.state;
}

static void state_release(const struct f1p_host *host, const struct f1p_state *state)
{
	(void)host;
	assert_ptr_equal(state, &fake.state);
	fake.states_out--;
}

static const void *host_extension(const struct f1p_host *host, const char *id)
{
	static const struct f1p_routes routes = {.size = sizeof(routes), .add = route_add, .remove = route_remove};
	static const struct f1p_health_check health = {.size = sizeof(health), .get = health_get};
	static const struct f1p_metrics metrics = {.size = sizeof(metrics), .visit = visit};
	static const struct f1p_bus bus = {.size = sizeof(bus), .state_acquire = state_acquire, .state_release = state_release};

	(void)host;
	if (fake.bare) {
		return NULL;
	}
	return strcmp(id, F1P_EXT_ROUTES) == 0	  ? (const void *)&routes
	       : strcmp(id, F1P_EXT_HEALTH) == 0  ? (const void *)&health
	       : strcmp(id, F1P_EXT_METRICS) == 0 ? (const void *)&metrics
	       : strcmp(id, F1P_EXT_BUS) == 0	  ? (const void *)&bus
						  : NULL;
}

static int64_t host_mono_ns(const struct f1p_host *host)
{
	(void)host;
	return fake.mono_ns;
}

static const struct f1p_host host = {.size = sizeof(host),
	.abi_major = 1,
	.instance = "sink-metrics",
	.log = host_log,
	.fail = host_fail,
	.get_extension = host_extension,
	.now_mono_ns = host_mono_ns};

struct config {
	const char *route, *textfile;
};

static void fill_state(struct f1p_state *s)
{
	*s = (struct f1p_state){.size = sizeof(*s), .lap = 12, .total_laps = 57, .track = F1P_TRACK_SC, .n_cars = 2};
	s->cars[0] = (struct f1p_car){.number = 1, .position = 2, .retired = F1P_NO, .code = "VER"};
	s->cars[1] = (struct f1p_car){.number = 4, .position = 1, .retired = F1P_YES, .code = "N\"R"};
}

static int set_up(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	fill_state(&fake.state);
	return 0;
}

static struct f1p_plugin *make(struct config config, f1p_status *status)
{
	struct f1p_plugin *plugin = f1p_entry_v1.create(&host, "sink_metrics");

	assert_non_null(plugin);
	assert_int_equal(plugin->init(plugin), F1P_OK);
	*status = plugin->configure(plugin, &config);
	if (*status == F1P_OK) {
		*status = plugin->start(plugin);
	}
	return plugin;
}

static void unmake(struct f1p_plugin *plugin)
{
	plugin->stop(plugin);
	plugin->destroy(plugin);
	assert_int_equal(fake.states_out, 0);
}

static char body[65536];
static size_t body_used;

static f1p_status append(struct f1p_response *response, const void *bytes, size_t n)
{
	(void)response;
	assert_true(body_used + n < sizeof(body));
	memcpy(body + body_used, bytes, n);
	body_used += n;
	body[body_used] = '\0';
	return F1P_OK;
}

static const char *scrape(void)
{
	struct f1p_response response = {.size = sizeof(response), .status = 200, .append = append};

	body_used = 0;
	assert_non_null(fake.fn);
	fake.fn(fake.arg, &response);
	assert_int_equal(response.status, 200);
	assert_string_equal(response.content_type, "text/plain; version=0.0.4; charset=utf-8");
	return body;
}

static void assert_line(const char *text, const char *line)
{
	char whole[256];

	snprintf(whole, sizeof(whole), "\n%s\n", line);
	if (!strstr(text, whole) && strncmp(text, whole + 1, strlen(whole) - 1) != 0) {
		fail_msg("no line \"%s\" in:\n%s", line, text);
	}
}

static int count_of(const char *text, const char *what)
{
	int n = 0;

	for (const char *at = text; (at = strstr(at, what)); at++) {
		n++;
	}
	return n;
}

static void send_forecast(struct f1p_plugin *plugin, uint8_t published, double win)
{
	union {
		struct f1p_ev_forecast ev;
		uint64_t align;
	} u;
	const struct f1p_sink *sink = plugin->get_extension(plugin, F1P_EXT_SINK);

	memset(&u, 0, sizeof(u));
	u.ev.h = (struct f1p_event){.type = F1P_EV_FORECAST,
		.size = (uint32_t)(offsetof(struct f1p_ev_forecast, forecast.cars) + 2 * sizeof(struct f1p_car_forecast))};
	u.ev.published = published;
	u.ev.forecast.size = (uint32_t)(offsetof(struct f1p_forecast, cars) + 2 * sizeof(struct f1p_car_forecast));
	u.ev.forecast.n_cars = 2;
	u.ev.forecast.confidence = 0.75;
	u.ev.forecast.cars[0] = (struct f1p_car_forecast){.car = 1, .p_win = win, .p_podium = 1, .expected_position = 1.5};
	u.ev.forecast.cars[1] = (struct f1p_car_forecast){.car = 4, .p_win = 1 - win, .p_podium = 1, .expected_position = 1.5};
	assert_int_equal(sink->write(plugin, &u.ev.h, 1, u.ev.h.size), F1P_OK);
}

/* ---- tests */

static void health_and_race_are_there(void **state)
{
	f1p_status status;
	struct f1p_plugin *plugin = make((struct config){"/metrics", ""}, &status);
	const char *text;

	(void)state;
	assert_int_equal(status, F1P_OK);
	assert_string_equal(fake.path, "/metrics");
	text = scrape();
	assert_line(text, "f1pd_up 1");
	assert_line(text, "f1pd_data_age_seconds 1.5");
	assert_line(text, "f1pd_seq 4711");
	assert_line(text, "f1pd_speed 60");
	assert_line(text, "f1pd_simulated 1");
	assert_line(text, "f1pd_lap 12");
	assert_line(text, "f1pd_cars_running 1");
	assert_line(text, "f1pd_track_status{status=\"sc\"} 1");
	assert_line(text, "f1pd_track_status{status=\"clear\"} 0");
	assert_line(text, "f1pd_car_position{car=\"VER\"} 2");
	assert_null(strstr(text, "f1pd_paused")); /* not known */
	unmake(plugin);
	assert_null(fake.fn);
}

static void registry_is_shown_with_one_head_per_family(void **state)
{
	f1p_status status;
	struct f1p_plugin *plugin = make((struct config){"/metrics", ""}, &status);
	const char *text = scrape();

	(void)state;
	assert_line(text, "# HELP f1pd_events_total Events\\nby \\\\ instance");
	assert_line(text, "# TYPE f1pd_events_total counter");
	assert_int_equal(count_of(text, "# TYPE f1pd_events_total"), 1);
	assert_line(text, "f1pd_events_total{instance=\"a\"} 12");
	assert_line(text, "f1pd_events_total{instance=\"b\"} 0.5");
	assert_int_equal(count_of(text, "# TYPE f1pd_up gauge"), 1);
	assert_null(strstr(text, "bad name"));
	assert_int_equal(text[strlen(text) - 1], '\n');
	unmake(plugin);
}

static void histograms_end_with_inf_sum_and_count(void **state)
{
	f1p_status status;
	struct f1p_plugin *plugin = make((struct config){"/metrics", ""}, &status);
	const char *text = scrape();

	(void)state;
	assert_line(text, "f1pd_plugin_call_seconds_bucket{call=\"poll\",le=\"1e-05\"} 2");
	assert_line(text, "f1pd_plugin_call_seconds_bucket{call=\"poll\",le=\"0.1\"} 5");
	assert_line(text, "f1pd_plugin_call_seconds_bucket{call=\"poll\",le=\"+Inf\"} 7");
	assert_line(text, "f1pd_plugin_call_seconds_sum{call=\"poll\"} 3.25");
	assert_line(text, "f1pd_plugin_call_seconds_count{call=\"poll\"} 7");
	unmake(plugin);
}

static void send_header(struct f1p_plugin *plugin, uint16_t type, uint16_t space)
{
	const struct f1p_sink *sink = plugin->get_extension(plugin, F1P_EXT_SINK);
	const struct f1p_event ev = {.size = sizeof(ev), .type = type, .space = space};

	assert_int_equal(sink->write(plugin, &ev, 1, sizeof(ev)), F1P_OK);
}

static void each_topic_has_its_age(void **state)
{
	f1p_status status;
	struct f1p_plugin *plugin = make((struct config){"/metrics", ""}, &status);
	const char *text = scrape();

	(void)state;
	assert_null(strstr(text, "f1pd_topic_")); /* nothing came: no age, not an age of zero */
	fake.mono_ns = 10000000000;
	send_header(plugin, F1P_EV_HEARTBEAT, F1P_SPACE_CORE);
	send_header(plugin, F1P_EV_FEED_RESET, F1P_SPACE_CORE);
	fake.mono_ns = 12000000000;
	send_header(plugin, F1P_EV_HEARTBEAT, F1P_SPACE_CORE);
	send_header(plugin, F1P_EV_HEARTBEAT, F1P_SPACE_CORE + 1); /* another space: other meanings */
	send_header(plugin, F1P_EV_STATE, F1P_SPACE_CORE);	   /* of the host, no topic of a feed */
	fake.mono_ns = 12500000000;
	text = scrape();
	assert_line(text, "f1pd_topic_events_total{topic=\"heartbeat\"} 2");
	assert_line(text, "f1pd_topic_age_seconds{topic=\"heartbeat\"} 0.5");
	assert_line(text, "f1pd_topic_age_seconds{topic=\"feed_reset\"} 2.5");
	assert_int_equal(count_of(text, "# TYPE f1pd_topic_age_seconds gauge"), 1);
	assert_int_equal(count_of(text, "f1pd_topic_age_seconds{"), 2);
	unmake(plugin);
}

static void forecasts_are_shown_once_published(void **state)
{
	f1p_status status;
	struct f1p_plugin *plugin = make((struct config){"/metrics", ""}, &status);

	(void)state;
	send_forecast(plugin, 0, 0.9);
	assert_null(strstr(scrape(), "f1pd_car_win_probability"));
	send_forecast(plugin, 1, 0.625);
	assert_line(scrape(), "f1pd_car_win_probability{car=\"VER\"} 0.625");
	assert_line(body, "f1pd_car_expected_position{car=\"VER\"} 1.5");
	assert_line(body, "f1pd_forecast_confidence 0.75");
	unmake(plugin);
}

static void labels_are_escaped(void **state)
{
	f1p_status status;
	struct f1p_plugin *plugin = make((struct config){"/metrics", ""}, &status);
	char out[64], tight[12];

	(void)state;
	assert_line(scrape(), "f1pd_car_position{car=\"N\\\"R\"} 1");
	exposition_label(out, sizeof(out), "k", "a\\b\nc");
	assert_string_equal(out, "k=\"a\\\\b\\nc\"");
	exposition_label(tight, sizeof(tight), "k", "\"\"\"\"\"\"\"\"\"\"");
	assert_true(strlen(tight) < sizeof(tight));
	assert_int_equal(tight[strlen(tight) - 1], '"');
	unmake(plugin);
}

static void a_reset_forgets_the_forecast(void **state)
{
	f1p_status status;
	struct f1p_plugin *plugin = make((struct config){"/metrics", ""}, &status);
	const struct f1p_sink *sink = plugin->get_extension(plugin, F1P_EXT_SINK);
	struct f1p_event reset = {.size = sizeof(reset), .type = F1P_EV_FEED_RESET};

	(void)state;
	send_forecast(plugin, 1, 0.5);
	assert_int_equal(sink->write(plugin, &reset, 1, sizeof(reset)), F1P_OK);
	assert_null(strstr(scrape(), "f1pd_car_win_probability"));
	unmake(plugin);
}

static void odd_numbers_are_spelled_for_prometheus(void **state)
{
	struct exposition e;

	(void)state;
	exposition_init(&e);
	exposition_gauge(&e, "f1pd_x", "X", (double)NAN);
	exposition_sample(&e, "", "", (double)INFINITY);
	exposition_sample(&e, "", "", -(double)INFINITY);
	exposition_sample(&e, "", "", 1.0 / 3);
	assert_false(e.failed);
	assert_true(e.used > 0);
	e.text[e.used - 1] = '\0';
	assert_string_equal(
		e.text, "# HELP f1pd_x X\n# TYPE f1pd_x gauge\nf1pd_x NaN\nf1pd_x +Inf\nf1pd_x -Inf\nf1pd_x 0.33333333333333331");
	exposition_finish(&e);
}

static void a_text_file_is_replaced_as_a_whole(void **state)
{
	f1p_status status;
	char dir[] = "/tmp/f1pd-sink-metrics-XXXXXX", path[64], text[4096];
	struct f1p_plugin *plugin;
	FILE *file;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/f1pd.prom", dir);
	plugin = make((struct config){"", path}, &status);
	assert_int_equal(status, F1P_OK);
	assert_null(fake.fn);
	const struct f1p_sink *sink = plugin->get_extension(plugin, F1P_EXT_SINK);
	assert_int_equal(sink->flush(plugin), F1P_OK);
	assert_int_equal(sink->flush(plugin), F1P_OK);
	file = fopen(path, "re");
	assert_non_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	assert_line(text, "f1pd_seq 4711");
	unmake(plugin);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0); /* nothing else was left there */
}

static void a_text_file_that_cannot_be_written_warns_once(void **state)
{
	f1p_status status;
	struct f1p_plugin *plugin = make((struct config){"", "/nonexistent/f1pd.prom"}, &status);
	const struct f1p_sink *sink = plugin->get_extension(plugin, F1P_EXT_SINK);

	(void)state;
	assert_int_equal(sink->flush(plugin), F1P_OK);
	assert_int_equal(sink->flush(plugin), F1P_OK);
	assert_int_equal(fake.warnings, 1);
	assert_non_null(strstr(fake.log, "/nonexistent/f1pd.prom"));
	unmake(plugin);
}

static void a_taken_route_is_an_error_with_its_name(void **state)
{
	f1p_status status;
	struct f1p_plugin *plugin;

	(void)state;
	fake.taken = true;
	plugin = make((struct config){"/metrics", ""}, &status);
	assert_int_equal(status, F1P_EINVAL);
	assert_non_null(strstr(fake.failure, "/metrics"));
	unmake(plugin);
}

static void nothing_to_do_is_a_configuration_error(void **state)
{
	f1p_status status;
	struct f1p_plugin *plugin = make((struct config){"", ""}, &status);

	(void)state;
	assert_int_equal(status, F1P_ECONFIG);
	unmake(plugin);
	plugin = make((struct config){"metrics", ""}, &status);
	assert_int_equal(status, F1P_ECONFIG);
	unmake(plugin);
}

static void a_host_without_routes_is_told(void **state)
{
	f1p_status status;
	struct f1p_plugin *plugin;

	(void)state;
	fake.bare = true;
	plugin = make((struct config){"/metrics", ""}, &status);
	assert_int_equal(status, F1P_EUNSUPPORTED);
	unmake(plugin);
}

#define T(fn) cmocka_unit_test_setup(fn, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(health_and_race_are_there),
		T(registry_is_shown_with_one_head_per_family),
		T(histograms_end_with_inf_sum_and_count),
		T(each_topic_has_its_age),
		T(forecasts_are_shown_once_published),
		T(labels_are_escaped),
		T(a_reset_forgets_the_forecast),
		T(odd_numbers_are_spelled_for_prometheus),
		T(a_text_file_is_replaced_as_a_whole),
		T(a_text_file_that_cannot_be_written_warns_once),
		T(a_taken_route_is_an_error_with_its_name),
		T(nothing_to_do_is_a_configuration_error),
		T(a_host_without_routes_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

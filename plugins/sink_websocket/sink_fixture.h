/*
 * sink_fixture.h - for the tests of this sink: the plugin behind a fake host, and what one does with it over real sockets.
 */
#ifndef SINK_FIXTURE_H
#define SINK_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/stat.h>
#include <time.h>

#include "fake_host.h"
#include "helpers/json_reader.h"
#include "sink_websocket.h"
#include "socket_client.h"

extern const struct f1p_entry f1p_entry_v1;

#define TEXT_MAX (1 << 20)

struct fixture {
	struct fake_host host;
	struct f1p_plugin *plugin;
	const struct f1p_sink *sink;
	struct sink_config config;
	struct f1p_state *race;
	char dir[64];
	int port;
	char *text; /* of the last answer */
};

static inline void write_file(const char *dir, const char *name, const char *text)
{
	char path[160];
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static inline void remove_file(const char *dir, const char *name)
{
	char path[160];
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	unlink(path);
}

static inline void start(struct fixture *f)
{
	assert_int_equal(f->plugin->configure(f->plugin, &f->config), F1P_OK);
	if (f->plugin->start(f->plugin) != F1P_OK) {
		fail_msg("start: %s", f->host.reason);
	}
	f->port = ((struct sink *)f->plugin->impl)->port;
	assert_true(f->port > 0);
}

static inline int setup_stopped(void **arg)
{
	struct fixture *f = calloc(1, sizeof(*f));
	assert_non_null(f);
	f->text = malloc(TEXT_MAX);
	f->race = calloc(1, sizeof(*f->race));
	assert_non_null(f->text);
	assert_non_null(f->race);
	fake_host_init(&f->host);
	fake_race(f->race, 20);
	snprintf(f->dir, sizeof(f->dir), "/tmp/f1pd-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	write_file(f->dir, "index.html", "<!doctype html><title>page</title>");
	write_file(f->dir, "app.js", "export {};");
	write_file(f->dir, "secret.ini", "password");
	f->plugin = f1p_entry_v1.create(&f->host.host, "sink_websocket");
	assert_non_null(f->plugin);
	assert_int_equal(f->plugin->init(f->plugin), F1P_OK);
	f->sink = f->plugin->get_extension(f->plugin, F1P_EXT_SINK);
	assert_non_null(f->sink);
	f->config = (struct sink_config){.bind = "127.0.0.1",
		.port = 0,
		.page_dir = f->dir,
		.chart_js = "",
		.max_clients = 50,
		.stale_after = 30000,
		.update_every = 20,
		.slow_client = 30000,
		.compress = true,
		.replay_control = true};
	*arg = f;
	return 0;
}

static inline int setup(void **arg)
{
	setup_stopped(arg);
	start(*arg);
	return 0;
}

static inline int teardown(void **arg)
{
	struct fixture *f = *arg;
	f->plugin->stop(f->plugin);
	f->plugin->destroy(f->plugin);
	int threads = f->host.threads_alive, states = f->host.states_alive - (f->host.current ? 1 : 0);
	fake_host_finish(&f->host);
	remove_file(f->dir, "index.html");
	remove_file(f->dir, "app.js");
	remove_file(f->dir, "secret.ini");
	rmdir(f->dir);
	free(f->race);
	free(f->text);
	free(f);
	assert_int_equal(threads, 0); /* whatever the test did */
	assert_int_equal(states, 0);
	return 0;
}

static inline void nap(int ms)
{
	struct timespec ts = {ms / 1000, (long)(ms % 1000) * 1000000};
	nanosleep(&ts, NULL);
}

/* Publishes the race as it is now and tells the sink. */
static inline void publish(struct fixture *f)
{
	struct f1p_event e = {.size = sizeof(e), .type = F1P_EV_STATE, .seq = ++f->race->seq, .flags = F1P_EVF_SIMULATED};
	f->race->t_event_ns += 1000000000;
	fake_publish(&f->host, f->race);
	assert_int_equal(f->sink->write(f->plugin, &e, 1, sizeof(e)), F1P_OK);
}

static inline void publish_forecast(struct fixture *f, uint16_t lap, double p_first)
{
	struct f1p_ev_forecast *ev = calloc(1, sizeof(*ev));
	assert_non_null(ev);
	ev->h = (struct f1p_event){
		.type = F1P_EV_FORECAST, .seq = ++f->race->seq, .flags = F1P_EVF_SIMULATED, .t_event_ns = f->race->t_event_ns};
	ev->h.size = (uint32_t)(offsetof(struct f1p_ev_forecast, forecast) + offsetof(struct f1p_forecast, cars) +
				2 * sizeof(struct f1p_car_forecast));
	ev->published = 1;
	ev->lap = lap;
	ev->trigger = F1P_TRIGGER_LAP;
	ev->forecast = (struct f1p_forecast){.n_cars = 2, .confidence = 0.5, .trend = F1P_TREND_STABLE, .runs = 1000};
	ev->forecast.cars[0] = (struct f1p_car_forecast){.car = 1, .p_win = p_first, .p_podium = 1};
	ev->forecast.cars[1] = (struct f1p_car_forecast){.car = 2, .p_win = 1 - p_first, .p_podium = 1};
	assert_int_equal(f->sink->write(f->plugin, &ev->h, 1, ev->h.size), F1P_OK);
	free(ev);
}

static inline void publish_message(struct fixture *f, const char *text)
{
	struct f1p_ev_race_control ev = {.h = {.size = sizeof(ev),
						 .type = F1P_EV_RACE_CONTROL,
						 .seq = ++f->race->seq,
						 .flags = F1P_EVF_SIMULATED,
						 .t_event_ns = f->race->t_event_ns},
		.lap = 10,
		.category = F1P_RC_FLAG,
		.flag = F1P_FLAG_YELLOW,
		.scope = F1P_SCOPE_SECTOR,
		.sector = 2,
		.mode = F1P_MODE_NONE,
		.status = F1P_RCS_NONE};
	snprintf(ev.text, sizeof(ev.text), "%s", text);
	assert_int_equal(f->sink->write(f->plugin, &ev.h, 1, sizeof(ev)), F1P_OK);
}

static inline int get(struct fixture *f, const char *path)
{
	return client_request(f->port, "GET", path, NULL, f->text, TEXT_MAX);
}

/* Asks until the answer has the text: the web thread works on its own. */
static inline void get_until(struct fixture *f, const char *path, const char *part)
{
	for (int i = 0; i < 200; i++) {
		get(f, path);
		if (strstr(f->text, part)) {
			return;
		}
		nap(20);
	}
	fail_msg("%s never had %s: %s", path, part, f->text);
}

static inline void assert_has(struct fixture *f, const char *part)
{
	if (!strstr(f->text, part)) {
		fail_msg("%s is missing in %.2000s", part, f->text);
	}
}

static inline void assert_lacks(struct fixture *f, const char *part)
{
	if (strstr(f->text, part)) {
		fail_msg("%s should not be in %.2000s", part, f->text);
	}
}

static inline void assert_json(const char *text, size_t n)
{
	static const struct f1p_json_handler check = {0};
	char err[128];
	if (f1p_json_read(&check, NULL, text, n, err, sizeof(err)) != F1P_OK) {
		fail_msg("not JSON: %s: %.500s", err, text);
	}
}

static inline int open_socket(struct fixture *f, const char *path)
{
	int status;
	int fd = client_upgrade(f->port, path, "", &status);
	if (fd < 0) {
		fail_msg("upgrade of %s: status %d", path, status);
	}
	return fd;
}

/* The next message of this type; others are passed over. */
static inline void next_message(struct fixture *f, int fd, const char *type)
{
	char want[48];
	size_t n = 0;
	snprintf(want, sizeof(want), "{\"type\":\"%s\"", type);
	for (int i = 0; i < 100; i++) {
		int opcode = client_frame(fd, f->text, TEXT_MAX, &n, CLIENT_WAIT_MS);
		if (opcode == 9) {
			continue;
		}
		if (opcode != 1) {
			fail_msg("no %s message; opcode %d", type, opcode);
		}
		assert_json(f->text, n);
		if (strncmp(f->text, want, strlen(want)) == 0) {
			return;
		}
	}
	fail_msg("no %s message among 100", type);
}

static inline unsigned long long seq_of(const char *text)
{
	const char *at = strstr(text, "\"seq\":");
	return at ? strtoull(at + 6, NULL, 10) : 0;
}

#define RUNNING(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define STOPPED(name) cmocka_unit_test_setup_teardown(name, setup_stopped, teardown)

#endif

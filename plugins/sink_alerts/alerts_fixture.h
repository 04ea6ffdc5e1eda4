/*
 * alerts_fixture.h - for tests: the plugin on a fake host, a race of two cars, and what a user may ask.
 */
#ifndef ALERTS_FIXTURE_H
#define ALERTS_FIXTURE_H

#include <fake_host.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern const struct f1p_entry f1p_entry_v1;

#define S_NS INT64_C(1000000000)
#define SUBSCRIPTIONS "/api/v1/subscriptions"
#define ANY F1P_UNKNOWN_NS
#define BOTH (F1P_SCOPE_READ | F1P_SCOPE_CONTROL)

struct rig {
	struct fake_host *fake;
	struct f1p_plugin *plugin;
	struct f1p_state *state;
	struct f1p_ev_forecast forecast;
	char dir[64], text[65536];
	uint64_t seq;
};

static inline void begin_state(struct rig *r)
{
	struct f1p_state *s = r->state;

	*s = (struct f1p_state){.size = sizeof(*s),
		.type = F1P_SESSION_RACE,
		.status = F1P_STATUS_STARTED,
		.track = F1P_TRACK_CLEAR,
		.session_key = 77,
		.lap = 12,
		.total_laps = 57,
		.n_cars = 2,
		.name = "Race",
		.meeting = "Example Grand Prix"};
	s->weather.rain = F1P_NO;
	for (uint16_t i = 0; i < 2; i++) {
		snprintf(s->cars[i].code, 8, "%s", i ? "NOR" : "VER");
		s->cars[i].number = i ? 4 : 1;
		s->cars[i].position = i + 1;
		s->cars[i].in_pit = s->cars[i].retired = F1P_NO;
	}
}

static inline void start(struct rig *r, const char *options)
{
	r->plugin = fake_start(r->fake, &f1p_entry_v1, "sink_alerts", options);
	if (!r->plugin) {
		print_message("%s\n", r->fake->reason);
	}
	assert_non_null(r->plugin);
}

static inline int set_up(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));

	r->fake = fake_host_create("sink-alerts");
	r->state = calloc(1, sizeof(*r->state));
	begin_state(r);
	r->fake->state = r->state;
	snprintf(r->dir, sizeof(r->dir), "%s/f1pd-alerts-XXXXXX", P_tmpdir);
	assert_non_null(mkdtemp(r->dir));
	r->fake->data_dir = r->dir;
	start(r, NULL);
	*state = r;
	return 0;
}

static inline void remove_files(const char *dir)
{
	static const char *const names[] = {"sink-alerts.json", "sink-alerts.json.bad"};
	char path[128];

	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	assert_int_equal(rmdir(dir), 0); /* nothing half-done is left */
}

static inline int tear_down(void **state)
{
	struct rig *r = *state;

	fake_stop(r->fake, r->plugin);
	fake_host_destroy(r->fake);
	remove_files(r->dir);
	free(r->state);
	free(r);
	return 0;
}

/* ------------------------------------------------------------------ what a user does */

static inline uint32_t ask(struct rig *r, uint32_t method, const char *path, const char *body)
{
	return fake_ask(r->fake, method, path, NULL, body, BOTH, ANY, r->text, sizeof(r->text));
}

static inline void subscribe(struct rig *r, const char *body)
{
	uint32_t status = ask(r, F1P_POST, SUBSCRIPTIONS, body);

	if (status != 201) {
		fail_msg("%u %s", status, r->text);
	}
}

static inline bool says(const struct rig *r, const char *part)
{
	return strstr(r->text, part) != NULL;
}

static inline unsigned count(const char *text, const char *part)
{
	unsigned n = 0;

	for (; (text = strstr(text, part)) != NULL; text++) {
		n++;
	}
	return n;
}

static inline unsigned n_alerts(struct rig *r)
{
	assert_int_equal(ask(r, F1P_GET, "/api/v1/alerts", NULL), 200);
	return count(r->text, "\"kind\":\"alert\"");
}

/* ------------------------------------------------------------------ what happens */

static inline const struct f1p_sink *sink_of(struct rig *r)
{
	return r->plugin->get_extension(r->plugin, F1P_EXT_SINK);
}

static inline void event(struct rig *r, uint16_t type, void *ev, size_t size, uint32_t flags)
{
	*(struct f1p_event *)ev = (struct f1p_event){
		.size = (uint32_t)size, .type = type, .flags = flags, .seq = ++r->seq, .t_event_ns = r->fake->now_ns};
	assert_int_equal(sink_of(r)->write(r->plugin, ev, 1, size), F1P_OK);
}

static inline void later(struct rig *r, int64_t s)
{
	r->fake->now_ns += s * S_NS;
}

static inline void publish(struct rig *r)
{
	struct f1p_event mark;

	r->state->seq = r->seq + 1;
	r->state->t_event_ns = r->fake->now_ns;
	event(r, F1P_EV_STATE, &mark, sizeof(mark), 0);
}

static inline void track(struct rig *r, int64_t after_s, uint8_t status)
{
	later(r, after_s);
	r->state->track = status;
	publish(r);
}

static inline void win(struct rig *r, int64_t after_s, double percent)
{
	size_t size = offsetof(struct f1p_ev_forecast, forecast) + offsetof(struct f1p_forecast, cars) +
		      2 * sizeof(struct f1p_car_forecast);

	later(r, after_s);
	r->forecast.published = 1;
	r->forecast.forecast.n_cars = 2;
	r->forecast.forecast.cars[0].car = 1;
	r->forecast.forecast.cars[0].p_win = percent / 100;
	r->forecast.forecast.cars[1].car = 4;
	event(r, F1P_EV_FORECAST, &r->forecast, size, 0);
}

static inline void flush(struct rig *r, int64_t after_s)
{
	later(r, after_s);
	assert_int_equal(sink_of(r)->flush(r->plugin), F1P_OK);
}

static inline struct fake_post *posted(struct rig *r)
{
	struct fake_post *p = fake_posted(r->fake);

	assert_non_null(p);
	return p;
}

#define HOOK "\"webhook\":\"https://example.org/hook/path-secret?q=query-secret\""
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

#endif

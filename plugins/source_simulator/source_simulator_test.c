/* source_simulator_test.c - the plugin through its ABI: a host that owns the clock, option table, looped races. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <f1pd/f1pd.h>

#include "simulator.h"

extern const struct f1p_entry f1p_entry_v1;

struct rig {
	struct f1p_host host;
	struct f1p_bus bus;
	struct f1p_plugin *plugin;
	const struct f1p_source *source;
	const struct f1p_descriptor *descriptor;
	_Alignas(8) uint8_t config[4096];
	char reason[256];
	uint64_t events, hash, resets;
	int64_t t_last, now;
	uint32_t last_flags;
	int backwards, early;
};

static struct rig *rig_of(const struct f1p_host *host)
{
	return host->impl;
}

static void host_log(const struct f1p_host *host, int level, const char *fmt, ...)
{
	(void)host;
	(void)level;
	(void)fmt;
}

static f1p_status host_fail(const struct f1p_host *host, f1p_status status, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(rig_of(host)->reason, sizeof(rig_of(host)->reason), fmt, ap);
	va_end(ap);
	return status;
}

static const void *host_extension(const struct f1p_host *host, const char *id)
{
	return strcmp(id, F1P_EXT_BUS) == 0 ? &rig_of(host)->bus : NULL;
}

static f1p_status bus_emit(const struct f1p_host *host, const struct f1p_event *e)
{
	struct rig *r = rig_of(host);
	const uint8_t *p = (const uint8_t *)e;
	r->events++;
	r->backwards += e->t_event_ns < r->t_last;
	r->early += e->t_event_ns > r->now;
	r->t_last = e->t_event_ns;
	r->last_flags = e->flags;
	r->resets += e->type == F1P_EV_FEED_RESET;
	for (uint32_t i = 0; i < e->size; i++) {
		r->hash = (r->hash ^ p[i]) * UINT64_C(1099511628211);
	}
	return F1P_OK;
}

/* What a host does with the table: the default, or the given text, into the plugin's struct. */
static void set_option(struct rig *r, const struct f1p_cfg_item *item, const char *text)
{
	void *at = r->config + item->offset;
	if (item->type == F1P_CFG_INT) {
		int64_t v = strtoll(text, NULL, 10);
		memcpy(at, &v, sizeof(v));
	} else if (item->type == F1P_CFG_DOUBLE) {
		double v = strtod(text, NULL);
		memcpy(at, &v, sizeof(v));
	} else if (item->type == F1P_CFG_BOOL) {
		bool v = strcmp(text, "yes") == 0;
		memcpy(at, &v, sizeof(v));
	} else {
		memcpy(at, &text, sizeof(text));
	}
}

static void option(struct rig *r, const char *name, const char *text)
{
	for (uint32_t i = 0; i < r->descriptor->config_count; i++) {
		if (strcmp(r->descriptor->config[i].name, name) == 0) {
			set_option(r, &r->descriptor->config[i], text);
			return;
		}
	}
	fail_msg("no option %s", name);
}

static struct rig *new_rig(void)
{
	struct rig *r = calloc(1, sizeof(*r));
	assert_non_null(r);
	r->host = (struct f1p_host){ .size = sizeof(r->host), .abi_major = F1P_ABI_MAJOR, .abi_minor = F1P_ABI_MINOR, .impl = r,
		.instance = "test", .log = host_log, .fail = host_fail, .get_extension = host_extension };
	r->bus = (struct f1p_bus){ .size = sizeof(r->bus), .emit = bus_emit };
	r->descriptor = f1p_entry_v1.descriptor(0);
	assert_true(r->descriptor->config_size <= sizeof(r->config));
	for (uint32_t i = 0; i < r->descriptor->config_count; i++) {
		set_option(r, &r->descriptor->config[i], r->descriptor->config[i].def);
	}
	option(r, "laps", "4");
	r->plugin = f1p_entry_v1.create(&r->host, "source_simulator");
	assert_non_null(r->plugin);
	assert_int_equal(r->plugin->init(r->plugin), F1P_OK);
	r->source = r->plugin->get_extension(r->plugin, F1P_EXT_SOURCE);
	assert_non_null(r->source);
	return r;
}

static void start(struct rig *r)
{
	assert_int_equal(r->plugin->configure(r->plugin, r->config), F1P_OK);
	assert_int_equal(r->plugin->start(r->plugin), F1P_OK);
	r->hash = UINT64_C(14695981039346656037);
	r->events = r->resets = 0;
	r->t_last = r->now = INT64_MIN;
}

static void free_rig(struct rig *r)
{
	r->plugin->stop(r->plugin);
	r->plugin->stop(r->plugin);
	r->plugin->destroy(r->plugin);
	free(r);
}

/* Plays as a paced host does, in steps, until the end or until so many events came. */
static f1p_status play(struct rig *r, uint32_t at_once, uint64_t events)
{
	int64_t due;
	f1p_status status = r->source->poll(r->plugin, F1P_UNKNOWN_NS, at_once, &due);
	while (status == F1P_OK && r->events < events) {
		r->now = due > r->now ? due : r->now;
		status = r->source->poll(r->plugin, r->now, at_once, &due);
		assert_true(status != F1P_OK || (r->last_flags & F1P_EVF_MORE) == 0);
	}
	return status;
}

static void the_entry_declares_one_paced_deterministic_simulated_source(void **state)
{
	(void)state;
	struct rig *r = new_rig();
	assert_int_equal(f1p_entry_v1.count, 1);
	assert_null(f1p_entry_v1.descriptor(1));
	assert_null(f1p_entry_v1.create(&r->host, "source_other"));
	assert_int_equal(r->descriptor->kinds, F1P_KIND_SOURCE);
	assert_string_equal(r->descriptor->id, "source_simulator");
	assert_int_equal(r->source->flags, F1P_SOURCE_PACED | F1P_SOURCE_DETERMINISTIC | F1P_SOURCE_SIMULATED);
	assert_null(r->plugin->get_extension(r->plugin, "f1p.unknown/1"));
	free_rig(r);
}

static void every_number_has_a_range_that_holds_its_default(void **state)
{
	(void)state;
	const struct f1p_descriptor *d = f1p_entry_v1.descriptor(0);
	for (uint32_t i = 0; i < d->config_count; i++) {
		const struct f1p_cfg_item *item = &d->config[i];
		assert_true(item->help[0] != '\0');
		if (item->type == F1P_CFG_INT || item->type == F1P_CFG_DOUBLE) {
			assert_non_null(item->min);
			assert_non_null(item->max);
			assert_true(strtod(item->min, NULL) <= strtod(item->def, NULL));
			assert_true(strtod(item->def, NULL) <= strtod(item->max, NULL));
		}
		if (item->type == F1P_CFG_ENUM) {
			assert_non_null(strstr(item->choices, item->def));
		}
	}
}

/* The table refuses what the simulator would: both ends of each range give a race, a step beyond does not. */
static void the_ranges_of_the_table_are_those_of_the_simulator(void **state)
{
	(void)state;
	struct rig *r = new_rig();
	for (uint32_t i = 0; i < r->descriptor->config_count; i++) {
		const struct f1p_cfg_item *item = &r->descriptor->config[i];
		if (item->type != F1P_CFG_INT && item->type != F1P_CFG_DOUBLE) {
			continue;
		}
		const char *ends[] = { item->min, item->max };
		for (int end = 0; end < 2; end++) {
			set_option(r, item, ends[end]);
			start(r);
			r->plugin->stop(r->plugin);
			char beyond[32];
			(void)snprintf(beyond, sizeof(beyond), "%.0f", strtod(ends[end], NULL) + (end ? 1 : -1));
			set_option(r, item, beyond);
			assert_int_equal(r->plugin->configure(r->plugin, r->config), F1P_OK);
			bool seed = strcmp(item->name, "seed") == 0;
			assert_true(seed || r->plugin->start(r->plugin) != F1P_OK);
		}
		set_option(r, item, item->def);
	}
	free_rig(r);
}

static void the_first_poll_tells_when_and_emits_nothing(void **state)
{
	(void)state;
	struct rig *r = new_rig();
	start(r);
	int64_t due = 0;
	assert_int_equal(r->source->poll(r->plugin, F1P_UNKNOWN_NS, 100, &due), F1P_OK);
	assert_int_equal(r->events, 0);
	assert_true(due == (INT64_C(1893506400) - 60) * 1000000000); /* a minute before 2030-01-01T14:00:00Z */
	assert_int_equal(r->source->poll(r->plugin, due - 1, 100, &due), F1P_OK);
	assert_int_equal(r->events, 0);
	free_rig(r);
}

static void the_pace_of_the_host_does_not_change_the_events(void **state)
{
	(void)state;
	struct rig *r = new_rig();
	start(r);
	assert_int_equal(play(r, 1000, UINT64_MAX), F1P_END);
	uint64_t hash = r->hash, events = r->events;
	assert_int_equal(r->backwards + r->early, 0);
	assert_true(events > 3000);
	start(r);
	assert_int_equal(play(r, 1, UINT64_MAX), F1P_END);
	assert_true(r->hash == hash && r->events == events);
	start(r);
	int64_t due;
	r->now = INT64_MAX - 1;
	assert_int_equal(r->source->poll(r->plugin, r->now, UINT32_MAX, &due), F1P_END);
	assert_true(r->hash == hash && r->events == events);
	free_rig(r);
}

static void a_poll_stops_after_about_max_events(void **state)
{
	(void)state;
	struct rig *r = new_rig();
	start(r);
	int64_t due;
	r->now = INT64_MAX - 1;
	assert_int_equal(r->source->poll(r->plugin, r->now, 5, &due), F1P_OK);
	assert_true(r->events >= 5 && r->events < 400); /* the opening snapshot is one record */
	assert_true((r->last_flags & F1P_EVF_MORE) == 0);
	assert_true(due < r->now);
	free_rig(r);
}

static void a_loop_resets_the_feed_and_goes_on_with_another_race(void **state)
{
	(void)state;
	struct rig *r = new_rig();
	start(r);
	assert_int_equal(play(r, 100, UINT64_MAX), F1P_END);
	uint64_t one = r->events, hash = r->hash;
	int64_t end = r->t_last;
	option(r, "loop", "yes");
	start(r);
	assert_int_equal(play(r, 1, one), F1P_OK);
	assert_true(r->hash == hash);
	assert_int_equal(r->resets, 0);
	assert_int_equal(play(r, 1, one + 1), F1P_OK);
	assert_int_equal(r->resets, 1);
	assert_true(r->t_last == end + INT64_C(30000000000));
	assert_int_equal(play(r, 100, one * 3), F1P_OK);
	assert_true(r->resets >= 2);
	assert_int_equal(r->backwards, 0);
	r->plugin->stop(r->plugin);
	start(r); /* the same configuration gives the same events again */
	assert_int_equal(play(r, 1, one), F1P_OK);
	assert_true(r->hash == hash);
	free_rig(r);
}

static void the_start_time_is_read_strictly(void **state)
{
	(void)state;
	struct rig *r = new_rig();
	const char *const bad[] = { "", "now", "2030-01-01", "2030-01-01T14:00:00", "2030-13-01T14:00:00Z", "2030-02-29T14:00:00Z",
		"2030-01-01T24:00:00Z", "1066-10-14T09:00:00Z", "2030-01-01T14:00:00Zx", "2030-01-01 14:00:00Z", "20300-01-01T14:00:00Z" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		option(r, "start_utc", bad[i]);
		r->reason[0] = '\0';
		assert_int_equal(r->plugin->configure(r->plugin, r->config), F1P_ECONFIG);
		assert_non_null(strstr(r->reason, "start_utc"));
	}
	option(r, "start_utc", "2028-02-29T23:59:59Z");
	option(r, "pre_start_s", "0");
	start(r);
	int64_t due;
	assert_int_equal(r->source->poll(r->plugin, F1P_UNKNOWN_NS, 1, &due), F1P_OK);
	assert_true(due == INT64_C(1835481599) * 1000000000);
	free_rig(r);
}

static void options_reach_the_race(void **state)
{
	(void)state;
	struct rig *r = new_rig();
	option(r, "laps", "12");
	start(r);
	(void)play(r, 100, UINT64_MAX);
	uint64_t plain = r->hash;
	const char *const changes[][2] = { { "seed", "2" }, { "cars", "22" }, { "laps", "5" }, { "lap_time_s", "87.5" }, { "pit_loss_s", "23" },
		{ "rain", "yes" }, { "safety_car", "yes" }, { "red_flag", "yes" }, { "session", "sprint" }, { "rate", "2" }, { "pre_start_s", "61" } };
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct rig *other = new_rig();
		option(other, "laps", "12");
		option(other, changes[i][0], changes[i][1]);
		start(other);
		assert_int_equal(play(other, 100, UINT64_MAX), F1P_END);
		bool same = other->hash == plain;
		free_rig(other);
		if (same) {
			fail_msg("%s = %s changes nothing", changes[i][0], changes[i][1]);
		}
	}
	free_rig(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_entry_declares_one_paced_deterministic_simulated_source),
		cmocka_unit_test(every_number_has_a_range_that_holds_its_default),
		cmocka_unit_test(the_ranges_of_the_table_are_those_of_the_simulator),
		cmocka_unit_test(the_first_poll_tells_when_and_emits_nothing),
		cmocka_unit_test(the_pace_of_the_host_does_not_change_the_events),
		cmocka_unit_test(a_poll_stops_after_about_max_events),
		cmocka_unit_test(a_loop_resets_the_feed_and_goes_on_with_another_race),
		cmocka_unit_test(the_start_time_is_read_strictly),
		cmocka_unit_test(options_reach_the_race),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

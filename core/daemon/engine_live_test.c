/*
 * engine_live_test.c - live sources through the whole pipeline: what is in the journal gives the same race again, a restart raises
 * nothing false, corrections stand behind what corrects, and no forecast of an old race comes out in a new one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/temp_folder_fixture.h"
#include "daemon/engine_fixture.h"
#include "race/data_kind.h"
#include "race/retell.h"

#define OTHER 2

static struct rig rig;
static char path[256], aside_path[256];
static int asides;

static int make_folder(void **state)
{
	if (temp_folder_make(state) != 0)
		return -1;
	snprintf(path, sizeof(path), "%s/race.f1j", temp_folder);
	snprintf(aside_path, sizeof(aside_path), "%s/aside.f1j", temp_folder);
	return 0;
}

static bool on_aside(void *arg, char *out, size_t out_size, char *err, size_t err_size)
{
	(void)arg, (void)err, (void)err_size;
	asides++;
	snprintf(out, out_size, "%s", aside_path);
	return true;
}

/* Two live sources: RIG_SOURCE is the better one. */
static struct rig *open_rig(bool anew)
{
	struct arbiter_prefs prefs = arbiter_default_prefs;

	if (anew)
		unlink(path);
	asides = 0;
	rig_init(&rig);
	rig.opt.journal_path = path;
	rig.opt.aside = on_aside;
	rig.opt.wait = false;
	assert_true(rig_start(&rig, 0));
	engine_add_source(rig.engine, OTHER, 0);
	prefs.priority = 90;
	engine_prefer(rig.engine, RIG_SOURCE, "source-first", &prefs);
	prefs.priority = 40;
	engine_prefer(rig.engine, OTHER, "source-second", &prefs);
	return &rig;
}

static f1p_status say(struct rig *r, uint32_t id, void *event, uint16_t type, size_t size, uint32_t flags)
{
	struct f1p_event *h = event;

	h->size = (uint32_t)size;
	h->type = type;
	h->flags = flags;
	h->t_event_ns = r->at_ns;
	vclock_set(&r->clock, r->at_ns);
	return engine_emit(r->engine, id, h);
}

static void pass(struct rig *r, double s)
{
	int64_t to = r->at_ns + (int64_t)(s * 1e9);

	while (r->at_ns < to) {
		r->at_ns += SECOND_NS / 20;
		vclock_set(&r->clock, r->at_ns);
		engine_tick(r->engine, r->at_ns);
	}
}

static void say_lap(struct rig *r, uint32_t id, uint16_t car, int32_t laps, int32_t last_ms)
{
	struct f1p_ev_car_lap e = {.mask = F1P_LAP_NUMBER | F1P_LAP_LAST, .car = car, .laps = laps, .last_ms = last_ms};

	assert_int_equal(say(r, id, &e, F1P_EV_CAR_LAP, sizeof(e), 0), F1P_OK);
}

static void say_count(struct rig *r, uint32_t id, int32_t lap)
{
	struct f1p_ev_lap_count e = {.mask = F1P_LAPS_CURRENT | F1P_LAPS_TOTAL, .current = lap, .total = 50};

	assert_int_equal(say(r, id, &e, F1P_EV_LAP_COUNT, sizeof(e), 0), F1P_OK);
}

static void say_value(struct rig *r, uint32_t id, uint16_t type, int32_t value)
{
	struct f1p_ev_value e = {.value = value};

	assert_int_equal(say(r, id, &e, type, sizeof(e), 0), F1P_OK);
}

static void say_start(struct rig *r, uint32_t id)
{
	struct f1p_ev_session e = {.session_key = 77, .year = 2031, .type = F1P_SESSION_RACE, .t_start_ns = T0_NS,
		.t_end_ns = F1P_UNKNOWN_NS, .name = "Race", .circuit = "Testring"};

	assert_int_equal(say(r, id, &e, F1P_EV_SESSION, sizeof(e), F1P_EVF_MORE), F1P_OK);
	for (uint16_t car = 1; car <= 4; car++) {
		struct f1p_ev_car_value p = {.car = car, .value = car};
		assert_int_equal(say(r, id, &p, F1P_EV_CAR_POSITION, sizeof(p), F1P_EVF_MORE), F1P_OK);
	}
	say_value(r, id, F1P_EV_TRACK_STATUS, F1P_TRACK_CLEAR);
	say_value(r, id, F1P_EV_SESSION_STATUS, F1P_STATUS_STARTED);
	say_count(r, id, 1);
}

static void say_laps(struct rig *r, uint32_t id, int from, int to)
{
	for (int lap = from; lap <= to; lap++) {
		pass(r, 3);
		for (uint16_t car = 1; car <= 4; car++)
			say_lap(r, id, car, lap, 89000 + car);
		say_count(r, id, lap + 1);
		rig_settle(r);
	}
}

static void both_laps(struct rig *r, int from, int to)
{
	for (int lap = from; lap <= to; lap++) {
		pass(r, 3);
		for (uint16_t car = 1; car <= 4; car++) {
			say_lap(r, RIG_SOURCE, car, lap, 89000 + car);
			say_lap(r, OTHER, car, lap, 89000 + car);
		}
		say_count(r, RIG_SOURCE, lap + 1);
		say_count(r, OTHER, lap + 1);
		rig_settle(r);
	}
}

static size_t count(const struct rig *r, uint16_t type)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		n += r->notes[i].h.type == type;
	return n;
}

struct gap_tally {
	int lines, lost, other;
};

static void on_gap(void *arg, const struct f1p_ev_gap *line)
{
	struct gap_tally *t = arg;

	t->lines++;
	t->lost += line->how == F1P_GAP_LOST;
	t->other += line->how == F1P_GAP_OTHER_SOURCE;
}

static struct gap_tally gaps(struct rig *r)
{
	struct gap_tally t = {0};

	engine_visit_gaps(r->engine, on_gap, &t);
	return t;
}

/* ---- failover ---- */

static void test_forecasts_go_on_when_the_primary_dies(void **state)
{
	struct rig *r = open_rig(true);
	struct engine_source_view first, second;

	(void)state;
	say_start(r, RIG_SOURCE);
	say_start(r, OTHER);
	both_laps(r, 1, 3);
	size_t before = count(r, F1P_EV_FORECAST);
	assert_true(before >= 3);
	say_laps(r, OTHER, 4, 8); /* 15 s: the first is silent */
	assert_true(count(r, F1P_EV_FORECAST) >= before + 3);
	assert_int_equal(engine_state(r->engine)->lap, 9);
	assert_int_equal(engine_state(r->engine)->cars[0].laps, 8);
	for (int lap = 0; lap < 8; lap++)
		assert_int_equal(engine_state(r->engine)->cars[0].history[lap].time_ms, 89001);
	engine_source_view(r->engine, RIG_SOURCE, &first);
	engine_source_view(r->engine, OTHER, &second);
	assert_false(first.alive);
	assert_true(second.alive);
	assert_int_equal(first.active_kinds, 0);
	assert_true(second.active_kinds & 1u << F1P_DATA_LAPS);
	assert_true(second.shadowed > 10);
	assert_int_equal(gaps(r).other, 1);
	rig_finish(r);
}

static void test_the_journal_of_a_live_run_gives_the_same_race(void **state)
{
	struct rig *r = open_rig(true);
	struct engine_report live, again;
	struct gap_tally before, after;

	(void)state;
	say_start(r, RIG_SOURCE);
	say_start(r, OTHER);
	both_laps(r, 1, 3);
	say_laps(r, OTHER, 4, 8);  /* a switch */
	both_laps(r, 9, 14);       /* and back */
	say_laps(r, RIG_SOURCE, 15, 16);
	engine_report(r->engine, &live, true);
	before = gaps(r);
	assert_true(count(r, F1P_EV_SOURCE_CHOICE) >= 6);
	rig_finish(r);
	r = open_rig(false);
	engine_report(r->engine, &again, true);
	after = gaps(r);
	assert_int_equal(again.seq, live.seq);
	assert_string_equal(again.state_sha256, live.state_sha256);
	assert_string_equal(again.forecast_sha256, live.forecast_sha256);
	assert_int_equal(after.lines, before.lines);
	assert_int_equal(after.other, before.other);
	assert_int_equal(engine_state(r->engine)->origins[F1P_DATA_LAPS].source_id, RIG_SOURCE);
	rig_finish(r);
}

/* ---- restart ---- */

static void on_snapshot_event(void *arg, struct f1p_event *ev)
{
	struct rig *r = arg;
	uint64_t block[F1P_EVENT_MAX / 8];

	if (ev->type == F1P_EV_LAP_RECORD)
		return;
	memcpy(block, ev, ev->size);
	assert_int_equal(say(r, RIG_SOURCE, block, ev->type, ev->size, F1P_EVF_SNAPSHOT | F1P_EVF_MORE), F1P_OK);
}

static void say_snapshot(struct rig *r, const struct f1p_state *st)
{
	struct f1p_event e = {0};
	struct f1p_state *copy = malloc(sizeof(*copy));

	memcpy(copy, st, sizeof(*copy));
	assert_int_equal(say(r, RIG_SOURCE, &e, F1P_EV_FEED_RESET, sizeof(e), F1P_EVF_SNAPSHOT | F1P_EVF_MORE), F1P_OK);
	race_retell(copy, ALL_KINDS, 0, on_snapshot_event, r);
	assert_int_equal(say(r, RIG_SOURCE, &e, F1P_EV_HEARTBEAT, sizeof(e), F1P_EVF_SNAPSHOT), F1P_OK);
	free(copy);
}

static void test_a_restart_in_mid_race_raises_nothing_false(void **state)
{
	struct rig *r = open_rig(true);
	int64_t at;

	(void)state;
	say_start(r, RIG_SOURCE);
	say_laps(r, RIG_SOURCE, 1, 5);
	at = r->at_ns;
	rig_finish(r);
	r = open_rig(false);
	r->at_ns = at + 10 * SECOND_NS;
	rig_settle(r);
	r->n = 0;
	say_snapshot(r, engine_state(r->engine));
	engine_flush(r->engine, true);
	for (size_t i = 0; i < r->n; i++)
		assert_true(r->notes[i].h.type == F1P_EV_GAP || r->notes[i].h.type == F1P_EV_STATE);
	assert_int_equal(gaps(r).lines, 1); /* nobody listened for a while */
	assert_int_equal(asides, 0);
	say_laps(r, RIG_SOURCE, 6, 6);
	assert_int_equal(engine_state(r->engine)->cars[0].laps, 6);
	rig_finish(r);
}

/* ---- corrections ---- */

static void test_a_correction_stands_right_behind_what_corrects(void **state)
{
	struct rig *r = open_rig(true);
	struct f1p_ev_lap_record e = {.mask = F1P_RECORD_TIME, .car = 2, .lap = 1, .time_ms = 95000};
	struct f1p_ev_stint stint = {.mask = F1P_STINT_COMPOUND, .car = 2, .index = 0, .compound = F1P_TYRE_SOFT};
	struct f1p_ev_pit pit = {.car = 2, .lap = 2, .lane_ms = 22000, .stationary_ms = F1P_UNKNOWN};

	(void)state;
	say_start(r, RIG_SOURCE);
	say_laps(r, RIG_SOURCE, 1, 3);
	say(r, RIG_SOURCE, &stint, F1P_EV_STINT, sizeof(stint), 0);
	say(r, RIG_SOURCE, &pit, F1P_EV_PIT_LANE_TIME, sizeof(pit), 0);
	engine_flush(r->engine, false);
	assert_int_equal(count(r, F1P_EV_REVISION), 0); /* known for the first time */
	r->n = 0;
	say(r, RIG_SOURCE, &e, F1P_EV_LAP_RECORD, sizeof(e), 0);
	stint.compound = F1P_TYRE_HARD;
	say(r, RIG_SOURCE, &stint, F1P_EV_STINT, sizeof(stint), 0);
	pit.lane_ms = 22500;
	say(r, RIG_SOURCE, &pit, F1P_EV_PIT_LANE_TIME, sizeof(pit), 0);
	say(r, RIG_SOURCE, &pit, F1P_EV_PIT_LANE_TIME, sizeof(pit), 0); /* the same again */
	engine_flush(r->engine, false);
	assert_int_equal(count(r, F1P_EV_REVISION), 3);
	assert_int_equal(r->notes[0].h.type, F1P_EV_LAP_RECORD);
	assert_int_equal(r->notes[1].h.type, F1P_EV_REVISION);
	assert_int_equal(r->notes[1].h.seq, r->notes[0].h.seq + 1);
	assert_int_equal(r->notes[3].h.type, F1P_EV_REVISION);
	assert_int_equal(r->notes[5].h.type, F1P_EV_REVISION);
	assert_int_equal(engine_state(r->engine)->revisions_total, 3);
	rig_finish(r);
}

/* ---- a new race ---- */

static void test_no_forecast_of_the_old_race_comes_out_in_the_new_one(void **state)
{
	struct rig *r = open_rig(true);
	struct f1p_event reset = {0};

	(void)state;
	atomic_store(&r->a.gate, true); /* the predictor thinks until it is let go */
	say_start(r, RIG_SOURCE);
	pass(r, 2);
	say_lap(r, RIG_SOURCE, 1, 1, 90000);
	assert_true(forecaster_busy(engine_forecaster(r->engine)));
	engine_flush(r->engine, false);
	say(r, RIG_SOURCE, &reset, F1P_EV_FEED_RESET, sizeof(reset), 0);
	assert_int_equal(asides, 1);
	atomic_store(&r->a.gate, false);
	rig_settle(r);
	assert_int_equal(count(r, F1P_EV_FORECAST), 0);
	assert_int_equal(count(r, F1P_EV_FORECAST_SKIPPED), 0);
	pass(r, 5);
	say_start(r, RIG_SOURCE);
	pass(r, 2);
	say_lap(r, RIG_SOURCE, 1, 1, 90000);
	rig_settle(r);
	assert_true(count(r, F1P_EV_FORECAST) >= 2);
	rig_finish(r);
}

static void test_a_snapshot_of_another_session_turns_the_page(void **state)
{
	struct rig *r = open_rig(true);
	struct f1p_event e = {0};
	struct f1p_ev_session next = {.session_key = 78, .year = 2031, .type = F1P_SESSION_RACE, .t_start_ns = T0_NS + 3600 * SECOND_NS,
		.t_end_ns = F1P_UNKNOWN_NS, .name = "Race"};

	(void)state;
	say_start(r, RIG_SOURCE);
	say_laps(r, RIG_SOURCE, 1, 2);
	say(r, RIG_SOURCE, &e, F1P_EV_FEED_RESET, sizeof(e), F1P_EVF_SNAPSHOT | F1P_EVF_MORE);
	assert_int_equal(asides, 0);
	say(r, RIG_SOURCE, &next, F1P_EV_SESSION, sizeof(next), F1P_EVF_SNAPSHOT);
	assert_int_equal(asides, 1);
	assert_int_equal(engine_state(r->engine)->session_key, 78);
	assert_int_equal(engine_state(r->engine)->n_cars, 0);
	rig_finish(r);
}

/* ---- recordings of live runs ---- */

/* The source of a recording tells ahead that the next event triggered nothing then; a live source may not speak so. */
static void test_a_skipped_forecast_of_a_recording_is_skipped_again(void **state)
{
	struct rig *r = &rig;
	struct f1p_event hint = {0};
	size_t forecasts;

	(void)state;
	rig_init(r);
	assert_true(rig_start(r, F1P_SOURCE_PACED));
	rig_race(r);
	rig_settle(r);
	forecasts = count(r, F1P_EV_FORECAST);
	assert_true(forecasts >= 2);
	r->at_ns += 90 * SECOND_NS;
	assert_int_equal(rig_emit(r, &hint, F1P_EV_FORECAST_SKIPPED, sizeof(hint), F1P_EVF_MORE), F1P_OK);
	assert_int_equal(rig_lap(r, 2), F1P_OK);
	assert_false(engine_waiting(r->engine));
	engine_flush(r->engine, false);
	assert_int_equal(count(r, F1P_EV_FORECAST), forecasts);
	assert_int_equal(count(r, F1P_EV_FORECAST_SKIPPED), 1);
	r->at_ns += 90 * SECOND_NS;
	assert_int_equal(rig_lap(r, 3), F1P_OK); /* only that one */
	rig_settle(r);
	assert_true(count(r, F1P_EV_FORECAST) > forecasts);
	rig_finish(r);
}

/* ---- times ---- */

/* A link, a late record or a forecast of the weather is of its own time: the feed behind it is not moved forward. */
static void test_the_time_of_a_link_does_not_move_the_feed(void **state)
{
	struct rig *r = open_rig(true);
	struct f1p_ev_link link = {.condition = F1P_LINK_UP};
	int64_t t;

	(void)state;
	say_start(r, RIG_SOURCE);
	t = r->at_ns;
	r->at_ns = t + 20 * SECOND_NS;
	assert_int_equal(say(r, RIG_SOURCE, &link, F1P_EV_LINK, sizeof(link), 0), F1P_OK);
	r->at_ns = t + SECOND_NS;
	say_lap(r, RIG_SOURCE, 1, 1, 90000);
	assert_true(engine_state(r->engine)->cars[0].t_line_ns == t + SECOND_NS);
	rig_finish(r);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, temp_folder_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_forecasts_go_on_when_the_primary_dies),
		TEST(test_the_journal_of_a_live_run_gives_the_same_race),
		TEST(test_a_restart_in_mid_race_raises_nothing_false),
		TEST(test_a_correction_stands_right_behind_what_corrects),
		TEST(test_no_forecast_of_the_old_race_comes_out_in_the_new_one),
		TEST(test_a_snapshot_of_another_session_turns_the_page),
		TEST(test_a_skipped_forecast_of_a_recording_is_skipped_again),
		TEST(test_the_time_of_a_link_does_not_move_the_feed),
	};
	return cmocka_run_group_tests_name("engine_live", tests, NULL, NULL);
}

/*
 * arbiter_test.c - several live sources: who is heard, who takes over and when, what is not told twice, what stands in the ledger.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "race/arbiter_fixture.h"

/* Both tell the same, B by so much later. */
static void both_lap(struct arig *r, double at_s, int lap)
{
	arig_until(r, at_s);
	for (uint16_t car = 1; car <= 2; car++) {
		arig_lap(r, RIG_A, car, lap, 90000 + car);
		arig_lap(r, RIG_B, car, lap, 90000 + car);
	}
}

static void beat(struct arig *r, uint32_t id, double from_s, double to_s)
{
	for (double s = from_s; s <= to_s; s += 1) {
		arig_until(r, s);
		arig_heartbeat(r, id);
	}
}

static void beat_both(struct arig *r, double from_s, double to_s)
{
	for (double s = from_s; s <= to_s; s += 1) {
		arig_until(r, s);
		arig_heartbeat(r, RIG_A);
		arig_heartbeat(r, RIG_B);
	}
}

static void two_started(struct arig *r)
{
	arig_start(r, RIG_A, 2);
	arig_start(r, RIG_B, 2);
	beat_both(r, 1, 12);
}

/* ---- one source ---- */

static void a_single_source_is_passed_on_as_it_is(void **state)
{
	struct arig r;

	(void)state;
	arig_init(&r);
	arig_source(&r, RIG_A, 50);
	arig_start(&r, RIG_A, 3);
	assert_int_equal(r.n, 1 + 3 * 2 + 2);
	for (size_t i = 0; i < r.n; i++) {
		assert_int_equal(r.notes[i].h.source_seq, i + 1);
		assert_int_equal(r.notes[i].h.flags, 0);
	}
	arig_finish(&r);
}

/* ---- choice ---- */

static void the_better_source_is_heard_and_the_other_kept_aside(void **state)
{
	struct arig *r = *state;

	two_started(r);
	assert_int_equal(arig_active(r, F1P_DATA_TIMING), RIG_A);
	arig_car_value(r, RIG_B, F1P_EV_CAR_POSITION, 1, 2);
	assert_int_equal(arig_car(r, 1)->position, 1);
	arig_car_value(r, RIG_A, F1P_EV_CAR_POSITION, 1, 2);
	assert_int_equal(arig_car(r, 1)->position, 2);
	assert_true(arig_view(r, RIG_B).shadowed > 5);
	assert_int_equal(arig_view(r, RIG_B).active_kinds, 0);
	assert_int_equal(arig_count(r, F1P_EV_SOURCE_CHOICE), 0);
	assert_int_equal(race_state(r->race)->origins[F1P_DATA_TIMING].source_id, RIG_A);
}

static void the_worse_source_supplies_what_the_better_never_told(void **state)
{
	struct arig *r = *state;
	struct f1p_ev_weather w = {.mask = F1P_WX_AIR, .air_temp_dc = 215};

	arig_start(r, RIG_A, 2);
	arig_until(r, 1);
	ARIG_SAY(r, RIG_B, F1P_EV_WEATHER, w, 0);
	assert_int_equal(race_state(r->race)->weather.air_temp_dc, F1P_UNKNOWN); /* A may tell it in a moment */
	beat_both(r, 2, 6);
	assert_int_equal(race_state(r->race)->weather.air_temp_dc, 215);
	assert_int_equal(arig_active(r, F1P_DATA_WEATHER), RIG_B);
	assert_int_equal(arig_active(r, F1P_DATA_TIMING), RIG_A);
	w.air_temp_dc = 216;
	ARIG_SAY(r, RIG_B, F1P_EV_WEATHER, w, 0);
	assert_int_equal(race_state(r->race)->weather.air_temp_dc, 216);
}

static void a_kind_with_priority_0_is_never_taken(void **state)
{
	struct arig *r = *state;
	struct arbiter_prefs p = arbiter_default_prefs;
	struct f1p_ev_weather w = {.mask = F1P_WX_AIR, .air_temp_dc = 215};

	p.by_kind[F1P_DATA_WEATHER] = 0;
	arbiter_add(r->arbiter, RIG_B, "source-b", &p);
	two_started(r);
	ARIG_SAY(r, RIG_B, F1P_EV_WEATHER, w, 0);
	beat_both(r, 13, 40);
	assert_int_equal(race_state(r->race)->weather.air_temp_dc, F1P_UNKNOWN);
}

static void per_kind_priorities_beat_the_general_one(void **state)
{
	struct arig *r = *state;
	struct arbiter_prefs p = arbiter_default_prefs;

	p.by_kind[F1P_DATA_TRACK] = 99;
	arbiter_add(r->arbiter, RIG_B, "source-b", &p);
	two_started(r);
	assert_int_equal(arig_active(r, F1P_DATA_TRACK), RIG_B);
	assert_int_equal(arig_active(r, F1P_DATA_TIMING), RIG_A);
}

static void equal_sources_are_told_apart_by_their_numbers(void **state)
{
	struct arig *r = *state;

	arig_source(r, RIG_A, 50);
	arig_start(r, RIG_B, 2);
	arig_start(r, RIG_A, 2);
	beat_both(r, 1, 8);
	assert_int_equal(arig_active(r, F1P_DATA_TIMING), RIG_B); /* not settled yet */
	beat_both(r, 9, 12);
	assert_int_equal(arig_active(r, F1P_DATA_TIMING), RIG_A);
}

/* ---- failover ---- */

/* Every 15 s a heartbeat of A, every second an answer to B's question whether there is anything new. */
static void garages(struct arig *r, double from_s, double to_s)
{
	for (double s = from_s; s <= to_s; s += 1) {
		arig_until(r, s);
		arig_heartbeat(r, RIG_B);
		if ((int)s % 15 == 0) {
			arig_heartbeat(r, RIG_A);
		}
	}
}

static void quiet_while_no_car_is_out_is_no_silence(void **state)
{
	struct arig *r = *state;
	struct f1p_ev_session practice = {.session_key = 88, .year = 2031, .type = F1P_SESSION_PRACTICE, .number = 2,
					  .t_start_ns = T0_NS, .t_end_ns = F1P_UNKNOWN_NS, .name = "Practice 2"};

	for (uint32_t id = RIG_A; id <= RIG_B; id++) {
		ARIG_SAY(r, id, F1P_EV_SESSION, practice, 0);
		arig_car_value(r, id, F1P_EV_CAR_POSITION, 1, 1);
		arig_value(r, id, F1P_EV_SESSION_STATUS, F1P_STATUS_STARTED);
	}
	garages(r, 1, 300);
	assert_int_equal(arig_active(r, F1P_DATA_TIMING), RIG_A);
	assert_int_equal(arig_count(r, F1P_EV_SOURCE_CHOICE), 0);
	assert_int_equal(arig_gaps(r).lines, 0);
	beat(r, RIG_B, 301, 317);
	assert_int_equal(arig_active(r, F1P_DATA_TIMING), RIG_A);
	beat(r, RIG_B, 318, 319); /* 18 s without a heartbeat: it is dead */
	assert_int_equal(arig_active(r, F1P_DATA_TIMING), RIG_B);
}

static void the_way_to_the_first_sector_is_no_silence(void **state)
{
	struct arig *r = *state;

	arig_start(r, RIG_A, 2);
	arig_start(r, RIG_B, 2);
	beat(r, RIG_B, 1, 8);
	assert_int_equal(arig_active(r, F1P_DATA_TIMING), RIG_A);
	arig_car_value(r, RIG_A, F1P_EV_CAR_POSITION, 1, 1);
	assert_int_equal(arig_count(r, F1P_EV_SOURCE_CHOICE), 0);
	assert_int_equal(arig_gaps(r).lines, 0);
	beat_both(r, 9, 60);
	beat(r, RIG_B, 61, 65); /* but later on the same quiet is */
	assert_int_equal(arig_active(r, F1P_DATA_TIMING), RIG_B);
}

static void silence_switches_within_five_seconds_and_nothing_is_lost(void **state)
{
	struct arig *r = *state;
	double silent_from = 95;

	two_started(r);
	beat_both(r, 13, 89);
	both_lap(r, 90, 1);
	beat_both(r, 91, silent_from);
	/* A is dead; the cars go round, which only B tells, and at once */
	arig_until(r, 96);
	arig_car_value(r, RIG_B, F1P_EV_CAR_POSITION, 2, 1);
	arig_until(r, 98);
	arig_lap(r, RIG_B, 1, 2, 91000);
	arig_lap(r, RIG_B, 2, 2, 91001);
	assert_int_equal(arig_car(r, 1)->laps, 1);
	arig_until(r, silent_from + 4.45);
	assert_int_equal(arig_active(r, F1P_DATA_TIMING), RIG_A);
	arig_until(r, silent_from + 4.5);
	assert_int_equal(arig_active(r, F1P_DATA_TIMING), RIG_B);
	assert_int_equal(arig_active(r, F1P_DATA_LAPS), RIG_B);
	assert_int_equal(arig_car(r, 2)->position, 1);
	assert_int_equal(arig_car(r, 1)->laps, 2);
	assert_int_equal(arig_car(r, 1)->history[1].time_ms, 91000);
	assert_int_not_equal(arig_car(r, 1)->history[1].elapsed_ms, F1P_UNKNOWN); /* told as it happened, not as a snapshot */
	assert_int_equal(arig_gaps(r).lines, 1);
	assert_int_equal(arig_gaps(r).other, 1);
	assert_int_equal(race_state(r->race)->gaps_open, 0);
}

static void a_lost_connection_switches_at_once(void **state)
{
	struct arig *r = *state;

	two_started(r);
	arig_link(r, RIG_A, F1P_LINK_DOWN);
	assert_int_equal(arig_active(r, F1P_DATA_TIMING), RIG_B);
	assert_int_equal(arig_view(r, RIG_A).condition, F1P_LINK_DOWN);
	assert_string_equal(arig_view(r, RIG_A).text, "cable pulled");
	assert_true(arig_count(r, F1P_EV_SOURCE_CHOICE) >= 4);
}

static void the_better_source_comes_back_only_when_it_has_settled(void **state)
{
	struct arig *r = *state;
	size_t choices;

	two_started(r);
	arig_link(r, RIG_A, F1P_LINK_DOWN);
	choices = arig_count(r, F1P_EV_SOURCE_CHOICE);
	for (int k = 0; k < 5; k++) { /* it comes and goes: nobody flaps */
		beat_both(r, 20 + k * 20, 27 + k * 20);
		arig_link(r, RIG_A, F1P_LINK_DOWN);
		beat(r, RIG_B, 28 + k * 20, 39 + k * 20);
	}
	assert_int_equal(arig_count(r, F1P_EV_SOURCE_CHOICE), choices);
	beat_both(r, 140, 149);
	assert_int_equal(arig_active(r, F1P_DATA_TIMING), RIG_B);
	beat_both(r, 150, 151);
	assert_int_equal(arig_active(r, F1P_DATA_TIMING), RIG_A);
	assert_int_equal(arig_count(r, F1P_EV_SOURCE_CHOICE), 2 * choices);
}

/* B tells everything four seconds late: at the switch it is behind, and takes nothing back. */
static void a_source_that_is_behind_takes_nothing_back(void **state)
{
	struct arig *r = *state;

	two_started(r);
	beat_both(r, 13, 99);
	arig_until(r, 100);
	arig_lap(r, RIG_A, 1, 1, 90000);
	arig_car_value(r, RIG_A, F1P_EV_CAR_POSITION, 2, 1);
	arig_value(r, RIG_A, F1P_EV_TRACK_STATUS, F1P_TRACK_SC);
	arig_link(r, RIG_A, F1P_LINK_DOWN);
	r->lag_ns = 4 * RIG_S;
	arig_until(r, 101);
	arig_heartbeat(r, RIG_B);
	assert_int_equal(arig_active(r, F1P_DATA_LAPS), RIG_B);
	assert_int_equal(arig_car(r, 1)->laps, 1);
	assert_int_equal(race_state(r->race)->track, F1P_TRACK_SC);
	arig_until(r, 103);
	arig_car_value(r, RIG_B, F1P_EV_CAR_POSITION, 2, 2); /* an older word: A said more since */
	assert_int_equal(arig_car(r, 2)->position, 1);
	arig_until(r, 104);
	arig_lap(r, RIG_B, 1, 1, 90000); /* the moment at which A fell silent: what A has told */
	arig_car_value(r, RIG_B, F1P_EV_CAR_POSITION, 2, 1);
	arig_value(r, RIG_B, F1P_EV_TRACK_STATUS, F1P_TRACK_SC);
	assert_int_equal(race_state(r->race)->n_sc, 1);
	arig_until(r, 106);
	arig_value(r, RIG_B, F1P_EV_TRACK_STATUS, F1P_TRACK_CLEAR);
	assert_int_equal(race_state(r->race)->track, F1P_TRACK_CLEAR);
	assert_int_equal(arig_car(r, 1)->laps, 1);
	assert_int_equal(arig_car(r, 1)->n_laps, 1);
	for (size_t i = 0; i < r->n; i++) { /* no lap was told twice */
		assert_true(r->notes[i].h.type != F1P_EV_CAR_LAP || r->notes[i].h.source_id != RIG_B || r->notes[i].h.t_event_ns > feed_ns(100) ||
			    r->notes[i].h.t_event_ns < feed_ns(1));
	}
}

static void a_source_that_joins_late_tells_its_shadow(void **state)
{
	struct arig *r = *state;
	struct race *truth = race_create();
	struct feed f = {.race = truth};

	arig_start(r, RIG_A, 2);
	beat(r, RIG_A, 1, 50);
	arig_link(r, RIG_A, F1P_LINK_DOWN);
	feed_start(&f, 2);
	feed_laps(&f, 2, 1, 3);
	feed_position(&f, 2, 1);
	arig_until(r, 300);
	arig_tell_snapshot(r, RIG_B, race_state(truth));
	assert_int_equal(arig_active(r, F1P_DATA_TIMING), RIG_B);
	assert_int_equal(arig_car(r, 1)->laps, 3);
	assert_int_equal(arig_car(r, 2)->position, 1);
	assert_int_equal(arig_gaps(r).other, 1);
	assert_int_equal(arig_gaps(r).lost, 2); /* laps 1 and 2 of both cars */
	assert_int_equal(arig_gaps(r).last.first_lap, 1);
	assert_int_equal(arig_gaps(r).last.last_lap, 2);
	race_destroy(truth);
}

static void a_removed_source_leaves_its_kinds_to_others(void **state)
{
	struct arig *r = *state;

	two_started(r);
	arbiter_remove(r->arbiter, RIG_A);
	assert_int_equal(arig_active(r, F1P_DATA_TIMING), RIG_B);
	assert_false(arbiter_knows(r->arbiter, RIG_A));
	arig_car_value(r, RIG_B, F1P_EV_CAR_POSITION, 1, 2);
	assert_int_equal(arig_car(r, 1)->position, 2);
	arbiter_remove(r->arbiter, RIG_B);
	arbiter_remove(r->arbiter, RIG_B);
}

static void messages_of_another_feed_are_numbered_as_ours(void **state)
{
	struct arig *r = *state;
	const struct f1p_state *st;

	two_started(r);
	arig_text(r, RIG_A, 5, "ONE");
	arig_text(r, RIG_B, 0, "ONE");
	arig_text(r, RIG_A, 6, "TWO");
	arig_text(r, RIG_B, 1, "TWO");
	arig_link(r, RIG_A, F1P_LINK_DOWN);
	arig_until(r, 20);
	arig_text(r, RIG_B, 2, "THREE");
	st = race_state(r->race);
	assert_int_equal(st->n_messages, 3);
	assert_string_equal(st->messages[2].text, "THREE");
	assert_int_equal(st->messages[2].index, 7);
	beat_both(r, 21, 40);
	assert_int_equal(arig_active(r, F1P_DATA_MESSAGES), RIG_A);
	arig_text_of(r, RIG_A, 7, 20, "THREE");
	arig_text(r, RIG_A, 8, "FOUR");
	st = race_state(r->race);
	assert_int_equal(st->messages[st->n_messages - 1].index, 8);
	assert_string_equal(st->messages[st->n_messages - 1].text, "FOUR");
}

/* ---- records ---- */

static void a_record_is_closed_although_its_end_is_held_back(void **state)
{
	struct arig *r = *state;
	struct arbiter_prefs p = arbiter_default_prefs;
	struct f1p_ev_car_value e = {.car = 1, .value = 2};
	struct f1p_ev_value v = {.value = F1P_TRACK_SC};

	p.by_kind[F1P_DATA_TRACK] = 99;
	arbiter_add(r->arbiter, RIG_B, "source-b", &p);
	two_started(r);
	ARIG_SAY(r, RIG_A, F1P_EV_CAR_POSITION, e, F1P_EVF_MORE);
	ARIG_SAY(r, RIG_A, F1P_EV_TRACK_STATUS, v, 0); /* that is B's to tell */
	assert_int_equal(race_state(r->race)->track, F1P_TRACK_CLEAR);
	assert_false(r->notes[r->n - 1].h.flags & F1P_EVF_MORE);
}

/* ---- laps that another source knows ---- */

static void holes_are_filled_by_the_other_source(void **state)
{
	struct arig *r = *state;

	two_started(r);
	beat_both(r, 13, 89);
	both_lap(r, 90, 1);
	beat_both(r, 91, 179);
	arig_until(r, 180);
	arig_lap(r, RIG_B, 1, 2, 91234); /* A tells nothing of it */
	beat_both(r, 181, 269);
	arig_until(r, 270);
	arig_lap(r, RIG_A, 1, 3, 90001);
	arig_lap(r, RIG_B, 1, 3, 90001);
	assert_int_equal(arig_car(r, 1)->history[1].time_ms, 91234);
	assert_int_equal(arig_car(r, 1)->history[2].time_ms, 90001);
	assert_int_equal(arig_active(r, F1P_DATA_LAPS), RIG_A);
	assert_int_equal(race_state(r->race)->origins[F1P_DATA_LAPS].source_id, RIG_A);
}

static void a_contradiction_is_kept_out_and_noted_once(void **state)
{
	struct arig *r = *state;

	two_started(r);
	beat_both(r, 13, 89);
	both_lap(r, 90, 1);
	beat_both(r, 91, 179);
	both_lap(r, 180, 2);
	arig_until(r, 181);
	{
		struct f1p_ev_lap_record e = {.mask = F1P_RECORD_TIME, .car = 1, .lap = 1, .time_ms = 99999};

		ARIG_SAY(r, RIG_B, F1P_EV_LAP_RECORD, e, 0);
		ARIG_SAY(r, RIG_B, F1P_EV_LAP_RECORD, e, 0);
	}
	assert_int_equal(arig_car(r, 1)->history[0].time_ms, 90001);
	assert_int_equal(arig_count(r, F1P_EV_REVISION), 1);
	assert_true(race_state(r->race)->car_origins[0][F1P_CAR_LAPS].confidence < 1000);
	assert_int_equal(race_state(r->race)->revisions_total, 0);
}

/* ---- reconnects of one source ---- */

struct single {
	struct arig rig;
	struct race *truth;
	struct feed feed;
};

static void single_init(struct single *s)
{
	memset(s, 0, sizeof(*s));
	arig_init(&s->rig);
	arig_source(&s->rig, RIG_A, 50);
	s->truth = race_create();
	s->feed.race = s->truth;
	feed_start(&s->feed, 3);
	feed_stint(&s->feed, 1, 0, F1P_TYRE_SOFT, 0, 0);
	feed_text(&s->feed, 0, "GREEN LIGHT - PIT EXIT OPEN");
	arig_tell_snapshot(&s->rig, RIG_A, race_state(s->truth));
}

static void single_finish(struct single *s)
{
	arig_finish(&s->rig);
	race_destroy(s->truth);
}

static void a_snapshot_of_what_is_known_raises_nothing(void **state)
{
	struct single s;
	size_t before;

	(void)state;
	single_init(&s);
	before = s.rig.n;
	assert_true(s.rig.notes[0].h.type == F1P_EV_FEED_RESET); /* the first one makes the race */
	arig_link(&s.rig, RIG_A, F1P_LINK_DOWN);
	arig_until(&s.rig, 3);
	arig_tell_snapshot(&s.rig, RIG_A, race_state(s.truth));
	arig_link(&s.rig, RIG_A, F1P_LINK_UP);
	for (size_t i = before; i < s.rig.n; i++) {
		uint16_t type = s.rig.notes[i].h.type;

		assert_true(type == F1P_EV_LINK || type == F1P_EV_GAP);
	}
	assert_true(arig_view(&s.rig, RIG_A).duplicates > 10);
	single_finish(&s);
}

static void a_snapshot_raises_what_has_changed_as_one_record(void **state)
{
	struct single s;
	size_t before;
	char why[160] = "";

	(void)state;
	single_init(&s);
	arig_link(&s.rig, RIG_A, F1P_LINK_DOWN);
	feed_laps(&s.feed, 3, 1, 2);
	feed_position(&s.feed, 2, 1);
	feed_position(&s.feed, 1, 2);
	feed_stint(&s.feed, 1, 1, F1P_TYRE_HARD, 0, 0);
	feed_text(&s.feed, 1, "YELLOW");
	arig_until(&s.rig, 190);
	before = s.rig.n;
	arig_tell_snapshot(&s.rig, RIG_A, race_state(s.truth));
	if (!race_same_facts(race_state(s.rig.race), race_state(s.truth), why, sizeof(why))) {
		fail_msg("%s", why);
	}
	for (size_t i = before; i < s.rig.n; i++) {
		assert_true(s.rig.notes[i].h.type != F1P_EV_FEED_RESET);
		assert_true(s.rig.notes[i].h.source_id == 0 || s.rig.notes[i].h.flags & (F1P_EVF_SNAPSHOT | F1P_EVF_MORE) ||
			    s.rig.notes[i].h.type == F1P_EV_HEARTBEAT);
	}
	assert_int_equal(arig_gaps(&s.rig).snapshot, 1);
	assert_int_equal(arig_gaps(&s.rig).lost, 3); /* lap 1 of three cars; lap 2 came with the snapshot */
	assert_int_equal(race_state(s.rig.race)->gaps_open, 3);
	single_finish(&s);
}

static void a_lost_lap_that_is_told_late_leaves_the_list_of_losses(void **state)
{
	struct single s;
	struct f1p_ev_lap_record e = {.mask = F1P_RECORD_TIME, .car = 2, .lap = 1, .time_ms = 90500};

	(void)state;
	single_init(&s);
	arig_link(&s.rig, RIG_A, F1P_LINK_DOWN);
	feed_laps(&s.feed, 3, 1, 2);
	arig_until(&s.rig, 190);
	arig_tell_snapshot(&s.rig, RIG_A, race_state(s.truth));
	assert_int_equal(arig_gaps(&s.rig).lost, 3);
	ARIG_SAY(&s.rig, RIG_A, F1P_EV_LAP_RECORD, e, 0);
	assert_int_equal(arig_gaps(&s.rig).lost, 2);
	assert_int_equal(race_state(s.rig.race)->gaps_open, 2);
	assert_int_equal(arig_gaps(&s.rig).lines, 4);
	single_finish(&s);
}

static void laps_that_were_skipped_stand_in_the_ledger(void **state)
{
	struct single s;

	(void)state;
	single_init(&s);
	arig_until(&s.rig, 90);
	arig_lap(&s.rig, RIG_A, 1, 1, 90000);
	arig_until(&s.rig, 360);
	arig_lap(&s.rig, RIG_A, 1, 4, 90000);
	assert_int_equal(arig_gaps(&s.rig).lost, 1);
	assert_int_equal(arig_gaps(&s.rig).last.car, 1);
	assert_int_equal(arig_gaps(&s.rig).last.first_lap, 2);
	assert_int_equal(arig_gaps(&s.rig).last.last_lap, 3);
	arig_lap(&s.rig, RIG_A, 2, 4, 90000); /* of the second car nothing was known before: we came late */
	assert_int_equal(arig_gaps(&s.rig).lost, 1);
	single_finish(&s);
}

static void messages_that_were_skipped_stand_in_the_ledger(void **state)
{
	struct single s;

	(void)state;
	single_init(&s);
	arig_text(&s.rig, RIG_A, 1, "ONE");
	arig_text(&s.rig, RIG_A, 4, "FOUR");
	assert_int_equal(arig_gaps(&s.rig).lost, 1);
	assert_int_equal(arig_gaps(&s.rig).last.kind, F1P_DATA_MESSAGES);
	assert_int_equal(arig_gaps(&s.rig).last.first_lap, 2);
	assert_int_equal(arig_gaps(&s.rig).last.last_lap, 3);
	arig_text(&s.rig, RIG_A, 2, "TWO");
	arig_text(&s.rig, RIG_A, 3, "THREE");
	assert_int_equal(arig_gaps(&s.rig).lost, 0);
	single_finish(&s);
}

static void another_session_begins_a_new_race(void **state)
{
	struct single s;
	struct f1p_event reset = {0};
	size_t before;

	(void)state;
	single_init(&s);
	feed_laps(&s.feed, 3, 1, 2);
	arig_link(&s.rig, RIG_A, F1P_LINK_DOWN);
	before = s.rig.n;
	arig_until(&s.rig, 200);
	ARIG_SAY(&s.rig, RIG_A, F1P_EV_FEED_RESET, reset, F1P_EVF_SNAPSHOT | F1P_EVF_MORE);
	assert_int_equal(s.rig.n, before); /* held back until it is known what it is */
	arig_session(&s.rig, RIG_A, 78, F1P_EVF_SNAPSHOT | F1P_EVF_MORE);
	ARIG_SAY(&s.rig, RIG_A, F1P_EV_HEARTBEAT, reset, F1P_EVF_SNAPSHOT);
	assert_int_equal(s.rig.notes[before].h.type, F1P_EV_FEED_RESET);
	assert_false(s.rig.notes[before].h.flags & F1P_EVF_SNAPSHOT); /* the journal turns the page */
	assert_int_equal(race_state(s.rig.race)->session_key, 78);
	assert_int_equal(race_state(s.rig.race)->n_cars, 0);
	assert_int_equal(arig_gaps(&s.rig).lines, 0);
	single_finish(&s);
}

static void a_snapshot_that_never_ends_is_taken_as_far_as_it_came(void **state)
{
	struct single s;
	struct f1p_event reset = {0};
	struct f1p_ev_car_value e = {.car = 1, .value = 3};

	(void)state;
	single_init(&s);
	ARIG_SAY(&s.rig, RIG_A, F1P_EV_FEED_RESET, reset, F1P_EVF_SNAPSHOT | F1P_EVF_MORE);
	ARIG_SAY(&s.rig, RIG_A, F1P_EV_CAR_POSITION, e, F1P_EVF_SNAPSHOT | F1P_EVF_MORE);
	assert_int_equal(arig_car(&s.rig, 1)->position, 1);
	arig_until(&s.rig, 8);
	assert_int_equal(arig_car(&s.rig, 1)->position, 3);
	e.value = 2; /* and one that is followed by news at once */
	ARIG_SAY(&s.rig, RIG_A, F1P_EV_FEED_RESET, reset, F1P_EVF_SNAPSHOT | F1P_EVF_MORE);
	ARIG_SAY(&s.rig, RIG_A, F1P_EV_CAR_POSITION, e, F1P_EVF_SNAPSHOT | F1P_EVF_MORE);
	arig_value(&s.rig, RIG_A, F1P_EV_TRACK_STATUS, F1P_TRACK_SC);
	assert_int_equal(arig_car(&s.rig, 1)->position, 2);
	assert_int_equal(race_state(s.rig.race)->track, F1P_TRACK_SC);
	single_finish(&s);
}

static void a_shorter_list_of_stints_replaces_the_longer(void **state)
{
	struct single s;
	struct f1p_event reset = {0};
	struct f1p_ev_car_value drop = {.car = 1};
	struct f1p_ev_stint e = {.mask = F1P_STINT_COMPOUND, .car = 1, .index = 0, .compound = F1P_TYRE_SOFT};

	(void)state;
	single_init(&s);
	feed_stint(&s.feed, 1, 1, F1P_TYRE_HARD, 0, 0);
	arig_tell_snapshot(&s.rig, RIG_A, race_state(s.truth));
	assert_int_equal(arig_car(&s.rig, 1)->n_stints, 2);
	for (int stints = 2; stints >= 1; stints--) {
		size_t before = arig_count(&s.rig, F1P_EV_STINTS_RESET);

		ARIG_SAY(&s.rig, RIG_A, F1P_EV_FEED_RESET, reset, F1P_EVF_SNAPSHOT | F1P_EVF_MORE);
		ARIG_SAY(&s.rig, RIG_A, F1P_EV_STINTS_RESET, drop, F1P_EVF_SNAPSHOT | F1P_EVF_MORE);
		for (e.index = 0; e.index < stints; e.index++) {
			e.compound = e.index ? F1P_TYRE_HARD : F1P_TYRE_SOFT;
			ARIG_SAY(&s.rig, RIG_A, F1P_EV_STINT, e, F1P_EVF_SNAPSHOT | F1P_EVF_MORE);
		}
		ARIG_SAY(&s.rig, RIG_A, F1P_EV_HEARTBEAT, reset, F1P_EVF_SNAPSHOT);
		assert_int_equal(arig_car(&s.rig, 1)->n_stints, stints);
		assert_int_equal(arig_count(&s.rig, F1P_EV_STINTS_RESET) - before, stints == 1);
	}
	single_finish(&s);
}

/* ---- sessions of several sources ---- */

static void a_worse_source_in_another_session_is_not_heard(void **state)
{
	struct arig *r = *state;

	two_started(r);
	arig_session(r, RIG_B, 66, 0); /* it still shows last week's */
	arig_car_value(r, RIG_B, F1P_EV_CAR_POSITION, 1, 2);
	assert_int_equal(race_state(r->race)->session_key, 77);
	assert_true(arig_view(r, RIG_B).elsewhere);
	arig_link(r, RIG_A, F1P_LINK_DOWN); /* nor when the better one falls silent */
	beat(r, RIG_B, 13, 30);
	assert_int_equal(arig_car(r, 1)->position, 1);
	assert_int_equal(arig_active(r, F1P_DATA_TIMING), RIG_A);
	arig_session(r, RIG_B, 77, 0);
	arig_car_value(r, RIG_B, F1P_EV_CAR_POSITION, 1, 2);
	beat(r, RIG_B, 31, 32);
	assert_int_equal(arig_car(r, 1)->position, 2);
}

static void a_better_source_that_shows_the_past_does_not_reset_the_race(void **state)
{
	struct arig *r = *state;

	arig_start(r, RIG_B, 2);
	beat(r, RIG_B, 1, 20);
	arig_session(r, RIG_A, 60, 0); /* the session before */
	assert_int_equal(race_state(r->race)->session_key, 77);
	assert_true(arig_view(r, RIG_A).elsewhere);
	arig_session(r, RIG_A, 90, 0); /* the next one has begun */
	assert_int_equal(race_state(r->race)->session_key, 90);
	assert_true(arig_view(r, RIG_B).elsewhere);
}

/* ---- names ---- */

static void keep_link(void *arg, struct f1p_event *ev)
{
	if (ev->type == F1P_EV_LINK) {
		memcpy(arg, ev, sizeof(struct f1p_ev_link));
	}
}

static void a_link_carries_the_name_that_the_host_knows(void **state)
{
	struct race *race = race_create();
	struct f1p_ev_link told = {0};
	struct arbiter_ops ops = {&told, keep_link, keep_link};
	struct arbiter *a = arbiter_create(race, &ops);
	struct f1p_ev_link e = {.h = {.size = sizeof(e), .type = F1P_EV_LINK, .source_id = 3}, .condition = F1P_LINK_UP,
				.source = "somebody else"};

	(void)state;
	arbiter_add(a, 3, "source-livetiming", &arbiter_default_prefs);
	arbiter_take(a, &e.h, T0_NS);
	assert_int_equal(told.condition, F1P_LINK_UP);
	assert_string_equal(told.source, "source-livetiming");
	told = (struct f1p_ev_link){0};
	e.h.size = offsetof(struct f1p_ev_link, source); /* a plugin of older days */
	arbiter_take(a, &e.h, T0_NS);
	assert_int_equal(told.h.size, sizeof(told));
	assert_string_equal(told.source, "source-livetiming");
	arbiter_destroy(a);
	race_destroy(race);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_single_source_is_passed_on_as_it_is),
		ARIG_TEST(the_better_source_is_heard_and_the_other_kept_aside),
		ARIG_TEST(the_worse_source_supplies_what_the_better_never_told),
		ARIG_TEST(a_kind_with_priority_0_is_never_taken),
		ARIG_TEST(per_kind_priorities_beat_the_general_one),
		ARIG_TEST(equal_sources_are_told_apart_by_their_numbers),
		ARIG_TEST(quiet_while_no_car_is_out_is_no_silence),
		ARIG_TEST(the_way_to_the_first_sector_is_no_silence),
		ARIG_TEST(silence_switches_within_five_seconds_and_nothing_is_lost),
		ARIG_TEST(a_lost_connection_switches_at_once),
		ARIG_TEST(the_better_source_comes_back_only_when_it_has_settled),
		ARIG_TEST(a_source_that_is_behind_takes_nothing_back),
		ARIG_TEST(a_source_that_joins_late_tells_its_shadow),
		ARIG_TEST(a_removed_source_leaves_its_kinds_to_others),
		ARIG_TEST(messages_of_another_feed_are_numbered_as_ours),
		ARIG_TEST(a_record_is_closed_although_its_end_is_held_back),
		ARIG_TEST(holes_are_filled_by_the_other_source),
		ARIG_TEST(a_contradiction_is_kept_out_and_noted_once),
		cmocka_unit_test(a_snapshot_of_what_is_known_raises_nothing),
		cmocka_unit_test(a_snapshot_raises_what_has_changed_as_one_record),
		cmocka_unit_test(a_lost_lap_that_is_told_late_leaves_the_list_of_losses),
		cmocka_unit_test(laps_that_were_skipped_stand_in_the_ledger),
		cmocka_unit_test(messages_that_were_skipped_stand_in_the_ledger),
		cmocka_unit_test(another_session_begins_a_new_race),
		cmocka_unit_test(a_snapshot_that_never_ends_is_taken_as_far_as_it_came),
		cmocka_unit_test(a_shorter_list_of_stints_replaces_the_longer),
		ARIG_TEST(a_worse_source_in_another_session_is_not_heard),
		ARIG_TEST(a_better_source_that_shows_the_past_does_not_reset_the_race),
		cmocka_unit_test(a_link_carries_the_name_that_the_host_knows),
	};

	return cmocka_run_group_tests_name("arbiter", tests, NULL, NULL);
}

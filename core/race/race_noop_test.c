/*
 * race_noop_test.c - what changes nothing is known to change nothing, for events of every type; who tells a race does not
 * matter to it; and the kinds that came with live data: lap records, outlooks, gap lines, revisions, origins.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "race/data_kind.h"
#include "race/noop.h"
#include "race/race_compare.h"
#include "race/race_fixture.h"
#include <helpers/rng.h>

static void feed_record(struct feed *f, uint16_t car, int32_t lap, int32_t time_ms)
{
	struct f1p_ev_lap_record e = {.mask = F1P_RECORD_TIME, .car = car, .lap = lap, .time_ms = time_ms,
				      .out_lap = F1P_TRI_UNKNOWN, .t_lap_start_ns = F1P_UNKNOWN_NS};

	feed_put(f, &e, F1P_EV_LAP_RECORD, sizeof(e));
}

static void feed_outlook(struct feed *f, int32_t rain_pct)
{
	struct f1p_ev_outlook e = {.n_steps = 2, .provider = "Testweather"};

	for (uint32_t i = 0; i < 2; i++) {
		e.steps[i] = (struct f1p_outlook_step){.t_ns = feed_ns(900.0 * (i + 1)), .step_s = 900,
						       .mask = F1P_OUTLOOK_RAIN_PROBABILITY, .rain_probability_pct = rain_pct,
						       .cloud_pct = 99};
	}
	feed_put(f, &e, F1P_EV_OUTLOOK, sizeof(e));
}

/* ---- random events around what a small race knows ---- */

static uint64_t block[F1P_EVENT_MAX / 8];

static int32_t pick(struct f1p_rng *rng, size_t n)
{
	return (int32_t)f1p_rng_below(rng, (uint32_t)n);
}

static uint16_t random_car(struct f1p_rng *rng)
{
	return (uint16_t)(1 + pick(rng, 4));
}

static struct f1p_event *finish(uint16_t type, size_t size, uint32_t flags)
{
	struct f1p_event *h = (struct f1p_event *)block;

	h->size = (uint32_t)size;
	h->type = type;
	h->flags = flags;
	h->source_id = 1;
	return h;
}

#define EVENT(type) (memset(block, 0, sizeof(struct type)), (struct type *)block)
#define FINISH(t, type, flags) finish((t), sizeof(struct type), (flags))

static struct f1p_event *random_car_event(struct f1p_rng *rng, uint16_t type, uint32_t flags)
{
	struct f1p_ev_car_value *v;
	struct f1p_ev_car_lap *l;
	struct f1p_ev_car_status *s;
	struct f1p_ev_car_sector *c;
	struct f1p_ev_stint *t;
	struct f1p_ev_car_gap *g;
	struct f1p_ev_pit *p;

	switch (type) {
	case F1P_EV_PIT_LANE_TIME:
		p = EVENT(f1p_ev_pit);
		*p = (struct f1p_ev_pit){.car = random_car(rng), .lap = pick(rng, 6), .lane_ms = 20000 + pick(rng, 2),
					 .stationary_ms = F1P_UNKNOWN};
		return FINISH(type, f1p_ev_pit, flags);
	case F1P_EV_CAR_POSITION:
	case F1P_EV_CAR_GRID:
	case F1P_EV_TOP_THREE:
		v = EVENT(f1p_ev_car_value);
		v->car = random_car(rng);
		v->value = 1 + pick(rng, 3);
		return FINISH(type, f1p_ev_car_value, flags);
	case F1P_EV_CAR_LAP:
		l = EVENT(f1p_ev_car_lap);
		*l = (struct f1p_ev_car_lap){.mask = (uint32_t)pick(rng, 64), .car = random_car(rng), .laps = pick(rng, 6),
					     .last_ms = 90000 + pick(rng, 3), .best_ms = 90000 + pick(rng, 2), .best_lap = pick(rng, 3),
					     .last_overall = (uint8_t)(1 + pick(rng, 3)), .last_personal = (uint8_t)(1 + pick(rng, 3))};
		return FINISH(type, f1p_ev_car_lap, flags);
	case F1P_EV_CAR_STATUS:
		s = EVENT(f1p_ev_car_status);
		*s = (struct f1p_ev_car_status){.mask = 1u << pick(rng, 8), .car = random_car(rng), .in_pit = (uint8_t)(1 + pick(rng, 3)),
						.pit_out = (uint8_t)(1 + pick(rng, 3)), .retired = (uint8_t)(1 + pick(rng, 3)),
						.stopped = (uint8_t)(1 + pick(rng, 3)), .knocked_out = F1P_NO, .cutoff = F1P_NO,
						.shown = F1P_YES, .pit_stops = pick(rng, 2)};
		return FINISH(type, f1p_ev_car_status, flags);
	case F1P_EV_CAR_SECTOR:
		c = EVENT(f1p_ev_car_sector);
		*c = (struct f1p_ev_car_sector){.mask = (uint32_t)pick(rng, 8), .car = random_car(rng), .sector = (uint8_t)pick(rng, 3),
						.overall = F1P_NO, .time_ms = 30000 + pick(rng, 2), .personal = F1P_YES};
		return FINISH(type, f1p_ev_car_sector, flags);
	case F1P_EV_STINT:
	case F1P_EV_TYRE:
		t = EVENT(f1p_ev_stint);
		*t = (struct f1p_ev_stint){.mask = (uint32_t)pick(rng, type == F1P_EV_TYRE ? 4 : 32), .car = random_car(rng),
					   .index = type == F1P_EV_TYRE ? 255 : (uint8_t)pick(rng, 3),
					   .compound = (uint8_t)(1 + pick(rng, 4)), .is_new = F1P_YES, .not_changed = F1P_NO,
					   .total_laps = pick(rng, 5), .start_laps = pick(rng, 2)};
		return FINISH(type, f1p_ev_stint, flags);
	default:
		g = EVENT(f1p_ev_car_gap);
		*g = (struct f1p_ev_car_gap){.mask = (uint32_t)pick(rng, 8), .car = random_car(rng), .catching = F1P_NO,
					     .gap_ms = pick(rng, 3) * 500, .interval_ms = pick(rng, 3) * 500};
		return FINISH(F1P_EV_CAR_GAP, f1p_ev_car_gap, flags);
	}
}

static struct f1p_event *random_event(struct f1p_rng *rng)
{
	static const uint16_t of_cars[] = {F1P_EV_CAR_POSITION, F1P_EV_CAR_GRID, F1P_EV_TOP_THREE, F1P_EV_CAR_LAP, F1P_EV_CAR_LAP,
					   F1P_EV_CAR_STATUS, F1P_EV_CAR_SECTOR, F1P_EV_STINT, F1P_EV_TYRE, F1P_EV_CAR_GAP,
					   F1P_EV_PIT_LANE_TIME};
	uint32_t flags = pick(rng, 2) ? F1P_EVF_SNAPSHOT : 0;
	struct f1p_ev_value *v;
	struct f1p_ev_lap_record *r;
	struct f1p_ev_race_control *m;
	struct f1p_ev_weather *w;

	switch (pick(rng, 8)) {
	case 0:
		v = EVENT(f1p_ev_value);
		v->value = 1 + pick(rng, 6);
		return FINISH(pick(rng, 2) ? F1P_EV_SESSION_STATUS : F1P_EV_TRACK_STATUS, f1p_ev_value, flags);
	case 1:
		r = EVENT(f1p_ev_lap_record);
		*r = (struct f1p_ev_lap_record){.mask = (uint32_t)pick(rng, 16), .car = random_car(rng), .out_lap = (uint8_t)(1 + pick(rng, 3)),
						.lap = 1 + pick(rng, 6), .time_ms = 90000 + pick(rng, 3),
						.sector_ms = {30000, 30000, 30000 + pick(rng, 2)}, .t_lap_start_ns = feed_ns(90)};
		return FINISH(F1P_EV_LAP_RECORD, f1p_ev_lap_record, flags);
	case 2:
		m = EVENT(f1p_ev_race_control);
		*m = (struct f1p_ev_race_control){.index = (uint16_t)pick(rng, 5), .lap = 1, .t_utc_ns = feed_ns(5), .category = 1,
						  .flag = 1, .scope = 1, .mode = 1, .status = 1};
		snprintf(m->text, sizeof(m->text), "MESSAGE %d", m->index * 2 + pick(rng, 2)); /* its own: others are known by it */
		return FINISH(F1P_EV_RACE_CONTROL, f1p_ev_race_control, flags);
	case 3:
		w = EVENT(f1p_ev_weather);
		*w = (struct f1p_ev_weather){.mask = (uint32_t)pick(rng, 128), .air_temp_dc = 200 + pick(rng, 2), .track_temp_dc = 300,
					     .humidity_dpct = 500, .pressure_dhpa = 10000, .wind_speed_dms = 5, .wind_dir_deg = 180,
					     .rain = (uint32_t)(1 + pick(rng, 3))};
		return FINISH(F1P_EV_WEATHER, f1p_ev_weather, flags);
	default:
		return random_car_event(rng, of_cars[pick(rng, sizeof(of_cars) / sizeof(of_cars[0]))], flags);
	}
}

/* A stint told again stamps its laps again, over what the feed's own count had said of them: no news. */
static void forget_stamps(struct race *r)
{
	struct f1p_state *st = (struct f1p_state *)(uintptr_t)race_state(r);

	for (size_t i = 0; i < st->n_cars; i++) {
		for (size_t k = 0; k < st->cars[i].n_laps; k++) {
			st->cars[i].history[k].tyre_age = 0;
			st->cars[i].history[k].compound = 0;
		}
	}
}

static bool applies_without_change(struct race *before, struct race *race, const struct f1p_event *ev)
{
	race_state(race);
	race_copy(before, race);
	race_apply(race, ev);
	if (ev->type == F1P_EV_STINT) {
		forget_stamps(before);
		forget_stamps(race);
	}
	return race_equal(race_state(before), race_state(race));
}

static void what_is_said_to_change_nothing_changes_nothing(void **state)
{
	struct feed *f = *state;
	struct race *before = race_create();
	int unchanged = 0, known = 0;

	for (uint64_t seed = 1; seed <= 12; seed++) {
		struct f1p_rng rng;

		f1p_rng_seed(&rng, seed, 0);
		feed_reset(f);
		feed_at(f, 0);
		feed_start(f, 3);
		for (int i = 0; i < 1500; i++) {
			struct f1p_event *ev = random_event(&rng);
			bool would, same;

			ev->t_event_ns = feed_ns(1.0 + i * 0.8);
			ev->seq = ++f->seq;
			would = race_would_change(f->race, ev);
			same = applies_without_change(before, f->race, ev);
			if (!would && !same) {
				fail_msg("seed %u: event %d of type %u changed the race", (unsigned)seed, i, ev->type);
			}
			if (ev->flags & F1P_EVF_SNAPSHOT) {
				unchanged += same;
				known += same && !would;
			}
		}
	}
	/* A snapshot's repetitions are nearly all seen as such: what passes is visible nowhere but may count later. */
	assert_true(unchanged > 3000);
	assert_true(known * 100 >= unchanged * 90);
	race_destroy(before);
}

static void who_tells_it_is_not_part_of_the_race(void **state)
{
	struct feed *f = *state;
	struct race *other = race_create();
	char a[65], b[65];

	for (uint64_t seed = 7; seed < 9; seed++) {
		struct f1p_rng rng;

		f1p_rng_seed(&rng, seed, 0);
		for (int i = 0; i < 500; i++) {
			struct f1p_event *ev = random_event(&rng);

			ev->t_event_ns = feed_ns(i);
			ev->seq = ++f->seq;
			race_apply(f->race, ev);
			ev->source_id = 2 + (uint32_t)i % 3;
			race_apply(other, ev);
		}
	}
	race_hash(f->race, a);
	race_hash(other, b);
	assert_string_equal(a, b);
	assert_int_equal(race_state(f->race)->origins[F1P_DATA_LAPS].source_id, 1);
	assert_true(race_state(other)->origins[F1P_DATA_LAPS].source_id >= 2);
	assert_true(race_state(other)->car_origins[0][F1P_CAR_LAPS].source_id >= 2);
	race_destroy(other);
}

/* ---- lap records ---- */

static void a_record_fills_a_hole_and_makes_no_lap(void **state)
{
	struct feed *f = *state;

	feed_start(f, 2);
	feed_laps(f, 2, 1, 2);
	f->flags = F1P_EVF_SNAPSHOT;
	feed_at(f, 500);
	feed_lap(f, 1, 5, 90500);
	f->flags = 0;
	assert_int_equal(feed_history(f, 1, 3)->time_ms, F1P_UNKNOWN);
	assert_int_equal(feed_history(f, 1, 5)->time_ms, 90500); /* the snapshot told it */
	feed_record(f, 1, 3, 91000);
	feed_record(f, 1, 6, 91000); /* not completed */
	feed_record(f, 9, 1, 91000); /* no such car */
	assert_int_equal(feed_history(f, 1, 3)->time_ms, 91000);
	assert_int_equal(feed_car(f, 1)->n_laps, 5);
	assert_int_equal(feed_car(f, 1)->laps, 5);
	assert_int_equal(race_state(f->race)->n_cars, 2);
	feed_record(f, 1, 2, 88000); /* corrected, and told again */
	assert_int_equal(feed_history(f, 1, 2)->time_ms, 88000);
	feed_record(f, 1, 2, F1P_UNKNOWN);
	assert_int_equal(feed_history(f, 1, 2)->time_ms, F1P_UNKNOWN);
}

static void a_record_of_the_newest_lap_is_the_last_time(void **state)
{
	struct feed *f = *state;

	feed_start(f, 1);
	feed_laps(f, 1, 1, 3);
	feed_record(f, 1, 3, 89123);
	assert_int_equal(feed_car(f, 1)->last_ms, 89123);
	feed_record(f, 1, 2, 95000);
	assert_int_equal(feed_car(f, 1)->last_ms, 89123);
}

static void three_sectors_give_the_time_that_is_missing(void **state)
{
	struct feed *f = *state;
	static const double at[] = {120, 150, 180.5};

	feed_start(f, 1);
	feed_at(f, 91);
	feed_lap(f, 1, 1, 91000);
	for (uint8_t i = 0; i < 3; i++) {
		struct f1p_ev_car_sector e = {.mask = F1P_SECTOR_TIME, .car = 1, .sector = i, .time_ms = 29111};

		feed_at(f, at[i]);
		feed_put(f, &e, F1P_EV_CAR_SECTOR, sizeof(e));
	}
	feed_lap(f, 1, 2, 0);
	assert_int_equal(feed_history(f, 1, 2)->time_ms, 3 * 29111);
	assert_true(feed_history(f, 1, 2)->flags & F1P_LAPF_INFERRED);
	feed_at(f, 270.5); /* the sectors are those of the lap before: the time between the crossings is the better word */
	feed_lap(f, 1, 3, 0);
	assert_int_equal(feed_history(f, 1, 3)->time_ms, 90000);
}

/* After laps that nobody saw, the next crossing does not make one lap of all of them. */
static void a_lap_after_missed_ones_is_not_measured_from_the_old_crossing(void **state)
{
	struct feed *f = *state;

	feed_start(f, 2);
	feed_laps(f, 2, 1, 3);
	f->flags = F1P_EVF_SNAPSHOT;
	feed_at(f, 400);
	feed_lap(f, 1, 4, 0);
	f->flags = 0;
	feed_at(f, 451);
	feed_lap(f, 1, 5, 0);
	assert_int_equal(feed_history(f, 1, 4)->time_ms, F1P_UNKNOWN);
	assert_int_equal(feed_history(f, 1, 5)->time_ms, F1P_UNKNOWN);
	assert_int_not_equal(feed_car(f, 2)->retired, F1P_YES);
}

static void laps_that_were_missed_still_know_their_tyres(void **state)
{
	struct feed *f = *state;

	feed_start(f, 1);
	feed_stint(f, 1, 0, F1P_TYRE_MEDIUM, 0, 0);
	feed_laps(f, 1, 1, 2);
	f->flags = F1P_EVF_SNAPSHOT;
	feed_lap(f, 1, 5, 0);
	assert_int_equal(feed_history(f, 1, 5)->compound, F1P_TYRE_MEDIUM);
	assert_int_equal(feed_history(f, 1, 5)->tyre_age, 5);
}

/* ---- outlook, remarks, origins ---- */

static void the_newest_outlook_replaces_the_one_before(void **state)
{
	struct feed *f = *state;
	const struct f1p_outlook *o = &race_state(f->race)->outlook;

	assert_true(o->t_ns == F1P_UNKNOWN_NS);
	feed_at(f, 10);
	feed_outlook(f, 20);
	feed_at(f, 900);
	feed_outlook(f, 70);
	o = &race_state(f->race)->outlook;
	assert_int_equal(o->n_steps, 2);
	assert_int_equal(o->steps[1].rain_probability_pct, 70);
	assert_int_equal(o->steps[1].cloud_pct, 0); /* not given */
	assert_true(o->t_ns == feed_ns(900));
	assert_string_equal(o->provider, "Testweather");
	assert_int_equal(race_state(f->race)->origins[F1P_DATA_OUTLOOK].source_id, 1);
}

static void gap_lines_are_counted_by_what_became_of_them(void **state)
{
	struct feed *f = *state;
	struct f1p_ev_gap e = {.id = 1, .kind = F1P_DATA_TIMING, .how = F1P_GAP_OPEN};
	struct race *before = race_create();

	feed_start(f, 2);
	race_copy(before, f->race);
	feed_put(f, &e, F1P_EV_GAP, sizeof(e));
	assert_int_equal(race_state(f->race)->gaps_open, 1);
	e.how = F1P_GAP_SNAPSHOT;
	feed_put(f, &e, F1P_EV_GAP, sizeof(e));
	e = (struct f1p_ev_gap){.id = 2, .kind = F1P_DATA_LAPS, .how = F1P_GAP_LOST};
	feed_put(f, &e, F1P_EV_GAP, sizeof(e));
	assert_int_equal(race_state(f->race)->gaps_total, 2);
	assert_int_equal(race_state(f->race)->gaps_open, 1);
	e.how = F1P_GAP_OTHER_SOURCE;
	feed_put(f, &e, F1P_EV_GAP, sizeof(e));
	assert_int_equal(race_state(f->race)->gaps_open, 0);
	e.id = 100000; /* a damaged journal */
	feed_put(f, &e, F1P_EV_GAP, sizeof(e));
	feed_position(f, 1, 1); /* as it is: remarks are no part of the race but for the numbers */
	assert_int_equal(race_state(f->race)->gaps_total, 2);
	assert_true(race_equal(race_state(f->race), race_state(before)));
	race_destroy(before);
}

static void a_contradiction_lowers_the_confidence_and_a_correction_counts(void **state)
{
	struct feed *f = *state;
	struct f1p_ev_revision e = {.field = F1P_REVISED_LAP_TIME, .car = 1, .lap = 2, .old_value = 90000, .new_value = 90000};

	feed_start(f, 2);
	feed_laps(f, 2, 1, 2);
	assert_int_equal(race_state(f->race)->car_origins[0][F1P_CAR_LAPS].confidence, 1000);
	feed_put(f, &e, F1P_EV_REVISION, sizeof(e));
	assert_true(race_state(f->race)->car_origins[0][F1P_CAR_LAPS].confidence < 1000);
	assert_int_equal(race_state(f->race)->revisions_total, 0);
	e.new_value = 90100;
	feed_put(f, &e, F1P_EV_REVISION, sizeof(e));
	assert_int_equal(race_state(f->race)->revisions_total, 1);
	assert_int_equal(race_state(f->race)->car_origins[1][F1P_CAR_LAPS].confidence, 1000);
}

static void remarks_and_links_do_not_move_the_time_of_the_race(void **state)
{
	struct feed *f = *state;
	struct f1p_ev_link link = {.condition = F1P_LINK_DOWN};
	struct f1p_ev_source_choice choice = {.kind = F1P_DATA_TIMING, .to_source = 9};

	feed_start(f, 2);
	feed_at(f, 50);
	feed_put(f, &link, F1P_EV_LINK, sizeof(link));
	feed_put(f, &choice, F1P_EV_SOURCE_CHOICE, sizeof(choice));
	assert_true(race_state(f->race)->t_event_ns == feed_ns(0));
	assert_int_equal(race_state(f->race)->origins[F1P_DATA_TIMING].source_id, 9);
	assert_int_equal(race_state(f->race)->seq, f->seq);
}

static void every_kind_has_a_name_that_is_found_again(void **state)
{
	(void)state;
	assert_int_equal(kind_by_name("timing", 6), F1P_DATA_TIMING);
	assert_int_equal(kind_by_name("outlook", 7), F1P_DATA_OUTLOOK);
	assert_int_equal(kind_by_name("tim", 3), 0);
	assert_int_equal(kind_by_name("", 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FEED_TEST(what_is_said_to_change_nothing_changes_nothing),
		FEED_TEST(who_tells_it_is_not_part_of_the_race),
		FEED_TEST(a_record_fills_a_hole_and_makes_no_lap),
		FEED_TEST(a_record_of_the_newest_lap_is_the_last_time),
		FEED_TEST(three_sectors_give_the_time_that_is_missing),
		FEED_TEST(a_lap_after_missed_ones_is_not_measured_from_the_old_crossing),
		FEED_TEST(laps_that_were_missed_still_know_their_tyres),
		FEED_TEST(the_newest_outlook_replaces_the_one_before),
		FEED_TEST(gap_lines_are_counted_by_what_became_of_them),
		FEED_TEST(a_contradiction_lowers_the_confidence_and_a_correction_counts),
		FEED_TEST(remarks_and_links_do_not_move_the_time_of_the_race),
		FEED_TEST(every_kind_has_a_name_that_is_found_again),
	};

	return cmocka_run_group_tests_name("race_noop", tests, NULL, NULL);
}

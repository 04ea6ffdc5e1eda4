/*
 * race_fixture.h - for tests: a feed that is spoken in one line per fact and folded at once.
 */
#ifndef RACE_FIXTURE_H
#define RACE_FIXTURE_H

#include "race/race.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define T0_NS INT64_C(1700000000000000000)

struct feed {
	struct race *race;
	uint64_t seq;
	double at_s;    /* seconds since T0 */
	uint32_t flags; /* of the events that follow */
};

static inline int64_t feed_ns(double s)
{
	return T0_NS + (int64_t)(s * 1000.0 + 0.5) * 1000000;
}

/* Set-up and tear-down of tests whose state is a feed. */
static inline int feed_create(void **state)
{
	struct feed *f = calloc(1, sizeof(*f));

	if (!f) {
		return -1;
	}
	f->race = race_create();
	*state = f;
	return f->race ? 0 : -1;
}

static inline int feed_destroy(void **state)
{
	struct feed *f = *state;

	race_destroy(f->race);
	free(f);
	return 0;
}

#define FEED_TEST(name) cmocka_unit_test_setup_teardown(name, feed_create, feed_destroy)

static inline void feed_put(struct feed *f, void *event, uint16_t type, size_t size)
{
	struct f1p_event *h = event;

	h->size = (uint32_t)size;
	h->type = type;
	h->flags = f->flags;
	h->source_id = 1;
	h->seq = ++f->seq;
	h->source_seq = f->seq;
	h->t_event_ns = feed_ns(f->at_s);
	race_apply(f->race, h);
}

static inline void feed_at(struct feed *f, double s)
{
	f->at_s = s;
}

static inline void feed_session(struct feed *f, uint32_t key, uint8_t type)
{
	struct f1p_ev_session e = {.session_key = key, .year = 2031, .type = type, .t_start_ns = T0_NS,
				   .t_end_ns = F1P_UNKNOWN_NS, .gmt_offset_s = 0, .name = "Race", .circuit = "Testring"};

	feed_put(f, &e, F1P_EV_SESSION, sizeof(e));
}

static inline void feed_value(struct feed *f, uint16_t type, int32_t value)
{
	struct f1p_ev_value e = {.value = value};

	feed_put(f, &e, type, sizeof(e));
}

static inline void feed_status(struct feed *f, int32_t status)
{
	feed_value(f, F1P_EV_SESSION_STATUS, status);
}

static inline void feed_track(struct feed *f, int32_t track)
{
	feed_value(f, F1P_EV_TRACK_STATUS, track);
}

static inline void feed_reset(struct feed *f)
{
	struct f1p_event e = {0};

	feed_put(f, &e, F1P_EV_FEED_RESET, sizeof(e));
}

static inline void feed_lap_count(struct feed *f, int32_t current, int32_t total)
{
	struct f1p_ev_lap_count e = {.mask = F1P_LAPS_CURRENT | F1P_LAPS_TOTAL, .current = current, .total = total};

	feed_put(f, &e, F1P_EV_LAP_COUNT, sizeof(e));
}

static inline void feed_car_value(struct feed *f, uint16_t type, uint16_t car, int32_t value)
{
	struct f1p_ev_car_value e = {.car = car, .value = value};

	feed_put(f, &e, type, sizeof(e));
}

static inline void feed_position(struct feed *f, uint16_t car, int32_t position)
{
	feed_car_value(f, F1P_EV_CAR_POSITION, car, position);
}

static inline void feed_gap(struct feed *f, uint16_t car, int32_t gap_ms, int32_t interval_ms)
{
	struct f1p_ev_car_gap e = {.mask = F1P_GAP_LEADER | F1P_GAP_INTERVAL, .car = car, .gap_ms = gap_ms,
				   .interval_ms = interval_ms};

	feed_put(f, &e, F1P_EV_CAR_GAP, sizeof(e));
}

/* last_ms 0: the event tells no lap time. */
static inline void feed_lap(struct feed *f, uint16_t car, int32_t laps, int32_t last_ms)
{
	struct f1p_ev_car_lap e = {.mask = F1P_LAP_NUMBER, .car = car, .laps = laps};

	if (last_ms) {
		e.mask |= F1P_LAP_LAST;
		e.last_ms = last_ms;
	}
	feed_put(f, &e, F1P_EV_CAR_LAP, sizeof(e));
}

static inline void feed_last(struct feed *f, uint16_t car, int32_t last_ms)
{
	struct f1p_ev_car_lap e = {.mask = F1P_LAP_LAST, .car = car, .last_ms = last_ms};

	feed_put(f, &e, F1P_EV_CAR_LAP, sizeof(e));
}

static inline void feed_best(struct feed *f, uint16_t car, int32_t best_ms)
{
	struct f1p_ev_car_lap e = {.mask = F1P_LAP_BEST, .car = car, .best_ms = best_ms};

	feed_put(f, &e, F1P_EV_CAR_LAP, sizeof(e));
}

static inline void feed_car_flag(struct feed *f, uint16_t car, uint32_t mask, bool on)
{
	uint8_t v = on ? F1P_YES : F1P_NO;
	struct f1p_ev_car_status e = {.mask = mask, .car = car, .in_pit = v, .retired = v, .stopped = v};

	feed_put(f, &e, F1P_EV_CAR_STATUS, sizeof(e));
}

static inline void feed_pit(struct feed *f, uint16_t car, bool in_pit)
{
	feed_car_flag(f, car, F1P_CAR_IN_PIT, in_pit);
}

static inline void feed_stint(struct feed *f, uint16_t car, uint8_t index, uint8_t compound, int32_t total, int32_t start)
{
	struct f1p_ev_stint e = {.mask = F1P_STINT_COMPOUND | F1P_STINT_NEW | F1P_STINT_TOTAL | F1P_STINT_START, .car = car,
				 .index = index, .compound = compound, .is_new = start ? F1P_NO : F1P_YES,
				 .total_laps = total, .start_laps = start};

	feed_put(f, &e, F1P_EV_STINT, sizeof(e));
}

static inline void feed_stint_total(struct feed *f, uint16_t car, uint8_t index, int32_t total)
{
	struct f1p_ev_stint e = {.mask = F1P_STINT_TOTAL, .car = car, .index = index, .total_laps = total};

	feed_put(f, &e, F1P_EV_STINT, sizeof(e));
}

static inline void feed_text(struct feed *f, uint16_t index, const char *text)
{
	struct f1p_ev_race_control e = {.index = index, .lap = 1, .t_utc_ns = feed_ns(f->at_s), .category = F1P_RC_OTHER,
					.flag = F1P_FLAG_NONE, .scope = F1P_SCOPE_NONE, .mode = F1P_MODE_NONE,
					.status = F1P_RCS_NONE};

	snprintf(e.text, sizeof(e.text), "%s", text);
	feed_put(f, &e, F1P_EV_RACE_CONTROL, sizeof(e));
}

static inline void feed_weather(struct feed *f, int32_t track_dc, bool rain)
{
	struct f1p_ev_weather e = {.mask = F1P_WX_TRACK | F1P_WX_RAIN, .track_temp_dc = track_dc,
				   .rain = rain ? F1P_YES : F1P_NO};

	feed_put(f, &e, F1P_EV_WEATHER, sizeof(e));
}

static inline const struct f1p_car *feed_car(struct feed *f, uint16_t number)
{
	const struct f1p_state *st = race_state(f->race);

	for (size_t i = 0; i < st->n_cars; i++) {
		if (st->cars[i].number == number) {
			return &st->cars[i];
		}
	}
	fprintf(stderr, "no car %u\n", number);
	abort();
}

static inline const struct f1p_lap *feed_history(struct feed *f, uint16_t number, int lap)
{
	const struct f1p_car *car = feed_car(f, number);

	if (lap < 1 || lap > car->n_laps) {
		fprintf(stderr, "car %u has no lap %d\n", number, lap);
		abort();
	}
	return &car->history[lap - 1];
}

/* A race of 50 laps with cars 1..n on their grid places, started at second 0. */
static inline void feed_start(struct feed *f, uint16_t cars)
{
	feed_session(f, 77, F1P_SESSION_RACE);
	for (uint16_t car = 1; car <= cars; car++) {
		feed_car_value(f, F1P_EV_CAR_GRID, car, car);
		feed_position(f, car, car);
		feed_pit(f, car, false);
	}
	feed_track(f, F1P_TRACK_CLEAR);
	feed_lap_count(f, 1, 50);
	feed_status(f, F1P_STATUS_STARTED);
	race_take_changes(f->race);
}

/* Car n crosses the line after each 90 s lap, one second behind car n-1. Laps from..to. */
static inline void feed_laps(struct feed *f, uint16_t cars, int from, int to)
{
	for (int lap = from; lap <= to; lap++) {
		for (uint16_t car = 1; car <= cars; car++) {
			feed_at(f, 90.0 * lap + car);
			feed_lap(f, car, lap, 90000);
		}
	}
}

#endif

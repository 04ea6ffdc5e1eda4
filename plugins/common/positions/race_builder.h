/*
 * race_builder.h - builds a race state by hand, for the tests and benchmarks of the race predictors. Not part of any plugin.
 *
 * race_new() gives a race in mid-flow: cars in grid order, a gap of one second each, clean laps of equal pace, one stop made.
 * Tests then change what they are about. Free it with free().
 */
#ifndef RACE_BUILDER_H
#define RACE_BUILDER_H

#include <f1pd/state.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RACE_T0_NS INT64_C(1700000000000000000)

static inline void race_unknown_car(struct f1p_car *car)
{
	car->retired = car->in_pit = car->pit_out = car->stopped = F1P_NO;
	car->retired_how = F1P_RETIRED_NOT;
	car->position = car->grid = car->gap_ms = car->gap_laps = car->interval_ms = car->interval_laps = F1P_UNKNOWN;
	car->laps = car->last_ms = car->best_ms = car->best_lap = car->pit_stops = car->tyre_age = F1P_UNKNOWN;
	car->stint_laps = car->pace_ms = car->last_pit_lap = car->last_pit_lane_ms = F1P_UNKNOWN;
	car->stops = car->penalty_ms = 0;
	car->compound = F1P_TYRE_UNKNOWN;
	car->t_line_ns = car->t_seen_ns = car->t_pit_in_ns = F1P_UNKNOWN_NS;
}

static inline void race_stint(struct f1p_car *car, uint8_t compound, int32_t age)
{
	struct f1p_stint *s = &car->stints[car->n_stints++];
	s->compound = compound;
	s->total_laps = age;
	car->compound = compound;
	car->tyre_age = age;
	car->stint_laps = age;
}

/* On its first set, so that it owes a stop. */
static inline void race_owes_stop(struct f1p_car *car, uint8_t compound, int32_t age)
{
	car->n_stints = 0;
	race_stint(car, compound, age);
	car->stops = 0;
}

/* Laps 1..n of equal length; the gap to the car ahead as it is now. */
static inline void race_laps(struct f1p_car *car, uint32_t n, int32_t lap_ms)
{
	car->n_laps = (uint16_t)n;
	car->laps = (int32_t)n;
	for (uint32_t k = 0; k < n && k < F1P_MAX_LAPS; k++) {
		car->history[k] = (struct f1p_lap){ .time_ms = lap_ms, .gap_ms = F1P_UNKNOWN, .interval_ms = 3000,
			.tyre_age = (uint16_t)(k + 1), .compound = F1P_TYRE_MEDIUM, .position = (uint8_t)car->position,
			.elapsed_ms = F1P_UNKNOWN };
	}
	car->last_ms = lap_ms;
}

/* `cars` cars on the grid before the start. */
static inline struct f1p_state *race_grid(uint32_t cars, int32_t total_laps)
{
	struct f1p_state *s = calloc(1, sizeof(*s));
	if (!s) {
		abort();
	}
	s->size = sizeof(*s);
	s->seq = 1000;
	s->type = F1P_SESSION_RACE;
	s->status = F1P_STATUS_INACTIVE;
	s->track = F1P_TRACK_CLEAR;
	s->neutralised = F1P_NO;
	s->t_event_ns = RACE_T0_NS;
	s->lap = 1;
	s->total_laps = total_laps;
	s->clock_remaining_ms = s->lap_neutral_start = s->best_ms = F1P_UNKNOWN;
	s->weather.rain = F1P_NO;
	s->n_cars = (uint16_t)cars;
	for (uint32_t k = 0; k < F1P_PRIORS; k++) {
		s->prior[k] = F1P_UNKNOWN;
		for (uint32_t i = 0; i < F1P_MAX_CARS; i++) {
			s->car_prior[i][k] = F1P_UNKNOWN;
		}
	}
	for (uint32_t i = 0; i < cars; i++) {
		struct f1p_car *car = &s->cars[i];
		race_unknown_car(car);
		car->number = (uint16_t)(3 + 3 * i);
		snprintf(car->code, sizeof(car->code), "C%02u", i % 100u);
		car->grid = car->position = (int32_t)i + 1;
		car->t_seen_ns = s->t_event_ns;
		s->order[i] = (uint16_t)i;
		race_stint(car, F1P_TYRE_MEDIUM, 0);
	}
	return s;
}

/* Cars so far apart, in the order of cars[]. */
static inline void race_spread(struct f1p_state *s, int32_t interval_ms)
{
	for (uint32_t i = 0; i < s->n_cars; i++) {
		s->cars[i].gap_ms = (int32_t)i * interval_ms;
		s->cars[i].interval_ms = i ? interval_ms : F1P_UNKNOWN;
	}
}

/* `done` laps run; one second between the cars; every car has made its stop (medium, then hard, `age` laps old). */
static inline struct f1p_state *race_new(uint32_t cars, int32_t done, int32_t total_laps)
{
	struct f1p_state *s = race_grid(cars, total_laps);
	s->status = F1P_STATUS_STARTED;
	s->lap = done + 1;
	for (uint32_t i = 0; i < cars; i++) {
		struct f1p_car *car = &s->cars[i];
		race_laps(car, (uint32_t)done, 90000);
		race_stint(car, F1P_TYRE_HARD, done / 3);
		car->stops = 1;
		car->gap_laps = 0;
		car->grid = 10; /* an equal prior for all */
	}
	race_spread(s, 1000);
	return s;
}

static inline struct f1p_car *race_car(struct f1p_state *s, uint16_t number)
{
	for (uint32_t i = 0; i < s->n_cars; i++) {
		if (s->cars[i].number == number) {
			return &s->cars[i];
		}
	}
	abort();
}

#endif

/*
 * synth_state.c - race states with known content: on the grid, in the middle of a race with history, all cars retired.
 */
#include "check.h"

#include <stdio.h>
#include <string.h>

#define TOTAL_LAPS 57
#define MID_LAPS 28
#define START_NS INT64_C(1748178000000000000) /* 2025-05-25T13:00:00Z */

uint64_t synth_random(uint64_t *x)
{
	uint64_t z = (*x += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static void fill_session(struct f1p_state *s)
{
	*s = (struct f1p_state){.size = sizeof(*s),
		.seq = 1000,
		.t_event_ns = START_NS,
		.session_key = 9001,
		.meeting_key = 901,
		.circuit_key = 63,
		.year = 2025,
		.type = F1P_SESSION_RACE,
		.t_start_ns = START_NS,
		.t_end_ns = START_NS + INT64_C(7200000000000),
		.gmt_offset_s = 7200,
		.status = F1P_STATUS_INACTIVE,
		.track = F1P_TRACK_CLEAR,
		.neutralised = F1P_NO,
		.t_track_ns = START_NS,
		.t_green_ns = F1P_UNKNOWN_NS,
		.lap = F1P_UNKNOWN,
		.total_laps = TOTAL_LAPS,
		.clock_remaining_ms = 7200000,
		.clock_running = F1P_NO,
		.t_clock_ns = START_NS,
		.lap_neutral_start = F1P_UNKNOWN,
		.best_ms = F1P_UNKNOWN};
	strcpy(s->name, "Race");
	strcpy(s->meeting, "Check Grand Prix");
	strcpy(s->circuit, "Checkring");
	strcpy(s->location, "Checktown");
	strcpy(s->country, "CHK");
	s->weather = (struct f1p_weather){253, 412, 480, 10132, 21, 180, F1P_NO, 3, F1P_UNKNOWN_NS, START_NS};
	s->outlook = (struct f1p_outlook){.t_ns = START_NS, .n_steps = 1, .provider = "Check",
		.steps = {{.t_ns = START_NS + INT64_C(3600000000000), .step_s = 3600, .mask = F1P_OUTLOOK_RAIN_PROBABILITY,
			.rain_probability_pct = 30}}};
	for (size_t i = 0; i < sizeof(s->origins) / sizeof(s->origins[0]); i++) {
		s->origins[i].t_ns = F1P_UNKNOWN_NS;
	}
	for (size_t i = 0; i < F1P_MAX_CARS * F1P_CAR_ORIGINS; i++) {
		s->car_origins[i / F1P_CAR_ORIGINS][i % F1P_CAR_ORIGINS].t_ns = F1P_UNKNOWN_NS;
	}
}

static void fill_car(struct f1p_car *car, uint32_t i)
{
	*car = (struct f1p_car){.number = (uint16_t)(i + 2),
		.retired = F1P_NO,
		.retired_how = F1P_RETIRED_NOT,
		.in_pit = F1P_NO,
		.pit_out = F1P_NO,
		.stopped = F1P_NO,
		.knocked_out = F1P_TRI_UNKNOWN,
		.cutoff = F1P_TRI_UNKNOWN,
		.catching = F1P_NO,
		.last_overall = F1P_NO,
		.last_personal = F1P_NO,
		.compound = i % 2 ? F1P_TYRE_HARD : F1P_TYRE_MEDIUM,
		.tyre_new = F1P_YES,
		.shown = F1P_YES,
		.colour_rgb = 0x336699,
		.listed = (uint16_t)(i + 1),
		.position = (int32_t)i + 1,
		.grid = (int32_t)i + 1,
		.gap_ms = F1P_UNKNOWN,
		.interval_ms = F1P_UNKNOWN,
		.last_ms = F1P_UNKNOWN,
		.best_ms = F1P_UNKNOWN,
		.best_lap = F1P_UNKNOWN,
		.tyre_age = 0,
		.stint_laps = 0,
		.pace_ms = F1P_UNKNOWN,
		.last_pit_lap = F1P_UNKNOWN,
		.last_pit_lane_ms = F1P_UNKNOWN,
		.t_line_ns = F1P_UNKNOWN_NS,
		.t_seen_ns = START_NS,
		.t_pit_in_ns = F1P_UNKNOWN_NS};
	snprintf(car->code, sizeof(car->code), "C%02u", i % 100);
	snprintf(car->name, sizeof(car->name), "Driver %u", i % 100);
	snprintf(car->team, sizeof(car->team), "Team %u", i / 2 % 50);
	for (int k = 0; k < 3; k++) {
		car->sector_ms[k] = car->part_best_ms[k] = F1P_UNKNOWN;
		car->sector_overall[k] = car->sector_personal[k] = F1P_NO;
	}
	for (int k = 0; k < 4; k++) {
		car->speed_kmh[k] = F1P_UNKNOWN;
	}
	car->n_stints = 1;
	car->stints[0] = (struct f1p_stint){car->compound, F1P_YES, F1P_NO, 0, 0, 0, 1};
}

/* Laps of about 90 s, slower by 0.1 s per place, with a scatter that the seed draws; one stop after 16 to 19 laps. */
static void fill_history(struct f1p_car *car, uint32_t i, uint64_t *random)
{
	int32_t elapsed = (int32_t)i * 300, stop = 16 + (int32_t)(i % 4);

	for (int32_t lap = 1; lap <= MID_LAPS; lap++) {
		struct f1p_lap *l = &car->history[lap - 1];
		int32_t time = 90000 + (int32_t)i * 100 + (int32_t)(synth_random(random) % 600) + (lap == stop ? 20000 : 0);
		int32_t age = lap <= stop ? lap : lap - stop;

		elapsed += time;
		*l = (struct f1p_lap){.time_ms = time,
			.gap_ms = F1P_UNKNOWN,
			.interval_ms = F1P_UNKNOWN,
			.tyre_age = (uint16_t)age,
			.compound = lap <= stop ? F1P_TYRE_MEDIUM : F1P_TYRE_HARD,
			.position = (uint8_t)(i + 1),
			.flags = (uint16_t)(lap == stop	      ? F1P_LAPF_IN
					    : lap == stop + 1 ? F1P_LAPF_OUT
							      : 0),
			.elapsed_ms = elapsed};
		car->best_ms = car->best_ms == F1P_UNKNOWN || time < car->best_ms ? time : car->best_ms;
		car->last_ms = time;
	}
	car->n_laps = MID_LAPS;
	car->laps = MID_LAPS;
	car->best_lap = 5;
	car->pace_ms = 90300 + (int32_t)i * 100;
	car->pit_stops = car->stops = 1;
	car->last_pit_lap = stop;
	car->last_pit_lane_ms = 21500;
	car->compound = F1P_TYRE_HARD;
	car->tyre_age = car->stint_laps = MID_LAPS - stop;
	car->n_stints = 2;
	car->stints[0] = (struct f1p_stint){F1P_TYRE_MEDIUM, F1P_YES, F1P_NO, 0, stop, 0, 1};
	car->stints[1] = (struct f1p_stint){F1P_TYRE_HARD, F1P_YES, F1P_NO, 0, MID_LAPS - stop, 0, stop + 1};
	car->gap_ms = (int32_t)i * 1900;
	car->interval_ms = i ? 1900 : 0;
	car->t_line_ns = START_NS + (int64_t)elapsed * 1000000;
	car->t_seen_ns = car->t_line_ns;
}

void synth_state(struct f1p_state *s, uint32_t n_cars, enum synth_phase phase, uint64_t seed)
{
	uint64_t random = seed;

	fill_session(s);
	s->n_cars = (uint16_t)n_cars;
	for (uint32_t i = 0; i < n_cars; i++) {
		fill_car(&s->cars[i], i);
		s->order[i] = (uint16_t)i;
		if (phase != SYNTH_GRID) {
			fill_history(&s->cars[i], i, &random);
		}
		if (phase == SYNTH_ALL_RETIRED) {
			s->cars[i].retired = F1P_YES;
			s->cars[i].retired_how = F1P_RETIRED_FLAG;
			s->cars[i].gap_ms = s->cars[i].interval_ms = F1P_UNKNOWN;
		}
	}
	for (uint32_t i = 0; i < 3 && i < n_cars; i++) {
		s->top3[i] = s->cars[i].number;
	}
	if (phase != SYNTH_GRID) {
		s->status = F1P_STATUS_STARTED;
		s->t_green_ns = START_NS;
		s->lap = MID_LAPS + 1;
		s->best_ms = 90000;
		s->best_car = n_cars ? s->cars[0].number : 0;
		s->t_event_ns = START_NS + INT64_C(2600000000000);
	}
}

void synth_reverse(struct f1p_state *out, const struct f1p_state *in)
{
	*out = *in;
	for (uint32_t i = 0; i < in->n_cars; i++) {
		out->cars[i] = in->cars[in->n_cars - 1u - i];
		out->order[i] = (uint16_t)(in->n_cars - 1u - in->order[i]);
	}
}

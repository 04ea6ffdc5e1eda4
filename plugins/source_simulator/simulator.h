/*
 * simulator.h - a seeded, physically sensible race as a stream of f1pd events, and the truth behind it.
 *
 * The plugin (source_simulator.c) drives it by the host's clock; tests fold its events and compare them with sim_result().
 * The same configuration gives the same bytes on every machine: only +, -, *, /, the SDK's own exp/log and its generator
 * are used, never libm's transcendental functions.
 */
#ifndef SIMULATOR_H
#define SIMULATOR_H

#include <f1pd/event.h>

#define SIM_MAX_LAPS 78
#define SIM_MAX_STINTS 16 /* of one car; a car stops no more once it has had so many */

enum sim_choice { SIM_AUTO = 1, SIM_NO, SIM_YES };

struct sim_config {
	uint64_t seed;
	int cars;          /* 2..32 */
	int laps;          /* 3..SIM_MAX_LAPS */
	double lap_time_s; /* 50..150: a clean lap of the mid-field at half fuel */
	double pit_loss_s; /* 12..40: what a stop costs at racing speed */
	int rain, safety_car, red_flag; /* enum sim_choice */
	bool sprint;       /* no compulsory stop */
	int rate;          /* 1..50: gap updates per mini-sector */
	int pre_start_s;   /* 0..3600: first event so long before lights out */
	int64_t start_ns;  /* lights out, UTC */
};

struct sim_car_result {
	int number, grid; /* grid 0 = pit lane */
	int laps, stops;  /* stops: visits to the pit lane, red-flag changes not counted */
	int n_stints;
	uint8_t compounds[SIM_MAX_STINTS];
	bool retired;
	int32_t best_ms;
};

struct sim_result {
	bool ended;       /* every event has been taken */
	bool wet;         /* the track was wet at some time */
	int n_cars;
	int n_sc, n_vsc, n_red;
	int64_t end_ns;   /* time of the last event */
	struct sim_car_result order[F1P_MAX_CARS]; /* finishing order on the road; retired cars by distance */
};

struct sim;

struct sim *sim_create(const struct sim_config *); /* NULL when memory is short or a value is out of range */
void sim_destroy(struct sim *);                    /* accepts NULL */

/* The next event, or NULL after the last. Valid until the next call. Times never go back. */
const struct f1p_event *sim_next_event(struct sim *);
/* When the next event is due, without taking it; F1P_NEVER_NS after the last. */
int64_t sim_next_time(struct sim *);
/* Memory ran out: the stream is cut short. */
bool sim_failed(const struct sim *);

void sim_result(const struct sim *, struct sim_result *);

#endif

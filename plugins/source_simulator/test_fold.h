/* test_fold.h - a small fold of the simulator's events, written against event.h alone, that checks each record as it ends. */
#ifndef TEST_FOLD_H
#define TEST_FOLD_H

#include <f1pd/event.h>

#include "simulator.h"

struct fold_car {
	int number, position, grid, laps, stops, n_stints, stint_laps[SIM_MAX_STINTS];
	uint8_t compounds[SIM_MAX_STINTS];
	int32_t gap_ms, gap_laps, interval_ms;
	bool in_pit, stopped, retired, was_lapped;
	int32_t lap_ms[SIM_MAX_LAPS + 1]; /* 0 = none given */
	bool in_lap[SIM_MAX_LAPS + 2], neutral[SIM_MAX_LAPS + 1];
	int64_t t_line[SIM_MAX_LAPS + 1];
	int32_t sector_ms[3];
	int sectors_match, sectors_differ;
};

struct fold {
	int n_cars, lap, total, n_messages, penalties, statuses[16], n_statuses;
	int passes[8]; /* on the road, by track status */
	int track, rain_seen, wet_tyres, top3[4], session_type;
	struct fold_car cars[F1P_MAX_CARS];
	uint64_t events, gaps, records;
	/* faults */
	int doubled, unsorted, backwards, stint_jumps, bad_text, unknown_car;
	/* neutralisations */
	int n_sc, n_vsc, n_red;
	double bunch_sum; /* mean interval of lead-lap cars at the end of each safety car */
	int bunch_n, laps_in_red;
	int64_t t_red, t_last;
	uint64_t hash;
};

void fold_event(struct fold *, const struct f1p_event *);
/* Runs a whole race through the fold; false if it does not end. */
bool fold_race(struct fold *, const struct sim_config *, struct sim_result *);
struct sim_config fold_config(uint64_t seed);
struct fold_car *fold_car(struct fold *, int number); /* NULL if unknown */
struct fold_car *fold_place(struct fold *, int position);

#endif

/*
 * options.h - strategy: what a stop now, later, under a safety car, onto another compound, or none at all would change.
 *
 * Each option is the simulation of the forecast (plugins/common/montecarlo) with one car made to do it; what it changes is the difference
 * to the simulation without, run by run the same random futures. All the other cars do as they would.
 */
#ifndef INSIGHTS_OPTIONS_H
#define INSIGHTS_OPTIONS_H

#include <f1pd/insight.h>

#include "prepare.h"
#include "simulate.h"

struct simulation {
	struct mc_tables tables;
	struct midrace_model model;
	struct midrace_cfg cfg;
	mc_run_fn run;
	uint32_t runs;      /* for each option; 0 = no options */
	uint32_t move_runs; /* for each cause of a move; 0 = no moves */
};

/* Fills options and stops_left of the cars that still race, and runs. None under a red flag, before the leader has completed a lap, on
 * the last lap, after the flag, in sprints; none for a car that stands or is in the lane. F1P_ECANCELLED. */
f1p_status options_say(struct f1p_insights *out, const struct f1p_state *state, const struct simulation *sim, uint64_t seed,
		       bool (*cancel)(void *), void *cancel_arg);

#endif

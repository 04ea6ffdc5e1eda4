/*
 * prepare.h - from the race as it stands to the terms of the kernel: pace, tyres, gaps, stops still owed, hazards.
 */
#ifndef MIDRACE_PREPARE_H
#define MIDRACE_PREPARE_H

#include <f1pd/state.h>

#include "kernel.h"
#include "pace.h"
#include "positions.h"

struct midrace_cfg {
	int64_t runs;
	double pit_loss_s;       /* until this race has shown its own */
	double overtaking;       /* added to the logit of a pass: below 0 = a circuit where passing is hard */
	double retire_per_lap;   /* per car */
	double sc_per_lap, vsc_per_lap, red_per_lap; /* beyond those that a retirement causes */
	int64_t default_laps;    /* if the distance is unknown */
};

/* Fills the tables that depend on the configuration alone. */
void mc_tables_init(struct mc_tables *tables, const struct midrace_cfg *cfg);

/* Fills the input of the kernel; lane i is the i-th running row of `rows`. Returns F1P_MISSING_*. */
uint32_t mc_field_init(struct mc_field *field, uint16_t rows[MC_LANES], const struct f1p_state *state,
		       const struct positions_field *cars, const struct midrace_cfg *cfg, uint64_t seed);

#endif

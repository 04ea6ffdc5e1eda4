/*
 * prepare.h - from the race as it stands to the terms of the kernel: pace, tyres, gaps, stops still owed, hazards.
 */
#ifndef MONTECARLO_PREPARE_H
#define MONTECARLO_PREPARE_H

#include <f1pd/state.h>

#include "kernel.h"
#include "model.h"
#include "positions.h"
#include "priors.h"

/* Fills the constant tables. */
void mc_tables_init(struct mc_tables *tables);

/* Fills the input of the kernel; lane i is the i-th running row of `rows`. Returns F1P_MISSING_*. */
uint32_t mc_field_init(struct mc_field *field, uint16_t rows[MC_LANES], const struct f1p_state *state,
	const struct positions_field *cars, const struct midrace_cfg *cfg, const struct midrace_model *model, uint64_t seed);

#endif

/*
 * simulate.h - runs the kernel, and looks now and then whether anybody still waits for the answer.
 */
#ifndef MONTECARLO_SIMULATE_H
#define MONTECARLO_SIMULATE_H

#include <f1pd/base.h>

#include "kernel.h"

#define MC_BATCH 32u /* runs: well below a millisecond between two looks at cancel() */

struct mc_runner {
	const struct mc_tables *tables;
	mc_run_fn run;
	bool (*cancel)(void *); /* NULL: never */
	void *cancel_arg;
};

/* `runs` runs of the field from number `first` on, into counts. F1P_ECANCELLED: counts are of no use. */
f1p_status mc_simulate(const struct mc_runner *, const struct mc_field *field, uint32_t first, uint32_t runs,
	struct mc_counts *counts);

#endif

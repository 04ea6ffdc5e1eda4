#include "simulate.h"

#include <string.h>

f1p_status mc_simulate(const struct mc_runner *r, const struct mc_field *field, uint32_t first, uint32_t runs,
	struct mc_counts *counts)
{
	memset(counts, 0, sizeof(*counts));
	for (uint32_t run = 0; run < runs; run += MC_BATCH) {
		if (r->cancel && r->cancel(r->cancel_arg)) {
			return F1P_ECANCELLED;
		}
		r->run(field, r->tables, first + run, runs - run < MC_BATCH ? runs - run : MC_BATCH, counts);
	}
	return F1P_OK;
}

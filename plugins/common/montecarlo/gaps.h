/*
 * gaps.h - the gap to the winner at the flag, from the classes in which the simulation counted it.
 */
#ifndef MONTECARLO_GAPS_H
#define MONTECARLO_GAPS_H

#include <f1pd/forecast.h>

#include "kernel.h"

/* Quantiles by enum f1p_gap_level of a lane of `runs` runs, ms; F1P_UNKNOWN from the one on that is a lap of lap_s or more, or out of the
 * race. Within a class the gap is spread evenly. */
void mc_gap_quantiles(int32_t gap_ms[F1P_GAP_LEVELS], const struct mc_counts *, uint32_t lane, uint32_t runs, double lap_s);

#endif

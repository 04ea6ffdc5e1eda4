/* gaps.c - see gaps.h. */
#include "gaps.h"

static double class_begin_s(uint32_t class)
{
	return class < 128u ? 0.25 * class : (double)class - 96.0;
}

static int32_t quantile(const uint32_t *gap, double wanted, double below, double lap_s)
{
	for (uint32_t k = 0; k < MC_GAPS; k++) {
		double here = gap[k];
		if (here > 0.0 && below + here >= wanted) {
			double from = class_begin_s(k), s = from + (wanted - below) / here * (class_begin_s(k + 1) - from);
			return s < lap_s ? (int32_t)(1000.0 * s + 0.5) : F1P_UNKNOWN;
		}
		below += here;
	}
	return F1P_UNKNOWN;
}

void mc_gap_quantiles(int32_t gap_ms[F1P_GAP_LEVELS], const struct mc_counts *counts, uint32_t lane, uint32_t runs, double lap_s)
{
	static const double levels[F1P_GAP_LEVELS] = {0.05, 0.25, 0.50, 0.75, 0.95};
	double won = counts->place[lane][0];
	for (uint32_t i = 0; i < F1P_GAP_LEVELS; i++) {
		double wanted = levels[i] * runs;
		gap_ms[i] = wanted <= won ? 0 : quantile(counts->gap[lane], wanted, won, lap_s);
	}
}

/*
 * gaps.h - what a session's best laps say about pace: gaps to the median of the field, % of a lap. NaN where nothing is known.
 */
#ifndef RATINGS_GAPS_H
#define RATINGS_GAPS_H

#include <stdbool.h>
#include <stdint.h>

#define GAP_FASTEST (-3.0) /* gaps are kept within these */
#define GAP_SLOWEST 4.0

static inline bool is_known(double x)
{
	return x == x;
}

/* Median of the known values, NaN if there are none; at most 1024 values. */
double median_of(const double *v, uint32_t n);
/* Share `share` (0..1) of the known values lies below it; interpolated. */
double quantile_of(const double *v, uint32_t n, double share);

/* One best lap per car; F1P_UNKNOWN = none. Leaves all unknown unless at least four cars have one. */
void gaps_session(const int32_t *best_ms, uint32_t n, double *gap);

/* Qualifying in up to three parts. The parts are brought to one level by the median change of the cars that drove in both; the last
 * part of a car weighs .55, those before it .45. Returns whether the track was wet in at least one of them. */
bool gaps_qualifying(const int32_t (*q_ms)[3], uint32_t n, double *gap);

#endif

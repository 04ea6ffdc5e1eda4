/*
 * measures.h - what a forecast of the past was worth, and what many of them were: means, calibration, paired differences.
 *
 * Per-driver figures are means over the cars that still run on when the forecast is made (the others are known); definitions stand
 * in forecast/score.h.
 */
#ifndef BACKTEST_MEASURES_H
#define BACKTEST_MEASURES_H

#include "forecast/score.h"

enum measure {
	MEASURE_TOP3_HIT, MEASURE_WINNER_HIT,
	MEASURE_WIN_LOGLOSS, MEASURE_PODIUM_LOGLOSS, MEASURE_POINTS_LOGLOSS, MEASURE_DNF_LOGLOSS, MEASURE_WINNER_LOGLOSS,
	MEASURE_WIN_BRIER, MEASURE_PODIUM_BRIER, MEASURE_POINTS_BRIER,
	MEASURE_RPS, MEASURE_MAE, MEASURE_SPEARMAN, MEASURE_COVER50, MEASURE_COVER90,
	MEASURE_POLE_LOGLOSS, MEASURE_POLE_HIT, MEASURE_Q3_LOGLOSS, /* qualifying only; unknown for races */
	MEASURES
};
const char *measure_name(int); /* "top3_hit" */
/* Of those above, which a plain order without probabilities has: hits and ranks. */
bool measure_is_of_order(int);

#define CALIBRATION_BINS 15 /* of equal width over 0..1 */
struct calibration {
	double n[CALIBRATION_BINS], p[CALIBRATION_BINS], y[CALIBRATION_BINS];
};
enum target { TARGET_WIN, TARGET_PODIUM, TARGET_POINTS, TARGETS };
const char *target_name(int);

struct measures { /* of one forecast; NaN = unknown */
	double v[MEASURES];
};
/* False: nothing could be compared. calibration: TARGETS entries that are added to; may be NULL. */
bool measures_race(struct measures *, struct calibration *, const struct f1p_forecast *, const struct score_result *);
bool measures_qualifying(struct measures *, const struct f1p_forecast *, const struct score_result *);
/* Mean distance of said and seen, weighted with how often it was said. NaN without any. */
double calibration_error(const struct calibration *);

/* Mean of n differences and the interval in which it lies with 95 %, by drawing races again (same draws in every run). */
struct difference {
	double mean, low, high;
	size_t n;
};
struct difference paired_difference(const double *differences, size_t n);

#endif

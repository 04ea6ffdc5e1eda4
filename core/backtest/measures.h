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
	MEASURE_GAP_COVER50, MEASURE_GAP_COVER90, /* races only; unknown where no gap was said, or none is known */
	MEASURE_POLE_LOGLOSS, MEASURE_POLE_HIT, MEASURE_Q3_LOGLOSS, /* qualifying only; unknown for races */
	MEASURE_KNOCKOUT_LOGLOSS, /* while it goes on: going on from the part in hand; mean over the cars in it */
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
/* Cars that go on from a part, 0..2: ten reach the last; who drop out before do so in equal numbers, the odd one in the first part. */
uint32_t measures_cut(uint32_t of, uint32_t part);
/* The same of a part in progress, 0..2; the result holds the cars that are in it. of: all cars of the session. */
bool measures_part(struct measures *, const struct f1p_forecast *, const struct score_result *, uint32_t part, uint32_t of);
/* Mean distance of said and seen, weighted with how often it was said. NaN without any. */
double calibration_error(const struct calibration *);

/* Mean of n differences and the interval in which it lies with 95 %, by drawing races again (same draws in every run). */
struct difference {
	double mean, low, high;
	size_t n;
};
struct difference paired_difference(const double *differences, size_t n);

#endif

/* tally.h - means over the scores of a walk, and differences of two models race by race. For walk_report.c and its tests. */
#ifndef BACKTEST_TALLY_H
#define BACKTEST_TALLY_H

#include "backtest/walk.h"

enum tally_weather { TALLY_ANY = 0, TALLY_DRY_GREEN, TALLY_WET, TALLY_NEUTRALISED };

struct tally_filter {
	int phase;
	int32_t season;  /* 0 = all */
	int32_t race_id; /* 0 = all */
	enum tally_weather weather;
};

/* Mean of each measure over the model's scores that the filter lets through; NaN where there is none. Returns how many. */
size_t tally_mean(const struct walk_result *, const struct tally_filter *, size_t model, struct measures *out);
/* Model minus other, over the races that have both. */
struct difference tally_difference(const struct walk_result *, const struct tally_filter *, size_t model, size_t other, int measure);
/* Index of a name, n_models if there is none. */
size_t tally_model(const struct walk_result *, const char *name);

#endif

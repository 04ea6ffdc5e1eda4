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

/* Of the model that most races have. */
size_t tally_races(const struct walk_result *, int phase);
bool tally_has_phase(const struct walk_result *, int phase);
/* Whether any model has it. */
bool tally_has_measure(const struct walk_result *, int phase, int measure);
/* First and last season that was scored; 0: none. */
void tally_seasons(const struct walk_result *, int32_t *first, int32_t *last);

/* What the published forecast is compared with at a phase: hits with the order, odds with the table; and in which measures. */
enum baseline tally_baseline(int phase, int measure);
#define TALLY_COMPARED 6
extern const int tally_compared[TALLY_COMPARED];
/* Kinds of races that are told apart. */
#define TALLY_SPLITS 3
extern const struct tally_split {
	const char *name;
	enum tally_weather weather;
} tally_splits[TALLY_SPLITS];

#endif

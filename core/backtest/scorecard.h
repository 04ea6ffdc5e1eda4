/*
 * scorecard.h - what the live forecasts were worth: the daemon's scores.jsonl as the result of a walk, so that the same tables and
 * reports serve both.
 *
 * Lines are what forecast/scorer.h writes, oldest first. A race that was scored twice (a corrected result) counts with its last
 * lines. Seasons are calendar years; races are numbered within them in the order of their start.
 */
#ifndef BACKTEST_SCORECARD_H
#define BACKTEST_SCORECARD_H

#include "backtest/walk.h"

#define SCORECARD_FILE_MAX (256u << 20)

/* A file that is not there is an empty scorecard. Lines that are none are counted in *bad and passed over. False with a line in err:
 * the file cannot be read, or memory is short. */
bool scorecard_read(struct walk_result *, const char *path, size_t *bad, char *err, size_t err_size);
/* The same from memory. */
bool scorecard_parse(struct walk_result *, const char *text, size_t n, size_t *bad);

#endif

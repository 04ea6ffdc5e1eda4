/*
 * past.h - the whole history in memory, row type by row type, in order of race and key: what back-tests and training walk through.
 */
#ifndef BACKTEST_PAST_H
#define BACKTEST_PAST_H

#include "history/history.h"

struct past;

/* A folder with the CSV set (history/history_csv.h). complain (may be NULL) gets a line for each bad row, which is left out.
 * NULL with one line in err. */
struct past *past_load(const char *csv_dir, void (*complain)(void *arg, const char *line), void *arg, char *err, size_t err_size);
/* The rows that a store holds. */
struct past *past_of(struct history *, char *err, size_t err_size);
void past_destroy(struct past *); /* accepts NULL */

/* Rows of one type in races first..last (names: all of them, whatever the races), contiguous, history_row_size(type) apart;
 * valid as long as the past. */
const void *past_rows(const struct past *, uint32_t type, int32_t first_race, int32_t last_race, size_t *n);
/* The same for one race, and its row. NULL if there is none. */
const struct f1p_hist_race *past_race(const struct past *, int32_t race_id);
/* All races, oldest first. */
const struct f1p_hist_race *past_races(const struct past *, size_t *n);
/* The first race of whose weekend a driver or constructor of past_rows() took part; INT32_MAX: none. */
int32_t past_first_race(const struct past *, const struct f1p_hist_name *);
/* NULL if nobody has the id. type: F1P_HIST_DRIVER or F1P_HIST_CONSTRUCTOR */
const struct f1p_hist_name *past_name(const struct past *, uint32_t type, const char *id);

#endif

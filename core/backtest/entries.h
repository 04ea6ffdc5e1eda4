/*
 * entries.h - who took part in a race of the past: cars with their drivers, where they started, what became of them.
 */
#ifndef BACKTEST_ENTRIES_H
#define BACKTEST_ENTRIES_H

#include "backtest/past.h"

#include <f1pd/model.h>

struct entry {
	uint16_t car;          /* its number; where the past has none or one twice: the lowest free one from 900 on */
	uint16_t start;        /* 1..: place in the starting order, pit lane last; 0 = it did not start */
	uint16_t finish;       /* 1..: place in the official classification of those who started; 0 = none */
	uint16_t qualified;    /* 1..: place in qualifying; 0 = none */
	int32_t grid;          /* as f1p_hist_result.grid */
	bool retired;          /* did not finish, classified or not */
	bool gap_known;
	int32_t gap_ms;        /* to the winner at the flag; F1P_UNKNOWN: laps behind, out, or not known */
	const struct f1p_hist_result *result;         /* NULL: none */
	const struct f1p_hist_qualifying *qualifying; /* NULL: none */
	const char *driver_id, *constructor_id;       /* of the past */
};
struct entry_list { /* in order of the cars' numbers, which tells nothing */
	size_t n, n_started, n_qualified;
	struct entry cars[F1P_MAX_CARS];
};

void entry_list_read(struct entry_list *, const struct past *, int32_t race_id);
/* Of the sprint of the same weekend; n_started = 0: it has none. */
void entry_list_read_sprint(struct entry_list *, const struct past *, int32_t race_id);
/* Of a race that goes on: the cars of the state, by their grid; nothing of its end. */
void entry_list_of_state(struct entry_list *, const struct f1p_state *);
/* NULL if the driver takes no part. */
struct entry *entry_of_driver(struct entry_list *, const char *driver_id);
const struct entry *entry_of_car(const struct entry_list *, uint16_t car);

#endif

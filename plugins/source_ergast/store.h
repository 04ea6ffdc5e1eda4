/* store.h - between what Jolpica tells and what the history has already. */
#ifndef ERGAST_STORE_H
#define ERGAST_STORE_H

#include "laps.h"

struct store {
	const struct f1p_host *host;
	const struct f1p_history *history;
	/* What was put last may not be in the store yet when the laps come */
	int32_t stops_race_id;
	struct stops stops;
};

/* Whether rows of that resource are there. */
bool store_has(const struct store *, const struct want *);
/* The races of a season: completes the calendar's rows by what others know of a race, and puts what is new. */
f1p_status store_calendar(const struct store *, int32_t year, struct calendar *);
/* Completes the rows (in and out laps; the race's distance, in its row) and hands them over. A row that is refused does not hold up
 * the others: refused counts them, the reason of the last is with host->fail. */
f1p_status store_rows(struct store *, const struct want *, struct f1p_hist_race *, struct rows *, unsigned *refused);

#endif

/*
 * qualifying_fold.h - a recorded qualifying session, folded as the daemon would have done it live, with a look at it all along its parts.
 *
 * A part begins when the session starts for the first time, or again after it was finished; a red flag stops its clock. How long a part lasts is
 * the rule since 2016: 18, 15, 12 minutes. A part that was cut short has not all of its moments.
 */
#ifndef BACKTEST_QUALIFYING_FOLD_H
#define BACKTEST_QUALIFYING_FOLD_H

#include "backtest/recordings.h"
#include "race/race.h"

#define QUALIFYING_PARTS 3
#define QUALIFYING_SHARES 5 /* its start, 25, 50, 75 and 90 % of its time */
#define QUALIFYING_MOMENTS (QUALIFYING_PARTS * QUALIFYING_SHARES)

struct qualifying_fold_ops {
	void *arg;
	/* The first part is about to begin: the next event says so. The callee may apply priors to the race. */
	void (*begins)(void *arg, struct race *);
	/* moment: part * QUALIFYING_SHARES + share, rising; each at most once. */
	void (*moment)(void *arg, struct race *, int moment);
};

/* Plays the recording into a fresh race. */
void qualifying_fold(struct recordings *, const char *path, struct race *, const struct qualifying_fold_ops *);

#endif

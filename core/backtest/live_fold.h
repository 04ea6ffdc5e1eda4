/*
 * live_fold.h - a recorded race, folded as the daemon would have done it live, with a look at the moments at which a back-test forecasts.
 */
#ifndef BACKTEST_LIVE_FOLD_H
#define BACKTEST_LIVE_FOLD_H

#include "backtest/recordings.h"
#include "race/race.h"

struct live_fold_ops {
	void *arg;
	/* The lights are about to go out: the next event says so. The callee may apply priors to the race. */
	void (*lights_out)(void *arg, struct race *);
	/* The leader ended this lap a moment ago; 1, 2 ... each once, missing ones are left out. */
	void (*lap)(void *arg, struct race *, int32_t lap);
};

/* Plays the recording into a fresh race. Returns the last lap that the leader ended; 0: no start was seen, or no lap. */
int32_t live_fold(struct recordings *, const char *path, struct race *, const struct live_fold_ops *);

#endif

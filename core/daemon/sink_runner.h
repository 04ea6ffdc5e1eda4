/*
 * sink_runner.h - one thread and one bounded queue per sink: a slow or failing sink harms no one.
 *
 * Policies when the queue is full: coalesce (old snapshot marks and high-rate facts go first, race control, laps and
 * forecasts last), drop_oldest, block (only for replays: the sources wait). F1P_AGAIN keeps the batch and comes again with
 * back-off from 10 ms to 1 s. Any other failure ends the thread; the owner restarts the instance.
 */
#ifndef DAEMON_SINK_RUNNER_H
#define DAEMON_SINK_RUNNER_H

#include "plugin/instance.h"

struct sink_runner;

/* failed: [sink] called once when write() failed for good, as a wake-up call: the owner then asks sink_runner_failure and
 * destroys the runner, both on the loop. */
struct sink_runner *sink_runner_create(struct instance *, const struct f1p_metrics *, const struct f1p_host *core,
				       void (*failed)(void *arg), void *arg);
/* [loop] Copies the batch into the queue. */
void sink_runner_push(struct sink_runner *, const struct f1p_event *first, uint32_t count, size_t bytes);
/* [loop] Policy block and the queue is more than half full. */
bool sink_runner_blocks(struct sink_runner *);
/* [loop] Everything that was pushed has been taken. */
bool sink_runner_idle(struct sink_runner *);
/* [loop] F1P_OK while the sink works; else why it failed for good, and the reason that it gave ("" = none). */
f1p_status sink_runner_failure(struct sink_runner *, char *reason, size_t reason_size);
/* [loop] Lets the sink take what is queued (at most 1 s), flushes it, joins the thread. Accepts NULL. */
void sink_runner_destroy(struct sink_runner *);

#endif

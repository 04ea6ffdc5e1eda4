/*
 * loop_watch.h - how long the loop works between two looks at the outside world: what everything else has to wait.
 *
 * Each turn of the loop counts once, with all that it ran, I/O callbacks too, and without the time in which it slept:
 * f1pd_loop_block_seconds is real time, in which others may have had the processor, f1pd_loop_cpu_seconds the loop's own work,
 * the system's going to sleep and waking up included.
 */
#ifndef LOOP_LOOP_WATCH_H
#define LOOP_LOOP_WATCH_H

#include <f1pd/host.h>
#include <uv.h>

struct loop_watch {
	uv_prepare_t handle;
	const struct f1p_metrics *metrics;
	struct f1p_metric *block, *cpu;
	int64_t last_ns, last_idle_ns, last_cpu_ns; /* last_ns 0: no turn yet */
};

/* Before the loop runs for the first time. The watch does not keep the loop alive. */
void loop_watch_start(struct loop_watch *, uv_loop_t *, const struct f1p_metrics *, const struct f1p_host *core);
void loop_watch_close(struct loop_watch *); /* the handle closes on the next loop run; a watch never started: nothing */

#endif

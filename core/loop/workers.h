/*
 * workers.h - the pool on which predictors run. Tasks come from the loop; their completion returns to the loop.
 *
 * Threads are niced by 5 and of the batch class, which does not push others aside when it wakes: fan-out and ingest win on a
 * busy machine.
 */
#ifndef LOOP_WORKERS_H
#define LOOP_WORKERS_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

struct workers;

struct task {
	void (*work)(struct task *); /* [worker] */
	void (*done)(struct task *); /* [loop] */
	struct task *next;           /* the pool's */
};

/* n >= 1 threads. NULL on failure. */
struct workers *workers_create(uv_loop_t *, unsigned n);
/* [loop] The task is the caller's memory; it must live until done() was called. */
void workers_submit(struct workers *, struct task *);
/* [any] True on a pool thread. */
bool workers_is_worker(void);
/* [loop] Waits for running tasks; calls done() for all finished and unfinished ones. The uv handle closes asynchronously: run
 * the loop once more before its end. Accepts NULL. */
void workers_destroy(struct workers *);

#endif

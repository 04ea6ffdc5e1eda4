/*
 * pump.h - polls the sources at their pace: real time for live ones, the virtual clock for paced ones.
 *
 * One step works for about a millisecond and then lets the loop breathe. Paced sources are polled in the order of their
 * next event; at speed 0 the clock jumps to it.
 */
#ifndef DAEMON_PUMP_H
#define DAEMON_PUMP_H

#include "daemon/engine.h"

struct pump;

struct pump_ops {
	void *arg;
	bool (*held)(void *arg);  /* sinks with policy block are full */
	void (*ended)(void *arg, struct instance *); /* a source said F1P_END */
	void (*failed)(void *arg, struct instance *, f1p_status);
};

struct pump *pump_create(uv_loop_t *, struct engine *, struct vclock *, const struct pump_ops *);
void pump_destroy(struct pump *); /* handles close on the next loop run; accepts NULL */
/* A started source; polled from now on. Restarted instances are added again. */
bool pump_add(struct pump *, struct instance *);
void pump_remove(struct pump *, struct instance *);
void pump_kick(struct pump *); /* something changed: speed, pause, a finished forecast */
/* A live source has news: it is polled at once. Paced ones keep their time. */
void pump_wake(struct pump *, struct instance *);
/* After a seek: the source's next event is due at once. */
void pump_rewind(struct pump *, struct instance *);
bool pump_all_ended(const struct pump *); /* false without any source */
bool pump_is_live(const struct pump *);   /* some source is not paced */

#endif

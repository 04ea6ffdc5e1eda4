/*
 * forecaster.h - runs the predictors on worker threads and turns their answers into one published forecast.
 *
 * One job at a time: all members on the same snapshot, then the ensemble, then the events, in instance order, whatever
 * finished first: the stream does not depend on the number of workers.
 *   waiting mode (paced sources): the owner stops feeding events until idle() is called; every trigger is served.
 *   live mode: the newest trigger waits, an older waiting one is skipped; a job older than the time limit is cancelled.
 *              Every skip is an event.
 * Where the state lacks priors for its cars, the first member that offers f1p.priors/1 is asked for them ahead of the job; with them comes
 * what the members were worth in the season's races so far.
 * Behind a published forecast the first member that offers f1p.insights/1 is asked for insights; a newer request ends that. In waiting
 * mode stops and timers are served with a forecast alone if there were insights within the last minute of the race.
 * A member that fails keeps its last forecast (same session, same cars), aged and marked; if none has a fresh one, the last
 * published forecast is repeated with falling confidence, never as fresh.
 */
#ifndef FORECAST_FORECASTER_H
#define FORECAST_FORECASTER_H

#include "loop/workers.h"
#include "plugin/instance.h"
#include "race/race.h"

#include <f1pd/forecast.h>

struct forecaster;

struct forecaster_ops {
	void *arg;
	/* [loop] a forecast or skip event to be journaled and published; lent */
	void (*emit)(void *arg, struct f1p_event *);
	/* [loop] nothing is running or waiting any more */
	void (*idle)(void *arg);
	/* [loop] a predictor failed; status and reason as instance_fail_because takes them */
	void (*failed)(void *arg, struct instance *, f1p_status, const char *reason);
	/* [loop] a forecast was published so long after its request; may be NULL */
	void (*timed)(void *arg, int64_t took_ns);
	/* [loop] the state as it is now, priors that were just emitted included; one reference, NULL when memory is short; may be NULL:
	 * then no priors are asked for */
	struct snapshot *(*refresh)(void *arg);
	/* [loop] what the predictors were worth in the state's season so far: fills out[0..F1P_MEMBER_SCORES), returns how many; may be
	 * NULL: nobody knows */
	uint32_t (*member_scores)(void *arg, const struct f1p_state *, struct f1p_member_score *out);
};

struct forecast_request {
	struct snapshot *snapshot; /* a reference that the forecaster takes over */
	uint8_t trigger;           /* enum f1p_trigger */
	uint32_t trigger_source;
	uint64_t trigger_seq;
	uint64_t trigger_source_seq;
	bool published;        /* recovery: the journal has the forecast, the insights are still to come */
	int64_t asked_mono_ns; /* the forecaster's */
};

struct forecaster *forecaster_create(struct workers *, const struct forecaster_ops *, bool wait, int64_t timeout_ms,
				     uint64_t seed);
void forecaster_destroy(struct forecaster *); /* only when idle, or after workers_destroy; accepts NULL */
void forecaster_set_wait(struct forecaster *, bool wait);
/* The predictors, in instance order; borrowed until the next call. Only when not busy. */
void forecaster_set_members(struct forecaster *, struct instance **, size_t n);
void forecaster_request(struct forecaster *, const struct forecast_request *);
bool forecaster_busy(const struct forecaster *);
/* [loop] From time to time: cancels a job that is over its time limit; then it counts as skipped, in waiting mode too. */
void forecaster_tick(struct forecaster *);
/* Stops the running job as soon as its members look; idle() follows. */
void forecaster_cancel(struct forecaster *);
/* Recovery: a forecast event of the journal, and the state that it was made of. */
void forecaster_restore(struct forecaster *, const struct f1p_ev_forecast *, const struct f1p_state *);
/* Recovery: insights of the journal, and the state that they were made of: a reference that the forecaster takes over. */
void forecaster_restore_insights(struct forecaster *, struct snapshot *);
/* The race begins anew: former forecasts say nothing about it; one in hand or waiting is dropped without a word. */
void forecaster_forget(struct forecaster *);
uint64_t forecaster_count(const struct forecaster *); /* published so far */

#endif

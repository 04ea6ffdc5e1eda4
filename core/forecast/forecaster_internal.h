/*
 * forecaster_internal.h - a forecaster's own world, shared by its two files:
 *   forecaster.c        jobs: the members, the ensemble, what is published and what is skipped
 *   forecaster_asides.c what goes along with a job: priors ahead of it, insights behind it
 * All [loop] unless said otherwise.
 */
#ifndef FORECAST_FORECASTER_INTERNAL_H
#define FORECAST_FORECASTER_INTERNAL_H

#include "forecast/forecaster.h"
#include "forecast/prior.h"

#include <stdatomic.h>

#define MAX_MEMBERS 16

struct member {
	struct task task; /* first: the pool hands back the task */
	struct forecaster *owner;
	struct instance *inst;
	struct f1p_forecast *now;  /* of the running job */
	struct f1p_forecast *last; /* last good one; n_cars = 0: none */
	uint64_t last_session;
	uint32_t age;
	f1p_status status;
	char reason[160]; /* taken on the worker: the text of fail() belongs to its thread */
};

struct forecaster {
	struct workers *pool;
	struct forecaster_ops ops;
	bool wait;
	int64_t timeout_ns;
	uint64_t seed; /* 0: from the session */
	struct member members[MAX_MEMBERS];
	size_t n_members;
	size_t ensemble; /* index, or n_members if there is none */
	size_t priors;   /* likewise: who makes the priors */
	struct f1p_ev_prior prior_list[PRIOR_EVENTS_MAX];
	uint32_t n_priors;
	bool busy;
	bool forget; /* forecaster_forget came while busy */
	size_t running; /* tasks of the job in hand */
	struct forecast_request job, next; /* snapshot NULL: none */
	int64_t job_started_ns;
	atomic_bool cancel;
	bool expired; /* the job in hand was cancelled by the time limit */
	struct f1p_forecast *published; /* last one; n_cars = 0: none */
	uint64_t published_session;
	double smooth_confidence; /* < 0: none yet */
	uint64_t count;
	uint64_t restored_trigger; /* recovery: members of this trigger that the journal holds */
	uint64_t restored_members; /* bit per instance id */
	struct f1p_ev_forecast *event; /* scratch */
	size_t insights;  /* as priors: who makes the insights */
	struct f1p_ev_insights *insight_event;
	bool aside; /* the job in hand has published; its insights are being made */
	struct snapshot *told_of; /* the state of the newest insights; NULL: none */
};

uint64_t forecaster_session_id(const struct f1p_state *);
/* [any] of the job in hand; arg is the forecaster */
static inline bool forecaster_cancelled(void *arg)
{
	return atomic_load_explicit(&((struct forecaster *)arg)->cancel, memory_order_relaxed);
}
void forecaster_ask_members(struct forecaster *);
void forecaster_finish_job(struct forecaster *);

/* False: nothing is to be asked, the job goes on at once. Else it goes on when they are told. */
bool forecaster_ask_priors(struct forecaster *);
/* Likewise; true: the job ends when they are told. */
bool forecaster_ask_insights(struct forecaster *);

#endif

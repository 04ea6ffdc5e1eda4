/*
 * instance.h - one configured plugin: its life cycle, its call budget, its failures.
 *
 * created -> running -> (failure) -> waiting (1 s, doubling to 60 s) -> running ... -> quarantined after 8 failures within
 * which it never ran for 60 s. stopped is final until a reload. Time is injected: nothing here reads a clock.
 */
#ifndef INSTANCE_H
#define INSTANCE_H

#include "config/config.h"
#include "plugin/module.h"
#include "plugin/services.h"

#include <f1pd/insight.h>
#include <f1pd/model.h>

#define INSTANCE_FAILURES_MAX 8

enum instance_state { INSTANCE_CREATED = 1, INSTANCE_RUNNING, INSTANCE_WAITING, INSTANCE_QUARANTINED, INSTANCE_STOPPED };

struct instance {
	uint32_t id;
	uint32_t kind; /* F1P_KIND_* */
	enum instance_state state;
	struct config_file *file; /* owned copy */
	const struct f1p_descriptor *desc;
	struct module *module; /* borrowed from the pool */
	struct f1p_host *host;
	struct f1p_plugin *plugin;
	void *config_block;
	const struct f1p_source *source; /* the kind's interface (points into ext); others NULL */
	const struct f1p_seek *seek;
	const struct f1p_predictor *predictor;
	const struct f1p_ensemble *ensemble;
	const struct f1p_priors *priors;       /* predictors may offer it, and trainable */
	const struct f1p_trainable *trainable;
	const struct f1p_insight_maker *insights;
	const struct f1p_sink *sink;
	bool once; /* set by who runs it: a failure ends the run, nothing is tried again */
	int failures;
	int64_t retry_mono_ns; /* WAITING: when to try again */
	int64_t started_mono_ns;
	char reason[160]; /* of the last failure */
	struct f1p_metric *m_call, *m_slow, *m_restarts;
	struct { /* host-side copies, so that a plugin built against smaller structs works: missing functions are NULL */
		struct f1p_source source;
		struct f1p_seek seek;
		struct f1p_predictor predictor;
		struct f1p_ensemble ensemble;
		struct f1p_priors priors;
		struct f1p_trainable trainable;
		struct f1p_insight_maker insights;
		struct f1p_sink sink;
	} ext;
	_Atomic uint32_t slow_calls; /* on the loop */
};

/* Loads the module, fills the options, creates and configures. NULL with errors reported (file:line or path: reason). */
struct instance *instance_create(struct services *, const struct config_file *, const char *base_dir, const char *plugin_dir,
	uint32_t id, struct config_errors *);
/* CREATED or WAITING -> RUNNING, or WAITING/QUARANTINED on failure. */
f1p_status instance_start(struct instance *, int64_t now_mono_ns);
/* A call of the plugin failed: stops it and schedules the restart, or quarantines it. Reason is taken from the host. Does
 * nothing unless RUNNING. For a sink: call it when the sink's thread is out of the plugin. */
void instance_fail(struct instance *, f1p_status, int64_t now_mono_ns);
/* The same, for a call that failed on another thread: there the caller has taken the reason (services_take_reason);
 * "" = the meaning of the status. */
void instance_fail_because(struct instance *, f1p_status, const char *reason, int64_t now_mono_ns);
/* True if it is time to call instance_start again. */
bool instance_due(const struct instance *, int64_t now_mono_ns);
void instance_stop(struct instance *);	  /* idempotent */
void instance_destroy(struct instance *); /* stops too; accepts NULL */

/* [any] Measures one call into the plugin: records f1pd_plugin_call_seconds and logs calls over 50 ms on the loop with the
 * instance's name (the 1st, 2nd, 4th, 8th ... of them).
 * Use: t = services mono clock before; instance_measure(inst, "poll", t_before, t_after). */
void instance_measure(struct instance *, const char *call, int64_t before_ns, int64_t after_ns);
const char *instance_state_name(enum instance_state);
const char *instance_status_name(f1p_status); /* "input or output failed" */

#endif

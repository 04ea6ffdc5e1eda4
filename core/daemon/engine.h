/*
 * engine.h - the log pipeline: emit -> ingest -> (live: arbiter) -> journal -> race state -> trigger -> forecast -> batch for the
 * sinks.
 *
 * Everything here runs on the loop but engine_state_acquire/release. The engine knows no plugin, no socket and no file but
 * the journal. In waiting mode it folds nothing while a forecast is being made (events wait in an inbox), so that a forecast
 * stands in the journal right behind what triggered it, at any speed and with any number of workers.
 */
#ifndef DAEMON_ENGINE_H
#define DAEMON_ENGINE_H

#include "forecast/forecaster.h"
#include "loop/vclock.h"
#include "race/arbiter.h"

struct engine;

struct engine_options {
	uv_loop_t *loop;
	struct vclock *clock;
	const char *journal_path; /* NULL: none */
	uint64_t identity;        /* of the run, for the journal */
	unsigned workers;
	bool wait;                /* every source is paced: wait for each forecast */
	bool forecasts;           /* false: triggers are ignored (checking a recording quickly) */
	int64_t forecast_every_ms, forecast_timeout_ms, publish_every_ms;
	uint64_t seed;
	void *arg;
	/* A batch of events for the sinks, contiguous, in order. NULL: nobody listens */
	void (*deliver)(void *arg, const struct f1p_event *first, uint32_t count, size_t bytes);
	/* During engine_create: an event of the recovered journal, and the state that it led to. NULL: not wanted */
	void (*recovered)(void *arg, const struct f1p_event *, const struct f1p_state *);
	/* A name for the journal that ends because a race begins anew; false with one line in err. NULL: one file for ever */
	bool (*aside)(void *arg, char *out, size_t out_size, char *err, size_t err_size);
	/* A forecast is done and the inbox is empty: sources may go on */
	void (*resume)(void *arg);
	void (*predictor_failed)(void *arg, struct instance *, f1p_status, const char *reason);
	void (*rejected)(void *arg, uint32_t source_id, const char *verdict, const char *why);
	void (*forecast_timed)(void *arg, int64_t took_ns); /* from trigger to published */
	/* As forecaster_ops.member_scores */
	uint32_t (*member_scores)(void *arg, const struct f1p_state *, struct f1p_member_score *out);
};

/* Recovers the journal if there is one. NULL with one line in err. */
struct engine *engine_create(const struct engine_options *, char *err, size_t err_size);
void engine_destroy(struct engine *); /* accepts NULL; close handles need one more loop run */
/* After the members are set: the forecast that the recovered journal was waiting for, and the first snapshot. */
void engine_begin(struct engine *);

#define ENGINE_MAX_SOURCES 64
/* flags: F1P_SOURCE_*. id < ENGINE_MAX_SOURCES. */
void engine_add_source(struct engine *, uint32_t id, uint32_t flags);
/* A live source's name and preferences, after it was added; the defaults of arbiter.h until then. */
void engine_prefer(struct engine *, uint32_t id, const char *name, const struct arbiter_prefs *);
/* It will never speak again: another source takes over at once. */
void engine_remove_source(struct engine *, uint32_t id);
/* At least every 50 ms, with the virtual time: live sources that fell silent, or have settled. */
void engine_tick(struct engine *, int64_t now_ns);
f1p_status engine_emit(struct engine *, uint32_t source_id, const struct f1p_event *);
/* A host event (plugin status, source end): journaled and delivered. */
void engine_host_event(struct engine *, struct f1p_event *);
/* Somebody moved a recording to another place: it will not tell the same story again, so from the FEED_RESET that follows on the
 * journal is one that no later run goes on with. */
void engine_steered(struct engine *);
bool engine_waiting(const struct engine *); /* sources must pause */
void engine_set_wait(struct engine *, bool wait); /* other sources after a reload; only when not waiting */
/* Journal to disk, then the batch to the sinks. force: publish a snapshot now if anything changed. */
void engine_flush(struct engine *, bool force);
/* Events wait for the sinks. */
bool engine_has_news(const struct engine *);
/* Real milliseconds until the newest state may be published: 0 = now, -1 = it is. */
int64_t engine_publish_in_ms(const struct engine *);
struct forecaster *engine_forecaster(struct engine *);

const struct f1p_state *engine_state_acquire(struct engine *);             /* [any] */
void engine_state_release(struct engine *, const struct f1p_state *);      /* [any] */

struct engine_report {
	uint64_t seq, events, rejected, forecasts, journal_cut_bytes, journal_bytes;
	int64_t last_event_mono_ns; /* 0: none yet */
	int64_t t_event_ns;
	bool simulated;
	char state_sha256[65], forecast_sha256[65];
	const char *journal_error;
};
void engine_report(struct engine *, struct engine_report *, bool with_hashes);
/* One source as the status pages show it (daemon_status.c). */
struct engine_source_view {
	bool alive;            /* data came within its silence */
	int64_t t_last_ns;     /* virtual UTC of its newest event; F1P_UNKNOWN_NS */
	uint32_t link;         /* enum f1p_link_condition; 0 = it tells none */
	char link_text[160];
	uint32_t active_kinds; /* bit k: data kind k is taken from it */
	uint64_t events, shadowed, duplicates;
};
void engine_source_view(struct engine *, uint32_t source_id, struct engine_source_view *);
/* The lines of this session's gap ledger, oldest first. */
void engine_visit_gaps(struct engine *, void (*fn)(void *arg, const struct f1p_ev_gap *), void *arg);

/* The live state, up to date; valid until the next event. */
const struct f1p_state *engine_state(struct engine *);

#endif

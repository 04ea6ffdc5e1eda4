/*
 * f1pd/plugin.h - what a plugin is: entry symbol, descriptor, life cycle, the three kinds.
 *
 * A plugin is a shared object that exports exactly one symbol, the data object `f1p_entry_v1`. The host loads it with
 * RTLD_NOW | RTLD_LOCAL, reads the entry without running plugin code, and accepts it if magic and major are equal and
 * abi_min_minor <= the host's minor. A module may hold several plugins (descriptors); each may have many instances, one
 * per file of conf.d.
 *
 * Life cycle of an instance (the host never deviates from it):
 *
 *	create -> init -> configure -> start -> (kind's calls) -> stop -> destroy
 *
 *   configure may come again after stop; stop and destroy always come; destroy also follows a failed init.
 */
#ifndef F1PD_PLUGIN_H
#define F1PD_PLUGIN_H

#include <f1pd/base.h>
#include <f1pd/config.h>
#include <f1pd/event.h>
#include <f1pd/forecast.h>
#include <f1pd/host.h>
#include <f1pd/state.h>

#ifdef __cplusplus
extern "C" {
#endif

#define F1P_ENTRY_SYMBOL "f1p_entry_v1"
#define F1P_MAGIC 0x50314650u /* "PF1P" in memory order */

#define F1P_KIND_SOURCE (1u << 0)
#define F1P_KIND_PREDICTOR (1u << 1)
#define F1P_KIND_SINK (1u << 2)

/* What the host may know of a plugin without creating it. Static, owned by the module. */
struct f1p_descriptor {
	uint32_t size;
	uint32_t kinds;          /* F1P_KIND_*: exactly one */
	const char *id;          /* "source_replay": a-z 0-9 _, unique, equals the module's file name without .so for one-plugin modules */
	const char *version;     /* "1.2.0" */
	const char *license;     /* SPDX */
	const char *description; /* one sentence */
	const struct f1p_cfg_item *config; /* NULL if config_count is 0 */
	uint32_t config_count;
	uint32_t config_size;    /* sizeof of the plugin's config struct, at most 64 KiB */
};

/* An instance. Allocated by create(), freed by its own destroy(). */
struct f1p_plugin {
	uint32_t size;
	uint32_t reserved0;
	void *impl; /* the plugin's own */
	/* [loop] once, right after create; host extensions may be fetched from here on */
	f1p_status (*init)(struct f1p_plugin *);
	/* [loop] not started; cfg points to the plugin's filled config struct, host-owned, valid until the next configure or destroy */
	f1p_status (*configure)(struct f1p_plugin *, const void *cfg);
	/* [loop] configured and not started; open what is needed; must not wait for a network */
	f1p_status (*start)(struct f1p_plugin *);
	/* [loop] idempotent; joins own threads within 2 s; no host call from any thread of the plugin after it returns */
	void (*stop)(struct f1p_plugin *);
	/* [loop] not started; frees everything, *this too */
	void (*destroy)(struct f1p_plugin *);
	/* [any] plugin-owned interface or NULL if the id is unknown; valid until destroy */
	const void *(*get_extension)(struct f1p_plugin *, const char *id);
};

struct f1p_entry {
	uint32_t magic; /* F1P_MAGIC */
	uint32_t size;  /* sizeof(struct f1p_entry) */
	uint32_t abi_major;
	uint32_t abi_minor;     /* built against */
	uint32_t abi_min_minor; /* the least host minor it can work with */
	uint32_t count;         /* descriptors */
	/* [loop] index < count; static; the same pointer every time */
	const struct f1p_descriptor *(*descriptor)(uint32_t index);
	/* [loop] NULL if the id is unknown or memory is short. host is valid until destroy() has returned. Does no work. */
	struct f1p_plugin *(*create)(const struct f1p_host *host, const char *id);
};

/* Puts the entry into a module: F1P_PLUGIN_ENTRY(descriptor_fn, create_fn, 1) at file scope, once. */
#define F1P_PLUGIN_ENTRY(descriptor_fn, create_fn, n) \
	F1P_EXPORT extern const struct f1p_entry f1p_entry_v1; \
	F1P_EXPORT const struct f1p_entry f1p_entry_v1 = { F1P_MAGIC, (uint32_t)sizeof(struct f1p_entry), F1P_ABI_MAJOR, \
		F1P_ABI_MINOR, 0, (n), (descriptor_fn), (create_fn) }

/* ------------------------------------------------------------------ source */

#define F1P_EXT_SOURCE "f1p.source/1"

/* The source reads from something that can wait (a file, a simulation): the host owns the pace, sets the virtual clock
 * by next_due_ns, and stops polling while a forecast is being made. Without it, the source is live: real time rules. */
#define F1P_SOURCE_PACED (1u << 0)
/* The same configuration emits the same events again: after a restart the host drops those that the journal has. */
#define F1P_SOURCE_DETERMINISTIC (1u << 1)
/* Its events describe no real race; the host sets F1P_EVF_SIMULATED on each. */
#define F1P_SOURCE_SIMULATED (1u << 2)

struct f1p_source {
	uint32_t size;
	uint32_t flags; /* F1P_SOURCE_* */
	/* [loop] Emit through the bus everything that is due at virtual UTC now_ns, but stop after about max_events (finish the
	 * record in hand). Then set *next_due_ns: UTC at which there is more; <= now_ns if there is more at once.
	 * A paced source is first called with now_ns = F1P_UNKNOWN_NS: it emits nothing and tells when its first event is due.
	 * Returns F1P_OK; F1P_AGAIN: nothing now, try again with back-off (a failing read; reason by host->fail);
	 * F1P_END: no more data, ever; any other status: the host restarts the instance with doubling delay. */
	f1p_status (*poll)(struct f1p_plugin *, int64_t now_ns, uint32_t max_events, int64_t *next_due_ns);
};

/* Optional, for recordings. */
#define F1P_EXT_SEEK "f1p.seek/1"
struct f1p_seek {
	uint32_t size;
	uint32_t reserved0;
	/* [loop] Rewind: the next polls emit F1P_EV_FEED_RESET, then all from the beginning up to the target with
	 * F1P_EVF_CATCHUP at once (due now), then go on at the pace. lap >= 1: until the leader begins that lap (t_ns unused);
	 * lap = 0: until UTC t_ns. F1P_EINVAL if the target is not in the recording: then nothing changes. */
	f1p_status (*seek)(struct f1p_plugin *, int32_t lap, int64_t t_ns);
};

/* Optional, for tests and fuzzing of wire decoders: feeds raw bytes as if they had been read. Emits through the bus. */
#define F1P_EXT_SOURCE_FEED "f1p.source-feed/1"
struct f1p_source_feed {
	uint32_t size;
	uint32_t reserved0;
	/* [loop] F1P_OK, or F1P_EINVAL with a reason; must never crash, hang or grow without bound, whatever the bytes */
	f1p_status (*feed)(struct f1p_plugin *, const void *bytes, size_t n);
};

/* --------------------------------------------------------------- predictor */

#define F1P_EXT_PREDICTOR "f1p.predictor/1"
struct f1p_predictor {
	uint32_t size;
	uint32_t reserved0;
	/* [worker] A pure function of (state, seed, configuration): bit-reproducible on every machine and thread. Polls
	 * cancel(cancel_arg) at least every 5 ms and then returns F1P_ECANCELLED. out is zeroed, out->size set, by the host;
	 * the plugin fills n_cars (= state->n_cars), cars, runs, missing, mc_error, confidence, model, version.
	 * F1P_EUNSUPPORTED: not for this session type, or nothing to say yet (no cars); no fault. */
	f1p_status (*predict)(struct f1p_plugin *, const struct f1p_state *state, uint64_t seed,
			      bool (*cancel)(void *), void *cancel_arg, struct f1p_forecast *out);
};

/* Combines the forecasts of the other predictors into the one that is published. At most one enabled instance has it.
 * Without any, the first predictor's forecast (by instance order) is published. */
#define F1P_EXT_ENSEMBLE "f1p.ensemble/1"
struct f1p_member {
	uint32_t size;
	uint32_t age_events; /* 0 = made of this snapshot; else so many triggers ago (the member failed since) */
	const char *instance; /* name of the instance, host-owned, valid during the call */
	const struct f1p_forecast *forecast; /* lent for the call */
};
struct f1p_ensemble {
	uint32_t size;
	uint32_t reserved0;
	/* [worker] n >= 1 members, in instance order. Contract as predict(). */
	f1p_status (*combine)(struct f1p_plugin *, const struct f1p_state *state, const struct f1p_member *members, uint32_t n,
			      struct f1p_forecast *out);
};

/* -------------------------------------------------------------------- sink */

#define F1P_EXT_SINK "f1p.sink/1"
struct f1p_sink {
	uint32_t size;
	uint32_t reserved0;
	/* [sink] count events, contiguous: the next one starts first->size bytes on. Lent until the call returns.
	 * F1P_OK: taken. F1P_AGAIN: nothing taken; the host keeps the batch and comes again with back-off. F1P_EPERMANENT: drop
	 * and count. Others: the host restarts the instance. Events come in order of seq; F1P_EV_STATE says that a newer
	 * snapshot can be acquired through the bus. */
	f1p_status (*write)(struct f1p_plugin *, const struct f1p_event *first, uint32_t count, size_t bytes);
	/* [sink] push out what is buffered; called before stop and about every second; may be NULL */
	f1p_status (*flush)(struct f1p_plugin *);
};

#ifdef __cplusplus
}
#endif
#endif

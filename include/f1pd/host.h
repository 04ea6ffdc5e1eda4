/*
 * f1pd/host.h - what the host offers to a plugin.
 *
 * The host struct is small and frozen; everything else is an extension, asked for by id. An extension may be missing
 * (NULL): a plugin that can live without it must.
 */
#ifndef F1PD_HOST_H
#define F1PD_HOST_H

#include <f1pd/base.h>
#include <f1pd/event.h>
#include <f1pd/state.h>

#ifdef __cplusplus
extern "C" {
#endif

enum f1p_log_level { F1P_LOG_ERROR = 1, F1P_LOG_WARN, F1P_LOG_INFO, F1P_LOG_DEBUG };

/* One per instance; owned by the host, valid until destroy() has returned. */
struct f1p_host {
	uint32_t size;
	uint32_t abi_major, abi_minor;
	uint32_t instance_id; /* equals source_id in this instance's events */
	void *impl;           /* the host's own */
	const char *instance; /* name of the instance: the conf.d file without NN- and .ini */
	/* [any] one line, never blocks; the host adds time and instance name */
	void (*log)(const struct f1p_host *, int level, const char *fmt, ...) F1P_PRINTF(3, 4);
	/* [any] keeps the text as the reason of the status that the calling thread is about to return; returns `status` */
	f1p_status (*fail)(const struct f1p_host *, f1p_status status, const char *fmt, ...) F1P_PRINTF(3, 4);
	/* [any] host-owned interface or NULL; valid until destroy() has returned */
	const void *(*get_extension)(const struct f1p_host *, const char *id);
	/* [any] the virtual clock, UTC, nanoseconds since 1970. Replay, simulation and tests run on it. F1P_UNKNOWN_NS before it is set */
	int64_t (*now_utc_ns)(const struct f1p_host *);
	/* [any] nanoseconds of real time from an arbitrary start: only to measure how long work takes, never to decide what to emit */
	int64_t (*now_mono_ns)(const struct f1p_host *);
};

/* ---- bus: events in, snapshots out ---- */
#define F1P_EXT_BUS "f1p.bus/1"
struct f1p_bus {
	uint32_t size;
	uint32_t reserved0;
	/* [any] Sources. Copies the event. The plugin fills size, space, type, flags (F1P_EVF_MORE, _SNAPSHOT, _CATCHUP),
	 * t_event_ns and the payload; the host fills the rest. F1P_OK; F1P_EINVAL: refused, counted, the reason is logged;
	 * F1P_AGAIN: from a foreign thread, the queue is full. */
	f1p_status (*emit)(const struct f1p_host *, const struct f1p_event *);
	/* [any] the newest published snapshot, or NULL before the first; release it, also after stop() began */
	const struct f1p_state *(*state_acquire)(const struct f1p_host *);
	void (*state_release)(const struct f1p_host *, const struct f1p_state *);
};

/* ---- metrics: named numbers, read by whoever exposes them ---- */
#define F1P_EXT_METRICS "f1p.metrics/1"
enum f1p_metric_kind { F1P_METRIC_COUNTER = 1, F1P_METRIC_GAUGE, F1P_METRIC_HISTOGRAM };
struct f1p_metric; /* host-owned, lives until the daemon ends */

/* One series as visit() shows it. Pointers are valid during the call. */
struct f1p_metric_view {
	uint32_t size;
	uint32_t kind;           /* enum f1p_metric_kind */
	const char *name;        /* "f1pd_source_messages_total" */
	const char *help;
	const char *labels;      /* "topic=\"TimingData\"": already escaped; "" = none */
	double value;            /* counter, gauge */
	uint64_t count;          /* histogram: observations */
	double sum;              /* histogram */
	uint32_t n_buckets;      /* histogram: upper bounds in rising order, without +Inf */
	uint32_t reserved0;
	const double *bounds;
	const uint64_t *cumulative; /* observations <= bounds[i] */
};
struct f1p_metrics {
	uint32_t size;
	uint32_t reserved0;
	/* [any] Finds or makes a series. name: f1pd_ prefix, unit suffix; help: one sentence. label/label_value may be NULL; the
	 * host adds instance="...". Histograms count seconds, log-spaced from 10 us to 10 s. NULL when 4096 series exist. */
	struct f1p_metric *(*get)(const struct f1p_host *, uint32_t kind, const char *name, const char *help, const char *label,
				  const char *label_value);
	/* [any] counter += v (v >= 0), gauge = v, histogram observes v; a NULL metric is ignored; never blocks */
	void (*put)(struct f1p_metric *, double v);
	/* [any] calls fn for every series, grouped by name */
	void (*visit)(const struct f1p_host *, void (*fn)(void *arg, const struct f1p_metric_view *), void *arg);
};

/* ---- own threads: named, counted ---- */
#define F1P_EXT_THREAD "f1p.thread/1"
struct f1p_thread; /* host-owned handle */
struct f1p_threads {
	uint32_t size;
	uint32_t reserved0;
	/* [loop][sink] starts fn(arg) on a new thread with signals blocked; NULL on failure. name: at most 15 bytes */
	struct f1p_thread *(*start)(const struct f1p_host *, const char *name, void (*fn)(void *), void *arg);
	/* [loop][sink] waits for fn to return and frees the handle */
	void (*join)(const struct f1p_host *, struct f1p_thread *);
};

/* ---- thread check: for asserts in debug builds ---- */
#define F1P_EXT_THREAD_CHECK "f1p.thread-check/1"
struct f1p_thread_check {
	uint32_t size;
	uint32_t reserved0;
	bool (*is_loop)(const struct f1p_host *);   /* [any] */
	bool (*is_worker)(const struct f1p_host *); /* [any] */
};

/* ---- wake: a live source has something to emit ---- */
#define F1P_EXT_WAKE "f1p.wake/1"
struct f1p_wake {
	uint32_t size;
	uint32_t reserved0;
	/* [any] the host polls this source soon, whatever its next_due_ns was; calls that come before the poll count as one */
	void (*poll_soon)(const struct f1p_host *);
};

/* ---- status of the daemon, for health answers ---- */
#define F1P_EXT_HEALTH "f1p.health/1"
struct f1p_health {
	uint32_t size;
	uint32_t sources_running;     /* instances */
	uint32_t sources_total;
	uint32_t plugins_quarantined;
	int64_t data_age_ms;          /* real time since the last accepted event; F1P_UNKNOWN_NS before the first */
	uint64_t seq;                 /* newest journal sequence number */
	uint8_t source_ended;         /* enum f1p_tri: every source said F1P_END */
	uint8_t simulated;            /* enum f1p_tri: the data is of no real race */
	uint8_t paused;               /* enum f1p_tri */
	uint8_t reserved0[5];
	double speed;                 /* of the virtual clock; 1 = real time; 0 = as fast as possible */
	int64_t uptime_ms;
	/* since ABI minor 1 */
	uint8_t live;                 /* enum f1p_tri: a live source rules the clock */
	uint8_t stale;                /* enum f1p_tri: a session should be running and its data is silent */
	uint8_t reserved1[2];
	uint32_t mode;                /* enum f1p_season_mode (season.h); 0 without a schedule */
};
struct f1p_health_check {
	uint32_t size;
	uint32_t reserved0;
	/* [any] fills *out up to out->size, which the caller sets */
	void (*get)(const struct f1p_host *, struct f1p_health *out);
};

/* ---- replay control: the pace of the virtual clock ---- */
#define F1P_EXT_REPLAY "f1p.replay/1"
struct f1p_replay_control {
	uint32_t size;
	uint32_t reserved0;
	/* [any] carried out on the loop soon after. speed 0.1..1000, or 0 = as fast as possible. F1P_EINVAL when out of range,
	 * F1P_EUNSUPPORTED when a live source rules the clock */
	f1p_status (*set_speed)(const struct f1p_host *, double speed);
	f1p_status (*set_paused)(const struct f1p_host *, bool paused);
	/* As f1p_seek.seek; F1P_EUNSUPPORTED also when no source runs that has it (a simulation only goes on). */
	f1p_status (*seek)(const struct f1p_host *, int32_t lap, int64_t t_ns);
};

/* ---- where files may be kept ---- */
#define F1P_EXT_DATA_DIR "f1p.data-dir/1"
struct f1p_data_dir {
	uint32_t size;
	uint32_t reserved0;
	/* [loop] The daemon's data_dir, which exists; host-owned, valid until destroy() has returned. NULL: nothing is kept. Names of
	 * an instance's files begin with the instance's name. */
	const char *(*path)(const struct f1p_host *);
};

/* ---- routes: answers that a plugin adds to whichever HTTP server is loaded ---- */
#define F1P_EXT_ROUTES "f1p.routes/1"
struct f1p_response {
	uint32_t size;
	uint32_t status;          /* HTTP status, 200 unless set */
	const char *content_type; /* static text; "text/plain; charset=utf-8" unless set */
	/* [any] appends bytes to the body; F1P_ENOMEM over 16 MiB */
	f1p_status (*append)(struct f1p_response *, const void *bytes, size_t n);
	void *impl;
	/* [any] adds a header line ("link", "location", "retry-after" ...); lower-case name, printable ASCII in both, at most 8 of 512
	 * bytes, else F1P_EINVAL. Headers that the server rules itself (length, type, security) are left out. NULL where the server
	 * knows none */
	f1p_status (*header)(struct f1p_response *, const char *name, const char *value);
};
typedef void (*f1p_route_fn)(void *arg, struct f1p_response *);

enum f1p_method { F1P_METHOD_INVALID = 0, F1P_GET = 1, F1P_POST = 2, F1P_PUT = 3, F1P_PATCH = 4, F1P_DELETE = 5 }; /* HEAD comes as GET */
/* What whoever asks may do. A plugin refuses with 403 what needs more; the server has let in only who may read. */
enum f1p_scope { F1P_SCOPE_READ = 1u << 0, F1P_SCOPE_CONTROL = 1u << 1 };

/* One request; all pointers are lent for the call. */
struct f1p_request {
	uint32_t size;
	uint32_t method;          /* enum f1p_method */
	const char *path;         /* without query, percent-decoded, at most 255 bytes; never NULL */
	const char *query;        /* behind '?', as it came (not decoded), at most 2,047 bytes; "" = none */
	const char *content_type; /* "" = none said */
	const char *body;         /* 0-terminated behind its end; "" = none */
	uint64_t body_n;          /* bytes, at most 16 KiB */
	uint32_t scopes;          /* bits of enum f1p_scope */
	uint32_t reserved0;
	int64_t until_ns; /* answer with what was known up to this event time (a viewer's delay); F1P_UNKNOWN_NS = all there is */
};
typedef void (*f1p_tree_fn)(void *arg, const struct f1p_request *, struct f1p_response *);

struct f1p_routes {
	uint32_t size;
	uint32_t reserved0;
	/* [loop][sink] GET path, exact; fn is called on any thread until remove() has returned. F1P_EINVAL if taken */
	f1p_status (*add)(const struct f1p_host *, const char *path, f1p_route_fn fn, void *arg);
	void (*remove)(const struct f1p_host *, const char *path);
	/* [any] for servers: calls the route's fn; false if there is none */
	bool (*serve)(const struct f1p_host *, const char *path, struct f1p_response *);
	/* [loop][sink] every method on path and on all below it ("/v1" answers "/v1", "/v1/laps", not "/v10"); the longest path that
	 * fits answers, an exact route of add() goes first for GET. fn is called on any thread, by several at once, until remove()
	 * has returned; it shall return within 50 ms. F1P_EINVAL if taken */
	f1p_status (*add_tree)(const struct f1p_host *, const char *path, f1p_tree_fn fn, void *arg);
	/* [any] for servers: as serve(), with the whole request */
	bool (*handle)(const struct f1p_host *, const struct f1p_request *, struct f1p_response *);
};

#ifdef __cplusplus
}
#endif
#endif

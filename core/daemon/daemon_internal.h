/*
 * daemon_internal.h - the daemon's own world, shared by its files:
 *   daemon.c         life cycle, the loop's timers and signals, what the engine and the pump report
 *   daemon_host.c    what plugins may ask for: bus, clock, health, replay control
 *   daemon_live.c    what live plugins may ask for: network, calendar, history
 *   daemon_status.c  /api/v1/sources, schedule, gaps, insights
 *   daemon_accuracy.c  /api/v1/accuracy
 *   daemon_plugins.c  /api/v1/plugins, models
 *   daemon_model.c   what the predictors learnt
 *   daemon_score.c   what the forecasts of a finished race were worth
 *   daemon_units.c   the instances: create, start, fail, restart, stop
 *   daemon_reload.c  a new configuration in place of the running one
 * All [loop] unless said otherwise.
 */
#ifndef DAEMON_INTERNAL_H
#define DAEMON_INTERNAL_H

#include "backtest/baselines.h"
#include "base/buffer.h"
#include "daemon/daemon.h"
#include "daemon/pump.h"
#include "daemon/sink_runner.h"
#include "forecast/model_file.h"
#include "forecast/scorer.h"
#include "helpers/json_writer.h"
#include "history/history.h"
#include "net/http.h"
#include "net/webhook.h"
#include "net/websocket.h"
#include "schedule/schedule.h"
#include "loop/loop_watch.h"

#include <stdatomic.h>

#define MAX_INSTANCES 64

struct unit { /* one instance and what the daemon keeps beside it */
	struct instance *inst;
	struct sink_runner *runner;
};

enum { STATUS_SOURCES, STATUS_SCHEDULE, STATUS_GAPS, STATUS_INSIGHTS, STATUS_ACCURACY, STATUS_PLUGINS, STATUS_MODELS,
	STATUS_TEXTS };
struct status_text { /* written by the loop, read by a web server's thread */
	pthread_mutex_t lock;
	char *text;
	size_t n;
};

struct control { /* replay control asked for by any thread */
	bool speed_set, paused_set, seek_set;
	double speed;
	bool paused;
	int32_t seek_lap;
	int64_t seek_t_ns;
};

struct daemon {
	struct daemon_options opt;
	struct config *config;
	uv_loop_t loop;
	uv_signal_t signals[3];
	uv_timer_t tick;
	uv_prepare_t before_sleep;
	uv_timer_t publish; /* the state that came too soon after the one before */
	uv_async_t async;
	struct vclock clock;
	struct services *services;
	struct f1p_host *core;
	const struct f1p_metrics *metrics;
	struct engine *engine;
	struct pump *pump;
	struct http_client *http;
	struct webhook_sender *webhooks;
	struct ws_pool *sockets;
	struct history *history;
	struct schedule *schedule;
	struct scorer *scorer;
	struct model_file *model; /* NULL: none */
	struct baselines *baselines; /* of the model; NULL: none */
	bool making_accuracy, accuracy_wanted;
	int32_t scored_season; /* the newest one with scores: of the following; 0 = none */
	uint32_t n_member_scores;
	struct f1p_member_score member_scores[F1P_MEMBER_SCORES];
	char *data_dir; /* NULL: nothing is kept */
	struct status_text status[STATUS_TEXTS];
	uint32_t measured_kinds[ENGINE_MAX_SOURCES]; /* by instance id: bit k = its series for kind k exists */
	int64_t status_mono_ns; /* when they were written */
	uint64_t gaps_mark;     /* of what STATUS_GAPS shows; 0 = nothing yet */
	bool stale; /* a session should be running, and no live source has data */
	pthread_mutex_t season_lock; /* schedule */
	uint32_t mode;               /* enum f1p_season_mode; 0 without a live source */
	char calendar[48];           /* the one that serves, as it was told */
	atomic_uint_least64_t woken; /* bit = instance id */
	struct unit units[MAX_INSTANCES];
	size_t n_units;
	uint32_t next_id;
	pthread_t loop_thread;
	pthread_mutex_t lock; /* foreign, control, health, seekable */
	struct buffer foreign; /* events of other threads; .seq of each holds the source id while it waits */
	struct control control;
	struct f1p_health health;
	bool seekable; /* a source runs that can be moved to another time */
	atomic_llong last_event_mono_ns;
	int64_t started_mono_ns;
	bool stopping, reload_wanted;
	bool broken; /* headless: the source failed, or a sink that matters */
	char broken_why[160];
	struct f1p_metric *m_events, *m_forecasts, *m_forecast_seconds, *m_seq;
	struct loop_watch watch;
	uint64_t seen_events, seen_forecasts;
};

/* daemon_host.c */
bool daemon_create_services(struct daemon *);
struct f1p_metric *daemon_rejected_metric(struct daemon *, const char *verdict);
void daemon_take_foreign(struct daemon *); /* events that other threads emitted */
void daemon_take_control(struct daemon *); /* replay control that other threads asked for */

/* daemon_live.c */
bool daemon_create_live(struct daemon *);
void daemon_destroy_live(struct daemon *); /* the network; its handles close on the next loop run */
void daemon_close_stores(struct daemon *); /* calendar and history; after the last plugin has gone */
const void *daemon_extension(void *daemon, const struct f1p_host *, const char *id);
void daemon_forget_instance(void *daemon, uint32_t instance_id);
void daemon_take_wakes(struct daemon *);
void daemon_follow_season(struct daemon *);

/* data_dir/NAME in out, or NULL where nothing is kept. */
const char *daemon_data_path(const struct daemon *, const char *name, char *out, size_t size);

/* daemon_accuracy.c */
void daemon_refresh_accuracy(struct daemon *);
/* As forecaster_ops.member_scores: arg is the daemon. */
uint32_t daemon_member_scores(void *arg, const struct f1p_state *, struct f1p_member_score *out);

/* daemon_plugins.c */
void daemon_write_plugins(const struct daemon *, struct f1p_json *);
void daemon_write_models(const struct daemon *, struct f1p_json *);

/* daemon_model.c */
extern const struct f1p_model daemon_model_ext;
void daemon_model_open(struct daemon *);

/* daemon_status.c */
void daemon_create_status(struct daemon *);
void daemon_finish_status(struct daemon *);
void daemon_refresh_status(struct daemon *);
/* Takes a copy. */
void daemon_store_text(struct daemon *, int which, const char *text, size_t n);
void daemon_take_insights(struct daemon *, const struct f1p_event *first, uint32_t count);

/* daemon_score.c */
bool daemon_create_scorer(struct daemon *);
void daemon_take_scores(struct daemon *, const struct f1p_event *first, uint32_t count);
void daemon_recover_score(void *daemon, const struct f1p_event *, const struct f1p_state *); /* of the recovered journal */

/* daemon_units.c */
void daemon_report_plugin(struct daemon *, uint16_t type, const struct instance *, uint32_t condition, const char *reason);
void daemon_fail(struct daemon *, struct instance *, f1p_status, const char *reason);
void daemon_deliver(void *daemon, const struct f1p_event *first, uint32_t count, size_t bytes);
bool daemon_held(void *daemon);
void daemon_create_units(struct daemon *, struct config_errors *);
struct unit *daemon_create_unit(struct daemon *, const struct config_file *, struct config_errors *);
bool daemon_start_unit(struct daemon *, struct unit *);
void daemon_drop_unit(struct daemon *, size_t at);
const char *daemon_plugin_dir(const struct daemon *);
void daemon_update_members(struct daemon *); /* tells the forecaster which predictors there are */
bool daemon_all_paced(const struct daemon *);
void daemon_break(struct daemon *, const struct instance *); /* headless: it failed, and so does the run */
void daemon_settle_sinks(struct daemon *);
bool daemon_sinks_idle(const struct daemon *);
void daemon_restart_due(struct daemon *);
void daemon_log_error(void *arg, const char *line); /* for struct config_errors */

/* daemon_reload.c */
void daemon_reload(struct daemon *);

#endif

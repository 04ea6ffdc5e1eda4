#include "daemon/daemon_internal.h"

#include "base/folder.h"
#include "base/log.h"
#include "daemon/freshness.h"
#include "daemon/journal_path.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define TICK_MS 50

void daemon_log_error(void *arg, const char *line)
{
	(void)arg;
	log_line(F1P_LOG_ERROR, "config", "%s", line);
}

static bool on_aside(void *arg, char *out, size_t out_size, char *err, size_t err_size)
{
	const struct config_core *c = &((struct daemon *)arg)->config->core;

	return journal_path_aside(c->journal_dir, c->journal_keep, out, out_size, err, err_size);
}

static void on_resume(void *arg)
{
	struct daemon *d = arg;

	if (d->pump) /* gone while the engine winds down */
		pump_kick(d->pump);
}

static void on_predictor_failed(void *arg, struct instance *inst, f1p_status status, const char *reason)
{
	daemon_fail(arg, inst, status, reason);
}

static void on_rejected(void *arg, uint32_t source_id, const char *verdict, const char *why)
{
	struct daemon *d = arg;

	d->metrics->put(daemon_rejected_metric(d, verdict), 1);
	log_line(F1P_LOG_DEBUG, "ingest", "event of source %u refused: %s: %s", source_id, verdict, why);
}

static void on_forecast_timed(void *arg, int64_t took_ns)
{
	struct daemon *d = arg;

	d->metrics->put(d->m_forecast_seconds, (double)took_ns / 1e9);
}

static void on_source_ended(void *arg, struct instance *inst)
{
	struct daemon *d = arg;

	log_line(F1P_LOG_INFO, inst->file->name, "no more data");
	daemon_report_plugin(d, F1P_EV_SOURCE_END, inst, F1P_PLUGIN_STOPPED, "no more data");
	if (d->opt.headless && pump_all_ended(d->pump))
		d->stopping = true;
}

static void on_source_failed(void *arg, struct instance *inst, f1p_status status)
{
	struct daemon *d = arg;

	pump_remove(d->pump, inst);
	daemon_fail(d, inst, status, NULL);
	/* Nobody watches a headless run: a broken recording ends it. */
	if (d->opt.headless)
		daemon_break(d, inst);
}

static void on_async(uv_async_t *a)
{
	struct daemon *d = a->data;

	daemon_take_foreign(d);
	daemon_take_control(d);
	daemon_take_wakes(d);
	daemon_settle_sinks(d);
}

static bool is_stale(struct daemon *d)
{
	struct engine_source_view live[MAX_INSTANCES];
	size_t n = 0;

	for (size_t i = 0; i < d->n_units; i++) {
		const struct instance *inst = d->units[i].inst;
		if (inst->source && !(inst->source->flags & F1P_SOURCE_PACED))
			engine_source_view(d->engine, inst->id, &live[n++]);
	}
	return pump_is_live(d->pump) && freshness_is_stale(d->mode, live, n);
}

static void update_health(struct daemon *d)
{
	struct engine_report r;
	struct f1p_health h = {.size = sizeof(h)};
	bool seekable = false;

	engine_report(d->engine, &r, false);
	for (size_t i = 0; i < d->n_units; i++) {
		const struct instance *inst = d->units[i].inst;
		h.sources_total += inst->source != NULL;
		h.sources_running += inst->source && inst->state == INSTANCE_RUNNING;
		h.plugins_quarantined += inst->state == INSTANCE_QUARANTINED;
		seekable |= inst->seek && inst->state == INSTANCE_RUNNING;
	}
	h.seq = r.seq;
	h.live = pump_is_live(d->pump) ? F1P_YES : F1P_NO;
	d->stale = is_stale(d);
	h.stale = d->stale ? F1P_YES : F1P_NO;
	h.mode = d->mode;
	h.simulated = r.simulated ? F1P_YES : F1P_NO;
	h.source_ended = pump_all_ended(d->pump) ? F1P_YES : F1P_NO;
	atomic_store(&d->last_event_mono_ns, r.last_event_mono_ns);
	pthread_mutex_lock(&d->lock);
	d->health = h;
	d->seekable = seekable;
	pthread_mutex_unlock(&d->lock);
	d->metrics->put(d->m_events, (double)(r.events - d->seen_events));
	d->metrics->put(d->m_forecasts, (double)(r.forecasts - d->seen_forecasts));
	d->metrics->put(d->m_seq, (double)r.seq);
	d->seen_events = r.events;
	d->seen_forecasts = r.forecasts;
}

static void on_tick(uv_timer_t *t)
{
	struct daemon *d = t->data;

	forecaster_tick(engine_forecaster(d->engine));
	daemon_restart_due(d);
	if (d->reload_wanted && !forecaster_busy(engine_forecaster(d->engine)))
		daemon_reload(d);
	engine_tick(d->engine, vclock_now_ns(&d->clock));
	daemon_follow_season(d);
	daemon_refresh_status(d);
	engine_flush(d->engine, false);
	update_health(d);
}

static void on_publish(uv_timer_t *t)
{
	engine_flush(((struct daemon *)t->data)->engine, false);
}

/* What network callbacks emitted goes out before the loop sleeps, not with the next tick. */
static void on_before_sleep(uv_prepare_t *p)
{
	struct daemon *d = p->data;

	if (!d->engine)
		return;
	if (engine_has_news(d->engine))
		engine_flush(d->engine, false);
	int64_t in_ms = engine_publish_in_ms(d->engine);
	if (in_ms > 0 && !uv_is_active((uv_handle_t *)&d->publish))
		uv_timer_start(&d->publish, on_publish, (uint64_t)in_ms, 0);
}

static void on_signal(uv_signal_t *s, int signum)
{
	struct daemon *d = s->data;

	if (signum == SIGHUP) {
		log_line(F1P_LOG_INFO, "core", "SIGHUP: reading %s again", d->opt.config_dir);
		d->reload_wanted = true;
	} else {
		log_line(F1P_LOG_INFO, "core", "%s: stopping", signum == SIGINT ? "SIGINT" : "SIGTERM");
		d->stopping = true;
		d->broken |= d->opt.headless && d->opt.sinks;
	}
}

static bool watch_signals(struct daemon *d)
{
	static const int wanted[] = {SIGINT, SIGTERM, SIGHUP};
	size_t n = d->opt.headless || !d->opt.config_dir ? 2 : 3;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a file-size limit is a full disk, not the end */
	for (size_t i = 0; i < 3; i++) {
		uv_signal_init(&d->loop, &d->signals[i]);
		d->signals[i].data = d;
		if (i < n && uv_signal_start(&d->signals[i], on_signal, wanted[i]) != 0)
			return false;
	}
	return true;
}

/* Thousands of clients need thousands of descriptors; libwebsockets looks at the limit once. */
static void raise_file_limit(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < r.rlim_max) {
		r.rlim_cur = r.rlim_max < 65536 ? r.rlim_max : 65536;
		setrlimit(RLIMIT_NOFILE, &r);
	}
}

static uint64_t run_identity(const struct daemon *d)
{
	uint64_t id = 1469598103934665603ULL;

	for (size_t i = 0; i < d->n_units; i++)
		if (d->units[i].inst->source)
			id = (id ^ config_file_hash(d->units[i].inst->file)) * 1099511628211ULL;
	return id;
}

static unsigned worker_count(const struct config_core *c)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (c->workers > 0)
		return (unsigned)c->workers;
	return cores > 1 ? (unsigned)cores - 1 : 1;
}

/* Path of the journal, "" = none. Without a place for it the daemon runs on; false if it must not: the journal is another's. */
static bool choose_journal(struct daemon *d, uint64_t identity, char *path, size_t size)
{
	const struct config_core *c = &d->config->core;
	const char *given = d->opt.journal_path;
	char err[512];

	path[0] = '\0';
	if (!given && (d->opt.headless || !c->journal_dir[0]))
		return true;
	if (!given && !folder_make(c->journal_dir, err, sizeof(err))) {
		log_line(F1P_LOG_WARN, "journal", "journal_dir: %s; no journal is kept, so that a crash forgets the race: make it a "
			"folder that f1pd can write", err);
		return true;
	}
	if (journal_path_choose(given, c->journal_dir, identity, c->journal_keep, path, size, err, sizeof(err)))
		return true;
	log_line(F1P_LOG_ERROR, "journal", "%s", err);
	return false;
}

static bool create_engine(struct daemon *d)
{
	const struct config_core *c = &d->config->core;
	char path[4096], err[512];
	uint64_t identity = run_identity(d);

	if (!choose_journal(d, identity, path, sizeof(path)))
		return false;
	bool journal = path[0] != '\0';
	struct engine_options o = {.loop = &d->loop,
		.clock = &d->clock,
		.journal_path = journal ? path : NULL,
		.identity = identity,
		.workers = worker_count(c),
		.wait = daemon_all_paced(d),
		.forecasts = d->opt.forecasts,
		.forecast_every_ms = c->forecast_every_ms,
		.forecast_timeout_ms = c->forecast_timeout_ms,
		.publish_every_ms = c->publish_every_ms,
		.seed = (uint64_t)c->seed,
		.arg = d,
		.deliver = d->opt.headless && !d->opt.sinks ? NULL : daemon_deliver,
		.recovered = daemon_recover_score,
		.aside = d->opt.journal_path ? NULL : on_aside,
		.resume = on_resume,
		.predictor_failed = on_predictor_failed,
		.rejected = on_rejected,
		.forecast_timed = on_forecast_timed,
		.member_scores = daemon_member_scores};
	d->engine = engine_create(&o, err, sizeof(err));
	if (!d->engine) {
		log_line(F1P_LOG_ERROR, "core", "%s", err);
		return false;
	}
	struct engine_report r;
	engine_report(d->engine, &r, false);
	d->seen_events = r.events;
	d->seen_forecasts = r.forecasts;
	if (journal && r.seq)
		log_line(r.journal_cut_bytes ? F1P_LOG_WARN : F1P_LOG_INFO, "journal", "%s: %llu events recovered, up to number %llu; %llu torn bytes cut", path,
			(unsigned long long)r.events, (unsigned long long)r.seq, (unsigned long long)r.journal_cut_bytes);
	return true;
}

/* A rehearsal: what live sources take for real time begins where the configuration says. */
static bool set_clock(struct daemon *d)
{
	const struct config_core *c = &d->config->core;
	struct tm tm = {0};
	const char *end;

	vclock_init(&d->clock, c->speed);
	vclock_set_driven(&d->clock, true);
	if (!c->clock_start[0])
		return true;
	end = strptime(c->clock_start, "%Y-%m-%dT%H:%M:%SZ", &tm);
	if (!end || *end || c->speed <= 0) {
		log_line(F1P_LOG_ERROR, "config", "clock_start = %s: give a UTC time like 2026-07-05T13:00:00Z, and a speed above 0",
			c->clock_start);
		return false;
	}
	vclock_rehearse(&d->clock, (int64_t)timegm(&tm) * 1000000000, c->speed);
	log_line(F1P_LOG_WARN, "core", "a rehearsal: the clock begins at %s and runs at x%g", c->clock_start, c->speed);
	return true;
}

struct daemon *daemon_create(struct config *config, const struct daemon_options *opt)
{
	struct config_errors errors = {.fn = daemon_log_error};
	struct daemon *d = calloc(1, sizeof(*d));

	if (!d || uv_loop_init(&d->loop) != 0) {
		free(d);
		config_free(config);
		log_line(F1P_LOG_ERROR, "core", "out of memory");
		return NULL;
	}
	d->opt = *opt;
	d->config = config;
	d->next_id = 1;
	d->loop_thread = pthread_self();
	d->started_mono_ns = vclock_mono_ns();
	pthread_mutex_init(&d->lock, NULL);
	pthread_mutex_init(&d->season_lock, NULL);
	bool clock_set = set_clock(d);
	uv_timer_init(&d->loop, &d->tick);
	uv_async_init(&d->loop, &d->async, on_async);
	uv_prepare_init(&d->loop, &d->before_sleep);
	uv_timer_init(&d->loop, &d->publish);
	d->tick.data = d->async.data = d->before_sleep.data = d->publish.data = d;
	raise_file_limit();
	if (!clock_set || !watch_signals(d) || !daemon_create_services(d) || !daemon_create_live(d) || !daemon_create_scorer(d))
		goto fail;
	daemon_model_open(d);
	daemon_create_status(d);
	loop_watch_start(&d->watch, &d->loop, d->metrics, d->core);
	daemon_create_units(d, &errors);
	if (opt->headless && errors.count)
		goto fail;
	if (!create_engine(d))
		goto fail;
	struct pump_ops ops = {d, daemon_held, on_source_ended, on_source_failed};
	d->pump = pump_create(&d->loop, d->engine, &d->clock, &ops);
	if (!d->pump)
		goto fail;
	return d;
fail:
	daemon_destroy(d);
	return NULL;
}

/* Sinks and predictors run before the first event comes. */
static void start_all(struct daemon *d)
{
	daemon_refresh_status(d); /* whoever asks a server that has just started gets an answer */
	for (size_t i = 0; i < d->n_units; i++)
		if (!d->units[i].inst->source)
			daemon_start_unit(d, &d->units[i]);
	daemon_update_members(d);
	engine_begin(d->engine);
	for (size_t i = 0; i < d->n_units; i++)
		if (d->units[i].inst->source)
			daemon_start_unit(d, &d->units[i]);
	d->status_mono_ns = 0; /* only now it is known whether live sources rule */
	daemon_refresh_status(d);
}

int daemon_run(struct daemon *d)
{
	start_all(d);
	uv_timer_start(&d->tick, on_tick, TICK_MS, TICK_MS);
	if (!d->opt.headless)
		uv_prepare_start(&d->before_sleep, on_before_sleep);
	update_health(d);
	log_line(F1P_LOG_INFO, "core", "started: %zu plugins in %lld ms", d->n_units,
		(long long)((vclock_mono_ns() - d->started_mono_ns) / 1000000));
	while (!d->stopping || (d->opt.headless && engine_waiting(d->engine)))
		uv_run(&d->loop, UV_RUN_ONCE);
	engine_flush(d->engine, true);
	while (d->opt.headless && !d->broken && !daemon_sinks_idle(d)) /* the tick turns the loop */
		uv_run(&d->loop, UV_RUN_ONCE);
	return d->broken ? 1 : 0;
}

static void close_handles(struct daemon *d)
{
	uv_close((uv_handle_t *)&d->tick, NULL);
	uv_close((uv_handle_t *)&d->async, NULL);
	uv_close((uv_handle_t *)&d->before_sleep, NULL);
	uv_close((uv_handle_t *)&d->publish, NULL);
	loop_watch_close(&d->watch);
	for (size_t i = 0; i < 3; i++)
		if (d->signals[i].data)
			uv_close((uv_handle_t *)&d->signals[i], NULL);
	pump_destroy(d->pump);
	d->pump = NULL;
}

void daemon_destroy(struct daemon *d)
{
	if (!d)
		return;
	/* Sinks first, so that they see what is queued; predictors last, after the workers have gone. */
	for (size_t i = 0; i < d->n_units; i++) {
		sink_runner_destroy(d->units[i].runner);
		d->units[i].runner = NULL;
		if (!d->units[i].inst->predictor && !d->units[i].inst->ensemble)
			instance_stop(d->units[i].inst);
	}
	close_handles(d);
	engine_destroy(d->engine);
	d->engine = NULL;
	while (d->n_units)
		instance_destroy(d->units[--d->n_units].inst);
	daemon_destroy_live(d);
	uv_run(&d->loop, UV_RUN_DEFAULT);
	uv_loop_close(&d->loop);
	if (d->core)
		services_host_destroy(d->core);
	services_destroy(d->services);
	daemon_close_stores(d);
	scorer_destroy(d->scorer);
	model_file_destroy(d->model);
	baselines_destroy(d->baselines);
	if (d->core)
		daemon_finish_status(d);
	vclock_finish(&d->clock);
	pthread_mutex_destroy(&d->lock);
	pthread_mutex_destroy(&d->season_lock);
	buffer_finish(&d->foreign);
	config_free(d->config);
	free(d);
}

const char *daemon_failure(const struct daemon *d)
{
	return d->broken_why;
}

struct engine *daemon_engine(struct daemon *d)
{
	return d->engine;
}

struct services *daemon_services(struct daemon *d)
{
	return d->services;
}

const struct f1p_host *daemon_core_host(struct daemon *d)
{
	return d->core;
}

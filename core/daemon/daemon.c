#include "daemon/daemon.h"

#include "base/log.h"
#include "daemon/buffer.h"
#include "daemon/journal_path.h"
#include "daemon/pump.h"
#include "daemon/sink_runner.h"
#include "daemon/trial.h"
#include "loop/loop_watch.h"
#include "race/ingest.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#define MAX_INSTANCES 64
#define TICK_MS 50
#define FOREIGN_MAX 65536 /* events from other threads that may wait for the loop */

struct unit { /* one instance and what the daemon keeps beside it */
	struct instance *inst;
	struct sink_runner *runner;
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
	uv_async_t async;
	struct vclock clock;
	struct services *services;
	struct f1p_host *core;
	const struct f1p_metrics *metrics;
	struct engine *engine;
	struct pump *pump;
	struct unit units[MAX_INSTANCES];
	size_t n_units;
	uint32_t next_id;
	pthread_t loop_thread;
	pthread_mutex_t lock; /* foreign, control, health */
	struct buffer foreign; /* events of other threads; .seq of each holds the source id while it waits */
	struct control control;
	struct f1p_health health;
	atomic_llong last_event_mono_ns;
	int64_t started_mono_ns;
	bool stopping, reload_wanted;
	bool broken; /* headless: the source failed */
	struct f1p_metric *m_events, *m_forecasts, *m_forecast_seconds, *m_seq;
	struct loop_watch watch;
	uint64_t seen_events, seen_forecasts;
};

static void update_members(struct daemon *d);

/* -- services for plugins -- */

static f1p_status op_emit(void *arg, uint32_t id, const struct f1p_event *ev)
{
	struct daemon *d = arg;
	struct f1p_event *copy;

	if (pthread_equal(pthread_self(), d->loop_thread))
		return d->engine ? engine_emit(d->engine, id, ev) : F1P_EINVAL; /* plugins are made before it and outlive it */
	if (ev->size < sizeof(*ev) || ev->size > F1P_EVENT_MAX || ev->size % 8)
		return F1P_EINVAL;
	pthread_mutex_lock(&d->lock);
	f1p_status rc = d->foreign.count < FOREIGN_MAX && buffer_push(&d->foreign, ev) ? F1P_OK : F1P_AGAIN;
	if (rc == F1P_OK) {
		copy = (struct f1p_event *)(d->foreign.data + d->foreign.len - ev->size);
		copy->seq = id;
	}
	pthread_mutex_unlock(&d->lock);
	uv_async_send(&d->async);
	return rc;
}

static const struct f1p_state *op_state_acquire(void *arg)
{
	struct daemon *d = arg;

	return d->engine ? engine_state_acquire(d->engine) : NULL;
}

static void op_state_release(void *arg, const struct f1p_state *s)
{
	engine_state_release(((struct daemon *)arg)->engine, s);
}

static int64_t op_now(void *arg)
{
	return vclock_now_ns(&((struct daemon *)arg)->clock);
}

static bool op_is_loop(void *arg)
{
	return pthread_equal(pthread_self(), ((struct daemon *)arg)->loop_thread);
}

static bool op_is_worker(void *arg)
{
	(void)arg;
	return workers_is_worker();
}

static void op_health(void *arg, struct f1p_health *out)
{
	struct daemon *d = arg;
	int64_t mono = vclock_mono_ns();
	int64_t last = atomic_load(&d->last_event_mono_ns);

	pthread_mutex_lock(&d->lock);
	*out = d->health;
	pthread_mutex_unlock(&d->lock);
	out->size = sizeof(*out);
	out->data_age_ms = last ? (mono - last) / 1000000 : F1P_UNKNOWN_NS;
	out->uptime_ms = (mono - d->started_mono_ns) / 1000000;
	out->paused = vclock_paused(&d->clock) ? F1P_YES : F1P_NO;
	out->speed = vclock_speed(&d->clock);
}

static f1p_status ask(struct daemon *d, const struct control *c)
{
	pthread_mutex_lock(&d->lock);
	if (c->speed_set) {
		d->control.speed_set = true;
		d->control.speed = c->speed;
	}
	if (c->paused_set) {
		d->control.paused_set = true;
		d->control.paused = c->paused;
	}
	if (c->seek_set) {
		d->control.seek_set = true;
		d->control.seek_lap = c->seek_lap;
		d->control.seek_t_ns = c->seek_t_ns;
	}
	pthread_mutex_unlock(&d->lock);
	uv_async_send(&d->async);
	return F1P_OK;
}

static bool live(struct daemon *d)
{
	return !vclock_is_driven(&d->clock);
}

static f1p_status op_set_speed(void *arg, double speed)
{
	if (live(arg))
		return F1P_EUNSUPPORTED;
	if (!(speed == 0 || (speed >= 0.1 && speed <= 1000)))
		return F1P_EINVAL;
	return ask(arg, &(struct control){.speed_set = true, .speed = speed});
}

static f1p_status op_set_paused(void *arg, bool paused)
{
	return live(arg) ? F1P_EUNSUPPORTED : ask(arg, &(struct control){.paused_set = true, .paused = paused});
}

static f1p_status op_seek(void *arg, int32_t lap, int64_t t_ns)
{
	if (live(arg))
		return F1P_EUNSUPPORTED;
	if (lap < 0 || lap > (int32_t)F1P_MAX_LAPS)
		return F1P_EINVAL;
	return ask(arg, &(struct control){.seek_set = true, .seek_lap = lap, .seek_t_ns = t_ns});
}

/* -- events about plugins -- */

static void report_plugin(struct daemon *d, uint16_t type, const struct instance *inst, uint32_t condition, const char *reason)
{
	struct f1p_ev_plugin_status e = {.instance_id = inst->id, .condition = condition};

	e.h.size = sizeof(e);
	e.h.type = type;
	snprintf(e.instance, sizeof(e.instance), "%s", inst->file->name);
	snprintf(e.reason, sizeof(e.reason), "%s", reason);
	engine_host_event(d->engine, &e.h);
}

static uint32_t condition_of(const struct instance *inst)
{
	return inst->state == INSTANCE_QUARANTINED ? F1P_PLUGIN_QUARANTINED : F1P_PLUGIN_RESTARTING;
}

static void fail_instance(struct daemon *d, struct instance *inst, f1p_status status, const char *reason)
{
	if (reason)
		instance_fail_because(inst, status, reason, vclock_mono_ns());
	else /* the call was made on the loop */
		instance_fail(inst, status, vclock_mono_ns());
	report_plugin(d, F1P_EV_PLUGIN_STATUS, inst, condition_of(inst), inst->reason);
}

/* -- sinks -- */

static void on_sink_failed(void *arg)
{
	uv_async_send(&((struct daemon *)arg)->async);
}

static void on_deliver(void *arg, const struct f1p_event *first, uint32_t count, size_t bytes)
{
	struct daemon *d = arg;

	for (size_t i = 0; i < d->n_units; i++)
		if (d->units[i].runner)
			sink_runner_push(d->units[i].runner, first, count, bytes);
}

static bool on_held(void *arg)
{
	struct daemon *d = arg;

	if (d->reload_wanted) /* it waits until no forecast runs, which under load might be never */
		return true;
	for (size_t i = 0; i < d->n_units; i++)
		if (d->units[i].runner && sink_runner_blocks(d->units[i].runner))
			return true;
	return false;
}

/* -- engine and pump call back -- */

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
	fail_instance(arg, inst, status, reason);
}

static struct f1p_metric *rejected_metric(struct daemon *d, const char *verdict)
{
	return d->metrics->get(d->core, F1P_METRIC_COUNTER, "f1pd_ingest_rejected_total", "Events refused at the gate, by reason.",
		"reason", verdict);
}

static void on_rejected(void *arg, uint32_t source_id, const char *verdict, const char *why)
{
	struct daemon *d = arg;

	d->metrics->put(rejected_metric(d, verdict), 1);
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
	report_plugin(d, F1P_EV_SOURCE_END, inst, F1P_PLUGIN_STOPPED, "no more data");
	if (d->opt.headless && pump_all_ended(d->pump))
		d->stopping = true;
}

static void on_source_failed(void *arg, struct instance *inst, f1p_status status)
{
	struct daemon *d = arg;

	pump_remove(d->pump, inst);
	fail_instance(d, inst, status, NULL);
	/* Nobody watches a headless run: a broken recording ends it. */
	if (d->opt.headless)
		d->broken = d->stopping = true;
}

/* -- instances -- */

static bool start_unit(struct daemon *d, struct unit *u)
{
	struct instance *inst = u->inst;

	if (instance_start(inst, vclock_mono_ns()) != F1P_OK) {
		report_plugin(d, F1P_EV_PLUGIN_STATUS, inst, condition_of(inst), inst->reason);
		if (d->opt.headless && inst->kind == F1P_KIND_SOURCE)
			d->broken = d->stopping = true;
		return false;
	}
	if (inst->source) {
		engine_add_source(d->engine, inst->id, inst->source->flags);
		pump_add(d->pump, inst);
	} else if (inst->sink) {
		u->runner = sink_runner_create(inst, d->metrics, d->core, on_sink_failed, d);
		if (!u->runner)
			fail_instance(d, inst, F1P_ENOMEM, NULL);
	}
	return true;
}

static void drop_unit(struct daemon *d, size_t i)
{
	struct unit *u = &d->units[i];

	if (u->inst->source)
		pump_remove(d->pump, u->inst);
	sink_runner_destroy(u->runner);
	instance_destroy(u->inst);
	d->n_units--;
	memmove(u, u + 1, (d->n_units - i) * sizeof(*u));
}

static const char *plugin_dir(const struct daemon *d)
{
	return d->opt.plugin_dir ? d->opt.plugin_dir : d->config->core.plugin_dir;
}

static void log_error(void *arg, const char *line)
{
	(void)arg;
	log_line(F1P_LOG_ERROR, "config", "%s", line);
}

static struct unit *create_unit(struct daemon *d, const struct config_file *file, struct config_errors *errors)
{
	if (d->n_units == MAX_INSTANCES || d->next_id >= ENGINE_MAX_SOURCES) {
		log_line(F1P_LOG_ERROR, "config", "%s: more than %d instances; restart the daemon", file->path, MAX_INSTANCES);
		return NULL;
	}
	struct instance *inst = instance_create(d->services, file, d->config->dir ? d->config->dir : ".", plugin_dir(d), d->next_id,
		errors);
	if (!inst)
		return NULL;
	if (d->opt.headless && inst->sink) {
		instance_destroy(inst);
		return NULL;
	}
	d->next_id++;
	struct unit *u = &d->units[d->n_units++];
	*u = (struct unit){.inst = inst};
	return u;
}

/* The forecaster knows all predictors; those that are not running simply have no answer. */
static void update_members(struct daemon *d)
{
	struct instance *list[MAX_INSTANCES];
	size_t n = 0;

	for (size_t i = 0; i < d->n_units; i++)
		if (d->units[i].inst->predictor || d->units[i].inst->ensemble)
			list[n++] = d->units[i].inst;
	forecaster_set_members(engine_forecaster(d->engine), list, n);
}

static bool all_paced(const struct daemon *d)
{
	for (size_t i = 0; i < d->n_units; i++)
		if (d->units[i].inst->source && !(d->units[i].inst->source->flags & F1P_SOURCE_PACED))
			return false;
	return true;
}

/* -- reload -- */

static const struct config_file *find_file(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->n_files; i++)
		if (c->files[i].enabled && strcmp(c->files[i].name, name) == 0)
			return &c->files[i];
	return NULL;
}

static bool has_unit(const struct daemon *d, const char *name)
{
	for (size_t i = 0; i < d->n_units; i++)
		if (strcmp(d->units[i].inst->file->name, name) == 0)
			return true;
	return false;
}

/* The instance that a reload leaves alone: its file is unchanged, and it was not given up. */
static const struct instance *goes_on(void *arg, const struct config_file *f)
{
	const struct daemon *d = arg;

	for (size_t i = 0; i < d->n_units; i++) {
		const struct instance *inst = d->units[i].inst;
		if (config_file_equal(f, inst->file))
			return inst->state == INSTANCE_QUARANTINED ? NULL : inst;
	}
	return NULL;
}

static bool has_source(const struct daemon *d)
{
	for (size_t i = 0; i < d->n_units; i++)
		if (d->units[i].inst->source)
			return true;
	return false;
}

static void apply_config(struct daemon *d, struct config *fresh)
{
	struct config_errors errors = {.fn = log_error};
	struct config *old = d->config;
	unsigned gone = 0, added = 0;

	d->config = fresh;
	/* A source may emit while it stops, and that may ask for a forecast: not of predictors that are gone. */
	forecaster_set_members(engine_forecaster(d->engine), NULL, 0);
	for (size_t i = d->n_units; i-- > 0;) {
		const struct config_file *f = find_file(fresh, d->units[i].inst->file->name);
		if (!f || !goes_on(d, f)) {
			drop_unit(d, i);
			gone++;
		}
	}
	if (gone && !has_source(d)) /* another recording, another time */
		vclock_set(&d->clock, F1P_UNKNOWN_NS);
	for (size_t i = 0; i < fresh->n_files; i++) {
		if (!fresh->files[i].enabled || has_unit(d, fresh->files[i].name))
			continue;
		struct unit *u = create_unit(d, &fresh->files[i], &errors);
		if (u && start_unit(d, u))
			added++;
	}
	vclock_set_speed(&d->clock, fresh->core.speed);
	engine_set_wait(d->engine, all_paced(d));
	update_members(d);
	config_free(old);
	log_line(F1P_LOG_INFO, "core", "configuration reloaded: %u stopped, %u started, %zu running in all", gone, added, d->n_units);
	pump_kick(d->pump);
}

/* A folder with errors changes nothing: the running configuration stays. */
static void reload(struct daemon *d)
{
	struct config_errors errors = {.fn = log_error};

	d->reload_wanted = false;
	struct config *fresh = config_load(d->opt.config_dir, &errors);
	if (fresh)
		trial_run(d->services, fresh, d->opt.plugin_dir ? d->opt.plugin_dir : fresh->core.plugin_dir, goes_on, d, &errors);
	if (!fresh || errors.count) {
		log_line(F1P_LOG_ERROR, "core", "reload: %d error%s; the running configuration stays", errors.count,
			errors.count == 1 ? "" : "s");
		config_free(fresh);
		return;
	}
	apply_config(d, fresh);
}

/* -- the loop's own work -- */

static void take_foreign(struct daemon *d)
{
	struct buffer taken;
	size_t at = 0;

	pthread_mutex_lock(&d->lock);
	taken = d->foreign;
	d->foreign = (struct buffer){0};
	pthread_mutex_unlock(&d->lock);
	while (at < taken.len) {
		struct f1p_event *ev = (struct f1p_event *)(taken.data + at);
		at += ev->size;
		engine_emit(d->engine, (uint32_t)ev->seq, ev);
	}
	if (taken.count)
		engine_flush(d->engine, false);
	buffer_finish(&taken);
}

static void seek_sources(struct daemon *d, int32_t lap, int64_t t_ns)
{
	for (size_t i = 0; i < d->n_units; i++) {
		struct instance *inst = d->units[i].inst;
		if (!inst->seek || inst->state != INSTANCE_RUNNING)
			continue;
		if (inst->seek->seek(inst->plugin, lap, t_ns) == F1P_OK) {
			vclock_set(&d->clock, F1P_UNKNOWN_NS);
			pump_rewind(d->pump, inst);
		} else {
			log_line(F1P_LOG_WARN, inst->file->name, "cannot seek there: the recording does not reach it");
		}
	}
}

static void take_control(struct daemon *d)
{
	struct control c;

	pthread_mutex_lock(&d->lock);
	c = d->control;
	d->control = (struct control){0};
	pthread_mutex_unlock(&d->lock);
	if (c.speed_set)
		vclock_set_speed(&d->clock, c.speed);
	if (c.paused_set)
		vclock_set_paused(&d->clock, c.paused);
	if (c.seek_set)
		seek_sources(d, c.seek_lap, c.seek_t_ns);
	if (c.speed_set || c.paused_set || c.seek_set)
		pump_kick(d->pump);
}

static void settle_sinks(struct daemon *d)
{
	for (size_t i = 0; i < d->n_units; i++) {
		struct unit *u = &d->units[i];
		char reason[160];
		f1p_status status = u->runner ? sink_runner_failure(u->runner, reason, sizeof(reason)) : F1P_OK;
		if (status == F1P_OK)
			continue;
		sink_runner_destroy(u->runner);
		u->runner = NULL;
		fail_instance(d, u->inst, status, reason);
	}
}

static void on_async(uv_async_t *a)
{
	struct daemon *d = a->data;

	take_foreign(d);
	take_control(d);
	settle_sinks(d);
}

static void restart_due(struct daemon *d)
{
	for (size_t i = 0; i < d->n_units; i++) {
		struct unit *u = &d->units[i];
		if (!instance_due(u->inst, vclock_mono_ns()))
			continue;
		/* A predictor is not touched while a worker may be in it. */
		if ((u->inst->predictor || u->inst->ensemble) && forecaster_busy(engine_forecaster(d->engine)))
			continue;
		if (start_unit(d, u)) {
			log_line(F1P_LOG_INFO, u->inst->file->name, "running again");
			report_plugin(d, F1P_EV_PLUGIN_STATUS, u->inst, F1P_PLUGIN_RUNNING, "restarted");
		}
	}
}

static void update_health(struct daemon *d)
{
	struct engine_report r;
	struct f1p_health h = {.size = sizeof(h)};

	engine_report(d->engine, &r, false);
	for (size_t i = 0; i < d->n_units; i++) {
		const struct instance *inst = d->units[i].inst;
		h.sources_total += inst->source != NULL;
		h.sources_running += inst->source && inst->state == INSTANCE_RUNNING;
		h.plugins_quarantined += inst->state == INSTANCE_QUARANTINED;
	}
	h.seq = r.seq;
	h.simulated = r.simulated ? F1P_YES : F1P_NO;
	h.source_ended = pump_all_ended(d->pump) ? F1P_YES : F1P_NO;
	atomic_store(&d->last_event_mono_ns, r.last_event_mono_ns);
	pthread_mutex_lock(&d->lock);
	d->health = h;
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
	restart_due(d);
	if (d->reload_wanted && !forecaster_busy(engine_forecaster(d->engine)))
		reload(d);
	engine_flush(d->engine, false);
	update_health(d);
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
	}
}

/* -- life cycle -- */

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

/* Sources first: their ids, which the journal keeps, do not depend on what else is configured. */
static void create_units(struct daemon *d, struct config_errors *errors)
{
	static const char *const prefix[] = {"source_", "", NULL};

	for (int pass = 0; prefix[pass]; pass++)
		for (size_t i = 0; i < d->config->n_files; i++) {
			const struct config_file *f = &d->config->files[i];
			bool source = strncmp(f->plugin_id, "source_", 7) == 0;
			if (f->enabled && source == (pass == 0))
				create_unit(d, f, errors);
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

static bool create_engine(struct daemon *d)
{
	const struct config_core *c = &d->config->core;
	char path[4096], err[512];
	uint64_t identity = run_identity(d);
	bool journal = d->opt.journal_path || (!d->opt.headless && c->journal_dir[0]);

	if (journal && !journal_path_choose(d->opt.journal_path, c->journal_dir, identity, c->journal_keep, path,
			       sizeof(path), err, sizeof(err))) {
		log_line(F1P_LOG_ERROR, "journal", "%s", err);
		return false;
	}
	struct engine_options o = {.loop = &d->loop,
		.clock = &d->clock,
		.journal_path = journal ? path : NULL,
		.identity = identity,
		.workers = worker_count(c),
		.wait = all_paced(d),
		.forecasts = d->opt.forecasts,
		.forecast_every_ms = c->forecast_every_ms,
		.forecast_timeout_ms = c->forecast_timeout_ms,
		.publish_every_ms = c->publish_every_ms,
		.seed = (uint64_t)c->seed,
		.arg = d,
		.deliver = d->opt.headless ? NULL : on_deliver,
		.aside = d->opt.journal_path ? NULL : on_aside,
		.resume = on_resume,
		.predictor_failed = on_predictor_failed,
		.rejected = on_rejected,
		.forecast_timed = on_forecast_timed};
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
		log_line(F1P_LOG_INFO, "journal", "%s: %llu events recovered, up to number %llu; %llu torn bytes cut", path,
			(unsigned long long)r.events, (unsigned long long)r.seq, (unsigned long long)r.journal_cut_bytes);
	return true;
}

static bool create_services(struct daemon *d)
{
	struct host_ops ops = {.arg = d,
		.emit = op_emit,
		.state_acquire = op_state_acquire,
		.state_release = op_state_release,
		.now_utc_ns = op_now,
		.is_loop = op_is_loop,
		.is_worker = op_is_worker,
		.health = op_health,
		.set_speed = op_set_speed,
		.set_paused = op_set_paused,
		.seek = op_seek};

	d->services = services_create(&ops);
	if (!d->services)
		return false;
	d->core = services_host_create(d->services, 0, "core");
	if (!d->core)
		return false;
	d->metrics = services_metrics();
	d->m_events = d->metrics->get(d->core, F1P_METRIC_COUNTER, "f1pd_events_total", "Events accepted into the log.", NULL, NULL);
	d->m_forecasts = d->metrics->get(d->core, F1P_METRIC_COUNTER, "f1pd_forecasts_total", "Forecasts published.", NULL, NULL);
	d->m_forecast_seconds = d->metrics->get(d->core, F1P_METRIC_HISTOGRAM, "f1pd_forecast_seconds",
		"Real time from the trigger of a forecast to its publication.", NULL, NULL);
	d->m_seq = d->metrics->get(d->core, F1P_METRIC_GAUGE, "f1pd_journal_seq", "Newest sequence number.", NULL, NULL);
	for (int v = INGEST_BAD_SHAPE; v < INGEST_VERDICTS; v++)
		d->metrics->put(rejected_metric(d, ingest_verdict_name((enum ingest_verdict)v)), 0);
	return true;
}

struct daemon *daemon_create(struct config *config, const struct daemon_options *opt)
{
	struct config_errors errors = {.fn = log_error};
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
	vclock_init(&d->clock, config->core.speed);
	vclock_set_driven(&d->clock, true);
	uv_timer_init(&d->loop, &d->tick);
	uv_async_init(&d->loop, &d->async, on_async);
	d->tick.data = d->async.data = d;
	raise_file_limit();
	if (!watch_signals(d) || !create_services(d))
		goto fail;
	loop_watch_start(&d->watch, &d->loop, d->metrics, d->core);
	create_units(d, &errors);
	if (opt->headless && errors.count)
		goto fail;
	if (!create_engine(d))
		goto fail;
	struct pump_ops ops = {d, on_held, on_source_ended, on_source_failed};
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
	for (size_t i = 0; i < d->n_units; i++)
		if (!d->units[i].inst->source)
			start_unit(d, &d->units[i]);
	update_members(d);
	engine_begin(d->engine);
	for (size_t i = 0; i < d->n_units; i++)
		if (d->units[i].inst->source)
			start_unit(d, &d->units[i]);
}

int daemon_run(struct daemon *d)
{
	start_all(d);
	uv_timer_start(&d->tick, on_tick, TICK_MS, TICK_MS);
	update_health(d);
	log_line(F1P_LOG_INFO, "core", "started: %zu plugins in %lld ms", d->n_units,
		(long long)((vclock_mono_ns() - d->started_mono_ns) / 1000000));
	while (!d->stopping || (d->opt.headless && engine_waiting(d->engine)))
		uv_run(&d->loop, UV_RUN_ONCE);
	engine_flush(d->engine, true);
	return d->broken ? 1 : 0;
}

static void close_handles(struct daemon *d)
{
	uv_close((uv_handle_t *)&d->tick, NULL);
	uv_close((uv_handle_t *)&d->async, NULL);
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
	uv_run(&d->loop, UV_RUN_DEFAULT);
	uv_loop_close(&d->loop);
	if (d->core)
		services_host_destroy(d->core);
	services_destroy(d->services);
	vclock_finish(&d->clock);
	pthread_mutex_destroy(&d->lock);
	buffer_finish(&d->foreign);
	config_free(d->config);
	free(d);
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

#include "daemon/daemon_internal.h"

#include "base/log.h"
#include "race/ingest.h"

#define FOREIGN_MAX 65536 /* events from other threads that may wait for the loop */

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

static bool seekable(struct daemon *d)
{
	pthread_mutex_lock(&d->lock);
	bool is = d->seekable;
	pthread_mutex_unlock(&d->lock);
	return is;
}

static f1p_status op_seek(void *arg, int32_t lap, int64_t t_ns)
{
	if (live(arg) || !seekable(arg))
		return F1P_EUNSUPPORTED;
	if (lap < 0 || lap > (int32_t)F1P_MAX_LAPS)
		return F1P_EINVAL;
	return ask(arg, &(struct control){.seek_set = true, .seek_lap = lap, .seek_t_ns = t_ns});
}

void daemon_take_foreign(struct daemon *d)
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
			engine_steered(d->engine);
		} else {
			log_line(F1P_LOG_WARN, inst->file->name, "cannot seek there: the recording does not reach it");
		}
	}
}

void daemon_take_control(struct daemon *d)
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

struct f1p_metric *daemon_rejected_metric(struct daemon *d, const char *verdict)
{
	return d->metrics->get(d->core, F1P_METRIC_COUNTER, "f1pd_ingest_rejected_total", "Events refused at the gate, by reason.",
		"reason", verdict);
}

bool daemon_create_services(struct daemon *d)
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
		.seek = op_seek,
		.extension = daemon_extension,
		.stopped = daemon_forget_instance};

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
		d->metrics->put(daemon_rejected_metric(d, ingest_verdict_name((enum ingest_verdict)v)), 0);
	return true;
}

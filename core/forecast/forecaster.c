#include "forecast/forecaster_internal.h"

#include "base/log.h"
#include "forecast/state_age.h"
#include "helpers/gap_quantiles.h"
#include "helpers/rng.h"
#include "loop/vclock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_MEMBERS 16
#define STALE_FACTOR 0.9   /* confidence of a repeated forecast, per repetition */
#define TREND_WEIGHT 0.2   /* of the newest confidence in the smoothed one */
#define TREND_MARGIN 0.01  /* a change of confidence below this is no trend */
#define WAIT_TIMEOUT_FACTOR 15 /* a paced run would rather wait than differ; only a hung predictor is cut off */

/* One session, one seed: successive forecasts share their random futures. */
uint64_t forecaster_session_id(const struct f1p_state *s)
{
	uint64_t h = f1p_mix64(0x9e3779b97f4a7c15ULL + s->session_key) ^ f1p_mix64((uint64_t)s->year << 32 | s->type);

	for (const char *c = s->circuit; *c; c++)
		h = f1p_mix64(h ^ (uint8_t)*c);
	return h ? h : 1;
}

struct forecaster *forecaster_create(struct workers *pool, const struct forecaster_ops *ops, bool wait, int64_t timeout_ms,
				     uint64_t seed)
{
	struct forecaster *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->pool = pool;
	f->ops = *ops;
	f->wait = wait;
	f->timeout_ns = timeout_ms * 1000000;
	f->seed = seed;
	f->smooth_confidence = -1;
	f->published = calloc(1, sizeof(*f->published));
	f->event = calloc(1, sizeof(*f->event));
	f->insight_event = calloc(1, sizeof(*f->insight_event));
	for (size_t i = 0; i < MAX_MEMBERS; i++) {
		f->members[i].owner = f;
		f->members[i].now = calloc(1, sizeof(struct f1p_forecast));
		f->members[i].last = calloc(1, sizeof(struct f1p_forecast));
		if (!f->members[i].now || !f->members[i].last)
			f->ensemble = SIZE_MAX;
	}
	if (!f->published || !f->event || !f->insight_event || f->ensemble == SIZE_MAX) {
		forecaster_destroy(f);
		return NULL;
	}
	return f;
}

void forecaster_destroy(struct forecaster *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < MAX_MEMBERS; i++) {
		free(f->members[i].now);
		free(f->members[i].last);
	}
	snapshot_unref(f->job.snapshot);
	snapshot_unref(f->next.snapshot);
	free(f->published);
	free(f->event);
	free(f->insight_event);
	snapshot_unref(f->told_of);
	free(f);
}

void forecaster_set_wait(struct forecaster *f, bool wait)
{
	f->wait = wait;
}

void forecaster_set_members(struct forecaster *f, struct instance **list, size_t n)
{
	f->n_members = 0;
	for (size_t i = 0; i < n && f->n_members < MAX_MEMBERS; i++) {
		struct member *m = &f->members[f->n_members++];
		m->inst = list[i];
		m->last->n_cars = 0;
		m->age = 0;
	}
	f->ensemble = f->priors = f->insights = f->n_members;
	for (size_t i = 0; i < f->n_members; i++) {
		if (f->members[i].inst->ensemble)
			f->ensemble = i;
		if (f->members[i].inst->priors && f->priors == f->n_members)
			f->priors = i;
		if (f->members[i].inst->insights && f->insights == f->n_members)
			f->insights = i;
	}
}

static size_t forecast_bytes(uint32_t n_cars)
{
	return offsetof(struct f1p_forecast, cars) + n_cars * sizeof(struct f1p_car_forecast);
}

static void emit_forecast(struct forecaster *f, uint32_t instance_id, bool published, const struct f1p_forecast *fc)
{
	const struct f1p_state *s = snapshot_state(f->job.snapshot);
	struct f1p_ev_forecast *e = f->event;

	memset(e, 0, sizeof(*e));
	memcpy(&e->forecast, fc, forecast_bytes(fc->n_cars));
	e->forecast.size = (uint32_t)forecast_bytes(fc->n_cars);
	e->h.size = (uint32_t)(offsetof(struct f1p_ev_forecast, forecast) + e->forecast.size);
	e->h.type = F1P_EV_FORECAST;
	e->h.flags = s->flags & F1P_EVF_SIMULATED;
	e->h.t_event_ns = s->t_event_ns;
	e->instance_id = instance_id;
	e->published = published;
	e->trigger = f->job.trigger;
	e->trigger_seq = f->job.trigger_seq;
	e->lap = (uint16_t)(s->lap > 0 && s->lap < UINT16_MAX ? s->lap : 0);
	f->ops.emit(f->ops.arg, &e->h);
}

static void emit_skip(struct forecaster *f, const struct forecast_request *r)
{
	const struct f1p_state *s = snapshot_state(r->snapshot);
	struct f1p_ev_forecast_skipped e = {.trigger_seq = r->trigger_seq,
		.trigger_source = r->trigger_source,
		.trigger_source_seq = r->trigger_source_seq,
		.trigger = r->trigger};

	e.h.size = sizeof(e);
	e.h.type = F1P_EV_FORECAST_SKIPPED;
	e.h.flags = s->flags & F1P_EVF_SIMULATED;
	e.h.t_event_ns = s->t_event_ns;
	f->ops.emit(f->ops.arg, &e.h);
}

static uint8_t trend_of(struct forecaster *f, double confidence)
{
	double before = f->smooth_confidence;

	f->smooth_confidence = before < 0 ? confidence : before + TREND_WEIGHT * (confidence - before);
	if (before < 0)
		return F1P_TREND_UNKNOWN;
	if (confidence > before + TREND_MARGIN)
		return F1P_TREND_RISING;
	return confidence < before - TREND_MARGIN ? F1P_TREND_FALLING : F1P_TREND_STABLE;
}

static void publish(struct forecaster *f, uint32_t instance_id, struct f1p_forecast *fc)
{
	uint64_t session = forecaster_session_id(snapshot_state(f->job.snapshot));

	if (session != f->published_session)
		f->smooth_confidence = -1;
	fc->trend = trend_of(f, fc->confidence);
	if (fc != f->published)
		memcpy(f->published, fc, sizeof(*fc));
	f->published_session = session;
	f->count++;
	emit_forecast(f, instance_id, true, fc);
	if (f->ops.timed)
		f->ops.timed(f->ops.arg, vclock_mono_ns() - f->job.asked_mono_ns);
}

static void publish_fresh(struct forecaster *f, struct member *m)
{
	state_age_weaken(m->now, snapshot_state(f->job.snapshot));
	publish(f, m->inst->id, m->now);
}

static void start_job(struct forecaster *f);

void forecaster_finish_job(struct forecaster *f)
{
	snapshot_unref(f->job.snapshot);
	f->job.snapshot = NULL;
	f->busy = false;
	struct forecast_request next = f->next; /* asked for since the race began anew */
	f->next.snapshot = NULL;
	if (f->forget)
		forecaster_forget(f);
	if (next.snapshot) {
		f->job = next;
		start_job(f);
		return;
	}
	f->ops.idle(f->ops.arg);
}

/* A seek may bring the cars in another order. */
static bool same_cars(const struct f1p_forecast *fc, const struct f1p_state *s)
{
	if (!fc->n_cars || fc->n_cars != s->n_cars)
		return false;
	for (uint32_t i = 0; i < fc->n_cars; i++)
		if (fc->cars[i].car != s->cars[i].number)
			return false;
	return true;
}

/* No member had anything fresh: the last word, weaker. */
static void publish_stale(struct forecaster *f, uint32_t instance_id)
{
	const struct f1p_state *s = snapshot_state(f->job.snapshot);

	if (f->published_session != forecaster_session_id(s) || !same_cars(f->published, s))
		return;
	struct f1p_forecast *fc = f->published;
	fc->missing |= F1P_MISSING_FRESH;
	fc->confidence *= STALE_FACTOR;
	publish(f, instance_id, fc);
}

static bool usable_last(const struct member *m, const struct f1p_state *s)
{
	return m->last_session == forecaster_session_id(s) && same_cars(m->last, s);
}

/* The journal may end between the members of a job: those that it has are not written twice. */
static bool is_restored(const struct forecaster *f, uint32_t instance_id)
{
	return f->restored_trigger == f->job.trigger_seq && instance_id < 64 && (f->restored_members >> instance_id & 1);
}

/* Loop side of a finished member call: remember, age, report. */
static void settle_member(struct forecaster *f, struct member *m)
{
	if (m->status == F1P_OK) {
		memcpy(m->last, m->now, sizeof(*m->last));
		m->last_session = forecaster_session_id(snapshot_state(f->job.snapshot));
		m->age = 0;
		return;
	}
	m->age++;
	if (m->status != F1P_EUNSUPPORTED && m->status != F1P_ECANCELLED && m->status != F1P_AGAIN)
		f->ops.failed(f->ops.arg, m->inst, m->status, m->reason);
	if (m->status == F1P_EUNSUPPORTED)
		m->last->n_cars = 0;
}

/* A paced run that stops makes this forecast when it comes back: nothing was skipped. */
static void give_up(struct forecaster *f)
{
	if (!f->wait || f->expired)
		emit_skip(f, &f->job);
}

static void on_combined(struct task *t)
{
	struct member *m = (struct member *)t;
	struct forecaster *f = m->owner;

	if (f->forget) {
		/* nobody wants it any more */
	} else if (m->status == F1P_OK) {
		publish_fresh(f, m);
		if (forecaster_ask_insights(f))
			return;
	} else if (forecaster_cancelled(f)) {
		give_up(f);
	} else if (m->status != F1P_EUNSUPPORTED) {
		f->ops.failed(f->ops.arg, m->inst, m->status, m->reason);
		publish_stale(f, m->inst->id);
	}
	forecaster_finish_job(f);
}

static void prepare(struct forecaster *f, struct f1p_forecast *out)
{
	const struct f1p_state *s = snapshot_state(f->job.snapshot);

	memset(out, 0, sizeof(*out));
	out->size = sizeof(*out);
	out->snapshot_seq = s->seq;
	out->seed = f->seed ? f->seed : forecaster_session_id(s);
}

/* The contract of out is checked here, once for everybody: a predictor cannot publish nonsense. */
static bool is_share(double p)
{
	return p >= 0 && p <= 1 + 1e-9; /* false for NaN too */
}

static bool is_one(double sum)
{
	return sum > 1 - 1e-6 && sum < 1 + 1e-6;
}

static bool car_makes_sense(const struct f1p_car_forecast *c, uint32_t n_cars)
{
	double sum = 0;

	for (uint32_t k = 0; k < n_cars; k++) {
		if (!is_share(c->p_position[k]))
			return false;
		sum += c->p_position[k];
	}
	return is_one(sum) && is_share(c->p_win) && is_share(c->p_podium) && is_share(c->p_points) && is_share(c->p_retire) &&
	       c->expected_position > 1 - 1e-6 && c->expected_position < n_cars + 1e-6 && c->gap_given <= 1 && (!c->gap_given || f1p_gaps_rise(c));
}

static bool makes_sense(const struct f1p_forecast *fc, const struct f1p_state *s)
{
	if (!same_cars(fc, s) || !is_share(fc->confidence) || !(fc->mc_error >= 0 && fc->mc_error <= 1))
		return false;
	for (uint32_t i = 0; i < fc->n_cars; i++)
		if (!car_makes_sense(&fc->cars[i], fc->n_cars))
			return false;
	for (uint32_t k = 0; k < fc->n_cars; k++) {
		double sum = 0;
		for (uint32_t i = 0; i < fc->n_cars; i++)
			sum += fc->cars[i].p_position[k];
		if (!is_one(sum))
			return false;
	}
	return true;
}

/* [worker] What the call came to. */
static void conclude(struct member *m, f1p_status status)
{
	if (status == F1P_OK && !makes_sense(m->now, snapshot_state(m->owner->job.snapshot)))
		status = m->inst->host->fail(m->inst->host, F1P_EPERMANENT, "returned a forecast whose probabilities do not add up, or whose gaps do not rise");
	services_take_reason(m->inst->host, m->reason, sizeof(m->reason));
	m->status = status;
}

static void combine_work(struct task *t)
{
	struct member *m = (struct member *)t;
	struct forecaster *f = m->owner;
	const struct f1p_state *s = snapshot_state(f->job.snapshot);
	struct f1p_member list[MAX_MEMBERS];
	uint32_t n = 0;

	int64_t before_ns = vclock_mono_ns();

	for (size_t i = 0; i < f->n_members; i++) {
		const struct member *k = &f->members[i];
		if (i != f->ensemble && usable_last(k, s))
			list[n++] = (struct f1p_member){sizeof(list[0]), k->age, k->inst->file->name, k->last};
	}
	conclude(m, n ? m->inst->ensemble->combine(m->inst->plugin, s, list, n, m->now) : F1P_EUNSUPPORTED);
	instance_measure(m->inst, "combine", before_ns, vclock_mono_ns());
}

/* Without an ensemble the first member with something fresh speaks. */
static void publish_first(struct forecaster *f)
{
	for (size_t i = 0; i < f->n_members; i++)
		if (f->members[i].status == F1P_OK) {
			publish_fresh(f, &f->members[i]);
			return;
		}
}

static void start_combining(struct forecaster *f, struct member *e)
{
	prepare(f, e->now);
	e->status = F1P_ECANCELLED; /* should the pool end before it runs */
	e->task = (struct task){.work = combine_work, .done = on_combined};
	workers_submit(f->pool, &e->task);
}

static void on_members_done(struct forecaster *f)
{
	bool fresh = false, failing = false;

	if (forecaster_cancelled(f) || f->forget) {
		if (!f->forget)
			give_up(f);
		forecaster_finish_job(f);
		return;
	}
	struct member *e = f->ensemble < f->n_members ? &f->members[f->ensemble] : NULL;
	bool combine = e && e->inst->state == INSTANCE_RUNNING;
	for (size_t i = 0; i < f->n_members; i++) {
		struct member *m = &f->members[i];
		if (m == e)
			continue;
		settle_member(f, m);
		fresh |= m->status == F1P_OK;
		failing |= m->status != F1P_OK && m->status != F1P_EUNSUPPORTED;
		if (m->status == F1P_OK && combine && !is_restored(f, m->inst->id))
			emit_forecast(f, m->inst->id, false, m->now);
	}
	if (fresh && combine) {
		start_combining(f, e);
		return;
	}
	if (fresh) {
		publish_first(f);
		if (forecaster_ask_insights(f))
			return;
	}
	if (!fresh && failing) /* else it is not a session for forecasts */
		publish_stale(f, (e ? e : &f->members[0])->inst->id);
	forecaster_finish_job(f);
}

static void member_work(struct task *t)
{
	struct member *m = (struct member *)t;
	struct forecaster *f = m->owner;

	if (forecaster_cancelled(f))
		return;
	int64_t before_ns = vclock_mono_ns();

	conclude(m, m->inst->predictor->predict(m->inst->plugin, snapshot_state(f->job.snapshot), m->now->seed, forecaster_cancelled, f, m->now));
	instance_measure(m->inst, "predict", before_ns, vclock_mono_ns());
}

static void on_member_done(struct task *t)
{
	struct forecaster *f = ((struct member *)t)->owner;

	if (--f->running == 0)
		on_members_done(f);
}

void forecaster_ask_members(struct forecaster *f)
{
	f->running = 1; /* held until all are submitted */
	for (size_t i = 0; i < f->n_members; i++) {
		struct member *m = &f->members[i];
		m->status = F1P_AGAIN;
		if (i == f->ensemble || m->inst->state != INSTANCE_RUNNING || !m->inst->predictor)
			continue; /* a second ensemble has no forecast of its own */
		prepare(f, m->now);
		m->status = F1P_ECANCELLED;
		m->task = (struct task){.work = member_work, .done = on_member_done};
		f->running++;
		workers_submit(f->pool, &m->task);
	}
	if (--f->running == 0)
		on_members_done(f);
}

static void start_job(struct forecaster *f)
{
	f->busy = true;
	f->job_started_ns = vclock_mono_ns();
	atomic_store(&f->cancel, false);
	f->expired = false;
	if (f->job.published) {
		if (!forecaster_ask_insights(f))
			forecaster_finish_job(f);
		return;
	}
	if (!forecaster_ask_priors(f))
		forecaster_ask_members(f);
}

void forecaster_request(struct forecaster *f, const struct forecast_request *r)
{
	struct forecast_request asked = *r;

	asked.asked_mono_ns = vclock_mono_ns();
	if (!f->busy) {
		f->job = asked;
		start_job(f);
		return;
	}
	if (f->next.snapshot) {
		emit_skip(f, &f->next);
		snapshot_unref(f->next.snapshot);
	}
	f->next = asked;
	if (f->aside)
		atomic_store(&f->cancel, true);
	forecaster_tick(f);
}

void forecaster_tick(struct forecaster *f)
{
	int64_t limit = f->wait ? f->timeout_ns * WAIT_TIMEOUT_FACTOR : f->timeout_ns;

	if (!f->busy || f->expired || vclock_mono_ns() - f->job_started_ns <= limit)
		return;
	f->expired = true;
	atomic_store(&f->cancel, true);
	log_line(F1P_LOG_WARN, "core", "a forecast takes more than %lld ms; it is given up", (long long)(limit / 1000000));
}

bool forecaster_busy(const struct forecaster *f)
{
	return f->busy;
}

void forecaster_cancel(struct forecaster *f)
{
	atomic_store(&f->cancel, true);
	if (f->next.snapshot) {
		snapshot_unref(f->next.snapshot);
		f->next.snapshot = NULL;
	}
}

void forecaster_restore(struct forecaster *f, const struct f1p_ev_forecast *e, const struct f1p_state *s)
{
	const size_t head = offsetof(struct f1p_ev_forecast, forecast);

	if (e->h.size < head + forecast_bytes(0) || e->forecast.n_cars > F1P_MAX_CARS ||
	    e->h.size < head + forecast_bytes(e->forecast.n_cars))
		return;
	if (!e->published) {
		if (f->restored_trigger != e->trigger_seq)
			f->restored_members = 0;
		f->restored_trigger = e->trigger_seq;
		f->restored_members |= e->instance_id < 64 ? 1ULL << e->instance_id : 0;
		return;
	}
	if (forecaster_session_id(s) != f->published_session)
		f->smooth_confidence = -1;
	f->published_session = forecaster_session_id(s);
	memset(f->published, 0, sizeof(*f->published));
	memcpy(f->published, &e->forecast, forecast_bytes(e->forecast.n_cars));
	f->published->size = sizeof(*f->published);
	trend_of(f, e->forecast.confidence);
	f->count++;
}

void forecaster_forget(struct forecaster *f)
{
	f->forget = f->busy; /* workers may be reading: then when the job is done */
	snapshot_unref(f->next.snapshot);
	f->next.snapshot = NULL;
	if (f->busy) {
		atomic_store(&f->cancel, true); /* it is of the old race: nobody will see it */
		return;
	}
	f->published->n_cars = 0;
	snapshot_unref(f->told_of);
	f->told_of = NULL;
	f->smooth_confidence = -1;
	for (size_t i = 0; i < MAX_MEMBERS; i++)
		f->members[i].last->n_cars = 0;
}

uint64_t forecaster_count(const struct forecaster *f)
{
	return f->count;
}

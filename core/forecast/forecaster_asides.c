#include "forecast/forecaster_internal.h"

#include "loop/vclock.h"

#include <string.h>

#define TOLD_LATELY_NS INT64_C(60000000000)

/* ---- priors, ahead of the members ---- */

static void priors_work(struct task *t)
{
	struct member *m = (struct member *)t;
	struct forecaster *f = m->owner;

	if (forecaster_cancelled(f))
		return;
	int64_t before_ns = vclock_mono_ns();
	f->n_priors = 0;
	m->status = m->inst->priors->priors(m->inst->plugin, snapshot_state(f->job.snapshot), f->prior_list, PRIOR_EVENTS_MAX,
		&f->n_priors);
	services_take_reason(m->inst->host, m->reason, sizeof(m->reason));
	instance_measure(m->inst, "priors", before_ns, vclock_mono_ns());
}

static void tell_member_scores(struct forecaster *f)
{
	const struct f1p_state *s = snapshot_state(f->job.snapshot);
	struct f1p_member_score scores[F1P_MEMBER_SCORES] = {0};
	struct f1p_ev_member_scores e;
	uint32_t n = f->ops.member_scores ? f->ops.member_scores(f->ops.arg, s, scores) : 0;

	if (member_scores_event(&e, scores, n, s))
		f->ops.emit(f->ops.arg, &e.h);
}

/* They stand in the journal ahead of the forecasts that were made with them. */
static void tell_priors(struct forecaster *f, uint32_t n)
{
	struct f1p_ev_prior list[PRIOR_EVENTS_MAX];

	tell_member_scores(f);
	n = prior_events(list, f->prior_list, n < PRIOR_EVENTS_MAX ? n : PRIOR_EVENTS_MAX, snapshot_state(f->job.snapshot));
	for (uint32_t i = 0; i < n; i++)
		f->ops.emit(f->ops.arg, &list[i].h);
	struct snapshot *now = f->ops.refresh(f->ops.arg);
	if (now) {
		snapshot_unref(f->job.snapshot);
		f->job.snapshot = now;
	}
}

static void on_priors(struct task *t)
{
	struct member *m = (struct member *)t;
	struct forecaster *f = m->owner;

	if (!forecaster_cancelled(f) && !f->forget) {
		if (m->status == F1P_OK || m->status == F1P_EUNSUPPORTED)
			tell_priors(f, m->status == F1P_OK ? f->n_priors : 0);
		else
			f->ops.failed(f->ops.arg, m->inst, m->status, m->reason);
	}
	forecaster_ask_members(f); /* cancelled: none of them begins, and the job ends as it should */
}

bool forecaster_ask_priors(struct forecaster *f)
{
	struct member *m = f->priors < f->n_members ? &f->members[f->priors] : NULL;

	if (!m || !f->ops.refresh || m->inst->state != INSTANCE_RUNNING || !prior_due(snapshot_state(f->job.snapshot)))
		return false;
	m->status = F1P_ECANCELLED;
	m->task = (struct task){.work = priors_work, .done = on_priors};
	workers_submit(f->pool, &m->task);
	return true;
}

/* ---- insights, behind the published forecast ---- */

static bool is_chance(double p)
{
	return p >= 0 && p <= 1 + 1e-9; /* false for NaN too */
}

static bool is_change(double d)
{
	return d >= -1 - 1e-9 && d <= 1 + 1e-9;
}

static bool car_is_sound(const struct f1p_car_insight *c, uint32_t n_cars)
{
	bool good = c->n_options <= F1P_MAX_OPTIONS && is_chance(c->p_stop_1) && is_chance(c->p_stop_5) && c->stops_left >= 0 &&
		    c->stops_left < 100 && c->expected_points >= 0 && c->expected_points < 100;

	for (uint32_t i = 0; good && i < c->n_options; i++) {
		const struct f1p_option *o = &c->options[i];
		good = is_change(o->p_win_change) && is_change(o->p_podium_change) && o->position_change > -(double)n_cars &&
		       o->position_change < n_cars;
	}
	return good;
}

/* As with forecasts: a plugin cannot publish nonsense. */
static bool is_sound(const struct f1p_insights *in, const struct f1p_state *s)
{
	bool good = in->n_cars == s->n_cars && in->n_overtakes <= F1P_MAX_OVERTAKES && in->n_moves <= F1P_MAX_MOVES &&
		    is_chance(in->p_sc_5) && is_chance(in->p_vsc_5) && is_chance(in->p_red_5);

	for (uint32_t i = 0; good && i < in->n_overtakes; i++) {
		const struct f1p_overtake *o = &in->overtakes[i];
		good = is_chance(o->p_1) && is_chance(o->p_3) && is_chance(o->p_5);
	}
	for (uint32_t i = 0; good && i < in->n_moves; i++)
		good = is_change(in->moves[i].p_win_change) && memchr(in->moves[i].text, 0, sizeof(in->moves[i].text));
	for (uint32_t i = 0; good && i < in->n_cars; i++)
		good = in->cars[i].car == s->cars[i].number && car_is_sound(&in->cars[i], in->n_cars);
	return good;
}

static void insights_work(struct task *t)
{
	struct member *m = (struct member *)t;
	struct forecaster *f = m->owner;
	const struct f1p_state *now = snapshot_state(f->job.snapshot);
	const struct f1p_state *before = f->told_of ? snapshot_state(f->told_of) : NULL;
	struct f1p_insights *in = &f->insight_event->insights;
	int64_t before_ns = vclock_mono_ns();

	if (before && forecaster_session_id(before) != forecaster_session_id(now))
		before = NULL;
	m->status = m->inst->insights->insights(m->inst->plugin, now, before, f->published, in->seed, forecaster_cancelled, f, in);
	if (m->status == F1P_OK && !is_sound(in, now))
		m->status = m->inst->host->fail(m->inst->host, F1P_EPERMANENT, "returned insights that make no sense");
	services_take_reason(m->inst->host, m->reason, sizeof(m->reason));
	instance_measure(m->inst, "insights", before_ns, vclock_mono_ns());
}

static void tell_insights(struct forecaster *f, const struct member *m)
{
	const struct f1p_state *s = snapshot_state(f->job.snapshot);
	struct f1p_ev_insights *e = f->insight_event;

	e->insights.size = (uint32_t)(offsetof(struct f1p_insights, cars) + e->insights.n_cars * sizeof(e->insights.cars[0]));
	e->h = (struct f1p_event){.size = (uint32_t)offsetof(struct f1p_ev_insights, insights) + e->insights.size,
		.type = F1P_EV_INSIGHTS, .flags = s->flags & F1P_EVF_SIMULATED, .t_event_ns = s->t_event_ns};
	e->instance_id = m->inst->id;
	e->trigger = f->job.trigger;
	e->trigger_seq = f->job.trigger_seq;
	e->lap = (uint16_t)(s->lap > 0 && s->lap < UINT16_MAX ? s->lap : 0);
	f->ops.emit(f->ops.arg, &e->h);
	snapshot_unref(f->told_of);
	f->told_of = snapshot_ref(f->job.snapshot);
}

static void on_insights(struct task *t)
{
	struct member *m = (struct member *)t;
	struct forecaster *f = m->owner;

	f->aside = false;
	if (m->status == F1P_OK && !f->forget)
		tell_insights(f, m);
	else if (m->status != F1P_EUNSUPPORTED && m->status != F1P_ECANCELLED && m->status != F1P_AGAIN && !f->forget)
		f->ops.failed(f->ops.arg, m->inst, m->status, m->reason);
	forecaster_finish_job(f);
}

/* Where time waits for the forecasts, a stop or a quiet while soon after the last insights is no reason for new ones: they cost more than
 * the forecast. The next lap tells of it. */
static bool told_lately(const struct forecaster *f)
{
	const struct f1p_state *now = snapshot_state(f->job.snapshot), *told = f->told_of ? snapshot_state(f->told_of) : NULL;
	bool small = f->job.trigger == F1P_TRIGGER_PIT || f->job.trigger == F1P_TRIGGER_TIMER;

	return f->wait && small && told && forecaster_session_id(told) == forecaster_session_id(now) &&
	       now->t_event_ns - told->t_event_ns < TOLD_LATELY_NS;
}

/* In live mode a forecast that waits goes first. */
bool forecaster_ask_insights(struct forecaster *f)
{
	struct member *m = f->insights < f->n_members ? &f->members[f->insights] : NULL;

	if (!m || m->inst->state != INSTANCE_RUNNING || f->next.snapshot || f->forget || told_lately(f))
		return false;
	memset(f->insight_event, 0, sizeof(*f->insight_event));
	f->insight_event->insights.size = sizeof(f->insight_event->insights);
	f->insight_event->insights.snapshot_seq = f->published->snapshot_seq;
	f->insight_event->insights.seed = f->published->seed;
	f->aside = true;
	f->job_started_ns = vclock_mono_ns();
	m->status = F1P_ECANCELLED;
	m->task = (struct task){.work = insights_work, .done = on_insights};
	workers_submit(f->pool, &m->task);
	return true;
}

void forecaster_restore_insights(struct forecaster *f, struct snapshot *s)
{
	snapshot_unref(f->told_of);
	f->told_of = s;
}

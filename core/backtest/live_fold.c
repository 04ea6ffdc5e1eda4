#include "backtest/live_fold.h"

#define SETTLE_NS INT64_C(2000000000) /* gaps and places follow the crossing within that time */

struct folding {
	struct race *race;
	const struct live_fold_ops *ops;
	int32_t leader_laps, pending; /* pending: ended, not yet looked at; 0 = none */
	int64_t t_due_ns;
	bool started, in_record;
};

static bool is_start(const struct folding *f, const struct f1p_event *ev)
{
	const struct f1p_ev_value *e = (const void *)ev;

	return !f->started && ev->space == F1P_SPACE_CORE && ev->type == F1P_EV_SESSION_STATUS && e->value == F1P_STATUS_STARTED &&
	       !(ev->flags & F1P_EVF_SNAPSHOT) && race_state(f->race)->type == F1P_SESSION_RACE;
}

/* Laps that the event says a car has ended, if that is more than anybody had; else 0. */
static int32_t new_lap(const struct folding *f, const struct f1p_event *ev)
{
	const struct f1p_ev_car_lap *e = (const void *)ev;
	bool of_lap = ev->space == F1P_SPACE_CORE && ev->type == F1P_EV_CAR_LAP && (e->mask & F1P_LAP_NUMBER);

	return of_lap && f->started && e->laps > f->leader_laps ? e->laps : 0;
}

static void look(struct folding *f)
{
	int32_t lap = f->pending;

	f->pending = 0;
	if (lap)
		f->ops->lap(f->ops->arg, f->race, lap);
}

static bool on_event(void *arg, const struct f1p_event *ev)
{
	struct folding *f = arg;
	int32_t lap = new_lap(f, ev);

	if (is_start(f, ev)) {
		f->started = true;
		f->ops->lights_out(f->ops->arg, f->race);
	}
	if (f->pending && ((!f->in_record && ev->t_event_ns >= f->t_due_ns) || lap))
		look(f);
	race_apply(f->race, ev);
	f->in_record = ev->flags & F1P_EVF_MORE;
	if (lap) {
		f->leader_laps = f->pending = lap;
		f->t_due_ns = ev->t_event_ns + SETTLE_NS;
	}
	return true;
}

int32_t live_fold(struct recordings *r, const char *path, struct race *race, const struct live_fold_ops *ops)
{
	struct folding f = {.race = race, .ops = ops};

	if (!recordings_play(r, path, on_event, &f))
		return 0;
	look(&f);
	return f.started ? f.leader_laps : 0;
}

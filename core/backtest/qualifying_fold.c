#include "backtest/qualifying_fold.h"

#define MINUTE_NS INT64_C(60000000000)

static const int64_t length_ns[QUALIFYING_PARTS] = {18 * MINUTE_NS, 15 * MINUTE_NS, 12 * MINUTE_NS};
static const int percent[QUALIFYING_SHARES] = {0, 25, 50, 75, 90};

struct folding {
	struct race *race;
	const struct qualifying_fold_ops *ops;
	int part;            /* how many began */
	int share;           /* the next one of this part */
	bool runs, finished; /* the part: its clock; its end was told */
	bool in_record;
	int64_t used_ns, t_since_ns; /* of the part's time, until the clock last began to run; when that was */
};

static void start(struct folding *f, int64_t t_ns)
{
	if (f->part == 0)
		f->ops->begins(f->ops->arg, f->race);
	if (f->part == 0 || f->finished) {
		f->part++;
		f->share = 0;
		f->used_ns = 0;
		f->finished = false;
	}
	f->runs = true;
	f->t_since_ns = t_ns;
}

static void stop(struct folding *f, int64_t t_ns, bool finished)
{
	if (f->runs)
		f->used_ns += t_ns - f->t_since_ns;
	f->runs = false;
	f->finished |= finished && f->part > 0;
}

static void follow_status(struct folding *f, const struct f1p_event *ev)
{
	int32_t status = ((const struct f1p_ev_value *)(const void *)ev)->value;

	if (ev->flags & F1P_EVF_SNAPSHOT)
		return;
	if (status != F1P_STATUS_STARTED)
		stop(f, ev->t_event_ns, status == F1P_STATUS_FINISHED);
	else if (!f->runs && f->part + f->finished <= QUALIFYING_PARTS && race_state(f->race)->type == F1P_SESSION_QUALIFYING)
		start(f, ev->t_event_ns);
}

/* All that is due now: of moments that fall together the last. */
static void look(struct folding *f, int64_t t_ns)
{
	int due = -1;

	while (f->share < QUALIFYING_SHARES &&
		f->used_ns + t_ns - f->t_since_ns >= length_ns[f->part - 1] / 100 * percent[f->share])
		due = f->share++;
	if (due >= 0)
		f->ops->moment(f->ops->arg, f->race, (f->part - 1) * QUALIFYING_SHARES + due);
}

static bool on_event(void *arg, const struct f1p_event *ev)
{
	struct folding *f = arg;

	if (f->runs && !f->in_record && ev->t_event_ns > f->t_since_ns)
		look(f, ev->t_event_ns);
	if (ev->space == F1P_SPACE_CORE && ev->type == F1P_EV_SESSION_STATUS)
		follow_status(f, ev);
	race_apply(f->race, ev);
	f->in_record = ev->flags & F1P_EVF_MORE;
	return true;
}

void qualifying_fold(struct recordings *r, const char *path, struct race *race, const struct qualifying_fold_ops *ops)
{
	struct folding f = {.race = race, .ops = ops};

	recordings_play(r, path, on_event, &f);
}

#include "race/revision.h"
#include "race/data_kind.h"
#include "race/race_internal.h"
#include <stdio.h>

/* The lap whose told time the event may correct, or F1P_UNKNOWN. */
static int32_t lap_in_question(const struct f1p_car *car, const struct car_memory *m, const struct f1p_event *ev)
{
	int32_t lap = car->n_laps;

	if (ev->type == F1P_EV_LAP_RECORD) {
		lap = ((const struct f1p_ev_lap_record *)ev)->lap;
	} else if (ev->type != F1P_EV_CAR_LAP) {
		return F1P_UNKNOWN;
	}
	if (lap < 1 || lap > car->n_laps || (lap == car->laps && m->told_lap != lap) || car->history[lap - 1].time_ms == F1P_UNKNOWN ||
	    car->history[lap - 1].flags & F1P_LAPF_INFERRED) {
		return F1P_UNKNOWN;
	}
	return lap;
}

void revision_before(struct race *r, const struct f1p_event *ev, struct revision_probe *p)
{
	uint32_t kind = event_kind(ev);
	struct f1p_car *car = fold_find_car(&r->now, event_car(ev));
	const struct car_memory *m;

	*p = (struct revision_probe){.stint = 0xff, .start_laps = F1P_UNKNOWN, .lap = F1P_UNKNOWN, .laps = F1P_UNKNOWN,
				     .lane_ms = F1P_UNKNOWN};
	if (!car || (kind != F1P_DATA_LAPS && kind != F1P_DATA_TYRES && kind != F1P_DATA_PIT)) {
		return;
	}
	m = fold_memory(&r->now, car);
	p->car = car->number;
	p->lap = lap_in_question(car, m, ev);
	p->time_ms = p->lap == F1P_UNKNOWN ? F1P_UNKNOWN : car->history[p->lap - 1].time_ms;
	p->laps = car->retired == F1P_YES && kind == F1P_DATA_LAPS ? car->laps : F1P_UNKNOWN;
	if (ev->type == F1P_EV_STINT && ((const struct f1p_ev_stint *)ev)->index < car->n_stints) {
		p->stint = ((const struct f1p_ev_stint *)ev)->index;
		p->compound = car->stints[p->stint].compound;
		p->start_laps = car->stints[p->stint].start_laps;
	}
	if (kind == F1P_DATA_PIT && m->lane_lap != F1P_UNKNOWN && m->lane_lap == ((const struct f1p_ev_pit *)ev)->lap) {
		p->lane_ms = car->last_pit_lane_ms;
	}
}

static void add(struct f1p_ev_revision *out, uint32_t *n, const struct f1p_event *ev, uint32_t field, int32_t lap, int32_t old_value,
		int32_t new_value)
{
	static const char *const reasons[] = {[F1P_REVISED_LAP_TIME] = "lap time corrected", [F1P_REVISED_LAPS] = "laps corrected",
					      [F1P_REVISED_COMPOUND] = "compound corrected",
					      [F1P_REVISED_TYRE_AGE] = "tyre age corrected",
					      [F1P_REVISED_PIT_TIME] = "pit time corrected"};
	struct f1p_ev_revision *e = &out[*n];

	if (old_value == new_value || old_value == F1P_UNKNOWN || *n == REVISIONS_MAX) {
		return;
	}
	(*n)++;
	*e = (struct f1p_ev_revision){.h = {.size = sizeof(*e), .type = F1P_EV_REVISION}, .field = field, .car = event_car(ev),
				      .lap = lap, .old_value = old_value, .new_value = new_value, .source_id = ev->source_id};
	snprintf(e->reason, sizeof(e->reason), "%s", reasons[field]);
}

/* A set that was fitted where the last entry stood is another one, not a correction. */
static bool is_new_set(const struct f1p_event *ev, const struct f1p_car *car, const struct revision_probe *p)
{
	const struct f1p_stint *s = &car->stints[p->stint];

	return ((const struct f1p_ev_stint *)ev)->mask & F1P_STINT_TOTAL && s->total_laps == (s->start_laps > 0 ? s->start_laps : 0);
}

uint32_t revision_after(struct race *r, const struct f1p_event *ev, const struct revision_probe *p,
			struct f1p_ev_revision out[REVISIONS_MAX])
{
	struct f1p_car *car = fold_find_car(&r->now, p->car);
	uint32_t n = 0;

	if (!car) {
		return 0;
	}
	if (p->lap != F1P_UNKNOWN && p->lap <= car->n_laps) {
		add(out, &n, ev, F1P_REVISED_LAP_TIME, p->lap, p->time_ms, car->history[p->lap - 1].time_ms);
	}
	if (p->laps != F1P_UNKNOWN) {
		add(out, &n, ev, F1P_REVISED_LAPS, F1P_UNKNOWN, p->laps, car->laps);
	}
	if (p->stint != 0xff && p->compound != F1P_TYRE_UNKNOWN && !is_new_set(ev, car, p)) {
		add(out, &n, ev, F1P_REVISED_COMPOUND, p->stint + 1, p->compound, car->stints[p->stint].compound);
	}
	if (p->stint != 0xff && !is_new_set(ev, car, p)) {
		add(out, &n, ev, F1P_REVISED_TYRE_AGE, p->stint + 1, p->start_laps, car->stints[p->stint].start_laps);
	}
	if (p->lane_ms != F1P_UNKNOWN) {
		add(out, &n, ev, F1P_REVISED_PIT_TIME, ((const struct f1p_ev_pit *)ev)->lap, p->lane_ms, car->last_pit_lane_ms);
	}
	return n;
}

/*
 * order.c - running order and gaps, from the times at which cars cross the loops.
 *
 * A car that crosses node n passes every car that has not. Gaps are measured at the loop against the first car that
 * crossed it; along the order they only ever grow, also between cars that were last measured at different loops.
 */
#include "internal.h"

static bool shown(const struct sim_car *car)
{
	return car->phase != SIM_CAR_STOPPED;
}

/* The nearest car ahead of (behind) a position that is still in the race; NULL if none. */
struct sim_car *sim_ahead(struct sim *s, int position)
{
	for (int place = position - 2; place >= 0; place--) {
		if (shown(sim_car_at(s, place))) {
			return sim_car_at(s, place);
		}
	}
	return NULL;
}

struct sim_car *sim_behind(struct sim *s, int position)
{
	for (int place = position; place < s->n_cars; place++) {
		if (shown(sim_car_at(s, place))) {
			return sim_car_at(s, place);
		}
	}
	return NULL;
}

static bool timed(const struct sim_gap *g)
{
	return g->laps == 0 && g->ms != F1P_UNKNOWN;
}

/* Gap of a car that crosses (or will cross) node n at time t. */
static struct sim_gap gap_at(struct sim *s, const struct sim_car *car, int n, int64_t t)
{
	struct sim_gap g = { .ms = F1P_UNKNOWN, .interval_ms = F1P_UNKNOWN };
	const struct sim_car *lead = sim_car_at(s, 0), *ahead = sim_ahead(s, car->position);
	if (!ahead) {
		g.ms = 0;
		return g;
	}
	g.laps = (lead->node - n) / SIM_NODES;
	g.laps = g.laps > ahead->gap.laps ? g.laps : ahead->gap.laps;
	if (ahead->node - n >= SIM_NODES) {
		g.interval_laps = (ahead->node - n) / SIM_NODES;
	} else {
		int64_t interval = t - s->cross[sim_index(s, ahead)][n];
		g.interval_ms = (int32_t)(interval > 1 ? interval : 1);
	}
	if (g.laps == 0) {
		g.ms = (int32_t)(t - s->first[n]);
		if (timed(&ahead->gap) && g.ms <= ahead->gap.ms) {
			g.ms = ahead->gap.ms + (g.interval_ms != F1P_UNKNOWN ? g.interval_ms : 1);
		}
	}
	return g;
}

/* The car that has just been passed: its gap as it will be at the loop that it has not reached yet. */
static void regap_passed(struct sim *s, struct sim_car *car)
{
	if (car->t_next == SIM_NEVER) {
		sim_clear_gap(s, car);
		return;
	}
	const struct sim_car *ahead = sim_ahead(s, car->position), *behind = sim_behind(s, car->position);
	struct sim_gap g = gap_at(s, car, car->node + 1, car->t_next);
	if (timed(&g) && behind && timed(&behind->gap) && g.ms >= behind->gap.ms) {
		g.ms = behind->gap.ms - 1;
	}
	if (timed(&g) && ahead && timed(&ahead->gap)) {
		g.ms = g.ms > ahead->gap.ms ? g.ms : ahead->gap.ms + 1;
		g.interval_ms = g.ms - ahead->gap.ms;
	}
	car->gap = g;
	sim_emit_gap(s, car);
}

/* Cars behind that now show a smaller gap than the car ahead of them are shown behind it. */
static void settle_behind(struct sim *s, const struct sim_car *car)
{
	for (struct sim_car *next; (next = sim_behind(s, car->position)); car = next) {
		struct sim_gap *g = &next->gap;
		bool less_laps = g->laps < car->gap.laps;
		if (!less_laps && !(timed(g) && timed(&car->gap) && g->ms <= car->gap.ms)) {
			break;
		}
		g->laps = car->gap.laps;
		g->ms = timed(&car->gap) ? car->gap.ms + (g->interval_ms > 0 ? g->interval_ms : 1) : F1P_UNKNOWN;
		sim_emit_gap(s, next);
	}
}

static void emit_top3(struct sim *s)
{
	for (int i = 0; i < 3 && i < s->n_cars; i++) {
		if (s->top3[i] != s->order[i]) {
			s->top3[i] = s->order[i];
			sim_emit_car_value(s, F1P_EV_TOP_THREE, sim_car_at(s, i), i + 1);
		}
	}
}

/* A car has crossed a node: its place, its gap, and those of the cars that this changes. */
void sim_update_order(struct sim *s, struct sim_car *car)
{
	int from = car->position, place = from - 1;
	while (place > 0 && sim_car_at(s, place - 1)->node < car->node) {
		s->order[place] = s->order[place - 1];
		sim_car_at(s, place)->position = place + 1;
		place--;
	}
	s->order[place] = (uint8_t)sim_index(s, car);
	car->position = place + 1;
	if (place + 1 < from) {
		for (int i = place; i < from; i++) {
			sim_emit_car_value(s, F1P_EV_CAR_POSITION, sim_car_at(s, i), i + 1);
		}
		emit_top3(s);
	}
	car->gap = gap_at(s, car, car->node, s->now);
	sim_emit_gap(s, car);
	struct sim_car *last = car;
	for (int i = place + 1; i < from; i++) {
		struct sim_car *passed = sim_car_at(s, i);
		regap_passed(s, passed);
		last = shown(passed) ? passed : last;
	}
	settle_behind(s, car);
	if (last != car) {
		settle_behind(s, last);
	}
	car->gap_at_loop = car->gap.ms;
}

/* A car that stands still has no gap. */
void sim_clear_gap(struct sim *s, struct sim_car *car)
{
	if (car->gap.ms == F1P_UNKNOWN && car->gap.interval_ms == F1P_UNKNOWN && car->gap.laps == 0) {
		return;
	}
	car->gap = (struct sim_gap){ .ms = F1P_UNKNOWN, .interval_ms = F1P_UNKNOWN };
	sim_emit_gap(s, car);
}

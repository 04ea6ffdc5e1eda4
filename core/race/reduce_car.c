/*
 * reduce_car.c - what the feed says about a car and needs no memory: name, place, gaps, sectors, speeds, bests.
 */
#include "race/race_internal.h"

/* News this soon after the line still describe the crossing. */
#define LINE_PATCH_NS (2 * NS_PER_S)

struct f1p_lap *fresh_lap(struct f1p_car *car, int64_t t_ns)
{
	int64_t since = time_between(car->t_line_ns, t_ns);

	if (since < 0 || since > LINE_PATCH_NS || car->n_laps == 0 || car->laps != car->n_laps) {
		return NULL;
	}
	return &car->history[car->n_laps - 1];
}

void reduce_driver(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_driver *e = (const struct f1p_ev_driver *)ev;
	struct f1p_car *car = fold_car(&r->now, ev, e->car);

	if (!car) {
		return;
	}
	if (e->mask & F1P_DRIVER_CODE) {
		copy_text(car->code, sizeof(car->code), e->code, sizeof(e->code));
	}
	if (e->mask & F1P_DRIVER_NAME) {
		copy_text(car->name, sizeof(car->name), e->name, sizeof(e->name));
	}
	if (e->mask & F1P_DRIVER_TEAM) {
		copy_text(car->team, sizeof(car->team), e->team, sizeof(e->team));
	}
	if (e->mask & F1P_DRIVER_COUNTRY) {
		copy_text(car->country, sizeof(car->country), e->country, sizeof(e->country));
	}
	if (e->mask & F1P_DRIVER_COLOUR) {
		car->colour_rgb = e->colour_rgb;
	}
	if (e->mask & F1P_DRIVER_LINE) {
		car->listed = e->line;
		r->now.order_dirty = true;
	}
}

void reduce_position(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_car_value *e = (const struct f1p_ev_car_value *)ev;
	struct f1p_car *car = fold_car(&r->now, ev, e->car);
	struct f1p_lap *lap;

	if (!car) {
		return;
	}
	car->position = e->value;
	r->now.order_dirty = true;
	lap = fresh_lap(car, ev->t_event_ns);
	if (lap && e->value > 0 && e->value <= (int32_t)F1P_MAX_CARS) {
		lap->position = (uint8_t)e->value;
	}
}

void reduce_grid(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_car_value *e = (const struct f1p_ev_car_value *)ev;
	struct f1p_car *car = fold_car(&r->now, ev, e->car);

	if (car && car->grid != e->value) {
		car->grid = e->value;
		r->now.order_dirty = true;
		r->changes |= RACE_CHANGED_SESSION;
	}
}

void reduce_gap(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_car_gap *e = (const struct f1p_ev_car_gap *)ev;
	struct f1p_car *car = fold_car(&r->now, ev, e->car);
	struct f1p_lap *lap;

	if (!car) {
		return;
	}
	lap = fresh_lap(car, ev->t_event_ns);
	if (e->mask & F1P_GAP_LEADER) {
		car->gap_ms = e->gap_ms;
		car->gap_laps = e->gap_laps;
		if (lap) {
			lap->gap_ms = e->gap_ms;
		}
	}
	if (e->mask & F1P_GAP_INTERVAL) {
		car->interval_ms = e->interval_ms;
		car->interval_laps = e->interval_laps;
		if (lap) {
			lap->interval_ms = e->interval_ms;
		}
	}
	if (e->mask & F1P_GAP_CATCHING) {
		car->catching = e->catching;
	}
}

void reduce_sector(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_car_sector *e = (const struct f1p_ev_car_sector *)ev;
	struct f1p_car *car = e->sector < 3 ? fold_car(&r->now, ev, e->car) : NULL;

	if (!car) {
		return;
	}
	if (e->mask & F1P_SECTOR_TIME) {
		car->sector_ms[e->sector] = e->time_ms;
		fold_memory(&r->now, car)->t_sector_ns[e->sector] = ev->t_event_ns;
	}
	if (e->mask & F1P_SECTOR_OVERALL) {
		car->sector_overall[e->sector] = e->overall;
	}
	if (e->mask & F1P_SECTOR_PERSONAL) {
		car->sector_personal[e->sector] = e->personal;
	}
}

void reduce_speed(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_car_speed *e = (const struct f1p_ev_car_speed *)ev;
	struct f1p_car *car = fold_car(&r->now, ev, e->car);

	if (car && e->trap >= F1P_TRAP_I1 && e->trap <= F1P_TRAP_ST) {
		car->speed_kmh[e->trap - F1P_TRAP_I1] = e->speed_kmh;
	}
}

void reduce_best(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_car_best *e = (const struct f1p_ev_car_best *)ev;
	struct f1p_car *car = fold_car(&r->now, ev, e->car);

	if (!car) {
		return;
	}
	if (e->part == 0) {
		car->best_ms = e->best_ms;
		car->best_lap = e->lap;
		r->now.best_dirty = true;
	} else if (e->part <= 3) {
		car->part_best_ms[e->part - 1] = e->best_ms;
		r->now.best_dirty = true;
	}
}

void reduce_top_three(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_car_value *e = (const struct f1p_ev_car_value *)ev;

	if (e->value >= 1 && e->value <= 3) {
		r->now.st.top3[e->value - 1] = e->car;
	}
}

void reduce_seen(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_car_segment *e = (const struct f1p_ev_car_segment *)ev;

	fold_car(&r->now, ev, e->car);
}

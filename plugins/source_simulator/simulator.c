/*
 * simulator.c - the simulator's clock: whatever is due next, a car at a loop or a task of race control, makes one record.
 */
#include "simulator.h"

#include "internal.h"

#include <stdlib.h>
#include <string.h>

static bool in(int64_t v, int64_t lo, int64_t hi)
{
	return v >= lo && v <= hi;
}

static bool acceptable(const struct sim_config *c)
{
	return in(c->cars, 2, F1P_MAX_CARS) && in(c->laps, 3, SIM_MAX_LAPS) && c->lap_time_s >= 50 && c->lap_time_s <= 150 &&
	       c->pit_loss_s >= 12 && c->pit_loss_s <= 40 && in(c->rain, SIM_AUTO, SIM_YES) && in(c->safety_car, SIM_AUTO, SIM_YES) &&
	       in(c->red_flag, SIM_AUTO, SIM_YES) && in(c->rate, 1, 50) && in(c->pre_start_s, 0, 3600) &&
	       in(c->start_ns, 3600 * INT64_C(1000000000), INT64_C(7258118400) * 1000000000);
}

struct sim *sim_create(const struct sim_config *cfg)
{
	if (!acceptable(cfg)) {
		return NULL;
	}
	struct sim *s = calloc(1, sizeof(*s));
	if (!s) {
		return NULL;
	}
	s->cfg = *cfg;
	sim_setup(s);
	if (s->failed) {
		sim_destroy(s);
		return NULL;
	}
	return s;
}

void sim_destroy(struct sim *s)
{
	if (s) {
		free(s->out);
		free(s);
	}
}

static int next_task(const struct sim *s)
{
	int found = -1;
	for (int i = 0; i < s->n_tasks; i++) {
		const struct sim_task *t = &s->tasks[i];
		if (found < 0 || t->t < s->tasks[found].t || (t->t == s->tasks[found].t && t->seq < s->tasks[found].seq)) {
			found = i;
		}
	}
	return found;
}

static int64_t due(const struct sim_car *car)
{
	return car->t_extra < car->t_next ? car->t_extra : car->t_next;
}

/* Cars that are due together come in running order. */
static struct sim_car *next_car(struct sim *s)
{
	struct sim_car *found = NULL;
	for (int place = 0; place < s->n_cars; place++) {
		struct sim_car *car = sim_car_at(s, place);
		if (due(car) != SIM_NEVER && (!found || due(car) < due(found))) {
			found = car;
		}
	}
	return found;
}

static void step(struct sim *s)
{
	int task = next_task(s);
	struct sim_car *car = next_car(s);
	if (task >= 0 && (!car || s->tasks[task].t <= due(car))) {
		struct sim_task t = s->tasks[task];
		s->tasks[task] = s->tasks[--s->n_tasks];
		s->now = t.t;
		sim_run_task(s, &t);
		return;
	}
	if (!car) {
		s->ended = true;
		return;
	}
	s->now = due(car);
	if (car->t_extra < car->t_next) {
		sim_extra_update(s, car);
	} else {
		sim_cross(s, car);
	}
}

/* Fills the buffer; false after the last event. */
static bool fill(struct sim *s)
{
	if (s->out_head < s->out_len) {
		return true;
	}
	s->out_head = s->out_len = 0;
	while (s->out_len == 0) {
		if (s->ended || s->failed) {
			return false;
		}
		step(s);
	}
	return true;
}

const struct f1p_event *sim_next_event(struct sim *s)
{
	if (!fill(s)) {
		return NULL;
	}
	const struct f1p_event *e = (const struct f1p_event *)(const void *)(s->out + s->out_head);
	s->out_head += e->size;
	return e;
}

int64_t sim_next_time(struct sim *s)
{
	if (!fill(s)) {
		return F1P_NEVER_NS;
	}
	return ((const struct f1p_event *)(const void *)(s->out + s->out_head))->t_event_ns;
}

bool sim_failed(const struct sim *s)
{
	return s->failed;
}

void sim_result(const struct sim *s, struct sim_result *r)
{
	memset(r, 0, sizeof(*r));
	r->ended = s->ended && s->out_head == s->out_len;
	r->wet = s->wet;
	r->n_cars = s->n_cars;
	r->n_sc = s->n_sc;
	r->n_vsc = s->n_vsc;
	r->n_red = s->n_red;
	r->end_ns = s->end_ns;
	for (int i = 0; i < s->n_cars; i++) {
		const struct sim_car *car = &s->cars[s->order[i]];
		struct sim_car_result *out = &r->order[i];
		out->number = car->number;
		out->grid = car->grid;
		out->laps = car->node / SIM_NODES;
		out->stops = car->stops;
		out->n_stints = car->n_stints;
		memcpy(out->compounds, car->compounds, sizeof(out->compounds));
		out->retired = car->phase == SIM_CAR_STOPPED;
		out->best_ms = car->best_ms;
	}
}

/*
 * road.c - cars on the road: crossing a node, following, passing, being lapped.
 */
#include "internal.h"

#include <string.h>

#define PASS_BASE (-0.076) /* log-odds of a pass per lap within 1.5 s, fitted on 47,510 pairs */
#define PASS_GAP (-3.92)   /* per second of gap */
#define PASS_PACE 1.80     /* per % of lap that the follower is quicker */
#define DIRTY_AIR 1.0017
#define REACH_MS 1500
#define FREE_NODES 4       /* after a standing start everybody looks for a way through */
#define SC_HEAD_MS 550
#define BLUE_COST_MS 100
#define BLUE_DELAY_MS 450
#define SLOT_MS INT64_C(210) /* between two grid slots */
#define LAUNCH_MS 2500     /* from rest to racing speed */
#define REACTION_MS 180    /* spread of the getaway */
#define SCRAMBLE_MS 300    /* and of each of the first mini-sectors */

static bool on_road(const struct sim_car *car)
{
	return car->phase == SIM_CAR_RUNNING && !car->in_pit;
}

/* Cars that can still take the flag. */
int sim_running(const struct sim *s)
{
	int n = 0;
	for (int i = 0; i < s->n_cars; i++) {
		n += s->cars[i].phase != SIM_CAR_STOPPED;
	}
	return n;
}

static bool neutral(const struct sim *s)
{
	return s->phase == SIM_SC || s->phase == SIM_RED;
}

static bool ahead_on_road(const struct sim *s, int nodes)
{
	return neutral(s) ? nodes % SIM_NODES == 0 : nodes == 0;
}

/* The last car ahead on the road at the next node, and the earliest time at which `car` may cross it behind that one. */
static const struct sim_car *blocker(const struct sim *s, const struct sim_car *car, const struct sim_car *passed, int head,
	int64_t *earliest)
{
	const struct sim_car *found = NULL;
	*earliest = 0;
	for (int i = 0; i < s->n_cars; i++) {
		const struct sim_car *c = &s->cars[i];
		if (c == car || c == passed || !on_road(c) || (neutral(s) && c->unlapping)) {
			continue;
		}
		int64_t t;
		if (ahead_on_road(s, c->node - car->node) && c->t_next != SIM_NEVER) {
			t = c->t_next + head;
		} else if (ahead_on_road(s, c->node - car->node - 1)) {
			t = c->t_last + head;
		} else {
			continue;
		}
		if (t > *earliest) {
			*earliest = t;
			found = c;
		}
	}
	return found;
}

static bool passing_place(const struct sim *s, const struct sim_car *car, int segment)
{
	return (segment == 0 || segment == 11) && s->phase == SIM_GREEN && !s->yellow[segment] && car->node - car->launch_node > FREE_NODES;
}

/* The log-odds are per lap; a lap has two places to pass. */
static bool passes(struct sim *s, const struct sim_car *car, const struct sim_car *front, int64_t gap)
{
	double pace = (front->lap_ms - car->lap_ms) / car->lap_ms * 100;
	double p = f1p_logistic(PASS_BASE + PASS_GAP * (double)gap / 1000 + PASS_PACE * pace);
	return f1p_rng_uniform(&s->rng) < 1 - f1p_sqrt(1 - p);
}

/* Through traffic: behind the car ahead, or past it. Returns the time of the next crossing. */
static int64_t through_traffic(struct sim *s, struct sim_car *car, int64_t t)
{
	int segment = car->node % SIM_NODES;
	int head = neutral(s) ? SC_HEAD_MS + car->head_ms / 2 : car->head_ms;
	int64_t earliest;
	const struct sim_car *front = blocker(s, car, NULL, head, &earliest);
	if (!front || t >= earliest) {
		return t;
	}
	int64_t gap = s->now - s->cross[sim_index(s, front)][car->node];
	if (front->node == car->node && gap < REACH_MS && passing_place(s, car, segment)) {
		double room = f1p_rng_uniform(&s->rng);
		if (passes(s, car, front, gap)) {
			int64_t there = front->t_next - 40 - (int64_t)(200 * room), next;
			/* in front of it, unless a third car is there */
			(void)blocker(s, car, front, 150, &next);
			int64_t soonest = s->now + (t - s->now) * 3 / 4;
			if (there > next && there > soonest) {
				return there;
			}
		}
	}
	return earliest;
}

/* A leader comes up behind a car that it laps: a little time lost, more for the car that makes room. */
static int64_t lap_cars(struct sim *s, struct sim_car *car, int64_t t)
{
	for (int i = 0; i < s->n_cars; i++) {
		struct sim_car *c = &s->cars[i];
		int nodes = car->node - c->node;
		if (c == car || !on_road(c) || nodes <= 0 || nodes % SIM_NODES != 0 || c->t_next + 300 < t) {
			continue;
		}
		t += BLUE_COST_MS;
		c->delay_ms = BLUE_DELAY_MS;
		int lap = c->node / SIM_NODES;
		double told = f1p_rng_uniform(&s->rng);
		if (s->blue_lap[i] != lap && told < 0.5) {
			s->blue_lap[i] = lap;
			sim_task(s, s->now + 1200, SIM_TASK_CAR_MESSAGE, i, -1);
		}
	}
	return t;
}

/* Sets when the car crosses the next node. */
void sim_schedule(struct sim *s, struct sim_car *car)
{
	int segment = car->node % SIM_NODES;
	double ms = sim_segment_ms(s, car, segment);
	const struct sim_car *ahead = sim_ahead(s, car->position);
	if (s->phase == SIM_GREEN && ahead && car->gap.interval_ms != F1P_UNKNOWN && car->gap.interval_ms < REACH_MS) {
		ms *= DIRTY_AIR;
	}
	int64_t t = s->now + sim_round(ms) + car->delay_ms;
	car->delay_ms = 0;
	if (s->phase == SIM_GREEN && car->node - car->launch_node < FREE_NODES) {
		double scramble = f1p_rng_normal(&s->rng);
		int64_t shift = (int64_t)(SCRAMBLE_MS * scramble);
		t = t + shift > s->now + 1000 ? t + shift : s->now + 1000;
	} else if (!(neutral(s) && car->unlapping)) {
		t = through_traffic(s, car, t);
	}
	if (s->phase == SIM_GREEN) {
		t = lap_cars(s, car, t);
	}
	car->t_next = t > s->now ? t : s->now + 1;
	if (s->cfg.rate > 1) {
		car->extras = 1;
		car->t_extra = s->now + (car->t_next - s->now) / s->cfg.rate;
	}
}

void sim_launch(struct sim *s, struct sim_car *car, int slot)
{
	double reaction = f1p_rng_normal(&s->rng);
	car->phase = SIM_CAR_RUNNING;
	car->t_last = car->t_lap = car->t_sector = s->now;
	car->timed_lap = false;
	car->in_pit = false;
	sim_begin_lap(s, car);
	int64_t late = slot * SLOT_MS + (int64_t)(REACTION_MS * reaction) + LAUNCH_MS;
	late += car->grid == 0 && car->node == 0 ? 9000 : 0;
	car->t_next = s->now + sim_round(car->lap_ms * sim_segment_share(0)) + (late > 0 ? late : 0);
	car->launch_node = car->node;
	car->t_extra = SIM_NEVER;
	if (s->cfg.rate > 1) {
		car->extras = 1;
		car->t_extra = s->now + (car->t_next - s->now) / s->cfg.rate;
	}
}

/* Load generator: the gap between two loops, on the line from the last to the next. */
void sim_extra_update(struct sim *s, struct sim_car *car)
{
	int k = car->extras++;
	int64_t begin = car->t_last, end = car->t_next;
	car->t_extra = car->extras < s->cfg.rate && end != SIM_NEVER ? begin + (end - begin) * car->extras / s->cfg.rate : SIM_NEVER;
	if (car->phase != SIM_CAR_RUNNING || end == SIM_NEVER) {
		return;
	}
	const struct sim_car *ahead = sim_ahead(s, car->position), *behind = sim_behind(s, car->position);
	struct sim_gap *g = &car->gap;
	if (g->laps == 0 && g->ms != F1P_UNKNOWN && ahead && ahead->gap.ms != F1P_UNKNOWN && s->first[car->node + 1] >= 0) {
		int64_t from = car->gap_at_loop, to = end - s->first[car->node + 1];
		int64_t ms = from + (to - from) * k / s->cfg.rate;
		int64_t least = (int64_t)ahead->gap.ms + 1;
		int64_t most = behind && behind->gap.laps == 0 && behind->gap.ms != F1P_UNKNOWN ? behind->gap.ms - 1 : INT32_MAX;
		if (from != F1P_UNKNOWN && least <= most) {
			g->ms = (int32_t)(ms < least ? least : ms > most ? most : ms);
			g->interval_ms = g->ms - ahead->gap.ms;
		}
	}
	sim_emit_gap(s, car);
	sim_record_end(s);
}

/* At the line. Returns whether the car goes on. */
static bool at_line(struct sim *s, struct sim_car *car, int laps)
{
	car->age++;
	sim_emit_lap(s, car, laps);
	sim_emit_stint(s, car, F1P_STINT_TOTAL);
	if (laps > s->lead_laps) {
		s->lead_laps = laps;
		sim_leader_at_line(s);
	}
	if (s->flag) {
		car->phase = SIM_CAR_FINISHED;
		car->t_next = car->t_extra = SIM_NEVER;
		s->t_done = s->now;
		return false;
	}
	if (!car->in_pit) {
		sim_begin_lap(s, car);
	}
	return true;
}

/* What the car does at this node: stops, parks, visits the pits, or drives on. */
static void go_on(struct sim *s, struct sim_car *car, int loop)
{
	if (car->node >= car->out_node && sim_running(s) > 1) {
		sim_stop_car(s, car);
		return;
	}
	if (s->phase == SIM_RED && car->node >= car->park_node) {
		sim_park(s, car);
		return;
	}
	if (car->in_pit && loop == SIM_PIT_EXIT) {
		sim_pit_exit(s, car);
	} else if (!car->in_pit && loop == 3 && car->t_pit_in > 0 && s->now - car->t_pit_in < 240000) {
		sim_emit_status(s, car, F1P_CAR_PIT_OUT, false);
		car->t_pit_in = 0;
	}
	if (car->in_pit && loop == 0) {
		sim_pit_box(s, car);
	} else if (loop == SIM_PIT_ENTRY && s->phase != SIM_RED && sim_wants_stop(s, car)) {
		sim_pit_enter(s, car);
	} else {
		sim_schedule(s, car);
	}
}

void sim_cross(struct sim *s, struct sim_car *car)
{
	car->node++;
	int loop = car->node % SIM_NODES, index = sim_index(s, car);
	s->cross[index][car->node] = (int32_t)s->now;
	if (s->first[car->node] < 0) {
		s->first[car->node] = (int32_t)s->now;
	}
	car->t_extra = SIM_NEVER;
	if (loop == 0) {
		sim_weather_advance(s);
	}
	sim_emit_road(s, car, loop);
	sim_update_order(s, car);
	car->t_last = s->now;
	if (s->neutral_id > 0 && car->unlapping && (s->phase != SIM_SC || car->gap.laps == 0)) {
		car->unlapping = false;
	}
	if (loop != 0 || at_line(s, car, car->node / SIM_NODES)) {
		go_on(s, car, loop);
	}
	sim_record_end(s);
}

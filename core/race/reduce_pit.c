/*
 * reduce_pit.c - pit lane, stopped and retired flags.
 */
#include "race/race_internal.h"

/* A pit entry told this soon after the line was told late: the lap just completed is the in-lap. */
#define LATE_ENTRY_NS (2 * NS_PER_S)
#define REPAIRED 800 /* confidence, of 1000, in a stop that was concluded */

static bool is_tri(uint8_t v)
{
	return v >= F1P_TRI_UNKNOWN && v <= F1P_YES;
}

static void mark_in_lap(struct f1p_car *car, struct car_memory *m, int64_t t_ns)
{
	int64_t since = time_between(car->t_line_ns, t_ns);

	if (car->laps == F1P_UNKNOWN) {
		return;
	}
	if (since >= 0 && since <= LATE_ENTRY_NS && car->n_laps > 0 && car->laps == car->n_laps) {
		m->in_lap = car->laps;
		m->out_lap = true;
		car->history[car->n_laps - 1].flags |= F1P_LAPF_IN;
	} else {
		m->in_lap = car->laps + 1;
	}
	car->last_pit_lap = m->in_lap;
}

/* Passes under a red flag, before the start and after the flag are no stops. Behind a safety car that leads the field
 * through the pit lane only a change of tyres is one, which the stints show. */
static bool is_stop(const struct fold *f, const struct f1p_car *car, const struct car_memory *m)
{
	return is_race(f) && is_running(f) && !is_red(f) && !f->pit_lane_route && !m->took_flag &&
	       (f->st.t_green_ns != F1P_UNKNOWN_NS || car->laps >= 1);
}

static int32_t stops_known(const struct f1p_car *car, const struct car_memory *m)
{
	int32_t shown = stint_changes(car, m);

	return m->passages > shown ? m->passages : shown;
}

static void enter_pit(struct race *r, struct f1p_car *car, int64_t t_ns)
{
	struct fold *f = &r->now;
	struct car_memory *m = fold_memory(f, car);

	car->t_pit_in_ns = t_ns;
	m->pit_in_red = is_red(f);
	if (is_race(f) && car->laps == F1P_UNKNOWN && f->st.t_green_ns != F1P_UNKNOWN_NS) {
		car->laps = 0; /* the feed tells the number first when a lap is complete */
	}
	mark_in_lap(car, m, t_ns);
	if (is_stop(f, car, m)) {
		m->passages = stops_known(car, m) + 1;
		m->passage_open = true;
	}
}

static void leave_pit(struct race *r, struct f1p_car *car, int64_t t_ns)
{
	struct car_memory *m = fold_memory(&r->now, car);

	m->t_pit_exit_ns = t_ns;
	if (m->passage_open) {
		penalties_served(&r->now, car, car->t_pit_in_ns);
		m->passage_open = false;
	}
}

static void set_in_pit(struct race *r, struct f1p_car *car, uint8_t in_pit, const struct f1p_event *ev)
{
	struct fold *f = &r->now;
	uint8_t old = car->in_pit;

	if (in_pit == old || !is_tri(in_pit)) {
		return;
	}
	car->in_pit = in_pit;
	fold_memory(f, car)->dirty = true;
	if (ev->flags & F1P_EVF_SNAPSHOT) {
		fold_memory(f, car)->passage_open &= in_pit == F1P_YES;
		return;
	}
	/* Cars that are not in the pit lane when a recording begins may never have been told to be outside. */
	if (in_pit == F1P_YES && (old == F1P_NO || f->st.t_green_ns != F1P_UNKNOWN_NS)) {
		enter_pit(r, car, ev->t_event_ns);
	} else if (in_pit == F1P_NO && old == F1P_YES) {
		leave_pit(r, car, ev->t_event_ns);
	}
	if (is_race(f) && is_running(f) && in_pit != F1P_TRI_UNKNOWN) {
		r->changes |= RACE_CHANGED_PIT;
	}
}

static void set_stopped(struct f1p_car *car, struct car_memory *m, uint8_t stopped, int64_t t_ns)
{
	if (stopped == F1P_YES && car->stopped != F1P_YES) {
		m->t_stopped_ns = t_ns;
	} else if (stopped != F1P_YES) {
		m->t_stopped_ns = F1P_UNKNOWN_NS;
		m->silent = false;
	}
	car->stopped = stopped;
}

/* The feed's count has grown while nobody listened: stops whose entry was never told. */
static void repair_stops(struct race *r, struct f1p_car *car, const struct f1p_event *ev)
{
	struct fold *f = &r->now;
	struct car_memory *m = fold_memory(f, car);
	int32_t missed = car->pit_stops - m->no_stops - stops_known(car, m);

	if (missed <= 0 || missed > LAPS_MAX || !is_stop(f, car, m)) {
		return;
	}
	m->passages = stops_known(car, m) + missed;
	m->unseen += missed;
	repair_note(r, F1P_DATA_PIT, car->number, F1P_UNKNOWN, "%d pit stop%s concluded from the feed's own count", missed,
		missed > 1 ? "s" : "");
	f->st.car_origins[car - f->st.cars][F1P_CAR_PIT] =
		(struct f1p_origin){.source_id = ev->source_id, .confidence = REPAIRED, .t_ns = ev->t_event_ns};
	r->changes |= RACE_CHANGED_PIT;
}

static void set_pit_stops(struct race *r, struct f1p_car *car, int32_t pit_stops, const struct f1p_event *ev)
{
	int32_t old = car->pit_stops;

	car->pit_stops = pit_stops;
	fold_memory(&r->now, car)->dirty = true;
	if (ev->flags & F1P_EVF_SNAPSHOT && old >= 0 && pit_stops > old) {
		repair_stops(r, car, ev);
	}
}

void reduce_car_status(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_car_status *e = (const struct f1p_ev_car_status *)ev;
	struct f1p_car *car = fold_car(&r->now, ev, e->car);
	struct car_memory *m;

	if (!car) {
		return;
	}
	m = fold_memory(&r->now, car);
	if (e->mask & F1P_CAR_IN_PIT) {
		set_in_pit(r, car, e->in_pit, ev);
	}
	if (e->mask & F1P_CAR_PIT_OUT) {
		car->pit_out = e->pit_out;
	}
	if (e->mask & F1P_CAR_STOPPED) {
		set_stopped(car, m, e->stopped, ev->t_event_ns);
	}
	if (e->mask & F1P_CAR_RETIRED && is_tri(e->retired)) {
		m->flagged_retired = e->retired;
	}
	if (e->mask & (F1P_CAR_RETIRED | F1P_CAR_STOPPED)) {
		retirement_update(r, car);
	}
	if (e->mask & F1P_CAR_KNOCKED_OUT) {
		car->knocked_out = e->knocked_out;
	}
	if (e->mask & F1P_CAR_CUTOFF) {
		car->cutoff = e->cutoff;
	}
	if (e->mask & F1P_CAR_SHOWN) {
		car->shown = e->shown;
	}
	if (e->mask & F1P_CAR_PIT_STOPS) {
		set_pit_stops(r, car, e->pit_stops, ev);
	}
	if (!(ev->flags & F1P_EVF_SNAPSHOT) && car->pit_stops > 0) {
		m->no_stops = car->pit_stops > stops_known(car, m) ? car->pit_stops - stops_known(car, m) : 0;
	}
}

#define TOLD_AFTER_NS (60 * NS_PER_S) /* less than a lap */

static bool knows_passage(const struct f1p_car *car, const struct f1p_ev_pit *e)
{
	int64_t since = time_between(car->t_pit_in_ns, e->h.t_event_ns);

	return (car->last_pit_lap != F1P_UNKNOWN && e->lap <= car->last_pit_lap) ||
	       (since >= 0 && since <= e->lane_ms * NS_PER_MS + TOLD_AFTER_NS);
}

bool is_late_passage(const struct f1p_car *car, const struct f1p_ev_pit *e)
{
	return e->lane_ms != F1P_UNKNOWN && e->lap >= 1 && e->lap <= (car->laps > 0 ? car->laps : 0) + 1 && !knows_passage(car, e);
}

/* Only now, with the time in the lane, comes word of a passage (OpenF1): its lap is given, its entry was not told. */
static void late_passage(struct race *r, struct f1p_car *car, const struct f1p_ev_pit *e)
{
	struct fold *f = &r->now;
	struct car_memory *m = fold_memory(f, car);
	int64_t entry_ns = e->h.t_event_ns - e->lane_ms * NS_PER_MS;
	bool own_stint = car->n_stints > 1 && car->stints[car->n_stints - 1].first_lap == e->lap + 1; /* it came before */
	int32_t before = m->passages;
	int32_t shown;

	if (!is_late_passage(car, e)) {
		return;
	}
	car->last_pit_lap = m->in_lap = e->lap;
	m->dirty = true;
	m->pit_in_red = is_red(f) || (f->t_restart_ns != F1P_UNKNOWN_NS && f->t_restart_ns > entry_ns);
	if (e->lap <= car->n_laps) {
		car->history[e->lap - 1].flags |= F1P_LAPF_IN;
	}
	if (e->lap == car->laps) {
		m->out_lap = true;
	} else if (e->lap < car->n_laps) {
		car->history[e->lap].flags |= F1P_LAPF_OUT;
	}
	if (own_stint && m->pit_in_red) {
		m->stints_free |= 1u << (car->n_stints - 1);
	}
	if (e->h.flags & F1P_EVF_SNAPSHOT || m->pit_in_red || !is_stop(f, car, m)) {
		return;
	}
	car->t_pit_in_ns = entry_ns;
	penalties_served(f, car, entry_ns);
	if (m->unseen > 0) { /* counted when the feed's own count told it */
		m->unseen--;
		r->changes |= RACE_CHANGED_PIT;
		return;
	}
	shown = stint_changes(car, m) - own_stint;
	m->passages = (before > shown ? before : shown) + 1;
	r->changes |= RACE_CHANGED_PIT;
}

void reduce_pit_time(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_pit *e = (const struct f1p_ev_pit *)ev;
	struct f1p_car *car = fold_car(&r->now, ev, e->car);

	if (car && e->lane_ms != F1P_UNKNOWN) {
		car->last_pit_lane_ms = e->lane_ms;
		fold_memory(&r->now, car)->lane_lap = e->lap;
		late_passage(r, car, e);
	}
}

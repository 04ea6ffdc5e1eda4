/*
 * reduce_session.c - session, status, track status, lap count, clock.
 */
#include "race/race_internal.h"
#include <string.h>

static void describe(struct f1p_state *st, const struct f1p_ev_session *e)
{
	st->session_key = e->session_key;
	st->meeting_key = e->meeting_key;
	st->circuit_key = e->circuit_key;
	st->year = e->year;
	st->type = e->type ? e->type : F1P_SESSION_UNKNOWN;
	st->number = e->number;
	st->t_start_ns = e->t_start_ns;
	st->t_end_ns = e->t_end_ns;
	st->gmt_offset_s = e->gmt_offset_s;
	copy_text(st->name, sizeof(st->name), e->name, sizeof(e->name));
	copy_text(st->meeting, sizeof(st->meeting), e->meeting, sizeof(e->meeting));
	copy_text(st->circuit, sizeof(st->circuit), e->circuit, sizeof(e->circuit));
	copy_text(st->location, sizeof(st->location), e->location, sizeof(e->location));
	copy_text(st->country, sizeof(st->country), e->country, sizeof(e->country));
	copy_text(st->path, sizeof(st->path), e->path, sizeof(e->path));
}

bool is_other_session(const struct f1p_state *st, const struct f1p_ev_session *e)
{
	if (st->type == F1P_SESSION_UNKNOWN && !st->session_key && st->t_start_ns == F1P_UNKNOWN_NS) {
		return false; /* events came before the description */
	}
	if (st->session_key && e->session_key) {
		return st->session_key != e->session_key;
	}
	return st->type != e->type || (st->t_start_ns != F1P_UNKNOWN_NS && e->t_start_ns != F1P_UNKNOWN_NS &&
				       st->t_start_ns != e->t_start_ns);
}

static void clear_fold(struct fold *f)
{
	uint64_t seq = f->st.seq;

	fold_init(f);
	f->st.seq = seq;
}

/* What a snapshot of the feed does not tell again about one car. */
static void restore_car(struct fold *f, const struct f1p_event *ev, const struct f1p_car *old,
			const struct car_memory *old_memory)
{
	struct f1p_car *car = fold_car(f, ev, old->number);
	struct car_memory *m;

	if (!car) {
		return;
	}
	m = fold_memory(f, car);
	*m = *old_memory;
	m->dirty = true;
	m->n_penalties = 0;             /* all messages come again */
	m->message_retired = false;
	m->flagged_retired = F1P_TRI_UNKNOWN;
	memset(m->penalties, 0, sizeof(m->penalties));
	memcpy(car->history, old->history, sizeof(car->history));
	car->n_laps = old->n_laps;
	if (car->laps == F1P_UNKNOWN) {
		car->laps = old->laps;
	}
	if (car->laps != F1P_UNKNOWN) {
		history_resize(car, car->laps);
	}
	car->last_pit_lap = old->last_pit_lap;
	car->last_pit_lane_ms = old->last_pit_lane_ms;
	car->t_line_ns = old->t_line_ns;
	car->t_pit_in_ns = old->t_pit_in_ns;
}

static void restore_progress(struct fold *f, const struct fold *before, const struct f1p_event *ev)
{
	f->st.t_green_ns = before->st.t_green_ns;
	f->st.n_sc = before->st.n_sc;
	f->st.n_vsc = before->st.n_vsc;
	f->st.n_red = before->st.n_red;
	f->st.lap_neutral_start = before->st.lap_neutral_start;
	if (f->st.track == F1P_TRACK_UNKNOWN) { /* so that an SC that goes on is not counted twice */
		f->st.track = before->st.track;
		f->st.t_track_ns = before->st.t_track_ns;
	}
	f->st.weather.t_rain_changed_ns = before->st.weather.t_rain_changed_ns;
	f->st.weather.rain = before->st.weather.rain;
	memcpy(f->weather, before->weather, sizeof(f->weather));
	f->n_weather = before->n_weather;
	f->t_resume_ns = ev->t_event_ns; /* crossings may have been missed: nobody is silent before now */
	f->t_restart_ns = before->t_restart_ns;
	f->t_first_line_ns = before->t_first_line_ns;
	f->pit_lane_route = before->pit_lane_route;
	f->chequered = before->chequered;
	for (size_t i = 0; i < before->st.n_cars; i++) {
		restore_car(f, ev, &before->st.cars[i], &before->mem[i]);
	}
}

void reduce_session(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_session *e = (const struct f1p_ev_session *)ev;
	struct f1p_state *st = &r->now.st;

	if (is_other_session(st, e)) {
		clear_fold(&r->now);
	}
	describe(st, e);
	if (r->before_valid) {
		if (e->session_key && e->session_key == r->before.st.session_key) {
			restore_progress(&r->now, &r->before, ev);
		}
		r->before_valid = false;
	}
	r->now.order_dirty = true;
	r->changes |= RACE_CHANGED_SESSION;
}

void reduce_feed_reset(struct race *r, const struct f1p_event *ev)
{
	if (ev->flags & F1P_EVF_SNAPSHOT) {
		if (r->now.st.session_key) {
			r->before = r->now;
			r->before_valid = true;
		}
	} else {
		r->before_valid = false;
	}
	clear_fold(&r->now);
	r->changes |= RACE_CHANGED_SESSION;
}

static void mark_laps(struct fold *f)
{
	uint8_t seen = neutral_now(f);

	for (size_t i = 0; i < f->st.n_cars; i++) {
		f->mem[i].seen |= seen;
	}
}

/* Cars that start from the pit lane begin their first lap there. */
static void mark_green(struct fold *f, int64_t t_ns)
{
	f->st.t_green_ns = t_ns;
	for (size_t i = 0; i < f->st.n_cars; i++) {
		f->mem[i].seen = neutral_now(f);
		f->mem[i].out_lap = f->st.cars[i].in_pit == F1P_YES;
		f->mem[i].dirty = true;
	}
}

int64_t first_start_ns(const struct fold *f, const struct f1p_event *ev)
{
	const struct f1p_ev_session_status *e = (const struct f1p_ev_session_status *)ev;
	int64_t since;

	if (ev->size < sizeof(*e) || !is_race(f) || f->st.t_green_ns != F1P_UNKNOWN_NS || e->value < F1P_STATUS_STARTED) {
		return F1P_UNKNOWN_NS;
	}
	since = time_between(e->t_first_start_ns, ev->t_event_ns);
	return since >= 0 && since <= 86400 * NS_PER_S ? e->t_first_start_ns : F1P_UNKNOWN_NS;
}

void reduce_session_status(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_value *e = (const struct f1p_ev_value *)ev;
	struct fold *f = &r->now;
	uint8_t old = f->st.status;
	int64_t first_ns = first_start_ns(f, ev);

	if (first_ns != F1P_UNKNOWN_NS) {
		f->st.t_green_ns = first_ns;
		r->changes |= RACE_CHANGED_SESSION;
	}
	if (e->value < F1P_STATUS_UNKNOWN || e->value > F1P_STATUS_ENDS || e->value == old) {
		return;
	}
	f->st.status = (uint8_t)e->value;
	if (e->value == F1P_STATUS_STARTED && !(ev->flags & F1P_EVF_SNAPSHOT)) {
		if (is_race(f) && f->st.t_green_ns == F1P_UNKNOWN_NS && old != F1P_STATUS_ABORTED) {
			mark_green(f, ev->t_event_ns);
		}
		f->t_resume_ns = f->t_restart_ns = ev->t_event_ns;
	}
	mark_laps(f);
	if (e->value >= F1P_STATUS_FINISHED && !(ev->flags & F1P_EVF_SNAPSHOT)) {
		retirement_watch(r, ev->t_event_ns);
	}
	r->changes |= RACE_CHANGED_SESSION;
}

void reduce_session_part(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_value *e = (const struct f1p_ev_value *)ev;

	if (e->value < 0 || e->value > 3 || e->value == r->now.st.part) {
		return;
	}
	r->now.st.part = (uint8_t)e->value;
	r->changes |= RACE_CHANGED_SESSION;
}

static bool is_neutral(int track)
{
	return track == F1P_TRACK_SC || track == F1P_TRACK_VSC || track == F1P_TRACK_VSC_ENDING || track == F1P_TRACK_RED;
}

static void count_neutralisation(struct fold *f, int old, int track)
{
	uint8_t status = f->st.status;

	if (status != F1P_STATUS_STARTED && status != F1P_STATUS_ABORTED && status != F1P_STATUS_UNKNOWN) {
		return; /* support races, grid walk, after the flag */
	}
	f->st.n_sc += track == F1P_TRACK_SC;
	f->st.n_vsc += track == F1P_TRACK_VSC;
	f->st.n_red += track == F1P_TRACK_RED;
	if (is_neutral(track) && !is_neutral(old)) {
		f->st.lap_neutral_start = f->st.lap;
	}
}

void reduce_track_status(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_value *e = (const struct f1p_ev_value *)ev;
	struct fold *f = &r->now;
	int old = f->st.track;

	if (e->value < F1P_TRACK_UNKNOWN || e->value > F1P_TRACK_VSC_ENDING || e->value == old) {
		return;
	}
	f->st.track = (uint8_t)e->value;
	f->st.t_track_ns = ev->t_event_ns;
	if (old == F1P_TRACK_RED) {
		f->t_resume_ns = f->t_restart_ns = ev->t_event_ns;
	}
	if (e->value == F1P_TRACK_CLEAR) {
		f->pit_lane_route = false;
	}
	count_neutralisation(f, old, e->value);
	mark_laps(f);
	r->changes |= RACE_CHANGED_TRACK;
}

void reduce_lap_count(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_lap_count *e = (const struct f1p_ev_lap_count *)ev;

	if ((e->mask & F1P_LAPS_TOTAL) && (e->total == F1P_UNKNOWN || (e->total >= 0 && e->total <= LAPS_MAX))) {
		r->now.st.total_laps = e->total;
	}
	if ((e->mask & F1P_LAPS_CURRENT) && e->current >= 0 && e->current <= LAPS_MAX) {
		r->now.lap_count_seen = true;
		fold_set_lap(r, e->current);
	}
}

void reduce_clock(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_clock *e = (const struct f1p_ev_clock *)ev;
	struct f1p_state *st = &r->now.st;

	if (e->mask & F1P_CLOCK_REMAINING) {
		st->clock_remaining_ms = e->remaining_ms;
	}
	if (e->mask & F1P_CLOCK_AT) {
		st->t_clock_ns = e->t_at_ns;
	}
	if (e->mask & F1P_CLOCK_RUNNING) {
		st->clock_running = (uint32_t)e->running;
	}
}

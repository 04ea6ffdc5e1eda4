/*
 * arbiter_fit.c - what one of several sources tells, made to fit to what the others told before: messages that each feed numbers
 * for itself, laps that they count differently, stops that each one times.
 */
#include "race/arbiter_internal.h"
#include "race/noop.h"
#include "race/race_internal.h"
#include <string.h>

/* ---- race-control messages ---- */

static const struct f1p_message *find_same(const struct f1p_state *st, const struct f1p_message *told)
{
	for (size_t i = st->n_messages; i > 0; i--) {
		if (race_same_message(&st->messages[i - 1], told)) {
			return &st->messages[i - 1];
		}
	}
	return NULL;
}

static bool is_taken(const struct f1p_state *st, int32_t index)
{
	for (size_t i = 0; i < st->n_messages; i++) {
		if (st->messages[i].index == index) {
			return true;
		}
	}
	return false;
}

static int32_t newest_index(const struct f1p_state *st)
{
	int32_t newest = -1;

	for (size_t i = 0; i < st->n_messages; i++) {
		newest = st->messages[i].index > newest ? st->messages[i].index : newest;
	}
	return newest;
}

static uint16_t to_index(int32_t index)
{
	return (uint16_t)(index < 0 ? 0 : index > UINT16_MAX ? UINT16_MAX : index);
}

/* Older than all that are kept: it was told, and dropped. */
static bool is_forgotten(const struct f1p_state *st, const struct f1p_message *told)
{
	int64_t after = time_between(told->t_utc_ns, st->messages[0].t_utc_ns);

	return st->n_messages == F1P_MAX_MESSAGES && after != INT64_MAX && after > 0;
}

/* Two feeds that count differently never share a number: a message would overwrite another one. */
static void number_message(struct arbiter *a, struct asource *s, struct f1p_ev_race_control *e)
{
	const struct f1p_state *st = race_state(a->race);
	int32_t own = e->index;
	int32_t index = own + s->message_offset;

	if (index < 0 || (index <= a->foreign_message && is_taken(st, index))) {
		index = newest_index(st) + 1;
		a->foreign_message = index; /* what follows must not take the number */
		if (own > s->newest_message) {
			s->message_offset = index - own;
		}
	}
	s->newest_message = own > s->newest_message ? own : s->newest_message;
	e->index = to_index(index);
}

static bool fit_message(struct arbiter *a, struct asource *s, struct f1p_ev_race_control *e)
{
	const struct f1p_state *st = race_state(a->race);
	const struct f1p_message *same;
	struct f1p_message told;

	if (a->foreign_message < 0) { /* one feed has told all: its numbers are the race's */
		s->newest_message = e->index > s->newest_message ? e->index : s->newest_message;
		return true;
	}
	message_read(&told, e);
	same = find_same(st, &told);
	if (is_forgotten(st, &told) || (same && same->index <= a->foreign_message)) {
		if (same && e->index > s->newest_message) {
			s->newest_message = e->index;
			s->message_offset = same->index - e->index;
		}
		return false;
	}
	number_message(a, s, e);
	return true;
}

void arbiter_align_messages(struct arbiter *a, struct asource *s)
{
	const struct f1p_state *ours = race_state(a->race);
	const struct f1p_state *theirs = race_state(s->shadow);

	a->foreign_message = newest_index(ours);
	for (size_t i = theirs->n_messages; i > 0; i--) {
		const struct f1p_message *same = find_same(ours, &theirs->messages[i - 1]);

		if (same) {
			s->message_offset = same->index - theirs->messages[i - 1].index;
			return;
		}
	}
	if (ours->n_messages && theirs->n_messages) {
		s->message_offset = a->foreign_message + 1 - theirs->messages[0].index;
	}
}

/* ---- laps ---- */

/* The time of the lap is known: this one or, rounded otherwise, that of another source. */
static bool knows_time(const struct f1p_car *car, int32_t number, bool theirs, int32_t told_ms)
{
	const struct f1p_lap *lap = number >= 1 && number <= car->n_laps ? &car->history[number - 1] : NULL;

	return lap && lap->time_ms != F1P_UNKNOWN && !(lap->flags & F1P_LAPF_INFERRED) && (theirs || lap->time_ms == told_ms);
}

/* Number and time of the newest lap, or that its time is not known yet, which takes nothing from who knows it. */
static bool knows_lap(const struct f1p_car *car, bool theirs, const struct f1p_ev_car_lap *e)
{
	return e->laps == car->laps && e->mask & F1P_LAP_LAST &&
	       (e->last_ms == F1P_UNKNOWN || knows_time(car, e->laps, theirs, e->last_ms));
}

/* A count goes back only by the word of who told it, or of a better source. */
static bool fit_laps(struct arbiter *a, const struct asource *s, struct f1p_ev_car_lap *e)
{
	const struct f1p_car *car = fold_find_car(&a->race->now, e->car);
	const struct asource *by = e->car <= F1P_MAX_CAR_NUMBER ? a->sources[a->laps_by[e->car]] : NULL;
	bool theirs = by && by != s;
	bool of_better = theirs && arbiter_better(by, s, F1P_DATA_LAPS);

	if (!(e->mask & F1P_LAP_NUMBER) || !car) {
		return true;
	}
	if (!of_better || e->laps > car->laps) {
		a->laps_by[e->car] = (uint8_t)s->id;
	}
	if ((of_better && e->laps < car->laps) || knows_lap(car, theirs, e)) {
		e->mask &= ~(uint32_t)(F1P_LAP_NUMBER | F1P_LAP_LAST); /* nor is it the time of the newest lap */
		return e->mask != 0 && race_would_change(a->race, &e->h);
	}
	return true;
}

/* What one source adds to a lap takes nothing from the time that another one told, nor tells it again. */
static bool fit_record(struct arbiter *a, const struct asource *s, struct f1p_ev_lap_record *e)
{
	const struct f1p_car *car = fold_find_car(&a->race->now, e->car);

	if (car && e->mask & F1P_RECORD_TIME && knows_time(car, e->lap, a->laps_by[car->number] != s->id, e->time_ms)) {
		e->mask &= ~(uint32_t)F1P_RECORD_TIME;
		return e->mask != 0 && race_would_change(a->race, &e->h);
	}
	return true;
}

/* ---- stops ---- */

bool arbiter_is_stop(const struct f1p_event *ev)
{
	return ev->space == F1P_SPACE_CORE && (ev->type == F1P_EV_PIT_LANE_TIME || ev->type == F1P_EV_PIT_STOP);
}

/* Who told a stop may correct it; what another one says of it, a little later and rounded otherwise, is no stop. Nor is a repetition. */
static bool fit_stop(struct arbiter *a, const struct asource *s, const struct f1p_ev_pit *e)
{
	bool stood = e->h.type == F1P_EV_PIT_STOP;
	struct stop_told *told = stood ? &a->stood[e->car] : &a->lanes[e->car];

	if ((stood ? e->stationary_ms : e->lane_ms) == F1P_UNKNOWN) {
		return true; /* it has begun */
	}
	if (e->lap < 1) { /* a shadow may not know on which lap the last stop was */
		return !(e->h.flags & F1P_EVF_SNAPSHOT) || !told->lap;
	}
	if (e->lap <= told->lap && (told->by != s->id || e->h.flags & F1P_EVF_SNAPSHOT)) {
		return false;
	}
	*told = (struct stop_told){.lap = e->lap > told->lap ? e->lap : told->lap, .by = s->id};
	return true;
}

/* ---- all ---- */

static bool is_level(const struct f1p_event *ev)
{
	return ev->type == F1P_EV_TRACK_STATUS || ev->type == F1P_EV_SESSION_STATUS || ev->type == F1P_EV_SESSION_PART;
}

bool arbiter_fit(struct arbiter *a, struct asource *s, struct f1p_event *ev)
{
	if (a->n_live < 2 || ev->space != F1P_SPACE_CORE) {
		return true;
	}
	if (ev->type == F1P_EV_RACE_CONTROL) {
		return fit_message(a, s, (struct f1p_ev_race_control *)ev);
	}
	if (ev->type == F1P_EV_CAR_LAP) {
		return fit_laps(a, s, (struct f1p_ev_car_lap *)ev);
	}
	if (ev->type == F1P_EV_LAP_RECORD) {
		return fit_record(a, s, (struct f1p_ev_lap_record *)ev);
	}
	if (arbiter_is_stop(ev)) {
		return fit_stop(a, s, (const struct f1p_ev_pit *)ev);
	}
	return !is_level(ev) || race_would_change(a->race, ev);
}

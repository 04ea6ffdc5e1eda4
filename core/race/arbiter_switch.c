/*
 * arbiter_switch.c - another source takes over: first what it told since the last news of the one before, as it happened; then
 * what its shadow knows otherwise, as a snapshot. And what a source tells that is not asked: it fills holes.
 */
#include "race/arbiter_internal.h"
#include "race/noop.h"
#include "race/retell.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TAIL_MAX ((size_t)4 << 20)
#define TAIL_EXTRA_NS (10 * INT64_C(1000000000))
#define TAIL_LIMIT_NS (120 * INT64_C(1000000000))
#define CONTRADICTION_MS 10 /* feeds round differently */

/* ---- the tail ---- */

void arbiter_keep(struct arbiter *a, struct asource *s, const struct f1p_event *ev)
{
	uint32_t kind = event_kind(ev);

	if (!s->shadow || kind == F1P_DATA_TELEMETRY || kind == F1P_DATA_LOCATION) {
		return;
	}
	if (s->tail.len > TAIL_MAX) {
		arbiter_trim(a, s);
	}
	if (s->tail.len > TAIL_MAX || !buffer_push(&s->tail, ev)) {
		buffer_clear(&s->tail);
		s->tail_from_ns = ev->t_event_ns;
	}
}

/* Nobody is waited for longer than the most patient source allows. */
static int64_t tail_length(const struct arbiter *a)
{
	int64_t longest = 0;

	for (uint32_t i = 1; i < a->end; i++) {
		if (a->sources[i] && a->sources[i]->prefs.silence_ns > longest) {
			longest = a->sources[i]->prefs.silence_ns;
		}
	}
	longest += TAIL_EXTRA_NS;
	return longest < TAIL_LIMIT_NS ? longest : TAIL_LIMIT_NS;
}

void arbiter_trim(struct arbiter *a, struct asource *s)
{
	int64_t oldest = a->now_ns - tail_length(a);
	size_t at = 0;

	if (s->tail.len == 0 || ((const struct f1p_event *)s->tail.data)->t_recv_ns >= oldest - TAIL_EXTRA_NS) {
		return; /* seldom, so that the bytes are not moved each time */
	}
	while (at < s->tail.len) {
		const struct f1p_event *ev = (const struct f1p_event *)(s->tail.data + at);

		if (ev->t_recv_ns >= oldest) {
			break;
		}
		s->tail_from_ns = ev->t_event_ns;
		s->tail.count--;
		at += ev->size;
	}
	memmove(s->tail.data, s->tail.data + at, s->tail.len - at);
	s->tail.len -= at;
}

static void forward_tail(struct arbiter *a, struct asource *s, uint32_t kinds, int64_t handover_ns)
{
	uint64_t block[F1P_EVENT_MAX / sizeof(uint64_t)];
	size_t at = 0;

	if (s->tail_from_ns != F1P_UNKNOWN_NS && s->tail_from_ns > handover_ns) {
		return; /* it begins too late: the shadow has to tell */
	}
	while (at < s->tail.len) {
		struct f1p_event *ev = (struct f1p_event *)block;

		memcpy(ev, s->tail.data + at, ((const struct f1p_event *)(s->tail.data + at))->size);
		at += ev->size;
		if (!(kinds & 1u << event_kind(ev))) {
			continue;
		}
		if (arbiter_is_news(a, s, ev)) {
			ev->source_seq = 0; /* later than what came meanwhile */
			arbiter_forward(a, s, ev);
		} else {
			s->duplicates++;
		}
	}
}

/* ---- the shadow ---- */

static const struct f1p_car *car_of(const struct f1p_state *st, uint16_t number)
{
	for (size_t i = 0; i < st->n_cars; i++) {
		if (st->cars[i].number == number) {
			return &st->cars[i];
		}
	}
	return NULL;
}

static bool is_hole(const struct f1p_car *car, int32_t lap)
{
	return car && lap >= 1 && lap <= car->n_laps &&
	       (car->history[lap - 1].time_ms == F1P_UNKNOWN || car->history[lap - 1].flags & F1P_LAPF_INFERRED);
}

/* A source that is a little behind takes nothing back. */
static bool goes_back(struct arbiter *a, struct asource *s, const struct f1p_event *ev)
{
	const struct f1p_state *st = race_state(a->race);
	const struct f1p_car *car = car_of(st, event_car(ev));

	switch (ev->type) {
	case F1P_EV_SESSION:
		return true; /* other words for the same session */
	case F1P_EV_SESSION_STATUS:
		return st->status >= F1P_STATUS_FINISHED && ((const struct f1p_ev_value *)ev)->value < st->status;
	case F1P_EV_TRACK_STATUS:
		return race_state(s->shadow)->t_track_ns < st->t_track_ns; /* it has not told the newest yet */
	case F1P_EV_CAR_LAP:
		return car && ((const struct f1p_ev_car_lap *)ev)->mask & F1P_LAP_NUMBER &&
		       ((const struct f1p_ev_car_lap *)ev)->laps < car->laps;
	case F1P_EV_LAP_COUNT:
		return ((const struct f1p_ev_lap_count *)ev)->mask & F1P_LAPS_CURRENT &&
		       ((const struct f1p_ev_lap_count *)ev)->current < st->lap;
	case F1P_EV_LAP_RECORD:
		return !is_hole(car, ((const struct f1p_ev_lap_record *)ev)->lap);
	default:
		return false;
	}
}

struct telling {
	struct arbiter *a;
	struct asource *s;
};

static void on_fact(void *arg, struct f1p_event *ev)
{
	struct telling *t = arg;

	if (goes_back(t->a, t->s, ev)) {
		return;
	}
	ev->source_id = t->s->id;
	ev->flags = F1P_EVF_SNAPSHOT | F1P_EVF_MORE;
	ev->t_recv_ns = t->a->now_ns;
	if (arbiter_fit(t->a, t->s, ev) && race_would_change(t->a->race, ev)) {
		arbiter_forward(t->a, t->s, ev);
	}
}

/* ---- taking over ---- */

static void tell_choice(struct arbiter *a, uint32_t kind, const struct asource *from, const struct asource *to)
{
	struct f1p_ev_source_choice e = {.h = {.size = sizeof(e), .type = F1P_EV_SOURCE_CHOICE}, .kind = kind,
					 .from_source = from->id, .to_source = to->id};

	memcpy(e.from, from->name, sizeof(e.from));
	memcpy(e.to, to->name, sizeof(e.to));
	snprintf(e.reason, sizeof(e.reason), "%s", from->alive && !from->elsewhere ? "a better source has settled"
			     : from->elsewhere					      ? "the former source tells of another session"
			     : from->condition == F1P_LINK_DOWN			      ? "connection lost"
										      : "silent");
	a->ops.remark(a->ops.arg, &e.h);
}

void arbiter_switch(struct arbiter *a, uint32_t kinds, struct asource *to)
{
	const struct asource *from = a->sources[a->choices[__builtin_ctz(kinds)].active];

	for (uint32_t kind = 1; kind < F1P_DATA_KINDS; kind++) {
		if (!(kinds & 1u << kind)) {
			continue;
		}
		a->choices[kind] = (struct choice){.active = to->id, .handover_ns = from ? from->last_event_ns : F1P_UNKNOWN_NS,
						   .switched_ns = a->now_ns};
		if (from) {
			tell_choice(a, kind, from, to);
		}
	}
	for (uint32_t i = 1; i < a->end; i++) {
		if (a->sources[i]) {
			a->sources[i]->pending &= ~kinds;
		}
	}
	if (!to->shadow) {
		return;
	}
	if (kinds & 1u << F1P_DATA_MESSAGES) {
		arbiter_align_messages(a, to);
	}
	if (from) {
		forward_tail(a, to, kinds, from->last_event_ns);
	}
	to->pending |= kinds;
	arbiter_catch_up(a, to);
}

void arbiter_close_outages(struct arbiter *a, const struct asource *by)
{
	gaps_close(a->gaps, by->id, F1P_GAP_SNAPSHOT, by->id, by->last_event_ns);
	for (uint32_t i = 1; i < a->end; i++) {
		if (a->sources[i] && a->sources[i] != by) {
			gaps_close(a->gaps, i, F1P_GAP_OTHER_SOURCE, by->id, by->last_event_ns);
		}
	}
	for (uint32_t i = 1; i < a->end && a->n_live > 1; i++) {
		if (a->sources[i]) {
			arbiter_fill_holes(a, a->sources[i], 0);
		}
	}
}

/* Event time up to which the sources before told everything of the kinds, and when the first switch was. */
static void handover_of(const struct arbiter *a, uint32_t kinds, int64_t *t_ns, int64_t *switched_ns)
{
	*t_ns = F1P_UNKNOWN_NS;
	*switched_ns = a->now_ns;
	for (uint32_t kind = 1; kind < F1P_DATA_KINDS; kind++) {
		const struct choice *c = &a->choices[kind];

		if (kinds & 1u << kind) {
			*t_ns = c->handover_ns > *t_ns ? c->handover_ns : *t_ns;
			*switched_ns = c->switched_ns < *switched_ns ? c->switched_ns : *switched_ns;
		}
	}
}

void arbiter_catch_up(struct arbiter *a, struct asource *s)
{
	struct telling t = {a, s};
	uint32_t kinds = s->pending;
	int64_t handover, switched;

	handover_of(a, kinds, &handover, &switched);
	if (handover != F1P_UNKNOWN_NS && s->last_event_ns <= handover && a->now_ns - switched <= CATCH_UP_NS) {
		return; /* of that moment it may not have told all yet */
	}
	s->pending = 0;
	race_retell(race_state(s->shadow), kinds, 0, on_fact, &t);
	arbiter_end_record(a, s);
	if (!s->holding && kinds & RELIED_ON) {
		arbiter_close_outages(a, s);
	}
}

/* ---- holes ---- */

static void tell_lap(struct arbiter *a, struct asource *s, uint16_t car, int32_t lap, int32_t time_ms)
{
	struct f1p_ev_lap_record e = {.h = {.size = sizeof(e), .type = F1P_EV_LAP_RECORD, .flags = F1P_EVF_SNAPSHOT, .source_id = s->id,
					    .t_event_ns = s->last_event_ns, .t_recv_ns = a->now_ns},
				      .mask = F1P_RECORD_TIME, .car = car, .out_lap = F1P_TRI_UNKNOWN, .lap = lap, .time_ms = time_ms,
				      .sector_ms = {F1P_UNKNOWN, F1P_UNKNOWN, F1P_UNKNOWN}, .t_lap_start_ns = F1P_UNKNOWN_NS};
	bool open = s->record_open;

	arbiter_forward(a, s, &e.h);
	s->record_open = open; /* it stands outside the source's own records */
}

static void tell_contradiction(struct arbiter *a, struct asource *s, const struct f1p_car *car, int32_t lap, int32_t told_ms)
{
	int32_t kept = car->history[lap - 1].time_ms;
	struct f1p_ev_revision e = {.h = {.size = sizeof(e), .type = F1P_EV_REVISION}, .field = F1P_REVISED_LAP_TIME,
				    .car = car->number, .lap = lap, .old_value = kept, .new_value = kept, .source_id = s->id};

	if (abs(kept - told_ms) < CONTRADICTION_MS || s->contradicted[car->number] >= lap) {
		return;
	}
	s->contradicted[car->number] = lap;
	snprintf(e.reason, sizeof(e.reason), "kept; another source says %d ms", told_ms);
	a->ops.remark(a->ops.arg, &e.h);
}

/* The newest lap is left to the active source, which may tell it in a moment, unless the ledger says that it never did. */
static void fill_car(struct arbiter *a, struct asource *s, const struct f1p_car *theirs)
{
	const struct f1p_car *ours = car_of(race_state(a->race), theirs->number);
	int32_t laps = ours ? (ours->n_laps < theirs->n_laps ? ours->n_laps : theirs->n_laps) : 0;

	for (int32_t lap = 1; lap <= laps; lap++) {
		const struct f1p_lap *told = &theirs->history[lap - 1];
		bool settled = lap < ours->n_laps || gaps_lost(a->gaps, ours->number, lap);

		if (told->time_ms == F1P_UNKNOWN || told->flags & F1P_LAPF_INFERRED || !settled) {
			continue;
		}
		if (is_hole(ours, lap)) {
			tell_lap(a, s, ours->number, lap, told->time_ms);
		} else if (lap + 1 >= theirs->n_laps) {
			tell_contradiction(a, s, ours, lap, told->time_ms);
		}
	}
}

void arbiter_fill_holes(struct arbiter *a, struct asource *s, uint16_t car)
{
	const struct f1p_state *theirs;

	if (!s->shadow || s->elsewhere || a->choices[F1P_DATA_LAPS].active == s->id || a->choices[F1P_DATA_LAPS].active == 0 ||
	    arbiter_priority(s, F1P_DATA_LAPS) == 0) {
		return;
	}
	theirs = race_state(s->shadow);
	for (size_t i = 0; i < theirs->n_cars; i++) {
		if (!car || theirs->cars[i].number == car) {
			fill_car(a, s, &theirs->cars[i]);
		}
	}
}

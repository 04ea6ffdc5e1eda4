/*
 * arbiter_route.c - what becomes of an event: forwarded, kept in the shadow, held back until a snapshot is whole.
 */
#include "race/arbiter_internal.h"
#include "race/noop.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SNAPSHOT_MAX ((size_t)8 << 20)

static bool is_core(const struct f1p_event *ev, uint16_t type)
{
	return ev->space == F1P_SPACE_CORE && ev->type == type;
}

/* Told of another time than that of the race: late corrections, forecasts. */
static bool is_timeless(const struct f1p_event *ev)
{
	return is_core(ev, F1P_EV_LAP_RECORD) || is_core(ev, F1P_EV_OUTLOOK);
}

/* ---- to the log ---- */

void arbiter_forward(struct arbiter *a, struct asource *s, struct f1p_event *ev)
{
	s->record_open = ev->flags & F1P_EVF_MORE;
	a->ops.forward(a->ops.arg, ev);
	gaps_accepted(a->gaps, ev, s->name);
	if (!s->holding && event_kind(ev) && gaps_is_open(a->gaps, s->id)) {
		arbiter_close_outages(a, s);
	}
}

void arbiter_end_record(struct arbiter *a, struct asource *s)
{
	struct f1p_event end = {.size = sizeof(end), .type = F1P_EV_HEARTBEAT, .source_id = s->id, .t_event_ns = s->last_event_ns,
				.t_recv_ns = a->now_ns};

	if (s->record_open) {
		arbiter_forward(a, s, &end);
	}
}

/* Through the eyes of a snapshot: told again, it is nothing that happens a second time. */
static bool would_change(struct arbiter *a, struct f1p_event *ev)
{
	uint32_t flags = ev->flags;
	bool changes;

	ev->flags |= F1P_EVF_SNAPSHOT;
	changes = race_would_change(a->race, ev);
	ev->flags = flags;
	return changes;
}

bool arbiter_is_news(struct arbiter *a, struct asource *s, struct f1p_event *ev)
{
	struct choice *c = &a->choices[event_kind(ev)];

	if (!arbiter_fit(a, s, ev)) {
		return false;
	}
	if (c->handover_ns != F1P_UNKNOWN_NS && a->now_ns - c->switched_ns > CATCH_UP_NS) {
		c->handover_ns = F1P_UNKNOWN_NS;
	}
	if (c->handover_ns == F1P_UNKNOWN_NS || ev->t_event_ns > c->handover_ns || arbiter_is_stop(ev)) {
		return true;
	}
	return (is_timeless(ev) || is_core(ev, F1P_EV_RACE_CONTROL) || ev->t_event_ns == c->handover_ns) && would_change(a, ev);
}

/* ---- sessions ---- */

static bool same_session(const struct f1p_ev_session *x, const struct f1p_ev_session *y)
{
	if (x->session_key && y->session_key) {
		return x->session_key == y->session_key;
	}
	return x->year == y->year && x->type == y->type && strcmp(x->name, y->name) == 0;
}

/* Is it for this source to say that another session begins? Never from a living better one, and never back in time. */
static bool may_lead(const struct arbiter *a, const struct asource *s, const struct f1p_ev_session *e)
{
	const struct asource *leader = a->sources[a->choices[F1P_DATA_SESSION].active];
	bool free = !leader || leader == s || !leader->alive || leader->elsewhere;

	if (arbiter_priority(s, F1P_DATA_SESSION) == 0) {
		return false;
	}
	if (free || !arbiter_better(s, leader, F1P_DATA_SESSION)) {
		return free;
	}
	return !e || !leader->session_known || e->t_start_ns == F1P_UNKNOWN_NS || leader->session.t_start_ns == F1P_UNKNOWN_NS ||
	       e->t_start_ns >= leader->session.t_start_ns;
}

/* A page is turned: nothing that was told before counts any more. */
static void begin_session(struct arbiter *a, struct asource *s, const struct f1p_ev_session *e, int64_t t_ns)
{
	struct f1p_event reset = {.size = sizeof(reset), .type = F1P_EV_FEED_RESET, .flags = F1P_EVF_MORE, .source_id = s->id,
				  .t_event_ns = t_ns, .t_recv_ns = a->now_ns};

	gaps_reset(a->gaps);
	for (uint32_t kind = 0; kind < F1P_DATA_KINDS; kind++) {
		a->choices[kind] = (struct choice){.handover_ns = F1P_UNKNOWN_NS};
	}
	for (uint32_t i = 1; i < a->end; i++) {
		struct asource *o = a->sources[i];

		if (o) {
			o->pending = 0;
			o->message_offset = 0;
			o->newest_message = -1;
			memset(o->contradicted, 0, sizeof(o->contradicted));
			o->elsewhere = o != s && e && o->session_known && !same_session(&o->session, e);
		}
	}
	s->told = 0;
	a->foreign_message = -1;
	memset(a->laps_by, 0, sizeof(a->laps_by));
	memset(a->lanes, 0, sizeof(a->lanes));
	memset(a->stood, 0, sizeof(a->stood));
	arbiter_forward(a, s, &reset);
}

static void note_session(struct arbiter *a, struct asource *s, const struct f1p_ev_session *e)
{
	const struct f1p_state *st = race_state(a->race);

	if (s->session_known && !same_session(&s->session, e)) {
		s->told = 0;
		buffer_clear(&s->tail);
		s->tail_from_ns = e->h.t_event_ns;
	}
	s->session = *e;
	s->session_known = true;
	s->elsewhere = false;
	if (race_is_empty(st) || st->type == F1P_SESSION_UNKNOWN || race_is_session(st, e)) {
		return;
	}
	if (may_lead(a, s, e)) {
		begin_session(a, s, e, e->h.t_event_ns);
	} else {
		s->elsewhere = true;
	}
}

/* ---- the shadow ---- */

static void shade(struct asource *s, const struct f1p_event *ev)
{
	if (s->shadow) {
		race_apply(s->shadow, ev);
	}
}

/* Tells whether the source is the one to tell this kind; a switch that the question leads to has been made. */
static bool is_active(struct arbiter *a, struct asource *s, uint32_t kind)
{
	if (s->elsewhere || arbiter_priority(s, kind) == 0) {
		return false;
	}
	s->told |= 1u << kind;
	if (a->choices[kind].active != s->id) {
		arbiter_choose(a, 1u << kind);
	}
	return a->choices[kind].active == s->id;
}

static void keep_back(struct arbiter *a, struct asource *s, const struct f1p_event *ev)
{
	s->shadowed++;
	arbiter_keep(a, s, ev);
	if (event_kind(ev) == F1P_DATA_LAPS && !s->elsewhere) {
		arbiter_fill_holes(a, s, event_car(ev));
	}
}

static void route_kind(struct arbiter *a, struct asource *s, struct f1p_event *ev, uint32_t kind)
{
	bool last = !(ev->flags & F1P_EVF_MORE);
	bool active = is_active(a, s, kind);

	if (s->pending) {
		arbiter_catch_up(a, s);
	}
	shade(s, ev);
	if (!active) {
		keep_back(a, s, ev);
	} else if (arbiter_is_news(a, s, ev)) {
		arbiter_forward(a, s, ev);
		return;
	} else {
		s->duplicates++;
	}
	if (last) {
		arbiter_end_record(a, s);
	}
}

static void route(struct arbiter *a, struct asource *s, struct f1p_event *ev)
{
	uint32_t kind = event_kind(ev);

	if (is_core(ev, F1P_EV_SESSION)) {
		note_session(a, s, (const struct f1p_ev_session *)ev);
	}
	if (kind) {
		route_kind(a, s, ev, kind);
	} else if (ev->space != F1P_SPACE_CORE || a->n_live == 1 || arbiter_active_kinds(a, s->id)) {
		arbiter_forward(a, s, ev);
	} else {
		s->shadowed++;
	}
}

/* ---- snapshots ---- */

/* Stints that the snapshot tells of the car, from this event on. */
static uint32_t stints_told(const struct buffer *snap, size_t at, uint16_t car)
{
	uint32_t n = 0;

	while (at < snap->len) {
		const struct f1p_event *ev = (const struct f1p_event *)(snap->data + at);
		const struct f1p_ev_stint *e = (const struct f1p_ev_stint *)ev;

		if (is_core(ev, F1P_EV_STINT) && e->car == car && e->index + 1u > n) {
			n = e->index + 1u;
		}
		at += ev->size;
	}
	return n;
}

static uint32_t stints_known(struct arbiter *a, uint16_t number)
{
	const struct f1p_state *st = race_state(a->race);

	for (size_t i = 0; i < st->n_cars; i++) {
		if (st->cars[i].number == number) {
			return st->cars[i].n_stints;
		}
	}
	return 0;
}

/* A list that is told again as long as it was, or longer, drops nothing. */
static bool drops_stints(struct arbiter *a, struct asource *s, const struct f1p_event *ev, size_t at)
{
	uint16_t car = event_car(ev);

	return stints_told(&s->snap, at, car) < stints_known(a, car);
}

static void take_snapshot_event(struct arbiter *a, struct asource *s, struct f1p_event *ev, size_t at)
{
	uint32_t kind = event_kind(ev);
	bool active = kind && is_active(a, s, kind);
	bool changes;

	shade(s, ev);
	if (kind && !active) {
		s->shadowed++;
		return;
	}
	if (is_core(ev, F1P_EV_HEARTBEAT)) {
		return;
	}
	changes = arbiter_fit(a, s, ev) && race_would_change(a->race, ev);
	if (changes && is_core(ev, F1P_EV_STINTS_RESET)) {
		changes = drops_stints(a, s, ev, at);
	}
	if (!changes) {
		s->duplicates++;
		return;
	}
	ev->flags |= F1P_EVF_SNAPSHOT | F1P_EVF_MORE;
	arbiter_forward(a, s, ev);
}

static const struct f1p_ev_session *session_of(const struct buffer *snap)
{
	size_t at = 0;

	while (at < snap->len) {
		const struct f1p_event *ev = (const struct f1p_event *)(snap->data + at);

		if (is_core(ev, F1P_EV_SESSION)) {
			return (const struct f1p_ev_session *)ev;
		}
		at += ev->size;
	}
	return NULL;
}

void arbiter_finish_snapshot(struct arbiter *a, struct asource *s)
{
	const struct f1p_ev_session *e = session_of(&s->snap);
	size_t at = 0;

	if (e) {
		note_session(a, s, e);
	}
	s->pending = 0; /* the snapshot tells all that a shadow could */
	while (at < s->snap.len) {
		struct f1p_event *ev = (struct f1p_event *)(s->snap.data + at);

		at += ev->size;
		if (is_core(ev, F1P_EV_FEED_RESET)) {
			shade(s, ev);
		} else {
			take_snapshot_event(a, s, ev, at);
		}
	}
	s->holding = false;
	buffer_finish(&s->snap);
	buffer_clear(&s->tail);
	s->tail_from_ns = s->last_event_ns;
	arbiter_end_record(a, s);
	if (arbiter_active_kinds(a, s->id) & RELIED_ON) {
		arbiter_close_outages(a, s);
	}
}

static void hold(struct arbiter *a, struct asource *s, const struct f1p_event *ev)
{
	if (!buffer_push(&s->snap, ev) || s->snap.len > SNAPSHOT_MAX || !(ev->flags & F1P_EVF_MORE)) {
		arbiter_finish_snapshot(a, s);
	}
}

static void take_reset(struct arbiter *a, struct asource *s, struct f1p_event *ev)
{
	s->holding = false;
	buffer_clear(&s->snap);
	if (!(ev->flags & F1P_EVF_SNAPSHOT)) {
		shade(s, ev);
		s->told = 0;
		s->session_known = false;
		if (may_lead(a, s, NULL)) {
			begin_session(a, s, NULL, ev->t_event_ns);
			arbiter_end_record(a, s);
		}
		return;
	}
	if (race_is_empty(race_state(a->race))) { /* the first one makes the race */
		shade(s, ev);
		arbiter_forward(a, s, ev);
		return;
	}
	s->holding = true;
	s->holding_since_ns = a->now_ns;
	hold(a, s, ev);
}

/* ---- what comes in ---- */

static void take_link(struct arbiter *a, struct asource *s, struct f1p_event *ev)
{
	const struct f1p_ev_link *e = (const struct f1p_ev_link *)ev;
	struct f1p_ev_link named = {.condition = e->condition, .kinds = e->kinds};
	bool all = e->kinds == 0 || e->kinds & 1u << F1P_DATA_TIMING;
	uint32_t kinds = e->kinds & ALL_KINDS;

	s->condition = e->condition;
	snprintf(s->text, sizeof(s->text), "%s", e->text);
	named.h = *ev; /* it may come without room for a name */
	named.h.size = sizeof(named);
	snprintf(named.text, sizeof(named.text), "%s", e->text);
	snprintf(named.source, sizeof(named.source), "%s", s->name);
	a->ops.forward(a->ops.arg, &named.h);
	if (e->condition == F1P_LINK_DOWN && all && s->alive) {
		arbiter_died(a, s, kinds ? (uint32_t)__builtin_ctz(kinds) : F1P_DATA_TIMING, e->text[0] ? e->text : "connection lost");
	} else if (e->condition == F1P_LINK_CLOSED) {
		s->alive = false;
	}
	if (!s->alive && a->n_live > 1) {
		arbiter_choose(a, arbiter_active_kinds(a, s->id));
	}
}

/* A recovered race went without its source while nobody ran. */
static void note_absence(struct arbiter *a, struct asource *s)
{
	const struct f1p_state *st = race_state(a->race);
	const struct f1p_origin *timing = &st->origins[F1P_DATA_TIMING];

	if (timing->source_id == s->id && (st->status == F1P_STATUS_STARTED || st->status == F1P_STATUS_ABORTED)) {
		gaps_open(a->gaps, s->id, s->name, F1P_DATA_TIMING, timing->t_ns, "the daemon did not run");
	}
}

static void note_life(struct arbiter *a, struct asource *s, const struct f1p_event *ev)
{
	if (!s->spoke) {
		note_absence(a, s);
	}
	s->spoke = true;
	s->last_recv_ns = a->now_ns;
	if (!is_timeless(ev)) {
		s->last_event_ns = ev->t_event_ns;
	}
	if (!s->alive) {
		s->alive = true;
		s->alive_since_ns = a->now_ns;
	}
}

void arbiter_take(struct arbiter *a, struct f1p_event *ev, int64_t now_ns)
{
	struct asource *s = a->sources[ev->source_id];

	a->now_ns = now_ns;
	s->events++;
	if (is_core(ev, F1P_EV_LINK)) {
		take_link(a, s, ev);
		return;
	}
	note_life(a, s, ev);
	if (is_core(ev, F1P_EV_FEED_RESET)) {
		take_reset(a, s, ev);
		return;
	}
	if (s->holding && !(ev->flags & F1P_EVF_SNAPSHOT)) {
		arbiter_finish_snapshot(a, s);
	}
	if (s->holding) {
		hold(a, s, ev);
	} else {
		route(a, s, ev);
	}
}

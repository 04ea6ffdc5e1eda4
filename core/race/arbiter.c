#include "race/arbiter_internal.h"
#include "race/noop.h"
#include "race/race_internal.h"
#include <helpers/encode.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define S_NS INT64_C(1000000000)
#define QUIET_FACTOR 12         /* outside the session a feed may be silent so much longer */
#define QUIET_MIN_NS (60 * S_NS)
#define WAITING_FACTOR 4 /* while all cars may stand: then little but the feed's heartbeat of 15 s need come */
#define OFF_THE_GRID_NS (15 * S_NS)
#define SNAPSHOT_LIMIT_NS (5 * S_NS)

const struct arbiter_prefs arbiter_default_prefs = {
	.priority = 50,
	.by_kind = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1},
	.silence_ns = 9 * S_NS / 2,
	.settle_ns = 10 * S_NS,
};
_Static_assert(F1P_DATA_KINDS == 13, "a new kind needs its -1 above");

/* One "kind=number"; returns its end or NULL. */
static const char *parse_priority(const char *p, int32_t by_kind[F1P_DATA_KINDS], char *why, size_t why_size)
{
	size_t n = strcspn(p, "= \t");
	uint32_t kind = kind_by_name(p, n);
	char *end = NULL;
	long value = p[n] == '=' ? strtol(p + n + 1, &end, 10) : -1;

	if (!kind) {
		snprintf(why, why_size, "\"%.*s\" is no kind of data (session, track, messages, drivers, timing, laps, pit, tyres, ...)",
			(int)(n < 30 ? n : 30), p);
		return NULL;
	}
	if (p[n] != '=' || end == p + n + 1 || value < 0 || value > 100 || (*end && !strchr(" \t,", *end))) {
		snprintf(why, why_size, "%.*s needs a number from 0 (never) to 100, like %.*s=90", (int)n, p, (int)n, p);
		return NULL;
	}
	by_kind[kind] = (int32_t)value;
	return end;
}

bool arbiter_parse_priorities(const char *text, int32_t by_kind[F1P_DATA_KINDS], char *why, size_t why_size)
{
	const char *p = text;

	for (uint32_t kind = 0; kind < F1P_DATA_KINDS; kind++) {
		by_kind[kind] = -1;
	}
	for (;;) {
		p += strspn(p, " \t,");
		if (!*p) {
			return true;
		}
		p = parse_priority(p, by_kind, why, why_size);
		if (!p) {
			return false;
		}
	}
}

/* ---- sources ---- */

static void emit_gap(void *arg, struct f1p_ev_gap *line)
{
	struct arbiter *a = arg;

	a->ops.remark(a->ops.arg, &line->h);
}

struct arbiter *arbiter_create(struct race *race, const struct arbiter_ops *ops)
{
	struct arbiter *a = calloc(1, sizeof(*a));

	if (!a) {
		return NULL;
	}
	a->race = race;
	a->ops = *ops;
	a->foreign_message = -1;
	a->gaps = gaps_create(race, emit_gap, a);
	if (!a->gaps) {
		free(a);
		return NULL;
	}
	return a;
}

static void free_source(struct asource *s)
{
	if (s) {
		race_destroy(s->shadow);
		buffer_finish(&s->snap);
		buffer_finish(&s->tail);
		free(s);
	}
}

void arbiter_destroy(struct arbiter *a)
{
	if (!a) {
		return;
	}
	for (uint32_t i = 1; i < a->end; i++) {
		free_source(a->sources[i]);
	}
	gaps_destroy(a->gaps);
	free(a);
}

struct gaps *arbiter_gaps(struct arbiter *a)
{
	return a->gaps;
}

bool arbiter_knows(const struct arbiter *a, uint32_t id)
{
	return id < ARBITER_SOURCES && a->sources[id] && a->sources[id]->in_use;
}

/* Shadows cost memory and time: there are some only while there is somebody to choose from. A source that was alone until now
 * has told all that the race knows. */
static void update_shadows(struct arbiter *a)
{
	for (uint32_t i = 1; i < a->end; i++) {
		struct asource *s = a->sources[i];

		if (!s || !s->in_use || a->n_live < 2) {
			if (s) {
				race_destroy(s->shadow);
				s->shadow = NULL;
				buffer_clear(&s->tail);
			}
			continue;
		}
		if (!s->shadow) {
			s->shadow = race_create();
			s->tail_from_ns = s->last_event_ns;
			if (s->shadow && s->spoke) {
				race_copy(s->shadow, a->race);
			}
		}
	}
}

void arbiter_add(struct arbiter *a, uint32_t id, const char *name, const struct arbiter_prefs *prefs)
{
	struct asource *s;

	if (id == 0 || id >= ARBITER_SOURCES) {
		return;
	}
	if (!a->sources[id]) {
		a->sources[id] = calloc(1, sizeof(*s));
	}
	s = a->sources[id];
	if (!s) {
		return; /* out of memory: its events go the way of a recording's */
	}
	if (!s->in_use) {
		a->n_live++;
		a->end = id >= a->end ? id + 1 : a->end;
		s->in_use = true;
		s->id = id;
		s->last_event_ns = s->tail_from_ns = F1P_UNKNOWN_NS;
		s->last_recv_ns = s->alive_since_ns = F1P_UNKNOWN_NS;
		s->newest_message = -1;
	}
	s->prefs = *prefs;
	snprintf(s->name, sizeof(s->name), "%s", name);
	update_shadows(a);
}

void arbiter_remove(struct arbiter *a, uint32_t id)
{
	if (!arbiter_knows(a, id)) {
		return;
	}
	arbiter_died(a, a->sources[id], F1P_DATA_TIMING, "removed");
	a->sources[id]->in_use = false;
	a->n_live--;
	arbiter_choose(a, arbiter_active_kinds(a, id));
	for (uint32_t kind = 1; kind < F1P_DATA_KINDS; kind++) {
		if (a->choices[kind].active == id) {
			a->choices[kind].active = 0;
		}
	}
	update_shadows(a);
	free_source(a->sources[id]);
	a->sources[id] = NULL;
}

/* ---- who lives ---- */

bool arbiter_running(struct arbiter *a)
{
	const struct f1p_state *st = race_state(a->race);

	return st->status == F1P_STATUS_STARTED && st->track != F1P_TRACK_RED;
}

/* Nothing comes any more: who falls silent now has told all, and another one would only tell the session again. */
static bool is_over(const struct arbiter *a)
{
	uint8_t status = race_state(a->race)->status;

	return status == F1P_STATUS_FINALISED || status == F1P_STATUS_ENDS;
}

/* In a race something is told all the time, once the first car has come to the first sector. In practice and qualifying all cars
 * may be in their garages: 47 s without a word of timing have been seen. */
static bool cars_may_stand(const struct arbiter *a)
{
	const struct f1p_state *st = race_state(a->race);

	return !is_race(&a->race->now) || (st->t_green_ns != F1P_UNKNOWN_NS && a->now_ns - st->t_green_ns < OFF_THE_GRID_NS);
}

static int64_t silence_allowed(struct arbiter *a, const struct asource *s)
{
	int64_t quiet = s->prefs.silence_ns * QUIET_FACTOR;

	if (arbiter_running(a)) {
		return s->prefs.silence_ns * (cars_may_stand(a) ? WAITING_FACTOR : 1);
	}
	return quiet > QUIET_MIN_NS ? quiet : QUIET_MIN_NS;
}

/* The race goes without it: from its last news on something is missing. */
void arbiter_died(struct arbiter *a, struct asource *s, uint32_t kind, const char *why)
{
	s->alive = false;
	if (arbiter_active_kinds(a, s->id) & RELIED_ON && s->last_event_ns != F1P_UNKNOWN_NS && !is_over(a)) {
		gaps_open(a->gaps, s->id, s->name, kind, s->last_event_ns, why);
	}
}

static void watch(struct arbiter *a, struct asource *s)
{
	if (s->holding && a->now_ns - s->holding_since_ns > SNAPSHOT_LIMIT_NS) {
		arbiter_finish_snapshot(a, s);
	}
	if (!s->alive || a->now_ns - s->last_recv_ns < silence_allowed(a, s)) {
		return;
	}
	if (arbiter_running(a)) {
		arbiter_died(a, s, F1P_DATA_TIMING, "silent");
	} else {
		s->alive = false;
	}
}

void arbiter_tick(struct arbiter *a, int64_t now_ns)
{
	if (a->n_live == 0 || now_ns == F1P_UNKNOWN_NS) {
		return;
	}
	a->now_ns = now_ns;
	for (uint32_t i = 1; i < a->end; i++) {
		if (a->sources[i] && a->sources[i]->in_use) {
			watch(a, a->sources[i]);
		}
	}
	if (a->n_live < 2) {
		return;
	}
	arbiter_choose(a, ALL_KINDS);
	for (uint32_t i = 1; i < a->end; i++) {
		struct asource *s = a->sources[i];

		if (s && s->in_use) {
			arbiter_trim(a, s);
			if (s->pending) {
				arbiter_catch_up(a, s);
			}
		}
	}
}

/* ---- who is chosen ---- */

int32_t arbiter_priority(const struct asource *s, uint32_t kind)
{
	return s->prefs.by_kind[kind] >= 0 ? s->prefs.by_kind[kind] : s->prefs.priority;
}

bool arbiter_better(const struct asource *s, const struct asource *than, uint32_t kind)
{
	int32_t p = arbiter_priority(s, kind);
	int32_t q = arbiter_priority(than, kind);

	return p != q ? p > q : s->id < than->id;
}

uint32_t arbiter_active_kinds(const struct arbiter *a, uint32_t id)
{
	uint32_t kinds = 0;

	for (uint32_t kind = 1; kind < F1P_DATA_KINDS; kind++) {
		kinds |= a->choices[kind].active == id ? 1u << kind : 0;
	}
	return kinds;
}

static bool may_tell(const struct asource *s, uint32_t kind)
{
	return s && s->in_use && s->alive && !s->elsewhere && arbiter_priority(s, kind) > 0;
}

static struct asource *best_for(const struct arbiter *a, uint32_t kind)
{
	struct asource *best = NULL;

	for (uint32_t i = 1; i < a->end; i++) {
		struct asource *s = a->sources[i];

		if (may_tell(s, kind) && s->told & 1u << kind && (!best || arbiter_better(s, best, kind))) {
			best = s;
		}
	}
	return best;
}

/* A better source has only just come and may be about to tell it. */
static bool better_one_may_speak(const struct arbiter *a, const struct asource *s, uint32_t kind)
{
	for (uint32_t i = 1; i < a->end; i++) {
		const struct asource *b = a->sources[i];

		if (b != s && may_tell(b, kind) && !(b->told & 1u << kind) && arbiter_better(b, s, kind) &&
		    a->now_ns - b->alive_since_ns < b->prefs.silence_ns) {
			return true;
		}
	}
	return false;
}

static struct asource *chosen(const struct arbiter *a, uint32_t kind)
{
	struct asource *now = a->sources[a->choices[kind].active];
	struct asource *best = best_for(a, kind);

	if (!best || best == now || (now && now->in_use && is_over(a))) {
		return now;
	}
	if (may_tell(now, kind)) {
		bool settled = a->now_ns - best->alive_since_ns >= best->prefs.settle_ns;

		return settled && arbiter_better(best, now, kind) ? best : now;
	}
	return !now && better_one_may_speak(a, best, kind) ? NULL : best;
}

void arbiter_choose(struct arbiter *a, uint32_t kinds)
{
	while (kinds) {
		uint32_t kind = (uint32_t)__builtin_ctz(kinds);
		struct asource *to = chosen(a, kind);
		uint32_t together = 0;

		kinds &= ~(1u << kind);
		if (!to || to->id == a->choices[kind].active) {
			continue;
		}
		together = 1u << kind; /* what goes from one to the other goes at once, in the order in which it was told */
		for (uint32_t k = kind + 1; k < F1P_DATA_KINDS; k++) {
			if (kinds & 1u << k && a->choices[k].active == a->choices[kind].active && chosen(a, k) == to) {
				together |= 1u << k;
			}
		}
		kinds &= ~together;
		arbiter_switch(a, together, to);
	}
}

/* ---- listing ---- */

bool arbiter_view(const struct arbiter *a, uint32_t id, struct arbiter_view *v)
{
	const struct asource *s = arbiter_knows(a, id) ? a->sources[id] : NULL;

	if (!s) {
		return false;
	}
	*v = (struct arbiter_view){.id = id, .condition = s->condition, .name = s->name, .text = s->text, .alive = s->alive,
				   .elsewhere = s->elsewhere, .t_last_ns = s->last_recv_ns, .t_event_ns = s->last_event_ns,
				   .told_kinds = s->told, .active_kinds = arbiter_active_kinds(a, id), .events = s->events,
				   .shadowed = s->shadowed, .duplicates = s->duplicates};
	return true;
}

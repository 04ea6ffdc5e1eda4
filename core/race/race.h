/*
 * race.h - the race state: a fold over journal events.
 *
 * race_apply() is the only writer. It is deterministic: the same events give the same bytes. It never fails: events
 * that say nothing to it are ignored, values were checked by ingest. It does not look at t_recv_ns or at real time.
 */
#ifndef RACE_H
#define RACE_H

#include <f1pd/state.h>

struct race;

struct race *race_create(void); /* NULL when memory is short */
void race_destroy(struct race *);
void race_copy(struct race *to, const struct race *from);

/* What an event changed, for triggers and publishers. Bits accumulate until taken. */
#define RACE_CHANGED_LAP (1u << 0)        /* leader's lap */
#define RACE_CHANGED_PIT (1u << 1)        /* a car entered or left the pit lane while the race runs */
#define RACE_CHANGED_TRACK (1u << 2)
#define RACE_CHANGED_RETIREMENT (1u << 3) /* a car retired, or came back */
#define RACE_CHANGED_RAIN (1u << 4)
#define RACE_CHANGED_SESSION (1u << 5)    /* session, status, part, grid */
#define RACE_CHANGED_OTHER (1u << 6)
void race_apply(struct race *, const struct f1p_event *);
uint32_t race_take_changes(struct race *);

/* The live state: valid until the next race_apply. Derived per-field values (order, stops, ages, pace) are brought up to
 * date by this call. */
const struct f1p_state *race_state(struct race *);

/* SHA-256 of race_state() as 64 hex digits + NUL; without seq and without who told it. */
void race_hash(struct race *, char out[65]);

/* Immutable, ref-counted copy. Acquire/release are thread-safe. */
struct snapshot;
struct snapshot *snapshot_create(const struct f1p_state *); /* one reference; NULL when memory is short */
struct snapshot *snapshot_ref(struct snapshot *);
void snapshot_unref(struct snapshot *); /* accepts NULL */
const struct f1p_state *snapshot_state(const struct snapshot *);
struct snapshot *snapshot_of(const struct f1p_state *); /* the snapshot whose snapshot_state() this is */

#endif

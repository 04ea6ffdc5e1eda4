/*
 * arbiter.h - between the live sources and the log: which source tells which kind of data.
 *
 * Per kind the best living source that tells it is active; events of the others go into a shadow race of their own, so that one
 * of them can go on where the active one fell silent. A source that comes back better has to live for a while before it takes
 * over again. Once timing is final nobody takes over: it would only tell the session again. A snapshot after a reconnect raises
 * only what has really changed. Outages stand in the gap ledger.
 *
 * Sources that can wait (recordings, simulations) never come here. Everything is decided by t_recv_ns and the virtual time of
 * arbiter_tick; what was decided is in the journal, so a replay decides nothing.
 */
#ifndef RACE_ARBITER_H
#define RACE_ARBITER_H

#include "race/gaps.h"
#include "race/race.h"

struct arbiter;

#define ARBITER_SOURCES 64u /* ids below it */

struct arbiter_prefs {
	int32_t priority;                 /* 0..100, greater = preferred */
	int32_t by_kind[F1P_DATA_KINDS];  /* by enum f1p_data_kind; 0 = never from here; -1 = as priority */
	int64_t silence_ns;               /* without an event for so long in a race, it counts as dead; four times that in practice,
					     qualifying and the first 15 s of a race, when all cars may stand; else 12 times */
	int64_t settle_ns;                /* it must have lived so long before it takes over from a living source */
};
/* priority 50, silence 4.5 s, settle 10 s */
extern const struct arbiter_prefs arbiter_default_prefs;
/* "timing=90 weather=10": fills by_kind, the others -1. False with one line in why. */
bool arbiter_parse_priorities(const char *text, int32_t by_kind[F1P_DATA_KINDS], char *why, size_t why_size);

struct arbiter_ops {
	void *arg;
	/* An event of a source for the log; lent. source_seq 0: made here, number it. Must be folded into the race on return. */
	void (*forward)(void *arg, struct f1p_event *);
	/* An event of the host: type, size and payload are set. Must be folded on return. */
	void (*remark)(void *arg, struct f1p_event *);
};

struct arbiter *arbiter_create(struct race *, const struct arbiter_ops *); /* borrows both; NULL when memory is short */
void arbiter_destroy(struct arbiter *);                                    /* accepts NULL */
/* A live source, or new preferences of one. */
void arbiter_add(struct arbiter *, uint32_t id, const char *name, const struct arbiter_prefs *);
void arbiter_remove(struct arbiter *, uint32_t id);
bool arbiter_knows(const struct arbiter *, uint32_t id);
/* One event of a live source that has passed ingest; may be changed. */
void arbiter_take(struct arbiter *, struct f1p_event *, int64_t now_ns);
/* From time to time, at least every 50 ms: finds who fell silent, and who has settled. */
void arbiter_tick(struct arbiter *, int64_t now_ns);
struct gaps *arbiter_gaps(struct arbiter *);

struct arbiter_view {
	uint32_t id;
	uint32_t condition;    /* enum f1p_link_condition as last told; 0 = never */
	const char *name;      /* these two live until the next event or tick */
	const char *text;
	bool alive;
	bool elsewhere;        /* it tells of another session than the race */
	int64_t t_last_ns;     /* virtual UTC when its newest event came; F1P_UNKNOWN_NS */
	int64_t t_event_ns;    /* event time of its newest news; F1P_UNKNOWN_NS */
	uint32_t told_kinds;   /* bit k: has told kind k in this session */
	uint32_t active_kinds; /* bit k: kind k is taken from it */
	uint64_t events;       /* that came */
	uint64_t shadowed;     /* of them, kept in its shadow only */
	uint64_t duplicates;   /* of them, told what was known */
};
bool arbiter_view(const struct arbiter *, uint32_t id, struct arbiter_view *); /* false: no such live source */

#endif

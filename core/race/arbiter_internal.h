/*
 * arbiter_internal.h - shared by arbiter.c (who lives, who is chosen), arbiter_route.c (what becomes of an event),
 * arbiter_fit.c (what fits to what others told) and arbiter_switch.c (how another source takes over).
 */
#ifndef RACE_ARBITER_INTERNAL_H
#define RACE_ARBITER_INTERNAL_H

#include "base/buffer.h"
#include "race/arbiter.h"
#include "race/data_kind.h"

#define RELIED_ON (1u << F1P_DATA_TIMING | 1u << F1P_DATA_LAPS) /* the race stands still without them */
#define CATCH_UP_NS (30 * INT64_C(1000000000)) /* a source that takes over may be so far behind the one before */

struct asource {
	bool in_use, alive, spoke, elsewhere, session_known;
	bool holding;              /* a snapshot is coming in; it waits in `snap` */
	bool record_open;          /* the last event that was forwarded had MORE */
	uint32_t id;
	uint32_t told;             /* bit k: kind k in this session */
	uint32_t pending;          /* bit k: took over kind k, but its shadow has not been told yet */
	uint32_t condition;
	int32_t message_offset;    /* race's number of a message - this feed's */
	int32_t newest_message;    /* this feed's number, of those that were forwarded or known; -1 = none */
	int64_t last_recv_ns, alive_since_ns, holding_since_ns;
	int64_t last_event_ns;     /* F1P_UNKNOWN_NS */
	int64_t tail_from_ns;      /* event time of the newest event that the tail has dropped; F1P_UNKNOWN_NS = none */
	uint64_t events, shadowed, duplicates;
	struct arbiter_prefs prefs;
	struct race *shadow;       /* while there are several live sources */
	struct buffer snap, tail;  /* tail: what came lately and was not forwarded */
	struct f1p_ev_session session;
	int32_t contradicted[F1P_MAX_CAR_NUMBER + 1]; /* newest lap by car that was told otherwise */
	char name[48], text[160];
};

struct choice { /* of one kind */
	uint32_t active;        /* 0 = nobody has told it */
	int64_t handover_ns;    /* event time up to which the source before told everything; F1P_UNKNOWN_NS */
	int64_t switched_ns;    /* virtual time */
};

struct stop_told { /* newest time of a stop of one car */
	int32_t lap; /* 0 = none */
	uint32_t by; /* source */
};

struct arbiter {
	struct race *race;
	struct arbiter_ops ops;
	struct gaps *gaps;
	struct asource *sources[ARBITER_SOURCES];
	uint32_t n_live;
	uint32_t end;  /* ids in use are below it */
	int64_t now_ns;
	struct choice choices[F1P_DATA_KINDS];
	int32_t foreign_message; /* race's number: up to here another source than the active one may have told; -1 = none */
	uint8_t laps_by[F1P_MAX_CAR_NUMBER + 1]; /* source that told how many laps the car has; 0 = nobody */
	struct stop_told lanes[F1P_MAX_CAR_NUMBER + 1]; /* times in the pit lane */
	struct stop_told stood[F1P_MAX_CAR_NUMBER + 1]; /* times in the box: no state keeps them */
};

/* arbiter.c */
bool arbiter_running(struct arbiter *); /* the session runs: silence means loss */
int32_t arbiter_priority(const struct asource *, uint32_t kind);
bool arbiter_better(const struct asource *, const struct asource *than, uint32_t kind);
uint32_t arbiter_active_kinds(const struct arbiter *, uint32_t id);
void arbiter_choose(struct arbiter *, uint32_t kinds); /* looks who should tell them, and switches */
void arbiter_died(struct arbiter *, struct asource *, uint32_t kind, const char *why);

/* arbiter_route.c */
void arbiter_forward(struct arbiter *, struct asource *, struct f1p_event *);
void arbiter_end_record(struct arbiter *, struct asource *); /* closes a record whose last event was held back */
/* False: the source before has told it, or the race knows it. May change the event: as arbiter_fit. */
bool arbiter_is_news(struct arbiter *, struct asource *, struct f1p_event *);
void arbiter_finish_snapshot(struct arbiter *, struct asource *);

/* arbiter_fit.c */
/* Makes what one of several sources tells fit to what the others told: gives a message the race's number, takes a lap count out
 * that a better source has told higher. False: nothing is left of it, the others have told it. */
bool arbiter_fit(struct arbiter *, struct asource *, struct f1p_event *);
bool arbiter_is_stop(const struct f1p_event *); /* how long a car was in the pit lane or in its box */
void arbiter_align_messages(struct arbiter *, struct asource *); /* it takes over the messages: from here on it numbers them */

/* arbiter_switch.c */
void arbiter_switch(struct arbiter *, uint32_t kinds, struct asource *to);
void arbiter_catch_up(struct arbiter *, struct asource *); /* tells what is pending, once it has caught up */
void arbiter_close_outages(struct arbiter *, const struct asource *by);
void arbiter_fill_holes(struct arbiter *, struct asource *, uint16_t car);   /* car 0 = all */
void arbiter_keep(struct arbiter *, struct asource *, const struct f1p_event *); /* in the tail */
void arbiter_trim(struct arbiter *, struct asource *);

#endif

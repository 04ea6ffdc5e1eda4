/*
 * gaps_internal.h - shared by gaps.c (lines and outages) and gaps_find.c (laps, stops, stints and messages that are missing or were
 * concluded).
 */
#ifndef RACE_GAPS_INTERNAL_H
#define RACE_GAPS_INTERNAL_H

#include "race/gaps.h"
#include "race/race_internal.h"

#define OUTAGES_MAX 64u

struct outage { /* of one source: what the race knew when it began */
	uint32_t source_id;
	uint32_t line; /* id */
	int32_t laps[F1P_MAX_CARS];
};

struct gaps {
	struct race *race;
	void (*emit)(void *arg, struct f1p_ev_gap *);
	void *arg;
	struct f1p_ev_gap *lines; /* by rising id */
	uint32_t n, cap;
	uint32_t total;           /* ids given, also those of lines that are no longer kept */
	struct outage outages[OUTAGES_MAX];
	uint32_t n_outages;
	int32_t newest_message;   /* its number; F1P_UNKNOWN = none yet */
	uint32_t message_source;  /* who told it: another one counts otherwise */
};

/* gaps.c */
/* A new line about this source; NULL when memory is short. The rest is the caller's, who then publishes it. Valid until the next one:
 * a full ledger drops its oldest line that is not open. */
struct f1p_ev_gap *gaps_add(struct gaps *, uint32_t source_id, const char *source, uint32_t kind, uint8_t how);
void gaps_publish(struct gaps *, struct f1p_ev_gap *line);
struct outage *gaps_outage(struct gaps *, uint32_t source_id);

/* gaps_find.c */
/* After an outage: the runs of laps since then that have no time, or a concluded one. */
void gaps_find_laps(struct gaps *, const struct f1p_ev_gap *outage, const struct f1p_car *, int32_t known);

#endif

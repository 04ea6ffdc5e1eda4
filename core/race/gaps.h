/*
 * gaps.h - the gap ledger: what was missing from when to when, from which source, and what became of it.
 *
 * One line per outage of a source that the race relied on, one per run of laps (per car) or race-control messages that were not
 * told, and one per value that was concluded from something else (F1P_GAP_REPAIRED: lap times from the second lap on, pit stops,
 * first laps of stints, retirements). A line that is filled later is told again with the same id. Lines are events of the journal: a recovered
 * run goes on with the same ledger, and with the outages that were open. It keeps 1,024 lines; then the oldest that is not an open
 * outage makes room, which is logged once. Ids go on, so the newest one counts them all.
 */
#ifndef RACE_GAPS_H
#define RACE_GAPS_H

#include "race/race.h"

struct gaps;

/* race: what all lines are about, borrowed. emit: a line to be journaled and folded; header but size and type is the receiver's. */
struct gaps *gaps_create(struct race *, void (*emit)(void *arg, struct f1p_ev_gap *), void *arg); /* NULL when memory is short */
void gaps_destroy(struct gaps *); /* accepts NULL */
void gaps_reset(struct gaps *);   /* another session: the ledger begins anew */
void gaps_restore(struct gaps *, const struct f1p_ev_gap *); /* recovery: a line of the journal */

/* The race goes without this source from now on; no second line while one is open. t_from_ns: its last news. */
void gaps_open(struct gaps *, uint32_t source_id, const char *source, uint32_t kind, int64_t t_from_ns, const char *text);
bool gaps_is_open(const struct gaps *, uint32_t source_id);
/* There is news again: how (enum f1p_gap_how), by whom, since when. Writes a line per run of laps that nobody told. */
void gaps_close(struct gaps *, uint32_t source_id, uint8_t how, uint32_t filled_by, int64_t t_to_ns);
/* After each event of a live source was folded: late laps and messages fill lines, skipped messages make some. */
void gaps_accepted(struct gaps *, const struct f1p_event *, const char *source);
/* Is the lap in a line as lost? */
bool gaps_lost(const struct gaps *, uint16_t car, int32_t lap);
/* Lines by id, with header: number and time of when they were last told. */
void gaps_visit(const struct gaps *, void (*fn)(void *arg, const struct f1p_ev_gap *), void *arg);

#endif

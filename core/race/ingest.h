/*
 * ingest.h - the gate: every event of every source passes it before the journal.
 *
 * Checks shape (size, type, text terminated), ranges (no car 0 or 1000, no position 0 or 99, no negative lap) and time
 * (not before the session by more than a day, not jumping back by more than a tolerance), drops exact duplicates of a
 * source (source_seq not rising), and counts what it refuses by reason.
 */
#ifndef INGEST_H
#define INGEST_H

#include <f1pd/event.h>

enum ingest_verdict {
	INGEST_OK = 1,
	INGEST_DUPLICATE,    /* source_seq already seen: after a restart, or a second delivery */
	INGEST_BAD_SHAPE,    /* size, alignment, unterminated text, unknown core type */
	INGEST_BAD_VALUE,    /* a field out of range */
	INGEST_BAD_TIME,     /* t_event_ns unknown, or more than the tolerance before or two days after the newest of this source */
	INGEST_VERDICTS
};
struct ingest;
struct ingest *ingest_create(void);
void ingest_destroy(struct ingest *);
/* Decides about one event whose host fields (source_id, source_seq) are set. May clamp t_event_ns forward to keep the
 * journal's time monotonic per source (small disorder is normal in the feed). why: static text, set unless INGEST_OK. */
enum ingest_verdict ingest_check(struct ingest *, struct f1p_event *, const char **why);
/* Of a live source (none is, unless told) an event passes also if it is within two days of its t_recv_ns, however long the source
 * was silent; one that is dated over an hour ahead of both its t_recv_ns and what the source told before happens at its t_recv_ns;
 * and after one from the future the present is taken again. A clock that is always ahead is believed. */
void ingest_set_live(struct ingest *, uint32_t source_id, bool live);
/* Recovery: the journal already holds this event. */
void ingest_seen(struct ingest *, const struct f1p_event *);
const char *ingest_verdict_name(enum ingest_verdict);
uint64_t ingest_count(const struct ingest *, enum ingest_verdict);

#endif

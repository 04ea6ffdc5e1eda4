/*
 * history.h - the store behind f1p.history/1: results, laps, stops and weather of the past, in one SQLite file.
 *
 * Writing is queued: one thread writes what waits, everything that waits at that moment in one transaction. Reading goes on
 * beside it (WAL) on connections of its own. What cannot be written for a reason that may pass (full disk, another process)
 * stays in the queue and is tried again.
 */
#ifndef HISTORY_HISTORY_H
#define HISTORY_HISTORY_H

#include <f1pd/history.h>

#define HISTORY_SCHEMA 1                 /* PRAGMA user_version */
#define HISTORY_QUEUE_MAX (64u << 20)    /* bytes that wait */

struct history;

/* [any] The file is made if it is not there; ":memory:" keeps everything in memory. A damaged file is moved aside to
 * PATH.corrupt-N with one log line and a new one begins. NULL with one line in err: folder missing or not writable, a file of a
 * newer f1pd, or not a history store at all (that one is never touched). */
struct history *history_open(const char *path, char *err, size_t err_size);
/* [any] No other call may run or come. Writes what waits; what cannot be written even now is lost with a log line. Accepts NULL. */
void history_close(struct history *);

/* [any] As f1p_history.put. why (may be NULL) gets one line unless F1P_OK. */
f1p_status history_put(struct history *, const struct f1p_history_row *first, uint32_t count, char *why, size_t why_size);
/* [any] Waits until all that was put is in the file, or one attempt at it has failed: F1P_EIO with the reason. Not from the
 * callback of history_each(). */
f1p_status history_flush(struct history *, char *why, size_t why_size);
/* [any] As f1p_history.each. Sees what was written, not what waits. */
f1p_status history_each(struct history *, const struct f1p_history_query *,
	bool (*fn)(void *arg, const struct f1p_history_row *), void *arg, char *why, size_t why_size);
/* [any] As f1p_history.count. */
int64_t history_count(struct history *, const struct f1p_history_query *, char *why, size_t why_size);

/* [any] Whether put() would take the row: size, type and the range of every field. why: one line. */
bool history_row_fits(const struct f1p_history_row *, char *why, size_t why_size);
/* "lap", "result", ...; "?" for a type that is none. */
const char *history_type_name(uint32_t type);
/* sizeof the struct of the type, 0 for none. */
uint32_t history_row_size(uint32_t type);

#endif

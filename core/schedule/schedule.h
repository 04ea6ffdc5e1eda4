/*
 * schedule.h - the season's calendar, merged from several, and which session and mode it is now.
 *
 * Pure logic on a given time: it reads no clock. Not thread-safe: callers serialise (the daemon has a lock around it).
 * What it hands out is what stood at the last publish, forget, observe or tick.
 *
 *   IDLE -> BEFORE   60 min before a race or sprint, 15 min before other sessions; a start put off by up to 6 h on the day
 *                    does not end it
 *   BEFORE -> LIVE   at the start, or when the feed says that it has started
 *   LIVE -> AFTER    when the feed says that timing is final; without its word 30 min after the chequered flag, or at start + 4 h
 *                    (race), end + 45 min (others), later while data comes (up to start + 8 h)
 *   AFTER -> IDLE    30 min later; the next session's BEFORE interrupts it
 */
#ifndef SCHEDULE_SCHEDULE_H
#define SCHEDULE_SCHEDULE_H

#include <f1pd/season.h>
#include <f1pd/state.h>

#define SCHEDULE_MAX_SESSIONS 400u /* of one calendar */
#define SCHEDULE_MAX_CALENDARS 8u

struct schedule;

/* cache_path: where the calendars are kept over restarts; NULL = nowhere. A file that cannot be read is told in the log and left
 * out. NULL when memory is short. */
struct schedule *schedule_create(const char *cache_path);
void schedule_destroy(struct schedule *); /* accepts NULL */

/* All sessions that a calendar source knows; they replace its former ones. rank 1 = trusted most. Elements are plans->size bytes
 * apart. F1P_EINVAL with the reason in `why`, and nothing is taken: a field out of range, no or too many sessions. F1P_ENOMEM.
 * F1P_AGAIN: there is no time yet. */
f1p_status schedule_publish(struct schedule *, uint32_t source_id, const char *instance, uint32_t rank,
	const struct f1p_session_plan *plans, uint32_t n, int64_t now_ns, char *why, size_t why_size);
/* The source is no more. The last calendar that is left is kept, as if it came from the file. */
void schedule_forget(struct schedule *, uint32_t source_id);
/* What the running feed says of its own session: start, status, that it lives. The session need not be in any calendar.
 * True if mode or session changed. Cheap when nothing is new. */
bool schedule_observe(struct schedule *, const struct f1p_state *, int64_t now_ns);
/* True if mode or session is not what the last tick or observe said. Cheap when nothing is due. */
bool schedule_tick(struct schedule *, int64_t now_ns);

/* Fills *out up to out->size, which the caller sets. */
void schedule_now(const struct schedule *, struct f1p_schedule_now *out);
/* Copies the first n sessions in order of start, cancelled ones too; returns how many there are. */
uint32_t schedule_list(const struct schedule *, struct f1p_session_plan *out, uint32_t n);
/* UTC at which tick has something to do if nothing is moved; F1P_NEVER_NS */
int64_t schedule_next_change_ns(const struct schedule *);

#endif

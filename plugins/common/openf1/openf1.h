/*
 * openf1.h - decodes rows of the OpenF1 collections into f1pd events.
 *
 * OpenF1 tells the same facts again and again: REST repeats them with every poll, the stream sends a whole row anew when one field
 * of it became known, and after a restart it sends old rows once more. So rows are merged into what is known of the session, and
 * only what changed becomes an event; a null never takes back what was known.
 *
 * What OpenF1 has no collection for is derived from race control as live timing would show it: track status and session status.
 * Total laps, the session clock and pit-lane entries as they happen are not in OpenF1.
 *
 * Reads no clock. Not thread-safe: one decoder, one thread.
 */
#ifndef OPENF1_H
#define OPENF1_H

#include <f1pd/event.h>
#include <f1pd/season.h>
#include <helpers/json_reader.h>

enum of1_collection {
	OF1_NONE = 0,
	OF1_SESSIONS,
	OF1_MEETINGS,
	OF1_DRIVERS,
	OF1_STARTING_GRID,
	OF1_RACE_CONTROL,
	OF1_POSITION,
	OF1_LAPS,
	OF1_STINTS,
	OF1_PIT,
	OF1_INTERVALS,
	OF1_WEATHER,
	OF1_CAR_DATA,
	OF1_LOCATION,
	OF1_SESSION_RESULT,
	/* counted, of no use here */
	OF1_OVERTAKES,
	OF1_TEAM_RADIO,
	OF1_CHAMPIONSHIP_DRIVERS,
	OF1_CHAMPIONSHIP_TEAMS,
	OF1_COLLECTIONS
};
/* "race_control"; "" for what is none. */
const char *of1_collection_name(enum of1_collection);
enum of1_collection of1_collection_find(const char *name, size_t n); /* OF1_NONE: unknown */

struct of1_decoder;

/* Receives each event, lent for the call. */
typedef f1p_status (*of1_emit_fn)(void *arg, const struct f1p_event *);

struct of1_stats {
	uint64_t rows[OF1_COLLECTIONS]; /* read, all */
	uint64_t same;                  /* told nothing new */
	uint64_t stale;                 /* older than what is known */
	uint64_t broken;                /* not a row: malformed, too deep, too long */
	uint64_t incomplete;            /* without the fields that name what they are about */
	uint64_t other_session;
	uint64_t unknown_fields;
	uint64_t bad_values;
	uint64_t future;                /* dates over two minutes ahead of the clock: taken as now */
};

/* NULL when memory is short. */
struct of1_decoder *of1_create(of1_emit_fn emit, void *arg);
void of1_destroy(struct of1_decoder *); /* accepts NULL */

/* Rows of another session are dropped from here on. A change of key forgets everything. */
void of1_set_session(struct of1_decoder *, uint32_t session_key, uint32_t meeting_key);
uint32_t of1_meeting_key(const struct of1_decoder *); /* 0 = none yet */
bool of1_session_is_race(const struct of1_decoder *); /* or a sprint */
bool of1_session_is_full_race(const struct of1_decoder *); /* no sprint */

/* While silent, rows are merged and nothing is told: until of1_snapshot(). */
void of1_set_silent(struct of1_decoder *, bool silent);

/* One row, or all rows of an array. now_ns: UTC. Call of1_flush() when what belongs together has been read.
 * F1P_OK, or F1P_EINVAL: what came before the broken place was taken. */
f1p_status of1_rows(struct of1_decoder *, enum of1_collection, const char *json, size_t n, int64_t now_ns);
/* The same in slices: up to max_rows rows from the cutter. F1P_END: that was all; F1P_OK: there is more; F1P_EINVAL. */
f1p_status of1_some_rows(struct of1_decoder *, enum of1_collection, struct f1p_json_cutter *, uint32_t max_rows, int64_t now_ns);

/* Tells what changed, in order of time; every event but the last carries F1P_EVF_MORE. Times never fall. */
void of1_flush(struct of1_decoder *, int64_t now_ns);

/* Tells all that is known: FEED_RESET, the session, then the rest, all with F1P_EVF_SNAPSHOT and the time now_ns. */
void of1_snapshot(struct of1_decoder *, int64_t now_ns);

/* With max_events > 0 (0 is the default) the two above tell at most so many events; of1_tell_more() tells the next ones, true while
 * there are more. Whatever else is called in between tells the rest first. */
void of1_set_slice(struct of1_decoder *, uint32_t max_events);
bool of1_tell_more(struct of1_decoder *);
bool of1_has_more(const struct of1_decoder *);

/* How many laps the race is meant to have, from elsewhere: OpenF1 does not say. Told as LAP_COUNT, with of1_flush() or the snapshot;
 * a new session forgets it. F1P_UNKNOWN: nobody knows. */
void of1_set_total_laps(struct of1_decoder *, int32_t total);

/* Newest date among the rows of the collection; F1P_UNKNOWN_NS: none. */
int64_t of1_newest_ns(const struct of1_decoder *, enum of1_collection);
int32_t of1_leader_lap(const struct of1_decoder *); /* newest lap that any car has begun; 0 = none */
bool of1_is_over(const struct of1_decoder *);       /* the chequered flag was shown */
int64_t of1_told_ns(const struct of1_decoder *);    /* time of the newest event told; 0 = none */
const struct of1_stats *of1_get_stats(const struct of1_decoder *);

/* ---- calendar ---- */

/* Reads `sessions` rows as plans, at most max; meeting names come from of1_name_meetings(). Rows without a type or a start are left
 * out. Returns how many there are, -1 if the text is no array of rows. */
int of1_read_plans(const char *json, size_t n, struct f1p_session_plan *out, uint32_t max);
/* Puts the names of `meetings` rows into the plans with the same meeting_key. False if the text is no array of rows. */
bool of1_name_meetings(const char *json, size_t n, struct f1p_session_plan *plans, uint32_t count);

#endif

/*
 * sessions.h - the collections of the sessions that were seen: the one that runs, and some before it.
 *
 * A session that begins again (a seek, a loop, a restarted source) takes the place of what was known of it. One thread at a time.
 */
#ifndef SESSIONS_H
#define SESSIONS_H

#include <rows.h>

#define SESSIONS_MAX 16u

struct sessions {
	struct openf1_rows *rows[SESSIONS_MAX]; /* in the order in which they came; the last one runs */
	uint32_t n, keep;
	bool telemetry;
};

/* keep: 1..SESSIONS_MAX. */
f1p_status sessions_init(struct sessions *, uint32_t keep, bool telemetry);
void sessions_finish(struct sessions *); /* safe on a zeroed struct */
/* F1P_OK or F1P_ENOMEM: a row is lost, the rest goes on. */
f1p_status sessions_take(struct sessions *, const struct f1p_event *);
/* The newest that begins at most a minute after now; else the one that runs. NULL: none is known. */
const struct openf1_rows *sessions_latest(const struct sessions *, int64_t now_ns);
uint64_t sessions_lost(const struct sessions *);

#endif

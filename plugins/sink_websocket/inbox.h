/*
 * inbox.h - what the sink thread hands to the web thread: the newest snapshot and copies of the events that become messages.
 *
 * Of snapshots, insights and each car's position only the newest is kept, forecasts up to a number, race control all: a web
 * thread that lags behind a replay at full speed loses nothing that a person would miss.
 */
#ifndef INBOX_H
#define INBOX_H

#include <pthread.h>

#include <f1pd/plugin.h>

#include "positions.h"

#define INBOX_MESSAGES 4096u /* race-control messages that may wait; more: F1P_AGAIN */
#define INBOX_FORECASTS 256u /* forecasts that may wait; more: the newest takes the place of the last */

struct inbox_content {
	const struct f1p_state *state;	    /* a reference to be released; NULL = no newer one */
	struct f1p_ev_forecast **forecasts; /* heap copies, oldest first */
	size_t n_forecasts, cap_forecasts;
	struct f1p_ev_race_control *messages; /* oldest first */
	size_t n_messages, cap_messages;
	struct f1p_ev_insights *insights; /* a heap copy of the newest; NULL = none */
	struct positions positions;
	bool reset; /* the feed began anew: forget what was before */
};

struct inbox {
	pthread_mutex_t lock;
	const struct f1p_host *host;
	const struct f1p_bus *bus;
	struct inbox_content content;
	const struct f1p_state *early; /* folded further than the events that came so far: waits for them */
	uint64_t seen_seq;	       /* newest event that came */
};

f1p_status inbox_init(struct inbox *, const struct f1p_host *, const struct f1p_bus *bus_or_null);
void inbox_finish(struct inbox *);
/* [sink] Takes what matters of the batch. F1P_OK: something is new; F1P_END: nothing is; F1P_AGAIN: no room, nothing taken. */
f1p_status inbox_put(struct inbox *, const struct f1p_event *first, uint32_t count, size_t bytes);
/* [sink] Passes on a snapshot that still waits for its events (they may have been dropped on the way). True if there was one. */
bool inbox_flush(struct inbox *);
/* [web] Moves everything out. */
void inbox_take(struct inbox *, struct inbox_content *out);
void inbox_content_finish(struct inbox *, struct inbox_content *);

#endif

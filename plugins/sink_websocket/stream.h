/*
 * stream.h - the one ordered stream of messages that every client reads, and the documents made of the same data.
 *
 * [web] thread only. Messages are numbered from 1 by `id` ("EPOCH-NUMBER"; the epoch is this run of the daemon) and rise in `seq`,
 * the journal's number of the last event that they tell of. A position P means: messages 1 .. P have been told.
 */
#ifndef STREAM_H
#define STREAM_H

#include <f1pd/insight.h>

#include "filter.h"
#include "forecast_log.h"
#include "frame.h"
#include "history.h"
#include "inbox.h"
#include "reel.h"

#define STREAM_AHEAD 32u
#define STREAM_SCHEMA 1 /* of the messages; grows when a key changes its meaning, not when keys are added */
#define STREAM_FOLDED 64u
#define STREAM_ID 48u
#define STREAM_PARTLY '~' /* ends the id of a message before which others were left out for its reader */

enum stream_document { STREAM_DOC_STATE = 64, STREAM_DOC_FORECAST, STREAM_DOC_INSIGHTS }; /* numbers beyond any mask of topics */

struct stream_options {
	const char *folder; /* of the reel's file; "" = memory */
	uint64_t room;	    /* bytes */
	int64_t keep_ns;
	uint64_t epoch; /* different in every run */
};

struct stream {
	struct inbox *inbox;
	const struct f1p_state *state;	  /* as told to the clients so far; NULL before the first */
	struct f1p_ev_forecast *forecast; /* likewise */
	struct f1p_ev_insights *insights; /* likewise */
	struct positions positions;
	int64_t positions_due_ns;	  /* by the monotonic clock: not told again before */
	uint64_t seq;			  /* of the last message */
	int64_t t_event_ns;
	bool simulated;
	struct stream_message { /* race control that was told and that `state` does not hold yet: for the snapshots */
		uint64_t seq;
		struct f1p_message message;
	} ahead[STREAM_AHEAD];
	uint32_t n_ahead;
	bool afresh; /* the feed began anew: the next state is told as a snapshot */
	struct history history;
	struct forecast_log *log; /* lent, NULL = not kept: every forecast is noted there */
	struct reel reel;
	uint64_t epoch;
	int64_t clock_ns, utc_ns; /* the stream's own clock: follows the virtual one, but never goes back */
	uint64_t key_position;	  /* of the newest key */
	int64_t key_ns;
	bool key_due;
	struct frame *snapshots[TOPIC_MASKS]; /* of the moment; made when asked for */
	struct frame *session_document, *forecast_document, *insights_document;
	struct stream_folded { /* made lately, of other moments */
		uint64_t position;
		uint32_t what; /* mask of topics, or enum stream_document */
		struct frame *frame;
	} folded[STREAM_FOLDED];
	uint32_t next_folded;
};

/* Without a usable folder the reel is in memory and small: *failed says why (errno, else 0). false: memory is short. */
bool stream_init(struct stream *, struct inbox *, const struct stream_options *, int *failed);
void stream_finish(struct stream *);
/* Takes what is in the inbox and makes messages of it. Returns the number of new messages. */
size_t stream_tick(struct stream *);
/* The stream's clock now. */
int64_t stream_clock(struct stream *);
static inline uint64_t stream_head(const struct stream *s)
{
	return s->reel.head;
}
/* What a client with these topics needs to begin at the position, as a reference. NULL: it is not known any more, or memory is
 * short. */
struct frame *stream_snapshot(struct stream *, uint64_t position, uint32_t topics);
/* How many messages of these topics lie between the positions; counting ends at `most`. */
uint64_t stream_count(const struct stream *, uint64_t from, uint64_t to, uint32_t topics, uint64_t most);
/* The first message of a client that goes on behind the position with so many messages: {"type": "resumed", ...}. A reference. */
struct frame *stream_resumed(struct stream *, uint64_t position, uint64_t messages);
/* Opens a message that only one client gets, which has come to the position; the object is left open. */
void stream_begin(struct f1p_json *, const struct stream *, const char *type, uint64_t position);
void stream_id(const struct stream *, uint64_t position, char out[STREAM_ID]);

/* Where a client that has everything up to `from` (an id, or a seq) goes on. NULL: found; else why not. */
const char *stream_find(const struct stream *, const char *from, uint64_t *position);
/* Event time up to which whoever stands there may be shown what others tell: F1P_UNKNOWN_NS = all, 0 = nothing yet. */
int64_t stream_seen_until(const struct stream *, uint64_t position);

/* Documents of the REST interface at a position, as references. NULL: there is none (no session yet, no insights yet, not known any
 * more), or memory is short. */
struct frame *stream_document_at(struct stream *, enum stream_document, uint64_t position);
/* Of the moment. Lent; NULL when memory is short. */
struct frame *stream_session_document(struct stream *); /* the state; only if there is one */
struct frame *stream_forecast_document(struct stream *);
bool stream_has_session(const struct stream *);

/* Between stream.c and stream_documents.c. */
void stream_open(struct f1p_json *, const struct stream *, const char *type, uint64_t seq, uint64_t position); /* up to `id` */
void stream_drop_documents(struct stream *);
void stream_key_forecast(struct f1p_json *, const struct stream *);
void stream_key_insights(struct f1p_json *, const struct stream *);
void stream_encode_snapshot(struct f1p_json *, const struct stream *, uint32_t topics);

#endif

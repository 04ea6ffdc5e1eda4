/*
 * stream.h - the one ordered stream of messages that every socket reads, and the documents made of the same data.
 *
 * [web] thread only. Messages rise in `seq`, the journal's number of the last event that they tell of. A ring keeps the newest
 * frames; who falls behind it, or comes new, gets a snapshot and goes on from there.
 */
#ifndef STREAM_H
#define STREAM_H

#include "filter.h"
#include "frame.h"
#include "inbox.h"

#define STREAM_RING 256u
#define STREAM_AHEAD 32u
#define STREAM_SCHEMA 1 /* of the messages; grows when a key changes its meaning, not when keys are added */

struct stream_history {	 /* win probabilities by lap, for the chart */
	uint16_t n_laps; /* lap l is at [l - 1] */
	struct stream_lap {
		uint16_t n;
		uint16_t car[F1P_MAX_CARS];
		float win[F1P_MAX_CARS];
	} laps[F1P_MAX_LAPS];
};

struct stream {
	struct inbox *inbox;
	const struct f1p_state *state;	  /* as told to the clients so far; NULL before the first */
	struct f1p_ev_forecast *forecast; /* likewise */
	uint64_t seq;			  /* of the last message */
	int64_t t_event_ns;
	bool simulated;
	struct stream_message { /* race control that was told and that `state` does not hold yet: for the snapshots */
		uint64_t seq;
		struct f1p_message message;
	} ahead[STREAM_AHEAD];
	uint32_t n_ahead;
	bool afresh; /* the feed began anew: the next state is told as a snapshot */
	struct stream_history history;
	struct frame *ring[STREAM_RING];
	uint64_t head;			      /* frames made so far; frame number i is ring[i % STREAM_RING] */
	struct frame *snapshots[TOPIC_MASKS]; /* of the moment; made when asked for */
	struct frame *session_document, *forecast_document;
};

void stream_init(struct stream *, struct inbox *);
void stream_finish(struct stream *);
/* Takes what is in the inbox and makes messages of it. Returns the number of new frames. */
size_t stream_tick(struct stream *);
/* Frame number i; NULL if it has left the ring (or is not made yet). Lent. */
struct frame *stream_frame(const struct stream *, uint64_t i);
/* What a client with these topics needs to begin at frame number `head`. Lent; NULL when memory is short. */
struct frame *stream_snapshot(struct stream *, uint32_t topics);
/* Documents of the REST interface. Lent; NULL when memory is short. */
struct frame *stream_session_document(struct stream *); /* the state; only if there is one */
struct frame *stream_forecast_document(struct stream *);
bool stream_has_session(const struct stream *);

#endif

/*
 * lane.h - a delay of one's own: how far somebody has come in the stream, and at what pace he goes on.
 *
 * [web] thread only. A lane shows the stream as it was at `at_ns` of the stream's clock (stream.h); that moves with the clock, so
 * a recording that is paused holds all lanes too. Sockets that share a lane (a browser's, by its viewer) show the same moment.
 * "As of" a time, for documents and other plugins, means the event time of the newest message that the lane has shown.
 */
#ifndef LANE_H
#define LANE_H

#include "stream.h"

#define LANE_DELAY_MAX_S 600
#define LANE_REWIND_MAX_S 86400
#define LANE_SPEED_MAX 8 /* of the catch-up */

struct lane {
	struct lane *prev, *next;
	uint32_t refs;
	bool paused;
	bool live;	  /* it had caught up when it moved last */
	double speed;	  /* 1 .. LANE_SPEED_MAX; above 1 until the delay is reached */
	int64_t delay_ns; /* never nearer to now than that */
	int64_t at_ns;
	uint64_t position; /* messages shown */
};
struct lanes {
	struct lane *first;
	int64_t clock_ns; /* when they moved last */
	uint32_t n;
};

/* A lane that shows `delay_s` ago. One reference; NULL when memory is short. */
struct lane *lane_create(struct lanes *, struct stream *, double delay_s);
struct lane *lane_ref(struct lane *);
void lane_unref(struct lanes *, struct lane *); /* accepts NULL */
/* Moves all to where they are now. */
void lanes_move(struct lanes *, struct stream *);

struct lane_change { /* what a control message or a viewer asks for; zero = nothing */
	bool has_delay, has_rewind, has_pause, has_speed;
	bool pause;
	double delay_s;	 /* 0 .. LANE_DELAY_MAX_S; the lane goes there at once */
	double rewind_s; /* back by that, as far as the stream is kept; below 0: forward, as far as the delay allows */
	double speed;
	bool has_no_spoiler, no_spoiler; /* of a viewer only */
};
/* {"delay": S}, {"live": true}, {"pause": true}, {"rewind": S}, {"speed": 2}, several at once. false: err says what is wrong. */
bool lane_change_read(struct lane_change *, const char *json, size_t n, char *err, size_t err_size);
void lane_apply(struct lane *, struct stream *, const struct lane_change *);
/* Whether it would bring the lane nearer to now than it is. */
bool lane_change_nears(const struct lane *, const struct stream *, const struct lane_change *);
/* Members delay_s, behind_s, paused, speed, into the open object. */
void lane_encode(struct f1p_json *, const struct lane *, const struct stream *);

#endif

/*
 * viewer.h - a browser's own delay, which the server keeps: nothing newer than its lane leaves, by whatever address.
 *
 * [web] thread only. The browser shows its cookie with every request and socket. The cookie says the delay too: a daemon that was
 * started anew goes on with it.
 */
#ifndef VIEWER_H
#define VIEWER_H

#include "api.h"
#include "lane.h"

#define VIEWERS_MAX 4096u

struct sink;

struct viewer {
	char id[33];
	struct lane *lane;
	bool no_spoiler; /* the lane does not come nearer to now until this is taken back */
	uint32_t sockets;
	int64_t used_us;
};
struct viewers {
	struct viewer **items;
	size_t n, cap;
};

void viewers_finish(struct viewers *, struct lanes *);
/* The viewer that the cookie names, made when it is unknown; NULL: the cookie names none, or there are too many. */
struct viewer *viewer_of(struct sink *, const char *cookie);
/* Sets what the request may see: r->until_ns, F1P_UNKNOWN_NS = now, and r->position of the stream. false: its delay is no number of
 * 0 to LANE_DELAY_MAX_S. */
bool viewer_rule(struct sink *, struct request *);

struct own_routes viewer_routes(void);

#endif

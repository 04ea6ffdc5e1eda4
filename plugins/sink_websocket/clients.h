/*
 * clients.h - those who listen: WebSockets and Server-Sent Events. Each is a cursor on the stream.
 *
 * [web] thread only.
 */
#ifndef CLIENTS_H
#define CLIENTS_H

#include <libwebsockets.h>

#include "alert_ticket.h"
#include "lane.h"
#include "request.h"

struct sink;
struct viewer;

#define CLIENT_RX_MAX 512u /* bytes of one message from a client */
#define CLIENT_RX_PER_MINUTE 65536u
#define CLIENT_CLOSE_WITHIN_S 2

enum client_transport { CLIENT_SOCKET = 1, CLIENT_EVENTS = 2 };

/* What the address of the stream asks for. */
struct client_wish {
	struct filter filter;
	bool filtered;
	char subscription[SUBSCRIPTION_ID]; /* "" = none */
	bool gone;			    /* there is none by that name */
	bool rule;			    /* it is that of a rule */
	char from[STREAM_ID];		    /* "" = none */
	double delay_s;
	bool whole; /* every message, however far behind */
	bool msgpack;
};

/* Lives in the connection's own memory; all zero = none. */
struct client {
	struct lws *wsi;
	struct client *prev, *next;
	enum client_transport transport;
	enum frame_form form;
	uint64_t at;			   /* messages told */
	uint64_t whole_until;		   /* up to there every message is told, however far behind */
	int64_t blocked_us;		   /* since when something waits for room in the socket; 0 = nothing waits */
	int64_t sent_us;		   /* when something was sent last */
	struct subscription *subscription; /* NULL: everything */
	struct filter *filter;		   /* NULL: everything; else the subscription's, or own */
	struct filter *own_filter;
	struct alert_ticket *ticket; /* NULL: not for the alerts of a rule */
	struct lane *lane;     /* NULL: live */
	struct viewer *viewer; /* NULL: none; else the lane is its */
	struct frame *held;    /* comes next: it did not fit into the last write */
	struct frame *note;    /* an answer to what it said */
	const char *why;       /* the next snapshot says why it is not resumed */
	char *rx;	       /* message being received */
	uint32_t rx_n;
	uint32_t rx_bytes; /* received, less what a minute forgives */
	bool snapshot_due, resumed_due, heartbeat_due, look_due;
	bool conflating;	  /* only what must not be dropped is told, then a snapshot */
	const char *close_reason; /* not NULL: it is told and closed when it can be written to, or soon without */
};

/* client_wish.c: reads the query. false: err says what is wrong. */
bool wish_read(struct sink *, const struct request *, struct client_wish *, char *err, size_t err_size);

int client_admit(struct sink *, struct lws *); /* before the upgrade; not 0 = refused */
int client_open(struct sink *, struct client *, struct lws *);
int client_writable(struct sink *, struct client *);
void client_received(struct sink *, struct client *, const char *bytes, size_t n, bool last);
void client_close(struct sink *, struct client *);
void clients_wake(struct sink *);			    /* there are new messages */
void clients_wake_lane(struct sink *, const struct lane *); /* it has moved */
void clients_check(struct sink *);			    /* once a second: drop those that do not read */
void clients_keep_lanes_moving(struct sink *);

/* sse.c: GET /api/v1/stream; for own_route.take */
int sse_begin(struct sink *, struct lws *, const struct request *);
/* clients.c, for sse.c */
int client_let_in(struct sink *, struct lws *, const struct request *, struct client_wish *); /* not 0 = refused */
void client_begin(struct sink *, struct client *, struct lws *, const struct request *, const struct client_wish *);

#endif

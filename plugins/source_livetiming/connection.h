/*
 * connection.h - one connection to the feed, from the first request to the last message.
 *
 *	OPTIONS negotiate (cookie) -> POST negotiate -> WebSocket -> handshake -> Subscribe -> snapshot -> feed messages
 *
 * It tells what it gets and why it ended; when to try again is somebody else's business. [loop] only.
 */
#ifndef SLT_CONNECTION_H
#define SLT_CONNECTION_H

#include "clock.h"
#include "negotiate.h"
#include "signalr.h"
#include "token.h"

/* What all connections have in common. */
struct slt_endpoint {
	const struct f1p_host *host;
	const struct f1p_http *http;
	const struct f1p_websocket_client *websocket;
	struct slt_clock *clock;
	const char *base_url;
	const char *subscribe; /* the record */
	size_t subscribe_n;
	size_t max_message;
};

struct slt_connection;

struct slt_connection_events {
	/* the answer to Subscribe, once; lent for the call */
	void (*snapshot)(void *arg, struct slt_connection *, const char *json, size_t n);
	/* a feed message behind the snapshot; lent for the call */
	void (*message)(void *arg, struct slt_connection *, const struct slt_record *);
	/* a record that cannot be used is passed over */
	void (*broken)(void *arg, struct slt_connection *, const char *why);
	/* it has ended by itself (never after slt_connection_close). http_status: of a refusal, 0 = none */
	void (*lost)(void *arg, struct slt_connection *, uint32_t http_status, const char *reason);
};

enum slt_step { SLT_CLOSED = 1, SLT_COOKIE, SLT_NEGOTIATE, SLT_SOCKET, SLT_SHAKE, SLT_SUBSCRIBED, SLT_FEEDING };

struct slt_connection {
	const struct slt_endpoint *to;
	const struct slt_connection_events *events;
	void *arg;
	uint32_t index;
	uint32_t step;  /* enum slt_step */
	uint32_t epoch; /* grows with every opening and closing: who comes back from a call sees whether all is as before */
	int64_t opened_ns, fed_ns; /* own scale: opening; snapshot */
	int64_t heard_ns, news_ns; /* own scale: any record; a feed message or the snapshot */
	bool has_token;
	bool not_asked; /* lost because the host leaves the failing server alone: nothing new is known of it */
	uint32_t token_generation;
	/* private */
	uint64_t request;
	struct f1p_websocket *socket;
	struct slt_framer framer;
	char *early; /* feed records that came before the snapshot */
	size_t early_n;
	struct slt_cookies cookies;
	char id[SLT_CONNECTION_ID_MAX];
	char bearer[SLT_TOKEN_MAX + 8]; /* "" = none */
	uint32_t broken_records; /* in a row */
	int64_t deadline_ns, next_ping_ns; /* real time */
};

void slt_connection_init(struct slt_connection *, uint32_t index, const struct slt_endpoint *, const struct slt_connection_events *,
			 void *arg);
void slt_connection_finish(struct slt_connection *); /* closes it */
/* Begins; it must be closed. token: "" = none. */
void slt_connection_open(struct slt_connection *, const char *token, uint32_t token_generation);
void slt_connection_close(struct slt_connection *); /* idempotent; nothing is told any more */
/* Time-outs and pings. */
void slt_connection_tick(struct slt_connection *);
int64_t slt_connection_wait(const struct slt_connection *); /* so long until it has something to do; F1P_NEVER_NS */

static inline bool slt_connection_is_open(const struct slt_connection *c)
{
	return c->step != SLT_CLOSED;
}

#endif

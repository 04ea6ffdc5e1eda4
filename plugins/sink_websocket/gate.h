/*
 * gate.h - whether a request or a socket is let in, before anything else looks at it.
 *
 * [web] thread only.
 */
#ifndef GATE_H
#define GATE_H

#include "answer.h"
#include "request.h"

struct sink;

/* [loop] Reads what the configuration says of tokens, names and limits. loopback: nobody else can reach the address. */
f1p_status gate_init(struct sink *, bool loopback);
void gate_finish(struct sink *);

/* Whether the connection behind this descriptor is to be closed at once. */
bool gate_full(struct sink *, int fd);
/* A connection begins, and ends. */
void gate_connect(struct sink *, struct lws *);
void gate_disconnect(struct lws *);

/* Sets r->scopes; false: the refusal is in the answer. */
bool gate_request(struct sink *, struct lws *, struct request *, struct answer *refusal);
/* Before the upgrade to a socket: 0, or it was refused and is to be closed. */
int gate_socket(struct sink *, struct lws *);

/* Whether the page that asks is told that it may read the answer. */
bool gate_cors(const struct sink *, const struct request *);

#endif

/*
 * head.h - the head of an answer: status, validator, coding, security headers.
 *
 * [web] thread only.
 */
#ifndef HEAD_H
#define HEAD_H

#include "answer.h"

struct sink;

/* Chooses what is sent (304, gzip), then writes the head. 0, or the connection is lost. */
int head_write(struct sink *, struct lws *, const struct request *, struct answer *);

#endif

/*
 * alert_ticket.h - the ticket of a rule: whoever opens the stream with it is told what the rule says.
 *
 * [web] thread only. The rules are another plugin's (sink_alerts): it is asked through its routes, once a second, as of what the
 * client may see.
 */
#ifndef ALERT_TICKET_H
#define ALERT_TICKET_H

#include "frame.h"

struct sink;
struct alert_ticket;

/* A rule's subscription is named so, and somebody has it. */
bool alert_ticket_known(struct sink *, const char *id);
/* What was said up to `position` of the stream counts as told. NULL: no memory. */
struct alert_ticket *alert_ticket_create(struct sink *, const char *id, uint64_t position);
void alert_ticket_destroy(struct alert_ticket *);
/* The message with what was said since, oldest first, for a client that was told everything up to `told`; NULL: nothing. */
struct frame *alert_ticket_look(struct sink *, struct alert_ticket *, uint64_t position, uint64_t told);

#endif

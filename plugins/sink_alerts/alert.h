/*
 * alert.h - one time that a rule spoke: its text, and its JSON for pages and webhooks.
 */
#ifndef ALERT_H
#define ALERT_H

#include "helpers/json_writer.h"
#include "watch.h"

#define ALERT_ID 48u
#define SUBSCRIPTION_ID 24u
#define ALERT_TEXT 320u

struct alert {
	char id[ALERT_ID];
	char subscription[SUBSCRIPTION_ID];
	char rule[RULE_TEXT];
	char text[ALERT_TEXT];
	char session[32], meeting[64];
	uint32_t session_key;
	bool simulated;
	bool test;
	bool no_spoiler; /* neither what nor who is said */
	uint64_t seq;
	int64_t t_ns;	  /* event time */
	int64_t shown_ns; /* virtual time from which on it may be seen: when it came, and the delay of its subscription */
	bool delayed;
	struct finding found;
	bool is_places;		  /* of the values */
	char driver[8], other[8]; /* codes or numbers; "" = none */
};

/* Fills text, values and session. */
void alert_describe(struct alert *, const struct rule *, const struct news *, const struct finding *);
/* One object. */
void alert_encode(struct f1p_json *, const struct alert *);

#endif

/*
 * reader.h - what every kind of recording looks like from outside: a row of messages.
 */
#ifndef SR_READER_H
#define SR_READER_H

#include "report.h"

#include <f1pd/event.h>

enum sr_kind {
	SR_MESSAGE = 1, /* topic + payload */
	SR_SNAPSHOT,	/* a subscription's answer: object topic -> snapshot */
	SR_EVENT	/* an event of f1pd's own journal */
};

struct sr_message {
	uint32_t kind; /* enum sr_kind */
	uint32_t topic_n;
	const char *topic; /* SR_MESSAGE */
	const char *json;  /* SR_MESSAGE, SR_SNAPSHOT; not NUL-terminated */
	size_t json_n;
	const struct f1p_event *event; /* SR_EVENT, aligned */
	int64_t t_ns;		       /* UTC; F1P_UNKNOWN_NS: as the one before */
	bool guessed;		       /* t_ns comes from inside the payload: only about right */
};

struct sr_reader {
	/* F1P_OK; F1P_END; F1P_ENOMEM. What cannot be used is told to the report and passed over. Lent until the next call. */
	f1p_status (*next)(struct sr_reader *, struct sr_message *);
	void (*destroy)(struct sr_reader *);
};

static inline void sr_reader_destroy(struct sr_reader *r)
{
	if (r != NULL) {
		r->destroy(r);
	}
}

#endif

/*
 * answer.h - one answer of the API: the rows of a collection that pass the query, as JSON or CSV.
 */
#ifndef ANSWER_H
#define ANSWER_H

#include <f1pd/host.h>

#include "query.h"
#include "sessions.h"

/* What the plugin asks the host for, of any thread. */
struct answer_from {
	const struct sessions *sessions; /* locked by the caller */
	const struct f1p_host *host;
	const struct f1p_schedule *schedule; /* or NULL */
};

/* Answers a request below `base` ("/v1"); reads the sessions only inside. */
void answer_request(const struct answer_from *, const char *base, const struct f1p_request *, struct f1p_response *);

#endif

/*
 * breaker.h - leaves a server alone that fails: closed until 5 failures in a row; then open; after 10 s one probe, and after
 * each probe that fails twice as long, up to 5 min. Pure: the caller gives the time. A zeroed breaker must be initialised.
 */
#ifndef NET_BREAKER_H
#define NET_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

enum breaker_state { BREAKER_INVALID = 0, BREAKER_CLOSED = 1, BREAKER_OPEN = 2, BREAKER_PROBING = 3 };

struct breaker {
	enum breaker_state state;
	uint32_t failures;   /* in a row */
	int64_t wait_ns;     /* of this opening */
	int64_t probe_at_ns; /* when open */
};

void breaker_init(struct breaker *);
/* May a request go out? While open only when a probe is due, while probing none. */
bool breaker_allows(const struct breaker *, int64_t now_ns);
/* A request that breaker_allows allowed goes out; true if it is the probe: it must end in one of the three below. */
bool breaker_begin(struct breaker *);
/* The server answered; true if that closed the breaker. */
bool breaker_success(struct breaker *);
/* It did not; true if that opened the breaker. */
bool breaker_failure(struct breaker *, int64_t now_ns);
/* The probe was cancelled and tells nothing: the next request is one. */
void breaker_abandon(struct breaker *, int64_t now_ns);
const char *breaker_name(enum breaker_state); /* "closed" */

#endif

/*
 * fuzz_event.h - what every decoder of a feed promises, whatever the bytes: its events have the shape and the ranges that the gate of
 * the log asks for.
 */
#ifndef FUZZ_EVENT_H
#define FUZZ_EVENT_H

#include <race/ingest_rules.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline void fuzz_check_event(const struct f1p_event *ev)
{
	union {
		struct f1p_event event;
		uint8_t bytes[F1P_EVENT_MAX];
	} copy;
	const char *why = "";

	if (ev->size < sizeof(*ev) || ev->size > F1P_EVENT_MAX || ev->source_seq != 0) {
		abort();
	}
	memcpy(copy.bytes, ev, ev->size);
	copy.event.source_seq = 1; /* the host numbers it */
	if (ingest_check_shape(&copy.event, &why) != INGEST_OK || ingest_check_values(&copy.event, &why) != INGEST_OK) {
		fprintf(stderr, "event of type %u: %s\n", ev->type, why);
		abort();
	}
}

#endif

/*
 * timeline.h - gives a time to messages that have none.
 *
 * Messages that do have one, and the Utc inside Heartbeats, are the marks; what lies between two marks is spread evenly
 * over the time between them. What comes before the first mark takes its time, what comes after the last the last one's.
 */
#ifndef SR_TIMELINE_H
#define SR_TIMELINE_H

#include "reader.h"

/* Takes the inner reader over, also on failure (NULL: no memory). */
struct sr_reader *sr_timeline_create(struct sr_reader *inner);

#endif

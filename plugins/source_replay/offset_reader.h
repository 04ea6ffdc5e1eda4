/*
 * offset_reader.h - one stream of the static archive: lines of a 12-character offset and a payload, all of one topic.
 */
#ifndef SR_OFFSET_READER_H
#define SR_OFFSET_READER_H

#include "reader.h"
#include "stream.h"

/* Takes the stream over, also on failure (NULL: no memory). path and topic are borrowed. t0_ns: UTC of offset 0. */
struct sr_reader *sr_offset_reader_create(
	struct sr_stream *, const char *path, const char *topic, int64_t t0_ns, struct sr_report *);

#endif

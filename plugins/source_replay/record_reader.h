/*
 * record_reader.h - a file of records (record.h) as a reader. Times may be unknown: a timeline (timeline.h) fills them in.
 */
#ifndef SR_RECORD_READER_H
#define SR_RECORD_READER_H

#include "reader.h"
#include "stream.h"

/* How the records of a file are told apart. */
enum sr_framing {
	SR_FRAMING_LINES = 1,
	SR_FRAMING_RS,	   /* SignalR Core: byte 0x1E ends a record */
	SR_FRAMING_VALUES, /* JSON values over several lines each */
	SR_FRAMING_ARRAY   /* the elements of one JSON array */
};

struct sr_record_options {
	enum sr_framing framing;
	int64_t t0_ns;	      /* UTC of offset 0 */
	uint64_t max_records; /* stop after so many; 0 = never */
};

/* Takes the stream over, also on failure (NULL: no memory). path is borrowed: for messages. */
struct sr_reader *sr_record_reader_create(
	struct sr_stream *, const char *path, const struct sr_record_options *, struct sr_report *);
/* Whether the time of a message just handed out was an offset. */
bool sr_record_reader_was_offset(const struct sr_reader *);

#endif

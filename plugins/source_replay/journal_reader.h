/*
 * journal_reader.h - f1pd's own journal: the events that sources emitted, again.
 */
#ifndef SR_JOURNAL_READER_H
#define SR_JOURNAL_READER_H

#include "reader.h"
#include "stream.h"

/* Takes the stream over, also on failure (NULL: no memory, or not a journal: then the report has the reason). */
struct sr_reader *sr_journal_reader_create(struct sr_stream *, const char *path, struct sr_report *);
/* Before the first event is taken: reads the same journal through a second stream, which it takes over, for the triggers that a live
 * run skipped. */
void sr_journal_reader_look_ahead(struct sr_reader *, struct sr_stream *);

#endif

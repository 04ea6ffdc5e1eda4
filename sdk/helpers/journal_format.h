/*
 * journal_format.h - how a journal looks on disk. Used by the core to write and recover, by source_replay to read.
 *
 * File: 64-byte header, then records. Record: u32 length of the event, u32 crc32 (zlib) of the event bytes, the event.
 * All little-endian. An event's seq rises by one from record to record, from the header's first_seq.
 */
#ifndef F1P_JOURNAL_FORMAT_H
#define F1P_JOURNAL_FORMAT_H

#include <f1pd/event.h>

#define F1P_JOURNAL_MAGIC "F1PDJRN1"
#define F1P_JOURNAL_HEADER 64u
#define F1P_JOURNAL_RECORD 8u /* bytes before each event */

struct f1p_journal_header {
	char magic[8];
	uint32_t header_size; /* F1P_JOURNAL_HEADER */
	uint32_t abi_major, abi_minor;
	uint32_t reserved0;
	uint64_t identity;
	uint64_t first_seq; /* of the first record; a journal that goes on where another ended begins later than 1 */
	uint8_t reserved1[24];
};

/* Fills a 64-byte header. */
void f1p_journal_header_init(struct f1p_journal_header *, uint64_t identity, uint64_t first_seq);
/* F1P_OK; F1P_AGAIN: fewer than 64 bytes; F1P_EINVAL: not a journal, or of another major version. */
f1p_status f1p_journal_header_check(const void *bytes, size_t n, struct f1p_journal_header *out);
/* Looks at the record at bytes. F1P_OK: *used is its whole length, *event points into bytes (8-byte alignment is not given:
 * copy it out). F1P_AGAIN: more bytes are needed. F1P_EINVAL: torn or damaged. */
f1p_status f1p_journal_record_read(const uint8_t *bytes, size_t n, const uint8_t **event, size_t *event_size, size_t *used);
/* Writes record head + event; out has room for F1P_JOURNAL_RECORD + ev->size. Returns the bytes written. */
size_t f1p_journal_record_write(uint8_t *out, const struct f1p_event *ev);

#endif

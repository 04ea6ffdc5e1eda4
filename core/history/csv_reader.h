/*
 * csv_reader.h - RFC 4180 as a stream of records: quotes, commas and line ends within quotes, CRLF or LF, a byte-order mark.
 */
#ifndef HISTORY_CSV_READER_H
#define HISTORY_CSV_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define CSV_FIELDS_MAX 128
#define CSV_RECORD_MAX 65536 /* bytes */

struct csv_reader {
	FILE *file; /* the caller's */
	unsigned long line; /* where the record in hand begins, 1.. */
	size_t n_fields;
	const char *fields[CSV_FIELDS_MAX]; /* NUL-terminated, valid until the next record */
	const char *reason; /* of an error */
	/* private */
	unsigned long next_line;
	size_t used;
	size_t starts[CSV_FIELDS_MAX];
	char text[CSV_RECORD_MAX + 1];
};

enum csv_got { CSV_RECORD = 1, CSV_END, CSV_BAD /* this record cannot be read; the next one may */ };

void csv_begin(struct csv_reader *, FILE *);
/* Empty lines are passed over. */
enum csv_got csv_next(struct csv_reader *);

#endif

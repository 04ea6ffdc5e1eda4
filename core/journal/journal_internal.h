/*
 * journal_internal.h - shared by journal.c (append) and recover.c (open).
 */
#ifndef JOURNAL_INTERNAL_H
#define JOURNAL_INTERNAL_H

#include "journal/journal.h"
#include <helpers/journal_format.h>

struct journal {
	int fd;              /* -1: numbers only */
	char *path;
	uint64_t identity;
	uint64_t seq;
	uint64_t bytes;      /* header and records, those in the buffer too */
	uint64_t file_size;  /* what is in the file: where the next write goes */
	uint64_t cut_bytes;
	uint64_t lost_from;  /* first event that found no room; 0 = none */
	uint8_t *buffer;
	size_t buffer_size;
	size_t used;
	size_t written;      /* of the buffer: a partial write */
	char error[256];
};

f1p_status journal_open_file(struct journal *, char *err, size_t err_size);
f1p_status journal_recover(struct journal *, uint64_t identity, journal_fold_fn fold, void *arg, char *err, size_t err_size);
f1p_status journal_begin_file(struct journal *, char *err, size_t err_size);
void journal_free(struct journal *);

#endif

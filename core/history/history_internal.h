/* history_internal.h - what the parts of the store share. */
#ifndef HISTORY_HISTORY_INTERNAL_H
#define HISTORY_HISTORY_INTERNAL_H

#include "history/history.h"
#include "history/history_db.h"

#include <pthread.h>

#define HISTORY_READERS 4 /* idle connections that are kept */

struct sqlite3_stmt;

/* What one put() gave: written in one piece or not at all. */
struct history_batch {
	struct history_batch *next;
	uint32_t count;
	size_t bytes;
	unsigned char rows[]; /* each in the size that this build knows, 8-byte aligned */
};

struct history_queue {
	struct history_batch *first;
	struct history_batch **last;
	size_t bytes; /* of what waits and of what is being written */
};

struct history {
	struct history_place place;
	struct sqlite3 *db; /* the writer thread's */
	struct sqlite3_stmt *inserts[F1P_HIST_TYPES];
	pthread_t writer;
	pthread_mutex_t lock; /* all below */
	pthread_cond_t work, progress;
	struct history_queue queue;
	bool writing, closing, hurry;
	uint64_t failures; /* attempts that failed */
	char reason[256];  /* of the last one */
	struct sqlite3 *readers[HISTORY_READERS];
	size_t n_readers;
};

/* The writer thread. */
void *history_writer(void *history);

/* Bytes that a row takes in a batch. */
static inline size_t history_stride(uint32_t row_size)
{
	return ((size_t)row_size + 7) & ~(size_t)7;
}

#endif

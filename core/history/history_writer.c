/* history_writer.c - the one thread that writes: everything that waits, in one transaction. */
#include "history/history_internal.h"

#include "base/log.h"
#include "history/history_rows.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define RETRY_S 2

static int write_row(struct history *h, const struct f1p_history_row *row)
{
	sqlite3_stmt *insert = h->inserts[row->type];
	int rc = history_row_bind(history_table(row->type), row, insert);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(insert);
	sqlite3_reset(insert);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int write_batch(struct history *h, const struct history_batch *b)
{
	int rc = SQLITE_OK;
	size_t at = 0;

	for (uint32_t i = 0; i < b->count && rc == SQLITE_OK; i++) {
		const struct f1p_history_row *row = (const void *)(b->rows + at);
		rc = write_row(h, row);
		at += history_stride(row->size);
	}
	return rc;
}

static int write_all(struct history *h, const struct history_batch *first)
{
	int rc = sqlite3_exec(h->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);

	for (const struct history_batch *b = first; b && rc == SQLITE_OK; b = b->next)
		rc = write_batch(h, b);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(h->db, "COMMIT", NULL, NULL, NULL);
	if (rc != SQLITE_OK) {
		pthread_mutex_lock(&h->lock);
		snprintf(h->reason, sizeof(h->reason), "%.200s: %s", h->place.path, sqlite3_errmsg(h->db));
		pthread_mutex_unlock(&h->lock);
		history_db_suspect(&h->place, rc);
		if (!sqlite3_get_autocommit(h->db))
			sqlite3_exec(h->db, "ROLLBACK", NULL, NULL, NULL);
	}
	return rc;
}

/* Another attempt may succeed; anything else would block the queue for ever. */
static bool may_pass(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_FULL:
	case SQLITE_IOERR:
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_NOMEM:
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
		return true;
	default:
		return false;
	}
}

static void free_batches(struct history_batch *b)
{
	while (b) {
		struct history_batch *next = b->next;
		free(b);
		b = next;
	}
}

static size_t bytes_of(const struct history_batch *b)
{
	size_t n = 0;

	for (; b; b = b->next)
		n += b->bytes;
	return n;
}

/* Puts what could not be written back in front of what came meanwhile. Locked. */
static void put_back(struct history_queue *q, struct history_batch *first)
{
	struct history_batch **end = &first;

	while (*end)
		end = &(*end)->next;
	*end = q->first;
	if (!q->first)
		q->last = end;
	q->first = first;
}

/* Locked on entry and exit. Returns false when what waits has to wait longer. */
static bool attempt(struct history *h, bool *troubled)
{
	struct history_batch *first = h->queue.first;
	size_t bytes = bytes_of(first);

	h->queue.first = NULL;
	h->queue.last = &h->queue.first;
	h->hurry = false;
	pthread_mutex_unlock(&h->lock);
	int rc = write_all(h, first);
	bool keep = rc != SQLITE_OK && may_pass(rc);
	if (!keep)
		free_batches(first);
	pthread_mutex_lock(&h->lock);
	if (rc != SQLITE_OK && !*troubled)
		log_line(F1P_LOG_ERROR, "history", "%s; %s", h->reason,
			keep ? "what waits is kept and tried again" : "it is left out");
	else if (rc == SQLITE_OK && *troubled)
		log_line(F1P_LOG_INFO, "history", "%s: written again", h->place.path);
	*troubled = keep;
	h->failures += rc != SQLITE_OK;
	if (keep)
		put_back(&h->queue, first);
	else
		h->queue.bytes -= bytes;
	pthread_cond_broadcast(&h->progress);
	return !keep;
}

static void wait_to_retry(struct history *h)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += RETRY_S;
	while (!h->hurry && !h->closing && pthread_cond_timedwait(&h->work, &h->lock, &until) == 0)
		;
}

static void drop_rest(struct history *h)
{
	unsigned long rows = 0;

	for (const struct history_batch *b = h->queue.first; b; b = b->next)
		rows += b->count;
	if (rows)
		log_line(F1P_LOG_ERROR, "history", "%s: %lu rows could not be written and are lost", h->place.path, rows);
	free_batches(h->queue.first);
	h->queue = (struct history_queue){.last = &h->queue.first};
}

void *history_writer(void *history)
{
	struct history *h = history;
	bool troubled = false;

	pthread_mutex_lock(&h->lock);
	for (;;) {
		while (!h->queue.first && !h->closing)
			pthread_cond_wait(&h->work, &h->lock);
		bool last = h->closing;
		if (h->queue.first && !attempt(h, &troubled) && !last)
			wait_to_retry(h);
		if (last)
			break;
	}
	drop_rest(h);
	pthread_mutex_unlock(&h->lock);
	return NULL;
}

#include "history/history_internal.h"

#include "base/log.h"
#include "history/history_rows.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SQL_MAX 2048
#define ROW_MAX 65536u /* a newer plugin's row may be longer than ours */

/* ---- opening and closing ---- */

static bool name_place(struct history_place *p, const char *path, char *err, size_t err_size)
{
	p->memory = strcmp(path, ":memory:") == 0;
	int n = p->memory ? snprintf(p->path, sizeof(p->path), "file:/f1pd-%p?vfs=memdb", (void *)p)
			  : snprintf(p->path, sizeof(p->path), "%s", path);
	if (n > 0 && n < (int)sizeof(p->path) - 64)
		return true;
	snprintf(err, err_size, "history: the path is empty or too long");
	return false;
}

static bool prepare_inserts(struct history *h, char *err, size_t err_size)
{
	char sql[SQL_MAX];

	for (uint32_t type = 1; type < F1P_HIST_TYPES; type++) {
		const struct history_table *t = history_table(type);
		if (history_sql_insert(t, sql, sizeof(sql)) &&
			sqlite3_prepare_v3(h->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &h->inserts[type], NULL) == SQLITE_OK)
			continue;
		snprintf(err, err_size, "%s: table %s does not fit: %s; move the file away", h->place.path, t->name,
			sqlite3_errmsg(h->db));
		return false;
	}
	return true;
}

static void finish(struct history *h)
{
	for (uint32_t type = 1; type < F1P_HIST_TYPES; type++)
		sqlite3_finalize(h->inserts[type]);
	while (h->n_readers)
		sqlite3_close(h->readers[--h->n_readers]);
	sqlite3_close(h->db);
	pthread_cond_destroy(&h->work);
	pthread_cond_destroy(&h->progress);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

struct history *history_open(const char *path, char *err, size_t err_size)
{
	struct history *h = calloc(1, sizeof(*h));

	if (!h || !name_place(&h->place, path, err, err_size)) {
		if (!h)
			snprintf(err, err_size, "history: out of memory");
		free(h);
		return NULL;
	}
	pthread_mutex_init(&h->lock, NULL);
	pthread_condattr_t monotonic;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&h->work, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_cond_init(&h->progress, NULL);
	h->queue.last = &h->queue.first;
	h->db = history_db_open(&h->place, err, err_size);
	if (!h->db || !prepare_inserts(h, err, err_size)) {
		finish(h);
		return NULL;
	}
	if (pthread_create(&h->writer, NULL, history_writer, h) != 0) {
		snprintf(err, err_size, "history: no thread to write with");
		finish(h);
		return NULL;
	}
	return h;
}

void history_close(struct history *h)
{
	if (!h)
		return;
	pthread_mutex_lock(&h->lock);
	h->closing = true;
	pthread_cond_signal(&h->work);
	pthread_mutex_unlock(&h->lock);
	pthread_join(h->writer, NULL);
	finish(h);
}

/* ---- rows in ---- */

const char *history_type_name(uint32_t type)
{
	const struct history_table *t = history_table(type);

	return t ? t->name : "?";
}

uint32_t history_row_size(uint32_t type)
{
	const struct history_table *t = history_table(type);

	return t ? t->row_size : 0;
}

bool history_row_fits(const struct f1p_history_row *row, char *why, size_t why_size)
{
	char inner[160] = "";
	const struct history_table *t = history_table(row->type);

	if (!t)
		snprintf(inner, sizeof(inner), "type %u is not known", row->type);
	else if (row->size < t->row_size)
		snprintf(inner, sizeof(inner), "%u bytes where %u are needed", row->size, t->row_size);
	else if (row->type != F1P_HIST_LAP && row->flags != 0)
		snprintf(inner, sizeof(inner), "flags are 0x%x where none are defined", row->flags);
	else if (!history_column_is_race(&t->columns[0]) && row->race_id != 0)
		snprintf(inner, sizeof(inner), "race_id is %d where names have 0", row->race_id);
	else if (history_row_check(t, row, inner, sizeof(inner)))
		return true;
	if (why)
		snprintf(why, why_size, "%s row: %s", history_type_name(row->type), inner);
	return false;
}

/* Copies one row, cut to the size that this build knows, behind the batch's others. Rows of the caller need not be aligned. */
static bool take_row(
	struct history_batch *b, const unsigned char *from, const struct f1p_history_row *head, char *why, size_t why_size)
{
	uint32_t known = history_row_size(head->type);
	struct f1p_history_row *to = (struct f1p_history_row *)(void *)(b->rows + b->bytes);

	if (!known || head->size < known)
		return history_row_fits(head, why, why_size);
	memcpy(to, from, known);
	if (!history_row_fits(to, why, why_size))
		return false;
	to->size = known;
	b->bytes += history_stride(known);
	b->count++;
	return true;
}

/* Bytes that the rows need in a batch; 0 if their sizes make no sense. */
static size_t measure(const unsigned char *at, uint32_t count, char *why, size_t why_size)
{
	struct f1p_history_row head;
	size_t need = 0;

	for (uint32_t i = 0; i < count; i++, at += head.size) {
		memcpy(&head, at, sizeof(head));
		if (head.size < sizeof(head) || head.size > ROW_MAX) {
			snprintf(why, why_size, "row %u: a size of %u bytes cannot be", i + 1, head.size);
			return 0;
		}
		need += history_stride(head.size);
		if (need > HISTORY_QUEUE_MAX) {
			snprintf(
				why, why_size, "%u rows are more than %u MiB: put them in parts", count, HISTORY_QUEUE_MAX >> 20);
			return 0;
		}
	}
	return need;
}

static struct history_batch *make_batch(const void *first, uint32_t count, f1p_status *status, char *why, size_t why_size)
{
	const unsigned char *at = first;
	size_t need = measure(at, count, why, why_size);
	struct history_batch *b = need ? malloc(sizeof(*b) + need) : NULL;
	struct f1p_history_row head;
	char inner[200];

	*status = need ? F1P_ENOMEM : F1P_EINVAL;
	if (!b) {
		if (need)
			snprintf(why, why_size, "history: out of memory");
		return NULL;
	}
	*b = (struct history_batch){0};
	for (uint32_t i = 0; i < count; i++, at += head.size) {
		memcpy(&head, at, sizeof(head));
		if (take_row(b, at, &head, inner, sizeof(inner)))
			continue;
		snprintf(why, why_size, "row %u of %u: %s", i + 1, count, inner);
		*status = F1P_EINVAL;
		free(b);
		return NULL;
	}
	return b;
}

f1p_status history_put(struct history *h, const struct f1p_history_row *first, uint32_t count, char *why, size_t why_size)
{
	char unused[1];
	f1p_status status;

	if (!why) {
		why = unused;
		why_size = sizeof(unused);
	}
	if (count == 0)
		return F1P_OK;
	struct history_batch *b = make_batch(first, count, &status, why, why_size);
	if (!b)
		return status;
	pthread_mutex_lock(&h->lock);
	bool room = h->queue.bytes + b->bytes <= HISTORY_QUEUE_MAX;
	if (room) {
		*h->queue.last = b;
		h->queue.last = &b->next;
		h->queue.bytes += b->bytes;
		pthread_cond_signal(&h->work);
	}
	pthread_mutex_unlock(&h->lock);
	if (room)
		return F1P_OK;
	free(b);
	snprintf(why, why_size, "%s: %u MiB wait to be written already", h->place.path, HISTORY_QUEUE_MAX >> 20);
	return F1P_AGAIN;
}

f1p_status history_flush(struct history *h, char *why, size_t why_size)
{
	pthread_mutex_lock(&h->lock);
	uint64_t failures = h->failures;
	h->hurry = true;
	pthread_cond_signal(&h->work);
	while (h->queue.bytes && h->failures == failures)
		pthread_cond_wait(&h->progress, &h->lock);
	bool failed = h->failures != failures;
	if (failed && why)
		snprintf(why, why_size, "%s", h->reason);
	pthread_mutex_unlock(&h->lock);
	return failed ? F1P_EIO : F1P_OK;
}

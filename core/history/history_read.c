/* history_read.c - reading beside the writer: each call borrows a connection of its own. */
#include "history/history_internal.h"

#include "base/log.h"
#include "history/history_rows.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#define SQL_MAX 2048

union any_row {
	struct f1p_history_row head;
	struct f1p_hist_race race;
	struct f1p_hist_name name;
	struct f1p_hist_result result;
	struct f1p_hist_qualifying qualifying;
	struct f1p_hist_practice practice;
	struct f1p_hist_lap lap;
	struct f1p_hist_stint stint;
	struct f1p_hist_stop stop;
	struct f1p_hist_neutralisation neutralisation;
	struct f1p_hist_weather weather;
	struct f1p_hist_standing standing;
};

static sqlite3 *borrow(struct history *h, char *why, size_t why_size)
{
	sqlite3 *db = NULL;

	pthread_mutex_lock(&h->lock);
	if (h->n_readers)
		db = h->readers[--h->n_readers];
	pthread_mutex_unlock(&h->lock);
	return db ? db : history_db_open_reader(&h->place, why, why_size);
}

static void give_back(struct history *h, sqlite3 *db)
{
	pthread_mutex_lock(&h->lock);
	if (h->n_readers < HISTORY_READERS) {
		h->readers[h->n_readers++] = db;
		db = NULL;
	}
	pthread_mutex_unlock(&h->lock);
	sqlite3_close(db);
}

static bool selects_by_who(const struct history_table *t)
{
	for (uint32_t i = 0; i < t->n_columns; i++)
		if (t->columns[i].flags & HISTORY_COL_WHO)
			return true;
	return false;
}

static const struct history_table *table_of(const struct f1p_history_query *q, char *why, size_t why_size)
{
	const struct history_table *t = q->size >= sizeof(*q) ? history_table(q->type) : NULL;

	if (!t)
		snprintf(why, why_size, "a query for type %u of %u bytes cannot be", q->type, q->size);
	else if (q->driver_id && !selects_by_who(t)) {
		snprintf(why, why_size, "%s rows belong to no driver", t->name);
		t = NULL;
	}
	return t;
}

static sqlite3_stmt *prepare(sqlite3 *db, const struct history_table *t, const struct f1p_history_query *q, bool count)
{
	char sql[SQL_MAX];
	sqlite3_stmt *st = NULL;

	if (!history_sql_select(t, count, sql, sizeof(sql)) || sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
		return NULL;
	sqlite3_bind_int(st, 1, q->race_from);
	sqlite3_bind_int(st, 2, q->race_to ? q->race_to : INT32_MAX);
	if (q->driver_id)
		sqlite3_bind_text(st, 3, q->driver_id, -1, SQLITE_TRANSIENT);
	return st;
}

static f1p_status failed(struct history *h, sqlite3 *db, char *why, size_t why_size)
{
	snprintf(why, why_size, "%s: cannot be read: %s", h->place.path, sqlite3_errmsg(db));
	history_db_suspect(&h->place, sqlite3_errcode(db));
	return F1P_EIO;
}

f1p_status history_each(struct history *h, const struct f1p_history_query *q,
	bool (*fn)(void *arg, const struct f1p_history_row *), void *arg, char *why, size_t why_size)
{
	char unused[1];
	union any_row row;
	int rc = SQLITE_ROW;
	unsigned long skipped = 0;

	if (!why) {
		why = unused;
		why_size = sizeof(unused);
	}
	const struct history_table *t = table_of(q, why, why_size);
	if (!t)
		return F1P_EINVAL;
	sqlite3 *db = borrow(h, why, why_size);
	if (!db)
		return F1P_EIO;
	sqlite3_stmt *st = prepare(db, t, q, false);
	while (st && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		if (!history_row_read(t, q->type, st, &row)) {
			skipped++;
		} else if (!fn(arg, &row.head)) {
			rc = SQLITE_DONE;
			break;
		}
	}
	if (skipped)
		log_line(F1P_LOG_WARN, "history", "%s: %lu %s rows hold values that cannot be; they are passed over",
			h->place.path, skipped, t->name);
	f1p_status status = st && rc == SQLITE_DONE ? F1P_OK : failed(h, db, why, why_size);
	sqlite3_finalize(st);
	give_back(h, db);
	return status;
}

int64_t history_count(struct history *h, const struct f1p_history_query *q, char *why, size_t why_size)
{
	char unused[1];
	int64_t n = -1;

	if (!why) {
		why = unused;
		why_size = sizeof(unused);
	}
	const struct history_table *t = table_of(q, why, why_size);
	sqlite3 *db = t ? borrow(h, why, why_size) : NULL;
	if (!db)
		return -1;
	sqlite3_stmt *st = prepare(db, t, q, true);
	if (st && sqlite3_step(st) == SQLITE_ROW)
		n = sqlite3_column_int64(st, 0);
	else
		failed(h, db, why, why_size);
	sqlite3_finalize(st);
	give_back(h, db);
	return n;
}

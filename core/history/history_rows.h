/*
 * history_rows.h - one table of columns per row type drives everything: range checks, the SQL, binding and reading back.
 */
#ifndef HISTORY_ROWS_H
#define HISTORY_ROWS_H

#include <f1pd/history.h>

struct sqlite3_stmt;

enum history_kind {
	HISTORY_U8 = 1,
	HISTORY_U16,
	HISTORY_I16,
	HISTORY_U32,
	HISTORY_I32,
	HISTORY_I64,
	HISTORY_TEXT
};

#define HISTORY_COL_KEY (1u << 0)     /* part of the primary key; never unknown */
#define HISTORY_COL_UNKNOWN (1u << 1) /* F1P_UNKNOWN, F1P_UNKNOWN_NS are allowed; NULL in the file */
#define HISTORY_COL_SLUG (1u << 2)    /* text: a-z 0-9 _ - only */
#define HISTORY_COL_EMPTY (1u << 3)   /* text: may be "" */
#define HISTORY_COL_WHO (1u << 4)     /* what a query's driver_id selects by */

struct history_column {
	const char *name;
	uint8_t kind; /* enum history_kind */
	uint8_t flags;
	uint16_t offset;
	uint32_t size;  /* of the field in bytes */
	int64_t lo, hi; /* numbers */
};

struct history_table {
	const char *name;
	uint32_t row_size;
	uint32_t n_columns;
	const struct history_column *columns; /* those of the key first, in its order */
};

/* NULL if type is no enum f1p_history_type. */
const struct history_table *history_table(uint32_t type);
/* The column is the race's number. */
bool history_column_is_race(const struct history_column *);

/* NULL if there is none of that name. */
const struct history_column *history_column_find(const struct history_table *, const char *name);

/* A row that says nothing yet: all unknown, or the least value where there is no unknown. */
void history_row_blank(uint32_t type, void *row);
/* A number into its field; false if it is out of range. */
bool history_row_set(const struct history_column *, int64_t v, void *row);
bool history_row_check(const struct history_table *, const void *row, char *why, size_t why_size);

/* SQL text, NUL-terminated; false if `size` is too small. */
bool history_sql_create(const struct history_table *, char *sql, size_t size);
bool history_sql_insert(const struct history_table *, char *sql, size_t size);
/* ?1..?2 races (where the table has them), ?3 who (NULL = all). count: only how many. */
bool history_sql_select(const struct history_table *, bool count, char *sql, size_t size);

/* An SQLite result code. Texts must live until the statement is reset. */
int history_row_bind(const struct history_table *, const void *row, struct sqlite3_stmt *insert);
/* False if a value does not fit its field; row is row_size bytes. */
bool history_row_read(const struct history_table *, uint32_t type, struct sqlite3_stmt *select, void *row);

#endif

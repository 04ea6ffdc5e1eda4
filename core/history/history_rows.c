#include "history/history_rows.h"

#include "helpers/utf8.h"

#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- fields ---- */

static int64_t number_of(const struct history_column *c, const void *row)
{
	const char *at = (const char *)row + c->offset;
	union {
		uint8_t u8;
		uint16_t u16;
		int16_t i16;
		uint32_t u32;
		int32_t i32;
		int64_t i64;
	} v = {0};

	memcpy(&v, at, c->size);
	switch (c->kind) {
	case HISTORY_U8:
		return v.u8;
	case HISTORY_U16:
		return v.u16;
	case HISTORY_I16:
		return v.i16;
	case HISTORY_U32:
		return v.u32;
	case HISTORY_I32:
		return v.i32;
	default:
		return v.i64;
	}
}

static int64_t unknown_of(const struct history_column *c)
{
	return c->kind == HISTORY_I64 ? F1P_UNKNOWN_NS : F1P_UNKNOWN;
}

/* v lies within lo..hi of the column or is its unknown, so the low bytes are the value. */
static void put_number(const struct history_column *c, int64_t v, void *row)
{
	char *at = (char *)row + c->offset;
	uint64_t bits = (uint64_t)v;

	for (uint32_t i = 0; i < c->size; i++) {
		uint32_t shift = 8 * (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? i : c->size - 1 - i);
		at[i] = (char)(unsigned char)(bits >> shift & 0xff);
	}
}

/* ---- checks ---- */

static F1P_PRINTF(3, 4) bool refuse(char *why, size_t why_size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (why)
		vsnprintf(why, why_size, fmt, ap);
	va_end(ap);
	return false;
}

static bool is_slug(const char *text)
{
	return text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-")] == '\0';
}

static bool is_clean(const char *text, size_t n)
{
	for (size_t i = 0; i < n;) {
		size_t len = f1p_utf8_char(text + i, n - i);
		if (len == 0 || (len == 1 && ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)))
			return false;
		i += len;
	}
	return true;
}

static bool text_fits(const struct history_column *c, const char *text, char *why, size_t why_size)
{
	size_t n = strnlen(text, c->size);

	if (n == c->size)
		return refuse(why, why_size, "%s: not terminated within %u bytes", c->name, c->size);
	if (n == 0 && !(c->flags & HISTORY_COL_EMPTY))
		return refuse(why, why_size, "%s: empty, but rows are kept under it", c->name);
	if ((c->flags & HISTORY_COL_SLUG) && !is_slug(text))
		return refuse(why, why_size, "%s: only a-z 0-9 _ and - are allowed", c->name);
	if (!is_clean(text, n))
		return refuse(why, why_size, "%s: not clean UTF-8", c->name);
	return true;
}

static bool number_fits(const struct history_column *c, int64_t v, char *why, size_t why_size)
{
	if (v == unknown_of(c) && (c->flags & HISTORY_COL_UNKNOWN))
		return true;
	if (v < c->lo || v > c->hi)
		return refuse(why, why_size, "%s: %lld is out of range %lld..%lld", c->name, (long long)v, (long long)c->lo,
			(long long)c->hi);
	if (history_column_is_race(c) && v % 100 == 0)
		return refuse(why, why_size, "%s: %lld has no round", c->name, (long long)v);
	return true;
}

bool history_row_set(const struct history_column *c, int64_t v, void *row)
{
	if (!number_fits(c, v, NULL, 0))
		return false;
	put_number(c, v, row);
	return true;
}

void history_row_blank(uint32_t type, void *row)
{
	const struct history_table *t = history_table(type);
	struct f1p_history_row *head = row;

	memset(row, 0, t->row_size);
	head->size = t->row_size;
	head->type = type;
	for (uint32_t i = 0; i < t->n_columns; i++) {
		const struct history_column *c = &t->columns[i];
		if (c->kind != HISTORY_TEXT)
			put_number(c, c->flags & HISTORY_COL_UNKNOWN ? unknown_of(c) : c->lo, row);
	}
}

bool history_row_check(const struct history_table *t, const void *row, char *why, size_t why_size)
{
	for (uint32_t i = 0; i < t->n_columns; i++) {
		const struct history_column *c = &t->columns[i];
		if (c->kind == HISTORY_TEXT ? !text_fits(c, (const char *)row + c->offset, why, why_size)
					    : !number_fits(c, number_of(c, row), why, why_size))
			return false;
	}
	return true;
}

/* ---- SQL text ---- */

struct text {
	char *at;
	size_t left;
	bool ok;
};

static F1P_PRINTF(2, 3) void add(struct text *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(t->at, t->left, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= t->left) {
		t->ok = false;
		return;
	}
	t->at += n;
	t->left -= (size_t)n;
}

static void add_columns(struct text *out, const struct history_table *t, uint32_t only)
{
	const char *between = "";

	for (uint32_t i = 0; i < t->n_columns; i++) {
		if (only && !(t->columns[i].flags & only))
			continue;
		add(out, "%s%s", between, t->columns[i].name);
		between = ", ";
	}
}

bool history_sql_create(const struct history_table *t, char *sql, size_t size)
{
	struct text out = {sql, size, true};

	add(&out, "CREATE TABLE %s (", t->name);
	for (uint32_t i = 0; i < t->n_columns; i++) {
		const struct history_column *c = &t->columns[i];
		add(&out, "%s %s%s, ", c->name, c->kind == HISTORY_TEXT ? "TEXT" : "INTEGER",
			c->flags & HISTORY_COL_UNKNOWN ? "" : " NOT NULL");
	}
	add(&out, "PRIMARY KEY (");
	add_columns(&out, t, HISTORY_COL_KEY);
	add(&out, ")) STRICT, WITHOUT ROWID");
	return out.ok;
}

bool history_sql_insert(const struct history_table *t, char *sql, size_t size)
{
	struct text out = {sql, size, true};

	add(&out, "INSERT OR REPLACE INTO %s (", t->name);
	add_columns(&out, t, 0);
	add(&out, ") VALUES (");
	for (uint32_t i = 0; i < t->n_columns; i++)
		add(&out, i ? ", ?" : "?");
	add(&out, ")");
	return out.ok;
}

bool history_sql_select(const struct history_table *t, bool count, char *sql, size_t size)
{
	struct text out = {sql, size, true};

	add(&out, "SELECT ");
	if (count)
		add(&out, "count(*)");
	else
		add_columns(&out, t, 0);
	add(&out, " FROM %s WHERE ", t->name);
	add(&out, history_column_is_race(&t->columns[0]) ? "race_id BETWEEN ?1 AND ?2" : "?1 <= ?2");
	for (uint32_t i = 0; i < t->n_columns; i++)
		if (t->columns[i].flags & HISTORY_COL_WHO)
			add(&out, " AND (?3 IS NULL OR %s = ?3)", t->columns[i].name);
	if (!count) {
		add(&out, " ORDER BY ");
		add_columns(&out, t, HISTORY_COL_KEY);
	}
	return out.ok;
}

/* ---- to and from statements ---- */

int history_row_bind(const struct history_table *t, const void *row, struct sqlite3_stmt *insert)
{
	int rc = SQLITE_OK;

	for (uint32_t i = 0; i < t->n_columns && rc == SQLITE_OK; i++) {
		const struct history_column *c = &t->columns[i];
		int index = (int)i + 1;
		if (c->kind == HISTORY_TEXT) {
			rc = sqlite3_bind_text(insert, index, (const char *)row + c->offset, -1, SQLITE_STATIC);
			continue;
		}
		int64_t v = number_of(c, row);
		bool unknown = (c->flags & HISTORY_COL_UNKNOWN) && v == unknown_of(c);
		rc = unknown ? sqlite3_bind_null(insert, index) : sqlite3_bind_int64(insert, index, v);
	}
	return rc;
}

static bool read_column(const struct history_column *c, int index, struct sqlite3_stmt *select, void *row)
{
	if (c->kind == HISTORY_TEXT) {
		const unsigned char *text = sqlite3_column_text(select, index);
		size_t n = text ? (size_t)sqlite3_column_bytes(select, index) : 0;
		if (!text || n >= c->size)
			return false;
		memcpy((char *)row + c->offset, text, n);
		return true;
	}
	if (sqlite3_column_type(select, index) == SQLITE_NULL) {
		if (!(c->flags & HISTORY_COL_UNKNOWN))
			return false;
		put_number(c, unknown_of(c), row);
		return true;
	}
	int64_t v = sqlite3_column_int64(select, index);
	if (!number_fits(c, v, NULL, 0))
		return false;
	put_number(c, v, row);
	return true;
}

bool history_row_read(const struct history_table *t, uint32_t type, struct sqlite3_stmt *select, void *row)
{
	struct f1p_history_row *head = row;

	memset(row, 0, t->row_size);
	head->size = t->row_size;
	head->type = type;
	for (uint32_t i = 0; i < t->n_columns; i++)
		if (!read_column(&t->columns[i], (int)i, select, row))
			return false;
	return history_row_check(t, row, NULL, 0);
}

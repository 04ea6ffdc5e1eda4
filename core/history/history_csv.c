#include "history/history_csv.h"

#include "helpers/decimal.h"
#include "helpers/utf8.h"
#include "history/csv_reader.h"
#include "history/csv_value.h"
#include "history/history_csv_tables.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS_MAX 20
#define CHUNK 4000 /* rows handed over at once */
#define ROW_MAX 512

struct join {
	int32_t race_id;
	uint32_t type;
	char who[32];
	int32_t value;
};
struct csv_joins {
	struct join *all;
	size_t n, cap;
};

struct import {
	struct history *h;
	void (*complain)(void *arg, const char *line);
	void *arg;
	struct csv_joins joins;
	struct csv_reader reader;
	/* the file in hand */
	const struct csv_file *file;
	struct history_csv_file *report;
	const struct history_column *targets[COLUMNS_MAX];
	int index[COLUMNS_MAX]; /* of the field; -1: the file has no such column */
	unsigned char *chunk;
	uint32_t n_chunk;
	size_t stride;
	char *why;
	size_t why_size;
};

enum row_result { ROW_GOOD = 1, ROW_NO_KEY, ROW_BAD };

/* ---- errors ---- */

static F1P_PRINTF(4, 5) void complain(struct import *im, unsigned long line, const char *column, const char *fmt, ...)
{
	char reason[256], text[400];
	va_list ap;

	if (im->report->errors++ >= HISTORY_CSV_ERRORS_SHOWN || !im->complain)
		return;
	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	snprintf(text, sizeof(text), "%s:%lu: %s%s%s", im->file->name, line, column, column[0] ? ": " : "", reason);
	im->complain(im->arg, text);
}

/* ---- values of other files ---- */

static int compare_joins(const void *a, const void *b)
{
	const struct join *x = a, *y = b;

	if (x->type != y->type)
		return x->type < y->type ? -1 : 1;
	if (x->race_id != y->race_id)
		return x->race_id < y->race_id ? -1 : 1;
	return strcmp(x->who, y->who);
}

int32_t csv_joined(const struct csv_joins *joins, uint32_t type, int32_t race_id, const char *driver_id)
{
	struct join key = {.type = type, .race_id = race_id};

	f1p_utf8_copy(key.who, sizeof(key.who), driver_id, strlen(driver_id));
	const struct join *found = joins->n ? bsearch(&key, joins->all, joins->n, sizeof(key), compare_joins) : NULL;
	return found ? found->value : F1P_UNKNOWN;
}

static bool keep_join(struct csv_joins *joins, const struct f1p_history_row *row)
{
	struct join j = {.type = row->type, .race_id = row->race_id};

	if (joins->n == joins->cap) {
		size_t cap = joins->cap ? joins->cap * 2 : 1024;
		struct join *grown = realloc(joins->all, cap * sizeof(*grown));
		if (!grown)
			return false;
		joins->all = grown;
		joins->cap = cap;
	}
	if (row->type == F1P_HIST_QUALIFYING) {
		const struct f1p_hist_qualifying *q = (const void *)row;
		memcpy(j.who, q->driver_id, sizeof(j.who));
		j.value = q->grid_penalty;
	} else {
		j.value = ((const struct f1p_hist_race *)(const void *)row)->wet;
	}
	joins->all[joins->n++] = j;
	return true;
}

/* ---- one value ---- */

static bool take_text(
	struct import *im, const struct csv_column *c, const struct history_column *target, const char *text, void *row)
{
	size_t n = strlen(text);

	if ((target->flags & HISTORY_COL_SLUG) && n >= target->size) {
		complain(im, im->reader.line, c->name, "longer than %u bytes", target->size - 1);
		return false;
	}
	f1p_utf8_copy((char *)row + target->offset, target->size, text, n);
	return true;
}

static bool take_scratch(const struct csv_column *c, const char *text, struct csv_scratch *s)
{
	switch (c->kind) {
	case CSV_DATE:
		return csv_date(text, &s->date_ns);
	case CSV_TIME_OF_DAY:
		return csv_time_of_day(text, &s->time_ns);
	case CSV_GIVEN_NAME:
		f1p_utf8_copy(s->given, sizeof(s->given), text, strlen(text));
		return true;
	default:
		f1p_utf8_copy(s->family, sizeof(s->family), text, strlen(text));
		return true;
	}
}

static bool take_number(
	struct import *im, const struct csv_column *c, const struct history_column *target, const char *text, void *row)
{
	const struct csv_word *w = csv_find_word(c->words, text);
	int64_t v = 0;
	bool known = w != NULL;

	if (w)
		v = w->value;
	else if (c->kind == CSV_NUMBER)
		known = f1p_parse_decimal(text, strlen(text), c->decimals, &v);
	else if (c->kind == CSV_HINT)
		return true;
	if (!known)
		complain(im, im->reader.line, c->name,
			c->kind == CSV_NUMBER ? "\"%.40s\" is no number" : "\"%.40s\" is not known", text);
	else if (!history_row_set(target, v, row))
		complain(im, im->reader.line, c->name, "\"%.40s\" is out of range", text);
	else
		return true;
	return false;
}

static bool take_flag(struct import *im, const struct csv_column *c, const char *text, struct f1p_history_row *row)
{
	const struct csv_word *w = csv_find_word(c->words, text);
	bool digit = c->kind == CSV_FLAG && (text[0] == '0' || text[0] == '1') && text[1] == '\0';

	if (!w && !digit) {
		complain(im, im->reader.line, c->name, "\"%.40s\" is not known", text);
		return false;
	}
	row->flags |= w ? (uint32_t)w->value : text[0] == '1' ? c->bit : 0;
	return true;
}

static bool take(struct import *im, uint32_t i, const char *text, struct csv_scratch *s, void *row)
{
	const struct csv_column *c = &im->file->columns[i];
	const struct history_column *target = im->targets[i];

	if (c->kind == CSV_TEXT)
		return take_text(im, c, target, text, row);
	if (target)
		return take_number(im, c, target, text, row);
	if (c->kind == CSV_FLAG || c->kind == CSV_WORD_FLAG)
		return take_flag(im, c, text, row);
	if (take_scratch(c, text, s))
		return true;
	complain(im, im->reader.line, c->name, "\"%.40s\" is none", text);
	return false;
}

/* ---- one row ---- */

static enum row_result read_row(struct import *im, void *row)
{
	struct csv_scratch s = {.date_ns = F1P_UNKNOWN_NS, .time_ns = F1P_UNKNOWN_NS};
	char why[200];

	history_row_blank(im->file->type, row);
	for (uint32_t i = 0; i < im->file->n_columns; i++) {
		const char *text = im->index[i] < 0 ? "" : im->reader.fields[im->index[i]];
		if (text[0] == '\0') {
			if (im->targets[i] && (im->targets[i]->flags & HISTORY_COL_KEY))
				return ROW_NO_KEY;
		} else if (!take(im, i, text, &s, row)) {
			return ROW_BAD;
		}
	}
	if (im->file->finish)
		im->file->finish(&s, &im->joins, row);
	if (history_row_fits(row, why, sizeof(why)))
		return ROW_GOOD;
	complain(im, im->reader.line, "", "%s", why);
	return ROW_BAD;
}

static f1p_status hand_over(struct import *im)
{
	f1p_status status = F1P_OK;

	if (im->n_chunk)
		status = history_put(im->h, (const void *)im->chunk, im->n_chunk, im->why, im->why_size);
	if (status == F1P_AGAIN) {
		status = history_flush(im->h, im->why, im->why_size);
		if (status == F1P_OK)
			status = history_put(im->h, (const void *)im->chunk, im->n_chunk, im->why, im->why_size);
	}
	im->n_chunk = 0;
	return status;
}

static f1p_status keep_row(struct import *im, const struct f1p_history_row *row)
{
	im->report->rows++;
	if (im->file->joins) {
		if (keep_join(&im->joins, row))
			return F1P_OK;
		snprintf(im->why, im->why_size, "%s: out of memory", im->file->name);
		return F1P_ENOMEM;
	}
	memcpy(im->chunk + im->n_chunk * row->size, row, row->size);
	return ++im->n_chunk == CHUNK ? hand_over(im) : F1P_OK;
}

/* ---- one file ---- */

/* Finds our columns in the header. */
static bool read_header(struct import *im)
{
	const struct csv_reader *r = &im->reader;

	if (csv_next(&im->reader) != CSV_RECORD) {
		complain(im, 1, "", "no header line");
		return false;
	}
	for (uint32_t i = 0; i < im->file->n_columns; i++) {
		const struct csv_column *c = &im->file->columns[i];
		im->targets[i] = c->target ? history_column_find(history_table(im->file->type), c->target) : NULL;
		im->index[i] = -1;
		for (size_t k = 0; k < r->n_fields; k++) {
			if (strcmp(r->fields[k], c->name) != 0)
				continue;
			if (im->index[i] >= 0) {
				complain(im, r->line, c->name, "the header has this column twice");
				return false;
			}
			im->index[i] = (int)k;
		}
		if (im->index[i] < 0 && im->targets[i] && (im->targets[i]->flags & HISTORY_COL_KEY)) {
			complain(im, r->line, c->name, "the column is missing, and rows are kept under it");
			return false;
		}
	}
	return true;
}

static f1p_status read_records(struct import *im)
{
	_Alignas(8) unsigned char row[ROW_MAX];
	size_t n_columns = im->reader.n_fields;
	f1p_status status = F1P_OK;
	enum csv_got got;

	while (status == F1P_OK && (got = csv_next(&im->reader)) != CSV_END) {
		if (got == CSV_BAD) {
			complain(im, im->reader.line, "", "%s", im->reader.reason);
			continue;
		}
		if (im->reader.n_fields != n_columns) {
			complain(im, im->reader.line, "", "%zu fields where the header has %zu", im->reader.n_fields, n_columns);
			continue;
		}
		enum row_result result = read_row(im, row);
		if (result == ROW_GOOD)
			status = keep_row(im, (const void *)row);
		im->report->no_key += result == ROW_NO_KEY;
	}
	return status == F1P_OK ? hand_over(im) : status;
}

static f1p_status import_stream(struct import *im, FILE *stream)
{
	f1p_status status = F1P_OK;

	im->report->present = true;
	csv_begin(&im->reader, stream);
	if (read_header(im))
		status = read_records(im);
	if (status == F1P_OK && ferror(stream)) {
		snprintf(im->why, im->why_size, "%s: cannot be read to its end", im->file->name);
		status = F1P_EIO;
	}
	if (im->joins.n)
		qsort(im->joins.all, im->joins.n, sizeof(*im->joins.all), compare_joins);
	return status;
}

static f1p_status import_file(struct import *im, const char *dir)
{
	char path[4096];

	im->report->name = im->file->name;
	im->report->type = im->file->joins ? 0 : im->file->type;
	if (snprintf(path, sizeof(path), "%s/%s", dir, im->file->name) >= (int)sizeof(path)) {
		snprintf(im->why, im->why_size, "%.60s...: the path is too long", dir);
		return F1P_EINVAL;
	}
	FILE *stream = fopen(path, "rb");
	if (!stream) {
		int error = errno;
		snprintf(im->why, im->why_size, "%s: %s", path, strerror(error));
		return error == ENOENT ? F1P_OK : F1P_EIO;
	}
	f1p_status status = import_stream(im, stream);
	fclose(stream);
	return status;
}

f1p_status history_csv_import(struct history *h, const char *dir, void (*fn)(void *arg, const char *line), void *arg,
	struct history_csv_report *report, char *why, size_t why_size)
{
	struct import *im = calloc(1, sizeof(*im));
	unsigned char *chunk = malloc((size_t)CHUNK * ROW_MAX);
	f1p_status status = im && chunk ? F1P_OK : F1P_ENOMEM;
	bool any = false;

	*report = (struct history_csv_report){0};
	snprintf(why, why_size, "out of memory");
	if (im)
		*im = (struct import){.h = h, .complain = fn, .arg = arg, .chunk = chunk, .why = why, .why_size = why_size};
	for (size_t i = 0; i < HISTORY_CSV_FILES && status == F1P_OK; i++) {
		im->file = &history_csv_files[i];
		im->report = &report->files[i];
		status = import_file(im, dir);
		any |= im->report->present;
		report->errors += im->report->errors;
	}
	if (status == F1P_OK)
		status = history_flush(h, why, why_size);
	if (status == F1P_OK && !any) {
		snprintf(why, why_size, "%s: no races.csv, laps.csv or any other file of the set is there", dir);
		status = F1P_EINVAL;
	}
	if (im)
		free(im->joins.all);
	free(im);
	free(chunk);
	return status;
}

#include "backtest/past.h"

#include "history/history_csv.h"
#include "history/history_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rows {
	unsigned char *all;
	size_t n, capacity;
	uint32_t stride;
};
struct past {
	struct rows rows[F1P_HIST_TYPES];
	int32_t *first_race[F1P_HIST_CONSTRUCTOR + 1]; /* of drivers and constructors, in the order of their rows */
};

struct reading {
	struct rows *rows;
	bool short_of_memory;
};

static bool keep(void *arg, const struct f1p_history_row *row)
{
	struct reading *reading = arg;
	struct rows *r = reading->rows;

	if (r->n == r->capacity) {
		size_t capacity = r->capacity ? r->capacity * 2 : 1024;
		unsigned char *grown = realloc(r->all, capacity * r->stride);
		if (!grown) {
			reading->short_of_memory = true;
			return false;
		}
		r->all = grown;
		r->capacity = capacity;
	}
	memcpy(r->all + r->n++ * r->stride, row, r->stride);
	return true;
}

static const struct f1p_history_row *row_at(const struct rows *r, size_t i)
{
	return (const void *)(r->all + i * r->stride);
}

static void note_appearance(struct past *p, uint32_t type, const char *id, int32_t race_id)
{
	const struct f1p_hist_name *name = past_name(p, type, id);

	if (!name)
		return;
	int32_t *first = &p->first_race[type][name - (const struct f1p_hist_name *)(const void *)p->rows[type].all];
	*first = race_id < *first ? race_id : *first;
}

static bool note_appearances(struct past *p)
{
	static const uint32_t types[] = {F1P_HIST_PRACTICE, F1P_HIST_QUALIFYING, F1P_HIST_RESULT};

	for (uint32_t type = F1P_HIST_DRIVER; type <= F1P_HIST_CONSTRUCTOR; type++) {
		p->first_race[type] = calloc(p->rows[type].n + 1, sizeof(int32_t));
		for (size_t i = 0; p->first_race[type] && i < p->rows[type].n; i++)
			p->first_race[type][i] = INT32_MAX;
	}
	if (!p->first_race[F1P_HIST_DRIVER] || !p->first_race[F1P_HIST_CONSTRUCTOR])
		return false;
	for (size_t t = 0; t < sizeof(types) / sizeof(types[0]); t++) {
		const struct history_table *table = history_table(types[t]);
		uint32_t driver = history_column_find(table, "driver_id")->offset;
		uint32_t team = history_column_find(table, "constructor_id")->offset;
		for (size_t i = 0; i < p->rows[types[t]].n; i++) {
			const struct f1p_history_row *row = row_at(&p->rows[types[t]], i);
			note_appearance(p, F1P_HIST_DRIVER, (const char *)row + driver, row->race_id);
			note_appearance(p, F1P_HIST_CONSTRUCTOR, (const char *)row + team, row->race_id);
		}
	}
	return true;
}

struct past *past_of(struct history *h, char *err, size_t err_size)
{
	struct past *p = calloc(1, sizeof(*p));

	if (!p) {
		snprintf(err, err_size, "out of memory");
		return NULL;
	}
	for (uint32_t type = 1; type < F1P_HIST_TYPES; type++) {
		struct f1p_history_query q = {.size = sizeof(q), .type = type};
		struct reading reading = {.rows = &p->rows[type]};
		p->rows[type].stride = history_row_size(type);
		f1p_status status = history_each(h, &q, keep, &reading, err, err_size);
		if (reading.short_of_memory)
			snprintf(err, err_size, "out of memory");
		if (status != F1P_OK || reading.short_of_memory) {
			past_destroy(p);
			return NULL;
		}
	}
	if (note_appearances(p))
		return p;
	snprintf(err, err_size, "out of memory");
	past_destroy(p);
	return NULL;
}

struct past *past_load(const char *csv_dir, void (*complain)(void *arg, const char *line), void *arg, char *err, size_t err_size)
{
	struct history_csv_report report;
	struct past *p = NULL;
	struct history *h = history_open(":memory:", err, err_size);

	if (h && history_csv_import(h, csv_dir, complain, arg, &report, err, err_size) == F1P_OK)
		p = past_of(h, err, err_size);
	if (h)
		history_close(h);
	return p;
}

void past_destroy(struct past *p)
{
	if (!p)
		return;
	for (uint32_t type = 1; type < F1P_HIST_TYPES; type++)
		free(p->rows[type].all);
	free(p->first_race[F1P_HIST_DRIVER]);
	free(p->first_race[F1P_HIST_CONSTRUCTOR]);
	free(p);
}

/* Index of the first row whose race is not before race_id. */
static size_t lower_bound(const struct rows *r, int64_t race_id)
{
	size_t low = 0, high = r->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (row_at(r, middle)->race_id < race_id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const void *past_rows(const struct past *p, uint32_t type, int32_t first_race, int32_t last_race, size_t *n)
{
	*n = 0;
	if (type == 0 || type >= F1P_HIST_TYPES || !p->rows[type].n)
		return NULL;
	const struct rows *r = &p->rows[type];
	if (type == F1P_HIST_DRIVER || type == F1P_HIST_CONSTRUCTOR) {
		*n = r->n;
		return r->all;
	}
	size_t from = lower_bound(r, first_race), to = lower_bound(r, (int64_t)last_race + 1);
	if (to <= from)
		return NULL;
	*n = to - from;
	return row_at(r, from);
}

const struct f1p_hist_race *past_race(const struct past *p, int32_t race_id)
{
	size_t n;

	return past_rows(p, F1P_HIST_RACE, race_id, race_id, &n);
}

const struct f1p_hist_race *past_races(const struct past *p, size_t *n)
{
	return past_rows(p, F1P_HIST_RACE, INT32_MIN, INT32_MAX, n);
}

const struct f1p_hist_name *past_name(const struct past *p, uint32_t type, const char *id)
{
	size_t n;
	const struct f1p_hist_name *names = past_rows(p, type, 0, 0, &n);

	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i].id, id) == 0)
			return &names[i];
	return NULL;
}

int32_t past_first_race(const struct past *p, const struct f1p_hist_name *name)
{
	const struct f1p_hist_name *all = (const void *)p->rows[name->row.type].all;

	return p->first_race[name->row.type][name - all];
}

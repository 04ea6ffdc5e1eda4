#include "page.h"

#include "leaf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOTAL_MAX 20000

/* What is asked for, and where it stands in the answer. */
struct resource {
	const char *path, *name;
	const char *table, *list, *rows; /* MRData.TABLE.LIST[].ROWS[] */
	row_fn row;
};
static const struct resource resources[KINDS] = {
	[KIND_CALENDAR] = {"races", "the calendar", "RaceTable", "Races", NULL, NULL},
	[KIND_QUALIFYING] = {"qualifying", "qualifying", "RaceTable", "Races", "QualifyingResults", row_of_qualifying},
	[KIND_SPRINT] = {"sprint", "the sprint's result", "RaceTable", "Races", "SprintResults", row_of_result},
	[KIND_RESULTS] = {"results", "the result", "RaceTable", "Races", "Results", row_of_result},
	[KIND_STOPS] = {"pitstops", "pit stops", "RaceTable", "Races", "PitStops", row_of_stop},
	[KIND_LAPS] = {"laps", "lap times", "RaceTable", "Races", "Laps", NULL},
	[KIND_DRIVER_STANDINGS] = {"driverstandings", "drivers' standings", "StandingsTable", "StandingsLists", "DriverStandings",
		row_of_driver_standing},
	[KIND_CONSTRUCTOR_STANDINGS] = {"constructorstandings", "constructors' standings", "StandingsTable", "StandingsLists",
		"ConstructorStandings", row_of_constructor_standing},
};

void want_path(const struct want *w, char *out, size_t size)
{
	if (w->round)
		snprintf(out, size, "%d/%d/%s/", w->season, w->round, resources[w->kind].path);
	else
		snprintf(out, size, "%d/%s/", w->season, resources[w->kind].path);
}

void want_name(const struct want *w, char *out, size_t size)
{
	if (w->round)
		snprintf(out, size, "%d round %d: %s", w->season, w->round, resources[w->kind].name);
	else
		snprintf(out, size, "%d: %s", w->season, resources[w->kind].name);
}

/* ---- rows ---- */

bool rows_add(struct rows *r, const void *row)
{
	uint32_t size;

	memcpy(&size, row, sizeof(size));
	if (r->n_bytes + size > r->cap) {
		size_t cap = r->cap ? r->cap * 2 : 16384;
		unsigned char *grown = cap <= ROWS_MAX ? realloc(r->bytes, cap) : NULL;
		if (!grown)
			return false;
		r->bytes = grown;
		r->cap = cap;
	}
	memcpy(r->bytes + r->n_bytes, row, size);
	r->n_bytes += size;
	r->n++;
	return true;
}

void rows_clear(struct rows *r)
{
	free(r->bytes);
	*r = (struct rows){0};
}

/* ---- pages ---- */

struct reading {
	const struct want *want;
	const struct resource *resource;
	struct page *page;
	struct rows *rows;
	struct calendar *calendar;
	int32_t lap;
	const char *trouble;
};

static bool take_row(void *arg, struct f1p_json_slice element)
{
	struct reading *r = arg;

	r->page->seen++;
	bool taken = r->lap ? row_of_timing(r->want, r->lap, element, r->rows) : r->resource->row(r->want, element, r->rows);
	if (!taken)
		r->trouble = "more rows than can be";
	return taken;
}

static bool take_lap(void *arg, struct f1p_json_slice element)
{
	static const char *const keys[] = {"number", "Timings"};
	struct reading *r = arg;
	struct f1p_json_slice m[2];

	if (leaf_members(element, keys, m, 2))
		r->lap = leaf_int(m[0], 1, 400);
	else
		r->lap = F1P_UNKNOWN;
	if (r->lap != F1P_UNKNOWN)
		return leaf_each(m[1], take_row, r) || !r->trouble;
	r->trouble = "a lap without a number";
	return false;
}

static bool take_list(void *arg, struct f1p_json_slice element)
{
	struct reading *r = arg;
	const char *const keys[] = {"season", "round", r->resource->rows ? r->resource->rows : ""};
	struct f1p_json_slice m[3];

	if (!leaf_members(element, keys, m, 3) || leaf_int(m[0], 1950, 2999) != r->want->season) {
		r->trouble = "it is about another season";
		return false;
	}
	if (r->want->kind == KIND_CALENDAR) {
		r->page->seen++;
		if (calendar_add(r->want->season, element, r->calendar))
			return true;
		r->trouble = "more races than a season can have";
		return false;
	}
	if (leaf_int(m[1], 1, 99) != r->want->round) {
		r->trouble = "it is about another round";
		return false;
	}
	return leaf_each(m[2], r->want->kind == KIND_LAPS ? take_lap : take_row, r) || !r->trouble;
}

static bool read_envelope(struct reading *r, struct f1p_json_slice body)
{
	static const char *const outer[] = {"MRData"};
	const char *const keys[] = {"limit", "offset", "total", r->resource->table};
	const char *const list[] = {r->resource->list};
	struct f1p_json_slice data, m[4], races;

	if (!leaf_members(body, outer, &data, 1) || !leaf_members(data, keys, m, 4) || !leaf_members(m[3], list, &races, 1)) {
		r->trouble = "it has not the shape that was expected";
		return false;
	}
	r->page->limit = leaf_int(m[0], 1, 1000);
	r->page->offset = leaf_int(m[1], 0, TOTAL_MAX);
	r->page->total = leaf_int(m[2], 0, TOTAL_MAX);
	if (r->page->limit == F1P_UNKNOWN || r->page->offset == F1P_UNKNOWN || r->page->total == F1P_UNKNOWN) {
		r->trouble = "limit, offset or total is missing or out of range";
		return false;
	}
	return leaf_each(races, take_list, r) || !r->trouble;
}

bool page_read(const struct want *w, const char *body, size_t n, struct page *page, struct rows *rows, struct calendar *calendar,
	char *why, size_t why_size)
{
	static const struct f1p_json_handler nothing = {0};
	struct reading r = {.want = w,
		.resource = &resources[w->kind],
		.page = page,
		.rows = rows,
		.calendar = calendar,
		.lap = 0,
		.trouble = NULL};
	char json[200], name[80];

	*page = (struct page){0};
	want_name(w, name, sizeof(name));
	while (n && strchr(" \t\r\n", body[n - 1]))
		n--;
	while (n && strchr(" \t\r\n", body[0])) {
		body++;
		n--;
	}
	if (f1p_json_read(&nothing, NULL, body, n, json, sizeof(json)) != F1P_OK) {
		snprintf(why, why_size, "%s: the answer is no JSON: %s", name, json);
		return false;
	}
	if (read_envelope(&r, (struct f1p_json_slice){body, n}))
		return true;
	snprintf(why, why_size, "%s: the answer cannot be used: %s", name, r.trouble);
	return false;
}

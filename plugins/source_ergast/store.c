#include "store.h"

#include <stdlib.h>
#include <string.h>

static struct f1p_history_query query_of(const struct want *w, uint32_t type)
{
	int32_t race_id = w->season * 100 + w->round;

	return (struct f1p_history_query){
		.size = sizeof(struct f1p_history_query), .type = type, .race_from = race_id, .race_to = race_id};
}

/* ---- what is there ---- */

struct search {
	enum kind kind;
	bool found;
};

static bool match(void *arg, const struct f1p_history_row *row)
{
	const struct f1p_hist_result *result = (const void *)row;
	const struct f1p_hist_qualifying *qualifying = (const void *)row;
	const struct f1p_hist_standing *standing = (const void *)row;
	struct search *s = arg;

	switch (s->kind) {
	case KIND_RESULTS:
		s->found = result->session == F1P_HIST_MAIN;
		break;
	case KIND_SPRINT:
		s->found = result->session == F1P_HIST_SPRINT;
		break;
	case KIND_QUALIFYING:
		s->found = qualifying->session == F1P_HIST_MAIN;
		break;
	case KIND_DRIVER_STANDINGS:
		s->found = standing->kind == F1P_STANDING_DRIVER;
		break;
	case KIND_CONSTRUCTOR_STANDINGS:
		s->found = standing->kind == F1P_STANDING_CONSTRUCTOR;
		break;
	default:
		s->found = true;
	}
	return !s->found;
}

bool store_has(const struct store *st, const struct want *w)
{
	static const uint32_t types[KINDS] = {[KIND_QUALIFYING] = F1P_HIST_QUALIFYING,
		[KIND_SPRINT] = F1P_HIST_RESULT,
		[KIND_RESULTS] = F1P_HIST_RESULT,
		[KIND_STOPS] = F1P_HIST_STOP,
		[KIND_LAPS] = F1P_HIST_LAP,
		[KIND_DRIVER_STANDINGS] = F1P_HIST_STANDING,
		[KIND_CONSTRUCTOR_STANDINGS] = F1P_HIST_STANDING};
	struct f1p_history_query q = query_of(w, types[w->kind]);
	struct search s = {.kind = w->kind};

	st->history->each(st->host, &q, match, &s);
	return s.found;
}

/* ---- races ---- */

struct races {
	struct f1p_hist_race rows[RACES_MAX];
	size_t n;
};

static struct f1p_hist_race *race_row(struct races *r, int32_t race_id)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->rows[i].row.race_id == race_id)
			return &r->rows[i];
	return NULL;
}

static bool collect_race(void *arg, const struct f1p_history_row *row)
{
	struct races *r = arg;
	struct f1p_hist_race *at = race_row(r, row->race_id);

	if (!at && r->n < RACES_MAX)
		at = &r->rows[r->n++];
	if (at)
		memcpy(at, row, sizeof(*at));
	return true;
}

static void fill_hole(char *text, const char *from, size_t size)
{
	if (!text[0])
		memcpy(text, from, size);
}

/* Where and when it is, the calendar knows; what is more, only others do. */
static struct f1p_hist_race merge(const struct f1p_hist_race *old, const struct f1p_hist_race *told)
{
	struct f1p_hist_race r = old ? *old : *told;

	if (told->t_start_ns != F1P_UNKNOWN_NS)
		r.t_start_ns = told->t_start_ns;
	if (told->circuit_id[0])
		memcpy(r.circuit_id, told->circuit_id, sizeof(r.circuit_id));
	if (told->sprint == F1P_YES || r.sprint == F1P_TRI_UNKNOWN)
		r.sprint = told->sprint;
	if (r.lat_e4 == F1P_UNKNOWN || r.lon_e4 == F1P_UNKNOWN) {
		r.lat_e4 = told->lat_e4;
		r.lon_e4 = told->lon_e4;
	}
	fill_hole(r.name, told->name, sizeof(r.name));
	fill_hole(r.country, told->country, sizeof(r.country));
	return r;
}

static f1p_status put_rows(const struct store *st, const struct rows *rows, unsigned *refused)
{
	const unsigned char *at = rows->bytes;

	*refused = 0;
	if (rows->n == 0)
		return F1P_OK;
	f1p_status status = st->history->put(st->host, (const void *)at, rows->n);
	if (status != F1P_EINVAL)
		return status;
	for (uint32_t i = 0; i < rows->n; i++) {
		struct f1p_history_row head;
		memcpy(&head, at, sizeof(head));
		status = st->history->put(st->host, (const void *)at, 1);
		*refused += status == F1P_EINVAL;
		if (status != F1P_OK && status != F1P_EINVAL)
			return status;
		at += head.size;
	}
	return F1P_OK;
}

f1p_status store_calendar(const struct store *st, int32_t year, struct calendar *c)
{
	struct f1p_history_query q = {
		.size = sizeof(q), .type = F1P_HIST_RACE, .race_from = year * 100 + 1, .race_to = year * 100 + 99};
	struct races *known = calloc(1, sizeof(*known));
	struct rows changed = {0};
	unsigned refused;
	f1p_status status = known ? st->history->each(st->host, &q, collect_race, known) : F1P_ENOMEM;

	for (size_t i = 0; i < c->n && status == F1P_OK; i++) {
		struct f1p_hist_race *row = &c->races[i].row;
		const struct f1p_hist_race *old = race_row(known, row->row.race_id);
		*row = merge(old, row);
		if ((!old || memcmp(old, row, sizeof(*row)) != 0) && !rows_add(&changed, row))
			status = F1P_ENOMEM;
	}
	if (status == F1P_OK)
		status = put_rows(st, &changed, &refused);
	rows_clear(&changed);
	free(known);
	return status;
}

/* ---- rows ---- */

/* The winner's laps are the race's. */
static bool add_distance(struct f1p_hist_race *race, struct rows *rows)
{
	const unsigned char *at = rows->bytes;
	int32_t laps = F1P_UNKNOWN;

	for (uint32_t i = 0; i < rows->n; i++) {
		const struct f1p_hist_result *r = (const void *)at;
		if (r->row.type == F1P_HIST_RESULT && r->position == 1)
			laps = r->laps;
		at += r->row.size;
	}
	if (!race || laps == F1P_UNKNOWN || race->laps == laps)
		return true;
	race->laps = laps;
	return rows_add(rows, race);
}

static void keep_stops(struct store *st, const struct want *w, const struct rows *rows)
{
	const unsigned char *at = rows->bytes;

	st->stops_race_id = w->season * 100 + w->round;
	st->stops.n = 0;
	for (uint32_t i = 0; i < rows->n; i++) {
		const struct f1p_history_row *row = (const void *)at;
		stops_add(&st->stops, row);
		at += row->size;
	}
}

static f1p_status add_pits(struct store *st, const struct want *w, struct rows *rows)
{
	struct f1p_history_query q = query_of(w, F1P_HIST_STOP);
	f1p_status status = F1P_OK;

	if (st->stops_race_id != q.race_from) {
		st->stops_race_id = q.race_from;
		st->stops.n = 0;
		status = st->history->each(st->host, &q, stops_add, &st->stops);
	}
	if (status == F1P_OK)
		laps_finish(rows, &st->stops);
	return status;
}

f1p_status store_rows(struct store *st, const struct want *w, struct f1p_hist_race *race, struct rows *rows, unsigned *refused)
{
	f1p_status status = F1P_OK;

	*refused = 0;
	if (w->kind == KIND_RESULTS && !add_distance(race, rows))
		status = F1P_ENOMEM;
	else if (w->kind == KIND_STOPS)
		keep_stops(st, w, rows);
	else if (w->kind == KIND_LAPS)
		status = add_pits(st, w, rows);
	return status == F1P_OK ? put_rows(st, rows, refused) : status;
}

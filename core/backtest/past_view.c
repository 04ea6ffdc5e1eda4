#include "backtest/past_view.h"

#include "history/history_rows.h"

#include <string.h>

#define SPRINT_FIRST_SEASON 2024  /* since then the sprint is over before qualifying begins */

static int32_t season_of(int32_t race_id)
{
	return race_id / 100;
}

static bool is_sprint_weekend(const struct past_view *v)
{
	const struct f1p_hist_race *race = past_race(v->past, v->race_id);

	return race && race->sprint == F1P_YES;
}

/* Whether the sprint and its qualifying are over. */
static bool sprint_is_over(const struct past_view *v)
{
	return v->moment == PAST_BEFORE_RACE || season_of(v->race_id) >= SPRINT_FIRST_SEASON;
}

static bool practice_is_over(const struct past_view *v, const struct f1p_hist_practice *p)
{
	return v->moment != PAST_BEFORE_QUALIFYING || p->number == 1 || !is_sprint_weekend(v) || sprint_is_over(v);
}

static bool qualifying_is_over(const struct past_view *v, const struct f1p_hist_qualifying *q)
{
	if (v->moment == PAST_BEFORE_SPRINT)
		return q->session == F1P_HIST_SPRINT || season_of(v->race_id) < SPRINT_FIRST_SEASON;
	return q->session == F1P_HIST_SPRINT ? sprint_is_over(v) : v->moment == PAST_BEFORE_RACE;
}

/* Whether a row of the race in hand is of a session that is over. */
static bool is_over(const struct past_view *v, const struct f1p_history_row *row)
{
	switch (row->type) {
	case F1P_HIST_PRACTICE:
		return practice_is_over(v, (const void *)row);
	case F1P_HIST_QUALIFYING:
		return qualifying_is_over(v, (const void *)row);
	case F1P_HIST_RESULT:
		return ((const struct f1p_hist_result *)(const void *)row)->session == F1P_HIST_SPRINT &&
		       v->moment != PAST_BEFORE_SPRINT && sprint_is_over(v);
	default:
		return false;
	}
}

const struct f1p_history_row *past_view_row(
	const struct past_view *v, const struct f1p_history_row *row, struct f1p_hist_race *copy)
{
	if (row->type == F1P_HIST_DRIVER || row->type == F1P_HIST_CONSTRUCTOR)
		return past_first_race(v->past, (const void *)row) <= v->race_id ? row : NULL;
	if (row->race_id != v->race_id)
		return row->race_id < v->race_id ? row : NULL;
	if (row->type == F1P_HIST_RACE) {
		memcpy(copy, row, sizeof(*copy));
		copy->laps = F1P_UNKNOWN;
		copy->wet = F1P_TRI_UNKNOWN;
		return &copy->row;
	}
	return is_over(v, row) ? row : NULL;
}

static bool is_asked_for(const struct f1p_history_query *q, const struct f1p_history_row *row)
{
	const struct history_table *table = history_table(row->type);

	if (!q->driver_id)
		return true;
	for (uint32_t i = 0; i < table->n_columns; i++)
		if (table->columns[i].flags & HISTORY_COL_WHO)
			return strcmp((const char *)row + table->columns[i].offset, q->driver_id) == 0;
	return true;
}

f1p_status past_view_each(const struct past_view *v, const struct f1p_history_query *q,
	bool (*fn)(void *arg, const struct f1p_history_row *), void *arg)
{
	struct f1p_hist_race copy;
	size_t n;

	if (!F1P_HAS(q, struct f1p_history_query, driver_id) || !history_table(q->type))
		return F1P_EINVAL;
	int32_t last = q->race_to && q->race_to < v->race_id ? q->race_to : v->race_id;
	const unsigned char *rows = past_rows(v->past, q->type, q->race_from, last, &n);
	for (size_t i = 0; i < n; i++, rows += history_row_size(q->type)) {
		const struct f1p_history_row *row = past_view_row(v, (const void *)rows, &copy);
		if (row && is_asked_for(q, row) && !fn(arg, row))
			break;
	}
	return F1P_OK;
}

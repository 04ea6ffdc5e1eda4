/*
 * past_view.h - the past as it was known at a moment: f1p.history/1 for the plugins of a walk.
 *
 * Shown are all rows of earlier races; of the race in hand its place in the calendar (its length and wetness, which the day
 * itself tells, are unknown) and those sessions that were over; of later races nothing; of names those that had appeared by then.
 * So no plugin of a walk can look at the race it forecasts, whatever it asks for.
 *
 * Sprint weekends: 2021 and 2022 had qualifying before the second practice and the sprint; 2023 before the sprint qualifying
 * and the sprint; since 2024 the sprint and its qualifying come first.
 */
#ifndef BACKTEST_PAST_VIEW_H
#define BACKTEST_PAST_VIEW_H

#include "backtest/past.h"

enum past_moment {
	PAST_BEFORE_QUALIFYING = 1,
	PAST_BEFORE_RACE, /* the grid stands */
	PAST_BEFORE_SPRINT, /* its grid stands */
};

struct past_view {
	const struct past *past;
	int32_t race_id;
	enum past_moment moment;
};

/* A row as it is seen: itself, a masked copy in `copy` (of at least the row's size), or NULL: not yet. */
const struct f1p_history_row *past_view_row(
	const struct past_view *, const struct f1p_history_row *, struct f1p_hist_race *copy);
/* As f1p_history.each. */
f1p_status past_view_each(const struct past_view *, const struct f1p_history_query *,
	bool (*fn)(void *arg, const struct f1p_history_row *), void *arg);

#endif

/*
 * record.h - what the members forecast in races that are over, and what came of it: the examples of the stack.
 */
#ifndef ENSEMBLE_RECORD_H
#define ENSEMBLE_RECORD_H

#include <f1pd/model.h>

#include "stack.h"
#include "voices.h"

/* One snapshot. Its cars follow one another at `at` in the record's numbers, `stride` each:
 * log-odds of target t by member i at t * n + i, then by member the chance of the place that came true, by member the chance of a better
 * one, then the place (0 = unknown), whether the car ran, what its chance of points can be at most (stack_most; the log-odds are of what
 * is left below that), and how far off the gap lay (gaps.h). */
struct record_item {
	int32_t race_id;
	uint32_t cars, n; /* members */
	uint8_t member[STACK_MEMBERS]; /* index into names */
	uint8_t points_places;
	struct stack_place place;
	size_t at;
};

struct record {
	uint32_t n_names;
	char name[STACK_MEMBERS][32];
	struct record_item *items;
	size_t n, cap;
	float *numbers;
	size_t n_numbers, cap_numbers;
};

static inline uint32_t record_stride(const struct record_item *item)
{
	return (STACK_TARGETS + 2) * item->n + 5;
}
static inline const float *record_car(const struct record *r, const struct record_item *item, uint32_t car)
{
	return r->numbers + item->at + (size_t)car * record_stride(item);
}
static inline const float *record_log_odds(const struct record_item *item, const float *car, enum stack_target target)
{
	return car + target * item->n;
}
static inline const float *record_chance(const struct record_item *item, const float *car)
{
	return car + STACK_TARGETS * item->n;
}
static inline const float *record_better(const struct record_item *item, const float *car)
{
	return car + (STACK_TARGETS + 1) * item->n;
}
static inline uint32_t record_place(const struct record_item *item, const float *car)
{
	return (uint32_t)car[(STACK_TARGETS + 2) * item->n];
}
static inline bool record_ran(const struct record_item *item, const float *car)
{
	return car[(STACK_TARGETS + 2) * item->n + 1] > 0.0f;
}

static inline double record_most(const struct record_item *item, const float *car, enum stack_target target)
{
	return target == STACK_POINTS ? (double)car[(STACK_TARGETS + 2) * item->n + 2] : 1.0;
}

/* What a car's gap to the winner says of the scales of its range. */
struct gap_score {
	float half, most; /* of q25..q75 and of q05..q95: 1 = at the quantile; below 0 = says nothing */
};

static inline struct gap_score record_gap(const struct record_item *item, const float *car)
{
	const float *at = car + (STACK_TARGETS + 2) * item->n + 3;
	return (struct gap_score){ at[0], at[1] };
}

void record_finish(struct record *); /* frees; it is empty then */

/* Adds a snapshot: what the voices say. False: no memory. */
bool record_add(struct record *, const struct f1p_example *, const struct voices *, const struct positions_field *,
		int32_t default_laps);

#endif

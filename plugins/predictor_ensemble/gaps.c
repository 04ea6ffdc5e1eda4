/* gaps.c - see gaps.h. */
#include "gaps.h"

#include <math.h>
#include <stdlib.h>

#include "levels.h"

#define LEAST_WEIGHT 60.0 /* cars seen before the scale of a knot is trusted: few have a range that ends */
#define SCALE_LEAST 0.25
#define SCALE_MOST 4.0
#define NOTHING (-1.0f)

/* What the first voice that speaks of the car's gap says; NULL: none does. */
static const int32_t *said_of(const struct voices *v, uint16_t number)
{
	for (uint32_t k = 0; k < v->n; k++) {
		const struct f1p_forecast *f = v->member[k].forecast;
		for (uint32_t i = 0; i < f->n_cars; i++) {
			if (f->cars[i].car == number && f->cars[i].gap_given == 1) {
				return f->cars[i].gap_ms;
			}
		}
	}
	return NULL;
}

/* The distance from the median to the quantile on the result's side is the unit. */
static float score(int32_t low, int32_t mid, int32_t high, double y)
{
	double unit = y < mid ? (double)mid - low : (double)high - mid, off = fabs(y - mid);
	return off <= 0.0 ? 0.0f : unit > 0.0 ? (float)(off / unit) : INFINITY;
}

struct gap_score gaps_score(const struct voices *v, const struct f1p_outcome *o, int32_t winner_laps)
{
	const int32_t *q = said_of(v, o->car);
	struct gap_score s = { NOTHING, NOTHING };
	bool away = o->retired == F1P_YES || (o->laps != F1P_UNKNOWN && o->laps < winner_laps);
	if (!q || (!away && o->gap_ms == F1P_UNKNOWN)) {
		return s;
	}
	if (q[F1P_GAP_Q75] != F1P_UNKNOWN) { /* else no scale changes what is said */
		s.half = away ? INFINITY : score(q[F1P_GAP_Q25], q[F1P_GAP_Q50], q[F1P_GAP_Q75], o->gap_ms);
	}
	if (q[F1P_GAP_Q95] != F1P_UNKNOWN) {
		s.most = away ? INFINITY : score(q[F1P_GAP_Q05], q[F1P_GAP_Q50], q[F1P_GAP_Q95], o->gap_ms);
	}
	return s;
}

static double scale_of(struct level *levels, size_t n, double share)
{
	double total = 0.0;
	for (size_t i = 0; i < n; i++) {
		total += levels[i].weight;
	}
	double scale = total >= LEAST_WEIGHT ? level_of(levels, n, total, share) : 1.0;
	return scale < SCALE_LEAST ? SCALE_LEAST : scale < SCALE_MOST ? scale : SCALE_MOST;
}

static void fit_knot(struct stack *stack, uint32_t knot, const struct record *record, const double *item_weight, struct level *half,
		     struct level *most)
{
	size_t n_half = 0, n_most = 0;
	for (size_t at = 0; at < record->n; at++) {
		const struct record_item *item = &record->items[at];
		double weight = stack_nearness(&item->place, knot) * item_weight[at];
		for (uint32_t row = 0; row < item->cars && weight > 0.0; row++) {
			const float *car = record_car(record, item, row);
			struct gap_score s = record_gap(item, car);
			if (record_ran(item, car) && s.half >= 0.0f) {
				half[n_half++] = (struct level){ (double)s.half, weight };
			}
			if (record_ran(item, car) && s.most >= 0.0f) {
				most[n_most++] = (struct level){ (double)s.most, weight };
			}
		}
	}
	stack->gap50[knot] = scale_of(half, n_half, 0.50);
	stack->gap90[knot] = scale_of(most, n_most, 0.90);
}

bool gaps_fit(struct stack *stack, const struct record *record, const double *item_weight)
{
	size_t cars = record->n * F1P_MAX_CARS + 1;
	struct level *levels = malloc(2 * cars * sizeof(*levels));
	for (uint32_t knot = 0; levels && knot < STACK_KNOTS; knot++) {
		fit_knot(stack, knot, record, item_weight, levels, levels + cars);
	}
	free(levels);
	return levels != NULL;
}

/* ---- what is said ---- */

static int32_t scaled(int32_t mid, int32_t q, double scale)
{
	if (mid == F1P_UNKNOWN || q == F1P_UNKNOWN) {
		return q;
	}
	double ms = mid + scale * ((double)q - mid);
	return ms < 0.0 ? 0 : ms < 1e9 ? (int32_t)(ms + 0.5) : F1P_UNKNOWN;
}

/* Scales that differ much could put the inner range outside the outer one. */
static void tell_car(struct f1p_car_forecast *out, const int32_t *q, double half, double most)
{
	int32_t mid = q[F1P_GAP_Q50], low = scaled(mid, q[F1P_GAP_Q05], most), high = scaled(mid, q[F1P_GAP_Q95], most);
	int32_t low_half = scaled(mid, q[F1P_GAP_Q25], half), high_half = scaled(mid, q[F1P_GAP_Q75], half);
	out->gap_given = 1;
	out->gap_ms[F1P_GAP_Q05] = low;
	out->gap_ms[F1P_GAP_Q25] = low_half != F1P_UNKNOWN && low_half < low ? low : low_half;
	out->gap_ms[F1P_GAP_Q50] = mid;
	out->gap_ms[F1P_GAP_Q75] = high_half != F1P_UNKNOWN && high != F1P_UNKNOWN && high_half > high ? high : high_half;
	out->gap_ms[F1P_GAP_Q95] = high;
}

void gaps_tell(struct f1p_forecast *out, const struct voices *v, const struct stack *stack, const struct stack_place *place)
{
	double half = stack->races ? stack_between(stack->gap50, place) : 1.0;
	double most = stack->races ? stack_between(stack->gap90, place) : 1.0;
	for (uint32_t i = 0; i < out->n_cars; i++) {
		const int32_t *q = said_of(v, out->cars[i].car);
		if (q) {
			tell_car(&out->cars[i], q, half, most);
		}
	}
}

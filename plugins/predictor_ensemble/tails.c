/*
 * tails.c - replays the stack over the record and counts how far results lie out in its forecasts.
 */
#include "tails.h"

#include <stdlib.h>
#include <string.h>

#include "helpers/fmath.h"
#include "levels.h"

#define LEAST_WEIGHT 400.0 /* cars seen before the level of a knot is trusted */
#define BEYOND_50 0.475 /* part of the record left outside; a little less than is promised, because the stack was fitted on the same races */
#define BEYOND_90 0.088
#define EDGES (STACK_TARGETS + 2)

/* What the stack says of the cars of a snapshot that run: chances up to the edges of the blocks, as published and as the mixture has them. */
struct replay {
	uint32_t n;
	const float *car[F1P_MAX_CARS];
	double part[STACK_MEMBERS]; /* of the mixture */
	double published[EDGES][F1P_MAX_CARS], mixed[EDGES][F1P_MAX_CARS];
	uint32_t edge[EDGES];
};

static void replay_target(struct replay *r, const struct stack *stack, const struct record_item *item, const int32_t *known,
			  enum stack_target target)
{
	double weight[STACK_MEMBERS], z[F1P_MAX_CARS], most[F1P_MAX_CARS];
	stack_weights(stack, target, &item->place, known, item->n, weight);
	for (uint32_t i = 0; i < r->n; i++) {
		const float *log_odds = record_log_odds(item, r->car[i], target);
		z[i] = 0.0;
		most[i] = record_most(item, r->car[i], target);
		r->mixed[target + 1][i] = 0.0;
		for (uint32_t k = 0; k < item->n; k++) {
			z[i] += weight[k] * (double)log_odds[k];
			r->mixed[target + 1][i] += r->part[k] * most[i] * f1p_logistic((double)log_odds[k]);
		}
	}
	blocks_normalise(z, NULL, most, r->n, r->edge[target + 1], 0.0, r->published[target + 1]);
	stack_temper(stack, target, &item->place, r->mixed[target + 1], r->n, r->published[target + 1]);
}

static void replay_init(struct replay *r, const struct stack *stack, const struct record *record, const struct record_item *item)
{
	int32_t known[STACK_MEMBERS];
	memset(r, 0, sizeof(*r));
	for (uint32_t row = 0; row < item->cars; row++) {
		const float *car = record_car(record, item, row);
		if (record_ran(item, car)) {
			r->car[r->n++] = car;
		}
	}
	for (uint32_t k = 0; k < item->n; k++) {
		known[k] = item->member[k];
	}
	stack_mixture(stack, &item->place, known, item->n, r->part);
	memcpy(r->edge, (const uint32_t[EDGES]){ 0, 1, 3, item->points_places, F1P_MAX_CARS }, sizeof(r->edge));
	for (uint32_t t = 0; t < STACK_TARGETS; t++) {
		replay_target(r, stack, item, known, (enum stack_target)t);
	}
	for (uint32_t i = 0; i < r->n; i++) {
		r->published[EDGES - 1][i] = r->mixed[EDGES - 1][i] = 1.0;
	}
}

/* Chance to be at `place` or better, given that of the mixture: within a block the mixture's shape, at its edges what is published. */
static double chance_upto(const struct replay *r, uint32_t i, uint32_t place, double mixed)
{
	uint32_t b = 0;
	while (b + 2 < EDGES && place > r->edge[b + 1]) {
		b++;
	}
	double from = r->published[b][i], to = r->published[b + 1][i], m0 = r->mixed[b][i], m1 = r->mixed[b + 1][i];
	if (place == r->edge[b + 1]) {
		return to;
	}
	double u = m1 - m0 > 1e-9 ? (mixed - m0) / (m1 - m0) : 0.5;
	return from + (u < 0.0 ? 0.0 : u > 1.0 ? 1.0 : u) * (to - from);
}

/* The largest q whose interval encloses the place that came true. */
static double largest_tail(const struct replay *r, const struct record_item *item, uint32_t i, uint32_t place)
{
	const float *chance = record_chance(item, r->car[i]), *better = record_better(item, r->car[i]);
	double mixed_better = 0.0, mixed = 0.0;
	for (uint32_t k = 0; k < item->n; k++) {
		mixed_better += r->part[k] * (double)better[k];
		mixed += r->part[k] * (double)chance[k];
	}
	double low = chance_upto(r, i, place, mixed_better + mixed);
	double high = place > 1 ? 1.0 - chance_upto(r, i, place - 1, mixed_better) : 1.0;
	return low < high ? low : high;
}

/* The level that all but `share` of the weight reaches. */
static double tail_of(struct level *tails, size_t n, double total, double share)
{
	double level = level_of(tails, n, total, share);
	return level < 0.0 ? 0.0 : level < 0.5 ? level : 0.5;
}

/* Levels by item and car, in the record's order; those of cars without a result are 0 and not to be used. */
static void all_levels(double *level, const struct stack *stack, const struct record *record)
{
	struct replay r;
	for (size_t at = 0; at < record->n; at++) {
		const struct record_item *item = &record->items[at];
		replay_init(&r, stack, record, item);
		for (uint32_t i = 0; i < r.n; i++) {
			uint32_t place = record_place(item, r.car[i]);
			level[at * F1P_MAX_CARS + i] = place ? largest_tail(&r, item, i, place) : 0.0;
		}
	}
}

static void fit_knot(struct stack *stack, uint32_t knot, const struct record *record, const double *item_weight, const double *level,
		     struct level *tails)
{
	double total = 0.0;
	size_t n = 0;
	for (size_t at = 0; at < record->n; at++) {
		const struct record_item *item = &record->items[at];
		double weight = stack_nearness(&item->place, knot) * item_weight[at];
		for (uint32_t row = 0, i = 0; row < item->cars && weight > 0.0; row++) {
			const float *car = record_car(record, item, row);
			if (record_ran(item, car)) {
				double q = level[at * F1P_MAX_CARS + i++];
				if (record_place(item, car)) {
					tails[n++] = (struct level){ q, weight };
					total += weight;
				}
			}
		}
	}
	stack->tail50[knot] = total >= LEAST_WEIGHT ? tail_of(tails, n, total, BEYOND_50) : 0.25;
	stack->tail90[knot] = total >= LEAST_WEIGHT ? tail_of(tails, n, total, BEYOND_90) : 0.05;
}

bool tails_fit(struct stack *stack, const struct record *record, const double *item_weight)
{
	size_t most = record->n * F1P_MAX_CARS + 1;
	struct level *tails = malloc(most * sizeof(*tails));
	double *level = calloc(most, sizeof(*level));
	if (tails && level) {
		all_levels(level, stack, record);
		for (uint32_t knot = 0; knot < STACK_KNOTS; knot++) {
			fit_knot(stack, knot, record, item_weight, level, tails);
		}
	}
	free(level);
	free(tails);
	return tails && level;
}

/*
 * mixture.c - parts of the members in the plain mixture, by expectation maximisation.
 */
#include "mixture.h"

#include <string.h>

#define EM_ROUNDS 40u
#define EM_PRIOR 60.0 /* car-snapshots that the built-in mixture counts */

/* Before the first lap, and in the race by target. Chosen on the races of 2018-2024; the fits move them a little. */
struct built_in_share {
	const char *name;
	double grid, race[STACK_TARGETS];
};
static const struct built_in_share built_in[] = {
	{ "prerace", 0.80, { 0.0, 0.0, 0.0 } },
	{ "midrace", 0.20, { 0.40, 0.50, 0.60 } },
	{ "order", 0.15, { 0.10, 0.15, 0.15 } },
	{ "learnt", 0.10, { 0.50, 0.40, 0.30 } },
};

static double share_of(const char *name, uint32_t knot, enum stack_target target)
{
	for (size_t i = 0; i < sizeof(built_in) / sizeof(built_in[0]); i++) {
		if (strcmp(built_in[i].name, name) == 0) {
			double share = knot < 2 ? built_in[i].grid : built_in[i].race[target];
			return share > MIXTURE_LEAST ? share : MIXTURE_LEAST;
		}
	}
	return MIXTURE_LEAST;
}

static bool heard_at(const struct stack_member *member, uint32_t knot)
{
	return member->heard[knot == 0 ? STACK_BEFORE_QUALIFYING : knot == 1 ? STACK_GRID : STACK_RACE];
}

double mixture_built_in(const struct stack *stack, uint32_t member, uint32_t knot, enum stack_target target)
{
	double sum = 0.0;
	for (uint32_t m = 0; m < stack->n; m++) {
		sum += heard_at(&stack->member[m], knot) ? share_of(stack->member[m].name, knot, target) : 0.0;
	}
	return heard_at(&stack->member[member], knot) ? share_of(stack->member[member].name, knot, target) / sum : 0.0;
}

static void mixture_round(struct stack *stack, const struct record *record, const double *item_weight, const struct stack *prior)
{
	double sum[STACK_KNOTS] = { 0 }, got[STACK_MEMBERS][STACK_KNOTS];
	for (uint32_t m = 0; m < stack->n; m++) {
		for (uint32_t k = 0; k < STACK_KNOTS; k++) {
			got[m][k] = EM_PRIOR * prior->member[m].mix[k];
		}
	}
	for (size_t i = 0; i < record->n; i++) {
		const struct record_item *item = &record->items[i];
		int32_t known[STACK_MEMBERS];
		double part[STACK_MEMBERS];
		for (uint32_t k = 0; k < item->n; k++) {
			known[k] = item->member[k];
		}
		stack_mixture(stack, &item->place, known, item->n, part);
		for (uint32_t row = 0; row < item->cars; row++) {
			const float *car = record_car(record, item, row), *chance = record_chance(item, car);
			double p = 0.0;
			for (uint32_t k = 0; k < item->n; k++) {
				p += part[k] * (double)chance[k];
			}
			if (!record_ran(item, car) || p <= 0.0) {
				continue;
			}
			for (uint32_t k = 0; k < item->n; k++) {
				double r = item_weight[i] * part[k] * (double)chance[k] / p;
				got[item->member[k]][item->place.knot] += r * (1.0 - item->place.next);
				if (item->place.next > 0.0) {
					got[item->member[k]][item->place.knot + 1] += r * item->place.next;
				}
			}
		}
	}
	for (uint32_t k = 0; k < STACK_KNOTS; k++) {
		for (uint32_t m = 0; m < stack->n; m++) {
			sum[k] += got[m][k];
		}
		for (uint32_t m = 0; m < stack->n && sum[k] > 0.0; m++) {
			stack->member[m].mix[k] = got[m][k] / sum[k];
		}
	}
}

void mixture_fit(struct stack *stack, const struct record *record, const double *item_weight)
{
	for (uint32_t k = 0; k < STACK_KNOTS; k++) {
		for (uint32_t m = 0; m < stack->n; m++) {
			stack->member[m].mix[k] = mixture_built_in(stack, m, k, STACK_PODIUM);
		}
	}
	const struct stack prior = *stack;
	for (uint32_t round = 0; round < EM_ROUNDS; round++) {
		mixture_round(stack, record, item_weight, &prior);
	}
}

void mixture_parts(double *part, const struct stack *stack, const struct record *record)
{
	for (size_t i = 0; i < record->n; i++) {
		const struct record_item *item = &record->items[i];
		int32_t known[STACK_MEMBERS];
		for (uint32_t k = 0; k < item->n; k++) {
			known[k] = item->member[k];
		}
		stack_mixture(stack, &item->place, known, item->n, part + i * STACK_MEMBERS);
	}
}

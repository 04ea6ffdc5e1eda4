/*
 * mixture.c - parts of the members in the plain mixture, by expectation maximisation.
 */
#include "mixture.h"

#include <string.h>

#define EM_ROUNDS 40u
#define EM_PRIOR 60.0 /* car-snapshots that the built-in mixture counts */

struct built_in_share {
	const char *name;
	double grid, race, race_win;
};
static const struct built_in_share built_in[] = {
	{ "prerace", 0.80, 0.0, 0.0 },
	{ "midrace", 0.20, 0.50, 0.40 },
	{ "order", 0.15, 0.15, 0.10 },
	{ "learnt", 0.10, 0.40, 0.50 },
};

double mixture_built_in(const char *name, uint32_t knot, enum stack_target target)
{
	for (size_t i = 0; i < sizeof(built_in) / sizeof(built_in[0]); i++) {
		if (strcmp(built_in[i].name, name) == 0) {
			const struct built_in_share *b = &built_in[i];
			double share = knot < 2 ? b->grid : target == STACK_WIN ? b->race_win : b->race;
			return share > MIXTURE_LEAST ? share : MIXTURE_LEAST;
		}
	}
	return MIXTURE_LEAST;
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

static bool heard_at(const struct stack_member *member, uint32_t knot)
{
	return member->heard[knot == 0 ? STACK_BEFORE_QUALIFYING : knot == 1 ? STACK_GRID : STACK_RACE];
}

void mixture_fit(struct stack *stack, const struct record *record, const double *item_weight)
{
	for (uint32_t k = 0; k < STACK_KNOTS; k++) {
		double sum = 0.0;
		for (uint32_t m = 0; m < stack->n; m++) {
			struct stack_member *member = &stack->member[m];
			member->mix[k] = heard_at(member, k) ? mixture_built_in(member->name, k, STACK_PODIUM) : 0.0;
			sum += member->mix[k];
		}
		for (uint32_t m = 0; m < stack->n && sum > 0.0; m++) {
			stack->member[m].mix[k] /= sum;
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

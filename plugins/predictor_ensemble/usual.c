/* usual.c - see usual.h. */
#include "usual.h"

#include <string.h>

#include "helpers/fmath.h"

struct sum {
	double excess, weight;
};

static double log_loss(double p, bool happened)
{
	double q = happened ? p : 1.0 - p;
	return -f1p_log(q < STACK_LEAST ? STACK_LEAST : q);
}

/* Log-loss of each present member: mean over the targets and the cars that run. False: none runs. */
static bool losses(double *loss, const struct record *record, const struct record_item *item)
{
	const uint32_t places[STACK_TARGETS] = { 1, 3, item->points_places };
	uint32_t cars = 0;
	memset(loss, 0, STACK_MEMBERS * sizeof(*loss));
	for (uint32_t row = 0; row < item->cars; row++) {
		const float *car = record_car(record, item, row);
		if (!record_ran(item, car)) {
			continue;
		}
		uint32_t place = record_place(item, car);
		cars++;
		for (uint32_t k = 0; k < item->n * STACK_TARGETS; k++) {
			enum stack_target t = (enum stack_target)(k / item->n);
			double p = record_most(item, car, t) * f1p_logistic((double)record_log_odds(item, car, t)[k % item->n]);
			loss[k % item->n] += log_loss(p, place >= 1 && place <= places[t]);
		}
	}
	for (uint32_t i = 0; i < item->n && cars > 0; i++) {
		loss[i] /= (double)cars * STACK_TARGETS;
	}
	return cars > 0;
}

void usual_fit(struct stack *stack, const struct record *record, const double *item_weight)
{
	struct sum sums[STACK_MEMBERS][F1P_SCORE_STAGES] = { { { 0.0, 0.0 } } };
	for (size_t at = 0; at < record->n; at++) {
		const struct record_item *item = &record->items[at];
		double loss[STACK_MEMBERS], mean = 0.0;
		if (item->place.stage == STACK_BEFORE_QUALIFYING || !losses(loss, record, item)) {
			continue;
		}
		for (uint32_t i = 0; i < item->n; i++) {
			mean += loss[i] / (double)item->n;
		}
		for (uint32_t i = 0; i < item->n; i++) {
			struct sum *sum = &sums[item->member[i]][item->place.stage == STACK_GRID ? F1P_SCORE_START : F1P_SCORE_RACE];
			sum->excess += item_weight[at] * (loss[i] - mean);
			sum->weight += item_weight[at];
		}
	}
	for (uint32_t m = 0; m < stack->n; m++) {
		for (uint32_t s = 0; s < F1P_SCORE_STAGES; s++) {
			stack->member[m].usual[s] = sums[m][s].weight > 0.0 ? sums[m][s].excess / sums[m][s].weight : 0.0;
		}
	}
}

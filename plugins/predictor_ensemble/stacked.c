/*
 * stacked.c - applies the stack to the voices of one snapshot.
 */
#include "stacked.h"

#include <string.h>

#include "blocks.h"
#include "helpers/fmath.h"
#include "season.h"

/* Parts of the voices in the mixture of places; members that the stack does not know have their configured share, it the rest. False: it
 * knows none of them. */
static bool learnt_shares(const struct stack *stack, const struct voices *v, const struct stack_place *place, int32_t *known,
			  double *part, double *strange)
{
	double sum = 0.0;
	*strange = 0.0;
	for (uint32_t i = 0; i < v->n; i++) {
		known[i] = stack_find(stack, v->member[i].forecast->model);
		*strange += known[i] < 0 ? v->share[i] : 0.0;
	}
	stack_mixture(stack, place, known, v->n, part);
	for (uint32_t i = 0; i < v->n; i++) {
		sum += part[i];
		part[i] = known[i] < 0 ? v->share[i] : part[i] * (1.0 - *strange);
	}
	return sum > 0.0;
}

static double chance_upto(const double *p, uint32_t places)
{
	double sum = 0.0;
	for (uint32_t k = 0; k < places && k < F1P_MAX_CARS; k++) {
		sum += p[k];
	}
	return sum;
}

/* A podium is no less likely than a win: raises p to `least` where it is below, and takes the excess from the others. */
static void raise_to(double *p, const double *least, const struct positions_field *cars, double places)
{
	double z[F1P_MAX_CARS], bound[F1P_MAX_CARS], out[F1P_MAX_CARS];
	uint32_t n = 0;
	bool below = false;
	for (uint32_t row = 0; row < cars->n && least; row++) {
		if (cars->running[row]) {
			below |= p[row] < least[row];
			z[n] = f1p_logit(p[row] < 1e-12 ? 1e-12 : p[row] > 1.0 - 1e-12 ? 1.0 - 1e-12 : p[row]);
			bound[n++] = least[row];
		}
	}
	if (!below) {
		return;
	}
	blocks_normalise(z, bound, NULL, n, places, 0.0, out);
	for (uint32_t row = 0, i = 0; row < cars->n; row++) {
		p[row] = cars->running[row] ? out[i++] : 0.0;
	}
}

/* One snapshot's. */
struct blend {
	const struct stack *stack;
	const struct voices *voices;
	const struct f1p_state *state;
	const struct positions_field *cars;
	const struct stack_place *place;
	double season_rate;
	int32_t known[VOICES_MAX];
	double strange;
	double p_retire[F1P_MAX_CARS];
};

/* One target: p by row, no less than `least` (NULL = 0). */
static void learnt_target(const struct blend *b, enum stack_target target, uint32_t places, const double *least, double *p)
{
	const struct voices *v = b->voices;
	const struct positions_field *cars = b->cars;
	double weight[VOICES_MAX], z[F1P_MAX_CARS], out[F1P_MAX_CARS], mixed[F1P_MAX_CARS], most[F1P_MAX_CARS];
	uint32_t n = 0;
	stack_most(target, b->p_retire, cars->n_running, places, most);
	stack_weights(b->stack, target, b->place, b->known, v->n, weight);
	season_tilt(weight, v, b->stack, b->state, b->season_rate);
	for (uint32_t row = 0; row < cars->n; row++) {
		if (!cars->running[row]) {
			continue;
		}
		z[n] = mixed[n] = 0.0;
		for (uint32_t i = 0; i < v->n; i++) {
			double w = b->known[i] < 0 ? v->share[i] : weight[i] * (1.0 - b->strange), chance = chance_upto(v->m[i].m[row], places);
			z[n] += w * stack_log_odds(chance / most[n]);
			mixed[n] += v->share[i] * chance;
		}
		n++;
	}
	blocks_normalise(z, NULL, most, n, (double)places, 0.0, out);
	stack_temper(b->stack, target, b->place, mixed, n, out);
	for (uint32_t row = 0, i = 0; row < cars->n; row++) {
		p[row] = cars->running[row] ? out[i++] : 0.0;
	}
	raise_to(p, least, cars, (double)places);
}

bool stacked_blend(const struct stack *stack, struct voices *v, const struct f1p_state *state, const struct positions_field *cars,
		   const struct stack_place *place, double season_rate, struct positions_matrix *m)
{
	struct blend b = { .stack = stack, .voices = v, .state = state, .cars = cars, .place = place, .season_rate = season_rate };
	double part[VOICES_MAX];
	struct blocks_targets t;
	uint32_t points = positions_points_places(state);
	if (stack->races == 0 || !learnt_shares(stack, v, place, b.known, part, &b.strange)) {
		return false;
	}
	voices_retire_all(v, cars, b.p_retire); /* by the configured shares, as in the examples */
	memset(m, 0, sizeof(*m));
	for (uint32_t i = 0; i < v->n; i++) {
		v->share[i] = part[i];
		for (uint32_t row = 0; row < cars->n; row++) {
			for (uint32_t k = 0; k < cars->n; k++) {
				m->m[row][k] += part[i] * v->m[i].m[row][k];
			}
		}
	}
	learnt_target(&b, STACK_WIN, 1, NULL, t.win);
	learnt_target(&b, STACK_PODIUM, 3, t.win, t.podium);
	learnt_target(&b, STACK_POINTS, points, t.podium, t.points);
	(void)blocks_fit(m, cars, &t, points); /* else the mixture stands */
	return true;
}

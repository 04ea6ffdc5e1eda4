/*
 * examples.c - past starts, kept small, and the fit on them.
 */
#include "examples.h"

#include <stdlib.h>
#include <string.h>

#include "calibrate.h"
#include "plackett.h"

#define LEAST_RACES 8u
#define RECORD_RACES 100u  /* of the record by slot */
#define RACE_DECAY 0.99    /* of an example's weight, a race */
#define PENALTY 1.5

void examples_clear(struct examples *e)
{
	free(e->list);
	memset(e, 0, sizeof(*e));
}

static struct example *room_for_one(struct examples *e)
{
	if (e->n == e->cap) {
		uint32_t cap = e->cap ? 2 * e->cap : 64;
		struct example *grown = cap <= EXAMPLES_MAX ? realloc(e->list, cap * sizeof(*grown)) : NULL;
		if (!grown) {
			return NULL;
		}
		e->list = grown;
		e->cap = cap;
	}
	return &e->list[e->n];
}

bool examples_add(struct examples *e, const struct f1p_example *x, const struct outcome_model *now, bool honest)
{
	struct positions_field cars;
	if (x->phase != F1P_PHASE_LIGHTS_OUT || x->state->type != F1P_SESSION_RACE || !positions_supported(x->state)) {
		return true;
	}
	struct example *to = room_for_one(e);
	if (!to) {
		return false;
	}
	memset(to, 0, sizeof(*to));
	positions_field_init(&cars, x->state);
	starters_read(&to->starters, x->state, &cars);
	to->race_id = x->race_id;
	to->honest = honest;
	memcpy(to->weight, now->weight, sizeof(to->weight));
	for (uint32_t i = 0; i < to->starters.n; i++) {
		const struct f1p_outcome *outcome = &x->outcome[cars.car[to->starters.row[i]]];
		bool placed = outcome->position >= 1 && outcome->position <= (int32_t)F1P_MAX_CARS;
		to->place[i] = placed ? (uint8_t)outcome->position : 0;
		to->classified[i] = placed && outcome->classified == F1P_YES;
	}
	e->n += to->starters.n > 1 && to->starters.grid_known;
	return true;
}

/* The starter who came in at this place; n if nobody is known to have. */
static uint32_t starter_at(const struct example *x, uint32_t place)
{
	for (uint32_t i = 0; i < x->starters.n; i++) {
		if (x->place[i] == place) {
			return i;
		}
	}
	return x->starters.n;
}

static uint32_t order_finishers(const struct example *x, double (*input)[STARTER_INPUTS])
{
	uint32_t n = 0;
	for (uint32_t place = 1; place <= F1P_MAX_CARS; place++) {
		uint32_t i = starter_at(x, place);
		if (i < x->starters.n && x->classified[i]) {
			starters_inputs(&x->starters, i, x->starters.car[i].grid, input[n++]);
		}
	}
	return n;
}

static bool fit_weights(const struct examples *e, struct outcome_model *m)
{
	struct plackett_race *races = calloc(e->n, sizeof(*races));
	double (*inputs)[STARTER_INPUTS] = calloc((size_t)e->n * F1P_MAX_CARS, sizeof(*inputs));
	double weight = 1.0;
	bool good = races && inputs;
	for (uint32_t k = e->n; good && k-- > 0; weight *= RACE_DECAY) {
		races[k].input = inputs + (size_t)k * F1P_MAX_CARS;
		races[k].n = order_finishers(&e->list[k], races[k].input);
		races[k].weight = weight;
	}
	good = good && plackett_fit(races, e->n, PENALTY, m->weight);
	free(races);
	free(inputs);
	return good;
}

static void fit_record(const struct examples *e, struct outcome_model *m)
{
	struct slots_count count;
	uint32_t races = 0;
	memset(&count, 0, sizeof(count));
	for (uint32_t k = e->n; k-- > 0 && races < RECORD_RACES;) {
		const struct example *x = &e->list[k];
		for (uint32_t i = 0; i < x->starters.n; i++) {
			if (x->place[i] > 0) {
				slots_add(&count, x->starters.n, x->starters.car[i].grid, x->place[i]);
			}
		}
		races++;
	}
	slots_smooth(&m->slots, &count);
	m->have_record = races > 0;
}

bool examples_fit(const struct examples *e, struct outcome_model *m)
{
	struct outcome_model fitted = *m;
	if (e->n < LEAST_RACES || !fit_weights(e, &fitted)) {
		return false;
	}
	fit_record(e, &fitted);
	calibrate(e, &fitted);
	*m = fitted;
	return true;
}

/*
 * predictor_fixture.h - for tests: predictors and an ensemble whose answer, duration and failure are told to them.
 */
#ifndef PREDICTOR_FIXTURE_H
#define PREDICTOR_FIXTURE_H

#include "loop/workers.h"
#include "plugin/instance_fixture.h"

#include <stdatomic.h>
#include <unistd.h>

#define BRAIN_MEMBERS 16

struct brain {
	struct f1p_plugin plugin;
	struct f1p_predictor predictor;
	struct f1p_ensemble ensemble;
	struct instance *inst;
	/* what it does; written between jobs */
	f1p_status status;
	const char *reason;
	double confidence; /* of its forecasts */
	unsigned sleep_us;
	bool until_cancelled; /* works until cancel() says so */
	atomic_bool gate;     /* predict() waits while it is true */
	void (*spoil)(struct f1p_forecast *);
	/* what it saw; read between jobs */
	atomic_int calls;
	bool on_worker;
	uint64_t seed, seq;
	uint32_t n_members, ages[BRAIN_MEMBERS];
	char members[BRAIN_MEMBERS][24];
	double member_confidence[BRAIN_MEMBERS];
};

/* Half the chance for the place in the list, half spread evenly: sums to one both ways. */
static inline void brain_fill(struct f1p_forecast *out, const struct f1p_state *s, double confidence)
{
	double even = 0.5 / (double)(s->n_cars ? s->n_cars : 1);

	out->n_cars = s->n_cars;
	out->confidence = confidence;
	out->runs = 1000;
	snprintf(out->model, sizeof(out->model), "brain");
	for (uint32_t i = 0; i < s->n_cars; i++) {
		struct f1p_car_forecast *c = &out->cars[i];
		c->car = s->cars[i].number;
		for (uint32_t k = 0; k < s->n_cars; k++)
			c->p_position[k] = even + (i == k ? 0.5 : 0);
		c->p_win = c->p_position[0];
		c->p_podium = c->p_points = 0.5;
		c->q05 = c->q25 = c->q50 = c->q75 = c->q95 = (uint8_t)(i + 1);
		c->expected_position = i + 1;
	}
}

static inline f1p_status brain_answer(struct brain *b, const struct f1p_state *s, struct f1p_forecast *out)
{
	if (b->sleep_us)
		usleep(b->sleep_us);
	if (b->status != F1P_OK)
		return b->reason ? (b->inst->host->fail)(b->inst->host, b->status, "%s", b->reason) : b->status; /* cmocka has a macro fail() */
	brain_fill(out, s, b->confidence);
	if (b->spoil)
		b->spoil(out);
	return F1P_OK;
}

static inline f1p_status brain_predict(struct f1p_plugin *p, const struct f1p_state *s, uint64_t seed, bool (*cancel)(void *),
	void *cancel_arg, struct f1p_forecast *out)
{
	struct brain *b = p->impl;

	b->on_worker = workers_is_worker();
	b->seed = seed;
	b->seq = s->seq;
	atomic_fetch_add(&b->calls, 1);
	while (atomic_load(&b->gate) || b->until_cancelled) {
		if (cancel(cancel_arg))
			return F1P_ECANCELLED;
		usleep(500);
	}
	return brain_answer(b, s, out);
}

static inline f1p_status brain_combine(struct f1p_plugin *p, const struct f1p_state *s, const struct f1p_member *m, uint32_t n,
	struct f1p_forecast *out)
{
	struct brain *b = p->impl;

	b->on_worker = workers_is_worker();
	atomic_fetch_add(&b->calls, 1);
	b->n_members = n;
	for (uint32_t i = 0; i < n && i < BRAIN_MEMBERS; i++) {
		b->ages[i] = m[i].age_events;
		b->member_confidence[i] = m[i].forecast->confidence;
		snprintf(b->members[i], sizeof(b->members[i]), "%s", m[i].instance);
	}
	return brain_answer(b, s, out);
}

static inline void brain_init(struct brain *b, struct services *s, uint32_t id, const char *name, bool ensemble)
{
	memset(b, 0, sizeof(*b));
	b->confidence = 0.5;
	b->plugin.impl = b;
	b->predictor = (struct f1p_predictor){sizeof(b->predictor), 0, brain_predict};
	b->ensemble = (struct f1p_ensemble){sizeof(b->ensemble), 0, brain_combine};
	b->inst = fixture_instance(s, id, F1P_KIND_PREDICTOR, name, &b->plugin);
	if (ensemble)
		b->inst->ensemble = &b->ensemble;
	else
		b->inst->predictor = &b->predictor;
}

static inline void brain_finish(struct brain *b)
{
	fixture_instance_free(b->inst);
}

#endif

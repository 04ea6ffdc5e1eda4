/*
 * tune.c - coordinate search for the noise of qualifying on past sessions, with the same luck for every candidate.
 */
#include "tune.h"

#include <stdlib.h>
#include <string.h>

#include "logistic.h"

#define LEAST_SESSIONS 12u
#define MOST_SESSIONS 150u
#define RUNS 300u
#define SEED UINT64_C(20140316)
#define TRACE 0.01
#define ROUNDS 1
#define WORTH 6e-4 /* a step must gain so much a session: less is luck */

void tune_clear(struct tune *t)
{
	free(t->list);
	memset(t, 0, sizeof(*t));
}

static struct tune_example *room_for_one(struct tune *t)
{
	if (t->n == t->cap) {
		uint32_t cap = t->cap ? 2 * t->cap : 64;
		struct tune_example *grown = cap <= TUNE_MAX ? realloc(t->list, cap * sizeof(*grown)) : NULL;
		if (!grown) {
			return NULL;
		}
		t->list = grown;
		t->cap = cap;
	}
	return &t->list[t->n];
}

bool tune_add(struct tune *t, const struct f1p_example *x)
{
	struct positions_field cars;
	struct session s;
	struct session_model plain;
	if (x->state->type != F1P_SESSION_QUALIFYING || x->state->n_cars < 2 || x->state->n_cars > F1P_MAX_CARS) {
		return true;
	}
	session_model_defaults(&plain);
	plain.pace_scale = 1.0;
	positions_field_init(&cars, x->state);
	session_read(&s, &plain, x->state, &cars);
	if (s.n_in != s.n || s.car[0].best < SESSION_NO_TIME) {
		return true;
	}
	struct tune_example *to = room_for_one(t);
	if (!to) {
		return false;
	}
	memset(to, 0, sizeof(*to));
	to->n = s.n;
	for (uint32_t i = 0; i < s.n; i++) {
		int32_t place = x->outcome[cars.car[s.in[i]]].position;
		to->pace[i] = s.car[i].pace;
		to->pace_sd[i] = s.car[i].pace_sd;
		to->key[i] = s.car[i].key;
		to->place[i] = place >= 1 && place <= (int32_t)F1P_MAX_CARS ? (uint8_t)place : 0;
	}
	t->n++;
	return true;
}

static void set_session(struct session *s, const struct tune_example *x, const struct session_model *m)
{
	memset(s, 0, sizeof(*s));
	s->n = s->n_in = x->n;
	s->part = 1;
	s->left = 1.0;
	s->lap_sd = m->lap_sd; /* the past does not tell of rain */
	for (uint32_t i = 0; i < x->n; i++) {
		s->in[i] = (uint16_t)i;
		s->car[i] = (struct session_car){ .pace = x->pace[i], .pace_sd = m->pace_scale * x->pace_sd[i],
			.best = SESSION_NO_TIME,
			.chance = { 1.0, 1.0 }, .key = x->key[i] };
	}
}

/* Pole, half the last part, and the ranked probability score. */
static double loss_of(const struct tune_example *x, const struct positions_matrix *m)
{
	double sum = 0.0;
	for (uint32_t i = 0; i < x->n; i++) {
		uint32_t place = x->place[i];
		double last_part = 0.0;
		for (uint32_t k = 0; k < 10 && k < x->n; k++) {
			last_part += m->m[i][k];
		}
		sum += place > 0 ? log_loss(m->m[i][0], place == 1) + ranked_loss(m->m[i], x->n, place) : 0.0;
		sum += place > 0 && x->n > 10 ? 0.5 * log_loss(last_part, place <= 10) : 0.0;
	}
	return sum / (double)x->n;
}

static double total_loss(const struct tune *t, const struct draw_tables *tables, const struct session_model *m)
{
	uint32_t first = t->n > MOST_SESSIONS ? t->n - MOST_SESSIONS : 0;
	double sum = 0.0;
	for (uint32_t e = first; e < t->n; e++) {
		struct session s;
		struct draw_counts counts;
		struct positions_matrix p;
		memset(&counts, 0, sizeof(counts));
		set_session(&s, &t->list[e], m);
		draw_run(&s, m, tables, SEED + e, 0, RUNS, &counts);
		draw_matrix(&s, &counts, RUNS, TRACE, &p);
		sum += loss_of(&t->list[e], &p);
	}
	return sum;
}

struct dial {
	size_t offset;
	double step; /* factor */
	double least, most;
};

bool tune_fit(const struct tune *t, const struct draw_tables *tables, struct session_model *m)
{
	static const struct dial dials[] = {
		{ offsetof(struct session_model, pace_scale), 1.15, 0.3, 3.0 },
		{ offsetof(struct session_model, slow), 1.4, 0.05, 0.5 },
	};
	if (t->n < LEAST_SESSIONS) {
		return false;
	}
	double best = total_loss(t, tables, m);
	for (uint32_t turn = 0; turn < ROUNDS * sizeof(dials) / sizeof(dials[0]); turn++) {
		const struct dial *d = &dials[turn % (sizeof(dials) / sizeof(dials[0]))];
		for (int up = 0; up < 2; up++) {
			for (bool better = true; better;) {
				struct session_model then = *m;
				double *v = (double *)(void *)((char *)&then + d->offset);
				*v = up ? *v * d->step : *v / d->step;
				double loss = *v >= d->least && *v <= d->most ? total_loss(t, tables, &then) : best;
				better = loss < best - WORTH * (double)(t->n < MOST_SESSIONS ? t->n : MOST_SESSIONS);
				if (better) {
					best = loss;
					*m = then;
				}
			}
		}
	}
	return true;
}

/*
 * draw.c - the rest of a qualifying session, many times.
 */
#include "draw.h"

#include <string.h>

#include "helpers/fmath.h"
#include "helpers/rng.h"

enum { PURPOSE_PACE = 1, PURPOSE_TRACK, PURPOSE_LAP = 8, PURPOSE_SPOILT = 32, PURPOSE_MAKES = 64 };

void draw_tables_init(struct draw_tables *t)
{
	for (uint32_t i = 0; i < DRAW_NORMAL; i++) {
		double u = ((double)i + 0.5) / DRAW_NORMAL;
		t->normal[i] = (float)f1p_normal_quantile(u);
		t->delay[i] = (float)-f1p_log(u);
	}
}

static uint32_t mix32(uint32_t x)
{
	x ^= x >> 16;
	x *= 0x7feb352du;
	x ^= x >> 15;
	x *= 0x846ca68bu;
	return x ^ (x >> 16);
}

struct run {
	const struct session *s;
	const struct session_model *m;
	const struct draw_tables *t;
	uint32_t key;
	float pace[F1P_MAX_CARS];
	double gain; /* of the attempts to come in the part in progress */
};

static uint32_t luck(const struct run *r, uint32_t key, uint32_t purpose)
{
	return mix32(key ^ mix32(r->key + purpose * 0x9e3779b9u));
}

static float normal(const struct run *r, uint32_t key, uint32_t purpose)
{
	return r->t->normal[luck(r, key, purpose) >> 20];
}

static bool happens(uint32_t hash, double chance)
{
	return (double)(hash >> 8) < chance * 16777216.0;
}

static void draw_paces(struct run *r)
{
	for (uint32_t i = 0; i < r->s->n_in; i++) {
		const struct session_car *c = &r->s->car[i];
		r->pace[i] = (float)(c->pace + c->pace_sd * (double)normal(r, c->key, PURPOSE_PACE));
	}
	double track = r->m->evolution + r->m->evolution_sd * (double)normal(r, 0, PURPOSE_TRACK);
	r->gain = r->m->gain + r->s->left * track;
}

/* One attempt in a part. */
static double attempt(const struct run *r, uint32_t i, uint32_t part, uint32_t which)
{
	const struct session_car *c = &r->s->car[i];
	uint32_t slot = part * SESSION_RUNS + which, spoilt = luck(r, c->key, PURPOSE_SPOILT + slot);
	double time = (double)r->pace[i] + r->s->lap_sd * (double)normal(r, c->key, PURPOSE_LAP + slot);
	if (happens(spoilt, r->m->slow)) {
		time += r->m->slow_cost * (double)r->t->delay[mix32(spoilt) >> 20];
	}
	return time;
}

/* Best time of the part in progress: what stands, and what may come on a track that gets faster. */
static double part_in_progress(const struct run *r, uint32_t i)
{
	const struct session_car *c = &r->s->car[i];
	double best = c->best;
	for (uint32_t which = 0; which < SESSION_RUNS; which++) {
		uint32_t slot = r->s->part * SESSION_RUNS + which;
		if (c->chance[which] > 0.0 && happens(luck(r, c->key, PURPOSE_MAKES + slot), c->chance[which])) {
			double time = attempt(r, i, r->s->part, which) - r->gain;
			best = time < best ? time : best;
		}
	}
	return best;
}

static double whole_part(const struct run *r, uint32_t i, uint32_t part)
{
	double first = attempt(r, i, part, 0), second = attempt(r, i, part, 1);
	return first < second ? first : second;
}

/* Sorts by time; equal times, and cars without one, stay as they were. */
static void sort_by_time(uint16_t *order, uint32_t n, const double *time)
{
	for (uint32_t k = 1; k < n; k++) {
		uint16_t i = order[k];
		uint32_t at = k;
		for (; at > 0 && time[order[at - 1]] > time[i]; at--) {
			order[at] = order[at - 1];
		}
		order[at] = i;
	}
}

static void draw_one(const struct run *r, struct draw_counts *counts)
{
	uint16_t order[F1P_MAX_CARS];
	double time[F1P_MAX_CARS];
	uint32_t n = r->s->n_in;
	for (uint32_t i = 0; i < n; i++) { /* `in` is in the order of the screen */
		order[i] = (uint16_t)i;
	}
	for (uint32_t part = r->s->part; part <= SESSION_PARTS && n > 0; part++) {
		for (uint32_t k = 0; k < n; k++) {
			uint16_t i = order[k];
			time[i] = part == r->s->part ? part_in_progress(r, i) : whole_part(r, i, part);
		}
		sort_by_time(order, n, time);
		uint32_t cut = part < SESSION_PARTS ? session_cut(r->s->n, part) : 0;
		for (; n > cut; n--) {
			counts->place[order[n - 1]][n - 1]++;
		}
	}
}

void draw_run(const struct session *s, const struct session_model *m, const struct draw_tables *t, uint64_t seed, uint32_t first_run,
	      uint32_t runs, struct draw_counts *counts)
{
	struct run r = { .s = s, .m = m, .t = t };
	for (uint32_t run = first_run; run < first_run + runs; run++) {
		r.key = (uint32_t)f1p_mix64(seed + (uint64_t)run * UINT64_C(0x9e3779b97f4a7c15));
		draw_paces(&r);
		draw_one(&r, counts);
	}
}

void draw_matrix(const struct session *s, const struct draw_counts *counts, uint32_t runs, double trace, struct positions_matrix *m)
{
	bool open[F1P_MAX_CARS] = { false }, open_place[F1P_MAX_CARS] = { false };
	uint32_t n_open = 0;
	memset(m, 0, sizeof(*m));
	for (uint32_t place = s->n_in; place < s->n; place++) {
		m->m[s->fixed[place]][place] = 1.0;
	}
	for (uint32_t i = 0; i < s->n_in; i++) {
		for (uint32_t k = 0; k < s->n_in; k++) {
			uint32_t count = counts->place[i][k];
			m->m[s->in[i]][k] = (double)count / (double)runs;
			open[i] |= count > 0 && count < runs;
			open_place[k] |= count > 0 && count < runs;
		}
		n_open += open[i];
	}
	for (uint32_t i = 0; i < s->n_in; i++) {
		for (uint32_t k = 0; k < s->n_in && open[i]; k++) {
			if (open_place[k]) {
				double *p = &m->m[s->in[i]][k];
				*p = (1.0 - trace) * *p + trace / (double)n_open;
			}
		}
	}
}

/*
 * outcome.c - from starters to the distribution of their places.
 */
#include "outcome.h"

#include <string.h>

#include "helpers/fmath.h"

#define ERA_YOUNG_RACES 6.0
#define EARLY 1.1 /* before qualifying scores say so much less */
#define QUALI_EDGES 120u
#define NOISE_SCALE 0.7 /* the spread of the noise of Plackett-Luce, which the weights are fitted with */

void outcome_defaults(struct outcome_model *m)
{
	/* Round figures of the size that fits on past seasons find: what serves until something was learnt. */
	static const struct outcome_model built_in = {
		.weight = { [INPUT_LN_GRID] = 0.5, [INPUT_POLE] = 0.1, [INPUT_GRID] = 0.8, [INPUT_PACE] = 1.5, [INPUT_FORM] = 0.5,
			[INPUT_LN_GRID_EASE] = -0.8, [INPUT_LN_GRID_WET] = -0.3, [INPUT_PACE_WET] = -0.6 },
		.temperature = OUTCOME_TEMPERATURE,
		.record = OUTCOME_RECORD,
		.record_young = 0.3,
		.quali_sd = 0.1,
		.quali_slow = 0.15,
		.quali_delay = 0.6,
	};
	*m = built_in;
}

static double dot(const double *w, const double *x)
{
	double sum = 0.0;
	for (uint32_t i = 0; i < STARTER_INPUTS; i++) {
		sum += w[i] * x[i];
	}
	return sum;
}

void outcome_scores(const struct outcome_model *m, const struct starters *s, double score[F1P_MAX_CARS])
{
	double input[STARTER_INPUTS];
	for (uint32_t i = 0; i < s->n; i++) {
		starters_inputs(s, i, s->car[i].grid, input);
		score[i] = dot(m->weight, input);
	}
}

/* Chance that the result of a car with this score is at most x. */
static double result_by(double x, double score)
{
	return f1p_logistic((x + score) / NOISE_SCALE);
}

static void set_range(struct placing *p, const double *score, uint32_t n, uint32_t cells)
{
	double most = score[0], least = score[0];
	for (uint32_t i = 1; i < n; i++) {
		most = score[i] > most ? score[i] : most;
		least = score[i] < least ? score[i] : least;
	}
	placing_edges(p, -most - 10.0 * NOISE_SCALE, -least + 10.0 * NOISE_SCALE, cells + 1);
}

void outcome_by_scores(const struct outcome_model *m, const struct starters *s, const double *score, uint32_t cells,
		       struct positions_matrix *out)
{
	struct placing p = { .n = s->n };
	double scaled[F1P_MAX_CARS] = { 0 };
	for (uint32_t i = 0; i < s->n; i++) {
		scaled[i] = score[i] / m->temperature;
		p.out[i] = s->car[i].out;
	}
	set_range(&p, scaled, s->n, cells);
	for (uint32_t e = 0; e < p.edges; e++) {
		for (uint32_t i = 0; i < s->n; i++) {
			p.cdf[e][i] = result_by(p.edge[e], scaled[i]);
		}
	}
	placing_matrix(&p, out);
}

void outcome_record(const struct outcome_model *m, const struct starters *s, struct positions_matrix *out)
{
	struct positions_matrix table;
	slots_for_field(&table, &m->slots, s->n);
	memset(out, 0, sizeof(*out));
	for (uint32_t i = 0; i < s->n; i++) {
		memcpy(out->m[i], table.m[(uint32_t)s->car[i].grid - 1], sizeof(out->m[i]));
	}
}

/* Edges for qualifying times: even ones, and one between each pair of neighbours, so that laps that have been driven keep their order. */
static void set_quali_edges(struct placing *p, const struct starters *s)
{
	double time[F1P_MAX_CARS];
	for (uint32_t i = 0; i < s->n; i++) {
		uint32_t at = i;
		for (; at > 0 && time[at - 1] > s->car[i].quali; at--) {
			time[at] = time[at - 1];
		}
		time[at] = s->car[i].quali;
	}
	placing_edges(p, time[0] - 2.0, time[s->n - 1] + 4.0, QUALI_EDGES);
	for (uint32_t i = 0; i + 1 < s->n; i++) {
		double edge = 0.5 * (time[i] + time[i + 1]);
		uint32_t at = p->edges++;
		for (; at > 0 && p->edge[at - 1] > edge; at--) {
			p->edge[at] = p->edge[at - 1];
		}
		p->edge[at] = edge;
	}
}

/* Moves the chances of a car with a penalty back; balancing then moves the others up. */
static void apply_penalties(const struct starters *s, struct positions_matrix *m)
{
	for (uint32_t i = 0; i < s->n; i++) {
		int32_t by = (int32_t)s->car[i].penalty, last = (int32_t)s->n - 1;
		double moved[F1P_MAX_CARS] = { 0 };
		for (int32_t k = 0; k <= last && by != 0; k++) {
			int32_t to = k + by < 0 ? 0 : k + by > last ? last : k + by;
			moved[to] += m->m[i][k];
		}
		for (int32_t k = 0; k <= last && by != 0; k++) { /* a trace everywhere keeps the table balanceable */
			m->m[i][k] = 0.999 * moved[k] + 0.001 / (double)s->n;
		}
	}
	positions_balance(m, s->n);
}

void outcome_grid(const struct outcome_model *m, const struct starters *s, struct positions_matrix *out)
{
	struct placing p = { .n = s->n };
	set_quali_edges(&p, s);
	for (uint32_t i = 0; i < s->n; i++) {
		bool set = s->car[i].quali_sd <= STARTER_LAP_DRIVEN_SD;
		double noise = set ? 0.0 : m->quali_sd;
		double sd = f1p_sqrt(s->car[i].quali_sd * s->car[i].quali_sd + noise * noise);
		for (uint32_t e = 0; e < p.edges; e++) {
			p.cdf[e][i] = placing_delayed(p.edge[e], s->car[i].quali, sd, set ? 0.0 : m->quali_slow, m->quali_delay);
		}
	}
	placing_matrix(&p, out);
	apply_penalties(s, out);
}

/* Each car's result is a mixture over the slots it may start from. */
static void places_before_grid(const struct outcome_model *m, const struct starters *s, uint32_t cells, struct positions_matrix *out)
{
	struct positions_matrix grid;
	struct placing p = { .n = s->n };
	double score[F1P_MAX_CARS][F1P_MAX_CARS], all[2] = { -1e9, 1e9 }, input[STARTER_INPUTS];
	outcome_grid(m, s, &grid);
	for (uint32_t i = 0; i < s->n; i++) {
		p.out[i] = s->car[i].out;
		for (uint32_t g = 0; g < s->n; g++) {
			starters_inputs(s, i, (double)g + 1.0, input);
			score[i][g] = dot(m->weight, input) / (EARLY * m->temperature);
			all[0] = score[i][g] > all[0] ? score[i][g] : all[0];
			all[1] = score[i][g] < all[1] ? score[i][g] : all[1];
		}
	}
	set_range(&p, all, 2, cells);
	for (uint32_t e = 0; e < p.edges; e++) {
		for (uint32_t i = 0; i < s->n; i++) {
			double sum = 0.0;
			for (uint32_t g = 0; g < s->n; g++) {
				sum += grid.m[i][g] > 1e-6 ? grid.m[i][g] * result_by(p.edge[e], score[i][g]) : 0.0;
			}
			p.cdf[e][i] = sum;
		}
	}
	placing_matrix(&p, out);
}

double outcome_record_share(const struct outcome_model *m, const struct starters *s)
{
	double young = s->era_races < ERA_YOUNG_RACES ? 1.0 - s->era_races / ERA_YOUNG_RACES : 0.0;
	double share = m->record + m->record_young * young;
	return !m->have_record ? 0.0 : share > 0.95 ? 0.95 : share;
}

void outcome_places(const struct outcome_model *m, const struct starters *s, uint32_t cells, struct positions_matrix *out)
{
	double score[F1P_MAX_CARS];
	struct positions_matrix record;
	if (!s->grid_known) {
		places_before_grid(m, s, cells, out);
		return;
	}
	outcome_scores(m, s, score);
	outcome_by_scores(m, s, score, cells, out);
	if (m->have_record) {
		outcome_record(m, s, &record);
		positions_mix(out, &record, outcome_record_share(m, s), s->n);
	}
}

/*
 * table.c - counts where cars finish, smooths the counts, looks them up.
 */
#include "table.h"

#include <string.h>

#define EVEN_RACES 1.5   /* so many races' worth of even chance are added: nothing is impossible */
#define LATEST 0.985     /* behind it the record is of races that are over */
#define RETIRE_PRIOR 1.0 /* one car of twenty, as one race more */
#define IMPOSSIBLE 1e-4  /* beyond the table, off its continued diagonal */

void order_model_built_in(struct order_model *model)
{
	model->races = 0;
	for (uint32_t f = 0; f < ORDER_PHASES; f++) {
		for (uint32_t o = 0; o < ORDER_PLACES; o++) {
			for (uint32_t k = 0; k < ORDER_PLACES; k++) {
				model->p[f][o][k] = order_table[f][o][k] / 1e4;
			}
		}
	}
}

bool order_model_read(struct order_model *model, const struct params *params)
{
	const size_t cells = sizeof(model->p) / sizeof(double);
	const double *p = params_get(params, "table", cells), *races = params_get(params, "races", 1);
	const double *retire = params_get(params, "retire", ORDER_PHASES);
	if (!p || !retire || !races || !(races[0] >= 1.0 && races[0] <= 1e6)) {
		return false;
	}
	for (size_t i = 0; i < cells; i++) {
		if (!(p[i] >= 0.0 && p[i] <= 1.0)) {
			return false;
		}
	}
	for (size_t i = 0; i < ORDER_PHASES; i++) {
		if (!(retire[i] >= 0.0 && retire[i] <= 1.0)) {
			return false;
		}
	}
	memcpy(model->p, p, sizeof(model->p));
	memcpy(model->retire, retire, sizeof(model->retire));
	model->races = (uint32_t)races[0];
	return true;
}

bool order_model_write(const struct order_model *model, struct params *params)
{
	double races = model->races;
	return model->races == 0 || (params_set(params, "table", &model->p[0][0][0], sizeof(model->p) / sizeof(double)) &&
				     params_set(params, "retire", model->retire, ORDER_PHASES) &&
				     params_set(params, "races", &races, 1));
}

void order_knots(double done, uint32_t *before, double *part_of_next)
{
	uint32_t at = 0;
	if (done > 0.0) {
		done = done < order_phase[1] ? order_phase[1] : done;
		for (at = 1; at + 2 < ORDER_PHASES && done >= order_phase[at + 1]; at++) {
		}
	}
	double u = (done - order_phase[at]) / (order_phase[at + 1] - order_phase[at]);
	*before = at;
	*part_of_next = u < 0.0 ? 0.0 : u > 1.0 ? 1.0 : u;
}

double order_model_chance(const struct order_model *model, double done, uint32_t o, uint32_t k)
{
	uint32_t beyond = o > k ? o : k, at;
	double u;
	beyond = beyond >= ORDER_PLACES ? beyond - (ORDER_PLACES - 1) : 0;
	if (beyond > o || beyond > k) {
		return IMPOSSIBLE;
	}
	order_knots(done, &at, &u);
	return (1.0 - u) * model->p[at][o - beyond][k - beyond] + u * model->p[at + 1][o - beyond][k - beyond];
}

double order_model_retire(const struct order_model *model, double done)
{
	uint32_t at;
	double u;
	order_knots(done, &at, &u);
	return (1.0 - u) * model->retire[at] + u * model->retire[at + 1];
}

/* The race that was shown becomes one race at every knot it came near. */
static void close_race(struct order_counts *counts)
{
	for (uint32_t f = 0; f < ORDER_PHASES; f++) {
		if (counts->race_weight[f] <= 0.0) {
			continue;
		}
		counts->races[f] += 1.0;
		counts->running[f] += counts->race_running[f] / counts->race_weight[f];
		counts->retired[f] += counts->race_retired[f] / counts->race_weight[f];
		for (uint32_t o = 0; o < ORDER_PLACES; o++) {
			for (uint32_t k = 0; k < ORDER_PLACES; k++) {
				counts->cell[f][o][k] += counts->race_cell[f][o][k] / counts->race_weight[f];
			}
		}
	}
	memset(counts->race_weight, 0, sizeof(counts->race_weight));
	memset(counts->race_cell, 0, sizeof(counts->race_cell));
	memset(counts->race_running, 0, sizeof(counts->race_running));
	memset(counts->race_retired, 0, sizeof(counts->race_retired));
}

/* What a snapshot tells, by place now: the place in the end among those that run now, from 0; and who retires. */
struct seen {
	uint32_t n;
	double retired;
	uint8_t end[F1P_MAX_CARS];
};

static void seen_init(struct seen *seen, const struct f1p_example *example)
{
	struct positions_field cars;
	positions_field_init(&cars, example->state);
	*seen = (struct seen){ .n = cars.n_running };
	for (uint32_t o = 0; o < cars.n_running; o++) {
		const struct f1p_outcome *mine = &example->outcome[cars.car[cars.order[o]]];
		uint32_t better = 0;
		for (uint32_t i = 0; i < cars.n_running; i++) {
			int32_t other = example->outcome[cars.car[cars.order[i]]].position;
			better += other > 0 && other < mine->position;
		}
		seen->end[o] = (uint8_t)(mine->position > 0 ? better : ORDER_PLACES);
		seen->retired += mine->retired == F1P_YES;
	}
}

static void count(struct order_counts *counts, uint32_t knot, double weight, const struct seen *seen)
{
	if (weight <= 0.0) {
		return;
	}
	counts->race_weight[knot] += weight;
	counts->race_running[knot] += weight * (double)seen->n;
	counts->race_retired[knot] += weight * seen->retired;
	for (uint32_t o = 0; o < seen->n && o < ORDER_PLACES; o++) {
		if (seen->end[o] < ORDER_PLACES) {
			counts->race_cell[knot][o][seen->end[o]] += weight;
		}
	}
}

void order_counts_add(struct order_counts *counts, const struct f1p_example *example, double done)
{
	struct seen seen;
	uint32_t at;
	double u;
	if (example->race_id != counts->race_id) {
		close_race(counts);
		counts->race_id = example->race_id;
	}
	if (done > LATEST) {
		return;
	}
	seen_init(&seen, example);
	order_knots(done, &at, &u);
	count(counts, at, 1.0 - u, &seen);
	count(counts, at + 1, u, &seen);
}

/* Neighbours along the diagonal tell the same story: the second that wins is much like the third that becomes second. */
static void smooth(double out[ORDER_PLACES][ORDER_PLACES], double in[ORDER_PLACES][ORDER_PLACES])
{
	for (uint32_t o = 0; o < ORDER_PLACES; o++) {
		for (uint32_t k = 0; k < ORDER_PLACES; k++) {
			double side = o == 0 ? 0.125 : 0.25, sum = 0.0, weight = 0.0;
			for (int32_t d = -1; d <= 1; d++) {
				int32_t i = (int32_t)o + d, j = (int32_t)k + d;
				if (i >= 0 && j >= 0 && i < (int32_t)ORDER_PLACES && j < (int32_t)ORDER_PLACES) {
					double w = d ? side : o == 0 ? 0.875 : 0.5;
					sum += w * in[i][j];
					weight += w;
				}
			}
			out[o][k] = sum / weight;
		}
	}
}

f1p_status order_counts_fit(struct order_counts *counts, struct order_model *model)
{
	close_race(counts);
	for (uint32_t f = 0; f < ORDER_PHASES; f++) {
		if (counts->races[f] < TABLE_LEAST_RACES) {
			return F1P_AGAIN;
		}
	}
	model->races = (uint32_t)counts->races[0];
	for (uint32_t f = 0; f < ORDER_PHASES; f++) {
		double smoothed[ORDER_PLACES][ORDER_PLACES];
		model->retire[f] = (counts->retired[f] + RETIRE_PRIOR) / (counts->running[f] + 20.0);
		smooth(smoothed, counts->cell[f]);
		for (uint32_t o = 0; o < ORDER_PLACES; o++) {
			double sum = EVEN_RACES;
			for (uint32_t k = 0; k < ORDER_PLACES; k++) {
				sum += smoothed[o][k];
			}
			for (uint32_t k = 0; k < ORDER_PLACES; k++) {
				model->p[f][o][k] = (smoothed[o][k] + EVEN_RACES / ORDER_PLACES) / sum;
			}
		}
	}
	return F1P_OK;
}

/*
 * slots.c - the record by grid slot, smoothed.
 */
#include "slots.h"

#include <string.h>

#include "helpers/fmath.h"

#define TRACE (0.3 / 24.0)

/* The front of all grids is alike; behind the tenth place fields are stretched to the table's length. From 0. */
static double to_table(uint32_t n, double place)
{
	double front = 10.0, x = place - 1.0;
	if (x > front - 1.0 && n > 10) {
		x = front - 1.0 + (x - front + 1.0) * ((double)SLOTS - front) / ((double)n - front);
	}
	return x < 0.0 ? 0.0 : x > (double)(SLOTS - 1) ? (double)(SLOTS - 1) : x;
}

void slots_add(struct slots_count *c, uint32_t n, double slot, double place)
{
	double g = to_table(n, slot), k = to_table(n, place);
	uint32_t g0 = (uint32_t)g, k0 = (uint32_t)k, g1 = g0 + 1 < SLOTS ? g0 + 1 : g0, k1 = k0 + 1 < SLOTS ? k0 + 1 : k0;
	double u = g - (double)g0, v = k - (double)k0;
	c->m[g0][k0] += (1.0 - u) * (1.0 - v);
	c->m[g1][k0] += u * (1.0 - v);
	c->m[g0][k1] += (1.0 - u) * v;
	c->m[g1][k1] += u * v;
}

static double bell(double distance, double sd)
{
	return f1p_exp(-0.5 * distance * distance / (sd * sd));
}

static double smoothed(const struct slots_count *c, uint32_t g, uint32_t k)
{
	double sum = 0.0, sd_slot = 0.25 + 0.12 * (double)(g + 1), sd_place = k < 6 ? 0.0 : 0.1 * (double)(k - 5);
	for (uint32_t h = 0; h < SLOTS; h++) {
		double w = bell((double)h - (double)g, sd_slot);
		for (uint32_t l = 0; l < SLOTS; l++) {
			double v = l == k ? 1.0 : sd_place > 0.0 ? bell((double)l - (double)k, sd_place) : 0.0;
			sum += w * v * c->m[h][l];
		}
	}
	return sum;
}

void slots_smooth(struct slots_table *t, const struct slots_count *c)
{
	struct positions_matrix m;
	memset(&m, 0, sizeof(m));
	for (uint32_t g = 0; g < SLOTS; g++) {
		double sum = 0.0;
		for (uint32_t k = 0; k < SLOTS; k++) {
			m.m[g][k] = smoothed(c, g, k);
			sum += m.m[g][k];
		}
		for (uint32_t k = 0; k < SLOTS; k++) {
			double seen = sum > 0.0 ? m.m[g][k] / sum : 1.0 / SLOTS;
			m.m[g][k] = (1.0 - TRACE) * seen + TRACE / SLOTS;
		}
	}
	positions_balance(&m, SLOTS);
	for (uint32_t g = 0; g < SLOTS; g++) {
		memcpy(t->m[g], m.m[g], sizeof(t->m[g]));
	}
}

static double between(const struct slots_table *t, double g, double k)
{
	uint32_t g0 = (uint32_t)g, k0 = (uint32_t)k, g1 = g0 + 1 < SLOTS ? g0 + 1 : g0, k1 = k0 + 1 < SLOTS ? k0 + 1 : k0;
	double u = g - (double)g0, v = k - (double)k0;
	return (1.0 - u) * ((1.0 - v) * t->m[g0][k0] + v * t->m[g0][k1]) + u * ((1.0 - v) * t->m[g1][k0] + v * t->m[g1][k1]);
}

void slots_for_field(struct positions_matrix *m, const struct slots_table *t, uint32_t n)
{
	memset(m, 0, sizeof(*m));
	for (uint32_t g = 0; g < n; g++) {
		for (uint32_t k = 0; k < n; k++) {
			m->m[g][k] = between(t, to_table(n, (double)g + 1.0), to_table(n, (double)k + 1.0));
		}
	}
	positions_balance(m, n);
}

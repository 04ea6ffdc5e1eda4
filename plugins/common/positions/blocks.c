/*
 * blocks.c - every block of places is a table of its own: rows sum to the car's chance of the block, columns to 1.
 */
#include "blocks.h"

#include "helpers/fmath.h"

#define NEWTON_ROUNDS 80u
#define SURE 60.0 /* log-odds that are as good as certain */
#define FIT_ROUNDS 100u
#define FIT_TOLERANCE 1e-11
#define TARGET_TOLERANCE 1e-10
#define SEED_LEAST 1e-7 /* share of the block that an empty cell begins with: what must be reached can be reached */

/* Sum of the chances at shift c, and its derivative. */
static double sum_at(const double *z, const double *least, const double *most, uint32_t n, double c, double *p, double *slope)
{
	double sum = 0.0;
	*slope = 0.0;
	for (uint32_t i = 0; i < n; i++) {
		double share = f1p_logistic(z[i] + c), free_p = most ? most[i] * share : share, bound = least ? least[i] : 0.0;
		p[i] = free_p > bound ? free_p : bound;
		*slope += free_p > bound ? free_p * (1.0 - share) : 0.0;
		sum += p[i];
	}
	return sum;
}

double blocks_normalise(const double *z, const double *least, const double *most, uint32_t n, double places, double start,
			double *p)
{
	double low = -SURE, high = SURE, c = start, slope;
	if ((double)n <= places) {
		for (uint32_t i = 0; i < n; i++) {
			p[i] = 1.0;
		}
		return 0.0;
	}
	for (uint32_t i = 0; i < n; i++) {
		low = -SURE - z[i] < low ? -SURE - z[i] : low;
		high = SURE - z[i] > high ? SURE - z[i] : high;
	}
	for (uint32_t round = 0; round < NEWTON_ROUNDS; round++) {
		double excess = sum_at(z, least, most, n, c, p, &slope) - places;
		if (f1p_abs(excess) < 1e-13) {
			break;
		}
		low = excess < 0.0 ? c : low;
		high = excess > 0.0 ? c : high;
		double next = slope > 1e-12 ? c - excess / slope : low;
		c = next > low && next < high ? next : 0.5 * (low + high);
	}
	return c;
}

struct block {
	uint32_t from, to; /* columns [from, to) */
	uint32_t n;
	uint16_t row[F1P_MAX_CARS];
	double want[F1P_MAX_CARS];
	double cell[F1P_MAX_CARS][F1P_MAX_CARS];
};

static double row_sum(const struct block *b, uint32_t i)
{
	double sum = 0.0;
	for (uint32_t k = b->from; k < b->to; k++) {
		sum += b->cell[i][k];
	}
	return sum;
}

static double column_sum(const struct block *b, uint32_t k)
{
	double sum = 0.0;
	for (uint32_t i = 0; i < b->n; i++) {
		sum += b->cell[i][k];
	}
	return sum;
}

static void scale_row(struct block *b, uint32_t i, double factor)
{
	for (uint32_t k = b->from; k < b->to; k++) {
		b->cell[i][k] *= factor;
	}
}

static void scale_column(struct block *b, uint32_t k, double factor)
{
	for (uint32_t i = 0; i < b->n; i++) {
		b->cell[i][k] *= factor;
	}
}

/* One round; returns the largest error of a row before it. */
static double round_once(struct block *b)
{
	double worst = 0.0;
	for (uint32_t i = 0; i < b->n; i++) {
		double sum = row_sum(b, i), error = f1p_abs(sum - b->want[i]);
		worst = error > worst ? error : worst;
		scale_row(b, i, sum > 0.0 ? b->want[i] / sum : 0.0);
	}
	for (uint32_t k = b->from; k < b->to; k++) {
		double sum = column_sum(b, k);
		scale_column(b, k, sum > 0.0 ? 1.0 / sum : 0.0);
	}
	return worst;
}

/* Takes away what is too much and spreads what is then missing: exact, wherever it starts. */
static void close_block(struct block *b)
{
	double row_lack[F1P_MAX_CARS], total = 0.0;
	for (uint32_t i = 0; i < b->n; i++) {
		double sum = row_sum(b, i);
		scale_row(b, i, sum > b->want[i] ? b->want[i] / sum : 1.0);
		row_lack[i] = sum > b->want[i] ? 0.0 : b->want[i] - sum;
		total += row_lack[i];
	}
	for (uint32_t k = b->from; k < b->to && total > 0.0; k++) {
		double lack = 1.0 - column_sum(b, k);
		for (uint32_t i = 0; i < b->n && lack > 0.0; i++) {
			b->cell[i][k] += row_lack[i] * lack / total;
		}
	}
}

static bool fit_block(struct positions_matrix *m, struct block *b)
{
	double wanted = 0.0, width = (double)(b->to - b->from);
	for (uint32_t i = 0; i < b->n; i++) {
		if (!(b->want[i] >= -TARGET_TOLERANCE && b->want[i] <= 1.0 + TARGET_TOLERANCE)) {
			return false;
		}
		b->want[i] = b->want[i] > 0.0 ? b->want[i] : 0.0;
		wanted += b->want[i];
	}
	if (f1p_abs(wanted - width) > TARGET_TOLERANCE) {
		return false;
	}
	for (uint32_t i = 0; i < b->n; i++) {
		b->want[i] *= wanted > 0.0 ? width / wanted : 0.0;
		for (uint32_t k = b->from; k < b->to; k++) {
			double least = SEED_LEAST * b->want[i] / width, p = m->m[b->row[i]][k];
			b->cell[i][k] = p > least ? p : least;
		}
	}
	for (uint32_t round = 0; round < FIT_ROUNDS && round_once(b) > FIT_TOLERANCE; round++) {
	}
	close_block(b);
	for (uint32_t i = 0; i < b->n; i++) {
		for (uint32_t k = b->from; k < b->to; k++) {
			m->m[b->row[i]][k] = b->cell[i][k];
		}
	}
	return true;
}

static bool fit_blocks(struct positions_matrix *m, const struct positions_field *field, const struct blocks_targets *targets,
		       uint32_t points_places)
{
	const uint32_t edge[] = { 0, 1, 3, points_places, field->n_running };
	for (uint32_t k = 0; k < 4; k++) {
		struct block b = { .from = edge[k], .to = edge[k + 1] };
		b.to = b.to < field->n_running ? b.to : field->n_running;
		for (uint32_t row = 0; row < field->n; row++) {
			const double upto[] = { 0.0, targets->win[row], targets->podium[row], targets->points[row], 1.0 };
			if (field->running[row]) {
				b.row[b.n] = (uint16_t)row;
				b.want[b.n++] = upto[k + 1] - upto[k];
			}
		}
		if (b.to <= b.from) {
			continue; /* a small field fills the blocks before: their targets are 1 */
		}
		if (!fit_block(m, &b)) {
			return false;
		}
	}
	return true;
}

bool blocks_fit(struct positions_matrix *m, const struct positions_field *field, const struct blocks_targets *targets,
		uint32_t points_places)
{
	struct positions_matrix fitted = *m;
	if (field->n_running == 0) {
		return true;
	}
	if (!fit_blocks(&fitted, field, targets, points_places) || positions_error(&fitted, field->n) > 1e-9) {
		return false;
	}
	*m = fitted;
	return true;
}

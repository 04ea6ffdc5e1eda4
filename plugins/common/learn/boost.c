#include "boost.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpers/fmath.h"
#include "logistic.h"

#define BINS 64u
#define SAMPLE_MAX 20000u /* values of a column that its cuts are made of */
#define MARGIN_MAX 12.0

/* A complete binary tree: node i has children 2i + 1 and 2i + 2. A node that was not split sends everything left. */
struct boost {
	size_t cols;
	unsigned trees, depth;
	double base;
	uint8_t *column; /* trees * inner; 255: not split */
	float *cut;      /* trees * inner: right if x > cut */
	float *leaf;     /* trees * leaves */
};

static size_t inner_of(unsigned depth)
{
	return ((size_t)1 << depth) - 1;
}

static size_t leaves_of(unsigned depth)
{
	return (size_t)1 << depth;
}

static struct boost *boost_make(size_t cols, unsigned trees, unsigned depth)
{
	struct boost *b = calloc(1, sizeof(*b));

	if (!b) {
		return NULL;
	}
	*b = (struct boost){.cols = cols, .trees = trees, .depth = depth};
	b->column = malloc(trees * inner_of(depth));
	b->cut = calloc(trees * inner_of(depth), sizeof(*b->cut));
	b->leaf = calloc(trees * leaves_of(depth), sizeof(*b->leaf));
	if (!b->column || !b->cut || !b->leaf) {
		boost_destroy(b);
		return NULL;
	}
	memset(b->column, 255, trees * inner_of(depth));
	return b;
}

void boost_destroy(struct boost *b)
{
	if (b) {
		free(b->column);
		free(b->cut);
		free(b->leaf);
		free(b);
	}
}

double boost_margin(const struct boost *b, const float *x)
{
	size_t inner = inner_of(b->depth), leaves = leaves_of(b->depth);
	double sum = b->base;

	for (unsigned t = 0; t < b->trees; t++) {
		size_t at = 0;
		for (unsigned d = 0; d < b->depth; d++) {
			uint8_t column = b->column[t * inner + at];
			bool right = column != 255 && x[column] > b->cut[t * inner + at];
			at = 2 * at + 1 + right;
		}
		sum += (double)b->leaf[t * leaves + (at - inner)];
	}
	return sum;
}

/* ---- fitting ---- */

struct fit {
	const float *y, *w;
	size_t rows, cols;
	struct boost_options opt;
	float cuts[BOOST_MAX_COLS][BINS]; /* value of bin k is at most cuts[k] */
	unsigned n_cuts[BOOST_MAX_COLS];
	uint8_t *bin;      /* rows * cols */
	uint16_t *node;    /* of each row, within its level */
	double *margin, *gradient, *second;
	double *sums;      /* of one level: node, column, bin, {gradient, second} */
};

static int by_value(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

static bool cut_column(struct fit *f, const float *x, size_t column, float *sample)
{
	size_t step = f->rows / SAMPLE_MAX + 1, n = 0;
	unsigned cuts = 0;

	for (size_t i = 0; i < f->rows; i += step) {
		sample[n++] = x[i * f->cols + column];
	}
	qsort(sample, n, sizeof(*sample), by_value);
	for (unsigned k = 1; k < BINS; k++) {
		float v = sample[(n - 1) * k / BINS];
		if (v < sample[n - 1] && (cuts == 0 || v > f->cuts[column][cuts - 1])) {
			f->cuts[column][cuts++] = v;
		}
	}
	f->n_cuts[column] = cuts;
	return isfinite(sample[0]) && isfinite(sample[n - 1]);
}

static uint8_t bin_of(const struct fit *f, size_t column, float v)
{
	unsigned low = 0, high = f->n_cuts[column];

	while (low < high) {
		unsigned middle = (low + high) / 2;
		if (v > f->cuts[column][middle]) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return (uint8_t)low;
}

static bool bin_all(struct fit *f, const float *x)
{
	float *sample = malloc((f->rows / (f->rows / SAMPLE_MAX + 1) + 2) * sizeof(*sample));
	bool good = sample != NULL;

	for (size_t c = 0; good && c < f->cols; c++) {
		good = cut_column(f, x, c, sample);
	}
	for (size_t i = 0; good && i < f->rows; i++) {
		for (size_t c = 0; c < f->cols; c++) {
			f->bin[i * f->cols + c] = bin_of(f, c, x[i * f->cols + c]);
		}
	}
	free(sample);
	return good;
}

static double mean_of(unsigned loss, double margin)
{
	margin = margin > MARGIN_MAX ? MARGIN_MAX : margin < -MARGIN_MAX ? -MARGIN_MAX : margin;
	return loss == BOOST_POISSON ? f1p_exp(margin) : logistic(margin);
}

static void differentiate(struct fit *f)
{
	for (size_t i = 0; i < f->rows; i++) {
		double p = mean_of(f->opt.loss, f->margin[i]), w = f->w ? (double)f->w[i] : 1.0;
		f->gradient[i] = w * (p - (double)f->y[i]);
		f->second[i] = w * (f->opt.loss == BOOST_POISSON ? p : p * (1.0 - p));
	}
}

static double *sums_at(const struct fit *f, size_t node, size_t column)
{
	return f->sums + ((node * f->cols + column) * BINS) * 2;
}

static void sum_level(struct fit *f, size_t nodes)
{
	memset(f->sums, 0, nodes * f->cols * BINS * 2 * sizeof(*f->sums));
	for (size_t i = 0; i < f->rows; i++) {
		const uint8_t *bin = f->bin + i * f->cols;
		double *at = sums_at(f, f->node[i], 0);
		for (size_t c = 0; c < f->cols; c++, at += BINS * 2) {
			at[2 * bin[c]] += f->gradient[i];
			at[2 * bin[c] + 1] += f->second[i];
		}
	}
}

struct split {
	double gain;
	uint8_t column, bin;
};

static struct split best_split(const struct fit *f, size_t node)
{
	struct split best = {.gain = 1e-9, .column = 255};
	double g = 0, h = 0;

	for (unsigned k = 0; k < BINS; k++) {
		g += sums_at(f, node, 0)[2 * k];
		h += sums_at(f, node, 0)[2 * k + 1];
	}
	for (size_t c = 0; c < f->cols; c++) {
		const double *s = sums_at(f, node, c);
		double gl = 0, hl = 0;
		for (unsigned k = 0; k < f->n_cuts[c]; k++) {
			gl += s[2 * k];
			hl += s[2 * k + 1];
			double gr = g - gl, hr = h - hl;
			if (hl < f->opt.least || hr < f->opt.least) {
				continue;
			}
			double gain = gl * gl / (hl + f->opt.l2) + gr * gr / (hr + f->opt.l2) - g * g / (h + f->opt.l2);
			if (gain > best.gain) {
				best = (struct split){gain, (uint8_t)c, (uint8_t)k};
			}
		}
	}
	return best;
}

static void grow(struct fit *f, struct boost *b, unsigned tree)
{
	size_t inner = inner_of(f->opt.depth), leaves = leaves_of(f->opt.depth), first = 0;
	double g[1u << BOOST_MAX_DEPTH] = {0}, h[1u << BOOST_MAX_DEPTH] = {0};
	struct split splits[1u << BOOST_MAX_DEPTH];

	memset(f->node, 0, f->rows * sizeof(*f->node));
	for (unsigned d = 0; d < f->opt.depth; d++) {
		size_t nodes = (size_t)1 << d;
		sum_level(f, nodes);
		for (size_t n = 0; n < nodes; n++) {
			struct split s = splits[n] = best_split(f, n);
			b->column[tree * inner + first + n] = s.column;
			b->cut[tree * inner + first + n] = s.column == 255 ? 0.0f : f->cuts[s.column][s.bin];
		}
		for (size_t i = 0; i < f->rows; i++) {
			const struct split *s = &splits[f->node[i]];
			bool right = s->column != 255 && f->bin[i * f->cols + s->column] > s->bin;
			f->node[i] = (uint16_t)(2 * f->node[i] + right);
		}
		first += nodes;
	}
	for (size_t i = 0; i < f->rows; i++) {
		g[f->node[i]] += f->gradient[i];
		h[f->node[i]] += f->second[i];
	}
	for (size_t n = 0; n < leaves; n++) {
		b->leaf[tree * leaves + n] = (float)(-f->opt.rate * g[n] / (h[n] + f->opt.l2));
	}
	for (size_t i = 0; i < f->rows; i++) {
		f->margin[i] += (double)b->leaf[tree * leaves + f->node[i]];
	}
}

/* The margin at which the mean is right, or near enough where there are offsets. */
static double base_of(const struct fit *f, const float *offset)
{
	double y = 0, w = 0, o = 0;

	for (size_t i = 0; i < f->rows; i++) {
		double wi = f->w ? (double)f->w[i] : 1.0;
		y += wi * (double)f->y[i];
		o += wi * (offset ? (double)offset[i] : 0.0);
		w += wi;
	}
	double mean = w > 0 ? (y + 1e-3) / (w + 2e-3) : 0.5;
	return (f->opt.loss == BOOST_POISSON ? f1p_log(mean) : logit(mean)) - (w > 0 ? o / w : 0.0);
}

static bool options_fit(const struct boost_options *o, size_t rows, size_t cols)
{
	return rows > 0 && cols > 0 && cols <= BOOST_MAX_COLS && o->trees >= 1 && o->trees <= BOOST_MAX_TREES && o->depth >= 1 &&
	       o->depth <= BOOST_MAX_DEPTH && o->rate > 0 && o->rate <= 1 && o->l2 > 0 && o->least >= 0 &&
	       (o->loss == BOOST_LOGISTIC || o->loss == BOOST_POISSON);
}

static void fit_finish(struct fit *f)
{
	free(f->bin);
	free(f->node);
	free(f->margin);
	free(f->gradient);
	free(f->second);
	free(f->sums);
	free(f);
}

struct boost *boost_fit(const float *x, const float *y, const float *w, const float *offset, size_t rows, size_t cols,
			const struct boost_options *opt)
{
	struct fit *f = options_fit(opt, rows, cols) ? calloc(1, sizeof(*f)) : NULL;
	struct boost *b = NULL;

	if (!f) {
		return NULL;
	}
	f->y = y, f->w = w, f->rows = rows, f->cols = cols, f->opt = *opt;
	f->bin = malloc(rows * cols);
	f->node = malloc(rows * sizeof(*f->node));
	f->margin = malloc(rows * sizeof(double));
	f->gradient = malloc(rows * sizeof(double));
	f->second = malloc(rows * sizeof(double));
	f->sums = malloc(leaves_of(opt->depth) / 2 * cols * BINS * 2 * sizeof(double));
	if (f->bin && f->node && f->margin && f->gradient && f->second && f->sums && bin_all(f, x)) {
		b = boost_make(cols, opt->trees, opt->depth);
	}
	if (b) {
		b->base = base_of(f, offset);
		for (size_t i = 0; i < rows; i++) {
			f->margin[i] = b->base + (offset ? (double)offset[i] : 0.0);
		}
		for (unsigned t = 0; t < opt->trees; t++) {
			differentiate(f);
			grow(f, b, t);
		}
	}
	fit_finish(f);
	return b;
}

/* ---- to and from the model file ---- */

static bool put(struct params *p, const char *name, const char *part, const double *v, size_t n)
{
	char full[PARAMS_MAX_NAME];

	snprintf(full, sizeof(full), "%s.%s", name, part);
	return params_set(p, full, v, n);
}

static const double *take(const struct params *p, const char *name, const char *part, size_t n)
{
	char full[PARAMS_MAX_NAME];

	snprintf(full, sizeof(full), "%s.%s", name, part);
	return params_get(p, full, n);
}

bool boost_save(const struct boost *b, struct params *p, const char *name)
{
	size_t inner = b->trees * inner_of(b->depth), leaves = b->trees * leaves_of(b->depth);
	double shape[4] = {(double)b->cols, b->trees, b->depth, b->base};
	double *v = malloc((inner > leaves ? inner : leaves) * sizeof(*v));
	bool good = v != NULL && put(p, name, "shape", shape, 4);

	for (size_t i = 0; good && i < inner; i++) {
		v[i] = b->column[i];
	}
	good = good && put(p, name, "column", v, inner);
	for (size_t i = 0; good && i < inner; i++) {
		v[i] = (double)b->cut[i];
	}
	good = good && put(p, name, "cut", v, inner);
	for (size_t i = 0; good && i < leaves; i++) {
		v[i] = (double)b->leaf[i];
	}
	good = good && put(p, name, "leaf", v, leaves);
	free(v);
	return good;
}

static bool whole_between(double v, double least, double most)
{
	return v >= least && v <= most && v == (double)(long)v;
}

struct boost *boost_load(const struct params *p, const char *name, size_t cols)
{
	const double *shape = take(p, name, "shape", 4);

	if (!shape || shape[0] != (double)cols || !whole_between(shape[0], 1, BOOST_MAX_COLS) ||
	    !whole_between(shape[1], 1, BOOST_MAX_TREES) || !whole_between(shape[2], 1, BOOST_MAX_DEPTH)) {
		return NULL;
	}
	struct boost *b = boost_make(cols, (unsigned)shape[1], (unsigned)shape[2]);
	if (!b) {
		return NULL;
	}
	size_t inner = b->trees * inner_of(b->depth), leaves = b->trees * leaves_of(b->depth);
	const double *column = take(p, name, "column", inner), *cut = take(p, name, "cut", inner),
		     *leaf = take(p, name, "leaf", leaves);
	bool good = column && cut && leaf;
	b->base = shape[3];
	for (size_t i = 0; good && i < inner; i++) {
		good = column[i] == 255 || whole_between(column[i], 0, (double)cols - 1);
		b->column[i] = good ? (uint8_t)column[i] : 255;
		b->cut[i] = (float)cut[i];
	}
	for (size_t i = 0; good && i < leaves; i++) {
		b->leaf[i] = (float)leaf[i];
	}
	if (!good) {
		boost_destroy(b);
		return NULL;
	}
	return b;
}

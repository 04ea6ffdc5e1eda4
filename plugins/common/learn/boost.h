/*
 * boost.h - gradient-boosted trees on binned inputs (Friedman 2001; second-order gains as in Chen & Guestrin 2016).
 *
 * Small ones, for what is neither linear nor worth a library at run time: some hundred trees of depth 3 to 5. Deterministic: no
 * sampling, sums in the order of the rows. Not thread-safe while fitting; reading is.
 */
#ifndef LEARN_BOOST_H
#define LEARN_BOOST_H

#include "params.h"

enum boost_loss { BOOST_LOGISTIC = 1, BOOST_POISSON };

#define BOOST_MAX_TREES 400u
#define BOOST_MAX_DEPTH 6u
#define BOOST_MAX_COLS 64u

struct boost_options {
	unsigned loss;  /* enum boost_loss */
	unsigned trees; /* 1..BOOST_MAX_TREES */
	unsigned depth; /* 1..BOOST_MAX_DEPTH */
	double rate;    /* share of each tree that is taken, 0..1 */
	double l2;      /* on the leaves, > 0 */
	double least;   /* sum of second derivatives that a leaf must have */
};

struct boost;

/* x row major, finite; y 0..1, or counts; w and offset (added to the margin of each row) may be NULL. NULL: no memory, no rows, or
 * options out of range. */
struct boost *boost_fit(const float *x, const float *y, const float *w, const float *offset, size_t rows, size_t cols,
			const struct boost_options *);
void boost_destroy(struct boost *); /* accepts NULL */

/* Log-odds, or log of the mean; without the row's offset. */
double boost_margin(const struct boost *, const float *x);

/* As arrays NAME.* of the parameters. False: no memory. */
bool boost_save(const struct boost *, struct params *, const char *name);
/* NULL: there is none, it is damaged, or was fitted on another number of columns. */
struct boost *boost_load(const struct params *, const char *name, size_t cols);

#endif

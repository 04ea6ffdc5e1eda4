/*
 * lbfgs.h - minimises a smooth function of many variables (limited-memory BFGS; Nocedal & Wright, Numerical Optimization, 7.2).
 */
#ifndef LEARN_LBFGS_H
#define LEARN_LBFGS_H

#include <stddef.h>

struct lbfgs_options {
	unsigned iterations;
	unsigned memory;  /* pairs kept, 1..32 */
	double tolerance; /* ends when a step lowers f by less than this share of 1 + |f| */
};

/* f returns the value at x and fills the gradient (n). x: where to begin, then where it ended. Returns f there; NaN: no
 * memory, or f
 * was not finite at the beginning. */
double lbfgs_minimise(double (*f)(void *arg, const double *x, double *gradient), void *arg, double *x, size_t n,
		      const struct lbfgs_options *);

#endif

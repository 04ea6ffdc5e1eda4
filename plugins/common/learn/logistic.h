/*
 * logistic.h - logistic regression with a penalty.
 */
#ifndef LEARN_LOGISTIC_H
#define LEARN_LOGISTIC_H

#include <stdbool.h>
#include <stddef.h>

/* Least of sum w (-y ln p - (1 - y) ln(1 - p)) + sum l2/2 (beta - centre)^2 with p = logistic(x beta), by Newton's method with
 * halved steps. x row major; y 0..1; w NULL = 1; l2 for each column, > 0; centre NULL = 0. No implicit intercept: give a
 * column of
 * ones. beta on entry: where to begin, finite (0 will do). False: no memory, or no solution. */
bool logistic_fit(const double *x, const double *y, const double *w, size_t rows, size_t cols, const double *l2,
		  const double *centre, double *beta);

double logistic(double z);
double logit(double p); /* of p clipped to 1e-12 .. 1 - 1e-12 */

/* What a forecast of chance p lost by what happened: -ln of the chance it gave to that, at least 5e-4 (as forecasts are
 * scored). */
double log_loss(double p, bool happened);
/* The ranked probability score of a distribution p over n places and the place that came, from 1 (Epstein 1969): 0 =
 * certain and right. */
double ranked_loss(const double *p, size_t n, size_t place);

#endif

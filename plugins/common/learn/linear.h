/*
 * linear.h - least squares with a penalty. Matrices are row major. Columns: at most 4096.
 */
#ifndef LEARN_LINEAR_H
#define LEARN_LINEAR_H

#include <stdbool.h>
#include <stddef.h>

/* Solves a x = b for symmetric positive definite a (n x n, only the lower triangle is read, destroyed) by Cholesky; b becomes x.
 * False if a is not positive definite: then b is undefined. */
bool linear_solve(double *a, double *b, size_t n);

/* Least of sum w (y - x beta)^2 + sum alpha beta^2. w: rows, NULL = 1; alpha: one for each column, >= 0. False: no memory, or not
 * solvable (give every column some alpha). */
bool ridge_fit(const double *x, const double *y, const double *w, size_t rows, size_t cols, const double *alpha, double *beta);

/* The same with Huber's loss: residuals beyond `huber` (in units of y, > 0) count linearly; so many re-weighted fits. */
bool ridge_fit_robust(const double *x, const double *y, const double *w, size_t rows, size_t cols, const double *alpha,
		      double huber, unsigned iterations, double *beta);

#endif

/*
 * linear.c - Cholesky, ridge regression, and its robust version by re-weighting.
 */
#include "linear.h"

#include <stdlib.h>
#include <string.h>

#include "helpers/fmath.h"

#define MAX_COLUMNS 4096u

/* a becomes its factor l in the lower triangle. */
static bool factor(double *a, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j <= i; j++) {
			double sum = a[i * n + j];
			for (size_t k = 0; k < j; k++) {
				sum -= a[i * n + k] * a[j * n + k];
			}
			if (i != j) {
				a[i * n + j] = sum / a[j * n + j];
			} else if (sum > 0.0 && sum < f1p_infinity()) {
				a[i * n + i] = f1p_sqrt(sum);
			} else {
				return false;
			}
		}
	}
	return true;
}

bool linear_solve(double *a, double *b, size_t n)
{
	if (!factor(a, n)) {
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < i; k++) {
			b[i] -= a[i * n + k] * b[k];
		}
		b[i] /= a[i * n + i];
	}
	for (size_t i = n; i-- > 0;) {
		for (size_t k = i + 1; k < n; k++) {
			b[i] -= a[k * n + i] * b[k];
		}
		b[i] /= a[i * n + i];
	}
	return true;
}

/* a: cols x cols for work. */
static bool solve_normal(double *a, const double *x, const double *y, const double *w, size_t rows, size_t cols, const double *alpha,
			 double *beta)
{
	memset(a, 0, cols * cols * sizeof(*a));
	memset(beta, 0, cols * sizeof(*beta));
	for (size_t r = 0; r < rows; r++) {
		const double *row = x + r * cols;
		for (size_t i = 0; i < cols; i++) {
			double wx = w ? w[r] * row[i] : row[i];
			if (wx == 0.0) {
				continue;
			}
			beta[i] += wx * y[r];
			for (size_t j = 0; j <= i; j++) {
				a[i * cols + j] += wx * row[j];
			}
		}
	}
	for (size_t i = 0; i < cols; i++) {
		a[i * cols + i] += alpha[i];
	}
	return linear_solve(a, beta, cols);
}

bool ridge_fit(const double *x, const double *y, const double *w, size_t rows, size_t cols, const double *alpha, double *beta)
{
	if (cols == 0 || cols > MAX_COLUMNS) {
		return false;
	}
	double *a = malloc(cols * cols * sizeof(*a));
	bool solved = a && solve_normal(a, x, y, w, rows, cols, alpha, beta);
	free(a);
	return solved;
}

static double residual(const double *row, double y, const double *beta, size_t cols)
{
	for (size_t i = 0; i < cols; i++) {
		y -= row[i] * beta[i];
	}
	return f1p_abs(y);
}

bool ridge_fit_robust(const double *x, const double *y, const double *w, size_t rows, size_t cols, const double *alpha,
		      double huber, unsigned iterations, double *beta)
{
	if (cols == 0 || cols > MAX_COLUMNS) {
		return false;
	}
	double *a = malloc(cols * cols * sizeof(*a)), *v = malloc((rows ? rows : 1) * sizeof(*v));
	bool solved = a && v && solve_normal(a, x, y, w, rows, cols, alpha, beta);
	for (unsigned i = 0; i < iterations && solved; i++) {
		for (size_t r = 0; r < rows; r++) {
			double e = residual(x + r * cols, y[r], beta, cols);
			v[r] = (w ? w[r] : 1.0) * (e > huber ? huber / e : 1.0);
		}
		solved = solve_normal(a, x, y, v, rows, cols, alpha, beta);
	}
	free(a);
	free(v);
	return solved;
}

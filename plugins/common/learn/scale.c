/*
 * scale.c - weighted mean and standard deviation of columns.
 */
#include "scale.h"

#include "helpers/fmath.h"

static void scale_column(const double *x, const double *w, size_t rows, size_t cols, double *mean, double *sd)
{
	double sum_w = 0.0, sum = 0.0, squares = 0.0;
	for (size_t r = 0; r < rows; r++) {
		double v = w ? w[r] : 1.0;
		sum_w += v;
		sum += v * x[r * cols];
	}
	*mean = sum_w > 0.0 ? sum / sum_w : 0.0;
	for (size_t r = 0; r < rows; r++) {
		double e = x[r * cols] - *mean;
		squares += (w ? w[r] : 1.0) * e * e;
	}
	*sd = sum_w > 0.0 ? f1p_sqrt(squares / sum_w) : 1.0;
	*sd = *sd > 1e-9 * (1.0 + f1p_abs(*mean)) ? *sd : 1.0;
}

void scale_fit(const double *x, const double *w, size_t rows, size_t cols, double *mean, double *sd)
{
	for (size_t c = 0; c < cols; c++) {
		scale_column(x + c, w, rows, cols, &mean[c], &sd[c]);
	}
}

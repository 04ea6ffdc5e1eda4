/*
 * scale.h - mean and spread of columns, to give regressions inputs of one size.
 */
#ifndef LEARN_SCALE_H
#define LEARN_SCALE_H

#include <stddef.h>

/* x row major; w NULL = 1. A column without spread, or no rows: sd 1 (so that dividing by it is harmless). */
void scale_fit(const double *x, const double *w, size_t rows, size_t cols, double *mean, double *sd);

#endif

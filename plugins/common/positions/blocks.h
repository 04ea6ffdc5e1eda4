/*
 * blocks.h - bends a matrix of finishing positions until the chances of win, podium and points are what they shall be.
 *
 * The places fall into four blocks: the first; 2 and 3; the rest of the points; the rest. A car's chance of a block is what its
 * targets say; within a block the matrix keeps its odds ratios (iterative proportional fitting, Deming and Stephan 1940).
 */
#ifndef POSITIONS_BLOCKS_H
#define POSITIONS_BLOCKS_H

#include "positions.h"

/* Chances by row. Those of the cars that run sum to 1, 3 and the number of places that score (or to the cars, if they are fewer). */
struct blocks_targets {
	double win[F1P_MAX_CARS], podium[F1P_MAX_CARS], points[F1P_MAX_CARS];
};

/* p[i] = the larger of least[i] and most[i] * logistic(z[i] + c), with c such that they sum to `places`; all 1 if there are no more cars
 * than places. least: NULL = 0; its sum is at most `places`. most: NULL = 1; its sum is above `places`. Any finite z. Begins the search
 * at c = start; returns c. */
double blocks_normalise(const double *z, const double *least, const double *most, uint32_t n, double places, double start,
			double *p);

/* Makes a matrix of m whose rows and columns sum to 1 within 1e-9 and whose blocks have the targets' chances. False, and m as it was, if the
 * targets contradict each other: a chance above 1 or below that of a smaller block, or sums that are not those of the places. */
bool blocks_fit(struct positions_matrix *m, const struct positions_field *field, const struct blocks_targets *targets,
		uint32_t points_places);

#endif

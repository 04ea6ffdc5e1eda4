/*
 * placing.h - the distribution of places among cars whose results are independent draws, computed instead of simulated.
 *
 * Each car has a distribution of its result (a time: less is better) and a chance not to finish. Given that a car's result
 * falls into a
 * small cell, the number of cars ahead of it is a sum of independent yes/no draws (a Poisson-binomial distribution); summed over
 * the cells this is the car's distribution of places. No random numbers, hence no sampling error.
 */
#ifndef PLACING_H
#define PLACING_H

#include <stdint.h>

#include "positions.h"

#define PLACING_EDGES 208u

struct placing {
	uint32_t n;     /* cars, 1..F1P_MAX_CARS */
	uint32_t edges; /* 2..PLACING_EDGES; results lie in the cells between neighbouring edges, or beyond the first or last */
	double edge[PLACING_EDGES];              /* rising */
	double cdf[PLACING_EDGES][F1P_MAX_CARS]; /* [e][i]: chance that the result of car i is at most edge[e], if it finishes */
	double out[F1P_MAX_CARS]; /* chance not to finish: such cars come behind those that do, in an even order */
};

/* Chance that a standard normal number is at most x; error below 1e-7 (Abramowitz & Stegun 26.2.17). */
double placing_normal(double x);

/* Chance that a result is at most x: normal around `mean` with `sd`, and in `share` of the cases an exponential delay of
 * mean `delay` on
 * top (a mistake, traffic, a yellow flag). sd, delay > 0. */
double placing_delayed(double x, double mean, double sd, double share, double delay);

/* Edges from low to high at equal distances. */
void placing_edges(struct placing *, double low, double high, uint32_t edges);

/* m[i][k]: chance that car i is at place k + 1, for the n cars; sums of rows and columns are 1. Results that fall into one
 * cell are
 * counted as equally likely in both orders, so the cells must be narrow where it matters. */
void placing_matrix(const struct placing *, struct positions_matrix *m);

#endif

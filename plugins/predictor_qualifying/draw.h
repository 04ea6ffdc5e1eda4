/*
 * draw.h - the rest of a qualifying session, many times.
 *
 * All luck is a hash of (seed, run, car number, part, purpose), so the same future meets the same luck in every forecast
 * of a session, and
 * the order in which the feed names the cars changes nothing.
 */
#ifndef QUALIFYING_DRAW_H
#define QUALIFYING_DRAW_H

#include "session.h"

#define DRAW_NORMAL 4096u

struct draw_tables {
	float normal[DRAW_NORMAL]; /* quantiles of the standard normal */
	float delay[DRAW_NORMAL];  /* of the exponential with mean 1 */
};

struct draw_counts {
	uint32_t place[F1P_MAX_CARS][F1P_MAX_CARS]; /* by position in session->in, place - 1 */
};

void draw_tables_init(struct draw_tables *);

/* Adds runs first_run.. to the counts. */
void draw_run(const struct session *, const struct session_model *, const struct draw_tables *, uint64_t seed, uint32_t first_run,
	      uint32_t runs, struct draw_counts *);

/* The counts as a matrix of all cars: those who are out have their places. trace: share that is spread over what is still
 * open. */
void draw_matrix(const struct session *, const struct draw_counts *, uint32_t runs, double trace, struct positions_matrix *);

#endif

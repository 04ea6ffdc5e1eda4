/*
 * positions.h - what the race predictors share: matrices of finishing positions and how they become a forecast.
 *
 * A matrix m[i][k] is the probability that car i is classified at position k + 1. Rows are in canonical order, that is by
 * car number, so that the order in which the feed first named the cars cannot change one bit of a result.
 */
#ifndef POSITIONS_H
#define POSITIONS_H

#include <f1pd/forecast.h>
#include <f1pd/state.h>

#include <stdbool.h>
#include <stdint.h>

struct positions_matrix {
	double m[F1P_MAX_CARS][F1P_MAX_CARS];
};

/* Who takes part: rows by car number, and the order in which the cars lie now. */
struct positions_field {
	uint32_t n;                   /* rows */
	uint32_t n_running;           /* cars that are not retired; they hold the positions 1..n_running */
	uint16_t car[F1P_MAX_CARS];   /* row -> index into state->cars */
	uint16_t order[F1P_MAX_CARS]; /* place - 1 -> row: running cars by position, then the retired by laps done */
	bool running[F1P_MAX_CARS];   /* by row */
};

/* True for races and sprints with cars in them: all that a race predictor can talk about. */
bool positions_supported(const struct f1p_state *state);

/* 10 places score in a race, 8 in a sprint. */
uint32_t positions_points_places(const struct f1p_state *state);

/* True after the chequered flag. */
bool positions_finished(const struct f1p_state *state);

void positions_field_init(struct positions_field *field, const struct f1p_state *state);

/* Laps the leader has completed, from what the state knows; 0 before the race. */
int32_t positions_laps_done(const struct f1p_state *state);

/* Share of the distance that the leader has done, 0..1. Where the lap count is not told, the prior's counts, then default_laps (a third of
 * them in a sprint); *known says if it was told or a prior. */
double positions_share_done(const struct f1p_state *state, int32_t default_laps, int32_t *laps_left, bool *known);

/* True if it rains or a running car is on intermediate or wet tyres. */
bool positions_wet(const struct f1p_state *state);

/* The matrix that says "exactly this order": places are given by row in field->order. */
void positions_certain(struct positions_matrix *m, const struct positions_field *field);

/* The least informed matrix that is possible: running cars share their places evenly, the retired keep theirs. */
void positions_broad(struct positions_matrix *m, const struct positions_field *field);

/* Zeroes what cannot be: a retired car among the places of the running, and the other way round. */
void positions_restrict(struct positions_matrix *m, const struct positions_field *field);

/* Scales rows and columns in turn until both sum to 1 within 1e-10. Rows and columns that can only be certain stay so. False
 * if sums of one cannot be reached with these zeros. */
bool positions_balance(struct positions_matrix *m, uint32_t n);

/* Largest distance of a row or column sum from 1. */
double positions_error(const struct positions_matrix *m, uint32_t n);

/* m = (1 - share) * m + share * other; both balanced, so the result is. */
void positions_mix(struct positions_matrix *m, const struct positions_matrix *other, double share, uint32_t n);

/* The first place, from 1, up to which p sums to at least q. */
uint8_t positions_quantile(const double *p, uint32_t n, double q);

/* Fills n_cars, cars and confidence of the forecast from a matrix; p_retire by row. */
void positions_fill(struct f1p_forecast *out, const struct f1p_state *state, const struct positions_field *field,
		    const struct positions_matrix *m, const double *p_retire);

/* Takes the matrix out of a forecast, by car number. False if it lacks a car that the state has. */
bool positions_take(struct positions_matrix *m, double *p_retire, const struct f1p_forecast *forecast,
		    const struct f1p_state *state, const struct positions_field *field);

#endif

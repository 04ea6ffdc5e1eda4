/*
 * measure.h - what the small models are worth, walk-forward: each race is judged by models that had not seen it.
 */
#ifndef INSIGHTS_MEASURE_H
#define INSIGHTS_MEASURE_H

#include "rejoin.h"
#include "stop_hazard.h"

/* Rejoin places of the green, dry stops of a race: how many, and how many were foretold within one place. */
struct rejoin_score {
	uint32_t stops, before_within_1, line_within_1;
	double before_error, line_error; /* sums of |foretold - real| */
};
void rejoin_measure(struct rejoin_score *, const struct f1p_state *last, const struct stop_hazard *);

/* The case of a car that stops at the end of the lap after f->lap (asked from the line before), or that is in the lane at the end of
 * f->lap (asked at that line). */
void rejoin_case_before(struct rejoin_case *, const struct f1p_state *, const struct field *, uint32_t place,
			const struct pit_loss *, const double p_stop[F1P_MAX_CARS]);
void rejoin_case_at_line(struct rejoin_case *, const struct f1p_state *, const struct field *, uint32_t place,
			 const struct pit_loss *, const double p_stop[F1P_MAX_CARS]);

#endif

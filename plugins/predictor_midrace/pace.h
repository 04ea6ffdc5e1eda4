/*
 * pace.h - how fast each car is, from its clean laps in this race and, before there are any, from its grid position.
 *
 * Pace is a percentage of a lap slower than the field's mean, with the tyre's part taken out. Fuel and track evolution are
 * common to all and cancel against the field's median lap.
 */
#ifndef MIDRACE_PACE_H
#define MIDRACE_PACE_H

#include <f1pd/state.h>

#include <stdbool.h>
#include <stdint.h>

#include "positions.h"

struct pace_race {
	double median_ms[F1P_MAX_LAPS]; /* the field's median clean lap; 0 = fewer than 4 clean laps */
	double lap_ms;                  /* a clean lap now */
	double pit_loss_s;              /* measured in this race, shrunk to the prior */
	uint32_t clean_laps;            /* that entered any car's pace */
};

struct pace_car {
	double mean;   /* % */
	double sd;     /* % */
	double weight; /* laps' worth of evidence */
};

/* Tyre: what a lap costs against a new soft tyre, % of a lap and % per lap of age. False if the compound is unknown. */
bool pace_tyre(uint8_t compound, double *off, double *slope);

void pace_race_init(struct pace_race *race, const struct f1p_state *state, const struct positions_field *cars, double pit_loss_s);

/* Fills pace of every row. */
void pace_cars(struct pace_car pace[F1P_MAX_CARS], struct pace_race *race, const struct f1p_state *state,
	       const struct positions_field *cars, int32_t laps_done);

#endif

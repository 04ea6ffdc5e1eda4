/*
 * field.h - the field at the end of a lap, from the cars' lap histories: who lies where, how far apart.
 *
 * Training reads all laps of a finished race, a forecast only the newest: the same code for both, so that a model sees the same
 * in both.
 */
#ifndef INSIGHTS_FIELD_H
#define INSIGHTS_FIELD_H

#include <f1pd/state.h>

#include <stdbool.h>
#include <stdint.h>

/* Lap 1..; NULL: not driven, or its time or end is not known. */
const struct f1p_lap *field_lap(const struct f1p_car *car, int32_t lap);

struct field {
	int32_t lap;
	uint32_t n;                     /* cars that have completed the lap with a known end */
	uint16_t car[F1P_MAX_CARS];     /* by order at the line: index into state->cars */
	double end_s[F1P_MAX_CARS];     /* race time at the line, by order */
};
/* The order at the end of the lap among the cars that are not a lap down then. */
void field_at(struct field *, const struct f1p_state *, int32_t lap);
/* When the first have ended a lap the others are still on it. Adds it to their histories as it will be: as far behind as at the
 * line before, no earlier than the newest end known. in_s, out_s: what a stop costs before and behind the line. For a copy of the
 * state. */
void field_foresee(struct f1p_state *, double in_s, double out_s);
/* Place in the field, from 0; n if the car is not in it. */
uint32_t field_place(const struct field *, uint32_t car);

/* Soft 0, medium 1, hard 2, intermediate 3, wet 4; medium where it is not known. */
double field_hardness(uint8_t compound);
bool field_is_wet_tyre(uint8_t compound);
/* Mean time of the last up to three clean laps until `lap`, seconds; 0 = none. */
double field_pace_s(const struct f1p_car *car, int32_t lap);
/* Laps of tyre age at the end of the lap; 0 where it is not known. */
double field_age(const struct f1p_lap *lap);

/* A car's prior in units: value * scale, or fallback where nothing is known. */
double field_car_prior(const struct f1p_state *, uint32_t car, uint32_t prior, double scale, double fallback);
double field_race_prior(const struct f1p_state *, uint32_t prior, double scale, double fallback);

static inline double field_clip(double v, double least, double most)
{
	return v < least ? least : v > most ? most : v;
}

#endif

/*
 * tyres.h - what a car runs on, has run on and must still run on.
 */
#ifndef MONTECARLO_TYRES_H
#define MONTECARLO_TYRES_H

#include <f1pd/state.h>

#include "model.h"

bool tyre_is_wet(uint8_t compound);
/* TYRE_SOFT..TYRE_HARD by what the compound is nearest to; TYRE_CLASSES: wet or unknown. */
uint8_t tyre_class(uint8_t compound);
/* The compound that is called so; F1P_TYRE_UNKNOWN. */
uint8_t tyre_of_class(uint8_t class);
/* What a lap costs against a new soft tyre, % of a lap and % per lap of age. An unknown compound counts as medium. */
void tyre_cost(const struct midrace_model *model, uint8_t compound, double *off, double *slope);

/* enum f1p_compound on the car; F1P_TYRE_UNKNOWN. */
uint8_t tyre_now(const struct f1p_car *car);
/* Laps on the set, by the best that the state knows. */
double tyre_laps(const struct f1p_car *car, int32_t laps_done);

/* Somebody has used a wet tyre. */
bool tyre_race_is_wet(const struct f1p_state *state);

/* The compound rule: two dry compounds in a dry race. used: bit per enum f1p_compound. */
bool tyre_rule_open(uint32_t used, int32_t stops);
/* Bit per compound that the car has used on its first `laps` laps. */
uint32_t tyres_used(const struct f1p_car *car, uint32_t laps);
/* And all in all, the one on it now included. */
uint32_t tyres_used_now(const struct f1p_car *car);

#endif

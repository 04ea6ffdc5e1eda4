/*
 * tyres.c - compounds, ages, the two-compound rule.
 */
#include "tyres.h"

bool tyre_is_wet(uint8_t compound)
{
	return compound == F1P_TYRE_INTERMEDIATE || compound == F1P_TYRE_WET;
}

static bool tyre_is_dry(uint8_t compound)
{
	return compound > F1P_TYRE_UNKNOWN && !tyre_is_wet(compound);
}

uint8_t tyre_class(uint8_t compound)
{
	switch (compound) {
	case F1P_TYRE_SOFT:
	case F1P_TYRE_HYPERSOFT:
	case F1P_TYRE_ULTRASOFT:
	case F1P_TYRE_SUPERSOFT:
		return TYRE_SOFT;
	case F1P_TYRE_MEDIUM:
		return TYRE_MEDIUM;
	case F1P_TYRE_HARD:
	case F1P_TYRE_SUPERHARD:
		return TYRE_HARD;
	default:
		return TYRE_CLASSES;
	}
}

uint8_t tyre_of_class(uint8_t class)
{
	static const uint8_t compounds[TYRE_CLASSES] = {F1P_TYRE_SOFT, F1P_TYRE_MEDIUM, F1P_TYRE_HARD};
	return class < TYRE_CLASSES ? compounds[class] : F1P_TYRE_UNKNOWN;
}

void tyre_cost(const struct midrace_model *model, uint8_t compound, double *off, double *slope)
{
	uint8_t class = tyre_class(compound);
	if (tyre_is_wet(compound)) {
		*off = 0.0;
		*slope = 0.0;
		return;
	}
	class = class < TYRE_CLASSES ? class : TYRE_MEDIUM;
	*off = model->tyre_off[class];
	*slope = model->tyre_slope[class];
}

uint8_t tyre_now(const struct f1p_car *car)
{
	if (car->compound > F1P_TYRE_UNKNOWN) {
		return car->compound;
	}
	for (uint32_t i = car->n_stints < F1P_MAX_STINTS ? car->n_stints : F1P_MAX_STINTS; i-- > 0;) {
		if (car->stints[i].compound > F1P_TYRE_UNKNOWN) {
			return car->stints[i].compound;
		}
	}
	return F1P_TYRE_UNKNOWN;
}

double tyre_laps(const struct f1p_car *car, int32_t laps_done)
{
	if (car->tyre_age >= 0 && car->tyre_age < 200) {
		return car->tyre_age;
	}
	if (car->stint_laps >= 0 && car->stint_laps < 200) {
		return car->stint_laps;
	}
	return car->last_pit_lap > 0 && car->last_pit_lap <= laps_done ? laps_done - car->last_pit_lap : laps_done;
}

uint32_t tyres_used(const struct f1p_car *car, uint32_t laps)
{
	uint32_t used = 0;
	for (uint32_t k = 0; k < car->n_laps && k < F1P_MAX_LAPS && k < laps; k++) {
		used |= 1u << (car->history[k].compound & 31u);
	}
	return used;
}

uint32_t tyres_used_now(const struct f1p_car *car)
{
	uint32_t used = tyres_used(car, F1P_MAX_LAPS) | 1u << (car->compound & 31u);
	for (uint32_t i = 0; i < car->n_stints && i < F1P_MAX_STINTS; i++) {
		used |= 1u << (car->stints[i].compound & 31u);
	}
	return used;
}

bool tyre_race_is_wet(const struct f1p_state *state)
{
	const uint32_t wet = 1u << F1P_TYRE_INTERMEDIATE | 1u << F1P_TYRE_WET;
	for (uint32_t i = 0; i < state->n_cars && i < F1P_MAX_CARS; i++) {
		if (tyres_used_now(&state->cars[i]) & wet) {
			return true;
		}
	}
	return false;
}

bool tyre_rule_open(uint32_t used, int32_t stops)
{
	uint32_t dry = 0;
	for (uint8_t c = F1P_TYRE_UNKNOWN + 1; c <= F1P_TYRE_SUPERHARD; c++) {
		dry += tyre_is_dry(c) && (used >> c & 1u);
	}
	return dry == 0 ? stops <= 0 : dry < 2; /* a feed that names no compounds: a stop stands for a change */
}

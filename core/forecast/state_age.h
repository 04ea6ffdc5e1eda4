/*
 * state_age.h - what a forecast made from an old state is worth.
 */
#ifndef FORECAST_STATE_AGE_H
#define FORECAST_STATE_AGE_H

#include <f1pd/forecast.h>
#include <f1pd/state.h>

/* Weakens the confidence of a forecast of this state if nobody has told the race's timing or laps for more than 30 s of event
 * time: by a tenth for each further 30 s, and sets F1P_MISSING_NEWS. Only while a race goes: elsewhere silence is in order. A
 * function of the log alone. */
void state_age_weaken(struct f1p_forecast *, const struct f1p_state *);

#endif

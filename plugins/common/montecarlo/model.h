/*
 * model.h - the numbers of the simulation that are learnt from past races, and what serves until they are.
 */
#ifndef MONTECARLO_MODEL_H
#define MONTECARLO_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "params.h"

enum { TYRE_SOFT = 0, TYRE_MEDIUM, TYRE_HARD, TYRE_CLASSES };

#define STOP_GREEN_INPUTS 60u
#define STOP_NEUTRAL_INPUTS 36u
#define STOP_WET_INPUTS 14u

struct midrace_model {
	/* What a lap costs against a new soft tyre, % of a lap and % per lap of age. */
	double tyre_off[TYRE_CLASSES], tyre_slope[TYRE_CLASSES];
	/* Log-odds of a stop at the end of a lap: green in a dry race, under SC or VSC, green in a wet one. stops.h says of what.
	 */
	double stop_green[STOP_GREEN_INPUTS], stop_neutral[STOP_NEUTRAL_INPUTS], stop_wet[STOP_WET_INPUTS];
};

/* What serves when nothing has been learnt. */
void midrace_model_init(struct midrace_model *model);
bool midrace_model_save(const struct midrace_model *model, struct params *params);
/* What the parameters lack stays as it is. */
void midrace_model_load(struct midrace_model *model, const struct params *params);

#endif

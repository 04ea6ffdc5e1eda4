/* say.h - fills the parts of the insights that need no simulation. */
#ifndef INSIGHTS_SAY_H
#define INSIGHTS_SAY_H

#include <f1pd/insight.h>

#include "overtake.h"
#include "stop_hazard.h"

struct models {
	struct overtake overtake;
	struct stop_hazard stop;
};

/* Neutralisations within five laps, and the cars by name. */
void say_race(struct f1p_insights *, const struct f1p_state *);
/* Expected points, from the places of the forecast. */
void say_points(struct f1p_insights *, const struct f1p_state *, const struct f1p_forecast *);
/* Chances to stop, and where each car would come back. F1P_ENOMEM. */
f1p_status say_stops(struct f1p_insights *, const struct f1p_state *, const struct models *);
/* The passes that are likeliest within three laps. */
void say_overtakes(struct f1p_insights *, const struct f1p_state *, const struct models *);

#endif

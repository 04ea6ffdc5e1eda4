/*
 * scorer.h - keeps the forecasts of a race until its result is known, then writes what they were worth.
 *
 * Per instance and phase one forecast is kept: the last one before lights-out, then the first one at or behind 10, 25, 50, 75 and
 * 90 % of the distance. When the feed says that timing is final, one JSON line for each goes to a file, and the published ones to
 * the log. Nothing here reads a clock: what is kept depends on the events alone.
 */
#ifndef FORECAST_SCORER_H
#define FORECAST_SCORER_H

#include "forecast/score.h"

enum score_phase { SCORE_LIGHTS_OUT = 1, SCORE_D10, SCORE_D25, SCORE_D50, SCORE_D75, SCORE_D90, SCORE_PHASES };
const char *score_phase_name(int); /* "lights_out", "d10", ...; "?" for none */

struct scorer;

struct scorer_ops {
	void *arg;
	/* One line of JSON, without line end; NULL: not wanted */
	void (*write)(void *arg, const char *json, size_t n);
	/* One line for people about a published forecast; NULL: not wanted */
	void (*tell)(void *arg, const char *line);
	/* Name of an instance; NULL: its number is written */
	const char *(*name)(void *arg, uint32_t instance_id);
};

struct scorer *scorer_create(const struct scorer_ops *); /* NULL when memory is short */
/* What the members are measured against, from here on; borrowed; NULL: nothing. */
struct baselines;
void scorer_set_baselines(struct scorer *, const struct baselines *);
void scorer_destroy(struct scorer *);                    /* accepts NULL */
/* An event that was accepted, and the state that it led to. */
void scorer_take(struct scorer *, const struct f1p_event *, const struct f1p_state *);

#endif

/*
 * plackett.h - weights of a Plackett-Luce model of the first finishers, by penalised maximum likelihood.
 */
#ifndef PRERACE_PLACKETT_H
#define PRERACE_PLACKETT_H

#include <stdbool.h>
#include <stdint.h>

#include "starters.h"

#define PLACKETT_TOP 6u /* places that count; the order further back is noise to the model */

/* A race: its finishers in order of the flag. */
struct plackett_race {
	uint32_t n;
	double weight;
	double (*input)[STARTER_INPUTS]; /* n rows, winner first */
};

/* Fills weight. l2: penalty on weights of inputs scaled to a spread of one. False: no memory, or no solution. */
bool plackett_fit(const struct plackett_race *races, uint32_t n_races, double l2, double weight[STARTER_INPUTS]);

#endif

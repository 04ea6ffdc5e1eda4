/*
 * starters.h - what is known of each starter and of the race, in the terms of the model; and the inputs of a car's score.
 */
#ifndef PRERACE_STARTERS_H
#define PRERACE_STARTERS_H

#include <f1pd/state.h>

#include <stdbool.h>
#include <stdint.h>

#include "positions.h"

#define STARTER_LAP_DRIVEN_SD 0.002 /* spread of a qualifying time that is known */

struct starter {
	double grid;       /* 1 = pole, without holes, pit lane last; 0 = not known */
	double pace;       /* expected in this race, % of a lap, below 0 = faster */
	double quali;      /* expected in qualifying, or set in it; % of a lap */
	double quali_sd;   /* % */
	double penalty;    /* grid places to lose */
	double form;       /* places */
	double out;        /* chance not to finish */
};

struct starters {
	uint32_t n;      /* running cars; rows as in positions_field */
	bool grid_known;
	bool sprint;
	double ease;     /* of overtaking: 0 = usual, below 0 = harder */
	double wet;      /* chance that the race starts on wet tyres */
	double era_races; /* under these rules */
	uint16_t row[F1P_MAX_CARS]; /* -> row of the field */
	struct starter car[F1P_MAX_CARS];
};

/* Reads the state before the start. Unknown values are filled with what is most likely without them. */
void starters_read(struct starters *, const struct f1p_state *, const struct positions_field *);

/* Tried and left out, because without them past races were forecast as well or better: form of the team, places won at
 * starts, how near the
 * fastest pace is, pace rank against slot, pace x ease, both terms by street circuit, experience. */
enum starter_input {
	INPUT_LN_GRID = 0,  /* -ln g */
	INPUT_POLE,
	INPUT_GRID,         /* -g/10 */
	INPUT_PACE,         /* -pace */
	INPUT_FORM,         /* -form/5 */
	INPUT_LN_GRID_EASE, /* -ln g x ease */
	INPUT_LN_GRID_WET,
	INPUT_PACE_WET,
	STARTER_INPUTS
};

/* Inputs of car i, were it to start from this place of the grid. */
void starters_inputs(const struct starters *, uint32_t i, double grid, double input[STARTER_INPUTS]);

#endif

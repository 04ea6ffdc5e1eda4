/*
 * stops.h - when cars stop: the chance of a stop at the end of each lap (a hazard), learnt on past races.
 *
 * Logistic regressions on piecewise linear functions of the age of the tyre, the laps left and the length that the stint
 * would have if it lasted to the flag, all as shares of the distance, apart for cars that still owe a compound. One for green
 * laps, one for laps under SC or VSC; a small third one for green laps of wet races, where the tyres of the others say more than
 * age. Each is a sum of functions of one input, so the kernel can have them as tables.
 */
#ifndef MONTECARLO_STOPS_H
#define MONTECARLO_STOPS_H

#include "model.h"

/* One car on one lap: does it stop at its end? */
struct stop_case {
	double age;	    /* laps on the tyre at the end of the lap */
	double left;	    /* laps to go after it */
	double stint;	    /* age + left: the stint if it lasted to the flag */
	double total;	    /* race distance */
	double stops_prior; /* mean stops per car at this circuit; 1.7 if not known */
	int32_t rel;	    /* stops made, less the median of the first ten cars */
	int32_t place;	    /* 1.. */
	int32_t since;	    /* laps since SC or VSC came out */
	uint8_t tyre;	    /* TYRE_SOFT.. */
	double mismatch;    /* share of the other cars that run on the other kind of tyre: wet, or dry */
	bool owes;	    /* a second dry compound */
	bool vsc;
	bool wet;    /* somebody has used wet tyres in this race */
	bool on_wet; /* this car does now */
};

void stops_green_inputs(const struct stop_case *c, double x[STOP_GREEN_INPUTS]);
void stops_neutral_inputs(const struct stop_case *c, double x[STOP_NEUTRAL_INPUTS]);
void stops_wet_inputs(const struct stop_case *c, double x[STOP_WET_INPUTS]);
/* Log-odds on a green lap; of wet races too. */
double stops_logit_green(const struct midrace_model *m, const struct stop_case *c);
double stops_logit_neutral(const struct midrace_model *m, const struct stop_case *c);

#endif

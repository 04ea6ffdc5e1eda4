/*
 * rejoin.h - where a car comes back after a stop: the distribution of its place at the end of the out-lap.
 */
#ifndef INSIGHTS_REJOIN_H
#define INSIGHTS_REJOIN_H

#include "field.h"
#include "pit_loss.h"

struct rejoin_rival {
	double ahead_s; /* seconds that it is ahead of the car now; below 0 = behind */
	double gain_s;  /* that it gains on the car until then by pace */
	double p_stop;  /* that it stops until then, and loses rival_loss_s */
};

struct rejoin_case {
	uint32_t n; /* rivals */
	struct rejoin_rival rivals[F1P_MAX_CARS];
	double loss_s, loss_sd_s; /* still to come for the car */
	double rival_loss_s;
	double noise_s;           /* sd of the difference of two cars' laps until then */
};

/* p[k]: comes back with k rivals ahead; n + 1 entries, their sum is 1. */
void rejoin_distribution(const struct rejoin_case *, double p[F1P_MAX_CARS + 1]);

#endif

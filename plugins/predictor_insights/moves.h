/*
 * moves.h - why it moved: how much each single thing that happened changed the chances to win.
 *
 * The weight of one thing for one car is its chance to win now, less its chance if that thing alone had not happened, both simulated with the
 * same random futures. Kept is what is at least MOVES_LEAST and MOVES_SURE standard errors of the paired difference (from batches of
 * runs). What is kept for a car never claims more than the simulated chance moved in all: if the gains and losses of a car sum to more than
 * that, those on the side that claims too much are scaled down.
 */
#ifndef INSIGHTS_MOVES_H
#define INSIGHTS_MOVES_H

#include "options.h"

#define MOVES_LEAST 0.005
#define MOVES_SURE 2.5

/* Fills moves. None without a state before, once the flag has fallen, or where no chance moved. F1P_ECANCELLED, F1P_ENOMEM. */
f1p_status moves_say(struct f1p_insights *out, const struct f1p_state *now, const struct f1p_state *before, const struct f1p_forecast *published,
		     const struct simulation *sim, uint64_t seed, bool (*cancel)(void *), void *cancel_arg);

#endif

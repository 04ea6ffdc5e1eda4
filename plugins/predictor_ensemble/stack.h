/*
 * stack.h - how the members are combined, as learnt from races that are over ("stacking").
 *
 * For win, podium and points: log-odds of the blend = sum over the members of weight * log-odds of the member; then all cars of the race are
 * shifted by one number so that the chances sum to 1, 3 and the number of places that score. Points: log-odds of what is left when the car
 * finishes, so that sharpening never says more than the chance to finish does. Weights are positive and depend on how much of
 * the race is done, on neutralisation and on rain; their sum need not be 1, so they also sharpen or flatten. A part of each chance is that of
 * a plain mixture of the members: the one who doubts keeps the blend from being too sure. Places are that mixture, bent to the three.
 */
#ifndef ENSEMBLE_STACK_H
#define ENSEMBLE_STACK_H

#include <f1pd/state.h>

#include "blocks.h"
#include "params.h"

#define STACK_MEMBERS 12u
#define STACK_KNOTS 9u                 /* before qualifying, on the grid, and seven by share of the distance */
#define STACK_WEIGHTS (STACK_KNOTS + 2u) /* logarithms of the weight at the knots; what neutralisation and rain add */
#define STACK_NEUTRAL STACK_KNOTS
#define STACK_WET (STACK_KNOTS + 1u)
#define STACK_LEAST 2e-4               /* no member is taken to be surer than that */

enum stack_target { STACK_WIN, STACK_PODIUM, STACK_POINTS, STACK_TARGETS };
enum stack_stage { STACK_BEFORE_QUALIFYING, STACK_GRID, STACK_RACE, STACK_STAGES };

struct stack_member {
	char name[32];                                  /* of its model */
	bool heard[STACK_STAGES];                       /* it was there in training */
	double log_weight[STACK_TARGETS][STACK_WEIGHTS];
	double mix[STACK_KNOTS];                        /* part of the mixture of places; sums to 1 over the members */
	double usual[F1P_SCORE_STAGES];                 /* its log-loss beyond that of the mean member; by enum f1p_score_stage */
};

struct stack {
	uint32_t races;                /* learnt from so many; 0 = nothing has been learnt */
	uint32_t n;
	struct stack_member member[STACK_MEMBERS];
	double plain[STACK_TARGETS][STACK_STAGES]; /* part of the plain mixture in the chances */
	double tail50[STACK_KNOTS];    /* quantile levels whose places enclose the result in 50 and in 90 % of the cases */
	double tail90[STACK_KNOTS];
	double gap50[STACK_KNOTS], gap90[STACK_KNOTS]; /* by how much the member's range of the gap is widened */
};

/* Where in a race: between two knots. */
struct stack_place {
	uint32_t knot;
	double next;  /* part of knot + 1 */
	uint8_t stage; /* enum stack_stage */
	bool neutral, wet;
};

void stack_place_of(struct stack_place *, const struct f1p_state *, int32_t default_laps);
double stack_between(const double *by_knot, const struct stack_place *);
double stack_nearness(const struct stack_place *, uint32_t knot); /* 1 = at it, 0 = beyond the next */

/* Weights of the members that are present (index into stack->member, or -1: not known to it) on a target. If some are missing, the others
 * take over their part. */
void stack_weights(const struct stack *, enum stack_target, const struct stack_place *, const int32_t *known, uint32_t n,
		   double *weight);
/* Parts of the mixture; sums to 1 unless nobody is known: then all 0. */
void stack_mixture(const struct stack *, const struct stack_place *, const int32_t *known, uint32_t n, double *part);
/* Takes in the part of the plain mixture: p, normalised, by car; mixed likewise. */
void stack_temper(const struct stack *, enum stack_target, const struct stack_place *, const double *mixed, uint32_t n, double *p);
int32_t stack_find(const struct stack *, const char *model);

double stack_log_odds(double p); /* of p clipped to STACK_LEAST */

/* What a chance can be at most: of points, only who does not retire scores, but for those who stop on the last laps. Win and podium, which
 * far fewer cars are sure of: 1. Also 1 where fewer cars than score would be left. p_retire, most: by car that runs. */
void stack_most(enum stack_target, const double *p_retire, uint32_t n, uint32_t places, double *most);

/* False if they hold no such thing; the stack is then undefined. */
bool stack_read(struct stack *, const struct params *);
bool stack_write(const struct stack *, struct params *);

#endif

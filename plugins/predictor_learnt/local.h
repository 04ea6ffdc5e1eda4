/*
 * local.h - regressions that are local in the share of the distance done: fitted at knots, in between by straight lines.
 */
#ifndef LEARNT_LOCAL_H
#define LEARNT_LOCAL_H

#include "inputs.h"
#include "pairs.h"
#include "shown.h"
#include "params.h"

#define LOCAL_KNOTS 11u
#define LOCAL_TARGETS 3u /* win, podium, points */
#define LOCAL_LEAST_RACES 30u

struct local_model {
	uint32_t races; /* learnt from so many; 0 = nothing has been learnt */
	double owed[LOCAL_KNOTS][OWED_INPUTS];
	double beta[LOCAL_TARGETS][LOCAL_KNOTS][LEARNT_INPUTS];
	bool has_pairs;        /* false: a model file that is older than they are */
	double pair[LOCAL_KNOTS][PAIR_INPUTS];
	double spread[LOCAL_KNOTS]; /* places: mean distance of the end from the order that the drifted gaps give */
	double retire[LOCAL_KNOTS]; /* chance that a car which runs retires */
};

/* What it says of a snapshot; by car as live_read() gives them. */
struct local_answer {
	double log_odds[LOCAL_TARGETS][F1P_MAX_CARS]; /* not normalised */
	double places[F1P_MAX_CARS][F1P_MAX_CARS];    /* [i][k]: how likely place k + 1 is; above 0, not normalised */
	double retire;                                /* chance of any */
};
void local_answer(const struct local_model *, const struct live_race *, const struct live_car *, struct local_answer *);

/* Expected tyre changes still to come. */
void local_owed(const struct local_model *, const struct live_race *, const struct live_car *, double owed[F1P_MAX_CARS]);

/* F1P_AGAIN: too few races; F1P_ENOMEM. The model is as it was then. */
f1p_status local_fit(struct local_model *, const struct memory *, int32_t next_race_id);

bool local_read(struct local_model *, const struct params *); /* false: they hold no such thing */
bool local_write(const struct local_model *, struct params *);

#endif

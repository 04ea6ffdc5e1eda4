/*
 * outcome.h - from starters to the distribution of their places.
 *
 * A car's score is linear in its inputs. Its result is -score / temperature plus logistic noise, the same for all cars;
 * cars that do not
 * finish come last. (Thurstone's model with logistic noise: good and bad days are equally likely. The weights are fitted
 * with the noise
 * of the Plackett-Luce model, for which there is a closed form; in past races logistic noise then gave better odds than that of
 * Plackett-Luce, normal noise, or noise with a tail on the bad side.) A share of the plain record by grid slot is mixed in.
 * Before the grid is known, the slot is a draw as well: of qualifying, of which the expected times are known.
 */
#ifndef PRERACE_OUTCOME_H
#define PRERACE_OUTCOME_H

#include "placing.h"
#include "slots.h"
#include "starters.h"

#define OUTCOME_TEMPERATURE 0.88 /* until past forecasts have told better */
#define OUTCOME_RECORD 0.12

struct outcome_model {
	double weight[STARTER_INPUTS];
	double temperature;       /* what the score is divided by */
	double record;            /* share of the record by slot */
	double record_young;      /* added to it in the first race of an era, falling to 0 with the sixth */
	double quali_sd, quali_slow, quali_delay; /* noise of qualifying: %, share of spoilt laps, their mean cost in % */
	bool have_record;
	struct slots_table slots;
};

void outcome_defaults(struct outcome_model *);

/* Scores of the cars by the grid of the state; the grid must be known. */
void outcome_scores(const struct outcome_model *, const struct starters *, double score[F1P_MAX_CARS]);

/* Places by those scores, without the record; cells: 40 is coarse, 100 is fine. */
void outcome_by_scores(const struct outcome_model *, const struct starters *, const double *score, uint32_t cells,
		       struct positions_matrix *m);

/* The record by slot, for these cars. Needs the grid. */
void outcome_record(const struct outcome_model *, const struct starters *, struct positions_matrix *m);

/* Chance of each slot of the grid before qualifying: m[i][slot - 1]. */
void outcome_grid(const struct outcome_model *, const struct starters *, struct positions_matrix *m);

/* All together. */
void outcome_places(const struct outcome_model *, const struct starters *, uint32_t cells, struct positions_matrix *m);

/* Share of the record for this race. */
double outcome_record_share(const struct outcome_model *, const struct starters *);

#endif

/*
 * table.h - where the car that runs at place o finishes, by share of the distance done: built in, or learnt from past races.
 *
 * Counting: the snapshots of a race count together as one race at every knot that they are near, by how near they are. So a race of 78 laps
 * weighs no more than one of 44. Only cars that run at the snapshot are counted, and their order among themselves in the end.
 */
#ifndef ORDER_LEARNT_TABLE_H
#define ORDER_LEARNT_TABLE_H

#include <f1pd/model.h>

#include "order_table.h"
#include "params.h"
#include "positions.h"

#define TABLE_LEAST_RACES 12u /* fewer are no record yet */

struct order_model { /* chances: what predict() reads; rows of 20 places at every knot */
	double p[ORDER_PHASES][ORDER_PLACES][ORDER_PLACES];
	double retire[ORDER_PHASES]; /* chance that a car which runs then retires; used if races > 0 */
	uint32_t races; /* learnt from so many; 0 = built in */
};

struct order_counts {
	double races[ORDER_PHASES];
	double cell[ORDER_PHASES][ORDER_PLACES][ORDER_PLACES];
	double running[ORDER_PHASES], retired[ORDER_PHASES]; /* cars, by race */
	/* the race that is being shown, not yet part of the above */
	int32_t race_id;
	double race_weight[ORDER_PHASES];
	double race_cell[ORDER_PHASES][ORDER_PLACES][ORDER_PLACES];
	double race_running[ORDER_PHASES], race_retired[ORDER_PHASES];
};

void order_model_built_in(struct order_model *);
/* False and unchanged if the fragment holds no such table. */
bool order_model_read(struct order_model *, const struct params *);
bool order_model_write(const struct order_model *, struct params *);

/* Two knots around the share of the distance done, and the part of the second. Before the first lap is over only the grid counts, and never
 * after: a first lap changes more than five others. */
void order_knots(double done, uint32_t *before, double *part_of_next);

/* Chance of final place k from place o, both from 0. Fields longer than the table continue it along the diagonal. */
double order_model_chance(const struct order_model *, double done, uint32_t o, uint32_t k);

double order_model_retire(const struct order_model *, double done);

void order_counts_add(struct order_counts *, const struct f1p_example *, double done);
/* F1P_AGAIN: fewer than TABLE_LEAST_RACES at some knot. */
f1p_status order_counts_fit(struct order_counts *, struct order_model *);

#endif

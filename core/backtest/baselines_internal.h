/* baselines_internal.h - what the baselines keep; for baselines.c and baselines_file.c. */
#ifndef BACKTEST_BASELINES_INTERNAL_H
#define BACKTEST_BASELINES_INTERNAL_H

#include "backtest/baselines.h"
#include "forecast/score.h"

#define CARS F1P_MAX_CARS
#define GRID_RACES 100

struct order_counts {
	double seen[CARS], win[CARS], podium[CARS], points[CARS]; /* by running order, from 0 */
	double place[CARS][CARS];
	double running, retired;
};
struct grid_race {
	uint8_t place[CARS]; /* by slot; 0 = nobody stood there */
};
struct baselines {
	struct grid_race grids[GRID_RACES];
	size_t n_grids; /* ever seen; the newest overwrites the oldest */
	struct order_counts orders[F1P_PHASES];
	double starters, retired;
};

#endif

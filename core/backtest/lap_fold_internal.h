/* lap_fold_internal.h - what happens when in a race (lap_plan.c), and the fold of it (lap_fold.c); for these two only. */
#ifndef BACKTEST_LAP_FOLD_INTERNAL_H
#define BACKTEST_LAP_FOLD_INTERNAL_H

#include "backtest/lap_fold.h"

#define SECOND_MS 1000
#define NEVER INT32_MAX
#define LAPS (int32_t)F1P_MAX_LAPS

enum happening { TRACK_CHANGES = 1, WEATHER_REPORT, PIT_EXIT, NEW_TYRES, GIVES_UP, CROSSES_LINE, FLAG_FALLS };

struct item {
	int32_t t_ms; /* since lights-out */
	uint8_t what; /* enum happening */
	uint8_t car;  /* index into the entries */
	uint16_t lap; /* for CROSSES_LINE, PIT_EXIT */
	uint32_t row; /* index of the row that tells it, or for PIT_EXIT the time in the lane in ms, 0 = unknown */
	int32_t tie;  /* order of two crossings in the same millisecond */
};

struct runner {
	int32_t line_ms[F1P_MAX_LAPS + 1]; /* when it ended each lap; NEVER; [0] = the start */
	int32_t last;                      /* the last lap that it ended */
	/* the fold's */
	int32_t laps;
	uint16_t position;
	bool out;
	bool awaited; /* on the leader's lap, and still to end the one that he has ended */
};

struct lap_fold {
	const struct past *past;
	const struct f1p_hist_race *race_row;
	const struct entry_list *entries;
	const struct f1p_hist_lap *laps;
	const struct f1p_hist_stint *stints;
	const struct f1p_hist_stop *stops;
	const struct f1p_hist_neutralisation *neutral;
	const struct f1p_hist_weather *weather;
	size_t n_laps, n_stints, n_stops, n_neutral, n_weather;
	struct runner runners[F1P_MAX_CARS];
	int32_t leader_ms[F1P_MAX_LAPS + 1]; /* when the first car ended each lap; NEVER */
	int32_t winner_laps;
	struct item *items;
	size_t n_items, capacity;
	bool short_of_memory;
	/* while folding */
	struct race *race;
	size_t next;
	uint64_t seq;
	int64_t t_start_ns;
	int32_t leader_laps;
	uint16_t order[F1P_MAX_CARS]; /* entries of the starters by place */
	size_t n_order;
	uint8_t track;
};

/* Index into the entries of a driver who started; -1: there is none. */
int starter_index(const struct lap_fold *, const char *driver_id);
/* All that happens, in order of time. */
void plan_race(struct lap_fold *);

#endif

/*
 * book.h - the past in memory: who drove for whom, and what each race told about cars and circuit. Filled from f1p.history/1, each
 * race once; a race whose rows have grown since is read again while it is one of the newest.
 *
 * One thread at a time. Drivers, teams and circuits are numbered in the order in which they were first met.
 */
#ifndef RATINGS_BOOK_H
#define RATINGS_BOOK_H

#include <f1pd/history.h>

#include "track.h"

#define BOOK_PRACTICES 3u
#define BOOK_PAST_NS (INT64_C(36) * 3600 * 1000000000)
#define BOOK_FEATURES 16u /* room for what a regression looks at */

struct book_driver {
	char id[32];
	char code[8];
	char name[64];
};
struct book_team {
	char id[32];
	char name[64];
};
struct book_circuit {
	char id[32];
};
#define MEETING_SLUG 40
struct book_meeting {
	char id[MEETING_SLUG];    /* slug of the race's name */
	uint32_t circuit;
};

/* One car of one weekend. */
struct book_entry {
	uint32_t driver, team;         /* numbers */
	int32_t grid;                  /* 0 pit lane; F1P_UNKNOWN */
	int32_t position;              /* F1P_UNKNOWN */
	int32_t laps;
	int32_t lap1_position;         /* at the end of lap 1; F1P_UNKNOWN */
	int32_t grid_penalty;          /* F1P_UNKNOWN */
	bool raced, classified, retired;
	bool in_field;                 /* the features below are filled in */
	double race_pace;              /* % of a lap to the median car; NaN, as all that follow */
	double race_noise;             /* variance of its error, as a multiple of a race with endless laps */
	double qualifying_gap;         /* likewise % */
	double sprint_qualifying_gap;
	double practice_gap[BOOK_PRACTICES];
	double sprint_gap;             /* mean lap of the sprint */
	float race_x[BOOK_FEATURES];   /* what the forecasts of race and qualifying pace were made of, before the race */
	float qualifying_x[BOOK_FEATURES];
	float race_rating, qualifying_rating, race_spread, qualifying_spread; /* ratings then, and their variances */
};

/* One weekend. */
struct book_race {
	int32_t race_id;
	int64_t t_start_ns;
	uint32_t circuit;
	int32_t laps, scheduled_laps;
	bool street, wet, sprint, qualifying_wet;
	bool features;                 /* race_x and qualifying_x are filled in */
	char layout[32];
	char name[64];
	int64_t rows;                  /* of it in the store when it was read */
	struct track_facts facts;
	uint32_t n_sc, n_vsc, n_red;   /* that began after lap 1 */
	bool neutralisations_known;
	uint32_t n;
	struct book_entry *entry;      /* in the order of driver ids */
};

struct book {
	const struct f1p_host *host;
	const struct f1p_history *history; /* NULL: there is none */
	struct book_driver *driver;
	struct book_team *team;
	struct book_circuit *circuit;
	struct book_meeting *meeting;  /* from the model file */
	struct book_race *race;        /* by race_id */
	uint32_t n_drivers, n_teams, n_circuits, n_meetings, n_races;
	uint32_t stable;               /* so many of the first races are as they were when the reader of the book last set this */
};

void book_init(struct book *, const struct f1p_host *);
void book_finish(struct book *);

/* A race is of the past for a session at t_ns if it began more than 36 hours earlier; it is of its weekend if it begins up to five days
 * later. A race whose start is not known counts as run at the end of its season. */
/* Reads what is new of the races before t_ns. F1P_EUNSUPPORTED without a store, else as f1p_history.each. */
f1p_status book_sync(struct book *, int64_t t_ns);
/* How many of its races are before t_ns. */
uint32_t book_before(const struct book *, int64_t t_ns);

/* The weekend around t_ns: its row of the calendar and what has been driven of it. race_id 0: the store does not know it. The entries
 * are the caller's: book_weekend_finish(). */
f1p_status book_weekend(struct book *, int64_t t_ns, struct book_race *);
void book_weekend_finish(struct book_race *);

/* book_read.c: the rows of one race into `out`, whose description is filled in. held: results and laps too. */
f1p_status book_read_race(struct book *, struct book_race *out, bool held);
/* Names of drivers and teams. */
f1p_status book_read_names(struct book *);

#define BOOK_NONE UINT32_MAX
/* Number of the team; BOOK_NONE if the book does not have it. */
uint32_t book_find_team(const struct book *, const char *id);
/* Number of the driver, team or circuit, added if it is new. BOOK_NONE: the book is full or memory is short. */
uint32_t book_add_driver(struct book *, const char *id);
uint32_t book_add_team(struct book *, const char *id);
uint32_t book_add_circuit(struct book *, const char *id);
/* Where a race of this name is run. False: full, or no memory. */
bool book_add_meeting(struct book *, const char *slug, uint32_t circuit);

#endif

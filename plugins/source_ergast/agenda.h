/*
 * agenda.h - what is still to be fetched, and when. Pure logic: the clock and what the store has are told from outside.
 *
 * Two clocks: what the past holds by now is a matter of virtual time; how long a server that fails is left alone, of real time: a
 * rehearsal's clock runs faster, the server does not.
 *
 * In order: calendars of the running season, the next one and those before; then their races, newest first. What is in the store
 * is not asked for again, but for results of the last week, which stewards may still change.
 */
#ifndef ERGAST_AGENDA_H
#define ERGAST_AGENDA_H

#include "page.h"

#define SEASONS_MAX 82
#define MINUTE_NS INT64_C(60000000000)
#define HOUR_NS (60 * MINUTE_NS)
#define DAY_NS (24 * HOUR_NS)

enum work_state { WORK_NEW = 0, WORK_WAITS, WORK_DONE };
struct work {
	uint8_t state; /* enum work_state; NEW: whether the store has it is not known */
	bool has;      /* its rows are in the store */
	uint16_t failures;
	int64_t t_due_ns; /* WAITS */
	int64_t held_ns;  /* real time: not before, after a failure */
};

struct agenda_race {
	int32_t round;
	bool sprint;
	int64_t t_race_ns, t_qualifying_ns, t_sprint_ns;
	struct f1p_hist_race row; /* as it goes into the store */
	struct work works[KINDS];
};
struct season {
	int32_t year;
	bool known; /* its calendar came */
	struct work calendar;
	struct agenda_race races[RACES_MAX]; /* in order of round */
	size_t n_races;
};

struct agenda {
	struct season seasons[SEASONS_MAX]; /* in order of interest */
	size_t n_seasons;
	int32_t running_year;
	bool laps;    /* wanted, with the stops */
	bool history; /* there is a store to fill */
	bool import;  /* one season, then the end: nothing that is not there yet is waited for */
};

enum agenda_next {
	AGENDA_READY = 1, /* *want may be fetched */
	AGENDA_ASK,       /* whether the store has *want must be told first: agenda_told() */
	AGENDA_LATER,     /* nothing before *t_ns */
	AGENDA_NOTHING    /* all is done */
};

/* The running season, the next one and those before; with import set only the first. */
void agenda_begin(struct agenda *, int32_t running_year, int32_t seasons_back);
/* The calendar of a year: keeps what is known of its races. */
void agenda_calendar(struct agenda *, int32_t year, const struct calendar *);
/* *t_ns is virtual; where a real wait ends is estimated at the pace of real time: too late where the clock runs faster. */
enum agenda_next agenda_next(const struct agenda *, int64_t now_ns, int64_t real_ns, struct want *, int64_t *t_ns);

void agenda_told(struct agenda *, const struct want *, bool has, int64_t now_ns);
/* An answer came, with rows or without. */
void agenda_answered(struct agenda *, const struct want *, bool any, int64_t now_ns);
/* It failed: again after wait_ns of real time, or more. Returns how often in a row. */
unsigned agenda_failed(struct agenda *, const struct want *, int64_t wait_ns, int64_t now_ns, int64_t real_ns);
/* The race's row, NULL if it is in no calendar. */
struct f1p_hist_race *agenda_row(struct agenda *, const struct want *);
/* How old a kept answer may be. */
int64_t agenda_fresh_ms(const struct agenda *, const struct want *, int64_t now_ns);

#endif

/*
 * schedule_internal.h - shared by the files of core/schedule.
 */
#ifndef SCHEDULE_INTERNAL_H
#define SCHEDULE_INTERNAL_H

#include "schedule/plan.h"
#include "schedule/schedule.h"

#define MAX_HEARD 16
#define NONE UINT32_MAX

/* One calendar as its source gave it. */
struct calendar {
	uint32_t source_id; /* 0 = nobody gives it now */
	uint32_t rank;
	bool kept; /* from the file, or its source is gone */
	char instance[48];
	int64_t t_fetched_ns;
	struct f1p_session_plan *plans; /* owned */
	uint32_t n;
};

struct calendars {
	struct calendar list[SCHEDULE_MAX_CALENDARS]; /* most trusted first */
	uint32_t n;
};

/* What the feed has said of one session. Times by our clock, F1P_UNKNOWN_NS until they come. */
struct heard {
	struct f1p_session_plan plan; /* size 0: the slot is free */
	uint8_t start_told;	      /* 1, or plan.t_start_ns is when it was first heard of */
	uint8_t status;		      /* enum f1p_session_status */
	uint8_t reserved0[6];
	int64_t t_news_ns; /* the feed's time of its newest news */
	int64_t t_seen_ns; /* when that came */
	int64_t t_started_ns;
	int64_t t_finished_ns; /* chequered flag of the whole session */
	int64_t t_over_ns;     /* timing is final */
};

/* One session of the season, with the times between which it has each mode. */
struct entry {
	struct f1p_session_plan plan; /* merged; start and end as the feed says */
	uint32_t calendar;	      /* index of the most trusted that has it; NONE = only the feed */
	uint32_t heard;		      /* index; NONE */
	bool moved, out;	      /* out: cancelled, it has no mode */
	int64_t t_calendar_start_ns;
	int64_t t_before_ns, t_live_ns, t_end_ns, t_over_ns, t_done_ns;
	int64_t t_running_ns; /* data came: it surely runs until then */
};

struct season {
	struct entry *list; /* in order of start; owned */
	uint32_t n, cap;
};

/* calendar.c */
void calendar_finish(struct calendar *);
/* Takes c->plans over; replaces the calendar of the same source or instance. F1P_ENOMEM: too many calendars. */
f1p_status calendars_put(struct calendars *, struct calendar *c);
void calendars_forget(struct calendars *, uint32_t source_id);
void calendars_finish(struct calendars *);
/* Builds the season anew. False without memory: the former one stands. */
bool season_merge(struct season *, const struct calendars *, const struct heard heard[MAX_HEARD]);

/* modes.c */
void entry_times(struct entry *, const struct heard *); /* heard may be NULL */
struct choice {
	uint32_t mode;	/* enum f1p_season_mode */
	uint32_t index; /* of the entry; NONE */
};
struct choice season_choose(const struct season *, int64_t now_ns);
/* When the choice differs from the one at now_ns for the first time. */
int64_t season_next_change(const struct season *, int64_t now_ns);

/* feed.c */
enum hearing { HEARD_NOTHING = 1, HEARD_ALIVE, HEARD_NEWS }; /* NEWS: the season must be merged anew */
/* *slot: of the session that the state is about; NONE if it is about none. */
enum hearing feed_hear(struct heard heard[MAX_HEARD], const struct f1p_state *, int64_t now_ns, uint32_t *slot);
/* Our clock was put back: what was seen, was seen by now. */
void feed_clock_back(struct heard heard[MAX_HEARD], int64_t now_ns);

/* calendar_file.c */
bool calendar_file_load(const char *path, struct calendars *, char *why, size_t why_size);
bool calendar_file_save(const char *path, const struct calendars *, char *why, size_t why_size);

#endif

/*
 * race_internal.h - what the reducer keeps beside the published state. Only core/race includes it.
 *
 * struct race holds the state and, per car, the memory that folding needs (what happened during the lap in progress,
 * which values came early). All of it is a pure function of the events, so that two folds are equal.
 */
#ifndef RACE_INTERNAL_H
#define RACE_INTERNAL_H

#include <f1pd/state.h>
#include "race/race.h"

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)
#define LAPS_MAX 500         /* larger lap numbers are ignored */
#define NO_CAR 0xffu         /* in race.index_of */
#define PENALTIES_MAX 8u     /* per car */
#define WEATHER_RING 32u
#define GAP_LINES_MAX 1024u  /* of the gap ledger, kept at a time */
#define REPAIRS_MAX 4u       /* by one event */

/* What has been seen during the lap in progress. */
#define SEEN_NEUTRAL (1u << 0)
#define SEEN_YELLOW (1u << 1)

struct penalty {
	int64_t t_ns; /* when it was announced */
	int32_t ms;
	bool served;
};

struct car_memory {
	int64_t t_line_before_ns;  /* the crossing before the newest one */
	int64_t t_early_last_ns;   /* a lap time that came before its lap number */
	int64_t t_undone_ns;       /* when the feed took back the newest lap */
	int64_t t_undone_line_ns;
	int64_t t_pit_exit_ns;
	int64_t t_stopped_ns;      /* since when the feed shows the car as stopped */
	int64_t line_gap_ns;       /* time between the last two crossings, red flags excluded; 0 = unknown */
	int64_t t_sector_ns[3];    /* when each sector time was told */
	int32_t early_last_ms;
	int32_t in_lap;            /* lap on which the car entered the pit lane; F1P_UNKNOWN */
	int32_t undone_lap;
	int32_t told_lap;          /* the lap whose time the feed has told, not one that was concluded */
	int32_t lane_lap;          /* lap of car.last_pit_lane_ms */
	int32_t passages;          /* through the pit lane, red flags excluded */
	int32_t unseen;            /* of them, known from the feed's count only: a pit time may still come */
	int32_t no_stops;          /* what the feed counts as stops and we do not */
	struct f1p_lap undone;
	uint8_t seen;              /* SEEN_* */
	uint8_t flagged_retired;   /* enum f1p_tri, as the feed says */
	uint8_t tyre_compound;     /* CurrentTyres */
	uint8_t tyre_new;
	uint8_t line_stint;        /* stint with which the newest lap ended */
	bool out_lap;              /* the lap in progress began in the pit lane */
	bool message_retired;
	bool silent;
	bool took_flag;
	bool passage_open;         /* the newest counted pit entry has no exit yet */
	bool pit_in_red;           /* the newest pit entry happened under a red flag */
	bool dirty;                /* derived fields are behind */
	uint32_t stints_free;      /* bit k: stint k is no stop: begun under a red flag or after the flag */
	int32_t stint_first[F1P_MAX_STINTS]; /* survives a new list of stints */
	uint32_t n_penalties;
	struct penalty penalties[PENALTIES_MAX];
};

struct weather_sample {
	int64_t t_ns;
	int32_t track_temp_dc;
};

struct gap_seen {
	uint32_t id; /* 0 = no such line */
	uint8_t how; /* enum f1p_gap_how */
};

/* Everything that a new session resets. */
struct fold {
	struct f1p_state st;
	struct car_memory mem[F1P_MAX_CARS];
	uint8_t index_of[F1P_MAX_CAR_NUMBER + 1];
	struct weather_sample weather[WEATHER_RING];
	uint32_t n_weather;
	int64_t t_resume_ns;       /* when the race went on after the last red flag or gap in the feed */
	int64_t t_restart_ns;      /* the same without the gaps */
	int64_t t_first_line_ns;   /* first crossing that was seen */
	bool lap_count_seen;
	bool chequered;
	bool pit_lane_route;       /* the safety car leads the field through the pit lane */
	bool order_dirty;
	bool best_dirty;
	struct gap_seen gaps[GAP_LINES_MAX]; /* the newest lines of the ledger, by (id - 1) modulo */
};

/* A value that the feed did not tell, and what it was concluded from; for the gap ledger. */
struct repair {
	uint32_t kind; /* enum f1p_data_kind */
	uint16_t car;
	int32_t lap;   /* F1P_UNKNOWN = which one is not known */
	char text[96]; /* for people */
};

struct race {
	struct fold now;
	struct fold before;        /* as it stood at a feed reset, until the session is known again */
	bool before_valid;
	uint32_t changes;
	uint32_t n_repairs;        /* by the newest event of a source */
	struct repair repairs[REPAIRS_MAX];
};

/* race.c */
void fold_init(struct fold *);
struct f1p_car *fold_find_car(struct fold *, uint32_t number);
/* Adds the car if it is new; NULL: no room, or no valid number. Marks it as seen at the event's time. */
struct f1p_car *fold_car(struct fold *, const struct f1p_event *, uint32_t number);
static inline struct car_memory *fold_memory(struct fold *f, const struct f1p_car *car)
{
	return &f->mem[car - f->st.cars];
}
void fold_set_lap(struct race *, int32_t lap);

/* fold_util.c */
void copy_text(char *dst, size_t dst_size, const char *src, size_t src_size);
/* later - earlier, saturated; INT64_MAX if one of them is unknown. */
int64_t time_between(int64_t earlier, int64_t later);
bool is_race(const struct fold *);
bool is_running(const struct fold *);  /* green, yellow or neutralised, but not stopped by a red flag */
bool is_red(const struct fold *);
uint8_t neutral_now(const struct fold *); /* SEEN_* of the present track status */

/* reduce_session.c */
void reduce_session(struct race *, const struct f1p_event *);
void reduce_session_status(struct race *, const struct f1p_event *);
/* When a race that is on was started first, if nobody knew and this event says so; else F1P_UNKNOWN_NS. */
int64_t first_start_ns(const struct fold *, const struct f1p_event *);
void reduce_session_part(struct race *, const struct f1p_event *);
void reduce_track_status(struct race *, const struct f1p_event *);
void reduce_lap_count(struct race *, const struct f1p_event *);
void reduce_clock(struct race *, const struct f1p_event *);
void reduce_feed_reset(struct race *, const struct f1p_event *);
/* The event describes another session than the one that the state is of. */
bool is_other_session(const struct f1p_state *, const struct f1p_ev_session *);

/* reduce_car.c */
void reduce_driver(struct race *, const struct f1p_event *);
void reduce_position(struct race *, const struct f1p_event *);
void reduce_grid(struct race *, const struct f1p_event *);
void reduce_gap(struct race *, const struct f1p_event *);
void reduce_sector(struct race *, const struct f1p_event *);
void reduce_speed(struct race *, const struct f1p_event *);
void reduce_best(struct race *, const struct f1p_event *);
void reduce_top_three(struct race *, const struct f1p_event *);
void reduce_seen(struct race *, const struct f1p_event *);

/* The entry of the lap that the car completed just now, or NULL. */
struct f1p_lap *fresh_lap(struct f1p_car *, int64_t t_ns);

/* reduce_lap.c */
void reduce_car_lap(struct race *, const struct f1p_event *);
/* The entry of the lap that a lap time told at t_ns belongs to, if that lap is complete; or NULL. */
struct f1p_lap *lap_of_time(struct f1p_car *, int64_t t_ns);

/* reduce_record.c */
void reduce_lap_record(struct race *, const struct f1p_event *);
/* The lap that the record is about, or NULL: not completed, or not kept. */
struct f1p_lap *recorded_lap(struct fold *, const struct f1p_ev_lap_record *);

/* repair.c */
/* The lap time by three sector times that were all told from since_ns to t_ns, in order; F1P_UNKNOWN. */
int32_t repair_lap_time(const struct f1p_car *, const struct car_memory *, int64_t since_ns, int64_t t_ns);
void repair_note(struct race *, uint32_t kind, uint16_t car, int32_t lap, const char *fmt, ...) F1P_PRINTF(5, 6);
/* What the newest event led to, once; returns how many. */
uint32_t repairs_take(struct race *, struct repair out[REPAIRS_MAX]);

/* reduce_pit.c */
void reduce_car_status(struct race *, const struct f1p_event *);
void reduce_pit_time(struct race *, const struct f1p_event *);
bool is_late_passage(const struct f1p_car *, const struct f1p_ev_pit *); /* the first word of it */

/* reduce_tyres.c */
void reduce_stint(struct race *, const struct f1p_event *);
void reduce_stints_reset(struct race *, const struct f1p_event *);
void reduce_tyre(struct race *, const struct f1p_event *);
void stint_clear(struct f1p_stint *);
/* Tyre age at the end of a lap by the stint's own figures; 0xffff = unknown. */
uint16_t stint_age_at(const struct f1p_stint *, int32_t lap);

/* Stamps compound and age on all laps of stint k that the history holds. */
void stamp_laps(struct f1p_car *, uint32_t k);
/* The lap whose tyre age the count of stint k tells, or NULL. */
struct f1p_lap *aged_lap(struct f1p_car *, const struct car_memory *, uint32_t k, int64_t t_ns);

/* reduce_weather.c */
void reduce_weather(struct race *, const struct f1p_event *);
void reduce_outlook(struct race *, const struct f1p_event *);
void reduce_prior(struct race *, const struct f1p_event *);
/* All values, the missing ones unknown. */
void prior_read(int32_t value[F1P_PRIORS], const struct f1p_ev_prior *);
/* Where the state keeps them; NULL: no such car. */
int32_t *prior_of(struct fold *, const struct f1p_ev_prior *);
void reduce_member_scores(struct race *, const struct f1p_event *);
void outlook_read(struct f1p_outlook *, const struct f1p_ev_outlook *);

/* reduce_provenance.c */
void note_origin(struct fold *, const struct f1p_event *);
void reduce_source_choice(struct race *, const struct f1p_event *);
void reduce_gap_line(struct race *, const struct f1p_event *);
void reduce_revision(struct race *, const struct f1p_event *);

/* reduce_control.c */
void reduce_race_control(struct race *, const struct f1p_event *);
void message_read(struct f1p_message *, const struct f1p_ev_race_control *);
void penalties_served(struct fold *, struct f1p_car *, int64_t t_ns);
void penalties_sum(struct fold *, struct f1p_car *);

/* retirement.c */
void retirement_update(struct race *, struct f1p_car *); /* after one of the reasons changed */
/* enum f1p_retired_how by the reasons that the memory holds */
uint8_t retirement_decide(const struct fold *, const struct f1p_car *, const struct car_memory *);
void retirement_watch(struct race *, int64_t t_ns);      /* at each crossing of the line, and at the end */

/* enrich.c */
void enrich(struct fold *);
/* Tyre changes that the stints show, red-flag changes not counted. */
int32_t stint_changes(const struct f1p_car *, const struct car_memory *);

/* history.c */
void lap_clear(struct f1p_lap *);
void history_resize(struct f1p_car *, int32_t laps); /* cuts, or fills with unknown laps */

#endif

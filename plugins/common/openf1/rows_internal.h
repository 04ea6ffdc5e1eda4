/*
 * rows_internal.h - what the collections hold.
 */
#ifndef OPENF1_ROWS_INTERNAL_H
#define OPENF1_ROWS_INTERNAL_H

#include "rows.h"

#define ROWS_SEGMENTS 32u
#define ROWS_PITS 64u

/* A growing list of equal items, up to a limit. */
struct rows_list {
	char *items;
	size_t n, cap, item_size, max;
};
#define ROWS_AT(list, type, i) ((type *)(void *)((list)->items + (i) * (list)->item_size))

struct rows_position {
	int64_t t_ns;
	uint16_t car;
	int32_t position;
};
struct rows_interval {
	int64_t t_ns;
	uint16_t car;
	bool gap_known, interval_known; /* told, and not as "none" */
	int32_t gap_ms, gap_laps, interval_ms, interval_laps;
};
struct rows_message {
	int64_t t_ns, t_told_ns;
	int32_t lap, part; /* F1P_UNKNOWN; 0 = none */
	uint16_t car;
	uint8_t category, flag, scope, sector; /* category 0: made of the session's status */
	char text[240];
};

struct rows_lap {
	int64_t t_start_ns;			     /* F1P_UNKNOWN_NS */
	int32_t time_ms, sector_ms[3], speed_kmh[3]; /* F1P_UNKNOWN; I1, I2, ST */
	/* When its row began, and when what stands there was told: nobody with a delay learns it earlier. */
	int64_t t_begun_ns, t_time_ns, t_sector_ns[3], t_speed_ns[3], t_out_ns;
	bool begun, out_lap, summed;
	uint8_t n_segments[3];
	uint16_t segments[3][ROWS_SEGMENTS];
	uint32_t segments_ms[3][ROWS_SEGMENTS]; /* when each was told, after t_begun_ns */
};
struct rows_stint {
	bool seen;
	uint8_t compound;			   /* 0 = none told */
	int32_t total_laps, start_laps, first_lap; /* F1P_UNKNOWN */
	int64_t t_seen_ns, t_compound_ns;
};
struct rows_pit {
	int64_t t_ns, t_told_ns;
	int32_t lap, lane_ms, stop_ms;
	bool reckoned; /* of entry and exit, until the feed tells */
};

struct rows_car {
	uint16_t number;
	struct f1p_ev_driver driver; /* mask: what was told */
	int32_t position, grid;	     /* F1P_UNKNOWN */
	int64_t t_grid_ns;
	int32_t best_ms, part_best_ms[3]; /* F1P_UNKNOWN */
	bool retired;
	struct rows_interval gaps;
	int32_t laps;	   /* completed; F1P_UNKNOWN */
	int64_t t_line_ns; /* newest crossing; F1P_UNKNOWN_NS */
	int32_t early_ms;  /* a lap time that came before its crossing; F1P_UNKNOWN */
	int64_t t_early_ns;
	bool in_pit;
	int64_t t_pit_in_ns; /* F1P_UNKNOWN_NS: the entry was not seen, or was none of the session's */
	int32_t pit_in_lap;
	struct rows_lap *lap; /* F1P_MAX_LAPS of them, or NULL */
	int32_t newest_lap;   /* largest lap that was begun or told; 0 = none */
	struct rows_stint stints[F1P_MAX_STINTS];
	uint8_t n_stints;
	struct rows_pit pits[ROWS_PITS];
	uint8_t n_pits;
};

struct openf1_rows {
	struct f1p_ev_session session;
	bool has_session;
	uint8_t status; /* enum f1p_session_status; 0 = not told */
	int32_t part;
	int64_t t_over_ns;	       /* the timing was final; F1P_UNKNOWN_NS */
	struct f1p_ev_weather weather; /* merged */
	struct rows_list positions, intervals, weathers, messages, telemetry, places;
	struct rows_car *cars[F1P_MAX_CARS]; /* in order of first appearance */
	uint16_t n_cars;
	uint64_t lost;
	bool no_memory;
};

struct rows_car *rows_car(struct openf1_rows *, uint16_t number); /* NULL: no room, or memory is short */
void *rows_append(struct openf1_rows *, struct rows_list *);	  /* the same; not cleared */
bool rows_is_race(const struct openf1_rows *);

/* rows_laps.c */
void rows_take_lap(struct openf1_rows *, const struct f1p_ev_car_lap *);
void rows_take_record(struct openf1_rows *, const struct f1p_ev_lap_record *);
void rows_take_sector(struct openf1_rows *, const struct f1p_ev_car_sector *);
void rows_take_segment(struct openf1_rows *, const struct f1p_ev_car_segment *);
void rows_take_speed(struct openf1_rows *, const struct f1p_ev_car_speed *);
void rows_take_status(struct openf1_rows *, const struct f1p_ev_car_status *);
void rows_take_stint(struct openf1_rows *, const struct f1p_ev_stint *);
void rows_take_pit(struct openf1_rows *, const struct f1p_ev_pit *);
/* Completed laps, as of then. */
int32_t rows_laps_done(const struct rows_car *, int64_t until_ns);
/* First and last lap of the stint. False: the car has not run it. */
bool rows_stint_span(const struct rows_car *, uint8_t index, int32_t *first, int32_t *last);

/* On their way out: one row after the other, each field added in alphabetical order. */
#define ROWS_FIELDS_MAX 24
struct rows_out {
	const struct openf1_rows *r;
	int64_t until_ns; /* what was told later stays untold */
	openf1_row_fn fn;
	void *arg;
	struct openf1_field fields[ROWS_FIELDS_MAX];
	size_t n;
	bool stopped;
};
struct openf1_field *rows_add(struct rows_out *, const char *name, uint32_t kind);
void rows_add_int(struct rows_out *, const char *name, bool known, int64_t value);
void rows_add_number(struct rows_out *, const char *name, int32_t value); /* F1P_UNKNOWN gives null */
void rows_add_decimal(struct rows_out *, const char *name, bool known, int64_t value, int decimals);
void rows_add_text(struct rows_out *, const char *name, const char *text); /* NULL and "" give null */
void rows_add_time(struct rows_out *, const char *name, int64_t t_ns);
void rows_add_bool(struct rows_out *, const char *name, bool value);
void rows_add_gap(struct rows_out *, const char *name, bool known, int32_t ms, int32_t laps, char text[24]);
void rows_add_meeting_key(struct rows_out *);
void rows_add_session_key(struct rows_out *);
void rows_give(struct rows_out *); /* the row is complete */

/* rows_session.c, rows_result.c */
void rows_of_sessions(struct rows_out *);
void rows_of_meetings(struct rows_out *);
void rows_of_results(struct rows_out *);
void rows_of_overtakes(struct rows_out *);

#endif

/*
 * f1pd/history.h - results, laps, stops and weather of the past: what models are fitted on and priors are made of.
 *
 * A flat table per row type in one store (SQLite by default). race_id = season * 100 + round orders everything. Times are
 * milliseconds, "unknown" as everywhere. Drivers, teams and circuits go by their stable slugs ("max_verstappen", "red_bull"):
 * three-letter codes and car numbers change hands.
 */
#ifndef F1PD_HISTORY_H
#define F1PD_HISTORY_H

#include <f1pd/base.h>
#include <f1pd/host.h>

#ifdef __cplusplus
extern "C" {
#endif

enum f1p_history_type {
	F1P_HIST_RACE = 1,       /* struct f1p_hist_race; key: race */
	F1P_HIST_DRIVER,         /* struct f1p_hist_name: race_id = 0; key: id */
	F1P_HIST_CONSTRUCTOR,    /* struct f1p_hist_name */
	F1P_HIST_RESULT,         /* struct f1p_hist_result; key: race, session, driver */
	F1P_HIST_QUALIFYING,     /* struct f1p_hist_qualifying; key: race, session, driver */
	F1P_HIST_PRACTICE,       /* struct f1p_hist_practice; key: race, number, driver */
	F1P_HIST_LAP,            /* struct f1p_hist_lap; key: race, lap, driver */
	F1P_HIST_STINT,          /* struct f1p_hist_stint; key: race, driver, stint */
	F1P_HIST_STOP,           /* struct f1p_hist_stop; key: race, driver, stop */
	F1P_HIST_NEUTRALISATION, /* struct f1p_hist_neutralisation; key: race, t_start_ms, kind */
	F1P_HIST_WEATHER,        /* struct f1p_hist_weather; key: race, t_ms */
	F1P_HIST_STANDING,       /* struct f1p_hist_standing; key: race, kind, id */
	F1P_HIST_TYPES           /* how many, plus one */
};

/* Every row begins so. */
struct f1p_history_row {
	uint32_t size;
	uint32_t type;    /* enum f1p_history_type */
	int32_t race_id;  /* season * 100 + round; 0 for names */
	uint32_t flags;   /* 0 */
};

struct f1p_hist_race {
	struct f1p_history_row row;
	int64_t t_start_ns;      /* UTC; F1P_UNKNOWN_NS */
	int32_t laps;            /* run by the winner; F1P_UNKNOWN = not yet held */
	int32_t scheduled_laps;
	int32_t length_m;        /* one lap */
	int32_t lat_e4, lon_e4;  /* 0.0001 degrees */
	uint8_t sprint;          /* enum f1p_tri: the weekend has one */
	uint8_t street;          /* enum f1p_tri */
	uint8_t wet;             /* enum f1p_tri: over 5 % of the laps on intermediates or wets */
	uint8_t reserved0;
	char circuit_id[32];
	char layout_id[32];      /* changes when the track is rebuilt; "" = unknown */
	char name[64];
	char country[32];
};

struct f1p_hist_name {
	struct f1p_history_row row;
	char id[32];
	char code[8];  /* drivers: three letters, not unique over the years; "" */
	char name[64];
};

enum f1p_hist_session { F1P_HIST_MAIN = 1, F1P_HIST_SPRINT };

enum f1p_dnf { F1P_DNF_UNKNOWN = 1, F1P_DNF_NONE, F1P_DNF_ACCIDENT, F1P_DNF_MECHANICAL, F1P_DNF_OTHER, F1P_DNF_DSQ, F1P_DNF_DNS };
struct f1p_hist_result {
	struct f1p_history_row row;
	uint8_t session;        /* enum f1p_hist_session */
	uint8_t classified;     /* enum f1p_tri */
	uint8_t dnf;            /* enum f1p_dnf */
	uint8_t pit_lane_start; /* enum f1p_tri */
	int32_t number;         /* of the car */
	int32_t grid;           /* 0 = pit lane; F1P_UNKNOWN = did not start */
	int32_t position;       /* of the official classification, 1.. ; F1P_UNKNOWN */
	int32_t laps;
	int32_t points_c;       /* hundredths of a point */
	int32_t time_ms;        /* with penalties; of who is laps behind it may be given, too, and means little */
	int32_t penalty_ms;     /* included in time_ms */
	int32_t best_ms;
	char driver_id[32];
	char constructor_id[32];
};

#define F1P_HIST_BACK_OF_GRID 99 /* sent behind everybody, or to the pit lane */
struct f1p_hist_qualifying {
	struct f1p_history_row row;
	uint32_t session;  /* enum f1p_hist_session */
	int32_t position;
	int32_t q_ms[3];   /* F1P_UNKNOWN = none */
	int32_t grid_penalty; /* places lost or gained on the way to the grid; F1P_HIST_BACK_OF_GRID; F1P_UNKNOWN */
	char driver_id[32];
	char constructor_id[32];
};

struct f1p_hist_practice {
	struct f1p_history_row row;
	uint32_t number;  /* 1..3 */
	int32_t position;
	int32_t best_ms;
	int32_t laps;
	char driver_id[32];
	char constructor_id[32];
};

#define F1P_HISTL_IN (1u << 0)  /* pits at the end of this lap */
#define F1P_HISTL_OUT (1u << 1)
#define F1P_HISTL_VSC (1u << 2)
#define F1P_HISTL_SC (1u << 3)
#define F1P_HISTL_RED (1u << 4)
struct f1p_hist_lap {
	struct f1p_history_row row; /* row.flags: F1P_HISTL_* */
	int32_t lap;                /* 1.. */
	int32_t position;           /* at the end of the lap */
	int32_t time_ms;
	int32_t elapsed_ms;         /* race clock at its end */
	int32_t gap_ms;             /* to the first car over the line on the same lap number */
	int16_t stint;              /* 1..; 0 unknown */
	int16_t tyre_laps;          /* age of the set at the start of the lap; -1 unknown */
	uint8_t compound;           /* enum f1p_compound */
	uint8_t reserved0;
	uint16_t neutral_permille;  /* share of the lap under SC, VSC or red */
	char driver_id[32];
};

struct f1p_hist_stint {
	struct f1p_history_row row;
	int32_t stint;
	int32_t first_lap, last_lap;
	int32_t age_at_start; /* F1P_UNKNOWN */
	uint32_t compound;    /* enum f1p_compound */
	char driver_id[32];
};

struct f1p_hist_stop {
	struct f1p_history_row row;
	int32_t stop;          /* 1.. */
	int32_t lap;
	int32_t lane_ms;       /* entry to exit; red-flag waits included */
	int32_t stationary_ms;
	uint8_t tyre_change;   /* enum f1p_tri */
	uint8_t reserved0[3];
	char driver_id[32];
};

struct f1p_hist_neutralisation {
	struct f1p_history_row row;
	uint32_t kind;                  /* enum f1p_track_status: SC, VSC or RED */
	int32_t first_lap, last_lap;    /* the leader's lap in progress */
	int32_t t_start_ms, t_end_ms;   /* since lights-out */
};

struct f1p_hist_weather {
	struct f1p_history_row row;
	int32_t t_ms;          /* since lights-out */
	int32_t lap;           /* the leader's; F1P_UNKNOWN */
	int32_t air_temp_dc, track_temp_dc, humidity_dpct, pressure_dhpa, wind_speed_dms, wind_dir_deg;
	uint32_t rain;         /* enum f1p_tri */
};

enum f1p_hist_standing_kind { F1P_STANDING_DRIVER = 1, F1P_STANDING_CONSTRUCTOR };
struct f1p_hist_standing { /* after the race */
	struct f1p_history_row row;
	uint32_t kind;     /* enum f1p_hist_standing_kind */
	int32_t position;
	int32_t points_c;  /* hundredths */
	int32_t wins;
	char id[32];
};

struct f1p_history_query {
	uint32_t size;
	uint32_t type;         /* enum f1p_history_type */
	int32_t race_from;     /* first race_id, 0 = all */
	int32_t race_to;       /* last race_id, inclusive; 0 = all */
	const char *driver_id; /* NULL = all */
};

#define F1P_EXT_HISTORY "f1p.history/1"
struct f1p_history {
	uint32_t size;
	uint32_t reserved0;
	/* [any] Calls fn for every row in order of race and key until it returns false; rows are lent for the call. Reads what was
	 * written before. Not on the loop for whole seasons: it may take seconds. F1P_EIO with a reason. */
	f1p_status (*each)(const struct f1p_host *, const struct f1p_history_query *,
			   bool (*fn)(void *arg, const struct f1p_history_row *), void *arg);
	/* [any] Copies rows (contiguous, each row.size long) and writes them soon, all or none, replacing those with the same key.
	 * F1P_EINVAL: a row is out of range, nothing is taken (reason); F1P_AGAIN: 64 MiB wait already. */
	f1p_status (*put)(const struct f1p_host *, const struct f1p_history_row *first, uint32_t count);
	/* [any] rows of the type in the range of the query; -1 on failure. Quick */
	int64_t (*count)(const struct f1p_host *, const struct f1p_history_query *);
};

#ifdef __cplusplus
}
#endif
#endif

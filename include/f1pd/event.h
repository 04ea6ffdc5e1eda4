/*
 * f1pd/event.h - events: one flat, self-sized record per fact.
 *
 * A source emits events; the host checks them, gives each a sequence number, appends them to the journal, folds them
 * into the race state and hands them to the sinks. An event holds no pointer: it may be copied with a memcpy of `size`
 * bytes, written to disk and sent to another process.
 *
 * Reading an event: switch on (space, type), check size, cast. Unknown (space, type): skip `size` bytes.
 * Update events carry a `mask` of the fields that this event sets; the others are left as they were and hold zero.
 *
 * All text is UTF-8, NUL-terminated, cut at a character boundary. Car numbers are 1..999.
 */
#ifndef F1PD_EVENT_H
#define F1PD_EVENT_H

#include <f1pd/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#define F1P_SPACE_CORE 0u    /* the types below; third parties use spaces 1024 and up */
#define F1P_EVENT_MAX 16384u /* the host refuses larger records */

/* Event flags. */
#define F1P_EVF_MORE (1u << 0)      /* further events of the same source record follow: the state is not consistent yet */
#define F1P_EVF_SNAPSHOT (1u << 1)  /* part of a full snapshot, not a change that happened at t_event */
#define F1P_EVF_CATCHUP (1u << 2)   /* replayed quickly to reach a point in time: no forecast is made of it */
#define F1P_EVF_SIMULATED (1u << 3) /* not a real race */

/* 48 bytes. `size` is the whole record, header included, a multiple of 8, at most F1P_EVENT_MAX. */
struct f1p_event {
	uint32_t size;
	uint16_t space;
	uint16_t type;
	uint32_t flags;
	uint32_t source_id;  /* set by the host: which instance emitted it; 0 = the host itself */
	uint64_t seq;        /* set by the host: position in the journal, from 1; 0 = not in the journal */
	uint64_t source_seq; /* set by the host: ordinal among the events of its source, from 1 */
	int64_t t_event_ns;  /* UTC, nanoseconds since 1970: when it happened, as the source tells; set by the source */
	int64_t t_recv_ns;   /* virtual UTC when the host got it; set by the host; never enters the race state */
};

enum f1p_event_type {
	F1P_EV_INVALID = 0,
	/* from sources */
	F1P_EV_SESSION = 1,        /* struct f1p_ev_session: a session starts or its description changes */
	F1P_EV_SESSION_STATUS = 2, /* struct f1p_ev_value: enum f1p_session_status; in a snapshot struct f1p_ev_session_status */
	F1P_EV_SESSION_PART = 3,   /* struct f1p_ev_value: qualifying part 1..3, 0 = before */
	F1P_EV_TRACK_STATUS = 4,   /* struct f1p_ev_value: enum f1p_track_status */
	F1P_EV_LAP_COUNT = 5,      /* struct f1p_ev_lap_count */
	F1P_EV_CLOCK = 6,          /* struct f1p_ev_clock */
	F1P_EV_DRIVER = 7,         /* struct f1p_ev_driver */
	F1P_EV_CAR_POSITION = 8,   /* struct f1p_ev_car_value: running order, 1.. */
	F1P_EV_CAR_GRID = 9,       /* struct f1p_ev_car_value: start position, 1..; 0 = pit lane */
	F1P_EV_CAR_GAP = 10,       /* struct f1p_ev_car_gap */
	F1P_EV_CAR_LAP = 11,       /* struct f1p_ev_car_lap */
	F1P_EV_CAR_STATUS = 12,    /* struct f1p_ev_car_status */
	F1P_EV_CAR_SECTOR = 13,    /* struct f1p_ev_car_sector */
	F1P_EV_CAR_SEGMENT = 14,   /* struct f1p_ev_car_segment */
	F1P_EV_CAR_SPEED = 15,     /* struct f1p_ev_car_speed */
	F1P_EV_CAR_BEST = 16,      /* struct f1p_ev_car_best */
	F1P_EV_STINT = 17,         /* struct f1p_ev_stint */
	F1P_EV_STINTS_RESET = 18,  /* struct f1p_ev_car_value: drop all stints of the car; value unused (0) */
	F1P_EV_TYRE = 19,          /* struct f1p_ev_stint with index 255: what is on the car now, as CurrentTyres tells */
	F1P_EV_WEATHER = 20,       /* struct f1p_ev_weather */
	F1P_EV_RACE_CONTROL = 21,  /* struct f1p_ev_race_control */
	F1P_EV_PIT_LANE_TIME = 22, /* struct f1p_ev_pit */
	F1P_EV_PIT_STOP = 23,      /* struct f1p_ev_pit */
	F1P_EV_TOP_THREE = 24,     /* struct f1p_ev_car_value: value = rank 1..3 as the feed shows it */
	F1P_EV_TELEMETRY = 25,     /* struct f1p_ev_telemetry */
	F1P_EV_XYZ = 26,           /* struct f1p_ev_xyz */
	F1P_EV_HEARTBEAT = 27,     /* header only: the source lives */
	F1P_EV_FEED_RESET = 28,    /* header only: forget the race state; a full snapshot or a rewound recording follows */
	F1P_EV_OUTLOOK = 29,       /* struct f1p_ev_outlook: a weather forecast for the circuit */
	F1P_EV_LINK = 30,          /* struct f1p_ev_link: a live source gained or lost its connection */
	F1P_EV_LAP_RECORD = 31,    /* struct f1p_ev_lap_record: one completed lap, told late or corrected */
	F1P_EV_PRIOR = 32,         /* struct f1p_ev_prior: what the past says about a car, or about the race */
	/* from the host */
	F1P_EV_FORECAST = 64,      /* struct f1p_ev_forecast (forecast.h) */
	F1P_EV_FORECAST_SKIPPED = 65, /* struct f1p_ev_forecast_skipped (forecast.h); from a recording, header only: not of the next event */
	F1P_EV_PLUGIN_STATUS = 66, /* struct f1p_ev_plugin_status */
	F1P_EV_STATE = 67,         /* header only, never journaled: a snapshot folded up to `seq` can be acquired */
	F1P_EV_SOURCE_END = 68,    /* struct f1p_ev_plugin_status: a source has no more data */
	F1P_EV_SOURCE_CHOICE = 69, /* struct f1p_ev_source_choice: from here on a kind of data comes from another source */
	F1P_EV_GAP = 70,           /* struct f1p_ev_gap: something is missing, or was filled in */
	F1P_EV_REVISION = 71,      /* struct f1p_ev_revision: a value told before was corrected */
	F1P_EV_INSIGHTS = 72,      /* struct f1p_ev_insights (insight.h) */
	F1P_EV_MEMBER_SCORES = 73, /* struct f1p_ev_member_scores: what the predictors were worth in this season's races so far */
};

enum f1p_session_type {
	F1P_SESSION_UNKNOWN = 1,
	F1P_SESSION_PRACTICE,
	F1P_SESSION_QUALIFYING,
	F1P_SESSION_SPRINT_QUALIFYING,
	F1P_SESSION_SPRINT,
	F1P_SESSION_RACE
};
enum f1p_session_status {
	F1P_STATUS_UNKNOWN = 1,
	F1P_STATUS_INACTIVE,  /* not started, or between qualifying parts */
	F1P_STATUS_STARTED,
	F1P_STATUS_ABORTED,   /* red flag */
	F1P_STATUS_FINISHED,  /* chequered flag */
	F1P_STATUS_FINALISED, /* timing is final */
	F1P_STATUS_ENDS
};
enum f1p_track_status {
	F1P_TRACK_UNKNOWN = 1,
	F1P_TRACK_CLEAR,
	F1P_TRACK_YELLOW, /* any sector */
	F1P_TRACK_SC,
	F1P_TRACK_RED,
	F1P_TRACK_VSC,
	F1P_TRACK_VSC_ENDING
};
enum f1p_compound {
	F1P_TYRE_UNKNOWN = 1,
	F1P_TYRE_SOFT,
	F1P_TYRE_MEDIUM,
	F1P_TYRE_HARD,
	F1P_TYRE_INTERMEDIATE,
	F1P_TYRE_WET,
	/* names of 2018 and before, kept apart because HARD then is not HARD now */
	F1P_TYRE_HYPERSOFT,
	F1P_TYRE_ULTRASOFT,
	F1P_TYRE_SUPERSOFT,
	F1P_TYRE_SUPERHARD
};
enum f1p_rc_category { F1P_RC_OTHER = 1, F1P_RC_FLAG, F1P_RC_DRS, F1P_RC_SAFETY_CAR, F1P_RC_CAR_EVENT };
enum f1p_rc_flag {
	F1P_FLAG_NONE = 1,
	F1P_FLAG_GREEN,
	F1P_FLAG_YELLOW,
	F1P_FLAG_DOUBLE_YELLOW,
	F1P_FLAG_RED,
	F1P_FLAG_BLUE,
	F1P_FLAG_CLEAR,
	F1P_FLAG_CHEQUERED,
	F1P_FLAG_BLACK_AND_WHITE,
	F1P_FLAG_BLACK,
	F1P_FLAG_BLACK_AND_ORANGE
};
enum f1p_rc_scope { F1P_SCOPE_NONE = 1, F1P_SCOPE_TRACK, F1P_SCOPE_SECTOR, F1P_SCOPE_DRIVER };
/* Safety-car messages: which car, and what it does. */
enum f1p_rc_mode { F1P_MODE_NONE = 1, F1P_MODE_SC, F1P_MODE_VSC };
enum f1p_rc_status {
	F1P_RCS_NONE = 1,
	F1P_RCS_ENABLED,
	F1P_RCS_DISABLED,
	F1P_RCS_DEPLOYED,
	F1P_RCS_IN_THIS_LAP,
	F1P_RCS_ENDING
};

/* Kinds of data: each is taken from one source at a time, by priority (the host arbitrates). */
enum f1p_data_kind {
	F1P_DATA_SESSION = 1, /* session, status, part, clock, lap count */
	F1P_DATA_TRACK,       /* track status */
	F1P_DATA_MESSAGES,    /* race control */
	F1P_DATA_DRIVERS,     /* who drives */
	F1P_DATA_TIMING,      /* running order, gaps, sectors, speeds, status of the cars */
	F1P_DATA_LAPS,        /* lap counts and lap times */
	F1P_DATA_PIT,         /* pit-lane and stationary times */
	F1P_DATA_TYRES,       /* stints, compounds, ages */
	F1P_DATA_WEATHER,     /* at the circuit, now */
	F1P_DATA_OUTLOOK,     /* weather forecast */
	F1P_DATA_TELEMETRY,
	F1P_DATA_LOCATION,
	F1P_DATA_KINDS        /* how many, plus one */
};

struct f1p_ev_session {
	struct f1p_event h;
	uint32_t session_key;   /* the feed's number; 0 = none */
	uint32_t meeting_key;   /* 0 = none */
	uint32_t circuit_key;   /* 0 = none */
	uint16_t year;          /* 1950..2200; 0 = unknown */
	uint8_t type;           /* enum f1p_session_type */
	uint8_t number;         /* practice 1..3; 0 = none */
	int64_t t_start_ns;     /* scheduled, UTC; F1P_UNKNOWN_NS */
	int64_t t_end_ns;       /* scheduled, UTC; F1P_UNKNOWN_NS */
	int32_t gmt_offset_s;   /* local = UTC + this; F1P_UNKNOWN */
	uint32_t reserved0;
	char name[32];          /* "Race" */
	char meeting[64];       /* "Example Grand Prix" */
	char circuit[40];       /* "Interlagos" */
	char location[40];
	char country[8];        /* three-letter code */
	char path[128];         /* folder in the static archive; "" = none */
};

struct f1p_ev_value {
	struct f1p_event h;
	int32_t value;
	uint32_t reserved0;
};

/* A session status for whoever comes late. Begins like struct f1p_ev_value, which is enough. */
struct f1p_ev_session_status {
	struct f1p_event h;
	int32_t value;
	uint32_t reserved0;
	int64_t t_first_start_ns; /* UTC: when the session was started first, at most a day before t_event_ns; F1P_UNKNOWN_NS */
};

/* mask bits */
#define F1P_LAPS_CURRENT (1u << 0)
#define F1P_LAPS_TOTAL (1u << 1)
struct f1p_ev_lap_count {
	struct f1p_event h;
	uint32_t mask;
	int32_t current; /* the leader's lap in progress, 1.. */
	int32_t total;   /* scheduled; may change when a race is shortened */
	uint32_t reserved0;
};

#define F1P_CLOCK_REMAINING (1u << 0)
#define F1P_CLOCK_RUNNING (1u << 1)
#define F1P_CLOCK_AT (1u << 2)
struct f1p_ev_clock {
	struct f1p_event h;
	uint32_t mask;
	int32_t remaining_ms;
	int64_t t_at_ns; /* UTC at which remaining_ms was true */
	uint32_t running; /* enum f1p_tri */
	uint32_t reserved0;
};

#define F1P_DRIVER_CODE (1u << 0)
#define F1P_DRIVER_NAME (1u << 1)
#define F1P_DRIVER_TEAM (1u << 2)
#define F1P_DRIVER_COLOUR (1u << 3)
#define F1P_DRIVER_LINE (1u << 4)
#define F1P_DRIVER_COUNTRY (1u << 5)
struct f1p_ev_driver {
	struct f1p_event h;
	uint32_t mask;
	uint16_t car;
	uint16_t line;       /* order in which the feed lists the driver, 1.. */
	uint32_t colour_rgb; /* 0xRRGGBB */
	char code[8];        /* "VER" */
	char country[8];
	char name[48];
	char team[44];
};

struct f1p_ev_car_value {
	struct f1p_event h;
	uint16_t car;
	uint16_t reserved0;
	int32_t value;
};

#define F1P_GAP_LEADER (1u << 0)   /* gap_ms, gap_laps */
#define F1P_GAP_INTERVAL (1u << 1) /* interval_ms, interval_laps */
#define F1P_GAP_CATCHING (1u << 2)
struct f1p_ev_car_gap {
	struct f1p_event h;
	uint32_t mask;
	uint16_t car;
	uint8_t catching;      /* enum f1p_tri: within reach of the car ahead */
	uint8_t reserved0;
	int32_t gap_ms;        /* to the leader; 0 for the leader; F1P_UNKNOWN = the feed shows none */
	int32_t gap_laps;      /* whole laps behind the leader, 0 = on the lead lap or unknown */
	int32_t interval_ms;   /* to the car ahead; F1P_UNKNOWN = none */
	int32_t interval_laps; /* whole laps behind the car ahead */
};

#define F1P_LAP_NUMBER (1u << 0)
#define F1P_LAP_LAST (1u << 1)
#define F1P_LAP_BEST (1u << 2)
#define F1P_LAP_BEST_LAP (1u << 3)
#define F1P_LAP_LAST_OVERALL (1u << 4)  /* set: last_overall is given */
#define F1P_LAP_LAST_PERSONAL (1u << 5) /* set: last_personal is given */
struct f1p_ev_car_lap {
	struct f1p_event h;
	uint32_t mask;
	uint16_t car;
	uint8_t last_overall;  /* enum f1p_tri: the last lap is the fastest of the session */
	uint8_t last_personal; /* enum f1p_tri */
	int32_t laps;          /* completed */
	int32_t last_ms;       /* F1P_UNKNOWN = cleared */
	int32_t best_ms;
	int32_t best_lap;
};

#define F1P_CAR_IN_PIT (1u << 0)
#define F1P_CAR_PIT_OUT (1u << 1)
#define F1P_CAR_RETIRED (1u << 2)
#define F1P_CAR_STOPPED (1u << 3)
#define F1P_CAR_KNOCKED_OUT (1u << 4)
#define F1P_CAR_CUTOFF (1u << 5)
#define F1P_CAR_PIT_STOPS (1u << 6)
#define F1P_CAR_SHOWN (1u << 7)
struct f1p_ev_car_status {
	struct f1p_event h;
	uint32_t mask;
	uint16_t car;
	uint8_t in_pit; /* enum f1p_tri, likewise below */
	uint8_t pit_out;
	uint8_t retired;
	uint8_t stopped;
	uint8_t knocked_out;
	uint8_t cutoff;
	uint8_t shown;
	uint8_t reserved0[3];
	int32_t pit_stops;
	uint32_t reserved1;
};

#define F1P_SECTOR_TIME (1u << 0)
#define F1P_SECTOR_OVERALL (1u << 1)
#define F1P_SECTOR_PERSONAL (1u << 2)
struct f1p_ev_car_sector {
	struct f1p_event h;
	uint32_t mask;
	uint16_t car;
	uint8_t sector; /* 0..2 */
	uint8_t overall; /* enum f1p_tri */
	int32_t time_ms; /* F1P_UNKNOWN = cleared at the start of a lap */
	uint8_t personal; /* enum f1p_tri */
	uint8_t reserved0[3];
};

struct f1p_ev_car_segment {
	struct f1p_event h;
	uint16_t car;
	uint8_t sector;  /* 0..2 */
	uint8_t segment; /* 0.. */
	int32_t status;  /* the feed's code: 0 none, 2048 yellow, 2049 green, 2051 purple, 2064 pit lane */
};

enum f1p_trap { F1P_TRAP_I1 = 1, F1P_TRAP_I2, F1P_TRAP_FL, F1P_TRAP_ST };
struct f1p_ev_car_speed {
	struct f1p_event h;
	uint16_t car;
	uint8_t trap; /* enum f1p_trap */
	uint8_t reserved0;
	int32_t speed_kmh; /* F1P_UNKNOWN = cleared */
};

/* Best lap of a qualifying part (part 1..3) or of the session (part 0). */
struct f1p_ev_car_best {
	struct f1p_event h;
	uint16_t car;
	uint8_t part;
	uint8_t reserved0;
	int32_t best_ms; /* F1P_UNKNOWN = cleared or deleted */
	int32_t lap;     /* F1P_UNKNOWN */
	uint32_t reserved1;
};

#define F1P_STINT_COMPOUND (1u << 0)
#define F1P_STINT_NEW (1u << 1)
#define F1P_STINT_TOTAL (1u << 2)
#define F1P_STINT_START (1u << 3)
#define F1P_STINT_NOT_CHANGED (1u << 4)
#define F1P_STINT_FIRST (1u << 5)
struct f1p_ev_stint {
	struct f1p_event h;
	uint32_t mask;
	uint16_t car;
	uint8_t index;       /* 0..F1P_MAX_STINTS-1 */
	uint8_t compound;    /* enum f1p_compound */
	uint8_t is_new;      /* enum f1p_tri */
	uint8_t not_changed; /* enum f1p_tri: the stop changed no tyre */
	uint16_t reserved0;
	int32_t total_laps;  /* laps on this set, earlier use included */
	int32_t start_laps;  /* laps that the set had when it was fitted */
	int32_t first_lap;   /* of the race, with this set; for sources that know it: else the stop tells */
};

#define F1P_WX_AIR (1u << 0)
#define F1P_WX_TRACK (1u << 1)
#define F1P_WX_HUMIDITY (1u << 2)
#define F1P_WX_PRESSURE (1u << 3)
#define F1P_WX_WIND_SPEED (1u << 4)
#define F1P_WX_WIND_DIR (1u << 5)
#define F1P_WX_RAIN (1u << 6)
/* Tenths, as the feed gives one decimal: exact, and equal on every machine. */
struct f1p_ev_weather {
	struct f1p_event h;
	uint32_t mask;
	int32_t air_temp_dc;    /* 0.1 degC */
	int32_t track_temp_dc;  /* 0.1 degC */
	int32_t humidity_dpct;  /* 0.1 % */
	int32_t pressure_dhpa;  /* 0.1 hPa */
	int32_t wind_speed_dms; /* 0.1 m/s */
	int32_t wind_dir_deg;   /* where the wind comes from, 0..360 */
	uint32_t rain;          /* enum f1p_tri */
};

struct f1p_ev_race_control {
	struct f1p_event h;
	uint16_t index;    /* number of the message in the feed, from 0 */
	uint16_t car;      /* 0 = none */
	int32_t lap;       /* F1P_UNKNOWN outside races */
	int64_t t_utc_ns;  /* the message's own time; F1P_UNKNOWN_NS */
	uint8_t category;  /* enum f1p_rc_category */
	uint8_t flag;      /* enum f1p_rc_flag */
	uint8_t scope;     /* enum f1p_rc_scope */
	uint8_t mode;      /* enum f1p_rc_mode */
	uint8_t status;    /* enum f1p_rc_status */
	uint8_t sector;    /* 0 = none */
	uint16_t reserved0;
	char text[240];
};

struct f1p_ev_pit {
	struct f1p_event h;
	uint16_t car;
	uint16_t reserved0;
	int32_t lap;           /* F1P_UNKNOWN */
	int32_t lane_ms;       /* pit-lane entry to exit; F1P_UNKNOWN = still in the lane */
	int32_t stationary_ms; /* on the jacks; F1P_UNKNOWN */
};

struct f1p_ev_telemetry {
	struct f1p_event h;
	uint16_t car;
	uint16_t rpm;
	uint16_t speed_kmh;
	uint8_t gear;
	uint8_t throttle_pct; /* 255 = unknown */
	uint8_t brake_pct;    /* 255 = unknown */
	uint8_t drs;          /* the feed's code; 255 = no such channel (2026 on) */
	uint8_t reserved0[6];
};

struct f1p_ev_xyz {
	struct f1p_event h;
	uint16_t car;
	uint8_t on_track; /* enum f1p_tri */
	uint8_t reserved0;
	int32_t x_dm, y_dm, z_dm; /* 0.1 m, circuit's own axes */
};

#define F1P_OUTLOOK_STEPS 24u
#define F1P_OUTLOOK_RAIN_PROBABILITY (1u << 0)
#define F1P_OUTLOOK_RAIN (1u << 1)
#define F1P_OUTLOOK_AIR (1u << 2)
#define F1P_OUTLOOK_WIND (1u << 3)
#define F1P_OUTLOOK_CLOUD (1u << 4)
struct f1p_outlook_step {
	int64_t t_ns;                 /* UTC: end of the step */
	int32_t step_s;               /* its length: 900 or 3600 */
	uint32_t mask;                /* F1P_OUTLOOK_*: which of the following are given */
	int32_t rain_probability_pct; /* that it rains within the step, 0..100 */
	int32_t rain_um;              /* micrometres of rain in the step: 1 mm = 1000 */
	int32_t air_temp_dc;          /* 0.1 degC */
	int32_t wind_speed_dms;       /* 0.1 m/s */
	int32_t wind_dir_deg;
	int32_t cloud_pct;
};
/* h.t_event_ns is when the forecast was fetched; it replaces the provider's former one. A forecast, never a measurement. */
struct f1p_ev_outlook {
	struct f1p_event h;
	uint32_t n_steps;  /* 1..F1P_OUTLOOK_STEPS, in order of time */
	uint32_t reserved0;
	char provider[32]; /* "Open-Meteo" */
	struct f1p_outlook_step steps[F1P_OUTLOOK_STEPS];
};

enum f1p_link_condition {
	F1P_LINK_CONNECTING = 1,
	F1P_LINK_UP,      /* data may come; what was missed while it was down follows as a snapshot, or has come */
	F1P_LINK_DOWN,    /* lost; the source tries again by itself */
	F1P_LINK_CLOSED,  /* on purpose: no session */
	F1P_LINK_REFUSED  /* the server does not let us in; text says what is missing */
};
/* h.t_event_ns: virtual UTC now, or the time of the last message before a loss. */
struct f1p_ev_link {
	struct f1p_event h;
	uint32_t condition; /* enum f1p_link_condition */
	uint32_t kinds;     /* bit k: data kind k is affected; 0 = all */
	char text[160];     /* why, for people; holds no secret */
	char source[48];    /* set by the host: name of the instance */
};

#define F1P_RECORD_TIME (1u << 0)
#define F1P_RECORD_SECTORS (1u << 1) /* sector_ms: those that are not F1P_UNKNOWN */
#define F1P_RECORD_OUT_LAP (1u << 2)
#define F1P_RECORD_START (1u << 3)   /* t_lap_start_ns */
struct f1p_ev_lap_record {
	struct f1p_event h;
	uint32_t mask;
	uint16_t car;
	uint8_t out_lap;     /* enum f1p_tri: began in the pit lane */
	uint8_t reserved0;
	int32_t lap;         /* 1.. */
	int32_t time_ms;     /* F1P_UNKNOWN = taken back */
	int32_t sector_ms[3];
	uint32_t reserved1;
	int64_t t_lap_start_ns; /* UTC; F1P_UNKNOWN_NS */
};

/* What is known of a car before the race, or before qualifying. Paces are 1e-5 of a lap time (0.001 %), relative to the median of
 * the field: below 0 = faster. All fitted by predictor_ratings; F1P_UNKNOWN = nothing is known. */
enum f1p_car_prior {
	F1P_PRIOR_RACE_PACE = 0,      /* expected in this race */
	F1P_PRIOR_RACE_PACE_SD,
	F1P_PRIOR_RACE_RATING,        /* driver and team over the races before this weekend */
	F1P_PRIOR_RACE_RATING_SD,
	F1P_PRIOR_QUALIFYING_PACE,    /* expected in qualifying: ratings and practice */
	F1P_PRIOR_QUALIFYING_PACE_SD,
	F1P_PRIOR_QUALIFYING_RATING,
	F1P_PRIOR_QUALIFYING_RATING_SD,
	F1P_PRIOR_QUALIFYING_GAP,     /* set in this weekend's qualifying */
	F1P_PRIOR_PRACTICE_GAP,       /* mean of this weekend's practices before the session */
	F1P_PRIOR_SPRINT_GAP,         /* mean lap of this weekend's sprint */
	F1P_PRIOR_DRIVER_FORM,        /* 0.001 places: weighted mean of classified positions */
	F1P_PRIOR_TEAM_FORM,
	F1P_PRIOR_START_GAIN,         /* 0.001 places gained on lap 1 beyond what the slot gives */
	F1P_PRIOR_RETIREMENT,         /* 1e-6: chance not to finish this race */
	F1P_PRIOR_RACES,              /* of this driver so far */
	F1P_PRIOR_TEAM,               /* equal for team-mates, from 1 */
	F1P_PRIOR_GRID_PENALTY,       /* places to lose or gain on the way to the grid */
	F1P_PRIOR_QUALIFYING_WET,     /* 1 = qualifying was wet, 0 = dry */
	F1P_CAR_PRIORS
};
/* What is known of the race before it: the circuit and the season. */
enum f1p_race_prior {
	F1P_PRIOR_PIT_LOSS = 0,       /* ms lost by a stop under green */
	F1P_PRIOR_PIT_LOSS_SD,
	F1P_PRIOR_OVERTAKING,         /* 0.001: log of how much easier than usual passing is here; below 0 = harder */
	F1P_PRIOR_STOPS,              /* 0.001 stops per car of a dry race */
	F1P_PRIOR_SC_RATE,            /* 1e-6: safety cars per lap */
	F1P_PRIOR_VSC_RATE,
	F1P_PRIOR_RED_RATE,
	F1P_PRIOR_RETIREMENT_RATE,    /* 1e-6 per car and lap */
	F1P_PRIOR_ERA_RACES,          /* races run under the present technical rules; small = ratings are young */
	F1P_PRIOR_VISITS,             /* races seen on this layout */
	F1P_PRIOR_STREET,             /* 1 = street circuit, 0 = not */
	F1P_PRIOR_LAPS,               /* scheduled distance */
	F1P_PRIOR_SEASON_RACES,       /* of this season before this one */
	F1P_RACE_PRIORS
};
#define F1P_PRIORS 24u
struct f1p_ev_prior {
	struct f1p_event h;
	uint16_t car;               /* 0 = of the race */
	uint16_t n;                 /* values given, 1..F1P_PRIORS; the others become unknown */
	uint32_t reserved0;
	int32_t value[F1P_PRIORS];  /* by enum f1p_car_prior, or f1p_race_prior */
};

/* What one predictor was worth in the races of the season that are over, beside the others that were scored with it: its log-loss (mean
 * per car, natural logarithm) minus the mean of all predictors on the same snapshots. Below 0 = better than they. */
enum f1p_score_stage { F1P_SCORE_START = 0, F1P_SCORE_RACE, F1P_SCORE_STAGES };   /* at lights-out; at 10 to 90 % of the distance */
enum f1p_score_target { F1P_SCORE_WIN = 0, F1P_SCORE_PODIUM, F1P_SCORE_POINTS, F1P_SCORE_TARGETS };
struct f1p_member_score {
	char name[48];                       /* "midrace" of the instance "predictor-midrace" */
	uint32_t races[F1P_SCORE_STAGES];    /* scored; 0: excess_e6 says nothing */
	int32_t excess_e6[F1P_SCORE_STAGES][F1P_SCORE_TARGETS]; /* mean over the snapshots of these races, 1e-6 */
};
#define F1P_MEMBER_SCORES 16u
/* Replaces the former ones; the host tells it ahead of the priors of a line-up. */
struct f1p_ev_member_scores {
	struct f1p_event h;
	uint32_t n;
	uint32_t reserved0;
	struct f1p_member_score scores[F1P_MEMBER_SCORES]; /* n entries, the others zero */
};

struct f1p_ev_source_choice {
	struct f1p_event h;
	uint32_t kind;        /* enum f1p_data_kind */
	uint32_t from_source; /* instance ids; 0 = none */
	uint32_t to_source;   /* 0 = none is left */
	uint32_t reserved0;
	char from[48], to[48]; /* instance names */
	char reason[64];
};

enum f1p_gap_how {
	F1P_GAP_OPEN = 1,      /* missing for now */
	F1P_GAP_SNAPSHOT,      /* the present values came back with a snapshot; what happened between is not known but for them */
	F1P_GAP_OTHER_SOURCE,  /* another source told it */
	F1P_GAP_REPAIRED,      /* derived from independent evidence, or interpolated; marked so */
	F1P_GAP_LOST           /* could not be recovered */
};
/* One line of the gap ledger; a later one with the same id replaces it. */
struct f1p_ev_gap {
	struct f1p_event h;
	uint32_t id;          /* 1.. within the session */
	uint32_t kind;        /* enum f1p_data_kind */
	uint32_t source_id;   /* who failed */
	uint32_t filled_by;   /* instance id; 0 = nobody */
	int64_t t_from_ns;    /* last news before */
	int64_t t_to_ns;      /* first news after; F1P_UNKNOWN_NS = still open */
	uint8_t how;          /* enum f1p_gap_how */
	uint8_t reserved0;
	uint16_t car;         /* 0 = all */
	int32_t first_lap, last_lap; /* laps or message numbers that are missing; F1P_UNKNOWN = not countable */
	uint32_t reserved1;
	char source[48];
	char text[96];
};

enum f1p_revised {
	F1P_REVISED_LAP_TIME = 1, /* ms */
	F1P_REVISED_LAPS,
	F1P_REVISED_COMPOUND,     /* enum f1p_compound; lap = the stint's number from 1 */
	F1P_REVISED_TYRE_AGE,     /* laps at the start; lap = the stint's number from 1 */
	F1P_REVISED_PIT_TIME,     /* ms */
	F1P_REVISED_POSITION
};
struct f1p_ev_revision {
	struct f1p_event h;
	uint32_t field;     /* enum f1p_revised */
	uint16_t car;
	uint16_t reserved0;
	int32_t lap;        /* F1P_UNKNOWN = none */
	int32_t old_value;  /* F1P_UNKNOWN = there was none */
	int32_t new_value;
	uint32_t source_id; /* who corrected it */
	char reason[64];
};

enum f1p_plugin_condition {
	F1P_PLUGIN_RUNNING = 1,
	F1P_PLUGIN_RESTARTING,
	F1P_PLUGIN_QUARANTINED,
	F1P_PLUGIN_STOPPED
};
struct f1p_ev_plugin_status {
	struct f1p_event h;
	uint32_t instance_id;
	uint32_t condition; /* enum f1p_plugin_condition */
	char instance[48];
	char reason[160];
};

#ifdef __cplusplus
}
#endif
#endif

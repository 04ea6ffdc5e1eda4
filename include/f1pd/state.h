/*
 * f1pd/state.h - the race as it stands: one flat, immutable snapshot.
 *
 * A snapshot is the fold of all journal events up to `seq`, plus what the host derives from them (enrichment, marked
 * "derived"). It is ref-counted by the host: acquire it through the bus extension, never write to it. Two folds of the
 * same journal are equal byte for byte (all padding is explicit and zero), so its SHA-256 identifies a state.
 *
 * Unknown: F1P_UNKNOWN for integers, F1P_UNKNOWN_NS for times, the ..._UNKNOWN constant for enums, "" for text.
 */
#ifndef F1PD_STATE_H
#define F1PD_STATE_H

#include <f1pd/base.h>
#include <f1pd/event.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One completed lap of one car. 24 bytes. */
#define F1P_LAPF_IN (1u << 0)      /* ended in the pit lane */
#define F1P_LAPF_OUT (1u << 1)     /* began in the pit lane */
#define F1P_LAPF_NEUTRAL (1u << 2) /* SC, VSC or red flag during the lap */
#define F1P_LAPF_YELLOW (1u << 3)  /* a yellow in some sector during the lap */
#define F1P_LAPF_INFERRED (1u << 4) /* time derived from event times: the feed gave none */
struct f1p_lap {
	int32_t time_ms;      /* F1P_UNKNOWN */
	int32_t gap_ms;       /* to the leader when the lap was completed; F1P_UNKNOWN */
	int32_t interval_ms;  /* to the car ahead then; F1P_UNKNOWN */
	uint16_t tyre_age;    /* laps on the set at the end of the lap, earlier use included; 0xffff unknown */
	uint8_t compound;     /* enum f1p_compound */
	uint8_t position;     /* at the line; 0 = unknown */
	uint16_t flags;       /* F1P_LAPF_* */
	uint16_t reserved0;
	int32_t elapsed_ms;   /* race start to the end of this lap, by event times; F1P_UNKNOWN */
};

struct f1p_stint {
	uint8_t compound;    /* enum f1p_compound */
	uint8_t is_new;      /* enum f1p_tri */
	uint8_t not_changed; /* enum f1p_tri */
	uint8_t reserved0;
	int32_t total_laps;  /* on this set, earlier use included */
	int32_t start_laps;  /* earlier use */
	int32_t first_lap;   /* derived: first race lap of the stint; F1P_UNKNOWN */
};

struct f1p_car {
	uint16_t number;
	uint8_t retired;     /* enum f1p_tri: flagged by the feed, or derived from silence (see retired_how) */
	uint8_t retired_how; /* derived: enum f1p_retired_how */
	uint8_t in_pit;      /* enum f1p_tri */
	uint8_t pit_out;     /* enum f1p_tri */
	uint8_t stopped;     /* enum f1p_tri */
	uint8_t knocked_out; /* enum f1p_tri, qualifying */
	uint8_t cutoff;      /* enum f1p_tri, qualifying: in the drop zone */
	uint8_t catching;    /* enum f1p_tri */
	uint8_t last_overall;
	uint8_t last_personal;
	uint8_t compound;    /* derived: on the car now, enum f1p_compound */
	uint8_t tyre_new;    /* derived: enum f1p_tri */
	uint8_t n_stints;
	uint8_t shown;       /* enum f1p_tri */
	uint32_t colour_rgb;
	char code[8];
	char country[8];
	char name[48];
	char team[44];
	uint16_t listed;     /* order in which the feed lists the driver */
	uint16_t n_laps;     /* entries of laps[] that are in use: laps[0] is lap 1 */
	int32_t position;    /* running order, 1..; F1P_UNKNOWN */
	int32_t grid;        /* 1.., 0 pit lane, F1P_UNKNOWN */
	int32_t gap_ms, gap_laps;           /* to the leader */
	int32_t interval_ms, interval_laps; /* to the car ahead */
	int32_t laps;        /* completed */
	int32_t last_ms, best_ms, best_lap;
	int32_t sector_ms[3];
	uint8_t sector_overall[3], sector_personal[3]; /* enum f1p_tri */
	uint8_t reserved0[2];
	int32_t speed_kmh[4]; /* I1, I2, FL, ST */
	int32_t part_best_ms[3]; /* qualifying */
	int32_t pit_stops;   /* as the feed counts */
	int32_t stops;       /* derived: tyre changes and passes through the pit lane since the start, red-flag changes not counted */
	int32_t tyre_age;    /* derived: laps on the set, earlier use included */
	int32_t stint_laps;  /* derived: laps since the last stop */
	int32_t pace_ms;     /* derived: mean of the last up to 5 clean laps */
	int32_t penalty_ms;  /* derived: time penalties announced and not known to be served */
	int32_t last_pit_lap;  /* derived: lap on which the car last entered the pit lane */
	int32_t last_pit_lane_ms;
	int32_t reserved1;
	int64_t t_line_ns;   /* event time of the last crossing of the line */
	int64_t t_seen_ns;   /* event time of the last news of this car */
	int64_t t_pit_in_ns; /* event time of the last pit entry */
	struct f1p_stint stints[F1P_MAX_STINTS];
	struct f1p_lap history[F1P_MAX_LAPS];
};
enum f1p_retired_how { F1P_RETIRED_UNKNOWN = 1, F1P_RETIRED_NOT, F1P_RETIRED_FLAG, F1P_RETIRED_MESSAGE, F1P_RETIRED_SILENCE };

struct f1p_message {
	int64_t t_utc_ns;
	int32_t lap;
	uint16_t car;
	uint8_t category, flag, scope, mode, status, sector;
	uint16_t index;
	char text[240];
	uint8_t reserved0[2];
};

struct f1p_weather {
	int32_t air_temp_dc, track_temp_dc, humidity_dpct, pressure_dhpa, wind_speed_dms, wind_dir_deg;
	uint32_t rain;             /* enum f1p_tri */
	int32_t track_trend_dc;    /* derived: change of track temperature over the last 10 minutes; F1P_UNKNOWN */
	int64_t t_rain_changed_ns; /* derived: when rain last began or ended; F1P_UNKNOWN_NS */
	int64_t t_ns;              /* of the last report */
};

/* Where a kind of data comes from, and how fresh it is. Not part of the state's hash: the same race told by another source is the
 * same race. */
struct f1p_origin {
	uint32_t source_id;  /* instance id; 0 = nobody has told it yet */
	uint16_t confidence; /* 0..1000: 1000 as told by the source; less when repaired, interpolated or contradicted */
	uint16_t reserved0;
	int64_t t_ns;        /* event time of the newest news of this kind; F1P_UNKNOWN_NS */
};
enum f1p_car_origin { F1P_CAR_TIMING = 0, F1P_CAR_LAPS, F1P_CAR_PIT, F1P_CAR_TYRES, F1P_CAR_ORIGINS };

/* The newest weather forecast. Steps in order of time. */
struct f1p_outlook {
	int64_t t_ns;       /* when it was fetched; F1P_UNKNOWN_NS: there is none. Its age is confidence lost */
	uint32_t reserved0; /* who told it: origins[F1P_DATA_OUTLOOK] */
	uint32_t n_steps;
	char provider[32];
	struct f1p_outlook_step steps[F1P_OUTLOOK_STEPS];
};

struct f1p_state {
	uint32_t size;
	uint32_t flags;           /* F1P_EVF_SIMULATED, F1P_EVF_CATCHUP of the last event */
	uint64_t seq;             /* last event folded */
	int64_t t_event_ns;       /* its time */
	uint32_t session_key, meeting_key, circuit_key;
	uint16_t year;
	uint8_t type;             /* enum f1p_session_type */
	uint8_t number;
	int64_t t_start_ns, t_end_ns; /* scheduled */
	int32_t gmt_offset_s;
	uint8_t status;           /* enum f1p_session_status */
	uint8_t part;             /* qualifying */
	uint8_t track;            /* enum f1p_track_status */
	uint8_t neutralised;      /* derived: F1P_YES under SC, VSC or red */
	char name[32];
	char meeting[64];
	char circuit[40];
	char location[40];
	char country[8];
	char path[128];
	int64_t t_track_ns;       /* since when the track has its status */
	int64_t t_green_ns;       /* derived: first SESSION_STATUS started = lights out, by the feed; or as a snapshot tells */
	int32_t lap;              /* leader's lap in progress; F1P_UNKNOWN */
	int32_t total_laps;
	int32_t clock_remaining_ms;
	uint32_t clock_running;   /* enum f1p_tri */
	int64_t t_clock_ns;
	int32_t n_sc, n_vsc, n_red; /* derived: neutralisations so far */
	int32_t lap_neutral_start;  /* derived: leader's lap on which the current or last one began; F1P_UNKNOWN */
	int32_t best_ms;          /* derived: fastest lap of the session */
	uint16_t best_car;
	uint16_t n_cars;          /* entries of cars[] in use, in order of first appearance, never re-ordered */
	uint16_t order[F1P_MAX_CARS]; /* derived: indices into cars[] by running order; n_cars entries */
	uint16_t top3[3];         /* car numbers as the feed's own banner shows them; 0 = none */
	uint16_t n_messages;      /* entries in messages[], oldest first */
	uint32_t messages_total;
	uint32_t reserved0;
	struct f1p_weather weather;
	struct f1p_message messages[F1P_MAX_MESSAGES];
	struct f1p_car cars[F1P_MAX_CARS];
	/* since ABI minor 1 */
	struct f1p_outlook outlook;
	int32_t prior[F1P_PRIORS];      /* by enum f1p_race_prior */
	int32_t car_prior[F1P_MAX_CARS][F1P_PRIORS]; /* by index into cars[] and enum f1p_car_prior */
	uint32_t n_member_scores;       /* entries of member_scores[] */
	uint32_t reserved2;
	struct f1p_member_score member_scores[F1P_MEMBER_SCORES]; /* this season, races before this one */
	/* from here on not hashed */
	struct f1p_origin origins[16];  /* by enum f1p_data_kind */
	struct f1p_origin car_origins[F1P_MAX_CARS][F1P_CAR_ORIGINS]; /* by index into cars[] and enum f1p_car_origin */
	uint32_t gaps_total;            /* lines of the gap ledger in this session */
	uint32_t gaps_open;             /* of them, still open or lost */
	uint32_t revisions_total;
	uint32_t reserved1;
};
/* Bytes of the state that its hash covers. */
#define F1P_STATE_HASHED offsetof(struct f1p_state, origins)

#ifdef __cplusplus
}
#endif
#endif

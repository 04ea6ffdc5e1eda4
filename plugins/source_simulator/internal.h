/*
 * internal.h - the model's state, shared by the simulator's files.
 *
 * The circuit is SIM_NODES timing loops ("nodes") a lap; node n counts from the start (n = lap * SIM_NODES + loop). The only
 * physical fact is when a car crosses a node: running order, gaps, sectors and laps all follow from it, so they can never
 * contradict each other. Times are integer milliseconds since lights out.
 */
#ifndef SIMULATOR_INTERNAL_H
#define SIMULATOR_INTERNAL_H

#include <f1pd/event.h>
#include "helpers/rng.h"
#include "simulator.h"

#define SIM_NODES 24
#define SIM_PIT_ENTRY (SIM_NODES - 1)
#define SIM_PIT_EXIT 1
#define SIM_SECTOR1 7
#define SIM_SECTOR2 16
#define SIM_TURNS 16
#define SIM_PATH ((SIM_MAX_LAPS + 1) * SIM_NODES + 1)
#define SIM_NEVER INT64_MAX
#define SIM_TASKS 512 /* several per car at most: never full */
#define SIM_DRY_COMPOUNDS 3

enum sim_car_phase { SIM_CAR_GRID = 1, SIM_CAR_RUNNING, SIM_CAR_PARKED, SIM_CAR_STOPPED, SIM_CAR_FINISHED };
enum sim_out { SIM_OUT_NONE = 1, SIM_OUT_ACCIDENT, SIM_OUT_MECHANICAL, SIM_OUT_IN_PIT };
enum sim_phase { SIM_BEFORE = 1, SIM_GREEN, SIM_SC, SIM_VSC, SIM_VSC_ENDING, SIM_RED, SIM_OVER };

enum sim_task_kind {
	SIM_TASK_START = 1,
	SIM_TASK_PIT_EXIT_CLOSED,
	SIM_TASK_WEATHER,
	SIM_TASK_HEARTBEAT,
	SIM_TASK_RAIN,      /* a: 1 begins, 0 ends */
	SIM_TASK_YELLOW,    /* a: sector, b: 1 double */
	SIM_TASK_CLEAR,     /* a: sector */
	SIM_TASK_SC,
	SIM_TASK_VSC,
	SIM_TASK_VSC_ENDING, /* b: neutralisation */
	SIM_TASK_VSC_END,    /* b: neutralisation */
	SIM_TASK_RED,
	SIM_TASK_RESUME_NOTICE, /* b: minutes of the day */
	SIM_TASK_RESTART,
	SIM_TASK_CAR_MESSAGE,   /* a: car, b: turn */
	SIM_TASK_RETIRED,       /* a: car */
	SIM_TASK_PENALTY,       /* a: car, b: enum sim_offence */
	SIM_TASK_FINALISED,
	SIM_TASK_ENDS
};
enum sim_offence { SIM_PIT_SPEEDING = 1, SIM_COLLISION, SIM_TRACK_LIMITS };

struct sim_task {
	int64_t t;
	uint32_t seq; /* ties: first come, first served */
	uint8_t kind;
	int32_t a, b;
};

struct sim_gap {
	int32_t laps; /* behind the leader */
	int32_t ms;   /* F1P_UNKNOWN while lapped, and before the first loop */
	int32_t interval_laps, interval_ms;
};

struct sim_car {
	int number, team, grid, listed;
	double rating, form, wet_skill, drift; /* % of a lap, less is faster */
	uint8_t phase;                         /* enum sim_car_phase */
	int position;
	/* on the road */
	int node;
	int64_t t_last, t_next, t_extra; /* last and next loop; next update between loops (rate > 1) */
	int extras;
	double lap_ms;   /* target of this lap, no traffic */
	int head_ms;     /* how closely it follows in this lap */
	int delay_ms;    /* owed in the next mini-sector: blue flag */
	bool unlapping;
	int park_node;   /* red flag: where it stops */
	int launch_node; /* of its last standing start */
	/* retirement to come */
	int out_node;
	uint8_t out; /* enum sim_out */
	/* as shown */
	struct sim_gap gap;
	int32_t gap_at_loop;
	bool catching;
	/* timing */
	int64_t t_lap, t_sector;
	bool timed_lap;   /* false on a lap from a standing start: the feed gives no time */
	int32_t best_ms, best_lap;
	int32_t best_sector[3], best_segment[SIM_NODES];
	/* tyres and stops */
	uint8_t compound;
	int age, set_age; /* laps on the set; laps that it had when fitted */
	int n_stints;
	uint8_t compounds[SIM_MAX_STINTS];
	int stops, stops_target, stop_lap, stint_begin;
	bool dry_used[SIM_DRY_COMPOUNDS], wet_used;
	double caution;   /* % of a lap it suffers before changing to tyres for the weather */
	int decided;      /* neutralisation for which it has decided whether to stop */
	bool in_pit;
	int64_t t_pit_in;
	int stationary_ms, box_ms; /* box_ms: from the line to node 1 */
	int penalty_s, strikes;
};

struct sim {
	struct sim_config cfg;
	struct f1p_rng rng;
	int64_t now;
	uint8_t phase; /* enum sim_phase */
	int n_cars;
	struct sim_car cars[F1P_MAX_CARS];
	uint8_t order[F1P_MAX_CARS]; /* car index by running order */
	uint8_t top3[3];
	int lead_laps;
	bool flag; /* chequered */
	int64_t t_done;
	int32_t first[SIM_PATH];              /* first crossing of each node; -1 */
	int32_t cross[F1P_MAX_CARS][SIM_PATH];
	int32_t best_lap_ms, best_sector[3], best_segment[SIM_NODES];
	int64_t box_free[F1P_MAX_CARS]; /* by team */
	/* race control */
	uint8_t track; /* as last sent */
	bool yellow[SIM_NODES], pending, sc_in, unlapped;
	int neutral_id, sc_laps, sc_min, n_sc, n_vsc, n_red;
	int forced_sc_lap, forced_red_lap;
	int blue_lap[F1P_MAX_CARS];
	uint16_t messages;
	int64_t clock_ms, t_clock; /* remaining at t_clock */
	/* weather */
	bool raining, wet;
	double wetness, intensity, wear;
	int air, track_temp, humidity, pressure, wind, wind_dir;
	int64_t t_wet;
	/* tasks */
	struct sim_task tasks[SIM_TASKS];
	int n_tasks;
	uint32_t task_seq;
	bool ended;
	int64_t end_ns;
	/* output: records packed one after the other */
	uint8_t *out;
	size_t out_size, out_len, out_head, last;
	bool failed;
	union {
		struct f1p_event h;
		struct f1p_ev_session largest;
		struct f1p_ev_race_control message;
	} scratch; /* where events go once memory ran out */
};

/* setup.c */
void sim_setup(struct sim *);
int sim_team_count(const struct sim *);
const char *sim_code(const struct sim_car *);
const char *sim_name(const struct sim_car *);
const char *sim_team_name(int team);
uint32_t sim_team_colour(int team);

/* pace.c */
double sim_tyre_life(const struct sim *, int compound); /* laps until the cliff */
double sim_weather_pct(int compound, double wetness);
int sim_weather_compound(double wetness);               /* F1P_TYRE_UNKNOWN = slicks */
bool sim_is_dry(int compound);
void sim_begin_lap(struct sim *, struct sim_car *);     /* draws pace and fate of the lap that begins */
double sim_segment_ms(const struct sim *, const struct sim_car *, int segment);
double sim_segment_share(int segment);

/* strategy.c */
void sim_plan_stop(struct sim *, struct sim_car *, int laps_done);
int sim_choose_compound(struct sim *, const struct sim_car *, int laps_done);
bool sim_wants_stop(struct sim *, struct sim_car *);
void sim_fit_tyres(struct sim *, struct sim_car *, int compound, int laps_done);

/* road.c */
void sim_cross(struct sim *, struct sim_car *);
void sim_schedule(struct sim *, struct sim_car *);
void sim_launch(struct sim *, struct sim_car *, int slot); /* standing start from t = now */
void sim_extra_update(struct sim *, struct sim_car *);
int sim_running(const struct sim *);

/* timing.c */
void sim_emit_road(struct sim *, struct sim_car *, int loop);
void sim_emit_lap(struct sim *, struct sim_car *, int laps);

/* order.c */
void sim_update_order(struct sim *, struct sim_car *);
void sim_clear_gap(struct sim *, struct sim_car *);
struct sim_car *sim_ahead(struct sim *, int position);
struct sim_car *sim_behind(struct sim *, int position);

/* pit.c */
void sim_pit_enter(struct sim *, struct sim_car *);
void sim_pit_exit(struct sim *, struct sim_car *);
void sim_pit_box(struct sim *, struct sim_car *);

/* control.c */
void sim_task(struct sim *, int64_t t, int kind, int a, int b);
void sim_run_task(struct sim *, const struct sim_task *);
void sim_incident(struct sim *, int node, int out);
void sim_leader_at_line(struct sim *);
void sim_stop_car(struct sim *, struct sim_car *);
int sim_leader_lap(const struct sim *);
void sim_clear_all(struct sim *); /* yellow flags */
int64_t sim_later(struct sim *, double lo_s, double hi_s);
void sim_say_plain(struct sim *, const char *text);
void sim_say_flag(struct sim *, int flag, const char *text);

/* neutral.c */
void sim_deploy_sc(struct sim *);
void sim_sc_lap(struct sim *);
void sim_deploy_vsc(struct sim *);
void sim_vsc_ending(struct sim *, int id);
void sim_red_flag(struct sim *);
void sim_park(struct sim *, struct sim_car *);
void sim_plan_restart(struct sim *);
void sim_restart(struct sim *);
void sim_back_to_green(struct sim *);

/* weather.c */
void sim_weather_setup(struct sim *);
void sim_weather_advance(struct sim *);
void sim_weather_report(struct sim *);
void sim_rain(struct sim *, bool begins);

/* emit.c */
void *sim_emit(struct sim *, int type, size_t size);
void sim_record_end(struct sim *);
void sim_emit_value(struct sim *, int type, int value);
void sim_emit_car_value(struct sim *, int type, const struct sim_car *, int value);
void sim_emit_gap(struct sim *, struct sim_car *);
void sim_emit_status(struct sim *, const struct sim_car *, uint32_t mask, bool on);
void sim_emit_stint(struct sim *, const struct sim_car *, uint32_t mask);
void sim_emit_clock(struct sim *, bool running);
void sim_emit_track(struct sim *);

struct sim_message {
	uint8_t category, flag, scope, mode, status;
	uint8_t sector; /* 1.. or 0 */
	const struct sim_car *car;
};
void sim_say(struct sim *, const struct sim_message *, const char *fmt, ...) F1P_PRINTF(3, 4);

static inline int64_t sim_round(double x)
{
	return (int64_t)(x + 0.5); /* x >= 0 */
}

static inline double sim_uniform(struct sim *s, double lo, double hi)
{
	return lo + (hi - lo) * f1p_rng_uniform(&s->rng);
}

static inline struct sim_car *sim_car_at(struct sim *s, int place)
{
	return &s->cars[s->order[place]];
}

static inline int sim_index(const struct sim *s, const struct sim_car *car)
{
	return (int)(car - s->cars);
}

#endif

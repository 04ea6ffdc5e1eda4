/*
 * decoder.h - the inside of the decoder, for the files of this folder.
 */
#ifndef OF1_DECODER_H
#define OF1_DECODER_H

#include "openf1.h"
#include "row.h"

#define OF1_MAX_PITS 64u
#define OF1_MAX_CONTROL 1024u
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)

/* Order among events of one time: a reader that files a lap knows place and gap at the line. */
enum of1_lane { OF1_LANE_SESSION, OF1_LANE_CAR, OF1_LANE_SECTOR, OF1_LANE_LAP };

struct of1_lap {
	int64_t t_start_ns; /* 0 = unknown */
	int64_t id;
	int32_t time_ms, sector_ms[3]; /* 0 = unknown */
	int16_t speed_kmh[3];          /* I1, I2, ST; 0 = unknown */
	uint8_t out_lap;               /* enum f1p_tri, 0 = unknown */
	bool seen;
};

struct of1_pit {
	int64_t t_row_ns; /* 0 = unknown */
	int64_t id;
	int32_t lap;
	int32_t lane_ms, stop_ms; /* F1P_UNKNOWN */
	bool told_in, told_out;
};

struct of1_stint {
	int64_t id;
	int32_t age;         /* F1P_UNKNOWN */
	int16_t first, last; /* laps; 0 = unknown */
	int16_t told_first;
	uint8_t compound;    /* enum f1p_compound, 0 = unknown */
	bool seen;
};

struct of1_car {
	uint16_t number;
	int64_t t_position_ns, t_gap_ns, t_car_data_ns, t_location_ns; /* newest row of each kind */
	int64_t driver_id;
	int32_t position, grid; /* F1P_UNKNOWN */
	struct f1p_ev_car_gap gap;
	struct f1p_ev_driver driver;
	int32_t begun;          /* newest lap that has a row */
	int32_t told;           /* laps told as completed */
	int64_t t_line_ns;      /* when the newest of them ended */
	int32_t best_ms, best_lap;
	uint8_t retired;        /* told: session_result says that it did not finish */
	uint8_t n_stints;       /* highest number seen */
	uint8_t n_pits;
	struct of1_stint stints[F1P_MAX_STINTS];
	struct of1_pit pits[OF1_MAX_PITS];
	struct of1_lap laps[F1P_MAX_LAPS];
};

struct of1_control { /* track and session status as race control shows them */
	uint64_t yellow;       /* bit per sector */
	int64_t t_resume_ns;   /* the announced restart; 0 = none */
	int64_t t_first_start_ns; /* as race control tells; F1P_UNKNOWN_NS: not yet */
	uint8_t track, status, part; /* part 255 = not told */
	bool own_status;       /* OpenF1 gives SessionStatus rows: nothing is guessed */
};

struct of1_outbox {
	char *bytes;
	size_t n, cap;
	struct of1_slot {
		int64_t t_ns;
		uint32_t at;
		uint32_t lane;
	} *slots;
	uint32_t events, slot_cap;
	bool no_memory;
	bool telling; /* from slot `next` on they are to be told */
	uint32_t next, flags;
	int64_t one_time_ns;
};

struct of1_decoder {
	of1_emit_fn emit;
	void *arg;
	struct of1_stats stats;
	struct of1_outbox out;
	bool silent;
	uint32_t slice;  /* events told at once; 0 = all */
	int32_t total_laps; /* F1P_UNKNOWN */
	int64_t now_ns;  /* of the call in hand */
	int64_t told_ns; /* time of the newest event told */
	struct of1_row row;
	uint64_t changes; /* events that the row in hand gave; only to count rows that told nothing */

	/* the session */
	uint32_t session_key, meeting_key;
	struct f1p_ev_session session;
	bool session_known;
	int64_t newest_ns[OF1_COLLECTIONS];
	struct f1p_ev_weather weather;
	int64_t t_weather_ns;
	struct of1_control control;
	int32_t best_ms;
	struct f1p_ev_race_control *messages;
	uint64_t *message_hashes;
	uint32_t n_messages;
	uint32_t n_cars;
	struct of1_car *cars; /* F1P_MAX_CARS */
	uint8_t car_slot[F1P_MAX_CAR_NUMBER + 1]; /* 1 + place in cars, 0 = none */
};

/* outbox.c */
void of1_push_bytes(struct of1_decoder *, uint16_t type, int64_t t_ns, void *event, size_t size);
#define OF1_PUSH(d, type, t_ns, event)                                                                                           \
	do {                                                                                                                     \
		_Static_assert(sizeof(*(event)) % 8 == 0, "event size");                                                         \
		of1_push_bytes((d), (type), (t_ns), (event), sizeof(*(event)));                                                  \
	} while (0)
void of1_push_value(struct of1_decoder *, uint16_t type, int64_t t_ns, int32_t value);
void of1_push_car_value(struct of1_decoder *, uint16_t type, int64_t t_ns, const struct of1_car *, int32_t value);
/* Tells what waits, `flags` added; with one_time all at that time. */
void of1_outbox_tell(struct of1_decoder *, uint32_t flags, int64_t one_time_ns);
/* At most so many of what of1_outbox_tell() left. */
void of1_outbox_go_on(struct of1_decoder *, uint32_t max_events);
void of1_outbox_clear(struct of1_outbox *);
void of1_outbox_finish(struct of1_outbox *);

/* The row's date as an event time: now if it has none or lies in the future. */
int64_t of1_row_time(struct of1_decoder *);
struct of1_car *of1_row_car(struct of1_decoder *); /* NULL: no driver number, or no room */

/* Reads the row in hand. */
void of1_merge_session(struct of1_decoder *);
void of1_merge_meeting(struct of1_decoder *);
void of1_merge_driver(struct of1_decoder *);
void of1_merge_weather(struct of1_decoder *);
void of1_merge_grid(struct of1_decoder *);
void of1_merge_result(struct of1_decoder *);
void of1_merge_position(struct of1_decoder *);
void of1_merge_interval(struct of1_decoder *);
void of1_merge_car_data(struct of1_decoder *);
void of1_merge_location(struct of1_decoder *);
void of1_merge_lap(struct of1_decoder *);
void of1_merge_pit(struct of1_decoder *);
void of1_merge_stint(struct of1_decoder *);
void of1_merge_control(struct of1_decoder *);

bool of1_is_race(const struct of1_decoder *);
uint8_t of1_session_type(const struct of1_row *);
uint8_t of1_practice_number(const struct of1_row *);
/* control.c */
void of1_control_init(struct of1_control *);
/* Of the session, by race control, else by the first laps; F1P_UNKNOWN_NS. */
int64_t of1_first_start_ns(const struct of1_decoder *);
void of1_set_status(struct of1_decoder *, uint8_t status, int64_t t_ns);
void of1_check_resume(struct of1_decoder *, int64_t t_ns); /* an announced restart may have happened */
/* laps.c, pits.c: what a snapshot tells of one car */
int64_t of1_lap_end_ns(const struct of1_car *, int32_t lap); /* 0 = unknown */
void of1_tell_laps(struct of1_decoder *, struct of1_car *);
void of1_tell_pits(struct of1_decoder *, struct of1_car *);
void of1_tell_stints(struct of1_decoder *, struct of1_car *);

#endif

/*
 * decoder.h - the inside of the decoder, for the files of this folder.
 *
 * One message is one pass of the JSON reader over a schema: a tree of constant nodes per topic. Fields are collected in
 * `in` (one half-filled event of each kind), become events when their object ends, and wait in the outbox until the
 * whole message has proved to be valid JSON. A message that is refused leaves neither events nor changed feed state.
 */
#ifndef LT_DECODER_H
#define LT_DECODER_H

#include "livetiming.h"

#include <helpers/json_reader.h>

#include "inflate.h"

#define LT_NO_LIST UINT16_MAX /* a list that the feed has not sent yet */

/* ---- schema ---- */

enum lt_kind {
	LT_OBJECT = 1, /* members by name */
	LT_CARS,       /* map by car number; other keys are skipped */
	LT_LIST,       /* array, or object by decimal index (merge rules 2 to 4) */
	LT_FIELD       /* string, number, boolean or null */
};

/* Which position in which list the walk is at. */
enum lt_index { LT_IX_NONE, LT_IX_SECTOR, LT_IX_SEGMENT, LT_IX_PART, LT_IX_STAT, LT_IX_STINT, LT_IX_ENTRY, LT_IX_COUNT };

enum lt_value_type { LT_STRING = 1, LT_NUMBER, LT_BOOLEAN, LT_NULL };
struct lt_value {
	enum lt_value_type type;
	bool flag;	  /* LT_BOOLEAN */
	const char *text; /* LT_STRING, LT_NUMBER; "" otherwise */
	size_t n;
};

struct lt_node {
	const char *name; /* key in the object above */
	uint8_t name_n;
	uint8_t kind;  /* enum lt_kind */
	uint8_t index; /* LT_LIST: enum lt_index */
	uint8_t width; /* LT_FIELD: bytes of the target: 1, 2, 4; text: see `hi` */
	uint16_t n_children;
	bool wants_car;			/* LT_CARS: feed state is kept for these cars */
	const struct lt_node *children; /* members; LT_CARS and LT_LIST: the one kind of element */
	/* all may be NULL */
	void (*begin)(struct lt_decoder *, const struct lt_node *);	 /* object */
	void (*end)(struct lt_decoder *, const struct lt_node *);	 /* object */
	uint16_t *(*length)(struct lt_decoder *);			 /* list: where its known length is kept */
	void (*replaced)(struct lt_decoder *);				 /* list: an array replaces what was there */
	void (*grown)(struct lt_decoder *);				 /* list: an index object appended an element */
	void (*deleted)(struct lt_decoder *, const char *key, size_t n); /* object, map: `_deleted` named this key */
	/* LT_FIELD: false = the value is bad. LT_NULL never comes here as bad. */
	bool (*set)(struct lt_decoder *, const struct lt_node *, const struct lt_value *);
	uint16_t at;	  /* offset of the target in struct lt_decoder */
	uint16_t mask_at; /* offset of the mask that gets `bit` */
	uint32_t bit;
	int32_t lo, hi; /* range of the value; list: hi = largest length; text: hi = size */
};

#define LT_NAMED(text) .name = (text), .name_n = sizeof(text) - 1
#define LT_CHILDREN(array) .children = (array), .n_children = sizeof(array) / sizeof((array)[0])
#define LT_INTO(member) .at = offsetof(struct lt_decoder, member), .width = sizeof(((struct lt_decoder *)0)->member)
#define LT_MASK(event, flag) .mask_at = offsetof(struct lt_decoder, in.event.mask), .bit = (flag)

struct lt_topic {
	const char *name;
	const struct lt_node *root;
	bool zipped; /* the payload is a string that holds packed JSON */
	uint8_t id;  /* 0..LT_KNOWN_TOPICS-1 */
};
#define LT_KNOWN_TOPICS 23
/* NULL: nothing here reads this topic. */
const struct lt_topic *lt_topic_find(const char *name, size_t n);

extern const struct lt_node lt_session_info, lt_session_status, lt_session_data, lt_track_status, lt_lap_count, lt_clock,
	lt_weather, lt_heartbeat, lt_driver_list, lt_timing_data, lt_timing_app_data, lt_tyre_stint_series, lt_current_tyres,
	lt_race_control, lt_top_three, lt_pit_lane_times, lt_pit_stops, lt_car_data, lt_position, lt_timing_stats;

/* ---- what the feed's merge rules make us remember ---- */

struct lt_car {
	uint32_t message; /* ordinal of the message that last touched it */
	uint16_t number;
	bool has_line;	 /* TimingData told Line: Position is then ignored */
	bool has_stints; /* TimingAppData told a stint: TyreStintSeries is then ignored */
	uint16_t n_sectors, n_segments[3], n_parts, n_stats, n_stints, n_series, n_stops;
	int32_t part_ms[3], part_lap[3];
	int32_t lane_lap, lane_ms;			     /* PitLaneTimeCollection */
	int32_t stop_index, stop_lap, stop_lane_ms, stop_ms; /* PitStopSeries: the newest stop */
};

struct lt_session {
	uint16_t n_messages, n_series, n_statuses, n_top;
	int64_t t_first_start_ns; /* as SessionData lists it; 0 = it does not */
	uint8_t part; /* qualifying part as last emitted */
	bool part_known;
	uint16_t n_cars;
};

/* SessionInfo may come in parts, and two of its fields only make sense together. */
struct lt_info {
	struct f1p_ev_session event;
	int64_t start_local_ns, end_local_ns;
	char type[16];
};

/* ---- the walk ---- */

struct lt_frame {
	const struct lt_node *node;
	bool is_array;
	uint32_t next; /* array: index of the next element */
};

struct lt_walk {
	const struct lt_node *root;
	const struct lt_node *child; /* what the key just read stands for; NULL = skip the value */
	uint32_t depth;
	uint32_t skip;	   /* open brackets inside a value that is skipped */
	uint32_t deleting; /* open brackets inside a `_deleted` list */
	bool deleted_next; /* the next value is a `_deleted` list */
	bool wrong_shape;  /* the payload is not an object */
	struct lt_frame frames[F1P_JSON_MAX_DEPTH + 1];
};
extern const struct f1p_json_handler lt_walk_handler; /* ctx: struct lt_decoder */

/* What the message in hand adds to the statistics, if it is accepted. */
struct lt_counts {
	uint32_t bad_values, merge_oddities, deleted_keys, stint_appends;
};

/* Events that wait for the end of their message. */
struct lt_outbox {
	char *bytes;
	size_t n, cap;
	uint32_t events;
	uint32_t lanes; /* bit per lane in use */
	bool no_memory;
};

struct lt_decoder {
	lt_emit_fn emit;
	lt_reject_fn reject;
	void *arg;
	struct lt_stats stats;
	uint8_t count_of[LT_KNOWN_TOPICS]; /* 1 + place in stats.topics, 0 = none yet */
	struct lt_inflater *inflater;

	/* the message in hand */
	const struct lt_topic *known; /* NULL: a topic that nothing here reads */
	char topic[32];		      /* its name, for people */
	int64_t t_event_ns;
	uint32_t flags;
	uint32_t message;
	struct lt_counts now;
	struct lt_walk walk;
	struct lt_outbox out;
	struct lt_session session_before;
	struct lt_car touched[F1P_MAX_CARS]; /* cars as they were before the message */
	uint16_t n_touched;
	bool info_changed;
	bool part_changed[3];
	size_t entry_mark;    /* outbox position where the telemetry entry began */
	int64_t entry_utc_ns; /* its own time */
	size_t stamp_mark;    /* outbox position where the message's telemetry began */
	int64_t last_utc_ns;  /* time of the newest entry */
	uint16_t car_number;
	struct lt_car *car;
	uint32_t index[LT_IX_COUNT];
	struct {
		struct f1p_ev_lap_count laps;
		struct f1p_ev_clock clock;
		struct f1p_ev_weather weather;
		struct f1p_ev_driver driver;
		struct f1p_ev_car_status status;
		struct f1p_ev_car_gap gap;
		struct f1p_ev_car_lap lap;
		struct f1p_ev_car_sector sector;
		struct f1p_ev_stint stint;
		struct f1p_ev_race_control message;
		struct f1p_ev_telemetry telemetry;
		struct f1p_ev_xyz xyz;
		int32_t line, place; /* 0 = not in this message */
		int32_t track;	     /* 0 = not in this message */
		int64_t t_series_ns; /* of an entry of SessionData; 0 = none */
		bool series_started;
		uint8_t trap;
		bool changed;
	} in;

	/* feed state */
	struct lt_session session;
	struct lt_info info, info_next;
	struct lt_car cars[F1P_MAX_CARS];
	uint8_t car_slot[F1P_MAX_CAR_NUMBER + 1]; /* 1 + place in cars, 0 = none */
};

/* The car's remembered feed state; made if it is new; NULL when all places are taken. Undone if the message is refused. */
struct lt_car *lt_touch_car(struct lt_decoder *, uint16_t number);

/* Counts and tells a bad value. */
void lt_bad_value(struct lt_decoder *, const char *name, const struct lt_value *);

/* ---- outbox ---- */

void lt_push_bytes(struct lt_decoder *, uint16_t type, void *event, size_t size);
/* Fills the header of the event and puts a copy into the outbox. */
#define LT_PUSH(d, type, event)                                                                                                  \
	do {                                                                                                                     \
		_Static_assert(sizeof(*(event)) % 8 == 0, "event size");                                                         \
		lt_push_bytes((d), (type), (event), sizeof(*(event)));                                                           \
	} while (0)
void lt_push_value(struct lt_decoder *, uint16_t type, int32_t value);
void lt_push_car_value(struct lt_decoder *, uint16_t type, int32_t value); /* of d->car_number */
void lt_outbox_flush(struct lt_decoder *);

/* ---- common setters (fields.c) ---- */

bool lt_set_tri(struct lt_decoder *, const struct lt_node *, const struct lt_value *);
bool lt_set_int(struct lt_decoder *, const struct lt_node *, const struct lt_value *);		  /* "" and null: left alone */
bool lt_set_tenths(struct lt_decoder *, const struct lt_node *, const struct lt_value *);
bool lt_set_clock(struct lt_decoder *, const struct lt_node *, const struct lt_value *); /* ms; "" and null: F1P_UNKNOWN */
bool lt_set_text(struct lt_decoder *, const struct lt_node *, const struct lt_value *);
bool lt_set_utc(struct lt_decoder *, const struct lt_node *, const struct lt_value *);
/* Part of qualifying: told by several topics, emitted when it changes. */
bool lt_set_part(struct lt_decoder *, const struct lt_node *, const struct lt_value *);

struct lt_word {
	const char *text;
	int32_t value;
};
/* Value of the word, or `otherwise`. */
int32_t lt_word_value(const struct lt_word *, size_t n_words, const struct lt_value *, int32_t otherwise);
#define LT_WORD(words, v, otherwise) lt_word_value((words), sizeof(words) / sizeof((words)[0]), (v), (otherwise))

static inline bool lt_is_empty(const struct lt_value *v)
{
	return v->type != LT_BOOLEAN && v->n == 0;
}

static inline bool lt_is(const char *text, size_t n, const char *word, size_t word_n)
{
	return n == word_n && __builtin_memcmp(text, word, n) == 0;
}

#endif

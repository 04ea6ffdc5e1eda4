/*
 * encode_internal.h - the inside of the encoder. Events of one message wait in `pending`; when the message is closed, the topic's
 * writer renders them. Order keys say whether one more event still fits behind the others.
 */
#ifndef LT_ENCODE_INTERNAL_H
#define LT_ENCODE_INTERNAL_H

#include "encode.h"

#include <helpers/json_writer.h>

#define LTE_NO_LIST UINT16_MAX /* a list that was not sent yet */

enum lte_topic {
	LTE_NONE = 0,
	LTE_SESSION_INFO,
	LTE_SESSION_STATUS,
	LTE_SESSION_DATA,
	LTE_TRACK_STATUS,
	LTE_LAP_COUNT,
	LTE_CLOCK,
	LTE_WEATHER,
	LTE_HEARTBEAT,
	LTE_DRIVERS,
	LTE_TIMING,
	LTE_APP,
	LTE_TYRES,
	LTE_CONTROL,
	LTE_TOP_THREE,
	LTE_LANE_TIMES,
	LTE_STOPS,
	LTE_CAR_DATA,
	LTE_POSITION,
	LTE_TOPICS
};

/* What the feed's lists hold of a car. */
struct lte_car {
	uint16_t number;
	uint16_t n_sectors, n_segments[3], n_parts, n_stats, n_stints, n_stops;
	bool part_lap[3];			 /* BestLapTimes holds a lap number */
	int32_t position;			 /* 0 = not told */
	int32_t lane_lap;			 /* PitLaneTimeCollection */
	int32_t stop_lap, stop_lane_ms, stop_ms; /* PitStopSeries: the newest */
};

struct lt_encoder {
	lt_message_fn fn;
	void *arg;
	f1p_status status; /* F1P_OK, or why it stopped */
	uint64_t skipped;
	struct f1p_json json;

	/* the message in hand */
	enum lte_topic topic;
	char *pending;
	size_t n, cap;
	uint32_t events;
	uint64_t order;
	int64_t t_ns;
	bool joined;			   /* the newest event said that more of its record follow */
	uint16_t in_message[F1P_MAX_CARS]; /* car numbers in order of appearance */
	uint16_t n_in_message;
	uint16_t reset_next; /* after a reset of a car's stints: the index that may follow */

	/* what was told */
	struct lte_car cars[F1P_MAX_CARS];
	uint16_t n_cars;
	uint16_t n_messages, n_series, n_top;
	uint8_t session_type;
	int32_t part, lap;
	char *packed; /* for .z topics */
	size_t packed_cap;
};

/* Next pending event of the message behind `at`, NULL at the end. */
const struct f1p_event *lte_next(const struct lt_encoder *, const struct f1p_event *at);
/* The same, of one car; for topics by car. */
const struct f1p_event *lte_next_of(const struct lt_encoder *, const struct f1p_event *at, uint16_t number);
uint16_t lte_car_of(const struct f1p_event *);
/* NULL when all places are taken. */
struct lte_car *lte_car(struct lt_encoder *, uint16_t number);

/* Opens element `index` of a list that has *length elements: as an array when it is new, else by index; elements between are
 * filled with empty objects. The caller writes the element, then calls lte_end_list once behind the last one. */
struct lte_list {
	struct f1p_json *json;
	uint16_t *length;
	bool is_array;
};
void lte_begin_list(struct lte_list *, struct f1p_json *, uint16_t *length);
void lte_element(struct lte_list *, uint16_t index);
void lte_end_list(struct lte_list *, uint16_t at_least);

void lte_car_key(struct f1p_json *, uint16_t number);
void lte_member_str(struct f1p_json *, const char *key, const char *value);
void lte_member_strn(struct f1p_json *, const char *key, const char *value, size_t size); /* of a field, NUL or not */
#define LTE_MEMBER_TEXT(j, key, field) lte_member_strn((j), (key), (field), sizeof(field))
void lte_member_int(struct f1p_json *, const char *key, int64_t value);
void lte_member_tri(struct f1p_json *, const char *key, uint32_t tri); /* nothing but for yes and no */

void lte_member_deleted(struct f1p_json *, const char *key); /* "_deleted":[key] */

/* {"Lines":{car:{...}}} of the message in hand. The writer takes what begins at the event and returns the first one that it did
 * not. */
typedef const struct f1p_event *(*lte_event_writer)(struct lt_encoder *, struct lte_car *, const struct f1p_event *);
bool lte_write_lines(struct lt_encoder *, lte_event_writer);

/* Texts of the feed. out holds LTE_TEXT bytes. */
#define LTE_TEXT 48
void lte_clock_text(int32_t ms, char *out);	/* "31.234", "1:32.608"; "" = unknown */
void lte_seconds_text(int32_t ms, char *out);	/* "23.3", "931.8": as few digits as it takes */
void lte_remaining_text(int32_t ms, char *out); /* "01:59:30" */

/* Writers: the pending events as the topic's JSON value. False: nothing to say. */
bool lte_write_session(struct lt_encoder *);
bool lte_write_status(struct lt_encoder *);
bool lte_write_part(struct lt_encoder *);
bool lte_write_track(struct lt_encoder *);
bool lte_write_laps(struct lt_encoder *);
bool lte_write_clock(struct lt_encoder *);
bool lte_write_weather(struct lt_encoder *);
bool lte_write_heartbeat(struct lt_encoder *);
bool lte_write_drivers(struct lt_encoder *);
bool lte_write_top_three(struct lt_encoder *);
bool lte_write_control(struct lt_encoder *);
bool lte_write_timing(struct lt_encoder *);
bool lte_write_app(struct lt_encoder *);
bool lte_write_tyres(struct lt_encoder *);
bool lte_write_lane(struct lt_encoder *);
bool lte_write_stop(struct lt_encoder *);
bool lte_write_car_data(struct lt_encoder *);
bool lte_write_position(struct lt_encoder *);

/* Packs the JSON text as the feed does: raw deflate, base64, in quotes; lent until the next call. NULL when memory is short. */
const char *lte_pack(struct lt_encoder *, const char *text, size_t n, size_t *packed_n);

#endif

/*
 * encode.c - which topic tells which event, and which events one message can tell.
 *
 * The decoder orders the events of a TimingData message in three lanes (outbox.c): order_of() is that order read backwards.
 */
#include "encode_internal.h"

#include <helpers/event_size.h>
#include <stdlib.h>
#include <string.h>

#define SEGMENTS_MAX 64
#define LARGEST_MESSAGE (256u << 10) /* bytes of events; a snapshot of all cars takes some 40 kB */

/* enum lte_topic; LTE_NONE: no message tells it. */
static uint8_t topic_of(const struct f1p_event *ev)
{
	static const uint8_t of_types[] = {
		[F1P_EV_SESSION] = LTE_SESSION_INFO,
		[F1P_EV_SESSION_STATUS] = LTE_SESSION_STATUS,
		[F1P_EV_SESSION_PART] = LTE_SESSION_DATA,
		[F1P_EV_TRACK_STATUS] = LTE_TRACK_STATUS,
		[F1P_EV_LAP_COUNT] = LTE_LAP_COUNT,
		[F1P_EV_CLOCK] = LTE_CLOCK,
		[F1P_EV_DRIVER] = LTE_DRIVERS,
		[F1P_EV_CAR_POSITION] = LTE_TIMING,
		[F1P_EV_CAR_GRID] = LTE_APP,
		[F1P_EV_CAR_GAP] = LTE_TIMING,
		[F1P_EV_CAR_LAP] = LTE_TIMING,
		[F1P_EV_CAR_STATUS] = LTE_TIMING,
		[F1P_EV_CAR_SECTOR] = LTE_TIMING,
		[F1P_EV_CAR_SEGMENT] = LTE_TIMING,
		[F1P_EV_CAR_SPEED] = LTE_TIMING,
		[F1P_EV_CAR_BEST] = LTE_TIMING,
		[F1P_EV_STINT] = LTE_APP,
		[F1P_EV_STINTS_RESET] = LTE_APP,
		[F1P_EV_TYRE] = LTE_TYRES,
		[F1P_EV_WEATHER] = LTE_WEATHER,
		[F1P_EV_RACE_CONTROL] = LTE_CONTROL,
		[F1P_EV_PIT_LANE_TIME] = LTE_LANE_TIMES,
		[F1P_EV_PIT_STOP] = LTE_STOPS,
		[F1P_EV_TOP_THREE] = LTE_TOP_THREE,
		[F1P_EV_TELEMETRY] = LTE_CAR_DATA,
		[F1P_EV_XYZ] = LTE_POSITION,
		[F1P_EV_HEARTBEAT] = LTE_HEARTBEAT,
	};

	if (ev->space != F1P_SPACE_CORE || ev->type >= sizeof(of_types) || ev->size < f1p_event_least_size(ev->type)) {
		return LTE_NONE;
	}
	return of_types[ev->type];
}

static const struct {
	const char *name;
	bool (*write)(struct lt_encoder *);
	bool is_packed;
	bool joins; /* several events may share a message */
} topics[LTE_TOPICS] = {
	[LTE_SESSION_INFO] = {"SessionInfo", lte_write_session, false, false},
	[LTE_SESSION_STATUS] = {"SessionStatus", lte_write_status, false, false},
	[LTE_SESSION_DATA] = {"SessionData", lte_write_part, false, false},
	[LTE_TRACK_STATUS] = {"TrackStatus", lte_write_track, false, false},
	[LTE_LAP_COUNT] = {"LapCount", lte_write_laps, false, false},
	[LTE_CLOCK] = {"ExtrapolatedClock", lte_write_clock, false, false},
	[LTE_WEATHER] = {"WeatherData", lte_write_weather, false, false},
	[LTE_HEARTBEAT] = {"Heartbeat", lte_write_heartbeat, false, false},
	[LTE_DRIVERS] = {"DriverList", lte_write_drivers, false, true},
	[LTE_TIMING] = {"TimingData", lte_write_timing, false, true},
	[LTE_APP] = {"TimingAppData", lte_write_app, false, true},
	[LTE_TYRES] = {"CurrentTyres", lte_write_tyres, false, true},
	[LTE_CONTROL] = {"RaceControlMessages", lte_write_control, false, true},
	[LTE_TOP_THREE] = {"TopThree", lte_write_top_three, false, true},
	[LTE_LANE_TIMES] = {"PitLaneTimeCollection", lte_write_lane, false, false},
	[LTE_STOPS] = {"PitStopSeries", lte_write_stop, false, false},
	[LTE_CAR_DATA] = {"CarData.z", lte_write_car_data, true, true},
	[LTE_POSITION] = {"Position.z", lte_write_position, true, true},
};

/* ---- life ---- */

void lt_encoder_reset(struct lt_encoder *e)
{
	e->status = F1P_OK;
	e->topic = LTE_NONE;
	e->n = e->events = 0;
	e->n_in_message = 0;
	e->joined = false;
	e->n_cars = 0;
	e->n_messages = e->n_series = e->n_top = LTE_NO_LIST;
	e->session_type = F1P_SESSION_UNKNOWN;
	e->part = 0;
	e->lap = 0;
}

struct lt_encoder *lt_encoder_create(lt_message_fn fn, void *arg)
{
	struct lt_encoder *e = calloc(1, sizeof(*e));

	if (e != NULL) {
		e->fn = fn;
		e->arg = arg;
		f1p_json_init(&e->json);
		lt_encoder_reset(e);
	}
	return e;
}

void lt_encoder_destroy(struct lt_encoder *e)
{
	if (e != NULL) {
		f1p_json_finish(&e->json);
		free(e->pending);
		free(e->packed);
		free(e);
	}
}

uint64_t lt_encode_skipped(const struct lt_encoder *e)
{
	return e->skipped;
}

/* ---- cars ---- */

struct lte_car *lte_car(struct lt_encoder *e, uint16_t number)
{
	for (uint16_t i = 0; i < e->n_cars; i++) {
		if (e->cars[i].number == number) {
			return &e->cars[i];
		}
	}
	if (e->n_cars == F1P_MAX_CARS) {
		return NULL;
	}
	struct lte_car *car = &e->cars[e->n_cars++];
	*car = (struct lte_car){.number = number,
		.n_sectors = LTE_NO_LIST,
		.n_segments = {LTE_NO_LIST, LTE_NO_LIST, LTE_NO_LIST},
		.n_parts = LTE_NO_LIST,
		.n_stats = LTE_NO_LIST,
		.n_stints = LTE_NO_LIST,
		.n_stops = LTE_NO_LIST,
		.lane_lap = F1P_UNKNOWN,
		.stop_lap = F1P_UNKNOWN,
		.stop_lane_ms = F1P_UNKNOWN,
		.stop_ms = F1P_UNKNOWN};
	return car;
}

/* Place of the car among those of the message, in order of appearance; -1 when there is none left. */
static int place_in_message(struct lt_encoder *e, uint16_t number, bool *is_new)
{
	*is_new = false;
	for (uint16_t i = 0; i < e->n_in_message; i++) {
		if (e->in_message[i] == number) {
			return i;
		}
	}
	if (e->n_in_message == F1P_MAX_CARS) {
		return -1;
	}
	*is_new = true;
	return e->n_in_message;
}

uint16_t lte_car_of(const struct f1p_event *ev)
{
	switch (ev->type) {
	case F1P_EV_DRIVER:
		return ((const struct f1p_ev_driver *)(const void *)ev)->car;
	case F1P_EV_CAR_GAP:
		return ((const struct f1p_ev_car_gap *)(const void *)ev)->car;
	case F1P_EV_CAR_LAP:
		return ((const struct f1p_ev_car_lap *)(const void *)ev)->car;
	case F1P_EV_CAR_STATUS:
		return ((const struct f1p_ev_car_status *)(const void *)ev)->car;
	case F1P_EV_CAR_SECTOR:
		return ((const struct f1p_ev_car_sector *)(const void *)ev)->car;
	case F1P_EV_STINT:
	case F1P_EV_TYRE:
		return ((const struct f1p_ev_stint *)(const void *)ev)->car;
	default: /* right behind the header */
		return ((const struct f1p_ev_car_value *)(const void *)ev)->car;
	}
}

static bool is_by_car(enum lte_topic topic)
{
	return topic == LTE_DRIVERS || topic == LTE_TIMING || topic == LTE_APP || topic == LTE_TYRES;
}

/* The host has checked what sources say; this is what the lists and tables here rely on. */
static bool is_sane(const struct f1p_event *ev, enum lte_topic topic)
{
	const void *p = ev;

	switch (ev->type) {
	case F1P_EV_CAR_SECTOR:
		return ((const struct f1p_ev_car_sector *)p)->sector < 3;
	case F1P_EV_CAR_SEGMENT:
		return ((const struct f1p_ev_car_segment *)p)->sector < 3 &&
		       ((const struct f1p_ev_car_segment *)p)->segment < SEGMENTS_MAX;
	case F1P_EV_CAR_SPEED:
		return ((const struct f1p_ev_car_speed *)p)->trap >= F1P_TRAP_I1 &&
		       ((const struct f1p_ev_car_speed *)p)->trap <= F1P_TRAP_ST;
	case F1P_EV_CAR_BEST:
		return ((const struct f1p_ev_car_best *)p)->part <= 3;
	case F1P_EV_STINT:
		return ((const struct f1p_ev_stint *)p)->index < F1P_MAX_STINTS;
	case F1P_EV_TOP_THREE:
		return ((const struct f1p_ev_car_value *)p)->value >= 1 && ((const struct f1p_ev_car_value *)p)->value <= 3;
	default:
		return !is_by_car(topic) || lte_car_of(ev) != 0;
	}
}

/* ---- order ---- */

#define LANE(lane, rank) ((uint64_t)(lane) << 40 | (rank))

/* Lane and rank of a TimingData event. Sectors of a car come with their segments first. */
static uint64_t timing_rank(const struct f1p_event *ev)
{
	const void *p = ev;

	switch (ev->type) {
	case F1P_EV_CAR_STATUS:
		return LANE(0, 1);
	case F1P_EV_CAR_POSITION:
		return LANE(0, 2);
	case F1P_EV_CAR_GAP:
		return LANE(0, 3);
	case F1P_EV_CAR_SEGMENT:
		return LANE(1, 1u + ((const struct f1p_ev_car_segment *)p)->sector * 300u +
				       ((const struct f1p_ev_car_segment *)p)->segment);
	case F1P_EV_CAR_SECTOR:
		return LANE(1, 1u + ((const struct f1p_ev_car_sector *)p)->sector * 300u + 299u);
	case F1P_EV_CAR_SPEED:
		return LANE(1, 1000u + ((const struct f1p_ev_car_speed *)p)->trap);
	case F1P_EV_CAR_LAP:
		return LANE(2, 1);
	default: /* the best of the session (part 0) goes where a lap's best goes: not both in one message */
		return LANE(2, 1u + ((const struct f1p_ev_car_best *)p)->part);
	}
}

/* The grid place may stand before or behind the stints; a reset is an array that the stints behind it fill from 0. */
static bool app_rank(const struct lt_encoder *e, const struct f1p_event *ev, bool is_new, uint64_t *rank)
{
	uint8_t index = ((const struct f1p_ev_stint *)(const void *)ev)->index;

	if (ev->type == F1P_EV_CAR_GRID) {
		*rank = is_new ? 1 : 1000;
		return true;
	}
	if (ev->type == F1P_EV_STINTS_RESET) {
		*rank = 2;
		return true;
	}
	*rank = 3u + index;
	return is_new || e->reset_next == LTE_NO_LIST || e->reset_next == index;
}

/* Where the event stands within its message. False: it begins another one. */
static bool order_of(struct lt_encoder *e, const struct f1p_event *ev, uint64_t *order)
{
	bool is_new = false;
	uint64_t rank = 1;
	int place = 0;

	switch (e->topic) {
	case LTE_CAR_DATA:
	case LTE_POSITION:
		*order = e->order;
		return true;
	case LTE_CONTROL:
		*order = 1u + ((const struct f1p_ev_race_control *)(const void *)ev)->index;
		return *order > e->order;
	case LTE_TOP_THREE:
		*order = (uint64_t)(((const struct f1p_ev_car_value *)(const void *)ev)->value + 1);
		return *order > e->order;
	default:
		break;
	}
	place = place_in_message(e, lte_car_of(ev), &is_new);
	if (place < 0) {
		return false;
	}
	if (e->topic == LTE_TIMING) {
		rank = timing_rank(ev);
	} else if (e->topic == LTE_APP && !app_rank(e, ev, is_new, &rank)) {
		return false;
	}
	*order = rank + ((uint64_t)(place + 1) << 20);
	return *order > e->order;
}

static void note_place(struct lt_encoder *e, const struct f1p_event *ev)
{
	bool is_new = false;
	int place = is_by_car(e->topic) ? place_in_message(e, lte_car_of(ev), &is_new) : -1;

	if (is_new && place >= 0) {
		e->in_message[e->n_in_message++] = lte_car_of(ev);
		e->reset_next = LTE_NO_LIST;
	}
	if (ev->type == F1P_EV_STINTS_RESET) {
		e->reset_next = 0;
	} else if (ev->type == F1P_EV_STINT && e->reset_next != LTE_NO_LIST) {
		e->reset_next++;
	}
}

/* ---- messages ---- */

const struct f1p_event *lte_next(const struct lt_encoder *e, const struct f1p_event *at)
{
	const char *p = at != NULL ? (const char *)at + at->size : e->pending;

	return e->n > 0 && p < e->pending + e->n ? (const struct f1p_event *)(const void *)p : NULL;
}

const struct f1p_event *lte_next_of(const struct lt_encoder *e, const struct f1p_event *at, uint16_t number)
{
	do {
		at = lte_next(e, at);
	} while (at != NULL && lte_car_of(at) != number);
	return at;
}

static bool keep(struct lt_encoder *e, const struct f1p_event *ev)
{
	if (e->n + ev->size > e->cap) {
		size_t cap = e->cap != 0 ? e->cap * 2 : 32768;
		char *grown = realloc(e->pending, cap);

		if (grown == NULL) {
			return false;
		}
		e->pending = grown;
		e->cap = cap;
	}
	memcpy(e->pending + e->n, ev, ev->size);
	e->n += ev->size;
	e->events++;
	return true;
}

static f1p_status hand_out(struct lt_encoder *e)
{
	size_t n = 0;
	const char *text = f1p_json_text(&e->json, &n);

	if (text != NULL && topics[e->topic].is_packed) {
		text = lte_pack(e, text, n, &n);
	}
	return text != NULL ? e->fn(e->arg, topics[e->topic].name, text, n, e->t_ns) : F1P_ENOMEM;
}

f1p_status lt_encode_flush(struct lt_encoder *e)
{
	if (e->status != F1P_OK || e->topic == LTE_NONE) {
		return e->status;
	}
	f1p_json_clear(&e->json);
	if (topics[e->topic].write(e)) {
		e->status = hand_out(e);
	} else {
		e->skipped += e->events;
	}
	e->topic = LTE_NONE;
	e->n = e->events = 0;
	e->n_in_message = 0;
	return e->status;
}

static bool fits(struct lt_encoder *e, const struct f1p_event *ev, enum lte_topic topic, uint64_t *order)
{
	bool packed = topics[topic].is_packed;

	return e->topic == topic && e->joined && topics[topic].joins && e->n < LARGEST_MESSAGE &&
	       (packed || ev->t_event_ns == e->t_ns) && order_of(e, ev, order);
}

/* A new subscription: the feed sends its lists whole. */
static void begin_anew(struct lt_encoder *e)
{
	uint8_t type = e->session_type;
	f1p_status status = lt_encode_flush(e);

	lt_encoder_reset(e);
	e->session_type = type;
	e->status = status;
}

f1p_status lt_encode(struct lt_encoder *e, const struct f1p_event *ev)
{
	uint8_t topic = topic_of(ev);
	uint64_t order = 0;

	if (e->status != F1P_OK) {
		return e->status;
	}
	if (topic == LTE_NONE || !is_sane(ev, topic)) {
		if (ev->space == F1P_SPACE_CORE && ev->type == F1P_EV_FEED_RESET) {
			begin_anew(e);
		}
		e->skipped++;
		return e->status;
	}
	if (!fits(e, ev, topic, &order)) {
		if (lt_encode_flush(e) != F1P_OK) {
			return e->status;
		}
		e->topic = topic;
		e->order = 0;
		e->t_ns = ev->t_event_ns;
		if (topics[e->topic].joins) {
			order_of(e, ev, &order);
		}
	}
	if (!keep(e, ev)) {
		return e->status = F1P_ENOMEM;
	}
	note_place(e, ev);
	e->order = order;
	e->t_ns = ev->t_event_ns > e->t_ns ? ev->t_event_ns : e->t_ns;
	e->joined = (ev->flags & F1P_EVF_MORE) != 0;
	return e->joined ? F1P_OK : lt_encode_flush(e);
}

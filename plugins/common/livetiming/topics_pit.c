/*
 * topics_pit.c - PitLaneTimeCollection (one entry per car, soon deleted again: each change becomes an event) and
 * PitStopSeries (all stops of a car, with the stationary time).
 */
#include "decoder.h"
#include "values.h"

#define LANE_MAX_MS (2 * 3600 * 1000)

/* ---- PitLaneTimeCollection ---- */

static void begin_lane(struct lt_decoder *d, const struct lt_node *node)
{
	(void)node;
	d->in.changed = false;
}

static void end_lane(struct lt_decoder *d, const struct lt_node *node)
{
	struct f1p_ev_pit ev = {
		.car = d->car_number, .lap = d->car->lane_lap, .lane_ms = d->car->lane_ms, .stationary_ms = F1P_UNKNOWN};

	(void)node;
	if (d->in.changed) {
		LT_PUSH(d, F1P_EV_PIT_LANE_TIME, &ev);
	}
}

/* "" at the entry, "23.3" at the exit. */
static bool set_ms(struct lt_decoder *d, const struct lt_value *v, int32_t *out)
{
	int32_t ms = F1P_UNKNOWN;

	if (!lt_is_empty(v) && (!lt_parse_clock(v->text, v->n, &ms) || ms > LANE_MAX_MS)) {
		return false;
	}
	*out = ms;
	d->in.changed = true;
	return true;
}

static bool set_lap(struct lt_decoder *d, const struct lt_value *v, int32_t *out)
{
	int64_t lap = 0;

	if (lt_is_empty(v)) {
		return true;
	}
	if (!lt_parse_int(v->text, v->n, 0, 200, &lap)) {
		return false;
	}
	*out = (int32_t)lap;
	d->in.changed = true;
	return true;
}

static bool set_lane_duration(struct lt_decoder *d, const struct lt_node *node, const struct lt_value *v)
{
	(void)node;
	return set_ms(d, v, &d->car->lane_ms);
}

static bool set_lane_lap(struct lt_decoder *d, const struct lt_node *node, const struct lt_value *v)
{
	(void)node;
	return set_lap(d, v, &d->car->lane_lap);
}

/* The entry is gone from the feed, the stop has happened all the same: forget it, emit nothing. */
static void delete_lane(struct lt_decoder *d, const char *key, size_t n)
{
	int64_t number = 0;
	struct lt_car *car = NULL;

	if (lt_parse_int(key, n, 1, F1P_MAX_CAR_NUMBER, &number) && d->car_slot[number] != 0) {
		car = lt_touch_car(d, (uint16_t)number);
		car->lane_lap = F1P_UNKNOWN;
		car->lane_ms = F1P_UNKNOWN;
	}
}

static const struct lt_node lane_members[] = {
	{LT_NAMED("Duration"), .kind = LT_FIELD, .set = set_lane_duration},
	{LT_NAMED("Lap"), .kind = LT_FIELD, .set = set_lane_lap},
};
static const struct lt_node lane_element[] = {
	{.kind = LT_OBJECT, LT_CHILDREN(lane_members), .begin = begin_lane, .end = end_lane}};
static const struct lt_node lane_times[] = {
	{LT_NAMED("PitTimes"), .kind = LT_CARS, LT_CHILDREN(lane_element), .deleted = delete_lane, .wants_car = true},
};
const struct lt_node lt_pit_lane_times = {.kind = LT_OBJECT, LT_CHILDREN(lane_times)};

/* ---- PitStopSeries ---- */

static uint16_t *length_of_stops(struct lt_decoder *d)
{
	return &d->car->n_stops;
}

/* A later delta may complete the newest stop; of older ones nothing is remembered. */
static void begin_stop(struct lt_decoder *d, const struct lt_node *node)
{
	struct lt_car *car = d->car;
	int32_t index = (int32_t)d->index[LT_IX_ENTRY];

	(void)node;
	if (car->stop_index != index) {
		car->stop_index = index;
		car->stop_lap = car->stop_lane_ms = car->stop_ms = F1P_UNKNOWN;
	}
	d->in.changed = false;
}

static void end_stop(struct lt_decoder *d, const struct lt_node *node)
{
	struct lt_car *car = d->car;
	struct f1p_ev_pit ev = {
		.car = d->car_number, .lap = car->stop_lap, .lane_ms = car->stop_lane_ms, .stationary_ms = car->stop_ms};

	(void)node;
	if (d->in.changed) {
		LT_PUSH(d, F1P_EV_PIT_STOP, &ev);
	}
}

static bool set_stop_time(struct lt_decoder *d, const struct lt_node *node, const struct lt_value *v)
{
	(void)node;
	return set_ms(d, v, &d->car->stop_ms);
}

static bool set_stop_lane_time(struct lt_decoder *d, const struct lt_node *node, const struct lt_value *v)
{
	(void)node;
	return set_ms(d, v, &d->car->stop_lane_ms);
}

static bool set_stop_lap(struct lt_decoder *d, const struct lt_node *node, const struct lt_value *v)
{
	(void)node;
	return set_lap(d, v, &d->car->stop_lap);
}

static const struct lt_node stop_members[] = {
	{LT_NAMED("PitStopTime"), .kind = LT_FIELD, .set = set_stop_time},
	{LT_NAMED("PitLaneTime"), .kind = LT_FIELD, .set = set_stop_lane_time},
	{LT_NAMED("Lap"), .kind = LT_FIELD, .set = set_stop_lap},
};
static const struct lt_node stop_holder[] = {{LT_NAMED("PitStop"), .kind = LT_OBJECT, LT_CHILDREN(stop_members)}};
static const struct lt_node stop_element[] = {
	{.kind = LT_OBJECT, LT_CHILDREN(stop_holder), .begin = begin_stop, .end = end_stop}};
static const struct lt_node stop_list[] = {
	{.kind = LT_LIST, .index = LT_IX_ENTRY, LT_CHILDREN(stop_element), .length = length_of_stops, .hi = 100},
};
static const struct lt_node stop_times[] = {{LT_NAMED("PitTimes"), .kind = LT_CARS, LT_CHILDREN(stop_list), .wants_car = true}};
const struct lt_node lt_pit_stops = {.kind = LT_OBJECT, LT_CHILDREN(stop_times)};

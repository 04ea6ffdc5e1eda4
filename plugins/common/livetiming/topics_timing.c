/*
 * topics_timing.c - TimingData and TimingDataF1 (one shape), TimingStats.
 */
#include "decoder.h"
#include "values.h"

#include <string.h>

#define LAP_MIN_MS 1000
#define HOUR_MS (3600 * 1000)
#define GAP_MAX_MS (2 * HOUR_MS)

/* ---- a car ---- */

static void begin_car(struct lt_decoder *d, const struct lt_node *node)
{
	(void)node;
	memset(&d->in.status, 0, sizeof(d->in.status));
	memset(&d->in.gap, 0, sizeof(d->in.gap));
	memset(&d->in.lap, 0, sizeof(d->in.lap));
	memset(d->part_changed, 0, sizeof(d->part_changed));
	d->in.line = d->in.place = 0;
}

/* Line is the running order; Position lags it a little and is only used where Line never comes. */
static void push_position(struct lt_decoder *d)
{
	d->car->has_line = d->car->has_line || d->in.line != 0;
	if (d->in.line != 0) {
		lt_push_car_value(d, F1P_EV_CAR_POSITION, d->in.line);
	} else if (d->in.place != 0 && !d->car->has_line) {
		lt_push_car_value(d, F1P_EV_CAR_POSITION, d->in.place);
	}
}

static void push_part_bests(struct lt_decoder *d)
{
	for (uint8_t i = 0; i < 3; i++) {
		if (d->part_changed[i]) {
			struct f1p_ev_car_best best = {
				.car = d->car_number,
				.part = (uint8_t)(i + 1),
				.best_ms = d->car->part_ms[i],
				.lap = d->car->part_lap[i],
			};

			LT_PUSH(d, F1P_EV_CAR_BEST, &best);
		}
	}
}

static void end_car(struct lt_decoder *d, const struct lt_node *node)
{
	(void)node;
	if (d->in.status.mask != 0) {
		d->in.status.car = d->car_number;
		LT_PUSH(d, F1P_EV_CAR_STATUS, &d->in.status);
	}
	push_position(d);
	if (d->in.gap.mask != 0) {
		d->in.gap.car = d->car_number;
		LT_PUSH(d, F1P_EV_CAR_GAP, &d->in.gap);
	}
	if (d->in.lap.mask != 0) {
		d->in.lap.car = d->car_number;
		LT_PUSH(d, F1P_EV_CAR_LAP, &d->in.lap);
	}
	push_part_bests(d);
}

/* ---- gaps ---- */

static bool parse_gap(const struct lt_value *v, struct lt_gap *gap)
{
	return v->type != LT_BOOLEAN && lt_parse_gap(v->text, v->n, gap) && gap->ms < GAP_MAX_MS;
}

static bool set_gap(struct lt_decoder *d, const struct lt_node *node, const struct lt_value *v)
{
	struct lt_gap gap;

	(void)node;
	if (!parse_gap(v, &gap)) {
		return false;
	}
	d->in.gap.mask |= F1P_GAP_LEADER;
	d->in.gap.gap_ms = gap.leader ? 0 : gap.ms;
	d->in.gap.gap_laps = gap.laps;
	return true;
}

/* The leader has no car ahead: its "LAP 12" is no interval. */
static bool set_interval(struct lt_decoder *d, const struct lt_node *node, const struct lt_value *v)
{
	struct lt_gap gap;

	(void)node;
	if (!parse_gap(v, &gap)) {
		return false;
	}
	d->in.gap.mask |= F1P_GAP_INTERVAL;
	d->in.gap.interval_ms = gap.leader ? F1P_UNKNOWN : gap.ms;
	d->in.gap.interval_laps = gap.laps;
	return true;
}

/* Qualifying lists the differences per part: those of the part in progress are the gaps shown. */
static bool is_current_part(const struct lt_decoder *d)
{
	return d->session.part_known && d->session.part == d->index[LT_IX_STAT] + 1;
}

static bool set_part_gap(struct lt_decoder *d, const struct lt_node *node, const struct lt_value *v)
{
	struct lt_gap gap;

	return is_current_part(d) ? set_gap(d, node, v) : parse_gap(v, &gap);
}

static bool set_part_interval(struct lt_decoder *d, const struct lt_node *node, const struct lt_value *v)
{
	struct lt_gap gap;

	return is_current_part(d) ? set_interval(d, node, v) : parse_gap(v, &gap);
}

static uint16_t *length_of_stats(struct lt_decoder *d)
{
	return &d->car->n_stats;
}

/* Both spellings occur. */
static const struct lt_node stat_members[] = {
	{LT_NAMED("TimeDiffToFastest"), .kind = LT_FIELD, .set = set_part_gap},
	{LT_NAMED("TimeDifftoPositionAhead"), .kind = LT_FIELD, .set = set_part_interval},
	{LT_NAMED("TimeDiffToPositionAhead"), .kind = LT_FIELD, .set = set_part_interval},
};
static const struct lt_node stat_element[] = {{.kind = LT_OBJECT, LT_CHILDREN(stat_members)}};
static const struct lt_node interval_members[] = {
	{LT_NAMED("Value"), .kind = LT_FIELD, .set = set_interval},
	{LT_NAMED("Catching"), .kind = LT_FIELD, .set = lt_set_tri, LT_INTO(in.gap.catching), LT_MASK(gap, F1P_GAP_CATCHING)},
};

/* ---- sectors and their segments ---- */

static uint16_t *length_of_sectors(struct lt_decoder *d)
{
	return &d->car->n_sectors;
}

static uint16_t *length_of_segments(struct lt_decoder *d)
{
	return &d->car->n_segments[d->index[LT_IX_SECTOR]];
}

static void begin_sector(struct lt_decoder *d, const struct lt_node *node)
{
	(void)node;
	memset(&d->in.sector, 0, sizeof(d->in.sector));
}

static void end_sector(struct lt_decoder *d, const struct lt_node *node)
{
	(void)node;
	if (d->in.sector.mask != 0) {
		d->in.sector.car = d->car_number;
		d->in.sector.sector = (uint8_t)d->index[LT_IX_SECTOR];
		LT_PUSH(d, F1P_EV_CAR_SECTOR, &d->in.sector);
	}
}

static bool set_segment(struct lt_decoder *d, const struct lt_node *node, const struct lt_value *v)
{
	struct f1p_ev_car_segment ev = {
		.car = d->car_number,
		.sector = (uint8_t)d->index[LT_IX_SECTOR],
		.segment = (uint8_t)d->index[LT_IX_SEGMENT],
	};
	int64_t status = 0;

	if (lt_is_empty(v)) {
		return true;
	}
	if (!lt_parse_int(v->text, v->n, node->lo, node->hi, &status)) {
		return false;
	}
	ev.status = (int32_t)status;
	LT_PUSH(d, F1P_EV_CAR_SEGMENT, &ev);
	return true;
}

static const struct lt_node segment_members[] = {
	{LT_NAMED("Status"), .kind = LT_FIELD, .set = set_segment, .lo = 0, .hi = UINT16_MAX},
};
static const struct lt_node segment_element[] = {{.kind = LT_OBJECT, LT_CHILDREN(segment_members)}};
static const struct lt_node sector_members[] = {
	{LT_NAMED("Segments"), .kind = LT_LIST, .index = LT_IX_SEGMENT, LT_CHILDREN(segment_element),
		.length = length_of_segments, .hi = 64},
	{LT_NAMED("Value"), .kind = LT_FIELD, .set = lt_set_clock, LT_INTO(in.sector.time_ms), LT_MASK(sector, F1P_SECTOR_TIME),
		.lo = 1, .hi = HOUR_MS},
	{LT_NAMED("OverallFastest"), .kind = LT_FIELD, .set = lt_set_tri, LT_INTO(in.sector.overall),
		LT_MASK(sector, F1P_SECTOR_OVERALL)},
	{LT_NAMED("PersonalFastest"), .kind = LT_FIELD, .set = lt_set_tri, LT_INTO(in.sector.personal),
		LT_MASK(sector, F1P_SECTOR_PERSONAL)},
};
static const struct lt_node sector_element[] = {
	{.kind = LT_OBJECT, LT_CHILDREN(sector_members), .begin = begin_sector, .end = end_sector},
};

/* ---- speed traps ---- */

static void begin_trap(struct lt_decoder *d, const struct lt_node *node)
{
	d->in.trap = (uint8_t)node->lo;
}

static bool set_speed(struct lt_decoder *d, const struct lt_node *node, const struct lt_value *v)
{
	struct f1p_ev_car_speed ev = {.car = d->car_number, .trap = d->in.trap, .speed_kmh = F1P_UNKNOWN};
	int64_t speed = 0;

	if (!lt_is_empty(v)) {
		if (!lt_parse_int(v->text, v->n, node->lo, node->hi, &speed)) {
			return false;
		}
		ev.speed_kmh = (int32_t)speed;
	}
	LT_PUSH(d, F1P_EV_CAR_SPEED, &ev);
	return true;
}

#define TRAP(key, trap)                                                                                                          \
	{                                                                                                                        \
		LT_NAMED(key), .kind = LT_OBJECT, LT_CHILDREN(trap_members), .begin = begin_trap, .lo = (trap)                   \
	}

static const struct lt_node trap_members[] = {{LT_NAMED("Value"), .kind = LT_FIELD, .set = set_speed, .lo = 0, .hi = 500}};
static const struct lt_node speeds_members[] = {
	TRAP("I1", F1P_TRAP_I1),
	TRAP("I2", F1P_TRAP_I2),
	TRAP("FL", F1P_TRAP_FL),
	TRAP("ST", F1P_TRAP_ST),
};

/* ---- lap times ---- */

/* `_deleted` takes away the lap number of a best lap that was struck out; a value in the same delta wins. */
static void delete_best(struct lt_decoder *d, const char *key, size_t n)
{
	if (lt_is(key, n, "Lap", 3) && (d->in.lap.mask & F1P_LAP_BEST_LAP) == 0) {
		d->in.lap.mask |= F1P_LAP_BEST_LAP;
		d->in.lap.best_lap = F1P_UNKNOWN;
	} else if (lt_is(key, n, "Value", 5) && (d->in.lap.mask & F1P_LAP_BEST) == 0) {
		d->in.lap.mask |= F1P_LAP_BEST;
		d->in.lap.best_ms = F1P_UNKNOWN;
	}
}

static uint16_t *length_of_parts(struct lt_decoder *d)
{
	return &d->car->n_parts;
}

static void change_part(struct lt_decoder *d, int32_t *remembered, int32_t value)
{
	if (*remembered != value) {
		*remembered = value;
		d->part_changed[d->index[LT_IX_PART]] = true;
	}
}

static bool set_part_best(struct lt_decoder *d, const struct lt_node *node, const struct lt_value *v)
{
	int32_t ms = F1P_UNKNOWN;

	if (!lt_is_empty(v) && (!lt_parse_clock(v->text, v->n, &ms) || ms < node->lo || ms > node->hi)) {
		return false;
	}
	change_part(d, &d->car->part_ms[d->index[LT_IX_PART]], ms);
	return true;
}

static bool set_part_lap(struct lt_decoder *d, const struct lt_node *node, const struct lt_value *v)
{
	int64_t lap = 0;

	if (lt_is_empty(v)) {
		return true;
	}
	if (!lt_parse_int(v->text, v->n, node->lo, node->hi, &lap)) {
		return false;
	}
	change_part(d, &d->car->part_lap[d->index[LT_IX_PART]], (int32_t)lap);
	return true;
}

static void delete_part(struct lt_decoder *d, const char *key, size_t n)
{
	if (lt_is(key, n, "Lap", 3)) {
		change_part(d, &d->car->part_lap[d->index[LT_IX_PART]], F1P_UNKNOWN);
	} else if (lt_is(key, n, "Value", 5)) {
		change_part(d, &d->car->part_ms[d->index[LT_IX_PART]], F1P_UNKNOWN);
	}
}

#define LAP_FLAG(key, member, flag)                                                                                              \
	{                                                                                                                        \
		LT_NAMED(key), .kind = LT_FIELD, .set = lt_set_tri, LT_INTO(in.lap.member), LT_MASK(lap, flag)                   \
	}

static const struct lt_node part_members[] = {
	{LT_NAMED("Value"), .kind = LT_FIELD, .set = set_part_best, .lo = LAP_MIN_MS, .hi = HOUR_MS},
	{LT_NAMED("Lap"), .kind = LT_FIELD, .set = set_part_lap, .lo = 0, .hi = 200},
};
static const struct lt_node part_element[] = {{.kind = LT_OBJECT, LT_CHILDREN(part_members), .deleted = delete_part}};
static const struct lt_node last_members[] = {
	{LT_NAMED("Value"), .kind = LT_FIELD, .set = lt_set_clock, LT_INTO(in.lap.last_ms), LT_MASK(lap, F1P_LAP_LAST),
		.lo = LAP_MIN_MS, .hi = HOUR_MS},
	LAP_FLAG("OverallFastest", last_overall, F1P_LAP_LAST_OVERALL),
	LAP_FLAG("PersonalFastest", last_personal, F1P_LAP_LAST_PERSONAL),
};
static const struct lt_node best_members[] = {
	{LT_NAMED("Value"), .kind = LT_FIELD, .set = lt_set_clock, LT_INTO(in.lap.best_ms), LT_MASK(lap, F1P_LAP_BEST),
		.lo = LAP_MIN_MS, .hi = HOUR_MS},
	{LT_NAMED("Lap"), .kind = LT_FIELD, .set = lt_set_int, LT_INTO(in.lap.best_lap), LT_MASK(lap, F1P_LAP_BEST_LAP), .lo = 0,
		.hi = 200},
};

/* ---- the whole ---- */

#define STATUS(key, member, flag)                                                                                                \
	{                                                                                                                        \
		LT_NAMED(key), .kind = LT_FIELD, .set = lt_set_tri, LT_INTO(in.status.member), LT_MASK(status, flag)             \
	}
#define ORDER(key, member)                                                                                                       \
	{                                                                                                                        \
		LT_NAMED(key), .kind = LT_FIELD, .set = lt_set_int, LT_INTO(in.member), .lo = 1, .hi = F1P_MAX_CARS              \
	}

static const struct lt_node car_members[] = {
	{LT_NAMED("GapToLeader"), .kind = LT_FIELD, .set = set_gap},
	{LT_NAMED("IntervalToPositionAhead"), .kind = LT_OBJECT, LT_CHILDREN(interval_members)},
	{LT_NAMED("Sectors"), .kind = LT_LIST, .index = LT_IX_SECTOR, LT_CHILDREN(sector_element), .length = length_of_sectors,
		.hi = 3},
	{LT_NAMED("Speeds"), .kind = LT_OBJECT, LT_CHILDREN(speeds_members)},
	{LT_NAMED("NumberOfLaps"), .kind = LT_FIELD, .set = lt_set_int, LT_INTO(in.lap.laps), LT_MASK(lap, F1P_LAP_NUMBER),
		.lo = 0, .hi = 200},
	{LT_NAMED("LastLapTime"), .kind = LT_OBJECT, LT_CHILDREN(last_members)},
	{LT_NAMED("BestLapTime"), .kind = LT_OBJECT, LT_CHILDREN(best_members), .deleted = delete_best},
	ORDER("Line", line),
	ORDER("Position", place),
	STATUS("InPit", in_pit, F1P_CAR_IN_PIT),
	STATUS("PitOut", pit_out, F1P_CAR_PIT_OUT),
	{LT_NAMED("NumberOfPitStops"), .kind = LT_FIELD, .set = lt_set_int, LT_INTO(in.status.pit_stops),
		LT_MASK(status, F1P_CAR_PIT_STOPS), .lo = 0, .hi = 100},
	{LT_NAMED("BestLapTimes"), .kind = LT_LIST, .index = LT_IX_PART, LT_CHILDREN(part_element), .length = length_of_parts,
		.hi = 3},
	{LT_NAMED("Stats"), .kind = LT_LIST, .index = LT_IX_STAT, LT_CHILDREN(stat_element), .length = length_of_stats, .hi = 3},
	{LT_NAMED("TimeDiffToFastest"), .kind = LT_FIELD, .set = set_gap},
	{LT_NAMED("TimeDiffToPositionAhead"), .kind = LT_FIELD, .set = set_interval},
	STATUS("Retired", retired, F1P_CAR_RETIRED),
	STATUS("Stopped", stopped, F1P_CAR_STOPPED),
	STATUS("KnockedOut", knocked_out, F1P_CAR_KNOCKED_OUT),
	STATUS("Cutoff", cutoff, F1P_CAR_CUTOFF),
	STATUS("ShowPosition", shown, F1P_CAR_SHOWN),
};
static const struct lt_node car_element[] = {{.kind = LT_OBJECT, LT_CHILDREN(car_members), .begin = begin_car, .end = end_car}};
static const struct lt_node timing_members[] = {
	{LT_NAMED("Lines"), .kind = LT_CARS, LT_CHILDREN(car_element), .wants_car = true},
	{LT_NAMED("SessionPart"), .kind = LT_FIELD, .set = lt_set_part},
};
const struct lt_node lt_timing_data = {.kind = LT_OBJECT, LT_CHILDREN(timing_members)};

/* Personal bests: nothing of it is needed, but its `_deleted` keys are counted like all others. */
const struct lt_node lt_timing_stats = {.kind = LT_OBJECT};

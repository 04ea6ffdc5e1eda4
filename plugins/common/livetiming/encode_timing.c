/*
 * encode_timing.c - TimingData.
 */
#include "encode_internal.h"

#include <stdio.h>
#include <string.h>

#define LAP_MIN_MS 1000
#define HOUR_MS (3600 * 1000)

static bool is_lap_time(int32_t ms)
{
	return ms == F1P_UNKNOWN || (ms >= LAP_MIN_MS && ms <= HOUR_MS);
}

static void member_clock(struct f1p_json *j, const char *key, int32_t ms)
{
	char text[LTE_TEXT];

	lte_clock_text(ms, text);
	lte_member_str(j, key, text);
}

/* ---- gaps ---- */

/* The leader of a race shows the lap instead. */
static void gap_text(const struct lt_encoder *e, bool leads, int32_t ms, int32_t laps, char *out)
{
	out[0] = '\0';
	if (leads) {
		snprintf(out, LTE_TEXT, "LAP %d", e->lap > 0 ? e->lap : 1);
	} else if (laps > 0) {
		snprintf(out, LTE_TEXT, "%dL", laps);
	} else if (ms >= 0) {
		snprintf(out, LTE_TEXT, "+%d.%03d", ms / 1000, ms % 1000);
	}
}

static bool is_race(const struct lt_encoder *e)
{
	return e->session_type == F1P_SESSION_RACE || e->session_type == F1P_SESSION_SPRINT ||
	       e->session_type == F1P_SESSION_UNKNOWN;
}

static void write_race_gaps(struct lt_encoder *e, const struct lte_car *car, const struct f1p_ev_car_gap *ev)
{
	struct f1p_json *j = &e->json;
	bool first = car->position == 1;
	char text[LTE_TEXT];

	if (ev->mask & F1P_GAP_LEADER) {
		gap_text(e, first && ev->gap_ms == 0 && ev->gap_laps == 0, ev->gap_ms, ev->gap_laps, text);
		lte_member_str(j, "GapToLeader", text);
	}
	if (!(ev->mask & (F1P_GAP_INTERVAL | F1P_GAP_CATCHING))) {
		return;
	}
	f1p_json_key(j, "IntervalToPositionAhead");
	f1p_json_object(j);
	if (ev->mask & F1P_GAP_INTERVAL) {
		gap_text(e, first && ev->interval_ms == F1P_UNKNOWN && ev->interval_laps == 0, ev->interval_ms, ev->interval_laps,
			text);
		lte_member_str(j, "Value", text);
	}
	if (ev->mask & F1P_GAP_CATCHING) {
		lte_member_tri(j, "Catching", ev->catching);
	}
	f1p_json_end(j);
}

/* Practice tells them at the car, qualifying in the list of its parts. */
static void write_time_gaps(struct lt_encoder *e, struct lte_car *car, const struct f1p_ev_car_gap *ev)
{
	struct f1p_json *j = &e->json;
	bool in_part = e->session_type != F1P_SESSION_PRACTICE && e->part >= 1 && e->part <= 3;
	struct lte_list stats = {0};
	char text[LTE_TEXT];

	if (in_part) {
		f1p_json_key(j, "Stats");
		lte_begin_list(&stats, j, &car->n_stats);
		lte_element(&stats, (uint16_t)(e->part - 1));
		f1p_json_object(j);
	}
	if (ev->mask & F1P_GAP_LEADER) {
		gap_text(e, false, ev->gap_ms, ev->gap_laps, text);
		lte_member_str(j, "TimeDiffToFastest", text);
	}
	if (ev->mask & F1P_GAP_INTERVAL) {
		gap_text(e, false, ev->interval_ms, ev->interval_laps, text);
		lte_member_str(j, in_part ? "TimeDifftoPositionAhead" : "TimeDiffToPositionAhead", text);
	}
	if (in_part) {
		f1p_json_end(j);
		lte_end_list(&stats, 3);
	}
	if (ev->mask & F1P_GAP_CATCHING) {
		f1p_json_key(j, "IntervalToPositionAhead");
		f1p_json_object(j);
		lte_member_tri(j, "Catching", ev->catching);
		f1p_json_end(j);
	}
}

/* ---- TimingData ---- */

static void write_status(struct f1p_json *j, const struct f1p_ev_car_status *ev)
{
	static const struct {
		uint32_t bit;
		size_t at;
		const char *key;
	} flags[] = {
		{F1P_CAR_IN_PIT, offsetof(struct f1p_ev_car_status, in_pit), "InPit"},
		{F1P_CAR_PIT_OUT, offsetof(struct f1p_ev_car_status, pit_out), "PitOut"},
		{F1P_CAR_RETIRED, offsetof(struct f1p_ev_car_status, retired), "Retired"},
		{F1P_CAR_STOPPED, offsetof(struct f1p_ev_car_status, stopped), "Stopped"},
		{F1P_CAR_KNOCKED_OUT, offsetof(struct f1p_ev_car_status, knocked_out), "KnockedOut"},
		{F1P_CAR_CUTOFF, offsetof(struct f1p_ev_car_status, cutoff), "Cutoff"},
		{F1P_CAR_SHOWN, offsetof(struct f1p_ev_car_status, shown), "ShowPosition"},
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (ev->mask & flags[i].bit) {
			lte_member_tri(j, flags[i].key, ((const uint8_t *)ev)[flags[i].at]);
		}
	}
	if ((ev->mask & F1P_CAR_PIT_STOPS) && ev->pit_stops >= 0) {
		lte_member_int(j, "NumberOfPitStops", ev->pit_stops);
	}
}

static void write_position(struct f1p_json *j, struct lte_car *car, const struct f1p_ev_car_value *ev)
{
	char text[LTE_TEXT];

	if (ev->value > 0) {
		car->position = ev->value;
		snprintf(text, sizeof(text), "%d", ev->value);
		lte_member_int(j, "Line", ev->value);
		lte_member_str(j, "Position", text);
	}
}

static void write_lap(struct f1p_json *j, const struct f1p_ev_car_lap *ev)
{
	const uint32_t last = F1P_LAP_LAST | F1P_LAP_LAST_OVERALL | F1P_LAP_LAST_PERSONAL;

	if (ev->mask & F1P_LAP_NUMBER) {
		lte_member_int(j, "NumberOfLaps", ev->laps);
	}
	if (ev->mask & last) {
		f1p_json_key(j, "LastLapTime");
		f1p_json_object(j);
		if ((ev->mask & F1P_LAP_LAST) && is_lap_time(ev->last_ms)) {
			member_clock(j, "Value", ev->last_ms);
		}
		if (ev->mask & F1P_LAP_LAST_OVERALL) {
			lte_member_tri(j, "OverallFastest", ev->last_overall);
		}
		if (ev->mask & F1P_LAP_LAST_PERSONAL) {
			lte_member_tri(j, "PersonalFastest", ev->last_personal);
		}
		f1p_json_end(j);
	}
	if (ev->mask & (F1P_LAP_BEST | F1P_LAP_BEST_LAP)) {
		f1p_json_key(j, "BestLapTime");
		f1p_json_object(j);
		if ((ev->mask & F1P_LAP_BEST) && is_lap_time(ev->best_ms)) {
			member_clock(j, "Value", ev->best_ms);
		}
		if ((ev->mask & F1P_LAP_BEST_LAP) && ev->best_lap != F1P_UNKNOWN) {
			lte_member_int(j, "Lap", ev->best_lap);
		} else if (ev->mask & F1P_LAP_BEST_LAP) {
			lte_member_deleted(j, "Lap");
		}
		f1p_json_end(j);
	}
}

/* Segments and times of one sector, from `at` on. Returns the first event behind them. */
static const struct f1p_event *write_sector(struct lt_encoder *e, struct lte_car *car, const struct f1p_event *at, uint8_t sector)
{
	struct f1p_json *j = &e->json;
	struct lte_list segments = {0};

	f1p_json_object(j);
	for (; at != NULL && at->type == F1P_EV_CAR_SEGMENT; at = lte_next_of(e, at, car->number)) {
		const struct f1p_ev_car_segment *ev = (const void *)at;

		if (ev->sector != sector) {
			break;
		}
		if (segments.json == NULL) {
			f1p_json_key(j, "Segments");
			lte_begin_list(&segments, j, &car->n_segments[sector]);
		}
		lte_element(&segments, ev->segment);
		f1p_json_object(j);
		lte_member_int(j, "Status", ev->status);
		f1p_json_end(j);
	}
	if (segments.json != NULL) {
		lte_end_list(&segments, 0);
	}
	if (at != NULL && at->type == F1P_EV_CAR_SECTOR &&
		((const struct f1p_ev_car_sector *)(const void *)at)->sector == sector) {
		const struct f1p_ev_car_sector *ev = (const void *)at;

		if ((ev->mask & F1P_SECTOR_TIME) && ev->time_ms != 0) {
			member_clock(j, "Value", ev->time_ms);
		}
		if (ev->mask & F1P_SECTOR_OVERALL) {
			lte_member_tri(j, "OverallFastest", ev->overall);
		}
		if (ev->mask & F1P_SECTOR_PERSONAL) {
			lte_member_tri(j, "PersonalFastest", ev->personal);
		}
		at = lte_next_of(e, at, car->number);
	}
	f1p_json_end(j);
	return at;
}

static const struct f1p_event *write_sectors(struct lt_encoder *e, struct lte_car *car, const struct f1p_event *at)
{
	struct lte_list sectors;

	f1p_json_key(&e->json, "Sectors");
	lte_begin_list(&sectors, &e->json, &car->n_sectors);
	while (at != NULL && (at->type == F1P_EV_CAR_SECTOR || at->type == F1P_EV_CAR_SEGMENT)) {
		uint8_t sector = at->type == F1P_EV_CAR_SECTOR ? ((const struct f1p_ev_car_sector *)(const void *)at)->sector
							       : ((const struct f1p_ev_car_segment *)(const void *)at)->sector;

		lte_element(&sectors, sector);
		at = write_sector(e, car, at, sector);
	}
	lte_end_list(&sectors, 3);
	return at;
}

static const struct f1p_event *write_speeds(struct lt_encoder *e, const struct lte_car *car, const struct f1p_event *at)
{
	static const char *const traps[] = {
		[F1P_TRAP_I1] = "I1", [F1P_TRAP_I2] = "I2", [F1P_TRAP_FL] = "FL", [F1P_TRAP_ST] = "ST"};
	struct f1p_json *j = &e->json;
	char text[LTE_TEXT] = "";

	f1p_json_key(j, "Speeds");
	f1p_json_object(j);
	for (; at != NULL && at->type == F1P_EV_CAR_SPEED; at = lte_next_of(e, at, car->number)) {
		const struct f1p_ev_car_speed *ev = (const void *)at;

		text[0] = '\0';
		if (ev->speed_kmh != F1P_UNKNOWN) {
			snprintf(text, sizeof(text), "%d", ev->speed_kmh);
		}
		f1p_json_key(j, traps[ev->trap]);
		f1p_json_object(j);
		lte_member_str(j, "Value", text);
		f1p_json_end(j);
	}
	f1p_json_end(j);
	return at;
}

static void write_best(struct f1p_json *j, const struct f1p_ev_car_best *ev, bool *has_lap)
{
	f1p_json_object(j);
	if (is_lap_time(ev->best_ms)) {
		member_clock(j, "Value", ev->best_ms);
	}
	if (ev->lap != F1P_UNKNOWN) {
		lte_member_int(j, "Lap", ev->lap);
	} else if (*has_lap) {
		lte_member_deleted(j, "Lap");
	}
	*has_lap = ev->lap != F1P_UNKNOWN;
	f1p_json_end(j);
}

static const struct f1p_event *write_bests(struct lt_encoder *e, struct lte_car *car, const struct f1p_event *at)
{
	struct lte_list parts;
	bool session_best_has_lap = true;

	if (((const struct f1p_ev_car_best *)(const void *)at)->part == 0) { /* of the session, not of a part */
		f1p_json_key(&e->json, "BestLapTime");
		write_best(&e->json, (const void *)at, &session_best_has_lap);
		at = lte_next_of(e, at, car->number);
	}
	if (at == NULL || at->type != F1P_EV_CAR_BEST) {
		return at;
	}
	f1p_json_key(&e->json, "BestLapTimes");
	lte_begin_list(&parts, &e->json, &car->n_parts);
	for (; at != NULL && at->type == F1P_EV_CAR_BEST; at = lte_next_of(e, at, car->number)) {
		const struct f1p_ev_car_best *ev = (const void *)at;

		lte_element(&parts, (uint16_t)(ev->part - 1));
		write_best(&e->json, ev, &car->part_lap[ev->part - 1]);
	}
	lte_end_list(&parts, 3);
	return at;
}

/* What begins at `at`; returns the first event that it did not take. */
static const struct f1p_event *write_timing_event(struct lt_encoder *e, struct lte_car *car, const struct f1p_event *at)
{
	switch (at->type) {
	case F1P_EV_CAR_SECTOR:
	case F1P_EV_CAR_SEGMENT:
		return write_sectors(e, car, at);
	case F1P_EV_CAR_SPEED:
		return write_speeds(e, car, at);
	case F1P_EV_CAR_BEST:
		return write_bests(e, car, at);
	case F1P_EV_CAR_STATUS:
		write_status(&e->json, (const void *)at);
		break;
	case F1P_EV_CAR_POSITION:
		write_position(&e->json, car, (const void *)at);
		break;
	case F1P_EV_CAR_GAP:
		if (is_race(e)) {
			write_race_gaps(e, car, (const void *)at);
		} else {
			write_time_gaps(e, car, (const void *)at);
		}
		break;
	default:
		write_lap(&e->json, (const void *)at);
		break;
	}
	return lte_next_of(e, at, car->number);
}

bool lte_write_timing(struct lt_encoder *e)
{
	return lte_write_lines(e, write_timing_event);
}

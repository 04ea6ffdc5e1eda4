/*
 * encode_event.c - one event as a JSON object.
 */
#include "helpers/encode_keys.h"
#include "helpers/encode_live.h"
#include "helpers/event_size.h"

#include <stdio.h>

static void session(struct f1p_json *j, const struct f1p_ev_session *e)
{
	key_ref(j, "session_key", e->session_key);
	key_ref(j, "meeting_key", e->meeting_key);
	key_ref(j, "circuit_key", e->circuit_key);
	key_ref(j, "year", e->year);
	key_name(j, "session_type", f1p_session_type_name(e->type));
	key_ref(j, "number", e->number);
	key_time(j, "start", e->t_start_ns);
	key_time(j, "end", e->t_end_ns);
	key_int(j, "gmt_offset_s", e->gmt_offset_s);
	KEY_TEXT(j, "name", e->name);
	KEY_TEXT(j, "meeting", e->meeting);
	KEY_TEXT(j, "circuit", e->circuit);
	KEY_TEXT(j, "location", e->location);
	KEY_TEXT(j, "country", e->country);
	KEY_TEXT(j, "path", e->path);
}

static void value(struct f1p_json *j, const struct f1p_ev_value *e)
{
	switch (e->h.type) {
	case F1P_EV_SESSION_STATUS:
		key_name(j, "status", f1p_session_status_name(e->value));
		if (e->h.size >= sizeof(struct f1p_ev_session_status)) {
			key_time(j, "first_start", ((const struct f1p_ev_session_status *)e)->t_first_start_ns);
		}
		break;
	case F1P_EV_TRACK_STATUS:
		key_name(j, "status", f1p_track_status_name(e->value));
		break;
	default:
		key_int(j, "part", e->value);
		break;
	}
}

static void lap_count(struct f1p_json *j, const struct f1p_ev_lap_count *e)
{
	if (e->mask & F1P_LAPS_CURRENT) {
		key_int(j, "current", e->current);
	}
	if (e->mask & F1P_LAPS_TOTAL) {
		key_int(j, "total", e->total);
	}
}

static void clock_event(struct f1p_json *j, const struct f1p_ev_clock *e)
{
	if (e->mask & F1P_CLOCK_REMAINING) {
		key_int(j, "remaining_ms", e->remaining_ms);
	}
	if (e->mask & F1P_CLOCK_RUNNING) {
		key_tri(j, "running", e->running);
	}
	if (e->mask & F1P_CLOCK_AT) {
		key_time(j, "at", e->t_at_ns);
	}
}

static void driver(struct f1p_json *j, const struct f1p_ev_driver *e)
{
	char colour[16];
	key_count(j, "car", e->car);
	if (e->mask & F1P_DRIVER_CODE) {
		KEY_TEXT(j, "code", e->code);
	}
	if (e->mask & F1P_DRIVER_NAME) {
		KEY_TEXT(j, "name", e->name);
	}
	if (e->mask & F1P_DRIVER_TEAM) {
		KEY_TEXT(j, "team", e->team);
	}
	if (e->mask & F1P_DRIVER_COLOUR) {
		snprintf(colour, sizeof(colour), "#%06x", e->colour_rgb & 0xffffffu);
		key_name(j, "colour", colour);
	}
	if (e->mask & F1P_DRIVER_LINE) {
		key_count(j, "line", e->line);
	}
	if (e->mask & F1P_DRIVER_COUNTRY) {
		KEY_TEXT(j, "country", e->country);
	}
}

static void car_value(struct f1p_json *j, const struct f1p_ev_car_value *e)
{
	key_count(j, "car", e->car);
	switch (e->h.type) {
	case F1P_EV_CAR_POSITION:
		key_int(j, "position", e->value);
		break;
	case F1P_EV_CAR_GRID:
		key_int(j, "grid", e->value);
		break;
	case F1P_EV_TOP_THREE:
		key_int(j, "rank", e->value);
		break;
	default: /* stints_reset says no more than the car */
		break;
	}
}

static void car_gap(struct f1p_json *j, const struct f1p_ev_car_gap *e)
{
	key_count(j, "car", e->car);
	if (e->mask & F1P_GAP_LEADER) {
		key_int(j, "gap_ms", e->gap_ms);
		key_int(j, "gap_laps", e->gap_laps);
	}
	if (e->mask & F1P_GAP_INTERVAL) {
		key_int(j, "interval_ms", e->interval_ms);
		key_int(j, "interval_laps", e->interval_laps);
	}
	if (e->mask & F1P_GAP_CATCHING) {
		key_tri(j, "catching", e->catching);
	}
}

static void car_lap(struct f1p_json *j, const struct f1p_ev_car_lap *e)
{
	key_count(j, "car", e->car);
	if (e->mask & F1P_LAP_NUMBER) {
		key_int(j, "laps", e->laps);
	}
	if (e->mask & F1P_LAP_LAST) {
		key_int(j, "last_ms", e->last_ms);
	}
	if (e->mask & F1P_LAP_BEST) {
		key_int(j, "best_ms", e->best_ms);
	}
	if (e->mask & F1P_LAP_BEST_LAP) {
		key_int(j, "best_lap", e->best_lap);
	}
	if (e->mask & F1P_LAP_LAST_OVERALL) {
		key_tri(j, "last_overall", e->last_overall);
	}
	if (e->mask & F1P_LAP_LAST_PERSONAL) {
		key_tri(j, "last_personal", e->last_personal);
	}
}

static void car_status(struct f1p_json *j, const struct f1p_ev_car_status *e)
{
	const struct {
		uint32_t bit;
		const char *key;
		uint8_t v;
	} flags[] = {
		{F1P_CAR_IN_PIT, "in_pit", e->in_pit},
		{F1P_CAR_PIT_OUT, "pit_out", e->pit_out},
		{F1P_CAR_RETIRED, "retired", e->retired},
		{F1P_CAR_STOPPED, "stopped", e->stopped},
		{F1P_CAR_KNOCKED_OUT, "knocked_out", e->knocked_out},
		{F1P_CAR_CUTOFF, "cutoff", e->cutoff},
		{F1P_CAR_SHOWN, "shown", e->shown},
	};
	key_count(j, "car", e->car);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (e->mask & flags[i].bit) {
			key_tri(j, flags[i].key, flags[i].v);
		}
	}
	if (e->mask & F1P_CAR_PIT_STOPS) {
		key_int(j, "pit_stops", e->pit_stops);
	}
}

static void car_sector(struct f1p_json *j, const struct f1p_ev_car_sector *e)
{
	key_count(j, "car", e->car);
	key_count(j, "sector", (uint64_t)e->sector + 1u);
	if (e->mask & F1P_SECTOR_TIME) {
		key_int(j, "time_ms", e->time_ms);
	}
	if (e->mask & F1P_SECTOR_OVERALL) {
		key_tri(j, "overall", e->overall);
	}
	if (e->mask & F1P_SECTOR_PERSONAL) {
		key_tri(j, "personal", e->personal);
	}
}

static void car_segment(struct f1p_json *j, const struct f1p_ev_car_segment *e)
{
	key_count(j, "car", e->car);
	key_count(j, "sector", (uint64_t)e->sector + 1u);
	key_count(j, "segment", e->segment);
	key_int(j, "status", e->status);
}

static void car_speed(struct f1p_json *j, const struct f1p_ev_car_speed *e)
{
	key_count(j, "car", e->car);
	key_name(j, "trap", f1p_trap_name(e->trap));
	key_int(j, "speed_kmh", e->speed_kmh);
}

static void car_best(struct f1p_json *j, const struct f1p_ev_car_best *e)
{
	key_count(j, "car", e->car);
	key_ref(j, "part", e->part);
	key_int(j, "best_ms", e->best_ms);
	key_int(j, "lap", e->lap);
}

static void stint(struct f1p_json *j, const struct f1p_ev_stint *e)
{
	key_count(j, "car", e->car);
	if (e->h.type == F1P_EV_STINT) {
		key_count(j, "stint", (uint64_t)e->index + 1u);
	}
	if (e->mask & F1P_STINT_COMPOUND) {
		key_name(j, "compound", f1p_compound_name(e->compound));
	}
	if (e->mask & F1P_STINT_NEW) {
		key_tri(j, "new", e->is_new);
	}
	if (e->mask & F1P_STINT_TOTAL) {
		key_int(j, "total_laps", e->total_laps);
	}
	if (e->mask & F1P_STINT_START) {
		key_int(j, "start_laps", e->start_laps);
	}
	if (e->mask & F1P_STINT_NOT_CHANGED) {
		key_tri(j, "not_changed", e->not_changed);
	}
	if (e->mask & F1P_STINT_FIRST) {
		f1p_json_key(j, "first_lap");
		f1p_json_int(j, e->first_lap);
	}
}

static void weather(struct f1p_json *j, const struct f1p_ev_weather *e)
{
	if (e->mask & F1P_WX_AIR) {
		key_tenths(j, "air_temp_c", e->air_temp_dc);
	}
	if (e->mask & F1P_WX_TRACK) {
		key_tenths(j, "track_temp_c", e->track_temp_dc);
	}
	if (e->mask & F1P_WX_HUMIDITY) {
		key_tenths(j, "humidity_pct", e->humidity_dpct);
	}
	if (e->mask & F1P_WX_PRESSURE) {
		key_tenths(j, "pressure_hpa", e->pressure_dhpa);
	}
	if (e->mask & F1P_WX_WIND_SPEED) {
		key_tenths(j, "wind_speed_mps", e->wind_speed_dms);
	}
	if (e->mask & F1P_WX_WIND_DIR) {
		key_int(j, "wind_dir_deg", e->wind_dir_deg);
	}
	if (e->mask & F1P_WX_RAIN) {
		key_tri(j, "rain", e->rain);
	}
}

static void race_control(struct f1p_json *j, const struct f1p_ev_race_control *e)
{
	key_count(j, "index", e->index);
	key_ref(j, "car", e->car);
	key_int(j, "lap", e->lap);
	key_time(j, "utc", e->t_utc_ns);
	key_name(j, "category", f1p_rc_category_name(e->category));
	key_name(j, "flag", f1p_rc_flag_name(e->flag));
	key_name(j, "scope", f1p_rc_scope_name(e->scope));
	key_name(j, "mode", f1p_rc_mode_name(e->mode));
	key_name(j, "status", f1p_rc_status_name(e->status));
	key_ref(j, "sector", e->sector);
	KEY_TEXT(j, "text", e->text);
}

static void pit(struct f1p_json *j, const struct f1p_ev_pit *e)
{
	key_count(j, "car", e->car);
	key_int(j, "lap", e->lap);
	key_int(j, "lane_ms", e->lane_ms);
	key_int(j, "stationary_ms", e->stationary_ms);
}

static void telemetry(struct f1p_json *j, const struct f1p_ev_telemetry *e)
{
	key_count(j, "car", e->car);
	key_count(j, "rpm", e->rpm);
	key_count(j, "speed_kmh", e->speed_kmh);
	key_count(j, "gear", e->gear);
	key_int(j, "throttle_pct", e->throttle_pct == 255 ? F1P_UNKNOWN : e->throttle_pct);
	key_int(j, "brake_pct", e->brake_pct == 255 ? F1P_UNKNOWN : e->brake_pct);
	key_int(j, "drs", e->drs == 255 ? F1P_UNKNOWN : e->drs);
}

static void xyz(struct f1p_json *j, const struct f1p_ev_xyz *e)
{
	key_count(j, "car", e->car);
	key_tri(j, "on_track", e->on_track);
	key_int(j, "x_dm", e->x_dm);
	key_int(j, "y_dm", e->y_dm);
	key_int(j, "z_dm", e->z_dm);
}

static void forecast(struct f1p_json *j, const struct f1p_ev_forecast *e)
{
	key_count(j, "instance_id", e->instance_id);
	f1p_json_key(j, "published");
	f1p_json_bool(j, e->published == 1);
	key_name(j, "trigger", f1p_trigger_name(e->trigger));
	key_count(j, "trigger_seq", e->trigger_seq);
	if (!f1p_forecast_event_valid(e)) {
		return;
	}
	f1p_json_key(j, "forecast");
	f1p_json_object(j);
	f1p_encode_forecast_members(j, &e->forecast, NULL, e->lap ? e->lap : F1P_UNKNOWN);
	f1p_json_end(j);
}

static void insights(struct f1p_json *j, const struct f1p_ev_insights *e)
{
	key_count(j, "instance_id", e->instance_id);
	key_name(j, "trigger", f1p_trigger_name(e->trigger));
	key_count(j, "trigger_seq", e->trigger_seq);
	key_ref(j, "lap", e->lap);
	if (f1p_insights_event_valid(e)) {
		f1p_encode_insights_members(j, &e->insights);
	}
}

static void forecast_skipped(struct f1p_json *j, const struct f1p_ev_forecast_skipped *e)
{
	key_count(j, "trigger_seq", e->trigger_seq);
	key_count(j, "trigger_source", e->trigger_source);
	key_count(j, "trigger_source_seq", e->trigger_source_seq);
	key_name(j, "trigger", f1p_trigger_name(e->trigger));
}

static void plugin_status(struct f1p_json *j, const struct f1p_ev_plugin_status *e)
{
	key_count(j, "instance_id", e->instance_id);
	KEY_TEXT(j, "instance", e->instance);
	key_name(j, "condition", f1p_condition_name((int)(e->condition & 0xffu)));
	KEY_TEXT(j, "reason", e->reason);
}

static void header(struct f1p_json *j, const struct f1p_event *e)
{
	if (e->space == F1P_SPACE_CORE) {
		key_name(j, "type", f1p_event_type_name(e->type));
	} else {
		key_count(j, "space", e->space);
		key_count(j, "type", e->type);
		key_count(j, "size", e->size);
	}
	key_count(j, "seq", e->seq);
	key_count(j, "source_id", e->source_id);
	key_count(j, "source_seq", e->source_seq);
	key_time(j, "time", e->t_event_ns);
	key_time(j, "received", e->t_recv_ns);
	f1p_json_key(j, "simulated");
	f1p_json_bool(j, (e->flags & F1P_EVF_SIMULATED) != 0);
	if (e->flags & F1P_EVF_SNAPSHOT) {
		f1p_json_key(j, "snapshot");
		f1p_json_bool(j, true);
	}
	if (e->flags & F1P_EVF_CATCHUP) {
		f1p_json_key(j, "catchup");
		f1p_json_bool(j, true);
	}
}

#define AS(type, fn) fn(j, (const struct type *)(const void *)e)

static void payload(struct f1p_json *j, const struct f1p_event *e)
{
	switch (e->type) {
	case F1P_EV_SESSION:
		AS(f1p_ev_session, session);
		break;
	case F1P_EV_SESSION_STATUS:
	case F1P_EV_SESSION_PART:
	case F1P_EV_TRACK_STATUS:
		AS(f1p_ev_value, value);
		break;
	case F1P_EV_LAP_COUNT:
		AS(f1p_ev_lap_count, lap_count);
		break;
	case F1P_EV_CLOCK:
		AS(f1p_ev_clock, clock_event);
		break;
	case F1P_EV_DRIVER:
		AS(f1p_ev_driver, driver);
		break;
	case F1P_EV_CAR_POSITION:
	case F1P_EV_CAR_GRID:
	case F1P_EV_STINTS_RESET:
	case F1P_EV_TOP_THREE:
		AS(f1p_ev_car_value, car_value);
		break;
	case F1P_EV_CAR_GAP:
		AS(f1p_ev_car_gap, car_gap);
		break;
	case F1P_EV_CAR_LAP:
		AS(f1p_ev_car_lap, car_lap);
		break;
	case F1P_EV_CAR_STATUS:
		AS(f1p_ev_car_status, car_status);
		break;
	case F1P_EV_CAR_SECTOR:
		AS(f1p_ev_car_sector, car_sector);
		break;
	case F1P_EV_CAR_SEGMENT:
		AS(f1p_ev_car_segment, car_segment);
		break;
	case F1P_EV_CAR_SPEED:
		AS(f1p_ev_car_speed, car_speed);
		break;
	case F1P_EV_CAR_BEST:
		AS(f1p_ev_car_best, car_best);
		break;
	case F1P_EV_STINT:
	case F1P_EV_TYRE:
		AS(f1p_ev_stint, stint);
		break;
	case F1P_EV_WEATHER:
		AS(f1p_ev_weather, weather);
		break;
	case F1P_EV_RACE_CONTROL:
		AS(f1p_ev_race_control, race_control);
		break;
	case F1P_EV_PIT_LANE_TIME:
	case F1P_EV_PIT_STOP:
		AS(f1p_ev_pit, pit);
		break;
	case F1P_EV_TELEMETRY:
		AS(f1p_ev_telemetry, telemetry);
		break;
	case F1P_EV_XYZ:
		AS(f1p_ev_xyz, xyz);
		break;
	case F1P_EV_FORECAST:
		AS(f1p_ev_forecast, forecast);
		break;
	case F1P_EV_INSIGHTS:
		AS(f1p_ev_insights, insights);
		break;
	case F1P_EV_FORECAST_SKIPPED:
		AS(f1p_ev_forecast_skipped, forecast_skipped);
		break;
	case F1P_EV_PLUGIN_STATUS:
	case F1P_EV_SOURCE_END:
		AS(f1p_ev_plugin_status, plugin_status);
		break;
	case F1P_EV_PRIOR:
		AS(f1p_ev_prior, encode_prior);
		break;
	case F1P_EV_MEMBER_SCORES:
		AS(f1p_ev_member_scores, encode_member_scores);
		break;
	case F1P_EV_OUTLOOK:
		AS(f1p_ev_outlook, encode_outlook);
		break;
	case F1P_EV_LINK:
		AS(f1p_ev_link, encode_link);
		break;
	case F1P_EV_LAP_RECORD:
		AS(f1p_ev_lap_record, encode_lap_record);
		break;
	case F1P_EV_SOURCE_CHOICE:
		AS(f1p_ev_source_choice, encode_source_choice);
		break;
	case F1P_EV_GAP:
		AS(f1p_ev_gap, encode_gap);
		break;
	case F1P_EV_REVISION:
		AS(f1p_ev_revision, encode_revision);
		break;
	default: /* heartbeat, feed_reset, state: the header says all */
		break;
	}
}

void f1p_encode_event(struct f1p_json *j, const struct f1p_event *e)
{
	f1p_json_object(j);
	header(j, e);
	if (e->space == F1P_SPACE_CORE && e->size >= f1p_event_least_size(e->type)) {
		payload(j, e);
	}
	f1p_json_end(j);
}

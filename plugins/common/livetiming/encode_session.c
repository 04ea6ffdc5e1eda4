/*
 * encode_session.c - topics about the session as a whole.
 */
#include "encode_internal.h"

#include <stdio.h>
#include <string.h>

#define NS_PER_S INT64_C(1000000000)

/* ---- SessionInfo ---- */

static void local_time(struct f1p_json *j, const char *key, int64_t utc_ns, int32_t offset_s)
{
	char text[LT_UTC_TEXT];

	if (utc_ns == F1P_UNKNOWN_NS || utc_ns < 0) {
		return;
	}
	lt_utc_text(utc_ns + (offset_s != F1P_UNKNOWN ? offset_s : 0) * NS_PER_S, text);
	text[19] = '\0'; /* whole seconds, no zone */
	lte_member_str(j, key, text);
}

static const char *type_word(uint8_t type)
{
	switch (type) {
	case F1P_SESSION_PRACTICE:
		return "Practice";
	case F1P_SESSION_QUALIFYING:
	case F1P_SESSION_SPRINT_QUALIFYING:
		return "Qualifying";
	case F1P_SESSION_SPRINT:
	case F1P_SESSION_RACE:
		return "Race";
	default:
		return "";
	}
}

static void write_meeting(struct f1p_json *j, const struct f1p_ev_session *ev)
{
	f1p_json_key(j, "Meeting");
	f1p_json_object(j);
	lte_member_int(j, "Key", ev->meeting_key);
	LTE_MEMBER_TEXT(j, "Name", ev->meeting);
	LTE_MEMBER_TEXT(j, "Location", ev->location);
	f1p_json_key(j, "Country");
	f1p_json_object(j);
	LTE_MEMBER_TEXT(j, "Code", ev->country);
	f1p_json_end(j);
	f1p_json_key(j, "Circuit");
	f1p_json_object(j);
	lte_member_int(j, "Key", ev->circuit_key);
	LTE_MEMBER_TEXT(j, "ShortName", ev->circuit);
	f1p_json_end(j);
	f1p_json_end(j);
}

bool lte_write_session(struct lt_encoder *e)
{
	const struct f1p_ev_session *ev = (const void *)e->pending;
	struct f1p_json *j = &e->json;
	int32_t offset = ev->gmt_offset_s;
	char text[LTE_TEXT];

	e->session_type = ev->type;
	f1p_json_object(j);
	write_meeting(j, ev);
	lte_member_int(j, "Key", ev->session_key);
	lte_member_str(j, "Type", type_word(ev->type));
	if (ev->number != 0) {
		lte_member_int(j, "Number", ev->number);
	}
	LTE_MEMBER_TEXT(j, "Name", ev->name);
	local_time(j, "StartDate", ev->t_start_ns, offset);
	local_time(j, "EndDate", ev->t_end_ns, offset);
	if (offset == F1P_UNKNOWN && ev->t_start_ns != F1P_UNKNOWN_NS) {
		offset = 0; /* a time without it would be lost */
	}
	if (offset != F1P_UNKNOWN) {
		int32_t ahead = offset < 0 ? -offset : offset;

		snprintf(
			text, sizeof(text), "%s%02d:%02d:%02d", offset < 0 ? "-" : "", ahead / 3600, ahead / 60 % 60, ahead % 60);
		lte_member_str(j, "GmtOffset", text);
	}
	LTE_MEMBER_TEXT(j, "Path", ev->path);
	f1p_json_end(j);
	return true;
}

/* ---- states ---- */

static int32_t pending_value(const struct lt_encoder *e)
{
	return ((const struct f1p_ev_value *)(const void *)e->pending)->value;
}

bool lte_write_status(struct lt_encoder *e)
{
	static const char *const words[] = {
		[F1P_STATUS_INACTIVE] = "Inactive",
		[F1P_STATUS_STARTED] = "Started",
		[F1P_STATUS_ABORTED] = "Aborted",
		[F1P_STATUS_FINISHED] = "Finished",
		[F1P_STATUS_FINALISED] = "Finalised",
		[F1P_STATUS_ENDS] = "Ends",
	};
	int32_t status = pending_value(e);

	if (status < F1P_STATUS_INACTIVE || status > F1P_STATUS_ENDS) {
		return false;
	}
	f1p_json_object(&e->json);
	lte_member_str(&e->json, "Status", words[status]);
	f1p_json_end(&e->json);
	return true;
}

bool lte_write_part(struct lt_encoder *e)
{
	struct f1p_json *j = &e->json;
	struct lte_list series;
	char utc[LT_UTC_TEXT];

	e->part = pending_value(e);
	lt_utc_text(e->t_ns, utc);
	f1p_json_object(j);
	f1p_json_key(j, "Series");
	lte_begin_list(&series, j, &e->n_series);
	lte_element(&series, e->n_series);
	f1p_json_object(j);
	lte_member_str(j, "Utc", utc);
	lte_member_int(j, "QualifyingPart", e->part);
	f1p_json_end(j);
	lte_end_list(&series, 0);
	f1p_json_end(j);
	return true;
}

bool lte_write_track(struct lt_encoder *e)
{
	static const char *const words[][2] = {
		[F1P_TRACK_CLEAR] = {"1", "AllClear"},
		[F1P_TRACK_YELLOW] = {"2", "Yellow"},
		[F1P_TRACK_SC] = {"4", "SCDeployed"},
		[F1P_TRACK_RED] = {"5", "Red"},
		[F1P_TRACK_VSC] = {"6", "VSCDeployed"},
		[F1P_TRACK_VSC_ENDING] = {"7", "VSCEnding"},
	};
	int32_t track = pending_value(e);

	if (track < F1P_TRACK_CLEAR || track > F1P_TRACK_VSC_ENDING) {
		return false;
	}
	f1p_json_object(&e->json);
	lte_member_str(&e->json, "Status", words[track][0]);
	lte_member_str(&e->json, "Message", words[track][1]);
	f1p_json_end(&e->json);
	return true;
}

bool lte_write_laps(struct lt_encoder *e)
{
	const struct f1p_ev_lap_count *ev = (const void *)e->pending;
	bool total = (ev->mask & F1P_LAPS_TOTAL) && ev->total != F1P_UNKNOWN;

	f1p_json_object(&e->json);
	if (ev->mask & F1P_LAPS_CURRENT) {
		e->lap = ev->current;
		lte_member_int(&e->json, "CurrentLap", ev->current);
	}
	if (total) {
		lte_member_int(&e->json, "TotalLaps", ev->total);
	}
	f1p_json_end(&e->json);
	return total || (ev->mask & F1P_LAPS_CURRENT);
}

bool lte_write_clock(struct lt_encoder *e)
{
	const struct f1p_ev_clock *ev = (const void *)e->pending;
	struct f1p_json *j = &e->json;
	char text[LTE_TEXT > LT_UTC_TEXT ? LTE_TEXT : LT_UTC_TEXT];

	f1p_json_object(j);
	if ((ev->mask & F1P_CLOCK_AT) && ev->t_at_ns != F1P_UNKNOWN_NS) {
		lt_utc_text(ev->t_at_ns, text);
		lte_member_str(j, "Utc", text);
	}
	if (ev->mask & F1P_CLOCK_REMAINING) {
		lte_remaining_text(ev->remaining_ms, text);
		lte_member_str(j, "Remaining", text);
	}
	if (ev->mask & F1P_CLOCK_RUNNING) {
		lte_member_tri(j, "Extrapolating", ev->running);
	}
	f1p_json_end(j);
	return ev->mask != 0;
}

bool lte_write_heartbeat(struct lt_encoder *e)
{
	char utc[LT_UTC_TEXT];

	lt_utc_text(e->t_ns, utc);
	f1p_json_object(&e->json);
	lte_member_str(&e->json, "Utc", utc);
	f1p_json_end(&e->json);
	return true;
}

/* ---- WeatherData ---- */

static void write_tenths(struct f1p_json *j, const char *key, bool given, int32_t v)
{
	char text[LTE_TEXT];
	int32_t size = v < 0 ? -v : v;

	if (given && v != F1P_UNKNOWN) {
		snprintf(text, sizeof(text), "%s%d.%d", v < 0 ? "-" : "", size / 10, size % 10);
		lte_member_str(j, key, text);
	}
}

bool lte_write_weather(struct lt_encoder *e)
{
	const struct f1p_ev_weather *ev = (const void *)e->pending;
	struct f1p_json *j = &e->json;
	char text[LTE_TEXT];

	f1p_json_object(j);
	write_tenths(j, "AirTemp", ev->mask & F1P_WX_AIR, ev->air_temp_dc);
	write_tenths(j, "Humidity", ev->mask & F1P_WX_HUMIDITY, ev->humidity_dpct);
	write_tenths(j, "Pressure", ev->mask & F1P_WX_PRESSURE, ev->pressure_dhpa);
	if ((ev->mask & F1P_WX_RAIN) && (ev->rain == F1P_YES || ev->rain == F1P_NO)) {
		lte_member_str(j, "Rainfall", ev->rain == F1P_YES ? "1" : "0");
	}
	write_tenths(j, "TrackTemp", ev->mask & F1P_WX_TRACK, ev->track_temp_dc);
	if ((ev->mask & F1P_WX_WIND_DIR) && ev->wind_dir_deg != F1P_UNKNOWN) {
		snprintf(text, sizeof(text), "%d", ev->wind_dir_deg);
		lte_member_str(j, "WindDirection", text);
	}
	write_tenths(j, "WindSpeed", ev->mask & F1P_WX_WIND_SPEED, ev->wind_speed_dms);
	f1p_json_end(j);
	return ev->mask != 0;
}

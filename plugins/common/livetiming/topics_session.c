/*
 * topics_session.c - SessionInfo, SessionStatus, SessionData, TrackStatus, LapCount, ExtrapolatedClock, WeatherData,
 * Heartbeat: what is true of the session as a whole.
 */
#include "decoder.h"
#include "values.h"

#include <string.h>

#define NS_PER_S INT64_C(1000000000)

/* ---- SessionInfo ---- */

static void begin_info(struct lt_decoder *d, const struct lt_node *node)
{
	(void)node;
	d->info_next = d->info;
}

static uint8_t session_type(const struct lt_info *info)
{
	bool is_sprint = strstr(info->event.name, "Sprint") != NULL;

	if (strcmp(info->type, "Race") == 0) {
		return is_sprint ? F1P_SESSION_SPRINT : F1P_SESSION_RACE;
	}
	if (strcmp(info->type, "Qualifying") == 0) {
		return is_sprint || strstr(info->event.name, "Shootout") != NULL ? F1P_SESSION_SPRINT_QUALIFYING
										 : F1P_SESSION_QUALIFYING;
	}
	return strcmp(info->type, "Practice") == 0 ? F1P_SESSION_PRACTICE : F1P_SESSION_UNKNOWN;
}

/* "Practice 2" -> 2, for seasons whose feed gives no Number. */
static uint8_t number_from_name(const char *name)
{
	size_t n = strlen(name);

	return n > 0 && name[n - 1] >= '1' && name[n - 1] <= '3' ? (uint8_t)(name[n - 1] - '0') : 0;
}

static int64_t to_utc(int64_t local_ns, int32_t offset_s)
{
	if (local_ns == F1P_UNKNOWN_NS || offset_s == F1P_UNKNOWN) {
		return F1P_UNKNOWN_NS;
	}
	return local_ns - offset_s * NS_PER_S;
}

static void end_info(struct lt_decoder *d, const struct lt_node *node)
{
	struct lt_info *info = &d->info_next;

	(void)node;
	info->event.type = session_type(info);
	if (info->event.type != F1P_SESSION_PRACTICE) {
		info->event.number = 0;
	} else if (info->event.number == 0) {
		info->event.number = number_from_name(info->event.name);
	}
	info->event.t_start_ns = to_utc(info->start_local_ns, info->event.gmt_offset_s);
	info->event.t_end_ns = to_utc(info->end_local_ns, info->event.gmt_offset_s);
	d->info_changed = true;
	LT_PUSH(d, F1P_EV_SESSION, &info->event);
}

static bool set_start(struct lt_decoder *d, const struct lt_node *node, const struct lt_value *v)
{
	int64_t year = 0;

	if (!lt_set_utc(d, node, v)) {
		return false;
	}
	if (v->n >= 4 && lt_parse_int(v->text, 4, 1950, 2200, &year)) {
		d->info_next.event.year = (uint16_t)year;
	}
	return true;
}

static bool set_offset(struct lt_decoder *d, const struct lt_node *node, const struct lt_value *v)
{
	(void)node;
	return lt_is_empty(v) || lt_parse_offset(v->text, v->n, &d->info_next.event.gmt_offset_s);
}

/* Practice 1..3; the feed writes -1 for sprints and other numbers for tests. */
static bool set_number(struct lt_decoder *d, const struct lt_node *node, const struct lt_value *v)
{
	int64_t number = 0;

	(void)node;
	if (lt_is_empty(v)) {
		return true;
	}
	if (!lt_parse_int(v->text, v->n, -1, 99, &number)) {
		return false;
	}
	d->info_next.event.number = (uint8_t)(number >= 1 && number <= 3 ? number : 0);
	return true;
}

#define INFO_TEXT(key, member)                                                                                                   \
	{                                                                                                                        \
		LT_NAMED(key), .kind = LT_FIELD, .set = lt_set_text, LT_INTO(info_next.member),                                  \
			       .hi = sizeof(((struct lt_decoder *)0)->info_next.member)                                          \
	}
#define INFO_KEY(member)                                                                                                         \
	{                                                                                                                        \
		LT_NAMED("Key"), .kind = LT_FIELD, .set = lt_set_int, LT_INTO(info_next.event.member), .lo = 0, .hi = INT32_MAX  \
	}

static const struct lt_node country_members[] = {INFO_TEXT("Code", event.country)};
static const struct lt_node circuit_members[] = {INFO_KEY(circuit_key), INFO_TEXT("ShortName", event.circuit)};
static const struct lt_node meeting_members[] = {
	INFO_KEY(meeting_key),
	INFO_TEXT("Name", event.meeting),
	INFO_TEXT("Location", event.location),
	{LT_NAMED("Country"), .kind = LT_OBJECT, LT_CHILDREN(country_members)},
	{LT_NAMED("Circuit"), .kind = LT_OBJECT, LT_CHILDREN(circuit_members)},
};
static const struct lt_node info_members[] = {
	{LT_NAMED("Meeting"), .kind = LT_OBJECT, LT_CHILDREN(meeting_members)},
	INFO_KEY(session_key),
	INFO_TEXT("Type", type),
	INFO_TEXT("Name", event.name),
	INFO_TEXT("Path", event.path),
	{LT_NAMED("Number"), .kind = LT_FIELD, .set = set_number},
	{LT_NAMED("StartDate"), .kind = LT_FIELD, .set = set_start, LT_INTO(info_next.start_local_ns)},
	{LT_NAMED("EndDate"), .kind = LT_FIELD, .set = lt_set_utc, LT_INTO(info_next.end_local_ns)},
	{LT_NAMED("GmtOffset"), .kind = LT_FIELD, .set = set_offset},
};
const struct lt_node lt_session_info = {.kind = LT_OBJECT, LT_CHILDREN(info_members), .begin = begin_info, .end = end_info};

/* ---- SessionStatus ---- */

static bool set_session_status(struct lt_decoder *d, const struct lt_node *node, const struct lt_value *v)
{
	static const struct lt_word words[] = {
		{"Inactive", F1P_STATUS_INACTIVE},
		{"Started", F1P_STATUS_STARTED},
		{"Aborted", F1P_STATUS_ABORTED},
		{"Finished", F1P_STATUS_FINISHED},
		{"Finalised", F1P_STATUS_FINALISED},
		{"Ends", F1P_STATUS_ENDS},
	};
	int32_t status = LT_WORD(words, v, 0);

	(void)node;
	if (status != 0 && (d->flags & F1P_EVF_SNAPSHOT) != 0) {
		struct f1p_ev_session_status ev = {.value = status, .t_first_start_ns = F1P_UNKNOWN_NS};

		LT_PUSH(d, F1P_EV_SESSION_STATUS, &ev);
	} else if (status != 0) {
		lt_push_value(d, F1P_EV_SESSION_STATUS, status);
	}
	return status != 0 || v->type == LT_NULL;
}

static const struct lt_node status_members[] = {{LT_NAMED("Status"), .kind = LT_FIELD, .set = set_session_status}};
const struct lt_node lt_session_status = {.kind = LT_OBJECT, LT_CHILDREN(status_members)};

/* ---- SessionData: the part of qualifying, and when the session was started first: for whoever comes late. The rest of its
 * StatusSeries and Lap repeat TrackStatus, SessionStatus and LapCount. ---- */

static uint16_t *length_of_series(struct lt_decoder *d)
{
	return &d->session.n_series;
}

/* SessionData and TimingData both tell the part: the first to tell a change is heard. */
bool lt_set_part(struct lt_decoder *d, const struct lt_node *node, const struct lt_value *v)
{
	int64_t part = 0;

	(void)node;
	if (lt_is_empty(v)) {
		return true;
	}
	if (!lt_parse_int(v->text, v->n, 0, 3, &part)) {
		return false;
	}
	if (!d->session.part_known || d->session.part != part) {
		d->session.part_known = true;
		d->session.part = (uint8_t)part;
		lt_push_value(d, F1P_EV_SESSION_PART, (int32_t)part);
	}
	return true;
}

static uint16_t *length_of_statuses(struct lt_decoder *d)
{
	return &d->session.n_statuses;
}

static bool set_series_status(struct lt_decoder *d, const struct lt_node *node, const struct lt_value *v)
{
	(void)node;
	d->in.series_started = v->n == 7 && memcmp(v->text, "Started", 7) == 0;
	return true;
}

static void begin_status(struct lt_decoder *d, const struct lt_node *node)
{
	(void)node;
	d->in.t_series_ns = 0;
	d->in.series_started = false;
}

static void end_status(struct lt_decoder *d, const struct lt_node *node)
{
	int64_t *first = &d->session.t_first_start_ns;

	(void)node;
	if (d->in.series_started && d->in.t_series_ns > 0 && (*first == 0 || d->in.t_series_ns < *first)) {
		*first = d->in.t_series_ns;
	}
}

static const struct lt_node statuses_members[] = {
	{LT_NAMED("Utc"), .kind = LT_FIELD, .set = lt_set_utc, LT_INTO(in.t_series_ns)},
	{LT_NAMED("SessionStatus"), .kind = LT_FIELD, .set = set_series_status},
};
static const struct lt_node statuses_element[] = {
	{.kind = LT_OBJECT, LT_CHILDREN(statuses_members), .begin = begin_status, .end = end_status}};
static const struct lt_node series_members[] = {{LT_NAMED("QualifyingPart"), .kind = LT_FIELD, .set = lt_set_part}};
static const struct lt_node series_element[] = {{.kind = LT_OBJECT, LT_CHILDREN(series_members)}};
static const struct lt_node data_members[] = {
	{LT_NAMED("Series"), .kind = LT_LIST, LT_CHILDREN(series_element), .length = length_of_series, .hi = 1000},
	{LT_NAMED("StatusSeries"), .kind = LT_LIST, LT_CHILDREN(statuses_element), .length = length_of_statuses, .hi = 1000},
};
const struct lt_node lt_session_data = {.kind = LT_OBJECT, LT_CHILDREN(data_members)};

/* ---- TrackStatus ---- */

/* 3 was never explained: ignored. 8 has been seen at the end of a neutralisation and is taken as clear. */
static bool set_track_code(struct lt_decoder *d, const struct lt_node *node, const struct lt_value *v)
{
	static const uint8_t by_code[] = {0, 0, F1P_TRACK_CLEAR, F1P_TRACK_YELLOW, 0, F1P_TRACK_SC, F1P_TRACK_RED, F1P_TRACK_VSC,
		F1P_TRACK_VSC_ENDING, F1P_TRACK_CLEAR};
	int64_t code = 0;

	(void)node;
	if (lt_is_empty(v)) {
		return true;
	}
	if (!lt_parse_int(v->text, v->n, 1, 8, &code)) {
		return false;
	}
	d->in.track = by_code[code + 1];
	return true;
}

static void begin_track(struct lt_decoder *d, const struct lt_node *node)
{
	(void)node;
	d->in.track = 0;
}

static void end_track(struct lt_decoder *d, const struct lt_node *node)
{
	(void)node;
	if (d->in.track != 0) {
		lt_push_value(d, F1P_EV_TRACK_STATUS, d->in.track);
	}
}

static const struct lt_node track_members[] = {{LT_NAMED("Status"), .kind = LT_FIELD, .set = set_track_code}};
const struct lt_node lt_track_status = {.kind = LT_OBJECT, LT_CHILDREN(track_members), .begin = begin_track, .end = end_track};

/* ---- LapCount ---- */

static void begin_laps(struct lt_decoder *d, const struct lt_node *node)
{
	(void)node;
	memset(&d->in.laps, 0, sizeof(d->in.laps));
}

static void end_laps(struct lt_decoder *d, const struct lt_node *node)
{
	(void)node;
	if (d->in.laps.mask != 0) {
		LT_PUSH(d, F1P_EV_LAP_COUNT, &d->in.laps);
	}
}

static const struct lt_node laps_members[] = {
	{LT_NAMED("CurrentLap"), .kind = LT_FIELD, .set = lt_set_int, LT_INTO(in.laps.current), LT_MASK(laps, F1P_LAPS_CURRENT),
		.lo = 0, .hi = 200},
	{LT_NAMED("TotalLaps"), .kind = LT_FIELD, .set = lt_set_int, LT_INTO(in.laps.total), LT_MASK(laps, F1P_LAPS_TOTAL),
		.lo = 0, .hi = 200},
};
const struct lt_node lt_lap_count = {.kind = LT_OBJECT, LT_CHILDREN(laps_members), .begin = begin_laps, .end = end_laps};

/* ---- ExtrapolatedClock ---- */

static void begin_clock(struct lt_decoder *d, const struct lt_node *node)
{
	(void)node;
	memset(&d->in.clock, 0, sizeof(d->in.clock));
}

static void end_clock(struct lt_decoder *d, const struct lt_node *node)
{
	(void)node;
	if (d->in.clock.mask != 0) {
		LT_PUSH(d, F1P_EV_CLOCK, &d->in.clock);
	}
}

static const struct lt_node clock_members[] = {
	{LT_NAMED("Utc"), .kind = LT_FIELD, .set = lt_set_utc, LT_INTO(in.clock.t_at_ns), LT_MASK(clock, F1P_CLOCK_AT)},
	{LT_NAMED("Remaining"), .kind = LT_FIELD, .set = lt_set_clock, LT_INTO(in.clock.remaining_ms),
		LT_MASK(clock, F1P_CLOCK_REMAINING), .lo = 0, .hi = 24 * 3600 * 1000},
	{LT_NAMED("Extrapolating"), .kind = LT_FIELD, .set = lt_set_tri, LT_INTO(in.clock.running),
		LT_MASK(clock, F1P_CLOCK_RUNNING)},
};
const struct lt_node lt_clock = {.kind = LT_OBJECT, LT_CHILDREN(clock_members), .begin = begin_clock, .end = end_clock};

/* ---- WeatherData ---- */

static void begin_weather(struct lt_decoder *d, const struct lt_node *node)
{
	(void)node;
	memset(&d->in.weather, 0, sizeof(d->in.weather));
}

static void end_weather(struct lt_decoder *d, const struct lt_node *node)
{
	(void)node;
	if (d->in.weather.mask != 0) {
		LT_PUSH(d, F1P_EV_WEATHER, &d->in.weather);
	}
}

#define WEATHER(key, setter, member, flag, least, most)                                                                          \
	{                                                                                                                        \
		LT_NAMED(key), .kind = LT_FIELD, .set = setter, LT_INTO(in.weather.member), LT_MASK(weather, flag), .lo = least, \
			       .hi = most                                                                                        \
	}

static const struct lt_node weather_members[] = {
	WEATHER("AirTemp", lt_set_tenths, air_temp_dc, F1P_WX_AIR, -300, 900),
	WEATHER("TrackTemp", lt_set_tenths, track_temp_dc, F1P_WX_TRACK, -300, 900),
	WEATHER("Humidity", lt_set_tenths, humidity_dpct, F1P_WX_HUMIDITY, 0, 1000),
	WEATHER("Pressure", lt_set_tenths, pressure_dhpa, F1P_WX_PRESSURE, 5000, 11000),
	WEATHER("WindSpeed", lt_set_tenths, wind_speed_dms, F1P_WX_WIND_SPEED, 0, 1000),
	WEATHER("WindDirection", lt_set_int, wind_dir_deg, F1P_WX_WIND_DIR, 0, 360),
	WEATHER("Rainfall", lt_set_tri, rain, F1P_WX_RAIN, 0, 1),
};
const struct lt_node lt_weather = {.kind = LT_OBJECT, LT_CHILDREN(weather_members), .begin = begin_weather, .end = end_weather};

/* ---- Heartbeat ---- */

static void end_heartbeat(struct lt_decoder *d, const struct lt_node *node)
{
	struct f1p_event beat;

	(void)node;
	LT_PUSH(d, F1P_EV_HEARTBEAT, &beat);
}

const struct lt_node lt_heartbeat = {.kind = LT_OBJECT, .end = end_heartbeat};

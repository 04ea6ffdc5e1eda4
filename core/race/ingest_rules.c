/*
 * ingest_rules.c - shape and ranges of the core events.
 *
 * Ranges are wide: they keep out what no session can produce and what would break arithmetic, not what is merely odd.
 */
#include "race/ingest_rules.h"
#include <helpers/event_size.h>
#include <string.h>

#define DAY_MS (24 * 3600 * 1000)
#define LAPS_MAX 500
#define T_MAX_NS (INT64_C(7258118400) * 1000000000) /* year 2200 */

static bool in_range(int64_t v, int64_t low, int64_t high)
{
	return v >= low && v <= high;
}

static bool known_range(int32_t v, int32_t low, int32_t high)
{
	return v == F1P_UNKNOWN || in_range(v, low, high);
}

static bool is_time(int64_t t)
{
	return t == F1P_UNKNOWN_NS || in_range(t, 0, T_MAX_NS);
}

static bool is_car(uint16_t car)
{
	return in_range(car, 1, F1P_MAX_CAR_NUMBER);
}

static bool is_tri(uint32_t v)
{
	return in_range(v, F1P_TRI_UNKNOWN, F1P_YES);
}

/* A masked field counts only when its bit is set. */
#define MASKED(e, bit, check) (!((e)->mask & (bit)) || (check))

static bool session(const struct f1p_event *ev)
{
	const struct f1p_ev_session *e = (const void *)ev;

	return in_range(e->type, F1P_SESSION_UNKNOWN, F1P_SESSION_RACE) && (e->year == 0 || in_range(e->year, 1950, 2200)) &&
	       is_time(e->t_start_ns) && is_time(e->t_end_ns) && known_range(e->gmt_offset_s, -18 * 3600, 18 * 3600);
}

static bool session_status(const struct f1p_event *ev)
{
	const struct f1p_ev_session_status *e = (const void *)ev;

	return in_range(e->value, F1P_STATUS_UNKNOWN, F1P_STATUS_ENDS) && (ev->size < sizeof(*e) || is_time(e->t_first_start_ns));
}

static bool session_part(const struct f1p_event *ev)
{
	return in_range(((const struct f1p_ev_value *)ev)->value, 0, 3);
}

static bool track_status(const struct f1p_event *ev)
{
	return in_range(((const struct f1p_ev_value *)ev)->value, F1P_TRACK_UNKNOWN, F1P_TRACK_VSC_ENDING);
}

static bool lap_count(const struct f1p_event *ev)
{
	const struct f1p_ev_lap_count *e = (const void *)ev;

	return MASKED(e, F1P_LAPS_CURRENT, in_range(e->current, 0, LAPS_MAX)) &&
	       MASKED(e, F1P_LAPS_TOTAL, known_range(e->total, 0, LAPS_MAX));
}

static bool session_clock(const struct f1p_event *ev)
{
	const struct f1p_ev_clock *e = (const void *)ev;

	return MASKED(e, F1P_CLOCK_REMAINING, known_range(e->remaining_ms, 0, DAY_MS)) &&
	       MASKED(e, F1P_CLOCK_AT, is_time(e->t_at_ns)) && MASKED(e, F1P_CLOCK_RUNNING, is_tri(e->running));
}

static bool driver(const struct f1p_event *ev)
{
	const struct f1p_ev_driver *e = (const void *)ev;

	return is_car(e->car) && MASKED(e, F1P_DRIVER_COLOUR, e->colour_rgb <= 0xffffff);
}

static bool car_position(const struct f1p_event *ev)
{
	const struct f1p_ev_car_value *e = (const void *)ev;

	return is_car(e->car) && (e->value == F1P_UNKNOWN || in_range(e->value, 1, F1P_MAX_CARS));
}

static bool car_grid(const struct f1p_event *ev)
{
	const struct f1p_ev_car_value *e = (const void *)ev;

	return is_car(e->car) && known_range(e->value, 0, (int32_t)F1P_MAX_CARS);
}

static bool car_gap(const struct f1p_event *ev)
{
	const struct f1p_ev_car_gap *e = (const void *)ev;

	return is_car(e->car) &&
	       MASKED(e, F1P_GAP_LEADER, known_range(e->gap_ms, -DAY_MS, DAY_MS) && known_range(e->gap_laps, 0, LAPS_MAX)) &&
	       MASKED(e, F1P_GAP_INTERVAL,
		      known_range(e->interval_ms, -DAY_MS, DAY_MS) && known_range(e->interval_laps, 0, LAPS_MAX)) &&
	       MASKED(e, F1P_GAP_CATCHING, is_tri(e->catching));
}

static bool car_lap(const struct f1p_event *ev)
{
	const struct f1p_ev_car_lap *e = (const void *)ev;

	return is_car(e->car) && MASKED(e, F1P_LAP_NUMBER, in_range(e->laps, 0, LAPS_MAX)) &&
	       MASKED(e, F1P_LAP_LAST, known_range(e->last_ms, 1, DAY_MS)) &&
	       MASKED(e, F1P_LAP_BEST, known_range(e->best_ms, 1, DAY_MS)) &&
	       MASKED(e, F1P_LAP_BEST_LAP, known_range(e->best_lap, 0, LAPS_MAX)) &&
	       MASKED(e, F1P_LAP_LAST_OVERALL, is_tri(e->last_overall)) &&
	       MASKED(e, F1P_LAP_LAST_PERSONAL, is_tri(e->last_personal));
}

static bool car_status(const struct f1p_event *ev)
{
	const struct f1p_ev_car_status *e = (const void *)ev;

	return is_car(e->car) && MASKED(e, F1P_CAR_IN_PIT, is_tri(e->in_pit)) && MASKED(e, F1P_CAR_PIT_OUT, is_tri(e->pit_out)) &&
	       MASKED(e, F1P_CAR_RETIRED, is_tri(e->retired)) && MASKED(e, F1P_CAR_STOPPED, is_tri(e->stopped)) &&
	       MASKED(e, F1P_CAR_KNOCKED_OUT, is_tri(e->knocked_out)) && MASKED(e, F1P_CAR_CUTOFF, is_tri(e->cutoff)) &&
	       MASKED(e, F1P_CAR_PIT_STOPS, known_range(e->pit_stops, 0, LAPS_MAX)) &&
	       MASKED(e, F1P_CAR_SHOWN, is_tri(e->shown));
}

static bool car_sector(const struct f1p_event *ev)
{
	const struct f1p_ev_car_sector *e = (const void *)ev;

	return is_car(e->car) && e->sector < 3 && MASKED(e, F1P_SECTOR_TIME, known_range(e->time_ms, 0, DAY_MS)) &&
	       MASKED(e, F1P_SECTOR_OVERALL, is_tri(e->overall)) && MASKED(e, F1P_SECTOR_PERSONAL, is_tri(e->personal));
}

static bool car_segment(const struct f1p_event *ev)
{
	const struct f1p_ev_car_segment *e = (const void *)ev;

	return is_car(e->car) && e->sector < 3 && e->segment < 64 && in_range(e->status, 0, 1 << 20);
}

static bool car_speed(const struct f1p_event *ev)
{
	const struct f1p_ev_car_speed *e = (const void *)ev;

	return is_car(e->car) && in_range(e->trap, F1P_TRAP_I1, F1P_TRAP_ST) && known_range(e->speed_kmh, 0, 500);
}

static bool car_best(const struct f1p_event *ev)
{
	const struct f1p_ev_car_best *e = (const void *)ev;

	return is_car(e->car) && e->part <= 3 && known_range(e->best_ms, 1, DAY_MS) && known_range(e->lap, 0, LAPS_MAX);
}

static bool stint_fields(const struct f1p_ev_stint *e)
{
	return is_car(e->car) && MASKED(e, F1P_STINT_COMPOUND, in_range(e->compound, F1P_TYRE_UNKNOWN, F1P_TYRE_SUPERHARD)) &&
	       MASKED(e, F1P_STINT_NEW, is_tri(e->is_new)) &&
	       MASKED(e, F1P_STINT_TOTAL, known_range(e->total_laps, 0, LAPS_MAX)) &&
	       MASKED(e, F1P_STINT_START, known_range(e->start_laps, 0, LAPS_MAX)) &&
	       MASKED(e, F1P_STINT_NOT_CHANGED, is_tri(e->not_changed)) &&
	       MASKED(e, F1P_STINT_FIRST, in_range(e->first_lap, 1, LAPS_MAX));
}

static bool stint(const struct f1p_event *ev)
{
	const struct f1p_ev_stint *e = (const void *)ev;

	return e->index < F1P_MAX_STINTS && stint_fields(e);
}

static bool tyre(const struct f1p_event *ev)
{
	const struct f1p_ev_stint *e = (const void *)ev;

	return e->index == 255 && stint_fields(e);
}

static bool stints_reset(const struct f1p_event *ev)
{
	return is_car(((const struct f1p_ev_car_value *)ev)->car);
}

static bool weather(const struct f1p_event *ev)
{
	const struct f1p_ev_weather *e = (const void *)ev;

	return MASKED(e, F1P_WX_AIR, known_range(e->air_temp_dc, -600, 700)) &&
	       MASKED(e, F1P_WX_TRACK, known_range(e->track_temp_dc, -600, 1000)) &&
	       MASKED(e, F1P_WX_HUMIDITY, known_range(e->humidity_dpct, 0, 1000)) &&
	       MASKED(e, F1P_WX_PRESSURE, known_range(e->pressure_dhpa, 4000, 12000)) &&
	       MASKED(e, F1P_WX_WIND_SPEED, known_range(e->wind_speed_dms, 0, 1500)) &&
	       MASKED(e, F1P_WX_WIND_DIR, known_range(e->wind_dir_deg, 0, 360)) && MASKED(e, F1P_WX_RAIN, is_tri(e->rain));
}

static bool race_control(const struct f1p_event *ev)
{
	const struct f1p_ev_race_control *e = (const void *)ev;

	return e->car <= F1P_MAX_CAR_NUMBER && known_range(e->lap, 0, LAPS_MAX) && is_time(e->t_utc_ns) &&
	       in_range(e->category, F1P_RC_OTHER, F1P_RC_CAR_EVENT) &&
	       in_range(e->flag, F1P_FLAG_NONE, F1P_FLAG_BLACK_AND_ORANGE) &&
	       in_range(e->scope, F1P_SCOPE_NONE, F1P_SCOPE_DRIVER) && in_range(e->mode, F1P_MODE_NONE, F1P_MODE_VSC) &&
	       in_range(e->status, F1P_RCS_NONE, F1P_RCS_ENDING);
}

static bool pit(const struct f1p_event *ev)
{
	const struct f1p_ev_pit *e = (const void *)ev;

	return is_car(e->car) && known_range(e->lap, 0, LAPS_MAX) && known_range(e->lane_ms, 0, DAY_MS) &&
	       known_range(e->stationary_ms, 0, DAY_MS);
}

static bool top_three(const struct f1p_event *ev)
{
	const struct f1p_ev_car_value *e = (const void *)ev;

	return e->car <= F1P_MAX_CAR_NUMBER && in_range(e->value, 1, 3);
}

static bool telemetry(const struct f1p_event *ev)
{
	const struct f1p_ev_telemetry *e = (const void *)ev;

	return is_car(e->car) && e->rpm <= 30000 && e->speed_kmh <= 500 && e->gear <= 15;
}

static bool xyz(const struct f1p_event *ev)
{
	const struct f1p_ev_xyz *e = (const void *)ev;

	return is_car(e->car) && is_tri(e->on_track) && in_range(e->x_dm, -10000000, 10000000) &&
	       in_range(e->y_dm, -10000000, 10000000) && in_range(e->z_dm, -10000000, 10000000);
}

static bool outlook_step(const struct f1p_outlook_step *s)
{
	return in_range(s->t_ns, 0, T_MAX_NS) && in_range(s->step_s, 60, 24 * 3600) &&
	       MASKED(s, F1P_OUTLOOK_RAIN_PROBABILITY, in_range(s->rain_probability_pct, 0, 100)) &&
	       MASKED(s, F1P_OUTLOOK_RAIN, in_range(s->rain_um, 0, 1000000)) &&
	       MASKED(s, F1P_OUTLOOK_AIR, in_range(s->air_temp_dc, -600, 700)) &&
	       MASKED(s, F1P_OUTLOOK_WIND, in_range(s->wind_speed_dms, 0, 1500) && known_range(s->wind_dir_deg, 0, 360)) &&
	       MASKED(s, F1P_OUTLOOK_CLOUD, in_range(s->cloud_pct, 0, 100));
}

static bool outlook(const struct f1p_event *ev)
{
	const struct f1p_ev_outlook *e = (const void *)ev;
	bool good = in_range(e->n_steps, 1, F1P_OUTLOOK_STEPS);

	for (uint32_t i = 0; good && i < e->n_steps; i++) {
		good = outlook_step(&e->steps[i]) && (i == 0 || e->steps[i].t_ns >= e->steps[i - 1].t_ns);
	}
	return good;
}

static bool prior(const struct f1p_event *ev)
{
	const struct f1p_ev_prior *e = (const void *)ev;

	return in_range(e->car, 0, 999) && in_range(e->n, 1, F1P_PRIORS);
}

static bool link_state(const struct f1p_event *ev)
{
	return in_range(((const struct f1p_ev_link *)ev)->condition, F1P_LINK_CONNECTING, F1P_LINK_REFUSED);
}

static bool lap_record(const struct f1p_event *ev)
{
	const struct f1p_ev_lap_record *e = (const void *)ev;

	return is_car(e->car) && in_range(e->lap, 1, LAPS_MAX) && MASKED(e, F1P_RECORD_TIME, known_range(e->time_ms, 1, DAY_MS)) &&
	       MASKED(e, F1P_RECORD_SECTORS,
		      known_range(e->sector_ms[0], 0, DAY_MS) && known_range(e->sector_ms[1], 0, DAY_MS) &&
			      known_range(e->sector_ms[2], 0, DAY_MS)) &&
	       MASKED(e, F1P_RECORD_OUT_LAP, is_tri(e->out_lap)) && MASKED(e, F1P_RECORD_START, is_time(e->t_lap_start_ns));
}

static bool nothing(const struct f1p_event *ev)
{
	(void)ev;
	return true;
}

struct rule {
	bool (*good)(const struct f1p_event *);
	const char *why;
};
static const struct rule rules[] = {
	[F1P_EV_SESSION] = {session, "session: type, year or a time is out of range"},
	[F1P_EV_SESSION_STATUS] = {session_status, "session status is not a known one"},
	[F1P_EV_SESSION_PART] = {session_part, "qualifying part is not 0 to 3"},
	[F1P_EV_TRACK_STATUS] = {track_status, "track status is not a known one"},
	[F1P_EV_LAP_COUNT] = {lap_count, "lap count is not 0 to 500"},
	[F1P_EV_CLOCK] = {session_clock, "clock: remaining time is not 0 to 24 h"},
	[F1P_EV_DRIVER] = {driver, "driver: car number or colour is out of range"},
	[F1P_EV_CAR_POSITION] = {car_position, "car number or position is out of range"},
	[F1P_EV_CAR_GRID] = {car_grid, "car number or grid place is out of range"},
	[F1P_EV_CAR_GAP] = {car_gap, "car number, gap or interval is out of range"},
	[F1P_EV_CAR_LAP] = {car_lap, "car number, laps or lap time is out of range"},
	[F1P_EV_CAR_STATUS] = {car_status, "car number or a status flag is out of range"},
	[F1P_EV_CAR_SECTOR] = {car_sector, "car number, sector or its time is out of range"},
	[F1P_EV_CAR_SEGMENT] = {car_segment, "car number, segment or code is out of range"},
	[F1P_EV_CAR_SPEED] = {car_speed, "car number, trap or speed is out of range"},
	[F1P_EV_CAR_BEST] = {car_best, "car number, part or best lap is out of range"},
	[F1P_EV_STINT] = {stint, "car number, stint or a field of it is out of range"},
	[F1P_EV_STINTS_RESET] = {stints_reset, "car number is not 1 to 999"},
	[F1P_EV_TYRE] = {tyre, "car number, index or tyre is out of range"},
	[F1P_EV_WEATHER] = {weather, "a weather value is out of range"},
	[F1P_EV_RACE_CONTROL] = {race_control, "race control: a field is out of range"},
	[F1P_EV_PIT_LANE_TIME] = {pit, "car number, lap or pit time is out of range"},
	[F1P_EV_PIT_STOP] = {pit, "car number, lap or pit time is out of range"},
	[F1P_EV_TOP_THREE] = {top_three, "car number or rank is out of range"},
	[F1P_EV_TELEMETRY] = {telemetry, "car number or a telemetry channel is out of range"},
	[F1P_EV_XYZ] = {xyz, "car number or a coordinate is out of range"},
	[F1P_EV_HEARTBEAT] = {nothing, ""},
	[F1P_EV_FEED_RESET] = {nothing, ""},
	[F1P_EV_OUTLOOK] = {outlook, "outlook: a step, its order or a value is out of range"},
	[F1P_EV_LINK] = {link_state, "link condition is not a known one"},
	[F1P_EV_PRIOR] = {prior, "prior: car number or number of values is out of range"},
	[F1P_EV_LAP_RECORD] = {lap_record, "car number, lap or a time of it is out of range"},
};

#define HAS_END(text) (memchr((text), 0, sizeof(text)) != NULL)

static bool texts_end(const struct f1p_event *ev)
{
	if (ev->type == F1P_EV_SESSION) {
		const struct f1p_ev_session *e = (const void *)ev;

		return HAS_END(e->name) && HAS_END(e->meeting) && HAS_END(e->circuit) && HAS_END(e->location) &&
		       HAS_END(e->country) && HAS_END(e->path);
	}
	if (ev->type == F1P_EV_DRIVER) {
		const struct f1p_ev_driver *e = (const void *)ev;

		return HAS_END(e->code) && HAS_END(e->country) && HAS_END(e->name) && HAS_END(e->team);
	}
	if (ev->type == F1P_EV_RACE_CONTROL) {
		return HAS_END(((const struct f1p_ev_race_control *)ev)->text);
	}
	if (ev->type == F1P_EV_OUTLOOK) {
		return HAS_END(((const struct f1p_ev_outlook *)ev)->provider);
	}
	if (ev->type == F1P_EV_LINK) {
		return HAS_END(((const struct f1p_ev_link *)ev)->text) &&
		       (ev->size < sizeof(struct f1p_ev_link) || HAS_END(((const struct f1p_ev_link *)ev)->source));
	}
	return true;
}

static enum ingest_verdict bad_shape(const char **why, const char *text)
{
	*why = text;
	return INGEST_BAD_SHAPE;
}

enum ingest_verdict ingest_check_shape(const struct f1p_event *ev, const char **why)
{
	if (ev->size < sizeof(*ev) || ev->size > F1P_EVENT_MAX || ev->size % 8 != 0) {
		return bad_shape(why, "event size is not a multiple of 8 from 48 to 16384");
	}
	if (ev->source_seq == 0) {
		return bad_shape(why, "event has no source_seq");
	}
	if (ev->space >= 1024) {
		return INGEST_OK; /* a third party's own space: unseen */
	}
	if (ev->space != F1P_SPACE_CORE) {
		return bad_shape(why, "event spaces 1 to 1023 are reserved");
	}
	if (ev->type >= F1P_EV_FORECAST && ev->type <= F1P_EV_MEMBER_SCORES) {
		return bad_shape(why, "event type belongs to the host: a source may not emit it");
	}
	if (ev->type >= sizeof(rules) / sizeof(rules[0]) || !rules[ev->type].good) {
		return bad_shape(why, "unknown core event type");
	}
	if (ev->size < f1p_event_least_size(ev->type)) {
		return bad_shape(why, "event is smaller than its type");
	}
	return texts_end(ev) ? INGEST_OK : bad_shape(why, "a text has no terminating NUL");
}

enum ingest_verdict ingest_check_values(const struct f1p_event *ev, const char **why)
{
	if (ev->space != F1P_SPACE_CORE || rules[ev->type].good(ev)) {
		return INGEST_OK;
	}
	*why = rules[ev->type].why;
	return INGEST_BAD_VALUE;
}

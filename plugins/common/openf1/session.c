/*
 * session.c - what is true of the session as a whole, and of its drivers; the calendar.
 */
#include "decoder.h"

#include <helpers/utf8.h>
#include <string.h>

/* The rest is zeroed: equal texts are equal bytes. */
#define SET_TEXT(dst, src) f1p_utf8_copy((dst), sizeof(dst), (src), strlen(src))

uint8_t of1_session_type(const struct of1_row *row)
{
	const char *type = row->session_type;
	bool sprint = strstr(row->session_name, "Sprint") != NULL || strstr(type, "Sprint") != NULL;

	if (strstr(type, "Qualifying") != NULL || strstr(type, "Shootout") != NULL) {
		return sprint || strstr(row->session_name, "Shootout") != NULL || strstr(type, "Shootout") != NULL
			       ? F1P_SESSION_SPRINT_QUALIFYING
			       : F1P_SESSION_QUALIFYING;
	}
	if (strcmp(type, "Race") == 0) {
		return sprint ? F1P_SESSION_SPRINT : F1P_SESSION_RACE;
	}
	return strcmp(type, "Practice") == 0 ? F1P_SESSION_PRACTICE : F1P_SESSION_UNKNOWN;
}

uint8_t of1_practice_number(const struct of1_row *row)
{
	size_t n = strlen(row->session_name);
	char last = n > 0 ? row->session_name[n - 1] : '\0';

	return strcmp(row->session_type, "Practice") == 0 && last >= '1' && last <= '3' ? (uint8_t)(last - '0') : 0;
}

void of1_merge_session(struct of1_decoder *d)
{
	const struct of1_row *row = &d->row;
	struct f1p_ev_session ev = d->session;

	if (!of1_has(row, OF1_F_SESSION_KEY)) {
		d->stats.incomplete++;
		return;
	}
	ev.session_key = (uint32_t)row->session_key;
	ev.meeting_key = of1_has(row, OF1_F_MEETING_KEY) ? (uint32_t)row->meeting_key : ev.meeting_key;
	ev.circuit_key = of1_has(row, OF1_F_CIRCUIT_KEY) ? (uint32_t)row->circuit_key : ev.circuit_key;
	ev.year = of1_has(row, OF1_F_YEAR) ? (uint16_t)row->year : ev.year;
	ev.t_start_ns = of1_has(row, OF1_F_DATE_START) ? row->start_ns : ev.t_start_ns;
	ev.t_end_ns = of1_has(row, OF1_F_DATE_END) ? row->end_ns : ev.t_end_ns;
	ev.gmt_offset_s = of1_has(row, OF1_F_GMT_OFFSET) ? row->gmt_offset_s : ev.gmt_offset_s;
	if (of1_has(row, OF1_F_SESSION_TYPE)) {
		ev.type = of1_session_type(row);
		ev.number = of1_practice_number(row);
	}
	SET_TEXT(ev.name, row->session_name);
	SET_TEXT(ev.circuit, row->circuit);
	SET_TEXT(ev.location, row->location);
	SET_TEXT(ev.country, row->country_code);
	if (ev.meeting[0] == '\0' && row->country[0] != '\0') {
		SET_TEXT(ev.meeting, row->country); /* until `meetings` tells the name */
	}
	if (d->session_known && memcmp(&ev, &d->session, sizeof(ev)) == 0) {
		return;
	}
	d->session_key = ev.session_key;
	d->meeting_key = ev.meeting_key;
	d->session = ev;
	d->session_known = true;
	OF1_PUSH(d, F1P_EV_SESSION, d->now_ns, &ev);
}

void of1_merge_meeting(struct of1_decoder *d)
{
	struct f1p_ev_session ev = d->session;

	if (!of1_has(&d->row, OF1_F_MEETING_NAME) || strcmp(ev.meeting, d->row.meeting_name) == 0) {
		return;
	}
	SET_TEXT(ev.meeting, d->row.meeting_name);
	d->session = ev;
	if (d->session_known) {
		OF1_PUSH(d, F1P_EV_SESSION, d->now_ns, &ev);
	}
}

/* "3671C6" */
static bool read_colour(const char *text, uint32_t *rgb)
{
	*rgb = 0;
	for (int i = 0; i < 6; i++) {
		const char *digits = "0123456789abcdef0123456789ABCDEF";
		const char *at = text[i] != '\0' ? strchr(digits, text[i]) : NULL;

		if (at == NULL) {
			return false;
		}
		*rgb = *rgb << 4 | (uint32_t)((at - digits) % 16);
	}
	return text[6] == '\0';
}

void of1_merge_driver(struct of1_decoder *d)
{
	const struct of1_row *row = &d->row;
	struct of1_car *car = of1_row_car(d);
	struct f1p_ev_driver ev;
	uint32_t rgb = 0;

	if (car == NULL) {
		return;
	}
	ev = car->driver;
	if (row->acronym[0] != '\0') {
		SET_TEXT(ev.code, row->acronym);
		ev.mask |= F1P_DRIVER_CODE;
	}
	if (row->full_name[0] != '\0' || row->broadcast_name[0] != '\0') {
		SET_TEXT(ev.name, row->full_name[0] != '\0' ? row->full_name : row->broadcast_name);
		ev.mask |= F1P_DRIVER_NAME;
	}
	if (row->team[0] != '\0') {
		SET_TEXT(ev.team, row->team);
		ev.mask |= F1P_DRIVER_TEAM;
	}
	if (row->country_code[0] != '\0') {
		SET_TEXT(ev.country, row->country_code);
		ev.mask |= F1P_DRIVER_COUNTRY;
	}
	if (of1_has(row, OF1_F_COLOUR) && read_colour(row->colour, &rgb)) {
		ev.colour_rgb = rgb;
		ev.mask |= F1P_DRIVER_COLOUR;
	}
	if (memcmp(&ev, &car->driver, sizeof(ev)) == 0) {
		return;
	}
	car->driver = ev;
	OF1_PUSH(d, F1P_EV_DRIVER, d->now_ns, &ev);
}

#define TAKE(field, bit, member, from)                                                                                           \
	do {                                                                                                                     \
		if (of1_has(row, field)) {                                                                                       \
			ev.member = row->from;                                                                                   \
			ev.mask |= bit;                                                                                          \
		}                                                                                                                \
	} while (0)

void of1_merge_weather(struct of1_decoder *d)
{
	const struct of1_row *row = &d->row;
	struct f1p_ev_weather ev = d->weather;

	if (of1_row_time(d) < d->t_weather_ns) {
		d->stats.stale++;
		return;
	}
	TAKE(OF1_F_AIR, F1P_WX_AIR, air_temp_dc, air_dc);
	TAKE(OF1_F_TRACK, F1P_WX_TRACK, track_temp_dc, track_dc);
	TAKE(OF1_F_HUMIDITY, F1P_WX_HUMIDITY, humidity_dpct, humidity_dpct);
	TAKE(OF1_F_PRESSURE, F1P_WX_PRESSURE, pressure_dhpa, pressure_dhpa);
	TAKE(OF1_F_WIND_SPEED, F1P_WX_WIND_SPEED, wind_speed_dms, wind_dms);
	TAKE(OF1_F_WIND_DIR, F1P_WX_WIND_DIR, wind_dir_deg, wind_dir_deg);
	if (of1_has(row, OF1_F_RAIN)) {
		ev.rain = row->rain > 0 ? F1P_YES : F1P_NO;
		ev.mask |= F1P_WX_RAIN;
	}
	if (ev.mask == 0 || (of1_row_time(d) == d->t_weather_ns && memcmp(&ev, &d->weather, sizeof(ev)) == 0)) {
		return;
	}
	d->t_weather_ns = of1_row_time(d); /* a new report, also when it says the same: it is fresh */
	d->weather = ev;
	OF1_PUSH(d, F1P_EV_WEATHER, of1_row_time(d), &ev);
}

void of1_merge_grid(struct of1_decoder *d)
{
	struct of1_car *car = of1_row_car(d);

	if (car == NULL || !of1_has(&d->row, OF1_F_POSITION) || !of1_is_race(d) || car->grid == d->row.position) {
		return;
	}
	car->grid = d->row.position;
	of1_push_car_value(d, F1P_EV_CAR_GRID, d->now_ns, car, car->grid);
}

/* The official result comes minutes after the end and holds penalties of the stewards: its places are not the order on the road. */
void of1_merge_result(struct of1_decoder *d)
{
	const struct of1_row *row = &d->row;
	struct of1_car *car = of1_row_car(d);
	bool out = row->dnf == F1P_YES || row->dns == F1P_YES;

	if (car == NULL) {
		return;
	}
	if (out && of1_is_race(d) && car->retired != F1P_YES) {
		struct f1p_ev_car_status ev = {.mask = F1P_CAR_RETIRED, .car = car->number, .retired = F1P_YES};

		car->retired = F1P_YES;
		OF1_PUSH(d, F1P_EV_CAR_STATUS, d->now_ns, &ev);
	}
	if (d->control.status == F1P_STATUS_FINISHED && !d->control.own_status) {
		of1_set_status(d, F1P_STATUS_FINALISED, d->now_ns);
	}
}

/* ---- calendar ---- */

static bool read_plan(const struct of1_row *row, struct f1p_session_plan *plan)
{
	*plan = (struct f1p_session_plan){
		.size = sizeof(*plan),
		.session_key = (uint32_t)row->session_key,
		.meeting_key = (uint32_t)row->meeting_key,
		.circuit_key = (uint32_t)row->circuit_key,
		.year = (uint16_t)row->year,
		.type = of1_session_type(row),
		.number = of1_practice_number(row),
		.cancelled = row->cancelled != 0 ? row->cancelled : F1P_TRI_UNKNOWN,
		.gmt_offset_s = of1_has(row, OF1_F_GMT_OFFSET) ? row->gmt_offset_s : F1P_UNKNOWN,
		.t_start_ns = row->start_ns,
		.t_end_ns = of1_has(row, OF1_F_DATE_END) ? row->end_ns : F1P_UNKNOWN_NS,
		.lat_e4 = F1P_UNKNOWN,
		.lon_e4 = F1P_UNKNOWN,
	};
	SET_TEXT(plan->name, row->session_name);
	SET_TEXT(plan->meeting, row->country);
	SET_TEXT(plan->circuit, row->circuit);
	SET_TEXT(plan->location, row->location);
	SET_TEXT(plan->country, row->country);
	return of1_has(row, OF1_F_DATE_START) && of1_has(row, OF1_F_YEAR) && plan->type != F1P_SESSION_UNKNOWN;
}

int of1_read_plans(const char *json, size_t n, struct f1p_session_plan *out, uint32_t max)
{
	struct f1p_json_cutter cutter;
	struct f1p_json_slice slice;
	struct of1_row row;
	f1p_status status = F1P_OK;
	uint32_t count = 0;

	if (!f1p_json_cut_begin(&cutter, json, n) || cutter.closing != ']') {
		return -1;
	}
	while (count < max && (status = f1p_json_cut_next(&cutter, NULL, &slice)) == F1P_OK) {
		if (of1_row_read(&row, slice.text, slice.n) == F1P_OK) {
			count += read_plan(&row, &out[count]);
		}
	}
	return status == F1P_EINVAL ? -1 : (int)count;
}

bool of1_name_meetings(const char *json, size_t n, struct f1p_session_plan *plans, uint32_t count)
{
	struct f1p_json_cutter cutter;
	struct f1p_json_slice slice;
	struct of1_row row;
	f1p_status status = F1P_OK;

	if (!f1p_json_cut_begin(&cutter, json, n) || cutter.closing != ']') {
		return false;
	}
	while ((status = f1p_json_cut_next(&cutter, NULL, &slice)) == F1P_OK) {
		if (of1_row_read(&row, slice.text, slice.n) != F1P_OK || row.meeting_name[0] == '\0') {
			continue;
		}
		for (uint32_t i = 0; i < count; i++) {
			if (plans[i].meeting_key == (uint32_t)row.meeting_key) {
				SET_TEXT(plans[i].meeting, row.meeting_name);
			}
		}
	}
	return status == F1P_END;
}

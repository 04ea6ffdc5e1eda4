/*
 * row.c - see row.h. A table of the known names; whatever else a row holds is passed over and counted.
 */
#include "row.h"

#include <helpers/json_reader.h>
#include <helpers/utf8.h>
#include <livetiming.h>
#include <string.h>
#include <values.h>

#define DAY_MS (24 * 3600 * 1000)
#define MAX_DIGITS 17

enum kind { WHOLE = 1, MILLIS, TENTHS, TEXT, TIME, OFFSET, TRUTH, GAP };

struct field {
	const char *name;
	uint8_t kind; /* enum kind */
	uint8_t id;   /* enum of1_field */
	uint16_t at;
	uint16_t size; /* TEXT: of the target; WHOLE: 4 or 8 */
	int32_t lo, hi;
};

#define AT(member) .at = offsetof(struct of1_row, member), .size = sizeof(((struct of1_row *)0)->member)
#define NUMBER(n, f, k, member, least, most) {.name = n, .kind = k, .id = f, AT(member), .lo = least, .hi = most}
#define OTHER(n, f, k, member) {.name = n, .kind = k, .id = f, AT(member)}

/* In the order of the names: found by bisection. */
static const struct field fields[] = {
	NUMBER("_id", OF1_F_ID, WHOLE, id, 0, 0),
	OTHER("_key", OF1_F_KEY, TEXT, key),
	NUMBER("air_temperature", OF1_F_AIR, TENTHS, air_dc, -600, 700),
	NUMBER("brake", OF1_F_BRAKE, WHOLE, brake, 0, 104),
	OTHER("broadcast_name", OF1_F_BROADCAST_NAME, TEXT, broadcast_name),
	OTHER("category", OF1_F_CATEGORY, TEXT, category),
	NUMBER("circuit_key", OF1_F_CIRCUIT_KEY, WHOLE, circuit_key, 0, INT32_MAX),
	OTHER("circuit_short_name", OF1_F_CIRCUIT_NAME, TEXT, circuit),
	OTHER("compound", OF1_F_COMPOUND, TEXT, compound),
	OTHER("country_code", OF1_F_COUNTRY_CODE, TEXT, country_code),
	OTHER("country_name", OF1_F_COUNTRY_NAME, TEXT, country),
	OTHER("date", OF1_F_DATE, TIME, date_ns),
	OTHER("date_end", OF1_F_DATE_END, TIME, end_ns),
	OTHER("date_start", OF1_F_DATE_START, TIME, start_ns),
	OTHER("dnf", OF1_F_DNF, TRUTH, dnf),
	OTHER("dns", OF1_F_DNS, TRUTH, dns),
	NUMBER("driver_number", OF1_F_DRIVER, WHOLE, driver, 1, F1P_MAX_CAR_NUMBER),
	NUMBER("drs", OF1_F_DRS, WHOLE, drs, 0, 254),
	OTHER("dsq", OF1_F_DSQ, TRUTH, dsq),
	NUMBER("duration_sector_1", OF1_F_SECTOR_1, MILLIS, sector_ms[0], 1, DAY_MS),
	NUMBER("duration_sector_2", OF1_F_SECTOR_2, MILLIS, sector_ms[1], 1, DAY_MS),
	NUMBER("duration_sector_3", OF1_F_SECTOR_3, MILLIS, sector_ms[2], 1, DAY_MS),
	OTHER("flag", OF1_F_FLAG, TEXT, flag),
	OTHER("full_name", OF1_F_FULL_NAME, TEXT, full_name),
	OTHER("gap_to_leader", OF1_F_GAP, GAP, gap),
	OTHER("gmt_offset", OF1_F_GMT_OFFSET, OFFSET, gmt_offset_s),
	NUMBER("humidity", OF1_F_HUMIDITY, TENTHS, humidity_dpct, 0, 1000),
	NUMBER("i1_speed", OF1_F_SPEED_I1, WHOLE, speed_kmh[0], 0, 500),
	NUMBER("i2_speed", OF1_F_SPEED_I2, WHOLE, speed_kmh[1], 0, 500),
	OTHER("interval", OF1_F_INTERVAL, GAP, interval),
	OTHER("is_cancelled", OF1_F_CANCELLED, TRUTH, cancelled),
	OTHER("is_pit_out_lap", OF1_F_OUT_LAP, TRUTH, out_lap),
	NUMBER("lane_duration", OF1_F_LANE, MILLIS, lane_ms, 0, DAY_MS),
	NUMBER("lap_duration", OF1_F_LAP_TIME, MILLIS, lap_ms, 1, DAY_MS),
	NUMBER("lap_end", OF1_F_LAP_END, WHOLE, lap_end, 0, 200),
	NUMBER("lap_number", OF1_F_LAP, WHOLE, lap, 0, 200),
	NUMBER("lap_start", OF1_F_LAP_START, WHOLE, lap_start, 0, 200),
	OTHER("location", OF1_F_LOCATION, TEXT, location),
	NUMBER("meeting_key", OF1_F_MEETING_KEY, WHOLE, meeting_key, 0, INT32_MAX),
	OTHER("meeting_name", OF1_F_MEETING_NAME, TEXT, meeting_name),
	OTHER("message", OF1_F_MESSAGE, TEXT, message),
	NUMBER("n_gear", OF1_F_GEAR, WHOLE, gear, 0, 15),
	OTHER("name_acronym", OF1_F_ACRONYM, TEXT, acronym),
	NUMBER("pit_duration", OF1_F_PIT, MILLIS, pit_ms, 0, DAY_MS),
	NUMBER("position", OF1_F_POSITION, WHOLE, position, 1, F1P_MAX_CARS),
	NUMBER("pressure", OF1_F_PRESSURE, TENTHS, pressure_dhpa, 4000, 12000),
	NUMBER("qualifying_phase", OF1_F_PART, WHOLE, part, 0, 3),
	NUMBER("rainfall", OF1_F_RAIN, WHOLE, rain, 0, 100),
	NUMBER("rpm", OF1_F_RPM, WHOLE, rpm, 0, 30000),
	OTHER("scope", OF1_F_SCOPE, TEXT, scope),
	NUMBER("sector", OF1_F_SECTOR, WHOLE, sector, 0, 63),
	NUMBER("session_key", OF1_F_SESSION_KEY, WHOLE, session_key, 0, INT32_MAX),
	OTHER("session_name", OF1_F_SESSION_NAME, TEXT, session_name),
	OTHER("session_type", OF1_F_SESSION_TYPE, TEXT, session_type),
	NUMBER("speed", OF1_F_SPEED, WHOLE, car_speed_kmh, 0, 500),
	NUMBER("st_speed", OF1_F_SPEED_ST, WHOLE, speed_kmh[2], 0, 500),
	NUMBER("stint_number", OF1_F_STINT, WHOLE, stint, 1, F1P_MAX_STINTS),
	NUMBER("stop_duration", OF1_F_STOP, MILLIS, stop_ms, 0, DAY_MS),
	OTHER("team_colour", OF1_F_COLOUR, TEXT, colour),
	OTHER("team_name", OF1_F_TEAM, TEXT, team),
	NUMBER("throttle", OF1_F_THROTTLE, WHOLE, throttle, 0, 104),
	NUMBER("track_temperature", OF1_F_TRACK, TENTHS, track_dc, -600, 1000),
	NUMBER("tyre_age_at_start", OF1_F_TYRE_AGE, WHOLE, tyre_age, 0, 200),
	NUMBER("wind_direction", OF1_F_WIND_DIR, WHOLE, wind_dir_deg, 0, 360),
	NUMBER("wind_speed", OF1_F_WIND_SPEED, TENTHS, wind_dms, 0, 1500),
	NUMBER("x", OF1_F_X, WHOLE, x, -1000000, 1000000),
	NUMBER("y", OF1_F_Y, WHOLE, y, -1000000, 1000000),
	NUMBER("year", OF1_F_YEAR, WHOLE, year, 1950, 2200),
	NUMBER("z", OF1_F_Z, WHOLE, z, -1000000, 1000000),
};

/* Known and of no use here: not counted as unknown. Names that begin with _ are OpenF1's own affair. */
static const char *const unused[] = {"circuit_image", "circuit_info_url", "circuit_type", "country_flag", "country_key", "duration",
	"first_name", "headshot_url", "last_name", "meeting_official_name", "number_of_laps", "overtaken_driver_number",
	"overtaking_driver_number", "points", "points_current", "points_start", "position_current", "position_start",
	"recording_url", "segments_sector_1", "segments_sector_2", "segments_sector_3"};

struct walk {
	struct of1_row *row;
	const struct field *field; /* of the value to come; NULL = pass over */
	uint32_t depth;
	bool not_flat_object;
};

static int compare(const char *text, size_t n, const char *name)
{
	size_t m = strlen(name);
	int order = memcmp(text, name, n < m ? n : m);

	return order != 0 ? order : (n > m) - (n < m);
}

static const struct field *find_field(const char *text, size_t n)
{
	size_t low = 0;
	size_t high = sizeof(fields) / sizeof(fields[0]);

	while (low < high) {
		size_t mid = (low + high) / 2;
		int order = compare(text, n, fields[mid].name);

		if (order == 0) {
			return &fields[mid];
		}
		if (order < 0) {
			high = mid;
		} else {
			low = mid + 1;
		}
	}
	return NULL;
}

static bool is_unused(const char *text, size_t n)
{
	for (size_t i = 0; i < sizeof(unused) / sizeof(unused[0]); i++) {
		if (compare(text, n, unused[i]) == 0) {
			return true;
		}
	}
	return n > 0 && text[0] == '_';
}

/* ---- values ---- */

struct decimal { /* digits x 10^exponent */
	int64_t digits;
	int exponent;
	bool negative;
};

static bool take_digits(const char **at, const char *end, struct decimal *d, int step, int *n)
{
	const char *from = *at;

	for (; *at < end && lt_is_digit(**at); (*at)++) {
		if (*n < MAX_DIGITS) {
			d->digits = d->digits * 10 + (**at - '0');
			*n += d->digits != 0;
			d->exponent += step;
		} else if (step == 0) {
			d->exponent++;
		}
	}
	return *at > from;
}

static bool take_exponent(const char **at, const char *end, struct decimal *d)
{
	int64_t exponent = 0;
	const char *from = NULL;

	if (*at == end || (**at != 'e' && **at != 'E')) {
		return true;
	}
	(*at)++;
	if (*at < end && **at == '+') {
		(*at)++;
	}
	from = *at;
	*at = end;
	if (!lt_parse_int(from, (size_t)(end - from), -400, 400, &exponent)) {
		return false;
	}
	d->exponent += (int)exponent;
	return true;
}

static bool read_decimal(const char *text, size_t n, struct decimal *d)
{
	const char *at = text;
	const char *end = text + n;
	int digits = 0;

	*d = (struct decimal){0};
	if (n > 64) {
		return false;
	}
	if (at < end && *at == '-') {
		d->negative = true;
		at++;
	}
	if (!take_digits(&at, end, d, 0, &digits)) {
		return false;
	}
	if (at < end && *at == '.') {
		at++;
		if (!take_digits(&at, end, d, -1, &digits)) {
			return false;
		}
	}
	return take_exponent(&at, end, d) && at == end;
}

bool of1_parse_decimal(const char *text, size_t n, int decimals, int64_t lo, int64_t hi, int64_t *out)
{
	struct decimal d;
	int64_t last = 0;

	if (!read_decimal(text, n, &d)) {
		return false;
	}
	d.exponent += decimals;
	for (; d.exponent < 0 && d.digits != 0; d.exponent++) {
		last = d.digits % 10;
		d.digits /= 10;
	}
	d.digits += d.exponent == 0 && last >= 5; /* a number that vanished has lost more than half */
	for (; d.exponent > 0 && d.digits != 0; d.exponent--) {
		if (d.digits > INT64_MAX / 10) {
			return false;
		}
		d.digits *= 10;
	}
	*out = d.negative ? -d.digits : d.digits;
	return *out >= lo && *out <= hi;
}

/* "+01:00", "-0530", "Z" or nothing behind the time; its length, or n when there is none. */
static size_t offset_at(const char *text, size_t n)
{
	for (size_t i = n; i > 10; i--) { /* the date has its own signs */
		if (text[i - 1] == '+' || text[i - 1] == '-') {
			return i - 1;
		}
	}
	return n;
}

bool of1_parse_time(const char *text, size_t n, int64_t *out_ns)
{
	size_t cut = offset_at(text, n);
	char offset[10] = "";
	int32_t offset_s = 0;

	if (cut < n) {
		if (n - cut != 6) { /* +hh:mm */
			return false;
		}
		memcpy(offset, text + cut, 6);
		memcpy(offset + 6, ":00", 4);
		if (!lt_parse_offset(offset, 9, &offset_s)) {
			return false;
		}
	}
	if (!lt_parse_utc(text, cut, out_ns)) {
		return false;
	}
	*out_ns -= (int64_t)offset_s * INT64_C(1000000000);
	return *out_ns >= 0;
}

/* "03:00:00"; real rows also have "3:00:00". */
static bool parse_offset(const char *text, size_t n, int32_t *out_s)
{
	char padded[12] = "";
	size_t sign = n > 0 && (text[0] == '-' || text[0] == '+') ? 1 : 0;

	if (n < sign + 7 || n > 9) {
		return false;
	}
	if (n - sign == 8) {
		return lt_parse_offset(text, n, out_s);
	}
	memcpy(padded, text, sign);
	padded[sign] = '0';
	memcpy(padded + sign + 1, text + sign, n - sign);
	return lt_parse_offset(padded, n + 1, out_s);
}

static bool parse_gap_text(const char *text, size_t n, struct of1_gap *out)
{
	struct lt_gap gap;

	if (n == 0 || !lt_parse_gap(text, n, &gap)) {
		return false;
	}
	*out = (struct of1_gap){.ms = gap.leader ? 0 : gap.ms, .laps = gap.laps, .leader = gap.leader};
	return true;
}

static bool set_number(const struct field *f, char *at, const char *text, size_t n)
{
	int64_t value = 0;
	int decimals = f->kind == WHOLE ? 0 : f->kind == TENTHS ? 1 : 3;

	if (f->size == sizeof(int64_t)) {
		if (!of1_parse_decimal(text, n, 0, 0, INT64_MAX, &value)) {
			return false;
		}
		memcpy(at, &value, sizeof(value));
		return true;
	}
	if (!of1_parse_decimal(text, n, decimals, f->lo, f->hi, &value)) {
		return false;
	}
	memcpy(at, &(int32_t){(int32_t)value}, sizeof(int32_t));
	return true;
}

static void note(struct walk *w, bool good)
{
	const struct field *f = w->field;

	w->field = NULL;
	if (good) {
		w->row->has[f->id / 64] |= UINT64_C(1) << (f->id % 64);
	} else {
		w->row->bad_values++;
	}
}

static bool on_text(void *ctx, const char *text, size_t n)
{
	struct walk *w = ctx;
	const struct field *f = w->field;
	char *at = (char *)w->row + (f != NULL ? f->at : 0);

	if (f == NULL) {
		return true;
	}
	switch ((enum kind)f->kind) {
	case TEXT:
		f1p_utf8_copy(at, f->size, text, n);
		note(w, true);
		break;
	case TIME:
		note(w, of1_parse_time(text, n, (int64_t *)(void *)at));
		break;
	case OFFSET:
		note(w, parse_offset(text, n, (int32_t *)(void *)at));
		break;
	case GAP:
		note(w, parse_gap_text(text, n, (struct of1_gap *)(void *)at));
		break;
	case WHOLE:
	case MILLIS:
	case TENTHS:
		note(w, set_number(f, at, text, n));
		break;
	case TRUTH:
		note(w, false);
		break;
	}
	return true;
}

static bool on_number(void *ctx, const char *text, size_t n)
{
	struct walk *w = ctx;
	const struct field *f = w->field;
	char *at = (char *)w->row + (f != NULL ? f->at : 0);
	int64_t ms = 0;

	if (f == NULL) {
		return true;
	}
	if (f->kind == GAP) {
		bool good = of1_parse_decimal(text, n, 3, -DAY_MS, DAY_MS, &ms);

		*(struct of1_gap *)(void *)at = (struct of1_gap){.ms = (int32_t)ms};
		note(w, good);
	} else if (f->kind == TRUTH) {
		note(w, n == 1 && (text[0] == '0' || text[0] == '1'));
		*(uint8_t *)at = text[0] == '1' ? F1P_YES : F1P_NO;
	} else {
		note(w, f->kind <= TENTHS && set_number(f, at, text, n));
	}
	return true;
}

static bool on_boolean(void *ctx, bool value)
{
	struct walk *w = ctx;
	const struct field *f = w->field;

	if (f == NULL) {
		return true;
	}
	if (f->kind == TRUTH) {
		*((uint8_t *)w->row + f->at) = value ? F1P_YES : F1P_NO;
	} else if (f->kind == WHOLE && f->size == sizeof(int32_t)) { /* rainfall: true */
		memcpy((char *)w->row + f->at, &(int32_t){value}, sizeof(int32_t));
	}
	note(w, f->kind == TRUTH || f->kind == WHOLE);
	return true;
}

static bool on_null(void *ctx)
{
	((struct walk *)ctx)->field = NULL;
	return true;
}

/* ---- shape ---- */

static bool on_key(void *ctx, const char *text, size_t n)
{
	struct walk *w = ctx;

	if (w->depth != 1) {
		return true;
	}
	w->field = find_field(text, n);
	if (w->field == NULL && !is_unused(text, n)) {
		w->row->unknown_fields++;
	}
	return true;
}

/* Lists and objects inside a row say nothing to us: segments, results per qualifying part. */
static bool on_open(void *ctx)
{
	struct walk *w = ctx;

	w->depth++;
	w->field = NULL;
	return true;
}

static bool on_list(void *ctx)
{
	struct walk *w = ctx;

	w->not_flat_object |= w->depth == 0;
	return on_open(ctx);
}

static bool on_close(void *ctx)
{
	((struct walk *)ctx)->depth--;
	return true;
}

f1p_status of1_row_read(struct of1_row *row, const char *text, size_t n)
{
	static const struct f1p_json_handler handler = {.obj_begin = on_open, .obj_end = on_close, .arr_begin = on_list,
		.arr_end = on_close, .key = on_key, .str = on_text, .num = on_number, .boolean = on_boolean, .null = on_null};
	struct walk w = {.row = row};

	memset(row, 0, sizeof(*row));
	if (n == 0 || n > OF1_ROW_MAX || memchr(text, '{', n < 16 ? n : 16) == NULL) {
		return F1P_EINVAL;
	}
	if (f1p_json_read(&handler, &w, text, n, NULL, 0) != F1P_OK || w.not_flat_object) {
		return F1P_EINVAL;
	}
	return F1P_OK;
}

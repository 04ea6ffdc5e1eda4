/*
 * row.h - one OpenF1 row: a flat JSON object, read into typed fields.
 *
 * The fields of all collections share one struct; `has` tells which of them the row holds. A field that is null, of a wrong type
 * or out of range is not there (the last two are counted). Times of day are UTC, durations milliseconds.
 */
#ifndef OF1_ROW_H
#define OF1_ROW_H

#include <f1pd/event.h>

#define OF1_ROW_MAX (64u << 10) /* bytes of one row */

enum of1_field {
	OF1_F_ID = 0,
	OF1_F_KEY,
	OF1_F_SESSION_KEY,
	OF1_F_MEETING_KEY,
	OF1_F_CIRCUIT_KEY,
	OF1_F_DRIVER,
	OF1_F_DATE,
	OF1_F_DATE_START,
	OF1_F_DATE_END,
	OF1_F_GMT_OFFSET,
	OF1_F_YEAR,
	OF1_F_CANCELLED,
	OF1_F_SESSION_NAME,
	OF1_F_SESSION_TYPE,
	OF1_F_MEETING_NAME,
	OF1_F_CIRCUIT_NAME,
	OF1_F_COUNTRY_CODE,
	OF1_F_COUNTRY_NAME,
	OF1_F_LOCATION,
	OF1_F_FULL_NAME,
	OF1_F_BROADCAST_NAME,
	OF1_F_ACRONYM,
	OF1_F_TEAM,
	OF1_F_COLOUR,
	OF1_F_POSITION,
	OF1_F_GAP,
	OF1_F_INTERVAL,
	OF1_F_LAP,
	OF1_F_LAP_TIME,
	OF1_F_SECTOR_1,
	OF1_F_SECTOR_2,
	OF1_F_SECTOR_3,
	OF1_F_SPEED_I1,
	OF1_F_SPEED_I2,
	OF1_F_SPEED_ST,
	OF1_F_OUT_LAP,
	OF1_F_LANE,
	OF1_F_PIT,
	OF1_F_STOP,
	OF1_F_STINT,
	OF1_F_LAP_START,
	OF1_F_LAP_END,
	OF1_F_COMPOUND,
	OF1_F_TYRE_AGE,
	OF1_F_CATEGORY,
	OF1_F_MESSAGE,
	OF1_F_FLAG,
	OF1_F_SCOPE,
	OF1_F_SECTOR,
	OF1_F_PART,
	OF1_F_AIR,
	OF1_F_TRACK,
	OF1_F_HUMIDITY,
	OF1_F_PRESSURE,
	OF1_F_RAIN,
	OF1_F_WIND_DIR,
	OF1_F_WIND_SPEED,
	OF1_F_BRAKE,
	OF1_F_GEAR,
	OF1_F_RPM,
	OF1_F_SPEED,
	OF1_F_THROTTLE,
	OF1_F_DRS,
	OF1_F_X,
	OF1_F_Y,
	OF1_F_Z,
	OF1_F_DNF,
	OF1_F_DNS,
	OF1_F_DSQ,
	OF1_FIELDS
};

struct of1_gap {
	int32_t ms;   /* F1P_UNKNOWN: lapped */
	int32_t laps; /* whole laps behind */
	bool leader;
};

struct of1_row {
	uint64_t has[2]; /* bit per enum of1_field */
	uint32_t unknown_fields;
	uint32_t bad_values;
	int64_t id;
	int64_t date_ns, start_ns, end_ns;
	int32_t session_key, meeting_key, circuit_key;
	int32_t driver, position, lap, year, gmt_offset_s;
	struct of1_gap gap, interval;
	int32_t lap_ms, sector_ms[3], speed_kmh[3];
	int32_t lane_ms, pit_ms, stop_ms;
	int32_t stint, lap_start, lap_end, tyre_age;
	int32_t sector, part;
	int32_t air_dc, track_dc, humidity_dpct, pressure_dhpa, rain, wind_dir_deg, wind_dms;
	int32_t brake, gear, rpm, car_speed_kmh, throttle, drs;
	int32_t x, y, z;
	uint8_t cancelled, out_lap, dnf, dns, dsq; /* enum f1p_tri; 0 = not there */
	char key[96];
	char session_name[32], session_type[32];
	char meeting_name[64], circuit[40], country_code[8], country[40], location[40];
	char full_name[48], broadcast_name[48], acronym[8], team[44], colour[8];
	char compound[24], category[24], message[240], flag[24], scope[16];
};

static inline bool of1_has(const struct of1_row *row, enum of1_field f)
{
	return (row->has[f / 64] >> (f % 64) & 1) != 0;
}

/* Reads one object. F1P_OK, or F1P_EINVAL: not an object, malformed, too deep or too long; then *row is not to be used. */
f1p_status of1_row_read(struct of1_row *row, const char *text, size_t n);

/* A decimal number "-12.5", "423", "1e-05" as a multiple of 10^-decimals, rounded half away from zero, within lo..hi. */
bool of1_parse_decimal(const char *text, size_t n, int decimals, int64_t lo, int64_t hi, int64_t *out);
/* "2023-09-15T13:08:19.923000+00:00"; the offset may be missing (UTC), Z, or any +hh:mm. */
bool of1_parse_time(const char *text, size_t n, int64_t *out_ns);

#endif

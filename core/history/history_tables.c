#include "history/history_rows.h"

#include <f1pd/event.h>

#include <string.h>

#define DAY_MS 86400000
#define COUNT(a) ((uint32_t)(sizeof(a) / sizeof((a)[0])))

#define KIND(s, f) \
	_Generic(((s *)0)->f, uint8_t: HISTORY_U8, uint16_t: HISTORY_U16, int16_t: HISTORY_I16, uint32_t: HISTORY_U32, \
		int32_t: HISTORY_I32, int64_t: HISTORY_I64, char *: HISTORY_TEXT)
#define NAMED(s, f, name, flags, lo, hi) {(name), KIND(s, f), (flags), offsetof(s, f), sizeof(((s *)0)->f), (lo), (hi)}
/* A number; one that may be unknown; an enumeration; a text; a slug; an empty or given slug */
#define NUM(s, f, lo, hi) NAMED(s, f, #f, 0, lo, hi)
#define OPT(s, f, lo, hi) NAMED(s, f, #f, HISTORY_COL_UNKNOWN, lo, hi)
#define KEY(s, f, lo, hi) NAMED(s, f, #f, HISTORY_COL_KEY, lo, hi)
#define TRI(s, f) NAMED(s, f, #f, 0, F1P_TRI_UNKNOWN, F1P_YES)
#define TEXT(s, f) NAMED(s, f, #f, HISTORY_COL_EMPTY, 0, 0)
#define SLUG(s, f) NAMED(s, f, #f, HISTORY_COL_SLUG | HISTORY_COL_EMPTY, 0, 0)
#define WHO(s, f) NAMED(s, f, #f, HISTORY_COL_KEY | HISTORY_COL_SLUG | HISTORY_COL_WHO, 0, 0)
#define RACE(s) NAMED(s, row.race_id, "race_id", HISTORY_COL_KEY, 195001, 299999)

#define S struct f1p_hist_race
static const struct history_column race_columns[] = {
	RACE(S),
	OPT(S, t_start_ns, INT64_C(-700000000000000000), INT64_C(8000000000000000000)),
	OPT(S, laps, 0, 400),
	OPT(S, scheduled_laps, 1, 400),
	OPT(S, length_m, 500, 30000),
	OPT(S, lat_e4, -900000, 900000),
	OPT(S, lon_e4, -1800000, 1800000),
	TRI(S, sprint),
	TRI(S, street),
	TRI(S, wet),
	SLUG(S, circuit_id),
	TEXT(S, layout_id),
	TEXT(S, name),
	TEXT(S, country),
};
#undef S

#define S struct f1p_hist_name
static const struct history_column name_columns[] = {
	WHO(S, id),
	TEXT(S, code),
	TEXT(S, name),
};
#undef S

#define S struct f1p_hist_result
static const struct history_column result_columns[] = {
	RACE(S),
	KEY(S, session, F1P_HIST_MAIN, F1P_HIST_SPRINT),
	WHO(S, driver_id),
	SLUG(S, constructor_id),
	OPT(S, number, 0, F1P_MAX_CAR_NUMBER),
	OPT(S, grid, 0, 99),
	OPT(S, position, 1, 99),
	OPT(S, laps, 0, 400),
	OPT(S, points_c, 0, 20000),
	OPT(S, time_ms, 0, DAY_MS),
	OPT(S, penalty_ms, 0, DAY_MS),
	OPT(S, best_ms, 0, DAY_MS),
	TRI(S, classified),
	NUM(S, dnf, F1P_DNF_UNKNOWN, F1P_DNF_DNS),
	TRI(S, pit_lane_start),
};
#undef S

#define S struct f1p_hist_qualifying
static const struct history_column qualifying_columns[] = {
	RACE(S),
	KEY(S, session, F1P_HIST_MAIN, F1P_HIST_SPRINT),
	WHO(S, driver_id),
	SLUG(S, constructor_id),
	OPT(S, position, 1, 99),
	NAMED(S, q_ms[0], "q1_ms", HISTORY_COL_UNKNOWN, 0, DAY_MS),
	NAMED(S, q_ms[1], "q2_ms", HISTORY_COL_UNKNOWN, 0, DAY_MS),
	NAMED(S, q_ms[2], "q3_ms", HISTORY_COL_UNKNOWN, 0, DAY_MS),
	OPT(S, grid_penalty, -99, 999),
};
#undef S

#define S struct f1p_hist_practice
static const struct history_column practice_columns[] = {
	RACE(S),
	KEY(S, number, 1, 3),
	WHO(S, driver_id),
	SLUG(S, constructor_id),
	OPT(S, position, 1, 99),
	OPT(S, best_ms, 0, DAY_MS),
	OPT(S, laps, 0, 400),
};
#undef S

#define S struct f1p_hist_lap
static const struct history_column lap_columns[] = {
	RACE(S),
	KEY(S, lap, 1, 400),
	WHO(S, driver_id),
	NAMED(S, row.flags, "flags", 0, 0, F1P_HISTL_IN | F1P_HISTL_OUT | F1P_HISTL_VSC | F1P_HISTL_SC | F1P_HISTL_RED),
	OPT(S, position, 1, 99),
	OPT(S, time_ms, 0, DAY_MS),
	OPT(S, elapsed_ms, 0, DAY_MS),
	OPT(S, gap_ms, 0, DAY_MS),
	NUM(S, stint, 0, 99),
	NUM(S, tyre_laps, -1, 400),
	NUM(S, compound, F1P_TYRE_UNKNOWN, F1P_TYRE_SUPERHARD),
	NUM(S, neutral_permille, 0, 1000),
};
#undef S

#define S struct f1p_hist_stint
static const struct history_column stint_columns[] = {
	RACE(S),
	WHO(S, driver_id),
	KEY(S, stint, 1, 99),
	OPT(S, first_lap, 0, 400),
	OPT(S, last_lap, 0, 400),
	OPT(S, age_at_start, 0, 400),
	NUM(S, compound, F1P_TYRE_UNKNOWN, F1P_TYRE_SUPERHARD),
};
#undef S

#define S struct f1p_hist_stop
static const struct history_column stop_columns[] = {
	RACE(S),
	WHO(S, driver_id),
	KEY(S, stop, 1, 99),
	OPT(S, lap, 0, 400),
	OPT(S, lane_ms, 0, DAY_MS),
	OPT(S, stationary_ms, 0, DAY_MS),
	TRI(S, tyre_change),
};
#undef S

#define S struct f1p_hist_neutralisation
static const struct history_column neutralisation_columns[] = {
	RACE(S),
	KEY(S, t_start_ms, -DAY_MS, DAY_MS),
	KEY(S, kind, F1P_TRACK_SC, F1P_TRACK_VSC),
	OPT(S, t_end_ms, -DAY_MS, DAY_MS),
	OPT(S, first_lap, 0, 400),
	OPT(S, last_lap, 0, 400),
};
#undef S

#define S struct f1p_hist_weather
static const struct history_column weather_columns[] = {
	RACE(S),
	KEY(S, t_ms, -DAY_MS, DAY_MS),
	OPT(S, lap, 0, 400),
	OPT(S, air_temp_dc, -900, 700),
	OPT(S, track_temp_dc, -900, 1000),
	OPT(S, humidity_dpct, 0, 1000),
	OPT(S, pressure_dhpa, 5000, 12000),
	OPT(S, wind_speed_dms, 0, 1500),
	OPT(S, wind_dir_deg, 0, 360),
	TRI(S, rain),
};
#undef S

#define S struct f1p_hist_standing
static const struct history_column standing_columns[] = {
	RACE(S),
	KEY(S, kind, F1P_STANDING_DRIVER, F1P_STANDING_CONSTRUCTOR),
	WHO(S, id),
	OPT(S, position, 1, 999),
	OPT(S, points_c, 0, 1000000),
	OPT(S, wins, 0, 99),
};
#undef S

#define TABLE(name, s, columns) {(name), (uint32_t)sizeof(s), COUNT(columns), (columns)}
static const struct history_table tables[F1P_HIST_TYPES] = {
	[F1P_HIST_RACE] = TABLE("race", struct f1p_hist_race, race_columns),
	[F1P_HIST_DRIVER] = TABLE("driver", struct f1p_hist_name, name_columns),
	[F1P_HIST_CONSTRUCTOR] = TABLE("constructor", struct f1p_hist_name, name_columns),
	[F1P_HIST_RESULT] = TABLE("result", struct f1p_hist_result, result_columns),
	[F1P_HIST_QUALIFYING] = TABLE("qualifying", struct f1p_hist_qualifying, qualifying_columns),
	[F1P_HIST_PRACTICE] = TABLE("practice", struct f1p_hist_practice, practice_columns),
	[F1P_HIST_LAP] = TABLE("lap", struct f1p_hist_lap, lap_columns),
	[F1P_HIST_STINT] = TABLE("stint", struct f1p_hist_stint, stint_columns),
	[F1P_HIST_STOP] = TABLE("stop", struct f1p_hist_stop, stop_columns),
	[F1P_HIST_NEUTRALISATION] = TABLE("neutralisation", struct f1p_hist_neutralisation, neutralisation_columns),
	[F1P_HIST_WEATHER] = TABLE("weather", struct f1p_hist_weather, weather_columns),
	[F1P_HIST_STANDING] = TABLE("standing", struct f1p_hist_standing, standing_columns),
};

const struct history_table *history_table(uint32_t type)
{
	return type < F1P_HIST_TYPES && tables[type].name ? &tables[type] : NULL;
}

bool history_column_is_race(const struct history_column *c)
{
	return c->offset == offsetof(struct f1p_history_row, race_id);
}

const struct history_column *history_column_find(const struct history_table *t, const char *name)
{
	for (uint32_t i = 0; i < t->n_columns; i++)
		if (strcmp(t->columns[i].name, name) == 0)
			return &t->columns[i];
	return NULL;
}

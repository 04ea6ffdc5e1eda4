#include "history/history_csv_tables.h"

#include "history/history_csv.h"

#include <f1pd/event.h>

#include <stdio.h>
#include <string.h>

#define COUNT(a) ((uint32_t)(sizeof(a) / sizeof((a)[0])))
#define INT(name) {(name), (name), CSV_NUMBER, 0, 0, NULL}
#define INT_AS(name, target) {(name), (target), CSV_NUMBER, 0, 0, NULL}
#define SCALED(name, target, decimals) {(name), (target), CSV_NUMBER, (decimals), 0, NULL}
#define TEXT(name) {(name), (name), CSV_TEXT, 0, 0, NULL}
#define TEXT_AS(name, target) {(name), (target), CSV_TEXT, 0, 0, NULL}
#define WORD(name, target, words) {(name), (target), CSV_WORD, 0, 0, (words)}
#define SCRATCH(name, kind) {(name), NULL, (kind), 0, 0, NULL}

static const struct csv_word yes_no[] = {{"0", F1P_NO}, {"1", F1P_YES}, {NULL, 0}};
static const struct csv_word street_words[] = {{"STREET", F1P_YES}, {"RACE", F1P_NO}, {"ROAD", F1P_NO}, {NULL, 0}};
static const struct csv_word dnf_words[] = {{"accident", F1P_DNF_ACCIDENT}, {"mechanical", F1P_DNF_MECHANICAL},
	{"other", F1P_DNF_OTHER}, {"dsq", F1P_DNF_DSQ}, {"dns", F1P_DNF_DNS}, {NULL, 0}};
static const struct csv_word practice_words[] = {{"FP1", 1}, {"FP2", 2}, {"FP3", 3}, {NULL, 0}};
static const struct csv_word compound_words[] = {{"SOFT", F1P_TYRE_SOFT}, {"MEDIUM", F1P_TYRE_MEDIUM}, {"HARD", F1P_TYRE_HARD},
	{"INTERMEDIATE", F1P_TYRE_INTERMEDIATE}, {"WET", F1P_TYRE_WET}, {"HYPERSOFT", F1P_TYRE_HYPERSOFT},
	{"ULTRASOFT", F1P_TYRE_ULTRASOFT}, {"SUPERSOFT", F1P_TYRE_SUPERSOFT}, {"SUPERHARD", F1P_TYRE_SUPERHARD}, {NULL, 0}};
static const struct csv_word neutral_flags[] = {
	{"VSC", F1P_HISTL_VSC}, {"SC", F1P_HISTL_SC}, {"RED", F1P_HISTL_RED}, {NULL, 0}};
static const struct csv_word neutral_words[] = {{"SC", F1P_TRACK_SC}, {"VSC", F1P_TRACK_VSC}, {"RED", F1P_TRACK_RED}, {NULL, 0}};
/* What else stands in position_text and grid_penalty is told by other columns, or is a number. */
static const struct csv_word ending_words[] = {{"DSQ", F1P_DNF_DSQ}, {"DNS", F1P_DNF_DNS}, {NULL, 0}};
static const struct csv_word penalty_words[] = {{"SFB", F1P_HIST_BACK_OF_GRID}, {NULL, 0}};

static const struct csv_column race_columns[] = {
	INT("race_id"),
	TEXT("name"),
	TEXT("circuit_id"),
	TEXT("country"),
	TEXT("layout_id"),
	SCALED("lat", "lat_e4", 4),
	SCALED("lon", "lon_e4", 4),
	INT("laps"),
	INT("scheduled_laps"),
	SCALED("course_length_km", "length_m", 3),
	WORD("circuit_type", "street", street_words),
	WORD("sprint", "sprint", yes_no),
	SCRATCH("date", CSV_DATE),
	SCRATCH("start_time_utc", CSV_TIME_OF_DAY),
};
static const struct csv_column race_weather_columns[] = {
	INT("race_id"),
	WORD("wet_race", "wet", yes_no),
};
static const struct csv_column driver_columns[] = {
	TEXT_AS("driver_id", "id"),
	TEXT("code"),
	SCRATCH("given_name", CSV_GIVEN_NAME),
	SCRATCH("family_name", CSV_FAMILY_NAME),
};
static const struct csv_column constructor_columns[] = {
	TEXT_AS("constructor_id", "id"),
	TEXT("name"),
};
#define RESULT_COLUMNS \
	INT("race_id"), TEXT("driver_id"), TEXT("constructor_id"), INT("number"), INT("grid"), INT("position"), \
		WORD("classified", "classified", yes_no), INT("laps"), SCALED("points", "points_c", 2), SCALED("time_s", "time_ms", 3), \
		SCALED("fl_time_s", "best_ms", 3)
static const struct csv_column result_columns[] = {
	RESULT_COLUMNS,
	WORD("dnf_type", "dnf", dnf_words),
	WORD("pit_lane_start", "pit_lane_start", yes_no),
	SCALED("time_penalty_s", "penalty_ms", 3),
};
static const struct csv_column sprint_columns[] = {
	RESULT_COLUMNS,
	{"position_text", "dnf", CSV_HINT, 0, 0, ending_words},
};
#define QUALIFYING_COLUMNS(part) \
	INT("race_id"), TEXT("driver_id"), TEXT("constructor_id"), INT("position"), SCALED(part "1_s", "q1_ms", 3), \
		SCALED(part "2_s", "q2_ms", 3), SCALED(part "3_s", "q3_ms", 3)
static const struct csv_column qualifying_columns[] = {QUALIFYING_COLUMNS("q")};
static const struct csv_column sprint_qualifying_columns[] = {QUALIFYING_COLUMNS("sq")};
static const struct csv_column grid_columns[] = {
	INT("race_id"),
	TEXT("driver_id"),
	{"grid_penalty", "grid_penalty", CSV_NUMBER, 0, 0, penalty_words},
};
static const struct csv_column practice_columns[] = {
	INT("race_id"),
	WORD("session", "number", practice_words),
	TEXT("driver_id"),
	TEXT("constructor_id"),
	INT("position"),
	SCALED("best_s", "best_ms", 3),
	INT("laps"),
};
static const struct csv_column lap_columns[] = {
	INT("race_id"),
	INT("lap"),
	TEXT("driver_id"),
	INT("position"),
	SCALED("lap_time_s", "time_ms", 3),
	SCALED("cum_time_s", "elapsed_ms", 3),
	SCALED("gap_leader_s", "gap_ms", 3),
	INT("stint"),
	WORD("compound", "compound", compound_words),
	INT("tyre_laps"),
	{"pit_in", NULL, CSV_FLAG, 0, F1P_HISTL_IN, NULL},
	{"pit_out", NULL, CSV_FLAG, 0, F1P_HISTL_OUT, NULL},
	{"neutral", NULL, CSV_WORD_FLAG, 0, 0, neutral_flags},
	SCALED("neutral_frac", "neutral_permille", 3),
};
static const struct csv_column stint_columns[] = {
	INT("race_id"),
	TEXT("driver_id"),
	INT("stint"),
	WORD("compound", "compound", compound_words),
	INT_AS("start_lap", "first_lap"),
	INT_AS("end_lap", "last_lap"),
	INT_AS("tyre_age_at_start", "age_at_start"),
};
static const struct csv_column stop_columns[] = {
	INT("race_id"),
	TEXT("driver_id"),
	INT("stop"),
	INT("lap"),
	SCALED("duration_s", "lane_ms", 3),
	SCALED("stationary_s", "stationary_ms", 3),
	WORD("tyre_change", "tyre_change", yes_no),
};
static const struct csv_column neutralisation_columns[] = {
	INT("race_id"),
	WORD("type", "kind", neutral_words),
	INT_AS("start_lap", "first_lap"),
	INT_AS("end_lap", "last_lap"),
	SCALED("start_t_s", "t_start_ms", 3),
	SCALED("end_t_s", "t_end_ms", 3),
};
static const struct csv_column weather_columns[] = {
	INT("race_id"),
	SCALED("t_s", "t_ms", 3),
	INT_AS("leader_lap", "lap"),
	SCALED("air_temp_c", "air_temp_dc", 1),
	SCALED("track_temp_c", "track_temp_dc", 1),
	SCALED("humidity_pct", "humidity_dpct", 1),
	SCALED("pressure_mbar", "pressure_dhpa", 1),
	SCALED("wind_speed_ms", "wind_speed_dms", 1),
	SCALED("wind_dir_deg", "wind_dir_deg", 0),
	WORD("rainfall", "rain", yes_no),
};

static void finish_race(const struct csv_scratch *s, const struct csv_joins *joins, void *row)
{
	struct f1p_hist_race *r = row;
	int32_t wet = csv_joined(joins, F1P_HIST_RACE, r->row.race_id, "");

	if (s->date_ns != F1P_UNKNOWN_NS && s->time_ns != F1P_UNKNOWN_NS)
		r->t_start_ns = s->date_ns + s->time_ns;
	if (wet != F1P_UNKNOWN)
		r->wet = (uint8_t)wet;
}

static void finish_driver(const struct csv_scratch *s, const struct csv_joins *joins, void *row)
{
	struct f1p_hist_name *d = row;
	char name[sizeof(s->given) + sizeof(s->family) + 1];

	(void)joins;
	snprintf(name, sizeof(name), "%s%s%s", s->given, s->given[0] && s->family[0] ? " " : "", s->family);
	memcpy(d->name, name, strnlen(name, sizeof(d->name) - 1));
}

static void finish_result(const struct csv_scratch *s, const struct csv_joins *joins, void *row)
{
	struct f1p_hist_result *r = row;

	(void)s;
	(void)joins;
	if (r->dnf == F1P_DNF_UNKNOWN && r->classified == F1P_YES)
		r->dnf = F1P_DNF_NONE;
}

static void finish_sprint(const struct csv_scratch *s, const struct csv_joins *joins, void *row)
{
	((struct f1p_hist_result *)row)->session = F1P_HIST_SPRINT;
	finish_result(s, joins, row);
}

static void finish_qualifying(const struct csv_scratch *s, const struct csv_joins *joins, void *row)
{
	struct f1p_hist_qualifying *q = row;

	(void)s;
	q->grid_penalty = csv_joined(joins, F1P_HIST_QUALIFYING, q->row.race_id, q->driver_id);
}

static void finish_sprint_qualifying(const struct csv_scratch *s, const struct csv_joins *joins, void *row)
{
	(void)s;
	(void)joins;
	((struct f1p_hist_qualifying *)row)->session = F1P_HIST_SPRINT;
}

/* Who is on the grid without a penalty has none. */
static void finish_grid(const struct csv_scratch *s, const struct csv_joins *joins, void *row)
{
	struct f1p_hist_qualifying *q = row;

	(void)s;
	(void)joins;
	if (q->grid_penalty == F1P_UNKNOWN)
		q->grid_penalty = 0;
}

#define FILE_OF(name, type, columns, finish) {(name), (type), COUNT(columns), (columns), (finish), false}
#define JOIN_OF(name, type, columns, finish) {(name), (type), COUNT(columns), (columns), (finish), true}
/* Those that others take values from come before them. */
const struct csv_file history_csv_files[HISTORY_CSV_FILES] = {
	JOIN_OF("weather_race.csv", F1P_HIST_RACE, race_weather_columns, NULL),
	FILE_OF("races.csv", F1P_HIST_RACE, race_columns, finish_race),
	FILE_OF("drivers.csv", F1P_HIST_DRIVER, driver_columns, finish_driver),
	FILE_OF("constructors.csv", F1P_HIST_CONSTRUCTOR, constructor_columns, NULL),
	FILE_OF("results.csv", F1P_HIST_RESULT, result_columns, finish_result),
	FILE_OF("sprint.csv", F1P_HIST_RESULT, sprint_columns, finish_sprint),
	JOIN_OF("grid.csv", F1P_HIST_QUALIFYING, grid_columns, finish_grid),
	FILE_OF("qualifying.csv", F1P_HIST_QUALIFYING, qualifying_columns, finish_qualifying),
	FILE_OF("sprint_qualifying.csv", F1P_HIST_QUALIFYING, sprint_qualifying_columns, finish_sprint_qualifying),
	FILE_OF("practice.csv", F1P_HIST_PRACTICE, practice_columns, NULL),
	FILE_OF("laps.csv", F1P_HIST_LAP, lap_columns, NULL),
	FILE_OF("stints.csv", F1P_HIST_STINT, stint_columns, NULL),
	FILE_OF("pitstops.csv", F1P_HIST_STOP, stop_columns, NULL),
	FILE_OF("neutralisations.csv", F1P_HIST_NEUTRALISATION, neutralisation_columns, NULL),
	FILE_OF("weather.csv", F1P_HIST_WEATHER, weather_columns, NULL),
};

/*
 * history_csv_test.c - the CSV set into the store: a small synthetic season, columns in any order, holes, and bad rows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "history/history_csv.h"
#include "history/history_fixture.h"

#include <f1pd/event.h>

struct set {
	struct fixture f;
	char errors[8192];
	char why[512];
	struct history_csv_report report;
};

static int setup(void **state)
{
	struct set *s = calloc(1, sizeof(*s));

	fixture_begin(&s->f);
	fixture_open(&s->f, ":memory:");
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct set *s = *state;

	fixture_end(&s->f);
	free(s);
	return 0;
}

static void file_of(struct set *s, const char *name, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", s->f.dir, name);
	FILE *file = fopen(path, "wb");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void note(void *arg, const char *line)
{
	struct set *s = arg;
	size_t n = strlen(s->errors);

	snprintf(s->errors + n, sizeof(s->errors) - n, "%s\n", line);
}

static f1p_status import(struct set *s)
{
	s->errors[0] = '\0';
	return history_csv_import(s->f.h, s->f.dir, note, s, &s->report, s->why, sizeof(s->why));
}

static const struct history_csv_file *report_of(const struct set *s, const char *name)
{
	for (size_t i = 0; i < HISTORY_CSV_FILES; i++)
		if (strcmp(s->report.files[i].name, name) == 0)
			return &s->report.files[i];
	fail_msg("%s is not reported", name);
	return NULL;
}

struct rows {
	_Alignas(8) char bytes[16][256];
	size_t n;
};

static bool keep(void *arg, const struct f1p_history_row *row)
{
	struct rows *r = arg;

	assert_true(r->n < 16 && row->size <= 256);
	memcpy(r->bytes[r->n++], row, row->size);
	return true;
}

static struct rows rows_of(struct set *s, uint32_t type)
{
	struct rows r = {.n = 0};
	struct f1p_history_query q = {.size = sizeof(q), .type = type};

	assert_int_equal(history_each(s->f.h, &q, keep, &r, NULL, 0), F1P_OK);
	return r;
}

static void test_races_with_their_weather(void **state)
{
	struct set *s = *state;

	file_of(s, "races.csv",
		"name,race_id,circuit_id,lat,lon,date,start_time_utc,laps,scheduled_laps,course_length_km,circuit_type,sprint,"
		"layout_id,"
		"country,brand_new_column\n"
		"Alpha Grand Prix,203001,alpha_ring,-37.84975,144.968,2030-03-16,06:00,57,58,5.303,STREET,0,alpha-1,Alphaland,?\n"
		"Beta Grand Prix,203002,beta_park,,,2030-03-30,,,,,RACE,1,,Betaland,?\n");
	file_of(s, "weather_race.csv", "race_id,wet_race,source\n203002,1,tyres\n203001,0,tyres\n");
	assert_int_equal(import(s), F1P_OK);
	assert_string_equal(s->errors, "");
	struct rows r = rows_of(s, F1P_HIST_RACE);
	const struct f1p_hist_race *race = (const void *)r.bytes[0];
	assert_int_equal(r.n, 2);
	assert_int_equal(race->row.race_id, 203001);
	assert_int_equal(race->t_start_ns, INT64_C(1899871200000000000));
	assert_int_equal(race->laps, 57);
	assert_int_equal(race->scheduled_laps, 58);
	assert_int_equal(race->length_m, 5303);
	assert_int_equal(race->lat_e4, -378498);
	assert_int_equal(race->lon_e4, 1449680);
	assert_int_equal(race->street, F1P_YES);
	assert_int_equal(race->sprint, F1P_NO);
	assert_int_equal(race->wet, F1P_NO);
	assert_string_equal(race->circuit_id, "alpha_ring");
	assert_string_equal(race->layout_id, "alpha-1");
	assert_string_equal(race->name, "Alpha Grand Prix");
	assert_string_equal(race->country, "Alphaland");
	race = (const void *)r.bytes[1];
	assert_int_equal(race->t_start_ns, F1P_UNKNOWN_NS); /* the hour is not known */
	assert_int_equal(race->laps, F1P_UNKNOWN);
	assert_int_equal(race->lat_e4, F1P_UNKNOWN);
	assert_int_equal(race->wet, F1P_YES);
}

static void test_names(void **state)
{
	struct set *s = *state;

	file_of(s, "drivers.csv",
		"driver_id,code,given_name,family_name\nnew_one,NEW,José,\"de la \"\"Vega\"\"\"\nno_code,,,Solo\n");
	file_of(s, "constructors.csv", "constructor_id,name\nnew_team,\"Team, New\"\n");
	assert_int_equal(import(s), F1P_OK);
	struct rows r = rows_of(s, F1P_HIST_DRIVER);
	const struct f1p_hist_name *d = (const void *)r.bytes[0];
	assert_int_equal(r.n, 2);
	assert_string_equal(d->id, "new_one");
	assert_string_equal(d->code, "NEW");
	assert_string_equal(d->name, "José de la \"Vega\"");
	d = (const void *)r.bytes[1];
	assert_string_equal(d->code, "");
	assert_string_equal(d->name, "Solo");
	r = rows_of(s, F1P_HIST_CONSTRUCTOR);
	assert_string_equal(((const struct f1p_hist_name *)(const void *)r.bytes[0])->name, "Team, New");
}

static void test_results_of_race_and_sprint(void **state)
{
	struct set *s = *state;

	file_of(s, "results.csv",
		"race_id,driver_id,constructor_id,number,grid,pit_lane_start,position,classified,dnf_type,laps,points,time_s,"
		"time_penalty_s,"
		"fl_time_s\n"
		"203001,alpha,team_a,1,1,0,1,1,,57,25.5,5578.710,5.000,92.478\n"
		"203001,beta,team_b,99,0,1,2,1,mechanical,56,18,,,\n"
		"203001,gamma,team_b,7,,0,3,0,,0,0,,,\n");
	file_of(s, "sprint.csv",
		"race_id,driver_id,constructor_id,number,grid,position,position_text,classified,laps,points,time_s,fl_time_s\n"
		"203001,alpha,team_a,1,2,1,1,1,17,8,1538.426,90.013\n"
		"203001,beta,team_b,99,1,2,DSQ,0,17,0,,90.5\n");
	assert_int_equal(import(s), F1P_OK);
	assert_string_equal(s->errors, "");
	struct rows r = rows_of(s, F1P_HIST_RESULT);
	assert_int_equal(r.n, 5);
	const struct f1p_hist_result *row = (const void *)r.bytes[0];
	assert_string_equal(row->driver_id, "alpha");
	assert_string_equal(row->constructor_id, "team_a");
	assert_int_equal(row->session, F1P_HIST_MAIN);
	assert_int_equal(row->points_c, 2550);
	assert_int_equal(row->time_ms, 5578710);
	assert_int_equal(row->penalty_ms, 5000);
	assert_int_equal(row->best_ms, 92478);
	assert_int_equal(row->dnf, F1P_DNF_NONE);
	row = (const void *)r.bytes[1];
	assert_int_equal(row->grid, 0);
	assert_int_equal(row->pit_lane_start, F1P_YES);
	assert_int_equal(row->dnf, F1P_DNF_MECHANICAL);
	assert_int_equal(row->classified, F1P_YES);
	assert_int_equal(row->time_ms, F1P_UNKNOWN);
	row = (const void *)r.bytes[2];
	assert_int_equal(row->grid, F1P_UNKNOWN);
	assert_int_equal(row->dnf, F1P_DNF_UNKNOWN);
	row = (const void *)r.bytes[3];
	assert_int_equal(row->session, F1P_HIST_SPRINT);
	assert_int_equal(row->dnf, F1P_DNF_NONE);
	assert_int_equal(row->pit_lane_start, F1P_TRI_UNKNOWN);
	assert_int_equal(((const struct f1p_hist_result *)(const void *)r.bytes[4])->dnf, F1P_DNF_DSQ);
}

static void test_qualifying_with_the_penalties_of_the_grid(void **state)
{
	struct set *s = *state;

	file_of(s, "qualifying.csv",
		"race_id,driver_id,constructor_id,position,q1_s,q2_s,q3_s\n203001,alpha,team_a,1,91.699,102.89,104.231\n"
		"203001,beta,team_b,2,90.775,,\n203001,delta,team_b,4,,,\n203001,gamma,team_b,3,90.9,,\n");
	file_of(s, "grid.csv",
		"race_id,driver_id,grid_text,order,grid_penalty\n203001,gamma,PL,4,SFB\n203001,alpha,1,1,\n"
		"203001,beta,7,7,5\n");
	file_of(s, "sprint_qualifying.csv",
		"race_id,driver_id,constructor_id,position,sq1_s,sq2_s,sq3_s\n203001,alpha,team_a,1,91.0,90.5,90.25\n");
	assert_int_equal(import(s), F1P_OK);
	assert_string_equal(s->errors, "");
	struct rows r = rows_of(s, F1P_HIST_QUALIFYING);
	assert_int_equal(r.n, 5);
	static const int32_t penalties[] = {0, 5, F1P_UNKNOWN, F1P_HIST_BACK_OF_GRID, F1P_UNKNOWN};
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(((const struct f1p_hist_qualifying *)(const void *)r.bytes[i])->grid_penalty, penalties[i]);
	const struct f1p_hist_qualifying *q = (const void *)r.bytes[4];
	assert_int_equal(q->session, F1P_HIST_SPRINT);
	assert_int_equal(q->q_ms[0], 91000);
	assert_int_equal(q->q_ms[2], 90250);
	assert_int_equal(((const struct f1p_hist_qualifying *)(const void *)r.bytes[1])->q_ms[1], F1P_UNKNOWN);
}

static void test_practice_laps_stints_and_stops(void **state)
{
	struct set *s = *state;

	file_of(s, "practice.csv", "race_id,session,driver_id,position,best_s,laps\n203001,FP3,alpha,1,91.840,20\n");
	file_of(s, "laps.csv",
		"race_id,lap,driver_id,position,lap_time_s,cum_time_s,gap_leader_s,stint,compound,tyre_laps,pit_in,pit_out,"
		"neutral,neutral_frac\n"
		"203001,1,alpha,1,102.038,102.038,0.000,1,SUPERSOFT,2,1,0,SC,0.125\n"
		"203001,2,alpha,1,110,212.038,0,,,,0,1,,0\n");
	file_of(s, "stints.csv",
		"race_id,driver_id,stint,compound,start_lap,end_lap,tyre_age_at_start\n203001,alpha,1,WET,1,12,\n");
	file_of(s, "pitstops.csv",
		"race_id,driver_id,stop,lap,duration_s,stationary_s,tyre_change\n203001,alpha,1,12,22.887,,1\n");
	assert_int_equal(import(s), F1P_OK);
	assert_string_equal(s->errors, "");
	struct rows r = rows_of(s, F1P_HIST_PRACTICE);
	assert_int_equal(((const struct f1p_hist_practice *)(const void *)r.bytes[0])->number, 3);
	assert_int_equal(((const struct f1p_hist_practice *)(const void *)r.bytes[0])->best_ms, 91840);
	r = rows_of(s, F1P_HIST_LAP);
	const struct f1p_hist_lap *lap = (const void *)r.bytes[0];
	assert_int_equal(r.n, 2);
	assert_int_equal(lap->row.flags, F1P_HISTL_IN | F1P_HISTL_SC);
	assert_int_equal(lap->compound, F1P_TYRE_SUPERSOFT);
	assert_int_equal(lap->tyre_laps, 2);
	assert_int_equal(lap->neutral_permille, 125);
	assert_int_equal(lap->elapsed_ms, 102038);
	lap = (const void *)r.bytes[1];
	assert_int_equal(lap->row.flags, F1P_HISTL_OUT);
	assert_int_equal(lap->stint, 0);
	assert_int_equal(lap->tyre_laps, -1);
	assert_int_equal(lap->compound, F1P_TYRE_UNKNOWN);
	r = rows_of(s, F1P_HIST_STINT);
	const struct f1p_hist_stint *stint = (const void *)r.bytes[0];
	assert_int_equal(stint->compound, F1P_TYRE_WET);
	assert_int_equal(stint->last_lap, 12);
	assert_int_equal(stint->age_at_start, F1P_UNKNOWN);
	r = rows_of(s, F1P_HIST_STOP);
	const struct f1p_hist_stop *stop = (const void *)r.bytes[0];
	assert_int_equal(stop->lane_ms, 22887);
	assert_int_equal(stop->stationary_ms, F1P_UNKNOWN);
	assert_int_equal(stop->tyre_change, F1P_YES);
}

static void test_neutralisations_and_weather(void **state)
{
	struct set *s = *state;

	file_of(s, "neutralisations.csv", "race_id,type,start_lap,end_lap,start_t_s,end_t_s\n203001,RED,12,15,1068.9,1604.0\n");
	file_of(s, "weather.csv",
		"race_id,t_s,leader_lap,air_temp_c,track_temp_c,humidity_pct,pressure_mbar,wind_speed_ms,wind_dir_deg,rainfall\n"
		"203001,-370.0,0,24.1,38.2,36.2,997.1,3.0,294,0\n203001,,,24.1,38.2,36.2,997.1,3.0,294,0\n");
	assert_int_equal(import(s), F1P_OK);
	assert_string_equal(s->errors, "");
	struct rows r = rows_of(s, F1P_HIST_NEUTRALISATION);
	const struct f1p_hist_neutralisation *n = (const void *)r.bytes[0];
	assert_int_equal(n->kind, F1P_TRACK_RED);
	assert_int_equal(n->t_start_ms, 1068900);
	r = rows_of(s, F1P_HIST_WEATHER);
	const struct f1p_hist_weather *w = (const void *)r.bytes[0];
	assert_int_equal(r.n, 1);
	assert_int_equal(w->t_ms, -370000);
	assert_int_equal(w->pressure_dhpa, 9971);
	assert_int_equal(w->wind_dir_deg, 294);
	assert_int_equal(w->rain, F1P_NO);
	assert_int_equal(report_of(s, "weather.csv")->no_key, 1); /* it is not known when that was */
}

static void test_bad_rows_are_named_and_the_rest_goes_in(void **state)
{
	struct set *s = *state;

	file_of(s, "laps.csv",
		"lap,race_id,driver_id,position,compound,pit_in\n"
		"1,203001,alpha,1,SOFT,0\n"
		"2,203001,alpha,0,SOFT,0\n"
		"3,203001,alpha,1,GUMMI,0\n"
		"4,203001,alpha,1,SOFT,yes\n"
		"5,203001,Alpha Beta,1,SOFT,0\n"
		"6,203001,alpha,one,SOFT,0\n"
		"7,203001,alpha,1,SOFT\n"
		"\"8\"x,203001,alpha,1,SOFT,0\n"
		"9,203000,alpha,1,SOFT,0\n"
		"10,203001,a_name_that_is_longer_than_all_of_them,1,SOFT,0\n"
		"11,203001,alpha,1,SOFT,0\n");
	assert_int_equal(import(s), F1P_OK);
	assert_string_equal(s->errors, "laps.csv:3: position: \"0\" is out of range\n"
				       "laps.csv:4: compound: \"GUMMI\" is not known\n"
				       "laps.csv:5: pit_in: \"yes\" is not known\n"
				       "laps.csv:6: lap row: driver_id: only a-z 0-9 _ and - are allowed\n"
				       "laps.csv:7: position: \"one\" is no number\n"
				       "laps.csv:8: 5 fields where the header has 6\n"
				       "laps.csv:9: text behind a closing quote\n"
				       "laps.csv:10: race_id: \"203000\" is out of range\n"
				       "laps.csv:11: driver_id: longer than 31 bytes\n");
	assert_int_equal(s->report.errors, 9);
	assert_int_equal(report_of(s, "laps.csv")->errors, 9);
	assert_int_equal(report_of(s, "laps.csv")->rows, 2);
	assert_int_equal(fixture_count(&s->f, F1P_HIST_LAP, 0, 0), 2);
}

static void test_a_header_without_a_key_loses_the_file_only(void **state)
{
	struct set *s = *state;

	file_of(s, "laps.csv", "race_id,lap,position\n203001,1,1\n");
	file_of(s, "stints.csv", "race_id,driver_id,stint,stint\n203001,alpha,1,1\n");
	file_of(s, "weather.csv", "");
	file_of(s, "constructors.csv", "constructor_id\nteam_a\n");
	assert_int_equal(import(s), F1P_OK);
	assert_non_null(strstr(s->errors, "laps.csv:1: driver_id: the column is missing"));
	assert_non_null(strstr(s->errors, "stints.csv:1: stint: the header has this column twice"));
	assert_non_null(strstr(s->errors, "weather.csv:1: no header line"));
	assert_int_equal(s->report.errors, 3);
	assert_int_equal(fixture_count(&s->f, F1P_HIST_CONSTRUCTOR, 0, 0), 1);
}

static void test_of_many_errors_the_first_are_shown(void **state)
{
	struct set *s = *state;
	char text[8192] = "race_id,lap,driver_id\n";

	for (int i = 0; i < 100; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "203001,x%d,alpha\n", i);
	file_of(s, "laps.csv", text);
	assert_int_equal(import(s), F1P_OK);
	assert_int_equal(s->report.errors, 100);
	assert_non_null(strstr(s->errors, "laps.csv:21: "));
	assert_null(strstr(s->errors, "laps.csv:22: "));
}

static void test_a_folder_without_the_set_is_an_error(void **state)
{
	struct set *s = *state;

	assert_int_equal(import(s), F1P_EINVAL);
	assert_non_null(strstr(s->why, s->f.dir));
	assert_int_equal(history_csv_import(s->f.h, "/nonexistent", NULL, NULL, &s->report, s->why, sizeof(s->why)), F1P_EINVAL);
}

static void test_importing_again_changes_nothing(void **state)
{
	struct set *s = *state;
	char text[65536] = "race_id,lap,driver_id,lap_time_s\n";

	for (int i = 0; i < 1500; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "2030%02d,%d,alpha,%d.5\n", i / 100 + 1, i % 100 + 1,
			60 + i % 40);
	file_of(s, "laps.csv", text);
	assert_int_equal(import(s), F1P_OK);
	assert_int_equal(import(s), F1P_OK);
	assert_string_equal(s->errors, "");
	assert_int_equal(report_of(s, "laps.csv")->rows, 1500);
	assert_int_equal(fixture_count(&s->f, F1P_HIST_LAP, 0, 0), 1500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_races_with_their_weather, setup, teardown),
		cmocka_unit_test_setup_teardown(test_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_results_of_race_and_sprint, setup, teardown),
		cmocka_unit_test_setup_teardown(test_qualifying_with_the_penalties_of_the_grid, setup, teardown),
		cmocka_unit_test_setup_teardown(test_practice_laps_stints_and_stops, setup, teardown),
		cmocka_unit_test_setup_teardown(test_neutralisations_and_weather, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_rows_are_named_and_the_rest_goes_in, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_header_without_a_key_loses_the_file_only, setup, teardown),
		cmocka_unit_test_setup_teardown(test_of_many_errors_the_first_are_shown, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_folder_without_the_set_is_an_error, setup, teardown),
		cmocka_unit_test_setup_teardown(test_importing_again_changes_nothing, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

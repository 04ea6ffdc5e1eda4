/* livetiming_topics_test.c - each topic: a small message in, the events that a reader of the race would want out. */
#include "testing.h"

#define CAR(json) "{\"Lines\":{\"44\":" json "}}"

/* ---- session ---- */

static const struct f1p_ev_session *session_of(struct feed *f, const char *json)
{
	assert_int_equal(send(f, "SessionInfo", json), F1P_OK);
	assert_int_equal(f->n, 1);
	return find(f, F1P_EV_SESSION, 0);
}

static void session_info_is_read(void **state)
{
	struct feed *f = *state;
	const struct f1p_ev_session *s = session_of(f,
		"{\"Meeting\":{\"Key\":12,\"Name\":\"Example Grand Prix\",\"Location\":\"S\xc3\xa3o "
		"Example\",\"Country\":{\"Key\":1,"
		"\"Code\":\"EXA\",\"Name\":\"Example\"},\"Circuit\":{\"Key\":65,\"ShortName\":\"Ring\"}},\"SessionStatus\":"
		"\"Inactive\","
		"\"ArchiveStatus\":{\"Status\":\"Generating\"},\"Key\":9877,\"Type\":\"Race\",\"Name\":\"Race\",\"StartDate\":"
		"\"2025-10-26T14:00:00\",\"EndDate\":\"2025-10-26T16:00:00\",\"GmtOffset\":\"-06:00:00\",\"Path\":\"2025/x/\"}");

	assert_int_equal(s->session_key, 9877);
	assert_int_equal(s->meeting_key, 12);
	assert_int_equal(s->circuit_key, 65);
	assert_int_equal(s->year, 2025);
	assert_int_equal(s->type, F1P_SESSION_RACE);
	assert_int_equal(s->number, 0);
	assert_int_equal(s->gmt_offset_s, -21600);
	assert_int_equal(s->t_start_ns, INT64_C(1761508800000000000)); /* 20:00 UTC */
	assert_int_equal(s->t_end_ns, INT64_C(1761516000000000000));
	assert_string_equal(s->name, "Race");
	assert_string_equal(s->meeting, "Example Grand Prix");
	assert_string_equal(s->location, "S\xc3\xa3o Example");
	assert_string_equal(s->circuit, "Ring");
	assert_string_equal(s->country, "EXA");
	assert_string_equal(s->path, "2025/x/");
}

static void session_info_in_parts_is_merged(void **state)
{
	struct feed *f = *state;
	const struct f1p_ev_session *s = NULL;

	session_of(f, "{\"Key\":5,\"Type\":\"Race\",\"Name\":\"Race\",\"StartDate\":\"2024-05-19T15:00:00\"}");
	s = session_of(f, "{\"GmtOffset\":\"02:00:00\"}");
	assert_int_equal(s->session_key, 5);
	assert_int_equal(s->type, F1P_SESSION_RACE);
	assert_int_equal(s->t_start_ns, INT64_C(1716123600000000000));
	assert_int_equal(s->t_end_ns, F1P_UNKNOWN_NS);
}

static void refused_session_info_is_not_merged(void **state)
{
	struct feed *f = *state;

	session_of(f, "{\"Key\":5,\"Name\":\"Race\"}");
	assert_int_equal(send(f, "SessionInfo", "{\"Key\":6,"), F1P_EINVAL);
	assert_int_equal(session_of(f, "{\"Name\":\"Race\"}")->session_key, 5);
}

static void session_types_are_told_apart(void **state)
{
	static const struct {
		const char *json;
		int type, number;
	} cases[] = {
		{"{\"Type\":\"Practice\",\"Number\":2,\"Name\":\"Practice 2\"}", F1P_SESSION_PRACTICE, 2},
		{"{\"Type\":\"Practice\",\"Name\":\"Practice 3\",\"Number\":null}", F1P_SESSION_PRACTICE,
			2}, /* merged: the number stays */
		{"{\"Type\":\"Qualifying\",\"Name\":\"Qualifying\"}", F1P_SESSION_QUALIFYING, 0},
		{"{\"Type\":\"Qualifying\",\"Name\":\"Sprint Shootout\"}", F1P_SESSION_SPRINT_QUALIFYING, 0},
		{"{\"Type\":\"Qualifying\",\"Name\":\"Sprint Qualifying\"}", F1P_SESSION_SPRINT_QUALIFYING, 0},
		{"{\"Type\":\"Race\",\"Number\":-1,\"Name\":\"Sprint\"}", F1P_SESSION_SPRINT, 0},
		{"{\"Type\":\"Race\",\"Name\":\"Race\"}", F1P_SESSION_RACE, 0},
		{"{\"Type\":\"Parade\",\"Name\":\"Parade\"}", F1P_SESSION_UNKNOWN, 0},
		{"{\"Type\":\"Practice\",\"Name\":\"Practice 1\"}", F1P_SESSION_PRACTICE, 1},
	};
	struct feed *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct f1p_ev_session *s = session_of(f, cases[i].json);

		assert_int_equal(s->type, cases[i].type);
		assert_int_equal(s->number, cases[i].number);
	}
	assert_int_equal(stats(f)->bad_values, 0);
}

static int32_t value_of(struct feed *f, const char *topic, const char *json, uint16_t type)
{
	assert_int_equal(send(f, topic, json), F1P_OK);
	return ((const struct f1p_ev_value *)find(f, type, 0))->value;
}

static void session_status_words(void **state)
{
	static const char *const words[] = {"Inactive", "Started", "Aborted", "Finished", "Finalised", "Ends"};
	struct feed *f = *state;

	for (int i = 0; i < 6; i++) {
		char json[80];

		snprintf(json, sizeof(json), "{\"Status\":\"%s\",\"Started\":\"Finished\"}", words[i]);
		assert_int_equal(value_of(f, "SessionStatus", json, F1P_EV_SESSION_STATUS), F1P_STATUS_INACTIVE + i);
	}
	send(f, "SessionStatus", "{\"Status\":\"Lunch\"}");
	assert_int_equal(f->n, 0);
	assert_int_equal(stats(f)->bad_values, 1);
}

static void qualifying_part_is_told_once_by_two_topics(void **state)
{
	struct feed *f = *state;

	send(f, "SessionData",
		"{\"Series\":[],\"StatusSeries\":[{\"Utc\":\"2025-10-25T20:45:21.241Z\",\"TrackStatus\":\"AllClear\"}]}");
	assert_int_equal(f->n, 0);
	assert_int_equal(
		value_of(f, "SessionData", "{\"Series\":{\"0\":{\"Utc\":\"2025-10-25T20:46:27.696Z\",\"QualifyingPart\":0}}}",
			F1P_EV_SESSION_PART),
		0);
	assert_int_equal(value_of(f, "TimingData", "{\"SessionPart\":1,\"Lines\":{}}", F1P_EV_SESSION_PART), 1);
	send(f, "SessionData", "{\"Series\":{\"1\":{\"QualifyingPart\":1}}}");
	assert_int_equal(f->n, 0);
	assert_int_equal(value_of(f, "SessionData", "{\"Series\":{\"2\":{\"QualifyingPart\":2}}}", F1P_EV_SESSION_PART), 2);
	send(f, "SessionData", "{\"Series\":{\"3\":{\"QualifyingPart\":4}}}");
	assert_int_equal(stats(f)->bad_values, 1);
	assert_int_equal(stats(f)->merge_oddities, 0);
}

static void track_status_codes(void **state)
{
	static const int wanted[] = {0, F1P_TRACK_CLEAR, F1P_TRACK_YELLOW, 0, F1P_TRACK_SC, F1P_TRACK_RED, F1P_TRACK_VSC,
		F1P_TRACK_VSC_ENDING, F1P_TRACK_CLEAR};
	struct feed *f = *state;

	for (int code = 1; code <= 8; code++) {
		char json[80];

		snprintf(json, sizeof(json), "{\"Status\":\"%d\",\"Message\":\"?\",\"_kf\":true}", code);
		if (wanted[code] != 0) {
			assert_int_equal(value_of(f, "TrackStatus", json, F1P_EV_TRACK_STATUS), wanted[code]);
		} else {
			send(f, "TrackStatus", json);
			assert_int_equal(f->n, 0);
		}
	}
	assert_int_equal(stats(f)->bad_values, 0);
	send(f, "TrackStatus", "{\"Status\":\"9\"}");
	assert_int_equal(stats(f)->bad_values, 1);
}

static void lap_count(void **state)
{
	struct feed *f = *state;
	const struct f1p_ev_lap_count *laps = NULL;

	send(f, "LapCount", "{\"CurrentLap\":1,\"TotalLaps\":71}");
	laps = find(f, F1P_EV_LAP_COUNT, 0);
	assert_int_equal(laps->mask, F1P_LAPS_CURRENT | F1P_LAPS_TOTAL);
	assert_int_equal(laps->total, 71);
	send(f, "LapCount", "{\"CurrentLap\":2}");
	laps = find(f, F1P_EV_LAP_COUNT, 0);
	assert_int_equal(laps->mask, F1P_LAPS_CURRENT);
	assert_int_equal(laps->current, 2);
	send(f, "LapCount", "{\"CurrentLap\":-2}");
	assert_int_equal(f->n, 0);
	send(f, "LapCount", "{\"CurrentLap\":201}");
	assert_int_equal(f->n, 0);
	assert_int_equal(stats(f)->bad_values, 2);
}

static void session_clock(void **state)
{
	struct feed *f = *state;
	const struct f1p_ev_clock *clock = NULL;

	send(f, "ExtrapolatedClock", "{\"Utc\":\"2025-10-25T21:00:01.009Z\",\"Remaining\":\"00:17:59\",\"Extrapolating\":true}");
	clock = find(f, F1P_EV_CLOCK, 0);
	assert_int_equal(clock->mask, F1P_CLOCK_AT | F1P_CLOCK_REMAINING | F1P_CLOCK_RUNNING);
	assert_int_equal(clock->remaining_ms, 1079000);
	assert_int_equal(clock->t_at_ns, INT64_C(1761426001009000000));
	assert_int_equal(clock->running, F1P_YES);
	send(f, "ExtrapolatedClock", "{\"Remaining\":\"01:59:00\"}");
	clock = find(f, F1P_EV_CLOCK, 0);
	assert_int_equal(clock->mask, F1P_CLOCK_REMAINING);
	assert_int_equal(clock->remaining_ms, 7140000);
}

static void weather(void **state)
{
	struct feed *f = *state;
	const struct f1p_ev_weather *w = NULL;

	send(f, "WeatherData",
		"{\"AirTemp\":\"24.3\",\"Humidity\":\"43.0\",\"Pressure\":\"1008.2\",\"Rainfall\":\"1\",\"TrackTemp\":\"-3.5\","
		"\"WindDirection\":\"106\",\"WindSpeed\":\"3.1\",\"_kf\":true}");
	w = find(f, F1P_EV_WEATHER, 0);
	assert_int_equal(w->mask, 0x7f);
	assert_int_equal(w->air_temp_dc, 243);
	assert_int_equal(w->humidity_dpct, 430);
	assert_int_equal(w->pressure_dhpa, 10082);
	assert_int_equal(w->track_temp_dc, -35);
	assert_int_equal(w->wind_dir_deg, 106);
	assert_int_equal(w->wind_speed_dms, 31);
	assert_int_equal(w->rain, F1P_YES);
	send(f, "WeatherData",
		"{\"AirTemp\":\"95.0\",\"TrackTemp\":\"-31\",\"WindDirection\":\"361\",\"Rainfall\":\"x\",\"Humidity\":\"101\"}");
	assert_int_equal(f->n, 0);
	assert_int_equal(stats(f)->bad_values, 5);
}

static void heartbeat(void **state)
{
	struct feed *f = *state;

	send(f, "Heartbeat", "{\"Utc\":\"2024-05-18T13:59:13.5465874Z\",\"_kf\":true}");
	assert_int_equal(f->n, 1);
	assert_int_equal(f->events[0].ev.h.type, F1P_EV_HEARTBEAT);
	assert_int_equal(f->events[0].ev.h.size, sizeof(struct f1p_event));
}

/* ---- people ---- */

static void driver_list(void **state)
{
	struct feed *f = *state;
	const struct f1p_ev_driver *d = NULL;

	send(f, "DriverList",
		"{\"44\":{\"RacingNumber\":\"44\",\"BroadcastName\":\"E NAME\",\"FullName\":\"Example "
		"NAME\",\"Tla\":\"NAM\",\"Line\":2,"
		"\"TeamName\":\"Team\",\"TeamColour\":\"4781d7\",\"CountryCode\":\"EXA\",\"HeadshotUrl\":\"x\"},\"7\":{"
		"\"BroadcastName\":\"O "
		"NAME\"}}");
	assert_int_equal(f->n, 2);
	d = find(f, F1P_EV_DRIVER, 0);
	assert_int_equal(d->car, 44);
	assert_int_equal(d->mask, 0x3f);
	assert_int_equal(d->line, 2);
	assert_int_equal(d->colour_rgb, 0x4781d7);
	assert_string_equal(d->code, "NAM");
	assert_string_equal(d->name, "Example NAME");
	assert_string_equal(d->team, "Team");
	assert_string_equal(d->country, "EXA");
	d = find(f, F1P_EV_DRIVER, 1);
	assert_int_equal(d->car, 7);
	assert_string_equal(d->name, "O NAME");
	send(f, "DriverList", "{\"44\":{\"Line\":5}}");
	assert_int_equal(((const struct f1p_ev_driver *)find(f, F1P_EV_DRIVER, 0))->mask, F1P_DRIVER_LINE);
	send(f, "DriverList", "{\"44\":{\"TeamColour\":\"47x1D7\",\"Tla\":7}}");
	assert_int_equal(stats(f)->bad_values, 2);
}

static void long_names_are_cut_at_a_character(void **state)
{
	struct feed *f = *state;
	const struct f1p_ev_driver *d = NULL;

	send(f, "DriverList", "{\"44\":{\"Tla\":\"ABCDEF\xc3\xa9XYZ\",\"FullName\":\"a\\u0000b\\ud800\"}}");
	d = find(f, F1P_EV_DRIVER, 0);
	assert_string_equal(d->code, "ABCDEF");
	assert_memory_equal(d->name,
		"a\xef\xbf\xbd"
		"b",
		5); /* NUL cannot end a text early */
}

static void top_three(void **state)
{
	struct feed *f = *state;
	const struct f1p_ev_car_value *v = NULL;

	send(f, "TopThree",
		"{\"Withheld\":false,\"Lines\":[{\"Position\":\"1\",\"RacingNumber\":\"4\"},{\"RacingNumber\":\"44\"},{}]}");
	assert_int_equal(f->n, 2);
	v = find(f, F1P_EV_TOP_THREE, 1);
	assert_int_equal(v->car, 44);
	assert_int_equal(v->value, 2);
	send(f, "TopThree",
		"{\"Lines\":{\"2\":{\"RacingNumber\":\"1\",\"DiffToLeader\":\"+4.1\"},\"0\":{\"DiffToLeader\":\"LAP 3\"}}}");
	assert_int_equal(f->n, 1);
	v = find(f, F1P_EV_TOP_THREE, 0);
	assert_int_equal(v->car, 1);
	assert_int_equal(v->value, 3);
}

/* ---- timing ---- */

static void running_order_prefers_line(void **state)
{
	struct feed *f = *state;

	send(f, "TimingData", CAR("{\"Position\":\"7\"}"));
	assert_int_equal(((const struct f1p_ev_car_value *)find(f, F1P_EV_CAR_POSITION, 0))->value, 7);
	send(f, "TimingData", CAR("{\"Line\":6,\"Position\":\"7\"}"));
	assert_int_equal(f->n, 1);
	assert_int_equal(((const struct f1p_ev_car_value *)find(f, F1P_EV_CAR_POSITION, 0))->value, 6);
	send(f, "TimingData", CAR("{\"Position\":\"6\"}"));
	assert_int_equal(f->n, 0);
	send(f, "TimingData", CAR("{\"Line\":0}"));
	send(f, "TimingData", CAR("{\"Line\":33}"));
	assert_int_equal(f->n, 0);
	assert_int_equal(stats(f)->bad_values, 2);
}

static void gaps_and_intervals(void **state)
{
	struct feed *f = *state;
	const struct f1p_ev_car_gap *g = NULL;

	send(f, "TimingData",
		CAR("{\"GapToLeader\":\"+69.473\",\"IntervalToPositionAhead\":{\"Value\":\"+0.512\",\"Catching\":true}}"));
	g = find(f, F1P_EV_CAR_GAP, 0);
	assert_int_equal(g->mask, F1P_GAP_LEADER | F1P_GAP_INTERVAL | F1P_GAP_CATCHING);
	assert_int_equal(g->gap_ms, 69473);
	assert_int_equal(g->interval_ms, 512);
	assert_int_equal(g->catching, F1P_YES);
	send(f, "TimingData", CAR("{\"GapToLeader\":\"2L\",\"IntervalToPositionAhead\":{\"Value\":\"1 L\"}}"));
	g = find(f, F1P_EV_CAR_GAP, 0);
	assert_int_equal(g->gap_ms, F1P_UNKNOWN);
	assert_int_equal(g->gap_laps, 2);
	assert_int_equal(g->interval_ms, F1P_UNKNOWN);
	assert_int_equal(g->interval_laps, 1);
	send(f, "TimingData", CAR("{\"GapToLeader\":\"LAP 12\",\"IntervalToPositionAhead\":{\"Value\":\"LAP 12\"}}"));
	g = find(f, F1P_EV_CAR_GAP, 0);
	assert_int_equal(g->gap_ms, 0);
	assert_int_equal(g->gap_laps, 0);
	assert_int_equal(g->interval_ms, F1P_UNKNOWN);
	send(f, "TimingData", CAR("{\"GapToLeader\":\"\"}"));
	assert_int_equal(((const struct f1p_ev_car_gap *)find(f, F1P_EV_CAR_GAP, 0))->gap_ms, F1P_UNKNOWN);
	send(f, "TimingData", CAR("{\"GapToLeader\":\"+7200.000\"}"));
	send(f, "TimingData", CAR("{\"GapToLeader\":\"soon\"}"));
	assert_int_equal(f->n, 0);
	assert_int_equal(stats(f)->bad_values, 2);
}

static void gaps_of_practice_and_qualifying(void **state)
{
	struct feed *f = *state;
	const struct f1p_ev_car_gap *g = NULL;

	send(f, "TimingData", CAR("{\"TimeDiffToFastest\":\"+0.300\",\"TimeDiffToPositionAhead\":\"+0.100\"}"));
	g = find(f, F1P_EV_CAR_GAP, 0);
	assert_int_equal(g->gap_ms, 300);
	assert_int_equal(g->interval_ms, 100);
	send(f, "TimingData",
		"{\"SessionPart\":2,\"Lines\":{\"44\":{\"Stats\":[{\"TimeDiffToFastest\":\"+1.0\"},{\"TimeDiffToFastest\":\"+2."
		"0\","
		"\"TimeDifftoPositionAhead\":\"+0.2\"},{\"TimeDiffToFastest\":\"\"}]}}}");
	g = find(f, F1P_EV_CAR_GAP, 0);
	assert_int_equal(g->mask, F1P_GAP_LEADER | F1P_GAP_INTERVAL);
	assert_int_equal(g->gap_ms, 2000);
	assert_int_equal(g->interval_ms, 200);
	send(f, "TimingData",
		CAR("{\"Stats\":{\"1\":{\"TimeDiffToPositionAhead\":\"+0.4\"},\"0\":{\"TimeDiffToFastest\":\"+9.0\"}}}"));
	g = find(f, F1P_EV_CAR_GAP, 0);
	assert_int_equal(g->mask, F1P_GAP_INTERVAL);
	assert_int_equal(g->interval_ms, 400);
}

static void laps_and_best_laps(void **state)
{
	struct feed *f = *state;
	const struct f1p_ev_car_lap *lap = NULL;

	send(f, "TimingData",
		CAR("{\"NumberOfLaps\":17,\"LastLapTime\":{\"Value\":\"1:20.500\",\"Status\":0,\"OverallFastest\":false,"
		    "\"PersonalFastest\":true},"
		    "\"BestLapTime\":{\"Value\":\"1:20.500\",\"Lap\":17}}"));
	lap = find(f, F1P_EV_CAR_LAP, 0);
	assert_int_equal(lap->mask, 0x3f);
	assert_int_equal(lap->laps, 17);
	assert_int_equal(lap->last_ms, 80500);
	assert_int_equal(lap->last_overall, F1P_NO);
	assert_int_equal(lap->last_personal, F1P_YES);
	assert_int_equal(lap->best_ms, 80500);
	assert_int_equal(lap->best_lap, 17);
	send(f, "TimingData", CAR("{\"LastLapTime\":{\"Value\":\"\"}}"));
	assert_int_equal(((const struct f1p_ev_car_lap *)find(f, F1P_EV_CAR_LAP, 0))->last_ms, F1P_UNKNOWN);
	send(f, "TimingData",
		CAR("{\"LastLapTime\":{\"Value\":\"0.999\"},\"NumberOfLaps\":-1,\"BestLapTime\":{\"Value\":\"60:00.001\"}}"));
	assert_int_equal(f->n, 0);
	assert_int_equal(stats(f)->bad_values, 3);
}

static void best_laps_of_parts_are_merged(void **state)
{
	struct feed *f = *state;
	const struct f1p_ev_car_best *best = NULL;

	send(f, "TimingData", CAR("{\"BestLapTimes\":[{\"Value\":\"\"},{},{}]}"));
	assert_int_equal(f->n, 0); /* nothing known before, nothing now */
	send(f, "TimingData", CAR("{\"BestLapTimes\":{\"1\":{\"Value\":\"1:15.176\",\"Lap\":11}}}"));
	best = find(f, F1P_EV_CAR_BEST, 0);
	assert_int_equal(best->part, 2);
	assert_int_equal(best->best_ms, 75176);
	assert_int_equal(best->lap, 11);
	send(f, "TimingData", CAR("{\"BestLapTimes\":{\"1\":{\"Value\":\"1:15.100\"}}}"));
	best = find(f, F1P_EV_CAR_BEST, 0);
	assert_int_equal(best->best_ms, 75100);
	assert_int_equal(best->lap, 11);
	send(f, "TimingData", CAR("{\"BestLapTimes\":{\"1\":{\"Value\":\"\",\"_deleted\":[\"Lap\"]}}}"));
	best = find(f, F1P_EV_CAR_BEST, 0);
	assert_int_equal(best->best_ms, F1P_UNKNOWN);
	assert_int_equal(best->lap, F1P_UNKNOWN);
	assert_int_equal(stats(f)->merge_oddities, 0);
}

static void car_status(void **state)
{
	struct feed *f = *state;
	const struct f1p_ev_car_status *s = NULL;

	send(f, "TimingDataF1",
		CAR("{\"InPit\":true,\"PitOut\":false,\"Retired\":false,\"Stopped\":true,\"KnockedOut\":false,\"Cutoff\":true,"
		    "\"ShowPosition\":true,\"NumberOfPitStops\":2,\"Status\":80}"));
	s = find(f, F1P_EV_CAR_STATUS, 0);
	assert_int_equal(s->mask, 0xff);
	assert_int_equal(s->car, 44);
	assert_int_equal(s->in_pit, F1P_YES);
	assert_int_equal(s->pit_out, F1P_NO);
	assert_int_equal(s->retired, F1P_NO);
	assert_int_equal(s->stopped, F1P_YES);
	assert_int_equal(s->knocked_out, F1P_NO);
	assert_int_equal(s->cutoff, F1P_YES);
	assert_int_equal(s->shown, F1P_YES);
	assert_int_equal(s->pit_stops, 2);
	send(f, "TimingData", CAR("{\"InPit\":\"maybe\",\"Retired\":2,\"Stopped\":null}"));
	assert_int_equal(f->n, 0);
	assert_int_equal(stats(f)->bad_values, 2);
}

static void sectors_segments_and_speeds(void **state)
{
	struct feed *f = *state;
	const struct f1p_ev_car_sector *sector = NULL;
	const struct f1p_ev_car_segment *segment = NULL;
	const struct f1p_ev_car_speed *speed = NULL;

	send(f, "TimingData",
		CAR("{\"Sectors\":[{\"Stopped\":false,\"Value\":\"\",\"PreviousValue\":\"31.0\",\"Segments\":[{\"Status\":0},{"
		    "\"Status\":2064}]},"
		    "{\"Value\":\"65.123\",\"OverallFastest\":true,\"PersonalFastest\":true},{}],\"Speeds\":{\"I1\":{\"Value\":"
		    "\"288\"},"
		    "\"ST\":{\"Value\":\"\"}}}"));
	sector = find(f, F1P_EV_CAR_SECTOR, 0);
	assert_int_equal(sector->sector, 0);
	assert_int_equal(sector->mask, F1P_SECTOR_TIME);
	assert_int_equal(sector->time_ms, F1P_UNKNOWN);
	sector = find(f, F1P_EV_CAR_SECTOR, 1);
	assert_int_equal(sector->sector, 1);
	assert_int_equal(sector->time_ms, 65123);
	assert_int_equal(sector->overall, F1P_YES);
	assert_int_equal(count_type(f, F1P_EV_CAR_SECTOR), 2);
	segment = find(f, F1P_EV_CAR_SEGMENT, 1);
	assert_int_equal(segment->sector, 0);
	assert_int_equal(segment->segment, 1);
	assert_int_equal(segment->status, 2064);
	speed = find(f, F1P_EV_CAR_SPEED, 0);
	assert_int_equal(speed->trap, F1P_TRAP_I1);
	assert_int_equal(speed->speed_kmh, 288);
	speed = find(f, F1P_EV_CAR_SPEED, 1);
	assert_int_equal(speed->trap, F1P_TRAP_ST);
	assert_int_equal(speed->speed_kmh, F1P_UNKNOWN);
	send(f, "TimingData",
		CAR("{\"Sectors\":{\"2\":{\"Segments\":[{\"Status\":1}]},\"0\":{\"Segments\":{\"1\":{\"Status\":2051}}}}}"));
	segment = find(f, F1P_EV_CAR_SEGMENT, 1);
	assert_int_equal(segment->segment, 1);
	assert_int_equal(segment->status, 2051);
	send(f, "TimingData",
		CAR("{\"Speeds\":{\"FL\":{\"Value\":\"501\"},\"XX\":{\"Value\":\"1\"}},\"Sectors\":{\"0\":{\"Value\":\"x\"}}}"));
	assert_int_equal(f->n, 0);
	assert_int_equal(stats(f)->bad_values, 2);
}

/* ---- tyres ---- */

static void grid_and_stints(void **state)
{
	struct feed *f = *state;
	const struct f1p_ev_stint *s = NULL;

	send(f, "TimingAppData", CAR("{\"RacingNumber\":\"44\",\"Line\":3,\"GridPos\":\"3\"}"));
	assert_int_equal(f->n, 1);
	assert_int_equal(((const struct f1p_ev_car_value *)find(f, F1P_EV_CAR_GRID, 0))->value, 3);
	send(f, "TimingAppData",
		CAR("{\"Stints\":[{\"LapTime\":\"1:20.0\",\"LapNumber\":2,\"LapFlags\":0,\"Compound\":\"MEDIUM\",\"New\":"
		    "\"false\","
		    "\"TyresNotChanged\":\"0\",\"TotalLaps\":7,\"StartLaps\":4}]}"));
	s = find(f, F1P_EV_STINT, 0);
	assert_int_equal(s->mask, 0x1f);
	assert_int_equal(s->car, 44);
	assert_int_equal(s->index, 0);
	assert_int_equal(s->compound, F1P_TYRE_MEDIUM);
	assert_int_equal(s->is_new, F1P_NO);
	assert_int_equal(s->not_changed, F1P_NO);
	assert_int_equal(s->total_laps, 7);
	assert_int_equal(s->start_laps, 4);
	send(f, "TimingAppData", CAR("{\"GridPos\":\"0\"}"));
	assert_int_equal(((const struct f1p_ev_car_value *)find(f, F1P_EV_CAR_GRID, 0))->value, 0);
	send(f, "TimingAppData", CAR("{\"Stints\":{\"0\":{\"Compound\":\"CHEESE\",\"TotalLaps\":201,\"LapTime\":\"1:20.0\"}}}"));
	assert_int_equal(f->n, 0);
	assert_int_equal(stats(f)->bad_values, 2);
}

static void every_compound_has_its_name(void **state)
{
	static const char *const names[] = {
		"SOFT", "MEDIUM", "HARD", "INTERMEDIATE", "WET", "HYPERSOFT", "ULTRASOFT", "SUPERSOFT", "SUPERHARD", "UNKNOWN"};
	static const int wanted[] = {F1P_TYRE_SOFT, F1P_TYRE_MEDIUM, F1P_TYRE_HARD, F1P_TYRE_INTERMEDIATE, F1P_TYRE_WET,
		F1P_TYRE_HYPERSOFT, F1P_TYRE_ULTRASOFT, F1P_TYRE_SUPERSOFT, F1P_TYRE_SUPERHARD, F1P_TYRE_UNKNOWN};
	struct feed *f = *state;

	for (size_t i = 0; i < 10; i++) {
		char json[100];
		const struct f1p_ev_stint *t = NULL;

		snprintf(json, sizeof(json), "{\"Tyres\":{\"44\":{\"Compound\":\"%s\",\"New\":true}}}", names[i]);
		send(f, "CurrentTyres", json);
		t = find(f, F1P_EV_TYRE, 0);
		assert_int_equal(t->compound, wanted[i]);
		assert_int_equal(t->is_new, F1P_YES);
		assert_int_equal(t->index, 255);
		assert_int_equal(t->mask, F1P_STINT_COMPOUND | F1P_STINT_NEW);
	}
}

#define SERIES(json) "{\"Stints\":{\"44\":" json "}}"

static void tyre_series_is_heard_until_app_data_speaks(void **state)
{
	struct feed *f = *state;

	send(f, "TyreStintSeries", SERIES("[{\"Compound\":\"SOFT\",\"New\":\"true\",\"TotalLaps\":0,\"StartLaps\":0}]"));
	assert_int_equal(count_type(f, F1P_EV_STINT), 1);
	send(f, "TyreStintSeries", SERIES("{\"0\":{\"TotalLaps\":1}}"));
	assert_int_equal(count_type(f, F1P_EV_STINT), 1);
	send(f, "TimingAppData", CAR("{\"Stints\":[]}")); /* says nothing yet */
	send(f, "TyreStintSeries", SERIES("{\"0\":{\"TotalLaps\":2}}"));
	assert_int_equal(count_type(f, F1P_EV_STINT), 1);
	send(f, "TimingAppData", CAR("{\"Stints\":{\"0\":{\"TotalLaps\":2}}}"));
	assert_int_equal(f->n, 2);
	assert_int_equal(f->events[0].ev.h.type, F1P_EV_STINTS_RESET);
	assert_int_equal(f->events[1].ev.h.type, F1P_EV_STINT);
	send(f, "TyreStintSeries", SERIES("{\"0\":{\"TotalLaps\":3}}"));
	assert_int_equal(f->n, 0);
	send(f, "TyreStintSeries", "{\"Stints\":{\"1\":[{\"TotalLaps\":1}]}}"); /* another car */
	assert_int_equal(f->n, 1);
}

/* ---- race control ---- */

static const struct f1p_ev_race_control *message_of(struct feed *f, const char *json)
{
	assert_int_equal(send(f, "RaceControlMessages", json), F1P_OK);
	assert_int_equal(f->n, 1);
	return find(f, F1P_EV_RACE_CONTROL, 0);
}

static void race_control_messages(void **state)
{
	struct feed *f = *state;
	const struct f1p_ev_race_control *m = message_of(f,
		"{\"Messages\":[{\"Utc\":\"2026-03-29T05:48:11\",\"Lap\":22,\"Category\":\"SafetyCar\",\"Status\":\"DEPLOYED\","
		"\"Mode\":\"SAFETY CAR\",\"Message\":\"SAFETY CAR DEPLOYED\"}]}");

	assert_int_equal(m->index, 0);
	assert_int_equal(m->car, 0);
	assert_int_equal(m->lap, 22);
	assert_int_equal(m->t_utc_ns, INT64_C(1774763291000000000));
	assert_int_equal(m->category, F1P_RC_SAFETY_CAR);
	assert_int_equal(m->mode, F1P_MODE_SC);
	assert_int_equal(m->status, F1P_RCS_DEPLOYED);
	assert_int_equal(m->flag, F1P_FLAG_NONE);
	assert_int_equal(m->scope, F1P_SCOPE_NONE);
	assert_string_equal(m->text, "SAFETY CAR DEPLOYED");
	m = message_of(f,
		"{\"Messages\":{\"1\":{\"Category\":\"Flag\",\"Flag\":\"DOUBLE YELLOW\",\"Scope\":\"Sector\",\"Sector\":7,"
		"\"Message\":\"DOUBLE YELLOW IN TRACK SECTOR 7\"}}}");
	assert_int_equal(m->index, 1);
	assert_int_equal(m->category, F1P_RC_FLAG);
	assert_int_equal(m->flag, F1P_FLAG_DOUBLE_YELLOW);
	assert_int_equal(m->scope, F1P_SCOPE_SECTOR);
	assert_int_equal(m->sector, 7);
	assert_int_equal(m->lap, F1P_UNKNOWN);
	assert_int_equal(m->t_utc_ns, F1P_UNKNOWN_NS);
	assert_int_equal(stats(f)->merge_oddities, 0);
}

static void cars_are_found_in_the_text(void **state)
{
	static const struct {
		const char *text;
		int car;
	} cases[] = {
		{"CAR 43 (COL) TIME 1:20.0 DELETED", 43},
		{"FIA STEWARDS: 5 SECOND TIME PENALTY FOR CAR 7 (ABC) - SPEEDING IN THE PIT LANE", 7},
		{"TURN 1 INCIDENT INVOLVING CARS 4 (NOR) AND 81 (PIA) NOTED", 0},
		{"INCIDENT INVOLVING CAR 4 (NOR) AND CAR 81 (PIA) NOTED", 0},
		{"SAFETY CAR IN THIS LAP", 0},
		{"CAR 1000 (ABC)", 0},
		{"CAR (ABC)", 0},
		{"(ABC)", 0},
		{"4 (ABC)", 0},
		{"CAR 4 (AB", 0},
	};
	struct feed *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char json[300];

		lt_reset(f->decoder);
		snprintf(json, sizeof(json), "{\"Messages\":[{\"Category\":\"Other\",\"Message\":\"%s\"}]}", cases[i].text);
		assert_int_equal(message_of(f, json)->car, cases[i].car);
	}
	lt_reset(f->decoder);
	assert_int_equal(
		message_of(f, "{\"Messages\":[{\"RacingNumber\":\"2\",\"Message\":\"WAVED BLUE FLAG FOR CAR 43 (COL)\"}]}")->car,
		2);
}

static void message_without_text_is_no_event(void **state)
{
	struct feed *f = *state;

	send(f, "RaceControlMessages", "{\"Messages\":[{\"Category\":\"Other\"},{\"Message\":\"\"},null]}");
	assert_int_equal(f->n, 0);
	assert_int_equal(stats(f)->bad_values, 0);
}

/* ---- pits ---- */

static void pit_lane_times(void **state)
{
	struct feed *f = *state;
	const struct f1p_ev_pit *p = NULL;

	send(f, "PitLaneTimeCollection", "{\"PitTimes\":{\"1\":{\"RacingNumber\":\"1\",\"Duration\":\"\",\"Lap\":\"16\"}}}");
	p = find(f, F1P_EV_PIT_LANE_TIME, 0);
	assert_int_equal(p->car, 1);
	assert_int_equal(p->lap, 16);
	assert_int_equal(p->lane_ms, F1P_UNKNOWN);
	assert_int_equal(p->stationary_ms, F1P_UNKNOWN);
	send(f, "PitLaneTimeCollection", "{\"PitTimes\":{\"1\":{\"Duration\":\"23.3\"}}}");
	p = find(f, F1P_EV_PIT_LANE_TIME, 0);
	assert_int_equal(p->lap, 16); /* remembered */
	assert_int_equal(p->lane_ms, 23300);
	send(f, "PitLaneTimeCollection", "{\"PitTimes\":{\"_deleted\":[\"1\",\"77\",\"x\"]}}");
	assert_int_equal(f->n, 0);
	assert_int_equal(stats(f)->deleted_keys, 3);
	send(f, "PitLaneTimeCollection", "{\"PitTimes\":{\"1\":{\"Duration\":\"1:02.5\"}}}");
	p = find(f, F1P_EV_PIT_LANE_TIME, 0);
	assert_int_equal(p->lap, F1P_UNKNOWN); /* forgotten */
	assert_int_equal(p->lane_ms, 62500);
}

static void pit_stops(void **state)
{
	struct feed *f = *state;
	const struct f1p_ev_pit *p = NULL;

	send(f, "PitStopSeries",
		"{\"PitTimes\":{\"3\":[{\"Timestamp\":\"2026-09-13T13:28:08.8Z\",\"PitStop\":{\"RacingNumber\":\"3\","
		"\"PitStopTime\":\"2.4\","
		"\"PitLaneTime\":\"31.067\",\"Lap\":\"14\"}}]}}");
	p = find(f, F1P_EV_PIT_STOP, 0);
	assert_int_equal(p->car, 3);
	assert_int_equal(p->lap, 14);
	assert_int_equal(p->stationary_ms, 2400);
	assert_int_equal(p->lane_ms, 31067);
	send(f, "PitStopSeries", "{\"PitTimes\":{\"3\":{\"1\":{\"PitStop\":{\"PitStopTime\":\"3.0\",\"Lap\":\"30\"}}}}}");
	p = find(f, F1P_EV_PIT_STOP, 0);
	assert_int_equal(p->lap, 30);
	assert_int_equal(p->lane_ms, F1P_UNKNOWN);
	send(f, "PitStopSeries", "{\"PitTimes\":{\"3\":{\"1\":{\"PitStop\":{\"PitLaneTime\":\"22.5\"}}}}}");
	p = find(f, F1P_EV_PIT_STOP, 0);
	assert_int_equal(p->lap, 30);
	assert_int_equal(p->lane_ms, 22500);
	assert_int_equal(p->stationary_ms, 3000);
	assert_int_equal(stats(f)->merge_oddities, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FEED_TEST(session_info_is_read),
		FEED_TEST(session_info_in_parts_is_merged),
		FEED_TEST(refused_session_info_is_not_merged),
		FEED_TEST(session_types_are_told_apart),
		FEED_TEST(session_status_words),
		FEED_TEST(qualifying_part_is_told_once_by_two_topics),
		FEED_TEST(track_status_codes),
		FEED_TEST(lap_count),
		FEED_TEST(session_clock),
		FEED_TEST(weather),
		FEED_TEST(heartbeat),
		FEED_TEST(driver_list),
		FEED_TEST(long_names_are_cut_at_a_character),
		FEED_TEST(top_three),
		FEED_TEST(running_order_prefers_line),
		FEED_TEST(gaps_and_intervals),
		FEED_TEST(gaps_of_practice_and_qualifying),
		FEED_TEST(laps_and_best_laps),
		FEED_TEST(best_laps_of_parts_are_merged),
		FEED_TEST(car_status),
		FEED_TEST(sectors_segments_and_speeds),
		FEED_TEST(grid_and_stints),
		FEED_TEST(every_compound_has_its_name),
		FEED_TEST(tyre_series_is_heard_until_app_data_speaks),
		FEED_TEST(race_control_messages),
		FEED_TEST(cars_are_found_in_the_text),
		FEED_TEST(message_without_text_is_no_event),
		FEED_TEST(pit_lane_times),
		FEED_TEST(pit_stops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

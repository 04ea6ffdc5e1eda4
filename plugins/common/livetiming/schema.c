/*
 * schema.c - which topic is read by which schema. TimingDataF1 has the shape of TimingData; CarData and Position are the
 * .z topics as some recorders store them, already unpacked.
 */
#include "decoder.h"

#include <string.h>

/* Topics by how often they come; a delta of TimingData finds its entry at once. */
static const struct lt_topic topics[LT_KNOWN_TOPICS] = {
	{"TimingData", &lt_timing_data, false, 0},
	{"CarData.z", &lt_car_data, true, 1},
	{"Position.z", &lt_position, true, 2},
	{"TopThree", &lt_top_three, false, 3},
	{"TimingAppData", &lt_timing_app_data, false, 4},
	{"TimingStats", &lt_timing_stats, false, 5},
	{"TimingDataF1", &lt_timing_data, false, 6},
	{"Heartbeat", &lt_heartbeat, false, 7},
	{"DriverList", &lt_driver_list, false, 8},
	{"WeatherData", &lt_weather, false, 9},
	{"RaceControlMessages", &lt_race_control, false, 10},
	{"SessionData", &lt_session_data, false, 11},
	{"LapCount", &lt_lap_count, false, 12},
	{"TyreStintSeries", &lt_tyre_stint_series, false, 13},
	{"CurrentTyres", &lt_current_tyres, false, 14},
	{"TrackStatus", &lt_track_status, false, 15},
	{"SessionInfo", &lt_session_info, false, 16},
	{"SessionStatus", &lt_session_status, false, 17},
	{"ExtrapolatedClock", &lt_clock, false, 18},
	{"PitLaneTimeCollection", &lt_pit_lane_times, false, 19},
	{"PitStopSeries", &lt_pit_stops, false, 20},
	{"CarData", &lt_car_data, false, 21},
	{"Position", &lt_position, false, 22},
};

const struct lt_topic *lt_topic_find(const char *name, size_t n)
{
	for (size_t i = 0; i < LT_KNOWN_TOPICS; i++) {
		if (strlen(topics[i].name) == n && memcmp(topics[i].name, name, n) == 0) {
			return &topics[i];
		}
	}
	return NULL;
}

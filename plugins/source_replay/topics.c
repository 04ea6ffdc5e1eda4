/*
 * topics.c - see topics.h.
 */
#include "topics.h"

#include <string.h>

static const char *const topics[] = {
	"TimingData",
	"TimingAppData",
	"TimingStats",
	"TimingDataF1",
	"CarData.z",
	"Position.z",
	"Heartbeat",
	"TopThree",
	"DriverList",
	"WeatherData",
	"WeatherDataSeries",
	"TrackStatus",
	"SessionStatus",
	"SessionInfo",
	"SessionData",
	"RaceControlMessages",
	"ExtrapolatedClock",
	"LapCount",
	"LapSeries",
	"TeamRadio",
	"ChampionshipPrediction",
	"TyreStintSeries",
	"CurrentTyres",
	"PitLaneTimeCollection",
	"PitStop",
	"PitStopSeries",
	"DriverRaceInfo",
	"DriverTracker",
	"OvertakeSeries",
	"TlaRcm",
	"RcmSeries",
	"AudioStreams",
	"ContentStreams",
	"ArchiveStatus",
	"CarData",
	"Position",
	"SPFeed",
};

bool sr_topic_known(const char *name, size_t n)
{
	for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++) {
		if (strlen(topics[i]) == n && memcmp(topics[i], name, n) == 0) {
			return true;
		}
	}
	return false;
}

static bool letter_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool sr_topic_plausible(const char *name, size_t n)
{
	if (n < 3 || n > SR_TOPIC_MAX || name[0] < 'A' || name[0] > 'Z') {
		return false;
	}
	for (size_t i = 1; i < n; i++) {
		if (!letter_or_digit(name[i]) && name[i] != '.' && name[i] != '_') {
			return false;
		}
	}
	return true;
}

static struct f1p_json_slice known_suffix(const char *stem, size_t n)
{
	for (size_t from = 0; from < n; from++) {
		if ((from == 0 || !letter_or_digit(stem[from - 1])) && sr_topic_known(stem + from, n - from)) {
			return (struct f1p_json_slice){stem + from, n - from};
		}
	}
	return (struct f1p_json_slice){stem, 0};
}

struct f1p_json_slice sr_topic_of_name(const char *file_name)
{
	const char *stream = strcasestr(file_name, ".jsonstream");
	size_t n = stream != NULL ? (size_t)(stream - file_name) : strlen(file_name);
	struct f1p_json_slice found = known_suffix(file_name, n);

	if (found.n == 0 && stream != NULL && sr_topic_plausible(file_name, n)) {
		return (struct f1p_json_slice){file_name, n};
	}
	while (found.n == 0 && n > 0) {
		for (n--; n > 0 && file_name[n] != '.'; n--) {
		}
		found = known_suffix(file_name, n);
	}
	return found;
}

const char *sr_topic_of_payload(const char *json, size_t n)
{
	/* the first mark that the payload holds decides: special ones come before general ones */
	static const struct {
		const char *mark, *topic;
	} marks[] = {
		{"\"PersonalBestLapTime\"", "TimingStats"},
		{"\"DiffToLeader\"", "TopThree"},
		{"\"GridPos\"", "TimingAppData"},
		{"\"GapToLeader\"", "TimingData"},
		{"\"TimeDiffToFastest\"", "TimingData"},
		{"\"NumberOfLaps\"", "TimingData"},
		{"\"Sectors\"", "TimingData"},
		{"\"NoEntries\"", "TimingData"},
		{"\"Meeting\"", "SessionInfo"},
		{"\"BroadcastName\"", "DriverList"},
		{"\"AirTemp\"", "WeatherData"},
		{"\"CurrentLap\"", "LapCount"},
		{"\"Remaining\"", "ExtrapolatedClock"},
		{"\"StatusSeries\"", "SessionData"},
		{"\"Messages\"", "RaceControlMessages"},
		{"\"PitStopTime\"", "PitStopSeries"},
		{"\"PitTimes\"", "PitLaneTimeCollection"},
		{"\"Tyres\"", "CurrentTyres"},
		{"\"Lines\"", "TimingAppData"},
		{"\"Stints\"", "TyreStintSeries"},
		{"\"Message\"", "TrackStatus"},
		{"\"Status\"", "SessionStatus"},
		{"\"Utc\"", "Heartbeat"},
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (memmem(json, n, marks[i].mark, strlen(marks[i].mark)) != NULL) {
			return marks[i].topic;
		}
	}
	return NULL;
}

uint32_t sr_topic_rank(const char *name, size_t n)
{
	if (n == 11 && memcmp(name, "SessionInfo", 11) == 0) {
		return 1;
	}
	return n == 10 && memcmp(name, "DriverList", 10) == 0 ? 2 : 3;
}

/*
 * topics.c - see topics.h.
 */
#include "topics.h"
#include "signalr.h"

#include <f1pd/event.h>

#include <stdio.h>
#include <string.h>

/* What the decoder makes events of. Heartbeat is never left out: the watch over a silent connection lives on it. */
static const char all_topics[] =
	"Heartbeat,SessionInfo,SessionStatus,SessionData,TrackStatus,LapCount,ExtrapolatedClock,WeatherData,RaceControlMessages,"
	"DriverList,TimingData,TimingAppData,TimingStats,TopThree,TyreStintSeries,CurrentTyres,PitLaneTimeCollection,PitStopSeries,"
	"CarData.z,Position.z";

static const struct {
	const char *name;
	uint32_t kinds; /* of which nothing comes without it */
} needing_token[] = {
	{"CarData.z", 1u << F1P_DATA_TELEMETRY},
	{"Position.z", 1u << F1P_DATA_LOCATION},
	{"DriverRaceInfo", 0},
	{"ChampionshipPrediction", 0},
	{"TeamRadio", 0},
	{"PitStopSeries", 0},
};

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.';
}

static bool has(const struct slt_topics *t, const char *name)
{
	for (uint32_t i = 0; i < t->n; i++) {
		if (strcmp(t->names[i], name) == 0) {
			return true;
		}
	}
	return false;
}

static bool add(struct slt_topics *t, const char *name, size_t n, char *why, size_t size)
{
	char copy[SLT_TOPIC_NAME_MAX] = "";

	if (n >= sizeof(copy)) {
		snprintf(why, size, "a name is longer than %u characters", SLT_TOPIC_NAME_MAX - 1);
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		if (!is_name_char(name[i])) {
			snprintf(why, size, "names hold only letters, digits and dots, with commas between them");
			return false;
		}
		copy[i] = name[i];
	}
	if (has(t, copy)) {
		return true;
	}
	if (t->n == SLT_TOPICS_MAX) {
		snprintf(why, size, "more than %u names", SLT_TOPICS_MAX);
		return false;
	}
	memcpy(t->names[t->n++], copy, sizeof(copy));
	return true;
}

bool slt_topics_parse(const char *list, struct slt_topics *t, char *why, size_t size)
{
	*t = (struct slt_topics){.n = 0};
	if (strcmp(list, "all") == 0) {
		list = all_topics;
	}
	while (*list != '\0') {
		size_t n = 0;

		list += strspn(list, " ,");
		n = strcspn(list, " ,");
		if (n > 0 && !add(t, list, n, why, size)) {
			return false;
		}
		list += n;
	}
	if (t->n == 0) {
		snprintf(why, size, "it names no topic");
		return false;
	}
	return add(t, "Heartbeat", 9, why, size) && add(t, "SessionInfo", 11, why, size);
}

size_t slt_topics_subscribe(const struct slt_topics *t, char *out, size_t size)
{
	size_t n = (size_t)snprintf(
		out, size, "{\"type\":1,\"invocationId\":\"%s\",\"target\":\"Subscribe\",\"arguments\":[[", SLT_SUBSCRIBE_ID);

	for (uint32_t i = 0; i < t->n && n < size; i++) {
		n += (size_t)snprintf(out + n, size - n, "%s\"%s\"", i > 0 ? "," : "", t->names[i]);
	}
	if (n < size) {
		n += (size_t)snprintf(out + n, size - n, "]]}%c", SLT_RECORD_END);
	}
	return n < size ? n : 0;
}

uint32_t slt_topics_needing_token(const struct slt_topics *t, char *out, size_t size, uint32_t *kinds)
{
	uint32_t count = 0;
	size_t n = 0;

	out[0] = '\0';
	*kinds = 0;
	for (size_t i = 0; i < sizeof(needing_token) / sizeof(needing_token[0]); i++) {
		if (!has(t, needing_token[i].name)) {
			continue;
		}
		if (n < size) {
			n += (size_t)snprintf(out + n, size - n, "%s%s", count > 0 ? ", " : "", needing_token[i].name);
		}
		*kinds |= needing_token[i].kinds;
		count++;
	}
	return count;
}

/*
 * replay_fixture.c - see replay_fixture.h.
 */
#include "replay_fixture.h"

#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

extern const struct f1p_entry f1p_entry_v1;

/* ---- host ---- */

static f1p_status fake_emit(const struct f1p_host *host, const struct f1p_event *ev)
{
	struct fake_host *h = host->impl;

	if (ev->size < sizeof(*ev) || ev->size % 8 != 0 || ev->size > F1P_EVENT_MAX) {
		abort();
	}
	if (h->n + ev->size > h->room) {
		h->room = h->room == 0 ? 1u << 16 : h->room * 2;
		h->events = realloc(h->events, h->room);
	}
	memcpy(h->events + h->n, ev, ev->size);
	h->n += ev->size;
	h->count++;
	return F1P_OK;
}

static const struct f1p_bus bus = {.size = sizeof(bus), .emit = fake_emit};

static struct f1p_metric *fake_get(
	const struct f1p_host *host, uint32_t kind, const char *name, const char *help, const char *label, const char *value)
{
	struct fake_host *h = host->impl;

	if (kind != F1P_METRIC_COUNTER || help == NULL || (label == NULL) != (value == NULL)) {
		abort();
	}
	if (strcmp(name, "f1pd_source_rejected_total") == 0) {
		return (void *)&h->rejected;
	}
	return strcmp(name, "f1pd_source_messages_total") == 0 ? (void *)&h->messages : NULL;
}

static void fake_put(struct f1p_metric *metric, double v)
{
	if (metric != NULL) {
		*(double *)(void *)metric += v;
	}
}

static const struct f1p_metrics metrics = {.size = sizeof(metrics), .get = fake_get, .put = fake_put};

static const void *fake_extension(const struct f1p_host *host, const char *id)
{
	const struct fake_host *h = host->impl;

	if (strcmp(id, F1P_EXT_BUS) == 0) {
		return &bus;
	}
	return strcmp(id, F1P_EXT_METRICS) == 0 && !h->no_metrics ? &metrics : NULL;
}

static void fake_log(const struct f1p_host *host, int level, const char *fmt, ...)
{
	struct fake_host *h = host->impl;
	size_t n = strlen(h->log);
	va_list ap;

	(void)level;
	va_start(ap, fmt);
	vsnprintf(h->log + n, sizeof(h->log) - n, fmt, ap);
	va_end(ap);
	n = strlen(h->log);
	snprintf(h->log + n, sizeof(h->log) - n, "\n");
}

static f1p_status fake_fail(const struct f1p_host *host, f1p_status status, const char *fmt, ...)
{
	struct fake_host *h = host->impl;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(h->reason, sizeof(h->reason), fmt, ap);
	va_end(ap);
	return status;
}

void fake_host_init(struct fake_host *h)
{
	*h = (struct fake_host){.host = {.size = sizeof(h->host),
					.abi_major = F1P_ABI_MAJOR,
					.abi_minor = F1P_ABI_MINOR,
					.instance_id = 1,
					.instance = "source-test",
					.log = fake_log,
					.fail = fake_fail,
					.get_extension = fake_extension}};
	h->host.impl = h;
}

void fake_host_finish(struct fake_host *h)
{
	free(h->events);
	h->events = NULL;
}

void fake_host_clear(struct fake_host *h)
{
	h->n = 0;
	h->count = 0;
	h->log[0] = h->reason[0] = '\0';
	h->rejected = h->messages = 0;
}

const struct f1p_event *fake_event(const struct fake_host *h, uint32_t index)
{
	size_t at = 0;

	while (at < h->n) {
		const struct f1p_event *ev = (const void *)(h->events + at);

		if (index-- == 0) {
			return ev;
		}
		at += ev->size;
	}
	return NULL;
}

uint32_t fake_count_type(const struct fake_host *h, uint16_t type)
{
	uint32_t n = 0;

	for (size_t at = 0; at < h->n; at += ((const struct f1p_event *)(const void *)(h->events + at))->size) {
		n += ((const struct f1p_event *)(const void *)(h->events + at))->type == type ? 1 : 0;
	}
	return n;
}

/* ---- plugin ---- */

struct f1p_plugin *replay_create(struct fake_host *h)
{
	struct f1p_plugin *p = f1p_entry_v1.create(&h->host, "source_replay");

	if (p != NULL && p->init(p) != F1P_OK) {
		p->destroy(p);
		p = NULL;
	}
	return p;
}

struct f1p_plugin *replay_begin(struct fake_host *h, const struct replay_options *options)
{
	struct f1p_plugin *p = replay_create(h);

	if (p != NULL && (p->configure(p, options) != F1P_OK || p->start(p) != F1P_OK)) {
		replay_end(p);
		p = NULL;
	}
	return p;
}

void replay_end(struct f1p_plugin *p)
{
	if (p != NULL) {
		p->stop(p);
		p->destroy(p);
	}
}

f1p_status replay_run(struct f1p_plugin *p, uint32_t max_events, uint32_t max_polls)
{
	const struct f1p_source *source = p->get_extension(p, F1P_EXT_SOURCE);
	int64_t due = F1P_UNKNOWN_NS;
	f1p_status status = source->poll(p, F1P_UNKNOWN_NS, max_events, &due);

	for (uint32_t i = 0; i < max_polls && status == F1P_OK; i++) {
		status = source->poll(p, due, max_events, &due);
	}
	return status;
}

f1p_status replay_all(struct fake_host *h, const char *path, const char *start)
{
	const struct replay_options options = {.path = path, .start = start, .join = ""};
	struct f1p_plugin *p = replay_begin(h, &options);
	f1p_status status = F1P_ECONFIG;

	if (p != NULL) {
		status = replay_run(p, 64, UINT32_MAX);
		replay_end(p);
	}
	return status;
}

/* ---- race: three cars, four laps, one of them a caution ---- */

const struct told race[] = {
	{0, "SessionInfo",
		"{\"Meeting\":{\"Key\":9001,\"Name\":\"Test Grand Prix\",\"Location\":\"Testville\",\"Country\":{\"Key\":1,"
		"\"Code\":\"TST\",\"Name\":\"Testland\"},\"Circuit\":{\"Key\":901,\"ShortName\":\"Test "
		"\\\"Ring\\\"\"}},\"Key\":9100,"
		"\"Type\":\"Race\",\"Name\":\"Race\",\"StartDate\":\"2024-03-02T18:05:00\",\"EndDate\":\"2024-03-02T20:05:00\","
		"\"GmtOffset\":\"03:00:00\",\"Path\":\"2024/test/\"}"},
	{1000, "DriverList",
		"{\"1\":{\"RacingNumber\":\"1\",\"Tla\":\"ONE\",\"Line\":1,\"TeamName\":\"O'Team\",\"TeamColour\":"
		"\"4781D7\"},\"2\":{\"RacingNumber\":\"2\",\"Tla\":\"TWO\",\"Line\":2,\"TeamName\":\"Caf\\u00e9 "
		"\\\"Racing\\\"\"},"
		"\"3\":{\"RacingNumber\":\"3\",\"Tla\":\"THR\",\"Line\":3,\"TeamName\":\"It's \\\"3\\\"\"}}"},
	{2000, "TimingData",
		"{\"Lines\":{\"1\":{\"Line\":1,\"Position\":\"1\",\"InPit\":false,\"Retired\":false},\"2\":{\"Line\":2,"
		"\"Position\":\"2\"},\"3\":{\"Line\":3,\"Position\":\"3\"}},\"Withheld\":false}"},
	{3000, "LapCount", "{\"CurrentLap\":1,\"TotalLaps\":4}"},
	{4000, "SessionStatus", "{\"Status\":\"Inactive\",\"Started\":\"Inactive\"}"},
	{5000, "TrackStatus", "{\"Status\":\"1\",\"Message\":\"AllClear\"}"},
	{15000, "Heartbeat", "{\"Utc\":\"2024-03-02T15:00:15Z\",\"_kf\":true}"},
	{20000, "WeatherData",
		"{\"AirTemp\":\"23.4\",\"Humidity\":\"71.0\",\"Pressure\":\"919.5\",\"Rainfall\":\"0\",\"TrackTemp\":"
		"\"28.0\",\"WindDirection\":\"6\",\"WindSpeed\":\"1.6\"}"},
	{300000, "SessionStatus", "{\"Status\":\"Started\",\"Started\":\"Started\"}"},
	{300500, "Heartbeat", "{\"Utc\":\"2024-03-02T15:05:00.5Z\"}"},
	{301000, "TimingAppData",
		"{\"Lines\":{\"1\":{\"Stints\":[{\"Compound\":\"SOFT\",\"New\":\"true\",\"TotalLaps\":0,"
		"\"StartLaps\":0}]}}}"},
	{390000, "TimingData", "{\"Lines\":{\"1\":{\"NumberOfLaps\":1,\"LastLapTime\":{\"Value\":\"1:30.000\"}}}}"},
	{390100, "LapCount", "{\"CurrentLap\":2}"},
	{391500, "TimingData",
		"{\"Lines\":{\"2\":{\"NumberOfLaps\":1,\"GapToLeader\":\"+1.500\",\"IntervalToPositionAhead\":"
		"{\"Value\":\"+1.500\",\"Catching\":false}}}}"},
	{400000, "TrackStatus", "{\"Status\":\"4\",\"Message\":\"SCDeployed\"}"},
	{400200, "RaceControlMessages",
		"{\"Messages\":{\"0\":{\"Utc\":\"2024-03-02T15:06:40\",\"Lap\":2,\"Category\":\"SafetyCar\","
		"\"Status\":\"DEPLOYED\",\"Mode\":\"SAFETY CAR\",\"Message\":\"SAFETY CAR DEPLOYED\"}}}"},
	{405000, "TimingData", "{\"Lines\":{\"3\":{\"Retired\":true,\"Stopped\":true}}}"},
	{500000, "TimingData", "{\"Lines\":{\"1\":{\"NumberOfLaps\":2}}}"},
	{500100, "LapCount", "{\"CurrentLap\":3}"},
	{510000, "Heartbeat", "{\"Utc\":\"2024-03-02T15:08:30Z\"}"},
	{520000, "TrackStatus", "{\"Status\":\"1\",\"Message\":\"AllClear\"}"},
	{600000, "LapCount", "{\"CurrentLap\":4}"},
	{700000, "SessionStatus", "{\"Status\":\"Finished\",\"Started\":\"Finished\"}"},
	{700500, "Heartbeat", "{\"Utc\":\"2024-03-02T15:11:40.5Z\"}"},
};
const uint32_t race_n = sizeof(race) / sizeof(race[0]);

struct text {
	char *p;
	size_t n, room;
};

static void put(struct text *t, const char *fmt, ...) F1P_PRINTF(2, 3);

static void put(struct text *t, const char *fmt, ...)
{
	char piece[4096];
	int n = 0;
	va_list ap;

	va_start(ap, fmt);
	n = vsnprintf(piece, sizeof(piece), fmt, ap);
	va_end(ap);
	if (n < 0 || n >= (int)sizeof(piece)) {
		abort();
	}
	if (t->n + (size_t)n + 1 > t->room) {
		t->room = (t->room + (size_t)n + 1) * 2;
		t->p = realloc(t->p, t->room);
	}
	memcpy(t->p + t->n, piece, (size_t)n + 1);
	t->n += (size_t)n;
}

static const char *utc(int64_t offset_ms, char text[40])
{
	time_t s = (time_t)(T0_S + offset_ms / 1000);
	struct tm tm;
	size_t n = 0;

	gmtime_r(&s, &tm);
	n = strftime(text, 40, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + n, 40 - n, ".%03dZ", (int)(offset_ms % 1000));
	return text;
}

/* JSON as Python prints it: single quotes unless only a single quote is inside. */
static const char *put_python_string(struct text *out, const char *p)
{
	const char *end = p;
	bool apostrophe = false, quote = false;

	for (; *end != '"'; end++) {
		apostrophe |= *end == '\'';
		if (*end == '\\') {
			end++;
			quote |= *end == '"';
		}
	}
	put(out, apostrophe && !quote ? "\"" : "'");
	for (; p < end; p++) {
		if (strncmp(p, "\\u00e9", 6) == 0) {
			put(out, "\xc3\xa9");
			p += 5;
		} else if (*p == '\\') {
			put(out, "%c", *++p);
		} else {
			put(out, *p == '\'' && quote ? "\\%c" : "%c", *p);
		}
	}
	put(out, apostrophe && !quote ? "\"" : "'");
	return end;
}

static void put_python(struct text *out, const char *json)
{
	for (const char *p = json; *p != '\0'; p++) {
		if (*p == '"') {
			p = put_python_string(out, p + 1);
		} else if (strncmp(p, "true", 4) == 0) {
			put(out, "True");
			p += 3;
		} else if (strncmp(p, "false", 5) == 0) {
			put(out, "False");
			p += 4;
		} else {
			put(out, *p == ':' || *p == ',' ? "%c " : "%c", *p);
		}
	}
}

static void put_escaped(struct text *out, const char *json)
{
	for (; *json != '\0'; json++) {
		put(out, *json == '"' || *json == '\\' ? "\\%c" : "%c", *json);
	}
}

static void put_pretty(struct text *out, const char *json)
{
	bool in_string = false;

	for (; *json != '\0'; json++) {
		put(out, "%c", *json);
		if (*json == '\\') {
			put(out, "%c", *++json);
		} else if (*json == '"') {
			in_string = !in_string;
		} else if (!in_string && strchr("{[,:", *json) != NULL) {
			put(out, "\n  ");
		}
	}
}

static void put_message(struct text *out, enum told_format format, const struct told *m, uint32_t i)
{
	char time[40];

	utc(m->offset_ms, time);
	switch (format) {
	case TOLD_HUB_LINES:
		put(out, "{  \"H\": \"Streaming\",  \"M\": \"feed\",  \"A\": [\"%s\",%s,\"%s\"  ]}\n", m->topic, m->json, time);
		break;
	case TOLD_FRAMES:
		if (i == 0) {
			put(out, "Starting Server\nConnected to WebSocket\n{\"C\":\"d-1\",\"S\":1,\"M\":[]}\n");
		}
		/* two messages in each frame */
		put(out, i % 2 == 0 ? "{\"C\":\"d-%u\",\"M\":[" : ",", i);
		put(out, "{\"H\":\"Streaming\",\"M\":\"feed\",\"A\":[\"%s\",%s,\"%s\"]}", m->topic, m->json, time);
		if (i % 2 == 1 || i + 1 == race_n) {
			put(out, "]}\n{}\n");
		}
		break;
	case TOLD_CORE:
		if (i == 0) {
			put(out, "Connected\n{}\x1e");
		}
		put(out, "{\"type\":1,\"target\":\"feed\",\"arguments\":[\"%s\",%s,\"%s\"]}\x1e", m->topic, m->json, time);
		put(out, i % 3 == 0 ? "{\"type\":6}\x1e\n" : "%s", "");
		break;
	case TOLD_PYTHON:
		put(out, "['%s', ", m->topic);
		put_python(out, m->json);
		put(out, ", '%s']\n", time);
		break;
	case TOLD_WRAPPED:
		time[strlen(time) - 1] = '\0';
		put(out, "{\"Type\":\"%s\",\"Json\":%s,\"DateTime\":\"%s+00:00\"}\r\n", m->topic, m->json, time);
		break;
	case TOLD_WRAPPED_TEXT:
		put(out, "{\"Type\":\"%s\",\"Json\":\"", m->topic);
		put_escaped(out, m->json);
		put(out, "\",\"DateTime\":\"%s\"}\n", time);
		break;
	case TOLD_STREAM_PAYLOAD:
		put(out, "{\"timestamp\":%lld,\"stream\":\"%s\",\"payload\":%s}\n", (long long)(T0_S * 1000 + m->offset_ms),
			m->topic, m->json);
		break;
	case TOLD_OFFSETS:
		put(out, "{\"offset\":%lld,\"topic\":\"%s\",\"data\":%s}\n", (long long)m->offset_ms, m->topic, m->json);
		break;
	case TOLD_UPDATES:
		put(out, "%s{\"timestamp\":\"%s\",\"updates\":{\"%s\":%s}}", i == 0 ? "[" : ",", time, m->topic, m->json);
		put(out, i + 1 == race_n ? "]" : "%s", "");
		break;
	case TOLD_UPDATES_UNTIMED:
		put(out, "%s{\"updates\":{\"%s\":%s}}%s", i == 0 ? "[\n" : "", m->topic, m->json,
			i + 1 == race_n ? "]\n" : ",\n");
		break;
	case TOLD_PRETTY:
		put(out, "{\n \"topic\": \"%s\",\n \"data\": ", m->topic);
		put_pretty(out, m->json);
		put(out, ",\n \"time\": \"%s\"\n}\n", time);
		break;
	case TOLD_TEXT:
		put(out, "%s %s %s\n", time, m->topic, m->json);
		break;
	default:
		abort();
	}
}

static void write_archive(const char *dir, bool plain, bool gz)
{
	for (uint32_t i = 0; i < race_n; i++) {
		struct text out = {0};
		char path[300];
		bool first = true;

		for (uint32_t k = 0; k < i; k++) {
			first = first && strcmp(race[k].topic, race[i].topic) != 0;
		}
		if (!first) {
			continue;
		}
		put(&out, "%s", plain ? "" : "\xef\xbb\xbf");
		for (uint32_t k = i; k < race_n; k++) {
			int ms = (int)race[k].offset_ms;

			if (strcmp(race[k].topic, race[i].topic) == 0) {
				put(&out, "%02d:%02d:%02d.%03d%s%s", ms / 3600000, ms / 60000 % 60, ms / 1000 % 60, ms % 1000,
					race[k].json, plain ? "\n" : "\r\n");
			}
		}
		snprintf(path, sizeof(path), "%s/%s.jsonStream%s", dir, race[i].topic, gz ? ".gz" : "");
		write_file(path, out.p, out.n, gz);
		free(out.p);
	}
}

void race_write(enum told_format format, const char *dir, bool gz, char *path, size_t path_size)
{
	struct text out = {0};

	if (format == TOLD_ARCHIVE || format == TOLD_ARCHIVE_PLAIN) {
		snprintf(path, path_size, "%s", dir);
		write_archive(dir, format == TOLD_ARCHIVE_PLAIN, gz);
		return;
	}
	/* the name tells nothing, on purpose */
	snprintf(path, path_size, "%s/recording", dir);
	for (uint32_t i = 0; i < race_n; i++) {
		put_message(&out, format, &race[i], i);
	}
	write_file(path, out.p, out.n, gz);
	free(out.p);
}

void write_file(const char *path, const void *bytes, size_t n, bool gz)
{
	gzFile f = gzopen(path, gz ? "wb6" : "wbT");

	if (f == NULL || gzwrite(f, bytes, (unsigned)n) != (int)n || gzclose(f) != Z_OK) {
		abort();
	}
}

void write_text(const char *dir, const char *name, const char *text)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	write_file(path, text, strlen(text), false);
}

void make_dir(char *path, size_t path_size)
{
	snprintf(path, path_size, "%s/f1pd-replay-XXXXXX", P_tmpdir);
	if (mkdtemp(path) == NULL) {
		abort();
	}
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void remove_dir(const char *path)
{
	nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

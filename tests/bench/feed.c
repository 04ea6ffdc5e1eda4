#include "feed.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recording.h"

#define CARS 20
#define LAPS 57
#define SEGMENTS 8 /* per sector */
#define GAPS 14    /* per lap */
#define LAP_MS 88000
#define T_START_NS (INT64_C(1904216400) * 1000000000) /* 2030-05-05T13:00:00Z */

bool feed_add(struct feed *f, const char *topic, size_t topic_n, const char *json, size_t n, int64_t t_ns)
{
	if (f->n == f->room) {
		size_t room = f->room ? f->room * 2 : 16384;
		struct feed_message *grown = realloc(f->messages, room * sizeof(*grown));
		if (!grown) {
			return false;
		}
		f->messages = grown;
		f->room = room;
	}
	struct feed_message *m = &f->messages[f->n];
	*m = (struct feed_message){.n = n, .t_ns = t_ns, .snapshot = !topic, .json = malloc(n + 1)};
	if (!m->json) {
		return false;
	}
	memcpy(m->json, json, n);
	m->json[n] = '\0';
	snprintf(m->topic, sizeof(m->topic), "%.*s", (int)topic_n, topic ? topic : "");
	f->n++;
	f->bytes += n;
	return true;
}

void feed_finish(struct feed *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->messages[i].json);
	}
	free(f->messages);
	*f = (struct feed){0};
}

/* --------------------------------------------------------------- recording */

bool feed_read(struct feed *f, const char *path, char *err, size_t err_size)
{
	struct sr_report report = {0};
	struct sr_recording recording = {0};
	struct sr_message m;
	int64_t t_ns = 0;
	if (sr_recording_open(&recording, path, &report, err, err_size) != F1P_OK) {
		return false;
	}
	struct sr_reader *reader = sr_recording_read(&recording, NULL, &report);
	bool ok = reader != NULL;
	while (ok && reader->next(reader, &m) == F1P_OK) {
		t_ns = m.t_ns != F1P_UNKNOWN_NS ? m.t_ns : t_ns;
		if (m.kind != SR_EVENT) {
			ok = feed_add(f, m.kind == SR_MESSAGE ? m.topic : NULL, m.topic_n, m.json, m.json_n, t_ns);
		}
	}
	sr_reader_destroy(reader);
	sr_recording_finish(&recording);
	if (!ok || f->n == 0) {
		snprintf(err, err_size, "%s: %s", path, ok ? "not one live-timing message in it" : "out of memory");
		return false;
	}
	return true;
}

/* --------------------------------------------------------------- synthetic race */

struct maker {
	struct feed *feed;
	bool ok;
};

static F1P_PRINTF(4, 5) void say(struct maker *k, int64_t ms, const char *topic, const char *fmt, ...)
{
	char text[16384];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	k->ok = k->ok && n > 0 && (size_t)n < sizeof(text) &&
		feed_add(k->feed, topic, strlen(topic), text, (size_t)n, T_START_NS + ms * 1000000);
}

/* A number that looks like chance, the same in every run. */
static int chance(int a, int b, int c, int below)
{
	uint32_t x = (uint32_t)a * 2654435761u ^ (uint32_t)b * 2246822519u ^ (uint32_t)c * 3266489917u;
	x ^= x >> 15;
	x *= 2146121005u;
	x ^= x >> 13;
	return (int)(x % (uint32_t)below);
}

static int number_of(int car)
{
	return car * 4 + 1;
}

static int lap_ms(int car, int lap)
{
	return LAP_MS + car * 60 + chance(car, lap, 1, 700);
}

static void driver_list(struct maker *k)
{
	char text[8192] = "{";
	size_t at = 1;
	for (int car = 0; car < CARS; car++) {
		at += (size_t)snprintf(text + at, sizeof(text) - at,
			"%s\"%d\":{\"RacingNumber\":\"%d\",\"Tla\":\"D%02d\",\"FullName\":\"Driver %02d\",\"TeamName\":\"Team %d\","
			"\"TeamColour\":\"3671C6\",\"Line\":%d}",
			car ? "," : "", number_of(car), number_of(car), car, car, car / 2, car + 1);
	}
	say(k, -600000, "DriverList", "%s}", text);
}

static void first_lines(struct maker *k)
{
	for (int car = 0; car < CARS; car++) {
		say(k, -590000 + car, "TimingData",
			"{\"Lines\":{\"%d\":{\"Line\":%d,\"Position\":\"%d\",\"RacingNumber\":\"%d\",\"InPit\":false,\"PitOut\":false,"
			"\"Retired\":false,\"Stopped\":false,\"NumberOfLaps\":0,\"GapToLeader\":\"\",\"IntervalToPositionAhead\":"
			"{\"Value\":\"\",\"Catching\":false},\"Sectors\":[{\"Value\":\"\",\"Segments\":[{\"Status\":0},{\"Status\":0},"
			"{\"Status\":0},{\"Status\":0},{\"Status\":0},{\"Status\":0},{\"Status\":0},{\"Status\":0}]},{\"Value\":\"\","
			"\"Segments\":[{\"Status\":0},{\"Status\":0},{\"Status\":0},{\"Status\":0},{\"Status\":0},{\"Status\":0},"
			"{\"Status\":0},{\"Status\":0}]},{\"Value\":\"\",\"Segments\":[{\"Status\":0},{\"Status\":0},{\"Status\":0},"
			"{\"Status\":0},{\"Status\":0},{\"Status\":0},{\"Status\":0},{\"Status\":0}]}],\"Speeds\":{\"I1\":{\"Value\":\"\"},"
			"\"I2\":{\"Value\":\"\"},\"FL\":{\"Value\":\"\"},\"ST\":{\"Value\":\"\"}},\"BestLapTime\":{\"Value\":\"\"},"
			"\"LastLapTime\":{\"Value\":\"\"}}}}",
			number_of(car), car + 1, car + 1, number_of(car));
		say(k, -580000 + car, "TimingAppData",
			"{\"Lines\":{\"%d\":{\"RacingNumber\":\"%d\",\"Line\":%d,\"Stints\":[{\"LapFlags\":0,\"Compound\":\"MEDIUM\","
			"\"New\":\"true\",\"TyresNotChanged\":\"0\",\"TotalLaps\":0,\"StartLaps\":0}]}}}",
			number_of(car), number_of(car), car + 1);
	}
}

static void opening(struct maker *k)
{
	say(k, -700000, "SessionInfo",
		"{\"Meeting\":{\"Key\":9001,\"Name\":\"Example Grand Prix\",\"Location\":\"Exampletown\",\"Country\":{\"Key\":1,"
		"\"Code\":\"EXA\",\"Name\":\"Example\"},\"Circuit\":{\"Key\":99,\"ShortName\":\"Examplering\"}},\"Key\":90010,"
		"\"Type\":\"Race\",\"Name\":\"Race\",\"StartDate\":\"2030-05-05T15:00:00\",\"EndDate\":\"2030-05-05T17:00:00\","
		"\"GmtOffset\":\"02:00:00\",\"Path\":\"2030/2030-05-05_Example_Grand_Prix/2030-05-05_Race/\"}");
	driver_list(k);
	first_lines(k);
	say(k, -500000, "TrackStatus", "{\"Status\":\"1\",\"Message\":\"AllClear\"}");
	say(k, -500000, "LapCount", "{\"CurrentLap\":1,\"TotalLaps\":%d}", LAPS);
	say(k, 0, "SessionStatus", "{\"Status\":\"Started\"}");
}

static void segments(struct maker *k, int car, int lap, int sector, int64_t from, int sector_ms)
{
	for (int i = 0; i < SEGMENTS; i++) {
		say(k, from + sector_ms * (i + 1) / SEGMENTS - 40, "TimingData",
			"{\"Lines\":{\"%d\":{\"Sectors\":{\"%d\":{\"Segments\":{\"%d\":{\"Status\":%d}}}}}}}", number_of(car), sector, i,
			chance(car, lap, i, 5) ? 2048 : 2049);
	}
}

static void gaps(struct maker *k, int car, int lap, int64_t from, int lap_time)
{
	for (int i = 0; car > 0 && i < GAPS; i++) {
		int gap = car * 1500 + chance(car, lap, i, 900);
		say(k, from + lap_time * i / GAPS, "TimingData",
			"{\"Lines\":{\"%d\":{\"GapToLeader\":\"+%d.%03d\",\"IntervalToPositionAhead\":{\"Value\":\"+1.%03d\"}}}}",
			number_of(car), gap / 1000, gap % 1000, chance(car, lap, i + 50, 1000));
	}
}

static void sectors(struct maker *k, int car, int lap, int64_t from, int lap_time)
{
	int sector_ms = lap_time / 3, n = number_of(car), speed = 270 + chance(car, lap, 3, 60);
	for (int s = 0; s < 3; s++) {
		segments(k, car, lap, s, from + s * sector_ms, sector_ms);
	}
	say(k, from + sector_ms, "TimingData",
		"{\"Lines\":{\"%d\":{\"Sectors\":{\"0\":{\"Value\":\"%d.%03d\"},\"1\":{\"Value\":\"\"},\"2\":{\"Value\":\"\"}},\"Speeds\":"
		"{\"I1\":{\"Value\":\"%d\"},\"I2\":{\"Value\":\"\"},\"FL\":{\"Value\":\"\"},\"ST\":{\"Value\":\"\"}}}}}",
		n, sector_ms / 1000, sector_ms % 1000, speed);
	say(k, from + sector_ms + 9000, "TimingData", "{\"Lines\":{\"%d\":{\"Speeds\":{\"ST\":{\"Value\":\"%d\"}}}}}", n, speed + 9);
	say(k, from + 2 * sector_ms, "TimingData",
		"{\"Lines\":{\"%d\":{\"Sectors\":{\"1\":{\"Value\":\"%d.%03d\",\"PersonalFastest\":%s}},\"Speeds\":{\"I2\":{\"Value\":"
		"\"%d\"}}}}}",
		n, sector_ms / 1000, sector_ms % 1000, chance(car, lap, 4, 4) ? "false" : "true", speed - 20);
}

static void line(struct maker *k, int car, int lap, int64_t at, int lap_time)
{
	int n = number_of(car), third = lap_time / 3;
	say(k, at, "TimingData",
		"{\"Lines\":{\"%d\":{\"NumberOfLaps\":%d,\"Sectors\":{\"2\":{\"Value\":\"%d.%03d\"}},\"Speeds\":{\"FL\":{\"Value\":\"%d\"}},"
		"\"LastLapTime\":{\"Value\":\"%d:%02d.%03d\"}}}}",
		n, lap, third / 1000, third % 1000, 280 + chance(car, lap, 5, 20), lap_time / 60000, lap_time / 1000 % 60,
		lap_time % 1000);
	say(k, at + 30, "TimingAppData", "{\"Lines\":{\"%d\":{\"Stints\":{\"0\":{\"TotalLaps\":%d}}}}}", n, lap);
	if (car == 0 && lap < LAPS) {
		say(k, at + 20, "LapCount", "{\"CurrentLap\":%d}", lap + 1);
		say(k, at + 25, "WeatherData",
			"{\"AirTemp\":\"21.%d\",\"Humidity\":\"50.0\",\"Pressure\":\"1012.3\",\"Rainfall\":\"0\",\"TrackTemp\":\"33.%d\","
			"\"WindDirection\":\"180\",\"WindSpeed\":\"1.2\"}",
			lap % 10, lap % 7);
	}
}

static int by_time(const void *a, const void *b)
{
	const struct feed_message *x = a, *y = b;
	return x->t_ns != y->t_ns ? (x->t_ns > y->t_ns) - (x->t_ns < y->t_ns) : strcmp(x->json, y->json);
}

bool feed_synthetic(struct feed *f)
{
	struct maker k = {f, true};
	opening(&k);
	for (int car = 0; car < CARS; car++) {
		int64_t at = car * 300;
		for (int lap = 1; lap <= LAPS; lap++) {
			int took = lap_ms(car, lap);
			gaps(&k, car, lap, at, took);
			sectors(&k, car, lap, at, took);
			at += took;
			line(&k, car, lap, at, took);
		}
	}
	if (k.ok) {
		qsort(f->messages, f->n, sizeof(*f->messages), by_time);
	}
	return k.ok;
}

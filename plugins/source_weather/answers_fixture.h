/* answers_fixture.h - for tests: answers as the services give them, made of formulas. */
#ifndef ANSWERS_FIXTURE_H
#define ANSWERS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOON_S INT64_C(1941192000) /* 2031-07-07T12:00:00Z */
#define SEC_NS INT64_C(1000000000)

struct text {
	char *at;
	size_t n, cap;
};

static inline void put(struct text *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (t->n + (size_t)n + 1 > t->cap) {
		t->cap = (t->n + (size_t)n + 1) * 2;
		t->at = realloc(t->at, t->cap);
		assert_non_null(t->at);
	}
	va_start(ap, fmt);
	vsnprintf(t->at + t->n, t->cap - t->n, fmt, ap);
	va_end(ap);
	t->n += (size_t)n;
}

#define ARRAY(t, name, n, fmt, value)                                                                                            \
	do {                                                                                                                     \
		put(t, ",\"%s\":[", name);                                                                                       \
		for (int i = 0; i < (n); i++)                                                                                    \
			put(t, "%s" fmt, i ? "," : "", value);                                                                   \
		put(t, "]");                                                                                                     \
	} while (0)

/* Thirteen quarter hours and eighteen hours, the first of each being the present one; at the ith hour i tenths over 20 degrees
 * and i % of rain; rain_mm in each quarter hour. Malloc'ed. */
static inline char *open_meteo_answer(int64_t now_s, double rain_mm)
{
	struct text t = {0};
	int64_t quarter = now_s / 900 * 900, hour = now_s / 3600 * 3600;

	put(&t, "{\"latitude\":45.62,\"longitude\":9.28,\"generationtime_ms\":0.2,\"utc_offset_seconds\":0,\"timezone\":"
		"\"GMT\",");
	put(&t, "\"elevation\":162.0,\"current_units\":{\"time\":\"unixtime\",\"interval\":\"seconds\",\"temperature_2m\":\"°C\","
		"\"relative_humidity_2m\":\"%%\",\"surface_pressure\":\"hPa\",\"precipitation\":\"mm\",\"wind_speed_10m\":\"m/"
		"s\","
		"\"wind_direction_10m\":\"°\"},");
	put(&t,
		"\"current\":{\"time\":%lld,\"interval\":900,\"temperature_2m\":23.4,\"relative_humidity_2m\":41,"
		"\"surface_pressure\":998.7,\"precipitation\":%.2f,\"wind_speed_10m\":3.25,\"wind_direction_10m\":270},",
		(long long)quarter, rain_mm);
	put(&t, "\"minutely_15_units\":{\"time\":\"unixtime\",\"precipitation\":\"mm\"},\"minutely_15\":{\"x\":0");
	ARRAY(&t, "time", 13, "%lld", (long long)(quarter + i * 900));
	ARRAY(&t, "temperature_2m", 13, "%.1f", 21.0 + i / 10.0);
	ARRAY(&t, "precipitation", 13, "%.2f", rain_mm);
	ARRAY(&t, "wind_speed_10m", 13, "%.2f", 2.0);
	ARRAY(&t, "wind_direction_10m", 13, "%d", 180 + i);
	put(&t, "},\"hourly_units\":{\"time\":\"unixtime\",\"cloud_cover\":\"%%\"},\"hourly\":{\"x\":0");
	ARRAY(&t, "time", 18, "%lld", (long long)(hour + i * 3600));
	ARRAY(&t, "temperature_2m", 18, "%.1f", 20.0 + i / 10.0);
	ARRAY(&t, "precipitation", 18, "%.2f", 4 * rain_mm);
	ARRAY(&t, "precipitation_probability", 18, "%d", i);
	ARRAY(&t, "wind_speed_10m", 18, "%.2f", 4.0);
	ARRAY(&t, "wind_direction_10m", 18, "%d", 90);
	ARRAY(&t, "cloud_cover", 18, "%d", 55);
	put(&t, "}}");
	return t.at;
}

/* An hour of minutes, rain from the 30th on with 6 mm/h, and twelve hours. */
static inline char *open_weather_answer(int64_t now_s)
{
	struct text t = {0};
	int64_t minute = now_s / 60 * 60 + 60, hour = now_s / 3600 * 3600;

	put(&t,
		"{\"lat\":45.62,\"lon\":9.28,\"timezone\":\"Etc/"
		"GMT\",\"timezone_offset\":0,\"current\":{\"dt\":%lld,\"sunrise\":1,"
		"\"temp\":18.44,\"feels_like\":18,\"pressure\":1014,\"humidity\":89,\"clouds\":53,\"wind_speed\":3.13,\"wind_"
		"deg\":93,"
		"\"weather\":[{\"id\":500,\"main\":\"Rain\"}],\"rain\":{\"1h\":0.34}},\"minutely\":[",
		(long long)now_s);
	for (int i = 0; i < 61; i++)
		put(&t, "%s{\"dt\":%lld,\"precipitation\":%d}", i ? "," : "", (long long)(minute + i * 60), i < 30 ? 0 : 6);
	put(&t, "],\"hourly\":[");
	for (int i = 0; i < 12; i++) {
		put(&t,
			"%s{\"dt\":%lld,\"temp\":%.2f,\"pressure\":1014,\"humidity\":90,\"clouds\":54,\"wind_speed\":2.58,\"wind_"
			"deg\":86,"
			"\"weather\":[{\"id\":803}],\"pop\":%.2f",
			i ? "," : "", (long long)(hour + i * 3600), 18 + i / 10.0, i / 20.0);
		put(&t, i % 2 ? ",\"rain\":{\"1h\":1.5}}" : "}");
	}
	put(&t, "]}");
	return t.at;
}

#endif

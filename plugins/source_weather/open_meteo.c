/*
 * open_meteo.c - Open-Meteo's /v1/forecast: free, no key, quarter hours and hours. A value belongs to the end of its step.
 */
#include "provider.h"

#include <stdio.h>
#include <string.h>

/* Units as asked for: another one in the answer means that it is not the answer to this question. */
static const struct {
	const char *name, *unit;
	enum column column;
} variables[] = {
	{"temperature_2m", "°C", COL_AIR},
	{"relative_humidity_2m", "%", COL_HUMIDITY},
	{"surface_pressure", "hPa", COL_PRESSURE},
	{"precipitation", "mm", COL_RAIN},
	{"precipitation_probability", "%", COL_PROBABILITY},
	{"wind_speed_10m", "m/s", COL_WIND},
	{"wind_direction_10m", "°", COL_DIRECTION},
	{"cloud_cover", "%", COL_CLOUD},
};
#define N_VARIABLES (sizeof(variables) / sizeof(variables[0]))

static void url(char *out, size_t size, const char *base_url, int32_t lat_e4, int32_t lon_e4, const char *key)
{
	char lat[PLACE_TEXT], lon[PLACE_TEXT];

	place_text(lat, lat_e4);
	place_text(lon, lon_e4);
	snprintf(out, size,
		"%s/v1/forecast?latitude=%s&longitude=%s"
		"&current=temperature_2m,relative_humidity_2m,surface_pressure,precipitation,wind_speed_10m,wind_direction_10m"
		"&minutely_15=temperature_2m,precipitation,wind_speed_10m,wind_direction_10m"
		"&hourly=temperature_2m,precipitation,precipitation_probability,wind_speed_10m,wind_direction_10m,cloud_cover"
		"&forecast_minutely_15=13&forecast_hours=18&timeformat=unixtime&timezone=GMT&wind_speed_unit=ms%s%s",
		base_url, lat, lon, key[0] ? "&apikey=" : "", key);
}

static const char *unit_of(const char *variable)
{
	for (size_t i = 0; i < N_VARIABLES; i++)
		if (strcmp(variables[i].name, variable) == 0)
			return variables[i].unit;
	return strcmp(variable, "time") == 0 ? "unixtime" : strcmp(variable, "interval") == 0 ? "seconds" : NULL;
}

static void check_unit(struct forecast *f, const struct path *p, const char *text, size_t n)
{
	const char *unit = unit_of(p->at[1].key);
	char given[32];

	if (!unit || (strlen(unit) == n && memcmp(unit, text, n) == 0))
		return;
	provider_words(given, sizeof(given), text, n);
	snprintf(f->fault, sizeof(f->fault), "%s.%s is \"%s\", not \"%s\"", p->at[0].key, p->at[1].key, given, unit);
}

static int column_of(const char *variable)
{
	for (size_t i = 0; i < N_VARIABLES; i++)
		if (strcmp(variables[i].name, variable) == 0)
			return (int)variables[i].column;
	return -1;
}

static void read_present(struct forecast *f, const struct path *p, enum value_kind kind, const char *text, size_t n)
{
	int column = column_of(p->at[1].key);
	int64_t seconds;

	if (strcmp(p->at[1].key, "time") == 0)
		provider_time(f, "time", kind, text, n, &f->present_t_s);
	else if (strcmp(p->at[1].key, "interval") == 0 && kind == VALUE_NUMBER && scaled_number(text, n, 0, &seconds) &&
		 seconds >= 60 && seconds <= 6 * HOUR_S)
		f->present_rain_s = (int32_t)seconds;
	else if (column >= 0 && kind != VALUE_NULL)
		provider_number(f, (enum column)column, 0, kind, text, n, &f->present[column]);
}

static void read_series(
	struct forecast *f, struct series *s, const struct path *p, enum value_kind kind, const char *text, size_t n)
{
	int column = column_of(p->at[1].key);
	uint32_t i = p->at[2].index;
	int32_t v = F1P_UNKNOWN;
	int64_t t_s;

	if (strcmp(p->at[1].key, "time") == 0) {
		if (provider_time(f, "time", kind, text, n, &t_s))
			series_time(s, i, t_s);
	} else if (column >= 0) {
		if (kind != VALUE_NULL)
			provider_number(f, (enum column)column, 0, kind, text, n, &v);
		series_put(s, (enum column)column, i, v);
	}
}

static void on_value(void *arg, const struct path *p, enum value_kind kind, const char *text, size_t n)
{
	struct forecast *f = arg;
	const char *section = p->at[0].key;
	size_t len = strlen(section);

	if (f->fault[0] || (p->depth == 3 && p->at[2].key[0]))
		return;
	if (path_is(p, "reason", NULL, NULL, NULL) && kind == VALUE_TEXT)
		provider_words(f->words, sizeof(f->words), text, n);
	else if (p->depth == 2 && kind == VALUE_TEXT && len > 6 && strcmp(section + len - 6, "_units") == 0)
		check_unit(f, p, text, n);
	else if (p->depth == 2 && strcmp(section, "current") == 0)
		read_present(f, p, kind, text, n);
	else if (p->depth == 3 && strcmp(section, "minutely_15") == 0)
		read_series(f, &f->quarters, p, kind, text, n);
	else if (p->depth == 3 && strcmp(section, "hourly") == 0)
		read_series(f, &f->hours, p, kind, text, n);
}

static void read_answer(struct forecast *f, const char *body, size_t n)
{
	if (provider_values(f, body, n, on_value, f))
		forecast_settle(f);
}

const struct provider open_meteo = {
	.id = "openmeteo",
	.name = "Open-Meteo",
	.base_url = "https://api.open-meteo.com",
	.least_ms = 60000,
	.per_minute = 10,
	.per_hour = 120,
	.url = url,
	.read = read_answer,
};

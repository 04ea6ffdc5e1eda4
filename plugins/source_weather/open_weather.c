/*
 * open_weather.c - OpenWeather's One Call 3.0: a key, rain by the minute for an hour, then hours. A value belongs to the
 * beginning of its hour. Its pressure is that at sea level, which is not what the circuit measures: left out.
 */
#include "provider.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTES_MAX 61u
#define LEAST_MINUTES 10u /* of a quarter hour that must be told */

struct reading {
	struct forecast *f;
	int64_t minute_s[MINUTES_MAX];
	int32_t minute_um_per_hour[MINUTES_MAX];
	uint32_t n_minutes;
};

static void url(char *out, size_t size, const char *base_url, int32_t lat_e4, int32_t lon_e4, const char *key)
{
	char lat[PLACE_TEXT], lon[PLACE_TEXT];

	place_text(lat, lat_e4);
	place_text(lon, lon_e4);
	snprintf(out, size, "%s/data/3.0/onecall?lat=%s&lon=%s&units=metric&exclude=daily,alerts&appid=%s", base_url, lat, lon,
		key);
}

static const struct {
	const char *name;
	enum column column;
	int shift; /* the number times 10^shift has the unit of the column */
} variables[] = {
	{"temp", COL_AIR, 0},
	{"humidity", COL_HUMIDITY, 0},
	{"wind_speed", COL_WIND, 0},
	{"wind_deg", COL_DIRECTION, 0},
	{"clouds", COL_CLOUD, 0},
	{"pop", COL_PROBABILITY, 2},
};

/* False if no column has this name. */
static bool read_column(
	struct forecast *f, const char *name, enum value_kind kind, const char *text, size_t n, enum column *c, int32_t *v)
{
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		if (strcmp(variables[i].name, name) != 0)
			continue;
		*c = variables[i].column;
		provider_number(f, *c, variables[i].shift, kind, text, n, v);
		return true;
	}
	return false;
}

static void read_present(struct forecast *f, const struct path *p, enum value_kind kind, const char *text, size_t n)
{
	enum column c;
	int32_t v;

	if (path_is(p, "current", "dt", NULL, NULL)) {
		if (provider_time(f, "dt", kind, text, n, &f->present_t_s) && f->present[COL_RAIN] == F1P_UNKNOWN)
			f->present[COL_RAIN] = 0; /* without rain there is no "rain" */
		f->present_rain_s = HOUR_S;
	} else if (path_is(p, "current", "rain", "1h", NULL)) {
		forecast_number(f, COL_RAIN, 0, text, n, &f->present[COL_RAIN]);
	} else if (p->depth == 2 && read_column(f, p->at[1].key, kind, text, n, &c, &v)) {
		f->present[c] = v;
	}
}

/* Every hour is an object of its own, and may leave things out. */
static void fill(struct series *s, enum column c, uint32_t to)
{
	for (uint32_t i = s->n_of[c]; i < to && i < SERIES_MAX; i++)
		s->value[c][i] = F1P_UNKNOWN;
	s->n_of[c] = to;
}

static void read_hour(struct forecast *f, const struct path *p, enum value_kind kind, const char *text, size_t n)
{
	uint32_t i = p->at[1].index;
	enum column c;
	int32_t v = F1P_UNKNOWN;
	int64_t t_s;

	if (path_is(p, "hourly", "*", "rain", "1h")) {
		forecast_number(f, COL_RAIN, 0, text, n, &v);
		series_put(&f->hours, COL_RAIN, i, v);
	} else if (path_is(p, "hourly", "*", "dt", NULL)) {
		if (!provider_time(f, "dt", kind, text, n, &t_s))
			return;
		series_time(&f->hours, i, t_s + HOUR_S);
		if (f->hours.n_of[COL_RAIN] <= i) /* as above */
			series_put(&f->hours, COL_RAIN, i, 0);
	} else if (p->depth == 3 && read_column(f, p->at[2].key, kind, text, n, &c, &v)) {
		fill(&f->hours, c, i);
		series_put(&f->hours, c, i, v);
	}
}

static void read_minute(struct reading *r, const struct path *p, enum value_kind kind, const char *text, size_t n)
{
	uint32_t i = p->at[1].index;

	if (i >= MINUTES_MAX)
		return;
	for (; r->n_minutes <= i; r->n_minutes++)
		r->minute_um_per_hour[r->n_minutes] = F1P_UNKNOWN;
	if (path_is(p, "minutely", "*", "dt", NULL))
		provider_time(r->f, "dt", kind, text, n, &r->minute_s[i]);
	else if (path_is(p, "minutely", "*", "precipitation", NULL) && kind == VALUE_NUMBER)
		forecast_number(r->f, COL_RAIN, 0, text, n, &r->minute_um_per_hour[i]);
}

static void on_value(void *arg, const struct path *p, enum value_kind kind, const char *text, size_t n)
{
	struct reading *r = arg;
	const char *section = p->at[0].key;

	if (r->f->fault[0])
		return;
	if (path_is(p, "message", NULL, NULL, NULL) && kind == VALUE_TEXT)
		provider_words(r->f->words, sizeof(r->f->words), text, n);
	else if (strcmp(section, "current") == 0)
		read_present(r->f, p, kind, text, n);
	else if (strcmp(section, "hourly") == 0)
		read_hour(r->f, p, kind, text, n);
	else if (strcmp(section, "minutely") == 0)
		read_minute(r, p, kind, text, n);
}

/* Minutes that end in (end - 15 min, end]. True if enough of them are told. */
static bool quarter(const struct reading *r, int64_t end_s, int32_t *um)
{
	int64_t sum = 0;
	uint32_t n = 0;

	for (uint32_t i = 0; i < r->n_minutes; i++) {
		if (r->minute_s[i] <= end_s - QUARTER_S || r->minute_s[i] > end_s || r->minute_um_per_hour[i] == F1P_UNKNOWN)
			continue;
		sum += r->minute_um_per_hour[i];
		n++;
	}
	*um = n ? (int32_t)(sum / n * QUARTER_S / HOUR_S) : 0;
	return n >= LEAST_MINUTES;
}

static void make_quarters(const struct reading *r)
{
	struct series *s = &r->f->quarters;
	int32_t um;

	if (r->n_minutes == 0)
		return;
	int64_t first = (r->minute_s[0] + QUARTER_S - 1) / QUARTER_S * QUARTER_S;
	for (int64_t t = first; t <= first + 4 * QUARTER_S; t += QUARTER_S) {
		if (quarter(r, t, &um)) {
			series_put(s, COL_RAIN, s->n, um);
			series_time(s, s->n, t);
		} else if (s->n) {
			return;
		}
	}
}

static void read_answer(struct forecast *f, const char *body, size_t n)
{
	struct reading *r = calloc(1, sizeof(*r));

	if (!r) {
		snprintf(f->fault, sizeof(f->fault), "no memory");
		return;
	}
	r->f = f;
	if (provider_values(f, body, n, on_value, r)) {
		make_quarters(r);
		for (int c = 0; c < COLUMNS; c++)
			if (f->hours.n_of[c])
				fill(&f->hours, (enum column)c, f->hours.n);
		forecast_settle(f);
	}
	free(r);
}

const struct provider open_weather = {
	.id = "openweather",
	.name = "OpenWeather",
	.base_url = "https://api.openweathermap.org",
	.least_ms = 600000,
	.per_minute = 5,
	.per_hour = 40,
	.url = url,
	.read = read_answer,
};

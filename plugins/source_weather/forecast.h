/*
 * forecast.h - a forecast as some service gave it, checked, and what becomes of it: the events.
 *
 * Times are UTC seconds and mean the end of a step. Values have the units of the events; F1P_UNKNOWN = none.
 */
#ifndef WEATHER_FORECAST_H
#define WEATHER_FORECAST_H

#include <f1pd/event.h>

#define QUARTER_S 900
#define HOUR_S 3600
#define SERIES_MAX 64u

enum column { COL_PROBABILITY, COL_RAIN, COL_AIR, COL_WIND, COL_DIRECTION, COL_CLOUD, COL_HUMIDITY, COL_PRESSURE, COLUMNS };

struct series {
	int32_t step_s;
	uint32_t n; /* times; more than SERIES_MAX are counted but not kept */
	uint32_t n_of[COLUMNS];
	int64_t t_s[SERIES_MAX];
	int32_t value[COLUMNS][SERIES_MAX];
};

struct forecast {
	struct series quarters, hours;
	int64_t present_t_s; /* 0 = none */
	int32_t present[COLUMNS];
	int32_t present_rain_s; /* over how long present[COL_RAIN] fell */
	uint32_t bad_values;	/* out of range, or of a wrong type */
	char fault[160];	/* why nothing of it may be used; "" */
	char doubt[160];	/* what was left out; "" */
	char words[160];	/* the service's own, of an error; "" */
};

void forecast_init(struct forecast *);
/* Sets *out if the number is in the column's range, else counts it. text: in the event's unit times 10^-shift. */
void forecast_number(struct forecast *, enum column, int shift, const char *text, size_t n, int32_t *out);
void series_put(struct series *, enum column, uint32_t index, int32_t value);
void series_time(struct series *, uint32_t index, int64_t t_s);
/* Drops what does not fit together: times that are not a step apart, columns shorter or longer than the times. */
void forecast_settle(struct forecast *);

/* False with a reason in f->fault: no step lies ahead. t_ns: when it was fetched. */
bool forecast_outlook(struct forecast *, const char *provider, int64_t t_ns, struct f1p_ev_outlook *);
/* False if there is nothing to tell. */
bool forecast_weather(const struct forecast *, int64_t t_ns, struct f1p_ev_weather *);

#endif

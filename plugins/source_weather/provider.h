/*
 * provider.h - what differs between the weather services: the question, the answer, their errors.
 */
#ifndef WEATHER_PROVIDER_H
#define WEATHER_PROVIDER_H

#include "forecast.h"
#include "values.h"

struct provider {
	const char *id;	  /* as the option says */
	const char *name; /* for people */
	const char *base_url;
	int64_t least_ms;	       /* its model does not change more often */
	uint32_t per_minute, per_hour; /* requests, far below what it allows */
	/* The URL, at most size - 1 bytes; key "" = none. */
	void (*url)(char *out, size_t size, const char *base_url, int32_t lat_e4, int32_t lon_e4, const char *key);
	/* Reads an answer into *f, which is initialised; f->fault says why if nothing of it can be used. */
	void (*read)(struct forecast *f, const char *body, size_t n);
};

extern const struct provider open_meteo;
extern const struct provider open_weather;

/* "-23.7036": what all services take. */
#define PLACE_TEXT 16
void place_text(char out[PLACE_TEXT], int32_t e4);
/* A number of the answer into its column, as forecast_number; what is no number counts as a bad value. */
void provider_number(struct forecast *, enum column, int shift, enum value_kind, const char *text, size_t n, int32_t *out);
/* A time in Unix seconds; else false, and a fault that names the field. */
bool provider_time(struct forecast *, const char *field, enum value_kind, const char *text, size_t n, int64_t *t_s);
/* Reads the values; false: nothing can be used, and f->fault says why, by the service's own words if it gave some. */
bool provider_values(struct forecast *, const char *body, size_t n, value_fn, void *arg);
/* The service's own words, for people: control characters become spaces. */
void provider_words(char *out, size_t size, const char *text, size_t n);

#endif

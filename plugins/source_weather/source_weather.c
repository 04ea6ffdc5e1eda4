/*
 * source_weather.c - weather forecasts for the circuit of the next session, from Open-Meteo or OpenWeather.
 */
#include "weather.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpers/one_plugin.h"

#define ANSWERS_HELP "Answers by what became of them"
#define LOOK_NS (30 * 1000 * MS_NS) /* the calendar may change at any time */

struct config {
	const char *provider, *base_url, *key;
	double lat, lon;
	int64_t every_session, every_before, every_idle, before;
	bool present;
};

static const struct f1p_cfg_item options[] = {
	F1P_OPT(struct config, provider, F1P_CFG_ENUM, 0, "openmeteo", NULL, NULL, "openmeteo|openweather",
		"Whom to ask: Open-Meteo (free for non-commercial use) or OpenWeather One Call 3.0 (needs a key)"),
	F1P_OPT(struct config, base_url, F1P_CFG_STR, 0, "", NULL, NULL, NULL,
		"Another server of the same kind; empty = the provider's own"),
	F1P_OPT(struct config, key, F1P_CFG_SECRET, 0, "", NULL, NULL, NULL,
		"OpenWeather's appid, or the apikey of a paid Open-Meteo"),
	F1P_OPT(struct config, lat, F1P_CFG_DOUBLE, 0, "0", "-90", "90", NULL,
		"Latitude in degrees; with lon = 0 the circuit's place is taken from the calendar"),
	F1P_OPT(struct config, lon, F1P_CFG_DOUBLE, 0, "0", "-180", "180", NULL, "Longitude in degrees, east is positive"),
	F1P_OPT(struct config, every_session, F1P_CFG_DURATION_MS, 0, "5m", "1m", "6h", NULL,
		"How often to ask while a session runs"),
	F1P_OPT(struct config, every_before, F1P_CFG_DURATION_MS, 0, "15m", "1m", "6h", NULL,
		"How often to ask shortly before a session"),
	F1P_OPT(struct config, every_idle, F1P_CFG_DURATION_MS, 0, "6h", "10m", "24h", NULL, "How often to ask otherwise"),
	F1P_OPT(struct config, before, F1P_CFG_DURATION_MS, 0, "3h", "0s", "24h", NULL,
		"How long before a session is shortly before"),
	F1P_OPT(struct config, present, F1P_CFG_BOOL, 0, "yes", NULL, NULL, NULL,
		"Also tell the model's weather of now, for when nobody measures at the circuit"),
};

static struct source *self(struct f1p_plugin *p)
{
	return p->impl;
}

/* ------------------------------------------------------------ configuration and life */

static bool is_url(const char *url)
{
	return strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0;
}

static bool is_key(const char *key)
{
	for (const char *c = key; *c; c++)
		if (!((*c >= '0' && *c <= '9') || (*c >= 'A' && *c <= 'Z') || (*c >= 'a' && *c <= 'z') || *c == '-' || *c == '_'))
			return false;
	return strlen(key) < 128;
}

static int32_t e4(double degrees)
{
	return (int32_t)(degrees * 1e4 + (degrees < 0 ? -0.5 : 0.5));
}

static f1p_status configure(struct f1p_plugin *p, const void *config)
{
	const struct config *c = config;
	struct source *s = self(p);
	const struct f1p_host *host = s->host;

	s->provider = strcmp(c->provider, open_weather.id) == 0 ? &open_weather : &open_meteo;
	const char *url = c->base_url[0] ? c->base_url : s->provider->base_url;
	size_t n = strlen(url);
	if (!is_url(url) || n >= sizeof(s->base_url))
		return host->fail(host, F1P_ECONFIG, "base_url = \"%.80s\" is no URL: write https://HOST", url);
	while (n > 0 && url[n - 1] == '/')
		n--;
	snprintf(s->base_url, sizeof(s->base_url), "%.*s", (int)n, url);
	if (!is_key(c->key))
		return host->fail(
			host, F1P_ECONFIG, "key holds characters that no key has: letters, digits, - and _, at most 127");
	if (s->provider == &open_weather && !c->key[0])
		return host->fail(
			host, F1P_ECONFIG, "provider = openweather needs a key: write key = ${file:PATH} or ${env:NAME}");
	snprintf(s->key, sizeof(s->key), "%s", c->key);
	s->fixed.known = c->lat != 0 || c->lon != 0;
	s->fixed.lat_e4 = e4(c->lat);
	s->fixed.lon_e4 = e4(c->lon);
	s->pace = (struct pace){c->every_session, c->every_before, c->every_idle, c->before};
	s->present = c->present;
	return F1P_OK;
}

static f1p_status init(struct f1p_plugin *p)
{
	struct source *s = self(p);
	const struct f1p_host *host = s->host;
	const struct f1p_metrics *m = host->get_extension(host, F1P_EXT_METRICS);

	s->provider = &open_meteo;
	s->bus = host->get_extension(host, F1P_EXT_BUS);
	s->http = host->get_extension(host, F1P_EXT_HTTP);
	s->schedule = host->get_extension(host, F1P_EXT_SCHEDULE);
	s->wake = host->get_extension(host, F1P_EXT_WAKE);
	if (!s->bus)
		return host->fail(host, F1P_EUNSUPPORTED, "the host offers no %s: a source cannot emit", F1P_EXT_BUS);
	compare_init(&s->compare, host);
	if (m) {
		s->answers = m->get(host, F1P_METRIC_COUNTER, "f1pd_weather_answers_total", ANSWERS_HELP, "result", "used");
		s->refused = m->get(host, F1P_METRIC_COUNTER, "f1pd_weather_answers_total", ANSWERS_HELP, "result", "refused");
		s->bad_values = m->get(host, F1P_METRIC_COUNTER, "f1pd_weather_bad_values_total",
			"Values of forecasts that were out of range or of a wrong type", NULL, NULL);
	}
	return F1P_OK;
}

static f1p_status start(struct f1p_plugin *p)
{
	struct source *s = self(p);

	tell_begin(s);
	ask_begin(s);
	if (!s->http)
		s->host->log(s->host, F1P_LOG_WARN, "the host offers no %s: there will be no weather forecast", F1P_EXT_HTTP);
	else if (!s->schedule && !s->fixed.known)
		s->host->log(s->host, F1P_LOG_WARN, "there is no calendar to take a place from: set lat and lon");
	return F1P_OK;
}

static void stop(struct f1p_plugin *p)
{
	ask_end(self(p));
}

static void destroy(struct f1p_plugin *p)
{
	stop(p);
	free(self(p));
}

/* ------------------------------------------------------------ poll */

static struct place place_now(const struct source *s, const struct f1p_schedule_now *now)
{
	const struct f1p_session_plan *p = &now->session;
	struct place place = s->fixed;

	if (!place.known && now->has_session == F1P_YES && p->lat_e4 != F1P_UNKNOWN && p->lon_e4 != F1P_UNKNOWN &&
		p->lat_e4 >= -900000 && p->lat_e4 <= 900000 && p->lon_e4 >= -1800000 && p->lon_e4 <= 1800000)
		place = (struct place){true, p->lat_e4, p->lon_e4};
	return place;
}

/* Not every calendar knows where its circuits are. */
static void note_place(struct source *s, const struct place *place, const struct f1p_schedule_now *now)
{
	bool missing = !place->known && now->has_session == F1P_YES;

	if (missing && !s->place_missing)
		s->host->log(s->host, F1P_LOG_WARN,
			"the calendar does not tell where %.60s is: set lat and lon to have forecasts for it",
			now->session.meeting[0] ? now->session.meeting : now->session.name);
	s->place_missing = missing;
}

static f1p_status poll(struct f1p_plugin *p, int64_t now_ns, uint32_t max_events, int64_t *next_due_ns)
{
	struct source *s = self(p);
	struct f1p_schedule_now now = {.size = sizeof(now)};

	(void)max_events; /* three at most */
	*next_due_ns = F1P_NEVER_NS;
	if (!s->http)
		return F1P_OK;
	if (s->schedule)
		s->schedule->now(s->host, &now);
	f1p_status status = tell_all(s, now_ns);
	if (status != F1P_OK)
		return status;
	struct place place = place_now(s, &now);
	note_place(s, &place, &now);
	int64_t at = ask_when_due(s, &place, &now, now_ns);
	*next_due_ns = at < now_ns + LOOK_NS ? at : now_ns + LOOK_NS;
	return F1P_OK;
}

static const struct f1p_source source = {.size = sizeof(source), .poll = poll};

/* For tests and fuzzing: the bytes are an answer that has just come. */
static f1p_status feed(struct f1p_plugin *p, const void *bytes, size_t n)
{
	struct source *s = self(p);
	int64_t now_ns = s->host->now_utc_ns(s->host);
	struct forecast *f = malloc(sizeof(*f));

	if (!f)
		return s->host->fail(s->host, F1P_EINVAL, "no memory");
	forecast_init(f);
	if (n <= MAX_ANSWER)
		s->provider->read(f, bytes, n);
	else
		snprintf(f->fault, sizeof(f->fault), "the answer is larger than %u bytes", MAX_ANSWER);
	bool used = note_forecast(s, f, now_ns, now_ns);
	f1p_status status = used ? tell_all(s, now_ns) : s->host->fail(s->host, F1P_EINVAL, "%s", f->fault);
	free(f);
	return status == F1P_OK ? F1P_OK : F1P_EINVAL;
}

static const struct f1p_source_feed source_feed = {sizeof(source_feed), 0, feed};

static const void *get_extension(struct f1p_plugin *p, const char *id)
{
	(void)p;
	if (strcmp(id, F1P_EXT_SOURCE) == 0)
		return &source;
	return strcmp(id, F1P_EXT_SOURCE_FEED) == 0 ? &source_feed : NULL;
}

/* ------------------------------------------------------------ entry */

static const struct f1p_descriptor descriptor = {
	.size = sizeof(descriptor),
	.kinds = F1P_KIND_SOURCE,
	.id = "source_weather",
	.version = "0.1.0",
	.license = "MIT",
	.description = "Weather forecasts for the circuit, from Open-Meteo or OpenWeather",
	.config = options,
	.config_count = sizeof(options) / sizeof(options[0]),
	.config_size = sizeof(struct config),
};

F1P_ONE_PLUGIN(descriptor, struct source, init, configure, start, stop, destroy, get_extension);

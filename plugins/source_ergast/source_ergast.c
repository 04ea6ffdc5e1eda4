/*
 * source_ergast.c - Jolpica as a source plugin: it emits nothing, but fills the calendar and the history, politely.
 */
#include "agenda.h"
#include "fetch.h"
#include "store.h"

#include <helpers/repeats.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpers/one_plugin.h"

#define GIVE_UP 5 /* failures in a row of one resource, when a season is imported */
#define BUSY_NS (60 * INT64_C(1000000000))

struct config {
	const char *base_url;
	int64_t seasons_back;
	bool laps;
	int64_t limits_per_second, limits_per_hour;
	int64_t import_season;
};

static const struct f1p_cfg_item options[] = {
	F1P_OPT(struct config, base_url, F1P_CFG_STR, 0, "https://api.jolpi.ca/ergast/f1", NULL, NULL, NULL,
		"Where the Ergast interface is; the season's number is put behind it"),
	F1P_OPT(struct config, seasons_back, F1P_CFG_INT, 0, "1", "0", "80", NULL,
		"Seasons before the running one whose races the history shall have"),
	F1P_OPT(struct config, laps, F1P_CFG_BOOL, 0, "yes", NULL, NULL, NULL,
		"Lap times and pit stops too: about 13 requests for a race instead of 3"),
	F1P_OPT(struct config, limits_per_second, F1P_CFG_INT, 0, "4", "1", "100", NULL, "Requests in any second"),
	F1P_OPT(struct config, limits_per_hour, F1P_CFG_INT, 0, "200", "1", "100000", NULL, "Requests in any hour"),
	F1P_OPT(struct config, import_season, F1P_CFG_INT, 0, "0", "0", "2999", NULL,
		"Fetch this season only and end; 0: run on as a source does"),
};

struct plans {
	struct f1p_session_plan *all;
	uint32_t n;
};

struct source {
	struct f1p_plugin plugin;
	const struct f1p_host *host;
	const struct f1p_http *http;
	const struct f1p_schedule *schedule;
	const struct f1p_wake *wake;
	struct store store; /* without a history: history is NULL */
	char base_url[256];
	struct config cfg;
	struct agenda agenda;
	struct fetch fetch;
	struct plans plans[2]; /* of the running season and the next */
	int64_t t_pause_ns;    /* the server wants to be left alone until then; real time */
	unsigned long stored;  /* rows */
	char broken[400];      /* why an import cannot go on */
	struct f1p_repeats repeats; /* of failures, whatever was asked for */
};

static struct source *self(struct f1p_plugin *p)
{
	return p->impl;
}

static int64_t real_ns(const struct source *src)
{
	return src->host->now_mono_ns(src->host);
}

static int32_t year_of(int64_t t_ns)
{
	int64_t days = t_ns / (86400 * INT64_C(1000000000));
	int32_t year = 1970;

	for (;; year++) {
		int length = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 366 : 365;
		if (days < length)
			return year;
		days -= length;
	}
}

/* ------------------------------------------------------------ answers */

static bool keep_plans(struct plans *p, const struct calendar *c)
{
	struct f1p_session_plan *all = calloc(RACES_MAX * SESSIONS_MAX, sizeof(*all));
	uint32_t n = 0;

	if (!all)
		return false;
	for (size_t i = 0; i < c->n; i++)
		for (uint32_t k = 0; k < c->races[i].n_plans; k++)
			all[n++] = c->races[i].plans[k];
	free(p->all);
	*p = (struct plans){all, n};
	return true;
}

static void publish(struct source *src)
{
	uint32_t n = src->plans[0].n + src->plans[1].n, at = 0;
	struct f1p_session_plan *all = calloc(n ? n : 1, sizeof(*all));

	for (size_t i = 0; all && i < 2; i++)
		for (uint32_t k = 0; k < src->plans[i].n; k++)
			all[at++] = src->plans[i].all[k];
	if (!all || src->schedule->publish(src->host, 1, all, n) != F1P_OK)
		src->host->log(src->host, F1P_LOG_WARN, "the calendar of %u sessions was not taken", n);
	free(all);
}

static f1p_status take_calendar(struct source *src, const struct fetch *f)
{
	int32_t ahead = f->want.season - src->agenda.running_year;
	f1p_status status = F1P_OK;

	/* An old one is no news: other calendars, and the one that the daemon keeps, are as good. */
	if (src->schedule && !src->agenda.import && !f->stale && (ahead == 0 || ahead == 1) && keep_plans(&src->plans[ahead], f->calendar))
		publish(src);
	if (src->store.history)
		status = store_calendar(&src->store, f->want.season, f->calendar);
	agenda_calendar(&src->agenda, f->want.season, f->calendar);
	return status;
}

static void log_stored(struct source *src, const struct fetch *f, unsigned refused)
{
	char name[80];

	want_name(&f->want, name, sizeof(name));
	src->stored += f->rows.n - refused;
	if (f->want.kind == KIND_CALENDAR)
		src->host->log(src->host, F1P_LOG_INFO, "%s: %zu races", name, f->calendar->n);
	else
		src->host->log(src->host, src->agenda.import ? F1P_LOG_INFO : F1P_LOG_DEBUG, "%s: %d rows", name, f->total);
	if (refused)
		src->host->log(src->host, F1P_LOG_WARN, "%s: %u rows hold what cannot be and are left out", name, refused);
}

/* "results of 2024, round 3: GET URL: why" -> "why" */
static const char *behind_name(const char *why)
{
	for (int i = 0; i < 2; i++) {
		const char *at = strstr(why, ": ");
		why = at ? at + 2 : why;
	}
	return why;
}

static void put_off(struct source *src, const struct fetch *f, const char *why, int64_t retry_after_ms, int64_t now_ns)
{
	int64_t wait_ns = retry_after_ms > 0 ? retry_after_ms * 1000000 : 0;
	unsigned failures = agenda_failed(&src->agenda, &f->want, wait_ns, now_ns, real_ns(src));

	if (wait_ns && real_ns(src) + wait_ns > src->t_pause_ns)
		src->t_pause_ns = real_ns(src) + wait_ns;
	if ((failures & (failures - 1)) == 0) /* one that fails for ever among others that do not */
		src->host->log(src->host, f1p_repeats_level(&src->repeats, f->not_asked ? NULL : behind_name(why)),
			"%s; it is tried again later", why);
	if (src->agenda.import && failures >= GIVE_UP)
		snprintf(src->broken, sizeof(src->broken), "%s", why);
}

static void on_fetched(void *arg, struct fetch *f, const char *why, int64_t retry_after_ms)
{
	struct source *src = arg;
	int64_t now_ns = src->host->now_utc_ns(src->host);
	f1p_status status = F1P_OK;
	unsigned refused = 0;

	if (!why[0] && f->total > 0 && f->want.kind == KIND_CALENDAR)
		status = take_calendar(src, f);
	else if (!why[0] && f->total > 0)
		status = store_rows(&src->store, &f->want, agenda_row(&src->agenda, &f->want), &f->rows, &refused);
	if (!why[0] && f->stale)
		why = "the calendar: the server does not answer; the one that was kept tells only which results are missing";
	if (why[0] || status != F1P_OK) {
		put_off(src, f, why[0] ? why : "the history takes no rows", retry_after_ms, now_ns);
	} else {
		src->repeats = (struct f1p_repeats){0};
		agenda_answered(&src->agenda, &f->want, f->total > 0, now_ns);
		if (f->total > 0)
			log_stored(src, f, refused);
	}
	if (src->wake)
		src->wake->poll_soon(src->host);
}

/* ------------------------------------------------------------ polls */

static void begin_year(struct source *src, int32_t year)
{
	for (size_t i = 0; i < 2; i++) {
		free(src->plans[i].all);
		src->plans[i] = (struct plans){0};
	}
	agenda_begin(&src->agenda, year, (int32_t)src->cfg.seasons_back);
}

static int64_t carry_on(struct source *src, int64_t now_ns)
{
	struct want want;
	int64_t t_ns;

	switch (agenda_next(&src->agenda, now_ns, real_ns(src), &want, &t_ns)) {
	case AGENDA_ASK: /* one look into the store for each poll: the loop must not wait */
		agenda_told(&src->agenda, &want, store_has(&src->store, &want), now_ns);
		return now_ns;
	case AGENDA_READY:
		if (fetch_begin(&src->fetch, &want, agenda_fresh_ms(&src->agenda, &want, now_ns)))
			return now_ns + BUSY_NS;
		agenda_failed(&src->agenda, &want, 0, now_ns, real_ns(src));
		return now_ns + MINUTE_NS;
	case AGENDA_LATER:
		return t_ns;
	default:
		return F1P_NEVER_NS;
	}
}

static f1p_status poll(struct f1p_plugin *p, int64_t now_ns, uint32_t max_events, int64_t *next_due_ns)
{
	struct source *src = self(p);

	(void)max_events;
	*next_due_ns = F1P_NEVER_NS;
	if (!src->http || now_ns < 0)
		return F1P_OK;
	if (src->broken[0])
		return src->host->fail(src->host, F1P_EPERMANENT, "%s", src->broken);
	int32_t year = src->agenda.import ? (int32_t)src->cfg.import_season : year_of(now_ns);
	if (fetch_busy(&src->fetch)) {
		*next_due_ns = now_ns + BUSY_NS;
		return F1P_OK;
	}
	if (year != src->agenda.running_year)
		begin_year(src, year);
	if (real_ns(src) < src->t_pause_ns)
		*next_due_ns = now_ns + (src->t_pause_ns - real_ns(src));
	else
		*next_due_ns = carry_on(src, now_ns);
	if (*next_due_ns != F1P_NEVER_NS || !src->agenda.import)
		return F1P_OK;
	src->host->log(src->host, F1P_LOG_INFO, "season %d is complete: %lu rows came", year, src->stored);
	return F1P_END;
}

static const struct f1p_source source = {.size = sizeof(source), .poll = poll};

/* ------------------------------------------------------------ life cycle */

static f1p_status init(struct f1p_plugin *p)
{
	struct source *src = self(p);
	const struct f1p_host *host = src->host;

	src->http = host->get_extension(host, F1P_EXT_HTTP);
	src->schedule = host->get_extension(host, F1P_EXT_SCHEDULE);
	src->wake = host->get_extension(host, F1P_EXT_WAKE);
	src->store = (struct store){.host = host, .history = host->get_extension(host, F1P_EXT_HISTORY)};
	return F1P_OK;
}

/* "https://api.example.org:8443/ergast" -> "api.example.org:8443" */
static bool authority_of(const char *url, char *out, size_t size)
{
	const char *at = strncmp(url, "https://", 8) == 0 ? url + 8 : strncmp(url, "http://", 7) == 0 ? url + 7 : NULL;
	size_t n = at ? strcspn(at, "/") : 0;

	if (n == 0 || n >= size || strpbrk(url, " \t?#@"))
		return false;
	memcpy(out, at, n);
	out[n] = '\0';
	return true;
}

static f1p_status configure(struct f1p_plugin *p, const void *config)
{
	struct source *src = self(p);
	char authority[256];

	src->cfg = *(const struct config *)config;
	if (strlen(src->cfg.base_url) >= sizeof(src->base_url) || !authority_of(src->cfg.base_url, authority, sizeof(authority)))
		return src->host->fail(src->host, F1P_ECONFIG,
			"base_url = \"%.80s\" is no address: write it as https://api.jolpi.ca/ergast/f1", src->cfg.base_url);
	snprintf(src->base_url, sizeof(src->base_url), "%s", src->cfg.base_url);
	for (size_t n = strlen(src->base_url); n && src->base_url[n - 1] == '/'; n--)
		src->base_url[n - 1] = '\0';
	return F1P_OK;
}

static f1p_status start(struct f1p_plugin *p)
{
	struct source *src = self(p);
	const struct f1p_host *host = src->host;
	char authority[256];

	src->t_pause_ns = INT64_MIN;
	src->store.stops_race_id = 0;
	src->stored = 0;
	src->broken[0] = '\0';
	src->agenda = (struct agenda){
		.laps = src->cfg.laps, .history = src->store.history != NULL, .import = src->cfg.import_season != 0};
	src->fetch = (struct fetch){
		.host = host, .http = src->http, .base_url = src->base_url, .done = on_fetched, .arg = src, .total = -1};
	if (!src->http) {
		host->log(host, F1P_LOG_WARN, "there is no network here: nothing is fetched");
		return F1P_OK;
	}
	const struct f1p_http_window windows[] = {{.requests = (uint32_t)src->cfg.limits_per_second, .window_ms = 1000},
		{.requests = (uint32_t)src->cfg.limits_per_hour, .window_ms = 3600000}};
	authority_of(src->base_url, authority, sizeof(authority));
	return src->http->limit(host, authority, windows, 2);
}

static void stop(struct f1p_plugin *p)
{
	struct source *src = self(p);

	if (src->http)
		fetch_cancel(&src->fetch);
	begin_year(src, 0);
}

static void destroy(struct f1p_plugin *p)
{
	free(self(p));
}

static const void *get_extension(struct f1p_plugin *p, const char *id)
{
	(void)p;
	return strcmp(id, F1P_EXT_SOURCE) == 0 ? &source : NULL;
}

/* ------------------------------------------------------------ entry */

static const struct f1p_descriptor descriptor = {
	.size = sizeof(descriptor),
	.kinds = F1P_KIND_SOURCE,
	.id = "source_ergast",
	.version = "0.1.0",
	.license = "MIT",
	.description = "The season's calendar, and results, laps and stops of the past, from Jolpica",
	.config = options,
	.config_count = sizeof(options) / sizeof(options[0]),
	.config_size = sizeof(struct config),
};

F1P_ONE_PLUGIN(descriptor, struct source, init, configure, start, stop, destroy, get_extension);

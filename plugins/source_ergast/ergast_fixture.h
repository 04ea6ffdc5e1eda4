/*
 * ergast_fixture.h - for tests: a small server of the Ergast shapes behind the fake host. It pages as the real one does: by rows,
 * a race or a lap may be cut in two.
 */
#ifndef ERGAST_FIXTURE_H
#define ERGAST_FIXTURE_H

#include "fake_host.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define RACE_1 INT64_C(1899982800000000000) /* 2030-03-17T13:00:00Z */

extern const struct f1p_entry f1p_entry_v1;

struct item {
	int lap; /* of lap times */
	char json[512];
};
struct resource {
	char path[64]; /* "2030/1/results/" */
	const char *table, *list, *rows;
	struct item *items;
	int n;
};
struct server {
	struct fake_host *fake;
	struct f1p_plugin *plugin;
	struct resource resources[32];
	int n_resources;
	int max_limit; /* of a page */
	int asked;     /* requests answered */
	char urls[65536];
	int64_t due_ns;
	f1p_status status; /* of the last poll */
};

static inline struct resource *resource_of(struct server *s, const char *path)
{
	for (int i = 0; i < s->n_resources; i++)
		if (strcmp(s->resources[i].path, path) == 0)
			return &s->resources[i];
	struct resource *r = &s->resources[s->n_resources++];
	assert_true(s->n_resources <= 32);
	*r = (struct resource){.table = "RaceTable", .list = "Races"};
	snprintf(r->path, sizeof(r->path), "%s", path);
	r->items = calloc(2000, sizeof(*r->items));
	const char *kind = strrchr(path, '/') - 1;
	while (*kind != '/')
		kind--;
	r->rows = strcmp(kind, "/results/") == 0 ? "Results"
		: strcmp(kind, "/qualifying/") == 0 ? "QualifyingResults"
		: strcmp(kind, "/sprint/") == 0 ? "SprintResults"
		: strcmp(kind, "/pitstops/") == 0 ? "PitStops"
		: strcmp(kind, "/laps/") == 0 ? "Laps"
		: strcmp(kind, "/driverstandings/") == 0 ? "DriverStandings"
		: strcmp(kind, "/constructorstandings/") == 0 ? "ConstructorStandings"
		: NULL;
	if (strstr(kind, "standings")) {
		r->table = "StandingsTable";
		r->list = "StandingsLists";
	}
	return r;
}

static inline void add_item(struct server *s, const char *path, int lap, const char *fmt, ...) F1P_PRINTF(4, 5);
static inline void add_item(struct server *s, const char *path, int lap, const char *fmt, ...)
{
	struct resource *r = resource_of(s, path);
	va_list ap;

	va_start(ap, fmt);
	r->items[r->n].lap = lap;
	vsnprintf(r->items[r->n].json, sizeof(r->items[0].json), fmt, ap);
	va_end(ap);
	assert_true(++r->n < 2000);
}

/* ---- a synthetic season ---- */

/* Races are a week apart from RACE_1 on; of a sprint weekend every session is told, else qualifying and race only. */
static inline void add_race(struct server *s, int season, int round, bool sprint)
{
	static const char *const days[] = {"17", "24", "31"};
	char path[32], sessions[400] = "";

	snprintf(path, sizeof(path), "%d/races/", season);
	if (sprint)
		snprintf(sessions, sizeof(sessions),
			",\"FirstPractice\":{\"date\":\"%d-03-%s\",\"time\":\"00:30:00Z\"},"
			"\"SprintQualifying\":{\"date\":\"%d-03-%s\",\"time\":\"01:30:00Z\"},"
			"\"Sprint\":{\"date\":\"%d-03-%s\",\"time\":\"04:00:00Z\"}",
			season, days[round - 1], season, days[round - 1], season, days[round - 1]);
	add_item(s, path, 0,
		"{\"season\":\"%d\",\"round\":\"%d\",\"raceName\":\"Alpha %d Grand Prix\",\"Circuit\":{\"circuitId\":\"alpha_%d\","
		"\"circuitName\":\"Alpha Ring\",\"Location\":{\"lat\":\"-37.8497\",\"long\":\"144.968\",\"locality\":\"Alphaville\","
		"\"country\":\"Alphaland\"}},\"date\":\"%d-03-%s\",\"time\":\"13:00:00Z\","
		"\"Qualifying\":{\"date\":\"%d-03-%s\",\"time\":\"08:00:00Z\"}%s}",
		season, round, round, round, season, days[round - 1], season, days[round - 1], sessions);
}

#define DRIVER "\"Driver\":{\"driverId\":\"%s\",\"code\":\"%.3s\",\"givenName\":\"Al\",\"familyName\":\"Pha\"}"
#define TEAM "\"Constructor\":{\"constructorId\":\"team_%s\",\"name\":\"Team\"}"

static inline void add_result(struct server *s, const char *path, int position, const char *driver)
{
	add_item(s, path, 0,
		"{\"number\":\"%d\",\"position\":\"%d\",\"positionText\":\"%d\",\"points\":\"%d.5\"," DRIVER "," TEAM
		",\"grid\":\"%d\",\"laps\":\"57\",\"status\":\"Finished\",\"Time\":{\"millis\":\"%d\",\"time\":\"+1\"},"
		"\"FastestLap\":{\"rank\":\"1\",\"lap\":\"3\",\"Time\":{\"time\":\"1:31.%03d\"}}}",
		position, position, position, 26 - position, driver, driver, driver, position - 1, 5000000 + position, position);
}

static inline void add_qualifying(struct server *s, const char *path, int position, const char *driver)
{
	add_item(s, path, 0, "{\"number\":\"%d\",\"position\":\"%d\"," DRIVER "," TEAM ",\"Q1\":\"1:31.295\",\"Q2\":\"\"}", position,
		position, driver, driver, driver);
}

static inline void add_stop(struct server *s, const char *path, const char *driver, int stop, int lap)
{
	add_item(s, path, 0, "{\"driverId\":\"%s\",\"lap\":\"%d\",\"stop\":\"%d\",\"time\":\"14:19:22\",\"duration\":\"%s\"}", driver, lap,
		stop, stop == 1 ? "22.313" : "40:55.302");
}

/* Cars a, b, c ... of which each is 0.1 s a lap slower than the one before. */
static inline void add_laps(struct server *s, const char *path, int laps, int cars)
{
	for (int lap = 1; lap <= laps; lap++)
		for (int car = 0; car < cars; car++)
			add_item(s, path, lap, "{\"driverId\":\"car_%c\",\"position\":\"%d\",\"time\":\"1:30.%03d\"}", 'a' + car, car + 1,
				100 * car);
}

static inline void add_standing(struct server *s, const char *path, int position, const char *who)
{
	bool drivers = strstr(path, "driver") != NULL;

	if (drivers)
		add_item(s, path, 0, "{\"position\":\"%d\",\"points\":\"575.5\",\"wins\":\"19\"," DRIVER ",\"Constructors\":[]}", position, who,
			who);
	else
		add_item(s, path, 0, "{\"position\":\"%d\",\"points\":\"860\",\"wins\":\"21\"," TEAM "}", position, who);
}

/* ---- answers ---- */

struct text {
	char at[200000];
	size_t n;
};

static inline void put(struct text *t, const char *fmt, ...) F1P_PRINTF(2, 3);
static inline void put(struct text *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	t->n += (size_t)vsnprintf(t->at + t->n, sizeof(t->at) - t->n, fmt, ap);
	va_end(ap);
	assert_true(t->n < sizeof(t->at));
}

static inline void put_rows(struct text *t, const struct resource *r, int from, int to)
{
	int lap = 0;

	for (int i = from; i < to; i++) {
		const struct item *item = &r->items[i];
		if (item->lap && item->lap != lap)
			put(t, "%s{\"number\":\"%d\",\"Timings\":[%s", lap ? "]}," : "", item->lap, item->json);
		else
			put(t, "%s%s", i > from ? "," : "", item->json);
		lap = item->lap;
	}
	put(t, "%s", lap ? "]}" : "");
}

static inline void page_of(struct text *t, const struct resource *r, int offset, int limit)
{
	int season = atoi(r->path), round = atoi(r->path + 5);
	int to = offset + limit < r->n ? offset + limit : r->n;

	t->n = 0;
	put(t, "{\"MRData\":{\"xmlns\":\"\",\"series\":\"f1\",\"url\":\"x\",\"limit\":\"%d\",\"offset\":\"%d\",\"total\":\"%d\",\"%s\":{\"%s\":[",
		limit, offset, r->n, r->table, r->list);
	if (offset < to) {
		if (r->rows)
			put(t, "{\"season\":\"%d\",\"round\":\"%d\",\"%s\":[", season, round, r->rows);
		put_rows(t, r, offset, to);
		put(t, "%s", r->rows ? "]}" : "");
	}
	put(t, "]}}}\n");
}

/* "…/f1/2030/1/laps/?limit=100&offset=200" */
static inline void body_for(struct server *s, const char *url, struct text *out)
{
	const char *path = strstr(url, "/f1/") + 4, *query = strchr(path, '?');
	char name[64];
	int limit = 0, offset = -1;

	assert_non_null(query);
	assert_int_equal(sscanf(query, "?limit=%d&offset=%d", &limit, &offset), 2);
	assert_in_range(limit, 1, 100);
	snprintf(name, sizeof(name), "%.*s", (int)(query - path), path);
	page_of(out, resource_of(s, name), offset, limit < s->max_limit ? limit : s->max_limit);
}

/* ---- driving ---- */

static inline void server_begin(struct server *s, const char *options)
{
	*s = (struct server){.fake = fake_host_create("source-ergast"), .max_limit = 100, .due_ns = 0};
	assert_non_null(s->fake);
	s->fake->now_ns = RACE_1 + 30 * DAY;
	s->plugin = fake_start(s->fake, &f1p_entry_v1, "source_ergast", options);
	if (!s->plugin)
		fail_msg("%s", s->fake->reason);
}

static inline void server_end(struct server *s)
{
	fake_stop(s->fake, s->plugin);
	fake_host_destroy(s->fake);
	for (int i = 0; i < s->n_resources; i++)
		free(s->resources[i].items);
}

/* Polls until the plugin asks for something or waits for a later time. The request, or NULL. */
static inline struct fake_request *next_request(struct server *s)
{
	for (int i = 0; i < 10000; i++) {
		struct fake_request *q = fake_pending(s->fake, "");
		if (q)
			return q;
		s->status = fake_poll(s->fake, s->plugin, &s->due_ns);
		q = fake_pending(s->fake, "");
		if (q || s->status != F1P_OK || s->due_ns > s->fake->now_ns)
			return q;
	}
	fail_msg("polled 10000 times without end");
	return NULL;
}

static inline void serve(struct server *s, struct fake_request *q)
{
	struct text *t = malloc(sizeof(*t));
	size_t n = strlen(s->urls);

	snprintf(s->urls + n, sizeof(s->urls) - n, "%s\n", q->url);
	body_for(s, q->url, t);
	s->asked++;
	fake_answer(s->fake, q, 200, NULL, t->at);
	free(t);
}

/* Answers everything that is asked for at this moment. Returns how much that was. */
static inline int serve_all(struct server *s)
{
	struct fake_request *q;
	int before = s->asked;

	while ((q = next_request(s)) != NULL)
		serve(s, q);
	return s->asked - before;
}

static inline int times_asked(const struct server *s, const char *part)
{
	int n = 0;

	for (const char *at = s->urls; (at = strstr(at, part)) != NULL; at++)
		n++;
	return n;
}

#endif

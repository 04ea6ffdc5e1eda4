/*
 * source_archive.c - the static archive of live timing as a source plugin: it emits nothing, but fetches one session into a
 * folder and ends, or tells the season's calendar.
 */
#include "calendar.h"
#include "download.h"
#include "search.h"

#include <f1pd/plugin.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpers/one_plugin.h"

#define SECOND_NS INT64_C(1000000000)

struct config {
	const char *base_url, *mirror_url;
	const char *session, *folder, *topics;
	bool calendar;
};

static const struct f1p_cfg_item options[] = {
	F1P_OPT(struct config, base_url, F1P_CFG_STR, 0, "https://livetiming.formula1.com", NULL, NULL, NULL,
		"Server of the archive; /static is added"),
	F1P_OPT(struct config, mirror_url, F1P_CFG_STR, 0, "https://livetiming-mirror.fastf1.dev", NULL, NULL, NULL,
		"Asked for what the first server does not give; empty: none"),
	F1P_OPT(struct config, calendar, F1P_CFG_BOOL, 0, "no", NULL, NULL, NULL,
		"Tell the daemon the calendar of the running and the next year, as the archive has it"),
	F1P_OPT(struct config, session, F1P_CFG_STR, 0, "", NULL, NULL, NULL,
		"Fetch this session and end: its path, its URL, latest, or words like 2025 mexico race; empty: none"),
	F1P_OPT(struct config, folder, F1P_CFG_PATH, 0, "", NULL, NULL, NULL,
		"Where the session's files go, each session into a folder of its own"),
	F1P_OPT(struct config, topics, F1P_CFG_STR, 0, "all", NULL, NULL, NULL,
		"Which of the session's streams, with commas between; all: every one"),
};

enum job { JOB_NONE = 1, JOB_SEARCH, JOB_DOWNLOAD };

struct source {
	struct f1p_plugin plugin;
	const struct f1p_host *host;
	const struct f1p_schedule *schedule;
	const struct f1p_metrics *metrics;
	const struct f1p_wake *wake;
	struct servers servers; /* without a network: http is NULL */
	bool calendar_wanted;
	char session[256];
	char folder[4000];
	struct topics topics; /* empty: all */
	char path[PATH_ROOM]; /* of the session, if it needs no search */
	enum job job;
	struct calendar calendar;
	struct search search;
	struct download download;
};

static struct source *self(struct f1p_plugin *p)
{
	return p->impl;
}

static void on_news(void *arg)
{
	struct source *src = arg;

	if (src->wake)
		src->wake->poll_soon(src->host);
}

/* ------------------------------------------------------------ polls */

static f1p_status begin_download(struct source *src, const char *path)
{
	src->download = (struct download){
		.servers = &src->servers, .folder = src->folder, .wanted = &src->topics, .news = on_news, .arg = src};
	memcpy(src->download.session, path, PATH_ROOM);
	src->job = JOB_DOWNLOAD;
	return download_init(&src->download) ? F1P_OK : src->host->fail(src->host, F1P_ENOMEM, "no memory for the list of files");
}

static void measure(struct source *src, const char *name, const char *help, const char *label, const char *value)
{
	if (src->metrics)
		src->metrics->put(src->metrics->get(src->host, F1P_METRIC_GAUGE, name, help, label, value), 1);
}

static f1p_status end(struct source *src)
{
	const struct download *d = &src->download;
	uint32_t absent = 0;

	for (uint32_t i = 0; i < d->n; i++) {
		if (d->files[i].state != FILE_ABSENT)
			continue;
		absent++;
		measure(src, "f1pd_archive_missing", "A stream of the session that the archive does not give", "topic",
			d->files[i].topic);
	}
	measure(src, "f1pd_archive_session", "A session that was fetched whole", "path", d->session);
	src->host->log(src->host, F1P_LOG_INFO, "%s is complete: %u files, %u missing", d->session, d->n - absent, absent);
	return F1P_END;
}

/* Trying again as the host would is of no use: what helps was tried. */
static f1p_status end_without(struct source *src, const char *why)
{
	src->host->log(src->host, F1P_LOG_ERROR, "%s", why);
	return F1P_END;
}

static f1p_status carry_on(struct source *src, int64_t now_ns, int64_t *next_due_ns)
{
	if (src->job == JOB_SEARCH) {
		search_go(&src->search, now_ns);
		if (src->search.broken[0])
			return end_without(src, src->search.broken);
		if (src->search.path[0] && begin_download(src, src->search.path) != F1P_OK)
			return F1P_ENOMEM;
	}
	if (src->job == JOB_DOWNLOAD) {
		*next_due_ns = download_go(&src->download, now_ns);
		if (src->download.broken[0])
			return end_without(src, src->download.broken);
		if (src->download.complete)
			return end(src);
	}
	return F1P_OK;
}

static f1p_status poll(struct f1p_plugin *p, int64_t now_ns, uint32_t max_events, int64_t *next_due_ns)
{
	struct source *src = self(p);

	(void)max_events;
	*next_due_ns = F1P_NEVER_NS;
	if (!src->servers.http || now_ns < 0)
		return F1P_OK;
	f1p_status status = carry_on(src, now_ns, next_due_ns);
	if (status != F1P_OK)
		return status;
	if (src->calendar.schedule) {
		int64_t t_ns = calendar_go(&src->calendar, now_ns);
		*next_due_ns = t_ns < *next_due_ns ? t_ns : *next_due_ns;
	}
	if (!src->wake && (src->calendar.schedule || src->job != JOB_NONE) && *next_due_ns == F1P_NEVER_NS)
		*next_due_ns = now_ns + SECOND_NS;
	return F1P_OK;
}

static const struct f1p_source source = {.size = sizeof(source), .poll = poll};

/* ------------------------------------------------------------ life cycle */

static f1p_status init(struct f1p_plugin *p)
{
	struct source *src = self(p);
	const struct f1p_host *host = src->host;

	src->servers.host = host;
	src->servers.http = host->get_extension(host, F1P_EXT_HTTP);
	src->schedule = host->get_extension(host, F1P_EXT_SCHEDULE);
	src->metrics = host->get_extension(host, F1P_EXT_METRICS);
	src->wake = host->get_extension(host, F1P_EXT_WAKE);
	return F1P_OK;
}

static f1p_status set_url(struct source *src, int i, const char *option, const char *url)
{
	if (strlen(url) >= URL_ROOM || strpbrk(url, " \t?#@") ||
		((url[0] || i == 0) && strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0))
		return src->host->fail(src->host, F1P_ECONFIG,
			"%s = \"%.80s\" is no address: write it as https://livetiming.formula1.com", option, url);
	strcpy(src->servers.url[i], url);
	for (size_t n = strlen(url); n && url[n - 1] == '/'; n--)
		src->servers.url[i][n - 1] = '\0';
	return F1P_OK;
}

static f1p_status set_topics(struct source *src, const char *list)
{
	src->topics.n = 0;
	if (strcmp(list, "all") == 0)
		return F1P_OK;
	for (list += strspn(list, " ,"); *list; list += strspn(list, " ,")) {
		size_t n = strcspn(list, " ,");
		if (!topics_add(&src->topics, list, n))
			return src->host->fail(src->host, F1P_ECONFIG,
				"topics: \"%.*s\" is no name of a topic, or there are more than %d; write them as "
				"TimingData,DriverList",
				(int)(n < 60 ? n : 60), list, TOPICS_MAX);
		list += n;
	}
	return src->topics.n ? F1P_OK
			     : src->host->fail(src->host, F1P_ECONFIG, "topics names none; write all, or TimingData,DriverList");
}

/* A URL names its server too: then only that one is asked. */
static f1p_status set_url_session(struct source *src, const char *url)
{
	char base[URL_ROOM];

	if (!path_of_url(url, base, sizeof(base), src->path))
		return src->host->fail(src->host, F1P_ECONFIG,
			"session = %.160s is no address of a session: it ends with /static/YEAR/MEETING/SESSION/", url);
	if (strcmp(base, src->servers.url[0]) == 0)
		return F1P_OK;
	src->servers.url[1][0] = '\0';
	return set_url(src, 0, "session", base);
}

static f1p_status set_session(struct source *src, const char *session)
{
	bool latest = strcmp(session, "latest") == 0;

	src->path[0] = '\0';
	src->job = JOB_NONE;
	src->search =
		(struct search){.servers = &src->servers, .latest = latest, .text = src->session, .news = on_news, .arg = src};
	if (strlen(session) >= sizeof(src->session))
		return src->host->fail(src->host, F1P_ECONFIG, "session is longer than %zu bytes", sizeof(src->session) - 1);
	strcpy(src->session, session);
	if (!session[0])
		return F1P_OK;
	if (!src->folder[0])
		return src->host->fail(src->host, F1P_ECONFIG, "session needs a folder");
	if (strncmp(session, "https://", 8) == 0 || strncmp(session, "http://", 7) == 0)
		return set_url_session(src, session);
	if (latest || path_session(session, src->path))
		return F1P_OK;
	if (strchr(session, '/'))
		return src->host->fail(src->host, F1P_ECONFIG,
			"session = %.160s is no path in the archive: write YEAR/MEETING/SESSION, or words like 2025 mexico race",
			session);
	if (!words_read(&src->search.words, session))
		return src->host->fail(
			src->host, F1P_ECONFIG, "session = %.160s names nothing: write words like 2025 mexico race", session);
	return F1P_OK;
}

static f1p_status configure(struct f1p_plugin *p, const void *config)
{
	struct source *src = self(p);
	const struct config *c = config;
	f1p_status status = set_url(src, 0, "base_url", c->base_url);

	src->calendar_wanted = c->calendar;
	if (strlen(c->folder) >= sizeof(src->folder))
		return src->host->fail(
			src->host, F1P_ECONFIG, "the name of the folder is longer than %zu bytes", sizeof(src->folder) - 1);
	strcpy(src->folder, c->folder);
	if (status == F1P_OK)
		status = set_url(src, 1, "mirror_url", c->mirror_url);
	if (status == F1P_OK)
		status = set_topics(src, c->topics);
	return status == F1P_OK ? set_session(src, c->session) : status;
}

static f1p_status start(struct f1p_plugin *p)
{
	struct source *src = self(p);
	const struct f1p_host *host = src->host;

	src->calendar = (struct calendar){
		.servers = &src->servers, .schedule = src->calendar_wanted ? src->schedule : NULL, .news = on_news, .arg = src};
	if (!src->servers.http) {
		host->log(host, F1P_LOG_WARN, "there is no network here: nothing is fetched");
		return F1P_OK;
	}
	src->job = src->session[0] ? JOB_SEARCH : JOB_NONE;
	return src->path[0] ? begin_download(src, src->path) : F1P_OK;
}

static void stop(struct f1p_plugin *p)
{
	struct source *src = self(p);

	calendar_finish(&src->calendar);
	search_finish(&src->search);
	download_finish(&src->download);
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
	.id = "source_archive",
	.version = "0.1.0",
	.license = "MIT",
	.description = "Past sessions and the calendar from the static archive of live timing",
	.config = options,
	.config_count = sizeof(options) / sizeof(options[0]),
	.config_size = sizeof(struct config),
};

F1P_ONE_PLUGIN(descriptor, struct source, init, configure, start, stop, destroy, get_extension);

/*
 * source_replay.c - the plugin: recordings of the live-timing feed, and f1pd's own journals, as a source.
 *
 * Extensions: f1p.source/1 (paced, deterministic), f1p.seek/1, f1p.source-feed/1.
 */
#include "feed_time.h"
#include "play.h"

#include <f1pd/f1pd.h>
#include <lt_meters.h>

#include <stdlib.h>
#include <string.h>

#include "helpers/one_plugin.h"

struct replay_config {
	const char *path;
	const char *start;
	const char *join;
	bool loop;
};

struct replay {
	struct f1p_plugin plugin;
	const struct f1p_host *host;
	const struct replay_config *config;
	struct sr_play play;
	struct lt_meters meters;
	struct lt_meter journal; /* events of a journal, which no decoder counts */
};

static const struct f1p_cfg_item items[] = {
	F1P_OPT(struct replay_config, path, F1P_CFG_PATH, F1P_CFG_REQUIRED, NULL, NULL, NULL, NULL,
		"File or folder of the recording, plain or gzip; its kind is found out by its content"),
	F1P_OPT(struct replay_config, start, F1P_CFG_STR, 0, "auto", NULL, NULL, NULL,
		"Where the pace begins: auto (60 s before racing starts), beginning, lap:N or HH:MM:SS into the recording; "
		"what is before is caught up at once"),
	F1P_OPT(struct replay_config, join, F1P_CFG_STR, 0, "", NULL, NULL, NULL,
		"HH:MM:SS into the recording: drop all before it, as if the feed had been joined then without its initial state"),
	F1P_OPT(struct replay_config, loop, F1P_CFG_BOOL, 0, "no", NULL, NULL, NULL,
		"At the end start again, with times that go on"),
};

static const struct f1p_descriptor descriptor = {
	.size = sizeof(descriptor),
	.kinds = F1P_KIND_SOURCE,
	.id = "source_replay",
	.version = "0.1.0",
	.license = "MIT",
	.description = "Plays recordings of the live-timing feed and f1pd's own journals.",
	.config = items,
	.config_count = sizeof(items) / sizeof(items[0]),
	.config_size = sizeof(struct replay_config),
};

static struct replay *replay_of(struct f1p_plugin *plugin)
{
	return plugin->impl;
}

static void put_meters(struct replay *r)
{
	const struct lt_meters_own own = {.rejected = r->play.report.rejected, .odd_times = r->play.report.odd_times};

	if (r->play.decoder == NULL || r->meters.metrics == NULL) {
		return;
	}
	lt_meters_put(&r->meters, lt_get_stats(r->play.decoder), &own);
	if (r->play.journal_events > 0 && r->journal.metric == NULL) {
		r->journal.metric = lt_meters_messages(&r->meters, "journal");
	}
	lt_meter_follow(&r->meters, &r->journal, r->play.journal_events);
}

static f1p_status replay_init(struct f1p_plugin *plugin)
{
	struct replay *r = replay_of(plugin);

	r->play.host = r->play.report.host = r->host;
	r->play.bus = r->host->get_extension(r->host, F1P_EXT_BUS);
	if (r->play.bus == NULL) {
		return r->host->fail(r->host, F1P_EUNSUPPORTED, "the host offers no %s", F1P_EXT_BUS);
	}
	lt_meters_init(&r->meters, r->host);
	return F1P_OK;
}

static f1p_status replay_configure(struct f1p_plugin *plugin, const void *cfg)
{
	struct replay *r = replay_of(plugin);
	const struct replay_config *config = cfg;
	struct sr_options options = {.loop = config->loop};

	if (config->path[0] == '\0') {
		return r->host->fail(r->host, F1P_ECONFIG, "path: name a file or folder with a recording");
	}
	if (!sr_start_parse(config->start, &options.start)) {
		return r->host->fail(r->host, F1P_ECONFIG, "start = %s: give auto, beginning, lap:N (1 to %u) or HH:MM:SS",
			config->start, F1P_MAX_LAPS);
	}
	if (config->join[0] != '\0' && !sr_hms_parse(config->join, strlen(config->join), &options.join_ns)) {
		return r->host->fail(
			r->host, F1P_ECONFIG, "join = %s: give HH:MM:SS from the beginning of the recording", config->join);
	}
	r->config = config;
	r->play.options = options;
	return F1P_OK;
}

static f1p_status replay_start(struct f1p_plugin *plugin)
{
	struct replay *r = replay_of(plugin);
	char err[400] = "";
	f1p_status status = F1P_ECONFIG;

	if (r->config == NULL) {
		return r->host->fail(r->host, F1P_ECONFIG, "not configured");
	}
	sr_play_close(&r->play);
	r->play.report.rejected = r->play.report.odd_times = r->play.journal_events = 0;
	lt_meters_restart(&r->meters);
	r->journal.put = 0;
	status = sr_play_open(&r->play, r->config->path, err, sizeof(err));
	if (status != F1P_OK) {
		sr_play_close(&r->play);
		return r->host->fail(r->host, status, "%s", err);
	}
	return F1P_OK;
}

static void replay_stop(struct f1p_plugin *plugin)
{
	struct replay *r = replay_of(plugin);

	put_meters(r);
	sr_play_close(&r->play);
}

static void replay_destroy(struct f1p_plugin *plugin)
{
	struct replay *r = replay_of(plugin);

	sr_play_close(&r->play);
	free(r);
}

static f1p_status replay_poll(struct f1p_plugin *plugin, int64_t now_ns, uint32_t max_events, int64_t *next_due_ns)
{
	struct replay *r = replay_of(plugin);
	char err[400] = "";
	f1p_status status = sr_play_poll(&r->play, now_ns, max_events, next_due_ns, err, sizeof(err));

	put_meters(r);
	if (status == F1P_OK || status == F1P_END) {
		return status;
	}
	return r->host->fail(r->host, status, "%s", err);
}

static f1p_status replay_seek(struct f1p_plugin *plugin, int32_t lap, int64_t t_ns)
{
	struct replay *r = replay_of(plugin);
	char err[400] = "";
	f1p_status status = sr_play_seek(&r->play, lap, t_ns, err, sizeof(err));

	return status == F1P_OK ? F1P_OK : r->host->fail(r->host, status, "%s", err);
}

static f1p_status replay_feed(struct f1p_plugin *plugin, const void *bytes, size_t n)
{
	struct replay *r = replay_of(plugin);
	char err[400] = "";
	f1p_status status = sr_play_bytes(&r->play, bytes, n, err, sizeof(err));

	put_meters(r);
	return status == F1P_OK ? F1P_OK : r->host->fail(r->host, status, "%s", err);
}

static const struct f1p_source source = {sizeof(source), F1P_SOURCE_PACED | F1P_SOURCE_DETERMINISTIC, replay_poll};
static const struct f1p_seek seek = {sizeof(seek), 0, replay_seek};
static const struct f1p_source_feed feed = {sizeof(feed), 0, replay_feed};

static const void *replay_extension(struct f1p_plugin *plugin, const char *id)
{
	(void)plugin;
	if (strcmp(id, F1P_EXT_SOURCE) == 0) {
		return &source;
	}
	if (strcmp(id, F1P_EXT_SEEK) == 0) {
		return &seek;
	}
	return strcmp(id, F1P_EXT_SOURCE_FEED) == 0 ? &feed : NULL;
}

F1P_ONE_PLUGIN(descriptor, struct replay, replay_init, replay_configure, replay_start, replay_stop, replay_destroy,
	replay_extension);

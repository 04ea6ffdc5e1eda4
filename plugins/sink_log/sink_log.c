/*
 * sink_log.c - writes the race down: lines for people, JSON lines for programs, rotated by size.
 *
 * With a path: lines for people in PATH, JSON lines in PATH (format = json) or PATH.jsonl (format = both). Without one:
 * lines for people go to the daemon's own log, JSON lines to standard output.
 *
 * A batch is turned into text once; what a full disk refuses waits in memory, and the next batch is answered F1P_AGAIN until
 * it is written. So memory is bounded by the text of one batch.
 */
#include <f1pd/f1pd.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "helpers/one_plugin.h"
#include "helpers/encode.h"
#include "log_file.h"
#include "race_line.h"

#define TYPES 128 /* event types of the core space that can be chosen by name */

struct sink_log_config {
	const char *path;
	const char *format;
	int64_t max_size;
	int64_t keep;
	const char *events;
};

static const struct f1p_cfg_item options[] = {
	F1P_OPT(struct sink_log_config, path, F1P_CFG_PATH, 0, "", NULL, NULL, NULL,
		"File to write; empty: lines for people go to the daemon's log, JSON lines to standard output"),
	F1P_OPT(struct sink_log_config, format, F1P_CFG_ENUM, 0, "human", NULL, NULL, "human|json|both",
		"Lines for people, JSON lines, or both (JSON then in PATH.jsonl)"),
	F1P_OPT(struct sink_log_config, max_size, F1P_CFG_SIZE, 0, "16M", "4k", "1G", NULL,
		"Size at which the file is moved to PATH.1 and a new one begun"),
	F1P_OPT(struct sink_log_config, keep, F1P_CFG_INT, 0, "5", "0", "100", NULL, "How many moved files are kept"),
	F1P_OPT(struct sink_log_config, events, F1P_CFG_STR, 0, "default", NULL, NULL, NULL,
		"Event types to write, with commas: default, all, or names such as race_control, car_status, forecast, weather"),
};

struct sink_log {
	struct f1p_plugin plugin;
	const struct f1p_host *host;
	bool human, json, human_to_host;
	bool wanted[TYPES];
	struct race_line race;
	bool adopted; /* looked once for a race that was running before this sink */
	struct log_file human_file, json_file;
	struct f1p_json encoder;
	bool encoder_ready;
};

static const uint8_t default_types[] = {F1P_EV_SESSION, F1P_EV_SESSION_STATUS, F1P_EV_SESSION_PART, F1P_EV_TRACK_STATUS,
	F1P_EV_CAR_STATUS, F1P_EV_WEATHER, F1P_EV_RACE_CONTROL, F1P_EV_PIT_LANE_TIME, F1P_EV_PIT_STOP, F1P_EV_FEED_RESET,
	F1P_EV_FORECAST, F1P_EV_PLUGIN_STATUS, F1P_EV_SOURCE_END, F1P_EV_LINK, F1P_EV_SOURCE_CHOICE, F1P_EV_GAP, F1P_EV_REVISION};

static struct sink_log *of(struct f1p_plugin *plugin)
{
	return plugin->impl;
}

/* ---- options */

static bool want_one(struct sink_log *s, const char *word, size_t n)
{
	if (n == 3 && memcmp(word, "all", 3) == 0) {
		memset(s->wanted, true, sizeof(s->wanted));
		return true;
	}
	if (n == 7 && memcmp(word, "default", 7) == 0) {
		for (size_t i = 0; i < sizeof(default_types); i++) {
			s->wanted[default_types[i]] = true;
		}
		return true;
	}
	for (int type = 1; type < TYPES; type++) {
		const char *name = f1p_event_type_name(type);

		if (strlen(name) == n && memcmp(name, word, n) == 0 && strcmp(name, "invalid") != 0) {
			s->wanted[type] = true;
			return true;
		}
	}
	return false;
}

static f1p_status want(struct sink_log *s, const char *list)
{
	memset(s->wanted, false, sizeof(s->wanted));
	for (const char *at = list; *at;) {
		size_t n;

		at += strspn(at, ", \t");
		n = strcspn(at, ", \t");
		if (n > 0 && !want_one(s, at, n)) {
			return s->host->fail(s->host, F1P_ECONFIG,
				"events: \"%.*s\" is no event type; give default, all or names such as "
				"race_control, car_status, forecast",
				(int)(n < 64 ? n : 64), at);
		}
		at += n;
	}
	return F1P_OK;
}

static void forget_files(struct sink_log *s)
{
	log_file_finish(&s->human_file);
	log_file_finish(&s->json_file);
}

static f1p_status sink_log_init(struct f1p_plugin *plugin)
{
	struct sink_log *s = of(plugin);

	s->human_file.fd = s->json_file.fd = -1;
	f1p_json_init(&s->encoder);
	s->encoder_ready = true;
	race_line_init(&s->race);
	return F1P_OK;
}

static f1p_status sink_log_configure(struct f1p_plugin *plugin, const void *config)
{
	struct sink_log *s = of(plugin);
	const struct sink_log_config *cfg = config;
	const char *json_suffix = strcmp(cfg->format, "both") == 0 ? ".jsonl" : "";

	forget_files(s);
	s->human = strcmp(cfg->format, "json") != 0;
	s->json = strcmp(cfg->format, "human") != 0;
	s->human_to_host = cfg->path[0] == '\0';
	if (!log_file_init(&s->human_file, cfg->path, "", cfg->max_size, (int)cfg->keep) ||
		!log_file_init(&s->json_file, cfg->path, json_suffix, cfg->max_size, (int)cfg->keep)) {
		return s->host->fail(s->host, F1P_ENOMEM, "no memory for the file names");
	}
	return want(s, cfg->events);
}

static f1p_status open_file(struct sink_log *s, struct log_file *f)
{
	int error = log_file_open(f);

	if (error == 0) {
		return F1P_OK;
	}
	return s->host->fail(
		s->host, F1P_EIO, "%s: cannot be opened for writing: %s", f->path ? f->path : "stdout", strerror(error));
}

static f1p_status sink_log_start(struct f1p_plugin *plugin)
{
	struct sink_log *s = of(plugin);
	f1p_status status = F1P_OK;

	if (s->human && !s->human_to_host) {
		status = open_file(s, &s->human_file);
	}
	if (status == F1P_OK && s->json) {
		status = open_file(s, &s->json_file);
	}
	return status;
}

static f1p_status push(struct sink_log *s, struct log_file *f)
{
	int error = log_file_flush(f);

	if (error == 0) {
		return F1P_OK;
	}
	return s->host->fail(
		s->host, F1P_AGAIN, "%s: %s; nothing is lost, trying again", f->path ? f->path : "stdout", strerror(error));
}

static f1p_status sink_log_flush(struct f1p_plugin *plugin)
{
	struct sink_log *s = of(plugin);
	f1p_status human = push(s, &s->human_file);
	f1p_status json = push(s, &s->json_file);

	return human == F1P_OK ? json : human;
}

static void sink_log_stop(struct f1p_plugin *plugin)
{
	struct sink_log *s = of(plugin);

	if (log_file_pending(&s->human_file) || log_file_pending(&s->json_file)) {
		sink_log_flush(plugin);
	}
}

/* ---- events */

static int take_human(struct sink_log *s, const struct f1p_event *ev, bool wanted)
{
	char line[RACE_LINE_MAX];
	size_t n = race_line_tell(&s->race, ev, line);

	if (n == 0 || !wanted || !s->human) {
		return 0;
	}
	if (s->human_to_host) {
		s->host->log(s->host, F1P_LOG_INFO, "%s", line);
		return 0;
	}
	return log_file_add(&s->human_file, line, n);
}

static int take_json(struct sink_log *s, const struct f1p_event *ev)
{
	const char *text;
	size_t n;

	f1p_json_clear(&s->encoder);
	f1p_encode_event(&s->encoder, ev);
	text = f1p_json_text(&s->encoder, &n);
	return text ? log_file_add(&s->json_file, text, n) : ENOMEM;
}

static int take(struct sink_log *s, const struct f1p_event *ev)
{
	bool core = ev->space == F1P_SPACE_CORE;
	bool retold = (ev->flags & F1P_EVF_SNAPSHOT) && ev->type == F1P_EV_FORECAST; /* after a restart: it is in the log */
	bool wanted = core && ev->type < TYPES && s->wanted[ev->type] && !retold;
	int error;

	if (core && ev->type == F1P_EV_STATE) { /* never journaled, says nothing by itself */
		return 0;
	}
	error = take_human(s, ev, wanted);
	if (error == 0 && s->json && wanted) {
		error = take_json(s, ev);
	}
	return error;
}

static void adopt_running_race(struct sink_log *s)
{
	const struct f1p_bus *bus = s->host->get_extension(s->host, F1P_EXT_BUS);
	const struct f1p_state *state = bus ? bus->state_acquire(s->host) : NULL;

	s->adopted = true;
	if (state) {
		race_line_adopt(&s->race, state);
		bus->state_release(s->host, state);
	}
}

static f1p_status sink_log_write(struct f1p_plugin *plugin, const struct f1p_event *first, uint32_t count, size_t bytes)
{
	struct sink_log *s = of(plugin);
	const uint8_t *at = (const uint8_t *)first, *end = at + bytes;
	f1p_status status = sink_log_flush(plugin);

	if (status != F1P_OK) {
		return status;
	}
	if (!s->adopted) {
		adopt_running_race(s);
	}
	for (uint32_t i = 0; i < count; i++) {
		const struct f1p_event *ev = (const struct f1p_event *)(const void *)at;

		if ((size_t)(end - at) < sizeof(*ev) || ev->size < sizeof(*ev) || ev->size > (size_t)(end - at)) {
			return s->host->fail(
				s->host, F1P_EPERMANENT, "event %u of a batch of %u has an impossible size", i + 1, count);
		}
		if (take(s, ev) != 0) {
			return s->host->fail(s->host, F1P_ENOMEM, "no memory for the text of a batch");
		}
		at += ev->size;
	}
	sink_log_flush(plugin); /* a failure shows at the next call: this batch is taken */
	return F1P_OK;
}

/* ---- life */

static void sink_log_destroy(struct f1p_plugin *plugin)
{
	struct sink_log *s = of(plugin);

	if (s->encoder_ready) { /* initialised */
		forget_files(s);
		f1p_json_finish(&s->encoder);
	}
	free(s);
}

static const void *sink_log_extension(struct f1p_plugin *plugin, const char *id)
{
	static const struct f1p_sink sink = {.size = sizeof(sink), .write = sink_log_write, .flush = sink_log_flush};

	(void)plugin;
	return strcmp(id, F1P_EXT_SINK) == 0 ? &sink : NULL;
}

static const struct f1p_descriptor descriptor = {
	.size = sizeof(descriptor),
	.kinds = F1P_KIND_SINK,
	.id = "sink_log",
	.version = "0.1.0",
	.license = "MIT",
	.description = "Writes the race as lines for people and as JSON lines, rotated by size",
	.config = options,
	.config_count = sizeof(options) / sizeof(options[0]),
	.config_size = sizeof(struct sink_log_config),
};

F1P_ONE_PLUGIN(descriptor, struct sink_log, sink_log_init, sink_log_configure, sink_log_start, sink_log_stop, sink_log_destroy,
	sink_log_extension);

/*
 * sink_export.c - writes a session in the shapes of other people's tools: lines as FastF1's "livetiming save" makes them, or a
 * folder of OpenF1 collections as JSON or CSV.
 *
 * What is written appears under `path` when the sink stops, whole or not at all. A recording that begins again (a seek, a loop)
 * begins the export again.
 */
#include <f1pd/f1pd.h>

#include <encode.h>
#include <rows.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "openf1_folder.h"
#include "out_file.h"
#include "python_line.h"

#include "helpers/one_plugin.h"

struct sink_export_config {
	const char *path;
	const char *format;
	bool overwrite;
};

static const struct f1p_cfg_item options[] = {
	F1P_OPT(struct sink_export_config, path, F1P_CFG_PATH, F1P_CFG_REQUIRED, NULL, NULL, NULL, NULL,
		"File (fastf1) or folder (openf1) to make; it appears when the sink stops"),
	F1P_OPT(struct sink_export_config, format, F1P_CFG_ENUM, 0, "fastf1", NULL, NULL, "fastf1|openf1-json|openf1-csv",
		"Lines of FastF1's livetiming save, or a folder of OpenF1 collections as JSON or CSV"),
	F1P_OPT(struct sink_export_config, overwrite, F1P_CFG_BOOL, 0, "no", NULL, NULL, NULL,
		"Replace what stands at the path already"),
};

struct sink_export {
	struct f1p_plugin plugin;
	const struct f1p_host *host;
	char *path;
	bool lines, csv, overwrite;
	bool started, failed;
	uint64_t events;
	uint64_t messages;	    /* or collections */
	struct out_file file;	    /* lines */
	struct lt_encoder *encoder; /* lines */
	struct openf1_rows *rows;   /* OpenF1 */
};

static struct sink_export *of(struct f1p_plugin *plugin)
{
	return plugin->impl;
}

static f1p_status say(struct sink_export *s, f1p_status status, const char *path, const char *what, int error)
{
	return s->host->fail(s->host, status, "%s: %s: %s; nothing is exported", path, what, strerror(error));
}

/* ---- life ---- */

static f1p_status export_init(struct f1p_plugin *plugin)
{
	(void)plugin;
	return F1P_OK;
}

static f1p_status export_configure(struct f1p_plugin *plugin, const void *config)
{
	struct sink_export *s = of(plugin);
	const struct sink_export_config *cfg = config;
	char *path = strdup(cfg->path);

	if (path == NULL) {
		return s->host->fail(s->host, F1P_ENOMEM, "no memory for the path");
	}
	free(s->path);
	s->path = path;
	for (size_t n = strlen(path); n > 1 && path[n - 1] == '/'; n--) { /* PATH/.part would be inside */
		path[n - 1] = '\0';
	}
	s->lines = strcmp(cfg->format, "fastf1") == 0;
	s->csv = strcmp(cfg->format, "openf1-csv") == 0;
	s->overwrite = cfg->overwrite;
	return path[0] != '\0' ? F1P_OK : s->host->fail(s->host, F1P_ECONFIG, "path is empty: name the file or folder to make");
}

static f1p_status on_message(void *arg, const char *topic, const char *json, size_t n, int64_t t_ns)
{
	struct sink_export *s = arg;
	char utc[LT_UTC_TEXT];

	lt_utc_text(t_ns, utc);
	python_line_write(&s->file, topic, json, n, utc);
	s->messages++;
	return s->file.error == 0 ? F1P_OK : F1P_EIO;
}

static void release(struct sink_export *s)
{
	out_file_finish(&s->file);
	lt_encoder_destroy(s->encoder);
	openf1_rows_destroy(s->rows);
	s->encoder = NULL;
	s->rows = NULL;
	s->started = false;
}

static f1p_status begin_lines(struct sink_export *s)
{
	int error = out_file_open(&s->file, s->path);

	if (error != 0) {
		return say(s, F1P_EIO, s->path, "cannot be written", error);
	}
	s->encoder = lt_encoder_create(on_message, s);
	return s->encoder != NULL ? F1P_OK : s->host->fail(s->host, F1P_ENOMEM, "no memory for the encoder");
}

static f1p_status begin_rows(struct sink_export *s)
{
	struct out_file probe;
	int error = out_file_open(&probe, s->path); /* a folder that cannot be made is better told now than at the end */

	out_file_finish(&probe);
	if (error != 0 && error != EISDIR) {
		return say(s, F1P_EIO, s->path, "cannot be written", error);
	}
	s->rows = openf1_rows_create();
	return s->rows != NULL ? F1P_OK : s->host->fail(s->host, F1P_ENOMEM, "no memory for the collections");
}

static f1p_status export_start(struct f1p_plugin *plugin)
{
	struct sink_export *s = of(plugin);
	int error = s->overwrite ? 0 : out_path_is_free(s->path);
	f1p_status status = F1P_OK;

	if (error == EEXIST) {
		return s->host->fail(
			s->host, F1P_EIO, "%s exists and is not empty: name another place, or remove it first", s->path);
	}
	if (error != 0) {
		return say(s, F1P_EIO, s->path, "cannot be looked at", error);
	}
	s->failed = false;
	s->events = s->messages = 0;
	status = s->lines ? begin_lines(s) : begin_rows(s);
	if (status != F1P_OK) {
		release(s);
		return status;
	}
	s->started = true;
	return F1P_OK;
}

/* ---- the end ---- */

static int finish_lines(struct sink_export *s)
{
	if (lt_encode_flush(s->encoder) == F1P_ENOMEM) {
		return ENOMEM;
	}
	return s->messages > 0 ? out_file_commit(&s->file) : 0;
}

static int finish_rows(struct sink_export *s)
{
	unsigned files = 0;
	int error = openf1_folder_write(s->rows, s->path, s->csv, s->overwrite, &files);

	s->messages = files;
	return error;
}

static void export_stop(struct f1p_plugin *plugin)
{
	struct sink_export *s = of(plugin);
	uint64_t lost = 0;
	int error = 0;

	if (!s->started) {
		return;
	}
	if (!s->failed) {
		error = s->lines ? finish_lines(s) : finish_rows(s);
		lost = s->lines ? 0 : openf1_rows_lost(s->rows);
	}
	if (error != 0) {
		s->host->log(s->host, F1P_LOG_ERROR, "%s: %s; nothing is exported", s->path, strerror(error));
	} else if (!s->failed && s->messages == 0 && s->events > 0) {
		s->host->log(
			s->host, F1P_LOG_ERROR, "%s: nothing came that has a place in this format; nothing is exported", s->path);
	} else if (lost > 0) {
		s->host->log(s->host, F1P_LOG_WARN, "%s: %llu rows found no room and are not in it", s->path,
			(unsigned long long)lost);
	}
	release(s);
}

static void export_destroy(struct f1p_plugin *plugin)
{
	struct sink_export *s = of(plugin);

	release(s);
	free(s->path);
	free(s);
}

/* ---- events ---- */

static bool is_rewind(const struct f1p_event *ev)
{
	return ev->space == F1P_SPACE_CORE && ev->type == F1P_EV_FEED_RESET && !(ev->flags & F1P_EVF_SNAPSHOT);
}

static f1p_status take_line(struct sink_export *s, const struct f1p_event *ev)
{
	if (is_rewind(ev)) {
		lt_encoder_reset(s->encoder);
		s->messages = 0;
		return out_file_rewind(&s->file) == 0 ? F1P_OK : F1P_EIO;
	}
	return lt_encode(s->encoder, ev);
}

static f1p_status take(struct sink_export *s, const struct f1p_event *ev)
{
	bool from_source = ev->space == F1P_SPACE_CORE && ev->type < F1P_EV_FORECAST;
	f1p_status status = s->lines ? take_line(s, ev) : openf1_rows_take(s->rows, ev);

	s->events += from_source;
	if (status == F1P_OK) {
		return F1P_OK;
	}
	s->failed = true;
	if (s->file.error != 0) {
		return say(s, F1P_EIO, s->path, "cannot be written", s->file.error);
	}
	return s->host->fail(s->host, F1P_ENOMEM, "%s: no memory for the export; nothing is exported", s->path);
}

static f1p_status export_write(struct f1p_plugin *plugin, const struct f1p_event *first, uint32_t count, size_t bytes)
{
	struct sink_export *s = of(plugin);
	const uint8_t *at = (const uint8_t *)first, *end = at + bytes;

	for (uint32_t i = 0; i < count; i++) {
		const struct f1p_event *ev = (const struct f1p_event *)(const void *)at;
		f1p_status status = F1P_OK;

		if ((size_t)(end - at) < sizeof(*ev) || ev->size < sizeof(*ev) || ev->size > (size_t)(end - at)) {
			return s->host->fail(
				s->host, F1P_EPERMANENT, "event %u of a batch of %u has an impossible size", i + 1, count);
		}
		status = take(s, ev);
		if (status != F1P_OK) {
			return status;
		}
		at += ev->size;
	}
	return F1P_OK;
}

/* A full disk is told here: the last write of all would be too late. */
static f1p_status export_flush(struct f1p_plugin *plugin)
{
	struct sink_export *s = of(plugin);

	if (!s->started || s->failed || !s->lines || out_file_flush(&s->file) == 0) {
		return F1P_OK;
	}
	return say(s, F1P_EIO, s->path, "cannot be written", s->file.error);
}

static const void *export_extension(struct f1p_plugin *plugin, const char *id)
{
	static const struct f1p_sink sink = {.size = sizeof(sink), .write = export_write, .flush = export_flush};

	(void)plugin;
	return strcmp(id, F1P_EXT_SINK) == 0 ? &sink : NULL;
}

static const struct f1p_descriptor descriptor = {
	.size = sizeof(descriptor),
	.kinds = F1P_KIND_SINK,
	.id = "sink_export",
	.version = "0.1.0",
	.license = "MIT",
	.description = "Writes a session as FastF1 save lines or as OpenF1 collections",
	.config = options,
	.config_count = sizeof(options) / sizeof(options[0]),
	.config_size = sizeof(struct sink_export_config),
};

F1P_ONE_PLUGIN(descriptor, struct sink_export, export_init, export_configure, export_start, export_stop, export_destroy,
	export_extension);

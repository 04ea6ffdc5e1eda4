/*
 * recording.c - see recording.h.
 */
#include "recording.h"
#include "journal_reader.h"
#include "merge.h"
#include "offset_reader.h"
#include "timeline.h"
#include "topics.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ENTRIES_MAX 1024

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static bool playable(const struct sr_detected *is)
{
	return is->format != SR_FORMAT_NONE;
}

static bool name_topic(struct sr_file *f)
{
	struct f1p_json_slice topic = sr_topic_of_name(name_of(f->path));

	if (f->is.format != SR_FORMAT_OFFSETS) {
		return true;
	}
	if (topic.n > 0 && topic.n < sizeof(f->topic)) {
		memcpy(f->topic, topic.text, topic.n);
	} else {
		memcpy(f->topic, f->is.topic, sizeof(f->topic));
	}
	return f->topic[0] != '\0';
}

static bool topic_there(const struct sr_recording *rec, const struct sr_file *f)
{
	for (uint32_t i = rec->folder_from; i < rec->n && f->topic[0] != '\0'; i++) {
		if (strcmp(rec->files[i].topic, f->topic) == 0) {
			return true;
		}
	}
	return false;
}

/* Adds what sr_detect() has found. path is copied. */
static f1p_status add_file(
	struct sr_recording *rec, const struct sr_input *in, const struct sr_detected *is, struct sr_report *report)
{
	struct sr_file f = {.is = *is, .path = strdup(in->path)};
	struct sr_file *grown = f.path == NULL ? NULL : realloc(rec->files, (rec->n + 1) * sizeof(*grown));

	if (grown == NULL) {
		free(f.path);
		return F1P_ENOMEM;
	}
	rec->files = grown;
	f.input = *in;
	f.input.path = f.path;
	if (!name_topic(&f) || topic_there(rec, &f)) {
		sr_report_info(report, "%s: not played: %s", f.path,
			f.topic[0] == '\0' ? "neither name nor content tells its topic" : "this topic is there already");
		free(f.path);
		return F1P_OK;
	}
	rec->has_offsets |= f.is.format == SR_FORMAT_OFFSETS || f.is.offsets;
	rec->files[rec->n++] = f;
	return F1P_OK;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int not_hidden(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

struct folder_names {
	char ignored[160];
	uint32_t n_ignored;
	uint32_t n_folders;
};

static f1p_status look_at_entry(struct sr_recording *rec, const char *path, struct sr_report *report, struct folder_names *names)
{
	struct sr_input in = {.path = path};
	struct sr_detected is;
	char why[96] = "";
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
		names->n_folders++;
		return F1P_OK;
	}
	if (!sr_detect(&in, &is, why, sizeof(why))) {
		sr_report_info(report, "%s: not played: %s", path, why);
		return F1P_OK;
	}
	if (is.meta_t0_ns != F1P_UNKNOWN_NS) {
		rec->meta_t0_ns = is.meta_t0_ns;
	}
	if (playable(&is)) {
		return add_file(rec, &in, &is, report);
	}
	if (is.meta_t0_ns == F1P_UNKNOWN_NS && names->n_ignored++ < 4) {
		size_t n = strlen(names->ignored);

		snprintf(names->ignored + n, sizeof(names->ignored) - n, "%s%s", n > 0 ? ", " : "", name_of(path));
	}
	return F1P_OK;
}

static f1p_status look_at_folder(
	struct sr_recording *rec, const char *path, bool nested, struct sr_report *report, char *err, size_t err_size);

/* Nothing to play lies in the folder itself: perhaps in the one folder below it. */
static f1p_status look_below(struct sr_recording *rec, const char *path, struct dirent **entries, int n, struct sr_report *report,
	char *err, size_t err_size)
{
	char first[256] = "";

	for (int i = 0; i < n; i++) {
		uint32_t before = rec->n;
		char *below = NULL;
		struct stat st;
		f1p_status status = F1P_OK;

		if (asprintf(&below, "%s/%s", path, entries[i]->d_name) < 0) {
			return F1P_ENOMEM;
		}
		if (stat(below, &st) == 0 && S_ISDIR(st.st_mode)) {
			status = look_at_folder(rec, below, true, report, err, err_size);
		}
		free(below);
		if (status == F1P_ENOMEM) {
			return status;
		}
		if (rec->n > before && before > 0) {
			snprintf(err, err_size, "%s: several recordings (%s, %s, ...): name one of them", path, first,
				entries[i]->d_name);
			return F1P_ECONFIG;
		}
		if (rec->n > before) {
			snprintf(first, sizeof(first), "%s", entries[i]->d_name);
		}
	}
	return F1P_OK;
}

static f1p_status look_at_folder(
	struct sr_recording *rec, const char *path, bool nested, struct sr_report *report, char *err, size_t err_size)
{
	struct dirent **entries = NULL;
	int n = scandir(path, &entries, not_hidden, by_name);
	struct folder_names names = {0};
	f1p_status status = F1P_OK;

	rec->folder_from = rec->n;
	if (n < 0) {
		snprintf(err, err_size, "%s: %s", path, strerror(errno));
		return F1P_ECONFIG;
	}
	for (int i = 0; i < n && i < ENTRIES_MAX && status == F1P_OK; i++) {
		char *file = NULL;

		status = asprintf(&file, "%s/%s", path, entries[i]->d_name) < 0 ? F1P_ENOMEM
										: look_at_entry(rec, file, report, &names);
		free(file);
	}
	if (status == F1P_OK && rec->n == 0 && names.n_folders > 0 && !nested) {
		status = look_below(rec, path, entries, n, report, err, err_size);
	}
	if (names.n_ignored > 0 && rec->n > 0) {
		sr_report_info(report, "%s: %u files are no recordings and are left out (%s%s)", path, names.n_ignored,
			names.ignored, names.n_ignored > 4 ? ", ..." : "");
	}
	for (int i = 0; i < n; i++) {
		free(entries[i]);
	}
	free(entries);
	return status;
}

static f1p_status look_at_file(
	struct sr_recording *rec, const struct sr_input *in, struct sr_report *report, char *err, size_t err_size)
{
	struct sr_detected is;
	char why[96] = "";

	if (!sr_detect(in, &is, why, sizeof(why))) {
		snprintf(err, err_size, "%s: %s", in->path, why);
		return F1P_ECONFIG;
	}
	return playable(&is) ? add_file(rec, in, &is, report) : F1P_OK;
}

static f1p_status close_look(struct sr_recording *rec, f1p_status status, bool folder, char *err, size_t err_size)
{
	if (status == F1P_OK && rec->n == 0) {
		snprintf(err, err_size,
			"%s: no recording%s: neither archive streams, SignalR frames, live-timing records nor a journal",
			rec->path, folder ? " in this folder" : "");
		status = F1P_ECONFIG;
	} else if (status == F1P_OK && rec->n > SR_MERGE_MAX) {
		snprintf(err, err_size, "%s: %u recorded files, more than %u", rec->path, rec->n, SR_MERGE_MAX);
		status = F1P_ECONFIG;
	} else if (status == F1P_ENOMEM) {
		snprintf(err, err_size, "%s: out of memory", rec->path);
	}
	if (status != F1P_OK) {
		sr_recording_finish(rec);
		return status;
	}
	sr_recording_find_t0(rec);
	return F1P_OK;
}

static f1p_status begin(struct sr_recording *rec, const char *path)
{
	*rec = (struct sr_recording){.path = strdup(path), .meta_t0_ns = F1P_UNKNOWN_NS, .t0_how = "no offsets"};
	return rec->path == NULL ? F1P_ENOMEM : F1P_OK;
}

f1p_status sr_recording_open(struct sr_recording *rec, const char *path, struct sr_report *report, char *err, size_t err_size)
{
	struct stat st;
	bool folder = false;
	f1p_status status = begin(rec, path);

	if (status == F1P_OK && stat(path, &st) != 0) {
		snprintf(err, err_size, "%s: %s", path, strerror(errno));
		status = F1P_ECONFIG;
	}
	if (status == F1P_OK) {
		folder = S_ISDIR(st.st_mode);
		status = folder ? look_at_folder(rec, path, false, report, err, err_size)
				: look_at_file(rec, &(struct sr_input){.path = path}, report, err, err_size);
	}
	return close_look(rec, status, folder, err, err_size);
}

f1p_status sr_recording_open_bytes(struct sr_recording *rec, const void *bytes, size_t n, char *err, size_t err_size)
{
	struct sr_input in = {.path = "fed bytes", .bytes = bytes, .n = n};
	struct sr_report silent = {0};
	f1p_status status = begin(rec, in.path);

	if (status == F1P_OK) {
		status = look_at_file(rec, &in, &silent, err, err_size);
	}
	status = close_look(rec, status, false, err, err_size);
	return status == F1P_ECONFIG ? F1P_EINVAL : status;
}

void sr_recording_finish(struct sr_recording *rec)
{
	for (uint32_t i = 0; i < rec->n; i++) {
		free(rec->files[i].path);
	}
	free(rec->files);
	free(rec->path);
	*rec = (struct sr_recording){0};
}

static struct sr_reader *open_journal(const struct sr_file *f, struct sr_stream *stream, struct sr_report *report)
{
	char why[96] = "";
	struct sr_reader *reader = sr_journal_reader_create(stream, f->path, report);
	struct sr_stream *again = reader != NULL ? sr_input_open(&f->input, why, sizeof(why)) : NULL;

	if (again != NULL) {
		sr_journal_reader_look_ahead(reader, again);
	}
	return reader;
}

static struct sr_reader *read_file(const struct sr_recording *rec, const struct sr_file *f, struct sr_report *report)
{
	struct sr_record_options options = {.framing = f->is.framing, .t0_ns = rec->t0_ns};
	char why[96] = "";
	struct sr_stream *stream = sr_input_open(&f->input, why, sizeof(why));

	if (stream == NULL) {
		sr_report_reject(report, f->path, 0, "%s", why);
		return NULL;
	}
	switch (f->is.format) {
	case SR_FORMAT_OFFSETS:
		return sr_offset_reader_create(stream, f->path, f->topic, rec->t0_ns, report);
	case SR_FORMAT_RECORDS:
		return sr_timeline_create(sr_record_reader_create(stream, f->path, &options, report));
	case SR_FORMAT_JOURNAL:
		return open_journal(f, stream, report);
	case SR_FORMAT_NONE:
	default:
		sr_stream_close(stream);
		return NULL;
	}
}

struct sr_reader *sr_recording_read(const struct sr_recording *rec, const char *only, struct sr_report *report)
{
	struct sr_reader *readers[SR_MERGE_MAX];
	uint32_t n = 0;

	for (uint32_t i = 0; i < rec->n; i++) {
		const struct sr_file *f = &rec->files[i];

		if (only != NULL && f->is.format == SR_FORMAT_OFFSETS && strcmp(f->topic, only) != 0) {
			continue;
		}
		readers[n] = read_file(rec, f, report);
		n += readers[n] != NULL ? 1 : 0;
	}
	return sr_merge_create(readers, n);
}

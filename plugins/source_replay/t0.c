/*
 * t0.c - what UTC the offsets of a recording count from.
 *
 * Payloads that hold a Utc were sent about when they say: t0 = Utc - offset. Best are heartbeats, then car data (the newest
 * sample is the latest possible, hence the maximum), then what a meta file says, then messages of race control (whole
 * seconds; the median shrugs off those repeated later), then the session clock, and last the schedule.
 */
#include "clock.h"
#include "feed_time.h"
#include "offset_reader.h"
#include "recording.h"

#include <inflate.h>

#include <stdlib.h>
#include <string.h>

#define SAMPLES_MAX 255u

struct samples {
	int64_t ns[SAMPLES_MAX];
	uint32_t n;
};

static int by_value(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int64_t median(struct samples *s)
{
	qsort(s->ns, s->n, sizeof(s->ns[0]), by_value);
	return s->ns[s->n / 2];
}

/* Utc inside a .z payload. */
static bool packed_utc(struct lt_inflater *inflater, const struct sr_message *m, int64_t *utc)
{
	const char *text = NULL, *why = NULL;
	size_t n = 0;

	return inflater != NULL && m->json_n > 2 && m->json[0] == '"' &&
	       lt_inflate(inflater, m->json + 1, m->json_n - 2, &text, &n, &why) == F1P_OK && sr_utc_inside(text, n, utc);
}

/* Collects Utc - offset of one archive topic. Offsets are read as times since 1970. */
static void collect(const struct sr_recording *rec, const char *topic, uint32_t max, struct samples *out)
{
	struct sr_report silent = {0};
	struct lt_inflater *inflater = strstr(topic, ".z") != NULL ? lt_inflater_create() : NULL;

	out->n = 0;
	for (uint32_t i = 0; i < rec->n; i++) {
		const struct sr_file *f = &rec->files[i];
		struct sr_stream *stream = NULL;
		struct sr_reader *reader = NULL;
		struct sr_message m;
		char err[96];

		if (f->is.format != SR_FORMAT_OFFSETS || strcmp(f->topic, topic) != 0) {
			continue;
		}
		stream = sr_input_open(&f->input, err, sizeof(err));
		reader = stream == NULL ? NULL : sr_offset_reader_create(stream, f->path, f->topic, 0, &silent);
		while (reader != NULL && out->n < max && reader->next(reader, &m) == F1P_OK) {
			int64_t utc = 0;

			if (inflater != NULL ? packed_utc(inflater, &m, &utc) : sr_utc_inside(m.json, m.json_n, &utc)) {
				out->ns[out->n++] = utc - m.t_ns;
			}
		}
		sr_reader_destroy(reader);
	}
	lt_inflater_destroy(inflater);
}

static bool take_median(struct sr_recording *rec, const char *topic, uint32_t max, const char *how, struct samples *s)
{
	collect(rec, topic, max, s);
	if (s->n == 0) {
		return false;
	}
	rec->t0_ns = median(s);
	rec->t0_how = how;
	return true;
}

static bool take_telemetry(struct sr_recording *rec, struct samples *s)
{
	int64_t latest = INT64_MIN;

	for (int i = 0; i < 2; i++) {
		collect(rec, i == 0 ? "CarData.z" : "Position.z", 64, s);
		for (uint32_t k = 0; k < s->n; k++) {
			latest = s->ns[k] > latest ? s->ns[k] : latest;
		}
	}
	if (latest == INT64_MIN) {
		return false;
	}
	rec->t0_ns = latest;
	rec->t0_how = "car data";
	return true;
}

static bool string_after(const char *json, size_t n, const char *key, struct f1p_json_slice *out)
{
	const char *end = json + n;
	const char *p = memmem(json, n, key, strlen(key));
	const char *close = NULL;

	if (p == NULL) {
		return false;
	}
	for (p += strlen(key); p < end && (*p == ' ' || *p == ':'); p++) {
	}
	if (p >= end || *p++ != '"') {
		return false;
	}
	close = memchr(p, '"', (size_t)(end - p));
	*out = (struct f1p_json_slice){p, close == NULL ? 0 : (size_t)(close - p)};
	return close != NULL;
}

static bool is_started(const char *json, size_t n)
{
	struct f1p_json_slice status;

	return string_after(json, n, "\"Status\"", &status) && f1p_json_slice_is(status, "Started");
}

static bool has_start_date(const char *json, size_t n)
{
	return memmem(json, n, "\"StartDate\"", 11) != NULL;
}

static bool has_utc(const char *json, size_t n)
{
	int64_t t = 0;

	return sr_utc_inside(json, n, &t);
}

/* First message of a topic that is as wanted; false if there is none. Its offset and, copied, its payload. */
static bool first_with(const struct sr_recording *rec, const char *topic, bool (*wanted)(const char *, size_t), int64_t *offset,
	char *json, size_t room, size_t *json_n)
{
	struct sr_report silent = {0};
	struct sr_recording at_zero = *rec;
	struct sr_reader *reader = NULL;
	struct sr_message m;
	bool found = false;

	at_zero.t0_ns = 0;
	reader = sr_recording_read(&at_zero, topic, &silent);
	for (uint32_t i = 0; reader != NULL && !found && i < 4096 && reader->next(reader, &m) == F1P_OK; i++) {
		found = m.kind == SR_MESSAGE && m.json_n < room && m.t_ns != F1P_UNKNOWN_NS && wanted(m.json, m.json_n);
		if (found) {
			*offset = m.t_ns;
			memcpy(json, m.json, m.json_n);
			*json_n = m.json_n;
		}
	}
	sr_reader_destroy(reader);
	return found;
}

/* The session began as scheduled, when its status became Started. */
static bool take_schedule(struct sr_recording *rec)
{
	char info[8192], status[512];
	size_t info_n = 0, status_n = 0;
	int64_t info_at = 0, started_at = 0, start = 0, zone = 0;
	struct f1p_json_slice date, gmt;

	if (!first_with(rec, "SessionInfo", has_start_date, &info_at, info, sizeof(info), &info_n) ||
		!string_after(info, info_n, "\"StartDate\"", &date) || !sr_utc_parse(date.text, date.n, &start)) {
		return false;
	}
	if (string_after(info, info_n, "\"GmtOffset\"", &gmt) && gmt.n > 0) {
		bool west = gmt.text[0] == '-';

		if (sr_hms_parse(gmt.text + (west ? 1 : 0), gmt.n - (west ? 1 : 0), &zone)) {
			start -= west ? -zone : zone;
		}
	}
	if (!first_with(rec, "SessionStatus", is_started, &started_at, status, sizeof(status), &status_n)) {
		started_at = 0;
	}
	rec->t0_ns = start - started_at;
	rec->t0_how = "the schedule";
	return true;
}

/* Records that tell offsets: the first payload with a Utc. In an archive it has been looked for in the topics that count. */
static bool take_records(struct sr_recording *rec)
{
	char json[4096];
	size_t n = 0;
	int64_t offset = 0, utc = 0;

	if (!first_with(rec, "Heartbeat", has_utc, &offset, json, sizeof(json), &n) || !sr_utc_inside(json, n, &utc)) {
		return false;
	}
	rec->t0_ns = utc - offset;
	rec->t0_how = "the first Utc";
	return true;
}

void sr_recording_find_t0(struct sr_recording *rec)
{
	struct samples s;

	if (!rec->has_offsets) {
		return;
	}
	if (take_median(rec, "Heartbeat", 31, "heartbeats", &s) || take_telemetry(rec, &s)) {
		return;
	}
	if (rec->meta_t0_ns != F1P_UNKNOWN_NS) {
		rec->t0_ns = rec->meta_t0_ns;
		rec->t0_how = "the meta file";
		return;
	}
	if (take_median(rec, "RaceControlMessages", SAMPLES_MAX, "race control", &s) ||
		take_median(rec, "ExtrapolatedClock", 31, "the session clock", &s) || take_records(rec) || take_schedule(rec)) {
		return;
	}
	rec->t0_ns = 0;
	rec->t0_how = "nothing: it begins in 1970";
}

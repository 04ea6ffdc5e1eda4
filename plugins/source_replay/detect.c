/*
 * detect.c - see detect.h. The head of the file tells how it is cut into records; whether they are records of live timing
 * is found out by reading the first of them.
 */
#include "detect.h"
#include "feed_time.h"
#include "topics.h"

#include <helpers/journal_format.h>

#include <stdio.h>
#include <string.h>

#define SMALL_HEAD 4096u
#define LARGE_HEAD (512u << 10)
#define TRY_RECORDS 400u
#define FEED_MAX (UINT64_C(64) << 20)

struct sr_stream *sr_input_open(const struct sr_input *in, char *err, size_t err_size)
{
	struct sr_stream *s = NULL;

	if (in->bytes == NULL) {
		return sr_stream_open(in->path, err, err_size);
	}
	s = sr_stream_open_bytes(in->bytes, in->n, FEED_MAX);
	if (s == NULL) {
		snprintf(err, err_size, "out of memory");
	}
	return s;
}

static struct f1p_json_slice without_bom(const char *p, size_t n)
{
	size_t bom = n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

	return (struct f1p_json_slice){p + bom, n - bom};
}

static bool is_offset_line(struct f1p_json_slice head)
{
	int64_t offset = 0;

	return head.n > 13 && sr_offset_parse(head.text, 12, &offset) &&
	       (head.text[12] == '{' || head.text[12] == '"' || head.text[12] == '[');
}

static char first_behind(struct f1p_json_slice head, size_t *at)
{
	while (*at < head.n && strchr(" \t\r\n", head.text[*at]) != NULL && head.text[*at] != '\0') {
		(*at)++;
	}
	return *at < head.n ? head.text[*at] : '\0';
}

/* Whether the value at the head's begin goes on behind its first line. */
static bool spans_lines(struct f1p_json_slice head, size_t at)
{
	int depth = 0;
	bool in_string = false;

	for (; at < head.n && head.text[at] != '\n'; at++) {
		char c = head.text[at];

		if (in_string) {
			at += c == '\\' ? 1 : 0;
			in_string = c != '"';
		} else if (c == '"') {
			in_string = true;
		} else {
			depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
		}
	}
	return at < head.n && depth > 0;
}

static enum sr_framing framing_of(struct f1p_json_slice head)
{
	size_t at = 0, behind = 0;
	char first = first_behind(head, &at);

	if (memchr(head.text, '\x1e', head.n) != NULL) {
		return SR_FRAMING_RS;
	}
	behind = at + 1;
	if (first == '[') {
		char second = first_behind(head, &behind);

		if (second == '{' || second == '[') {
			return SR_FRAMING_ARRAY;
		}
	}
	return first == '{' && spans_lines(head, at) ? SR_FRAMING_VALUES : SR_FRAMING_LINES;
}

/* Reads the first records: recognised if one of them is of a known topic. Takes the stream over. */
static bool try_records(struct sr_stream *stream, const char *path, struct sr_detected *out)
{
	struct sr_record_options options = {.framing = out->framing, .max_records = TRY_RECORDS};
	struct sr_report silent = {0};
	struct sr_reader *reader = sr_record_reader_create(stream, path, &options, &silent);
	struct sr_message m;
	bool found = false;

	while (reader != NULL && !found && reader->next(reader, &m) == F1P_OK) {
		found = m.kind == SR_SNAPSHOT || sr_topic_known(m.topic, m.topic_n);
		out->offsets |= sr_record_reader_was_offset(reader);
	}
	sr_reader_destroy(reader);
	return found;
}

static int64_t meta_t0(struct f1p_json_slice head)
{
	struct f1p_json_cutter cut;
	struct f1p_json_slice key, value;
	int64_t t = F1P_UNKNOWN_NS;

	if (!f1p_json_cut_begin(&cut, head.text, head.n)) {
		return F1P_UNKNOWN_NS;
	}
	while (f1p_json_cut_next(&cut, &key, &value) == F1P_OK && key.n > 0) {
		if (f1p_json_slice_is(key, "t0_utc") && value.n > 2 && !sr_utc_parse(value.text + 1, value.n - 2, &t)) {
			t = F1P_UNKNOWN_NS;
		}
	}
	return t;
}

static void detect_records(struct sr_stream *stream, const struct sr_input *in, struct sr_detected *out)
{
	const char *bytes = NULL;
	size_t n = sr_stream_peek(stream, LARGE_HEAD, &bytes);
	struct f1p_json_slice head = without_bom(bytes, n);

	out->framing = framing_of(head);
	out->meta_t0_ns = meta_t0(head);
	if (out->meta_t0_ns == F1P_UNKNOWN_NS && try_records(stream, in->path, out)) {
		out->format = SR_FORMAT_RECORDS;
	} else if (out->meta_t0_ns != F1P_UNKNOWN_NS) {
		sr_stream_close(stream);
	}
}

bool sr_detect(const struct sr_input *in, struct sr_detected *out, char *err, size_t err_size)
{
	struct sr_stream *stream = sr_input_open(in, err, err_size);
	const char *bytes = NULL, *topic = NULL;
	struct f1p_json_slice head;
	size_t n = 0;

	*out = (struct sr_detected){.format = SR_FORMAT_NONE, .framing = SR_FRAMING_LINES, .meta_t0_ns = F1P_UNKNOWN_NS};
	if (stream == NULL) {
		return false;
	}
	n = sr_stream_peek(stream, SMALL_HEAD, &bytes);
	head = without_bom(bytes, n);
	if (n >= 8 && memcmp(bytes, F1P_JOURNAL_MAGIC, 8) == 0) {
		out->format = SR_FORMAT_JOURNAL;
	} else if (is_offset_line(head)) {
		out->format = SR_FORMAT_OFFSETS;
		topic = sr_topic_of_payload(head.text + 12, head.n - 12);
		snprintf(out->topic, sizeof(out->topic), "%s", topic != NULL ? topic : "");
	} else if (n > 0 && memchr(bytes, '\0', n) == NULL) {
		detect_records(stream, in, out);
		return true;
	}
	sr_stream_close(stream);
	return true;
}

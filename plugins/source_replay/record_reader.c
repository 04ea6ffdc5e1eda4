/*
 * record_reader.c - see record_reader.h.
 */
#include "record_reader.h"
#include "record.h"

#include <stdlib.h>
#include <string.h>

struct record_reader {
	struct sr_reader base;
	struct sr_stream *stream;
	const char *path;
	struct sr_record_options options;
	struct sr_report *report;
	struct sr_record record;
	uint32_t next_item;
	uint64_t records;
	bool was_offset;
};

static f1p_status take_record(struct record_reader *r, const char **text, size_t *n)
{
	switch (r->options.framing) {
	case SR_FRAMING_VALUES:
	case SR_FRAMING_ARRAY:
		return sr_stream_value(r->stream, r->options.framing == SR_FRAMING_ARRAY, text, n);
	case SR_FRAMING_RS:
		return sr_stream_line(r->stream, '\x1e', text, n);
	case SR_FRAMING_LINES:
	default:
		return sr_stream_line(r->stream, '\n', text, n);
	}
}

/* In files cut at 0x1E the recording program's own lines stand before a record. */
static void skip_chatter_lines(const char **text, size_t *n)
{
	const char *brace = memchr(*text, '{', *n);
	const char *line = brace == NULL ? NULL : memrchr(*text, '\n', (size_t)(brace - *text));

	if (line != NULL) {
		*n -= (size_t)(line + 1 - *text);
		*text = line + 1;
	}
}

/* Reads on until a record holds messages. */
static f1p_status next_record(struct record_reader *r)
{
	const char *text = NULL;
	size_t n = 0;

	r->next_item = 0;
	for (;;) {
		f1p_status status = F1P_OK;

		r->record.n = 0;
		if (r->options.max_records > 0 && r->records++ >= r->options.max_records) {
			return F1P_END;
		}
		status = take_record(r, &text, &n);
		if (status == F1P_END) {
			return F1P_END;
		}
		if (status == F1P_EIO) {
			sr_report_reject(r->report, r->path, 0, "%s: plays what is before that", sr_stream_error(r->stream));
			continue;
		}
		if (status != F1P_OK) {
			sr_report_reject(r->report, r->path, sr_stream_line_number(r->stream),
				"a record that does not end or is longer than 16 MB");
			continue;
		}
		if (r->options.framing == SR_FRAMING_RS) {
			skip_chatter_lines(&text, &n);
		}
		if (sr_record_parse(&r->record, text, n) != F1P_OK) {
			sr_report_reject(r->report, r->path, sr_stream_line_number(r->stream), "%s", r->record.why);
		} else if (r->record.n > 0) {
			r->report->odd_times += r->record.bad_times;
			return F1P_OK;
		} else {
			r->report->ignored++;
		}
	}
}

static f1p_status record_next(struct sr_reader *base, struct sr_message *out)
{
	struct record_reader *r = (struct record_reader *)base;
	const struct sr_item *item = NULL;

	if (r->next_item >= r->record.n) {
		f1p_status status = next_record(r);

		if (status != F1P_OK) {
			return status;
		}
	}
	item = &r->record.items[r->next_item++];
	r->was_offset = item->is_offset && item->t_ns != F1P_UNKNOWN_NS;
	*out = (struct sr_message){.kind = item->kind,
		.topic = item->topic.text,
		.topic_n = (uint32_t)item->topic.n,
		.json = item->json.text,
		.json_n = item->json.n,
		.t_ns = r->was_offset ? r->options.t0_ns + item->t_ns : item->t_ns};
	return F1P_OK;
}

static void record_destroy(struct sr_reader *base)
{
	struct record_reader *r = (struct record_reader *)base;

	sr_stream_close(r->stream);
	sr_record_finish(&r->record);
	free(r);
}

struct sr_reader *sr_record_reader_create(
	struct sr_stream *stream, const char *path, const struct sr_record_options *options, struct sr_report *report)
{
	struct record_reader *r = calloc(1, sizeof(*r));
	const char *head = NULL;
	size_t n = 0;

	if (r == NULL) {
		sr_stream_close(stream);
		return NULL;
	}
	*r = (struct record_reader){
		.base = {record_next, record_destroy}, .stream = stream, .path = path, .options = *options, .report = report};
	sr_record_init(&r->record);
	n = sr_stream_peek(stream, 3, &head);
	if (n == 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0) {
		sr_stream_skip(stream, 3);
	}
	if (options->framing == SR_FRAMING_ARRAY) {
		while (sr_stream_peek(stream, 1, &head) == 1 && strchr(" \t\r\n", *head) != NULL && *head != '\0') {
			sr_stream_skip(stream, 1);
		}
		sr_stream_skip(stream, 1);
	}
	return &r->base;
}

bool sr_record_reader_was_offset(const struct sr_reader *base)
{
	return ((const struct record_reader *)base)->was_offset;
}

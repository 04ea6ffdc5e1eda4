/*
 * offset_reader.c - see offset_reader.h.
 */
#include "offset_reader.h"
#include "clock.h"
#include "feed_time.h"

#include <stdlib.h>
#include <string.h>

struct offset_reader {
	struct sr_reader base;
	struct sr_stream *stream;
	const char *path, *topic;
	uint32_t topic_n;
	int64_t t0_ns;
	struct sr_clock clock; /* here too: a wild offset must not hold this file back until all others are played */
	struct sr_report *report;
};

static f1p_status offset_next(struct sr_reader *base, struct sr_message *out)
{
	struct offset_reader *r = (struct offset_reader *)base;
	const char *text = NULL;
	size_t n = 0;
	int64_t offset = 0;

	for (;;) {
		f1p_status status = sr_stream_line(r->stream, '\n', &text, &n);

		if (status == F1P_END) {
			return F1P_END;
		}
		if (status == F1P_EIO) {
			sr_report_reject(r->report, r->path, 0, "%s: plays what is before that", sr_stream_error(r->stream));
		} else if (status != F1P_OK) {
			sr_report_reject(r->report, r->path, sr_stream_line_number(r->stream), "a line longer than 16 MB");
		} else if (n > 12 && sr_offset_parse(text, 12, &offset)) {
			*out = (struct sr_message){.kind = SR_MESSAGE,
				.topic = r->topic,
				.topic_n = r->topic_n,
				.json = text + 12,
				.json_n = n - 12,
				.t_ns = sr_clock_step(&r->clock, r->t0_ns + offset, r->report)};
			return F1P_OK;
		} else if (n > 0) {
			sr_report_reject(
				r->report, r->path, sr_stream_line_number(r->stream), "no HH:MM:SS.mmm and payload in the line");
		}
	}
}

static void offset_destroy(struct sr_reader *base)
{
	struct offset_reader *r = (struct offset_reader *)base;

	sr_stream_close(r->stream);
	free(r);
}

struct sr_reader *sr_offset_reader_create(
	struct sr_stream *stream, const char *path, const char *topic, int64_t t0_ns, struct sr_report *report)
{
	struct offset_reader *r = calloc(1, sizeof(*r));
	const char *head = NULL;

	if (r == NULL) {
		sr_stream_close(stream);
		return NULL;
	}
	*r = (struct offset_reader){.base = {offset_next, offset_destroy},
		.stream = stream,
		.path = path,
		.topic = topic,
		.topic_n = (uint32_t)strlen(topic),
		.t0_ns = t0_ns,
		.report = report};
	sr_clock_init(&r->clock);
	if (sr_stream_peek(stream, 3, &head) == 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0) {
		sr_stream_skip(stream, 3);
	}
	return &r->base;
}

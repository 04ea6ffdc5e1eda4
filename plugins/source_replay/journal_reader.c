/*
 * journal_reader.c - see journal_reader.h.
 *
 * The host's own events (types from 64 on in the core space: forecasts, plugin states, end of source) are left out: the
 * host that plays the journal makes them anew. Flags stay: an event that was part of a catch-up made no forecast then.
 */
#include "journal_reader.h"

#include <helpers/journal_format.h>

#include <stdlib.h>
#include <string.h>

#define FIRST_HOST_TYPE 64u

struct journal_reader {
	struct sr_reader base;
	struct sr_stream *stream;
	const char *path;
	struct sr_report *report;
	uint64_t records;
	_Alignas(8) uint8_t event[F1P_EVENT_MAX];
};

/* The next record's event, copied to r->event. */
static f1p_status take_event(struct journal_reader *r)
{
	const char *head = NULL;
	const uint8_t *event = NULL;
	size_t n = sr_stream_peek(r->stream, F1P_JOURNAL_RECORD + F1P_EVENT_MAX, &head);
	size_t event_size = 0, used = 0;
	f1p_status status = F1P_END;

	if (n == 0) {
		return F1P_END;
	}
	status = f1p_journal_record_read((const uint8_t *)head, n, &event, &event_size, &used);
	if (status != F1P_OK || event_size < sizeof(struct f1p_event) || event_size > sizeof(r->event)) {
		sr_report_reject(r->report, r->path, 0,
			"the journal is torn or damaged after record %llu: plays what is before that",
			(unsigned long long)r->records);
		return F1P_END;
	}
	memcpy(r->event, event, event_size);
	sr_stream_skip(r->stream, used);
	r->records++;
	return F1P_OK;
}

static f1p_status journal_next(struct sr_reader *base, struct sr_message *out)
{
	struct journal_reader *r = (struct journal_reader *)base;
	const struct f1p_event *ev = (const struct f1p_event *)(const void *)r->event;
	f1p_status status = F1P_OK;

	do {
		status = take_event(r);
		if (status != F1P_OK) {
			return status;
		}
	} while (ev->space == F1P_SPACE_CORE && ev->type >= FIRST_HOST_TYPE);
	*out = (struct sr_message){.kind = SR_EVENT, .event = ev, .t_ns = ev->t_event_ns};
	return F1P_OK;
}

static void journal_destroy(struct sr_reader *base)
{
	struct journal_reader *r = (struct journal_reader *)base;

	sr_stream_close(r->stream);
	free(r);
}

struct sr_reader *sr_journal_reader_create(struct sr_stream *stream, const char *path, struct sr_report *report)
{
	struct journal_reader *r = calloc(1, sizeof(*r));
	struct f1p_journal_header header;
	const char *head = NULL;
	size_t n = 0;

	if (r == NULL) {
		sr_stream_close(stream);
		return NULL;
	}
	*r = (struct journal_reader){.base = {journal_next, journal_destroy}, .stream = stream, .path = path, .report = report};
	n = sr_stream_peek(stream, F1P_JOURNAL_HEADER, &head);
	if (f1p_journal_header_check(head, n, &header) != F1P_OK) {
		sr_report_reject(report, path, 0, "a journal of another version, or cut off in its header");
		journal_destroy(&r->base);
		return NULL;
	}
	sr_stream_skip(stream, F1P_JOURNAL_HEADER);
	return &r->base;
}

/*
 * journal_reader.c - see journal_reader.h.
 *
 * The host's own events (types from 64 on in the core space: forecasts, plugin states, end of source) are left out: the
 * host that plays the journal makes them anew. Flags stay: an event that was part of a catch-up made no forecast then. Which
 * triggers a live run skipped is told ahead of each, so that the host skips them too; they are read in a first pass.
 */
#include "journal_reader.h"

#include <f1pd/forecast.h>

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
	uint64_t *skips; /* numbers of triggers that a live run made no forecast of, rising */
	size_t n_skips, at_skip;
	bool told;          /* the skip of the event in hand has been handed out */
	struct f1p_event hint;
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
		if (r->report != NULL) {
			sr_report_reject(r->report, r->path, 0,
				"the journal is torn or damaged after record %llu: plays what is before that",
				(unsigned long long)r->records);
		}
		return F1P_END;
	}
	memcpy(r->event, event, event_size);
	sr_stream_skip(r->stream, used);
	r->records++;
	return F1P_OK;
}

static bool is_skip(const struct f1p_event *ev)
{
	return ev->space == F1P_SPACE_CORE && ev->type == F1P_EV_FORECAST_SKIPPED && ev->size >= sizeof(struct f1p_ev_forecast_skipped);
}

static bool add_skip(struct journal_reader *r, uint64_t trigger_seq)
{
	uint64_t *grown = NULL;

	if (r->n_skips % 64 == 0) {
		grown = realloc(r->skips, (r->n_skips + 64) * sizeof(*grown));
		if (grown == NULL) {
			return false;
		}
		r->skips = grown;
	}
	r->skips[r->n_skips++] = trigger_seq;
	return true;
}

/* The event in hand triggered a forecast that was skipped: once, ahead of it. */
static bool tells_skip(struct journal_reader *r, const struct f1p_event *ev)
{
	while (r->at_skip < r->n_skips && r->skips[r->at_skip] < ev->seq) {
		r->at_skip++;
	}
	if (r->at_skip == r->n_skips || r->skips[r->at_skip] != ev->seq) {
		return false;
	}
	r->hint = (struct f1p_event){.size = sizeof(r->hint), .type = F1P_EV_FORECAST_SKIPPED, .flags = F1P_EVF_MORE,
		.t_event_ns = ev->t_event_ns};
	r->told = true;
	return true;
}

static f1p_status journal_next(struct sr_reader *base, struct sr_message *out)
{
	struct journal_reader *r = (struct journal_reader *)base;
	const struct f1p_event *ev = (const struct f1p_event *)(const void *)r->event;
	f1p_status status = F1P_OK;

	if (r->told) {
		r->told = false;
		*out = (struct sr_message){.kind = SR_EVENT, .event = ev, .t_ns = ev->t_event_ns};
		return F1P_OK;
	}
	do {
		status = take_event(r);
		if (status != F1P_OK) {
			return status;
		}
	} while (ev->space == F1P_SPACE_CORE && ev->type >= FIRST_HOST_TYPE);
	*out = (struct sr_message){.kind = SR_EVENT, .event = tells_skip(r, ev) ? &r->hint : ev, .t_ns = ev->t_event_ns};
	return F1P_OK;
}

static void journal_destroy(struct sr_reader *base)
{
	struct journal_reader *r = (struct journal_reader *)base;

	sr_stream_close(r->stream);
	free(r->skips);
	free(r);
}

static int compare_numbers(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

void sr_journal_reader_look_ahead(struct sr_reader *base, struct sr_stream *again)
{
	struct journal_reader *r = (struct journal_reader *)base;
	struct journal_reader *ahead = calloc(1, sizeof(*ahead));
	const struct f1p_event *ev = NULL;
	const char *head = NULL;

	if (ahead != NULL && sr_stream_peek(again, F1P_JOURNAL_HEADER, &head) >= F1P_JOURNAL_HEADER) {
		ahead->stream = again;
		sr_stream_skip(again, F1P_JOURNAL_HEADER);
		ev = (const struct f1p_event *)(const void *)ahead->event;
		while (take_event(ahead) == F1P_OK) {
			if (is_skip(ev) && !add_skip(r, ((const struct f1p_ev_forecast_skipped *)(const void *)ev)->trigger_seq)) {
				break;
			}
		}
	}
	if (r->n_skips > 0) {
		qsort(r->skips, r->n_skips, sizeof(r->skips[0]), compare_numbers);
	}
	sr_stream_close(again);
	free(ahead);
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

/*
 * timeline.c - see timeline.h. Timed messages pass through untouched; untimed ones are copied and wait for the next mark.
 */
#include "timeline.h"
#include "buffer.h"
#include "feed_time.h"

#include <stdlib.h>
#include <string.h>

#define WAITING_MAX 8192u /* messages */
#define WAITING_BYTES (32u << 20)

struct waiting {
	struct sr_message message; /* topic and json are offsets into `bytes` while waiting */
	size_t topic_at, json_at;
};

struct timeline {
	struct sr_reader base;
	struct sr_reader *inner;
	struct waiting *waiting;
	uint32_t n, room, next; /* [next..n) can be handed out when `ready` */
	struct sr_buffer bytes;
	int64_t mark_ns; /* the last mark */
	bool ready, heartbeat_seen, at_end;
};

static bool topic_is(const struct sr_message *m, const char *name)
{
	return m->kind == SR_MESSAGE && m->topic_n == strlen(name) && memcmp(m->topic, name, m->topic_n) == 0;
}

/* The time that an untimed message tells by itself, or F1P_UNKNOWN_NS. */
static int64_t time_inside(struct timeline *t, const struct sr_message *m)
{
	bool heartbeat = topic_is(m, "Heartbeat");
	int64_t found = F1P_UNKNOWN_NS;

	if (!heartbeat && (t->heartbeat_seen || !(topic_is(m, "RaceControlMessages") || topic_is(m, "SessionData") ||
							topic_is(m, "ExtrapolatedClock")))) {
		return F1P_UNKNOWN_NS;
	}
	if (!sr_utc_inside(m->json, m->json_n, &found) || (t->mark_ns != F1P_UNKNOWN_NS && found < t->mark_ns)) {
		return F1P_UNKNOWN_NS;
	}
	t->heartbeat_seen |= heartbeat;
	return found;
}

static bool keep(struct timeline *t, const struct sr_message *m)
{
	struct waiting *w = NULL;

	if (t->n == t->room) {
		uint32_t room = t->room == 0 ? 64 : t->room * 2;

		w = realloc(t->waiting, room * sizeof(*w));
		if (w == NULL) {
			return false;
		}
		t->waiting = w;
		t->room = room;
	}
	w = &t->waiting[t->n++];
	*w = (struct waiting){.message = *m, .topic_at = t->bytes.n};
	sr_buffer_put(&t->bytes, m->topic, m->topic_n);
	w->json_at = t->bytes.n;
	sr_buffer_put(&t->bytes, m->json, m->json_n);
	return !t->bytes.failed;
}

/* Spreads what waits over the time from the last mark to the new one; the last of it may be the mark itself. */
static void spread(struct timeline *t, int64_t mark_ns)
{
	int64_t from = t->mark_ns == F1P_UNKNOWN_NS ? mark_ns : t->mark_ns;
	int64_t span = mark_ns > from ? mark_ns - from : 0;

	for (uint32_t i = 0; i < t->n; i++) {
		struct sr_message *m = &t->waiting[i].message;

		if (m->t_ns == F1P_UNKNOWN_NS && mark_ns != F1P_UNKNOWN_NS) {
			m->t_ns = from + span / (t->n + 1) * (i + 1);
		}
	}
	t->mark_ns = mark_ns;
	t->next = 0;
	t->ready = true;
}

/* A lone snapshot: its Heartbeat tells roughly when it was taken. */
static void spread_at_end(struct timeline *t)
{
	int64_t inside = F1P_UNKNOWN_NS;

	if (t->mark_ns == F1P_UNKNOWN_NS) {
		for (uint32_t i = 0; i < t->n && inside == F1P_UNKNOWN_NS; i++) {
			const struct waiting *w = &t->waiting[i];
			const char *json = t->bytes.bytes + w->json_at;
			const char *beat = memmem(json, w->message.json_n, "\"Heartbeat\"", 11);

			if (beat != NULL) {
				size_t left = w->message.json_n - (size_t)(beat - json);

				sr_utc_inside(beat, left < 200 ? left : 200, &inside);
			}
		}
	}
	for (uint32_t i = 0; i < t->n; i++) {
		t->waiting[i].message.guessed = true;
	}
	spread(t, t->mark_ns != F1P_UNKNOWN_NS ? t->mark_ns : inside);
}

static void hand_out(struct timeline *t, struct sr_message *out)
{
	const struct waiting *w = &t->waiting[t->next++];

	*out = w->message;
	out->topic = t->bytes.bytes + w->topic_at;
	out->json = t->bytes.bytes + w->json_at;
}

static void start_waiting_anew(struct timeline *t)
{
	t->n = t->next = 0;
	t->ready = false;
	sr_buffer_clear(&t->bytes);
}

static f1p_status timeline_next(struct sr_reader *base, struct sr_message *out)
{
	struct timeline *t = (struct timeline *)base;
	f1p_status status = F1P_OK;

	if (t->ready && t->next >= t->n) {
		start_waiting_anew(t);
	}
	while (!t->ready) {
		int64_t mark = F1P_UNKNOWN_NS;

		status = t->at_end ? F1P_END : t->inner->next(t->inner, out);
		if (status == F1P_END && t->n > 0) {
			t->at_end = true;
			spread_at_end(t);
			break;
		}
		if (status != F1P_OK) {
			return status;
		}
		mark = out->t_ns != F1P_UNKNOWN_NS ? out->t_ns : time_inside(t, out);
		if (mark != F1P_UNKNOWN_NS && t->n == 0) {
			t->mark_ns = out->t_ns = mark;
			return F1P_OK;
		}
		if (!keep(t, out)) {
			return F1P_ENOMEM;
		}
		t->waiting[t->n - 1].message.t_ns = mark;
		if (mark != F1P_UNKNOWN_NS) {
			spread(t, mark);
		} else if (t->n >= WAITING_MAX || t->bytes.n > WAITING_BYTES) {
			spread(t, t->mark_ns);
		}
	}
	hand_out(t, out);
	return F1P_OK;
}

static void timeline_destroy(struct sr_reader *base)
{
	struct timeline *t = (struct timeline *)base;

	sr_reader_destroy(t->inner);
	sr_buffer_finish(&t->bytes);
	free(t->waiting);
	free(t);
}

struct sr_reader *sr_timeline_create(struct sr_reader *inner)
{
	struct timeline *t = inner == NULL ? NULL : calloc(1, sizeof(*t));

	if (t == NULL) {
		sr_reader_destroy(inner);
		return NULL;
	}
	*t = (struct timeline){.base = {timeline_next, timeline_destroy}, .inner = inner, .mark_ns = F1P_UNKNOWN_NS};
	return &t->base;
}

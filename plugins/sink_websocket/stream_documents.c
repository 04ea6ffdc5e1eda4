/*
 * stream_documents.c - snapshots and documents, of now and of any message that is kept.
 */
#include "stream.h"

#include <stdlib.h>
#include <string.h>

#include "fold.h"
#include "helpers/encode.h"

/* ------------------------------------------------------------------- now */

/* The state, and the messages that have gone out since: who comes now will not get them any more. */
static void encode_state_and_ahead(struct f1p_json *j, const struct stream *s)
{
	struct f1p_state *copy = s->n_ahead ? malloc(sizeof(*copy)) : NULL;
	if (!copy) {
		f1p_encode_state(j, s->state);
		return;
	}
	memcpy(copy, s->state, sizeof(*copy));
	for (uint32_t i = 0; i < s->n_ahead; i++) {
		if (copy->n_messages == F1P_MAX_MESSAGES) {
			memmove(copy->messages, copy->messages + 1, (F1P_MAX_MESSAGES - 1) * sizeof(copy->messages[0]));
			copy->n_messages--;
		}
		copy->messages[copy->n_messages++] = s->ahead[i].message;
	}
	f1p_encode_state(j, copy);
	free(copy);
}

static void key_or_null(struct f1p_json *j, const struct stream *s, const char *key, const void *there,
	void (*write)(struct f1p_json *, const struct stream *))
{
	if (there) {
		write(j, s);
	} else {
		f1p_json_key(j, key);
		f1p_json_null(j);
	}
}

static void key_session(struct f1p_json *j, const struct stream *s)
{
	f1p_json_key(j, "session");
	if (s->state) {
		f1p_encode_session(j, s->state);
	} else {
		f1p_json_null(j);
	}
}

void stream_encode_snapshot(struct f1p_json *j, const struct stream *s, uint32_t topics)
{
	f1p_json_key(j, "resumed");
	f1p_json_bool(j, false);
	key_session(j, s);
	f1p_json_key(j, "state");
	if (s->state && (topics & TOPIC_STATE)) {
		encode_state_and_ahead(j, s);
	} else {
		f1p_json_null(j);
	}
	key_or_null(j, s, "forecast", topics & TOPIC_FORECAST ? s->forecast : NULL, stream_key_forecast);
	f1p_json_key(j, "forecast_history");
	if (topics & TOPIC_FORECAST) {
		history_encode(j, &s->history);
	} else {
		f1p_json_array(j);
		f1p_json_end(j);
	}
	key_or_null(j, s, "insights", topics & TOPIC_INSIGHTS ? s->insights : NULL, stream_key_insights);
}

struct frame *stream_session_document(struct stream *s)
{
	struct f1p_json j;
	if (!s->session_document && s->state) {
		f1p_json_init(&j);
		f1p_encode_state(&j, s->state);
		s->session_document = frame_of_json(0, &j);
	}
	return s->session_document;
}

struct frame *stream_forecast_document(struct stream *s)
{
	struct f1p_json j;
	if (!s->forecast_document) {
		f1p_json_init(&j);
		stream_begin(&j, s, "prediction", stream_head(s));
		key_session(&j, s);
		key_or_null(&j, s, "forecast", s->forecast, stream_key_forecast);
		f1p_json_key(&j, "forecast_history");
		history_encode(&j, &s->history);
		f1p_json_end(&j);
		s->forecast_document = frame_of_json(0, &j);
	}
	return s->forecast_document;
}

static struct frame *insights_document(struct stream *s)
{
	struct f1p_json j;
	if (!s->insights_document && s->insights) {
		f1p_json_init(&j);
		stream_begin(&j, s, "insights", stream_head(s));
		key_session(&j, s);
		stream_key_insights(&j, s);
		f1p_json_end(&j);
		s->insights_document = frame_of_json(0, &j);
	}
	return s->insights_document;
}

static struct frame *snapshot_now(struct stream *s, uint32_t topics)
{
	struct frame **cached = &s->snapshots[topics & (TOPIC_MASKS - 1)];
	struct f1p_json j;
	if (!*cached) {
		f1p_json_init(&j);
		stream_begin(&j, s, "snapshot", stream_head(s));
		stream_encode_snapshot(&j, s, topics);
		f1p_json_end(&j);
		*cached = frame_of_json(0, &j);
	}
	return *cached;
}

struct frame *stream_resumed(struct stream *s, uint64_t position, uint64_t messages)
{
	struct f1p_json j;
	f1p_json_init(&j);
	stream_begin(&j, s, "resumed", position);
	f1p_json_key(&j, "resumed");
	f1p_json_bool(&j, true);
	f1p_json_key(&j, "messages");
	f1p_json_uint(&j, messages);
	f1p_json_end(&j);
	return frame_of_json(0, &j);
}

/* ------------------------------------------------------------------- then */

static struct fold *fold_at(struct stream *s, uint64_t position)
{
	const struct reel_key *k = reel_key(&s->reel, position);
	struct frame *snapshot = k ? reel_key_frame(&s->reel, k) : NULL;
	struct fold *f = snapshot ? fold_create(snapshot) : NULL;
	for (uint64_t i = k ? k->position : 0; f && i < position; i++) {
		struct frame *message = reel_frame(&s->reel, i);
		if (!message || !fold_apply(f, message)) {
			fold_destroy(f);
			return NULL; /* a piece is missing: better nothing than something wrong */
		}
	}
	return f;
}

static void begin_folded(struct f1p_json *j, const struct stream *s, const struct fold *f, const char *type, uint64_t position)
{
	stream_open(j, s, type, f->seq, position);
	fold_write_key(j, "time", f->time);
	fold_write_key(j, "session_key", f->session_key);
	fold_write_key(j, "simulated", f->simulated);
}

static void write_document(struct f1p_json *j, const struct fold *f, const char *key, struct f1p_json_slice value)
{
	fold_write_key(j, "session", fold_session(f));
	fold_write_key(j, key, value);
}

static struct frame *write_folded(const struct stream *s, const struct fold *f, uint64_t position, uint32_t what)
{
	struct f1p_json j;
	if ((what == STREAM_DOC_STATE && !f->has_state) || (what == STREAM_DOC_INSIGHTS && !f->insights.n)) {
		return NULL;
	}
	f1p_json_init(&j);
	if (what == STREAM_DOC_STATE) {
		fold_write_state(f, &j);
		return frame_of_json(0, &j);
	}
	if (what == STREAM_DOC_FORECAST) {
		begin_folded(&j, s, f, "prediction", position);
		write_document(&j, f, "forecast", f->forecast);
		f1p_json_key(&j, "forecast_history");
		fold_write_history(f, &j);
	} else if (what == STREAM_DOC_INSIGHTS) {
		begin_folded(&j, s, f, "insights", position);
		write_document(&j, f, "insights", f->insights);
	} else {
		begin_folded(&j, s, f, "snapshot", position);
		f1p_json_key(&j, "resumed");
		f1p_json_bool(&j, false);
		fold_write(f, &j, what & TOPIC_STATE, what & TOPIC_FORECAST, what & TOPIC_INSIGHTS);
	}
	f1p_json_end(&j);
	return frame_of_json(0, &j);
}

static struct frame *folded(struct stream *s, uint64_t position, uint32_t what)
{
	for (uint32_t i = 0; i < STREAM_FOLDED; i++) {
		if (s->folded[i].frame && s->folded[i].position == position && s->folded[i].what == what) {
			return frame_ref(s->folded[i].frame);
		}
	}
	struct fold *f = fold_at(s, position);
	struct frame *made = f ? write_folded(s, f, position, what) : NULL;
	fold_destroy(f);
	if (made) {
		struct stream_folded *slot = &s->folded[s->next_folded++ % STREAM_FOLDED];
		frame_unref(slot->frame);
		*slot = (struct stream_folded){position, what, frame_ref(made)};
	}
	return made;
}

struct frame *stream_snapshot(struct stream *s, uint64_t position, uint32_t topics)
{
	if (position != stream_head(s)) {
		return folded(s, position, topics);
	}
	struct frame *f = snapshot_now(s, topics);
	return f ? frame_ref(f) : NULL;
}

struct frame *stream_document_at(struct stream *s, enum stream_document what, uint64_t position)
{
	if (position != stream_head(s)) {
		return folded(s, position, what);
	}
	struct frame *f = what == STREAM_DOC_STATE	? stream_session_document(s)
			  : what == STREAM_DOC_FORECAST ? stream_forecast_document(s)
							: insights_document(s);
	return f ? frame_ref(f) : NULL;
}

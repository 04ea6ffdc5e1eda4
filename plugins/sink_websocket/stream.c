/*
 * stream.c - see stream.h.
 */
#include "stream.h"

#include <stdlib.h>
#include <string.h>

#include "helpers/encode.h"

#define WIN_SHOWN 0.005f /* smaller chances are left out of the history: nobody sees them in a chart */

void stream_init(struct stream *s, struct inbox *inbox)
{
	memset(s, 0, sizeof(*s));
	s->inbox = inbox;
}

static void drop(struct frame **f)
{
	frame_unref(*f);
	*f = NULL;
}

static void drop_cached(struct stream *s)
{
	for (uint32_t i = 0; i < TOPIC_MASKS; i++) {
		drop(&s->snapshots[i]);
	}
	drop(&s->session_document);
	drop(&s->forecast_document);
}

void stream_finish(struct stream *s)
{
	drop_cached(s);
	for (uint32_t i = 0; i < STREAM_RING; i++) {
		drop(&s->ring[i]);
	}
	if (s->state) {
		s->inbox->bus->state_release(s->inbox->host, s->state);
	}
	free(s->forecast);
	memset(s, 0, sizeof(*s));
}

struct frame *stream_frame(const struct stream *s, uint64_t i)
{
	if (i >= s->head || s->head - i > STREAM_RING) {
		return NULL;
	}
	return s->ring[i % STREAM_RING];
}

bool stream_has_session(const struct stream *s)
{
	return s->state && (s->state->session_key || s->state->name[0] || s->state->n_cars);
}

/* ---------------------------------------------------------------- history */

static void history_add(struct stream_history *h, const struct f1p_ev_forecast *ev)
{
	if (ev->lap < 1 || ev->lap > F1P_MAX_LAPS) {
		return;
	}
	struct stream_lap *lap = &h->laps[ev->lap - 1];
	lap->n = 0;
	for (uint32_t i = 0; i < ev->forecast.n_cars; i++) {
		float win = (float)ev->forecast.cars[i].p_win;
		if (win >= WIN_SHOWN) {
			lap->car[lap->n] = ev->forecast.cars[i].car;
			lap->win[lap->n++] = win;
		}
	}
	if (ev->lap > h->n_laps) {
		h->n_laps = ev->lap;
	}
}

static void encode_history(struct f1p_json *j, const struct stream_history *h)
{
	f1p_json_array(j);
	for (uint16_t l = 0; l < h->n_laps; l++) {
		const struct stream_lap *lap = &h->laps[l];
		if (lap->n == 0) {
			continue;
		}
		f1p_json_object(j);
		f1p_json_key(j, "lap");
		f1p_json_uint(j, l + 1u);
		f1p_json_key(j, "win");
		f1p_json_array(j);
		for (uint16_t i = 0; i < lap->n; i++) {
			f1p_json_array(j);
			f1p_json_uint(j, lap->car[i]);
			f1p_json_num(j, (double)lap->win[i], 4);
			f1p_json_end(j);
		}
		f1p_json_end(j);
		f1p_json_end(j);
	}
	f1p_json_end(j);
}

/* --------------------------------------------------------------- messages */

/* The members that every message begins with; the object is left open. */
static void begin(struct f1p_json *j, const struct stream *s, const char *type, uint64_t seq, int64_t t_event_ns)
{
	f1p_json_object(j);
	f1p_json_key(j, "type");
	f1p_json_str(j, type);
	f1p_json_key(j, "schema");
	f1p_json_uint(j, STREAM_SCHEMA);
	f1p_json_key(j, "seq");
	f1p_json_uint(j, seq);
	f1p_json_key(j, "time");
	f1p_encode_time(j, t_event_ns);
	f1p_json_key(j, "session_key");
	if (s->state && s->state->session_key) {
		f1p_json_uint(j, s->state->session_key);
	} else {
		f1p_json_null(j);
	}
	f1p_json_key(j, "simulated");
	f1p_json_bool(j, s->simulated);
}

static void append(struct stream *s, uint32_t topic, struct f1p_json *j)
{
	size_t n = 0;
	f1p_json_end(j);
	const char *text = f1p_json_text(j, &n);
	struct frame *f = text ? frame_create_filterable(topic, text, n) : NULL;
	f1p_json_finish(j);
	if (!f) {
		return; /* no memory: the next snapshot tells it again */
	}
	drop(&s->ring[s->head % STREAM_RING]);
	s->ring[s->head % STREAM_RING] = f;
	s->head++;
}

static void move_on(struct stream *s, uint64_t seq, int64_t t_event_ns, uint32_t flags)
{
	if (seq > s->seq) {
		s->seq = seq;
		s->t_event_ns = t_event_ns;
	}
	s->simulated = (flags & F1P_EVF_SIMULATED) != 0;
}

static void key_forecast(struct f1p_json *j, const struct stream *s)
{
	const struct f1p_ev_forecast *ev = s->forecast;
	f1p_json_key(j, "forecast");
	f1p_json_object(j);
	f1p_json_key(j, "seq");
	f1p_json_uint(j, ev->h.seq);
	f1p_json_key(j, "time");
	f1p_encode_time(j, ev->h.t_event_ns);
	f1p_json_key(j, "trigger");
	f1p_json_str(j, f1p_trigger_name(ev->trigger));
	f1p_encode_forecast_members(j, &ev->forecast, s->state, ev->lap ? ev->lap : F1P_UNKNOWN);
	f1p_json_end(j);
}

static void keep_ahead(struct stream *s, uint64_t seq, const struct f1p_message *m)
{
	if (!s->state || seq <= s->state->seq) {
		return;
	}
	if (s->n_ahead == STREAM_AHEAD) {
		memmove(s->ahead, s->ahead + 1, (STREAM_AHEAD - 1) * sizeof(s->ahead[0]));
		s->n_ahead--;
	}
	s->ahead[s->n_ahead++] = (struct stream_message){.seq = seq, .message = *m};
}

static void drop_ahead(struct stream *s, uint64_t up_to_seq)
{
	uint32_t gone = 0;
	while (gone < s->n_ahead && s->ahead[gone].seq <= up_to_seq) {
		gone++;
	}
	s->n_ahead -= gone;
	memmove(s->ahead, s->ahead + gone, s->n_ahead * sizeof(s->ahead[0]));
}

static void tell_message(struct stream *s, const struct f1p_ev_race_control *ev)
{
	struct f1p_json j;
	struct f1p_message m = {.t_utc_ns = ev->t_utc_ns,
		.lap = ev->lap,
		.car = ev->car,
		.category = ev->category,
		.flag = ev->flag,
		.scope = ev->scope,
		.mode = ev->mode,
		.status = ev->status,
		.sector = ev->sector,
		.index = ev->index};
	memcpy(m.text, ev->text, sizeof(m.text));
	keep_ahead(s, ev->h.seq, &m);
	move_on(s, ev->h.seq, ev->h.t_event_ns, ev->h.flags);
	f1p_json_init(&j);
	begin(&j, s, "race_control", ev->h.seq, ev->h.t_event_ns);
	f1p_json_key(&j, "message");
	f1p_encode_message(&j, &m);
	append(s, TOPIC_RACE_CONTROL, &j);
}

static void tell_forecast(struct stream *s, struct f1p_ev_forecast *ev)
{
	struct f1p_json j;
	free(s->forecast);
	s->forecast = ev;
	move_on(s, ev->h.seq, ev->h.t_event_ns, ev->h.flags);
	f1p_json_init(&j);
	begin(&j, s, "forecast", ev->h.seq, ev->h.t_event_ns);
	key_forecast(&j, s);
	append(s, TOPIC_FORECAST, &j);
}

static bool session_differs(const struct f1p_state *a, const struct f1p_state *b)
{
	return a->session_key != b->session_key || a->type != b->type || a->status != b->status || a->part != b->part ||
	       strcmp(a->name, b->name) != 0 || strcmp(a->circuit, b->circuit) != 0;
}

static void tell_session(struct stream *s)
{
	struct f1p_json j;
	f1p_json_init(&j);
	begin(&j, s, "session", s->state->seq, s->state->t_event_ns);
	f1p_json_key(&j, "session");
	f1p_encode_session(&j, s->state);
	append(s, TOPIC_SESSION, &j);
}

static void tell_changes(struct stream *s, const struct f1p_state *before)
{
	struct f1p_json j;
	f1p_json_init(&j);
	begin(&j, s, "state", s->state->seq, s->state->t_event_ns);
	f1p_json_key(&j, "state");
	f1p_json_object(&j);
	size_t changed = f1p_encode_state_changes(&j, before, s->state);
	f1p_json_end(&j);
	if (changed == 0) {
		f1p_json_finish(&j);
		return;
	}
	append(s, TOPIC_STATE, &j);
}

/* Simulations have no key. */
static bool other_session(const struct f1p_state *a, const struct f1p_state *b)
{
	return a->session_key != b->session_key || a->t_start_ns != b->t_start_ns || a->type != b->type || a->number != b->number;
}

/* Nothing to take a difference to: everyone starts afresh. */
static bool starts_afresh(const struct f1p_state *before, const struct f1p_state *now)
{
	return !before || other_session(before, now) || now->n_cars < before->n_cars || now->seq < before->seq;
}

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

static void encode_snapshot(struct f1p_json *j, const struct stream *s, uint32_t topics)
{
	begin(j, s, "snapshot", s->seq, s->t_event_ns);
	f1p_json_key(j, "resumed");
	f1p_json_bool(j, false);
	f1p_json_key(j, "session");
	if (s->state) {
		f1p_encode_session(j, s->state);
	} else {
		f1p_json_null(j);
	}
	f1p_json_key(j, "state");
	if (s->state && (topics & TOPIC_STATE)) {
		encode_state_and_ahead(j, s);
	} else {
		f1p_json_null(j);
	}
	if (s->forecast && (topics & TOPIC_FORECAST)) {
		key_forecast(j, s);
	} else {
		f1p_json_key(j, "forecast");
		f1p_json_null(j);
	}
	f1p_json_key(j, "forecast_history");
	if (topics & TOPIC_FORECAST) {
		encode_history(j, &s->history);
	} else {
		f1p_json_array(j);
		f1p_json_end(j);
	}
}

static void tell_snapshot(struct stream *s)
{
	struct f1p_json j;
	f1p_json_init(&j);
	encode_snapshot(&j, s, TOPIC_ALL);
	append(s, 0, &j);
}

static void forget(struct stream *s)
{
	free(s->forecast);
	s->forecast = NULL;
	memset(&s->history, 0, sizeof(s->history));
	s->n_ahead = 0;
}

static void tell_state(struct stream *s, const struct f1p_state *now)
{
	const struct f1p_state *before = s->state;
	bool afresh = s->afresh || starts_afresh(before, now);
	s->afresh = false;
	s->state = now;
	drop_ahead(s, now->seq);
	move_on(s, now->seq, now->t_event_ns, now->flags);
	if (before && other_session(before, now)) {
		forget(s);
	}
	if (afresh) {
		tell_snapshot(s);
	} else {
		if (session_differs(before, now)) {
			tell_session(s);
		}
		tell_changes(s, before);
	}
	if (before) {
		s->inbox->bus->state_release(s->inbox->host, before);
	}
}

size_t stream_tick(struct stream *s)
{
	struct inbox_content c;
	uint64_t head = s->head;
	struct f1p_ev_forecast *newest = NULL;
	inbox_take(s->inbox, &c);
	drop_cached(s);
	if (c.reset) {
		forget(s);
		s->afresh = true;
	}
	for (size_t i = 0; i < c.n_forecasts; i++) {
		history_add(&s->history, c.forecasts[i]);
		if (newest) {
			free(newest);
		}
		newest = c.forecasts[i];
		c.forecasts[i] = NULL;
	}
	c.n_forecasts = 0;
	/* in order of seq; a message goes before the state that holds it */
	for (size_t i = 0; i < c.n_messages || c.state || newest;) {
		uint64_t message_seq = i < c.n_messages ? c.messages[i].h.seq : UINT64_MAX;
		uint64_t state_seq = c.state ? c.state->seq : UINT64_MAX;
		uint64_t forecast_seq = newest ? newest->h.seq : UINT64_MAX;
		if (c.state && state_seq < message_seq && state_seq <= forecast_seq) {
			tell_state(s, c.state);
			c.state = NULL;
		} else if (newest && forecast_seq <= message_seq) {
			tell_forecast(s, newest);
			newest = NULL;
		} else {
			tell_message(s, &c.messages[i++]);
		}
	}
	inbox_content_finish(s->inbox, &c);
	return (size_t)(s->head - head);
}

/* -------------------------------------------------------------- documents */

static struct frame *finished(struct f1p_json *j, uint32_t topic)
{
	size_t n = 0;
	const char *text = f1p_json_text(j, &n);
	struct frame *f = text ? frame_create_filterable(topic, text, n) : NULL;
	f1p_json_finish(j);
	return f;
}

struct frame *stream_snapshot(struct stream *s, uint32_t topics)
{
	struct frame **cached = &s->snapshots[topics & (TOPIC_MASKS - 1)];
	struct f1p_json j;
	if (!*cached) {
		f1p_json_init(&j);
		encode_snapshot(&j, s, topics);
		f1p_json_end(&j);
		*cached = finished(&j, 0);
	}
	return *cached;
}

struct frame *stream_session_document(struct stream *s)
{
	struct f1p_json j;
	if (!s->session_document && s->state) {
		f1p_json_init(&j);
		f1p_encode_state(&j, s->state);
		s->session_document = finished(&j, 0);
	}
	return s->session_document;
}

struct frame *stream_forecast_document(struct stream *s)
{
	struct f1p_json j;
	if (!s->forecast_document) {
		f1p_json_init(&j);
		begin(&j, s, "prediction", s->seq, s->t_event_ns);
		f1p_json_key(&j, "session");
		if (s->state) {
			f1p_encode_session(&j, s->state);
		} else {
			f1p_json_null(&j);
		}
		if (s->forecast) {
			key_forecast(&j, s);
		} else {
			f1p_json_key(&j, "forecast");
			f1p_json_null(&j);
		}
		f1p_json_key(&j, "forecast_history");
		encode_history(&j, &s->history);
		f1p_json_end(&j);
		s->forecast_document = finished(&j, 0);
	}
	return s->forecast_document;
}

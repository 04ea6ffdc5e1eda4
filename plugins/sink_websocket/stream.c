/*
 * stream.c - see stream.h. Makes the messages.
 */
#include "stream.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpers/encode_keys.h"

#define SMALL_ROOM (8u << 20) /* of a reel in memory because its folder cannot be used */
#define KEY_AFTER_NS (10 * INT64_C(1000000000))
#define KEY_AFTER_MESSAGES 64u

#define POSITIONS_EVERY_NS (INT64_C(1000000000) / 4)

static void add_key(struct stream *);

bool stream_init(struct stream *s, struct inbox *inbox, const struct stream_options *o, int *failed)
{
	memset(s, 0, sizeof(*s));
	s->inbox = inbox;
	s->epoch = o->epoch;
	s->utc_ns = F1P_UNKNOWN_NS;
	*failed = 0;
	if (!reel_init(&s->reel, o->folder, o->room, o->keep_ns)) {
		*failed = errno;
		if (!o->folder[0] || !reel_init(&s->reel, "", o->room < SMALL_ROOM ? o->room : SMALL_ROOM, o->keep_ns)) {
			return false;
		}
	}
	stream_clock(s);
	add_key(s); /* nothing is known yet: that too is a state */
	return true;
}

static void drop(struct frame **f)
{
	frame_unref(*f);
	*f = NULL;
}

void stream_drop_documents(struct stream *s)
{
	for (uint32_t i = 0; i < TOPIC_MASKS; i++) {
		drop(&s->snapshots[i]);
	}
	drop(&s->session_document);
	drop(&s->forecast_document);
	drop(&s->insights_document);
}

void stream_finish(struct stream *s)
{
	stream_drop_documents(s);
	for (uint32_t i = 0; i < STREAM_FOLDED; i++) {
		drop(&s->folded[i].frame);
	}
	reel_finish(&s->reel);
	if (s->state) {
		s->inbox->bus->state_release(s->inbox->host, s->state);
	}
	free(s->forecast);
	free(s->insights);
	memset(s, 0, sizeof(*s));
}

bool stream_has_session(const struct stream *s)
{
	return s->state && (s->state->session_key || s->state->name[0] || s->state->n_cars);
}

/* A clock that was set back (a recording that is rewound) stands for as long: lanes go on from where they are. */
int64_t stream_clock(struct stream *s)
{
	int64_t now = s->inbox->host->now_utc_ns(s->inbox->host);
	if (now != F1P_UNKNOWN_NS) {
		if (s->utc_ns != F1P_UNKNOWN_NS && now > s->utc_ns) {
			s->clock_ns += now - s->utc_ns;
		}
		s->utc_ns = now;
	}
	return s->clock_ns;
}

/* --------------------------------------------------------------- messages */

void stream_id(const struct stream *s, uint64_t position, char out[STREAM_ID])
{
	snprintf(out, STREAM_ID, "%" PRIx64 "-%" PRIu64, s->epoch, position);
}

void stream_open(struct f1p_json *j, const struct stream *s, const char *type, uint64_t seq, uint64_t position)
{
	char id[STREAM_ID];
	stream_id(s, position, id);
	f1p_json_object(j);
	key_name(j, "type", type);
	key_count(j, "schema", STREAM_SCHEMA);
	key_count(j, "seq", seq);
	key_name(j, "id", id);
}

/* The members that every message begins with; the object is left open. */
static void begin(
	struct f1p_json *j, const struct stream *s, const char *type, uint64_t seq, int64_t t_event_ns, uint64_t position)
{
	stream_open(j, s, type, seq, position);
	key_time(j, "time", t_event_ns);
	key_ref(j, "session_key", s->state ? s->state->session_key : 0);
	f1p_json_key(j, "simulated");
	f1p_json_bool(j, s->simulated);
}

void stream_begin(struct f1p_json *j, const struct stream *s, const char *type, uint64_t position)
{
	const struct reel_entry *e = position && position < stream_head(s) ? reel_entry(&s->reel, position - 1) : NULL;
	if (position == stream_head(s)) {
		begin(j, s, type, s->seq, s->t_event_ns, position);
	} else {
		begin(j, s, type, e ? e->seq : 0, e ? e->t_event_ns : F1P_UNKNOWN_NS, position);
	}
}

/* Begins the message that comes next. */
static void begin_next(struct f1p_json *j, const struct stream *s, const char *type, uint64_t seq, int64_t t_event_ns)
{
	f1p_json_init(j);
	begin(j, s, type, seq, t_event_ns, stream_head(s) + 1);
}

static void append(struct stream *s, uint32_t topic, struct f1p_json *j, uint64_t seq, int64_t t_event_ns)
{
	f1p_json_end(j);
	struct frame *f = frame_of_json(topic, j);
	if (!f || !reel_append(&s->reel, f, seq, t_event_ns, stream_clock(s))) {
		s->afresh = true; /* no memory: told again as a snapshot */
	}
}

static void move_on(struct stream *s, uint64_t seq, int64_t t_event_ns, uint32_t flags)
{
	if (seq > s->seq) {
		s->seq = seq;
		s->t_event_ns = t_event_ns;
	}
	s->simulated = (flags & F1P_EVF_SIMULATED) != 0;
}

static void open_key(struct f1p_json *j, const char *key, const struct f1p_event *h, int trigger)
{
	f1p_json_key(j, key);
	f1p_json_object(j);
	key_count(j, "seq", h->seq);
	key_time(j, "time", h->t_event_ns);
	key_name(j, "trigger", f1p_trigger_name(trigger));
}

void stream_key_forecast(struct f1p_json *j, const struct stream *s)
{
	const struct f1p_ev_forecast *ev = s->forecast;
	open_key(j, "forecast", &ev->h, ev->trigger);
	f1p_encode_forecast_members(j, &ev->forecast, s->state, ev->lap ? ev->lap : F1P_UNKNOWN);
	f1p_json_end(j);
}

void stream_key_insights(struct f1p_json *j, const struct stream *s)
{
	const struct f1p_ev_insights *ev = s->insights;
	open_key(j, "insights", &ev->h, ev->trigger);
	key_ref(j, "lap", ev->lap);
	f1p_encode_insights_members(j, &ev->insights);
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
	begin_next(&j, s, "race_control", ev->h.seq, ev->h.t_event_ns);
	f1p_json_key(&j, "message");
	f1p_encode_message(&j, &m);
	append(s, TOPIC_RACE_CONTROL, &j, ev->h.seq, ev->h.t_event_ns);
}

static void tell(struct stream *s, uint32_t topic, const char *type, const struct f1p_event *h,
	void (*write)(struct f1p_json *, const struct stream *))
{
	struct f1p_json j;
	move_on(s, h->seq, h->t_event_ns, h->flags);
	begin_next(&j, s, type, h->seq, h->t_event_ns);
	write(&j, s);
	append(s, topic, &j, h->seq, h->t_event_ns);
}

static void tell_forecast(struct stream *s, struct f1p_ev_forecast *ev)
{
	free(s->forecast);
	s->forecast = ev;
	tell(s, TOPIC_FORECAST, "forecast", &ev->h, stream_key_forecast);
}

static void tell_insights(struct stream *s, struct f1p_ev_insights *ev)
{
	free(s->insights);
	s->insights = ev;
	tell(s, TOPIC_INSIGHTS, "insights", &ev->h, stream_key_insights);
}

/* A quarter of a second after the last, give or take the tick. */
static bool positions_due(struct stream *s)
{
	int64_t now = s->inbox->host->now_mono_ns(s->inbox->host);
	if (now < s->positions_due_ns) {
		return false;
	}
	s->positions_due_ns = (now - s->positions_due_ns < POSITIONS_EVERY_NS ? s->positions_due_ns : now) + POSITIONS_EVERY_NS;
	return true;
}

static void key_positions(struct f1p_json *j, const struct stream *s)
{
	f1p_json_key(j, "positions");
	positions_encode(j, &s->positions);
}

static void tell_positions(struct stream *s, const struct positions *newer)
{
	positions_merge(&s->positions, newer);
	if (positions_due(s)) { /* else the next ones hold these too */
		tell(s, TOPIC_POSITIONS, "positions", &newer->h, key_positions);
	}
}

static bool session_differs(const struct f1p_state *a, const struct f1p_state *b)
{
	return a->session_key != b->session_key || a->type != b->type || a->status != b->status || a->part != b->part ||
	       strcmp(a->name, b->name) != 0 || strcmp(a->circuit, b->circuit) != 0;
}

static void tell_session(struct stream *s)
{
	struct f1p_json j;
	begin_next(&j, s, "session", s->state->seq, s->state->t_event_ns);
	f1p_json_key(&j, "session");
	f1p_encode_session(&j, s->state);
	append(s, TOPIC_SESSION, &j, s->state->seq, s->state->t_event_ns);
}

static void tell_changes(struct stream *s, const struct f1p_state *before)
{
	struct f1p_json j;
	begin_next(&j, s, "state", s->state->seq, s->state->t_event_ns);
	f1p_json_key(&j, "state");
	f1p_json_object(&j);
	size_t changed = f1p_encode_state_changes(&j, before, s->state);
	f1p_json_end(&j);
	if (changed == 0) {
		f1p_json_finish(&j);
		return;
	}
	append(s, TOPIC_STATE, &j, s->state->seq, s->state->t_event_ns);
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

static void tell_snapshot(struct stream *s)
{
	struct f1p_json j;
	begin_next(&j, s, "snapshot", s->seq, s->t_event_ns);
	stream_encode_snapshot(&j, s, TOPIC_ALL);
	append(s, 0, &j, s->seq, s->t_event_ns);
	s->key_due = true;
}

/* A snapshot of now into the reel: from it and the messages behind it the state at any later message can be folded. */
static void add_key(struct stream *s)
{
	size_t n = 0;
	struct f1p_json j;
	f1p_json_init(&j);
	begin(&j, s, "snapshot", s->seq, s->t_event_ns, stream_head(s));
	stream_encode_snapshot(&j, s, TOPIC_ALL);
	f1p_json_end(&j);
	const char *text = f1p_json_text(&j, &n);
	if (text) {
		reel_add_key(&s->reel, text, n, s->clock_ns);
	}
	f1p_json_finish(&j);
	s->key_due = false;
	s->key_position = stream_head(s);
	s->key_ns = s->clock_ns;
}

static void forget(struct stream *s)
{
	free(s->forecast);
	s->forecast = NULL;
	free(s->insights);
	s->insights = NULL;
	memset(&s->history, 0, sizeof(s->history));
	s->positions.n = 0;
	if (s->log) {
		forecast_log_clear(s->log);
	}
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

static struct f1p_ev_forecast *newest_forecast(struct stream *s, struct inbox_content *c)
{
	struct f1p_ev_forecast *newest = NULL;
	for (size_t i = 0; i < c->n_forecasts; i++) {
		history_add(&s->history, c->forecasts[i]);
		if (s->log) {
			forecast_log_add(s->log, c->forecasts[i]);
		}
		s->key_due |= newest != NULL; /* the one before is in the history alone */
		free(newest);
		newest = c->forecasts[i];
		c->forecasts[i] = NULL;
	}
	c->n_forecasts = 0;
	return newest;
}

/* In order of seq; at the same seq a message goes first, then a forecast, insights, positions, the state that holds it all. */
static void tell_all(struct stream *s, struct inbox_content *c, struct f1p_ev_forecast *forecast)
{
	struct f1p_ev_insights *insights = c->insights;
	c->insights = NULL;
	for (size_t i = 0; i < c->n_messages || c->state || forecast || insights || c->positions.n;) {
		uint64_t message_seq = i < c->n_messages ? c->messages[i].h.seq : UINT64_MAX;
		uint64_t forecast_seq = forecast ? forecast->h.seq : UINT64_MAX;
		uint64_t insights_seq = insights ? insights->h.seq : UINT64_MAX;
		uint64_t least = message_seq < forecast_seq ? message_seq : forecast_seq;
		uint64_t positions_seq = c->positions.n ? c->positions.h.seq : UINT64_MAX;
		least = insights_seq < least ? insights_seq : least;
		least = positions_seq < least ? positions_seq : least;
		if (c->state && (c->state->seq < least || least == UINT64_MAX)) {
			tell_state(s, c->state);
			c->state = NULL;
		} else if (i < c->n_messages && message_seq == least) {
			tell_message(s, &c->messages[i++]);
		} else if (forecast && forecast_seq == least) {
			tell_forecast(s, forecast);
			forecast = NULL;
		} else if (insights_seq == least) {
			tell_insights(s, insights);
			insights = NULL;
		} else {
			tell_positions(s, &c->positions);
			c->positions.n = 0;
		}
	}
}

size_t stream_tick(struct stream *s)
{
	struct inbox_content c;
	uint64_t head = stream_head(s);
	inbox_take(s->inbox, &c);
	stream_drop_documents(s);
	stream_clock(s);
	if (c.reset) {
		forget(s);
		s->afresh = true;
	}
	tell_all(s, &c, newest_forecast(s, &c));
	inbox_content_finish(s->inbox, &c);
	bool news = stream_head(s) > head;
	if (s->key_due ||
		(news && (s->clock_ns - s->key_ns >= KEY_AFTER_NS || stream_head(s) - s->key_position >= KEY_AFTER_MESSAGES))) {
		add_key(s);
	}
	return (size_t)(stream_head(s) - head);
}

/* -------------------------------------------------------------- positions */

static bool read_number(const char *text, int base, uint64_t *out, char end)
{
	char *stop = NULL;
	errno = 0;
	*out = strtoull(text, &stop, base);
	return errno == 0 && stop != text && *stop == end &&
	       ((*text >= '0' && *text <= '9') || (base == 16 && *text >= 'a' && *text <= 'f'));
}

/* Several messages may tell of one event (a message of race control and the state behind it): who names only its number may have
 * got the first of them or all. */
static const char *find_seq(const struct stream *s, uint64_t seq, uint64_t *position)
{
	uint64_t low = s->reel.first, high = stream_head(s);
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		if (reel_entry(&s->reel, middle)->seq <= seq) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	const struct reel_entry *last = low > 0 ? reel_entry(&s->reel, low - 1) : NULL;
	const struct reel_entry *before = low > 1 ? reel_entry(&s->reel, low - 2) : NULL;
	*position = low;
	if (!last) {
		return "what followed that seq is not kept any more";
	}
	if (last->seq != seq) {
		return "no message has that seq";
	}
	return before && before->seq == seq ? "several messages have that seq; name the id of the last one" : NULL;
}

const char *stream_find(const struct stream *s, const char *from, uint64_t *position)
{
	uint64_t epoch = 0, number = 0;
	const char *dash = strchr(from, '-');
	if (!dash) {
		return read_number(from, 10, &number, '\0') ? find_seq(s, number, position) : "not an id or a seq";
	}
	if (!read_number(from, 16, &epoch, '-') || !read_number(dash + 1, 10, &number, '\0')) {
		return "not an id or a seq";
	}
	if (epoch != s->epoch || number > stream_head(s)) {
		return "that id is of another run";
	}
	*position = number;
	return number < s->reel.first ? "what followed that id is not kept any more" : NULL;
}

uint64_t stream_count(const struct stream *s, uint64_t from, uint64_t to, uint32_t topics, uint64_t most)
{
	uint64_t n = 0;
	for (uint64_t i = from; i < to && n < most; i++) {
		const struct reel_entry *e = reel_entry(&s->reel, i);
		n += !e || e->topic == 0 || (e->topic & topics);
	}
	return n;
}

int64_t stream_seen_until(const struct stream *s, uint64_t position)
{
	if (position >= stream_head(s)) {
		return F1P_UNKNOWN_NS;
	}
	const struct reel_entry *e = position ? reel_entry(&s->reel, position - 1) : NULL;
	return e && e->t_event_ns != F1P_UNKNOWN_NS ? e->t_event_ns : 0; /* before the first message nothing was known */
}

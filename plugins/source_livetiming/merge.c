/*
 * merge.c - see merge.h.
 */
#include "merge.h"

#include <stdlib.h>
#include <string.h>

#define NS_PER_S INT64_C(1000000000)
#define FIRST_MESSAGE_NS (1 * NS_PER_S) /* a first snapshot waits so long for a message that tells the feed's time */
#define SILENT_NS (2 * NS_PER_S)	/* the joined lane brings nothing, the other one does: it is dead */
#define UNMATCHED_NS (15 * NS_PER_S)	/* both bring messages, and none is in both */
#define TOPICS 64u
#define ECHOES 64u

enum lane_state { LANE_OFF = 1, LANE_JOINING, LANE_JOINED };

/* A message that waits; its text is in the lane's buffer. */
struct waiting {
	struct slt_hash hash;
	size_t at;
	size_t topic_n, data_n, time_n;
	int64_t t_ns;
};

struct echo {
	struct slt_hash topic, message;
};

struct lane {
	uint32_t state; /* enum lane_state */
	char *snapshot; /* kept while joining */
	size_t snapshot_n;
	int64_t since_ns; /* the snapshot came */
	struct waiting *waiting;
	uint32_t n_waiting, waiting_room;
	char *text;
	size_t text_n, text_room;
	int64_t waits_since_ns; /* the oldest that waits */
	struct echo echoes[ECHOES]; /* the newest message of each topic */
};

struct slt_merge {
	struct slt_merge_out out;
	void *arg;
	struct slt_window *window;
	struct lane lanes[SLT_LANES];
	bool up;
	bool told;             /* a message has followed the snapshot with which the stream began */
	struct slt_hash begun; /* that snapshot */
	int64_t taken_ns; /* the stream's newest message came */
	struct slt_hash topics[TOPICS]; /* that the stream has */
	uint32_t n_topics;
	uint64_t duplicates;
};

struct slt_merge *slt_merge_create(const struct slt_merge_out *out, void *arg)
{
	struct slt_merge *m = calloc(1, sizeof(*m));

	if (m == NULL) {
		return NULL;
	}
	m->out = *out;
	m->arg = arg;
	m->window = slt_window_create();
	for (uint32_t i = 0; i < SLT_LANES; i++) {
		m->lanes[i].state = LANE_OFF;
	}
	if (m->window == NULL) {
		free(m);
		return NULL;
	}
	return m;
}

static void drop_snapshot(struct lane *l)
{
	free(l->snapshot);
	l->snapshot = NULL;
	l->snapshot_n = 0;
}

static void drop_waiting(struct lane *l)
{
	free(l->waiting);
	free(l->text);
	l->waiting = NULL;
	l->text = NULL;
	l->n_waiting = l->waiting_room = 0;
	l->text_n = l->text_room = 0;
}

void slt_merge_destroy(struct slt_merge *m)
{
	if (m == NULL) {
		return;
	}
	for (uint32_t i = 0; i < SLT_LANES; i++) {
		drop_snapshot(&m->lanes[i]);
		drop_waiting(&m->lanes[i]);
	}
	slt_window_destroy(m->window);
	free(m);
}

/* ---- what the stream has ---- */

static struct slt_hash hash_of_topic(struct f1p_json_slice topic)
{
	struct slt_hash h = slt_hash_begin();

	slt_hash_add(&h, topic.text, topic.n);
	return slt_hash_end(h);
}

static struct slt_hash hash_of_message(const struct slt_message *msg)
{
	struct slt_hash h = slt_hash_begin();

	slt_hash_add(&h, msg->topic.text, msg->topic.n);
	slt_hash_add(&h, msg->data.text, msg->data.n);
	slt_hash_add(&h, msg->time.text, msg->time.n);
	return slt_hash_end(h);
}

/* Whether the topic is among the first n that the stream got. */
static bool is_among(const struct slt_merge *m, uint32_t n, struct f1p_json_slice topic)
{
	struct slt_hash h = hash_of_topic(topic);

	for (uint32_t i = 0; i < n; i++) {
		if (slt_hash_equal(m->topics[i], h)) {
			return true;
		}
	}
	return n == TOPICS; /* no feed has so many: do not invent additions */
}

static bool has_topic(const struct slt_merge *m, struct f1p_json_slice topic)
{
	return is_among(m, m->n_topics, topic);
}

static void note_topic(struct slt_merge *m, struct f1p_json_slice topic)
{
	if (!has_topic(m, topic)) {
		m->topics[m->n_topics++] = hash_of_topic(topic);
	}
}

static struct lane *other(struct slt_merge *m, const struct lane *l)
{
	return &m->lanes[l == &m->lanes[0] ? 1 : 0];
}

static uint32_t index_of(const struct slt_merge *m, const struct lane *l)
{
	return (uint32_t)(l - m->lanes);
}

/* ---- messages that wait ---- */

static struct slt_message message_at(const struct lane *l, uint32_t i)
{
	const struct waiting *w = &l->waiting[i];
	const char *text = l->text + w->at;

	return (struct slt_message){
		.topic = {text, w->topic_n},
		.data = {text + w->topic_n, w->data_n},
		.time = {text + w->topic_n + w->data_n, w->time_n},
		.t_ns = w->t_ns,
	};
}

static bool make_room(struct lane *l, size_t n)
{
	uint32_t room = l->waiting_room != 0 ? l->waiting_room : 64;
	size_t text_room = l->text_room != 0 ? l->text_room : 65536;

	while (text_room < l->text_n + n) {
		text_room *= 2;
	}
	if (text_room != l->text_room) {
		char *text = realloc(l->text, text_room);

		if (text == NULL) {
			return false;
		}
		l->text = text;
		l->text_room = text_room;
	}
	if (l->n_waiting == l->waiting_room || l->waiting == NULL) {
		room = l->waiting == NULL ? room : room * 2;
		struct waiting *grown = realloc(l->waiting, room * sizeof(*grown));

		if (grown == NULL) {
			return false;
		}
		l->waiting = grown;
		l->waiting_room = room;
	}
	return true;
}

/* False: too many wait already, or no memory. */
static bool wait_in_line(struct lane *l, const struct slt_message *msg, struct slt_hash h, int64_t now_ns)
{
	size_t n = msg->topic.n + msg->data.n + msg->time.n;
	char *at = NULL;

	if (l->n_waiting == SLT_WAITING_MESSAGES || n > SLT_WAITING_BYTES - l->text_n || !make_room(l, n)) {
		return false;
	}
	if (l->n_waiting == 0) {
		l->waits_since_ns = now_ns;
	}
	at = l->text + l->text_n;
	memcpy(at, msg->topic.text, msg->topic.n);
	memcpy(at + msg->topic.n, msg->data.text, msg->data.n);
	memcpy(at + msg->topic.n + msg->data.n, msg->time.text, msg->time.n);
	l->waiting[l->n_waiting++] = (struct waiting){
		.hash = h, .at = l->text_n, .topic_n = msg->topic.n, .data_n = msg->data.n, .time_n = msg->time.n, .t_ns = msg->t_ns};
	l->text_n += n;
	return true;
}

/* ---- the stream ---- */

static void match_other(struct slt_merge *m, struct lane *l, struct slt_hash taken);

/* Offers the lane's message; tells it if it is news. */
static void offer(struct slt_merge *m, struct lane *l, const struct slt_message *msg, struct slt_hash h, int64_t now_ns)
{
	if (!slt_window_offer(m->window, index_of(m, l), h, msg->t_ns)) {
		m->duplicates++;
		return;
	}
	m->taken_ns = now_ns > m->taken_ns ? now_ns : m->taken_ns;
	m->told = true;
	note_topic(m, msg->topic);
	m->out.message(m->arg, msg);
	match_other(m, other(m, l), h);
}

/* Topics that only this lane's connection may see: their snapshots are news. */
static void tell_additions(struct slt_merge *m, const struct lane *l)
{
	struct f1p_json_cutter cut;
	struct f1p_json_slice topic, json;

	if (!f1p_json_cut_begin(&cut, l->snapshot, l->snapshot_n)) {
		return;
	}
	while (f1p_json_cut_next(&cut, &topic, &json) == F1P_OK) {
		if (!has_topic(m, topic)) {
			m->out.addition(m->arg, topic, json);
		}
	}
}

static void note_topics(struct slt_merge *m, const struct lane *l)
{
	struct f1p_json_cutter cut;
	struct f1p_json_slice topic, json;

	if (f1p_json_cut_begin(&cut, l->snapshot, l->snapshot_n)) {
		while (f1p_json_cut_next(&cut, &topic, &json) == F1P_OK) {
			note_topic(m, topic);
		}
	}
}

/* The lane's waiting messages from `first` on; those before it are in the stream already, but for topics that it did not have. */
static void tell_waiting(struct slt_merge *m, struct lane *l, uint32_t first)
{
	struct lane held = *l;
	uint32_t n_topics = m->n_topics;

	l->waiting = NULL;
	l->text = NULL;
	drop_waiting(l);
	for (uint32_t i = 0; i < held.n_waiting && l->state == LANE_JOINED; i++) {
		struct slt_message msg = message_at(&held, i);

		if (i >= first || !is_among(m, n_topics, msg.topic)) {
			offer(m, l, &msg, held.waiting[i].hash, held.waits_since_ns);
		}
	}
	held.snapshot = NULL;
	drop_waiting(&held);
}

/* The stream has reached the lane's waiting message number `first`. */
static void join(struct slt_merge *m, struct lane *l, uint32_t first)
{
	l->state = LANE_JOINED;
	m->up = true;
	tell_additions(m, l);
	tell_waiting(m, l, first);
	note_topics(m, l);
	drop_snapshot(l);
}

static void match_other(struct slt_merge *m, struct lane *l, struct slt_hash taken)
{
	if (l->state != LANE_JOINING) {
		return;
	}
	for (uint32_t i = 0; i < l->n_waiting; i++) {
		if (slt_hash_equal(l->waiting[i].hash, taken)) {
			join(m, l, i);
			return;
		}
	}
}

static void tell_snapshot(struct slt_merge *m, const struct lane *l, bool gap)
{
	struct slt_message first;
	bool has_first = l->n_waiting > 0;

	if (has_first) {
		first = message_at(l, 0);
	}
	slt_window_clear(m->window);
	m->n_topics = 0;
	note_topics(m, l);
	m->out.snapshot(m->arg, l->snapshot, l->snapshot_n, has_first ? &first : NULL, gap);
}

/* The lane's snapshot becomes the new beginning; unless the stream stands at the same one still. */
static void begin_with(struct slt_merge *m, struct lane *l, int64_t now_ns)
{
	struct slt_hash snapshot = slt_hash_begin();
	bool gap = m->up && m->told;
	bool same = false;

	slt_hash_add(&snapshot, l->snapshot, l->snapshot_n);
	snapshot = slt_hash_end(snapshot);
	same = m->up && !m->told && slt_hash_equal(snapshot, m->begun);
	m->up = true;
	m->told = false;
	m->begun = snapshot;
	m->taken_ns = now_ns;
	l->state = LANE_JOINED;
	if (!same) {
		tell_snapshot(m, l, gap);
	}
	drop_snapshot(l);
	tell_waiting(m, l, 0);
}

/* ---- what the connections bring ---- */

void slt_merge_snapshot(struct slt_merge *m, uint32_t lane, const char *json, size_t n, int64_t now_ns)
{
	struct lane *l = &m->lanes[lane];
	char *copy = malloc(n + 1);

	drop_snapshot(l);
	drop_waiting(l);
	if (copy == NULL) {
		m->out.drop(m->arg, lane, "no memory for its snapshot");
		return;
	}
	memcpy(copy, json, n);
	copy[n] = '\0';
	l->snapshot = copy;
	l->snapshot_n = n;
	l->state = LANE_JOINING;
	l->since_ns = now_ns;
	memset(l->echoes, 0, sizeof(l->echoes));
	slt_window_forget_lane(m->window, lane);
}

/* The server said the same twice in a row: telling it again changes nothing by the feed's merge rules. */
static bool is_echo(struct lane *l, const struct slt_message *msg, struct slt_hash h)
{
	struct slt_hash topic = hash_of_topic(msg->topic);
	struct echo *e = &l->echoes[topic.a % ECHOES];
	bool same = slt_hash_equal(e->topic, topic) && slt_hash_equal(e->message, h);

	*e = (struct echo){topic, h};
	return same;
}

static void message_while_joining(struct slt_merge *m, struct lane *l, const struct slt_message *msg, struct slt_hash h, int64_t now_ns)
{
	bool known = slt_window_has(m->window, h);

	if (!wait_in_line(l, msg, h, now_ns)) {
		m->out.drop(m->arg, index_of(m, l), "too many of its messages wait to be joined with those of the other connection");
	} else if (known) {
		join(m, l, l->n_waiting - 1);
	} else if (other(m, l)->state != LANE_JOINED) {
		begin_with(m, l, now_ns);
	}
}

void slt_merge_message(struct slt_merge *m, uint32_t lane, const struct slt_message *msg, int64_t now_ns)
{
	struct lane *l = &m->lanes[lane];
	struct slt_hash h = hash_of_message(msg);

	if (l->state == LANE_OFF) {
		return;
	}
	if (is_echo(l, msg, h)) {
		m->duplicates++;
	} else if (l->state == LANE_JOINING) {
		message_while_joining(m, l, msg, h, now_ns);
	} else if (other(m, l)->state == LANE_JOINED && msg->t_ns != F1P_UNKNOWN_NS &&
		   msg->t_ns <= slt_window_horizon(m->window) && !slt_window_has(m->window, h)) {
		m->out.drop(m->arg, lane, "it is minutes behind the other connection");
	} else {
		offer(m, l, msg, h, now_ns);
	}
}

void slt_merge_off(struct slt_merge *m, uint32_t lane)
{
	struct lane *l = &m->lanes[lane];
	int64_t now_ns = m->taken_ns;

	l->state = LANE_OFF;
	drop_snapshot(l);
	drop_waiting(l);
	l = other(m, l);
	if (l->state == LANE_OFF) {
		m->up = false;
	} else if (l->state == LANE_JOINING && l->n_waiting > 0) {
		begin_with(m, l, now_ns); /* none of what waits was told by the lane that is gone */
	}
}

/* ---- time ---- */

/* When the lane's waiting must end; F1P_NEVER_NS. */
static int64_t patience(const struct slt_merge *m, const struct lane *l, const struct lane *partner)
{
	if (l->state != LANE_JOINING) {
		return F1P_NEVER_NS;
	}
	if (partner->state != LANE_JOINED) {
		return m->up ? F1P_NEVER_NS : l->since_ns + FIRST_MESSAGE_NS;
	}
	if (l->n_waiting == 0) {
		return F1P_NEVER_NS;
	}
	return m->taken_ns < l->waits_since_ns ? l->waits_since_ns + SILENT_NS : l->waits_since_ns + UNMATCHED_NS;
}

static void lose_patience(struct slt_merge *m, struct lane *l, int64_t now_ns)
{
	struct lane *partner = other(m, l);

	if (partner->state != LANE_JOINED) {
		begin_with(m, l, now_ns);
	} else if (m->taken_ns < l->waits_since_ns) {
		m->out.drop(m->arg, index_of(m, partner), "the other connection brings messages and it does not");
	} else {
		m->out.drop(m->arg, index_of(m, l), "its messages are none of those of the other connection");
	}
}

void slt_merge_tick(struct slt_merge *m, int64_t now_ns)
{
	for (uint32_t i = 0; i < SLT_LANES; i++) {
		struct lane *l = &m->lanes[i];

		if (patience(m, l, other(m, l)) <= now_ns) {
			lose_patience(m, l, now_ns);
		}
	}
}

int64_t slt_merge_due(const struct slt_merge *m)
{
	int64_t a = patience(m, &m->lanes[0], &m->lanes[1]);
	int64_t b = patience(m, &m->lanes[1], &m->lanes[0]);

	return a < b ? a : b;
}

bool slt_merge_is_joined(const struct slt_merge *m, uint32_t lane)
{
	return m->lanes[lane].state == LANE_JOINED;
}

bool slt_merge_is_up(const struct slt_merge *m)
{
	return m->up;
}

uint64_t slt_merge_duplicates(const struct slt_merge *m)
{
	return m->duplicates;
}

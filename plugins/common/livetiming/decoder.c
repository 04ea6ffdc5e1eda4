/*
 * decoder.c - a message from entry to emission: look up the topic, walk it, then accept or undo as a whole.
 */
#include "decoder.h"

#include <helpers/utf8.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void forget(struct lt_decoder *d)
{
	memset(&d->session, 0, sizeof(d->session));
	d->session.n_messages = d->session.n_series = d->session.n_top = LT_NO_LIST;
	memset(&d->info, 0, sizeof(d->info));
	d->info.event.type = F1P_SESSION_UNKNOWN;
	d->info.event.t_start_ns = d->info.event.t_end_ns = F1P_UNKNOWN_NS;
	d->info.event.gmt_offset_s = F1P_UNKNOWN;
	d->info.start_local_ns = d->info.end_local_ns = F1P_UNKNOWN_NS;
	memset(d->car_slot, 0, sizeof(d->car_slot));
	d->car = NULL;
}

struct lt_decoder *lt_create(lt_emit_fn emit, lt_reject_fn reject, void *arg)
{
	struct lt_decoder *d = calloc(1, sizeof(*d));

	if (d == NULL) {
		return NULL;
	}
	d->emit = emit;
	d->reject = reject;
	d->arg = arg;
	d->inflater = lt_inflater_create();
	if (d->inflater == NULL) {
		free(d);
		return NULL;
	}
	forget(d);
	return d;
}

void lt_destroy(struct lt_decoder *d)
{
	if (d != NULL) {
		lt_inflater_destroy(d->inflater);
		free(d->out.bytes);
		free(d);
	}
}

void lt_reset(struct lt_decoder *d)
{
	forget(d);
}

const struct lt_stats *lt_get_stats(const struct lt_decoder *d)
{
	return &d->stats;
}

static struct lt_car *add_car(struct lt_decoder *d, uint16_t number)
{
	struct lt_car *car = NULL;

	if (d->session.n_cars == F1P_MAX_CARS) {
		return NULL;
	}
	car = &d->cars[d->session.n_cars++];
	d->car_slot[number] = (uint8_t)d->session.n_cars;
	*car = (struct lt_car){
		.message = d->message,
		.number = number,
		.n_sectors = LT_NO_LIST,
		.n_segments = {LT_NO_LIST, LT_NO_LIST, LT_NO_LIST},
		.n_parts = LT_NO_LIST,
		.n_stats = LT_NO_LIST,
		.n_stints = LT_NO_LIST,
		.n_series = LT_NO_LIST,
		.n_stops = LT_NO_LIST,
		.part_ms = {F1P_UNKNOWN, F1P_UNKNOWN, F1P_UNKNOWN},
		.part_lap = {F1P_UNKNOWN, F1P_UNKNOWN, F1P_UNKNOWN},
		.lane_lap = F1P_UNKNOWN,
		.lane_ms = F1P_UNKNOWN,
		.stop_index = -1,
		.stop_lap = F1P_UNKNOWN,
		.stop_lane_ms = F1P_UNKNOWN,
		.stop_ms = F1P_UNKNOWN,
	};
	return car;
}

struct lt_car *lt_touch_car(struct lt_decoder *d, uint16_t number)
{
	struct lt_car *car = NULL;

	if (d->car_slot[number] == 0) {
		return add_car(d, number);
	}
	car = &d->cars[d->car_slot[number] - 1];
	if (car->message != d->message) {
		d->touched[d->n_touched++] = *car;
		car->message = d->message;
	}
	return car;
}

static const char *topic_name(const struct lt_decoder *d)
{
	return d->known != NULL ? d->known->name : d->topic;
}

void lt_bad_value(struct lt_decoder *d, const char *name, const struct lt_value *v)
{
	char shown[48];
	char reason[128];

	d->now.bad_values++;
	if (d->reject == NULL) {
		return;
	}
	f1p_utf8_copy(shown, sizeof(shown), v->type == LT_BOOLEAN ? (v->flag ? "true" : "false") : v->text,
		v->type == LT_BOOLEAN ? (v->flag ? 4 : 5) : v->n);
	for (char *p = shown; *p != '\0'; p++) {
		*p = (unsigned char)*p < 0x20 ? '?' : *p;
	}
	snprintf(reason, sizeof(reason), "%s: bad value \"%s\", skipped", name != NULL ? name : "element", shown);
	d->reject(d->arg, topic_name(d), reason);
}

static void begin_message(struct lt_decoder *d, const char *topic, size_t topic_n, int64_t t_event_ns, uint32_t flags)
{
	d->known = lt_topic_find(topic, topic_n);
	if (d->known == NULL) {
		f1p_utf8_copy(d->topic, sizeof(d->topic), topic, topic_n);
	}
	d->t_event_ns = t_event_ns;
	d->flags = flags;
	d->message++;
	d->now = (struct lt_counts){0};
	d->session_before = d->session;
	d->n_touched = 0;
	d->info_changed = false;
	d->last_utc_ns = F1P_UNKNOWN_NS;
	d->stamp_mark = d->out.n;
	d->out.no_memory = false;
}

/* Back to the feed state before the message. */
static void undo(struct lt_decoder *d)
{
	for (uint16_t i = d->session_before.n_cars; i < d->session.n_cars; i++) {
		d->car_slot[d->cars[i].number] = 0;
	}
	for (uint16_t i = 0; i < d->n_touched; i++) {
		d->cars[d->car_slot[d->touched[i].number] - 1] = d->touched[i];
	}
	d->session = d->session_before;
}

/* Counters of the topic; NULL when LT_MAX_TOPICS others came first. */
static struct lt_topic_count *find_count(struct lt_decoder *d)
{
	struct lt_stats *s = &d->stats;
	const char *name = topic_name(d);

	for (uint32_t i = 0; i < s->n_topics; i++) {
		if (strcmp(s->topics[i].topic, name) == 0) {
			return &s->topics[i];
		}
	}
	if (s->n_topics == LT_MAX_TOPICS) {
		return NULL;
	}
	snprintf(s->topics[s->n_topics].topic, sizeof(s->topics[0].topic), "%s", name);
	return &s->topics[s->n_topics++];
}

/* The same; topics that are read have theirs by id. */
static struct lt_topic_count *count_of(struct lt_decoder *d)
{
	struct lt_topic_count *count = NULL;

	if (d->known == NULL) {
		return find_count(d);
	}
	if (d->count_of[d->known->id] == 0) {
		count = find_count(d);
		d->count_of[d->known->id] = (uint8_t)(count != NULL ? count - d->stats.topics + 1 : 0);
		return count;
	}
	return &d->stats.topics[d->count_of[d->known->id] - 1];
}

static f1p_status refuse(struct lt_decoder *d, const char *reason)
{
	struct lt_topic_count *count = count_of(d);

	d->stats.rejected++;
	if (count != NULL) {
		count->rejected++;
	}
	if (d->reject != NULL) {
		d->reject(d->arg, topic_name(d), reason);
	}
	return F1P_EINVAL;
}

static void accept(struct lt_decoder *d)
{
	struct lt_topic_count *count = count_of(d);

	d->stats.messages++;
	d->stats.unknown_topics += d->known == NULL;
	d->stats.bad_values += d->now.bad_values;
	d->stats.merge_oddities += d->now.merge_oddities;
	d->stats.deleted_keys += d->now.deleted_keys;
	d->stats.stint_appends += d->now.stint_appends;
	if (count != NULL) {
		count->messages++;
	}
	if (d->info_changed) {
		d->info = d->info_next;
	}
}

static f1p_status walk(struct lt_decoder *d, const struct lt_node *root, const char *json, size_t n, char *err, size_t err_n)
{
	struct lt_walk *w = &d->walk;
	f1p_status status = F1P_OK;

	w->root = root;
	w->child = NULL;
	w->depth = w->skip = w->deleting = 0;
	w->deleted_next = w->wrong_shape = false;
	status = f1p_json_read(&lt_walk_handler, d, json, n, err, err_n);
	if (w->wrong_shape) {
		snprintf(err, err_n, "wrong shape: not a JSON object");
	} else if (status == F1P_OK && d->out.no_memory) {
		snprintf(err, err_n, "out of memory");
		status = F1P_ENOMEM;
	}
	return status;
}

/* The string that is the payload of a .z topic. */
struct packed {
	struct lt_decoder *d;
	const char *text;
	size_t n;
	const char *why;
};

static bool on_packed(void *ctx, const char *text, size_t n)
{
	struct packed *p = ctx;

	return lt_inflate(p->d->inflater, text, n, &p->text, &p->n, &p->why) == F1P_OK;
}

static bool not_a_string(void *ctx)
{
	(void)ctx;
	return false;
}

static f1p_status walk_packed(
	struct lt_decoder *d, const struct lt_node *root, const char *json, size_t n, char *err, size_t err_n)
{
	static const struct f1p_json_handler handler = {.str = on_packed, .obj_begin = not_a_string, .arr_begin = not_a_string};
	struct packed p = {.d = d};
	f1p_status status = f1p_json_read(&handler, &p, json, n, err, err_n);

	if (p.why != NULL) {
		snprintf(err, err_n, "%s", p.why);
		return F1P_EINVAL;
	}
	if (status == F1P_ECANCELLED || (status == F1P_OK && p.text == NULL)) {
		snprintf(err, err_n, "wrong shape: not a JSON string");
		return F1P_EINVAL;
	}
	if (status != F1P_OK) {
		return status;
	}
	return walk(d, root, p.text, p.n, err, err_n);
}

/* Takes one message into the outbox, or leaves everything as it was. */
static f1p_status take_message(
	struct lt_decoder *d, const char *topic, size_t topic_n, const char *json, size_t n, int64_t t_event_ns, uint32_t flags)
{
	static const struct f1p_json_handler check_only = {0};
	struct lt_outbox before = d->out;
	char err[160] = "";
	f1p_status status = F1P_OK;

	begin_message(d, topic, topic_n, t_event_ns, flags);
	if (n > LT_MAX_MESSAGE) {
		snprintf(err, sizeof(err), "message of %zu bytes is too large", n);
		return refuse(d, err);
	}
	if (d->known == NULL) {
		status = f1p_json_read(&check_only, NULL, json, n, err, sizeof(err));
	} else if (d->known->zipped) {
		status = walk_packed(d, d->known->root, json, n, err, sizeof(err));
	} else {
		status = walk(d, d->known->root, json, n, err, sizeof(err));
	}
	if (status != F1P_OK) {
		undo(d);
		d->out.n = before.n;
		d->out.events = before.events;
		d->out.lanes = before.lanes;
		return refuse(d, err);
	}
	accept(d);
	return F1P_OK;
}

f1p_status lt_message(struct lt_decoder *d, const char *topic, size_t topic_len, const char *json, size_t json_len,
	int64_t t_event_ns, uint32_t flags)
{
	f1p_status status = take_message(d, topic, topic_len, json, json_len, t_event_ns, flags);

	lt_outbox_flush(d);
	return status;
}

/* One round over the topics of a snapshot: first those that say what the rest is about, then the rest. */
static void take_topics(struct lt_decoder *d, const char *json, size_t n, bool first_round, int64_t t_event_ns, uint32_t flags)
{
	struct f1p_json_cutter cutter;
	struct f1p_json_slice topic;
	struct f1p_json_slice value;

	f1p_json_cut_begin(&cutter, json, n);
	while (f1p_json_cut_next(&cutter, &topic, &value) == F1P_OK) {
		bool is_first = f1p_json_slice_is(topic, "SessionInfo") || f1p_json_slice_is(topic, "DriverList");

		if (is_first == first_round) {
			take_message(d, topic.text, topic.n, value.text, value.n, t_event_ns, flags);
		}
	}
}

/* Whatever the order of its topics: the status says when the session was started. */
static void date_status(struct lt_decoder *d)
{
	size_t at = 0;

	while (at < d->out.n && d->session.t_first_start_ns != 0) {
		struct f1p_event *ev = (struct f1p_event *)(void *)(d->out.bytes + at);

		if (ev->type == F1P_EV_SESSION_STATUS && ev->size == sizeof(struct f1p_ev_session_status)) {
			((struct f1p_ev_session_status *)(void *)ev)->t_first_start_ns = d->session.t_first_start_ns;
		}
		at += ev->size;
	}
}

f1p_status lt_snapshot(struct lt_decoder *d, const char *json, size_t json_len, int64_t t_event_ns, uint32_t flags)
{
	static const struct f1p_json_handler check_only = {0};
	struct f1p_json_cutter cutter;
	struct f1p_event reset;
	char err[160] = "wrong shape: not a JSON object";

	begin_message(d, "snapshot", 8, t_event_ns, flags | F1P_EVF_SNAPSHOT);
	if (json_len > LT_MAX_MESSAGE) {
		snprintf(err, sizeof(err), "snapshot of %zu bytes is too large", json_len);
		return refuse(d, err);
	}
	if (!f1p_json_cut_begin(&cutter, json, json_len) || cutter.closing != '}' ||
		f1p_json_read(&check_only, NULL, json, json_len, err, sizeof(err)) != F1P_OK) {
		return refuse(d, err);
	}
	forget(d);
	LT_PUSH(d, F1P_EV_FEED_RESET, &reset);
	if (d->out.no_memory) {
		return refuse(d, "out of memory");
	}
	take_topics(d, json, json_len, true, t_event_ns, flags | F1P_EVF_SNAPSHOT);
	take_topics(d, json, json_len, false, t_event_ns, flags | F1P_EVF_SNAPSHOT);
	date_status(d);
	lt_outbox_flush(d);
	return F1P_OK;
}

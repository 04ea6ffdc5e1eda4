/*
 * record.c - see record.h.
 */
#include "record.h"
#include "feed_time.h"
#include "python_literal.h"
#include "reader.h"
#include "topics.h"

#include <stdlib.h>
#include <string.h>

void sr_record_init(struct sr_record *r)
{
	*r = (struct sr_record){0};
}

void sr_record_finish(struct sr_record *r)
{
	free(r->items);
	sr_buffer_finish(&r->python);
	sr_buffer_finish(&r->unquoted);
	sr_record_init(r);
}

static f1p_status refuse(struct sr_record *r, const char *why)
{
	r->n = 0;
	r->why = why;
	return F1P_EINVAL;
}

static struct sr_item *add_item(struct sr_record *r)
{
	if (r->n == r->room) {
		uint32_t room = r->room == 0 ? 16 : r->room * 2;
		struct sr_item *grown = room > SR_RECORD_ITEMS ? NULL : realloc(r->items, room * sizeof(*grown));

		if (grown == NULL) {
			return NULL;
		}
		r->items = grown;
		r->room = room;
	}
	r->items[r->n] = (struct sr_item){.t_ns = F1P_UNKNOWN_NS};
	return &r->items[r->n++];
}

static bool is_string(struct f1p_json_slice v)
{
	return v.n >= 2 && v.text[0] == '"';
}

static struct f1p_json_slice inside_quotes(struct f1p_json_slice v)
{
	return is_string(v) ? (struct f1p_json_slice){v.text + 1, v.n - 2} : (struct f1p_json_slice){"", 0};
}

static bool is_open(struct f1p_json_slice v, char bracket)
{
	return v.n >= 2 && v.text[0] == bracket;
}

static bool key_is_any(struct f1p_json_slice key, const char *const *names)
{
	for (; *names != NULL; names++) {
		if (strlen(*names) == key.n && strncasecmp(*names, key.text, key.n) == 0) {
			return true;
		}
	}
	return false;
}

/* \uXXXX at p: ASCII becomes the character, the rest stays an escape (it can only be inside a string of the payload). */
static const char *unquote_u(struct sr_buffer *out, const char *p, const char *end)
{
	uint32_t value = 0;

	for (int i = 1; i <= 4 && p + i < end; i++) {
		char c = (char)(p[i] | 0x20);

		value = value * 16 + (uint32_t)(c >= 'a' && c <= 'f' ? c - 'a' + 10 : (c - '0') & 15);
	}
	if (end - p > 4 && value > 0 && value < 0x80) {
		sr_buffer_putc(out, (char)value);
		return p + 4;
	}
	sr_buffer_put(out, "\\u", 2);
	return p;
}

/* A payload that is a string of JSON text, as some recorders write it. Not for .z topics, whose payload is a string. */
static void unquote(struct sr_record *r, struct sr_item *item)
{
	const char *end = item->json.text + item->json.n - 1;

	if (!is_string(item->json) || (item->topic.n > 2 && memcmp(item->topic.text + item->topic.n - 2, ".z", 2) == 0)) {
		return;
	}
	sr_buffer_clear(&r->unquoted);
	for (const char *p = item->json.text + 1; p < end; p++) {
		if (*p != '\\' || p + 1 >= end) {
			sr_buffer_putc(&r->unquoted, *p);
			continue;
		}
		p++;
		if (*p == 'u') {
			p = unquote_u(&r->unquoted, p, end);
		} else {
			sr_buffer_putc(&r->unquoted, strchr("nrtbf", *p) != NULL && *p != '\0' ? ' ' : *p);
		}
	}
	if (!r->unquoted.failed && r->unquoted.n > 0) {
		item->json = (struct f1p_json_slice){r->unquoted.bytes, r->unquoted.n};
	}
}

/* [topic, data, time?] */
static f1p_status parse_triple(struct sr_record *r, struct f1p_json_slice array)
{
	struct f1p_json_cutter cut;
	struct f1p_json_slice parts[4];
	f1p_status status = F1P_OK;
	struct sr_item *item = NULL;
	uint32_t n = 0;

	if (!f1p_json_cut_begin(&cut, array.text, array.n)) {
		return refuse(r, "no [topic, data, time] in it");
	}
	while (n < 4 && (status = f1p_json_cut_next(&cut, NULL, &parts[n])) == F1P_OK) {
		n++;
	}
	if (status != F1P_END) {
		return refuse(r, status == F1P_OK ? "more than [topic, data, time]" : "broken JSON");
	}
	if (n < 2 || !sr_topic_plausible(inside_quotes(parts[0]).text, inside_quotes(parts[0]).n)) {
		return refuse(r, "no [topic, data, time] in it");
	}
	item = add_item(r);
	if (item == NULL) {
		return refuse(r, "too many messages in one record");
	}
	item->kind = SR_MESSAGE;
	item->topic = inside_quotes(parts[0]);
	item->json = parts[1];
	if (n == 3 && !sr_json_time(parts[2], &item->t_ns, &item->is_offset)) {
		item->t_ns = F1P_UNKNOWN_NS; /* the data are good: they are played between their neighbours */
		r->bad_times++;
	}
	return F1P_OK;
}

/* A hub message: {"H":"Streaming","M":"feed","A":[..]}; other methods are no data. */
static f1p_status parse_hub_message(struct sr_record *r, struct f1p_json_slice object)
{
	struct f1p_json_cutter cut;
	struct f1p_json_slice key, value, method = {"", 0}, arguments = {"", 0};
	f1p_status status = F1P_EINVAL;

	if (!is_open(object, '{') || !f1p_json_cut_begin(&cut, object.text, object.n)) {
		return refuse(r, "a hub message that is no object");
	}
	while ((status = f1p_json_cut_next(&cut, &key, &value)) == F1P_OK) {
		if (f1p_json_slice_is(key, "M")) {
			method = inside_quotes(value);
		} else if (f1p_json_slice_is(key, "A")) {
			arguments = value;
		}
	}
	if (status != F1P_END) {
		return refuse(r, "broken JSON");
	}
	return f1p_json_slice_is(method, "feed") ? parse_triple(r, arguments) : F1P_OK;
}

static f1p_status parse_hub_messages(struct sr_record *r, struct f1p_json_slice array)
{
	struct f1p_json_cutter cut;
	struct f1p_json_slice value;
	f1p_status status = F1P_EINVAL;

	if (!f1p_json_cut_begin(&cut, array.text, array.n)) {
		return refuse(r, "broken JSON");
	}
	while ((status = f1p_json_cut_next(&cut, NULL, &value)) == F1P_OK) {
		if (parse_hub_message(r, value) != F1P_OK) {
			return F1P_EINVAL;
		}
	}
	return status == F1P_END ? F1P_OK : refuse(r, "broken JSON");
}

static f1p_status add_snapshot(struct sr_record *r, struct f1p_json_slice object)
{
	struct sr_item *item = NULL;

	if (object.n < 3 || !is_open(object, '{')) {
		return F1P_OK; /* an answer without data */
	}
	item = add_item(r);
	if (item == NULL) {
		return refuse(r, "too many messages in one record");
	}
	item->kind = SR_SNAPSHOT;
	item->json = object;
	return F1P_OK;
}

/* Each member of an object topic -> delta, at the same time. */
static f1p_status add_updates(struct sr_record *r, struct f1p_json_slice object, int64_t t_ns, bool is_offset)
{
	struct f1p_json_cutter cut;
	struct f1p_json_slice key, value;
	f1p_status status = F1P_EINVAL;

	if (!is_open(object, '{') || !f1p_json_cut_begin(&cut, object.text, object.n)) {
		return refuse(r, "updates that are no object");
	}
	while ((status = f1p_json_cut_next(&cut, &key, &value)) == F1P_OK) {
		struct sr_item *item = sr_topic_plausible(key.text, key.n) ? add_item(r) : NULL;

		if (item == NULL) {
			return refuse(r, "updates with a key that is no topic");
		}
		*item = (struct sr_item){.kind = SR_MESSAGE, .topic = key, .json = value, .t_ns = t_ns, .is_offset = is_offset};
	}
	return status == F1P_END ? F1P_OK : refuse(r, "broken JSON");
}

/* What the top level of an object holds. */
struct top {
	struct f1p_json_slice m, r, a, updates, topic, payload, time, offset, arguments, result, type, target;
	uint32_t keys, topics;
	bool session;	/* SessionInfo or DriverList among the keys */
	bool transport; /* C, I, E, type: belongs to a connection */
};

static void sort_key(struct top *t, struct f1p_json_slice key, struct f1p_json_slice value)
{
	static const char *const topic_names[] = {"stream", "topic", "channel", "type", "name", NULL};
	static const char *const payload_names[] = {"payload", "data", "json", "content", "body", NULL};
	static const char *const time_names[] = {"timestamp", "datetime", "utc", "time", "date", "t", NULL};
	static const char *const offset_names[] = {"offset", "sessiontime", NULL};

	t->keys++;
	if (sr_topic_known(key.text, key.n)) {
		t->topics++;
		t->session |= sr_topic_rank(key.text, key.n) < 3;
	} else if (f1p_json_slice_is(key, "M")) {
		t->m = value;
	} else if (f1p_json_slice_is(key, "R")) {
		t->r = value;
	} else if (f1p_json_slice_is(key, "A")) {
		t->a = value;
	} else if (f1p_json_slice_is(key, "C") || f1p_json_slice_is(key, "I") || f1p_json_slice_is(key, "E")) {
		t->transport = true;
	} else if (f1p_json_slice_is(key, "updates")) {
		t->updates = value;
	} else if (f1p_json_slice_is(key, "arguments")) {
		t->arguments = value;
	} else if (f1p_json_slice_is(key, "result")) {
		t->result = value;
	} else if (f1p_json_slice_is(key, "type") && !is_string(value)) {
		t->type = value;
	} else if (f1p_json_slice_is(key, "target")) {
		t->target = inside_quotes(value);
	} else if (t->topic.n == 0 && key_is_any(key, topic_names) &&
		   sr_topic_plausible(inside_quotes(value).text, inside_quotes(value).n)) {
		t->topic = inside_quotes(value);
	} else if (t->payload.n == 0 && key_is_any(key, payload_names)) {
		t->payload = value;
	} else if (t->time.n == 0 && key_is_any(key, time_names)) {
		t->time = value;
	} else if (t->offset.n == 0 && key_is_any(key, offset_names)) {
		t->offset = value;
	}
}

/* UTC is better than an offset; a time that cannot be read is none. */
static void top_time(struct sr_record *r, const struct top *t, int64_t *t_ns, bool *is_offset)
{
	if (t->time.n > 0 && sr_json_time(t->time, t_ns, is_offset)) {
		return;
	}
	if (t->offset.n > 0 && sr_json_time(t->offset, t_ns, is_offset)) {
		return;
	}
	*t_ns = F1P_UNKNOWN_NS;
	*is_offset = false;
	r->bad_times += (t->time.n > 0 && !f1p_json_slice_is(t->time, "null")) || t->offset.n > 0 ? 1 : 0;
}

static f1p_status add_wrapped(struct sr_record *r, const struct top *t, int64_t t_ns, bool is_offset)
{
	struct sr_item *item = add_item(r);

	if (item == NULL) {
		return refuse(r, "out of memory");
	}
	*item = (struct sr_item){.kind = SR_MESSAGE, .topic = t->topic, .json = t->payload, .t_ns = t_ns, .is_offset = is_offset};
	unquote(r, item);
	return F1P_OK;
}

static f1p_status parse_core(struct sr_record *r, const struct top *t)
{
	if (f1p_json_slice_is(t->type, "1") && t->arguments.n > 0) {
		return f1p_json_slice_is(t->target, "feed") ? parse_triple(r, t->arguments) : F1P_OK;
	}
	if (f1p_json_slice_is(t->type, "3") && t->result.n > 0) {
		return add_snapshot(r, t->result);
	}
	return F1P_OK; /* pings, errors, close */
}

static f1p_status take_top(struct sr_record *r, struct f1p_json_slice object, const struct top *t)
{
	int64_t t_ns = F1P_UNKNOWN_NS;
	bool is_offset = false;

	if (t->keys == 0) {
		return F1P_OK;
	}
	if (is_open(t->m, '[')) {
		return parse_hub_messages(r, t->m);
	}
	if (is_open(t->r, '{')) {
		return add_snapshot(r, t->r);
	}
	if (is_string(t->m) && t->a.n > 0) {
		return parse_hub_message(r, object);
	}
	if (t->type.n > 0) {
		return parse_core(r, t);
	}
	if (t->topics == t->keys) {
		return t->session && t->keys > 1 ? add_snapshot(r, object) : add_updates(r, object, F1P_UNKNOWN_NS, false);
	}
	if (t->updates.n > 0 || (t->topic.n > 0 && t->payload.n > 0)) {
		top_time(r, t, &t_ns, &is_offset);
	}
	if (t->updates.n > 0) {
		return add_updates(r, t->updates, t_ns, is_offset);
	}
	if (t->topic.n > 0 && t->payload.n > 0) {
		return add_wrapped(r, t, t_ns, is_offset);
	}
	return t->transport ? F1P_OK : refuse(r, "JSON, but no live-timing record");
}

static f1p_status parse_object(struct sr_record *r, struct f1p_json_slice object)
{
	struct f1p_json_cutter cut;
	struct f1p_json_slice key, value;
	struct top top = {0};
	f1p_status status = F1P_EINVAL;

	if (!f1p_json_cut_begin(&cut, object.text, object.n)) {
		return refuse(r, "broken JSON");
	}
	while ((status = f1p_json_cut_next(&cut, &key, &value)) == F1P_OK) {
		sort_key(&top, key, value);
	}
	return status == F1P_END ? take_top(r, object, &top) : refuse(r, "broken JSON");
}

/* Python quotes: the first string begins with '. */
static bool is_python(struct f1p_json_slice text)
{
	size_t i = 1;

	while (i < text.n && (text.text[i] == ' ' || text.text[i] == '[' || text.text[i] == '(')) {
		i++;
	}
	return text.text[0] == '(' || (i < text.n && text.text[i] == '\'');
}

static f1p_status parse_python(struct sr_record *r, struct f1p_json_slice text)
{
	const char *why = NULL;
	size_t at = 0;

	sr_buffer_clear(&r->python);
	if (!sr_python_to_json(text.text, text.n, &r->python, &why, &at)) {
		return refuse(r, why);
	}
	text = (struct f1p_json_slice){r->python.bytes, r->python.n};
	return text.text[0] == '{' ? parse_object(r, text) : parse_triple(r, text);
}

static struct f1p_json_slice trim(const char *p, size_t n)
{
	if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
		p += 3;
		n -= 3;
	}
	while (n > 0 && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n')) {
		p++;
		n--;
	}
	while (n > 0 && (p[n - 1] == ' ' || p[n - 1] == '\t' || p[n - 1] == '\r' || p[n - 1] == '\n')) {
		n--;
	}
	return (struct f1p_json_slice){p, n};
}

/* Lines that the recording program wrote, and no torn data. */
static bool is_chatter(struct f1p_json_slice text)
{
	return memchr(text.text, '{', text.n) == NULL && memchr(text.text, '}', text.n) == NULL;
}

static f1p_status parse_trimmed(struct sr_record *r, struct f1p_json_slice text)
{
	struct sr_item item;

	if (strchr("[({", text.text[0]) != NULL && text.text[0] != '\0') {
		if (is_python(text)) {
			return parse_python(r, text);
		}
		return text.text[0] == '{' ? parse_object(r, text) : parse_triple(r, text);
	}
	if (sr_text_line_parse(text.text, text.n, &item)) {
		struct sr_item *added = add_item(r);

		if (added == NULL) {
			return refuse(r, "out of memory");
		}
		*added = item;
		return F1P_OK;
	}
	return is_chatter(text) ? F1P_OK : refuse(r, "neither a record nor a line of chatter");
}

f1p_status sr_record_parse(struct sr_record *r, const char *p, size_t n)
{
	struct f1p_json_slice text = trim(p, n);

	r->n = 0;
	r->bad_times = 0;
	r->why = "";
	if (text.n == 0) {
		return F1P_OK;
	}
	return parse_trimmed(r, text);
}

/*
 * rest_core.c - documents of the core: those that hold a long list, given out in pages (the gap ledger, the calendar, the sessions), and
 * what they may tell whoever looks at an earlier time.
 */
#include "api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cut.h"
#include "helpers/encode.h"
#include "helpers/encode_keys.h"
#include "helpers/json_reader.h"
#include "list.h"
#include "sink_websocket.h"

bool rest_fetch(struct sink *s, const struct request *r, const char *path, struct answer *doc, struct answer *a)
{
	*doc = (struct answer){0};
	if (answer_from_routes(s->host, s->routes, r, path, doc) != F1P_OK) {
		answer_problem(a, 404, "Not found", "nothing is served at this address");
		return false;
	}
	if (doc->status != 200 || !doc->body) {
		*a = *doc;
		*doc = (struct answer){0};
		return false;
	}
	return true;
}

static void page_row(void *list, struct f1p_json_slice row)
{
	list_row_as_it_stands(list, row);
}

static void write_page(void *list, struct f1p_json_slice rows)
{
	struct list *l = list;
	f1p_json_array(&l->j);
	cut_each(rows, page_row, l);
	f1p_json_end(&l->j);
}

static void write_null(void *json, struct f1p_json_slice value)
{
	(void)value;
	f1p_json_null(json);
}

/* Every member of the document as it stands, but the one of that name: as `write` puts it. */
static void copy_but(struct f1p_json *j, const struct frame *doc, const char *name, void (*write)(void *arg, struct f1p_json_slice value),
	void *arg)
{
	struct f1p_json_cutter c;
	struct f1p_json_slice key, value;
	char text[40];
	f1p_json_object(j);
	if (f1p_json_cut_begin(&c, frame_text(doc), doc->length)) {
		while (f1p_json_cut_next(&c, &key, &value) == F1P_OK) {
			snprintf(text, sizeof(text), "%.*s", (int)key.n, key.text);
			f1p_json_key(j, text);
			if (f1p_json_slice_is(key, name)) {
				write(arg, value);
			} else {
				f1p_json_raw(j, value.text, value.n);
			}
		}
	}
	f1p_json_end(j);
}

/* Without arguments it is the core's document byte for byte. */
static void get_paged(struct sink *s, const struct request *r, struct answer *a, const char *list_name)
{
	struct answer doc;
	struct list l;
	if (!list_read(&l, r, a, 0, NULL, NULL) || !rest_fetch(s, r, r->path, &doc, a)) {
		return;
	}
	if (r->query[0] == '\0') {
		*a = doc;
		return;
	}
	f1p_json_init(&l.j);
	copy_but(&l.j, doc.body, list_name, write_page, &l);
	frame_unref(doc.body);
	answer_finish(&doc);
	list_answer(&l);
}

struct gaps_then {
	struct list *l;
	char until[F1P_TIME_TEXT];
	uint32_t open;
};

/* A line is changed when it ends: of one that had not ended by then nobody can tell what it said. */
static void gap_row(void *arg, struct f1p_json_slice row)
{
	struct gaps_then *g = arg;
	struct f1p_json_slice to;
	size_t n = strlen(g->until);
	if (!cut_member(row, "to", &to) || to.n != n + 2 || memcmp(to.text + 1, g->until, n) > 0) {
		return;
	}
	g->open += cut_is(row, "how", "open") || cut_is(row, "how", "lost");
	list_row_as_it_stands(g->l, row);
}

static void get_gaps_then(struct sink *s, const struct request *r, struct answer *a)
{
	struct answer doc;
	struct list l;
	struct gaps_then g = {.l = &l};
	struct f1p_json_slice rows = {NULL, 0};
	if (!list_read(&l, r, a, 0, NULL, NULL) || !rest_fetch(s, r, r->path, &doc, a)) {
		return;
	}
	bool known = f1p_time_text(r->until_ns, g.until);
	cut_member(cut_whole(doc.body), "gaps", &rows);
	f1p_json_init(&l.j);
	f1p_json_object(&l.j);
	f1p_json_key(&l.j, "gaps");
	f1p_json_array(&l.j);
	if (known) {
		cut_each(rows, gap_row, &g);
	}
	f1p_json_end(&l.j);
	key_count(&l.j, "total", l.total);
	key_count(&l.j, "open", g.open);
	key_count(&l.j, "dropped", 0);
	f1p_json_key(&l.j, "revisions");
	f1p_json_null(&l.j);
	f1p_json_end(&l.j);
	frame_unref(doc.body);
	answer_finish(&doc);
	list_answer(&l);
}

static void get_gaps(struct sink *s, const struct request *r, struct answer *a)
{
	if (r->until_ns != F1P_UNKNOWN_NS) {
		get_gaps_then(s, r, a);
	} else {
		get_paged(s, r, a, "gaps");
	}
}

/* The machine is told of as it is now; the lap that the leader must be on by now is of the race. */
void rest_sources(struct sink *s, const struct request *r, struct answer *a)
{
	struct answer doc;
	struct f1p_json j;
	if (!rest_fetch(s, r, r->path, &doc, a)) {
		return;
	}
	if (r->until_ns == F1P_UNKNOWN_NS) {
		*a = doc;
		return;
	}
	f1p_json_init(&j);
	copy_but(&j, doc.body, "estimate", write_null, &j);
	frame_unref(doc.body);
	answer_finish(&doc);
	*a = (struct answer){.status = 200, .content_type = "application/json"};
	answer_json(a, &j);
}

/* "f1pd_car_...", "# HELP f1pd_car_...": of the race; everything else is of the machine. */
static bool is_of_the_race(const char *line, size_t n)
{
	static const char *const names[] = {
		"f1pd_car_", "f1pd_cars_", "f1pd_forecast_confidence", "f1pd_forecast_error", "f1pd_lap", "f1pd_track_"};
	size_t comment = n > 7 && (memcmp(line, "# HELP ", 7) == 0 || memcmp(line, "# TYPE ", 7) == 0) ? 7 : 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t name = strlen(names[i]);
		if (n >= comment + name && memcmp(line + comment, names[i], name) == 0) {
			return true;
		}
	}
	return false;
}

static struct frame *without_the_race(const struct frame *metrics)
{
	const char *text = frame_text(metrics), *end = text + metrics->length;
	char *kept = malloc(metrics->length + 1);
	size_t n = 0;
	while (kept && text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		size_t line = stop ? (size_t)(stop + 1 - text) : (size_t)(end - text);
		if (!is_of_the_race(text, line)) {
			memcpy(kept + n, text, line);
			n += line;
		}
		text += line;
	}
	struct frame *f = kept ? frame_create(0, kept, n) : NULL;
	free(kept);
	return f;
}

/* Order and track are of this second, nobody keeps what they were: whoever looks at an earlier time is told of the machine alone. */
void rest_hold_back(const struct request *r, struct answer *a)
{
	static const char prometheus[] = "text/plain; version="; /* at whatever path they are */
	if (r->until_ns != F1P_UNKNOWN_NS && a->body && strncmp(a->content_type, prometheus, sizeof(prometheus) - 1) == 0) {
		struct frame *f = without_the_race(a->body);
		frame_unref(a->body);
		a->body = f;
	}
}

static void get_schedule(struct sink *s, const struct request *r, struct answer *a)
{
	get_paged(s, r, a, "sessions");
}

static void write_current(struct sink *s, const struct request *r, struct f1p_json *j)
{
	struct answer none = {0};
	struct frame *doc = rest_state_document(s, r, &none);
	struct f1p_json_slice session;
	f1p_json_key(j, "current");
	if (doc && cut_member(cut_whole(doc), "session", &session)) {
		f1p_json_raw(j, session.text, session.n);
	} else {
		f1p_json_null(j);
	}
	frame_unref(doc);
	frame_unref(none.body);
	answer_finish(&none);
}

/* The session that is on, or was last; and those of the calendar. */
static void get_sessions(struct sink *s, const struct request *r, struct answer *a)
{
	struct answer doc, none = {0};
	struct f1p_json_slice rows = {NULL, 0};
	struct list l;
	if (!list_read(&l, r, a, 0, NULL, NULL)) {
		return;
	}
	if (rest_fetch(s, r, "/api/v1/schedule", &doc, &none)) {
		cut_member(cut_whole(doc.body), "sessions", &rows);
	}
	f1p_json_init(&l.j);
	f1p_json_object(&l.j);
	write_current(s, r, &l.j);
	f1p_json_key(&l.j, "sessions");
	write_page(&l, rows);
	frame_unref(doc.body);
	frame_unref(none.body);
	answer_finish(&doc);
	answer_finish(&none);
	key_count(&l.j, "total", l.total);
	key_count(&l.j, "limit", l.limit);
	key_count(&l.j, "offset", l.offset);
	f1p_json_end(&l.j);
	list_answer(&l);
}

static const struct own_route items[] = {
	{.method = F1P_GET, .scope = F1P_SCOPE_READ, .path = "/api/v1/gaps", .answer = get_gaps},
	{.method = F1P_GET, .scope = F1P_SCOPE_READ, .path = "/api/v1/sources", .answer = rest_sources},
	{.method = F1P_GET, .scope = F1P_SCOPE_READ, .path = "/api/v1/schedule", .answer = get_schedule},
	{.method = F1P_GET, .scope = F1P_SCOPE_READ, .path = "/api/v1/sessions", .answer = get_sessions},
};

struct own_routes core_routes(void)
{
	return OWN_ROUTES(items);
}

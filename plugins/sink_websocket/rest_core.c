/*
 * rest_core.c - documents of the core that hold a long list, given out in pages: the gap ledger, the calendar, the sessions.
 */
#include "api.h"

#include <string.h>

#include "cut.h"
#include "helpers/encode_keys.h"
#include "helpers/json_reader.h"
#include "list.h"
#include "sink_websocket.h"

/* The core's document; false with the problem in the answer. */
static bool fetch(struct sink *s, const struct request *r, const char *path, struct answer *doc, struct answer *a)
{
	*doc = (struct answer){0};
	if (answer_from_routes(s->host, s->routes, r, path, doc) != F1P_OK) {
		answer_problem(a, 404, "Not found", "nothing is served at this address");
		return false;
	}
	if (doc->status != 200 || !doc->body) {
		*a = *doc;
		return false;
	}
	return true;
}

static void page_through(struct list *l, struct f1p_json_slice rows)
{
	struct f1p_json_cutter c;
	struct f1p_json_slice row;
	f1p_json_array(&l->j);
	if (f1p_json_cut_begin(&c, rows.text, rows.n)) {
		while (f1p_json_cut_next(&c, NULL, &row) == F1P_OK) {
			if (list_row(l)) {
				f1p_json_raw(&l->j, row.text, row.n);
			}
		}
	}
	f1p_json_end(&l->j);
}

/* Every member of the document as it stands, but the list of that name in pages; only_list: that alone. */
static void copy(struct list *l, const struct frame *doc, const char *name, bool only_list)
{
	struct f1p_json_cutter c;
	struct f1p_json_slice key, value;
	char text[40];
	if (!f1p_json_cut_begin(&c, frame_text(doc), doc->length)) {
		return;
	}
	while (f1p_json_cut_next(&c, &key, &value) == F1P_OK) {
		bool rows = f1p_json_slice_is(key, name);
		if (key.n >= sizeof(text) || (only_list && !rows)) {
			continue;
		}
		memcpy(text, key.text, key.n);
		text[key.n] = '\0';
		f1p_json_key(&l->j, text);
		if (rows) {
			page_through(l, value);
		} else {
			f1p_json_raw(&l->j, value.text, value.n);
		}
	}
}

/* Without arguments it is the core's document byte for byte. */
static void get_paged(struct sink *s, const struct request *r, struct answer *a, const char *list_name)
{
	struct answer doc;
	struct list l;
	if (!list_read(&l, r, a, 0, NULL, NULL) || !fetch(s, r, r->path, &doc, a)) {
		return;
	}
	if (r->query[0] == '\0') {
		*a = doc;
		return;
	}
	f1p_json_init(&l.j);
	f1p_json_object(&l.j);
	copy(&l, doc.body, list_name, false);
	f1p_json_end(&l.j);
	frame_unref(doc.body);
	answer_finish(&doc);
	list_answer(&l);
}

static void get_gaps(struct sink *s, const struct request *r, struct answer *a)
{
	get_paged(s, r, a, "gaps");
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
	if (doc && cut_member((struct f1p_json_slice){frame_text(doc), doc->length}, "session", &session)) {
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
	struct answer doc = {0}, none = {0};
	struct list l;
	if (!list_read(&l, r, a, 0, NULL, NULL)) {
		return;
	}
	bool calendar = fetch(s, r, "/api/v1/schedule", &doc, &none);
	f1p_json_init(&l.j);
	f1p_json_object(&l.j);
	write_current(s, r, &l.j);
	if (calendar) {
		copy(&l, doc.body, "sessions", true);
		frame_unref(doc.body);
	} else {
		frame_unref(none.body);
		f1p_json_key(&l.j, "sessions");
		f1p_json_array(&l.j);
		f1p_json_end(&l.j);
	}
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
	{.method = F1P_GET, .scope = F1P_SCOPE_READ, .path = "/api/v1/schedule", .answer = get_schedule},
	{.method = F1P_GET, .scope = F1P_SCOPE_READ, .path = "/api/v1/sessions", .answer = get_sessions},
};

struct own_routes core_routes(void)
{
	return OWN_ROUTES(items);
}

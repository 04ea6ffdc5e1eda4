#include "answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BODY_MAX ((size_t)16 << 20) /* what a response takes */
#define PLANS_MAX 256u

struct writer {
	const struct query *query;
	struct f1p_json json; /* one row */
	char *text;
	size_t n, cap;
	uint64_t rows;
	bool no_memory, too_large;
};

/* ---- text ---- */

static void put(void *arg, const char *bytes, size_t n)
{
	struct writer *w = arg;

	if (n == 0 || w->n + n > BODY_MAX) {
		w->too_large = w->too_large || n > 0;
		return;
	}
	if (w->n + n > w->cap) {
		size_t cap = w->cap != 0 ? w->cap * 2 : 65536;
		char *grown = NULL;

		cap = cap < w->n + n ? w->n + n : cap;
		grown = realloc(w->text, cap);
		if (grown == NULL) {
			w->no_memory = true;
			return;
		}
		w->text = grown;
		w->cap = cap;
	}
	memcpy(w->text + w->n, bytes, n);
	w->n += n;
}

static void put_json(struct writer *w, const struct openf1_field *fields, size_t n)
{
	const char *text = NULL;
	size_t len = 0;

	f1p_json_clear(&w->json);
	openf1_row_json(&w->json, fields, n);
	text = f1p_json_text(&w->json, &len);
	if (text == NULL) {
		w->no_memory = true;
		return;
	}
	put(w, w->rows > 0 ? "," : "[", 1);
	put(w, text, len);
}

static bool put_row(void *arg, const struct openf1_field *fields, size_t n)
{
	struct writer *w = arg;

	if (!query_passes(w->query, fields, n)) {
		return true;
	}
	if (!w->query->csv) {
		put_json(w, fields, n);
	} else {
		if (w->rows == 0) {
			openf1_names_csv(put, w, fields, n);
		}
		openf1_row_csv(put, w, fields, n);
	}
	w->rows++;
	return !w->no_memory && !w->too_large;
}

/* ---- collections ---- */

struct seen { /* of the calendar, what stands in the sessions already, and meetings that were told */
	uint32_t keys[PLANS_MAX + SESSIONS_MAX];
	size_t n;
};

static bool is_seen(struct seen *seen, uint32_t key)
{
	for (size_t i = 0; i < seen->n; i++) {
		if (seen->keys[i] == key) {
			return true;
		}
	}
	if (seen->n < sizeof(seen->keys) / sizeof(seen->keys[0])) {
		seen->keys[seen->n++] = key;
	}
	return false;
}

static uint32_t key_of(enum of1_collection c, uint32_t session_key, uint32_t meeting_key)
{
	return c == OF1_MEETINGS ? meeting_key : session_key;
}

static bool told(const struct sessions *s, enum of1_collection c, uint32_t key)
{
	for (uint32_t i = 0; i < s->n; i++) {
		const struct f1p_ev_session *ev = openf1_rows_session(s->rows[i]);

		if (ev != NULL && key_of(c, ev->session_key, ev->meeting_key) == key) {
			return true;
		}
	}
	return false;
}

/* Sessions and meetings of the calendar that have a key and of which nothing was seen. */
static void put_calendar(const struct answer_from *from, enum of1_collection c, struct writer *w)
{
	struct f1p_session_plan *plans = malloc(PLANS_MAX * sizeof(*plans));
	struct seen seen = {.n = 0};
	uint32_t n = 0;

	if (plans == NULL) {
		w->no_memory = true;
		return;
	}
	n = from->schedule->list(from->host, plans, PLANS_MAX);
	for (uint32_t i = 0; i < n && i < PLANS_MAX; i++) {
		uint32_t key = key_of(c, plans[i].session_key, plans[i].meeting_key);

		if (key != 0 && !told(from->sessions, c, key) && !is_seen(&seen, key) &&
			!openf1_plan_row(&plans[i], c, put_row, w)) {
			break;
		}
	}
	free(plans);
}

static void put_collection(const struct answer_from *from, enum of1_collection c, int64_t until_ns, struct writer *w)
{
	const struct sessions *s = from->sessions;
	struct seen meetings = {.n = 0};

	for (uint32_t i = 0; i < s->n; i++) {
		const struct f1p_ev_session *ev = openf1_rows_session(s->rows[i]);
		bool again = c == OF1_MEETINGS && ev != NULL && ev->meeting_key != 0 && is_seen(&meetings, ev->meeting_key);

		if (!again && !openf1_rows_each_until(s->rows[i], c, until_ns, put_row, w)) {
			return;
		}
	}
	if ((c == OF1_SESSIONS || c == OF1_MEETINGS) && from->schedule != NULL) {
		put_calendar(from, c, w);
	}
}

/* ---- answers ---- */

static void refuse(struct f1p_response *response, uint32_t status, const char *why)
{
	struct f1p_json json;
	const char *text = NULL;
	size_t n = 0;

	f1p_json_init(&json);
	f1p_json_object(&json);
	f1p_json_key(&json, "detail");
	f1p_json_str(&json, why);
	f1p_json_end(&json);
	text = f1p_json_text(&json, &n);
	response->status = status;
	response->content_type = "application/json";
	if (text != NULL) {
		response->append(response, text, n);
	}
	f1p_json_finish(&json);
}

static void send_rows(struct writer *w, enum of1_collection c, struct f1p_response *response)
{
	char file[64];

	if (!w->query->csv) {
		put(w, "]", 1);
	}
	if (w->no_memory) {
		refuse(response, 500, "Memory is short.");
		return;
	}
	if (w->too_large) {
		refuse(response, 422,
			"The answer is larger than 16 MiB: ask for less, for example by driver_number and a range of date.");
		return;
	}
	response->content_type = w->query->csv ? "text/csv; charset=utf-8" : "application/json";
	if (w->query->csv && F1P_HAS(response, struct f1p_response, header) && response->header != NULL) {
		snprintf(file, sizeof(file), "attachment; filename=%s.csv", of1_collection_name(c));
		response->header(response, "content-disposition", file);
	}
	if (response->append(response, w->text, w->n) != F1P_OK) {
		response->status = 500;
	}
}

static void set_latest(const struct answer_from *from, struct query *q, int64_t until_ns)
{
	const struct openf1_rows *rows =
		sessions_latest(from->sessions, until_ns != F1P_UNKNOWN_NS ? until_ns : from->host->now_utc_ns(from->host));
	const struct f1p_ev_session *ev = rows != NULL ? openf1_rows_session(rows) : NULL;

	query_set_latest(q, "session_key", ev != NULL ? ev->session_key : 0);
	query_set_latest(q, "meeting_key", ev != NULL ? ev->meeting_key : 0);
}

/* The word behind the base, in any case. */
static enum of1_collection collection_of(const char *base, const char *path)
{
	char name[32] = "";
	size_t n = strlen(base), at = 0;

	for (path += strncmp(path, base, n) == 0 ? n : 0; *path == '/'; path++) {
	}
	for (; path[at] != '\0' && at + 1 < sizeof(name); at++) {
		name[at] = path[at] >= 'A' && path[at] <= 'Z' ? (char)(path[at] | 0x20) : path[at];
	}
	if (path[at] != '\0') {
		return OF1_NONE;
	}
	at -= at > 0 && name[at - 1] == '/';
	return of1_collection_find(name, at);
}

void answer_request(
	const struct answer_from *from, const char *base, const struct f1p_request *request, struct f1p_response *response)
{
	enum of1_collection c = collection_of(base, request->path);
	struct query query;
	struct writer w = {.query = &query};
	const char *why = "";

	if (c == OF1_NONE) {
		refuse(response, 404, "Not Found");
		return;
	}
	if (request->method != F1P_GET) {
		refuse(response, 405, "Method Not Allowed");
		return;
	}
	if (!query_read(&query, request->query, &why)) {
		refuse(response, 422, why);
		return;
	}
	set_latest(from, &query, request->until_ns);
	f1p_json_init(&w.json);
	put_collection(from, c, request->until_ns, &w);
	if (w.rows == 0 && !w.no_memory && !w.too_large) {
		refuse(response, 404, "No results found.");
	} else {
		send_rows(&w, c, response);
	}
	f1p_json_finish(&w.json);
	free(w.text);
}

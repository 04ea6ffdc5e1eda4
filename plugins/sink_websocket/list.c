/*
 * list.c - see list.h.
 */
#include "list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cut.h"
#include "helpers/encode_keys.h"

#define MORE_MAX 8u

static bool bad(struct answer *a, const char *detail)
{
	answer_problem(a, 400, "Bad request", detail);
	return false;
}

/* Leaves *out as it is when the argument is absent. */
static bool read_number(const struct request *r, struct answer *a, const char *name, uint32_t least, uint32_t most, uint32_t *out)
{
	char text[16], detail[96];
	int found = request_argument(r->query, name, text, sizeof(text));
	if (found == 0) {
		return true;
	}
	unsigned long v = strtoul(text, NULL, 10);
	if (found < 0 || text[0] == '\0' || strspn(text, "0123456789") != strlen(text) || v < least || v > most) {
		snprintf(detail, sizeof(detail), "%s is a whole number from %u to %u, given once", name, least, most);
		return bad(a, detail);
	}
	*out = (uint32_t)v;
	return true;
}

static bool check_names(const struct request *r, struct answer *a, uint32_t takes, const char *const *more)
{
	const char *known[MORE_MAX + 8] = {"limit", "offset"};
	char other[40], detail[300];
	size_t n = 2, at;
	if (takes & LIST_DRIVER) {
		known[n++] = "driver";
		known[n++] = "car";
	}
	if (takes & LIST_LAPS) {
		known[n++] = "from_lap";
		known[n++] = "to_lap";
	}
	for (size_t i = 0; more && more[i] && i < MORE_MAX; i++) {
		known[n++] = more[i];
	}
	known[n] = "delay"; /* the server's own, for every address */
	if (request_arguments_known(r->query, known, other, sizeof(other))) {
		return true;
	}
	at = (size_t)snprintf(detail, sizeof(detail), "unknown argument %.30s; known here are", other);
	for (size_t i = 0; i < n; i++) {
		at += (size_t)snprintf(detail + at, sizeof(detail) - at, "%s %s", i ? "," : "", known[i]);
	}
	return bad(a, detail);
}

static bool read_drivers(struct list *l, const char *name, const struct f1p_state *st)
{
	char text[256], err[120];
	int found = request_argument(l->request->query, name, text, sizeof(text));
	if (found == 0) {
		return true;
	}
	if (found < 0 || l->drivers.n_drivers) {
		return bad(l->answer, "drivers are car numbers or codes, divided by commas, given once");
	}
	return filter_read_lists(&l->drivers, NULL, text, st, err, sizeof(err)) || bad(l->answer, err);
}

bool list_read(struct list *l, const struct request *r, struct answer *a, uint32_t takes, const char *const *more, const struct f1p_state *st)
{
	uint32_t from = 1, to = F1P_MAX_LAPS;
	memset(l, 0, sizeof(*l));
	l->answer = a;
	l->request = r;
	l->limit = LIST_LIMIT;
	if (!check_names(r, a, takes, more) || !read_number(r, a, "limit", 1, LIST_LIMIT_MAX, &l->limit) ||
		!read_number(r, a, "offset", 0, 1000000, &l->offset)) {
		return false;
	}
	if ((takes & LIST_LAPS) && (!read_number(r, a, "from_lap", 1, F1P_MAX_LAPS, &from) || !read_number(r, a, "to_lap", 1, F1P_MAX_LAPS, &to))) {
		return false;
	}
	l->from_lap = (int32_t)from;
	l->to_lap = (int32_t)to;
	return !(takes & LIST_DRIVER) || (read_drivers(l, "driver", st) && read_drivers(l, "car", st));
}

void list_open(struct list *l, const char *name, const struct frame *doc)
{
	static const char *const names[] = {"seq", "time", "simulated", NULL};
	struct f1p_json_slice all = cut_whole(doc), session = {NULL, 0};
	f1p_json_init(&l->j);
	f1p_json_object(&l->j);
	cut_copy(&l->j, all, names);
	cut_member(all, "session", &session);
	key_ref(&l->j, "session_key", (uint32_t)cut_number(session, "key", 0));
	f1p_json_key(&l->j, name);
	f1p_json_array(&l->j);
}

bool list_wants_driver(const struct list *l, uint16_t number)
{
	for (uint16_t i = 0; i < l->drivers.n_drivers; i++) {
		if (l->drivers.drivers[i] == number) {
			return true;
		}
	}
	return l->drivers.n_drivers == 0;
}

bool list_row(struct list *l)
{
	uint32_t at = l->total++;
	return at >= l->offset && at - l->offset < l->limit;
}

void list_row_as_it_stands(struct list *l, struct f1p_json_slice row)
{
	if (list_row(l)) {
		f1p_json_raw(&l->j, row.text, row.n);
	}
}

static void add_links(struct list *l)
{
	char without_limit[REQUEST_QUERY], rest[REQUEST_QUERY], links[512];
	size_t n = 0;
	links[0] = '\0';
	request_without(l->request->query, "limit", without_limit);
	request_without(without_limit, "offset", rest);
	if (strlen(rest) > 150 || strlen(l->request->path) > 60) {
		return; /* whoever asks like that can count */
	}
	const char *joint = rest[0] ? "&" : "";
	if (l->offset + l->limit < l->total) {
		n += (size_t)snprintf(links, sizeof(links), "<%s?%s%slimit=%u&offset=%u>; rel=\"next\"", l->request->path, rest, joint,
			l->limit, l->offset + l->limit);
	}
	if (l->offset > 0) {
		snprintf(links + n, sizeof(links) - n, "%s<%s?%s%slimit=%u&offset=%u>; rel=\"prev\"", n ? ", " : "", l->request->path,
			rest, joint, l->limit, l->offset > l->limit ? l->offset - l->limit : 0);
	}
	if (links[0]) {
		answer_header(l->answer, "link", links);
	}
}

void list_close(struct list *l)
{
	f1p_json_end(&l->j);
	key_count(&l->j, "total", l->total);
	key_count(&l->j, "limit", l->limit);
	key_count(&l->j, "offset", l->offset);
	f1p_json_end(&l->j);
	list_answer(l);
}

void list_answer(struct list *l)
{
	*l->answer = (struct answer){.status = 200, .content_type = "application/json"};
	add_links(l);
	answer_json(l->answer, &l->j);
}

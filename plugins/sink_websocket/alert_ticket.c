/*
 * alert_ticket.c - see alert_ticket.h.
 *
 * An alert's id is RUN-NUMBER, its number rises with each: by that is known what was told, also where a viewer goes back.
 */
#include "alert_ticket.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cut.h"
#include "sink_websocket.h"

#define LOOK_MOST 64u /* newest; more in one second are not told one by one */
#define RUN_TEXT 24u

struct alert_ticket {
	char id[SUBSCRIPTION_ID];
	char run[RUN_TEXT]; /* of the newest that was told; "" = none */
	uint64_t number;
};

struct look {
	struct alert_ticket *ticket;
	struct f1p_json_slice news[LOOK_MOST]; /* newest first */
	uint32_t n;
};

static bool ask(struct sink *s, const char *path, const char *query, int64_t until_ns, struct answer *a)
{
	struct request r = {.method = F1P_GET, .scopes = F1P_SCOPE_READ, .body = "", .until_ns = until_ns};
	snprintf(r.query, sizeof(r.query), "%s", query);
	if (answer_from_routes(s->host, s->routes, &r, path, a) == F1P_OK && a->status == 200 && a->body) {
		return true;
	}
	frame_unref(a->body);
	answer_finish(a);
	return false;
}

bool alert_ticket_known(struct sink *s, const char *id)
{
	struct answer a = {0};
	char path[64];
	if (id[0] != 'r' || id[1] == '\0' || strspn(id + 1, "0123456789") != strlen(id + 1)) {
		return false;
	}
	snprintf(path, sizeof(path), "/api/v1/subscriptions/%s", id);
	if (!ask(s, path, "", F1P_UNKNOWN_NS, &a)) {
		return false;
	}
	frame_unref(a.body);
	answer_finish(&a);
	return true;
}

/* False: it has not the form of an alert's id. */
static bool split_id(struct f1p_json_slice text, char run[RUN_TEXT], uint64_t *number)
{
	char id[64], *dash;
	if (text.n < 2 || text.n - 2 >= sizeof(id)) {
		return false;
	}
	memcpy(id, text.text + 1, text.n - 2);
	id[text.n - 2] = '\0';
	dash = strrchr(id, '-');
	if (!dash || (size_t)(dash - id) >= RUN_TEXT) {
		return false;
	}
	*dash = '\0';
	strcpy(run, id);
	*number = strtoull(dash + 1, NULL, 10);
	return true;
}

static void take(void *arg, struct f1p_json_slice alert)
{
	struct look *l = arg;
	struct f1p_json_slice id;
	char run[RUN_TEXT];
	uint64_t number = 0;
	if (l->n < LOOK_MOST && cut_member(alert, "id", &id) && split_id(id, run, &number) &&
		(strcmp(run, l->ticket->run) != 0 || number > l->ticket->number)) {
		l->news[l->n++] = alert;
	}
}

static void remember(struct look *l)
{
	struct f1p_json_slice id;
	if (l->n > 0 && cut_member(l->news[0], "id", &id)) {
		split_id(id, l->ticket->run, &l->ticket->number);
	}
}

static struct frame *message(struct sink *s, const struct look *l, uint64_t told)
{
	struct f1p_json j;
	f1p_json_init(&j);
	stream_begin(&j, &s->stream, "alerts", told);
	f1p_json_key(&j, "alerts");
	f1p_json_array(&j);
	for (uint32_t i = l->n; i-- > 0;) {
		f1p_json_raw(&j, l->news[i].text, l->news[i].n);
	}
	f1p_json_end(&j);
	f1p_json_end(&j);
	return frame_of_json(0, &j);
}

/* The answer with the rule's alerts up to `position`, of which those that are new are in *l; NULL: nobody answers. */
static struct frame *look(struct sink *s, struct alert_ticket *t, uint64_t position, struct look *l)
{
	struct answer a = {0};
	struct f1p_json_slice alerts = {NULL, 0};
	char query[64];
	*l = (struct look){.ticket = t};
	snprintf(query, sizeof(query), "subscription=%s&limit=%u", t->id, LOOK_MOST);
	if (!ask(s, "/api/v1/alerts", query, stream_seen_until(&s->stream, position), &a)) {
		return NULL;
	}
	answer_finish(&a);
	cut_member((struct f1p_json_slice){frame_text(a.body), a.body->length}, "alerts", &alerts);
	cut_each(alerts, take, l);
	return a.body;
}

struct alert_ticket *alert_ticket_create(struct sink *s, const char *id, uint64_t position)
{
	struct alert_ticket *t = calloc(1, sizeof(*t));
	struct look l;
	if (t) {
		snprintf(t->id, sizeof(t->id), "%s", id);
		struct frame *body = look(s, t, position, &l);
		remember(&l);
		frame_unref(body);
	}
	return t;
}

void alert_ticket_destroy(struct alert_ticket *t)
{
	free(t);
}

struct frame *alert_ticket_look(struct sink *s, struct alert_ticket *t, uint64_t position, uint64_t told)
{
	struct look l;
	struct frame *body = look(s, t, position, &l), *made = l.n > 0 ? message(s, &l, told) : NULL;
	if (made) {
		remember(&l);
	}
	frame_unref(body);
	return made;
}

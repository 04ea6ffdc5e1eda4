/* book.c - see book.h. */
#include "book.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpers/encode.h"

void subscription_destroy(struct subscription *s)
{
	if (!s) {
		return;
	}
	if (s->secret) {
		explicit_bzero(s->secret, strlen(s->secret));
	}
	free(s->secret);
	free(s->url);
	free(s);
}

void book_finish(struct book *b)
{
	while (b->n) {
		subscription_destroy(b->items[--b->n]);
	}
}

struct subscription *book_find(struct book *b, const char *id)
{
	for (uint32_t i = 0; i < b->n; i++) {
		if (strcmp(b->items[i]->id, id) == 0) {
			return b->items[i];
		}
	}
	return NULL;
}

bool book_add(struct book *b, struct subscription *s)
{
	if (b->n == BOOK_MAX) {
		return false;
	}
	if (!s->id[0]) {
		snprintf(s->id, sizeof(s->id), "r%llu", (unsigned long long)++b->made);
	}
	b->items[b->n++] = s;
	return true;
}

void book_remove(struct book *b, struct subscription *s)
{
	uint32_t at = 0;

	while (at < b->n && b->items[at] != s) {
		at++;
	}
	if (at == b->n) {
		return;
	}
	memmove(&b->items[at], &b->items[at + 1], (b->n - at - 1) * sizeof(struct subscription *));
	b->n--;
	subscription_destroy(s);
}

/* ------------------------------------------------------------------ shown */

static void encode_drivers(struct f1p_json *j, const struct watch *w, const struct f1p_state *state)
{
	char text[8];

	f1p_json_array(j);
	for (uint32_t i = 0; i < w->n_drivers + w->rule.has_who + w->rule.has_whom; i++) {
		const struct rule_driver *d = i < w->n_drivers			     ? &w->drivers[i]
					      : i == w->n_drivers && w->rule.has_who ? &w->rule.who
										     : &w->rule.whom;
		f1p_json_object(j);
		f1p_json_key(j, "driver");
		rule_driver_text(d, text);
		f1p_json_str(j, text);
		f1p_json_key(j, "known");
		f1p_json_bool(j, state && watch_car(state, d));
		f1p_json_end(j);
	}
	f1p_json_end(j);
}

/* Behind the server's name of a URL may stand what lets anybody in. */
static void encode_webhook(struct f1p_json *j, const struct subscription *s, bool with_secret)
{
	const char *host = s->url ? strstr(s->url, "://") : NULL;
	size_t n = 0;

	if (!host) {
		f1p_json_null(j);
		return;
	}
	n = (size_t)(host + 3 - s->url) + strcspn(host + 3, "/?#");
	f1p_json_object(j);
	f1p_json_key(j, "server");
	f1p_json_strn(j, s->url, n);
	if (with_secret && s->secret_made) {
		f1p_json_key(j, "secret");
		f1p_json_str(j, s->secret);
	}
	f1p_json_end(j);
}

static void member_uint(struct f1p_json *j, const char *key, uint64_t v)
{
	f1p_json_key(j, key);
	f1p_json_uint(j, v);
}

void subscription_encode(struct f1p_json *j, const struct subscription *s, const struct f1p_state *state, bool with_secret)
{
	char text[RULE_TEXT], ws[SUBSCRIPTION_ID + 48];

	snprintf(ws, sizeof(ws), "/ws/live-predictions?subscription=%s", s->id);
	f1p_json_object(j);
	f1p_json_key(j, "id");
	f1p_json_str(j, s->id);
	f1p_json_key(j, "rule");
	rule_text(&s->watch.rule, text);
	f1p_json_str(j, text);
	f1p_json_key(j, "repeat");
	f1p_json_str(j, s->once ? "once" : "every");
	f1p_json_key(j, "status");
	f1p_json_str(j, s->done ? "done" : s->paused ? "paused" : "active");
	f1p_json_key(j, "drivers");
	encode_drivers(j, &s->watch, state);
	f1p_json_key(j, "webhook");
	encode_webhook(j, s, with_secret);
	f1p_json_key(j, "ws"); /* the ticket: what sink_websocket serves its alerts at */
	f1p_json_str(j, ws);
	member_uint(j, "delay_s", (uint64_t)s->delay_s);
	f1p_json_key(j, "no_spoiler");
	f1p_json_bool(j, s->no_spoiler);
	member_uint(j, "cooldown_s", (uint64_t)(s->watch.cooldown_ns / 1000000000));
	f1p_json_key(j, "hysteresis_points");
	f1p_json_num(j, s->watch.hysteresis / 100.0, 2);
	member_uint(j, "alerts", s->alerts);
	member_uint(j, "delivered", s->delivered);
	member_uint(j, "failed", s->failed);
	f1p_json_key(j, "last_alert");
	f1p_encode_time(j, s->t_told_ns);
	f1p_json_end(j);
}

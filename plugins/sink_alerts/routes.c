/*
 * routes.c - /api/v1/subscriptions and /api/v1/alerts. Called on any thread, by several at once.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpers/encode.h"
#include "sink_alerts.h"

#define SUBSCRIPTIONS "/api/v1/subscriptions"
#define ALERTS "/api/v1/alerts"
#define ALERTS_SHOWN 50
#define SECRET_BYTES 32u

/* ------------------------------------------------------------------ answers */

static void put_json(struct f1p_response *r, uint32_t status, struct f1p_json *j)
{
	size_t n = 0;
	const char *text = f1p_json_text(j, &n);

	r->status = text ? status : 500;
	r->content_type = status >= 400 ? "application/problem+json" : "application/json";
	if (text) {
		r->append(r, text, n);
	}
	f1p_json_finish(j);
}

static void problem(struct f1p_response *r, uint32_t status, const char *title, const char *detail)
{
	struct f1p_json j;

	f1p_json_init(&j);
	f1p_json_problem(&j, status, title, detail);
	put_json(r, status, &j);
}

static void no_method(struct f1p_response *r, const char *allow)
{
	problem(r, 405, "Method not allowed", allow);
	if (r->header) {
		r->header(r, "allow", allow);
	}
}

static void not_found(struct f1p_response *r)
{
	problem(r, 404, "Not found", "there is no such subscription; GET " SUBSCRIPTIONS " lists them");
}

static const struct f1p_state *acquire(const struct sink_alerts *s)
{
	return s->bus ? s->bus->state_acquire(s->host) : NULL;
}

static void release(const struct sink_alerts *s, const struct f1p_state *state)
{
	if (state) {
		s->bus->state_release(s->host, state);
	}
}

/* ------------------------------------------------------------------ what may be seen */

/* A viewer who is behind, and a subscription that is, both wait. */
static bool may_see(const struct alert *a, int64_t until_ns, int64_t now_ns)
{
	if (until_ns != F1P_UNKNOWN_NS && a->t_ns > until_ns) {
		return false;
	}
	return !a->delayed || (now_ns != F1P_UNKNOWN_NS && a->shown_ns <= now_ns);
}

/* A subscription as whoever asks may know it: that it spoke would be told by its numbers too. */
static void as_seen(const struct sink_alerts *s, const struct subscription *sub, int64_t until_ns, struct subscription *out)
{
	int64_t now_ns = s->host->now_utc_ns(s->host), newest_ns = F1P_UNKNOWN_NS;
	uint64_t kept = s->n_recent < RECENT_MAX ? s->n_recent : RECENT_MAX, hidden = 0;

	*out = *sub;
	if (sub->alerts == 0 || (until_ns == F1P_UNKNOWN_NS && sub->delay_s == 0)) {
		return;
	}
	for (uint64_t i = 0; i < kept; i++) {
		const struct alert *a = &s->recent[i];
		if (a->test || strcmp(a->subscription, sub->id) != 0) {
			continue;
		}
		if (!may_see(a, until_ns, now_ns)) {
			hidden++;
		} else {
			newest_ns = a->t_ns > newest_ns ? a->t_ns : newest_ns;
		}
	}
	if (hidden > 0) {
		out->alerts = sub->alerts > hidden ? sub->alerts - hidden : 0;
		out->done = false;
		out->t_told_ns = newest_ns;
		out->delivered = sub->delivered < out->alerts ? sub->delivered : out->alerts;
		out->failed = sub->failed < out->alerts ? sub->failed : out->alerts;
	}
}

static void encode_seen(struct f1p_json *j, const struct sink_alerts *s, const struct subscription *sub, int64_t until_ns,
	const struct f1p_state *state)
{
	struct subscription seen;

	as_seen(s, sub, until_ns, &seen);
	subscription_encode(j, &seen, state, false);
}

/* ------------------------------------------------------------------ POST */

static bool make_secret(struct sink_alerts *s, struct subscription *sub)
{
	uint8_t bytes[SECRET_BYTES];

	if (sub->secret) {
		return true;
	}
	sub->secret = malloc(2 * SECRET_BYTES + 1);
	if (!sub->secret || !s->webhooks->random(s->host, bytes, sizeof(bytes))) {
		return false;
	}
	for (size_t i = 0; i < SECRET_BYTES; i++) {
		snprintf(sub->secret + 2 * i, 3, "%02x", bytes[i]);
	}
	explicit_bzero(bytes, sizeof(bytes));
	sub->secret_made = true;
	return true;
}

/* The webhook can be used; else it is answered. */
static bool hook_ok(struct sink_alerts *s, struct subscription *sub, struct f1p_response *r)
{
	if (!sub->url) {
		return true;
	}
	if (!s->webhooks) {
		problem(r, 422, "No webhooks", "this host sends no webhooks; leave webhook out");
		return false;
	}
	if (s->webhooks->check(s->host, sub->url, sink_hook_flags(s)) != F1P_OK) {
		problem(r, 422, "The webhook's URL is refused",
			s->config.allow_private && s->config.allow_http
				? "it must be an URL without user and password, http:// or https://"
				: "it must be https:// (see allow_http), without user and password, and may not lead to this "
				  "machine or into a "
				  "private network (see allow_private)");
		return false;
	}
	if (!make_secret(s, sub)) {
		problem(r, 503, "No secret", "there is no randomness for a secret; give one, or try again");
		return false;
	}
	return true;
}

static void answer_created(struct sink_alerts *s, const struct subscription *sub, struct f1p_json *j)
{
	const struct f1p_state *state = acquire(s);

	f1p_json_init(j);
	subscription_encode(j, sub, state, true);
	release(s, state);
}

static void create(struct sink_alerts *s, const struct f1p_request *q, struct f1p_response *r)
{
	char err[300] = "", location[64];
	struct subscription *sub = subscription_read(q->body, (size_t)q->body_n, err, sizeof(err));
	struct f1p_json j;
	bool added;

	if (!sub) {
		problem(r, 400, "Bad request", err);
		return;
	}
	if (!hook_ok(s, sub, r)) {
		subscription_destroy(sub);
		return;
	}
	pthread_mutex_lock(&s->lock);
	added = book_add(&s->book, sub);
	if (added) {
		snprintf(location, sizeof(location), SUBSCRIPTIONS "/%s", sub->id);
		answer_created(s, sub, &j);
		s->changed = true;
	}
	pthread_mutex_unlock(&s->lock);
	if (!added) {
		subscription_destroy(sub);
		problem(r, 503, "Too many subscriptions", "there are 1,000 already: delete some");
		return;
	}
	keep_save(s);
	put_json(r, 201, &j);
	if (r->header) {
		r->header(r, "location", location);
	}
}

static void test(struct sink_alerts *s, const char *id, struct f1p_response *r)
{
	const struct f1p_state *state = acquire(s);
	struct subscription *sub;
	struct alert a;
	struct f1p_json j;

	f1p_json_init(&j);
	pthread_mutex_lock(&s->lock);
	sub = book_find(&s->book, id);
	if (sub) {
		speak_test(s, sub, state, &a);
	}
	pthread_mutex_unlock(&s->lock);
	release(s, state);
	if (!sub) {
		f1p_json_finish(&j);
		not_found(r);
		return;
	}
	alert_encode(&j, &a);
	put_json(r, 202, &j);
}

/* ------------------------------------------------------------------ PATCH, DELETE */

static bool read_paused(const char *body, size_t n, bool *paused)
{
	struct f1p_json_slice key, value;
	struct f1p_json_cutter c;

	return f1p_json_read(&(const struct f1p_json_handler){0}, NULL, body, n, NULL, 0) == F1P_OK &&
	       f1p_json_cut_begin(&c, body, n) && c.closing == '}' && f1p_json_cut_next(&c, &key, &value) == F1P_OK &&
	       f1p_json_slice_is(key, "paused") && field_bool(value, paused) && f1p_json_cut_next(&c, &key, &value) == F1P_END;
}

static void pause_one(struct sink_alerts *s, const char *id, const struct f1p_request *q, struct f1p_response *r)
{
	const struct f1p_state *state = NULL;
	struct subscription *sub;
	struct f1p_json j;
	bool paused;

	if (!read_paused(q->body, (size_t)q->body_n, &paused)) {
		problem(r, 400, "Bad request", "{\"paused\": true} or {\"paused\": false} is expected");
		return;
	}
	f1p_json_init(&j);
	state = acquire(s);
	pthread_mutex_lock(&s->lock);
	sub = book_find(&s->book, id);
	if (sub) {
		sub->paused = paused;
		s->changed = true;
		encode_seen(&j, s, sub, q->until_ns, state);
	}
	pthread_mutex_unlock(&s->lock);
	release(s, state);
	if (!sub) {
		f1p_json_finish(&j);
		not_found(r);
		return;
	}
	keep_save(s);
	put_json(r, 200, &j);
}

static void delete_one(struct sink_alerts *s, const char *id, struct f1p_response *r)
{
	struct subscription *sub;

	pthread_mutex_lock(&s->lock);
	sub = book_find(&s->book, id);
	if (sub) {
		outbox_drop(&s->outbox, sub->id);
		book_remove(&s->book, sub);
		s->changed = true;
	}
	pthread_mutex_unlock(&s->lock);
	if (!sub) {
		not_found(r);
		return;
	}
	keep_save(s);
	r->status = 204;
}

/* ------------------------------------------------------------------ GET */

static void list(struct sink_alerts *s, const struct f1p_request *q, struct f1p_response *r)
{
	const struct f1p_state *state = acquire(s);
	struct f1p_json j;

	f1p_json_init(&j);
	f1p_json_object(&j);
	f1p_json_key(&j, "subscriptions");
	f1p_json_array(&j);
	pthread_mutex_lock(&s->lock);
	for (uint32_t i = 0; i < s->book.n; i++) {
		encode_seen(&j, s, s->book.items[i], q->until_ns, state);
	}
	pthread_mutex_unlock(&s->lock);
	f1p_json_end(&j);
	f1p_json_end(&j);
	release(s, state);
	put_json(r, 200, &j);
}

static void show(struct sink_alerts *s, const char *id, const struct f1p_request *q, struct f1p_response *r)
{
	const struct f1p_state *state = acquire(s);
	const struct subscription *sub;
	struct f1p_json j;

	f1p_json_init(&j);
	pthread_mutex_lock(&s->lock);
	sub = book_find(&s->book, id);
	if (sub) {
		encode_seen(&j, s, sub, q->until_ns, state);
	}
	pthread_mutex_unlock(&s->lock);
	release(s, state);
	if (sub) {
		put_json(r, 200, &j);
	} else {
		f1p_json_finish(&j);
		not_found(r);
	}
}

static void dead_letters(struct sink_alerts *s, const struct f1p_request *q, struct f1p_response *r)
{
	struct f1p_json j;

	f1p_json_init(&j);
	f1p_json_object(&j);
	pthread_mutex_lock(&s->lock);
	outbox_encode_dead(&s->outbox, q->until_ns, &j);
	pthread_mutex_unlock(&s->lock);
	f1p_json_end(&j);
	put_json(r, 200, &j);
}

/* What GET /api/v1/alerts asks for. */
struct alerts_wish {
	int64_t limit;
	char subscription[SUBSCRIPTION_ID]; /* "" = all */
};

/* One argument; given twice it is refused. */
static bool take_argument(struct alerts_wish *w, const char *text, size_t n)
{
	const char *value = memchr(text, '=', n);
	size_t name_n = value ? (size_t)(value - text) : n, value_n = value ? n - name_n - 1 : 0;

	if (name_n == 5 && memcmp(text, "limit", 5) == 0) {
		return w->limit == 0 && field_number((struct f1p_json_slice){text + 6, value_n}, 0, 1, RECENT_MAX, &w->limit);
	}
	if (name_n == 12 && memcmp(text, "subscription", 12) == 0 && !w->subscription[0] && value_n > 0 &&
		value_n < sizeof(w->subscription)) {
		memcpy(w->subscription, value + 1, value_n);
		return true;
	}
	return name_n == 5 && memcmp(text, "delay", 5) == 0; /* the server has dealt with it: until_ns */
}

static bool read_alerts_wish(struct alerts_wish *w, const char *query)
{
	*w = (struct alerts_wish){0};
	for (const char *at = query; *at; at += *at == '&') {
		size_t n = strcspn(at, "&");
		if (n > 0 && !take_argument(w, at, n)) {
			return false;
		}
		at += n;
	}
	w->limit = w->limit ? w->limit : ALERTS_SHOWN;
	return true;
}

/* What may be seen, last shown first: a delayed alert is new when it appears. Returns how many. */
static size_t seen_alerts(
	const struct sink_alerts *s, const char *subscription, int64_t until_ns, const struct alert *out[static RECENT_MAX])
{
	int64_t now_ns = s->host->now_utc_ns(s->host);
	uint64_t kept = s->n_recent < RECENT_MAX ? s->n_recent : RECENT_MAX;
	size_t n = 0;

	for (uint64_t i = 0; i < kept; i++) {
		const struct alert *a = &s->recent[(s->n_recent - 1 - i) % RECENT_MAX];
		size_t at = n;
		if ((subscription[0] && strcmp(a->subscription, subscription) != 0) || !may_see(a, until_ns, now_ns)) {
			continue;
		}
		for (; at > 0 && out[at - 1]->shown_ns < a->shown_ns; at--) {
			out[at] = out[at - 1];
		}
		out[at] = a;
		n++;
	}
	return n;
}

static void alerts(struct sink_alerts *s, const struct f1p_request *q, struct f1p_response *r)
{
	const struct alert *seen[RECENT_MAX];
	struct alerts_wish wish;
	size_t n;
	struct f1p_json j;

	if (!read_alerts_wish(&wish, q->query)) {
		problem(r, 400, "Bad request", "known are limit (1 to 512), subscription (its id) and delay, each given once");
		return;
	}
	f1p_json_init(&j);
	f1p_json_object(&j);
	f1p_json_key(&j, "alerts");
	f1p_json_array(&j);
	pthread_mutex_lock(&s->lock);
	n = seen_alerts(s, wish.subscription, q->until_ns, seen);
	for (size_t i = 0; i < n && (int64_t)i < wish.limit; i++) {
		alert_encode(&j, seen[i]);
	}
	pthread_mutex_unlock(&s->lock);
	f1p_json_end(&j);
	f1p_json_end(&j);
	put_json(r, 200, &j);
}

/* ------------------------------------------------------------------ trees */

static bool may_change(const struct f1p_request *q, struct f1p_response *r)
{
	if (q->method == F1P_GET || (q->scopes & F1P_SCOPE_CONTROL)) {
		return true;
	}
	problem(r, 403, "Forbidden", "subscriptions are changed with the scope control");
	return false;
}

static void on_one(struct sink_alerts *s, const char *id, const struct f1p_request *q, struct f1p_response *r)
{
	switch (q->method) {
	case F1P_GET:
		show(s, id, q, r);
		break;
	case F1P_PATCH:
		pause_one(s, id, q, r);
		break;
	case F1P_DELETE:
		delete_one(s, id, r);
		break;
	default:
		no_method(r, "GET, PATCH, DELETE");
	}
}

static void on_all(struct sink_alerts *s, const struct f1p_request *q, struct f1p_response *r)
{
	if (q->method == F1P_POST) {
		create(s, q, r);
	} else if (q->method == F1P_GET) {
		list(s, q, r);
	} else {
		no_method(r, "GET, POST");
	}
}

static void on_subscriptions(void *arg, const struct f1p_request *q, struct f1p_response *r)
{
	struct sink_alerts *s = arg;
	const char *at = q->path + strlen(SUBSCRIPTIONS);
	char id[SUBSCRIPTION_ID], rest[8] = "";
	int n = 0;

	if (!may_change(q, r)) {
		return;
	}
	if (!at[0]) {
		on_all(s, q, r);
	} else if (strcmp(at, "/dead-letters") == 0) {
		if (q->method == F1P_GET) {
			dead_letters(s, q, r);
		} else {
			no_method(r, "GET");
		}
	} else if (sscanf(at, "/%23[^/]%n%7s", id, &n, rest) < 1 || (rest[0] && strcmp(rest, "/test") != 0) ||
		   (!rest[0] && at[n])) {
		not_found(r);
	} else if (!rest[0]) {
		on_one(s, id, q, r);
	} else if (q->method == F1P_POST) {
		test(s, id, r);
	} else {
		no_method(r, "POST");
	}
}

static void on_alerts(void *arg, const struct f1p_request *q, struct f1p_response *r)
{
	if (q->path[strlen(ALERTS)]) {
		problem(r, 404, "Not found", "there is nothing below " ALERTS);
	} else if (q->method == F1P_GET) {
		alerts(arg, q, r);
	} else {
		no_method(r, "GET");
	}
}

f1p_status routes_add(struct sink_alerts *s)
{
	f1p_status rc;

	if (!s->routes || !F1P_HAS(s->routes, struct f1p_routes, add_tree) || !s->routes->add_tree) {
		s->host->log(
			s->host, F1P_LOG_WARN, "this host has no trees of routes (%s): nobody can subscribe", F1P_EXT_ROUTES);
		return F1P_OK;
	}
	rc = s->routes->add_tree(s->host, SUBSCRIPTIONS, on_subscriptions, s);
	return rc == F1P_OK ? s->routes->add_tree(s->host, ALERTS, on_alerts, s) : rc;
}

void routes_remove(struct sink_alerts *s)
{
	if (s->routes) {
		s->routes->remove(s->host, SUBSCRIPTIONS);
		s->routes->remove(s->host, ALERTS);
	}
}

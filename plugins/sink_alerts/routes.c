/* routes.c - /api/v1/subscriptions. Called on any thread, by several at once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sink_alerts.h"

#define SUBSCRIPTIONS "/api/v1/subscriptions"
#define SECRET_BYTES 32u

static void not_found(struct f1p_response *r)
{
	reply_problem(r, 404, "Not found", "there is no such subscription; GET " SUBSCRIPTIONS " lists them");
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

static void encode_seen(struct f1p_json *j, const struct sink_alerts *s, const struct subscription *sub, int64_t until_ns,
	const struct f1p_state *state)
{
	struct subscription seen;

	seen_subscription(s, sub, until_ns, &seen);
	subscription_encode(j, &seen, state, false);
}

/* ------------------------------------------------------------------ POST */

static bool make_secret(struct sink_alerts *s, struct subscription *sub)
{
	uint8_t bytes[SECRET_BYTES];

	if (sub->secret) {
		return true;
	}
	sub->secret = calloc(1, 2 * SECRET_BYTES + 1);
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
		reply_problem(r, 422, "No webhooks", "this host sends no webhooks; leave webhook out");
		return false;
	}
	if (s->webhooks->check(s->host, sub->url, sink_hook_flags(s)) != F1P_OK) {
		reply_problem(r, 422, "The webhook's URL is refused",
			s->config.allow_private && s->config.allow_http
				? "it must be an URL without user and password, http:// or https://"
				: "it must be https:// (see allow_http), without user and password, and may not lead to this "
				  "machine or into a "
				  "private network (see allow_private)");
		return false;
	}
	if (!make_secret(s, sub)) {
		reply_problem(r, 503, "No secret", "there is no randomness for a secret; give one, or try again");
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
		reply_problem(r, 400, "Bad request", err);
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
		reply_problem(r, 503, "Too many subscriptions", "there are 1,000 already: delete some");
		return;
	}
	keep_save(s);
	reply_json(r, 201, &j);
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
	reply_json(r, 202, &j);
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
		reply_problem(r, 400, "Bad request", "{\"paused\": true} or {\"paused\": false} is expected");
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
	reply_json(r, 200, &j);
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
	reply_json(r, 200, &j);
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
		reply_json(r, 200, &j);
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
	reply_json(r, 200, &j);
}

/* ------------------------------------------------------------------ trees */

static bool may_change(const struct f1p_request *q, struct f1p_response *r)
{
	if (q->method == F1P_GET || (q->scopes & F1P_SCOPE_CONTROL)) {
		return true;
	}
	reply_problem(r, 403, "Forbidden", "subscriptions are changed with the scope control");
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
		reply_no_method(r, "GET, PATCH, DELETE");
	}
}

static void on_all(struct sink_alerts *s, const struct f1p_request *q, struct f1p_response *r)
{
	if (q->method == F1P_POST) {
		create(s, q, r);
	} else if (q->method == F1P_GET) {
		list(s, q, r);
	} else {
		reply_no_method(r, "GET, POST");
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
			reply_no_method(r, "GET");
		}
	} else if (sscanf(at, "/%23[^/]%n%7s", id, &n, rest) < 1 || (rest[0] && strcmp(rest, "/test") != 0) ||
		   (!rest[0] && at[n])) {
		not_found(r);
	} else if (!rest[0]) {
		on_one(s, id, q, r);
	} else if (q->method == F1P_POST) {
		test(s, id, r);
	} else {
		reply_no_method(r, "POST");
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
	return rc == F1P_OK ? s->routes->add_tree(s->host, ROUTE_ALERTS, route_alerts, s) : rc;
}

void routes_remove(struct sink_alerts *s)
{
	if (s->routes) {
		s->routes->remove(s->host, SUBSCRIPTIONS);
		s->routes->remove(s->host, ROUTE_ALERTS);
	}
}

/*
 * subscribe.c - POST /api/v1/prediction/subscribe: a ticket for a socket; rules and webhooks go to whoever serves them.
 */
#include "api.h"

#include <stdio.h>
#include <string.h>

#include "helpers/json_reader.h"
#include "sink_websocket.h"

#define RULES_PATH "/api/v1/subscriptions"

/* A rule or a webhook is asked for; malformed text is left to whoever reads it wholly. */
static bool names_a_rule(const char *body, size_t n)
{
	struct f1p_json_cutter c;
	struct f1p_json_slice key, value;
	if (!f1p_json_cut_begin(&c, body, n)) {
		return false;
	}
	while (f1p_json_cut_next(&c, &key, &value) == F1P_OK) {
		if (f1p_json_slice_is(key, "rule") || f1p_json_slice_is(key, "webhook")) {
			return true;
		}
	}
	return false;
}

static void pass_on(struct sink *s, const struct request *r, struct answer *a)
{
	if (!(r->scopes & F1P_SCOPE_CONTROL)) {
		answer_problem(a, 403, "Forbidden", "a rule or a webhook needs a token with the scope control");
	} else if (answer_from_routes(s->host, s->routes, r, RULES_PATH, a) != F1P_OK) {
		answer_problem(a, 404, "Not found", "nobody serves rules and webhooks; enable sink_alerts");
	}
}

static void give_ticket(struct sink *s, const struct subscription *sub, struct answer *a)
{
	struct f1p_json j;
	char ws[96];
	snprintf(ws, sizeof(ws), WS_PATH "?subscription=%s", sub->id);
	*a = (struct answer){.status = 201, .content_type = "application/json"};
	f1p_json_init(&j);
	f1p_json_object(&j);
	f1p_json_key(&j, "subscription");
	f1p_json_str(&j, sub->id);
	f1p_json_key(&j, "ws");
	f1p_json_str(&j, ws);
	f1p_json_key(&j, "expires_unused_s");
	f1p_json_uint(&j, SUBSCRIPTION_UNUSED_US / 1000000);
	f1p_json_key(&j, "simulated");
	f1p_json_bool(&j, s->stream.simulated);
	f1p_json_end(&j);
	answer_json(a, &j);
}

void api_subscribe(struct sink *s, const struct request *r, struct answer *a)
{
	struct filter filter;
	char err[200];
	if (names_a_rule(r->body, r->body_n)) {
		pass_on(s, r, a);
		return;
	}
	if (!filter_read(&filter, r->body, r->body_n, s->stream.state, err, sizeof(err))) {
		answer_problem(a, 400, "Bad request", err);
		return;
	}
	struct subscription *sub = subscriptions_add(&s->subscriptions, &filter, lws_now_usecs());
	if (!sub) {
		answer_problem(a, 503, "Too many subscriptions", "try again when others have expired (10 minutes unused)");
		answer_header(a, "retry-after", "600");
		return;
	}
	give_ticket(s, sub, a);
}

/* routes_alerts.c - GET /api/v1/alerts. Called on any thread, by several at once. */
#include <string.h>

#include "sink_alerts.h"

#define SHOWN 50

struct wish {
	int64_t limit;
	char subscription[SUBSCRIPTION_ID]; /* "" = all */
};

/* One argument; given twice it is refused. */
static bool take_argument(struct wish *w, const char *text, size_t n)
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

static bool read_wish(struct wish *w, const char *query)
{
	*w = (struct wish){0};
	for (const char *at = query; *at; at += *at == '&') {
		size_t n = strcspn(at, "&");
		if (n > 0 && !take_argument(w, at, n)) {
			return false;
		}
		at += n;
	}
	w->limit = w->limit ? w->limit : SHOWN;
	return true;
}

static void alerts(struct sink_alerts *s, const struct f1p_request *q, struct f1p_response *r)
{
	const struct alert *seen[RECENT_MAX];
	struct wish wish;
	size_t n;
	struct f1p_json j;

	if (!read_wish(&wish, q->query)) {
		reply_problem(
			r, 400, "Bad request", "known are limit (1 to 512), subscription (its id) and delay, each given once");
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
	reply_json(r, 200, &j);
}

void route_alerts(void *arg, const struct f1p_request *q, struct f1p_response *r)
{
	if (q->path[strlen(ROUTE_ALERTS)]) {
		reply_problem(r, 404, "Not found", "there is nothing below " ROUTE_ALERTS);
	} else if (q->method == F1P_GET) {
		alerts(arg, q, r);
	} else {
		reply_no_method(r, "GET");
	}
}

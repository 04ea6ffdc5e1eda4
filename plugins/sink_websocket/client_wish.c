/*
 * client_wish.c - what the address of the stream asks for.
 */
#include "sink_websocket.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool subscription_known(struct sink *s, const char *id)
{
	struct subscription *sub = subscriptions_acquire(&s->subscriptions, id, lws_now_usecs());
	subscription_release(sub, lws_now_usecs());
	return sub != NULL;
}

static bool wrong(char *err, size_t err_size, const char *why)
{
	snprintf(err, err_size, "%s", why);
	return false;
}

static bool read_filter(struct sink *s, const struct request *r, struct client_wish *w, char *err, size_t err_size)
{
	char topics[128], drivers[256];
	int has_topics = request_argument(r->query, "topics", topics, sizeof(topics));
	int has_drivers = request_argument(r->query, "drivers", drivers, sizeof(drivers));
	if (has_topics < 0 || has_drivers < 0) {
		return wrong(err, err_size, "topics and drivers are lists divided by commas, each given once");
	}
	w->filtered = has_topics || has_drivers || w->rule;
	if (w->filtered && !filter_read_lists(&w->filter, has_topics ? topics : NULL, has_drivers ? drivers : NULL, s->stream.state, err, err_size)) {
		return false;
	}
	if (w->rule && !has_topics) {
		w->filter.topics = 0; /* of topics nothing was asked for */
	}
	return true;
}

/* 1: read; 0: absent; -1: not one of the words. */
static int read_word(const struct request *r, const char *name, const char *off, const char *on, bool *out)
{
	char text[16];
	int has = request_argument(r->query, name, text, sizeof(text));
	if (has != 1) {
		return has;
	}
	*out = strcmp(text, on) == 0;
	return *out || strcmp(text, off) == 0 ? 1 : -1;
}

bool wish_read(struct sink *s, const struct request *r, struct client_wish *w, char *err, size_t err_size)
{
	static const char *const known[] = {
		"subscription", "topics", "drivers", "from", "delay", "conflate", "format", "token", NULL};
	char other[40];
	*w = (struct client_wish){0};
	if (!request_arguments_known(r->query, known, other, sizeof(other))) {
		snprintf(err, err_size, "unknown argument: %s", other);
		return false;
	}
	if (request_argument(r->query, "subscription", w->subscription, sizeof(w->subscription)) < 0 ||
		(w->subscription[0] && !subscription_known(s, w->subscription) &&
			!(w->rule = alert_ticket_known(s, w->subscription)))) {
		w->gone = true;
		return wrong(err, err_size, "no such subscription; it may have expired");
	}
	if (request_argument(r->query, "from", w->from, sizeof(w->from)) < 0) {
		return wrong(err, err_size, "from is the id or the seq of a message");
	}
	if (request_seconds(r->query, "delay", LANE_DELAY_MAX_S, &w->delay_s) < 0) {
		return wrong(err, err_size, "delay is 0 to 600 seconds");
	}
	if (read_word(r, "conflate", "yes", "no", &w->whole) < 0) {
		return wrong(err, err_size, "conflate is yes or no");
	}
	if (read_word(r, "format", "json", "msgpack", &w->msgpack) < 0) {
		return wrong(err, err_size, "format is json or msgpack");
	}
	return read_filter(s, r, w, err, err_size);
}

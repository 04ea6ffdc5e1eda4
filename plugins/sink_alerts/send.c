/* send.c - see sink_alerts.h. */
#include <stdio.h>
#include <string.h>

#include "sink_alerts.h"

static void settle_one(struct sink_alerts *s, enum outcome outcome, const char *subscription, bool gone)
{
	struct subscription *sub = book_find(&s->book, subscription);

	s->changed = true;
	if (!sub) {
		return;
	}
	sink_count(s, s->m_results[outcome - OUTCOME_DELIVERED]);
	sub->delivered += outcome == OUTCOME_DELIVERED;
	sub->failed += outcome == OUTCOME_DEAD;
	if (outcome == OUTCOME_DEAD) {
		s->host->log(s->host, F1P_LOG_WARN,
			"an alert of the subscription %s could not be delivered; see GET /api/v1/subscriptions/dead-letters",
			subscription);
	}
	if (gone && !sub->paused) {
		sub->paused = true;
		s->host->log(
			s->host, F1P_LOG_WARN, "the receiver of the subscription %s is gone (410): it is paused", subscription);
	}
}

static void settle(struct sink_alerts *s, int64_t mono_ns)
{
	char subscription[SUBSCRIPTION_ID];
	enum outcome outcome;
	bool gone;

	while ((outcome = outbox_settle(&s->outbox, mono_ns, subscription, &gone)) != OUTCOME_NONE) {
		settle_one(s, outcome, subscription, gone);
	}
}

static void post(struct sink_alerts *s, struct delivery *d)
{
	const struct subscription *sub = book_find(&s->book, d->subscription);
	struct f1p_webhook w = {
		.size = sizeof(w), .flags = sink_hook_flags(s), .id = d->id, .body = d->body, .body_bytes = strlen(d->body)};
	f1p_status rc;

	if (!sub || !sub->url) {
		outbox_refuse(d, F1P_EINVAL, "its subscription is gone");
		return;
	}
	w.url = sub->url;
	w.secret = sub->secret;
	rc = s->webhooks ? s->webhooks->post(s->host, &w, outbox_on_result, d) : F1P_EUNSUPPORTED;
	if (rc == F1P_EUNSUPPORTED) {
		outbox_refuse(d, F1P_EINVAL, "this host sends no webhooks");
	} else if (rc != F1P_OK) {
		outbox_refuse(d, rc, rc == F1P_EINVAL ? "the URL is not allowed (any more)" : "too many webhooks wait");
	}
}

/* What is to be sent is written down as being sent before it is: after a crash nothing goes out twice. */
void send_due(struct sink_alerts *s)
{
	struct delivery *due[OUTBOX_SENDING_MAX];
	int64_t mono_ns = s->host->now_mono_ns(s->host);
	uint32_t n = 0;

	pthread_mutex_lock(&s->lock);
	settle(s, mono_ns);
	while (n < OUTBOX_SENDING_MAX && (due[n] = outbox_next(&s->outbox, s->host->now_utc_ns(s->host), mono_ns)) != NULL) {
		n++;
		s->changed = true;
	}
	pthread_mutex_unlock(&s->lock);
	if (n > 0) {
		keep_save(s);
	}
	pthread_mutex_lock(&s->lock);
	for (uint32_t i = 0; i < n; i++) { /* being sent, they stay where they are */
		post(s, due[i]);
	}
	pthread_mutex_unlock(&s->lock);
}

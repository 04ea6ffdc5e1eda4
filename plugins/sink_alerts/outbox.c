/* outbox.c - see outbox.h. */
#include "outbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpers/rng.h"

#define MS INT64_C(1000000)

void outbox_init(struct outbox *o, const struct f1p_host *host)
{
	*o = (struct outbox){.host = host};
	pthread_mutex_init(&o->outcomes, NULL);
}

static void destroy(struct delivery *d)
{
	free(d->body);
	free(d);
}

void outbox_finish(struct outbox *o)
{
	while (o->n) {
		destroy(o->items[--o->n]);
	}
	for (uint32_t i = 0; i < DEAD_MAX; i++) {
		free(o->dead[i].body);
	}
	pthread_mutex_destroy(&o->outcomes);
}

/* ------------------------------------------------------------------ in and out */

void outbox_bury(struct outbox *o, const struct letter *l, const char *reason)
{
	struct dead_letter *d = &o->dead[o->n_dead++ % DEAD_MAX];

	free(d->body);
	d->body = strdup(l->body);
	d->tries = l->tries;
	d->t_ns = l->t_ns;
	snprintf(d->id, sizeof(d->id), "%s", l->id);
	snprintf(d->subscription, sizeof(d->subscription), "%s", l->subscription);
	snprintf(d->reason, sizeof(d->reason), "%s", reason);
}

static uint32_t waiting_of(const struct outbox *o, const char *subscription)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < o->n; i++) {
		n += strcmp(o->items[i]->subscription, subscription) == 0;
	}
	return n;
}

bool outbox_add(struct outbox *o, const struct letter *l, int64_t due_ns)
{
	struct delivery *d;

	if (o->n == OUTBOX_MAX || waiting_of(o, l->subscription) >= OUTBOX_EACH_MAX) {
		outbox_bury(o, l, "too many others wait before it");
		return false;
	}
	d = calloc(1, sizeof(*d));
	if (!d || !(d->body = strdup(l->body))) {
		free(d);
		outbox_bury(o, l, "no memory");
		return false;
	}
	d->outbox = o;
	d->status = DELIVERY_WAITS;
	d->due_ns = due_ns;
	d->t_ns = l->t_ns;
	d->tries = l->tries;
	snprintf(d->id, sizeof(d->id), "%s", l->id);
	snprintf(d->subscription, sizeof(d->subscription), "%s", l->subscription);
	o->items[o->n++] = d;
	return true;
}

static void bury_delivery(struct outbox *o, const struct delivery *d, const char *reason)
{
	const struct letter l = {
		.id = d->id, .subscription = d->subscription, .body = d->body, .tries = d->tries, .t_ns = d->t_ns};

	outbox_bury(o, &l, reason);
}

static void remove_at(struct outbox *o, uint32_t at)
{
	destroy(o->items[at]);
	memmove(&o->items[at], &o->items[at + 1], (o->n - at - 1) * sizeof(struct delivery *));
	o->n--;
}

void outbox_drop(struct outbox *o, const char *subscription)
{
	for (uint32_t i = o->n; i-- > 0;) {
		struct delivery *d = o->items[i];
		if (strcmp(d->subscription, subscription) != 0) {
			continue;
		}
		if (d->status == DELIVERY_SENDING) {
			d->orphan = true; /* the host still holds a pointer to it */
		} else {
			remove_at(o, i);
		}
	}
}

struct delivery *outbox_next(struct outbox *o, int64_t now_ns, int64_t mono_ns)
{
	for (uint32_t i = 0; i < o->n && o->n_sending < OUTBOX_SENDING_MAX; i++) {
		struct delivery *d = o->items[i];
		if (d->status == DELIVERY_WAITS &&
			(d->due_ns == F1P_UNKNOWN_NS || (now_ns != F1P_UNKNOWN_NS && d->due_ns <= now_ns)) &&
			d->not_before_mono_ns <= mono_ns) {
			d->status = DELIVERY_SENDING;
			d->tries++;
			o->n_sending++;
			return d;
		}
	}
	return NULL;
}

/* ------------------------------------------------------------------ outcomes */

void outbox_on_result(void *arg, const struct f1p_webhook_result *r)
{
	struct delivery *d = arg;

	pthread_mutex_lock(&d->outbox->outcomes);
	d->error = r->error;
	d->http_status = r->status;
	d->retry_after_ms = r->retry_after_ms;
	snprintf(d->reason, sizeof(d->reason), "%s", r->reason ? r->reason : "");
	d->answered = true;
	pthread_mutex_unlock(&d->outbox->outcomes);
}

void outbox_refuse(struct delivery *d, f1p_status error, const char *reason)
{
	const struct f1p_webhook_result r = {
		.size = sizeof(r), .error = error, .retry_after_ms = F1P_UNKNOWN_NS, .reason = reason};

	outbox_on_result(d, &r);
}

static bool delivered(const struct delivery *d)
{
	return d->error == F1P_OK && d->http_status >= 200 && d->http_status <= 299;
}

/* Doubling, between a half and the whole of it. */
static int64_t wait_ms(struct outbox *o, const struct delivery *d)
{
	int64_t wait = o->retry_first_ms;
	double share;

	for (uint32_t i = 1; i < d->tries && wait < o->retry_most_ms; i++) {
		wait *= 2;
	}
	wait = wait < o->retry_most_ms ? wait : o->retry_most_ms;
	o->dice = f1p_mix64(o->dice + 1);
	share = 0.5 + (double)(o->dice >> 11) / 9007199254740992.0 / 2;
	wait = (int64_t)((double)wait * share);
	return d->retry_after_ms > wait ? (d->retry_after_ms < o->retry_most_ms ? d->retry_after_ms : o->retry_most_ms) : wait;
}

static void tell_why(const struct delivery *d, char out[200])
{
	if (d->error == F1P_OK) {
		snprintf(out, 200, "the receiver said %u", d->http_status);
	} else {
		snprintf(out, 200, "%s", d->reason[0] ? d->reason : "no answer");
	}
}

static enum outcome follow(struct outbox *o, uint32_t at, int64_t mono_ns)
{
	struct delivery *d = o->items[at];
	char why[200];

	if (d->orphan || delivered(d)) {
		remove_at(o, at);
		return OUTCOME_DELIVERED;
	}
	if (d->error == F1P_EINVAL || d->http_status == 410 || d->tries >= o->tries_max) {
		tell_why(d, why);
		bury_delivery(o, d, why);
		remove_at(o, at);
		return OUTCOME_DEAD;
	}
	d->not_before_mono_ns = mono_ns + wait_ms(o, d) * MS;
	d->status = DELIVERY_WAITS;
	return OUTCOME_RETRY;
}

static bool take_answer(struct outbox *o, struct delivery *d)
{
	bool answered;

	pthread_mutex_lock(&o->outcomes);
	answered = d->status == DELIVERY_SENDING && d->answered;
	d->answered = false;
	pthread_mutex_unlock(&o->outcomes);
	return answered;
}

enum outcome outbox_settle(struct outbox *o, int64_t mono_ns, char subscription[SUBSCRIPTION_ID], bool *gone)
{
	for (uint32_t i = 0; i < o->n && o->n_sending > 0; i++) {
		struct delivery *d = o->items[i];
		if (!take_answer(o, d)) {
			continue;
		}
		o->n_sending--;
		*gone = d->error == F1P_OK && d->http_status == 410;
		snprintf(subscription, SUBSCRIPTION_ID, "%s", d->subscription);
		return follow(o, i, mono_ns);
	}
	return OUTCOME_NONE;
}

void outbox_abandon(struct outbox *o)
{
	for (uint32_t i = o->n; i-- > 0;) {
		struct delivery *d = o->items[i];
		if (d->status != DELIVERY_SENDING) {
			continue;
		}
		if (!d->orphan) {
			bury_delivery(o, d, "f1pd ended while it was being sent; it may have arrived");
		}
		remove_at(o, i);
	}
	o->n_sending = 0;
}

static void encode_dead(struct f1p_json *j, const struct dead_letter *d)
{
	f1p_json_object(j);
	f1p_json_key(j, "id");
	f1p_json_str(j, d->id);
	f1p_json_key(j, "subscription");
	f1p_json_str(j, d->subscription);
	f1p_json_key(j, "reason");
	f1p_json_str(j, d->reason);
	f1p_json_key(j, "tries");
	f1p_json_uint(j, d->tries);
	f1p_json_key(j, "body");
	if (d->body) {
		f1p_json_raw(j, d->body, strlen(d->body));
	} else {
		f1p_json_null(j);
	}
	f1p_json_end(j);
}

void outbox_encode_dead(const struct outbox *o, int64_t until_ns, struct f1p_json *j)
{
	uint64_t kept = o->n_dead < DEAD_MAX ? o->n_dead : DEAD_MAX, total = o->n_dead;

	f1p_json_key(j, "dead_letters");
	f1p_json_array(j);
	for (uint64_t i = 0; i < kept; i++) {
		const struct dead_letter *d = &o->dead[(o->n_dead - 1 - i) % DEAD_MAX];
		if (until_ns != F1P_UNKNOWN_NS && d->t_ns > until_ns) {
			total--;
		} else {
			encode_dead(j, d);
		}
	}
	f1p_json_end(j);
	f1p_json_key(j, "total");
	f1p_json_uint(j, total);
}

/*
 * outbox.h - what is on its way to webhooks: when it is due, how often it was tried, and what could not be delivered.
 *
 * Everything under the owner's lock, but for the outcome of a post, which comes on the loop and has a lock of its own.
 */
#ifndef OUTBOX_H
#define OUTBOX_H

#include <pthread.h>

#include <f1pd/webhook.h>

#include "alert.h"

#define OUTBOX_MAX 2000u       /* deliveries that wait */
#define OUTBOX_EACH_MAX 50u    /* of them, of one subscription: a dead receiver keeps nobody else from being told */
#define OUTBOX_SENDING_MAX 64u /* at once */
#define DEAD_MAX 200u	       /* newest letters that are kept */

enum delivery_status { DELIVERY_WAITS = 1, DELIVERY_SENDING };

struct outbox;
struct delivery {
	struct outbox *outbox;
	char id[ALERT_ID], subscription[SUBSCRIPTION_ID];
	char *body;
	int64_t t_ns;		    /* event time of its alert */
	int64_t due_ns;		    /* virtual time: before that it may not be seen */
	int64_t not_before_mono_ns; /* real time: behind a failure */
	uint32_t tries;
	enum delivery_status status;
	bool orphan;   /* its subscription is gone, or the daemon ends */
	bool answered; /* outbox->outcomes: what follows is filled */
	int32_t error;
	uint32_t http_status;
	int64_t retry_after_ms;
	char reason[160];
};

struct dead_letter {
	char id[ALERT_ID], subscription[SUBSCRIPTION_ID], reason[200];
	uint32_t tries;
	int64_t t_ns; /* event time of its alert */
	char *body;
};

/* What is put into the outbox, or buried; lent for the call. */
struct letter {
	const char *id, *subscription, *body;
	uint32_t tries;
	int64_t t_ns;
};

struct outbox {
	const struct f1p_host *host;
	struct delivery *items[OUTBOX_MAX]; /* oldest first */
	uint32_t n, n_sending;
	struct dead_letter dead[DEAD_MAX]; /* a ring */
	uint64_t n_dead;		   /* so far */
	int64_t tries_max, retry_first_ms, retry_most_ms;
	uint64_t dice; /* spreads retries */
	pthread_mutex_t outcomes;
};

void outbox_init(struct outbox *, const struct f1p_host *);
void outbox_finish(struct outbox *);
/* A copy goes out at due_ns. False: too many wait, or no memory: it is a dead letter then. */
bool outbox_add(struct outbox *, const struct letter *, int64_t due_ns);
/* What waits for the subscription is dropped; what is being sent is not followed up. */
void outbox_drop(struct outbox *, const char *subscription);
/* The next that is due; it counts as being sent from now on. NULL: none is. */
struct delivery *outbox_next(struct outbox *, int64_t now_ns, int64_t mono_ns);
/* [loop] The f1p_webhook_fn; arg is the delivery. */
void outbox_on_result(void *delivery, const struct f1p_webhook_result *);
/* Nothing is known of its way: as if the post had been answered so. */
void outbox_refuse(struct delivery *, f1p_status error, const char *reason);

enum outcome { OUTCOME_NONE = 1, OUTCOME_DELIVERED, OUTCOME_RETRY, OUTCOME_DEAD };
/* Takes one answered delivery and does what follows. `subscription` names whose it was; gone: the receiver said 410. */
enum outcome outbox_settle(struct outbox *, int64_t mono_ns, char subscription[SUBSCRIPTION_ID], bool *gone);
/* The daemon ends: what is being sent may have arrived or not. */
void outbox_abandon(struct outbox *);
void outbox_bury(struct outbox *, const struct letter *, const char *reason);
/* Members total and dead_letters, newest first, of what happened up to until_ns; F1P_UNKNOWN_NS = all. */
void outbox_encode_dead(const struct outbox *, int64_t until_ns, struct f1p_json *);

#endif

/*
 * webhook.h - what stands behind f1p.webhook/1: signs messages and sends them with an HTTP client of its own.
 */
#ifndef NET_WEBHOOK_H
#define NET_WEBHOOK_H

#include "net/http.h"

#include <f1pd/webhook.h>

struct webhook_sender;

/* [loop] Of the options the cache folder and `measured` are not used. NULL: err says what is wrong. */
struct webhook_sender *webhook_sender_create(const struct http_options *, char *err, size_t err_size);
/* [loop] Nothing is called back from here on. Handles close asynchronously: the loop must run once more. Accepts NULL. */
void webhook_sender_destroy(struct webhook_sender *);

/* [any] As f1p_webhooks.check. */
bool webhook_url_check(const char *url, uint32_t flags, char *why, size_t why_size);
/* [any] As f1p_webhooks.post, for the instance `owner`. */
f1p_status webhook_post(struct webhook_sender *, uint32_t owner, const struct f1p_webhook *, f1p_webhook_fn, void *arg, char *why,
	size_t why_size);
/* [loop] The instance stops: what it posted is dropped. */
void webhook_forget(struct webhook_sender *, uint32_t owner);

#define WEBHOOK_SIGNATURE_TEXT 72u /* "sha256=" and 64 digits, and NUL */
/* False without memory. */
bool webhook_sign(const char *secret, int64_t timestamp_s, const void *body, size_t n, char out[WEBHOOK_SIGNATURE_TEXT]);

#endif

/*
 * f1pd/webhook.h - signed messages to addresses that a user gave: the host delivers them, and guards what it connects to.
 *
 * One attempt for each post(): no redirect is followed, nothing is cached, at most 16 KiB of the answer are read. Who wants another
 * attempt posts again with the same id. Webhooks have connections, rate windows (60 a minute and server) and a circuit breaker of
 * their own, so that no receiver can slow a source down.
 *
 * Headers: Content-Type: application/json; X-F1PD-Id: the id; X-F1PD-Timestamp: seconds since 1970, real time of the attempt;
 * X-F1PD-Signature: "sha256=" and, in hexadecimal, the HMAC-SHA-256 (RFC 2104) with the secret as its key of TIMESTAMP "." BODY.
 */
#ifndef F1PD_WEBHOOK_H
#define F1PD_WEBHOOK_H

#include <f1pd/base.h>
#include <f1pd/host.h>

#ifdef __cplusplus
extern "C" {
#endif

#define F1P_EXT_WEBHOOK "f1p.webhook/1"

#define F1P_WEBHOOKF_HTTP (1u << 0)    /* plain http is allowed too */
#define F1P_WEBHOOKF_PRIVATE (1u << 1) /* addresses that are not public are allowed too, see F1P_HTTPF_PUBLIC_ONLY */

struct f1p_webhook {
	uint32_t size;
	uint32_t flags;      /* F1P_WEBHOOKF_* */
	const char *url;     /* at most 2000 bytes */
	const char *id;      /* 1..64 bytes of A-Z a-z 0-9 - _ */
	const char *secret;  /* 1..256 bytes */
	const void *body;    /* JSON */
	uint64_t body_bytes; /* at most 64 KiB */
	int64_t timeout_ms;  /* of the attempt; 0 = 10 s; at most 60 s */
};

struct f1p_webhook_result {
	uint32_t size;
	int32_t error;          /* as in struct f1p_http_answer: F1P_OK = answered, whatever the status; F1P_EINVAL = refused, also for
	                           the address: another attempt is useless */
	uint32_t status;        /* HTTP status, 0 if there is no answer */
	uint32_t reserved0;
	int64_t retry_after_ms; /* as the server said; F1P_UNKNOWN_NS = it did not */
	const char *reason;     /* one line for people; "" = none. Lent for the call; holds no secret */
};
typedef void (*f1p_webhook_fn)(void *arg, const struct f1p_webhook_result *);

struct f1p_webhooks {
	uint32_t size;
	uint32_t reserved0;
	/* [any] Whether a URL can do at all: scheme, form, an address in it. What its name leads to is seen only when it is connected
	 * to. F1P_EINVAL with the reason by host->fail. */
	f1p_status (*check)(const struct f1p_host *, const char *url, uint32_t flags);
	/* [any] Copies all; fn is called once on the loop, never from within post() and never after stop() has begun. F1P_EINVAL;
	 * F1P_AGAIN: 256 of this instance wait already; F1P_ENOMEM. */
	f1p_status (*post)(const struct f1p_host *, const struct f1p_webhook *, f1p_webhook_fn fn, void *arg);
	/* [any] random bytes fit for secrets, n <= 256; false: there are none, make no secret */
	bool (*random)(const struct f1p_host *, void *out, size_t n);
};

#ifdef __cplusplus
}
#endif
#endif

/*
 * retry.h - when to try again: exponential back-off with full jitter, and what Retry-After says.
 */
#ifndef NET_RETRY_H
#define NET_RETRY_H

#include <f1pd/base.h>

#define RETRY_ATTEMPTS 4u
#define RETRY_BASE_NS 1000000000LL
#define RETRY_CAP_NS (60 * RETRY_BASE_NS)
#define RETRY_AFTER_CAP_MS (15 * 60 * 1000LL) /* no server may silence us for longer */

/* Wait after the nth attempt (1, 2, ...): anywhere from 0 to min(60 s, 1 s * 2^(n-1)). random: 64 random bits. */
int64_t retry_wait_ns(uint32_t attempt, uint64_t random);
/* Status that may be better next time: 408, 429, 5xx. */
bool retry_status(uint32_t status);
/* Retry-After, seconds or an HTTP date: milliseconds from now, 0 for the past; F1P_UNKNOWN_NS if it is neither (NULL too). */
int64_t retry_after_ms(const char *text, int64_t now_utc_ns);
/* An HTTP date ("Sun, 06 Nov 1994 08:49:37 GMT"), UTC; F1P_UNKNOWN_NS if it is none (NULL too). */
int64_t retry_http_date_ns(const char *text);

#endif

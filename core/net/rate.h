/*
 * rate.h - how many requests a server may get: several sliding windows at once, "at most N in any T", and a pause.
 * Pure: the caller gives the time. Nanoseconds of a clock that never goes back.
 *
 * The server counts arrivals, and what left us 1.000 s apart may arrive 0.991 s apart. So every window is kept longer than asked
 * for: by 2 %, at least 100 ms.
 */
#ifndef NET_RATE_H
#define NET_RATE_H

#include <f1pd/net.h>

#define RATE_WINDOWS_MAX 32u     /* of all owners together */
#define RATE_OWNER_WINDOWS_MAX 4u
#define RATE_REQUESTS_MAX 20000u
#define RATE_WINDOW_MAX_MS (7LL * 86400 * 1000)

struct rate_window {
	uint32_t owner, requests;
	int64_t window_ns; /* with its margin */
};

struct rate {
	struct rate_window windows[RATE_WINDOWS_MAX]; /* all hold, so the strictest of each length wins */
	uint32_t n_windows;
	uint32_t cap, first, n; /* ring of when requests were made, oldest first */
	int64_t *taken_ns;
	int64_t paused_until_ns; /* 0 = not */
};

/* Zeroed memory is a rate without limits. */
void rate_finish(struct rate *);
/* Replaces what this owner said before; n = 0 takes it back. F1P_EINVAL: why says what is not acceptable; F1P_ENOMEM. */
f1p_status rate_limit(struct rate *, uint32_t owner, const struct f1p_http_window *, uint32_t n, char *why, size_t why_size);
/* When the next request may be made: now_ns or later. */
int64_t rate_ready_ns(const struct rate *, int64_t now_ns);
void rate_take(struct rate *, int64_t now_ns);
/* No request before then; never shortens a pause. */
void rate_pause(struct rate *, int64_t until_ns);

/* Counts as text, " PAUSE TAKEN TAKEN ...", in UTC milliseconds, to outlive a restart: what still matters at now, at most
 * out_size - 1 bytes. Returns the length, 0 if nothing matters. */
#define RATE_TEXT_MAX(n) (((size_t)(n) + 2) * 16)
size_t rate_save(const struct rate *, int64_t now_ns, int64_t now_utc_ns, char *out, size_t out_size);
/* Takes them up again; text that is not such is ignored. */
void rate_restore(struct rate *, const char *text, int64_t now_ns, int64_t now_utc_ns);

#endif

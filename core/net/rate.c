#include "net/rate.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS 1000000LL
#define KEEP_AT_LEAST 64u              /* also before anyone sets a limit: who sets it later wants those counted */
#define MARGIN_LEAST_MS 100
#define PAUSE_MAX_NS (3600 * 1000 * MS) /* a file with a wrong clock must not stop us for ever */

void rate_finish(struct rate *r)
{
	free(r->taken_ns);
	*r = (struct rate){0};
}

static int64_t newest(const struct rate *r, uint32_t nth)
{
	return r->taken_ns[(r->first + r->n - nth) % r->cap];
}

static bool grow(struct rate *r, uint32_t cap)
{
	int64_t *taken;

	if (cap <= r->cap)
		return true;
	taken = malloc(cap * sizeof(*taken));
	if (!taken)
		return false;
	for (uint32_t i = 0; i < r->n; i++)
		taken[i] = newest(r, r->n - i);
	free(r->taken_ns);
	r->taken_ns = taken;
	r->cap = cap;
	r->first = 0;
	return true;
}

/* See rate.h. */
static int64_t guarded_ns(int64_t window_ms)
{
	int64_t margin_ms = window_ms / 50 > MARGIN_LEAST_MS ? window_ms / 50 : MARGIN_LEAST_MS;

	return (window_ms + margin_ms) * MS;
}

static bool acceptable(const struct f1p_http_window *w)
{
	return w->requests >= 1 && w->requests <= RATE_REQUESTS_MAX && w->window_ms >= 1 && w->window_ms <= RATE_WINDOW_MAX_MS;
}

f1p_status rate_limit(struct rate *r, uint32_t owner, const struct f1p_http_window *w, uint32_t n, char *why, size_t why_size)
{
	uint32_t others = 0, most = KEEP_AT_LEAST;

	if (n > RATE_OWNER_WINDOWS_MAX) {
		snprintf(why, why_size, "at most %u rate windows, not %u", RATE_OWNER_WINDOWS_MAX, n);
		return F1P_EINVAL;
	}
	for (uint32_t i = 0; i < n; i++) {
		if (!acceptable(&w[i])) {
			snprintf(why, why_size,
				"%u requests in %" PRId64 " ms is no rate window: 1 to %u requests in 1 ms to 7 days",
				w[i].requests, w[i].window_ms, RATE_REQUESTS_MAX);
			return F1P_EINVAL;
		}
		most = w[i].requests > most ? w[i].requests : most;
	}
	for (uint32_t i = 0; i < r->n_windows; i++)
		others += r->windows[i].owner != owner;
	if (others + n > RATE_WINDOWS_MAX) {
		snprintf(why, why_size, "more than %u rate windows for one server", RATE_WINDOWS_MAX);
		return F1P_EINVAL;
	}
	if (!grow(r, most)) {
		snprintf(why, why_size, "no memory");
		return F1P_ENOMEM;
	}
	others = 0;
	for (uint32_t i = 0; i < r->n_windows; i++)
		if (r->windows[i].owner != owner)
			r->windows[others++] = r->windows[i];
	for (uint32_t i = 0; i < n; i++)
		r->windows[others++] =
			(struct rate_window){.owner = owner, .requests = w[i].requests, .window_ns = guarded_ns(w[i].window_ms)};
	r->n_windows = others;
	return F1P_OK;
}

int64_t rate_ready_ns(const struct rate *r, int64_t now_ns)
{
	int64_t ready = r->paused_until_ns > now_ns ? r->paused_until_ns : now_ns;

	for (uint32_t i = 0; i < r->n_windows; i++) {
		const struct rate_window *w = &r->windows[i];
		if (r->n >= w->requests && newest(r, w->requests) + w->window_ns > ready)
			ready = newest(r, w->requests) + w->window_ns;
	}
	return ready;
}

void rate_take(struct rate *r, int64_t now_ns)
{
	if (r->cap == 0 && !grow(r, KEEP_AT_LEAST))
		return;
	if (r->n == r->cap) {
		r->first = (r->first + 1) % r->cap;
		r->n--;
	}
	r->taken_ns[(r->first + r->n++) % r->cap] = now_ns;
}

void rate_pause(struct rate *r, int64_t until_ns)
{
	if (until_ns > r->paused_until_ns)
		r->paused_until_ns = until_ns;
}

static int64_t longest_ns(const struct rate *r)
{
	int64_t longest = 0;

	for (uint32_t i = 0; i < r->n_windows; i++)
		longest = r->windows[i].window_ns > longest ? r->windows[i].window_ns : longest;
	return longest;
}

size_t rate_save(const struct rate *r, int64_t now_ns, int64_t now_utc_ns, char *out, size_t out_size)
{
	int64_t to_utc = now_utc_ns - now_ns, oldest = now_ns - longest_ns(r);
	bool paused = r->paused_until_ns > now_ns;
	uint32_t kept = 0;
	size_t n;

	out[0] = '\0';
	n = (size_t)snprintf(out, out_size, " %lld", paused ? (r->paused_until_ns + to_utc) / MS : 0LL);
	for (uint32_t nth = r->n; nth > 0 && n + 24 < out_size; nth--)
		if (newest(r, nth) > oldest) {
			n += (size_t)snprintf(out + n, out_size - n, " %lld", (newest(r, nth) + to_utc) / MS);
			kept++;
		}
	return kept || paused ? n : 0;
}

/* The next number of the text as a time of our clock; false at its end. */
static bool next_time(const char **text, int64_t to_mono, int64_t *out_ns)
{
	char *end;
	long long ms = strtoll(*text, &end, 10);

	if (end == *text)
		return false;
	*text = end;
	/* within 200 years: nothing overflows below */
	*out_ns = ms > 0 && ms < 6300000000000LL ? (int64_t)ms * MS + to_mono : INT64_MIN;
	return true;
}

void rate_restore(struct rate *r, const char *text, int64_t now_ns, int64_t now_utc_ns)
{
	int64_t to_mono = now_ns - now_utc_ns, t, last = INT64_MIN;

	if (!next_time(&text, to_mono, &t))
		return;
	if (t > now_ns && t <= now_ns + PAUSE_MAX_NS)
		rate_pause(r, t);
	while (next_time(&text, to_mono, &t)) {
		if (t == INT64_MIN || r->n >= RATE_REQUESTS_MAX)
			continue;
		/* A clock that was set back makes them lie ahead: then they were just now. And the ring is in order. */
		t = t > now_ns ? now_ns : t < last ? last : t;
		last = t;
		if (r->n == r->cap && !grow(r, r->cap ? r->cap * 2 : KEEP_AT_LEAST))
			return;
		rate_take(r, t);
	}
}

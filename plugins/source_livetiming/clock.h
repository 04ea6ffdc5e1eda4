/*
 * clock.h - the time by which this source waits: what the host's clock has gone forward since the start.
 *
 * A step back of the clock stops it for that moment only, so that no timer waits for hours; a step forward ends waits early.
 * Waits that spare the server, or wait for it, are of real time: a rehearsal's clock runs faster, the network does not.
 */
#ifndef SLT_CLOCK_H
#define SLT_CLOCK_H

#include <f1pd/host.h>

#define SLT_NS_PER_MS INT64_C(1000000)
#define SLT_NS_PER_S INT64_C(1000000000)

struct slt_clock {
	const struct f1p_host *host;
	int64_t utc_ns;     /* as last read; F1P_UNKNOWN_NS before the host has a clock */
	int64_t elapsed_ns; /* since the first reading */
};

/* Nanoseconds on this source's own scale, which never goes back. */
static inline int64_t slt_clock_now(struct slt_clock *c)
{
	int64_t utc_ns = c->host->now_utc_ns(c->host);

	if (utc_ns == F1P_UNKNOWN_NS) {
		return c->elapsed_ns;
	}
	if (c->utc_ns != F1P_UNKNOWN_NS && utc_ns > c->utc_ns) {
		c->elapsed_ns += utc_ns - c->utc_ns;
	}
	c->utc_ns = utc_ns;
	return c->elapsed_ns;
}

/* Real time, from an arbitrary start. */
static inline int64_t slt_clock_real(const struct slt_clock *c)
{
	return c->host->now_mono_ns(c->host);
}

/* When that moment of the own scale is in UTC; F1P_NEVER_NS stays. */
static inline int64_t slt_clock_utc(const struct slt_clock *c, int64_t due_ns)
{
	if (due_ns == F1P_NEVER_NS || c->utc_ns == F1P_UNKNOWN_NS) {
		return F1P_NEVER_NS;
	}
	return c->utc_ns + (due_ns > c->elapsed_ns ? due_ns - c->elapsed_ns : 0);
}

static inline int64_t slt_sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static inline int64_t slt_later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

#endif

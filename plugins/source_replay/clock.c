/*
 * clock.c - see clock.h.
 */
#include "clock.h"

/* Stamps outside are no recording's: 1950 .. 2200. Keeps all sums far from overflow. */
#define EARLIEST_NS (INT64_C(-631152000) * SR_NS_PER_S)
#define LATEST_NS (INT64_C(7258118400) * SR_NS_PER_S)

void sr_clock_init(struct sr_clock *c)
{
	*c = (struct sr_clock){.now_ns = F1P_UNKNOWN_NS};
}

/* A stamp that is hours away is held back until others confirm it. */
static int64_t odd_time(struct sr_clock *c, int64_t t, struct sr_report *r)
{
	bool near = c->far_count > 0 && t - c->far_ns < SR_ODD_GAP_NS && c->far_ns - t < SR_ODD_GAP_NS;

	r->odd_times++;
	c->far_count = near ? c->far_count + 1 : 1;
	c->far_ns = t;
	if (c->far_count < SR_ODD_ACCEPT) {
		return c->now_ns;
	}
	c->far_count = 0;
	if (t < c->now_ns) {
		c->shift_ns += c->now_ns - t;
	} else {
		c->now_ns = t;
	}
	return c->now_ns;
}

int64_t sr_clock_step(struct sr_clock *c, int64_t t, struct sr_report *r)
{
	if (t == F1P_UNKNOWN_NS) {
		return c->now_ns;
	}
	if (t < EARLIEST_NS || t > LATEST_NS) {
		r->odd_times++;
		return c->now_ns;
	}
	t += c->shift_ns;
	if (c->now_ns == F1P_UNKNOWN_NS) {
		c->now_ns = t;
		return t;
	}
	if (t - c->now_ns > SR_ODD_GAP_NS || c->now_ns - t > SR_ODD_GAP_NS) {
		return odd_time(c, t, r);
	}
	c->far_count = 0;
	c->now_ns = t > c->now_ns ? t : c->now_ns;
	return c->now_ns;
}

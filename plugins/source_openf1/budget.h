/*
 * budget.h - how many requests may go: several windows at once, each over any stretch of time of its length.
 */
#ifndef OF_BUDGET_H
#define OF_BUDGET_H

#include <f1pd/net.h>

#define BUDGET_WINDOWS 2u
#define BUDGET_PAST 1024u

struct budget {
	struct f1p_http_window windows[BUDGET_WINDOWS];
	uint32_t n_windows;
	uint32_t n_past, newest;
	int64_t past_ns[BUDGET_PAST]; /* a ring of the newest requests */
};

/* per_second and per_minute: 1..BUDGET_PAST. */
void budget_init(struct budget *, uint32_t per_second, uint32_t per_minute);
/* When the next request may go; now_ns if at once. */
int64_t budget_ready_ns(const struct budget *, int64_t now_ns);
void budget_take(struct budget *, int64_t now_ns);
/* By how much periods must be stretched for so many requests per hour to fit; at least 1. */
double budget_stretch(const struct budget *, double per_hour);

#endif

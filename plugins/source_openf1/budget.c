#include "budget.h"

#define NS_PER_MS INT64_C(1000000)
#define MS_PER_HOUR 3600000.0
#define SHARE 0.8 /* the rest is for tokens, the calendar and looking for the session */

void budget_init(struct budget *b, uint32_t per_second, uint32_t per_minute)
{
	*b = (struct budget){.n_windows = 2};
	b->windows[0] = (struct f1p_http_window){.requests = per_second, .window_ms = 1000};
	b->windows[1] = (struct f1p_http_window){.requests = per_minute, .window_ms = 60000};
}

int64_t budget_ready_ns(const struct budget *b, int64_t now_ns)
{
	int64_t ready_ns = now_ns;

	for (uint32_t i = 0; i < b->n_windows; i++) {
		const struct f1p_http_window *w = &b->windows[i];
		int64_t free_ns = 0;

		if (b->n_past < w->requests) {
			continue;
		}
		free_ns = b->past_ns[(b->newest + BUDGET_PAST + 1 - w->requests) % BUDGET_PAST] + w->window_ms * NS_PER_MS + NS_PER_MS;
		ready_ns = free_ns > ready_ns ? free_ns : ready_ns;
	}
	return ready_ns;
}

void budget_take(struct budget *b, int64_t now_ns)
{
	b->newest = (b->newest + 1) % BUDGET_PAST;
	b->past_ns[b->newest] = now_ns;
	b->n_past += b->n_past < BUDGET_PAST;
}

double budget_stretch(const struct budget *b, double per_hour)
{
	double stretch = 1;

	for (uint32_t i = 0; i < b->n_windows; i++) {
		double allowed = b->windows[i].requests * (MS_PER_HOUR / (double)b->windows[i].window_ms) * SHARE;

		stretch = per_hour / allowed > stretch ? per_hour / allowed : stretch;
	}
	return stretch;
}

/* seen.c - what whoever asks may know: as far as his delay, and that of the subscription, have come. */
#include <string.h>

#include "sink_alerts.h"

/* A viewer who is behind, and a subscription that is, both wait. */
static bool may_see(const struct alert *a, int64_t until_ns, int64_t now_ns)
{
	if (until_ns != F1P_UNKNOWN_NS && a->t_ns > until_ns) {
		return false;
	}
	return !a->delayed || (now_ns != F1P_UNKNOWN_NS && a->shown_ns <= now_ns);
}

void seen_subscription(const struct sink_alerts *s, const struct subscription *sub, int64_t until_ns, struct subscription *out)
{
	int64_t now_ns = s->host->now_utc_ns(s->host), newest_ns = F1P_UNKNOWN_NS;
	uint64_t kept = s->n_recent < RECENT_MAX ? s->n_recent : RECENT_MAX, hidden = 0;

	*out = *sub;
	if (sub->alerts == 0 || (until_ns == F1P_UNKNOWN_NS && sub->delay_s == 0)) {
		return;
	}
	for (uint64_t i = 0; i < kept; i++) {
		const struct alert *a = &s->recent[i];
		if (a->test || strcmp(a->subscription, sub->id) != 0) {
			continue;
		}
		if (!may_see(a, until_ns, now_ns)) {
			hidden++;
		} else {
			newest_ns = a->t_ns > newest_ns ? a->t_ns : newest_ns;
		}
	}
	if (hidden > 0) {
		out->alerts = sub->alerts > hidden ? sub->alerts - hidden : 0;
		out->done = false;
		out->t_told_ns = newest_ns;
		out->delivered = sub->delivered < out->alerts ? sub->delivered : out->alerts;
		out->failed = sub->failed < out->alerts ? sub->failed : out->alerts;
	}
}

size_t seen_alerts(
	const struct sink_alerts *s, const char *subscription, int64_t until_ns, const struct alert *out[static RECENT_MAX])
{
	int64_t now_ns = s->host->now_utc_ns(s->host);
	uint64_t kept = s->n_recent < RECENT_MAX ? s->n_recent : RECENT_MAX;
	size_t n = 0;

	for (uint64_t i = 0; i < kept; i++) {
		const struct alert *a = &s->recent[(s->n_recent - 1 - i) % RECENT_MAX];
		size_t at = n;
		if ((subscription[0] && strcmp(a->subscription, subscription) != 0) || !may_see(a, until_ns, now_ns)) {
			continue;
		}
		for (; at > 0 && out[at - 1]->shown_ns < a->shown_ns; at--) {
			out[at] = out[at - 1];
		}
		out[at] = a;
		n++;
	}
	return n;
}

/*
 * compare.h - the model's present weather against what the circuit measures.
 */
#ifndef WEATHER_COMPARE_H
#define WEATHER_COMPARE_H

#include "forecast.h"

#include <f1pd/host.h>

struct compare {
	const struct f1p_host *host;
	const struct f1p_metrics *metrics; /* NULL = not offered */
	struct f1p_metric *air, *wind, *wrong, *agree, *disagree;
	struct dispute { /* about one value */
		int64_t t_since_ns; /* F1P_UNKNOWN_NS: there is none */
		bool said;
	} rain, heat;
};

void compare_init(struct compare *, const struct f1p_host *);
/* True if another source has measured in the last minutes: only then there is something to compare with. state may be NULL. */
bool compare_with(struct compare *, const struct f1p_state *state, const struct f1p_ev_weather *model, const char *provider,
	int64_t now_ns);

#endif

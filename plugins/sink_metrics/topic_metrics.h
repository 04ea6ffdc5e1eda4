/*
 * topic_metrics.h - how many events of each type came, and how long ago the last one: a feed may live while one of its topics
 * is silent.
 */
#ifndef SINK_METRICS_TOPICS_H
#define SINK_METRICS_TOPICS_H

#include <f1pd/event.h>

#include "exposition.h"

#define TOPIC_METRICS_TYPES 64u /* below it are the events of sources */

struct topic_metrics {
	struct {
		uint64_t events;
		int64_t last_mono_ns;
	} types[TOPIC_METRICS_TYPES];
};

void topic_metrics_take(struct topic_metrics *, const struct f1p_event *, int64_t mono_ns);
void topic_metrics_write(struct exposition *, const struct topic_metrics *, int64_t mono_ns);
bool topic_metrics_own(const char *family); /* as race_metrics_own() */

#endif

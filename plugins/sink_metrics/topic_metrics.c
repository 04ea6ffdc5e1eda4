/*
 * topic_metrics.c - see topic_metrics.h.
 */
#include "topic_metrics.h"

#include <string.h>

#include "helpers/encode.h"

#define EVENTS_FAMILY "f1pd_topic_events_total"
#define AGE_FAMILY "f1pd_topic_age_seconds"

void topic_metrics_take(struct topic_metrics *t, const struct f1p_event *event, int64_t mono_ns)
{
	if (event->space != F1P_SPACE_CORE || event->type >= TOPIC_METRICS_TYPES) {
		return;
	}
	t->types[event->type].events++;
	t->types[event->type].last_mono_ns = mono_ns;
}

void topic_metrics_write(struct exposition *e, const struct topic_metrics *t, int64_t mono_ns)
{
	char label[64];

	for (int type = 0; type < (int)TOPIC_METRICS_TYPES; type++) {
		if (t->types[type].events) {
			exposition_label(label, sizeof(label), "topic", f1p_event_type_name(type));
			exposition_family(e, F1P_METRIC_COUNTER, EVENTS_FAMILY, "Events of the sources that this sink was given, by type");
			exposition_sample(e, "", label, (double)t->types[type].events);
		}
	}
	for (int type = 0; type < (int)TOPIC_METRICS_TYPES; type++) {
		if (t->types[type].events) {
			exposition_label(label, sizeof(label), "topic", f1p_event_type_name(type));
			exposition_family(e, F1P_METRIC_GAUGE, AGE_FAMILY, "Real time since the last event of the type");
			exposition_sample(e, "", label, (double)(mono_ns - t->types[type].last_mono_ns) / 1e9);
		}
	}
}

bool topic_metrics_own(const char *family)
{
	return strcmp(family, EVENTS_FAMILY) == 0 || strcmp(family, AGE_FAMILY) == 0;
}

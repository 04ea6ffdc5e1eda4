/*
 * lt_meters.c - see lt_meters.h.
 */
#include "lt_meters.h"

#include <string.h>

static struct f1p_metric *counter(const struct lt_meters *m, const char *name, const char *help)
{
	return m->metrics->get(m->host, F1P_METRIC_COUNTER, name, help, NULL, NULL);
}

void lt_meters_init(struct lt_meters *m, const struct f1p_host *host)
{
	memset(m, 0, sizeof(*m));
	m->host = host;
	m->metrics = host->get_extension(host, F1P_EXT_METRICS);
	if (m->metrics == NULL) {
		return;
	}
	m->rejected.metric = counter(m, "f1pd_source_rejected_total", "Records that the source could not use.");
	m->merge_oddities.metric =
		counter(m, "f1pd_source_merge_oddities_total", "Deltas that did not fit what they were to be merged with.");
	m->bad_values.metric =
		counter(m, "f1pd_source_bad_values_total", "Values of a wrong type or out of range inside accepted messages.");
	m->deleted_keys.metric = counter(m, "f1pd_source_deleted_keys_total", "Keys that the feed took back.");
	m->odd_times.metric = counter(m, "f1pd_source_odd_times_total", "Times that were missing or too far from the one before.");
}

void lt_meters_restart(struct lt_meters *m)
{
	m->rejected.put = m->merge_oddities.put = m->bad_values.put = m->deleted_keys.put = m->odd_times.put = 0;
	memset(m->topics, 0, sizeof(m->topics));
}

struct f1p_metric *lt_meters_messages(const struct lt_meters *m, const char *topic)
{
	return m->metrics->get(m->host, F1P_METRIC_COUNTER, "f1pd_source_messages_total", "Messages that the source accepted.",
		"topic", topic);
}

void lt_meter_follow(const struct lt_meters *m, struct lt_meter *c, uint64_t count)
{
	if (count > c->put) {
		m->metrics->put(c->metric, (double)(count - c->put));
		c->put = count;
	}
}

void lt_meters_put(struct lt_meters *m, const struct lt_stats *s, const struct lt_meters_own *own)
{
	if (m->metrics == NULL) {
		return;
	}
	for (uint32_t i = 0; i < s->n_topics && i < LT_MAX_TOPICS; i++) {
		if (m->topics[i].metric == NULL) {
			m->topics[i].metric = lt_meters_messages(m, s->topics[i].topic);
		}
		lt_meter_follow(m, &m->topics[i], s->topics[i].messages);
	}
	lt_meter_follow(m, &m->rejected, s->rejected + own->rejected);
	lt_meter_follow(m, &m->merge_oddities, s->merge_oddities);
	lt_meter_follow(m, &m->bad_values, s->bad_values);
	lt_meter_follow(m, &m->deleted_keys, s->deleted_keys);
	lt_meter_follow(m, &m->odd_times, own->odd_times);
}

/*
 * meters.c - see meters.h.
 */
#include "meters.h"

#include <string.h>

#define MESSAGES_NAME "f1pd_source_messages_total"
#define MESSAGES_HELP "Messages that the source accepted."

static struct f1p_metric *counter(const struct sr_meters *m, const char *name, const char *help, const char *topic)
{
	return m->metrics->get(m->host, F1P_METRIC_COUNTER, name, help, topic != NULL ? "topic" : NULL, topic);
}

void sr_meters_init(struct sr_meters *m, const struct f1p_host *host)
{
	memset(m, 0, sizeof(*m));
	m->host = host;
	m->metrics = host->get_extension(host, F1P_EXT_METRICS);
	if (m->metrics == NULL) {
		return;
	}
	m->rejected.metric = counter(m, "f1pd_source_rejected_total", "Records that the source could not use.", NULL);
	m->merge_oddities.metric =
		counter(m, "f1pd_source_merge_oddities_total", "Deltas that did not fit what they were to be merged with.", NULL);
	m->bad_values.metric = counter(
		m, "f1pd_source_bad_values_total", "Values of a wrong type or out of range inside accepted messages.", NULL);
	m->deleted_keys.metric = counter(m, "f1pd_source_deleted_keys_total", "Keys that the feed took back.", NULL);
	m->odd_times.metric =
		counter(m, "f1pd_source_odd_times_total", "Times more than six hours away from the one before.", NULL);
}

void sr_meters_restart(struct sr_meters *m)
{
	m->rejected.put = m->merge_oddities.put = m->bad_values.put = m->deleted_keys.put = m->odd_times.put = m->journal.put = 0;
	memset(m->topics, 0, sizeof(m->topics));
}

static void put(const struct sr_meters *m, struct sr_counter *c, uint64_t count)
{
	if (count > c->put) {
		m->metrics->put(c->metric, (double)(count - c->put));
		c->put = count;
	}
}

void sr_meters_put(struct sr_meters *m, const struct lt_stats *s, const struct sr_reader_counts *own)
{
	if (m->metrics == NULL) {
		return;
	}
	for (uint32_t i = 0; i < s->n_topics && i < LT_MAX_TOPICS; i++) {
		if (m->topics[i].metric == NULL) {
			m->topics[i].metric = counter(m, MESSAGES_NAME, MESSAGES_HELP, s->topics[i].topic);
		}
		put(m, &m->topics[i], s->topics[i].messages);
	}
	if (own->journal_events > 0 && m->journal.metric == NULL) {
		m->journal.metric = counter(m, MESSAGES_NAME, MESSAGES_HELP, "journal");
	}
	put(m, &m->journal, own->journal_events);
	put(m, &m->rejected, s->rejected + own->rejected);
	put(m, &m->merge_oddities, s->merge_oddities);
	put(m, &m->bad_values, s->bad_values);
	put(m, &m->deleted_keys, s->deleted_keys);
	put(m, &m->odd_times, own->odd_times);
}

/*
 * meters.h - the decoder's counts as metrics of the host. Hosts without metrics get none.
 */
#ifndef SR_METERS_H
#define SR_METERS_H

#include <f1pd/host.h>
#include <livetiming.h>

struct sr_counter {
	struct f1p_metric *metric;
	uint64_t put; /* how much of the count the metric has */
};

struct sr_meters {
	const struct f1p_host *host;
	const struct f1p_metrics *metrics; /* NULL: none */
	struct sr_counter rejected, merge_oddities, bad_values, deleted_keys, odd_times, journal;
	struct sr_counter topics[LT_MAX_TOPICS];
};

/* What the reader counted itself. */
struct sr_reader_counts {
	uint64_t rejected, odd_times, journal_events;
};

void sr_meters_init(struct sr_meters *, const struct f1p_host *);
/* A new decoder counts from zero. */
void sr_meters_restart(struct sr_meters *);
void sr_meters_put(struct sr_meters *, const struct lt_stats *, const struct sr_reader_counts *);

#endif

/*
 * lt_meters.h - what a decoder has counted, as the host's metrics; the same names whichever source reads the feed.
 */
#ifndef LT_METERS_H
#define LT_METERS_H

#include "livetiming.h"

#include <f1pd/host.h>

/* A host counter that follows a count of ours. */
struct lt_meter {
	struct f1p_metric *metric;
	uint64_t put;
};

struct lt_meters {
	const struct f1p_host *host;
	const struct f1p_metrics *metrics; /* NULL: the host offers none */
	struct lt_meter topics[LT_MAX_TOPICS];
	struct lt_meter rejected, merge_oddities, bad_values, deleted_keys, odd_times;
};

struct lt_meters_own { /* what the source counts itself */
	uint64_t rejected;  /* records that held no message */
	uint64_t odd_times; /* times that could not be true */
};

void lt_meters_init(struct lt_meters *, const struct f1p_host *);
void lt_meters_restart(struct lt_meters *); /* the counts begin at 0 again; the host's go on */
void lt_meters_put(struct lt_meters *, const struct lt_stats *, const struct lt_meters_own *);

struct f1p_metric *lt_meters_messages(const struct lt_meters *, const char *topic);
void lt_meter_follow(const struct lt_meters *, struct lt_meter *, uint64_t count);

#endif

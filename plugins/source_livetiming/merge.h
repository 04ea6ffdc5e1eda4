/*
 * merge.h - two connections that tell the same, woven into one stream: nothing lost, nothing doubled.
 *
 * A connection (here: a lane) begins with a snapshot. While the other one delivers, the snapshot is only kept and the lane's
 * messages wait, until one of them is also among those that were taken: from there on the lane is joined, and whichever lane
 * brings a message first is heard. If there is no other lane to lean on, the lane's snapshot becomes the new beginning.
 */
#ifndef SLT_MERGE_H
#define SLT_MERGE_H

#include "window.h"

#include <helpers/json_reader.h>

#define SLT_WAITING_BYTES (8u << 20) /* of messages that wait to be joined */
#define SLT_WAITING_MESSAGES 8192u

struct slt_message {
	struct f1p_json_slice topic, data, time; /* as in struct slt_record */
	int64_t t_ns; /* the feed's time; F1P_UNKNOWN_NS */
};

/* Where the stream goes. All are called from within the functions below, text is lent for the call. */
struct slt_merge_out {
	/* All that was told before is replaced. first: the message that follows; NULL = none has come yet. gap: messages were told
	 * before, and it cannot be shown that none is missing between them and this */
	void (*snapshot)(void *arg, const char *json, size_t n, const struct slt_message *first, bool gap);
	void (*message)(void *arg, const struct slt_message *);
	/* One topic's snapshot, of a topic that the stream did not have so far. */
	void (*addition)(void *arg, struct f1p_json_slice topic, struct f1p_json_slice json);
	/* The lane is of no use: close its connection, then call slt_merge_off(). reason: one line for people */
	void (*drop)(void *arg, uint32_t lane, const char *reason);
};

struct slt_merge;

struct slt_merge *slt_merge_create(const struct slt_merge_out *, void *arg); /* NULL when memory is short */
void slt_merge_destroy(struct slt_merge *);				     /* accepts NULL */

/* The lane's answer to Subscribe; copied. now_ns: the source's own scale (clock.h). */
void slt_merge_snapshot(struct slt_merge *, uint32_t lane, const char *json, size_t n, int64_t now_ns);
void slt_merge_message(struct slt_merge *, uint32_t lane, const struct slt_message *, int64_t now_ns);
/* The lane's connection has ended. */
void slt_merge_off(struct slt_merge *, uint32_t lane);
/* For what depends on time only. */
void slt_merge_tick(struct slt_merge *, int64_t now_ns);
int64_t slt_merge_due(const struct slt_merge *); /* when slt_merge_tick() has something to do; F1P_NEVER_NS */

/* Whether the lane takes part in the stream. */
bool slt_merge_is_joined(const struct slt_merge *, uint32_t lane);
/* Whether the stream goes on unbroken: false before the first snapshot and when no lane is left. */
bool slt_merge_is_up(const struct slt_merge *);
uint64_t slt_merge_duplicates(const struct slt_merge *); /* messages that were known already */

#endif

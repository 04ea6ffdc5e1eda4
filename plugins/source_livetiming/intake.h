/*
 * intake.h - the woven stream becomes events: the feed's times, the session it tells of, decoding, metrics. [loop] only.
 */
#ifndef SLT_INTAKE_H
#define SLT_INTAKE_H

#include "merge.h"

#include <livetiming.h>
#include <lt_meters.h>

struct slt_session_id {
	char key[24];  /* "" = not told */
	char path[160];
};

struct slt_intake {
	const struct f1p_host *host;
	const struct f1p_bus *bus;
	struct lt_decoder *decoder;
	struct lt_meters meters;
	struct f1p_metric *lag; /* NULL without metrics */
	struct slt_session_id session;
	bool other_session; /* a message told of another session: nothing more is taken until the next snapshot */
	uint32_t session_status; /* enum f1p_session_status as last told; 0 = not told */
	int64_t feed_ns; /* feed time of the newest message; F1P_UNKNOWN_NS before the first */
	uint32_t odd_in_row;
	uint64_t odd_times, broken_records, complaints;
	uint32_t link; /* enum f1p_link_condition as last told; 0 = none */
	char link_text[160];
};

/* False: no memory. */
bool slt_intake_init(struct slt_intake *, const struct f1p_host *, const struct f1p_bus *);
void slt_intake_finish(struct slt_intake *); /* also after a failed or no init, of zeroed memory */

/* A message with the feed's time put in, from a record's slices. */
struct slt_message slt_intake_message_of(struct f1p_json_slice topic, struct f1p_json_slice data, struct f1p_json_slice time);

/* first: the message that follows the snapshot, whose time is also the snapshot's; may be NULL. */
void slt_intake_snapshot(struct slt_intake *, const char *json, size_t n, const struct slt_message *first);
/* False: the decoder refused it. */
bool slt_intake_message(struct slt_intake *, const struct slt_message *);
void slt_intake_addition(struct slt_intake *, struct f1p_json_slice topic, struct f1p_json_slice json);
/* Counts and tells a record that holds no message. */
void slt_intake_broken(struct slt_intake *, const char *why);

/* Whether a subscription's answer is about another session than the one that the stream tells of. */
bool slt_intake_is_other(const struct slt_intake *, const char *snapshot, size_t n);
/* Whether cars are, or should be, on the track, as far as the feed told. */
bool slt_intake_is_running(const struct slt_intake *);

/* Emits an F1P_EV_LINK, unless the same was told last. kinds as in struct f1p_ev_link. */
void slt_intake_link(struct slt_intake *, uint32_t condition, uint32_t kinds, const char *text);
void slt_intake_put_metrics(struct slt_intake *);

#endif

/*
 * supervisor_internal.h - what supervisor.c (life, polls), policy.c (when to do what) and traffic.c (what comes, what is lost) share.
 */
#ifndef SLT_SUPERVISOR_INTERNAL_H
#define SLT_SUPERVISOR_INTERNAL_H

#include "supervisor.h"

#define SLT_HEALTHY_NS (60 * SLT_NS_PER_S) /* who has lived so long is forgiven its failures */

static inline const char *slt_slot_name(uint32_t index)
{
	return index == 0 ? "first" : "second";
}

static inline int64_t slt_now(struct slt_supervisor *s)
{
	return slt_clock_now(&s->clock);
}

static inline void slt_put(const struct slt_supervisor *s, struct f1p_metric *metric, double value)
{
	if (metric != NULL) {
		s->intake.meters.metrics->put(metric, value);
	}
}

/* policy.c */
void slt_follow_season(struct slt_supervisor *);
void slt_policy_step(struct slt_supervisor *, int64_t now_ns); /* while it is wanted */
/* Full jitter: anywhere between nothing and a bound that doubles with each failure. */
void slt_back_off(struct slt_supervisor *, struct slt_slot *, bool was_useful);

/* traffic.c; `arg` of both is the supervisor */
extern const struct slt_merge_out slt_stream_out;
extern const struct slt_connection_events slt_connection_out;
void slt_tell_link(struct slt_supervisor *);
void slt_close_all(struct slt_supervisor *);
void slt_switch_session(struct slt_supervisor *); /* another one has begun: everything anew */
/* Ends a connection that is of no use any more. */
void slt_replace(struct slt_supervisor *, uint32_t index, const char *reason, bool was_useful);

#endif

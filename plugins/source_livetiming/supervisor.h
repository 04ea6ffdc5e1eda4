/*
 * supervisor.h - keeps the feed coming: when to connect, with how many connections, when to replace one, what to tell of it.
 * [loop] only.
 */
#ifndef SLT_SUPERVISOR_H
#define SLT_SUPERVISOR_H

#include "connection.h"
#include "intake.h"
#include "merge.h"
#include "topics.h"

#include <f1pd/season.h>
#include <helpers/repeats.h>

struct slt_options {
	const char *base_url;
	struct slt_topics topics;
	const char *token, *token_file; /* "" = none */
	uint32_t connections; /* 1 or 2 */
	bool always;	      /* connect whatever the calendar says */
	int64_t renew_ns, silence_ns, retry_min_ns, retry_max_ns;
	size_t max_message;
};

struct slt_slot {
	struct slt_connection connection;
	int64_t due_ns;	 /* own scale: when to open it; F1P_NEVER_NS */
	int64_t held_ns; /* real time: not before */
	int64_t life_ns; /* after so long it is replaced */
	uint32_t openings;
	uint32_t attempts; /* that failed in a row */
	struct f1p_repeats repeats; /* of why it failed */
};

struct slt_supervisor {
	const struct f1p_host *host;
	const struct f1p_schedule *schedule; /* NULL: there is none */
	const struct f1p_wake *wake;	     /* NULL: there is none */
	struct slt_options options;
	struct slt_clock clock;
	struct slt_endpoint endpoint;
	char subscribe[2048];
	struct slt_token token;
	struct slt_merge *merge;
	struct slt_intake intake;
	struct slt_slot slots[SLT_LANES];
	struct slt_framer fed; /* f1p.source-feed/1 */
	bool network, wanted, is_fed;
	uint32_t main;		/* with one connection: the slot that holds it */
	uint32_t draws;		/* of random numbers */
	uint32_t mode;		/* enum f1p_season_mode, by a calendar; 0 = there is none */
	int64_t started_ns, switched_ns, token_due_ns, change_utc_ns;
	int64_t calm_ns;	/* own scale: until then no session was near */
	uint64_t duplicates_put;
	bool refused;	      /* without a token, too */
	char trouble[160];    /* why the last connection ended */
	char missing[128];    /* topics that a token would bring */
	uint32_t missing_kinds;
	struct f1p_metric *m_connections, *m_lost, *m_duplicates;
};

/* F1P_OK, or the reason is with host->fail(). Options are copied; their texts must live until slt_supervisor_stop(). */
f1p_status slt_supervisor_start(struct slt_supervisor *, const struct f1p_host *, const struct f1p_bus *,
				const struct slt_options *);
void slt_supervisor_stop(struct slt_supervisor *); /* idempotent; also after a failed start, of zeroed memory */
/* Returns when to come again, UTC. */
int64_t slt_supervisor_poll(struct slt_supervisor *);
/* Bytes of one connection, as if they had come over the network. */
f1p_status slt_supervisor_feed(struct slt_supervisor *, const char *bytes, size_t n);

#endif

/*
 * sink_alerts.h - the instance, shared by its files:
 *   sink_alerts.c  life cycle, events
 *   speak.c        looks at the news, and makes alerts of what was found
 *   send.c         what is due goes out, what came back is settled
 *   keep.c         the file that outlives a restart
 *   routes.c       /api/v1/subscriptions; routes_alerts.c: /api/v1/alerts; reply.c: their answers
 *   seen.c         what may be known by whoever asks
 */
#ifndef SINK_ALERTS_H
#define SINK_ALERTS_H

#include <pthread.h>

#include <f1pd/f1pd.h>

#include "book.h"
#include "outbox.h"

#define ROUTE_ALERTS "/api/v1/alerts"
#define RECENT_MAX 512u
#define FILE_BYTES_MAX (8u << 20)

struct sink_config {
	bool allow_private;
	bool allow_http;
	int64_t tries;
	int64_t retry_first;
	int64_t retry_most;
};

struct sink_alerts {
	struct f1p_plugin plugin;
	const struct f1p_host *host;
	const struct f1p_bus *bus;
	const struct f1p_routes *routes;
	const struct f1p_webhooks *webhooks; /* NULL: alerts are for the page alone */
	const struct f1p_metrics *metrics;
	struct f1p_metric *m_alerts, *m_results[3]; /* delivered, tried again, dead */
	struct sink_config config;
	char *path; /* NULL: nothing is kept */
	bool started, complained;

	pthread_mutex_t saving; /* the file; taken before `lock` */
	pthread_mutex_t lock;	/* all below */
	struct book book;
	struct outbox outbox;
	struct alert *recent; /* a ring of RECENT_MAX */
	uint64_t n_recent, alerts_made;
	char run[12]; /* begins the ids of this run */
	bool changed; /* since it was saved */
	int64_t saved_mono_ns, saved_looked_ns;
	uint32_t session_key;	/* of what the edges know */
	int64_t known_until_ns; /* event time up to which a run before this one has looked */
	bool has_looked;	/* in this run */
	int64_t looked_ns;	/* newest event time that was looked at */
};

/* speak.c: [sink], or [any] for a test. The caller locks. */
void speak(struct sink_alerts *, const struct news *);
void speak_test(struct sink_alerts *, struct subscription *, const struct f1p_state *, struct alert *out);
/* The recording begins anew: what was said of it is forgotten. */
void speak_rewind(struct sink_alerts *);

/* send.c: [sink]; locks by itself */
void send_due(struct sink_alerts *);

/* keep.c; they lock by themselves */
void keep_load(struct sink_alerts *); /* [loop] */
/* Writes what has changed. False: it could not, which is said once. */
bool keep_save(struct sink_alerts *);

/* routes.c: [loop] */
f1p_status routes_add(struct sink_alerts *);
void routes_remove(struct sink_alerts *);

/* routes_alerts.c: the f1p_tree_fn */
void route_alerts(void *sink, const struct f1p_request *, struct f1p_response *);

/* reply.c */
void reply_json(struct f1p_response *, uint32_t status, struct f1p_json *); /* finishes the JSON */
void reply_problem(struct f1p_response *, uint32_t status, const char *title, const char *detail);
void reply_no_method(struct f1p_response *, const char *allow);

/* seen.c; the caller locks */
/* A subscription as whoever asks may know it: that it spoke would be told by its numbers too. */
void seen_subscription(const struct sink_alerts *, const struct subscription *, int64_t until_ns, struct subscription *out);
/* Last shown first: a delayed alert is new when it appears. `subscription`: "" = all. Returns how many. */
size_t seen_alerts(
	const struct sink_alerts *, const char *subscription, int64_t until_ns, const struct alert *out[static RECENT_MAX]);

static inline uint32_t sink_hook_flags(const struct sink_alerts *s)
{
	return (s->config.allow_http ? F1P_WEBHOOKF_HTTP : 0) | (s->config.allow_private ? F1P_WEBHOOKF_PRIVATE : 0);
}

static inline void sink_count(const struct sink_alerts *s, struct f1p_metric *m)
{
	if (s->metrics) {
		s->metrics->put(m, 1);
	}
}

#endif

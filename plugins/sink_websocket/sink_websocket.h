/*
 * sink_websocket.h - the instance: options, what the host offers, and the web thread's world.
 *
 * Two threads: the host's [sink] thread puts events into the inbox and wakes the web thread; the [web] thread runs
 * libwebsockets on its own poll loop and does all the rest. Nothing else is shared.
 */
#ifndef SINK_WEBSOCKET_H
#define SINK_WEBSOCKET_H

#include <libwebsockets.h>

#include <f1pd/plugin.h>
#include <f1pd/season.h>

#include "access.h"
#include "answer.h"
#include "clients.h"
#include "filter.h"
#include "forecast_log.h"
#include "inbox.h"
#include "allowance.h"
#include "lane.h"
#include "stream.h"
#include "viewer.h"

#define WS_PATH "/ws/live-predictions"
#define WS_PROTOCOL "f1pd.v1"

struct sink_config {
	const char *bind;
	int64_t port;
	const char *page_dir;
	const char *chart_js;
	int64_t max_clients;
	int64_t stale_after;
	int64_t update_every;
	int64_t slow_client;
	int64_t rewind;
	int64_t rewind_bytes;
	const char *reel_dir;
	bool compress;
	bool replay_control;
	const char *tokens;
	bool allow_anonymous;
	const char *origins, *hosts;
	const char *tls_certificate, *tls_key;
	int64_t connections_per_address, requests_per_second;
	int64_t request_timeout;
};

struct sink_metrics {
	const struct f1p_metrics *api;					 /* NULL: the host has none */
	struct f1p_metric *clients, *sent, *dropped, *lag, *requests[4]; /* requests by class 2xx .. 5xx */
};

struct session_cache { /* the newest answer about the session; zero = none */
	struct frame *body;
	uint64_t version;
	int64_t made_us;
};

/* One connection's memory. */
struct exchange;
struct connection {
	struct exchange *exchange;
	struct client client;
};

struct sink {
	struct f1p_plugin plugin;
	const struct f1p_host *host;
	const struct f1p_bus *bus;
	const struct f1p_threads *threads;
	const struct f1p_routes *routes;
	const struct f1p_health_check *health;
	const struct f1p_schedule *schedule; /* NULL: the host has none */
	const struct f1p_replay_control *replay;
	struct sink_config config;
	struct sink_metrics metrics;
	struct inbox inbox;
	struct f1p_thread *thread;
	_Atomic bool stopping;

	/* [web] from start() on */
	struct lws_context *context;
	struct stream stream;
	struct subscriptions subscriptions;
	struct session_cache session_cache;
	struct forecast_log *forecasts; /* NULL while stopped */
	struct access access;
	struct limits limits;
	size_t answering; /* bytes of answers that wait for their clients */
	struct variants variants;
	struct lanes lanes;
	struct viewers viewers;
	bool lanes_moving; /* their timer runs */
	bool reel_told;	   /* that messages cannot be kept */
	struct client *clients;
	uint32_t n_clients;
	int64_t ticked_us; /* when messages were last made */
	int64_t news_us;   /* when data last came, for hosts without health */
	lws_sorted_usec_list_t tick_timer, second_timer, lane_timer;
	char page_dir[512]; /* "" = none found */
	int port;
};

/* server.c */
f1p_status server_start(struct sink *); /* [loop] */
void server_stop(struct sink *);	/* [loop] */
void server_wake(struct sink *);	/* [sink] there is something in the inbox */
bool server_has_tls(const struct sink *);	     /* tls.c */
f1p_status server_check_tls(struct sink *); /* [loop] tls.c */

/* http.c: one request, from the head to the last byte of the answer */
int http_begin(struct sink *, struct lws *, struct exchange **, const char *path);
int http_body(struct exchange *, const void *bytes, size_t n);
int http_body_end(struct sink *, struct lws *, struct exchange **);
int http_writable(struct sink *, struct lws *, struct exchange **);
void http_drop(struct exchange **);

/* files.c: the page */
bool files_find_page(const char *configured, char *out, size_t out_size); /* the folder with index.html */
bool files_get(struct sink *, const char *path, struct answer *);	  /* false: no such file */
bool files_is_page(const struct sink *, const char *path);		  /* whether it has the form of a file of the page */

#define REQUEST_TIMEOUT_MS 10000

static inline int64_t sink_request_timeout_ms(const struct sink *s)
{
	return s->config.request_timeout > 0 ? s->config.request_timeout : REQUEST_TIMEOUT_MS;
}

/* Metrics of a host that may have none. */
static inline void sink_count(const struct sink *s, struct f1p_metric *m, double v)
{
	if (s->metrics.api) {
		s->metrics.api->put(m, v);
	}
}

#endif

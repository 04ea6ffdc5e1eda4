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

#include "filter.h"
#include "inbox.h"
#include "stream.h"

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
	bool replay_control;
};

struct sink_metrics {
	const struct f1p_metrics *api;					 /* NULL: the host has none */
	struct f1p_metric *clients, *sent, *dropped, *lag, *requests[4]; /* requests by class 2xx .. 5xx */
};

/* One WebSocket client; lives in the connection's own memory. */
struct client {
	struct lws *wsi;
	struct client *prev, *next;
	uint64_t next_frame;		   /* number of the frame that comes next */
	int64_t blocked_us;		   /* since when something waits for room in the socket; 0 = nothing waits */
	struct subscription *subscription; /* NULL: everything */
	struct filter *filter;		   /* NULL: everything; else the subscription's */
	uint32_t rx_bytes;		   /* received in the current minute */
	bool snapshot_due;
	const char *close_reason; /* not NULL: it is told and closed when it can be written to, or soon without */
};

struct sink {
	struct f1p_plugin plugin;
	const struct f1p_host *host;
	const struct f1p_bus *bus;
	const struct f1p_threads *threads;
	const struct f1p_routes *routes;
	const struct f1p_health_check *health;
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
	struct client *clients;
	uint32_t n_clients;
	int64_t ticked_us; /* when messages were last made */
	int64_t news_us;   /* when data last came, for hosts without health */
	lws_sorted_usec_list_t tick_timer, second_timer;
	char page_dir[512]; /* "" = none found */
	int port;
};

/* server.c */
f1p_status server_start(struct sink *); /* [loop] */
void server_stop(struct sink *);	/* [loop] */
void server_wake(struct sink *);	/* [sink] there is something in the inbox */

/* http.c: one request, from the head to the last byte of the answer */
struct exchange;
int http_begin(struct sink *, struct lws *, struct exchange **, const char *path);
int http_body(struct exchange *, const void *bytes, size_t n);
int http_body_end(struct sink *, struct lws *, struct exchange **);
int http_writable(struct sink *, struct lws *, struct exchange **);
void http_drop(struct exchange **);

/* api.c: the answers */
struct answer {
	uint32_t status;
	const char *content_type;
	const char *cache;  /* Cache-Control */
	const char *allow;  /* NULL, or for 405 */
	struct frame *body; /* NULL: memory is short */
};
void api_get(struct sink *, const char *path, struct answer *);
void api_subscribe(struct sink *, const char *body, size_t n, struct answer *);
/* replay.c. is_json: the request says that its body is JSON */
void api_replay(struct sink *, bool is_json, const char *body, size_t n, struct answer *);
void api_problem(struct answer *, uint32_t status, const char *title, const char *detail);

/* files.c: the page */
bool files_find_page(const char *configured, char *out, size_t out_size); /* the folder with index.html */
bool files_get(struct sink *, const char *path, struct answer *);	  /* false: no such file */

/* clients.c: the sockets */
int client_admit(struct sink *, struct lws *); /* before the upgrade; not 0 = refused */
int client_open(struct sink *, struct client *, struct lws *);
int client_writable(struct sink *, struct client *);
void client_received(struct client *, size_t n);
void client_close(struct sink *, struct client *);
void clients_wake(struct sink *);  /* there are new frames */
void clients_check(struct sink *); /* once a second: drop those that do not read */

/* Metrics of a host that may have none. */
static inline void sink_count(const struct sink *s, struct f1p_metric *m, double v)
{
	if (s->metrics.api) {
		s->metrics.api->put(m, v);
	}
}

#endif

/*
 * http_internal.h - what the parts of the HTTP client share: http.c (queue), http_request.c (a request's making and checks),
 * http_server.c (what we know of a server), http_attempt.c (one attempt and what follows), http_deliver.c (answers).
 */
#ifndef NET_HTTP_INTERNAL_H
#define NET_HTTP_INTERNAL_H

#include "net/breaker.h"
#include "net/http.h"
#include "net/http_cache.h"
#include "net/http_loop.h"
#include "net/http_transfer.h"
#include "net/proxy.h"
#include "net/rate.h"

#define HTTP_RUNNING_MAX 32u
#define HTTP_SERVER_RUNNING_MAX 6u
#define HTTP_SERVERS_MAX 256u
#define HTTP_REDIRECTS_MAX 3u

struct http_server {
	struct http_server *next;
	char authority[URL_AUTHORITY_MAX];
	struct rate rate;
	struct breaker breaker;
	uint32_t running;
	uint64_t requests, failures;
	uint64_t owners;         /* who asked: bit = owner modulo 64 */
	int64_t silent_since_ns; /* the first failure after the last answer; 0: the newest request was answered */
	char last_error[300];
};

enum call_state {
	CALL_NEW = 1, /* not looked up in the cache yet */
	CALL_WAITING = 2,
	CALL_RUNNING = 3,
};

struct http_call {
	struct http_call *next;
	uint64_t id;
	uint32_t owner, method, flags, priority;
	enum call_state state;
	f1p_http_fn fn;
	void *arg;
	char *url, *at; /* as asked; where a redirect led, NULL = nowhere else */
	struct http_server *server;
	struct curl_slist *headers, *sent; /* as given; of this attempt */
	void *body;
	uint64_t body_bytes, max_bytes;
	int64_t timeout_ms, fresh_ms;
	char *save_path;
	bool cached;          /* it may use the cache */
	char *etag, *changed; /* validators of the kept answer; NULL = none */
	bool own_condition;   /* the plugin asks conditionally itself */
	bool has_kept, probe;
	uint32_t attempts, redirects;
	int64_t not_before_ns;
	struct http_transfer *transfer; /* of this or the last attempt */
	struct http_outcome last;
};

struct http_client {
	struct http_options o;
	char *cache_dir, *user_agent, *ca_file;
	struct proxy proxy;
	struct curl_slist *proxy_headers; /* the login; NULL = none */
	struct http_loop *loop;
	struct http_cache *cache;
	uv_timer_t pump, save;
	int open_handles;
	bool rates_changed, cache_complained;
	struct http_call *calls; /* by priority, then by age */
	struct http_server *servers;
	uint32_t n_running;
	uint64_t last_id;
};

/* http.c */
int64_t http_now_ns(struct http_client *);
void http_log(struct http_client *, int level, const char *fmt, ...) F1P_PRINTF(3, 4);
void http_pump_soon(struct http_client *);
void http_unlink(struct http_client *, struct http_call *);

/* http_request.c: a call from a request; NULL with why. Not linked, without id and server. */
struct http_call *http_call_create(const struct f1p_http_request *, char *why, size_t why_size);
void http_call_destroy(struct http_call *);

/* http_server.c */
struct http_server *http_server_get(struct http_client *, const char *authority, char *why, size_t why_size);
void http_servers_finish(struct http_client *);
/* The rate counts, in the cache folder. */
void http_rates_load(struct http_client *);
void http_rates_save(struct http_client *);
void http_rates_changed(struct http_client *);

/* http_attempt.c */
void http_attempt_start(struct http_client *, struct http_call *);
void http_attempt_done(void *client, CURL *, CURLcode);
void http_attempt_stop(struct http_client *, struct http_call *); /* the call is being cancelled */

/* http_deliver.c: each of these calls back and frees the call */
/* What the last attempt gave, or rather a kept answer if that is wanted. */
void http_deliver_outcome(struct http_client *, struct http_call *);
void http_deliver_breaker_open(struct http_client *, struct http_call *);
/* The kept answer; false if there is none, and then nothing happens. why_stale NULL = it is not. */
bool http_deliver_kept(struct http_client *, struct http_call *, const char *why_stale);
/* Keeps the answer of the last attempt. */
void http_keep(struct http_client *, struct http_call *);
/* The kept answer still holds (304): renewed and delivered; false if it is gone. */
bool http_deliver_confirmed(struct http_client *, struct http_call *);

#endif

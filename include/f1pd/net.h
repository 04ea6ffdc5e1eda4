/*
 * f1pd/net.h - the network, as the host lends it to plugins: HTTP and WebSocket clients.
 *
 * A plugin opens no socket for these protocols itself: so everything can be bounded, cached, paced, recorded and replaced in tests.
 * The host sees to TLS (certificates are always verified; plain http only where the given URL says http), redirects (followed
 * on the same host and never from https to http), compression, per-host rate limits, retries, the circuit breaker and the cache.
 * All functions and callbacks run on the loop. Nothing is called back after the instance's stop() has begun.
 */
#ifndef F1PD_NET_H
#define F1PD_NET_H

#include <f1pd/base.h>
#include <f1pd/host.h>

#ifdef __cplusplus
extern "C" {
#endif

struct f1p_header {
	const char *name;  /* "Authorization" */
	const char *value; /* no CR, LF or NUL */
};

/* ------------------------------------------------------------------ HTTP */

#define F1P_EXT_HTTP "f1p.http/1"

enum f1p_http_method { F1P_HTTP_GET = 1, F1P_HTTP_POST, F1P_HTTP_OPTIONS };
enum f1p_http_priority { F1P_HTTP_URGENT = 1, F1P_HTTP_NORMAL, F1P_HTTP_BACKGROUND };

#define F1P_HTTPF_NO_RETRY (1u << 0)       /* one attempt. Else GETs are tried up to 4 times: time-outs, 429, 5xx, broken bodies */
#define F1P_HTTPF_STALE_IF_ERROR (1u << 1) /* rather an old cached answer than none (GET); it carries F1P_HTTPA_STALE */
#define F1P_HTTPF_REFRESH (1u << 2)        /* ask even if the cache is fresh; conditional where the server gave ETag or Last-Modified */
#define F1P_HTTPF_NO_STORE (1u << 3)       /* neither read nor write the cache. Implied for POST, OPTIONS and with an Authorization header */
#define F1P_HTTPF_PUBLIC_ONLY (1u << 4)    /* connect to public addresses alone: not to private, loopback, link-local, shared, multicast or
                                              reserved ones, judged when connecting, so that no name leads there. Never through a
                                              proxy: where one is configured for the server, the request is not acceptable */
#define F1P_HTTPF_NO_REDIRECT (1u << 5)    /* a redirect is an answer like any other */

struct f1p_http_request {
	uint32_t size;
	uint32_t flags;              /* F1P_HTTPF_* */
	uint32_t method;             /* enum f1p_http_method */
	uint32_t priority;           /* enum f1p_http_priority; 0 = NORMAL */
	const char *url;             /* http:// or https://, at most 2000 bytes */
	const struct f1p_header *headers;
	uint32_t n_headers;          /* at most 32 */
	uint32_t reserved0;
	const void *body;            /* POST; copied */
	uint64_t body_bytes;
	uint64_t max_bytes;          /* of the unpacked answer; 0 = 4 MiB; at most 256 MiB; a larger answer is an error */
	int64_t timeout_ms;          /* one attempt, from start to last byte; 0 = 30 s. Connecting may take 10 s of it */
	int64_t fresh_ms;            /* GET: a cached answer younger than this is taken without asking; 0 = as the server said, else not */
	const char *save_path;       /* GET: the body goes to this file (complete or not at all), not to memory; NULL = to memory */
};

#define F1P_HTTPA_CACHED (1u << 0) /* from the cache; also when the server said 304 */
#define F1P_HTTPA_STALE (1u << 1)  /* older than it may be, because there was no better answer; reason says why */

struct f1p_http_answer {
	uint32_t size;
	int32_t error;               /* F1P_OK: there is an answer, whatever its status. F1P_ETIMEOUT, F1P_EIO, F1P_EINVAL (refused or
	                                over-long answer), F1P_ECANCELLED (the daemon ends), F1P_AGAIN (breaker open) */
	uint32_t status;             /* HTTP status, 0 if there is no answer */
	uint32_t flags;              /* F1P_HTTPA_* */
	int64_t age_ms;              /* since the server gave it; 0 if just now */
	int64_t retry_after_ms;      /* as the server said; F1P_UNKNOWN_NS = it did not */
	const char *reason;          /* one line for people: what failed, where; "" if nothing did. Never holds a secret */
	const char *content_type;    /* "" if none */
	const void *body;            /* body_bytes and one NUL behind them; lent until the callback returns; "" with save_path */
	uint64_t body_bytes;
	int64_t t_server_ns;         /* the Date header, UTC; F1P_UNKNOWN_NS */
	const struct f1p_header *headers; /* as received, names in lower case; lent */
	uint32_t n_headers;
	uint32_t attempts;           /* how many it took; 0 = from the cache */
};
typedef void (*f1p_http_fn)(void *arg, const struct f1p_http_answer *);

struct f1p_http_window { /* at most `requests` in any `window_ms` */
	uint32_t requests;
	uint32_t reserved0;
	int64_t window_ms;
};

struct f1p_http {
	uint32_t size;
	uint32_t reserved0;
	/* [loop] Copies the request and queues it; fn is called once, later, never from within request(). Returns its id, or 0 if the
	 * request is not acceptable or 256 of this instance already wait (the reason is with host->fail). */
	uint64_t (*request)(const struct f1p_host *, const struct f1p_http_request *, f1p_http_fn fn, void *arg);
	/* [loop] fn will not be called; unknown ids are ignored */
	void (*cancel)(const struct f1p_host *, uint64_t id);
	/* [loop] The rate windows of a server, by the host[:port] of its URLs; all hold at once, and those of several instances
	 * together: the strictest of each length wins. At most 4. Counts survive a restart of the daemon. Each is kept 2 % longer, at
	 * least 100 ms, since the server counts arrivals. */
	f1p_status (*limit)(const struct f1p_host *, const char *authority, const struct f1p_http_window *, uint32_t n);
	/* [loop] Whether the user wants this server (host[:port]) to be reached through an HTTP proxy: for plugins that speak another
	 * protocol, which cannot go that way. */
	bool (*is_proxied)(const struct f1p_host *, const char *authority);
};

/* ------------------------------------------------------ WebSocket client */

#define F1P_EXT_WEBSOCKET "f1p.websocket-client/1"
struct f1p_websocket; /* host-owned handle */

struct f1p_websocket_request {
	uint32_t size;
	uint32_t n_headers;         /* at most 16 */
	const char *url;            /* ws:// or wss://, at most 2000 bytes */
	const struct f1p_header *headers;
	const char *protocol;       /* Sec-WebSocket-Protocol; NULL = none */
	uint64_t max_bytes;         /* of one message; 0 = 10 MiB, which is also the most */
	int64_t connect_timeout_ms; /* 0 = 15 s, name look-up and TLS included */
	int64_t ping_ms;            /* a ping after so much silence; without an answer in the same time the connection is lost; 0 = 15 s */
};
/* Called on the loop, in order: opened once, then messages, then closed once; or closed alone. */
struct f1p_websocket_events {
	uint32_t size;
	uint32_t reserved0;
	void (*opened)(void *arg);
	/* a whole message, however it was fragmented; lent for the call */
	void (*message)(void *arg, const void *bytes, size_t n, bool binary);
	/* http_status: of a refused upgrade, 0 = none. reason: one line for people. The handle is gone when this returns. */
	void (*closed)(void *arg, uint32_t http_status, const char *reason);
};
struct f1p_websocket_client {
	uint32_t size;
	uint32_t reserved0;
	/* [loop] NULL if the request is not acceptable (reason with host->fail). The request and events are copied. */
	struct f1p_websocket *(*open)(const struct f1p_host *, const struct f1p_websocket_request *,
				      const struct f1p_websocket_events *, void *arg);
	/* [loop] queues one message; F1P_AGAIN: over 1 MiB waits already */
	f1p_status (*send)(struct f1p_websocket *, const void *bytes, size_t n, bool binary);
	/* [loop] ends it; no callback comes after; accepts NULL */
	void (*close)(struct f1p_websocket *);
};

#ifdef __cplusplus
}
#endif
#endif
